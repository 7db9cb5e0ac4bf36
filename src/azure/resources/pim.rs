//! Privileged Identity Management: who could activate a role, and which assignments end. Instances are
//! what is in force now; schedules and requests are how it came to be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::common::Proxy;
use super::role_assignment::PrincipalType;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
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

/// Lists the caller's own eligible roles at, above and below a scope. It needs no right to read there.
#[must_use]
pub fn eligible_of_caller(scope: &ArmId) -> Request {
    of_caller(scope, "roleEligibilityScheduleInstances")
}

/// Lists the caller's own active assignments, activated ones among them.
#[must_use]
pub fn active_of_caller(scope: &ArmId) -> Request {
    of_caller(scope, "roleAssignmentScheduleInstances")
}

/// Lists the caller's own requests: what became of an activation.
#[must_use]
pub fn requests_of_caller(scope: &ArmId) -> Request {
    of_caller(scope, "roleAssignmentScheduleRequests")
}

fn of_caller(scope: &ArmId, kind: &str) -> Request {
    Request::get(&scope.join(&format!("providers/Microsoft.Authorization/{kind}")), versions::PIM)
        .query("$filter", "asTarget()")
}

/// Whether a role is in force, or could be activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// In force.
    Assignment,
    /// Could be activated.
    Eligibility,
}

impl Family {
    fn kind(self) -> &'static str {
        match self {
            Self::Assignment => "roleAssignmentScheduleRequests",
            Self::Eligibility => "roleEligibilityScheduleRequests",
        }
    }
}

/// When an assignment or an activation ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// At a time.
    At(Timestamp),
    /// After a duration in ISO 8601, such as `PT8H`.
    After(String),
    /// Not by itself.
    Never,
}

/// The second that a time lies in: nobody means more, and it can be read.
#[must_use]
pub fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

impl End {
    fn expiration(&self) -> Value {
        match self {
            Self::At(at) => json!({ "type": "AfterDateTime", "endDateTime": whole_seconds(*at).to_string() }),
            Self::After(duration) => json!({ "type": "AfterDuration", "duration": duration }),
            Self::Never => json!({ "type": "NoExpiration" }),
        }
    }
}

/// What a request of PIM is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Where.
    pub scope: &'a ArmId,
    /// The role, as an assignment at this scope writes it.
    pub role: &'a ArmId,
    /// The principal's object id.
    pub principal_id: &'a str,
    /// Why, where the policy wants it or somebody said it.
    pub justification: Option<&'a str>,
    /// Number and system of a ticket.
    pub ticket: Option<(&'a str, &'a str)>,
}

impl Asked<'_> {
    /// Gives a role, in force or eligible, with an end.
    #[must_use]
    pub fn assign(&self, family: Family, name: &str, end: &End) -> Request {
        let schedule = json!({ "scheduleInfo": { "expiration": end.expiration() } });
        self.request(family, name, "AdminAssign", schedule)
    }

    /// Takes a role that was given so.
    #[must_use]
    pub fn remove(&self, family: Family, name: &str) -> Request {
        self.request(family, name, "AdminRemove", json!({}))
    }

    /// Activates the caller's own eligible role.
    #[must_use]
    pub fn activate(&self, name: &str, eligibility: Option<&ArmId>, end: &End) -> Request {
        let mut more = json!({ "scheduleInfo": { "expiration": end.expiration() } });
        if let Some(schedule) = eligibility {
            more["linkedRoleEligibilityScheduleId"] = Value::from(schedule.name());
        }
        self.request(Family::Assignment, name, "SelfActivate", more)
    }

    /// Gives the caller's own activated role back.
    #[must_use]
    pub fn deactivate(&self, name: &str, eligibility: Option<&ArmId>) -> Request {
        let more = eligibility.map_or_else(
            || json!({}),
            |schedule| json!({ "linkedRoleEligibilityScheduleId": schedule.name() }),
        );
        self.request(Family::Assignment, name, "SelfDeactivate", more)
    }

    fn request(&self, family: Family, name: &str, kind: &str, more: Value) -> Request {
        let id = request_id(self.scope, family, name);
        let mut properties = json!({
            "principalId": self.principal_id,
            "roleDefinitionId": self.role,
            "requestType": kind,
        });
        if let (Some(properties), Value::Object(more)) = (properties.as_object_mut(), more) {
            properties.extend(more);
        }
        if let Some(reason) = self.justification {
            properties["justification"] = Value::from(reason);
        }
        if let Some((number, system)) = self.ticket {
            properties["ticketInfo"] = json!({ "ticketNumber": number, "ticketSystem": system });
        }
        // The name is the request's own: sent twice it is one request.
        Request::arm(Method::Put, &id, versions::PIM).body(json!({ "properties": properties })).repeatable()
    }
}

