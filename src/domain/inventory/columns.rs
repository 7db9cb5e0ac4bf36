//! The columns of the flat table, as a table: adding one is one line.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Inventory, WorkspaceEntry};
use crate::domain::fact::Tone;
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

fn findings(workspace: &WorkspaceEntry) -> Cow<'_, str> {
    match posture::row_findings(workspace) {
        0 => "".into(),
        n => n.to_string().into(),
    }
}

/// The column with this id.
#[must_use]
pub fn column(id: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.id.eq_ignore_ascii_case(id))
}

/// Empty last, then numbers, then text.
fn key(text: &str) -> (bool, u64, String) {
    (text.is_empty(), text.parse().unwrap_or(u64::MAX), text.to_lowercase())
}

impl Inventory {
    /// Sorts indices of [`Inventory::workspaces`] by a column; empty cells stay last either way.
    pub fn sort(&self, indices: &mut [usize], column: &Column, descending: bool) {
        indices.sort_by_cached_key(|&at| {
            let workspace = &self.workspaces[at];
            let (empty, number, text) = key(&(column.text)(self, workspace));
            (empty, Flip(descending, (number, text)), workspace.name().to_lowercase(), at)
        });
    }
}

/// Compares the other way round when its flag is set.
#[derive(PartialEq, Eq)]
struct Flip<T>(bool, T);

impl<T: Ord> Ord for Flip<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 { other.1.cmp(&self.1) } else { self.1.cmp(&other.1) }
    }
}

impl<T: Ord> PartialOrd for Flip<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
