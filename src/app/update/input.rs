//! Keys, pastes and the mouse: from what was pressed to an action, through the key map.

use jiff::SignedDuration;

use super::{cursors, forms, overlays, runs, screen};
use crate::app::effect::{Effect, Host};
use crate::app::field::Field;
use crate::app::hit::{ListId, Target};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::reach::reach;
use crate::config::action::Action;
use crate::config::input::Input;
use crate::config::key::Key;
use crate::config::keymap::{Context, Lookup};

/// Two clicks on the same cell within this are a double click.
const DOUBLE_CLICK: SignedDuration = SignedDuration::from_millis(400);

/// What the terminal reports: a key, a paste, the mouse, another size.
pub fn handle(model: &mut Model, input: Input) -> Vec<Effect> {
    model.touched |= !matches!(input, Input::Resize { .. });
    match input {
        Input::Key(key) => press(model, key),
        Input::Paste(text) => paste(model, &text),
        Input::Resize { width, height } => {
            model.size = (width, height);
            overlays::wrap_anew(model);
            Vec::new()
        }
        Input::Click { column, row } => click(model, column, row),
        Input::Scroll { column, row, by } => match model.hits.at(column, row) {
            Some(Target::List(list) | Target::Row(list, _)) => scroll(model, list, by),
            _ => Vec::new(),
        },
    }
}

fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    model.notices.dismiss();
    let asked = std::mem::take(&mut model.quitting);
    let context = model.context();
    if let Some(Overlay::Picker(picker)) = model.overlays.last()
        && model.pending.is_empty()
        && let Some(item) = picker.by_key(key)
    {
        let command = item.command.clone();
        return overlays::choose(model, command);
    }
    if model.pending.is_empty()
        && let Some(effects) = runs::press(model, key)
    {
        return effects;
    }
    model.pending.push(key);
    match model.keymap.lookup(context, &model.pending) {
        Lookup::Found(action) if !reach(model, model.overlays.last()).takes(action) => {
            model.pending.clear();
            let name = model.keymap.name(key);
            does_nothing(model, &name)
        }
        Lookup::Found(action) => {
            model.pending.clear();
            // Only the very next key is the answer to "end all the same?".
            model.quitting = asked && matches!(action, Action::Quit | Action::QuitOrBack);
            act(model, action)
        }
        Lookup::Pending => Vec::new(),
        Lookup::Nothing => {
            let begun = model.pending.len() > 1;
            model.pending.clear();
            if begun {
                // A sequence that came to nothing: its last key counts for itself.
                return press(model, key);
            }
            if context == Context::Form {
                return forms::press(model, key);
            }
            if context == Context::Typing {
                return edit(model, |field| field.press(key));
            }
            let name = model.keymap.name(key);
            does_nothing(model, &name)
        }
    }
}

/// Says that something means nothing to what lies on top: a key, or an action by its short name.
pub fn does_nothing(model: &mut Model, what: &str) -> Vec<Effect> {
    let help = model.keymap.shown(model.context(), Action::Help);
    let more = help.map_or_else(String::new, |help| format!("; {help} shows the keys"));
    model.notices.hint(format!("{what} does nothing here{more}"));
    Vec::new()
}

/// Does an action, wherever it came from.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Quit => {
            model.ended = runs::may_quit(model);
            if !model.ended {
                return Vec::new();
            }
            let mut effects = forms::keep_now(model);
            effects.push(Effect::Host(Host::Quit));
            effects
        }
        Action::Suspend => vec![Effect::Host(Host::Suspend)],
        Action::Redraw => vec![Effect::Host(Host::Redraw)],
        _ if !model.overlays.is_empty() => overlays::act(model, action),
        _ if model.is_filtering() => screen::act_while_filtering(model, action),
        _ => screen::act(model, action),
    }
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    match model.context() {
        Context::Typing => {}
        Context::Form => return forms::paste(model, text),
        _ => return Vec::new(),
    }
    edit(model, |field| {
        field.paste(text);
        true
    })
}

/// Edits the field that has the keys, and applies it.
fn edit(model: &mut Model, change: impl FnOnce(&mut Field) -> bool) -> Vec<Effect> {
    match model.overlays.last_mut() {
        Some(Overlay::Picker(picker)) => {
            if change(&mut picker.query) {
                picker.refilter();
                return super::asking::search(model);
            }
            Vec::new()
        }
        Some(Overlay::Text(view)) => {
            if let Some(search) = &mut view.search
                && change(&mut search.field)
            {
                view.find();
            }
            Vec::new()
        }
        Some(Overlay::Review(_)) => {
            super::reviews::edit(model, change);
            Vec::new()
        }
        Some(Overlay::List(_)) => {
            super::lists::edit(model, change);
            Vec::new()
        }
        Some(Overlay::Help(view)) => {
            if change(&mut view.filter.field) {
                view.cursor.row = 0;
            }
            Vec::new()
        }
        Some(_) => Vec::new(),
        None => {
            let changed = cursors::filter_mut(model).is_some_and(|filter| change(&mut filter.field));
            if changed { screen::refilter(model) } else { Vec::new() }
        }
    }
}

fn click(model: &mut Model, column: u16, row: u16) -> Vec<Effect> {
    model.notices.dismiss();
    let now = model.now;
    let double = model
        .last_click
        .is_some_and(|(x, y, at)| (x, y) == (column, row) && now.duration_since(at) < DOUBLE_CLICK);
    model.last_click = Some((column, row, now));
    let Some(target) = model.hits.at(column, row) else {
        // Beside an overlay is out of it.
        return overlays::close(model);
    };
    match target {
        Target::Action(action) => act(model, action),
        Target::Field(_) | Target::Step(_) => forms::click(model, target),
        Target::Row(ListId::Overlay, row) if matches!(model.overlays.last(), Some(Overlay::Form(_))) => {
            forms::click_choice(model, row, double)
        }
        Target::List(list) => {
            focus(model, list);
            Vec::new()
        }
        Target::Row(list, row) => {
            focus(model, list);
            let mut effects = select(model, list, row);
            if double {
                effects.extend(act(model, Action::Open));
            }
            effects
        }
    }
}

fn focus(model: &mut Model, list: ListId) {
    let pane = match list {
        ListId::Browser => Pane::Browser,
        ListId::Overview => Pane::Overview,
        ListId::Dependents => Pane::Dependents,
        ListId::Network => Pane::Network,
        ListId::Access => Pane::Access,
        ListId::Overlay => return,
    };
    model.focus = pane;
}

fn select(model: &mut Model, list: ListId, row: usize) -> Vec<Effect> {
    if list == ListId::Browser {
        let Model { browser, inventory, .. } = model;
        return if browser.select_row(inventory, row) {
            super::open::selection_changed(model)
        } else {
            Vec::new()
        };
    }
    if let Some(cursor) = cursors::cursor_mut(model, list) {
        cursor.row = row;
    }
    Vec::new()
}

fn scroll(model: &mut Model, list: ListId, by: i16) -> Vec<Effect> {
    if list == ListId::Browser {
        let Model { browser, inventory, .. } = model;
        return if browser.scroll(inventory, by) {
            super::open::selection_changed(model)
        } else {
            Vec::new()
        };
    }
    let rows = cursors::rows_of(model, list);
    if let Some(cursor) = cursors::cursor_mut(model, list) {
        cursor.scroll(by, rows);
    }
    Vec::new()
}
