//! Deployments that hang, are stopped, cancelled, and found again.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use super::{Stage, cancels, clock, fault, words, workspace};
use crate::plan_files::ONE;
use crate::support::emulator;
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner};
use amldeck::azure::arm::Client;
use amldeck::azure::arm::retry::Pace;
use amldeck::domain::plan::{CANCEL_TAKEN, Change, Choice, Phase, Plan, StepState, Watch};
use amldeck::emulator::Fault;
use futures_util::FutureExt;
use serde_json::json;

/// A plan whose deployment nobody waits for longer than a minute, on an emulator where time passes only as a test says.
async fn slow() -> (Stage, Plan) {
    let stage = Stage::of(emulator::options()).await;
    let mut plan = stage.plan(ONE).await;
    stage.running.hold();
    for step in &mut plan.steps {
        if let Watch::Deployment(deployment) = &mut step.watch {
            (deployment.typical, deployment.at_most) = (20, 60);
        }
    }
    (stage, plan)
}

/// Azure is polled more often than its list of resources is looked at, and neither keeps the other from its turn.
#[tokio::test]
async fn what_a_deployment_makes_is_told_while_it_runs() {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    let deploy = plan.steps.iter().position(|one| one.deployment().is_some()).unwrap();
    stage.running.hold();
    let mut options = emulator::client_options(&stage.running.url(), "owner");
    // Between two looks there is time for a poll or two.
    options.pace = Pace::divided_by(40.0);
    let place = JournalPlace::Memory(Memory::default());
    let runner = Runner::open(Client::new(options), &place, clock()).await.unwrap();
    let (mut polls, mut looks, mut running) = (0, 0, 0);
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            // Some resources are begun, and none is over.
            stage.running.pass(Duration::from_secs(2));
        }
        match event {
            RunEvent::Progress { parts, .. } if parts.is_empty() => polls += 1,
            RunEvent::Progress { parts, .. } => {
                looks += 1;
                running += usize::from(parts.iter().any(|part| part.state != "Succeeded"));
            }
            _ => {}
        }
        if polls > looks && looks > 1 && running > 0 {
            stage.running.go_on();
        }
    };
    let run = runner.run(plan, None, &Control::default(), &mut emit).await.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(polls > looks && looks > 1 && running > 0, "{polls} polls, {looks} looks, {running} in between");
}

#[tokio::test]
async fn a_deployment_that_hangs_is_told_watched_again_and_cancelled() {
    let (stage, plan) = slow().await;
    let mut told = Vec::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Progress { status: Some(status), .. } = event {
            told.push(status);
        }
    };
    let run = stage.runner.run(plan, None, &Control::default(), &mut emit).await.unwrap();
    assert!(told.iter().any(|status| status.contains("takes longer than the usual 20 s")), "{told:?}");
    let said = words(&run);
    assert!(said.contains("After 60 s Azure is still at it, which usually takes 20 s."), "{said}");
    assert!(said.contains("go on to watch it again, or cancel it"), "{said}");
    assert_eq!(run.choices(), [Choice::Resume, Choice::Cancel, Choice::Undo, Choice::Keep]);
    // Watching again sends nothing that changes anything.
    stage.running.forget_requests();
    let watched = stage.resume(&run, &Control::default()).await;
    assert!(words(&watched).contains("still at it"), "{}", words(&watched));
    assert_eq!(stage.writes(), Vec::<String>::new());
    // Something is there then, and the workspace is not: it waits for the account.
    stage.running.pass(Duration::from_secs(10));
    assert!(!stage.in_group().await.is_empty());
    let control = Control::default();
    control.stop(true);
    let stopped = stage.resume(&run, &control).await;
    assert_eq!(cancels(&stage.running), 1);
    assert_eq!((stopped.phase, words(&stopped)), (Phase::Stopped, String::new()));
    assert!(!stopped.choices().contains(&Choice::Cancel));
    let now = stopped.now_true();
    assert!(now.iter().any(|line| line.starts_with("There now, made by this run:")), "{now:#?}");
    assert!(!stage.is_there(&workspace(), "2024-10-01-preview").await);
}

