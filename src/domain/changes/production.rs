//! What counts as production: by tag or by name, as the settings say.

use crate::domain::inventory::WorkspaceEntry;

/// The patterns. `*` stands for any run of characters; case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Production {
    /// `name=value`, of which one has to fit a tag.
    pub tags: Vec<String>,
    /// Patterns of names, of which one has to fit the name of a resource or its group.
    pub names: Vec<String>,
}

impl Default for Production {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        Self {
            tags: texts(&["env=prod*", "environment=prod*", "stage=prod*"]),
            names: texts(&["*prod*", "*prd*"]),
        }
    }
}

impl Production {
    /// Whether any of these names or tags is production's.
    pub fn covers<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> bool {
        let named = names.into_iter().any(|name| self.names.iter().any(|pattern| fits(pattern, name)));
        named
            || tags.into_iter().any(|(name, value)| {
                let tag = format!("{name}={value}");
                self.tags.iter().any(|pattern| fits(pattern, &tag))
            })
    }
    /// Whether a workspace is in production: by its name, its group's or its tags.
    #[must_use]
    pub fn has(&self, entry: &WorkspaceEntry) -> bool {
        let names = [entry.id.name(), entry.id.resource_group().unwrap_or_default()];
        self.covers(names, entry.tags.iter().map(|(name, value)| (&**name, &**value)))
    }
}

/// Whether a text fits a pattern with stars, without regard to case.
fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags_decide() {
        let production = Production::default();
        let by_name = |name: &str| production.covers([name], []);
        let by_tag = |name: &str, value: &str| production.covers(["mlw"], [(name, value)]);
        assert!(
            by_name("mlw-fraud-PROD")
                && by_name("production-ml")
                && by_name("mlw-fraud-prd")
                && !by_name("mlw-fraud-dev")
        );
        assert!(by_tag("Env", "Prod") && by_tag("environment", "production") && !by_tag("env", "staging"));
        assert!(!by_tag("costcentre", "prod"));
        let none = Production { tags: Vec::new(), names: Vec::new() };
        assert!(!none.covers(["prod"], [("env", "prod")]));
    }

    #[test]
    fn patterns_take_stars_anywhere() {
        let cases = [
            ("*prod*", "xprody", true),
            ("prod", "prod1", false),
            ("p*d", "prod", true),
            ("p*d", "prods", false),
            ("*", "", true),
            ("a*a", "a", false),
            ("a*b*c", "axxbyyc", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
