//! The string operators: equality, parts and terms, with and without case.

use std::borrow::Cow;

use super::ast::Match;

/// Whether a text fits a pattern.
pub(super) fn matches(by: Match, text: &str, pattern: &str) -> bool {
    match by {
        Match::Equal => text == pattern,
        Match::EqualNoCase => equal(text, pattern),
        Match::Contains => fold(text).contains(&*fold(pattern)),
        Match::ContainsCase => text.contains(pattern),
        Match::StartsWith => fold(text).starts_with(&*fold(pattern)),
        Match::StartsWithCase => text.starts_with(pattern),
        Match::EndsWith => fold(text).ends_with(&*fold(pattern)),
        Match::EndsWithCase => text.ends_with(pattern),
        Match::Has => has_term(&fold(text), &fold(pattern)),
        Match::HasCase => has_term(text, pattern),
    }
}

fn equal(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        }
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

/// A term is bounded by characters that are neither letters nor digits, or by the ends of the text.
fn has_term(text: &str, term: &str) -> bool {
    if term.is_empty() {
        return true;
    }
    text.match_indices(term).any(|(start, found)| {
        let before = text[..start].chars().next_back();
        let after = text[start + found.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operator_keeps_its_own_idea_of_case_and_of_a_term() {
        let cases = [
            (Match::EqualNoCase, "MLW-Prod", "mlw-prod", true),
            (Match::EqualNoCase, "ΔΟΚΙΜΉ", "δοκιμή", true),
            (Match::Equal, "MLW", "mlw", false),
            (Match::Has, "mlw-fraud-prod", "FRAUD", true),
            (Match::Has, "mlw-frauds", "fraud", false),
            (Match::HasCase, "mlw-Fraud", "fraud", false),
            (Match::Contains, "mlw-frauds", "RAUD", true),
            (Match::ContainsCase, "mlw-frauds", "RAUD", false),
            (Match::StartsWith, "Microsoft.Storage/x", "microsoft.storage/", true),
            (Match::StartsWithCase, "Microsoft.Storage/x", "microsoft.storage/", false),
            (Match::EndsWith, "a/Workspaces", "/workspaces", true),
            (Match::EndsWithCase, "a/Workspaces", "/workspaces", false),
        ];
        for (by, text, pattern, expected) in cases {
            assert_eq!(matches(by, text, pattern), expected, "{by:?} {text} {pattern}");
        }
    }
}
