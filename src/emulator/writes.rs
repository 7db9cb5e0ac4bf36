//! PUT and PATCH of every resource that has no rules of its own: what is refused, what the service adds, and whether it is
//! done at once or by an operation.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::assets;
use super::authorization;
use super::completions;
use super::defaults;
use super::deleted;
use super::detection;
use super::linked;
use super::merge::{lay_over, lay_over_identity};
use super::ml;
use super::names;
use super::network;
use super::operations::{Effect, Operation, Outcome, due_from};
use super::path::ProviderPart;
use super::policy;
use super::providers;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::resources::{
    begin, begin_at, first, idle, kind_of, parent_exists, place, resource_not_found, set_state, shown,
    spelled,
};
use super::shapes;
use super::spelling;
use super::storage;
use super::store::id_of;
use super::types::{Kind, Poll};
use super::vaults;
use super::versions::project;
use super::world::World;

/// How the types begin whose documents have no `provisioningState`.
const STATELESS: [&str; 12] = [
    "Microsoft.Insights/diagnosticSettings",
    "Microsoft.KeyVault/vaults/keys",
    "Microsoft.KeyVault/vaults/secrets",
    "Microsoft.MachineLearningServices/workspaces/connections",
    "Microsoft.MachineLearningServices/workspaces/datastores",
    "Microsoft.MachineLearningServices/workspaces/jobs",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Storage/storageAccounts/blobServices",
    "Microsoft.Storage/storageAccounts/fileServices",
    "Microsoft.Storage/storageAccounts/queueServices",
    "Microsoft.Storage/storageAccounts/tableServices",
    "Microsoft.Storage/storageAccounts/managementPolicies",
];

/// The request's body, which has to be an object.
fn body_of(call: &Call) -> Result<Map<String, Value>, ArmError> {
    match &call.body {
        Some(Value::Object(body)) => {
            let odd = |(name, value): (&String, &Value)| {
                name.eq_ignore_ascii_case("properties") && !value.is_object() && !value.is_null()
            };
            if body.iter().any(odd) {
                return Err(ArmError::bad_request(
                    "InvalidRequestContent",
                    "The request content was invalid and could not be deserialized: 'properties' is to be a JSON object.",
                ));
            }
            Ok(body.clone())
        }
        _ => Err(ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid and could not be deserialized: a JSON object is expected.",
        )),
    }
}

/// Answers PUT: create, or replace what the caller may set and keep what the service owns.
///
/// # Errors
/// ARM's refusals.
pub(super) fn put(world: &mut World, call: &Call, part: &ProviderPart) -> Answer {
    let (kind, name) = kind_of(world, call, part)?;
    let id = call.path.id();
    admit(world, call, part, &name)?;
    let mut body = Value::Object(body_of(call)?);
    spelling::arriving(&name, &mut body);
    let back = deleted::asked_back(world, &name, &id, &body)?;
    let body = accept(world, call, &name, body)?;
    let gone = back.as_ref().map(|back| Arc::new(back.document.clone()));
    let before = gone.or_else(|| world.store.get(&id).cloned());
    if let Some(before) = &before {
        defaults::refuse_move(before, &body)?;
    }
    let write = Writing { call, kind, name, id, before };
    let document = write.compose(world, part, &body, back.is_some())?;
    // From here on nothing refuses the request.
    if let Some(back) = back {
        deleted::bring_back(world, back);
    }
    // The store and the directory learn of a managed identity as soon as its resource is there.
    defaults::register_identity(world, &document);
    Ok(write.carry_out(world, document))
}

/// Refuses who may not write there, and what cannot be written there now.
///
/// # Errors
/// ARM's refusals.
fn admit(world: &World, call: &Call, part: &ProviderPart, name: &str) -> Result<(), ArmError> {
    let id = call.path.id();
    let action = format!("{name}/write");
    world.containers(call, &action)?;
    world.allow(call, &action, &id)?;
    providers::registered(world, call, &part.namespace)?;
    // The service makes the container of an asset with its first version.
    if assets::version_of(name).is_none() {
        parent_exists(world, call, name)?;
    }
    authorization::unlocked(world, call, &id, false)?;
    idle(world, call)?;
    names::refuse(world, name, &id)
}

