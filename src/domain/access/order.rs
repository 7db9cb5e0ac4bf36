//! The orders that an access table can be looked at in. A table may have tens of thousands of rows and
//! few different roles, scopes and people: those are sorted as texts once, the rows by their places.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use super::row::{AccessRow, From};

/// Columns that the table can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccessSort {
    /// By the principal's name.
    Principal,
    /// By what the principal is.
    Kind,
    /// By the role's name.
    Role,
    /// From here outwards.
    From,
    /// Newest first.
    Since,
}

/// What is worked out once for the rows of a table, so that sorting them is cheap.
#[derive(Debug, Clone, Default)]
pub struct AccessOrder {
    /// The rows by principal and role.
    by_name: Vec<usize>,
    kinds: Vec<usize>,
    roles: Vec<usize>,
    froms: Vec<usize>,
    sinces: Vec<usize>,
}

impl AccessOrder {
    /// The orders of these rows.
    #[must_use]
    pub fn of(rows: &[AccessRow]) -> Self {
        let principals = places(rows, AccessRow::label, |label| label.to_lowercase());
        let roles = places(rows, |row| row.role.label(), |label| label.to_lowercase());
        let mut by_name: Vec<usize> = (0..rows.len()).collect();
        by_name.sort_by_key(|row| (principals[*row], roles[*row]));
        Self {
            by_name,
            kinds: places(rows, AccessRow::kind, |kind| kind),
            froms: places(rows, |row| &row.from, |from: &From| from),
            sinces: places(rows, |row| row.since, Reverse),
            roles,
        }
    }

    /// The place of a row's origin among all origins of the table, from here outwards: rows from the same
    /// scope share it.
    #[must_use]
    pub fn origin(&self, row: usize) -> usize {
        self.froms.get(row).copied().unwrap_or(0)
    }

    /// The numbers of the rows by a column; equal ones by principal and role.
    #[must_use]
    pub fn rows(&self, by: AccessSort, descending: bool) -> Vec<usize> {
        let mut rows = self.by_name.clone();
        match by {
            AccessSort::Principal => {}
            AccessSort::Kind => rows.sort_by_key(|row| self.kinds[*row]),
            AccessSort::Role => rows.sort_by_key(|row| self.roles[*row]),
            AccessSort::From => rows.sort_by_key(|row| self.froms[*row]),
            AccessSort::Since => rows.sort_by_key(|row| self.sinces[*row]),
        }
        if descending {
            rows.reverse();
        }
        rows
    }
}

/// The place of each row's value among all values in order; equal ones share it.
fn places<'a, V: Hash + Eq + Clone, O: Ord>(
    rows: &'a [AccessRow],
    value: impl Fn(&'a AccessRow) -> V,
    order: impl Fn(V) -> O,
) -> Vec<usize> {
    let mut numbers: HashMap<V, usize> = HashMap::new();
    let number = |row| {
        let next = numbers.len();
        *numbers.entry(value(row)).or_insert(next)
    };
    let of_row: Vec<usize> = rows.iter().map(number).collect();
    let mut sorted: Vec<(O, usize)> =
        numbers.into_iter().map(|(value, number)| (order(value), number)).collect();
    sorted.sort_unstable();
    let mut place = 0;
    let mut of_number = vec![0; sorted.len()];
    for (at, (order, number)) in sorted.iter().enumerate() {
        // Different values may be equal in order, such as texts that differ in case only.
        place += usize::from(at > 0 && sorted[at - 1].0 != *order);
        of_number[*number] = place;
    }
    of_row.into_iter().map(|number| of_number[number]).collect()
}
