//! What a plan file says of single environments and no field holds. It stands in a text of its own that can be changed,
//! and each step names what of it is its own: what is typed there does not count in these environments.

use toml::{Table, Value};

use super::layout;
use crate::app::form::{Form, FormField, Note};
use crate::azure::arm::id::ArmId;
use crate::domain::fact::Tone;
use crate::domain::setup::spec::{Choices, Isolation, PlanFile};

/// The field of it.
pub(super) const KEPT: &str = "review.kept";

/// The field: a plan file's text, without the `env` that tables of environments begin with there.
pub(super) fn field() -> FormField {
    FormField::lines(KEPT, "Kept")
        .help("From the file, of single environments: it wins over the fields. A line taken out lets the field count.")
        .checked(check)
        .optional()
        .shown_if(|form| form.get(KEPT).is_some_and(|field| field.edited))
}

/// The choices as the fields write them: what has no effect is not said, and what is so anyway neither.
pub(super) fn plainly(mut choices: Choices) -> Choices {
    let Choices { basics, dependents, network, identity, encryption, .. } = &mut choices;
    for text in [&mut basics.friendly_name, &mut basics.description] {
        *text = text.trim().to_owned();
    }
    let defaults = Choices::default();
    let or = |text: &mut String, default: &str| {
        if text.is_empty() {
            default.clone_into(text);
        }
    };
    let usual = &defaults.dependents;
    or(&mut dependents.storage, &usual.storage);
    or(&mut dependents.storage_sku, &usual.storage_sku);
    or(&mut dependents.key_vault, &usual.key_vault);
    or(&mut dependents.application_insights, &usual.application_insights);
    or(&mut dependents.log_analytics, &usual.log_analytics);
    or(&mut identity.workspace, &defaults.identity.workspace);
    if network.endpoints.subnet.is_empty() {
        network.endpoints = defaults.network.endpoints;
    } else if network.endpoints.region == basics.region {
        network.endpoints.region.clear();
    }
    network.provision_now &= network.isolation != Isolation::Public;
    if encryption.key.is_empty() && encryption.key_vault.is_empty() {
        encryption.identity.clear();
    }
    choices
}

/// What it says, by environment; nothing while it cannot be read.
pub(super) fn tables(form: &Form) -> Vec<(String, Table)> {
    let text = form.get(KEPT).map(FormField::text).unwrap_or_default();
    if text.is_empty() {
        return Vec::new();
    }
    let table: Table = text.parse().unwrap_or_default();
    let tables = table.into_iter().filter_map(|(name, value)| match value {
        Value::Table(table) => Some((name, table)),
        _ => None,
    });
    tables.collect()
}

fn check(form: &Form, text: &str) -> Result<(), String> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let names = layout::environments(form);
    if let Some(name) = table.keys().find(|name| !names.contains(name)) {
        return Err(format!("there is no environment '{name}': take its lines out"));
    }
    let file =
        PlanFile { differences: tables(form).into_iter().collect(), ..super::wish::without_kept(form) };
    PlanFile::read(&file.write()).map(|_| ()).map_err(|error| {
        let lines = error.text.lines().map(|line| line.split_once(": ").map_or(line, |(_, rest)| rest));
        lines.collect::<Vec<_>>().join(". ")
    })
}

/// Whether an environment keeps something of a key, such as `budget.amount`.
pub(super) fn has(form: &Form, environment: &str, key: &str) -> bool {
    let tables = tables(form);
    let Some((_, table)) = tables.iter().find(|(name, _)| name == environment) else { return false };
    let mut keys = key.split('.');
    let first = keys.next().and_then(|key| table.get(key));
    keys.try_fold(first, |value, key| match value {
        Some(Value::Table(table)) => Some(table.get(key)),
        // What stands in the text is whole: `tags` of `basics.tags.team`.
        Some(_) => Some(value),
        None => None,
    })
    .flatten()
    .is_some()
}

/// What is kept of the tables that a step is about, a line for each environment.
pub(super) fn notes(form: &Form, keys: &[&str], is_here: &dyn Fn(&str) -> bool) -> Vec<Note> {
    let of_step = |table: &Table| {
        let mut all = Vec::new();
        lines("", table, &mut all);
        all.retain(|line| keys.iter().any(|key| line.starts_with(key)));
        all
    };
    let all = tables(form).into_iter().map(|(name, table)| (name, of_step(&table)));
    let all: Vec<Note> = all
        .filter(|(name, lines)| !lines.is_empty() && is_here(name))
        .map(|(name, lines)| {
            let text = format!(
                "{name} keeps {} from the file, whatever stands in the fields: Review changes that.",
                lines.join(", ")
            );
            Note::new(text, Tone::Warn)
        })
        .collect();
    if all.is_empty() { all } else { std::iter::once(Note::heading("Kept")).chain(all).collect() }
}

/// Every value with its key. Of an id the name says enough.
fn lines(before: &str, table: &Table, all: &mut Vec<String>) {
    for (key, value) in table {
        let key = format!("{before}{key}");
        match value {
            Value::Table(inner) => lines(&format!("{key}."), inner, all),
            Value::String(text) => {
                let id = ArmId::parse(text).ok();
                let word = match &id {
                    Some(id) => id.name(),
                    None if uuid::Uuid::try_parse(text).is_ok() => "another one",
                    None => text,
                };
                all.push(format!("{key} = {word}"));
            }
            value => all.push(format!("{key} = {value}")),
        }
    }
}
