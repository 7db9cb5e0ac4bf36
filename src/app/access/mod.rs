//! Questions about access: what is read for them, the matrix, and the three questions behind one key.

pub mod assessment;
pub mod blocks;
pub mod grid;
pub mod groups;
pub mod inquiry;
pub mod known_names;
pub mod lists;
pub mod offers;
pub mod question;
pub mod short;
mod sieve;
pub mod widths;
pub mod words;
