//! Every recorded answer through the decoder of its type. What a model names must come out as it went
//! in; a recording without a model must at least be JSON of a known status. The recordings are not part
//! of this repository: where they are absent the test says so and passes.

#[path = "support/beside.rs"]
mod beside;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use amldeck::azure::arm::id::ArmId;
use amldeck::azure::directory::Principal;
use amldeck::azure::resource_graph::Page;
use amldeck::azure::resources::activity_log::Event;
use amldeck::azure::resources::app_insights::AppInsights;
use amldeck::azure::resources::compute::Compute;
use amldeck::azure::resources::container_registry::ContainerRegistry;
use amldeck::azure::resources::datastore::Datastore;
use amldeck::azure::resources::key_vault::KeyVault;
use amldeck::azure::resources::lock::Lock;
use amldeck::azure::resources::log_analytics::LogAnalytics;
use amldeck::azure::resources::managed_identity::ManagedIdentity;
use amldeck::azure::resources::online_endpoint::Endpoint;
use amldeck::azure::resources::outbound_rule::OutboundRule;
use amldeck::azure::resources::permissions::Permission;
use amldeck::azure::resources::resource_group::ResourceGroup;
use amldeck::azure::resources::role_assignment::RoleAssignment;
use amldeck::azure::resources::role_definition::RoleDefinition;
use amldeck::azure::resources::storage_account::StorageAccount;
use amldeck::azure::resources::subscription::Subscription;
use amldeck::azure::resources::tenant::Tenant;
use amldeck::azure::resources::workspace::{ProvisionStatus, Workspace};
use amldeck::azure::resources::{decode, decode_items};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Decodes a body; gives what was read, or what went wrong.
type Decoder = fn(&Value) -> Result<usize, Vec<String>>;

/// Which recording has which model.
const MODELS: &[(&str, Decoder)] = &[
    ("subscriptions/list-small.json", list::<Subscription>),
    ("subscriptions/get.json", one::<Subscription>),
    ("subscriptions/tenants.json", list::<Tenant>),
    ("resource-groups/list.json", list::<ResourceGroup>),
    ("resource-groups/create-201.json", one::<ResourceGroup>),
    ("resource-groups/get.json", one::<ResourceGroup>),
    ("resource-groups/get-while-deleting.json", one::<ResourceGroup>),
    ("resources/locks-list.json", list::<Lock>),
    ("resources/ml-workspace-locks.json", list::<Lock>),
    ("ml-workspaces/list-by-subscription-2023-04-01.json", list::<Workspace>),
    ("ml-workspaces/get-2024-04-01.json", one::<Workspace>),
    ("ml-workspaces/patch-04-get.json", one::<Workspace>),
    ("ml-managed-network/outbound-rules-list.json", list::<OutboundRule>),
    ("ml-managed-network/outbound-rule-get-fqdn.json", one::<OutboundRule>),
    ("ml-managed-network/outbound-rule-delete-03-location.json", one::<Workspace>),
    ("ml-managed-network/provision-03-result.json", one::<ProvisionStatus>),
    ("ml-computes/list.json", list::<Compute>),
    ("ml-computes/create-01-201.json", one::<Compute>),
    ("ml-computes/get-running.json", one::<Compute>),
    ("role-assignments/list-at-scope-sub.json", list::<RoleAssignment>),
    ("role-assignments/list-assigned-to.json", list::<RoleAssignment>),
    ("role-assignments/list-principal-eq.json", list::<RoleAssignment>),
    ("role-assignments/list-principal-eq-empty.json", list::<RoleAssignment>),
    ("role-assignments/list-sub-2018.json", list::<RoleAssignment>),
    ("role-assignments/create-201.json", one::<RoleAssignment>),
    ("role-assignments/permissions-list-rg.json", list::<Permission>),
    ("role-definitions/list-full-2022-04-01.json", list::<RoleDefinition>),
    ("role-definitions/by-name-contributor.json", list::<RoleDefinition>),
    ("role-definitions/by-name-kv-secrets-user.json", list::<RoleDefinition>),
    ("storage/put-03-poll-200.json", one::<StorageAccount>),
    ("storage/get-2025-06-01.json", one::<StorageAccount>),
    ("storage/patch-200.json", one::<StorageAccount>),
    ("key-vault/put-200.json", one::<KeyVault>),
    ("key-vault/get-200.json", one::<KeyVault>),
    ("ml-assets/datastores-list.json", list::<Datastore>),
    ("ml-assets/datastore-get.json", one::<Datastore>),
    ("ml-assets/online-endpoints-list.json", list::<Endpoint>),
    ("monitoring/activity-log.json", list::<Event>),
    ("monitoring/app-insights-get.json", one::<AppInsights>),
    ("monitoring/log-analytics-get.json", one::<LogAnalytics>),
    ("container-registry/get.json", one::<ContainerRegistry>),
    ("container-registry/delete-202-with-body.json", one::<ContainerRegistry>),
    ("identity/get.json", one::<ManagedIdentity>),
    ("identity/put-201.json", one::<ManagedIdentity>),
    ("resource-graph/query-object-array.json", graph_page),
    ("resource-graph/query-paged-skiptoken.json", graph_page),
    ("graph/get-by-ids.json", list::<Principal>),
    ("graph/get-by-ids-one.json", list::<Principal>),
    ("graph/service-principals-by-name.json", list::<Principal>),
    ("graph/group-members.json", list::<Principal>),
    ("graph/me.json", one::<Principal>),
];

