//! Secrets that Azure puts into ordinary answers are masked before anything else sees them.
//!
//! Live workspace bodies carry a telemetry key, components carry connection strings, and error messages
//! quote signed URLs. Masking goes by the name of the property and by the look of the value, at the same
//! boundary where text is cleaned, so that no model, view, log, export or panic message can hold one. JSON that stands
//! in a text, as the activity log and error messages have it, is looked at like any other.

mod text;

use std::borrow::Cow;

use serde_json::Value;

pub use text::mask_text;

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
/// and by id. Permissions of a vault's access policy are lists called `keys` and `secrets`. The times at which the
/// keys of a storage account were made have the names of the keys.
const PLAIN_SUBTREES: &[&str] =
    &["tags", "permissions", "outboundrules", "userassignedidentities", "keycreationtime"];

/// Endings of the names of what stands beside a secret and says which it is, where it is kept, or since when.
const BESIDE_SECRET: &[&str] = &["name", "type", "time", "identifier"];

/// Property names that carry links which have to stay whole.
const LINKS: &[&str] = &["nextlink", "@odata.nextlink"];

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
            let masked = if by_name { mask_text(text) } else { text::mask_values(text) };
            if let Cow::Owned(masked) = masked {
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
            // A quotation mark of JSON inside of a text, as some write it.
            b'2' if body[..=at].ends_with(b"\\u0022") => return true,
            _ if text::ends_like_secret(&body[..=at]) => return true,
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
            json!({"keyCreationTime": {"key1": "2026-03-02T08:11:04Z"}}),
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
    fn json_in_a_text_is_masked_like_any_other_however_deep_and_cut_off() {
        let inner = json!({"properties": {"key1": "hush-1", "adminPassword": "hush-2", "location": "westeurope"},
            "keys": [{"keyName": "key1", "value": "hush-3"}], "permissions": {"keys": ["get"]}});
        let once = inner.to_string();
        let twice = json!({"responseBody": once, "note": "n"}).to_string();
        let cut = &once[..once.len() - 2];
        for text in [
            once.clone(),
            twice.clone(),
            serde_json::to_string_pretty(&inner).unwrap(),
            format!("Storage said: {once} and no more"),
            format!("Storage said: {twice}"),
            cut.to_owned(),
            once.replace('"', "\\u0022"),
            json!({"a": cut}).to_string(),
        ] {
            let mut body = json!({"properties": {"requestbody": text}});
            assert!(json_may_hold_secret(body.to_string().as_bytes()), "{body}");
            mask(&mut body);
            assert!(!body.to_string().contains("hush"), "{body}");
            assert!(body.to_string().contains("westeurope"), "{body}");
        }
        let mut body = json!({"properties": {"requestbody": once}});
        mask(&mut body);
        let text = body["properties"]["requestbody"].as_str().unwrap();
        let back: Value = serde_json::from_str(text).unwrap();
        assert_eq!(back["keys"][0], json!({"keyName": "key1", "value": MASK}));
        assert_eq!(back["permissions"], json!({"keys": ["get"]}), "no keys");
    }

    #[test]
    fn json_in_a_text_that_is_cut_off_in_the_middle_of_a_mark_is_masked_up_to_there() {
        for (text, masked) in [
            (r#"said: "{\"key1\":\"hush"… cut"#, r#"said: "{\"key1\":\"********\"… cut"#),
            (r#"{\"key1\":\"hush"é"#, r#"{\"key1\":\"********\"é"#),
        ] {
            assert_eq!(mask_text(text), masked, "{text}");
        }
        for text in [r#"Password="hunter2""#, r"Pwd='hunter2'", r#"AccountKey="hunter2==";x=1"#] {
            assert!(!mask_text(text).contains("hunter2"), "{text}: {}", mask_text(text));
        }
    }

    #[test]
    fn json_in_a_text_without_secrets_stays_as_it_is_written() {
        for text in [
            r#"{ "key1" : "" , "n": 1.0 }"#,
            r#"{"keyVault": "/subscriptions/x", "token": null}"#,
            r#"the property "key": it is missing"#,
            r#"say "token" twice"#,
        ] {
            let mut body = json!({"requestbody": text});
            mask(&mut body);
            assert_eq!(body["requestbody"], text);
        }
        let tag = json!({"tags": {"settings": r#"{"key1": "v"}"#}});
        let mut masked = tag.clone();
        mask(&mut masked);
        assert_eq!(masked, tag, "the operator's own words");
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
