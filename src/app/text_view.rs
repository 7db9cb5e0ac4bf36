//! A long text over the screen: JSON, a request, an error in full. It can be searched.

use std::ops::Range;
use std::sync::Arc;

use super::field::Field;
use super::list::ListCursor;
use super::picker::{Item, Picker};
use crate::ui::widgets::text;

/// A text that is looked at.
#[derive(Debug, Clone)]
pub struct TextView {
    /// What it is.
    pub title: String,
    /// Its lines, safe to draw.
    pub lines: Arc<[String]>,
    /// The text as it was before its lines were broken for the screen; what is copied must not have broken ids.
    whole: Option<Arc<str>>,
    /// The line under the cursor.
    pub cursor: ListCursor,
    /// The search, while there is one.
    pub search: Option<Search>,
    /// Cells that are out of sight on the left.
    pub shift: usize,
    /// What can be done about what it tells.
    pub offers: Vec<Item>,
    /// What can be chosen once it was read.
    pub next: Option<Box<Picker>>,
    /// Cells in sight.
    columns: usize,
}

/// Cells that one press moves a long text sideways.
const SIDEWAYS: usize = 16;

/// A search in a text.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// What is looked for.
    pub field: Field,
    /// Whether it is being typed.
    pub editing: bool,
    matches: Vec<usize>,
}

