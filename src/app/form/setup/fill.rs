//! From a plan file to what stands in the form. What no field holds is kept beside them, so that nothing of the
//! file is lost.

use toml::{Table, Value};

use super::basics::{GROUP, GROUP_NAME, NEW};
use super::words::word;
use super::{basics, blank, dependents, encryption, given, identity, kept, layout, people, sides, wish};
use crate::app::form::{Choice, Form, FormField, Told};
use crate::azure::arm::id::ArmId;
use crate::domain::edit::write_tags;
use crate::domain::setup::spec::{Choices, Layout, Person, PlanFile};

/// Puts a text into a field, as somebody would.
pub(super) fn put(form: &mut Form, field: &str, text: &str) {
    if let Some(field) = form.get_mut(field) {
        field.put(text);
        field.edited = true;
        field.visited = true;
    }
}

/// Chooses by a word; one that the list does not have stands there and is refused there.
fn put_word(form: &mut Form, field: &str, word: &str) {
    put(form, field, word);
    if form.get(field).is_some_and(|field| field.text() != word) {
        choose(form, field, vec![Choice::new(word, word)]);
    }
}

/// Chooses in a field, also what its list does not have yet.
pub(super) fn choose(form: &mut Form, field: &str, choices: Vec<Choice>) {
    let Some(field) = form.get_mut(field) else { return };
    field.edited = true;
    field.visited = true;
    if let Some(select) = field.select_mut() {
        select.set(choices);
    }
}

/// Fills the form in from a file; what stood in it before is gone.
///
/// # Errors
/// In words, when the form cannot hold what the file says. The form is as it was then.
pub(super) fn fill(form: &mut Form, file: &PlanFile) -> Result<(), String> {
    let mut filled = blank();
    filled.given = std::mem::take(&mut form.given);
    let outcome = fill_blank(&mut filled, file);
    form.given = std::mem::take(&mut filled.given);
    outcome?;
    form.given.retain(|(name, _)| *name != given::LOADED);
    form.given.push((given::LOADED, "yes".to_owned()));
    form.steps = filled.steps;
    form.faults.clear();
    form.told = Told::default();
    form.go_to_step(0, false);
    Ok(())
}

fn fill_blank(form: &mut Form, file: &PlanFile) -> Result<(), String> {
    let names = file.environment_names();
    put(form, layout::LAYOUT, &word(file.layout));
    put(form, layout::NAME, &file.name);
    put(form, layout::ENVIRONMENTS, &names.join(", "));
    let choices = |name: &String| kept::plainly(file.choices(name));
    // The shared part is what the first environment has; those that differ from it in place or network stand apart.
    let mut shared = names.first().map_or_else(|| kept::plainly(file.shared.clone()), choices);
    // Tags grow together: one that only some have is kept with what else is theirs alone.
    let all: Vec<Choices> = names.iter().map(choices).collect();
    shared.basics.tags.retain(|name, value| all.iter().all(|one| one.basics.tags.get(name) == Some(value)));
    let shared = shared;
    let place = |one: &Choices| (one.basics.subscription.clone(), one.network.clone());
    let differs = |name: &&String| place(&choices(name)) != place(&shared);
    let apart: Vec<&String> = names.iter().filter(differs).collect();
    let chosen = apart.iter().map(|name| Choice::new(name.as_str(), name.as_str())).collect();
    choose(form, layout::APART, chosen);
    fill_basics(form, file, &shared);
    fill_dependents(form, &shared);
    let unlike = apart.windows(2).any(|two| place(&choices(two[0])) != place(&choices(two[1])));
    put(form, layout::EACH, &super::yes(unlike));
    sides::fill_of(form, 0, &shared.network, &shared.basics.region);
    let count = if unlike { sides::SIDES } else { 1 };
    for (at, (name, field)) in apart.iter().zip(sides::SUBSCRIPTIONS).take(count).enumerate() {
        let own = choices(name);
        // Which networks are elsewhere follows from it.
        if own.basics.subscription != shared.basics.subscription {
            let id = own.basics.subscription.as_str();
            choose(form, field, vec![Choice::new(id, id)]);
        }
        sides::fill_of(form, at + 1, &own.network, &own.basics.region);
    }
    identity::fill(form, &shared.identity);
    encryption::fill(form, &shared.encryption);
    people::fill(form, &file.people, &shared.budget)?;
    keep_rest(form, &names, &choices);
    is_whole(form, file, &names, &choices)
}

