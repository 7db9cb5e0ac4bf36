//! Lists that services have beside their resources: private link resources, usages, sizes, operations, record sets.

use serde_json::{Value, json};

use super::addresses;
use super::metrics;
use super::page::{Paging, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::spelling::place;
use super::store::{id_of, key};
use super::types;
use super::world::World;

/// What a private endpoint can connect to, by type: the group's name, its members, and its DNS zone.
const GROUPS: [(&str, &[(&str, &str)]); 3] = [
    (
        "microsoft.storage/storageaccounts",
        &[
            ("blob", "privatelink.blob.core.windows.net"),
            ("table", "privatelink.table.core.windows.net"),
            ("queue", "privatelink.queue.core.windows.net"),
            ("file", "privatelink.file.core.windows.net"),
            ("web", "privatelink.web.core.windows.net"),
            ("dfs", "privatelink.dfs.core.windows.net"),
        ],
    ),
    ("microsoft.keyvault/vaults", &[("vault", "privatelink.vaultcore.azure.net")]),
    ("microsoft.containerregistry/registries", &[("registry", "privatelink.azurecr.io")]),
];

/// What can be sent elsewhere of a resource, by its type, as the services document it.
fn categories(kind: &str) -> &'static [&'static str] {
    match kind.to_ascii_lowercase().as_str() {
        "microsoft.machinelearningservices/workspaces" => &[
            "AmlComputeClusterEvent",
            "AmlComputeClusterNodeEvent",
            "AmlComputeJobEvent",
            "AmlRunStatusChangedEvent",
            "ComputeInstanceEvent",
            "AllMetrics",
        ],
        "microsoft.keyvault/vaults" => &["AuditEvent", "AzurePolicyEvaluationDetails", "AllMetrics"],
        "microsoft.containerregistry/registries" => {
            &["ContainerRegistryRepositoryEvents", "ContainerRegistryLoginEvents", "AllMetrics"]
        }
        "microsoft.storage/storageaccounts" => &["Transaction"],
        _ => &["AllMetrics"],
    }
}

/// The resource that a list is about, whose own list may be read.
fn owner<'a>(world: &'a World, call: &Call, action: &str) -> Result<&'a Value, ArmError> {
    // What hangs on a resource as another provider's list has the resource as its scope.
    let extends = call.path.last().is_some_and(|part| part.names.is_empty());
    let id = if extends { call.path.scope() } else { call.path.without_last() };
    world.containers(call, action)?;
    world.allow(call, action, &id)?;
    world.store.get(&id).map(|document| &**document).ok_or_else(|| ArmError::no_parent(&id))
}

/// Answers one of the lists; `kind` is the type in lower case. `None` for a type that is no such list.
pub(super) fn read(world: &World, call: &Call, kind: &str) -> Option<Answer> {
    of_resource(world, call, kind).or_else(|| of_subscription(world, call, kind))
}

/// The lists of one resource.
fn of_resource(world: &World, call: &Call, kind: &str) -> Option<Answer> {
    let (of, last) = kind.rsplit_once('/')?;
    if let Some((_, groups)) = GROUPS.iter().find(|(known, _)| *known == of && last == "privatelinkresources")
    {
        return Some(private_links(world, call, groups));
    }
    let owner = |action: &str| owner(world, call, action);
    Some(match kind {
        "microsoft.containerregistry/registries/listusages" => {
            owner("Microsoft.ContainerRegistry/registries/listUsages/read").map(|_| registry_usages())
        }
        "microsoft.network/virtualnetworks/usages" => {
            owner("Microsoft.Network/virtualNetworks/usages/read").map(subnet_usages)
        }
        "microsoft.operationalinsights/workspaces/usages" => {
            owner("Microsoft.OperationalInsights/workspaces/usages/read").map(|_| list(&[]))
        }
        "microsoft.network/privatednszones/all" => records(world, call),
        "microsoft.network/virtualnetworks/checkipaddressavailability" => {
            let wanted = call.query.get("ipAddress").unwrap_or_default();
            owner("Microsoft.Network/virtualNetworks/read")
                .map(|network| Reply::ok(&addresses::check(&world.store, network, wanted)))
        }
        "microsoft.insights/diagnosticsettingscategories" => {
            owner("Microsoft.Insights/diagnosticSettingsCategories/read")
                .map(|of| diagnostic_categories(call, of))
        }
        "microsoft.insights/metricnamespaces" => metrics::namespaces(world, call),
        _ => return None,
    })
}

