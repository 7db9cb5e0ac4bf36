//! The clipboard, by the terminal's own escape sequence: works over SSH, needs no system library.

use std::io::{self, Write};

use crossterm::clipboard::CopyToClipboard;
use crossterm::execute;

/// Puts text on the clipboard of the terminal's machine. Terminals that do not know the sequence
/// drop it in silence, so callers show the text too.
///
/// # Errors
/// Those of writing to the terminal.
pub fn copy(text: &str) -> io::Result<()> {
    let mut out = io::stdout();
    execute!(out, CopyToClipboard::to_clipboard_from(text))?;
    out.flush()
}
