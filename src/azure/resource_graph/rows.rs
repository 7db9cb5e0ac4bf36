//! What the queries give: a model for the rows of each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::{ProvisioningState, PublicNetworkAccess};
use crate::azure::resources::lenient;
use crate::azure::resources::workspace::{AuthMode, IsolationMode, ManagedNetworkStatus, WorkspaceKind};

/// A workspace as the inventory wants it: what Resource Graph gives for [`super::workspaces`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceRow {
    /// The full id.
    pub id: ArmId,
    /// The region.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub location: String,
    /// The kind; absent means Default.
    #[serde(default, deserialize_with = "lenient::word")]
    pub kind: Option<WorkspaceKind>,
    /// Tags.
    #[serde(default, deserialize_with = "lenient::map")]
    pub tags: BTreeMap<String, String>,
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::word")]
    pub provisioning_state: Option<ProvisioningState>,
    /// The display name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub friendly_name: Option<String>,
    /// The isolation mode; absent means Disabled.
    #[serde(default, deserialize_with = "lenient::word")]
    pub isolation_mode: Option<IsolationMode>,
    /// Whether the managed network exists.
    #[serde(default, deserialize_with = "lenient::word")]
    pub network_status: Option<ManagedNetworkStatus>,
    /// Inbound from the internet; absent means Enabled.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access: Option<PublicNetworkAccess>,
    /// How the system datastores sign in. Absent means unknown here: the version that Resource Graph
    /// reads with may not have the property.
    #[serde(default, deserialize_with = "lenient::word")]
    pub auth_mode: Option<AuthMode>,
    /// Whether the workspace speaks the old API.
    #[serde(default, rename = "v1LegacyMode", deserialize_with = "lenient::flag")]
    pub v1_legacy_mode: Option<bool>,
    /// The storage account.
    #[serde(default, deserialize_with = "lenient::id")]
    pub storage_account: Option<ArmId>,
    /// The key vault.
    #[serde(default, deserialize_with = "lenient::id")]
    pub key_vault: Option<ArmId>,
    /// Application Insights.
    #[serde(default, deserialize_with = "lenient::id")]
    pub application_insights: Option<ArmId>,
    /// The registry.
    #[serde(default, deserialize_with = "lenient::id")]
    pub container_registry: Option<ArmId>,
    /// The hub of a project.
    #[serde(default, deserialize_with = "lenient::id")]
    pub hub_resource_id: Option<ArmId>,
    /// The object id of the system-assigned identity.
    #[serde(default, deserialize_with = "lenient::text")]
    pub principal_id: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_at: Option<Timestamp>,
}

/// A resource of which only the id is asked: what Resource Graph gives for [`super::of_types`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IdRow {
    /// The full id.
    pub id: ArmId,
}

/// What depends on others: what Resource Graph gives for [`super::uses_of`], all of it texts, empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UseRow {
    /// The full id.
    pub id: ArmId,
    /// Its user-assigned identities: a JSON object by id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub identities: String,
    /// Everything else, by column.
    #[serde(flatten)]
    pub others: std::collections::BTreeMap<String, serde_json::Value>,
}

impl UseRow {
    /// What it depends on.
    #[must_use]
    pub fn uses(&self) -> Vec<ArmId> {
        let identities: Option<serde_json::Map<String, serde_json::Value>> =
            serde_json::from_str(&self.identities).ok();
        let identities = identities.into_iter().flat_map(|all| all.into_iter().map(|(id, _)| id));
        let others = self.others.values().filter_map(|value| value.as_str().map(str::to_owned));
        others.chain(identities).filter_map(|id| ArmId::parse(&id).ok()).collect()
    }
}

/// A workspace on an account: what Resource Graph gives for [`super::workspaces_on`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnAccountRow {
    /// The full id.
    pub id: ArmId,
    /// How its system datastores sign in; absent means unknown, as in [`WorkspaceRow::auth_mode`].
    #[serde(default, deserialize_with = "lenient::word")]
    pub auth_mode: Option<AuthMode>,
}

/// A subscription or a resource group: what Resource Graph gives for [`super::containers`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerRow {
    /// The full id; its shape tells which of the two it is.
    pub id: ArmId,
    /// The name: of a subscription the one that people know.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// The region of a group.
    #[serde(default, deserialize_with = "lenient::text")]
    pub location: Option<String>,
    /// The state of a subscription.
    #[serde(default, deserialize_with = "lenient::text")]
    pub state: Option<String>,
    /// The management groups above a subscription, nearest first.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub management_groups: Vec<ManagementGroupRow>,
}

/// A management group above a subscription.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagementGroupRow {
    /// The name, as ids have it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
}
