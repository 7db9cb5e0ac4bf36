//! The stages of a query, carried out one after the other.

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use super::Tables;
use super::aggregate;
use super::ast::{Binary, Expr, ExprKind, Match, Name, Named, OrderKey, Query, Stage};
use super::budget::Budget;
use super::cell::Cell;
use super::fault::Fault;
use super::join;
use super::order::{Order, permute};
use super::parse::cut;
use super::relation::{Column, Relation, Row};
use super::rows::{mv_expand, union};
use super::scalar::Scalar;

/// The rows of a query, and the order of those behind the first ones when it is not worked out yet.
pub(super) struct Found<'a> {
    pub(super) relation: Relation<'a>,
    pub(super) order: Option<Order>,
}

/// Answers a query whole.
pub(super) fn run<'a>(
    query: &Query,
    tables: &'a impl Tables,
    budget: &Budget,
) -> Result<Relation<'a>, Fault> {
    run_first(query, tables, budget, usize::MAX).map(|found| found.relation)
}

/// Answers a query of whose rows the first `need` have to be in order.
pub(super) fn run_first<'a>(
    query: &Query,
    tables: &'a impl Tables,
    budget: &Budget,
    need: usize,
) -> Result<Found<'a>, Fault> {
    let mut relation = table(query, tables, budget)?;
    let leading = leading(&query.stages);
    // Stages that leave every row where it is can come before the rest of an order.
    let kept = query.stages.iter().rev().take_while(|stage| leaves_rows(stage)).count();
    let last = query.stages.len() - kept;
    let mut order = None;
    for (at, stage) in query.stages.iter().enumerate().skip(leading) {
        if let Stage::Order(keys) = stage
            && at + 1 == last
        {
            order = sort(&mut relation, keys, need)?;
        } else {
            relation = apply(stage, relation, tables)?;
        }
        budget.check()?;
    }
    Ok(Found { relation, order })
}

/// How many conditions a query begins with.
fn leading(stages: &[Stage]) -> usize {
    stages.iter().take_while(|stage| matches!(stage, Stage::Where(_))).count()
}

/// Whether a stage only changes columns.
fn leaves_rows(stage: &Stage) -> bool {
    matches!(
        stage,
        Stage::Project(_)
            | Stage::ProjectAway(_)
            | Stage::ProjectKeep(_)
            | Stage::ProjectRename(_)
            | Stage::ProjectReorder(_)
            | Stage::Extend(_)
    )
}

/// The rows of a table that its leading conditions let through. These are tested on the documents as they come: most of
/// them never become rows.
fn table<'a>(query: &Query, tables: &'a impl Tables, budget: &Budget) -> Result<Relation<'a>, Fault> {
    let name = query.table.text.to_ascii_lowercase();
    let wanted = wanted_types(&query.stages);
    let Some(documents) = tables.rows(&name, wanted.as_ref().map(|(_, types)| types.as_slice())) else {
        let message = format!("there is no table '{}' here", query.table.text);
        return Err(Fault::semantic(query.table.at, message));
    };
    let mut relation = Relation::empty(budget.clone());
    relation.columns = Relation::document_columns(tables.tenant_id());
    relation.by_id = tables.is_in_order_of_ids(&name, wanted.as_ref().map(|(_, types)| types.as_slice()));
    let mut conditions = Vec::new();
    for (at, stage) in query.stages[..leading(&query.stages)].iter().enumerate() {
        // The table has left other types out already.
        let exact = matches!(name.as_str(), "resources" | "authorizationresources");
        let done = exact && wanted.as_ref().is_some_and(|(of, _)| *of == at);
        if let Stage::Where(expr) = stage
            && !(done && is_type_alone(expr))
        {
            conditions.push(Scalar::bind(&*answered(expr, tables, budget)?, &relation)?);
        }
    }
    let weight = 2 + conditions.iter().map(Scalar::weight).sum::<usize>();
    for document in documents {
        budget.take(weight)?;
        let row = Row { document: Some(document), cells: Vec::new() };
        if conditions.iter().all(|condition| condition.holds(&row)) {
            relation.rows.push(row);
        }
    }
    Ok(relation)
}

