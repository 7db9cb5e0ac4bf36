//! How much one request may make of a template. Loops in loops, and variables that double each other, grow without
//! end in a few lines; ARM refuses such a template, and so does this.

use std::cell::Cell;

use serde_json::Value;

use super::evaluate::Problem;

/// The most parameters, variables, outputs and resources of a template, loops counted out: ARM's documented limits.
pub(super) const MOST_PARAMETERS: usize = 256;
/// See [`MOST_PARAMETERS`].
pub(super) const MOST_VARIABLES: usize = 512;
/// See [`MOST_PARAMETERS`].
pub(super) const MOST_OUTPUTS: usize = 64;
/// See [`MOST_PARAMETERS`].
pub(super) const MOST_RESOURCES: usize = 800;
/// The most characters of one expression, as documented.
pub(super) const LONGEST_EXPRESSION: usize = 24_576;
/// The most nested templates that are looked into before a deployment runs, as documented of what-if.
const MOST_NESTED: usize = 500;
/// Values that may be made, and pieces of text of [`PIECE`] bytes: a template of 4 MB with 800 resources stays far
/// below, and this much is made in well under a second.
const MOST_VALUES: usize = 2_000_000;
/// How much text counts as one value.
const PIECE: usize = 32;

/// What is left of the work that one request may cause.
#[derive(Debug)]
pub(super) struct Budget {
    values: Cell<usize>,
    nested: Cell<usize>,
}

impl Budget {
    /// A whole one.
    pub(super) fn new() -> Self {
        Self { values: Cell::new(MOST_VALUES), nested: Cell::new(MOST_NESTED) }
    }

    /// Takes some values from it.
    ///
    /// # Errors
    /// ARM's `DeploymentJobSizeExceeded` when there are not as many left.
    pub(super) fn spend(&self, values: usize) -> Result<(), Problem> {
        let left = self.values.get().checked_sub(values);
        self.values.set(left.unwrap_or(0));
        left.map(drop).ok_or_else(|| Problem {
            code: "DeploymentJobSizeExceeded".to_owned(),
            message: "The size of the deployment exceeds what is supported: its variables, loops and nested templates make too many values. Please reduce the size of the template. Please see https://aka.ms/arm-template-limits for usage details.".to_owned(),
        })
    }

    /// Takes what a text weighs from it.
    ///
    /// # Errors
    /// As [`Self::spend`].
    pub(super) fn spend_on_text(&self, text: &str) -> Result<(), Problem> {
        self.spend(1 + text.len() / PIECE)
    }

    /// Takes what a value weighs from it, with all that is in it.
    ///
    /// # Errors
    /// As [`Self::spend`].
    pub(super) fn spend_on(&self, value: &Value) -> Result<(), Problem> {
        self.spend(weight(value))
    }

    /// Whether one more nested template may be looked into.
    pub(super) fn take_nested(&self) -> bool {
        let left = self.nested.get().checked_sub(1);
        self.nested.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// How many values there are in one, long texts counted as several.
fn weight(value: &Value) -> usize {
    1 + match value {
        Value::String(text) => text.len() / PIECE,
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(object) => object.iter().map(|(key, value)| key.len() / PIECE + weight(value)).sum(),
        _ => 0,
    }
}

/// Refuses a template that has more of something than it may.
///
/// # Errors
/// In ARM's words.
pub(super) fn at_most(what: &str, most: usize, actual: usize) -> Result<(), Problem> {
    if actual <= most {
        return Ok(());
    }
    Err(Problem::validation(&format!(
        "The number of template {what} limit exceeded. Limit: '{most}' and actual: '{actual}'. Please see https://aka.ms/arm-template-limits for usage details."
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_in_a_value_weighs_and_what_is_spent_is_gone() {
        assert_eq!(weight(&json!({ "a": [1, true, null], "b": "x".repeat(64) })), 8);
        let budget = Budget::new();
        assert!(budget.spend(MOST_VALUES).is_ok());
        assert_eq!(budget.spend(1).unwrap_err().code, "DeploymentJobSizeExceeded");
        assert_eq!((0..=MOST_NESTED).filter(|_| budget.take_nested()).count(), MOST_NESTED);
    }
}
