//! Role assignments, role definitions, deny assignments, PIM schedules, locks and permissions: what hangs on scopes.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::odata::{Filter, Term};
use super::page::{Paging, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// The namespace of everything here.
pub(super) const NAMESPACE: &str = "Microsoft.Authorization";

/// What a `$filter` on a list here asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    at_scope: bool,
    /// Any of these principals; everybody when absent.
    principals: Option<Vec<String>>,
    /// Comparisons left over, on the document itself.
    terms: Vec<Term>,
}

fn wanted(world: &World, call: &Call) -> Result<Wanted, ArmError> {
    let mut wanted = Wanted::default();
    let Some(text) = call.query.get("$filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(wanted);
    };
    let refuse = || {
        ArmError::bad_request(
            "UnsupportedQuery",
            format!(
                "The filter '{text}' is not supported. Supported filters are either 'atScope()' or 'principalId eq' or 'assignedTo()'."
            ),
        )
    };
    let filter = Filter::parse(text).map_err(|_| refuse())?;
    let with_groups = |id: &str| {
        let mut ids = vec![id.to_owned()];
        ids.extend(world.directory.groups_above(id).into_iter().map(str::to_owned));
        ids
    };
    for term in filter.terms().ok_or_else(refuse)? {
        match term {
            Term::Function(name, None) if name == "atscope" => wanted.at_scope = true,
            Term::Function(name, None) if name == "astarget" => {
                wanted.principals = Some(with_groups(&call.caller.object_id));
            }
            Term::Function(name, Some(id)) if name == "assignedto" => {
                wanted.principals = Some(with_groups(id));
            }
            Term::Function(..) => return Err(refuse()),
            Term::Equal(name, id) if name.eq_ignore_ascii_case("principalId") => {
                wanted.principals = Some(vec![id.clone()]);
            }
            other => wanted.terms.push(other.clone()),
        }
    }
    Ok(wanted)
}

impl Wanted {
    fn takes(&self, document: &Value) -> bool {
        let properties = &document["properties"];
        let by_principal = self.principals.as_ref().is_none_or(|ids| {
            properties["principalId"]
                .as_str()
                .is_some_and(|id| ids.iter().any(|one| one.eq_ignore_ascii_case(id)))
        });
        by_principal && self.terms.iter().all(|term| takes(term, properties))
    }
}

fn takes(term: &Term, properties: &Value) -> bool {
    match term {
        // Definitions say their type as BuiltInRole or CustomRole.
        Term::Equal(name, value) => {
            let found = properties.as_object().and_then(|map| {
                map.iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(name))
                    .and_then(|(_, value)| value.as_str())
            });
            found.is_some_and(|found| found.eq_ignore_ascii_case(value))
        }
        _ => false,
    }
}

/// Answers GET below a scope's `Microsoft.Authorization`.
///
/// # Errors
/// ARM's refusals: rights, filters that are not supported, what is not there.
pub(super) fn read(world: &World, call: &Call) -> Answer {
    let Some(part) = call.path.last() else { return Err(no_type("")) };
    let kind = part.types.first().map_or("", String::as_str);
    let scope = call.path.scope();
    let action = format!("{NAMESPACE}/{kind}/read");
    world.containers(call, &action)?;
    if !world.exists(&scope) {
        return Err(no_scope(&scope));
    }
    world.allow(call, &action, &scope)?;
    match (kind.to_ascii_lowercase().as_str(), part.names.first()) {
        ("permissions", None) => Ok(Reply::ok(&json!({ "value": world.reader(call).permissions(&scope) }))),
        ("roledefinitions", None) => role_definitions(world, call, &scope),
        ("roledefinitions", Some(name)) => role_definition(world, &scope, name),
        (
            "roleassignments"
            | "denyassignments"
            | "roleeligibilityschedules"
            | "roleeligibilityscheduleinstances"
            | "roleassignmentschedules"
            | "roleassignmentscheduleinstances"
            | "locks"
            | "policyassignments",
            name,
        ) => match name {
            Some(name) => one(world, call, kind, name),
            None => list(world, call, kind, &scope),
        },
        _ => Err(no_type(kind)),
    }
}

fn no_type(kind: &str) -> ArmError {
    ArmError::not_found(
        "InvalidResourceType",
        format!("The resource type '{kind}' could not be found in the namespace '{NAMESPACE}'."),
    )
}

