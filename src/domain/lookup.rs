//! What became of a read: four answers that must never be shown as one another, and no answer yet.

use serde::Serialize;

/// What became of reading something.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Lookup<T> {
    /// Not read yet.
    #[default]
    Pending,
    /// It is there.
    Found(T),
    /// It is not there (any more).
    Gone,
    /// The caller may not read it.
    Forbidden {
        /// The action that is missing, such as `Microsoft.Storage/storageAccounts/read`; empty when the
        /// service did not say.
        action: String,
    },
    /// Reading it failed, in words.
    Failed(String),
}

impl<T> Lookup<T> {
    /// What was found.
    #[must_use]
    pub fn found(&self) -> Option<&T> {
        match self {
            Self::Found(value) => Some(value),
            _ => None,
        }
    }

    /// The same answer, about a reference.
    #[must_use]
    pub fn as_ref(&self) -> Lookup<&T> {
        self.by(|value| value)
    }

    /// The same answer, about something made of what was found.
    #[must_use]
    pub fn by<'a, U>(&'a self, make: impl FnOnce(&'a T) -> U) -> Lookup<U> {
        match self {
            Self::Pending => Lookup::Pending,
            Self::Found(value) => Lookup::Found(make(value)),
            Self::Gone => Lookup::Gone,
            Self::Forbidden { action } => Lookup::Forbidden { action: action.clone() },
            Self::Failed(text) => Lookup::Failed(text.clone()),
        }
    }

    /// Whether an answer came, whatever it was.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Pending)
    }

    /// Why there is nothing to show, in a few words; none when there is.
    #[must_use]
    pub fn absence(&self) -> Option<String> {
        match self {
            Self::Found(_) => None,
            Self::Pending => Some("not read yet".to_owned()),
            Self::Gone => Some("gone".to_owned()),
            Self::Forbidden { action } if action.is_empty() => Some("may not be read".to_owned()),
            Self::Forbidden { action } => Some(format!("may not be read: you lack {action}")),
            Self::Failed(text) => Some(format!("could not be read: {text}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_absence_is_told_apart() {
        let all: [Lookup<()>; 4] = [
            Lookup::Pending,
            Lookup::Gone,
            Lookup::Forbidden { action: "Microsoft.Storage/storageAccounts/read".into() },
            Lookup::Failed("timed out".into()),
        ];
        let words: std::collections::BTreeSet<String> = all.iter().filter_map(Lookup::absence).collect();
        assert_eq!(words.len(), 4);
        assert!(words.contains("may not be read: you lack Microsoft.Storage/storageAccounts/read"));
        assert_eq!(Lookup::Found(1).absence(), None);
    }
}
