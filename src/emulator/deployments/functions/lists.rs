//! Functions on arrays and objects.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{Arguments, Outcome, kind_of};
use crate::emulator::members::member;

/// The most elements that `range` makes, as in ARM.
const LONGEST_RANGE: i64 = 10_000;

pub(super) fn call(arguments: &Arguments<'_>) -> Option<Outcome> {
    let outcome = match arguments.name {
        "concat" => joined(arguments),
        "array" => {
            arguments.only().map(|value| if value.is_array() { value.clone() } else { json!([value]) })
        }
        "createarray" => Ok(arguments.values.to_vec().into()),
        "createobject" => object(arguments),
        "empty" => arguments.only().map(|value| {
            let empty = match value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(list) => list.is_empty(),
                Value::Object(object) => object.is_empty(),
                _ => false,
            };
            Value::Bool(empty)
        }),
        "length" => arguments.only().and_then(|value| match value {
            Value::Array(list) => Ok(list.len().into()),
            Value::Object(object) => Ok(object.len().into()),
            other => Err(arguments.fault(&format!("a value of type '{}' has no length", kind_of(other)))),
        }),
        "contains" => contains(arguments),
        "first" => {
            arguments.count(1, 1).and_then(|()| Ok(arguments.array(0)?.first().cloned().unwrap_or_default()))
        }
        "last" => {
            arguments.count(1, 1).and_then(|()| Ok(arguments.array(0)?.last().cloned().unwrap_or_default()))
        }
        "take" => arguments.count(2, 2).and_then(|()| {
            let count = usize::try_from(arguments.number(1)?).unwrap_or(0);
            Ok(arguments.array(0)?.iter().take(count).cloned().collect())
        }),
        "skip" => arguments.count(2, 2).and_then(|()| {
            let count = usize::try_from(arguments.number(1)?).unwrap_or(0);
            Ok(arguments.array(0)?.iter().skip(count).cloned().collect())
        }),
        "indexof" => place(arguments, |list, wanted| list.iter().position(|one| one == wanted)),
        "lastindexof" => place(arguments, |list, wanted| list.iter().rposition(|one| one == wanted)),
        "range" => range(arguments),
        "flatten" => arguments.count(1, 1).and_then(|()| {
            let parts = arguments.array(0)?.iter().map(|part| match part {
                Value::Array(list) => list.clone(),
                other => vec![other.clone()],
            });
            Ok(parts.flatten().collect())
        }),
        "union" => merged(arguments),
        "shallowmerge" => arguments.count(1, 1).and_then(|()| {
            let objects = arguments.array(0)?.iter().filter_map(Value::as_object);
            let pairs =
                objects.flat_map(|object| object.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(Value::Object(pairs.collect()))
        }),
        "intersection" => common(arguments),
        "items" => members(arguments, |(key, value)| json!({ "key": key, "value": value })),
        "objectkeys" => members(arguments, |(key, _)| Value::from(key)),
        "tryget" => arguments.count(2, usize::MAX).map(|()| {
            let found = arguments.values[1..].iter().try_fold(&arguments.values[0], |at, step| match step {
                Value::String(name) => member(at, name),
                step => at.get(usize::try_from(step.as_u64()?).ok()?),
            });
            found.cloned().unwrap_or_default()
        }),
        _ => return None,
    };
    Some(outcome)
}

fn joined(arguments: &Arguments<'_>) -> Outcome {
    let mut all = Vec::new();
    for index in 0..arguments.values.len() {
        all.extend(arguments.array(index)?.iter().cloned());
    }
    Ok(all.into())
}

fn object(arguments: &Arguments<'_>) -> Outcome {
    let mut object = Map::new();
    for (index, pair) in arguments.values.chunks(2).enumerate() {
        let [_, value] = pair else { return Err(arguments.fault("keys and values have to come in pairs")) };
        object.insert(arguments.text(index * 2)?.to_owned(), value.clone());
    }
    Ok(Value::Object(object))
}

fn contains(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, 2)?;
    match &arguments.values[0] {
        Value::Array(list) => Ok(list.contains(&arguments.values[1]).into()),
        Value::Object(_) => Ok(member(&arguments.values[0], arguments.text(1)?).is_some().into()),
        other => Err(arguments.fault(&format!("a value of type '{}' contains nothing", kind_of(other)))),
    }
}

fn place(arguments: &Arguments<'_>, find: fn(&[Value], &Value) -> Option<usize>) -> Outcome {
    arguments.count(2, 2)?;
    Ok(find(arguments.array(0)?, &arguments.values[1]).map_or(Value::from(-1), Value::from))
}

fn range(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, 2)?;
    let (start, count) = (arguments.number(0)?, arguments.number(1)?);
    match start.checked_add(count) {
        Some(end) if (0..=LONGEST_RANGE).contains(&count) => Ok((start..end).map(Value::from).collect()),
        _ => Err(arguments.fault(&format!("the count has to be between 0 and {LONGEST_RANGE}"))),
    }
}

fn merged(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(1, usize::MAX)?;
    if arguments.values.iter().all(Value::is_object) {
        let mut all = Value::Object(Map::new());
        arguments.values.iter().for_each(|next| lay(&mut all, next));
        return Ok(all);
    }
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    for index in 0..arguments.values.len() {
        for one in arguments.array(index)? {
            if seen.insert(one) {
                all.push(one.clone());
            }
        }
    }
    Ok(all.into())
}

/// Objects within objects are merged too; everything else is taken from the later one.
fn lay(below: &mut Value, above: &Value) {
    match (below.as_object_mut(), above.as_object()) {
        (Some(target), Some(source)) => {
            for (key, value) in source {
                match target.get_mut(key) {
                    Some(there) => lay(there, value),
                    None => drop(target.insert(key.clone(), value.clone())),
                }
            }
        }
        _ => *below = above.clone(),
    }
}

fn common(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, usize::MAX)?;
    if arguments.values.iter().all(Value::is_object) {
        let (first, others) = (&arguments.values[0], &arguments.values[1..]);
        let shared = first.as_object().into_iter().flatten();
        let shared =
            shared.filter(|(key, value)| others.iter().all(|other| other.get(key.as_str()) == Some(*value)));
        return Ok(Value::Object(shared.map(|(key, value)| (key.clone(), value.clone())).collect()));
    }
    let mut shared = arguments.array(0)?.clone();
    for index in 1..arguments.values.len() {
        let other: HashSet<&Value> = arguments.array(index)?.iter().collect();
        shared.retain(|one| other.contains(one));
    }
    Ok(shared.into())
}

fn members(arguments: &Arguments<'_>, show: fn((&str, &Value)) -> Value) -> Outcome {
    let object =
        arguments.only()?.as_object().ok_or_else(|| arguments.fault("the argument has to be an object"))?;
    let mut pairs: Vec<(&str, &Value)> = object.iter().map(|(key, value)| (key.as_str(), value)).collect();
    pairs.sort_by_key(|(key, _)| key.to_lowercase());
    Ok(pairs.into_iter().map(show).collect())
}
