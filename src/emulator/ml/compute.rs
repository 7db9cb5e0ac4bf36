//! Computes as the service answers them, and the nodes of a cluster.

use serde_json::{Value, json};

use super::workspace_of;
use crate::emulator::defaults::guid;
use crate::emulator::merge::fill;
use crate::emulator::store::id_of;
use crate::emulator::world::World;

/// Fills in what the service adds to a compute: times, where it is, and the state that its type has. Values are those
/// of recorded answers.
pub(super) fn complete(world: &World, document: &mut Value, now: &str) {
    let workspace = world.store.get(workspace_of(document));
    if document["location"].is_null() {
        document["location"] = workspace.map_or(Value::Null, |workspace| workspace["location"].clone());
    }
    // Recorded answers say that there are none.
    fill(document, json!({ "tags": null }));
    let location = document["location"].clone();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let by = by(world, &document["systemData"]["createdBy"]);
    let properties = &mut document["properties"];
    fill(
        properties,
        json!({
            "createdOn": now, "computeLocation": location, "disableLocalAuth": false, "description": null,
            "resourceId": null, "provisioningErrors": null, "isAttachedCompute": false, "properties": {}
        }),
    );
    properties["modifiedOn"] = Value::from(now);
    // Sizes are answered in capitals, whatever was sent.
    if let Some(size) = properties["properties"]["vmSize"].as_str().map(str::to_uppercase) {
        properties["properties"]["vmSize"] = Value::from(size);
    }
    let added = match properties["computeType"].as_str() {
        Some("ComputeInstance") => instance(
            &name,
            location.as_str().unwrap_or_default(),
            &json!({ "userOrgId": world.store.tenant_id(), "userId": by }),
            now,
        ),
        Some("AmlCompute") => cluster(&properties["properties"]["scaleSettings"]["minNodeCount"], now),
        _ => return,
    };
    let own = &mut properties["properties"];
    fill(own, added);
    // What opens a machine is taken, and never shown.
    if let Some(account) = own.get_mut("userAccountCredentials").filter(|account| account.is_object()) {
        account["adminUserPassword"] = Value::Null;
    }
    if own["sshSettings"]["sshPublicAccess"].as_str().is_some_and(|is| is.eq_ignore_ascii_case("Disabled")) {
        own["sshSettings"]["adminPublicKey"] = Value::Null;
    }
}

/// The object id of who made something. `name` is how `systemData` names them.
fn by(world: &World, name: &Value) -> Value {
    let id = name.as_str().and_then(|name| world.directory.id_of_sign_in_name(name));
    id.map_or_else(|| name.clone(), Value::from)
}

fn instance(name: &str, location: &str, by: &Value, now: &str) -> Value {
    json!({
        "state": "Running", "errors": [], "subnet": null, "applicationSharingPolicy": "Shared", "createdBy": by,
        "computeInstanceAuthorizationType": "personal", "personalComputeInstanceSettings": null, "setupScripts": null,
        "sshSettings": { "sshPublicAccess": "Disabled", "adminUserName": "azureuser", "sshPort": 50000, "adminPublicKey": null },
        "connectivityEndpoints": { "publicIpAddress": null, "privateIpAddress": "10.0.0.4" },
        "applications": [{
            "displayName": "Jupyter Lab", "endpointUri": format!("https://{name}.{location}.instances.azureml.ms/lab")
        }],
        "schedules": { "computeStartStop": [] },
        "lastOperation": { "operationName": "Create", "operationTime": now, "operationStatus": "Succeeded", "operationTrigger": "User" },
        "autologgerSettings": null, "containers": null, "customServices": [], "dataDisks": null, "dataMounts": null,
        "osImageMetadata": null, "updateStatus": null, "versions": null
    })
}

/// A cluster begins with the nodes that it never goes below.
fn cluster(least: &Value, now: &str) -> Value {
    let nodes = least.as_u64().unwrap_or(0);
    json!({
        "vmPriority": "Dedicated", "subnet": null, "currentNodeCount": nodes, "targetNodeCount": nodes,
        "nodeStateCounts": {
            "preparingNodeCount": 0, "runningNodeCount": 0, "idleNodeCount": nodes, "unusableNodeCount": 0,
            "leavingNodeCount": 0, "preemptedNodeCount": 0
        },
        "allocationState": "Steady", "allocationStateTransitionTime": now, "errors": null,
        "remoteLoginPortPublicAccess": "NotSpecified", "osType": "Linux", "virtualMachineImage": null,
        "isolatedNetwork": false, "enableNodePublicIp": true, "propertyBag": {}
    })
}

/// What `listNodes` names: as many nodes in each state as the compute counts, at most 1,000, which is a page of them.
pub(in crate::emulator) fn nodes(compute: &Value) -> Value {
    let id = id_of(compute);
    let counts = &compute["properties"]["properties"]["nodeStateCounts"];
    let states = ["idle", "running", "preparing", "unusable", "leaving", "preempted"];
    let each = states.into_iter().flat_map(|state| {
        let count = counts[format!("{state}NodeCount")].as_u64().unwrap_or(0);
        (0..count).map(move |at| (state, at))
    });
    let list = each.take(1_000).enumerate().map(|(number, (state, at))| {
        let node = format!("tvmps_{}", guid(id, &format!("{state}{at}")).replace('-', ""));
        json!({
            "nodeId": node, "privateIpAddress": format!("10.0.{}.{}", number / 250, number % 250 + 4),
            "publicIpAddress": null, "port": 50_000 + number, "nodeState": state,
            "runId": (state == "running").then(|| guid(id, &format!("run{at}")))
        })
    });
    json!({ "nodes": list.collect::<Value>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_has_the_nodes_that_it_counts() {
        let mut compute = json!({ "id": "/c", "properties": { "properties": cluster(&json!(2), "now") } });
        assert_eq!(compute["properties"]["properties"]["currentNodeCount"], 2);
        compute["properties"]["properties"]["nodeStateCounts"]["runningNodeCount"] = json!(1);
        let named = nodes(&compute);
        let states: Vec<&Value> =
            named["nodes"].as_array().unwrap().iter().map(|node| &node["nodeState"]).collect();
        assert_eq!(states, ["idle", "idle", "running"]);
        assert!(named["nodes"][2]["runId"].is_string() && named["nodes"][0]["runId"].is_null());
    }
}
