//! Role definitions: model and requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::permissions::Permission;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A role definition; its name is the role's GUID.
pub type RoleDefinition = Proxy<RoleDefinitionProperties>;

/// What a role allows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinitionProperties {
    /// The name that people know.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub role_name: String,
    /// Built-in or somebody's own.
    #[serde(rename = "type", default, deserialize_with = "lenient::word")]
    pub role_type: Option<RoleType>,
    /// What it is for.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: Option<String>,
    /// Where it can be assigned; `/` for built-in ones.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub assignable_scopes: Vec<String>,
    /// What it allows.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub permissions: Vec<Permission>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_on: Option<Timestamp>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub updated_on: Option<Timestamp>,
}

text_enum! {
    /// Whose role it is.
    RoleType {
        /// Azure's.
        BuiltIn = "BuiltInRole",
        /// The organisation's own.
        Custom = "CustomRole",
    }
}

impl RoleDefinition {
    /// The condition that the role carries itself: that of its permissions, joined where there are several.
    #[must_use]
    pub fn condition(&self) -> Option<String> {
        let all: Vec<&str> =
            self.properties.permissions.iter().filter_map(|one| one.condition.as_deref()).collect();
        match all.as_slice() {
            [] => None,
            [only] => Some((*only).to_owned()),
            several => Some(several.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" AND ")),
        }
    }

    /// Whether it is the organisation's own.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        match &self.properties.role_type {
            Some(role_type) => *role_type == RoleType::Custom,
            None => !self.properties.assignable_scopes.iter().any(|scope| scope == "/"),
        }
    }
}

/// Lists all roles that can be assigned at a scope, built-in and custom: one page of about 2 MB at a
/// subscription.
#[must_use]
pub fn list(scope: &ArmId) -> Request {
    Request::get(&scope.join("providers/Microsoft.Authorization/roleDefinitions"), versions::ROLE_DEFINITIONS)
}

/// Reads one role by its id, as an assignment names it.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::ROLE_DEFINITIONS)
}
