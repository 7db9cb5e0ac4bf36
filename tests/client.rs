//! The client against a server that behaves as badly as Azure was seen to, and worse.

// Helpers may unwrap like the tests they serve.
#![cfg(test)]

mod scripted;

use std::sync::Arc;
use std::time::Duration;

use amldeck::app::runtime::load_inventory;
use amldeck::azure::arm::client::Progress;
use amldeck::azure::arm::error::Error;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions, versions};
use amldeck::azure::auth::{CredentialKind, SignInError, Token, TokenCache, TokenSource};
use amldeck::domain::plan::may_have_arrived;
use futures_util::future::BoxFuture;
use scripted::{FreshTokens, Reply, Server, ok, status, text};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Deserialize, PartialEq)]
struct Named {
    name: String,
}

fn subscriptions() -> Request {
    Request::arm_path(Method::Get, "/subscriptions", versions::SUBSCRIPTIONS)
}

fn workspace() -> ArmId {
    ArmId::group("0f0e", "rg").join("providers/Microsoft.MachineLearningServices/workspaces/mlw")
}

fn put() -> Request {
    Request::arm(Method::Put, &workspace(), "2024-10-01").body(json!({"location": "westeurope"}))
}

fn error(code: &str, message: &str) -> Value {
    json!({"error": {"code": code, "message": message}})
}

fn page(names: &[&str], next: Option<&str>) -> Reply {
    let items: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
    ok(&json!({"value": items, "nextLink": next}))
}

fn quiet(_: Progress) {}

