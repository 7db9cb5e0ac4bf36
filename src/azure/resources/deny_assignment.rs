//! Deny assignments: model and request. Azure makes them for managed applications, deployment stacks
//! and customers' keys; nobody can make one by hand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::lenient;
use super::permissions::Permission;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A deny assignment.
pub type DenyAssignment = Proxy<DenyAssignmentProperties>;

/// Who may not do what where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DenyAssignmentProperties {
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::text")]
    pub deny_assignment_name: Option<String>,
    /// Why it is there.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// What is denied.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub permissions: Vec<Permission>,
    /// Where.
    #[serde(default, deserialize_with = "lenient::id")]
    pub scope: Option<ArmId>,
    /// Whether it stops at its own scope.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub do_not_apply_to_child_scopes: Option<bool>,
    /// To whom; the all-zero GUID with type `SystemDefined` is everybody.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub principals: Vec<DeniedPrincipal>,
    /// But not to these.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub exclude_principals: Vec<DeniedPrincipal>,
    /// Whether Azure keeps it, whatever anybody does.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_system_protected: Option<bool>,
    /// The condition.
    #[serde(default, deserialize_with = "lenient::text")]
    pub condition: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_on: Option<Timestamp>,
    /// Who made it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_by: Option<String>,
}

/// A principal as a deny assignment names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeniedPrincipal {
    /// The object id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// `User`, `Group`, `ServicePrincipal`, `SystemDefined`.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub principal_type: Option<String>,
    /// The name, which the service mostly leaves out.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
}

impl DeniedPrincipal {
    /// Whether it stands for everybody.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.id.as_deref().is_some_and(|id| id.bytes().all(|b| b == b'0' || b == b'-'))
    }
}

/// Lists the deny assignments at and above a scope.
#[must_use]
pub fn list_at(scope: &ArmId) -> Request {
    Request::get(&scope.join("providers/Microsoft.Authorization/denyAssignments"), versions::AUTHORIZATION)
        .query("$filter", "atScope()")
}
