//! A plan before it runs: what to know first, then all its steps at a glance, the one under the cursor in full below
//! itself, or beside them where there is room.

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{plan_steps, stack};
use crate::app::model::Model;
use crate::app::review::{Review, Rights, Tab, outline};
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::config::theme::Theme;
use crate::domain::plan::{Confirmation, Plan, Step, Weight};
use crate::ui::paint::Paint;
use crate::ui::popups::{picker, text as text_popup};
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// From this width on, the step under the cursor stands beside the steps.
const SIDE_BY_SIDE: u16 = 110;
/// The lines of a note that are shown above the steps where not all have room; of those that are no danger one, where the
/// steps still need more.
const NOTE: usize = 2;
/// The lines that the step under the cursor mostly takes below its name.
const BODY: usize = 7;

/// Draws a review over the whole of `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, review: &Review) {
    let plan = &review.plan;
    frame::clear(paint.buf, area, paint.theme);
    let right = size(model, review, area.width);
    let note = subject_note(plan, &right, area.width);
    let title = Title { name: &plan.title, note, right, ..Title::default() };
    // What is production strikes the eye before a word is read; without colours a badge says it.
    let theme = if plan.production {
        Theme { focus: paint.theme.bad, ..paint.theme.clone() }
    } else {
        paint.theme.clone()
    };
    let mut inner = frame::draw(paint.buf, area, &title, true, &theme, paint.signs);
    if inner.height == 0 {
        return;
    }
    draw_tabs(paint, Rect { height: 1, ..inner }, review);
    inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    if let Some(name) = &review.name {
        let ask = question(plan);
        // Whatever else has no room: what has to be typed is read in full.
        let asked = text::wrap(&ask, usize::from(inner.width.saturating_sub(2)).max(8));
        let rows = u16::try_from(asked.len() + 1).unwrap_or(2).min(inner.height);
        let foot = Rect { y: inner.bottom() - rows, height: rows, ..inner };
        inner.height = inner.height.saturating_sub(rows + 1);
        let line = foot.bottom().saturating_sub(1);
        for (y, words) in (foot.y..line).zip(&asked) {
            paint.text(foot.x + 1, y, foot.width.saturating_sub(2), words, paint.theme.bad);
        }
        let x = paint.text(foot.x + 1, line, 2, "> ", paint.theme.accent);
        let field = Rect { x, y: line, width: foot.right().saturating_sub(x + 1), height: 1 };
        picker::draw_field(paint, field, name, true);
    }
    if review.tab != Tab::Steps {
        text_popup::draw_lines(paint, area, inner, &review.text);
        return;
    }
    let side = inner.width >= SIDE_BY_SIDE - 2;
    let left = if side { Rect { width: inner.width * 11 / 20, ..inner } } else { inner };
    draw_steps(paint, area, left, model, review, !side);
    if side && let Some(step) = review.current() {
        let x = left.right();
        let sign = if paint.signs.boxes { "│" } else { "|" };
        for y in inner.y..inner.bottom() {
            paint.buf.set_string(x, y, sign, paint.theme.border);
        }
        let right = Rect { x: x + 1, width: inner.right().saturating_sub(x + 1), ..inner };
        draw_details(paint, right, model, step);
    }
}

/// What a plan is about, for a frame so wide, where its title does not say it and it has room as a whole: half a name says
/// nothing.
pub(super) fn subject_note(plan: &Plan, right: &str, columns: u16) -> String {
    let note = format!("on {}", plan.subject_name);
    let taken = text::width(&plan.title) + text::width(&note) + text::width(right) + 10;
    let fits = taken <= usize::from(columns) || plan.many.is_none();
    if plan.title.contains(&plan.subject_name) || !fits { String::new() } else { note }
}

