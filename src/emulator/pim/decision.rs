//! What a request of Privileged Identity Management comes to, by what there is already and by the policy of the role. Nothing
//! is done here.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::policies::{Brought, Policy};
use super::requests::{Asked, refuse};
use super::{Family, Grant, derived};
use crate::emulator::authorization::unlocked;
use crate::emulator::reply::ArmError;
use crate::emulator::request::Call;
use crate::emulator::world::World;

/// How long an activation lasts at least before it can be given back.
const SHORTEST: f64 = 300.0;
/// A request that has not been decided, or not begun.
pub(super) const PENDING: [&str; 3] = ["PendingApproval", "PendingAdminDecision", "PendingProvisioning"];

/// What a request comes to.
pub(super) enum Step {
    /// The grant is made, instead of an older one, by virtue of an eligible one.
    Give { from: Option<Value>, instead: Option<Value> },
    /// A grant ends.
    Take(Value),
    /// Somebody has to decide first.
    Wait { status: &'static str, approval: Option<(Value, i64)> },
    /// A lock keeps the role assignment that would go.
    Locked,
}

/// What there is of a family about the same grant: an instance, a schedule that has not begun, or a role assignment
/// that nobody scheduled.
fn existing(world: &World, family: Family, grant: &Grant) -> Option<Value> {
    let hung = |word: &str| world.store.hung(&format!("{}{word}", family.stem()), &grant.scope, false, false);
    let written = hung("ScheduleInstances").into_iter().chain(hung("Schedules"));
    let found = written.map(|one| Value::clone(one)).find(|one| Grant::of(one).same(grant));
    found.or_else(|| {
        let derived = derived(world, family, "ScheduleInstances", &grant.scope, false, false);
        derived.into_iter().find(|one| Grant::of(one).same(grant))
    })
}

/// The eligible instance that lets somebody activate a role at a scope: at it or above it, own or of a group.
pub(super) fn eligible(world: &World, grant: &Grant) -> Option<Value> {
    let mut principals = vec![grant.principal.to_ascii_lowercase()];
    principals
        .extend(world.directory.groups_above(&grant.principal).into_iter().map(str::to_ascii_lowercase));
    let found = world.store.hung("roleEligibilityScheduleInstances", &grant.scope, true, false);
    found
        .into_iter()
        .find(|one| {
            let of = Grant::of(one);
            of.role == grant.role && principals.contains(&of.principal.to_ascii_lowercase())
        })
        .map(|one| Value::clone(one))
}

/// The refusal of what breaks these rules of a role's policy.
pub(super) fn breaks(rules: &[&str]) -> ArmError {
    refuse(
        "RoleAssignmentRequestPolicyValidationFailed",
        format!("The following policy rules failed: {}", json!(rules)),
    )
}

/// Refuses when there are broken rules.
fn keeps(broken: &[&str]) -> Result<(), ArmError> {
    if broken.is_empty() { Ok(()) } else { Err(breaks(broken)) }
}

/// Judges a request without doing anything.
///
/// # Errors
/// What the role's policy does not allow; grants that are there already, or are not.
pub(super) fn decide(world: &World, call: &Call, asked: &Asked) -> Result<Step, ArmError> {
    let request = Request {
        world,
        call,
        asked,
        there: existing(world, asked.family, &asked.grant),
        brought: brought(world, call, asked),
    };
    match (asked.family, asked.kind.as_str()) {
        (_, "adminassign") => request.assign(),
        (_, "adminupdate" | "adminextend" | "adminrenew") => request.change(),
        (_, "adminremove") => Ok(request.take(request.there()?)),
        (Family::Assignment, "selfactivate") => request.activate(),
        (Family::Assignment, "selfdeactivate") => request.deactivate(),
        (_, "selfextend") => request.extend(),
        (_, "selfrenew") => request.renew(),
        (_, other) => {
            Err(refuse("InvalidRequestType", format!("The request type '{other}' is not valid here.")))
        }
    }
}

/// What a request brings of what a policy may want.
fn brought(world: &World, call: &Call, asked: &Asked) -> Brought {
    let has = |value: &Value| value.as_str().is_some_and(|text| !text.trim().is_empty());
    let single = world.store.personas.values().any(|persona| {
        !persona.multi_factor && persona.object_id.eq_ignore_ascii_case(&call.caller.object_id)
    });
    Brought {
        justification: has(&asked.given["justification"]),
        ticket: has(&asked.given["ticketInfo"]["ticketNumber"]),
        multi_factor: !single,
        long: asked.end.map(|end| asked.start.duration_until(end)),
    }
}

/// A request beside what it is judged by.
struct Request<'a> {
    world: &'a World,
    call: &'a Call,
    asked: &'a Asked,
    /// What there is already about the same grant.
    there: Option<Value>,
    brought: Brought,
}

