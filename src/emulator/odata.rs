//! The part of OData's `$filter` and `$search` that clients of ARM and Microsoft Graph use.

use serde_json::Value;

use super::members::member;

/// A filter or search that is not understood: an answer that ignores it would be a lie.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The query '{0}' is not supported.")]
pub(super) struct FilterError(String);

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// `name eq 'value'`.
    Equal(String, String),
    /// `name ne 'value'`.
    NotEqual(String, String),
    /// `name ge 'value'`, also for times without quotes.
    AtLeast(String, String),
    /// `name le 'value'`.
    AtMost(String, String),
    /// `startswith(name, 'value')`.
    StartsWith(String, String),
    /// `substringof('value', name)` or `contains(name, 'value')`.
    Contains(String, String),
    /// `names/any(c:c eq 'value')`.
    Any(String, String),
    /// `name in ('a', 'b')`.
    In(String, Vec<String>),
    /// `atScope()`, `asTarget()`, `assignedTo('id')`: a function with at most one value.
    Function(String, Option<String>),
}

/// A disjunction of conjunctions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter(Vec<Vec<Term>>);

impl Filter {
    /// Reads a filter: terms joined by `and` and `or`, without parentheses around groups of them.
    ///
    /// # Errors
    /// When any part is not understood.
    pub(super) fn parse(text: &str) -> Result<Self, FilterError> {
        let error = || FilterError(text.to_owned());
        let any = split_words(text, "or", b'\'')
            .into_iter()
            .map(|part| {
                split_words(part, "and", b'\'')
                    .into_iter()
                    .map(|term| parse_term(strip_parentheses(term.trim())).ok_or_else(error))
                    .collect()
            })
            .collect::<Result<_, _>>()?;
        Ok(Self(any))
    }

    /// The terms, when there is no `or`.
    pub(super) fn terms(&self) -> Option<&[Term]> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Every comparison, wherever it stands.
    pub(super) fn all(&self) -> impl Iterator<Item = &Term> {
        self.0.iter().flatten()
    }

    /// The conjunctions, of which one has to hold.
    pub(super) fn alternatives(&self) -> &[Vec<Term>] {
        &self.0
    }

    /// Whether a document fits. Texts compare without case; names may be paths (`properties/state`).
    pub(super) fn matches(&self, document: &Value) -> bool {
        self.0.iter().any(|all| all.iter().all(|term| term.matches(document)))
    }
}

impl Term {
    /// The property that is compared, the first part of a path; `None` for a function.
    pub(super) fn property(&self) -> Option<&str> {
        let name = match self {
            Self::Equal(name, _)
            | Self::NotEqual(name, _)
            | Self::AtLeast(name, _)
            | Self::AtMost(name, _)
            | Self::StartsWith(name, _)
            | Self::Contains(name, _)
            | Self::Any(name, _)
            | Self::In(name, _) => name,
            Self::Function(..) => return None,
        };
        Some(name.split(['/', '.']).next().unwrap_or(name))
    }

    fn matches(&self, document: &Value) -> bool {
        let text = |name: &str| lookup(document, name).map(as_text).unwrap_or_default();
        match self {
            Self::Equal(name, value) => text(name).eq_ignore_ascii_case(value),
            Self::NotEqual(name, value) => !text(name).eq_ignore_ascii_case(value),
            Self::AtLeast(name, value) => text(name).as_str() >= value.as_str(),
            Self::AtMost(name, value) => text(name).as_str() <= value.as_str(),
            Self::StartsWith(name, value) => text(name).to_lowercase().starts_with(&value.to_lowercase()),
            Self::Contains(name, value) => text(name).to_lowercase().contains(&value.to_lowercase()),
            Self::Any(name, value) => lookup(document, name)
                .and_then(Value::as_array)
                .is_some_and(|list| list.iter().any(|one| as_text(one).eq_ignore_ascii_case(value))),
            Self::In(name, values) => values.iter().any(|value| text(name).eq_ignore_ascii_case(value)),
            Self::Function(..) => false,
        }
    }
}

fn lookup<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    name.split(['/', '.']).try_fold(document, member)
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "null".to_owned(),
        other => other.to_string(),
    }
}

/// Splits at a word that stands outside quotes and parentheses. A filter quotes with `'`, a search with `"`.
fn split_words<'a>(text: &'a str, word: &str, quote: u8) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut depth) = (0, false, 0_i32);
    let separator = format!(" {word} ");
    let mut at = 0;
    while at < text.len() {
        match text.as_bytes()[at] {
            sign if sign == quote => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            b' ' if !quoted && depth <= 0 => {
                let here = text.get(at..at + separator.len());
                if here.is_some_and(|here| here.eq_ignore_ascii_case(&separator)) {
                    parts.push(&text[start..at]);
                    at += separator.len();
                    start = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    parts.push(&text[start..]);
    parts
}

/// Takes one pair of parentheses off that encloses a whole term.
fn strip_parentheses(text: &str) -> &str {
    match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if !inner.contains(['(', ')']) => inner.trim(),
        _ => text,
    }
}

fn unquote(text: &str) -> Option<String> {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) => rest.strip_suffix('\'').map(|inner| inner.replace("''", "'")),
        None if text.is_empty() || text.contains([' ', '\'', '(', ')']) => None,
        None => Some(text.to_owned()),
    }
}