/// The first leading condition that says which types it lets through, and those types, in lower case.
fn wanted_types(stages: &[Stage]) -> Option<(usize, Vec<String>)> {
    let leading = stages.iter().map_while(|stage| match stage {
        Stage::Where(expr) => Some(types_of(expr)),
        _ => None,
    });
    leading.enumerate().find_map(|(at, types)| Some((at, types?)))
}

/// Whether a condition says no more than which types there may be.
fn is_type_alone(expr: &Expr) -> bool {
    let by = match &expr.kind {
        ExprKind::Binary(Binary::Match(by), ..) => *by,
        ExprKind::OneOf(of, ..) => of.by,
        _ => return false,
    };
    by == Match::EqualNoCase && types_of(expr).is_some()
}

/// The types that a condition asks for: `type =~ 'a'`, `type in~ ('a', 'b')`, joined by `and` and `or`.
fn types_of(expr: &Expr) -> Option<Vec<String>> {
    let is_type =
        |expr: &Expr| matches!(&expr.kind, ExprKind::Column(name) if name.eq_ignore_ascii_case("type"));
    let text = |expr: &Expr| match &expr.kind {
        ExprKind::Text(text) => Some(text.to_lowercase()),
        _ => None,
    };
    let exact = |by: Match| matches!(by, Match::Equal | Match::EqualNoCase);
    match &expr.kind {
        ExprKind::Binary(Binary::Match(by), left, right) if exact(*by) && is_type(left) => {
            text(right).map(|text| vec![text])
        }
        ExprKind::OneOf(of, value, list) if exact(of.by) && !of.negated && is_type(value) => {
            list.iter().map(text).collect()
        }
        ExprKind::All(parts) => parts.iter().find_map(types_of),
        ExprKind::Any(parts) => {
            let each: Option<Vec<Vec<String>>> = parts.iter().map(types_of).collect();
            each.map(|lists| lists.concat())
        }
        _ => None,
    }
}

fn apply<'a>(
    stage: &Stage,
    mut relation: Relation<'a>,
    tables: &'a impl Tables,
) -> Result<Relation<'a>, Fault> {
    match stage {
        Stage::Where(expr) => {
            let condition = Scalar::bind(&*answered(expr, tables, &relation.budget)?, &relation)?;
            relation.budget.take(relation.rows.len().saturating_mul(condition.weight()))?;
            relation.rows.retain(|row| condition.holds(row));
            Ok(relation)
        }
        Stage::Project(items) => project(items, relation),
        Stage::ProjectAway(names) => {
            let dropped = positions(names, &relation.columns)?;
            retain_columns(&mut relation, |index| !dropped.contains(&index));
            Ok(relation)
        }
        Stage::ProjectKeep(names) => {
            let kept = positions(names, &relation.columns)?;
            retain_columns(&mut relation, |index| kept.contains(&index));
            Ok(relation)
        }
        Stage::ProjectRename(pairs) => {
            for (new, old) in pairs {
                let at = position(old, &relation.columns)?;
                relation.columns[at].name.clone_from(&new.text);
            }
            Ok(relation)
        }
        Stage::Extend(items) => extend(items, relation),
        Stage::Join(stage) => {
            let right = run(&stage.right, tables, &relation.budget)?;
            join::join(stage, relation, &right)
        }
        Stage::Summarize { aggregates, by } => aggregate::summarize(aggregates, by, &relation),
        Stage::Distinct(items) => distinct(items, relation),
        Stage::Order(keys) => {
            sort(&mut relation, keys, usize::MAX)?;
            Ok(relation)
        }
        Stage::Take(count) => {
            relation.rows.truncate(*count);
            Ok(relation)
        }
        Stage::Top(count, key) => {
            sort(&mut relation, std::slice::from_ref(key), *count)?;
            relation.rows.truncate(*count);
            Ok(relation)
        }
        Stage::MvExpand(items) => {
            relation.by_id = false;
            mv_expand(items, relation)
        }
        Stage::ProjectReorder(names) => {
            for name in names.iter().rev() {
                let at = position(name, &relation.columns)?;
                relation.columns[..=at].rotate_right(1);
            }
            Ok(relation)
        }
        Stage::Union(queries, inner) => {
            for query in queries {
                let more = run(query, tables, &relation.budget)?;
                relation.by_id = false;
                relation = union(relation, more, *inner)?;
            }
            Ok(relation)
        }
        Stage::Parse(of, parts) => cut(of, parts, relation),
        Stage::Count => Ok(counted(relation)),
    }
}

