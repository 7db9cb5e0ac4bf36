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
    SumIf,
    CountDistinctIf,
    ListIf,
    Bag,
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
    ("make_list_if", Kind::ListIf, "list_"),
    ("make_bag", Kind::Bag, "bag_"),
    ("sumif", Kind::SumIf, "sumif_"),
    ("dcountif", Kind::CountDistinctIf, "dcountif_"),
];

struct Aggregate {
    kind: Kind,
    of: Option<Scalar>,
    /// Rows that count, where the function has a condition.
    when: Option<Scalar>,
    /// The most elements of a set or list.
    most: usize,
}

/// Groups the rows and makes one row of each group, in the order in which the groups appear.
pub(super) fn summarize<'a>(
    aggregates: &[Named],
    by: &[Named],
    relation: &Relation<'a>,
) -> Result<Relation<'a>, Fault> {
    let mut result = Relation::empty(relation.budget.clone());
    let mut keys = Vec::with_capacity(by.len());
    for (number, item) in by.iter().enumerate() {
        keys.push(Scalar::bind_key(&item.expr, relation)?);
        result.add_column(column_name(item, number), false);
    }
    let mut bound = Vec::with_capacity(aggregates.len());
    for item in aggregates {
        if let ExprKind::Call(name, arguments) = &item.expr.kind
            && matches!(name.as_str(), "arg_max" | "arg_min")
        {
            let extreme = Extreme::bind(item, name == "arg_max", arguments, relation, &mut result)?;
            bound.push(Bound::Extreme(extreme));
            continue;
        }
        let (aggregate, name) = bind(item, relation)?;
        let dynamic = match aggregate.kind {
            Kind::Set | Kind::List | Kind::ListIf | Kind::Bag => true,
            Kind::Any | Kind::Min | Kind::Max => aggregate.of.as_ref().is_some_and(Scalar::is_dynamic),
            _ => false,
        };
        if result.columns.iter().any(|column| column.name == name) {
            return Err(Fault::semantic(item.expr.at, format!("the column '{name}' is there twice")));
        }
        result.add_column(name, dynamic);
        bound.push(Bound::One(aggregate));
    }
    let weight: usize = keys.iter().map(|key| 4 + key.weight()).sum::<usize>()
        + bound.iter().map(Bound::weight).sum::<usize>();
    relation.budget.take(relation.rows.len().saturating_mul(weight))?;
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
        for aggregate in &bound {
            match aggregate {
                Bound::One(aggregate) => cells.push(aggregate.value(&rows)),
                Bound::Extreme(extreme) => cells.extend(extreme.values(&rows)),
            }
        }
        result.budget.take(cells.iter().map(Cell::weight).sum())?;
        result.budget.take_rows(1, cells.len())?;
        result.rows.push(Row { document: None, cells });
    }
    Ok(result)
}

/// What one item of `summarize` gives.
enum Bound {
    One(Aggregate),
    Extreme(Extreme),
}

impl Bound {
    /// How many steps it takes to look at a row.
    fn weight(&self) -> usize {
        match self {
            Self::One(aggregate) => {
                1 + aggregate.of.iter().chain(&aggregate.when).map(Scalar::weight).sum::<usize>()
            }
            Self::Extreme(extreme) => 1 + extreme.by.weight(),
        }
    }
}

/// `arg_max(by, a, b)` and `arg_max(by, *)`: columns of the row in which a value is the largest, or the smallest.
struct Extreme {
    largest: bool,
    by: Scalar,
    shown: Vec<Scalar>,
}

