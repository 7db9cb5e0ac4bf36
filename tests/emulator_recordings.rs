//! The emulator's answers beside what the services were recorded with: status, names of headers, names and types of
//! members. What the emulator leaves out on purpose is listed with each recording.

#![cfg(test)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Options, Running};
use reqwest::Method;
use serde_json::{Value, json};

const SUB: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
const OWNER: &str = "a0000000-0000-4000-8000-000000000001";

fn recordings() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/recordings");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no recordings at {}: nothing is compared", folder.display());
    None
}

fn estate() -> Estate {
    let text = json!({
        "tenant": { "tenantId": "99999999-9999-4999-8999-999999999999" },
        "owner": OWNER,
        "subscriptions": [{ "id": SUB, "subscriptionId": "11111111-1111-1111-1111-111111111111", "displayName": "One" }],
        "resources": [
            { "id": format!("{SUB}/resourceGroups/rg"), "name": "rg", "type": "Microsoft.Resources/resourceGroups",
              "location": "westeurope", "tags": { "CreatedAt": "now" }, "properties": { "provisioningState": "Succeeded" } },
            { "id": "/providers/Microsoft.Authorization/roleAssignments/c0000000-0000-4000-8000-000000000001",
              "name": "c0000000-0000-4000-8000-000000000001", "type": "Microsoft.Authorization/roleAssignments",
              "properties": { "principalId": OWNER, "scope": "/", "roleDefinitionId":
                "/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635" } }
        ],
        "directory": { "users": [{ "id": OWNER, "displayName": "O", "userPrincipalName": "o@contoso.example" }] }
    });
    Estate::from_json(&text.to_string()).unwrap()
}

/// Every member of `recorded` that `answered` lacks or has with another type, as paths. Null goes with anything.
fn missing(recorded: &Value, answered: &Value, path: &str, found: &mut Vec<String>) {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            for (name, value) in recorded {
                match answered.get(name) {
                    Some(there) => missing(value, there, &format!("{path}.{name}"), found),
                    None => found.push(format!("{path}.{name}")),
                }
            }
        }
        (Value::Array(recorded), Value::Array(answered)) => {
            if let (Some(one), Some(other)) = (recorded.first(), answered.first()) {
                missing(one, other, &format!("{path}[]"), found);
            }
        }
        (Value::Null, _) | (_, Value::Null) => {}
        (one, other) if std::mem::discriminant(one) == std::mem::discriminant(other) => {}
        _ => found.push(format!("{path} has another type")),
    }
}

struct Exchange {
    /// File below the recordings.
    file: &'static str,
    method: Method,
    /// Path and query on the emulator.
    url: String,
    body: Option<Value>,
    /// Members of the recorded body that the emulator does not have, and why that is right.
    left_out: &'static [&'static str],
}

fn exchange(file: &'static str, method: Method, url: String, body: Option<Value>) -> Exchange {
    Exchange { file, method, url, body, left_out: &[] }
}

