//! Others at the same time: two consoles, a neighbour that is switched back, and those who cannot be looked for.

use amldeck::app::console::Clock;
use amldeck::app::overlay::Overlay;
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner};
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::resources::workspace::{AuthMode, set_auth_mode};
use amldeck::domain::plan::{Change, Phase, Run, StepState, inverse};
use amldeck::emulator::Fault;
use serde_json::{Value, json};

use super::stage::{self, Stage, plan, truth, with, words, workspace};
use crate::support::console::{Desk, now};
use crate::support::emulator;

#[tokio::test]
async fn two_consoles_at_once_come_to_one_end_and_to_one_beginning() {
    let stage = Stage::of("owner").await;
    let before = stage.truth().await;
    let there = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
    let grants = there.steps.iter().filter(|step| step.id.starts_with("grant-")).count();
    let place = JournalPlace::Memory(Memory::default());
    let client = emulator::client(&stage.running.url(), "owner");
    let other = Runner::open(client, &place, Clock::Fixed(now())).await.unwrap();
    let control = Control::default();
    let mut emit = |_| {};
    let theirs = other.run(there.clone(), None, &control, &mut emit);
    let (ours, theirs) = tokio::join!(stage.run(there), theirs);
    let theirs = theirs.unwrap();
    // Whoever came second at the switch may have been told that somebody else is at it; going on is all there is to do.
    let ours = if ours.phase == Phase::Failed { stage.resume(&ours).await } else { ours };
    let theirs = match theirs.phase {
        Phase::Failed => other.resume(&theirs.id, &Control::default(), &mut |_| {}).await.unwrap(),
        _ => theirs,
    };
    assert_eq!((ours.phase, words(&ours)), (Phase::Done, String::new()));
    assert_eq!((theirs.phase, words(&theirs)), (Phase::Done, String::new()));
    let after = stage.truth().await;
    assert_eq!((after.mode.as_str(), after.shared_key), ("identity", false));
    assert_eq!(after.roles.len(), before.roles.len() + grants, "no role is given twice");
    // Both may take it back, first who did the last of it: what is gone already is no failure.
    let last = |run: &Run| run.steps.iter().rposition(|step| step.changed);
    let mut waiting = None;
    for mine in [last(&ours) >= last(&theirs), last(&ours) < last(&theirs)] {
        if last(if mine { &ours } else { &theirs }).is_some() {
            let undone = match mine {
                true => stage.undo(&ours).await,
                false => other.undo(&theirs.id, &[], &Control::default(), &mut |_| {}).await.unwrap(),
            };
            if undone.phase == Phase::Failed && waiting.is_none() {
                // It gave a role and the other one switched: the role goes once that is undone.
                assert!(words(&undone).contains("mlw-fraud-dev is on shared key"), "{}", words(&undone));
                waiting = Some((mine, undone.id));
            } else {
                assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
            }
        }
    }
    if let Some((mine, id)) = waiting {
        let runner = if mine { &stage.runner } else { &other };
        let undone = runner.resume(&id, &Control::default(), &mut |_| {}).await.unwrap();
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    }
    assert_eq!(stage.truth().await, before);
}

