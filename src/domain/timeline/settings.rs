//! Which settings a request changes, read from its body as the activity log keeps it.

use serde_json::Value;

use super::Kind;
use crate::domain::fact::count;

/// A setting that is told by name.
struct Setting {
    /// Where it stands in the body.
    path: &'static [&'static str],
    /// What it is called.
    words: &'static str,
    /// What a change of it is about.
    kind: Kind,
}

const fn setting(path: &'static [&'static str], words: &'static str, kind: Kind) -> Setting {
    Setting { path, words, kind }
}

/// The settings that are told, of every type of resource that a workspace depends on.
const SETTINGS: &[Setting] = &[
    setting(&["properties", "publicNetworkAccess"], "public network access", Kind::Network),
    setting(&["properties", "networkAcls", "defaultAction"], "firewall default", Kind::Network),
    setting(&["properties", "networkAcls", "ipRules"], "firewall addresses", Kind::Network),
    setting(&["properties", "networkAcls", "virtualNetworkRules"], "firewall networks", Kind::Network),
    setting(&["properties", "networkAcls", "bypass"], "firewall bypass", Kind::Network),
    setting(&["properties", "networkRuleSet", "defaultAction"], "firewall default", Kind::Network),
    setting(&["properties", "networkRuleSet", "ipRules"], "firewall addresses", Kind::Network),
    setting(&["properties", "managedNetwork", "isolationMode"], "isolation", Kind::Network),
    setting(&["properties", "managedNetwork", "outboundRules"], "outbound rules", Kind::Network),
    setting(&["properties", "allowBlobPublicAccess"], "anonymous access to blobs", Kind::Network),
    setting(&["properties", "publicNetworkAccessForIngestion"], "public ingestion", Kind::Network),
    setting(&["properties", "publicNetworkAccessForQuery"], "public queries", Kind::Network),
    setting(&["properties", "allowSharedKeyAccess"], "shared key access", Kind::Keys),
    setting(&["properties", "systemDatastoresAuthMode"], "storage access", Kind::Keys),
    setting(&["properties", "adminUserEnabled"], "admin user", Kind::Keys),
    setting(&["properties", "anonymousPullEnabled"], "anonymous pull", Kind::Keys),
    setting(&["properties", "encryption"], "encryption", Kind::Keys),
    setting(&["properties", "enableRbacAuthorization"], "access by roles", Kind::Access),
    setting(&["properties", "accessPolicies"], "access policies", Kind::Access),
    setting(&["properties", "enableSoftDelete"], "soft delete", Kind::Settings),
    setting(&["properties", "enablePurgeProtection"], "purge protection", Kind::Settings),
    setting(&["properties", "minimumTlsVersion"], "least TLS version", Kind::Settings),
    setting(&["identity", "type"], "identity", Kind::Settings),
    setting(&["sku", "name"], "SKU", Kind::Settings),
    setting(&["tags"], "tags", Kind::Settings),
];

/// Values that the rest of the console has words for, by the name of the setting; compared without case.
const VALUES: &[(&str, &str, &str)] = &[
    ("isolation", "Disabled", "Public"),
    ("isolation", "AllowInternetOutbound", "Private with Internet Outbound"),
    ("isolation", "AllowOnlyApprovedOutbound", "Private with Approved Outbound"),
    ("storage access", "accesskey", "shared key"),
    ("storage access", "identity", "identity"),
    ("storage access", "userdelegationsas", "user delegation SAS"),
];

/// A value of a setting as people call it, where it is a word of Azure's own.
fn called<'a>(setting: &Setting, value: &'a str) -> &'a str {
    let is_it = |(of, raw, _): &&(&str, &str, &str)| *of == setting.words && raw.eq_ignore_ascii_case(value);
    VALUES.iter().find(is_it).map_or(value, |(_, _, words)| *words)
}

/// What a request sets, in words such as `public network access Enabled`, and what that is about at its
/// weightiest; none where no known setting is in the body.
pub fn told(body: &Value) -> Option<(String, Kind)> {
    let mut words: Vec<String> = Vec::new();
    let mut kind: Option<Kind> = None;
    for setting in SETTINGS {
        let Some(found) = at(body, setting.path) else { continue };
        if let Some(value) = value(found) {
            words.push(format!("{} {}", setting.words, called(setting, &value)));
            kind = kind.max(Some(setting.kind));
        }
    }
    Some((words.join(", "), kind?))
}

/// The member at a path; names are compared without case, as providers write them in both.
pub fn at<'a>(body: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(body, |here, name| {
        here.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    })
}

fn value(found: &Value) -> Option<String> {
    Some(match found {
        Value::Null => return None,
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => count(items.len(), "entry", "entries"),
        Value::Object(members) if members.is_empty() => "none".to_owned(),
        Value::Object(_) => "set".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_in_the_body_is_told_with_its_value_and_the_weightiest_kind() {
        for (body, expected) in [
            (
                json!({"properties": {"publicNetworkAccess": "Enabled", "networkAcls": {"defaultAction": "Allow"}}}),
                Some(("public network access Enabled, firewall default Allow", Kind::Network)),
            ),
            (
                json!({"Properties": {"AllowSharedKeyAccess": false}}),
                Some(("shared key access off", Kind::Keys)),
            ),
            (
                json!({"tags": {"a": "b"}, "properties": {"accessPolicies": [1, 2]}}),
                Some(("access policies 2 entries, tags set", Kind::Access)),
            ),
            (
                json!({"properties": {"managedNetwork": {"isolationMode": "disabled"}, "systemDatastoresAuthMode": "AccessKey"}}),
                Some(("isolation Public, storage access shared key", Kind::Keys)),
            ),
            (
                json!({"properties": {"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}}),
                Some(("isolation Private with Approved Outbound", Kind::Network)),
            ),
            (json!({"properties": {"publicNetworkAccess": null, "colour": "red"}}), None),
            (json!("text"), None),
        ] {
            let told = told(&body);
            assert_eq!(told.as_ref().map(|(words, kind)| (words.as_str(), *kind)), expected, "{body}");
        }
    }

    #[test]
    fn every_setting_is_found_where_it_stands() {
        for setting in SETTINGS {
            let body = setting.path.iter().rev().fold(json!("x"), |inner, name| json!({ *name: inner }));
            assert_eq!(told(&body), Some((format!("{} x", setting.words), setting.kind)));
        }
    }
}
