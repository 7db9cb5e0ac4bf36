//! The template of what a resource group holds.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::emulator::defaults::drop_read_only;
use crate::emulator::operations::{Effect, Operation, Outcome, due_from};
use crate::emulator::reply::{Answer, ArmError, Reply};
use crate::emulator::request::Call;
use crate::emulator::store::{id_of, key};
use crate::emulator::types::Poll;
use crate::emulator::world::World;

/// Answers `POST .../resourceGroups/{g}/exportTemplate`.
///
/// # Errors
/// ARM's refusals; 400 for a resource that is not in the group.
pub(in crate::emulator) fn group(world: &mut World, call: &Call) -> Answer {
    let action = "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action";
    world.containers(call, action)?;
    let scope = call.path.without_last();
    world.allow(call, action, &scope)?;
    let body = call.object();
    let asked: Vec<String> = body
        .get("resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    let all = asked.is_empty() || asked.iter().any(|one| one == "*");
    if let Some(missing) = asked.iter().find(|one| !all && !one.starts_with(&format!("{}/", key(&scope)))) {
        return Err(ArmError::bad_request(
            "InvalidExportTemplateRequest",
            format!("The resource '{missing}' is not in the resource group of the request."),
        ));
    }
    let options = body.get("options").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let literal =
        options.contains("skipallparameterization") || options.contains("skipresourcenameparameterization");
    let mut exported = Exported { literal, ..Exported::default() };
    for (id, document) in world.store.below(&key(&scope)) {
        let chosen = all || asked.iter().any(|one| id == one || id.starts_with(&format!("{one}/")));
        if chosen && id.contains("/providers/") {
            exported.add(document);
        }
    }
    let outcome = Outcome::Body(json!({ "template": exported.template() }));
    let id = uuid::Uuid::new_v4().to_string();
    let path = format!(
        "/subscriptions/{}/operationresults/{id}",
        call.path.subscription.as_deref().unwrap_or_default()
    );
    let reply = world.links(call).announce(Reply::empty(StatusCode::ACCEPTED), &path, "", Poll::Location);
    let operation = Operation {
        path,
        location_only: false,
        resource: format!("{scope}#{id}"),
        began: call.now.clone(),
        effect: Effect::None,
        outcome,
        done: false,
        due: Some(due_from(world.at, 4_000, world.settings.speed)),
    };
    world.operations.begin(&id, operation);
    Ok(reply)
}

#[derive(Default)]
struct Exported {
    literal: bool,
    parameters: Map<String, Value>,
    resources: Vec<Value>,
}

impl Exported {
    fn add(&mut self, document: &Value) {
        let kind = document["type"].as_str().unwrap_or_default();
        let names = names(id_of(document));
        let Some((namespace, types)) = kind.split_once('/') else { return };
        if types.split('/').count() != names.len() {
            return;
        }
        let top = types.split('/').next().unwrap_or_default();
        let parameter = format!("{top}_{}_name", identifier(&names[0]));
        let name = if self.literal {
            names.join("/")
        } else {
            self.parameters.insert(parameter.clone(), json!({ "defaultValue": names[0], "type": "String" }));
            match &names[1..] {
                [] => format!("[parameters('{parameter}')]"),
                rest => format!("[concat(parameters('{parameter}'), '/{}')]", rest.join("/")),
            }
        };
        let mut resource = json!({ "type": kind, "apiVersion": "2023-05-01", "name": name });
        let mut body = document.clone();
        drop_read_only(&mut body);
        for member in ["location", "tags", "sku", "kind", "identity", "properties"] {
            if let Some(value) = body.get_mut(member).filter(|value| !value.is_null()) {
                resource[member] = value.take();
            }
        }
        if let Some(identity) = resource["identity"].as_object_mut() {
            identity.retain(|name, _| name != "principalId" && name != "tenantId");
        } else if let Some(resource) = resource.as_object_mut() {
            resource.remove("identity");
        }
        if names.len() > 1 && !self.literal {
            let parent = format!("[resourceId('{namespace}/{top}', parameters('{parameter}'))]");
            resource["dependsOn"] = json!([parent]);
        }
        self.resources.push(resource);
    }

    fn template(self) -> Value {
        json!({
            "$schema": "https://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": self.parameters, "variables": {}, "resources": self.resources
        })
    }
}

/// The names in an id after its last namespace.
fn names(id: &str) -> Vec<String> {
    let after = id.rsplit("/providers/").next().unwrap_or_default();
    after.split('/').skip(2).step_by(2).map(str::to_owned).collect()
}

fn identifier(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect()
}
