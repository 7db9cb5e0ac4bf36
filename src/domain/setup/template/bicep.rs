//! The same deployment in Bicep.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Map, Value};

use super::expression::{ASSIGNMENTS, Expression, unescaped};
use super::{Resource, Template};
use crate::azure::arm::id::ArmId;

/// Symbolic names by type and name; what is elsewhere has no type and its id for a name.
type Symbols = BTreeMap<(String, String), String>;

/// The template in Bicep, with a title as a comment.
pub(super) fn text(template: &Template, title: &[String]) -> String {
    let mut symbols = Symbols::new();
    for resource in &template.resources {
        name(&mut symbols, &resource.kind, &resource.name);
    }
    let existing = existing(template, &mut symbols);
    let mut out = String::new();
    // Writing to a String cannot fail.
    for line in title {
        let _ = writeln!(out, "// {line}");
    }
    out.push_str("targetScope = 'resourceGroup'\n");
    for line in existing {
        let _ = write!(out, "\n{line}");
    }
    for resource in &template.resources {
        out.push('\n');
        one(&mut out, resource, template, &symbols);
    }
    out
}

/// Finds or makes the symbolic name of a resource.
fn name(symbols: &mut Symbols, kind: &str, name: &str) -> String {
    let key = (kind.to_owned(), name.to_owned());
    if let Some(known) = symbols.get(&key) {
        return known.clone();
    }
    let last = kind.rsplit('/').next().unwrap_or_default();
    let base = match last {
        "userAssignedIdentities" | "" => "identity",
        "storageAccounts" => "storage",
        "vaults" => "keyVault",
        "components" => "insights",
        "registries" => "registry",
        "workspaces" if kind.starts_with("Microsoft.OperationalInsights") => "logAnalytics",
        "workspaces" => "workspace",
        "roleAssignments" => "assignment",
        "privateEndpoints" => "endpoint",
        "privateDnsZoneGroups" => "zoneGroup",
        "privateDnsZones" => "zone",
        "virtualNetworkLinks" => "link",
        "deployments" => "nested",
        _ => "other",
    };
    let taken = |symbol: &str, symbols: &Symbols| symbols.values().any(|known| known == symbol);
    let counted = matches!(base, "assignment" | "endpoint" | "zoneGroup" | "zone" | "link");
    let mut symbol = if counted { format!("{base}1") } else { base.to_owned() };
    let mut number = 1;
    while taken(&symbol, symbols) {
        number += 1;
        symbol = format!("{base}{number}");
    }
    symbols.insert(key, symbol.clone());
    symbol
}

/// Declarations of what the template refers to and does not make.
fn existing(template: &Template, symbols: &mut Symbols) -> Vec<String> {
    let mut lines = Vec::new();
    for expression in template.resources.iter().flat_map(|one| expressions(&one.body)) {
        match &expression {
            Expression::PrincipalOf { id, version } => {
                let key = (String::new(), id.to_string());
                if !symbols.contains_key(&key) {
                    let symbol = name(symbols, "", id.as_str());
                    lines.push(elsewhere(&symbol, id, version));
                }
            }
            Expression::Id { kind, name: of } if !symbols.contains_key(&(kind.clone(), of.clone())) => {
                let symbol = name(symbols, kind, of);
                let version = crate::azure::arm::versions::of(kind).unwrap_or_default();
                lines.push(format!(
                    "resource {symbol} '{kind}@{version}' existing = {{\n  name: {}\n}}\n",
                    quoted(of)
                ));
            }
            _ => {}
        }
    }
    lines
}

fn elsewhere(symbol: &str, id: &ArmId, version: &str) -> String {
    format!(
        "resource {symbol} '{}@{version}' existing = {{\n  name: {}\n  scope: resourceGroup({}, {})\n}}\n",
        id.resource_type().unwrap_or_default(),
        quoted(id.name()),
        quoted(id.subscription_id().unwrap_or_default()),
        quoted(id.resource_group().unwrap_or_default()),
    )
}

