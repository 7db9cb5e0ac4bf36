//! A template and the templates nested in it, as far as they are known before anything is deployed: what validation,
//! what-if and the check of rights speak of.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::evaluate::{Estate, Problem, Scope};
use super::expand::{self, DEPLOYMENTS, Planned};
use super::place::Place;
use super::template::Template;
use crate::emulator::reply::ArmError;
use crate::emulator::versions;
use crate::emulator::world::World;

/// How many templates may be nested in each other to be looked into: a template can hand itself on.
pub(super) const DEEPEST: usize = 20;

/// The code of a problem that is none before the deployment runs.
const RUNTIME: &str = "RuntimeOnly";

/// What looking at templates needs of what is around.
pub(super) struct Around<'a> {
    /// The documents.
    pub world: &'a World,
    /// The time that defaults see.
    pub now: jiff::Timestamp,
    /// What may be made of all templates of the request together.
    pub budget: &'a Budget,
}

/// A deployment that is asked for.
pub(super) struct Asked<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its location, outside of resource groups.
    pub location: &'a Value,
    /// Its template.
    pub template: Value,
    /// Its parameters as they were sent.
    pub parameters: &'a Value,
    /// Where it goes.
    pub place: Place,
    /// Whether what the template does not name is to go.
    pub complete: bool,
}

/// What is known of a deployment.
pub(super) struct Looked {
    /// The template.
    pub template: Value,
    /// The values of its parameters.
    pub parameters: Map<String, Value>,
    /// The parameters as they are shown.
    pub shown_parameters: Value,
    /// Where it goes.
    pub place: Place,
    /// What `deployment()` gives.
    pub about: Value,
    /// What is to be done.
    pub steps: Vec<Planned>,
    /// What is known of the steps that are deployments themselves, by their positions; `None` of one that cannot be
    /// worked out yet.
    pub nested: BTreeMap<usize, Option<Self>>,
}

impl Looked {
    /// What is to be done, in nested templates too.
    pub(super) fn all_steps(&self) -> Vec<&Planned> {
        let mut all: Vec<&Planned> = self.steps.iter().filter(|step| step.wanted && !step.existing).collect();
        all.extend(self.nested.values().flatten().flat_map(Self::all_steps));
        all
    }

    /// What ARM says of nested templates that it could not look into.
    pub(super) fn diagnostics(&self) -> Vec<Value> {
        let mut found = Vec::new();
        for (at, nested) in &self.nested {
            match nested {
                Some(nested) => found.extend(nested.diagnostics()),
                None => found.push(json!({
                    "level": "Warning", "code": "NestedDeploymentShortCircuited", "target": self.steps[*at].id,
                    "message": "A nested deployment got short-circuited and all its resources got skipped from validation. This is due to a nested template having a parameter that was not fully evaluated (e.g. contains a reference() function). Please see https://aka.ms/WhatIfEvalStopped for more guidance."
                })),
            }
        }
        found
    }
}

/// Stands for the estate before a deployment runs: what it is asked is not known yet.
struct NotYet;

impl Estate for NotYet {
    fn resource(&self, id: &str, _: Option<&str>) -> Result<Value, Problem> {
        Err(Problem { code: RUNTIME.to_owned(), message: format!("{id} is not known yet.") })
    }

    fn action(&self, id: &str, _: &str, _: &str) -> Result<Value, Problem> {
        self.resource(id, None)
    }

    fn named(&self, name: &str) -> Option<String> {
        Some(name.to_owned())
    }
}

/// What `deployment()` gives.
pub(super) fn about(
    name: &str,
    location: &Value,
    template: &Value,
    shown_parameters: &Value,
    complete: bool,
) -> Value {
    json!({
        "name": name, "location": location,
        "properties": {
            "template": template, "parameters": shown_parameters, "mode": mode_word(complete),
            "provisioningState": "Accepted"
        }
    })
}

/// ARM's word for how a deployment treats what its template does not name.
pub(super) fn mode_word(complete: bool) -> &'static str {
    if complete { "Complete" } else { "Incremental" }
}

