//! Counts of an access table, for a title: assignments, people, and what cannot be counted.

use std::collections::HashSet;

use serde::Serialize;

use super::principal::PrincipalName;
use super::row::AccessRow;
use crate::azure::directory::PrincipalKind;
use crate::domain::fact::count;

/// Counts of an access table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessSummary {
    /// Assignments in force at the scope.
    pub assignments: usize,
    /// Of those, made above it.
    pub inherited: usize,
    /// Roles that could be activated.
    pub eligible: usize,
    /// Roles that have ended and are still listed.
    pub ended: usize,
    /// Different principals in all of them.
    pub principals: usize,
    /// People with a role of their own, and members of groups; somebody in two groups counts twice.
    /// None when a name or a group's count is missing.
    pub people: Option<u64>,
    /// Assignments to principals that do not exist any more.
    pub orphaned: usize,
    /// Assignments whose principal could not be read.
    pub unreadable: usize,
    /// Assignments whose principal is being asked for.
    pub loading: usize,
}

impl AccessSummary {
    pub(super) fn of(rows: &[AccessRow]) -> Self {
        let mut summary = Self::default();
        let mut seen = HashSet::new();
        let mut people = Some(0_u64);
        for row in rows {
            if row.is_in_force() {
                summary.assignments += 1;
                summary.inherited += usize::from(row.from.is_inherited());
            } else if row.ended {
                summary.ended += 1;
            } else if row.tenure.is_eligible() {
                summary.eligible += 1;
            }
            match &row.principal {
                PrincipalName::Deleted => summary.orphaned += 1,
                PrincipalName::Unreadable { .. } => summary.unreadable += 1,
                PrincipalName::Loading => summary.loading += 1,
                PrincipalName::Known(_) => {}
            }
            if !seen.insert(row.principal_id.to_ascii_lowercase()) || !row.is_in_force() {
                continue;
            }
            people = match (&row.principal, people) {
                (PrincipalName::Known(known), Some(n)) => match known.kind {
                    PrincipalKind::User | PrincipalKind::Guest => Some(n + 1),
                    PrincipalKind::Group => known.members.map(|members| n + members),
                    PrincipalKind::ForeignGroup | PrincipalKind::Other(_) => None,
                    PrincipalKind::Application | PrincipalKind::ManagedIdentity | PrincipalKind::Device => {
                        Some(n)
                    }
                },
                (PrincipalName::Deleted, people) => people,
                (_, None) | (PrincipalName::Unreadable { .. } | PrincipalName::Loading, _) => None,
            };
        }
        summary.principals = seen.len();
        summary.people = people;
        summary
    }

    /// The counts in words: `11 assignments, 38 people`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = count(self.assignments, "assignment", "assignments");
        match self.people {
            Some(1) => words.push_str(", 1 person"),
            Some(people) => words.push_str(&format!(", {people} people")),
            None => words.push_str(&format!(", {}", count(self.principals, "principal", "principals"))),
        }
        if self.eligible > 0 {
            words.push_str(&format!(", {} eligible", self.eligible));
        }
        if self.ended > 0 {
            words.push_str(&format!(", {} ended", self.ended));
        }
        words
    }
}
