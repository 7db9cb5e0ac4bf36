//! Online and batch endpoints of a workspace: a small model, and the list requests.

use serde::{Deserialize, Serialize};

use super::common::Resource;
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// An endpoint; its identity is in the envelope.
pub type Endpoint = Resource<EndpointProperties>;

/// What an endpoint says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EndpointProperties {
    /// `Key`, `AMLToken` or `AADToken`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub auth_mode: Option<String>,
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
}

/// Lists the online endpoints of a workspace.
#[must_use]
pub fn list_online(workspace: &ArmId) -> Request {
    Request::get(&workspace.join("onlineEndpoints"), versions::ML_ASSETS)
}

/// Lists the batch endpoints of a workspace.
#[must_use]
pub fn list_batch(workspace: &ArmId) -> Request {
    Request::get(&workspace.join("batchEndpoints"), versions::ML_ASSETS)
}
