//! The managed network: rules stand in the workspace's body and are resources of their own, and both say the same.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{OUTBOUND_RULES, workspace_of};
use crate::emulator::defaults::guid;
use crate::emulator::reply::ArmError;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// Service tags that a network with approved outbound always lets through, as recorded.
const REQUIRED_TAGS: [&str; 9] = [
    "AzureActiveDirectory",
    "AzureContainerRegistry",
    "AzureFrontDoor.FirstParty",
    "AzureMachineLearning",
    "AzureMonitor",
    "AzureResourceManager",
    "BatchNodeManagement",
    "MicrosoftContainerRegistry",
    "VirtualNetwork",
];

fn mode(document: &Value) -> &str {
    document["properties"]["managedNetwork"]["isolationMode"].as_str().unwrap_or("Disabled")
}

fn is_active(document: &Value) -> bool {
    document["properties"]["managedNetwork"]["status"]["status"] == "Active"
}

/// The network's state is the service's own; a caller may ask for the network to be provisioned with the workspace.
/// Templates ask for it in api-versions that do not have the property yet, and are heard.
pub(super) fn arriving(body: &mut Value) {
    let now = body["properties"]["provisionNetworkNow"] == true;
    if let Some(network) = body.pointer_mut("/properties/managedNetwork").and_then(Value::as_object_mut) {
        network
            .retain(|name, _| !["status", "networkId", "changeableIsolationModes"].contains(&name.as_str()));
        if now {
            network.insert("status".to_owned(), json!({ "status": "Active", "sparkReady": false }));
        }
    }
}

/// The service makes its own rules and takes none back from callers.
///
/// # Errors
/// 400 when one of them is among those sent.
pub(super) fn refuse_service_rules(body: &Value) -> Result<(), ArmError> {
    let rules = body["properties"]["managedNetwork"]["outboundRules"].as_object();
    let theirs = |rule: &Value| matches!(rule["category"].as_str(), Some("Required" | "Recommended"));
    match rules.into_iter().flatten().find(|(_, rule)| theirs(rule)) {
        Some((name, rule)) => Err(ArmError::bad_request(
            "BadRequest",
            format!(
                "The outbound rule '{name}' is of category '{}' and is made by the service: it cannot be created or updated.",
                rule["category"].as_str().unwrap_or_default()
            ),
        )),
        None => Ok(()),
    }
}

/// Where all of the internet is let through, the service takes rules to private endpoints alone: its own words are
/// quoted in the pull request 961 of microsoft-foundry/foundry-samples, and "How to use a managed virtual network" of
/// Azure Machine Learning's documentation says that there is no other destination type. `workspace` has the mode,
/// `rules` are those that were sent, by name.
///
/// # Errors
/// 400 when another one is among them.
pub(super) fn refuse_needless_rules(workspace: &Value, rules: &Value) -> Result<(), ArmError> {
    let other = |rule: &Value| rule["type"].as_str().is_some_and(|kind| kind != "PrivateEndpoint");
    let mut sent = rules.as_object().into_iter().flatten();
    if mode(workspace) == "AllowInternetOutbound" && sent.any(|(_, rule)| other(rule)) {
        return Err(ArmError::bad_request(
            "BadRequest",
            "Only \"PrivateEndpoint\" outbound rules are supported when managed network isolation mode is \
             \"AllowInternetOutbound\".",
        ));
    }
    Ok(())
}

