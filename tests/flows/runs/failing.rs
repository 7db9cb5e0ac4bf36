//! Runs that fail, are stopped, or meet another console.

use super::*;

/// A stage whose first PATCH of `path` is answered with `status` and `body`, and the storage account.
async fn with_one_fault(path: &str, status: u16, body: Option<Value>) -> (Stage, ArmId) {
    let fault = Fault {
        method: Some("PATCH".to_owned()),
        path: path.to_owned(),
        status: Some(status),
        body,
        times: Some(1),
        ..Fault::default()
    };
    let options = Options { faults: vec![fault], ..emulator::options() };
    let stage = Stage::open(options, "owner", &JournalPlace::Memory(Memory::default())).await;
    let storage = storage_of(&stage.client).await;
    (stage, storage)
}

#[tokio::test]
async fn a_failed_step_says_what_is_true_and_is_resumed_when_it_is_mended() {
    let locked = json!({"error": {"code": "ScopeLocked", "message": "The scope is locked."}});
    let (stage, storage) = with_one_fault("*workspaces*", 403, Some(locked)).await;
    let run = stage.run(switching(&storage)).await;
    assert_eq!(run.phase, Phase::Failed);
    assert!(words(&run).contains("lock stands in the way"), "{}", words(&run));
    let now = run.now_true();
    assert_eq!(now[0], "Not switched: mlw-fraud-dev.");
    assert!(now[1].starts_with("Done: Nobody has Reader"), "{now:#?}");
    assert_eq!(now[4], "Not done, it failed: Switch");
    assert_eq!(now[5], "Not done: Shared key off");
    assert!(run.is_unfinished());
    assert_eq!(run.choices(), [Choice::Resume, Choice::Undo, Choice::Keep]);
    let resumed = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let kept = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(kept, RunError::Over(_)));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_out_by_reading() {
    let (stage, storage) = with_one_fault("*storageAccounts*", 500, None).await;
    let run = stage.run(switching(&storage)).await;
    assert_eq!(run.phase, Phase::Failed);
    let (_, trouble) = run.trouble().unwrap();
    assert!(trouble.passing && !trouble.unknown, "reading told that nothing was done: {trouble:?}");
    let resumed = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
}

/// A stage in which the first grant is carried out, its answer is lost, and sending it again is refused; and the first
/// `blind` reads of assignments find none.
async fn with_a_lost_grant(blind: u32) -> Stage {
    let locked = json!({"error": {"code": "ScopeLocked", "message": "The scope is locked."}});
    let assignments = "*/roleAssignments*";
    let faults = vec![
        Fault { truncate: true, times: Some(1), ..Fault::on("PUT", assignments) },
        Fault { status: Some(403), body: Some(locked), times: Some(1), ..Fault::on("PUT", assignments) },
        Fault {
            body: Some(json!({ "value": [] })),
            times: Some(blind),
            ..Fault::on("GET", "*/roleAssignments")
        },
    ];
    let options = Options { faults, ..emulator::options() };
    Stage::open(options, "owner", &JournalPlace::Memory(Memory::default())).await
}

