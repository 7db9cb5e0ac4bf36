//! Plans and runs for programs. The names are documented in `docs/output.md`.

use serde_json::{Value, json};

use super::super::{Plan, Run};
use crate::domain::times::stamp;

/// A plan as one JSON document.
#[must_use]
pub fn plan_json(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap_or(Value::Null)
}

/// A run as one JSON document: where it stands, and its steps with what became of each.
#[must_use]
pub fn run_json(run: &Run) -> Value {
    let steps = run.plan.steps.iter().zip(&run.steps).map(|(step, progress)| {
        json!({
            "id": step.id,
            "title": step.title,
            "effect": step.effect,
            "requests": step.requests,
            "state": progress.state,
            "changed": progress.changed,
            "begun": progress.begun.map(stamp),
            "ended": progress.ended.map(stamp),
        })
    });
    json!({
        "run": run.id,
        "kind": run.plan.kind,
        "title": run.plan.title,
        "subject": run.plan.subject,
        "account": run.account,
        "undoes": run.undoes,
        "begun": stamp(run.begun),
        "last": stamp(run.last),
        "phase": run.phase,
        "unfinished": run.is_unfinished(),
        "choices": run.choices(),
        "nowTrue": run.now_true(),
        "steps": steps.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::azure::arm::id::ArmId;
    use crate::domain::plan::{Change, Kind, Record, RunId, Step};

    #[test]
    fn times_of_a_run_are_told_to_the_second_as_everywhere() {
        let at: Timestamp = "2026-11-22T14:03:00.123456789Z".parse().unwrap();
        let mut plan = Plan::new(Kind::Edit, "t", ArmId::subscription("s"));
        plan.steps.push(Step::quiet("a", "Do it", "It is so."));
        let id = RunId("1".to_owned());
        let begun = Change::Begun { run: id, account: "a".to_owned(), undoes: None, plan: Box::new(plan) };
        let changes = [begun, Change::Step { step: 0 }, Change::StepDone { step: 0 }];
        let document = run_json(&Run::replay(&changes.map(|change| Record { at, change })).unwrap());
        let step = &document["steps"][0];
        for time in [&document["begun"], &document["last"], &step["begun"], &step["ended"]] {
            assert_eq!(time, "2026-11-22T14:03:00Z");
        }
    }
}
