//! Azure Policy: definitions and assignments, and what a rule says of a resource.
//!
//! Understood are conditions on `field` with the usual operators, `allOf`, `anyOf`, `not`, and parameters, and the
//! effects `deny`, `audit` and `disabled`. A definition with anything else is refused when it arrives
//! ([`not_understood`]): one that was taken and never denied would be a lie.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::members::{has_id, member};
use super::reply::ArmError;
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// The type of definitions.
pub(super) const DEFINITIONS: &str = "Microsoft.Authorization/policyDefinitions";

/// Definitions that are in every tenant, with the GUIDs that Azure gives them.
const BUILT_IN: &str = include_str!("../../assets/built-in-policies.json");

/// The built-in definitions as ARM answers them.
pub(super) fn built_in() -> &'static [Value] {
    static LIST: std::sync::OnceLock<Vec<Value>> = std::sync::OnceLock::new();
    LIST.get_or_init(|| {
        // The file is part of the program, and a test reads it.
        let list: Vec<Value> = serde_json::from_str(BUILT_IN).unwrap_or_default();
        list.into_iter()
            .map(|mut given| {
                let name = given["name"].take();
                let mut properties = given["properties"].take();
                properties["policyType"] = Value::from("BuiltIn");
                properties["mode"] = Value::from("Indexed");
                json!({
                    "id": format!("/providers/Microsoft.Authorization/policyDefinitions/{}", name.as_str().unwrap_or_default()),
                    "type": "Microsoft.Authorization/policyDefinitions", "name": name, "properties": properties
                })
            })
            .collect()
    })
}

/// The definition behind an id; `None` when the id is of something else.
pub(super) fn definition<'a>(world: &'a World, id: &str) -> Option<&'a Value> {
    let own = || world.store.get(id).map(|document| &**document);
    built_in()
        .iter()
        .find(|known| has_id(known, id))
        .or_else(own)
        .filter(|found| found["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(DEFINITIONS)))
}

/// The operators of a condition.
const OPERATORS: [&str; 11] = [
    "equals",
    "notEquals",
    "in",
    "notIn",
    "like",
    "notLike",
    "contains",
    "notContains",
    "containsKey",
    "notContainsKey",
    "exists",
];

/// What in a definition is not evaluated here, in words; `None` when all of it is.
pub(super) fn not_understood(definition: &Value) -> Option<String> {
    let properties = &definition["properties"];
    let rule = &properties["policyRule"];
    if !rule["if"].is_object() || !rule["then"]["effect"].is_string() {
        return Some("it needs 'if' and 'then' with an effect".to_owned());
    }
    let effect = rule["then"]["effect"].as_str().unwrap_or_default();
    let effects = match parameter_name(effect) {
        Some(name) => {
            let parameter = &properties["parameters"][name];
            let allowed = parameter["allowedValues"].as_array().cloned().unwrap_or_default();
            allowed.into_iter().chain([parameter["defaultValue"].clone()]).filter(Value::is_string).collect()
        }
        None => vec![Value::from(effect)],
    };
    let known = |effect: &Value| {
        let effect = effect.as_str().unwrap_or_default();
        ["deny", "audit", "disabled"].iter().any(|known| known.eq_ignore_ascii_case(effect))
    };
    if let Some(effect) = effects.iter().find(|effect| !known(effect)) {
        return Some(format!("its effect {effect} is not carried out: deny, audit and disabled are"));
    }
    unknown_condition(&rule["if"])
}

fn unknown_condition(condition: &Value) -> Option<String> {
    let Some(members) = condition.as_object() else {
        return Some(format!("the condition {condition} is no object"));
    };
    for name in ["allOf", "anyOf"] {
        if let Some(inner) = condition[name].as_array() {
            return inner.iter().find_map(unknown_condition);
        }
    }
    if condition["not"].is_object() {
        return unknown_condition(&condition["not"]);
    }
    let Some(name) = condition["field"].as_str() else {
        let what = members.keys().cloned().collect::<Vec<_>>().join("', '");
        return Some(format!("'{what}' is no condition on a field, and only those are evaluated"));
    };
    let plain =
        matches!(name.to_ascii_lowercase().as_str(), "type" | "location" | "name" | "kind" | "id" | "tags");
    let tag = name.starts_with("tags.") || name.starts_with("tags[") || tag_parameter(name).is_some();
    let alias = name.contains('/') && !name.contains(['[', '(']);
    if !(plain || tag || alias) {
        return Some(format!("the field '{name}' is not looked up"));
    }
    let mut operators = members.iter().filter(|(name, _)| *name != "field");
    let (Some((operator, wanted)), None) = (operators.next(), operators.next()) else {
        return Some(format!("the condition on '{name}' needs one operator"));
    };
    if !OPERATORS.contains(&operator.as_str()) {
        return Some(format!("the operator '{operator}' is not evaluated"));
    }
    let expression = |value: &Value| {
        value.as_str().is_some_and(|text| text.starts_with('[') && parameter_name(text).is_none())
    };
    let list = wanted.as_array().into_iter().flatten();
    std::iter::once(wanted)
        .chain(list)
        .find(|value| expression(value))
        .map(|value| format!("the expression {value} is not evaluated: [parameters('..')] is"))
}

/// The name in `[parameters('name')]`.
fn parameter_name(text: &str) -> Option<&str> {
    text.strip_prefix("[parameters('").and_then(|rest| rest.strip_suffix("')]"))
}

/// The name in `[concat('tags[', parameters('name'), ']')]`, as the built-in tag rules write their field.
fn tag_parameter(field: &str) -> Option<&str> {
    field.strip_prefix("[concat('tags[', parameters('").and_then(|rest| rest.strip_suffix("'), ']')]"))
}

/// The type as policies name it: that of a resource group is not the one that it is listed with.
fn type_of(document: &Value) -> &str {
    match document["type"].as_str().unwrap_or_default() {
        "Microsoft.Resources/resourceGroups" => "Microsoft.Resources/subscriptions/resourceGroups",
        "" if document["subscriptionId"].is_string() => "Microsoft.Resources/subscriptions",
        other => other,
    }
}

/// An assignment in force at a resource.
pub(super) struct InForce<'a> {
    /// The assignment.
    pub(super) assignment: &'a Value,
    /// Its definition.
    pub(super) definition: &'a Value,
    /// `deny`, `audit`, ...: in lower case.
    pub(super) effect: String,
}

