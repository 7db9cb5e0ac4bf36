//! The lines of frames. As characters they would show a seam at every row, and bend where a font has
//! other measures than a terminal's cell.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::{CELL_HEIGHT, CELL_WIDTH, left_of, top_of};

/// How far the arms of a box character reach from the middle of its cell: left, right, up, down.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Arms {
    left: bool,
    right: bool,
    up: bool,
    down: bool,
    heavy: bool,
    round: bool,
}

const fn arms(which: &[u8], heavy: bool, round: bool) -> Arms {
    let mut arms = Arms { left: false, right: false, up: false, down: false, heavy, round };
    let mut at = 0;
    while at < which.len() {
        match which[at] {
            b'l' => arms.left = true,
            b'r' => arms.right = true,
            b'u' => arms.up = true,
            _ => arms.down = true,
        }
        at += 1;
    }
    arms
}

const BOXES: &[(&str, Arms)] = &[
    ("─", arms(b"lr", false, false)),
    ("│", arms(b"ud", false, false)),
    ("┌", arms(b"rd", false, false)),
    ("┐", arms(b"ld", false, false)),
    ("└", arms(b"ru", false, false)),
    ("┘", arms(b"lu", false, false)),
    ("╭", arms(b"rd", false, true)),
    ("╮", arms(b"ld", false, true)),
    ("╰", arms(b"ru", false, true)),
    ("╯", arms(b"lu", false, true)),
    ("├", arms(b"rud", false, false)),
    ("┤", arms(b"lud", false, false)),
    ("┬", arms(b"lrd", false, false)),
    ("┴", arms(b"lru", false, false)),
    ("┼", arms(b"lrud", false, false)),
    ("━", arms(b"lr", true, false)),
    ("┃", arms(b"ud", true, false)),
    ("┏", arms(b"rd", true, false)),
    ("┓", arms(b"ld", true, false)),
    ("┗", arms(b"ru", true, false)),
    ("┛", arms(b"lu", true, false)),
];

/// A line from one end to the other, in half cells.
type Line = (u16, u16);

/// The lines of one colour and weight.
#[derive(Default)]
struct Pen {
    /// By row of cells.
    across: BTreeMap<u16, Vec<Line>>,
    /// By column of cells.
    along: BTreeMap<u16, Vec<Line>>,
    curves: String,
}

/// The lines of a picture, by colour and weight.
#[derive(Default)]
pub(super) struct Strokes {
    pens: BTreeMap<(String, bool), Pen>,
}

impl Strokes {
    /// Takes a symbol that is part of a frame; false leaves it to be written as text.
    pub(super) fn take(&mut self, column: u16, row: u16, symbol: &str, ink: &str) -> bool {
        let Some((_, arms)) = BOXES.iter().find(|(known, _)| *known == symbol) else { return false };
        let pen = self.pens.entry((ink.to_owned(), arms.heavy)).or_default();
        if arms.round {
            pen.curve(column, row, *arms);
            return true;
        }
        let (middle_x, middle_y) = (2 * column + 1, 2 * row + 1);
        if arms.left || arms.right {
            let line = (middle_x - u16::from(arms.left), middle_x + u16::from(arms.right));
            extend(pen.across.entry(row).or_default(), line);
        }
        if arms.up || arms.down {
            let line = (middle_y - u16::from(arms.up), middle_y + u16::from(arms.down));
            extend(pen.along.entry(column).or_default(), line);
        }
        true
    }

    /// One `path` for each colour and weight.
    pub(super) fn into_paths(self) -> String {
        let mut svg = String::new();
        for ((ink, heavy), pen) in self.pens {
            let width = if heavy { 2.0 } else { 1.0 };
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(
                svg,
                "<path fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width}\" stroke-linecap=\"square\" d=\"{}\"/>",
                pen.into_data()
            );
        }
        svg
    }
}

impl Pen {
    fn curve(&mut self, column: u16, row: u16, arms: Arms) {
        let (x, y) = (across_at(2 * column + 1), down_at(2 * row + 1));
        let end_x = across_at(2 * column + if arms.right { 2 } else { 0 });
        let end_y = down_at(2 * row + if arms.down { 2 } else { 0 });
        // As far from the end of the row as from the side: an even bend.
        let bend = if arms.down { y + CELL_WIDTH / 2.0 } else { y - CELL_WIDTH / 2.0 };
        let _ = write!(self.curves, "M{x:.1} {end_y:.1}V{bend:.1}Q{x:.1} {y:.1} {end_x:.1} {y:.1}");
    }

    fn into_data(self) -> String {
        let mut data = String::new();
        for (row, lines) in self.across {
            for (from, to) in lines {
                let y = down_at(2 * row + 1);
                let _ = write!(data, "M{:.1} {y:.1}H{:.1}", across_at(from), across_at(to));
            }
        }
        for (column, lines) in self.along {
            for (from, to) in lines {
                let x = across_at(2 * column + 1);
                let _ = write!(data, "M{x:.1} {:.1}V{:.1}", down_at(from), down_at(to));
            }
        }
        data + &self.curves
    }
}

/// Adds a line; one that goes on where the last one ended makes that one longer.
fn extend(lines: &mut Vec<Line>, line: Line) {
    match lines.last_mut() {
        Some(last) if last.1 == line.0 => last.1 = line.1,
        _ => lines.push(line),
    }
}

fn across_at(halves: u16) -> f32 {
    left_of(0) + f32::from(halves) * CELL_WIDTH / 2.0
}

fn down_at(halves: u16) -> f32 {
    top_of(0) + f32::from(halves) * CELL_HEIGHT / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_make_one_line() {
        let mut strokes = Strokes::default();
        for column in 0..3 {
            assert!(strokes.take(column, 0, "━", "#fff"));
        }
        for row in 1..4 {
            assert!(strokes.take(5, row, "┃", "#fff"));
        }
        let paths = strokes.into_paths();
        assert_eq!(paths.matches('M').count(), 2, "{paths}");
        assert!(paths.contains("stroke-width=\"2\""));
    }

    #[test]
    fn what_is_no_frame_is_left_to_be_written() {
        let mut strokes = Strokes::default();
        assert!(!strokes.take(0, 0, "a", "#fff") && !strokes.take(0, 0, "-", "#fff"));
        assert!(strokes.into_paths().is_empty());
    }

    #[test]
    fn every_box_character_has_arms() {
        for (symbol, arms) in BOXES {
            let count = [arms.left, arms.right, arms.up, arms.down].iter().filter(|arm| **arm).count();
            assert!(count >= 2, "{symbol}");
        }
    }
}
