//! The system-assigned identity of a resource, as a document of its own.

use serde_json::json;

use super::defaults::guid;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::world::World;

/// Answers GET of `{resource}/providers/Microsoft.ManagedIdentity/identities/default`.
///
/// # Errors
/// ARM's refusals; 404 for a resource that has none.
pub(super) fn read(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.ManagedIdentity/identities/read";
    let scope = call.path.scope();
    world.containers(call, action)?;
    world.allow(call, action, &scope)?;
    let resource = world.store.get(&scope).filter(|resource| resource["identity"]["principalId"].is_string());
    let Some(resource) = resource else {
        return Err(ArmError::not_found(
            "IdentityNotFound",
            format!("The resource '{scope}' has no identity of its own."),
        ));
    };
    let principal = resource["identity"]["principalId"].as_str().unwrap_or_default();
    Ok(Reply::ok(&json!({
        "id": call.path.id(), "name": "default", "type": "Microsoft.ManagedIdentity/identities", "location": resource["location"],
        "properties": {
            "tenantId": world.store.tenant_id(), "principalId": principal, "clientId": guid(principal, "client"),
            "clientSecretUrl": ""
        }
    })))
}
