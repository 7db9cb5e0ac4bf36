//! A workspace as the service makes it: identities, dependents, datastores, grants, and the ties of hubs and projects.

use serde_json::{Value, json};

use crate::emulator::defaults::{assigned_identities, guid};
use crate::emulator::reply::ArmError;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// Azure AI Administrator, which the service grants a new workspace's own identity on the resource group.
const ADMINISTRATOR: &str = "b78c5d69-af96-48a3-bf8d-a8b4d589de94";
/// Storage Blob Data Contributor and Storage File Data Privileged Contributor, granted on the storage account.
const DATA: [&str; 2] = ["ba92f5b4-2d11-453d-a403-e96b0029c9fe", "69566ab7-960f-475b-8e7c-b3118f30c6bd"];

/// Dependents that have to be there, by the property that names them.
const DEPENDENTS: [&str; 4] = ["storageAccount", "keyVault", "applicationInsights", "containerRegistry"];

fn named<'a>(document: &'a Value, property: &str) -> Option<&'a str> {
    document["properties"][property].as_str().filter(|id| !id.is_empty())
}

/// Fills in what only the estate knows: the ids of assigned identities, and what a project has from its hub.
pub(super) fn complete(world: &World, document: &mut Value) {
    assigned_identities(world, document);
    if document["identity"]["type"] == "UserAssigned"
        && let Some(identity) = document["identity"].as_object_mut()
    {
        // No identity of its own, and yet a tenant, as recorded.
        identity.insert("principalId".to_owned(), Value::Null);
        identity.insert("tenantId".to_owned(), Value::from(world.store.tenant_id()));
    }
    if document["kind"] == "Project" {
        let hub = named(document, "hubResourceId").and_then(|id| world.store.get(id)).cloned();
        for property in DEPENDENTS {
            if let Some(id) = hub.as_deref().and_then(|hub| named(hub, property)) {
                document["properties"][property] = Value::from(id);
            }
        }
        if let Some(hub) = &hub {
            let mode = &hub["properties"]["managedNetwork"]["isolationMode"];
            document["properties"]["managedNetwork"] = json!({ "isolationMode": mode });
        }
    }
    if document["kind"] == "Hub" {
        first_of_lists(document);
    }
    if document["kind"] == "Hub" && document["properties"]["associatedWorkspaces"].is_null() {
        document["properties"]["associatedWorkspaces"] = json!([]);
    }
}

/// The first previews with hubs had lists of dependents instead of one each; the first of a list is the hub's own.
fn first_of_lists(document: &mut Value) {
    for (list, one) in [
        ("storageAccounts", "storageAccount"),
        ("keyVaults", "keyVault"),
        ("containerRegistries", "containerRegistry"),
    ] {
        if named(document, one).is_none()
            && let Some(id) = document["properties"][list][0].as_str().map(str::to_owned)
        {
            document["properties"][one] = Value::from(id);
        }
    }
}

/// Every workspace but a project names a storage account and a key vault.
///
/// # Errors
/// 400 in the service's words.
pub(super) fn refuse(document: &Value) -> Result<(), ArmError> {
    let complete = if document["kind"] == "Project" {
        named(document, "hubResourceId").is_some()
    } else {
        named(document, "storageAccount").is_some() && named(document, "keyVault").is_some()
    };
    if complete {
        return Ok(());
    }
    Err(ArmError::bad_request("ValidationError", "Missing dependent resources in workspace json"))
}

/// The service looks for the dependents while it makes the workspace, and fails when one is not there.
pub(super) fn failure(world: &World, document: &Value) -> Option<Value> {
    let assigned = document["identity"]["userAssignedIdentities"].as_object();
    let assigned = assigned.into_iter().flatten().map(|(id, _)| id.as_str());
    let hub = named(document, "hubResourceId");
    let wanted =
        DEPENDENTS.iter().filter_map(|property| named(document, property)).chain(assigned).chain(hub);
    let missing = wanted.into_iter().find(|id| world.store.get(id).is_none())?;
    let mut pieces = missing.rsplit("/providers/").next().unwrap_or_default().split('/');
    let kind = format!("{}/{}", pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    let name = pieces.next().unwrap_or_default();
    let group = missing.split('/').nth(4).unwrap_or_default();
    let inner = json!({ "error": {
        "code": "ResourceNotFound",
        "message": format!(
            "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        )
    }});
    Some(json!({
        "code": "BadRequest",
        "message": format!("Request to get resource '{missing}' failed. The response was: {inner}"),
        "details": []
    }))
}

/// What the service does once a workspace is there, or has been changed.
pub(super) fn settled(world: &mut World, workspace: &Value, before: Option<&Value>, now: &str) {
    if workspace["properties"]["provisioningState"] != "Succeeded" {
        return;
    }
    let created = before.is_none_or(|before| before["properties"]["provisioningState"] == "Creating");
    let mode = |document: &Value| document["properties"]["systemDatastoresAuthMode"].clone();
    if created || before.is_some_and(|before| mode(before) != mode(workspace)) {
        datastores(world, workspace, created, now);
    }
    if !created {
        return;
    }
    grant(world, workspace, now);
    let project = id_of(workspace).to_owned();
    tie(world, workspace, |associated| {
        if !associated.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(&project))) {
            associated.push(Value::from(project));
        }
    });
}

