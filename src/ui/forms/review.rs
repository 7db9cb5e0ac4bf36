//! A plan before it runs: what to know first, then the steps in order, each with what it sends and its way back;
//! the step under the cursor in full beside them where there is room.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::hit::{ListId, Target};
use crate::app::model::Model;
use crate::app::review::{Review, Rights, Tab, outline};
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::config::theme::Theme;
use crate::domain::plan::print::{request_words, span};
use crate::domain::plan::{Confirmation, Plan, Step, Undo, Weight};
use crate::ui::paint::Paint;
use crate::ui::popups::{picker, text as text_popup};
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// From this width on, the step under the cursor stands beside the steps.
const SIDE_BY_SIDE: u16 = 110;

/// One line, and the step that it belongs to.
struct Line {
    text: String,
    style: Style,
    /// None before the steps.
    step: Option<usize>,
}

/// Draws a review over the whole of `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, review: &Review) {
    let plan = &review.plan;
    frame::clear(paint.buf, area, paint.theme);
    let steps = plan.chosen().count();
    let count = if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
    let said = plan.title.contains(&plan.subject_name);
    let note = if said { String::new() } else { format!("on {}", plan.subject_name) };
    let title = Title { name: &plan.title, note, right: count, ..Title::default() };
    // What is production strikes the eye before a word is read; without colours a badge says it.
    let theme = if plan.production {
        Theme { focus: paint.theme.bad, ..paint.theme.clone() }
    } else {
        paint.theme.clone()
    };
    let mut inner = frame::draw(paint.buf, area, &title, true, &theme, paint.signs);
    draw_tabs(paint, Rect { height: inner.height.min(1), ..inner }, review);
    inner = Rect { y: inner.y + 1, height: inner.height.saturating_sub(1), ..inner };
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
    draw_steps(paint, area, left, model, review);
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

/// What has to be typed to run a plan, and why.
fn question(plan: &Plan) -> String {
    let Confirmation::TypeName(wanted) = plan.confirmation() else { return String::new() };
    let why = match plan {
        Plan { production: true, many: Some(_), .. } => "Production is among them",
        Plan { production: true, .. } => "This is production",
        Plan { unsure: true, .. } => "Who is affected is not known",
        Plan { advised_against: true, .. } => "This is not advised",
        _ => "This cannot be undone",
    };
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

fn draw_steps(paint: &mut Paint<'_>, frame: Rect, area: Rect, model: &Model, review: &Review) {
    let room = usize::from(area.width.saturating_sub(2)).max(10);
    let key = model.keymap.key(Context::Review, Action::Right);
    let notes = before(paint, model, review, room);
    let area = draw_before(paint, area, notes, review.plan.steps.len(), &key);
    let mut lines = Vec::new();
    for (at, step) in review.plan.steps.iter().enumerate() {
        push_step(&mut lines, paint, at, step, room);
    }
    let height = usize::from(area.height);
    let of_cursor = |line: &Line| line.step == Some(review.cursor.row);
    let first = lines.iter().position(of_cursor).unwrap_or(0);
    let last = lines.iter().rposition(of_cursor).map_or(0, |at| at + 1);
    let offset = last.saturating_sub(height).min(first);
    paint.hits.add(area, Target::List(ListId::Overlay));
    for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(offset).take(height)) {
        paint.text(area.x + 1, y, area.width.saturating_sub(1), &line.text, line.style);
        let row = Rect { y, height: 1, ..area };
        if let Some(step) = line.step {
            paint.hits.add(row, Target::Row(ListId::Overlay, step));
            if step == review.cursor.row {
                paint.buf.set_string(area.x, y, paint.signs.cursor, paint.theme.accent);
            }
        }
    }
    paint.more(frame, offset, lines.len().saturating_sub(offset + height));
}

/// Draws what to know before the steps, which stays in sight whatever step is looked at, and gives the room that is left.
/// What has no room is a `key` away.
fn draw_before(paint: &mut Paint<'_>, area: Rect, lines: Vec<Line>, steps: usize, key: &str) -> Rect {
    let height = usize::from(area.height);
    // A step takes some four rows; half of the room is theirs when there is not enough for all.
    let room = height.saturating_sub((steps * 4).min(height / 2));
    let is_cut = lines.len() > room;
    let shown = if is_cut { room.saturating_sub(1) } else { lines.len() };
    let rest = lines.len() - shown;
    for (y, line) in (area.y..area.bottom()).zip(lines.into_iter().take(shown)) {
        paint.text(area.x + 1, y, area.width.saturating_sub(1), &line.text, line.style);
    }
    let mut y = area.y + u16::try_from(shown).unwrap_or(area.height);
    if is_cut && y < area.bottom() {
        let more = format!(" {rest} more lines: {key} has all, at its end ");
        paint.text(area.x + 1, y, area.width.saturating_sub(1), &more, paint.theme.badge);
        y += 1;
    }
    Rect { y, height: area.bottom().saturating_sub(y), ..area }
}

