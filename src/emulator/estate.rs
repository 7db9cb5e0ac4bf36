//! The estate: everything an emulated tenant holds before the first request, as JSON documents.
//!
//! The format is described in `docs/estate.md`; `assets/demo-estate.json` is the estate of `amldeck demo`.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::deleted::Deleted;
use super::policy::{DEFINITIONS, not_understood};

const DEMO: &str = include_str!("../../assets/demo-estate.json");
const BUILT_IN_ROLES: &str = include_str!("../../assets/built-in-roles.json");

/// A tenant with its directory, its hierarchy and its resources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Estate {
    /// The time at which the estate was written down, RFC 3339: what pictures and fixed-clock runs
    /// take for now. The times inside the documents are near it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<String>,
    /// The tenant as ARM lists it (`id`, `tenantId`, `displayName`, `defaultDomain`, ...).
    pub tenant: Value,
    /// Object id of the caller behind every bearer that is no persona's name.
    pub owner: String,
    /// Callers by the bearer token that stands for them.
    #[serde(default)]
    pub personas: BTreeMap<String, Persona>,
    /// Management groups as ARM answers them with `$expand=children`.
    #[serde(default)]
    pub management_groups: Vec<Value>,
    /// Subscriptions as ARM lists them.
    #[serde(default)]
    pub subscriptions: Vec<Value>,
    /// Every other ARM document, each with its full `id`, `name` and `type`: resource groups,
    /// resources and their children, role assignments, deny assignments, schedule instances, locks,
    /// activity log events.
    #[serde(default)]
    pub resources: Vec<Value>,
    /// Custom role definitions as ARM answers them; the built-in ones are in every estate.
    #[serde(default)]
    pub role_definitions: Vec<Value>,
    /// Who there is.
    #[serde(default)]
    pub directory: Directory,
    /// What nobody may read, whatever role they have.
    #[serde(default)]
    pub refusals: Vec<Refusal>,
    /// What was deleted and can be recovered: vaults and Machine Learning workspaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deleted: Vec<Deleted>,
}

/// A caller that a bearer token can name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Persona {
    /// Object id in the directory.
    pub object_id: String,
    /// Whether Microsoft Graph answers this caller; false makes it refuse with 403.
    #[serde(default = "yes")]
    pub directory_access: bool,
    /// Whether this caller signed in with a second factor, which role management policies can ask for.
    #[serde(default = "yes")]
    pub multi_factor: bool,
}

fn yes() -> bool {
    true
}

/// The directory in the shapes of Microsoft Graph v1.0.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Directory {
    /// Users, guests among them.
    pub users: Vec<Value>,
    /// Groups.
    pub groups: Vec<Value>,
    /// Service principals: applications and managed identities.
    pub service_principals: Vec<Value>,
    /// Direct members by group id; members may be groups.
    pub members: BTreeMap<String, Vec<String>>,
}

/// A part of the estate that answers everybody with an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refusal {
    /// The id of what is refused; everything below it is refused too.
    pub scope: String,
    /// How.
    pub kind: RefusalKind,
}

/// How a part of the estate is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RefusalKind {
    /// 403 AuthorizationFailed.
    Forbidden,
    /// 503, as while a provider is down.
    Unavailable,
}

/// Why a text is not an estate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EstateError {
    /// The JSON does not have the documented shape.
    #[error("the estate does not read at {path} (line {line}): {message}")]
    Shape {
        /// Where in the document, such as `resources[3].id`.
        path: String,
        /// The line in the file, from 1.
        line: usize,
        /// What was expected.
        message: String,
    },
    /// The documents contradict each other.
    #[error("the estate is inconsistent at {place}: {message}")]
    Content {
        /// The list and the position, or the id.
        place: String,
        /// What is wrong.
        message: String,
    },
}

impl Estate {
    /// Reads an estate and checks it.
    ///
    /// # Errors
    /// When the JSON does not have the documented shape, or when its documents contradict each other.
    pub fn from_json(text: &str) -> Result<Self, EstateError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let estate: Self =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|error| EstateError::Shape {
                path: error.path().to_string(),
                line: error.inner().line(),
                message: error.inner().to_string(),
            })?;
        estate.check()?;
        Ok(estate)
    }

    /// The estate of `amldeck demo`.
    ///
    /// # Errors
    /// Never in a released build: a test reads it.
    pub fn demo() -> Result<Self, EstateError> {
        Self::from_json(DEMO)
    }

    /// Checks what the emulator relies on: ids that are ids and unique without case, a name and a type on
    /// every resource, subscriptions and groups that exist, an owner.
    fn check(&self) -> Result<(), EstateError> {
        let content = |place: String, message: String| Err(EstateError::Content { place, message });
        if self.owner.is_empty() {
            return content("owner".to_owned(), "it is empty".to_owned());
        }
        let mut seen = HashSet::new();
        for (list, documents) in [
            ("managementGroups", &self.management_groups),
            ("subscriptions", &self.subscriptions),
            ("resources", &self.resources),
            ("roleDefinitions", &self.role_definitions),
        ] {
            for (index, document) in documents.iter().enumerate() {
                let place = || format!("{list}[{index}]");
                let Some(id) = document["id"].as_str() else {
                    return content(place(), "it has no id".to_owned());
                };
                if !id.starts_with('/') || id.contains("//") || id.chars().any(char::is_control) {
                    return content(place(), format!("'{id}' is not an ARM id"));
                }
                if list != "subscriptions" && !(document["name"].is_string() && document["type"].is_string())
                {
                    return content(place(), format!("'{id}' has no name or no type"));
                }
                if !seen.insert(id.to_ascii_lowercase()) {
                    return content(place(), format!("'{id}' is there twice"));
                }
            }
        }
        for (index, document) in self.resources.iter().enumerate() {
            let is_policy =
                document["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(DEFINITIONS));
            if let Some(what) = is_policy.then(|| not_understood(document)).flatten() {
                return content(format!("resources[{index}]"), what);
            }
            let id = document["id"].as_str().unwrap_or_default().to_ascii_lowercase();
            let segments: Vec<&str> = id.split('/').collect();
            for (depth, at, what) in [(3, 1, "subscriptions"), (5, 3, "resourcegroups")] {
                if segments.len() > depth
                    && segments[at] == what
                    && !seen.contains(&segments[..depth].join("/"))
                {
                    let missing = segments[..depth].join("/");
                    return content(
                        format!("resources[{index}]"),
                        format!("'{missing}' is not in the estate"),
                    );
                }
            }
        }
        Ok(())
    }
}

