//! Subscriptions: model and requests.

use serde::{Deserialize, Serialize};

use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// A subscription; the type has no properties bag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// The full id.
    pub id: ArmId,
    /// The GUID.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub subscription_id: String,
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub display_name: String,
    /// Its tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// Whether it can be used.
    #[serde(default, deserialize_with = "lenient::word")]
    pub state: Option<SubscriptionState>,
    /// How the caller came to see it, such as `RoleBased`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub authorization_source: Option<String>,
}

text_enum! {
    /// Whether a subscription can be used.
    SubscriptionState {
        /// It can.
        Enabled = "Enabled",
        /// It can, but will not for long.
        Warned = "Warned",
        /// A payment is missing.
        PastDue = "PastDue",
        /// Read only.
        Disabled = "Disabled",
        /// Gone.
        Deleted = "Deleted",
    }
}

/// Lists the subscriptions that the caller can see.
#[must_use]
pub fn list() -> Request {
    Request::arm_path(Method::Get, "/subscriptions", versions::SUBSCRIPTIONS)
}

/// Reads one subscription.
#[must_use]
pub fn get(subscription_id: &str) -> Request {
    Request::get(&ArmId::subscription(subscription_id), versions::SUBSCRIPTIONS)
}
