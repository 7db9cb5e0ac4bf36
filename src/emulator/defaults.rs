//! What resource providers add to, keep in and refuse to change in the documents that callers send.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::merge::spelling;
use super::reply::ArmError;
use super::request::Call;
use super::resources::WORKSPACES;
use super::spelling::place;
use super::store::id_of;
use super::world::World;

/// Members of a document that only the service sets.
const READ_ONLY: [&str; 5] = ["id", "name", "type", "systemData", "etag"];

/// Properties that only the service sets, over all types.
const OWNED: [&str; 26] = [
    "provisioningState",
    "workspaceId",
    "discoveryUrl",
    "mlFlowTrackingUri",
    "notebookInfo",
    "storageHnsEnabled",
    "privateLinkCount",
    "creationTime",
    "sdkTelemetryAppInsightsKey",
    "privateEndpointConnections",
    "primaryEndpoints",
    "primaryLocation",
    "statusOfPrimary",
    "loginServer",
    "creationDate",
    "vaultUri",
    "principalId",
    "clientId",
    "AppId",
    "InstrumentationKey",
    "ConnectionString",
    "customerId",
    "createdDate",
    "modifiedDate",
    "status",
    "associatedWorkspaces",
];

/// Properties that a PATCH does not carry, by type: they are fixed at creation.
const FIXED: [(&str, &[&str]); 2] = [
    (WORKSPACES, &["storageAccount", "keyVault", "hbiWorkspace", "hubResourceId"]),
    ("Microsoft.Storage/storageAccounts", &["isHnsEnabled"]),
];

/// Types of which a PUT that leaves a property out keeps the one that was there, where there is a usual one.
const REMEMBERS: [&str; 2] = ["Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults"];

/// Takes out of a request's body what callers cannot set.
pub(super) fn drop_read_only(body: &mut Value) {
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| !READ_ONLY.iter().any(|owned| owned.eq_ignore_ascii_case(name)));
    }
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !is_owned(name));
    }
}

fn is_owned(name: &str) -> bool {
    OWNED.iter().any(|owned| owned.eq_ignore_ascii_case(name))
}

/// Takes out of a PATCH what is fixed at creation, as the service does without a word.
pub(super) fn drop_fixed(kind: &str, body: &mut Value) {
    if let Some(body) = body.as_object_mut() {
        body.retain(|name, _| {
            !name.eq_ignore_ascii_case("location")
                && (kind != WORKSPACES || !name.eq_ignore_ascii_case("kind"))
        });
    }
    let fixed = FIXED.iter().find(|(of, _)| *of == kind).map_or(&[][..], |(_, names)| names);
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.retain(|name, _| !fixed.iter().any(|one| one.eq_ignore_ascii_case(name)));
    }
}

/// Copies what the service owns from the document that a PUT replaces.
pub(super) fn keep_owned(document: &mut Value, before: &Value) {
    for name in ["systemData", "etag", "identity", "location", "kind"] {
        if let Some(value) = before.get(name) {
            document[name] = value.clone();
        }
    }
    let kept: Map<String, Value> = before["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| is_owned(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !kept.is_empty() {
        document["properties"] = Value::Object(kept);
    }
}

/// A GUID that is always the same for an id and a purpose.
pub(super) fn guid(id: &str, purpose: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}#{purpose}", id.to_ascii_lowercase()).as_bytes())
        .to_string()
}

/// Fills in what the service adds to a resource: ids, addresses, defaults.
pub(super) fn complete(world: &World, call: &Call, kind: &str, document: &mut Value, before: Option<&Value>) {
    if document["properties"].is_null() {
        document["properties"] = json!({});
    }
    let added = added(world, call, kind, document);
    let kept = before.filter(|_| REMEMBERS.contains(&kind)).map(|before| &before["properties"]);
    if let (Some(properties), Some(added)) = (document["properties"].as_object_mut(), added.as_object()) {
        add(properties, added, kept);
    }
    if kind == WORKSPACES {
        for (name, value) in [
            ("kind", json!("Default")),
            ("sku", json!({ "name": "Basic", "tier": "Basic" })),
            ("etag", Value::Null),
        ] {
            if document[name].is_null() {
                document[name] = value;
            }
        }
    }
    assigned_identities(world, document);
    own_identity(world, document);
}