/// What has to be typed to run a plan, and why.
fn question(plan: &Plan) -> String {
    let Confirmation::TypeName(wanted) = plan.confirmation() else { return String::new() };
    let why = plan.grave_because().unwrap_or_default();
    match &plan.many {
        Some(_) => {
            format!("{why}: {}. Type how many they are to run the plan: {wanted}", plan.subject_name)
        }
        None if plan.production => format!("{why}. Type its name to run the plan: {wanted}"),
        None => format!("{why}. Type the name to run the plan: {wanted}"),
    }
}

fn draw_tabs(paint: &mut Paint<'_>, area: Rect, review: &Review) {
    let mut x = area.x + 1;
    for tab in review.tabs() {
        let style = if tab == review.tab { paint.theme.strong } else { paint.theme.dim };
        let shown =
            if tab == review.tab { format!("[{}]", tab.title()) } else { format!(" {} ", tab.title()) };
        x = paint.text(x, area.y, area.right().saturating_sub(x), &shown, style) + 1;
    }
    if review.plan.production {
        let badge = " PRODUCTION ";
        let wide = u16::try_from(text::width(badge)).unwrap_or(12);
        let at = area.right().saturating_sub(wide + 1).max(x);
        paint.text(at, area.y, area.right() - at, badge, paint.theme.badge);
    }
}

/// How much the plan is, for the frame; how long it waits only where the name of the plan leaves room for it.
fn size(model: &Model, review: &Review, columns: u16) -> String {
    let (mut size, waits) = review.size();
    let room = usize::from(columns).saturating_sub(text::width(&review.plan.title) + 10);
    if let Some(waits) = waits.map(|waits| format!("{size}, {waits}")).filter(|all| text::width(all) <= room)
    {
        size = waits;
    }
    if matches!(review.rights, Rights::Awaited(_)) { format!("{} {size}", model.spinner()) } else { size }
}

fn draw_steps(paint: &mut Paint<'_>, frame: Rect, area: Rect, model: &Model, review: &Review, unfold: bool) {
    let room = usize::from(area.width.saturating_sub(2)).max(10);
    // Where everything has room nothing is folded, and no name is cut.
    let full = if unfold { plan_steps::lines(paint, review, room, true, |_| true) } else { Vec::new() };
    let folded = review.plan.steps.len() + if unfold { BODY } else { 0 };
    let want = if unfold { full.len().min(folded) } else { folded };
    let area = draw_notes(paint, area, model, review, want);
    let fits = |lines: &Vec<stack::Line>| lines.len() <= usize::from(area.height);
    let open = |at: usize| unfold && at == review.cursor.row;
    let lines = Some(full)
        .filter(|full| unfold && fits(full))
        .or_else(|| Some(plan_steps::lines(paint, review, room, true, open)).filter(fits))
        .unwrap_or_else(|| plan_steps::lines(paint, review, room, false, open));
    stack::draw(paint, frame, area, &review.cursor, &lines);
}

/// Draws what to know before the steps, which stays in sight whatever step is looked at, and gives the room that is left:
/// at least half of it. The steps `want` so many lines. What has no room is a key away.
fn draw_notes(paint: &mut Paint<'_>, area: Rect, model: &Model, review: &Review, want: usize) -> Rect {
    let room = usize::from(area.width.saturating_sub(4)).max(8);
    let notes: Vec<(Weight, Vec<String>)> =
        review.notes(model).into_iter().map(|note| (note.weight, text::wrap(&note.text, room))).collect();
    if notes.is_empty() || area.height < 4 {
        return area;
    }
    let height = |limit: usize| -> usize {
        notes.iter().map(|(weight, lines)| lines.len().min(limit_of(*weight, limit))).sum()
    };
    let (rows, at_most) = (usize::from(area.height), usize::from(area.height / 2) - 1);
    let fits = |limit: &usize| height(*limit) <= at_most && height(*limit) + 1 + want <= rows;
    let limit = [usize::MAX, NOTE].into_iter().find(fits).unwrap_or(1);
    let mut left = height(limit).min(at_most);
    let hidden = height(usize::MAX) - left;
    let mut y = area.y;
    for (weight, lines) in &notes {
        let (sign, style) = look(paint, *weight);
        let shown = lines.len().min(limit_of(*weight, limit)).min(left);
        left -= shown;
        for (n, line) in lines.iter().take(shown).enumerate() {
            let begin = if n == 0 { sign } else { " " };
            let goes_on = n + 1 == shown && shown < lines.len();
            let end = if goes_on { paint.signs.ellipsis } else { "" };
            // The sign that it goes on takes the place of the last word where there is no other.
            let full = goes_on && text::width(line) >= room;
            let line = line.rfind(' ').filter(|_| full).map_or(line.as_str(), |at| &line[..at]);
            paint.text(area.x + 1, y, area.width.saturating_sub(2), &format!("{begin} {line}{end}"), style);
            y += 1;
        }
    }
    draw_rule(paint, Rect { y, height: 1, ..area }, model, hidden);
    Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area }
}

