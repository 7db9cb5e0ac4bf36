//! The plans of a switch, and of several, as statements.

use jiff::Timestamp;
use serde_json::json;

use super::plans::{to_identity, to_keys};
use super::world::*;
use super::*;
use crate::azure::arm::request::Method;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Kind, Plan, Run, Undo, inverse};

#[test]
fn the_plan_to_identity_gives_roles_waits_switches_and_turns_keys_off_only_when_chosen() {
    let world = World {
        neighbours: vec![Neighbour {
            id: neighbour_id(),
            storage: account_id(),
            mode: Some(AuthMode::AccessKey),
        }],
        datastores: vec![
            json!({"id": "/d/lake", "name": "lake", "properties": {"credentials": {"credentialsType": "AccountKey"}}}),
            json!({"id": "/d/workspaceblobstore", "name": "workspaceblobstore", "properties": {"credentials": {"credentialsType": "AccountKey"}}}),
        ],
        ..World::default()
    };
    let assessment = world.assess();
    let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
    let steps: Vec<(&str, bool)> = plan.steps.iter().map(|step| (step.id.as_str(), step.chosen)).collect();
    assert_eq!(
        steps,
        [
            ("grant-1", true),
            ("grant-2", true),
            ("grant-3", true),
            ("grant-4", true),
            ("in-force", true),
            ("switch", true),
            ("keys-off", false)
        ]
    );
    assert!(plan.steps[..4].iter().all(|step| step.optional), "each grant can be left out");
    let switch = &plan.steps[5];
    assert_eq!(switch.requests[0].method, Method::Patch);
    assert_eq!(
        switch.requests[0].body,
        Some(json!({"properties": {"systemDatastoresAuthMode": "identity"}})),
        "nothing but the mode is sent"
    );
    assert!(plan.steps.iter().all(|step| step.id == "in-force" || matches!(step.undo, Undo::By(_))));
    let said: Vec<&str> = plan.warnings.iter().map(|warning| warning.text.as_str()).collect();
    for words in ["3 people would lose access", "1 other workspace on st", "lake", "preview"] {
        assert!(said.iter().any(|text| text.contains(words)), "{words} in {said:?}");
    }
    assert!(!said.iter().any(|text| text.contains("workspaceblobstore")), "it switches by itself");
}

#[test]
fn the_way_back_turns_keys_on_waits_switches_and_synchronises() {
    let world = World {
        workspace: json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "identity"}),
        storage: Lookup::Found(json!({"allowSharedKeyAccess": false})),
        ..World::default()
    };
    let plan = to_keys(&world.assess(), &Wish::default()).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["keys-on", "keys-work", "switch", "sync-keys", "verify"]);
    let on = plan.steps[0].already.as_ref().unwrap();
    assert!(on.judge(Some(&json!({"properties": {}}))).holds, "what Azure leaves out is on");
    assert!(!on.judge(Some(&json!({"properties": {"allowSharedKeyAccess": false}}))).holds);

    let pinned = World {
        policies: vec![json!({"policyAssignmentName": "no-shared-key", "policyDefinitionAction": "deny"})],
        ..world
    };
    assert_eq!(
        to_keys(&pinned.assess(), &Wish::default()),
        Err(NoPlan::Policy("no-shared-key (deny)".to_owned()))
    );
}

#[test]
fn where_it_is_so_already_there_is_no_plan() {
    let assessment = World::default().assess();
    assert!(matches!(to_keys(&assessment, &Wish::default()), Err(NoPlan::AlreadySo(_))));
    let mut identity = switched();
    identity.storage = Lookup::Found(json!({"allowSharedKeyAccess": false}));
    identity.grants.extend([(ADA, BLOBS, account_id()), (ADA, FILES, account_id())]);
    identity.grants.extend([(TEAM, BLOBS, account_id()), (TEAM, FILES, account_id())]);
    let assessment = identity.assess();
    assert_eq!(assessment.verdict, Verdict::AlreadySo);
    assert!(matches!(
        to_identity(&assessment, &AuthMode::Identity, &Wish::default()),
        Err(NoPlan::AlreadySo(_))
    ));
    let sas =
        to_identity(&World::default().assess(), &AuthMode::UserDelegationSas, &Wish::default()).unwrap();
    assert_eq!(sas.title, "Switch mlw to user delegation SAS");
}

