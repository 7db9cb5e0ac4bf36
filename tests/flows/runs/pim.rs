//! Roles that PIM gives: with an end, activated, approved, withdrawn.

use super::*;

#[tokio::test]
async fn a_role_given_with_an_end_goes_through_pim_and_back() {
    let stage = Stage::of("owner").await;
    let mut timed = grants().remove(0);
    timed.end = Some("2026-12-01T00:00:00Z".parse().unwrap());
    timed.requests =
        ["e2000000-0000-4000-8000-000000000001", "e2000000-0000-4000-8000-000000000002"].map(str::to_owned);
    let plan = grant(Kind::Grant, "t", workspace(), &[timed], &Setting::default());
    let run = stage.run(plan.clone()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await.len(), 1);
    let again = stage.run(plan).await;
    assert!(matches!(again.steps[0].state, StepState::AlreadySo(_)));
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
}

fn activation(duration: &str) -> Activation {
    let subscription = ArmId::parse(PRODUCTION).unwrap();
    Activation {
        me: CONTRIBUTOR.to_owned(),
        role: roles::OWNER.into(),
        place: Place { id: subscription, name: "Contoso Production".to_owned() },
        eligibility: None,
        duration: duration.to_owned(),
        until: "2026-11-22T18:03:00Z".parse().unwrap(),
        justification: "incident 12".to_owned(),
        ticket: None,
        approval: true,
        requests: ["e2000000-0000-4000-8000-000000000003", "e2000000-0000-4000-8000-000000000004"]
            .map(str::to_owned),
    }
}

/// What an approver does, who is somebody else.
async fn approve(stage: &Stage, asked: &Run) {
    let owner = emulator::client(&stage.running.url(), "owner");
    let path = &asked.plan.steps[0].requests[0].path;
    let request = owner.value(&Request::arm_path(Method::Get, path, "2020-10-01")).await.unwrap();
    let approval = request["properties"]["approvalId"].as_str().unwrap();
    let version = "2021-01-01-preview";
    let stages = owner.value(&Request::arm_path(Method::Get, approval, version)).await.unwrap();
    let stage = stages["properties"]["stages"][0]["id"].as_str().unwrap();
    let review = json!({"properties": {"reviewResult": "Approve", "justification": "the incident is real"}});
    owner.send(&Request::arm_path(Method::Patch, stage, version).body(review)).await.unwrap();
}

/// Asks for an eligible role, which waits for its approval, and goes on once it has it.
async fn activated(stage: &Stage) -> Run {
    let production = Setting { me: Some(CONTRIBUTOR.to_owned()), production: true, ends_are_told: false };
    let control = Control::default();
    let orders = control.clone();
    let mut told = String::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Progress { status: Some(status), .. } = event {
            told = status;
            orders.stop(false);
        }
    };
    let plan = activate(&activation("PT4H"), &production);
    let asked = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((asked.phase, told.as_str()), (Phase::Stopped, "it waits for somebody to approve it"));
    approve(stage, &asked).await;
    let run = stage.runner.resume(&asked.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    run
}

/// Whether the contributor is owner of production now.
async fn is_owner(stage: &Stage) -> bool {
    let owner = emulator::client(&stage.running.url(), "owner");
    let scope = ArmId::parse(PRODUCTION).unwrap();
    let all: Vec<Value> = owner.list(&role_assignment::list_of_principal(&scope, CONTRIBUTOR)).await.unwrap();
    let is_owner =
        |one: &Value| one["properties"]["roleDefinitionId"].as_str().unwrap().ends_with(roles::OWNER.guid);
    all.iter().any(is_owner)
}

