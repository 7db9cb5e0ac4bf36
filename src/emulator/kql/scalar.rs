//! Expressions bound to columns, and their values in a row.

use std::collections::HashSet;
use std::sync::Arc;

use super::ast::{Binary, Expr, ExprKind, Match, OneOf};
use super::budget::Budget;
use super::cell::{self, Cell};
use super::columns::DocumentColumn;
use super::fault::Fault;
use super::functions::{self, Function};
use super::matching;
use super::relation::{Column, Relation, Row, Source};
use super::time;

/// An expression that knows its columns.
#[derive(Debug, Clone)]
pub(super) enum Scalar {
    Constant(Cell<'static>),
    Column(Column),
    Member(Box<Scalar>, String),
    Element(Box<Scalar>, i64),
    /// What the function makes is counted.
    Call(Function, Vec<Scalar>, Budget),
    All(Vec<Scalar>),
    Any(Vec<Scalar>),
    Binary(Binary, Box<Scalar>, Box<Scalar>),
    OneOf(OneOf, Box<Scalar>, Vec<Scalar>),
    /// `in` and `in~` with texts that are the same for every row.
    Listed(OneOf, Box<Scalar>, Arc<HashSet<String>>),
    Negative(Box<Scalar>),
}

impl Scalar {
    /// Finds the columns and functions of an expression.
    pub(super) fn bind(expr: &Expr, relation: &Relation<'_>) -> Result<Self, Fault> {
        let columns = &relation.columns;
        let inner = |expr: &Expr| Self::bind(expr, relation).map(Box::new);
        let each =
            |list: &[Expr]| list.iter().map(|item| Self::bind(item, relation)).collect::<Result<Vec<_>, _>>();
        Ok(match &expr.kind {
            ExprKind::Null => Self::Constant(Cell::Null),
            ExprKind::Bool(value) => Self::Constant(Cell::Bool(*value)),
            ExprKind::Long(number) => Self::Constant(Cell::Long(*number)),
            ExprKind::Real(number) => Self::Constant(Cell::Real(*number)),
            ExprKind::Text(text) => Self::Constant(Cell::text(text.as_str())),
            ExprKind::Time(time) => Self::Constant(Cell::Time(*time)),
            ExprKind::Span(span) => Self::Constant(Cell::Span(*span)),
            ExprKind::Json(value) => Self::Constant(Cell::made(value.clone())),
            ExprKind::Column(name) => match Relation::position(columns, name) {
                Some(position) => Self::Column(columns[position].clone()),
                None => return Err(unknown_column(expr, name)),
            },
            ExprKind::Member(of, name) => Self::Member(inner(of)?, name.clone()),
            ExprKind::Element(of, index) => Self::Element(inner(of)?, *index),
            ExprKind::Negative(of) => Self::Negative(inner(of)?),
            ExprKind::All(parts) => Self::All(each(parts)?),
            ExprKind::Any(parts) => Self::Any(each(parts)?),
            ExprKind::Binary(operator, left, right) => Self::Binary(*operator, inner(left)?, inner(right)?),
            ExprKind::OneOf(operator, value, list) => one_of(*operator, inner(value)?, each(list)?),
            ExprKind::Call(name, arguments) => {
                let function = functions::find(name, arguments.len())
                    .map_err(|message| Fault::semantic(expr.at, message))?;
                if matches!(name.as_str(), "datetime_add" | "datetime_diff") {
                    known_part(expr, arguments.first())?;
                }
                Self::Call(function, each(arguments)?, relation.budget.clone())
            }
            ExprKind::OneOfQuery(..) => {
                return Err(Fault::semantic(
                    expr.at,
                    "a query can be compared with in 'where' only".to_owned(),
                ));
            }
            ExprKind::Star => return Err(Fault::semantic(expr.at, "'*' is no value here".to_owned())),
        })
    }

    /// Binds an expression whose values are compared with each other over rows: sort, group and join
    /// keys. Kusto wants a cast where the type is not known.
    pub(super) fn bind_key(expr: &Expr, relation: &Relation<'_>) -> Result<Self, Fault> {
        let bound = Self::bind(expr, relation)?;
        if bound.is_dynamic() {
            let message = "a key cannot be of the dynamic type: cast it, for example with tostring()";
            return Err(Fault::semantic(expr.at, message.to_owned()));
        }
        Ok(bound)
    }

    /// Whether its values may be objects.
    pub(super) fn is_dynamic(&self) -> bool {
        match self {
            Self::Column(column) => column.dynamic,
            Self::Member(..) | Self::Element(..) => true,
            Self::Constant(cell) => cell.as_json().is_some(),
            Self::Call(function, arguments, _) => function.is_dynamic(arguments),
            _ => false,
        }
    }

