//! What is in a workspace: models with versions, jobs, datastores, endpoints, sizes and quotas.

use amldeck::emulator::{Clock, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, SUB, options, workspace};

#[tokio::test]
async fn a_version_makes_its_container_and_tells_it_which_is_the_newest() {
    let client = Client::start(options()).await;
    for version in ["1", "2"] {
        let path = format!("{}/models/churn/versions/{version}", workspace());
        let made = client.put(&path, json!({ "properties": { "modelUri": "azureml://x" } })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    }
    let model = client.get(&format!("{}/models/churn", workspace())).await.body;
    assert_eq!(
        (&model["properties"]["latestVersion"], &model["properties"]["nextVersion"]),
        (&json!("2"), &json!("3"))
    );
    assert_eq!(client.get(&format!("{}/models/churn/versions", workspace())).await.names(), ["1", "2"]);
    let archived = format!("{}/models/old", workspace());
    client.put(&archived, json!({ "properties": { "isArchived": true } })).await;
    assert_eq!(client.get(&format!("{}/models", workspace())).await.names(), ["churn"]);
    assert_eq!(
        client.get(&format!("{}/models?listViewType=All", workspace())).await.names(),
        ["churn", "old"]
    );
}

#[tokio::test]
async fn secrets_are_shown_by_their_action_alone() {
    let client = Client::start(options()).await;
    let store = format!("{}/datastores/blobs", workspace());
    let body = json!({ "properties": { "datastoreType": "AzureBlob", "accountName": "stone", "containerName": "c",
        "credentials": { "credentialsType": "AccountKey", "secrets": { "secretsType": "AccountKey", "key": "k" } } } });
    let made = client.put(&store, body).await;
    assert_eq!(made.body["properties"]["credentials"], json!({ "credentialsType": "AccountKey" }));
    assert!(client.get(&store).await.body["properties"]["credentials"]["secrets"].is_null());
    let shown = client.send(Method::POST, &format!("{store}/listSecrets?api-version=2024-10-01"), None).await;
    assert_eq!(shown.body["key"], "k");
    let connection = format!("{}/connections/git", workspace());
    let body = json!({ "properties": { "authType": "PAT", "category": "Git", "target": "https://example.org", "credentials": { "pat": "p" } } });
    assert_eq!(client.put(&connection, body).await.body["properties"]["credentials"], Value::Null);
    let shown =
        client.send(Method::POST, &format!("{connection}/listsecrets?api-version=2024-10-01"), None).await;
    assert_eq!(shown.body["properties"]["credentials"]["pat"], "p");
}

#[tokio::test]
async fn a_job_runs_and_can_be_cancelled() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    // It is called off before it has run to its end.
    client.running.hold();
    let job = format!("{}/jobs/train", workspace());
    let body = json!({ "properties": { "jobType": "Command", "command": "ls", "environmentId": "e" } });
    let made = client.put(&job, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let cancel = client.send(Method::POST, &format!("{job}/cancel?api-version=2024-10-01"), None).await;
    assert_eq!(cancel.status, StatusCode::ACCEPTED);
    client.running.go_on();
    client.finish(cancel.header("location")).await;
    let status = client.get(&job).await.body["properties"]["status"].clone();
    assert_eq!(status, "Canceled");
    client.finish(made.header("azure-asyncoperation")).await;
    let status = client.get(&job).await.body["properties"]["status"].clone();
    assert_eq!(status, "Canceled", "its own end comes and changes nothing");
}

#[tokio::test]
async fn an_endpoint_has_an_address_keys_and_deployments() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let endpoint = format!("{}/onlineEndpoints/score", workspace());
    let body = json!({ "location": "westeurope", "properties": { "authMode": "Key" } });
    let made = client.put(&endpoint, body).await;
    assert_eq!((made.status, &made.body["properties"]["scoringUri"]), (StatusCode::CREATED, &Value::Null));
    client.finish(made.header("azure-asyncoperation")).await;
    let there = client.get(&endpoint).await.body;
    assert!(there["properties"]["scoringUri"].as_str().unwrap().starts_with("https://score.westeurope."));
    let keys = async || {
        client.send(Method::POST, &format!("{endpoint}/listKeys?api-version=2024-10-01"), None).await.body
    };
    let before = keys().await;
    assert!(before["primaryKey"].is_string() && before["primaryKey"] != before["secondaryKey"]);
    let again = client.post(&format!("{endpoint}/regenerateKeys"), json!({ "keyType": "Primary" })).await;
    client.finish(again.header("location")).await;
    assert_ne!(keys().await["primaryKey"], before["primaryKey"]);
    let deployment = format!("{endpoint}/deployments/blue");
    let made = client
        .put(
            &deployment,
            json!({ "location": "westeurope", "properties": { "instanceType": "Standard_DS2_v2" } }),
        )
        .await;
    client.finish(made.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&format!("{endpoint}/deployments")).await.names(), ["blue"]);
    assert_eq!(client.get(&format!("{deployment}/skus")).await.body["value"][0]["sku"]["name"], "Default");
}

