//! Sign-in: a chain of credentials that keeps the reason of every link, and a cache of tokens in memory.
//!
//! Nothing here reads the process environment by itself: it comes in as an [`Env`]. Tokens are never
//! written anywhere and cannot be printed.

pub mod cache;
pub mod chain;
pub mod claims;
pub mod credential;
pub mod env;
pub mod explain;
pub mod kind;
mod remedy;
pub mod token;

pub use cache::TokenCache;
pub use chain::{Attempt, Chain, ChainOptions, Outcome, SignInError};
pub use claims::Claims;
pub use credential::{Failure, TokenSource};
pub use env::Env;
pub use explain::Report;
pub use kind::CredentialKind;
pub use token::{Secret, Token};
