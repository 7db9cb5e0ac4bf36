//! Actions while something lies over the screen.

use super::{
    access_forms, asking, forms, input, lists, matrix, menus, reviews, runs, screen, storage_access, timeline,
};
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::export;
use crate::app::listing::Listed;
use crate::app::model::Model;
use crate::app::overlay::{HelpView, Overlay};
use crate::app::page::Pane;
use crate::app::picker::Command;
use crate::app::runs::Known;
use crate::app::text_view::Search;
use crate::config::action::Action;
use crate::config::theme::Theme;
use crate::domain::fact::Tone;

/// Lays something over the screen.
pub fn open(model: &mut Model, overlay: Overlay) -> Vec<Effect> {
    let watch = matches!(&overlay, Overlay::List(list) if matches!(list.what, Listed::Requests));
    model.overlays.push(overlay);
    if watch { vec![Effect::WatchRequests(true)] } else { Vec::new() }
}

/// Takes the topmost layer away.
pub fn close(model: &mut Model) -> Vec<Effect> {
    if matches!(model.overlays.last(), Some(Overlay::Form(_))) {
        return forms::leave(model);
    }
    match model.overlays.pop() {
        Some(Overlay::List(list)) if matches!(list.what, Listed::Requests) => {
            vec![Effect::WatchRequests(false)]
        }
        Some(Overlay::List(list)) if matches!(list.what, Listed::Timeline(_)) => timeline::call_off(model),
        // Whoever came for a workspace that is not there and chose no other looks at the selected one.
        Some(Overlay::Picker(_)) if model.page().is_none() => super::open::open_selected(model),
        _ => Vec::new(),
    }
}