#[tokio::test]
async fn a_request_carries_what_azure_wants_to_see() {
    let server = Server::start([ok(&json!({"name": "a"}))]).await;
    let named: Named = server.client().json(&subscriptions()).await.unwrap();
    assert_eq!(named.name, "a");
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/subscriptions?api-version=2022-12-01");
    assert_eq!(seen.header("authorization"), Some("Bearer owner"));
    assert_eq!(seen.header("user-agent"), Some(concat!("amldeck/", env!("CARGO_PKG_VERSION"))));
    assert!(seen.header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip")));
    assert!(seen.header("x-ms-client-request-id").is_some_and(|id| id.len() == 36));
}

#[tokio::test]
async fn reads_outlive_every_passing_fault() {
    let faults = [
        status(500, &error("InternalServerError", "x")),
        text(503, "<html><head><title>Service Unavailable</title></head></html>"),
        text(502, "Forbidden"),
        status(504, &error("GatewayTimeout", "x")),
        status(408, &Value::Null),
        status(429, &error("429", "Too many requests. Retry after 2 seconds.")).header("retry-after", "2"),
        status(429, &error("ResourceRequestsThrottled", "Please try again after '32' seconds.")),
        status(429, &json!({"Code": "TooManyRequests", "Message": "x"})),
        text(429, "Too Many Requests"),
        Reply::Reset,
        Reply::Truncated,
        Reply::CutJson,
    ];
    for fault in faults {
        let server = Server::start([fault, ok(&json!({"name": "a"}))]).await;
        let named: Named = server.client().json(&subscriptions()).await.unwrap();
        assert_eq!(named.name, "a");
        assert_eq!(server.seen().len(), 2);
    }
}

#[tokio::test]
async fn a_write_is_repeated_only_when_nothing_was_done_or_nothing_can_go_wrong() {
    let held = [ok(&json!({})), status(429, &error("429", "x"))];
    for first in [status(500, &Value::Null), status(503, &Value::Null), Reply::Reset] {
        let server = Server::start([first.clone(), held[0].clone()]).await;
        assert!(server.client().send(&put()).await.is_err());
        assert_eq!(server.seen().len(), 1, "a PUT of unknown outcome is not repeated");
        let server = Server::start([first, held[0].clone()]).await;
        server.client().send(&put().repeatable()).await.unwrap();
        assert_eq!(server.seen().len(), 2);
    }
    let server = Server::start([held[1].clone(), held[0].clone()]).await;
    server.client().send(&put()).await.unwrap();
    let bodies: Vec<_> = server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies, [r#"{"location":"westeurope"}"#, r#"{"location":"westeurope"}"#]);
}

#[tokio::test]
async fn attempts_and_waits_end() {
    let server = Server::start((0..20).map(|_| status(503, &Value::Null))).await;
    let failed = server.client().send(&subscriptions()).await.unwrap_err();
    assert_eq!(server.seen().len(), 4);
    assert!(failed.to_string().contains("GET /subscriptions answered 503"), "{failed}");

    let long = status(429, &error("ResourceRequestsThrottled", "Please try again after '324' seconds."));
    let server = Server::start([long]).await;
    let failed = server.client().send(&subscriptions()).await.unwrap_err();
    assert!(failed.is_throttled());
    assert!(failed.to_string().contains("324 s"), "{failed}");
    let server =
        Server::start((0..99).map(|_| status(429, &error("429", "x")).header("retry-after", "30"))).await;
    assert!(server.client().send(&subscriptions()).await.unwrap_err().is_throttled());
    assert_eq!(server.seen().len(), 5, "two minutes of waiting in all");
}

#[tokio::test]
async fn a_wait_is_shown_while_it_lasts() {
    let server = Server::start([
        status(429, &error("SubscriptionRequestsThrottled", "x")).header("retry-after", "9"),
        ok(&json!({})),
    ])
    .await;
    let client = server.client();
    let mut changes = client.subscribe();
    let watch = tokio::spawn(async move {
        let shown = changes.wait_for(|traffic| traffic.throttle.is_some()).await.unwrap().clone();
        shown.throttle.unwrap()
    });
    tokio::task::yield_now().await;
    client.send(&subscriptions()).await.unwrap();
    assert!(watch.await.unwrap().reason.contains("SubscriptionRequestsThrottled"));
    assert_eq!(client.throttle(), None);
    assert_eq!((client.in_flight(), client.requests_sent()), (0, 2));
}

#[tokio::test]
async fn an_unreachable_endpoint_is_offline() {
    let server = Server::start([]).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let arm_endpoint = format!("http://127.0.0.1:{port}").parse().unwrap();
    let client = Client::new(ClientOptions { arm_endpoint, ..server.options() });
    let failed = client.send(&subscriptions()).await.unwrap_err();
    assert!(matches!(failed, Error::Transport { offline: true, .. }), "{failed}");
    assert_eq!(failed.plain(), "no connection to Azure");
}

#[tokio::test]
async fn all_pages_are_read_relative_absolute_and_empty_ones() {
    let server = Server::start([
        page(&["a"], Some("{base}/subscriptions?%24skiptoken=X%2bY&api-version=2022-12-01")),
        page(&[], Some("/subscriptions?$skiptoken=2")),
        page(&["b", "c"], None),
    ])
    .await;
    let names: Vec<Named> = server.client().list(&subscriptions()).await.unwrap();
    assert_eq!(names.iter().map(|named| named.name.as_str()).collect::<String>(), "abc");
    assert_eq!(
        server.lines()[1..],
        ["GET /subscriptions?%24skiptoken=X%2bY&api-version=2022-12-01", "GET /subscriptions?$skiptoken=2"]
    );
}

#[tokio::test]
async fn paging_neither_loops_nor_leaves_the_host() {
    let server = Server::start((0..9).map(|_| page(&["a"], Some("{base}/x")))).await;
    let failed = server.client().list::<Named>(&subscriptions()).await.unwrap_err();
    assert!(matches!(failed, Error::PagingLoop { pages: 2, .. }), "{failed}");

    let other = Server::start([page(&["stolen"], None)]).await;
    let server = Server::start([page(&["a"], Some(&format!("{}x", other.url)))]).await;
    let failed = server.client().list::<Named>(&subscriptions()).await.unwrap_err();
    assert!(matches!(failed, Error::ForeignLink { .. }), "{failed}");
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start([ok(&json!({}))]).await;
    let server = Server::start([status(307, &Value::Null).header("location", other.url.as_str())]).await;
    let failed = server.client().send(&subscriptions()).await.unwrap_err();
    assert!(matches!(failed, Error::Redirected { .. }), "{failed}");
    assert!(other.seen().is_empty());
}

fn with_fresh_tokens(server: &Server) -> Client {
    Client::new(ClientOptions {
        tokens: TokenCache::new(Arc::new(FreshTokens::default())),
        ..server.options()
    })
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let expired = status(401, &error("ExpiredAuthenticationToken", "The access token expired."))
        .header("www-authenticate", r#"Bearer error="invalid_token""#);
    let server = Server::start([expired.clone(), ok(&json!({}))]).await;
    with_fresh_tokens(&server).send(&put()).await.unwrap();
    let bearers: Vec<_> =
        server.seen().iter().map(|s| s.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(bearers, ["Bearer token-1", "Bearer token-2"]);

    let server = Server::start([expired.clone(), expired.clone(), ok(&json!({}))]).await;
    let failed = with_fresh_tokens(&server).send(&subscriptions()).await.unwrap_err();
    assert!(failed.is_unauthorized() && failed.is_sign_in());
    assert_eq!(server.seen().len(), 2);

    let server = Server::start([expired, ok(&json!({}))]).await;
    assert!(server.client().send(&subscriptions()).await.unwrap_err().is_unauthorized());
    assert_eq!(server.seen().len(), 1, "a ready token cannot be renewed, so it is not sent twice");
}

#[tokio::test]
async fn a_claims_challenge_becomes_the_command_to_type() {
    let challenge = r#"Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#;
    let server = Server::start([status(401, &Value::Null).header("www-authenticate", challenge)]).await;
    let client = with_fresh_tokens(&server).with_tenant("contoso.example");
    let failed = client.send(&subscriptions()).await.unwrap_err();
    let command = "az login --tenant contoso.example --scope https://management.azure.com/.default \
                   --claims-challenge eyJhY2Nlc3NfdG9rZW4iOnt9fQ==";
    assert!(failed.to_string().contains(command), "{failed}");
    assert!(failed.plain().contains(command));
}

#[tokio::test]
async fn a_read_only_client_sends_no_byte_of_a_write() {
    let server = Server::start([ok(&json!({})), ok(&json!({}))]).await;
    let client = Client::new(ClientOptions { read_only: true, ..server.options() });
    for method in [Method::Put, Method::Patch, Method::Delete, Method::Post] {
        let failed = client.run(&Request::arm(method, &workspace(), "2024-10-01"), quiet).await.unwrap_err();
        assert!(matches!(failed, Error::ReadOnly { .. }), "{failed}");
    }
    assert!(server.seen().is_empty());
    client.send(&subscriptions()).await.unwrap();
    let query = Request::arm_path(Method::Post, "/providers/Microsoft.ResourceGraph/resources", "2021-03-01");
    client.send(&query.body(json!({"query": "resources"}))).await.unwrap();
}

#[tokio::test]
async fn answers_that_cannot_be_read_say_where() {
    let server = Server::start([ok(&json!({"value": [{"name": "a"}, {"name": 7}]}))]).await;
    let failed = server.client().list::<Named>(&subscriptions()).await.unwrap_err();
    assert!(matches!(&failed, Error::Decode { at, .. } if at == "value[1].name"), "{failed}");
    let server = Server::start([text(200, "<html>sign in</html>")]).await;
    let failed = server.client().send(&subscriptions()).await.unwrap_err();
    assert!(failed.to_string().contains("proxy"), "{failed}");
}

#[tokio::test]
async fn an_operation_outlives_errors_and_follows_its_urls_untouched() {
    let signed = format!(
        "{{base}}/op/1?api-version=2024-10-01&t=638&c=MII{}%2b~&s=a_B-c%2f&h=x+y",
        "Q%2F".repeat(800)
    );
    let next = "{base}/op/2?%24x=1&s=S";
    let server = Server::start([
        status(202, &Value::Null).header("Azure-AsyncOperation", &signed).header("Location", "{base}/l"),
        text(500, "<html>nginx</html>"),
        Reply::Reset,
        ok(&json!({"status": "InProgress", "percentComplete": 50})).header("azure-asyncoperation", next),
        text(500, "<html>nginx</html>"),
        text(500, "<html>nginx</html>"),
        text(500, "<html>nginx</html>"),
        text(500, "<html>nginx</html>"),
        text(500, "<html>nginx</html>"),
        ok(&json!({"status": "Succeeded"})),
        ok(&json!({"name": "mlw"})),
    ])
    .await;
    let mut shown = Vec::new();
    let result = server
        .client()
        .run(&put(), |progress| shown.push((progress.status, progress.percent)))
        .await
        .unwrap();
    assert_eq!(result, json!({"name": "mlw"}));
    assert!(shown.contains(&("InProgress".to_owned(), Some(50.0))), "{shown:?}");
    let lines = server.lines();
    assert_eq!(lines[1], format!("GET {}", signed.replace("{base}", "")), "byte for byte");
    assert_eq!(lines[9], "GET /op/2?%24x=1&s=S");
    assert!(lines[10].starts_with("GET /subscriptions/0f0e/resourceGroups/rg/providers/"), "{}", lines[10]);
}

#[tokio::test]
async fn a_failed_operation_says_why() {
    let inner =
        error("KeyBasedAuthenticationNotPermitted", "Key based authentication is not permitted.").to_string();
    let server = Server::start([
        status(202, &Value::Null).header("azure-asyncoperation", "{base}/op"),
        ok(&json!({"status": "Failed", "error": {"code": "BadRequest", "message": inner}})),
    ])
    .await;
    let failed = server.client().run(&put(), quiet).await.unwrap_err();
    assert!(matches!(&failed, Error::OperationFailed { status, .. } if status == "Failed"), "{failed}");
    assert!(failed.plain().contains("Key based authentication is not permitted."), "{failed}");
}

#[tokio::test]
async fn an_operation_is_not_followed_to_another_host_and_not_for_ever() {
    let server =
        Server::start([status(202, &Value::Null).header("location", "http://127.0.0.1:1/steal")]).await;
    let failed = server.client().run(&put(), quiet).await.unwrap_err();
    assert!(matches!(failed, Error::ForeignLink { .. }), "{failed}");
    let script = (0..99).map(|n| {
        if n == 0 {
            status(202, &Value::Null).header("location", "{base}/op")
        } else {
            status(500, &Value::Null)
        }
    });
    let server = Server::start(script).await;
    assert!(server.client().run(&put(), quiet).await.is_err());
    assert_eq!(server.seen().len(), 1 + 6 * 4, "six polls in a row, each sent four times");
}

#[tokio::test]
async fn who_may_not_read_what_was_written_has_written_it_all_the_same() {
    let server = Server::start([
        status(202, &Value::Null).header("azure-asyncoperation", "{base}/op"),
        ok(&json!({"status": "Succeeded"})),
        status(403, &error("AuthorizationFailed", "x")),
    ])
    .await;
    assert_eq!(server.client().run(&put(), quiet).await.unwrap(), Value::Null);
}

#[tokio::test]
async fn an_operation_is_polled_neither_without_a_pause_nor_once_a_day() {
    for (asked, expected) in [
        ("0", Duration::from_micros(250)),
        ("Sun, 22 Nov 2020 06:00:00 GMT", Duration::from_micros(250)),
        ("86400", Duration::from_millis(60)),
    ] {
        let poll = ok(&json!({"status": "InProgress"})).header("retry-after", asked);
        let begun = status(202, &Value::Null)
            .header("azure-asyncoperation", "{base}/op")
            .header("retry-after", asked);
        let server = Server::start([begun, poll, ok(&json!({"status": "Succeeded"})), ok(&json!({}))]).await;
        let options = ClientOptions { pace: Pace::divided_by(1000.0), ..server.options() };
        let mut waits = Vec::new();
        Client::new(options).run(&put(), |progress: Progress| waits.push(progress.next_poll)).await.unwrap();
        assert_eq!(waits, [expected; 2], "{asked}");
    }
}

#[tokio::test]
async fn who_may_not_track_an_operation_watches_the_resource() {
    let server = Server::start([
        status(202, &Value::Null).header("azure-asyncoperation", "{base}/op"),
        status(403, &error("AuthorizationFailed", "x")),
        ok(&json!({"properties": {"provisioningState": "Updating"}})),
        ok(&json!({"properties": {"provisioningState": "Succeeded"}})),
    ])
    .await;
    let result = server.client().run(&put(), quiet).await.unwrap();
    assert_eq!(result["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test]
async fn an_operation_is_taken_up_again_from_a_journal() {
    let server = Server::start([
        status(202, &Value::Null).header("location", "{base}/op?s=1").header("retry-after", "15"),
        status(202, &Value::Null),
        ok(&json!({"value": 1})),
    ])
    .await;
    let request = Request::arm(Method::Post, &workspace().join("diagnose"), "2024-10-01");
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let client = server.client();
    let first = client.run(&request, move |progress| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(progress.operation);
        }
    });
    let journal = tokio::select! {
        _ = first => panic!("the operation ended before it was dropped"),
        operation = receiver => serde_json::to_string(&operation.unwrap()).unwrap(),
    };
    let operation = serde_json::from_str(&journal).unwrap();
    let result = client.resume(&operation, quiet).await.unwrap();
    assert_eq!(result, json!({"value": 1}));
}

#[tokio::test]
async fn a_cloud_without_the_api_version_gets_the_older_one_from_then_on() {
    for (code, http) in [
        ("NoRegisteredProviderFound", 400),
        ("InvalidResourceType", 400),
        ("InvalidApiVersionParameter", 400),
        ("InvalidApiVersion", 400),
        ("UnsupportedApiVersion", 400),
        ("UnsupportedApiVersion", 404),
    ] {
        let refused = status(http, &error(code, "No registered resource provider found."));
        let server = Server::start([refused, ok(&json!({})), ok(&json!({}))]).await;
        let client = server.client();
        let request = Request::get(&workspace(), versions::WORKSPACES);
        client.send(&request).await.unwrap_or_else(|error| panic!("{code}: {error}"));
        client.send(&request).await.unwrap();
        let sent: Vec<_> =
            server.seen().iter().map(|seen| seen.target.rsplit_once('=').unwrap().1.to_owned()).collect();
        assert_eq!(sent, [versions::WORKSPACES, "2025-06-01", "2025-06-01"], "{code}");
    }
}

#[tokio::test]
async fn another_api_version_is_remembered_only_when_it_helped() {
    let refused = status(400, &error("NoRegisteredProviderFound", "x"));
    for other in [status(403, &error("AuthorizationFailed", "x")), Reply::Reset] {
        let server = Server::answering({
            let (refused, other) = (refused.clone(), other.clone());
            move |seen| if seen.target.ends_with("2025-06-01") { other.clone() } else { refused.clone() }
        })
        .await;
        let client = server.client();
        let request = Request::get(&workspace(), versions::WORKSPACES);
        for _ in 0..2 {
            client.send(&request).await.unwrap_err();
        }
        let asked = server.seen().iter().filter(|seen| seen.target.ends_with(versions::WORKSPACES)).count();
        assert_eq!(asked, 2, "nobody knows yet whether the other one is better");
    }
}

/// Gives a token that no header can carry.
struct Unusable;

impl TokenSource for Unusable {
    fn token<'a>(&'a self, _: Option<&'a str>, _: &'a str) -> BoxFuture<'a, Result<Token, SignInError>> {
        Box::pin(async { Ok(Token::new("a\nb", None, CredentialKind::AzureCli)) })
    }
}

#[tokio::test]
async fn what_was_never_sent_is_not_told_as_lost() {
    let server = Server::start([]).await;
    let options = ClientOptions { tokens: TokenCache::new(Arc::new(Unusable)), ..server.options() };
    let failed = Client::new(options).send(&put()).await.unwrap_err();
    assert!(failed.to_string().contains("PUT was not sent: the token holds"), "{failed}");
    assert!(!may_have_arrived(&failed) && server.seen().is_empty());
}

#[tokio::test]
async fn an_answer_without_end_is_not_taken_in() {
    let huge = text(200, &" ".repeat(65 * 1024 * 1024));
    let server = Server::start([huge, ok(&json!({}))]).await;
    let failed = server.client().send(&put()).await.unwrap_err();
    assert!(failed.to_string().contains("more than 64 MiB"), "{failed}");
    assert!(may_have_arrived(&failed), "it was carried out");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn nothing_secret_and_nothing_dangerous_gets_through() {
    let body = json!({"name": "a\u{1b}[2Jb\u{202e}", "properties": {"sdkTelemetryAppInsightsKey": "0a1b-key"},
        "note": "AccountKey=abcdef=="});
    let server =
        Server::start([ok(&body), ok(&body), status(400, &error("X", "sig=SIGNED \u{1b}]0;t"))]).await;
    let client = server.client();
    let value = client.value(&subscriptions()).await.unwrap();
    let named: Named = client.json(&subscriptions()).await.unwrap();
    assert_eq!(named.name, "a\u{241b}[2Jb\u{fffd}");
    let signed = Request::arm_path(Method::Get, "/x", "2024-01-01").query("sig", "TOPSECRET");
    let failed = client.send(&signed).await.unwrap_err();
    let all = format!("{value} {failed} {failed:?} {:?} {client:?}", client.log().entries());
    for secret in ["0a1b-key", "abcdef", "SIGNED", "TOPSECRET", "Bearer", "\u{1b}", "\u{202e}"] {
        assert!(!all.contains(secret), "{secret:?} in {all}");
    }
}

#[tokio::test]
async fn the_log_tells_every_attempt_apart() {
    let server = Server::start([
        status(503, &error("ServerBusy", "x")).header("x-ms-correlation-request-id", "c-1"),
        Reply::Reset,
        ok(&json!({"a": 1})).header("x-ms-request-id", "r-3"),
    ])
    .await;
    let client = server.client();
    client.send(&subscriptions()).await.unwrap();
    let entries = client.log().entries();
    let attempts: Vec<_> = entries.iter().map(|entry| (entry.attempt, entry.status)).collect();
    assert_eq!(attempts, [(1, Some(503)), (2, None), (3, Some(200))]);
    assert_eq!(entries[0].error.as_deref(), Some("ServerBusy"));
    assert_eq!(entries[0].correlation_id.as_deref(), Some("c-1"));
    assert!(entries[1].error.is_some());
    assert_eq!((entries[2].correlation_id.as_deref(), entries[2].bytes), (Some("r-3"), 7));
    assert_ne!(entries[0].client_request_id, entries[2].client_request_id);
}

#[tokio::test]
async fn no_more_than_the_cap_is_under_way() {
    let server = Server::start((0..40).map(|_| ok(&json!({})))).await;
    let client = Client::new(ClientOptions { max_in_flight: 3, ..server.options() });
    let mut changes = client.subscribe();
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let highest = tokio::spawn(async move {
        let mut highest = 0;
        loop {
            tokio::select! {
                _ = &mut stopped => return highest,
                _ = changes.changed() => highest = highest.max(changes.borrow_and_update().in_flight),
            }
        }
    });
    let request = subscriptions();
    let all = (0..40).map(|n| {
        let request = if n % 2 == 0 { request.clone() } else { request.clone().background() };
        let client = client.clone();
        async move { client.send(&request).await }
    });
    let answers = futures_util::future::join_all(all).await;
    assert!(answers.iter().all(Result::is_ok));
    stop.send(()).unwrap();
    assert!((1..=3).contains(&highest.await.unwrap()));
}

const RESOURCE_GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources?";

/// What a small Azure of `count` subscriptions, each with one workspace, answers; queries of Resource Graph
/// go to `graph` with their body.
fn small_azure(count: usize, graph: impl Fn(&Value) -> Reply) -> impl Fn(&scripted::Seen) -> Reply {
    move |seen| {
        if seen.target.starts_with(RESOURCE_GRAPH) {
            return graph(&serde_json::from_str(&seen.body).unwrap());
        }
        let path = seen.target.split('?').next().unwrap_or_default();
        let value = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["", "subscriptions"] => (0..count)
                .map(|n| json!({"id": format!("/subscriptions/s-{n}"), "displayName": format!("Number {n}")}))
                .collect(),
            ["", "subscriptions", id, "providers", ..] => vec![workspace_of(id)],
            _ => Vec::new(),
        };
        ok(&json!({ "value": value }))
    }
}

fn workspace_of(subscription: &str) -> Value {
    let workspace = "providers/Microsoft.MachineLearningServices/workspaces/mlw";
    json!({"id": format!("/subscriptions/{subscription}/resourceGroups/rg/{workspace}"), "location": "westeurope"})
}

/// How many queries went to Resource Graph, and the subscriptions that were listed without it.
fn ways(server: &Server) -> (usize, Vec<String>) {
    let lines = server.lines();
    let queries = lines.iter().filter(|line| line.starts_with(&format!("POST {RESOURCE_GRAPH}"))).count();
    let listed = lines.iter().filter(|line| line.contains("MachineLearningServices"));
    let mut listed: Vec<String> = listed.map(|line| line.split('/').nth(2).unwrap().to_owned()).collect();
    listed.sort();
    (queries, listed)
}

#[tokio::test]
async fn pages_of_resource_graph_that_go_round_in_circles_are_left_for_the_slow_way() {
    let server = Server::answering(small_azure(3, |body| {
        let next = if body["options"]["$skipToken"] == "A" { "B" } else { "A" };
        ok(&json!({"data": [], "totalRecords": 9000, "$skipToken": next}))
    }))
    .await;
    let client = server.client();
    let loading = load_inventory(&client, &[], &|_| ());
    let found =
        tokio::time::timeout(std::time::Duration::from_secs(60), loading).await.expect("it ends").unwrap();
    assert_eq!((found.workspaces().len(), found.problems.len()), (3, 0));
    let (queries, listed) = ways(&server);
    assert_eq!(queries, 6, "three pages of workspaces and three of names");
    assert_eq!(listed, ["s-0", "s-1", "s-2"]);
}

/// Rows for the subscriptions of a query, unless one of them is refused.
fn rows_unless(body: &Value, refused: &[&str], error: &Value) -> Reply {
    let asked: Vec<&str> = body["subscriptions"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    if asked.iter().any(|id| refused.contains(id)) {
        return status(400, error);
    }
    let is_names = body["query"].as_str().unwrap().starts_with("resourcecontainers");
    let rows: Vec<Value> = asked.iter().filter(|_| !is_names).map(|id| workspace_of(id)).collect();
    ok(&json!({ "data": rows }))
}

#[tokio::test]
async fn one_bad_subscription_sends_no_other_the_slow_way() {
    let refusal = json!({"error": {"code": "BadRequest", "message": "For support: correlationId = c.",
        "details": [{"code": "InvalidSubscriptionId", "message": "One of the subscriptions is wrong."}]}});
    let answer = move |body: &Value| rows_unless(body, &["s-37"], &refusal);
    let server = Server::answering(small_azure(64, answer)).await;
    let found = load_inventory(&server.client(), &[], &|_| ()).await.unwrap();
    assert_eq!((found.workspaces().len(), found.problems.len()), (64, 0));
    let (queries, listed) = ways(&server);
    assert_eq!(listed, ["s-37"]);
    assert_eq!(queries, 2 * 13, "64 are halved six times, for the workspaces and for the names");
}

#[tokio::test]
async fn a_refusal_of_everything_is_believed_at_once_and_many_bad_ones_are_not_looked_for_without_end() {
    let all: Vec<String> = (0..64).map(|n| format!("s-{n}")).collect();
    for (code, most) in [("Forbidden", 2), ("InvalidSubscriptionId", 2 * 21)] {
        let refusal = json!({"error": {"code": code, "message": "No."}});
        let bad = all.clone();
        let answer = move |body: &Value| {
            rows_unless(body, &bad.iter().map(String::as_str).collect::<Vec<_>>(), &refusal)
        };
        let server = Server::answering(small_azure(64, answer)).await;
        let found = load_inventory(&server.client(), &[], &|_| ()).await.unwrap();
        assert_eq!((found.workspaces().len(), found.problems.len()), (64, 0), "{code}");
        let (queries, listed) = ways(&server);
        assert_eq!((queries, listed.len()), (most, 64), "{code}");
    }
}
