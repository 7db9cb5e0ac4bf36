//! Role assignments: model and requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::common::Proxy;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
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

/// Lists what is assigned at a scope, above it and below it: without a filter the service leaves nothing out.
#[must_use]
pub fn list_around(scope: &ArmId) -> Request {
    request(scope)
}

/// Lists what one principal has itself, at, above and below a scope.
#[must_use]
pub fn list_of_principal(scope: &ArmId, principal_id: &str) -> Request {
    request(scope).query("$filter", format!("principalId eq '{principal_id}'"))
}

/// The namespace in which ARM's and Bicep's `guid()` makes its names.
const NAMES: uuid::Uuid = uuid::uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");

/// The name of the assignment of a role to a principal at a scope: a GUID that follows from the three, as
/// `guid(scope, principal, role)` gives it for texts in lower case, so that asking twice makes one assignment. `role` is
/// the role's GUID.
#[must_use]
pub fn name(scope: &ArmId, principal_id: &str, role: &str) -> String {
    let text = format!("{scope}-{principal_id}-{role}").to_ascii_lowercase();
    uuid::Uuid::new_v5(&NAMES, text.as_bytes()).to_string()
}

/// The id of the assignment of this name at a scope.
#[must_use]
pub fn id(scope: &ArmId, name: &str) -> ArmId {
    scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{name}"))
}

/// The id of a role as an assignment at this scope writes it.
#[must_use]
pub fn role_at(scope: &ArmId, role: &str) -> ArmId {
    let base = scope.subscription_id().map_or_else(ArmId::root, ArmId::subscription);
    base.join(&format!("providers/Microsoft.Authorization/roleDefinitions/{role}"))
}

/// Reads one assignment.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::AUTHORIZATION)
}

/// Writes an assignment. Only what a client may set is sent; the type of the principal always is, because without it
/// a principal that was just made is refused as unknown.
#[must_use]
pub fn put(id: &ArmId, assignment: &RoleAssignmentProperties) -> Request {
    let mut properties = Map::new();
    let mut set = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            properties.insert(name.to_owned(), Value::from(value));
        }
    };
    set("roleDefinitionId", assignment.role_definition_id.as_ref().map(ArmId::as_str));
    set("principalId", Some(&assignment.principal_id));
    set("principalType", assignment.principal_type.as_ref().map(PrincipalType::as_str));
    set("condition", assignment.condition.as_deref());
    let version = assignment.condition.as_ref().map(|_| "2.0");
    set(
        "conditionVersion",
        assignment.condition_version.as_deref().or(version).filter(|_| version.is_some()),
    );
    set("description", assignment.description.as_deref());
    let delegated = assignment.delegated_managed_identity_resource_id.as_ref();
    set("delegatedManagedIdentityResourceId", delegated.map(ArmId::as_str));
    Request::arm(Method::Put, id, versions::AUTHORIZATION)
        .body(json!({ "properties": properties }))
        .repeatable()
}

/// Deletes an assignment.
#[must_use]
pub fn delete(id: &ArmId) -> Request {
    Request::arm(Method::Delete, id, versions::AUTHORIZATION).repeatable()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_guid_and_does_not_care_for_case() {
        let scope = ArmId::group("s", "rg");
        let made = name(&scope, "P", "R");
        assert_eq!(made, name(&ArmId::group("S", "RG"), "p", "r"));
        let text = "/subscriptions/s/resourcegroups/rg-p-r";
        assert_eq!(made, uuid::Uuid::new_v5(&NAMES, text.as_bytes()).to_string());
        assert_ne!(made, name(&scope, "P", "R2"));
    }

    #[test]
    fn a_put_sends_what_a_client_may_set_and_nothing_else() {
        let assignment = RoleAssignmentProperties {
            role_definition_id: Some(role_at(&ArmId::group("s", "rg"), "r")),
            principal_id: "p".into(),
            principal_type: Some(PrincipalType::Group),
            created_by: Some("somebody".into()),
            scope: Some(ArmId::group("s", "rg")),
            ..RoleAssignmentProperties::default()
        };
        let request = put(&id(&ArmId::group("s", "rg"), "n"), &assignment);
        assert_eq!(
            request.body.unwrap(),
            json!({"properties": {"principalId": "p", "principalType": "Group",
                "roleDefinitionId": "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r"}})
        );
        assert!(
            role_at(&ArmId::management_group("m"), "r")
                .as_str()
                .starts_with("/providers/Microsoft.Authorization/")
        );
    }

    #[test]
    fn the_filter_decides_how_far_a_list_looks() {
        let scope = ArmId::group("s", "g");
        assert_eq!(
            list_at(&scope).path,
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments"
        );
        assert!(list_at(&scope).query.iter().any(|(k, v)| k == "$filter" && v == "atScope()"));
        let of_one = list_of_principal(&scope, "p");
        assert!(of_one.query.iter().any(|(k, v)| k == "$filter" && v == "principalId eq 'p'"));
    }
}
