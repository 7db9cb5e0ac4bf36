//! The first line: who is signed in where, badges, totals, age. And the names of the panes where only
//! one has room.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::hit::Target;
use crate::app::model::Model;
use crate::app::page::Pane;
use crate::app::session::Source;
use crate::config::action::Action;
use crate::ui::paint::Paint;
use crate::ui::widgets::text;

/// Draws the header into one row.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model) {
    let theme = paint.theme;
    let right = right_side(paint, model);
    let right_width = right.iter().map(|(piece, _)| text::width(piece)).sum::<usize>() + 1;
    let right_width = u16::try_from(right_width).unwrap_or(u16::MAX).min(area.width);
    // A cell stays free between the two, however long an account is.
    let left = Rect { width: (area.width - right_width).saturating_sub(1), ..area };
    let session = &model.session;
    let dot = format!(" {} ", paint.signs.dot);
    let mut pieces: Vec<(&str, Style)> =
        vec![(" amldeck ", theme.accent.patch(theme.strong)), (" ", theme.text)];
    let badges = badges(paint, model);
    for (badge, style) in &badges {
        pieces.push((badge, *style));
        pieces.push((" ", theme.text));
    }
    if let Some(tenant) = &session.tenant {
        pieces.push((&tenant.name, theme.strong));
        pieces.push((&dot, theme.dim));
    }
    if !matches!(session.source, Source::Demo { .. }) {
        pieces.push((session.source_label(), theme.dim));
        pieces.push((&dot, theme.dim));
    }
    let account = match (&session.account, model.signed_out) {
        (Some(account), _) => account.as_str(),
        (None, true) => "not signed in",
        (None, false) => "signing in",
    };
    pieces.push((account, theme.dim));
    paint.pieces(left, &pieces);
    let start = Rect { x: area.right() - right_width, width: right_width, ..area };
    let right: Vec<(&str, Style)> = right.iter().map(|(piece, style)| (piece.as_str(), *style)).collect();
    paint.pieces(start, &right);
}

/// What must not be overlooked.
fn badges(paint: &Paint<'_>, model: &Model) -> Vec<(String, Style)> {
    let theme = paint.theme;
    let mut badges = Vec::new();
    if let Source::Demo { persona, .. } = &model.session.source {
        let text = if persona == "owner" { " DEMO ".to_owned() } else { format!(" DEMO as {persona} ") };
        badges.push((text, theme.badge));
    }
    if model.session.read_only {
        badges.push((" READ-ONLY ".to_owned(), theme.badge));
    }
    if let Some((until, _)) = &model.network.throttled {
        let seconds = until.as_second().saturating_sub(model.now.as_second()).max(0);
        badges.push((format!(" THROTTLED {seconds} s "), theme.badge));
    }
    if model.network.offline {
        badges.push((" OFFLINE ".to_owned(), theme.badge));
    }
    badges
}

fn right_side(paint: &Paint<'_>, model: &Model) -> Vec<(String, Style)> {
    let theme = paint.theme;
    let (workspaces, subscriptions) = (model.inventory.count(), model.inventory.subscriptions().len());
    let status = &model.inventory_status;
    let mut right = Vec::new();
    let narrow = model.size.0 < 100;
    // It comes and goes: before everything else it moves nothing.
    if model.is_waiting() {
        let count = model.network.in_flight.max(1);
        right.push((format!("{}{count}  ", model.spinner()), theme.accent));
    }
    if status.at.is_some() || workspaces > 0 {
        let total = if narrow {
            format!("{workspaces} in {subscriptions}")
        } else {
            format!("{} in {}", plural(workspaces, "workspace"), plural(subscriptions, "subscription"))
        };
        right.push((total, theme.text));
        let unread = model.inventory.subscriptions().iter().filter(|s| s.unread.is_some()).count();
        if unread > 0 {
            right.push((format!("  {unread} not read"), theme.warn));
        }
    }
    match (&status.error, status.at) {
        (Some(_), Some(at)) => right.push((format!("  as of {}", paint.clock(at)), theme.warn)),
        (Some(_), None) => right.push(("  not read".to_owned(), theme.bad)),
        (None, Some(at)) if status.cached => right.push((format!("  from {}", paint.clock(at)), theme.warn)),
        (None, Some(at)) => right.push((format!("  {}", paint.clock(at)), theme.dim)),
        (None, None) => {}
    }
    let running = model.runs.running();
    if running > 0 {
        right.push((format!("  {} {}", paint.signs.busy, plural(running, "run")), theme.accent));
    }
    let left = model.runs.unfinished();
    if left > 0 {
        right.push((format!("  {} {left} unfinished", paint.signs.warning), theme.warn));
    }
    right
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

/// The names of the panes in one row, the focused one standing out.
pub fn draw_tabs(paint: &mut Paint<'_>, area: Rect, model: &Model) {
    let mut x = area.x + 1;
    for pane in Pane::ALL {
        let here = pane == model.focus;
        let name = match pane {
            Pane::Dependents => "Dependents",
            Pane::Network => "Network",
            other => other.title(),
        };
        let start = x;
        x = paint.text(
            x,
            area.y,
            area.right().saturating_sub(x),
            &pane.number().to_string(),
            paint.theme.accent,
        );
        x = paint.text(x, area.y, area.right().saturating_sub(x), " ", paint.theme.text);
        let style = if here { paint.theme.focus.patch(paint.theme.strong) } else { paint.theme.dim };
        x = paint.text(x, area.y, area.right().saturating_sub(x), name, style);
        let action = match pane {
            Pane::Browser => Action::Pane1,
            Pane::Overview => Action::PaneOverview,
            Pane::Dependents => Action::Pane2,
            Pane::Network => Action::Pane3,
            Pane::Access => Action::Pane4,
        };
        let place = Rect { x: start, width: x.saturating_sub(start), height: 1, ..area };
        paint.hits.add(place, Target::Action(action));
        x = paint.text(x, area.y, area.right().saturating_sub(x), "   ", paint.theme.text);
    }
}
