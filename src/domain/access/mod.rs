//! Who has which role: role assignments with names, and where each comes from.

pub mod permission;
mod principal;
mod row;
mod summary;

pub use principal::{KnownPrincipal, PrincipalName, Principals};
pub use row::{AccessInput, AccessRow, AccessSort, AccessTable, From, Role, Roles, ScopeNames, Tenure};
pub use summary::AccessSummary;

#[cfg(test)]
mod tests;
