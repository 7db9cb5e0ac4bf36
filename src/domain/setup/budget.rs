//! A budget for the resource group of an environment: it tells somebody, and stops nothing.

use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::environment::Environment;
use super::plan::step_id;
use super::spec::Budget;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::domain::plan::{Check, Expect, Step, Undo};

/// The id of an environment's budget.
pub(super) fn id(environment: &Environment) -> ArmId {
    let name = format!("budget-{}", environment.workspace);
    environment.group_id().join(&format!("providers/Microsoft.Consumption/budgets/{name}"))
}

/// What Azure is sent. `month` is the first day of the month in which the budget begins, as `2026-11-01`: Azure takes
/// no earlier month than the one that it is.
pub(super) fn body(budget: &Budget, month: &str) -> Value {
    let mut notifications = Map::new();
    for per_cent in &budget.alerts {
        let mut notification = json!({
            "enabled": true, "operator": "GreaterThan", "threshold": per_cent, "thresholdType": "Actual",
            "contactEmails": budget.contacts
        });
        if budget.contacts.is_empty() {
            notification["contactRoles"] = json!(["Owner"]);
        }
        notifications.insert(format!("Actual_GreaterThan_{per_cent}_Percent"), notification);
    }
    json!({ "properties": {
        "category": "Cost", "amount": budget.amount, "timeGrain": "Monthly",
        "timePeriod": { "startDate": format!("{month}T00:00:00Z") },
        "notifications": notifications
    }})
}

/// The step that makes it.
pub(super) fn step(environment: &Environment, budget: &Budget, today: Date) -> Step {
    let id = id(environment);
    let there = Check::new(
        Request::get(&id, versions::BUDGETS),
        Expect::Any(amounts(budget.amount)),
        format!("the budget {} is {} a month", id.name(), budget.amount),
    );
    let body = body(budget, &today.first_of_month().to_string());
    Step::send(
        step_id(environment, "budget"),
        format!("Watch the cost of {}", environment.group),
        format!(
            "Somebody is told when {} spends more of {} a month than expected; nothing is stopped.",
            environment.group, budget.amount
        ),
        Request::arm(Method::Put, &id, versions::BUDGETS).body(body).repeatable(),
    )
    .already(there)
    .undo(Undo::by(
        "Delete the budget",
        "Nobody is told any more.",
        vec![Request::arm(Method::Delete, &id, versions::BUDGETS)],
    ))
    .needs(&environment.group_id(), "Microsoft.Consumption/budgets/write")
    .optional(true)
}

/// A whole amount comes back with or without a fraction.
fn amounts(amount: f64) -> Vec<Expect> {
    let mut all = vec![Expect::equals("/properties/amount", amount)];
    if let Ok(whole) = format!("{amount:.0}").parse::<i64>()
        && amount.fract() == 0.0
    {
        all.push(Expect::equals("/properties/amount", whole));
    }
    all
}