#[tokio::test]
async fn keys_are_not_turned_off_under_a_neighbour_that_was_switched_back_meanwhile() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("proj-vision-defects").await;
    let neighbour = desk.model().browser.workspace().unwrap().clone();
    stage.client.run(&set_auth_mode(&neighbour, &AuthMode::Identity), |_| {}).await.unwrap();
    desk.press("R").await;
    desk.settle().await;
    desk.go_to("hub-vision").await;
    let hub = desk.model().browser.workspace().unwrap().clone();
    let account = desk.model().page().unwrap().opened.storage_id().unwrap().clone();
    let lock = hub.join("providers/Microsoft.Authorization/locks");
    let locks: Vec<serde_json::Value> = stage.client.list(&Request::get(&lock, "2020-05-01")).await.unwrap();
    for one in &locks {
        let request = Request::arm_path(Method::Delete, one["id"].as_str().unwrap(), "2020-05-01");
        stage.client.send(&request).await.unwrap();
    }
    desk.press("Rs<enter>i").await;
    let there = with(plan(&mut desk), "keys-off");
    assert!(
        there.warnings.iter().all(|one| !one.text.contains("when shared key access is turned off")),
        "{:#?}",
        there.warnings
    );
    stage.client.run(&set_auth_mode(&neighbour, &AuthMode::AccessKey), |_| {}).await.unwrap();
    let run = stage.run(there).await;
    let (at, _) = run.trouble().unwrap();
    assert_eq!(run.plan.steps[at].id, "keys-off");
    assert!(words(&run).contains("proj-vision-defects does not sign in by key"), "{}", words(&run));
    let now = truth(&stage.client, &hub, &account).await;
    assert_eq!((now.mode.as_str(), now.shared_key), ("identity", true));
    assert!(run.steps[..at].iter().all(|step| !matches!(step.state, StepState::Pending)));
}

#[tokio::test]
async fn a_neighbour_that_the_list_does_not_have_is_found_and_one_that_cannot_be_read_is_said() {
    let stage = Stage::of("owner").await;
    let mut desk = stage.desk("mlw-fraud-dev").await;
    let page = desk.model().page().unwrap().opened.clone();
    // A workspace of another subscription on the same account, of which the list of the console knows nothing.
    let elsewhere = |id: &ArmId| id.subscription_id() != page.workspace.id.subscription_id();
    let other = desk.model().inventory.workspaces().iter().find(|one| elsewhere(&one.id)).unwrap().id.clone();
    let (group, _) = other.as_str().split_once("/providers/").unwrap();
    let far = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/mlw-far");
    let body = json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": {
        "storageAccount": page.storage_id().unwrap(),
        "keyVault": page.workspace.properties.key_vault,
        "applicationInsights": page.workspace.properties.application_insights}});
    let put = Request::arm_path(Method::Put, &far, "2024-10-01-preview").body(body);
    stage.client.run(&put, |_| {}).await.unwrap();
    desk.press("s").await;
    let made = desk.model().switching.as_ref().unwrap().made[0].clone();
    assert!(made.neighbours.iter().any(|one| one.id.name() == "mlw-far"), "{:?}", made.neighbours);
    assert!(made.neighbours_known, "{:?}", made.gaps);
    desk.press("<enter>i").await;
    let there = plan(&mut desk);
    assert!(there.warnings.iter().any(|one| one.text.ends_with(": mlw-far.")), "{:#?}", there.warnings);

    stage.running.add_fault(Fault {
        status: Some(403),
        body: Some(json!({"error": {"code": "AccessDenied", "message": "You may not ask."}})),
        ..Fault::on("POST", "*/Microsoft.ResourceGraph/resources")
    });
    desk.press("<esc><esc>s").await;
    let made = desk.model().switching.as_ref().unwrap().made[0].clone();
    assert!(!made.neighbours_known);
    assert!(
        made.gaps.iter().any(|gap| gap.starts_with("other workspaces on the account")),
        "{:?}",
        made.gaps
    );
    desk.press("<enter>i").await;
    let there = plan(&mut desk);
    assert!(
        there
            .warnings
            .iter()
            .any(|one| one.text.starts_with("Not every workspace on stfrauddev could be looked for")),
        "{:#?}",
        there.warnings
    );
}

#[tokio::test]
async fn user_delegation_sas_is_not_planned_where_no_version_of_the_service_has_it() {
    let stage = Stage::of("owner").await;
    stage.running.add_fault(Fault {
        status: Some(200),
        body: Some(json!({"namespace": "Microsoft.MachineLearningServices", "resourceTypes": [
            {"resourceType": "workspaces", "apiVersions": ["2024-04-01", "2024-10-01"]}]})),
        ..Fault::on("GET", "*/providers/Microsoft.MachineLearningServices")
    });
    let mut desk: Desk = stage.desk("mlw-fraud-dev").await;
    desk.press("s<enter>").await;
    assert!(desk.screen().contains("the service does not have it here"), "{}", desk.screen());
    desk.press("u").await;
    let screen = desk.screen();
    assert!(screen.contains("its newest version here is 2024-10-01"), "{screen}");
    assert!(stage.writes().is_empty());
}

