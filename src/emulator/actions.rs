//! What `POST {resource}/{action}` does, for the actions in the table of types.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::defaults::guid;
use super::operations::{Effect, Outcome};
use super::path::ProviderPart;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::resources;
use super::storage;
use super::store::{id_of, key};
use super::types::{self, Act, Action};
use super::world::World;

/// Answers an action on a resource.
///
/// # Errors
/// ARM's refusals; 404 for an action that the type does not have.
pub(super) fn run(world: &mut World, call: &Call, part: &ProviderPart) -> Answer {
    let mut owner = part.clone();
    let name = if part.is_open() { owner.types.pop().unwrap_or_default() } else { String::new() };
    let (kind, full) = resources::kind_of(world, call, &owner)?;
    let target = call.path.without_last();
    let Some(action) = kind.actions.iter().find(|action| action.name.eq_ignore_ascii_case(&name)) else {
        return Err(ArmError::not_found(
            "InvalidResourceType",
            format!(
                "The resource type '{full}/{name}' could not be found for api version '{}'.",
                call.version
            ),
        ));
    };
    let right = action.right(&full);
    world.containers(call, &right)?;
    world.allow(call, &right, &target)?;
    let Some(document) = world.store.get(&target).cloned() else {
        return Err(ArmError::not_found(
            "ResourceNotFound",
            format!(
                "The Resource '{full}/{}' under resource group '{}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
                owner.names.join("/"),
                call.path.group.as_deref().unwrap_or("<null>")
            ),
        ));
    };
    // A read-only lock forbids every action, the one that lists keys too; what it stops is more than writes.
    super::authorization::unlocked(world, call, &target, false)?;
    match done(world, call, action, &document)? {
        Done::Answered(reply) => Ok(reply),
        Done::Begun(effect, outcome) => {
            let status = StatusCode::from_u16(action.write.created).unwrap_or(StatusCode::ACCEPTED);
            let row = types::find(&full).unwrap_or(kind);
            Ok(resources::begin(world, call, row, action.write, Reply::empty(status), effect, outcome))
        }
    }
}

/// What became of an action.
enum Done {
    /// It is answered at once.
    Answered(Reply),
    /// It goes on as an operation, with what that does and comes to in the end.
    Begun(Effect, Outcome),
}

/// Carries an action out, or begins it.
///
/// # Errors
/// What the resource or the body does not allow.
fn done(world: &mut World, call: &Call, action: &Action, document: &Value) -> Result<Done, ArmError> {
    let target = || call.path.without_last();
    let now = |reply: Reply| Ok(Done::Answered(reply));
    let later = |effect, outcome| Ok(Done::Begun(effect, outcome));
    match action.act {
        Act::WorkspaceKeys => now(Reply::ok(&workspace_keys(world, document))),
        Act::AccountKey => {
            let account = document["properties"]["storageAccount"].as_str().unwrap_or_default();
            now(Reply::ok(&json!({ "userStorageKey": storage::first_key(world, account) })))
        }
        Act::StorageKeys => now(Reply::ok(&storage::keys(document))),
        Act::RegenerateStorageKey => now(storage::regenerate(world, call, document)?),
        Act::Signature(member) => now(Reply::ok(&storage::signature(document, call, member))),
        Act::AssociatedResources => now(Reply::ok(&associated(world, call, document))),
        Act::Nothing if action.write.millis == 0 => {
            now(Reply::empty(StatusCode::from_u16(action.write.created).unwrap_or(StatusCode::OK)))
        }
        Act::Failover => later(Effect::Put(storage::failover(document, call)?), Outcome::Nothing),
        Act::SharedKeys => now(Reply::ok(&shared_keys(world, document))),
        Act::NewSharedKeys => {
            ["primary", "secondary"].iter().for_each(|which| turn(world, call, id_of(document), which));
            now(Reply::ok(&shared_keys(world, document)))
        }
        Act::Show(what) => now(Reply::ok(&what.of(document))),
        Act::RegenerateKeys => {
            let turn = json!({ "properties": { "properties": { "keyTurn": call.now } } });
            later(Effect::Merge(target(), turn), Outcome::Nothing)
        }
        Act::CancelJob => {
            let state = json!({ "properties": { "status": "Canceled" } });
            later(Effect::Merge(target(), state), Outcome::Nothing)
        }
        Act::RegistryCredentials => now(registry_credentials(world, document)?),
        Act::NewRegistryPassword => now(new_registry_password(world, call, document)?),
        Act::Diagnose => later(Effect::None, Outcome::Body(diagnose(world, document))),
        Act::ResyncKeys | Act::Nothing => later(Effect::None, Outcome::Nothing),
        Act::ProvisionNetwork => {
            let spark = call.object().get("includeSpark").is_some_and(|value| value == true);
            let status = json!({ "status": "Active", "sparkReady": spark });
            let patch = json!({ "properties": { "managedNetwork": { "status": status } } });
            later(Effect::Merge(target(), patch), Outcome::Body(status))
        }
        Act::Compute(meanwhile, then) => {
            let state = |state: &str| json!({ "properties": { "properties": { "state": state } } });
            let mut changing = Value::clone(document);
            super::merge::lay_over(&mut changing, &state(meanwhile));
            world.put(changing);
            later(Effect::Merge(target(), state(then)), Outcome::Resource(target()))
        }
    }
}

