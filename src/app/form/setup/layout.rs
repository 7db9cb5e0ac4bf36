//! How many workspaces, what for, and what they are called together.

use super::sides::SIDES;
use super::words::{meant, word};
use super::{given, split};
use crate::app::form::{Choice, Form, FormField, Source};
use crate::domain::personas::Stage;
use crate::domain::setup::spec::Layout;

pub(super) const LAYOUT: &str = "layout";
pub(super) const NAME: &str = "name";
pub(super) const ENVIRONMENTS: &str = "environments";
pub(super) const APART: &str = "apart";
pub(super) const EACH: &str = "apart.each";

/// The fields.
pub(super) fn fields() -> Vec<FormField> {
    vec![
        FormField::one(LAYOUT, "Layout", Source::Fixed, layouts())
            .help("How many workspaces, and what each is for.")
            .with(&word(Layout::One)),
        FormField::line(NAME, "Short name")
            .help("Of the team, product or project. Names of what is made have it in them.")
            .derived(|form| form.given(given::NAME).to_owned())
            .checked(short_name),
        FormField::line(ENVIRONMENTS, "Environments")
            .called(|form| match layout(form) {
                Layout::One => "Environment",
                Layout::Each => "Teams",
                Layout::DevProd | Layout::DevStagingProd => "Environments",
            }
            .to_owned())
            .help("Their names, separated by commas. 1 to 20 letters, digits and -.")
            .shown_if(|form| is_set(form) || alone(form).is_some())
            .derived(|form| layout(form).environments().join(", ")),
        FormField::many(APART, "Stand apart", Source::Known(|_, form| choices(form)), Vec::new())
            .help("Space: these get a network of their own, and a subscription where the next step gives them one; the others share.")
            .shown_if(is_set)
            .optional()
            .derived(|form| {
                let names = environments(form).into_iter();
                names.filter(|name| stage(form, name) == Stage::Production).collect::<Vec<_>>().join("\n")
            }),
        FormField::toggle(EACH, "Each by itself", false)
            .help("Space changes it: each of these has a network of its own, and may have a subscription; else they all share one.")
            .checked(|form, text| room(text == "yes", apart(form).len()))
            .shown_if(|form| apart(form).len() > 1),
    ]
}

/// Whether there is a step for the network of each.
fn room(each: bool, apart: usize) -> Result<(), String> {
    if each && apart > SIDES {
        return Err(format!(
            "{apart} stand apart, and the form has room for {SIDES} networks of their own: let some share one, or write a \
             plan file, which has no such limit"
        ));
    }
    Ok(())
}

fn layouts() -> Vec<Choice> {
    let short = |layout| match layout {
        Layout::One => ("One workspace", "a small team, one project"),
        Layout::DevProd => ("Dev and prod", "experiments never touch production"),
        Layout::DevStagingProd => ("Dev, staging and prod", "promotion through gates"),
        Layout::Each => ("One per team or project", "access, cost and data apart"),
    };
    let choice = |layout| {
        let (label, detail) = short(layout);
        Choice::new(word(layout), label).detail(detail)
    };
    Layout::ALL.into_iter().map(choice).collect()
}

fn choices(form: &Form) -> Vec<Choice> {
    let choice = |name: String| {
        let stage = stage(form, &name).word();
        Choice::new(name.clone(), name).detail(stage)
    };
    environments(form).into_iter().map(choice).collect()
}

/// What an environment is for, as its name or its place says.
fn stage(form: &Form, name: &str) -> Stage {
    let place = environments(form).iter().position(|one| one == name).unwrap_or(0);
    Stage::guess(name).or(layout(form).stage_at(place)).unwrap_or(Stage::Development)
}

/// Letters and digits first, so that every name that begins with it can be one.
fn short_name(_: &Form, text: &str) -> Result<(), String> {
    let fits = (1..=20).contains(&text.chars().count())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if fits { Ok(()) } else { Err("1 to 20 letters, digits and -, the first one no -".to_owned()) }
}

/// The layout.
pub(super) fn layout(form: &Form) -> Layout {
    meant(&form.text(LAYOUT)).unwrap_or_default()
}

/// Whether there are several.
pub(super) fn is_set(form: &Form) -> bool {
    layout(form) != Layout::One
}

/// The names of the environments.
pub(super) fn environments(form: &Form) -> Vec<String> {
    if is_set(form) {
        split(&form.text(ENVIRONMENTS))
    } else {
        let usual = || Layout::One.environments().iter().map(|name| (*name).to_owned()).collect();
        alone(form).map_or_else(usual, |name| vec![name])
    }
}

/// What the one environment is called where it has a name of its own.
fn alone(form: &Form) -> Option<String> {
    let field = form.get(ENVIRONMENTS).filter(|field| field.edited && layout(form) == Layout::One)?;
    match split(&field.text()).as_slice() {
        [name] if Layout::One.environments() != [name.as_str()] => Some(name.clone()),
        _ => None,
    }
}

/// The environments that stand apart, in the order of all.
pub(super) fn apart(form: &Form) -> Vec<String> {
    let chosen = form.chosen(APART);
    let is = |name: &String| chosen.iter().any(|choice| choice.key == *name);
    environments(form).into_iter().filter(is).collect()
}

/// Which network an environment has: 0 is the shared one, those above are of the ones that stand apart.
pub(super) fn side(form: &Form, environment: &str) -> usize {
    if !is_set(form) {
        return 0;
    }
    match apart(form).iter().position(|name| name == environment) {
        None => 0,
        Some(at) if form.is_on(EACH) => (at + 1).min(SIDES),
        Some(_) => 1,
    }
}

/// The environments that have a network, in the order of all.
pub(super) fn of_side(form: &Form, wanted: usize) -> Vec<String> {
    environments(form).into_iter().filter(|name| side(form, name) == wanted).collect()
}

/// Whether an environment has the network. While there is no environment the shared one is waiting for them.
pub(super) fn has_side(form: &Form, wanted: usize) -> bool {
    !of_side(form, wanted).is_empty() || (wanted == 0 && environments(form).is_empty())
}