#[tokio::test]
async fn an_undo_takes_no_role_from_under_a_workspace_that_somebody_switched_meanwhile() {
    let stage = Stage::of("owner").await;
    let there = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let at = there.steps.iter().position(|step| step.id == "switch").unwrap();
    stage.running.add_fault(Fault {
        status: Some(409),
        body: Some(json!({"error": {"code": "Conflict", "message": "Another operation is in progress."}})),
        times: Some(1),
        ..Fault::on("PATCH", "*/workspaces/mlw-fraud-dev")
    });
    let failed = stage.run(there).await;
    assert_eq!(failed.trouble().map(|(step, _)| step), Some(at));
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::UserDelegationSas), |_| {}).await.unwrap();
    let switched = stage.truth().await;
    let undone = stage.undo(&failed).await;
    assert_eq!((undone.phase, undone.trouble().map(|(step, _)| step)), (Phase::Failed, Some(0)));
    let said = words(&undone);
    assert!(
        said.contains("mlw-fraud-dev is on shared key") && said.contains("go on once that is so again"),
        "{said}"
    );
    assert_eq!(stage.truth().await, switched, "every role is still there");
    // Once it is on keys again the undo goes on.
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::AccessKey), |_| {}).await.unwrap();
    let undone = stage.resume(&undone).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    // By itself a role goes neither while what was switched relies on it.
    let there = stage.run(stage.plan("mlw-fraud-dev", "s<enter>i").await).await;
    let control = Control::default();
    let alone = stage.runner.undo(&there.id, &[0], &control, &mut |_| {}).await.unwrap();
    let said = words(&alone);
    assert!(said.contains("mlw-fraud-dev is on shared key"), "{said}");
    assert!(said.contains(&format!("run {}, from here, changed it", there.id)), "nobody else did: {said}");
    assert!(!there.undoable_alone().contains(&0), "so it is not offered");
}

#[tokio::test]
async fn no_role_is_taken_from_under_a_workspace_that_came_to_the_account_after_the_switch() {
    let stage = Stage::of("owner").await;
    let there = stage.run(stage.plan("mlw-fraud-dev", "s<enter>i").await).await;
    assert_eq!((there.phase, words(&there)), (Phase::Done, String::new()));
    let roles = stage.truth().await.roles;
    let new = another_on_the_account(&stage).await;
    let undone = stage.undo(&there).await;
    let said = words(&undone);
    assert_eq!(undone.phase, Phase::Failed, "{said}");
    assert!(
        said.contains("every workspace that came to stfrauddev since signs in by key, but mlw-new is there"),
        "{said}"
    );
    let now = stage.truth().await;
    assert_eq!(
        (now.mode.as_str(), now.roles),
        ("accesskey", roles),
        "what was switched is switched back, every role stays"
    );
    // The way back to keys offers none of them either.
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::Identity), |_| {}).await.unwrap();
    let mut desk = stage.later_desk("mlw-fraud-dev").await;
    desk.press("s<enter>b").await;
    let back = plan(&mut desk);
    assert!(back.steps.iter().all(|step| !step.id.starts_with("take-")), "{:?}", stage::ids(&back));
    let said = back.warnings.iter().any(|one| one.text.contains("may rely on them: mlw-new"));
    assert!(said, "{:?}", back.warnings);
    // Once that one is on keys too they go.
    stage.client.run(&set_auth_mode(&new, &AuthMode::AccessKey), |_| {}).await.unwrap();
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::AccessKey), |_| {}).await.unwrap();
    let undone = stage.resume(&undone).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
}

/// Puts another workspace onto the account of the one that is switched, in its mode.
async fn another_on_the_account(stage: &Stage) -> ArmId {
    let new = workspace().as_str().replace("mlw-fraud-dev", "mlw-new");
    let mut body: Value =
        stage.client.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    for read_only in ["id", "name", "systemData", "etag"] {
        body.as_object_mut().unwrap().remove(read_only);
    }
    let put = Request::arm_path(Method::Put, &new, "2024-10-01-preview").body(body);
    stage.client.run(&put, |_| {}).await.unwrap();
    ArmId::parse(&new).unwrap()
}