#[tokio::test]
async fn sizes_usages_and_quotas_are_by_location() {
    let client = Client::start(options()).await;
    let at =
        |what: &str| format!("{SUB}/providers/Microsoft.MachineLearningServices/locations/westeurope/{what}");
    assert!(client.get(&at("vmSizes")).await.names().contains(&"Standard_DS3_v2"));
    let usages = client.get(&at("usages")).await.body;
    assert_eq!(usages["value"][0]["name"]["value"], "Clusters");
    assert_eq!(usages["value"][0]["currentValue"], 1);
    let quotas = client.get(&at("quotas")).await.body;
    let quota = quotas["value"][0]["id"].as_str().unwrap();
    let changed = client
        .post(
            &at("updateQuotas"),
            json!({ "value": [{ "id": quota, "type": "x", "limit": 24, "unit": "Count" }] }),
        )
        .await;
    assert_eq!(changed.body["value"][0]["status"], "Success");
    assert_eq!(client.get(&at("quotas")).await.body["value"][0]["limit"], 24);
    let usages = client.get(&at("usages")).await.body;
    let families = usages["value"].as_array().unwrap().iter();
    let limits: Vec<&Value> =
        families.filter(|one| one["name"] == quotas["value"][0]["name"]).map(|one| &one["limit"]).collect();
    assert_eq!(limits, [24], "a usage has the limit that its quota has");
}

#[tokio::test]
async fn a_cluster_begins_with_its_least_nodes_and_names_them() {
    let client = Client::start(options()).await;
    let cluster = format!("{}/computes/cpu-two", workspace());
    let body = json!({ "location": "westeurope", "properties": { "computeType": "AmlCompute", "properties": {
        "vmSize": "Standard_DS2_v2", "vmPriority": "LowPriority", "scaleSettings": { "minNodeCount": 2, "maxNodeCount": 4 } } } });
    let made = client.put(&cluster, body).await;
    client.finish(made.header("azure-asyncoperation")).await;
    let there = client.get(&cluster).await.body;
    assert_eq!(there["properties"]["properties"]["currentNodeCount"], 2);
    assert_eq!(there["properties"]["disableLocalAuth"], false, "as recorded of one that did not say");
    let named = client.post(&format!("{cluster}/listNodes"), json!({})).await.body;
    let nodes = named["nodes"].as_array().unwrap();
    assert_eq!((nodes.len(), &nodes[0]["nodeState"]), (2, &json!("idle")));
    let at = format!("{SUB}/providers/Microsoft.MachineLearningServices/locations/westeurope/usages");
    let usages = client.get(&at).await.body;
    assert_eq!(usages["value"][2]["currentValue"], 4, "two nodes with two cores each, of low priority");
}

#[tokio::test]
async fn lists_are_ordered_cut_and_narrowed_as_they_are_asked_for() {
    let clock = |minute: u8| {
        let time = format!("2026-11-22T14:0{minute}:00Z");
        Options { clock: Clock::Fixed(time.parse().unwrap()), ..options() }
    };
    let folder = tempfile::tempdir().unwrap();
    let state = Some(folder.path().join("state.json"));
    // Each version is made a minute after the one before; only another run has another time.
    for (minute, version) in [(1, "9"), (2, "10"), (3, "2")] {
        let client = Client::start(Options { state: state.clone(), ..clock(minute) }).await;
        let path = format!("{}/models/churn/versions/{version}", workspace());
        let tags = json!({ "round": version, "kept": "yes" });
        client.put(&path, json!({ "properties": { "modelUri": "azureml://x", "tags": tags } })).await;
    }
    let client = Client::start(Options { state, ..clock(4) }).await;
    let list = async |query: &str| {
        let got = client.get(&format!("{}/models/churn/versions?{query}", workspace())).await;
        got.names().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (query, names) in [
        ("$orderBy=createdtime%20desc", &["2", "10", "9"][..]),
        ("$orderBy=createdtime%20asc", &["9", "10", "2"]),
        ("$orderBy=createdtime%20desc&$top=1", &["2"]),
        ("version=10", &["10"]),
        ("tags=round=9,kept", &["9"]),
        ("tags=nothing", &[]),
    ] {
        assert_eq!(list(query).await, names, "{query}");
    }
    let wrong = client.get(&format!("{}/models/churn/versions?$orderBy=size", workspace())).await;
    assert_eq!((wrong.status, wrong.code()), (StatusCode::BAD_REQUEST, "UserError"));
}
