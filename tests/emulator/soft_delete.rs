//! Names that are taken, and what was deleted and is not gone.

use amldeck::emulator::deleted::Deleted;
use amldeck::emulator::{Clock, Options};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::stage::{Client, SUB, group, options, storage, workspace};

#[tokio::test]
async fn a_name_is_free_taken_or_not_a_name() {
    let client = Client::start(options()).await;
    let check = async |provider: &str, kind: &str, name: &str| {
        let path = format!("{SUB}/providers/{provider}/checkNameAvailability");
        client.post(&path, json!({ "name": name, "type": format!("{provider}/{kind}") })).await.body
    };
    assert_eq!(
        check("Microsoft.Storage", "storageAccounts", "stfree").await,
        json!({ "nameAvailable": true })
    );
    let taken = check("Microsoft.Storage", "storageAccounts", "stone").await;
    assert_eq!((&taken["nameAvailable"], &taken["reason"]), (&json!(false), &json!("AlreadyExists")));
    assert_eq!(taken["message"], "The storage account named stone is already taken.");
    assert_eq!(check("Microsoft.Storage", "storageAccounts", "St-One").await["reason"], "AccountNameInvalid");
    assert_eq!(check("Microsoft.ContainerRegistry", "registries", "crfree").await["nameAvailable"], true);
    let path = format!("{SUB}/resourceGroups/rg-two/providers/Microsoft.Storage/storageAccounts/stone");
    let made = client.put(&path, json!({ "location": "westeurope" })).await;
    assert_eq!((made.status, made.code()), (StatusCode::CONFLICT, "StorageAccountAlreadyTaken"));
    let again = client.put(&storage(), json!({ "location": "westeurope" })).await;
    assert_eq!(again.status, StatusCode::OK, "its own name is no obstacle");
}

#[tokio::test]
async fn a_vault_is_deleted_recovered_and_purged() {
    let client = Client::start(options()).await;
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-soft", group());
    let body = json!({ "location": "westeurope", "properties": { "enableRbacAuthorization": true } });
    client.put(&vault, body.clone()).await;
    assert_eq!(client.delete(&vault).await.status, StatusCode::OK);
    let gone = format!("{SUB}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-soft");
    let deleted = client.get(&gone).await;
    assert_eq!(deleted.body["properties"]["vaultId"], vault);
    assert!(deleted.body["properties"]["scheduledPurgeDate"].is_string());
    let list = client.get(&format!("{SUB}/providers/Microsoft.KeyVault/deletedVaults")).await;
    assert_eq!(list.names(), ["kv-soft"]);
    let again = client.put(&vault, body).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "ConflictError"));

    let recovered = client
        .put(&vault, json!({ "location": "westeurope", "properties": { "createMode": "recover" } }))
        .await;
    assert_eq!(
        (recovered.status, &recovered.body["properties"]["enableRbacAuthorization"]),
        (StatusCode::OK, &json!(true))
    );
    assert_eq!(client.get(&gone).await.code(), "DeletedVaultNotFound");

    client.delete(&vault).await;
    let purge = client.send(Method::POST, &format!("{gone}/purge?api-version=2023-07-01"), None).await;
    assert_eq!((purge.status, purge.header("azure-asyncoperation")), (StatusCode::ACCEPTED, ""));
    assert_eq!(client.finish(purge.header("location")).await.body["status"], "Succeeded");
    assert_eq!(client.get(&gone).await.code(), "DeletedVaultNotFound");
}

