//! Actions on the workspace screen: moving, panes, zoom, filter, refresh, links.

use super::open::{ask, ask_who, selection_changed};
use super::{
    access_forms, asking, data, edit, gather, matrix, menus, overlays, setup, snapshot, storage_access,
    timeline,
};
use crate::app::access::grid;
use crate::app::access_rows;
use crate::app::browser::{FilterField, Node};
use crate::app::content;
use crate::app::effect::{Effect, Host};
use crate::app::fetch::{Fetch, Part};
use crate::app::findings::{self, Placed};
use crate::app::hit::ListId;
use crate::app::list::ListCursor;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::{HelpView, Overlay};
use crate::app::page::Pane;
use crate::app::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::fact::{Tone, count};

/// Carries an action out on the screen of workspaces.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match matrix::act(model, action) {
        Some(effects) => effects,
        None => act_on_pane(model, action),
    }
}

fn act_on_pane(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::NextPane => step_pane(model, 1),
        Action::PreviousPane => step_pane(model, Pane::ALL.len() - 1),
        Action::Pane1 => focus(model, Pane::Browser),
        Action::PaneOverview => focus(model, Pane::Overview),
        Action::Pane2 => focus(model, Pane::Dependents),
        Action::Pane3 => focus(model, Pane::Network),
        Action::Pane4 => focus(model, Pane::Access),
        Action::Zoom => {
            model.zoomed = !model.zoomed;
            Vec::new()
        }
        Action::Open => open(model),
        Action::Back => back(model),
        Action::QuitOrBack => {
            if model.zoomed || model.focus != Pane::Browser {
                back(model)
            } else {
                super::input::act(model, Action::Quit)
            }
        }
        Action::Filter if model.focus == Pane::Browser => {
            model.browser.begin_filter();
            Vec::new()
        }
        Action::Filter => {
            let row = model.pane_cursor(model.focus).row;
            let key = model.key(Action::Zoom);
            match filter_mut(model) {
                Some(filter) => filter.begin(row),
                None => model.notices.hint(format!("this pane has no filter; {key} shows all of it")),
            }
            Vec::new()
        }
        Action::ToggleTable => {
            model.browser.table = !model.browser.table;
            model.focus = Pane::Browser;
            model.browser.rebuild(&model.inventory);
            selection_changed(model)
        }
        Action::JumpBack | Action::JumpForward => {
            let Model { browser, inventory, .. } = model;
            if browser.jump(inventory, action == Action::JumpBack) {
                selection_changed(model)
            } else {
                Vec::new()
            }
        }
        Action::Refresh => refresh(model),
        Action::RefreshAll => refresh_all(model),
        Action::OpenPortal => match subject(model) {
            Some(id) => vec![Effect::OpenLink(model.session.portal_link(&id))],
            None => nothing_selected(model),
        },
        Action::OpenStudio => match model.browser.workspace() {
            Some(id) => vec![Effect::OpenLink(model.session.studio_link(id))],
            None => nothing_selected(model),
        },
        Action::CopyId => match matrix::copy_id(model) {
            Some(effects) => effects,
            None => match subject(model) {
                Some(id) => copy(model, id.as_str().to_owned()),
                None => nothing_selected(model),
            },
        },
        Action::GroupBy => {
            let key = model.key(Action::ToggleMatrix);
            model.notices.hint(format!("the access matrix is grouped: {key} shows it"));
            Vec::new()
        }
        Action::Json => json(model),
        Action::Save => {
            model.overlays.push(Overlay::Picker(menus::save()));
            Vec::new()
        }
        Action::Grant | Action::CopyAccess | Action::Persona | Action::Activate => {
            access_forms::open(model, action)
        }
        Action::Edit => edit::open(model),
        Action::Revoke => access_forms::revoke(model),
        Action::Create => setup::open(model),
        Action::Palette => push(model, menus::palette),
        Action::Actions => push(model, menus::actions),
        Action::CopyMenu => push(model, menus::copy),
        Action::Sort => push(model, menus::sort),
        Action::Themes => push(model, |_| menus::themes()),
        Action::Tenants => push(model, menus::tenants),
        Action::Findings => {
            let survey = findings::survey(model, false);
            list(model, Listed::Findings { estate: false, survey })
        }
        Action::Timeline => timeline::open(model),
        Action::Mark => mark(model),
        Action::StorageAccess => storage_access::open(model),
        Action::Snapshot => snapshot::keep(model),
        Action::Compare => snapshot::choose(model),
        Action::Ask => asking::open(model),
        Action::Notifications => list(model, Listed::Notices),
        Action::Changes => list(model, Listed::Runs),
        Action::RequestLog => list(model, Listed::Requests),
        Action::Help => overlays::open(model, Overlay::Help(HelpView::default())),
        Action::Up
        | Action::Down
        | Action::Left
        | Action::Right
        | Action::First
        | Action::Last
        | Action::HalfPageUp
        | Action::HalfPageDown
        | Action::PageUp
        | Action::PageDown
        | Action::ExpandAll
        | Action::CollapseAll => movement(model, action),
        // What the matrix does comes before this, what ends or redraws the console before that; the others
        // are about a text, a form, a plan or a list over the screen.
        Action::ToggleMatrix
        | Action::Quit
        | Action::Suspend
        | Action::Redraw
        | Action::NextMatch
        | Action::PreviousMatch
        | Action::NextField
        | Action::PreviousField
        | Action::NextStep
        | Action::PreviousStep
        | Action::Review
        | Action::Consequence
        | Action::ToggleStep
        | Action::TakeFile
        | Action::BreakLine
        | Action::Cancel => Vec::new(),
    }
}

