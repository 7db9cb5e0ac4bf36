//! What every drawing function needs: the buffer, the colours, the signs, and where it notes what
//! can be clicked.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::hit::{HitMap, ListId};
use crate::app::list::ListCursor;
use crate::config::symbols::Symbols;
use crate::config::theme::Theme;
use crate::domain::fact::Tone;
use crate::ui::widgets::{frame, text};

/// The tools of one frame.
pub struct Paint<'a> {
    /// What is drawn on.
    pub buf: &'a mut Buffer,
    /// What can be clicked.
    pub hits: HitMap,
    /// Where the terminal's cursor goes, if somewhere.
    pub caret: Option<(u16, u16)>,
    /// Colours.
    pub theme: &'a Theme,
    /// Signs.
    pub signs: &'a Symbols,
    /// The time of this frame.
    pub now: Timestamp,
    /// The zone in which clock times are shown.
    pub zone: &'a TimeZone,
}

impl Paint<'_> {
    /// The style of a meaning.
    #[must_use]
    pub fn tone(&self, tone: Tone) -> Style {
        tone_style(self.theme, tone)
    }

    /// A line of text, cut to `width`; gives the column behind it.
    pub fn text(&mut self, x: u16, y: u16, width: u16, content: &str, style: Style) -> u16 {
        if width == 0 {
            return x;
        }
        let shown = text::cut(content, usize::from(width), self.signs.ellipsis);
        self.buf.set_stringn(x, y, shown, usize::from(width), style).0
    }

    /// A sentence where there are no rows, standing back, in as many lines as it takes and there are.
    pub fn note(&mut self, area: Rect, words: &str) {
        let room = area.width.saturating_sub(2);
        for (y, line) in (area.y..area.bottom()).zip(text::wrap(words, usize::from(room))) {
            self.text(area.x + 1, y, room, &line, self.theme.dim);
        }
    }

    /// Pieces of text after one another, cut at the right end of `area`'s first row.
    pub fn pieces(&mut self, area: Rect, pieces: &[(&str, Style)]) {
        let mut x = area.x;
        for (content, style) in pieces {
            let room = area.right().saturating_sub(x);
            if room == 0 {
                return;
            }
            x = self.text(x, area.y, room, content, *style);
        }
    }

    /// Lays out a list of `rows` rows in `area`, notes it for the mouse, says in the border of `frame` how many rows are
    /// out of sight, and gives the first one that is not.
    pub fn list(&mut self, frame: Rect, area: Rect, list: ListId, cursor: &ListCursor, rows: usize) -> usize {
        let offset = cursor.offset_for(rows, usize::from(area.height));
        self.more(frame, offset, rows.saturating_sub(offset + usize::from(area.height)));
        self.hits.add_list(area, list, offset, rows);
        offset
    }

    /// Says in the border of a frame how many lines are out of sight.
    pub fn more(&mut self, frame: Rect, above: usize, below: usize) {
        frame::more(self.buf, frame, above, below, self.theme);
    }

    /// The style of a row that is under the cursor.
    pub fn mark_row(&mut self, area: Rect, y: u16, focused: bool) {
        let row = Rect { y, height: 1, ..area };
        self.buf.set_style(row, if focused { self.theme.selected } else { self.theme.selected_off });
        if focused {
            self.buf.set_string(area.x, y, self.signs.cursor, self.theme.accent);
        }
    }

    /// A time as a clock shows it here, with the day when it is not today.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        let then = at.to_zoned(self.zone.clone());
        let today = self.now.to_zoned(self.zone.clone());
        let form = if then.date() == today.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
        then.strftime(form).to_string()
    }
}

/// The style of a meaning in a theme.
#[must_use]
pub fn tone_style(theme: &Theme, tone: Tone) -> Style {
    match tone {
        Tone::Plain => theme.text,
        Tone::Muted => theme.dim,
        Tone::Good => theme.good,
        Tone::Warn => theme.warn,
        Tone::Bad => theme.bad,
    }
}