/// Takes a project that has gone out of its hub's list.
pub(super) fn gone(world: &mut World, workspace: &Value) {
    let project = id_of(workspace).to_owned();
    tie(world, workspace, |associated| {
        associated.retain(|one| one.as_str().is_none_or(|one| !one.eq_ignore_ascii_case(&project)));
    });
}

fn tie(world: &mut World, project: &Value, change: impl FnOnce(&mut Vec<Value>)) {
    let hub = named(project, "hubResourceId").and_then(|id| world.store.get(id));
    let Some(hub) = hub else { return };
    let mut document = Value::clone(hub);
    let mut associated =
        document["properties"]["associatedWorkspaces"].as_array().cloned().unwrap_or_default();
    change(&mut associated);
    document["properties"]["associatedWorkspaces"] = Value::Array(associated);
    if document != **hub {
        world.put(document);
    }
}

/// The datastores that every workspace has.
fn datastores(world: &mut World, workspace: &Value, created: bool, now: &str) {
    let id = id_of(workspace).to_owned();
    let account = named(workspace, "storageAccount").and_then(|id| id.rsplit('/').next()).unwrap_or_default();
    let by_identity = workspace["properties"]["systemDatastoresAuthMode"]
        .as_str()
        .is_some_and(|mode| !mode.eq_ignore_ascii_case("accesskey"));
    let credentials = if by_identity { "None" } else { "AccountKey" };
    let unique = workspace["properties"]["workspaceId"].as_str().unwrap_or_default();
    let blob = format!("azureml-blobstore-{unique}");
    let share = format!("azureml-filestore-{unique}");
    let code = format!("code-{}", guid(&id, "code"));
    for (name, kind, place, container) in [
        ("workspaceblobstore", "AzureBlob", "containerName", blob.as_str()),
        ("workspaceartifactstore", "AzureBlob", "containerName", "azureml"),
        ("workspacefilestore", "AzureFile", "fileShareName", share.as_str()),
        ("workspaceworkingdirectory", "AzureFile", "fileShareName", code.as_str()),
    ] {
        let own = format!("{id}/datastores/{name}");
        let before = world.store.get(&own);
        let same = before
            .is_some_and(|before| before["properties"]["credentials"]["credentialsType"] == credentials);
        if same || before.is_none() && !created {
            continue;
        }
        // The default one names the workspace's identity also where it has the key, as recorded.
        let by_workspace = by_identity || name == "workspaceblobstore";
        let reader = if by_workspace { "WorkspaceSystemAssignedIdentity" } else { "None" };
        let created = before.map_or(Value::from(now), |before| before["systemData"]["createdAt"].clone());
        world.put(json!({
            "id": own, "name": name, "type": "Microsoft.MachineLearningServices/workspaces/datastores",
            "properties": {
                "description": null, "tags": null, "properties": null, "isDefault": name == "workspaceblobstore",
                "credentials": { "credentialsType": credentials }, "datastoreType": kind, "accountName": account,
                place: container, "endpoint": "core.windows.net", "protocol": "https",
                "serviceDataAccessAuthIdentity": reader
            },
            "systemData": { "createdAt": created, "lastModifiedAt": now }
        }));
    }
}

/// The service's own grants to a workspace's system-assigned identity.
fn grant(world: &mut World, workspace: &Value, now: &str) {
    let Some(principal) = workspace["identity"]["principalId"].as_str() else { return };
    let id = id_of(workspace);
    let mut grants = Vec::new();
    let group: Vec<&str> = id.split('/').take(5).collect();
    if workspace["properties"]["allowRoleAssignmentOnRG"] != false {
        grants.push((group.join("/"), ADMINISTRATOR));
    }
    if let Some(account) =
        named(workspace, "storageAccount").filter(|account| world.store.get(account).is_some())
    {
        grants.extend(DATA.iter().map(|role| (account.to_owned(), *role)));
    }
    let subscription = group.get(2).copied().unwrap_or_default().to_owned();
    for (scope, role) in grants {
        let there = world.store.hung("roleAssignments", &scope, false, false).into_iter().any(|one| {
            let properties = &one["properties"];
            properties["principalId"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(principal))
                && properties["roleDefinitionId"].as_str().is_some_and(|found| key(found).ends_with(role))
        });
        if there {
            continue;
        }
        let name = guid(&format!("{scope}{id}{principal}"), role);
        world.put(json!({
            "id": format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"), "name": name,
            "type": "Microsoft.Authorization/roleAssignments",
            "properties": {
                "roleDefinitionId": format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"),
                "principalId": principal, "principalType": "ServicePrincipal", "scope": scope, "condition": null,
                "conditionVersion": null, "createdOn": now, "updatedOn": now, "createdBy": "", "updatedBy": "",
                "delegatedManagedIdentityResourceId": null, "description": null
            }
        }));
    }
}
