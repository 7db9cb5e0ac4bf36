//! Every resource that has no rules of its own: read, listed and deleted as a JSON document, the way the table of types
//! says, and the operations that begin with it. How it is written is in [`super::writes`].

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::assets;
use super::authorization;
use super::deleted;
use super::merge;
use super::ml;
use super::operations::{Effect, Operation, Outcome, due_from};
use super::page::{Paging, page};
use super::path::ProviderPart;
use super::providers;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::storage;
use super::store::{id_of, key};
use super::types::{self, Kind, PLAIN, Poll, Write};
use super::vaults;
use super::versions::project;
use super::world::World;

/// The type of Machine Learning workspaces.
pub(super) const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
/// The type of a managed network's outbound rules.
const OUTBOUND_RULES: &str = "Microsoft.MachineLearningServices/workspaces/outboundRules";

/// How the types of the network provider begin.
const NETWORK: &str = "Microsoft.Network/";

/// How the types begin whose services do not say who made a resource and when.
const ANONYMOUS: [&str; 2] = [NETWORK, "Microsoft.Storage/"];

/// Types that hang on any scope, of which a scope lists its own alone.
const EXTENSIONS: [&str; 1] = ["Microsoft.Insights/diagnosticSettings"];

/// The type that a path speaks of: its row in the table, and its name as the service spells it.
pub(super) fn kind_of(
    world: &World,
    call: &Call,
    part: &ProviderPart,
) -> Result<(&'static Kind, String), ArmError> {
    let full = part.full_type();
    if let Some(kind) = types::find(&full) {
        return Ok((kind, kind.name.to_owned()));
    }
    let held = world.store.documents().find_map(|(_, document)| {
        document["type"].as_str().filter(|found| found.eq_ignore_ascii_case(&full))
    });
    if let Some(name) = held {
        return Ok((&PLAIN, name.to_owned()));
    }
    if let Some(other) = providers::other(&part.namespace) {
        return Ok((&PLAIN, format!("{other}/{}", part.types.join("/"))));
    }
    if types::knows_namespace(&part.namespace) {
        let (namespace, name) = full.split_once('/').unwrap_or((&full, ""));
        return Err(ArmError::not_found(
            "InvalidResourceType",
            format!(
                "The resource type '{name}' could not be found in the namespace '{namespace}' for api version '{}'.",
                call.version
            ),
        ));
    }
    Err(ArmError::not_found(
        "InvalidResourceNamespace",
        format!("The resource namespace '{}' is invalid.", part.namespace),
    ))
}

/// A document as it is answered: without what the version does not have, and as Machine Learning shows rules.
pub(super) fn shown<'a>(document: &'a Value, kind: &str, version: &str, listed: bool) -> Cow<'a, Value> {
    let plain = assets::without_secrets(document, kind).or_else(|| vaults::without_value(document, kind));
    if let Some(plain) = plain {
        return Cow::Owned(plain);
    }
    if kind != OUTBOUND_RULES {
        let mut shown = project(document, kind, version);
        if shown.get("systemData").is_some()
            && ANONYMOUS.iter().any(|prefix| kind.starts_with(prefix))
            && let Some(members) = shown.to_mut().as_object_mut()
        {
            members.remove("systemData");
        }
        return shown;
    }
    let mut rule = document.clone();
    rule["systemData"] = Value::Null;
    if listed {
        rule["id"] = Value::Null;
        rule["type"] = Value::Null;
    } else {
        let id = id_of(document);
        let relative =
            id.to_ascii_lowercase().find("/workspaces/").map_or(id, |at| &id[at + "/workspaces/".len()..]);
        rule["id"] = Value::from(relative);
        rule["tags"] = Value::Null;
        rule["location"] = Value::Null;
    }
    Cow::Owned(rule)
}

/// The id of a new resource: its type as the service spells it, its names as they were sent.
pub(super) fn spelled(call: &Call, part: &ProviderPart, kind: &str) -> String {
    let scope = call.path.scope();
    let (namespace, types) = kind.split_once('/').unwrap_or((kind, ""));
    let mut id = format!("{}/providers/{namespace}", scope.trim_end_matches('/'));
    for (one, name) in types.split('/').zip(&part.names) {
        id.push('/');
        id.push_str(one);
        id.push('/');
        id.push_str(name);
    }
    id
}

pub(super) fn resource_not_found(call: &Call, kind: &str) -> ArmError {
    let service = call.path.last().and_then(|part| assets::not_found(kind, &part.names));
    if let Some(message) = service {
        let error = ArmError::not_found("UserError", message);
        return if kind.ends_with("/connections") {
            error.of_workspaces("NotFoundError", &call.now, &call.correlation)
        } else {
            error.of_machine_learning("NotFoundError", &call.now)
        };
    }
    let names = call.path.last().map(|part| part.names.join("/")).unwrap_or_default();
    ArmError::not_found(
        "ResourceNotFound",
        format!(
            "The Resource '{kind}/{names}' under resource group '{}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            call.path.group.as_deref().unwrap_or("<null>")
        ),
    )
}

