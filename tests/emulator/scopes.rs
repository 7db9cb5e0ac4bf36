//! Tags at scopes, locks that block, management groups.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, SUB, group, options, storage, workspace};

#[tokio::test]
async fn tags_are_merged_replaced_and_taken_away() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Resources/tags/default", workspace());
    let url = format!("{path}?api-version=2024-07-01");
    let patch = async |operation: &str, tags: Value| {
        let body = json!({ "operation": operation, "properties": { "tags": tags } });
        client.send(Method::PATCH, &url, Some(body)).await
    };
    assert_eq!(client.get(&path).await.body["properties"]["tags"], json!({ "env": "dev" }));
    let merged = patch("Merge", json!({ "ENV": "test", "team": "one" })).await;
    assert_eq!(merged.body["properties"]["tags"], json!({ "env": "test", "team": "one" }));
    assert_eq!(client.get(&workspace()).await.body["tags"]["team"], "one");
    assert_eq!(
        patch("Delete", json!({ "team": "one" })).await.body["properties"]["tags"],
        json!({ "env": "test" })
    );
    assert_eq!(patch("Shuffle", json!({})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.delete(&path).await.status, StatusCode::OK);
    assert_eq!(client.get(&workspace()).await.body["tags"], json!({}));
    let names = client.get(&format!("{SUB}/tagNames")).await;
    assert_eq!(names.body["value"][0]["tagName"], "team");
}

#[tokio::test]
async fn a_read_only_lock_blocks_writes_actions_and_grants_below_it() {
    let client = Client::start(options()).await;
    let lock = format!("{}/providers/Microsoft.Authorization/locks/frozen", group());
    assert_eq!(
        client.put(&lock, json!({ "properties": { "level": "Shut" } })).await.status,
        StatusCode::BAD_REQUEST
    );
    client.put(&lock, json!({ "properties": { "level": "ReadOnly" } })).await;
    let keys =
        client.send(Method::POST, &format!("{}/listKeys?api-version=2023-05-01", storage()), None).await;
    assert_eq!((keys.status, keys.code()), (StatusCode::CONFLICT, "ScopeLocked"));
    let patch =
        client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(json!({}))).await;
    assert_eq!(patch.code(), "ScopeLocked");
    let delete = client.delete(&group()).await;
    assert_eq!(delete.code(), "ScopeLocked");
    assert_eq!(client.get(&storage()).await.status, StatusCode::OK);
    assert_eq!(client.delete(&lock).await.status, StatusCode::OK);
    assert_eq!(client.delete(&lock).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_lock_below_keeps_a_group_from_being_deleted_and_its_grants_too() {
    let client = Client::start(options()).await;
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", workspace());
    client.put(&lock, json!({ "properties": { "level": "CanNotDelete" } })).await;
    assert_eq!(client.delete(&group()).await.code(), "ScopeLocked");
    let grant = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/c0000000-0000-4000-8000-000000000003",
        workspace()
    );
    assert_eq!(client.delete(&grant).await.code(), "ScopeLocked");
}

#[tokio::test]
async fn management_groups_are_made_filled_listed_and_deleted() {
    let client = Client::start(options()).await;
    let all = "/providers/Microsoft.Management/managementGroups";
    let body = json!({ "properties": { "displayName": "Team", "details": { "parent": { "id": format!("{all}/contoso") } } } });
    assert_eq!(client.put(&format!("{all}/team"), body).await.status, StatusCode::OK);
    let id = SUB.rsplit('/').next().unwrap();
    assert_eq!(
        client.put(&format!("{all}/team/subscriptions/{id}"), Value::Null).await.status,
        StatusCode::OK
    );
    let below = client.get(&format!("{all}/contoso/descendants")).await;
    assert_eq!(below.names(), ["team", id]);
    assert_eq!(
        client.delete(&format!("{all}/team")).await.status,
        StatusCode::BAD_REQUEST,
        "it is not empty"
    );
    let entities = client.post("/providers/Microsoft.Management/getEntities", json!({})).await;
    let subscription =
        entities.body["value"].as_array().unwrap().iter().find(|one| one["name"] == id).unwrap();
    assert_eq!(subscription["properties"]["parentNameChain"], json!(["contoso", "team"]));
    let inherited = client
        .get(&format!("{}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()", group()))
        .await;
    assert_eq!(
        inherited.body["value"].as_array().unwrap().len(),
        2,
        "what is given at the top still comes down"
    );
}