/// The assignments at a scope and above it, without those that exclude it.
pub(super) fn in_force<'a>(world: &'a World, id: &str) -> Vec<InForce<'a>> {
    let of = key(id);
    let mut found = Vec::new();
    for assignment in world.store.hung("policyAssignments", id, true, false) {
        let properties = &assignment["properties"];
        let excluded = properties["notScopes"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut excluded = excluded.map(key);
        if excluded.any(|scope| of == scope || of.starts_with(&format!("{scope}/"))) {
            continue;
        }
        let Some(definition) =
            properties["policyDefinitionId"].as_str().and_then(|policy| definition(world, policy))
        else {
            continue;
        };
        let rule = Rule { assignment, definition };
        let effect = rule.parameter(&definition["properties"]["policyRule"]["then"]["effect"]);
        let effect = effect.as_str().unwrap_or("audit").to_ascii_lowercase();
        found.push(InForce { assignment, definition, effect });
    }
    found
}

impl InForce<'_> {
    /// Whether the rule's condition holds for a resource, which then does not comply. `None` when the rule is about
    /// something else, or not understood.
    pub(super) fn concerns(&self, document: &Value) -> Option<bool> {
        // Indexed rules are about resources with tags and a location: neither about what is below them nor about
        // resource groups.
        let group = document["type"] == "Microsoft.Resources/resourceGroups";
        if self.definition["properties"]["mode"] == "Indexed" && (group || !document["location"].is_string())
        {
            return None;
        }
        let rule = Rule { assignment: self.assignment, definition: self.definition };
        let condition = &self.definition["properties"]["policyRule"]["if"];
        let hit = rule.holds(condition, document)?;
        // A rule that asks for a type says nothing of others.
        let kind = type_of(document);
        let mut types = Vec::new();
        wanted_types(condition, &mut types);
        (types.is_empty() || types.iter().any(|wanted| wanted.eq_ignore_ascii_case(kind))).then_some(hit)
    }
}

fn wanted_types<'a>(condition: &'a Value, found: &mut Vec<&'a str>) {
    if condition["field"] == "type" {
        found.extend(condition["equals"].as_str());
        found.extend(condition["in"].as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    for name in ["allOf", "anyOf"] {
        condition[name].as_array().into_iter().flatten().for_each(|inner| wanted_types(inner, found));
    }
}

struct Rule<'a> {
    assignment: &'a Value,
    definition: &'a Value,
}