fn list(model: &mut Model, what: Listed) -> Vec<Effect> {
    overlays::open(model, Overlay::List(Listing::new(what)))
}

fn push(model: &mut Model, menu: impl FnOnce(&Model) -> crate::app::picker::Picker) -> Vec<Effect> {
    let picker = menu(model);
    model.overlays.push(Overlay::Picker(picker));
    Vec::new()
}

fn movement(model: &mut Model, action: Action) -> Vec<Effect> {
    if model.focus == Pane::Browser {
        if action == Action::Right && model.browser.is_leaf() {
            return focus(model, Pane::Dependents);
        }
        let Model { browser, inventory, .. } = model;
        return if browser.apply(inventory, action) { selection_changed(model) } else { Vec::new() };
    }
    match (model.focus, action) {
        (Pane::Network, Action::Left) => return focus(model, Pane::Dependents),
        (Pane::Dependents, Action::Right) => return focus(model, Pane::Network),
        (_, Action::Left) => return focus(model, Pane::Browser),
        _ => {}
    }
    let list = list_of(model.focus);
    let rows = rows_of(model, list);
    if let Some(cursor) = cursor_mut(model, list) {
        cursor.apply(action, rows);
    }
    Vec::new()
}

/// While the filter of a pane is typed.
pub fn act_while_filtering(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Open => {
            if let Some(filter) = filter_mut(model) {
                filter.editing = false;
            }
            Vec::new()
        }
        Action::Back => clear_filter(model),
        _ => movement(model, action),
    }
}

fn clear_filter(model: &mut Model) -> Vec<Effect> {
    if model.focus == Pane::Browser {
        let Model { browser, inventory, .. } = model;
        return if browser.clear_filter(inventory) { selection_changed(model) } else { Vec::new() };
    }
    let nothing = rows_of(model, list_of(model.focus)) == 0;
    let before = filter_mut(model).and_then(|filter| filter.clear(nothing));
    let effects = refilter(model);
    let last = rows_of(model, list_of(model.focus)).saturating_sub(1);
    if let (Some(row), Some(cursor)) = (before, cursor_mut(model, list_of(model.focus))) {
        cursor.row = row.min(last);
    }
    effects
}

/// Applies the filter of the focused pane anew.
pub fn refilter(model: &mut Model) -> Vec<Effect> {
    if model.focus == Pane::Browser {
        let before = model.browser.selected().cloned();
        model.browser.rebuild(&model.inventory);
        return if model.browser.selected() == before.as_ref() {
            Vec::new()
        } else {
            selection_changed(model)
        };
    }
    show_access(model, true);
    Vec::new()
}

