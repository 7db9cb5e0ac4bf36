//! What a role assignment and a role that could be activated have in common.

use jiff::Timestamp;

use crate::azure::arm::id::ArmId;
use crate::azure::resources::pim::EligibilityInstance;
use crate::azure::resources::role_assignment::{PrincipalType, RoleAssignment};

/// Who has, or could have, which role where.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// The assignment, or the instance of its eligibility.
    pub id: &'a ArmId,
    /// Where.
    pub scope: Option<&'a ArmId>,
    /// The role definition; compare its GUID only.
    pub role: Option<&'a ArmId>,
    /// Whose, by object id.
    pub principal_id: &'a str,
    /// What the principal is.
    pub principal_type: Option<&'a PrincipalType>,
    /// The condition.
    pub condition: Option<&'a str>,
    /// When it was made.
    pub created_on: Option<Timestamp>,
}

impl<'a> From<&'a RoleAssignment> for Held<'a> {
    fn from(assignment: &'a RoleAssignment) -> Self {
        let properties = &assignment.properties;
        Self {
            id: &assignment.id,
            scope: properties.scope.as_ref(),
            role: properties.role_definition_id.as_ref(),
            principal_id: &properties.principal_id,
            principal_type: properties.principal_type.as_ref(),
            condition: properties.condition.as_deref(),
            created_on: properties.created_on,
        }
    }
}

impl<'a> From<&'a EligibilityInstance> for Held<'a> {
    fn from(instance: &'a EligibilityInstance) -> Self {
        let properties = &instance.properties;
        Self {
            id: &instance.id,
            scope: properties.scope.as_ref(),
            role: properties.role_definition_id.as_ref(),
            principal_id: &properties.principal_id,
            principal_type: properties.principal_type.as_ref(),
            condition: properties.condition.as_deref(),
            created_on: properties.created_on,
        }
    }
}
