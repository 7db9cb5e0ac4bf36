//! The ARM template: written, and read back.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::{Expression, Resource, Template};
use crate::azure::arm::id::ArmId;

const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// The order in which the members of a resource are read by people.
const ORDER: [&str; 14] = [
    "type",
    "apiVersion",
    "name",
    "scope",
    "subscriptionId",
    "resourceGroup",
    "location",
    "tags",
    "kind",
    "sku",
    "identity",
    "dependsOn",
    "properties",
    "outputs",
];

/// A template that a set-up never writes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template is none that a set-up writes: {0}")]
pub struct NotOurs(String);

/// The template as ARM takes it.
pub(super) fn json(template: &Template) -> Value {
    let resources: Vec<Value> = template.resources.iter().map(|one| one_json(one).into()).collect();
    json!({ "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources })
}

fn one_json(resource: &Resource) -> Map<String, Value> {
    let mut json = resource.body.clone();
    json.insert("type".to_owned(), resource.kind.as_str().into());
    json.insert("apiVersion".to_owned(), resource.version.as_str().into());
    json.insert("name".to_owned(), resource.name.as_str().into());
    if !resource.after.is_empty() {
        let after: Vec<Value> = resource.after.iter().map(|one| one.to_string().into()).collect();
        json.insert("dependsOn".to_owned(), after.into());
    }
    json
}

/// The template as text.
pub(super) fn text(template: &Template, title: &[String]) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write!(out, "{{\n  \"$schema\": \"{SCHEMA}\",\n  \"contentVersion\": \"1.0.0.0\",");
    if !title.is_empty() {
        let told = serde_json::to_string_pretty(&json!({ "comments": title })).unwrap_or_default();
        let _ = write!(out, "\n  \"metadata\": {},", told.replace('\n', "\n  "));
    }
    out.push_str("\n  \"resources\": [");
    for (at, resource) in template.resources.iter().enumerate() {
        let json = one_json(resource);
        let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        let mut members: Vec<(&String, &Value)> = json.iter().collect();
        members.sort_by_key(|(name, _)| place(name));
        out.push_str(if at == 0 { "\n    {" } else { ",\n    {" });
        for (at, (name, value)) in members.into_iter().enumerate() {
            let value = serde_json::to_string_pretty(value).unwrap_or_default().replace('\n', "\n      ");
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(out, "{comma}\n      \"{name}\": {value}");
        }
        out.push_str("\n    }");
    }
    out.push_str("\n  ]\n}\n");
    out
}

/// Reads a template back.
pub(super) fn read(json: &Value) -> Result<Template, NotOurs> {
    let resources =
        json["resources"].as_array().ok_or_else(|| NotOurs("it has no list of resources".to_owned()))?;
    Ok(Template { resources: resources.iter().map(one).collect::<Result<_, _>>()? })
}

fn one(json: &Value) -> Result<Resource, NotOurs> {
    let mut body = json.as_object().cloned().ok_or_else(|| NotOurs("a resource is no object".to_owned()))?;
    let mut text = |name: &str| match body.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(NotOurs(format!("a resource has no {name}"))),
    };
    let (kind, version, name) = (text("type")?, text("apiVersion")?, text("name")?);
    let after = match body.remove("dependsOn") {
        None => Vec::new(),
        Some(Value::Array(list)) => list
            .iter()
            .map(|one| {
                let text = one.as_str().unwrap_or_default();
                let id = || ArmId::parse(text).ok().map(|id| Ok(Expression::At(id)));
                match Expression::read(text).or_else(id) {
                    Some(Ok(expression)) => Ok(expression),
                    _ => Err(NotOurs(format!("{name} depends on {one}"))),
                }
            })
            .collect::<Result<_, _>>()?,
        Some(other) => return Err(NotOurs(format!("{name} depends on {other}"))),
    };
    body.values().try_for_each(understood)?;
    Ok(Resource { kind, version, name, after, body })
}

fn understood(value: &Value) -> Result<(), NotOurs> {
    match value {
        Value::String(text) => match Expression::read(text) {
            Some(Err(text)) => Err(NotOurs(format!("it computes {text}"))),
            _ => Ok(()),
        },
        Value::Array(list) => list.iter().try_for_each(understood),
        Value::Object(members) => members.values().try_for_each(understood),
        _ => Ok(()),
    }
}
