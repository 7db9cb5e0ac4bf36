//! Lists below a workspace that are no documents: features, private link resources, the addresses that it needs, and
//! the sizes of a deployment.

use serde_json::{Value, json};

use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::id_of;
use super::world::World;

/// The workspace that a list is about.
fn workspace<'a>(world: &'a World, call: &Call, what: &str) -> Result<&'a Value, ArmError> {
    let action = format!("Microsoft.MachineLearningServices/workspaces/{what}/read");
    let id = call.path.without_last();
    world.containers(call, &action)?;
    world.allow(call, &action, &id)?;
    world.store.get(&id).map(|document| &**document).ok_or_else(|| ArmError::no_parent(&id))
}

/// Answers one of the lists, by its type in lower case.
///
/// # Errors
/// ARM's refusals; 404 when there is no such workspace.
pub(super) fn read(world: &World, call: &Call, kind: &str) -> Answer {
    let what = kind.rsplit('/').next().unwrap_or_default();
    let document = workspace(world, call, what)?;
    Ok(Reply::ok(&match what {
        "features" => json!({ "value": [] }),
        "privatelinkresources" => json!({ "value": [{
            "id": format!("{}/privateLinkResources/amlworkspace", id_of(document)), "name": "amlworkspace",
            "type": "Microsoft.MachineLearningServices/workspaces/privateLinkResources", "location": document["location"],
            "properties": {
                "groupId": "amlworkspace", "requiredMembers": ["default", "notebook"],
                "requiredZoneNames": ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"]
            }
        }]}),
        _ => {
            let endpoint = |name: &str| json!({ "domainName": name, "endpointDetails": [{ "port": 443 }] });
            let location = document["location"].as_str().unwrap_or_default();
            json!({ "value": [{ "properties": { "category": "Azure Machine Learning", "endpoints": [
                endpoint(&format!("{location}.api.azureml.ms")), endpoint("ml.azure.com"), endpoint("mcr.microsoft.com")
            ]}}]})
        }
    }))
}

/// Answers the sizes that an online deployment can have.
///
/// # Errors
/// ARM's refusals.
pub(super) fn skus(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments/skus/read";
    let id = call.path.without_last();
    world.containers(call, action)?;
    world.allow(call, action, &id)?;
    let capacity = json!({ "minimum": 1, "maximum": 50, "default": 1, "scaleType": "Manual" });
    Ok(Reply::ok(&json!({ "value": [{
        "resourceType": "Microsoft.MachineLearning.Services/endpoints/deployments",
        "sku": { "name": "Default", "tier": "Standard" }, "capacity": capacity
    }]})))
}
