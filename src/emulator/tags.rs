//! Tags as a resource of their own: `{scope}/providers/Microsoft.Resources/tags/default`, and the tag names of a
//! subscription, also those that no resource has yet.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::authorization;
use super::page::{Paging, page};
use super::policy;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::key;
use super::world::World;

fn shown(scope: &str, document: &Value) -> Value {
    json!({
        "id": format!("{scope}/providers/Microsoft.Resources/tags/default"), "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": { "tags": document["tags"].as_object().cloned().unwrap_or_default() }
    })
}

fn missing(scope: &str) -> ArmError {
    ArmError::not_found(
        "ResourceNotFound",
        format!(
            "The Resource '{scope}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

/// Answers GET of the tags at a scope.
///
/// # Errors
/// ARM's refusals.
pub(super) fn read(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.Resources/tags/read";
    let scope = call.path.scope();
    world.containers(call, action)?;
    world.allow(call, action, &scope)?;
    let document = world.store.get(&scope).ok_or_else(|| missing(&scope))?;
    Ok(Reply::ok(&shown(&scope, document)))
}

/// Answers PUT, PATCH (Merge, Replace, Delete) and DELETE of the tags at a scope.
///
/// # Errors
/// ARM's refusals, those of locks and policies too; 400 for an operation that is none, and for more than 50 tags.
pub(super) fn write(world: &mut World, call: &Call) -> Answer {
    let deletes = call.method == Method::DELETE;
    let action = format!("Microsoft.Resources/tags/{}", if deletes { "delete" } else { "write" });
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    let before = world.store.get(&scope).cloned().ok_or_else(|| missing(&scope))?;
    authorization::unlocked(world, call, &call.path.id(), deletes)?;
    let body = call.object();
    let given = body.get("properties").and_then(|properties| properties.get("tags"));
    let given = given.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut tags = before["tags"].as_object().cloned().unwrap_or_default();
    let operation = match call.method {
        Method::PUT => "replace",
        Method::DELETE => "clear",
        _ => body.get("operation").and_then(Value::as_str).unwrap_or_default(),
    };
    match operation.to_ascii_lowercase().as_str() {
        "replace" => tags = given,
        "clear" => tags = Map::new(),
        "merge" => {
            for (name, value) in given {
                // Tag names have no case and keep the spelling that is there.
                let spelled = super::merge::spelling(&tags, &name);
                tags.insert(spelled, value);
            }
        }
        "delete" => tags.retain(|name, value| {
            !given.iter().any(|(gone, of)| gone.eq_ignore_ascii_case(name) && (of == "" || of == value))
        }),
        other => {
            return Err(ArmError::bad_request(
                "InvalidTagsPatchOperation",
                format!(
                    "The tags operation '{other}' is not supported: it is one of Merge, Replace and Delete."
                ),
            ));
        }
    }
    if tags.len() > 50 {
        return Err(ArmError::bad_request(
            "InvalidTagsCount",
            format!("The number of tags may not exceed 50, and it would be {}.", tags.len()),
        ));
    }
    let mut document = Value::clone(&before);
    document["tags"] = Value::Object(tags);
    policy::refuse(world, call, &document)?;
    let reply = if deletes { Reply::empty(StatusCode::OK) } else { Reply::ok(&shown(&scope, &document)) };
    world.put(document);
    Ok(reply)
}

/// The type of the documents that keep the tag names and values which no resource has.
const NAMES: &str = "Microsoft.Resources/tagNames";

/// The tags of a subscription, by name in lower case: the name as it is spelled first, and its values with how many
/// resources have them.
fn known(world: &World, scope: &str) -> BTreeMap<String, (String, BTreeMap<String, usize>)> {
    let mut found: BTreeMap<String, (String, BTreeMap<String, usize>)> = BTreeMap::new();
    let mut entry = |name: &str, value: Option<&str>, times: usize| {
        let (_, values) =
            found.entry(name.to_lowercase()).or_insert_with(|| (name.to_owned(), BTreeMap::new()));
        if let Some(value) = value {
            *values.entry(value.to_owned()).or_default() += times;
        }
    };
    for (_, document) in world.store.below(&key(scope)) {
        if document["type"] == NAMES {
            let name = document["name"].as_str().unwrap_or_default();
            entry(name, None, 0);
            for value in document["values"].as_array().into_iter().flatten() {
                entry(name, value.as_str(), 0);
            }
            continue;
        }
        for (name, value) in document["tags"].as_object().into_iter().flatten() {
            entry(name, Some(value.as_str().unwrap_or_default()), 1);
        }
    }
    found
}

fn count(value: usize) -> Value {
    json!({ "type": "Total", "value": value })
}

fn value_shown(scope: &str, name: &str, value: &str, times: usize) -> Value {
    json!({
        "id": format!("{scope}/tagNames/{name}/tagValues/{value}"), "tagValue": value, "count": count(times)
    })
}

fn name_shown(scope: &str, name: &str, values: &BTreeMap<String, usize>) -> Value {
    let list: Vec<Value> =
        values.iter().map(|(value, times)| value_shown(scope, name, value, *times)).collect();
    json!({
        "id": format!("{scope}/tagNames/{name}"), "tagName": name, "count": count(values.values().sum()), "values": list
    })
}

/// Answers `tagNames` of a subscription: which tags there are below it, with their values and how often, and those that
/// were made and that no resource has.
///
/// # Errors
/// When the token of a page is not ours.
pub(super) fn names(world: &World, call: &Call, scope: &str) -> Answer {
    let list: Vec<Value> =
        known(world, scope).values().map(|(name, values)| name_shown(scope, name, values)).collect();
    page(call, &list, &Paging::arm(world.settings.page_size))
}

/// Answers PUT and DELETE of `tagNames/{name}` and of `tagNames/{name}/tagValues/{value}`; the words behind the
/// subscription are in `rest`. `None` for any other path.
pub(super) fn write_name(world: &mut World, call: &Call, rest: &[String]) -> Option<Answer> {
    let (name, value) = match rest {
        [names, name] if names.eq_ignore_ascii_case("tagNames") => (name, None),
        [names, name, values, value]
            if names.eq_ignore_ascii_case("tagNames") && values.eq_ignore_ascii_case("tagValues") =>
        {
            (name, Some(value.as_str()))
        }
        _ => return None,
    };
    match call.method {
        Method::PUT => Some(keep(world, call, name, value)),
        Method::DELETE => Some(drop_name(world, call, name, value)),
        _ => None,
    }
}

/// Lets through who may write or delete tag names; gives the subscription and the document that keeps a name.
fn permitted(
    world: &World,
    call: &Call,
    verb: &str,
    name: &str,
    value: Option<&str>,
) -> Result<(String, String), ArmError> {
    let scope = format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default());
    let below = if value.is_some() { "/tagValues" } else { "" };
    let action = format!("Microsoft.Resources/subscriptions/tagNames{below}/{verb}");
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    let id = format!("{scope}/tagNames/{name}");
    authorization::unlocked(world, call, &id, verb == "delete")?;
    Ok((scope, id))
}

fn keep(world: &mut World, call: &Call, name: &str, value: Option<&str>) -> Answer {
    let (scope, id) = permitted(world, call, "write", name, value)?;
    let reserved = ["microsoft", "azure", "windows"];
    if reserved.iter().any(|prefix| name.to_lowercase().starts_with(prefix)) || name.chars().count() > 512 {
        return Err(ArmError::bad_request(
            "InvalidTagName",
            format!(
                "The tag name '{name}' is not allowed: it has at most 512 characters and does not begin with 'microsoft', 'azure' or 'windows'."
            ),
        ));
    }
    let all = known(world, &scope);
    let there = all.get(&name.to_lowercase());
    if value.is_some() && there.is_none() {
        return Err(ArmError::not_found("TagNotFound", format!("The tag '{name}' could not be found.")));
    }
    let is_there = there.is_some_and(|(_, values)| value.is_none_or(|value| values.contains_key(value)));
    let status = if is_there { StatusCode::OK } else { StatusCode::CREATED };
    let spelled = there.map_or(name, |(spelled, _)| spelled);
    let mut values = there.map(|(_, values)| values.clone()).unwrap_or_default();
    let shown = match value {
        Some(value) => value_shown(&scope, spelled, value, *values.entry(value.to_owned()).or_default()),
        None => name_shown(&scope, spelled, &values),
    };
    let kept: Vec<&String> = values.keys().collect();
    world.put(json!({ "id": id, "name": spelled, "type": NAMES, "values": kept }));
    Ok(Reply::json(status, &shown))
}

fn drop_name(world: &mut World, call: &Call, name: &str, value: Option<&str>) -> Answer {
    let (scope, id) = permitted(world, call, "delete", name, value)?;
    let gone = Ok(Reply::empty(StatusCode::NO_CONTENT));
    let all = known(world, &scope);
    let Some((_, values)) = all.get(&name.to_lowercase()) else { return gone };
    let refuse = |why: &str| {
        // What the document says must not be; the code is not published.
        Err(ArmError::conflict("Conflict", format!("The tag '{name}' cannot be deleted: {why}.")))
    };
    match value.map(|value| (value, values.get(value))) {
        Some((_, None)) => return gone,
        Some((_, Some(times))) if *times > 0 => return refuse("resources have this value"),
        None if values.values().any(|times| *times > 0) => return refuse("resources have it"),
        None if !values.is_empty() => return refuse("it has values"),
        _ => {}
    }
    let before = world.store.get(&id).cloned();
    match (value, before) {
        (Some(value), Some(before)) => {
            let mut document = Value::clone(&before);
            if let Some(values) = document["values"].as_array_mut() {
                values.retain(|one| one != value);
            }
            world.put(document);
        }
        _ => world.remove(&id),
    }
    Ok(Reply::empty(StatusCode::OK))
}
