//! The form that gives somebody what a persona gets in an environment.

use super::{Choice, Form, FormField, FormStep, Note, Source, around, principal};
use crate::app::model::Model;
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::domain::access::Targets;
use crate::domain::changes::apply;
use crate::domain::fact::Tone;
use crate::domain::inventory::WorkspaceEntry;
use crate::domain::personas::{Gift, PERSONAS, Persona, Stage};
use crate::domain::plan::Plan;

/// The name of the form in drafts.
pub const KIND: &str = "persona";
const PERSONA: &str = "persona";
const ENVIRONMENT: &str = "environment";
/// What the workspace's tags and name say about its environment.
const GUESS: &str = "guess";

/// The form for the workspace whose page this is.
#[must_use]
pub fn form(page: &Page, entry: Option<&WorkspaceEntry>) -> Form {
    let personas = PERSONAS.iter().map(|persona| {
        let kind = if persona.process { "process" } else { "people" };
        Choice::new(persona.name, persona.title()).kind(kind)
    });
    let environments =
        Stage::ALL.iter().map(|environment| Choice::new(environment.word(), environment.word()));
    let what = vec![
        FormField::one(PERSONA, "Persona", Source::Fixed, personas.collect())
            .help("What somebody does with the workspace. Organisations differ: every role can be left out in the plan."),
        FormField::one(ENVIRONMENT, "Environment", Source::Fixed, environments.collect())
            .help("What this workspace is for; a tag or its name suggests it.")
            .derived(|form| form.given(GUESS).to_owned()),
    ];
    let guess = entry.and_then(guess).map_or("", Stage::word);
    let title = format!("Apply a persona on {}", page.id.name());
    let steps = vec![FormStep::new("Who", principal::fields("To whom")), FormStep::new("Persona", what)];
    Form::new(KIND, title, page.id.clone(), steps, means, plan).give(GUESS, guess)
}

fn guess(entry: &WorkspaceEntry) -> Option<Stage> {
    let tags = ["env", "environment", "stage"].iter().filter_map(|tag| entry.tag(tag));
    tags.chain([entry.id.name()]).find_map(Stage::guess)
}

fn chosen(form: &Form) -> Option<(&'static Persona, Stage)> {
    let persona = Persona::named(&form.choice(PERSONA)?.key)?;
    let word = &form.choice(ENVIRONMENT)?.key;
    let environment = Stage::ALL.into_iter().find(|environment| environment.word() == word)?;
    Some((persona, environment))
}

fn means(_: &Model, form: &Form) -> Vec<Note> {
    let who = principal::chosen(form).map_or_else(|| "somebody".to_owned(), |who| who.name);
    let Some((persona, environment)) = chosen(form) else {
        let text = "A persona is a handful of built-in roles that go together. Groups rather than persons.";
        return vec![Note::heading(format!("{who} gets what a persona gets")), Note::plain(text)];
    };
    let heading = format!("{who} as {} in {}", persona.words, environment.word());
    let mut notes = vec![Note::heading(heading)];
    let gifts = persona.gifts(environment);
    for gift in gifts {
        notes.push(gift_note(gift));
    }
    if gifts.is_empty() {
        let text = format!("A {} gets nothing in {}.", persona.words, environment.word());
        notes.push(Note::new(text, Tone::Warn));
    }
    if !persona.note.is_empty() {
        notes.push(Note::plain(persona.note));
    }
    notes.push(Note::heading("In the other environments"));
    for other in Stage::ALL.into_iter().filter(|other| *other != environment) {
        let roles: Vec<&str> = persona.gifts(other).iter().map(|gift| gift.role.name).collect();
        let roles = if roles.is_empty() { "nothing".to_owned() } else { roles.join(", ") };
        notes.push(Note::new(format!("{}: {roles}", other.word()), Tone::Muted));
    }
    notes
}

fn gift_note(gift: &Gift) -> Note {
    let eligible = if gift.eligible { ", eligible: to be activated for a limited time" } else { "" };
    let usual = if gift.usual { "" } else { " (left out unless chosen in the plan)" };
    let tone = if gift.usual { Tone::Good } else { Tone::Muted };
    Note::new(format!("{} on the {}{eligible}{usual}", gift.role.name, gift.on.words()), tone)
}

fn plan(model: &Model, form: &Form) -> Result<Plan, String> {
    let who = principal::chosen(form).ok_or("choose who gets it")?;
    let (persona, environment) = chosen(form).ok_or("choose a persona and an environment")?;
    let page = around::page(model, &form.subject).ok_or("the workspace is not read any more")?;
    let targets = Targets::of(&page.opened);
    let mut nth = 0;
    let mut requests = || {
        nth += 1;
        around::request_name(model, form, nth)
    };
    let given: Vec<ArmId> =
        persona.gifts(environment).iter().filter_map(|gift| targets.scope(gift.on)).collect();
    let setting = around::setting(model, &form.subject, &given);
    let mut plan = apply(persona, environment, &who, &targets, &mut requests, &setting);
    around::foresee(&mut plan, page, &who);
    Ok(plan)
}
