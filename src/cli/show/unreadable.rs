//! What of a workspace could not be read, and why.

use std::fmt;

use serde::Serialize;

use crate::app::fetch::Part;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::domain::access::PrincipalName;
use crate::domain::lookup::Lookup;

/// Something that could not be read.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unreadable {
    /// What it is, in a word that stays.
    pub part: &'static str,
    /// Which, where there may be several.
    pub id: Option<ArmId>,
    /// Why, and what to do.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{} {}: {}", self.part, id.name(), self.reason),
            None => write!(f, "{}: {}", self.part, self.reason),
        }
    }
}

/// Everything about a page that could not be read. A dependent that is gone is no such thing: that it is
/// gone is known.
pub fn of(page: &Page) -> Vec<Unreadable> {
    let mut parts = page.first_round();
    parts.sort();
    let mut all: Vec<Unreadable> = parts
        .iter()
        .filter_map(|part| {
            let reason = page.status(part)?.error.clone()?;
            let (name, id) = match part {
                Part::Body => ("workspace", None),
                Part::Dependent(id) if matches!(page.opened.dependent(id), Lookup::Gone) => return None,
                Part::Dependent(id) => ("dependent", Some(id.clone())),
                Part::Rules => ("outboundRules", None),
                Part::Locks => ("locks", None),
                Part::Assignments => ("roleAssignments", None),
                Part::Eligible => ("eligibleRoles", None),
                Part::Active => ("activeRoles", None),
                Part::Denies => ("denyAssignments", None),
                Part::Beside(..) | Part::LocksBeside(_) => return None,
            };
            Some(Unreadable { part: name, id, reason })
        })
        .collect();
    let rows = page.opened.access.found().map(|table| table.rows.as_slice()).unwrap_or_default();
    if let Some(reason) = rows.iter().find_map(|row| match &row.principal {
        PrincipalName::Unreadable { reason } => Some(reason.clone()),
        _ => None,
    }) {
        all.push(Unreadable { part: "principals", id: None, reason });
    }
    if rows.iter().any(|row| row.role.name.is_none()) {
        let reason = "the subscription's roles may not be read, so the names of some are missing".to_owned();
        all.push(Unreadable { part: "roleDefinitions", id: None, reason });
    }
    all
}
