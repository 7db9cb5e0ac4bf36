//! Principals that a plan file gives by name.

use serde_json::Value;

use crate::azure::arm::request::{Method, Request};
use crate::domain::setup::people::PrincipalKind;

/// The request that finds the object id of a principal given by name: the list's first item's `id` is it.
#[must_use]
pub fn look_up(kind: PrincipalKind, name: &str) -> Request {
    let quoted = name.replace('\'', "''");
    let (path, filter) = match kind {
        PrincipalKind::Group => ("/groups", format!("displayName eq '{quoted}'")),
        PrincipalKind::User => ("/users", format!("userPrincipalName eq '{quoted}'")),
        PrincipalKind::ServicePrincipal => ("/servicePrincipals", format!("displayName eq '{quoted}'")),
    };
    Request::graph(Method::Get, path).query("$filter", filter)
}

/// What became of looking a name up.
///
/// # Errors
/// When the name fits nobody, or several.
pub fn looked_up(kind: PrincipalKind, name: &str, found: &[Value]) -> Result<String, String> {
    match found {
        [one] => Ok(one["id"].as_str().unwrap_or_default().to_owned()),
        [] => Err(format!("the directory has no {} '{name}'", kind.words())),
        several => {
            Err(format!("{} {}s are called '{name}': give the object id", several.len(), kind.words()))
        }
    }
}
