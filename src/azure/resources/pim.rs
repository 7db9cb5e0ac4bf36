//! Privileged Identity Management: who could activate a role, and which assignments end. Instances are
//! what is in force now; schedules and requests are how it came to be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::role_assignment::PrincipalType;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A role that a principal could activate.
pub type EligibilityInstance = Proxy<ScheduleInstance>;

/// A role assignment that PIM made or keeps, with its end.
pub type AssignmentInstance = Proxy<ScheduleInstance>;

/// What eligible and active instances have in common, and what only the active ones have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduleInstance {
    /// Where it is in force.
    #[serde(default, deserialize_with = "lenient::id")]
    pub scope: Option<ArmId>,
    /// The role; compare its GUID only.
    #[serde(default, deserialize_with = "lenient::id")]
    pub role_definition_id: Option<ArmId>,
    /// The principal's object id.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub principal_id: String,
    /// What the principal is.
    #[serde(default, deserialize_with = "lenient::word")]
    pub principal_type: Option<PrincipalType>,
    /// `Provisioned`, `Accepted`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub status: Option<String>,
    /// When it begins.
    #[serde(default, deserialize_with = "lenient::time")]
    pub start_date_time: Option<Timestamp>,
    /// When it ends; absent means it does not.
    #[serde(default, deserialize_with = "lenient::time")]
    pub end_date_time: Option<Timestamp>,
    /// Whether the principal has it itself or through a group.
    #[serde(default, deserialize_with = "lenient::text")]
    pub member_type: Option<String>,
    /// The condition.
    #[serde(default, deserialize_with = "lenient::text")]
    pub condition: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_on: Option<Timestamp>,
    /// Of an eligible one: the schedule behind it.
    #[serde(default, deserialize_with = "lenient::id")]
    pub role_eligibility_schedule_id: Option<ArmId>,
    /// Of an active one: the role assignment that it is.
    #[serde(default, deserialize_with = "lenient::id")]
    pub origin_role_assignment_id: Option<ArmId>,
    /// Of an active one: assigned, or activated by the principal.
    #[serde(default, deserialize_with = "lenient::word")]
    pub assignment_type: Option<AssignmentType>,
    /// Of an activated one: the eligibility that it came from.
    #[serde(default, deserialize_with = "lenient::id")]
    pub linked_role_eligibility_schedule_id: Option<ArmId>,
    /// Names that the service adds.
    #[serde(default)]
    pub expanded_properties: Option<ExpandedProperties>,
}

text_enum! {
    /// How an active assignment came to be.
    AssignmentType {
        /// Somebody assigned it.
        Assigned = "Assigned",
        /// The principal activated an eligible role.
        Activated = "Activated",
    }
}

/// Names that the service adds, so that no directory needs to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpandedProperties {
    /// The scope.
    #[serde(default)]
    pub scope: Option<Expanded>,
    /// The role.
    #[serde(default)]
    pub role_definition: Option<Expanded>,
    /// The principal.
    #[serde(default)]
    pub principal: Option<Expanded>,
}

/// One name that the service adds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expanded {
    /// The id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: Option<String>,
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::text")]
    pub display_name: Option<String>,
    /// The address of a person.
    #[serde(default, deserialize_with = "lenient::text")]
    pub email: Option<String>,
    /// What it is.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub item_type: Option<String>,
}

fn list(scope: &ArmId, kind: &str) -> Request {
    Request::get(&scope.join(&format!("providers/Microsoft.Authorization/{kind}")), versions::PIM)
        .query("$filter", "atScope()")
}

/// Lists who could activate a role at or above a scope.
#[must_use]
pub fn eligible_at(scope: &ArmId) -> Request {
    list(scope, "roleEligibilityScheduleInstances")
}

/// Lists the assignments at or above a scope that PIM knows, with their ends.
#[must_use]
pub fn active_at(scope: &ArmId) -> Request {
    list(scope, "roleAssignmentScheduleInstances")
}