/// Adds columns, each of which may use those before it.
fn extend<'a>(items: &[Named], mut relation: Relation<'a>) -> Result<Relation<'a>, Fault> {
    for (number, item) in items.iter().enumerate() {
        let scalar = Scalar::bind(&item.expr, &relation)?;
        if let Some(source) = scalar.source() {
            relation.refer_to(column_name(item, number), source, scalar.is_dynamic());
            continue;
        }
        relation.add_column(column_name(item, number), scalar.is_dynamic());
        relation.budget.take(relation.rows.len().saturating_mul(scalar.weight()))?;
        for row in &mut relation.rows {
            let cell = scalar.value(row);
            row.cells.push(cell);
        }
    }
    Ok(relation)
}

/// How many rows there are, as the only one.
fn counted(relation: Relation<'_>) -> Relation<'_> {
    let count = i64::try_from(relation.rows.len()).unwrap_or(i64::MAX);
    let mut counted = Relation::empty(relation.budget);
    counted.add_column("Count".to_owned(), false);
    counted.rows.push(Row { document: None, cells: vec![Cell::Long(count)] });
    counted
}

/// The name of a result column: the one that was given, the path with underscores as Kusto makes it, or
/// `Column` with a number.
pub(super) fn column_name(item: &Named, number: usize) -> String {
    match &item.name {
        Some(name) => name.text.clone(),
        None => path_name(&item.expr).unwrap_or_else(|| format!("Column{}", number + 1)),
    }
}

/// `properties.storage.sku` gives `properties_storage_sku`, in a cast too.
pub(super) fn path_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Column(name) => Some(name.clone()),
        ExprKind::Member(of, name) => Some(format!("{}_{name}", path_name(of)?)),
        ExprKind::Element(of, index) => Some(format!("{}_{index}", path_name(of)?)),
        ExprKind::Call(name, arguments) if name.starts_with("to") && arguments.len() == 1 => {
            path_name(&arguments[0])
        }
        _ => None,
    }
}

fn position(name: &Name, columns: &[Column]) -> Result<usize, Fault> {
    Relation::position(columns, &name.text)
        .ok_or_else(|| Fault::semantic(name.at, format!("there is no column '{}'", name.text)))
}

fn positions(names: &[Name], columns: &[Column]) -> Result<HashSet<usize>, Fault> {
    names.iter().map(|name| position(name, columns)).collect()
}

fn retain_columns(relation: &mut Relation<'_>, keep: impl Fn(usize) -> bool) {
    let mut index = 0;
    relation.columns.retain(|_| {
        index += 1;
        keep(index - 1)
    });
}

/// Leaves new columns only. Those that are columns or paths already are read from where they come.
fn project<'a>(items: &[Named], mut relation: Relation<'a>) -> Result<Relation<'a>, Fault> {
    let mut projected =
        Relation { width: relation.width, by_id: relation.by_id, ..Relation::empty(relation.budget.clone()) };
    let mut scalars = Vec::new();
    for (number, item) in items.iter().enumerate() {
        let scalar = Scalar::bind(&item.expr, &relation)?;
        let name = column_name(item, number);
        if projected.columns.iter().any(|column| column.name == name) {
            return Err(Fault::semantic(item.expr.at, format!("the column '{name}' is there twice")));
        }
        let dynamic = scalar.is_dynamic();
        match scalar.source() {
            Some(source) => projected.refer_to(name, source, dynamic),
            None => {
                projected.add_column(name, dynamic);
                scalars.push(scalar);
            }
        }
    }
    let weight = scalars.iter().map(Scalar::weight).sum();
    relation.budget.take(relation.rows.len().saturating_mul(weight))?;
    for row in &mut relation.rows {
        for scalar in &scalars {
            let cell = scalar.value(row);
            row.cells.push(cell);
        }
    }
    projected.rows = relation.rows;
    Ok(projected)
}

