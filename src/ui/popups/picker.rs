//! Draws a list to choose from.

use ratatui::layout::Rect;

use crate::app::access::inquiry::Inquiring;
use crate::app::hit::ListId;
use crate::app::picker::Picker;
use crate::ui::paint::Paint;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// Draws the picker over `area`; `spinner` is the sign of choices that are still to come.
pub fn draw(paint: &mut Paint<'_>, area: Rect, picker: &Picker, spinner: &str) {
    let width = u16::try_from(picker.widest() + 9).unwrap_or(u16::MAX).clamp(40, 96);
    let filtering = picker.typing || !picker.query.text().is_empty();
    let rows = picker.items.len() + usize::from(filtering) + 2;
    let height = u16::try_from(rows).unwrap_or(u16::MAX).clamp(3, area.height.saturating_sub(4).max(3));
    let popup = frame::centred(area, width, height);
    frame::clear(paint.buf, popup, paint.theme);
    let mut right =
        if filtering { format!("{} of {}", picker.shown().len(), picker.items.len()) } else { String::new() };
    if picker.more.as_ref().is_some_and(Inquiring::is_under_way) {
        right = format!("{spinner} {right}").trim_end().to_owned();
    }
    let title = Title { name: &picker.title, right, ..Title::default() };
    let mut inner = frame::draw(paint.buf, popup, &title, true, paint.theme, paint.signs);
    if filtering && inner.height > 0 {
        let x = paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        draw_field(
            paint,
            Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner },
            &picker.query,
            picker.typing,
        );
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let shown = picker.shown();
    let offset = paint.list(popup, inner, ListId::Overlay, &picker.cursor, shown.len());
    if shown.is_empty() && inner.height > 0 {
        let words = format!("nothing matches{}", picker.hint);
        for (y, line) in (inner.y..inner.bottom()).zip(text::wrap(&words, usize::from(inner.width - 2))) {
            paint.text(inner.x + 1, y, inner.width.saturating_sub(1), &line, paint.theme.dim);
        }
    }
    for (y, at) in (inner.y..inner.bottom()).zip(&shown[offset.min(shown.len())..]) {
        let item = &picker.items[*at];
        let mut x = inner.x + 1;
        if !filtering && let Some(key) = item.key {
            x = paint.text(x, y, inner.right().saturating_sub(x), &format!("{key} "), paint.theme.accent);
        }
        let end = paint.text(x, y, inner.right().saturating_sub(x), &item.label, paint.theme.text);
        let detail = text::width(&item.detail);
        let room = usize::from(inner.right().saturating_sub(end + 2));
        if detail > 0 && room > 3 {
            let taken = u16::try_from(detail.min(room)).unwrap_or(0);
            let x = inner.right().saturating_sub(taken + 1).max(end + 1);
            paint.text(x, y, inner.right().saturating_sub(x + 1).max(1), &item.detail, paint.theme.dim);
        }
        if shown.get(picker.cursor.row) == Some(at) {
            paint.mark_row(inner, y, true);
        }
    }
}

/// A field with its text, and the caret when it is being typed into.
pub fn draw_field(paint: &mut Paint<'_>, area: Rect, field: &crate::app::field::Field, editing: bool) {
    let room = usize::from(area.width);
    if room == 0 {
        return;
    }
    if !editing {
        paint.text(area.x, area.y, area.width, field.text(), paint.theme.text);
        return;
    }
    let before = text::width(field.before_cursor());
    // The caret stays in sight: what does not fit goes out on the left, and is marked there.
    let skip = (before + 1).saturating_sub(room);
    if skip == 0 {
        paint.text(area.x, area.y, area.width, field.text(), paint.theme.text);
    } else {
        let x = paint.text(area.x, area.y, 1, paint.signs.ellipsis, paint.theme.dim);
        let shown = text::skip_cells(field.text(), skip + 1);
        paint.text(x, area.y, area.width - 1, shown, paint.theme.text);
    }
    let x = area.x + u16::try_from(before - skip.min(before)).unwrap_or(0);
    paint.caret = Some((x.min(area.right().saturating_sub(1)), area.y));
}
