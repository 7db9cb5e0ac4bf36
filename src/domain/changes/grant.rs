//! A role given to a principal at a scope.

use jiff::Timestamp;

use super::Setting;
use super::requests::{carried_out, minute};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::pim::{self, Asked, End, Family};
use crate::azure::resources::role_assignment::{self, PrincipalType, RoleAssignmentProperties};
use crate::domain::access::{Condition, Roles};
use crate::domain::plan::{Back, Check, Compare, Expect, Kind, Plan, Step, Undo, Weight, in_force_step};
use crate::domain::roles::{self, BuiltIn};

/// The right to give roles.
const GIVE: &str = "Microsoft.Authorization/roleAssignments/write";
/// The right to give roles with an end.
const GIVE_WITH_END: &str = "Microsoft.Authorization/roleAssignmentScheduleRequests/write";
/// The right to make somebody eligible.
const GIVE_ELIGIBLE: &str = "Microsoft.Authorization/roleEligibilityScheduleRequests/write";

/// What PIM is told when nobody gave a reason: its policies want one for every assignment unless they were changed.
pub(super) const REASON: &str = "Changed with amldeck";

/// Who gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The object id.
    pub id: String,
    /// The name that people know.
    pub name: String,
    /// What it is.
    pub kind: PrincipalKind,
}

impl Who {
    /// What role assignments call it.
    #[must_use]
    pub fn principal_type(&self) -> PrincipalType {
        match &self.kind {
            PrincipalKind::User | PrincipalKind::Guest => PrincipalType::User,
            PrincipalKind::Group => PrincipalType::Group,
            PrincipalKind::Application | PrincipalKind::ManagedIdentity => PrincipalType::ServicePrincipal,
            PrincipalKind::ForeignGroup => PrincipalType::ForeignGroup,
            PrincipalKind::Device => PrincipalType::Device,
            PrincipalKind::Other(text) => PrincipalType::parse(text),
        }
    }
}

/// Which role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its GUID.
    pub guid: String,
    /// Its name.
    pub name: String,
}

impl From<BuiltIn> for Role {
    fn from(role: BuiltIn) -> Self {
        Self { guid: role.guid.to_owned(), name: role.name.to_owned() }
    }
}

/// Where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The scope.
    pub id: ArmId,
    /// What people call it.
    pub name: String,
}

impl Place {
    /// A scope under its own name.
    #[must_use]
    pub fn of(id: &ArmId) -> Self {
        Self { id: id.clone(), name: id.name().to_owned() }
    }

    /// Whether it reaches all resource groups of a subscription, or more.
    fn is_wide(&self) -> bool {
        self.id.resource_group().is_none()
    }
}

/// One role to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who gets it.
    pub who: Who,
    /// Which role.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// When it ends; with an end it goes through PIM.
    pub end: Option<Timestamp>,
    /// Not in force but eligible: it has to be activated. Through PIM.
    pub eligible: bool,
    /// The condition, in Azure's language for them.
    pub condition: Option<String>,
    /// What is written about it.
    pub description: Option<String>,
    /// Privileged Identity Management answers there: what it ends by itself is no role without an end.
    pub ends_are_told: bool,
    /// The names of the two requests of PIM, one for the way back; GUIDs that nobody used before.
    pub requests: [String; 2],
}

impl Grant {
    /// A role in force without an end.
    #[must_use]
    pub fn standing(who: Who, role: impl Into<Role>, place: Place) -> Self {
        Self {
            who,
            role: role.into(),
            place,
            end: None,
            eligible: false,
            condition: None,
            description: None,
            ends_are_told: false,
            requests: Default::default(),
        }
    }

    fn by_pim(&self) -> bool {
        self.eligible || self.end.is_some()
    }

    /// The assignment that it makes.
    #[must_use]
    pub fn id(&self) -> ArmId {
        let scope = &self.place.id;
        role_assignment::id(scope, &role_assignment::name(scope, &self.who.id, &self.role.guid))
    }

    /// `Priya Raman has Reader on mlw-fraud-prod`
    fn clause(&self) -> String {
        let has = if self.eligible { "could activate" } else { "has" };
        format!("{} {has} {} on {}", self.who.name, self.role.name, self.place.name)
    }

    /// `Priya Raman has Reader on mlw-fraud-prod no longer`
    fn clause_after(&self) -> String {
        let has = if self.eligible { "can activate" } else { "has" };
        format!("{} {has} {} on {} no longer", self.who.name, self.role.name, self.place.name)
    }

    /// Of an assignment: it has the condition that is wanted.
    fn is_conditioned(&self) -> Expect {
        match &self.condition {
            // What stands in quotation marks in it is compared as it is.
            Some(condition) => Expect::Equals {
                at: "/properties/condition".to_owned(),
                value: condition.as_str().into(),
                by: Compare::Exact,
                or_missing: None,
            },
            None => Expect::equals_or("/properties/condition", "", ""),
        }
    }

