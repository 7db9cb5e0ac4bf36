//! Managed identities: each has a principal of its own, whoever had the name before.

use amldeck::emulator::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, NOBODY, READER_ROLE, SUB, group, options, storage};

fn named(what: &str) -> String {
    format!("{}/providers/{what}", group())
}

fn assignment(scope: &str, last: u32) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/e5000000-0000-4000-8000-{last:012}")
}

fn grant(principal: &str) -> Value {
    let role = format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{READER_ROLE}");
    json!({ "properties": { "roleDefinitionId": role, "principalId": principal, "principalType": "ServicePrincipal" } })
}

/// The names that the directory has for an object.
async fn names(client: &Client, principal: &str) -> Vec<String> {
    let body = json!({ "ids": [principal] });
    let got = client.send(Method::POST, "/v1.0/directoryObjects/getByIds", Some(body)).await;
    let all = got.body["value"].as_array().unwrap().iter();
    all.map(|one| one["displayName"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_identity_that_is_made_again_is_somebody_else() {
    let client = Client::start(options()).await;
    let assigned = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-twice");
    let owner = named("Microsoft.Storage/storageAccounts/sttwice");
    let own = json!({ "location": "westeurope", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2",
        "identity": { "type": "SystemAssigned" } });
    for (path, body, member) in [
        (&assigned, json!({ "location": "westeurope" }), "/properties/principalId"),
        (&owner, own, "/identity/principalId"),
    ] {
        let principal = async || {
            client.put(path, body.clone()).await;
            let there = client.settled(path).await.body;
            there.pointer(member).and_then(Value::as_str).unwrap().to_owned()
        };
        let first = principal().await;
        assert_eq!(principal().await, first, "writing it again changes nothing");
        let name = path.rsplit('/').next().unwrap();
        assert_eq!(names(&client, &first).await, [name]);
        let kept = assignment(&storage(), u32::from(*path == owner));
        assert_eq!(client.put(&kept, grant(&first)).await.status, StatusCode::CREATED);
        client.delete(path).await;
        let mut seen = vec![first.clone()];
        for _ in 0..2 {
            let next = principal().await;
            assert!(!seen.contains(&next), "{next} was another one's");
            assert_eq!(names(&client, &next).await, [name]);
            seen.push(next);
            client.delete(path).await;
        }
        // What was granted stays, to nobody.
        assert_eq!(names(&client, &first).await, Vec::<String>::new());
        assert_eq!(client.get(&kept).await.body["properties"]["principalId"], first.as_str());
        // And its name is taken for good: the grant would become somebody else's.
        let other = client.put(&kept, grant(&seen[1])).await;
        assert_eq!(
            (other.status, other.code()),
            (StatusCode::BAD_REQUEST, "RoleAssignmentUpdateNotPermitted")
        );
    }
}

#[tokio::test]
async fn a_new_run_of_the_emulator_gives_no_principal_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-run");
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..3 {
        let options = Options { state: Some(folder.path().join("state.json")), ..options() };
        let client = Client::start(options).await;
        let made = client.put(&path, json!({ "location": "westeurope" })).await.body;
        let principal = made["properties"]["principalId"].as_str().unwrap().to_owned();
        assert!(!seen.contains(&principal), "{principal} was another one's");
        seen.push(principal);
        assert_eq!(client.delete(&path).await.status, StatusCode::OK);
        client.running.stop().await;
    }
}

#[tokio::test]
async fn a_name_of_an_assignment_is_taken_at_every_scope() {
    let client = Client::start(options()).await;
    assert_eq!(client.put(&assignment(&group(), 7), grant(NOBODY)).await.status, StatusCode::CREATED);
    let moved = client.put(&assignment(&storage(), 7), grant(NOBODY)).await;
    assert_eq!((moved.status, moved.code()), (StatusCode::BAD_REQUEST, "RoleAssignmentUpdateNotPermitted"));
    client.delete(&assignment(&group(), 7)).await;
    assert_eq!(client.put(&assignment(&storage(), 7), grant(NOBODY)).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_resource_that_moves_stays_who_it_is() {
    let client = Client::start(options()).await;
    let path = named("Microsoft.ManagedIdentity/userAssignedIdentities/id-moves");
    let made = client.put(&path, json!({ "location": "westeurope" })).await.body;
    let principal = made["properties"]["principalId"].as_str().unwrap();
    let target = format!("{SUB}/resourceGroups/rg-two");
    let body = json!({ "resources": [path], "targetResourceGroup": target });
    let moved = client.post(&format!("{}/moveResources", group()), body).await;
    client.finish_of(&moved).await;
    let there = client.get(&path.replace(&group(), &target)).await.body;
    assert_eq!(there["properties"]["principalId"], principal);
    assert_eq!(names(&client, principal).await, ["id-moves"]);
}
