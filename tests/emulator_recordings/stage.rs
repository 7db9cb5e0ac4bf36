//! A small estate with what the recordings ask about.

use std::time::{Duration, Instant};

use amldeck::emulator::Running;
use amldeck::emulator::estate::Estate;
use serde_json::{Value, json};

pub const SUB: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
pub const OWNER: &str = "a0000000-0000-4000-8000-000000000001";
pub const TEAM: &str = "b0000000-0000-4000-8000-000000000001";
pub const ALL: &str = "b0000000-0000-4000-8000-000000000002";

pub fn estate() -> Estate {
    let text = json!({
        "tenant": { "id": "/tenants/99999999-9999-4999-8999-999999999999", "tenantCategory": "Home",
            "tenantId": "99999999-9999-4999-8999-999999999999" },
        "owner": OWNER,
        "personas": { "nobody": { "objectId": "a0000000-0000-4000-8000-000000000009" } },
        "subscriptions": [{ "id": SUB, "subscriptionId": "11111111-1111-1111-1111-111111111111", "displayName": "One", "state": "Enabled",
            "tenantId": "99999999-9999-4999-8999-999999999999", "tags": {}, "authorizationSource": "RoleBased", "managedByTenants": [],
            "subscriptionPolicies": { "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off" } }],
        "resources": [
            { "id": format!("{SUB}/resourceGroups/rg"), "name": "rg", "type": "Microsoft.Resources/resourceGroups",
              "location": "westeurope", "tags": { "CreatedAt": "now" }, "properties": { "provisioningState": "Succeeded" } },
            { "id": "/providers/Microsoft.Authorization/roleAssignments/c0000000-0000-4000-8000-000000000001",
              "name": "c0000000-0000-4000-8000-000000000001", "type": "Microsoft.Authorization/roleAssignments",
              "properties": { "principalId": OWNER, "scope": "/", "principalType": "User", "condition": null, "conditionVersion": null,
                "createdOn": "2026-01-01T00:00:00Z", "updatedOn": "2026-01-01T00:00:00Z", "createdBy": OWNER, "updatedBy": OWNER,
                "delegatedManagedIdentityResourceId": null, "description": null, "roleDefinitionId":
                "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" } }
        ],
        "directory": { "users": [{ "id": OWNER, "displayName": "O", "userPrincipalName": "o@contoso.example" }],
            "groups": [{ "id": TEAM, "displayName": "Team" }, { "id": ALL, "displayName": "All" }],
            "servicePrincipals": [{ "id": "d0000000-0000-4000-8000-000000000001", "appId": "d0000000-0000-4000-8000-000000000002", "displayName": "app",
                "servicePrincipalType": "Application", "servicePrincipalNames": ["d0000000-0000-4000-8000-000000000002"], "tags": ["HideApp"] }],
            "members": { ALL: [TEAM], TEAM: [OWNER] } }
    });
    Estate::from_json(&text.to_string()).unwrap()
}

