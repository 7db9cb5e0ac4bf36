//! Looking at a plan before it runs: its steps, the same as text, and the question whether it shall run, to which
//! the answer is No unless somebody says otherwise.

use super::subject;
use crate::app::effect::Effect;
use crate::app::export;
use crate::app::field::Field;
use crate::app::form::{Answer, Ask, Found, Slot, Want};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::picker::{Command, Item, Picker, RunCommand};
use crate::app::review::{Rendering, Review, Rights, Tab, details};
use crate::app::runs::{Held, Known};
use crate::app::storage_access;
use crate::app::text_view::TextView;
use crate::config::action::Action;
use crate::domain::fact::count;
use crate::domain::plan::{Choice, Confirmation, Plan, RunId, Step, Weight};
use crate::domain::storage_access::Assessment;

/// The field that a question about the caller's rights comes from.
const RIGHTS: &str = "rights";
/// ... and one about what a way back comes to.
const AHEAD: &str = "ahead";

/// Shows a plan, and asks whether the caller has the rights for it. `undoes` is the run that it takes back.
pub fn open(model: &mut Model, plan: Plan, undoes: Option<RunId>) -> Vec<Effect> {
    let mut review = Review { undoes, ..Review::new(plan) };
    model.generation += 1;
    review.number = model.generation;
    let looks_ahead = review.undoes.is_some();
    model.overlays.push(Overlay::Review(Box::new(review)));
    let mut effects = ask_rights(model);
    if looks_ahead {
        effects.extend(ask_ahead(model));
    }
    effects
}

/// Asks what the way back of a run comes to as things are: others may have been there since.
fn ask_ahead(model: &mut Model) -> Option<Effect> {
    let generation = model.generation + 1;
    let review = top(model)?;
    let steps: Vec<Step> = review.plan.chosen().map(|(_, step)| step.clone()).collect();
    let slot = Slot { form: review.number, field: AHEAD, want: Want::Verdict };
    model.generation = generation;
    Some(Effect::Ask { slot, generation, after: std::time::Duration::ZERO, ask: Ask::AheadOf(steps) })
}

/// Asks whether the caller has the rights for the steps that are in, as long as any is needed.
pub fn ask_rights(model: &mut Model) -> Vec<Effect> {
    let generation = model.generation + 1;
    let Some(review) = top(model) else { return Vec::new() };
    let steps: Vec<Step> =
        review.plan.chosen().map(|(_, step)| step.clone()).filter(|step| !step.rights.is_empty()).collect();
    if steps.is_empty() {
        review.rights = Rights::Lacking(Vec::new());
        return Vec::new();
    }
    review.rights = Rights::Awaited(generation);
    let slot = Slot { form: review.number, field: RIGHTS, want: Want::Verdict };
    model.generation = generation;
    vec![Effect::Ask { slot, generation, after: std::time::Duration::ZERO, ask: Ask::RightsFor(steps) }]
}

/// Shows the assessments, too, that the plan of the review on top was made from.
pub fn show_assessed(model: &mut Model, assessed: Vec<Assessment>) {
    if let Some(review) = top(model) {
        review.assessed = assessed;
    }
}

/// Shows the plan of the review on top in further forms too.
pub fn show_also(model: &mut Model, also: Vec<Rendering>) {
    if let Some(review) = top(model) {
        review.also = also;
    }
}

fn top(model: &mut Model) -> Option<&mut Review> {
    match model.overlays.last_mut() {
        Some(Overlay::Review(review)) => Some(review),
        _ => None,
    }
}

/// Takes the answer to what was asked about the caller's rights, or about what it comes to.
pub fn answered(model: &mut Model, slot: Slot, generation: u64, answer: &Answer) {
    if let Ok(Found::Ahead(ahead)) = answer {
        for overlay in &mut model.overlays {
            if let Overlay::Review(review) = overlay
                && review.number == slot.form
            {
                review.ahead.clone_from(ahead);
            }
        }
        return;
    }
    for overlay in &mut model.overlays {
        if let Overlay::Review(review) = overlay
            && review.number == slot.form
            && review.rights == Rights::Awaited(generation)
        {
            review.rights = match answer {
                Ok(Found::Lacking(lacking)) => Rights::Lacking(lacking.clone()),
                Ok(_) => Rights::Unknown("Azure answered something else".to_owned()),
                Err(error) => Rights::Unknown(error.plain()),
            };
        }
    }
}

