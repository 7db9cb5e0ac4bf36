//! What Machine Learning adds to, hides of and derives from the things in a workspace: assets with versions, jobs,
//! datastores, connections, endpoints, computes.

use serde_json::{Map, Value, json};

use super::defaults::guid;
use super::operations::{Effect, Outcome};
use super::reply::Reply;
use super::request::Call;
use super::resources;
use super::store::{Store, id_of};
use super::types::{PLAIN, Poll, Write};
use super::world::{Change, World};

/// How everything here begins.
const SPACE: &str = "Microsoft.MachineLearningServices/workspaces/";
/// Assets that come in versions.
const VERSIONED: [&str; 7] =
    ["models", "data", "environments", "components", "codes", "featuresets", "featurestoreEntities"];
/// What the service says of a compute instance although it has nothing to say.
const NOT_KNOWN: [&str; 13] = [
    "applications",
    "autologgerSettings",
    "connectivityEndpoints",
    "containers",
    "customServices",
    "dataDisks",
    "dataMounts",
    "osImageMetadata",
    "personalComputeInstanceSettings",
    "setupScripts",
    "sshSettings",
    "updateStatus",
    "versions",
];
/// How long a job runs.
const RUN: Write = Write { created: 201, replaced: 200, body: true, poll: Poll::Async, millis: 90_000 };

/// The part of a type behind the workspace: `models/versions`.
fn inside(kind: &str) -> Option<&str> {
    kind.strip_prefix(SPACE)
}

/// The container type of a version: `models` for `models/versions`.
pub(super) fn version_of(kind: &str) -> Option<&'static str> {
    let container = inside(kind)?.strip_suffix("/versions")?;
    VERSIONED.into_iter().find(|known| *known == container)
}

/// A document without what only `listSecrets` and the like show.
pub(super) fn without_secrets(document: &Value, kind: &str) -> Option<Value> {
    let hidden: &[&str] = match inside(kind)? {
        "datastores" => &["credentials", "secrets"],
        "connections" => &["credentials"],
        _ => return None,
    };
    let mut shown = document.clone();
    match hidden {
        [outer, inner] => {
            let credentials = shown["properties"].get_mut(*outer)?;
            credentials.as_object_mut()?.remove(*inner)?;
        }
        _ => {
            *shown["properties"].get_mut("credentials")? = Value::Null;
            // Connections say that they have neither, as recorded.
            shown["location"] = Value::Null;
            shown["tags"] = Value::Null;
        }
    }
    Some(shown)
}

/// Whether a list shows a document, by `listViewType`, `names`, `name` and `isDefault`.
pub(super) fn is_listed(call: &Call, document: &Value, kind: &str) -> bool {
    if inside(kind).is_none() {
        return true;
    }
    let properties = &document["properties"];
    let archived = properties["isArchived"] == true;
    let view = match call.query.get("listViewType").map(str::to_ascii_lowercase).as_deref() {
        Some("all") => true,
        Some("archivedonly") => archived,
        _ => !archived,
    };
    let named = call.query.get("names").or_else(|| call.query.get("name")).is_none_or(|names| {
        names
            .split(',')
            .any(|name| document["name"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(name.trim())))
    });
    let default = call
        .query
        .get("isDefault")
        .is_none_or(|wanted| properties["isDefault"] == wanted.eq_ignore_ascii_case("true"));
    let typed = call.query.get("jobType").is_none_or(|wanted| {
        properties["jobType"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(wanted))
    });
    view && named && default && typed
}

/// Puts values where there are none.
fn add(properties: &mut Value, defaults: Value) {
    let (Some(properties), Value::Object(defaults)) = (properties.as_object_mut(), defaults) else { return };
    for (name, value) in defaults {
        let spelled = super::merge::spelling(properties, &name);
        let there = properties.entry(spelled).or_insert(Value::Null);
        if there.is_null() {
            *there = value;
        }
    }
}

