//! Resources of any kind: created, changed, deleted, logged.

use amldeck::emulator::{Clock, Options};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::stage::{Client, SUB, group, options, storage, workspace};

#[tokio::test]
async fn a_storage_account_is_changed_at_once() {
    let client = Client::start(options()).await;
    let body = json!({ "properties": { "allowSharedKeyAccess": false } });
    let got = client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(body)).await;
    assert_eq!(
        (got.status, &got.body["properties"]["allowSharedKeyAccess"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(got.body["sku"]["name"], "Standard_LRS");
}

#[tokio::test]
async fn first_answers_and_polls_are_those_of_each_type() {
    let client = Client::start(options()).await;
    let path = |rest: &str| format!("{}/providers/{rest}", group());
    for (rest, status, asynchronous, location) in [
        ("Microsoft.KeyVault/vaults/kv-new", 200, false, false),
        ("Microsoft.MachineLearningServices/workspaces/mlw-new", 202, true, true),
        ("Microsoft.MachineLearningServices/workspaces/mlw-one/computes/new", 201, true, false),
        ("Microsoft.MachineLearningServices/workspaces/mlw-one/connections/new", 200, false, false),
        ("Microsoft.Storage/storageAccounts/stnew", 202, false, true),
        ("Microsoft.ContainerRegistry/registries/crnew", 201, true, false),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/id-new", 201, false, true),
        ("Microsoft.Network/privateEndpoints/pe-new", 201, true, false),
    ] {
        let body = json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" }, "properties": {
            "storageAccount": storage(), "keyVault": path("Microsoft.KeyVault/vaults/kv-new")
        }});
        let got = client.put(&path(rest), body).await;
        assert_eq!(got.status.as_u16(), status, "{rest}: {:?}", got.body);
        assert_eq!(!got.header("azure-asyncoperation").is_empty(), asynchronous, "{rest}");
        assert_eq!(!got.header("location").is_empty(), location, "{rest}");
        if asynchronous {
            client.finish(got.header("azure-asyncoperation")).await;
        } else if location {
            client.finish(got.header("location")).await;
        }
        let made = client.settled(&path(rest)).await;
        // Connections and identities are there at once, and have no state.
        let state = &made.body["properties"]["provisioningState"];
        let stateless = rest.contains("/connections/") || rest.contains("ManagedIdentity");
        assert_eq!(*state, if stateless { json!(null) } else { json!("Succeeded") }, "{rest}");
    }
}

#[tokio::test]
async fn deleting_a_group_takes_what_is_in_it_after_a_while() {
    let client = Client::start(options()).await;
    let got = client.send(Method::DELETE, &format!("{}?api-version=2024-07-01", group()), None).await;
    assert_eq!(got.status, StatusCode::ACCEPTED);
    assert!(got.header("location").contains("/operationresults/"));
    assert_eq!(client.finish(got.header("location")).await.status, StatusCode::OK);
    assert_eq!(client.get(&workspace()).await.code(), "ResourceGroupNotFound");
    assert_eq!(client.get(&format!("{SUB}/resourceGroups/rg-two")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn changes_are_in_the_activity_log_with_who_made_them() {
    let client = Client::start(options()).await;
    client
        .send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(json!({ "tags": {} })))
        .await;
    let log = format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values");
    let uri = format!("eventTimestamp ge '2020-01-01T00:00:00Z' and resourceUri eq '{}'", storage());
    let got = client.get(&format!("{log}?$filter={uri}")).await;
    let event = &got.body["value"][0];
    assert_eq!(event["operationName"]["value"], "Microsoft.Storage/storageAccounts/write");
    assert_eq!(event["caller"], "olga@contoso.example");
    assert_eq!(client.get(&log).await.status, StatusCode::BAD_REQUEST, "a time is wanted");
}

#[tokio::test]
async fn documents_carry_the_time_of_the_clock() {
    let time: jiff::Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
    let client = Client::start(Options { clock: Clock::Fixed(time), ..options() }).await;
    let path = format!("{}/providers/Microsoft.KeyVault/vaults/kv-new", group());
    let made = client.put(&path, json!({ "location": "westeurope", "properties": {} })).await;
    assert_eq!(made.body["systemData"]["createdAt"], "2026-03-04T05:06:07Z");
}

#[tokio::test]
async fn a_group_that_is_being_deleted_says_so_and_is_gone_in_the_end() {
    let client = Client::start(Options { speed: 0.001, ..options() }).await;
    let gone = client.delete(&group()).await;
    assert_eq!(gone.status, StatusCode::ACCEPTED);
    assert_eq!(client.get(&group()).await.body["properties"]["provisioningState"], "Deleting");
    let client = Client::start(options()).await;
    let gone = client.delete(&group()).await;
    client.finish(gone.header("location")).await;
    assert_eq!(client.get(&group()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn properties_that_are_no_object_are_refused() {
    let client = Client::start(options()).await;
    for odd in [json!("x"), json!([1]), json!(7)] {
        let network = format!("{}/providers/Microsoft.Network/virtualNetworks/v", group());
        let got = client.put(&network, json!({ "location": "westeurope", "properties": odd })).await;
        assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "InvalidRequestContent"), "{odd}");
    }
    let encrypted = json!({ "location": "westeurope", "properties": { "encryption": "x" } });
    let got = client.put(&workspace(), encrypted).await;
    // It is no encryption, and the request fails for want of the storage account, not by a panic.
    assert!(got.status.is_success() || got.status.is_client_error(), "{got:?}");
}
