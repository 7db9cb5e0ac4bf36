//! What a deployment would change: resources as they are beside resources as the template has them.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::budget::Budget;
use super::evaluate::Scope;
use super::expand::{DEPLOYMENTS, known};
use super::look::Looked;
use super::prepare::Prepared;
use super::resources_in;
use super::template::Template;
use crate::emulator::members::member;
use crate::emulator::request::Call;
use crate::emulator::spelling;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// The changes, as `whatIf` answers them: what the template has first, then what else is in the resource group.
pub(super) fn changes(world: &World, call: &Call, prepared: &Prepared) -> Value {
    let resources_only = call.object().get("properties").is_some_and(|properties| {
        properties["whatIfSettings"]["resultFormat"]
            .as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case("ResourceIdOnly"))
    });
    let (wanted, mut changes) = documents(&prepared.looked);
    changes.extend(wanted.iter().map(|after| change(world, after, resources_only)));
    if prepared.looked.place.group.is_some() {
        let named: HashSet<String> = wanted.iter().map(|after| key(id_of(after))).collect();
        let others = resources_in(world, &prepared.looked.place.scope);
        for document in others.filter(|document| !named.contains(&key(id_of(document)))) {
            let kind = if prepared.complete { "Delete" } else { "Ignore" };
            let mut shown = json!({ "resourceId": id_of(document), "changeType": kind });
            if !resources_only {
                shown["before"] = Value::clone(document);
                if !prepared.complete {
                    shown["after"] = Value::clone(document);
                }
            }
            changes.push(shown);
        }
    }
    changes.into()
}

/// The resources of a template and of the templates nested in it as far as they are known, and a change that cannot
/// be told for each nested one that cannot be worked out yet.
pub(super) fn documents(looked: &Looked) -> (Vec<Value>, Vec<Value>) {
    let (mut found, mut untold) = (Vec::new(), Vec::new());
    collect(looked, &mut found, &mut untold);
    (found, untold)
}

fn collect(looked: &Looked, found: &mut Vec<Value>, untold: &mut Vec<Value>) {
    let budget = Budget::new();
    let Ok(template) = Template::read(&looked.template, &budget) else { return };
    let scope = Scope::new(&template, &looked.parameters, &looked.place, &looked.about);
    for (at, step) in looked.steps.iter().enumerate().filter(|(_, step)| step.wanted && !step.existing) {
        if step.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
            match looked.nested.get(&at) {
                Some(Some(nested)) => collect(nested, found, untold),
                _ => untold.push(json!({
                    "resourceId": step.id, "changeType": "Unsupported",
                    "unsupportedReason": "The resources of the nested deployment cannot be calculated until the deployment is under way. Please see https://aka.ms/whatifeval for usage details."
                })),
            }
            continue;
        }
        let turn = Scope { turns: &step.turns, ..scope };
        let mut after = Map::new();
        for name in ["sku", "kind", "location", "tags", "identity", "properties", "zones", "plan"] {
            if let Some(value) = step.definition.get(name) {
                after.insert(name.to_owned(), known(turn, value));
            }
        }
        after.insert("id".to_owned(), Value::from(step.id.as_str()));
        after.insert("name".to_owned(), Value::from(step.name.as_str()));
        after.insert("type".to_owned(), Value::from(step.kind.as_str()));
        after.insert("apiVersion".to_owned(), Value::from(step.version.as_str()));
        let mut after = Value::Object(after);
        spelling::arriving(&step.kind, &mut after);
        found.push(after);
    }
}

fn change(world: &World, after: &Value, resources_only: bool) -> Value {
    let id = id_of(after);
    let before = world.store.get(id);
    let mut delta = Vec::new();
    if let Some(before) = before {
        for name in ["sku", "kind", "location", "tags", "identity", "properties"] {
            if let Some(wanted) = after.get(name) {
                differences(name, before.get(name), wanted, &mut delta);
            }
        }
    }
    let kind = match before {
        None => "Create",
        Some(_) if resources_only => "Deploy",
        Some(_) if delta.is_empty() => "NoChange",
        Some(_) => "Modify",
    };
    let mut shown = json!({ "resourceId": id, "changeType": kind });
    if !resources_only {
        if let Some(before) = before {
            shown["before"] = Value::clone(before);
            shown["delta"] = delta.into();
        }
        shown["after"] = after.clone();
    }
    shown
}

/// The properties of the template that are another way now. What the template does not name is left alone.
fn differences(path: &str, before: Option<&Value>, after: &Value, found: &mut Vec<Value>) {
    match (before, after) {
        (Some(Value::Object(_)), Value::Object(wanted)) => {
            for (name, wanted) in wanted {
                let there = before.and_then(|before| member(before, name));
                differences(&format!("{path}.{name}"), there, wanted, found);
            }
        }
        (None | Some(Value::Null), Value::Null) => {}
        (None | Some(Value::Null), _) => {
            found.push(
                json!({ "path": path, "propertyChangeType": "Create", "before": null, "after": after }),
            );
        }
        (Some(Value::String(is)), Value::String(wanted)) if is.eq_ignore_ascii_case(wanted) => {}
        (Some(is), _) if is == after => {}
        (Some(is), _) => {
            found.push(json!({ "path": path, "propertyChangeType": "Modify", "before": is, "after": after }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_template_names_is_compared() {
        let mut found = Vec::new();
        let before = json!({ "a": 1, "B": { "c": "X", "d": 2 }, "e": 5 });
        differences(
            "properties",
            Some(&before),
            &json!({ "a": 1, "b": { "c": "x", "d": 3 }, "f": null, "g": 1 }),
            &mut found,
        );
        assert_eq!(
            found,
            [
                json!({ "path": "properties.b.d", "propertyChangeType": "Modify", "before": 2, "after": 3 }),
                json!({ "path": "properties.g", "propertyChangeType": "Create", "before": null, "after": 1 })
            ]
        );
    }
}
