//! The list of workspaces: the tree, or the flat table.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::browser::{Node, Row, node_of};
use crate::app::findings;
use crate::app::hit::ListId;
use crate::app::model::Model;
use crate::app::page::{Pane, Status};
use crate::app::workspace_filter;
use crate::azure::arm::error::Error;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::fact::Tone;
use crate::domain::inventory::{COLUMNS, WorkspaceEntry};
use crate::domain::posture;
use crate::ui::paint::{Paint, tone_style};
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::frame;
use crate::ui::widgets::grid::{Cell, Grid, Head, Width};
use crate::ui::widgets::text;

/// Draws the list.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model) {
    let focused = model.focus == Pane::Browser && model.overlays.is_empty();
    let status = &model.inventory_status;
    let shown = Status {
        loading: status.loading,
        at: status.at,
        error: status.error.as_ref().map(Error::plain),
        ..Status::default()
    };
    let mut title =
        super::titled(Pane::Browser, Pane::Browser.title(), super::right_of(paint, model, &shown));
    if !shown.loading && shown.error.is_none() {
        // The header says the age of the inventory already.
        title.right = String::new();
    }
    let filter = &model.browser.filter;
    if filter.is_active() {
        title.note = format!("{} of {}", model.browser.matching(), model.inventory.workspaces().len());
    }
    let marked = model.browser.marks.all().len();
    if marked > 0 {
        let filtered = if title.note.is_empty() { String::new() } else { format!("{}, ", title.note) };
        title.note = format!("{filtered}{marked} marked");
    }
    let mut inner = frame::draw(paint.buf, area, &title, focused, paint.theme, paint.signs);
    if (filter.editing || filter.is_active()) && inner.height > 1 {
        let x = paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        let field = Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner };
        draw_field(paint, field, &filter.field, filter.editing && model.overlays.is_empty());
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    if model.browser.rows().is_empty() {
        draw_empty(paint, inner, model);
        paint.hits.add_list(inner, ListId::Browser, 0, 0);
    } else if model.browser.table {
        draw_table(paint, area, inner, model, focused);
    } else {
        draw_tree(paint, area, inner, model, focused);
    }
}

fn draw_empty(paint: &mut Paint<'_>, inner: Rect, model: &Model) {
    let status = &model.inventory_status;
    let (words, style) = if let Some(error) = &status.error {
        let key = model.keymap.key(Context::Workspace, Action::Refresh);
        (format!("{}\n\n{key} tries again; amldeck doctor says more.", error.plain()), paint.theme.warn)
    } else if model.browser.filter.is_active() {
        (no_match(model), paint.theme.dim)
    } else if status.loading || status.at.is_none() {
        match &model.network.throttled {
            Some((until, reason)) => {
                (format!("Azure asks to wait until {}: {reason}", paint.clock(*until)), paint.theme.warn)
            }
            None => ("Looking for workspaces …".to_owned(), paint.theme.dim),
        }
    } else if let Some(problem) = model.inventory.problems.first() {
        (format!("{}: {}", problem.scope, problem.message), paint.theme.warn)
    } else {
        let [key, themes, palette, help] = [Action::Create, Action::Themes, Action::Palette, Action::Help]
            .map(|action| model.keymap.key(Context::Workspace, action));
        let others = format!("{themes}, {palette} and {help} work all the same.");
        let words = if model.inventory.subscriptions().is_empty() {
            format!(
                "This account sees no subscription, so it can read no workspace and set none up. Whoever owns a \
                 subscription can give it Reader there to look around, Contributor to set a workspace up, and User Access \
                 Administrator too where roles are to be granted. {others}"
            )
        } else {
            format!("This account can read no workspace here. {key} sets one up; {others}")
        };
        (words, paint.theme.dim)
    };
    let room = usize::from(inner.width.saturating_sub(2));
    for (y, line) in (inner.y..inner.bottom()).zip(text::wrap(&words, room)) {
        paint.text(inner.x + 1, y, inner.width.saturating_sub(2), &line, style);
    }
}

/// Why the filter lets nothing through.
fn no_match(model: &Model) -> String {
    let unknown = workspace_filter::unknown_column(&model.inventory, model.browser.filter.field.text());
    unknown
        .unwrap_or_else(|| format!("No workspace matches the filter. {} clears it.", model.key(Action::Back)))
}

fn draw_tree(paint: &mut Paint<'_>, frame: Rect, inner: Rect, model: &Model, focused: bool) {
    let rows = model.browser.rows();
    let offset = paint.list(frame, inner, ListId::Browser, &model.browser.cursor, rows.len());
    for (y, (at, row)) in (inner.y..inner.bottom()).zip(rows.iter().enumerate().skip(offset)) {
        let line = Rect { y, height: 1, ..inner };
        match row {
            Row::Workspace { at } => draw_workspace(paint, line, model, *at, *row),
            Row::Subscription { .. } | Row::Group { .. } => draw_branch(paint, line, model, *row),
        }
        if at == model.browser.cursor.row {
            paint.mark_row(inner, y, focused);
        }
    }
}

/// What stands beside a group in which there is no workspace.
const NO_WORKSPACE: &str = "no workspace";