fn parse_term(term: &str) -> Option<Term> {
    if let Some((name, rest)) = term.split_once("/any(") {
        let inner = rest.strip_suffix(')')?;
        let (_, comparison) = inner.split_once(':')?;
        let (_, value) = comparison.split_once(" eq ")?;
        return Some(Term::Any(name.trim().to_owned(), unquote(value)?));
    }
    if let Some((function, rest)) = term.split_once('(').filter(|(function, _)| !function.contains(' ')) {
        let inner = rest.strip_suffix(')')?.trim();
        let both = || {
            let (left, right) = inner.split_once(',')?;
            Some((left.trim(), right.trim()))
        };
        return match function.to_ascii_lowercase().as_str() {
            "startswith" => {
                both().and_then(|(name, value)| Some(Term::StartsWith(name.to_owned(), unquote(value)?)))
            }
            "contains" => {
                both().and_then(|(name, value)| Some(Term::Contains(name.to_owned(), unquote(value)?)))
            }
            "substringof" => {
                both().and_then(|(value, name)| Some(Term::Contains(name.to_owned(), unquote(value)?)))
            }
            other if inner.is_empty() => Some(Term::Function(other.to_owned(), None)),
            other => Some(Term::Function(other.to_owned(), Some(unquote(inner)?))),
        };
    }
    if let Some((name, list)) = term.split_once(" in ") {
        let inner = list.trim().strip_prefix('(')?.strip_suffix(')')?;
        let values: Option<Vec<String>> = inner.split(',').map(unquote).collect();
        return Some(Term::In(name.trim().to_owned(), values?));
    }
    let mut words = term.splitn(3, ' ');
    let (name, operator, value) = (words.next()?, words.next()?, words.next()?);
    let (name, value) = (name.to_owned(), unquote(value)?);
    match operator.to_ascii_lowercase().as_str() {
        "eq" => Some(Term::Equal(name, value)),
        "ne" => Some(Term::NotEqual(name, value)),
        "ge" | "gt" => Some(Term::AtLeast(name, value)),
        "le" | "lt" => Some(Term::AtMost(name, value)),
        _ => None,
    }
}

/// `$search="displayName:ada" OR "mail:ada"`: clauses of property and text, joined by `AND` and `OR`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search(Vec<Vec<(String, String)>>);

impl Search {
    /// Reads a search.
    ///
    /// # Errors
    /// When a clause is not `"property:text"`.
    pub(super) fn parse(text: &str) -> Result<Self, FilterError> {
        let clause = |clause: &str| {
            let inner = clause.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))?;
            let (name, value) = inner.split_once(':').filter(|_| !inner.contains('"'))?;
            (!value.trim().is_empty()).then(|| (name.to_owned(), value.trim().to_lowercase()))
        };
        split_words(text, "or", b'"')
            .into_iter()
            .map(|all| split_words(all, "and", b'"').into_iter().map(clause).collect::<Option<Vec<_>>>())
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| FilterError(text.to_owned()))
    }

    /// The properties that are searched.
    pub(super) fn properties(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|(name, _)| name.as_str())
    }

    /// Whether the property begins with the text, or has a word for each word of the text that begins with it.
    pub(super) fn matches(&self, document: &Value) -> bool {
        let holds = |(name, value): &(String, String)| {
            let text = lookup(document, name).map(as_text).unwrap_or_default().to_lowercase();
            let has = |wanted: &str| {
                text.split(|sign: char| !sign.is_alphanumeric()).any(|word| word.starts_with(wanted))
            };
            text.starts_with(value.as_str()) || value.split_whitespace().all(has)
        };
        self.0.iter().any(|all| all.iter().all(holds))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn filters_that_clients_send() {
        let ada = json!({ "displayName": "Ada Lovelace", "id": "1", "appId": "9", "servicePrincipalNames": ["x", "9"] });
        for (filter, fits) in [
            ("startswith(displayName,'ada')", true),
            ("displayName eq 'ADA lovelace'", true),
            ("displayName eq 'O''Brien'", false),
            ("servicePrincipalNames/any(c:c eq '9')", true),
            ("id in ('0', '1')", true),
            ("id eq '0' or startswith(displayName, 'A')", true),
            ("id eq '1' and appId eq '8'", false),
            ("(id eq '1') and (appId eq '9')", true),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().matches(&ada), fits, "{filter}");
        }
    }

    #[test]
    fn scope_functions_are_terms() {
        let filter = Filter::parse("atScope() and assignedTo('me')").unwrap();
        assert_eq!(
            filter.terms().unwrap(),
            [
                Term::Function("atscope".to_owned(), None),
                Term::Function("assignedto".to_owned(), Some("me".to_owned()))
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for text in ["", "displayName like 'x'", "endswith(", "not (id eq '1')", "id eq"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
        for text in ["ada", "displayName:ada", "\"displayName:\"", "\"displayName:a\" \"b\""] {
            assert!(Search::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_search_finds_words() {
        let ada = json!({ "displayName": "Ada Lovelace" });
        assert!(Search::parse("\"displayName:love\"").unwrap().matches(&ada));
        assert!(Search::parse("\"mail:x\" OR \"displayName:ada\"").unwrap().matches(&ada));
        assert!(!Search::parse("\"displayName:ovel\"").unwrap().matches(&ada));
        assert!(Search::parse("\"displayName:love ada\"").unwrap().matches(&ada));
        assert!(!Search::parse("\"displayName:ada\" AND \"displayName:x\"").unwrap().matches(&ada));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            if let Ok(filter) = Filter::parse(&text) {
                filter.matches(&json!({ "a": "b" }));
            }
        }
    }
}
