//! Application Insights components: model and requests. The service writes most names with a large
//! first letter.

use serde::{Deserialize, Serialize};

use super::common::{PublicNetworkAccess, Resource};
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// The resource type; workspaces spell it `Microsoft.insights`.
pub const TYPE: &str = "Microsoft.Insights/components";

/// An Application Insights component.
pub type AppInsights = Resource<AppInsightsProperties>;

/// What a component says about itself. Its connection string and instrumentation key are left out on
/// purpose: they are secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppInsightsProperties {
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
    /// The Log Analytics workspace behind it; a classic component has none.
    #[serde(
        rename = "WorkspaceResourceId",
        alias = "workspaceResourceId",
        default,
        deserialize_with = "lenient::id"
    )]
    pub workspace_resource_id: Option<ArmId>,
    /// `ApplicationInsights` (classic), `LogAnalytics` or `ApplicationInsightsWithDiagnosticSettings`.
    #[serde(rename = "IngestionMode", alias = "ingestionMode", default, deserialize_with = "lenient::text")]
    pub ingestion_mode: Option<String>,
    /// How many days telemetry is kept.
    #[serde(
        rename = "RetentionInDays",
        alias = "retentionInDays",
        default,
        deserialize_with = "lenient::number"
    )]
    pub retention_in_days: Option<i64>,
    /// Whether telemetry is taken from the internet.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access_for_ingestion: Option<PublicNetworkAccess>,
    /// Whether it can be queried from the internet.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access_for_query: Option<PublicNetworkAccess>,
    /// Whether only Microsoft Entra ID signs in.
    #[serde(
        rename = "DisableLocalAuth",
        alias = "disableLocalAuth",
        default,
        deserialize_with = "lenient::flag"
    )]
    pub disable_local_auth: Option<bool>,
}

/// Reads a component.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::APP_INSIGHTS)
}