/// What else there is to be, path and body.
fn documents() -> Vec<(String, Value)> {
    let base = format!("{SUB}/resourceGroups/rg/providers");
    let ml = format!("{base}/Microsoft.MachineLearningServices/workspaces/mlw");
    let network = format!("{base}/Microsoft.Network/virtualNetworks/vnet");
    let place = "westeurope";
    vec![
        (
            format!("{base}/Microsoft.Storage/storageAccounts/stone"),
            json!({ "location": place, "kind": "StorageV2", "sku": { "name": "Standard_LRS" } }),
        ),
        (
            format!("{base}/Microsoft.KeyVault/vaults/kv-one"),
            json!({ "location": place, "properties": { "sku": { "name": "standard", "family": "A" } } }),
        ),
        (format!("{base}/Microsoft.KeyVault/vaults/kv-gone"), json!({ "location": place })),
        (format!("{base}/Microsoft.OperationalInsights/workspaces/log"), json!({ "location": place })),
        (
            format!("{base}/Microsoft.Insights/components/appi"),
            json!({ "location": place, "kind": "web", "properties": { "Application_Type": "web", "WorkspaceResourceId": format!("{base}/Microsoft.OperationalInsights/workspaces/log") } }),
        ),
        (
            format!("{base}/Microsoft.ContainerRegistry/registries/crone"),
            json!({ "location": place, "sku": { "name": "Premium" } }),
        ),
        (
            format!("{base}/Microsoft.ManagedIdentity/userAssignedIdentities/id"),
            json!({ "location": place, "tags": {} }),
        ),
        (
            format!("{base}/Microsoft.MachineLearningServices/registries/shared"),
            json!({ "location": place, "tags": { "one": "1", "three": "3" }, "properties": { "regionDetails": [{ "location": place }] } }),
        ),
        (
            ml.clone(),
            json!({ "location": place, "identity": { "type": "SystemAssigned" }, "tags": {}, "properties": {
            "storageAccount": format!("{base}/Microsoft.Storage/storageAccounts/stone"), "managedNetwork": { "isolationMode": "AllowInternetOutbound" },
                "keyVault": format!("{base}/Microsoft.KeyVault/vaults/kv-one") } }),
        ),
        (
            format!("{ml}-approved"),
            json!({ "location": place, "identity": { "type": "SystemAssigned" }, "tags": {}, "properties": {
            "storageAccount": format!("{base}/Microsoft.Storage/storageAccounts/stone"), "managedNetwork": { "isolationMode": "AllowOnlyApprovedOutbound" },
                "keyVault": format!("{base}/Microsoft.KeyVault/vaults/kv-one") } }),
        ),
        (
            format!("{ml}-approved/outboundRules/rule"),
            json!({ "properties": { "type": "FQDN", "destination": "example.org" } }),
        ),
        (
            format!("{ml}-approved/outboundRules/other"),
            json!({ "properties": { "type": "FQDN", "destination": "example.net" } }),
        ),
        (
            format!("{ml}/computes/ci"),
            json!({ "location": place, "identity": { "type": "SystemAssigned" }, "properties": { "computeType": "ComputeInstance", "properties": { "vmSize": "Standard_DS2_v2" } } }),
        ),
        (
            format!("{ml}/computes/cluster"),
            json!({ "location": place, "properties": { "computeType": "AmlCompute", "properties": { "vmSize": "Standard_DS2_v2", "scaleSettings": { "maxNodeCount": 2, "minNodeCount": 0, "nodeIdleTimeBeforeScaleDown": "PT2M" }, "remoteLoginPortPublicAccess": "Enabled" } } }),
        ),
        (
            format!("{ml}/datastores/blobs"),
            json!({ "properties": { "datastoreType": "AzureBlob", "accountName": "stone", "containerName": "c", "endpoint": "core.windows.net", "protocol": "https", "credentials": { "credentialsType": "AccountKey" } } }),
        ),
        (
            format!("{ml}/connections/git"),
            json!({ "properties": { "authType": "PAT", "category": "Git", "target": "https://example.org" } }),
        ),
        (format!("{ml}/data/set"), json!({ "properties": { "dataType": "uri_file", "description": "d" } })),
        (
            format!("{ml}/jobs/sweep"),
            json!({ "properties": { "jobType": "Sweep", "limits": { "jobLimitsType": "Sweep", "maxConcurrentTrials": 20 } } }),
        ),
        (
            format!("{ml}/onlineEndpoints/score"),
            json!({ "location": place, "tags": {}, "properties": { "authMode": "Key" } }),
        ),
        (
            network.clone(),
            json!({ "location": place, "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] }, "dhcpOptions": { "dnsServers": ["10.0.0.4"] },
            "subnets": [{ "name": "one", "properties": { "addressPrefix": "10.0.1.0/24" } }] } }),
        ),
        (
            format!("{base}/Microsoft.Network/privateEndpoints/pe"),
            json!({ "location": place, "properties": { "subnet": { "id": format!("{network}/subnets/one") },
            "privateLinkServiceConnections": [{ "name": "link", "properties": { "privateLinkServiceId": format!("{base}/Microsoft.Storage/storageAccounts/stone"), "groupIds": ["blob"] } }] } }),
        ),
        (
            format!("{SUB}/providers/Microsoft.Consumption/budgets/b"),
            json!({ "properties": { "amount": 60.0, "timeGrain": "Monthly", "category": "Cost",
            "timePeriod": { "startDate": "2018-02-01T00:00:00Z", "endDate": "2018-02-02T00:00:00Z" } } }),
        ),
        (
            format!("{SUB}/resourceGroups/rg/providers/Microsoft.Authorization/policyAssignments/p"),
            json!({ "properties": {
            "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54" } }),
        ),
        (
            format!(
                "{base}/Microsoft.Storage/storageAccounts/stone/providers/Microsoft.Authorization/locks/keep"
            ),
            json!({ "properties": { "level": "CanNotDelete", "notes": "" } }),
        ),
    ]
}

async fn send(
    running: &Running,
    http: &reqwest::Client,
    method: reqwest::Method,
    path: &str,
    body: Option<&Value>,
) -> reqwest::Response {
    let url = format!("{}{path}?api-version=2024-10-01-preview", running.url());
    let mut request = http.request(method, url).bearer_auth("o");
    if let Some(body) = body {
        request = request.json(body);
    }
    request.send().await.unwrap()
}

/// Makes everything, and deletes the vault that has to be deleted.
pub async fn prepare(running: &Running, http: &reqwest::Client) {
    for (path, body) in documents() {
        let made = send(running, http, reqwest::Method::PUT, &path, Some(&body)).await;
        assert!(made.status().is_success(), "{path}: {:?}", made.text().await);
        settle(running, http).await;
    }
    let vault = format!("{SUB}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv-gone");
    assert!(send(running, http, reqwest::Method::DELETE, &vault, None).await.status().is_success());
}

/// Waits until nothing goes on with what the recordings ask about.
pub async fn settle(running: &Running, http: &reqwest::Client) {
    let started = Instant::now();
    for (path, _) in documents() {
        loop {
            let answer = send(running, http, reqwest::Method::GET, &path, None).await;
            let now: Value = answer.json().await.unwrap_or_default();
            let state = now["properties"]["provisioningState"].as_str().unwrap_or("Succeeded").to_owned();
            if !matches!(
                state.as_str(),
                "Creating" | "Updating" | "Deleting" | "Provisioning" | "RegisteringDns"
            ) {
                break;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{now}");
            tokio::task::yield_now().await;
        }
    }
}
