//! The filter language: fuzzy words, `'exact`, `!not`, `column:value`; all must hold.

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Separates the fields in [`Searchable::text`].
pub const FIELD: char = '\n';

/// A filter, ready to be asked about many rows.
pub struct Filter {
    words: Vec<Word>,
    matcher: Matcher,
    buffer: Vec<char>,
}

struct Word {
    column: Option<String>,
    negated: bool,
    test: Test,
}

enum Test {
    Fuzzy(Fuzzy),
    Contains(String),
}

/// What a filter asks of a row.
pub trait Searchable {
    /// Everything a bare word is looked for in, field by field, with [`FIELD`] between.
    fn text(&self) -> &str;
    /// The text of a column by its name; `None` when there is no such column.
    fn column(&self, name: &str) -> Option<std::borrow::Cow<'_, str>>;
}

impl Filter {
    /// Reads a filter. Whatever is typed is a filter; there is no wrong one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().filter_map(parse_word).collect();
        Self { words, matcher: Matcher::new(Config::DEFAULT), buffer: Vec::new() }
    }

    /// The first column it names that is none of those known.
    #[must_use]
    pub fn unknown_column(&self, known: impl Fn(&str) -> bool) -> Option<&str> {
        self.words.iter().filter_map(|word| word.column.as_deref()).find(|column| !known(column))
    }

    /// How well a text fits: 0 the same, 1 begins so, 2 holds it as it is, 3 holds its letters in order;
    /// `None` when it does not fit.
    pub fn rank(&mut self, typed: &str, row: &impl Searchable) -> Option<u8> {
        if !self.matches(row) {
            return None;
        }
        let (text, typed) = (row.text().to_lowercase(), typed.trim().to_lowercase());
        Some(match () {
            () if text == typed => 0,
            () if text.starts_with(&typed) => 1,
            () if text.contains(&typed) => 2,
            () => 3,
        })
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a row passes. A column that the row does not have matches nothing, so that a typing
    /// mistake in its name is seen at once.
    pub fn matches(&mut self, row: &impl Searchable) -> bool {
        let Self { words, matcher, buffer } = self;
        words.iter().all(|word| {
            let found = match &word.column {
                None => word.test.found(row.text(), matcher, buffer),
                Some(name) => match row.column(name) {
                    Some(text) => word.test.found(&text, matcher, buffer),
                    None => return false,
                },
            };
            found != word.negated
        })
    }
}

/// A fuzzy word: its letters in this order, others between them.
struct Fuzzy {
    atom: Atom,
    /// In lower case, where the word is ASCII.
    ascii: Option<Vec<u8>>,
}

impl Fuzzy {
    fn new(word: &str) -> Self {
        Self {
            atom: Atom::new(word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false),
            ascii: word.is_ascii().then(|| word.to_ascii_lowercase().into_bytes()),
        }
    }

    /// Whether the word is in one of the fields of the text; letters picked from several would match nearly
    /// anything. A filter needs no score, and working one out is what costs: among ASCII it is enough to
    /// walk along the text once.
    fn found(&self, text: &str, matcher: &mut Matcher, buffer: &mut Vec<char>) -> bool {
        match &self.ascii {
            Some(word) if text.is_ascii() => {
                let within = |field: &[u8]| {
                    let mut field = field.iter();
                    word.iter().all(|letter| field.any(|byte| byte.to_ascii_lowercase() == *letter))
                };
                text.as_bytes().split(|byte| char::from(*byte) == FIELD).any(within)
            }
            _ => text
                .split(FIELD)
                .any(|field| self.atom.score(Utf32Str::new(field, buffer), matcher).is_some()),
        }
    }
}

impl Test {
    fn found(&self, text: &str, matcher: &mut Matcher, buffer: &mut Vec<char>) -> bool {
        match self {
            Self::Fuzzy(fuzzy) => fuzzy.found(text, matcher, buffer),
            Self::Contains(needle) => contains(text, needle),
        }
    }
}

