//! Machine Learning workspaces and their computes and rules.

use amldeck::emulator::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, group, options, storage, workspace};

#[tokio::test]
async fn a_workspace_leaves_out_what_its_version_does_not_have() {
    let client = Client::start(options()).await;
    for (version, there) in [("2024-10-01", false), ("2024-10-01-preview", true), ("2025-06-01", true)] {
        let got = client.send(Method::GET, &format!("{}?api-version={version}", workspace()), None).await;
        assert_eq!(got.body["properties"]["systemDatastoresAuthMode"].is_string(), there, "{version}");
    }
}

#[tokio::test]
async fn outbound_rules_have_no_id_in_a_list_and_a_relative_one_alone() {
    let client = Client::start(options()).await;
    let list = client.get(&format!("{}/outboundRules", workspace())).await;
    assert_eq!(list.body["value"][0]["id"], Value::Null);
    let one = client.get(&format!("{}/outboundRules/pypi", workspace())).await;
    assert_eq!(one.body["id"], "mlw-one/outboundRules/pypi");
}

#[tokio::test]
async fn a_workspace_is_changed_in_the_background() {
    let client = Client::start(options()).await;
    let url = format!("{}?api-version=2024-10-01-preview", workspace());
    let body = json!({ "properties": { "systemDatastoresAuthMode": "identity", "storageAccount": "/moved", "v1LegacyMode": "true" } });
    let first = client.send(Method::PATCH, &url, Some(body)).await;
    assert_eq!((first.status, &first.body), (StatusCode::ACCEPTED, &Value::Null));
    assert_eq!(first.header("retry-after"), "1");
    assert!(first.header("azure-asyncoperation").len() > 2_500);
    let done = client.finish(first.header("azure-asyncoperation")).await;
    assert_eq!((&done.body["status"], &done.body["percentComplete"]), (&json!("Succeeded"), &json!(100.0)));
    let by_location = client.finish(first.header("location")).await;
    assert_eq!(by_location.body["id"], workspace());
    let after = client.get(&workspace()).await.body;
    assert_eq!(after["properties"]["systemDatastoresAuthMode"], "identity");
    assert_eq!(
        after["properties"]["storageAccount"],
        storage(),
        "the storage account is not in the PATCH body"
    );
    assert_eq!(after["properties"]["v1LegacyMode"], true);
    assert_eq!(after["tags"], json!({ "env": "dev" }), "tags that were not sent stay");
}

#[tokio::test]
async fn while_an_operation_runs_its_polls_say_so() {
    let client = Client::start(Options { speed: 0.001, retry_after: false, ..options() }).await;
    let url = format!("{}?api-version=2025-06-01", workspace());
    let first = client.send(Method::PATCH, &url, Some(json!({ "tags": {} }))).await;
    assert_eq!(first.header("retry-after"), "");
    let running = client.send(Method::GET, first.header("azure-asyncoperation"), None).await;
    assert_eq!((running.status, &running.body), (StatusCode::OK, &json!({ "status": "InProgress" })));
    assert_eq!(client.send(Method::GET, first.header("location"), None).await.status, StatusCode::ACCEPTED);
    let now = client.get(&workspace()).await.body;
    assert_eq!(
        (&now["properties"]["provisioningState"], &now["tags"]["env"]),
        (&json!("Updating"), &json!("dev"))
    );
}

#[tokio::test]
async fn a_managed_network_is_not_taken_back() {
    let client = Client::start(options()).await;
    let body = json!({ "properties": { "managedNetwork": { "isolationMode": "Disabled" } } });
    let got =
        client.send(Method::PATCH, &format!("{}?api-version=2025-06-01", workspace()), Some(body)).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_new_workspace_has_what_the_service_adds_and_a_principal_in_the_directory() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw-new", group());
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-new", group());
    client.put(&vault, json!({ "location": "westeurope", "properties": {} })).await;
    let body = json!({ "location": "westeurope", "identity": { "type": "systemAssigned" }, "properties": {
        "storageAccount": storage(), "keyVault": vault, "hbiWorkspace": "true", "imageBuildCompute": "" } });
    let first = client.put(&path, body).await;
    client.finish(first.header("azure-asyncoperation")).await;
    let made = client.get(&path).await.body;
    assert_eq!(made["properties"]["hbiWorkspace"], true);
    assert_eq!(made["properties"]["imageBuildCompute"], Value::Null);
    assert_eq!(made["kind"], "Default");
    assert!(made["properties"]["workspaceId"].is_string());
    let principal = made["identity"]["principalId"].as_str().unwrap();
    let found = client.send(Method::GET, &format!("/v1.0/servicePrincipals/{principal}"), None).await;
    assert_eq!(found.body["alternativeNames"], json!(["isExplicit=False", path]));
}

#[tokio::test]
async fn diagnose_finds_dependents_that_are_gone() {
    let client = Client::start(options()).await;
    let url = format!("{}/diagnose?api-version=2025-06-01", workspace());
    let first = client.send(Method::POST, &url, Some(json!({ "value": {} }))).await;
    assert_eq!((first.status, first.header("azure-asyncoperation")), (StatusCode::ACCEPTED, ""));
    let done = client.finish(first.header("location")).await;
    assert_eq!(done.body["value"]["keyVaultResults"][0]["code"], "DependencyResourceNotExist");
    assert_eq!(done.body["value"]["storageAccountResults"], json!([]));
}

#[tokio::test]
async fn a_compute_is_stopped() {
    let client = Client::start(options()).await;
    let path = format!("{}/computes/ci-one", workspace());
    let first = client.send(Method::POST, &format!("{path}/stop?api-version=2025-06-01"), None).await;
    assert_eq!((first.status, first.header("location")), (StatusCode::ACCEPTED, ""));
    client.finish(first.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&path).await.body["properties"]["properties"]["state"], "Stopped");
}

