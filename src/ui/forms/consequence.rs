//! What follows from what is chosen in a form.

use ratatui::layout::Rect;

use crate::app::form::Note;
use crate::app::hit::ListId;
use crate::app::list::ListCursor;
use crate::domain::fact::Tone;
use crate::ui::paint::Paint;
use crate::ui::widgets::text;

/// What becomes of what has no room.
#[derive(Clone, Copy)]
pub enum Below<'a> {
    /// It is scrolled to.
    Scrolled(&'a ListCursor),
    /// It is cut off, and this key shows it.
    Cut(&'a str),
}

/// Whether all notes have room.
pub fn fits(area: Rect, notes: &[Note]) -> bool {
    let room = usize::from(area.width.saturating_sub(4)).max(1);
    let rows = notes
        .iter()
        .enumerate()
        .map(|(at, note)| text::wrap(&note.text, room).len() + usize::from(note.heading && at > 0));
    rows.sum::<usize>() <= usize::from(area.height)
}

/// Draws the notes into `area` of the form's `frame`; what has no room is scrolled to, or a key away.
pub fn draw(paint: &mut Paint<'_>, frame: Rect, area: Rect, notes: &[Note], below: Below<'_>) {
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
    let offset = match below {
        Below::Scrolled(cursor) => {
            let last = lines.len().saturating_sub(height);
            paint.hits.add_list(area, ListId::Overlay, cursor.row.min(last), lines.len());
            paint.more(
                frame,
                cursor.row.min(last),
                lines.len().saturating_sub(cursor.row.min(last) + height),
            );
            cursor.row.min(last)
        }
        Below::Cut(_) => 0,
    };
    let more = match below {
        Below::Cut(key) if lines.len() > height => Some(format!("{} {key} has all", paint.signs.ellipsis)),
        _ => None,
    };
    for (y, (line, style)) in (area.y..area.bottom()).zip(lines.iter().skip(offset)) {
        match &more {
            Some(more) if y + 1 == area.bottom() => {
                paint.text(area.x + 1, y, area.width.saturating_sub(2), more, paint.theme.dim);
            }
            _ => {
                paint.text(area.x + 1, y, area.width.saturating_sub(2), line, *style);
            }
        }
    }
}