/// `needle` is lower case already.
fn contains(text: &str, needle: &str) -> bool {
    if text.is_ascii() && needle.is_ascii() {
        let needle = needle.as_bytes();
        return needle.is_empty()
            || text.as_bytes().windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}

fn parse_word(word: &str) -> Option<Word> {
    let (negated, rest) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
    let (column, rest) = match rest.split_once(':') {
        Some((name, value))
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-') =>
        {
            (Some(name.to_ascii_lowercase()), value)
        }
        _ => (None, rest),
    };
    let exact = rest.strip_prefix('\'');
    let needle = exact.unwrap_or(rest);
    if needle.is_empty() {
        return None;
    }
    let test = if exact.is_some() || negated || column.is_some() {
        Test::Contains(needle.to_lowercase())
    } else {
        Test::Fuzzy(Fuzzy::new(needle))
    };
    Some(Word { column, negated, test })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    struct Row(&'static str);

    impl Searchable for Row {
        fn text(&self) -> &str {
            self.0
        }
        fn column(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "region").then(|| Cow::Borrowed(self.0.rsplit('\n').next().unwrap()))
        }
    }

    fn passes(filter: &str, row: &'static str) -> bool {
        Filter::parse(filter).matches(&Row(row))
    }

    #[test]
    fn words_match_as_the_language_says() {
        let row = "mlw-fraud-prod\nrg-fraud\nwesteurope";
        for (filter, expected) in [
            ("", true),
            ("mfp", true),
            ("mfw", false),
            ("fraud prod", true),
            ("'prod", true),
            ("'pord", false),
            ("!prod", false),
            ("!staging", true),
            ("region:west", true),
            ("region:rg", false),
            ("!region:west", false),
            ("regoin:west", false),
            ("FRAUD", true),
            ("region:", true),
            ("!", true),
            ("'", true),
        ] {
            assert_eq!(passes(filter, row), expected, "{filter:?}");
        }
    }

    #[test]
    fn the_closest_fit_ranks_first() {
        let rank = |typed: &str, row: &'static str| Filter::parse(typed).rank(typed, &Row(row));
        assert_eq!(rank("mlw-st", "mlw-st"), Some(0));
        assert_eq!(rank("mlw-st", "mlw-staging"), Some(1));
        assert_eq!(rank("st", "mlw-staging"), Some(2));
        assert_eq!(rank("mlw-st", "mlw-forecast"), Some(3));
        assert_eq!(rank("zzz", "mlw-staging"), None);
    }

    #[test]
    fn an_unknown_column_is_named() {
        let filter = Filter::parse("region:west !bogus:x");
        assert_eq!(filter.unknown_column(|name| name == "region"), Some("bogus"));
        assert_eq!(Filter::parse("a b").unknown_column(|_| false), None);
    }

    #[test]
    fn the_short_way_through_ascii_finds_what_the_matcher_finds() {
        for word in ["mfp", "PROD", "zz", "w-e", "mlw-fraud-prod", "eu1"] {
            for text in ["mlw-fraud-prod westeurope", "MLW-Fraud-PROD EU-1", "", "z", "é-mlw-fraud-prod"] {
                let fuzzy = Fuzzy::new(word);
                let (mut matcher, mut buffer) = (Matcher::new(Config::DEFAULT), Vec::new());
                let scored = fuzzy.atom.score(Utf32Str::new(text, &mut buffer), &mut matcher).is_some();
                assert_eq!(fuzzy.found(text, &mut matcher, &mut buffer), scored, "{word} in {text}");
            }
        }
    }

    #[test]
    fn other_scripts_match_without_case() {
        assert!(passes("'ΠΩΛΉΣΕΙΣ", "ομάδα πωλήσεις") || passes("'πωλήσεις", "ομάδα πωλήσεις"));
        assert!(passes("データ", "データ分析"));
    }
}
