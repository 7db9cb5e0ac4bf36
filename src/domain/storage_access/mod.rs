//! How the system datastores sign in, held against what the storage account allows; and the switch of it: what it
//! would do, and how it is done.

mod affected;
#[cfg(test)]
mod affected_tests;
mod assessment;
#[cfg(test)]
mod assessment_tests;
mod delegation;
mod identities;
mod in_step;
mod made;
#[cfg(test)]
mod order_tests;
mod parts;
#[cfg(test)]
mod parts_tests;
mod people;
#[cfg(test)]
mod plan_tests;
mod plans;
#[cfg(test)]
mod safety_tests;
mod scenarios;
mod several;
#[cfg(test)]
mod several_tests;
mod steps;
mod tables;
mod ticket;
mod unfinished;
#[cfg(test)]
mod world;

use serde::Serialize;

pub use affected::{Apart, Repair};
pub use assessment::{Assessment, By, Facts, Neighbour, Trouble, Verdict};
pub use delegation::Delegation;
pub use in_step::{InStep, log_since};
pub use made::made;
pub use parts::OnParts;
pub use people::{Data, Opener, Reach, Reacher, Through};
pub use plans::{Goal, NoPlan, Pair, Wish, plan_to, words as mode_words};
pub use scenarios::{Scenario, Seen};
pub use several::{several, side_by_side};
pub use steps::Optional;
pub use tables::Table;
pub use ticket::ticket;
pub use unfinished::{Unfinished, places_of};

use crate::azure::resources::storage_account::StorageAccount;
use crate::azure::resources::workspace::{AuthMode, Workspace};
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;

/// Whether mode and account fit together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Health {
    /// They fit.
    Healthy,
    /// They do not, and data operations fail.
    Broken {
        /// Why, and with which error it shows.
        why: String,
    },
    /// It cannot be told.
    Unknown {
        /// Why not.
        why: String,
    },
}

/// How the system datastores sign in, and whether that works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageAccess {
    /// The mode.
    pub mode: AuthMode,
    /// Whether the account's keys work; none when the account was not read.
    pub keys_work: Option<bool>,
    /// Whether they fit together.
    pub health: Health,
}

impl StorageAccess {
    /// Holds a workspace's mode against its account. An absent mode is `accesskey`, because workspaces
    /// are read with a version that has the property.
    #[must_use]
    pub fn of(workspace: &Workspace, account: &Lookup<&StorageAccount>) -> Self {
        let mode = workspace.properties.system_datastores_auth_mode.clone().unwrap_or(AuthMode::AccessKey);
        let keys_work = account.found().map(|account| account.keys_work());
        let health = match (&mode, account) {
            (_, Lookup::Gone) => Health::Broken { why: "the storage account is gone".to_owned() },
            (AuthMode::AccessKey, Lookup::Found(account)) if !account.keys_work() => Health::Broken {
                why: "the workspace signs in with the account's key, but the account refuses keys: data operations \
                      fail with KeyBasedAuthenticationNotPermitted"
                    .to_owned(),
            },
            // Signing in by identity does not depend on the keys, so the account need not be readable.
            (AuthMode::AccessKey, Lookup::Found(_)) | (AuthMode::Identity | AuthMode::UserDelegationSas, _) => {
                Health::Healthy
            }
            (AuthMode::Other(text), _) => {
                Health::Unknown { why: format!("'{text}' is a mode that this version does not know") }
            }
            (AuthMode::AccessKey, _) => {
                let why = account.absence().unwrap_or_default();
                Health::Unknown { why: format!("the storage account: {why}") }
            }
        };
        Self { mode, keys_work, health }
    }

    /// In a few words: `shared key`, `identity`, `shared key: broken`.
    #[must_use]
    pub fn words(&self) -> String {
        let mode = match &self.mode {
            AuthMode::AccessKey => "shared key",
            AuthMode::Identity => "identity",
            AuthMode::UserDelegationSas => "user delegation SAS",
            AuthMode::Other(text) => text,
        };
        match self.health {
            Health::Broken { .. } => format!("{mode}: broken"),
            Health::Healthy | Health::Unknown { .. } => mode.to_owned(),
        }
    }

    /// How it should strike the eye.
    #[must_use]
    pub fn tone(&self) -> Tone {
        match (&self.health, &self.mode) {
            (Health::Broken { .. }, _) => Tone::Bad,
            (Health::Unknown { .. }, _) => Tone::Muted,
            (Health::Healthy, AuthMode::Identity) => Tone::Good,
            (Health::Healthy, _) => Tone::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::id::ArmId;

    fn access(mode: Option<AuthMode>, keys: Option<bool>) -> Health {
        let mut workspace = Workspace::new(ArmId::subscription("s"), Default::default());
        workspace.properties.system_datastores_auth_mode = mode;
        let mut account = StorageAccount::new(ArmId::subscription("s"), Default::default());
        account.properties.allow_shared_key_access = keys;
        StorageAccess::of(&workspace, &Lookup::Found(&account)).health
    }

    #[test]
    fn only_keys_on_one_side_and_off_on_the_other_is_broken() {
        assert_eq!(access(None, None), Health::Healthy);
        assert_eq!(access(Some(AuthMode::AccessKey), Some(true)), Health::Healthy);
        assert!(matches!(access(None, Some(false)), Health::Broken { .. }));
        assert_eq!(access(Some(AuthMode::Identity), Some(false)), Health::Healthy);
        assert_eq!(access(Some(AuthMode::Identity), None), Health::Healthy);
        assert!(matches!(access(Some(AuthMode::Other("x".into())), None), Health::Unknown { .. }));
    }

    #[test]
    fn an_account_that_was_not_read_makes_keys_unknown_and_a_missing_one_is_broken() {
        let workspace = Workspace::new(ArmId::subscription("s"), Default::default());
        let of = |account: Lookup<&StorageAccount>| StorageAccess::of(&workspace, &account).health;
        assert!(matches!(of(Lookup::Pending), Health::Unknown { .. }));
        assert!(matches!(of(Lookup::Forbidden { action: String::new() }), Health::Unknown { .. }));
        assert!(matches!(of(Lookup::Gone), Health::Broken { .. }));
    }
}
