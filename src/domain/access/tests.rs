use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::{Principal, PrincipalKind};
use crate::azure::resources::pim::EligibilityInstance;
use crate::azure::resources::role_assignment::{PrincipalType, RoleAssignment};
use serde_json::json;

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

struct Names;

impl ScopeNames for Names {
    fn subscription(&self, id: &str) -> Option<String> {
        id.eq_ignore_ascii_case("s1").then(|| "Production".to_owned())
    }

    fn management_group(&self, name: &str) -> Option<String> {
        (name == "mg-1").then(|| "Contoso".to_owned())
    }
}

fn workspace() -> ArmId {
    ArmId::group("s1", "rg-a").join("providers/Microsoft.MachineLearningServices/workspaces/w")
}

fn assignment(name: &str, principal: &str, role: &str, scope: &str) -> RoleAssignment {
    let properties = json!({
        "roleDefinitionId": format!("/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/{role}"),
        "principalId": principal, "principalType": "User", "scope": scope
    });
    let base = scope.trim_end_matches('/');
    serde_json::from_value(json!({
        "id": format!("{base}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        "name": name, "properties": properties
    }))
    .unwrap()
}

fn roles() -> Roles {
    let mut roles = Roles::default();
    roles.add([serde_json::from_value(json!({
        "id": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", OWNER.to_uppercase()),
        "name": OWNER, "properties": {"roleName": "Owner", "type": "BuiltInRole", "assignableScopes": ["/"]}
    }))
    .unwrap()]);
    roles
}

/// The time of these tests.
fn noon() -> jiff::Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn table(
    assignments: &[RoleAssignment],
    eligible: &[EligibilityInstance],
    principals: &Principals,
) -> AccessTable {
    AccessTable::build(&AccessInput {
        scope: &workspace(),
        assignments,
        eligible,
        active: &[],
        ends_are_read: true,
        roles: &roles(),
        principals,
        scopes: &Names,
        now: noon(),
    })
}

#[test]
fn every_row_says_where_it_comes_from_and_the_nearest_come_first() {
    let rows: Vec<(&str, &str)> = vec![
        ("/", "root"),
        ("/providers/Microsoft.Management/managementGroups/mg-1", "Contoso (mg)"),
        ("/providers/Microsoft.Management/managementGroups/mg-2", "mg-2 (mg)"),
        ("/subscriptions/S1", "Production (sub)"),
        ("/subscriptions/s1/resourcegroups/RG-A", "RG-A (group)"),
        (
            "/subscriptions/s1/resourceGroups/rg-a/providers/Microsoft.MachineLearningServices/workspaces/W",
            "here",
        ),
        (
            "/subscriptions/s1/resourceGroups/rg-a/providers/Microsoft.MachineLearningServices/workspaces/w/computes/gpu",
            "below: gpu",
        ),
    ];
    for (scope, words) in &rows {
        let table = table(&[assignment("1", "p", OWNER, scope)], &[], &Principals::default());
        assert_eq!(table.rows[0].from.words(), *words, "{scope}");
    }
    let all: Vec<RoleAssignment> = rows.iter().map(|(scope, _)| assignment("1", "p", OWNER, scope)).collect();
    let table = table(&all, &[], &Principals::default());
    assert_eq!(table.rows[0].from, From::Here);
    assert_eq!(
        table.rows.iter().filter(|row| row.is_in_force()).count(),
        6,
        "what is below is not in force here"
    );
    assert_eq!(table.rows.iter().filter(|row| row.from.is_inherited()).count(), 5);
}

#[test]
fn roles_are_found_by_guid_only_and_an_unread_one_shows_its_guid() {
    let rows = table(
        &[
            assignment("1", "p", OWNER, "/subscriptions/s1"),
            assignment("2", "p", "0000-custom", "/subscriptions/s1"),
        ],
        &[],
        &Principals::default(),
    )
    .rows;
    let mut labels: Vec<&str> = rows.iter().map(|row| row.role.label()).collect();
    labels.sort_unstable();
    assert_eq!(labels, ["0000-custom", "Owner"]);
    assert!(rows.iter().any(|row| row.role.is_owner()));
}

#[test]
fn deleted_unreadable_loading_and_known_are_four_things() {
    let mut principals = Principals::default();
    let asked: Vec<String> = ["ada", "gone"].map(str::to_owned).to_vec();
    principals.answer(
        &asked,
        &[Principal {
            id: "ADA".into(),
            display_name: Some("Ada".into()),
            user_principal_name: Some("ada@contoso.com".into()),
            ..Principal::default()
        }],
    );
    principals.refuse(&["closed".to_owned(), "ada".to_owned()], "Authorization_RequestDenied");
    assert_eq!(principals.name("ada").known().unwrap().name, "Ada", "a refusal takes nothing back");
    assert_eq!(principals.name("gone"), PrincipalName::Deleted);
    assert!(matches!(principals.name("closed"), PrincipalName::Unreadable { .. }));
    assert_eq!(principals.name("new"), PrincipalName::Loading);
    assert_eq!(principals.missing(["ADA", "new", "NEW"].into_iter()), ["new"]);
}

#[test]
fn somebody_whom_the_directory_does_not_show_is_deleted_only_where_nothing_speaks_against_it() {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let minutes_ago = "2026-11-22T11:50:00Z".parse().ok();
    let long_ago = "2025-01-01T00:00:00Z".parse().ok();
    for (kind, made, says) in [
        (PrincipalType::User, long_ago, None),
        (PrincipalType::Group, long_ago, None),
        (PrincipalType::ServicePrincipal, None, None),
        (PrincipalType::ServicePrincipal, minutes_ago, Some("not known yet")),
        (PrincipalType::ForeignGroup, long_ago, Some("another organisation")),
        (PrincipalType::Device, long_ago, Some("device")),
        (PrincipalType::parse("Robot"), long_ago, Some("robot")),
    ] {
        let doubt = doubt_of([(Some(&kind), made)].into_iter(), now);
        match says {
            Some(says) => {
                assert!(doubt.as_ref().is_some_and(|why| why.contains(says)), "{kind:?}: {doubt:?}");
            }
            None => assert_eq!(doubt, None, "{kind:?}"),
        }
    }
    let mut principals = Principals::default();
    principals.answer(&["p".to_owned()], &[]);
    assert_eq!(principals.nameless(["P"].into_iter()), ["p"], "who is deleted is asked for again");
    principals.doubt("P", "not known yet");
    assert!(matches!(principals.name("p"), PrincipalName::Unreadable { .. }));
    assert_eq!(principals.deleted().count(), 0);
}

#[test]
fn people_are_counted_only_when_every_group_is() {
    let mut principals = Principals::default();
    let principal = |id: &str, kind: &str| -> Principal {
        serde_json::from_value(
            json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id, "displayName": id}),
        )
        .unwrap()
    };
    let asked: Vec<String> = ["u", "g", "app"].map(str::to_owned).to_vec();
    principals.answer(
        &asked,
        &[principal("u", "user"), principal("g", "group"), principal("app", "servicePrincipal")],
    );
    let assignments: Vec<RoleAssignment> =
        ["u", "g", "app", "u"].iter().map(|p| assignment("1", p, OWNER, "/subscriptions/s1")).collect();
    let before = table(&assignments, &[], &principals).summary();
    assert_eq!((before.assignments, before.principals, before.people), (4, 3, None));
    assert_eq!(before.words(), "4 assignments, 3 principals");
    let mut members: Vec<Principal> = (0..12).map(|n| principal(&format!("m{n}"), "user")).collect();
    members.push(principal("inner", "group"));
    principals.add_members("G", &members);
    assert_eq!(principals.members_of("g").len(), 12, "a group among them stands for its people");
    let after = table(&assignments, &[], &principals);
    assert_eq!(after.summary().people, Some(13));
    assert_eq!(after.summary().words(), "4 assignments, 13 people");
    assert!(after.rows.iter().any(|row| row.kind_words() == "Group 12"));
}

