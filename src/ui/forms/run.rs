//! A run of a plan: each step with its state and how long it took, the clock of what is waited for, the parts of a
//! deployment; when it failed, Azure's own words, what is now so, and at the bottom what can be done, each with its key.

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts;
use crate::app::hit::{ListId, Target};
use crate::app::model::Model;
use crate::app::picker::Item;
use crate::app::run_view::{RunView, clock, stopwatch, took};
use crate::app::runs::{Held, Known};
use crate::app::update::offers;
use crate::config::action::Action;
use crate::domain::plan::print::span;
use crate::domain::plan::{Part, Phase, Run, Step, StepRun, StepState};
use crate::ui::paint::Paint;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// The width of a bar.
const BAR: usize = 20;

/// So many resources of a deployment are shown however far the cursor is.
const FEW: usize = 8;

struct Line {
    text: String,
    style: Style,
    right: String,
    step: Option<usize>,
}

/// Draws the screen of a run over the whole of `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, view: &RunView) {
    frame::clear(paint.buf, area, paint.theme);
    let Some(known) = view.run.as_ref().and_then(|run| model.runs.get(run)) else {
        let title = Title { name: &view.title, right: model.spinner().to_owned(), ..Title::default() };
        let inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
        paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "beginning", paint.theme.dim);
        return;
    };
    let run = &known.run;
    let (over, all) = run.progress();
    let elapsed = if known.held == Held::Nobody { run.last } else { model.now };
    let whole = stopwatch(elapsed.duration_since(run.begun));
    let state = match (known.held, run.phase) {
        (Held::Here, Phase::Running) => format!("{} {over} of {all} steps", model.spinner()),
        _ => known.word(),
    };
    let style = match run.phase {
        Phase::Running if known.held == Held::Nobody => paint.theme.warn,
        Phase::Running => paint.theme.accent,
        Phase::Failed => paint.theme.bad,
        Phase::Done => paint.theme.good,
        Phase::Stopped | Phase::Kept => paint.theme.warn,
    };
    let said = run.plan.title.contains(&run.plan.subject_name);
    let note = if said { String::new() } else { format!("on {}", run.plan.subject_name) };
    let right = format!("{state}  {whole}");
    let title = Title { name: &run.plan.title, note, right, right_style: Some(style), ..Title::default() };
    let inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
    let room = usize::from(inner.width.saturating_sub(2)).max(10);
    let mut lines = Vec::new();
    if all > 1 && run.phase == Phase::Running {
        let text = format!(" {} {over} of {all} steps", bar(paint, share(run)));
        lines.push(Line { text, style: paint.theme.accent, right: String::new(), step: None });
    }
    for at in 0..run.steps.len() {
        push_step(&mut lines, paint, model, (known, view), at, room);
    }
    push_end(&mut lines, paint, known, room);
    let above = draw_offers(paint, inner, &offers(model, &run.id));
    draw_lines(paint, area, above, view, &lines);
}

