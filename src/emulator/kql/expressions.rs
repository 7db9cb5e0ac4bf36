//! Reading expressions, by precedence: or, and, comparison, sum, product, sign, path.

use super::ast::{Binary, Expr, ExprKind, Match, OneOf};
use super::fault::Fault;
use super::functions;
use super::lexer::Token;
use super::parser::{DEEPEST, Parser};

impl Parser {
    /// Reads an expression of any kind.
    pub(super) fn expression(&mut self) -> Result<Expr, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::syntax(self.span(), "the expression is nested too deeply".to_owned()));
        }
        if self.within == 0 {
            self.size = 0;
        }
        self.within += 1;
        let expr = self.either()?;
        self.within -= 1;
        self.depth -= 1;
        Ok(expr)
    }

    fn either(&mut self) -> Result<Expr, Fault> {
        self.joined_by("or", Self::both, ExprKind::Any)
    }

    fn both(&mut self) -> Result<Expr, Fault> {
        self.joined_by("and", Self::comparison, ExprKind::All)
    }

    /// A list of conditions: flat, so that a long one is not deep.
    fn joined_by(
        &mut self,
        word: &str,
        part: impl Fn(&mut Self) -> Result<Expr, Fault>,
        whole: fn(Vec<Expr>) -> ExprKind,
    ) -> Result<Expr, Fault> {
        let first = part(self)?;
        let mut at = first.at;
        let mut parts = vec![first];
        while matches!(self.peek(), Token::Name(name) if name == word) {
            self.advance();
            let next = part(self)?;
            at = at.to(next.at);
            parts.push(next);
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => Ok(only),
            last => {
                parts.extend(last);
                Ok(Expr { kind: whole(parts), at })
            }
        }
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let left = self.sum()?;
        let operator = match self.peek() {
            Token::Symbol(symbol) => symbol_comparison(symbol).map(Comparison::Two),
            Token::Name(name) => word_comparison(name),
            _ => None,
        };
        match operator {
            None => Ok(left),
            Some(Comparison::Two(operator)) => {
                self.advance();
                Ok(binary(operator, left, self.sum()?))
            }
            Some(Comparison::Between(negated)) => {
                self.advance();
                self.between(left, negated)
            }
            Some(Comparison::List(operator)) => {
                self.advance();
                // `in dynamic([..])` and `in list`, a name of `let`, need no parentheses.
                if !matches!(self.peek(), Token::Symbol("(")) {
                    let list = vec![self.primary()?];
                    return Ok(Expr { at: left.at, kind: ExprKind::OneOf(operator, Box::new(left), list) });
                }
                self.symbol("(")?;
                if let Some(query) = self.subquery()? {
                    let at = left.at.to(self.span());
                    self.symbol(")")?;
                    return Ok(Expr {
                        kind: ExprKind::OneOfQuery(operator, Box::new(left), Box::new(query)),
                        at,
                    });
                }
                let list = self.list(Self::expression)?;
                let at = left.at.to(self.span());
                self.symbol(")")?;
                Ok(Expr { kind: ExprKind::OneOf(operator, Box::new(left), list), at })
            }
        }
    }

    /// `(from .. to)`, both ends in it.
    fn between(&mut self, value: Expr, negated: bool) -> Result<Expr, Fault> {
        self.symbol("(")?;
        let from = self.sum()?;
        self.symbol("..")?;
        let to = self.sum()?;
        let at = value.at.to(self.span());
        self.symbol(")")?;
        let (low, high) = if negated {
            (Binary::Less, Binary::Greater)
        } else {
            (Binary::GreaterOrEqual, Binary::LessOrEqual)
        };
        let ends = vec![binary(low, value.clone(), from), binary(high, value, to)];
        Ok(Expr { kind: if negated { ExprKind::Any(ends) } else { ExprKind::All(ends) }, at })
    }

    /// Adds a link to a chain such as `a + b + c`, whose tree is as deep as the chain is long.
    fn chained(
        &mut self,
        operator: Binary,
        left: Expr,
        right: impl Fn(&mut Self) -> Result<Expr, Fault>,
    ) -> Result<Expr, Fault> {
        self.grow()?;
        Ok(binary(operator, left, right(self)?))
    }

    fn sum(&mut self) -> Result<Expr, Fault> {
        let mut left = self.product()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol("+") => Binary::Add,
                Token::Symbol("-") => Binary::Subtract,
                _ => return Ok(left),
            };
            self.advance();
            left = self.chained(operator, left, Self::product)?;
        }
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        let mut left = self.sign()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol("*") => Binary::Multiply,
                Token::Symbol("/") => Binary::Divide,
                Token::Symbol("%") => Binary::Remainder,
                _ => return Ok(left),
            };
            self.advance();
            left = self.chained(operator, left, Self::sign)?;
        }
    }

    fn sign(&mut self) -> Result<Expr, Fault> {
        let at = self.span();
        if !self.takes_symbol("-") {
            return self.path();
        }
        let inner = self.path()?;
        Ok(Expr { at: at.to(inner.at), kind: ExprKind::Negative(Box::new(inner)) })
    }

    fn path(&mut self) -> Result<Expr, Fault> {
        let mut expr = self.primary()?;
        loop {
            let at = expr.at.to(self.span());
            if self.takes_symbol(".") {
                self.grow()?;
                let name = self.name()?;
                expr = Expr { at: expr.at.to(name.at), kind: ExprKind::Member(Box::new(expr), name.text) };
            } else if self.takes_symbol("[") {
                self.grow()?;
                let name = self.expression()?;
                let kind = match name.kind {
                    ExprKind::Text(text) => ExprKind::Member(Box::new(expr), text),
                    ExprKind::Long(index) => ExprKind::Element(Box::new(expr), index),
                    _ => ExprKind::Call(functions::AT.to_owned(), vec![expr, name]),
                };
                expr = Expr { at: at.to(self.span()), kind };
                self.symbol("]")?;
            } else {
                return Ok(expr);
            }
        }
    }

    pub(super) fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.span();
        let kind = match self.peek().clone() {
            Token::Text(text) => ExprKind::Text(text),
            Token::Long(number) => ExprKind::Long(number),
            Token::Real(number) => ExprKind::Real(number),
            Token::Time(time) => ExprKind::Time(time),
            Token::Span(span) => ExprKind::Span(span),
            Token::Json(value) => ExprKind::Json(value),
            Token::Symbol("*") => ExprKind::Star,
            Token::Symbol("(") => {
                self.advance();
                let inner = self.expression()?;
                self.symbol(")")?;
                return Ok(inner);
            }
            Token::Symbol("[") => return self.quoted_column(),
            Token::Name(name) if name.starts_with(['$', '!']) => return Err(self.unexpected("an expression")),
            Token::Name(name) => {
                if self.peek_second() == &Token::Symbol("(") {
                    return self.call(&name);
                }
                match name.as_str() {
                    "true" => ExprKind::Bool(true),
                    "false" => ExprKind::Bool(false),
                    "null" => ExprKind::Null,
                    "and" | "or" | "by" | "asc" | "desc" | "on" => {
                        return Err(self.unexpected("an expression"));
                    }
                    _ => match self.let_value(&name)? {
                        Some(value) => {
                            self.advance();
                            return Ok(Expr { at, ..value });
                        }
                        None => ExprKind::Column(name),
                    },
                }
            }
            Token::Symbol(_) | Token::End => return Err(self.unexpected("an expression")),
        };
        self.advance();
        Ok(Expr { kind, at })
    }

    /// `['a column']`
    fn quoted_column(&mut self) -> Result<Expr, Fault> {
        let at = self.span();
        self.symbol("[")?;
        let Token::Text(name) = self.peek().clone() else {
            return Err(self.unexpected("a column name in quotes"));
        };
        self.advance();
        let at = at.to(self.span());
        self.symbol("]")?;
        Ok(Expr { kind: ExprKind::Column(name), at })
    }

    fn call(&mut self, name: &str) -> Result<Expr, Fault> {
        let at = self.span();
        self.advance();
        self.symbol("(")?;
        let arguments =
            if self.peek() == &Token::Symbol(")") { Vec::new() } else { self.list(Self::expression)? };
        let at = at.to(self.span());
        self.symbol(")")?;
        let name = name.to_ascii_lowercase();
        let now = Expr { kind: ExprKind::Time(self.now), at };
        let mut arguments = arguments;
        Ok(match (name.as_str(), arguments.len()) {
            ("now", 0) => now,
            ("now", 1) => binary(Binary::Add, now, arguments.remove(0)),
            ("ago", 1) => binary(Binary::Subtract, now, arguments.remove(0)),
            _ => Expr { kind: ExprKind::Call(name, arguments), at },
        })
    }
}

