//! A run of a plan: each step in a line with its state and how long it took; below those that are under way, that failed
//! and that is under the cursor the rest: the clock of what is waited for, the parts of a deployment, Azure's own words.
//! When it does not go on, what is now so, and at the bottom what can be done, each with its key.

use jiff::Timestamp;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::parts;
use super::review::subject_note;
use super::stack::{self, Line};
use crate::app::hit::Target;
use crate::app::model::Model;
use crate::app::picker::Item;
use crate::app::run_view::{RunView, clock, clock_words, stopwatch, took};
use crate::app::runs::{Held, Known};
use crate::app::update::offers;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::plan::{Part, Phase, Run, Step, StepRun, StepState};
use crate::ui::paint::Paint;
use crate::ui::widgets::apart::apart;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// The width of a bar.
const BAR: usize = 20;

/// So many lines of Azure's own words are shown below ours.
const IN_SHORT: usize = 2;

/// So many resources of a deployment are shown however far the cursor is.
const FEW: usize = 8;

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
    // The frame gives the right side half of its width; the clock stays whole in it.
    let beside = usize::from(area.width.saturating_sub(4) / 2).saturating_sub(text::width(&whole) + 2);
    let right = format!("{}  {whole}", text::cut(&state, beside, paint.signs.ellipsis));
    let note = subject_note(&run.plan, &right, area.width);
    let title = Title { name: &run.plan.title, note, right, right_style: Some(style), ..Title::default() };
    let inner = frame::draw(paint.buf, area, &title, true, paint.theme, paint.signs);
    let room = usize::from(inner.width.saturating_sub(2)).max(10);
    let mut above = draw_offers(paint, inner, &offers(model, &run.id));
    if all > 1 && run.phase == Phase::Running && above.height > 1 {
        let words = format!("{} {over} of {all} steps", bar(paint, share(run)));
        paint.text(above.x + 2, above.y, above.width.saturating_sub(3), &words, paint.theme.accent);
        above = Rect { y: above.y + 1, height: above.height - 1, ..above };
    }
    // Of several it is seen at once how far it came, however many steps stand above what is so now.
    if run.plan.many.is_some()
        && known.conclusion().is_some()
        && above.height > 1
        && let Some(words) = run.switched()
    {
        let words = text::cut(&words, usize::from(above.width.saturating_sub(3)), paint.signs.ellipsis);
        paint.text(above.x + 2, above.y, above.width.saturating_sub(3), &words, paint.theme.text);
        above = Rect { y: above.y + 1, height: above.height - 1, ..above };
    }
    // Where everything has room nothing is folded.
    let mut lines = lines(paint, model, known, room, |_| true);
    if lines.len() > usize::from(above.height) {
        lines = self::lines(paint, model, known, room, |at| at == view.cursor.row);
    }
    stack::draw(paint, area, above, &view.cursor, &lines);
}

/// The lines of a run; the steps that are `open` tell more than their state.
fn lines(
    paint: &Paint<'_>,
    model: &Model,
    known: &Known,
    room: usize,
    open: impl Fn(usize) -> bool,
) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, head) in heads(paint, model, known, room, &open).into_iter().enumerate() {
        lines.extend(head);
        push_body(&mut lines, paint, model, known, (at, open(at)), room);
    }
    push_end(&mut lines, paint, known, room);
    lines
}

