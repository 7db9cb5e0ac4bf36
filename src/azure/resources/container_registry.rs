//! Container registries: model and requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::{Exposed, NetworkRules, PublicNetworkAccess, Resource};
use super::lenient;
use super::private_endpoint_connection::PrivateEndpointConnection;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// The resource type.
pub const TYPE: &str = "Microsoft.ContainerRegistry/registries";

/// A container registry.
pub type ContainerRegistry = Resource<RegistryProperties>;

/// What a registry says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistryProperties {
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
    /// Its host name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub login_server: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub creation_date: Option<Timestamp>,
    /// Whether the shared admin user can sign in.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub admin_user_enabled: Option<bool>,
    /// Whether anybody may pull.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub anonymous_pull_enabled: Option<bool>,
    /// Inbound from the internet; absent means Enabled.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Who may come in; absent means everybody.
    #[serde(default)]
    pub network_rule_set: Option<NetworkRules>,
    /// Private endpoints; only the Premium SKU has them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub private_endpoint_connections: Vec<PrivateEndpointConnection>,
    /// `Enabled` or `Disabled`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub zone_redundancy: Option<String>,
}

impl ContainerRegistry {
    /// Whether the shared admin user can sign in.
    #[must_use]
    pub fn admin_user(&self) -> bool {
        self.properties.admin_user_enabled.unwrap_or(false)
    }
}

impl Exposed for ContainerRegistry {
    fn inbound(&self) -> (Option<&PublicNetworkAccess>, Option<&NetworkRules>) {
        (self.properties.public_network_access.as_ref(), self.properties.network_rule_set.as_ref())
    }
}

/// Reads a registry.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::CONTAINER_REGISTRY)
}