#[tokio::test]
async fn a_lost_answer_counts_though_sending_again_was_refused() {
    let stage = with_a_lost_grant(0).await;
    let run = stage.run(granting()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(run.steps[0].changed, "the first of the two attempts did it: {:?}", run.steps[0]);
    assert_eq!(stage.undo(&run).await.phase, Phase::Done);
}

#[tokio::test]
async fn what_cannot_be_read_yet_after_a_lost_answer_is_taken_back_once_it_is_found() {
    // Once before it is sent, and six times before it is believed not to be there.
    let stage = with_a_lost_grant(7).await;
    let run = stage.run(granting()).await;
    assert_eq!(run.phase, Phase::Failed);
    assert!(!run.trouble().unwrap().1.unknown, "{}", words(&run));
    let resumed = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert!(resumed.steps[0].changed, "it was there already, by this very run: {:?}", resumed.steps[0]);
}

#[tokio::test]
async fn what_azure_says_is_so_already_and_cannot_be_found_is_not_called_taken() {
    let stage = Stage::of("owner").await;
    let body =
        json!({"error": {"code": "RoleAssignmentExists", "message": "The role assignment already exists."}});
    let exists = Fault { status: Some(409), body: Some(body), ..Fault::on("PUT", "*/roleAssignments/*") };
    stage.running.add_fault(exists);
    let run = stage.run(granting()).await;
    assert_eq!(run.phase, Phase::Failed);
    assert!(words(&run).starts_with("Azure says that it is so already, but"), "{}", words(&run));
    assert!(
        run.now_true()[0].starts_with("So already, as Azure says, but not confirmed"),
        "{:?}",
        run.now_true()
    );
}

/// A runner that waits as long as one has to on Azure.
async fn unhurried(running: &Running) -> (Client, Runner) {
    let options = ClientOptions {
        pace: amldeck::azure::arm::retry::Pace::default(),
        ..emulator::client_options(&running.url(), "owner")
    };
    let (client, place) = (Client::new(options), JournalPlace::Memory(Memory::default()));
    let runner = Runner::open(client.clone(), &place, clock()).await.unwrap();
    (client, runner)
}

#[tokio::test]
async fn a_stop_does_not_wait_for_what_azure_holds_back() {
    let running = emulator::start(emulator::options()).await;
    let busy = json!({"error": {"code": "429", "message": "Too many requests. Retry after 100 seconds."}});
    let held = Fault { status: Some(429), body: Some(busy), ..Fault::on("PUT", "*/roleAssignments/*") };
    running.add_fault(held);
    let (client, runner) = unhurried(&running).await;
    let control = Control::default();
    let mut plan = granting();
    plan.steps.truncate(1);
    let orders = control.clone();
    let stop = async move {
        let mut traffic = client.subscribe();
        traffic.wait_for(|traffic| traffic.throttle.is_some()).await.unwrap();
        orders.stop(false);
    };
    let mut silent = |_: RunEvent| {};
    let (run, ()) = tokio::join!(runner.run(plan, None, &control, &mut silent), stop);
    let run = run.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Stopped, String::new()));
    assert!(!run.steps[0].touched(), "Azure refused it, so that it did nothing: {:?}", run.steps[0]);
    running.clear_faults();
    let done = runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((done.phase, words(&done)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn a_stop_comes_before_the_next_request_and_a_clock_can_be_cut_short() {
    let mut plan = granting();
    let endless = Wait {
        reason: "the end of days".to_owned(),
        typical: 86_400,
        at_most: 86_400,
        until: Some(Check::new(
            Request::get(&workspace(), "2024-10-01-preview"),
            Expect::Absent,
            "it is gone",
        )),
        after: Vec::new(),
        since: None,
    };
    plan.steps[0].wait = Some(endless);
    let running = emulator::start(emulator::options()).await;
    // At the speed of Azure: this clock would never run out.
    let (_, runner) = unhurried(&running).await;
    plan.steps.truncate(2);
    let control = Control::default();
    let orders = control.clone();
    let mut stop = |event: RunEvent| {
        if matches!(&event, RunEvent::Recorded { record, .. } if matches!(record.change, Change::Waiting { .. }))
        {
            orders.stop(false);
        }
    };
    let stopped = runner.run(plan, None, &control, &mut stop).await.unwrap();
    assert_eq!(stopped.phase, Phase::Stopped);
    assert!(matches!(stopped.steps[1].state, StepState::Pending));
    let control = Control::default();
    let orders = control.clone();
    let mut cut = |event: RunEvent| {
        if matches!(&event, RunEvent::Recorded { record, .. } if matches!(record.change, Change::Waiting { .. }))
        {
            orders.cut_wait(0);
        }
    };
    let done = runner.resume(&stopped.id, &control, &mut cut).await.unwrap();
    assert_eq!((done.phase, words(&done)), (Phase::Done, String::new()));
    let now = done.now_true();
    assert!(now[0].starts_with("Not waited for, and perhaps not so yet: "), "{now:#?}");
    assert!(now[1].starts_with("Done: "), "{now:#?}");
}

#[tokio::test]
async fn a_way_back_that_was_planned_before_the_run_went_on_is_not_taken() {
    let locked = json!({"error": {"code": "ScopeLocked", "message": "The scope is locked."}});
    let (stage, storage) = with_one_fault("*workspaces*", 403, Some(locked)).await;
    let run = stage.run(switching(&storage)).await;
    let planned = inverse(&run, &[]).unwrap();
    stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    let before = stage.writes().await;
    let id = Some(run.id.clone());
    let refused = stage.runner.run(planned, id, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(
        matches!(refused, RunError::WentOn(_)) && refused.to_string().contains("nothing was sent"),
        "{refused}"
    );
    assert_eq!((stage.writes().await, stage.runner.journal().list().unwrap().0.len()), (before, 1));
    assert_eq!(stage.undo(&run).await.phase, Phase::Done, "planned anew it takes all of it back");
}

#[tokio::test]
async fn two_consoles_do_not_carry_on_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let stage = Stage::open(emulator::options(), "owner", &place).await;
    let other = Runner::open(stage.client.clone(), &place, clock()).await.unwrap();
    let mut seen = None;
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { run, record } = event
            && matches!(record.change, Change::Sending { .. })
        {
            seen = Some((other.journal().find(&run.0).unwrap().held, other.journal().take_up(&run).is_err()));
        }
    };
    stage.runner.run(granting(), None, &Control::default(), &mut emit).await.unwrap();
    assert_eq!(seen, Some((true, true)));
}

#[tokio::test]
async fn an_undo_that_was_cut_off_holds_what_it_takes_back_and_is_not_gone_on_with_once_that_went_on() {
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let stage = Stage::open(emulator::options(), "owner", &place).await;
    let stopped_at = |step: usize| {
        let control = Control::default();
        let orders = control.clone();
        (control, move |event: RunEvent| {
            if let RunEvent::Recorded { record, .. } = event
                && matches!(record.change, Change::Step { step: begun } if begun == step)
            {
                orders.stop(false);
            }
        })
    };
    let (control, mut emit) = stopped_at(1);
    let run = stage.runner.run(granting(), None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, stage.has(NOBODY).await.len()), (Phase::Stopped, 1));
    let (control, mut emit) = stopped_at(0);
    let undo = stage.runner.undo(&run.id, &[], &control, &mut emit).await.unwrap();
    assert_eq!((undo.phase, stage.has(NOBODY).await.len()), (Phase::Stopped, 1), "before its first request");
    let held = stage.runner.journal().take_up(&run.id).unwrap();
    let refused = stage.runner.resume(&undo.id, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("is carried on by another console"), "{refused}");
    drop(held);
    let done = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((done.phase, stage.has(NOBODY).await.len()), (Phase::Done, 2));
    let refused = stage.runner.resume(&undo.id, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(refused, RunError::Outdated { .. }), "{refused}");
    assert_eq!(stage.has(NOBODY).await.len(), 2);
    assert_eq!(stage.undo(&done).await.phase, Phase::Done);
    assert_eq!(stage.has(NOBODY).await.len(), 0);
}

#[tokio::test]
async fn an_undo_that_is_gone_on_with_decides_about_what_it_took_back() {
    let stage = Stage::of("owner").await;
    let stop_behind = |behind: usize| {
        let control = Control::default();
        let orders = control.clone();
        (control, move |event: RunEvent| {
            if let RunEvent::Recorded { record, .. } = event
                && matches!(record.change, Change::StepDone { step } if step == behind)
            {
                orders.stop(false);
            }
        })
    };
    let (control, mut emit) = stop_behind(1);
    let run = stage.runner.run(granting(), None, &control, &mut emit).await.unwrap();
    assert!(run.is_unfinished());
    let (control, mut emit) = stop_behind(0);
    let undo = stage.runner.undo(&run.id, &[], &control, &mut emit).await.unwrap();
    assert_eq!(undo.phase, Phase::Stopped);
    let undone = stage.runner.resume(&undo.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!(undone.phase, Phase::Done);
    let kept = stage.runner.journal().find(&run.id.0).unwrap().run;
    assert_eq!(kept.phase, Phase::Kept, "it waits for nobody any more");
}
