//! What was read about access, and what could not be: plain facts, gathered by whoever has a client.
//!
//! A role assignment at a management group carries no sign of what lies below it. The service answers the
//! list of a scope with everything in force there, so each list is taken together with the scope that was
//! asked: [`Evidence`] keeps from it which management groups stand above which subscription, and which
//! scopes were read at all. What was not read is never taken for "nobody".

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::memberships::Memberships;
use super::row::Roles;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::pim::{AssignmentInstance, EligibilityInstance};
use crate::azure::resources::role_assignment::RoleAssignment;

/// The type of a management group's id.
const MANAGEMENT_GROUP: &str = "Microsoft.Management/managementGroups";

/// What was read about access. Assignments and the like are held once, however many lists had them.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    assignments: Vec<RoleAssignment>,
    eligible: Vec<EligibilityInstance>,
    active: Vec<AssignmentInstance>,
    denies: Vec<DenyAssignment>,
    /// The role definitions. An assignment whose definition is not in here may allow anything.
    pub roles: Roles,
    /// Who is in which group.
    pub members: Memberships,
    machines: BTreeSet<String>,
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
        let what = match &self.what {
            GapKind::Assignments => "the role assignments".to_owned(),
            GapKind::Denies => "the deny assignments".to_owned(),
            GapKind::Eligible => "the eligible roles".to_owned(),
            GapKind::Active => "the ends of role assignments".to_owned(),
            GapKind::Members(group) => format!("the members of the group {group}"),
            GapKind::Definitions => "the role definitions".to_owned(),
            GapKind::Names => "names".to_owned(),
            GapKind::Setting => "a setting".to_owned(),
            GapKind::Above => "what is inherited from management groups".to_owned(),
        };
        let place = self.scope.as_ref().map(|scope| format!(" of {}", scope.name())).unwrap_or_default();
        format!("{what}{place} could not be read: {}", self.why)
    }
}

impl Evidence {
    /// Takes the role assignments in force at a scope, as the service listed them there (`atScope()`, or
    /// without a filter). An empty list is an answer too.
    pub fn add_assignments(&mut self, at: &ArmId, listed: impl IntoIterator<Item = RoleAssignment>) {
        self.read(at, Listed::Assignments);
        for assignment in listed {
            self.place(at, assignment.properties.scope.as_ref());
            if self.held.insert(assignment.id.clone()) {
                self.assignments.push(assignment);
            }
        }
    }

    /// Takes who could activate a role at a scope.
    pub fn add_eligible(&mut self, at: &ArmId, listed: impl IntoIterator<Item = EligibilityInstance>) {
        self.read(at, Listed::Eligible);
        for instance in listed {
            self.place(at, instance.properties.scope.as_ref());
            if self.held.insert(instance.id.clone()) {
                self.eligible.push(instance);
            }
        }
    }

    /// Takes the assignments that PIM keeps at a scope, for their ends.
    pub fn add_active(&mut self, at: &ArmId, listed: impl IntoIterator<Item = AssignmentInstance>) {
        for instance in listed {
            self.place(at, instance.properties.scope.as_ref());
            if self.held.insert(instance.id.clone()) {
                self.active.push(instance);
            }
        }
    }

    /// Takes the deny assignments in force at a scope.
    pub fn add_denies(&mut self, at: &ArmId, listed: impl IntoIterator<Item = DenyAssignment>) {
        self.read(at, Listed::Denies);
        for deny in listed {
            self.place(at, deny.properties.scope.as_ref());
            if self.held.insert(deny.id.clone()) {
                self.denies.push(deny);
            }
        }
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

    /// Takes that something could not be read.
    pub fn add_gap(&mut self, gap: Gap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The role assignments, each once.
    #[must_use]
    pub fn assignments(&self) -> &[RoleAssignment] {
        &self.assignments
    }

    /// Who could activate a role.
    #[must_use]
    pub fn eligible(&self) -> &[EligibilityInstance] {
        &self.eligible
    }

    /// The assignments that PIM keeps, with their ends.
    #[must_use]
    pub fn active(&self) -> &[AssignmentInstance] {
        &self.active
    }

    /// The deny assignments, each once.
    #[must_use]
    pub fn denies(&self) -> &[DenyAssignment] {
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

    /// Notes that what is in force at one scope was made at a management group.
    fn place(&mut self, at: &ArmId, made: Option<&ArmId>) {
        let Some(made) = made.filter(|made| made.is_type(MANAGEMENT_GROUP)) else { return };
        let below = at.subscription_id().map_or_else(|| at.clone(), ArmId::subscription);
        if below != *made {
            self.above.entry(below).or_default().insert(made.clone());
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
        };
        let noted = self.gaps.iter().filter(|gap| gap.what == kind);
        let here = noted.clone().find(|gap| gap.scope.as_ref().is_some_and(|at| at == scope));
        let above = || noted.clone().find(|gap| gap.scope.as_ref().is_none_or(|at| at.contains(scope)));
        here.or_else(above)
            .cloned()
            .unwrap_or_else(|| Gap::new(kind, Some(scope.clone()), "they were not read yet"))
    }
}