/// What to know before the steps, the gravest first.
fn before(paint: &Paint<'_>, model: &Model, review: &Review, room: usize) -> Vec<Line> {
    let mut said: Vec<(String, Style)> = Vec::new();
    if model.session.read_only {
        let words = "This console is read-only: the plan can be copied and saved, but it cannot run.";
        said.push((format!("{} {words}", paint.signs.bad), paint.theme.bad));
    }
    for lacks in review.lacks() {
        let words = format!("{} You lack {lacks}: it does not run until you have it.", paint.signs.bad);
        said.push((words, paint.theme.bad));
    }
    match &review.rights {
        Rights::Awaited(_) => {
            said.push((format!("{} asking Azure for your rights", model.spinner()), paint.theme.dim));
        }
        Rights::Unknown(why) => {
            let words =
                format!("{} Whether you have the rights for it is not known: {why}", paint.signs.warning);
            said.push((words, paint.theme.warn));
        }
        Rights::Lacking(_) => {}
    }
    for warning in &review.plan.warnings {
        let (sign, style) = match warning.weight {
            Weight::Danger => (paint.signs.bad, paint.theme.bad),
            Weight::Caution => (paint.signs.warning, paint.theme.warn),
            Weight::Note => (paint.signs.dot, paint.theme.text),
        };
        said.push((format!("{sign} {}", warning.text), style));
    }
    let mut lines = Vec::new();
    for (words, style) in said {
        for (n, part) in text::wrap(&words, room.saturating_sub(2)).into_iter().enumerate() {
            let text = if n == 0 { part } else { format!("  {part}") };
            lines.push(Line { text, style, step: None });
        }
    }
    if !lines.is_empty() {
        lines.push(Line { text: String::new(), style: paint.theme.text, step: None });
    }
    lines
}

fn push_step(lines: &mut Vec<Line>, paint: &Paint<'_>, at: usize, step: &Step, room: usize) {
    let theme = paint.theme;
    let mut push = |text: String, style: Style| lines.push(Line { text, style, step: Some(at) });
    let sign = match (step.optional, step.chosen) {
        (false, _) => "",
        (true, true) => "[x] ",
        (true, false) => "[ ] ",
    };
    let one_way = matches!(step.undo, Undo::OneWay(_));
    let mark = if one_way { format!("  {} one way", paint.signs.warning) } else { String::new() };
    let head = if step.chosen { theme.strong } else { theme.dim };
    let title = format!("{}. {sign}{}{mark}", at + 1, step.title);
    for (n, part) in text::wrap(&title, room.saturating_sub(4).max(10)).into_iter().enumerate() {
        push(if n == 0 { part } else { format!("   {part}") }, head);
    }
    if !step.chosen {
        push("   left out".to_owned(), theme.dim);
        for part in step.left_out.iter().flat_map(|then| text::wrap(then, room.saturating_sub(3).max(10))) {
            push(format!("   {part}"), theme.warn);
        }
        return;
    }
    let body = room.saturating_sub(3).max(10);
    for part in text::wrap(&step.effect, body) {
        push(format!("   {part}"), theme.text);
    }
    for part in step.caution.iter().flat_map(|caution| text::wrap(caution, body)) {
        push(format!("   {part}"), theme.warn);
    }
    for request in &step.requests {
        let line = request_words(request);
        let line = text::cut_middle(&line, body, paint.signs.ellipsis).into_owned();
        push(format!("   {line}"), theme.accent);
    }
    if let Some(wait) = &step.wait {
        let words = format!("waits until {}: usually {}", wait.reason, span(wait.typical));
        for part in text::wrap(&words, body) {
            push(format!("   {part}"), theme.dim);
        }
    }
    match &step.undo {
        Undo::By(back) => {
            for part in text::wrap(&format!("undo: {}", back.title), body) {
                push(format!("   {part}"), theme.dim);
            }
        }
        Undo::OneWay(reason) => {
            for part in text::wrap(&format!("cannot be undone: {reason}"), body) {
                push(format!("   {part}"), theme.warn);
            }
        }
        Undo::Nothing => {}
    }
}

fn draw_details(paint: &mut Paint<'_>, area: Rect, model: &Model, step: &Step) {
    let room = usize::from(area.width.saturating_sub(2));
    let mut y = area.y;
    paint.text(area.x + 1, y, area.width.saturating_sub(2), &step.title, paint.theme.strong);
    y += 1;
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