impl Extreme {
    fn bind<'a>(
        item: &Named,
        largest: bool,
        arguments: &[Expr],
        relation: &Relation<'a>,
        result: &mut Relation<'a>,
    ) -> Result<Self, Fault> {
        let Some((by, rest)) = arguments.split_first() else {
            return Err(Fault::semantic(item.expr.at, "arg_max and arg_min want a column".to_owned()));
        };
        let bound = Scalar::bind(by, relation)?;
        let name = item.name.as_ref().map(|name| name.text.clone()).or_else(|| path_name(by));
        let name = name.unwrap_or_else(|| if largest { "max_" } else { "min_" }.to_owned());
        result.add_column(name, bound.is_dynamic());
        let mut shown = Vec::new();
        let mut show = |name: String, scalar: Scalar, result: &mut Relation<'a>| {
            if !result.columns.iter().any(|column| column.name == name) {
                result.add_column(name, scalar.is_dynamic());
                shown.push(scalar);
            }
        };
        for (number, expr) in rest.iter().enumerate() {
            if expr.kind == ExprKind::Star {
                for column in &relation.columns {
                    show(column.name.clone(), Scalar::Column(column.clone()), result);
                }
            } else {
                let name = path_name(expr).unwrap_or_else(|| format!("Column{}", number + 1));
                show(name, Scalar::bind(expr, relation)?, result);
            }
        }
        Ok(Self { largest, by: bound, shown })
    }

    fn values<'a>(&self, rows: &[&Row<'a>]) -> Vec<Cell<'a>> {
        let mut best: Option<(Cell<'a>, &Row<'a>)> = None;
        for row in rows {
            let value = self.by.value(row);
            let better = best.as_ref().is_none_or(|(best, _)| {
                let order = value.compare(best);
                if self.largest { order.is_gt() } else { order.is_lt() }
            });
            if better && !matches!(value, Cell::Null) {
                best = Some((value, row));
            }
        }
        match best {
            Some((value, row)) => {
                std::iter::once(value).chain(self.shown.iter().map(|one| one.value(row))).collect()
            }
            None => vec![Cell::Null; 1 + self.shown.len()],
        }
    }
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
    let conditional = matches!(kind, Kind::SumIf | Kind::CountDistinctIf | Kind::ListIf);
    let wanted = if conditional { 2 } else { usize::from(*kind != Kind::Count) };
    if arguments.len() != wanted && !bounded {
        return Err(wrong(format!("'{name}' does not take {} arguments", arguments.len())));
    }
    let most = match arguments.get(1).map(|argument| &argument.kind) {
        _ if conditional => usize::MAX,
        Some(ExprKind::Long(number)) => usize::try_from(*number).unwrap_or(usize::MAX),
        Some(_) => return Err(wrong(format!("the second argument of '{name}' is a whole number"))),
        None => usize::MAX,
    };
    let of = match arguments.first() {
        Some(argument) => Some(Scalar::bind(argument, relation)?),
        None => None,
    };
    let default_name = || {
        let path = arguments.first().and_then(|argument: &Expr| path_name(argument)).unwrap_or_default();
        if *kind == Kind::CountIf { (*prefix).to_owned() } else { format!("{prefix}{path}") }
    };
    let name = item.name.as_ref().map_or_else(default_name, |name| name.text.clone());
    let when = match arguments.get(1).filter(|_| conditional) {
        Some(condition) => Some(Scalar::bind(condition, relation)?),
        None => None,
    };
    Ok((Aggregate { kind: *kind, of, when, most }, name))
}

impl Aggregate {
    fn value<'a>(&self, rows: &[&Row<'a>]) -> Cell<'a> {
        let Some(of) = &self.of else { return count(rows.len()) };
        let counts = |row: &&&Row<'a>| self.when.as_ref().is_none_or(|when| when.holds(row));
        let mut cells =
            rows.iter().filter(counts).map(|row| of.value(row)).filter(|cell| !matches!(cell, Cell::Null));
        match self.kind {
            Kind::Count => count(rows.len()),
            Kind::CountIf => count(cells.filter(|cell| matches!(cell, Cell::Bool(true))).count()),
            Kind::CountDistinct | Kind::CountDistinctIf => count(distinct(cells).len()),
            Kind::Sum | Kind::SumIf => sum(&cells.collect::<Vec<_>>()),
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
            Kind::Bag => {
                let mut bag = serde_json::Map::new();
                for cell in cells {
                    bag.extend(cell.as_json().and_then(Value::as_object).cloned().unwrap_or_default());
                }
                Cell::made(Value::Object(bag))
            }
            Kind::List | Kind::ListIf => array(cells.take(self.most)),
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
