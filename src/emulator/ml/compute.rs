//! Computes as the service answers them.

use serde_json::{Value, json};

use super::workspace_of;
use crate::emulator::world::World;

/// Fills in what the service adds to a compute: times, where it is, and the state that its type has.
pub(super) fn complete(world: &World, document: &mut Value, now: &str) {
    let workspace = world.store.get(workspace_of(document));
    if document["location"].is_null() {
        document["location"] = workspace.map_or(Value::Null, |workspace| workspace["location"].clone());
    }
    let location = document["location"].clone();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let tenant = world.store.tenant_id().to_owned();
    if document["properties"]["createdOn"].is_null() {
        document["properties"]["createdOn"] = Value::from(now);
    }
    document["properties"]["modifiedOn"] = Value::from(now);
    fill(
        &mut document["properties"],
        json!({
            "computeLocation": location, "disableLocalAuth": true, "description": null, "resourceId": null,
            "provisioningErrors": null, "isAttachedCompute": false
        }),
    );
    let size = document["properties"]["properties"]["vmSize"].as_str().map(str::to_uppercase);
    if let Some(size) = size {
        document["properties"]["properties"]["vmSize"] = Value::from(size);
    }
    let added = match document["properties"]["computeType"].as_str() {
        Some("ComputeInstance") => json!({
            "state": "Running", "errors": [], "subnet": null, "applicationSharingPolicy": "Shared",
            "computeInstanceAuthorizationType": "personal", "personalComputeInstanceSettings": null, "setupScripts": null,
            "sshSettings": { "sshPublicAccess": "Disabled", "adminUserName": "azureuser", "sshPort": 50000, "adminPublicKey": null },
            "connectivityEndpoints": { "publicIpAddress": null, "privateIpAddress": "10.0.0.4" },
            "applications": [{
                "displayName": "Jupyter Lab",
                "endpointUri": format!("https://{name}.{}.instances.azureml.ms/lab", location.as_str().unwrap_or_default())
            }],
            "schedules": { "computeStartStop": [] },
            "lastOperation": { "operationName": "Create", "operationTime": now, "operationStatus": "Succeeded", "operationTrigger": "User" },
            "createdBy": {
                "userOrgId": tenant, "userId": document["systemData"]["createdBy"]
            }
        }),
        Some("AmlCompute") => json!({
            "vmPriority": "Dedicated", "subnet": null, "currentNodeCount": 0, "targetNodeCount": 0,
            "nodeStateCounts": {
                "preparingNodeCount": 0, "runningNodeCount": 0, "idleNodeCount": 0, "unusableNodeCount": 0,
                "leavingNodeCount": 0, "preemptedNodeCount": 0
            },
            "allocationState": "Steady", "allocationStateTransitionTime": now, "errors": null,
            "remoteLoginPortPublicAccess": "NotSpecified", "osType": "Linux", "virtualMachineImage": null,
            "isolatedNetwork": false, "enableNodePublicIp": true
        }),
        _ => return,
    };
    fill(&mut document["properties"]["properties"], added);
}

fn fill(target: &mut Value, added: Value) {
    if !target.is_object() {
        *target = json!({});
    }
    let (Some(target), Value::Object(added)) = (target.as_object_mut(), added) else { return };
    for (name, value) in added {
        let there = target.entry(name).or_insert(Value::Null);
        if there.is_null() {
            *there = value;
        }
    }
}
