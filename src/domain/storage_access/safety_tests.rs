//! What keeps a switch safe: what is said before, what is looked at again, and what wants a name typed.

use serde_json::{Value, json};

use super::plans::{to_identity, to_keys};
use super::world::*;
use super::{Goal, Neighbour, NoPlan, Pair, Verdict, Wish, plan_to, several, ticket};
use crate::azure::resources::workspace::AuthMode;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Check, Confirmation, Plan, Undo, Weight, inverse, print};

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

/// What is wanted of workspaces that nobody knew when the plan was made.
const CAME: &str = "every workspace that came to st since signs in by key";

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
fn a_policy_that_keeps_keys_on_leaves_the_way_back_open_and_is_told_before_they_are_turned_off() {
    let field = "Microsoft.Storage/storageAccounts/allowSharedKeyAccess";
    let rule = json!({"if": {"field": field, "equals": false}, "then": {"effect": "deny"}});
    let deny = json!({"policyAssignmentName": "shared-key-stays", "policyDefinitionAction": "deny",
        "definition": {"properties": {"policyRule": rule}}});
    let world = World { policies: vec![deny], ..World::default() };
    let plan = plan_of(&world);
    let words = "A policy keeps shared key access on: shared-key-stays (deny). Turning it off is refused or overruled";
    assert!(warns(&plan, Weight::Danger, words), "{:?}", plan.warnings);
    assert!(!warns(&plan, Weight::Danger, "closed"), "{:?}", plan.warnings);
    let broken = World { storage: Lookup::Found(json!({"allowSharedKeyAccess": false})), ..world };
    let back = to_keys(&broken.assess(), &Wish::default());
    assert!(back.is_ok(), "{back:?}");
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
        (AuthMode::Identity, vec!["mlw", "other", "resources"]),
        (AuthMode::UserDelegationSas, vec!["mlw", "other", "resources"]),
        // It is known to break: whoever chooses the step was told so.
        (AuthMode::AccessKey, vec!["mlw", "resources"]),
    ] {
        let plan = plan_of(&World { neighbours: vec![neighbour(mode.clone())], ..World::default() });
        let off = plan.steps.iter().find(|step| step.id == "keys-off").unwrap();
        assert_eq!(reads(off.guard.as_ref().unwrap()), looked_at, "{mode}");
        assert_eq!(
            warns(&plan, Weight::Danger, "by key and breaks when shared key access is turned off: other"),
            looked_at.len() == 2
        );
    }
    let mut world = switched();
    world.storage = Lookup::Found(json!({"allowSharedKeyAccess": false}));
    world.neighbours = vec![neighbour(AuthMode::Identity)];
    let back = to_keys(&world.assess(), &Wish::default()).unwrap();
    let Undo::By(off_again) = &back.steps[0].undo else { panic!("{:?}", back.steps[0]) };
    assert_eq!(
        reads(off_again.guard.as_ref().unwrap()),
        ["mlw", "other", "resources"],
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

const AS_MADE: &str = "the assignment has the condition that it was made with";

#[test]
fn a_role_is_taken_back_only_from_under_workspaces_that_are_on_keys() {
    let plan = plan_of(&World::default());
    let guard = |step: &crate::domain::plan::Step| match &step.undo {
        Undo::By(back) => back.guard.clone(),
        _ => None,
    };
    for step in plan.steps.iter().filter(|step| step.id.starts_with("grant-")) {
        assert_eq!(guard(step).unwrap().words, "mlw is on shared key", "{}", step.title);
    }
    // The role that two of several need alike is needed by both.
    let first = World::default().assess();
    let mut second = World::default().assess();
    second.workspace = neighbour_id();
    let goal = Goal::Mode(AuthMode::Identity);
    let both = several(&[first, second], &goal, true, |_| Wish::default()).unwrap();
    let words: Vec<String> = guard(&both.steps[0]).unwrap().each().map(|check| check.words.clone()).collect();
    assert_eq!(words, ["mlw is on shared key", CAME, AS_MADE, "other is on shared key"]);
    // Where it is on identity already the roles are all that there is to take back, and who is without them is said.
    let left = to_identity(&switched().assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    assert!(left.steps[0].id.starts_with("grant-"));
    assert_eq!(guard(&left.steps[0]).unwrap().words, AS_MADE);
    let Undo::By(back) = &left.steps[0].undo else { panic!("{:?}", left.steps[0].undo) };
    assert!(back.effect.ends_with("Bo, Cy cannot reach the blobs of st then."), "{}", back.effect);
    // A neighbour that is on keys today may come to rely on the role.
    for (mode, together, guarded) in [
        (AuthMode::AccessKey, vec![], vec!["mlw is on shared key", "other is on shared key"]),
        (AuthMode::AccessKey, vec![neighbour_id()], vec!["mlw is on shared key"]),
        (AuthMode::Identity, vec![], vec!["mlw is on shared key"]),
    ] {
        let world = World { neighbours: vec![neighbour(mode)], ..World::default() };
        let wish = Wish { together, ..Wish::default() };
        let plan = to_identity(&world.assess(), &AuthMode::Identity, &wish).unwrap();
        let guard = guard(&plan.steps[0]).unwrap();
        let mut words: Vec<&str> = guard.each().map(|check| check.words.as_str()).collect();
        assert_eq!(words.pop(), Some(AS_MADE));
        assert_eq!(words.split_last(), Some((&CAME, guarded.as_slice())));
        // Those that are known are told by their own reads, or did without the role before.
        let known = guard.and[guarded.len() - 1].read.body.as_ref().unwrap()["query"].to_string();
        assert!(
            known.contains(workspace_id().as_str()) && known.contains(neighbour_id().as_str()),
            "{known}"
        );
    }
}

#[test]
fn no_role_is_given_while_the_workspace_is_being_changed() {
    let plan = plan_of(&World::default());
    for step in plan.steps.iter().filter(|step| step.id.starts_with("grant-")) {
        let guard = step.guard.as_ref().unwrap();
        let holds =
            |state: &str| guard.judge(Some(&json!({"properties": {"provisioningState": state}}))).holds;
        assert!(holds("Succeeded") && !holds("Updating"), "{}", step.title);
    }
}

#[test]
fn the_undo_of_a_switch_brings_the_keys_in_step_before_it_takes_the_roles() {
    let plan = plan_of(&World::default());
    let undo = inverse(&ran("1", plan, &[0, 1, 2, 3, 5]), &[]).unwrap();
    let ids: Vec<&str> = undo.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids[..3], ["undo-switch", "sync-keys-2", "undo-grant-4"]);
    assert!(undo.steps[1].requests[0].path.ends_with("/resyncKeys"));
}

#[test]
fn a_workspace_that_began_broken_has_no_undo_of_its_switch_and_says_so_before() {
    let broken = World { storage: Lookup::Found(json!({"allowSharedKeyAccess": false})), ..World::default() };
    let plan = plan_of(&broken);
    let at = plan.steps.iter().position(|step| step.id == "switch").unwrap();
    let Undo::OneWay(why) = &plan.steps[at].undo else { panic!("{:?}", plan.steps[at].undo) };
    assert!(
        why.contains("mlw would be broken again, because st refuses keys")
            && why.contains("amldeck storage-access mlw --to keys --take-roles-back"),
        "{why}"
    );
    assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"));
    // The roles stay with it, unless the run never came to the switch.
    let all: Vec<usize> = (0..=at).collect();
    let undone = inverse(&ran("1", plan.clone(), &all), &[]);
    assert!(undone.unwrap_err().to_string().contains("--to keys --take-roles-back"));
    let undone = inverse(&ran("1", plan, &[0, 1]), &[]).unwrap();
    assert_eq!(undone.steps.len(), 2);
    // Nor has the repair an undo: it would break it again, and none is promised.
    let mended = to_keys(&broken.assess(), &Wish::default()).unwrap();
    assert_eq!(mended.confirmation(), Confirmation::TypeName("mlw"));
    assert!(mended.steps.iter().all(|step| !matches!(step.undo, Undo::By(_))), "{mended:#?}");
    let undone = inverse(&ran("1", mended.clone(), &[0, 3]), &[]).unwrap_err().to_string();
    assert!(undone.contains("mlw would be broken again"), "{undone}");
    assert!(warns(
        &mended,
        Weight::Note,
        "mlw is broken today, because st refuses keys: this mends it. It has no undo"
    ));
    let resynced = plan_to(&Goal::Resync, &broken.assess(), &Wish::default());
    assert_eq!(resynced, Err(NoPlan::KeysRefused));
    assert!(matches!(plan_to(&Goal::Resync, &switched().assess(), &Wish::default()), Err(NoPlan::NoKeys(_))));
}

#[test]
fn a_workspace_that_is_failed_or_being_made_speaks_against_every_switch() {
    let of = |state: &str, mode: &str| World {
        workspace: json!({"storageAccount": account_id(), "provisioningState": state, "systemDatastoresAuthMode": mode}),
        ..World::default()
    };
    let failed = of("Failed", "accesskey").assess();
    assert_eq!(
        failed.verdict.because(),
        ["the workspace is Failed: mend it first, Azure may refuse to change it"]
    );
    // Whether Azure takes the change it says itself.
    let plan = to_identity(&failed, &AuthMode::Identity, &Wish::default()).unwrap();
    let guard = plan.steps.iter().find(|step| step.id == "switch").unwrap().guard.clone().unwrap();
    let body = json!({"properties": {"provisioningState": "Failed"}});
    assert!(plan.advised_against && guard.judge(Some(&body)).holds);
    for state in ["Creating", "Failed"] {
        let back = to_keys(&of(state, "identity").assess(), &Wish::default()).unwrap();
        assert!(
            back.advised_against && warns(&back, Weight::Danger, "Not advised: the workspace is"),
            "{state}"
        );
    }
    assert!(!to_keys(&switched().assess(), &Wish::default()).unwrap().advised_against);
}

#[test]
fn who_has_no_access_today_is_said_to_lack_the_roles_and_not_to_lose_them() {
    let sas = json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "UserDelegationSAS"});
    let off = Lookup::Found(json!({"allowSharedKeyAccess": false}));
    for (world, words, reach) in [
        (World::default(), "3 people would lose access", "loses blobs and files"),
        (World { workspace: sas, ..World::default() }, "3 people lack the roles", "lacks blobs and files"),
        (World { storage: off, ..World::default() }, "3 people lack the roles", "lacks blobs and files"),
    ] {
        let assessment = world.assess();
        assert_eq!(assessment.losing_words(), words);
        let text = assessment.markdown(str::to_owned);
        assert!(text.contains(reach), "{text}");
    }
}

