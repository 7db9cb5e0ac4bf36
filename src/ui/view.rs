//! One frame: which room goes to which pane at which size, and what lies on top.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::findings;
use crate::app::hit::HitMap;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::ui::paint::Paint;
use crate::ui::popups;
use crate::ui::{footer, header, panes};

/// From this width on, list and panes stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// From this height on, the panes of a workspace stand together.
const TOGETHER: u16 = 20;

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
    let rooms = rooms(model, body);
    for (pane, room) in &rooms.panes {
        panes::draw(&mut paint, *room, model, *pane);
    }
    if let Some(tabs) = rooms.tabs {
        header::draw_tabs(&mut paint, tabs, model);
    }
    draw_overlays(&mut paint, body, model);
    footer::draw(&mut paint, foot, model);
    Drawn { hits: paint.hits, caret: paint.caret }
}

struct Rooms {
    panes: Vec<(Pane, Rect)>,
    /// Where the names of the panes go when one pane has the screen.
    tabs: Option<Rect>,
}

/// Which pane gets which room. A narrow or low screen shows one at a time.
fn rooms(model: &Model, body: Rect) -> Rooms {
    if model.zoomed {
        return Rooms { panes: vec![(model.focus, body)], tabs: None };
    }
    if model.browser.table && model.focus == Pane::Browser {
        return Rooms { panes: vec![(Pane::Browser, body)], tabs: None };
    }
    if body.width < SIDE_BY_SIDE || body.height < TOGETHER {
        let tabs = Rect { height: 1, ..body };
        let room = Rect { y: body.y + 1, height: body.height - 1, ..body };
        return Rooms { panes: vec![(model.focus, room)], tabs: Some(tabs) };
    }
    let list_width = (body.width * 3 / 10).clamp(34, 52);
    let list = Rect { width: list_width, ..body };
    let right = Rect { x: body.x + list_width, width: body.width - list_width, ..body };
    let overview = Rect { height: 5, ..right };
    let below = Rect { y: right.y + 5, height: right.height - 5, ..right };
    // The middle takes what its lines need, access gets the rest and at least a third.
    let middle_height = (below.height / 2).clamp(7, 13).min(below.height.saturating_sub(5));
    let middle = Rect { height: middle_height, ..below };
    let access = Rect { y: below.y + middle_height, height: below.height - middle_height, ..below };
    let dependents = Rect { width: middle.width * 11 / 20, ..middle };
    let network = Rect { x: middle.x + dependents.width, width: middle.width - dependents.width, ..middle };
    Rooms {
        panes: vec![
            (Pane::Browser, list),
            (Pane::Overview, overview),
            (Pane::Dependents, dependents),
            (Pane::Network, network),
            (Pane::Access, access),
        ],
        tabs: None,
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
            Overlay::Help(context, cursor) => {
                popups::help::draw(paint, body, &model.keymap, *context, cursor)
            }
            Overlay::Picker(picker) => popups::picker::draw(paint, body, picker),
            Overlay::Text(view) => popups::text::draw(paint, body, view),
            Overlay::Requests(cursor) => popups::lists::requests(paint, body, model, cursor),
            Overlay::Notices(cursor) => popups::lists::notices(paint, body, model, cursor),
            Overlay::Findings(cursor) => {
                popups::lists::findings(paint, body, &findings::of_selection(model), cursor);
            }
        }
    }
}
