//! Azure Resource Manager: ids, requests as values, and the client that carries them.

pub mod address;
pub mod api_error;
pub mod body;
pub mod client;
pub mod error;
mod exchange;
pub mod http;
pub mod id;
pub mod long_running;
pub mod page;
pub mod read_only;
pub mod request;
pub mod request_log;
pub mod response;
pub mod retry;
pub mod throttle;
pub mod traffic;
pub mod versions;

pub use client::{Client, ClientOptions};
pub use error::Error;
