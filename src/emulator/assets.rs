//! What Machine Learning adds to, hides of and derives from the things in a workspace: assets with versions, jobs,
//! datastores, connections, endpoints, computes. Registries have assets with versions, too.

use serde_json::{Value, json};

use super::defaults::guid;
use super::merge::fill;
use super::operations::{Effect, Outcome};
use super::reply::Reply;
use super::request::Call;
use super::resources;
use super::store::{Store, id_of};
use super::types::{PLAIN, Poll, Write};
use super::world::{Change, World};

/// How everything here begins.
const SPACE: &str = "Microsoft.MachineLearningServices/workspaces/";
/// The same of what is in a registry.
const SHARED: &str = "Microsoft.MachineLearningServices/registries/";
/// Assets that come in versions.
const VERSIONED: [&str; 7] =
    ["models", "data", "environments", "components", "codes", "featuresets", "featurestoreEntities"];
/// How long a job runs.
const RUN: Write = Write { created: 201, replaced: 200, body: true, poll: Poll::Async, millis: 90_000 };

/// The part of a type behind the workspace or registry: `models/versions`.
fn inside(kind: &str) -> Option<&str> {
    kind.strip_prefix(SPACE).or_else(|| kind.strip_prefix(SHARED))
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

/// Fills in what the service adds.
pub(super) fn complete(call: &Call, kind: &str, document: &mut Value) {
    let Some(kind) = inside(kind) else { return };
    let id = id_of(document).to_owned();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let location = document["location"].as_str().unwrap_or("westeurope").to_owned();
    let properties = &mut document["properties"];
    match kind {
        "datastores" => fill(
            properties,
            json!({ "description": null, "tags": {}, "properties": null, "isDefault": false, "serviceDataAccessAuthIdentity": "None" }),
        ),
        "connections" => {
            fill(
                properties,
                json!({ "credentials": null, "expiryTime": null, "metadata": {}, "isSharedToAll": false }),
            );
        }
        "jobs" => {
            fill(
                properties,
                json!({ "displayName": name, "experimentName": "Default", "isArchived": false, "services": {}, "tags": {} }),
            );
            properties["status"] = Value::from("Completed");
        }
        "onlineEndpoints" => {
            let host = format!("https://{name}.{location}.inference.ml.azure.com");
            properties["scoringUri"] = Value::from(format!("{host}/score"));
            properties["swaggerUri"] = Value::from(format!("{host}/swagger.json"));
            fill(
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
            fill(
                properties,
                json!({ "swaggerUri": null, "authMode": "AADToken", "defaults": { "deploymentName": null }, "properties": {} }),
            );
            let online = id.to_ascii_lowercase().replace("/batchendpoints/", "/onlineendpoints/");
            let own = json!({ "BatchEndpointCreationApiVersion": call.version, "azureml.onlineendpointid": online });
            super::merge::lay_over(&mut properties["properties"], &own);
            drop_keys(properties);
            let nobody = uuid::Uuid::nil().to_string();
            if document["identity"].is_null() {
                document["identity"] = json!({ "type": "None", "principalId": nobody, "tenantId": nobody });
            }
        }
        "onlineEndpoints/deployments" => {
            fill(
                properties,
                json!({ "endpointComputeType": "Managed", "appInsightsEnabled": false, "egressPublicNetworkAccess": "Enabled" }),
            );
            if document["sku"].is_null() {
                document["sku"] = json!({ "name": "Default", "capacity": 1 });
            }
        }
        _ if VERSIONED.contains(&kind) => {
            fill(
                properties,
                json!({ "description": null, "tags": {}, "properties": {}, "isArchived": false, "latestVersion": null, "nextVersion": "1" }),
            );
        }
        _ if kind.ends_with("/versions") => {
            fill(
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
    if version_of(kind).is_none() {
        return Vec::new();
    }
    let Some((id, version)) = id_of(document).rsplit_once("/versions/") else { return Vec::new() };
    let mut whole = store.get(id).map_or_else(
        || {
            let mut properties =
                json!({ "description": null, "tags": {}, "properties": {}, "isArchived": false });
            if let Some(of) = document["properties"].get("dataType") {
                properties["dataType"] = of.clone();
            }
            json!({
                "id": id, "name": id.rsplit('/').next(), "type": kind.trim_end_matches("/versions"),
                "properties": properties, "systemData": document["systemData"]
            })
        },
        |there| Value::clone(there),
    );
    let next = version.parse::<u64>().ok().and_then(|number| number.checked_add(1));
    let next = next.map_or_else(|| guid(id, version), |number| number.to_string());
    whole["properties"]["latestVersion"] = Value::from(version);
    whole["properties"]["nextVersion"] = Value::from(next);
    vec![Change::Put(whole)]
}
