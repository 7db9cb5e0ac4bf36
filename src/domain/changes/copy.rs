//! One principal's roles given to another.

use jiff::Timestamp;

use super::Setting;
use super::grant::{Grant, Place, Role, Who, grant};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::azure::safe_text::is_altered;
use crate::domain::plan::{Kind, Plan, Weight};

/// A role that the one has, to be given to the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    /// The assignment.
    pub assignment: RoleAssignment,
    /// The role's name.
    pub role: String,
    /// What people call the scope.
    pub place: String,
    /// When it ends by itself: the other's ends then too.
    pub end: Option<Timestamp>,
    /// The names of the two requests of PIM, one for the way back; GUIDs that nobody used before.
    pub requests: [String; 2],
}

/// The plan that gives `to` roles that `from` has, each as an assignment of its own. Groups are only named: joining
/// them is done in the directory.
#[must_use]
pub fn copy(
    subject: ArmId,
    from: &Who,
    to: &Who,
    has: &[Copied],
    groups: &[String],
    setting: &Setting,
) -> Plan {
    let mut grants: Vec<Grant> = Vec::new();
    let (mut unread, mut bound) = (Vec::new(), Vec::new());
    // What one has without an end is not given with one.
    let (lasting, ending): (Vec<&Copied>, Vec<&Copied>) = has.iter().partition(|one| one.end.is_none());
    for one in lasting.into_iter().chain(ending) {
        let properties = &one.assignment.properties;
        if properties.condition.as_deref().is_some_and(is_altered) {
            unread.push(format!("{} on {}", one.role, one.place));
            continue;
        }
        let (Some(scope), Some(role)) = (&properties.scope, &properties.role_definition_id) else { continue };
        let role = Role { guid: role.name().to_ascii_lowercase(), name: one.role.clone() };
        let place = Place { id: scope.clone(), name: one.place.clone() };
        if one.end.is_some() && properties.condition.is_some() {
            bound.push(format!("{} on {}", one.role, one.place));
            continue;
        }
        let grant = Grant {
            end: one.end,
            ends_are_told: setting.ends_are_told,
            requests: one.requests.clone(),
            condition: properties.condition.clone(),
            description: properties.description.clone().filter(|text| !is_altered(text)),
            ..Grant::standing(to.clone(), role, place)
        };
        if !grants.iter().any(|known| known.id() == grant.id()) {
            grants.push(grant);
        }
    }
    let title = format!("Give {} what {} has", to.name, from.name);
    let mut plan = grant(Kind::Copy, title, subject, &grants, setting);
    if !unread.is_empty() {
        let text = "Left out, because the condition holds text that is not shown as it is: grant by itself";
        plan.warn(Weight::Caution, format!("{text} {}.", unread.join(", ")));
    }
    if !bound.is_empty() {
        let text = "Left out, because of an end and a condition at once: grant by itself";
        plan.warn(Weight::Caution, format!("{text} {}.", bound.join(", ")));
    }
    if !groups.is_empty() {
        plan.warn(
            Weight::Caution,
            format!(
                "{} has roles by groups: {}. Adding {} to them is done in the directory, and no part of this.",
                from.name,
                groups.join(", "),
                to.name
            ),
        );
    }
    plan
}
