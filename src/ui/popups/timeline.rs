//! What changed around a workspace, the latest first.

use ratatui::layout::Rect;

use crate::app::listing::Listing;
use crate::app::model::Model;
use crate::app::timeline::Told;
use crate::domain::timeline::Outcome;
use crate::ui::paint::{Paint, tone_style};
use crate::ui::popups::lists::head;
use crate::ui::popups::rows::{self, Rows};
use crate::ui::widgets::grid::{Cell, Head};
use crate::ui::widgets::text;

/// Draws what changed.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing, told: &Told) {
    const HEADS: &[Head<'static>] = &[
        head("Time", 11, 11, 1),
        head("Who", 14, 26, 2),
        head("What", 34, 200, 0),
        head("Kind", 8, 8, 4),
        head("Result", 9, 9, 3),
    ];
    let changes = &told.story.changes;
    let room = usize::from(area.width.saturating_sub(4));
    let mut below = Vec::new();
    if let Some(change) = list.current().and_then(|row| changes.get(row)) {
        let style = tone_style(paint.theme, change.outcome.tone());
        below.extend(text::wrap(&change.sentence(), room).into_iter().map(|line| (line, style)));
    }
    for (at, line) in told.not_seen().iter().enumerate() {
        let style = if at < told.gaps.len() { paint.theme.warn } else { paint.theme.dim };
        below.extend(text::wrap(line, room).into_iter().map(|line| (line, style)));
    }
    let summary = told.summary();
    let right = match told.at {
        _ if told.reading => format!("{} reading", model.spinner()),
        Some(at) => format!("{summary}  {}", paint.clock(at)),
        None => summary,
    };
    let rows = Rows { right, heads: HEADS, empty: told.empty(), below };
    let (theme, zone) = (paint.theme, paint.zone.clone());
    rows::draw(paint, area, model, list, &rows, |row, column| {
        let change = changes.get(row)?;
        let failed = matches!(change.outcome, Outcome::Failed { .. });
        let (text, style) = match column {
            0 => (change.at.to_zoned(zone.clone()).strftime("%m-%d %H:%M").to_string().into(), theme.dim),
            1 => (change.who.name.as_str().into(), theme.text),
            2 => (change.what.as_str().into(), if failed { theme.bad } else { theme.text }),
            3 => (change.kind.word().into(), tone_style(theme, change.kind.tone())),
            _ => (change.outcome.word().into(), tone_style(theme, change.outcome.tone())),
        };
        Some(Cell { text, style })
    });
}