fn draw_branch(paint: &mut Paint<'_>, line: Rect, model: &Model, row: Row) {
    let node = node_of(&model.inventory, row);
    let open = model.browser.is_open(&node);
    let (indent, name, count, style) = match row {
        Row::Subscription { at, workspaces } => {
            let subscription = &model.inventory.subscriptions()[at];
            let style = if subscription.is_visible() { paint.theme.strong } else { paint.theme.dim };
            (0, subscription.label(), workspaces, style)
        }
        Row::Group { at, workspaces } => {
            let group = &model.inventory.groups()[at];
            (2, &*group.name, workspaces, if workspaces == 0 { paint.theme.dim } else { paint.theme.text })
        }
        Row::Workspace { .. } => return,
    };
    let unread = match row {
        Row::Subscription { at, .. } => model.inventory.subscriptions()[at].unread.is_some(),
        Row::Group { at, .. } => model.inventory.is_unread(&model.inventory.groups()[at].subscription),
        Row::Workspace { .. } => false,
    };
    let empty = matches!((&node, count), (Node::Group(_), 0));
    let sign = match (empty, open) {
        (true, _) => " ",
        (false, true) => paint.signs.open,
        (false, false) => paint.signs.closed,
    };
    let x = line.x + 1 + indent;
    let right = if unread && indent == 0 {
        "not read".to_owned()
    } else if empty && unread {
        // Nobody knows what is in it.
        String::new()
    } else if empty {
        // It may hold all else that there is.
        let whole = 4 + text::width(name) + 1 + text::width(NO_WORKSPACE) + 1;
        if whole <= usize::from(line.width.saturating_sub(1)) {
            NO_WORKSPACE.to_owned()
        } else {
            "(0)".to_owned()
        }
    } else if open {
        String::new()
    } else {
        format!("({count})")
    };
    let right_width = u16::try_from(text::width(&right) + 1).unwrap_or(0);
    let room = line.right().saturating_sub(x + right_width);
    let x = paint.text(x, line.y, room, &format!("{sign} "), paint.theme.dim);
    let gap = u16::from(!right.is_empty());
    paint.text(x, line.y, line.right().saturating_sub(x + right_width + gap), name, style);
    let style = if unread { paint.theme.warn } else { paint.theme.dim };
    paint.text(line.right().saturating_sub(right_width), line.y, right_width, &right, style);
}

fn draw_workspace(paint: &mut Paint<'_>, line: Rect, model: &Model, at: usize, row: Row) {
    let Some(entry) = model.inventory.workspaces().get(at) else { return };
    let (sign, style) = state_sign(paint, entry);
    let mut right: Vec<(String, Style)> = Vec::new();
    if !matches!(entry.state_tone(), Tone::Good) && !entry.state_word().is_empty() {
        right.push((entry.state_word().to_owned(), style));
    }
    let badge = findings::badge(model, row);
    if badge == posture::UNKNOWN {
        right.push((badge, paint.theme.dim));
    } else if !badge.is_empty() {
        right.push((format!("{}{badge}", paint.signs.warning), paint.theme.warn));
    }
    let right_width = right.iter().map(|(piece, _)| text::width(piece) + 1).sum::<usize>();
    let right_width = u16::try_from(right_width).unwrap_or(0).min(line.width / 2);
    if model.browser.marks.has(&entry.id) {
        paint.text(line.x + 3, line.y, line.width.saturating_sub(3), paint.signs.mark, paint.theme.accent);
    }
    let x = paint.text(line.x + 5, line.y, line.width.saturating_sub(5), sign, style);
    paint.text(
        x + 1,
        line.y,
        line.right().saturating_sub(x + 2 + right_width),
        entry.name(),
        if model.inventory.is_unread(&entry.subscription) { paint.theme.dim } else { paint.theme.text },
    );
    let mut x = line.right().saturating_sub(right_width);
    for (piece, style) in right {
        x = paint.text(x, line.y, line.right().saturating_sub(x), &piece, style) + 1;
    }
}

fn state_sign(paint: &Paint<'_>, entry: &WorkspaceEntry) -> (&'static str, Style) {
    let sign = match entry.state_tone() {
        Tone::Good | Tone::Plain => paint.signs.good,
        Tone::Warn => paint.signs.busy,
        Tone::Bad => paint.signs.bad,
        Tone::Muted => paint.signs.unknown,
    };
    (sign, paint.tone(entry.state_tone()))
}

fn draw_table(paint: &mut Paint<'_>, frame: Rect, inner: Rect, model: &Model, focused: bool) {
    let rows = model.browser.rows();
    let body = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
    let offset = paint.list(frame, body, ListId::Browser, &model.browser.cursor, rows.len());
    let sort = model.browser.sort;
    let heads: Vec<Head<'_>> = COLUMNS
        .iter()
        .map(|column| Head {
            // Names stand behind the place of a mark, whether there is one or not.
            title: if column.id == "name" { " Name" } else { column.title },
            width: Width { least: column.width.0, most: column.width.1 },
            rank: column.rank,
            sorted: (sort.column == column.id).then_some(sort.descending),
        })
        .collect();
    let grid = Grid {
        heads: &heads,
        show_heads: true,
        rows: rows.len(),
        offset,
        cursor: Some(model.browser.cursor.row),
        focused,
    };
    let theme = paint.theme;
    grid.draw(paint.buf, inner, theme, paint.signs, |row, column| {
        let entry = match rows.get(row) {
            Some(Row::Workspace { at }) => model.inventory.workspaces().get(*at),
            _ => None,
        };
        match (entry, COLUMNS.get(column)) {
            (Some(entry), Some(column)) => {
                let text = (column.text)(&model.inventory, entry);
                let marked = model.browser.marks.has(&entry.id);
                let style = match model.inventory.is_unread(&entry.subscription) {
                    _ if column.id == "name" && marked => theme.accent,
                    true => theme.dim,
                    false => tone_style(theme, (column.tone)(entry)),
                };
                let text = match column.id {
                    "name" => format!("{}{text}", if marked { model.signs.mark } else { " " }).into(),
                    _ => text,
                };
                Cell { text, style }
            }
            _ => Cell { text: "".into(), style: theme.text },
        }
    });
}
