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

/// Whether the very budget is there: its amount, its alerts and who is told. Further alerts of it are nobody's loss.
pub(super) fn there(environment: &Environment, budget: &Budget) -> Check {
    let id = id(environment);
    let wanted = body(budget, "");
    let mut expect = vec![number("/properties/amount", budget.amount)];
    let alerts = wanted.pointer("/properties/notifications").and_then(Value::as_object);
    for (name, alert) in alerts.into_iter().flatten() {
        let at = |what: &str| format!("/properties/notifications/{name}/{what}");
        expect.push(Expect::equals_or(&at("enabled"), true, true));
        expect.push(number(&at("threshold"), alert["threshold"].as_f64().unwrap_or_default()));
        for who in ["contactEmails", "contactRoles"] {
            let none = Value::Array(Vec::new());
            let wanted = alert.get(who).filter(|value| value.is_array()).unwrap_or(&none);
            expect.push(Expect::equals_or(&at(who), wanted.clone(), none.clone()));
        }
    }
    Check::new(
        Request::get(&id, versions::BUDGETS),
        Expect::All(expect),
        format!("the budget {} is {} a month, with its alerts", id.name(), budget.amount),
    )
}

/// The step that makes it. One that is there and another stays as it is: whose it is is not known.
pub(super) fn step(environment: &Environment, budget: &Budget, today: Date) -> Step {
    let id = id(environment);
    let there = there(environment, budget);
    let absent = Check::new(
        Request::get(&id, versions::BUDGETS),
        Expect::Absent,
        format!("the budget {} is not there yet", id.name()),
    );
    let mut undo = Undo::by(
        format!("Delete the budget {}", id.name()),
        format!("Nobody is told any more what {} spends.", environment.group),
        vec![Request::arm(Method::Delete, &id, versions::BUDGETS)],
    );
    if let Undo::By(back) = &mut undo {
        let expect = Expect::Any(vec![Expect::Absent, there.expect.clone()]);
        let words = format!("the budget {} is as it was made", id.name());
        back.guard = Some(Check::new(Request::get(&id, versions::BUDGETS), expect, words));
    }
    let body = body(budget, &today.first_of_month().to_string());
    Step::send(
        step_id(environment, "budget"),
        format!("Set a budget for {}", environment.group),
        format!("{}; nothing is stopped.", told(environment, budget)),
        Request::arm(Method::Put, &id, versions::BUDGETS).body(body).repeatable(),
    )
    .already(there.clone())
    .guard(absent)
    .verify(there)
    .undo(undo)
    .needs(&environment.group_id(), "Microsoft.Consumption/budgets/write")
    .optional(true)
}

/// Who is told what, as a sentence without its end.
fn told(environment: &Environment, budget: &Budget) -> String {
    let alerts: Vec<String> = budget.alerts.iter().map(|alert| format!("{alert} %")).collect();
    let alerts = match alerts.as_slice() {
        [] => {
            return format!(
                "{} has a budget of {} a month, and nobody is told",
                environment.group, budget.amount
            );
        }
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    };
    let who = match budget.contacts.as_slice() {
        [] => "Its owners are told".to_owned(),
        [one] => format!("{one} is told"),
        many => format!("{} are told", many.join(", ")),
    };
    format!("{who} when {} has spent {alerts} of {} in a month", environment.group, budget.amount)
}

/// A number; a whole one comes back with or without a fraction.
fn number(at: &str, number: f64) -> Expect {
    let mut all = vec![Expect::equals(at, number)];
    if let Ok(whole) = format!("{number:.0}").parse::<i64>()
        && number.fract() == 0.0
    {
        all.push(Expect::equals(at, whole));
    }
    Expect::Any(all)
}
