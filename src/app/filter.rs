//! The filter language: words, `'exact`, `!not`, `column:value`; all must hold.
//!
//! A word is looked for as it stands, in one column at a time, without regard to case and accents.
//! Where one thing is chosen by its name, in the list of workspaces, the palette and menus, and nothing holds
//! the words as they stand, a word may also be short for the name: see [`Reading`]. Letters picked from a whole row would
//! fit nearly any row.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::fit::{self, Fit};
use super::haystack::{Haystack, Letters, push_lower};

/// A filter, ready to be asked about many rows.
pub struct Filter {
    words: Vec<Word>,
    /// All of it as one text.
    whole: Needle,
    reading: Reading,
    /// The text of a column, made ready to look into.
    lower: String,
}

/// What a word may stand for, the strictest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Text that a column holds.
    AsItStands,
    /// Or beginnings of words of the name, which is the first field of a row's text, in their order: `mfp` is
    /// mlw-fraud-prod.
    Initials,
    /// Or letters of the name in their order, the first of which begins a word: `prd` is mlw-fraud-prod.
    Letters,
}

impl Reading {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::AsItStands, Self::Initials, Self::Letters];
}

/// Words that are looked for in parts of rows; a line of a screen has no room for more.
const MOST_WORDS: usize = 64;

/// What parts of a row answer to the words of a filter, a bit for each word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// Words that there was something to look for in.
    asked: u64,
    /// Words that were found.
    found: u64,
}

impl std::ops::BitOr for Answers {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self { asked: self.asked | other.asked, found: self.found | other.found }
    }
}

#[derive(PartialEq)]
struct Word {
    negated: bool,
    test: Test,
}

#[derive(PartialEq)]
enum Test {
    /// In some column, or short for the name where that counts.
    Word(Needle),
    /// In some column.
    Exact(Needle),
    /// In the column of this name.
    Column(String, Needle),
}

impl Test {
    /// Whether a row has it; none where the row has no column of that name.
    fn is_in(&self, row: &impl Searchable, reading: Reading, lower: &mut String) -> Option<bool> {
        match self {
            Self::Word(needle) => {
                Some(needle.is_in(row.haystack()) || needle.abbreviates(row.haystack(), reading))
            }
            Self::Exact(needle) => Some(needle.is_in(row.haystack())),
            Self::Column(name, needle) => row.column(name).map(|text| needle.is_in_text(&text, lower)),
        }
    }
}

/// What a filter asks of a row.
pub trait Searchable {
    /// Everything a bare word is looked for in.
    fn haystack(&self) -> Haystack<'_>;
    /// The text of a column by its name; `None` when there is no such column.
    fn column(&self, name: &str) -> Option<Cow<'_, str>>;
}

