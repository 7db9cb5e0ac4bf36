//! What every answer keeps to: versions, bearers, ids, headers, pages, limits.

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Clock, EmulatorError, Options};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, OWNER, READER, SUB, group, options, storage, workspace};

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
    client.running.hold();
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
async fn groups_and_resources_answer_head_with_204_or_404() {
    let client = Client::start(options()).await;
    let head =
        async |path: String| client.send(Method::HEAD, &format!("{path}?api-version=2024-07-01"), None).await;
    assert_eq!(head(group()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(head(format!("{SUB}/resourceGroups/none")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(head(storage()).await.status, StatusCode::NO_CONTENT);
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
    client.running.hold();
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
    // At the time it was written down: what has ended since goes by itself.
    let clock = Clock::Fixed(demo.clock.as_deref().unwrap().parse().unwrap());
    let client = Client::start(Options { throttle: false, clock, ..Options::new(demo) }).await;
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

#[tokio::test]
async fn https_is_served_with_an_authority_that_clients_can_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let tls = Some(folder.path().join("new").join("place"));
    let client = Client::start(Options { tls, page_size: Some(1), ..options() }).await;
    assert!(client.running.url().starts_with("https://127.0.0.1:"));
    let authority = std::fs::read(folder.path().join("new/place/ca.pem")).unwrap();
    let authority = reqwest::Certificate::from_pem(&authority).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
    let url = format!("{}{SUB}/resourceGroups?api-version=2024-07-01", client.running.url());
    let got = http.get(&url).bearer_auth("any").send().await.unwrap();
    assert_eq!(got.status(), StatusCode::OK);
    let list: Value = got.json().await.unwrap();
    let next = list["nextLink"].as_str().unwrap();
    assert!(next.starts_with(&client.running.url()), "{next}");
    assert_eq!(http.get(next).bearer_auth("any").send().await.unwrap().status(), StatusCode::OK);
    assert!(client.http.get(&url).send().await.is_err(), "nobody trusts it without being told");
    assert_eq!(std::fs::read_dir(folder.path().join("new/place")).unwrap().count(), 1, "no key is written");
}

#[tokio::test]
async fn other_addresses_are_listened_on_only_when_told_so() {
    let listen = "0.0.0.0:0".parse().unwrap();
    let refused = emulator::start(Options { listen, ..options() }).await.unwrap_err();
    assert!(refused.to_string().contains("--listen-anywhere"), "{refused}");
    assert!(emulator::start(Options { listen, anywhere: true, ..options() }).await.is_ok());
}

#[tokio::test]
async fn clients_find_endpoints_and_tokens_without_having_a_token() {
    let client = Client::start(options()).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("{}{path}", client.running.url());
    let older: Value = http
        .get(url("/metadata/endpoints?api-version=2019-05-01"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let newer: Value = http
        .get(url("/metadata/endpoints?api-version=2022-09-01"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(older[0], newer);
    assert_eq!(newer["resourceManager"], url("/"));

    let asked = url("/msi/token?api-version=2019-08-01&resource=https%3A%2F%2Fmanagement.azure.com%2F");
    assert_eq!(http.get(&asked).send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    let given: Value =
        http.get(&asked).header("X-IDENTITY-HEADER", "reader").send().await.unwrap().json().await.unwrap();
    let token = given["access_token"].as_str().unwrap();
    let delete = http.delete(url(&format!("{}?api-version=2023-05-01", storage()))).bearer_auth(token);
    let refused: Value = delete.send().await.unwrap().json().await.unwrap();
    assert!(refused["error"]["message"].as_str().unwrap().contains(READER), "the token is the reader's");
}

#[tokio::test]
async fn ids_are_answered_in_the_spelling_of_arm_and_times_in_seven_digits() {
    let client = Client::start(options()).await;
    let path = format!("{SUB}/resourcegroups/rg-new");
    let made = client.put(&path, json!({ "location": "westeurope" })).await;
    assert_eq!(made.body["id"], format!("{SUB}/resourceGroups/rg-new"));
    let vault = format!("{path}/PROVIDERS/microsoft.keyvault/VAULTS/kv-spelled");
    let got = client.put(&vault, json!({ "location": "westeurope" })).await.body;
    assert_eq!(
        got["id"],
        format!("{SUB}/resourceGroups/rg-new/providers/Microsoft.KeyVault/vaults/kv-spelled")
    );
    assert_eq!(got["systemData"]["createdBy"], "olga@contoso.example");
    let time = got["systemData"]["createdAt"].as_str().unwrap();
    let digits = time.split_once('.').map_or(0, |(_, rest)| rest.len() - 1);
    assert!(digits <= 7, "{time}");
}

#[tokio::test]
async fn a_provider_that_is_not_imitated_is_listed_registered_and_keeps_what_it_is_sent() {
    let client = Client::start(options()).await;
    let list = client.get(&format!("{SUB}/providers")).await;
    let state = |list: &Value, namespace: &str| {
        let all = list["value"].as_array().unwrap();
        all.iter().find(|one| one["namespace"] == namespace).unwrap()["registrationState"].clone()
    };
    assert_eq!(state(&list.body, "Microsoft.Compute"), "NotRegistered");
    assert_eq!(state(&list.body, "Microsoft.PolicyInsights"), "Registered");
    assert_eq!(state(&list.body, "Microsoft.Storage"), "Registered");
    let disk = format!("{}/providers/Microsoft.Compute/disks/d", group());
    assert_eq!(client.get(disk.trim_end_matches("/d")).await.names(), Vec::<&str>::new());
    let body = json!({ "location": "westeurope", "properties": { "diskSizeGB": 4 } });
    assert_eq!(client.put(&disk, body.clone()).await.code(), "MissingSubscriptionRegistration");
    client.post(&format!("{SUB}/providers/Microsoft.Compute/register"), Value::Null).await;
    let made = client.until(&disk, body, |got| got.status == StatusCode::CREATED).await;
    assert_eq!(made.body["properties"]["diskSizeGB"], 4);
    let types = client.get(&format!("{SUB}/providers/Microsoft.Storage/resourceTypes")).await;
    assert!(
        types.body["value"].as_array().unwrap().iter().any(|one| one["resourceType"] == "storageAccounts")
    );
}
