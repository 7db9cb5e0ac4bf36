//! One's own eligible role activated for a time, and given back.

use super::Setting;
use super::grant::{Place, Role};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::pim::{self, Asked, End};
use crate::azure::resources::role_assignment;
use crate::domain::plan::{Back, Check, Expect, Kind, Plan, Step, Undo, Wait};

/// Words of a request's status that mean that it is in force.
const GRANTED: [&str; 3] = ["Provisioned", "Granted", "ScheduleCreated"];
/// Words that mean that it will not be.
const REFUSED: [&str; 8] = [
    "Denied",
    "AdminDenied",
    "Failed",
    "FailedAsResourceIsLocked",
    "Canceled",
    "TimedOut",
    "Invalid",
    "Revoked",
];
/// After how many seconds PIM gives up a request that nobody approves: a day, by its documentation.
const APPROVAL_AT_MOST: u32 = 24 * 3_600;

/// An activation to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// The caller's own object id.
    pub me: String,
    /// The role.
    pub role: Role,
    /// Where it is eligible.
    pub place: Place,
    /// The eligibility schedule behind it.
    pub eligibility: Option<ArmId>,
    /// For how long, in ISO 8601: `PT8H`.
    pub duration: String,
    /// Why.
    pub justification: String,
    /// Number and system of a ticket, where the policy wants one.
    pub ticket: Option<(String, String)>,
    /// The names of the two requests, one for giving it back; GUIDs that nobody used before.
    pub requests: [String; 2],
}

/// The plan that activates a role.
#[must_use]
pub fn activate(activation: &Activation, setting: &Setting) -> Plan {
    let (scope, place, role) = (&activation.place.id, &activation.place.name, &activation.role.name);
    let definition = role_assignment::role_at(scope, &activation.role.guid);
    let justification = Some(activation.justification.as_str()).filter(|text| !text.trim().is_empty());
    let asked = Asked {
        scope,
        role: &definition,
        principal_id: &activation.me,
        justification,
        ticket: activation.ticket.as_ref().map(|(number, system)| (number.as_str(), system.as_str())),
    };
    let [make, take] = &activation.requests;
    let end = End::After(activation.duration.clone());
    let request = asked.activate(make, activation.eligibility.as_ref(), &end);
    let back = Back {
        title: format!("Give {role} on {place} back"),
        effect: format!("{role} on {place} is not active for you any more."),
        requests: vec![asked.deactivate(take, activation.eligibility.as_ref())],
        already: Some(Check {
            expect: Expect::Not(Box::new(active(activation).expect)),
            ..active(activation)
        }),
        guard: None,
        wait: None,
        verify: None,
    };
    let wait = Wait {
        reason: "the activation is approved and in force".to_owned(),
        typical: 30,
        at_most: APPROVAL_AT_MOST,
        until: Some(has_status(activation, make, &GRANTED)),
        after: Vec::new(),
    };
    let step = Step::send(
        "activate",
        format!("Activate {role} on {place} for {}", activation.duration),
        format!("You have {role} on {place} for {}.", activation.duration),
        request,
    )
    .already(active(activation))
    .done_if("RoleAssignmentExists")
    .wait(wait)
    .undo(Undo::By(Box::new(back)));
    let title = format!("Activate {role} on {place}");
    let mut plan = Plan::new(Kind::Activation, title, scope.clone());
    plan.subject_name.clone_from(place);
    setting.mark(&mut plan);
    plan.steps.push(step);
    plan
}

/// Holds when the role is active for the caller.
fn active(activation: &Activation) -> Check {
    let scope = &activation.place.id;
    let item = Expect::All(vec![
        Expect::equals("/properties/scope", scope.as_str()),
        Expect::equals("/properties/principalId", activation.me.as_str()),
        Expect::ends_in("/properties/roleDefinitionId", &activation.role.guid),
        Expect::equals("/properties/assignmentType", "Activated"),
    ]);
    let expect = Expect::Some { list: "/value".to_owned(), item: Box::new(item) };
    let words = format!("{} on {} is active for you", activation.role.name, activation.place.name);
    Check::new(pim::active_of_caller(scope), expect, words)
}

/// Holds when the request of this name has one of these words for its status. The list of one's own requests needs no
/// right at the scope, which who is only eligible does not have.
fn has_status(activation: &Activation, name: &str, words: &[&str]) -> Check {
    let with = |words: &[&str]| {
        let any = words.iter().map(|word| Expect::equals("/properties/status", *word)).collect();
        let item = Expect::All(vec![Expect::equals("/name", name), Expect::Any(any)]);
        Expect::Some { list: "/value".to_owned(), item: Box::new(item) }
    };
    let read = pim::requests_of_caller(&activation.place.id);
    Check::new(read, with(words), "the request is granted").never(with(&REFUSED))
}
