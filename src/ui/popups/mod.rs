//! What lies over the screen: choices, texts, lists, help.

pub mod comparison;
pub mod help;
pub mod lists;
pub mod picker;
pub mod rows;
pub mod text;
pub mod timeline;
