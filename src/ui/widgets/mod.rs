//! Small parts that every pane and popup is made of.

pub mod apart;
pub mod frame;
pub mod grid;
mod sentence;
pub mod text;
