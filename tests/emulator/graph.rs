//! Microsoft Graph.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, Got, OWNER, READER, TEAM, options, workspace};

#[tokio::test]
async fn microsoft_graph_resolves_names_and_leaves_out_the_unknown() {
    let client = Client::start(options()).await;
    let body =
        json!({ "ids": [OWNER, TEAM, "f0000000-0000-4000-8000-000000000009"], "types": ["user", "group"] });
    let got = client.send(Method::POST, "/v1.0/directoryObjects/getByIds", Some(body)).await;
    let kinds: Vec<&str> = got.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["@odata.type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["#microsoft.graph.user", "#microsoft.graph.group"]);
    let me = client.send(Method::GET, "/v1.0/me", None).await;
    assert_eq!(me.body["displayName"], "Olga Owner");
    let members = client.send(Method::GET, &format!("/v1.0/groups/{TEAM}/transitiveMembers"), None).await;
    assert_eq!(members.body["value"][0]["displayName"], "Rita Reader");
    let above = client.send(Method::GET, &format!("/v1.0/users/{READER}/transitiveMemberOf"), None).await;
    assert_eq!(above.body["value"][0]["id"], TEAM);
    let check = json!({ "groupIds": [TEAM, OWNER] });
    let checked =
        client.send(Method::POST, &format!("/v1.0/users/{READER}/checkMemberGroups"), Some(check)).await;
    assert_eq!(checked.body["value"], json!([TEAM]));
    let found = client.send(Method::GET, "/v1.0/users?$filter=startswith(displayName,'ri')", None).await;
    assert_eq!(found.body["value"][0]["id"], READER);
    let refused = client.send(Method::GET, "/v1.0/groups?$search=\"displayName:one\"", None).await;
    assert_eq!(refused.code(), "Request_UnsupportedQuery", "a search wants ConsistencyLevel");
    let found = client.eventually("/v1.0/groups?$search=\"displayName:one\"").await;
    assert_eq!(found.body["value"][0]["id"], TEAM);
    let missing = client.send(Method::GET, "/v1.0/users/nobody@contoso.example", None).await;
    assert_eq!((missing.status, missing.code()), (StatusCode::NOT_FOUND, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn microsoft_graph_refuses_a_caller_without_directory_rights() {
    let client = Client::start(options()).await.acting_as("no-directory");
    let body = json!({ "ids": [OWNER] });
    let got = client.send(Method::POST, "/v1.0/directoryObjects/getByIds", Some(body)).await;
    assert_eq!((got.status, got.code()), (StatusCode::FORBIDDEN, "Authorization_RequestDenied"));
    assert_eq!(client.get(&workspace()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn lists_are_filtered_counted_cut_and_paged_as_asked() {
    let client = Client::start(options()).await;
    let first =
        client.eventually("/v1.0/users?$count=true&$top=2&$select=id,displayName&$orderby=displayName").await;
    assert_eq!(first.body["@odata.count"], 3);
    let names = |got: &Got| -> Vec<String> {
        let list = got.body["value"].as_array().unwrap().iter();
        list.map(|user| user["displayName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&first), ["Nils Nobody", "Olga Owner"]);
    assert_eq!(first.body["value"][0].as_object().unwrap().len(), 2, "only what was selected");
    let next = first.body["@odata.nextLink"].as_str().unwrap();
    assert_eq!(names(&client.send(Method::GET, next, None).await), ["Rita Reader"]);
    let all = client.send(Method::GET, "/v1.0/users?$top=1000", None).await;
    assert_eq!(all.code(), "Request_UnsupportedQuery");
}

#[tokio::test]
async fn members_are_counted_for_those_who_say_how_fresh_it_must_be() {
    let client = Client::start(options()).await;
    let path = format!("/v1.0/groups/{TEAM}/transitiveMembers/$count");
    let counted = client.eventually(&path).await;
    assert_eq!((counted.header("content-type"), &counted.body), ("text/plain", &json!(1)));
    assert_eq!(client.send(Method::GET, &path, None).await.status, StatusCode::BAD_REQUEST);
    let cast = format!("/v1.0/users/{READER}/transitiveMemberOf/microsoft.graph.group?$select=id");
    assert_eq!(client.send(Method::GET, &cast, None).await.body["value"][0]["id"], TEAM);
}

#[tokio::test]
async fn too_many_at_once_are_refused() {
    let client = Client::start(options()).await;
    let many: Vec<&str> = vec![TEAM; 21];
    let checked = format!("/v1.0/users/{READER}/checkMemberGroups");
    let got = client.send(Method::POST, &checked, Some(json!({ "groupIds": many }))).await;
    assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "Request_BadRequest"));
    let ids: Vec<&str> = vec![TEAM; 1001];
    let got = client.send(Method::POST, "/v1.0/directoryObjects/getByIds", Some(json!({ "ids": ids }))).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_batch_answers_each_of_its_requests() {
    let client = Client::start(options()).await;
    let body = json!({ "requests": [
        { "id": "1", "method": "GET", "url": "/me" },
        { "id": "2", "method": "GET", "url": format!("/groups/{TEAM}/members/$count"), "headers": { "ConsistencyLevel": "eventual" } },
        { "id": "3", "method": "GET", "url": "/users/none" }
    ]});
    let got = client.send(Method::POST, "/v1.0/$batch", Some(body)).await;
    let statuses: Vec<&Value> =
        got.body["responses"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [200, 200, 404]);
    assert_eq!(got.body["responses"][0]["body"]["displayName"], "Olga Owner");
    assert_eq!(got.body["responses"][1]["body"], "1");
}

fn names(got: &Got) -> Vec<&str> {
    let list = got.body["value"].as_array().unwrap_or_else(|| panic!("no list: {got:?}"));
    list.iter().map(|one| one["displayName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn principals_are_searched_by_the_words_of_their_names() {
    let client = Client::start(options()).await;
    for (query, found) in [
        ("users?$search=\"displayName:owner\"", vec!["Olga Owner"]),
        ("users?$search=\"displayName:read ri\"", vec!["Rita Reader"]),
        ("users?$search=\"displayName:eader\"", vec![]),
        ("users?$search=\"displayName:zz\" OR \"userPrincipalName:nils\"", vec!["Nils Nobody"]),
        ("users?$search=\"displayName:rita\" AND \"userPrincipalName:nils\"", vec![]),
        ("users?$search=\"displayName:o\"&$filter=startswith(userPrincipalName,'olga')", vec!["Olga Owner"]),
        (
            "users?$filter=userPrincipalName ne 'olga@contoso.example'&$count=true&$orderby=displayName",
            vec!["Nils Nobody", "Rita Reader"],
        ),
        ("groups?$search=\"displayName:one\"&$select=displayName&$top=1", vec!["Team One"]),
        ("servicePrincipals?$search=\"displayName:mlw\"", vec![]),
        ("servicePrincipals?$filter=servicePrincipalType eq 'ManagedIdentity'", vec![]),
    ] {
        assert_eq!(names(&client.eventually(&format!("/v1.0/{query}")).await), found, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_refused_and_never_empty() {
    let client = Client::start(options()).await;
    for (query, code, word) in [
        ("users?$search=olga", "Request_UnsupportedQuery", "olga"),
        ("users?$search=\"shoeSize:9\"", "BadRequest", "shoeSize"),
        ("users?$select=id,shoeSize", "BadRequest", "shoeSize"),
        ("users?$filter=shoeSize eq '9'", "BadRequest", "shoeSize"),
        ("users?$orderby=shoeSize", "BadRequest", "shoeSize"),
        ("users?$filter=contains(displayName,'a')", "Request_UnsupportedQuery", "Unsupported"),
        ("users?$filter=atScope()", "Request_UnsupportedQuery", "Unsupported"),
        ("users?$filter=displayName ne 'x'", "Request_UnsupportedQuery", "displayName"),
        (
            "users?$filter=startswith(displayName,'o')&$orderby=displayName",
            "Request_UnsupportedQuery",
            "Sorting",
        ),
        ("groups?$select=userPrincipalName", "BadRequest", "microsoft.graph.group"),
    ] {
        let got = client.eventually(&format!("/v1.0/{query}")).await;
        assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, code), "{query}");
        assert!(got.message().contains(word), "{query}: {}", got.message());
    }
}

#[tokio::test]
async fn memberships_are_read_directly_through_groups_and_of_oneself() {
    let client = Client::start(options()).await.acting_as("reader");
    for path in [
        format!("/v1.0/groups/{TEAM}/members"),
        format!("/v1.0/groups/{TEAM}/transitiveMembers/microsoft.graph.user"),
    ] {
        assert_eq!(names(&client.send(Method::GET, &path, None).await), ["Rita Reader"], "{path}");
    }
    for path in [
        format!("/v1.0/users/{READER}/memberOf"),
        "/v1.0/users/rita@contoso.example/transitiveMemberOf".to_owned(),
        "/v1.0/me/transitiveMemberOf".to_owned(),
        "/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=displayName".to_owned(),
    ] {
        assert_eq!(names(&client.send(Method::GET, &path, None).await), ["Team One"], "{path}");
    }
}

#[tokio::test]
async fn a_batch_honours_methods_and_judges_each_request() {
    let client = Client::start(options()).await;
    let body = json!({ "requests": [
        { "id": "1", "method": "POST", "url": "/directoryObjects/getByIds", "body": { "ids": [OWNER] } },
        { "id": "2", "method": "GET", "url": "/directoryObjects/getByIds" },
        { "id": "3", "method": "DELETE", "url": format!("/groups/{TEAM}") },
        { "id": "4", "method": "POST", "url": "/users", "body": {} },
        { "id": "5", "method": "DANCE", "url": "/me" },
        { "id": "6", "method": "post", "url": format!("/users/{READER}/checkMemberGroups"), "body": { "groupIds": [TEAM] } }
    ]});
    let statuses = |got: &Got| -> Vec<u64> {
        got.body["responses"].as_array().unwrap().iter().map(|one| one["status"].as_u64().unwrap()).collect()
    };
    let got = client.send(Method::POST, "/v1.0/$batch", Some(body.clone())).await;
    assert_eq!(statuses(&got), [200, 404, 405, 405, 400, 200], "{:?}", got.body);
    let client = client.acting_as("no-directory");
    let got = client.send(Method::POST, "/v1.0/$batch", Some(body)).await;
    assert_eq!(got.status, StatusCode::OK);
    assert_eq!(statuses(&got)[..4], [403, 403, 403, 403]);
    let search = client.eventually("/v1.0/users?$search=\"displayName:a\"").await;
    assert_eq!((search.status, search.code()), (StatusCode::FORBIDDEN, "Authorization_RequestDenied"));
}
