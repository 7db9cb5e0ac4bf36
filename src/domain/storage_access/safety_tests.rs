//! What keeps a switch safe: what is said before, what is looked at again, and what wants a name typed.

use serde_json::{Value, json};

use super::switch_tests::{ADA, TEAM, World, account_id, instance, neighbour_id, switched};
use super::{Neighbour, NoPlan, Pair, Verdict, Wish, to_identity, to_keys};
use crate::azure::resources::workspace::AuthMode;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Check, Confirmation, Plan, Undo, Weight};

fn plan_of(world: &World) -> Plan {
    to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap()
}

/// Whether one of the warnings is of this weight and has these words.
fn warns(plan: &Plan, weight: Weight, words: &str) -> bool {
    plan.warnings.iter().any(|one| one.weight == weight && one.text.contains(words))
}

/// What a check reads, itself first.
fn reads(check: &Check) -> Vec<&str> {
    check.each().map(|one| one.read.path.rsplit('/').next().unwrap()).collect()
}

fn neighbour(mode: AuthMode) -> Neighbour {
    Neighbour { id: neighbour_id(), storage: account_id(), mode: Some(mode) }
}

#[test]
fn a_policy_that_keeps_keys_off_is_told_before_they_are_turned_off() {
    let deny = json!({"policyAssignmentName": "no-shared-key", "policyDefinitionAction": "deny"});
    let world = World { policies: vec![deny], ..World::default() };
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let said: Vec<&str> = plan.warnings.iter().map(|warning| warning.text.as_str()).collect();
    assert!(said.iter().any(|text| text.contains("no-shared-key") && text.contains("closed")), "{said:?}");
    let gone = World { storage: Lookup::Gone, ..World::default() };
    assert_eq!(
        to_identity(&gone.assess(), &AuthMode::Identity, &Wish::default()),
        Err(NoPlan::AccountGone("st".to_owned()))
    );
}

