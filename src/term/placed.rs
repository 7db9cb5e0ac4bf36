//! Writes a frame so that no sign shifts what stands behind it.
//!
//! How many cells a sign takes is measured here by Unicode's newest tables and by graphemes. Terminals have tables of their
//! own, and many count each character by itself: a vowel sign that joins its letter here takes a cell of its own there.
//! A run of cells that is written without saying where each stands would then be off from that sign on, and what it
//! covers by mistake would stay.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Cell, CellWidth};
use ratatui::layout::{Position, Size};

/// A backend that says anew where to write behind every sign that terminals may measure otherwise.
#[derive(Debug)]
pub struct Placed<B>(pub B);

/// Whether every terminal gives a sign the one cell that it has here.
fn is_certain(symbol: &str) -> bool {
    let mut characters = symbol.chars();
    let one = characters.next().is_some() && characters.next().is_none();
    one && symbol.cell_width() == 1
}

impl<B: Backend> Backend for Placed<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), B::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut run: Vec<(u16, u16, &Cell)> = Vec::new();
        // The row, and the cells of it that a wide sign covers.
        let mut covered = (0, 0..0);
        for (x, y, cell) in content {
            if covered.0 == y && covered.1.contains(&x) {
                continue;
            }
            if !is_certain(cell.symbol()) {
                self.0.draw(run.drain(..))?;
                let end = x.saturating_add(cell.cell_width());
                covered = (y, x + 1..end);
                // A terminal that takes it for narrower would leave there what stood there before.
                let mut blank = cell.clone();
                blank.set_symbol(" ");
                self.0.draw((x..end).map(|x| (x, y, &blank)))?;
                self.0.draw(std::iter::once((x, y, cell)))?;
                continue;
            }
            run.push((x, y, cell));
        }
        self.0.draw(run.into_iter())
    }

    fn append_lines(&mut self, n: u16) -> Result<(), B::Error> {
        self.0.append_lines(n)
    }

    fn hide_cursor(&mut self) -> Result<(), B::Error> {
        self.0.hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), B::Error> {
        self.0.show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, B::Error> {
        self.0.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), B::Error> {
        self.0.set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), B::Error> {
        self.0.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), B::Error> {
        self.0.clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, B::Error> {
        self.0.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, B::Error> {
        self.0.window_size()
    }

    fn flush(&mut self) -> Result<(), B::Error> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::{CrosstermBackend, TestBackend};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    /// What is written for a line that comes in place of another.
    fn written(before: &str, after: &str) -> String {
        let area = Rect::new(0, 0, 12, 1);
        let [before, after] = [before, after].map(|line| {
            let mut buffer = Buffer::empty(area);
            buffer.set_string(0, 0, line, Style::default());
            buffer
        });
        let mut out = Vec::new();
        let cells = before.diff(&after);
        Placed(CrosstermBackend::new(&mut out)).draw(cells.into_iter()).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// The line that a terminal shows which gives each of these characters a cell, and every other one none.
    fn shown(before: &str, written: &str, cells: fn(char) -> usize) -> String {
        let mut line: Vec<String> = before.chars().map(String::from).collect();
        line.resize(24, " ".to_owned());
        let (mut at, mut rest) = (0, written);
        while let Some(c) = rest.chars().next() {
            if let Some(order) = rest.strip_prefix("\u{1b}[") {
                let end = order.find(|c: char| c.is_ascii_alphabetic()).unwrap();
                if &order[end..=end] == "H" {
                    at = order[..end].split(';').nth(1).unwrap().parse::<usize>().unwrap() - 1;
                }
                rest = &order[end + 1..];
                continue;
            }
            for (next, cell) in (0..cells(c)).zip(at..) {
                line[cell] = if next == 0 { c.to_string() } else { String::new() };
            }
            at += cells(c);
            rest = &rest[c.len_utf8()..];
        }
        line.concat().trim_end().to_owned()
    }

    #[test]
    fn what_a_terminal_measures_otherwise_shifts_nothing_behind_it() {
        // The vowel sign has a cell of its own there.
        let bengali = written("old old old", "ab\u{9ac}\u{9be}cd");
        assert_eq!(shown("old old old", &bengali, |_| 1), "ab\u{9ac}cd");
        // Signs that are wide here, and narrow there.
        for (sign, there) in [("\u{2630}", "\u{2630}"), ("\u{26a0}\u{fe0f}", "\u{26a0}")] {
            let line = written("old old old", &format!("a{sign}cd"));
            let narrow = |c: char| usize::from(c != '\u{fe0f}');
            assert_eq!(shown("old old old", &line, narrow), format!("a{there} cd"));
        }
        // And what both measure alike stays whole.
        let japanese = written("old old old", "a\u{6771}\u{4eac}b");
        assert_eq!(
            shown("old old old", &japanese, |c| 1 + usize::from(c > '\u{3000}')),
            "a\u{6771}\u{4eac}b"
        );
    }

    #[test]
    fn the_backend_behind_it_gets_every_cell() {
        let mut terminal = Terminal::new(Placed(TestBackend::new(12, 1))).unwrap();
        let line = "a\u{6771}e\u{301}\u{26a0}\u{fe0f} z";
        let draw = |frame: &mut ratatui::Frame<'_>| {
            frame.buffer_mut().set_string(0, 0, line, Style::default());
        };
        terminal.draw(draw).unwrap();
        terminal.backend().0.assert_buffer_lines([format!("{line}    ")]);
    }
}
