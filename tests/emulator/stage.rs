//! An emulator with a small estate, and a client that knows nothing of the console's.

use std::time::{Duration, Instant};

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Options, Running};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

pub const SUB: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
pub const OWNER: &str = "a0000000-0000-4000-8000-000000000001";
pub const READER: &str = "a0000000-0000-4000-8000-000000000002";
pub const NOBODY: &str = "a0000000-0000-4000-8000-000000000003";
pub const TEAM: &str = "b0000000-0000-4000-8000-000000000001";
const OWNER_ROLE: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
pub const READER_ROLE: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

pub fn group() -> String {
    format!("{SUB}/resourceGroups/rg-one")
}

pub fn workspace() -> String {
    format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw-one", group())
}

pub fn storage() -> String {
    format!("{}/providers/Microsoft.Storage/storageAccounts/stone", group())
}

fn assignment(scope: &str, name: u32, role: &str, principal: &str, kind: &str) -> Value {
    let name = format!("c0000000-0000-4000-8000-{name:012}");
    json!({
        "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"), "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{role}"),
            "principalId": principal, "principalType": kind, "scope": if scope.is_empty() { "/" } else { scope },
            "condition": null, "conditionVersion": null, "createdOn": "2026-01-01T00:00:00Z",
            "updatedOn": "2026-01-01T00:00:00Z", "createdBy": OWNER, "updatedBy": OWNER
        }
    })
}

fn estate() -> Estate {
    let top = "/providers/Microsoft.Management/managementGroups/contoso";
    let mut resources = vec![
        json!({ "id": group(), "name": "rg-one", "type": "Microsoft.Resources/resourceGroups", "location": "westeurope",
            "tags": { "team": "one" }, "properties": { "provisioningState": "Succeeded" } }),
        json!({ "id": format!("{SUB}/resourceGroups/rg-two"), "name": "rg-two",
            "type": "Microsoft.Resources/resourceGroups", "location": "westeurope",
            "properties": { "provisioningState": "Succeeded" } }),
        json!({ "id": workspace(), "name": "mlw-one", "type": "Microsoft.MachineLearningServices/workspaces",
            "location": "westeurope", "tags": { "env": "dev" }, "kind": "Default", "etag": null,
            "identity": { "type": "SystemAssigned", "principalId": "d0000000-0000-4000-8000-000000000001" },
            "properties": { "storageAccount": storage(),
                "keyVault": format!("{}/providers/Microsoft.KeyVault/vaults/gone", group()),
                "systemDatastoresAuthMode": "accesskey", "provisioningState": "Succeeded", "v1LegacyMode": false,
                "managedNetwork": { "isolationMode": "AllowInternetOutbound" } } }),
        json!({ "id": storage(), "name": "stone", "type": "Microsoft.Storage/storageAccounts", "location": "westeurope",
            "sku": { "name": "Standard_LRS" }, "kind": "StorageV2", "properties": { "provisioningState": "Succeeded" } }),
        json!({ "id": format!("{}/outboundRules/pypi", workspace()), "name": "pypi",
            "type": "Microsoft.MachineLearningServices/workspaces/outboundRules",
            "properties": { "type": "FQDN", "destination": "pypi.org", "category": "UserDefined", "status": "Active" } }),
        json!({ "id": format!("{}/computes/ci-one", workspace()), "name": "ci-one",
            "type": "Microsoft.MachineLearningServices/workspaces/computes", "location": "westeurope",
            "properties": { "computeType": "ComputeInstance", "provisioningState": "Succeeded",
                "properties": { "state": "Running" } } }),
        assignment("", 1, OWNER_ROLE, OWNER, "User"),
        assignment(top, 2, READER_ROLE, TEAM, "Group"),
        assignment(&workspace(), 3, OWNER_ROLE, TEAM, "Group"),
    ];
    for index in 0..5 {
        resources.push(json!({
            "id": format!("{SUB}/resourceGroups/rg-two/providers/Microsoft.MachineLearningServices/workspaces/mlw-two-{index}"),
            "name": format!("mlw-two-{index}"), "type": "Microsoft.MachineLearningServices/workspaces",
            "location": "westeurope", "kind": "Hub", "properties": { "provisioningState": "Succeeded" }
        }));
    }
    let text = json!({
        "tenant": { "id": "/tenants/99999999-9999-4999-8999-999999999999",
            "tenantId": "99999999-9999-4999-8999-999999999999", "displayName": "Contoso",
            "defaultDomain": "contoso.example", "tenantCategory": "Home" },
        "owner": OWNER,
        "personas": {
            "reader": { "objectId": READER }, "nobody": { "objectId": NOBODY },
            "no-directory": { "objectId": READER, "directoryAccess": false }
        },
        "managementGroups": [{
            "id": top, "name": "contoso", "type": "Microsoft.Management/managementGroups",
            "properties": { "displayName": "Contoso", "tenantId": "99999999-9999-4999-8999-999999999999",
                "children": [{ "id": SUB, "type": "/subscriptions", "name": "11111111-1111-1111-1111-111111111111",
                    "displayName": "One" }] }
        }],
        "subscriptions": [{ "id": SUB, "subscriptionId": "11111111-1111-1111-1111-111111111111",
            "displayName": "One", "state": "Enabled", "tenantId": "99999999-9999-4999-8999-999999999999" }],
        "resources": resources,
        "directory": {
            "users": [
                { "id": OWNER, "displayName": "Olga Owner", "userPrincipalName": "olga@contoso.example" },
                { "id": READER, "displayName": "Rita Reader", "userPrincipalName": "rita@contoso.example" },
                { "id": NOBODY, "displayName": "Nils Nobody", "userPrincipalName": "nils@contoso.example" }
            ],
            "groups": [{ "id": TEAM, "displayName": "Team One" }],
            "members": { TEAM: [READER] }
        }
    });
    Estate::from_json(&text.to_string()).unwrap()
}