/// One built-in role in the compact format of `assets/built-in-roles.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BuiltInRole {
    name: String,
    guid: String,
    #[serde(default)]
    actions: Vec<String>,
    #[serde(default)]
    not_actions: Vec<String>,
    #[serde(default)]
    data_actions: Vec<String>,
    #[serde(default)]
    not_data_actions: Vec<String>,
    #[serde(default)]
    condition: Option<String>,
}

/// The built-in role definitions as ARM answers them, with `assignableScopes` `["/"]`. Descriptions are
/// empty.
#[must_use]
pub fn built_in_roles() -> Vec<Value> {
    // The file is part of the program, and a test reads it.
    let roles: Vec<BuiltInRole> = serde_json::from_str(BUILT_IN_ROLES).unwrap_or_default();
    roles.into_iter().map(BuiltInRole::into_arm).collect()
}

impl BuiltInRole {
    fn into_arm(self) -> Value {
        let mut document = json!({
            "id": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", self.guid),
            "type": "Microsoft.Authorization/roleDefinitions",
            "name": self.guid,
            "properties": {
                "roleName": self.name,
                "type": "BuiltInRole",
                "description": "",
                "assignableScopes": ["/"],
                "permissions": [{
                    "actions": self.actions,
                    "notActions": self.not_actions,
                    "dataActions": self.data_actions,
                    "notDataActions": self.not_data_actions,
                }],
                "createdOn": "2015-02-02T21:55:09.8806423Z",
                "updatedOn": "2023-07-07T20:27:50.9966612Z",
                "createdBy": null,
                "updatedBy": null,
            },
        });
        if let Some(condition) = self.condition {
            let permission = &mut document["properties"]["permissions"][0];
            permission["condition"] = condition.into();
            permission["conditionVersion"] = "2.0".into();
        }
        document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal() -> Value {
        json!({
            "tenant": {}, "owner": "ada",
            "subscriptions": [{"id": "/subscriptions/s1", "subscriptionId": "s1", "displayName": "One"}],
            "resources": [{"id": "/subscriptions/s1/resourceGroups/rg", "name": "rg", "type": "Microsoft.Resources/resourceGroups"}],
        })
    }

    #[test]
    fn the_least_estate_reads_and_survives_being_written() {
        let estate = Estate::from_json(&minimal().to_string()).unwrap();
        assert!(estate.personas.is_empty());
        let again = Estate::from_json(&serde_json::to_string(&estate).unwrap()).unwrap();
        assert_eq!(again, estate);
    }

    #[test]
    fn an_error_says_where_it_is() {
        let id = |id: &str| json!([{"id": id, "name": "n", "type": "t"}]);
        let cases = [
            ("owner", json!(7), "owner", "string"),
            ("owner", json!(""), "owner", "empty"),
            ("color", json!(""), "color", "unknown field"),
            ("personas", json!({"p": {"objectId": "x", "age": 1}}), "personas.p", "unknown field"),
            ("refusals", json!([{"scope": "/x", "kind": "angry"}]), "refusals[0].kind", "angry"),
            ("resources", json!([{"name": "x"}]), "resources[0]", "no id"),
            ("resources", json!([{"id": "/x"}]), "resources[0]", "no name"),
            ("resources", id("x"), "resources[0]", "not an ARM id"),
            (
                "resources",
                id("/subscriptions/s2/resourceGroups/rg"),
                "resources[0]",
                "'/subscriptions/s2' is not in",
            ),
            (
                "resources",
                id("/subscriptions/S1/resourceGroups/r/providers/a/b/c"),
                "resources[0]",
                "resourcegroups/r'",
            ),
            (
                "resources",
                json!([{"id": "/providers/Microsoft.Authorization/policyDefinitions/p", "name": "p",
                    "type": "Microsoft.Authorization/policyDefinitions", "properties": {}}]),
                "resources[0]",
                "'if'",
            ),
            (
                "subscriptions",
                json!([{"id": "/subscriptions/s1"}, {"id": "/subscriptions/S1"}]),
                "subscriptions[1]",
                "twice",
            ),
        ];
        for (key, value, place, message) in cases {
            let mut document = minimal();
            document[key] = value;
            let error = Estate::from_json(&document.to_string()).unwrap_err().to_string();
            assert!(error.contains(place) && error.contains(message), "{key}: {error}");
        }
    }

    #[test]
    fn built_in_roles_are_definitions_of_the_whole_tenant() {
        let roles = built_in_roles();
        assert!(roles.len() > 80);
        let guids: HashSet<&str> = roles.iter().filter_map(|role| role["name"].as_str()).collect();
        assert_eq!(guids.len(), roles.len());
        let owner = roles.iter().find(|role| role["properties"]["roleName"] == "Owner").unwrap();
        assert_eq!(owner["name"], "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
        assert_eq!(owner["properties"]["permissions"][0]["actions"], json!(["*"]));
        assert_eq!(owner["properties"]["assignableScopes"], json!(["/"]));
    }
}
