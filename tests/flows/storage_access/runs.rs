//! Switches from the assessment to their end, and back.

use amldeck::app::console::Console;
use amldeck::app::overlay::Overlay;
use amldeck::app::runtime::{Control, RunError};
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::lookup::Lookup;
use amldeck::domain::plan::{Phase, StepState, inverse};
use amldeck::domain::storage_access::Delegation;
use amldeck::emulator::Fault;
use serde_json::json;

use super::stage::{self, Stage, account, ids, plan, with, words, workspace};
use crate::support::beside::shared;
use crate::support::console::Desk;
use crate::support::emulator;

const DONE: (Phase, String) = (Phase::Done, String::new());

fn newest(console: &Console) -> Option<Phase> {
    console.model.runs.all().first().map(|known| known.run.phase)
}

/// Confirms the review on top and waits until its run is over.
async fn confirm(desk: &mut Desk) {
    let runs = desk.model().runs.all().len();
    desk.press("<enter>y").await;
    desk.until(|console| {
        console.model.runs.all().len() > runs && newest(console).is_some_and(|phase| phase != Phase::Running)
    })
    .await;
    desk.settle().await;
}

#[tokio::test]
async fn to_identity_and_back_with_every_step_leaves_everything_as_it_was() {
    let stage = Stage::of("owner").await;
    let before = stage.truth().await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s<enter>i").await;
    // The last step is left out unless it is chosen.
    desk.press("G<space>").await;
    let there = plan(&mut desk);
    let grants = there.steps.iter().filter(|step| step.id.starts_with("grant-")).count();
    assert!(grants >= 4 && stage.writes().is_empty(), "a plan is no change");
    confirm(&mut desk).await;
    assert_eq!(newest(&desk.console), Some(Phase::Done), "{}", desk.screen());

    let after = stage.truth().await;
    assert_eq!((after.mode.as_str(), after.shared_key), ("identity", false));
    assert_eq!(after.roles.len(), before.roles.len() + grants);
    assert_eq!(after.rest, before.rest, "tags and everything else stay");
    let writes = stage.writes();
    assert!(writes[..grants].iter().all(|(method, ..)| method == "PUT"), "roles first: {writes:?}");
    assert_eq!(
        writes[grants..],
        [
            (
                "PATCH".into(),
                "mlw-fraud-dev".into(),
                json!({"properties": {"systemDatastoresAuthMode": "identity"}})
            ),
            ("PATCH".into(), "stfrauddev".into(), json!({"properties": {"allowSharedKeyAccess": false}})),
        ],
        "the switch, and only then the account; nothing but what changes is sent"
    );
    // What was sent is read back behind it.
    let requests = stage.running.requests();
    let patched = requests.iter().rposition(|one| one.method == "PATCH" && one.url.contains("mlw-fraud-dev"));
    let is_read = |url: &str| url.contains("workspaces/mlw-fraud-dev?");
    assert!(requests[patched.unwrap()..].iter().any(|one| one.method == "GET" && is_read(&one.url)));

    desk.press("<esc>").await;
    desk.press("s").await;
    assert!(desk.screen().contains("on identity already"), "{}", desk.screen());
    desk.press("<enter>b").await;
    let back = plan(&mut desk);
    assert_eq!(ids(&back)[..5], ["keys-on", "keys-work", "switch", "sync-keys", "verify"]);
    assert_eq!(back.steps.len(), 5 + grants, "what the switch gave can be taken back");
    assert!(back.steps[5..].iter().all(|step| step.id.starts_with("take-") && !step.chosen));
    desk.press("<home><down><down><down><down><down>").await;
    for _ in 0..grants {
        desk.press("<space><down>").await;
    }
    confirm(&mut desk).await;
    assert_eq!(newest(&desk.console), Some(Phase::Done), "{}", desk.screen());
    assert_eq!(stage.truth().await, before, "as if nothing had been");
    let sent: Vec<(String, String)> =
        stage.writes()[grants + 2..].iter().map(|(method, last, _)| (method.clone(), last.clone())).collect();
    let sent: Vec<(&str, &str)> = sent.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        sent[..3],
        [("PATCH", "stfrauddev"), ("PATCH", "mlw-fraud-dev"), ("POST", "resyncKeys")],
        "keys on, the switch, the keys in step"
    );
    assert!(sent[3..].iter().all(|(method, _)| *method == "DELETE"), "{sent:?}");
}

