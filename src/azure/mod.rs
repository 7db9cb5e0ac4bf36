//! Everything that knows how Azure speaks: clouds, sign-in, Azure Resource Manager, Microsoft Graph.

pub mod arm;
pub mod auth;
pub mod cloud;
pub mod directory;
pub mod resource_graph;
pub mod resources;
pub mod safe_text;
pub mod secrets;
pub mod shell;
