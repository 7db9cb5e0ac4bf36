//! Azure Policy: definitions and assignments, and what a rule says of a resource.
//!
//! Understood are conditions on `field` with the usual operators, `allOf`, `anyOf`, `not`, and parameters. A rule with
//! anything else concerns no resource: it neither denies nor counts.

use serde_json::{Map, Value, json};

use super::reply::ArmError;
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

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

/// The definition behind an id.
pub(super) fn definition<'a>(world: &'a World, id: &str) -> Option<&'a Value> {
    let wanted = key(id);
    built_in()
        .iter()
        .find(|known| key(id_of(known)) == wanted)
        .or_else(|| world.store.get(id).map(|document| &**document))
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
        // Indexed rules are about resources with tags and a location, not about what is below them.
        if self.definition["properties"]["mode"] == "Indexed" && !document["location"].is_string() {
            return None;
        }
        let rule = Rule { assignment: self.assignment, definition: self.definition };
        let condition = &self.definition["properties"]["policyRule"]["if"];
        let hit = rule.holds(condition, document)?;
        // A rule that asks for a type says nothing of others.
        let kind = document["type"].as_str().unwrap_or_default();
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
        let Some(text) = value.as_str() else { return value.clone() };
        let Some(name) = text.strip_prefix("[parameters('").and_then(|rest| rest.strip_suffix("')]")) else {
            return value.clone();
        };
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
        compare(operator, found, &self.parameter(wanted))
    }

    /// `[concat('tags[', parameters('tagName'), ']')]`, as the built-in tag rules write their field.
    fn tag_name(&self, field: &str) -> String {
        let inner = field
            .strip_prefix("[concat('tags[', parameters('")
            .and_then(|rest| rest.strip_suffix("'), ']')]"));
        match inner {
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
fn field<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    let lower = name.to_ascii_lowercase();
    if matches!(lower.as_str(), "type" | "location" | "name" | "kind" | "id" | "tags") {
        return document.get(&lower);
    }
    if let Some(tag) = lower.strip_prefix("tags.").or_else(|| {
        lower
            .strip_prefix("tags['")
            .and_then(|rest| rest.strip_suffix("']"))
            .or_else(|| lower.strip_prefix("tags[").and_then(|rest| rest.strip_suffix(']')))
    }) {
        return member(&document["tags"], tag);
    }
    let kind = document["type"].as_str().unwrap_or_default().to_ascii_lowercase();
    let path = lower.strip_prefix(&format!("{kind}/"))?;
    let start = if path.starts_with("sku.") || path.starts_with("identity.") {
        document
    } else {
        &document["properties"]
    };
    path.split('.').try_fold(start, member)
}

fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    let object: &Map<String, Value> = value.as_object()?;
    object.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
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
/// 403 RequestDisallowedByPolicy, naming the assignment and the definition.
pub(super) fn refuse(world: &World, call: &Call, document: &Value) -> Result<(), ArmError> {
    let id = id_of(document);
    let denial = in_force(world, id).into_iter().find(|one| {
        one.effect == "deny"
            && one.assignment["properties"]["enforcementMode"] != "DoNotEnforce"
            && one.concerns(document) == Some(true)
    });
    let Some(one) = denial else { return Ok(()) };
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
    tracing::debug!(path = call.path.id(), "a policy denied a write");
    Err(error.target(name).additional(info))
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
