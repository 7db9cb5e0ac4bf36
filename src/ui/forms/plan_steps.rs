//! The steps of a plan in lines: one line each, so that the whole plan is seen at a glance, and the one under the cursor
//! with what it does, sends, takes back and needs below it. What cannot be undone and what somebody loses by a step is
//! never folded away.

use ratatui::style::Style;

use super::stack::Line;
use crate::app::review::Review;
use crate::domain::plan::print::{request_words, span};
use crate::domain::plan::{Step, Undo};
use crate::ui::paint::Paint;
use crate::ui::widgets::apart::apart;
use crate::ui::widgets::text;

/// The cells of a label below a step.
const LABEL: usize = 8;

/// The lines of one thing about a step at most: whom a role helps can be a long list, which is a key away in full.
const LONGEST: usize = 3;

/// The lines of all steps of a review in `room` cells; those that are `open` are there in full. Of the others name
/// and danger are in one line each, unless `whole` gives them those that they need.
pub fn lines(
    paint: &Paint<'_>,
    review: &Review,
    room: usize,
    whole: bool,
    open: impl Fn(usize) -> bool,
) -> Vec<Line> {
    let steps = &review.plan.steps;
    let digits = steps.len().to_string().len();
    let any_optional = steps.iter().any(|step| step.optional);
    let indent = digits + 2 + if any_optional { 4 } else { 0 };
    let marks: Vec<(String, Style)> = steps.iter().map(|step| mark(paint, step)).collect();
    let beside = |mark: &str| {
        let taken = if mark.is_empty() { 0 } else { text::width(mark) + 2 };
        room.saturating_sub(indent + taken).max(10)
    };
    let titles: Vec<(&str, usize)> =
        steps.iter().zip(&marks).map(|(step, (mark, _))| (step.title.as_str(), beside(mark))).collect();
    let cut = apart(&titles, paint.signs.ellipsis);
    let mut lines = Vec::new();
    for (at, (step, (mark, mark_style))) in steps.iter().zip(marks).enumerate() {
        let is_open = open(at);
        let (title, cells) = titles[at];
        let title = match &cut[at] {
            Some(cut) if !is_open && !whole => vec![cut.clone()],
            _ if is_open || whole => text::wrap(title, cells),
            _ => in_two_lines(title, cells, paint.signs.ellipsis),
        };
        let choice = match (any_optional, step.optional, step.chosen) {
            (false, ..) => "",
            (true, false, _) => "    ",
            (true, true, true) => "[x] ",
            (true, true, false) => "[ ] ",
        };
        let style = if !step.chosen {
            paint.theme.dim
        } else if is_one_way(step) {
            paint.theme.bad
        } else if at == review.cursor.row {
            paint.theme.strong
        } else {
            paint.theme.text
        };
        let mut right = Some(mark);
        for (n, part) in title.into_iter().enumerate() {
            let begin = if n == 0 { format!("{:>digits$}. {choice}", at + 1) } else { " ".repeat(indent) };
            lines.push(Line {
                right: right.take().unwrap_or_default(),
                right_style: mark_style,
                grave: n == 0 && step.chosen && is_one_way(step),
                ..Line::new(at, format!("{begin}{part}"), style)
            });
        }
        if is_open {
            push_body(&mut lines, paint, (at, step), digits + 2, room);
        } else if let Some((words, style)) = grave_words(paint, step).filter(|_| step.chosen) {
            let cells = room.saturating_sub(indent).max(10);
            let parts = match whole {
                true => text::wrap(&words, cells),
                false => vec![text::cut(&words, cells, paint.signs.ellipsis).into_owned()],
            };
            lines.extend(
                parts.iter().map(|part| Line::new(at, format!("{}{part}", " ".repeat(indent)), style)),
            );
        }
    }
    lines
}

fn is_one_way(step: &Step) -> bool {
    matches!(step.undo, Undo::OneWay(_))
}