/// Works out anew which rows of the access table are shown, and in which order.
pub fn refilter_access(model: &mut Model) {
    show_access(model, false);
}

/// Works out which rows of the access table pass its filter; with `same_rows` only the filter changed since
/// the last time.
fn show_access(model: &mut Model, same_rows: bool) {
    let (by, descending) = model.access_sort;
    let mut state = model.panes.remove(&Pane::Access).unwrap_or_default();
    let text = state.filter.field.text().to_owned();
    let before = same_rows.then_some((state.passed.as_str(), state.shown.as_slice()));
    let selected = model.browser.workspace().cloned();
    let shown = match selected.and_then(|id| model.page_mut(&id)) {
        Some(page) => {
            page.access.sort(by, descending);
            access_rows::passing(page, &text, before)
        }
        None => Vec::new(),
    };
    state.shown = shown;
    state.passed = text;
    let rows = state.shown.len();
    model.panes.insert(Pane::Access, state);
    if grid::is_shown(model) {
        matrix::relist(model);
        if same_rows {
            matrix::select_hit(model);
        }
    } else if let Some(state) = model.panes.get_mut(&Pane::Access) {
        state.cursor.row = state.cursor.row.min(rows.saturating_sub(1));
    }
}

fn step_pane(model: &mut Model, by: usize) -> Vec<Effect> {
    let at = Pane::ALL.iter().position(|pane| *pane == model.focus).unwrap_or(0);
    focus(model, Pane::ALL[(at + by) % Pane::ALL.len()])
}

fn focus(model: &mut Model, pane: Pane) -> Vec<Effect> {
    model.focus = pane;
    Vec::new()
}

fn open(model: &mut Model) -> Vec<Effect> {
    if model.focus == Pane::Browser {
        let Model { browser, inventory, .. } = model;
        if browser.toggle_branch(inventory) {
            if browser.is_empty_group() {
                model.notices.hint("there is no workspace in this group");
            }
            return Vec::new();
        }
        if browser.workspace().is_some() {
            model.focus = Pane::Overview;
            model.zoomed = true;
        }
        return Vec::new();
    }
    if !content::is_full(model, model.focus) {
        model.zoomed = true;
        return Vec::new();
    }
    // In a zoomed pane the row itself is opened: the whole of what is known about it.
    match model.focus {
        Pane::Access => {
            if let Some((title, text)) = access_rows::explain(model) {
                model.overlays.push(Overlay::Text(TextView::wrapped(title, &text, model.size.0)));
            }
            Vec::new()
        }
        _ => {
            if let Some(placed) = finding(model) {
                let view = TextView::wrapped("Finding", &findings::full(&placed), model.size.0);
                model.overlays.push(Overlay::Text(view));
            } else {
                model.overlays.push(Overlay::Picker(menus::of_row(model)));
            }
            Vec::new()
        }
    }
}

/// The finding that the row under the cursor of the overview tells.
#[must_use]
pub fn finding(model: &Model) -> Option<Placed> {
    let page =
        model.page().filter(|_| model.focus == Pane::Overview && content::is_full(model, Pane::Overview))?;
    let lines = content::lines(model, page, Pane::Overview, true);
    let id = lines.get(model.pane_cursor(Pane::Overview).row)?.finding?;
    let finding = page.report.findings.iter().find(|finding| finding.id == id)?.clone();
    Some(Placed { workspace: page.id.name().to_owned(), finding })
}

/// Marks the selected workspace, or takes its mark away, and goes to the next row, so that several are marked quickly.
fn mark(model: &mut Model) -> Vec<Effect> {
    let selected = model.browser.workspace().cloned();
    let Some(id) = selected.filter(|_| model.focus == Pane::Browser) else {
        model.notices.hint("only workspaces are marked, in their list: move onto one");
        return Vec::new();
    };
    model.browser.marks.toggle(&id);
    let Model { browser, inventory, .. } = model;
    if browser.apply(inventory, Action::Down) { selection_changed(model) } else { Vec::new() }
}

