//! The client against the emulator when the emulator, the network or the caller's rights misbehave.

// Helpers may unwrap and print like the tests they serve.
#![cfg(test)]

mod support {
    pub mod emulator;
}

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use amldeck::app::runtime::load_inventory;
use amldeck::azure::arm::error::Error;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions, versions};
use amldeck::azure::auth::{CredentialKind, SignInError, Token, TokenCache, TokenSource};
use amldeck::azure::directory;
use amldeck::azure::resources::subscription::Subscription;
use amldeck::azure::resources::{resource_group, subscription, workspace};
use amldeck::domain::inventory::{GroupEntry, Inventory};
use amldeck::emulator::{Fault, Options, Running};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use support::emulator;

const DEVELOPMENT: &str = "a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5";
const SANDBOX: &str = "e5917b24-60fa-4c83-9d02-3b8f6a7e1c40";
const ML: &str = "Microsoft.MachineLearningServices/workspaces";
const GRAPH_QUERY: &str = "/providers/Microsoft.ResourceGraph/resources";

async fn stage() -> (Running, Client) {
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "owner");
    (running, client)
}

fn a_workspace() -> ArmId {
    ArmId::group(DEVELOPMENT, "rg-fraud-dev").join(&format!("providers/{ML}/mlw-fraud-dev"))
}

fn once(method: &str, path: &str) -> Fault {
    Fault { times: Some(1), ..Fault::on(method, path) }
}

fn error(code: &str, message: &str) -> Option<Value> {
    Some(json!({ "error": { "code": code, "message": message } }))
}

fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Method, path without its query, and status of every request that the emulator saw.
fn seen(running: &Running) -> Vec<String> {
    let path = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
    running.requests().iter().map(|r| format!("{} {} {}", r.method, path(&r.url), r.status)).collect()
}

async fn inventory(client: &Client) -> Inventory {
    load_inventory(client, &[], &|_| ()).await.unwrap()
}

/// The bodies with which services refuse too many requests: code, body, and the seconds that each names.
fn refusals() -> Vec<(&'static str, Value, Option<u64>)> {
    let full = |code: &str, message: &str| json!({ "error": { "code": code, "message": message } });
    vec![
        ("429", full("429", "Too many requests. Retry after 302 seconds."), Some(302)),
        ("SubscriptionRequestsThrottled", full("SubscriptionRequestsThrottled", "Too many reads."), None),
        (
            "ResourceRequestsThrottled",
            full(
                "ResourceRequestsThrottled",
                "Number of requests exceeded. Please try again after '324' seconds.",
            ),
            Some(324),
        ),
        (
            "RetryableError",
            json!({ "error": { "code": "RetryableError", "message": "A retryable error occurred.", "details": [
                { "code": "ReferencedResourceNotProvisioned", "message": "Cannot proceed with the operation." }] } }),
            None,
        ),
        (
            "RetryableError",
            json!({ "error": { "code": "RetryableError", "message": "A retryable error occurred.", "details": [
                { "code": "RetryableErrorDueToAnotherOperation", "message": "Another operation is running." }] } }),
            None,
        ),
        ("", json!("Too Many Requests"), None),
        (
            "TooManyRequests",
            json!({ "Code": "TooManyRequests", "Message": "Retry after 310 seconds" }),
            Some(310),
        ),
        ("TooManyRequests", json!({ "code": "TooManyRequests", "message": "Slow down." }), None),
    ]
}

#[tokio::test]
async fn every_shape_of_429_is_waited_out() {
    let (running, client) = stage().await;
    for (code, body, named) in refusals() {
        // A header wins over the message, and brief waits are waited out.
        let brief = Fault {
            status: Some(429),
            body: Some(body.clone()),
            headers: headers(&[("Retry-After", "2")]),
            ..once("GET", "/subscriptions")
        };
        running.add_fault(brief);
        let before = client.log().count();
        client.send(&subscription::list()).await.unwrap();
        let attempts: Vec<_> = client
            .log()
            .after(before)
            .into_iter()
            .map(|entry| (entry.attempt, entry.status, entry.error))
            .collect();
        let told = Some(code.to_owned()).filter(|code| !code.is_empty());
        assert_eq!(attempts.len(), 2, "{body}");
        assert_eq!((attempts[0].0, attempts[0].1), (1, Some(429)), "{body}");
        assert!(attempts[0].2.is_some() || told.is_none(), "{body}: the log tells the code");
        assert_eq!((attempts[1].0, attempts[1].1), (2, Some(200)), "{body}");

        // Without a header the message counts; what nobody would wait for is told, with the wait.
        running.add_fault(Fault {
            status: Some(429),
            body: Some(body.clone()),
            ..once("GET", "/subscriptions")
        });
        let answer = client.send(&subscription::list()).await;
        match (answer, named) {
            (Ok(_), None) => {}
            (Err(Error::WaitTooLong { wait, .. }), Some(seconds)) => assert_eq!(wait.as_secs(), seconds),
            other => panic!("{body}: {other:?}"),
        }
        assert_eq!((client.throttle(), client.in_flight()), (None, 0));
    }
}

