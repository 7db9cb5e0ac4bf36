//! The help overlay: every action that can be reached here, with its keys, made from the key map.

use ratatui::layout::Rect;

use crate::app::hit::ListId;
use crate::app::list::ListCursor;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::config::action::{ACTIONS, Action, Group};
use crate::config::keymap::Context;
use crate::ui::paint::Paint;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

enum Line {
    Heading(&'static str),
    Key(String, String),
    Note(String),
    Blank,
}

/// What is told of lists and filters.
const OF_LISTS: &[&str] = &[
    "In the list: a warning sign with the number of findings; + where more may come to light, ? where \
     nothing is known before the workspace is opened. A group has the number of its people behind it.",
    "In a table: … behind the heads where there was no room for all columns.",
    "In a filter: words, 'exact, !not, column:value. Enter keeps it, Esc clears it.",
];

/// What is told everywhere.
const NOTES: &[&str] = &[
    "Mouse: click selects, wheel scrolls, double click opens. [ui] mouse = false gives it back.",
    "Keys are set in the settings file; amldeck doctor says where it is.",
];

/// The width of the popup at most.
const WIDEST: u16 = 92;

/// How many lines the help of a context has on a screen of so many columns.
#[must_use]
pub fn length(model: &Model, context: Context, columns: u16) -> usize {
    lines(model, context, columns).1.len()
}

/// The width of the keys, and the lines.
fn lines(model: &Model, context: Context, columns: u16) -> (u16, Vec<Line>) {
    let keymap = &model.keymap;
    let in_form = context == Context::Form;
    let has_file = |overlay: &Overlay| matches!(overlay, Overlay::Form(form) if form.extras.filing.is_some());
    let keeps_files = model.overlays.iter().any(has_file);
    let does_nothing = |action| in_form && !keeps_files && matches!(action, Action::Save | Action::TakeFile);
    // The frame and a blank on either side.
    let room = columns.min(WIDEST).saturating_sub(4);
    let keys_of = |action| keymap.all(context, action).join(" ");
    let widest = ACTIONS.iter().map(|spec| text::width(&keys_of(spec.action))).max();
    let column = u16::try_from(widest.unwrap_or(0)).unwrap_or(0).min(room / 3);
    let beside = usize::from(room.saturating_sub(column + 3)).max(8);
    let mut lines = Vec::new();
    for group in [Group::Do, Group::Look, Group::Move, Group::Console] {
        let mut keys = Vec::new();
        for spec in ACTIONS.iter().filter(|spec| spec.group == group && !does_nothing(spec.action)) {
            let mut pressed = keys_of(spec.action);
            if pressed.is_empty() {
                continue;
            }
            for part in text::wrap(spec.action.spec_in(context).title, beside) {
                keys.push(Line::Key(std::mem::take(&mut pressed), part));
            }
        }
        if !keys.is_empty() {
            lines.push(Line::Heading(group.title()));
            lines.extend(keys);
            lines.push(Line::Blank);
        }
    }
    let of_lists = if in_form { &[] } else { OF_LISTS };
    for note in of_lists.iter().chain(NOTES) {
        lines.extend(text::wrap(note, usize::from(room).max(8)).into_iter().map(Line::Note));
    }
    (column, lines)
}

/// Draws the help of a context over `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, context: Context, cursor: &ListCursor) {
    let (column, lines) = lines(model, context, area.width);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let popup = frame::centred(area, WIDEST, height);
    frame::clear(paint.buf, popup, paint.theme);
    let title = Title { name: "Keys", right: "Esc closes".to_owned(), ..Title::default() };
    let inner = frame::draw(paint.buf, popup, &title, true, paint.theme, paint.signs);
    let offset = paint.list(popup, inner, ListId::Overlay, cursor, lines.len());
    for (y, line) in (inner.y..inner.bottom()).zip(lines.iter().skip(offset)) {
        let (x, room) = (inner.x + 1, inner.width.saturating_sub(2));
        match line {
            Line::Heading(name) => {
                paint.text(x, y, room, name, paint.theme.strong);
            }
            Line::Key(keys, what) => {
                paint.text(x + 1, y, column, keys, paint.theme.accent);
                paint.text(x + column + 3, y, room.saturating_sub(column + 3), what, paint.theme.text);
            }
            Line::Note(note) => {
                paint.text(x, y, room, note, paint.theme.dim);
            }
            Line::Blank => {}
        }
    }
}
