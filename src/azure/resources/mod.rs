//! ARM's resource types as this console reads them: one file per type, with its model and the requests
//! it knows. No I/O: a request is a value, a model is decoded from JSON that somebody else fetched.
//!
//! The models are written by hand and hold what is shown or reasoned about. What they leave out stays
//! in the raw JSON of an opened resource.

pub mod activity_log;
pub mod app_insights;
pub mod common;
pub mod compute;
pub mod container_registry;
pub mod datastore;
pub mod deny_assignment;
pub mod key_vault;
pub(crate) mod lenient;
pub mod links;
pub mod lock;
pub mod log_analytics;
pub mod managed_identity;
pub mod management_group;
pub mod online_endpoint;
pub mod outbound_rule;
pub mod permissions;
pub mod pim;
pub mod policy_state;
pub mod private_endpoint_connection;
pub mod resource_group;
pub mod role_assignment;
pub mod role_definition;
pub mod storage_account;
pub mod subscription;
pub mod tenant;
#[cfg(test)]
pub(crate) mod testing;
mod text_enum;
pub mod workspace;

pub(crate) use text_enum::text_enum;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a body was not what its type promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not a {what}: {reason} (at {path})")]
pub struct DecodeError {
    /// What was expected, such as `workspace`.
    pub what: String,
    /// Where in the body, such as `properties.managedNetwork`.
    pub path: String,
    /// What was wrong.
    pub reason: String,
}

/// Decodes one JSON value into a model; `what` names it in the error.
///
/// # Errors
/// When the JSON does not have the shape of the model, with the place where it fails.
pub fn decode<T: DeserializeOwned>(what: &str, value: Value) -> Result<T, DecodeError> {
    serde_path_to_error::deserialize(value).map_err(|error| DecodeError {
        what: what.to_owned(),
        path: error.path().to_string(),
        reason: error.inner().to_string(),
    })
}

/// Decodes the items of a list one by one, so that one odd item never hides the others; gives the
/// models and an error for each item that could not be read.
#[must_use]
pub fn decode_items<T: DeserializeOwned>(what: &str, items: Vec<Value>) -> (Vec<T>, Vec<DecodeError>) {
    let mut models = Vec::with_capacity(items.len());
    let mut errors = Vec::new();
    for item in items {
        match decode(what, item) {
            Ok(model) => models.push(model),
            Err(error) => errors.push(error),
        }
    }
    (models, errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_decode_error_names_the_place() {
        let error = decode::<workspace::Workspace>(
            "workspace",
            json!({"id": "/subscriptions/a", "properties": {"managedNetwork": {"status": 7}}}),
        )
        .unwrap_err();
        assert_eq!(error.path, "properties.managedNetwork.status");
        assert!(error.to_string().starts_with("the answer is not a workspace"));
    }

    #[test]
    fn one_odd_item_does_not_hide_the_others() {
        let items =
            vec![json!({"id": "/subscriptions/a"}), json!({"id": 5}), json!({"id": "/subscriptions/b"})];
        let (models, errors) = decode_items::<subscription::Subscription>("subscription", items);
        assert_eq!((models.len(), errors.len()), (2, 1));
    }
}