/// Fills in a workspace's managed network: its id, its state, the state of each rule; and the rules of the service when
/// the network is made, or lets less through than `before`.
pub(super) fn complete(document: &mut Value, before: Option<&Value>) {
    let changeable: &[&str] = match mode(document) {
        "AllowInternetOutbound" => &["AllowOnlyApprovedOutbound"],
        "AllowOnlyApprovedOutbound" => &[],
        _ => &["AllowInternetOutbound", "AllowOnlyApprovedOutbound"],
    };
    let isolated = changeable.len() < 2;
    let stepped = before.is_none_or(|before| mode(before) != mode(document));
    let added = if isolated && stepped && document["kind"] != "Project" {
        service_rules(document)
    } else {
        Map::new()
    };
    let id = id_of(document).to_owned();
    if !document["properties"]["managedNetwork"].is_object() {
        document["properties"]["managedNetwork"] = json!({ "isolationMode": "Disabled" });
    }
    let network = &mut document["properties"]["managedNetwork"];
    network["changeableIsolationModes"] = json!(changeable);
    if !isolated {
        if let Some(network) = network.as_object_mut() {
            network.remove("outboundRules");
            network.remove("status");
        }
        return;
    }
    if network["networkId"].is_null() {
        network["networkId"] = Value::from(guid(&id, "network"));
    }
    if network["status"].is_null() {
        network["status"] = json!({ "status": "Inactive", "sparkReady": false });
    }
    if network["isolationMode"] == "AllowOnlyApprovedOutbound" && network["firewallSku"].is_null() {
        network["firewallSku"] = Value::from("Standard");
    }
    if !network["outboundRules"].is_object() {
        network["outboundRules"] = json!({});
    }
    let state = network["status"]["status"].clone();
    let spark = if network["status"]["sparkReady"] == true { "Active" } else { "Inactive" };
    if let Some(rules) = network["outboundRules"].as_object_mut() {
        rules.retain(|_, rule| rule.is_object());
        for (name, rule) in added {
            rules.entry(name).or_insert(rule);
        }
        for rule in rules.values_mut() {
            if rule["category"].is_null() {
                rule["category"] = Value::from("UserDefined");
            }
            if rule["status"].is_null() || rule["status"] == "Inactive" {
                rule["status"] = state.clone();
            }
            let endpoint = rule["destination"].is_object() && rule["type"] == "PrivateEndpoint";
            if endpoint && rule["destination"]["sparkStatus"].is_null() {
                rule["destination"]["sparkStatus"] = Value::from(spark);
            }
        }
    }
}

/// Private endpoints to what the workspace depends on; with approved outbound, service tags as well.
fn service_rules(document: &Value) -> Map<String, Value> {
    let properties = &document["properties"];
    let mut rules = Map::new();
    let mut endpoint = |target: &str, what: &str, spark: bool| {
        let name = target.rsplit('/').next().unwrap_or_default();
        let rule = json!({
            "type": "PrivateEndpoint", "category": "Required", "status": "Inactive",
            "destination": { "serviceResourceId": target, "subresourceTarget": what, "sparkEnabled": spark, "sparkStatus": "Inactive" }
        });
        rules.insert(format!("__SYS_PE_{name}_{what}"), rule);
    };
    for (member, targets) in [
        ("storageAccount", &[("blob", true), ("file", true)][..]),
        ("keyVault", &[("vault", false)][..]),
        ("containerRegistry", &[("registry", true)][..]),
    ] {
        if let Some(id) = properties[member].as_str().filter(|id| !id.is_empty()) {
            targets.iter().for_each(|(what, spark)| endpoint(id, what, *spark));
        }
    }
    endpoint(id_of(document), "amlworkspace", true);
    if mode(document) == "AllowOnlyApprovedOutbound" {
        for tag in REQUIRED_TAGS {
            let rule = json!({
                "type": "ServiceTag", "category": "Required", "status": "Inactive",
                "destination": { "serviceTag": tag, "protocol": "*", "portRanges": "*" }
            });
            rules.insert(format!("__SYS_ST_{tag}"), rule);
        }
    }
    rules
}

/// Makes the rules' own documents say what the workspace's body says.
pub(super) fn settled(world: &mut World, workspace: &Arc<Value>) {
    if mode(workspace) == "Disabled" {
        return;
    }
    let mut document = Value::clone(workspace);
    complete(&mut document, Some(workspace));
    let id = id_of(&document).to_owned();
    let rules =
        document["properties"]["managedNetwork"]["outboundRules"].as_object().cloned().unwrap_or_default();
    let prefix = format!("{}/outboundrules/", key(&id));
    let there: Vec<String> = world
        .store
        .below(&key(&id))
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(_, document)| id_of(document).to_owned())
        .collect();
    for old in there {
        let name = old.rsplit('/').next().unwrap_or_default();
        if !rules.keys().any(|rule| rule.eq_ignore_ascii_case(name)) {
            world.remove(&old);
        }
    }
    for (name, rule) in rules {
        world.put(json!({ "id": format!("{id}/outboundRules/{name}"), "name": name, "type": OUTBOUND_RULES, "properties": rule }));
    }
    if document != **workspace {
        world.put(document);
    }
}

