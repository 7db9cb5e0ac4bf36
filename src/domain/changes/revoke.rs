//! Roles taken away, so that they can be given back as they were.

use super::Setting;
use super::grant::{REASON, Who};
use super::requests::carried_out;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::pim::{self, Asked, End, Family};
use crate::azure::resources::role_assignment::{self, RoleAssignment};
use crate::azure::safe_text::is_altered;
use crate::domain::plan::{Back, Check, Compare, Expect, Kind, Plan, Step, Undo, Weight};
use crate::domain::roles;

/// An assignment that is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Existing {
    /// The assignment, as it was read.
    pub assignment: RoleAssignment,
    /// Whose it is.
    pub who: Who,
    /// The role's name.
    pub role: String,
    /// What people call the scope.
    pub place: String,
    /// When PIM ends it; such a one is taken through PIM, which would give it again otherwise.
    pub pim: Option<End>,
    /// Why it cannot be given back as it was, as a sentence; none where it can.
    pub one_way: Option<String>,
    /// The names of the two requests of PIM, one for the way back; GUIDs that nobody used before.
    pub requests: [String; 2],
}

impl Existing {
    fn scope(&self) -> ArmId {
        self.assignment.properties.scope.clone().unwrap_or_else(ArmId::root)
    }

    fn role_guid(&self) -> &str {
        self.assignment.properties.role_definition_id.as_ref().map_or("", ArmId::name)
    }

    /// The way back, or why there is none.
    fn undo(&self, back: Back) -> Undo {
        match &self.one_way {
            Some(why) => Undo::OneWay(why.clone()),
            None => Undo::By(Box::new(back)),
        }
    }
}

/// The plan that takes roles away.
#[must_use]
pub fn revoke(subject: ArmId, existing: &[Existing], setting: &Setting) -> Plan {
    let title = match existing {
        [one] => format!("Take {} on {} from {}", one.role, one.place, one.who.name),
        several => format!("Take {} role assignments", several.len()),
    };
    let mut plan = Plan::new(Kind::Revoke, title, subject);
    let scopes: Vec<ArmId> = existing.iter().map(Existing::scope).collect();
    setting.mark(&mut plan, scopes.iter().zip(existing.iter().map(|one| one.place.as_str())));
    for (at, one) in existing.iter().enumerate() {
        let id = format!("revoke-{}", at + 1);
        let step = if one.pim.is_some() { scheduled_step(&id, one) } else { standing_step(&id, one) };
        plan.steps.push(if existing.len() > 1 { step.optional(true) } else { step });
        warn(&mut plan, one, setting);
    }
    plan
}

fn standing_step(id: &str, one: &Existing) -> Step {
    let assignment = &one.assignment;
    let read = role_assignment::get(&assignment.id);
    let gone = Check::new(read.clone(), Expect::Absent, "the assignment is gone");
    let properties = &assignment.properties;
    let mut same = vec![Expect::equals("/properties/principalId", properties.principal_id.as_str())];
    same.push(Expect::ends_in("/properties/roleDefinitionId", one.role_guid()));
    // What stands in quotation marks in a condition is compared as it is.
    same.push(Expect::Equals {
        at: "/properties/condition".to_owned(),
        value: properties.condition.clone().unwrap_or_default().into(),
        by: Compare::Exact,
        or_missing: Some("".into()),
    });
    let unchanged = Check::new(read, Expect::All(same), "the assignment is as it was when the plan was made");
    let back = Back {
        title: format!("Give {} on {} back to {}", one.role, one.place, one.who.name),
        effect: format!("{} has {} on {} again, by the same assignment.", one.who.name, one.role, one.place),
        requests: vec![role_assignment::put(&assignment.id, properties)],
        already: Some(unchanged.clone()),
        guard: Some(Check { words: "no other assignment has taken its place".to_owned(), ..gone.clone() }),
        wait: None,
        verify: Some(unchanged.clone()),
        loses: None,
    };
    Step::send(id, title(one), effect(one), role_assignment::delete(&assignment.id))
        .already(gone.clone())
        .guard(unchanged)
        .verify(gone)
        .undo(if is_read_whole(assignment) { one.undo(back) } else { not_read_whole(one) })
        .needs(&one.scope(), "Microsoft.Authorization/roleAssignments/delete")
}

