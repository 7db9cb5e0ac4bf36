//! What a plan file makes, and what it leaves as it is.

use super::{Stage, group, words, workspace};
use crate::plan_files::{DEV_PROD, FILES, ONE};
use crate::support::emulator;
use amldeck::app::console::Clock;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner};
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::changes::Production;
use amldeck::domain::plan::{Confirmation, Fill, Phase, Plan, Weight, inverse};
use amldeck::domain::setup::finding::Level;
use amldeck::domain::setup::people::Directory;
use amldeck::domain::setup::plan::Known;
use amldeck::domain::setup::resolve::SetUp;
use amldeck::domain::setup::spec::PlanFile;
use amldeck::emulator::Options;
use serde_json::json;

#[tokio::test]
async fn every_example_is_made_and_a_second_time_nothing_is_changed() {
    for (name, text) in FILES {
        let stage = Stage::of(emulator::options()).await;
        let plan = stage.plan(text).await;
        let run = stage.run(plan).await;
        assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()), "{name}: {:#?}", run.now_true());
        assert!(run.steps.iter().any(|step| !step.parts.is_empty()), "{name}");
        stage.running.forget_requests();
        let again = stage.plan(text).await;
        let again = stage.run(again).await;
        assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()), "{name}");
        assert_eq!(stage.writes(), Vec::<String>::new(), "{name}");
        assert!(again.steps.iter().all(|step| !step.changed), "{name}");
        stage.running.stop().await;
    }
}

#[tokio::test]
async fn what_was_taken_away_since_is_made_again() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let delete =
        Request::arm(Method::Delete, &workspace(), "2024-10-01-preview").query("forceToPurge", "true");
    stage.client.run(&delete, |_| {}).await.unwrap();
    let again = stage.run(stage.plan(ONE).await).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
}

#[tokio::test]
async fn the_identity_that_the_deployment_makes_gets_its_role_elsewhere() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(DEV_PROD).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let step = run.plan.steps.iter().find(|step| !step.fills.is_empty()).unwrap();
    let fill: &Fill = &step.fills[0];
    let there = stage.client.value(&fill.read).await.unwrap();
    let wanted = there["identity"]["principalId"].as_str().unwrap();
    let sent = step.requests[0].body.clone().unwrap();
    assert_eq!(sent["properties"]["principalId"], wanted, "the journal has what was sent");
    let read = Request::arm_path(Method::Get, &step.requests[0].path, "2022-04-01");
    let assignment = stage.client.value(&read).await.unwrap();
    assert_eq!(assignment["properties"]["principalId"], wanted);
    let replayed = stage.runner.journal().find(&run.id.0).unwrap().run;
    assert_eq!(replayed.plan, run.plan);
}

#[tokio::test]
async fn a_workspace_that_is_there_keeps_what_the_plan_does_not_name_and_gets_back_what_was_changed() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let read = Request::get(&workspace(), "2024-10-01-preview");
    let body = json!({ "tags": { "cost": "4711", "Team": "fraud" },
        "properties": { "friendlyName": "Fraud experiments", "description": "Ask Ada." } });
    let patch = Request::arm(Method::Patch, &workspace(), "2024-10-01-preview").body(body);
    stage.client.run(&patch, |_| {}).await.unwrap();
    // Nothing of that is named by the plan: nothing is changed, and nothing is said to be.
    let plan = stage.plan(ONE).await;
    assert!(!plan.warnings.iter().any(|one| one.weight != Weight::Note), "{:#?}", plan.warnings);
    stage.running.forget_requests();
    let same = stage.run(plan).await;
    assert_eq!((same.phase, stage.writes()), (Phase::Done, Vec::new()));
    let had = stage.client.value(&read).await.unwrap();
    assert_eq!(had["tags"]["cost"], "4711");
    // What is named is changed, by a step that can be taken back.
    let text =
        ONE.replace("[basics]", "[basics]\ntags = { team = 'tiny', env = 'dev' }\nfriendly_name = 'Tiny'");
    let plan = stage.plan(&text).await;
    let told = plan.warnings.iter().find(|one| one.text.contains("Of it is changed")).unwrap();
    assert!(
        told.text.ends_with("friendly name: 'Fraud experiments' -> 'Tiny'; tag Team: 'fraud' -> 'tiny'; tag env: nothing -> 'dev'"),
        "{told:?}"
    );
    assert!(plan.steps.iter().all(|step| step.deployment().is_none()), "nothing is missing");
    assert!(plan.steps.iter().all(|step| !step.title.contains("resource group")), "the group is there");
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let now = stage.client.value(&read).await.unwrap();
    assert_eq!(now["tags"], json!({ "cost": "4711", "Team": "tiny", "env": "dev" }));
    assert_eq!(
        (&now["properties"]["friendlyName"], &now["properties"]["description"]),
        (&json!("Tiny"), &json!("Ask Ada."))
    );
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.steps.len(), 1);
    assert!(back.steps[0].title.starts_with("Put tags, friendly name back"), "{}", back.steps[0].title);
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    let back = stage.client.value(&read).await.unwrap();
    assert_eq!(
        (&back["tags"], &back["properties"]["friendlyName"]),
        (&had["tags"], &had["properties"]["friendlyName"])
    );
}

