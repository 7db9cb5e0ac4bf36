//! What a role, or the caller, may do: the four lists of action patterns.

use serde::{Deserialize, Serialize};

use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// Four lists of patterns, `*` anywhere, without regard to case. What is in a `not` list is taken out
/// of the list beside it, and out of no other role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// Management actions.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub actions: Vec<String>,
    /// Taken out of them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub not_actions: Vec<String>,
    /// Data actions.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub data_actions: Vec<String>,
    /// Taken out of them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub not_data_actions: Vec<String>,
    /// What must hold besides, in the language of conditions of role assignments: some built-in roles let assign only
    /// certain roles. There since [`versions::ROLE_DEFINITIONS`]; it cannot be set.
    #[serde(default, deserialize_with = "lenient::text", skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}

/// Lists what the caller itself may do at a scope, group memberships included.
#[must_use]
pub fn list(scope: &ArmId) -> Request {
    Request::get(&scope.join("providers/Microsoft.Authorization/permissions"), versions::AUTHORIZATION)
}
