//! The environment variables that sign-in looks at, as a value that is passed in.

use std::collections::HashMap;
use std::fmt;

/// Environment variables by name. Its `Debug` shows names only: some hold secrets.
#[derive(Clone, Default)]
pub struct Env(HashMap<String, String>);

impl Env {
    /// The variables of this process that sign-in may look at: `AZURE_*`, `AMLDECK_*`, `IDENTITY_*`, `MSI_*`.
    #[must_use]
    pub fn of_process() -> Self {
        const PREFIXES: [&str; 4] = ["AZURE_", "AMLDECK_", "IDENTITY_", "MSI_"];
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
            .collect()
    }

    /// The value of a variable; one that is set to nothing counts as not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<_> = self.0.keys().collect();
        names.sort();
        f.debug_tuple("Env").field(&names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_variables_count_as_unset_and_values_are_never_printed() {
        let env = Env::from_iter([("AZURE_CLIENT_SECRET", "hunter2"), ("AZURE_TENANT_ID", " ")]);
        assert_eq!(env.get("AZURE_CLIENT_SECRET"), Some("hunter2"));
        assert_eq!(env.get("AZURE_TENANT_ID"), None);
        assert!(!format!("{env:?}").contains("hunter2"));
    }
}
