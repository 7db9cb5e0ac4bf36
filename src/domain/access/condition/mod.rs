//! Conditions of role and deny assignments and of what roles allow (Azure's attribute-based access control): what they mean for
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

/// What a condition does to one action, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// It leaves the action alone.
    Holds,
    /// It depends on what the request is about, which only the request tells.
    Depends,
    /// It never holds for the action.
    Fails,
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

impl Condition {
    /// The GUIDs of the roles that it names as what a role assignment may be of, or may not.
    pub(super) fn roles(&self) -> Vec<&str> {
        let mut roles = Vec::new();
        if let Some(expression) = &self.expression {
            named_roles(expression, &mut roles);
        }
        roles
    }

    /// Whether it may hold for an assignment of a role; `None` stands for a role that it does not name.
    pub(super) fn admits(&self, act: &Act, role: Option<&str>) -> bool {
        self.expression.as_ref().is_none_or(|expression| truth(expression, act, role) != Some(false))
    }
}

fn named_roles<'a>(expression: &'a Expression, roles: &mut Vec<&'a str>) {
    match expression {
        Expression::Not(inner) => named_roles(inner, roles),
        Expression::And(one, other) | Expression::Or(one, other) => {
            named_roles(one, roles);
            named_roles(other, roles);
        }
        Expression::Compare { left, right, .. } if left.is_given_role() => roles.extend(right.values()),
        Expression::Action(_)
        | Expression::Suboperation(_)
        | Expression::Exists(_)
        | Expression::Compare { .. } => {}
    }
}

/// What an expression comes to for an assignment of a role, where action and role decide that.
fn truth(expression: &Expression, act: &Act, role: Option<&str>) -> Option<bool> {
    match expression {
        Expression::Action(pattern) => Some(permission::matches(pattern, &act.action)),
        Expression::Not(inner) => truth(inner, act, role).map(|holds| !holds),
        Expression::And(one, other) => match (truth(one, act, role), truth(other, act, role)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), rest) | (rest, Some(true)) => rest,
            (None, None) => None,
        },
        Expression::Or(one, other) => match (truth(one, act, role), truth(other, act, role)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), rest) | (rest, Some(false)) => rest,
            (None, None) => None,
        },
        Expression::Compare { left, operator, right } if left.is_given_role() => {
            let values = right.values();
            let is_named =
                role.is_some_and(|role| values.iter().any(|value| value.eq_ignore_ascii_case(role)));
            let (quantity, compares) = operator.rsplit_once(':').unwrap_or(("", operator));
            // An assignment has one role: any of one value is all of it. Of several, "equals" wants any and "not" all.
            let of = |wanted: &str| values.len() < 2 || quantity.to_ascii_lowercase().ends_with(wanted);
            match compares.to_ascii_lowercase().as_str() {
                "guidequals" if of("anyvalues") => Some(is_named),
                "guidnotequals" if of("allvalues") => Some(!is_named),
                _ => None,
            }
        }
        Expression::Suboperation(_) | Expression::Exists(_) | Expression::Compare { .. } => None,
    }
}

impl Term {
    /// Whether it is the role of an assignment that is being made.
    fn is_given_role(&self) -> bool {
        const ROLE: &str = "Microsoft.Authorization/roleAssignments:RoleDefinitionId";
        matches!(self, Self::Attribute { source, name }
            if source.eq_ignore_ascii_case("Request") && name.eq_ignore_ascii_case(ROLE))
    }

    /// The values that it is, or has.
    fn values(&self) -> Vec<&str> {
        match self {
            Self::Value(value) => vec![value.trim_matches('\'')],
            Self::Set(terms) => terms.iter().flat_map(Self::values).collect(),
            Self::Attribute { .. } => Vec::new(),
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
