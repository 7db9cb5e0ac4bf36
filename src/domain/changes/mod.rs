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
pub use grant::{Grant, IN_FORCE_USUALLY, Place, Role, Who, grant, grant_step, in_force_step};
pub use persona::apply;
pub use production::Production;
pub use purge::purge;
pub use revoke::{Existing, revoke};

use super::plan::Plan;

/// What every change of access wants to know of its surroundings.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// The object id of who makes the change, where it is known.
    pub me: Option<String>,
    /// Whether the subject, or something that the scope reaches, is in production.
    pub production: bool,
}

impl Setting {
    fn is_me(&self, principal_id: &str) -> bool {
        self.me.as_deref().is_some_and(|me| me.eq_ignore_ascii_case(principal_id))
    }

    fn mark(&self, plan: &mut Plan) {
        plan.production = self.production;
    }
}
