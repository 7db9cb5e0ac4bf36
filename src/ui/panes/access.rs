//! The access pane: who has which role here, and where it comes from.

use ratatui::layout::Rect;

use crate::app::access::assessment;
use crate::app::access::assessment::Assessment;
use crate::app::access::grid::{self, Line};
use crate::app::access::words::Names;
use crate::app::access_rows::{self, AccessColumn, Look};
use crate::app::fetch::Part;
use crate::app::filter::Filter;
use crate::app::hit::ListId;
use crate::app::model::{Model, PaneState};
use crate::app::page::{Page, Pane};
use crate::config::action::Action;
use crate::domain::access::{GapKind, GroupBy};
use crate::domain::fact::count;
use crate::ui::paint::{Paint, tone_style};
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::frame;
use crate::ui::widgets::grid::{Cell, Grid, Head, Width};
use crate::ui::widgets::text;

/// Draws it.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model) {
    let focused = model.focus == Pane::Access && model.overlays.is_empty();
    let status = model.page().map(|page| page.pane_status(Pane::Access));
    let right = status.as_ref().map_or((String::new(), None), |status| super::right_of(paint, model, status));
    let mut title = super::titled(Pane::Access, Pane::Access.title(), right);
    let page = model.page();
    let table = page.and_then(|page| page.opened.access.found());
    let untouched = PaneState::default();
    let state = model.panes.get(&Pane::Access).unwrap_or(&untouched);
    if let Some((page, table)) = page.zip(table) {
        title.note = if grid::is_shown(model) {
            summary(model, state)
        } else if state.filter.is_active() {
            format!("{} of {} rows", state.shown.len(), table.rows.len())
        } else {
            page.access.summary.clone()
        };
        if super::stands_alone(model, Pane::Access) {
            title.note = format!("{}  {}", page.id.name(), title.note);
        }
    }
    let mut inner = frame::draw(paint.buf, area, &title, focused, paint.theme, paint.signs);
    if (state.filter.editing || state.filter.is_active()) && inner.height > 1 {
        let x = paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        let field = Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner };
        draw_field(paint, field, &state.filter.field, state.filter.editing && model.overlays.is_empty());
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let Some((page, table)) = page.zip(table) else {
        super::draw_absence(paint, inner, model, Pane::Access, status.as_ref());
        paint.hits.add_list(inner, ListId::Access, 0, 0);
        return;
    };
    if let Some(assessment) = grid::assessment(model).filter(|_| grid::is_shown(model)) {
        let warnings = gaps(model, assessment, page);
        super::matrix::draw(paint, area, inner, model, assessment, &warnings, focused);
        return;
    }
    let warnings = missing(page, model.roles_unread());
    let below = u16::try_from(warnings.len()).unwrap_or(0).min(inner.height / 3);
    inner.height -= below;
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let rows = &state.shown;
    let offset = paint.list(area, body, ListId::Access, &state.cursor, rows.len());
    let (by, descending) = model.access_sort;
    let columns: Vec<&AccessColumn> = access_rows::columns(&page.access).collect();
    let heads: Vec<Head<'_>> = columns
        .iter()
        .map(|column| Head {
            title: column.title,
            width: Width { least: column.width.0, most: column.width.1 },
            sorted: (column.sort == by && column.id != "note").then_some(descending),
            rank: column.rank,
        })
        .collect();
    let cursor = focused.then_some(state.cursor.row);
    let grid = Grid { heads: &heads, show_heads: true, rows: rows.len(), offset, cursor, focused };
    let (theme, look, ellipsis) = (paint.theme, Look::of(model), paint.signs.ellipsis);
    let widths = grid.widths(inner);
    grid.draw(paint.buf, inner, theme, paint.signs, |at, column| {
        let row = rows.get(at).and_then(|at| table.rows.get(*at));
        match (row, columns.get(column)) {
            (Some(row), Some(own)) => {
                let room = widths.get(column).map_or(0, |width| usize::from(*width));
                let text = match own.id {
                    access_rows::ROLE => access_rows::role_within(row, look, room, ellipsis),
                    _ => (own.text)(row, look),
                };
                Cell { text, style: tone_style(theme, (own.tone)(row)) }
            }
            _ => Cell { text: "".into(), style: theme.text },
        }
    });
    if rows.is_empty() && state.filter.is_active() {
        let empty = Filter::parse(state.filter.field.text())
            .no_match(access_rows::FILTERED, &model.key(Action::Back));
        paint.note(body, &empty);
    }
    for (y, warning) in (inner.bottom()..inner.bottom() + below).zip(&warnings) {
        let line = format!("{} {warning}", paint.signs.warning);
        let room = inner.width.saturating_sub(2);
        let line = text::cut(&line, usize::from(room), paint.signs.ellipsis);
        paint.text(inner.x + 1, y, room, &line, paint.theme.warn);
    }
}