impl Rule<'_> {
    /// A value of the rule, with `[parameters('name')]` and `[field(..)]`-less expressions resolved.
    fn parameter(&self, value: &Value) -> Value {
        let Some(name) = value.as_str().and_then(parameter_name) else { return value.clone() };
        let given = &self.assignment["properties"]["parameters"][name]["value"];
        if given.is_null() {
            self.definition["properties"]["parameters"][name]["defaultValue"].clone()
        } else {
            given.clone()
        }
    }

    fn holds(&self, condition: &Value, document: &Value) -> Option<bool> {
        if let Some(all) = condition["allOf"].as_array() {
            let mut every = true;
            for one in all {
                every &= self.holds(one, document)?;
            }
            return Some(every);
        }
        if let Some(any) = condition["anyOf"].as_array() {
            let mut some = false;
            for one in any {
                some |= self.holds(one, document)?;
            }
            return Some(some);
        }
        if condition["not"].is_object() {
            return self.holds(&condition["not"], document).map(|held| !held);
        }
        let name = self.parameter(&condition["field"]);
        let name = self.tag_name(name.as_str()?);
        let found = field(document, &name);
        let (operator, wanted) = condition.as_object()?.iter().find(|(operator, _)| *operator != "field")?;
        compare(operator, found.as_deref(), &self.parameter(wanted))
    }

    fn tag_name(&self, field: &str) -> String {
        match tag_parameter(field) {
            Some(name) => {
                let name = self.parameter(&Value::from(format!("[parameters('{name}')]")));
                format!("tags['{}']", name.as_str().unwrap_or_default())
            }
            None => field.to_owned(),
        }
    }
}

/// A field of a resource: `type`, `location`, `tags['x']`, or an alias such as
/// `Microsoft.Storage/storageAccounts/allowSharedKeyAccess`.
fn field<'a>(document: &'a Value, name: &str) -> Option<Cow<'a, Value>> {
    let lower = name.to_ascii_lowercase();
    let kind = type_of(document).to_ascii_lowercase();
    match lower.as_str() {
        "type" => return Some(Cow::Owned(Value::from(type_of(document)))),
        "location" | "name" | "kind" | "id" | "tags" => return document.get(&lower).map(Cow::Borrowed),
        _ => {}
    }
    if let Some(tag) = lower.strip_prefix("tags.").or_else(|| {
        lower
            .strip_prefix("tags['")
            .and_then(|rest| rest.strip_suffix("']"))
            .or_else(|| lower.strip_prefix("tags[").and_then(|rest| rest.strip_suffix(']')))
    }) {
        return member(&document["tags"], tag).map(Cow::Borrowed);
    }
    let path = lower.strip_prefix(&format!("{kind}/"))?;
    let start = if path.starts_with("sku.") || path.starts_with("identity.") {
        document
    } else {
        &document["properties"]
    };
    path.split('.').try_fold(start, member).map(Cow::Borrowed)
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned).to_ascii_lowercase()
}

/// One comparison; `None` for an operator that is not known here.
fn compare(operator: &str, found: Option<&Value>, wanted: &Value) -> Option<bool> {
    let found = found.filter(|found| !found.is_null());
    let is = |wanted: &Value| found.is_some_and(|found| text(found) == text(wanted));
    let one_of = || wanted.as_array().is_some_and(|list| list.iter().any(is));
    let like = |pattern: &str| {
        let pattern = pattern.to_ascii_lowercase();
        let found = found.map(text).unwrap_or_default();
        match pattern.split_once('*') {
            Some((before, after)) => {
                found.len() >= before.len() + after.len()
                    && found.starts_with(before)
                    && found.ends_with(after)
            }
            None => found == pattern,
        }
    };
    let contains = || found.map(text).is_some_and(|found| found.contains(&text(wanted)));
    let has_key =
        || found.is_some_and(|found| wanted.as_str().is_some_and(|name| member(found, name).is_some()));
    Some(match operator {
        "equals" => is(wanted),
        "notEquals" => !is(wanted),
        "in" => one_of(),
        "notIn" => !one_of(),
        "like" => like(wanted.as_str()?),
        "notLike" => !like(wanted.as_str()?),
        "contains" => contains(),
        "notContains" => !contains(),
        "containsKey" => has_key(),
        "notContainsKey" => !has_key(),
        "exists" => found.is_some() == (text(wanted) == "true"),
        _ => return None,
    })
}

/// Refuses to create or change a resource that an assignment in force denies.
///
/// # Errors
/// What [`denial`] says.
pub(super) fn refuse(world: &World, call: &Call, document: &Value) -> Result<(), ArmError> {
    let Some(error) = denial(world, document) else { return Ok(()) };
    tracing::debug!(path = call.path.id(), "a policy denied a write");
    Err(error)
}

