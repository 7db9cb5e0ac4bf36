//! Locks: what keeps from being changed or deleted, whoever asks.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, NOBODY, READER, READER_ROLE, SUB, group, options, storage, workspace};

const AT: &str = "providers/Microsoft.Authorization";

async fn lock(client: &Client, scope: &str, level: &str) -> String {
    let lock = format!("{scope}/{AT}/locks/keep");
    let made = client.put(&lock, json!({ "properties": { "level": level } })).await;
    assert!(made.status.is_success(), "{:?}", made.body);
    lock
}

fn grant(principal: &str) -> Value {
    json!({ "properties": {
        "principalId": principal, "roleDefinitionId": format!("{SUB}/{AT}/roleDefinitions/{READER_ROLE}")
    }})
}

/// Everything that hangs on a group and can be written: path and body.
fn hanging() -> Vec<(String, Value)> {
    let group = group();
    vec![
        (format!("{group}/{AT}/roleAssignments/f1000000-0000-4000-8000-000000000001"), grant(NOBODY)),
        (
            format!("{group}/{AT}/policyAssignments/rule"),
            json!({ "properties": { "policyDefinitionId":
                "/providers/Microsoft.Authorization/policyDefinitions/8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54" } }),
        ),
        (
            format!("{group}/providers/Microsoft.Consumption/budgets/monthly"),
            json!({ "properties": { "amount": 1, "timeGrain": "Monthly", "category": "Cost",
                "timePeriod": { "startDate": "2026-03-01T00:00:00Z" } } }),
        ),
        (
            format!("{group}/{AT}/roleDefinitions/f1000000-0000-4000-8000-000000000002"),
            json!({ "properties": { "roleName": "Watcher", "assignableScopes": [group],
                "permissions": [{ "actions": ["*/read"] }] } }),
        ),
        (
            format!("{group}/providers/Microsoft.Resources/deployments/empty"),
            json!({ "properties": { "mode": "Incremental", "template": {
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0", "resources": [] } } }),
        ),
        (
            format!("{group}/providers/Microsoft.Resources/tags/default"),
            json!({ "properties": { "tags": { "a": "b" } } }),
        ),
    ]
}

#[tokio::test]
async fn a_read_only_lock_stops_every_write_and_a_delete_lock_every_deletion() {
    let client = Client::start(options()).await;
    let read_only = lock(&client, &group(), "ReadOnly").await;
    for (path, body) in hanging() {
        let refused = client.put(&path, body).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "ScopeLocked"), "{path}");
        let wanted = format!(
            "The scope '{path}' cannot perform write operation because following scope(s) are locked: '{}'. Please remove the lock and try again.",
            group()
        );
        assert_eq!(refused.message(), wanted);
    }
    assert_eq!(client.delete(&read_only).await.status, StatusCode::OK, "the lock itself can go");
    lock(&client, &group(), "CanNotDelete").await;
    for (path, body) in hanging() {
        let made = client.put(&path, body).await;
        assert!(made.status.is_success(), "{path}: {:?}", made.body);
        client.settled(&path).await;
        let refused = client.delete(&path).await;
        assert_eq!((refused.status, refused.code()), (StatusCode::CONFLICT, "ScopeLocked"), "{path}");
        assert!(refused.message().contains("cannot perform delete operation"), "{}", refused.message());
    }
    client.delete(&format!("{}/{AT}/locks/keep", group())).await;
    for (path, _) in hanging() {
        let gone = client.delete(&path).await;
        assert!(gone.status.is_success() && gone.status != StatusCode::NO_CONTENT, "{path}: {gone:?}");
    }
}

#[tokio::test]
async fn a_lock_on_one_resource_keeps_nothing_beside_it() {
    let client = Client::start(options()).await;
    lock(&client, &storage(), "CanNotDelete").await;
    let above = format!("{}/{AT}/roleAssignments/f2000000-0000-4000-8000-000000000001", group());
    let below = format!("{}/{AT}/roleAssignments/f2000000-0000-4000-8000-000000000002", storage());
    for path in [&above, &below] {
        assert_eq!(client.put(path, grant(READER)).await.status, StatusCode::CREATED);
    }
    assert_eq!(client.delete(&below).await.code(), "ScopeLocked");
    assert_eq!(client.delete(&above).await.status, StatusCode::OK, "it hangs above the lock");
    assert_eq!(client.delete(&group()).await.code(), "ScopeLocked", "what is locked is in the group");
}

#[tokio::test]
async fn a_read_only_lock_stops_actions_and_changes_of_the_resource() {
    let client = Client::start(options()).await;
    lock(&client, SUB, "ReadOnly").await;
    assert_eq!(client.post(&format!("{}/listKeys", storage()), Value::Null).await.code(), "ScopeLocked");
    let patch = json!({ "properties": { "description": "d" } });
    let url = format!("{}?api-version=2025-06-01", workspace());
    assert_eq!(client.send(Method::PATCH, &url, Some(patch)).await.code(), "ScopeLocked");
    let register = format!("{SUB}/providers/Microsoft.Storage/register");
    assert_eq!(client.post(&register, Value::Null).await.code(), "ScopeLocked");
}

#[tokio::test]
async fn who_may_not_is_told_so_before_the_lock_is() {
    let client = Client::start(options()).await;
    lock(&client, &group(), "ReadOnly").await;
    let client = client.acting_as("reader");
    let (path, body) = hanging().remove(0);
    assert_eq!(client.put(&path, body).await.code(), "AuthorizationFailed");
}
