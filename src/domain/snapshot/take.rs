//! Writing down what is known of a workspace at one moment.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::settings::Settings;
use super::{Denial, FORMAT, Holding, Part, Reading, Snapshot, Unread, VERSION};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::deny_assignment::DenyAssignment;
use crate::azure::resources::pim::{AssignmentInstance, EligibilityInstance};
use crate::azure::resources::role_assignment::RoleAssignment;
use crate::domain::access::{DenyWords, Held, PrincipalName, Principals, Roles, ScopeNames};
use crate::domain::opened::Opened;

/// What was read about access at one scope: each list, or why it is missing.
pub struct ReadAt<'a> {
    /// The scope that was asked.
    pub scope: &'a ArmId,
    /// Role assignments in force there.
    pub assignments: Result<&'a [RoleAssignment], String>,
    /// Roles that could be activated there.
    pub eligible: Result<&'a [EligibilityInstance], String>,
    /// Assignments that PIM keeps there, with their ends.
    pub active: Result<&'a [AssignmentInstance], String>,
    /// Deny assignments in force there.
    pub denies: Result<&'a [DenyAssignment], String>,
}

/// What a snapshot is taken of.
pub struct Subject<'a> {
    /// The workspace and its dependents.
    pub opened: &'a Opened,
    /// Whether the workspace itself was read, and is not only known from the inventory.
    pub is_read: bool,
    /// What was read about access, scope by scope.
    pub access: &'a [ReadAt<'a>],
    /// Role definitions.
    pub roles: &'a Roles,
    /// Names of principals.
    pub principals: &'a Principals,
    /// Names of scopes.
    pub scopes: &'a dyn ScopeNames,
    /// Who takes it.
    pub account: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

impl Snapshot {
    /// Writes down what is known.
    #[must_use]
    pub fn take(subject: &Subject<'_>) -> Self {
        let settings = Settings::of(subject.opened, subject.is_read);
        let mut snapshot = Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            taken_at: subject.now,
            taken_by: subject.account.map(str::to_owned),
            workspace: subject.opened.workspace.id.clone(),
            assignments: Vec::new(),
            eligible: Vec::new(),
            denies: Vec::new(),
            settings: settings.all,
            read: settings.read,
            unread: settings.unread,
        };
        let mut ends: HashMap<&ArmId, Timestamp> = HashMap::new();
        for at in subject.access {
            for instance in snapshot.note(Part::Active, at.scope, at.active.as_ref()) {
                let properties = &instance.properties;
                if let Some((id, end)) =
                    properties.origin_role_assignment_id.as_ref().zip(properties.end_date_time)
                {
                    ends.insert(id, end);
                }
            }
        }
        let mut seen: HashSet<&ArmId> = HashSet::new();
        for at in subject.access {
            for assignment in snapshot.note(Part::Assignments, at.scope, at.assignments.as_ref()) {
                if seen.insert(&assignment.id) {
                    let end = ends.get(&assignment.id).copied();
                    snapshot.assignments.push(subject.assigned(assignment, at.scope, end));
                }
            }
            for instance in snapshot.note(Part::Eligible, at.scope, at.eligible.as_ref()) {
                if seen.insert(&instance.id) {
                    snapshot.eligible.push(subject.eligible(instance, at.scope));
                }
            }
            for deny in snapshot.note(Part::Denies, at.scope, at.denies.as_ref()) {
                if seen.insert(&deny.id) {
                    let words = DenyWords::of(deny, subject.principals);
                    snapshot.denies.push(Denial {
                        id: deny.id.clone(),
                        scope: deny.properties.scope.clone().unwrap_or_else(|| at.scope.clone()),
                        words: format!("{} for {}", words.what, words.whom),
                        name: words.name,
                    });
                }
            }
        }
        snapshot.assignments.sort_by(|a, b| (&a.scope, &a.id).cmp(&(&b.scope, &b.id)));
        snapshot.eligible.sort_by(|a, b| (&a.scope, &a.id).cmp(&(&b.scope, &b.id)));
        snapshot.denies.sort_by(|a, b| a.id.cmp(&b.id));
        snapshot
    }

    /// Notes that a list was or was not read; gives what is in it.
    fn note<'a, T>(&mut self, part: Part, scope: &ArmId, list: Result<&&'a [T], &String>) -> &'a [T] {
        match list {
            Ok(list) => {
                self.read.push(Reading { part, scope: scope.clone() });
                list
            }
            Err(why) => {
                self.unread.push(Unread { part, scope: scope.clone(), why: why.clone() });
                &[]
            }
        }
    }
}

impl Subject<'_> {
    fn name(&self, id: &str) -> Option<String> {
        match self.principals.name(id) {
            PrincipalName::Known(known) => Some(known.name),
            _ => None,
        }
    }

    fn role_name(&self, id: Option<&ArmId>) -> Option<String> {
        Some(self.roles.get(id?)?.properties.role_name.clone())
    }

    fn scope_name(&self, scope: &ArmId) -> String {
        let id = scope.subscription_id();
        let known = match (id, scope.resource_group()) {
            (Some(id), None) => self.scopes.subscription(id),
            (None, _) => self.scopes.management_group(scope.name()),
            _ => None,
        };
        known.unwrap_or_else(|| scope.name().to_owned())
    }

    /// What is held at a scope; who made it is not known of everything.
    fn holding(&self, held: Held<'_>, at: &ArmId, end: Option<Timestamp>) -> Holding {
        let scope = held.scope.unwrap_or(at);
        Holding {
            id: held.id.clone(),
            scope_name: self.scope_name(scope),
            scope: scope.clone(),
            principal_id: held.principal_id.to_ascii_lowercase(),
            principal_name: self.name(held.principal_id),
            principal_type: held.principal_type.map(ToString::to_string),
            role_id: guid(held.role),
            role_name: self.role_name(held.role),
            condition: held.condition.map(str::to_owned),
            end_date_time: end,
            created_on: held.created_on,
            created_by: None,
            created_by_name: None,
        }
    }

    fn assigned(&self, assignment: &RoleAssignment, at: &ArmId, end: Option<Timestamp>) -> Holding {
        let by = assignment.properties.created_by.as_deref();
        Holding {
            created_by: by.map(str::to_owned),
            created_by_name: by.and_then(|id| self.name(id)),
            ..self.holding(assignment.into(), at, end)
        }
    }

    fn eligible(&self, instance: &EligibilityInstance, at: &ArmId) -> Holding {
        self.holding(instance.into(), at, instance.properties.end_date_time)
    }
}

fn guid(id: Option<&ArmId>) -> String {
    id.map_or_else(String::new, |id| id.name().to_ascii_lowercase())
}
