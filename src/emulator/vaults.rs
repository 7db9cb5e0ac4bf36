//! What is particular to key vaults: access policies that are added and taken away one by one, and the addresses of
//! secrets and keys that templates make. There is no data plane: nothing reads them.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::authorization;
use super::defaults::guid;
use super::deleted::VAULTS;
use super::merge::fill;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::spelling;
use super::store::id_of;
use super::world::World;

/// The type of secrets in vaults.
pub(super) const SECRETS: &str = "Microsoft.KeyVault/vaults/secrets";
/// The type of keys in vaults.
const KEYS: &str = "Microsoft.KeyVault/vaults/keys";
/// What a policy has permissions on.
const PLANES: [&str; 4] = ["keys", "secrets", "certificates", "storage"];

/// Whether two policies are about the same principal.
fn is_same(one: &Value, other: &Value) -> bool {
    let text = |policy: &Value, name: &str| policy[name].as_str().map(str::to_ascii_lowercase);
    ["objectId", "applicationId"].iter().all(|name| text(one, name) == text(other, name))
}

/// The permissions of one plane, each once, whatever its case.
fn permissions(policy: &Value, plane: &str) -> Vec<String> {
    policy["permissions"][plane]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Changes the policies of a vault in one of the three ways that there are.
fn changed(there: &[Value], sent: &[Value], how: &str) -> Vec<Value> {
    let mut all = there.to_vec();
    for policy in sent {
        let at = all.iter().position(|one| is_same(one, policy));
        match (how, at) {
            ("replace", Some(at)) => all[at] = policy.clone(),
            ("add" | "replace", None) => all.push(policy.clone()),
            (_, Some(at)) => {
                for plane in PLANES {
                    let named = permissions(policy, plane);
                    let is_named = |one: &String| named.iter().any(|other| other.eq_ignore_ascii_case(one));
                    let mut kept = permissions(&all[at], plane);
                    kept.retain(|one| !is_named(one));
                    if how == "add" {
                        kept.extend(named);
                    }
                    if !kept.is_empty() || all[at]["permissions"][plane].is_array() {
                        all[at]["permissions"][plane] = json!(kept);
                    }
                }
            }
            _ => {}
        }
    }
    if how == "remove" {
        all.retain(|policy| PLANES.iter().any(|plane| !permissions(policy, plane).is_empty()));
    }
    all
}

/// Answers `PUT {vault}/accessPolicies/{add|replace|remove}`.
///
/// # Errors
/// ARM's refusals; 400 for another way or a body without policies, 404 for a vault that is not there.
pub(super) fn change_policies(world: &mut World, call: &Call, how: &str) -> Answer {
    let action = "Microsoft.KeyVault/vaults/accessPolicies/write";
    let vault = call.path.parent().unwrap_or_default();
    world.containers(call, action)?;
    world.allow(call, action, &vault)?;
    let refuse = |message: &str| ArmError::bad_request("BadRequest", message);
    let how = how.to_ascii_lowercase();
    if call.method != Method::PUT || !matches!(how.as_str(), "add" | "replace" | "remove") {
        return Err(refuse(
            "The access policies of a vault are changed by PUT of 'add', 'replace' or 'remove'.",
        ));
    }
    let Some(document) = world.store.get(&vault).cloned() else {
        let name = vault.rsplit('/').next().unwrap_or_default();
        return Err(ArmError::not_found(
            "ParentResourceNotFound",
            format!(
                "Can not perform requested operation on nested resource 'Microsoft.KeyVault/vaults/accessPolicies'. Parent resource '{name}' not found."
            ),
        ));
    };
    authorization::unlocked(world, call, &vault, false)?;
    let mut sent = Value::Object(call.object());
    spelling::arriving(VAULTS, &mut sent);
    let sent =
        sent["properties"]["accessPolicies"].as_array().filter(|list| list.iter().all(Value::is_object));
    let Some(sent) = sent else { return Err(refuse("The body needs properties.accessPolicies, a list.")) };
    let there = document["properties"]["accessPolicies"].as_array().cloned().unwrap_or_default();
    let all = changed(&there, sent, &how);
    let reply = json!({
        "id": format!("{}/accessPolicies/", id_of(&document)), "type": "Microsoft.KeyVault/vaults/accessPolicies",
        "properties": { "accessPolicies": all }
    });
    let mut document = Value::clone(&document);
    document["properties"]["accessPolicies"] = Value::Array(all);
    world.put(document);
    Ok(Reply::json(StatusCode::OK, &reply))
}

/// Adds the addresses of a secret or a key.
pub(super) fn complete(call: &Call, kind: &str, document: &mut Value) {
    let (word, member) = match kind {
        SECRETS => ("secrets", "secretUri"),
        KEYS => ("keys", "keyUri"),
        _ => return,
    };
    let id = id_of(document).to_owned();
    let segments: Vec<&str> = id.split('/').collect();
    let (vault, name) =
        (segments.get(8).copied().unwrap_or_default(), segments.last().copied().unwrap_or_default());
    let address = format!("https://{vault}.vault.azure.net/{word}/{name}");
    let version = guid(&id, &call.now).replace('-', "");
    let properties = &mut document["properties"];
    properties[member] = Value::from(address.as_str());
    properties[format!("{member}WithVersion")] = Value::from(format!("{address}/{version}"));
    fill(properties, json!({ "attributes": { "enabled": true } }));
}

/// A secret as it is answered: its value never is.
pub(super) fn without_value(document: &Value, kind: &str) -> Option<Value> {
    let has_value = kind == SECRETS && document["properties"].get("value").is_some();
    has_value.then(|| {
        let mut shown = document.clone();
        if let Some(properties) = shown["properties"].as_object_mut() {
            properties.remove("value");
        }
        shown
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(who: &str, secrets: &[&str]) -> Value {
        json!({ "objectId": who, "permissions": { "secrets": secrets } })
    }

    #[test]
    fn policies_are_added_to_replaced_and_taken_away() {
        let there = [policy("a", &["get"]), policy("b", &["list"])];
        for (how, sent, after) in [
            ("add", policy("A", &["Get", "set"]), vec![policy("a", &["Get", "set"]), policy("b", &["list"])]),
            (
                "add",
                policy("c", &["get"]),
                vec![policy("a", &["get"]), policy("b", &["list"]), policy("c", &["get"])],
            ),
            ("replace", policy("a", &["set"]), vec![policy("a", &["set"]), policy("b", &["list"])]),
            ("remove", policy("a", &["get"]), vec![policy("b", &["list"])]),
            ("remove", policy("d", &["get"]), there.to_vec()),
        ] {
            assert_eq!(changed(&there, &[sent], how), after, "{how}");
        }
    }
}
