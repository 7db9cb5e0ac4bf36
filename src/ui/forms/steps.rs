//! The steps of a form, and how far one got with each.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::form::{Form, Progress};
use crate::app::hit::Target;
use crate::ui::paint::Paint;
use crate::ui::widgets::text;

/// The sign of a step.
fn sign(paint: &Paint<'_>, form: &Form, step: usize) -> (&'static str, Style) {
    match form.progress(step) {
        Progress::Complete => (paint.signs.good, paint.theme.good),
        Progress::Wrong => (paint.signs.bad, paint.theme.bad),
        Progress::Open => (paint.signs.unknown, paint.theme.dim),
    }
}

/// The steps below one another.
pub fn draw(paint: &mut Paint<'_>, area: Rect, form: &Form) {
    let steps = form.shown_steps().filter_map(|at| Some((at, form.steps.get(at)?)));
    for (y, (at, step)) in (area.y..area.bottom()).zip(steps) {
        let row = Rect { y, height: 1, width: area.width.saturating_sub(1), ..area };
        let (sign, style) = sign(paint, form, at);
        let here = at == form.step;
        let name = if here { paint.theme.strong } else { paint.theme.text };
        let x = paint.text(row.x + 1, y, 2, sign, style);
        paint.text(x + 1, y, row.right().saturating_sub(x + 2), &step.title_in(form), name);
        if here {
            paint.mark_row(row, y, false);
        }
        paint.hits.add(row, Target::Step(at));
    }
}

/// The steps in a line: all by their names where there is room, else only the one on screen.
pub fn draw_line(paint: &mut Paint<'_>, area: Rect, form: &Form) {
    let steps = || form.shown_steps().filter_map(|at| Some((at, form.steps.get(at)?.title_in(form))));
    let before = form.shown_steps().filter(|step| *step < form.step).count();
    let count = format!(" Step {} of {}  ", before + 1, steps().count());
    // A sign, a blank, the name and two blanks.
    let whole: usize = steps().map(|(_, title)| text::width(&title) + 4).sum();
    let is_roomy = text::width(&count) + whole <= usize::from(area.width);
    let mut x = paint.text(area.x, area.y, area.width, &count, paint.theme.dim);
    for (at, title) in steps() {
        let (sign, style) = sign(paint, form, at);
        let start = x;
        x = paint.text(x, area.y, area.right().saturating_sub(x), sign, style) + 1;
        let here = at == form.step;
        if here || is_roomy {
            let name = if here { paint.theme.strong } else { paint.theme.text };
            x = paint.text(x, area.y, area.right().saturating_sub(x), &title, name) + 1;
        }
        let width = x.saturating_sub(start + 1);
        paint.hits.add(Rect { x: start, width, height: 1, ..area }, Target::Step(at));
        x += u16::from(is_roomy);
    }
}
