//! A fact for a pane: a label, a value, and how it should strike the eye. What colour or symbol a tone
//! becomes is the screen's business.

use serde::Serialize;

/// How a fact should strike the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Tone {
    /// As wanted.
    Good,
    /// Neither good nor bad.
    #[default]
    Plain,
    /// Absent, unknown or of little interest.
    Muted,
    /// Look at it.
    Warn,
    /// Broken, or open to everybody.
    Bad,
}

/// A fact for a pane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is about, in a word or two.
    pub label: &'static str,
    /// What is the case.
    pub value: String,
    /// How it should strike the eye.
    pub tone: Tone,
}

impl Fact {
    /// A fact.
    #[must_use]
    pub fn new(label: &'static str, value: impl Into<String>, tone: Tone) -> Self {
        Self { label, value: value.into(), tone }
    }

    /// A fact that is neither good nor bad.
    #[must_use]
    pub fn plain(label: &'static str, value: impl Into<String>) -> Self {
        Self::new(label, value, Tone::Plain)
    }

    /// A fact about something that the service did not say, or a plain one.
    #[must_use]
    pub fn maybe(label: &'static str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => Self::plain(label, value),
            None => Self::new(label, "not stated", Tone::Muted),
        }
    }
}

/// `1 rule`, `2 rules`; `many` is the plural.
#[must_use]
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
