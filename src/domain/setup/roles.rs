//! The roles that a plan file speaks of: built-in ones by name, any by the GUID of its definition.

use crate::domain::alike::nearest;
use crate::domain::roles::{self, BuiltIn};

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Role {
    /// Its name; the id again where it is a role of one's own.
    pub name: String,
    /// The GUID of its definition.
    pub guid: String,
}

impl From<BuiltIn> for Role {
    fn from(role: BuiltIn) -> Self {
        Self { name: role.name.to_owned(), guid: role.guid.to_owned() }
    }
}

/// The role that a plan file means: the name of a built-in role, or the GUID of any role definition.
///
/// # Errors
/// A sentence with the nearest name.
pub fn meant(text: &str) -> Result<Role, String> {
    if let Ok(guid) = uuid::Uuid::try_parse(text) {
        let guid = guid.hyphenated().to_string();
        let known = roles::ALL.iter().find(|role| role.is(&guid));
        return Ok(
            known.map_or_else(|| Role { name: guid.clone(), guid: guid.clone() }, |role| (*role).into())
        );
    }
    roles::named(text).map(Role::from).ok_or_else(|| {
        let near = nearest(text, roles::ALL.iter().map(|role| role.name));
        let near = near.map_or_else(String::new, |near| format!(" Did you mean '{near}'?"));
        format!("'{text}' is no role that is known by name; give the id of its definition instead.{near}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_found_by_name_and_by_id() {
        let reader = meant("reader").unwrap();
        assert_eq!((reader.name.as_str(), &reader.guid[..8]), ("Reader", "acdd72a7"));
        assert_eq!(meant(&reader.guid.to_uppercase()).unwrap(), reader);
        let own = "11111111-2222-4333-8444-555555555555";
        assert_eq!(meant(own).unwrap(), Role { name: own.into(), guid: own.into() });
        assert!(meant("Reeder").unwrap_err().contains("Did you mean 'Reader'?"));
    }
}
