//! `let`, `union`, `parse`, `mv-expand`, and where a query begins.

use std::collections::HashMap;

use super::ast::{Expr, ExprKind, Named, Part, Query, Stage};
use super::fault::Fault;
use super::lexer::Token;
use super::parser::{DEEPEST, Parser};

/// Names in use before a query is refused: each use copies what was named, and names can use names.
const MOST: usize = 2_000;

/// What `let` gave names to.
#[derive(Debug, Default)]
pub(super) struct Lets {
    values: HashMap<String, (Expr, usize)>,
    tables: HashMap<String, (Query, usize)>,
    used: usize,
}

/// How many parts an expression has.
fn size(expr: &Expr) -> usize {
    1 + match &expr.kind {
        ExprKind::Member(of, _) | ExprKind::Element(of, _) | ExprKind::Negative(of) => size(of),
        ExprKind::Call(_, list) | ExprKind::All(list) | ExprKind::Any(list) => list.iter().map(size).sum(),
        ExprKind::Binary(_, left, right) => size(left) + size(right),
        ExprKind::OneOf(_, value, list) => size(value) + list.iter().map(size).sum::<usize>(),
        ExprKind::OneOfQuery(_, value, query) => size(value) + size_of_query(query),
        ExprKind::Text(text) => text.len() / 64,
        _ => 0,
    }
}

/// How many parts a query has, with the queries in it.
fn size_of_query(query: &Query) -> usize {
    let named = |list: &[Named]| list.iter().map(|item| size(&item.expr)).sum::<usize>();
    let stages = query.stages.iter().map(|stage| {
        1 + match stage {
            Stage::Where(expr) | Stage::Parse(expr, _) => size(expr),
            Stage::Project(items) | Stage::Extend(items) | Stage::Distinct(items) => named(items),
            Stage::Summarize { aggregates, by } => named(aggregates) + named(by),
            Stage::Order(keys) => keys.iter().map(|key| size(&key.expr)).sum(),
            Stage::Top(_, key) => size(&key.expr),
            Stage::MvExpand(items) => items.iter().map(|(item, _)| size(&item.expr)).sum(),
            Stage::Join(join) => size_of_query(&join.right),
            Stage::Union(queries, _) => queries.iter().map(size_of_query).sum(),
            Stage::ProjectAway(names) | Stage::ProjectKeep(names) | Stage::ProjectReorder(names) => {
                names.len()
            }
            Stage::ProjectRename(pairs) => pairs.len(),
            Stage::Take(_) | Stage::Count => 0,
        }
    });
    // A table is gone through, which takes more than a part of an expression.
    10 + stages.sum::<usize>()
}

impl Parser {
    /// Reads all `let name = value;` at the beginning.
    pub(super) fn lets(&mut self) -> Result<(), Fault> {
        while self.takes_word("let") {
            let name = self.name()?;
            self.symbol("=")?;
            // A name before a pipe or a semicolon is a table, anything else a value.
            let table = match (self.peek(), self.peek_second()) {
                (Token::Name(word), Token::Symbol("|" | ";")) => self.is_table(word),
                (Token::Name(word), _) => word == "union",
                _ => false,
            };
            if table {
                let query = self.query()?;
                let parts = size_of_query(&query);
                self.lets.tables.insert(name.text, (query, parts));
            } else {
                let value = self.expression()?;
                let parts = size(&value);
                self.lets.values.insert(name.text, (value, parts));
            }
            self.symbol(";")?;
        }
        Ok(())
    }

    fn is_table(&self, word: &str) -> bool {
        !self.lets.values.contains_key(word)
    }

    fn uses(&mut self, parts: usize) -> Result<(), Fault> {
        self.lets.used = self.lets.used.saturating_add(parts);
        if self.lets.used > MOST {
            return Err(Fault::syntax(self.span(), "the names of 'let' make the query too large".to_owned()));
        }
        Ok(())
    }

    /// The value that a name was given, if it was.
    pub(super) fn let_value(&mut self, name: &str) -> Result<Option<Expr>, Fault> {
        let Some((_, parts)) = self.lets.values.get(name) else { return Ok(None) };
        self.uses(*parts)?;
        Ok(self.lets.values.get(name).map(|(value, _)| value.clone()))
    }

    /// A query in parentheses of a comparison, if that is what stands there.
    pub(super) fn subquery(&mut self) -> Result<Option<Query>, Fault> {
        let table = match (self.peek(), self.peek_second()) {
            (Token::Name(_), Token::Symbol("|")) => true,
            (Token::Name(name), Token::Symbol(")")) => self.lets.tables.contains_key(name),
            _ => false,
        };
        if table { self.query().map(Some) } else { Ok(None) }
    }

