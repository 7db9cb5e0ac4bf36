//! Machine Learning workspaces: model and requests.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::common::{NetworkRules, ProvisioningState, PublicNetworkAccess, Resource};
use super::outbound_rule::OutboundRuleProperties;
use super::private_endpoint_connection::PrivateEndpointConnection;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// The resource type.
pub const TYPE: &str = "Microsoft.MachineLearningServices/workspaces";

/// A Machine Learning workspace.
pub type Workspace = Resource<WorkspaceProperties>;

text_enum! {
    /// What a workspace is for; absent means Default.
    WorkspaceKind {
        /// An ordinary workspace.
        Default = "Default",
        /// Holds what its projects share.
        Hub = "Hub",
        /// Belongs to a hub and takes its dependents from there.
        Project = "Project",
        /// Features, materialised into an offline and an online store.
        FeatureStore = "FeatureStore",
    }
}

text_enum! {
    /// How the system datastores sign in to the storage account (`systemDatastoresAuthMode`).
    AuthMode {
        /// The account's shared key; the default.
        AccessKey = "accesskey",
        /// Microsoft Entra ID: the identity of who uses the data.
        Identity = "identity",
        /// SAS tokens that a user's identity signed.
        UserDelegationSas = "UserDelegationSAS",
    }
}

text_enum! {
    /// What the managed network lets out (`managedNetwork.isolationMode`); absent means Disabled.
    IsolationMode {
        /// No managed network.
        Disabled = "Disabled",
        /// Everything on the internet.
        AllowInternetOutbound = "AllowInternetOutbound",
        /// Only what an outbound rule names.
        AllowOnlyApprovedOutbound = "AllowOnlyApprovedOutbound",
    }
}

impl IsolationMode {
    /// Whether there is to be a managed network at all.
    #[must_use]
    pub fn is_managed(&self) -> bool {
        *self != Self::Disabled
    }
}

text_enum! {
    /// Whether the managed network exists (`managedNetwork.status.status`).
    ManagedNetworkStatus {
        /// It was provisioned.
        Active = "Active",
        /// It is configured only.
        Inactive = "Inactive",
    }
}