#[tokio::test]
async fn a_deployment_whose_polls_are_refused_is_not_forgotten() {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    let deploy = plan.steps.iter().position(|one| one.deployment().is_some()).unwrap();
    let expired = json!({"error": {"code": "ExpiredAuthenticationToken", "message": "It expired."}});
    let refused = Fault { times: None, ..fault("GET", "*/deployments/*/operationStatuses/*", 401, expired) };
    stage.running.add_fault(refused);
    let run = stage.run(plan).await;
    let (at, trouble) = run.trouble().unwrap();
    assert_eq!((at, trouble.passing, trouble.unknown), (deploy, true, true), "{trouble:?}");
    assert!(run.steps[deploy].operation.is_some(), "it can be watched again");
    assert!(run.choices().contains(&Choice::Resume) && run.choices().contains(&Choice::Cancel));
    let now = run.now_true();
    assert!(
        now.iter().any(|line| line.starts_with("Taken by Azure, and not known how it ends: ")),
        "{now:#?}"
    );
    stage.running.clear_faults();
    stage.running.forget_requests();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let again = stage.writes().into_iter().filter(|line| line.contains("/deployments/")).collect::<Vec<_>>();
    assert_eq!(again, Vec::<String>::new(), "it is watched and not sent again");
}

/// A plan on an emulator where its deployment does not end before the test says so, and which step that is.
async fn going_on() -> (Stage, Plan, usize) {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    stage.running.hold();
    let deploy = plan.steps.iter().position(|one| one.deployment().is_some()).unwrap();
    (stage, plan, deploy)
}

fn is_taken(event: &RunEvent, deploy: usize) -> bool {
    matches!(event, RunEvent::Recorded { record, .. }
        if matches!(record.change, Change::Accepted { step, .. } if step == deploy))
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_its_deployment_to_azure_and_finds_it_again() {
    let (stage, plan, deploy) = going_on().await;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(false);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, cancels(&stage.running)), (Phase::Stopped, 0));
    assert!(run.steps[deploy].operation.is_some() && run.choices().contains(&Choice::Cancel));
    assert!(run.now_true()[deploy].starts_with("Taken by Azure"), "{:?}", run.now_true());
    stage.running.forget_requests();
    stage.running.go_on();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let again = stage.writes().into_iter().filter(|line| line.contains("/deployments/")).collect::<Vec<_>>();
    assert_eq!(again, Vec::<String>::new());
}

#[tokio::test]
async fn a_cancel_that_azure_refuses_can_be_asked_for_again() {
    let (stage, plan, deploy) = going_on().await;
    let busy = json!({"error": {"code": "429", "message": "Retry after 600 seconds."}});
    stage.running.add_fault(fault("POST", "*/deployments/*/cancel", 429, busy));
    let control = Control::default();
    let mut refused = 0;
    let mut emit = |event: RunEvent| {
        let again = matches!(&event, RunEvent::Progress { status: Some(status), .. }
            if status.contains("could not be cancelled and goes on"));
        refused += usize::from(again);
        if again || is_taken(&event, deploy) {
            control.stop(true);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((refused, cancels(&stage.running)), (1, 2));
    assert_eq!((run.phase, run.steps[deploy].open), (Phase::Stopped, None), "{}", words(&run));
}

#[tokio::test]
async fn a_console_that_dies_after_it_asked_to_cancel_knows_whose_doing_it_was() {
    let (stage, plan, deploy) = going_on().await;
    // Its end is not told before the answer to the cancel.
    stage.running.add_fault(keeps_running());
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(true);
        }
        if matches!(&event, RunEvent::Progress { status: Some(status), .. } if status.starts_with("cancelled"))
        {
            std::panic::resume_unwind(Box::new("killed"));
        }
    };
    let died = AssertUnwindSafe(stage.runner.run(plan, None, &control, &mut emit)).catch_unwind().await;
    assert!(died.is_err() && cancels(&stage.running) == 1);
    stage.running.clear_faults();
    let (listed, _) = stage.runner.list().await.unwrap();
    let id = listed.first().unwrap().run.id.clone();
    let run = stage.runner.resume(&id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!(
        (run.phase, words(&run)),
        (Phase::Stopped, String::new()),
        "cancelled here, and not a failure of Azure"
    );
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_it_runs_cancels_in_azure_and_can_be_gone_on_with() {
    let (stage, plan, deploy) = going_on().await;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(true);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, cancels(&stage.running)), (Phase::Stopped, 1), "{}", words(&run));
    assert_eq!(run.steps[deploy].state, StepState::Pending);
    assert!(run.steps[deploy].remains.is_some() && run.is_unfinished());
    stage.running.go_on();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
}

/// The polls of a deployment go on to say that it runs, though it was cancelled.
fn keeps_running() -> Fault {
    let body = json!({ "status": "Running" });
    Fault { times: None, ..fault("GET", "*/deployments/*/operationStatuses/*", 200, body) }
}

fn polls(stage: &Stage) -> usize {
    stage.running.requests().iter().filter(|one| one.url.contains("/operationStatuses/")).count()
}