fn one<T: DeserializeOwned + Serialize>(body: &Value) -> Result<usize, Vec<String>> {
    let model: T = decode("recorded body", body.clone()).map_err(|error| vec![error.to_string()])?;
    let lost = lost(&model, body);
    if lost.is_empty() { Ok(1) } else { Err(lost) }
}

fn list<T: DeserializeOwned + Serialize>(body: &Value) -> Result<usize, Vec<String>> {
    let items = body["value"].as_array().cloned().ok_or_else(|| vec!["no list in 'value'".to_owned()])?;
    let (models, errors) = decode_items::<T>("recorded item", items.clone());
    let mut wrong: Vec<String> = errors.iter().map(ToString::to_string).collect();
    if errors.is_empty() {
        wrong.extend(models.iter().zip(&items).flat_map(|(model, item)| lost(model, item)));
    }
    if wrong.is_empty() { Ok(models.len()) } else { Err(wrong) }
}

fn graph_page(body: &Value) -> Result<usize, Vec<String>> {
    let page: Page<Value> = Page::decode(body.clone()).map_err(|error| vec![error.to_string()])?;
    let rows = body["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let token = body["$skipToken"].as_str();
    if page.rows == rows && page.skip_token.as_deref() == token && page.unreadable.is_empty() {
        Ok(rows.len())
    } else {
        Err(vec!["rows or token lost".to_owned()])
    }
}

/// The places at which the model does not hold what was sent.
fn lost<T: Serialize>(model: &T, sent: &Value) -> Vec<String> {
    let mut places = Vec::new();
    match serde_json::to_value(model) {
        Ok(model) => compare("", &model, sent, &mut places),
        Err(error) => places.push(format!("the model does not serialise: {error}")),
    }
    places
}

fn compare(at: &str, model: &Value, sent: &Value, places: &mut Vec<String>) {
    match (model, sent) {
        (Value::Object(model), Value::Object(sent)) => {
            for (key, value) in model {
                // A property under another spelling than the model's must still have been read.
                let found = sent
                    .get(key)
                    .or_else(|| sent.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, v)| v));
                compare(&format!("{at}.{key}"), value, found.unwrap_or(&Value::Null), places);
            }
        }
        (Value::Array(model), Value::Array(sent)) if model.len() == sent.len() => {
            for (n, (model, sent)) in model.iter().zip(sent).enumerate() {
                compare(&format!("{at}[{n}]"), model, sent, places);
            }
        }
        (Value::String(model), Value::String(sent)) if same_text(model, sent) => {}
        _ if is_nothing(model) && is_nothing(sent) => {}
        _ if model == sent => {}
        _ => places.push(format!("{at}: read {model}, sent {sent}")),
    }
}

/// Null, or the empty value of a type: all of them say nothing.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(items) => items.values().all(is_nothing),
        _ => false,
    }
}

