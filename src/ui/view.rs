//! One frame: which room goes to which pane at which size, and what lies on top.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

use crate::app::hit::HitMap;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::config::theme::Theme;
use crate::ui::forms;
use crate::ui::layout;
use crate::ui::paint::Paint;
use crate::ui::popups;
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
    // With fewer lines no list has a row.
    if area.height < 6 || area.width < 20 {
        let words = if area.width < 18 { "too small" } else { "amldeck: too small" };
        paint.text(area.x, area.y, area.width, words, model.theme.warn);
        lay_ground(paint.buf, &model.theme);
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
    lay_ground(paint.buf, &model.theme);
    Drawn { hits: paint.hits, caret: paint.caret }
}

/// Paints the ground of a theme below everything that has none of its own: its letters are made for that one.
fn lay_ground(buf: &mut Buffer, theme: &Theme) {
    let Some(ground) = theme.ground else { return };
    for cell in buf.content.iter_mut().filter(|cell| cell.bg == Color::Reset) {
        cell.bg = ground;
    }
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