    /// Holds unless the assignment of that name is there under another condition: Azure takes a grant for a change of that
    /// one, which neither gives what is wanted beside it nor can be taken back.
    fn overwrites_nothing(&self) -> Check {
        let (who, role, place) = (&self.who.name, &self.role.name, &self.place.name);
        let other = if self.condition.is_some() { "another condition or without one" } else { "a condition" };
        let words = format!(
            "{who} does not have {role} on {place} already under {other}, which this would overwrite: revoke that first"
        );
        let free = Expect::Any(vec![Expect::Absent, self.is_conditioned()]);
        Check::new(role_assignment::get(&self.id()), free, words)
    }

    /// Holds when the assignment is there, whatever its name is, and does not end by itself as far as that is told.
    fn is_there(&self) -> Check {
        let scope = &self.place.id;
        let item = Expect::All(vec![
            Expect::equals("/properties/scope", scope.as_str()),
            Expect::equals("/properties/principalId", self.who.id.as_str()),
            Expect::ends_in("/properties/roleDefinitionId", &self.role.guid),
            self.is_conditioned(),
        ]);
        let expect = Expect::Some { list: "/value".to_owned(), item: Box::new(item) };
        let there =
            Check::new(role_assignment::list_of_principal(scope, &self.who.id), expect, self.clause());
        there.and(self.ends_are_told.then(|| self.does_not_end_early()))
    }

    /// The schedule instance of PIM for this role at this place, and what else is wanted of it.
    fn instance(&self, wanted: impl IntoIterator<Item = Expect>) -> Expect {
        let mut item = vec![
            Expect::equals("/properties/scope", self.place.id.as_str()),
            Expect::equals("/properties/principalId", self.who.id.as_str()),
            Expect::ends_in("/properties/roleDefinitionId", &self.role.guid),
        ];
        item.extend(wanted);
        Expect::Some { list: "/value".to_owned(), item: Box::new(Expect::All(item)) }
    }

    fn instances(&self) -> Request {
        let scope = &self.place.id;
        if self.eligible { pim::eligible_at(scope) } else { pim::active_at(scope) }
    }

    /// What an instance is like that lasts as long as this wants: given and not activated, and not ending before.
    fn lasting(&self) -> Vec<Expect> {
        let mut wanted = Vec::new();
        if !self.eligible {
            wanted.push(Expect::Not(Box::new(Expect::equals("/properties/assignmentType", "Activated"))));
        }
        let end = "/properties/endDateTime";
        match self.end {
            Some(time) => {
                let time = pim::whole_seconds(time);
                wanted.push(Expect::NotBefore { at: end.to_owned(), time });
            }
            // Eligibility without a said end has one by PIM's own default.
            None if self.eligible => {}
            None => wanted.push(Expect::NotBefore { at: end.to_owned(), time: Timestamp::MAX }),
        }
        wanted
    }

    /// Holds when PIM has an instance that lasts as long as this wants.
    fn is_scheduled(&self) -> Check {
        Check::new(self.instances(), self.instance(self.lasting()), self.clause())
    }

    /// Holds when PIM has no instance that ends before this wants it to: Azure makes none longer by giving the role
    /// once more.
    fn does_not_end_early(&self) -> Check {
        let short = Expect::Not(Box::new(Expect::All(self.lasting())));
        let expect = Expect::Not(Box::new(self.instance([short])));
        let (who, role, place) = (&self.who.name, &self.role.name, &self.place.name);
        let words = format!("no {role} that {who} has on {place} ends before that");
        Check::new(self.instances(), expect, words)
    }

    /// Holds when PIM has no such schedule instance.
    fn is_taken(&self) -> Check {
        Check::new(self.instances(), Expect::Not(Box::new(self.instance([]))), self.clause_after())
    }
}

/// The step that gives one role. A repeat finds it there and changes nothing.
#[must_use]
pub fn grant_step(id: &str, grant: &Grant) -> Step {
    if grant.by_pim() { pim_step(id, grant) } else { standing_step(id, grant) }
}

