//! What Machine Learning adds to, hides of and derives from the things in a workspace: assets with versions, jobs,
//! datastores, connections, endpoints, computes. Registries have assets with versions, too.

use serde_json::{Value, json};

use super::defaults::guid;
use super::merge::{fill, lay_over};
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

/// Fills in what the service adds. `before` is the document that is replaced.
pub(super) fn complete(call: &Call, kind: &str, document: &mut Value, before: Option<&Value>) {
    let Some(kind) = inside(kind) else { return };
    let properties = &mut document["properties"];
    if let Some(defaults) = defaults_of(kind) {
        fill(properties, defaults);
    }
    match kind {
        "jobs" => complete_job(document, before),
        "onlineEndpoints" => complete_online_endpoint(document),
        "batchEndpoints" => complete_batch_endpoint(call, document),
        "onlineEndpoints/deployments" => {
            fill(&mut document["sku"], json!({ "name": "Default", "tier": "Standard", "capacity": 1 }));
            if document["kind"].is_null() {
                document["kind"] = document["properties"]["endpointComputeType"].clone();
            }
        }
        "models/versions" => {
            fill(properties, json!({ "flavors": {}, "modelType": "custom_model", "jobName": null }));
        }
        "environments/versions" => {
            fill(properties, json!({ "environmentType": "UserCreated", "osType": "Linux" }));
        }
        "components/versions" => as_texts(&mut properties["componentSpec"]),
        _ => {}
    }
}

/// The properties that the service gives a type where they were not sent, the same for each of it.
fn defaults_of(kind: &str) -> Option<Value> {
    Some(match kind {
        "datastores" => json!({
            "description": null, "tags": {}, "properties": null, "isDefault": false,
            "serviceDataAccessAuthIdentity": "None"
        }),
        "connections" => {
            json!({ "credentials": null, "expiryTime": null, "metadata": {}, "isSharedToAll": false })
        }
        "onlineEndpoints/deployments" => {
            let probe = |times: u32, timeout: &str| {
                json!({
                    "initialDelay": "PT10S", "period": "PT10S", "timeout": timeout, "successThreshold": 1,
                    "failureThreshold": times
                })
            };
            json!({
                "description": null, "properties": {}, "endpointComputeType": "Managed", "environmentVariables": {},
                "scaleSettings": { "scaleType": "Default" }, "modelMountPath": null, "appInsightsEnabled": false,
                "requestSettings": {
                    "maxQueueWait": "PT0.5S", "requestTimeout": "PT5S", "maxConcurrentRequestsPerInstance": 1
                },
                "livenessProbe": probe(30, "PT2S"), "readinessProbe": probe(30, "PT10S"),
                "egressPublicNetworkAccess": "Enabled"
            })
        }
        "batchEndpoints/deployments" => json!({
            "description": null, "properties": {}, "codeConfiguration": null, "environmentId": null,
            "environmentVariables": {}, "compute": null, "errorThreshold": -1, "loggingLevel": "Info",
            "maxConcurrencyPerInstance": 1, "miniBatchSize": 10, "outputAction": "AppendRow",
            "outputFileName": "predictions.csv", "retrySettings": { "maxRetries": 3, "timeout": "PT30S" },
            "resources": { "instanceCount": 1, "instanceType": null, "properties": null }
        }),
        _ if VERSIONED.contains(&kind) => json!({
            "description": null, "tags": {}, "properties": {}, "isArchived": false, "latestVersion": null,
            "nextVersion": "1"
        }),
        _ if kind.ends_with("/versions") => {
            json!({ "description": null, "tags": {}, "properties": {}, "isArchived": false, "isAnonymous": false })
        }
        _ => return None,
    })
}

/// The region of a document; West Europe where it names none.
fn location_of(document: &Value) -> &str {
    document["location"].as_str().unwrap_or("westeurope")
}

/// Where an endpoint answers.
fn host_of(document: &Value) -> String {
    let name = document["name"].as_str().unwrap_or_default();
    format!("https://{name}.{}.inference.ml.azure.com", location_of(document))
}

fn complete_job(document: &mut Value, before: Option<&Value>) {
    let name = document["name"].as_str().unwrap_or_default();
    let added = job(id_of(document), name, location_of(document), &document["properties"]);
    let properties = &mut document["properties"];
    fill(properties, added);
    let status = before.map_or(&Value::Null, |before| &before["properties"]["status"]);
    properties["status"] = if status.is_string() { status.clone() } else { Value::from("Starting") };
}

fn complete_online_endpoint(document: &mut Value) {
    let (host, id) = (host_of(document), id_of(document).to_ascii_lowercase());
    let properties = &mut document["properties"];
    properties["scoringUri"] = Value::from(format!("{host}/score"));
    properties["swaggerUri"] = Value::from(format!("{host}/swagger.json"));
    fill(
        properties,
        json!({
            "description": null, "properties": { "azureml.onlineendpointid": id }, "traffic": {},
            "mirrorTraffic": {}, "publicNetworkAccess": "Enabled", "authMode": "Key", "compute": null
        }),
    );
    drop_keys(properties);
    if document["kind"].is_null() {
        document["kind"] = Value::from("Managed");
    }
}