/// What a workspace says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceProperties {
    /// The display name; empty counts as none.
    #[serde(default, deserialize_with = "lenient::text")]
    pub friendly_name: Option<String>,
    /// What somebody wrote about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::word")]
    pub provisioning_state: Option<ProvisioningState>,
    /// The workspace's own GUID.
    #[serde(default, deserialize_with = "lenient::text")]
    pub workspace_id: Option<String>,
    /// Its tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// When it was made, where `systemData` does not say.
    #[serde(default, deserialize_with = "lenient::time")]
    pub creation_time: Option<Timestamp>,

    /// The storage account.
    #[serde(default, deserialize_with = "lenient::id")]
    pub storage_account: Option<ArmId>,
    /// The key vault.
    #[serde(default, deserialize_with = "lenient::id")]
    pub key_vault: Option<ArmId>,
    /// Application Insights; hubs and projects have none by default.
    #[serde(default, deserialize_with = "lenient::id")]
    pub application_insights: Option<ArmId>,
    /// The container registry; absent until it is first needed.
    #[serde(default, deserialize_with = "lenient::id")]
    pub container_registry: Option<ArmId>,
    /// The storage accounts of a hub of the first previews with hubs (2023-04-01-preview), which names no single one.
    #[serde(default, deserialize_with = "lenient::ids", skip_serializing_if = "Vec::is_empty")]
    pub storage_accounts: Vec<ArmId>,
    /// The key vaults of such a hub.
    #[serde(default, deserialize_with = "lenient::ids", skip_serializing_if = "Vec::is_empty")]
    pub key_vaults: Vec<ArmId>,
    /// The container registries of such a hub.
    #[serde(default, deserialize_with = "lenient::ids", skip_serializing_if = "Vec::is_empty")]
    pub container_registries: Vec<ArmId>,
    /// The hub of a project.
    #[serde(default, deserialize_with = "lenient::id")]
    pub hub_resource_id: Option<ArmId>,
    /// The projects of a hub, as the service lists them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub associated_workspaces: Vec<String>,
    /// What a hub gives to its projects.
    #[serde(default)]
    pub workspace_hub_config: Option<HubConfig>,

    /// Inbound from the internet; absent means Enabled.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access: Option<PublicNetworkAccess>,
    /// The older switch for the same, with private endpoints.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub allow_public_access_when_behind_vnet: Option<bool>,
    /// Which addresses may come in, where public access is on.
    #[serde(default)]
    pub network_acls: Option<NetworkRules>,
    /// The older list of such addresses.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub ip_allowlist: Vec<String>,
    /// Private endpoints to the workspace.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub private_endpoint_connections: Vec<PrivateEndpointConnection>,
    /// How many private links there are.
    #[serde(default, deserialize_with = "lenient::number")]
    pub private_link_count: Option<i64>,
    /// The managed network; absent means none.
    #[serde(default)]
    pub managed_network: Option<ManagedNetwork>,
    /// Whether the network was to be provisioned at creation.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub provision_network_now: Option<bool>,
    /// Where serverless compute runs.
    #[serde(default)]
    pub serverless_compute_settings: Option<ServerlessCompute>,
    /// Whether the workspace speaks the old API, which goes past private links.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub v1_legacy_mode: Option<bool>,

    /// How the system datastores sign in.
    #[serde(default, deserialize_with = "lenient::word")]
    pub system_datastores_auth_mode: Option<AuthMode>,
    /// Whether the storage account has a hierarchical namespace.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub storage_hns_enabled: Option<bool>,
    /// Whether containers and images carry the workspace's GUID, so that projects do not mix.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub enable_data_isolation: Option<bool>,
    /// Whether Microsoft collects less because the data is sensitive.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub hbi_workspace: Option<bool>,
    /// Encryption with a customer's key.
    #[serde(default)]
    pub encryption: Option<Encryption>,
    /// Whether the service keeps what is encrypted with a customer's key on its own side.
    #[serde(rename = "enableServiceSideCMKEncryption", default, deserialize_with = "lenient::flag")]
    pub enable_service_side_cmk_encryption: Option<bool>,
    /// The user-assigned identity that stands for the workspace.
    #[serde(default, deserialize_with = "lenient::id")]
    pub primary_user_assigned_identity: Option<ArmId>,
    /// Whether the service may give the workspace's identity a role on the group.
    #[serde(rename = "allowRoleAssignmentOnRG", default, deserialize_with = "lenient::flag")]
    pub allow_role_assignment_on_rg: Option<bool>,

    /// The compute that builds images, where the registry is private.
    #[serde(default, deserialize_with = "lenient::text")]
    pub image_build_compute: Option<String>,
    /// Whether a deleted workspace can be recovered.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub soft_delete_enabled: Option<bool>,
    /// For how many days.
    #[serde(default, deserialize_with = "lenient::number")]
    pub soft_delete_retention_in_days: Option<i64>,
    /// Whether a bill of materials is made; the service writes the first letter large.
    #[serde(default, alias = "EnableSoftwareBillOfMaterials", deserialize_with = "lenient::flag")]
    pub enable_software_bill_of_materials: Option<bool>,
    /// Where clients discover the region's services.
    #[serde(default, deserialize_with = "lenient::text")]
    pub discovery_url: Option<String>,
    /// The MLflow tracking address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub ml_flow_tracking_uri: Option<String>,
    /// The notebook service.
    #[serde(default)]
    pub notebook_info: Option<NotebookInfo>,
    /// The group that the service made for a customer's-key workspace.
    #[serde(default, deserialize_with = "lenient::text")]
    pub service_provisioned_resource_group: Option<String>,
}