/// Whether what the way back writes is what was there: not when its condition or description holds a masked secret or a
/// sign that stands for another.
fn is_read_whole(assignment: &RoleAssignment) -> bool {
    let properties = &assignment.properties;
    ![&properties.condition, &properties.description].into_iter().flatten().any(|text| is_altered(text))
}

fn not_read_whole(one: &Existing) -> Undo {
    Undo::OneWay(format!(
        "The assignment holds text that is not shown as it is, in its condition or its description, so it cannot be given \
         back as it was. Grant {} on {} to {} anew instead.",
        one.role, one.place, one.who.name
    ))
}

fn scheduled_step(id: &str, one: &Existing) -> Step {
    let (scope, principal) = (one.scope(), one.assignment.properties.principal_id.as_str());
    let role = role_assignment::role_at(&scope, one.role_guid());
    let asked = Asked {
        scope: &scope,
        role: &role,
        principal_id: principal,
        justification: Some(REASON),
        ticket: None,
    };
    let item = Expect::All(vec![
        Expect::equals("/properties/scope", scope.as_str()),
        Expect::equals("/properties/principalId", principal),
        Expect::ends_in("/properties/roleDefinitionId", one.role_guid()),
    ]);
    let there = Expect::Some { list: "/value".to_owned(), item: Box::new(item) };
    let read = pim::active_at(&scope);
    let has = format!("{} has {} on {}", one.who.name, one.role, one.place);
    let is_there = Check::new(read.clone(), there.clone(), has.clone());
    let is_gone = Check::new(read, Expect::Not(Box::new(there)), format!("{has} no longer"));
    let [take, make] = &one.requests;
    let end = one.pim.clone().unwrap_or(End::Never);
    let back = Back {
        title: format!("Give {} on {} back to {}", one.role, one.place, one.who.name),
        effect: format!("{} has {} on {} again, with the same end.", one.who.name, one.role, one.place),
        requests: vec![asked.assign(Family::Assignment, make, &end)],
        already: Some(is_there.clone()),
        guard: None,
        wait: Some(carried_out(&scope, Family::Assignment, make, "the role is given")),
        verify: Some(is_there),
        loses: None,
    };
    Step::send(id, title(one), effect(one), asked.remove(Family::Assignment, take))
        .already(is_gone.clone())
        .done_if("RoleAssignmentDoesNotExist")
        .wait(carried_out(&scope, Family::Assignment, take, "the role is taken away"))
        .verify(is_gone)
        .undo(one.undo(back))
        .needs(&scope, "Microsoft.Authorization/roleAssignmentScheduleRequests/write")
}

fn title(one: &Existing) -> String {
    format!("Take {} on {} from {}", one.role, one.place, one.who.name)
}

fn effect(one: &Existing) -> String {
    format!(
        "{} does not have {} on {} by this assignment any more; what comes by groups or from above stays.",
        one.who.name, one.role, one.place
    )
}

fn warn(plan: &mut Plan, one: &Existing, setting: &Setting) {
    if let Some(why) = &one.one_way {
        plan.warn(Weight::Danger, why.as_str());
    }
    if setting.is_me(&one.who.id) && roles::gives_roles(one.role_guid()) {
        let text = "This takes your own right to give roles: unless you have it by another way, you cannot undo it yourself.";
        plan.warn(Weight::Danger, text);
    }
    if one.who.kind == PrincipalKind::ManagedIdentity {
        let text = format!(
            "{} is a managed identity: what runs under it loses {} on {}, a workspace perhaps its storage or its vault.",
            one.who.name, one.role, one.place
        );
        plan.warn(Weight::Danger, text);
    }
    if one.who.kind == PrincipalKind::Group {
        plan.warn(Weight::Caution, format!("{} is a group: everybody in it loses the role.", one.who.name));
    }
}