/// Writes a rule that was made or changed into its workspace's body.
pub(super) fn rule_settled(world: &mut World, rule: &Value) {
    let Some(workspace) = world.store.get(workspace_of(rule)) else { return };
    if mode(workspace) == "Disabled" {
        return;
    }
    let mut document = Value::clone(workspace);
    let name = rule["name"].as_str().unwrap_or_default();
    let mut properties = rule["properties"].clone();
    if let Some(properties) = properties.as_object_mut() {
        properties.remove("provisioningState");
    }
    document["properties"]["managedNetwork"]["outboundRules"][name] = properties;
    complete(&mut document, Some(&Value::clone(workspace)));
    let own = document["properties"]["managedNetwork"]["outboundRules"][name].clone();
    world.put(document);
    if !own.is_null() {
        let mut rule = rule.clone();
        rule["properties"] = own;
        world.put(rule);
    }
}

/// Takes a rule that has gone out of its workspace's body.
pub(super) fn rule_gone(world: &mut World, rule: &Value) {
    let Some(workspace) = world.store.get(workspace_of(rule)) else { return };
    let mut document = Value::clone(workspace);
    let name = rule["name"].as_str().unwrap_or_default();
    let rules =
        document.pointer_mut("/properties/managedNetwork/outboundRules").and_then(Value::as_object_mut);
    if let Some(rules) = rules {
        rules.retain(|one, _| !one.eq_ignore_ascii_case(name));
    }
    world.put(document);
}

/// The first compute provisions the network.
pub(super) fn needed_by_compute(world: &mut World, compute: &Value) {
    let Some(workspace) = world.store.get(workspace_of(compute)).cloned() else { return };
    if mode(&workspace) == "Disabled" || is_active(&workspace) {
        return;
    }
    let mut document = Value::clone(&workspace);
    document["properties"]["managedNetwork"]["status"] = json!({ "status": "Active", "sparkReady": false });
    world.put(document.clone());
    settled(world, &Arc::new(document));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(network: &Value) -> Value {
        json!({ "id": "/w/mlw", "kind": "Default", "properties": {
            "storageAccount": "/s/stone", "keyVault": "/v/kv-one", "managedNetwork": network } })
    }

    #[test]
    fn an_isolated_network_gets_the_rules_of_the_service() {
        let rules = |mode: &str| {
            let mut document = workspace(
                &json!({ "isolationMode": mode, "outboundRules": { "own": { "type": "FQDN", "destination": "a" }, "gone": null } }),
            );
            complete(&mut document, None);
            document["properties"]["managedNetwork"].clone()
        };
        let internet = rules("AllowInternetOutbound");
        let names: Vec<&String> = internet["outboundRules"].as_object().unwrap().keys().collect();
        assert_eq!(
            names,
            [
                "__SYS_PE_kv-one_vault",
                "__SYS_PE_mlw_amlworkspace",
                "__SYS_PE_stone_blob",
                "__SYS_PE_stone_file",
                "own"
            ]
        );
        assert_eq!(
            internet["outboundRules"]["own"],
            json!({ "type": "FQDN", "destination": "a", "category": "UserDefined", "status": "Inactive" })
        );
        assert_eq!(internet["status"]["status"], "Inactive");
        assert_eq!(rules("AllowOnlyApprovedOutbound")["outboundRules"].as_object().unwrap().len(), 14);
        assert!(rules("Disabled")["outboundRules"].is_null());
    }

    #[test]
    fn rules_of_the_service_are_not_taken_from_callers() {
        let rule = |category: &str| workspace(&json!({ "outboundRules": { "r": { "category": category } } }));
        assert!(refuse_service_rules(&rule("UserDefined")).is_ok());
        assert!(refuse_service_rules(&rule("Required")).is_err());
    }

    #[test]
    fn with_the_whole_internet_only_private_endpoints_are_taken() {
        for (mode, kind, taken) in [
            ("AllowInternetOutbound", "PrivateEndpoint", true),
            ("AllowInternetOutbound", "ServiceTag", false),
            ("AllowInternetOutbound", "FQDN", false),
            ("AllowOnlyApprovedOutbound", "ServiceTag", true),
        ] {
            let of = workspace(&json!({ "isolationMode": mode }));
            let sent = json!({ "one": { "type": kind }, "gone": null });
            assert_eq!(refuse_needless_rules(&of, &sent).is_ok(), taken, "{mode} {kind}");
        }
    }
}
