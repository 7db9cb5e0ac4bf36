//! Whether a workspace on shared key may have keys that its account has no more. Azure shows neither which key a workspace
//! has nor when it took it: what can be seen is when the account's keys were made, and in the activity log, which keeps
//! 90 days, when somebody synchronised the workspace's.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::assessment::Facts;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;

/// How far back the activity log is asked, a day less than it keeps.
const LOG: SignedDuration = SignedDuration::from_hours(89 * 24);

/// From when on the activity log is asked.
#[must_use]
pub fn log_since(now: Timestamp) -> Timestamp {
    now.checked_sub(LOG).unwrap_or(Timestamp::MIN)
}

/// Whether the workspace has the keys that the account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum InStep {
    /// It signs in without a key, or the account refuses keys.
    NotNeeded,
    /// No key of the account is newer than the workspace.
    NeverRotated,
    /// A key was made anew, and the workspace's were synchronised since.
    Synchronised {
        /// When the newest key was made.
        rotated: Timestamp,
        /// When the workspace's were synchronised last.
        at: Timestamp,
    },
    /// A key was made anew, and the activity log has no synchronisation since.
    PerhapsNot {
        /// When the newest key was made.
        rotated: Timestamp,
    },
    /// It cannot be seen.
    CannotTell {
        /// Why not, a clause.
        because: String,
    },
}

impl InStep {
    /// Works it out.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let workspace = &facts.opened.workspace;
        let mode = workspace.properties.system_datastores_auth_mode.as_ref();
        if mode.is_some_and(|mode| *mode != AuthMode::AccessKey) {
            return Self::NotNeeded;
        }
        let storage = facts.opened.storage();
        let account = match &storage {
            Lookup::Found(account) if !account.keys_work() => return Self::NotNeeded,
            Lookup::Gone => return Self::NotNeeded,
            Lookup::Found(account) => account,
            other => {
                let because = format!("the storage account: {}", other.absence().unwrap_or_default());
                return Self::CannotTell { because };
            }
        };
        let (Some(rotated), Some(made)) = (account.newest_key(), workspace.created_at()) else {
            return Self::CannotTell { because: "Azure does not say when the keys were made".to_owned() };
        };
        if rotated <= made {
            return Self::NeverRotated;
        }
        let day = rotated.strftime("%Y-%m-%d");
        match facts.synchronised {
            Lookup::Found(times) => match times.iter().max().filter(|at| **at >= rotated) {
                Some(at) => Self::Synchronised { rotated, at: *at },
                None if rotated < log_since(facts.now) => Self::CannotTell {
                    because: format!("a key was rotated on {day}, and the activity log keeps 90 days"),
                },
                None => Self::PerhapsNot { rotated },
            },
            other => Self::CannotTell {
                because: format!(
                    "a key was rotated on {day}; the activity log: {}",
                    other.absence().unwrap_or_default()
                ),
            },
        }
    }

    /// A sentence without a full stop; none where no key is needed.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let day = |at: &Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        Some(match self {
            Self::NotNeeded => return None,
            Self::NeverRotated => "no key was rotated since the workspace was made".to_owned(),
            Self::Synchronised { rotated, at } => {
                format!("a key was rotated {}, and synchronised {}", day(rotated), day(at))
            }
            Self::PerhapsNot { rotated } => format!(
                "perhaps not: a key was rotated {}, and the activity log has no synchronisation since; which key the \
                 workspace has is not visible",
                day(rotated)
            ),
            Self::CannotTell { because } => format!(
                "cannot be seen: {because}. Where jobs fail with AuthenticationFailed, synchronise them"
            ),
        })
    }

    /// Why to synchronise, or not, in a few words.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::PerhapsNot { .. } => "one was rotated, no synchronisation is seen since",
            Self::CannotTell { .. } => "after one was rotated; it cannot be seen from here",
            Self::Synchronised { .. } => "one was rotated, and they were synchronised since",
            Self::NotNeeded | Self::NeverRotated => "after one was rotated; no sign of that",
        }
    }

    /// How it should strike the eye.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match self {
            Self::PerhapsNot { .. } => Tone::Warn,
            Self::CannotTell { .. } => Tone::Muted,
            Self::NotNeeded | Self::NeverRotated | Self::Synchronised { .. } => Tone::Plain,
        }
    }
}
