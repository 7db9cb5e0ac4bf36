//! Whatever a journal holds, its fold makes sense.

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::long_running::Follow;
use crate::azure::arm::long_running::Operation;
use crate::azure::arm::request::{Method, Request};
use crate::domain::plan::Choice;
use crate::domain::plan::{
    Check, Expect, Fill, Kind, Outcome, Part, Remains, Resolved, Step, Verdict, inverse,
};

fn fill() -> Fill {
    Fill {
        request: 0,
        at: "/who".into(),
        read: Request::arm_path(Method::Get, "/subscriptions/a", "1"),
        from: "/principalId".into(),
        words: "object id".into(),
    }
}

fn plan() -> Plan {
    let request = |name: &str| Request::arm_path(Method::Put, &format!("/subscriptions/{name}"), "1");
    let mut plan = Plan::new(Kind::Edit, "Edit", ArmId::subscription("s"));
    let back = |name: &str| Undo::by("Back", "As before.", vec![request(name)]);
    plan.steps = vec![
        Step::send("a", "A", "A is so.", request("a").body(json!({ "who": "" })))
            .fill(fill())
            .undo(back("a")),
        Step { requests: vec![request("b"), request("c")], ..Step::quiet("b", "B", "B is so.") }
            .undo(back("b")),
        Step::send("d", "D", "D is so.", request("d"))
            .undo(Undo::OneWay("no way back".into()))
            .optional(false),
        Step::quiet("e", "E", "E is so."),
    ];
    plan
}

fn first() -> Record {
    let change =
        Change::Begun { run: RunId("1".into()), account: "ada".into(), undoes: None, plan: Box::new(plan()) };
    Record { at: Timestamp::UNIX_EPOCH, change }
}

fn record(change: Change) -> Record {
    Record { at: Timestamp::UNIX_EPOCH, change }
}

/// A clock that only time ends.
fn clock() -> Wait {
    Wait {
        reason: "the roles are in force".into(),
        typical: 300,
        at_most: 600,
        until: None,
        after: Vec::new(),
        since: None,
    }
}

#[test]
fn what_was_not_waited_for_is_not_simply_done() {
    let mut run = Run::begin(&first()).unwrap();
    run.plan.steps[0].wait = Some(clock());
    run.apply(&record(Change::WaitCut { step: 0 }));
    assert_eq!(run.word(), "under way");
    run.apply(&record(Change::Ended));
    assert_eq!(run.word(), "done, not waited until the roles are in force");
}

fn operation() -> Operation {
    Operation {
        method: "PUT".into(),
        path: "/subscriptions/a".into(),
        api_version: "1".into(),
        follow: Follow::ProvisioningState,
        url: Some("https://management.azure.com/operations/1?t=1".into()),
        result_url: None,
        begun: Timestamp::UNIX_EPOCH,
    }
}

fn part() -> Part {
    Part {
        resource: "/subscriptions/s/resourceGroups/rg".into(),
        resource_type: "Microsoft.Resources/resourceGroups".into(),
        name: "rg".into(),
        state: "Failed".into(),
        message: "No.".into(),
        at: None,
        took: None,
    }
}

fn changes() -> impl Strategy<Value = Change> {
    let step = 0..6usize;
    let request = 0..3usize;
    let trouble = any::<bool>().prop_map(|unknown| Trouble { unknown, ..Trouble::found("no") });
    prop_oneof![
        Just(Change::Resumed { account: "bob".into() }),
        step.clone().prop_map(|step| Change::Step { step }),
        step.clone().prop_map(|step| Change::AlreadySo { step, why: "so".into() }),
        (step.clone(), request.clone()).prop_map(|(step, request)| Change::Sending { step, request }),
        (step.clone(), request.clone(), any::<bool>()).prop_map(|(step, request, done)| Change::Answered {
            step,
            request,
            outcome: if done { Outcome::Done } else { Outcome::AlreadySo("Exists".into()) },
        }),
        (step.clone(), request.clone(), any::<bool>()).prop_map(|(step, request, done)| Change::Resolved {
            step,
            request,
            found: if done { Resolved::Done } else { Resolved::NotDone },
        }),
        (step.clone(), request.clone()).prop_map(|(step, request)| Change::Accepted {
            step,
            request,
            operation: operation()
        }),
        (step.clone(), request.clone()).prop_map(|(step, request)| Change::Cancelling { step, request }),
        (step.clone(), request.clone()).prop_map(|(step, request)| Change::CancelTaken { step, request }),
        (step.clone(), request).prop_map(|(step, request)| Change::Cancelled { step, request }),
        (step.clone(), 0..2usize).prop_map(|(step, fill)| Change::Filled { step, fill, text: "x".into() }),
        (step.clone(), 0..2usize).prop_map(|(step, request)| Change::Renewed {
            step,
            request,
            begins: "x".into()
        }),
        (step.clone(), 0..2usize).prop_map(|(step, request)| Change::OverBefore { step, request }),
        step.clone().prop_map(|step| Change::Parts { step, parts: vec![part()] }),
        step.clone().prop_map(|step| Change::Remains {
            step,
            remains: Remains { there: vec!["/subscriptions/a".into()], ..Remains::default() }
        }),
        step.clone().prop_map(|step| Change::Waiting { step, since: Timestamp::UNIX_EPOCH, seconds: None }),
        step.clone().prop_map(|step| Change::WaitCut { step }),
        step.clone().prop_map(|step| Change::Verified {
            step,
            verdict: Verdict { holds: true, never: false, found: String::new() }
        }),
        step.clone().prop_map(|step| Change::StepDone { step }),
        (step, trouble).prop_map(|(step, trouble)| Change::StepFailed { step, trouble }),
        Just(Change::Stopped),
        Just(Change::Ended),
        Just(Change::Kept),
    ]
}

