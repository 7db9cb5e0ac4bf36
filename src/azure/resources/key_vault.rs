//! Key vaults: model and requests.

use serde::{Deserialize, Serialize};

use super::common::{Exposed, NetworkRules, PublicNetworkAccess, Resource, Sku};
use super::lenient;
use super::private_endpoint_connection::PrivateEndpointConnection;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// The resource type; workspaces spell it `Microsoft.Keyvault`.
pub const TYPE: &str = "Microsoft.KeyVault/vaults";

/// A key vault.
pub type KeyVault = Resource<VaultProperties>;

/// What a key vault says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultProperties {
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
    /// The SKU, which vaults keep here.
    #[serde(default)]
    pub sku: Option<Sku>,
    /// The tenant whose tokens it takes.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// Whether roles decide (true) or access policies; absent means policies.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub enable_rbac_authorization: Option<bool>,
    /// Access policies.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub access_policies: Vec<AccessPolicy>,
    /// Whether deleted secrets can be recovered.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub enable_soft_delete: Option<bool>,
    /// For how many days.
    #[serde(default, deserialize_with = "lenient::number")]
    pub soft_delete_retention_in_days: Option<i64>,
    /// Whether nobody can purge before that; cannot be turned off again.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub enable_purge_protection: Option<bool>,
    /// Inbound from the internet; absent means Enabled.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Who may come in; absent means everybody.
    #[serde(default)]
    pub network_acls: Option<NetworkRules>,
    /// Private endpoints.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub private_endpoint_connections: Vec<PrivateEndpointConnection>,
    /// Its address.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vault_uri: Option<String>,
}

/// What one principal may do in a vault without RBAC.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessPolicy {
    /// The principal's tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// The principal.
    #[serde(default, deserialize_with = "lenient::text")]
    pub object_id: Option<String>,
    /// The application that acts for it, where it is bound to one.
    #[serde(default, deserialize_with = "lenient::text")]
    pub application_id: Option<String>,
    /// What it may do.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub permissions: PolicyPermissions,
}

/// The verbs of an access policy, such as `get` and `list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyPermissions {
    /// On keys.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub keys: Vec<String>,
    /// On secrets.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub secrets: Vec<String>,
    /// On certificates.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub certificates: Vec<String>,
    /// On managed storage.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub storage: Vec<String>,
}

impl KeyVault {
    /// Whether roles decide who may read secrets; absent means access policies do.
    #[must_use]
    pub fn uses_rbac(&self) -> bool {
        self.properties.enable_rbac_authorization.unwrap_or(false)
    }

    /// Whether nobody can purge it before its time.
    #[must_use]
    pub fn has_purge_protection(&self) -> bool {
        self.properties.enable_purge_protection.unwrap_or(false)
    }
}

impl Exposed for KeyVault {
    fn inbound(&self) -> (Option<&PublicNetworkAccess>, Option<&NetworkRules>) {
        (self.properties.public_network_access.as_ref(), self.properties.network_acls.as_ref())
    }
}

/// Reads a vault.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::KEY_VAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_vault_is_open_and_on_policies() {
        let vault = KeyVault::new(ArmId::subscription("s"), VaultProperties::default());
        assert!(!vault.uses_rbac() && !vault.has_purge_protection() && vault.is_open_to_internet());
    }
}
