//! The query language of Azure Resource Graph, as much of it as inventories need.
//!
//! A query is read into tokens (`lexer`), into a tree (`parser`, `expressions`, `ast`), bound to columns
//! (`scalar`, `functions`, `columns`) and carried out (`pipeline`, `join`, `aggregate`). What is not
//! understood is an error and never an empty answer.

mod aggregate;
mod ast;
mod budget;
mod cell;
mod columns;
mod expressions;
mod fault;
mod functions;
mod join;
mod kept;
mod lexer;
mod library;
#[cfg(test)]
mod limit_tests;
mod matching;
mod order;
mod parse;
mod parser;
mod pipeline;
mod relation;
mod rows;
mod scalar;
#[cfg(test)]
mod statement_tests;
mod statements;
#[cfg(test)]
mod tests;
mod time;

use std::sync::Arc;

use budget::Budget;
pub use kept::Kept;
use order::Order;
use pipeline::Found;
use relation::Relation;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

/// Where rows come from.
///
/// A query borrows the documents and copies only what it answers. The documents are ARM's own; the
/// columns that Resource Graph derives (`subscriptionId`, `resourceGroup`, `tenantId`, a lower-case
/// `type`) are made here, from subscriptions as ARM lists them too. Leaving out what the caller may not
/// read is the implementor's business.
pub trait Tables {
    /// The tenant's id, for the column `tenantId`.
    fn tenant_id(&self) -> &str;

    /// The time that `now()` and `ago()` mean.
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    /// Whether the documents that [`Tables::rows`] gives for the same table and types come in the order of their ids, so
    /// that nobody has to sort them.
    fn is_in_order_of_ids(&self, _table: &str, _types: Option<&[String]>) -> bool {
        false
    }

    /// The documents of a table, whose name comes in lower case; `None` where there is no such table. Where `types`
    /// are given, in lower case, `resources` and `authorizationresources` have only documents of those; other tables may
    /// leave the rest out.
    fn rows<'a>(
        &'a self,
        table: &str,
        types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>>;
}

/// Why a query cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} (line {line}, position {position}, at '{token}')")]
pub struct QueryError {
    /// Whether the text does not parse, or parses and makes no sense.
    pub kind: QueryErrorKind,
    /// Line, from 1.
    pub line: usize,
    /// Position in the line, in characters from 0.
    pub position: usize,
    /// The offending token; `<EOF>` at the end.
    pub token: String,
    /// What is wrong.
    pub message: String,
}

/// Where a query failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// In parsing: ARM's `ParserFailure`.
    Syntax,
    /// In making sense of names and types: told as a `ParserFailure` too.
    Semantic,
    /// In carrying it out: it makes more rows or larger values than a query may.
    Limit,
}

/// The answer to a query, from which pages are copied out.
#[derive(Debug)]
pub struct Answer<'a> {
    relation: Relation<'a>,
    /// The order of the rows behind those that were asked for.
    order: Option<Order>,
}

impl Answer<'_> {
    /// The answer for later pages; `None` when its rows hold parts of documents, which would have to be copied.
    #[must_use]
    pub fn keep(self) -> Option<Kept> {
        Kept::of(self)
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.relation.rows.len()
    }

    /// The names of the columns in order.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.relation.columns.iter().map(|column| column.name.as_str())
    }

    /// Up to `count` rows behind the first `skip`, each an object of its columns.
    #[must_use]
    pub fn objects(&self, skip: usize, count: usize) -> Objects<'_> {
        let end = skip.saturating_add(count).min(self.total());
        Objects { relation: &self.relation, rows: skip.min(end)..end }
    }

    /// The same as values of their own.
    #[must_use]
    pub fn page(&self, skip: usize, count: usize) -> Vec<Map<String, Value>> {
        self.relation.rows.iter().skip(skip).take(count).map(|row| self.relation.object(row)).collect()
    }
}

/// Some rows of an answer, which are written as JSON without being copied before.
#[derive(Debug)]
pub struct Objects<'a> {
    relation: &'a Relation<'a>,
    rows: std::ops::Range<usize>,
}

impl Objects<'_> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Serialize for Objects<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.len()))?;
        for row in &self.relation.rows[self.rows.clone()] {
            list.serialize_element(&Object { relation: self.relation, row })?;
        }
        list.end()
    }
}

struct Object<'a> {
    relation: &'a Relation<'a>,
    row: &'a relation::Row<'a>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.relation.columns.len()))?;
        for column in &self.relation.columns {
            map.serialize_entry(&column.name, &column.read(self.row))?;
        }
        map.end()
    }
}

/// Answers a query without copying the rows. Only the first `need` of them have to be in order.
///
/// # Errors
/// When the query does not parse, uses a table, column, operator or function that is not known here, or makes more than a
/// query may.
pub fn answer_first<'a>(query: &str, tables: &'a impl Tables, need: usize) -> Result<Answer<'a>, QueryError> {
    let found = parser::parse(query, tables.now())
        .and_then(|parsed| pipeline::run_first(&parsed, tables, &Budget::new(), need))
        .map_err(|fault| fault.in_query(query))?;
    let Found { relation, order } = found;
    Ok(Answer { relation, order })
}

/// Answers a query without copying the rows, all of them in order.
///
/// # Errors
/// As [`answer_first`].
pub fn answer<'a>(query: &str, tables: &'a impl Tables) -> Result<Answer<'a>, QueryError> {
    answer_first(query, tables, usize::MAX)
}

/// Answers a query: the rows in order, each an object of its columns.
///
/// # Errors
/// As [`answer_first`].
pub fn run(query: &str, tables: &impl Tables) -> Result<Vec<Map<String, Value>>, QueryError> {
    answer(query, tables).map(|answer| answer.page(0, usize::MAX))
}
