//! An answer that is kept for the pages that are asked for later: it owns its rows, and shares their documents.

use std::sync::Arc;

use serde_json::Value;

use super::Answer;
use super::cell::Cell;
use super::order::{Order, permute};
use super::relation::{Relation, Row};

/// How many rows are put in order at least when more are needed: some pages.
const AHEAD: usize = 4_000;

/// Rows of an answer.
#[derive(Debug)]
pub struct Kept {
    /// The columns, without rows.
    relation: Relation<'static>,
    rows: Vec<KeptRow>,
    order: Option<Order>,
}

#[derive(Debug)]
struct KeptRow {
    document: Option<Arc<Value>>,
    cells: Box<[Cell<'static>]>,
}

impl KeptRow {
    fn row(&self) -> Row<'_> {
        Row { document: self.document.as_ref(), cells: self.cells.to_vec() }
    }
}

impl Kept {
    /// Takes the rows of an answer over; `None` when they hold parts of documents, which would have to be copied.
    pub(super) fn of(answer: Answer<'_>) -> Option<Self> {
        let Answer { relation, order } = answer;
        let rows = relation.rows.into_iter().map(|row| {
            let cells = row.cells.into_iter().map(Cell::owned).collect::<Option<_>>()?;
            Some(KeptRow { document: row.document.cloned(), cells })
        });
        let rows = rows.collect::<Option<_>>()?;
        let columns = relation.columns;
        let empty = Relation { columns, width: relation.width, ..Relation::empty(relation.budget) };
        Some(Self { relation: empty, rows, order })
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.rows.len()
    }

    /// An answer of up to `count` rows behind the first `skip`, in their order.
    #[must_use]
    pub fn page(&mut self, skip: usize, count: usize) -> Answer<'_> {
        let end = skip.saturating_add(count).min(self.rows.len());
        if let Some(order) = &mut self.order
            && order.sorted < end
        {
            let from = order.sorted;
            let rest: Vec<Row<'_>> = self.rows[from..].iter().map(KeptRow::row).collect();
            let (positions, sorted) = order.arrange(&rest, (end - from).max(AHEAD));
            order.sorted += sorted;
            permute(&mut self.rows, from, positions);
        }
        let rows = self.rows[skip.min(end)..end].iter().map(KeptRow::row).collect();
        let relation = Relation {
            columns: self.relation.columns.clone(),
            width: self.relation.width,
            rows,
            ..Relation::empty(self.relation.budget.clone())
        };
        Answer { relation, order: None }
    }
}
