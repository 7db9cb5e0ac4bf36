//! Changes of access as plans: roles granted, revoked, copied, given by persona, activated. Pure: whoever makes a plan
//! has read what it needs, and hands in the names of new requests.

mod activate;
mod copy;
mod grant;
mod persona;
mod production;
mod purge;
mod requests;
mod revoke;
#[cfg(test)]
mod tests;

pub use activate::{Activation, activate};
pub use copy::{Copied, copy};
pub use grant::{Grant, Place, Role, Who, grant, grant_step};
pub use persona::apply;
pub use production::Production;
pub use purge::purge;
pub use revoke::{Existing, revoke};

use super::plan::Plan;
use crate::azure::arm::id::ArmId;

/// What every change of access wants to know of its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// The object id of who makes the change, where it is known.
    pub me: Option<String>,
    /// Whether the subject, or something that the scope reaches, is in production.
    pub production: bool,
    /// Privileged Identity Management answers wherever something is given: what it ends by itself is no role without an
    /// end there.
    pub ends_are_told: bool,
}

impl Setting {
    fn is_me(&self, principal_id: &str) -> bool {
        self.me.as_deref().is_some_and(|me| me.eq_ignore_ascii_case(principal_id))
    }

    /// Says of a plan whether it is production's, and names it after the widest of the places that it changes: what is
    /// changed at a subscription from the screen of one workspace is changed for all of them.
    fn mark<'a>(&self, plan: &mut Plan, places: impl IntoIterator<Item = (&'a ArmId, &'a str)>) {
        plan.production = self.production;
        let mut widest = 0;
        for (scope, name) in places {
            if width(scope) > widest {
                widest = width(scope);
                name.clone_into(&mut plan.subject_name);
            }
        }
    }
}

/// How far a scope reaches beyond one resource: a group, a subscription, or more.
fn width(scope: &ArmId) -> u8 {
    match (scope.subscription_id(), scope.group_scope()) {
        (None, _) => 3,
        (Some(_), None) => 2,
        (Some(_), Some(group)) => u8::from(group == *scope),
    }
}
