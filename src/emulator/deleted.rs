//! Soft delete: vaults, Machine Learning and Log Analytics workspaces that were deleted and can be recovered or purged.
//!
//! A vault's name stays taken everywhere, a workspace's in its group (`arm-facts` §7). A Log Analytics workspace comes back
//! when one of its name is made in its group again.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::members::member;
use super::operations::{Effect, Outcome};
use super::page::{Paging, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::resources::{self, WORKSPACES};
use super::store::{id_of, key};
use super::types::{self, Kind, Poll, Write};
use super::world::World;

/// The type of vaults.
pub(super) const VAULTS: &str = "Microsoft.KeyVault/vaults";

/// The type of Log Analytics workspaces.
const LOGS: &str = "Microsoft.OperationalInsights/workspaces";

/// How purging a vault is answered: `recordings/key-vault`.
const PURGE: Write = Write { created: 202, replaced: 202, body: false, poll: Poll::Location, millis: 5_000 };

/// A resource that was deleted and is kept for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deleted {
    /// The resource as it was.
    pub document: Value,
    /// What was below it.
    #[serde(default)]
    pub below: Vec<Value>,
    /// When it was deleted, RFC 3339.
    pub deleted: String,
    /// When it goes for good, RFC 3339.
    pub purge: String,
}

/// Days for which a type is kept when it is deleted; `None` where it is gone at once.
fn days(document: &Value) -> Option<i64> {
    let kind = document["type"].as_str().unwrap_or_default();
    if kind.eq_ignore_ascii_case(WORKSPACES) || kind.eq_ignore_ascii_case(LOGS) {
        return Some(14);
    }
    kind.eq_ignore_ascii_case(VAULTS)
        .then(|| document["properties"]["softDeleteRetentionInDays"].as_i64().unwrap_or(90))
}

/// What deleting a resource leads to: whether it is kept.
pub(super) fn effect(document: &Value, call: &Call) -> Effect {
    let id = id_of(document).to_owned();
    let word = if document["type"] == LOGS { "force" } else { "forceToPurge" };
    let purged = call.query.get(word).is_some_and(|force| force.eq_ignore_ascii_case("true"));
    if days(document).is_none() || purged { Effect::Remove(id) } else { Effect::Keep(id) }
}

/// Puts aside what was removed, when its type is kept.
pub(super) fn put_aside(world: &mut World, gone: &[Value]) {
    let now = world.settings.clock.now();
    let Some(document) = gone.iter().find(|document| days(document).is_some()) else { return };
    let top = key(id_of(document));
    let purge = now + jiff::SignedDuration::from_hours(24 * days(document).unwrap_or(14).clamp(1, 90));
    let kept = Deleted {
        document: document.clone(),
        below: gone.iter().filter(|other| key(id_of(other)) != top).cloned().collect(),
        deleted: now.to_string(),
        purge: purge.to_string(),
    };
    world.store.deleted.insert(top, kept);
}

/// Answers DELETE with `forceToPurge` of a workspace that is deleted already.
pub(super) fn purge_workspace(world: &mut World, call: &Call, kind: &Kind) -> Option<Reply> {
    let purges = call.query.get("forceToPurge").is_some_and(|force| force.eq_ignore_ascii_case("true"));
    let id = key(&call.path.id());
    if kind.name != WORKSPACES || !purges || !world.store.deleted.contains_key(&id) {
        return None;
    }
    purge(world, |other, _| *other == id);
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Some(resources::begin(world, call, kind, kind.delete, reply, Effect::None, Outcome::Nothing))
}

/// What a PUT asks to recover, if it does; [`bring_back`] then does it, once nothing refuses the request.
///
/// # Errors
/// When the name belongs to something that is deleted and neither purged nor asked back.
pub(super) fn asked_back(
    world: &World,
    kind: &str,
    id: &str,
    body: &Value,
) -> Result<Option<Deleted>, ArmError> {
    let id = key(id);
    let says = |name: &str, value: &str| {
        member(&body["properties"], name).is_some_and(|found| {
            found.as_str().map_or_else(|| found.to_string(), str::to_owned).eq_ignore_ascii_case(value)
        })
    };
    let asked = match kind {
        WORKSPACES => says("allowRecoverSoftDeletedWorkspace", "true"),
        VAULTS => says("createMode", "recover"),
        LOGS => true,
        _ => return Ok(None),
    };
    if asked && let Some(kept) = world.store.deleted.get(&id) {
        return Ok(Some(kept.clone()));
    }
    if kind == WORKSPACES && world.store.deleted.contains_key(&id) {
        return Err(ArmError::bad_request(
            "BadRequest",
            "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete",
        ));
    }
    let name = id.rsplit('/').next().unwrap_or_default();
    if kind == VAULTS && vault(world, name).is_some() {
        return Err(ArmError::conflict(
            "ConflictError",
            format!(
                "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault '{name}'. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete."
            ),
        ));
    }
    Ok(None)
}

/// Lets go for good what can still be recovered, by its key: its identities, too.
pub(super) fn purge(world: &mut World, is_meant: impl Fn(&String, &Deleted) -> bool) {
    let all = std::mem::take(&mut world.store.deleted);
    for (id, gone) in all {
        if is_meant(&id, &gone) {
            world.drop_identity(&gone.document);
            gone.below.iter().for_each(|below| world.drop_identity(below));
        } else {
            world.store.deleted.insert(id, gone);
        }
    }
}

