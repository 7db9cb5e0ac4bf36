//! The form that sets workspaces up: one, or a set. What stands in it comes to the same plan file that
//! `amldeck apply` takes, so that checks, template, plan and printers are those of plan files.

mod basics;
mod dependents;
mod encryption;
mod fill;
mod identity;
mod judge;
mod kept;
mod layout;
mod means;
mod network;
mod people;
mod review;
pub mod rules;
mod sides;
#[cfg(test)]
mod tests;
mod wish;
mod words;

use super::{Choice, Extras, Filing, Form, FormStep};
use crate::app::export;
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;
use crate::azure::safe_text;
use crate::domain::inventory::WorkspaceEntry;
use crate::domain::setup::environment::Environment;
use crate::domain::setup::regions;
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::PlanFile;

/// The name of the form in drafts.
pub const KIND: &str = "set-up";

/// What is known of a choice besides its name.
pub mod fact {
    /// Whether it is production by its name.
    pub const PRODUCTION: &str = "production";
    /// Why it cannot serve a workspace.
    pub const CANNOT: &str = "cannot";
    /// Its SKU.
    pub const SKU: &str = "sku";
    /// Its region.
    pub const REGION: &str = "region";
    /// Whether it has purge protection.
    pub const PURGE: &str = "purge";
    /// The isolation of a hub's managed network, in words.
    pub const ISOLATION: &str = "isolation";
    /// Who reaches a hub, in words.
    pub const INBOUND: &str = "inbound";
    /// How a hub reaches its storage account, in words.
    pub const STORAGE_ACCESS: &str = "storage-access";
}

/// What was known when the form was opened.
mod given {
    /// The subscription that is at hand.
    pub const SUBSCRIPTION: &str = "subscription";
    /// The region that is usual there.
    pub const REGION: &str = "region";
    /// A short name that no workspace has yet.
    pub const NAME: &str = "name";
    /// Whether it was filled in from a plan file, which says itself what a form takes from the names around it.
    pub const LOADED: &str = "loaded";
    /// The day, for the beginning of budgets.
    pub const TODAY: &str = "today";
}

/// The form, with defaults that follow from where one stands: the subscription at hand, and the region that most of its
/// workspaces are in.
#[must_use]
pub fn form(model: &Model, at: Option<&ArmId>) -> Form {
    let inventory = &model.inventory;
    let subscription = at
        .and_then(|id| id.subscription_id().map(str::to_owned))
        .or_else(|| most_used(inventory.workspaces().iter().map(|one| &*one.subscription)))
        .or_else(|| inventory.subscriptions().first().map(|one| one.id.to_string()))
        .unwrap_or_default();
    let near = |one: &&WorkspaceEntry| one.subscription.eq_ignore_ascii_case(&subscription);
    let region = most_used(inventory.workspaces().iter().filter(near).map(|one| &*one.location))
        .or_else(|| most_used(inventory.workspaces().iter().map(|one| &*one.location)))
        .map(|region| regions::short_name(&region))
        .unwrap_or_default();
    let taken = |name: &str| {
        let known = [format!("mlw-{name}"), format!("rg-{name}")];
        let is = |one: &str| known.iter().any(|known| known.eq_ignore_ascii_case(one));
        inventory.workspaces().iter().any(|one| is(one.name()))
            || inventory.groups().iter().any(|one| is(&one.name))
    };
    let mut names = (1..).map(|n| if n == 1 { "ml".to_owned() } else { format!("ml{n}") });
    let name = names.find(|name| !taken(name)).unwrap_or_default();
    // A budget begins in the month that it is for Azure.
    let today = model.now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    blank()
        .give(given::SUBSCRIPTION, subscription)
        .give(given::REGION, region)
        .give(given::NAME, name)
        .give(given::TODAY, today)
}

