//! Draws a long text with its search.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::hit::ListId;
use crate::app::text_view::TextView;
use crate::ui::paint::Paint;
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::frame::{self, Title};

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
    let offset = paint.list(inner, ListId::Overlay, &view.cursor, view.lines.len());
    let width = usize::from(inner.width.saturating_sub(2));
    for (y, (at, line)) in (inner.y..inner.bottom()).zip(view.lines.iter().enumerate().skip(offset)) {
        let mut x = inner.x + 1;
        let mut from = 0;
        let end = inner.x + 1 + u16::try_from(width).unwrap_or(u16::MAX);
        let mut piece = |paint: &mut Paint<'_>, text: &str, style: Style| {
            x = paint.text(x, y, end.saturating_sub(x), text, style);
        };
        for range in view.matches_in(line) {
            json_pieces(paint, &line[from..range.start], &mut piece);
            piece(paint, &line[range.clone()], paint.theme.found);
            from = range.end;
        }
        json_pieces(paint, &line[from..], &mut piece);
        if at == view.cursor.row {
            paint.mark_row(inner, y, true);
        }
    }
}

/// Draws `"name": value` with the name standing out; any other text as it is.
fn json_pieces(paint: &mut Paint<'_>, text: &str, piece: &mut impl FnMut(&mut Paint<'_>, &str, Style)) {
    let indent = text.len() - text.trim_start().len();
    let name_end = text[indent..].starts_with('"').then(|| text.find("\": ")).flatten();
    match name_end {
        Some(end) => {
            piece(paint, &text[..=end], paint.theme.accent);
            piece(paint, &text[end + 1..], paint.theme.text);
        }
        None => piece(paint, text, paint.theme.text),
    }
}
