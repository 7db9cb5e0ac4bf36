//! Rights on what a resource refers to: whoever assigns an identity, joins a network or makes a project in a hub needs a
//! right there, too.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::reply::ArmError;
use super::request::Call;
use super::spelling;
use super::store::{id_of, key};
use super::world::World;

/// Refuses a body that refers to what its caller may not use.
///
/// # Errors
/// 403 LinkedAuthorizationFailed.
pub(super) fn refuse(
    world: &World,
    call: &Call,
    kind: &str,
    action: &str,
    body: &Value,
) -> Result<(), ArmError> {
    let reader = world.reader(call);
    // What is in a subscription that there is none of is for those to refuse who look for it.
    let is_known = |scope: &str| {
        let subscription = scope.split('/').take(3).collect::<Vec<_>>().join("/");
        world.exists(&subscription)
    };
    let missing = needed(kind, body)
        .into_iter()
        .find(|(right, scope)| is_known(scope) && !reader.judge(right, scope, false).is_allowed());
    match missing {
        Some((right, scope)) => Err(failed(world, call, action, &right, &scope)),
        None => Ok(()),
    }
}

/// Refuses a private endpoint in another region than its network: Azure takes what it refers to there for missing.
///
/// # Errors
/// 400 InvalidResourceReference.
pub(super) fn same_region(world: &World, id: &str, kind: &str, body: &Value) -> Result<(), ArmError> {
    let subnet = body["properties"]["subnet"]["id"].as_str().unwrap_or_default();
    let lower = subnet.to_ascii_lowercase();
    let Some(end) = lower.find("/subnets/").filter(|_| kind == "Microsoft.Network/privateEndpoints") else {
        return Ok(());
    };
    let Some(network) = world.store.get(&subnet[..end]) else { return Ok(()) };
    let place = |document: &Value| spelling::place(document["location"].as_str().unwrap_or_default());
    if place(body).is_empty() || place(network) == place(body) {
        return Ok(());
    }
    Err(ArmError::bad_request(
        "InvalidResourceReference",
        format!(
            "Resource {subnet} referenced by resource {id} was not found. Please make sure that the referenced resource exists, \
             and that both resources are in the same region."
        ),
    ))
}

/// Refuses a zone group that names private DNS zones which are not there. Code, status and words: public reports of
/// deployments that failed so; where the words have the ids, they are empty there.
///
/// # Errors
/// 400 InvalidPrivateDnsZoneIds.
pub(super) fn zones_exist(world: &World, id: &str, kind: &str, body: &Value) -> Result<(), ArmError> {
    if kind != "Microsoft.Network/privateEndpoints/privateDnsZoneGroups" {
        return Ok(());
    }
    let configs = body["properties"]["privateDnsZoneConfigs"].as_array().into_iter().flatten();
    let zones = configs.filter_map(|config| config["properties"]["privateDnsZoneId"].as_str());
    let missing: Vec<&str> = zones.filter(|zone| world.store.get(zone).is_none()).map(|_| "").collect();
    if missing.is_empty() {
        return Ok(());
    }
    let none = missing.join(",");
    Err(ArmError::bad_request(
        "InvalidPrivateDnsZoneIds",
        format!("Private Dns Zone group {id} has invalid private dns zone ids {none}."),
    ))
}

/// Why linking a network to a private DNS zone fails: it is linked to one of the same name. The service takes the request
/// and says so when the operation ends; words: public reports of deployments.
pub(super) fn failure(world: &World, kind: &str, link: &Value) -> Option<Value> {
    if kind != "Microsoft.Network/privateDnsZones/virtualNetworkLinks" {
        return None;
    }
    let zone = |id: &str| id.rsplit('/').nth(2).unwrap_or_default().to_ascii_lowercase();
    let network = |link: &Value| link["properties"]["virtualNetwork"]["id"].as_str().map(key);
    let (own, name, of) = (key(id_of(link)), zone(id_of(link)), network(link)?);
    let mut others = world.store.names_of("microsoft.network/privatednszones/virtualnetworklinks");
    let is_other = |other: &Value| key(id_of(other)) != own && zone(id_of(other)) == name;
    others.find(|other| is_other(other) && network(other).as_ref() == Some(&of))?;
    let message = format!(
        "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network with '{name}' and '{name}' zones."
    );
    Some(json!({ "code": "BadRequest", "message": message }))
}

