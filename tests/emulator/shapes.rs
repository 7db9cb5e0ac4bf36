//! Bodies in which a member is something else than it should be: they are answered, and whatever is kept can be read.

use amldeck::emulator::Options;
use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Client, SUB, group, options, storage, workspace};

/// A resource of each type that does more than to keep what it is sent.
fn samples() -> Vec<(String, Value)> {
    let provider = |rest: &str| format!("{}/providers/{rest}", group());
    let inside = |rest: &str| format!("{}/{rest}", workspace());
    vec![
        (
            provider("Microsoft.Network/virtualNetworks/vnet"),
            json!({ "location": "westeurope", "tags": { "a": "b" }, "properties": {
                "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "virtualNetworkPeerings": [{ "name": "p" }],
                "subnets": [{ "name": "s", "id": "/x", "properties": { "addressPrefix": "10.0.0.0/24", "delegations": [] } }] } }),
        ),
        (
            provider("Microsoft.Network/privateEndpoints/pe"),
            json!({ "location": "westeurope", "properties": {
                "subnet": { "id": "/s" }, "privateLinkServiceConnections": [{ "name": "c", "properties": {
                    "privateLinkServiceId": storage(), "groupIds": ["blob"], "privateLinkServiceConnectionState": { "status": "Approved" } } }],
                "manualPrivateLinkServiceConnections": [{ "name": "m", "properties": { "privateLinkServiceId": workspace() } }] } }),
        ),
        (
            provider("Microsoft.MachineLearningServices/workspaces/mlw-odd"),
            json!({ "location": "westeurope", "kind": "Default", "identity": { "type": "SystemAssigned", "userAssignedIdentities": { "/i": {} } },
                "sku": { "name": "Basic" }, "properties": {
                "storageAccount": storage(), "keyVault": "/v", "hubResourceId": "/h", "publicNetworkAccess": "Enabled", "hbiWorkspace": false,
                "encryption": { "status": "Enabled", "keyVaultProperties": { "keyVaultArmId": "/v" } },
                "featureStoreSettings": { "computeRuntime": { "sparkRuntimeVersion": "3" } },
                "managedNetwork": { "isolationMode": "AllowInternetOutbound", "status": { "status": "Active" }, "outboundRules": {
                    "r": { "type": "PrivateEndpoint", "category": "UserDefined", "destination": { "serviceResourceId": "/t" } } } } } }),
        ),
        (
            inside("computes/odd-instance"),
            json!({ "location": "westeurope", "properties": { "computeType": "ComputeInstance", "disableLocalAuth": true,
                "properties": { "vmSize": "Standard_DS2_v2", "sshSettings": { "sshPublicAccess": "Disabled" } } } }),
        ),
        (
            inside("computes/odd-cluster"),
            json!({ "properties": { "computeType": "AmlCompute", "properties": { "vmSize": "Standard_DS2_v2",
                "scaleSettings": { "minNodeCount": 1, "maxNodeCount": 2 }, "nodeStateCounts": { "idleNodeCount": 1 } } } }),
        ),
        (
            inside("onlineEndpoints/odd-online"),
            json!({ "location": "westeurope", "properties": { "authMode": "Key", "traffic": { "a": 1 }, "properties": { "p": "1" }, "keys": {} } }),
        ),
        (
            inside("batchEndpoints/odd-batch"),
            json!({ "location": "westeurope", "properties": { "defaults": { "deploymentName": "d" }, "properties": { "p": "1" } } }),
        ),
        (
            inside("jobs/odd-job"),
            json!({ "properties": { "jobType": "Command", "tags": { "a": "b" }, "services": {} } }),
        ),
        (
            inside("datastores/odd-store"),
            json!({ "properties": { "datastoreType": "AzureBlob", "credentials": { "credentialsType": "AccountKey", "secrets": { "key": "k" } } } }),
        ),
        (
            inside("connections/odd-git"),
            json!({ "properties": { "category": "Git", "target": "t", "credentials": { "pat": "p" }, "metadata": {} } }),
        ),
        (
            inside("models/odd-model/versions/1"),
            json!({ "properties": { "modelUri": "u", "tags": { "a": "b" }, "properties": {}, "flavors": {} } }),
        ),
        (
            provider("Microsoft.Storage/storageAccounts/stodd"),
            json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" }, "properties": {
                "networkAcls": { "defaultAction": "Allow", "ipRules": [] }, "encryption": { "services": {} } } }),
        ),
        (
            provider("Microsoft.KeyVault/vaults/kv-odd"),
            json!({ "location": "westeurope", "properties": { "tenantId": "t", "sku": { "name": "standard", "family": "A" }, "accessPolicies": [{ "objectId": "o" }] } }),
        ),
        (
            provider("Microsoft.ContainerRegistry/registries/crodd"),
            json!({ "location": "westeurope", "sku": { "name": "Basic" }, "properties": { "adminUserEnabled": true, "policies": {} } }),
        ),
        (
            provider("Microsoft.OperationalInsights/workspaces/log-odd"),
            json!({ "location": "westeurope", "properties": { "sku": { "name": "PerGB2018" }, "retentionInDays": 30, "features": {} } }),
        ),
        (
            format!("{SUB}/resourceGroups/rg-odd"),
            json!({ "location": "westeurope", "tags": { "a": "b" }, "properties": {} }),
        ),
    ]
}

/// The places of all members in a value, as JSON pointers.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(object) => object.iter().map(|(name, one)| (name.clone(), one)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, one)| (at.to_string(), one)).collect(),
        _ => Vec::new(),
    };
    for (name, one) in members {
        let place = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        places(one, &place, found);
        found.push(place);
    }
}

#[tokio::test]
async fn no_shape_of_a_member_brings_the_emulator_down() {
    // Operations have ended by the next request, so that none refuses it.
    let client = Client::start(Options { speed: 1e9, throttle: false, ..options() }).await;
    for (path, sample) in samples() {
        let mut all = Vec::new();
        places(&sample, "", &mut all);
        for place in all {
            for odd in [
                json!("x"),
                json!(7),
                json!([7]),
                json!([{}]),
                json!({ "x": 7 }),
                json!(u64::MAX),
                json!(true),
                Value::Null,
            ] {
                let mut body = sample.clone();
                *body.pointer_mut(&place).unwrap() = odd.clone();
                for method in [Method::PUT, Method::PATCH] {
                    let got = client
                        .try_send(
                            method.clone(),
                            &format!("{path}?api-version=2024-10-01"),
                            Some(body.clone()),
                        )
                        .await;
                    let Ok(got) = got else {
                        panic!("{method} {path} with {place} = {odd} was not answered")
                    };
                    assert!(
                        !got.status.is_server_error(),
                        "{method} {path} with {place} = {odd}: {:?}",
                        got.body
                    );
                }
                let read =
                    client.try_send(Method::GET, &format!("{path}?api-version=2024-10-01"), None).await;
                assert!(read.is_ok(), "{path} with {place} = {odd} cannot be read");
            }
        }
    }
}