/// The request of a step that was sent last and whether Azure took it, while it is not known how it ended.
fn sent(changes: &[Change], at: usize) -> Option<(usize, bool)> {
    changes.iter().filter(|change| change.step() == Some(at)).fold(None, |sent, change| match change {
        Change::Sending { request, .. } => Some((*request, false)),
        Change::Accepted { request, .. } => Some((*request, true)),
        Change::Answered { .. } | Change::Resolved { .. } | Change::Cancelled { .. } => None,
        Change::StepFailed { trouble, .. } if !trouble.unknown => None,
        _ => sent,
    })
}

proptest! {
    #[test]
    fn whatever_the_records_are_the_run_makes_sense(changes in proptest::collection::vec(changes(), 0..40)) {
        let mut records = vec![first()];
        records.extend(changes.iter().cloned().map(record));
        let lines: Vec<String> = records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
        let read: Vec<Record> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&read, &records, "a record comes back from its line");

        let run = Run::replay(&records).unwrap();
        let mut by_and_by = Run::begin(&records[0]).unwrap();
        for record in &records[1..] {
            by_and_by.apply(record);
        }
        prop_assert_eq!(&run, &by_and_by);
        prop_assert_eq!(run.records, records.len());
        let (over, all) = run.progress();
        prop_assert!(over <= all && all <= 4);
        let remains = run.steps.iter().filter_map(|step| step.remains.as_ref()).flat_map(|one| one.lines(None));
        prop_assert_eq!(run.now_true().len(), all + remains.count());
        // What is offered can be done.
        prop_assert_eq!(run.choices().contains(&Choice::Undo), inverse(&run, &[]).is_ok());
        if let Ok(back) = inverse(&run, &[]) {
            prop_assert_eq!(back.steps.len(), run.undoable().len());
        }
        for (at, step) in run.steps.iter().enumerate() {
            // Nothing that was sent and of which nothing is known is forgotten, and no operation that Azure took.
            let sent = sent(&changes, at);
            prop_assert_eq!((step.open, step.operation.is_some()), (sent.map(|it| it.0), sent.is_some_and(|it| it.1)));
            let cut = changes.iter().any(|change| matches!(change, Change::WaitCut { step } if *step == at));
            prop_assert_eq!(step.wait_cut, cut, "who went on without waiting waits no more");
            let has_parts = changes.iter().any(|change| matches!(change, Change::Parts { step, .. } if *step == at));
            prop_assert_eq!(step.parts.is_empty(), !has_parts);
        }
        let filled = changes.iter().any(|change| matches!(change, Change::Filled { step: 0, fill: 0, .. }));
        prop_assert_eq!(run.plan.steps[0].unfilled(0).count(), usize::from(!filled));
    }

    #[test]
    fn taking_a_run_up_again_forgets_nothing_that_was_done(changes in proptest::collection::vec(changes(), 0..40)) {
        let mut records = vec![first()];
        records.extend(changes.into_iter().map(record));
        let before = Run::replay(&records).unwrap();
        let mut after = before.clone();
        after.apply(&Record { at: Timestamp::UNIX_EPOCH, change: Change::Resumed { account: "ada".into() } });
        prop_assert_eq!(after.phase, Phase::Running);
        for (before, after) in before.steps.iter().zip(&after.steps) {
            prop_assert_eq!((before.answered, before.changed, before.open), (after.answered, after.changed, after.open));
            prop_assert_eq!(&before.operation, &after.operation);
            prop_assert_eq!(before.state.is_over(), after.state.is_over());
        }
    }
}

#[test]
fn the_way_back_goes_backwards_and_names_what_stays() {
    let done = |step| record(Change::StepDone { step });
    let answered = |step| record(Change::Answered { step, request: 0, outcome: Outcome::Done });
    let mut records = vec![first()];
    for step in 0..3 {
        records.extend([answered(step), done(step)]);
    }
    let run = Run::replay(&records).unwrap();
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["undo-b", "undo-a"]);
    assert!(back.warnings.iter().any(|warning| warning.text.contains("no way back")));
    assert_eq!(inverse(&run, &[0]).unwrap().steps.len(), 1);
    let error = inverse(&run, &[2]).unwrap_err().to_string();
    assert!(error.contains("cannot be undone: no way back"), "{error}");
    assert!(
        inverse(&Run::replay(&records[..1]).unwrap(), &[])
            .unwrap_err()
            .to_string()
            .contains("changed nothing")
    );
}