/// The form without anything known.
fn blank() -> Form {
    let mut steps = vec![
        FormStep::new("Layout", layout::fields())
            .about("How many workspaces, and for what. Left as it is: one, for a small team."),
        FormStep::new("Basics", basics::fields())
            .about("Where it is and what it is called. Left as it is: in a group of its own."),
        FormStep::new("Dependents", dependents::fields())
            .about("Where data, secrets and images are kept. Left as it is: all new, beside it."),
    ];
    steps.extend(sides::steps());
    steps.extend([
        FormStep::new("Identity", identity::fields())
            .about("As whom it acts, and how it reads data. Left as it is: Azure's own, by key."),
        FormStep::new("Encryption", encryption::fields())
            .about("Whose key encrypts what is kept. Left as it is: Microsoft's."),
        FormStep::new("People", people::fields())
            .about("Who works there, and what it may cost. Left as it is: nobody new, no budget."),
        FormStep::new("Review", review::fields())
            .about("What it comes to, and what Azure says. Left as it is: nothing is made."),
    ]);
    let extras = Extras {
        judge: Some(judge::faults),
        filing: Some(Filing { write, read }),
        also: Some(review::also),
        leaves_draft: false,
    };
    Form::new(KIND, "Set up", ArmId::root(), steps, means::notes, review::plan).with(extras)
}

/// What occurs most often; of several the first in the alphabet.
fn most_used<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut words: Vec<String> = words.map(str::to_owned).collect();
    words.sort_unstable();
    let counted = words.chunk_by(|one, other| one == other);
    let best = counted.fold(None, |best: Option<&[String]>, same| match best {
        Some(best) if best.len() >= same.len() => Some(best),
        _ => Some(same),
    });
    best.and_then(|same| same.first().cloned())
}

fn write(form: &Form) -> (String, String) {
    let file = wish::plan_file(form);
    let name = if file.name.is_empty() { "plan".to_owned() } else { export::file_name(&file.name) };
    (format!("{name}.toml"), file.write())
}

fn read(form: &mut Form, text: &str) -> Result<(), String> {
    let file = PlanFile::read(text).map_err(|error| error.text)?;
    if let Some(key) = text.parse().ok().and_then(|table: toml::Table| lost(&toml::Value::Table(table), "")) {
        return Err(format!(
            "{key} holds a sign that a field cannot show, and would lose it here: `amldeck apply` takes the file as it is"
        ));
    }
    fill::fill(form, &file)
}

/// The key of the first text in a plan file that would not be the same once it was in a field; none where all would.
fn lost(value: &toml::Value, key: &str) -> Option<String> {
    let is_lost = |text: &str| *safe_text::clean(text) != *text.replace("\r\n", "\n");
    match value {
        toml::Value::String(text) => is_lost(text).then(|| key.to_owned()),
        toml::Value::Array(items) => items.iter().find_map(|item| lost(item, key)),
        toml::Value::Table(table) => table.iter().find_map(|(name, value)| {
            let dot = if key.is_empty() { "" } else { "." };
            let below = format!("{key}{dot}{}", safe_text::clean(name));
            if is_lost(name) { Some(below) } else { lost(value, &below) }
        }),
        _ => None,
    }
}

/// What the form comes to.
fn set_up(form: &Form) -> SetUp {
    SetUp::of(&wish::plan_file(form), &form.told.directory)
}

/// The first environment of what the form comes to.
fn first(form: &Form) -> Option<Environment> {
    set_up(form).environments.into_iter().next()
}

/// The text of a yes or no.
fn yes(is: bool) -> String {
    if is { "yes" } else { "no" }.to_owned()
}

/// The id of what was chosen in a field, where it is no word such as `new`.
fn chosen_id<'a>(form: &'a Form, field: &str) -> Option<&'a Choice> {
    form.choice(field).filter(|choice| choice.key.starts_with('/'))
}

/// Words in a text, apart by commas, blanks or lines.
fn split(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| c == ',' || c == ';' || c.is_whitespace());
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
