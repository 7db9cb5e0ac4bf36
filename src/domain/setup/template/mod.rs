//! The deployment of one environment: one model of it, and its forms as ARM template, Bicep, workspace YAML and a
//! sequence of `az` commands.
//!
//! The model is a list of resources whose texts may be [`Expression`]s of the template language. All values are in
//! it: the template has no parameters, because the plan file is what varies.

mod arm;
pub mod az;
mod bicep;
mod compose;
mod endpoints;
mod expression;
mod left_out;
mod script;
#[cfg(test)]
mod tests;
pub mod yaml;

use serde_json::{Map, Value};

pub use arm::NotOurs;
pub(in crate::domain::setup) use compose::{assignment_name, outbound, principal_key};
pub(in crate::domain::setup) use endpoints::{LINKS, ZONES, leads, zones_of_leads};
pub use expression::Expression;
pub use left_out::template_title;

use super::environment::Environment;
use super::names::stable_guid;
use crate::azure::arm::id::ArmId;

/// The deployment of one environment into its resource group.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its resources, in the order of the template.
    pub resources: Vec<Resource>,
}

/// One resource of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its type.
    pub kind: String,
    /// The api-version.
    pub version: String,
    /// Its names, joined by slashes.
    pub name: String,
    /// The resources that are made before it.
    pub after: Vec<Expression>,
    /// Everything else as ARM takes it: location, tags, sku, kind, identity, scope, properties.
    pub body: Map<String, Value>,
}

impl Resource {
    fn new(kind: &str, version: &str, name: &str, body: Value) -> Self {
        let body = match body {
            Value::Object(body) => body,
            _ => Map::new(),
        };
        Self {
            kind: kind.to_owned(),
            version: version.to_owned(),
            name: name.to_owned(),
            after: Vec::new(),
            body,
        }
    }

    fn after(mut self, what: impl IntoIterator<Item = Expression>) -> Self {
        self.after.extend(what);
        self
    }

    /// Its id as an expression.
    fn reference(&self) -> Expression {
        Expression::id(&self.kind, &self.name)
    }
}

impl Template {
    /// The deployment of an environment.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        compose::template(environment)
    }

    /// The template as ARM takes it.
    #[must_use]
    pub fn json(&self) -> Value {
        arm::json(self)
    }

    /// The template as text, its members in the order in which they are read. What is to be said first stands in its
    /// metadata, which Azure takes no notice of.
    #[must_use]
    pub fn arm(&self, title: &[String]) -> String {
        arm::text(self, title)
    }

    /// Reads a template that [`Template::json`] wrote.
    ///
    /// # Errors
    /// When it holds what a set-up never writes.
    pub fn from_json(json: &Value) -> Result<Self, NotOurs> {
        arm::read(json)
    }

    /// The same in Bicep, with what is to be said first as comments.
    #[must_use]
    pub fn bicep(&self, title: &[String]) -> String {
        bicep::text(self, title)
    }

    /// The ids of what it makes in a resource group, nested deployments included and the deployments themselves not.
    #[must_use]
    pub fn ids(&self, group: &ArmId) -> Vec<ArmId> {
        let mut ids = Vec::new();
        for resource in &self.resources {
            match nested(resource, group) {
                Some((scope, nested)) => ids.extend(nested.ids(&scope)),
                None => ids.push(id_of(resource, group)),
            }
        }
        ids
    }

    /// The same into a resource group without those of these ids: they are neither sent nor waited for.
    #[must_use]
    pub fn without(&self, left: &[ArmId], group: &ArmId) -> Self {
        let kept = self.resources.iter().filter_map(|resource| {
            let mut resource = resource.clone();
            if let Some((scope, nested)) = nested(&resource, group) {
                let nested = nested.without(left, &scope);
                if nested.resources.is_empty() {
                    return None;
                }
                resource.body.get_mut("properties")?["template"] = nested.json();
            } else if left.contains(&id_of(&resource, group)) {
                return None;
            }
            resource.after.retain(|one| one.of_resource(group).is_none_or(|id| !left.contains(&id)));
            Some(resource)
        });
        Self { resources: kept.collect() }
    }

    /// A name for its deployment: the same for the same template, so that one that succeeded is recognised.
    #[must_use]
    pub fn deployment_name(&self, workspace: &str) -> String {
        let mut digits = stable_guid(&self.json().to_string()).simple().to_string();
        digits.truncate(8);
        format!("amldeck-{workspace}-{digits}")
    }
}

/// The template inside of a nested deployment, and the resource group that it is for.
fn nested(resource: &Resource, group: &ArmId) -> Option<(ArmId, Template)> {
    if resource.kind != compose::DEPLOYMENTS {
        return None;
    }
    let subscription = resource.body.get("subscriptionId").and_then(Value::as_str);
    let inner = resource.body.get("resourceGroup").and_then(Value::as_str);
    let scope = ArmId::group(
        subscription.or(group.subscription_id()).unwrap_or_default(),
        inner.or(group.resource_group()).unwrap_or_default(),
    );
    let template = resource.body.get("properties").and_then(|properties| properties.get("template"))?;
    Some((scope, Template::from_json(template).ok()?))
}

/// The id of a resource of a template for this group.
fn id_of(resource: &Resource, group: &ArmId) -> ArmId {
    let scope = match resource.body.get("scope").and_then(Value::as_str).and_then(Expression::read) {
        Some(Ok(Expression::Id { kind, name })) => child(group, &kind, &name),
        _ => group.clone(),
    };
    child(&scope, &resource.kind, &resource.name)
}

fn child(scope: &ArmId, kind: &str, name: &str) -> ArmId {
    let (namespace, types) = kind.split_once('/').unwrap_or((kind, ""));
    let mut path = format!("providers/{namespace}");
    for (kind, name) in types.split('/').zip(name.split('/')) {
        path.push_str(&format!("/{kind}/{name}"));
    }
    scope.join(&path)
}
