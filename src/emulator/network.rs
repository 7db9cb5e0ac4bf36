//! Virtual networks with their subnets, and private endpoints with the connections that they make on their targets:
//! what one document changes in others.

use serde_json::{Value, json};

use super::defaults::guid;
use super::store::{Store, id_of, key};
use super::world::Change;

const NETWORKS: &str = "microsoft.network/virtualnetworks";
const SUBNETS: &str = "microsoft.network/virtualnetworks/subnets";
const ENDPOINTS: &str = "microsoft.network/privateendpoints";
/// The last part of the type of a connection on a target.
const CONNECTIONS: &str = "/privateendpointconnections";

fn kind_of(document: &Value) -> String {
    document["type"].as_str().unwrap_or_default().to_ascii_lowercase()
}

fn parent(id: &str) -> &str {
    id.rsplitn(3, '/').nth(2).unwrap_or_default()
}

/// The tag of one state of a resource.
fn etag(id: &str, of: &Value) -> String {
    format!("W/\"{}\"", guid(id, &of.to_string()))
}

/// Fills in what the network provider adds to a resource.
pub(super) fn complete(document: &mut Value) {
    let id = id_of(document).to_owned();
    match kind_of(document).as_str() {
        NETWORKS => {
            let properties = &mut document["properties"];
            properties["resourceGuid"] = Value::from(guid(&id, "network"));
            properties["enableDdosProtection"] = Value::Bool(properties["enableDdosProtection"] == true);
            if properties["virtualNetworkPeerings"].is_null() {
                properties["virtualNetworkPeerings"] = json!([]);
            }
            let subnets = properties["subnets"].as_array().cloned().unwrap_or_default();
            let subnets = subnets.into_iter().map(|subnet| {
                let name = subnet["name"].as_str().unwrap_or_default().to_owned();
                let mut whole = json!({
                    "name": name, "id": format!("{id}/subnets/{name}"),
                    "type": "Microsoft.Network/virtualNetworks/subnets", "properties": subnet["properties"]
                });
                complete(&mut whole);
                whole
            });
            properties["subnets"] = subnets.collect();
        }
        SUBNETS => {
            if document["properties"].is_null() {
                document["properties"] = json!({});
            }
            let properties = &mut document["properties"];
            for (name, value) in [
                ("delegations", json!([])),
                ("privateEndpointNetworkPolicies", json!("Disabled")),
                ("privateLinkServiceNetworkPolicies", json!("Enabled")),
            ] {
                if properties[name].is_null() {
                    properties[name] = value;
                }
            }
            properties["provisioningState"] = Value::from("Succeeded");
            document["etag"] = Value::from(etag(&id, &document["properties"]));
        }
        ENDPOINTS => endpoint(document, &id),
        _ => {}
    }
    if matches!(kind_of(document).as_str(), NETWORKS | ENDPOINTS) {
        document["etag"] = Value::from(etag(&id, &document["properties"]));
    }
}

fn endpoint(document: &mut Value, id: &str) {
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let group = id.split("/providers/").next().unwrap_or_default();
    let card =
        format!("{group}/providers/Microsoft.Network/networkInterfaces/{name}.nic.{}", guid(id, "nic"));
    let properties = &mut document["properties"];
    properties["resourceGuid"] = Value::from(guid(id, "endpoint"));
    properties["networkInterfaces"] = json!([{ "id": card }]);
    for (member, value) in [
        ("customNetworkInterfaceName", json!("")),
        ("ipConfigurations", json!([])),
        ("customDnsConfigs", json!([])),
    ] {
        if properties[member].is_null() {
            properties[member] = value;
        }
    }
    for (list, state, why) in [
        ("privateLinkServiceConnections", "Approved", "Auto-Approved"),
        ("manualPrivateLinkServiceConnections", "Pending", "Awaiting Approval"),
    ] {
        let connections = properties[list].as_array().cloned().unwrap_or_default();
        let whole = connections.into_iter().map(|mut connection| {
            let own = format!("{id}/{list}/{}", connection["name"].as_str().unwrap_or_default());
            connection["etag"] = Value::from(etag(&own, &connection["properties"]));
            connection["id"] = Value::from(own);
            connection["type"] = Value::from(format!("Microsoft.Network/privateEndpoints/{list}"));
            let inner = &mut connection["properties"];
            inner["provisioningState"] = Value::from("Succeeded");
            if inner["privateLinkServiceConnectionState"].is_null() {
                inner["privateLinkServiceConnectionState"] =
                    json!({ "status": state, "description": why, "actionsRequired": "None" });
            }
            connection
        });
        properties[list] = whole.collect();
    }
}

/// What else changes when a document is stored.
pub(super) fn follows(store: &Store, document: &Value) -> Vec<Change> {
    let id = id_of(document);
    match kind_of(document).as_str() {
        NETWORKS => {
            let subnets = document["properties"]["subnets"].as_array().cloned().unwrap_or_default();
            let kept: Vec<String> = subnets.iter().map(|subnet| key(id_of(subnet))).collect();
            let below = format!("{}/subnets", key(id));
            let gone = store.below(&below).filter(|(at, _)| !kept.contains(at));
            let gone: Vec<Change> =
                gone.map(|(_, subnet)| Change::Remove(id_of(subnet).to_owned())).collect();
            gone.into_iter().chain(subnets.into_iter().map(Change::Put)).collect()
        }
        SUBNETS => with_subnet(store, document, true).into_iter().collect(),
        ENDPOINTS => connections(store, document),
        kind if kind.ends_with(CONNECTIONS) => answered(store, document, kind),
        _ => Vec::new(),
    }
}

