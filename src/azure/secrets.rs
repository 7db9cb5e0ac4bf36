//! Secrets that Azure puts into ordinary answers are masked before anything else sees them.
//!
//! Live workspace bodies carry a telemetry key, components carry connection strings, and error messages
//! quote signed URLs. Masking goes by the name of the property and by the look of the value, at the same
//! boundary where text is cleaned, so that no model, view, log, export or panic message can hold one.

use std::borrow::Cow;

use serde_json::Value;

/// What stands where a secret was.
pub const MASK: &str = "********";

/// Endings of property names whose values are secret, lower case.
const SECRET_ENDINGS: &[&str] = &[
    "key",
    "keys",
    "secret",
    "secrets",
    "password",
    "passwords",
    "passphrase",
    "pwd",
    "token",
    "tokens",
    "connectionstring",
    "connectionstrings",
    "sas",
    "sasuri",
    "sasurl",
    "sasgetteruri",
];

/// Names with such an ending that are no secret. Paging links and tokens have to keep working.
const NOT_SECRET: &[&str] =
    &["publickey", "sshpublickey", "partitionkey", "skiptoken", "$skiptoken", "continuationtoken"];

/// Objects below which names are not looked at: tags are the operator's own words (and are written back),
/// permissions of a vault's access policy are lists called `keys` and `secrets`.
const PLAIN_SUBTREES: &[&str] = &["tags", "permissions"];

/// Property names that carry links which have to stay whole.
const LINKS: &[&str] = &["nextlink", "@odata.nextlink"];

/// Markers in a text behind which a secret stands, lower case.
const MARKERS: &[&str] = &[
    "accountkey=",
    "sharedaccesskey=",
    "sharedsecretkey=",
    "sharedaccesssignature=",
    "instrumentationkey=",
    "sig=",
    "password=",
    "pwd=",
    "client_secret=",
];

/// What stands before a token in a header, lower case. Words as short as "bearer token" are no secret.
const BEARER: &str = "bearer ";
const SHORTEST_TOKEN: usize = 16;

/// Whether a property of this name holds a secret, if its value is a text.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    // The last letters of all endings: most names are done here, without copying.
    let last = name.as_bytes().last().map(u8::to_ascii_lowercase);
    if !last.is_some_and(|last| b"ystdengil".contains(&last)) {
        return false;
    }
    let lower = name.to_ascii_lowercase();
    SECRET_ENDINGS.iter().any(|ending| lower.ends_with(ending))
        && !lower.starts_with("keyvault")
        && !NOT_SECRET.contains(&lower.as_str())
}

/// Masks every secret of a JSON document in place.
pub fn mask(value: &mut Value) {
    mask_members(value, true);
}