/// The managed network of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedNetwork {
    /// What it lets out.
    #[serde(default, deserialize_with = "lenient::word")]
    pub isolation_mode: Option<IsolationMode>,
    /// The modes that it may still be changed to, as the live service says.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub changeable_isolation_modes: Vec<IsolationMode>,
    /// Its own id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub network_id: Option<String>,
    /// Whether it exists.
    #[serde(default)]
    pub status: Option<ProvisionStatus>,
    /// The firewall's SKU, where there is one.
    #[serde(default, deserialize_with = "lenient::word")]
    pub firewall_sku: Option<FirewallSku>,
    /// `V1` or `V2`; there is no way back to V1.
    #[serde(default, deserialize_with = "lenient::text")]
    pub managed_network_kind: Option<String>,
    /// The firewall's public address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub firewall_public_ip_address: Option<String>,
    /// Whether traffic is watched.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub enable_network_monitor: Option<bool>,
    /// The outbound rules by name.
    #[serde(default, deserialize_with = "lenient::map")]
    pub outbound_rules: BTreeMap<String, OutboundRuleProperties>,
}

/// Whether the managed network exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProvisionStatus {
    /// Active once provisioned.
    #[serde(default, deserialize_with = "lenient::word")]
    pub status: Option<ManagedNetworkStatus>,
    /// Whether serverless Spark may use it.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub spark_ready: Option<bool>,
}

text_enum! {
    /// The Azure Firewall that host name rules need.
    FirewallSku {
        /// The cheaper one.
        Basic = "Basic",
        /// The default.
        Standard = "Standard",
    }
}

/// Encryption with a customer's key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encryption {
    /// `Enabled` or `Disabled`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// The key.
    #[serde(default)]
    pub key_vault_properties: Option<EncryptionKey>,
}

/// A customer's key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EncryptionKey {
    /// The vault.
    #[serde(default, deserialize_with = "lenient::id")]
    pub key_vault_arm_id: Option<ArmId>,
    /// The key's address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub key_identifier: Option<String>,
    /// The identity that reads the key.
    #[serde(default, deserialize_with = "lenient::text")]
    pub identity_client_id: Option<String>,
}

/// Where serverless compute runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerlessCompute {
    /// The subnet.
    #[serde(rename = "serverlessComputeCustomSubnet", default, deserialize_with = "lenient::id")]
    pub custom_subnet: Option<ArmId>,
    /// Whether its nodes have no public address.
    #[serde(rename = "serverlessComputeNoPublicIP", default, deserialize_with = "lenient::flag")]
    pub no_public_ip: Option<bool>,
}

/// What a hub gives to its projects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HubConfig {
    /// More storage accounts.
    #[serde(default, deserialize_with = "lenient::ids")]
    pub additional_workspace_storage_accounts: Vec<ArmId>,
    /// The group that new projects go to.
    #[serde(default, deserialize_with = "lenient::id")]
    pub default_workspace_resource_group: Option<ArmId>,
}

/// The notebook service of a workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotebookInfo {
    /// Its host name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub fqdn: Option<String>,
    /// Whether it is behind a private link.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_private_link_enabled: Option<bool>,
}

impl WorkspaceProperties {
    /// The storage account; of a hub with a list of them the first.
    #[must_use]
    pub fn storage(&self) -> Option<&ArmId> {
        self.storage_account.as_ref().or_else(|| self.storage_accounts.first())
    }

    /// The key vault; of a hub with a list of them the first.
    #[must_use]
    pub fn vault(&self) -> Option<&ArmId> {
        self.key_vault.as_ref().or_else(|| self.key_vaults.first())
    }

    /// The container registry; of a hub with a list of them the first.
    #[must_use]
    pub fn registry(&self) -> Option<&ArmId> {
        self.container_registry.as_ref().or_else(|| self.container_registries.first())
    }
}

