//! What follows from what is chosen in a form.

use ratatui::layout::Rect;

use crate::app::form::Note;
use crate::app::hit::ListId;
use crate::app::list::ListCursor;
use crate::domain::fact::Tone;
use crate::ui::paint::Paint;
use crate::ui::widgets::text;

/// Draws the notes into `area` of the form's `frame`; with a cursor the text can be scrolled, else it says when it goes
/// on.
pub fn draw(paint: &mut Paint<'_>, frame: Rect, area: Rect, notes: &[Note], scroll: Option<&ListCursor>) {
    let room = usize::from(area.width.saturating_sub(2));
    let mut lines = Vec::new();
    for (at, note) in notes.iter().enumerate() {
        if note.heading && at > 0 {
            lines.push((String::new(), paint.theme.text));
        }
        let style = if note.heading { paint.theme.strong } else { paint.tone(note.tone) };
        let mark = match note.tone {
            Tone::Good => paint.signs.good,
            Tone::Warn => paint.signs.warning,
            Tone::Bad => paint.signs.bad,
            Tone::Plain | Tone::Muted => "",
        };
        let indent = if mark.is_empty() { 0 } else { 2 };
        for (n, part) in text::wrap(&note.text, room.saturating_sub(indent).max(1)).into_iter().enumerate() {
            let begin = match (indent, n) {
                (0, _) => String::new(),
                (_, 0) => format!("{mark} "),
                _ => "  ".to_owned(),
            };
            lines.push((format!("{begin}{part}"), style));
        }
    }
    let height = usize::from(area.height);
    let offset = match scroll {
        Some(cursor) => {
            let last = lines.len().saturating_sub(height);
            paint.hits.add_list(area, ListId::Overlay, cursor.row.min(last), lines.len());
            paint.more(
                frame,
                cursor.row.min(last),
                lines.len().saturating_sub(cursor.row.min(last) + height),
            );
            cursor.row.min(last)
        }
        None => 0,
    };
    let more = lines.len() > offset + height && scroll.is_none();
    for (y, (line, style)) in (area.y..area.bottom()).zip(lines.iter().skip(offset)) {
        if more && y + 1 == area.bottom() {
            paint.text(area.x + 1, y, area.width.saturating_sub(2), paint.signs.ellipsis, paint.theme.dim);
        } else {
            paint.text(area.x + 1, y, area.width.saturating_sub(2), line, *style);
        }
    }
}