/// Does what an action means in the review on top; none when none is, or it means nothing there.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let columns = model.size.0;
    let review = top(model)?;
    if let Some(name) = &review.name {
        let typed = name.text().to_owned();
        return match action {
            Action::Back => {
                review.name = None;
                Some(Vec::new())
            }
            Action::Open if Confirmation::TypeName(typed.trim()) == review.plan.confirmation() => {
                review.name = None;
                Some(run(model))
            }
            Action::Open => {
                let key = model.key(Action::Back);
                let wanted = top(model).and_then(|review| match review.plan.confirmation() {
                    Confirmation::TypeName(wanted) => Some(wanted.to_owned()),
                    Confirmation::Yes => None,
                });
                if let Some(wanted) = wanted {
                    model.notices.hint(format!("type {wanted} to run it, or leave it with {key}"));
                }
                Some(Vec::new())
            }
            _ => Some(Vec::new()),
        };
    }
    match action {
        Action::NextPane | Action::PreviousPane => {
            let tabs: Vec<Tab> = review.tabs().collect();
            let at = tabs.iter().position(|tab| *tab == review.tab).unwrap_or(0);
            let by = if action == Action::NextPane { 1 } else { tabs.len() - 1 };
            review.show(tabs[(at + by) % tabs.len()], columns);
        }
        Action::ToggleStep => return Some(toggle(model)),
        Action::Back | Action::QuitOrBack if review.chosen => {
            let items = vec![
                Item::new("stay", "", Command::Stay).key('s'),
                Item::new("leave the plan", "what was chosen in it is lost", Command::LeavePlan).key('x'),
            ];
            model.overlays.push(Overlay::Picker(Picker::new("Leave the plan?", items, false)));
        }
        Action::Right if review.tab == Tab::Steps => {
            if let Some(step) = review.current() {
                let view = TextView::wrapped(step.title.as_str(), &details(step), columns);
                model.overlays.push(Overlay::Text(view));
            }
        }
        Action::Consequence if review.tab == Tab::Steps => return Some(show_notes(model)),
        Action::CopyId => {
            let text = review.print(review.tab);
            return Some(subject::copy(model, text));
        }
        Action::CopyMenu => {
            let item = |tab: Tab| Item::new(tab.title(), "", Command::Copy(review.print(tab)));
            let items = review.tabs().map(item).collect();
            model.overlays.push(Overlay::Picker(Picker::new("Copy the plan as", items, false)));
        }
        Action::Save => {
            let title = export::file_name(&format!("plan {}", review.plan.title));
            let files = review.files(review.tab, &title);
            let save = |(name, contents)| Effect::Save { name, contents };
            return Some(files.into_iter().map(save).collect());
        }
        Action::Open => return Some(confirm(model)),
        _ => return None,
    }
    Some(Vec::new())
}

/// Shows what is to be known before the plan runs, which has no room above its steps, as a text of its own.
fn show_notes(model: &mut Model) -> Vec<Effect> {
    let (columns, signs) = (model.size.0, model.signs);
    let Some(Overlay::Review(review)) = model.overlays.last() else { return Vec::new() };
    let said: Vec<String> = review
        .notes(model)
        .iter()
        .map(|note| {
            let sign = match note.weight {
                Weight::Danger => signs.bad,
                Weight::Caution => signs.warning,
                Weight::Note => signs.dot,
            };
            format!("{sign} {}", note.text)
        })
        .collect();
    if said.is_empty() {
        model.notices.hint("there is nothing to know of the whole plan");
    } else {
        let view = TextView::wrapped("Of the whole plan", &said.join("\n\n"), columns);
        model.overlays.push(Overlay::Text(view));
    }
    Vec::new()
}

/// Puts an optional step in, or leaves it out: other steps may need other rights.
fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(review) = top(model).filter(|review| review.tab == Tab::Steps) else { return Vec::new() };
    match review.plan.steps.get_mut(review.cursor.row) {
        Some(step) if step.optional => {
            step.choose_next();
            review.chosen = true;
            return ask_rights(model);
        }
        Some(_) => model.notices.hint("this step cannot be left out"),
        None => {}
    }
    Vec::new()
}

