//! Who may do what: assignments, definitions, permissions, locks.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, NOBODY, READER, READER_ROLE, SUB, TEAM, group, options, storage, workspace};

#[tokio::test]
async fn role_assignments_are_listed_by_scope_and_principal() {
    let client = Client::start(options()).await;
    let count = async |scope: &str, filter: &str| {
        let got =
            client.get(&format!("{scope}/providers/Microsoft.Authorization/roleAssignments{filter}")).await;
        assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
        got.body["value"].as_array().unwrap().len()
    };
    assert_eq!(count(&workspace(), "?$filter=atScope()").await, 3);
    assert_eq!(count(SUB, "?$filter=atScope%28%29").await, 2);
    assert_eq!(count(SUB, "").await, 3);
    assert_eq!(count(&storage(), "").await, 2);
    assert_eq!(count(SUB, &format!("?$filter=principalId eq '{TEAM}'")).await, 2);
    assert_eq!(count(SUB, &format!("?$filter=principalId eq '{READER}'")).await, 0);
    assert_eq!(count(SUB, &format!("?$filter=atScope() and assignedTo('{READER}')")).await, 1);
    let odd = client
        .get(&format!("{SUB}/providers/Microsoft.Authorization/roleAssignments?$filter=color eq 'x' or a"))
        .await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    let got = client.get(&format!("{}/providers/Microsoft.Authorization/roleAssignments", workspace())).await;
    for one in got.body["value"].as_array().unwrap() {
        let role = one["properties"]["roleDefinitionId"].as_str().unwrap();
        assert!(role.starts_with(&format!("{SUB}/providers/")), "{role}");
    }
}

