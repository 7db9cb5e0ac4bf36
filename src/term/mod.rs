//! The terminal itself: taking it, giving it back whatever happens, reading it.

pub mod clipboard;
pub mod events;
pub mod guard;
pub mod keyboard;
pub mod placed;
