//! The cursor of a list: where it is, and how keys move it.

use crate::config::action::Action;

/// Cursor and scroll position of one list. The offset is what the last frame settled on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListCursor {
    /// The row under the cursor.
    pub row: usize,
    /// The first row on screen.
    pub offset: usize,
    /// Rows that the last frame showed.
    pub height: usize,
}

impl ListCursor {
    /// Moves by an action; `false` when the action moves nothing.
    pub fn apply(&mut self, action: Action, rows: usize) -> bool {
        let page = self.height.max(1);
        let last = rows.saturating_sub(1);
        let row = match action {
            Action::Up => self.row.saturating_sub(1),
            Action::Down => self.row + 1,
            Action::First => 0,
            Action::Last => last,
            Action::HalfPageUp => self.row.saturating_sub(page.div_ceil(2)),
            Action::HalfPageDown => self.row + page.div_ceil(2),
            Action::PageUp => self.row.saturating_sub(page),
            Action::PageDown => self.row + page,
            _ => return false,
        };
        self.row = row.min(last);
        true
    }

    /// Moves a text that shows no cursor: the row is then the first or the last in sight, so that every key moves what is seen.
    pub fn apply_unseen(&mut self, action: Action, rows: usize) -> bool {
        let bottom = (self.offset + self.height.max(1) - 1).min(rows.saturating_sub(1));
        match action {
            Action::Up | Action::HalfPageUp | Action::PageUp => self.row = self.offset,
            Action::Down | Action::HalfPageDown | Action::PageDown => self.row = bottom,
            _ => {}
        }
        self.apply(action, rows)
    }

    /// Moves by rows, as the wheel does.
    pub fn scroll(&mut self, by: i16, rows: usize) {
        let last = rows.saturating_sub(1);
        self.row = self.row.saturating_add_signed(isize::from(by)).min(last);
    }

    /// The first row to show so that the cursor is on screen, moving as little as possible.
    #[must_use]
    pub fn offset_for(&self, rows: usize, height: usize) -> usize {
        let height = height.max(1);
        let row = self.row.min(rows.saturating_sub(1));
        let offset = self.offset.min(row).max((row + 1).saturating_sub(height));
        offset.min(rows.saturating_sub(height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_and_stays_within_the_rows() {
        let mut cursor = ListCursor { height: 4, ..ListCursor::default() };
        for (action, row) in [
            (Action::Up, 0),
            (Action::Down, 1),
            (Action::HalfPageDown, 3),
            (Action::PageDown, 7),
            (Action::PageDown, 9),
            (Action::HalfPageUp, 7),
            (Action::First, 0),
            (Action::Last, 9),
        ] {
            assert!(cursor.apply(action, 10));
            assert_eq!(cursor.row, row, "{action:?}");
        }
        assert!(!cursor.apply(Action::Json, 10));
        cursor.apply(Action::Down, 0);
        assert_eq!(cursor.row, 0);
    }

    #[test]
    fn where_no_cursor_is_seen_the_first_key_moves_the_text() {
        let mut cursor = ListCursor { row: 0, offset: 0, height: 4 };
        for (action, offset) in [
            (Action::Down, 1),
            (Action::PageDown, 5),
            (Action::Up, 4),
            (Action::PageUp, 0),
            (Action::HalfPageDown, 2),
            (Action::Last, 6),
            (Action::First, 0),
        ] {
            assert!(cursor.apply_unseen(action, 10));
            cursor.offset = cursor.offset_for(10, 4);
            assert_eq!(cursor.offset, offset, "{action:?}");
        }
    }

    #[test]
    fn the_offset_follows_the_cursor_and_leaves_no_empty_rows_at_the_end() {
        let at = |row, offset| ListCursor { row, offset, height: 0 }.offset_for(10, 4);
        assert_eq!(at(0, 0), 0);
        assert_eq!(at(5, 0), 2);
        assert_eq!(at(5, 4), 4);
        assert_eq!(at(9, 9), 6);
        assert_eq!(ListCursor { row: 3, offset: 3, height: 0 }.offset_for(2, 4), 0);
    }
}