#[tokio::test]
async fn a_switch_is_undone_as_a_whole_the_last_step_first() {
    let stage = Stage::of("owner").await;
    let before = stage.truth().await;
    let there = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
    let run = stage.run(there).await;
    assert_eq!((run.phase, words(&run)), DONE);
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), DONE);
    assert_eq!(ids(&undone.plan)[..2], ["undo-keys-off", "undo-switch"], "keys before the switch");
    assert_eq!(stage.truth().await, before);
}

#[tokio::test]
async fn the_undo_of_the_way_back_gives_the_roles_and_waits_for_them_before_it_switches() {
    let stage = Stage::of("owner").await;
    let run = stage.run(with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off")).await;
    assert_eq!((run.phase, words(&run)), DONE);
    let there = stage.truth().await;
    let mut desk = stage.later_desk("mlw-fraud-dev").await;
    desk.press("s<enter>t").await;
    let back = stage.run(plan(&mut desk)).await;
    assert_eq!((back.phase, words(&back)), DONE);
    let undone = stage.undo(&back).await;
    assert_eq!((undone.phase, words(&undone)), DONE);
    assert_eq!(stage.truth().await, there);
    let ids = ids(&undone.plan);
    let at = |id: &str| ids.iter().position(|one| one.starts_with(id)).unwrap();
    assert!(at("undo-take-") < at("in-force") && at("in-force") < at("undo-switch"), "{ids:?}");
    let wait = &undone.steps[at("in-force")];
    assert!(wait.state == StepState::Done && wait.waiting.is_some(), "it was waited for: {wait:?}");
    // And back once more, as if nothing had been.
    let again = stage.undo(&undone).await;
    assert_eq!((again.phase, words(&again)), DONE);
    assert_eq!(stage.truth().await.mode, "accesskey");
}

#[tokio::test]
async fn what_another_console_did_meanwhile_is_read_before_the_changes_are_listed() {
    let stage = Stage::of("owner").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let mut desk = stage.later_desk("mlw-fraud-dev").await;
    assert!(desk.model().runs.all().is_empty());
    assert_eq!(stage.run(plan).await.phase, Phase::Done);
    desk.press("u").await;
    desk.until(|console| newest(console) == Some(Phase::Done)).await;
}

#[tokio::test]
async fn a_run_of_which_something_was_taken_back_is_not_gone_on_with() {
    let stage = Stage::of("owner").await;
    let plan = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let path = "*/workspaces/mlw-fraud-dev";
    stage.running.add_fault(Fault { status: Some(400), ..Fault::on("PATCH", path) });
    let failed = stage.run(plan).await;
    assert_eq!(failed.phase, Phase::Failed);
    stage.running.clear_faults();
    let control = Control::default();
    let one = stage.runner.undo(&failed.id, &[0], &control, &mut |_| {}).await.unwrap();
    assert_eq!((one.phase, words(&one)), DONE);
    let before = (stage.truth().await, stage.writes().len());
    let refused = stage.runner.resume(&failed.id, &control, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&refused, RunError::TakenBack { by, .. } if *by == one.id), "{refused}");
    assert_eq!((stage.truth().await, stage.writes().len()), before, "nothing was sent");
}

#[tokio::test]
async fn a_repeat_finds_everything_so_and_sends_nothing() {
    let stage = Stage::of("owner").await;
    let there = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
    assert_eq!(stage.run(there.clone()).await.phase, Phase::Done);
    let sent = stage.writes().len();
    let again = stage.run(there).await;
    let is_so = |step: &&amldeck::domain::plan::StepRun| matches!(step.state, StepState::AlreadySo(_));
    assert_eq!(again.steps.iter().filter(is_so).count(), again.steps.len() - 1, "{:?}", again.steps);
    let wait = again.plan.steps.iter().position(|step| step.id == "in-force").unwrap();
    assert_eq!(again.steps[wait].state, StepState::Done, "what was given a moment ago is waited for");
    assert_eq!(stage.writes().len(), sent);
}

#[tokio::test]
async fn grants_that_are_left_out_are_not_given_and_readers_only_read() {
    let stage = Stage::of("owner").await;
    let before = stage.truth().await;
    let mut there = stage.plan("mlw-fraud-dev", "s<enter>r").await;
    let titles = there.steps.iter().map(|step| step.title.as_str());
    assert!(
        titles.clone().any(|title| title.starts_with("Give Storage Blob Data Reader on stfrauddev to Fraud"))
    );
    there.steps.iter_mut().filter(|step| step.id.starts_with("grant-")).for_each(|step| step.chosen = false);
    let run = stage.run(there).await;
    assert_eq!((run.phase, words(&run)), DONE);
    let wait = run.plan.steps.iter().position(|step| step.id == "in-force").unwrap();
    assert!(matches!(run.steps[wait].state, StepState::AlreadySo(_)), "there is nothing to wait for");
    let after = stage.truth().await;
    assert_eq!((after.mode.as_str(), after.roles), ("identity", before.roles));
}

