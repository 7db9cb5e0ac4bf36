//! The api-versions this client sends, in one table, with the reason where it is not simply the
//! newest stable one that the console was written against.

/// The api-version for one resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiVersion {
    /// `Namespace/type`, children included by prefix.
    pub resource_type: &'static str,
    /// What is sent.
    pub version: &'static str,
    /// What is sent where a cloud does not have [`ApiVersion::version`] yet.
    pub fallback: Option<&'static str>,
    /// Why this one.
    pub reason: &'static str,
}

const fn newest_stable(resource_type: &'static str, version: &'static str) -> ApiVersion {
    ApiVersion { resource_type, version, fallback: None, reason: "stable, has every property that is shown" }
}

/// Workspaces and everything below them, but computes and assets.
pub const WORKSPACES: &str = "2024-10-01-preview";
/// Computes.
pub const COMPUTES: &str = "2024-10-01";
/// Datastores, endpoints, jobs, models, data, environments.
pub const ML_ASSETS: &str = "2024-10-01";
/// Subscriptions, tenants, locations.
pub const SUBSCRIPTIONS: &str = "2022-12-01";
/// Resource groups, providers, generic resources, tags.
pub const RESOURCES: &str = "2024-07-01";
/// Resource Graph.
pub const RESOURCE_GRAPH: &str = "2021-03-01";
/// Role assignments, deny assignments, permissions.
pub const AUTHORIZATION: &str = "2022-04-01";
/// Role definitions.
pub const ROLE_DEFINITIONS: &str = "2022-05-01-preview";
/// Privileged Identity Management schedules and instances.
pub const PIM: &str = "2020-10-01";
/// Management locks.
pub const LOCKS: &str = "2020-05-01";
/// Management groups.
pub const MANAGEMENT_GROUPS: &str = "2023-04-01";
/// Storage accounts.
pub const STORAGE: &str = "2023-05-01";
/// Key vaults.
pub const KEY_VAULT: &str = "2023-07-01";
/// Application Insights components.
pub const APP_INSIGHTS: &str = "2020-02-02";
/// Log Analytics workspaces.
pub const LOG_ANALYTICS: &str = "2023-09-01";
/// Container registries.
pub const CONTAINER_REGISTRY: &str = "2023-07-01";
/// Virtual networks, private endpoints.
pub const NETWORK: &str = "2024-03-01";
/// Private DNS zones and their links.
pub const PRIVATE_DNS: &str = "2020-06-01";
/// Budgets.
pub const BUDGETS: &str = "2024-08-01";
/// User-assigned identities.
pub const MANAGED_IDENTITY: &str = "2023-01-31";
/// What Azure Policy says of resources.
pub const POLICY_STATES: &str = "2024-10-01";
/// Definitions of policies.
pub const POLICY_DEFINITIONS: &str = "2023-04-01";
/// Activity log.
pub const ACTIVITY_LOG: &str = "2015-04-01";

