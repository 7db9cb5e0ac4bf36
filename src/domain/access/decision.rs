//! The answer to "may this principal do this here", with everything that decided it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::evidence::Gap;
use super::permission::Plane;
use super::row::Role;
use crate::azure::arm::id::ArmId;

/// One action, in one of the two worlds of actions.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Act {
    /// Which world.
    pub plane: Plane,
    /// The action, such as `Microsoft.MachineLearningServices/workspaces/jobs/write`; in any case.
    pub action: Cow<'static, str>,
}

impl Act {
    /// A management action.
    #[must_use]
    pub fn control(action: impl Into<Cow<'static, str>>) -> Self {
        Self { plane: Plane::Control, action: action.into() }
    }

    /// A data action.
    #[must_use]
    pub fn data(action: impl Into<Cow<'static, str>>) -> Self {
        Self { plane: Plane::Data, action: action.into() }
    }
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// An assignment in force allows it, and nothing denies it.
    Allowed,
    /// Only while a condition holds, which only the request itself can tell.
    Conditional,
    /// Not now, but the principal could activate a role that allows it.
    AfterActivation,
    /// Something that was not read could make it another answer than it seems. Neither yes nor no.
    CannotTell,
    /// No.
    Denied(Refusal),
}

impl Verdict {
    /// Whether it is a plain yes.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }

    /// Whether it is a plain no.
    #[must_use]
    pub fn is_denied(self) -> bool {
        matches!(self, Self::Denied(_))
    }

    /// A word or two.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Allowed => "yes",
            Self::Conditional => "under a condition",
            Self::AfterActivation => "after activation",
            Self::CannotTell => "cannot tell",
            Self::Denied(Refusal::NoGrant) => "no",
            Self::Denied(Refusal::DenyAssignment) => "denied",
        }
    }
}

/// Why it is a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// Nothing allows it.
    NoGrant,
    /// A deny assignment forbids it, whatever allows it.
    DenyAssignment,
}

/// Between which answers the truth lies: what was not read may make it better or worse. Whatever combines
/// answers combines both ends, and [`Bounds::verdict`] is the only place that says "cannot tell".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bounds {
    /// The answer if everything that was not read speaks for it. Never [`Verdict::CannotTell`].
    pub best: Verdict,
    /// The answer if nothing of it does, and all that could deny denies. Never [`Verdict::CannotTell`].
    pub worst: Verdict,
}

impl Bounds {
    /// A no that nothing can change.
    pub const NO: Self = Self::sure(Verdict::Denied(Refusal::NoGrant));

    /// An answer that rests on nothing unread.
    #[must_use]
    pub const fn sure(verdict: Verdict) -> Self {
        Self { best: verdict, worst: verdict }
    }

    /// The answer: the one that both ends give, else that it cannot be told. A no is a no for whatever
    /// reason.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        match self.best == self.worst || self.best.is_denied() {
            true => self.best,
            false => Verdict::CannotTell,
        }
    }

    /// Where it takes both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { best: self.best.max(other.best), worst: self.worst.max(other.worst) }
    }

    /// Where either is enough.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { best: self.best.min(other.best), worst: self.worst.min(other.worst) }
    }

    /// The same by a way that a setting, which could not be read, may have closed.
    #[must_use]
    pub fn perhaps_closed(self) -> Self {
        Self { worst: self.worst.max(Self::NO.worst), ..self }
    }
}

/// The answer with what decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The answer.
    pub verdict: Verdict,
    /// What it is made of.
    pub bounds: Bounds,
    /// What decided it, the strongest first; of a no what came close. Empty where nothing speaks of it.
    pub reasons: Vec<Reason>,
}

/// The groups between a principal and the group that holds a role, as far as they are sure.
///
/// The directory tells everybody in a group at once, through nested groups too, and not who is in which of
/// them. A step is sure where somebody is in a group and in no other one inside it, as far as all groups
/// inside it were read: then there is nothing that they could have come through. There may be other paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupPath {
    /// The principal's own group first, the one that holds the role last; each is a direct member of the
    /// next. Empty where the principal holds the role itself.
    pub groups: Vec<String>,
    /// Whether it is not known by which nested groups somebody is in the one that holds the role, which is
    /// then the only one in the list.
    pub nested: bool,
}