/// Whether the properties of a deployment ask for the complete mode.
///
/// # Errors
/// ARM's refusal when they name no mode, or another one.
pub(super) fn is_complete(properties: &Value) -> Result<bool, Problem> {
    let refuse = |what: &str| Problem {
        code: "InvalidRequestContent".to_owned(),
        message: format!("The request content was invalid and could not be deserialized: '{what}'."),
    };
    match properties["mode"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("incremental") => Ok(false),
        Some("complete") => Ok(true),
        None if properties["mode"].is_null() => {
            Err(refuse("Required property 'mode' not found in JSON. Path 'properties'"))
        }
        _ => Err(refuse(&format!(
            "Error converting value {} to type 'DeploymentMode'. Path 'properties.mode'",
            properties["mode"]
        ))),
    }
}

/// Refuses properties of a deployment that speak of what is elsewhere.
///
/// # Errors
/// ARM's `InvalidContentLink`.
pub(super) fn refuse_links(properties: &Value) -> Result<(), Problem> {
    let linked = ["templateLink", "parametersLink"].into_iter().find(|link| !properties[*link].is_null());
    let Some(link) = linked else { return Ok(()) };
    Err(Problem {
        code: "InvalidContentLink".to_owned(),
        message: format!(
            "Unable to download deployment content of '{link}': the emulator reaches no network. Send the content itself, as 'template' and 'parameters'."
        ),
    })
}

/// Looks at a deployment and at those nested in it, at most `deeper` levels.
///
/// # Errors
/// ARM's validation.
pub(super) fn look(around: &Around<'_>, asked: Asked<'_>, deeper: usize) -> Result<Looked, ArmError> {
    let Asked { name, location, template: raw, parameters: given, place, complete } = asked;
    around.budget.spend_on(&raw)?;
    let template = Template::read(&raw, around.budget)?;
    let parameters = template.bind(given, &place, around.now)?;
    let shown_parameters = template.shown(&parameters);
    let about = about(name, location, &raw, &shown_parameters, complete);
    let scope = Scope::new(&template, &parameters, &place, &about);
    let steps = expand::expand(scope)?;
    let dry = Scope { estate: Some(&NotYet), ..scope };
    let mut nested = BTreeMap::new();
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.wanted && !step.existing) {
        versions::check(Some(&step.version), &step.kind)?;
        if step.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
            nested.insert(at, within(around, dry, step, deeper)?);
            continue;
        }
        match expand::body(dry, step) {
            Err(problem) if problem.code != RUNTIME => return Err(problem.into()),
            _ => {}
        }
    }
    Ok(Looked { parameters, shown_parameters, about, steps, nested, place, template: raw })
}

/// What is known of a nested deployment; `None` when it cannot be worked out before it runs.
fn within(
    around: &Around<'_>,
    scope: Scope<'_>,
    step: &Planned,
    deeper: usize,
) -> Result<Option<Looked>, ArmError> {
    let (body, whole) = match expand::body(scope, step) {
        Ok(body) => (body, true),
        Err(problem) if problem.code == RUNTIME => match expand::known_body(scope, step) {
            Some(body) => (body, false),
            None => return Ok(None),
        },
        Err(problem) => return Err(problem.into()),
    };
    let properties = &body["properties"];
    refuse_links(properties)?;
    if is_complete(properties)? {
        return Err(Problem::validation(&format!(
            "The template resource '{}' is invalid. Specified deployment mode 'Complete' is not supported for nested deployment. Please see https://aka.ms/arm-deploy for usage details.",
            step.name
        ))
        .into());
    }
    if deeper == 0 || !around.budget.take_nested() {
        return Ok(None);
    }
    let deployments = format!("/providers/{DEPLOYMENTS}/");
    let place = Place::of(around.world, step.id.split(&deployments).next().unwrap_or_default());
    // A group that the deployment itself makes is not there to be asked.
    let there = place.group.is_none() || around.world.exists(&place.scope);
    let asked = Asked {
        name: &step.name,
        location: body.get("location").unwrap_or(&Value::Null),
        template: properties["template"].clone(),
        parameters: &properties["parameters"],
        place,
        complete: false,
    };
    match look(around, asked, deeper - 1) {
        Ok(looked) => Ok(Some(looked)),
        Err(error) if whole && there => Err(error),
        Err(_) => Ok(None),
    }
}
