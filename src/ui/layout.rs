//! Which room goes to which pane at which size of the screen.

use ratatui::layout::{Rect, Size};

use crate::app::model::Model;
use crate::app::page::Pane;

/// From this width on, list and panes stand side by side.
const SIDE_BY_SIDE: u16 = 100;
/// From this height on, the panes of a workspace stand together.
const TOGETHER: u16 = 20;

/// Where the panes stand.
pub struct Rooms {
    /// The panes on screen.
    pub panes: Vec<(Pane, Rect)>,
    /// Where the names of the panes go when one pane has the screen.
    pub tabs: Option<Rect>,
}

/// Which pane gets which room. A narrow or low screen shows one at a time.
#[must_use]
pub fn rooms(model: &Model, body: Rect) -> Rooms {
    if model.zoomed {
        return Rooms { panes: vec![(model.focus, body)], tabs: None };
    }
    if model.browser.table && model.focus == Pane::Browser {
        return Rooms { panes: vec![(Pane::Browser, body)], tabs: None };
    }
    if body.width < SIDE_BY_SIDE || body.height < TOGETHER {
        let tabs = Rect { height: body.height.min(1), ..body };
        let room = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
        return Rooms { panes: vec![(model.focus, room)], tabs: Some(tabs) };
    }
    let list_width = (body.width * 3 / 10).clamp(32, 52);
    let list = Rect { width: list_width, ..body };
    let right = Rect { x: body.x + list_width, width: body.width - list_width, ..body };
    let overview = Rect { height: 5, ..right };
    let below = Rect { y: right.y + 5, height: right.height - 5, ..right };
    // The middle takes what its lines need, access gets the rest and at least a third.
    let middle_height = (below.height * 2 / 5).clamp(8, 14).min(below.height.saturating_sub(5));
    let middle = Rect { height: middle_height, ..below };
    let access = Rect { y: below.y + middle_height, height: below.height - middle_height, ..below };
    let dependents = Rect { width: middle.width * 14 / 25, ..middle };
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

/// The room between header and footer on a screen of the model's size.
#[must_use]
pub fn body(model: &Model) -> Rect {
    let (width, height) = model.size;
    Rect { x: 0, y: 1, width, height: height.saturating_sub(2) }
}

/// The cells between the borders of a pane, none when it is not on screen.
#[must_use]
pub fn inner(model: &Model, pane: Pane) -> Size {
    let rooms = rooms(model, body(model));
    let room = rooms.panes.iter().find(|(shown, _)| *shown == pane);
    room.map_or(Size::ZERO, |(_, room)| Size {
        width: room.width.saturating_sub(2),
        height: room.height.saturating_sub(2),
    })
}
