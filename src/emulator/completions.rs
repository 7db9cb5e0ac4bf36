//! What providers answer of a new resource beside what was sent: the members that recorded answers have.

use serde_json::{Value, json};

use super::defaults::guid;
use super::merge::fill;
use super::request::Call;
use super::store::id_of;

/// Properties of a type that were not sent.
fn properties(kind: &str, id: &str, name: &str, call: &Call) -> Value {
    let now = call.now.as_str();
    match kind {
        "microsoft.storage/storageaccounts" => {
            let on = json!({ "keyType": "Account", "enabled": true, "lastEnabledTime": now });
            json!({
                "accessTier": "Hot", "allowBlobPublicAccess": false, "allowCrossTenantReplication": false,
                "minimumTlsVersion": "TLS1_2", "keyCreationTime": { "key1": now, "key2": now },
                "encryption": { "services": { "file": on, "blob": on }, "keySource": "Microsoft.Storage" },
                "networkAcls": {
                    "bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [], "ipv6Rules": [],
                    "defaultAction": "Allow"
                }
            })
        }
        "microsoft.keyvault/vaults" => json!({ "enabledForDeployment": false }),
        "microsoft.insights/components" => json!({
            "Application_Type": "web", "ApplicationId": name, "Flow_Type": "Bluefield", "Request_Source": "rest", "RetentionInDays": 90,
            "SamplingPercentage": null, "Ver": "v2",
            "ConnectionString": format!("InstrumentationKey={};ApplicationId={}", guid(id, "instrumentation"), guid(id, "app"))
        }),
        "microsoft.operationalinsights/workspaces" => json!({
            "features": { "legacy": 0, "searchVersion": 1, "enableLogAccessUsingOnlyResourcePermissions": true },
            "publicNetworkAccessForIngestion": "Enabled", "publicNetworkAccessForQuery": "Enabled",
            "sku": { "lastSkuUpdate": now },
            "workspaceCapping": { "dailyQuotaGb": -1.0, "quotaNextResetTime": now, "dataIngestionStatus": "RespectQuota" }
        }),
        "microsoft.containerregistry/registries" => {
            let off = json!({ "status": "disabled" });
            json!({
                "anonymousPullEnabled": false, "dataEndpointEnabled": false, "dataEndpointHostNames": [],
                "encryption": off, "networkRuleSet": { "defaultAction": "Allow", "ipRules": [] },
                "policies": {
                    "quarantinePolicy": off, "trustPolicy": { "type": "Notary", "status": "disabled" },
                    "retentionPolicy": { "days": 7, "lastUpdatedTime": now, "status": "disabled" },
                    "exportPolicy": { "status": "enabled" },
                    "azureADAuthenticationAsArmPolicy": { "status": "enabled" },
                    "softDeletePolicy": { "retentionDays": 7, "lastUpdatedTime": now, "status": "disabled" }
                }
            })
        }
        "microsoft.network/privateendpoints" => json!({ "isIPv6EnabledPrivateEndpoint": false }),
        "microsoft.network/virtualnetworks" => json!({ "enableVmProtection": false }),
        "microsoft.network/privatednszones/a" => json!({ "aRecords": [] }),
        "microsoft.network/privatednszones/aaaa" => json!({ "aaaaRecords": [] }),
        "microsoft.network/privatednszones/txt" => json!({ "txtRecords": [] }),
        "microsoft.network/routetables" => json!({ "disableBgpRoutePropagation": false }),
        _ => json!({}),
    }
}

/// Completes a resource that was just made, or replaced: then what was there before comes before what is usual.
pub(super) fn complete(call: &Call, document: &mut Value, before: Option<&Value>) {
    let kind = document["type"].as_str().unwrap_or_default().to_ascii_lowercase();
    let id = id_of(document).to_owned();
    let name = document["name"].as_str().unwrap_or_default().to_owned();
    let mut more = properties(&kind, &id, &name, call);
    if let (Some(before), Some(more)) = (before, more.as_object_mut()) {
        for (name, value) in more {
            if let Some(kept) = before["properties"].get(name) {
                value.clone_from(kept);
            }
        }
    }
    fill(&mut document["properties"], more);
    // A resource in a group always has tags, be they none; what is below one says null or nothing.
    let of_group = kind.matches('/').count() == 1;
    if of_group && document["location"].is_string() && document["tags"].is_null() {
        document["tags"] = json!({});
    }
    if matches!(kind.as_str(), "microsoft.insights/components" | "microsoft.operationalinsights/workspaces") {
        document["etag"] = Value::from(format!("\"{}\"", guid(&id, &call.now)));
    }
    let tier = match kind.as_str() {
        "microsoft.storage/storageaccounts" => {
            document["sku"]["name"].as_str().and_then(|name| name.split('_').next())
        }
        "microsoft.containerregistry/registries" => document["sku"]["name"].as_str(),
        _ => None,
    };
    if let Some(tier) = tier.map(str::to_owned) {
        document["sku"]["tier"] = Value::from(tier);
    }
}
