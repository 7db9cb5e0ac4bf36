//! Who has which role, and who may do what: role assignments with names, where each comes from, and their
//! evaluation.
//!
//! [`Evidence`] is what was read, with its gaps; [`Access`] makes it ready for questions; [`Access::decide`]
//! answers one with its reasons. [`who_can`], [`what_can`], [`why_not`] and [`Matrix`] put them together for
//! the scopes of one workspace, [`Targets`].

mod allows;
mod asking;
mod building;
mod capability;
mod condition;
mod decision;
mod deny;
mod evidence;
mod held;
mod index;
mod matrix;
mod memberships;
mod order;
pub mod permission;
mod principal;
mod reason_words;
mod routes;
mod row;
mod shared_lists;
mod summary;
mod targets;
mod texts;
mod what;
mod who;
mod why_not;

pub use allows::Allows;
pub use asking::Asking;
pub use capability::{Asked, CAPABILITIES, Capability, Need, NotAsked};
pub use condition::{Bearing, Condition};
pub use decision::{Act, Bounds, Chain, Decision, GroupPath, Reason, Refusal, Verdict};
pub use deny::DenyWords;
pub use evidence::{Evidence, Gap, GapKind};
pub use held::Held;
pub use index::{Access, Depth};
pub use matrix::{Cell, Column, GroupBy, Heading, Matrix, MatrixRow, MatrixSort, Who};
pub use memberships::{Member, Membership, Memberships};
pub use order::{AccessOrder, AccessSort};
pub use principal::{KnownPrincipal, PrincipalName, Principals, doubt_of, unreadable};
pub use reason_words::Naming;
pub use routes::Way;
pub use row::{AccessInput, AccessRow, AccessTable, From, Role, Roles, ScopeNames, Tenure};
pub use shared_lists::SharedLists;
pub use summary::AccessSummary;
pub use targets::{Locked, Place, Switch, Targets, VaultPolicy};
pub use what::{Answer, Answering, CapabilityAnswer, Step, WayAnswer, answer, what_can};
pub use who::{Person, Ways, WhoCan, who_can};
pub use why_not::{Remedy, Usual, WhyNot, why_not};

#[cfg(test)]
mod evaluation_tests;
#[cfg(test)]
mod gap_tests;
#[cfg(test)]
mod question_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
