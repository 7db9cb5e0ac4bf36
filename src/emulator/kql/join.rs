//! `join`: rows of two relations with equal keys.

use std::collections::{HashMap, HashSet};

use super::ast::{Join, JoinKind, Name};
use super::cell::Cell;
use super::fault::Fault;
use super::relation::{Column, Relation, Row};

/// Joins; columns of the right side whose names are taken get a number, as Kusto gives them.
pub(super) fn join<'a>(
    stage: &Join,
    mut left: Relation<'a>,
    right: &Relation<'a>,
) -> Result<Relation<'a>, Fault> {
    let mut left_keys = Vec::with_capacity(stage.on.len());
    let mut right_keys = Vec::with_capacity(stage.on.len());
    for (left_name, right_name) in &stage.on {
        left_keys.push(key_column(left_name, &left.columns)?);
        right_keys.push(key_column(right_name, &right.columns)?);
    }
    let budget = left.budget.clone();
    let steps = (left.rows.len() + right.rows.len()).saturating_mul(4 * stage.on.len());
    budget.take(steps)?;
    let mut key = String::new();
    let by_key = rows_by_key(right, &right_keys);
    if matches!(stage.kind, JoinKind::LeftSemi | JoinKind::LeftAnti) {
        let wanted = stage.kind == JoinKind::LeftSemi;
        left.rows.retain(|row| (write_key(&left_keys, row, &mut key) && by_key.contains_key(&key)) == wanted);
        return Ok(left);
    }
    let is_key = |column: &Column| stage.on.iter().any(|(_, key)| key.text == column.name);
    let given: Vec<&Column> =
        right.columns.iter().filter(|column| !(stage.looks_up && is_key(column))).collect();
    for column in &given {
        left.add_column(free_name(&left.columns, &column.name), column.dynamic);
    }
    let mut seen = HashSet::new();
    let mut met = HashSet::new();
    let keeps_right = matches!(stage.kind, JoinKind::RightOuter | JoinKind::FullOuter);
    // What only the right side has comes behind everything else.
    left.by_id &= !keeps_right;
    let own_cells = left.width - given.len();
    // A row of the right side stands beside many of the left one: it is read once, and its texts are shared.
    budget.take(right.rows.len().saturating_mul(given.len()))?;
    let right_cells: Vec<Vec<Cell<'a>>> =
        right.rows.iter().map(|row| given.iter().map(|column| column.read(row).shared()).collect()).collect();
    for row in std::mem::take(&mut left.rows) {
        let there = write_key(&left_keys, &row, &mut key);
        if there && stage.kind == JoinKind::InnerUnique && !seen.insert(key.clone()) {
            continue;
        }
        match by_key.get(&key).filter(|_| there) {
            Some(matches) => {
                budget.take_rows(matches.len(), given.len() + row.cells.len())?;
                let mut row = row;
                let last = matches.len() - 1;
                for (at, index) in matches.iter().enumerate() {
                    if keeps_right {
                        met.insert(*index);
                    }
                    let mut joined = if at == last { std::mem::take(&mut row) } else { row.clone() };
                    joined.cells.extend_from_slice(&right_cells[*index]);
                    left.rows.push(joined);
                }
            }
            None if matches!(stage.kind, JoinKind::LeftOuter | JoinKind::FullOuter) => {
                let mut joined = row;
                joined.cells.extend(given.iter().map(|_| Cell::Null));
                left.rows.push(joined);
            }
            None => {}
        }
    }
    if keeps_right {
        for (_, more) in right_cells.into_iter().enumerate().filter(|(index, _)| !met.contains(index)) {
            let mut cells = vec![Cell::Null; own_cells];
            cells.extend(more);
            left.rows.push(Row { document: None, cells });
        }
    }
    Ok(left)
}

/// The rows of a relation by their keys; those without one are left out.
fn rows_by_key(relation: &Relation<'_>, keys: &[Column]) -> HashMap<String, Vec<usize>> {
    let mut key = String::new();
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::with_capacity(relation.rows.len());
    for (index, row) in relation.rows.iter().enumerate() {
        if write_key(keys, row, &mut key) {
            match by_key.get_mut(key.as_str()) {
                Some(rows) => rows.push(index),
                None => drop(by_key.insert(key.clone(), vec![index])),
            }
        }
    }
    by_key
}

/// A name that no column has: with a number where it is taken.
fn free_name(columns: &[Column], wanted: &str) -> String {
    let mut name = wanted.to_owned();
    let mut number = 0;
    while columns.iter().any(|taken| taken.name == name) {
        number += 1;
        name = format!("{wanted}{number}");
    }
    name
}

fn key_column(name: &Name, columns: &[Column]) -> Result<Column, Fault> {
    let Some(position) = Relation::position(columns, &name.text) else {
        return Err(Fault::semantic(name.at, format!("there is no column '{}'", name.text)));
    };
    let column = columns[position].clone();
    if column.dynamic {
        let message = "a join key cannot be of the dynamic type: cast it, for example with tostring()";
        return Err(Fault::semantic(name.at, message.to_owned()));
    }
    Ok(column)
}

/// Writes the key of a row; false when a part of it is null, which equals nothing.
fn write_key(columns: &[Column], row: &Row<'_>, key: &mut String) -> bool {
    key.clear();
    columns.iter().all(|column| {
        let cell = column.read(row);
        cell.write_key(key);
        !matches!(cell, Cell::Null)
    })
}