/// A label alone, without columns.
impl Searchable for Haystack<'_> {
    fn haystack(&self) -> Haystack<'_> {
        *self
    }
    fn column(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

impl Filter {
    /// Reads a filter. Whatever is typed is a filter; there is no wrong one.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let words = text.split_whitespace().filter_map(parse_word).collect();
        Self { words, whole: Needle::new(text.trim()), reading: Reading::AsItStands, lower: String::new() }
    }

    /// Asks with each reading, the strictest first, until something is found; gives what was found last.
    pub fn widen<T>(&mut self, ask: impl Fn(&mut Self) -> T, is_found: impl Fn(&T) -> bool) -> T {
        let [first, wider @ ..] = Reading::ALL;
        self.reading = first;
        let mut found = ask(self);
        for reading in wider {
            if is_found(&found) {
                break;
            }
            self.reading = reading;
            found = ask(self);
        }
        found
    }

    /// The columns that it names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| match &word.test {
            Test::Column(name, _) => Some(name.as_str()),
            Test::Word(_) | Test::Exact(_) => None,
        })
    }

    /// The first column it names that is none of those known.
    #[must_use]
    pub fn unknown_column(&self, known: impl Fn(&str) -> bool) -> Option<&str> {
        self.columns().find(|column| !known(column))
    }

    /// Whether it asks for something of a column.
    #[must_use]
    pub fn names(&self, column: &str) -> bool {
        self.columns().any(|own| own.eq_ignore_ascii_case(column))
    }

    /// Why nothing passes, where rows have these columns and this key clears the filter.
    #[must_use]
    pub fn no_match(&self, columns: &[&str], key: &str) -> String {
        match self.unknown_column(|name| columns.iter().any(|column| column.eq_ignore_ascii_case(name))) {
            Some(column) => format!("there is no column '{column}'. Columns: {}", columns.join(", ")),
            None => nothing_matches(key),
        }
    }

    /// How closely a text fits; `None` when it does not.
    pub fn fit(&mut self, row: &impl Searchable) -> Option<Fit> {
        if !self.matches(row) {
            return None;
        }
        let (text, typed) = (row.haystack(), &self.whole.lower);
        if text.name() == typed {
            return Some(Fit::Same);
        }
        if text.name().starts_with(typed) {
            return Some(Fit::Begins);
        }
        // All words fit somehow; the one that fits the least says how closely.
        let fits = self.words.iter().map(|word| match &word.test {
            Test::Word(needle) => Fit::of(&needle.lower, text),
            Test::Exact(_) | Test::Column(..) => Fit::Words,
        });
        fits.max()
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a row passes. A column that the row does not have matches nothing, so that a typing
    /// mistake in its name is seen at once.
    pub fn matches(&mut self, row: &impl Searchable) -> bool {
        let Self { words, reading, lower, .. } = self;
        words
            .iter()
            .all(|word| word.test.is_in(row, *reading, lower).is_some_and(|found| found != word.negated))
    }

    /// Which words a part of a row answers, where rows are made of parts that many of them share. The row's answers
    /// are those of its parts together, and [`Filter::accepts`] judges them. A bare word is looked for in
    /// one part at a time, and columns are asked of each part.
    pub fn answers(&mut self, part: &impl Searchable) -> Answers {
        let Self { words, reading, lower, .. } = self;
        let mut answers = Answers::default();
        for (at, word) in words.iter().take(MOST_WORDS).enumerate() {
            let found = word.test.is_in(part, *reading, lower);
            answers.asked |= u64::from(found.is_some()) << at;
            answers.found |= u64::from(found == Some(true)) << at;
        }
        answers
    }

    /// Whether a row passes that answers so: as [`Filter::matches`] has it.
    #[must_use]
    pub fn accepts(&self, answers: Answers) -> bool {
        let (all, negated) = self.bits();
        answers.asked & all == all && (answers.found ^ negated) & all == all
    }

    /// Whether a row may pass of which one part answers so, and all that the others could be made of together
    /// `others`; `false` is certain.
    #[must_use]
    pub fn may_accept(&self, part: Answers, others: Answers) -> bool {
        let (all, negated) = self.bits();
        let found = (part.found | others.found) & !negated | !part.found & negated;
        (part.asked | others.asked) & all == all && found & all == all
    }

    /// A bit for each word, and for each that must not be found.
    fn bits(&self) -> (u64, u64) {
        let words = self.words.iter().take(MOST_WORDS).enumerate();
        words.fold((0, 0), |(all, negated), (at, word)| {
            (all | 1 << at, negated | u64::from(word.negated) << at)
        })
    }

    /// When every row that passes this filter also passes the one that was typed `before`: what is left
    /// to ask of those that did, which is the words that are new or longer. `None` when others may pass.
    #[must_use]
    pub fn beyond(mut self, before: &Self) -> Option<Self> {
        let mut old = before.words.iter();
        let implied = |word: &Word| old.next().map(|old| (word.implies(old), word == old));
        let verdicts: Vec<_> = self.words.iter().map_while(implied).collect();
        if verdicts.len() < before.words.len() || !verdicts.iter().all(|(implies, _)| *implies) {
            return None;
        }
        let mut verdicts = verdicts.into_iter();
        self.words.retain(|_| !verdicts.next().is_some_and(|(_, same)| same));
        Some(self)
    }
}

impl Word {
    /// Whether what passes this word passes the other one.
    fn implies(&self, other: &Self) -> bool {
        if self.negated || other.negated {
            return self == other;
        }
        match (&self.test, &other.test) {
            (Test::Word(a) | Test::Exact(a), Test::Word(b) | Test::Exact(b)) => a.lower.contains(&b.lower),
            (Test::Column(x, a), Test::Column(y, b)) => x == y && a.lower.contains(&b.lower),
            _ => false,
        }
    }
}

/// A text to be found, as [`push_lower`] makes it.
struct Needle {
    lower: String,
    letters: Letters,
    finder: Finder<'static>,
}

impl Needle {
    fn new(text: &str) -> Self {
        let mut lower = String::new();
        push_lower(&mut lower, text);
        Self { letters: Letters::of(&lower), finder: Finder::new(&lower).into_owned(), lower }
    }

    fn is_in(&self, text: Haystack<'_>) -> bool {
        text.letters.may_hold(self.letters) && self.finder.find(text.lower.as_bytes()).is_some()
    }

    fn abbreviates(&self, text: Haystack<'_>, reading: Reading) -> bool {
        let short_for = match reading {
            Reading::AsItStands => return false,
            Reading::Initials => fit::has_initials,
            Reading::Letters => fit::has_letters,
        };
        text.letters.may_hold(self.letters) && short_for(&self.lower, text.name())
    }

    fn is_in_text(&self, text: &str, lower: &mut String) -> bool {
        lower.clear();
        push_lower(lower, text);
        self.finder.find(lower.as_bytes()).is_some()
    }
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
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
    let test = match column {
        Some(name) => Test::Column(name, Needle::new(needle)),
        None if exact.is_some() || negated => Test::Exact(Needle::new(needle)),
        None => Test::Word(Needle::new(needle)),
    };
    Some(Word { negated, test })
}

