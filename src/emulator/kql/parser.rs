//! Tokens to a [`Query`].

use jiff::Timestamp;

use super::ast::{Join, JoinKind, Name, Named, OrderKey, Query, Stage};
use super::fault::{Fault, Span};
use super::lexer::{Lexeme, Token, tokens};
use super::statements::Lets;

/// Deeper nesting is refused before it can exhaust the stack.
pub(super) const DEEPEST: usize = 64;

/// More arithmetic and path steps than this in one expression are refused, since a chain of them is as deep as it is long.
const LONGEST: usize = 200;

/// The table of a query that names none.
const IMPLIED: &str = "resources";

/// Operators that a query may begin with.
const FIRST: [&str; 8] = ["where", "project", "extend", "summarize", "distinct", "limit", "take", "top"];

/// Reads a whole query.
pub(super) fn parse(text: &str, now: Timestamp) -> Result<Query, Fault> {
    let lexemes = tokens(text)?;
    let mut parser = Parser { lexemes, next: 0, depth: 0, within: 0, size: 0, now, lets: Lets::default() };
    parser.lets()?;
    let query = if parser.begins_with_stage() { parser.query_of(IMPLIED)? } else { parser.query()? };
    parser.takes_symbol(";");
    match parser.peek() {
        Token::End => Ok(query),
        _ => Err(parser.unexpected("'|' or the end of the query")),
    }
}

/// The token stream; the expressions are read in `expressions.rs`.
pub(super) struct Parser {
    lexemes: Vec<Lexeme>,
    next: usize,
    pub(super) depth: usize,
    /// Depth inside the expression that is being read.
    pub(super) within: usize,
    pub(super) size: usize,
    /// What `now()` means.
    pub(super) now: Timestamp,
    /// What `let` gave names to.
    pub(super) lets: Lets,
}

impl Parser {
    pub(super) fn peek(&self) -> &Token {
        self.lexemes.get(self.next).map_or(&Token::End, |lexeme| &lexeme.token)
    }

    pub(super) fn span(&self) -> Span {
        self.lexemes.get(self.next).or(self.lexemes.last()).map(|lexeme| lexeme.at).unwrap_or_default()
    }

    /// Counts an arithmetic operator or a path step.
    pub(super) fn grow(&mut self) -> Result<(), Fault> {
        self.size += 1;
        if self.size > LONGEST {
            return Err(Fault::syntax(self.span(), "the query has too many operators".to_owned()));
        }
        Ok(())
    }

