//! The spelling that providers keep: the names of a body's properties are taken without regard to case, and booleans
//! also as texts, which is how templates and older clients send them.
//!
//! Names and which of them are booleans: the bodies of PUT and PATCH in the published OpenAPI documents (storage
//! 2023-05-01, vaults 2023-07-01, registries 2023-07-01, components 2020-02-02, Log Analytics 2023-09-01, managed
//! identities 2023-01-31, networks 2024-03-01), and the members that newer answers have (`completions`). Workspaces of
//! Machine Learning have a spelling of their own, in `ml::spelling`.

use serde_json::{Map, Value};

/// What the bodies of some types hold, at any depth below `properties`. Words stand between blanks.
struct Spelling {
    kinds: &'static [&'static str],
    names: &'static str,
    booleans: &'static str,
}

/// Members of every resource beside its properties.
const MEMBERS: [&str; 9] =
    ["properties", "location", "tags", "sku", "kind", "identity", "zones", "plan", "extendedLocation"];

/// Members of `sku`, `identity` and `extendedLocation`.
const INNER: [&str; 5] = ["name", "tier", "capacity", "type", "userAssignedIdentities"];

/// Objects whose members the caller names.
const FREE: [&str; 2] = ["tags", "userAssignedIdentities"];

const SPELLINGS: [Spelling; 7] = [
    Spelling {
        kinds: &["Microsoft.Storage/storageAccounts"],
        names: "accessTier accountType action activeDirectoryProperties allowedCopyScope \
            azureFilesIdentityBasedAuthentication azureStorageSid blob bypass customDomain defaultAction \
            defaultSharePermission directoryServiceOptions dnsEndpointType domainGuid domainName domainSid encryption \
            expirationAction federatedIdentityClientId file forestName id identity \
            immutabilityPeriodSinceCreationInDays immutabilityPolicy immutableStorageWithVersioning ipRules ipv6Rules \
            keyExpirationPeriodInDays keyPolicy keySource keyType keyname keyvaultproperties keyvaulturi keyversion \
            largeFileSharesState minimumTlsVersion name netBiosDomainName networkAcls publicNetworkAccess queue \
            resourceAccessRules resourceId routingChoice routingPreference samAccountName sasExpirationPeriod \
            sasPolicy services state table tenantId userAssignedIdentity value virtualNetworkRules",
        booleans: "allowBlobPublicAccess allowCrossTenantReplication allowProtectedAppendWrites allowSharedKeyAccess \
            defaultToOAuthAuthentication enableExtendedGroups enabled isHnsEnabled isLocalUserEnabled isNfsV3Enabled \
            isSftpEnabled publishInternetEndpoints publishMicrosoftEndpoints requireInfrastructureEncryption \
            supportsHttpsTrafficOnly useSubDomainName",
    },
    Spelling {
        kinds: &["Microsoft.KeyVault/vaults"],
        names: "accessPolicies applicationId bypass certificates createMode defaultAction family id ipRules keys name \
            networkAcls objectId permissions publicNetworkAccess secrets sku softDeleteRetentionInDays storage \
            tenantId value vaultUri virtualNetworkRules",
        booleans: "enablePurgeProtection enableRbacAuthorization enableSoftDelete enabledForDeployment \
            enabledForDiskEncryption enabledForTemplateDeployment ignoreMissingVnetServiceEndpoint",
    },
    Spelling {
        kinds: &["Microsoft.ContainerRegistry/registries"],
        names: "action azureADAuthenticationAsArmPolicy days defaultAction encryption exportPolicy identity ipRules \
            keyIdentifier keyVaultProperties networkRuleBypassOptions networkRuleSet policies publicNetworkAccess \
            quarantinePolicy retentionDays retentionPolicy softDeletePolicy status trustPolicy type value \
            zoneRedundancy",
        booleans: "adminUserEnabled anonymousPullEnabled dataEndpointEnabled",
    },
    Spelling {
        kinds: &["Microsoft.Insights/components"],
        names: "Application_Type Flow_Type HockeyAppId IngestionMode Request_Source RetentionInDays \
            SamplingPercentage WorkspaceResourceId publicNetworkAccessForIngestion publicNetworkAccessForQuery",
        booleans: "DisableIpMasking DisableLocalAuth ForceCustomerStorageForProfiler ImmediatePurgeDataOn30Days",
    },
    Spelling {
        kinds: &["Microsoft.OperationalInsights/workspaces"],
        names: "capacityReservationLevel clusterResourceId dailyQuotaGb defaultDataCollectionRuleResourceId features \
            name publicNetworkAccessForIngestion publicNetworkAccessForQuery retentionInDays sku workspaceCapping",
        booleans: "disableLocalAuth enableDataExport enableLogAccessUsingOnlyResourcePermissions forceCmkForQuery \
            immediatePurgeDataOn30Days",
    },
    Spelling {
        kinds: &["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"],
        names: "audiences issuer subject",
        booleans: "",
    },
    Spelling {
        kinds: &[
            "Microsoft.Network/virtualNetworks",
            "Microsoft.Network/virtualNetworks/subnets",
            "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
            "Microsoft.Network/privateEndpoints",
            "Microsoft.Network/privateEndpoints/privateDnsZoneGroups",
            "Microsoft.Network/networkSecurityGroups",
            "Microsoft.Network/networkSecurityGroups/securityRules",
            "Microsoft.Network/routeTables",
            "Microsoft.Network/routeTables/routes",
        ],
        names: "access actionsRequired addressPrefix addressPrefixes addressSpace applicationGatewayIPConfigurations \
            applicationSecurityGroups bgpCommunities contextualServiceEndpointPolicies customDnsConfigs \
            customNetworkInterfaceName ddosProtectionPlan delegations description destinationAddressPrefix \
            destinationAddressPrefixes destinationApplicationSecurityGroups destinationPortRange \
            destinationPortRanges dhcpOptions direction dnsServers encryption enforcement flowTimeoutInMinutes fqdn \
            groupId groupIds id ipAddresses ipAllocations ipConfigurations localAddressSpace localSubnetNames \
            localVirtualNetworkAddressSpace location locations manualPrivateLinkServiceConnections memberName name \
            natGateway networkIdentifier networkSecurityGroup nextHopIpAddress nextHopType peeringState \
            peeringSyncLevel priority privateDnsZoneConfigs privateDnsZoneId privateEndpointNetworkPolicies \
            privateEndpointVNetPolicies privateIPAddress privateLinkServiceConnectionState \
            privateLinkServiceConnections privateLinkServiceId privateLinkServiceNetworkPolicies properties protocol \
            remoteAddressSpace remoteBgpCommunities remoteSubnetNames remoteVirtualNetwork \
            remoteVirtualNetworkAddressSpace requestMessage routeTable routes securityRules service serviceAlias \
            serviceEndpointPolicies serviceEndpointPolicyDefinitions serviceEndpoints serviceName serviceResources \
            sharingScope sourceAddressPrefix sourceAddressPrefixes sourceApplicationSecurityGroups sourcePortRange \
            sourcePortRanges status subnet subnets tags type virtualNetworkCommunity virtualNetworkPeerings",
        booleans: "allowForwardedTraffic allowGatewayTransit allowVirtualNetworkAccess defaultOutboundAccess \
            disableBgpRoutePropagation doNotVerifyRemoteGateways enableDdosProtection enableOnlyIPv6Peering \
            enableVmProtection enabled flushConnection peerCompleteVnets useRemoteGateways",
    },
];

