//! A query as it was written.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::fault::Span;

/// `table | stage | stage ...`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) table: Name,
    pub(super) stages: Vec<Stage>,
}

/// A name and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: Span,
}

/// One operator behind a pipe.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    Where(Expr),
    Project(Vec<Named>),
    ProjectAway(Vec<Name>),
    ProjectKeep(Vec<Name>),
    ProjectRename(Vec<(Name, Name)>),
    Extend(Vec<Named>),
    Join(Join),
    Summarize {
        aggregates: Vec<Named>,
        by: Vec<Named>,
    },
    Order(Vec<OrderKey>),
    Take(usize),
    Top(usize, OrderKey),
    /// No column means all of them.
    Distinct(Vec<Named>),
    /// Columns expanded side by side, each with the type's cast function where `to typeof(...)` was written.
    MvExpand(Vec<(Named, Option<&'static str>)>),
    /// Columns to come first.
    ProjectReorder(Vec<Name>),
    /// More rows; only the columns that all have, when it says so.
    Union(Vec<Query>, bool),
    /// New columns cut out of a text.
    Parse(Expr, Vec<Part>),
    Count,
}

/// One part of the pattern of `parse`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// `*`: anything, not kept.
    Any,
    /// A text that has to be there.
    Text(String),
    /// A new column, with the cast of its type.
    Column(Name, Option<&'static str>),
}

/// `name = expression`, or the expression alone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) name: Option<Name>,
    pub(super) expr: Expr,
}

/// `join kind=leftouter (query) on key, $left.a == $right.b`
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Join {
    pub(super) kind: JoinKind,
    pub(super) right: Query,
    /// Left and right columns that must be equal.
    pub(super) on: Vec<(Name, Name)>,
    /// It is a `lookup`, whose right side gives all but the keys.
    pub(super) looks_up: bool,
}

/// Which rows a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JoinKind {
    /// The default: inner, after left rows of equal keys were reduced to one.
    InnerUnique,
    Inner,
    LeftOuter,
    LeftSemi,
    LeftAnti,
    RightOuter,
    FullOuter,
}

/// One key of `order by`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OrderKey {
    pub(super) expr: Expr,
    /// Descending is the default.
    pub(super) descending: bool,
    pub(super) nulls_first: bool,
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    pub(super) at: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ExprKind {
    Null,
    Bool(bool),
    Long(i64),
    Real(f64),
    Text(String),
    Time(Timestamp),
    Span(SignedDuration),
    Json(Value),
    Column(String),
    Member(Box<Expr>, String),
    Element(Box<Expr>, i64),
    Call(String, Vec<Expr>),
    /// `a and b and ...`
    All(Vec<Expr>),
    /// `a or b or ...`
    Any(Vec<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `in`, `!in`, `in~`, `!in~`, `has_any`, `has_all`.
    OneOf(OneOf, Box<Expr>, Vec<Expr>),
    /// The same with the first column of a query.
    OneOfQuery(OneOf, Box<Expr>, Box<Query>),
    Negative(Box<Expr>),
    /// `*`, in `distinct *` and in `take_any(*)`.
    Star,
}

/// Operators between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Match(Match),
    NotMatch(Match),
}

/// Comparisons that have a negation of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    /// `==`
    Equal,
    /// `=~`
    EqualNoCase,
    /// `has`
    Has,
    /// `has_cs`
    HasCase,
    /// `contains`
    Contains,
    /// `contains_cs`
    ContainsCase,
    /// `startswith`
    StartsWith,
    /// `startswith_cs`
    StartsWithCase,
    /// `endswith`
    EndsWith,
    /// `endswith_cs`
    EndsWithCase,
}

/// Comparisons with a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OneOf {
    pub(super) by: Match,
    /// All must match, not any.
    pub(super) all: bool,
    pub(super) negated: bool,
}
