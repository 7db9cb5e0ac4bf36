//! The form that changes what a workspace says about itself, and what is attached to it.

use super::setup::fact;
use super::{Ask, Choice, Form, FormField, FormStep, Note, Source, around};
use crate::app::fetch::Part;
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::PublicNetworkAccess;
use crate::azure::resources::lock::LockLevel;
use crate::azure::resources::workspace::{Workspace, WorkspaceKind};
use crate::domain::edit::{Difference, Wish, differences, edit, read_tags, write_tags};
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Plan, Undo, Weight};
use crate::domain::setup::environment::{IDENTITIES, REGISTRIES};

/// The name of the form in drafts.
pub const KIND: &str = "edit";
const NAME: &str = "name";
const DESCRIPTION: &str = "description";
const TAGS: &str = "tags";
const COMPUTE: &str = "compute";
const IDENTITY: &str = "identity";
const REGISTRY: &str = "registry";
/// The choice of no registry.
const NO_REGISTRY: &str = "none";
/// The choice of no compute at all.
pub const NO_COMPUTE: &str = "none";
/// Whether the workspace is isolated, so that its registry has to take private endpoints.
const ISOLATED: &str = "isolated";
/// The name of the hub of a project.
const HUB: &str = "hub";

/// The form for the workspace whose page this is.
///
/// # Errors
/// Why it cannot be filled in yet.
pub fn form(page: &Page) -> Result<Form, String> {
    if page.status(&Part::Body).is_none_or(|status| status.at.is_none()) {
        return Err(format!("{} is still being read", page.id.name()));
    }
    let workspace = &page.opened.workspace;
    let now = Wish::as_it_is(workspace);
    let names = vec![
        FormField::line(NAME, "Friendly name")
            .help("What the studio shows. Empty for the workspace's own name.")
            .optional()
            .with(&now.friendly_name),
        FormField::area(DESCRIPTION, "Description")
            .help("What it is for, and who to ask.")
            .optional()
            .with(&now.description),
        FormField::lines(TAGS, "Tags")
            .help("One a line: name = value; {break_line} begins the next. Policies and cost reports go by them.")
            .optional()
            .checked(|_, text| read_tags(text).map(|_| ()))
            .with(&write_tags(&now.tags)),
    ];
    // One that is attached can be replaced, and not be taken off.
    let no_registry = match now.registry {
        Some(_) => Vec::new(),
        None => vec![Choice::new(NO_REGISTRY, "none").detail("as it is")],
    };
    let identities = FormField::many(IDENTITY, "Add identities", Source::Listed(identities), Vec::new())
        .help("User-assigned ones, beside those that it has. Space takes one in or out.")
        .optional();
    let is_project = workspace.workspace_kind() == WorkspaceKind::Project;
    let attached = vec![
        FormField::one(COMPUTE, "Build compute", Source::Listed(computes), Vec::new())
            .help("The cluster on which images are built; needed where the registry is behind private endpoints.")
            .optional()
            .derived(|form| match form.given(COMPUTE) {
                "" => NO_COMPUTE.to_owned(),
                name => name.to_owned(),
            }),
        identities.clone(),
        FormField::one(REGISTRY, "Registry", Source::Listed(registries), Vec::new())
            .help("Where images are kept. It can be replaced later, and not be taken off.")
            .optional()
            .standing(no_registry)
            .derived(|form| match form.given(REGISTRY) {
                "" => NO_REGISTRY.to_owned(),
                id => id.to_owned(),
            })
            .checked(|form, _| serves(form)),
    ];
    // A project takes the registry, and what builds images for it, from its hub.
    let attached = if is_project { vec![identities] } else { attached };
    let steps = vec![FormStep::new("Names and tags", names), FormStep::new("Attached", attached)];
    let title = format!("Change {}", page.id.name());
    let isolated = if is_isolated(workspace) { "yes" } else { "no" };
    let hub = workspace.properties.hub_resource_id.as_ref().filter(|_| is_project).map_or("", ArmId::name);
    let registry = now.registry.as_ref().map_or("", ArmId::as_str);
    Ok(Form::new(KIND, title, page.id.clone(), steps, means, plan)
        .give(COMPUTE, now.image_build_compute)
        .give(REGISTRY, registry)
        .give(ISOLATED, isolated)
        .give(HUB, hub))
}

fn is_isolated(workspace: &Workspace) -> bool {
    workspace.isolation_mode().is_managed()
        || workspace.public_network_access() == PublicNetworkAccess::Disabled
}

