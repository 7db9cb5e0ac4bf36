//! The fields of a form: label, what stands in it, and what is to be said of it. The list of choices is open in
//! the field that has the keys.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::form::{Area, Entry, Form, FormField, Remark, Select, Source, Supply};
use crate::app::hit::{ListId, Target};
use crate::app::model::Model;
use crate::config::keymap::Context;
use crate::ui::paint::Paint;
use crate::ui::popups::picker::draw_field;
use crate::ui::widgets::text;

/// The width of labels.
const LABEL: u16 = 18;
/// Where stands what belongs to a field and is below it.
const BELOW: u16 = 3;
/// Rows of choices that are shown at once, where there is room.
const CHOICES: usize = 10;
/// Rows of choices that are shown at least.
const FEWEST: usize = 3;
/// Rows of a text of several lines.
const LINES: u16 = 4;

/// One row of the form, to be drawn where it turns out to stand.
enum Row<'a> {
    /// The label and what stands in the field.
    Value(usize, &'a FormField),
    /// What somebody types to find a choice.
    Query(&'a Select),
    /// A choice, by its place.
    Choice(&'a Select, usize),
    /// A line of a text of several lines.
    Line(usize, &'a Area, usize),
    /// What goes on of something that is told.
    Rest(String),
    /// Something said about the field.
    Said(String, Style),
    /// Nothing.
    Blank,
}

/// Draws the fields of the step on screen into `area` of the form's `frame`; gives how many rows they took. An open
/// list leaves `spare` rows free below the fields where it can.
pub fn draw(paint: &mut Paint<'_>, frame: Rect, area: Rect, model: &Model, form: &Form, spare: u16) -> u16 {
    let most = CHOICES.min(usize::from(area.height / 2).max(3));
    let (mut rows, mut focus) = rows_of(paint, area, model, form, (most, true));
    let over = |rows: &[Row<'_>]| (rows.len() + usize::from(spare)).saturating_sub(usize::from(area.height));
    // Blanks between fields are the first to go.
    if over(&rows) > 0 {
        (rows, focus) = rows_of(paint, area, model, form, (most, false));
    }
    let over = over(&rows);
    if over > 0 && spare > 0 && most > FEWEST {
        (rows, focus) = rows_of(paint, area, model, form, (most.saturating_sub(over).max(FEWEST), false));
    }
    let height = usize::from(area.height);
    // As little is out of sight as can be, and nothing of the field that has the keys.
    let offset = focus.end.saturating_sub(height).min(focus.start);
    let shown = rows.len().saturating_sub(offset).min(height);
    // The blank behind the last field is not worth a word.
    let last = usize::from(matches!(rows.last(), Some(Row::Blank)));
    paint.more(frame, offset, rows.len().saturating_sub(offset + shown + last));
    let mut list: Option<(Rect, usize)> = None;
    for (y, row) in (area.y..area.bottom()).zip(rows.iter().skip(offset)) {
        let room = Rect { y, height: 1, width: area.width.saturating_sub(1), ..area };
        if let Row::Choice(_, choice) = row {
            let (rect, _) = list.get_or_insert((room, *choice));
            rect.height = y + 1 - rect.y;
        }
        draw_row(paint, room, form, row);
    }
    if let (Some((rect, first)), Some(select)) = (list, form.current().and_then(FormField::select)) {
        paint.hits.add_list(rect, ListId::Overlay, first, select.len().min(first + usize::from(rect.height)));
    }
    u16::try_from(shown).unwrap_or(u16::MAX)
}

/// The rows of the step on screen with so many choices of an open list, apart by blanks or not, and which of them are the
/// focused field's.
fn rows_of<'a>(
    paint: &Paint<'_>,
    area: Rect,
    model: &Model,
    form: &'a Form,
    (most, apart): (usize, bool),
) -> (Vec<Row<'a>>, Range<usize>) {
    let wide = usize::from(area.width.saturating_sub(BELOW + 3)).max(8);
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut focus = 0..0;
    for (place, field) in form.shown() {
        let begin = rows.len();
        let focused = place == form.field;
        rows.push(Row::Value(place, field));
        if let Entry::Fact(words) = &field.entry {
            let room = usize::from(area.width.saturating_sub(LABEL + 1)).max(8);
            let rest = text::wrap(&words(form), room).into_iter().skip(1);
            rows.extend(rest.map(Row::Rest));
        }
        if let (Entry::Area(area), true) = (&field.entry, focused) {
            let (line, _) = area.cursor();
            let first = (line + 1).saturating_sub(usize::from(LINES));
            rows.extend(
                (first + 1..area.lines().len().min(first + usize::from(LINES)))
                    .map(|line| Row::Line(place, area, line)),
            );
        }
        if let (Some(select), true) = (field.select(), focused) {
            push_choices(&mut rows, paint, model, select, (most, wide));
        }
        if let Some((words, style)) = remark(paint, model, form, field) {
            rows.extend(text::wrap(&words, wide).into_iter().map(|line| Row::Said(line, style)));
        }
        if focused && let Some(words) = way_out(form, field) {
            rows.extend(text::wrap(&words, wide).into_iter().map(|line| Row::Said(line, paint.theme.text)));
        }
        let help = field.help_in(form);
        if focused && !help.is_empty() {
            let style = paint.theme.dim;
            let help = model.keymap.words(Context::Form, help);
            rows.extend(text::wrap(&help, wide).into_iter().map(|line| Row::Said(line, style)));
        }
        if focused {
            focus = begin..rows.len();
        }
        if apart {
            rows.push(Row::Blank);
        }
    }
    (rows, focus)
}

/// How what was chosen is taken out again, where it may be.
fn way_out(form: &Form, field: &FormField) -> Option<String> {
    let select = field.select().filter(|select| !select.many && select.query.text().is_empty())?;
    let choice = select.chosen().first().filter(|_| !field.is_needed(form) && !field.is_derived())?;
    Some(format!("Del takes {} out again", choice.label))
}

fn push_choices<'a>(
    rows: &mut Vec<Row<'a>>,
    paint: &Paint<'_>,
    model: &Model,
    select: &'a Select,
    (most, wide): (usize, usize),
) {
    let searches = matches!(select.source, Source::Searched(_));
    if searches || !select.query.text().is_empty() || select.choices().len() > CHOICES {
        rows.push(Row::Query(select));
    }
    match &select.supply {
        Supply::Awaited(_) if select.is_empty() => {
            rows.push(Row::Said(format!("{} asking Azure", model.spinner()), paint.theme.dim));
        }
        Supply::Failed(why) => rows.push(Row::Said(why.clone(), paint.theme.warn)),
        _ if select.is_empty() && !select.query.text().is_empty() => {
            rows.push(Row::Said("nothing fits".to_owned(), paint.theme.dim));
        }
        _ if select.is_empty() && searches => {
            rows.push(Row::Said("type to search".to_owned(), paint.theme.dim));
        }
        _ if select.is_empty() => {
            let lines = text::wrap(select.nothing, wide).into_iter();
            rows.extend(lines.map(|line| Row::Said(line, paint.theme.warn)));
        }
        _ => {}
    }
    let offset = select.cursor.offset_for(select.len(), most);
    let last = select.len().min(offset + most);
    rows.extend((offset..last).map(|place| Row::Choice(select, place)));
    if last < select.len() {
        rows.push(Row::Said(format!("{} more", select.len() - last), paint.theme.dim));
    }
    if select.found_nothing() {
        rows.extend(
            text::wrap(select.nothing, wide).into_iter().map(|line| Row::Said(line, paint.theme.warn)),
        );
    }
}

fn remark(paint: &Paint<'_>, model: &Model, form: &Form, field: &FormField) -> Option<(String, Style)> {
    Some(match field.remark(form)? {
        Remark::Wrong(why) => (format!("{} {why}", paint.signs.bad), paint.theme.bad),
        Remark::Checking => (format!("{} Azure is being asked", model.spinner()), paint.theme.dim),
        Remark::Right(word) => (format!("{} {word}", paint.signs.good), paint.theme.good),
        Remark::Doubtful(why) => (format!("{} {why}", paint.signs.warning), paint.theme.warn),
        Remark::Unsure(why) => {
            (format!("{} could not be checked: {why}", paint.signs.warning), paint.theme.warn)
        }
    })
}

fn draw_row(paint: &mut Paint<'_>, room: Rect, form: &Form, row: &Row<'_>) {
    let value = Rect { x: room.x + LABEL, width: room.width.saturating_sub(LABEL), ..room };
    let below = Rect { x: room.x + BELOW, width: room.width.saturating_sub(BELOW), ..room };
    match row {
        Row::Value(place, field) => {
            let focused = *place == form.field && field.can_be_entered();
            let style = if focused { paint.theme.accent } else { paint.theme.dim };
            paint.text(room.x + 1, room.y, LABEL - 2, &field.label_in(form), style);
            if focused {
                paint.buf.set_string(room.x, room.y, paint.signs.cursor, paint.theme.accent);
            }
            paint.hits.add(room, Target::Field(*place));
            draw_value(paint, value, form, field, focused);
        }
        Row::Query(select) => {
            let x = paint.text(below.x, below.y, below.width, "/ ", paint.theme.accent);
            let field = Rect { x, width: below.right().saturating_sub(x), ..below };
            draw_field(paint, field, &select.query, true);
        }
        Row::Choice(select, place) => draw_choice(paint, below, select, *place),
        Row::Line(place, area, line) => {
            paint.hits.add(room, Target::Field(*place));
            draw_line(paint, value, area, *line);
        }
        Row::Rest(words) => {
            paint.text(value.x, value.y, value.width, words, paint.theme.text);
        }
        Row::Said(words, style) => {
            paint.text(below.x, below.y, below.width, words, *style);
        }
        Row::Blank => {}
    }
}

fn draw_value(paint: &mut Paint<'_>, area: Rect, form: &Form, field: &FormField, focused: bool) {
    match &field.entry {
        Entry::Line(line) | Entry::Number { text: line, .. } | Entry::Duration { text: line, .. } => {
            paint.buf.set_style(Rect { height: 1, ..area }, paint.theme.text);
            draw_field(paint, area, line, focused);
            if line.text().is_empty() {
                let x = area.x + if focused { 2 } else { 0 };
                let words = emptiness(form, field, focused);
                paint.text(x, area.y, area.right().saturating_sub(x), words, paint.theme.dim);
            }
        }
        Entry::Area(lines) => {
            let (line, _) = lines.cursor();
            let first = if focused { (line + 1).saturating_sub(usize::from(LINES)) } else { 0 };
            if lines.lines().iter().all(String::is_empty) && !focused {
                paint.text(area.x, area.y, area.width, emptiness(form, field, false), paint.theme.dim);
            } else if focused {
                draw_line(paint, area, lines, first);
            } else {
                let more = lines.lines().iter().skip(1).any(|line| !line.is_empty());
                let more = if more { paint.signs.ellipsis } else { "" };
                let text = format!("{}{more}", lines.lines()[0]);
                paint.text(area.x, area.y, area.width, &text, paint.theme.text);
            }
        }
        Entry::Select(select) if field.told => {
            let (words, style) = match (&select.supply, select.choices().first()) {
                (Supply::Awaited(_), _) => ("asking Azure".to_owned(), paint.theme.dim),
                (Supply::Failed(why), _) => (format!("not known: {why}"), paint.theme.warn),
                (Supply::Ready, Some(choice)) => (choice.label.clone(), paint.theme.text),
                (Supply::Ready, None) => ("nothing is said".to_owned(), paint.theme.dim),
            };
            paint.text(area.x, area.y, area.width, &words, style);
        }
        Entry::Select(select) => {
            let names: Vec<&str> = select.chosen().iter().map(|choice| choice.label.as_str()).collect();
            if names.is_empty() {
                paint.text(area.x, area.y, area.width, "(none chosen)", paint.theme.dim);
                return;
            }
            let end = paint.text(area.x, area.y, area.width, &names.join(", "), paint.theme.strong);
            if let [choice] = select.chosen() {
                let beside = [choice.kind.as_str(), choice.detail.as_str()];
                let beside: Vec<&str> = beside.into_iter().filter(|text| !text.is_empty()).collect();
                let room = area.right().saturating_sub(end + 2);
                if room > 3 {
                    paint.text(end + 2, area.y, room, &beside.join("  "), paint.theme.dim);
                }
            }
        }
        Entry::Toggle(on) => {
            let (sign, word) = if *on { ("[x]", "yes") } else { ("[ ]", "no") };
            let x = paint.text(area.x, area.y, area.width, sign, paint.theme.strong);
            paint.text(x + 1, area.y, area.right().saturating_sub(x + 1), word, paint.theme.text);
        }
        Entry::Fact(words) => {
            let words = text::wrap(&words(form), usize::from(area.width).max(8));
            let first = words.first().map_or("", String::as_str);
            paint.text(area.x, area.y, area.width, first, paint.theme.text);
        }
    }
}

/// What stands in a field without a text: whether there has to be one is seen before anybody leaves it.
fn emptiness(form: &Form, field: &FormField, focused: bool) -> &'static str {
    match (field.is_needed(form), focused) {
        (true, _) => "(needed)",
        (false, true) => "",
        (false, false) => "(empty)",
    }
}

/// A line of a text, with the caret when it stands there.
fn draw_line(paint: &mut Paint<'_>, area: Rect, lines: &Area, line: usize) {
    let Some(content) = lines.lines().get(line) else { return };
    let (row, column) = lines.cursor();
    let before = content.char_indices().nth(column).map_or(content.as_str(), |(at, _)| &content[..at]);
    let (before, room) = (text::width(before), usize::from(area.width));
    let skip = if row == line { (before + 1).saturating_sub(room) } else { 0 };
    paint.buf.set_stringn(area.x, area.y, text::skip_cells(content, skip), room, paint.theme.text);
    if row == line {
        let x = area.x + u16::try_from(before - skip.min(before)).unwrap_or(0);
        paint.caret = Some((x.min(area.right().saturating_sub(1)), area.y));
    }
}

fn draw_choice(paint: &mut Paint<'_>, area: Rect, select: &Select, place: usize) {
    let Some(choice) = select.shown(place) else { return };
    let chosen = select.is_chosen(choice);
    let box_sign = match (select.many, chosen) {
        (true, true) => "[x]",
        (true, false) => "[ ]",
        (false, true) => "(x)",
        (false, false) => "( )",
    };
    let mut x =
        paint.text(area.x + 1, area.y, area.width.saturating_sub(1), box_sign, paint.theme.accent) + 1;
    let label = if chosen { paint.theme.strong } else { paint.theme.text };
    x = paint.text(x, area.y, area.right().saturating_sub(x), &choice.label, label) + 2;
    let beside = [choice.kind.as_str(), choice.detail.as_str()];
    let beside: Vec<&str> = beside.into_iter().filter(|text| !text.is_empty()).collect();
    let room = area.right().saturating_sub(x);
    if room > 3 {
        paint.text(x, area.y, room, &beside.join("  "), paint.theme.dim);
    }
    if place == select.cursor.row {
        paint.mark_row(area, area.y, true);
    }
}
