//! How much work one query may cause. Rows and values that multiply each other grow without end in a few words; the
//! service stops such a query, and so does this.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fault::Fault;

/// Steps that a query may take: one is about what it takes to look at a value in one row, or to keep eight bytes. A list of
/// everything in a large estate takes a fiftieth of it; all of it is a few seconds, or some hundred megabytes.
const MOST: usize = 40_000_000;
/// What a new row costs, and each of its cells.
const ROW: usize = 16;
/// See [`ROW`].
const CELL: usize = 4;
/// The most characters of one text, and the most that a made array or object may weigh: Kusto's limit of a value.
pub(super) const LONGEST: usize = 1024 * 1024;
/// See [`LONGEST`].
pub(super) const HEAVIEST: usize = 262_144;

/// What is left of the steps that a query may take. Its parts share one.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicUsize>);

impl Budget {
    /// A whole one.
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicUsize::new(MOST)))
    }

    /// Takes steps from it; false when there are none left. Only one thread works at a query: nothing is lost between
    /// reading and writing.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(steps);
        self.0.store(left, Ordering::Relaxed);
        left > 0
    }

    /// Takes steps from it.
    ///
    /// # Errors
    /// When there are none left.
    pub(super) fn take(&self, steps: usize) -> Result<(), Fault> {
        if self.spend(steps) { Ok(()) } else { Err(Fault::limit()) }
    }

    /// Takes what new rows cost.
    ///
    /// # Errors
    /// When nothing is left.
    pub(super) fn take_rows(&self, rows: usize, cells: usize) -> Result<(), Fault> {
        self.take(rows.saturating_mul(ROW + CELL * cells))
    }

    /// Fails once nothing is left, after values that were left out because of that.
    ///
    /// # Errors
    /// When nothing is left.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.take(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_query_share_one_budget() {
        let budget = Budget::new();
        let part = budget.clone();
        assert!(part.take(MOST - 1).is_ok() && budget.check().is_ok());
        assert!(part.take_rows(1, 1).is_err() && budget.check().is_err());
    }
}
