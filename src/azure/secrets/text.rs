//! Secrets inside a text: by what stands before them, by how they look, and by their names where JSON stands in the
//! text.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::{MASK, is_secret_name, json_may_hold_secret, mask};

/// Names in a text behind which, after an equals sign, a secret stands; lower case.
const MARKERS: &[&str] = &[
    "accountkey",
    "sharedaccesskey",
    "sharedsecretkey",
    "sharedaccesssignature",
    "instrumentationkey",
    "sig",
    "password",
    "pwd",
    "client_secret",
];

/// The equals sign: plain, in a URL inside of a URL, once more inside, and as some write it in JSON. Lower case.
const EQUALS: [&str; 4] = ["=", "%3d", "%253d", "\\u003d"];

/// What stands before a token in a header, lower case. Words as short as "bearer token" are no secret.
const BEARER: &str = "bearer ";
const SHORTEST_TOKEN: usize = 16;

/// No name of a secret is longer, in bytes.
const LONGEST_NAME: usize = 80;

/// Masks what looks like a secret inside a text: keys and signatures of connection strings and signed URLs, JSON web
/// tokens, and what JSON that stands in it has under the name of a secret. Borrows when there was nothing.
#[must_use]
pub fn mask_text(text: &str) -> Cow<'_, str> {
    if !json_may_hold_secret(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    if text.trim_start().starts_with(['{', '['])
        && let Ok(value) = serde_json::from_str::<Value>(text)
    {
        let mut masked = value.clone();
        mask(&mut masked);
        return if masked == value { Cow::Borrowed(text) } else { Cow::Owned(masked.to_string()) };
    }
    match mask_members(text) {
        Cow::Borrowed(text) => mask_values(text),
        Cow::Owned(text) => Cow::Owned(mask_values(&text).into_owned()),
    }
}

/// Masks the members that have the name of a secret, of JSON that has something before or behind it, is cut off, or has
/// its quotation marks escaped.
fn mask_members(text: &str) -> Cow<'_, str> {
    let (mut out, mut done, mut at) = (String::new(), 0, 0);
    while let Some(mark) = next_mark(text, at) {
        at = mark.end;
        let quote = &text[mark];
        if let Some(secret) = secret_member(text, at, quote) {
            out.push_str(&text[done..secret.start]);
            out.push_str(&[quote, MASK, quote].concat());
            (done, at) = (secret.end, secret.end);
        }
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[done..]);
    Cow::Owned(out)
}

/// The next quotation mark with the backslashes before it; JSON has two ways to write one inside of a text.
fn next_mark(text: &str, from: usize) -> Option<Range<usize>> {
    // Both at once: to look for one in the whole rest each time would take the square of the length.
    let ways = text[from..].match_indices(['"', '\\']).map(|(at, _)| from + at);
    let mark = ways.filter_map(|at| match text.as_bytes()[at] {
        b'"' => Some(at..at + 1),
        _ => text[at + 1..].starts_with("u0022").then_some(at + 1..at + 6),
    });
    let mark = mark.into_iter().next()?;
    Some(from + text[from..mark.start].trim_end_matches('\\').len()..mark.end)
}

/// The value of the member whose name begins at `at`, behind the mark `quote`, if its name is that of a secret and it is
/// neither empty, nor an id, nor masked.
fn secret_member(text: &str, at: usize, quote: &str) -> Option<Range<usize>> {
    let near = &text[at..text.floor_char_boundary(at + LONGEST_NAME)];
    let name = &near[..near.find(quote)?];
    if name.contains(['"', '\\', '\n']) || !is_secret_name(name) {
        return None;
    }
    let colon = skip_blanks(text, at + name.len() + quote.len());
    let start = skip_blanks(text, colon + text[colon..].strip_prefix(':').map(|_| 1)?);
    let value = &text[start..];
    if value.starts_with(['[', '{']) {
        return Some(start..end_of_container(text, start, quote));
    }
    let inside = value.strip_prefix(quote)?;
    let mark = end_of_text(text, start + quote.len(), quote);
    let secret = &text[start + quote.len()..mark.start];
    let is_shown = secret.is_empty() || secret == MASK || inside.starts_with("/subscriptions/");
    (!is_shown).then_some(start..mark.end)
}

/// Where blanks and line breaks end that begin at `at`, also those that are escaped.
fn skip_blanks(text: &str, mut at: usize) -> usize {
    loop {
        let rest = &text[at..];
        let bare = rest.trim_start_matches('\\');
        let blank = if bare.len() == rest.len() {
            rest.starts_with(char::is_whitespace)
        } else {
            bare.starts_with(['n', 'r', 't'])
        };
        let Some(next) = bare.chars().next().filter(|_| blank) else { return at };
        at = text.len() - bare.len() + next.len_utf8();
    }
}

