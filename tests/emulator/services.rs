//! What services have beside the resources themselves: keys that are made anew, policies of vaults, services of accounts,
//! rights on what a resource refers to.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, READER, SUB, group, options, storage, workspace};

const MINE: &str = "providers/Microsoft.Authorization/roleAssignments";

fn named(what: &str) -> String {
    format!("{}/providers/{what}", group())
}

/// Lets the reader do what a custom role with these actions allows in the group.
async fn allow(client: &Client, actions: &[&str]) {
    let role = "0f000000-0000-4000-8000-000000000001";
    let definition = format!("{}/providers/Microsoft.Authorization/roleDefinitions/{role}", group());
    let body = json!({ "properties": { "roleName": "Maker", "type": "CustomRole", "assignableScopes": [group()],
        "permissions": [{ "actions": actions, "notActions": [] }] } });
    assert_eq!(client.put(&definition, body).await.status, StatusCode::CREATED);
    let grant = json!({ "properties": { "roleDefinitionId": definition, "principalId": READER } });
    let path = format!("{}/{MINE}/0f000000-0000-4000-8000-000000000002", group());
    assert_eq!(client.put(&path, grant).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_storage_key_is_made_anew_and_the_other_one_stays() {
    let client = Client::start(options()).await;
    let values = |got: Value| -> Vec<String> {
        got["keys"].as_array().unwrap().iter().map(|key| key["value"].as_str().unwrap().to_owned()).collect()
    };
    let before = values(client.post(&format!("{}/listKeys", storage()), json!({})).await.body);
    let got = client.post(&format!("{}/regenerateKey", storage()), json!({ "keyName": "key1" })).await;
    assert_eq!(got.status, StatusCode::OK);
    let after = values(got.body);
    assert!(after[0] != before[0] && after[1] == before[1], "{before:?} {after:?}");
    assert_eq!(values(client.post(&format!("{}/listKeys", storage()), json!({})).await.body), after);
    let of_workspace = client.post(&format!("{}/listKeys", workspace()), json!({})).await;
    assert_eq!(of_workspace.body["userStorageKey"], after[0].as_str());
    let none = client.post(&format!("{}/regenerateKey", storage()), json!({ "keyName": "key3" })).await;
    assert_eq!(none.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_services_of_an_account_are_there_before_anybody_changes_them() {
    let client = Client::start(options()).await;
    for service in ["blobServices", "fileServices", "queueServices", "tableServices"] {
        let path = format!("{}/{service}", storage());
        let one = client.get(&format!("{path}/default")).await;
        assert_eq!((one.status, &one.body["name"]), (StatusCode::OK, &json!("default")), "{service}");
        assert_eq!(client.get(&path).await.body["value"][0], one.body, "{service}");
        let rules = json!({ "properties": { "cors": { "corsRules": [{ "allowedOrigins": ["*"] }] } } });
        assert_eq!(client.put(&format!("{path}/default"), rules.clone()).await.status, StatusCode::OK);
        let after = client.get(&format!("{path}/default")).await.body;
        assert_eq!(after["properties"]["cors"], rules["properties"]["cors"], "{service}");
        assert_eq!(client.get(&path).await.names().len(), 1, "{service}");
    }
    let gone = client.get(&named("Microsoft.Storage/storageAccounts/stgone/blobServices/default")).await;
    assert_eq!(gone.code(), "ParentResourceNotFound");
}

#[tokio::test]
async fn access_policies_of_a_vault_are_added_and_taken_away() {
    let client = Client::start(options()).await;
    let vault = named("Microsoft.KeyVault/vaults/kv-policies");
    client.put(&vault, json!({ "location": "westeurope", "properties": {} })).await;
    let policy = json!({ "properties": { "accessPolicies": [{ "tenantId": "t", "objectId": "o", "permissions": { "secrets": ["get", "list"] } }] } });
    let added = client.put(&format!("{vault}/accessPolicies/add"), policy.clone()).await;
    assert_eq!((added.status, &added.body["properties"]), (StatusCode::OK, &policy["properties"]));
    let there = client.get(&vault).await.body;
    assert_eq!(there["properties"]["accessPolicies"], policy["properties"]["accessPolicies"]);
    client.put(&format!("{vault}/accessPolicies/remove"), policy).await;
    assert_eq!(client.get(&vault).await.body["properties"]["accessPolicies"], json!([]));
    let odd = client.put(&format!("{vault}/accessPolicies/invert"), json!({})).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_value_of_a_secret_is_not_given_back() {
    let client = Client::start(options()).await;
    let vault = named("Microsoft.KeyVault/vaults/kv-secrets");
    client.put(&vault, json!({ "location": "westeurope", "properties": {} })).await;
    let secret = format!("{vault}/secrets/one");
    let made = client.put(&secret, json!({ "properties": { "value": "hidden" } })).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(made.body["properties"]["secretUri"], "https://kv-secrets.vault.azure.net/secrets/one");
    for got in [made.body, client.get(&secret).await.body, client.get(&format!("{vault}/secrets")).await.body]
    {
        assert!(!got.to_string().contains("hidden"), "{got}");
    }
}

#[tokio::test]
async fn a_second_put_has_what_the_service_adds_as_the_first_had() {
    let client = Client::start(options()).await;
    for (path, member) in [
        ("Microsoft.KeyVault/vaults/kv-twice", "softDeleteRetentionInDays"),
        ("Microsoft.Insights/components/appi-twice", "publicNetworkAccessForQuery"),
        ("Microsoft.ContainerRegistry/registries/crtwice", "networkRuleBypassOptions"),
        ("Microsoft.OperationalInsights/workspaces/log-twice", "retentionInDays"),
    ] {
        let path = named(path);
        let body = json!({ "location": "westeurope", "sku": { "name": "Premium" }, "properties": {} });
        let first = client.put(&path, body.clone()).await;
        if !first.header("azure-asyncoperation").is_empty() {
            client.finish(first.header("azure-asyncoperation")).await;
        }
        let before = client.get(&path).await.body;
        let second = client.put(&path, body).await;
        if !second.header("azure-asyncoperation").is_empty() {
            client.finish(second.header("azure-asyncoperation")).await;
        }
        let after = client.get(&path).await.body;
        assert!(!after["properties"][member].is_null(), "{after}");
        assert_eq!(after["properties"][member], before["properties"][member], "{path}");
        assert_eq!(after["properties"]["provisioningState"], "Succeeded", "{path}");
    }
}

#[tokio::test]
async fn what_a_resource_refers_to_takes_a_right_there() {
    let client = Client::start(options()).await;
    let identity = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-linked");
    client.put(&identity, json!({ "location": "westeurope" })).await;
    allow(&client, &["Microsoft.Storage/storageAccounts/*"]).await;
    let client = client.acting_as("reader");
    let url = format!("{}?api-version=2023-05-01", storage());
    let plain = client.send(Method::PATCH, &url, Some(json!({ "tags": { "a": "b" } }))).await;
    assert_eq!(plain.status, StatusCode::OK);
    let assigned =
        json!({ "identity": { "type": "UserAssigned", "userAssignedIdentities": { &identity: {} } } });
    let got = client.send(Method::PATCH, &url, Some(assigned)).await;
    assert_eq!((got.status, got.code()), (StatusCode::FORBIDDEN, "LinkedAuthorizationFailed"));
    let message = got.message();
    assert!(
        message.contains("userAssignedIdentities/assign/action") && message.contains(&identity),
        "{message}"
    );
}

#[tokio::test]
async fn rights_are_called_as_the_providers_publish_them() {
    let client = Client::start(options()).await;
    allow(
        &client,
        &[
            "Microsoft.Insights/eventtypes/values/read",
            "Microsoft.MachineLearningServices/workspaces/diagnose/read",
        ],
    )
    .await;
    let operations = client.get("/providers/Microsoft.MachineLearningServices/operations").await;
    let published: Vec<&str> =
        operations.body["value"].as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    for name in
        ["diagnose/read", "listNotebookAccessToken/read", "listKeys/action", "provisionManagedNetwork/action"]
    {
        let name = format!("Microsoft.MachineLearningServices/workspaces/{name}");
        assert!(published.contains(&name.as_str()), "{name}");
    }
    let client = client.acting_as("nobody");
    let path = format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values");
    let got = client.get(&format!("{path}?$filter=eventTimestamp ge '2020-01-01T00:00:00Z'")).await;
    assert!(got.message().contains("'Microsoft.Insights/eventtypes/values/read'"), "{got:?}");
}

#[tokio::test]
async fn a_project_is_changed_under_an_isolated_hub() {
    let client = Client::start(options()).await;
    let vault = named("Microsoft.KeyVault/vaults/kv-hub");
    client.put(&vault, json!({ "location": "westeurope", "properties": {} })).await;
    let hub = named("Microsoft.MachineLearningServices/workspaces/hub-one");
    let body = json!({ "location": "westeurope", "kind": "Hub", "properties": { "storageAccount": storage(), "keyVault": vault,
        "managedNetwork": { "isolationMode": "AllowOnlyApprovedOutbound" } } });
    let made = client.put(&hub, body).await;
    client.finish(made.header("azure-asyncoperation")).await;
    let project = named("Microsoft.MachineLearningServices/workspaces/project-one");
    for tags in [json!({}), json!({ "second": "time" })] {
        let body = json!({ "location": "westeurope", "kind": "Project", "tags": tags, "properties": { "hubResourceId": hub } });
        let got = client.put(&project, body).await;
        assert_eq!(got.status, StatusCode::ACCEPTED, "{:?}", got.body);
        client.finish(got.header("azure-asyncoperation")).await;
        let there = client.get(&project).await.body;
        assert_eq!(there["tags"], tags);
        assert_eq!(there["properties"]["managedNetwork"]["isolationMode"], "AllowOnlyApprovedOutbound");
    }
}

#[tokio::test]
async fn an_account_fails_over_to_its_copy_and_one_without_a_copy_does_not() {
    let client = Client::start(options()).await;
    let path = named("Microsoft.Storage/storageAccounts/stcopied");
    let body = json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_RAGRS" } });
    let made = client.put(&path, body).await;
    let there = client.finish(made.header("location")).await.body;
    assert_eq!(there["properties"]["secondaryLocation"], "northeurope");
    let read = &there["properties"]["secondaryEndpoints"]["blob"];
    assert_eq!(*read, "https://stcopied-secondary.blob.core.windows.net/");
    let first = client.post(&format!("{path}/failover"), Value::Null).await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    client.finish(first.header("location")).await;
    let after = client.get(&path).await.body;
    assert_eq!(after["sku"]["name"], "Standard_LRS");
    assert_eq!(after["properties"]["primaryLocation"], "northeurope");
    assert!(after["properties"].get("secondaryLocation").is_none());
    let again = client.post(&format!("{path}/failover"), Value::Null).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_left_out_of_the_network_rules_of_an_account_is_as_usual() {
    let client = Client::start(options()).await;
    let path = named("Microsoft.Storage/storageAccounts/struled");
    let rules = json!({ "ipRules": [{ "value": "192.0.2.1" }] });
    let body = json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" },
        "properties": { "networkAcls": rules } });
    let made = client.put(&path, body).await;
    let there = client.finish(made.header("location")).await.body;
    let rules = &there["properties"]["networkAcls"];
    assert_eq!((&rules["bypass"], &rules["defaultAction"]), (&json!("AzureServices"), &json!("Allow")));
    assert_eq!(rules["ipRules"][0]["value"], "192.0.2.1");
}

#[tokio::test]
async fn an_identity_says_what_it_is_assigned_to_and_the_resource_who_that_is() {
    let client = Client::start(options()).await;
    let identity = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-one");
    let made = client.put(&identity, json!({ "location": "westeurope" })).await;
    let registry = named("Microsoft.ContainerRegistry/registries/crone");
    let body = json!({ "location": "westeurope", "sku": { "name": "Basic" },
        "identity": { "type": "UserAssigned", "userAssignedIdentities": { &identity: {} } } });
    client.put(&registry, body).await;
    let there = client.settled(&registry).await.body;
    let assigned = &there["identity"]["userAssignedIdentities"][&identity];
    assert_eq!(assigned["principalId"], made.body["properties"]["principalId"]);
    let listed = client.post(&format!("{identity}/listAssociatedResources"), Value::Null).await;
    assert_eq!(listed.names(), ["crone"]);
}

#[tokio::test]
async fn a_registry_of_machine_learning_has_storage_of_its_own_and_assets() {
    let client = Client::start(options()).await;
    let path = named("Microsoft.MachineLearningServices/registries/shared");
    let body = json!({ "location": "westeurope", "properties": { "regionDetails": [{ "location": "westeurope" }] } });
    let made = client.put(&path, body).await;
    assert_eq!((made.status, &made.body), (StatusCode::ACCEPTED, &Value::Null));
    client.finish_of(&made).await;
    let there = client.get(&path).await.body;
    let own =
        &there["properties"]["regionDetails"][0]["storageAccountDetails"][0]["systemCreatedStorageAccount"];
    assert!(own["armResourceId"]["resourceId"].is_string(), "{there}");
    let version = client.put(&format!("{path}/models/m/versions/1"), json!({ "properties": {} })).await;
    assert_eq!(version.status, StatusCode::CREATED, "{:?}", version.body);
    client.finish(version.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&format!("{path}/models/m")).await.body["properties"]["latestVersion"], "1");
}

#[tokio::test]
async fn settings_of_diagnostics_are_listed_at_their_own_scope_alone() {
    let client = Client::start(options()).await;
    let list = "providers/Microsoft.Insights/diagnosticSettings";
    let made = client.put(&format!("{}/{list}/d", workspace()), json!({ "properties": {} })).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(client.get(&format!("{}/{list}", workspace())).await.names(), ["d"]);
    for above in [SUB.to_owned(), group()] {
        assert_eq!(client.get(&format!("{above}/{list}")).await.names(), Vec::<&str>::new(), "{above}");
    }
}