/// Refuses a change of a resource that another one is going on with. A workspace also says so itself, in its state: that
/// of an estate may have been busy when the estate was written down.
pub(super) fn idle(world: &World, call: &Call) -> Result<(), ArmError> {
    let id = call.path.id();
    // A job can be changed while it runs.
    if call
        .path
        .last()
        .is_some_and(|part| part.types.last().is_some_and(|last| last.eq_ignore_ascii_case("jobs")))
    {
        return Ok(());
    }
    let says_so = world.store.get(&id).is_some_and(|document| {
        let state = document["properties"]["provisioningState"].as_str().unwrap_or_default();
        document["type"] == WORKSPACES && matches!(state, "Creating" | "Updating" | "Deleting")
    });
    if !says_so && !world.operations.is_busy(&id) {
        return Ok(());
    }
    Err(ArmError::conflict(
        "AnotherOperationInProgress",
        format!(
            "Another operation on the resource '{id}' is in progress. Please try again when it has ended."
        ),
    ))
}

pub(super) fn parent_exists(world: &World, call: &Call, kind: &str) -> Result<(), ArmError> {
    let parent = call.path.parent().or_else(|| (call.path.providers.len() > 1).then(|| call.path.scope()));
    match parent {
        Some(parent) if storage::is_implied(world, &parent) => Ok(()),
        Some(parent) if !world.exists(&parent) => Err(ArmError::not_found(
            "ParentResourceNotFound",
            format!(
                "Can not perform requested operation on nested resource '{kind}'. Parent resource '{}' not found.",
                parent.rsplit('/').next().unwrap_or_default()
            ),
        )),
        _ => Ok(()),
    }
}

/// Answers GET of one resource, or of a list of a type below a subscription, a group or a parent.
///
/// # Errors
/// ARM's refusals: rights, and 404 by what is missing.
pub(super) fn read(world: &World, call: &Call, part: &ProviderPart) -> Answer {
    let (_, kind) = kind_of(world, call, part)?;
    let action = format!("{kind}/read");
    world.containers(call, &action)?;
    if part.is_open() {
        return list(world, call, part, &kind);
    }
    world.allow(call, &action, &call.path.id())?;
    // Of a version that is not there the service says so itself, whether its container is there or not.
    if assets::version_of(&kind).is_none() {
        parent_exists(world, call, &kind)?;
    }
    match world.store.get(&call.path.id()) {
        // Generic clients ask for the existence of a resource and take 204 and 404 only.
        Some(_) if call.method == Method::HEAD => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        Some(document) => {
            let reply = Reply::ok(&*shown(document, &kind, &call.version, false));
            Ok(match document["etag"].as_str().filter(|_| kind.starts_with(NETWORK)) {
                Some(etag) => reply.with("etag", etag),
                None => reply,
            })
        }
        None => match storage::implied(world, &call.path.id()) {
            Some(service) => Ok(Reply::ok(&service)),
            None => Err(resource_not_found(call, &kind)),
        },
    }
}

fn list(world: &World, call: &Call, part: &ProviderPart, kind: &str) -> Answer {
    let reader = world.reader(call);
    let question = reader.asking(&format!("{kind}/read"), false);
    if call.path.parent().is_some() {
        let parent = call.path.parent().unwrap_or_default();
        parent_exists(world, call, kind)?;
        world.allow(call, &format!("{kind}/read"), &parent)?;
    }
    // A list at a parent or an extension's scope is exactly one level deep; one at a subscription or group is all of
    // the type below it.
    let exact = !part.names.is_empty() || call.path.providers.len() > 1 || EXTENSIONS.contains(&kind);
    let (below, needle) = if part.names.is_empty() {
        (key(&call.path.scope()), format!("/providers/{}/", part.full_type().to_ascii_lowercase()))
    } else {
        (
            key(&call.path.without_last()),
            format!("/{}/", part.types.last().map_or("", String::as_str).to_ascii_lowercase()),
        )
    };
    let kinds = call.query.get("kind").filter(|_| kind == WORKSPACES);
    let inside = kind.strip_prefix(WORKSPACES).is_some_and(|rest| rest.starts_with('/'));
    let wanted_kind = |document: &Value| {
        kinds.is_none_or(|kinds| {
            let found = document["kind"].as_str().unwrap_or("Default");
            kinds.split(',').any(|one| one.trim().eq_ignore_ascii_case(found))
        })
    };
    let begins = storage::wanted_names(call, kind)?;
    let mut found: Vec<&Value> = world
        .store
        .below(&below)
        .filter(|(key, _)| {
            let rest = &key[below.len()..];
            rest.rfind(&needle).is_some_and(|at| {
                let name = &rest[at + needle.len()..];
                !name.is_empty() && !name.contains('/') && (!exact || at == 0)
            })
        })
        .map(|(_, document)| &**document)
        .filter(|document| wanted_kind(document) && (!inside || ml::shows(call, document, kind)))
        .filter(|document| begins.as_deref().is_none_or(|begins| storage::name_begins(document, begins)))
        .filter(|document| question.is_allowed(id_of(document)))
        .collect();
    if inside {
        ml::order(call, &mut found)?;
    }
    let mut found: Vec<Cow<'_, Value>> =
        found.into_iter().map(|document| shown(document, kind, &call.version, true)).collect();
    let implied = found.is_empty().then(|| storage::implied(world, &format!("{}/default", call.path.id())));
    found.extend(implied.flatten().map(Cow::Owned));
    let asked =
        ["$top", "count", "pageSize", "$maxpagesize"].into_iter().find_map(|name| call.query.get(name));
    let asked = asked.and_then(|top| top.parse().ok());
    let size = [world.settings.page_size, asked].into_iter().flatten().min();
    let mut paging = Paging::arm(size);
    if kind.starts_with("Microsoft.MachineLearningServices/") {
        paging.parameter = "$skip";
    }
    page(call, &found, &paging)
}

