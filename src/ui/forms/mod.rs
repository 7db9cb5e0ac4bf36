//! Forms: the steps on the left, the fields of the step in the middle, what follows from them on the right. On a
//! narrow screen the steps are one line, and what follows stands below the fields or is a key away.

mod consequence;
mod fields;
mod parts;
mod plan_steps;
pub mod review;
#[cfg(test)]
mod review_tests;
pub mod run;
mod stack;
mod steps;

use ratatui::layout::Rect;

use consequence::Below;

use crate::app::form::{Form, Note};
use crate::app::model::Model;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::fact::Tone;
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
        consequence::draw(paint, area, inner, &notes, Below::Scrolled(&form.scroll));
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
        let key = model.keymap.shown(Context::Form, Action::Consequence).unwrap_or_default();
        consequence::draw(paint, area, room, &notes, Below::Cut(&key));
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
    let key = model.keymap.shown(Context::Form, Action::Consequence).unwrap_or_default();
    if left >= WORTH && !notes.is_empty() {
        let y = room.y + used;
        let rule = if paint.signs.boxes { "─" } else { "-" };
        let text = rule.repeat(usize::from(room.width));
        paint.text(room.x, y, room.width, &text, paint.theme.border);
        let below = Rect { y: y + 1, height: left, ..room };
        let notes = if consequence::fits(below, &notes) { notes } else { gravest_first(notes) };
        consequence::draw(paint, area, below, &notes, Below::Cut(&key));
    } else if let (Some(first), 1) = (in_a_line(&notes), kept) {
        let end = format!("{} {key}", paint.signs.ellipsis);
        let cells = usize::from(room.width.saturating_sub(3)).saturating_sub(text::width(&end));
        let mark = if first.tone >= Tone::Warn { format!("{} ", paint.signs.warning) } else { String::new() };
        let words = format!("{mark}{}", first.text);
        let words = text::cut(&words, cells, "");
        let x = paint.text(
            room.x + 1,
            room.bottom() - 1,
            room.width.saturating_sub(2),
            &words,
            paint.tone(first.tone),
        );
        paint.text(x + 1, room.bottom() - 1, room.right().saturating_sub(x + 1), &end, paint.theme.accent);
    }
}

/// Notes for a small room: what it is all about, then what warns, and of headings only those without which the lines
/// below them say nothing, as lines themselves.
fn gravest_first(notes: Vec<Note>) -> Vec<Note> {
    let mut notes = notes.into_iter().peekable();
    let mut small: Vec<Note> = notes.next_if(|first| !first.needed).into_iter().collect();
    let (mut of_grave, mut of_others): (Option<Note>, Option<Note>) = (None, None);
    let mut others = Vec::new();
    for note in notes {
        if note.heading {
            of_grave = note.needed.then(|| Note::plain(format!("{}:", note.text)));
            of_others.clone_from(&of_grave);
        } else if note.tone >= Tone::Warn {
            small.extend(of_grave.take());
            small.push(note);
        } else {
            others.extend(of_others.take());
            others.push(note);
        }
    }
    small.extend(others);
    small
}

/// The one note that there is room for: the first that warns, else what it is all about, with the first line of that.
fn in_a_line(notes: &[Note]) -> Option<Note> {
    if let Some(warns) = notes.iter().find(|note| note.tone >= Tone::Warn) {
        return Some(warns.clone());
    }
    match notes {
        [heading, line, ..] if heading.heading && !line.heading => {
            Some(Note::new(format!("{}: {}", heading.text, line.text), line.tone))
        }
        notes => notes.first().cloned(),
    }
}

/// Says above the fields what the step is for, where there is room for it; gives the room below.
fn about(paint: &mut Paint<'_>, area: Rect, form: &Form) -> Rect {
    let step = form.steps.get(form.step);
    let words = step.map_or("", |step| step.about);
    // What happens when it is left as it is says nothing any more once it is not.
    let changed = step.is_some_and(|step| step.fields.iter().any(|field| field.edited));
    let words =
        words.split_once("Left as it is:").filter(|_| changed).map_or(words, |(what, _)| what.trim_end());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_small_room_what_is_said_of_each_stays_below_its_heading_and_behind_what_warns() {
        let notes = vec![
            Note::needed("In dev"),
            Note::plain("Ada: Reader"),
            Note::needed("In prod"),
            Note::plain("nobody"),
            Note::heading("To know"),
            Note::new("no data role", Tone::Warn),
        ];
        let small: Vec<String> = gravest_first(notes).into_iter().map(|note| note.text).collect();
        assert_eq!(small, ["no data role", "In dev:", "Ada: Reader", "In prod:", "nobody"]);
        let line = |notes: &[Note]| in_a_line(notes).map(|note| note.text);
        assert_eq!(line(&[Note::heading("In ml"), Note::plain("nobody")]).unwrap(), "In ml: nobody");
        assert_eq!(line(&[Note::heading("In ml"), Note::heading("Then")]).unwrap(), "In ml");
        let one = vec![Note::heading("In ml"), Note::plain("nobody"), Note::new("no tags", Tone::Warn)];
        let small: Vec<String> = gravest_first(one).into_iter().map(|note| note.text).collect();
        assert_eq!(small, ["In ml", "no tags", "nobody"]);
    }
}
