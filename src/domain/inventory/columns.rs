//! The columns of the flat table: each is one entry of [`COLUMNS`], which the console, its filters, exports and
//! `amldeck list` go by.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::texts::{beginning, compare};
use super::{Inventory, WorkspaceEntry};
use crate::domain::fact::Tone;
use crate::domain::places::places;
use crate::domain::posture;

/// A column of the flat table of workspaces.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The name in filters (`isolation:approved`), exports and settings.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// Cells at least and at most.
    pub width: (u16, u16),
    /// Columns with the highest number go first when there is no room.
    pub rank: u8,
    /// What stands in a cell.
    pub text: for<'a> fn(&'a Inventory, &'a WorkspaceEntry) -> Cow<'a, str>,
    /// How its texts are put in order.
    pub order: Order,
    /// How the cell should strike the eye.
    pub tone: fn(&WorkspaceEntry) -> Tone,
}

/// How the texts of a column are put in order. What says nothing stands last, upwards and downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As words, without regard to case.
    Words,
    /// By the number at the beginning. A text that begins with none says nothing.
    Count,
}

impl Order {
    fn key(self, text: &str) -> (u64, String) {
        match self {
            Self::Words => (0, text.to_lowercase()),
            Self::Count => (number(text).unwrap_or(u64::MAX), String::new()),
        }
    }

    fn says_nothing(self, text: &str) -> bool {
        text.is_empty() || (self == Self::Count && number(text).is_none())
    }
}

fn number(text: &str) -> Option<u64> {
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Columns up to this rank tell whether something is wrong, and stay however narrow the terminal of a listing is.
const STAYS: u8 = 3;

/// The columns in their usual order. What tells that something is wrong stays longest.
pub const COLUMNS: &[Column] = &[
    Column { width: (16, 34), rank: 0, ..column_of("name", "Name", |_, w| w.name().into()) },
    Column { width: (12, 30), rank: 6, ..column_of("group", "Group", |_, w| (&*w.group).into()) },
    Column {
        width: (12, 32),
        rank: 7,
        ..column_of("subscription", "Subscription", |i, w| i.subscription_label(&w.subscription).into())
    },
    Column { width: (9, 18), rank: 8, ..column_of("region", "Region", |_, w| (&*w.location).into()) },
    Column { width: (8, 12), rank: 9, ..column_of("kind", "Kind", |_, w| w.kind.as_str().into()) },
    Column {
        width: (17, 17),
        rank: 3,
        tone: WorkspaceEntry::isolation_tone,
        ..column_of("isolation", "Isolation", |_, w| w.isolation_word().into())
    },
    Column { width: (6, 9), rank: 5, ..column_of("public", "Public", |_, w| w.public_access_word().into()) },
    Column {
        width: (8, 9),
        rank: 4,
        ..column_of("storage", "Storage", |_, w| w.storage_access.word().into())
    },
    Column {
        width: (8, 8),
        rank: 2,
        order: Order::Count,
        tone: posture::badge_tone,
        ..column_of("findings", "Findings", |_, w| posture::badge(w).into())
    },
    Column {
        width: (9, 12),
        rank: 1,
        tone: WorkspaceEntry::state_tone,
        ..column_of("state", "State", |_, w| w.state_word().into())
    },
];

/// A column of plain words, of a width and a rank that its entry gives.
const fn column_of(
    id: &'static str,
    title: &'static str,
    text: for<'a> fn(&'a Inventory, &'a WorkspaceEntry) -> Cow<'a, str>,
) -> Column {
    Column { id, title, width: (0, 0), rank: u8::MAX, text, order: Order::Words, tone: |_| Tone::Plain }
}

/// The ids of the columns that a narrow listing does without, the first one first.
#[must_use]
pub fn expendable() -> &'static [&'static str] {
    static IDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
        let mut columns: Vec<&Column> = COLUMNS.iter().filter(|column| column.rank > STAYS).collect();
        columns.sort_by_key(|column| std::cmp::Reverse(column.rank));
        columns.iter().map(|column| column.id).collect()
    });
    &IDS
}

/// The column with this id.
#[must_use]
pub fn column(id: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|column| column.id.eq_ignore_ascii_case(id))
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

    /// All indices of [`Inventory::workspaces`] by a column, equal cells by name; cells that say nothing
    /// stay last either way. `by_name` is what [`Inventory::by_name`] gave.
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
        let places = places(texts.iter().map(|text| &**text), |text| column.order.key(text));
        let shown = |(at, place): (usize, usize)| match (column.order.says_nothing(&texts[at]), descending) {
            (true, _) => (usize::MAX, at),
            (false, true) => (usize::MAX - 1 - place, at),
            (false, false) => (place, at),
        };
        let mut order: Vec<(usize, usize)> = places.into_iter().enumerate().map(shown).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, at)| by_name[at]).collect()
    }
}
