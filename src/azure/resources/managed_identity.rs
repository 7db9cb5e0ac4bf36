//! User-assigned managed identities: model and requests.

use serde::{Deserialize, Serialize};

use super::common::Resource;
use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// The resource type.
pub const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

/// A user-assigned managed identity.
pub type ManagedIdentity = Resource<ManagedIdentityProperties>;

/// What an identity says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedIdentityProperties {
    /// The object id, which role assignments name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub principal_id: Option<String>,
    /// The client (application) id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub client_id: Option<String>,
    /// Its tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
}

/// Reads an identity.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::MANAGED_IDENTITY)
}
