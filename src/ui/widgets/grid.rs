//! Rows in columns. Only the rows on screen are asked for, whatever the length of the list.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::config::symbols::Symbols;
use crate::config::theme::Theme;
use crate::ui::widgets::text;

/// How wide a column wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Width {
    /// It is left out below this.
    pub least: u16,
    /// It takes no more than this.
    pub most: u16,
}

/// The head of a column.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its title.
    pub title: &'a str,
    /// Its width.
    pub width: Width,
    /// Whether the list is sorted by it, and downwards.
    pub sorted: Option<bool>,
}

/// One cell.
pub struct Cell<'a> {
    /// The text, cut to the column.
    pub text: Cow<'a, str>,
    /// Its style.
    pub style: Style,
}

/// What a grid shows.
pub struct Grid<'a> {
    /// The columns, the most important first: when there is no room, the last go.
    pub heads: &'a [Head<'a>],
    /// Whether the heads are drawn.
    pub show_heads: bool,
    /// How many rows there are.
    pub rows: usize,
    /// The first row on screen.
    pub offset: usize,
    /// The row under the cursor, if one is shown.
    pub cursor: Option<usize>,
    /// Whether this list has the keys.
    pub focused: bool,
}

/// The widths that fit into a room: every column its least, from the left, then what is left over
/// shared up to each one's most. Zero is a column that is not shown.
#[must_use]
pub fn widths(heads: &[Width], room: u16) -> Vec<u16> {
    const GAP: u16 = 1;
    let mut widths = vec![0; heads.len()];
    let mut left = room;
    for (at, head) in heads.iter().enumerate() {
        let gap = if at == 0 { 0 } else { GAP };
        if at > 0 && head.least + gap > left {
            break;
        }
        widths[at] = head.least.min(left);
        left -= widths[at] + gap.min(left.saturating_sub(widths[at]));
    }
    // Give from the left, a cell at a time in turns, so that no column starves another.
    while left > 0 {
        let mut given = false;
        for (at, head) in heads.iter().enumerate() {
            if left > 0 && widths[at] > 0 && widths[at] < head.most {
                widths[at] += 1;
                left -= 1;
                given = true;
            }
        }
        if !given {
            break;
        }
    }
    widths
}

impl Grid<'_> {
    /// Draws the grid; `cell` gives the cell of a row and a column.
    pub fn draw<'c>(
        &self,
        buf: &mut Buffer,
        area: Rect,
        theme: &Theme,
        signs: &Symbols,
        cell: impl Fn(usize, usize) -> Cell<'c>,
    ) {
        if area.width == 0 || area.height == 0 {
            return;
        }
        let wanted: Vec<Width> = self.heads.iter().map(|head| head.width).collect();
        let widths = widths(&wanted, area.width.saturating_sub(1));
        let mut y = area.y;
        if self.show_heads {
            self.draw_heads(buf, area, &widths, theme, signs);
            y += 1;
        }
        for row in (self.offset..self.rows).take(usize::from(area.bottom().saturating_sub(y))) {
            let mut x = area.x + 1;
            let under_cursor = self.cursor == Some(row);
            for (column, width) in widths.iter().enumerate().filter(|(_, width)| **width > 0) {
                let cell = cell(row, column);
                let shown = text::cut(&cell.text, usize::from(*width), signs.ellipsis);
                buf.set_stringn(x, y, shown, usize::from(*width), cell.style);
                x += width + 1;
            }
            if under_cursor {
                let line = Rect { x: area.x, y, width: area.width, height: 1 };
                buf.set_style(line, if self.focused { theme.selected } else { theme.selected_off });
                if self.focused {
                    buf.set_string(area.x, y, signs.cursor, theme.accent);
                }
            }
            y += 1;
        }
    }

    fn draw_heads(&self, buf: &mut Buffer, area: Rect, widths: &[u16], theme: &Theme, signs: &Symbols) {
        let mut x = area.x + 1;
        for (head, width) in self.heads.iter().zip(widths).filter(|(_, width)| **width > 0) {
            let arrow = match head.sorted {
                Some(true) => signs.descending,
                Some(false) => signs.ascending,
                None => "",
            };
            let room = usize::from(*width).saturating_sub(text::width(arrow));
            let shown = format!("{}{arrow}", text::cut(head.title, room, signs.ellipsis));
            buf.set_stringn(x, area.y, shown, usize::from(*width), theme.dim);
            x += width + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(u16, u16)], room: u16) -> Vec<u16> {
        let heads: Vec<Width> =
            pairs.iter().map(|(least, most)| Width { least: *least, most: *most }).collect();
        widths(&heads, room)
    }

    #[test]
    fn columns_share_the_room_and_the_last_go_first() {
        assert_eq!(of(&[(4, 10), (4, 4)], 20), [10, 4]);
        assert_eq!(of(&[(4, 10), (4, 10)], 17), [8, 8]);
        assert_eq!(of(&[(4, 10), (4, 4), (4, 4)], 10), [5, 4, 0]);
        assert_eq!(of(&[(8, 10)], 5), [5]);
        assert_eq!(of(&[(8, 10), (3, 3)], 0), [0, 0]);
    }

    #[test]
    fn widths_never_exceed_the_room() {
        for room in 0..60 {
            let widths = of(&[(5, 30), (3, 8), (10, 10), (1, 20)], room);
            let shown = widths.iter().filter(|w| **w > 0).count() as u16;
            assert!(
                widths.iter().sum::<u16>() + shown.saturating_sub(1) <= room.max(1),
                "{room}: {widths:?}"
            );
        }
    }
}
