//! The help overlay: every action that what lies below takes, with its keys, made from the key map. It can be searched.

use std::borrow::Cow;

use ratatui::layout::Rect;

use crate::app::hit::ListId;
use crate::app::model::Model;
use crate::app::overlay::{HelpView, Overlay};
use crate::app::picker::Item;
use crate::app::reach::reach;
use crate::app::update::offers;
use crate::config::action::{ACTIONS, Action, Group};
use crate::config::keymap::Context;
use crate::ui::paint::Paint;
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

enum Line {
    Heading(&'static str),
    Key(String, String),
    Note(String),
    Blank,
}

/// What is told of the tree and of tables.
const OF_SCREEN: &[&str] = &[
    "In the list: a warning sign with the number of findings; + where more may come to light, ? where \
     nothing is known before the workspace is opened. A group has the number of its people behind it.",
    "In a table: … behind the heads where there was no room for all columns.",
];

/// What is told where something can be filtered.
const OF_FILTERS: &str = "In a filter: words, 'exact, !not, column:value. {open} keeps it, {back} clears it.";

/// What is told everywhere.
const NOTES: &[&str] = &[
    "Mouse: click selects, wheel scrolls, double click opens. [ui] mouse = false gives it back.",
    "Keys are set in the settings file; amldeck doctor says where it is.",
];

/// The width of the popup at most.
const WIDEST: u16 = 92;

/// How many lines the help has on a screen of so many columns.
#[must_use]
pub fn length(model: &Model, view: &HelpView, columns: u16) -> usize {
    lines(model, view, columns).1.len()
}

/// The width of the keys, and the lines: of the keys that mean something to what lies below, those that are looked for.
fn lines(model: &Model, view: &HelpView, columns: u16) -> (u16, Vec<Line>) {
    let keymap = &model.keymap;
    let below = model.overlays.iter().rev().find(|overlay| !matches!(overlay, Overlay::Help(_)));
    let context = below.map_or(Context::Workspace, Overlay::context);
    let reach = reach(model, below);
    let sought = view.filter.field.text().to_lowercase();
    let is_sought = |text: &str| sought.split_whitespace().all(|word| text.to_lowercase().contains(word));
    // The frame and a blank on either side.
    let room = columns.min(WIDEST).saturating_sub(4);
    let keys_of = |action| keymap.all(context, action).join(" ");
    let taken = || ACTIONS.iter().filter(|spec| reach.takes(spec.action));
    let widest = taken().map(|spec| text::width(&keys_of(spec.action))).max();
    let column = u16::try_from(widest.unwrap_or(0)).unwrap_or(0).min(room / 3);
    let beside = usize::from(room.saturating_sub(column + 3)).max(8);
    let mut lines = Vec::new();
    let offered: Cow<'_, [Item]> = match below {
        Some(Overlay::Picker(picker)) => picker.items.as_slice().into(),
        Some(Overlay::Run(view)) => view.run.iter().flat_map(|run| offers(model, run)).collect(),
        _ => Cow::default(),
    };
    let keyed = offered.iter().filter_map(|item| Some((item.key?.to_string(), &*item.label)));
    let keyed = keyed.filter(|(key, label)| is_sought(&format!("{key} {label}")));
    let here: Vec<Line> = keyed.map(|(key, label)| Line::Key(key, label.to_owned())).collect();
    if !here.is_empty() {
        lines.push(Line::Heading("Here"));
        lines.extend(here);
        lines.push(Line::Blank);
    }
    for group in [Group::Do, Group::Look, Group::Move, Group::Console] {
        let mut keys = Vec::new();
        for spec in taken().filter(|spec| spec.group == group) {
            let mut pressed = keys_of(spec.action);
            let title = spec.action.spec_in(context).title;
            if pressed.is_empty() || !is_sought(&format!("{pressed} {title}")) {
                continue;
            }
            for part in text::wrap(title, beside) {
                keys.push(Line::Key(std::mem::take(&mut pressed), part));
            }
        }
        if !keys.is_empty() {
            lines.push(Line::Heading(group.title()));
            lines.extend(keys);
            lines.push(Line::Blank);
        }
    }
    let of_screen: &[&str] = if below.is_none() { OF_SCREEN } else { &[] };
    let of_filters = reach.takes(Action::Filter) && context != Context::Text;
    let notes = of_screen.iter().chain(of_filters.then_some(&OF_FILTERS)).chain(NOTES);
    for note in notes.filter(|note| is_sought(note)) {
        let note = model.keymap.words(Context::Typing, note);
        lines.extend(text::wrap(&note, usize::from(room).max(8)).into_iter().map(Line::Note));
    }
    if lines.is_empty() {
        lines.push(Line::Note("No key here has to do with that.".to_owned()));
    }
    (column, lines)
}

/// Draws the help over `area`.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, view: &HelpView) {
    let (column, lines) = lines(model, view, area.width);
    let filtered = view.filter.editing || view.filter.is_active();
    let height = u16::try_from(lines.len() + 2 + usize::from(filtered)).unwrap_or(u16::MAX).min(area.height);
    let popup = frame::centred(area, WIDEST, height);
    frame::clear(paint.buf, popup, paint.theme);
    let title =
        Title { name: "Keys", right: format!("{} closes", model.key(Action::Back)), ..Title::default() };
    let mut inner = frame::draw(paint.buf, popup, &title, true, paint.theme, paint.signs);
    if filtered && inner.height > 1 {
        let x = paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        let field = Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner };
        draw_field(paint, field, &view.filter.field, view.filter.editing);
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let offset = paint.list(popup, inner, ListId::Overlay, &view.cursor, lines.len());
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
