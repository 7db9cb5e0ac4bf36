//! Operations as real services were recorded to run them.

use super::*;
use crate::azure::arm::id::ArmId;
use serde_json::json;

const STATUS: &str = "https://management.azure.com/op?type=async";
const LOCATION: &str = "https://management.azure.com/op?type=location";

fn request(method: Method) -> Request {
    Request::arm(method, &ArmId::group("s", "g").join("providers/Microsoft.A/things/t"), "2024-01-01")
}

fn answer(status: u16) -> Answer {
    Answer { status, ..Answer::default() }
}

fn with(status: u16, async_operation: Option<&str>, location: Option<&str>, body: Value) -> Answer {
    Answer {
        status,
        async_operation: async_operation.map(str::to_owned),
        location: location.map(str::to_owned),
        retry_after: None,
        body,
    }
}

fn body(body: Value) -> Answer {
    with(200, None, None, body)
}

fn running(method: Method, first: &Answer) -> Operation {
    match begin(&request(method), first, Timestamp::UNIX_EPOCH) {
        Begin::Running(operation) => operation,
        other => panic!("{method:?} {first:?} gave {other:?}"),
    }
}

fn wait(status: &str) -> Step {
    Step::Wait(status.to_owned(), None)
}

#[test]
fn a_workspace_is_created_by_its_async_url_and_fetched_at_the_end() {
    let mut operation = running(Method::Put, &with(202, Some(STATUS), Some(LOCATION), Value::Null));
    assert_eq!(operation.ask(), Ask::Url(STATUS));
    assert_eq!(operation.advance(&body(json!({"status": "InProgress"}))), wait("InProgress"));
    let done = body(json!({"status": "Succeeded", "percentComplete": 100.0}));
    assert_eq!(operation.advance(&done), Step::FetchResource);
    assert_eq!(operation.resource().path, request(Method::Put).path);
}

#[test]
fn a_compute_answers_201_with_the_resource_and_is_followed_all_the_same() {
    let first = with(201, Some(STATUS), None, json!({"properties": {"provisioningState": "Creating"}}));
    assert_eq!(running(Method::Put, &first).follow, Follow::AsyncOperation);
}

#[test]
fn diagnose_has_a_location_that_answers_202_until_the_result() {
    let mut operation = running(Method::Post, &with(202, None, Some(LOCATION), Value::Null));
    assert_eq!(operation.advance(&with(202, Some(STATUS), None, Value::Null)), wait("Accepted"));
    assert_eq!(operation.ask(), Ask::Url(LOCATION), "the added async URL changes nothing");
    let result = json!({"value": {"storageAccountResults": []}});
    assert_eq!(operation.advance(&body(result.clone())), Step::Done(result));
}

#[test]
fn a_location_result_may_have_a_status_of_its_own() {
    let mut operation = running(Method::Post, &with(202, None, Some(LOCATION), Value::Null));
    let network = json!({"status": "Active", "sparkReady": false});
    assert_eq!(operation.clone().advance(&body(network.clone())), Step::Done(network));
    assert_eq!(operation.advance(&body(json!({"id": "/x", "status": "Creating"}))), wait("Creating"));
    let failed =
        operation.advance(&body(json!({"status": "Failed", "error": {"code": "C", "message": "m"}})));
    assert!(matches!(&failed, Step::Failed(_, error) if error.code == "C"), "{failed:?}");
    let workspace =
        json!({"type": "x", "status": "Failed", "properties": {"provisioningState": "Succeeded"}});
    assert_eq!(operation.advance(&body(workspace.clone())), Step::Done(workspace));
}

#[test]
fn a_group_is_deleted_by_location_and_keeps_the_old_url_when_none_comes() {
    let mut operation = running(Method::Delete, &with(202, None, Some(LOCATION), Value::Null));
    let next = format!("{LOCATION}&next");
    assert_eq!(operation.advance(&with(202, None, Some(&next), Value::Null)), wait("Accepted"));
    assert_eq!(operation.advance(&answer(202)), wait("Accepted"));
    assert_eq!(operation.ask(), Ask::Url(&next));
    assert_eq!(operation.advance(&answer(200)), Step::Done(Value::Null));
}

#[test]
fn a_deployment_speaks_of_accepted_and_running() {
    let mut operation = running(Method::Put, &with(201, Some(STATUS), None, json!({"properties": {}})));
    assert_eq!(operation.advance(&body(json!({"status": "Accepted"}))), wait("Accepted"));
    assert_eq!(
        operation.advance(&body(json!({"status": "Running", "percentComplete": 42.5}))),
        Step::Wait("Running".to_owned(), Some(42.5))
    );
    assert_eq!(operation.advance(&body(json!({"status": "SUCCEEDED"}))), Step::FetchResource);
}

#[test]
fn a_vault_is_watched_by_its_own_state() {
    let mut operation =
        running(Method::Put, &body(json!({"properties": {"provisioningState": "RegisteringDns"}})));
    assert_eq!(operation.ask(), Ask::Resource);
    assert_eq!(
        operation.advance(&body(json!({"properties": {"provisioningState": "RegisteringDns"}}))),
        wait("RegisteringDns")
    );
    let done = json!({"properties": {"provisioningState": "Succeeded"}});
    assert_eq!(operation.advance(&body(done.clone())), Step::Done(done));
}

#[test]
fn a_registry_changes_its_polling_url_with_every_answer() {
    let resource = json!({"properties": {"provisioningState": "Creating"}});
    let mut operation = running(Method::Put, &with(202, Some(STATUS), None, resource));
    let next = format!("{STATUS}&n=2");
    assert_eq!(
        operation.advance(&with(200, Some(&next), None, json!({"status": "Creating"}))),
        wait("Creating")
    );
    assert_eq!(operation.ask(), Ask::Url(&next));
}