    /// Whether it is the id of a row's document.
    pub(super) fn is_id(&self) -> bool {
        matches!(self, Self::Column(column) if matches!(column.source, Source::Document(DocumentColumn::Id)))
    }

    /// Where its values can be read from without being worked out for every row before: a column, or a path into one.
    pub(super) fn source(&self) -> Option<Source> {
        match self {
            Self::Column(column) => Some(column.source.clone()),
            Self::Member(of, _) | Self::Element(of, _) => {
                of.source().map(|_| Source::Path(Arc::new(self.clone())))
            }
            _ => None,
        }
    }

    /// The value in a row.
    pub(super) fn value<'a>(&self, row: &Row<'a>) -> Cell<'a> {
        match self {
            Self::Constant(cell) => cell.clone(),
            Self::Column(column) => column.read(row),
            Self::Member(of, name) => of.value(row).member(name),
            Self::Element(of, index) => of.value(row).element(*index),
            Self::Call(function, arguments, budget) => {
                let made = function.call(arguments, row);
                // What is too large is left out here, and the query fails where it is noticed.
                if budget.spend(made.weight()) { made } else { Cell::Null }
            }
            Self::All(parts) => Cell::Bool(parts.iter().all(|part| part.holds(row))),
            Self::Any(parts) => Cell::Bool(parts.iter().any(|part| part.holds(row))),
            Self::Binary(operator, left, right) => binary(*operator, left, right, row),
            Self::OneOf(operator, value, list) => {
                let value = value.value(row);
                // A list may hold arrays: `in (dynamic(['a', 'b']))`.
                let mut matches = list
                    .iter()
                    .flat_map(|item| each(item.value(row)))
                    .map(|item| fits(operator.by, &value, &item));
                let found = if operator.all { matches.all(|hit| hit) } else { matches.any(|hit| hit) };
                Cell::Bool(found != operator.negated)
            }
            Self::Listed(operator, value, texts) => {
                let value = value.value(row);
                let found = match (operator.by, &value) {
                    (Match::Equal, Cell::Null) => false,
                    (Match::Equal, _) => texts.contains(&*value.to_text()),
                    _ => texts.contains(&value.to_text().to_lowercase()),
                };
                Cell::Bool(found != operator.negated)
            }
            Self::Negative(of) => match of.value(row) {
                Cell::Long(number) => number.checked_neg().map_or(Cell::Null, Cell::Long),
                other => other.to_number().map_or(Cell::Null, |number| Cell::Real(-number)),
            },
        }
    }

    /// How many steps it takes to work it out in a row, the work of its functions left aside.
    pub(super) fn weight(&self) -> usize {
        let all = |list: &[Self]| list.iter().map(Self::weight).sum::<usize>();
        1 + match self {
            Self::Column(column) => match &column.source {
                Source::Path(path) => path.weight(),
                _ => 0,
            },
            Self::Constant(cell) => cell.as_json().map_or(0, cell::weight),
            Self::Member(of, _) | Self::Element(of, _) | Self::Negative(of) | Self::Listed(_, of, _) => {
                of.weight()
            }
            Self::Call(_, list, _) | Self::All(list) | Self::Any(list) => all(list),
            Self::Binary(_, left, right) => left.weight() + right.weight(),
            Self::OneOf(_, value, list) => value.weight() + all(list),
        }
    }

    /// Whether it holds in a row; null does not.
    pub(super) fn holds(&self, row: &Row<'_>) -> bool {
        matches!(self.value(row), Cell::Bool(true))
    }
}

fn each(cell: Cell<'_>) -> Vec<Cell<'_>> {
    match cell.as_json() {
        Some(serde_json::Value::Array(items)) => items.iter().cloned().map(Cell::made).collect(),
        _ => vec![cell],
    }
}

/// `in` and its relatives. A list of texts is looked up and not gone through.
fn one_of(operator: OneOf, value: Box<Scalar>, list: Vec<Scalar>) -> Scalar {
    let exact = matches!(operator.by, Match::Equal | Match::EqualNoCase) && !operator.all;
    let mut texts = HashSet::new();
    for item in list.iter().filter(|_| exact) {
        let Scalar::Constant(cell) = item else { return Scalar::OneOf(operator, value, list) };
        for item in each(cell.clone()) {
            let Some(text) = item.as_str() else { return Scalar::OneOf(operator, value, list) };
            // A text that reads as a time equals the time in whatever way that is written.
            if operator.by == Match::Equal && time::time(text).is_some() {
                return Scalar::OneOf(operator, value, list);
            }
            texts.insert(if operator.by == Match::Equal { text.to_owned() } else { text.to_lowercase() });
        }
    }
    if exact {
        Scalar::Listed(operator, value, Arc::new(texts))
    } else {
        Scalar::OneOf(operator, value, list)
    }
}

/// The part of a time has to be written out, and has to be one.
fn known_part(call: &Expr, part: Option<&Expr>) -> Result<(), Fault> {
    match part.map(|part| (&part.kind, part.at)) {
        Some((ExprKind::Text(text), _)) if time::is_part(text) => Ok(()),
        Some((ExprKind::Text(text), at)) => Err(Fault::semantic(
            at,
            format!("'{text}' is not a part of a time: it is year, month, day and the like"),
        )),
        _ => Err(Fault::semantic(call.at, "the part of a time has to be written out as a text".to_owned())),
    }
}

fn unknown_column(expr: &Expr, name: &str) -> Fault {
    Fault::semantic(expr.at, format!("there is no column '{name}'"))
}

fn binary<'a>(operator: Binary, left: &Scalar, right: &Scalar, row: &Row<'a>) -> Cell<'a> {
    match operator {
        Binary::Match(by) => Cell::Bool(fits(by, &left.value(row), &right.value(row))),
        Binary::NotMatch(by) => Cell::Bool(!fits(by, &left.value(row), &right.value(row))),
        Binary::Less | Binary::LessOrEqual | Binary::Greater | Binary::GreaterOrEqual => {
            compare(operator, &left.value(row), &right.value(row))
        }
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::Remainder => {
            arithmetic(operator, &left.value(row), &right.value(row))
        }
    }
}

