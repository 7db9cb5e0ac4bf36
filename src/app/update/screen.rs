//! Actions on the workspace screen: moving, panes, zoom, filter, refresh, and what they open.

use super::cursors::{cursor_mut, filter_mut, list_of, rows_of};
use super::open::{ask, ask_who, selection_changed};
use super::{
    access_forms, asking, data, edit, gather, input, matrix, menus, overlays, setup, snapshot,
    storage_access, subject, timeline,
};
use crate::app::access::grid;
use crate::app::access_rows;
use crate::app::content;
use crate::app::effect::Effect;
use crate::app::fetch::{Fetch, Part};
use crate::app::findings;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::{HelpView, Overlay};
use crate::app::page::Pane;
use crate::app::picker::Picker;
use crate::app::reach::{BRANCHES, MOVES, SIDEWAYS};
use crate::app::text_view::TextView;
use crate::config::action::Action;
use crate::domain::fact::count;

/// Carries an action out on the screen of workspaces.
pub fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match matrix::act(model, action) {
        Some(effects) => effects,
        None => act_on_pane(model, action),
    }
}

fn act_on_pane(model: &mut Model, action: Action) -> Vec<Effect> {
    if let Some(menu) = menu_of(action) {
        let picker = menu(model);
        return overlays::open(model, Overlay::Picker(picker));
    }
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
        Action::QuitOrBack if model.zoomed || model.focus != Pane::Browser => back(model),
        Action::QuitOrBack => input::act(model, Action::Quit),
        Action::Filter => begin_filter(model),
        Action::ToggleTable => toggle_table(model),
        Action::JumpBack | Action::JumpForward => jump(model, action == Action::JumpBack),
        Action::Refresh => refresh(model),
        Action::RefreshAll => refresh_all(model),
        Action::Mark => mark(model),
        Action::OpenPortal => subject::open_portal(model),
        Action::OpenStudio => subject::open_studio(model),
        Action::CopyId => subject::copy_id(model),
        Action::Json => subject::json(model),
        Action::GroupBy => {
            let key = model.key(Action::ToggleMatrix);
            model.notices.hint(format!("the access matrix is grouped: {key} shows it"));
            Vec::new()
        }
        // What the filter hides is not changed.
        Action::Grant
        | Action::CopyAccess
        | Action::Persona
        | Action::Activate
        | Action::Edit
        | Action::Revoke
        | Action::StorageAccess
            if model.browser.rows().is_empty() =>
        {
            subject::nothing_selected(model)
        }
        Action::Grant | Action::CopyAccess | Action::Persona | Action::Activate => {
            access_forms::open(model, action)
        }
        Action::Revoke => access_forms::revoke(model),
        Action::Edit => edit::open(model),
        Action::Create => setup::open(model),
        Action::Timeline => timeline::open(model),
        Action::StorageAccess => with_runs(storage_access::open(model)),
        Action::Snapshot => snapshot::keep(model),
        Action::Compare => snapshot::choose(model),
        Action::Ask => asking::open(model),
        Action::Findings => {
            let survey = findings::survey(model, false);
            list(model, Listed::Findings { estate: false, survey })
        }
        Action::Notifications => list(model, Listed::Notices),
        Action::Changes => with_runs(list(model, Listed::Runs)),
        Action::RequestLog => list(model, Listed::Requests),
        Action::Help => overlays::open(model, Overlay::Help(HelpView::default())),
        _ if is_move(action) => movement(model, action),
        // What is about a text, a form, a plan or a list over the screen.
        _ => input::does_nothing(model, action.spec().short),
    }
}

/// Whether an action moves over rows, between branches, or between panes that stand beside one another.
fn is_move(action: Action) -> bool {
    [MOVES, SIDEWAYS, BRANCHES].iter().any(|some| some.contains(&action))
}

/// The menu that an action lays over the screen; none where it opens none.
fn menu_of(action: Action) -> Option<fn(&Model) -> Picker> {
    Some(match action {
        Action::Palette => menus::palette,
        Action::Actions => menus::actions,
        Action::CopyMenu => menus::copy,
        Action::Sort => menus::sort,
        Action::Tenants => menus::tenants,
        Action::Themes => |_| menus::themes(),
        Action::Save => |_| menus::save(),
        _ => return None,
    })
}

fn begin_filter(model: &mut Model) -> Vec<Effect> {
    if model.focus == Pane::Browser {
        model.browser.begin_filter();
        return Vec::new();
    }
    let row = model.pane_cursor(model.focus).row;
    let key = model.key(Action::Zoom);
    match filter_mut(model) {
        Some(filter) => filter.begin(row),
        None => model.notices.hint(format!("this pane has no filter; {key} shows all of it")),
    }
    Vec::new()
}

fn toggle_table(model: &mut Model) -> Vec<Effect> {
    model.browser.table = !model.browser.table;
    model.focus = Pane::Browser;
    model.browser.rebuild(&model.inventory);
    selection_changed(model)
}

fn jump(model: &mut Model, back: bool) -> Vec<Effect> {
    let Model { browser, inventory, .. } = model;
    if browser.jump(inventory, back) { selection_changed(model) } else { Vec::new() }
}

/// Lays a list over the screen.
pub fn list(model: &mut Model, what: Listed) -> Vec<Effect> {
    overlays::open(model, Overlay::List(Listing::new(what)))
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
        _ if is_move(action) => movement(model, action),
        _ => input::does_nothing(model, action.spec().short),
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
            if let Some(placed) = subject::finding(model) {
                let view = TextView::wrapped("Finding", &findings::full(&placed), model.size.0);
                model.overlays.push(Overlay::Text(view));
            } else {
                model.overlays.push(Overlay::Picker(menus::of_row(model)));
            }
            Vec::new()
        }
    }
}

/// Marks the selected workspace, or takes its mark away, and goes to the next row, so that several are marked quickly.
fn mark(model: &mut Model) -> Vec<Effect> {
    let selected = model.browser.workspace().cloned();
    let Some(id) = selected.filter(|_| model.focus == Pane::Browser) else {
        model.notices.hint("only workspaces are marked, in their list: move onto one");
        return Vec::new();
    };
    model.browser.marks.toggle(&id);
    // On to the next workspace, past the rows of groups; where there is none it stays.
    let Model { browser, inventory, .. } = model;
    while browser.apply(inventory, Action::Down) && browser.workspace().is_none() {}
    while browser.workspace().is_none() && browser.apply(inventory, Action::Up) {}
    if browser.workspace() == Some(&id) { Vec::new() } else { selection_changed(model) }
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

/// And reads the journal again: another console or the command line may have begun or ended a run meanwhile.
fn with_runs(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.push(Effect::ListRuns);
    effects
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
        parts.extend(
            page.refresh(Pane::Access)
                .into_iter()
                .filter(|part| matches!(part, Part::Beside(..) | Part::LocksBeside(_))),
        );
        effects.extend(parts.into_iter().map(|part| ask(model, Fetch::Page(id.clone(), part))));
    }
    effects.extend(data::ask_names_again(model));
    effects.extend(gather::refresh(model));
    effects
}