fn no_scope(scope: &str) -> ArmError {
    ArmError::not_found(
        "ResourceNotFound",
        format!(
            "The Resource '{scope}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

fn one(world: &World, call: &Call, kind: &str, name: &str) -> Answer {
    match world.store.get(&call.path.id()) {
        Some(document) => Ok(Reply::ok(&**document)),
        None if kind.eq_ignore_ascii_case("roleAssignments") => Err(ArmError::not_found(
            "RoleAssignmentNotFound",
            format!("The role assignment '{name}' is not found."),
        )),
        None => Err(ArmError::not_found("NotFound", format!("The {kind} '{name}' could not be found."))),
    }
}

fn list(world: &World, call: &Call, kind: &str, scope: &str) -> Answer {
    let wanted = wanted(world, call)?;
    let locks = kind.eq_ignore_ascii_case("locks");
    // Locks are listed at a scope and below it; everything else also from above.
    let above = wanted.at_scope || !locks;
    let found: Vec<Cow<'_, Value>> = world
        .store
        .hung(kind, scope, above, !wanted.at_scope)
        .into_iter()
        .filter(|document| wanted.takes(document))
        .map(|document| localised(document, call.path.subscription.as_deref()))
        .collect();
    page(call, &found, &Paging::arm(world.settings.page_size))
}

/// The document with its `roleDefinitionId` written the way ARM does: with the prefix of the subscription that was
/// asked, whatever scope the assignment is at.
fn localised<'a>(document: &'a Arc<Value>, subscription: Option<&str>) -> Cow<'a, Value> {
    let (Some(subscription), Some(id)) = (subscription, document["properties"]["roleDefinitionId"].as_str())
    else {
        return Cow::Borrowed(document);
    };
    let prefix = format!("/subscriptions/{subscription}/");
    if id.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(&prefix)) {
        return Cow::Borrowed(document);
    }
    let mut shown = Value::clone(document);
    shown["properties"]["roleDefinitionId"] =
        Value::from(definition_id(&format!("/subscriptions/{subscription}"), id));
    Cow::Owned(shown)
}

fn definition_id(scope: &str, id: &str) -> String {
    let name = id.rsplit('/').next().unwrap_or_default();
    format!("{}/providers/{NAMESPACE}/roleDefinitions/{name}", scope.trim_end_matches('/'))
}

/// The definitions that can be assigned at a scope: the built-in ones, and custom ones by their assignable scopes.
fn definitions<'a>(world: &'a World, scope: &'a str) -> impl Iterator<Item = &'a Arc<Value>> {
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

/// A definition with its id written below the scope that was asked.
fn definition_at(definition: &Value, scope: &str) -> Value {
    let subscription = scope.get(..15).is_some_and(|start| start.eq_ignore_ascii_case("/subscriptions/"));
    let mut shown = definition.clone();
    let prefix =
        if subscription { scope.split('/').take(3).collect::<Vec<_>>().join("/") } else { String::new() };
    shown["id"] = Value::from(definition_id(&prefix, id_of(definition)));
    shown
}

fn role_definitions(world: &World, call: &Call, scope: &str) -> Answer {
    let wanted = match call.query.get("$filter") {
        Some(text) if text.eq_ignore_ascii_case("atScopeAndBelow()") => Wanted::default(),
        _ => wanted(world, call)?,
    };
    let found: Vec<Value> = definitions(world, scope)
        .filter(|definition| wanted.takes(definition))
        .map(|definition| definition_at(definition, scope))
        .collect();
    page(call, &found, &Paging::arm(world.settings.page_size))
}

fn role_definition(world: &World, scope: &str, name: &str) -> Answer {
    definition_named(world, name)
        .map(|definition| Reply::ok(&definition_at(definition, scope)))
        .ok_or_else(|| no_definition(name))
}

fn definition_named<'a>(world: &'a World, name: &str) -> Option<&'a Arc<Value>> {
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

fn no_definition(name: &str) -> ArmError {
    ArmError::not_found(
        "RoleDefinitionDoesNotExist",
        format!("The specified role definition with ID '{name}' does not exist."),
    )
}

/// Answers PUT and DELETE of a role assignment, role definition or lock.
///
/// # Errors
/// ARM's refusals.
pub(super) fn put(world: &mut World, call: &Call) -> Answer {
    let (kind, name) = target(call)?;
    let scope = call.path.scope();
    let action = format!("{NAMESPACE}/{kind}/write");
    world.containers(call, &action)?;
    if !world.exists(&scope) {
        return Err(no_scope(&scope));
    }
    world.allow(call, &action, &scope)?;
    match kind.to_ascii_lowercase().as_str() {
        "roleassignments" => put_assignment(world, call, &scope, &name),
        "locks" | "roledefinitions" | "policyassignments" => {
            let there = world.store.get(&call.path.id()).is_some();
            let mut document =
                json!({ "id": call.path.id(), "name": name, "type": format!("{NAMESPACE}/{kind}") });
            document["properties"] = call.object().remove("properties").unwrap_or_else(|| json!({}));
            let reply = Reply::json(if there { StatusCode::OK } else { StatusCode::CREATED }, &document);
            world.put(document);
            Ok(reply)
        }
        _ => Err(no_type(&kind)),
    }
}

fn target(call: &Call) -> Result<(String, String), ArmError> {
    call.path
        .last()
        .and_then(|part| Some((part.types.first()?.clone(), part.names.first()?.clone())))
        .ok_or_else(|| no_type(""))
}