#[test]
fn an_eligible_role_is_a_row_that_is_not_in_force() {
    let eligible: EligibilityInstance = serde_json::from_value(json!({
        "id": "/subscriptions/s1/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/1",
        "properties": {
            "scope": "/subscriptions/s1", "principalId": "ada", "principalType": "User",
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"),
            "endDateTime": "2027-01-01T00:00:00Z"
        }
    }))
    .unwrap();
    let table = table(&[], &[eligible], &Principals::default());
    assert!(table.rows[0].tenure.is_eligible() && !table.rows[0].is_in_force());
    assert_eq!(table.summary().words(), "0 assignments, 0 people, 1 eligible");
}

#[test]
fn an_activated_assignment_says_when_it_ends() {
    let row = assignment("77", "ada", OWNER, "/subscriptions/s1");
    let active = serde_json::from_value(json!({
        "id": "/subscriptions/s1/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/9",
        "properties": {"originRoleAssignmentId": row.id, "assignmentType": "Activated", "endDateTime": "2026-11-22T14:00:00Z"}
    }))
    .unwrap();
    let table = AccessTable::build(&AccessInput {
        scope: &workspace(),
        assignments: &[row],
        eligible: &[],
        active: &[active],
        ends_are_read: true,
        roles: &roles(),
        principals: &Principals::default(),
        scopes: &Names,
        now: noon(),
    });
    let until = "2026-11-22T14:00:00Z".parse().ok();
    assert_eq!(table.rows[0].tenure, Tenure::Activated { until });
    assert!(table.rows[0].is_in_force());
}

