//! Virtual networks with their subnets, and private endpoints with the connections that they make on their targets:
//! what one document changes in others.

use serde_json::{Value, json};

use super::addresses;
use super::defaults::guid;
use super::store::{Store, id_of, key};
use super::types;
use super::world::Change;

const NETWORKS: &str = "microsoft.network/virtualnetworks";
const SUBNETS: &str = "microsoft.network/virtualnetworks/subnets";
const ENDPOINTS: &str = "microsoft.network/privateendpoints";
const ZONE_GROUPS: &str = "microsoft.network/privateendpoints/privatednszonegroups";
/// Types whose documents stand in their parent, too: the child's type, the parent's, and the parent's member.
const INSIDE: [(&str, &str, &str); 4] = [
    (SUBNETS, NETWORKS, "subnets"),
    ("microsoft.network/virtualnetworks/virtualnetworkpeerings", NETWORKS, "virtualNetworkPeerings"),
    (
        "microsoft.network/networksecuritygroups/securityrules",
        "microsoft.network/networksecuritygroups",
        "securityRules",
    ),
    ("microsoft.network/routetables/routes", "microsoft.network/routetables", "routes"),
];
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
            if properties["subnets"].is_null() {
                properties["subnets"] = json!([]);
            }
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
    let kind = kind_of(document);
    for (child, _, member) in INSIDE.iter().filter(|(_, parent, _)| *parent == kind) {
        inside(document, child, member);
    }
    if matches!(kind_of(document).as_str(), NETWORKS | ENDPOINTS) {
        document["etag"] = Value::from(etag(&id, &document["properties"]));
    }
}

/// Gives the children that were sent within their parent what they have as resources of their own.
fn inside(document: &mut Value, child: &str, member: &str) {
    let id = id_of(document).to_owned();
    let spelled = types::find(child).map_or(child, |kind| kind.name);
    let sent = document["properties"][member].as_array().cloned().unwrap_or_default();
    let whole = sent.into_iter().map(|one| {
        let name = one["name"].as_str().unwrap_or_default().to_owned();
        let mut properties = one["properties"].clone();
        if properties.is_object() {
            properties["provisioningState"] = Value::from("Succeeded");
        }
        let mut whole = json!({
            "name": name, "id": format!("{id}/{member}/{name}"), "type": spelled, "properties": properties
        });
        complete(&mut whole);
        whole
    });
    document["properties"][member] = whole.collect();
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
    let kind = kind_of(document);
    if let Some((_, _, member)) = INSIDE.iter().find(|(child, ..)| *child == kind) {
        return with_child(store, document, member, true).into_iter().collect();
    }
    if INSIDE.iter().any(|(_, parent, _)| *parent == kind) {
        return INSIDE
            .iter()
            .filter(|(_, parent, _)| *parent == kind)
            .flat_map(|(_, _, member)| children(store, document, member))
            .collect();
    }
    match kind.as_str() {
        ENDPOINTS => {
            let mut changes = connections(store, document);
            changes.extend(addresses::follows_endpoint(store, document));
            changes
        }
        ZONE_GROUPS => addresses::follows_zone_group(store, document),
        kind if kind.ends_with(CONNECTIONS) => answered(store, document, kind),
        _ => Vec::new(),
    }
}

/// The children that a parent was sent with, each as a resource of its own; those that it was sent without go.
fn children(store: &Store, parent: &Value, member: &str) -> Vec<Change> {
    // A parent that an estate has without the member says nothing of its children.
    let Some(sent) = parent["properties"][member].as_array().cloned() else { return Vec::new() };
    let kept: Vec<String> = sent.iter().map(|child| key(id_of(child))).collect();
    let below = format!("{}/{}", key(id_of(parent)), member.to_ascii_lowercase());
    let gone = store.below(&below).filter(|(at, _)| !kept.contains(at));
    let gone: Vec<Change> = gone.map(|(_, child)| Change::Remove(id_of(child).to_owned())).collect();
    gone.into_iter().chain(sent.into_iter().map(Change::Put)).collect()
}

/// What else changes when a document is removed.
pub(super) fn follows_removal(store: &Store, gone: &Value) -> Vec<Change> {
    let kind = kind_of(gone);
    if let Some((_, _, member)) = INSIDE.iter().find(|(child, ..)| *child == kind) {
        return with_child(store, gone, member, false).into_iter().collect();
    }
    match kind.as_str() {
        ZONE_GROUPS => addresses::follows_zone_group_gone(store, gone),
        ENDPOINTS => targets(gone)
            .iter()
            .filter_map(|target| {
                let target = store.get(target)?;
                let made = connection_id(target, gone);
                Some(vec![Change::Put(without(target, &made)), Change::Remove(made)])
            })
            .flatten()
            .chain(addresses::follows_endpoint_gone(gone))
            .collect(),
        kind if kind.ends_with(CONNECTIONS) => {
            let target = store.get(parent(id_of(gone)));
            target.map(|target| Change::Put(without(target, id_of(gone)))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The parent of a child with the child in it, or without it.
fn with_child(store: &Store, child: &Value, member: &str, there: bool) -> Option<Change> {
    let mut above = Value::clone(store.get(parent(id_of(child)))?);
    let mut all = above["properties"][member].as_array().cloned().unwrap_or_default();
    all.retain(|other| key(id_of(other)) != key(id_of(child)));
    if there {
        let mut inside = child.clone();
        if let Some(inside) = inside.as_object_mut() {
            inside.remove("systemData");
        }
        all.push(inside);
    }
    above["properties"][member] = Value::Array(all);
    Some(Change::Put(above))
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