/// How many lines of a note are shown where those that are no danger have so many.
fn limit_of(weight: Weight, limit: usize) -> usize {
    if weight == Weight::Danger { limit.max(NOTE) } else { limit }
}

fn look(paint: &Paint<'_>, weight: Weight) -> (&'static str, Style) {
    match weight {
        Weight::Danger => (paint.signs.bad, paint.theme.bad),
        Weight::Caution => (paint.signs.warning, paint.theme.warn),
        Weight::Note => (paint.signs.dot, paint.theme.text),
    }
}

/// The line between what to know and the steps; it says what of it is not in sight, and the key that shows it.
fn draw_rule(paint: &mut Paint<'_>, area: Rect, model: &Model, hidden: usize) {
    let rule = if paint.signs.boxes { "─" } else { "-" };
    let line = rule.repeat(usize::from(area.width));
    paint.text(area.x, area.y, area.width, &line, paint.theme.border);
    if hidden > 0 {
        let key = model.keymap.key(Context::Review, Action::Consequence);
        let words = if hidden == 1 { "1 more line".to_owned() } else { format!("{hidden} more lines") };
        let words = format!(" {words}: {key} shows all ");
        paint.text(area.x + 2, area.y, area.width.saturating_sub(3), &words, paint.theme.badge);
    }
}

fn draw_details(paint: &mut Paint<'_>, area: Rect, model: &Model, step: &Step) {
    let room = usize::from(area.width.saturating_sub(2));
    let mut y = area.y;
    for part in text::wrap(&step.title, room.max(8)).iter().take(usize::from(area.height)) {
        paint.text(area.x + 1, y, area.width.saturating_sub(2), part, paint.theme.strong);
        y += 1;
    }
    let key = model.keymap.key(Context::Review, Action::Right);
    let exact = if step.requests.is_empty() {
        String::new()
    } else {
        format!("\n{:<12}{key} shows the very requests", "")
    };
    let content = format!("{}{exact}", outline(step));
    for line in content.lines() {
        let (label, value) = line.split_at(line.char_indices().nth(12).map_or(line.len(), |(at, _)| at));
        for (n, part) in text::wrap(value, room.saturating_sub(12).max(8)).into_iter().enumerate() {
            if y >= area.bottom() {
                let more = format!(" {key} for the rest ");
                let wide = u16::try_from(text::width(&more)).unwrap_or(16);
                let x = area.right().saturating_sub(wide + 1).max(area.x);
                paint.text(x, area.bottom() - 1, area.right() - x, &more, paint.theme.badge);
                return;
            }
            let label = if n == 0 { label } else { "" };
            paint.text(area.x + 1, y, 12, label, paint.theme.dim);
            let x = area.x + 13;
            paint.text(x, y, area.right().saturating_sub(x + 1), &part, paint.theme.text);
            y += 1;
        }
    }
}
