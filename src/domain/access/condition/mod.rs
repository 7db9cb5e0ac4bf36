//! Conditions of role and deny assignments (Azure's attribute-based access control): what they mean for
//! one action, and what they say in words.
//!
//! A condition is a boolean expression over the action and over attributes of the principal, the resource,
//! the request and the environment. Which action is asked about is known, the attributes are not: so the
//! expression is worked out as far as the action decides it. Most conditions have the form "not this
//! action, or these attributes", and so leave every other action alone.

mod parse;
mod words;

use super::decision::Act;
use super::permission;
use super::row::Roles;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    text: String,
    /// What it says, where its language was understood.
    expression: Option<Expression>,
}

/// What a condition does to one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bearing {
    /// It leaves the action alone.
    Holds,
    /// It never holds for the action.
    Fails,
    /// It depends on what the request is about, which only the request tells.
    Depends,
}

/// The language of conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    /// The action fits a pattern.
    Action(String),
    /// The operation is a kind of the action, such as `Blob.List` of reading.
    Suboperation(String),
    /// An attribute is there.
    Exists(Term),
    /// Two values compare.
    Compare { left: Term, operator: String, right: Term },
    /// It is not so.
    Not(Box<Expression>),
    /// Both.
    And(Box<Expression>, Box<Expression>),
    /// Either.
    Or(Box<Expression>, Box<Expression>),
}

/// A value in a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Term {
    /// An attribute: where from (`Resource`, `Request`, `Principal`, `Environment`) and its name.
    Attribute { source: String, name: String },
    /// A text, a number, a time or a truth value, as written.
    Value(String),
    /// Several values.
    Set(Vec<Term>),
}

impl Condition {
    /// Reads a condition. One whose language is not understood is kept as text.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self { text: text.trim().to_owned(), expression: parse::expression(text) }
    }

    /// What the condition does to an action. One that was not understood may do anything.
    #[must_use]
    pub fn bearing(&self, act: &Act) -> Bearing {
        self.expression.as_ref().map_or(Bearing::Depends, |expression| bearing(expression, act))
    }

    /// All that it says, in words, whatever the action. Roles in it are named where they are known. One that was not
    /// understood is given as it was written.
    #[must_use]
    pub fn in_full(&self, roles: &Roles) -> String {
        match &self.expression {
            Some(expression) => words::expression(expression, roles),
            None => self.text.clone(),
        }
    }

    /// What must hold for an action, in words. Roles in it are named where they are known. One that was
    /// not understood is given as it was written.
    #[must_use]
    pub fn words(&self, act: &Act, roles: &Roles) -> String {
        let Some(expression) = &self.expression else {
            return format!("a condition in Azure's language holds: {}", self.text);
        };
        match rest(expression, act) {
            Rest::True => "always".to_owned(),
            Rest::False => "never for this action".to_owned(),
            Rest::Depends(expression) => words::expression(&expression, roles),
        }
    }
}

fn bearing(expression: &Expression, act: &Act) -> Bearing {
    match rest(expression, act) {
        Rest::True => Bearing::Holds,
        Rest::False => Bearing::Fails,
        Rest::Depends(_) => Bearing::Depends,
    }
}

/// What is left of an expression once the action is known.
enum Rest {
    True,
    False,
    Depends(Expression),
}

fn rest(expression: &Expression, act: &Act) -> Rest {
    match expression {
        Expression::Action(pattern) if permission::matches(pattern, &act.action) => Rest::True,
        Expression::Action(_) => Rest::False,
        Expression::Not(inner) => match rest(inner, act) {
            Rest::True => Rest::False,
            Rest::False => Rest::True,
            Rest::Depends(inner) => Rest::Depends(negated(inner)),
        },
        Expression::And(one, other) => match (rest(one, act), rest(other, act)) {
            (Rest::False, _) | (_, Rest::False) => Rest::False,
            (Rest::True, rest) | (rest, Rest::True) => rest,
            (Rest::Depends(one), Rest::Depends(other)) => {
                Rest::Depends(Expression::And(Box::new(one), Box::new(other)))
            }
        },
        Expression::Or(one, other) => match (rest(one, act), rest(other, act)) {
            (Rest::True, _) | (_, Rest::True) => Rest::True,
            (Rest::False, rest) | (rest, Rest::False) => rest,
            (Rest::Depends(one), Rest::Depends(other)) => {
                Rest::Depends(Expression::Or(Box::new(one), Box::new(other)))
            }
        },
        other @ (Expression::Suboperation(_) | Expression::Exists(_) | Expression::Compare { .. }) => {
            Rest::Depends(other.clone())
        }
    }
}

/// The opposite, without a doubled "not".
fn negated(expression: Expression) -> Expression {
    match expression {
        Expression::Not(inner) => *inner,
        other => Expression::Not(Box::new(other)),
    }
}

#[cfg(test)]
mod tests;
