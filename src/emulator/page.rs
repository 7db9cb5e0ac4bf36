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
    use axum::http::Method;
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::emulator::path::ArmPath;
    use crate::emulator::reply::Payload;
    use crate::emulator::request::{Caller, Query};

    fn call(url: &str) -> Call {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        Call {
            method: Method::GET,
            path: ArmPath::parse(path),
            query: Query::parse(query),
            body: None,
            caller: Caller { object_id: String::new(), directory_access: true },
            base: "http://h".to_owned(),
            version: String::new(),
            eventual: false,
            now: String::new(),
            correlation: String::new(),
            client_request: String::new(),
        }
    }

    proptest! {
        #[test]
        fn following_the_links_gives_every_item_once_and_in_order(
            count in 0_usize..60, size in 1_usize..70, filter in "[a-z &='%+]{0,12}",
        ) {
            let items: Vec<usize> = (0..count).collect();
            let asked = url::form_urlencoded::Serializer::new(String::new()).append_pair("$filter", &filter).finish();
            let mut url = format!("/subscriptions/a b/resources?{}", asked.replace('+', "%20"));
            let (mut found, mut pages) = (Vec::new(), 0);
            loop {
                let call = call(&url);
                prop_assert_eq!(call.query.get("$filter"), Some(filter.as_str()));
                let reply = page(&call, &items, &Paging::arm(Some(size))).unwrap();
                let Payload::Json(bytes) = reply.body else { panic!("a page without a body") };
                let body: Value = serde_json::from_slice(&bytes).unwrap();
                let value = body["value"].as_array().unwrap();
                prop_assert!(value.len() <= size);
                found.extend(value.iter().map(|item| item.as_u64().unwrap() as usize));
                pages += 1;
                match body["nextLink"].as_str() {
                    Some(next) => url = next.strip_prefix("http://h").unwrap().to_owned(),
                    None => break,
                }
            }
            prop_assert_eq!(found, items);
            prop_assert_eq!(pages, count / size + 1);
        }
    }

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