/// Every version that is sent, and why.
pub const TABLE: &[ApiVersion] = &[
    ApiVersion {
        resource_type: "Microsoft.MachineLearningServices/workspaces",
        version: WORKSPACES,
        fallback: Some("2025-06-01"),
        reason: "what Microsoft's own client sends; has systemDatastoresAuthMode, networkAcls and ipAllowlist. \
                 2025-06-01 is the first stable version with the auth mode, without the two lists",
    },
    newest_stable("Microsoft.MachineLearningServices/workspaces/computes", COMPUTES),
    newest_stable("Microsoft.MachineLearningServices/workspaces/datastores", ML_ASSETS),
    newest_stable("Microsoft.MachineLearningServices/workspaces/onlineEndpoints", ML_ASSETS),
    newest_stable("Microsoft.MachineLearningServices/workspaces/batchEndpoints", ML_ASSETS),
    newest_stable("Microsoft.MachineLearningServices/workspaces/jobs", ML_ASSETS),
    newest_stable("Microsoft.Resources/subscriptions", SUBSCRIPTIONS),
    newest_stable("Microsoft.Resources/resourceGroups", RESOURCES),
    ApiVersion {
        resource_type: "Microsoft.ResourceGraph/resources",
        version: RESOURCE_GRAPH,
        fallback: None,
        reason: "object arrays by default, and what the official clients send",
    },
    newest_stable("Microsoft.Authorization/roleAssignments", AUTHORIZATION),
    ApiVersion {
        resource_type: "Microsoft.Authorization/roleDefinitions",
        version: ROLE_DEFINITIONS,
        fallback: None,
        reason: "what Microsoft's own clients send, and the only one whose permissions have the conditions that \
                 built-in roles carry (common-types.json of that version: Permission.condition)",
    },
    newest_stable("Microsoft.Authorization/denyAssignments", AUTHORIZATION),
    newest_stable("Microsoft.Authorization/permissions", AUTHORIZATION),
    newest_stable("Microsoft.Authorization/roleEligibilityScheduleInstances", PIM),
    newest_stable("Microsoft.Authorization/roleAssignmentScheduleInstances", PIM),
    newest_stable("Microsoft.Authorization/roleAssignmentScheduleRequests", PIM),
    newest_stable("Microsoft.Authorization/roleEligibilityScheduleRequests", PIM),
    newest_stable("Microsoft.Authorization/roleManagementPolicyAssignments", PIM),
    newest_stable("Microsoft.Authorization/locks", LOCKS),
    newest_stable("Microsoft.Management/managementGroups", MANAGEMENT_GROUPS),
    newest_stable("Microsoft.Storage/storageAccounts", STORAGE),
    newest_stable("Microsoft.KeyVault/vaults", KEY_VAULT),
    newest_stable("Microsoft.Insights/components", APP_INSIGHTS),
    ApiVersion {
        resource_type: "Microsoft.Insights/eventtypes/management/values",
        version: ACTIVITY_LOG,
        fallback: None,
        reason: "the only version there is",
    },
    newest_stable("Microsoft.PolicyInsights/policyStates", POLICY_STATES),
    ApiVersion {
        resource_type: "Microsoft.Authorization/policyDefinitions",
        version: POLICY_DEFINITIONS,
        fallback: None,
        reason: "a stable version; only the rule is read, whose form is the same in all of them",
    },
    newest_stable("Microsoft.OperationalInsights/workspaces", LOG_ANALYTICS),
    newest_stable("Microsoft.ContainerRegistry/registries", CONTAINER_REGISTRY),
    newest_stable("Microsoft.Network/privateEndpoints", NETWORK),
    newest_stable("Microsoft.Network/privateDnsZones", PRIVATE_DNS),
    newest_stable("Microsoft.Consumption/budgets", BUDGETS),
    newest_stable("Microsoft.ManagedIdentity/userAssignedIdentities", MANAGED_IDENTITY),
];

/// The version that is sent for exactly this resource type, compared without case.
#[must_use]
pub fn of(resource_type: &str) -> Option<&'static str> {
    TABLE.iter().find(|row| row.resource_type.eq_ignore_ascii_case(resource_type)).map(|row| row.version)
}

/// The version to try when a cloud refuses `version` for this resource type; the longest matching
/// entry decides.
#[must_use]
pub fn fallback(resource_type: &str, version: &str) -> Option<&'static str> {
    TABLE
        .iter()
        .filter(|row| row.version == version && is_prefix(row.resource_type, resource_type))
        .max_by_key(|row| row.resource_type.len())
        .and_then(|row| row.fallback)
}

fn is_prefix(prefix: &str, resource_type: &str) -> bool {
    resource_type.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
        && matches!(resource_type.as_bytes().get(prefix.len()), None | Some(b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_workspaces_fall_back_and_their_children_with_them() {
        let workspace = "microsoft.machinelearningservices/workspaces";
        assert_eq!(fallback(workspace, WORKSPACES), Some("2025-06-01"));
        assert_eq!(fallback(&format!("{workspace}/outboundRules"), WORKSPACES), Some("2025-06-01"));
        assert_eq!(fallback("Microsoft.Storage/storageAccounts", STORAGE), None);
        assert_eq!(fallback(workspace, "2025-06-01"), None);
    }

    #[test]
    fn every_entry_has_a_reason_and_a_date() {
        for row in TABLE {
            assert!(!row.reason.is_empty(), "{}", row.resource_type);
            assert!(row.version.get(..10).and_then(|d| d.parse::<jiff::civil::Date>().ok()).is_some());
        }
    }
}
