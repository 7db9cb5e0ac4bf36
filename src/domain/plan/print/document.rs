//! Plans and runs for programs. The names are documented in `docs/output.md`.

use serde_json::{Value, json};

use super::super::{Plan, Run};

/// A plan as one JSON document.
#[must_use]
pub fn plan_json(plan: &Plan) -> Value {
    serde_json::to_value(plan).unwrap_or(Value::Null)
}

/// A run as one JSON document: where it stands, and its steps with what became of each.
#[must_use]
pub fn run_json(run: &Run) -> Value {
    let steps = run.plan.steps.iter().zip(&run.steps).map(|(step, became)| {
        json!({
            "id": step.id,
            "title": step.title,
            "effect": step.effect,
            "requests": step.requests,
            "state": became.state,
            "changed": became.changed,
            "begun": became.begun,
            "ended": became.ended,
        })
    });
    json!({
        "run": run.id,
        "kind": run.plan.kind,
        "title": run.plan.title,
        "subject": run.plan.subject,
        "account": run.account,
        "undoes": run.undoes,
        "begun": run.begun,
        "last": run.last,
        "phase": run.phase,
        "unfinished": run.is_unfinished(),
        "choices": run.choices(),
        "nowTrue": run.now_true(),
        "steps": steps.collect::<Vec<_>>(),
    })
}