impl TextView {
    /// A view of a text for a screen of this many columns.
    #[must_use]
    pub fn new(title: impl Into<String>, text: &str, columns: u16) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        Self {
            title: title.into(),
            lines: lines.into(),
            whole: None,
            cursor: ListCursor::default(),
            search: None,
            shift: 0,
            offers: Vec::new(),
            next: None,
            // The frame and a blank on either side.
            columns: usize::from(columns.saturating_sub(4)),
        }
    }

    /// A view of a text for a screen of this many columns: what is longer goes on in the next line,
    /// below where its value begins.
    #[must_use]
    pub fn wrapped(title: impl Into<String>, content: &str, columns: u16) -> Self {
        let lines = wrap(content, columns).into_iter().map(|(_, line)| line).collect();
        Self { lines, whole: Some(content.into()), ..Self::new(title, "", columns) }
    }

    /// With what can be chosen once it was read.
    #[must_use]
    pub fn followed_by(self, next: Picker) -> Self {
        Self { next: Some(Box::new(next)), ..self }
    }

    /// Fits it to a screen of this many columns, `laid` being the text where that is another one for another width;
    /// what was under the cursor stays there.
    pub fn fit(&mut self, laid: Option<&str>, columns: u16) {
        let before = std::mem::replace(&mut self.columns, usize::from(columns.saturating_sub(4)));
        if let (Some(_), Some(laid)) = (&self.whole, laid) {
            self.lines = wrap(laid, columns).into_iter().map(|(_, line)| line).collect();
            self.cursor.row = self.cursor.row.min(self.lines.len().saturating_sub(1));
            self.whole = Some(laid.into());
            self.match_anew();
            return;
        }
        let Some(whole) = self.whole.clone().filter(|_| before != self.columns) else { return };
        // Which line of the text it is, of those that may have been wrapped otherwise.
        let was = u16::try_from(before + 4).unwrap_or(u16::MAX);
        let line = wrap(&whole, was).get(self.cursor.row).map_or(0, |(line, _)| *line);
        let wrapped = wrap(&whole, columns);
        self.cursor.row = wrapped.iter().position(|(at, _)| *at == line).unwrap_or(0);
        self.lines = wrapped.into_iter().map(|(_, line)| line).collect();
        self.match_anew();
    }

    /// The whole text, each of its lines in one.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = match &self.whole {
            Some(whole) => whole.trim_end_matches('\n').to_owned(),
            None => self.lines.join("\n"),
        };
        text.push('\n');
        text
    }

    /// Moves the text sideways, no further than its longest line.
    pub fn sideways(&mut self, right: bool) {
        let widest = self.lines.iter().map(|line| text::width(line)).max().unwrap_or(0);
        self.shift = if right {
            let hidden = widest.saturating_sub(self.columns);
            (self.shift + SIDEWAYS).min(hidden)
        } else {
            self.shift.saturating_sub(SIDEWAYS)
        };
    }

    /// Moves the text sideways until the match in the line under the cursor is in sight.
    fn reveal(&mut self) {
        let Some(line) = self.lines.get(self.cursor.row) else { return };
        let Some(found) = self.matches_in(line).into_iter().next() else { return };
        let (start, end) = (text::width(&line[..found.start]), text::width(&line[..found.end]));
        let room = self.columns.max(SIDEWAYS);
        if start < self.shift || end > self.shift + room {
            // With a little of what stands before it.
            self.shift = if end <= room { 0 } else { start.saturating_sub(SIDEWAYS) };
        }
    }

    /// Looks for what the search field holds, and goes to the first match at or below the cursor.
    pub fn find(&mut self) {
        self.match_anew();
        let Some(search) = &self.search else { return };
        let row = self.cursor.row;
        if let Some(at) = search.matches.iter().find(|at| **at >= row).or(search.matches.first()) {
            self.cursor.row = *at;
        }
        self.reveal();
    }

    /// Looks for what the search field holds in the lines that there are now.
    fn match_anew(&mut self) {
        let Some(search) = &mut self.search else { return };
        let needle = search.field.text().to_lowercase();
        search.matches = if needle.is_empty() {
            Vec::new()
        } else {
            let hit = |(at, line): (usize, &String)| (!find_in(line, &needle).is_empty()).then_some(at);
            self.lines.iter().enumerate().filter_map(hit).collect()
        };
    }

    /// Goes to the next match, around the end.
    pub fn next(&mut self) {
        if let Some(search) = &self.search {
            let row = self.cursor.row;
            if let Some(at) = search.matches.iter().find(|at| **at > row).or(search.matches.first()) {
                self.cursor.row = *at;
            }
        }
        self.reveal();
    }

    /// Goes to the match before, around the beginning.
    pub fn previous(&mut self) {
        if let Some(search) = &self.search {
            let row = self.cursor.row;
            if let Some(at) = search.matches.iter().rev().find(|at| **at < row).or(search.matches.last()) {
                self.cursor.row = *at;
            }
        }
        self.reveal();
    }

    /// Which match the cursor is on and how many there are, counted from 1; `None` without a search.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        let search = self.search.as_ref()?;
        let at = search.matches.iter().position(|at| *at == self.cursor.row).map_or(0, |at| at + 1);
        Some((at, search.matches.len()))
    }

    /// Where in a line the search matches, in bytes.
    #[must_use]
    pub fn matches_in(&self, line: &str) -> Vec<Range<usize>> {
        match &self.search {
            Some(search) if !search.field.text().is_empty() => {
                find_in(line, &search.field.text().to_lowercase())
            }
            _ => Vec::new(),
        }
    }
}

/// The lines of a text on a screen of so many columns, each with the number of the line that it is of.
fn wrap(content: &str, columns: u16) -> Vec<(usize, String)> {
    let room = usize::from(columns.saturating_sub(4)).max(20);
    let mut lines = Vec::new();
    for (at, line) in content.lines().enumerate() {
        if text::width(line) <= room {
            lines.push((at, line.to_owned()));
            continue;
        }
        let (label, value) = line.split_at(hang(line));
        let indent = " ".repeat(text::width(label));
        for (n, part) in text::wrap(value, room.saturating_sub(indent.len())).into_iter().enumerate() {
            lines.push((at, format!("{}{part}", if n == 0 { label } else { &indent })));
        }
    }
    lines
}

/// Where the value of a `Label     value` line begins; 0 for a line of prose.
fn hang(line: &str) -> usize {
    match line.find("  ") {
        Some(at) if at < 24 => at + line[at..].len() - line[at..].trim_start().len(),
        _ => 0,
    }
}

/// Byte ranges of `line` that match `needle` (lower case already) without regard to case.
fn find_in(line: &str, needle: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < line.len() {
        let hit = line[from..].char_indices().find_map(|(at, _)| {
            let start = from + at;
            prefix_without_case(&line[start..], needle).map(|len| start..start + len)
        });
        let Some(range) = hit else { break };
        from = range.end;
        found.push(range);
    }
    found
}