#[tokio::test]
async fn a_vault_with_purge_protection_stays() {
    let client = Client::start(options()).await;
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-kept", group());
    client
        .put(&vault, json!({ "location": "westeurope", "properties": { "enablePurgeProtection": true } }))
        .await;
    client.delete(&vault).await;
    let gone = format!("{SUB}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults/kv-kept");
    let purge = client.send(Method::POST, &format!("{gone}/purge?api-version=2023-07-01"), None).await;
    assert_eq!(purge.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_deleted_group_leaves_its_vaults_recoverable() {
    let client = Client::start(options()).await;
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-in-group", group());
    client.put(&vault, json!({ "location": "westeurope" })).await;
    let got = client.delete(&group()).await;
    client.finish(got.header("location")).await;
    let list = client.get(&format!("{SUB}/providers/Microsoft.KeyVault/deletedVaults")).await;
    assert_eq!(list.names(), ["kv-in-group"]);
}

#[tokio::test]
async fn a_deleted_workspace_blocks_its_name_until_it_is_recovered_or_purged() {
    let client = Client::start(options()).await;
    let delete = async |query: &str| {
        let got = client.delete(&format!("{}{query}", workspace())).await;
        assert_eq!(got.status, StatusCode::ACCEPTED);
        client.finish(got.header("azure-asyncoperation")).await;
    };
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/gone", group());
    let body =
        json!({ "location": "westeurope", "properties": { "storageAccount": storage(), "keyVault": vault } });
    delete("").await;
    assert_eq!(client.get(&workspace()).await.code(), "ResourceNotFound");
    let blocked = client.put(&workspace(), body.clone()).await;
    assert_eq!(blocked.status, StatusCode::BAD_REQUEST);
    assert!(blocked.body["error"]["message"].as_str().unwrap().contains("Soft-deleted workspace exists"));

    let recover =
        json!({ "location": "westeurope", "properties": { "allowRecoverSoftDeletedWorkspace": true } });
    let got = client.put(&workspace(), recover).await;
    client.finish(got.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&workspace()).await.body["tags"], json!({ "env": "dev" }));
    let computes = client.get(&format!("{}/computes", workspace())).await;
    assert_eq!(computes.names(), ["ci-one"], "what was below it came back too");

    delete("?forceToPurge=false").await;
    delete("?forceToPurge=true").await;
    assert_eq!(client.put(&workspace(), body).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn what_may_not_be_recovered_stays_deleted() {
    let client = Client::start(options()).await;
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-held", group());
    client.put(&vault, json!({ "location": "westeurope" })).await;
    client.delete(&vault).await;
    let rule = format!("{}/providers/Microsoft.Authorization/policyAssignments/north", group());
    let places = json!({ "properties": { "parameters": { "listOfAllowedLocations": { "value": ["northeurope"] } },
        "policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c" } });
    assert_eq!(client.put(&rule, places).await.status, StatusCode::CREATED);
    let recover = json!({ "location": "westeurope", "properties": { "createMode": "recover" } });
    assert_eq!(client.put(&vault, recover.clone()).await.code(), "RequestDisallowedByPolicy");
    assert_eq!(client.get(&vault).await.code(), "ResourceNotFound");
    let list = format!("{SUB}/providers/Microsoft.KeyVault/deletedVaults");
    assert_eq!(client.get(&list).await.names(), ["kv-held"]);
    client.delete(&rule).await;
    assert_eq!(client.put(&vault, recover).await.status, StatusCode::OK);
    assert_eq!(client.get(&list).await.names(), Vec::<&str>::new());
}

#[tokio::test]
async fn what_was_deleted_goes_for_good_when_its_time_is_over() {
    let deleted = |name: &str, purge: &str| Deleted {
        document: json!({
            "id": format!("{}/providers/Microsoft.MachineLearningServices/workspaces/{name}", group()), "name": name,
            "type": "Microsoft.MachineLearningServices/workspaces", "location": "westeurope", "properties": {}
        }),
        below: Vec::new(),
        deleted: "2026-03-01T00:00:00Z".to_owned(),
        purge: purge.to_owned(),
    };
    let mut options = Options { clock: Clock::Fixed("2026-03-15T00:00:00Z".parse().unwrap()), ..options() };
    options.estate.deleted =
        vec![deleted("mlw-over", "2026-03-15T00:00:00Z"), deleted("mlw-kept", "2026-03-15T00:00:01Z")];
    let client = Client::start(options).await;
    let made = async |name: &str| {
        let id = format!("{}/providers/Microsoft.MachineLearningServices/workspaces/{name}", group());
        let vault = format!("{}/providers/Microsoft.KeyVault/vaults/gone", group());
        let properties = json!({ "storageAccount": storage(), "keyVault": vault });
        client.put(&id, json!({ "location": "westeurope", "properties": properties })).await
    };
    assert_eq!(made("mlw-over").await.status, StatusCode::ACCEPTED, "its name is free again");
    let kept = made("mlw-kept").await;
    assert!(kept.message().contains("Soft-deleted workspace exists"), "{:?}", kept.body);
}

#[tokio::test]
async fn a_log_analytics_workspace_comes_back_when_it_is_made_again() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.OperationalInsights/workspaces/log-one", group());
    let deleted = format!("{SUB}/providers/Microsoft.OperationalInsights/deletedWorkspaces");
    let body = json!({ "location": "westeurope", "properties": { "retentionInDays": 60 } });
    client.put(&path, body).await;
    assert_eq!(client.delete(&path).await.status, StatusCode::OK);
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.get(&deleted).await.names(), ["log-one"]);
    let back = client.put(&path, json!({ "location": "westeurope" })).await;
    assert_eq!(back.body["properties"]["retentionInDays"], 60, "{:?}", back.body);
    assert_eq!(client.get(&deleted).await.names(), Vec::<&str>::new());
    assert_eq!(client.delete(&format!("{path}?force=true")).await.status, StatusCode::OK);
    assert_eq!(client.get(&deleted).await.names(), Vec::<&str>::new(), "it is gone for good");
}
