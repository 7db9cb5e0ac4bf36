//! The view: a function of the state, drawn into a buffer, that says what can be clicked.

mod footer;
pub mod forms;
mod header;
pub mod layout;
pub mod paint;
mod panes;
pub mod popups;
pub mod svg;
pub mod view;
pub mod widgets;