#[tokio::test]
async fn what_a_workspace_lacks_is_deployed_and_taken_back_without_it() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let people = "\n[[people]]\nrole = 'Reader'\ngroup = '11111111-2222-4333-8444-555555555555'\ncalled = 'The team'\n";
    let plan = stage.plan(&format!("{ONE}{people}")).await;
    let deploy = plan.steps.iter().find(|step| step.deployment().is_some()).unwrap();
    assert_eq!(deploy.title, "Deploy what mlw-tiny lacks");
    assert_eq!(
        deploy.effect,
        "Added: Reader for The team on mlw-tiny. mlw-tiny and what it has stay as they are."
    );
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.steps[0].title, "Delete what was made for mlw-tiny, which stays");
    assert_eq!(back.confirmation(), Confirmation::Yes);
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
}

/// A key vault of the name that the small plan gives its own, made by somebody else.
async fn vault_of_somebody_else(stage: &Stage) -> ArmId {
    let vault = group().join("providers/Microsoft.KeyVault/vaults/kv-mlw-tiny-e4b734");
    let tenant = "6f2c1b7e-93a4-4d58-8c0b-1e7d5a2f4b90";
    let body = json!({ "location": "uksouth" });
    stage.client.send(&Request::arm(Method::Put, &group(), "2024-07-01").body(body)).await.unwrap();
    let body = json!({ "location": "uksouth", "properties": {
        "tenantId": tenant, "sku": { "family": "A", "name": "standard" }, "accessPolicies": [] } });
    stage.client.send(&Request::arm(Method::Put, &vault, "2023-07-01").body(body)).await.unwrap();
    vault
}

#[tokio::test]
async fn what_somebody_else_made_since_the_plan_was_made_is_neither_changed_nor_deleted() {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    let vault = vault_of_somebody_else(&stage).await;
    stage.running.forget_requests();
    let run = stage.run(plan).await;
    assert!(words(&run).contains("changed meanwhile by somebody else"), "{}", words(&run));
    assert!(words(&run).contains("kv-mlw-tiny-e4b734 is not there yet"), "{}", words(&run));
    assert!(run.undoable().is_empty(), "{:?}", run.undoable());
    assert!(stage.writes().is_empty(), "{:#?}", stage.writes());
    assert!(stage.is_there(&vault, "2023-07-01").await);
    // The plan made anew knows of it: its way back leaves it.
    let run = stage.run(stage.plan(ONE).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let back = stage.undo(&run).await;
    assert_eq!((back.phase, words(&back)), (Phase::Done, String::new()));
    assert!(stage.is_there(&vault, "2023-07-01").await && !stage.is_there(&workspace(), "2025-06-01").await);
}

#[tokio::test]
async fn a_budget_that_is_there_and_another_one_stays_as_it_is() {
    let with = |amount: u32| format!("{ONE}\n[budget]\namount = {amount}.0\ncontacts = ['ml@contoso.com']\n");
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(&with(100)).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let told = stage.said(&with(200)).await;
    let stays = "the budget budget-mlw-tiny is there and differs: it stays as it is";
    assert!(told.iter().any(|one| one.level == Level::Warning && one.text.starts_with(stays)), "{told:#?}");
    let plan = stage.plan(&with(200)).await;
    assert!(!plan.steps.iter().any(|step| step.id.ends_with("budget")));
    // A plan that knew of none stops at it.
    let sound = SetUp::of(&PlanFile::read(&with(200)).unwrap(), &Directory::new());
    let known = Known::only_today("2026-11-22".parse().unwrap());
    let unasked = amldeck::domain::setup::plan::plan(&sound, &known, &Production::default()).unwrap();
    let budget = unasked.steps.iter().position(|step| step.id.ends_with("budget")).unwrap();
    let only = Plan { steps: vec![unasked.steps[budget].clone()], ..unasked };
    stage.running.forget_requests();
    let run = stage.run(only).await;
    assert!(words(&run).contains("budget-mlw-tiny is not there yet"), "{}", words(&run));
    assert!(stage.writes().is_empty(), "{:#?}", stage.writes());
}

/// Azure takes no budget that begins with a month that is over.
#[tokio::test]
async fn a_run_that_is_gone_on_with_in_the_next_month_begins_its_budget_with_that() {
    let refused = json!({ "error": { "code": "AuthorizationFailed", "message": "No." } });
    let faults = vec![super::fault("PUT", "*/budgets/*", 403, refused)];
    let place = JournalPlace::Memory(Memory::default());
    let stage = Stage::on(Options { faults, ..emulator::options() }, &place).await;
    let run = stage.run(stage.plan(&format!("{ONE}\n[budget]\namount = 100.0\n")).await).await;
    assert_eq!(run.phase, Phase::Failed, "{}", words(&run));
    let december = Clock::Fixed("2026-12-03T08:00:00Z".parse().unwrap());
    let runner = Runner::open(stage.client.clone(), &place, december).await.unwrap();
    let resumed = runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let budget = group().join("providers/Microsoft.Consumption/budgets/budget-mlw-tiny");
    let budget = stage.client.value(&Request::get(&budget, "2023-11-01")).await.unwrap();
    assert_eq!(budget["properties"]["timePeriod"]["startDate"], "2026-12-01T00:00:00Z");
    let replayed = stage.runner.journal().find(&run.id.0).unwrap().run;
    assert_eq!(replayed.plan, resumed.plan, "the journal has what was sent");
}
