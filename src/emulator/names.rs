//! Names that the whole of Azure shares: what they may look like, whether they are free, and the refusals when not.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::deleted;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// One type whose names are global.
struct Rule {
    /// The type.
    kind: &'static str,
    /// What `checkNameAvailability` of a registry, vault or account says of a bad name.
    reason: &'static str,
    /// Whether a name is well formed.
    is_name: fn(&str) -> bool,
    /// What is wrong with a name that is not; `{}` is the name.
    bad: &'static str,
    /// What is wrong with a name that is taken; `{}` is the name.
    taken: &'static str,
    /// Codes of a PUT with a bad name, and with a taken one.
    codes: (&'static str, &'static str),
}

/// Forms of names: `arm-facts` §7; messages of taken names: recordings of `checkNameAvailability`.
static RULES: [Rule; 3] = [
    Rule {
        kind: "Microsoft.Storage/storageAccounts",
        reason: "AccountNameInvalid",
        is_name: is_account,
        bad: "{} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.",
        taken: "The storage account named {} is already taken.",
        codes: ("AccountNameInvalid", "StorageAccountAlreadyTaken"),
    },
    Rule {
        kind: deleted::VAULTS,
        reason: "AccountNameInvalid",
        is_name: is_vault,
        bad: "The vault name '{}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
        taken: "The vault name '{}' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a recoverable state then the vault will need to be purged before reusing the name. For more information about VaultAlreadyExists, soft delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740.",
        codes: ("VaultNameNotValid", "VaultAlreadyExists"),
    },
    Rule {
        kind: "Microsoft.ContainerRegistry/registries",
        reason: "Invalid",
        is_name: is_registry,
        bad: "The registry name {} is invalid. Registry names may contain alpha numeric characters only and must be between 5 and 50 characters.",
        taken: "The registry {} is already in use.",
        codes: ("InvalidResourceName", "AlreadyInUse"),
    },
];

fn is_account(name: &str) -> bool {
    (3..=24).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn is_vault(name: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (3..=24).contains(&name.len())
        && name.bytes().all(sign)
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.ends_with('-')
        && !name.contains("--")
}

fn is_registry(name: &str) -> bool {
    (5..=50).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn rule(kind: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.kind.eq_ignore_ascii_case(kind))
}

/// The id of the resource that has a name.
fn holder<'a>(world: &'a World, rule: &Rule, name: &str) -> Option<&'a str> {
    let kind = rule.kind.to_ascii_lowercase();
    let known = world.store.names_of(&kind);
    known.map(id_of).find(|id| is_named(id, name))
}

fn is_named(id: &str, name: &str) -> bool {
    id.rsplit('/').next().is_some_and(|found| found.eq_ignore_ascii_case(name))
}

/// Answers `POST .../checkNameAvailability` of storage, vaults and registries.
///
/// # Errors
/// 400 when the request names no name or another type.
pub(super) fn check(world: &World, call: &Call, namespace: &str) -> Answer {
    world.containers(call, &format!("{namespace}/checkNameAvailability/read"))?;
    let body = call.object();
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let found = rule(text("type")).filter(|rule| {
        rule.kind.split('/').next().is_some_and(|known| known.eq_ignore_ascii_case(namespace))
    });
    let (Some(rule), name) = (found, text("name")) else {
        return Err(ArmError::bad_request(
            "InvalidResourceType",
            format!("The resource type '{}' is not valid for a name check of '{namespace}'.", text("type")),
        ));
    };
    let held_back = rule.kind == deleted::VAULTS && deleted::vault(world, name).is_some();
    let refused = if !(rule.is_name)(name) {
        Some((rule.reason, rule.bad))
    } else if holder(world, rule, name).is_some() || held_back {
        Some(("AlreadyExists", rule.taken))
    } else {
        None
    };
    Ok(Reply::ok(&match refused {
        None => json!({ "nameAvailable": true }),
        Some((reason, message)) => {
            json!({ "nameAvailable": false, "reason": reason, "message": message.replace("{}", name) })
        }
    }))
}

/// Refuses to create a resource whose name is not well formed, or another resource's.
///
/// # Errors
/// 400 for the form, 409 for a name that is taken.
pub(super) fn refuse(world: &World, kind: &str, id: &str) -> Result<(), ArmError> {
    let Some(rule) = rule(kind) else { return Ok(()) };
    let name = id.rsplit('/').next().unwrap_or_default();
    if !(rule.is_name)(name) {
        return Err(ArmError::bad_request(rule.codes.0, rule.bad.replace("{}", name)));
    }
    match holder(world, rule, name) {
        Some(other) if key(other) != key(id) => {
            Err(ArmError::new(StatusCode::CONFLICT, rule.codes.1, rule.taken.replace("{}", name)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_form_of_their_type() {
        for (kind, name, good) in [
            ("Microsoft.Storage/storageAccounts", "stone", true),
            ("microsoft.storage/storageaccounts", "stOne", false),
            ("Microsoft.Storage/storageAccounts", "st", false),
            ("Microsoft.KeyVault/vaults", "kv-one", true),
            ("Microsoft.KeyVault/vaults", "1kv", false),
            ("Microsoft.KeyVault/vaults", "kv--one", false),
            ("Microsoft.KeyVault/vaults", "kv-one-", false),
            ("Microsoft.ContainerRegistry/registries", "crOne", true),
            ("Microsoft.ContainerRegistry/registries", "cr-one", false),
        ] {
            assert_eq!((rule(kind).unwrap().is_name)(name), good, "{kind} {name}");
        }
    }
}