#[tokio::test]
async fn a_cancelled_deployment_that_azure_still_ends_keeps_nobody_long_and_is_watched_again() {
    let (stage, plan, deploy) = going_on().await;
    stage.running.add_fault(keeps_running());
    let (control, mut told) = (Control::default(), Vec::new());
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(true);
        }
        if let RunEvent::Progress { status: Some(status), .. } = event {
            told.push(status);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, words(&run), cancels(&stage.running)), (Phase::Stopped, String::new(), 1));
    assert!(told.iter().any(|status| status.contains("to stop once more leaves that to Azure")), "{told:?}");
    let polls = polls(&stage);
    assert!(polls < 15, "{polls} polls: nobody watches for minutes what they cancelled");
    let now = run.now_true();
    assert!(now[deploy].starts_with("Cancelled, and Azure still ends what it had begun"), "{now:#?}");
    assert!(!run.choices().contains(&Choice::Cancel), "{:?}", run.choices());
    let again = run.choice_words(Choice::Resume).detail;
    assert!(again.contains("watch until Azure has ended what it had begun"), "{again}");
    stage.running.clear_faults();
    let watched = stage.resume(&run, &Control::default()).await;
    assert_eq!((watched.phase, words(&watched)), (Phase::Stopped, String::new()));
    assert!(watched.now_true()[deploy].starts_with("Cancelled in Azure: "), "{:?}", watched.now_true());
    stage.running.go_on();
    let done = stage.resume(&watched, &Control::default()).await;
    assert_eq!((done.phase, words(&done)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn a_second_stop_leaves_what_was_cancelled_to_azure_at_once() {
    let (stage, plan, deploy) = going_on().await;
    stage.running.add_fault(keeps_running());
    let (control, mut before) = (Control::default(), None);
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(true);
        }
        if matches!(&event, RunEvent::Progress { status: Some(status), .. } if status == CANCEL_TAKEN) {
            before.get_or_insert_with(|| polls(&stage));
            control.stop(false);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, cancels(&stage.running)), (Phase::Stopped, 1));
    assert!(polls(&stage) <= before.unwrap() + 1, "one may have been on its way");
    assert!(run.now_true()[deploy].starts_with("Cancelled, and Azure still ends"), "{:?}", run.now_true());
}

/// A cancel that comes too late: the polls lag behind, and the deployment itself says how it ended.
#[tokio::test]
async fn a_deployment_that_was_over_before_it_could_be_cancelled_is_told_as_what_it_is() {
    let (stage, plan, deploy) = going_on().await;
    stage.running.add_fault(keeps_running());
    let control = Control::default();
    let mut told = Vec::new();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            stage.running.go_on();
            control.stop(true);
        }
        if let RunEvent::Recorded { record, .. } = event {
            told.push(record.change);
        }
    };
    // It is over when the cancel comes.
    let over = json!({"error": {"code": "DeploymentCannotBeCancelled", "message": "It is 'Succeeded'."}});
    stage.running.add_fault(fault("POST", "*/deployments/*/cancel", 409, over));
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert!(told.contains(&Change::OverBefore { step: deploy, request: 1 }), "{told:#?}");
    assert_eq!((run.phase, words(&run)), (Phase::Stopped, String::new()));
    assert_eq!(run.steps[deploy].state, StepState::Done, "how it ended was read");
    assert!(!run.choices().contains(&Choice::Cancel), "{:?}", run.choices());
    stage.running.clear_faults();
    let done = stage.resume(&run, &Control::default()).await;
    assert_eq!((done.phase, words(&done)), (Phase::Done, String::new()));
}

/// Azure leaves to themselves what it had begun when a deployment is cancelled.
#[tokio::test]
async fn what_comes_after_a_cancel_is_told_to_come_and_cleaned_up() {
    let (stage, plan, deploy) = going_on().await;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            // The first resources are begun, and none is over.
            stage.running.pass(Duration::from_secs(2));
            // A storage account that is on its way is not there yet.
            let missing = json!({"error": {"code": "ResourceNotFound", "message": "It is not there."}});
            stage.running.add_fault(fault("GET", "*/storageAccounts/stmlwtinye4b734", 404, missing));
            control.stop(true);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Stopped, String::new()));
    let remains = run.steps[deploy].remains.clone().unwrap();
    let [account] = &*remains.begun else { panic!("{remains:?}") };
    assert!(account.ends_with("/storageAccounts/stmlwtinye4b734"), "{account}");
    let now = run.now_true();
    assert!(now.iter().any(|line| line.starts_with("Begun by Azure, and not there yet")), "{now:#?}");
    assert!(run.choices().contains(&Choice::Undo), "{:?}", run.choices());
    stage.running.go_on();
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.in_group().await, [""; 0]);
}
