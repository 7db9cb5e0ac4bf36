//! Principals that a plan file gives by name.

use serde_json::Value;

use crate::azure::arm::error::Error;
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

/// What is wrong with a principal that is given by object id, by what Microsoft Graph answered about it. Azure refuses
/// nobody to be granted something whose kind is given with the id: a slip would give it to nobody, or to somebody later.
#[must_use]
pub fn by_object_id(kind: PrincipalKind, id: &str, answer: Result<&Value, &Error>) -> Option<String> {
    let words = kind.words();
    match answer {
        Err(error) if error.is_not_found() => {
            Some(format!("the directory has no {words} with the object id {id}: look for a slip in it"))
        }
        Err(_) => None,
        Ok(object) => {
            let is = object["@odata.type"].as_str()?.rsplit('.').next()?;
            let other = !is.is_empty() && !is.eq_ignore_ascii_case(kind.as_str());
            other.then(|| {
                let is = match is {
                    "servicePrincipal" => PrincipalKind::ServicePrincipal.words(),
                    other => other,
                };
                format!("{id} is given as a {words}, and is a {is} by the directory")
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::azure::arm::api_error::ApiError;

    fn refused(status: u16) -> Error {
        let body = br#"{"error":{"code":"Request_ResourceNotFound","message":"gone"}}"#;
        Error::Api(Box::new(ApiError::read(status, body, Method::Get, "/x")))
    }

    #[test]
    fn a_mistyped_object_id_is_nobody() {
        let told = |answer: Result<&Value, &Error>| by_object_id(PrincipalKind::Group, "36de", answer);
        assert!(told(Err(&refused(404))).unwrap().contains("no group with the object id 36de"));
        assert_eq!(
            told(Err(&refused(403))),
            None,
            "who may not read the directory is not kept from granting"
        );
        let object = |kind: &str| json!({ "@odata.type": format!("#microsoft.graph.{kind}") });
        assert_eq!(told(Ok(&object("group"))), None);
        assert!(
            told(Ok(&object("servicePrincipal")))
                .unwrap()
                .ends_with("is a service principal by the directory")
        );
        assert_eq!(told(Ok(&json!({}))), None);
    }
}