fn distinct<'a>(items: &[Named], relation: Relation<'a>) -> Result<Relation<'a>, Fault> {
    let all: Vec<Named>;
    let items = if items.is_empty() {
        all = relation
            .columns
            .iter()
            .map(|column| Named {
                name: None,
                expr: Expr { kind: ExprKind::Column(column.name.clone()), at: Default::default() },
            })
            .collect();
        &all
    } else {
        for item in items {
            Scalar::bind_key(&item.expr, &relation)?;
        }
        items
    };
    let mut projected = project(items, relation)?;
    let mut seen = HashSet::new();
    let columns = &projected.columns;
    projected.budget.take(projected.rows.len().saturating_mul(2 * columns.len()))?;
    projected.rows.retain(|row| {
        let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.read(row)).collect();
        seen.insert(key_of(&cells))
    });
    Ok(projected)
}

/// A text that only equal lists of cells share.
pub(super) fn key_of(cells: &[Cell<'_>]) -> String {
    let mut key = String::new();
    for cell in cells {
        cell.write_key(&mut key);
    }
    key
}

/// Puts the first `need` rows in order; gives the order when there are others.
fn sort(relation: &mut Relation<'_>, keys: &[OrderKey], need: usize) -> Result<Option<Order>, Fault> {
    let mut order = Order::bind(keys, relation)?;
    if relation.by_id && order.is_by_id() {
        return Ok(None);
    }
    relation.by_id = false;
    relation.budget.take(relation.rows.len().saturating_mul(4 + order.weight()))?;
    let (positions, sorted) = order.arrange(&relation.rows, need.min(relation.rows.len()));
    permute(&mut relation.rows, 0, positions);
    order.sorted = sorted;
    Ok((sorted < relation.rows.len()).then_some(order))
}

/// A condition with the queries in it answered: `in (resources | project id)` becomes a list of values.
fn answered<'e>(expr: &'e Expr, tables: &impl Tables, budget: &Budget) -> Result<Cow<'e, Expr>, Fault> {
    if !asks(expr) {
        return Ok(Cow::Borrowed(expr));
    }
    let all = |list: &[Expr]| {
        list.iter()
            .map(|one| answered(one, tables, budget).map(Cow::into_owned))
            .collect::<Result<Vec<_>, _>>()
    };
    let kind = match &expr.kind {
        ExprKind::All(parts) => ExprKind::All(all(parts)?),
        ExprKind::Any(parts) => ExprKind::Any(all(parts)?),
        ExprKind::Call(name, arguments) => ExprKind::Call(name.clone(), all(arguments)?),
        ExprKind::OneOfQuery(operator, value, query) => {
            let found = run(query, tables, budget)?;
            let Some(column) = found.columns.first() else {
                return Err(Fault::semantic(expr.at, "the query has no column to compare with".to_owned()));
            };
            let values = found.rows.iter().map(|row| column.read(row).into_json()).collect();
            let list = Expr { kind: ExprKind::Json(Value::Array(values)), at: expr.at };
            ExprKind::OneOf(*operator, value.clone(), vec![list])
        }
        other => other.clone(),
    };
    Ok(Cow::Owned(Expr { kind, at: expr.at }))
}

/// Whether there is a query in a condition, where one can be.
fn asks(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::OneOfQuery(..) => true,
        ExprKind::All(parts) | ExprKind::Any(parts) | ExprKind::Call(_, parts) => parts.iter().any(asks),
        _ => false,
    }
}
