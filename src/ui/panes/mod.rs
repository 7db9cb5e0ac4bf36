//! The panes of the workspace screen.

mod access;
mod browser;
mod lines;
mod matrix;

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::model::Model;
use crate::app::page::{Pane, Status};
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::ui::layout;
use crate::ui::paint::Paint;
use crate::ui::widgets::frame::Title;
use crate::ui::widgets::text;

/// Draws a pane into its room.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, pane: Pane) {
    match pane {
        Pane::Browser => browser::draw(paint, area, model),
        Pane::Access => access::draw(paint, area, model),
        Pane::Overview | Pane::Dependents | Pane::Network => lines::draw(paint, area, model, pane),
    }
}

/// Whether a pane has the screen for itself, so that nothing beside it says which workspace it is about.
fn stands_alone(model: &Model, pane: Pane) -> bool {
    let rooms = layout::rooms(model, layout::body(model));
    rooms.panes.len() == 1 && rooms.panes.iter().any(|(shown, _)| *shown == pane)
}

/// The right side of a pane's title: on its way, failed, or how old. An age is only worth a place when
/// it is not the header's.
fn right_of(paint: &Paint<'_>, model: &Model, status: &Status) -> (String, Option<Style>) {
    match (status.loading, &status.error, status.at) {
        (true, ..) => (model.spinner().to_owned(), Some(paint.theme.accent)),
        (false, Some(_), Some(at)) => {
            (format!("failed {} {}", paint.signs.dot, paint.clock(at)), Some(paint.theme.warn))
        }
        (false, Some(_), None) => ("not read".to_owned(), Some(paint.theme.bad)),
        (false, None, Some(at)) => (paint.clock(at), None),
        (false, None, None) => (String::new(), None),
    }
}

fn titled<'a>(pane: Pane, name: &'a str, right: (String, Option<Style>)) -> Title<'a> {
    Title { number: Some(pane.number()), name, right: right.0, right_style: right.1, ..Title::default() }
}

/// Why there is nothing to show, wrapped into the pane. Gives whether it drew anything.
fn draw_absence(
    paint: &mut Paint<'_>,
    inner: Rect,
    model: &Model,
    pane: Pane,
    status: Option<&Status>,
) -> bool {
    let (words, style) = match (model.browser.workspace(), status) {
        (None, _) => {
            lines::draw_branch(paint, inner, model, pane);
            return true;
        }
        (Some(_), Some(Status { at: None, error: Some(error), .. })) => {
            let key = model.keymap.key(Context::Workspace, Action::Refresh);
            (format!("{error}\n{key} reads it again."), paint.theme.warn)
        }
        (Some(_), Some(Status { at: Some(_), .. })) => return false,
        (Some(_), _) => return true,
    };
    let room = usize::from(inner.width.saturating_sub(2));
    for (y, line) in (inner.y..inner.bottom()).zip(text::wrap(&words, room)) {
        paint.text(inner.x + 1, y, inner.width.saturating_sub(2), &line, style);
    }
    true
}
