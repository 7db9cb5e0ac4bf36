use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::azure::directory::Principal;
use crate::azure::resources::decode;
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::domain::access::{Principals, Roles, ScopeNames};
use crate::domain::lookup::Lookup;
use crate::domain::opened::{DependentResource, Opened};

const JONAS: &str = "22222222-2222-2222-2222-222222222222";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

struct Names;

impl ScopeNames for Names {
    fn subscription(&self, _: &str) -> Option<String> {
        Some("Production".to_owned())
    }
    fn management_group(&self, _: &str) -> Option<String> {
        None
    }
}

fn group() -> ArmId {
    ArmId::group("s", "g")
}

fn workspace() -> ArmId {
    group().join("providers/Microsoft.MachineLearningServices/workspaces/mlw")
}

fn account() -> ArmId {
    ArmId::group("s", "data").join("providers/Microsoft.Storage/storageAccounts/st")
}

fn opened(properties: &Value, storage: &Value) -> Opened {
    let mut body = json!({"id": workspace(), "properties": {"storageAccount": account()}});
    for (name, value) in properties.as_object().unwrap() {
        body["properties"][name] = value.clone();
    }
    let mut opened = Opened::new(decode("workspace", body).unwrap());
    opened.rules = Lookup::Found(Vec::new());
    opened.locks = Lookup::Found(Vec::new());
    let body = json!({"id": account(), "properties": storage});
    let resource = DependentResource::decode(&account(), body).unwrap().unwrap();
    opened.dependents.insert(account(), Lookup::Found(resource));
    opened
}

fn assignment(scope: &ArmId, name: &str) -> RoleAssignment {
    let id = scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{name}"));
    let role = format!("/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/{READER}");
    let body = json!({"id": id, "properties": {"principalId": JONAS, "scope": scope, "roleDefinitionId": role,
        "createdOn": "2026-11-20T10:00:00Z", "createdBy": JONAS}});
    decode("assignment", body).unwrap()
}

type Lists<'a> = (&'a ArmId, Result<&'a [RoleAssignment], &'a str>);