/// How many there are in the matrix, and how they are put together.
fn summary(model: &Model, state: &PaneState) -> String {
    let rows = model.matrix.lines().iter().filter(|line| matches!(line, Line::Row { .. })).count();
    let words = match model.matrix.by {
        GroupBy::Principal => "",
        GroupBy::Role => ", by role",
        GroupBy::Scope => ", by scope",
    };
    let filtered = match (state.filter.is_active(), rows) {
        (false, _) => "",
        (true, 1) => " that matches",
        (true, _) => " that match",
    };
    format!("{}{filtered}{words}", count(rows, "row", "rows"))
}

/// What the matrix does not know, here and beside: one reason for several lists at several places is one line.
fn gaps(model: &Model, assessment: &Assessment, page: &Page) -> Vec<String> {
    let mut lines = notes(page);
    lines.extend(unread(page, true));
    let gaps = assessment::gaps(model, assessment);
    let gaps = gaps.iter().filter(|gap| gap.what != GapKind::Names);
    lines.extend(Names::of(model, &assessment.targets).gaps(gaps));
    lines
}

/// What the table does not show because it could not be read, each in a line.
fn missing(page: &Page, roles_error: Option<&str>) -> Vec<String> {
    let mut lines = notes(page);
    lines.extend(unread(page, false));
    if let Some(error) = roles_error.filter(|_| page.access.unnamed_role) {
        lines.push(format!("role names are not shown: {error}"));
    }
    lines
}

/// What is to be known of everything that is shown.
fn notes(page: &Page) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    if let Some(reason) = &page.access.unreadable {
        lines.push(format!("names are not shown: {reason}"));
    }
    let n = page.denies().len();
    if n > 0 {
        let what =
            if n == 1 { "1 deny assignment takes".to_owned() } else { format!("{n} deny assignments take") };
        lines.push(format!("{what} some of this away"));
    }
    if has_no_pim(page) {
        lines.push("no Privileged Identity Management in this tenant: it has no licence for it".to_owned());
    }
    lines
}

/// Whether the tenant has no licence for Privileged Identity Management, so that nothing there was left unread.
fn has_no_pim(page: &Page) -> bool {
    page.all_lists().next().is_some_and(|(_, lists)| lists.unlicensed)
}

/// The lists of the workspace that could not be read, one reason for several in one line; of those only what was not
/// read again, where the rest is told otherwise.
fn unread(page: &Page, only_stale: bool) -> Vec<String> {
    let mut reasons: Vec<(&str, bool, Vec<&str>)> = Vec::new();
    for (part, error, stale) in page.side_errors(Pane::Access) {
        let what = match part {
            Part::Eligible | Part::Active if has_no_pim(page) => continue,
            Part::Eligible => "eligible roles",
            Part::Active => "ends of roles",
            Part::Denies => "deny assignments",
            _ => continue,
        };
        if only_stale && !stale {
            continue;
        }
        match reasons.iter_mut().find(|(known, old, _)| *known == error && *old == stale) {
            Some((_, _, parts)) => parts.push(what),
            None => reasons.push((error, stale, vec![what])),
        }
    }
    let line = |(error, stale, parts): (&str, bool, Vec<&str>)| {
        let how = if stale { "were not read again" } else { "are not shown" };
        format!("{} {how}: {error}", parts.join(", "))
    };
    reasons.into_iter().map(line).collect()
}