/// What an assignment in force says against a resource: 403 RequestDisallowedByPolicy, naming the assignment and the
/// definition.
pub(super) fn denial(world: &World, document: &Value) -> Option<ArmError> {
    let id = id_of(document);
    let denial = in_force(world, id).into_iter().find(|one| {
        one.effect == "deny"
            && one.assignment["properties"]["enforcementMode"] != "DoNotEnforce"
            && one.concerns(document) == Some(true)
    });
    let one = denial?;
    let name = document["name"].as_str().unwrap_or_default();
    let display = |of: &Value| {
        of["properties"]["displayName"].as_str().or(of["name"].as_str()).unwrap_or_default().to_owned()
    };
    let identifiers = json!([{
        "policyAssignment": { "name": display(one.assignment), "id": id_of(one.assignment) },
        "policyDefinition": { "name": display(one.definition), "id": id_of(one.definition) }
    }]);
    let info = json!({
        "type": "PolicyViolation",
        "info": {
            "policyDefinitionDisplayName": display(one.definition), "policyDefinitionId": id_of(one.definition),
            "policyDefinitionName": one.definition["name"], "policyDefinitionEffect": one.effect,
            "policyAssignmentId": id_of(one.assignment), "policyAssignmentName": one.assignment["name"],
            "policyAssignmentDisplayName": display(one.assignment),
            "policyAssignmentScope": id_of(one.assignment).split("/providers/Microsoft.Authorization/").next(),
            "policyAssignmentParameters": one.assignment["properties"]["parameters"]
        }
    });
    let error = ArmError::new(
        axum::http::StatusCode::FORBIDDEN,
        "RequestDisallowedByPolicy",
        format!("Resource '{name}' was disallowed by policy. Policy identifiers: '{identifiers}'."),
    );
    Some(error.target(name).additional(info))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_definitions_read() {
        assert!(built_in().len() >= 5);
        assert!(built_in().iter().all(|one| one["properties"]["policyRule"]["if"].is_object()));
    }

    #[test]
    fn every_built_in_definition_is_understood() {
        for one in built_in() {
            assert_eq!(not_understood(one), None, "{}", one["name"]);
        }
    }

    #[test]
    fn a_rule_that_is_not_evaluated_says_what_in_it_is_not() {
        let rule = |condition: Value, effect: &str| json!({ "properties": { "policyRule": { "if": condition, "then": { "effect": effect } } } });
        let plain = || json!({ "field": "type", "equals": "x" });
        assert_eq!(not_understood(&rule(json!({ "not": plain() }), "Deny")), None);
        for (definition, word) in [
            (json!({}), "'if'"),
            (rule(plain(), "deployIfNotExists"), "deployIfNotExists"),
            (rule(json!({ "anyOf": [plain(), { "count": {}, "greater": 1 }] }), "deny"), "count"),
            (rule(json!({ "field": "name", "match": "st###" }), "deny"), "'match'"),
            (rule(json!({ "field": "name", "equals": "[toLower('X')]" }), "deny"), "toLower"),
            (rule(json!({ "field": "fullName", "equals": "x" }), "deny"), "fullName"),
            (rule(json!({ "field": "M.X/ys/list[*].z", "equals": "x" }), "deny"), "list[*]"),
            (rule(json!({ "field": "name" }), "deny"), "one operator"),
        ] {
            let said = not_understood(&definition).unwrap_or_default();
            assert!(said.contains(word), "{definition}: {said}");
        }
        let mut chosen = rule(plain(), "[parameters('effect')]");
        chosen["properties"]["parameters"] =
            json!({ "effect": { "allowedValues": ["Audit", "Modify"], "defaultValue": "Audit" } });
        assert!(not_understood(&chosen).unwrap().contains("Modify"));
    }

    #[test]
    fn conditions_on_fields_tags_and_aliases() {
        let account = json!({
            "type": "Microsoft.Storage/storageAccounts", "location": "WestEurope", "tags": { "Env": "dev" },
            "sku": { "name": "Standard_LRS" }, "properties": { "allowSharedKeyAccess": false, "networkAcls": { "defaultAction": "Deny" } }
        });
        let definition = json!({ "properties": { "parameters": {
            "places": { "defaultValue": ["northeurope", "westeurope"] }, "tagName": { "defaultValue": "env" }
        }}});
        let nothing = Value::Null;
        let rule = Rule { assignment: &nothing, definition: &definition };
        for (condition, held) in [
            (json!({ "field": "location", "in": "[parameters('places')]" }), Some(true)),
            (json!({ "field": "tags['env']", "equals": "DEV" }), Some(true)),
            (
                json!({ "field": "[concat('tags[', parameters('tagName'), ']')]", "exists": "false" }),
                Some(false),
            ),
            (
                json!({ "field": "Microsoft.Storage/storageAccounts/allowSharedKeyAccess", "equals": "false" }),
                Some(true),
            ),
            (
                json!({ "field": "Microsoft.Storage/storageAccounts/networkAcls.defaultAction", "notEquals": "Deny" }),
                Some(false),
            ),
            (
                json!({ "field": "Microsoft.Storage/storageAccounts/sku.name", "like": "standard*" }),
                Some(true),
            ),
            (json!({ "not": { "field": "kind", "exists": true } }), Some(true)),
            (
                json!({ "anyOf": [{ "field": "name", "equals": "x" }, { "field": "tags", "containsKey": "env" }] }),
                Some(true),
            ),
            (json!({ "field": "name", "match": "st###" }), None),
            (json!({ "count": {}, "greater": 1 }), None),
        ] {
            assert_eq!(rule.holds(&condition, &account), held, "{condition}");
        }
    }
}
