//! One's own eligible role activated for a time, and given back.

use jiff::{SignedDuration, Timestamp};

use super::Setting;
use super::grant::{Place, Role};
use super::requests::{own_is_carried_out, own_is_withdrawn, own_waits, spoken};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::pim::{self, Asked, End, Family};
use crate::azure::resources::role_assignment;
use crate::domain::plan::{Back, Check, Expect, Kind, Plan, Step, Undo, Wait, Weight};

/// After how many seconds PIM gives up a request that nobody approves: a day, by its documentation.
const APPROVAL_AT_MOST: u32 = 24 * 3_600;
/// How long somebody usually takes to approve, in seconds: a guess, for the bar.
const APPROVAL_USUALLY: u32 = 3_600;
/// How much earlier an activation may end and still be what was asked for, in minutes.
const AS_GOOD_AS: SignedDuration = SignedDuration::from_mins(5);
/// How long PIM usually takes where nobody has to approve, in seconds.
const ACTIVE_USUALLY: u32 = 30;

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
    /// When it would end if it began now.
    pub until: Timestamp,
    /// Why.
    pub justification: String,
    /// Number and system of a ticket, where the policy wants one.
    pub ticket: Option<(String, String)>,
    /// Somebody has to approve it.
    pub approval: bool,
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
    let [make, _] = &activation.requests;
    let end = End::After(activation.duration.clone());
    let request = asked.activate(make, activation.eligibility.as_ref(), &end);
    let no_longer = Check {
        expect: Expect::Not(Box::new(active(activation, None).expect)),
        words: format!("{role} on {place} is not active for you any more"),
        ..active(activation, None)
    };
    let until = activation.until.checked_sub(AS_GOOD_AS).unwrap_or(activation.until);
    // Azure makes an activation no longer by another one.
    let none_yet = Check {
        words: format!("{role} on {place} is not active for you already for a shorter time"),
        ..no_longer.clone()
    };
    let length = spoken(&activation.duration);
    let step = Step::send(
        "activate",
        format!("Activate {role} on {place} for {length}"),
        format!("You have {role} on {place} for {length}."),
        request,
    )
    .already(active(activation, Some(until)))
    .guard(none_yet)
    .wait(in_force(activation))
    .undo(Undo::By(Box::new(deactivation(activation, &asked, no_longer))))
    .withdraw(withdrawal(activation));
    let title = format!("Activate {role} on {place}");
    let mut plan = Plan::new(Kind::Activation, title, scope.clone());
    plan.subject_name.clone_from(place);
    setting.mark(&mut plan, [(scope, place.as_str())]);
    if activation.approval {
        let text = "Somebody has to approve it: it is not in force at once, and who approves reads the reason. \
                    The console may be closed meanwhile.";
        plan.warn(Weight::Caution, text);
    }
    plan.steps.push(step);
    plan
}

/// The way back of an activation, which holds once the role is not active any more.
fn deactivation(activation: &Activation, asked: &Asked<'_>, no_longer: Check) -> Back {
    let (role, place) = (&activation.role.name, &activation.place.name);
    Back {
        title: format!("Deactivate {role} on {place}"),
        effect: format!("{}.", no_longer.words),
        requests: vec![asked.deactivate(&activation.requests[1], activation.eligibility.as_ref())],
        already: Some(no_longer.clone()),
        guard: None,
        wait: None,
        verify: Some(no_longer),
        loses: None,
    }
}

/// The way back while the activation still waits for somebody.
fn withdrawal(activation: &Activation) -> Back {
    let (scope, place, role) = (&activation.place.id, &activation.place.name, &activation.role.name);
    let make = &activation.requests[0];
    Back {
        title: format!("Withdraw the request for {role} on {place}"),
        effect: format!("Nobody is asked any more to approve {role} on {place} for you."),
        requests: vec![pim::cancel(&pim::request_id(scope, Family::Assignment, make))],
        already: Some(own_is_withdrawn(scope, make)),
        guard: Some(own_waits(scope, make)),
        wait: None,
        verify: Some(own_is_withdrawn(scope, make)),
        loses: None,
    }
}

/// The wait until the role is in force: where somebody has to approve it, until they have.
fn in_force(activation: &Activation) -> Wait {
    let (reason, typical) = if activation.approval {
        ("somebody has approved it and the role is active", APPROVAL_USUALLY)
    } else {
        ("the role is active", ACTIVE_USUALLY)
    };
    Wait {
        reason: reason.to_owned(),
        typical,
        at_most: APPROVAL_AT_MOST,
        until: Some(own_is_carried_out(&activation.place.id, &activation.requests[0])),
        after: Vec::new(),
        since: None,
    }
}

/// Holds when the role is active for the caller, at least until a time where one is given.
fn active(activation: &Activation, until: Option<Timestamp>) -> Check {
    let scope = &activation.place.id;
    let mut item = vec![
        Expect::equals("/properties/scope", scope.as_str()),
        Expect::equals("/properties/principalId", activation.me.as_str()),
        Expect::ends_in("/properties/roleDefinitionId", &activation.role.guid),
        Expect::equals("/properties/assignmentType", "Activated"),
    ];
    item.extend(until.map(|time| Expect::NotBefore { at: "/properties/endDateTime".to_owned(), time }));
    let expect = Expect::Some { list: "/value".to_owned(), item: Box::new(Expect::All(item)) };
    let words = format!("{} on {} is active for you", activation.role.name, activation.place.name);
    Check::new(pim::active_of_caller(scope), expect, words)
}