#[test]
fn a_role_that_is_left_out_says_who_cannot_reach_what() {
    let wish = Wish { without: vec![TEAM.to_owned()], ..Wish::default() };
    let world = World::default();
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &wish).unwrap();
    let text = ticket(&[world.assess()], &plan, str::to_owned);
    let left = "Left out: Give Storage Blob Data Contributor on st to Team (Bo, Cy cannot reach the blobs of st under identity)";
    assert!(text.contains(left), "{text}");
}

/// There is no way back to keys in it: whoever was given a role is without access again.
#[test]
fn taking_back_the_roles_of_a_workspace_off_keys_wants_its_name() {
    let given = to_identity(&switched().assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let grants = given.steps.iter().filter(|step| step.id.starts_with("grant-")).count();
    assert!(grants > 0 && given.steps.iter().all(|step| step.id != "switch"));
    let every: Vec<usize> = (0..given.steps.len()).collect();
    let undo = inverse(&ran("1", given, &every), &[]).unwrap();
    assert_eq!(undo.confirmation(), Confirmation::TypeName("mlw"));
    assert!(undo.warnings.iter().any(|one| one.text.starts_with("Roles go")), "{:?}", undo.warnings);
    // The way back to keys keeps everybody at the data.
    let there = to_identity(&World::default().assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let every: Vec<usize> = (0..there.steps.len()).collect();
    let undo = inverse(&ran("2", there, &every), &[]).unwrap();
    assert_eq!(undo.confirmation(), Confirmation::Yes);
}

#[test]
fn keys_off_names_the_others_on_the_account_and_is_not_sent_where_one_came_since() {
    let inventory = |mode| vec![neighbour(mode)];
    let of = |world: &World| {
        let plan = plan_of(world);
        plan.steps.into_iter().find(|step| step.id == "keys-off").unwrap()
    };
    let off = of(&World { neighbours: inventory(AuthMode::AccessKey), ..World::default() });
    assert_eq!(off.caution.as_deref(), Some("These sign in by key and break: other."));
    let fine = of(&World { neighbours: inventory(AuthMode::Identity), ..World::default() });
    assert_eq!((fine.caution, fine.effect.ends_with("Also on it, without a key: other.")), (None, true));
    let guard = off.guard.unwrap();
    let came = guard.each().last().unwrap();
    assert_eq!(came.words, "no workspace that signs in by key came to st since");
    let query = came.read.body.as_ref().unwrap()["query"].as_str().unwrap().to_owned();
    assert!(query.contains("!in~ ('identity', 'userdelegationsas')"), "{query}");
    assert!(query.contains(neighbour_id().as_str()) && query.contains(workspace_id().as_str()), "{query}");
    assert!(came.judge(Some(&json!({"data": []}))).holds);
    let one = came.judge(Some(&json!({"data": [{"id": "/subscriptions/s/x/mlw-new"}]})));
    assert!(!one.holds && one.found == "mlw-new is there", "{one:?}");
    // Who could not be looked for is warned of, and could not be looked for again.
    let unread = of(&World { neighbours_unread: Some("no"), ..World::default() });
    assert_eq!(unread.guard.unwrap().each().count(), 1);
}

#[test]
fn what_takes_an_undo_back_is_called_as_the_run_and_says_what_was_said_of_it() {
    let said =
        |plan: &Plan| plan.warnings.iter().map(|one| (one.weight, one.text.clone())).collect::<Vec<_>>();
    let grave = |plan: &Plan| {
        said(plan).into_iter().filter(|(weight, _)| *weight != Weight::Note).collect::<Vec<_>>()
    };
    let world = World {
        computes: Lookup::Found(vec![instance("SystemAssigned")]),
        neighbours: vec![neighbour(AuthMode::AccessKey)],
        ..World::default()
    };
    let there = plan_of(&world);
    let every =
        |plan: &Plan| (0..plan.steps.len()).filter(|at| !plan.steps[*at].requests.is_empty()).collect();
    let run = |name: &str, plan: &Plan| {
        let all: Vec<usize> = every(plan);
        ran(name, plan.clone(), &all)
    };
    let undo = inverse(&run("1", &there), &[]).unwrap();
    assert_eq!(undo.title, "Undo: Switch mlw to identity");
    assert!(!said(&undo).iter().any(|(_, text)| text.contains("preview")), "{:?}", said(&undo));
    let redo = inverse(&run("2", &undo), &[]).unwrap();
    assert_eq!(redo.title, "Redo: Switch mlw to identity");
    assert!(grave(&there).iter().all(|one| said(&redo).contains(one)), "{:?}", said(&redo));
    // What was not carried out is not done again, and not warned of.
    let switch = there.steps.iter().position(|step| step.id == "switch").unwrap();
    let part = inverse(&ran("5", there.clone(), &[switch]), &[]).unwrap();
    let part = inverse(&run("6", &part), &[]).unwrap();
    let breaks = |plan: &Plan| warns(plan, Weight::Danger, "when shared key access is turned off: other");
    assert!(breaks(&redo) && !breaks(&part), "{:?}", said(&part));
    assert!(redo.advised_against && redo.confirmation() == Confirmation::TypeName("mlw"));
    let again = inverse(&run("3", &redo), &[]).unwrap();
    assert_eq!(again.title, "Undo: Switch mlw to identity");
    assert!(!again.advised_against && said(&again) == said(&undo), "{:?}", said(&again));
    // What an older version wrote knows no more than its title.
    let old = Plan { takes_back: None, ..undo };
    assert_eq!(inverse(&run("4", &old), &[]).unwrap().title, "Redo: Switch mlw to identity");
}

#[test]
fn keys_off_that_may_break_something_or_be_final_wants_the_name_and_without_it_nobody_is_asked() {
    let keyed = json!({"id": "/d/lake", "name": "lake", "properties": {"credentials": {"credentialsType": "AccountKey"}}});
    let deny = json!({"policyAssignmentName": "no-shared-key", "policyDefinitionAction": "deny"});
    let worlds = [
        World { neighbours: vec![neighbour(AuthMode::AccessKey)], ..ready() },
        World { neighbours_unread: Some("no"), ..ready() },
        World { datastores: vec![keyed], ..ready() },
        World { policies: vec![deny], ..ready() },
    ];
    let keys_off = |plan: &mut Plan| plan.steps.iter_mut().for_each(|step| step.chosen = true);
    for world in worlds {
        let mut plan = plan_of(&world);
        assert_eq!(plan.confirmation(), Confirmation::Yes, "its keys stay on");
        keys_off(&mut plan);
        assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"), "{:?}", plan.warnings);
        assert_eq!(plan.grave_because(), Some("Shared key off may break something or be final"));
    }
    let mut alone = plan_of(&World { neighbours: vec![neighbour(AuthMode::Identity)], ..ready() });
    keys_off(&mut alone);
    assert_eq!(alone.confirmation(), Confirmation::Yes);
}

#[test]
fn the_lines_of_the_way_back_wait_for_the_keys_and_bring_them_in_step() {
    let mut plan = plan_of(&ready());
    plan.steps.iter_mut().for_each(|step| step.chosen = true);
    let lines = print::az(&plan);
    let back = lines.split("# The way back:").nth(1).unwrap();
    let at = |what: &str| back.find(what).unwrap_or_else(|| panic!("{what} in {back}"));
    let order = [
        at("--allow-shared-key-access true"),
        at("# sleep 30"),
        at("--system-datastores-auth-mode accesskey"),
        at("az ml workspace sync-keys"),
    ];
    assert!(order.is_sorted(), "{back}");
}
