//! amldeck: a terminal console for the people who run Azure Machine Learning workspaces.
//!
//! The map of the rooms, and which of them may know which, is in `ARCHITECTURE.md`.

pub mod app;
pub mod azure;
pub mod cli;
pub mod config;
pub mod domain;
pub mod emulator;
pub mod term;
pub mod ui;