fn push_step(
    lines: &mut Vec<Line>,
    paint: &Paint<'_>,
    model: &Model,
    (known, view): (&Known, &RunView),
    at: usize,
    room: usize,
) {
    let (step, became) = (&known.run.plan.steps[at], &known.run.steps[at]);
    let theme = paint.theme;
    let (sign, style) = match &became.state {
        StepState::Pending => (paint.signs.unknown, theme.dim),
        StepState::LeftOut => (paint.signs.dot, theme.dim),
        StepState::Done => (paint.signs.good, theme.good),
        StepState::AlreadySo(_) => (paint.signs.good, theme.dim),
        StepState::Failed(_) => (paint.signs.bad, theme.bad),
        _ if known.held == Held::Nobody => (paint.signs.warning, theme.warn),
        _ => (model.spinner(), theme.accent),
    };
    // Nobody watches a run that was left: its clocks stand still.
    let now = if known.held == Held::Nobody { known.run.last } else { model.now };
    let elapsed = took(became, now).map(stopwatch).unwrap_or_default();
    let percent = became.percent.map(|percent| format!(" {percent:.0} %")).unwrap_or_default();
    let head = format!("{sign} {}. {}", at + 1, step.title);
    let left = known.held == Held::Nobody && became.state.is_active();
    let word = if left { "not known" } else { became.word() };
    let right = format!("{word}{percent} {elapsed:>7}");
    let beside = room.saturating_sub(text::width(&right) + 2).max(12);
    for (n, part) in text::wrap(&head, beside).into_iter().enumerate() {
        let (text, right) =
            if n == 0 { (part, right.clone()) } else { (format!("     {part}"), String::new()) };
        lines.push(Line { text, style, right, step: Some(at) });
    }
    let body = room.saturating_sub(5).max(10);
    let mut push = |words: &str, style: Style| {
        for part in text::wrap(words, body) {
            lines.push(Line { text: format!("     {part}"), style, right: String::new(), step: Some(at) });
        }
    };
    match &became.state {
        StepState::Done if became.wait_cut => {
            push("perhaps not so yet: it can take some minutes more", theme.warn);
        }
        StepState::Done => push(&step.effect, theme.text),
        StepState::AlreadySo(why) => push(&format!("it was so already: {why}"), theme.dim),
        StepState::Failed(trouble) => {
            push(&trouble.words, theme.bad);
            if trouble.detail != trouble.words {
                push(&format!("Azure: {}", trouble.detail), theme.text);
            }
        }
        _ => {}
    }
    if let Some(status) = &became.status {
        push(status, theme.dim);
    }
    if became.state == StepState::Waiting
        && let Some(wait) = &step.wait
    {
        push(&format!("until {}", wait.reason), theme.text);
        if let Some((waited, share)) = clock(became, wait, now) {
            let words = format!(
                "{} {} of usually {}, at most {}",
                bar(paint, share),
                stopwatch(waited),
                span(wait.typical),
                span(wait.at_most)
            );
            push(&words, theme.accent);
        }
    }
    if let Some(deployment) = step.deployment()
        && !became.parts.is_empty()
        && !became.state.is_over()
    {
        let there = became.parts.iter().filter(|part| part.is_there()).count();
        let all = deployment.resources.max(became.parts.len()).max(1);
        push(&format!("{} {there} of {all} resources", bar(paint, there * 1000 / all)), theme.accent);
    }
    let whole = view.cursor.row == at || became.parts.len() <= FEW;
    push_parts(lines, paint, (step, became), (at, whole), now, room);
}

/// The resources of a deployment, what went wrong first and what is under way next. Those that are there are only counted
/// where they are not shown as a `whole`.
fn push_parts(
    lines: &mut Vec<Line>,
    paint: &Paint<'_>,
    (step, became): (&Step, &StepRun),
    (at, whole): (usize, bool),
    now: Timestamp,
    room: usize,
) {
    let theme = paint.theme;
    let mut parts: Vec<&Part> = became.parts.iter().collect();
    parts.sort_by_key(|part| (!part.has_failed(), part.is_there()));
    let there = parts.iter().filter(|part| part.is_there()).count();
    let mut line = |text: String, style: Style, right: String| {
        lines.push(Line { text, style, right, step: Some(at) });
    };
    for part in parts.iter().filter(|part| whole || !part.is_there()) {
        let style = if part.has_failed() {
            theme.bad
        } else if part.is_there() {
            theme.good
        } else {
            theme.accent
        };
        // What Azure was at when it was cancelled is not under way any more.
        let is_cut = became.cancelled && !part.is_there() && !part.has_failed();
        let state = if is_cut { "Cancelled" } else { part.state.as_str() };
        let words = format!("     {state}  {}", parts::words(step, part));
        let text = text::cut(&words, room.saturating_sub(9), paint.signs.ellipsis).into_owned();
        line(text, style, part.elapsed(now).map(stopwatch).unwrap_or_default());
        let message = (!part.message.is_empty()).then_some(part.message.as_str());
        for words in message.into_iter().flat_map(|words| text::wrap(words, room.saturating_sub(7).max(10))) {
            line(format!("       {words}"), theme.bad, String::new());
        }
    }
    if !whole && there > 0 {
        line(format!("     {there} resources are there"), theme.good, String::new());
    }
}

