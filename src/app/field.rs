//! A one-line text field: what filters, searches, the palette and forms type into.

use tui_textarea::{CursorMove, TextArea};

use crate::azure::safe_text;
use crate::config::key::{Key, KeyCode};

/// A field and its cursor.
#[derive(Debug, Clone)]
pub struct Field {
    area: TextArea<'static>,
}

impl Default for Field {
    fn default() -> Self {
        Self::with("")
    }
}

impl Field {
    /// A field that holds a text, the cursor behind it.
    #[must_use]
    pub fn with(text: &str) -> Self {
        let mut area = TextArea::new(vec![safe_text::one_line(text).into_owned()]);
        area.move_cursor(CursorMove::End);
        Self { area }
    }

    /// What stands in it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// The text before the cursor.
    #[must_use]
    pub fn before_cursor(&self) -> &str {
        let at = self.area.cursor().1;
        let text = self.text();
        text.char_indices().nth(at).map_or(text, |(byte, _)| &text[..byte])
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Types what was pasted, made harmless and put on one line.
    pub fn paste(&mut self, text: &str) {
        self.area.insert_str(safe_text::one_line(&pasted(text)).as_ref());
    }

    /// Edits by a key as shells do; `false` when the key is none that edits.
    pub fn press(&mut self, key: Key) -> bool {
        press(&mut self.area, key)
    }
}

/// Edits a text by a key as shells do; `false` when the key is none that edits.
pub fn press(area: &mut TextArea<'static>, key: Key) -> bool {
    match (key.code, key.ctrl, key.alt) {
        (KeyCode::Char(c), false, false) => area.insert_char(c),
        (KeyCode::Backspace, false, false) | (KeyCode::Char('h'), true, false) => {
            area.delete_char();
        }
        (KeyCode::Delete, ..) => {
            area.delete_next_char();
        }
        (KeyCode::Char('w'), true, false) | (KeyCode::Backspace, ..) => {
            area.delete_word();
        }
        (KeyCode::Char('u'), true, false) => {
            area.delete_line_by_head();
        }
        (KeyCode::Char('k'), true, false) => {
            area.delete_line_by_end();
        }
        (KeyCode::Left, ..) => area.move_cursor(CursorMove::Back),
        (KeyCode::Right, ..) => area.move_cursor(CursorMove::Forward),
        (KeyCode::Home, ..) | (KeyCode::Char('a'), true, false) => {
            area.move_cursor(CursorMove::Head);
        }
        (KeyCode::End, ..) | (KeyCode::Char('e'), true, false) => area.move_cursor(CursorMove::End),
        _ => return false,
    }
    true
}

/// What a paste types: lines end as here whatever the terminal sends, and what is not harmless is left out. A sign that
/// stands for it would be sent to Azure.
#[must_use]
pub fn pasted(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n").replace('\t', " ");
    safe_text::clean(&lines).chars().filter(|c| !safe_text::is_stand_in(*c)).collect()
}

/// A filter of a list: its field, and whether it is being typed.
#[derive(Debug, Clone, Default)]
pub struct FilterField {
    /// What was typed.
    pub field: Field,
    /// Whether keys go to it.
    pub editing: bool,
    /// The row of the list that was under the cursor before there was a filter.
    pub before: Option<usize>,
}

impl FilterField {
    /// Whether it narrows anything.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.field.text().trim().is_empty()
    }

    /// Begins to type it; `row` is under the cursor.
    pub fn begin(&mut self, row: usize) {
        if !self.is_active() {
            self.before = Some(row);
        }
        self.editing = true;
    }

    /// Takes it away. Gives the row to go back to where it was still being typed or let `nothing` through; whoever kept
    /// it and moved meant that.
    pub fn clear(&mut self, nothing: bool) -> Option<usize> {
        let gone = std::mem::take(self);
        gone.before.filter(|_| gone.editing || nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(script: &str) -> Field {
        let mut field = Field::default();
        for key in crate::config::key::parse_script(script).unwrap() {
            assert!(field.press(key), "{key:?}");
        }
        field
    }

    #[test]
    fn edits_as_a_shell_does() {
        assert_eq!(typed("fraud<bs><bs>me").text(), "frame");
        assert_eq!(typed("one two<c-w>").text(), "one ");
        assert_eq!(typed("abc<home>x").text(), "xabc");
        assert_eq!(typed("abc<left><c-k>").text(), "ab");
        assert_eq!(typed("abc<left><c-u>").text(), "c");
        assert_eq!(typed("データ<left>").before_cursor(), "デー");
    }

    #[test]
    fn a_paste_stays_on_one_line_and_is_harmless() {
        let mut field = Field::default();
        field.paste("a\r\nb\u{1b}[2Jc\u{202e}d");
        assert!(!field.text().chars().any(char::is_control), "{:?}", field.text());
        assert_eq!(field.text(), "a b[2Jcd");
    }
}
