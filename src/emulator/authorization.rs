//! Role assignments, role definitions, deny assignments, PIM schedules, locks and permissions: what hangs on scopes.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::members::{last_segment, member};
use super::odata::{Filter, Term};
use super::page::{Paging, page};
use super::pim;
use super::policy;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::role_definitions::{self, definition_id, definition_named, no_definition};
use super::store::{id_of, key};
use super::world::World;

/// The namespace of everything here.
pub(super) const NAMESPACE: &str = "Microsoft.Authorization";

/// What a `$filter` on a list here asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    at_scope: bool,
    /// Only what hangs on the scope itself, which policies can be asked for.
    exactly: bool,
    /// Any of these principals; everybody when absent.
    principals: Option<Vec<String>>,
    /// Only what somebody asked for.
    requestor: Option<String>,
    /// Only what waits for somebody's decision.
    approver: Option<String>,
    /// Comparisons left over, on the document itself.
    terms: Vec<Term>,
}

/// Reads the `$filter` of a call.
///
/// # Errors
/// A filter that is not supported.
pub(super) fn wanted(world: &World, call: &Call) -> Result<Wanted, ArmError> {
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
            Term::Function(name, None) if name == "atexactscope" && is_policy(call) => wanted.exactly = true,
            Term::Function(name, None) if name == "astarget" => {
                wanted.principals = Some(with_groups(&call.caller.object_id));
            }
            Term::Function(name, None) if name == "asrequestor" || name == "ascreatedby" => {
                wanted.requestor = Some(call.caller.object_id.clone());
            }
            Term::Function(name, None) if name == "asapprover" => {
                wanted.approver = Some(call.caller.object_id.clone());
            }
            Term::Function(name, Some(id)) if name == "assignedto" => {
                wanted.principals = Some(with_groups(id));
            }
            Term::Equal(name, id) if name.eq_ignore_ascii_case("principalId") => {
                wanted.principals = Some(vec![id.clone()]);
            }
            Term::Equal(name, _) if NAMES.iter().any(|known| known.eq_ignore_ascii_case(name)) => {
                wanted.terms.push(term.clone());
            }
            _ => return Err(refuse()),
        }
    }
    Ok(wanted)
}

/// Whether a call is about what policies are made of, of which there are more filters than of roles.
fn is_policy(call: &Call) -> bool {
    let kind = call.path.last().and_then(|part| part.types.first());
    kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("policy"))
}

impl Wanted {
    /// Whether a document is asked for.
    pub(super) fn takes(&self, world: &World, document: &Value) -> bool {
        let properties = &document["properties"];
        let by_principal = self.principals.as_ref().is_none_or(|ids| {
            properties["principalId"]
                .as_str()
                .is_some_and(|id| ids.iter().any(|one| one.eq_ignore_ascii_case(id)))
        });
        let by_requestor = self.requestor.as_ref().is_none_or(|id| {
            properties["requestorId"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(id))
        });
        let by_approver =
            self.approver.as_ref().is_none_or(|id| pim::approvals::waits_for(world, document, id));
        by_principal && by_requestor && by_approver && self.terms.iter().all(|term| takes(term, properties))
    }
}

/// What a list can be filtered by, beside the principal and the functions. A name that is not here is refused, so that
/// no answer is empty because of a slip of the pen.
const NAMES: [&str; 9] = [
    "roleName",
    "type",
    "roleDefinitionId",
    "status",
    "assignmentType",
    "memberType",
    "requestType",
    "requestorId",
    "level",
];