/// The lists of a subscription, and of a provider's operations.
fn of_subscription(world: &World, call: &Call, kind: &str) -> Option<Answer> {
    let (of, last) = kind.rsplit_once('/')?;
    let of_provider = !of.contains('/');
    let value = match kind {
        "microsoft.storage/skus" => storage_skus(),
        "microsoft.storage/locations/usages" => json!([{
            "unit": "Count", "currentValue": accounts(world, call), "limit": 250,
            "name": { "value": "StorageAccounts", "localizedValue": "Storage Accounts" }
        }]),
        "microsoft.network/locations/usages" => network_usages(world, call),
        // None of these is kept here: accounts and HSMs go at once, nobody is a classic administrator, nothing is in preview.
        "microsoft.keyvault/deletedmanagedhsms"
        | "microsoft.storage/deletedaccounts"
        | "microsoft.authorization/classicadministrators" => json!([]),
        _ if last == "features" && call.path.providers.len() == 2 && of_provider => json!([]),
        _ if last == "operations" && of_provider => return published(of),
        _ => return None,
    };
    Some(subscribed(world, call, kind).map(|()| Reply::ok(&json!({ "value": value }))))
}

fn registry_usages() -> Reply {
    let usage = |name: &str, limit: u64, unit: &str| json!({ "name": name, "limit": limit, "currentValue": 0, "unit": unit });
    list(&[
        usage("Size", 107_374_182_400, "Bytes"),
        usage("Webhooks", 10, "Count"),
        usage("ScopeMaps", 100, "Count"),
    ])
}

fn subnet_usages(network: &Value) -> Reply {
    let subnets = network["properties"]["subnets"].as_array().into_iter().flatten();
    let usage = |subnet: &Value| {
        json!({
            "id": subnet["id"], "currentValue": 0, "limit": 251, "unit": "Count",
            "name": { "localizedValue": "Subnet size and usage", "value": "SubnetSpace" }
        })
    };
    list(&subnets.map(usage).collect::<Vec<_>>())
}

fn diagnostic_categories(call: &Call, of: &Value) -> Reply {
    let category = |name: &&str| {
        let measures = matches!(*name, "AllMetrics" | "Transaction");
        json!({
            "id": format!("{}/{name}", call.path.id()), "name": name,
            "type": "Microsoft.Insights/diagnosticSettingsCategories",
            "properties": { "categoryType": if measures { "Metrics" } else { "Logs" } }
        })
    };
    let names = categories(of["type"].as_str().unwrap_or_default());
    list(&names.iter().map(category).collect::<Vec<_>>())
}

fn storage_skus() -> Value {
    let names = ["Standard_LRS", "Standard_GRS", "Standard_RAGRS", "Standard_ZRS", "Premium_LRS"];
    let sku = |name: &str| {
        let tier = name.split('_').next();
        json!({
            "resourceType": "storageAccounts", "name": name, "tier": tier, "kind": "StorageV2",
            "locations": ["westeurope"], "capabilities": [], "restrictions": []
        })
    };
    json!(names.map(sku))
}