fn back(model: &mut Model) -> Vec<Effect> {
    if filter_mut(model).is_some_and(|filter| filter.is_active()) {
        return clear_filter(model);
    }
    if !model.zoomed && model.focus == Pane::Browser {
        let taken = model.browser.marks.clear();
        if taken > 0 {
            model.notices.hint(format!("{} taken away", count(taken, "mark", "marks")));
            return Vec::new();
        }
    }
    if model.zoomed {
        model.zoomed = false;
        if model.focus == Pane::Overview {
            model.focus = Pane::Browser;
        }
    } else {
        model.focus = Pane::Browser;
    }
    Vec::new()
}

/// Fetches the focused pane again.
fn refresh(model: &mut Model) -> Vec<Effect> {
    if model.focus == Pane::Browser {
        model.inventory_status.loading = true;
        let mut effects = ask_who(model);
        effects.push(ask(model, Fetch::Inventory));
        return effects;
    }
    let Some(page) = model.page() else { return Vec::new() };
    let (id, parts) = (page.id.clone(), page.refresh(model.focus));
    let mut effects: Vec<Effect> =
        parts.into_iter().map(|part| ask(model, Fetch::Page(id.clone(), part))).collect();
    if model.focus == Pane::Access {
        effects.extend(data::ask_names_again(model));
        effects.extend(gather::refresh(model));
    }
    effects
}

/// Fetches everything again: the inventory, and the page on screen; other
/// pages keep what they have until they are looked at.
pub fn refresh_all(model: &mut Model) -> Vec<Effect> {
    model.inventory_status.loading = true;
    model.roles_asked.clear();
    model.roles_refused.clear();
    let mut effects = ask_who(model);
    effects.push(ask(model, Fetch::Inventory));
    let selected = model.browser.workspace().cloned();
    for page in model.pages.iter_mut().filter(|page| Some(&page.id) != selected.as_ref()) {
        page.outdated = true;
    }
    if let Some(page) = model.page() {
        let (id, mut parts) = (page.id.clone(), page.first_round());
        parts.extend(page.refresh(Pane::Access).into_iter().filter(|part| matches!(part, Part::Beside(..))));
        effects.extend(parts.into_iter().map(|part| ask(model, Fetch::Page(id.clone(), part))));
    }
    effects.extend(data::ask_names_again(model));
    effects.extend(gather::refresh(model));
    effects
}

/// The resource that links, ids and JSON are about: the row under the cursor where it stands for one,
/// else what is selected in the list.
#[must_use]
pub fn subject(model: &Model) -> Option<ArmId> {
    if matches!(model.focus, Pane::Dependents | Pane::Network)
        && let Some(page) = model.page()
    {
        let row = model.pane_cursor(model.focus).row;
        let lines = content::lines(model, page, model.focus, content::is_full(model, model.focus));
        if let Some(id) = lines.get(row).and_then(|line| line.resource.clone()) {
            return Some(id);
        }
    }
    if model.focus == Pane::Access
        && let Some(row) = access_rows::current(model)
    {
        return Some(row.assignment.clone());
    }
    match model.browser.selected()? {
        Node::Workspace(id) | Node::Group(id) => Some(id.clone()),
        Node::Subscription(id) => Some(ArmId::subscription(id)),
    }
}

/// The resource under the cursor as ARM returned it.
fn json(model: &mut Model) -> Vec<Effect> {
    let Some(id) = subject(model) else { return nothing_selected(model) };
    let Some(page) = model.page() else {
        model.notices.hint("JSON is kept for opened workspaces and their resources; select one");
        return Vec::new();
    };
    if model.focus == Pane::Access && access_rows::current(model).is_some() {
        // Thousands of assignments are kept as what they say; one that is looked at is read again.
        model.notices.hint("reading it");
        return vec![ask(model, Fetch::Json(id))];
    }
    let raw = if id == page.id { page.raw.clone() } else { page.raw_dependents.get(&id).cloned() };
    let absence = page.opened.dependent(&id).absence();
    match raw {
        Some(raw) => show_json(model, &id, &raw),
        None => {
            let why = absence.unwrap_or_else(|| "not read yet".to_owned());
            model.notices.hint(format!("there is no JSON of {}: {why}", id.name()));
        }
    }
    Vec::new()
}

