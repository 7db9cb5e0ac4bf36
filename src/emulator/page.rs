//! Lists in pages: `value` and an absolute `nextLink` with an opaque token.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::reply::{ArmError, Reply};
use super::request::Call;

/// Names under which clients send a list's token back. Machine Learning lists use `$skip` for it.
const TOKENS: [&str; 3] = ["$skiptoken", "$skip", "skiptoken"];

/// Turns a position into a token that tells nothing to who reads it.
pub(super) fn token(position: usize) -> String {
    format!("at:{position}").bytes().rev().map(|byte| format!("{:02x}", byte ^ 0x5a)).collect()
}

/// The position behind a token.
pub(super) fn position(token: &str) -> Option<usize> {
    let bytes: Option<Vec<u8>> = (0..token.len() / 2)
        .rev()
        .map(|at| u8::from_str_radix(token.get(at * 2..at * 2 + 2)?, 16).ok().map(|byte| byte ^ 0x5a))
        .collect();
    String::from_utf8(bytes?).ok()?.strip_prefix("at:")?.parse().ok()
}

struct Page<'a, T> {
    items: &'a [T],
    link: Option<(&'static str, String)>,
    context: Option<String>,
    count: Option<usize>,
    plain_count: Option<usize>,
}

impl<T: Serialize> Serialize for Page<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(context) = &self.context {
            map.serialize_entry("@odata.context", context)?;
        }
        if let Some(count) = &self.count {
            map.serialize_entry("@odata.count", count)?;
        }
        if let Some(count) = &self.plain_count {
            map.serialize_entry("count", count)?;
        }
        map.serialize_entry("value", self.items)?;
        if let Some((name, link)) = &self.link {
            map.serialize_entry(name, link)?;
        }
        map.end()
    }
}

/// How one kind of list is paged.
#[derive(Debug, Clone, Default)]
pub(super) struct Paging {
    /// Items in a page; everything in one page when absent.
    pub size: Option<usize>,
    /// The query parameter that carries the token.
    pub parameter: &'static str,
    /// The name of the link in the body.
    pub link: &'static str,
    /// The `@odata.context` of a Microsoft Graph list.
    pub context: Option<String>,
    /// The `@odata.count`, where it was asked for.
    pub count: Option<usize>,
    /// The `count` of a list that says it under that name.
    pub plain_count: Option<usize>,
}

impl Paging {
    /// The paging of an ARM list.
    pub(super) fn arm(size: Option<usize>) -> Self {
        Self { size, parameter: "$skiptoken", link: "nextLink", ..Self::default() }
    }
}

/// The page of `items` that the call asks for. A page that is exactly full has a link, so the last may be empty.
///
/// # Errors
/// When the token was not one of ours.
pub(super) fn page<T: Serialize>(call: &Call, items: &[T], paging: &Paging) -> Result<Reply, ArmError> {
    let start = match TOKENS.iter().find_map(|name| call.query.get(name)) {
        None => 0,
        Some(text) => position(text).ok_or_else(|| {
            ArmError::bad_request("InvalidSkipToken", format!("The provided skip token '{text}' is invalid."))
        })?,
    };
    let start = start.min(items.len());
    let size = paging.size.unwrap_or(usize::MAX).max(1);
    let end = start.saturating_add(size).min(items.len());
    let link = (end - start == size).then(|| {
        let kept = call.query.encode_without(&TOKENS);
        let mark = paging.parameter.replace('$', "%24");
        let path: String = encode_path(&call.path.id());
        let and = if kept.is_empty() { "" } else { "&" };
        (paging.link, format!("{}{path}?{kept}{and}{mark}={}", call.base, token(end)))
    });
    Ok(Reply::ok(&Page {
        items: &items[start..end],
        link,
        context: paging.context.clone(),
        count: paging.count,
        plain_count: paging.plain_count,
    }))
}

/// Encodes what may not stand in a path.
pub(super) fn encode_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'/'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'('
            | b')'
            | b':'
            | b'@'
            | b'$' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_opaque_and_read_back() {
        for at in [0, 1, 250, 1_000_000] {
            assert_eq!(position(&token(at)), Some(at));
            assert!(!token(at).contains(&at.to_string()) || at < 10);
        }
        assert_eq!(position("zz"), None);
        assert_eq!(position(""), None);
    }

    #[test]
    fn paths_are_encoded() {
        assert_eq!(encode_path("/a b/ü"), "/a%20b/%C3%BC");
    }
}
