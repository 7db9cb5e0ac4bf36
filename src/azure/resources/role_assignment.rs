//! Role assignments: model and requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A role assignment.
pub type RoleAssignment = Proxy<RoleAssignmentProperties>;

/// Who has which role where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignmentProperties {
    /// The role. Written with the prefix of the subscription that was asked, whatever the scope:
    /// compare its GUID only.
    #[serde(default, deserialize_with = "lenient::id")]
    pub role_definition_id: Option<ArmId>,
    /// The principal's object id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub principal_id: String,
    /// What the principal is; very old versions leave it out.
    #[serde(default, deserialize_with = "lenient::word")]
    pub principal_type: Option<PrincipalType>,
    /// Where it is in force, and below.
    #[serde(default, deserialize_with = "lenient::id")]
    pub scope: Option<ArmId>,
    /// The condition, in Azure's language for them.
    #[serde(default, deserialize_with = "lenient::text")]
    pub condition: Option<String>,
    /// `2.0`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub condition_version: Option<String>,
    /// What somebody wrote about it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_on: Option<Timestamp>,
    /// The object id of who made it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_by: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated_on: Option<Timestamp>,
    /// The object id of who changed it.
    #[serde(default, deserialize_with = "lenient::text")]
    pub updated_by: Option<String>,
    /// The managed identity of another tenant that it stands for.
    #[serde(default, deserialize_with = "lenient::id")]
    pub delegated_managed_identity_resource_id: Option<ArmId>,
}

text_enum! {
    /// What a principal is, as role assignments say it.
    PrincipalType {
        /// A person.
        User = "User",
        /// A group.
        Group = "Group",
        /// An application or a managed identity.
        ServicePrincipal = "ServicePrincipal",
        /// A group of another tenant.
        ForeignGroup = "ForeignGroup",
        /// A device.
        Device = "Device",
    }
}

fn request(scope: &ArmId) -> Request {
    Request::get(&scope.join("providers/Microsoft.Authorization/roleAssignments"), versions::AUTHORIZATION)
}

/// Lists what is in force at a scope: assigned there or above it.
#[must_use]
pub fn list_at(scope: &ArmId) -> Request {
    request(scope).query("$filter", "atScope()")
}

/// Lists everything at, above and below a scope.
#[must_use]
pub fn list_around(scope: &ArmId) -> Request {
    request(scope)
}

/// Lists what one principal has itself, at, above and below a scope.
#[must_use]
pub fn list_of_principal(scope: &ArmId, principal_id: &str) -> Request {
    request(scope).query("$filter", format!("principalId eq '{principal_id}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_decides_how_far_a_list_looks() {
        let scope = ArmId::group("s", "g");
        assert_eq!(
            list_at(&scope).path,
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments"
        );
        assert!(list_at(&scope).query.iter().any(|(k, v)| k == "$filter" && v == "atScope()"));
        assert!(!list_around(&scope).query.iter().any(|(k, _)| k == "$filter"));
    }
}
