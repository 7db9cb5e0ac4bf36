//! The activity log: what was done or tried, by whom, and how it ended.

use amldeck::emulator::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, NOBODY, OWNER, READER_ROLE, SUB, group, options, storage, workspace};

const SINCE: &str = "eventTimestamp ge '2016-01-01T00:00:00Z'";

async fn events(client: &Client, more: &str) -> Vec<Value> {
    let log = format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values");
    let got = client.get(&format!("{log}?$filter={SINCE}{more}")).await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
    got.body["value"].as_array().unwrap().clone()
}

/// Operation and status of each event, newest first.
fn told(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            (event["operationName"]["value"].as_str().unwrap(), event["status"]["value"].as_str().unwrap())
        })
        .collect()
}

fn assignment() -> String {
    format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/e4000000-0000-4000-8000-000000000001",
        storage()
    )
}

fn grant() -> Value {
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER_ROLE}");
    json!({ "properties": { "roleDefinitionId": role, "principalId": NOBODY } })
}

#[tokio::test]
async fn a_grant_is_told_with_who_gave_what_to_whom() {
    let client = Client::start(options()).await;
    let made = client.put(&assignment(), grant()).await;
    let events = events(&client, "").await;
    const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
    assert_eq!(told(&events), [(WRITE, "Succeeded"), (WRITE, "Started")]);
    let (end, begin) = (&events[0], &events[1]);
    assert_eq!(end["correlationId"], made.header("x-ms-correlation-request-id"));
    for name in ["correlationId", "operationId", "resourceId", "caller", "httpRequest", "authorization"] {
        assert_eq!(end[name], begin[name], "{name}");
    }
    assert_eq!(end["caller"], "olga@contoso.example");
    let claims = &end["claims"];
    assert_eq!(claims["http://schemas.microsoft.com/identity/claims/objectidentifier"], OWNER);
    assert_eq!(claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"], "olga@contoso.example");
    assert_eq!(claims["name"], "Olga Owner");
    assert_eq!(end["resourceId"], assignment());
    assert_eq!(end["resourceGroupName"], "rg-one");
    assert_eq!(end["operationName"]["localizedValue"], "Create role assignment");
    assert_eq!(end["httpRequest"]["method"], "PUT");
    assert_eq!(
        (&end["eventName"]["value"], &begin["eventName"]["value"]),
        (&json!("EndRequest"), &json!("BeginRequest"))
    );
    assert_eq!(end["subStatus"]["localizedValue"], "Created (HTTP Status Code: 201)");
    let body: Value = serde_json::from_str(begin["properties"]["requestbody"].as_str().unwrap()).unwrap();
    assert_eq!(body, grant());
    assert!(end["type"].is_null() && end["name"].is_null());
}

#[tokio::test]
async fn the_log_is_asked_by_time_group_resource_and_caller() {
    let client = Client::start(options()).await;
    client.put(&assignment(), grant()).await;
    client.delete(&assignment()).await;
    let two = format!("{SUB}/resourceGroups/rg-two");
    client.send(Method::PATCH, &format!("{two}?api-version=2022-09-01"), Some(json!({ "tags": {} }))).await;
    let count = async |more: &str| events(&client, more).await.len();
    assert_eq!(count("").await, 6);
    for (more, wanted) in [
        (" and resourceGroupName eq 'RG-TWO'".to_owned(), 2),
        (format!(" and resourceUri eq '{}'", storage()), 4),
        (format!(" and resourceId eq '{}'", assignment().to_uppercase()), 4),
        (format!(" and resourceUri eq '{}'", workspace()), 0),
        (" and caller eq 'Olga@contoso.example'".to_owned(), 6),
        (" and caller eq 'rita@contoso.example'".to_owned(), 0),
        (" and resourceProvider eq 'Microsoft.Authorization'".to_owned(), 4),
        (" and eventTimestamp le '2017-01-01'".to_owned(), 0),
        (" and eventTimestamp le '2999-01-01' and status eq 'Started'".to_owned(), 3),
    ] {
        assert_eq!(count(&more).await, wanted, "{more}");
    }
    let log = format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values");
    for odd in [
        "?$filter=caller eq 'x'".to_owned(),
        "?$filter=eventTimestamp le '2026-01-01'".to_owned(),
        "?$filter=eventTimestamp ge 'yesterday'".to_owned(),
        format!("?$filter={SINCE} and colour eq 'red'"),
        String::new(),
    ] {
        assert_eq!(client.get(&format!("{log}{odd}")).await.status, StatusCode::BAD_REQUEST, "{odd}");
    }
}

#[tokio::test]
async fn actions_have_the_services_spelling_and_what_was_done_stays_apart() {
    let client = Client::start(options()).await;
    client.post(&format!("{}/listkeys", storage().to_lowercase()), Value::Null).await;
    client.post(&format!("{}/listKeys", workspace()), Value::Null).await;
    let off = json!({ "properties": { "allowSharedKeyAccess": false } });
    client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(off)).await;
    let events = events(&client, " and status eq 'Succeeded'").await;
    assert_eq!(
        told(&events).into_iter().map(|(name, _)| name).collect::<Vec<_>>(),
        [
            "Microsoft.Storage/storageAccounts/write",
            "Microsoft.MachineLearningServices/workspaces/listKeys/action",
            "Microsoft.Storage/storageAccounts/listKeys/action"
        ]
    );
    assert_eq!(events[1]["resourceId"], workspace());
    assert_eq!(events[1]["resourceType"]["value"], "Microsoft.MachineLearningServices/workspaces");
    assert_eq!(events[2]["operationName"]["localizedValue"], "List Storage Account Keys");
}