fn same_text(a: &str, b: &str) -> bool {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let id = |text: &str| ArmId::parse(text).ok();
    a.eq_ignore_ascii_case(b)
        || (time(a).is_some() && time(a) == time(b))
        || (id(a).is_some() && id(a) == id(b))
}

fn recordings() -> Option<PathBuf> {
    beside::shared("recordings")
}

fn read_all(folder: &Path) -> BTreeMap<String, Value> {
    let children = |folder: &Path| {
        let listed = std::fs::read_dir(folder).into_iter().flatten().flatten();
        listed.map(|entry| entry.path()).collect::<Vec<PathBuf>>()
    };
    let mut files = BTreeMap::new();
    for path in children(folder).iter().filter(|path| path.is_dir()).flat_map(|area| children(area)) {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        if name.ends_with(".json") {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            let value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
            files.insert(name, value);
        }
    }
    files
}

#[test]
fn every_recording_decodes_and_no_model_loses_what_it_names() {
    let Some(folder) = recordings() else { return };
    let files = read_all(&folder);
    let mut failures = Vec::new();
    let (mut modelled, mut generic) = (0, 0);
    for (name, file) in &files {
        let status = file["response"]["status"].as_u64();
        let body = &file["response"]["body"];
        if !status.is_some_and(|status| (200..600).contains(&status)) {
            failures.push(format!("{name}: no status"));
        }
        match MODELS.iter().find(|(model, _)| model == name) {
            Some((_, decoder)) => match decoder(body) {
                Ok(count) => {
                    modelled += 1;
                    println!("model    {name}: {count} read");
                }
                Err(places) => failures.extend(places.into_iter().map(|place| format!("{name}: {place}"))),
            },
            None => {
                generic += 1;
                let kind = match body {
                    Value::Null => "no body",
                    Value::String(_) => "text",
                    _ => "JSON",
                };
                println!("generic  {name}: {} {kind}", status.unwrap_or_default());
            }
        }
    }
    for (name, _) in MODELS.iter().filter(|(name, _)| !files.contains_key(*name)) {
        failures.push(format!("{name}: is in the table, but there is no such recording"));
    }
    println!("{modelled} through a model, {generic} generic, {} in all", files.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Any member may be missing or null: services leave out what they have not, and write null where a list belongs. Only the
/// id of a resource is needed, and the list itself of a list.
#[test]
fn any_member_of_a_recorded_answer_may_be_null_or_missing() {
    let Some(folder) = recordings() else { return };
    let files = read_all(&folder);
    let mut failures = std::collections::BTreeSet::new();
    let mut tried = 0;
    for (name, decoder) in MODELS {
        let Some(file) = files.get(*name) else { continue };
        let mut body = file["response"]["body"].clone();
        if let Some(items) = body.get_mut("value").and_then(Value::as_array_mut) {
            items.truncate(3);
        }
        let mut places = Vec::new();
        members(&body, &mut String::new(), &mut places);
        for place in places {
            for odd in [Some(Value::Null), None] {
                let mut changed = body.clone();
                replace(&mut changed, &place, odd.clone());
                tried += 1;
                // What could not be read is told as a sentence; what was read otherwise, as a place.
                let problems = decoder(&changed).err().unwrap_or_default();
                for problem in problems.iter().filter(|problem| problem.contains("the answer is not a")) {
                    let kind = if odd.is_some() { "null" } else { "missing" };
                    failures.insert(format!("{name}: {place} {kind}: {problem}"));
                }
            }
        }
    }
    println!("{tried} changed answers");
    assert!(tried > 1000 && failures.is_empty(), "{}", Vec::from_iter(failures).join("\n"));
}

/// The pointers of all members of objects in it, but of ids.
fn members(value: &Value, at: &mut String, places: &mut Vec<String>) {
    let length = at.len();
    let mut inside = |key: &str, value: &Value, is_member: bool| {
        at.push('/');
        at.push_str(&key.replace('~', "~0").replace('/', "~1"));
        if is_member && !["id", "value", "data"].contains(&key) {
            places.push(at.clone());
        }
        members(value, at, places);
        at.truncate(length);
    };
    match value {
        Value::Object(of) => of.iter().for_each(|(key, value)| inside(key, value, true)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, value)| inside(&n.to_string(), value, false));
        }
        _ => {}
    }
}

