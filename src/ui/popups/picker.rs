//! Draws a list to choose from.

use ratatui::layout::Rect;

use crate::app::access::inquiry::Inquiring;
use crate::app::hit::ListId;
use crate::app::picker::{Item, Picker};
use crate::ui::paint::Paint;
use crate::ui::widgets::apart::{apart, with_whole_end};
use crate::ui::widgets::frame::{self, Title};
use crate::ui::widgets::text;

/// A screen with fewer lines is low.
const LOW: u16 = 12;

/// Draws the picker over `area`; `spinner` is the sign of choices that are still to come.
pub fn draw(paint: &mut Paint<'_>, area: Rect, picker: &Picker, spinner: &str) {
    let width = u16::try_from(picker.widest() + 9).unwrap_or(u16::MAX).clamp(40, 96);
    let filtering = picker.typing || !picker.query.text().is_empty();
    let rows = picker.items.len() + usize::from(filtering) + 2;
    // Where the screen is low, the list has all of it: a choice that nobody sees would be taken.
    let most = if area.height < LOW { area.height } else { area.height.saturating_sub(4) };
    let height = u16::try_from(rows).unwrap_or(u16::MAX).clamp(3, most.max(3));
    let popup = frame::centred(area, width, height);
    frame::clear(paint.buf, popup, paint.theme);
    let mut right =
        if filtering { format!("{} of {}", picker.shown().len(), picker.items.len()) } else { String::new() };
    if picker.more.as_ref().is_some_and(Inquiring::is_under_way) {
        right = format!("{spinner} {right}").trim_end().to_owned();
    }
    let title = Title { name: &picker.title, right, ..Title::default() };
    let mut inner = frame::draw(paint.buf, popup, &title, true, paint.theme, paint.signs);
    if filtering && inner.height > 0 {
        let x = paint.text(inner.x + 1, inner.y, inner.width.saturating_sub(1), "/ ", paint.theme.accent);
        draw_field(
            paint,
            Rect { x, width: inner.right().saturating_sub(x), height: 1, ..inner },
            &picker.query,
            picker.typing,
        );
        inner = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
    }
    let shown = picker.shown();
    let offset = paint.list(popup, inner, ListId::Overlay, &picker.cursor, shown.len());
    if shown.is_empty() && inner.height > 0 {
        let words = format!("nothing matches{}", picker.hint);
        for (y, line) in (inner.y..inner.bottom()).zip(text::wrap(&words, usize::from(inner.width - 2))) {
            paint.text(inner.x + 1, y, inner.width.saturating_sub(1), &line, paint.theme.dim);
        }
    }
    let rows: Vec<&Item> =
        shown.iter().skip(offset).take(usize::from(inner.height)).map(|at| &picker.items[*at]).collect();
    let mut ends = Vec::with_capacity(rows.len());
    for (y, item) in (inner.y..inner.bottom()).zip(&rows) {
        let mut x = inner.x + 1;
        if !filtering && let Some(key) = item.key {
            x = paint.text(x, y, inner.right().saturating_sub(x), &format!("{key} "), paint.theme.accent);
        }
        ends.push(paint.text(x, y, inner.right().saturating_sub(x), &item.label, paint.theme.text));
    }
    let rooms: Vec<usize> =
        ends.iter().map(|end| usize::from(inner.right().saturating_sub(end + 2))).collect();
    let details = details(paint, &rows, &rooms);
    for ((y, end), (detail, room)) in (inner.y..).zip(ends).zip(details.iter().zip(rooms)) {
        if !detail.is_empty() && room > 2 {
            let taken = u16::try_from(text::width(detail)).unwrap_or(0);
            let x = inner.right().saturating_sub(taken + 1).max(end + 1);
            paint.text(x, y, inner.right().saturating_sub(x + 1).max(1), detail, paint.theme.dim);
        }
    }
    let row = picker.cursor.row.checked_sub(offset).and_then(|row| u16::try_from(row).ok());
    if let Some(row) = row.filter(|row| *row < inner.height && !rows.is_empty()) {
        paint.mark_row(inner, inner.y + row, true);
    }
}

/// What stands behind the names of rows, in so many cells each: what is too long is cut at its end, or in the middle where
/// two rows would look the same or the end stays whole.
fn details(paint: &Paint<'_>, rows: &[&Item], rooms: &[usize]) -> Vec<String> {
    let ellipsis = paint.signs.ellipsis;
    let texts: Vec<(&str, usize)> =
        rows.iter().map(|item| &*item.detail).zip(rooms.iter().copied()).collect();
    let cut: Vec<String> =
        texts.iter().map(|(text, room)| text::cut(text, *room, ellipsis).into_owned()).collect();
    let alike = |at: usize| {
        let same = |other: usize| cut[other] == cut[at] && texts[other].0 != texts[at].0;
        (0..cut.len()).any(same)
    };
    let all_apart = !(0..cut.len()).any(alike);
    let apart = apart(&texts, ellipsis);
    let each = cut.into_iter().zip(&apart).zip(rows.iter().zip(rooms));
    let shown: Vec<String> = each
        .map(|((cut, apart), (item, room))| match item.kept() {
            Some(end) => {
                let whole = apart.clone().filter(|text| text.ends_with(end));
                whole.unwrap_or_else(|| ending_in(item, end, *room, ellipsis))
            }
            None => apart.clone().filter(|_| !all_apart).unwrap_or(cut),
        })
        .collect();
    // Rows that differ only in what the end takes the room of, such as the account: then the end gives way.
    let alike =
        |at: usize| (0..shown.len()).any(|other| shown[other] == shown[at] && texts[other].0 != texts[at].0);
    let each = (0..shown.len()).map(|at| match &apart[at] {
        Some(apart) if alike(at) => apart.clone(),
        _ => shown[at].clone(),
    });
    each.collect()
}

