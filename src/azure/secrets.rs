//! Secrets that Azure puts into ordinary answers are masked before anything else sees them.
//!
//! Live workspace bodies carry a telemetry key, components carry connection strings, and error messages
//! quote signed URLs. Masking goes by the name of the property and by the look of the value, at the same
//! boundary where text is cleaned, so that no model, view, log, export or panic message can hold one.

use std::borrow::Cow;

use serde_json::Value;

/// What stands where a secret was.
pub const MASK: &str = "********";

/// Endings of property names whose values are secret: lower case, without separators and numbers.
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
    "sharedaccesssignature",
    "sas",
    "sasuri",
    "sasurl",
    "sasgetteruri",
];

/// Names with such an ending that are no secret. Paging links and tokens have to keep working.
const NOT_SECRET: &[&str] =
    &["publickey", "sshpublickey", "partitionkey", "rowkey", "sortkey", "skiptoken", "continuationtoken"];

/// Objects below which names are not looked at, because the operator or a resource gave them.
///
/// A tag called `key1` or `costKey` is the operator's own word, and its value is shown. Tags are no place for
/// secrets (whoever reads the resource reads them, Microsoft's documentation says so), they are searched and
/// sorted by, and they are written back whole: a mask would overwrite the value in Azure. A value that looks
/// like a secret is masked there as everywhere. Outbound rules and user-assigned identities are maps by name
/// and by id. Permissions of a vault's access policy are lists called `keys` and `secrets`.
const PLAIN_SUBTREES: &[&str] = &["tags", "permissions", "outboundrules", "userassignedidentities"];

/// Endings of the names of what stands beside a secret and says which it is, where it is kept, or since when.
const BESIDE_SECRET: &[&str] = &["name", "type", "time", "identifier"];

/// Property names that carry links which have to stay whole.
const LINKS: &[&str] = &["nextlink", "@odata.nextlink"];

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

/// Whether a property of this name holds a secret, if its value is a text. `key1` and `primary_key_2` are
/// named as their kind without the number is. A name with a slash is an id that serves as one.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphabetic();
    let kind = name.trim_end_matches(|c: char| !is_plain(c));
    // The last letters of all endings: most names are done here, without copying.
    let last = kind.as_bytes().last().map(u8::to_ascii_lowercase);
    if !last.is_some_and(|last| b"ystdengil".contains(&last)) || name.contains('/') {
        return false;
    }
    let lower: String = kind.chars().filter(|c| is_plain(*c)).map(|c| c.to_ascii_lowercase()).collect();
    SECRET_ENDINGS.iter().any(|ending| lower.ends_with(ending)) && !NOT_SECRET.contains(&lower.as_str())
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

