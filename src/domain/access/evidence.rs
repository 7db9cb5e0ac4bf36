//! What was read about access, and what could not be: plain facts, gathered by whoever has a client.
//!
//! A role assignment at a management group carries no sign of what lies below it. The service answers the
//! list of a scope with everything in force there, so each list is taken together with the scope that was
//! asked: [`Evidence`] keeps from it which management groups stand above which subscription, and which
//! scopes were read at all. What was not read is never taken for "nobody".

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::memberships::Memberships;
use super::row::Roles;
use super::shared_lists::SharedLists;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::pim::{AssignmentInstance, EligibilityInstance};
use crate::azure::resources::role_assignment::RoleAssignment;

/// The type of a management group's id.
const MANAGEMENT_GROUP: &str = "Microsoft.Management/managementGroups";

/// What was read about access. Assignments and the like are held once, however many lists had them.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    assignments: SharedLists<RoleAssignment>,
    eligible: SharedLists<EligibilityInstance>,
    active: SharedLists<AssignmentInstance>,
    denies: SharedLists<DenyAssignment>,
    /// The role definitions. An assignment whose definition is not in here may allow anything.
    pub roles: Roles,
    /// Who is in which group.
    pub members: Memberships,
    machines: BTreeSet<String>,
    gone: BTreeSet<String>,
    gaps: Vec<Gap>,
    /// The ids that are held, of all four lists.
    held: HashSet<ArmId>,
    /// Which lists were read where.
    read: HashMap<ArmId, HashSet<Listed>>,
    /// The management groups above a subscription or a management group, as lists showed them.
    above: HashMap<ArmId, HashSet<ArmId>>,
}

/// A list that was read at a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Listed {
    Assignments,
    Denies,
    Eligible,
    Active,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// What.
    pub what: GapKind,
    /// Where; none for what has no place, such as the directory.
    pub scope: Option<ArmId>,
    /// Why, in words for a person.
    pub why: String,
}

/// What could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum GapKind {
    /// The role assignments of a scope: whoever seems to have no role may have one.
    Assignments,
    /// The deny assignments of a scope: what seems allowed may be denied.
    Denies,
    /// Who could activate a role: a no may be a "not yet".
    Eligible,
    /// The ends of assignments. Decides nothing, only what is said about them: an assignment that has ended
    /// is not in the list of assignments any more.
    Active,
    /// The members of a group, by its object id.
    Members(String),
    /// Role definitions.
    Definitions,
    /// Names of principals or scopes. Decides nothing.
    Names,
    /// A setting of a dependent that opens a way, such as whether the storage account takes its keys, or what
    /// a project's hub depends on.
    Setting,
    /// The locks at a scope: whether one stands in the way of everybody. Decides nothing about a principal.
    Locks,
    /// What is inherited from management groups. Lists at a scope hold it even where the groups themselves
    /// are hidden, whose names are then [`GapKind::Names`]; this is for a list that left it out.
    Above,
}

impl Gap {
    /// A gap.
    #[must_use]
    pub fn new(what: GapKind, scope: Option<ArmId>, why: impl Into<String>) -> Self {
        Self { what, scope, why: why.into() }
    }

    /// A sentence: what could not be read, where and why. Groups are named by their id.
    #[must_use]
    pub fn words(&self) -> String {
        let what = self.what_words();
        let place = |scope: &ArmId| match scope.subscription_id() {
            // Its name would be a GUID.
            Some(id) if id == scope.name() => " of the subscription".to_owned(),
            _ => format!(" of {}", scope.name()),
        };
        let place = self.scope.as_ref().map(place).unwrap_or_default();
        format!("{what}{place} could not be read: {}", self.why)
    }

    /// What it is that could not be read: `the role assignments`.
    #[must_use]
    pub fn what_words(&self) -> String {
        match &self.what {
            GapKind::Assignments => "the role assignments".to_owned(),
            GapKind::Denies => "the deny assignments".to_owned(),
            GapKind::Eligible => "the eligible roles".to_owned(),
            GapKind::Active => "the ends of role assignments".to_owned(),
            GapKind::Members(group) => format!("the members of the group {group}"),
            GapKind::Definitions => "the role definitions".to_owned(),
            GapKind::Names => "names".to_owned(),
            GapKind::Setting => "a setting".to_owned(),
            GapKind::Locks => "whether a lock stands in the way".to_owned(),
            GapKind::Above => "what is inherited from management groups".to_owned(),
        }
    }
}

impl Evidence {
    /// Takes the role assignments in force at a scope, as the service listed them there (`atScope()`, or
    /// without a filter). An empty list is an answer too.
    pub fn add_assignments(&mut self, at: &ArmId, listed: impl IntoIterator<Item = RoleAssignment>) {
        self.share_assignments(at, Arc::new(listed.into_iter().collect()));
    }

    /// The same of a list that is shared.
    pub fn share_assignments(&mut self, at: &ArmId, listed: Arc<Vec<RoleAssignment>>) {
        self.read(at, Listed::Assignments);
        self.place(at, listed.iter().filter_map(|of| of.properties.scope.as_ref()));
        self.assignments.add(listed, |of| self.held.insert(of.id.clone()));
    }

    /// Takes who could activate a role at a scope.
    pub fn add_eligible(&mut self, at: &ArmId, listed: impl IntoIterator<Item = EligibilityInstance>) {
        self.share_eligible(at, Arc::new(listed.into_iter().collect()));
    }

