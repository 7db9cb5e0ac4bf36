//! What the last frame put where: how a click finds its row, and how a list knows its height.

use ratatui::layout::{Position, Rect};

use crate::config::action::Action;

/// A list that has a cursor and a scroll position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ListId {
    /// The tree or table of workspaces.
    Browser,
    /// The overview of the workspace.
    Overview,
    /// Dependent resources.
    Dependents,
    /// Network isolation.
    Network,
    /// Access.
    Access,
    /// The topmost overlay.
    Overlay,
}

/// What can be clicked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A list, not on one of its rows.
    List(ListId),
    /// A row of a list.
    Row(ListId, usize),
    /// A field of the step of a form on screen, by its place.
    Field(usize),
    /// A step of a form.
    Step(usize),
    /// A key of the footer.
    Action(Action),
}

/// Where a list stood and what it showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    /// The list.
    pub list: ListId,
    /// The first row on screen; of rows of several lines, the first line.
    pub offset: usize,
    /// The rows on screen.
    pub height: usize,
}

/// The places of one frame.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HitMap {
    areas: Vec<(Rect, Target)>,
    viewports: Vec<Viewport>,
}

impl HitMap {
    /// Notes a place; what is noted later lies on top.
    pub fn add(&mut self, area: Rect, target: Target) {
        self.areas.push((area, target));
    }

    /// Forgets what lies below: an overlay takes every click.
    pub fn cover(&mut self) {
        self.areas.clear();
    }

    /// Notes a list whose rows, one cell high, begin at the top of `area`.
    pub fn add_list(&mut self, area: Rect, list: ListId, offset: usize, rows: usize) {
        self.add_viewport(list, offset, usize::from(area.height));
        self.add(area, Target::List(list));
        for (y, row) in (area.y..area.bottom()).zip(offset..rows) {
            self.add(Rect { y, height: 1, ..area }, Target::Row(list, row));
        }
    }

    /// Notes where a list stands: its first row, or line where rows have several, and how many rows are on screen.
    pub fn add_viewport(&mut self, list: ListId, offset: usize, height: usize) {
        self.viewports.push(Viewport { list, offset, height });
    }

    /// What lies at a cell.
    #[must_use]
    pub fn at(&self, column: u16, row: u16) -> Option<Target> {
        let cell = Position { x: column, y: row };
        self.areas.iter().rev().find(|(area, _)| area.contains(cell)).map(|(_, target)| *target)
    }

    /// Where the lists stood.
    pub fn viewports(&self) -> impl Iterator<Item = Viewport> {
        self.viewports.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_finds_the_topmost_row() {
        let mut map = HitMap::default();
        map.add_list(Rect::new(0, 1, 10, 3), ListId::Browser, 5, 7);
        assert_eq!(map.at(3, 2), Some(Target::Row(ListId::Browser, 6)));
        assert_eq!(map.at(3, 3), Some(Target::List(ListId::Browser)));
        assert_eq!(map.at(3, 0), None);
        map.cover();
        map.add_list(Rect::new(0, 0, 10, 9), ListId::Overlay, 0, 1);
        assert_eq!(map.at(3, 2), Some(Target::List(ListId::Overlay)));
        assert_eq!(map.viewports().count(), 2);
    }
}
