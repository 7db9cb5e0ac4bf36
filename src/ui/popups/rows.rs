//! Draws a list of rows in columns over the screen: the request log, notifications, findings.

use ratatui::layout::Rect;

use crate::app::hit::ListId;
use crate::app::list::ListCursor;
use crate::ui::paint::Paint;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::grid::{Cell, Grid, Head};

/// What such a list shows.
pub struct Rows<'a> {
    /// What it is.
    pub title: &'a str,
    /// On the right of the title.
    pub right: String,
    /// The columns.
    pub heads: &'a [Head<'a>],
    /// The number of rows.
    pub rows: usize,
    /// What stands there when there are none.
    pub empty: &'a str,
    /// The cursor.
    pub cursor: &'a ListCursor,
    /// Lines below the list about the row under the cursor.
    pub below: Vec<(String, ratatui::style::Style)>,
}

/// Draws the list over `area`; `cell` gives the cell of a row and a column.
pub fn draw<'c>(paint: &mut Paint<'_>, area: Rect, list: &Rows<'_>, cell: impl Fn(usize, usize) -> Cell<'c>) {
    frame::clear(paint.buf, area, paint.theme);
    let title = Title { name: list.title, right: list.right.clone(), ..Title::default() };
    let inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
    let below = u16::try_from(list.below.len()).unwrap_or(u16::MAX).min(inner.height / 2);
    let gap = u16::from(below > 0);
    let room = Rect { height: inner.height.saturating_sub(below + gap), ..inner };
    let body = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    let offset = paint.list(body, ListId::Overlay, list.cursor, list.rows);
    if list.rows == 0 {
        paint.text(body.x + 1, body.y, body.width.saturating_sub(2), list.empty, paint.theme.dim);
    }
    let cursor = (list.rows > 0).then(|| list.cursor.row.min(list.rows - 1));
    let grid =
        Grid { heads: list.heads, show_heads: list.rows > 0, rows: list.rows, offset, cursor, focused: true };
    grid.draw(paint.buf, room, paint.theme, paint.signs, cell);
    for (y, (line, style)) in (inner.bottom().saturating_sub(below)..inner.bottom()).zip(&list.below) {
        paint.text(inner.x + 1, y, inner.width.saturating_sub(2), line, *style);
    }
}
