//! A list over the screen from which one thing is chosen: palette, menus, themes, tenants, columns.

use std::borrow::Cow;
use std::sync::Arc;

use unicode_width::UnicodeWidthStr;

use super::field::Field;
use super::filter::{Filter, Searchable};
use super::list::ListCursor;
use crate::azure::arm::id::ArmId;
use crate::config::action::Action;
use crate::config::key::Key;

/// What a choice does.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// As if its key had been pressed.
    Act(Action),
    /// Selects a workspace.
    Goto(ArmId),
    /// Puts a text on the clipboard.
    Copy(String),
    /// Exports the focused pane to the clipboard.
    CopyPane(crate::app::export::Format),
    /// Saves the focused pane to a file.
    SavePane(crate::app::export::Format),
    /// Sorts the focused list by a column; choosing it again turns the order around.
    Sort(&'static str),
    /// Changes the theme.
    Theme(&'static str),
    /// Changes the tenant, by its id.
    Tenant(String),
    /// Shows a text.
    Show {
        /// Its title.
        title: String,
        /// The text.
        text: String,
    },
}

/// One choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The key that chooses it at once, while no filter is typed.
    pub key: Option<char>,
    /// What it is.
    pub label: String,
    /// More about it, standing back; shared, because many workspaces are in the same place.
    pub detail: Arc<str>,
    /// What it does.
    pub command: Command,
}

impl Item {
    /// A choice.
    pub fn new(label: impl Into<String>, detail: impl Into<Arc<str>>, command: Command) -> Self {
        Self { key: None, label: label.into(), detail: detail.into(), command }
    }

    /// With a key of its own.
    #[must_use]
    pub fn key(mut self, key: char) -> Self {
        self.key = Some(key);
        self
    }
}

impl Searchable for Item {
    fn text(&self) -> &str {
        &self.label
    }
    fn column(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// The list, its filter and its cursor.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What is chosen here.
    pub title: String,
    /// Everything there is.
    pub items: Vec<Item>,
    /// The filter.
    pub query: Field,
    /// Whether the filter is being typed.
    pub typing: bool,
    /// The row under the cursor among [`Picker::shown`].
    pub cursor: ListCursor,
    shown: Vec<usize>,
    widest: usize,
}

impl Picker {
    /// A list to choose from; with `typing`, characters filter at once.
    #[must_use]
    pub fn new(title: impl Into<String>, items: Vec<Item>, typing: bool) -> Self {
        let shown = (0..items.len()).collect();
        let query = Field::default();
        // ASCII needs no table of widths, and the palette holds every workspace.
        let cells = |text: &str| if text.is_ascii() { text.len() } else { text.width() };
        let width = |item: &Item| cells(&item.label) + cells(&item.detail);
        let widest = items.iter().map(width).max().unwrap_or(0);
        Self { title: title.into(), items, query, typing, cursor: ListCursor::default(), shown, widest }
    }

    /// Cells that label and detail of the widest choice take.
    #[must_use]
    pub fn widest(&self) -> usize {
        self.widest
    }

    /// The choices that pass the filter, by index.
    #[must_use]
    pub fn shown(&self) -> &[usize] {
        &self.shown
    }

    /// Applies the filter anew; the cursor goes to the top.
    pub fn refilter(&mut self) {
        let mut filter = Filter::parse(self.query.text());
        let typed = self.query.text().to_owned();
        let mut ranked = |at: usize| Some((filter.rank(&typed, &self.items[at])?, at));
        let mut fitting: Vec<(u8, usize)> = (0..self.items.len()).filter_map(&mut ranked).collect();
        if !self.query.text().trim().is_empty() {
            fitting.sort_unstable();
        }
        self.shown = fitting.into_iter().map(|(_, at)| at).collect();
        self.cursor.row = 0;
    }

    /// What is under the cursor.
    #[must_use]
    pub fn current(&self) -> Option<&Item> {
        self.shown.get(self.cursor.row).and_then(|at| self.items.get(*at))
    }

    /// The choice that has this key.
    #[must_use]
    pub fn by_key(&self, key: Key) -> Option<&Item> {
        let typed = key.typed()?;
        self.items.iter().find(|item| item.key == Some(typed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_narrows_and_the_cursor_follows() {
        let items = ["open portal", "open studio", "copy id"]
            .map(|label| Item::new(label, "", Command::Copy(label.to_owned())))
            .to_vec();
        let mut picker = Picker::new("t", items, true);
        picker.cursor.row = 2;
        picker.query = Field::with("stud");
        picker.refilter();
        assert_eq!(picker.current().map(|item| item.label.as_str()), Some("open studio"));
        picker.query = Field::with("zzz");
        picker.refilter();
        assert_eq!(picker.current(), None);
    }
}
