//! Actions while something lies over the screen.

use super::{
    access_forms, asking, forms, input, lists, matrix, menus, reviews, runs, storage_access, subject,
    timeline,
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

/// Does what an action means to one kind of layer on top; none when another kind is on top, or it means nothing there.
type Act = fn(&mut Model, Action) -> Option<Vec<Effect>>;

/// In this order. A form moves by itself where others move their cursor.
const LAYERS: [Act; 8] =
    [forms::act, reviews::act, move_cursor, runs::act, lists::act, act_on_picker, act_on_text, act_on_help];

/// Carries an action out on the topmost overlay.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let done = LAYERS.iter().find_map(|layer| layer(model, action));
    done.unwrap_or_else(|| match action {
        Action::Back | Action::QuitOrBack => close(model),
        Action::Palette => {
            let palette = menus::palette(model);
            model.overlays.clear();
            model.overlays.push(Overlay::Picker(palette));
            vec![Effect::WatchRequests(false)]
        }
        Action::Notifications => {
            // Opened before, it lies below and is gone back to.
            let is_notices =
                |one: &Overlay| matches!(one, Overlay::List(list) if matches!(list.what, Listed::Notices));
            match model.overlays.iter().position(is_notices) {
                Some(at) => {
                    model.overlays.truncate(at + 1);
                    vec![Effect::WatchRequests(false)]
                }
                None => super::screen::list(model, Listed::Notices),
            }
        }
        Action::Help => open(model, Overlay::Help(HelpView::default())),
        _ => Vec::new(),
    })
}

fn move_cursor(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let rows = rows(model);
    let overlay = model.overlays.last_mut()?;
    let moved = match overlay {
        Overlay::Help(view) => view.cursor.apply_unseen(action, rows),
        _ => overlay.cursor_mut().apply(action, rows),
    };
    if !moved {
        return None;
    }
    if let Overlay::Run(view) = overlay {
        view.moved = true;
    }
    Some(Vec::new())
}

fn act_on_picker(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Picker(picker)) = model.overlays.last_mut() else { return None };
    match action {
        Action::Back if !picker.typing && !picker.query.text().is_empty() => {
            picker.query.clear();
            picker.refilter();
        }
        Action::Filter => picker.typing = true,
        Action::Open => {
            let command = picker.current().map(|item| item.command.clone());
            return Some(command.map_or_else(Vec::new, |command| choose(model, command)));
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn act_on_text(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Text(view)) = model.overlays.last_mut() else { return None };
    match action {
        Action::Filter => view.search.get_or_insert_with(Search::default).editing = true,
        Action::Open => {
            if let Some(search) = view.search.as_mut().filter(|search| search.editing) {
                search.editing = false;
            } else if let Some(next) = view.next.clone() {
                return Some(open(model, Overlay::Picker(*next)));
            }
        }
        Action::Back if view.search.is_some() => view.search = None,
        Action::Left | Action::Right => view.sideways(action == Action::Right),
        Action::NextMatch => view.next(),
        Action::PreviousMatch => view.previous(),
        Action::CopyId => {
            let text = view.text();
            return Some(subject::copy(model, text));
        }
        Action::Grant => {
            let offers = view.offers.clone();
            return Some(asking::offer(model, offers));
        }
        Action::Save => {
            let name = format!("{}.txt", export::file_name(&view.title));
            return Some(vec![Effect::Save { name, contents: view.text() }]);
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn act_on_help(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Some(Overlay::Help(view)) = model.overlays.last_mut() else { return None };
    match action {
        Action::Filter => view.filter.editing = true,
        Action::Open => view.filter.editing = false,
        Action::Back if view.filter.editing || view.filter.is_active() => *view = HelpView::default(),
        Action::Help => return Some(close(model)),
        _ => return None,
    }
    Some(Vec::new())
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
        Command::Copy(text) => subject::copy(model, text),
        Command::CopyPane(format) => {
            let taken = lists::taken(model).map_or_else(|| export::pane(model), |(_, taken)| taken);
            vec![Effect::Export { taken: Box::new(taken), format, name: None }]
        }
        Command::SavePane(format) => {
            let (name, taken) = match lists::taken(model) {
                Some((title, taken)) => (export::list_file_name(model, &title, format), taken),
                None => (export::pane_file_name(model, format), export::pane(model)),
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
                Err(error) => model.tell(Tone::Bad, error.to_string(), ""),
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
