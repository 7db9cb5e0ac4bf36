//! Private endpoint connections: the same shape on workspaces, storage accounts, vaults and registries.

use serde::{Deserialize, Serialize};

use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;

/// One private endpoint that is connected to a resource, or asks to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateEndpointConnection {
    /// The connection's own id, below the resource.
    #[serde(default, deserialize_with = "lenient::id")]
    pub id: Option<ArmId>,
    /// Its name; vaults leave it out.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: Option<String>,
    /// The connection.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub properties: ConnectionProperties,
}

/// The connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionProperties {
    /// The private endpoint, which may be in any subscription.
    #[serde(default)]
    pub private_endpoint: Option<EndpointReference>,
    /// Whether it was approved.
    #[serde(default)]
    pub private_link_service_connection_state: Option<ConnectionState>,
    /// The parts that it reaches, such as `blob`; storage and vaults leave it out.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub group_ids: Vec<String>,
    /// Where the connection stands.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
}

/// A private endpoint by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointReference {
    /// The id.
    #[serde(default, deserialize_with = "lenient::id")]
    pub id: Option<ArmId>,
}

/// Whether a connection was approved, and what was said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionState {
    /// Approved, Pending, Rejected, ...
    #[serde(default, deserialize_with = "lenient::word")]
    pub status: Option<ConnectionStatus>,
    /// What was said with it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// What is still to do; `None` as a word means nothing.
    #[serde(default, deserialize_with = "lenient::text")]
    pub actions_required: Option<String>,
}

text_enum! {
    /// Whether a private endpoint connection may carry traffic.
    ConnectionStatus {
        /// It may.
        Approved = "Approved",
        /// Somebody must approve it first.
        Pending = "Pending",
        /// Somebody refused it.
        Rejected = "Rejected",
        /// The endpoint is gone.
        Disconnected = "Disconnected",
        /// It timed out.
        Timeout = "Timeout",
    }
}

impl PrivateEndpointConnection {
    /// Whether it was approved; none when the service does not say.
    #[must_use]
    pub fn status(&self) -> Option<&ConnectionStatus> {
        self.properties.private_link_service_connection_state.as_ref()?.status.as_ref()
    }

    /// Whether it carries traffic.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.status() == Some(&ConnectionStatus::Approved)
    }

    /// Whether it waits for somebody's approval.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status() == Some(&ConnectionStatus::Pending)
    }

    /// The private endpoint on the other side.
    #[must_use]
    pub fn endpoint(&self) -> Option<&ArmId> {
        self.properties.private_endpoint.as_ref()?.id.as_ref()
    }
}

/// How many of these connections are approved.
#[must_use]
pub fn approved(connections: &[PrivateEndpointConnection]) -> usize {
    connections.iter().filter(|c| c.is_approved()).count()
}
