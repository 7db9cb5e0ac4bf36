//! Rows of one line or more, such as the steps of a plan: the one under the cursor is whole in sight, and what is grave
//! among those that are out of sight is told at the edge.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::hit::{ListId, Target};
use crate::app::list::ListCursor;
use crate::ui::paint::Paint;
use crate::ui::widgets::text;

/// Lines below which none is spent on what is out of sight.
const LEAST: usize = 6;

/// One line of a row. Lines stand in the order of their rows.
#[derive(Debug, Clone)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub style: Style,
    /// At its right end, whole.
    pub right: String,
    /// How that looks.
    pub right_style: Style,
    /// The row that it belongs to.
    pub row: usize,
    /// Whether it must not be missed: it is the head of its row then.
    pub grave: bool,
}

impl Line {
    /// A line with nothing at its right end.
    pub fn new(row: usize, text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, right: String::new(), right_style: style, row, grave: false }
    }
}

/// Draws rows, notes them for the mouse and the cursor, and says in the border of `frame` how many are out of sight.
pub fn draw(paint: &mut Paint<'_>, frame: Rect, area: Rect, cursor: &ListCursor, lines: &[Line]) {
    let full = usize::from(area.height);
    let grave = |lines: &[Line]| lines.iter().any(|line| line.grave);
    let mut edges = (false, false);
    let sight = loop {
        let sight = in_sight(lines, cursor, full - usize::from(edges.0) - usize::from(edges.1));
        // What room was once made for is kept, or it would never settle.
        let wanted = (edges.0 || grave(&lines[..sight.start]), edges.1 || grave(&lines[sight.end..]));
        if wanted == edges || full < LEAST {
            break sight;
        }
        edges = wanted;
    };
    let (above, below) = (&lines[..sight.start], &lines[sight.end..]);
    let shown = &lines[sight.clone()];
    let rows = lines.last().map_or(0, |line| line.row + 1);
    let first = shown.first().map_or(0, |line| line.row);
    let behind = shown.last().map_or(0, |line| line.row + 1);
    paint.hits.add_viewport(ListId::Overlay, sight.start, (behind - first).max(1));
    paint.hits.add(area, Target::List(ListId::Overlay));
    paint.more(frame, first, rows.saturating_sub(behind));
    let mut y = area.y;
    if edges.0 {
        draw_edge(paint, Rect { height: 1, ..area }, paint.signs.ascending, above);
        y += 1;
    }
    for (y, line) in (y..area.bottom()).zip(shown) {
        draw_line(paint, Rect { y, height: 1, ..area }, line, line.row == cursor.row);
    }
    if edges.1 {
        let last = Rect { y: area.bottom() - 1, height: 1, ..area };
        draw_edge(paint, last, paint.signs.descending, below);
    }
}

fn draw_line(paint: &mut Paint<'_>, area: Rect, line: &Line, is_under_cursor: bool) {
    let right = u16::try_from(text::width(&line.right)).unwrap_or(area.width);
    let room = area.width.saturating_sub(2 + if right > 0 { right + 1 } else { 0 });
    paint.text(area.x + 1, area.y, room, &line.text, line.style);
    if right > 0 {
        let x = area.right().saturating_sub(right + 1).max(area.x + 1);
        paint.text(x, area.y, area.right().saturating_sub(x), &line.right, line.right_style);
    }
    paint.hits.add(area, Target::Row(ListId::Overlay, line.row));
    if is_under_cursor {
        paint.buf.set_string(area.x, area.y, paint.signs.cursor, paint.theme.accent);
    }
}

/// What is grave among lines that are out of sight, in one line: the head of the only one, else their numbers.
fn draw_edge(paint: &mut Paint<'_>, area: Rect, way: &str, lines: &[Line]) {
    let grave: Vec<&Line> = lines.iter().filter(|line| line.grave).collect();
    let (Some(first), Some(last)) = (grave.first(), grave.last()) else { return };
    let mut shown =
        Line { row: if way == paint.signs.ascending { last.row } else { first.row }, ..(*first).clone() };
    if grave.len() > 1 {
        let numbers: Vec<String> = grave.iter().map(|line| (line.row + 1).to_string()).collect();
        shown.text = format!("steps {}", numbers.join(", "));
    }
    shown.text = format!("{way} {}", shown.text.trim_start());
    shown.style = paint.theme.bad;
    draw_line(paint, area, &shown, false);
}

/// The lines to show: moved as little as possible, so that the row under the cursor is whole where it fits, with a line of
/// its neighbours, and no line is left empty at the end.
fn in_sight(lines: &[Line], cursor: &ListCursor, height: usize) -> Range<usize> {
    let start = |row: usize| lines.partition_point(|line| line.row < row);
    let row = cursor.row.min(lines.last().map_or(0, |line| line.row));
    let (begin, end) = (start(row), start(row + 1));
    let first = cursor
        .offset
        .min(begin.saturating_sub(1))
        .max((end + 1).min(lines.len()).saturating_sub(height))
        .min(begin)
        .min(lines.len().saturating_sub(height));
    first..(first + height).min(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of so many lines each.
    fn rows(heights: &[usize]) -> Vec<Line> {
        let lines = heights.iter().enumerate().flat_map(|(row, height)| {
            (0..*height).map(move |n| Line::new(row, n.to_string(), Style::default()))
        });
        lines.collect()
    }

    fn at(row: usize, offset: usize) -> ListCursor {
        ListCursor { row, offset, height: 0 }
    }

    #[test]
    fn the_row_under_the_cursor_is_whole_with_something_of_its_neighbours() {
        let lines = rows(&[1, 1, 1, 5, 1, 1, 1, 1]);
        assert_eq!(in_sight(&lines, &at(0, 0), 8), 0..8);
        assert_eq!(in_sight(&lines, &at(3, 0), 8), 1..9, "a line of the next one");
        assert_eq!(in_sight(&lines, &at(3, 3), 8), 2..10, "and of the one before");
        assert_eq!(in_sight(&lines, &at(7, 0), 8), 4..12, "no empty line at the end");
        assert_eq!(in_sight(&lines, &at(3, 0), 4), 3..7, "the beginning of what does not fit");
        assert_eq!(in_sight(&lines, &at(9, 9), 40), 0..12);
        assert_eq!(in_sight(&[], &at(0, 0), 8), 0..0);
    }

    #[test]
    fn what_was_settled_on_stays() {
        let lines = rows(&[1, 2, 1, 4, 2, 1, 3, 1, 1, 6, 1]);
        for row in 0..11 {
            for height in 1..14 {
                for offset in 0..11 {
                    let sight = in_sight(&lines, &at(row, offset), height);
                    assert_eq!(
                        in_sight(&lines, &at(row, sight.start), height),
                        sight,
                        "{row} {height} {offset}"
                    );
                    assert!(sight.clone().any(|line| lines[line].row == row), "{row} {height} {offset}");
                }
            }
        }
    }
}