#[tokio::test]
async fn what_goes_on_ends_in_the_log_when_it_ends() {
    const WRITE: &str = "Microsoft.MachineLearningServices/workspaces/write";
    let patch = json!({ "properties": { "systemDatastoresAuthMode": "identity" } });
    let url = format!("{}?api-version=2025-06-01", workspace());
    let slow = Client::start(Options { speed: 0.001, ..options() }).await;
    assert_eq!(slow.send(Method::PATCH, &url, Some(patch.clone())).await.status, StatusCode::ACCEPTED);
    assert_eq!(told(&events(&slow, "").await), [(WRITE, "Started")]);

    let client = Client::start(options()).await;
    let got = client.send(Method::PATCH, &url, Some(patch)).await;
    client.finish_of(&got).await;
    let ended = events(&client, "").await;
    assert_eq!(told(&ended), [(WRITE, "Succeeded"), (WRITE, "Started")]);
    assert_eq!(ended[0]["correlationId"], ended[1]["correlationId"]);
    let broken = json!({ "location": "westeurope", "properties": {
        "storageAccount": format!("{}x", storage()), "keyVault": format!("{}/providers/Microsoft.KeyVault/vaults/gone", group()) } });
    let new = format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw-broken", group());
    let got = client.put(&new, broken).await;
    client.finish_of(&got).await;
    let failed = events(&client, " and status eq 'Failed'").await;
    assert_eq!(told(&failed), [(WRITE, "Failed")]);
    assert_eq!(failed[0]["level"], "Error");
    assert!(failed[0]["properties"]["statusMessage"].as_str().unwrap().contains("not found"));
}

#[tokio::test]
async fn what_was_refused_is_told_with_the_reason() {
    let client = Client::start(options()).await.acting_as("reader");
    client.put(&assignment(), grant()).await;
    let client = client.acting_as("any");
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", group());
    client.put(&lock, json!({ "properties": { "level": "CanNotDelete" } })).await;
    client.delete(&storage()).await;
    client.get(&storage()).await;
    let failed = events(&client, " and status eq 'Failed'").await;
    assert_eq!(
        told(&failed),
        [
            ("Microsoft.Storage/storageAccounts/delete", "Failed"),
            ("Microsoft.Authorization/roleAssignments/write", "Failed")
        ]
    );
    for (event, status, code, caller) in [
        (&failed[0], "Conflict", "ScopeLocked", "olga@contoso.example"),
        (&failed[1], "Forbidden", "AuthorizationFailed", "rita@contoso.example"),
    ] {
        assert_eq!(event["subStatus"]["value"], status);
        assert_eq!(event["caller"], caller);
        let message = event["properties"]["statusMessage"].as_str().unwrap();
        let message: Value = serde_json::from_str(message).unwrap();
        assert_eq!(message["error"]["code"], code);
    }
    let started = events(&client, " and status eq 'Started'").await;
    assert!(started.iter().all(|event| event["caller"] != "rita@contoso.example"), "nothing began");
}

#[tokio::test]
async fn privileged_identity_management_is_told_to_write_what_it_writes() {
    let client = Client::start(options()).await;
    let path = format!(
        "{}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/e5000000-0000-4000-8000-000000000001",
        group()
    );
    let body = |kind: &str| {
        let mut body = grant();
        body["properties"]["requestType"] = Value::from(kind);
        body["properties"]["justification"] = Value::from("r");
        body["properties"]["scheduleInfo"] =
            json!({ "expiration": { "type": "AfterDuration", "duration": "PT1H" } });
        body
    };
    assert_eq!(client.put(&path, body("AdminAssign")).await.status, StatusCode::CREATED);
    assert_eq!(
        client.put(&path.replace("0001", "0002"), body("AdminRemove")).await.status,
        StatusCode::CREATED
    );
    let by_pim = events(&client, " and caller eq 'MS-PIM' and status eq 'Succeeded'").await;
    assert_eq!(
        told(&by_pim),
        [
            ("Microsoft.Authorization/roleAssignments/delete", "Succeeded"),
            ("Microsoft.Authorization/roleAssignments/write", "Succeeded")
        ]
    );
    let asked = events(&client, " and caller eq 'olga@contoso.example' and status eq 'Succeeded'").await;
    assert_eq!(asked.len(), 2);
    assert_eq!(told(&asked)[0].0, "Microsoft.Authorization/roleAssignmentScheduleRequests/write");
}

#[tokio::test]
async fn a_deployment_and_what_it_makes_share_a_correlation() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Resources/deployments/one", group());
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0", "resources": [{ "type": "Microsoft.Insights/components", "name": "appi-new",
            "apiVersion": "2020-02-02", "location": "westeurope", "kind": "web", "properties": { "Application_Type": "web" } }]
    });
    let body = json!({ "properties": { "mode": "Incremental", "template": template } });
    let got = client.put(&path, body).await;
    client.finish_of(&got).await;
    let events = events(&client, " and status eq 'Succeeded'").await;
    let made =
        events.iter().find(|event| event["resourceId"].as_str().unwrap().ends_with("/appi-new")).unwrap();
    let whole = events.iter().find(|event| event["resourceId"] == path.as_str()).unwrap();
    assert_eq!(whole["operationName"]["value"], "Microsoft.Resources/deployments/write");
    let deployment = client.get(&path).await;
    for event in [made, whole] {
        assert_eq!(event["correlationId"], deployment.body["properties"]["correlationId"]);
    }
}
