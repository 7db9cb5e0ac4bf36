//! Several workspaces side by side and in one plan, as statements.

use serde_json::json;

use super::world::*;
use super::*;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::changes::Setting;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Check, Confirmation, Step, Undo};

fn identity() -> Goal {
    Goal::Mode(AuthMode::Identity)
}

/// Three workspaces, of which two use the same account and one is not ready.
fn three() -> Vec<Assessment> {
    let mut one = World::default();
    one.grants.retain(|(who, ..)| [ADA, OWN].contains(who));
    one.grants.extend([(ADA, BLOBS, account_id()), (ADA, FILES, account_id())]);
    one.neighbours =
        vec![Neighbour { id: neighbour_id(), storage: account_id(), mode: Some(AuthMode::AccessKey) }];
    let ready = one.assess();
    let mut two = World::default().assess();
    two.workspace = neighbour_id();
    two.neighbours =
        vec![Neighbour { id: workspace_id(), storage: account_id(), mode: Some(AuthMode::AccessKey) }];
    let broken = World { storage: Lookup::Gone, ..World::default() };
    let mut broken = broken.assess();
    broken.workspace = workspace_id().join("x/third");
    vec![ready, two, broken]
}

#[test]
fn several_are_switched_one_after_the_other_and_the_account_comes_last_and_once() {
    let all = three();
    let verdicts: Vec<&str> = all.iter().map(|one| one.verdict.words()).collect();
    assert_eq!(verdicts, ["ready", "ready after these grants", "not advised"]);
    let ids = |grants: bool| -> Vec<String> {
        let plan = several(&all, &identity(), grants, |_| Wish::default()).unwrap();
        plan.steps.into_iter().map(|step| step.id).collect()
    };
    assert_eq!(ids(false), ["switch", "keys-off"], "one alone is its own plan");
    assert_eq!(
        ids(true),
        [
            "1-switch",
            "2-grant-1",
            "2-grant-2",
            "2-grant-3",
            "2-grant-4",
            "2-in-force",
            "2-switch",
            "1-keys-off"
        ]
    );
    let plan = several(&all, &identity(), true, |_| Wish::default()).unwrap();
    assert_eq!(
        (plan.title.as_str(), plan.subject_name.as_str()),
        ("Switch 2 workspaces to identity", "mlw, other")
    );
    let guard = plan.steps[7].guard.as_ref().unwrap();
    let words: Vec<&str> = guard.and.iter().map(|one| one.words.as_str()).collect();
    assert_eq!(
        words,
        ["no workspace that signs in by key came to st since", "other does not sign in by key"]
    );
    let wait = plan.steps[5].wait.as_ref().unwrap();
    assert_eq!(wait.after, ["2-grant-1", "2-grant-2", "2-grant-3", "2-grant-4"]);
    let warnings: Vec<&str> = plan.warnings.iter().map(|warning| warning.text.as_str()).collect();
    assert!(
        !warnings.iter().any(|text| text.contains("break when")),
        "both are switched before: {warnings:?}"
    );
    let lose = "other: 3 people would lose access without new roles: whoever's role is left out loses it.";
    assert!(warnings.contains(&lose), "{warnings:?}");
    let side = side_by_side(&all);
    assert_eq!(side[1].rows[0].0, ["third", "the storage account is gone"]);
    let first = side[0].rows.iter().map(|(cells, _)| cells[..3].join(" ")).collect::<Vec<_>>();
    assert_eq!(first, ["mlw ready 0", "other after grants 3", "third not advised 3+"]);
    let none = several(&all[2..], &identity(), true, |_| Wish::default()).unwrap_err();
    assert_eq!(none.to_string(), "none of these workspaces is ready: third is not advised");
}

#[test]
fn what_two_of_several_need_alike_is_sent_once_and_waited_for_by_both() {
    let mut first = World::default().assess();
    let second = World::default().assess();
    first.workspace = neighbour_id();
    let plan = several(&[first, second], &identity(), true, |_| Wish::default()).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "1-grant-1",
            "1-grant-2",
            "1-grant-3",
            "1-grant-4",
            "1-in-force",
            "1-switch",
            "2-in-force",
            "2-switch",
            "1-keys-off"
        ]
    );
    assert_eq!(plan.steps[6].wait.as_ref().unwrap().after, plan.steps[4].wait.as_ref().unwrap().after);
}

/// The one that is on user delegation SAS needs no key for its way back; the one on keys does, whichever is named first.
#[test]
fn a_role_for_two_goes_only_while_the_one_that_was_on_keys_is_on_keys() {
    let delegating = World {
        workspace: json!({ "storageAccount": account_id(), "provisioningState": "Succeeded", "systemDatastoresAuthMode": "UserDelegationSAS" }),
        ..World::default()
    };
    let mut delegating = delegating.assess();
    delegating.workspace = neighbour_id();
    let keyed = World::default().assess();
    for all in [[delegating.clone(), keyed.clone()], [keyed, delegating]] {
        let plan = several(&all, &identity(), true, |_| Wish::default()).unwrap();
        let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
        let given =
            plan.steps.iter().find(|step| step.id == "1-grant-1").unwrap_or_else(|| panic!("{ids:?}"));
        let Undo::By(back) = &given.undo else { panic!("{given:?}") };
        let guard = back.guard.as_ref().expect("one of them is on keys today");
        let words: Vec<&str> =
            std::iter::once(guard).chain(&guard.and).map(|one| one.words.as_str()).collect();
        assert!(words.iter().any(|words| words.contains("mlw is on shared key")), "{words:?}");
    }
}

/// A workspace that is on identity, on an account that refuses keys.
fn on_identity() -> World {
    World { storage: Lookup::Found(json!({"allowSharedKeyAccess": false})), ..switched() }
}