#[test]
fn what_has_ended_is_not_in_force_and_counted_by_itself() {
    let row = assignment("77", "ada", OWNER, "/subscriptions/s1");
    let active = |end: &str| {
        serde_json::from_value(json!({
            "id": "/subscriptions/s1/providers/Microsoft.Authorization/roleAssignmentScheduleInstances/9",
            "properties": {"originRoleAssignmentId": row.id, "assignmentType": "Activated", "endDateTime": end}
        }))
        .unwrap()
    };
    for (end, ended, words) in [
        ("2026-11-22T12:00:00Z", true, "0 assignments, 0 people, 1 ended"),
        ("2026-11-22T12:00:01Z", false, "1 assignment, 1 principal"),
    ] {
        let table = AccessTable::build(&AccessInput {
            scope: &workspace(),
            assignments: std::slice::from_ref(&row),
            eligible: &[],
            active: &[active(end)],
            ends_are_read: true,
            roles: &roles(),
            principals: &Principals::default(),
            scopes: &Names,
            now: noon(),
        });
        assert_eq!((table.rows[0].ended, table.rows[0].is_in_force()), (ended, !ended), "{end}");
        assert_eq!(table.summary().words(), words, "{end}");
    }
}

#[test]
fn without_the_list_of_ends_nobody_has_a_role_for_good() {
    let row = assignment("77", "ada", OWNER, "/subscriptions/s1");
    let tenure = |ends_are_read| {
        let input = AccessInput {
            scope: &workspace(),
            assignments: std::slice::from_ref(&row),
            eligible: &[],
            active: &[],
            ends_are_read,
            roles: &roles(),
            principals: &Principals::default(),
            scopes: &Names,
            now: noon(),
        };
        AccessTable::build(&input).rows[0].tenure
    };
    assert_eq!((tenure(true), tenure(false)), (Tenure::Permanent, Tenure::Unknown));
}

#[test]
fn new_names_come_into_rows_without_moving_them() {
    let rows =
        [assignment("1", "b", OWNER, "/subscriptions/s1"), assignment("2", "a", OWNER, "/subscriptions/s1")];
    let mut principals = Principals::default();
    let mut table = table(&rows, &[], &principals);
    let before: Vec<String> = table.rows.iter().map(|row| row.principal_id.clone()).collect();
    principals.answer(
        &["a".to_owned()],
        &[Principal { id: "a".into(), display_name: Some("Zoe".into()), ..Principal::default() }],
    );
    table.rename(&principals);
    assert_eq!(table.rows.iter().map(|row| row.principal_id.clone()).collect::<Vec<_>>(), before);
    assert_eq!(table.rows[0].label(), "Zoe");
    let order = AccessOrder::of(&table.rows).rows(AccessSort::Principal, false);
    assert_eq!(table.rows[order[0]].label(), "b");
    assert_eq!(table.rows[order[1]].kind(), Some(PrincipalKind::Group));
}

#[test]
fn each_order_puts_equal_rows_by_principal_and_role_and_descending_turns_it_around() {
    let at = |number, principal, role, day| {
        let mut assignment = assignment(number, principal, role, "/subscriptions/s1");
        assignment.properties.created_on = format!("2026-01-0{day}T00:00:00Z").parse().ok();
        assignment
    };
    let rows = [at("1", "b", OWNER, 1), at("2", "A", "reader", 2), at("3", "a", OWNER, 2)];
    let rows = table(&rows, &[], &Principals::default()).rows;
    let order = AccessOrder::of(&rows);
    let shown = |by, descending| -> Vec<&str> {
        order.rows(by, descending).into_iter().map(|at| rows[at].assignment.name()).collect()
    };
    for (by, expected) in [
        (AccessSort::Principal, ["3", "2", "1"]),
        (AccessSort::Role, ["3", "1", "2"]),
        (AccessSort::From, ["3", "2", "1"]),
        (AccessSort::Since, ["3", "2", "1"]),
    ] {
        assert_eq!(shown(by, false), expected, "{by:?}");
        let mut turned = expected;
        turned.reverse();
        assert_eq!(shown(by, true), turned, "{by:?}");
    }
    assert!(AccessOrder::of(&[]).rows(AccessSort::Kind, true).is_empty());
}