#[tokio::test]
async fn a_wait_is_shown_with_its_reason_and_its_end() {
    let running = emulator::start(emulator::options()).await;
    let pace = Pace::divided_by(20.0);
    let client = Client::new(ClientOptions { pace, ..emulator::client_options(&running.url(), "owner") });
    running.add_fault(Fault {
        status: Some(429),
        body: error(
            "SubscriptionRequestsThrottled",
            "Number of read requests exceeded. Retry after 2 seconds.",
        ),
        ..once("GET", "/subscriptions")
    });
    let mut changes = client.subscribe();
    let watch = async {
        let shown = changes.wait_for(|traffic| traffic.throttle.is_some()).await.unwrap().throttle.clone();
        shown.unwrap()
    };
    let request = subscription::list();
    let began = jiff::Timestamp::now();
    let (shown, answer) = tokio::join!(watch, client.send(&request));
    answer.unwrap();
    assert!(shown.reason.contains("SubscriptionRequestsThrottled"), "{}", shown.reason);
    assert!(shown.until >= began + jiff::SignedDuration::from_millis(100), "{}", shown.until);
    assert_eq!(client.throttle(), None);
}

/// What a read meets once and comes through.
fn passing() -> Vec<Fault> {
    let path = "/subscriptions";
    let status = |status| Fault { status: Some(status), ..once("GET", path) };
    vec![
        status(500),
        status(502),
        status(504),
        Fault { html: true, ..once("GET", path) },
        Fault { reset: true, ..once("GET", path) },
        Fault { truncate: true, ..once("GET", path) },
        Fault { malformed: true, ..once("GET", path) },
    ]
}