#[test]
fn several_go_back_to_keys_in_one_run_and_their_account_takes_keys_once() {
    let neighbour = |id| Neighbour { id, storage: account_id(), mode: Some(AuthMode::Identity) };
    let mut first = World { neighbours: vec![neighbour(neighbour_id())], ..on_identity() }.assess();
    let mut second = World { neighbours: vec![neighbour(workspace_id())], ..on_identity() }.assess();
    second.workspace = neighbour_id();
    let mut third = World::default().assess();
    third.workspace = workspace_id().join("x/third");
    let take = Step::quiet("take-1", "Take a role", "").optional(false);
    let wish = |_: &Assessment| Wish { made: vec![take.clone()], ..Wish::default() };
    let all = [first.clone(), second.clone(), third.clone()];
    let plan = several(&all, &Goal::Mode(AuthMode::AccessKey), false, wish).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "1-keys-on",
            "1-keys-work",
            "1-switch",
            "1-sync-keys",
            "1-verify",
            "2-keys-work",
            "2-switch",
            "2-sync-keys",
            "2-verify",
            "1-take-1",
            "2-take-1"
        ]
    );
    assert_eq!(plan.steps[5].wait.as_ref().unwrap().after, ["1-keys-on"]);
    assert_eq!(plan.title, "Switch 2 workspaces back to keys");
    let said: Vec<&str> = plan.warnings.iter().map(|one| one.text.as_str()).collect();
    assert!(said.contains(&"Left out: third is on shared key already."), "{said:?}");
    assert!(!said.iter().any(|text| text.contains("may need the same roles")), "both are switched: {said:?}");

    let resync = several(&all, &Goal::Resync, false, wish).unwrap();
    assert_eq!(resync.title, "Synchronise the keys of third", "one alone is its own plan");
    for one in [&mut first, &mut second] {
        (one.mode, one.shared_key) = (AuthMode::AccessKey, Some(true));
    }
    let resync = several(&[first, second, third], &Goal::Resync, false, wish).unwrap();
    let ids: Vec<&str> = resync.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["1-sync-keys", "2-sync-keys", "3-sync-keys"]);
}

#[test]
fn several_in_production_want_typed_how_many_they_are_and_not_all_names() {
    let production = Wish { setting: Setting { production: true, ..Setting::default() }, ..Wish::default() };
    let wish = |one: &Assessment| match one.workspace == neighbour_id() {
        true => production.clone(),
        false => Wish::default(),
    };
    let plan = several(&three(), &identity(), true, wish).unwrap();
    assert_eq!(plan.confirmation(), Confirmation::TypeName("2 workspaces"));
    let none = several(&three(), &identity(), true, |_| Wish::default()).unwrap();
    assert_eq!(none.confirmation(), Confirmation::Yes);
}

/// Two workspaces on one account, of which one has Bo and Cy through a group and the other one only Bo.
fn two_that_give_alike() -> [Assessment; 2] {
    let first = World::default().assess();
    let mut second = World { members: Some(vec![BO]), ..World::default() }.assess();
    second.workspace = neighbour_id();
    [first, second]
}

#[test]
fn a_role_that_two_need_says_once_what_it_is_and_its_alternative_is_for_both_too() {
    let mut plan = several(&two_that_give_alike(), &identity(), true, |_| Wish::default()).unwrap();
    let step = plan.steps.iter_mut().find(|step| step.title.ends_with("to Team")).unwrap();
    assert_eq!(step.effect.matches("has Storage Blob Data Contributor").count(), 1, "{}", step.effect);
    assert!(step.effect.ends_with("Helps Bo, Cy. For other: Helps Bo."), "{}", step.effect);
    let left_out = step.left_out.clone().unwrap();
    assert!(left_out.contains("For other: Bo cannot reach the blobs of st"), "{left_out}");
    step.choose_next();
    assert!(step.title.contains("Data Reader") && step.effect.ends_with("For other: Helps Bo."), "{step:?}");
    assert_eq!(step.caution.as_ref().unwrap().matches("can then only read").count(), 1, "{step:?}");
    let Undo::By(back) = &step.undo else { panic!("{step:?}") };
    let wanted: Vec<&str> = back.guard.iter().flat_map(Check::each).map(|one| one.words.as_str()).collect();
    assert!(wanted.contains(&"other is on shared key"), "as the one that it stands in for: {wanted:?}");
}

#[test]
fn what_is_said_of_some_of_several_is_said_once_and_no_name_is_doubled() {
    let mut third = switched().assess();
    third.workspace = workspace_id().join("x/third");
    let [first, second] = two_that_give_alike();
    let wish = |_: &Assessment| Wish { readers: vec![TEAM.to_owned()], ..Wish::default() };
    let plan = super::several(&[first, second], &identity(), true, wish).unwrap();
    for (at, one) in plan.warnings.iter().enumerate() {
        assert!(
            plan.warnings[at + 1..].iter().all(|other| !other.text.ends_with(&one.text)),
            "{:#?}",
            plan.warnings
        );
    }
    let keyless =
        World { storage: Lookup::Found(json!({"allowSharedKeyAccess": false})), ..World::default() };
    let mut broken = keyless.assess();
    broken.workspace = neighbour_id();
    let back = Goal::Mode(AuthMode::AccessKey);
    let plan = super::several(&[broken, third], &back, false, |_| Wish::default()).unwrap();
    let said: Vec<&str> = plan.warnings.iter().map(|one| one.text.as_str()).collect();
    assert!(said.iter().any(|text| text.starts_with("other is broken today")), "{said:?}");
    assert!(said.iter().all(|text| !text.contains("other: other")), "{said:?}");
}
