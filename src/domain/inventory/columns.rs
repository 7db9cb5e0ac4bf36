//! The columns of the flat table, as a table: adding one is one line.

use std::borrow::Cow;

use super::texts::{beginning, compare};
use super::{Inventory, WorkspaceEntry};
use crate::domain::fact::Tone;
use crate::domain::places::places;
use crate::domain::posture;

/// A column of the flat table of workspaces.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name in filters (`isolation:approved`) and settings.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What stands in a cell.
    pub text: for<'a> fn(&'a Inventory, &'a WorkspaceEntry) -> Cow<'a, str>,
    /// How the cell should strike the eye.
    pub tone: fn(&WorkspaceEntry) -> Tone,
}

fn plain(_: &WorkspaceEntry) -> Tone {
    Tone::Plain
}

/// The columns in their usual order.
pub const COLUMNS: &[Column] = &[
    Column { id: "name", title: "Name", text: |_, w| w.name().into(), tone: plain },
    Column { id: "group", title: "Group", text: |_, w| (&*w.group).into(), tone: plain },
    Column {
        id: "subscription",
        title: "Subscription",
        text: |i, w| i.subscription_label(&w.subscription).into(),
        tone: plain,
    },
    Column { id: "region", title: "Region", text: |_, w| (&*w.location).into(), tone: plain },
    Column { id: "kind", title: "Kind", text: |_, w| w.kind.as_str().into(), tone: plain },
    Column {
        id: "isolation",
        title: "Isolation",
        text: |_, w| w.isolation_word().into(),
        tone: WorkspaceEntry::isolation_tone,
    },
    Column { id: "public", title: "Public", text: |_, w| w.public_access_word().into(), tone: plain },
    Column { id: "storage", title: "Storage", text: |_, w| w.storage_access.word().into(), tone: plain },
    Column { id: "findings", title: "Findings", text: |_, w| findings(w), tone: posture::row_tone },
    Column {
        id: "state",
        title: "State",
        text: |_, w| w.state_word().into(),
        tone: WorkspaceEntry::state_tone,
    },
];

/// What the row tells is never all: a plus says that opening the workspace may bring more to light.
fn findings(workspace: &WorkspaceEntry) -> Cow<'_, str> {
    match posture::row_findings(workspace) {
        0 => "?".into(),
        n => format!("{n}+").into(),
    }
}

/// The column with this id.
#[must_use]
pub fn column(id: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.id.eq_ignore_ascii_case(id))
}

/// Empty last, then numbers, then text.
fn key(text: &str) -> (bool, u64, String) {
    (text.is_empty(), text.trim_end_matches('+').parse().unwrap_or(u64::MAX), text.to_lowercase())
}

impl Inventory {
    /// All indices of [`Inventory::workspaces`] by name: what [`Inventory::sorted`] begins with.
    #[must_use]
    pub fn by_name(&self) -> Vec<usize> {
        let name = |at: usize| self.workspaces[at].name();
        let mut order: Vec<(u128, usize)> =
            (0..self.workspaces.len()).map(|at| (beginning(name(at)), at)).collect();
        order.sort_by(|(a, at), (b, other)| a.cmp(b).then_with(|| compare(name(*at), name(*other))));
        order.into_iter().map(|(_, at)| at).collect()
    }

    /// All indices of [`Inventory::workspaces`] by a column, equal cells by name; empty cells stay last
    /// either way. `by_name` is what [`Inventory::by_name`] gave.
    #[must_use]
    pub fn sorted(&self, by_name: &[usize], column: &Column, descending: bool) -> Vec<usize> {
        if column.id == "name" {
            // Names are never empty, and this is the order that is asked for most.
            let names = by_name.iter().copied();
            return if descending { names.rev().collect() } else { names.collect() };
        }
        // Most columns hold few different texts: those are sorted, and then numbers instead of texts.
        let text = |at: &usize| (column.text)(self, &self.workspaces[*at]);
        let texts: Vec<Cow<'_, str>> = by_name.iter().map(text).collect();
        let places = places(texts.iter().map(|text| &**text), key);
        let shown = |(at, place): (usize, usize)| match (texts[at].is_empty(), descending) {
            (true, _) => (usize::MAX, at),
            (false, true) => (usize::MAX - 1 - place, at),
            (false, false) => (place, at),
        };
        let mut order: Vec<(usize, usize)> = places.into_iter().enumerate().map(shown).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, at)| by_name[at]).collect()
    }
}