fn put_assignment(world: &mut World, call: &Call, scope: &str, name: &str) -> Answer {
    let body = call.object();
    let properties = body.get("properties").cloned().unwrap_or_default();
    let text = |name: &str| properties[name].as_str().map(str::to_owned);
    let (Some(principal), Some(role)) = (text("principalId"), text("roleDefinitionId")) else {
        return Err(ArmError::bad_request(
            "InvalidCreateRoleAssignmentRequest",
            "The role assignment request needs properties.principalId and properties.roleDefinitionId.",
        ));
    };
    if uuid::Uuid::parse_str(name).is_err() {
        return Err(ArmError::bad_request(
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        ));
    }
    if uuid::Uuid::parse_str(&principal).is_err() {
        return Err(ArmError::bad_request(
            "InvalidPrincipalId",
            format!(
                "A valid principal ID must be provided for role assignment. The principal '{principal}' is not a GUID."
            ),
        ));
    }
    let role_name = role.rsplit('/').next().unwrap_or_default().to_owned();
    if definition_named(world, &role_name).is_none() {
        return Err(no_definition(&role_name));
    }
    let given_type = text("principalType");
    if given_type.is_none() && !world.directory.contains(&principal) {
        return Err(ArmError::bad_request(
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
                principal.replace('-', ""),
                world.store.tenant_id()
            ),
        ));
    }
    let id = call.path.id();
    let same = |document: &Value| {
        let there = &document["properties"];
        there["principalId"].as_str().is_some_and(|one| one.eq_ignore_ascii_case(&principal))
            && there["roleDefinitionId"]
                .as_str()
                .and_then(|one| one.rsplit('/').next())
                .is_some_and(|one| one.eq_ignore_ascii_case(&role_name))
    };
    let twin = world
        .store
        .hung("roleAssignments", scope, false, false)
        .into_iter()
        .any(|document| key(id_of(document)) != key(&id) && same(document));
    if twin {
        return Err(ArmError::conflict("RoleAssignmentExists", "The role assignment already exists."));
    }
    let before = world.store.get(&id).cloned();
    if before.as_ref().is_some_and(|before| !same(before)) {
        return Err(ArmError::bad_request(
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        ));
    }
    let principal_type = given_type
        .or_else(|| world.directory.principal_type(&principal).map(str::to_owned))
        .unwrap_or_else(|| "Unknown".to_owned());
    let created = before
        .as_ref()
        .map_or_else(|| Value::from(call.now.as_str()), |b| b["properties"]["createdOn"].clone());
    let role_scope =
        call.path.subscription.as_ref().map_or_else(String::new, |id| format!("/subscriptions/{id}"));
    let document = json!({
        "properties": {
            "roleDefinitionId": definition_id(&role_scope, &role),
            "principalId": principal,
            "principalType": principal_type,
            "scope": scope,
            "condition": properties["condition"],
            "conditionVersion": properties["conditionVersion"],
            "createdOn": created,
            "updatedOn": call.now,
            "createdBy": before.as_ref().map_or(Value::Null, |b| b["properties"]["createdBy"].clone()),
            "updatedBy": call.caller.object_id,
            "delegatedManagedIdentityResourceId": properties["delegatedManagedIdentityResourceId"],
            "description": properties["description"]
        },
        "id": id, "type": format!("{NAMESPACE}/roleAssignments"), "name": name
    });
    let status = if before.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let reply = Reply::json(status, &document);
    // The service answers a creation with createdBy null, and tells who it was from then on.
    let mut stored = document;
    if before.is_none() {
        stored["properties"]["createdBy"] = Value::from(call.caller.object_id.as_str());
    }
    world.put(stored);
    Ok(reply)
}

/// Answers DELETE: 200 with what was deleted, 204 when it was not there.
///
/// # Errors
/// ARM's refusals.
pub(super) fn delete(world: &mut World, call: &Call) -> Answer {
    let (kind, _) = target(call)?;
    let action = format!("{NAMESPACE}/{kind}/delete");
    world.containers(call, &action)?;
    world.allow(call, &action, &call.path.scope())?;
    let id = call.path.id();
    let Some(document) = world.store.get(&id).cloned() else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    world.remove(&id);
    Ok(if kind.eq_ignore_ascii_case("locks") { Reply::empty(StatusCode::OK) } else { Reply::ok(&*document) })
}

/// Refuses a change that a lock at the resource or above it forbids.
///
/// # Errors
/// 409 ScopeLocked.
pub(super) fn unlocked(world: &World, call: &Call, id: &str, deletes: bool) -> Result<(), ArmError> {
    let lock = world.store.hung("locks", id, true, deletes).into_iter().find(|lock| {
        let level = lock["properties"]["level"].as_str().unwrap_or_default();
        level.eq_ignore_ascii_case("ReadOnly") || (deletes && level.eq_ignore_ascii_case("CanNotDelete"))
    });
    let Some(lock) = lock else { return Ok(()) };
    let scope = id_of(lock).split("/providers/Microsoft.Authorization/").next().unwrap_or_default();
    let verb = if deletes { "delete" } else { "write" };
    Err(ArmError::conflict(
        "ScopeLocked",
        format!(
            "The scope '{}' cannot perform {verb} operation because following scope(s) are locked: '{scope}'. Please remove the lock and try again.",
            call.path.id()
        ),
    ))
}
