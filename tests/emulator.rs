//! The emulator over the wire, the way a client meets it.

#![cfg(test)]

use std::time::{Duration, Instant};

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Clock, EmulatorError, Fault, Options, Running};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const SUB: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
const OWNER: &str = "a0000000-0000-4000-8000-000000000001";
const READER: &str = "a0000000-0000-4000-8000-000000000002";
const NOBODY: &str = "a0000000-0000-4000-8000-000000000003";
const TEAM: &str = "b0000000-0000-4000-8000-000000000001";
const OWNER_ROLE: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const READER_ROLE: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

fn group() -> String {
    format!("{SUB}/resourceGroups/rg-one")
}

fn workspace() -> String {
    format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw-one", group())
}

fn storage() -> String {
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

fn options() -> Options {
    Options { speed: 1000.0, ..Options::new(estate()) }
}

struct Client {
    running: Running,
    http: reqwest::Client,
    bearer: &'static str,
}

/// An answer, with its body as JSON where it is JSON.
#[derive(Debug)]
struct Got {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Got {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn names(&self) -> Vec<&str> {
        self.body["value"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
    }
}

impl Client {
    async fn start(options: Options) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { running: emulator::start(options).await.unwrap(), http, bearer: "any" }
    }

    fn acting_as(mut self, bearer: &'static str) -> Self {
        self.bearer = bearer;
        self
    }

    async fn try_send(&self, method: Method, url: &str, body: Option<Value>) -> Result<Got, reqwest::Error> {
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

    async fn send(&self, method: Method, url: &str, body: Option<Value>) -> Got {
        self.try_send(method, url, body).await.unwrap()
    }

    /// GET with the api-version that is right for most types.
    async fn get(&self, path: &str) -> Got {
        let and = if path.contains('?') { '&' } else { '?' };
        self.send(Method::GET, &format!("{path}{and}api-version=2025-06-01"), None).await
    }

    async fn put(&self, path: &str, body: Value) -> Got {
        self.send(Method::PUT, &format!("{path}?api-version=2025-06-01"), Some(body)).await
    }

    async fn query(&self, body: Value) -> Got {
        let url = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
        self.send(Method::POST, url, Some(body)).await
    }

    /// Polls a URL until it says the end; gives the last answer.
    async fn finish(&self, url: &str) -> Got {
        let started = Instant::now();
        loop {
            let got = self.send(Method::GET, url, None).await;
            let going_on = got.status == StatusCode::ACCEPTED || got.body["status"] == "InProgress";
            if !going_on {
                return got;
            }
            assert!(started.elapsed() < Duration::from_secs(10), "the operation does not end");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_version_and_a_bearer_are_wanted() {
    let client = Client::start(options()).await;
    for (query, code) in [
        ("", "MissingApiVersionParameter"),
        ("?api-version=newest", "InvalidApiVersionParameter"),
        ("?api-version=1999-01-01", "NoRegisteredProviderFound"),
    ] {
        let got = client.send(Method::GET, &format!("/subscriptions{query}"), None).await;
        assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, code));
    }
    let url = format!("{}/subscriptions?api-version=2022-12-01", client.running.url());
    let bare = client.http.get(url).send().await.unwrap();
    assert_eq!(bare.status(), StatusCode::UNAUTHORIZED);
    let challenge = bare.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(challenge.starts_with("Bearer authorization_uri="), "{challenge}");
    assert_eq!(
        client.send(Method::GET, "/subscriptions?API-VERSION=2015-01-01", None).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_version_can_be_refused_for_a_type() {
    let kind = "Microsoft.MachineLearningServices/workspaces".to_owned();
    let refused = vec![(kind, "2024-10-01-preview".to_owned())];
    let client = Client::start(Options { refused_versions: refused, ..options() }).await;
    let got =
        client.send(Method::GET, &format!("{}?api-version=2024-10-01-preview", workspace()), None).await;
    assert_eq!(got.code(), "NoRegisteredProviderFound");
    assert_eq!(client.get(&workspace()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn ids_have_no_case_and_answers_carry_the_common_headers() {
    let client = Client::start(options()).await;
    let url = format!("{}{}?api-version=2025-06-01", client.running.url(), workspace().to_uppercase());
    let got =
        client.http.get(url).bearer_auth("x").header("x-ms-client-request-id", "mine").send().await.unwrap();
    assert_eq!(got.status(), StatusCode::OK);
    assert_eq!(got.headers()["x-ms-client-request-id"], "mine");
    assert_eq!(got.headers()["x-ms-ratelimit-remaining-subscription-reads"], "249");
    for name in ["x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"] {
        assert!(got.headers().contains_key(name), "{name}");
    }
    let body: Value = got.json().await.unwrap();
    assert_eq!(body["id"], workspace());
    let got = client.get(&workspace()).await;
    assert_eq!(got.header("x-ms-ratelimit-remaining-subscription-reads"), "248");
}

#[tokio::test]
async fn what_is_missing_decides_the_code_of_a_404() {
    let client = Client::start(options()).await;
    let other = "/subscriptions/22222222-2222-2222-2222-222222222222";
    for (path, code) in [
        (format!("{other}/resourceGroups"), "SubscriptionNotFound"),
        (
            format!("{SUB}/resourceGroups/none/providers/Microsoft.Storage/storageAccounts/x"),
            "ResourceGroupNotFound",
        ),
        (format!("{}/providers/Microsoft.Storage/storageAccounts/none", group()), "ResourceNotFound"),
        (format!("{}/providers/Microsoft.Storage/noSuchType/x", group()), "InvalidResourceType"),
        (format!("{}/providers/Microsoft.NoSuchThing/x/y", group()), "InvalidResourceNamespace"),
        (
            format!("{}/providers/Microsoft.MachineLearningServices/workspaces/none/computes/x", group()),
            "ParentResourceNotFound",
        ),
        (
            format!("{SUB}/providers/Microsoft.Authorization/roleAssignments/{OWNER}"),
            "RoleAssignmentNotFound",
        ),
        (
            format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"),
            "RoleDefinitionDoesNotExist",
        ),
    ] {
        let got = client.get(&path).await;
        assert_eq!((got.status, got.code()), (StatusCode::NOT_FOUND, code), "{path}");
        assert_eq!(got.header("x-ms-failure-cause"), "gateway");
        assert_eq!(got.header("retry-after"), "", "a 404 with Retry-After makes clients repeat it");
    }
}

#[tokio::test]
async fn a_group_answers_head_with_204_and_a_resource_with_200_and_no_body() {
    let client = Client::start(options()).await;
    let head =
        async |path: String| client.send(Method::HEAD, &format!("{path}?api-version=2024-07-01"), None).await;
    assert_eq!(head(group()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(head(format!("{SUB}/resourceGroups/none")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(head(storage()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn lists_come_in_pages_by_absolute_links_and_the_last_may_be_empty() {
    let client = Client::start(Options { page_size: Some(3), ..options() }).await;
    let mut names = Vec::new();
    let mut pages = Vec::new();
    let mut got = client.get(&format!("{SUB}/providers/Microsoft.MachineLearningServices/workspaces")).await;
    loop {
        pages.push(got.names().len());
        names.extend(got.names().into_iter().map(str::to_owned));
        let Some(next) = got.body["nextLink"].as_str() else { break };
        assert!(next.starts_with(&client.running.url()), "{next}");
        got = client.send(Method::GET, next, None).await;
    }
    assert_eq!(pages, [3, 3, 0]);
    assert_eq!(names, ["mlw-one", "mlw-two-0", "mlw-two-1", "mlw-two-2", "mlw-two-3", "mlw-two-4"]);
    let bad = client.get(&format!("{SUB}/resourceGroups?$skiptoken=made-up")).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn lists_are_by_subscription_group_and_parent() {
    let client = Client::start(options()).await;
    let ml = "providers/Microsoft.MachineLearningServices/workspaces";
    assert_eq!(client.get(&format!("{}/{ml}", group())).await.names(), ["mlw-one"]);
    assert_eq!(client.get(&format!("{SUB}/{ml}?kind=hub")).await.names().len(), 5);
    assert_eq!(client.get(&format!("{}/computes", workspace())).await.names(), ["ci-one"]);
    assert_eq!(client.get(&format!("{SUB}/resourcegroups")).await.names(), ["rg-one", "rg-two"]);
    let filtered =
        client.get(&format!("{SUB}/resourcegroups?$filter=tagName eq 'team' and tagValue eq 'one'")).await;
    assert_eq!(filtered.names(), ["rg-one"]);
    let accounts = client
        .get(&format!("{SUB}/resources?$filter=resourceType eq 'Microsoft.Storage/storageAccounts'"))
        .await;
    assert_eq!(accounts.names(), ["stone"]);
    assert!(accounts.body["value"][0]["properties"].is_null());
    assert_eq!(client.get("/subscriptions").await.body["value"].as_array().unwrap().len(), 1);
    assert_eq!(client.get("/tenants").await.body["value"][0]["displayName"], "Contoso");
    assert!(client.get(&format!("{SUB}/locations")).await.names().contains(&"westeurope"));
    assert_eq!(client.get("/providers/Microsoft.Management/managementGroups").await.names(), ["contoso"]);
    let provider = client.get(&format!("{SUB}/providers/microsoft.storage")).await;
    assert_eq!(provider.body["registrationState"], "Registered");
}

#[tokio::test]
async fn a_workspace_leaves_out_what_its_version_does_not_have() {
    let client = Client::start(options()).await;
    for (version, there) in [("2024-10-01", false), ("2024-10-01-preview", true), ("2025-06-01", true)] {
        let got = client.send(Method::GET, &format!("{}?api-version={version}", workspace()), None).await;
        assert_eq!(got.body["properties"]["systemDatastoresAuthMode"].is_string(), there, "{version}");
    }
}

#[tokio::test]
async fn outbound_rules_have_no_id_in_a_list_and_a_relative_one_alone() {
    let client = Client::start(options()).await;
    let list = client.get(&format!("{}/outboundRules", workspace())).await;
    assert_eq!(list.body["value"][0]["id"], Value::Null);
    let one = client.get(&format!("{}/outboundRules/pypi", workspace())).await;
    assert_eq!(one.body["id"], "mlw-one/outboundRules/pypi");
}

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
async fn a_workspace_is_changed_in_the_background() {
    let client = Client::start(options()).await;
    let url = format!("{}?api-version=2024-10-01-preview", workspace());
    let body = json!({ "properties": { "systemDatastoresAuthMode": "identity", "storageAccount": "/moved", "v1LegacyMode": "true" } });
    let first = client.send(Method::PATCH, &url, Some(body)).await;
    assert_eq!((first.status, &first.body), (StatusCode::ACCEPTED, &Value::Null));
    assert_eq!(first.header("retry-after"), "1");
    assert!(first.header("azure-asyncoperation").len() > 2_500);
    let done = client.finish(first.header("azure-asyncoperation")).await;
    assert_eq!((&done.body["status"], &done.body["percentComplete"]), (&json!("Succeeded"), &json!(100.0)));
    let by_location = client.finish(first.header("location")).await;
    assert_eq!(by_location.body["id"], workspace());
    let after = client.get(&workspace()).await.body;
    assert_eq!(after["properties"]["systemDatastoresAuthMode"], "identity");
    assert_eq!(
        after["properties"]["storageAccount"],
        storage(),
        "the storage account is not in the PATCH body"
    );
    assert_eq!(after["properties"]["v1LegacyMode"], true);
    assert_eq!(after["tags"], json!({ "env": "dev" }), "tags that were not sent stay");
}

#[tokio::test]
async fn while_an_operation_runs_its_polls_say_so() {
    let client = Client::start(Options { speed: 0.001, retry_after: false, ..options() }).await;
    let url = format!("{}?api-version=2025-06-01", workspace());
    let first = client.send(Method::PATCH, &url, Some(json!({ "tags": {} }))).await;
    assert_eq!(first.header("retry-after"), "");
    let running = client.send(Method::GET, first.header("azure-asyncoperation"), None).await;
    assert_eq!((running.status, &running.body), (StatusCode::OK, &json!({ "status": "InProgress" })));
    assert_eq!(client.send(Method::GET, first.header("location"), None).await.status, StatusCode::ACCEPTED);
    let now = client.get(&workspace()).await.body;
    assert_eq!(
        (&now["properties"]["provisioningState"], &now["tags"]["env"]),
        (&json!("Updating"), &json!("dev"))
    );
}

#[tokio::test]
async fn a_managed_network_is_not_taken_back() {
    let client = Client::start(options()).await;
    let body = json!({ "properties": { "managedNetwork": { "isolationMode": "Disabled" } } });
    let got =
        client.send(Method::PATCH, &format!("{}?api-version=2025-06-01", workspace()), Some(body)).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_storage_account_is_changed_at_once() {
    let client = Client::start(options()).await;
    let body = json!({ "properties": { "allowSharedKeyAccess": false } });
    let got = client.send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(body)).await;
    assert_eq!(
        (got.status, &got.body["properties"]["allowSharedKeyAccess"]),
        (StatusCode::OK, &json!(false))
    );
    assert_eq!(got.body["sku"]["name"], "Standard_LRS");
}

#[tokio::test]
async fn first_answers_and_polls_are_those_of_each_type() {
    let client = Client::start(options()).await;
    let path = |rest: &str| format!("{}/providers/{rest}", group());
    for (rest, status, asynchronous, location) in [
        ("Microsoft.KeyVault/vaults/kv-new", 200, false, false),
        ("Microsoft.MachineLearningServices/workspaces/mlw-new", 202, true, true),
        ("Microsoft.MachineLearningServices/workspaces/mlw-one/computes/new", 201, true, false),
        ("Microsoft.MachineLearningServices/workspaces/mlw-one/connections/new", 200, false, false),
        ("Microsoft.Storage/storageAccounts/stnew", 202, false, true),
        ("Microsoft.ContainerRegistry/registries/crnew", 201, true, false),
        ("Microsoft.ManagedIdentity/userAssignedIdentities/id-new", 201, false, true),
        ("Microsoft.Network/privateEndpoints/pe-new", 201, true, false),
    ] {
        let body = json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" }, "properties": {
            "storageAccount": storage(), "keyVault": path("Microsoft.KeyVault/vaults/kv-new")
        }});
        let got = client.put(&path(rest), body).await;
        assert_eq!(got.status.as_u16(), status, "{rest}: {:?}", got.body);
        assert_eq!(!got.header("azure-asyncoperation").is_empty(), asynchronous, "{rest}");
        assert_eq!(!got.header("location").is_empty(), location, "{rest}");
        if asynchronous {
            client.finish(got.header("azure-asyncoperation")).await;
        } else if location {
            client.finish(got.header("location")).await;
        }
        let made = client.get(&path(rest)).await;
        assert_eq!(made.body["properties"]["provisioningState"], "Succeeded", "{rest}");
    }
}

#[tokio::test]
async fn a_new_workspace_has_what_the_service_adds_and_a_principal_in_the_directory() {
    let client = Client::start(options()).await;
    let path = format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw-new", group());
    let body = json!({ "location": "westeurope", "identity": { "type": "systemAssigned" },
        "properties": { "storageAccount": storage(), "hbiWorkspace": "true", "imageBuildCompute": "" } });
    let first = client.put(&path, body).await;
    client.finish(first.header("azure-asyncoperation")).await;
    let made = client.get(&path).await.body;
    assert_eq!(made["properties"]["hbiWorkspace"], true);
    assert_eq!(made["properties"]["imageBuildCompute"], Value::Null);
    assert_eq!(made["kind"], "Default");
    assert!(made["properties"]["workspaceId"].is_string());
    let principal = made["identity"]["principalId"].as_str().unwrap();
    let found = client.send(Method::GET, &format!("/v1.0/servicePrincipals/{principal}"), None).await;
    assert_eq!(found.body["alternativeNames"], json!(["isExplicit=False", path]));
}

#[tokio::test]
async fn deleting_a_group_takes_what_is_in_it_after_a_while() {
    let client = Client::start(options()).await;
    let got = client.send(Method::DELETE, &format!("{}?api-version=2024-07-01", group()), None).await;
    assert_eq!(got.status, StatusCode::ACCEPTED);
    assert!(got.header("location").contains("/operationresults/"));
    assert_eq!(client.finish(got.header("location")).await.status, StatusCode::OK);
    assert_eq!(client.get(&workspace()).await.code(), "ResourceGroupNotFound");
    assert_eq!(client.get(&format!("{SUB}/resourceGroups/rg-two")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn changes_are_in_the_activity_log_with_who_made_them() {
    let client = Client::start(options()).await;
    client
        .send(Method::PATCH, &format!("{}?api-version=2023-05-01", storage()), Some(json!({ "tags": {} })))
        .await;
    let log = format!("{SUB}/providers/Microsoft.Insights/eventtypes/management/values");
    let uri = format!("eventTimestamp ge '2020-01-01T00:00:00Z' and resourceUri eq '{}'", storage());
    let got = client.get(&format!("{log}?$filter={uri}")).await;
    let event = &got.body["value"][0];
    assert_eq!(event["operationName"]["value"], "Microsoft.Storage/storageAccounts/write");
    assert_eq!(event["caller"], "olga@contoso.example");
    assert_eq!(client.get(&log).await.status, StatusCode::BAD_REQUEST, "a time is wanted");
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
async fn diagnose_finds_dependents_that_are_gone() {
    let client = Client::start(options()).await;
    let url = format!("{}/diagnose?api-version=2025-06-01", workspace());
    let first = client.send(Method::POST, &url, Some(json!({ "value": {} }))).await;
    assert_eq!((first.status, first.header("azure-asyncoperation")), (StatusCode::ACCEPTED, ""));
    let done = client.finish(first.header("location")).await;
    assert_eq!(done.body["value"]["keyVaultResults"][0]["code"], "DependencyResourceNotExist");
    assert_eq!(done.body["value"]["storageAccountResults"], json!([]));
}

#[tokio::test]
async fn a_compute_is_stopped() {
    let client = Client::start(options()).await;
    let path = format!("{}/computes/ci-one", workspace());
    let first = client.send(Method::POST, &format!("{path}/stop?api-version=2025-06-01"), None).await;
    assert_eq!((first.status, first.header("location")), (StatusCode::ACCEPTED, ""));
    client.finish(first.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&path).await.body["properties"]["properties"]["state"], "Stopped");
}

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
    let got = client.query(json!({ "query": "where where" })).await;
    assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, "BadRequest"));
    assert_eq!(got.body["error"]["details"][0]["code"], "InvalidQuery");
    assert_eq!(got.body["error"]["details"][1]["code"], "ParserFailure");
    assert!(got.body["error"]["details"][1]["line"].is_number());
}

#[tokio::test]
async fn resource_graph_refuses_the_sixteenth_query() {
    let client = Client::start(options()).await;
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
    let found = client.send(Method::GET, "/v1.0/groups?$search=\"displayName:one\"", None).await;
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

#[tokio::test]
async fn answers_are_compressed_for_those_who_take_it() {
    let client = Client::start(options()).await;
    let http = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let url = format!("{}{}?api-version=2025-06-01", client.running.url(), workspace());
    let ask =
        |encoding: &'static str| http.get(&url).bearer_auth("x").header("accept-encoding", encoding).send();
    assert_eq!(ask("gzip").await.unwrap().headers().get("content-encoding").unwrap(), "gzip");
    assert!(ask("identity").await.unwrap().headers().get("content-encoding").is_none());
}

#[tokio::test]
async fn reads_are_throttled_when_overrun() {
    let client = Client::start(options()).await;
    let mut refused = None;
    for _ in 0..400 {
        let got = client.get(SUB).await;
        if got.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(got.header("retry-after").to_owned());
            break;
        }
    }
    assert_eq!(refused.as_deref(), Some("1"));
}

#[tokio::test]
async fn only_loopback_and_a_sensible_speed_are_taken() {
    let listen = "0.0.0.0:0".parse().unwrap();
    assert!(matches!(
        emulator::start(Options { listen, ..options() }).await,
        Err(EmulatorError::NotLoopback(_))
    ));
    assert!(matches!(
        emulator::start(Options { speed: 0.0, ..options() }).await,
        Err(EmulatorError::Speed(_))
    ));
}

#[tokio::test]
async fn documents_carry_the_time_of_the_clock() {
    let time: jiff::Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
    let client = Client::start(Options { clock: Clock::Fixed(time), ..options() }).await;
    let path = format!("{}/providers/Microsoft.KeyVault/vaults/kv-new", group());
    let made = client.put(&path, json!({ "location": "westeurope", "properties": {} })).await;
    assert_eq!(made.body["systemData"]["createdAt"], "2026-03-04T05:06:07Z");
}

#[tokio::test]
async fn several_emulators_run_side_by_side_and_stop() {
    let one = Client::start(options()).await;
    let two = Client::start(options()).await;
    assert_ne!(one.running.url(), two.running.url());
    let url = one.running.url();
    one.running.stop().await;
    assert!(one.http.get(url).send().await.is_err());
    assert_eq!(two.get(SUB).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_document_of_the_demo_estate_is_answered_by_its_id_and_in_a_list() {
    let demo = Estate::demo().unwrap();
    let ids: Vec<String> = demo
        .resources
        .iter()
        .filter(|document| document["type"] != "Microsoft.Insights/eventtypes/values")
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect();
    let refused = demo.refusals.iter().map(|refusal| refusal.scope.to_lowercase()).collect::<Vec<_>>();
    let client = Client::start(Options { throttle: false, ..Options::new(demo) }).await;
    for id in ids {
        if refused.iter().any(|scope| id.to_lowercase().starts_with(scope)) {
            assert_eq!(client.get(&id).await.status, StatusCode::FORBIDDEN, "{id}");
            continue;
        }
        let one = client.get(&id).await;
        assert_eq!(one.status, StatusCode::OK, "{id}: {:?}", one.body);
        let (list, name) = id.rsplit_once('/').unwrap();
        let all = client.get(list).await;
        assert_eq!(all.status, StatusCode::OK, "{list}: {:?}", all.body);
        assert!(all.names().contains(&name), "{name} is not in {list}");
    }
}
