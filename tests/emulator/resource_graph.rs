//! Azure Resource Graph.

use amldeck::emulator::Options;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::stage::{Client, SUB, group, options};

#[tokio::test]
async fn resource_graph_answers_in_pages_by_an_opaque_token() {
    let client = Client::start(options()).await;
    let query = "resources | where type =~ 'microsoft.machinelearningservices/workspaces' | project id, name | order by name asc";
    let first = client.query(json!({ "query": query, "options": { "$top": 4 } })).await;
    assert_eq!(first.status, StatusCode::OK, "{:?}", first.body);
    assert_eq!((&first.body["totalRecords"], &first.body["count"]), (&json!(6), &json!(4)));
    assert_eq!(first.body["resultTruncated"], "false");
    assert_eq!(first.header("x-ms-user-quota-remaining"), "14");
    assert_eq!(first.header("x-ms-user-quota-resets-after"), "00:00:05");
    let token = first.body["$skipToken"].as_str().unwrap();
    let second = client.query(json!({ "query": query, "options": { "$top": 4, "$skipToken": token } })).await;
    assert_eq!(second.body["data"].as_array().unwrap().len(), 2);
    assert!(second.body["$skipToken"].is_null());
}

#[tokio::test]
async fn pages_go_on_where_the_one_before_ended_and_see_what_changed_since() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let ask = async |client: &Client, token: &Value| {
        let query = "resources | project id, name | order by name desc, id asc";
        let mut options = json!({ "$top": 2 });
        if token.is_string() {
            options["$skipToken"] = token.clone();
        }
        client.query(json!({ "query": query, "options": options })).await.body
    };
    let names = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let whole = client
        .query(json!({ "query": "resources | project id, name | order by name desc, id asc" }))
        .await
        .body;
    let (mut all, mut token) = (Vec::new(), Value::Null);
    loop {
        let page = ask(&client, &token).await;
        assert_eq!(page["totalRecords"], whole["totalRecords"]);
        all.extend(names(&page));
        token = page["$skipToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(all, names(&whole));

    let first = ask(&client, &Value::Null).await;
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/zz-new", group());
    let body = json!({ "location": "westeurope", "properties": { "tenantId": "t", "sku": { "name": "standard", "family": "A" } } });
    assert!(client.put(&vault, body).await.status.is_success());
    let second = ask(&client, &first["$skipToken"]).await;
    assert_eq!(second["totalRecords"].as_u64(), whole["totalRecords"].as_u64().map(|total| total + 1));
    assert_eq!(names(&second)[0], all[1], "the new one stands before, and the rest has moved");
}

#[tokio::test]
async fn a_query_that_makes_too_much_is_refused() {
    let client = Client::start(options()).await;
    let long = "| extend a = strcat(a, a) ".repeat(14);
    let parts = "| extend p = split(a, '') ".repeat(40);
    let grows = format!("resources | extend a = name {long}{parts}| count");
    let wide = format!(
        "resources | extend a = 'aaaaaaaaaaaaaaaa' {}| project id, a, b = strcat(a, 'b'), c = strcat(a, 'c'), d = strcat(a, 'd'), e = strcat(a, 'e')",
        "| extend a = strcat(a, a) ".repeat(15)
    );
    for (query, code) in [(grows, "QueryExecutionLimitExceeded"), (wide, "ResponsePayloadTooLarge")] {
        let got = client.query(json!({ "query": query })).await;
        assert_eq!(
            (got.status, got.code()),
            (StatusCode::BAD_REQUEST, "BadRequest"),
            "{:?}",
            got.body["error"]
        );
        assert_eq!(got.body["error"]["details"][1]["code"], code);
    }
}

#[tokio::test]
async fn resource_graph_knows_containers_and_assignments_and_keeps_to_the_scopes() {
    let client = Client::start(options()).await;
    let rows = async |query: &str, scopes: Value| {
        let got = client.query(json!({ "query": query, "subscriptions": scopes })).await;
        assert_eq!(got.status, StatusCode::OK, "{query}: {:?}", got.body);
        got.body["data"].as_array().unwrap().len()
    };
    let one = json!(["11111111-1111-1111-1111-111111111111"]);
    let other = json!(["22222222-2222-2222-2222-222222222222"]);
    let groups = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups'";
    assert_eq!(rows(groups, one.clone()).await, 2);
    assert_eq!(rows(groups, other.clone()).await, 0);
    assert_eq!(
        rows("resourcecontainers | where type =~ 'microsoft.resources/subscriptions'", json!([])).await,
        1
    );
    let assignments = "authorizationresources | where type =~ 'microsoft.authorization/roleassignments'";
    assert_eq!(rows(assignments, json!([])).await, 3);
    assert_eq!(rows(assignments, one).await, 1);
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_an_error() {
    let client = Client::start(options()).await;
    // What does not parse; an unknown function, table and column.
    for query in
        ["where where", "resources | where foo(name)", "advisorresources", "resources | where nmae =~ 'x'"]
    {
        let got = client.query(json!({ "query": query })).await;
        assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "BadRequest"), "{query}");
        assert_eq!(got.body["error"]["details"][0]["code"], "InvalidQuery", "{query}");
        assert_eq!(got.body["error"]["details"][1]["code"], "ParserFailure", "{query}");
        assert!(got.body["error"]["details"][1]["line"].is_number(), "{query}");
    }
}

#[tokio::test]
async fn resource_graph_refuses_the_sixteenth_query() {
    let client = Client::start(options()).await;
    client.running.hold();
    let mut last = StatusCode::OK;
    for _ in 0..16 {
        let got = client.query(json!({ "query": "resources | project id" })).await;
        last = got.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            assert!(!got.header("retry-after").is_empty());
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn facets_count_values_and_a_query_may_name_no_table() {
    let client = Client::start(options()).await;
    let body = json!({ "subscriptions": [SUB.rsplit('/').next()], "query": "project id, name, kind // all", "facets": [
        { "expression": "kind", "options": { "filter": "name startswith 'mlw'", "$top": 1 } }, { "expression": "nowhere" }
    ]});
    let got = client.query(body).await;
    assert_eq!(got.body["totalRecords"], 7, "{:?}", got.body);
    assert_eq!(
        got.body["facets"][0],
        json!({ "expression": "kind", "resultType": "FacetResult", "totalRecords": 2, "count": 1, "data": [{ "kind": "Hub", "count": 5 }] })
    );
    assert_eq!(got.body["facets"][1]["resultType"], "FacetError");
    assert!(got.body["facets"][1]["errors"][0]["message"].is_string());
}
