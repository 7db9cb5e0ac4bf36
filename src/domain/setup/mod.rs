//! The guided set-up: one workspace or a set of them, as data that is checked before anything is made.
//!
//! A [`spec::PlanFile`] says what is wished. [`resolve::SetUp`] is the same with everything decided, and what is to
//! be said about it.

mod budget;
pub mod check;
mod deploy;
pub mod environment;
#[cfg(test)]
mod examples;
pub mod finding;
mod grants;
pub mod names;
pub mod outbound;
pub mod outlook;
pub mod people;
pub mod plan;
pub mod preflight;
mod reading;
mod references;
pub mod regions;
pub mod resolve;
pub mod roles;
pub mod spec;
pub mod template;
mod there;

pub use reading::Unreadable;