/// The mark that ends the text in quotation marks which begins at `at`: one that is escaped no deeper than the one that
/// opened it, or the end of all.
fn end_of_text(text: &str, mut at: usize, quote: &str) -> Range<usize> {
    while let Some(mark) = next_mark(text, at) {
        if mark.len() <= quote.len() {
            return mark;
        }
        at = mark.end;
    }
    text.len()..text.len()
}

/// Where the object or list ends that begins at `at`.
fn end_of_container(text: &str, mut at: usize, quote: &str) -> usize {
    let mut depth = 0_usize;
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(quote) {
            at = end_of_text(text, at + quote.len(), quote).end;
            continue;
        }
        at += c.len_utf8();
        match c {
            '[' | '{' => depth += 1,
            ']' | '}' if depth <= 1 => return at,
            ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    at
}

/// Masks what looks like a secret inside a text whatever it is called: see [`mask_text`].
pub(super) fn mask_values(text: &str) -> Cow<'_, str> {
    if !(0..text.len()).any(|at| ends_like_secret(&text.as_bytes()[..=at])) {
        return Cow::Borrowed(text);
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    // Up to here no token begins: what is none from its first letter on is none from a later one.
    let mut no_token = 0;
    while at < text.len() {
        if let Some((begin, end)) = secret_behind_marker(&lower, at) {
            out.push_str(&text[at..at + begin]);
            out.push_str(if end > begin { MASK } else { "" });
            at += end.max(begin);
            continue;
        }
        if at >= no_token {
            match token_length(&text[at..]) {
                Ok(length) => {
                    out.push_str(MASK);
                    at += length;
                    continue;
                }
                Err(length) => no_token = at + length,
            }
        }
        let Some(c) = text[at..].chars().next() else { break };
        out.push(c);
        at += c.len_utf8();
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Where the secret begins and ends behind a marker at `at`, counted from there; the text is lower case.
fn secret_behind_marker(text: &str, at: usize) -> Option<(usize, usize)> {
    let (whole, text) = (text, &text[at..]);
    if let Some(token) = text.strip_prefix(BEARER).filter(|_| starts_word(whole, at)) {
        let length = secret_end(token, &[]);
        return (length >= SHORTEST_TOKEN).then_some((BEARER.len(), BEARER.len() + length));
    }
    let name = MARKERS.iter().find(|marker| text.starts_with(**marker))?;
    let equals = EQUALS.iter().find(|equals| text[name.len()..].starts_with(**equals))?;
    if !starts_word(whole, at) {
        return None;
    }
    let begin = name.len() + equals.len();
    // What separates parts of a URL is as deeply encoded as the equals sign was.
    let separators: &[&str] = match *equals {
        "%3d" => &["%26", "%3b"],
        "%253d" => &["%2526", "%253b"],
        "=" => &[],
        _ => &["\\u0026"],
    };
    if let Some((mark, length)) = quoted(&text[begin..]) {
        return Some((begin + mark, begin + mark + length));
    }
    Some((begin, begin + secret_end(&text[begin..], separators)))
}

/// The length of the quotation mark that a text begins with, and of what stands in it. None where the mark is the end of
/// what stood before, as behind a link in JSON that carries nothing.
fn quoted(text: &str) -> Option<(usize, usize)> {
    let bare = text.trim_start_matches('\\');
    let quote = bare.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mark = text.len() - bare.len() + 1;
    let inside = &text[mark..];
    let begins =
        inside.chars().next().is_some_and(|c| !c.is_whitespace() && !",:;}])".contains(c) && c != quote);
    let length = inside.find(quote).filter(|_| begins)?;
    Some((mark, inside[..length].trim_end_matches('\\').len()))
}

/// Markers count at the beginning of a word only, so that `design=` is not taken for `sig=`. In an encoded URL
/// a word begins behind an escape such as `%26`.
fn starts_word(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[..at];
    if !before.last().is_some_and(u8::is_ascii_alphanumeric) {
        return true;
    }
    let Some((mut before, escape)) = before.split_last_chunk::<2>() else { return false };
    while let Some(outer) = before.strip_suffix(b"25") {
        before = outer;
    }
    (escape.iter().all(u8::is_ascii_hexdigit) && before.ends_with(b"%")) || before.ends_with(b"\\u00")
}

/// Where the secret behind a marker ends.
fn secret_end(text: &str, separators: &[&str]) -> usize {
    let ends = |(at, c): &(usize, char)| {
        c.is_whitespace()
            || matches!(c, ';' | '&' | '"' | '\'' | '<' | '>' | ',' | '\\')
            || separators.iter().any(|separator| text[*at..].starts_with(separator))
    };
    text.char_indices().find(ends).map_or(text.len(), |(at, _)| at)
}

/// The length of a JSON web token at the beginning of a text; else up to where none begins.
fn token_length(text: &str) -> Result<usize, usize> {
    if !text.starts_with("eyJ") {
        return Err(0);
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=')))
        .unwrap_or(text.len());
    if end > 40 && text[..end].matches('.').count() >= 2 { Ok(end) } else { Err(end) }
}

/// Whether a text ends with what a secret, or the beginning of one, follows or begins with; cheap, and never wrong when it
/// says no.
pub(super) fn ends_like_secret(text: &[u8]) -> bool {
    match text.last() {
        Some(b'=' | b'd' | b'D') => ends_with_marker(text),
        Some(b' ') => ends_with_ignoring_case(text, BEARER),
        Some(b'J') => text.ends_with(b"eyJ"),
        _ => false,
    }
}

/// Whether a text ends with a marker and an equals sign, of whatever spelling.
fn ends_with_marker(text: &[u8]) -> bool {
    EQUALS.iter().any(|equals| {
        ends_with_ignoring_case(text, equals) && {
            let name = &text[..text.len() - equals.len()];
            MARKERS.iter().any(|marker| ends_with_ignoring_case(name, marker))
        }
    })
}

fn ends_with_ignoring_case(text: &[u8], ending: &str) -> bool {
    text.len() >= ending.len() && text[text.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text from Azure may be of megabytes, and whoever may write a tag or a template chooses it. Work that grows with the
    /// square of it would take hours here.
    #[test]
    fn text_made_to_cost_much_costs_as_much_as_any_other() {
        let pieces =
            ["eyJ", "sig%3d;", "sig%3d%26", "xsig%3d", "\\u0022", "bearer ", "eyJ-sig=", "25sig=", "'sig=\\"];
        for piece in pieces {
            let masked = mask_text(&piece.repeat(2_000_000 / piece.len())).into_owned();
            assert!(!masked.is_empty(), "{piece}");
        }
        assert_eq!(mask_text("eyJ-eyJ-sig=abc"), format!("eyJ-eyJ-sig={MASK}"));
    }

    #[test]
    fn values_that_look_secret_are_masked_wherever_they_stand() {
        let token = format!("eyJ{}.eyJ{}.{}", "a".repeat(30), "b".repeat(30), "c".repeat(30));
        let cases = [
            (
                "DefaultEndpointsProtocol=https;AccountName=st;AccountKey=a+b/c==;EndpointSuffix=x"
                    .to_owned(),
                format!("DefaultEndpointsProtocol=https;AccountName=st;AccountKey={MASK};EndpointSuffix=x"),
            ),
            ("https://st/x?sv=1&sig=ab%2Fc&se=2".to_owned(), format!("https://st/x?sv=1&sig={MASK}&se=2")),
            (
                "https://x/?to=https%3A%2F%2Fst%2Fc%3Fsig%3Dab%252Fc%253D%26se%3D2&y=1".to_owned(),
                format!("https://x/?to=https%3A%2F%2Fst%2Fc%3Fsig%3D{MASK}%26se%3D2&y=1"),
            ),
            (
                "u=https%253A%252F%252Fst%253Fsv%253D1%2526sig%253Dab%2526se%253D2".to_owned(),
                format!("u=https%253A%252F%252Fst%253Fsv%253D1%2526sig%253D{MASK}%2526se%253D2"),
            ),
            ("x%3BAccountKey%3Dabc%3BEndpoint".to_owned(), format!("x%3BAccountKey%3D{MASK}%3BEndpoint")),
            ("sig%3dlower".to_owned(), format!("sig%3d{MASK}")),
            (
                r"quoted: https://st?sv=1\u0026sig\u003dab%2Fc\u0026se=2".to_owned(),
                format!(r"quoted: https://st?sv=1\u0026sig\u003d{MASK}\u0026se=2"),
            ),
            (format!("got '{token}'"), format!("got '{MASK}'")),
            ("Authorization: Bearer abc.defghijklmnop".to_owned(), format!("Authorization: Bearer {MASK}")),
            (
                "instrumentationkey=1-2;Ingestion=y".to_owned(),
                format!("instrumentationkey={MASK};Ingestion=y"),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(mask_text(&text), expected);
        }
        for text in [
            "design=good",
            "design%3Dgood",
            "eyJ short",
            "the bearer token is missing",
            "x = y",
            "sig=",
            "sig%3D",
            "a sig that is signed and paid",
        ] {
            assert!(matches!(mask_text(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