/// Gives a resource that asks for an identity of its own one, and takes it from one that has it no more.
pub(super) fn own_identity(world: &World, document: &mut Value) {
    let Some(asked) = document["identity"]["type"].as_str().map(str::to_ascii_lowercase) else { return };
    let has = document["identity"]["principalId"].is_string();
    if asked.contains("systemassigned") && !has {
        document["identity"]["principalId"] = Value::from(new_principal(world, id_of(document), "identity"));
        document["identity"]["tenantId"] = Value::from(world.store.tenant_id());
    }
    if asked == "userassigned" && has {
        document["identity"]["principalId"] = Value::Null;
    }
}

/// A principal for an identity of a resource, which nobody has had: whatever is deleted and made again is somebody else to
/// Azure. The first one follows from the id alone, so that an estate that is made anew is the same.
pub(super) fn new_principal(world: &World, id: &str, purpose: &str) -> String {
    let first = guid(id, purpose);
    let later = (2..).map(|turn: u32| guid(id, &format!("{purpose} {turn}")));
    let mut all = std::iter::once(first.clone()).chain(later);
    all.find(|one| !world.directory.was_given(one)).unwrap_or(first)
}

/// The client id of an identity that is assigned, by its principal.
fn client_of(id: &str, principal: &str) -> String {
    let is_first = principal == guid(id, "principal");
    if is_first { guid(id, "client") } else { guid(principal, "client") }
}

/// Adds properties where they were not sent, as they were before where they are kept. A word for yes or no becomes a
/// boolean where the service has one.
fn add(properties: &mut Map<String, Value>, added: &Map<String, Value>, kept: Option<&Value>) {
    for (name, value) in added {
        let spelled = spelling(properties, name);
        let unset = properties.get(&spelled).is_none_or(|there| there.is_null() || there == "");
        if unset {
            let value = kept.and_then(|kept| kept.get(name)).unwrap_or(value);
            properties.insert(spelled, value.clone());
        } else if value.is_boolean() {
            let text = properties[&spelled].as_str().map(str::to_ascii_lowercase);
            if let Some(text) = text.filter(|text| text == "true" || text == "false") {
                properties.insert(spelled, Value::Bool(text == "true"));
            }
        }
    }
}

/// The properties that the service gives a resource of a type, with its own ids and addresses in them.
fn added(world: &World, call: &Call, kind: &str, document: &Value) -> Value {
    let id = id_of(document);
    let name = document["name"].as_str().unwrap_or_default();
    let location = document["location"].as_str().unwrap_or_default();
    let tenant = world.store.tenant_id();
    match kind {
        WORKSPACES => workspace(world, call, document),
        "Microsoft.Storage/storageAccounts" => json!({
            "creationTime": call.now, "primaryLocation": location, "statusOfPrimary": "available",
            "supportsHttpsTrafficOnly": true, "privateEndpointConnections": [],
            "primaryEndpoints": {
                "blob": format!("https://{name}.blob.core.windows.net/"), "file": format!("https://{name}.file.core.windows.net/"),
                "queue": format!("https://{name}.queue.core.windows.net/"), "table": format!("https://{name}.table.core.windows.net/"),
                "dfs": format!("https://{name}.dfs.core.windows.net/"), "web": format!("https://{name}.z6.web.core.windows.net/")
            }
        }),
        "Microsoft.KeyVault/vaults" => json!({
            "tenantId": tenant, "vaultUri": format!("https://{}.vault.azure.net/", name.to_lowercase()), "enableSoftDelete": true,
            "softDeleteRetentionInDays": 90, "publicNetworkAccess": "Enabled", "accessPolicies": []
        }),
        "Microsoft.Insights/components" => json!({
            "AppId": guid(id, "app"), "InstrumentationKey": guid(id, "instrumentation"), "TenantId": tenant,
            "Application_Type": "web", "Name": name, "CreationDate": call.now, "IngestionMode": "LogAnalytics",
            "publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled"
        }),
        "Microsoft.OperationalInsights/workspaces" => json!({
            "customerId": guid(id, "customer"), "createdDate": call.now, "modifiedDate": call.now, "retentionInDays": 30,
            "sku": { "name": "PerGB2018" }
        }),
        "Microsoft.ContainerRegistry/registries" => json!({
            "loginServer": format!("{}.azurecr.io", name.to_lowercase()), "creationDate": call.now, "adminUserEnabled": false,
            "publicNetworkAccess": "Enabled", "networkRuleBypassOptions": "AzureServices", "zoneRedundancy": "Disabled",
            "privateEndpointConnections": []
        }),
        "Microsoft.ManagedIdentity/userAssignedIdentities" => {
            let principal = new_principal(world, id, "principal");
            json!({ "tenantId": tenant, "clientId": client_of(id, &principal), "principalId": principal })
        }
        "Microsoft.MachineLearningServices/workspaces/outboundRules" => {
            json!({ "status": "Inactive", "category": "UserDefined" })
        }
        _ => json!({}),
    }
}

