//! `summarize`: groups of rows made into one row each.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::ast::{Expr, ExprKind, Named};
use super::cell::Cell;
use super::fault::Fault;
use super::pipeline::{column_name, key_of, path_name};
use super::relation::{Relation, Row};
use super::scalar::Scalar;

/// A function of the rows of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Count,
    CountIf,
    CountDistinct,
    Sum,
    Average,
    Min,
    Max,
    Any,
    Set,
    List,
}

/// Name, function, the beginning of its column's default name.
const TABLE: &[(&str, Kind, &str)] = &[
    ("count", Kind::Count, "count_"),
    ("countif", Kind::CountIf, "countif_"),
    ("dcount", Kind::CountDistinct, "dcount_"),
    ("sum", Kind::Sum, "sum_"),
    ("avg", Kind::Average, "avg_"),
    ("min", Kind::Min, "min_"),
    ("max", Kind::Max, "max_"),
    ("any", Kind::Any, "any_"),
    ("take_any", Kind::Any, ""),
    ("make_set", Kind::Set, "set_"),
    ("make_list", Kind::List, "list_"),
];

struct Aggregate {
    kind: Kind,
    of: Option<Scalar>,
    /// The most elements of a set or list.
    most: usize,
}

/// Groups the rows and makes one row of each group, in the order in which the groups appear.
pub(super) fn summarize<'a>(
    aggregates: &[Named],
    by: &[Named],
    relation: &Relation<'a>,
) -> Result<Relation<'a>, Fault> {
    let mut result = Relation::default();
    let mut keys = Vec::with_capacity(by.len());
    for (number, item) in by.iter().enumerate() {
        keys.push(Scalar::bind_key(&item.expr, &relation.columns)?);
        result.add_column(column_name(item, number), false);
    }
    let mut bound = Vec::with_capacity(aggregates.len());
    for item in aggregates {
        let (aggregate, name) = bind(item, relation)?;
        let dynamic = match aggregate.kind {
            Kind::Set | Kind::List => true,
            Kind::Any | Kind::Min | Kind::Max => aggregate.of.as_ref().is_some_and(Scalar::is_dynamic),
            _ => false,
        };
        if result.columns.iter().any(|column| column.name == name) {
            return Err(Fault::semantic(item.expr.at, format!("the column '{name}' is there twice")));
        }
        result.add_column(name, dynamic);
        bound.push(aggregate);
    }
    let mut groups: Vec<(Vec<Cell<'a>>, Vec<&Row<'a>>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in &relation.rows {
        let cells: Vec<Cell<'a>> = keys.iter().map(|key| key.value(row)).collect();
        let index = *known.entry(key_of(&cells)).or_insert_with(|| {
            groups.push((cells, Vec::new()));
            groups.len() - 1
        });
        groups[index].1.push(row);
    }
    if groups.is_empty() && by.is_empty() {
        groups.push((Vec::new(), Vec::new()));
    }
    for (mut cells, rows) in groups {
        cells.extend(bound.iter().map(|aggregate| aggregate.value(&rows)));
        result.rows.push(Row { document: None, cells });
    }
    Ok(result)
}

fn bind(item: &Named, relation: &Relation<'_>) -> Result<(Aggregate, String), Fault> {
    let wrong = |message: String| Fault::semantic(item.expr.at, message);
    let ExprKind::Call(name, arguments) = &item.expr.kind else {
        return Err(wrong("summarize wants an aggregate such as count()".to_owned()));
    };
    let Some((_, kind, prefix)) = TABLE.iter().find(|(known, ..)| known == name) else {
        return Err(wrong(format!("the aggregate '{name}' is not known here")));
    };
    let bounded = matches!(kind, Kind::Set | Kind::List) && arguments.len() == 2;
    if arguments.len() != usize::from(*kind != Kind::Count) && !bounded {
        return Err(wrong(format!("'{name}' does not take {} arguments", arguments.len())));
    }
    let most = match arguments.get(1).map(|argument| &argument.kind) {
        Some(ExprKind::Long(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        Some(_) => return Err(wrong(format!("the second argument of '{name}' is a whole number"))),
        None => usize::MAX,
    };
    let of = match arguments.first() {
        Some(argument) => Some(Scalar::bind(argument, &relation.columns)?),
        None => None,
    };
    let default_name = || {
        let path = arguments.first().and_then(|argument: &Expr| path_name(argument)).unwrap_or_default();
        if *kind == Kind::CountIf { (*prefix).to_owned() } else { format!("{prefix}{path}") }
    };
    let name = item.name.as_ref().map_or_else(default_name, |name| name.text.clone());
    Ok((Aggregate { kind: *kind, of, most }, name))
}

impl Aggregate {
    fn value<'a>(&self, rows: &[&Row<'a>]) -> Cell<'a> {
        let Some(of) = &self.of else { return count(rows.len()) };
        let mut cells = rows.iter().map(|row| of.value(row)).filter(|cell| !matches!(cell, Cell::Null));
        match self.kind {
            Kind::Count => count(rows.len()),
            Kind::CountIf => count(cells.filter(|cell| matches!(cell, Cell::Bool(true))).count()),
            Kind::CountDistinct => count(distinct(cells).len()),
            Kind::Sum => sum(&cells.collect::<Vec<_>>()),
            Kind::Average => {
                let numbers: Vec<f64> = cells.filter_map(|cell| cell.to_number()).collect();
                #[expect(clippy::cast_precision_loss, reason = "a count of rows, far below 2^53")]
                let average = numbers.iter().sum::<f64>() / numbers.len() as f64;
                if numbers.is_empty() { Cell::Null } else { Cell::Real(average) }
            }
            Kind::Min => cells.min_by(Cell::compare).unwrap_or(Cell::Null),
            Kind::Max => cells.max_by(Cell::compare).unwrap_or(Cell::Null),
            Kind::Any => cells.next().unwrap_or(Cell::Null),
            Kind::Set => array(distinct(cells).into_iter().take(self.most)),
            Kind::List => array(cells.take(self.most)),
        }
    }
}

fn count(rows: usize) -> Cell<'static> {
    Cell::Long(i64::try_from(rows).unwrap_or(i64::MAX))
}

fn distinct<'a>(cells: impl Iterator<Item = Cell<'a>>) -> Vec<Cell<'a>> {
    let mut seen = HashSet::new();
    cells.filter(|cell| seen.insert(key_of(std::slice::from_ref(cell)))).collect()
}

/// Whole as long as everything is whole.
fn sum(cells: &[Cell<'_>]) -> Cell<'static> {
    let whole = cells.iter().try_fold(0_i64, |sum, cell| match cell {
        Cell::Long(number) => sum.checked_add(*number),
        _ => None,
    });
    match whole {
        Some(sum) => Cell::Long(sum),
        None => Cell::Real(cells.iter().filter_map(Cell::to_number).sum()),
    }
}

fn array<'a>(cells: impl Iterator<Item = Cell<'a>>) -> Cell<'static> {
    Cell::made(cells.map(Cell::into_json).collect::<Value>())
}
