//! The console's state and how it changes: messages in, effects out, no I/O but in `runtime`.

pub mod access_rows;
pub mod browser;
pub mod console;
pub mod content;
pub mod effect;
pub mod export;
pub mod fetch;
pub mod field;
pub mod filter;
pub mod findings;
pub mod haystack;
pub mod hit;
pub mod list;
pub mod listing;
pub mod message;
pub mod model;
pub mod notice;
pub mod overlay;
pub mod page;
pub mod picker;
pub mod requests;
pub mod runs;
pub mod runtime;
pub mod session;
pub mod text_view;
pub mod update;
