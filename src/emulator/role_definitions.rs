//! Role definitions: the built-in ones and the custom ones, which are created, changed and deleted wherever their id is
//! written.
//!
//! Codes of refusals: Microsoft's own tests of the .NET client against the service (`RoleDefinitionExists`,
//! `InvalidRoleDefinitionType`, `RoleDefinitionNameNullOrEmpty`, `MissingAssignableScopes`, `LinkedInvalidPropertyId`,
//! `RoleDefinitionWithSameNameExists`), the page on troubleshooting Azure RBAC (`RoleDefinitionHasAssignments`,
//! `RoleDefinitionLimitExceeded`) and public reports (`InvalidActionOrNotAction`,
//! `RoleScopeBeingRemovedContainsAssignments`, `LinkedAuthorizationFailed`). The refusal to delete a built-in role, and
//! that of a definition without permissions, are in words of the emulator's own.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::authorization::{NAMESPACE, Wanted, unlocked, wanted};
use super::members::last_segment;
use super::page::{Paging, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// Custom roles that a tenant may have.
const MOST: usize = 5_000;

/// The id of a definition, written below a scope.
pub(super) fn definition_id(scope: &str, id: &str) -> String {
    let name = last_segment(id);
    format!("{}/providers/{NAMESPACE}/roleDefinitions/{name}", scope.trim_end_matches('/'))
}

/// The definitions that can be assigned at a scope: the built-in ones, and custom ones by their assignable scopes.
pub(super) fn definitions<'a>(world: &'a World, scope: &'a str) -> impl Iterator<Item = &'a Arc<Value>> {
    let own = world.store.hung("roleDefinitions", "/", false, true).into_iter().filter(move |definition| {
        let scopes = definition["properties"]["assignableScopes"].as_array();
        scopes
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .any(|assignable| related(world, assignable, scope))
    });
    world.store.built_in_roles().iter().chain(own)
}

/// Whether one scope is the other, or above or below it.
fn related(world: &World, one: &str, other: &str) -> bool {
    let (one, other) = (key(one), key(other));
    let over = |high: &str, low: &str| {
        high == low || high.is_empty() || world.store.above(low).iter().any(|above| above == high)
    };
    over(&one, &other) || over(&other, &one)
}

/// The first version whose permissions tell their condition (`common-types.json` of that version; 2022-04-01, which is
/// recorded, has none for the same roles).
const CONDITIONS_SINCE: &str = "2022-05-01-preview";

/// A definition as the version of a call shows it, with its id written below the scope that was asked.
fn definition_at(definition: &Value, call: &Call, scope: &str) -> Value {
    let subscription = scope.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"));
    let mut shown = definition.clone();
    let prefix =
        if subscription { scope.split('/').take(3).collect::<Vec<_>>().join("/") } else { String::new() };
    shown["id"] = Value::from(definition_id(&prefix, id_of(definition)));
    if call.query.get("api-version").is_none_or(|version| version < CONDITIONS_SINCE) {
        let permissions = shown["properties"]["permissions"].as_array_mut();
        for permission in permissions.into_iter().flatten().filter_map(Value::as_object_mut) {
            permission.retain(|name, _| !name.starts_with("condition"));
        }
    }
    shown
}

/// Answers the definitions that can be assigned at a scope.
///
/// # Errors
/// A filter that is not supported.
pub(super) fn list(world: &World, call: &Call, scope: &str) -> Answer {
    let wanted = match call.query.get("$filter") {
        Some(text) if text.eq_ignore_ascii_case("atScopeAndBelow()") => Wanted::default(),
        _ => wanted(world, call)?,
    };
    let found: Vec<Value> = definitions(world, scope)
        .filter(|definition| wanted.takes(world, definition))
        .map(|definition| definition_at(definition, call, scope))
        .collect();
    page(call, &found, &Paging::arm(world.settings.page_size))
}

/// Answers one definition, as its id is below the scope that was asked.
///
/// # Errors
/// `RoleDefinitionDoesNotExist`.
pub(super) fn one(world: &World, call: &Call, scope: &str, name: &str) -> Answer {
    definition_named(world, name)
        .map(|definition| Reply::ok(&definition_at(definition, call, scope)))
        .ok_or_else(|| no_definition(name))
}

/// The definition with a GUID, built in or custom.
pub(super) fn definition_named<'a>(world: &'a World, name: &str) -> Option<&'a Arc<Value>> {
    let named = |definition: &&Arc<Value>| {
        definition["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    world
        .store
        .built_in_roles()
        .iter()
        .find(named)
        .or_else(|| world.store.hung("roleDefinitions", "/", false, true).into_iter().find(named))
}

/// ARM's 404 for a definition that does not exist.
pub(super) fn no_definition(name: &str) -> ArmError {
    ArmError::not_found(
        "RoleDefinitionDoesNotExist",
        format!("The specified role definition with ID '{name}' does not exist."),
    )
}

fn refuse(code: &str, message: impl Into<String>) -> ArmError {
    ArmError::bad_request(code, message)
}

fn is_built_in(definition: &Value) -> bool {
    definition["properties"]["type"] == "BuiltInRole"
}

/// Answers PUT and DELETE of a role definition.
///
/// # Errors
/// ARM's refusals: rights at every assignable scope, locks, built-in roles, names that are taken, roles in use.
pub(super) fn write(world: &mut World, call: &Call, name: &str) -> Answer {
    let verb = if call.method == Method::DELETE { "delete" } else { "write" };
    let action = format!("{NAMESPACE}/roleDefinitions/{verb}");
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    unlocked(world, call, &call.path.id(), verb == "delete")?;
    let there = definition_named(world, name).cloned();
    if let Some(built_in) = there.as_ref().filter(|there| is_built_in(there)) {
        let of = built_in["properties"]["roleName"].as_str().unwrap_or_default();
        return Err(if call.method == Method::DELETE {
            refuse(
                "BuiltInRoleDefinitionCannotBeModified",
                format!("The built-in role definition '{of}' cannot be deleted."),
            )
        } else {
            ArmError::conflict(
                "RoleDefinitionExists",
                format!("A role definition with the ID '{name}' already exists: the built-in '{of}'."),
            )
        });
    }
    if call.method == Method::DELETE {
        delete(world, call, &scope, there)
    } else {
        put(world, call, name, there.as_deref())
    }
}

fn delete(world: &mut World, call: &Call, scope: &str, there: Option<Arc<Value>>) -> Answer {
    let Some(there) = there else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
    let guid = there["name"].as_str().unwrap_or_default().to_ascii_lowercase();
    let used = world.store.hung("roleAssignments", "/", true, true).into_iter().any(|assignment| {
        assignment["properties"]["roleDefinitionId"]
            .as_str()
            .is_some_and(|id| id.to_ascii_lowercase().ends_with(&guid))
    });
    if used {
        return Err(refuse(
            "RoleDefinitionHasAssignments",
            "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)",
        ));
    }
    let shown = definition_at(&there, call, scope);
    world.remove(id_of(&there));
    Ok(Reply::ok(&shown))
}

/// Refuses an assignable scope that is none, or where the caller may not define roles.
///
/// # Errors
/// 400 LinkedInvalidPropertyId, 403 LinkedAuthorizationFailed.
fn linked(world: &World, call: &Call, scope: &str) -> Result<(), ArmError> {
    let lower = scope.to_ascii_lowercase();
    if !lower.starts_with("/subscriptions/") && !lower.starts_with("/providers/") {
        return Err(refuse(
            "LinkedInvalidPropertyId",
            format!(
                "Property id '{scope}' at path 'properties.assignableScopes' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{{subscriptionId}}' or '/providers/{{resourceProviderNamespace}}/'."
            ),
        ));
    }
    let action = format!("{NAMESPACE}/roleDefinitions/write");
    if world.exists(scope) && world.allow(call, &action, scope).is_ok() {
        return Ok(());
    }
    Err(super::linked::failed(world, call, &action, &action, scope))
}

/// The first action that cannot be one: neither `*` nor of a namespace. Which actions the providers have is not known
/// here in full, so that a slip in one of theirs is taken.
fn no_action(permissions: &Value) -> Option<&str> {
    let lists = ["actions", "notActions", "dataActions", "notDataActions"];
    let all = permissions.as_array().into_iter().flatten();
    let all = all.flat_map(|one| lists.iter().filter_map(|list| one[*list].as_array()).flatten());
    all.filter_map(Value::as_str).find(|action| *action != "*" && !action.contains('/'))
}

/// Refuses to take a scope from a role that is assigned there.
///
/// # Errors
/// 400 RoleScopeBeingRemovedContainsAssignments.
fn keeps_scopes(world: &World, before: &Value, scopes: &[String]) -> Result<(), ArmError> {
    let guid = before["name"].as_str().unwrap_or_default();
    let kept = |scope: &str| scopes.iter().any(|one| key(one) == key(scope));
    let old = before["properties"]["assignableScopes"].as_array().into_iter().flatten();
    for scope in old.filter_map(Value::as_str).filter(|scope| !kept(scope)) {
        let used = world.store.hung("roleAssignments", scope, false, true).into_iter().any(|assignment| {
            let role = assignment["properties"]["roleDefinitionId"].as_str().unwrap_or_default();
            last_segment(role).eq_ignore_ascii_case(guid)
        });
        if used {
            return Err(refuse(
                "RoleScopeBeingRemovedContainsAssignments",
                format!(
                    "Role assignments found under scope '{scope}' which is being removed. Removing this scope from the role will orphan these assignments. Delete these assignments before removing the scope."
                ),
            ));
        }
    }
    Ok(())
}

fn put(world: &mut World, call: &Call, name: &str, there: Option<&Value>) -> Answer {
    if uuid::Uuid::parse_str(name).is_err() {
        return Err(refuse(
            "RoleDefinitionIdNotValid",
            format!("The role definition ID '{name}' is not valid. The role definition ID must be a GUID."),
        ));
    }
    let given = call.object().remove("properties").unwrap_or_default();
    let role_name = given["roleName"].as_str().map(str::trim).unwrap_or_default();
    let scopes: Vec<String> = given["assignableScopes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    whole(&given, role_name, &scopes)?;
    for scope in &scopes {
        linked(world, call, scope)?;
    }
    if let Some(action) = no_action(&given["permissions"]) {
        return Err(refuse(
            "InvalidActionOrNotAction",
            format!("'{action}' does not match any of the actions supported by the providers."),
        ));
    }
    fits(world, name, role_name, there.is_none())?;
    if let Some(before) = there {
        keeps_scopes(world, before, &scopes)?;
    }
    let before = there.map(|there| &there["properties"]);
    let kept = |name: &str, new: &str| before.map_or_else(|| Value::from(new), |before| before[name].clone());
    let id = there.map_or_else(
        || format!("/providers/{NAMESPACE}/roleDefinitions/{}", name.to_ascii_lowercase()),
        |there| id_of(there).to_owned(),
    );
    let document = json!({
        "id": id, "type": format!("{NAMESPACE}/roleDefinitions"), "name": name.to_ascii_lowercase(),
        "properties": {
            "roleName": role_name, "type": "CustomRole", "description": given["description"],
            "assignableScopes": scopes, "permissions": permissions(&given),
            "createdOn": kept("createdOn", &call.now), "createdBy": kept("createdBy", &call.caller.object_id),
            "updatedOn": call.now, "updatedBy": call.caller.object_id
        }
    });
    // As with assignments, the answer to a PUT leaves out who made it, and every later one tells it.
    let mut answer = definition_at(&document, call, &call.path.scope());
    answer["properties"]["createdBy"] = Value::Null;
    world.put(document);
    Ok(Reply::json(StatusCode::CREATED, &answer))
}

/// Refuses a definition that lacks something, or calls itself built in.
///
/// # Errors
/// 400 with a code for what is wrong.
fn whole(given: &Value, role_name: &str, scopes: &[String]) -> Result<(), ArmError> {
    if given["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("BuiltInRole")) {
        return Err(refuse(
            "InvalidRoleDefinitionType",
            "The type of a role definition that is created is to be 'CustomRole'.",
        ));
    }
    if role_name.is_empty() {
        return Err(refuse("RoleDefinitionNameNullOrEmpty", "The role definition needs a role name."));
    }
    if !given["permissions"].is_array() {
        return Err(refuse("InvalidRoleDefinition", "The role definition needs permissions."));
    }
    if scopes.is_empty() {
        return Err(refuse("MissingAssignableScopes", "The role definition needs an assignable scope."));
    }
    Ok(())
}

/// Refuses a name that another role of the directory has, and one role more than a directory can have.
///
/// # Errors
/// 409 RoleDefinitionWithSameNameExists, 400 RoleDefinitionLimitExceeded.
fn fits(world: &World, name: &str, role_name: &str, is_new: bool) -> Result<(), ArmError> {
    let custom = world.store.hung("roleDefinitions", "/", false, true);
    let twin = world.store.built_in_roles().iter().chain(custom.iter().copied()).any(|other| {
        let same_name =
            other["properties"]["roleName"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(role_name));
        same_name && !other["name"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(name))
    });
    if twin {
        return Err(ArmError::conflict(
            "RoleDefinitionWithSameNameExists",
            format!(
                "A custom role with the same name already exists in this directory. Use a different name. Role name: '{role_name}'"
            ),
        ));
    }
    if is_new && custom.len() >= MOST {
        return Err(refuse(
            "RoleDefinitionLimitExceeded",
            "Role definition limit exceeded. No more role definitions can be created.",
        ));
    }
    Ok(())
}

/// The permissions of a definition, with all four lists in each.
fn permissions(given: &Value) -> Vec<Value> {
    let whole = |one: &Value| {
        let list = |name: &str| if one[name].is_array() { one[name].clone() } else { json!([]) };
        json!({
            "actions": list("actions"), "notActions": list("notActions"),
            "dataActions": list("dataActions"), "notDataActions": list("notDataActions")
        })
    };
    given["permissions"].as_array().into_iter().flatten().map(whole).collect()
}