/// The name of each step with its state, of which no two look the same; of those that are `open` it is whole.
fn heads(
    paint: &Paint<'_>,
    model: &Model,
    known: &Known,
    room: usize,
    open: impl Fn(usize) -> bool,
) -> Vec<Vec<Line>> {
    let run = &known.run;
    let indent = indent(run);
    let digits = indent - 4;
    let now = now(model, known);
    let rights: Vec<String> = run
        .steps
        .iter()
        .map(|progress| {
            let elapsed = took(progress, now).map(stopwatch).unwrap_or_default();
            let percent = progress.percent.map(|percent| format!(" {percent:.0} %")).unwrap_or_default();
            let left = known.held == Held::Nobody && progress.state.is_active();
            let word = if left { "not known" } else { progress.word() };
            format!("{word}{percent} {elapsed:>7}")
        })
        .collect();
    let titles: Vec<(&str, usize)> = run
        .plan
        .steps
        .iter()
        .zip(&rights)
        .map(|(step, right)| {
            (step.title.as_str(), room.saturating_sub(indent + text::width(right) + 2).max(8))
        })
        .collect();
    let cut = apart(&titles, paint.signs.ellipsis);
    let mut heads = Vec::new();
    for (at, (progress, right)) in run.steps.iter().zip(rights).enumerate() {
        let (sign, style) = look(paint, model, known, progress);
        let (title, cells) = titles[at];
        let parts = match &cut[at] {
            Some(cut) if !open(at) => vec![cut.clone()],
            _ => text::wrap(title, cells),
        };
        let mut right = Some(right);
        let head = parts.into_iter().enumerate().map(|(n, part)| {
            let begin = if n == 0 { format!("{sign} {:>digits$}. ", at + 1) } else { " ".repeat(indent) };
            Line {
                right: right.take().unwrap_or_default(),
                right_style: paint.theme.dim,
                grave: n == 0 && matches!(progress.state, StepState::Failed(_)),
                ..Line::new(at, format!("{begin}{part}"), style)
            }
        });
        heads.push(head.collect());
    }
    heads
}

/// The cells before the names of steps: a sign, the number, a full stop and blanks.
fn indent(run: &Run) -> usize {
    run.steps.len().to_string().len() + 4
}

/// The time of a run: nobody watches one that was left, and its clocks stand still.
fn now(model: &Model, known: &Known) -> Timestamp {
    if known.held == Held::Nobody { known.run.last } else { model.now }
}

/// The sign of a step, and how it looks.
fn look(paint: &Paint<'_>, model: &Model, known: &Known, progress: &StepRun) -> (&'static str, Style) {
    let theme = paint.theme;
    match &progress.state {
        StepState::Pending if progress.open.is_some() => (paint.signs.warning, theme.warn),
        StepState::Pending => (paint.signs.unknown, theme.dim),
        StepState::LeftOut => (paint.signs.dot, theme.dim),
        StepState::Done => (paint.signs.good, theme.good),
        StepState::AlreadySo(_) => (paint.signs.good, theme.dim),
        StepState::Failed(_) => (paint.signs.bad, theme.bad),
        _ if known.held == Held::Nobody => (paint.signs.warning, theme.warn),
        _ => (model.spinner(), theme.accent),
    }
}