/// What stands at the right end of a step, always at the same place.
fn mark(paint: &Paint<'_>, step: &Step) -> (String, Style) {
    let (theme, warning) = (paint.theme, paint.signs.warning);
    if !step.chosen {
        return match &step.left_out {
            Some(_) => (format!("{warning} left out"), theme.warn),
            None => ("left out".to_owned(), theme.dim),
        };
    }
    let wait = step.wait.as_ref().map(|wait| format!("waits {}", span(wait.typical)));
    let (word, style) = match (is_one_way(step), &step.caution) {
        (true, _) => (Some(format!("{warning} one-way")), theme.bad),
        (false, Some(_)) => (Some(format!("{warning} loss")), theme.warn),
        (false, None) => (None, theme.dim),
    };
    let words: Vec<String> = word.into_iter().chain(wait).collect();
    (words.join("  "), style)
}

/// What must be read of a step that is folded.
fn grave_words(paint: &Paint<'_>, step: &Step) -> Option<(String, Style)> {
    match (&step.undo, &step.caution) {
        (Undo::OneWay(why), _) => Some((format!("cannot be undone: {why}"), paint.theme.bad)),
        (_, Some(caution)) => Some((caution.clone(), paint.theme.warn)),
        _ => None,
    }
}

/// A name in two lines: the second is cut in the middle where that is still not enough.
fn in_two_lines(title: &str, cells: usize, ellipsis: &str) -> Vec<String> {
    let mut parts = text::wrap(title, cells);
    if parts.len() > 2 {
        let rest = parts.split_off(1).join(" ");
        parts.push(text::cut_middle(&rest, cells, ellipsis).into_owned());
    }
    parts
}

/// What the step under the cursor does, sends, waits for, takes back and needs.
fn push_body(
    lines: &mut Vec<Line>,
    paint: &Paint<'_>,
    (at, step): (usize, &Step),
    indent: usize,
    room: usize,
) {
    let theme = paint.theme;
    let cells = room.saturating_sub(indent + LABEL).max(10);
    // What is left out stands back as a whole: it is there to be put in.
    let tone = |style: Style| if step.chosen { style } else { theme.dim };
    let mut push = |label: &str, words: &str, style: Style| {
        let mut parts = text::wrap(words, cells);
        if parts.len() > LONGEST {
            parts.truncate(LONGEST);
            let last = text::cut(&parts[LONGEST - 1], cells - 2, "").into_owned();
            parts[LONGEST - 1] = format!("{last} {}", paint.signs.ellipsis);
        }
        for (n, part) in parts.into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            lines.push(Line::new(at, format!("{:indent$}{label:<LABEL$}{part}", ""), style));
        }
    };
    if let Some(then) = step.left_out.as_ref().filter(|_| !step.chosen) {
        push("Then", then, theme.warn);
    }
    push(step.effect_label(), &step.effect, tone(theme.text));
    if let Some(caution) = &step.caution {
        push("Caution", caution, tone(theme.warn));
    }
    if let Some(other) = &step.instead {
        push("Or", &other.title, tone(theme.text));
    }
    for (n, request) in step.requests.iter().enumerate() {
        push(if n == 0 { "Sends" } else { "" }, &request_words(request), tone(theme.accent));
    }
    if let Some(wait) = &step.wait {
        let words =
            format!("{}; usually {}, at most {}", wait.reason, span(wait.typical), span(wait.at_most));
        push("Until", &words, tone(theme.text));
    }
    match &step.undo {
        Undo::By(back) => push("Undo", &back.title, theme.dim),
        Undo::OneWay(why) => push("One-way", &format!("cannot be undone: {why}"), tone(theme.bad)),
        Undo::Nothing => {}
    }
    for (n, right) in step.rights.iter().enumerate() {
        push(if n == 0 { "Needs" } else { "" }, &right.words(), theme.dim);
    }
}