/// Fills in what the service adds.
pub(super) fn complete(call: &Call, kind: &str, document: &mut Value) {
    let Some(kind) = inside(kind) else { return };
    let id = id_of(document).to_owned();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let location = document["location"].as_str().unwrap_or("westeurope").to_owned();
    let properties = &mut document["properties"];
    match kind {
        "datastores" => add(
            properties,
            json!({ "description": null, "tags": {}, "properties": null, "isDefault": false, "serviceDataAccessAuthIdentity": "None" }),
        ),
        "connections" => {
            add(
                properties,
                json!({ "credentials": null, "expiryTime": null, "metadata": {}, "isSharedToAll": false }),
            );
        }
        "jobs" => {
            add(
                properties,
                json!({ "displayName": name, "experimentName": "Default", "isArchived": false, "services": {}, "tags": {} }),
            );
            properties["status"] = Value::from("Completed");
        }
        "onlineEndpoints" => {
            let host = format!("https://{name}.{location}.inference.ml.azure.com");
            properties["scoringUri"] = Value::from(format!("{host}/score"));
            properties["swaggerUri"] = Value::from(format!("{host}/swagger.json"));
            add(
                properties,
                json!({ "traffic": {}, "mirrorTraffic": {}, "publicNetworkAccess": "Enabled", "authMode": "Key" }),
            );
            drop_keys(properties);
            if document["kind"].is_null() {
                document["kind"] = Value::from("Managed");
            }
        }
        "batchEndpoints" => {
            let host = format!("https://{name}.{location}.inference.ml.azure.com");
            properties["scoringUri"] = Value::from(format!("{host}/jobs"));
            add(
                properties,
                json!({ "swaggerUri": null, "authMode": "AADToken", "defaults": { "deploymentName": null }, "properties": {} }),
            );
            properties["properties"]["BatchEndpointCreationApiVersion"] = Value::from(call.version.as_str());
            properties["properties"]["azureml.onlineendpointid"] =
                Value::from(id.to_ascii_lowercase().replace("/batchendpoints/", "/onlineendpoints/"));
            drop_keys(properties);
            let nobody = uuid::Uuid::nil().to_string();
            if document["identity"].is_null() {
                document["identity"] = json!({ "type": "None", "principalId": nobody, "tenantId": nobody });
            }
        }
        "onlineEndpoints/deployments" => {
            add(
                properties,
                json!({ "endpointComputeType": "Managed", "appInsightsEnabled": false, "egressPublicNetworkAccess": "Enabled" }),
            );
            if document["sku"].is_null() {
                document["sku"] = json!({ "name": "Default", "capacity": 1 });
            }
        }
        "computes" => {
            compute(call, properties, &location);
            if document["tags"].is_null() {
                document["tags"] = Value::Null;
            }
        }
        _ if VERSIONED.contains(&kind) => {
            add(
                properties,
                json!({ "description": null, "tags": {}, "properties": {}, "isArchived": false, "latestVersion": null, "nextVersion": "1" }),
            );
        }
        _ if kind.ends_with("/versions") => {
            add(
                properties,
                json!({ "description": null, "tags": {}, "properties": {}, "isArchived": false, "isAnonymous": false }),
            );
        }
        _ => {}
    }
}

fn drop_keys(properties: &mut Value) {
    if let Some(properties) = properties.as_object_mut() {
        properties.remove("keys");
    }
}

fn compute(call: &Call, properties: &mut Value, location: &str) {
    add(
        properties,
        json!({
            "createdOn": call.now, "modifiedOn": call.now, "disableLocalAuth": false, "description": null,
            "resourceId": null, "provisioningErrors": null, "isAttachedCompute": false, "computeLocation": location
        }),
    );
    properties["modifiedOn"] = Value::from(call.now.as_str());
    if properties["properties"].is_null() {
        properties["properties"] = json!({});
    }
    let cluster = properties["computeType"] == "AmlCompute";
    let instance = properties["computeType"] == "ComputeInstance";
    let inner = &mut properties["properties"];
    // Sizes are answered in capitals, whatever was sent.
    if let Some(size) = inner["vmSize"].as_str().map(str::to_uppercase) {
        inner["vmSize"] = Value::from(size);
    }
    let nothing: Map<String, Value> =
        NOT_KNOWN.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    if instance {
        add(inner, Value::Object(nothing));
    }
    if cluster {
        add(
            inner,
            json!({
                "vmPriority": "Dedicated", "subnet": null, "currentNodeCount": 0, "targetNodeCount": 0,
                "nodeStateCounts": {
                    "preparingNodeCount": 0, "runningNodeCount": 0, "idleNodeCount": 0, "unusableNodeCount": 0,
                    "leavingNodeCount": 0, "preemptedNodeCount": 0
                },
                "allocationState": "Steady", "allocationStateTransitionTime": call.now, "errors": null,
                "osType": "Linux", "virtualMachineImage": null, "isolatedNetwork": false, "enableNodePublicIp": true
            }),
        );
    }
    if instance {
        add(
            inner,
            json!({
                "state": "Running", "createdBy": { "userId": call.caller.object_id, "userOrgId": null }, "errors": null, "subnet": null,
                "applicationSharingPolicy": "Shared", "computeInstanceAuthorizationType": "personal",
                "lastOperation": { "operationName": "Create", "operationTime": call.now, "operationStatus": "Succeeded", "operationTrigger": "User" },
                "schedules": null
            }),
        );
    }
}