fn takes(term: &Term, properties: &Value) -> bool {
    let Term::Equal(name, value) = term else { return false };
    let found = member(properties, name).and_then(Value::as_str).unwrap_or_default();
    // The same role has an id under every scope.
    if name.eq_ignore_ascii_case("roleDefinitionId") {
        return last_segment(found).eq_ignore_ascii_case(last_segment(value));
    }
    found.eq_ignore_ascii_case(value)
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
    // Everybody may ask what is theirs to activate or to decide, and what became of their own requests, also where they
    // have no right yet.
    let of_caller = |text: &str| {
        ["asTarget()", "asRequestor()", "asCreatedBy()", "asApprover()"]
            .iter()
            .any(|own| text.trim().eq_ignore_ascii_case(own))
    };
    let own = pim::family(kind).is_some_and(|(_, word)| {
        let request = || world.store.get(&call.path.id());
        call.query.get("$filter").is_some_and(of_caller)
            || word == "ScheduleRequests"
                && request().is_some_and(|one| pim::requests::is_own(one, &call.caller.object_id))
    });
    if !own {
        world.containers(call, &action)?;
    }
    if !world.exists(&scope) {
        return Err(no_scope(&scope));
    }
    if !own {
        world.allow(call, &action, &scope)?;
    }
    match (kind.to_ascii_lowercase().as_str(), part.names.first()) {
        ("permissions", None) => Ok(Reply::ok(&json!({ "value": world.reader(call).permissions(&scope) }))),
        ("roledefinitions", None) => role_definitions::list(world, call, &scope),
        ("roledefinitions", Some(name)) => role_definitions::one(world, call, &scope, name),
        (
            "roleassignments"
            | "denyassignments"
            | "roleeligibilityschedules"
            | "roleeligibilityscheduleinstances"
            | "roleassignmentschedules"
            | "roleassignmentscheduleinstances"
            | "roleeligibilityschedulerequests"
            | "roleassignmentschedulerequests"
            | "locks"
            | "policyassignments"
            | "policysetdefinitions"
            | "policyexemptions",
            name,
        ) => match name {
            Some(name) => one(world, call, kind, name),
            None => list(world, call, kind, &scope),
        },
        _ => Err(no_type(kind)),
    }
}

