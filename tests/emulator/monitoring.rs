//! Metrics, budgets, the activity log.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::stage::{Client, SUB, group, options, workspace};

#[tokio::test]
async fn metrics_have_a_point_for_every_interval() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Insights/metrics", workspace());
    let query = "?metricnames=Active Cores,Failed Runs&timespan=2026-03-01T00:00:00Z/2026-03-01T01:00:00Z&interval=PT15M&aggregation=Average,Total";
    let got = client.get(&format!("{path}{query}")).await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
    assert_eq!(got.body["value"].as_array().unwrap().len(), 2);
    let data = got.body["value"][0]["timeseries"][0]["data"].as_array().unwrap();
    assert_eq!(data.len(), 5);
    assert!(data[0]["average"].is_number() && data[0]["total"].is_number());
    assert_eq!(client.get(&format!("{path}{query}")).await.body, got.body);
    let definitions =
        client.get(&format!("{}/providers/Microsoft.Insights/metricDefinitions", workspace())).await;
    assert!(definitions.body["value"].as_array().unwrap().len() > 5);
}

#[tokio::test]
async fn a_metric_that_is_not_known_is_refused_in_the_services_own_form() {
    let client = Client::start(options()).await;
    let got =
        client.get(&format!("{}/providers/Microsoft.Insights/metrics?metricnames=Colour", workspace())).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    assert!(got.body["error"].is_null() && got.body["code"].is_string(), "{:?}", got.body);
}

#[tokio::test]
async fn a_budget_is_made_read_and_deleted() {
    let client = Client::start(options()).await;
    let path = format!("{SUB}/providers/Microsoft.Consumption/budgets/monthly");
    let body = json!({ "properties": { "amount": 100, "timeGrain": "Monthly", "category": "Cost",
        "timePeriod": { "startDate": "2026-03-01T00:00:00Z" } } });
    assert_eq!(client.put(&path, json!({ "properties": {} })).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.put(&path, body.clone()).await.status, StatusCode::CREATED);
    assert_eq!(client.put(&path, body).await.status, StatusCode::OK);
    let list = client.get(&format!("{SUB}/providers/Microsoft.Consumption/budgets")).await;
    assert_eq!(
        (list.names(), &list.body["value"][0]["properties"]["currentSpend"]["unit"]),
        (vec!["monthly"], &json!("USD"))
    );
    client.delete(&path).await;
    assert_eq!(client.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_activity_log_answers_what_is_selected() {
    let client = Client::start(options()).await;
    let tags = format!("{}/providers/Microsoft.Resources/tags/default", workspace());
    client.put(&tags, json!({ "properties": { "tags": { "a": "b" } } })).await;
    let log = format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values");
    let got = client
        .get(&format!("{log}?$filter=eventTimestamp ge 2016-11-17 and eventChannels eq 'Admin, Operation'&$select=eventName,operationName"))
        .await;
    let event = got.body["value"][0].as_object().unwrap();
    assert!(
        event.keys().all(|name| ["eventName", "id", "operationName"].contains(&name.as_str())),
        "{event:?}"
    );
    assert_eq!(event["operationName"]["value"], "Microsoft.Resources/tags/write");
    assert_ne!(event["id"], Value::Null);
}

#[tokio::test]
async fn a_time_span_may_be_encoded_twice_and_metrics_have_a_namespace() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.Insights", workspace());
    let span = "2026-03-01T00%253A00%253A00.5%252F2026-03-01T01%253A00%253A00.5";
    let got = client.get(&format!("{path}/metrics?timespan={span}&interval=PT15M")).await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
    let namespaces = client.get(&format!("{path}/metricNamespaces")).await;
    assert_eq!(namespaces.names(), ["Microsoft.MachineLearningServices/workspaces"]);
    let categories = client.get(&format!("{path}/diagnosticSettingsCategories")).await;
    assert!(categories.names().contains(&"AmlComputeJobEvent"));
}

#[tokio::test]
async fn application_insights_makes_a_rule_for_each_component_and_one_action_group() {
    let client = Client::start(options()).await;
    let there = async || {
        let mut names: Vec<String> = client
            .get(&format!("{}/resources", group()))
            .await
            .names()
            .into_iter()
            .map(str::to_owned)
            .collect();
        names.retain(|name| name.contains("appi") || name.contains("Smart"));
        names.sort();
        names
    };
    let own = "Application Insights Smart Detection";
    let rule = |name: &str| format!("Failure Anomalies - {name}");
    for name in ["appi-one", "appi-two", "appi-two"] {
        let component = format!("{}/providers/Microsoft.Insights/components/{name}", group());
        client.put(&component, json!({ "location": "westeurope", "kind": "web", "properties": {} })).await;
    }
    let all = [own, &rule("appi-one"), &rule("appi-two"), "appi-one", "appi-two"];
    assert_eq!(there().await, all);
    let encoded = "microsoft.alertsManagement/smartDetectorAlertRules/Failure%20Anomalies%20-%20appi-one";
    let path = format!("{}/providers/{encoded}", group());
    assert_eq!(client.get(&path).await.body["properties"]["detector"]["id"], "FailureAnomaliesDetector");
    // They are no part of the component, and go by themselves or with the group.
    client.delete(&format!("{}/providers/Microsoft.Insights/components/appi-one", group())).await;
    assert_eq!(there().await, [own, &rule("appi-one"), &rule("appi-two"), "appi-two"]);
    assert_eq!(client.delete(&path).await.status, StatusCode::OK);
    assert_eq!(there().await, [own, &rule("appi-two"), "appi-two"]);
}
