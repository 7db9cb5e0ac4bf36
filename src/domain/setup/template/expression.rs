//! The few expressions of the template language that a set-up needs: written by the printers, read back by the
//! readers, and nothing else is understood.

use std::fmt;

use super::child;
use crate::azure::arm::id::ArmId;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expression {
    /// The id of a resource in the deployment's group.
    Id {
        /// Its type.
        kind: String,
        /// Its names, joined by slashes.
        name: String,
    },
    /// The id of a resource as it is, for nested deployments: these know nothing of the outer one, and a text without
    /// brackets means the same to every tool that hands it on.
    At(ArmId),
    /// The id of a role assignment on a resource in the deployment's group.
    AssignmentId {
        /// The type of the resource.
        kind: String,
        /// Its name.
        name: String,
        /// The assignment's name.
        assignment: String,
    },
    /// The id of a role definition.
    Role(String),
    /// The tenant's id.
    Tenant,
    /// The object id of a user-assigned identity in the deployment's group.
    Principal {
        /// Its type.
        kind: String,
        /// Its name.
        name: String,
        /// The api-version to read it with.
        version: String,
    },
    /// The object id of a user-assigned identity elsewhere.
    PrincipalOf {
        /// Its id.
        id: ArmId,
        /// The api-version to read it with.
        version: String,
    },
}

/// The type of role assignments.
pub(super) const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
const ROLES: &str = "Microsoft.Authorization/roleDefinitions";

impl Expression {
    /// A resource's id.
    pub(super) fn id(kind: &str, name: &str) -> Self {
        Self::Id { kind: kind.to_owned(), name: name.to_owned() }
    }

    /// Reads what stands between `[` and `]`; `None` for a text without them.
    ///
    /// # Errors
    /// The expression, when it is none of those that a set-up writes.
    pub fn read(text: &str) -> Option<Result<Self, String>> {
        let inner = text.strip_prefix('[').filter(|rest| !rest.starts_with('['))?.strip_suffix(']')?;
        Some(Self::parse(inner).ok_or_else(|| text.to_owned()))
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "subscription().tenantId" {
            return Some(Self::Tenant);
        }
        if let Some(inner) = call(text, "resourceId") {
            let (kind, name) = kind_and_name(&literals(inner)?)?;
            return Some(Self::Id { kind, name });
        }
        if let Some(inner) = call(text, "subscriptionResourceId") {
            return match literals(inner)?.as_slice() {
                [kind, role] if kind == ROLES => Some(Self::Role(role.clone())),
                _ => None,
            };
        }
        if let Some(inner) = call(text, "extensionResourceId") {
            let (target, rest) = inner.split_once("), ")?;
            let (kind, name) = kind_and_name(&literals(call(&format!("{target})"), "resourceId")?)?)?;
            return match literals(rest)?.as_slice() {
                [of, assignment] if of == ASSIGNMENTS => {
                    Some(Self::AssignmentId { kind, name, assignment: assignment.clone() })
                }
                _ => None,
            };
        }
        let inner = call(text.strip_suffix(".principalId")?, "reference")?;
        match inner.split_once("), ") {
            Some((target, version)) => {
                let (kind, name) = kind_and_name(&literals(call(&format!("{target})"), "resourceId")?)?)?;
                let version = literals(version)?.pop()?;
                Some(Self::Principal { kind, name, version })
            }
            None => match literals(inner)?.as_slice() {
                [id, version] => {
                    Some(Self::PrincipalOf { id: ArmId::parse(id).ok()?, version: version.clone() })
                }
                _ => None,
            },
        }
    }

    /// The resource whose id it is, in a deployment into this group; none where it is no resource's id.
    pub(super) fn of_resource(&self, group: &ArmId) -> Option<ArmId> {
        match self {
            Self::Id { kind, name } => Some(child(group, kind, name)),
            Self::At(id) => Some(id.clone()),
            Self::AssignmentId { kind, name, assignment } => {
                Some(child(&child(group, kind, name), ASSIGNMENTS, assignment))
            }
            Self::Role(_) | Self::Tenant | Self::Principal { .. } | Self::PrincipalOf { .. } => None,
        }
    }

