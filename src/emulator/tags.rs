//! Tags as a resource of their own: `{scope}/providers/Microsoft.Resources/tags/default`, and the tag names of a
//! subscription.

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

/// Answers `tagNames` of a subscription: which tags there are below it, with their values and how often.
///
/// # Errors
/// When the token of a page is not ours.
pub(super) fn names(world: &World, call: &Call, scope: &str) -> Answer {
    let mut found: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (_, document) in world.store.below(&key(scope)) {
        for (name, value) in document["tags"].as_object().into_iter().flatten() {
            *found.entry(name).or_default().entry(value.as_str().unwrap_or_default()).or_default() += 1;
        }
    }
    let count = |value: usize| json!({ "type": "Total", "value": value });
    let list: Vec<Value> = found
        .into_iter()
        .map(|(name, values)| {
            let id = format!("{scope}/tagNames/{name}");
            let total = values.values().sum();
            let values: Vec<Value> = values
                .into_iter()
                .map(|(value, times)| {
                    json!({ "id": format!("{id}/tagValues/{value}"), "tagValue": value, "count": count(times) })
                })
                .collect();
            json!({ "id": id, "tagName": name, "count": count(total), "values": values })
        })
        .collect();
    page(call, &list, &Paging::arm(world.settings.page_size))
}