/// Lays a resource over the screen as ARM returned it.
pub fn show_json(model: &mut Model, id: &ArmId, raw: &serde_json::Value) {
    model.notices.dismiss();
    let named = raw["name"].as_str().unwrap_or(id.name());
    let title = match access_rows::current(model) {
        Some(row) if row.assignment == *id => format!("{}: {}", row.label(), row.role.label()),
        _ => named.to_owned(),
    };
    // A value that came as JSON can be written as JSON.
    let text = serde_json::to_string_pretty(raw).unwrap_or_default();
    model.overlays.push(Overlay::Text(TextView::new(format!("{title}  JSON"), &text, model.size.0)));
}

/// Says that the key is about a workspace, and how to come to one.
pub fn nothing_selected(model: &mut Model) -> Vec<Effect> {
    let words = if model.inventory.workspaces().is_empty() {
        "that needs a workspace, and there is none here yet".to_owned()
    } else {
        let [down, up, find] = [Action::Down, Action::Up, Action::Filter]
            .map(|action| model.keymap.key(Context::Workspace, action));
        format!("that is about a workspace: move onto one with {down} and {up}, or find one with {find}")
    };
    model.notices.hint(words);
    Vec::new()
}

/// Puts a text on the clipboard and shows it, because some terminals drop it in silence.
pub fn copy(model: &mut Model, text: String) -> Vec<Effect> {
    let first = text.lines().next().unwrap_or_default();
    let more = text.lines().count().saturating_sub(1);
    let line = if more == 0 {
        format!("sent to the clipboard: {first}")
    } else {
        format!("sent to the clipboard: {} lines", more + 1)
    };
    tell_with(model, Tone::Good, line, text.clone());
    vec![Effect::Host(Host::Copy(text))]
}

/// Tells a line.
pub fn tell(model: &mut Model, tone: Tone, text: impl Into<String>) {
    tell_with(model, tone, text, "");
}

fn tell_with(model: &mut Model, tone: Tone, text: impl Into<String>, detail: impl Into<String>) {
    let now = model.now;
    model.notices.tell(now, tone, text, detail);
}

/// The filter of the focused pane, where it has one.
pub fn filter_mut(model: &mut Model) -> Option<&mut FilterField> {
    match model.focus {
        Pane::Browser => Some(&mut model.browser.filter),
        Pane::Access => Some(&mut model.panes.entry(Pane::Access).or_default().filter),
        _ => None,
    }
}

/// The list of a pane.
#[must_use]
pub fn list_of(pane: Pane) -> ListId {
    match pane {
        Pane::Browser => ListId::Browser,
        Pane::Overview => ListId::Overview,
        Pane::Dependents => ListId::Dependents,
        Pane::Network => ListId::Network,
        Pane::Access => ListId::Access,
    }
}

/// The cursor of a list.
pub fn cursor_mut(model: &mut Model, list: ListId) -> Option<&mut ListCursor> {
    let pane = match list {
        ListId::Overlay => return model.overlays.last_mut().map(Overlay::cursor_mut),
        ListId::Browser => return Some(&mut model.browser.cursor),
        ListId::Overview => Pane::Overview,
        ListId::Dependents => Pane::Dependents,
        ListId::Network => Pane::Network,
        ListId::Access => Pane::Access,
    };
    Some(&mut model.panes.entry(pane).or_default().cursor)
}

/// How many rows a list has now.
#[must_use]
pub fn rows_of(model: &Model, list: ListId) -> usize {
    let pane = match list {
        ListId::Overlay => return overlays::rows(model),
        ListId::Browser => return model.browser.rows().len(),
        ListId::Access if grid::is_shown(model) => return model.matrix.lines().len(),
        ListId::Access => return model.panes.get(&Pane::Access).map_or(0, |state| state.shown.len()),
        ListId::Overview => Pane::Overview,
        ListId::Dependents => Pane::Dependents,
        ListId::Network => Pane::Network,
    };
    let full = content::is_full(model, pane);
    model.page().map_or(0, |page| content::lines(model, page, pane, full).len())
}
