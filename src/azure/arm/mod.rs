//! Azure Resource Manager: ids, requests as values, and the client that carries them.

pub mod id;
pub mod request;
pub mod versions;
