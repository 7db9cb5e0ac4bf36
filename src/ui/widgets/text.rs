//! Text in cells: cutting and padding by what a terminal shows, not by characters or bytes.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The cells a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The text in at most `cells` cells, with `ellipsis` (one cell) where it was cut. Graphemes stay
/// whole; a line break becomes a blank.
#[must_use]
pub fn cut<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    let text: Cow<'a, str> =
        if text.contains('\n') { Cow::Owned(text.replace('\n', " ")) } else { Cow::Borrowed(text) };
    if width(&text) <= cells {
        return text;
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let wide = grapheme.width();
        if used + wide > cells - 1 {
            break;
        }
        kept.push_str(grapheme);
        used += wide;
    }
    kept.push_str(ellipsis);
    Cow::Owned(kept)
}

/// Cuts in the middle: both ends of an id tell more than its beginning alone.
#[must_use]
pub fn cut_middle<'a>(text: &'a str, cells: usize, ellipsis: &str) -> Cow<'a, str> {
    if width(text) <= cells {
        return Cow::Borrowed(text);
    }
    if cells < 5 {
        return cut(text, cells, ellipsis);
    }
    let tail_cells = (cells - 1) * 2 / 3;
    let (head, tail) = ends(text, cells - 1 - tail_cells, tail_cells);
    Cow::Owned(format!("{head}{ellipsis}{tail}"))
}

/// The beginning and the end of a text, of at most so many cells each; graphemes stay whole. The text is wider than both.
#[must_use]
pub fn ends(text: &str, head_cells: usize, tail_cells: usize) -> (&str, &str) {
    let take = |graphemes: &mut dyn Iterator<Item = &str>, limit: usize| {
        let mut used = 0;
        graphemes
            .take_while(|g| {
                used += g.width();
                used <= limit
            })
            .map(str::len)
            .sum::<usize>()
    };
    let head = take(&mut text.graphemes(true), head_cells);
    let tail = take(&mut text.graphemes(true).rev(), tail_cells);
    (&text[..head], &text[text.len() - tail..])
}

/// The text without what its first `cells` cells hold.
#[must_use]
pub fn skip_cells(text: &str, cells: usize) -> &str {
    let mut skipped = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if skipped >= cells {
            return &text[at..];
        }
        skipped += grapheme.width();
    }
    if cells > 0 { "" } else { text }
}

/// A text with at most so many marks behind one another.
#[must_use]
pub fn with_marks(text: &str, most: usize) -> String {
    let mut marks = 0;
    let stays = |c: &char| {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        marks <= most
    };
    text.chars().filter(stays).collect()
}

/// Words in lines of at most `cells` cells. What stands between two blanks stays together where it fits into a
/// line; an id or a text without blanks is broken at its parts, or anywhere.
#[must_use]
pub fn wrap(text: &str, cells: usize) -> Vec<String> {
    let mut lines = Lines { cells: cells.max(1), done: Vec::new(), line: String::new(), used: 0 };
    for paragraph in text.split('\n') {
        let mut rest = paragraph;
        while !rest.is_empty() {
            let blanks = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
            let end = rest[blanks..].find(char::is_whitespace).map_or(rest.len(), |at| blanks + at);
            lines.push_blanks(&rest[..blanks]);
            lines.push_word(&rest[blanks..end]);
            rest = &rest[end..];
        }
        lines.end();
    }
    lines.done
}

/// Lines that are being filled.
struct Lines {
    cells: usize,
    done: Vec<String>,
    line: String,
    used: usize,
}

impl Lines {
    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.line).trim_end().to_owned());
        self.used = 0;
    }

    fn push(&mut self, text: &str, wide: usize) {
        self.line.push_str(text);
        self.used += wide;
    }

    /// Blanks never begin a line that was broken, but they indent one that was not.
    fn push_blanks(&mut self, blanks: &str) {
        let wide = width(blanks);
        if self.used + wide <= self.cells {
            self.push(blanks, wide);
        } else {
            self.end();
        }
    }

    fn push_word(&mut self, word: &str) {
        let wide = width(word);
        if self.used + wide <= self.cells {
            self.push(word, wide);
        } else if wide <= self.cells {
            self.end();
            self.push(word, wide);
        } else {
            word.split_word_bounds().for_each(|part| self.push_part(part));
        }
    }

    fn push_part(&mut self, part: &str) {
        let wide = width(part);
        if self.used + wide > self.cells && self.used > 0 {
            self.end();
        }
        if wide <= self.cells {
            self.push(part, wide);
            return;
        }
        for grapheme in part.graphemes(true) {
            let wide = grapheme.width();
            if self.used + wide > self.cells && self.used > 0 {
                self.end();
            }
            self.push(grapheme, wide);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_by_cells_and_keeps_graphemes_whole() {
        assert_eq!(cut("fraud", 5, "…"), "fraud");
        assert_eq!(cut("fraud-prod", 6, "…"), "fraud…");
        assert_eq!(cut("データ分析", 5, "…"), "デー…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2, "…"), "e\u{301}…");
        assert_eq!(cut("a\nb", 5, "…"), "a b");
        assert_eq!(cut("abc", 0, "…"), "");
        for cells in 0..12 {
            assert!(width(&cut("データab分析", cells, "…")) <= cells);
        }
    }

    #[test]
    fn cuts_ids_in_the_middle() {
        assert_eq!(cut_middle("/subscriptions/0f0e/workspaces/mlw", 16, "…"), "/subs…spaces/mlw");
        assert_eq!(cut_middle("short", 16, "…"), "short");
    }

    #[test]
    fn skips_cells_by_whole_graphemes() {
        assert_eq!(skip_cells("fraud", 2), "aud");
        assert_eq!(skip_cells("データ", 3), "タ");
        assert_eq!(skip_cells("abc", 3), "");
        assert_eq!(skip_cells("abc", 9), "");
        assert_eq!(skip_cells("abc", 0), "abc");
    }

    #[test]
    fn wraps_at_words_and_breaks_what_is_too_long() {
        assert_eq!(wrap("the quick brown fox", 10), ["the quick", "brown fox"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("データ分析", 4), ["デー", "タ分", "析"]);
        assert_eq!(wrap("what is sent. A role", 12), ["what is", "sent. A role"]);
        assert_eq!(wrap("on mlw-fraud-prod", 16), ["on", "mlw-fraud-prod"]);
        assert_eq!(wrap("GET /subscriptions/0001/x", 16), ["GET /", "subscriptions/", "0001/x"]);
        assert_eq!(wrap("  \"a\": 1", 20), ["  \"a\": 1"]);
    }
}