/// The detail of a row in so many cells, with this end of it whole where there is room for that.
fn ending_in(item: &Item, end: &str, room: usize, ellipsis: &str) -> String {
    if let Some(told) = with_whole_end(&item.detail, room, ellipsis) {
        return told;
    }
    let beginning = item.detail.strip_suffix(end).unwrap_or_default();
    match room.saturating_sub(text::width(end)) {
        0 | 1 => text::cut(end.trim_start(), room, ellipsis).into_owned(),
        left => format!("{}{end}", text::cut(beginning, left, ellipsis)),
    }
}

/// A field with its text, and the caret when it is being typed into.
pub fn draw_field(paint: &mut Paint<'_>, area: Rect, field: &crate::app::field::Field, editing: bool) {
    let room = usize::from(area.width);
    if room == 0 {
        return;
    }
    if !editing {
        paint.text(area.x, area.y, area.width, field.text(), paint.theme.text);
        return;
    }
    let before = text::width(field.before_cursor());
    // The caret stays in sight: what does not fit goes out on the left, and is marked there.
    let skip = (before + 1).saturating_sub(room);
    if skip == 0 {
        paint.text(area.x, area.y, area.width, field.text(), paint.theme.text);
    } else {
        let x = paint.text(area.x, area.y, 1, paint.signs.ellipsis, paint.theme.dim);
        let shown = text::skip_cells(field.text(), skip + 1);
        paint.text(x, area.y, area.width - 1, shown, paint.theme.text);
    }
    let x = area.x + u16::try_from(before - skip.min(before)).unwrap_or(0);
    paint.caret = Some((x.min(area.right().saturating_sub(1)), area.y));
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;

    use super::*;
    use crate::app::form::tests::model;
    use crate::app::overlay::Overlay;
    use crate::app::picker::{Command, RunCommand};
    use crate::domain::plan::RunId;
    use crate::ui::view;

    fn screen(items: Vec<Item>, width: u16) -> String {
        let mut model = model();
        model.overlays.push(Overlay::Picker(Picker::new("Switch mlw-forecast", items, false)));
        let mut buf = Buffer::empty(Rect { x: 0, y: 0, width, height: 16 });
        view::draw(&model, &mut buf);
        let row = |y: u16| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>();
        (0..16).map(row).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn whose_role_is_taken_back_is_never_cut() {
        let role = "Storage File Data Privileged Contributor on stforecastprod";
        let name = "Maria Magdalena Hohenstein-Ruiz y Montero";
        let item = |title: String| {
            Item::new("undo step 12", title, Command::Run(RunId("1".into()), RunCommand::UndoStep(11)))
        };
        for title in [
            format!("Give {role} to {name}"),
            format!("Take {role} from {name}"),
            format!("Give {role} to Ada Novak"),
        ] {
            let name = title.rsplit_once(" to ").or(title.rsplit_once(" from ")).unwrap().1.to_owned();
            for (width, items) in
                [(80, vec![item(title.clone())]), (80, vec![item(title.clone()), item(title)])]
            {
                let all = screen(items, width);
                assert!(all.contains(&name), "{all}");
                let is_long = name.len() > 40;
                assert!(is_long || all.contains("Contributor "), "{all}");
            }
        }
    }

    #[test]
    fn what_was_given_to_one_person_on_two_accounts_is_told_apart() {
        let name = "Maria Magdalena Hohenstein-Ruiz y Montero";
        let item = |account: &str| {
            let title = format!("Give Storage File Data Privileged Contributor on {account} to {name}");
            Item::new("undo step 12", title, Command::Run(RunId("1".into()), RunCommand::UndoStep(11)))
        };
        let all = screen(vec![item("stforecastprod"), item("stforecaststaging")], 80);
        let rows: Vec<&str> = all.lines().filter(|line| line.contains("undo step 12")).collect();
        assert!(rows.len() == 2 && rows[0] != rows[1], "{all}");
    }

    #[test]
    fn rows_whose_details_begin_with_the_same_words_are_told_apart() {
        let mut items =
            vec![Item::new("undo", "take back what it changed, the last step first", Command::Stay)];
        for name in ["Ada Novak", "Farid Rahimi", "Priya Raman"] {
            let detail = format!("Give Storage File Data Privileged Contributor on stforecastprod to {name}");
            items.push(Item::new("undo step", detail, Command::Stay));
        }
        for width in [60, 80] {
            let all = screen(items.clone(), width);
            for name in ["take back what it changed", "to Ada Novak", "to Farid Rahimi", "to Priya Raman"] {
                assert!(all.contains(name), "{all}");
            }
        }
    }
}
