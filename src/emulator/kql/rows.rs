//! Stages that make other rows than there were: `union`, `mv-expand`.

use serde_json::Value;

use super::ast::Named;
use super::cell::Cell;
use super::fault::Fault;
use super::functions;
use super::pipeline::column_name;
use super::relation::{Column, Relation, Row, Source};
use super::scalar::Scalar;

/// The rows of both; a column that one of them lacks is null there, or goes.
///
/// # Errors
/// When that is more work than a query may make.
pub(super) fn union<'a>(left: Relation<'a>, right: Relation<'a>, inner: bool) -> Result<Relation<'a>, Fault> {
    // Columns of documents that come from the same place: the rows can stand side by side as they are.
    let same = |one: &Column, other: &Column| match (&one.source, &other.source) {
        (Source::Document(a), Source::Document(b)) => a == b && one.name == other.name,
        (Source::Constant(a), Source::Constant(b)) => a == b && one.name == other.name,
        _ => false,
    };
    let alike = left.columns.len() == right.columns.len()
        && left.columns.iter().zip(&right.columns).all(|(one, other)| same(one, other));
    let names = |relation: &Relation<'_>| -> Vec<String> {
        relation.columns.iter().map(|column| column.name.clone()).collect()
    };
    if alike && left.width == right.width {
        let mut both = left;
        both.rows.extend(right.rows);
        return Ok(both);
    }
    let mut both = Relation::empty(left.budget.clone());
    for column in left.columns.iter().chain(&right.columns) {
        let there = both.columns.iter().any(|known: &Column| known.name == column.name);
        let common = [&left, &right].iter().all(|side| names(side).contains(&column.name));
        if !there && (common || !inner) {
            both.add_column(column.name.clone(), column.dynamic);
        }
    }
    both.budget.take_rows(left.rows.len() + right.rows.len(), both.columns.len())?;
    for side in [&left, &right] {
        let sources: Vec<Option<&Column>> = both
            .columns
            .iter()
            .map(|wanted| side.columns.iter().find(|column| column.name == wanted.name))
            .collect();
        both.rows.extend(side.rows.iter().map(|row| Row {
            document: None,
            cells:
                sources.iter().map(|column| column.map_or(Cell::Null, |column| column.read(row))).collect(),
        }));
    }
    Ok(both)
}

/// One row for each element of an array or each property of an object; one row with null where there is none.
/// Several columns are expanded side by side. A column takes the place of the one it came from.
pub(super) fn mv_expand<'a>(
    items: &[(Named, Option<&'static str>)],
    mut relation: Relation<'a>,
) -> Result<Relation<'a>, Fault> {
    let mut scalars = Vec::new();
    for (number, (item, cast)) in items.iter().enumerate() {
        let scalar = Scalar::bind(&item.expr, &relation)?;
        if !scalar.is_dynamic() {
            let message = "mv-expand wants a column of the dynamic type".to_owned();
            return Err(Fault::semantic(item.expr.at, message));
        }
        let cast = cast.map(|name| functions::find(name, 1)).transpose();
        let cast = cast.map_err(|message| Fault::semantic(item.expr.at, message))?;
        scalars.push((scalar, cast, column_name(item, number)));
    }
    for (_, cast, name) in &scalars {
        relation.add_column(name.clone(), cast.is_none());
    }
    for row in std::mem::take(&mut relation.rows) {
        let lists: Vec<Vec<Cell<'a>>> =
            scalars.iter().map(|(scalar, ..)| elements(&scalar.value(&row))).collect();
        let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
        relation.budget.take_rows(longest, row.cells.len() + lists.len())?;
        for index in 0..longest {
            let mut expanded = row.clone();
            expanded.cells.extend(lists.iter().zip(&scalars).map(|(list, (_, cast, _))| {
                let element = list.get(index).cloned().unwrap_or(Cell::Null);
                match cast {
                    Some(cast) => cast.call_on(element),
                    None => element,
                }
            }));
            relation.rows.push(expanded);
        }
    }
    Ok(relation)
}

fn elements<'a>(cell: &Cell<'a>) -> Vec<Cell<'a>> {
    let found: Vec<Cell<'a>> = match cell {
        Cell::Json(Value::Array(items)) => items.iter().map(Cell::of).collect(),
        _ => match cell.as_json() {
            Some(Value::Array(items)) => items.iter().cloned().map(Cell::made).collect(),
            Some(Value::Object(properties)) => properties
                .iter()
                .map(|(name, value)| {
                    Cell::made(Value::Object([(name.clone(), value.clone())].into_iter().collect()))
                })
                .collect(),
            _ => vec![cell.clone()],
        },
    };
    if found.is_empty() { vec![Cell::Null] } else { found }
}
