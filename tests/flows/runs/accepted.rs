//! What Azure took and works on: it is never called refused, and never sent a second time while it may go on.

use super::*;

const OPERATIONS: &str = "*/workspaceOperationsStatus/*";

fn polls(path: &str, status: u16, code: &str) -> Fault {
    let body = json!({"error": {"code": code, "message": "No."}});
    Fault { status: Some(status), body: Some(body), ..Fault::on("GET", path) }
}

/// A step that has Azure make the managed network, which is a POST that nothing is read back for.
fn provisioning() -> Plan {
    let mut plan = Plan::new(Kind::Edit, "Provision", workspace());
    let path = workspace().join("provisionManagedNetwork");
    let request =
        Request::arm(Method::Post, &path, "2024-10-01-preview").body(json!({"includeSpark": false}));
    plan.steps.push(Step::send("provision", "Provision", "It is provisioned.", request));
    plan
}

impl Stage {
    fn sent(&self, method: &str, path: &str) -> usize {
        let log = self.running.requests();
        log.iter().filter(|one| one.method == method && one.url.contains(path)).count()
    }

    async fn resume(&self, run: &Run) -> Run {
        self.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap()
    }
}

fn is_going_on(run: &Run, at: usize) {
    let (failed, trouble) = run.trouble().unwrap();
    assert_eq!((failed, trouble.passing, trouble.unknown), (at, true, true), "{trouble:?}");
    assert!(run.steps[at].operation.is_some() && run.is_unfinished());
    let now = run.now_true();
    let said = |line: &String| line.starts_with("Taken by Azure, and not known how it ends: ");
    assert!(now.iter().any(said), "{now:#?}");
}

#[tokio::test]
async fn a_change_that_can_no_longer_be_watched_is_watched_again_and_sent_once() {
    let stage = Stage::of("owner").await;
    let storage = storage_of(&stage.client).await;
    let mut options = vec![polls(OPERATIONS, 401, "ExpiredAuthenticationToken")];
    options.push(Fault {
        status: Some(302),
        headers: [("location".to_owned(), "https://proxy.example/".to_owned())].into(),
        ..Fault::on("GET", OPERATIONS)
    });
    for fault in options {
        let stage = Stage::of("owner").await;
        stage.running.add_fault(fault);
        let run = stage.run(switching(&storage)).await;
        is_going_on(&run, 3);
        stage.running.clear_faults();
        let resumed = stage.resume(&run).await;
        assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
        assert_eq!(stage.sent("PATCH", "/workspaces/mlw-fraud-dev?"), 1);
    }
}

#[tokio::test]
async fn an_action_that_azure_took_is_never_sent_a_second_time() {
    for (status, code) in [(403, "AuthorizationFailed"), (401, "ExpiredAuthenticationToken"), (500, "Oops")] {
        let stage = Stage::of("owner").await;
        stage.running.add_fault(polls("*", status, code));
        let run = stage.run(provisioning()).await;
        is_going_on(&run, 0);
        let again = stage.resume(&run).await;
        is_going_on(&again, 0);
        stage.running.clear_faults();
        let resumed = stage.resume(&again).await;
        assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()), "{status}");
        assert_eq!(stage.sent("POST", "/provisionManagedNetwork?"), 1, "{status}");
    }
}

#[tokio::test]
async fn an_action_whose_operation_azure_forgot_is_left_to_whoever_looks() {
    let stage = Stage::of("owner").await;
    stage.running.add_fault(polls("*", 404, "NotFound"));
    let run = stage.run(provisioning()).await;
    is_going_on(&run, 0);
    for _ in 0..2 {
        let again = stage.resume(&run).await;
        let (_, trouble) = again.trouble().unwrap();
        assert!(trouble.unknown && trouble.words.contains("not sent again"), "{trouble:?}");
        assert!(again.steps[0].operation.is_some());
    }
    assert_eq!(stage.sent("POST", "/provisionManagedNetwork?"), 1);
}

/// A step that deletes the workspace, of which nothing else is checked.
fn deleting() -> Plan {
    let mut plan = Plan::new(Kind::Edit, "Delete", workspace());
    let request = Request::arm(Method::Delete, &workspace(), "2024-10-01-preview");
    plan.steps.push(Step::send("delete", "Delete", "It is gone.", request));
    plan
}

