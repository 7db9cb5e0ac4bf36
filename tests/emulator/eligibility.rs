//! Privileged Identity Management: who may activate what, and what is active.

use amldeck::emulator::{Clock, Options};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::stage::{Client, Got, NOBODY, READER_ROLE, SUB, group, options, storage};

const AT: &str = "providers/Microsoft.Authorization";

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

fn hours(count: u32) -> Value {
    json!({ "scheduleInfo": { "expiration": { "type": "AfterDuration", "duration": format!("PT{count}H") } } , "justification": "incident" })
}

async fn ask(client: &Client, family: &str, number: u32, body: Value) -> Got {
    let name = format!("e2000000-0000-4000-8000-{number:012}");
    client.put(&format!("{}/{AT}/{family}ScheduleRequests/{name}", group()), body).await
}

#[tokio::test]
async fn an_eligible_role_is_found_activated_and_given_back() {
    let client = Client::start(options()).await;
    let made = ask(&client, "roleEligibility", 1, request("AdminAssign", json!({}))).await;
    assert_eq!(
        (made.status, &made.body["properties"]["status"]),
        (StatusCode::CREATED, &json!("Provisioned")),
        "{:?}",
        made.body
    );
    let twice = ask(&client, "roleEligibility", 2, request("AdminAssign", json!({}))).await;
    assert_eq!(twice.code(), "RoleAssignmentExists");

    let client = client.acting_as("nobody");
    assert_eq!(client.get(&storage()).await.status, StatusCode::FORBIDDEN);
    let mine = client.get(&format!("/{AT}/roleEligibilityScheduleInstances?$filter=asTarget()")).await;
    assert_eq!(mine.body["value"][0]["properties"]["principalId"], NOBODY, "{:?}", mine.body);
    for (number, body) in [(3, request("SelfActivate", json!({}))), (4, request("SelfActivate", hours(9)))] {
        let refused = ask(&client, "roleAssignment", number, body).await;
        assert_eq!(refused.code(), "RoleAssignmentRequestPolicyValidationFailed");
    }
    let active = ask(&client, "roleAssignment", 5, request("SelfActivate", hours(2))).await;
    assert_eq!(active.status, StatusCode::CREATED, "{:?}", active.body);
    assert_eq!(client.get(&storage()).await.status, StatusCode::OK);
    let instances =
        client.get(&format!("{}/{AT}/roleAssignmentScheduleInstances?$filter=asTarget()", group())).await;
    let instance = &instances.body["value"][0]["properties"];
    assert_eq!(instance["assignmentType"], "Activated");
    assert!(instance["endDateTime"].is_string() && instance["linkedRoleEligibilityScheduleId"].is_string());

    let back = ask(&client, "roleAssignment", 6, request("SelfDeactivate", json!({}))).await;
    assert_eq!(back.body["properties"]["status"], "Revoked");
    assert_eq!(client.get(&storage()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn nobody_activates_what_is_not_theirs() {
    let client = Client::start(options()).await.acting_as("nobody");
    let got = ask(&client, "roleAssignment", 1, request("SelfActivate", hours(1))).await;
    assert_eq!(got.code(), "RoleAssignmentDoesNotExist");
    let got = ask(&client, "roleEligibility", 2, request("AdminAssign", json!({}))).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_was_given_for_a_time_ends_with_it() {
    let start: jiff::Timestamp = "2026-03-04T05:00:00Z".parse().unwrap();
    let client = Client::start(Options { clock: Clock::Fixed(start), ..options() }).await;
    // An end that has passed is refused; one that is now is as far as a clock that stands still can go.
    let past = json!({ "scheduleInfo": { "expiration": { "type": "AfterDateTime", "endDateTime": "2026-03-04T04:00:00Z" } } });
    let refused = ask(&client, "roleAssignment", 1, request("AdminAssign", past)).await;
    assert_eq!(refused.code(), "InvalidScheduleInfo");
    let made = ask(&client, "roleAssignment", 2, request("AdminAssign", hours(1))).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let schedules = client
        .get(&format!("{}/{AT}/roleAssignmentSchedules?$filter=principalId eq '{NOBODY}'", group()))
        .await;
    assert_eq!(schedules.body["value"][0]["properties"]["endDateTime"], "2026-03-04T06:00:00Z");
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
    let policies = client
        .get(&format!(
            "{}/{AT}/roleManagementPolicyAssignments?$filter=roleDefinitionId eq '{READER_ROLE}'",
            group()
        ))
        .await;
    assert_eq!(policies.body["value"].as_array().unwrap().len(), 1);
}