fn complete_batch_endpoint(call: &Call, document: &mut Value) {
    let (host, id) = (host_of(document), id_of(document).to_ascii_lowercase());
    let properties = &mut document["properties"];
    properties["scoringUri"] = Value::from(format!("{host}/jobs"));
    fill(
        properties,
        json!({
            "description": null, "swaggerUri": null, "authMode": "AADToken", "properties": {},
            "defaults": { "deploymentName": null }
        }),
    );
    let online = id.replace("/batchendpoints/", "/onlineendpoints/");
    let own = json!({ "BatchEndpointCreationApiVersion": call.version, "azureml.onlineendpointid": online });
    lay_over(&mut properties["properties"], &own);
    drop_keys(properties);
    let nobody = uuid::Uuid::nil().to_string();
    if document["identity"].is_null() {
        document["identity"] = json!({ "type": "None", "principalId": nobody, "tenantId": nobody });
    }
}

/// What the service says of a job that was not sent.
fn job(id: &str, name: &str, location: &str, sent: &Value) -> Value {
    let workspace = id.split("/jobs/").next().unwrap_or_default();
    let service = |kind: &str, endpoint: String| {
        json!({
            "jobServiceType": kind, "port": null, "endpoint": endpoint, "status": null, "errorMessage": null,
            "properties": null, "nodes": null
        })
    };
    let tracking = format!("azureml://{location}.api.azureml.ms/mlflow/v1.0{workspace}?");
    let studio = format!("https://ml.azure.com/runs/{name}?wsid={workspace}");
    let mut whole = json!({
        "description": null, "tags": {}, "properties": {}, "displayName": name, "experimentName": "Default",
        "services": { "Tracking": service("Tracking", tracking), "Studio": service("Studio", studio) },
        "computeId": null, "isArchived": false, "identity": null, "componentId": null
    });
    if sent["jobType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("Command")) {
        let output = json!({
            "description": null, "uri": format!("azureml://datastores/workspaceartifactstore/ExperimentRun/dcid.{name}"),
            "assetName": null, "assetVersion": null, "mode": "ReadWriteMount", "jobOutputType": "uri_folder"
        });
        lay_over(
            &mut whole,
            &json!({
                "resources": {
                    "instanceCount": 1, "instanceType": null, "properties": null, "shmSize": "2g", "dockerArgs": null
                },
                "codeId": null, "inputs": {}, "outputs": { "default": output }, "distribution": null,
                "autologgerSettings": null, "limits": null, "environmentVariables": {}, "parameters": {}
            }),
        );
    }
    whole
}

/// Numbers and booleans of a component's description come back as texts: `"True"`, `"1"`.
fn as_texts(value: &mut Value) {
    match value {
        Value::Bool(is) => *value = Value::from(if *is { "True" } else { "False" }),
        Value::Number(number) => *value = Value::from(number.to_string()),
        Value::Array(list) => list.iter_mut().for_each(as_texts),
        Value::Object(object) => object.values_mut().for_each(as_texts),
        Value::Null | Value::String(_) => {}
    }
}

/// Where the operation that makes an endpoint or one of its deployments is polled stands in the document, too.
pub(super) fn tell_operation(kind: &str, document: &mut Value, url: &str) {
    let endpoint = inside(kind).is_some_and(|kind| kind.contains("Endpoints"));
    if endpoint && kind.starts_with(SPACE) && document["properties"]["properties"].is_object() {
        document["properties"]["properties"]["AzureAsyncOperationUri"] = Value::from(url);
    }
}

/// The service's own words for what is not in a workspace; `None` for what Azure Resource Manager keeps a record of, and
/// answers for by itself.
pub(super) fn not_found(kind: &str, names: &[String]) -> Option<String> {
    let kind = kind.strip_prefix(SPACE)?;
    let name = names.last()?;
    match kind {
        "datastores" => Some(format!("Could not find datastore: {name}.")),
        "connections" => Some(format!("Connection {name} can't be found in this workspace")),
        "jobs" => Some(format!("Run {name} was not found.")),
        "schedules" => Some(format!("Schedule {name} was not found.")),
        _ if VERSIONED.contains(&kind) => Some(format!("Not found: {kind} with name {name}.")),
        _ if version_of(&format!("{SPACE}{kind}")).is_some() => {
            let container = names.iter().rev().nth(1)?;
            Some(format!("Not found: {kind} with name {container} and version {name}."))
        }
        _ => None,
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
        Some("onlineEndpoints/deployments") => {
            document["properties"]["livenessProbe"] = Value::Null;
            document["properties"]["readinessProbe"] = Value::Null;
        }
        _ => {}
    }
}

/// Lets a job that was just submitted run to its end, unless it is cancelled. One that is changed goes on as it did.
pub(super) fn begin_job(world: &mut World, call: &Call, kind: &str, is_new: bool) {
    if inside(kind) != Some("jobs") || !is_new {
        return;
    }
    let id = call.path.id();
    let state = |status: &str| json!({ "properties": { "status": status } });
    let Some(mut job) = world.store.get(&id).map(|job| Value::clone(job)) else { return };
    lay_over(&mut job, &state("Running"));
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
