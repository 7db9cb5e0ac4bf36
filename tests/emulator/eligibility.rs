//! Privileged Identity Management: who may activate what, what it takes, what is active, and when that ends.

use amldeck::emulator::estate::{Estate, Persona};
use amldeck::emulator::{Clock, Options};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, Got, NOBODY, OWNER, READER, READER_ROLE, SUB, group, options, storage};

const AT: &str = "providers/Microsoft.Authorization";
const START: &str = "2026-03-04T05:00:00Z";

fn request(kind: &str, more: Value) -> Value {
    let mut properties = json!({
        "principalId": NOBODY, "requestType": kind,
        "roleDefinitionId": format!("{SUB}/{AT}/roleDefinitions/{READER_ROLE}"),
    });
    if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
        properties.extend(more);
    }
    json!({ "properties": properties })
}

fn lasting(duration: &str) -> Value {
    json!({ "scheduleInfo": { "expiration": { "type": "AfterDuration", "duration": duration } }, "justification": "incident" })
}

fn path(family: &str, number: u32) -> String {
    format!("{}/{AT}/{family}ScheduleRequests/e2000000-0000-4000-8000-{number:012}", group())
}

async fn ask(client: &Client, family: &str, number: u32, body: Value) -> Got {
    client.put(&path(family, number), body).await
}