/// Another value at a place of a document; none takes the member away.
fn replace(document: &mut Value, place: &str, with: Option<Value>) {
    let Some((parent, key)) = place.rsplit_once('/') else { return };
    let key = key.replace("~1", "/").replace("~0", "~");
    let Some(Value::Object(parent)) = document.pointer_mut(parent) else { return };
    match with {
        Some(value) => parent.insert(key, value),
        None => parent.remove(&key),
    };
}

#[test]
fn the_comparison_notices_what_is_lost() {
    let model = serde_json::json!({"a": null, "b": "x", "c": []});
    let sent = serde_json::json!({"A": "kept?", "b": "X", "c": null, "d": "not named"});
    assert_eq!(lost(&model, &sent), [".a: read null, sent \"kept?\""]);
}

/// What domain facts say about the built-in roles, against their recorded definitions.
#[test]
fn recorded_roles_answer_as_the_documentation_says() {
    use amldeck::domain::access::permission::{Plane, grant};

    let Some(folder) = recordings() else { return };
    let files = read_all(&folder);
    let all = &files["role-definitions/list-full-2022-04-01.json"]["response"]["body"]["value"];
    let (roles, _) = decode_items::<RoleDefinition>("role", all.as_array().unwrap().clone());
    const ML: &str = "Microsoft.MachineLearningServices/workspaces";
    const BLOBS: &str = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";
    let yes_or_no: &[(&str, Plane, &str, bool)] = &[
        ("Reader", Plane::Control, "read", true),
        ("Reader", Plane::Control, "jobs/write", false),
        ("Reader", Plane::Control, "listKeys/action", false),
        ("AzureML Compute Operator", Plane::Control, "computes/write", true),
        ("AzureML Compute Operator", Plane::Control, "jobs/write", false),
        ("AzureML Data Scientist", Plane::Control, "read", true),
        ("AzureML Data Scientist", Plane::Control, "jobs/write", true),
        ("AzureML Data Scientist", Plane::Control, "onlineEndpoints/deployments/write", true),
        ("AzureML Data Scientist", Plane::Control, "computes/start/action", true),
        ("AzureML Data Scientist", Plane::Control, "computes/write", false),
        ("AzureML Data Scientist", Plane::Control, "write", false),
        ("AzureML Data Scientist", Plane::Control, "delete", false),
        ("AzureML Data Scientist", Plane::Control, "listKeys/action", false),
        ("Contributor", Plane::Control, "computes/write", true),
        ("Contributor", Plane::Control, "delete", true),
        ("Contributor", Plane::Data, "read", false),
        ("Owner", Plane::Control, "write", true),
        ("Azure AI Administrator", Plane::Control, "write", true),
    ];
    let role = |name: &str| {
        let built_in = roles.iter().find(|r| r.properties.role_name == name && !r.is_custom());
        built_in.unwrap_or_else(|| panic!("{name} is not among the recorded roles"))
    };
    for (name, plane, action, allowed) in yes_or_no {
        let answer = grant(&role(name).properties.permissions, *plane, &format!("{ML}/{action}"));
        assert_eq!(answer.is_allowed(), *allowed, "{name}: {action}: {answer:?}");
    }
    for (name, plane, action, allowed) in [
        ("Owner", Plane::Control, "Microsoft.Authorization/roleAssignments/write", true),
        ("Contributor", Plane::Control, "Microsoft.Authorization/roleAssignments/write", false),
        ("Contributor", Plane::Control, "Microsoft.Storage/storageAccounts/listKeys/action", true),
        ("Storage Blob Data Reader", Plane::Data, &format!("{BLOBS}/read"), true),
        ("Storage Blob Data Reader", Plane::Data, &format!("{BLOBS}/write"), false),
        ("Storage Blob Data Contributor", Plane::Data, &format!("{BLOBS}/write"), true),
        ("Key Vault Secrets User", Plane::Data, "Microsoft.KeyVault/vaults/secrets/getSecret/action", true),
        ("Key Vault Reader", Plane::Data, "Microsoft.KeyVault/vaults/secrets/getSecret/action", false),
    ] {
        let answer = grant(&role(name).properties.permissions, plane, action);
        assert_eq!(answer.is_allowed(), allowed, "{name}: {action}: {answer:?}");
    }
}
