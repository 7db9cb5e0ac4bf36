//! Tenants that the caller can sign in to: model and request.

use serde::{Deserialize, Serialize};

use super::lenient;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// A tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tenant {
    /// The GUID.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub tenant_id: String,
    /// The name, where the caller may read it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// Such as `contoso.onmicrosoft.com`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub default_domain: Option<String>,
    /// `Home`, `ProjectedBy` or `ManagedBy`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_category: Option<String>,
}

/// Lists the tenants of the caller.
#[must_use]
pub fn list() -> Request {
    Request::arm_path(Method::Get, "/tenants", versions::SUBSCRIPTIONS)
}