fn mask_members(value: &mut Value, by_name: bool) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let lower = name.to_ascii_lowercase();
                if LINKS.contains(&lower.as_str()) {
                    continue;
                }
                if by_name && is_secret_name(name) {
                    mask_leaves(member);
                } else {
                    mask_members(member, by_name && !PLAIN_SUBTREES.contains(&lower.as_str()));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| mask_members(item, by_name)),
        Value::String(text) => {
            if let Cow::Owned(masked) = mask_text(text) {
                *text = masked;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks every text below a secret name; names, types and times beside the secrets stay.
fn mask_leaves(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_empty() => MASK.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(mask_leaves),
        Value::Object(members) => {
            for (name, member) in members {
                let lower = name.to_ascii_lowercase();
                if !["name", "type", "time"].iter().any(|ending| lower.ends_with(ending)) {
                    mask_leaves(member);
                }
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Masks what looks like a secret inside a text: keys and signatures of connection strings and signed
/// URLs, and JSON web tokens. Borrows when there was nothing.
#[must_use]
pub fn mask_text(text: &str) -> Cow<'_, str> {
    if !looks_secret(text.as_bytes()) {
        return Cow::Borrowed(text);
    }
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &lower[at..];
        let marker = MARKERS.iter().chain(&[BEARER]).find(|marker| rest.starts_with(**marker));
        if let Some(marker) = marker.filter(|_| starts_word(&lower, at)) {
            let end = secret_end(&text[at + marker.len()..]);
            let is_secret = end > 0 && (*marker != BEARER || end >= SHORTEST_TOKEN);
            out.push_str(&text[at..at + marker.len()]);
            out.push_str(if is_secret { MASK } else { &text[at + marker.len()..at + marker.len() + end] });
            at += marker.len() + end;
            continue;
        }
        if let Some(length) = token_length(&text[at..]) {
            out.push_str(MASK);
            at += length;
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        out.push(c);
        at += c.len_utf8();
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Markers count at the beginning of a word only, so that `design=` is not taken for `sig=`.
fn starts_word(text: &str, at: usize) -> bool {
    at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric()
}

/// Where the secret behind a marker ends.
fn secret_end(text: &str) -> usize {
    text.find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '"' | '\'' | '<' | '>' | ',' | '\\'))
        .unwrap_or(text.len())
}

/// The length of a JSON web token at the beginning of a text.
fn token_length(text: &str) -> Option<usize> {
    if !text.starts_with("eyJ") {
        return None;
    }
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '=')))
        .unwrap_or(text.len());
    (end > 40 && text[..end].matches('.').count() >= 2).then_some(end)
}

/// Whether a text holds something that may be a secret; cheap, and never wrong when it says no.
fn looks_secret(text: &[u8]) -> bool {
    text.windows(3).enumerate().any(|(at, window)| {
        window == b"eyJ"
            || (window[2] == b'='
                && MARKERS.iter().any(|marker| ends_with_ignoring_case(&text[..at + 3], marker)))
            || (window[2] == b' ' && ends_with_ignoring_case(&text[..at + 3], BEARER))
    })
}

fn ends_with_ignoring_case(text: &[u8], ending: &str) -> bool {
    text.len() >= ending.len() && text[text.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

/// Whether the bytes of a JSON document may hold a secret: a property with such a name, or a value that
/// looks like one. One pass, without parsing; it may say yes for nothing.
#[must_use]
pub fn json_may_hold_secret(body: &[u8]) -> bool {
    let mut previous_quote = None;
    let mut last = None;
    for (at, &byte) in body.iter().enumerate() {
        match byte {
            b'"' => {
                last = previous_quote;
                previous_quote = Some(at);
            }
            b':' => {
                // `"name":` and `"name" :` alike; a colon inside a string gives a harmless wrong yes at worst.
                if let (Some(open), Some(close)) = (last, previous_quote)
                    && let Some(name) =
                        body.get(open + 1..close).and_then(|name| std::str::from_utf8(name).ok())
                    && body[close + 1..at].iter().all(u8::is_ascii_whitespace)
                    && is_secret_name(name)
                {
                    return true;
                }
            }
            b'=' if MARKERS.iter().any(|marker| ends_with_ignoring_case(&body[..=at], marker)) => {
                return true;
            }
            b' ' if ends_with_ignoring_case(&body[..=at], BEARER) => return true,
            b'J' if body[..=at].ends_with(b"eyJ") => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_decide_and_references_to_keys_are_no_keys() {
        for name in [
            "sdkTelemetryAppInsightsKey",
            "InstrumentationKey",
            "ConnectionString",
            "primaryKey",
            "keys",
            "clientSecret",
            "adminPassword",
            "sasToken",
            "sasGetterUri",
            "accountKey",
            "notebookAccessToken",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "keyVault",
            "keyVaultProperties",
            "keyIdentifier",
            "keyType",
            "keySource",
            "keyName",
            "keyCreationTime",
            "allowSharedKeyAccess",
            "$skipToken",
            "skipToken",
            "nextLink",
            "sshPublicKey",
            "secretsArmId",
            "name",
            "location",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn a_workspace_loses_its_telemetry_key_and_nothing_else() {
        let mut body = json!({"properties": {
            "sdkTelemetryAppInsightsKey": "0a1b", "sasGetterUri": "", "keyVault": "/subscriptions/x",
            "encryption": {"keyVaultProperties": {"keyIdentifier": "https://v/keys/k"}, "status": "Enabled"}}});
        mask(&mut body);
        assert_eq!(body["properties"]["sdkTelemetryAppInsightsKey"], MASK);
        assert_eq!(body["properties"]["sasGetterUri"], "");
        assert_eq!(body["properties"]["keyVault"], "/subscriptions/x");
        assert_eq!(
            body["properties"]["encryption"]["keyVaultProperties"]["keyIdentifier"],
            "https://v/keys/k"
        );
    }

    #[test]
    fn lists_of_keys_lose_their_values_and_keep_their_names() {
        let mut body = json!({"keys": [{"keyName": "key1", "value": "abc", "creationTime": "2026"}]});
        mask(&mut body);
        assert_eq!(body, json!({"keys": [{"keyName": "key1", "value": MASK, "creationTime": "2026"}]}));
    }

    #[test]
    fn tags_and_vault_permissions_are_not_judged_by_name() {
        let body =
            json!({"tags": {"costKey": "c-12"}, "permissions": {"keys": ["get"], "secrets": ["list"]}});
        let mut masked = body.clone();
        mask(&mut masked);
        assert_eq!(masked, body);
        let mut tag = json!({"tags": {"note": "AccountKey=abc;x"}});
        mask(&mut tag);
        assert_eq!(tag["tags"]["note"], "AccountKey=********;x");
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
        for text in ["design=good", "eyJ short", "the bearer token is missing", "x = y", "sig="] {
            assert!(matches!(mask_text(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn paging_links_stay_whole() {
        let body =
            json!({"nextLink": "https://management.azure.com/x?$skiptoken=eyJ0&sig=1", "$skipToken": "ew0K"});
        let mut masked = body.clone();
        mask(&mut masked);
        assert_eq!(masked, body);
    }

    #[test]
    fn the_scan_says_yes_wherever_masking_would_change_something() {
        for body in [
            json!({"a": {"primaryKey": "x"}}),
            json!({"keys": [{"value": "x"}]}),
            json!({"message": "AccountKey=abc"}),
            json!(["Bearer abcdefghijklmnop"]),
            json!({"x": format!("eyJ{}.{}.c", "a".repeat(30), "b".repeat(30))}),
        ] {
            for text in [body.to_string(), serde_json::to_string_pretty(&body).unwrap()] {
                assert!(json_may_hold_secret(text.as_bytes()), "{text}");
            }
        }
        assert!(json_may_hold_secret(br#"{"primaryKey" : "x"}"#));
        assert!(!json_may_hold_secret(
            json!({"id": "/subscriptions/x", "properties": {"keyVault": "/a"}}).to_string().as_bytes()
        ));
    }
}