#[tokio::test]
async fn keys_are_not_turned_off_under_a_workspace_that_came_to_the_account_meanwhile() {
    let stage = Stage::of("owner").await;
    let there = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
    let new = another_on_the_account(&stage).await;
    let run = stage.run(there).await;
    let (at, _) = run.trouble().unwrap();
    assert_eq!(run.plan.steps[at].id, "keys-off");
    let said = words(&run);
    let wanted = "no workspace that signs in by key came to stfrauddev since, but mlw-new is there";
    assert!(said.contains(wanted), "{said}");
    let now = stage.truth().await;
    assert_eq!((now.mode.as_str(), now.shared_key), ("identity", true));
    // Once that one is on identity too the run goes on.
    stage.client.run(&set_auth_mode(&new, &AuthMode::Identity), |_| {}).await.unwrap();
    let run = stage.resume(&run).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(!stage.truth().await.shared_key);
}

/// At the speed of Azure: no clock here runs out by itself.
#[tokio::test]
async fn keys_off_waits_for_roles_that_somebody_did_not_wait_for_and_says_how_long_that_takes() {
    let stage = Stage::of("owner").await;
    let there = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
    let unhurried = amldeck::azure::arm::ClientOptions {
        pace: amldeck::azure::arm::retry::Pace::default(),
        ..emulator::client_options(&stage.running.url(), "owner")
    };
    let client = amldeck::azure::arm::Client::new(unhurried);
    let place = JournalPlace::Memory(Memory::default());
    let runner = Runner::open(client, &place, Clock::Fixed(now())).await.unwrap();
    let control = Control::default();
    let (orders, mut told) = (control.clone(), Vec::new());
    let mut emit = |event: RunEvent| match event {
        RunEvent::Recorded { record, .. } => {
            if let Change::Waiting { step, .. } = record.change {
                orders.cut_wait(step);
            }
        }
        RunEvent::Progress { status: Some(status), .. } if status.starts_with("waits until") => {
            told.push(status);
            orders.stop(false);
        }
        _ => {}
    };
    let run = runner.run(there, None, &control, &mut emit).await.unwrap();
    assert_eq!(run.phase, Phase::Stopped);
    assert_eq!(told, ["waits until the roles are in force, which was not waited for before: 5 min more"]);
    let now = stage.truth().await;
    assert_eq!((now.mode.as_str(), now.shared_key), ("identity", true));
}

#[tokio::test]
async fn an_undo_that_will_stop_says_so_before_it_is_begun() {
    let stage = Stage::of("owner").await;
    let there = stage.run(stage.plan("mlw-fraud-dev", "s<enter>i").await).await;
    assert_eq!((there.phase, words(&there)), (Phase::Done, String::new()));
    let plan = inverse(&there, &[]).unwrap();
    assert_eq!(stage.runner.ahead(&plan).await, [], "what it changes itself does not speak against it");
    another_on_the_account(&stage).await;
    let mut desk = stage.later_desk("mlw-fraud-dev").await;
    desk.press("u<enter>u").await;
    let screen = desk.screen();
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("{screen}") };
    let [said] = &*review.ahead else { panic!("{screen}") };
    let said = &said.text;
    assert!(said.starts_with("As things are it stops at step 3, Take "), "{said}");
    let wanted = "every workspace that came to stfrauddev since signs in by key, but mlw-new is there; what comes before it is done then.";
    assert!(said.ends_with(wanted), "{said}");
    assert!(screen.contains("As things are it stops"), "{screen}");
    let undone = stage.undo(&there).await;
    assert_eq!(undone.trouble().map(|(step, _)| step), Some(2), "and so it is: {}", words(&undone));
}