/// ARM's 403 for a right that is missing on something else than what the request is about.
pub(super) fn failed(world: &World, call: &Call, action: &str, right: &str, scope: &str) -> ArmError {
    let id = &call.caller.object_id;
    let name = world.directory.sign_in_name(id).unwrap_or(id);
    ArmError::new(
        StatusCode::FORBIDDEN,
        "LinkedAuthorizationFailed",
        format!(
            "The client '{name}' with object id '{id}' has permission to perform action '{action}' on scope '{}'; however, it does not have permission to perform action(s) '{right}' on the linked scope(s) '{scope}' (respectively) or the linked scope(s) are invalid.",
            call.path.id()
        ),
    )
}

/// The rights that a body takes, each with where.
fn needed(kind: &str, body: &Value) -> Vec<(String, String)> {
    let mut needed = Vec::new();
    let mut add = |right: &str, scope: Option<&str>| {
        // Only what can be an id is asked about; what is none is refused elsewhere.
        if let Some(scope) = scope.filter(|scope| scope.to_ascii_lowercase().starts_with("/subscriptions/")) {
            needed.push((right.to_owned(), scope.to_owned()));
        }
    };
    let assigned = body["identity"]["userAssignedIdentities"].as_object();
    for (id, _) in assigned.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        add("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", Some(id));
    }
    let properties = &body["properties"];
    let each = |name: &str| properties[name].as_array().into_iter().flatten();
    match kind {
        "Microsoft.MachineLearningServices/workspaces" => {
            let hub = properties["hubResourceId"].as_str();
            add("Microsoft.MachineLearningServices/workspaces/hubs/join/action", hub);
        }
        "Microsoft.Network/privateEndpoints" => {
            add("Microsoft.Network/virtualNetworks/subnets/join/action", properties["subnet"]["id"].as_str());
            for connection in each("privateLinkServiceConnections") {
                let target = connection["properties"]["privateLinkServiceId"].as_str();
                let right = target
                    .and_then(type_of)
                    .map(|of| format!("{of}/PrivateEndpointConnectionsApproval/action"));
                add(right.as_deref().unwrap_or_default(), target.filter(|_| right.is_some()));
            }
        }
        "Microsoft.Network/privateEndpoints/privateDnsZoneGroups" => {
            for zone in each("privateDnsZoneConfigs") {
                add(
                    "Microsoft.Network/privateDnsZones/join/action",
                    zone["properties"]["privateDnsZoneId"].as_str(),
                );
            }
        }
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks" => {
            add("Microsoft.Network/virtualNetworks/join/action", properties["virtualNetwork"]["id"].as_str());
        }
        _ => {}
    }
    needed
}

/// The type of a resource by its id.
fn type_of(id: &str) -> Option<String> {
    let mut pieces = id.rsplit_once("/providers/")?.1.split('/');
    let mut kind = pieces.next()?.to_owned();
    while let (Some(next), Some(_)) = (pieces.next(), pieces.next()) {
        kind.push('/');
        kind.push_str(next);
    }
    Some(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_body_refers_to_is_asked_about_where_it_is() {
        let account = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st";
        let subnet =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v/subnets/n";
        let endpoint = json!({ "properties": {
            "subnet": { "id": subnet },
            "privateLinkServiceConnections": [{ "properties": { "privateLinkServiceId": account } }, { "properties": {} }],
            "manualPrivateLinkServiceConnections": [{ "properties": { "privateLinkServiceId": account } }]
        }});
        let rights = |kind: &str, body: &Value| -> Vec<String> {
            needed(kind, body).into_iter().map(|(right, _)| right).collect()
        };
        assert_eq!(
            rights("Microsoft.Network/privateEndpoints", &endpoint),
            [
                "Microsoft.Network/virtualNetworks/subnets/join/action",
                "Microsoft.Storage/storageAccounts/PrivateEndpointConnectionsApproval/action"
            ]
        );
        let identities = json!({ "identity": { "userAssignedIdentities": {
            "/subscriptions/s/one": {}, "/subscriptions/s/leaves": null, "not an id": {} } } });
        assert_eq!(
            rights("Microsoft.Storage/storageAccounts", &identities),
            ["Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"]
        );
    }
}
