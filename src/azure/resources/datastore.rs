//! Datastores of a workspace: a small model, and the list request. Secrets are behind an action of their own and
//! never here.

use serde::{Deserialize, Serialize};

use super::common::Proxy;
use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;

/// A datastore.
pub type Datastore = Proxy<DatastoreProperties>;

/// What a datastore says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatastoreProperties {
    /// `AzureBlob`, `AzureFile`, `AzureDataLakeGen2`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub datastore_type: Option<String>,
    /// The storage account, by name.
    #[serde(default, deserialize_with = "lenient::text")]
    pub account_name: Option<String>,
    /// How it signs in.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub credentials: Credentials,
    /// Whether it is the workspace's default.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_default: Option<bool>,
}

/// How a datastore signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credentials {
    /// Which kind is stored; absent means none.
    #[serde(default, deserialize_with = "lenient::word")]
    pub credentials_type: Option<CredentialsType>,
}

text_enum! {
    /// What a datastore keeps to sign in with.
    CredentialsType {
        /// Nothing: whoever uses it signs in as themselves.
        None = "None",
        /// The account's key.
        AccountKey = "AccountKey",
        /// A shared access signature.
        Sas = "Sas",
        /// An application with a secret.
        ServicePrincipal = "ServicePrincipal",
        /// An application with a certificate.
        Certificate = "Certificate",
    }
}

/// The datastores that a workspace makes for itself and switches with its mode.
const SYSTEM: [&str; 4] =
    ["workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"];

impl Datastore {
    /// Whether the workspace made it for itself.
    #[must_use]
    pub fn is_system(&self) -> bool {
        SYSTEM.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// Whether it signs in with the account's key or a signature made of it, which stop working with the key.
    #[must_use]
    pub fn needs_key(&self) -> bool {
        let kind = self.properties.credentials.credentials_type.as_ref();
        matches!(kind, Some(CredentialsType::AccountKey | CredentialsType::Sas))
    }
}

/// Lists the datastores of a workspace.
#[must_use]
pub fn list(workspace: &ArmId) -> Request {
    Request::get(&workspace.join("datastores"), versions::ML_ASSETS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_and_signatures_need_the_key_and_everything_else_does_not() {
        for (credentials, needs) in [
            (json!({"credentialsType": "AccountKey"}), true),
            (json!({"credentialsType": "sas"}), true),
            (json!({"credentialsType": "ServicePrincipal"}), false),
            (json!({"credentialsType": "None"}), false),
            (json!(null), false),
        ] {
            let body = json!({"id": "/d/workspaceblobstore", "properties": {"credentials": credentials}});
            let datastore: Datastore = serde_json::from_value(body).unwrap();
            assert_eq!(datastore.needs_key(), needs, "{credentials}");
        }
    }
}
