//! Management locks: model and request.

use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A management lock.
pub type Lock = Proxy<LockProperties>;

/// What a lock forbids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockProperties {
    /// How much it forbids.
    #[serde(default, deserialize_with = "lenient::word")]
    pub level: Option<LockLevel>,
    /// What somebody wrote about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub notes: Option<String>,
}

text_enum! {
    /// How much a lock forbids.
    LockLevel {
        /// Deleting.
        CanNotDelete = "CanNotDelete",
        /// Deleting and changing.
        ReadOnly = "ReadOnly",
    }
}

/// Lists the locks at a scope and below it, as the REST reference says.
#[must_use]
pub fn list_below(scope: &ArmId) -> Request {
    Request::get(&scope.join("providers/Microsoft.Authorization/locks"), versions::LOCKS)
}

/// Lists the locks in force at a scope: there and above. Without the filter the answer may leave out what is above
/// (the REST reference says that it holds the scope and what is below it).
#[must_use]
pub fn list(scope: &ArmId) -> Request {
    Request::get(&scope.join("providers/Microsoft.Authorization/locks"), versions::LOCKS)
        .query("$filter", "atScope()")
}