/// What the caller set, as the service takes it.
///
/// # Errors
/// What the service does not take.
fn accept(world: &World, call: &Call, name: &str, mut body: Value) -> Result<Value, ArmError> {
    shapes::refuse(name, &body)?;
    defaults::drop_read_only(&mut body);
    ml::arriving(name, &mut body)?;
    let body = project(&body, name, &call.version).into_owned();
    linked::refuse(world, call, name, &format!("{name}/write"), &body)?;
    linked::same_region(world, &call.path.id(), name, &body)?;
    linked::zones_exist(world, &call.path.id(), name, &body)?;
    Ok(body)
}

/// A resource that is written as a whole.
struct Writing<'a> {
    call: &'a Call,
    kind: &'static Kind,
    /// Its type as it is spelled here.
    name: String,
    id: String,
    /// What was there.
    before: Option<Arc<Value>>,
}

impl Writing<'_> {
    /// The document with what the caller set, what the service keeps and what it adds; `is_back` of one that was deleted and
    /// is asked back as it was.
    ///
    /// # Errors
    /// What policies and the service do not allow.
    fn compose(
        &self,
        world: &World,
        part: &ProviderPart,
        body: &Value,
        is_back: bool,
    ) -> Result<Value, ArmError> {
        let Self { call, name, .. } = self;
        let before = self.before.as_deref();
        let mut document = json!({
            "id": before.map_or_else(|| spelled(call, part, name), |before| id_of(before).to_owned()),
            "name": part.names.last(), "type": name
        });
        if let Some(before) = before {
            defaults::keep_owned(&mut document, before);
        }
        match before.filter(|_| is_back) {
            Some(before) => document.clone_from(before),
            None => lay_over(&mut document, body),
        }
        defaults::complete(world, call, name, &mut document, before);
        assets::complete(call, name, &mut document, before);
        network::complete(&mut document);
        completions::complete(call, &mut document, before);
        storage::complete(&mut document);
        storage::complete_child(world, call, &mut document);
        vaults::complete(call, name, &mut document);
        policy::refuse(world, call, &document)?;
        if let Some(before) = before {
            defaults::refuse_change(name, before, &document)?;
        }
        defaults::touch(world, &mut document, call, before.is_none());
        ml::complete(world, name, &mut document, before, &call.now);
        ml::refuse(world, name, &document)?;
        Ok(document)
    }

    /// Writes it at once, or begins the operation that does.
    fn carry_out(self, world: &mut World, mut document: Value) -> Reply {
        let Self { call, kind, name, id, before } = self;
        let has_state = !STATELESS.iter().any(|prefix| name.starts_with(prefix));
        let mut meanwhile = document.clone();
        let in_vain = linked::failure(world, &name, &document);
        let failure = ml::failure(world, &name, &document).or_else(|| in_vain.clone());
        if has_state {
            set_state(&mut document, if failure.is_some() { "Failed" } else { "Succeeded" });
            set_state(&mut meanwhile, if before.is_some() { "Updating" } else { kind.creating });
            assets::meanwhile(&name, &mut meanwhile);
        }
        let write = kind.put;
        let changes_at_once = write.poll == Poll::State || write.created != write.replaced && !write.body;
        let done = write.millis == 0 || (before.is_some() && changes_at_once);
        let status = if before.is_some() { write.replaced } else { write.created };
        if done {
            let reply = first(status, true, &shown(&document, &name, &call.version, false));
            // Only what is new has an address to be told.
            let poll = if write.millis == 0 && before.is_none() { write.poll } else { Poll::Done };
            let reply = world.links(call).announce(reply, "", &id, poll);
            if name == detection::COMPONENTS && before.is_none() {
                detection::begin(world, &document);
            }
            world.put(document);
            assets::begin_job(world, call, &name, before.is_none());
            return reply;
        }
        if write.poll == Poll::State {
            return ready_later(world, call, kind, meanwhile);
        }
        let operation = place(world, call, kind);
        let url = format!("{}{}?api-version={}", call.base, operation, call.version);
        assets::tell_operation(&name, &mut document, &url);
        assets::tell_operation(&name, &mut meanwhile, &url);
        let reply = first(status, write.body, &shown(&meanwhile, &name, &call.version, false));
        world.put(meanwhile);
        let effect = match before.filter(|_| in_vain.is_some()) {
            Some(before) => Effect::Put(Value::clone(&before)),
            None if in_vain.is_some() => Effect::Remove(id.clone()),
            None => Effect::Put(document),
        };
        let outcome = failure.map_or(Outcome::Resource(id), Outcome::Failed);
        begin_at(world, call, kind, (write, operation), reply, effect, outcome)
    }
}