pub fn options() -> Options {
    Options { speed: 1000.0, ..Options::new(estate()) }
}

pub struct Client {
    pub running: Running,
    pub http: reqwest::Client,
    bearer: &'static str,
}

/// An answer, with its body as JSON where it is JSON.
#[derive(Debug)]
pub struct Got {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Got {
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn names(&self) -> Vec<&str> {
        let list = self.body["value"].as_array().unwrap_or_else(|| panic!("no list: {self:?}"));
        list.iter().map(|item| item["name"].as_str().unwrap()).collect()
    }
}

impl Client {
    pub async fn start(options: Options) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { running: emulator::start(options).await.unwrap(), http, bearer: "any" }
    }

    pub fn acting_as(mut self, bearer: &'static str) -> Self {
        self.bearer = bearer;
        self
    }

    pub async fn try_send(
        &self,
        method: Method,
        url: &str,
        body: Option<Value>,
    ) -> Result<Got, reqwest::Error> {
        let url =
            if url.starts_with("http") { url.to_owned() } else { format!("{}{url}", self.running.url()) };
        let mut request = self.http.request(method, url).bearer_auth(self.bearer);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?;
        Ok(Got { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    /// GET of Microsoft Graph by who takes an answer that may be a little old.
    pub async fn eventually(&self, path: &str) -> Got {
        let url = format!("{}{path}", self.running.url());
        let request = self.http.get(url).bearer_auth(self.bearer).header("ConsistencyLevel", "eventual");
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        Got { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
    }

    /// POST with the api-version that is right for most types.
    pub async fn post(&self, path: &str, body: Value) -> Got {
        self.send(Method::POST, &format!("{path}?api-version=2025-06-01"), Some(body)).await
    }

    /// DELETE with the api-version that is right for most types.
    pub async fn delete(&self, path: &str) -> Got {
        let and = if path.contains('?') { '&' } else { '?' };
        self.send(Method::DELETE, &format!("{path}{and}api-version=2025-06-01"), None).await
    }

    pub async fn send(&self, method: Method, url: &str, body: Option<Value>) -> Got {
        self.try_send(method, url, body).await.unwrap()
    }

    /// GET with the api-version that is right for most types.
    pub async fn get(&self, path: &str) -> Got {
        let and = if path.contains('?') { '&' } else { '?' };
        self.send(Method::GET, &format!("{path}{and}api-version=2025-06-01"), None).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Got {
        self.send(Method::PUT, &format!("{path}?api-version=2025-06-01"), Some(body)).await
    }

    pub async fn query(&self, body: Value) -> Got {
        let url = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
        self.send(Method::POST, url, Some(body)).await
    }

    /// PUT, POST, PATCH or DELETE with an api-version.
    pub async fn change(&self, method: Method, path: &str, version: &str, body: Option<Value>) -> Got {
        self.send(method, &format!("{path}?api-version={version}"), body).await
    }

    /// PUTs until an answer is the one that is waited for; gives that.
    pub async fn until(&self, path: &str, body: Value, is_it: impl Fn(&Got) -> bool) -> Got {
        let started = Instant::now();
        loop {
            let got = self.put(path, body.clone()).await;
            if is_it(&got) {
                return got;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "it stays {got:?}");
            tokio::task::yield_now().await;
        }
    }

    /// Waits until nothing goes on with what a path names; gives it as it is then.
    pub async fn settled(&self, path: &str) -> Got {
        let started = Instant::now();
        loop {
            let got = self.get(path).await;
            let state = got.body["properties"]["provisioningState"].as_str().unwrap_or("Succeeded");
            if matches!(state, "Succeeded" | "Failed" | "Canceled") {
                return got;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{path} stays {state}");
            tokio::task::yield_now().await;
        }
    }

    /// Polls what an answer says to poll until the end; gives the last answer.
    pub async fn finish_of(&self, first: &Got) -> Got {
        let links = [first.header("azure-asyncoperation"), first.header("location")];
        self.finish(links.into_iter().find(|url| !url.is_empty()).expect("nothing to poll")).await
    }

    /// Polls a URL until it says the end; gives the last answer.
    pub async fn finish(&self, url: &str) -> Got {
        let started = Instant::now();
        loop {
            let got = self.send(Method::GET, url, None).await;
            let state = got.body["status"].as_str().unwrap_or_default();
            let going_on = got.status == StatusCode::ACCEPTED
                || matches!(state, "InProgress" | "Updating" | "Accepted" | "Running");
            if !going_on {
                return got;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "the operation does not end");
            // Polls without a pause would use up what the subscription allows.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}
