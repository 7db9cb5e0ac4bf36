//! Everything that knows how Azure speaks: clouds, sign-in, Azure Resource Manager, Microsoft Graph.

pub mod arm;