fn workspace(world: &World, call: &Call, document: &Value) -> Value {
    let id = id_of(document);
    let name = document["name"].as_str().unwrap_or_default();
    let location = document["location"].as_str().unwrap_or_default();
    let workspace = guid(id, "workspace");
    json!({
        "friendlyName": "", "description": "", "applicationInsights": null, "containerRegistry": null, "hbiWorkspace": false,
        "tenantId": world.store.tenant_id(), "imageBuildCompute": null, "allowRoleAssignmentOnRG": true, "v1LegacyMode": false,
        "softDeleteEnabled": false, "creationTime": call.now, "storageHnsEnabled": false,
        "workspaceId": workspace, "linkedModelInventoryArmId": null, "privateLinkCount": 0,
        "publicNetworkAccess": "Enabled", "ipAllowlist": [],
        "managedNetwork": {
            "changeableIsolationModes": ["AllowInternetOutbound", "AllowOnlyApprovedOutbound"],
            "isolationMode": "Disabled"
        },
        "notebookInfo": {
            "resourceId": guid(id, "notebook").replace('-', ""),
            "fqdn": format!("ml-{name}-{location}-{workspace}.{location}.notebooks.azure.net"),
            "isPrivateLinkEnabled": false, "notebookPreparationError": null
        },
        "discoveryUrl": format!("https://{location}.api.azureml.ms/discovery"),
        "mlFlowTrackingUri": format!("azureml://{location}.api.azureml.ms/mlflow/v1.0{id}"),
        "serverlessComputeSettings": null, "EnableSoftwareBillOfMaterials": false,
        "sdkTelemetryAppInsightsKey": guid(id, "telemetry"), "sasGetterUri": "",
        "enableDataIsolation": false, "systemDatastoresAuthMode": "accesskey"
    })
}

/// Tells who the identities are that a resource was assigned; one that is null was taken away.
pub(super) fn assigned_identities(world: &World, document: &mut Value) {
    let assigned = document.pointer_mut("/identity/userAssignedIdentities").and_then(Value::as_object_mut);
    let Some(assigned) = assigned else { return };
    assigned.retain(|_, value| !value.is_null());
    for (id, value) in assigned.iter_mut() {
        if let Some(identity) = world.store.get(id) {
            let properties = &identity["properties"];
            *value = json!({ "principalId": properties["principalId"], "clientId": properties["clientId"] });
        }
    }
}

/// Refuses a change that the service does not allow.
///
/// # Errors
/// 400 when a managed network would be taken back.
pub(super) fn refuse_change(kind: &str, before: &Value, after: &Value) -> Result<(), ArmError> {
    // A project has the network of its hub, whatever it is sent.
    if kind != WORKSPACES || after["kind"] == "Project" {
        return Ok(());
    }
    let mode = |document: &Value| {
        document["properties"]["managedNetwork"]["isolationMode"]
            .as_str()
            .unwrap_or("Disabled")
            .to_ascii_lowercase()
    };
    let step = |mode: &str| match mode {
        "allowinternetoutbound" => 1,
        "allowonlyapprovedoutbound" => 2,
        _ => 0,
    };
    let (from, to) = (mode(before), mode(after));
    if step(&to) < step(&from) {
        return Err(ArmError::bad_request(
            "BadRequest",
            format!("The isolation mode of the managed network cannot be changed from '{from}' to '{to}'."),
        ));
    }
    Ok(())
}