fn binary(operator: Binary, left: Expr, right: Expr) -> Expr {
    let at = left.at.to(right.at);
    Expr { kind: ExprKind::Binary(operator, Box::new(left), Box::new(right)), at }
}

enum Comparison {
    Two(Binary),
    Between(bool),
    List(OneOf),
}

fn symbol_comparison(symbol: &str) -> Option<Binary> {
    Some(match symbol {
        "==" => Binary::Match(Match::Equal),
        "!=" => Binary::NotMatch(Match::Equal),
        "=~" => Binary::Match(Match::EqualNoCase),
        "!~" => Binary::NotMatch(Match::EqualNoCase),
        "<" => Binary::Less,
        "<=" => Binary::LessOrEqual,
        ">" => Binary::Greater,
        ">=" => Binary::GreaterOrEqual,
        _ => return None,
    })
}

fn word_comparison(word: &str) -> Option<Comparison> {
    let (plain, negated) = match word.strip_prefix('!') {
        Some(plain) => (plain, true),
        None => (word, false),
    };
    let list = |by, all| Comparison::List(OneOf { by, all, negated });
    let two = |by| Comparison::Two(if negated { Binary::NotMatch(by) } else { Binary::Match(by) });
    Some(match plain {
        "between" => Comparison::Between(negated),
        "in" => list(Match::Equal, false),
        "in~" => list(Match::EqualNoCase, false),
        "has_any" if !negated => list(Match::Has, false),
        "has_all" if !negated => list(Match::Has, true),
        "has" => two(Match::Has),
        "has_cs" => two(Match::HasCase),
        "contains" => two(Match::Contains),
        "contains_cs" => two(Match::ContainsCase),
        "startswith" => two(Match::StartsWith),
        "startswith_cs" => two(Match::StartsWithCase),
        "endswith" => two(Match::EndsWith),
        "endswith_cs" => two(Match::EndsWithCase),
        _ => return None,
    })
}
