//! Storage accounts: model and requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::common::{Exposed, NetworkRules, PublicNetworkAccess, Resource};
use super::lenient;
use super::private_endpoint_connection::PrivateEndpointConnection;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

/// The resource type.
pub const TYPE: &str = "Microsoft.Storage/storageAccounts";

/// A storage account.
pub type StorageAccount = Resource<StorageProperties>;

/// What a storage account says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageProperties {
    /// Where it stands in its life.
    #[serde(default, deserialize_with = "lenient::text")]
    pub provisioning_state: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub creation_time: Option<Timestamp>,
    /// When each of the account's keys was made.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub key_creation_time: KeyTimes,
    /// Whether the account's keys work; absent means they do.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub allow_shared_key_access: Option<bool>,
    /// Whether the portal signs in with Microsoft Entra ID by default.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub default_to_o_auth_authentication: Option<bool>,
    /// Whether containers may be made public.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub allow_blob_public_access: Option<bool>,
    /// Inbound from the internet; absent means Enabled.
    #[serde(default, deserialize_with = "lenient::word")]
    pub public_network_access: Option<PublicNetworkAccess>,
    /// Who may come in; absent means everybody.
    #[serde(default)]
    pub network_acls: Option<NetworkRules>,
    /// Private endpoints.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub private_endpoint_connections: Vec<PrivateEndpointConnection>,
    /// Whether only encrypted traffic is taken.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub supports_https_traffic_only: Option<bool>,
    /// Such as `TLS1_2`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub minimum_tls_version: Option<String>,
    /// Whether it has a hierarchical namespace.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub is_hns_enabled: Option<bool>,
    /// `Hot`, `Cool`, ...
    #[serde(default, deserialize_with = "lenient::text")]
    pub access_tier: Option<String>,
    /// Encryption.
    #[serde(default)]
    pub encryption: Option<StorageEncryption>,
}

/// When the keys of a storage account were made; a key that was rotated is a new one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyTimes {
    /// The first one.
    #[serde(default, deserialize_with = "lenient::time")]
    pub key1: Option<Timestamp>,
    /// The second one.
    #[serde(default, deserialize_with = "lenient::time")]
    pub key2: Option<Timestamp>,
}

/// Encryption of a storage account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageEncryption {
    /// `Microsoft.Storage` or `Microsoft.Keyvault`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub key_source: Option<String>,
}

impl StorageAccount {
    /// Whether the account's keys work; absent means they do.
    #[must_use]
    pub fn keys_work(&self) -> bool {
        self.properties.allow_shared_key_access.unwrap_or(true)
    }

    /// When the newest of its keys was made, where Azure says so.
    #[must_use]
    pub fn newest_key(&self) -> Option<Timestamp> {
        let times = self.properties.key_creation_time;
        times.key1.max(times.key2)
    }

    /// The redundancy in the SKU's name: `LRS`, `ZRS`, `GRS`, `RAGRS`, `GZRS`, `RAGZRS`.
    #[must_use]
    pub fn redundancy(&self) -> Option<&str> {
        self.sku_name()?.rsplit('_').next()
    }

    /// Whether a failing data centre loses access to the data: locally redundant.
    #[must_use]
    pub fn is_locally_redundant(&self) -> bool {
        self.redundancy().is_some_and(|r| r.eq_ignore_ascii_case("LRS"))
    }
}

impl Exposed for StorageAccount {
    fn inbound(&self) -> (Option<&PublicNetworkAccess>, Option<&NetworkRules>) {
        (self.properties.public_network_access.as_ref(), self.properties.network_acls.as_ref())
    }
}

/// Reads a storage account.
#[must_use]
pub fn get(id: &ArmId) -> Request {
    Request::get(id, versions::STORAGE)
}

/// Lists the storage accounts of a subscription.
#[must_use]
pub fn list(subscription_id: &str) -> Request {
    let scope = ArmId::subscription(subscription_id);
    Request::get(&scope.join("providers/Microsoft.Storage/storageAccounts"), versions::STORAGE)
}

/// Turns shared key access on or off, and nothing else.
#[must_use]
pub fn set_shared_key(id: &ArmId, on: bool) -> Request {
    let body = json!({"properties": {"allowSharedKeyAccess": on}});
    Request::arm(Method::Patch, id, versions::STORAGE).body(body).repeatable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(properties: serde_json::Value) -> StorageAccount {
        let mut body = json!({"id": "/subscriptions/s", "sku": {"name": "Standard_ZRS"}});
        body["properties"] = properties;
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn what_azure_leaves_out_means_open_with_keys() {
        let bare = account(json!({}));
        assert!(bare.keys_work() && bare.is_open_to_internet());
        assert_eq!(bare.redundancy(), Some("ZRS"));
        assert!(!bare.is_locally_redundant());
    }

    #[test]
    fn a_refusing_default_or_no_public_access_closes_it() {
        assert!(!account(json!({"networkAcls": {"defaultAction": "Deny"}})).is_open_to_internet());
        assert!(!account(json!({"publicNetworkAccess": "Disabled"})).is_open_to_internet());
        assert!(!account(json!({"publicNetworkAccess": "SecuredByPerimeter"})).is_open_to_internet());
    }
}