/// Makes one of a registry's passwords anew and shows both.
fn new_registry_password(world: &mut World, call: &Call, registry: &Value) -> Answer {
    let body = call.object();
    let wanted = body.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(name) = PASSWORDS.into_iter().find(|name| name.eq_ignore_ascii_case(wanted)) else {
        return Err(ArmError::bad_request(
            "InvalidPasswordName",
            format!("The password '{wanted}' is none that a registry has."),
        ));
    };
    registry_credentials(world, registry)?;
    turn(world, call, id_of(registry), name);
    registry_credentials(world, registry)
}

/// The resources that an identity is assigned to, as far as the caller may read them.
fn associated(world: &World, call: &Call, identity: &Value) -> Value {
    let reader = world.reader(call);
    let assigned = |document: &Value| {
        let all = document["identity"]["userAssignedIdentities"].as_object();
        all.is_some_and(|all| all.keys().any(|id| key(id) == key(id_of(identity))))
    };
    let found: Vec<Value> = world
        .store
        .documents()
        .map(|(_, document)| document)
        .filter(|document| assigned(document))
        .filter(|document| {
            let kind = document["type"].as_str().unwrap_or_default();
            reader.judge(&format!("{kind}/read"), id_of(document), false).is_allowed()
        })
        .map(|document| {
            let segment = |at: usize| id_of(document).split('/').nth(at);
            json!({
                "id": document["id"], "name": document["name"], "type": document["type"], "resourceGroup": segment(4),
                "subscriptionId": segment(2), "subscriptionDisplayName": segment(2)
            })
        })
        .collect();
    json!({ "totalCount": found.len(), "value": found, "nextLink": null })
}

/// A value that looks like a key and is one of nobody's.
pub(super) fn secret(id: &str, which: &str) -> String {
    let seed = guid(id, which).replace('-', "");
    format!("{seed}{}==", guid(&seed, which).replace('-', ""))
}

/// Whether a workspace gets at its storage with the account's key, which is also what leaving the mode out means.
fn uses_key(workspace: &Value) -> bool {
    let mode = workspace["properties"]["systemDatastoresAuthMode"].as_str();
    mode.is_none_or(|mode| mode.eq_ignore_ascii_case("accesskey"))
}

/// The keys that a workspace knows. One that authenticates with an identity knows none of its storage account, as the
/// documents' example has it.
fn workspace_keys(world: &World, workspace: &Value) -> Value {
    let id = id_of(workspace);
    let properties = &workspace["properties"];
    let account = properties["storageAccount"].as_str().unwrap_or_default();
    json!({
        "userStorageKey": uses_key(workspace).then(|| storage::first_key(world, account)),
        "userStorageArmId": account,
        "appInsightsInstrumentationKey": properties["applicationInsights"].as_str().map(|id| guid(id, "instrumentation")),
        "containerRegistryCredentials": null,
        "notebookAccessKeys": { "primaryAccessKey": secret(id, "notebook1"), "secondaryAccessKey": secret(id, "notebook2") }
    })
}

