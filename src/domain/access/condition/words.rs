//! Conditions in words.

use super::super::row::Roles;
use super::{Expression, Term};
use crate::azure::arm::id::ArmId;

/// Attributes by the end of their name, with what people call them.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("blobServices/containers:name", "the container's name"),
    ("containers/blobs:path", "the blob's path"),
    ("containers/blobs:snapshot", "the blob's snapshot"),
    ("containers/blobs:versionId", "the blob's version"),
    ("containers/blobs:isCurrentVersion", "being the current version"),
    ("containers/blobs:encryptionScope", "the blob's encryption scope"),
    ("encryptionScopes:name", "the encryption scope's name"),
    ("storageAccounts:name", "the storage account's name"),
    ("storageAccounts:isHnsEnabled", "having a hierarchical namespace"),
    ("blobs:prefix", "the prefix that is listed"),
    ("queueServices/queues:name", "the queue's name"),
    ("roleAssignments:RoleDefinitionId", "the role"),
    ("roleAssignments:PrincipalId", "the principal"),
    ("roleAssignments:PrincipalType", "the type of the principal"),
    ("privateEndpoints", "the private endpoint"),
    ("virtualNetworks/subnets", "the subnet"),
    ("isPrivateLink", "the use of a private link"),
    ("UtcNow", "the time"),
];

/// Operators without the kind of their values, the longer ones first where one ends like another.
const OPERATORS: &[(&str, &str)] = &[
    ("NotEquals", "is not"),
    ("NotStartsWith", "does not begin with"),
    ("NotLike", "is not like"),
    ("GreaterThanOrEquals", "is at least"),
    ("LessThanOrEquals", "is at most"),
    ("GreaterThanEquals", "is at least"),
    ("LessThanEquals", "is at most"),
    ("GreaterThan", "is more than"),
    ("LessThan", "is less than"),
    ("StartsWith", "begins with"),
    ("NotInRange", "is not within"),
    ("InRange", "is within"),
    ("NotMatch", "is not within"),
    ("Match", "is within"),
    ("Like", "is like"),
    ("Equals", "is"),
];

/// The whole expression.
pub(super) fn expression(expression: &Expression, roles: &Roles) -> String {
    let words = |inner: &Expression| self::expression(inner, roles);
    match expression {
        Expression::Action(pattern) => format!("the action is {pattern}"),
        Expression::Suboperation(name) => format!("the operation is {name}"),
        Expression::Exists(term) => format!("{} is there", term_words(term, roles)),
        Expression::Compare { left, operator, right } => {
            format!("{} {}", term_words(left, roles), compared(operator, right, roles))
        }
        Expression::Not(inner) => match &**inner {
            Expression::Suboperation(name) => format!("the operation is not {name}"),
            Expression::Exists(term) => format!("{} is not there", term_words(term, roles)),
            inner => format!("not ({})", words(inner)),
        },
        Expression::And(one, other) => {
            let part = |inner: &Expression| match inner {
                Expression::Or(..) => format!("({})", words(inner)),
                _ => words(inner),
            };
            format!("{} and {}", part(one), part(other))
        }
        Expression::Or(one, other) => {
            let part = |inner: &Expression| match inner {
                Expression::And(..) => format!("({})", words(inner)),
                _ => words(inner),
            };
            format!("{} or {}", part(one), part(other))
        }
    }
}

fn compared(operator: &str, right: &Term, roles: &Roles) -> String {
    let (quantifier, plain) = match operator.rsplit_once(':') {
        Some((quantifier, plain)) => (quantifier, plain),
        None => ("", operator),
    };
    let lower = plain.to_ascii_lowercase();
    let bare = lower.strip_suffix("ignorecase").unwrap_or(&lower);
    let found = OPERATORS.iter().find(|(name, _)| bare.ends_with(&name.to_ascii_lowercase()));
    let of_time = lower.starts_with("datetime") || lower.starts_with("timeofday");
    let verb = match found.map_or(plain, |(_, words)| *words) {
        "is more than" if of_time => "is after",
        "is less than" if of_time => "is before",
        verb => verb,
    };
    let Term::Set(values) = right else {
        return format!("{verb} {}", term_words(right, roles));
    };
    let list = values.iter().map(|value| term_words(value, roles)).collect::<Vec<_>>().join(", ");
    let all = quantifier.to_ascii_lowercase().ends_with("allvalues");
    match (verb, all) {
        ("is", false) => format!("is one of {list}"),
        ("is not", true) => format!("is none of {list}"),
        (verb, true) => format!("{verb} all of {list}"),
        (verb, false) => format!("{verb} one of {list}"),
    }
}

fn term_words(term: &Term, roles: &Roles) -> String {
    match term {
        Term::Value(text) => {
            let role = ArmId::root().join(text);
            roles.get(&role).map_or_else(|| text.clone(), |role| role.properties.role_name.clone())
        }
        Term::Set(values) => {
            values.iter().map(|value| term_words(value, roles)).collect::<Vec<_>>().join(", ")
        }
        Term::Attribute { source, name } => attribute(source, name),
    }
}

fn attribute(source: &str, name: &str) -> String {
    // `<$key_case_sensitive$>` and `&$values$&` say how keys and values are compared.
    let cut = name.find(['<', '&']).unwrap_or(name.len());
    let name = &name[..cut];
    let lower = name.to_ascii_lowercase();
    if let Some((_, words)) = ATTRIBUTES.iter().find(|(end, _)| lower.ends_with(&end.to_ascii_lowercase())) {
        let removed = source.eq_ignore_ascii_case("Resource") && lower.contains("roleassignments:");
        return if removed { format!("{words} that is taken away") } else { (*words).to_owned() };
    }
    let last = name.rsplit([':', '/']).next().unwrap_or(name);
    if lower.contains("/tags:") {
        return format!("the blob's tag {last}");
    }
    if lower.ends_with("/tags") {
        return "the blob's tags".to_owned();
    }
    let of = match source.to_ascii_lowercase().as_str() {
        "principal" => "the principal's",
        "request" => "the request's",
        "environment" => "the environment's",
        _ => "the resource's",
    };
    format!("{of} {last}")
}
