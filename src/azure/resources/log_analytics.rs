//! Log Analytics workspaces: model and requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::{PublicNetworkAccess, Resource, Sku};
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// The resource type.
pub const TYPE: &str = "Microsoft.OperationalInsights/workspaces";

/// A Log Analytics workspace.
pub type LogAnalytics = Resource<LogAnalyticsProperties>;

/// What a Log Analytics workspace says about itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogAnalyticsProperties {
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
    /// Its own GUID, which queries name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub customer_id: Option<String>,
    /// The SKU, which the type keeps here.
    #[serde(default)]
    pub sku: Option<Sku>,
    /// How many days logs are kept.
    #[serde(default, deserialize_with = "lenient::number")]
    pub retention_in_days: Option<i64>,
    /// The daily cap.
    #[serde(default)]
    pub workspace_capping: Option<Capping>,
    /// Whether logs are taken from the internet.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access_for_ingestion: Option<PublicNetworkAccess>,
    /// Whether they can be queried from the internet.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access_for_query: Option<PublicNetworkAccess>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_date: Option<Timestamp>,
}

/// The daily cap of a Log Analytics workspace.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capping {
    /// In gigabytes; -1 is no cap.
    #[serde(default)]
    pub daily_quota_gb: Option<f64>,
}

/// Reads a Log Analytics workspace.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::LOG_ANALYTICS)
}