/// A client of an emulator where `nobody` may activate Reader at the group.
async fn eligible(options: Options) -> Client {
    let client = Client::start(options).await;
    let made = ask(&client, "roleEligibility", 900, request("AdminAssign", lasting("P30D"))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    client
}

/// Changes rules of the policy of Reader at the group.
async fn policy(client: &Client, rules: Value) {
    let filter = format!("$filter=roleDefinitionId eq '{READER_ROLE}'");
    let list = client.get(&format!("{}/{AT}/roleManagementPolicies?{filter}", group())).await;
    let id = list.body["value"][0]["id"].as_str().unwrap();
    let body = json!({ "properties": { "rules": rules } });
    let got = client.send(Method::PATCH, &format!("{id}?api-version=2020-10-01"), Some(body)).await;
    assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
}

fn failed(got: &Got) -> String {
    assert_eq!(
        (got.status, got.code()),
        (StatusCode::BAD_REQUEST, "RoleAssignmentRequestPolicyValidationFailed"),
        "{:?}",
        got.body
    );
    got.message().trim_start_matches("The following policy rules failed: ").to_owned()
}

async fn reads(client: &Client) -> StatusCode {
    client.get(&storage()).await.status
}

#[tokio::test]
async fn an_eligible_role_is_found_activated_and_given_back() {
    let client = eligible(Options { throttle: false, ..options() }).await;
    let twice = ask(&client, "roleEligibility", 2, request("AdminAssign", lasting("P30D"))).await;
    assert_eq!(twice.code(), "RoleAssignmentExists");

    let client = client.acting_as("nobody");
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN);
    let mine = client.get(&format!("/{AT}/roleEligibilityScheduleInstances?$filter=asTarget()")).await;
    assert_eq!(mine.body["value"][0]["properties"]["principalId"], NOBODY, "{:?}", mine.body);
    let bare = ask(&client, "roleAssignment", 3, request("SelfActivate", json!({}))).await;
    assert_eq!(failed(&bare), r#"["ExpirationRule","JustificationRule"]"#);
    let long = ask(&client, "roleAssignment", 4, request("SelfActivate", lasting("PT9H"))).await;
    assert_eq!(failed(&long), r#"["ExpirationRule"]"#);
    let active = ask(&client, "roleAssignment", 5, request("SelfActivate", lasting("PT2H"))).await;
    assert_eq!(active.status, StatusCode::CREATED, "{:?}", active.body);
    assert_eq!(reads(&client).await, StatusCode::OK);
    let instances =
        client.get(&format!("{}/{AT}/roleAssignmentScheduleInstances?$filter=asTarget()", group())).await;
    let instance = &instances.body["value"][0]["properties"];
    assert_eq!(instance["assignmentType"], "Activated");
    assert!(instance["endDateTime"].is_string() && instance["linkedRoleEligibilityScheduleId"].is_string());
    let again = ask(&client, "roleAssignment", 6, request("SelfActivate", lasting("PT2H"))).await;
    assert_eq!(again.code(), "RoleAssignmentExists");

    let long_enough = |got: &Got| got.code() != "ActiveDurationTooShort";
    let ends = request("SelfDeactivate", json!({}));
    let back = client.until(&path("roleAssignment", 7), ends, long_enough).await;
    assert_eq!(back.body["properties"]["status"], "Revoked");
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_activation_lasts_five_minutes_at_least() {
    let clock = Clock::Fixed(START.parse().unwrap());
    let client = eligible(Options { clock, ..options() }).await.acting_as("nobody");
    ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT2H"))).await;
    let early = ask(&client, "roleAssignment", 2, request("SelfDeactivate", json!({}))).await;
    assert_eq!((early.status, early.code()), (StatusCode::BAD_REQUEST, "ActiveDurationTooShort"));
    assert_eq!(reads(&client).await, StatusCode::OK);
}

#[tokio::test]
async fn nobody_activates_extends_or_gives_back_what_is_not_theirs() {
    let client = Client::start(options()).await.acting_as("nobody");
    let got = ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!(failed(&got), r#"["EligibilityRule"]"#);
    for kind in ["SelfDeactivate", "SelfExtend"] {
        let got = ask(&client, "roleAssignment", 2, request(kind, lasting("PT1H"))).await;
        assert_eq!(got.code(), "RoleAssignmentDoesNotExist", "{kind}");
    }
    let got = ask(&client, "roleEligibility", 3, request("AdminAssign", lasting("P1D"))).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    let other = json!({ "principalId": READER });
    let got = ask(&client, "roleEligibility", 4, request("SelfExtend", other)).await;
    assert_eq!(got.code(), "InsufficientPermissions");
}

#[tokio::test]
async fn what_is_given_ends_by_itself_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let at = |time: &str| Options {
        clock: Clock::Fixed(time.parse().unwrap()),
        state: Some(folder.path().join("state.json")),
        ..options()
    };
    let client = eligible(at(START)).await.acting_as("nobody");
    ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT2H"))).await;
    assert_eq!(reads(&client).await, StatusCode::OK);
    client.running.stop().await;

    let client = Client::start(at("2026-03-04T06:59:59Z")).await.acting_as("nobody");
    assert_eq!(reads(&client).await, StatusCode::OK);
    client.running.stop().await;

    let client = Client::start(at("2026-03-04T07:00:00Z")).await;
    for kind in ["roleAssignmentScheduleInstances", "roleAssignmentSchedules", "roleAssignments"] {
        let got = client.get(&format!("{}/{AT}/{kind}?$filter=principalId eq '{NOBODY}'", group())).await;
        assert_eq!(got.body["value"], json!([]), "{kind}");
    }
    assert_eq!(reads(&client.acting_as("nobody")).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_activation_ends_while_the_emulator_runs() {
    let client = eligible(Options { throttle: false, ..options() }).await.acting_as("nobody");
    ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT1S"))).await;
    assert_eq!(reads(&client).await, StatusCode::OK);
    let started = std::time::Instant::now();
    while reads(&client).await != StatusCode::FORBIDDEN {
        assert!(started.elapsed().as_secs() < 60, "the activation does not end");
        tokio::task::yield_now().await;
    }
    let got =
        client.get(&format!("{}/{AT}/roleAssignmentScheduleInstances?$filter=asTarget()", group())).await;
    assert_eq!(got.body["value"], json!([]));
}

#[tokio::test]
async fn what_begins_later_begins_then_and_can_be_cancelled_before() {
    let folder = tempfile::tempdir().unwrap();
    let at = |time: &str| Options {
        clock: Clock::Fixed(time.parse().unwrap()),
        state: Some(folder.path().join("state.json")),
        ..options()
    };
    let later = |day: &str| {
        let mut body = lasting("PT1H");
        body["scheduleInfo"]["startDateTime"] = Value::from(format!("2026-03-{day}T05:00:00Z"));
        request("SelfActivate", body)
    };
    let client = eligible(at(START)).await.acting_as("nobody");
    let made = ask(&client, "roleAssignment", 1, later("05")).await;
    assert_eq!(
        (made.status, &made.body["properties"]["status"]),
        (StatusCode::CREATED, &json!("PendingProvisioning")),
        "{:?}",
        made.body
    );
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN);
    let second = ask(&client, "roleAssignment", 2, request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!(second.code(), "PendingRoleAssignmentRequest");
    let cancelled = client.post(&format!("{}/cancel", path("roleAssignment", 1)), Value::Null).await;
    assert_eq!(cancelled.status, StatusCode::OK, "whoever asked may take it back: {:?}", cancelled.body);
    let made = ask(&client, "roleAssignment", 3, later("06")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    client.running.stop().await;

    let client = Client::start(at("2026-03-05T05:30:00Z")).await.acting_as("nobody");
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN, "it was cancelled");
    client.running.stop().await;

    let client = Client::start(at("2026-03-06T05:00:00Z")).await.acting_as("nobody");
    assert_eq!(reads(&client).await, StatusCode::OK);
    let own = client.get(&path("roleAssignment", 3)).await;
    assert_eq!(own.body["properties"]["status"], "Provisioned", "{:?}", own.body);
}

#[tokio::test]
async fn a_grant_by_an_administrator_has_an_end_and_a_reason() {
    let client = Client::start(Options { clock: Clock::Fixed(START.parse().unwrap()), ..options() }).await;
    let past = json!({ "justification": "r",
        "scheduleInfo": { "expiration": { "type": "AfterDateTime", "endDateTime": "2026-03-04T04:00:00Z" } } });
    let refused = ask(&client, "roleAssignment", 1, request("AdminAssign", past)).await;
    assert_eq!(refused.code(), "InvalidRoleAssignmentRequestSchedule");
    let bare = ask(&client, "roleAssignment", 2, request("AdminAssign", json!({}))).await;
    assert_eq!(failed(&bare), r#"["ExpirationRule","JustificationRule"]"#);
    let long = ask(&client, "roleAssignment", 3, request("AdminAssign", lasting("P181D"))).await;
    assert_eq!(failed(&long), r#"["ExpirationRule"]"#);
    let made = ask(&client, "roleAssignment", 4, request("AdminAssign", lasting("PT1H"))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    let schedules = client
        .get(&format!("{}/{AT}/roleAssignmentSchedules?$filter=principalId eq '{NOBODY}'", group()))
        .await;
    assert_eq!(schedules.body["value"][0]["properties"]["endDateTime"], "2026-03-04T06:00:00Z");
    let longer = ask(&client, "roleAssignment", 5, request("AdminUpdate", lasting("PT3H"))).await;
    assert_eq!(longer.status, StatusCode::CREATED, "{:?}", longer.body);
    let gone = ask(&client, "roleAssignment", 6, request("AdminRemove", json!({}))).await;
    assert_eq!(gone.body["properties"]["status"], "Revoked");
    assert_eq!(reads(&client.acting_as("nobody")).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_validated_request_is_judged_and_not_carried_out() {
    let client = eligible(options()).await.acting_as("nobody");
    let validate =
        async |body: Value| client.post(&format!("{}/validate", path("roleAssignment", 1)), body).await;
    assert_eq!(
        failed(&validate(request("SelfActivate", json!({}))).await),
        r#"["ExpirationRule","JustificationRule"]"#
    );
    let fine = validate(request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!((fine.status, &fine.body["properties"]["status"]), (StatusCode::OK, &json!("Provisioned")));
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_policy_can_want_a_ticket_and_a_second_factor() {
    let mut estate: Estate = options().estate;
    let single = Persona { object_id: NOBODY.to_owned(), directory_access: true, multi_factor: false };
    estate.personas.insert("single".to_owned(), single);
    estate.personas.remove("nobody");
    let client = eligible(Options { estate, ..options() }).await;
    let wants = |rules: Value| json!([{ "id": "Enablement_EndUser_Assignment", "enabledRules": rules }]);
    policy(&client, wants(json!(["Justification", "Ticketing", "MultiFactorAuthentication"]))).await;
    let client = client.acting_as("single");
    let bare = ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!(failed(&bare), r#"["MfaRule","TicketingRule"]"#);
    let client = client.acting_as("any");
    policy(&client, wants(json!(["Ticketing"]))).await;
    let client = client.acting_as("single");
    let mut body = lasting("PT1H");
    body["ticketInfo"] = json!({ "ticketNumber": "INC-1", "ticketSystem": "desk" });
    let made = ask(&client, "roleAssignment", 2, request("SelfActivate", body)).await;
    assert_eq!(made.body["properties"]["ticketInfo"]["ticketNumber"], "INC-1", "{:?}", made.body);
    assert_eq!(reads(&client).await, StatusCode::OK);
}

#[tokio::test]
async fn an_activation_that_wants_approval_waits_for_it() {
    let client = eligible(options()).await;
    policy(
        &client,
        json!([{ "id": "Approval_EndUser_Assignment", "setting": { "isApprovalRequired": true, "approvalStages": [{
            "approvalStageTimeOutInDays": 1, "primaryApprovers": [{ "id": OWNER, "userType": "User" }] }] } }]),
    )
    .await;
    let client = client.acting_as("nobody");
    let waiting = ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!(
        (waiting.status, &waiting.body["properties"]["status"]),
        (StatusCode::CREATED, &json!("PendingApproval")),
        "{:?}",
        waiting.body
    );
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN);
    let mine = format!("{}/{AT}/roleAssignmentScheduleRequests?$filter=asRequestor()", group());
    assert_eq!(client.get(&mine).await.names().len(), 1);
    let approval = waiting.body["properties"]["approvalId"].as_str().unwrap().to_owned();
    let stages = client.get(&format!("{approval}/stages")).await;
    let stage = stages.body["value"][0]["id"].as_str().unwrap().to_owned();
    let review = json!({ "reviewResult": "Approve", "justification": "go" });
    let url = format!("{stage}?api-version=2021-01-01-preview");
    let own = client.send(Method::PATCH, &url, Some(review.clone())).await;
    assert_eq!(own.status, StatusCode::FORBIDDEN, "nobody approves their own");

    let client = client.acting_as("any");
    let queue = format!("{}/{AT}/roleAssignmentScheduleRequests?$filter=asApprover()", group());
    assert_eq!(client.get(&queue).await.names().len(), 1);
    let odd = client.send(Method::PATCH, &url, Some(json!({ "reviewResult": "Maybe" }))).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    let approved = client.send(Method::PATCH, &url, Some(review)).await;
    assert_eq!(approved.body["properties"]["reviewResult"], "Approve", "{:?}", approved.body);
    assert_eq!(client.get(&queue).await.names().len(), 0);
    let client = client.acting_as("nobody");
    assert_eq!(client.get(&path("roleAssignment", 1)).await.body["properties"]["status"], "Provisioned");
    assert_eq!(reads(&client).await, StatusCode::OK);
}

#[tokio::test]
async fn an_activation_that_is_denied_cancelled_or_forgotten_grants_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |time: &str| Options {
        clock: Clock::Fixed(time.parse().unwrap()),
        state: Some(folder.path().join("state.json")),
        ..options()
    };
    let client = eligible(at(START)).await;
    policy(
        &client,
        json!([{ "id": "Approval_EndUser_Assignment", "setting": { "isApprovalRequired": true, "approvalStages": [{
            "approvalStageTimeOutInDays": 1, "primaryApprovers": [{ "id": OWNER, "userType": "User" }] }] } }]),
    )
    .await;
    let client = client.acting_as("nobody");
    let waiting = ask(&client, "roleAssignment", 1, request("SelfActivate", lasting("PT1H"))).await;
    let approval = waiting.body["properties"]["approvalId"].as_str().unwrap().to_owned();
    let second = ask(&client, "roleAssignment", 2, request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!(second.code(), "PendingRoleAssignmentRequest");
    let client = client.acting_as("any");
    let stages = client.get(&format!("{approval}/stages")).await;
    let url = format!("{}?api-version=2021-01-01-preview", stages.body["value"][0]["id"].as_str().unwrap());
    client.send(Method::PATCH, &url, Some(json!({ "reviewResult": "Deny" }))).await;
    let client = client.acting_as("nobody");
    assert_eq!(client.get(&path("roleAssignment", 1)).await.body["properties"]["status"], "Denied");
    let waiting = ask(&client, "roleAssignment", 3, request("SelfActivate", lasting("PT1H"))).await;
    assert_eq!(waiting.body["properties"]["status"], "PendingApproval", "{:?}", waiting.body);
    client.post(&format!("{}/cancel", path("roleAssignment", 3)), Value::Null).await;
    assert_eq!(client.get(&path("roleAssignment", 3)).await.body["properties"]["status"], "Canceled");
    ask(&client, "roleAssignment", 4, request("SelfActivate", lasting("PT1H"))).await;
    client.running.stop().await;

    let client = Client::start(at("2026-03-05T05:00:00Z")).await.acting_as("nobody");
    for (number, status) in [(3, "Canceled"), (4, "TimedOut")] {
        assert_eq!(client.get(&path("roleAssignment", number)).await.body["properties"]["status"], status);
    }
    assert_eq!(reads(&client).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn only_who_may_and_who_asked_cancel_a_request() {
    let client = eligible(options()).await;
    let extend = {
        let client = client.acting_as("nobody");
        let mine = ask(&client, "roleEligibility", 1, request("SelfExtend", json!({}))).await;
        assert_eq!(failed(&mine), r#"["JustificationRule"]"#);
        let mine = ask(&client, "roleEligibility", 1, request("SelfExtend", lasting("P30D"))).await;
        assert_eq!(mine.body["properties"]["status"], "PendingAdminDecision", "{:?}", mine.body);
        client
    };
    let client = extend.acting_as("reader");
    let cancel = format!("{}/cancel", path("roleEligibility", 1));
    assert_eq!(client.post(&cancel, Value::Null).await.code(), "AuthorizationFailed");
    let client = client.acting_as("any");
    assert_eq!(client.post(&cancel, Value::Null).await.status, StatusCode::OK);
    assert_eq!(client.post(&cancel, Value::Null).await.code(), "InvalidRequestStatus");
}

#[tokio::test]
async fn a_lock_keeps_what_is_active_and_lets_nothing_be_activated() {
    let client = eligible(options()).await;
    let lock = format!("{}/{AT}/locks/keep", group());
    client.put(&lock, json!({ "properties": { "level": "ReadOnly" } })).await;
    let refused = ask(&client, "roleAssignment", 1, request("AdminAssign", lasting("PT1H"))).await;
    assert_eq!(refused.code(), "ScopeLocked");
    client.put(&lock, json!({ "properties": { "level": "CanNotDelete" } })).await;
    ask(&client, "roleAssignment", 2, request("AdminAssign", lasting("PT1H"))).await;
    let kept = ask(&client, "roleAssignment", 3, request("AdminRemove", json!({}))).await;
    assert_eq!(kept.body["properties"]["status"], "FailedAsResourceIsLocked", "{:?}", kept.body);
    assert_eq!(reads(&client.acting_as("nobody")).await, StatusCode::OK);
}

#[tokio::test]
async fn a_permanent_assignment_is_an_instance_without_an_end() {
    let client = Client::start(options()).await;
    let got =
        client.get(&format!("{}/{AT}/roleAssignmentScheduleInstances?$filter=atScope()", group())).await;
    let all = got.body["value"].as_array().unwrap();
    assert_eq!(all.len(), 2, "the root's and the management group's");
    for instance in all {
        let properties = &instance["properties"];
        assert_eq!(
            (&properties["assignmentType"], &properties["endDateTime"]),
            (&json!("Assigned"), &Value::Null)
        );
        assert!(properties["originRoleAssignmentId"].is_string());
    }
}

#[tokio::test]
async fn policies_are_found_by_role_and_by_name_and_by_nothing_else() {
    let client = Client::start(options()).await;
    let of = |kind: &str, filter: &str| format!("{}/{AT}/{kind}{filter}", group());
    for kind in ["roleManagementPolicies", "roleManagementPolicyAssignments"] {
        let filter = format!("?$filter=roleDefinitionId eq '{SUB}/{AT}/roleDefinitions/{READER_ROLE}'");
        let list = if kind == "roleManagementPolicies" { "" } else { &filter };
        let all = client.get(&of(kind, list)).await;
        let first = &all.body["value"][0];
        assert!(first["properties"]["effectiveRules"].as_array().unwrap().len() >= 8, "{first}");
        let one = client.get(first["id"].as_str().unwrap()).await;
        assert_eq!(one.body, *first);
        for odd in ["?$filter=color eq 'red'", "?$filter=asTarget()", "?$filter='"] {
            assert_eq!(client.get(&of(kind, odd)).await.code(), "UnsupportedQuery", "{kind}{odd}");
        }
        let none = client.get(&of(kind, "/00000000-0000-4000-8000-000000000000")).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
    }
    let one = client
        .get(&of("roleManagementPolicyAssignments", &format!("?$filter=roleDefinitionId eq '{READER_ROLE}'")))
        .await;
    let expanded = &one.body["value"][0]["properties"]["policyAssignmentProperties"];
    assert_eq!((one.names().len(), &expanded["roleDefinition"]["displayName"]), (1, &json!("Reader")));
    assert_eq!(
        client.get(&of("roleAssignments", "?$filter=color eq 'red'")).await.code(),
        "UnsupportedQuery"
    );
}

#[tokio::test]
async fn a_role_gets_the_policy_that_is_assigned_to_it() {
    let client = Client::start(options()).await;
    let of = |kind: &str, name: &str| format!("{}/{AT}/{kind}/{name}", group());
    let filter = format!("?$filter=roleDefinitionId eq '{READER_ROLE}'");
    let found = client.get(&of("roleManagementPolicyAssignments", &filter)).await;
    let assignment = found.body["value"][0].clone();
    let recipients = json!([{ "id": "Notification_Admin_Admin_Eligibility", "notificationRecipients": ["a@contoso.example"] }]);
    let policy = assignment["properties"]["policyId"].as_str().unwrap().to_owned();
    let changed = client
        .send(
            Method::PATCH,
            &format!("{policy}?api-version=2020-10-01"),
            Some(json!({ "properties": { "rules": recipients } })),
        )
        .await;
    assert_eq!(changed.status, StatusCode::OK, "{:?}", changed.body);
    let body = json!({ "properties": { "scope": group(), "policyId": policy,
        "roleDefinitionId": format!("{SUB}/{AT}/roleDefinitions/{READER_ROLE}") } });
    let path = assignment["id"].as_str().unwrap();
    let made = client.put(path, body.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.body);
    assert!(made.body["properties"]["effectiveRules"].to_string().contains("a@contoso.example"));
    let mut nowhere = body;
    nowhere["properties"]["policyId"] = json!(of("roleManagementPolicies", "none"));
    assert_eq!(client.put(path, nowhere).await.status, StatusCode::NOT_FOUND);
    assert_eq!(client.put(path, json!({})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(client.delete(path).await.status, StatusCode::OK);
    assert_eq!(client.delete(path).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn whoever_is_eligible_finds_the_way_to_where_they_are() {
    let client = eligible(options()).await;
    let nobody = client.acting_as("nobody");
    let children = async |scope: &str| {
        let got = nobody.get(&format!("{scope}/{AT}/eligibleChildResources")).await;
        assert_eq!(got.status, StatusCode::OK, "{:?}", got.body);
        got.body["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(children("/providers/Microsoft.Management/managementGroups/contoso").await, [SUB]);
    assert_eq!(children(SUB).await, [group()]);
    assert!(children(&group()).await.contains(&storage()));
    let filtered = nobody
        .get(&format!("{SUB}/{AT}/eligibleChildResources?$filter=resourceType eq 'Subscription'"))
        .await;
    assert_eq!(filtered.body["value"], json!([]));
    let groups = nobody
        .get(&format!("{SUB}/{AT}/eligibleChildResources?$filter=resourceType eq 'ResourceGroup'"))
        .await;
    assert_eq!(groups.body["value"][0]["type"], "resourcegroup");
}

#[tokio::test]
async fn what_a_list_of_schedules_names_can_be_read_by_itself() {
    let client = Client::start(options()).await;
    for kind in ["roleAssignmentSchedules", "roleAssignmentScheduleInstances"] {
        let list = client.get(&format!("{}/{AT}/{kind}?$filter=atScope()", storage())).await;
        let of_root = list.body["value"][0]["id"].as_str().unwrap().to_owned();
        let one = client.get(&of_root).await;
        assert_eq!(one.body, list.body["value"][0], "{of_root}");
    }
}

#[tokio::test]
async fn an_activation_of_the_estate_ends_when_its_time_is_over() {
    let estate = Estate::demo().unwrap();
    let instance = estate.resources.iter().find(|one| one["properties"]["assignmentType"] == "Activated");
    let instance = instance.unwrap().clone();
    let (id, properties) = (instance["id"].as_str().unwrap(), &instance["properties"]);
    let (grant, end) = (properties["originRoleAssignmentId"].as_str().unwrap(), &properties["endDateTime"]);
    let end: Timestamp = end.as_str().unwrap().parse().unwrap();
    for (after, there) in [(-60, true), (60, false)] {
        let clock = Clock::Fixed(end + SignedDuration::from_secs(after));
        let client = Client::start(Options { clock, ..Options::new(estate.clone()) }).await;
        let version = "?api-version=2022-04-01";
        let expected = if there { StatusCode::OK } else { StatusCode::NOT_FOUND };
        assert_eq!(client.send(Method::GET, &format!("{grant}{version}"), None).await.status, expected);
        let scope = properties["scope"].as_str().unwrap();
        let list = format!("{scope}/{AT}/roleAssignmentScheduleInstances");
        let listed = client.get(&list).await.names().contains(&id.rsplit('/').next().unwrap());
        assert_eq!(listed, there, "{after} s after its end");
    }
}
