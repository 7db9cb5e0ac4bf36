//! Actions in the access matrix: groups open and close, columns move, rows are put together and sorted.

use std::sync::Arc;

use super::{menus, subject};
use crate::app::access::grid::{self, Line};
use crate::app::access::widths::Measure;
use crate::app::access::words::Names;
use crate::app::access_rows;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::picker::Picker;
use crate::app::text_view::TextView;
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::domain::access::{AccessRow, GroupBy, MatrixRow, MatrixSort};
use crate::domain::lookup::Lookup;

/// Does what an action means in the matrix; none when it means nothing there.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::ToggleMatrix {
        return Some(toggle(model));
    }
    if !grid::is_shown(model) {
        return None;
    }
    match action {
        Action::GroupBy => {
            model.matrix.by = match model.matrix.by {
                GroupBy::Principal => GroupBy::Role,
                GroupBy::Role => GroupBy::Scope,
                GroupBy::Scope => GroupBy::Principal,
            };
            let words = match model.matrix.by {
                GroupBy::Principal => "one row for each principal",
                GroupBy::Role => "grouped by role",
                GroupBy::Scope => "grouped by where the role was assigned",
            };
            relist(model);
            model.notices.hint(words);
        }
        Action::Open => open(model),
        Action::Right => {
            if !set_open(model, true) {
                let columns = grid::assessment(model).map_or(0, |made| made.matrix.columns.len());
                model.matrix.shift = (model.matrix.shift + 1).min(columns.saturating_sub(1));
            }
        }
        Action::Left => {
            if !set_open(model, false) {
                model.matrix.shift = model.matrix.shift.saturating_sub(1);
            }
        }
        Action::Sort => {
            let picker = sort_menu(model);
            model.overlays.push(Overlay::Picker(picker));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// From the matrix to the table of assignments and back; the pane is zoomed for the matrix.
fn toggle(model: &mut Model) -> Vec<Effect> {
    if model.focus == Pane::Access && model.zoomed {
        model.matrix.on = !model.matrix.on;
    } else {
        model.focus = Pane::Access;
        model.zoomed = true;
        model.matrix.on = true;
    }
    Vec::new()
}

/// What is under the cursor of the access pane, so that the cursor can stay with it.
pub struct CursorAnchor {
    workspace: Option<ArmId>,
    /// Whether the matrix is shown.
    grid: bool,
    /// The row of the cursor.
    row: usize,
    principal: Option<String>,
    /// Of the table: which of the principal's assignments.
    assignment: Option<ArmId>,
}

/// What is under the cursor of the access pane now.
#[must_use]
pub fn cursor_anchor(model: &Model) -> CursorAnchor {
    let row = access_rows::current(model);
    let cell = grid::current(model).map(|(_, row)| row.principal.to_string());
    CursorAnchor {
        workspace: model.browser.workspace().cloned(),
        grid: grid::is_shown(model),
        row: model.pane_cursor(Pane::Access).row,
        principal: row.map(|row| row.principal_id.clone()).or(cell),
        assignment: row.map(|row| row.assignment.clone()),
    }
}

/// Keeps the cursor with what it was on, when the matrix took the place of the table or the other way around, and when
/// the rows of the table are others now. What somebody filters or sorts by hand moves rows on purpose.
pub fn restore_cursor(model: &mut Model, anchor: CursorAnchor, by_hand: bool) {
    let shown = grid::is_shown(model);
    if anchor.workspace.as_ref() != model.browser.workspace() {
        return;
    }
    if shown == anchor.grid {
        // Who has not moved yet begins at the top, whatever comes in.
        if !by_hand && anchor.row > 0 {
            match &anchor.principal {
                Some(principal) if shown => place_line(model, principal),
                _ => place_row(model, anchor.assignment.as_ref(), None),
            }
        }
        return;
    }
    if let Some(state) = model.panes.get_mut(&Pane::Access) {
        state.cursor = Default::default();
    }
    relist(model);
    let Some(principal) = anchor.principal else { return };
    if shown {
        model.matrix.left = anchor.assignment;
        place_line(model, &principal);
    } else {
        let left = model.matrix.left.take();
        place_row(model, left.as_ref(), Some(&principal));
    }
}

/// Puts the cursor of the matrix on a principal.
fn place_line(model: &mut Model, principal: &str) {
    let is_there = |row: &MatrixRow| row.principal.eq_ignore_ascii_case(principal);
    if grid::current(model).is_some_and(|(_, row)| is_there(&row)) {
        return;
    }
    let found = model.matrix.place_of(principal);
    if let (Some(at), Some(state)) = (found, model.panes.get_mut(&Pane::Access)) {
        state.cursor.row = at;
    }
}

/// Puts the cursor of the table on an assignment; where that is not the principal's who is wanted, on the first one of
/// the principal.
fn place_row(model: &mut Model, assignment: Option<&ArmId>, principal: Option<&str>) {
    let is_wanted = |row: &AccessRow| principal.is_none_or(|id| row.principal_id.eq_ignore_ascii_case(id));
    let is_held = |row: &AccessRow| assignment == Some(&row.assignment) && is_wanted(row);
    if access_rows::current(model).is_some_and(is_held) {
        return;
    }
    let found = match (model.page().map(|page| &page.opened.access), model.panes.get(&Pane::Access)) {
        (Some(Lookup::Found(table)), Some(state)) => {
            let rows = || state.shown.iter().map(|at| table.rows.get(*at));
            let first = || rows().position(|row| principal.is_some() && row.is_some_and(is_wanted));
            rows().position(|row| row.is_some_and(is_held)).or_else(first)
        }
        _ => None,
    };
    if let (Some(at), Some(state)) = (found, model.panes.get_mut(&Pane::Access)) {
        state.cursor.row = at;
    }
}

/// Opens a closed group; of everybody else, everything that is known.
fn open(model: &mut Model) {
    if matches!(grid::current(model), Some((Line::Row { open: Some(false), .. }, _))) {
        set_open(model, true);
        return;
    }
    let explained = grid::current(model).zip(grid::assessment(model)).map(|((_, row), assessment)| {
        grid::explain(&row, assessment, &Names::of(model, &assessment.targets))
    });
    if let Some((title, text)) = explained {
        model.overlays.push(Overlay::Text(TextView::wrapped(title, &text, model.size.0)));
    }
}

/// Opens or closes the group under the cursor, or the one that the row under it is in. Gives whether that
/// changed anything.
fn set_open(model: &mut Model, open: bool) -> bool {
    let place = model.pane_cursor(Pane::Access).row;
    let lines = model.matrix.lines();
    // The members of a group stand below it.
    let is_group = |line: &Line| matches!(line, Line::Row { open: Some(_), .. });
    let is_member = |line: &Line| matches!(line, Line::Row { row: grid::At::Member(_), .. });
    let at = match lines.get(place) {
        Some(line) if is_group(line) => place,
        Some(line) if is_member(line) && !open => {
            let Some(above) = lines[..place].iter().rposition(is_group) else { return false };
            above
        }
        _ => return false,
    };
    let Line::Row { principal: group, .. } = &lines[at] else { return false };
    let group = group.clone();
    if !model.matrix.set_open(&group, open) {
        return false;
    }
    if let Some(state) = model.panes.get_mut(&Pane::Access) {
        state.cursor.row = at;
    }
    relist(model);
    true
}

/// Works the lines of the matrix out anew; the cursor stays with its row.
pub fn relist(model: &mut Model) {
    let Some(assessment) = grid::assessment(model).map(Arc::clone) else { return };
    let place = model.pane_cursor(Pane::Access).row;
    let mut view = std::mem::take(&mut model.matrix);
    let held = view.lines().get(place).map(Line::key);
    let filter = model.panes.get(&Pane::Access).map(|state| state.filter.field.text().to_owned());
    let names = Names::of(model, &assessment.targets);
    let filter = filter.unwrap_or_default();
    let measure = Measure { now: model.now, ellipsis: model.signs.ellipsis };
    view.relist(&assessment, names, &filter, measure);
    let found = held.and_then(|key| view.place(&key));
    // What was under the cursor and does not pass the filter is not looked for: what does is, from the top.
    let place = if filter.is_empty() { place } else { 0 };
    let last = view.lines().len().saturating_sub(1);
    model.matrix = view;
    if grid::is_shown(model) {
        let state = model.panes.entry(Pane::Access).or_default();
        state.cursor.row = found.unwrap_or(place).min(last);
    }
}

/// Puts the cursor on somebody who passes the filter, where it is on the group that they stand in.
pub fn select_hit(model: &mut Model) {
    let row = model.pane_cursor(Pane::Access).row;
    if matches!(model.matrix.lines().get(row), Some(Line::Row { leads: true, .. })) {
        model.panes.entry(Pane::Access).or_default().cursor.row = row + 1;
    }
}

/// What the matrix can be sorted by.
fn sort_menu(model: &Model) -> Picker {
    let (by, descending) = model.matrix.sort;
    let mut all = vec![
        ("Principal", MatrixSort::Principal),
        ("Type", MatrixSort::Kind),
        ("How many roles, most first", MatrixSort::Roles),
    ];
    let columns = grid::assessment(model).map(|made| made.matrix.columns.as_slice()).unwrap_or_default();
    all.extend(columns.iter().map(|of| (grid::title(of.place), MatrixSort::Column(of.place))));
    menus::matrix_sort(model, &all, by, descending)
}

/// Sorts the matrix; choosing the same order again turns it around.
pub fn sort_by(model: &mut Model, by: MatrixSort) -> Vec<Effect> {
    let (before, descending) = model.matrix.sort;
    model.matrix.sort = (by, before == by && !descending);
    relist(model);
    Vec::new()
}

/// Copies the object id of the principal under the cursor; none where the matrix has no row there.
pub fn copy_id(model: &mut Model) -> Option<Vec<Effect>> {
    let id = grid::current(model).map(|(_, row)| row.principal.to_string())?;
    Some(subject::copy(model, id))
}
