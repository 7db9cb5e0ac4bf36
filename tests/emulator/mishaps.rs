//! Faults, restarts and the request log.

use amldeck::emulator::{Fault, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, options, storage, workspace};

#[tokio::test]
async fn faults_stand_in_for_answers_as_often_as_they_say() {
    let client = Client::start(options()).await;
    client.running.add_fault(Fault {
        status: Some(429),
        body: Some(json!({ "error": { "code": "429" } })),
        headers: [("Retry-After".to_owned(), "2".to_owned())].into(),
        times: Some(1),
        ..Fault::on("GET", "*/WORKSPACES/*")
    });
    let spoiled = client.get(&workspace()).await;
    assert_eq!((spoiled.status.as_u16(), spoiled.code(), spoiled.header("retry-after")), (429, "429", "2"));
    assert_eq!(client.get(&workspace()).await.status, StatusCode::OK);
    client.running.add_fault(Fault { html: true, times: Some(1), ..Fault::on("GET", "*") });
    let page = client.get(&workspace()).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (503, "text/html"));
}

#[tokio::test]
async fn faults_break_connections() {
    let client = Client::start(options()).await;
    let url = format!("{}?api-version=2025-06-01", workspace());
    for fault in
        [Fault { reset: true, ..Fault::on("GET", "*") }, Fault { truncate: true, ..Fault::on("GET", "*") }]
    {
        client.running.clear_faults();
        client.running.add_fault(fault.clone());
        let got = client.try_send(Method::GET, &url, None).await;
        assert!(got.is_err(), "{fault:?}: {got:?}");
    }
    client.running.clear_faults();
    assert_eq!(client.get(&workspace()).await.status, StatusCode::OK);
    let statuses: Vec<u16> = client.running.requests().iter().map(|request| request.status).collect();
    assert!(statuses.contains(&0), "{statuses:?}");
}

#[tokio::test]
async fn documents_are_kept_in_a_state_file() {
    let directory = tempfile::tempdir().unwrap();
    let state = Some(directory.path().join("state.json"));
    let client = Client::start(Options { state: state.clone(), speed: 0.001, ..options() }).await;
    let tagged = client
        .send(
            Method::PATCH,
            &format!("{}?api-version=2023-05-01", storage()),
            Some(json!({ "tags": { "a": "b" } })),
        )
        .await;
    assert_eq!(tagged.status, StatusCode::OK);
    let url = format!("{}?api-version=2025-06-01", workspace());
    let going_on = client.send(Method::PATCH, &url, Some(json!({ "tags": { "env": "prod" } }))).await;
    let poll = going_on.header("azure-asyncoperation").replace(&client.running.url(), "");
    client.running.stop().await;

    let client = Client::start(Options { state, ..options() }).await;
    assert_eq!(client.get(&storage()).await.body["tags"], json!({ "a": "b" }));
    assert_eq!(client.send(Method::GET, &poll, None).await.body["status"], "Succeeded");
    assert_eq!(client.get(&workspace()).await.body["tags"], json!({ "env": "prod" }));
}

#[tokio::test]
async fn the_request_log_has_no_headers_and_no_token() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("requests.jsonl");
    let client =
        Client::start(Options { request_log: Some(path.clone()), ..options() }).await.acting_as("s3cret");
    client.query(json!({ "query": "resources" })).await;
    let text = std::fs::read_to_string(path).unwrap();
    let line: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert_eq!((&line["method"], &line["body"]["query"]), (&json!("POST"), &json!("resources")));
    assert!(!text.contains("s3cret"));
}
