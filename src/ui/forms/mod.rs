//! Forms: the steps on the left, the fields of the step in the middle, what follows from them on the right. On a
//! narrow screen the steps are one line, and what follows stands below the fields or is a key away.

mod consequence;
mod fields;
mod parts;
pub mod review;
pub mod run;
mod steps;

use ratatui::layout::Rect;

use crate::app::form::Form;
use crate::app::model::Model;
use crate::ui::paint::Paint;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// From this width on, steps, fields and what follows stand side by side.
const SIDE_BY_SIDE: u16 = 120;
/// The width of the steps at most.
const STEPS: u16 = 26;
/// Rows from which on there is one to spare for what the step is for.
const ROOMY: u16 = 14;
/// Rows below the fields that are worth showing what follows in.
const WORTH: u16 = 4;

/// Draws a form over the whole of `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, form: &Form) {
    frame::clear(paint.buf, area, paint.theme);
    let right = if form.is_waiting() { model.spinner().to_owned() } else { String::new() };
    let title = Title { name: &form.title, right, ..Title::default() };
    let mut inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
    let notes = (form.means)(model, form);
    if model.session.read_only && inner.height > 1 {
        let words = "This console is read-only: the plan can be looked at and copied, not run.";
        let words = format!("{} {words}", paint.signs.warning);
        paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(2), &words, paint.theme.warn);
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    if form.explaining {
        consequence::draw(paint, area, inner, &notes, Some(&form.scroll));
        return;
    }
    if inner.width >= SIDE_BY_SIDE - 2 {
        let longest = form.steps.iter().map(|step| text::width(&step.title_in(form))).max().unwrap_or(0);
        let steps = u16::try_from(longest + 5).unwrap_or(STEPS).min(STEPS);
        let right = (inner.width / 3).clamp(36, 70);
        let left = Rect { width: steps, ..inner };
        let middle = Rect { x: inner.x + steps, width: inner.width - steps - right, ..inner };
        let right = Rect { x: middle.right(), width: right, ..inner };
        steps::draw(paint, left, form);
        line(paint, left);
        let below = about(paint, middle, form);
        fields::draw(paint, area, below, model, form, 0);
        line(paint, middle);
        let room = Rect { x: right.x + 1, width: right.width.saturating_sub(1), ..right };
        consequence::draw(paint, area, room, &notes, None);
        return;
    }
    steps::draw_line(paint, Rect { height: inner.height.min(1), ..inner }, form);
    let room = about(paint, Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner }, form);
    let spare = if notes.is_empty() { 0 } else { WORTH + 4 };
    // However low the screen: the row that says what follows is kept free.
    let kept = u16::from(!notes.is_empty() && room.height > 3);
    let above = Rect { height: room.height - kept, ..room };
    let used = fields::draw(paint, area, above, model, form, spare);
    let left = room.height.saturating_sub(used + 1);
    if left >= WORTH && !notes.is_empty() {
        let y = room.y + used;
        let rule = if paint.signs.boxes { "─" } else { "-" };
        let text = rule.repeat(usize::from(room.width));
        paint.text(room.x, y, room.width, &text, paint.theme.border);
        consequence::draw(paint, area, Rect { y: y + 1, height: left, ..room }, &notes, None);
    } else if let (Some(first), 1) = (notes.first(), kept) {
        let more = if notes.len() > 1 { paint.signs.ellipsis } else { "" };
        let words = text::cut(&first.text, usize::from(room.width.saturating_sub(4)), paint.signs.ellipsis);
        let words =
            if words.ends_with(paint.signs.ellipsis) { words } else { format!("{words} {more}").into() };
        paint.text(room.x + 1, room.bottom() - 1, room.width.saturating_sub(2), &words, paint.theme.strong);
    }
}

/// Says above the fields what the step is for, where there is room for it; gives the room below.
fn about(paint: &mut Paint<'_>, area: Rect, form: &Form) -> Rect {
    let words = form.steps.get(form.step).map_or("", |step| step.about);
    if words.is_empty() || area.height < ROOMY {
        return area;
    }
    let lines = text::wrap(words, usize::from(area.width.saturating_sub(2)));
    for (y, line) in (area.y..area.bottom()).zip(&lines) {
        paint.text(area.x + 1, y, area.width.saturating_sub(2), line, paint.theme.dim);
    }
    // A free row below it only where it does not cost the fields anything.
    let rows = u16::try_from(lines.len()).unwrap_or(0) + u16::from(area.height >= 2 * ROOMY);
    Rect { y: area.y + rows, height: area.height.saturating_sub(rows), ..area }
}

/// A line along the right side.
fn line(paint: &mut Paint<'_>, area: Rect) {
    let sign = if paint.signs.boxes { "│" } else { "|" };
    for y in area.y..area.bottom() {
        paint.buf.set_string(area.right().saturating_sub(1), y, sign, paint.theme.border);
    }
}