impl Workspace {
    /// The kind; absent means Default.
    #[must_use]
    pub fn workspace_kind(&self) -> WorkspaceKind {
        self.kind.as_deref().map_or(WorkspaceKind::Default, WorkspaceKind::parse)
    }

    /// The isolation mode; absent means Disabled.
    #[must_use]
    pub fn isolation_mode(&self) -> IsolationMode {
        let mode = self.properties.managed_network.as_ref().and_then(|n| n.isolation_mode.clone());
        mode.unwrap_or(IsolationMode::Disabled)
    }

    /// Whether the managed network exists; none when the service does not say.
    #[must_use]
    pub fn managed_network_status(&self) -> Option<&ManagedNetworkStatus> {
        self.properties.managed_network.as_ref()?.status.as_ref()?.status.as_ref()
    }

    /// Inbound from the internet; absent means Enabled.
    #[must_use]
    pub fn public_network_access(&self) -> PublicNetworkAccess {
        self.properties.public_network_access.clone().unwrap_or(PublicNetworkAccess::Enabled)
    }

    /// How many addresses and ranges public access is narrowed to; none when everybody may come.
    #[must_use]
    pub fn selected_addresses(&self) -> Option<usize> {
        let listed = self.properties.ip_allowlist.len();
        match &self.properties.network_acls {
            Some(rules) if rules.denies_by_default() => Some(rules.ip_rules.len().max(listed)),
            _ => (listed > 0).then_some(listed),
        }
    }

    /// When it was made.
    #[must_use]
    pub fn created_at(&self) -> Option<Timestamp> {
        self.system_data.as_ref().and_then(|d| d.created_at).or(self.properties.creation_time)
    }

    /// Whether a customer's key is used.
    #[must_use]
    pub fn has_customer_key(&self) -> bool {
        self.properties.encryption.as_ref().is_some_and(|encryption| {
            encryption.key_vault_properties.is_some()
                && !encryption.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case("Disabled"))
        })
    }

    /// The vault of the customer's key.
    #[must_use]
    pub fn encryption_vault(&self) -> Option<&ArmId> {
        self.properties.encryption.as_ref()?.key_vault_properties.as_ref()?.key_vault_arm_id.as_ref()
    }
}

/// Reads one workspace.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::WORKSPACES)
}

/// Lists the workspaces of a subscription.
#[must_use]
pub fn list(subscription_id: &str) -> Request {
    let scope = ArmId::subscription(subscription_id);
    Request::get(&scope.join("providers/Microsoft.MachineLearningServices/workspaces"), versions::WORKSPACES)
}

/// Switches how the system datastores sign in, and nothing else: a PATCH leaves what it does not name.
#[must_use]
pub fn set_auth_mode(id: &ArmId, mode: &AuthMode) -> Request {
    let body = json!({"properties": {"systemDatastoresAuthMode": mode.as_str()}});
    Request::arm(Method::Patch, id, versions::WORKSPACES).body(body).repeatable()
}

/// What the service offers in a subscription: [`api_versions`] reads the answer.
#[must_use]
pub fn provider(subscription: &str) -> Request {
    let id = ArmId::subscription(subscription).join("providers/Microsoft.MachineLearningServices");
    Request::get(&id, versions::RESOURCES)
}

/// The versions of the service's own API that a provider's answer offers for workspaces.
#[must_use]
pub fn api_versions(provider: &Value) -> Vec<String> {
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let types = list(provider, "resourceTypes").into_iter();
    types
        .filter(|one| {
            one["resourceType"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("workspaces"))
        })
        .flat_map(|one| list(&one, "apiVersions"))
        .filter_map(|version| version.as_str().map(str::to_owned))
        .collect()
}

/// The action that brings a workspace's keys in step, as rights and the activity log name it.
pub const SYNC_KEYS: &str = "Microsoft.MachineLearningServices/workspaces/resyncKeys/action";

