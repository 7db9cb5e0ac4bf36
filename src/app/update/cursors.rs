//! Which filter, list and cursor a pane has.

use super::overlays;
use crate::app::access::grid;
use crate::app::content;
use crate::app::field::FilterField;
use crate::app::hit::ListId;
use crate::app::list::ListCursor;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;

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