#[test]
fn what_was_sent_and_perhaps_left_something_can_be_taken_back_and_what_was_refused_needs_not() {
    let sending = Change::Sending { step: 0, request: 0 };
    let resolved = |found| Change::Resolved { step: 0, request: 0, found };
    let accepted = Change::Accepted { step: 0, request: 0, operation: operation() };
    for (changes, undoable) in [
        (vec![sending.clone(), resolved(Resolved::Refused)], 0),
        (vec![sending.clone(), resolved(Resolved::NotDone)], 1),
        (vec![sending, accepted, resolved(Resolved::NotDone)], 1),
    ] {
        let mut records = vec![first()];
        records.extend(changes.into_iter().map(record));
        let run = Run::replay(&records).unwrap();
        assert_eq!((run.steps[0].open, run.undoable().len()), (None, undoable));
    }
}

#[test]
fn what_is_found_after_a_lost_answer_may_be_the_doing_of_this_run_and_what_was_refused_is_not() {
    for (found, undoable) in [(Resolved::NotDone, 1), (Resolved::Refused, 0)] {
        let sending = Change::Sending { step: 0, request: 0 };
        let resolved = Change::Resolved { step: 0, request: 0, found };
        let so = Change::AlreadySo { step: 0, why: "so".into() };
        let records: Vec<Record> =
            std::iter::once(first()).chain([sending, resolved, so].map(record)).collect();
        let run = Run::replay(&records).unwrap();
        assert_eq!(run.undoable().len(), undoable, "{found:?}");
        assert_eq!(run.steps[0].state == StepState::Done, undoable == 1, "{found:?}");
    }
}

#[test]
fn a_run_that_only_waits_may_be_left_alone() {
    let mut run = Run::begin(&first()).unwrap();
    assert!(!run.only_waits() && run.is_unfinished());
    for step in 0..2 {
        run.apply(&record(Change::Answered { step, request: step, outcome: Outcome::Done }));
    }
    assert!(run.only_waits() && !run.is_unfinished());
    run.apply(&record(Change::Sending { step: 1, request: 1 }));
    assert!(!run.only_waits());
}

#[test]
fn a_clock_that_only_time_ends_tells_until_when_it_runs() {
    let mut run = Run::begin(&first()).unwrap();
    run.plan.steps[0].wait = Some(clock());
    assert_eq!(run.clock(), None, "it does not run yet");
    run.apply(&record(Change::Waiting { step: 0, since: Timestamp::UNIX_EPOCH, seconds: None }));
    assert_eq!(run.clock().map(|(_, until)| until.as_second()), Some(300));
    let faster = Change::Waiting { step: 0, since: Timestamp::UNIX_EPOCH, seconds: Some(15) };
    run.apply(&record(faster));
    assert_eq!(run.clock().map(|(_, until)| until.as_second()), Some(15), "time goes faster here");
    assert!(run.now_true()[0].starts_with("Not over yet: "), "{:?}", run.now_true());
    let granted = Check::new(run.plan.steps[0].requests[0].clone(), Expect::Exists, "it is granted");
    run.plan.steps[0].wait.as_mut().unwrap().until = Some(granted);
    assert_eq!(run.clock(), None, "something else than time ends it");
}

#[test]
fn what_was_asked_for_is_awaited_until_it_is_known_that_it_will_not_come() {
    let answered = record(Change::Answered { step: 0, request: 0, outcome: Outcome::Done });
    let waiting = record(Change::Waiting { step: 0, since: Timestamp::UNIX_EPOCH, seconds: None });
    let failed = |trouble| record(Change::StepFailed { step: 0, trouble });
    let of = |trouble: Trouble| {
        Run::replay(&[first(), answered.clone(), waiting.clone(), failed(trouble)]).unwrap().steps[0]
            .is_awaited()
    };
    assert!(of(Trouble::found("nobody is signed in").passing()));
    assert!(!of(Trouble::found("it was denied")));
}

#[test]
fn a_line_of_a_journal_that_makes_no_sense_does_no_harm() {
    let odd = record(Change::Answered { step: 0, request: usize::MAX, outcome: Outcome::Done });
    assert!(Run::replay(&[first(), odd]).is_some());
}

#[test]
fn what_azure_has_taken_is_not_to_do_any_more() {
    let mut run = Run::begin(&first()).unwrap();
    let word = |run: &Run| run.steps[0].word();
    assert_eq!(word(&run), "to do");
    run.apply(&record(Change::Sending { step: 0, request: 0 }));
    run.apply(&record(Change::Accepted { step: 0, request: 0, operation: operation() }));
    run.apply(&record(Change::Stopped));
    assert_eq!(word(&run), "under way in Azure");
    assert!(run.choice_words(Choice::Resume).detail.starts_with("watch what Azure has taken"));
    run.apply(&record(Change::CancelTaken { step: 0, request: 0 }));
    assert_eq!(word(&run), "being cancelled");
    run.apply(&record(Change::Cancelled { step: 0, request: 0 }));
    assert_eq!(word(&run), "cancelled");
}