/// How a role comes to a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chain {
    /// The principal that was asked about, by object id.
    pub principal: String,
    /// The groups on the way.
    pub path: GroupPath,
    /// The role assignment, or the eligibility.
    pub assignment: ArmId,
    /// The role.
    pub role: Role,
    /// Where the role was assigned.
    pub scope: ArmId,
}

/// One thing that decides, or nearly decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// A deny assignment covers it.
    DenyAssignment {
        /// The deny assignment.
        deny: ArmId,
        /// Its name.
        name: String,
        /// Where it is in force.
        scope: ArmId,
        /// The pattern that covers the action.
        pattern: String,
        /// The condition under which it denies, in words.
        condition: Option<String>,
        /// What could not be read, where it is not sure that it concerns the principal.
        unless: Option<Gap>,
    },
    /// A role allows it.
    Granted {
        /// How the role comes.
        chain: Chain,
        /// The pattern that allows it.
        pattern: String,
        /// When the assignment ends.
        until: Option<Timestamp>,
    },
    /// A role allows it while a condition holds.
    Restricted {
        /// How the role comes.
        chain: Chain,
        /// The pattern that allows it.
        pattern: String,
        /// The condition, in words.
        condition: String,
        /// When the assignment ends.
        until: Option<Timestamp>,
    },
    /// A role allows it once it is activated.
    Activatable {
        /// How the role comes.
        chain: Chain,
        /// The pattern that allows it.
        pattern: String,
        /// The condition, in words.
        condition: Option<String>,
        /// Until when it can be activated.
        until: Option<Timestamp>,
    },
    /// The principal holds a role whose definition could not be read: it may allow anything.
    UnknownRole {
        /// How the role comes.
        chain: Chain,
        /// What could not be read.
        gap: Gap,
    },
    /// A group would allow it, and who is in it is not known.
    UnknownMembers {
        /// The group's object id.
        group: String,
        /// How the role comes to the group.
        chain: Chain,
        /// What could not be read.
        gap: Gap,
    },
    /// Something that decides could not be read.
    Unread {
        /// What.
        gap: Gap,
    },
    /// A role would allow it, but its condition excludes this action.
    Unmet {
        /// How the role comes.
        chain: Chain,
        /// The pattern that would allow it.
        pattern: String,
        /// The condition, in words.
        condition: String,
    },
    /// A role would allow it, but takes it out itself.
    TakenOut {
        /// How the role comes.
        chain: Chain,
        /// The pattern that would allow it.
        pattern: String,
        /// The pattern that takes it out.
        out: String,
    },
}

impl Reason {
    /// How the role comes, where a role is the reason.
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        match self {
            Self::Granted { chain, .. }
            | Self::Restricted { chain, .. }
            | Self::Activatable { chain, .. }
            | Self::UnknownRole { chain, .. }
            | Self::UnknownMembers { chain, .. }
            | Self::Unmet { chain, .. }
            | Self::TakenOut { chain, .. } => Some(chain),
            Self::DenyAssignment { .. } | Self::Unread { .. } => None,
        }
    }

    /// What could not be read, where that is the reason.
    #[must_use]
    pub fn gap(&self) -> Option<&Gap> {
        match self {
            Self::UnknownRole { gap, .. } | Self::UnknownMembers { gap, .. } | Self::Unread { gap } => {
                Some(gap)
            }
            Self::DenyAssignment { unless, .. } => unless.as_ref(),
            _ => None,
        }
    }

    /// The order in which reasons are told.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::DenyAssignment { unless: None, condition: None, .. } => 0,
            Self::Granted { .. } => 1,
            Self::Restricted { .. } => 2,
            Self::DenyAssignment { .. } => 3,
            Self::UnknownRole { .. } | Self::UnknownMembers { .. } | Self::Unread { .. } => 4,
            Self::Activatable { .. } => 5,
            Self::Unmet { .. } => 6,
            Self::TakenOut { .. } => 7,
        }
    }
}
