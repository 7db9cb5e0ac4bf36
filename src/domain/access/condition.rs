//! Conditions of role assignments (ABAC): what they mean for one action, and in words.

use super::decision::Act;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    text: String,
}

/// What a condition does to one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// It leaves the action alone.
    Holds,
    /// It never holds for the action.
    Fails,
    /// It depends on what the request is about, which only the request tells.
    Depends,
}

impl Condition {
    /// Reads a condition; never fails.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    /// What the condition does to an action.
    #[must_use]
    pub fn bearing(&self, _act: &Act) -> Bearing {
        Bearing::Depends
    }

    /// The condition in words, as far as it restricts an action.
    #[must_use]
    pub fn words(&self, _act: &Act) -> String {
        self.text.clone()
    }
}