/// What can be done about a run that is in the way of a plan.
fn first(known: &Known) -> Vec<Item> {
    let run = &known.run;
    let of = |command: RunCommand| Command::Run(run.id.clone(), command);
    let mut items = vec![
        Item::new("back to the plan", "nothing is begun beside a run that is not over", Command::Stay)
            .key('n'),
        Item::new("look at it", known.word(), of(RunCommand::Show)).key('v'),
    ];
    let choices = if known.held == Held::Nobody { run.choices() } else { Vec::new() };
    items.extend(choices.into_iter().filter_map(|choice| {
        let (key, command) = match choice {
            Choice::Resume => ('g', RunCommand::Resume),
            Choice::Undo => ('u', RunCommand::Undo),
            Choice::Keep => ('l', RunCommand::Keep),
            Choice::Purge | Choice::Cancel => return None,
        };
        let words = run.choice_words(choice);
        Some(Item::new(words.verb, words.detail, of(command)).key(key))
    }));
    items
}

/// Asks whether it shall run.
fn confirm(model: &mut Model) -> Vec<Effect> {
    let read_only = model.session.read_only;
    let Some(review) = top(model) else { return Vec::new() };
    if read_only {
        let (copy, save) = (model.key(Action::CopyId), model.key(Action::Save));
        model.notices.hint(format!(
            "this console is read-only: {copy} copies the plan, {save} saves it, but it cannot run"
        ));
        return Vec::new();
    }
    if review.plan.chosen().next().is_none() {
        model.notices.hint("every step is left out: there is nothing to run");
        return Vec::new();
    }
    if let Some(Overlay::Review(review)) = model.overlays.last()
        && let Some(known) = storage_access::beside(model, review).cloned()
    {
        let picker = Picker::new(format!("Not over: {}", known.run.plan.title), first(&known), false);
        model.overlays.push(Overlay::Picker(picker));
        return Vec::new();
    }
    let Some(review) = top(model) else { return Vec::new() };
    if review.plan.refused {
        let ticket = Command::Copy(review.print(Tab::Markdown));
        let items = vec![
            Item::new("back to the plan", "leave it and change the form, or come back later", Command::Stay)
                .key('n'),
            Item::new("copy it for somebody who can help", "Markdown, with every request", ticket).key('m'),
        ];
        let title = "Azure refuses it: nothing is sent";
        model.overlays.push(Overlay::Picker(Picker::new(title, items, false)));
        return Vec::new();
    }
    if matches!(review.rights, Rights::Awaited(_)) {
        model.notices.hint("Azure is still being asked for your rights: once more in a moment");
        return Vec::new();
    }
    if review.is_lacking() {
        let ticket = Command::Copy(review.print(Tab::Markdown));
        let items = vec![
            Item::new("back to the plan", "optional steps can be left out there", Command::Stay).key('n'),
            Item::new(
                "look again",
                "somebody gave you the right, or you activated a role",
                Command::AskRights,
            )
            .key('r'),
            Item::new("copy it for somebody who may", "Markdown, with every request", ticket).key('m'),
        ];
        let title = format!("You lack {}", count(review.lacks().len(), "right for it", "rights for it"));
        model.overlays.push(Overlay::Picker(Picker::new(title, items, false)));
        return Vec::new();
    }
    match review.plan.confirmation() {
        Confirmation::TypeName(_) => review.name = Some(Field::default()),
        Confirmation::Yes => {
            let steps = review.plan.chosen().count();
            let words = if steps == 1 { "one step".to_owned() } else { format!("{steps} steps") };
            let items = vec![
                Item::new("no, back to the plan", "", Command::Stay).key('n'),
                Item::new("yes, run it", words, Command::RunPlan).key('y'),
            ];
            let title = format!("{}?", review.plan.title);
            model.overlays.push(Overlay::Picker(Picker::new(title, items, false)));
        }
    }
    Vec::new()
}

/// Runs the plan of the review on top: the review and the form that it came from go, what runs is shown.
pub fn run(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Review(review)) = model.overlays.pop() else { return Vec::new() };
    let mut effects = super::forms::done(model);
    effects.extend(super::runs::start(model, review.plan, review.undoes));
    effects
}

/// Types into the name that confirms.
pub fn edit(model: &mut Model, change: impl FnOnce(&mut Field) -> bool) {
    if let Some(name) = top(model).and_then(|review| review.name.as_mut()) {
        change(name);
    }
}