/// The name of a region: `West Europe`, as people see it, is `westeurope` in every answer.
pub(super) fn place(sent: &str) -> String {
    sent.split_whitespace().collect::<String>().to_lowercase()
}

/// Gives the body of a PUT or PATCH the spelling that its type is answered in. `kind` is the full type, in any case; of
/// one that is not in the table only the members beside the properties are known. What no table names is left alone.
pub(super) fn arriving(kind: &str, body: &mut Value) {
    let Some(body) = body.as_object_mut() else { return };
    rename(body, &MEMBERS);
    if let Some(Value::String(location)) = body.get_mut("location") {
        *location = place(location);
    }
    for member in ["sku", "identity", "extendedLocation"] {
        if let Some(inner) = body.get_mut(member).and_then(Value::as_object_mut) {
            rename(inner, &INNER);
        }
    }
    let of_kind = |one: &&Spelling| one.kinds.iter().any(|of| of.eq_ignore_ascii_case(kind));
    let Some(spelling) = SPELLINGS.iter().find(of_kind) else { return };
    let booleans: Vec<&str> = spelling.booleans.split_whitespace().collect();
    let names: Vec<&str> = spelling.names.split_whitespace().chain(booleans.iter().copied()).collect();
    if let Some(properties) = body.get_mut("properties") {
        respell(properties, &names, &booleans);
    }
}