/// ARM's 404 for a type that there is none of here.
pub(super) fn no_type(kind: &str) -> ArmError {
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
    if let Some(document) = world.store.get(&call.path.id()) {
        return Ok(Reply::ok(&**document));
    }
    let derived = pim::family(kind).and_then(|(family, word)| {
        let all = pim::derived(world, family, word, &call.path.scope(), false, false);
        all.into_iter().find(|one| one["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)))
    });
    match derived {
        Some(document) => Ok(Reply::ok(&document)),
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
    let above = (wanted.at_scope || !locks) && !wanted.exactly;
    let below = !wanted.at_scope && !wanted.exactly;
    let derived =
        pim::family(kind).map(|(family, word)| pim::derived(world, family, word, scope, above, below));
    let derived =
        derived.into_iter().flatten().filter(|document| wanted.takes(world, document)).map(Cow::Owned);
    let found: Vec<Cow<'_, Value>> = world
        .store
        .hung(kind, scope, above, below)
        .into_iter()
        .filter(|document| wanted.takes(world, document))
        .map(|document| localised(document, call.path.subscription.as_deref()))
        .chain(derived)
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
    // Locks can always be changed and taken away: nothing else could be undone.
    if !kind.eq_ignore_ascii_case("locks") {
        unlocked(world, call, &call.path.id(), false)?;
    }
    match kind.to_ascii_lowercase().as_str() {
        "roleassignments" => put_assignment(world, call, &scope, &name),
        "locks" => {
            let level = call.object().get("properties").map_or(Value::Null, |given| given["level"].clone());
            if !matches!(level.as_str(), Some("CanNotDelete" | "ReadOnly")) {
                return Err(ArmError::bad_request(
                    "LockLevelNotSpecified",
                    format!("The lock '{name}' needs a level, CanNotDelete or ReadOnly."),
                ));
            }
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

/// What a request for a role assignment asks for.
struct Asked {
    principal: String,
    /// The type of the principal, where the request says it.
    principal_type: Option<String>,
    /// The role definition's id, as it was sent.
    role: String,
    /// The last segment of that.
    role_name: String,
}

impl Asked {
    /// Reads a request.
    ///
    /// # Errors
    /// 400 for one that names no principal or role, or no such one.
    fn read(world: &World, name: &str, properties: &Value) -> Result<Self, ArmError> {
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
                format!(
                    "The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
                ),
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
        let principal_type = text("principalType");
        if principal_type.is_none() && !world.directory.contains(&principal) {
            return Err(ArmError::bad_request(
                "PrincipalNotFound",
                format!(
                    "Principal {} does not exist in the directory {}. Check that you have the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
                    principal.replace('-', ""),
                    world.store.tenant_id()
                ),
            ));
        }
        Ok(Self { principal, principal_type, role, role_name })
    }

    /// Whether an assignment gives the same role to the same principal.
    fn is(&self, assignment: &Value) -> bool {
        let there = &assignment["properties"];
        let role = there["roleDefinitionId"].as_str().and_then(|one| one.rsplit('/').next());
        there["principalId"].as_str().is_some_and(|one| one.eq_ignore_ascii_case(&self.principal))
            && role.is_some_and(|one| one.eq_ignore_ascii_case(&self.role_name))
    }

    /// Refuses an assignment that is there under another name, is one too many, or would become another one.
    ///
    /// # Errors
    /// 409 RoleAssignmentExists, 400 RoleAssignmentLimitExceeded or RoleAssignmentUpdateNotPermitted.
    fn refuse(&self, world: &World, scope: &str, id: &str, before: Option<&Value>) -> Result<(), ArmError> {
        let others = world.store.hung("roleAssignments", scope, false, false);
        if others.into_iter().any(|document| key(id_of(document)) != key(id) && self.is(document)) {
            return Err(ArmError::conflict("RoleAssignmentExists", "The role assignment already exists."));
        }
        // A name is an assignment's everywhere: one at another scope would be moved (Learn, troubleshooting of role-based access
        // control: no two of a name, in other subscriptions neither).
        let elsewhere = || world.store.assignments_named(id.rsplit('/').next().unwrap_or_default());
        match before {
            Some(before) if self.is(before) => Ok(()),
            None if elsewhere().next().is_none() => limit(world, scope),
            _ => Err(ArmError::bad_request(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )),
        }
    }
}

fn put_assignment(world: &mut World, call: &Call, scope: &str, name: &str) -> Answer {
    let properties = call.object().remove("properties").unwrap_or_default();
    let asked = Asked::read(world, name, &properties)?;
    let id = call.path.id();
    let before = world.store.get(&id).cloned();
    asked.refuse(world, scope, &id, before.as_deref())?;
    let principal_type = asked
        .principal_type
        .or_else(|| world.directory.principal_type(&asked.principal).map(str::to_owned))
        .unwrap_or_else(|| "Unknown".to_owned());
    let created = before
        .as_ref()
        .map_or_else(|| Value::from(call.now.as_str()), |b| b["properties"]["createdOn"].clone());
    let role_scope =
        call.path.subscription.as_ref().map_or_else(String::new, |id| format!("/subscriptions/{id}"));
    let document = json!({
        "properties": {
            "roleDefinitionId": definition_id(&role_scope, &asked.role),
            "principalId": asked.principal,
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
    policy::refuse(world, call, &document)?;
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

/// Role assignments in a subscription, and at a management group.
const MOST: (usize, usize) = (4_000, 500);

/// Refuses one assignment more than a subscription, or a management group, can have.
///
/// # Errors
/// 400 RoleAssignmentLimitExceeded.
fn limit(world: &World, scope: &str) -> Result<(), ArmError> {
    let subscription = key(scope).starts_with("/subscriptions/");
    let (at, most) = if subscription {
        (scope.split('/').take(3).collect::<Vec<_>>().join("/"), MOST.0)
    } else {
        (scope.to_owned(), MOST.1)
    };
    if world.store.hung("roleAssignments", &at, false, subscription).len() < most {
        return Ok(());
    }
    Err(ArmError::bad_request(
        "RoleAssignmentLimitExceeded",
        "The role assignment limit was exceeded. No more role assignments can be created.",
    ))
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
    // A lock keeps the role assignments at its scope and below it too.
    if !kind.eq_ignore_ascii_case("locks") {
        unlocked(world, call, &id, true)?;
    }
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
