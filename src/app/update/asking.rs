//! Questions about access: choosing one, answering it, and answering it anew when more was read.

use std::sync::Arc;

use super::subject::nothing_selected;
use super::{access_forms, data, lists, overlays};
use crate::app::access::grid;
use crate::app::access::inquiry::{Inquiring, Inquiry, Outcome, Subject, what_can};
use crate::app::access::offers::offers;
use crate::app::access::question::{self, AnswerRow, Question};
use crate::app::access::words::Names;
use crate::app::access_rows;
use crate::app::effect::Effect;
use crate::app::form::ask::REST;
use crate::app::form::{Answer, Ask, Found, Slot, Want, principal};
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::picker::{Command, Item, Picker};
use crate::app::text_view::TextView;
use crate::domain::access::{Asked, CAPABILITIES, KnownPrincipal, Verdict, why_not};

/// Lays the questions over the screen that can be asked about the selected workspace.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else {
        return nothing_selected(model);
    };
    let title = format!("Ask about access to {}; or type an action", page.id.name());
    let mut picker = Picker::new(title, questions(model), true);
    picker.made = Some(made);
    picker.details = true;
    // What somebody can do is asked about everybody who was met; they are listed beside the screen.
    picker.more = Some(Inquiring::wanted());
    picker.hint = ": type a part of a question or of a name, of somebody in the directory the beginning, an object id, or an \
                   action such as Microsoft.Storage/storageAccounts/write"
        .into();
    overlays::open(model, Overlay::Picker(picker))
}

/// The question about what is under the cursor, and one for each capability.
fn questions(model: &Model) -> Vec<Item> {
    let mut items: Vec<Item> = suggested(model).into_iter().collect();
    items.extend(CAPABILITIES.iter().map(|capability| {
        let place = capability.needs.first().map_or("", |need| need.on.words());
        who_can(model, Asked::Capability(capability), place)
    }));
    items
}

/// The question about what is under the cursor: a row of the access pane, or of another answer.
fn suggested(model: &Model) -> Option<Item> {
    if let Some(Overlay::List(list)) = model.overlays.last() {
        let Listed::Answer { question, answered, .. } = &list.what else { return None };
        let row = answered.as_ref()?.rows.get(list.current()?)?;
        return Some(match question {
            Question::WhoCan(_) => what_can(&model.principals, &row.principal),
            Question::WhatCan(_) => who_can(model, row.asked.clone(), ""),
        });
    }
    if let Some((_, row)) = grid::current(model) {
        return Some(what_can(&model.principals, &row.principal));
    }
    let row = access_rows::current(model).filter(|_| model.focus == Pane::Access)?;
    Some(what_can(&model.principals, &row.principal_id))
}

fn who_can(model: &Model, asked: Asked, place: &str) -> Item {
    let question = Question::WhoCan(asked);
    Item::new(question.words(&model.principals), place, Command::Ask(question))
}

/// Who can do what is typed, when that is an action; what can be done by whom is typed, when that is an object id.
fn made(typed: &str) -> Option<Item> {
    if uuid::Uuid::try_parse(typed.trim()).is_ok() {
        return Some(what_can(&Default::default(), typed.trim()));
    }
    let asked = Asked::parse(typed).ok()?;
    let question = Question::WhoCan(asked);
    Some(Item::new(question.words(&Default::default()), "as typed", Command::Ask(question)))
}

/// Where the directory's answers about whom to ask go: to the questions, which are no form. Forms are numbered from 1.
pub const SEARCH: Slot = Slot { form: 0, field: "whom", want: Want::Choices };

/// Looks in the directory for whoever is typed into the questions: why somebody cannot do something is mostly asked of
/// those who hold nothing here.
pub fn search(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Picker(picker)) = model.overlays.last().filter(|overlay| asks(overlay)) else {
        return Vec::new();
    };
    let words = picker.query.text().trim().to_owned();
    if words.chars().count() < 2 || Asked::parse(&words).is_ok() {
        return Vec::new();
    }
    model.generation += 1;
    let (generation, ask) = (model.generation, Ask::Principals { words });
    vec![Effect::Ask { slot: SEARCH, generation, after: REST, ask }]
}