/// What a document says of itself while it is being made.
pub(super) fn meanwhile(kind: &str, document: &mut Value) {
    match inside(kind) {
        Some("computes") if document["properties"]["computeType"] == "ComputeInstance" => {
            document["properties"]["properties"]["state"] = Value::from("Creating");
        }
        Some("onlineEndpoints" | "batchEndpoints") => {
            document["properties"]["scoringUri"] = Value::Null;
            document["properties"]["swaggerUri"] = Value::Null;
        }
        _ => {}
    }
}

/// Lets a job that was just submitted run to its end, unless it is cancelled.
pub(super) fn begin_job(world: &mut World, call: &Call, kind: &str) {
    if inside(kind) != Some("jobs") {
        return;
    }
    let id = call.path.id();
    let state = |status: &str| json!({ "properties": { "status": status } });
    let Some(mut job) = world.store.get(&id).map(|job| Value::clone(job)) else { return };
    super::merge::lay_over(&mut job, &state("Running"));
    world.put(job);
    let reply = Reply::ok(&Value::Null);
    let effect = Effect::Unless(id.clone(), "Canceled".to_owned(), state("Completed"));
    resources::begin(world, call, &PLAIN, RUN, reply, effect, Outcome::Nothing);
}

/// What else changes when a document is stored: the container of a version says which is the newest.
pub(super) fn follows(store: &Store, document: &Value) -> Vec<Change> {
    let kind = document["type"].as_str().unwrap_or_default();
    let Some(container) = version_of(kind) else { return Vec::new() };
    let Some((id, version)) = id_of(document).rsplit_once("/versions/") else { return Vec::new() };
    let mut whole = store.get(id).map_or_else(
        || {
            let mut properties =
                json!({ "description": null, "tags": {}, "properties": {}, "isArchived": false });
            if let Some(of) = document["properties"].get("dataType") {
                properties["dataType"] = of.clone();
            }
            json!({
                "id": id, "name": id.rsplit('/').next(), "type": format!("{SPACE}{container}"),
                "properties": properties, "systemData": document["systemData"]
            })
        },
        |there| Value::clone(there),
    );
    let next = version.parse::<u64>().map_or_else(|_| guid(id, version), |number| (number + 1).to_string());
    whole["properties"]["latestVersion"] = Value::from(version);
    whole["properties"]["nextVersion"] = Value::from(next);
    vec![Change::Put(whole)]
}

/// What an action shows of a document, by the action's name.
pub(super) fn secrets(document: &Value, action: &str) -> Value {
    let id = id_of(document);
    let secret = |which: &str| super::actions::secret(id, which);
    let properties = &document["properties"];
    match action {
        "listSecrets" => {
            let kind = properties["credentials"]["credentialsType"].as_str().unwrap_or("None").to_owned();
            match properties["credentials"].get("secrets") {
                Some(stored) if stored.is_object() => stored.clone(),
                _ if kind == "AccountKey" => json!({ "secretsType": kind, "key": secret("key") }),
                _ if kind == "Sas" => json!({ "secretsType": kind, "sasToken": secret("sas") }),
                _ if kind == "ServicePrincipal" => {
                    json!({ "secretsType": kind, "clientSecret": secret("client") })
                }
                _ => json!({ "secretsType": kind }),
            }
        }
        "listsecrets" => document.clone(),
        "listKeys" if properties["computeType"] == "Kubernetes" => json!({ "computeType": "Kubernetes" }),
        "listKeys" if properties["computeType"].is_string() => {
            json!({ "computeType": properties["computeType"] })
        }
        "listKeys" => {
            let turn = properties["properties"]["keyTurn"].as_str().unwrap_or_default();
            json!({ "primaryKey": secret(&format!("primary{turn}")), "secondaryKey": secret(&format!("secondary{turn}")) })
        }
        "listNodes" => json!({ "nodes": [] }),
        "token" => json!({
            "accessToken": secret("token"), "tokenType": "Bearer",
            "expiryTimeUtc": 4_102_444_800_u64, "refreshAfterTimeUtc": 4_102_441_200_u64
        }),
        "getLogs" => json!({ "content": "" }),
        "listNotebookAccessToken" => json!({
            "accessToken": secret("notebook"), "tokenType": "Bearer", "expiresIn": 28_800, "refreshToken": secret("refresh"),
            "notebookResourceId": properties["notebookInfo"]["resourceId"], "hostName": properties["notebookInfo"]["fqdn"],
            "publicDns": properties["notebookInfo"]["fqdn"], "scope": "aznotebooks_api"
        }),
        "listNotebookKeys" => {
            json!({ "primaryAccessKey": secret("notebook1"), "secondaryAccessKey": secret("notebook2") })
        }
        "listStorageAccountKeys" => {
            json!({ "userStorageKey": super::actions::secret(properties["storageAccount"].as_str().unwrap_or_default(), "key1") })
        }
        _ => Value::Object(Map::new()),
    }
}
