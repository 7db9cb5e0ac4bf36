//! What the operator can set: the settings file, where files live, keys and themes.

pub mod action;
pub mod input;
pub mod key;
pub mod keymap;
pub mod paths;
pub mod settings;
pub mod symbols;
pub mod theme;
