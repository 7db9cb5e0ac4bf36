//! Management groups: read, made, moved and deleted, their descendants, and all scopes that a caller sees.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::page::{Paging, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// The type, which is also how its actions begin.
const KIND: &str = "Microsoft.Management/managementGroups";

fn id(name: &str) -> String {
    format!("/providers/{KIND}/{name}")
}

fn missing(name: &str) -> ArmError {
    ArmError::not_found("NotFound", format!("The management group '{name}' cannot be found."))
}

fn display(document: &Value) -> Value {
    let own = &document["displayName"];
    if own.is_string() { own.clone() } else { document["properties"]["displayName"].clone() }
}

/// A group or subscription as its parent lists it.
fn as_child(document: &Value) -> Value {
    let subscription = document["subscriptionId"].is_string();
    json!({
        "type": if subscription { "/subscriptions" } else { KIND }, "id": document["id"],
        "name": id_of(document).rsplit('/').next(), "displayName": display(document)
    })
}

/// Answers the subscriptions directly below a group, or one of them.
///
/// # Errors
/// ARM's refusals.
pub(super) fn subscriptions(world: &World, call: &Call, group: &str, one: Option<&str>) -> Answer {
    let of = id(group);
    world.allow(call, &format!("{KIND}/subscriptions/read"), &of)?;
    let top = world.store.get(&of).ok_or_else(|| missing(group))?;
    let children = top["properties"]["children"].as_array().into_iter().flatten();
    let shown: Vec<Value> = children
        .filter_map(|child| world.store.get(child["id"].as_str()?))
        .filter(|document| document["subscriptionId"].is_string())
        .map(|document| {
            json!({
                "id": format!("{}/subscriptions/{}", id_of(top), document["subscriptionId"].as_str().unwrap_or_default()),
                "name": document["subscriptionId"], "type": format!("{KIND}/subscriptions"),
                "properties": {
                    "tenant": world.store.tenant_id(), "displayName": display(document),
                    "parent": { "id": id_of(top) }, "state": "Active"
                }
            })
        })
        .collect();
    let Some(one) = one else {
        return page(call, &shown, &Paging { link: "@nextLink", ..Paging::arm(world.settings.page_size) });
    };
    let found =
        shown.iter().find(|row| row["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(one)));
    found.map(Reply::ok).ok_or_else(|| {
        ArmError::not_found(
            "NotFound",
            format!("The subscription '{one}' is not below the management group '{group}'."),
        )
    })
}

/// Answers the groups and subscriptions below a group, at any depth.
///
/// # Errors
/// ARM's refusals.
pub(super) fn descendants(world: &World, call: &Call, name: &str) -> Answer {
    let of = id(name);
    world.allow(call, &format!("{KIND}/read"), &of)?;
    let top = world.store.get(&of).ok_or_else(|| missing(name))?;
    let mut list = Vec::new();
    let mut queue = vec![(id_of(top).to_owned(), Value::clone(top))];
    while let Some((parent, group)) = queue.pop() {
        for child in group["properties"]["children"].as_array().into_iter().flatten() {
            list.push(json!({
                "id": child["id"], "type": child["type"], "name": child["name"],
                "properties": { "displayName": child["displayName"], "parent": { "id": parent } }
            }));
            if let Some(next) = child["id"].as_str().and_then(|id| world.store.get(id)) {
                queue.push((id_of(next).to_owned(), Value::clone(next)));
            }
        }
    }
    page(call, &list, &Paging::arm(world.settings.page_size))
}

/// Answers `getEntities`: every group and subscription that the caller sees, with the chain above it.
///
/// # Errors
/// When the token of a page is not ours.
pub(super) fn entities(world: &World, call: &Call) -> Answer {
    let reader = world.reader(call);
    let writes = reader.asking(&format!("{KIND}/write"), false);
    let groups = world.store.management_groups();
    let list: Vec<Value> = groups
        .chain(world.store.subscriptions())
        .filter(|document| reader.touches(id_of(document)))
        .map(|document| {
            let of = id_of(document);
            let above: Vec<&Value> = world.store.above(of).iter().rev().filter_map(|id| world.store.get(id)).map(|one| &**one).collect();
            let chain = |name: fn(&Value) -> Value| above.iter().map(|one| name(one)).collect::<Vec<Value>>();
            let children = document["properties"]["children"].as_array().map_or(0, Vec::len);
            json!({
                "id": of, "type": as_child(document)["type"], "name": of.rsplit('/').next(),
                "properties": {
                    "tenantId": world.store.tenant_id(), "displayName": display(document),
                    "parent": { "id": above.last().map(|one| one["id"].clone()) },
                    "permissions": if writes.is_allowed(of) { "edit" } else { "view" },
                    "inheritedPermissions": if writes.is_allowed(of) { "edit" } else { "view" },
                    "numberOfDescendants": world.store.tree(of).len() - 1, "numberOfChildren": children,
                    "numberOfChildGroups": document["properties"]["children"].as_array().into_iter().flatten().filter(|child| child["type"] == KIND).count(),
                    "parentDisplayNameChain": chain(display), "parentNameChain": chain(|one| one["name"].clone())
                }
            })
        })
        .collect();
    let found = list.len();
    page(call, &list, &Paging { plain_count: Some(found), ..Paging::arm(world.settings.page_size) })
}

/// Takes a group or subscription out of the group that it is in.
fn take_out(world: &mut World, child: &str) {
    let above = world.store.above(child).first().and_then(|above| world.store.get(above)).cloned();
    let Some(above) = above else { return };
    let mut changed = Value::clone(&above);
    if let Some(list) = changed["properties"]["children"].as_array_mut() {
        list.retain(|one| key(id_of(one)) != key(child));
    }
    world.put(changed);
}

/// Puts a group or subscription below another group.
fn move_below(world: &mut World, document: &Value, parent: &Value) {
    let child = key(id_of(document));
    let old = world.store.above(&child).first().cloned();
    if old.is_some_and(|old| key(&old) != key(id_of(parent))) {
        take_out(world, &child);
    }
    let mut changed = parent.clone();
    let mut children = changed["properties"]["children"].as_array().cloned().unwrap_or_default();
    children.retain(|one| key(id_of(one)) != child);
    children.push(as_child(document));
    changed["properties"]["children"] = Value::Array(children);
    world.put(changed);
}

/// Answers PUT, PATCH and DELETE of a management group, and of a subscription in one.
///
/// # Errors
/// ARM's refusals; 400 for a group that is not empty, or a parent that does not exist.
pub(super) fn write(world: &mut World, call: &Call, name: &str, subscription: Option<&str>) -> Answer {
    let of = id(name);
    let deletes = call.method == Method::DELETE;
    let verb = if deletes { "delete" } else { "write" };
    if let Some(subscription) = subscription {
        world.allow(call, &format!("{KIND}/subscriptions/{verb}"), &of)?;
        return write_subscription(world, name, subscription, deletes);
    }
    let there = world.store.get(&of).cloned();
    let right_at = if there.is_some() { of.clone() } else { "/".to_owned() };
    world.allow(call, &format!("{KIND}/{verb}"), &right_at)?;
    match there {
        Some(there) if deletes => delete(world, name, &there),
        None if deletes => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        None if call.method == Method::PATCH => Err(missing(name)),
        there => put(world, call, name, there.as_deref()),
    }
}

/// Puts a subscription into a group; one that leaves its group goes below the tenant's root group.
fn write_subscription(world: &mut World, name: &str, subscription: &str, leaves: bool) -> Answer {
    let of = id(name);
    let group = world.store.get(&of).cloned().ok_or_else(|| missing(name))?;
    let found = world.store.get(&format!("/subscriptions/{subscription}")).cloned();
    let found = found.ok_or_else(|| {
        ArmError::not_found(
            "SubscriptionNotFound",
            format!("The subscription '{subscription}' could not be found."),
        )
    })?;
    let root = world.store.get(&id(world.store.tenant_id())).cloned();
    let parent = if leaves { root.unwrap_or(group) } else { group };
    move_below(world, &found, &parent);
    if leaves {
        return Ok(Reply::empty(StatusCode::OK));
    }
    Ok(Reply::ok(&json!({
        "id": format!("{of}/subscriptions/{subscription}"), "name": subscription, "type": format!("{KIND}/subscriptions"),
        "properties": {
            "tenant": world.store.tenant_id(), "displayName": found["displayName"], "state": found["state"],
            "parent": { "id": id_of(&parent) }
        }
    })))
}

fn delete(world: &mut World, name: &str, there: &Value) -> Answer {
    let of = id(name);
    if there["properties"]["children"].as_array().is_some_and(|children| !children.is_empty()) {
        return Err(ArmError::bad_request(
            "BadRequest",
            format!("The management group '{name}' cannot be deleted because it has children."),
        ));
    }
    take_out(world, &of);
    world.remove(&of);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Makes a group, changes its name, or moves it below another one.
fn put(world: &mut World, call: &Call, name: &str, there: Option<&Value>) -> Answer {
    let of = id(name);
    let body = call.object();
    let given = body.get("properties").cloned().unwrap_or_else(|| Value::Object(body.clone()));
    let parent = parent_of(world, &given, there.is_none())?;
    let mut document = there.cloned().unwrap_or_else(|| {
        json!({ "id": of, "type": KIND, "name": name, "properties": {
            "tenantId": world.store.tenant_id(), "displayName": name, "details": { "version": 1, "updatedTime": call.now, "updatedBy": call.caller.object_id }, "children": []
        }})
    });
    if given["displayName"].is_string() {
        document["properties"]["displayName"] = given["displayName"].clone();
    }
    if let Some(parent) = &parent {
        let above = id_of(parent);
        world.allow(call, &format!("{KIND}/write"), above)?;
        let below_itself = |one: &str| key(one) == key(&of);
        if below_itself(above) || world.store.above(above).iter().any(|one| below_itself(one)) {
            return Err(ArmError::bad_request(
                "BadRequest",
                format!("The management group '{name}' cannot be moved below itself."),
            ));
        }
        document["properties"]["details"]["parent"] =
            json!({ "id": id_of(parent), "name": parent["name"], "displayName": display(parent) });
    }
    world.put(document.clone());
    if let Some(parent) = &parent {
        move_below(world, &document, parent);
    }
    Ok(Reply::ok(&document))
}

/// The group that a request puts a group below: the one that it names, the root for a new group that names none, and
/// none for a group that stays where it is.
///
/// # Errors
/// 400 when there is no such group.
fn parent_of(world: &World, given: &Value, is_new: bool) -> Result<Option<Arc<Value>>, ArmError> {
    let named = given["details"]["parent"]["id"].as_str().or(given["parentId"].as_str()).map(str::to_owned);
    let Some(above) = named.or_else(|| is_new.then(|| id(world.store.tenant_id()))) else {
        return Ok(None);
    };
    let found = world.store.get(&above).cloned().ok_or_else(|| {
        ArmError::bad_request("BadRequest", format!("The parent management group '{above}' cannot be found."))
    })?;
    Ok(Some(found))
}
