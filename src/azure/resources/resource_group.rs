//! Resource groups: model and requests.

use serde::{Deserialize, Serialize};

use super::common::{ProvisioningState, Resource};
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A resource group.
pub type ResourceGroup = Resource<GroupProperties>;

/// What a group says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupProperties {
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::word")]
    pub provisioning_state: Option<ProvisioningState>,
}

/// Lists the groups of a subscription.
#[must_use]
pub fn list(subscription_id: &str) -> Request {
    Request::get(&ArmId::subscription(subscription_id).join("resourcegroups"), versions::RESOURCES)
}

/// Reads one group.
#[must_use]
pub fn get(group: &ArmId) -> Request {
    Request::get(group, versions::RESOURCES)
}
