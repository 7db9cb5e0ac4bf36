//! The service's spelling of a workspace. Property names are taken without regard to case, booleans as texts, empty
//! texts as nothing: templates send all of these.

use serde_json::{Map, Value};

use crate::emulator::spelling::{boolean, number, rename, word};

/// Names of a workspace's properties, at any depth.
const NAMES: [&str; 72] = [
    "friendlyName",
    "description",
    "storageAccount",
    "keyVault",
    "containerRegistry",
    "applicationInsights",
    "hbiWorkspace",
    "imageBuildCompute",
    "publicNetworkAccess",
    "softDeleteEnabled",
    "softDeleteRetentionInDays",
    "allowRecoverSoftDeletedWorkspace",
    "encryption",
    "status",
    "keyVaultProperties",
    "keyVaultArmId",
    "keyIdentifier",
    "identityClientId",
    "cosmosDbResourceId",
    "storageAccountResourceId",
    "searchAccountResourceId",
    "identity",
    "userAssignedIdentity",
    "primaryUserAssignedIdentity",
    "systemDatastoresAuthMode",
    "allowRoleAssignmentOnRG",
    "managedNetwork",
    "isolationMode",
    "outboundRules",
    "firewallSku",
    "firewallPublicIpAddress",
    "managedNetworkKind",
    "enableNetworkMonitor",
    "enableFirewallLog",
    "provisionNetworkNow",
    "featureStoreSettings",
    "computeRuntime",
    "sparkRuntimeVersion",
    "offlineStoreConnectionName",
    "onlineStoreConnectionName",
    "enableDataIsolation",
    "workspaceHubConfig",
    "additionalWorkspaceStorageAccounts",
    "defaultWorkspaceResourceGroup",
    "existingWorkspaces",
    "hubResourceId",
    "associatedWorkspaces",
    "serverlessComputeSettings",
    "serverlessComputeCustomSubnet",
    "serverlessComputeNoPublicIP",
    "v1LegacyMode",
    "allowPublicAccessWhenBehindVnet",
    "networkAcls",
    "defaultAction",
    "ipRules",
    "ipAllowlist",
    "sharedPrivateLinkResources",
    "enableServiceSideCMKEncryption",
    "EnableSoftwareBillOfMaterials",
    "serviceManagedResourcesSettings",
    "cosmosDb",
    "collectionsThroughput",
    "type",
    "category",
    "destination",
    "serviceResourceId",
    "subresourceTarget",
    "sparkEnabled",
    "serviceTag",
    "protocol",
    "portRanges",
    "addressPrefixes",
];

/// Names that some versions spell in another way altogether.
const ALSO: [(&str, &str); 3] = [
    ("cosmosDbArmId", "cosmosDbResourceId"),
    ("storageAccountArmId", "storageAccountResourceId"),
    ("searchAccountArmId", "searchAccountResourceId"),
];

/// Properties that are booleans, also when they came as texts.
const BOOLEANS: [&str; 14] = [
    "hbiWorkspace",
    "softDeleteEnabled",
    "allowRecoverSoftDeletedWorkspace",
    "allowRoleAssignmentOnRG",
    "provisionNetworkNow",
    "enableDataIsolation",
    "v1LegacyMode",
    "allowPublicAccessWhenBehindVnet",
    "enableServiceSideCMKEncryption",
    "EnableSoftwareBillOfMaterials",
    "serverlessComputeNoPublicIP",
    "sparkEnabled",
    "enableNetworkMonitor",
    "enableFirewallLog",
];

/// Properties that are numbers, also when they came as texts.
const NUMBERS: [&str; 2] = ["softDeleteRetentionInDays", "collectionsThroughput"];

/// Values that are compared without regard to case, as the service writes them.
const WORDS: [(&str, &[&str]); 6] = [
    ("publicNetworkAccess", &["Enabled", "Disabled"]),
    ("isolationMode", &["Disabled", "AllowInternetOutbound", "AllowOnlyApprovedOutbound"]),
    ("firewallSku", &["Basic", "Standard"]),
    ("category", &["Required", "Recommended", "UserDefined", "Dependency"]),
    ("defaultAction", &["Allow", "Deny"]),
    ("type", &["FQDN", "PrivateEndpoint", "ServiceTag"]),
];

/// Kinds of workspaces.
const KINDS: [&str; 4] = ["Default", "Hub", "Project", "FeatureStore"];

/// Properties of which an empty text means that they are not set.
const UNSET_BY_EMPTY: [&str; 4] =
    ["imageBuildCompute", "primaryUserAssignedIdentity", "systemDatastoresAuthMode", "hubResourceId"];

/// Properties of which an empty object or list means that they are not set.
const UNSET_BY_NOTHING: [&str; 3] = ["workspaceHubConfig", "serverlessComputeSettings", "existingWorkspaces"];