/// What is told where nothing passes a filter that this key clears.
fn nothing_matches(key: &str) -> String {
    format!("Nothing matches the filter. {key} clears it.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::haystack::{FIELD, Haystacks};

    struct Row(Haystacks);

    fn row(text: &str) -> Row {
        let mut texts = Haystacks::default();
        texts.add(&text.split(FIELD).collect::<Vec<_>>());
        Row(texts)
    }

    impl Searchable for Row {
        fn haystack(&self) -> Haystack<'_> {
            self.0.get(0)
        }
        fn column(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "region").then(|| Cow::Borrowed(self.0.get(0).lower.rsplit('\n').next().unwrap()))
        }
    }

    fn passes(filter: &str, text: &str) -> bool {
        Filter::parse(filter).matches(&row(text))
    }

    #[test]
    fn words_match_as_the_language_says() {
        let row = "mlw-fraud-prod\nrg-fraud\nwesteurope";
        for (filter, expected) in [
            ("", true),
            ("fraud prod", true),
            // Scattered letters are nothing, and neither is what begins in one column and ends in the next.
            ("mfp", false),
            ("prodrg", false),
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

    /// A part of a row: a name, or a region.
    struct Part<'a>(Haystacks, Option<&'a str>);

    impl Searchable for Part<'_> {
        fn haystack(&self) -> Haystack<'_> {
            self.0.get(0)
        }
        fn column(&self, name: &str) -> Option<Cow<'_, str>> {
            self.1.filter(|_| name == "region").map(Cow::Borrowed)
        }
    }

    #[test]
    fn a_row_that_is_asked_in_parts_passes_as_it_does_in_one() {
        let part = |text: &'static str, region| {
            let mut texts = Haystacks::default();
            texts.add(&[text]);
            Part(texts, region)
        };
        let parts = [part("mlw-fraud-prod", None), part("westeurope", Some("westeurope"))];
        let filters = "|mlw-f|mfw|fraud west|'prod|!prod|!staging|region:west|region:rg|!region:west|!region:rg|\
                       regoin:west|!regoin:west|fraud region:west !churn|fraud region:west !eur";
        for typed in filters.split('|') {
            let mut filter = Filter::parse(typed);
            let [name, region] = parts.each_ref().map(|part| filter.answers(part));
            let expected = filter.matches(&row("mlw-fraud-prod\nwesteurope"));
            assert_eq!(filter.accepts(name | region), expected, "{typed:?}");
            assert!(filter.may_accept(name, region) || !expected, "{typed:?}");
        }
        let mut filter = Filter::parse("fraud");
        let [name, region] = parts.each_ref().map(|part| filter.answers(part));
        assert!(!filter.may_accept(region, Answers::default()) && filter.may_accept(region, name));
    }

    #[test]
    fn an_unknown_column_is_named() {
        let filter = Filter::parse("region:west !bogus:x");
        assert_eq!(filter.unknown_column(|name| name == "region"), Some("bogus"));
        assert_eq!(Filter::parse("a b").unknown_column(|_| false), None);
    }

    #[test]
    fn a_word_is_read_more_widely_until_something_is_found() {
        use Reading::{AsItStands, Initials, Letters};
        for (typed, expected) in [
            ("mlw-f", Some(AsItStands)),
            ("mfp", Some(Initials)),
            ("prd", Some(Letters)),
            ("mfp region:west", Some(Initials)),
            ("!mfp", Some(AsItStands)),
            ("fraud wst", None),
            ("rgf", None),
            ("wprod", None),
            ("'mfp", None),
        ] {
            let row = row("mlw-fraud-prod\nrg-fraud\nwesteurope");
            let ask = |filter: &mut Filter| (filter.matches(&row), filter.reading);
            let (found, reading) = Filter::parse(typed).widen(ask, |(found, _)| *found);
            assert_eq!(found.then_some(reading), expected, "{typed}");
        }
    }

    #[test]
    fn other_scripts_match_without_case() {
        assert!(passes("'ΠΩΛΉΣΕΙΣ", "ομάδα πωλήσεις") || passes("'πωλήσεις", "ομάδα πωλήσεις"));
        assert!(passes("データ", "データ分析"));
        for (typed, name) in [("tomas", "Tomás Novák"), ("Tomás", "Tomas"), ("OSTERGARD", "Zoë Østergård")]
        {
            assert!(passes(typed, name), "{typed} in {name}");
        }
    }

    #[test]
    fn a_longer_filter_asks_only_what_is_new_of_the_rows_that_passed_the_shorter_one() {
        for (before, after, asked) in [
            ("", "fr", Some(1)),
            ("fr", "fra", Some(1)),
            ("fraud pr", "fraud pro", Some(1)),
            ("fraud", "fraud 'x", Some(1)),
            ("fraud !dev", "fraud !dev", Some(0)),
            ("fraud", "'fraud", Some(1)),
            ("role:o", "ROLE:ow", Some(1)),
            // Others may pass, so that all must be asked.
            ("fra", "fr", None),
            ("!de", "!dev", None),
            ("region", "region:", None),
            ("a:x", "b:x", None),
        ] {
            let left = Filter::parse(after).beyond(&Filter::parse(before));
            assert_eq!(left.map(|left| left.words.len()), asked, "{before:?}, then {after:?}");
        }
    }
}