    /// Where rows come from: a table, a name of `let`, or a union.
    pub(super) fn source(&mut self) -> Result<Query, Fault> {
        // A union may begin with a union, without a query in between.
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::syntax(self.span(), "the query is nested too deeply".to_owned()));
        }
        let source = self.source_within();
        self.depth -= 1;
        source
    }

    fn source_within(&mut self) -> Result<Query, Fault> {
        if matches!(self.peek(), Token::Name(word) if word == "union") {
            self.advance();
            let (mut queries, inner) = self.union()?;
            let mut first = queries.remove(0);
            if !queries.is_empty() {
                first.stages.push(Stage::Union(queries, inner));
            }
            return Ok(first);
        }
        let table = self.name()?;
        let Some((_, parts)) = self.lets.tables.get(&table.text) else {
            return Ok(Query { table, stages: Vec::new() });
        };
        self.uses(*parts)?;
        let known = self.lets.tables.get(&table.text).map(|(query, _)| query.clone());
        Ok(known.unwrap_or(Query { table, stages: Vec::new() }))
    }

    /// What stands behind `union`: tables and queries, and whether only common columns stay.
    pub(super) fn union(&mut self) -> Result<(Vec<Query>, bool), Fault> {
        let mut inner = false;
        while let (Token::Name(option), Token::Symbol("=")) = (self.peek(), self.peek_second()) {
            let option = option.clone();
            let at = self.span();
            self.advance();
            self.symbol("=")?;
            let value = self.name()?;
            match (option.as_str(), value.text.as_str()) {
                ("kind", "inner") => inner = true,
                ("kind", "outer") | ("isfuzzy", _) => {}
                _ => {
                    return Err(Fault::syntax(
                        at,
                        format!("the option '{option}' of union is not known here"),
                    ));
                }
            }
        }
        let queries = self.list(|parser| {
            if !parser.takes_symbol("(") {
                return parser.source();
            }
            let query = parser.query()?;
            parser.symbol(")")?;
            Ok(query)
        })?;
        Ok((queries, inner))
    }

    /// `mv-expand a, b = c to typeof(string)`: side by side.
    pub(super) fn mv_expand(&mut self) -> Result<Stage, Fault> {
        if matches!((self.peek(), self.peek_second()), (Token::Name(word), Token::Symbol("=")) if word == "bagexpansion" || word == "kind")
        {
            self.advance();
            self.advance();
            let kind = self.name()?;
            if kind.text != "bag" {
                return Err(Fault::syntax(
                    kind.at,
                    format!("the expansion '{}' is not known here", kind.text),
                ));
            }
        }
        let items = self.list(|parser| {
            let item = parser.named()?;
            let cast = if parser.takes_word("to") {
                parser.word("typeof")?;
                parser.symbol("(")?;
                let cast = parser.cast()?;
                parser.symbol(")")?;
                cast
            } else {
                None
            };
            Ok((item, cast))
        })?;
        Ok(Stage::MvExpand(items))
    }

    /// The name of a type, as the function that casts to it.
    fn cast(&mut self) -> Result<Option<&'static str>, Fault> {
        let wanted = self.name()?;
        Ok(match wanted.text.as_str() {
            "string" => Some("tostring"),
            "long" | "int" => Some("tolong"),
            "real" | "double" => Some("todouble"),
            "bool" => Some("tobool"),
            "datetime" => Some("todatetime"),
            "dynamic" => None,
            other => return Err(Fault::syntax(wanted.at, format!("the type '{other}' is not known here"))),
        })
    }

    /// `parse id with * '/resourceGroups/' group '/' *`
    pub(super) fn parse_stage(&mut self) -> Result<Stage, Fault> {
        if matches!((self.peek(), self.peek_second()), (Token::Name(word), Token::Symbol("=")) if word == "kind")
        {
            self.advance();
            self.advance();
            let kind = self.name()?;
            if kind.text != "simple" {
                return Err(Fault::syntax(
                    kind.at,
                    format!("parsing of the kind '{}' is not known here", kind.text),
                ));
            }
        }
        let of = self.expression()?;
        self.word("with")?;
        let mut parts = Vec::new();
        loop {
            match self.peek().clone() {
                Token::Symbol("*") => {
                    self.advance();
                    parts.push(Part::Any);
                }
                Token::Text(text) => {
                    self.advance();
                    parts.push(Part::Text(text));
                }
                Token::Name(_) => {
                    let name = self.name()?;
                    let cast = if self.takes_symbol(":") { self.cast()? } else { Some("tostring") };
                    parts.push(Part::Column(name, cast));
                }
                _ if parts.is_empty() => return Err(self.unexpected("a pattern")),
                _ => return Ok(Stage::Parse(of, parts)),
            }
        }
    }
}
