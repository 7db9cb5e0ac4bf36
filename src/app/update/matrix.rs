//! Actions in the access matrix: groups open and close, columns move, rows are put together and sorted.

use std::sync::Arc;

use super::{menus, screen};
use crate::app::access::grid::{self, Line};
use crate::app::access::words::Names;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::picker::Picker;
use crate::app::text_view::TextView;
use crate::config::action::Action;
use crate::domain::access::{GroupBy, MatrixSort};

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

/// The matrix took the place of the table, or the other way around: their rows are not the same.
pub fn switched(model: &mut Model) {
    if let Some(state) = model.panes.get_mut(&Pane::Access) {
        state.cursor = Default::default();
    }
    relist(model);
}

/// Opens a closed group; of everybody else, everything that is known.
fn open(model: &mut Model) {
    if matches!(grid::current(model), Some((Line::Row { open: Some(false), .. }, _))) {
        set_open(model, true);
        return;
    }
    let explained = grid::current(model)
        .zip(grid::assessment(model))
        .map(|((_, row), assessment)| grid::explain(row, assessment, &Names::of(model, &assessment.targets)));
    if let Some((title, text)) = explained {
        model.overlays.push(Overlay::Text(TextView::wrapped(title, &text, model.size.0)));
    }
}

/// Opens or closes the group under the cursor, or the one that the row under it is in. Gives whether that
/// changed anything.
fn set_open(model: &mut Model, open: bool) -> bool {
    let place = model.pane_cursor(Pane::Access).row;
    let Some(assessment) = grid::assessment(model).map(Arc::clone) else { return false };
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
    let Some(group) = lines[at].row(&assessment.matrix).map(|row| row.principal.clone()) else {
        return false;
    };
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
    let held = view.key(&assessment.matrix, place);
    let filter = model.panes.get(&Pane::Access).map(|state| state.filter.field.text().to_owned());
    let names = Names::of(model, &assessment.targets);
    view.relist(&assessment, names, &filter.unwrap_or_default());
    let found = held.and_then(|key| view.place(&assessment.matrix, &key));
    let last = view.lines().len().saturating_sub(1);
    model.matrix = view;
    if grid::is_shown(model) {
        let state = model.panes.entry(Pane::Access).or_default();
        state.cursor.row = found.unwrap_or(place).min(last);
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
    Some(screen::copy(model, id))
}