fn take(opened: &Opened, lists: &[Lists<'_>]) -> Snapshot {
    let mut principals = Principals::default();
    let jonas = Principal {
        id: JONAS.to_owned(),
        display_name: Some("Jonas Lindqvist".to_owned()),
        ..Principal::default()
    };
    principals.answer(&[JONAS.to_owned()], &[jonas]);
    let mut roles = Roles::default();
    let id = format!("/providers/Microsoft.Authorization/roleDefinitions/{READER}");
    roles.add([decode("role", json!({"id": id, "properties": {"roleName": "Reader"}})).unwrap()]);
    let access: Vec<ReadAt<'_>> = lists
        .iter()
        .map(|(scope, list)| ReadAt {
            scope,
            assignments: list.map_err(str::to_owned),
            eligible: Ok(&[]),
            active: Ok(&[]),
            denies: Ok(&[]),
        })
        .collect();
    Snapshot::take(&Subject {
        opened,
        is_read: true,
        access: &access,
        roles: &roles,
        principals: &principals,
        scopes: &Names,
        account: Some("ada@contoso.com"),
        now: "2026-11-22T14:03:00Z".parse::<Timestamp>().unwrap(),
    })
}

fn plain(assignments: &[RoleAssignment]) -> Snapshot {
    let (at, st) = (workspace(), account());
    take(&opened(&json!({}), &json!({})), &[(&at, Ok(assignments)), (&st, Ok(&[]))])
}

fn told(before: &Snapshot, now: &Snapshot) -> Vec<String> {
    let comparison = Comparison::of(before, now);
    let told = |d: &Difference| format!("{} {} {}", d.sign.sign(), d.what, d.values()).trim_end().to_owned();
    comparison.differences.iter().map(told).collect()
}

#[test]
fn a_file_comes_back_as_it_was_and_what_is_newer_or_something_else_is_refused() {
    let snapshot = plain(&[assignment(&workspace(), "a")]);
    assert_eq!(Snapshot::parse(&snapshot.bytes()), Ok(snapshot.clone()));
    assert_eq!(snapshot.name(), "20261122-140300");
    let newer = Snapshot { version: VERSION + 1, ..snapshot.clone() };
    assert_eq!(Snapshot::parse(&newer.bytes()), Err(SnapshotError::Newer(VERSION + 1)));
    let other = Snapshot { format: "else".into(), ..snapshot };
    assert!(matches!(Snapshot::parse(&other.bytes()), Err(SnapshotError::Shape(_))));
    assert!(matches!(Snapshot::parse(b"["), Err(SnapshotError::Shape(_))));
}

#[test]
fn a_role_given_and_taken_is_told_with_who_and_since_when() {
    let (none, one) = (plain(&[]), plain(&[assignment(&workspace(), "a")]));
    assert_eq!(
        told(&none, &one),
        ["+ Jonas Lindqvist: Reader on mlw since 2026-11-20 10:00 by Jonas Lindqvist"]
    );
    assert_eq!(told(&one, &none), ["- Jonas Lindqvist: Reader on mlw"]);
    assert_eq!(Comparison::of(&one, &none).verdict(), Verdict::Changed);
    assert_eq!(Comparison::of(&one, &one).verdict(), Verdict::Same);
}

#[test]
fn a_default_that_is_written_out_is_no_difference_and_another_value_is() {
    let at = workspace();
    let lists: [Lists<'_>; 1] = [(&at, Ok(&[]))];
    let silent = take(&opened(&json!({}), &json!({})), &lists);
    let explicit = take(
        &opened(
            &json!({"publicNetworkAccess": "Enabled", "systemDatastoresAuthMode": "AccessKey"}),
            &json!({"allowSharedKeyAccess": true, "publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}}),
        ),
        &lists,
    );
    assert_eq!(told(&silent, &explicit), Vec::<String>::new());
    let closed = take(
        &opened(
            &json!({"systemDatastoresAuthMode": "identity"}),
            &json!({"allowSharedKeyAccess": false,
            "networkAcls": {"ipRules": [{"value": "203.0.113.7"}]}}),
        ),
        &lists,
    );
    assert_eq!(
        told(&silent, &closed),
        [
            "~ mlw: systemDatastoresAuthMode accesskey → identity",
            "~ st: allowSharedKeyAccess on → off",
            "+ st: networkAcls.ipRules/203.0.113.7 Allow"
        ]
    );
}

#[test]
fn what_was_not_read_is_named_and_never_taken_for_a_difference() {
    let (at, st) = (workspace(), account());
    let opened = opened(&json!({}), &json!({}));
    let on_account = [assignment(&st, "a")];
    let full = take(&opened, &[(&at, Ok(&[])), (&st, Ok(&on_account))]);
    let partial = take(&opened, &[(&at, Ok(&[])), (&st, Err("may not be read"))]);
    for (before, now, when) in [(&full, &partial, "now"), (&partial, &full, "then")] {
        let comparison = Comparison::of(before, now);
        assert_eq!(comparison.differences, []);
        assert_eq!(
            comparison.unknown,
            [format!("not read {when}: the role assignments of st: may not be read")]
        );
        assert_eq!(comparison.verdict(), Verdict::CannotTell);
    }
    // What is above the account in the same subscription is shown by the workspace's list all the same.
    let above = [assignment(&ArmId::subscription("s"), "b")];
    let gone = Comparison::of(&take(&opened, &[(&at, Ok(&above)), (&st, Ok(&above))]), &partial);
    assert_eq!(gone.differences.len(), 1);
    assert_eq!(gone.differences[0].what, "Jonas Lindqvist: Reader on Production");
}

#[test]
fn the_settings_of_a_dependent_that_could_not_be_read_are_not_compared() {
    let at = workspace();
    let lists: [Lists<'_>; 1] = [(&at, Ok(&[]))];
    let read = take(&opened(&json!({}), &json!({})), &lists);
    let mut hidden = opened(&json!({}), &json!({"allowSharedKeyAccess": false}));
    hidden.dependents.insert(account(), Lookup::Forbidden { action: "x/read".into() });
    let hidden = take(&hidden, &lists);
    assert_eq!(told(&read, &hidden), Vec::<String>::new());
    assert_eq!(Comparison::of(&read, &hidden).verdict(), Verdict::CannotTell);
    let mut gone = opened(&json!({}), &json!({}));
    gone.dependents.insert(account(), Lookup::Gone);
    assert!(told(&read, &take(&gone, &lists)).contains(&"~ st: exists yes → no".to_owned()));
}

#[test]
fn an_assignment_made_anew_is_one_change() {
    let mut anew = assignment(&workspace(), "b");
    anew.properties.created_on = Some("2026-11-21T10:00:00Z".parse().unwrap());
    assert_eq!(
        told(&plain(&[assignment(&workspace(), "a")]), &plain(&[anew])),
        ["~ Jonas Lindqvist: Reader on mlw made 2026-11-20 10:00 → made 2026-11-21 10:00"]
    );
}