#[test]
fn each_role_of_people_can_be_the_one_that_only_reads_or_be_left_out() {
    let mut world = World::default();
    world.grants.retain(|(who, ..)| *who != OWN);
    let mut plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let at = plan.steps.iter().position(|step| step.title.ends_with("to Ada")).unwrap();
    let first = plan.steps[at].clone();
    let step = &mut plan.steps[at];
    step.choose_next();
    assert_eq!((step.title.as_str(), step.chosen), ("Give Storage Blob Data Reader on st to Ada", true));
    assert_eq!(step.id, first.id, "what waits for it waits for the other one");
    assert_ne!(step.requests, first.requests);
    step.choose_next();
    assert_eq!((step.title.as_str(), step.chosen), (first.title.as_str(), false));
    step.choose_next();
    assert_eq!(
        (step.title.as_str(), step.chosen, &step.requests),
        (first.title.as_str(), true, &first.requests)
    );
    let own = plan.steps.iter_mut().find(|step| step.title.ends_with("(the workspace)")).unwrap();
    own.choose_next();
    assert!(!own.chosen && own.title.contains("Contributor"), "an identity acts for jobs, which write");
}

#[test]
fn a_workspace_that_is_on_identity_gets_the_roles_that_its_users_lack_and_no_switch() {
    let mut world = switched();
    world.grants.extend([(ADA, BLOBS, account_id()), (TEAM, FILES, account_id())]);
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let steps: Vec<(&str, bool)> = plan.steps.iter().map(|step| (step.title.as_str(), step.chosen)).collect();
    assert_eq!(
        steps,
        [
            ("Give Storage Blob Data Contributor on st to Team", true),
            ("Give Storage File Data Privileged Contributor on st to Ada", true),
            (plan.steps[2].title.as_str(), true),
            ("Turn shared key access of st off", false)
        ]
    );
    assert_eq!(plan.title, "Give those who use mlw the roles that they lack on st");
    assert_eq!(plan.warnings[0].text, "mlw is on identity already, and 3 people lack the roles.");

    world.grants.extend([(TEAM, BLOBS, account_id()), (ADA, FILES, account_id())]);
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    assert_eq!((plan.steps.len(), plan.steps[0].id.as_str(), plan.steps[0].chosen), (1, "keys-off", true));
}

#[test]
fn a_ticket_names_the_verdict_those_affected_and_the_grants() {
    let assessment = World::default().assess();
    let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
    let text = ticket(&[assessment], &plan, str::to_owned);
    for line in [
        "# Switch mlw to identity",
        "## What and why",
        "- mlw: under identity without new roles, 3 people would lose access: Ada, Bo, Cy.",
        "1. Give Storage Blob Data Contributor on st to Team. Team has Storage Blob Data Contributor on st.",
        "6. Switch mlw to identity.",
        "Left out: Turn shared key access of st off.",
        "## How to undo",
        "1. Switch mlw back to shared key",
        "2. Synchronise the keys of mlw",
        "6. Take Storage Blob Data Contributor on st from Team",
        "## Storage access of mlw",
        "| Verdict | ready after these grants |",
        "| Affected | 3 people would lose access |",
        "| Team | Group | blobs, files | Bo, Cy |",
        "| Ada | User | jobs, notebooks |  | loses blobs and files |",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[test]
fn the_way_back_offers_to_take_away_what_switches_gave_and_nothing_else() {
    let plan = to_identity(&World::default().assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    // The second grant was there before.
    let switched = ran("1", plan.clone(), &[0, 2, 3, 5]);
    let mut granted = plan.clone();
    granted.kind = Kind::Grant;
    let by_hand = ran("2", granted, &[1]);
    let ids = |runs: &[&Run]| -> Vec<String> {
        made(runs.iter().copied(), &account_id()).iter().map(|step| step.requests[0].path.clone()).collect()
    };
    let path = |at: usize| plan.steps[at].requests[0].path.clone();
    assert_eq!(ids(&[&by_hand, &switched]), [path(0), path(2), path(3)]);
    let undone = ran("3", inverse(&switched, &[2]).unwrap(), &[0]);
    assert_eq!(ids(&[&switched, &undone]), [path(0), path(3)], "what was taken back is not taken back again");
    assert!(made([&switched], &neighbour_id()).is_empty(), "another account has other roles");

    let world = World {
        workspace: json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "identity"}),
        ..World::default()
    };
    let wish = Wish { made: made([&switched], &account_id()), ..Wish::default() };
    let back = to_keys(&world.assess(), &wish).unwrap();
    let taken = &back.steps[5..];
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|step| step.optional && !step.chosen), "they stay unless somebody chooses");
    assert!(taken.iter().all(|step| step.requests[0].method == Method::Delete));
    // Taken back, and that taken back in turn: they are there again, and still a switch's work.
    let mut chosen = back.clone();
    chosen.steps[5].chosen = true;
    let took = ran("4", chosen, &[5]);
    assert_eq!(ids(&[&switched, &took]), [path(2), path(3)]);
    let again = ran("5", inverse(&took, &[]).unwrap(), &[0]);
    assert_eq!(ids(&[&switched, &took, &again]), [path(2), path(3), path(0)]);
}

