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
pub use grant::{Grant, Place, Role, Who, grant, grant_step, in_force_step};
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

    /// Marks a plan, and calls what it changes by the widest of these scopes, each with the name that people know, where
    /// one reaches more than a resource: that is the name to type.
    fn mark<'a>(&self, plan: &mut Plan, changed: impl Iterator<Item = (&'a ArmId, &'a str)>) {
        plan.production = self.production;
        let widest = changed.map(|(scope, name)| (reach(scope), name)).max_by_key(|(reach, _)| *reach);
        if let Some((_, name)) = widest.filter(|(reach, _)| *reach > Reach::Resource) {
            name.clone_into(&mut plan.subject_name);
        }
    }
}

/// How far a scope reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Resource,
    Group,
    Subscription,
    Above,
}

fn reach(scope: &ArmId) -> Reach {
    match (scope.subscription_id(), scope.resource_group()) {
        (None, _) => Reach::Above,
        (Some(_), None) => Reach::Subscription,
        (Some(_), Some(_)) if scope.group_scope().as_ref() == Some(scope) => Reach::Group,
        _ => Reach::Resource,
    }
}