#[tokio::test]
async fn user_delegation_sas_is_shown_offered_and_refused_in_words_where_there_is_none() {
    let stage = Stage::of("owner").await;
    let there = stage.plan("mlw-fraud-dev", "s<enter>u").await;
    assert!(there.warnings.iter().any(|warning| warning.text.contains("the service has it (2025-06-01)")));
    let run = stage.run(there.clone()).await;
    assert_eq!((run.phase, words(&run)), DONE);
    assert_eq!(stage.truth().await.mode, "userdelegationsas");
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s").await;
    assert!(desk.screen().contains("user delegation SAS"), "{}", desk.screen());
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), DONE);

    let refusal = json!({"error": {"code": "ValidationError",
        "message": "The value UserDelegationSAS of systemDatastoresAuthMode is not supported in this region."}});
    stage.running.add_fault(amldeck::emulator::Fault {
        status: Some(400),
        body: Some(refusal),
        ..amldeck::emulator::Fault::on("PATCH", "*/workspaces/mlw-fraud-dev")
    });
    let refused = stage.run(there).await;
    assert_eq!(refused.phase, Phase::Failed);
    assert!(words(&refused).contains("not supported in this region"), "{}", words(&refused));
    assert_eq!(stage.truth().await.mode, "accesskey");
}

#[test]
fn the_specifications_have_user_delegation_sas_in_the_versions_that_are_taken_for_it() {
    let service = "machinelearningservices/resource-manager/Microsoft.MachineLearningServices";
    let Some(at) = shared(&format!("arm-specs/specification/{service}")) else { return };
    for (folder, version) in [("preview", "2024-10-01-preview"), ("stable", "2024-10-01")] {
        let document =
            std::fs::read_to_string(at.join(folder).join(version).join("workspaceRP.json")).unwrap();
        let found = Delegation::of(&Lookup::Found(vec![version.to_owned()]));
        let has = document.contains("UserDelegationSAS");
        assert_eq!(matches!(found, Delegation::Had { .. }), has, "{version}");
    }
}

#[tokio::test]
async fn keys_that_were_rotated_are_brought_in_step_and_nothing_else_is_sent() {
    let stage = Stage::of("owner").await;
    let run = stage.run(stage.plan("mlw-fraud-dev", "s<enter>s").await).await;
    assert_eq!((run.phase, words(&run)), DONE);
    let writes = stage.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!((writes[0].0.as_str(), writes[0].1.as_str()), ("POST", "resyncKeys"));
}

#[tokio::test]
async fn a_broken_workspace_whose_account_is_in_another_subscription_is_mended_by_keys() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-churn-dev").await;
    desk.press("s").await;
    assert!(desk.screen().contains("KeyBasedAuthenticationNotPermitted"), "{}", desk.screen());
    let id = desk.model().browser.workspace().unwrap().clone();
    let other = desk.model().page().unwrap().opened.storage_id().unwrap().clone();
    assert_ne!(id.subscription_id(), other.subscription_id());
    let run = stage.run(stage.plan("mlw-churn-dev", "s<enter>b").await).await;
    assert_eq!((run.phase, words(&run)), DONE);
    let refused = inverse(&run, &[]).unwrap_err().to_string();
    assert!(refused.contains("mlw-churn-dev would be broken again"), "no undo is promised: {refused}");
    let now = stage::truth(&stage.client, &id, &other).await;
    assert_eq!((now.mode.as_str(), now.shared_key), ("accesskey", true));
}

