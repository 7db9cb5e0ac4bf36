//! Computes of a workspace: a small model, and the list request.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::Resource;
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A compute instance, cluster or attached compute.
pub type Compute = Resource<ComputeProperties>;

/// What a compute says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComputeProperties {
    /// `ComputeInstance`, `AmlCompute`, `Kubernetes`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub compute_type: Option<String>,
    /// Its region, which need not be the workspace's.
    #[serde(default, deserialize_with = "lenient::text")]
    pub compute_location: Option<String>,
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_on: Option<Timestamp>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub modified_on: Option<Timestamp>,
    /// Whether only Microsoft Entra ID signs in.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub disable_local_auth: Option<bool>,
    /// What the kind of compute has.
    #[serde(default)]
    pub properties: Option<ComputeDetail>,
}

/// What instances and clusters say, under one roof: each leaves out what it does not have.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComputeDetail {
    /// The size of its machines.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vm_size: Option<String>,
    /// Of an instance: `Running`, `Stopped`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub state: Option<String>,
    /// Of a cluster: `Dedicated` or `LowPriority`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub vm_priority: Option<String>,
    /// Of a cluster: nodes now.
    #[serde(default, deserialize_with = "lenient::number")]
    pub current_node_count: Option<i64>,
    /// Of a cluster: nodes to come.
    #[serde(default, deserialize_with = "lenient::number")]
    pub target_node_count: Option<i64>,
    /// Of a cluster: `Steady` or `Resizing`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub allocation_state: Option<String>,
}

/// Lists the computes of a workspace.
#[must_use]
pub fn list(workspace: &ArmId) -> Request {
    Request::get(&workspace.join("computes"), versions::COMPUTES)
}
