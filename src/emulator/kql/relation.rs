//! Rows with named columns: what flows from one stage to the next.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::budget::Budget;
use super::cell::Cell;
use super::columns::{COLUMNS, DocumentColumn};
use super::scalar::Scalar;

/// One row: the document it came from, as long as columns are still read from it, and what was made.
#[derive(Debug, Clone, Default)]
pub(super) struct Row<'a> {
    pub(super) document: Option<&'a Arc<Value>>,
    pub(super) cells: Vec<Cell<'a>>,
}

/// Where a column's value comes from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Document(DocumentColumn),
    /// By position in [`Row::cells`].
    Cell(usize),
    Constant(Arc<str>),
    /// A path into a column, followed only when it is read: most rows are never answered.
    Path(Arc<Scalar>),
}

/// A column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) source: Source,
    /// It may hold objects, and so is no key.
    pub(super) dynamic: bool,
}

impl Column {
    /// Its value in a row.
    pub(super) fn read<'a>(&self, row: &Row<'a>) -> Cell<'a> {
        match &self.source {
            Source::Document(column) => row.document.map_or(Cell::Null, |document| column.read(document)),
            Source::Cell(index) => row.cells.get(*index).cloned().unwrap_or(Cell::Null),
            Source::Constant(text) => Cell::Text(Arc::clone(text)),
            Source::Path(path) => path.value(row),
        }
    }
}

/// Columns and rows. Every row has as many cells as [`Relation::width`] says.
#[derive(Debug)]
pub(super) struct Relation<'a> {
    pub(super) columns: Vec<Column>,
    pub(super) width: usize,
    pub(super) rows: Vec<Row<'a>>,
    /// The rows are in the order of their documents' ids.
    pub(super) by_id: bool,
    /// What is left of the query's work.
    pub(super) budget: Budget,
}

impl<'a> Relation<'a> {
    /// Neither columns nor rows.
    pub(super) fn empty(budget: Budget) -> Self {
        Self { columns: Vec::new(), width: 0, rows: Vec::new(), by_id: false, budget }
    }

    /// The columns of a table of documents.
    pub(super) fn document_columns(tenant: &str) -> Vec<Column> {
        let tenant: Arc<str> = tenant.into();
        COLUMNS
            .iter()
            .map(|(name, column)| Column {
                name: (*name).to_owned(),
                source: column.map_or_else(|| Source::Constant(Arc::clone(&tenant)), Source::Document),
                dynamic: column.is_some_and(DocumentColumn::is_dynamic),
            })
            .collect()
    }

    /// A column's position; the exact name first, then without case.
    pub(super) fn position(columns: &[Column], name: &str) -> Option<usize> {
        columns
            .iter()
            .position(|column| column.name == name)
            .or_else(|| columns.iter().position(|column| column.name.eq_ignore_ascii_case(name)))
    }

    /// Adds a column of made cells, or lets it take the place of the one of its name; gives the
    /// position that its cell must have in every row.
    pub(super) fn add_column(&mut self, name: String, dynamic: bool) -> usize {
        let index = self.width;
        self.width += 1;
        let column = Column { name, source: Source::Cell(index), dynamic };
        match self.columns.iter().position(|known| known.name == column.name) {
            Some(known) => self.columns[known] = column,
            None => self.columns.push(column),
        }
        index
    }

    /// Adds a column that is read from where it comes, or lets it take the place of the one of its name.
    pub(super) fn refer_to(&mut self, name: String, source: Source, dynamic: bool) {
        let column = Column { name, source, dynamic };
        match self.columns.iter().position(|known| known.name == column.name) {
            Some(known) => self.columns[known] = column,
            None => self.columns.push(column),
        }
    }

    /// A row as an object.
    pub(super) fn object(&self, row: &Row<'a>) -> Map<String, Value> {
        self.columns.iter().map(|column| (column.name.clone(), column.read(row).into_json())).collect()
    }
}