#[tokio::test]
async fn reads_come_through_what_passes() {
    let (running, client) = stage().await;
    for fault in passing() {
        running.forget_requests();
        running.add_fault(fault.clone());
        let found: Vec<Subscription> = client.list(&subscription::list()).await.unwrap();
        assert_eq!(found.len(), 3, "{fault:?}");
        assert_eq!(running.requests().len(), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_told_and_ends() {
    let (running, client) = stage().await;
    for (fault, words) in [
        (Fault { html: true, ..Fault::on("GET", "/subscriptions") }, "503"),
        (Fault { reset: true, ..Fault::on("GET", "/subscriptions") }, "reset"),
        (Fault { malformed: true, ..Fault::on("GET", "/subscriptions") }, "cut off"),
        (
            Fault { body: Some(json!("{\"value\": [,]}")), ..Fault::on("GET", "/subscriptions") },
            "cannot be read",
        ),
        (Fault { html: true, status: Some(200), ..Fault::on("GET", "/subscriptions") }, "cannot be read"),
    ] {
        running.clear_faults();
        running.forget_requests();
        running.add_fault(fault.clone());
        let failed = client.send(&subscription::list()).await.unwrap_err();
        let told = format!("{failed} {}", failed.plain());
        assert!(told.contains(words), "{told}");
        assert!(!told.contains("<html>"), "{told}");
        assert!(running.requests().len() <= 4, "{fault:?}");
    }
}

#[tokio::test]
async fn a_write_of_unknown_outcome_is_sent_once() {
    let (running, client) = stage().await;
    let request =
        Request::arm(Method::Patch, &a_workspace(), versions::WORKSPACES).body(json!({ "tags": {} }));
    for fault in [
        Fault { reset: true, ..once("PATCH", "*") },
        Fault { truncate: true, ..once("PATCH", "*") },
        Fault { malformed: true, ..once("PATCH", "*") },
    ] {
        running.forget_requests();
        // An operation that was begun after all must not be in the way of the next.
        running.add_fault(Fault { status: Some(200), body: Some(json!({ "name": "mlw" })), ..fault.clone() });
        assert!(client.run(&request, |_| ()).await.is_err(), "{fault:?}");
        assert_eq!(running.requests().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn an_operation_outlives_what_its_polls_meet() {
    let (running, client) = stage().await;
    let polls = "*/workspaceOperationsStatus/*";
    let id = a_workspace();
    for (n, fault) in [
        Fault { html: true, status: Some(500), times: Some(3), ..Fault::on("GET", polls) },
        Fault { status: Some(502), times: Some(5), ..Fault::on("GET", polls) },
        Fault { reset: true, ..once("GET", polls) },
        Fault { truncate: true, ..once("GET", polls) },
        Fault { malformed: true, ..once("GET", polls) },
        Fault { status: Some(429), body: error("429", "Retry after 1 seconds."), ..once("GET", polls) },
        // A proxy's page with a good status is no answer of the service, least of all the end.
        Fault { html: true, status: Some(200), ..once("GET", polls) },
    ]
    .into_iter()
    .enumerate()
    {
        running.clear_faults();
        running.forget_requests();
        running.add_fault(fault.clone());
        let tag = n.to_string();
        let request =
            Request::arm(Method::Patch, &id, versions::WORKSPACES).body(json!({ "tags": { "turn": tag } }));
        let result = client.run(&request, |_| ()).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(result["tags"]["turn"], tag, "{fault:?}");
        let seen = seen(&running);
        let polled = seen.iter().filter(|line| line.contains("workspaceOperationsStatus")).count();
        assert!(polled > usize::try_from(fault.times.unwrap()).unwrap(), "{fault:?}: {seen:?}");
    }
}

#[tokio::test]
async fn a_slow_answer_can_be_called_off() {
    let (running, client) = stage().await;
    running.add_fault(Fault { delay_ms: 60_000, ..Fault::on("GET", "/subscriptions") });
    let mut changes = client.subscribe();
    let request = subscription::list();
    // What is looked at must be let go before the request is dropped, which changes it.
    let under_way = async { changes.wait_for(|traffic| traffic.in_flight == 1).await.map(drop) };
    tokio::select! {
        answer = client.send(&request) => panic!("{answer:?}"),
        _ = under_way => {}
    }
    assert_eq!(client.in_flight(), 0, "dropping the future ends the request");
    let late = tokio::time::timeout(Duration::from_millis(20), client.send(&request)).await;
    assert!(late.is_err());
    assert_eq!(client.in_flight(), 0);
    running.clear_faults();
    // Nothing of what was called off is in the way of what comes next.
    client.send(&request).await.unwrap();
}

#[tokio::test]
async fn a_list_that_does_not_end_is_given_up() {
    let (running, client) = stage().await;
    let link = format!("{}/subscriptions?api-version=2022-12-01&$skiptoken=again", running.url());
    running.add_fault(Fault {
        body: Some(json!({ "value": [], "nextLink": link })),
        ..Fault::on("GET", "/subscriptions")
    });
    let failed = client.list::<Subscription>(&subscription::list()).await.unwrap_err();
    assert!(matches!(failed, Error::PagingLoop { .. }), "{failed}");
    assert_eq!(running.requests().len(), 2);
}

#[tokio::test]
async fn every_list_is_read_page_by_page() {
    let running = emulator::start(Options { page_size: Some(2), ..emulator::options() }).await;
    let client = emulator::client(&running.url(), "owner");
    let whole = inventory(&client).await;
    assert_eq!((whole.workspaces().len(), whole.problems.len()), (14, 0));
    let groups: Vec<Value> = client.list(&resource_group::list(DEVELOPMENT)).await.unwrap();
    assert!(groups.len() > 4, "{}", groups.len());
    // A page that breaks once does not lose the rest.
    running.add_fault(Fault { truncate: true, after: 1, ..once("GET", "*/resourcegroups?*skiptoken*") });
    let again: Vec<Value> = client.list(&resource_group::list(DEVELOPMENT)).await.unwrap();
    assert_eq!(groups, again);
}

/// Gives `bearer-1`, `bearer-2` and so on.
#[derive(Default)]
struct Fresh(AtomicU32);

impl TokenSource for Fresh {
    fn token<'a>(&'a self, _: Option<&'a str>, _: &'a str) -> BoxFuture<'a, Result<Token, SignInError>> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(Token::new(&format!("bearer-{number}"), None, CredentialKind::AzureCli)) })
    }
}

fn fresh(running: &Running) -> (Client, Arc<Fresh>) {
    let source = Arc::new(Fresh::default());
    let tokens = TokenCache::new(source.clone());
    let client = Client::new(ClientOptions { tokens, ..emulator::client_options(&running.url(), "owner") });
    (client, source)
}

fn expired(times: u32) -> Fault {
    Fault {
        status: Some(401),
        headers: headers(&[("WWW-Authenticate", r#"Bearer error="invalid_token""#)]),
        body: error("ExpiredAuthenticationToken", "The access token expired."),
        times: Some(times),
        ..Fault::on("GET", "/subscriptions")
    }
}

#[tokio::test]
async fn an_expired_token_is_renewed_once() {
    let running = emulator::start(emulator::options()).await;
    let (client, source) = fresh(&running);
    running.add_fault(expired(1));
    client.send(&subscription::list()).await.unwrap();
    assert_eq!((running.requests().len(), source.0.load(Ordering::SeqCst)), (2, 2));
    running.forget_requests();
    running.add_fault(expired(2));
    let failed = client.send(&subscription::list()).await.unwrap_err();
    assert!(failed.is_sign_in(), "{failed}");
    assert_eq!(running.requests().len(), 2, "once more, and not again");
}

#[tokio::test]
async fn many_requests_with_one_expired_token_renew_it_once() {
    let running = emulator::start(emulator::options()).await;
    let (client, source) = fresh(&running);
    running.add_fault(Fault { delay_ms: 20, ..expired(8) });
    let request = subscription::list();
    let answers = futures_util::future::join_all((0..8).map(|_| client.send(&request))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(source.0.load(Ordering::SeqCst), 2, "one flight for all of them");
}

#[tokio::test]
async fn a_claims_challenge_becomes_the_command_to_type() {
    let running = emulator::start(emulator::options()).await;
    let (client, _) = fresh(&running);
    let challenge = r#"Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ==""#;
    running.add_fault(Fault {
        status: Some(401),
        headers: headers(&[("WWW-Authenticate", challenge)]),
        ..Fault::on("GET", "*")
    });
    let failed = client.send(&subscription::list()).await.unwrap_err();
    assert!(failed.plain().contains("az login"), "{}", failed.plain());
    assert!(failed.plain().contains("--claims-challenge eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="), "{}", failed.plain());
}

#[tokio::test]
async fn the_directory_may_refuse_while_arm_answers() {
    let (running, _) = stage().await;
    let client = emulator::client(&running.url(), "no-directory");
    let refused = client.send(&directory::me()).await.unwrap_err();
    assert!(refused.is_forbidden(), "{refused}");
    assert!(!inventory(&client).await.workspaces().is_empty());
    let client = emulator::client(&running.url(), "owner");
    running.add_fault(Fault { html: true, ..Fault::on("POST", "/v1.0/*") });
    for request in directory::names(&["ecbc2244-c14f-4ef5-ac39-ad94e501cb54".to_owned()]) {
        let failed = client.send(&request).await.unwrap_err();
        assert!(failed.to_string().contains("503"), "{failed}");
    }
    client.send(&workspace::get(&a_workspace())).await.unwrap();
}

#[tokio::test]
async fn a_refused_api_version_is_asked_for_once() {
    let refused_versions = vec![(ML.to_owned(), versions::WORKSPACES.to_owned())];
    let running = emulator::start(Options { refused_versions, ..emulator::options() }).await;
    let client = emulator::client(&running.url(), "owner");
    for _ in 0..3 {
        client.send(&workspace::get(&a_workspace())).await.unwrap();
    }
    let all: Vec<Value> = client.list(&workspace::list(DEVELOPMENT)).await.unwrap();
    assert_eq!(all.len(), 6);
    let sent: Vec<_> =
        running.requests().iter().map(|r| (r.url.contains(versions::WORKSPACES), r.status)).collect();
    assert_eq!(sent, [(true, 400), (false, 200), (false, 200), (false, 200), (false, 200)]);
}

fn forbidden(path: &str) -> Fault {
    let message = "The client 'a' with object id 'b' does not have authorization to perform action \
                   'Microsoft.MachineLearningServices/workspaces/read' over scope '/x' or the scope is invalid.";
    Fault {
        status: Some(403),
        body: error("AuthorizationFailed", message),
        path: path.to_owned(),
        ..Fault::default()
    }
}

#[tokio::test]
async fn one_refused_subscription_hides_no_other() {
    let (running, client) = stage().await;
    running.add_fault(forbidden(GRAPH_QUERY));
    running.add_fault(forbidden(&format!("/subscriptions/{SANDBOX}/providers/{ML}")));
    let found = inventory(&client).await;
    assert_eq!(found.workspaces().len(), 12, "of 14, 2 are in the refused subscription");
    let problems: Vec<_> = found.problems.iter().map(|p| (p.scope.as_str(), p.message.as_str())).collect();
    assert_eq!(problems, [("Sandbox", "you lack Microsoft.MachineLearningServices/workspaces/read here")]);
    assert!(found.groups().iter().any(GroupEntry::is_visible), "groups are listed one by one too");
    assert_eq!(found.management_group_label("contoso"), Some("Contoso"), "and management groups");
    let chain = |id: &str| -> Vec<String> {
        let above = &found.subscription(id).unwrap().management_groups;
        above.iter().map(|group| group.display_name.to_string()).collect()
    };
    assert_eq!(chain(DEVELOPMENT), ["Contoso", "Tenant Root Group"]);
}

#[tokio::test]
async fn the_quota_of_resource_graph_is_waited_for() {
    let (running, client) = stage().await;
    let spent = |times| Fault {
        status: Some(429),
        headers: headers(&[("x-ms-user-quota-remaining", "0"), ("x-ms-user-quota-resets-after", "00:00:05")]),
        body: error("RateLimiting", "Please provide below info when asking for support."),
        times,
        ..Fault::on("POST", GRAPH_QUERY)
    };
    running.add_fault(spent(Some(3)));
    let found = inventory(&client).await;
    assert_eq!((found.workspaces().len(), found.problems.len()), (14, 0));
    let listed = |running: &Running| {
        seen(running)
            .iter()
            .filter(|line| line.contains("/providers/Microsoft.MachineLearningServices"))
            .count()
    };
    assert_eq!(listed(&running), 0, "{:?}", seen(&running));
    // A quota that stays spent is not waited for until tomorrow: then each subscription is asked.
    running.add_fault(spent(None));
    assert_eq!(inventory(&client).await.workspaces().len(), 14);
    assert_eq!(listed(&running), 3);
}

#[tokio::test]
async fn a_read_only_console_sends_no_byte_of_a_write() {
    let running = emulator::start(emulator::options()).await;
    let client =
        Client::new(ClientOptions { read_only: true, ..emulator::client_options(&running.url(), "owner") });
    let id = a_workspace();
    let writes = [
        Request::arm(Method::Put, &id, versions::WORKSPACES),
        Request::arm(Method::Patch, &id, versions::WORKSPACES),
        Request::arm(Method::Delete, &id, versions::WORKSPACES),
        Request::arm(Method::Post, &id.join("diagnose"), versions::WORKSPACES),
        Request::arm(Method::Post, &id.join("listKeys"), versions::WORKSPACES),
        Request::arm(Method::Post, &id.join("computes/cpu-cluster/stop"), versions::COMPUTES),
        Request::arm_path(Method::Post, "/providers/Microsoft.ResourceGraph/resources/../x", "2021-03-01"),
        Request::graph(Method::Post, "/groups"),
    ];
    for request in writes {
        let failed = client.run(&request, |_| ()).await.unwrap_err();
        assert!(
            matches!(failed, Error::ReadOnly { .. }),
            "{} {}: {failed}",
            request.method.as_str(),
            request.path
        );
    }
    assert_eq!(running.requests(), []);
    assert_eq!(inventory(&client).await.workspaces().len(), 14);
    for request in directory::names(&["ecbc2244-c14f-4ef5-ac39-ad94e501cb54".to_owned()]) {
        client.send(&request).await.unwrap();
    }
}