    /// The same of a list that is shared.
    pub fn share_eligible(&mut self, at: &ArmId, listed: Arc<Vec<EligibilityInstance>>) {
        self.read(at, Listed::Eligible);
        self.place(at, listed.iter().filter_map(|of| of.properties.scope.as_ref()));
        self.eligible.add(listed, |of| self.held.insert(of.id.clone()));
    }

    /// Takes the assignments that PIM keeps at a scope, for their ends.
    pub fn add_active(&mut self, at: &ArmId, listed: impl IntoIterator<Item = AssignmentInstance>) {
        self.share_active(at, Arc::new(listed.into_iter().collect()));
    }

    /// The same of a list that is shared.
    pub fn share_active(&mut self, at: &ArmId, listed: Arc<Vec<AssignmentInstance>>) {
        self.read(at, Listed::Active);
        self.place(at, listed.iter().filter_map(|of| of.properties.scope.as_ref()));
        self.active.add(listed, |of| self.held.insert(of.id.clone()));
    }

    /// Takes the deny assignments in force at a scope.
    pub fn add_denies(&mut self, at: &ArmId, listed: impl IntoIterator<Item = DenyAssignment>) {
        self.share_denies(at, Arc::new(listed.into_iter().collect()));
    }

    /// The same of a list that is shared.
    pub fn share_denies(&mut self, at: &ArmId, listed: Arc<Vec<DenyAssignment>>) {
        self.read(at, Listed::Denies);
        self.place(at, listed.iter().filter_map(|of| of.properties.scope.as_ref()));
        self.denies.add(listed, |of| self.held.insert(of.id.clone()));
    }

    /// Takes that a principal is an application or an identity, by its object id: it cannot go through the
    /// steps of activating a role, so that no role is ever eligible for it
    /// (learn.microsoft.com, "Assign Azure resource roles in Privileged Identity Management").
    pub fn add_machine(&mut self, id: &str) {
        self.machines.insert(id.to_ascii_lowercase());
    }

    /// Those that were told of, in order.
    pub(super) fn machines(&self) -> impl Iterator<Item = &str> {
        self.machines.iter().map(String::as_str)
    }

    /// Takes that a principal is not in the directory any more, by its object id: nobody acts as it, and nobody is in
    /// it, whatever it still holds.
    pub fn add_gone(&mut self, id: &str) {
        self.gone.insert(id.to_ascii_lowercase());
    }

    /// Whether the directory does not have a principal any more, by its object id.
    #[must_use]
    pub fn is_gone(&self, id: &str) -> bool {
        self.gone.contains(&id.to_ascii_lowercase())
    }

    /// Those that were told of, in order.
    pub(super) fn gone(&self) -> impl Iterator<Item = &str> {
        self.gone.iter().map(String::as_str)
    }

    /// Takes that something could not be read.
    pub fn add_gap(&mut self, gap: Gap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The role assignments, each once.
    #[must_use]
    pub fn assignments(&self) -> &SharedLists<RoleAssignment> {
        &self.assignments
    }

    /// Who could activate a role.
    #[must_use]
    pub fn eligible(&self) -> &SharedLists<EligibilityInstance> {
        &self.eligible
    }

    /// The assignments that PIM keeps, with their ends.
    #[must_use]
    pub fn active(&self) -> &SharedLists<AssignmentInstance> {
        &self.active
    }

    /// The deny assignments, each once.
    #[must_use]
    pub fn denies(&self) -> &SharedLists<DenyAssignment> {
        &self.denies
    }

    /// What could not be read.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    fn read(&mut self, at: &ArmId, listed: Listed) {
        self.read.entry(at.clone()).or_default().insert(listed);
    }

    /// Notes which management groups what is in force at a scope was made at.
    fn place<'a>(&mut self, at: &ArmId, made: impl Iterator<Item = &'a ArmId>) {
        let below = at.subscription_id().map_or_else(|| at.clone(), ArmId::subscription);
        for made in made.filter(|made| made.is_type(MANAGEMENT_GROUP) && **made != below) {
            let above = self.above.entry(below.clone()).or_default();
            if !above.contains(made) {
                above.insert(made.clone());
            }
        }
    }

    /// The management groups that lists showed above a scope.
    pub(super) fn management_groups_above(&self, scope: &ArmId) -> impl Iterator<Item = &ArmId> {
        let below = scope.subscription_id().map_or_else(|| scope.clone(), ArmId::subscription);
        self.above.get(&below).into_iter().flatten()
    }

    /// Whether a list shows everything in force at a scope: it was read there or below, because a list
    /// holds what is inherited.
    pub(super) fn covers(&self, listed: Listed, scope: &ArmId) -> bool {
        let has = |lists: &HashSet<Listed>| lists.contains(&listed);
        self.read.get(scope).is_some_and(has)
            || self.read.iter().any(|(at, lists)| has(lists) && scope.contains(at))
    }

    /// Why a list of a scope is missing: what was noted about it, or that it was not read yet.
    pub(super) fn missing(&self, listed: Listed, scope: &ArmId) -> Gap {
        let kind = match listed {
            Listed::Assignments => GapKind::Assignments,
            Listed::Denies => GapKind::Denies,
            Listed::Eligible => GapKind::Eligible,
            Listed::Active => GapKind::Active,
        };
        let noted = self.gaps.iter().filter(|gap| gap.what == kind);
        let here = noted.clone().find(|gap| gap.scope.as_ref().is_some_and(|at| at == scope));
        let above = || noted.clone().find(|gap| gap.scope.as_ref().is_none_or(|at| at.contains(scope)));
        here.or_else(above)
            .cloned()
            .unwrap_or_else(|| Gap::new(kind, Some(scope.clone()), "they were not read yet"))
    }
}