/// Takes whom the directory found, those who are not among the questions yet. That it refused is told where nothing fits:
/// whoever was met is there all the same, and anybody by their object id.
pub fn found(model: &mut Model, answer: Answer) {
    let Model { overlays, principals, .. } = model;
    let Some(Overlay::Picker(picker)) = overlays.last_mut().filter(|overlay| asks(overlay)) else { return };
    let choices = match answer {
        Ok(Found::Choices(choices)) => choices,
        Ok(_) => return,
        Err(error) => {
            let why = error.plain();
            picker.hint = format!(
                " of what was read; the directory cannot be searched: {why}; an object id can be typed"
            )
            .into();
            return;
        }
    };
    let mut items = Vec::new();
    for choice in choices {
        let known = KnownPrincipal {
            name: choice.label,
            kind: principal::word(&choice.kind),
            address: Some(choice.detail).filter(|detail| !detail.is_empty()),
            resource: None,
            members: None,
            enabled: None,
        };
        principals.meet(&choice.key, known);
        let item = what_can(principals, &choice.key);
        if picker.items.iter().all(|there| there.command != item.command) {
            items.push(item);
        }
    }
    if !items.is_empty() {
        picker.add(items);
    }
}

/// Whether a layer is that of the questions.
fn asks(overlay: &Overlay) -> bool {
    matches!(overlay, Overlay::Picker(picker) if picker.made.is_some())
}

/// Answers a question over the screen.
pub fn ask(model: &mut Model, question: Question) -> Vec<Effect> {
    // An answer takes the place of the one before.
    if let Some(Overlay::List(Listing { what: Listed::Answer { .. }, .. })) = model.overlays.last() {
        model.overlays.pop();
    }
    let words = title(model, &question);
    let inquiring = Inquiring::wanted();
    let list = Listing::new(Listed::Answer { question, words, answered: None, inquiring });
    overlays::open(model, Overlay::List(list))
}

/// A question with the workspace that it is about.
fn title(model: &Model, question: &Question) -> String {
    let workspace = model.browser.workspace().map_or("", |id| id.name());
    format!("{workspace}: {}", question.words(&model.principals))
}

/// Notes that more was learnt, so that what is on screen is worked out anew.
pub fn again(model: &mut Model) {
    inquiries(model).for_each(Inquiring::again);
}

/// How what lies over the screen and is worked out beside it is doing.
fn inquiries(model: &mut Model) -> impl Iterator<Item = &mut Inquiring> {
    model.overlays.iter_mut().filter_map(inquiring)
}

fn inquiring(overlay: &mut Overlay) -> Option<&mut Inquiring> {
    match overlay {
        Overlay::List(Listing { what: Listed::Answer { inquiring, .. }, .. }) => Some(inquiring),
        Overlay::Picker(picker) => picker.more.as_mut(),
        _ => None,
    }
}

/// Asks for what is to be worked out, once access is ready for questions.
pub fn advance(model: &mut Model) -> Vec<Effect> {
    let Some(assessment) = grid::assessment(model).map(Arc::clone) else { return Vec::new() };
    let mut effects = Vec::new();
    for at in 0..model.overlays.len() {
        let subject = match &model.overlays[at] {
            Overlay::List(Listing { what: Listed::Answer { question, inquiring, .. }, .. }) => {
                inquiring.is_due().then(|| Subject::Answer(question.clone()))
            }
            Overlay::Picker(picker) => {
                let is_due = picker.more.as_ref().is_some_and(Inquiring::is_due);
                is_due.then(|| Subject::People(picker.first().to_vec()))
            }
            _ => None,
        };
        let Some(subject) = subject else { continue };
        let inquiry = Arc::new(Inquiry::new(model, Arc::clone(&assessment), subject));
        model.generation += 1;
        let generation = model.generation;
        if let Some(own) = inquiring(&mut model.overlays[at]) {
            own.ask(generation);
        }
        effects.push(Effect::Inquire { generation, inquiry });
    }
    effects
}