fn fill_basics(form: &mut Form, file: &PlanFile, shared: &Choices) {
    let wished = &shared.basics;
    if !wished.subscription.is_empty() {
        let id = wished.subscription.clone();
        choose(form, basics::SUBSCRIPTION, vec![Choice::new(id.clone(), id)]);
    }
    if file.layout == Layout::One {
        put(form, GROUP, NEW);
    }
    for (field, text) in [(GROUP_NAME, &wished.resource_group), (basics::WORKSPACE, &wished.workspace)] {
        if !text.is_empty() {
            put(form, field, text);
        }
    }
    if !wished.region.is_empty() {
        choose(form, basics::REGION, vec![Choice::new(wished.region.clone(), wished.region.clone())]);
    }
    // One that only some have is kept with what else is theirs alone.
    let all =
        file.environment_names().into_iter().all(|name| file.choices(&name).basics.stage == wished.stage);
    if let Some(stage) = wished.stage.filter(|_| all && matches!(file.layout, Layout::One | Layout::Each)) {
        put(form, basics::STAGE, &word(stage));
    }
    put(form, basics::KIND, wished.kind.as_str());
    if let Ok(hub) = ArmId::parse(&wished.hub) {
        choose(form, basics::HUB, vec![Choice::new(hub.as_str(), hub.name())]);
    }
    put(form, basics::FRIENDLY_NAME, &wished.friendly_name);
    put(form, basics::DESCRIPTION, &wished.description);
    // None but those of the file.
    choose(form, basics::TAGS, Vec::new());
    put(form, basics::MORE_TAGS, &write_tags(&wished.tags));
}

fn fill_dependents(form: &mut Form, shared: &Choices) {
    use dependents as fields;
    let wished = &shared.dependents;
    for (field, name, text) in [
        (fields::STORAGE_ACCOUNT, fields::STORAGE_NAME, &wished.storage),
        (fields::VAULT, fields::VAULT_NAME, &wished.key_vault),
        (fields::APPLICATION_INSIGHTS, fields::INSIGHTS_NAME, &wished.application_insights),
        (fields::LOGS, fields::LOGS_NAME, &wished.log_analytics),
        (fields::REGISTRY, fields::REGISTRY_NAME, &wished.container_registry),
    ] {
        let stands = form.get(field).and_then(FormField::select).is_some_and(|select| {
            select.choices().iter().any(|choice| choice.key == *text && choice.key != NEW)
        });
        match (text.as_str(), ArmId::parse(text)) {
            (_, Ok(id)) => choose(form, field, vec![Choice::new(id.as_str(), id.name())]),
            ("" | NEW, _) => put(form, field, NEW),
            (word, _) if stands => put(form, field, word),
            (own, _) => {
                put(form, field, NEW);
                put(form, name, own);
            }
        }
    }
    put_word(form, fields::STORAGE_SKU, &wished.storage_sku);
    put_word(form, fields::REGISTRY_SKU, &wished.registry_sku);
    put(form, fields::BUILD_COMPUTE, &wished.image_build_compute);
}

/// Keeps what the file says of each environment and the fields do not.
fn keep_rest(form: &mut Form, names: &[String], choices: &dyn Fn(&String) -> Choices) {
    let shown = wish::without_kept(form);
    let mut rest = Table::new();
    for name in names {
        let differs = shown.choices(name).difference(&choices(name));
        if !differs.is_empty() {
            rest.insert(name.clone(), Value::Table(differs));
        }
    }
    if !rest.is_empty() {
        let text = rest.to_string();
        // Few lines are in sight at a time. Those of a text over several lines are its own.
        let dense = || text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n");
        put(form, kept::KEPT, &if text.contains("\"\"\"") { text } else { dense() });
    }
}

/// Whether the form comes to what the file says.
///
/// # Errors
/// What it has no place for.
fn is_whole(
    form: &Form,
    file: &PlanFile,
    names: &[String],
    choices: &dyn Fn(&String) -> Choices,
) -> Result<(), String> {
    let cannot = |what: String| {
        Err(format!("the form has no place for {what}: `amldeck apply` takes the file as it is"))
    };
    let found = wish::plan_file(form);
    if found.environment_names() != names {
        return cannot(format!("environments called {}", names.join(", ")));
    }
    for name in names {
        let more = choices(name).difference(&found.choices(name));
        if let Some((table, _)) = more.iter().next() {
            return cannot(format!("what the file says of '{name}' in [{table}]"));
        }
    }
    let plainly = |person: &Person| {
        let mut person = person.clone();
        if [&person.group, &person.user, &person.service_principal].contains(&&person.called) {
            person.called.clear();
        }
        person
    };
    let differs = |at: &usize| found.people.get(*at) != file.people.get(*at).map(plainly).as_ref();
    match (0..file.people.len().max(found.people.len())).find(differs) {
        Some(at) => cannot(format!("what entry {} of [[people]] says", at + 1)),
        None => Ok(()),
    }
}