#[tokio::test]
async fn a_run_from_here_is_not_blamed_for_what_somebody_else_did_behind_it() {
    let stage = Stage::of("owner").await;
    let there = stage.run(stage.plan("mlw-fraud-dev", "s<enter>i").await).await;
    stage.client.run(&set_auth_mode(&workspace(), &AuthMode::UserDelegationSas), |_| {}).await.unwrap();
    let control = Control::default();
    let alone = stage.runner.undo(&there.id, &[0], &control, &mut |_| {}).await.unwrap();
    let said = words(&alone);
    assert!(said.contains("mlw-fraud-dev is on shared key"), "{said}");
    assert!(said.contains("somebody else") && !said.contains(&there.id.0), "{said}");
}

#[tokio::test]
async fn what_an_earlier_run_did_a_moment_ago_is_waited_for_by_the_next_one() {
    let stage = Stage::of("owner").await;
    let there = with(stage.plan("mlw-fraud-dev", "s<enter>i").await, "keys-off");
    let done = stage.run(there).await;
    // The undo is cut off while the account takes its keys again, and begun anew.
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { record, .. } = event
            && matches!(record.change, Change::Answered { .. })
        {
            orders.stop(false);
        }
    };
    let plan = inverse(&done, &[0, done.steps.len() - 1]).unwrap();
    let cut = stage.runner.run(plan, Some(done.id.clone()), &control, &mut emit).await.unwrap();
    assert_eq!(cut.phase, Phase::Stopped);
    // Nothing is begun beside it until that is decided.
    stage.runner.keep(&cut.id, &mut |_| {}).await.unwrap();
    let mut waited = Vec::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { record, .. } = event
            && let Change::Waiting { step, .. } = record.change
        {
            waited.push(step);
        }
    };
    let plan = inverse(&done, &[]).unwrap();
    assert_eq!(plan.steps[0].id, "undo-keys-off");
    let undone = stage.runner.run(plan, Some(done.id), &Control::default(), &mut emit).await.unwrap();
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(matches!(undone.steps[0].state, StepState::AlreadySo(_)), "{:?}", undone.steps[0].state);
    assert_eq!(waited, [0], "the keys may not work everywhere yet");
}

#[tokio::test]
async fn nothing_is_begun_beside_a_run_that_is_not_over_and_it_is_taken_up_from_there() {
    let stage = Stage::of("owner").await;
    let there = stage.plan("mlw-fraud-dev", "s<enter>i").await;
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { record, .. } = event
            && matches!(record.change, Change::Waiting { .. })
        {
            orders.stop(false);
        }
    };
    let left = stage.runner.run(there, None, &control, &mut emit).await.unwrap();
    assert_eq!(left.phase, Phase::Stopped);
    let sent = stage.writes().len();
    let mut desk = stage.later_desk("mlw-fraud-dev").await;
    desk.press("s").await;
    let screen = desk.screen();
    assert!(screen.contains("Unfinished") && screen.contains(&left.id.0), "it is said at the top:\n{screen}");
    // The list of what is under way opens from there, and is left again.
    desk.press("!").await;
    assert!(desk.screen().contains("Notifications"), "{}", desk.screen());
    desk.press("<esc><enter>").await;
    assert!(desk.screen().contains("Take up what is unfinished"), "{}", desk.screen());
    desk.press("i").await;
    assert!(desk.screen().contains("Not over: run"), "{}", desk.screen());
    desk.press("<enter>").await;
    let screen = desk.screen();
    for words in
        ["Not over: Switch mlw-fraud-dev to identity", "back to the plan", "look at it", "go on", "undo"]
    {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    desk.press("y").await;
    assert_eq!(stage.writes().len(), sent, "nothing is begun");
    desk.press("o").await;
    desk.until(|console| {
        console.model.runs.all().first().is_some_and(|known| known.run.phase == Phase::Done)
    })
    .await;
    desk.settle().await;
    assert_eq!(stage.truth().await.mode, "identity");
    let reviews =
        desk.model().overlays.iter().filter(|one| matches!(one, Overlay::Review(_) | Overlay::Text(_)));
    assert_eq!(reviews.count(), 0, "what was planned before is not so any more");
}