/// Puts a deleted resource and what was below it back.
pub(super) fn bring_back(world: &mut World, kept: Deleted) {
    world.store.deleted.remove(&key(id_of(&kept.document)));
    for document in kept.below.into_iter().chain([kept.document]) {
        world.put(document);
    }
}

impl Deleted {
    /// Whether its time is over. A time that does not read is never over.
    pub(super) fn is_over(&self, now: jiff::Timestamp) -> bool {
        self.purge.parse().is_ok_and(|purge: jiff::Timestamp| purge <= now)
    }
}

/// The deleted vault of a name, which is taken everywhere until it is purged.
pub(super) fn vault<'a>(world: &'a World, name: &str) -> Option<&'a Deleted> {
    world.store.deleted.values().find(|gone| {
        gone.document["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(VAULTS))
            && gone.document["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name))
    })
}

/// Answers GET of the deleted Log Analytics workspaces of a subscription or group, each as it was.
///
/// # Errors
/// ARM's refusals.
pub(super) fn logs(world: &World, call: &Call) -> Answer {
    let action = "Microsoft.OperationalInsights/deletedWorkspaces/read";
    world.containers(call, action)?;
    world.allow(call, action, &call.path.scope())?;
    let below = format!("{}/", key(&call.path.scope()));
    let kept = world.store.deleted.iter();
    let found: Vec<&Value> = kept
        .filter(|(id, gone)| id.starts_with(&below) && gone.document["type"] == LOGS)
        .map(|(_, gone)| &gone.document)
        .collect();
    page(call, &found, &Paging::arm(world.settings.page_size))
}

fn shown(gone: &Deleted) -> Value {
    let vault = &gone.document;
    let subscription = id_of(vault).split('/').nth(2).unwrap_or_default();
    let (name, location) = (&vault["name"], vault["location"].as_str().unwrap_or_default());
    let mut properties = json!({
        "vaultId": id_of(vault), "location": location, "tags": vault["tags"].as_object().cloned().unwrap_or_default(),
        "deletionDate": gone.deleted, "scheduledPurgeDate": gone.purge
    });
    if vault["properties"]["enablePurgeProtection"] == true {
        properties["purgeProtectionEnabled"] = Value::Bool(true);
    }
    json!({
        "id": format!("/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{}", name.as_str().unwrap_or_default()),
        "name": name, "type": "Microsoft.KeyVault/deletedVaults", "properties": properties
    })
}

/// Answers GET of deleted vaults: all of a subscription, or one of a location.
///
/// # Errors
/// `DeletedVaultNotFound`.
pub(super) fn vaults(world: &World, call: &Call, name: Option<&str>) -> Answer {
    let action = "Microsoft.KeyVault/deletedVaults/read";
    let scope = format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default());
    world.containers(call, action)?;
    world.allow(call, action, &scope)?;
    if let Some(name) = name {
        return here(world, call, name).map(|gone| Reply::ok(&shown(gone)));
    }
    let below = format!("{}/", key(&scope));
    let found: Vec<Value> = world
        .store
        .deleted
        .iter()
        .filter(|(id, gone)| id.starts_with(&below) && gone.document["type"] == VAULTS)
        .map(|(_, gone)| shown(gone))
        .collect();
    page(call, &found, &Paging::arm(world.settings.page_size))
}

/// The deleted vault of a name in the location and subscription of a call.
fn here<'a>(world: &'a World, call: &Call, name: &str) -> Result<&'a Deleted, ArmError> {
    let location = call.path.last().and_then(|part| part.names.first()).map_or("", String::as_str);
    let below = format!(
        "{}/",
        key(&format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default()))
    );
    vault(world, name)
        .filter(|gone| key(id_of(&gone.document)).starts_with(&below))
        .filter(|gone| gone.document["location"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(location)))
        .ok_or_else(|| {
            ArmError::not_found(
                "DeletedVaultNotFound",
                format!(
                    "The specified deleted vault '{name}' does not exist. Ensure that the vault was indeed deleted and that it is in recoverable state. If soft delete was not enabled then the vault is permanently deleted. Follow this link for more information: https://go.microsoft.com/fwlink/?linkid=2149745"
                ),
            )
        })
}

/// Answers `POST .../deletedVaults/{name}/purge`.
///
/// # Errors
/// `DeletedVaultNotFound`; 405 for a vault that is protected against purging.
pub(super) fn purge_vault(world: &mut World, call: &Call, name: &str) -> Answer {
    let action = "Microsoft.KeyVault/locations/deletedVaults/purge/action";
    world.containers(call, action)?;
    world.allow(
        call,
        action,
        &format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default()),
    )?;
    let gone = here(world, call, name)?;
    if gone.document["properties"]["enablePurgeProtection"] == true {
        // Code and words: public reports of `az keyvault purge` on a protected vault.
        return Err(ArmError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "Operation 'DeletedVaultPurge' is not allowed.",
        ));
    }
    let id = key(id_of(&gone.document));
    purge(world, |other, _| *other == id);
    let kind = types::find(VAULTS).unwrap_or(&types::PLAIN);
    let time = call.now.replacen('T', " ", 1);
    let result = json!({ "createdDateTime": time, "lastActionDateTime": time, "status": "Succeeded" });
    let reply = Reply::empty(StatusCode::ACCEPTED);
    Ok(resources::begin(world, call, kind, PURGE, reply, Effect::None, Outcome::Body(result)))
}