#[test]
fn the_switch_stops_when_somebody_else_was_there_or_is_there() {
    let plan = to_identity(&World::default().assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let guard = plan.steps.iter().find(|step| step.id == "switch").unwrap().guard.clone().unwrap();
    let holds = |mode: Value, state: &str| {
        let body = json!({"properties": {"systemDatastoresAuthMode": mode, "provisioningState": state}});
        guard.judge(Some(&body)).holds
    };
    assert!(holds(json!("AccessKey"), "Succeeded") && holds(Value::Null, "Succeeded"));
    assert!(!holds(json!("UserDelegationSAS"), "Succeeded"));
    assert!(!holds(json!("accesskey"), "Updating"));
}

#[test]
fn what_no_role_repairs_stands_against_the_switch() {
    let updating = json!({"storageAccount": account_id(), "provisioningState": "Updating"});
    for (world, words) in [
        (
            World { computes: Lookup::Found(vec![instance("SystemAssigned")]), ..World::default() },
            "ci: a compute",
        ),
        (World { workspace: updating, ..World::default() }, "the workspace is Updating"),
        (World { storage: Lookup::Gone, ..World::default() }, "the storage account is gone"),
        (World { workspace: json!({}), ..World::default() }, "names no storage account"),
    ] {
        match world.assess().verdict {
            Verdict::NotAdvised { because } => {
                assert!(because.iter().any(|why| why.contains(words)), "{because:?} has no '{words}'");
            }
            other => panic!("{other:?} instead of {words}"),
        }
    }
    let fine = World { computes: Lookup::Found(vec![instance("UserAssigned")]), ..World::default() };
    assert_eq!(fine.assess().verdict, Verdict::AfterGrants);
}

#[test]
fn what_is_not_advised_says_why_in_the_plan_and_wants_its_name() {
    let advised = plan_of(&World::default());
    assert_eq!(advised.confirmation(), Confirmation::Yes);
    let world = World { computes: Lookup::Found(vec![instance("SystemAssigned")]), ..World::default() };
    let plan = plan_of(&world);
    assert!(warns(
        &plan,
        Weight::Danger,
        "Not advised: ci: a compute instance with a system-assigned identity"
    ));
    assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"));
}

#[test]
fn keys_stay_on_when_a_neighbour_that_needed_none_was_switched_back_meanwhile() {
    for (mode, looked_at) in [
        (AuthMode::Identity, vec!["mlw", "other"]),
        (AuthMode::UserDelegationSas, vec!["mlw", "other"]),
        // It is known to break: whoever chooses the step was told so.
        (AuthMode::AccessKey, vec!["mlw"]),
    ] {
        let plan = plan_of(&World { neighbours: vec![neighbour(mode.clone())], ..World::default() });
        let off = plan.steps.iter().find(|step| step.id == "keys-off").unwrap();
        assert_eq!(reads(off.guard.as_ref().unwrap()), looked_at, "{mode}");
        assert_eq!(
            warns(&plan, Weight::Danger, "by key and breaks when shared key access is turned off: other"),
            looked_at.len() == 1
        );
    }
    let mut world = switched();
    world.storage = Lookup::Found(json!({"allowSharedKeyAccess": false}));
    world.neighbours = vec![neighbour(AuthMode::Identity)];
    let back = to_keys(&world.assess(), &Wish::default()).unwrap();
    let Undo::By(off_again) = &back.steps[0].undo else { panic!("{:?}", back.steps[0]) };
    assert_eq!(
        reads(off_again.guard.as_ref().unwrap()),
        ["mlw", "other"],
        "nor are they turned off by an undo"
    );
}

#[test]
fn neighbours_that_could_not_be_looked_for_are_a_gap_and_a_danger_of_keys_off() {
    let known = World::default();
    assert!(!warns(&plan_of(&known), Weight::Danger, "could be looked for"));
    let unread = World { neighbours_unread: Some("other workspaces: may not be read"), ..World::default() };
    let assessment = unread.assess();
    assert_eq!(
        (assessment.gaps.as_slice(), assessment.neighbours_known),
        (&["other workspaces: may not be read".to_owned()][..], false)
    );
    assert!(warns(&plan_of(&unread), Weight::Danger, "Not every workspace on st could be looked for"));
}

#[test]
fn user_delegation_sas_is_planned_where_a_version_of_the_service_has_it() {
    let to_sas = |world: &World| to_identity(&world.assess(), &AuthMode::UserDelegationSas, &Wish::default());
    assert!(warns(
        &to_sas(&World::default()).unwrap(),
        Weight::Note,
        "the service has it (2024-10-01-preview)"
    ));
    let older = World { api_versions: vec!["2024-10-01", "2023-04-01"], ..World::default() };
    let why = to_sas(&older).unwrap_err();
    assert!(matches!(why, NoPlan::NoDelegation(_)));
    assert_eq!(
        why.to_string(),
        "there is no plan to user delegation SAS: the service does not have it: its newest version here is 2024-10-01"
    );
    assert!(to_identity(&older.assess(), &AuthMode::Identity, &Wish::default()).is_ok(), "identity is older");
}

#[test]
fn one_may_be_given_the_role_that_only_reads_and_another_none() {
    let wish = Wish { readers: vec![ADA.to_uppercase()], without: vec![TEAM.to_owned()], ..Wish::default() };
    let plan = to_identity(&World::default().assess(), &AuthMode::Identity, &wish).unwrap();
    let grants = plan.steps.iter().filter(|step| step.id.starts_with("grant-"));
    let grants: Vec<(&str, bool)> = grants.map(|step| (step.title.as_str(), step.chosen)).collect();
    assert_eq!(
        grants,
        [
            ("Give Storage Blob Data Contributor on st to Team", false),
            ("Give Storage File Data Privileged Contributor on st to Team", false),
            ("Give Storage Blob Data Reader on st to Ada", true),
            ("Give Storage File Data Privileged Reader on st to Ada", true),
        ]
    );
    let all = Wish { pair: Pair::Reader, ..wish };
    let plan = to_identity(&World::default().assess(), &AuthMode::Identity, &all).unwrap();
    assert!(plan.steps[0].title.contains("Reader on st to Team") && !plan.steps[0].chosen);
}