/// What else changes when a document is removed.
pub(super) fn follows_removal(store: &Store, gone: &Value) -> Vec<Change> {
    match kind_of(gone).as_str() {
        SUBNETS => with_subnet(store, gone, false).into_iter().collect(),
        ENDPOINTS => targets(gone)
            .iter()
            .filter_map(|target| {
                let target = store.get(target)?;
                let made = connection_id(target, gone);
                Some(vec![Change::Put(without(target, &made)), Change::Remove(made)])
            })
            .flatten()
            .collect(),
        kind if kind.ends_with(CONNECTIONS) => {
            let target = store.get(parent(id_of(gone)));
            target.map(|target| Change::Put(without(target, id_of(gone)))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The network of a subnet with the subnet in it, or without it.
fn with_subnet(store: &Store, subnet: &Value, there: bool) -> Option<Change> {
    let mut network = Value::clone(store.get(parent(id_of(subnet)))?);
    let mut subnets = network["properties"]["subnets"].as_array().cloned().unwrap_or_default();
    subnets.retain(|other| key(id_of(other)) != key(id_of(subnet)));
    if there {
        subnets.push(subnet.clone());
    }
    network["properties"]["subnets"] = Value::Array(subnets);
    Some(Change::Put(network))
}

/// The resources that an endpoint leads to.
fn targets(endpoint: &Value) -> Vec<&str> {
    ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"]
        .into_iter()
        .flat_map(|list| endpoint["properties"][list].as_array().into_iter().flatten())
        .filter_map(|connection| connection["properties"]["privateLinkServiceId"].as_str())
        .collect()
}

/// The id of the connection that an endpoint makes on a target.
fn connection_id(target: &Value, endpoint: &Value) -> String {
    let name = endpoint["name"].as_str().unwrap_or_default();
    let of = id_of(target);
    format!("{of}/privateEndpointConnections/{name}.{}", guid(of, id_of(endpoint)))
}

fn connections(store: &Store, endpoint: &Value) -> Vec<Change> {
    let lists = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];
    let all =
        lists.into_iter().flat_map(|list| endpoint["properties"][list].as_array().into_iter().flatten());
    all.filter_map(|connection| {
        let target = store.get(connection["properties"]["privateLinkServiceId"].as_str()?)?;
        let id = connection_id(target, endpoint);
        let made = json!({
            "id": id, "name": id.rsplit('/').next(),
            "type": format!("{}/privateEndpointConnections", target["type"].as_str().unwrap_or_default()),
            "location": target["location"],
            "properties": {
                "provisioningState": "Succeeded", "privateEndpoint": { "id": id_of(endpoint) },
                "groupIds": connection["properties"]["groupIds"],
                "privateLinkServiceConnectionState": connection["properties"]["privateLinkServiceConnectionState"]
            }
        });
        let mut changed = without(target, &id);
        if let Some(list) = changed["properties"]["privateEndpointConnections"].as_array_mut() {
            list.push(made.clone());
        }
        Some([Change::Put(made), Change::Put(changed)])
    })
    .flatten()
    .collect()
}

/// A target without one of its connections.
fn without(target: &Value, connection: &str) -> Value {
    let mut changed = target.clone();
    let mut list =
        changed["properties"]["privateEndpointConnections"].as_array().cloned().unwrap_or_default();
    list.retain(|other| key(id_of(other)) != key(connection));
    changed["properties"]["privateEndpointConnections"] = Value::Array(list);
    changed
}

/// A connection was approved or rejected on its target: the endpoint and the target's own body say so too.
fn answered(store: &Store, connection: &Value, kind: &str) -> Vec<Change> {
    let state = &connection["properties"]["privateLinkServiceConnectionState"];
    let mut changes = Vec::new();
    let target = store.get(parent(id_of(connection)));
    if let Some(target) = target.filter(|target| kind_of(target) + CONNECTIONS == *kind) {
        let mut changed = without(target, id_of(connection));
        if let Some(list) = changed["properties"]["privateEndpointConnections"].as_array_mut() {
            list.push(connection.clone());
        }
        changes.push(Change::Put(changed));
    }
    let endpoint = connection["properties"]["privateEndpoint"]["id"].as_str().and_then(|id| store.get(id));
    if let Some(endpoint) = endpoint {
        let mut changed = Value::clone(endpoint);
        for list in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"] {
            for own in changed["properties"][list].as_array_mut().into_iter().flatten() {
                let of = own["properties"]["privateLinkServiceId"].as_str().map(key);
                if of == Some(key(parent(id_of(connection)))) {
                    own["properties"]["privateLinkServiceConnectionState"] = state.clone();
                }
            }
        }
        changes.push(Change::Put(changed));
    }
    changes
}