/// Gives a workspace's body the service's spelling.
pub(super) fn workspace(body: &mut Value) {
    let Some(body) = body.as_object_mut() else { return };
    rename(body, &["properties", "identity", "kind", "location", "sku", "tags"]);
    if let Some(kind) = body.get_mut("kind") {
        word(kind, &KINDS);
    }
    if let Some(identity) = body.get_mut("identity") {
        identity_type(identity);
    }
    let Some(Value::Object(properties)) = body.get_mut("properties") else { return };
    respell(properties);
    let encrypted = properties.get("encryption").is_some_and(|encryption| {
        encryption.is_object()
            && encryption["status"].as_str().is_none_or(|status| status.eq_ignore_ascii_case("Enabled"))
    });
    if !encrypted {
        properties.remove("encryption");
    } else if let Some(encryption) = properties.get_mut("encryption") {
        encryption["status"] = Value::from("Enabled");
        drop_empty(encryption);
    }
    properties.retain(|name, value| {
        let empty_text = value == "" && UNSET_BY_EMPTY.contains(&name.as_str());
        let empty =
            value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty);
        !(empty_text || empty && UNSET_BY_NOTHING.contains(&name.as_str()))
    });
    let runs = properties.get("featureStoreSettings").is_some_and(has_text);
    if !runs {
        properties.remove("featureStoreSettings");
    }
}

/// Whether there is any text in a value.
fn has_text(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => object.values().any(has_text),
        _ => false,
    }
}

fn drop_empty(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| value != "" && !value.is_null());
        object.values_mut().for_each(drop_empty);
    }
}

fn respell(object: &mut Map<String, Value>) {
    rename(object, &NAMES);
    for (other, name) in ALSO {
        let found = object.keys().find(|key| key.eq_ignore_ascii_case(other)).cloned();
        if let Some(value) = found.and_then(|key| object.remove(&key)) {
            object.entry(name).or_insert(value);
        }
    }
    for (name, value) in object.iter_mut() {
        if BOOLEANS.contains(&name.as_str()) {
            boolean(value);
        }
        if NUMBERS.contains(&name.as_str()) {
            number(value);
        }
        if let Some((_, words)) = WORDS.iter().find(|(of, _)| of == name) {
            word(value, words);
        }
        match value {
            // The names of rules are the caller's own.
            Value::Object(rules) if name == "outboundRules" => {
                rules.values_mut().filter_map(Value::as_object_mut).for_each(respell);
            }
            Value::Object(inner) => respell(inner),
            _ => {}
        }
    }
}

fn identity_type(identity: &mut Value) {
    let Some(asked) = identity["type"].as_str().map(str::to_ascii_lowercase) else { return };
    let kind = match (asked.contains("systemassigned"), asked.contains("userassigned")) {
        (true, true) => "SystemAssigned,UserAssigned",
        (true, false) => "SystemAssigned",
        (false, true) => "UserAssigned",
        (false, false) => return,
    };
    identity["type"] = Value::from(kind);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_template_sends_becomes_what_the_service_keeps() {
        let mut body = json!({
            "Kind": "default", "identity": { "type": "Userassigned", "userAssignedIdentities": { "/ID": {} } },
            "tags": { "Description": "kept" },
            "properties": {
                "FriendlyName": "", "hbiWorkspace": "false", "enabledataisolation": "True", "imageBuildCompute": "",
                "systemDatastoresAuthMode": "", "primaryUserAssignedIdentity": "", "publicNetworkAccess": "disabled",
                "encryption": { "status": "Disabled", "keyVaultProperties": { "keyVaultArmId": "", "keyIdentifier": "" } },
                "featureStoreSettings": { "computeruntime": { "SparkRuntimeVersion": null } },
                "workspaceHubConfig": {}, "existingWorkspaces": [], "serverlessComputeSettings": {},
                "managedNetwork": { "isolationmode": "allowinternetoutbound", "outboundRules": { "Type": { "TYPE": "fqdn", "destination": "a" } } }
            }
        });
        workspace(&mut body);
        assert_eq!(
            body,
            json!({
                "kind": "Default", "identity": { "type": "UserAssigned", "userAssignedIdentities": { "/ID": {} } },
                "tags": { "Description": "kept" },
                "properties": {
                    "friendlyName": "", "hbiWorkspace": false, "enableDataIsolation": true, "publicNetworkAccess": "Disabled",
                    "managedNetwork": { "isolationMode": "AllowInternetOutbound", "outboundRules": { "Type": { "type": "FQDN", "destination": "a" } } }
                }
            })
        );
    }

    #[test]
    fn encryption_that_is_on_keeps_what_is_set() {
        let mut body = json!({ "properties": { "Encryption": {
            "status": "enabled", "keyVaultProperties": { "KeyVaultArmId": "/v", "keyIdentifier": "k" },
            "cosmosDbArmId": "", "storageAccountArmId": "/s", "SearchAccountArmId": ""
        }}});
        workspace(&mut body);
        assert_eq!(
            body["properties"]["encryption"],
            json!({
                "status": "Enabled", "keyVaultProperties": { "keyVaultArmId": "/v", "keyIdentifier": "k" },
                "storageAccountResourceId": "/s"
            })
        );
    }
}
