//! Who has which role: role assignments with names, and where each comes from.

mod deny;
mod order;
pub mod permission;
mod principal;
mod row;
mod summary;

pub use deny::DenyWords;
pub use order::{AccessOrder, AccessSort};
pub use principal::{KnownPrincipal, PrincipalName, Principals};
pub use row::{AccessInput, AccessRow, AccessTable, From, Role, Roles, ScopeNames, Tenure};
pub use summary::AccessSummary;

#[cfg(test)]
mod tests;