/// Refuses to move a resource: Azure Resource Manager does so for every type before it asks the provider.
///
/// # Errors
/// 409 InvalidResourceLocation.
pub(super) fn refuse_move(before: &Value, body: &Value) -> Result<(), ArmError> {
    let text = |document: &Value, member: &str| document[member].as_str().unwrap_or_default().to_owned();
    let (is, asked) = (text(before, "location"), text(body, "location"));
    if is.is_empty() || asked.is_empty() || place(&is) == place(&asked) {
        return Ok(());
    }
    let id = text(before, "id");
    let mut parts = id.split('/').skip_while(|part| !part.eq_ignore_ascii_case("resourceGroups"));
    let group = parts.nth(1).unwrap_or_default();
    Err(ArmError::conflict(
        "InvalidResourceLocation",
        format!(
            "The resource '{}' already exists in location '{is}' in resource group '{group}'. A resource with the same name \
             cannot be created in location '{asked}'. Please select a new resource name.",
            text(before, "name")
        ),
    ))
}

/// Writes down who changed a document and when.
pub(super) fn touch(world: &World, document: &mut Value, call: &Call, created: bool) {
    let (by, kind) = author(world, call);
    if document["systemData"].is_null() {
        if !created {
            return;
        }
        document["systemData"] = json!({ "createdAt": call.now, "createdBy": by, "createdByType": kind });
    }
    document["systemData"]["lastModifiedAt"] = Value::from(call.now.as_str());
    document["systemData"]["lastModifiedBy"] = Value::from(by);
    document["systemData"]["lastModifiedByType"] = Value::from(kind);
}

/// Who asks, as `systemData` says it: a user by the name that they sign in with, an application by its own id
/// (`common-types` v3, `systemData`, and the recorded answers). Somebody whom the directory does not know is their object id.
pub(super) fn author<'a>(world: &'a World, call: &'a Call) -> (&'a str, &'static str) {
    let id = call.caller.object_id.as_str();
    let kind =
        if world.directory.principal_type(id) == Some("ServicePrincipal") { "Application" } else { "User" };
    (world.directory.sign_in_name(id).unwrap_or(id), kind)
}

/// The principal of the managed identity that a document is or has, and whether it is one of its own.
pub(super) fn principal_of(document: &Value) -> Option<(&str, bool)> {
    let explicit = document["type"].as_str() == Some("Microsoft.ManagedIdentity/userAssignedIdentities");
    let of = if explicit { &document["properties"] } else { &document["identity"] };
    Some((of["principalId"].as_str()?, explicit))
}

/// Makes the directory know the managed identity that a document brings.
pub(super) fn register_identity(world: &mut World, document: &Value) {
    let id = id_of(document);
    let Some((principal, explicit)) = principal_of(document) else { return };
    if world.directory.was_given(principal) {
        return;
    }
    let name = document["name"].as_str().unwrap_or_default();
    let app = document["properties"]["clientId"].as_str().filter(|_| explicit).map(str::to_owned);
    let app = app.unwrap_or_else(|| guid(principal, "client"));
    world.directory.add_managed_identity(principal, &app, name, (id, explicit));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_service_owns_is_taken_out_of_a_body() {
        let mut body = json!({ "ID": "/x", "tags": {}, "properties": { "ProvisioningState": "Succeeded", "description": "d" } });
        drop_read_only(&mut body);
        assert_eq!(body, json!({ "tags": {}, "properties": { "description": "d" } }));
    }

    #[test]
    fn a_patch_of_a_workspace_does_not_move_its_storage() {
        let mut body = json!({ "location": "x", "kind": "Hub", "properties": { "storageAccount": "/a", "applicationInsights": "/b" } });
        drop_fixed(WORKSPACES, &mut body);
        assert_eq!(body, json!({ "properties": { "applicationInsights": "/b" } }));
    }

    #[test]
    fn isolation_goes_one_way() {
        let mode = |mode: &str| json!({ "properties": { "managedNetwork": { "isolationMode": mode } } });
        let ok = |from: &str, to: &str| refuse_change(WORKSPACES, &mode(from), &mode(to)).is_ok();
        assert!(ok("Disabled", "AllowOnlyApprovedOutbound"));
        assert!(ok("AllowInternetOutbound", "AllowInternetOutbound"));
        assert!(!ok("AllowInternetOutbound", "Disabled"));
        assert!(!ok("AllowOnlyApprovedOutbound", "AllowInternetOutbound"));
    }
}
