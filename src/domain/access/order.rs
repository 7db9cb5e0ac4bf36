//! The orders that an access table can be looked at in. A table may have tens of thousands of rows and
//! few different roles, scopes and people: those are sorted as texts once, the rows by their places.

use std::cmp::Reverse;

use super::row::AccessRow;
use crate::domain::places::places;

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
    /// Those that end soonest first, those without an end last.
    Ends,
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
    ends: Vec<usize>,
    sinces: Vec<usize>,
}

impl AccessOrder {
    /// The orders of these rows.
    #[must_use]
    pub fn of(rows: &[AccessRow]) -> Self {
        let principals = places(rows.iter().map(AccessRow::label), str::to_lowercase);
        let roles = places(rows.iter().map(|row| row.role.label()), str::to_lowercase);
        let mut by_name: Vec<usize> = (0..rows.len()).collect();
        by_name.sort_by_key(|row| (principals[*row], roles[*row]));
        Self {
            by_name,
            kinds: places(rows.iter().map(AccessRow::kind), |kind| kind),
            froms: places(rows.iter().map(|row| &row.from), |from| from),
            ends: places(rows.iter().map(|row| row.tenure.end()), |end| (end.is_none(), end)),
            sinces: places(rows.iter().map(|row| row.since), Reverse),
            roles,
        }
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
            AccessSort::Ends => rows.sort_by_key(|row| self.ends[*row]),
            AccessSort::Since => rows.sort_by_key(|row| self.sinces[*row]),
        }
        if descending {
            rows.reverse();
        }
        rows
    }
}