fn respell(value: &mut Value, names: &[&str], booleans: &[&str]) {
    match value {
        Value::Object(object) => {
            rename(object, names);
            for (name, value) in object.iter_mut().filter(|(name, _)| !FREE.contains(&name.as_str())) {
                if booleans.contains(&name.as_str()) {
                    boolean(value);
                }
                respell(value, names, booleans);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| respell(one, names, booleans)),
        _ => {}
    }
}

/// Gives the members of an object the spelling of `names`. Of one that was sent twice, the one in the right spelling
/// stays.
pub(super) fn rename(object: &mut Map<String, Value>, names: &[&str]) {
    let wrong: Vec<(String, &str)> = object
        .keys()
        .filter_map(|key| {
            let name = names.iter().find(|name| name.eq_ignore_ascii_case(key))?;
            (*name != key).then(|| (key.clone(), *name))
        })
        .collect();
    for (key, name) in wrong {
        if let Some(value) = object.remove(&key) {
            object.entry(name).or_insert(value);
        }
    }
}

/// Makes a text "true" or "false", in any case, the boolean that it says.
pub(super) fn boolean(value: &mut Value) {
    let read = value.as_str().and_then(|text| text.to_ascii_lowercase().parse::<bool>().ok());
    if let Some(read) = read {
        *value = Value::Bool(read);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::emulator::types;

    #[test]
    fn every_type_is_one_of_the_emulators_and_every_name_is_spelled_one_way() {
        for spelling in &SPELLINGS {
            for kind in spelling.kinds {
                assert_eq!(types::find(kind).map(|found| found.name), Some(*kind));
            }
            let mut names: Vec<String> = spelling
                .names
                .split_whitespace()
                .chain(spelling.booleans.split_whitespace())
                .map(str::to_ascii_lowercase)
                .collect();
            names.sort_unstable();
            let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None, "{:?}", spelling.kinds);
        }
    }

    #[test]
    fn names_and_booleans_are_mended_at_any_depth_and_what_the_caller_names_is_not() {
        let mut body = json!({
            "Tags": { "Enabled": "true" }, "SKU": { "Name": "Standard_LRS" }, "Own": { "enabled": "true" },
            "PROPERTIES": {
                "Encryption": { "SERVICES": { "Blob": { "Enabled": "True" } } }, "AllowSharedKeyAccess": "maybe",
                "networkacls": { "VirtualNetworkRules": [{ "ID": "/n", "Own": 1 }] }
            }
        });
        arriving("microsoft.storage/STORAGEACCOUNTS", &mut body);
        assert_eq!(
            body,
            json!({
                "tags": { "Enabled": "true" }, "sku": { "name": "Standard_LRS" }, "Own": { "enabled": "true" },
                "properties": {
                    "encryption": { "services": { "blob": { "enabled": true } } }, "allowSharedKeyAccess": "maybe",
                    "networkAcls": { "virtualNetworkRules": [{ "id": "/n", "Own": 1 }] }
                }
            })
        );
    }

    #[test]
    fn of_a_type_without_a_table_only_the_members_are_known() {
        let mut body = json!({ "Properties": { "Enabled": "true" }, "location": "a", "LOCATION": "b" });
        arriving("Microsoft.Search/searchServices", &mut body);
        assert_eq!(body, json!({ "properties": { "Enabled": "true" }, "location": "a" }));
    }

    #[test]
    fn a_region_is_answered_by_its_name_however_it_was_sent() {
        for (sent, name) in [
            ("West Europe", "westeurope"),
            ("WestCentralUS", "westcentralus"),
            (" global", "global"),
            ("", ""),
        ] {
            let mut body = json!({ "Location": sent });
            arriving("Microsoft.KeyVault/vaults", &mut body);
            assert_eq!(body, json!({ "location": name }));
        }
    }
}
