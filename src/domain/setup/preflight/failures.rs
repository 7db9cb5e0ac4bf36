//! What it means that a question was not answered.

use super::answers::{Told, at};
use super::{About, zones};
use crate::azure::arm::error::Error;
use crate::domain::plan::denied;
use crate::domain::setup::environment::{INSIGHTS, LOG_ANALYTICS, REGISTRIES, STORAGE, VAULTS};
use crate::domain::setup::finding::Level;

impl Told<'_> {
    /// Says what follows from an error in place of an answer.
    pub(super) fn failed(&mut self, error: &Error) {
        if error.is_not_found() && self.not_there() {
            return;
        }
        match &self.question.about {
            About::There(_) | About::Workspace(_) | About::Role { deployed: true, .. } => self.not_known(error),
            // Its step finds out.
            About::Group(_) | About::Role { .. } => {}
            About::Rights { scope, .. } if error.is_forbidden() => self.say(
                Level::Refused,
                "rights",
                format!(
                    "you may not even read your own rights {}; an Owner there can give you some, by granting Contributor",
                    at(scope)
                ),
            ),
            About::Validate | About::WhatIf if error.is_forbidden() => {}
            // The validation of the same template says why.
            About::WhatIf if error.api().is_some_and(|api| api.status < 500) => {}
            About::Validate if error.api().is_some_and(|api| self.lacks(api)) => {}
            About::Validate if error.api().is_some() => {
                let by_policy = error.api().and_then(denied);
                self.refused(&by_policy.unwrap_or_else(|| error.plain()));
            }
            // Said once, however much was to be asked.
            _ if error.is_offline() => self.say(
                Level::Warning,
                "preflight",
                format!("what would fail is not known, because Azure could not be asked: {}", error.plain()),
            ),
            _ => self.say(
                Level::Note,
                "preflight",
                format!("{} could not be read: {}", self.question.words(), error.plain()),
            ),
        }
    }

    /// Says what it means that what was asked about is not there; `false` where that is as bad as any other error.
    fn not_there(&mut self) -> bool {
        let name = self.question.about_whom().to_owned();
        let (key, text) = match &self.question.about {
            // A group or workspace that is not there yet is what a set-up is for.
            About::There(_)
            | About::Role { .. }
            | About::Group(_)
            | About::Budget(_)
            | About::Locks
            | About::Rights { .. }
            | About::Network { .. }
            | About::Validate
            | About::WhatIf => return true,
            // A workspace that was deleted softly cannot be listed either.
            About::Workspace(_) => {
                let text =
                    "Azure lists no deleted workspaces: whether one holds the name only the deployment shows";
                self.say(Level::Note, "basics.workspace", text);
                return true;
            }
            About::Hub { .. } => ("basics.hub", format!("the hub {name} is not there")),
            About::Provider { subscription, .. } => (
                "basics.subscription",
                format!(
                    "no subscription {subscription} is visible to you; `az account list` shows those that are"
                ),
            ),
            About::Existing(kind) => (key_of(kind), format!("{name} is not there ({kind})")),
            About::Keyed => (key_of(STORAGE), format!("{name} is not there ({STORAGE})")),
            About::Premium => (key_of(REGISTRIES), format!("{name} is not there ({REGISTRIES})")),
            About::Principal(id) => {
                ("identity.workspace", format!("the identity {} is not there", id.name()))
            }
            About::KeyVault => ("encryption.key_vault", "the vault of the key is not there".to_owned()),
            About::Subnet { .. } => ("network.endpoints.subnet", "the subnet is not there".to_owned()),
            About::Zones { group, uses } => {
                self.learnt.extend(zones::held(group, uses, None));
                return true;
            }
            About::Target { .. }
            | About::KeyUsers(_)
            | About::Linked { .. }
            | About::Name(_)
            | About::Usages
            | About::Accounts { .. } => return false,
        };
        self.say(Level::Refused, key, text);
        true
    }

    /// The way back spares what was there before, so that has to be known.
    fn not_known(&mut self, error: &Error) {
        let text = if error.is_offline() {
            format!("what is there already is not known, because Azure could not be asked: {}", error.plain())
        } else if error.is_forbidden() {
            // The right is said by the type, so that however many of one type are made, it is said once.
            format!(
                "what is there already must neither be changed nor be deleted by the way back, and cannot be read: {}",
                error.plain()
            )
        } else {
            format!(
                "{} could not be read, and what was there must neither be changed nor be deleted by the way back: {}",
                self.question.words(),
                error.plain()
            )
        };
        self.say(Level::Refused, "preflight", text);
    }
}

/// The key of the plan file that a dependent of a type is given by.
fn key_of(kind: &str) -> &'static str {
    match kind {
        STORAGE => "dependents.storage",
        VAULTS => "dependents.key_vault",
        INSIGHTS => "dependents.application_insights",
        LOG_ANALYTICS => "dependents.log_analytics",
        REGISTRIES => "dependents.container_registry",
        _ => "dependents",
    }
}
