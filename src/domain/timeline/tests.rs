use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::azure::directory::Principal;
use crate::azure::resources::activity_log::Event;
use crate::azure::resources::decode;
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::domain::access::{AccessInput, AccessTable, Principals, Roles, ScopeNames};

const ADA: &str = "11111111-1111-1111-1111-111111111111";
const JONAS: &str = "22222222-2222-2222-2222-222222222222";
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";

struct Names;

impl ScopeNames for Names {
    fn subscription(&self, id: &str) -> Option<String> {
        (id == "s").then(|| "Production".to_owned())
    }
    fn management_group(&self, _: &str) -> Option<String> {
        None
    }
}

fn group() -> ArmId {
    ArmId::group("s", "rg-fraud")
}

fn workspace() -> ArmId {
    group().join("providers/Microsoft.MachineLearningServices/workspaces/mlw")
}

fn account() -> ArmId {
    ArmId::group("other", "rg-data").join("providers/Microsoft.Storage/storageAccounts/st")
}

fn watched() -> Watched {
    Watched { workspace: workspace(), dependents: vec![account()] }
}

fn event(resource: &ArmId, operation: &str, status: &str, more: &Value) -> Event {
    let mut body = json!({
        "eventDataId": uuid::Uuid::new_v4().to_string(), "correlationId": "c-1", "caller": "ada@contoso.com",
        "claims": {"oid": ADA}, "resourceId": resource, "operationName": {"value": operation},
        "status": {"value": status}, "eventTimestamp": "2026-11-22T10:00:00Z"
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    decode("event", body).unwrap()
}

fn grant(scope: &ArmId, principal: &str) -> Value {
    let body = json!({"Properties": {"PrincipalId": principal, "Scope": scope,
        "RoleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}")}});
    json!({"properties": {"requestbody": body.to_string()}})
}

fn assignment(scope: &ArmId) -> ArmId {
    scope.join("providers/Microsoft.Authorization/roleAssignments/a")
}

fn tell(events: &[Event]) -> Story {
    let mut roles = Roles::default();
    let id = format!("/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}");
    roles.add([decode("role", json!({"id": id, "properties": {"roleName": "Contributor"}})).unwrap()]);
    let mut principals = Principals::default();
    let person = |id: &str, name: &str| Principal {
        id: id.to_owned(),
        display_name: Some(name.to_owned()),
        ..Principal::default()
    };
    let found = [person(ADA, "Ada Novak"), person(JONAS, "Jonas Lindqvist")];
    principals.answer(&[ADA.to_owned(), JONAS.to_owned()], &found);
    Story::of(&StoryInput {
        watched: &watched(),
        events,
        since: "2026-11-22T00:00:00Z".parse().unwrap(),
        roles: &roles,
        principals: &principals,
        scopes: &Names,
        access: None,
    })
}

fn sentences(events: &[Event]) -> Vec<String> {
    tell(events).changes.iter().map(super::Change::sentence).collect()
}

#[test]
fn what_somebody_did_is_told_with_names() {
    let st = account();
    let subscription = ArmId::subscription("s");
    let write = "Microsoft.Authorization/roleAssignments/write";
    let cases: Vec<(ArmId, &str, Value, &str, Kind)> = vec![
        (
            assignment(&group()),
            write,
            grant(&group(), JONAS),
            "Ada Novak made Jonas Lindqvist Contributor on rg-fraud",
            Kind::Access,
        ),
        (
            assignment(&subscription),
            write,
            grant(&subscription, "33333333-3333-3333-3333-333333333333"),
            "Ada Novak made 33333333-3333-3333-3333-333333333333 Contributor on subscription Production",
            Kind::Access,
        ),
        (
            assignment(&st),
            write,
            grant(&st, ADA),
            "Ada Novak made themselves Contributor on st",
            Kind::Access,
        ),
        (assignment(&st), write, json!({}), "Ada Novak assigned a role on st", Kind::Access),
        (
            assignment(&st),
            "Microsoft.Authorization/roleAssignments/delete",
            grant(&st, JONAS),
            "Ada Novak took Contributor on st from Jonas Lindqvist",
            Kind::Access,
        ),
        (
            st.clone(),
            "Microsoft.Storage/storageAccounts/listKeys/action",
            json!({}),
            "Ada Novak read the keys of st",
            Kind::Keys,
        ),
        (
            st.clone(),
            "MICROSOFT.STORAGE/STORAGEACCOUNTS/WRITE",
            json!({"properties": {"requestbody": "{\"properties\":{\"allowSharedKeyAccess\":false}}"}}),
            "Ada Novak changed st: shared key access off",
            Kind::Keys,
        ),
        (
            workspace(),
            "Microsoft.MachineLearningServices/workspaces/write",
            json!({"properties": null}),
            "Ada Novak changed mlw",
            Kind::Settings,
        ),
        (
            workspace(),
            "Microsoft.MachineLearningServices/workspaces/write",
            json!({"subStatus": {"value": "Created"}}),
            "Ada Novak made mlw",
            Kind::Settings,
        ),
        (
            workspace().join("outboundRules/pypi"),
            "Microsoft.MachineLearningServices/workspaces/outboundRules/write",
            json!({}),
            "Ada Novak set the outbound rule pypi of mlw",
            Kind::Network,
        ),
        (
            group().join("providers/Microsoft.Authorization/locks/keep"),
            "Microsoft.Authorization/locks/delete",
            json!({}),
            "Ada Novak took the lock keep off rg-fraud",
            Kind::Settings,
        ),
    ];
    for (resource, operation, more, sentence, kind) in cases {
        let story = tell(&[event(&resource, operation, "Succeeded", &more)]);
        let told: Vec<(String, Kind)> = story.changes.iter().map(|c| (c.sentence(), c.kind)).collect();
        assert_eq!(told, [(sentence.to_owned(), kind)], "{operation}");
    }
}

#[test]
fn pim_requests_are_told_by_what_they_ask_for() {
    let requests = "Microsoft.Authorization/roleAssignmentScheduleRequests";
    let eligible = "Microsoft.Authorization/roleEligibilityScheduleRequests";
    for (kind, request_type, expected) in [
        (requests, "SelfActivate", "activated Contributor on mlw"),
        (requests, "SelfDeactivate", "gave the activated Contributor on mlw back"),
        (requests, "AdminAssign", "made Jonas Lindqvist Contributor on mlw through PIM"),
        (requests, "SelfExtend", "asked PIM about Contributor on mlw for Jonas Lindqvist"),
        (eligible, "AdminAssign", "let Jonas Lindqvist activate Contributor on mlw"),
        (eligible, "AdminRemove", "took from Jonas Lindqvist that Contributor on mlw can be activated"),
    ] {
        let body = json!({"properties": {"principalId": JONAS, "requestType": request_type,
            "roleDefinitionId": format!("/x/y/{CONTRIBUTOR}")}});
        let resource = workspace().join(&format!("providers/{kind}/r"));
        let more = json!({"properties": {"requestbody": body.to_string()}});
        let story = tell(&[event(&resource, &format!("{kind}/write"), "Succeeded", &more)]);
        assert_eq!(story.changes[0].what, expected);
    }
}

#[test]
fn the_events_of_one_operation_are_one_change_and_the_same_event_counts_once() {
    let at = |time: &str| json!({ "eventTimestamp": time });
    let list = "Microsoft.Storage/storageAccounts/write";
    let started = event(&account(), list, "Started", &at("2026-11-22T10:00:00Z"));
    let ended = event(&account(), list, "Succeeded", &at("2026-11-22T10:00:07Z"));
    let begun = tell(std::slice::from_ref(&started));
    assert_eq!(begun.changes[0].outcome, Outcome::UnderWay);
    let story = tell(&[ended.clone(), started.clone(), started]);
    assert_eq!(story.changes.len(), 1);
    let change = &story.changes[0];
    assert_eq!((change.outcome.clone(), change.steps.len()), (Outcome::Succeeded, 2));
    assert_eq!(change.at, "2026-11-22T10:00:00Z".parse::<Timestamp>().unwrap());
}

#[test]
fn one_correlation_over_several_resources_stays_several_changes() {
    let write = "Microsoft.Authorization/roleAssignments/write";
    let events = [
        event(&assignment(&account()), write, "Succeeded", &json!({})),
        event(&assignment(&workspace()), write, "Succeeded", &json!({})),
    ];
    assert_eq!(tell(&events).changes.len(), 2);
}

#[test]
fn a_failure_is_marked_with_its_reason_whatever_came_after() {
    let list = "Microsoft.MachineLearningServices/workspaces/listKeys/action";
    let refused = json!({"properties": {"statusMessage": "{\"error\":{\"code\":\"AuthorizationFailed\",\"message\":\"no\"}}"}});
    let events =
        [event(&workspace(), list, "Failed", &refused), event(&workspace(), list, "Succeeded", &json!({}))];
    assert_eq!(sentences(&events), ["Ada Novak read the keys of mlw (failed: AuthorizationFailed: no)"]);
}

#[test]
fn a_caller_is_named_by_the_directory_the_token_the_address_or_the_id() {
    let list = "Microsoft.Storage/storageAccounts/listKeys/action";
    let unknown = "44444444-4444-4444-4444-444444444444";
    for (more, name) in [
        (json!({}), "Ada Novak"),
        (json!({"caller": ADA, "claims": {}}), "Ada Novak"),
        (json!({"caller": "eve@x.com", "claims": {"oid": unknown, "name": "Eve"}}), "Eve"),
        (json!({"caller": "eve@x.com", "claims": {}}), "eve@x.com"),
        (json!({"caller": unknown, "claims": {}}), unknown),
        (json!({"caller": null, "claims": {}}), "somebody"),
    ] {
        let story = tell(&[event(&account(), list, "Succeeded", &more)]);
        assert_eq!(story.changes[0].who.name, name, "{more}");
    }
}

#[test]
fn only_what_is_watched_is_told_and_daily_work_is_counted() {
    let other = group().join("providers/Microsoft.MachineLearningServices/workspaces/other");
    let job = workspace().join("computes/gpu");
    let above = ArmId::subscription("s");
    let old = json!({"eventTimestamp": "2026-11-21T10:00:00Z"});
    let list = "Microsoft.Storage/storageAccounts/listKeys/action";
    let events = [
        event(&other, "Microsoft.MachineLearningServices/workspaces/write", "Succeeded", &json!({})),
        event(&assignment(&other), "Microsoft.Authorization/roleAssignments/write", "Succeeded", &json!({})),
        event(&above, "Microsoft.Resources/tags/write", "Succeeded", &json!({})),
        event(
            &job,
            "Microsoft.MachineLearningServices/workspaces/computes/start/action",
            "Succeeded",
            &json!({}),
        ),
        event(&account(), list, "Succeeded", &old),
    ];
    let story = tell(&events);
    assert_eq!((sentences(&events), story.others), (Vec::<String>::new(), 1));
}

#[test]
fn the_log_is_asked_for_the_group_for_what_lies_elsewhere_and_for_authorisation() {
    let inside = group().join("providers/Microsoft.KeyVault/vaults/kv");
    let watched = Watched { workspace: workspace(), dependents: vec![inside, account()] };
    let authorization = |subscription: &str| About::Provider {
        subscription: ArmId::subscription(subscription),
        namespace: "Microsoft.Authorization".into(),
    };
    assert_eq!(
        watched.questions(),
        [About::Group(group()), About::Resource(account()), authorization("other"), authorization("s")]
    );
}

#[test]
fn windows_go_round_and_begin_where_they_say() {
    let now: Timestamp = "2026-11-22T14:00:00Z".parse().unwrap();
    let mut window = Window::default();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push((window.words(), window.since(now).to_string()));
        window = window.next();
    }
    assert_eq!(window, Window::default());
    assert_eq!(
        seen,
        [
            ("24 h", "2026-11-21T14:00:00Z".to_owned()),
            ("7 d", "2026-11-15T14:00:00Z".to_owned()),
            ("1 h", "2026-11-22T13:00:00Z".to_owned())
        ]
    );
}