/// What is so when it does not go on, or what to do next.
fn push_end(lines: &mut Vec<Line>, paint: &Paint<'_>, known: &Known, room: usize) {
    let Some((heading, ends)) = known.conclusion() else { return };
    let mut push = |text: String, style: Style, step: Option<usize>| {
        lines.push(Line { text, style, right: String::new(), step });
    };
    push(String::new(), paint.theme.text, None);
    push(heading.to_owned(), paint.theme.strong, None);
    for (n, line) in ends.iter().enumerate() {
        for part in text::wrap(line, room.saturating_sub(2).max(10)) {
            push(format!("  {part}"), paint.theme.text, Some(known.run.steps.len() + n));
        }
    }
}

/// What can be done about it, at the bottom of the frame whatever is above; gives the room that is left.
fn draw_offers(paint: &mut Paint<'_>, area: Rect, offers: &[Item]) -> Rect {
    let rows = u16::try_from(offers.len()).unwrap_or(u16::MAX);
    if rows == 0 || rows.saturating_add(1) > area.height / 2 {
        return area;
    }
    let above = Rect { height: area.height - rows - 1, ..area };
    let rule = if paint.signs.boxes { "─" } else { "-" };
    let text = rule.repeat(usize::from(area.width));
    paint.text(area.x, above.bottom(), area.width, &text, paint.theme.border);
    let longest = offers.iter().map(|item| text::width(&item.label)).max().unwrap_or(0);
    for (y, item) in (above.bottom() + 1..area.bottom()).zip(offers) {
        let key = item.key.map(String::from).unwrap_or_default();
        let mut x = paint.text(area.x + 1, y, area.width.saturating_sub(1), &key, paint.theme.accent) + 1;
        let label = format!("{:longest$}", &*item.label);
        x = paint.text(x, y, area.right().saturating_sub(x), &label, paint.theme.strong) + 2;
        paint.text(x, y, area.right().saturating_sub(x + 1), &item.detail, paint.theme.text);
    }
    let below = Rect { y: above.bottom(), height: rows + 1, ..area };
    paint.hits.add(below, Target::Action(Action::Open));
    above
}

/// How much of a run is over, in thousandths: its steps, and of the one under way the resources.
fn share(run: &Run) -> usize {
    let (over, all) = run.progress();
    let current =
        run.current().and_then(|at| Some((run.steps.get(at)?, run.plan.steps.get(at)?.deployment()?)));
    let part = current.map_or(0, |(became, deployment)| {
        let there = became.parts.iter().filter(|part| part.is_there()).count();
        there * 1000 / deployment.resources.max(became.parts.len()).max(1)
    });
    (over * 1000 + part) / all.max(1)
}

/// A bar that is full by this many thousandths.
fn bar(paint: &Paint<'_>, share: usize) -> String {
    let full = share.min(1000) * BAR / 1000;
    let (on, off) = if paint.signs.boxes { ("█", "░") } else { ("#", ".") };
    format!("{}{}", on.repeat(full), off.repeat(BAR - full))
}

fn draw_lines(paint: &mut Paint<'_>, frame: Rect, area: Rect, view: &RunView, lines: &[Line]) {
    let height = usize::from(area.height);
    let of_cursor = |line: &Line| line.step == Some(view.cursor.row);
    let first = lines.iter().position(of_cursor).unwrap_or(0);
    let last_of_cursor = lines.iter().rposition(of_cursor).map_or(0, |at| at + 1);
    // What stands behind it is in sight with it where there is room.
    let last = if lines.len() - first <= height { lines.len() } else { last_of_cursor };
    let offset = if last <= height { 0 } else { last.saturating_sub(height).min(first) };
    paint.more(frame, offset, lines.len().saturating_sub(offset + height));
    paint.hits.add(area, Target::List(ListId::Overlay));
    for (y, line) in (area.y..area.bottom()).zip(lines.iter().skip(offset)) {
        let right = u16::try_from(text::width(&line.right)).unwrap_or(0);
        paint.text(area.x + 1, y, area.width.saturating_sub(2), &line.text, line.style);
        if right > 0 {
            let x = area.right().saturating_sub(right + 1);
            paint.text(x, y, right, &line.right, paint.theme.dim);
        }
        if let Some(step) = line.step {
            paint.hits.add(Rect { y, height: 1, ..area }, Target::Row(ListId::Overlay, step));
            if step == view.cursor.row {
                paint.buf.set_string(area.x, y, paint.signs.cursor, paint.theme.accent);
            }
        }
    }
}
