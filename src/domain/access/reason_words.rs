//! The reasons of a decision in sentences, with the names that are known.

use jiff::Timestamp;

use super::decision::{Chain, Decision, GroupPath, Reason};
use super::evidence::{Gap, GapKind};
use super::principal::{PrincipalName, Principals, unreadable};
use super::row::{From, ScopeNames};
use crate::azure::arm::id::ArmId;

/// Where names come from, and the scope that is looked at.
#[derive(Clone, Copy)]
pub struct Naming<'a> {
    /// The names of principals.
    pub principals: &'a Principals,
    /// The names of subscriptions and management groups.
    pub scopes: &'a dyn ScopeNames,
    /// The scope that the question was about.
    pub at: &'a ArmId,
}

impl Naming<'_> {
    /// The name of a principal, else its id.
    #[must_use]
    pub fn principal(&self, id: &str) -> String {
        match self.principals.name(id) {
            PrincipalName::Known(known) => known.name,
            PrincipalName::Unreadable { .. } => unreadable(id),
            _ => id.to_owned(),
        }
    }

    /// Where a scope is, seen from the one that is looked at: `here`, `at group rg-fraud`.
    #[must_use]
    pub fn scope(&self, scope: &ArmId) -> String {
        match From::of(self.at, Some(scope), self.scopes) {
            From::Here => "here".to_owned(),
            from => format!("at {}", from.spoken()),
        }
    }

    /// What could not be read, with the group's name.
    #[must_use]
    pub fn gap(&self, gap: &Gap) -> String {
        match &gap.what {
            GapKind::Members(group) => {
                format!("the members of {} could not be read: {}", self.principal(group), gap.why)
            }
            _ => gap.words(),
        }
    }

    /// The groups on a way: `Fraud Team in Everybody`, or `nested groups of Everybody` where it is not known
    /// which.
    #[must_use]
    pub fn path(&self, path: &GroupPath) -> String {
        let groups: Vec<String> = path.groups.iter().map(|group| self.principal(group)).collect();
        let before = if path.nested { "nested groups of " } else { "" };
        format!("{before}{}", groups.join(" in "))
    }

    /// A role and how it comes: `Contributor at group rg-fraud, through Fraud Team in Everybody`.
    #[must_use]
    pub fn chain(&self, chain: &Chain) -> String {
        let mut words = format!("{} {}", chain.role.label(), self.scope(&chain.scope));
        if !chain.path.groups.is_empty() {
            words.push_str(&format!(", through {}", self.path(&chain.path)));
        }
        words
    }
}

/// A day and the time on it.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

impl Reason {
    /// A sentence without a full stop.
    #[must_use]
    pub fn words(&self, naming: &Naming<'_>) -> String {
        match self {
            Self::Granted { chain, pattern, until } => {
                let end = until.map(|until| format!(", until {}", minute(until))).unwrap_or_default();
                format!("{} allows it by {pattern}{end}", naming.chain(chain))
            }
            Self::Restricted { chain, pattern, condition, until } => {
                let end = until.map(|until| format!(", until {}", minute(until))).unwrap_or_default();
                format!("{} allows it by {pattern}{end}, while {condition}", naming.chain(chain))
            }
            Self::Activatable { chain, pattern, condition, until } => {
                let end = until.map(|until| format!(" until {}", minute(until))).unwrap_or_default();
                let condition =
                    condition.as_ref().map(|words| format!(", while {words}")).unwrap_or_default();
                format!(
                    "{} can be activated{end} and then allows it by {pattern}{condition}",
                    naming.chain(chain)
                )
            }
            Self::UnknownRole { chain, gap } => {
                format!("{} may allow it: {}", naming.chain(chain), naming.gap(gap))
            }
            Self::UnknownMembers { group, chain, gap } => {
                let role = format!("{} {}", chain.role.label(), naming.scope(&chain.scope));
                let group = naming.principal(group);
                format!(
                    "{role} is held by the group {group}, and who is in it could not be read: {}",
                    gap.why
                )
            }
            Self::Unread { gap } => naming.gap(gap),
            Self::Unmet { chain, pattern, .. } => format!(
                "{} would allow it by {pattern}, but its condition is for other actions only",
                naming.chain(chain)
            ),
            Self::TakenOut { chain, pattern, out } => {
                format!("{} would allow it by {pattern}, but takes out {out}", naming.chain(chain))
            }
            Self::DenyAssignment { name, scope, pattern, condition, unless, .. } => {
                let condition = condition.as_ref().map(|words| format!(" while {words}")).unwrap_or_default();
                let unless = unless.as_ref().map(|gap| format!(", perhaps: {}", naming.gap(gap)));
                let scope = naming.scope(scope);
                format!(
                    "the deny assignment {name} {scope} denies {pattern}{condition}{}",
                    unless.unwrap_or_default()
                )
            }
        }
    }
}

impl Decision {
    /// The reasons in sentences; of a no that nothing came close to, that nothing allows it.
    #[must_use]
    pub fn words(&self, naming: &Naming<'_>) -> Vec<String> {
        if self.reasons.is_empty() {
            return vec!["no role in force there speaks of it".to_owned()];
        }
        self.reasons.iter().map(|reason| reason.words(naming)).collect()
    }
}