/// The id of a request.
#[must_use]
pub fn request_id(scope: &ArmId, family: Family, name: &str) -> ArmId {
    scope.join(&format!("providers/Microsoft.Authorization/{}/{name}", family.kind()))
}

/// Reads one request by its id.
#[must_use]
pub fn request(id: &ArmId) -> Request {
    Request::get(id, versions::PIM)
}

/// Withdraws a request that nobody has decided yet. Whoever sent it may do that without a right at the scope.
#[must_use]
pub fn cancel(id: &ArmId) -> Request {
    Request::arm(Method::Post, &id.join("cancel"), versions::PIM)
}

/// Lists the policy of a role at a scope: what an activation and an assignment need.
#[must_use]
pub fn policy(scope: &ArmId, role: &ArmId) -> Request {
    let at = scope.join("providers/Microsoft.Authorization/roleManagementPolicyAssignments");
    Request::get(&at, versions::PIM).query("$filter", format!("roleDefinitionId eq '{role}'"))
}

/// What an activation needs by the policy of its role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivationRules {
    /// The longest duration, in ISO 8601.
    pub longest: Option<String>,
    /// A justification is wanted.
    pub justification: bool,
    /// A ticket is wanted.
    pub ticket: bool,
    /// A sign-in with a second factor is wanted.
    pub second_factor: bool,
    /// Somebody has to approve it.
    pub approval: bool,
}

impl ActivationRules {
    /// Reads the rules from an answer to [`policy`]; `None` when it holds no policy.
    #[must_use]
    pub fn read(answer: &Value) -> Option<Self> {
        let rules = answer.pointer("/value/0/properties/effectiveRules")?.as_array()?;
        let rule = |id: &str| {
            rules.iter().find(|rule| rule["id"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(id)))
        };
        let enabled = |name: &str| {
            let list = rule("Enablement_EndUser_Assignment").and_then(|rule| rule["enabledRules"].as_array());
            list.is_some_and(|list| {
                list.iter().any(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(name)))
            })
        };
        let longest = rule("Expiration_EndUser_Assignment").and_then(|rule| rule["maximumDuration"].as_str());
        let approval = rule("Approval_EndUser_Assignment")
            .and_then(|rule| rule.pointer("/setting/isApprovalRequired"))
            .and_then(Value::as_bool);
        Some(Self {
            longest: longest.map(str::to_owned),
            justification: enabled("Justification"),
            ticket: enabled("Ticketing"),
            second_factor: enabled("MultiFactorAuthentication"),
            approval: approval.unwrap_or(false),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_have_the_shape_of_the_documents() {
        let (scope, role) =
            (ArmId::group("s", "rg"), ArmId::subscription("s").join("providers/x/roleDefinitions/r"));
        let asked = Asked {
            scope: &scope,
            role: &role,
            principal_id: "p",
            justification: Some("incident 12"),
            ticket: Some(("12", "Jira")),
        };
        let schedule = scope.join("providers/x/roleEligibilitySchedules/e");
        let request = asked.activate("n", Some(&schedule), &End::After("PT8H".into()));
        assert!(request.path.ends_with("/roleAssignmentScheduleRequests/n") && request.is_repeatable());
        let body = &request.body.unwrap()["properties"];
        assert_eq!(
            *body,
            json!({"principalId": "p", "roleDefinitionId": role, "requestType": "SelfActivate",
                "linkedRoleEligibilityScheduleId": "e", "justification": "incident 12",
                "ticketInfo": {"ticketNumber": "12", "ticketSystem": "Jira"},
                "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT8H"}}})
        );
        let end = End::At("2026-12-01T00:00:00Z".parse().unwrap());
        let body = asked.assign(Family::Eligibility, "n", &end).body.unwrap();
        assert_eq!(body["properties"]["scheduleInfo"]["expiration"]["endDateTime"], "2026-12-01T00:00:00Z");
    }

    #[test]
    fn the_policy_says_what_an_activation_needs() {
        let answer = json!({"value": [{"properties": {"effectiveRules": [
            {"id": "Enablement_EndUser_Assignment", "enabledRules": ["Justification", "Ticketing"]},
            {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT8H"},
            {"id": "Approval_EndUser_Assignment", "setting": {"isApprovalRequired": true}}]}}]});
        let rules = ActivationRules::read(&answer).unwrap();
        assert_eq!(rules.longest.as_deref(), Some("PT8H"));
        assert!(rules.justification && rules.ticket && rules.approval && !rules.second_factor);
        assert_eq!(ActivationRules::read(&json!({"value": []})), None);
    }
}