/// What stands below a step: of one that is over well, or whose turn has not come, only where it is open.
fn push_body(
    lines: &mut Vec<Line>,
    paint: &Paint<'_>,
    model: &Model,
    known: &Known,
    (at, is_open): (usize, bool),
    room: usize,
) {
    let (step, progress) = (&known.run.plan.steps[at], &known.run.steps[at]);
    let (theme, now) = (paint.theme, now(model, known));
    let indent = indent(&known.run);
    let body = room.saturating_sub(indent).max(10);
    let mut push = |words: &str, style: Style| {
        for part in text::wrap(words, body) {
            lines.push(Line::new(at, format!("{:indent$}{part}", ""), style));
        }
    };
    match &progress.state {
        StepState::Done if progress.wait_cut => {
            push("perhaps not so yet: it can take some minutes more", theme.warn);
        }
        StepState::Done if is_open => push(&step.effect, theme.text),
        // It is not so yet.
        StepState::Pending if is_open => push(&format!("when it is done: {}", step.effect), theme.dim),
        StepState::AlreadySo(why) if is_open && !progress.is_spared() => {
            push(&format!("it was so already: {why}"), theme.dim);
        }
        StepState::Failed(trouble) => {
            push(&trouble.words, theme.bad);
            if trouble.detail != trouble.words {
                // What was asked stands in full behind the key.
                let said = trouble.detail.split_once(" answered ").map_or(&*trouble.detail, |(_, said)| said);
                let words = format!("Azure: {said}");
                let short = text::cut(&words, body * IN_SHORT, paint.signs.ellipsis);
                push(&short, theme.text);
                if short != words || said != trouble.detail {
                    let key = model.keymap.key(Context::Run, Action::Right);
                    push(&format!("{key} shows all of it"), theme.dim);
                }
            }
        }
        _ => {}
    }
    progress.spared.iter().for_each(|why| push(why, theme.warn));
    if let Some(status) = &progress.status {
        push(status, theme.dim);
    }
    if progress.state == StepState::Waiting
        && let Some(wait) = &step.wait
    {
        let until = format!("until {}", wait.reason);
        // The name of a step that only waits says it already.
        if !step.title.ends_with(&until) {
            push(&until, theme.text);
        }
        if let Some((waited, share)) = clock(progress, wait, now) {
            let long = clock_words(progress, wait);
            let words = format!("{} {} of {long}", bar(paint, share), stopwatch(waited));
            push(&words, theme.accent);
        }
    }
    if let Some(deployment) = step.deployment()
        && !progress.parts.is_empty()
        && !progress.state.is_over()
    {
        let (there, all) = deployment.count(&progress.parts);
        push(&format!("{} {there} of {all} resources", bar(paint, there * 1000 / all)), theme.accent);
    }
    let whole = is_open || progress.parts.len() <= FEW && !matches!(progress.state, StepState::Done);
    push_parts(lines, paint, (step, progress), (at, whole), now, room);
}

/// The resources of a deployment, what went wrong first and what is under way next. Those that are there are only counted
/// where they are not shown as a `whole`.
fn push_parts(
    lines: &mut Vec<Line>,
    paint: &Paint<'_>,
    (step, progress): (&Step, &StepRun),
    (at, whole): (usize, bool),
    now: Timestamp,
    room: usize,
) {
    let theme = paint.theme;
    let mut parts: Vec<&Part> = progress.parts.iter().collect();
    parts.sort_by_key(|part| (!part.has_failed(), part.is_there()));
    let there = parts.iter().filter(|part| part.is_there()).count();
    let mut line = |text: String, style: Style, right: String| {
        lines.push(Line { right, right_style: theme.dim, ..Line::new(at, text, style) });
    };
    for part in parts.iter().filter(|part| whole || !part.is_there()) {
        let style = if part.has_failed() {
            theme.bad
        } else if part.is_there() {
            theme.good
        } else {
            theme.accent
        };
        // What Azure was at when it was cancelled nobody watches any more.
        let is_cut = progress.cancelled && !part.is_there() && !part.has_failed();
        let state = if is_cut { "Begun" } else { part.state.as_str() };
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
    let first = known.run.steps.len();
    let mut push = |row: usize, text: String, style: Style| lines.push(Line::new(row, text, style));
    push(first, String::new(), paint.theme.text);
    push(first, heading.to_owned(), paint.theme.strong);
    for (n, line) in ends.iter().enumerate() {
        for part in text::wrap(line, room.saturating_sub(2).max(10)) {
            push(first + n, format!("  {part}"), paint.theme.text);
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
    let part = current.map_or(0, |(progress, deployment)| {
        let (there, all) = deployment.count(&progress.parts);
        there * 1000 / all
    });
    (over * 1000 + part) / all.max(1)
}

/// A bar that is full by this many thousandths.
fn bar(paint: &Paint<'_>, share: usize) -> String {
    let full = share.min(1000) * BAR / 1000;
    let (on, off) = if paint.signs.boxes { ("█", "░") } else { ("#", ".") };
    format!("{}{}", on.repeat(full), off.repeat(BAR - full))
}
