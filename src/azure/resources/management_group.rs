//! Management groups: model and requests.

use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// A management group.
pub type ManagementGroup = Proxy<ManagementGroupProperties>;

/// What a management group says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagementGroupProperties {
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// Its tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
}

/// Lists the management groups that the caller can see.
#[must_use]
pub fn list() -> Request {
    Request::arm_path(
        Method::Get,
        "/providers/Microsoft.Management/managementGroups",
        versions::MANAGEMENT_GROUPS,
    )
}

/// Reads one management group by its name, which is not its display name.
#[must_use]
pub fn get(name: &str) -> Request {
    Request::get(&ArmId::management_group(name), versions::MANAGEMENT_GROUPS)
}
