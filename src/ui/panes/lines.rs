//! The panes made of lines: overview, dependent resources, network isolation.

use ratatui::layout::Rect;

use crate::app::browser::Node;
use crate::app::content::{self, Line, Shape};
use crate::app::model::Model;
use crate::app::page::{Page, Pane};
use crate::app::update::list_of;
use crate::ui::paint::Paint;
use crate::ui::widgets::frame;
use crate::ui::widgets::text;

/// Draws one of them.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, pane: Pane) {
    let focused = model.focus == pane && model.overlays.is_empty();
    let full = content::is_full(model, pane);
    let status = model.page().map(|page| page.pane_status(pane));
    let right = status.as_ref().map_or((String::new(), None), |status| super::right_of(paint, model, status));
    let name = title_of(model, pane);
    let mut title = super::titled(pane, &name, right);
    if pane == Pane::Overview {
        if !full && model.size.0 >= 100 {
            title.number = None;
        }
        if let Some(entry) = model.browser.workspace().and_then(|id| model.inventory.get(id)) {
            let gone = model.page().is_some_and(Page::is_gone);
            let state = if gone { "gone" } else { entry.state_word() };
            title.note = format!("{state} {} {}", paint.signs.dot, entry.location);
        }
    } else if super::stands_alone(model, pane)
        && let Some(id) = model.browser.workspace()
    {
        title.note = id.name().to_owned();
    }
    let inner = frame::draw(paint.buf, area, &title, focused, paint.theme, paint.signs);
    if super::draw_absence(paint, inner, model, pane, status.as_ref()) {
        paint.hits.add_list(inner, list_of(pane), 0, 0);
        return;
    }
    let Some(page) = model.page() else { return };
    let lines = content::lines(model, page, pane, full);
    let cursor = model.pane_cursor(pane);
    let offset = paint.list(area, inner, list_of(pane), &cursor, lines.len());
    let label_width = content::label_width(&lines, inner.width);
    // Names of dependents line up, so that their facts do.
    let name_width =
        if pane == Pane::Dependents && !full { content::name_width(&lines, inner.width) } else { 0 };
    for (y, (at, line)) in (inner.y..inner.bottom()).zip(lines.iter().enumerate().skip(offset)) {
        draw_line(paint, Rect { y, height: 1, ..inner }, line, label_width, name_width);
        if focused && at == cursor.row {
            paint.mark_row(inner, y, true);
        }
    }
    draw_side_errors(paint, inner, model, pane, lines.len().saturating_sub(offset), full);
}

/// What could not be read beside the main thing, below the lines, where there is room.
fn draw_side_errors(paint: &mut Paint<'_>, inner: Rect, model: &Model, pane: Pane, used: usize, full: bool) {
    let Some(page) = model.page().filter(|_| full) else { return };
    let first = inner.y.saturating_add(u16::try_from(used).unwrap_or(u16::MAX)).saturating_add(1);
    for (y, (_, error, _)) in (first..inner.bottom()).zip(page.side_errors(pane)) {
        paint.text(inner.x + 1, y, inner.width.saturating_sub(2), error, paint.theme.warn);
    }
}

fn title_of(model: &Model, pane: Pane) -> String {
    match (pane, model.browser.selected()) {
        (Pane::Overview, Some(Node::Workspace(id) | Node::Group(id))) => id.name().to_owned(),
        (Pane::Overview, Some(Node::Subscription(id))) => model.inventory.subscription_label(id).to_owned(),
        _ => pane.title().to_owned(),
    }
}

/// What is no longer than this is a word that is shown whole or not at all; what is longer is a
/// sentence, whose beginning still tells something.
const WORD: usize = 16;

fn draw_line(paint: &mut Paint<'_>, area: Rect, line: &Line, label_width: u16, name_width: u16) {
    let x = area.x + 1;
    let end = area.right().saturating_sub(1);
    if line.shape == Shape::Heading {
        paint.text(x, area.y, end.saturating_sub(x), &line.label, paint.theme.strong);
        return;
    }
    paint.text(x, area.y, label_width, &line.label, paint.theme.dim);
    let beside = line.shape == Shape::Fact && label_width > 0;
    let mut x = if beside { x + label_width + 2 } else { x };
    for (at, (piece, tone)) in line.pieces.iter().enumerate() {
        let style = paint.tone(*tone);
        let room = end.saturating_sub(x);
        if at == 0 && name_width > 0 && line.pieces.len() > 1 {
            let name = text::cut_middle(piece, usize::from(name_width.min(room)), paint.signs.ellipsis);
            paint.text(x, area.y, name_width.min(room), &name, style);
            x += name_width + 2;
        } else if at > 0 && text::width(piece) > usize::from(room) && text::width(piece) <= WORD {
            // Half a fact could be read as another one: `key o…`.
            paint.text(x, area.y, room.min(1), paint.signs.ellipsis, paint.theme.dim);
            return;
        } else {
            x = paint.text(x, area.y, room, piece, style) + if name_width > 0 { 1 } else { 2 };
        }
        if x >= end {
            return;
        }
    }
}

/// What there is to tell where no workspace is selected.
pub fn draw_branch(paint: &mut Paint<'_>, inner: Rect, model: &Model, pane: Pane) {
    let lines = content::of_branch(model, pane);
    let label_width = content::label_width(&lines, inner.width);
    for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
        draw_line(paint, Rect { y, height: 1, ..inner }, line, label_width, 0);
    }
}
