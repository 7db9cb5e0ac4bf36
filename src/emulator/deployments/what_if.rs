//! What a deployment would change: resources as they are beside resources as the template has them.

use serde_json::{Map, Value, json};

use super::evaluate::Scope;
use super::expand::{self, DEPLOYMENTS, Planned};
use super::place::Place;
use super::prepare::Prepared;
use super::template::Template;
use crate::emulator::request::Call;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// The changes, as `whatIf` answers them: what the template has first, then what else is in the resource group.
pub(super) fn changes(world: &World, call: &Call, prepared: &Prepared) -> Value {
    let resources_only = call.object().get("properties").is_some_and(|properties| {
        properties["whatIfSettings"]["resultFormat"]
            .as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case("ResourceIdOnly"))
    });
    let mut wanted = Vec::new();
    collect(world, &prepared.template, &prepared.parameters, &prepared.place, &prepared.steps, &mut wanted);
    let mut changes: Vec<Value> = wanted.iter().map(|after| change(world, after, resources_only)).collect();
    if prepared.place.group.is_some() {
        let scope = key(&prepared.place.scope);
        let others = world.store.below(&scope).filter(|(key, _)| key.matches('/').count() == 8);
        let others = others.map(|(_, document)| document).filter(|document| {
            !wanted.iter().any(|after| id_of(after).eq_ignore_ascii_case(id_of(document)))
        });
        for document in others {
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

/// The resources of a template and of the templates nested in it.
fn collect(
    world: &World,
    raw: &Value,
    parameters: &Map<String, Value>,
    place: &Place,
    steps: &[Planned],
    found: &mut Vec<Value>,
) {
    let Ok(template) = Template::read(raw) else { return };
    let about = Value::Null;
    let scope = Scope::new(&template, parameters, place, &about);
    for step in steps.iter().filter(|step| step.wanted && !step.existing) {
        let turn = Scope { turns: &step.turns, ..scope };
        if step.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
            inner(world, turn, step, found);
            continue;
        }
        let mut after = Map::new();
        for name in ["sku", "kind", "location", "tags", "identity", "properties", "zones", "plan"] {
            if let Some(value) = step.definition.get(name) {
                after.insert(name.to_owned(), lenient(turn, value));
            }
        }
        after.insert("id".to_owned(), Value::from(step.id.as_str()));
        after.insert("name".to_owned(), Value::from(step.name.as_str()));
        after.insert("type".to_owned(), Value::from(step.kind.as_str()));
        after.insert("apiVersion".to_owned(), Value::from(step.version.as_str()));
        found.push(Value::Object(after));
    }
}

fn inner(world: &World, scope: Scope<'_>, step: &Planned, found: &mut Vec<Value>) {
    let Ok(body) = expand::body(scope, step) else { return };
    let raw = &body["properties"]["template"];
    let deployments = format!("/providers/{DEPLOYMENTS}/");
    let place = Place::of(world, step.id.split(&deployments).next().unwrap_or_default());
    let Ok(template) = Template::read(raw) else { return };
    let Ok(parameters) = template.bind(&body["properties"]["parameters"], &place) else { return };
    let about = Value::Null;
    if let Ok(steps) = expand::expand(Scope::new(&template, &parameters, &place, &about)) {
        collect(world, raw, &parameters, &place, &steps, found);
    }
}

/// A value with what can be evaluated evaluated; what only a running deployment knows stays as it is written.
fn lenient(scope: Scope<'_>, value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(|one| lenient(scope, one)).collect(),
        Value::Object(object) => scope.value(value).unwrap_or_else(|_| {
            Value::Object(object.iter().map(|(key, one)| (key.clone(), lenient(scope, one))).collect())
        }),
        other => scope.value(other).unwrap_or_else(|_| other.clone()),
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
                let there = before.and_then(|before| super::functions::member(before, name));
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