/// What counts against the limits of networks in a subscription: name, title, type and limit.
const NETWORK_LIMITS: [(&str, &str, &str, u64); 5] = [
    ("VirtualNetworks", "Virtual Networks", "microsoft.network/virtualnetworks", 1_000),
    ("PublicIPAddresses", "Public IP Addresses", "microsoft.network/publicipaddresses", 1_000),
    ("NetworkSecurityGroups", "Network Security Groups", "microsoft.network/networksecuritygroups", 5_000),
    ("NetworkInterfaces", "Network Interfaces", "microsoft.network/networkinterfaces", 65_536),
    ("PrivateEndpoints", "Private Endpoints", "microsoft.network/privateendpoints", 65_536),
];

fn network_usages(world: &World, call: &Call) -> Value {
    let usage = |(name, title, kind, limit): (&str, &str, &str, u64)| {
        json!({
            "id": format!("{}/{name}", call.path.id()), "unit": "Count", "currentValue": count(world, call, kind),
            "limit": limit, "name": { "value": name, "localizedValue": title }
        })
    };
    json!(NETWORK_LIMITS.map(usage))
}

/// How many storage accounts the subscription has in the region that is asked about.
fn accounts(world: &World, call: &Call) -> usize {
    let region = call.path.last().and_then(|part| part.names.first()).map(|name| place(name));
    let is_there = |one: &&Value| {
        is_own(call, one) && Some(place(one["location"].as_str().unwrap_or_default())) == region
    };
    world.store.names_of("microsoft.storage/storageaccounts").filter(is_there).count()
}

/// Whether a resource is in the subscription that is asked about.
fn is_own(call: &Call, one: &Value) -> bool {
    id_of(one).split('/').nth(2) == call.path.subscription.as_deref()
}

/// How many resources of a type the subscription has.
fn count(world: &World, call: &Call, kind: &str) -> usize {
    world.store.names_of(kind).filter(|one| is_own(call, one)).count()
}

fn list(values: &[Value]) -> Reply {
    Reply::ok(&json!({ "value": values }))
}

/// Lets through who may do anything in the subscription.
fn subscribed(world: &World, call: &Call, kind: &str) -> Result<(), ArmError> {
    world.containers(call, &format!("{kind}/read"))
}

fn private_links(world: &World, call: &Call, groups: &[(&str, &str)]) -> Answer {
    let Some(part) = call.path.last() else { return Ok(list(&[])) };
    let document = owner(world, call, &format!("{}/read", part.full_type()))?;
    let all: Vec<Value> = groups
        .iter()
        .map(|(group, zone)| {
            json!({
                "id": format!("{}/privateLinkResources/{group}", id_of(document)), "name": group,
                "type": format!("{}/privateLinkResources", document["type"].as_str().unwrap_or_default()),
                "properties": { "groupId": group, "requiredMembers": [group], "requiredZoneNames": [zone] }
            })
        })
        .collect();
    Ok(list(&all))
}

/// All record sets of a private DNS zone.
fn records(world: &World, call: &Call) -> Answer {
    let zone = owner(world, call, "Microsoft.Network/privateDnsZones/ALL/read")?;
    let below = key(id_of(zone));
    let sets: Vec<&Value> = world
        .store
        .below(&below)
        .map(|(_, document)| &**document)
        .filter(|document| document["properties"]["ttl"].is_number())
        .collect();
    page(call, &sets, &Paging::arm(world.settings.page_size))
}

/// The operations that a provider publishes; everybody may read them.
fn published(namespace: &str) -> Option<Answer> {
    let mut operations = Vec::new();
    for kind in types::KINDS {
        let Some((provider, name)) = kind.name.split_once('/') else { continue };
        if !provider.eq_ignore_ascii_case(namespace) {
            continue;
        }
        let verbs = ["read", "write", "delete"].map(|verb| (format!("{}/{verb}", kind.name), verb));
        let actions = kind.actions.iter().map(|action| (action.right(kind.name), action.name));
        operations.extend(verbs.into_iter().chain(actions).map(|(operation, verb)| {
            json!({ "name": operation, "isDataAction": false, "display": {
                "provider": provider, "resource": name, "operation": verb, "description": verb } })
        }));
    }
    (!operations.is_empty()).then(|| Ok(list(&operations)))
}
