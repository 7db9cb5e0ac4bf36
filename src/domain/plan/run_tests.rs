//! Whatever a journal holds, its fold makes sense.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::domain::plan::{Kind, Step, Verdict, inverse};

fn plan() -> Plan {
    let request = |name: &str| Request::arm_path(Method::Put, &format!("/subscriptions/{name}"), "1");
    let mut plan = Plan::new(Kind::Edit, "Edit", ArmId::subscription("s"));
    let back = |name: &str| Undo::by("Back", "As before.", vec![request(name)]);
    plan.steps = vec![
        Step::send("a", "A", "A is so.", request("a")).undo(back("a")),
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
        (step.clone(), request, any::<bool>()).prop_map(|(step, request, done)| Change::Resolved {
            step,
            request,
            found: if done { Resolved::Done } else { Resolved::NotDone },
        }),
        step.clone().prop_map(|step| Change::Waiting { step, since: Timestamp::UNIX_EPOCH }),
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

proptest! {
    #[test]
    fn whatever_the_records_are_the_run_makes_sense(changes in proptest::collection::vec(changes(), 0..40)) {
        let mut records = vec![first()];
        records.extend(changes.into_iter().map(|change| Record { at: Timestamp::UNIX_EPOCH, change }));
        let lines: Vec<String> = records.iter().map(|record| serde_json::to_string(record).unwrap()).collect();
        let read: Vec<Record> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&read, &records, "a record comes back from its line");

        let run = Run::replay(&records).unwrap();
        let mut by_and_by = Run::begin(&records[0]).unwrap();
        for record in &records[1..] {
            by_and_by.apply(record);
        }
        prop_assert_eq!(&run, &by_and_by);
        let (over, all) = run.progress();
        prop_assert!(over <= all && all <= 4);
        prop_assert_eq!(run.now_true().len(), all);
        // What is offered can be done.
        prop_assert_eq!(run.choices().contains(&Choice::Undo), inverse(&run, &[]).is_ok());
        if let Ok(back) = inverse(&run, &[]) {
            prop_assert_eq!(back.steps.len(), run.undoable().len());
        }
        // Nothing that was sent and of which nothing is known is forgotten.
        for step in &run.steps {
            prop_assert!(step.open.is_none() || step.touched());
        }
    }

    #[test]
    fn taking_a_run_up_again_forgets_nothing_that_was_done(changes in proptest::collection::vec(changes(), 0..40)) {
        let mut records = vec![first()];
        records.extend(changes.into_iter().map(|change| Record { at: Timestamp::UNIX_EPOCH, change }));
        let before = Run::replay(&records).unwrap();
        let mut after = before.clone();
        after.apply(&Record { at: Timestamp::UNIX_EPOCH, change: Change::Resumed { account: "ada".into() } });
        prop_assert_eq!(after.phase, Phase::Running);
        for (before, after) in before.steps.iter().zip(&after.steps) {
            prop_assert_eq!((before.answered, before.changed, before.open), (after.answered, after.changed, after.open));
            prop_assert_eq!(before.state.is_over(), after.state.is_over());
        }
    }
}

#[test]
fn the_way_back_goes_backwards_and_names_what_stays() {
    let done = |step| Record { at: Timestamp::UNIX_EPOCH, change: Change::StepDone { step } };
    let answered = |step| Record {
        at: Timestamp::UNIX_EPOCH,
        change: Change::Answered { step, request: 0, outcome: Outcome::Done },
    };
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
fn a_run_that_only_waits_may_be_left_alone() {
    let record = |change| Record { at: Timestamp::UNIX_EPOCH, change };
    let mut run = Run::begin(&first()).unwrap();
    assert!(!run.only_waits() && run.is_unfinished());
    for step in 0..2 {
        run.apply(&record(Change::Answered { step, request: step, outcome: Outcome::Done }));
    }
    assert!(run.only_waits() && !run.is_unfinished());
    run.apply(&record(Change::Sending { step: 1, request: 1 }));
    assert!(!run.only_waits());
}
