//! Draws a list of rows in columns over the screen: the request log, notifications, findings.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::filter::Filter;
use crate::app::hit::ListId;
use crate::app::listing::Listing;
use crate::app::model::Model;
use crate::config::action::Action;
use crate::ui::paint::Paint;
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::grid::{Cell, Grid, Head};

/// What such a list shows besides its rows.
pub struct Rows<'a> {
    /// On the right of the title, where no filter is set.
    pub right: String,
    /// The columns.
    pub heads: &'a [Head<'a>],
    /// What stands there when there are no rows.
    pub empty: &'a str,
    /// Lines below the list about the row under the cursor.
    pub below: Vec<(String, Style)>,
}

/// Draws the list over `area`; `cell` gives the cell of a row and a column.
pub fn draw<'c>(
    paint: &mut Paint<'_>,
    area: Rect,
    model: &Model,
    list: &Listing,
    rows: &Rows<'_>,
    cell: impl Fn(usize, usize) -> Option<Cell<'c>>,
) {
    frame::clear(paint.buf, area, paint.theme);
    let (shown, total) = (list.len(model), list.total(model));
    let filtered = list.filter.is_active();
    let right = if filtered { format!("{shown} of {total} rows") } else { rows.right.clone() };
    let (title, note) = list.heading();
    let title = Title { name: &title, note, right, ..Title::default() };
    let mut inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
    if (filtered || list.filter.editing) && inner.height > 1 {
        let x = paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        let field = Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner };
        draw_field(paint, field, &list.filter.field, list.filter.editing);
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let below = u16::try_from(rows.below.len()).unwrap_or(u16::MAX).min(inner.height / 2);
    let gap = u16::from(below > 0);
    let room = Rect { height: inner.height.saturating_sub(below + gap), ..inner };
    let body = Rect { y: room.y + 1, height: room.height.saturating_sub(1), ..room };
    let offset = paint.list(area, body, ListId::Overlay, &list.cursor, shown);
    if shown == 0 {
        let empty = match total {
            0 => rows.empty.to_owned(),
            _ => Filter::parse(list.filter.field.text())
                .no_match(&list.columns(model), &model.key(Action::Back)),
        };
        paint.note(body, &empty);
    }
    let cursor = (shown > 0).then(|| list.cursor.row.min(shown - 1));
    let grid = Grid { heads: rows.heads, show_heads: shown > 0, rows: shown, offset, cursor, focused: true };
    let nothing = paint.theme.text;
    grid.draw(paint.buf, room, paint.theme, paint.signs, |place, column| {
        let cell = list.row(place).and_then(|row| cell(row, column));
        cell.unwrap_or(Cell { text: "".into(), style: nothing })
    });
    for (y, (line, style)) in (inner.bottom().saturating_sub(below)..inner.bottom()).zip(&rows.below) {
        paint.text(inner.x + 1, y, inner.width.saturating_sub(2), line, *style);
    }
}