/// Answers with something new that says in its state when it is ready, and hinders nobody until then.
fn ready_later(world: &mut World, call: &Call, kind: &Kind, document: Value) -> Reply {
    let shown = shown(&document, kind.name, &call.version, false);
    let reply = first(kind.put.created, kind.put.body, &shown);
    let reply = world.links(call).announce(reply, "", "", kind.put.poll);
    let ready = json!({ "properties": { "provisioningState": "Succeeded" } });
    let operation = Operation {
        path: place(world, call, kind),
        location_only: false,
        resource: String::new(),
        began: call.now.clone(),
        effect: Effect::Merge(id_of(&document).to_owned(), ready),
        outcome: Outcome::Nothing,
        done: false,
        due: Some(due_from(world.at, kind.put.millis, world.settings.speed)),
    };
    world.operations.begin(&uuid::Uuid::new_v4().to_string(), operation);
    world.put(document);
    reply
}

/// Answers PATCH: lays the body over the document. Properties that cannot be changed are ignored.
///
/// # Errors
/// ARM's refusals.
pub(super) fn patch(world: &mut World, call: &Call, part: &ProviderPart) -> Answer {
    let (kind, name) = kind_of(world, call, part)?;
    let id = call.path.id();
    let action = format!("{name}/write");
    world.containers(call, &action)?;
    world.allow(call, &action, &id)?;
    let Some(before) = world.store.get(&id).cloned() else { return Err(resource_not_found(call, &name)) };
    authorization::unlocked(world, call, &id, false)?;
    idle(world, call)?;
    let mut body = Value::Object(body_of(call)?);
    spelling::arriving(&name, &mut body);
    shapes::refuse(&name, &body)?;
    body = project(&body, &name, &call.version).into_owned();
    defaults::drop_read_only(&mut body);
    defaults::drop_fixed(&name, &mut body);
    ml::arriving_patch(&name, &mut body)?;
    linked::refuse(world, call, &name, &action, &body)?;
    let identity = body.as_object_mut().and_then(|body| body.remove("identity"));
    let mut document = Value::clone(&before);
    lay_over(&mut document, &body);
    if let Some(identity) = identity {
        lay_over_identity(&mut document, &identity);
        defaults::own_identity(world, &mut document);
    }
    defaults::refuse_change(&name, &before, &document)?;
    policy::refuse(world, call, &document)?;
    storage::complete(&mut document);
    defaults::touch(world, &mut document, call, false);
    ml::complete(world, &name, &mut document, Some(&before), &call.now);
    ml::refuse_patch(&name, &body, &document)?;
    defaults::register_identity(world, &document);
    let write = kind.patch;
    if write.millis == 0 {
        let reply = first(write.replaced, write.body, &shown(&document, &name, &call.version, false));
        world.put(document);
        return Ok(reply);
    }
    let mut meanwhile = Value::clone(&before);
    set_state(&mut meanwhile, "Updating");
    set_state(&mut document, "Succeeded");
    let reply = first(write.replaced, write.body, &meanwhile);
    world.put(meanwhile);
    Ok(begin(world, call, kind, write, reply, Effect::Put(document), Outcome::Resource(id)))
}