    /// As Bicep writes it, where `symbol` gives the symbolic name of a resource by type and name.
    pub(super) fn bicep(&self, symbol: &dyn Fn(&str, &str) -> String) -> String {
        match self {
            Self::Id { kind, name } => format!("{}.id", symbol(kind, name)),
            Self::AssignmentId { assignment, .. } => format!("{}.id", symbol(ASSIGNMENTS, assignment)),
            Self::At(id) => format!("'{id}'"),
            Self::Role(guid) => format!("subscriptionResourceId('{ROLES}', '{guid}')"),
            Self::Tenant => "subscription().tenantId".to_owned(),
            Self::Principal { kind, name, .. } => format!("{}.properties.principalId", symbol(kind, name)),
            Self::PrincipalOf { id, .. } => format!("{}.properties.principalId", symbol("", id.as_str())),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id { kind, name } => write!(f, "[{}]", resource_id(kind, name)),
            Self::AssignmentId { kind, name, assignment } => {
                write!(
                    f,
                    "[extensionResourceId({}, '{ASSIGNMENTS}', '{assignment}')]",
                    resource_id(kind, name)
                )
            }
            Self::At(id) => f.write_str(id.as_str()),
            Self::Role(guid) => write!(f, "[subscriptionResourceId('{ROLES}', '{guid}')]"),
            Self::Tenant => f.write_str("[subscription().tenantId]"),
            Self::Principal { kind, name, version } => {
                write!(f, "[reference({}, '{version}').principalId]", resource_id(kind, name))
            }
            Self::PrincipalOf { id, version } => write!(f, "[reference('{id}', '{version}').principalId]"),
        }
    }
}

fn resource_id(kind: &str, name: &str) -> String {
    let names: Vec<String> = name.split('/').map(|name| format!("'{name}'")).collect();
    format!("resourceId('{kind}', {})", names.join(", "))
}

fn call<'a>(text: &'a str, function: &str) -> Option<&'a str> {
    text.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')
}

fn literals(text: &str) -> Option<Vec<String>> {
    text.split(", ").map(|one| Some(one.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())).collect()
}

fn kind_and_name(literals: &[String]) -> Option<(String, String)> {
    let (kind, names) = literals.split_first()?;
    (!names.is_empty()).then(|| (kind.clone(), names.join("/")))
}

/// A text that is none of the template language's expressions. One that begins with a bracket and does not end with one
/// is none as it is, and keeps every bracket that it is given.
pub(super) fn literal(text: &str) -> String {
    if text.starts_with('[') && text.ends_with(']') { format!("[{text}") } else { text.to_owned() }
}

/// The text that [`literal`] was made of.
pub(super) fn unescaped(text: &str) -> &str {
    if text.starts_with("[[") && text.ends_with(']') { &text[1..] } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_read_back_as_they_were_written() {
        let id = ArmId::parse(
            "/subscriptions/0f/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i",
        )
        .unwrap();
        for expression in [
            Expression::id("Microsoft.Storage/storageAccounts", "stone"),
            Expression::id("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "pe/default"),
            Expression::AssignmentId {
                kind: "Microsoft.Storage/storageAccounts".into(),
                name: "stone".into(),
                assignment: "1-2".into(),
            },
            Expression::Role("acdd72a7".into()),
            Expression::Tenant,
            Expression::Principal {
                kind: "Microsoft.ManagedIdentity/userAssignedIdentities".into(),
                name: "i".into(),
                version: "2023-01-31".into(),
            },
            Expression::PrincipalOf { id, version: "2023-01-31".into() },
        ] {
            assert_eq!(Expression::read(&expression.to_string()), Some(Ok(expression)));
        }
    }

    #[test]
    fn other_expressions_are_refused_and_other_texts_are_texts() {
        assert_eq!(Expression::read("[parameters('x')]"), Some(Err("[parameters('x')]".to_owned())));
        assert_eq!(Expression::read("plain"), None);
        for (text, written) in [
            ("[draft]", "[[draft]"),
            ("[draft] of a model", "[draft] of a model"),
            ("[[draft] of a model", "[[draft] of a model"),
            ("[[draft]]", "[[[draft]]"),
            ("[]", "[[]"),
            ("plain", "plain"),
        ] {
            assert_eq!(literal(text), written);
            assert_eq!(Expression::read(written), None);
            assert_eq!(unescaped(written), text);
        }
    }
}
