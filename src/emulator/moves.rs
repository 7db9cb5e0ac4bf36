//! `moveResources` and `validateMoveResources`: resources that go to another resource group with all below them. What
//! hangs on them, such as role assignments, stays behind and is gone, as on Azure.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::authorization;
use super::linked;
use super::operations::{Effect, Outcome};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::resources;
use super::store::{id_of, key};
use super::types::{self, Poll, Write};
use super::world::World;

/// The action prefix of resource groups.
const GROUPS: &str = "Microsoft.Resources/subscriptions/resourceGroups";
/// How both are answered: 202 with `Location` (`arm-specs`, `Resources_MoveResources`).
const MOVE: Write = Write { created: 202, replaced: 202, body: false, poll: Poll::Location, millis: 30_000 };

/// Answers `POST {group}/moveResources` and `validateMoveResources`; `None` for any other word.
pub(super) fn answer(world: &mut World, call: &Call, word: &str) -> Option<Answer> {
    match word.to_ascii_lowercase().as_str() {
        "moveresources" => Some(begin(world, call, "moveResources")),
        "validatemoveresources" => Some(begin(world, call, "validateMoveResources")),
        _ => None,
    }
}

fn begin(world: &mut World, call: &Call, word: &str) -> Answer {
    let action = format!("{GROUPS}/{word}/action");
    let source = call.path.without_last();
    world.containers(call, &action)?;
    world.allow(call, &action, &source)?;
    let body = call.object();
    let ids: Vec<String> = body
        .get("resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    let target = body.get("targetResourceGroup").and_then(Value::as_str).unwrap_or_default();
    let target = target.trim_end_matches('/').to_owned();
    if ids.is_empty() || target.matches('/').count() != 4 {
        return Err(ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid: 'resources' and 'targetResourceGroup' are needed.",
        ));
    }
    if key(&target) == key(&source) {
        return Err(ArmError::bad_request(
            "InvalidRequestContent",
            "The source and the target resource group are the same.",
        ));
    }
    if !world.exists(&target) {
        let name = target.rsplit('/').next().unwrap_or_default();
        return Err(ArmError::not_found(
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        ));
    }
    let right = format!("{GROUPS}/write");
    if !world.reader(call).judge(&right, &target, false).is_allowed() {
        return Err(linked::failed(world, call, &action, &right, &target));
    }
    let within = format!("{}/providers/", key(&source));
    for id in &ids {
        if !key(id).starts_with(&within) || id.matches('/').count() != 8 {
            return Err(ArmError::bad_request(
                "InvalidResourceId",
                format!("'{id}' is not the id of a resource in '{source}'."),
            ));
        }
        if !world.exists(id) {
            let name = id.rsplit('/').next().unwrap_or_default();
            return Err(ArmError::not_found(
                "ResourceNotFound",
                format!("The Resource '{name}' was not found."),
            ));
        }
        authorization::unlocked(world, call, id, false)?;
    }
    authorization::unlocked(world, call, &target, false)?;
    let taken: Vec<&String> = ids.iter().filter(|id| world.exists(&moved(id, &target))).collect();
    if !taken.is_empty() {
        let refusal = ArmError::conflict(
            "ResourceMoveProviderValidationFailed",
            "Resource move validation failed. Please see details.",
        );
        let detail = |id: &String| json!({ "code": "ResourceAlreadyExists", "target": id, "message": format!("A resource of this name is in '{target}' already.") });
        return Err(taken.into_iter().map(detail).fold(refusal, ArmError::detail));
    }
    let effect = if word == "moveResources" { Effect::Move(ids, target) } else { Effect::None };
    let kind = types::find("Microsoft.Resources/resourceGroups").unwrap_or(&types::PLAIN);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(resources::begin(world, call, kind, MOVE, reply, effect, Outcome::NoContent))
}

/// The id that a resource has in another group.
fn moved(id: &str, target: &str) -> String {
    // The fifth slash ends the name of the group: what follows is the same.
    let at = id.match_indices('/').nth(4).map_or(id.len(), |(at, _)| at);
    format!("{target}{}", &id[at..])
}

/// Carries a move out: every document under its new id.
pub(super) fn carry_out(world: &mut World, ids: &[String], target: &str) {
    for id in ids {
        let Some(top) = world.store.get(id).cloned() else { continue };
        let old = id_of(&top).to_owned();
        let new = moved(&old, target);
        let below: BTreeMap<String, Value> = world
            .store
            .below(&key(&old))
            .map(|(at, document)| (at.clone(), Value::clone(document)))
            .collect();
        world.take_out(&old);
        for mut document in std::iter::once(Value::clone(&top)).chain(below.into_values()) {
            let renamed = format!("{new}{}", id_of(&document).get(old.len()..).unwrap_or_default());
            document["id"] = Value::from(renamed);
            world.put(document);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_keeps_what_follows_its_group() {
        let id = "/subscriptions/s/resourceGroups/a/providers/N/t/x";
        assert_eq!(
            moved(id, "/subscriptions/z/resourceGroups/b"),
            "/subscriptions/z/resourceGroups/b/providers/N/t/x"
        );
    }
}
