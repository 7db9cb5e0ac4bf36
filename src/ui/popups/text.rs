//! Draws a long text with its search.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::hit::ListId;
use crate::app::text_view::TextView;
use crate::ui::paint::Paint;
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// Draws the text over the whole of `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, view: &TextView) {
    frame::clear(paint.buf, area, paint.theme);
    let right = match view.position() {
        Some((_, 0)) => "no match".to_owned(),
        Some((at, of)) => format!("match {at} of {of}"),
        None => format!("line {} of {}", view.cursor.row + 1, view.lines.len().max(1)),
    };
    let title = Title { name: &view.title, right, ..Title::default() };
    let mut inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
    if let Some(search) = view.search.as_ref().filter(|s| s.editing || !s.field.text().is_empty())
        && inner.height > 1
    {
        let y = inner.bottom() - 1;
        let x = paint.text(inner.x + 1, y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        let field = Rect { x, y, width: inner.right().saturating_sub(x), height: 1 };
        draw_field(paint, field, &search.field, search.editing);
        inner.height -= 1;
    }
    draw_lines(paint, area, inner, view);
}

/// The lines of a text inside of a frame, those in sight.
pub fn draw_lines(paint: &mut Paint<'_>, frame: Rect, inner: Rect, view: &TextView) {
    let offset = paint.list(frame, inner, ListId::Overlay, &view.cursor, view.lines.len());
    for (y, (at, line)) in (inner.y..inner.bottom()).zip(view.lines.iter().enumerate().skip(offset)) {
        let mut pen = Pen { x: inner.x + 1, y, end: inner.right().saturating_sub(1), skip: view.shift };
        let mut from = 0;
        for range in view.matches_in(line) {
            json_pieces(paint, &line[from..range.start], &mut pen);
            pen.write(paint, &line[range.clone()], paint.theme.found);
            from = range.end;
        }
        json_pieces(paint, &line[from..], &mut pen);
        if at == view.cursor.row {
            paint.mark_row(inner, y, true);
        }
    }
}

/// Where the next piece of a line goes, and how many cells are still out of sight on the left.
struct Pen {
    x: u16,
    y: u16,
    end: u16,
    skip: usize,
}

impl Pen {
    fn write(&mut self, paint: &mut Paint<'_>, piece: &str, style: Style) {
        let shown = text::skip_cells(piece, self.skip);
        self.skip = self.skip.saturating_sub(text::width(piece));
        self.x = paint.text(self.x, self.y, self.end.saturating_sub(self.x), shown, style);
    }
}

/// Draws `"name": value` with the name standing out; any other text as it is.
fn json_pieces(paint: &mut Paint<'_>, line: &str, pen: &mut Pen) {
    let indent = line.len() - line.trim_start().len();
    let name_end = line[indent..].starts_with('"').then(|| line.find("\": ")).flatten();
    match name_end {
        Some(end) => {
            pen.write(paint, &line[..=end], paint.theme.accent);
            pen.write(paint, &line[end + 1..], paint.theme.text);
        }
        None => pen.write(paint, line, paint.theme.text),
    }
}