#[test]
fn readers_are_people_and_identities_still_write() {
    let mut world = World::default();
    world.grants.retain(|(who, ..)| *who != OWN);
    let wish = Wish { pair: Pair::Reader, ..Wish::default() };
    let plan = to_identity(&world.assess(), &AuthMode::Identity, &wish).unwrap();
    let of = |name: &str| -> Vec<&str> {
        let titles = plan.steps.iter().map(|step| step.title.as_str());
        titles.filter(|title| title.ends_with(name)).collect()
    };
    assert_eq!(
        of("Ada"),
        [
            "Give Storage Blob Data Reader on st to Ada",
            "Give Storage File Data Privileged Reader on st to Ada"
        ]
    );
    assert!(plan.warnings.iter().any(|warning| warning.text.contains("cannot write then")));
    assert!(of("mlw (the workspace)").iter().all(|title| title.contains("Contributor")));
}

#[test]
fn whoever_is_given_a_role_that_only_reads_is_said_to_write_no_longer() {
    let wish = Wish { readers: vec![ADA.to_owned()], ..Wish::default() };
    let mut plan = to_identity(&World::default().assess(), &AuthMode::Identity, &wish).unwrap();
    let cautions =
        |plan: &Plan| -> Vec<String> { plan.steps.iter().filter_map(|step| step.caution.clone()).collect() };
    assert_eq!(
        cautions(&plan),
        [
            "Ada can then only read, and no longer write: outputs of jobs, models and data assets.",
            "Ada can then only read, and no longer write: notebooks and other files of the workspace."
        ]
    );
    let text = ticket(&[World::default().assess()], &plan, str::to_owned);
    assert!(text.contains("**Ada can then only read, and no longer write: outputs"), "{text}");
    // Chosen step by step in the plan it is said as well, and no more where it is taken back.
    let team = plan.steps.iter().position(|step| step.title.ends_with("to Team")).unwrap();
    plan.steps[team].choose_next();
    assert_eq!(cautions(&plan).len(), 3);
    plan.steps[team].choose_next();
    assert_eq!(cautions(&plan).len(), 2);
}

#[test]
fn roles_go_to_groups_or_to_each_person_as_it_is_wanted() {
    let titles = |by: By| -> Vec<String> {
        let assessment = World::default().assess().granting(by);
        assert!(assessment.has_groups());
        let plan = to_identity(&assessment, &AuthMode::Identity, &Wish::default()).unwrap();
        let given = plan.steps.into_iter().map(|step| step.title);
        given
            .filter_map(|title| {
                Some(title.strip_prefix("Give Storage Blob Data Contributor on st to ")?.to_owned())
            })
            .collect()
    };
    assert_eq!(titles(By::Group), ["Team", "Ada"]);
    assert_eq!(titles(By::Person), ["Ada", "Bo", "Cy"]);
}

#[test]
fn a_role_that_was_given_just_now_is_waited_for_though_the_plan_gives_none() {
    let wait = |world: &World| {
        let plan = to_identity(&world.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
        plan.steps.into_iter().find(|step| step.id == "in-force").map(|step| step.wait.unwrap().since)
    };
    let at = |text: &str| Some(Some(text.parse::<Timestamp>().unwrap()));
    assert_eq!(wait(&ready()), None);
    // The fifth and sixth grants of that world are Ada's.
    let made = |times: Vec<(usize, &'static str)>| World { made: times, ..ready() };
    assert_eq!(
        wait(&made(vec![(4, "2026-11-22T14:01:00Z"), (5, "2026-11-22T14:00:00Z")])),
        at("2026-11-22T14:01:00Z")
    );
    assert_eq!(wait(&made(vec![(4, "2026-11-22T13:57:00Z")])), None, "it is in force by now");
    let mut twice = made(vec![(4, "2026-11-22T14:01:00Z")]);
    twice.grants.push((ADA, BLOBS, account_id()));
    assert_eq!(wait(&twice), None, "another role allows the same");
    let mut other = made(vec![(8, "2026-11-22T14:01:00Z")]);
    other.grants.push((SPARE, BLOBS, account_id()));
    assert_eq!(wait(&other), None, "nobody who uses the workspace depends on it");
    // Where roles are given too, it is one wait.
    let mut both = made(vec![(4, "2026-11-22T14:01:00Z")]);
    both.grants.retain(|(who, role, _)| (*who, *role) != (TEAM, FILES));
    let plan = to_identity(&both.assess(), &AuthMode::Identity, &Wish::default()).unwrap();
    let ids: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["grant-1", "in-force", "switch", "keys-off"]);
}
