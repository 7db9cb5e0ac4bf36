//! One frame: which room goes to which pane at which size, and what lies on top.

use ratatui::buffer::{Buffer, CellDiffOption, CellWidth};
use ratatui::layout::Rect;

use crate::app::hit::HitMap;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::ui::forms;
use crate::ui::layout;
use crate::ui::paint::Paint;
use crate::ui::popups;
use crate::ui::widgets::text;
use crate::ui::{footer, header, panes};

/// What a frame leaves behind.
#[derive(Debug, Default)]
pub struct Drawn {
    /// What can be clicked, and where lists stood.
    pub hits: HitMap,
    /// Where the terminal's cursor goes, if somewhere.
    pub caret: Option<(u16, u16)>,
}

/// Draws the whole screen.
pub fn draw(model: &Model, buf: &mut Buffer) -> Drawn {
    let area = buf.area;
    let mut paint = Paint {
        buf,
        hits: HitMap::default(),
        caret: None,
        theme: &model.theme,
        signs: &model.signs,
        now: model.now,
        zone: &model.zone,
    };
    paint.buf.set_style(area, model.theme.text);
    if area.height < 4 || area.width < 20 {
        paint.text(area.x, area.y, area.width, "amldeck: too small", model.theme.warn);
        return Drawn { hits: paint.hits, caret: None };
    }
    header::draw(&mut paint, Rect { height: 1, ..area }, model);
    let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
    let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
    let rooms = layout::rooms(model, body);
    for (pane, room) in &rooms.panes {
        panes::draw(&mut paint, *room, model, *pane);
    }
    if let Some(tabs) = rooms.tabs {
        header::draw_tabs(&mut paint, tabs, model);
    }
    draw_overlays(&mut paint, body, model);
    footer::draw(&mut paint, foot, model);
    if !model.signs.boxes {
        write_in_ascii(paint.buf);
    }
    settle(paint.buf);
    Drawn { hits: paint.hits, caret: paint.caret }
}

/// Signs that stand inside of texts, for terminals and screen readers without them. Letters stay as they are.
fn write_in_ascii(buf: &mut Buffer) {
    for cell in &mut buf.content {
        let plain = match cell.symbol() {
            "·" => "-",
            "…" => "~",
            "←" => "<",
            "→" => ">",
            "↑" => "^",
            "↓" => "v",
            _ => continue,
        };
        cell.set_symbol(plain);
    }
}

/// Marks on a letter that are shown: no script stacks more, and a tower of them covers the rows around it.
const MARKS: usize = 3;

/// Signs of several characters: their marks do not stack up without end, and the cells that they and the next sign take are
/// written anew each time, because terminals differ in how many that is.
fn settle(buf: &mut Buffer) {
    let columns = usize::from(buf.area.width);
    // Up to where a sign of several characters may reach.
    let mut reach = 0;
    for (at, cell) in buf.content.iter_mut().enumerate() {
        if at < reach {
            cell.set_diff_option(CellDiffOption::AlwaysUpdate);
        }
        if cell.symbol().chars().nth(1).is_none() {
            continue;
        }
        let settled = text::with_marks(cell.symbol(), MARKS);
        cell.set_symbol(&settled);
        let end_of_row = (at / columns + 1) * columns;
        reach = (at + usize::from(cell.cell_width()) + 1).min(end_of_row);
    }
}

fn draw_overlays(paint: &mut Paint<'_>, body: Rect, model: &Model) {
    for (at, overlay) in model.overlays.iter().enumerate() {
        let topmost = at + 1 == model.overlays.len();
        if topmost {
            // Only the topmost layer can be clicked.
            paint.hits.cover();
        }
        match overlay {
            Overlay::Help(view) => popups::help::draw(paint, body, model, view),
            Overlay::Picker(picker) => popups::picker::draw(paint, body, picker, model.spinner()),
            Overlay::Text(view) => popups::text::draw(paint, body, view),
            Overlay::Form(form) => forms::draw(paint, body, model, form),
            Overlay::Run(view) => forms::run::draw(paint, body, model, view),
            Overlay::Review(review) => forms::review::draw(paint, body, model, review),
            Overlay::List(list) => popups::lists::draw(paint, body, model, list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    fn line(content: &str) -> Buffer {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        buf.set_string(0, 0, content, Style::default());
        settle(&mut buf);
        buf
    }

    #[test]
    fn marks_do_not_stack_up_without_end() {
        let tower: String = std::iter::once('a').chain(std::iter::repeat_n('\u{30e}', 40)).collect();
        let buf = line(&format!("{tower}b"));
        assert_eq!(buf[(0, 0)].symbol(), "a\u{30e}\u{30e}\u{30e}");
        assert_eq!(buf[(1, 0)].symbol(), "b");
        // Vietnamese, Greek and Devanagari as they are written.
        for whole in ["e\u{302}\u{301}", "\u{3c9}\u{314}\u{342}\u{345}", "\u{92e}\u{93e}"] {
            assert_eq!(line(whole)[(0, 0)].symbol(), whole);
        }
    }

    #[test]
    fn what_stands_behind_a_sign_of_several_characters_is_written_each_time() {
        let buf = line("\u{9ac}\u{9be}xy\u{26a0}\u{fe0f}z");
        let anew: Vec<usize> =
            (0..8).filter(|at| buf.content[*at].diff_option == CellDiffOption::AlwaysUpdate).collect();
        assert_eq!(anew, [1, 4, 5]);
    }
}
