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

#[tokio::test]
async fn the_subscriptions_of_a_management_group_are_listed_by_themselves() {
    let client = Client::start(options()).await;
    let all = "/providers/Microsoft.Management/managementGroups/contoso/subscriptions";
    let id = SUB.rsplit('/').next().unwrap();
    let list = client.get(all).await;
    assert_eq!(list.names(), [id]);
    let one = client.get(&format!("{all}/{id}")).await;
    assert_eq!(one.body["properties"]["displayName"], "One");
    let other = client.get(&format!("{all}/22222222-2222-2222-2222-222222222222")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tag_names_are_made_before_any_resource_has_them() {
    let client = Client::start(options()).await;
    let name = format!("{SUB}/tagNames/costCentre");
    let value = format!("{name}/tagValues/42");
    assert_eq!(client.put(&value, Value::Null).await.status, StatusCode::NOT_FOUND, "a value needs its name");
    let made = client.put(&name, Value::Null).await;
    assert_eq!((made.status, &made.body["count"]["value"]), (StatusCode::CREATED, &json!(0)));
    assert_eq!(client.put(&name, Value::Null).await.status, StatusCode::OK);
    assert_eq!(client.put(&value, Value::Null).await.status, StatusCode::CREATED);
    let list = client.get(&format!("{SUB}/tagNames")).await;
    let listed = list.body["value"].as_array().unwrap();
    let one = listed.iter().find(|one| one["tagName"] == "costCentre").unwrap();
    assert_eq!(one["values"][0]["tagValue"], "42");
    assert_eq!(client.delete(&name).await.status, StatusCode::CONFLICT, "it has a value");
    assert_eq!(client.delete(&value).await.status, StatusCode::OK);
    assert_eq!(client.delete(&value).await.status, StatusCode::NO_CONTENT);
    assert_eq!(client.delete(&name).await.status, StatusCode::OK);
    assert_eq!(
        client.delete(&format!("{SUB}/tagNames/team")).await.status,
        StatusCode::CONFLICT,
        "a group has it"
    );
    assert_eq!(
        client.put(&format!("{SUB}/tagNames/azure-x"), Value::Null).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn resources_move_to_another_group_with_what_is_below_them() {
    let client = Client::start(options()).await;
    let container = format!("{}/blobServices/default/containers/c", storage());
    assert_eq!(client.put(&container, json!({ "properties": {} })).await.status, StatusCode::CREATED);
    let other = format!("{SUB}/resourceGroups/rg-two");
    let body = json!({ "resources": [storage()], "targetResourceGroup": other });
    for word in ["validateMoveResources", "moveResources"] {
        let first = client.post(&format!("{}/{word}", group()), body.clone()).await;
        assert_eq!(
            (first.status, first.header("azure-asyncoperation")),
            (StatusCode::ACCEPTED, ""),
            "{:?}",
            first.body
        );
        let last = client.finish(first.header("location")).await;
        assert_eq!(last.status, StatusCode::NO_CONTENT, "{word}");
    }
    assert_eq!(client.get(&storage()).await.status, StatusCode::NOT_FOUND);
    let moved = storage().replace("rg-one", "rg-two");
    assert_eq!(client.get(&moved).await.body["id"], moved.as_str());
    assert_eq!(client.get(&container.replace("rg-one", "rg-two")).await.status, StatusCode::OK);

    let again = client.post(&format!("{}/moveResources", group()), body).await;
    assert_eq!((again.status, again.code()), (StatusCode::NOT_FOUND, "ResourceNotFound"));
    let nowhere =
        json!({ "resources": [workspace()], "targetResourceGroup": format!("{SUB}/resourceGroups/none") });
    let refused = client.post(&format!("{}/moveResources", group()), nowhere).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::NOT_FOUND, "ResourceGroupNotFound"));
}

#[tokio::test]
async fn what_may_not_be_written_in_the_target_is_not_moved_there() {
    let client = Client::start(options()).await.acting_as("reader");
    let body =
        json!({ "resources": [storage()], "targetResourceGroup": format!("{SUB}/resourceGroups/rg-two") });
    let refused = client.post(&format!("{}/moveResources", group()), body).await;
    assert_eq!((refused.status, refused.code()), (StatusCode::FORBIDDEN, "AuthorizationFailed"));
}