async fn prepare(running: &Running, http: &reqwest::Client) {
    let put = async |path: String, body: Value| {
        let url = format!("{}{path}?api-version=2024-04-01", running.url());
        let response = http.put(url).bearer_auth("o").json(&body).send().await.unwrap();
        assert!(response.status().is_success(), "{path}");
    };
    let base = format!("{SUB}/resourceGroups/rg/providers");
    put(
        format!("{base}/Microsoft.Storage/storageAccounts/stone"),
        json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" } }),
    )
    .await;
    put(format!("{base}/Microsoft.KeyVault/vaults/kv-one"), json!({ "location": "westeurope" })).await;
    put(
        format!("{base}/Microsoft.MachineLearningServices/workspaces/mlw"),
        json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" }, "tags": {},
            "properties": { "storageAccount": format!("{base}/Microsoft.Storage/storageAccounts/stone"),
                "keyVault": format!("{base}/Microsoft.KeyVault/vaults/kv-one") } }),
    )
    .await;
    put(
        format!("{base}/Microsoft.MachineLearningServices/workspaces/mlw/outboundRules/rule"),
        json!({ "properties": { "type": "FQDN", "destination": "example.org" } }),
    )
    .await;
    let workspace = format!(
        "{}{base}/Microsoft.MachineLearningServices/workspaces/mlw?api-version=2024-04-01",
        running.url()
    );
    let started = Instant::now();
    loop {
        let now: Value = http.get(&workspace).bearer_auth("o").send().await.unwrap().json().await.unwrap();
        if now["properties"]["provisioningState"] == "Succeeded" {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{now}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn answers_have_what_the_services_were_recorded_with() {
    let Some(folder) = recordings() else { return };
    let running = emulator::start(Options { speed: 10_000.0, ..Options::new(estate()) }).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    prepare(&running, &http).await;
    let base = format!("{SUB}/resourceGroups/rg/providers");
    let ml = format!("{base}/Microsoft.MachineLearningServices/workspaces");
    let roles = format!("{base}/Microsoft.Authorization");
    let role = json!({ "properties": { "principalId": OWNER, "roleDefinitionId":
        format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7") } });
    let stranger = json!({ "properties": { "principalId": "f0000000-0000-4000-8000-000000000009",
        "roleDefinitionId": role["properties"]["roleDefinitionId"] } });
    let name = |number: u32| {
        format!("{roles}/roleAssignments/e0000000-0000-4000-8000-{number:012}?api-version=2022-04-01")
    };
    let version = "api-version=2024-04-01";
    let exchanges = [
        exchange("ml-workspaces/get-2024-04-01.json", Method::GET, format!("{ml}/mlw?{version}"), None),
        exchange("ml-workspaces/get-404.json", Method::GET, format!("{ml}/none?{version}"), None),
        exchange("ml-workspaces/list-keys.json", Method::POST, format!("{ml}/mlw/listKeys?{version}"), None),
        exchange(
            "ml-workspaces/patch-01-202.json",
            Method::PATCH,
            format!("{ml}/mlw?{version}"),
            Some(json!({ "tags": {} })),
        ),
        exchange(
            "ml-workspaces/diagnose-01-202.json",
            Method::POST,
            format!("{ml}/mlw/diagnose?{version}"),
            None,
        ),
        exchange(
            "ml-managed-network/outbound-rule-get-fqdn.json",
            Method::GET,
            format!("{ml}/mlw/outboundRules/rule?{version}"),
            None,
        ),
        exchange(
            "storage/list-keys.json",
            Method::POST,
            format!("{base}/Microsoft.Storage/storageAccounts/stone/listKeys?{version}"),
            None,
        ),
        exchange("role-assignments/create-201.json", Method::PUT, name(1), Some(role.clone())),
        exchange("role-assignments/create-409-exists.json", Method::PUT, name(2), Some(role)),
        exchange(
            "role-assignments/create-400-principal-not-found.json",
            Method::PUT,
            name(3),
            Some(stranger),
        ),
        exchange("role-assignments/get-404.json", Method::GET, name(4), None),
        exchange(
            "role-assignments/permissions-list-rg.json",
            Method::GET,
            format!("{roles}/permissions?{version}"),
            None,
        ),
        exchange("resource-groups/get.json", Method::GET, format!("{SUB}/resourceGroups/rg?{version}"), None),
        exchange(
            "resource-groups/get-404.json",
            Method::GET,
            format!("{SUB}/resourceGroups/none?{version}"),
            None,
        ),
        exchange(
            "resource-groups/create-201.json",
            Method::PUT,
            format!("{SUB}/resourceGroups/new?{version}"),
            Some(json!({ "location": "westus2", "tags": { "CreatedAt": "now" } })),
        ),
        exchange(
            "resource-groups/delete-202.json",
            Method::DELETE,
            format!("{SUB}/resourceGroups/new?{version}"),
            None,
        ),
        exchange(
            "resource-graph/query-400.json",
            Method::POST,
            format!("/providers/Microsoft.ResourceGraph/resources?{version}"),
            Some(json!({ "query": "where where" })),
        ),
        Exchange {
            file: "resource-graph/query-object-array.json",
            method: Method::POST,
            url: format!("/providers/Microsoft.ResourceGraph/resources?{version}"),
            body: Some(json!({ "query": "resources | project id, tags, properties | limit 2" })),
            // These belong to the resource that was recorded, not to the answer.
            left_out: &[".data[].properties.resourceTypes", ".data[].properties.validations"],
        },
        exchange(
            "graph/get-by-ids-one.json",
            Method::POST,
            "/v1.0/directoryObjects/getByIds".to_owned(),
            Some(json!({ "ids": [OWNER] })),
        ),
    ];
    let mut differences = Vec::new();
    for exchange in exchanges {
        let recorded: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join(exchange.file)).unwrap()).unwrap();
        let recorded = &recorded["response"];
        let mut request =
            http.request(exchange.method, format!("{}{}", running.url(), exchange.url)).bearer_auth("o");
        if let Some(body) = exchange.body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        if recorded["status"] != response.status().as_u16() {
            differences.push(format!("{}: status {}", exchange.file, response.status()));
        }
        for header in ["azure-asyncoperation", "location", "x-ms-failure-cause", "x-ms-user-quota-remaining"]
        {
            let was =
                recorded["headers"].as_object().unwrap().keys().any(|name| name.eq_ignore_ascii_case(header));
            // Recorders drop failure causes; nothing else may come or go.
            if was != response.headers().contains_key(header) && (was || header != "x-ms-failure-cause") {
                differences.push(format!("{}: header {header} was there: {was}", exchange.file));
            }
        }
        let answered: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
        let mut found = Vec::new();
        missing(&recorded["body"], &answered, "", &mut found);
        found.retain(|path| !exchange.left_out.contains(&path.as_str()));
        if recorded["body"].is_null() != answered.is_null() {
            found.push(format!("a body or none: {answered}"));
        }
        differences.extend(found.into_iter().map(|path| format!("{}: {path}", exchange.file)));
    }
    assert_eq!(differences, Vec::<String>::new());
}