fn computes(form: &Form) -> Option<Ask> {
    Some(Ask::Computes { workspace: form.subject.clone() })
}

fn of_kind(form: &Form, kind: &'static str) -> Option<Ask> {
    Some(Ask::Resources { subscription: form.subject.subscription_id()?.to_owned(), kind })
}

fn identities(form: &Form) -> Option<Ask> {
    of_kind(form, IDENTITIES)
}

fn registries(form: &Form) -> Option<Ask> {
    of_kind(form, REGISTRIES)
}

/// Whether the chosen registry can serve. What is there already, be it none, is not judged anew.
fn serves(form: &Form) -> Result<(), String> {
    let Some(choice) = form.choice(REGISTRY) else { return Ok(()) };
    if choice.key == NO_REGISTRY || choice.key.eq_ignore_ascii_case(form.given(REGISTRY)) {
        return Ok(());
    }
    if !choice.fact(fact::CANNOT).is_empty() {
        return Err(choice.fact(fact::CANNOT).to_owned());
    }
    let premium = choice.fact(fact::SKU).eq_ignore_ascii_case("Premium");
    if form.given(ISOLATED) == "yes" && !premium {
        return Err(format!(
            "{} is {}: an isolated workspace needs private endpoints to its registry, which Premium alone has",
            choice.label,
            choice.fact(fact::SKU)
        ));
    }
    Ok(())
}

/// What the form says; a list that did not come, or does not have what is attached, changes nothing.
fn wish(workspace: &Workspace, form: &Form) -> Result<Wish, String> {
    let now = Wish::as_it_is(workspace);
    let compute = match form.choice(COMPUTE) {
        Some(choice) if choice.key == NO_COMPUTE => String::new(),
        Some(choice) => choice.key.clone(),
        None => now.image_build_compute,
    };
    let registry = form.choice(REGISTRY).and_then(|choice| ArmId::parse(&choice.key).ok());
    Ok(Wish {
        tags: read_tags(&form.text(TAGS))?,
        friendly_name: form.text(NAME),
        description: form.text(DESCRIPTION),
        image_build_compute: compute,
        identities: form
            .chosen(IDENTITY)
            .iter()
            .filter_map(|choice| ArmId::parse(&choice.key).ok())
            .collect(),
        registry: registry.or(now.registry),
    })
}

fn means(model: &Model, form: &Form) -> Vec<Note> {
    let mut notes = vec![Note::heading("What changes")];
    match plan(model, form) {
        Ok(plan) => {
            notes.extend(changes(model, form));
            for step in &plan.steps {
                if let Undo::OneWay(why) = &step.undo {
                    notes.push(Note::new(format!("One-way: {why}."), Tone::Warn));
                }
            }
            for warning in &plan.warnings {
                let tone = match warning.weight {
                    Weight::Danger => Tone::Bad,
                    Weight::Caution => Tone::Warn,
                    Weight::Note => Tone::Muted,
                };
                notes.push(Note::new(warning.text.as_str(), tone));
            }
        }
        Err(why) => notes.push(Note::new(why, Tone::Muted)),
    }
    if !form.given(HUB).is_empty() {
        notes.push(Note::plain(format!(
            "Registry and build compute are those of the hub {}: change them there.",
            form.given(HUB)
        )));
    }
    notes.push(Note::heading("Then"));
    notes.push(Note::plain("Only what differs is sent, and the plan is shown before."));
    notes
}

/// A line for each field that differs.
fn changes(model: &Model, form: &Form) -> Vec<Note> {
    let Some(page) = around::page(model, &form.subject) else { return Vec::new() };
    let workspace = &page.opened.workspace;
    let all = wish(workspace, form).map(|wish| differences(workspace, &wish)).unwrap_or_default();
    let line = |one: &Difference| Note::plain(format!("{}: {} -> {}", one.what, one.from, one.to));
    all.iter().map(line).collect()
}

fn plan(model: &Model, form: &Form) -> Result<Plan, String> {
    let page = around::page(model, &form.subject).ok_or("the workspace is not read any more")?;
    let workspace = &page.opened.workspace;
    let production = around::setting(model, &form.subject, []).production;
    let mut plan = edit(workspace, &wish(workspace, form)?, production).map_err(|why| why.to_string())?;
    if let Lookup::Found(locks) = &page.opened.locks {
        for lock in locks.iter().filter(|lock| lock.properties.level == Some(LockLevel::ReadOnly)) {
            let text =
                format!("The lock {} makes it read-only: this fails until it is removed.", lock.id.name());
            plan.warn(Weight::Danger, text);
        }
    }
    Ok(plan)
}