#[tokio::test]
async fn an_eligible_role_waits_for_its_approval_and_is_activated() {
    let stage = Stage::of("contributor").await;
    let production = Setting { me: Some(CONTRIBUTOR.to_owned()), production: true, ends_are_told: false };
    let refused = stage.run(activate(&activation("PT9H"), &production)).await;
    assert!(words(&refused).contains("policy of this role wants a shorter duration"), "{}", words(&refused));
    assert!(!is_owner(&stage).await);
    let run = activated(&stage).await;
    assert!(is_owner(&stage).await);
    let again = stage.run(activate(&activation("PT4H"), &production)).await;
    assert!(matches!(again.steps[0].state, StepState::AlreadySo(_)), "{:?}", again.steps[0].state);
    // The clock of this emulator stands still, and a role stays active for some minutes at least.
    let undone = stage.undo(&run).await;
    assert!(words(&undone).contains("stays active for five minutes"), "{}", words(&undone));
    assert!(is_owner(&stage).await);
}

#[tokio::test]
async fn an_activation_is_undone_once_the_role_was_active_for_five_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let journal = JournalPlace::Memory(Memory::default());
    let at = |time: &str| Options {
        // A second is a second: the five minutes are real ones of these clocks.
        speed: 1.0,
        state: Some(folder.path().join("state.json")),
        clock: amldeck::emulator::Clock::Fixed(time.parse().unwrap()),
        ..emulator::options()
    };
    let first = Stage::open(at("2026-11-22T14:03:00Z"), "contributor", &journal).await;
    let run = activated(&first).await;
    let early = first.undo(&run).await;
    assert!(words(&early).contains("try again then"), "{}", words(&early));
    first.running.stop().await;

    let later = Stage::open(at("2026-11-22T14:08:00Z"), "contributor", &journal).await;
    assert!(is_owner(&later).await, "it is still active");
    // What failed before the five minutes were over is taken up where it stopped.
    let undone = later.runner.resume(&early.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(!is_owner(&later).await);
    later.running.stop().await;
}

#[tokio::test]
async fn an_activation_that_nobody_approved_is_withdrawn() {
    let stage = Stage::of("contributor").await;
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if matches!(event, RunEvent::Progress { status: Some(_), .. }) {
            orders.stop(false);
        }
    };
    let plan = activate(&activation("PT4H"), &Setting::default());
    let asked = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((asked.phase, asked.steps[0].word()), (Phase::Stopped, "sent"));
    assert!(asked.now_true()[0].starts_with("Sent, and not waited for until"), "{:?}", asked.now_true());
    let undone = stage.undo(&asked).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(undone.plan.steps[0].title, "Withdraw the request for Owner on Contoso Production");
    // The way is free for another request.
    let mut again = activation("PT4H");
    again.requests[0] = "e2000000-0000-4000-8000-000000000009".to_owned();
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if matches!(event, RunEvent::Progress { status: Some(_), .. }) {
            orders.stop(false);
        }
    };
    let plan = activate(&again, &Setting::default());
    let asked = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    approve(&stage, &asked).await;
    let late = stage.undo(&asked).await;
    assert!(
        words(&late).contains("still waits to be decided, but status is Provisioned"),
        "{}",
        words(&late)
    );
}

#[tokio::test]
async fn what_a_lock_keeps_pim_from_taking_is_not_called_done() {
    let stage = Stage::of("owner").await;
    let workspace =
        ArmId::parse(&format!("{PRODUCTION}/resourceGroups/rg-fraud-prod/{WORKSPACES}/mlw-fraud-prod"))
            .unwrap();
    let timed = Grant {
        end: Some("2026-12-01T00:00:00.123456789Z".parse().unwrap()),
        requests: ["e2000000-0000-4000-8000-000000000005", "e2000000-0000-4000-8000-000000000006"]
            .map(str::to_owned),
        ..Grant::standing(nobody(), roles::READER, Place::of(&workspace))
    };
    let run = stage.run(grant(Kind::Grant, "t", workspace, &[timed], &Setting::default())).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(run.plan.steps[0].effect, "Nobody has Reader on mlw-fraud-prod until 2026-12-01 00:00 UTC.");
    let undone = stage.undo(&run).await;
    assert_eq!(undone.phase, Phase::Failed);
    assert!(words(&undone).contains("a lock on the scope or above it"), "{}", words(&undone));
    assert!(undone.now_true()[0].starts_with("Sent and taken by Azure"), "{:?}", undone.now_true());
}