/// Brings the keys that the workspace keeps in step with those of its dependents.
#[must_use]
pub fn resync_keys(id: &ArmId) -> Request {
    Request::arm(Method::Post, &id.join("resyncKeys"), versions::WORKSPACES).repeatable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(properties: serde_json::Value) -> Workspace {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w";
        let mut body = json!({ "id": id });
        body["properties"] = properties;
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn what_azure_leaves_out_has_its_documented_meaning() {
        let bare =
            workspace(json!({"managedNetwork": null, "publicNetworkAccess": null, "containerRegistry": ""}));
        assert_eq!(bare.workspace_kind(), WorkspaceKind::Default);
        assert_eq!(bare.isolation_mode(), IsolationMode::Disabled);
        assert_eq!(bare.public_network_access(), PublicNetworkAccess::Enabled);
        assert_eq!(bare.properties.container_registry, None);
        assert_eq!(bare.selected_addresses(), None);
    }

    #[test]
    fn a_hub_with_lists_instead_of_single_dependents_has_the_first_of_each() {
        let base = "/subscriptions/s/resourceGroups/g/providers";
        let account = format!("{base}/Microsoft.Storage/storageAccounts/stfirst");
        let vault = format!("{base}/Microsoft.KeyVault/vaults/kv-first");
        let hub = workspace(json!({
            "storageAccount": null, "keyVault": null, "applicationInsights": null, "containerRegistry": "",
            "storageAccounts": [account, format!("{base}/Microsoft.Storage/storageAccounts/stother")],
            "keyVaults": [vault], "containerRegistries": null, "privateLinkCount": "2"
        }));
        let properties = &hub.properties;
        assert_eq!(properties.storage().map(ToString::to_string), Some(account));
        assert_eq!(properties.vault().map(ToString::to_string), Some(vault));
        assert_eq!((properties.registry(), properties.private_link_count), (None, Some(2)));
        // A single one goes before the list.
        let both = workspace(json!({
            "keyVault": format!("{base}/Microsoft.KeyVault/vaults/kv-own"),
            "keyVaults": [format!("{base}/Microsoft.KeyVault/vaults/kv-first")]
        }));
        assert_eq!(both.properties.vault().map(ArmId::name), Some("kv-own"));
    }

    #[test]
    fn the_auth_mode_is_read_in_every_spelling() {
        for (text, mode) in [
            ("accessKey", AuthMode::AccessKey),
            ("Identity", AuthMode::Identity),
            ("userdelegationsas", AuthMode::UserDelegationSas),
        ] {
            let workspace = workspace(json!({"systemDatastoresAuthMode": text}));
            assert_eq!(workspace.properties.system_datastores_auth_mode, Some(mode));
        }
    }

    #[test]
    fn the_services_own_spellings_are_read() {
        let odd = workspace(json!({"EnableSoftwareBillOfMaterials": true, "allowRoleAssignmentOnRG": false}));
        assert_eq!(odd.properties.enable_software_bill_of_materials, Some(true));
        assert_eq!(odd.properties.allow_role_assignment_on_rg, Some(false));
    }

    #[test]
    fn selected_addresses_come_from_either_list() {
        let listed = workspace(json!({"ipAllowlist": ["203.0.113.0/24"]}));
        assert_eq!(listed.selected_addresses(), Some(1));
        let acls = workspace(json!({"networkAcls": {"defaultAction": "Deny", "ipRules": []}}));
        assert_eq!(acls.selected_addresses(), Some(0));
        let open = workspace(
            json!({"networkAcls": {"defaultAction": "Allow", "ipRules": [{"value": "203.0.113.1"}]}}),
        );
        assert_eq!(open.selected_addresses(), None);
    }

    #[test]
    fn requests_name_the_preview_version_that_has_the_auth_mode() {
        let request = list("0f0e");
        assert_eq!(
            request.path,
            "/subscriptions/0f0e/providers/Microsoft.MachineLearningServices/workspaces"
        );
        assert_eq!(request.api_version(), "2024-10-01-preview");
    }
}
