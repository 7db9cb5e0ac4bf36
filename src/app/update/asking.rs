//! Questions about access: choosing one, answering it, and answering it anew when more was read.

use super::screen::nothing_selected;
use std::collections::BTreeSet;

use super::overlays;
use crate::app::access::grid;
use crate::app::access::question::{self, Question};
use crate::app::access::words::Names;
use crate::app::access_rows;
use crate::app::effect::Effect;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::{Page, Pane};
use crate::app::picker::{Command, Item, Picker};
use crate::app::text_view::TextView;
use crate::domain::access::{Asked, CAPABILITIES, PrincipalName};

/// Lays the questions over the screen that can be asked about the selected workspace.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else {
        return nothing_selected(model);
    };
    let mut items: Vec<Item> = suggested(model).into_iter().collect();
    items.extend(CAPABILITIES.iter().map(|capability| {
        let place = capability.needs.first().map_or("", |need| need.on.words());
        who_can(model, Asked::Capability(capability), place)
    }));
    items.extend(people(model, page));
    let mut picker =
        Picker::new(format!("Ask about access to {}; or type an action", page.id.name()), items, true);
    picker.made = Some(made);
    picker.details = true;
    picker.hint = ": choose a person or a question first, by a part of the name; what somebody lacks is asked in the \
                   answer, a row of it says why not";
    overlays::open(model, Overlay::Picker(picker))
}

/// The question about what is under the cursor: a row of the access pane, or of another answer.
fn suggested(model: &Model) -> Option<Item> {
    if let Some(Overlay::List(list)) = model.overlays.last() {
        let Listed::Answer { question, answered, .. } = &list.what else { return None };
        let row = answered.as_ref()?.rows.get(list.current()?)?;
        return Some(match question {
            Question::WhoCan(_) => what_can(model, &row.principal),
            Question::WhatCan(_) => who_can(model, row.asked.clone(), ""),
        });
    }
    if let Some((_, row)) = grid::current(model) {
        return Some(what_can(model, &row.principal));
    }
    let row = access_rows::current(model).filter(|_| model.focus == Pane::Access)?;
    Some(what_can(model, &row.principal_id))
}

fn who_can(model: &Model, asked: Asked, place: &str) -> Item {
    let question = Question::WhoCan(asked);
    Item::new(question.words(&model.principals), place, Command::Ask(question))
}

fn what_can(model: &Model, principal: &str) -> Item {
    let question = Question::WhatCan(principal.to_ascii_lowercase());
    let detail = match model.principals.name(principal) {
        PrincipalName::Known(known) => {
            let address = known.address.unwrap_or_default();
            format!("{}  {address}", known.kind.word()).trim_end().to_owned()
        }
        _ => String::new(),
    };
    Item::new(question.words(&model.principals), detail, Command::Ask(question))
}

/// What each principal that was met on the page can do, by name.
fn people(model: &Model, page: &Page) -> Vec<Item> {
    let held = page.all_lists().flat_map(|(_, lists)| lists.holders()).map(str::to_ascii_lowercase);
    let mut met: BTreeSet<String> = held.collect();
    for group in page.groups() {
        let members = model.groups.members(group).into_iter().flat_map(|members| members.iter());
        met.extend(members.map(|member| member.id.clone()));
    }
    let mut items: Vec<Item> = met.iter().map(|id| what_can(model, id)).collect();
    items.sort_by_cached_key(|item| item.label.to_lowercase());
    items
}

/// Who can do what is typed, when that is an action.
fn made(typed: &str) -> Option<Item> {
    let asked = Asked::parse(typed).ok()?;
    let question = Question::WhoCan(asked);
    Some(Item::new(question.words(&Default::default()), "as typed", Command::Ask(question)))
}

/// Answers a question over the screen.
pub fn ask(model: &mut Model, question: Question) -> Vec<Effect> {
    // An answer takes the place of the one before.
    if let Some(Overlay::List(Listing { what: Listed::Answer { .. }, .. })) = model.overlays.last() {
        model.overlays.pop();
    }
    let words = title(model, &question);
    let list = Listing::new(Listed::Answer { question, words, answered: None });
    let effects = overlays::open(model, Overlay::List(list));
    answer_again(model);
    effects
}

/// A question with the workspace that it is about.
fn title(model: &Model, question: &Question) -> String {
    let workspace = model.browser.workspace().map_or("", |id| id.name());
    format!("{workspace}: {}", question.words(&model.principals))
}

/// Answers the questions on screen with what is known now. Gives whether there are any.
pub fn answer_again(model: &mut Model) -> bool {
    let mut any = false;
    for at in 0..model.overlays.len() {
        let Overlay::List(Listing { what: Listed::Answer { question, .. }, .. }) = &model.overlays[at] else {
            continue;
        };
        any = true;
        let answered = model
            .page()
            .and_then(|page| page.assessment.as_ref())
            .map(|assessment| Box::new(question.answer(assessment, Names::of(model, &assessment.targets))));
        let said = title(model, question);
        if let Overlay::List(Listing { what: Listed::Answer { answered: place, words, .. }, .. }) =
            &mut model.overlays[at]
        {
            *place = answered;
            *words = said;
        }
    }
    any
}

/// A row of the answer on top in full, with what would make a no a yes.
pub fn explain(model: &mut Model, row: usize) {
    let Some(Overlay::List(list)) = model.overlays.last() else { return };
    let Listed::Answer { answered: Some(answered), .. } = &list.what else { return };
    let assessment = model.page().and_then(|page| page.assessment.as_ref());
    let (Some(row), Some(assessment)) = (answered.rows.get(row), assessment) else { return };
    let (title, text) = question::full(row, assessment, Names::of(model, &assessment.targets));
    let view = TextView::wrapped(title, &text, model.size.0);
    model.overlays.push(Overlay::Text(view));
}

/// Whether somebody chooses a question or looks at an answer.
#[must_use]
pub fn is_asking(model: &Model) -> bool {
    model.overlays.iter().any(|overlay| match overlay {
        Overlay::List(list) => matches!(list.what, Listed::Answer { .. }),
        Overlay::Picker(picker) => picker.items.iter().any(|item| matches!(item.command, Command::Ask(_))),
        Overlay::Help(..) | Overlay::Text(_) | Overlay::Form(_) | Overlay::Review(_) | Overlay::Run(_) => {
            false
        }
    })
}