/// The bytes of `text` that its beginning needs to spell `needle`.
fn prefix_without_case(text: &str, needle: &str) -> Option<usize> {
    let mut wanted = needle.chars().peekable();
    for (at, c) in text.char_indices() {
        if wanted.peek().is_none() {
            return Some(at);
        }
        for lower in c.to_lowercase() {
            if wanted.next() != Some(lower) {
                return None;
            }
        }
    }
    wanted.peek().is_none().then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn searched(text: &str, needle: &str) -> TextView {
        let mut view = TextView::new("t", text, 80);
        view.search = Some(Search { field: Field::with(needle), ..Search::default() });
        view.find();
        view
    }

    #[test]
    fn goes_from_match_to_match_around_the_ends() {
        let mut view = searched("a\nKey\nb\nkey: key\nc", "key");
        assert_eq!(view.position(), Some((1, 2)));
        view.next();
        assert_eq!(view.cursor.row, 3);
        view.next();
        assert_eq!(view.cursor.row, 1);
        view.previous();
        assert_eq!(view.cursor.row, 3);
        assert_eq!(view.matches_in("key: KEY").len(), 2);
    }

    #[test]
    fn a_match_beyond_the_edge_is_brought_into_sight_and_back() {
        let text = format!("{}needle\nneedle", " ".repeat(100));
        let mut view = searched(&text, "needle");
        assert!(view.shift > 106 - 76 && view.shift <= 100, "{}", view.shift);
        view.next();
        assert_eq!((view.cursor.row, view.shift), (1, 0));
    }

    #[test]
    fn a_long_line_can_be_read_to_its_end_and_no_further() {
        let mut short = TextView::new("t", &"x".repeat(76), 80);
        short.sideways(true);
        assert_eq!(short.shift, 0, "what is in sight stays there");
        let mut view = TextView::new("t", &"x".repeat(100), 80);
        for (right, shift) in [(true, 16), (true, 24), (true, 24), (false, 8), (false, 0), (false, 0)] {
            view.sideways(right);
            assert_eq!(view.shift, shift);
        }
    }

    #[test]
    fn a_wrapped_text_goes_on_below_its_value() {
        let view = TextView::wrapped("t", "Scope     one two three four five", 24);
        assert_eq!(&*view.lines, ["Scope     one two", "          three four", "          five"]);
        assert_eq!(view.text(), "Scope     one two three four five\n", "what is copied is not broken");
    }

    #[test]
    fn another_size_of_screen_wraps_anew_and_the_cursor_stays_with_its_line() {
        let mut view = TextView::wrapped("t", "one two three four five six\nneedle\nend", 24);
        view.search = Some(Search { field: Field::with("needle"), ..Search::default() });
        view.find();
        assert_eq!((view.lines.len(), view.cursor.row), (4, 2));
        view.fit(None, 80);
        assert_eq!((view.lines.len(), view.cursor.row, view.position()), (3, 1, Some((1, 1))));
        view.fit(None, 24);
        assert_eq!((view.lines.len(), view.cursor.row), (4, 2));
        let mut plain = TextView::new("t", &"x ".repeat(40), 80);
        plain.fit(None, 24);
        assert_eq!(plain.lines.len(), 1, "what stands as it is stays so");
    }

    #[test]
    fn without_a_match_the_cursor_stays() {
        let mut view = searched("a\nb", "zzz");
        view.next();
        assert_eq!((view.cursor.row, view.position()), (0, Some((0, 0))));
    }

    #[test]
    fn matches_in_other_scripts_are_whole_characters() {
        let view = searched("ΠΏΛΗΣΗ και πώληση", "πώλη");
        for range in view.matches_in(&view.lines[0]) {
            assert!(view.lines[0].is_char_boundary(range.start) && view.lines[0].is_char_boundary(range.end));
        }
        assert_eq!(view.matches_in(&view.lines[0]).len(), 2);
    }
}