#[tokio::test]
async fn marked_workspaces_are_assessed_side_by_side_and_switched_one_after_the_other() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("hub-vision").await;
    desk.press("s").await;
    assert!(desk.screen().contains("a lock keeps the workspace from being changed"), "{}", desk.screen());
    let id = desk.model().browser.workspace().unwrap().clone();
    let lock = id.join("providers/Microsoft.Authorization/locks");
    let locks: Vec<serde_json::Value> = stage.client.list(&Request::get(&lock, "2020-05-01")).await.unwrap();
    for one in &locks {
        let request = Request::arm_path(Method::Delete, one["id"].as_str().unwrap(), "2020-05-01");
        stage.client.send(&request).await.unwrap();
    }
    desk.press("<esc>R<space><space>").await;
    assert!(desk.screen().contains("2 marked"), "{}", desk.screen());
    desk.press("s").await;
    let screen = desk.screen();
    assert!(screen.contains("WORKSPACE") && screen.contains("after grants"), "{screen}");
    let Some(switching) = &desk.model().switching else { panic!("{screen}") };
    let names: Vec<&str> = switching.made.iter().map(|one| one.workspace.name()).collect();
    assert_eq!(names, ["hub-vision", "proj-vision-defects"]);
    desk.press("<enter>a").await;
    let both = plan(&mut desk);
    let switches: Vec<&str> =
        both.steps.iter().filter(|step| step.id.ends_with("switch")).map(|step| step.id.as_str()).collect();
    assert_eq!(switches, ["1-switch", "2-switch"]);
    assert_eq!(both.steps.iter().filter(|step| step.id.ends_with("keys-off")).count(), 1, "they share it");

    // The second one fails: the first is done with, and it goes on from there.
    stage.running.add_fault(amldeck::emulator::Fault {
        status: Some(403),
        body: Some(json!({"error": {"code": "ScopeLocked", "message": "It is locked."}})),
        times: Some(1),
        ..amldeck::emulator::Fault::on("PATCH", "*/workspaces/proj-vision-defects")
    });
    let run = stage.run(with(both, "1-keys-off")).await;
    assert_eq!(run.phase, Phase::Failed);
    let now = run.now_true();
    assert!(
        now.iter()
            .any(|line| line.starts_with("Done: The system datastores of hub-vision sign in with identity")),
        "{now:#?}"
    );
    assert!(
        now.iter().any(|line| line == "Not done, it failed: Switch proj-vision-defects to identity"),
        "{now:#?}"
    );
    assert_eq!(now.last().unwrap(), "Not done: Turn shared key access of stvisionhub off");
    // At its screen that is seen at once, and whoever goes on sees what happens then, wherever they looked before.
    let mut later = stage.later_desk("hub-vision").await;
    later.press("!<enter>v").await;
    later.until(|console| matches!(console.model.overlays.last(), Some(Overlay::Run(_)))).await;
    let screen = later.screen();
    assert!(screen.contains("│  Switched: hub-vision; not switched: proj-vision-defects."), "{screen}");
    later.press("<home><enter>o").await;
    later.until(|console| newest(console) == Some(Phase::Done)).await;
    later.settle().await;
    let Some(Overlay::Run(view)) = later.model().overlays.last() else { panic!("{}", later.screen()) };
    assert!(!view.moved && view.cursor.row > 0, "{view:?}");
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), DONE);
}

#[tokio::test]
async fn marks_go_with_esc_and_leaving_the_list_leaves_an_assessment() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    desk.press("<space>").await;
    assert_eq!(desk.model().browser.marks.all(), [workspace()]);
    desk.press("<esc>").await;
    assert!(desk.model().browser.marks.all().is_empty());
    desk.press("4<space>").await;
    assert!(desk.screen().contains("only workspaces are marked"), "{}", desk.screen());
    // One marked workspace is what it is about, wherever the cursor stands.
    desk.press("1").await;
    assert_eq!(
        desk.selected(),
        "mlw-nlp-dev",
        "Space goes on to the next workspace, past the row of its group"
    );
    desk.go_to("mlw-fraud-dev").await;
    desk.press("<space>").await;
    let marked = desk.model().browser.marks.all().to_vec();
    assert_eq!(marked, [workspace()], "{}", desk.screen());
    desk.go_to("mlw-staging").await;
    desk.press("s").await;
    assert!(desk.screen().contains("Storage access of mlw-fraud-dev"), "{}", desk.screen());
}

#[tokio::test]
async fn a_read_only_console_assesses_with_the_policies_and_runs_nothing() {
    let stage = Stage::of("owner").await;
    let options = amldeck::azure::arm::ClientOptions {
        read_only: true,
        ..emulator::client_options(&stage.running.url(), "owner")
    };
    let mut desk = Desk::open(&amldeck::azure::arm::Client::new(options), Some("mlw-fraud-dev"));
    desk.settle().await;
    desk.press("s").await;
    let made = &desk.model().switching.as_ref().unwrap().made[0];
    assert_eq!(made.gaps, Vec::<String>::new(), "what Azure Policy says is read");
    desk.press("<enter>i<enter>").await;
    assert!(!desk.screen().contains("⏎ run"), "what cannot run is not offered: {}", desk.screen());
    assert!(matches!(desk.model().overlays.last(), Some(Overlay::Review(_))), "{}", desk.screen());
    assert!(stage.writes().is_empty());
    let asked = stage.running.requests();
    assert!(asked.iter().any(|one| one.url.contains("stfrauddev") && one.url.contains("policyStates")));
    assert_eq!(account().name(), "stfrauddev");
}
