//! What a filter of workspaces looks into: their words, the columns of the table, and tags by their names.

use std::borrow::Cow;

use super::filter::{Filter, Searchable};
use super::haystack::{Haystack, Haystacks};
use crate::domain::inventory::{self, COLUMNS, Inventory, WorkspaceEntry};

/// What a filter looks into, for each workspace.
pub(super) fn search_texts(inventory: &Inventory) -> Haystacks {
    let workspaces = inventory.workspaces();
    let mut texts = Haystacks::with_capacity(workspaces.len());
    for workspace in workspaces {
        let friendly = workspace.friendly_name.as_deref().unwrap_or_default();
        let subscription = inventory.subscription_label(&workspace.subscription);
        texts.add(&[
            workspace.name(),
            friendly,
            &workspace.group,
            subscription,
            &workspace.location,
            workspace.kind.as_str(),
            workspace.isolation_word(),
            workspace.storage_access.word(),
            workspace.state_word(),
        ]);
    }
    texts
}

/// A sentence about the first column of a filter that there is not, and no tag of its name either.
#[must_use]
pub fn unknown_column(inventory: &Inventory, filter: &str) -> Option<String> {
    let known = |name: &str| {
        inventory::column(name).is_some() || inventory.workspaces().iter().any(|w| w.tag(name).is_some())
    };
    let filter = Filter::parse(filter);
    let column = filter.unknown_column(known)?;
    let columns: Vec<&str> = COLUMNS.iter().map(|column| column.id).collect();
    Some(format!("there is no column '{column}', nor a tag of this name. Columns: {}", columns.join(", ")))
}

/// The workspaces that pass a filter, by index, in the order of their names.
#[must_use]
pub fn passing(inventory: &Inventory, filter: &str) -> Vec<usize> {
    let (mut filter, texts) = (Filter::parse(filter), search_texts(inventory));
    let mut passes = |at: &usize| {
        let workspace = &inventory.workspaces()[*at];
        filter.matches(&SearchRow { inventory, workspace, text: texts.get(*at) })
    };
    inventory.by_name().into_iter().filter(|at| passes(at)).collect()
}

/// A workspace as a filter sees it.
pub(super) struct SearchRow<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) workspace: &'a WorkspaceEntry,
    /// Its own of [`search_texts`].
    pub(super) text: Haystack<'a>,
}

impl Searchable for SearchRow<'_> {
    fn haystack(&self) -> Haystack<'_> {
        self.text
    }

    /// A column of the table, or a tag by its name.
    fn column(&self, name: &str) -> Option<Cow<'_, str>> {
        match inventory::column(name) {
            Some(column) => Some((column.text)(self.inventory, self.workspace)),
            None => self.workspace.tag(name).map(Cow::Borrowed),
        }
    }
}
