//! What Azure Policy says of a resource: which assignments concern it, and with which effect.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// The alias of the setting in rules, in small letters.
const ALIAS: &str = "storageaccounts/allowsharedkeyaccess";
/// The built-in definition "Storage accounts should prevent shared key access"; the GUID is the same everywhere.
const PREVENT_SHARED_KEY: &str = "8c6a50c6-9ffd-4ae7-986f-5fa6111f9a54";

/// One resource against one policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyState {
    /// The assignment.
    #[serde(default, deserialize_with = "lenient::text")]
    pub policy_assignment_name: Option<String>,
    /// The assignment's id.
    #[serde(default, deserialize_with = "lenient::id")]
    pub policy_assignment_id: Option<ArmId>,
    /// The definition.
    #[serde(default, deserialize_with = "lenient::id")]
    pub policy_definition_id: Option<ArmId>,
    /// The definition's name: a GUID where it is built in.
    #[serde(default, deserialize_with = "lenient::text")]
    pub policy_definition_name: Option<String>,
    /// The effect: `audit`, `deny`, `modify`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub policy_definition_action: Option<String>,
    /// Whether the resource complies.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_compliant: Option<bool>,
    /// Whether the definition's rule names the setting; false until the definition was read, see [`names_shared_key`].
    #[serde(skip)]
    pub rule_names_shared_key: bool,
}

impl PolicyState {
    /// Whether it is about shared key access: its rule names the setting, it is the built-in definition, or a
    /// definition or assignment that says so in its name.
    #[must_use]
    pub fn is_about_shared_key(&self) -> bool {
        let built_in = self
            .policy_definition_id
            .as_ref()
            .is_some_and(|id| id.name().eq_ignore_ascii_case(PREVENT_SHARED_KEY));
        let says = |name: &Option<String>| {
            let letters = |c: &char| c.is_ascii_alphanumeric();
            let name: String = name.iter().flat_map(|name| name.chars()).filter(letters).collect();
            name.to_ascii_lowercase().contains("sharedkey")
        };
        self.rule_names_shared_key
            || built_in
            || says(&self.policy_assignment_name)
            || says(&self.policy_definition_name)
    }

    /// Whether it refuses or rewrites a change, rather than only noting it.
    #[must_use]
    pub fn enforces(&self) -> bool {
        let action = self.policy_definition_action.as_deref().unwrap_or_default();
        ["deny", "modify", "append"].iter().any(|word| action.eq_ignore_ascii_case(word))
    }

    /// The name to show.
    #[must_use]
    pub fn label(&self) -> &str {
        let name = self.policy_assignment_name.as_deref().or(self.policy_definition_name.as_deref());
        name.unwrap_or("a policy without a name")
    }
}

/// Asks what Azure Policy says of a resource now. It is a POST that changes nothing.
#[must_use]
pub fn of_resource(id: &ArmId) -> Request {
    let path = id.join("providers/Microsoft.PolicyInsights/policyStates/latest/queryResults");
    Request::arm(Method::Post, &path, versions::POLICY_STATES)
}

/// Asks for the definition of a policy.
#[must_use]
pub fn definition(id: &ArmId) -> Request {
    Request::get(id, versions::POLICY_DEFINITIONS)
}

/// Whether the rule of a definition, as ARM answers it, names the setting of shared key access.
#[must_use]
pub fn names_shared_key(definition: &Value) -> bool {
    definition["properties"]["policyRule"].to_string().to_ascii_lowercase().contains(ALIAS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_about_shared_keys_is_known_by_its_field_whatever_its_name() {
        let rule =
            |field: &str| json!({"properties": {"policyRule": {"if": {"field": field, "equals": true}}}});
        assert!(names_shared_key(&rule("Microsoft.Storage/storageAccounts/allowSharedKeyAccess")));
        assert!(!names_shared_key(&rule("Microsoft.Storage/storageAccounts/minimumTlsVersion")));
        let state = PolicyState { rule_names_shared_key: true, ..PolicyState::default() };
        assert!(state.is_about_shared_key());
    }

    #[test]
    fn a_policy_about_shared_keys_is_known_by_its_guid_or_its_name() {
        let state = |value| serde_json::from_value::<PolicyState>(value).unwrap();
        let definition = format!("/providers/microsoft.authorization/policydefinitions/{PREVENT_SHARED_KEY}");
        for (value, about) in [
            (json!({"policyDefinitionId": definition}), true),
            (json!({"policyAssignmentName": "deny-shared-key"}), true),
            (json!({"policyDefinitionName": "NoSharedKeyAccess"}), true),
            (json!({"policyAssignmentName": "require-tags"}), false),
        ] {
            assert_eq!(state(value.clone()).is_about_shared_key(), about, "{value}");
        }
        assert!(state(json!({"policyDefinitionAction": "Deny"})).enforces());
        assert!(!state(json!({"policyDefinitionAction": "audit"})).enforces());
    }
}