#[tokio::test]
async fn one_change_at_a_time_is_made_to_a_workspace() {
    let client = Client::start(Options { speed: 0.001, ..options() }).await;
    let url = format!("{}?api-version=2025-06-01", workspace());
    let patch = |text: &str| Some(json!({ "properties": { "description": text } }));
    assert_eq!(client.send(Method::PATCH, &url, patch("one")).await.status, StatusCode::ACCEPTED);
    for method in [Method::PATCH, Method::PUT, Method::DELETE] {
        let busy = client.send(method.clone(), &url, patch("two")).await;
        assert_eq!(
            (busy.status, busy.code()),
            (StatusCode::CONFLICT, "AnotherOperationInProgress"),
            "{method}"
        );
        assert!(busy.message().contains(&workspace()), "{}", busy.message());
    }
    let compute = format!("{}/computes/ci-one/stop", workspace());
    assert_eq!(client.post(&compute, Value::Null).await.status, StatusCode::ACCEPTED);
    assert_eq!(client.get(&workspace()).await.body["properties"]["provisioningState"], "Updating");
}

#[tokio::test]
async fn a_workspace_that_was_busy_when_the_estate_was_written_down_is_busy() {
    let mut estate = options().estate;
    let busy = estate.resources.iter_mut().find(|one| one["id"] == workspace()).unwrap();
    busy["properties"]["provisioningState"] = json!("Updating");
    let client = Client::start(Options { estate, ..options() }).await;
    let url = format!("{}?api-version=2025-06-01", workspace());
    let got = client.send(Method::PATCH, &url, Some(json!({ "tags": {} }))).await;
    assert_eq!((got.status, got.code()), (StatusCode::CONFLICT, "AnotherOperationInProgress"));
}

#[tokio::test]
async fn a_workspace_goes_over_from_keys_to_an_identity() {
    let client = Client::start(options()).await;
    let off = json!({ "properties": { "allowSharedKeyAccess": false } });
    let account =
        client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(off)).await;
    assert_eq!(account.body["properties"]["allowSharedKeyAccess"], false);
    let found = async || {
        let got = client.post(&format!("{}/diagnose", workspace()), json!({})).await;
        let result = client.finish_of(&got).await.body;
        let codes = result["value"]["storageAccountResults"].as_array().unwrap().clone();
        codes.iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found().await, ["KeyBasedAuthenticationNotPermitted"]);
    let keys = async || client.post(&format!("{}/listKeys", workspace()), Value::Null).await.body;
    assert!(
        keys().await["userStorageKey"].is_string(),
        "the workspace still has the key, which opens nothing"
    );
    let own = client.post(&format!("{}/listKeys", storage()), Value::Null).await;
    assert_eq!(own.body["keys"].as_array().unwrap().len(), 2, "the account still lists its keys");

    let patch = json!({ "properties": { "systemDatastoresAuthMode": "identity" } });
    let got =
        client.send(Method::PATCH, &format!("{}?api-version=2025-06-01", workspace()), Some(patch)).await;
    client.finish_of(&got).await;
    let after = client.get(&workspace()).await;
    assert_eq!(after.body["properties"]["systemDatastoresAuthMode"], "identity");
    assert_eq!(found().await, Vec::<String>::new());
    assert!(keys().await["userStorageKey"].is_null());
}

#[tokio::test]
async fn deleting_a_rule_ends_with_the_workspace_and_provisioning_with_the_network() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let gone = client.delete(&format!("{}/outboundRules/pypi", workspace())).await;
    assert_eq!((gone.status, &gone.body), (StatusCode::ACCEPTED, &Value::Null));
    assert_eq!(client.finish(gone.header("azure-asyncoperation")).await.body["status"], "Succeeded");
    let at_end = client.finish(gone.header("location")).await;
    assert_eq!(
        (at_end.status, &at_end.body["id"]),
        (StatusCode::OK, &json!(workspace())),
        "the whole workspace"
    );
    assert!(at_end.body["properties"]["managedNetwork"]["outboundRules"]["pypi"].is_null());
    let rules = client.get(&format!("{}/outboundRules", workspace())).await;
    assert!(!rules.names().contains(&"pypi"));

    for spark in [false, true] {
        let body = json!({ "includeSpark": spark });
        let made = client.post(&format!("{}/provisionManagedNetwork", workspace()), body).await;
        assert_eq!((made.status, &made.body), (StatusCode::ACCEPTED, &Value::Null));
        assert_eq!(client.finish(made.header("azure-asyncoperation")).await.body["status"], "Succeeded");
        let at_end = client.finish(made.header("location")).await;
        assert_eq!(at_end.body, json!({ "status": "Active", "sparkReady": spark }));
        let network = &client.get(&workspace()).await.body["properties"]["managedNetwork"];
        assert_eq!(network["status"], json!({ "status": "Active", "sparkReady": spark }));
    }
}

#[tokio::test]
async fn while_it_goes_on_both_addresses_say_so() {
    let client = Client::start(Options { speed: 0.001, ..options() }).await;
    for got in [
        client.delete(&format!("{}/outboundRules/pypi", workspace())).await,
        client.post(&format!("{}/provisionManagedNetwork", workspace()), json!({})).await,
    ] {
        let status = client.send(Method::GET, got.header("azure-asyncoperation"), None).await;
        assert_eq!((status.status, &status.body["status"]), (StatusCode::OK, &json!("InProgress")));
        let location = client.send(Method::GET, got.header("location"), None).await;
        assert_eq!((location.status, &location.body), (StatusCode::ACCEPTED, &Value::Null));
    }
}