fn standing_step(id: &str, grant: &Grant) -> Step {
    let assignment = grant.id();
    let scope = &grant.place.id;
    let properties = RoleAssignmentProperties {
        role_definition_id: Some(role_assignment::role_at(scope, &grant.role.guid)),
        principal_id: grant.who.id.clone(),
        principal_type: Some(grant.who.principal_type()),
        condition: grant.condition.clone(),
        description: grant.description.clone(),
        ..RoleAssignmentProperties::default()
    };
    let gone = Check::new(
        role_assignment::get(&assignment),
        Expect::Absent,
        format!("the assignment of {} to {} is gone", grant.role.name, grant.who.name),
    );
    let back = Back {
        title: format!("Take {} on {} from {}", grant.role.name, grant.place.name, grant.who.name),
        effect: format!(
            "{} does not have {} on {} by this assignment any more.",
            grant.who.name, grant.role.name, grant.place.name
        ),
        requests: vec![role_assignment::delete(&assignment)],
        already: Some(gone.clone()),
        guard: Some(Check::new(
            role_assignment::get(&assignment),
            grant.is_conditioned(),
            "the assignment has the condition that it was made with",
        )),
        wait: None,
        verify: Some(gone),
        loses: None,
    };
    let ends = grant.ends_are_told.then(|| grant.does_not_end_early());
    Step::send(id, title(grant), effect(grant), role_assignment::put(&assignment, &properties))
        .already(grant.is_there())
        .done_if("RoleAssignmentExists")
        .verify(grant.is_there())
        .guard(grant.overwrites_nothing().and(ends))
        .undo(Undo::By(Box::new(back)))
        .needs(scope, GIVE)
}

fn pim_step(id: &str, grant: &Grant) -> Step {
    let scope = &grant.place.id;
    let role = role_assignment::role_at(scope, &grant.role.guid);
    let asked = Asked {
        scope,
        role: &role,
        principal_id: &grant.who.id,
        justification: Some(grant.description.as_deref().unwrap_or(REASON)),
        ticket: None,
    };
    let (family, right) = if grant.eligible {
        (Family::Eligibility, GIVE_ELIGIBLE)
    } else {
        (Family::Assignment, GIVE_WITH_END)
    };
    let end = match grant.end {
        Some(end) => End::At(end),
        // PIM's own default: eligibility ends after a year unless the policy of the role allows more.
        None => End::After("P365D".to_owned()),
    };
    let [make, take] = &grant.requests;
    let back = Undo::By(Box::new(Back {
        title: format!("Take {} on {} from {}", grant.role.name, grant.place.name, grant.who.name),
        effect: format!("{}.", grant.clause_after()),
        requests: vec![asked.remove(family, take)],
        already: Some(grant.is_taken()),
        guard: None,
        wait: Some(carried_out(scope, family, take, "the role is taken away")),
        verify: Some(grant.is_taken()),
        loses: None,
    }));
    Step::send(id, title(grant), effect(grant), asked.assign(family, make, &end))
        .already(grant.is_scheduled())
        .guard(grant.does_not_end_early())
        .done_if("RoleAssignmentExists")
        .wait(carried_out(scope, family, make, "the role is given"))
        .verify(grant.is_scheduled())
        .undo(back)
        .needs(scope, right)
}

fn title(grant: &Grant) -> String {
    let (who, role, place) = (&grant.who.name, &grant.role.name, &grant.place.name);
    if grant.eligible {
        format!("Make {who} eligible for {role} on {place}")
    } else {
        format!("Give {role} on {place} to {who}")
    }
}

fn effect(grant: &Grant) -> String {
    let end = grant.end.map_or_else(String::new, |end| format!(" until {}", minute(end)));
    let condition = grant.condition.as_deref().map_or_else(String::new, |condition| {
        format!(", only where {}", Condition::parse(condition).in_full(&Roles::default()))
    });
    format!("{}{end}{condition}.", grant.clause())
}

/// The plan that gives roles.
#[must_use]
pub fn grant(
    kind: Kind,
    title: impl Into<String>,
    subject: ArmId,
    grants: &[Grant],
    setting: &Setting,
) -> Plan {
    let mut plan = Plan::new(kind, title, subject);
    setting.mark(&mut plan, grants.iter().map(|grant| (&grant.place.id, grant.place.name.as_str())));
    let mut after = Vec::new();
    for (at, grant) in grants.iter().enumerate() {
        let id = format!("grant-{}", at + 1);
        let step = grant_step(&id, grant);
        let many = grants.len() > 1;
        plan.steps.push(if many { step.optional(true) } else { step });
        after.extend((!grant.eligible).then_some(id));
        warn(&mut plan, grant);
    }
    if !after.is_empty() {
        plan.steps.push(in_force_step("in-force", after));
    }
    plan
}

fn warn(plan: &mut Plan, grant: &Grant) {
    let (who, role, place) = (&grant.who.name, &grant.role.name, &grant.place.name);
    if roles::gives_roles(&grant.role.guid) {
        let text = format!("Who has {role} may give themselves and others any role on {place} and below.");
        plan.warn(Weight::Danger, text);
    }
    if grant.place.is_wide() {
        plan.warn(
            Weight::Caution,
            format!("{place} is no single resource or group: {role} there reaches everything below it."),
        );
    }
    if grant.who.kind == PrincipalKind::Guest {
        plan.warn(Weight::Caution, format!("{who} is a guest from another organisation."));
    }
    if grant.who.kind.is_person() && !grant.eligible && grant.end.is_none() {
        plan.warn(
            Weight::Note,
            format!("{who} is a person: where a group has the role, who joins and who leaves is decided in one place."),
        );
    }
}
