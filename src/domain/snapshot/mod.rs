//! Access to a workspace and the settings around it, written down at one moment, and what is different from
//! it later. What could not be read then or now is named and never taken for a difference.

mod diff;
mod settings;
mod take;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use diff::{Area, Comparison, Difference, Sign, Verdict};
pub use take::{ReadAt, Subject};

use crate::azure::arm::id::ArmId;

/// What a snapshot's file calls itself.
pub const FORMAT: &str = "amldeck snapshot";
/// The version of the format that this program writes. It reads this one and older ones.
pub const VERSION: u32 = 1;

/// Access and settings at one moment, as the file holds them. `docs/output.md` describes the fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`] of the program that wrote it.
    pub version: u32,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// Who took it, as people write the account. What somebody else sees may differ.
    #[serde(default)]
    pub taken_by: Option<String>,
    /// The workspace.
    pub workspace: ArmId,
    /// Role assignments in force on it and its dependents.
    #[serde(default)]
    pub assignments: Vec<Holding>,
    /// Roles that could be activated there.
    #[serde(default)]
    pub eligible: Vec<Holding>,
    /// Deny assignments in force there.
    #[serde(default)]
    pub denies: Vec<Denial>,
    /// Settings of the workspace and its dependents.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// What was read, by list and scope.
    #[serde(default)]
    pub read: Vec<Reading>,
    /// What could not be read, and why.
    #[serde(default)]
    pub unread: Vec<Unread>,
}

/// A principal that has, or could have, a role somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Holding {
    /// The assignment or the eligibility.
    pub id: ArmId,
    /// Where it was made.
    pub scope: ArmId,
    /// The scope as people call it.
    pub scope_name: String,
    /// The principal's object id.
    pub principal_id: String,
    /// Its name, where the directory told it.
    #[serde(default)]
    pub principal_name: Option<String>,
    /// What it is.
    #[serde(default)]
    pub principal_type: Option<String>,
    /// The role's GUID.
    pub role_id: String,
    /// Its name, where the definition could be read.
    #[serde(default)]
    pub role_name: Option<String>,
    /// The condition.
    #[serde(default)]
    pub condition: Option<String>,
    /// When it ends, where it does.
    #[serde(default)]
    pub end_date_time: Option<Timestamp>,
    /// When it was made.
    #[serde(default)]
    pub created_on: Option<Timestamp>,
    /// The object id of who made it.
    #[serde(default)]
    pub created_by: Option<String>,
    /// The name of who made it.
    #[serde(default)]
    pub created_by_name: Option<String>,
}

/// Something that is denied to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Denial {
    /// The deny assignment.
    pub id: ArmId,
    /// Where it was made.
    pub scope: ArmId,
    /// Its name.
    pub name: String,
    /// What is denied to whom.
    pub words: String,
}

/// One setting, with Azure's defaults put in for what it leaves out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// What it is a setting of.
    pub resource: ArmId,
    /// Its name, as in ARM; of maps and lists with the name of the entry.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// A part of what a snapshot holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    /// Role assignments.
    Assignments,
    /// Eligible roles.
    Eligible,
    /// The ends of role assignments.
    Active,
    /// Deny assignments.
    Denies,
    /// Settings.
    Settings,
    /// Outbound rules of the managed network.
    OutboundRules,
    /// Locks.
    Locks,
}

impl Part {
    fn words(self) -> &'static str {
        match self {
            Self::Assignments => "role assignments",
            Self::Eligible => "eligible roles",
            Self::Active => "ends of role assignments",
            Self::Denies => "deny assignments",
            Self::Settings => "settings",
            Self::OutboundRules => "outbound rules",
            Self::Locks => "locks",
        }
    }
}

/// A part that was read at a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// What.
    pub part: Part,
    /// Where.
    pub scope: ArmId,
}

/// A part that could not be read at a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// What.
    pub part: Part,
    /// Where.
    pub scope: ArmId,
    /// Why, in words.
    pub why: String,
}

impl Unread {
    /// A sentence without a full stop.
    #[must_use]
    pub fn words(&self) -> String {
        format!("the {} of {}: {}", self.part.words(), self.scope.name(), self.why)
    }
}

/// Why a file is no snapshot that can be compared with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It is no JSON, or has another shape.
    #[error("it is no snapshot: {0}")]
    Shape(String),
    /// It was written by a newer program.
    #[error("it has version {0} of the format, this program reads up to {VERSION}: use a newer amldeck")]
    Newer(u32),
}

impl Snapshot {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no snapshot, or one of a newer program.
    pub fn parse(bytes: &[u8]) -> Result<Self, SnapshotError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let shape = |error: serde_json::Error| SnapshotError::Shape(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(shape)?;
        if head.format != FORMAT {
            return Err(SnapshotError::Shape(format!("it calls itself '{}'", head.format)));
        }
        if head.version > VERSION {
            return Err(SnapshotError::Newer(head.version));
        }
        serde_json::from_slice(bytes).map_err(shape)
    }

    /// The file of it.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        // A structure of texts, numbers and lists can always be written.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// The name under which it is kept: the time at which it was taken, in UTC.
    #[must_use]
    pub fn name(&self) -> String {
        self.taken_at.strftime("%Y%m%d-%H%M%S").to_string()
    }

    fn was_read(&self, part: Part, scope: &ArmId) -> bool {
        self.read.iter().any(|reading| reading.part == part && reading.scope == *scope)
    }
}
