//! What an `api-version` may be, and which properties it does not have yet.

use std::borrow::Cow;

use serde_json::Value;

use super::reply::ArmError;

/// The oldest date that a provider is registered for.
const OLDEST: &str = "2015-01-01";

/// Checks an `api-version` before anything else is looked at. `resource` names the type, for the message.
///
/// # Errors
/// ARM's 400 for a version that is missing, malformed or from before the provider.
pub(super) fn check(version: Option<&str>, resource: &str) -> Result<String, ArmError> {
    let version = version.unwrap_or_default();
    if version.is_empty() {
        return Err(ArmError::bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    }
    if !is_well_formed(version) {
        return Err(ArmError::bad_request(
            "InvalidApiVersionParameter",
            format!(
                "The api-version '{version}' is invalid. The supported versions are a date, with or without '-preview': '2024-10-01', '2024-10-01-preview'."
            ),
        ));
    }
    if &version[..10] < OLDEST {
        return Err(unregistered(version, resource));
    }
    Ok(version.to_owned())
}

/// ARM's refusal of a version that the type does not have.
pub(super) fn unregistered(version: &str, resource: &str) -> ArmError {
    ArmError::bad_request(
        "NoRegisteredProviderFound",
        format!(
            "No registered resource provider found for location '' and API version '{version}' for type '{resource}'. The supported api-versions are '2015-01-01 and later'."
        ),
    )
}

/// A date, and perhaps one word after it.
fn is_well_formed(version: &str) -> bool {
    let bytes = version.as_bytes();
    let digits = |from: usize, to: usize| bytes[from..to].iter().all(u8::is_ascii_digit);
    if bytes.len() < 10 || !version.is_ascii() || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    if !digits(0, 4) || !digits(5, 7) || !digits(8, 10) {
        return false;
    }
    let (month, day) = (&version[5..7], &version[8..10]);
    let dated = ("01"..="12").contains(&month) && ("01"..="31").contains(&day);
    let suffix = &version[10..];
    dated
        && (suffix.is_empty()
            || (suffix.len() > 1
                && suffix.starts_with('-')
                && suffix[1..].bytes().all(|byte| byte.is_ascii_alphanumeric())))
}

/// Since when a property is there: in previews, and in stable versions.
struct Since {
    path: &'static [&'static str],
    preview: Option<&'static str>,
    stable: Option<&'static str>,
}

const fn since(path: &'static [&'static str], preview: &'static str, stable: &'static str) -> Since {
    Since { path, preview: Some(preview), stable: Some(stable) }
}

/// Properties of a Machine Learning workspace by the version that brought them (`arm-specs`, which api-version to
/// send). What the live service answers earlier than its documents say is not listed.
static WORKSPACE: &[Since] = &[
    since(&["properties", "systemDatastoresAuthMode"], "2022-12-01", "2025-06-01"),
    since(&["properties", "managedNetwork"], "2023-04-01", "2023-10-01"),
    since(&["properties", "managedNetwork", "firewallSku"], "2024-10-01", "2024-10-01"),
    since(&["properties", "managedNetwork", "firewallPublicIpAddress"], "2024-10-01", "2025-04-01"),
    since(&["properties", "managedNetwork", "managedNetworkKind"], "2024-10-01", "2025-04-01"),
    since(&["properties", "managedNetwork", "enableNetworkMonitor"], "2024-10-01", "2025-09-01"),
    Since {
        path: &["properties", "managedNetwork", "enableFirewallLog"],
        preview: None,
        stable: Some("2025-09-01"),
    },
    since(&["properties", "provisionNetworkNow"], "2024-10-01", "2025-06-01"),
    since(&["properties", "enableServiceSideCMKEncryption"], "2024-07-01", "2025-06-01"),
    since(&["properties", "enableDataIsolation"], "2023-04-01", "2024-04-01"),
    since(&["properties", "hubResourceId"], "2023-04-01", "2024-04-01"),
    since(&["properties", "associatedWorkspaces"], "2023-04-01", "2024-04-01"),
    since(&["properties", "workspaceHubConfig"], "2023-06-01", "2024-04-01"),
    since(&["properties", "serverlessComputeSettings"], "2023-08-01", "2023-10-01"),
    since(&["properties", "featureStoreSettings"], "2022-12-01", "2023-10-01"),
    since(&["properties", "v1LegacyMode"], "2022-06-01", "2022-05-01"),
    Since { path: &["properties", "networkAcls"], preview: Some("2024-10-01"), stable: None },
];

/// The tables by type.
fn table(kind: &str) -> &'static [Since] {
    if kind.eq_ignore_ascii_case("Microsoft.MachineLearningServices/workspaces") { WORKSPACE } else { &[] }
}

/// The document as a version has it: what that version does not know yet is left out.
pub(super) fn project<'a>(document: &'a Value, kind: &str, version: &str) -> Cow<'a, Value> {
    let date = version.get(..10).unwrap_or_default();
    let preview = version.len() > 10;
    let mut shown = Cow::Borrowed(document);
    for row in table(kind) {
        let first = if preview { row.preview } else { row.stable };
        let known = first.is_some_and(|first| date >= first);
        if !known && lookup(&shown, row.path).is_some() {
            drop_at(shown.to_mut(), row.path);
        }
    }
    shown
}

fn lookup<'a>(document: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(document, |at, name| at.get(name))
}

fn drop_at(document: &mut Value, path: &[&str]) {
    let Some((last, parents)) = path.split_last() else { return };
    let parent = parents.iter().try_fold(document, |at, name| at.get_mut(name));
    if let Some(object) = parent.and_then(Value::as_object_mut) {
        object.remove(*last);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_are_dates_since_2015_with_or_without_a_word() {
        for good in ["2015-01-01", "2024-10-01-preview", "2026-06-01", "2020-04-01-beta2"] {
            assert!(check(Some(good), "x").is_ok(), "{good}");
        }
        for bad in [
            "latest",
            "2024-13-01",
            "2024-1-1",
            "2024-10-01-",
            "2024-10-01preview",
            "2024-10-01-pre view",
            "२०२४-१०-०१",
        ] {
            let reply = check(Some(bad), "x").unwrap_err();
            assert!(format!("{reply:?}").contains("InvalidApiVersionParameter"), "{bad}");
        }
        assert!(format!("{:?}", check(None, "x").unwrap_err()).contains("MissingApiVersionParameter"));
        assert!(
            format!("{:?}", check(Some("1999-01-01"), "x").unwrap_err())
                .contains("NoRegisteredProviderFound")
        );
    }

    #[test]
    fn a_version_leaves_out_what_it_does_not_have_yet() {
        let kind = "microsoft.machinelearningservices/workspaces";
        let document = json!({ "properties": {
            "systemDatastoresAuthMode": "identity", "managedNetwork": { "isolationMode": "Disabled", "firewallSku": "Basic" }
        }});
        for (version, mode, sku) in [
            ("2024-10-01", false, true),
            ("2024-10-01-preview", true, true),
            ("2025-06-01", true, true),
            ("2024-04-01", false, false),
            ("2023-04-01-preview", true, false),
        ] {
            let shown = project(&document, kind, version);
            assert_eq!(shown["properties"].get("systemDatastoresAuthMode").is_some(), mode, "{version}");
            assert_eq!(shown["properties"]["managedNetwork"].get("firewallSku").is_some(), sku, "{version}");
        }
        assert!(matches!(project(&document, kind, "2025-12-01"), Cow::Borrowed(_)));
    }
}