fn expressions(body: &Map<String, Value>) -> Vec<Expression> {
    fn walk(value: &Value, found: &mut Vec<Expression>) {
        match value {
            Value::String(text) => found.extend(Expression::read(text).and_then(Result::ok)),
            Value::Array(list) => list.iter().for_each(|one| walk(one, found)),
            Value::Object(members) => members.values().for_each(|one| walk(one, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    body.values().for_each(|value| walk(value, &mut found));
    found
}

fn one(out: &mut String, resource: &Resource, template: &Template, symbols: &Symbols) {
    let symbol = |kind: &str, name: &str| {
        symbols.get(&(kind.to_owned(), name.to_owned())).cloned().unwrap_or_else(|| "unknown".to_owned())
    };
    let own = symbol(&resource.kind, &resource.name);
    let _ = writeln!(out, "resource {own} '{}@{}' = {{", resource.kind, resource.version);
    let parent = parent(resource, template);
    let mut implied = expressions(&resource.body);
    match &parent {
        Some((parent, last)) => {
            let _ =
                writeln!(out, "  parent: {}\n  name: {}", symbol(&parent.kind, &parent.name), quoted(last));
            implied.push(parent.reference());
        }
        None => {
            let _ = writeln!(out, "  name: {}", quoted(&resource.name));
        }
    }
    for (key, value) in &resource.body {
        // A scope is a resource itself, not its id.
        if key == "scope"
            && let Some(Ok(Expression::Id { kind, name })) = value.as_str().and_then(Expression::read)
        {
            let _ = writeln!(out, "  scope: {}", symbol(&kind, &name));
            continue;
        }
        let _ = write!(out, "  {}: ", key_text(key));
        write_value(out, value, 1, &symbol);
        out.push('\n');
    }
    let after: Vec<String> = resource
        .after
        .iter()
        .filter(|one| !implied.iter().any(|implied| says_the_same(implied, one)))
        .map(|one| match one {
            Expression::AssignmentId { assignment, .. } => symbol(ASSIGNMENTS, assignment),
            Expression::Id { kind, name } => symbol(kind, name),
            other => other.bicep(&symbol),
        })
        .collect();
    if !after.is_empty() {
        let _ = writeln!(out, "  dependsOn: [");
        for one in after {
            let _ = writeln!(out, "    {one}");
        }
        let _ = writeln!(out, "  ]");
    }
    out.push_str("}\n");
}

/// Whether a reference among the properties makes a dependency needless.
fn says_the_same(implied: &Expression, after: &Expression) -> bool {
    match (implied, after) {
        (Expression::Principal { kind, name, .. }, Expression::Id { kind: of, name: called }) => {
            kind == of && name == called
        }
        (one, other) => one == other,
    }
}

/// The resource of the template that this one is a child of, and the child's own name.
fn parent<'t>(resource: &'t Resource, template: &'t Template) -> Option<(&'t Resource, &'t str)> {
    let (kind, _) = resource.kind.rsplit_once('/')?;
    let (name, last) = resource.name.rsplit_once('/')?;
    let parent = template.resources.iter().find(|one| one.kind == kind && one.name == name)?;
    Some((parent, last))
}

fn write_value(out: &mut String, value: &Value, depth: usize, symbol: &dyn Fn(&str, &str) -> String) {
    let margin = "  ".repeat(depth);
    match value {
        Value::Object(members) if members.is_empty() => out.push_str("{}"),
        Value::Array(list) if list.is_empty() => out.push_str("[]"),
        Value::Object(members) => {
            out.push_str("{\n");
            for (key, value) in members {
                let _ = write!(out, "{margin}  {}: ", key_text(key));
                write_value(out, value, depth + 1, symbol);
                out.push('\n');
            }
            let _ = write!(out, "{margin}}}");
        }
        Value::Array(list) => {
            out.push_str("[\n");
            for value in list {
                let _ = write!(out, "{margin}  ");
                write_value(out, value, depth + 1, symbol);
                out.push('\n');
            }
            let _ = write!(out, "{margin}]");
        }
        Value::String(text) => match Expression::read(text) {
            Some(Ok(expression)) => out.push_str(&expression.bicep(symbol)),
            _ => out.push_str(&quoted(unescaped(text))),
        },
        other => out.push_str(&other.to_string()),
    }
}

fn key_text(key: &str) -> String {
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { key.to_owned() } else { quoted(key) }
}

/// A text in Bicep's single quotes.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' => out.push_str("\\$"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}