/// Who made Jonas what above the subscription: the scope, since when.
fn above(scope: &ArmId, since: &str) -> RoleAssignment {
    let body = json!({"id": assignment(scope), "properties": {"principalId": JONAS, "principalType": "User", "scope": scope,
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}"),
        "createdOn": since, "createdBy": ADA}});
    decode("role assignment", body).unwrap()
}

#[test]
fn grants_above_the_subscription_are_told_by_the_assignments_that_are_in_force() {
    let top = ArmId::management_group("mg-top");
    let assignments = [
        above(&top, "2026-11-22T09:00:00Z"),
        above(&ArmId::root(), "2026-11-01T09:00:00Z"),
        above(&group(), "2026-11-22T09:30:00Z"),
    ];
    let (roles, mut principals) = (Roles::default(), Principals::default());
    let person = |id: &str, name: &str| -> Principal {
        serde_json::from_value(json!({"id": id, "@odata.type": "#microsoft.graph.user", "displayName": name}))
            .unwrap()
    };
    principals.learn(&[person(ADA, "Ada"), person(JONAS, "Jonas")]);
    let access = AccessTable::build(&AccessInput {
        scope: &workspace(),
        assignments: &assignments,
        eligible: &[],
        active: &[],
        ends_are_read: true,
        roles: &roles,
        principals: &principals,
        scopes: &Names,
        now: "2026-11-22T12:00:00Z".parse().unwrap(),
    });
    let told = |events: &[Event]| {
        let watched = watched();
        let story = Story::of(&StoryInput {
            watched: &watched,
            events,
            since: "2026-11-21T10:00:00Z".parse().unwrap(),
            roles: &roles,
            principals: &principals,
            scopes: &Names,
            access: Some(&access),
        });
        story.changes.iter().map(Change::sentence).collect::<Vec<_>>()
    };
    let role = access.rows[0].role.label();
    let sentence = format!("Ada made Jonas {role} on management group mg-top");
    assert_eq!(told(&[]), [sentence.as_str()], "the old one is too old, the log tells of the group");
    let known = event(
        &assignment(&top),
        "Microsoft.Authorization/roleAssignments/write",
        "Succeeded",
        &grant(&top, JONAS),
    );
    assert_eq!(told(&[known]).len(), 1, "what the log has is told once");
}
