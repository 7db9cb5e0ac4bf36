//! Questions about access: what is read for them, the matrix, and the three questions behind one key.

pub mod groups;
pub mod lists;