/// Takes what was worked out. What nobody waits for any more is dropped: its layer was closed, or asks something else.
pub fn worked_out(model: &mut Model, generation: u64, outcome: Option<Outcome>) {
    let waits = |overlay: &mut Overlay| inquiring(overlay).is_some_and(|own| own.takes(generation));
    let Some(at) = model.overlays.iter_mut().position(waits) else { return };
    let Some(outcome) = outcome else { return data::tell_defect(model) };
    let said = match &model.overlays[at] {
        Overlay::List(Listing { what: Listed::Answer { question, .. }, .. }) => title(model, question),
        _ => String::new(),
    };
    match (&mut model.overlays[at], outcome) {
        (Overlay::List(list), Outcome::Answer(found)) => {
            let held = held(list);
            if let Listed::Answer { answered, words, .. } = &mut list.what {
                *words = said;
                *answered = Some(found);
            }
            lists::refilter_those(model, |what| matches!(what, Listed::Answer { .. }));
            if let Some(Overlay::List(list)) = model.overlays.get_mut(at) {
                stay(list, held.as_ref());
            }
        }
        (Overlay::Picker(picker), Outcome::People(stock)) => picker.supply(stock),
        _ => {}
    }
}

/// Who and what the row under the cursor of an answer is about; none at the top, where whoever has not moved stays.
fn held(list: &Listing) -> Option<(String, Asked)> {
    let Listed::Answer { answered: Some(answered), .. } = &list.what else { return None };
    let row = answered.rows.get(list.current().filter(|_| list.cursor.row > 0)?)?;
    Some((row.principal.clone(), row.asked.clone()))
}

/// Puts the cursor of an answer on the row that it was on before.
fn stay(list: &mut Listing, held: Option<&(String, Asked)>) {
    let Listed::Answer { answered: Some(answered), .. } = &list.what else { return };
    let is_held =
        |row: &AnswerRow| held.is_some_and(|(who, what)| row.principal == *who && row.asked == *what);
    let place = answered.rows.iter().position(is_held).and_then(|row| list.place_of(row));
    if let Some(place) = place {
        list.cursor.row = place;
    }
}

/// A row of the answer on top in full, with what would make a no a yes.
pub fn explain(model: &mut Model, row: usize) {
    let Some(Overlay::List(list)) = model.overlays.last() else { return };
    let Listed::Answer { answered: Some(answered), .. } = &list.what else { return };
    let assessment = model.page().and_then(|page| page.assessment.as_ref());
    let (Some(row), Some(assessment)) = (answered.rows.get(row), assessment) else { return };
    let names = Names::of(model, &assessment.targets);
    let why = why_not(&assessment.access, &assessment.targets, &row.asked, &row.principal);
    let (title, text) = question::explain(&why, &row.principal, &row.asked, assessment, names);
    let me = model.session.object_id.as_deref();
    let mut view = TextView::wrapped(title, &text, model.size.0);
    view.offers = offers(&why.remedies, &row.principal, assessment, &names, me);
    model.overlays.push(Overlay::Text(view));
}

/// Does what would make a row of the answer on top a yes.
pub fn help(model: &mut Model, row: usize) -> Vec<Effect> {
    let Some(Overlay::List(list)) = model.overlays.last() else { return Vec::new() };
    let Listed::Answer { answered: Some(answered), .. } = &list.what else { return Vec::new() };
    let assessment = model.page().and_then(|page| page.assessment.as_ref());
    let (Some(row), Some(assessment)) = (answered.rows.get(row), assessment) else { return Vec::new() };
    let why = why_not(&assessment.access, &assessment.targets, &row.asked, &row.principal);
    let names = Names::of(model, &assessment.targets);
    let me = model.session.object_id.as_deref();
    let offers = offers(&why.remedies, &row.principal, assessment, &names, me);
    if why.answer.verdict == Verdict::Allowed {
        model.notices.hint("it is a yes already");
        return Vec::new();
    }
    offer(model, offers)
}

/// Does what is offered about a no; of several things somebody chooses.
pub fn offer(model: &mut Model, offers: Vec<Item>) -> Vec<Effect> {
    match offers.as_slice() {
        [] => {
            model.notices.hint("there is no role to grant for this");
            Vec::new()
        }
        [Item { command: Command::Help(offer), .. }] => access_forms::take(model, offer),
        _ => overlays::open(model, Overlay::Picker(Picker::new("What would make it a yes", offers, false))),
    }
}

/// Whether somebody chooses a question or looks at an answer.
#[must_use]
pub fn is_asking(model: &Model) -> bool {
    model.overlays.iter().any(|overlay| match overlay {
        Overlay::List(list) => matches!(list.what, Listed::Answer { .. }),
        Overlay::Picker(picker) => picker.more.is_some(),
        Overlay::Help(_) | Overlay::Text(_) | Overlay::Form(_) | Overlay::Review(_) | Overlay::Run(_) => {
            false
        }
    })
}
