//! What is different from a saved snapshot.

use ratatui::layout::Rect;

use crate::app::listing::Listing;
use crate::app::model::Model;
use crate::domain::fact::count;
use crate::domain::snapshot::Comparison;
use crate::ui::paint::{Paint, tone_style};
use crate::ui::popups::lists::head;
use crate::ui::popups::rows::{self, Rows};
use crate::ui::widgets::grid::{Cell, Head};
use crate::ui::widgets::text;

/// Draws the differences.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing, comparison: &Comparison) {
    const HEADS: &[Head<'static>] = &[
        head("", 1, 1, 1),
        head("About", 8, 8, 3),
        head("What", 34, 90, 0),
        head("Before and now", 16, 90, 2),
    ];
    let differences = &comparison.differences;
    let room = usize::from(area.width.saturating_sub(4));
    let mut below = Vec::new();
    if let Some(difference) = list.current().and_then(|row| differences.get(row)) {
        let line = format!("{}  {}", difference.what, difference.values());
        let style = tone_style(paint.theme, difference.tone());
        below.extend(text::wrap(&line, room).into_iter().map(|line| (line, style)));
    }
    for part in &comparison.unknown {
        below.extend(text::wrap(part, room).into_iter().map(|line| (line, paint.theme.warn)));
    }
    let all = comparison.unknown.is_empty();
    let empty =
        if all { "Nothing is different." } else { "Nothing is different in what was read both times." };
    let right = count(differences.len(), "difference", "differences");
    let rows = Rows { right, heads: HEADS, empty, below };
    let theme = paint.theme;
    rows::draw(paint, area, model, list, &rows, |row, column| {
        let difference = differences.get(row)?;
        let style = tone_style(theme, difference.tone());
        let (text, style) = match column {
            0 => (difference.sign.sign().into(), style),
            1 => (difference.area.word().into(), theme.dim),
            2 => (difference.what.as_str().into(), style),
            _ => (difference.values().into(), theme.dim),
        };
        Some(Cell { text, style })
    });
}