    pub(super) fn peek_second(&self) -> &Token {
        self.lexemes.get(self.next + 1).map_or(&Token::End, |lexeme| &lexeme.token)
    }

    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        Fault::syntax(self.span(), format!("expected {wanted}"))
    }

    pub(super) fn takes_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(s) if *s == symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn symbol(&mut self, symbol: &str) -> Result<(), Fault> {
        if self.takes_symbol(symbol) { Ok(()) } else { Err(self.unexpected(&format!("'{symbol}'"))) }
    }

    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Token::Name(name) if name == word);
        if found {
            self.advance();
        }
        found
    }

    pub(super) fn word(&mut self, word: &str) -> Result<(), Fault> {
        if self.takes_word(word) { Ok(()) } else { Err(self.unexpected(&format!("'{word}'"))) }
    }

    pub(super) fn name(&mut self) -> Result<Name, Fault> {
        let at = self.span();
        match self.peek() {
            Token::Name(name) if !name.starts_with(['$', '!']) => {
                let text = name.clone();
                self.advance();
                Ok(Name { text, at })
            }
            _ => Err(self.unexpected("a name")),
        }
    }

    pub(super) fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, Fault>) -> Result<Vec<T>, Fault> {
        let mut items = vec![item(self)?];
        while self.takes_symbol(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    pub(super) fn query(&mut self) -> Result<Query, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::syntax(self.span(), "the query is nested too deeply".to_owned()));
        }
        let query = self.source()?;
        let query = self.stages_of(query)?;
        self.depth -= 1;
        Ok(query)
    }

    fn stages_of(&mut self, mut query: Query) -> Result<Query, Fault> {
        while self.takes_symbol("|") {
            query.stages.push(self.stage()?);
        }
        Ok(query)
    }

    /// Whether a query names no table: it begins with an operator, and with what goes on behind one.
    fn begins_with_stage(&self) -> bool {
        let operator = |token: &Token| matches!(token, Token::Name(name) if FIRST.contains(&name.as_str()));
        let next = self.peek_second();
        operator(self.peek()) && !operator(next) && !matches!(next, Token::End | Token::Symbol("|" | ";"))
    }

    /// A query that begins with a stage, on a table.
    fn query_of(&mut self, table: &str) -> Result<Query, Fault> {
        let table = Name { text: table.to_owned(), at: self.span() };
        let first = self.stage()?;
        self.stages_of(Query { table, stages: vec![first] })
    }

    fn stage(&mut self) -> Result<Stage, Fault> {
        let at = self.span();
        let operator = self.name()?;
        Ok(match operator.text.as_str() {
            "where" | "filter" => Stage::Where(self.expression()?),
            "project" => Stage::Project(self.list(Self::named)?),
            "project-away" => Stage::ProjectAway(self.list(Self::name)?),
            "project-keep" => Stage::ProjectKeep(self.list(Self::name)?),
            "project-reorder" => Stage::ProjectReorder(self.list(Self::name)?),
            "union" => {
                let (queries, inner) = self.union()?;
                Stage::Union(queries, inner)
            }
            "parse" => self.parse_stage()?,
            "project-rename" => Stage::ProjectRename(self.list(Self::renamed)?),
            "extend" => Stage::Extend(self.list(Self::named)?),
            "join" => self.join(JoinKind::InnerUnique, false)?,
            "lookup" => self.join(JoinKind::LeftOuter, true)?,
            "summarize" => self.summarize()?,
            "order" | "sort" => {
                self.word("by")?;
                Stage::Order(self.list(Self::order_key)?)
            }
            "take" | "limit" => Stage::Take(self.count()?),
            "top" => {
                let count = self.count()?;
                self.word("by")?;
                Stage::Top(count, self.order_key()?)
            }
            "distinct" if self.takes_symbol("*") => Stage::Distinct(Vec::new()),
            "distinct" => Stage::Distinct(self.list(Self::named)?),
            "mv-expand" | "mvexpand" => self.mv_expand()?,
            "count" => Stage::Count,
            _ => {
                return Err(Fault::syntax(at, format!("the operator '{}' is not known here", operator.text)));
            }
        })
    }

    pub(super) fn named(&mut self) -> Result<Named, Fault> {
        let named = matches!((self.peek(), self.peek_second()), (Token::Name(_), Token::Symbol("=")));
        let name = if named {
            let name = self.name()?;
            self.symbol("=")?;
            Some(name)
        } else {
            None
        };
        Ok(Named { name, expr: self.expression()? })
    }

    fn renamed(&mut self) -> Result<(Name, Name), Fault> {
        let new = self.name()?;
        self.symbol("=")?;
        Ok((new, self.name()?))
    }

    fn count(&mut self) -> Result<usize, Fault> {
        let Token::Long(number) = *self.peek() else { return Err(self.unexpected("a whole number")) };
        let count = usize::try_from(number).map_err(|_| self.unexpected("a number of rows"))?;
        self.advance();
        Ok(count)
    }

    fn order_key(&mut self) -> Result<OrderKey, Fault> {
        let expr = self.expression()?;
        let descending = !self.takes_word("asc");
        if descending {
            self.takes_word("desc");
        }
        let mut nulls_first = !descending;
        if self.takes_word("nulls") {
            nulls_first = self.takes_word("first");
            if !nulls_first {
                self.word("last")?;
            }
        }
        Ok(OrderKey { expr, descending, nulls_first })
    }

    fn join(&mut self, usual: JoinKind, looks_up: bool) -> Result<Stage, Fault> {
        let mut kind = usual;
        if self.takes_word("kind") {
            self.symbol("=")?;
            let at = self.span();
            kind = match self.name()?.text.as_str() {
                "inner" => JoinKind::Inner,
                "leftouter" => JoinKind::LeftOuter,
                // A lookup has the two above.
                other if looks_up => {
                    return Err(Fault::syntax(at, format!("the lookup kind '{other}' is not known here")));
                }
                "innerunique" => JoinKind::InnerUnique,
                "leftsemi" => JoinKind::LeftSemi,
                "rightouter" => JoinKind::RightOuter,
                "fullouter" => JoinKind::FullOuter,
                "leftanti" | "anti" | "leftantisemi" => JoinKind::LeftAnti,
                other => return Err(Fault::syntax(at, format!("the join kind '{other}' is not known here"))),
            };
        }
        let right = if self.takes_symbol("(") {
            let query = self.query()?;
            self.symbol(")")?;
            query
        } else {
            self.source()?
        };
        self.word("on")?;
        let on = self.list(Self::join_key)?;
        Ok(Stage::Join(Join { kind, right, on, looks_up }))
    }

    fn join_key(&mut self) -> Result<(Name, Name), Fault> {
        if !matches!(self.peek(), Token::Name(name) if name.starts_with('$')) {
            let name = self.name()?;
            return Ok((name.clone(), name));
        }
        let (first_side, first) = self.sided_name()?;
        self.symbol("==")?;
        let at = self.span();
        let (second_side, second) = self.sided_name()?;
        match (first_side, second_side) {
            (Side::Left, Side::Right) => Ok((first, second)),
            (Side::Right, Side::Left) => Ok((second, first)),
            _ => Err(Fault::syntax(at, "a join compares $left with $right".to_owned())),
        }
    }

    fn sided_name(&mut self) -> Result<(Side, Name), Fault> {
        let side = if self.takes_word("$left") {
            Side::Left
        } else if self.takes_word("$right") {
            Side::Right
        } else {
            return Err(self.unexpected("$left or $right"));
        };
        self.symbol(".")?;
        Ok((side, self.name()?))
    }

    fn summarize(&mut self) -> Result<Stage, Fault> {
        let aggregates = if matches!(self.peek(), Token::Name(name) if name == "by") {
            Vec::new()
        } else {
            self.list(Self::named)?
        };
        let by = if self.takes_word("by") { self.list(Self::named)? } else { Vec::new() };
        Ok(Stage::Summarize { aggregates, by })
    }
}

enum Side {
    Left,
    Right,
}