impl Request<'_> {
    /// What there is already, for a request that needs it.
    fn there(&self) -> Result<Value, ArmError> {
        self.there.clone().ok_or_else(absent)
    }

    /// Refuses what there is already.
    fn is_new(&self) -> Result<(), ArmError> {
        if self.there.is_none() { Ok(()) } else { Err(exists()) }
    }

    /// Refuses a second request while one about the same grant waits.
    fn is_alone(&self) -> Result<(), ArmError> {
        let Asked { family, grant, .. } = self.asked;
        let kind = format!("{}ScheduleRequests", family.stem());
        let pending = self.world.store.hung(&kind, &grant.scope, false, false).into_iter().any(|request| {
            let status = request["properties"]["status"].as_str().unwrap_or_default();
            PENDING.contains(&status) && Grant::of(request).same(grant)
        });
        if !pending {
            return Ok(());
        }
        Err(refuse(
            "PendingRoleAssignmentRequest",
            "There is already an existing pending Role assignment request.",
        ))
    }

    /// Refuses what the policy at a scope does not let this caller do.
    fn keeps(&self, policy: &Policy, caller: &str) -> Result<(), ArmError> {
        let level = match self.asked.family {
            Family::Eligibility => "Eligibility",
            Family::Assignment => "Assignment",
        };
        keeps(&policy.broken(caller, level, self.brought))
    }

    fn keeps_as_admin(&self) -> Result<(), ArmError> {
        let grant = &self.asked.grant;
        self.keeps(&Policy::of(self.world, &grant.scope, &grant.role), "Admin")
    }

    /// An administrator assigns.
    fn assign(&self) -> Result<Step, ArmError> {
        self.is_alone()?;
        self.is_new()?;
        self.keeps_as_admin()?;
        Ok(Step::Give { from: None, instead: None })
    }

    /// An administrator changes how long a grant lasts.
    fn change(&self) -> Result<Step, ArmError> {
        let instead = Some(self.there()?);
        self.keeps_as_admin()?;
        Ok(Step::Give { from: None, instead })
    }

    /// Somebody activates an eligible role of their own: by the policy of where it is eligible.
    fn activate(&self) -> Result<Step, ArmError> {
        let grant = &self.asked.grant;
        let from = eligible(self.world, grant).ok_or_else(|| breaks(&["EligibilityRule"]))?;
        self.is_alone()?;
        self.is_new()?;
        let of = from["properties"]["scope"].as_str().unwrap_or_default();
        let policy = Policy::of(self.world, of, &grant.role);
        self.keeps(&policy, "EndUser")?;
        Ok(match policy.approval() {
            Some(approval) => Step::Wait { status: "PendingApproval", approval: Some(approval) },
            None => Step::Give { from: Some(from), instead: None },
        })
    }

    /// Somebody gives an active role of their own back.
    fn deactivate(&self) -> Result<Step, ArmError> {
        let active = self.there()?;
        if active["properties"]["assignmentType"] != "Activated" {
            return Err(absent());
        }
        let since = active["properties"]["startDateTime"].as_str().and_then(|text| text.parse().ok());
        let now: Timestamp = self.call.now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let seconds = since.map_or(SHORTEST, |since: Timestamp| since.duration_until(now).as_secs_f64());
        if seconds * self.world.settings.speed < SHORTEST {
            return Err(refuse(
                "ActiveDurationTooShort",
                "The Active duration is too short. Miniumum Required is 5 minutes.",
            ));
        }
        Ok(self.take(active))
    }

    /// Somebody asks for more of what ends.
    fn extend(&self) -> Result<Step, ArmError> {
        self.is_alone()?;
        if !self.there()?["properties"]["endDateTime"].is_string() {
            return Err(exists());
        }
        self.wait_for_an_admin()
    }

    /// Somebody asks for what has ended.
    fn renew(&self) -> Result<Step, ArmError> {
        self.is_alone()?;
        self.is_new()?;
        self.wait_for_an_admin()
    }

    fn wait_for_an_admin(&self) -> Result<Step, ArmError> {
        if !self.brought.justification {
            return Err(breaks(&["JustificationRule"]));
        }
        Ok(Step::Wait { status: "PendingAdminDecision", approval: None })
    }

    /// Takes away what there is. What a lock keeps from being deleted is the role assignment; an eligible role has none.
    fn take(&self, found: Value) -> Step {
        let is_assignment = self.asked.family == Family::Assignment;
        let kept = is_assignment && unlocked(self.world, self.call, &self.call.path.id(), true).is_err();
        if kept { Step::Locked } else { Step::Take(found) }
    }
}

fn absent() -> ArmError {
    refuse("RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
}

fn exists() -> ArmError {
    refuse("RoleAssignmentExists", "The Role assignment already exists.")
}