#[test]
fn an_identity_is_done_although_it_names_a_location() {
    let resource = json!({"id": "/x", "properties": {"principalId": "p"}});
    let first = with(201, None, Some("https://management.azure.com/x"), resource.clone());
    assert_eq!(begin(&request(Method::Put), &first, Timestamp::UNIX_EPOCH), Begin::Done(resource));
}

#[test]
fn a_dns_zone_answers_202_on_its_async_url() {
    let mut operation = running(Method::Put, &with(202, Some(STATUS), None, Value::Null));
    assert_eq!(
        operation.advance(&with(202, None, None, json!({"status": "InProgress"}))),
        wait("InProgress")
    );
    assert_eq!(operation.advance(&answer(202)), wait("Accepted"));
}

#[test]
fn a_storage_account_is_the_result_of_its_location() {
    let mut operation = running(Method::Put, &with(202, None, Some(LOCATION), Value::Null));
    let account = json!({"type": "Microsoft.Storage/storageAccounts", "properties": {"provisioningState": "Succeeded"}});
    assert_eq!(operation.advance(&body(account.clone())), Step::Done(account));
}

#[test]
fn what_is_over_at_once_is_done() {
    for (method, first) in [
        (Method::Delete, answer(204)),
        (Method::Delete, body(json!({"id": "/deleted"}))),
        (Method::Post, answer(202)),
        (Method::Post, body(json!({"value": []}))),
        (Method::Patch, body(json!({"properties": {"provisioningState": "Succeeded"}}))),
        (Method::Put, body(json!({"name": "no state at all"}))),
    ] {
        let begin = begin(&request(method), &first, Timestamp::UNIX_EPOCH);
        assert_eq!(begin, Begin::Done(first.body.clone()), "{method:?}");
    }
}

#[test]
fn a_write_accepted_without_any_url_is_watched_by_the_resource() {
    let mut operation = running(Method::Delete, &answer(202));
    assert_eq!(
        operation.advance(&body(json!({"properties": {"provisioningState": "Succeeded"}}))),
        wait("Deleting")
    );
    assert_eq!(operation.advance(&body(json!({"properties": {}}))), wait("Accepted"));
    assert_eq!(operation.advance(&answer(404)), Step::Done(Value::Null));
}

#[test]
fn a_failure_comes_with_200_and_in_any_spelling() {
    for status in ["Failed", "failed", "Canceled", "CANCELLED"] {
        let mut operation = running(Method::Put, &with(202, Some(STATUS), None, Value::Null));
        let inner =
            json!({"error": {"code": "KeyBasedAuthenticationNotPermitted", "message": "Keys are off."}})
                .to_string();
        let step = operation
            .advance(&body(json!({"status": status, "error": {"code": "BadRequest", "message": inner}})));
        let Step::Failed(found, error) = step else { panic!("{status}: {step:?}") };
        assert_eq!(found, status);
        assert_eq!(error.cause(), ("KeyBasedAuthenticationNotPermitted", "Keys are off."));
    }
}

#[test]
fn a_resource_that_fails_at_once_or_later_is_a_failure() {
    let broken =
        json!({"properties": {"provisioningState": "Failed", "error": {"code": "C", "message": "m"}}});
    let first = begin(&request(Method::Put), &body(broken.clone()), Timestamp::UNIX_EPOCH);
    assert!(matches!(first, Begin::Failed(_, error) if error.code == "C"));
    let mut operation = running(Method::Put, &body(json!({"properties": {"provisioningState": "Updating"}})));
    assert!(matches!(operation.advance(&body(broken)), Step::Failed(..)));
}

#[test]
fn a_post_finds_its_result_in_the_body_or_at_its_location() {
    let mut operation = running(Method::Post, &with(202, Some(STATUS), Some(LOCATION), Value::Null));
    assert_eq!(
        operation.clone().advance(&body(json!({"status": "Succeeded", "properties": {"a": 1}}))),
        Step::Done(json!({"a": 1}))
    );
    assert_eq!(operation.advance(&body(json!({"status": "Succeeded"}))), Step::FetchUrl(LOCATION.to_owned()));
}

#[test]
fn a_refused_poll_is_for_the_driver_and_a_vanished_one_ends_a_deletion() {
    for status in [400, 403, 404, 500, 503] {
        let mut operation = running(Method::Put, &with(202, Some(STATUS), None, Value::Null));
        assert_eq!(operation.advance(&answer(status)), Step::Refused, "{status}");
    }
    let mut deletion = running(Method::Delete, &with(202, Some(STATUS), None, Value::Null));
    assert_eq!(deletion.advance(&answer(404)), Step::Done(Value::Null));
}

#[test]
fn without_the_right_to_track_the_resource_is_watched() {
    let mut put = running(Method::Put, &with(202, Some(STATUS), None, Value::Null));
    assert!(put.watch_resource());
    assert_eq!(put.ask(), Ask::Resource);
    assert!(!put.watch_resource(), "there is nothing further to fall back to");
    let mut post = running(Method::Post, &with(202, Some(STATUS), None, Value::Null));
    assert!(!post.watch_resource());
}

#[test]
fn an_operation_survives_a_journal_and_never_prints_its_url() {
    let operation =
        running(Method::Put, &with(202, Some("https://management.azure.com/op?s=SIGNED"), None, Value::Null));
    let text = serde_json::to_string(&operation).unwrap();
    assert_eq!(serde_json::from_str::<Operation>(&text).unwrap(), operation);
    assert!(!format!("{operation:?}").contains("SIGNED"));
}