/// The workspace as Azure shows it while something is at work on it.
fn busy(state: &str) -> Fault {
    let body = json!({"properties": {"provisioningState": state}});
    Fault { body: Some(body), ..Fault::on("GET", "*/workspaces/mlw-fraud-dev") }
}

fn lost(method: &str) -> Fault {
    Fault { reset: true, times: Some(1), ..Fault::on(method, "*/workspaces/mlw-fraud-dev") }
}

#[tokio::test]
async fn a_deletion_that_hangs_is_not_taken_for_done() {
    let stage = Stage::of("owner").await;
    stage.running.add_fault(busy("Deleting"));
    stage.running.add_fault(lost("DELETE"));
    let run = stage.run(deleting()).await;
    let (_, trouble) = run.trouble().expect("it is not done");
    assert!(trouble.unknown && trouble.passing, "{trouble:?}");
    assert!(trouble.words.contains("still at work on") && run.steps[0].open == Some(0), "{trouble:?}");
    let again = stage.resume(&run).await;
    assert!(words(&again).contains("still at work on"), "{}", words(&again));
    assert_eq!(stage.sent("DELETE", "mlw-fraud-dev"), 1);
    stage.running.clear_faults();
    assert_eq!(
        stage.resume(&run).await.phase,
        Phase::Done,
        "it is there and quiet, so that it is sent again"
    );
    assert_eq!(stage.sent("DELETE", "mlw-fraud-dev"), 2);
}

#[tokio::test]
async fn who_stops_does_not_wait_for_what_hangs() {
    let stage = Stage::of("owner").await;
    stage.running.add_fault(busy("Deleting"));
    stage.running.add_fault(lost("DELETE"));
    let (control, client) = (Control::default(), stage.client.clone());
    let orders = control.clone();
    let stop = async move {
        let mut traffic = client.subscribe();
        let looks = || {
            client
                .log()
                .entries()
                .iter()
                .any(|entry| entry.url.contains("/mlw-fraud-dev") && entry.method == Method::Get)
        };
        while !looks() {
            traffic.changed().await.unwrap();
        }
        orders.stop(false);
    };
    let mut silent = |_: RunEvent| {};
    let (run, ()) = tokio::join!(stage.runner.run(deleting(), None, &control, &mut silent), stop);
    let run = run.unwrap();
    assert_eq!((run.phase, run.steps[0].open), (Phase::Stopped, Some(0)));
    assert!(run.now_true()[0].starts_with("Not known"), "{:?}", run.now_true());
}

#[tokio::test]
async fn who_stops_before_a_request_is_on_the_wire_sends_nothing() {
    let stage = Stage::of("owner").await;
    let control = Control::default();
    let orders = control.clone();
    let mut emit = move |event: RunEvent| {
        if matches!(&event, RunEvent::Recorded { record, .. } if matches!(record.change, Change::Sending { .. }))
        {
            orders.stop(false);
        }
    };
    let run = stage.runner.run(deleting(), None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, run.steps[0].touched()), (Phase::Stopped, false));
    assert_eq!(stage.sent("DELETE", "mlw-fraud-dev"), 0);
}

#[tokio::test]
async fn what_another_operation_is_at_for_good_is_not_sent_again() {
    let stage = Stage::of("owner").await;
    let mut plan = deleting();
    plan.steps[0].requests[0].method = Method::Patch;
    let conflict = json!({"error": {"code": "Conflict", "message": "Another operation is in progress."}});
    let path = "*/workspaces/mlw-fraud-dev";
    stage.running.add_fault(Fault { status: Some(409), body: Some(conflict), ..Fault::on("PATCH", path) });
    stage.running.add_fault(busy("Updating"));
    let run = stage.run(plan).await;
    let (_, trouble) = run.trouble().unwrap();
    assert!(
        !trouble.unknown && trouble.words.contains("another operation is changing it right now")
            || trouble.words.contains("Another operation is changing it right now"),
        "{trouble:?}"
    );
    assert_eq!(stage.sent("PATCH", "mlw-fraud-dev"), 1);
}