/// The passwords of a registry's admin user.
const PASSWORDS: [&str; 2] = ["password", "password2"];

fn registry_credentials(world: &World, registry: &Value) -> Answer {
    if registry["properties"]["adminUserEnabled"] != true {
        return Err(ArmError::bad_request(
            "UnAuthorizedForCredentialOperations",
            "Cannot perform credential operations for the registry as admin user is disabled. Kindly enable admin user as per docs: https://docs.microsoft.com/en-us/azure/container-registry/container-registry-authentication#admin-account",
        ));
    }
    let passwords =
        PASSWORDS.map(|name| json!({ "name": name, "value": current(world, id_of(registry), name) }));
    Ok(Reply::ok(&json!({ "username": registry["name"], "passwords": passwords })))
}

fn shared_keys(world: &World, workspace: &Value) -> Value {
    let key = |which: &str| current(world, id_of(workspace), which);
    json!({ "primarySharedKey": key("primary"), "secondarySharedKey": key("secondary") })
}

/// A secret of a resource that can be made anew.
fn current(world: &World, id: &str, which: &str) -> String {
    let turn = world.store.turns.get(&format!("{}#{which}", key(id))).map_or("", String::as_str);
    secret(id, &format!("{which}{turn}"))
}

/// Makes a secret of a resource anew.
fn turn(world: &mut World, call: &Call, id: &str, which: &str) {
    world.store.turns.insert(format!("{}#{which}", key(id)), call.now.clone());
}

/// What the service finds when it looks at a workspace's dependents: those that are gone, and keys that are off.
fn diagnose(world: &World, workspace: &Value) -> Value {
    let properties = &workspace["properties"];
    let finding = |code: &str, level: &str, message: String| json!({ "code": code, "level": level, "message": message });
    let check = |name: &str| -> Vec<Value> {
        let Some(id) = properties[name].as_str().filter(|id| !id.is_empty()) else { return Vec::new() };
        if world.store.get(id).is_some() {
            return Vec::new();
        }
        vec![
            finding(
                "DependencyResourceNotExist",
                "Error",
                format!(
                    "Resource {id} has been removed, which is an essential resource to use Azure Machine Learning. Please recover Resource {id}."
                ),
            ),
            finding(
                "UnableToCheckDependencyResource",
                "Warning",
                format!("Unable to check settings on resource '{id}'."),
            ),
        ]
    };
    let mut storage = check("storageAccount");
    let account = properties["storageAccount"].as_str().and_then(|id| world.store.get(id));
    // The code and the words are those with which the storage service refuses a key; which ones diagnose has for it is
    // not published.
    let keys_off = account.is_some_and(|account| account["properties"]["allowSharedKeyAccess"] == false);
    if keys_off && uses_key(workspace) {
        storage.push(finding(
            "KeyBasedAuthenticationNotPermitted",
            "Error",
            "Key based authentication is not permitted on this storage account.".to_owned(),
        ));
    }
    let locks: Vec<Value> = world
        .store
        .hung("locks", id_of(workspace), true, false)
        .into_iter()
        .map(|lock| {
            finding("ResourceLock", "Warning", format!("Lock {} applies to the workspace.", id_of(lock)))
        })
        .collect();
    json!({ "value": {
        "userDefinedRouteResults": [], "networkSecurityRuleResults": [], "resourceLockResults": locks,
        "dnsResolutionResults": [], "storageAccountResults": storage, "keyVaultResults": check("keyVault"),
        "containerRegistryResults": check("containerRegistry"), "applicationInsightsResults": check("applicationInsights"),
        "otherResults": []
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_stable_and_differ() {
        assert_eq!(secret("/A", "key1"), secret("/a", "key1"));
        assert_ne!(secret("/a", "key1"), secret("/a", "key2"));
        assert!(secret("/a", "key1").len() > 60);
    }
}