fn fits(by: Match, value: &Cell<'_>, pattern: &Cell<'_>) -> bool {
    if by == Match::Equal {
        return value.equals(pattern);
    }
    matching::matches(by, &value.to_text(), &pattern.to_text())
}

/// Comparing with null gives null, which no `where` lets through.
fn compare(operator: Binary, left: &Cell<'_>, right: &Cell<'_>) -> Cell<'static> {
    if matches!(left, Cell::Null) || matches!(right, Cell::Null) {
        return Cell::Null;
    }
    let order = left.compare(right);
    Cell::Bool(match operator {
        Binary::Less => order.is_lt(),
        Binary::LessOrEqual => order.is_le(),
        Binary::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}

fn arithmetic(operator: Binary, left: &Cell<'_>, right: &Cell<'_>) -> Cell<'static> {
    if let (Cell::Long(left), Cell::Long(right)) = (left, right) {
        let result = match operator {
            Binary::Add => left.checked_add(*right),
            Binary::Subtract => left.checked_sub(*right),
            Binary::Multiply => left.checked_mul(*right),
            Binary::Divide => left.checked_div(*right),
            _ => left.checked_rem(*right),
        };
        return result.map_or(Cell::Null, Cell::Long);
    }
    if let Some(result) = of_times(operator, left, right) {
        return result;
    }
    let (Some(left), Some(right)) = (left.to_number(), right.to_number()) else { return Cell::Null };
    let result = match operator {
        Binary::Add => left + right,
        Binary::Subtract => left - right,
        Binary::Multiply => left * right,
        Binary::Divide => left / right,
        _ => left % right,
    };
    if result.is_finite() { Cell::Real(result) } else { Cell::Null }
}

/// Sums and differences of times and spans; `None` where neither side is one.
fn of_times(operator: Binary, left: &Cell<'_>, right: &Cell<'_>) -> Option<Cell<'static>> {
    let made = |time: Option<jiff::Timestamp>| time.map_or(Cell::Null, Cell::Time);
    let span = |seconds: f64| jiff::SignedDuration::try_from_secs_f64(seconds).map_or(Cell::Null, Cell::Span);
    Some(match (operator, left, right) {
        (Binary::Add, Cell::Span(a), Cell::Span(b)) => a.checked_add(*b).map_or(Cell::Null, Cell::Span),
        (Binary::Subtract, Cell::Span(a), Cell::Span(b)) => a.checked_sub(*b).map_or(Cell::Null, Cell::Span),
        (Binary::Divide, Cell::Span(a), Cell::Span(b)) if !b.is_zero() => {
            Cell::Real(a.as_secs_f64() / b.as_secs_f64())
        }
        (Binary::Multiply, Cell::Span(a), other) | (Binary::Multiply, other, Cell::Span(a)) => {
            span(a.as_secs_f64() * other.to_number()?)
        }
        (Binary::Divide, Cell::Span(a), other) => span(a.as_secs_f64() / other.to_number()?),
        (Binary::Add, time, Cell::Span(by)) | (Binary::Add, Cell::Span(by), time) => {
            made(time.to_time().and_then(|time| time.checked_add(*by).ok()))
        }
        (Binary::Subtract, time, Cell::Span(by)) => {
            made(time.to_time().and_then(|time| time.checked_sub(*by).ok()))
        }
        (Binary::Subtract, Cell::Time(_), _) | (Binary::Subtract, _, Cell::Time(_)) => {
            let (later, earlier) = (left.to_time()?, right.to_time()?);
            Cell::Span(later.duration_since(earlier))
        }
        _ => return None,
    })
}