/// Carries an action out on the topmost overlay.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(effects) = forms::act(model, action) {
        return effects;
    }
    if let Some(effects) = reviews::act(model, action) {
        return effects;
    }
    let rows = rows(model);
    let Some(overlay) = model.overlays.last_mut() else { return Vec::new() };
    if overlay.cursor_mut().apply(action, rows) {
        if let Overlay::Run(view) = overlay {
            view.moved = true;
        }
        return Vec::new();
    }
    if let Some(effects) = runs::act(model, action) {
        return effects;
    }
    if let Some(effects) = lists::act(model, action) {
        return effects;
    }
    let Some(overlay) = model.overlays.last_mut() else { return Vec::new() };
    match (overlay, action) {
        (Overlay::Picker(picker), Action::Back) if !picker.typing && !picker.query.text().is_empty() => {
            picker.query.clear();
            picker.refilter();
            Vec::new()
        }
        (Overlay::Picker(picker), Action::Filter) => {
            picker.typing = true;
            Vec::new()
        }
        (Overlay::Picker(picker), Action::Open) => match picker.current().map(|item| item.command.clone()) {
            Some(command) => choose(model, command),
            None => Vec::new(),
        },
        (Overlay::Text(view), Action::Filter) => {
            view.search.get_or_insert_with(Search::default).editing = true;
            Vec::new()
        }
        (Overlay::Text(view), Action::Open) => {
            if let Some(search) = view.search.as_mut().filter(|search| search.editing) {
                search.editing = false;
            } else if let Some(next) = view.next.clone() {
                model.overlays.push(Overlay::Picker(*next));
            }
            Vec::new()
        }
        (Overlay::Text(view), Action::Back) if view.search.is_some() => {
            view.search = None;
            Vec::new()
        }
        (Overlay::Text(view), Action::Left | Action::Right) => {
            view.sideways(action == Action::Right);
            Vec::new()
        }
        (Overlay::Text(view), Action::NextMatch) => {
            view.next();
            Vec::new()
        }
        (Overlay::Text(view), Action::PreviousMatch) => {
            view.previous();
            Vec::new()
        }
        (Overlay::Text(view), Action::CopyId) => {
            let text = view.text();
            screen::copy(model, text)
        }
        (Overlay::Text(view), Action::Grant) => {
            let offers = view.offers.clone();
            asking::offer(model, offers)
        }
        (Overlay::Text(view), Action::Save) => {
            let name = format!("{}.txt", export::file_name(&view.title));
            vec![Effect::Save { name, contents: view.text() }]
        }
        (Overlay::Help(view), Action::Filter) => {
            view.filter.editing = true;
            Vec::new()
        }
        (Overlay::Help(view), Action::Open) => {
            view.filter.editing = false;
            Vec::new()
        }
        (Overlay::Help(view), Action::Back) if view.filter.editing || view.filter.is_active() => {
            *view = HelpView::default();
            Vec::new()
        }
        (_, Action::Back | Action::QuitOrBack) | (Overlay::Help(_), Action::Help) => close(model),
        (_, Action::Palette) => {
            let palette = menus::palette(model);
            model.overlays.clear();
            model.overlays.push(Overlay::Picker(palette));
            vec![Effect::WatchRequests(false)]
        }
        (_, Action::Help) => {
            model.overlays.push(Overlay::Help(HelpView::default()));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// The screen has another size: the texts over it are wrapped for that.
pub fn wrap_anew(model: &mut Model) {
    let columns = model.size.0;
    // Its tables are as wide as the screen is.
    let assessed = storage_access::written(model);
    for overlay in &mut model.overlays {
        match overlay {
            Overlay::Text(view) if view.next.is_some() => view.fit(assessed.as_deref(), columns),
            Overlay::Text(view) => view.fit(None, columns),
            Overlay::Review(review) => review.text.fit(None, columns),
            _ => {}
        }
    }
}

/// How many rows the topmost overlay has.
#[must_use]
pub fn rows(model: &Model) -> usize {
    match model.overlays.last() {
        None => 0,
        Some(Overlay::Picker(picker)) => picker.shown().len(),
        Some(Overlay::Text(view)) => view.lines.len(),
        Some(Overlay::Help(view)) => crate::ui::popups::help::length(model, view, model.size.0),
        Some(Overlay::List(list)) => list.len(model),
        Some(Overlay::Form(form)) => form.rows(),
        Some(Overlay::Review(review)) => review.rows(),
        Some(Overlay::Run(view)) => {
            view.run.as_ref().and_then(|run| model.runs.get(run)).map_or(0, Known::rows)
        }
    }
}

/// Does what was chosen; the list closes first.
pub fn choose(model: &mut Model, command: Command) -> Vec<Effect> {
    model.overlays.pop();
    match command {
        Command::Act(action) => input::act(model, action),
        Command::Goto(id) => {
            if !model.zoomed {
                model.focus = Pane::Browser;
            }
            super::open::go_to(model, &Node::Workspace(id))
        }
        Command::Copy(text) => screen::copy(model, text),
        Command::CopyPane(format) => {
            let taken = lists::taken(model).map_or_else(|| export::pane(model, format), |(_, taken)| taken);
            vec![Effect::Export { taken: Box::new(taken), format, name: None }]
        }
        Command::SavePane(format) => {
            let (name, taken) = match lists::taken(model) {
                Some((title, taken)) => (export::list_file_name(model, &title, format), taken),
                None => (export::pane_file_name(model, format), export::pane(model, format)),
            };
            vec![Effect::Export { taken: Box::new(taken), format, name: Some(name) }]
        }
        Command::SortMatrix(by) => matrix::sort_by(model, by),
        Command::Ask(question) => asking::ask(model, question),
        Command::Help(offer) => access_forms::take(model, &offer),
        Command::Sort(column) => menus::sort_by(model, column),
        Command::Theme(name) => {
            match Theme::named(name) {
                Ok(theme) => model.theme = theme,
                Err(error) => screen::tell(model, Tone::Bad, error.to_string()),
            }
            Vec::new()
        }
        Command::Switch(switch) => storage_access::choose(model, &switch),
        Command::Compare(before) => super::snapshot::compare(model, before),
        Command::Tenant(id) => super::tenant::switch(model, &id),
        Command::Stay => Vec::new(),
        Command::RunPlan => reviews::run(model),
        Command::AskRights => reviews::ask_rights(model),
        Command::LeavePlan => close(model),
        Command::Form(answer) => forms::answer(model, answer),
        Command::TakePlan(text) => forms::take_plan(model, text),
        Command::ReplaceByPlan(text) => forms::replace_by_plan(model, &text),
        Command::Run(run, command) => runs::choose(model, run, command),
    }
}
