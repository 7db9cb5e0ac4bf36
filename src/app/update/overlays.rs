//! Actions while something lies over the screen.

use super::{input, menus, screen};
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::export;
use crate::app::fetch::Fetch;
use crate::app::findings;
use crate::app::list::ListCursor;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::picker::Command;
use crate::app::text_view::{Search, TextView};
use crate::config::action::Action;
use crate::config::theme::Theme;
use crate::domain::fact::Tone;

/// Lays something over the screen.
pub fn open(model: &mut Model, overlay: Overlay) -> Vec<Effect> {
    let watch = matches!(overlay, Overlay::Requests(_));
    model.overlays.push(overlay);
    if watch { vec![Effect::WatchRequests(true)] } else { Vec::new() }
}

fn close(model: &mut Model) -> Vec<Effect> {
    match model.overlays.pop() {
        Some(Overlay::Requests(_)) => vec![Effect::WatchRequests(false)],
        _ => Vec::new(),
    }
}

pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let rows = rows(model);
    let Some(overlay) = model.overlays.last_mut() else { return Vec::new() };
    if overlay.cursor_mut().apply(action, rows) {
        return Vec::new();
    }
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
            if let Some(search) = &mut view.search {
                search.editing = false;
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
        (Overlay::Text(view), Action::Save) => {
            let name = format!("{}.txt", export::file_name(&view.title));
            vec![Effect::Save { name, contents: view.text() }]
        }
        (Overlay::Requests(cursor), Action::Open) => {
            let at = cursor.row;
            show_request(model, at);
            Vec::new()
        }
        (Overlay::Notices(cursor), Action::Open) => {
            let at = cursor.row.checked_sub(model.under_way.len());
            if let Some(notice) = at.and_then(|at| model.notices.newest_first().into_iter().nth(at)) {
                let detail = if notice.detail.is_empty() { &notice.text } else { &notice.detail };
                let view = TextView::wrapped("Notification", detail, model.size.0);
                model.overlays.push(Overlay::Text(view));
            }
            Vec::new()
        }
        (Overlay::Notices(cursor), Action::Cancel) => {
            let at = cursor.row;
            cancel(model, at)
        }
        (Overlay::Findings { cursor, estate, .. }, Action::Findings) => {
            *estate = !*estate;
            *cursor = ListCursor::default();
            survey_again(model);
            Vec::new()
        }
        (Overlay::Findings { cursor, survey, .. }, Action::Open) => {
            if let Some(finding) = survey.found.get(cursor.row) {
                let view = TextView::wrapped("Finding", &findings::full(finding), model.size.0);
                model.overlays.push(Overlay::Text(view));
            }
            Vec::new()
        }
        (_, Action::Back | Action::QuitOrBack)
        | (Overlay::Help(..), Action::Help)
        | (Overlay::Requests(_), Action::RequestLog)
        | (Overlay::Notices(_), Action::Notifications) => close(model),
        (_, Action::Palette) => {
            let palette = menus::palette(model);
            model.overlays.clear();
            model.overlays.push(Overlay::Picker(palette));
            vec![Effect::WatchRequests(false)]
        }
        (overlay, Action::Help) => {
            let context = overlay.context();
            model.overlays.push(Overlay::Help(context, ListCursor::default()));
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Looks for findings again where they are on screen, after something was read.
pub fn survey_again(model: &mut Model) {
    let shown = model.overlays.iter().position(|overlay| matches!(overlay, Overlay::Findings { .. }));
    let Some(at) = shown else { return };
    if let Overlay::Findings { estate, .. } = model.overlays[at] {
        let fresh = findings::survey(model, estate);
        if let Overlay::Findings { survey, .. } = &mut model.overlays[at] {
            *survey = fresh;
        }
    }
}

/// Calls off what is being read in one row of the notifications.
fn cancel(model: &mut Model, row: usize) -> Vec<Effect> {
    let Some(fetch) = model.fetching().get(row).map(|fetch| (*fetch).clone()) else {
        model.notices.hint("nothing runs under the cursor");
        return Vec::new();
    };
    model.under_way.remove(&fetch);
    match &fetch {
        Fetch::Page(id, part) => {
            if let Some(page) = model.page_mut(id) {
                page.cancel(part);
            }
        }
        Fetch::Inventory => model.inventory_status.loading = false,
        _ => {}
    }
    screen::tell(model, Tone::Plain, format!("called off: reading {}", fetch.words()));
    vec![Effect::Cancel(fetch)]
}

fn show_request(model: &mut Model, at: usize) {
    let entry = model.requests.iter().rev().nth(at);
    if let Some(entry) = entry {
        let text = crate::app::requests::full(entry, &model.zone);
        let view = TextView::wrapped("Request", &text, model.size.0);
        model.overlays.push(Overlay::Text(view));
    }
}

/// How many rows the topmost overlay has.
#[must_use]
pub fn rows(model: &Model) -> usize {
    match model.overlays.last() {
        None => 0,
        Some(Overlay::Picker(picker)) => picker.shown().len(),
        Some(Overlay::Text(view)) => view.lines.len(),
        Some(Overlay::Help(context, _)) => crate::ui::popups::help::length(&model.keymap, *context),
        Some(Overlay::Requests(_)) => model.requests.len(),
        Some(Overlay::Notices(_)) => model.under_way.len() + model.notices.len(),
        Some(Overlay::Findings { survey, .. }) => survey.found.len(),
    }
}

/// Does what was chosen; the list closes first.
pub fn choose(model: &mut Model, command: Command) -> Vec<Effect> {
    model.overlays.pop();
    match command {
        Command::Act(action) => input::act(model, action),
        Command::Goto(id) => super::open::go_to(model, &Node::Workspace(id)),
        Command::Copy(text) => screen::copy(model, text),
        Command::CopyPane(format) => {
            let text = export::pane(model, format);
            screen::copy(model, text)
        }
        Command::SavePane(format) => {
            let contents = export::pane(model, format);
            vec![Effect::Save { name: export::pane_file_name(model, format), contents }]
        }
        Command::Sort(column) => menus::sort_by(model, column),
        Command::Theme(name) => {
            match Theme::named(name) {
                Ok(theme) => model.theme = theme,
                Err(error) => screen::tell(model, Tone::Bad, error.to_string()),
            }
            Vec::new()
        }
        Command::Tenant(id) => super::tenant::switch(model, &id),
        Command::Show { title, text } => {
            model.overlays.push(Overlay::Text(TextView::new(title, &text)));
            Vec::new()
        }
    }
}
