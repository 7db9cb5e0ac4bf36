//! What Machine Learning shows only when it is asked: secrets of datastores and connections, keys and tokens of
//! endpoints and notebooks, logs, nodes. The values look like those of the service and open nothing.

use serde_json::{Value, json};

use super::actions::secret;
use super::ml;
use super::store::id_of;

/// What an action shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// What a datastore reads its storage with.
    DatastoreSecrets,
    /// A connection with its credentials.
    Connection,
    /// The keys of an endpoint.
    EndpointKeys,
    /// A token for an endpoint.
    EndpointToken,
    /// What opens a compute.
    ComputeKeys,
    /// The nodes of a compute.
    ComputeNodes,
    /// What a deployment's container wrote.
    Logs,
    /// A token for a workspace's notebooks.
    NotebookToken,
    /// The keys of a workspace's notebooks.
    NotebookKeys,
}

impl Shown {
    /// What it is of a document.
    pub(super) fn of(self, document: &Value) -> Value {
        let id = id_of(document);
        let secret = |which: &str| secret(id, which);
        let properties = &document["properties"];
        match self {
            Self::DatastoreSecrets => datastore(id, &properties["credentials"]),
            Self::Connection => document.clone(),
            Self::EndpointKeys => {
                let turn = properties["properties"]["keyTurn"].as_str().unwrap_or_default();
                json!({ "primaryKey": secret(&format!("primary{turn}")), "secondaryKey": secret(&format!("secondary{turn}")) })
            }
            Self::EndpointToken => json!({
                "accessToken": secret("token"), "tokenType": "Bearer",
                "expiryTimeUtc": 4_102_444_800_u64, "refreshAfterTimeUtc": 4_102_441_200_u64
            }),
            // The kind of compute tells which secrets there are; those kept here have none.
            Self::ComputeKeys => json!({ "computeType": properties["computeType"] }),
            Self::ComputeNodes => ml::nodes(document),
            Self::Logs => logs(document),
            Self::NotebookToken => json!({
                "accessToken": secret("notebook"), "tokenType": "Bearer", "expiresIn": 28_800, "refreshToken": secret("refresh"),
                "notebookResourceId": properties["notebookInfo"]["resourceId"], "hostName": properties["notebookInfo"]["fqdn"],
                "publicDns": properties["notebookInfo"]["fqdn"], "scope": "aznotebooks_api"
            }),
            Self::NotebookKeys => {
                json!({ "primaryAccessKey": secret("notebook1"), "secondaryAccessKey": secret("notebook2") })
            }
        }
    }
}

/// The secrets that were sent, or such as a datastore with these credentials has.
fn datastore(id: &str, credentials: &Value) -> Value {
    if credentials["secrets"].is_object() {
        return credentials["secrets"].clone();
    }
    let kind = credentials["credentialsType"].as_str().unwrap_or("None");
    match kind {
        "AccountKey" => json!({ "secretsType": kind, "key": secret(id, "key") }),
        "Sas" => json!({ "secretsType": kind, "sasToken": secret(id, "sas") }),
        "ServicePrincipal" => json!({ "secretsType": kind, "clientSecret": secret(id, "client") }),
        _ => json!({ "secretsType": kind }),
    }
}

/// How far the container of a deployment has come.
fn logs(deployment: &Value) -> Value {
    let state = match deployment["properties"]["provisioningState"].as_str() {
        Some("Succeeded") | None => "Succeeded",
        Some("Failed") => "Failed",
        Some(_) => "InProgress",
    };
    let steps = ["SystemSetup", "UserContainerImagePull", "ModelDownload", "UserContainerStart"];
    let lines: String = steps.iter().map(|step| format!("{step}: {state}\n")).collect();
    json!({ "content": format!("Instance status:\n{lines}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datastore_shows_the_secrets_that_its_credentials_have() {
        for (credentials, member) in [
            (json!({ "credentialsType": "AccountKey" }), "key"),
            (json!({ "credentialsType": "Sas" }), "sasToken"),
            (json!({ "credentialsType": "ServicePrincipal" }), "clientSecret"),
            (json!({ "credentialsType": "AccountKey", "secrets": { "key": "sent" } }), "key"),
        ] {
            assert!(datastore("/d", &credentials)[member].is_string(), "{credentials}");
        }
        assert_eq!(datastore("/d", &json!({ "credentialsType": "None" })), json!({ "secretsType": "None" }));
    }

    #[test]
    fn logs_tell_how_far_a_deployment_is() {
        let of = |state: &str| {
            logs(&json!({ "properties": { "provisioningState": state } }))["content"].to_string()
        };
        assert!(of("Succeeded").contains("UserContainerStart: Succeeded"));
        assert!(of("Creating").contains("InProgress"));
    }
}
