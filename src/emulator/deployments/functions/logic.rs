//! Comparison, arithmetic, and the constants. `if`, `and`, `or` and `coalesce` are lazy and live with the evaluator.

use serde_json::{Value, json};

use super::{Arguments, Outcome, numbers};

pub(super) fn call(arguments: &Arguments<'_>) -> Option<Outcome> {
    let outcome = match arguments.name {
        "true" | "false" => arguments.count(0, 0).map(|()| Value::Bool(arguments.name == "true")),
        "null" => arguments.count(0, 0).map(|()| Value::Null),
        "not" => arguments.count(1, 1).and_then(|()| arguments.boolean(0)).map(|value| Value::Bool(!value)),
        "bool" => boolean(arguments),
        "equals" => {
            arguments.count(2, 2).map(|()| Value::Bool(equal(&arguments.values[0], &arguments.values[1])))
        }
        "less" => compared(arguments, std::cmp::Ordering::is_lt),
        "lessorequals" => compared(arguments, std::cmp::Ordering::is_le),
        "greater" => compared(arguments, std::cmp::Ordering::is_gt),
        "greaterorequals" => compared(arguments, std::cmp::Ordering::is_ge),
        "add" => calculated(arguments, i64::checked_add),
        "sub" => calculated(arguments, i64::checked_sub),
        "mul" => calculated(arguments, i64::checked_mul),
        "div" => calculated(arguments, i64::checked_div),
        "mod" => calculated(arguments, i64::checked_rem),
        "min" => numbers(arguments).map(|list| list.into_iter().min().into()),
        "max" => numbers(arguments).map(|list| list.into_iter().max().into()),
        "int" => whole(arguments),
        "float" => arguments.only().and_then(|value| {
            let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            number.map(Value::from).ok_or_else(|| arguments.fault("the argument is no number"))
        }),
        _ => return None,
    };
    Some(outcome)
}

fn boolean(arguments: &Arguments<'_>) -> Outcome {
    let value = arguments.only()?;
    let found = match value {
        Value::Bool(value) => Some(*value),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        _ => None,
    };
    found.map(Value::Bool).ok_or_else(|| arguments.fault("the argument cannot be read as a boolean"))
}

fn whole(arguments: &Arguments<'_>) -> Outcome {
    let value = arguments.only()?;
    let number = value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number.trunc() as i64))
        .or_else(|| value.as_str()?.trim().parse().ok());
    number.map(Value::from).ok_or_else(|| arguments.fault("the argument cannot be read as an integer"))
}

/// Numbers are equal by value, everything else by what it is.
fn equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

fn compared(arguments: &Arguments<'_>, holds: fn(std::cmp::Ordering) -> bool) -> Outcome {
    arguments.count(2, 2)?;
    let order = match (&arguments.values[0], &arguments.values[1]) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => arguments.number(0)?.cmp(&arguments.number(1)?),
    };
    Ok(Value::Bool(holds(order)))
}

fn calculated(arguments: &Arguments<'_>, calculate: fn(i64, i64) -> Option<i64>) -> Outcome {
    arguments.count(2, 2)?;
    let (left, right) = (arguments.number(0)?, arguments.number(1)?);
    calculate(left, right)
        .map(|result| json!(result))
        .ok_or_else(|| arguments.fault(&format!("{left} and {right} have no result that is an integer")))
}