#[tokio::test]
async fn role_definitions_are_found_by_name() {
    let client = Client::start(options()).await;
    let url = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions");
    let got = client.get(&format!("{url}?$filter=roleName eq 'Contributor'")).await;
    assert_eq!(got.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(got.body["value"][0]["id"], format!("{url}/b24988ac-6180-42a0-ab88-20f7382dd24c"));
    let all = client.get(&format!("{url}?$filter=type eq 'BuiltInRole'")).await;
    assert!(all.body["value"].as_array().unwrap().len() > 20);
}

#[tokio::test]
async fn conditions_of_built_in_roles_are_told_by_the_version_that_has_them() {
    let client = Client::start(options()).await;
    let permission = async |role: &str, version: &str| {
        let url =
            format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{role}?api-version={version}");
        client.send(Method::GET, &url, None).await.body["properties"]["permissions"][0].clone()
    };
    let of = "8b54135c-b56d-4d72-a534-26097cfdc8d8";
    assert_eq!(permission(of, "2022-04-01").await.get("condition"), None, "as it was recorded");
    let newer: Value = permission(of, "2022-05-01-preview").await;
    assert!(newer["condition"].as_str().unwrap().contains("4633458b-17de-408a-b874-0445c86b69e6"));
    assert_eq!(newer["conditionVersion"], "2.0");
    let reader = permission("acdd72a7-3385-48ef-bd42-f606fba81ae7", "2022-05-01-preview").await;
    assert_eq!(reader.get("condition"), None, "most roles have none");
}

#[tokio::test]
async fn a_caller_sees_and_does_what_its_assignments_grant() {
    let client = Client::start(options()).await.acting_as("reader");
    assert_eq!(client.get(&storage()).await.status, StatusCode::OK);
    let got =
        client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(json!({}))).await;
    assert_eq!((got.status, got.code()), (StatusCode::FORBIDDEN, "AuthorizationFailed"));
    let message = got.body["error"]["message"].as_str().unwrap();
    for part in
        ["rita@contoso.example", READER, "'Microsoft.Storage/storageAccounts/write'", storage().as_str()]
    {
        assert!(message.contains(part), "{part} in {message}");
    }
    let own =
        client.send(Method::POST, &format!("{}/listKeys?api-version=2025-06-01", workspace()), None).await;
    assert_eq!(own.status, StatusCode::OK, "the group owns the workspace");

    let client = client.acting_as("nobody");
    assert_eq!(client.get("/subscriptions").await.body["value"], json!([]));
    for path in [SUB.to_owned(), group(), workspace(), format!("{SUB}/resourceGroups")] {
        assert_eq!(client.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(client.query(json!({ "query": "resources" })).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn permissions_are_the_callers_own() {
    let client = Client::start(options()).await;
    let got = client.get(&format!("{}/providers/Microsoft.Authorization/permissions", group())).await;
    assert_eq!(got.body["value"][0]["actions"], json!(["*"]));
    let client = client.acting_as("reader");
    let got = client.get(&format!("{}/providers/Microsoft.Authorization/permissions", group())).await;
    assert_eq!(got.body["value"][0]["actions"], json!(["*/read"]), "{:?}", got.body);
}

#[tokio::test]
async fn a_role_assignment_is_created_once_and_deleted_once() {
    let client = Client::start(options()).await;
    let at = |name: &str| format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", storage());
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER_ROLE}");
    let body =
        |principal: &str| json!({ "properties": { "roleDefinitionId": role, "principalId": principal } });
    let first = at("e0000000-0000-4000-8000-000000000001");
    let made = client.put(&first, body(READER)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    assert_eq!(made.body["properties"]["principalType"], "User");
    assert_eq!(made.body["properties"]["scope"], storage());
    let again = client.put(&at("e0000000-0000-4000-8000-000000000002"), body(READER)).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "RoleAssignmentExists"));
    let unknown = client
        .put(&at("e0000000-0000-4000-8000-000000000003"), body("f0000000-0000-4000-8000-000000000009"))
        .await;
    assert_eq!((unknown.status, unknown.code()), (StatusCode::BAD_REQUEST, "PrincipalNotFound"));
    let delete = async || client.send(Method::DELETE, &format!("{first}?api-version=2022-04-01"), None).await;
    let gone = delete().await;
    assert_eq!((gone.status, &gone.body["name"]), (StatusCode::OK, &made.body["name"]));
    assert_eq!(delete().await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_new_assignment_counts_at_once() {
    let client = Client::start(options()).await;
    let name = format!(
        "{SUB}/providers/Microsoft.Authorization/roleAssignments/e0000000-0000-4000-8000-000000000007"
    );
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER_ROLE}");
    client.put(&name, json!({ "properties": { "roleDefinitionId": role, "principalId": NOBODY } })).await;
    let client = client.acting_as("nobody");
    assert_eq!(client.get(&workspace()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_lock_forbids_deletion_below_it() {
    let client = Client::start(options()).await;
    let lock = format!("{}/providers/Microsoft.Authorization/locks/keep", group());
    client.put(&lock, json!({ "properties": { "level": "CanNotDelete" } })).await;
    let url = format!("{}?api-version=2023-05-01", storage());
    assert_eq!(client.send(Method::DELETE, &url, None).await.code(), "ScopeLocked");
    assert_eq!(
        client.send(Method::DELETE, &format!("{lock}?api-version=2020-05-01"), None).await.status,
        StatusCode::OK
    );
    assert_eq!(client.send(Method::DELETE, &url, None).await.status, StatusCode::OK);
    assert_eq!(client.send(Method::DELETE, &url, None).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_subscription_has_room_for_four_thousand_assignments() {
    let id = |number: usize| {
        let name = format!("c9000000-0000-4000-8000-{number:012}");
        format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", group())
    };
    let mut options = options();
    let there = options.estate.resources.iter().filter(|one| {
        one["type"] == "Microsoft.Authorization/roleAssignments"
            && one["id"].as_str().unwrap().starts_with(SUB)
    });
    let there = there.count();
    let role = |number: usize| {
        format!(
            "{SUB}/providers/Microsoft.Authorization/roleDefinitions/c8000000-0000-4000-8000-{number:012}"
        )
    };
    for number in there..3_999 {
        let id = id(number);
        options.estate.resources.push(json!({
            "id": id, "name": id.rsplit('/').next(), "type": "Microsoft.Authorization/roleAssignments",
            "properties": { "principalId": NOBODY, "scope": group(), "roleDefinitionId": role(number) }
        }));
    }
    let client = Client::start(options).await;
    let body = |principal: &str| {
        let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER_ROLE}");
        json!({ "properties": { "roleDefinitionId": role, "principalId": principal } })
    };
    let last = id(5_000);
    assert_eq!(client.put(&last, body(READER)).await.status, StatusCode::CREATED, "the four thousandth");
    let full = client.put(&id(5_001), body(TEAM)).await;
    assert_eq!((full.status, full.code()), (StatusCode::BAD_REQUEST, "RoleAssignmentLimitExceeded"));
    assert_eq!(
        client.put(&last, body(READER)).await.status,
        StatusCode::OK,
        "what is there can be written again"
    );
    client.delete(&last).await;
    assert_eq!(client.put(&id(5_001), body(TEAM)).await.status, StatusCode::CREATED);
}
