//! A deny assignment in words: what it takes away, from whom, and from whom not.

use super::principal::{PrincipalName, Principals};
use crate::azure::resources::deny_assignment::{DeniedPrincipal, DenyAssignment};

/// A deny assignment, ready to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenyWords {
    /// Its name.
    pub name: String,
    /// What is denied: actions, and data actions as such.
    pub what: String,
    /// To whom, and to whom not.
    pub whom: String,
}

impl DenyWords {
    /// The words for a deny assignment, with the names that are known.
    #[must_use]
    pub fn of(deny: &DenyAssignment, principals: &Principals) -> Self {
        let properties = &deny.properties;
        let mut what: Vec<String> = Vec::new();
        for permission in &properties.permissions {
            what.extend(permission.actions.iter().cloned());
            what.extend(permission.not_actions.iter().map(|action| format!("not {action}")));
            what.extend(permission.data_actions.iter().map(|action| format!("data: {action}")));
            what.extend(permission.not_data_actions.iter().map(|action| format!("not data: {action}")));
        }
        let name_of = |principal: &DeniedPrincipal| {
            if principal.is_everyone() {
                return "everybody".to_owned();
            }
            match principals.name(principal.id.as_deref().unwrap_or_default()) {
                PrincipalName::Known(known) => known.name,
                _ => principal.id.clone().unwrap_or_default(),
            }
        };
        let list = |of: &[DeniedPrincipal]| of.iter().map(name_of).collect::<Vec<_>>().join(", ");
        let mut whom = list(&properties.principals);
        if !properties.exclude_principals.is_empty() {
            whom.push_str(&format!(" but {}", list(&properties.exclude_principals)));
        }
        let name = properties.deny_assignment_name.clone().unwrap_or_else(|| deny.name.clone());
        Self { name, what: what.join(", "), whom }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::resources::decode;
    use serde_json::json;

    #[test]
    fn says_what_is_taken_from_whom_and_who_is_spared() {
        let deny: DenyAssignment = decode(
            "deny assignment",
            json!({"id": "/providers/Microsoft.Authorization/denyAssignments/d", "name": "d", "properties": {
                "denyAssignmentName": "Keep the stack",
                "permissions": [{"actions": ["*/delete"], "dataActions": ["a/b/write"]}],
                "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                "excludePrincipals": [{"id": "p-1", "type": "ServicePrincipal"}]}}),
        )
        .unwrap();
        let words = DenyWords::of(&deny, &Principals::default());
        assert_eq!(words.name, "Keep the stack");
        assert_eq!(words.what, "*/delete, data: a/b/write");
        assert_eq!(words.whom, "everybody but p-1");
    }
}
