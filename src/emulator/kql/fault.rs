//! What went wrong, by position in the text; made into a [`QueryError`] at the end.

use super::{QueryError, QueryErrorKind};

/// A stretch of the query, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Span {
    /// From the beginning of one to the end of another.
    pub(super) fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

/// An error not yet put into lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) kind: QueryErrorKind,
    pub(super) at: Span,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn syntax(at: Span, message: String) -> Self {
        Self { kind: QueryErrorKind::Syntax, at, message }
    }

    pub(super) fn semantic(at: Span, message: String) -> Self {
        Self { kind: QueryErrorKind::Semantic, at, message }
    }

    /// The query makes too much.
    pub(super) fn limit() -> Self {
        let message = "Query execution has exceeded the allowed limits: it makes too many rows or too large values. Please narrow the query down, or divide it".to_owned();
        Self { kind: QueryErrorKind::Limit, at: Span::default(), message }
    }

    /// Lines count from 1, positions in characters from 0.
    pub(super) fn in_query(self, query: &str) -> QueryError {
        let start = self.at.start.min(query.len());
        let before = &query[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let token = query.get(start..self.at.end.min(query.len())).unwrap_or_default();
        QueryError {
            kind: self.kind,
            line: before.matches('\n').count() + 1,
            position: before[line_start..].chars().count(),
            token: if token.is_empty() { "<EOF>".to_owned() } else { token.to_owned() },
            message: self.message,
        }
    }
}