/// Masks every text below a secret name; names, types and times beside the secrets stay, and ids.
fn mask_leaves(value: &mut Value) {
    match value {
        Value::String(text) if text.is_empty() || text.starts_with("/subscriptions/") => {}
        Value::String(text) => MASK.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(mask_leaves),
        Value::Object(members) => {
            for (name, member) in members {
                let lower = name.to_ascii_lowercase();
                if !BESIDE_SECRET.iter().any(|ending| lower.ends_with(ending)) {
                    mask_leaves(member);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
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
        if let Some((begin, end)) = secret_behind_marker(rest).filter(|_| starts_word(&lower, at)) {
            out.push_str(&text[at..at + begin]);
            out.push_str(if end > begin { MASK } else { "" });
            at += end.max(begin);
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

/// Where the secret begins and ends of a text that begins with a marker; the text is lower case.
fn secret_behind_marker(text: &str) -> Option<(usize, usize)> {
    if let Some(token) = text.strip_prefix(BEARER) {
        let length = secret_end(token, &[]);
        return (length >= SHORTEST_TOKEN).then_some((BEARER.len(), BEARER.len() + length));
    }
    let name = MARKERS.iter().find(|marker| text.starts_with(**marker))?;
    let equals = EQUALS.iter().find(|equals| text[name.len()..].starts_with(**equals))?;
    let begin = name.len() + equals.len();
    // What separates parts of a URL is as deeply encoded as the equals sign was.
    let separators: &[&str] = match *equals {
        "%3d" => &["%26", "%3b"],
        "%253d" => &["%2526", "%253b"],
        "=" => &[],
        _ => &["\\u0026"],
    };
    Some((begin, begin + secret_end(&text[begin..], separators)))
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
    let plain = text
        .find(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '"' | '\'' | '<' | '>' | ',' | '\\'))
        .unwrap_or(text.len());
    separators.iter().filter_map(|separator| text.find(separator)).fold(plain, usize::min)
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
    text.iter().enumerate().any(|(at, byte)| match byte {
        b'=' | b'd' | b'D' => ends_with_marker(&text[..=at]),
        b' ' => ends_with_ignoring_case(&text[..=at], BEARER),
        b'J' => text[..=at].ends_with(b"eyJ"),
        _ => false,
    })
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
            b'=' | b'd' | b'D' if ends_with_marker(&body[..=at]) => return true,
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
            "key1",
            "key2",
            "Key1",
            "primaryKey2",
            "password2",
            "passwords",
            "primary_key_2",
            "connection_string",
            "client-secret",
            "keyVaultXSecret",
            "keyVaultClientSecret",
            "sharedAccessSignature",
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
            "sshPublicKey1",
            "secretsArmId",
            "name",
            "location",
            "keyVaultArmId",
            "keyVaultSecretId",
            "keyVaults",
            "keyvaulturi",
            "currentVersionedKeyIdentifier",
            "keyPolicy",
            "accessKeyId",
            "tokenType",
            "partitionKey",
            "principalId",
            "2",
            "",
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-key1",
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
    fn what_the_operator_named_and_what_leads_to_a_key_is_shown() {
        let identity = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/key1";
        let vault = "/subscriptions/s/resourceGroups/g/providers/Microsoft.KeyVault/vaults/kv";
        for body in [
            json!({"tags": {"key1": "v", "token": "bus", "password": "none"}}),
            json!({"identity": {"userAssignedIdentities": {identity: {"principalId": "p", "clientId": "c"}}}}),
            json!({"managedNetwork": {"outboundRules": {"to-key1": {"type": "FQDN", "destination": "pypi.org"}}}}),
            json!({"keyVault": vault, "customerManagedKey": {"keyIdentifier": "https://kv/keys/k/1", "keyVaultId": vault}}),
            json!({"columns": [{"name": "primaryKey", "type": "string"}]}),
        ] {
            let mut masked = body.clone();
            mask(&mut masked);
            assert_eq!(masked, body);
        }
        let mut body = json!({"key1": "a", "nested": {"keyVaultXSecret": "b", "key2": {"value": "c"}}});
        mask(&mut body);
        assert_eq!(body, json!({"key1": MASK, "nested": {"keyVaultXSecret": MASK, "key2": {"value": MASK}}}));
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
            json!({"message": "to=https%3A%2F%2Fst%3Fsig%3Dabc"}),
            json!({"a": {"key1": "x"}}),
            json!(["Bearer abcdefghijklmnop"]),
            json!({"x": format!("eyJ{}.{}.c", "a".repeat(30), "b".repeat(30))}),
        ] {
            for text in [body.to_string(), serde_json::to_string_pretty(&body).unwrap()] {
                assert!(json_may_hold_secret(text.as_bytes()), "{text}");
            }
        }
        assert!(json_may_hold_secret(br#"{"primaryKey" : "x"}"#));
        assert!(
            json_may_hold_secret(br#"{"url": "https://st?sv=1\u0026sig\u003dabc"}"#),
            "an escaped equals sign"
        );
        assert!(!json_may_hold_secret(
            json!({"id": "/subscriptions/x", "properties": {"keyVault": "/a"}}).to_string().as_bytes()
        ));
    }
}