pub(super) fn set_state(document: &mut Value, state: &str) {
    if document["properties"].is_null() {
        document["properties"] = json!({});
    }
    if let Some(properties) = document["properties"].as_object_mut() {
        let name = merge::spelling(properties, "provisioningState");
        properties.insert(name, Value::from(state));
    }
}

pub(super) fn first(status: u16, with_body: bool, document: &Value) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if with_body { Reply::json(status, document) } else { Reply::empty(status) }
}

/// Where a new operation of a type is polled, its id last.
pub(super) fn place(world: &World, call: &Call, kind: &Kind) -> String {
    let id = uuid::Uuid::new_v4();
    let subscription = call.path.subscription.as_deref().unwrap_or_default();
    let location = world
        .store
        .get(&call.path.id())
        .or_else(|| call.path.parent().and_then(|parent| world.store.get(&parent)))
        .and_then(|document| document["location"].as_str())
        .unwrap_or("westeurope");
    match call.path.last() {
        Some(part) => format!(
            "/subscriptions/{subscription}/providers/{}/locations/{location}/{}/{id}",
            part.namespace, kind.operations
        ),
        None => format!("/subscriptions/{subscription}/{}/{id}", kind.operations),
    }
}

/// Begins an operation and announces it on its first answer.
pub(super) fn begin(
    world: &mut World,
    call: &Call,
    kind: &Kind,
    write: Write,
    reply: Reply,
    effect: Effect,
    outcome: Outcome,
) -> Reply {
    let path = place(world, call, kind);
    begin_at(world, call, kind, (write, path), reply, effect, outcome)
}

/// The same at a place that is known before.
pub(super) fn begin_at(
    world: &mut World,
    call: &Call,
    kind: &Kind,
    (write, path): (Write, String),
    reply: Reply,
    effect: Effect,
    outcome: Outcome,
) -> Reply {
    let resource = call.path.id();
    let operation_id = path.rsplit('/').next().unwrap_or_default().to_owned();
    let reply = world.links(call).announce(reply, &path, &resource, write.poll);
    let operation = Operation {
        path,
        location_only: write.poll == Poll::Location && kind.name == WORKSPACES,
        resource,
        began: call.now.clone(),
        effect,
        outcome,
        done: false,
        due: Some(due_from(world.at, write.millis, world.settings.speed)),
    };
    world.operations.begin(&operation_id, operation);
    reply
}

/// Answers DELETE: 204 when it is not there.
///
/// # Errors
/// ARM's refusals; 409 when a lock forbids it.
pub(super) fn delete(world: &mut World, call: &Call, part: &ProviderPart) -> Answer {
    let (kind, name) = kind_of(world, call, part)?;
    let id = call.path.id();
    let action = format!("{name}/delete");
    world.containers(call, &action)?;
    world.allow(call, &action, &id)?;
    let Some(document) = world.store.get(&id).cloned() else {
        let purged = deleted::purge_workspace(world, call, kind);
        return Ok(purged.unwrap_or_else(|| Reply::empty(StatusCode::NO_CONTENT)));
    };
    authorization::unlocked(world, call, &id, true)?;
    idle(world, call)?;
    let outcome = match call.path.parent() {
        Some(parent) if name == OUTBOUND_RULES => Outcome::Resource(parent),
        _ => Outcome::Nothing,
    };
    Ok(remove(world, call, kind, &document, outcome))
}

/// Deletes a document that is there, in its type's way.
pub(super) fn remove(
    world: &mut World,
    call: &Call,
    kind: &Kind,
    document: &Arc<Value>,
    outcome: Outcome,
) -> Reply {
    let id = id_of(document).to_owned();
    let write = kind.delete;
    let mut leaving = Value::clone(document);
    set_state(&mut leaving, "Deleting");
    let reply = first(write.created, write.body, &leaving);
    let effect = deleted::effect(document, call);
    if write.millis == 0 {
        if matches!(effect, Effect::Keep(_)) {
            world.keep_aside(&id);
        } else {
            world.remove(&id);
        }
        return reply;
    }
    world.put(leaving);
    begin(world, call, kind, write, reply, effect, outcome)
}
