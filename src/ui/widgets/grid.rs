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
    /// Columns with the highest number go first when there is no room.
    pub rank: u8,
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
    /// The columns, in the order in which they stand.
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

/// The widths that fit into a room: every column its least, the most important first, then what is
/// left over shared up to each one's most. Zero is a column that is not shown.
#[must_use]
pub fn widths(heads: &[(Width, u8)], room: u16) -> Vec<u16> {
    const GAP: u16 = 1;
    /// What is narrower than this says nothing.
    const NARROWEST: u16 = 8;
    let mut widths = vec![0; heads.len()];
    let mut left = room;
    let mut order: Vec<usize> = (0..heads.len()).collect();
    order.sort_by_key(|at| heads[*at].1);
    for (taken, at) in order.iter().copied().enumerate() {
        let least = heads[at].0.least;
        let gap = if taken == 0 { 0 } else { GAP };
        if taken > 0 && least + gap > left {
            if taken == 1 && room >= 2 * NARROWEST + GAP {
                // However narrow: the two that matter most are there, such as who has which role.
                widths[at] = least.min(room / 2).max(NARROWEST);
                widths[order[0]] = room - GAP - widths[at];
                left = 0;
            }
            break;
        }
        widths[at] = least.min(left);
        left -= (widths[at] + gap).min(left);
    }
    // Give a cell at a time in turns, so that no column starves another.
    while left > 0 {
        let mut given = false;
        for (at, (width, _)) in heads.iter().enumerate() {
            if left > 0 && widths[at] > 0 && widths[at] < width.most {
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
    /// How wide each column is when the grid is drawn into an area; zero where it is not shown.
    #[must_use]
    pub fn widths(&self, area: Rect) -> Vec<u16> {
        let wanted: Vec<(Width, u8)> = self.heads.iter().map(|head| (head.width, head.rank)).collect();
        widths(&wanted, area.width.saturating_sub(2))
    }

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
        let widths = self.widths(area);
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
        if widths.contains(&0) {
            buf.set_string(area.right() - 1, area.y, signs.ellipsis, theme.dim);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(columns: &[(u16, u16, u8)], room: u16) -> Vec<u16> {
        let heads: Vec<(Width, u8)> =
            columns.iter().map(|(least, most, rank)| (Width { least: *least, most: *most }, *rank)).collect();
        widths(&heads, room)
    }

    #[test]
    fn columns_share_the_room_and_the_least_important_go_first() {
        assert_eq!(of(&[(4, 10, 0), (4, 4, 0)], 20), [10, 4]);
        assert_eq!(of(&[(4, 10, 0), (4, 10, 0)], 17), [8, 8]);
        assert_eq!(of(&[(4, 10, 0), (4, 4, 0), (4, 4, 0)], 10), [5, 4, 0]);
        assert_eq!(of(&[(4, 10, 0), (4, 4, 2), (4, 4, 1)], 10), [5, 0, 4]);
        assert_eq!(of(&[(8, 10, 0)], 5), [5]);
        assert_eq!(of(&[(20, 36, 0), (8, 12, 3), (23, 46, 1)], 36), [17, 0, 18], "two share what there is");
        assert_eq!(of(&[(30, 90, 0), (8, 8, 1)], 36), [27, 8]);
        assert_eq!(of(&[(20, 36, 0), (23, 46, 1)], 16), [16, 0]);
        assert_eq!(of(&[(8, 10, 0), (3, 3, 0)], 0), [0, 0]);
    }

    #[test]
    fn widths_never_exceed_the_room() {
        for room in 0..60 {
            let widths = of(&[(5, 30, 0), (3, 8, 3), (10, 10, 1), (1, 20, 2)], room);
            let shown = widths.iter().filter(|w| **w > 0).count() as u16;
            assert!(
                widths.iter().sum::<u16>() + shown.saturating_sub(1) <= room.max(1),
                "{room}: {widths:?}"
            );
        }
    }
}
