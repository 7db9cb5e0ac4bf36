//! What Azure Policy says of a resource: which assignments concern it, and with which effect.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// The type of storage accounts in rules.
const ACCOUNT: &str = "Microsoft.Storage/storageAccounts";
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
    /// What the definition's rule does about the setting; none until the definition was read, and where it does not name
    /// it, see [`about_shared_key`].
    #[serde(skip)]
    pub rule: Option<SharedKeyRule>,
}

/// What a rule does about shared key access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedKeyRule {
    /// It keeps the keys off.
    KeepsOff,
    /// It keeps them on.
    KeepsOn,
    /// It names the setting; which of the two it is about cannot be told.
    Names,
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
        self.rule.is_some()
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

    /// Whether it keeps shared key access on: whoever turns it off is refused, or overruled.
    #[must_use]
    pub fn keeps_on(&self) -> bool {
        self.enforces() && self.rule == Some(SharedKeyRule::KeepsOn)
    }

    /// Whether it keeps shared key access off. One that is about it, and of which it cannot be told which way, counts.
    #[must_use]
    pub fn keeps_off(&self) -> bool {
        self.enforces() && self.is_about_shared_key() && !self.keeps_on()
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

/// What the rule of a definition, as ARM answers it, does about the setting of shared key access; none where it does not
/// name it. `modify` and `append` set a value. The condition of all else is tried with either value: what it refuses only
/// with one of them keeps the other.
#[must_use]
pub fn about_shared_key(definition: &Value) -> Option<SharedKeyRule> {
    let rule = &definition["properties"]["policyRule"];
    if !rule.to_string().to_ascii_lowercase().contains(ALIAS) {
        return None;
    }
    let details = &rule["then"]["details"];
    let sets = details["operations"].as_array().or_else(|| details.as_array()).into_iter().flatten();
    if let Some(value) = sets.filter(|one| is_alias(&one["field"])).find_map(|one| flag(&one["value"])) {
        return Some(if value { SharedKeyRule::KeepsOn } else { SharedKeyRule::KeepsOff });
    }
    Some(match (matches(&rule["if"], true), matches(&rule["if"], false)) {
        (on, off) if on > off => SharedKeyRule::KeepsOff,
        (on, off) if on < off => SharedKeyRule::KeepsOn,
        _ => SharedKeyRule::Names,
    })
}

fn is_alias(field: &Value) -> bool {
    field.as_str().is_some_and(|field| field.to_ascii_lowercase().ends_with(ALIAS))
}

/// A flag as rules write it: `false`, `"false"`.
fn flag(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_str()?.to_ascii_lowercase().parse().ok())
}

/// Whether a condition matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    No,
    Perhaps,
    Yes,
}

impl Match {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Whether a condition matches an account whose shared key access is so; what it wants besides is not known.
fn matches(condition: &Value, keys: bool) -> Match {
    let each = |all: &Value| -> Vec<Match> {
        all.as_array().into_iter().flatten().map(|one| matches(one, keys)).collect()
    };
    if condition["allOf"].is_array() {
        return each(&condition["allOf"]).into_iter().min().unwrap_or(Match::Yes);
    }
    if condition["anyOf"].is_array() {
        return each(&condition["anyOf"]).into_iter().max().unwrap_or(Match::No);
    }
    if condition["not"].is_object() {
        return match matches(&condition["not"], keys) {
            Match::No => Match::Yes,
            Match::Perhaps => Match::Perhaps,
            Match::Yes => Match::No,
        };
    }
    let text = |at: &str| condition[at].as_str().unwrap_or_default();
    if text("field").eq_ignore_ascii_case("type") && text("equals").eq_ignore_ascii_case(ACCOUNT) {
        return Match::Yes;
    }
    if !is_alias(&condition["field"]) {
        return Match::Perhaps;
    }
    let is = |value: &Value| flag(value).map(|value| value == keys);
    let among = |all: &Value| Some(all.as_array()?.iter().any(|one| flag(one) == Some(keys)));
    let holds = [
        is(&condition["equals"]),
        is(&condition["notEquals"]).map(|is| !is),
        among(&condition["in"]),
        among(&condition["notIn"]).map(|is| !is),
        flag(&condition["exists"]),
    ];
    holds.into_iter().flatten().next().map_or(Match::Perhaps, Match::of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_about_shared_keys_is_known_by_its_field_whatever_its_name() {
        let rule =
            |field: &str| json!({"properties": {"policyRule": {"if": {"field": field, "equals": true}}}});
        assert!(about_shared_key(&rule("Microsoft.Storage/storageAccounts/allowSharedKeyAccess")).is_some());
        assert!(about_shared_key(&rule("Microsoft.Storage/storageAccounts/minimumTlsVersion")).is_none());
        let state = PolicyState { rule: Some(SharedKeyRule::Names), ..PolicyState::default() };
        assert!(state.is_about_shared_key());
    }

    #[test]
    fn a_rule_says_which_way_it_keeps_shared_keys() {
        let field = "Microsoft.Storage/storageAccounts/allowSharedKeyAccess";
        let kind = json!({"field": "type", "equals": "Microsoft.Storage/storageAccounts"});
        let tls = json!({"field": "Microsoft.Storage/storageAccounts/minimumTlsVersion", "equals": "TLS1_0"});
        let of = |rule: Value| about_shared_key(&json!({"properties": {"policyRule": rule}}));
        let if_all = |one: Value| of(json!({"if": {"allOf": [kind, one]}, "then": {"effect": "deny"}}));
        let modify = |value: Value| {
            let operations = json!([{"operation": "addOrReplace", "field": field, "value": value}]);
            let then = json!({"effect": "modify", "details": {"operations": operations}});
            of(json!({"if": {"allOf": [kind, {"field": field, "exists": "true"}]}, "then": then}))
        };
        for (found, expected) in [
            (if_all(json!({"not": {"field": field, "equals": "false"}})), SharedKeyRule::KeepsOff),
            (if_all(json!({"field": field, "notEquals": false})), SharedKeyRule::KeepsOff),
            (if_all(json!({"anyOf": [tls, {"field": field, "equals": true}]})), SharedKeyRule::KeepsOff),
            (if_all(json!({"field": field, "equals": "False"})), SharedKeyRule::KeepsOn),
            (if_all(json!({"field": field, "in": [false]})), SharedKeyRule::KeepsOn),
            (if_all(json!({"field": field, "equals": "[parameters('keys')]"})), SharedKeyRule::Names),
            (modify(json!(false)), SharedKeyRule::KeepsOff),
            (modify(json!("true")), SharedKeyRule::KeepsOn),
        ] {
            assert_eq!(found, Some(expected));
        }
        let state = |rule| PolicyState {
            policy_definition_action: Some("Deny".to_owned()),
            rule: Some(rule),
            ..PolicyState::default()
        };
        let on = state(SharedKeyRule::KeepsOn);
        assert!(on.keeps_on() && !on.keeps_off());
        assert!(state(SharedKeyRule::KeepsOff).keeps_off() && state(SharedKeyRule::Names).keeps_off());
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
