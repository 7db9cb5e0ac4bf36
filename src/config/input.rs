//! What the person at the terminal does, in the console's own words.

use super::key::Key;

/// Something the person at the terminal did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted. It may hold anything.
    Paste(String),
    /// The left button went down at a cell.
    Click {
        /// Column, from 0.
        column: u16,
        /// Row, from 0.
        row: u16,
    },
    /// The wheel was turned over a cell.
    Scroll {
        /// Column, from 0.
        column: u16,
        /// Row, from 0.
        row: u16,
        /// Rows downwards; negative is up.
        by: i16,
    },
    /// The terminal has a new size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
}
