//! What the Machine Learning service does with workspaces beyond keeping what it is sent.
//!
//! Requests arrive with names and values spelled in many ways; what is kept and answered has the service's spelling.
//! When a workspace is ready, the service has done things of its own: outbound rules, datastores, role assignments.

mod compute;
mod listing;
mod managed_network;
mod registry;
mod spelling;
mod workspace;

use serde_json::Value;

pub(super) use compute::nodes;
pub(super) use listing::{order, shows};

use super::reply::ArmError;
use super::resources::WORKSPACES;
use super::store::id_of;
use super::world::World;

/// The type of computes.
const COMPUTES: &str = "Microsoft.MachineLearningServices/workspaces/computes";
/// The type of a managed network's outbound rules.
const OUTBOUND_RULES: &str = "Microsoft.MachineLearningServices/workspaces/outboundRules";

/// Gives a request's body the service's own spelling: names, booleans that came as text, values that mean nothing.
///
/// # Errors
/// 400 for what the service does not take.
pub(super) fn arriving(kind: &str, body: &mut Value) -> Result<(), ArmError> {
    if kind == WORKSPACES {
        spelling::workspace(body);
        managed_network::arriving(body);
        return managed_network::refuse_service_rules(body);
    }
    Ok(())
}

/// The same for a PATCH: an empty name of a compute takes the one that is there off, where a PUT says that there is none.
///
/// # Errors
/// As [`arriving`].
pub(super) fn arriving_patch(kind: &str, body: &mut Value) -> Result<(), ArmError> {
    const COMPUTE: &str = "imageBuildCompute";
    let properties = body.get("properties").and_then(Value::as_object);
    let is_off = kind == WORKSPACES
        && properties.is_some_and(|all| {
            all.iter().any(|(name, value)| name.eq_ignore_ascii_case(COMPUTE) && value == "")
        });
    arriving(kind, body)?;
    if is_off {
        body["properties"][COMPUTE] = Value::Null;
    }
    Ok(())
}

/// Fills in what a document has only as a whole: after PUT has laid the body over defaults, and after PATCH. `before`
/// is the document that was there.
pub(super) fn complete(world: &World, kind: &str, document: &mut Value, before: Option<&Value>, now: &str) {
    match kind {
        WORKSPACES => {
            workspace::complete(world, document);
            managed_network::complete(document, before);
        }
        COMPUTES => compute::complete(world, document, now),
        registry::KIND => registry::complete(world, document),
        _ => {}
    }
}

/// Why the service would not make a resource: known at once, as an answer to the request.
///
/// # Errors
/// 400 for a workspace without the resources that every workspace has, and for an outbound rule that its managed network
/// does not take.
pub(super) fn refuse(world: &World, kind: &str, document: &Value) -> Result<(), ArmError> {
    match kind {
        WORKSPACES => {
            workspace::refuse(document)?;
            refuse_patch(kind, document, document)
        }
        OUTBOUND_RULES => match world.store.get(workspace_of(document)) {
            Some(workspace) => {
                let sent = serde_json::json!({ "sent": document["properties"] });
                managed_network::refuse_needless_rules(workspace, &sent)
            }
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

/// Why the service would not change a resource as `body` says, which makes `document` of it.
///
/// # Errors
/// 400 for an outbound rule that its managed network does not take.
pub(super) fn refuse_patch(kind: &str, body: &Value, document: &Value) -> Result<(), ArmError> {
    let rules = body.pointer("/properties/managedNetwork/outboundRules");
    match rules.filter(|_| kind == WORKSPACES) {
        Some(rules) => managed_network::refuse_needless_rules(document, rules),
        None => Ok(()),
    }
}

/// Why making a resource would fail while it goes on: ARM's error of the operation.
pub(super) fn failure(world: &World, kind: &str, document: &Value) -> Option<Value> {
    (kind == WORKSPACES).then(|| workspace::failure(world, document)).flatten()
}

/// What the service does when a resource has been made or changed. `before` is the document as it was while that went
/// on.
pub(super) fn settled(world: &mut World, id: &str, before: Option<&Value>, now: &str) {
    let Some(document) = world.store.get(id).cloned() else { return };
    match document["type"].as_str() {
        Some(WORKSPACES) => {
            managed_network::settled(world, &document);
            workspace::settled(world, &document, before, now);
        }
        Some(OUTBOUND_RULES) => managed_network::rule_settled(world, &document),
        Some(COMPUTES) => managed_network::needed_by_compute(world, &document),
        _ => {}
    }
}

/// What the service does when a resource has gone.
pub(super) fn gone(world: &mut World, document: &Value) {
    match document["type"].as_str() {
        Some(OUTBOUND_RULES) => managed_network::rule_gone(world, document),
        Some(WORKSPACES) => workspace::gone(world, document),
        _ => {}
    }
}

/// The id of the workspace that a document is in.
fn workspace_of(document: &Value) -> &str {
    let id = id_of(document);
    id.rsplitn(3, '/').nth(2).unwrap_or_default()
}
