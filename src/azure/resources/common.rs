//! What the resource types have in common: the envelope, identity, system data, network rules.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{lenient, text_enum};
use crate::azure::arm::id::ArmId;

/// A tracked resource: the envelope that all top-level types share, around their properties.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "P: Deserialize<'de> + Default"))]
pub struct Resource<P> {
    /// The full id; the only thing that must be there.
    pub id: ArmId,
    /// The name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The region, as a name such as `westeurope`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub location: String,
    /// Tags.
    #[serde(default, deserialize_with = "lenient::map")]
    pub tags: BTreeMap<String, String>,
    /// The kind, where the type has one (`Hub`, `StorageV2`, `web`).
    #[serde(default, deserialize_with = "lenient::text")]
    pub kind: Option<String>,
    /// The SKU.
    #[serde(default)]
    pub sku: Option<Sku>,
    /// Managed identities.
    #[serde(default)]
    pub identity: Option<Identity>,
    /// Who made and changed it.
    #[serde(default)]
    pub system_data: Option<SystemData>,
    /// What the type itself has.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub properties: P,
}

impl<P> Resource<P> {
    /// A resource with nothing but an id, the name that is in it, and properties.
    #[must_use]
    pub fn new(id: ArmId, properties: P) -> Self {
        let name = id.name().to_owned();
        Self {
            id,
            name,
            location: String::new(),
            tags: BTreeMap::new(),
            kind: None,
            sku: None,
            identity: None,
            system_data: None,
            properties,
        }
    }

    /// The SKU's name.
    #[must_use]
    pub fn sku_name(&self) -> Option<&str> {
        self.sku.as_ref()?.name.as_deref()
    }
}

/// A proxy resource, such as a role assignment: an id, a name, properties. Kept small, because there
/// can be tens of thousands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "P: Deserialize<'de> + Default"))]
pub struct Proxy<P> {
    /// The full id.
    pub id: ArmId,
    /// The name, for authorisation types a GUID.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// What the type itself has.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub properties: P,
}

impl<P> Proxy<P> {
    /// A proxy resource from an id and properties.
    #[must_use]
    pub fn new(id: ArmId, properties: P) -> Self {
        Self { name: id.name().to_owned(), id, properties }
    }
}

/// The SKU of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sku {
    /// Such as `Standard_ZRS` or `Premium`.
    #[serde(default)]
    pub name: Option<String>,
    /// Such as `Standard`.
    #[serde(default)]
    pub tier: Option<String>,
}

/// Who made a resource and who changed it last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SystemData {
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::time")]
    pub created_at: Option<Timestamp>,
    /// A user principal name or an object id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_by: Option<String>,
    /// `User`, `Application`, `ManagedIdentity`, `Key`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub created_by_type: Option<String>,
    /// When it was last changed.
    #[serde(default, deserialize_with = "lenient::time")]
    pub last_modified_at: Option<Timestamp>,
    /// Who changed it last.
    #[serde(default, deserialize_with = "lenient::text")]
    pub last_modified_by: Option<String>,
    /// What kind of principal that was.
    #[serde(default, deserialize_with = "lenient::text")]
    pub last_modified_by_type: Option<String>,
}

/// The managed identities of a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// `None`, `SystemAssigned`, `UserAssigned` or both with a comma.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub identity_type: Option<String>,
    /// The object id of the system-assigned identity.
    #[serde(default, deserialize_with = "lenient::text")]
    pub principal_id: Option<String>,
    /// Its tenant.
    #[serde(default, deserialize_with = "lenient::text")]
    pub tenant_id: Option<String>,
    /// User-assigned identities by their ARM id. A key that is no id is kept as it came.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub user_assigned_identities: BTreeMap<String, Option<UserAssigned>>,
}

impl Identity {
    fn has(&self, word: &str) -> bool {
        self.identity_type
            .as_deref()
            .is_some_and(|text| text.split(',').any(|part| part.trim().eq_ignore_ascii_case(word)))
    }

    /// Whether there is a system-assigned identity.
    #[must_use]
    pub fn is_system_assigned(&self) -> bool {
        self.has("SystemAssigned")
    }

    /// The ARM ids of the user-assigned identities.
    pub fn user_assigned(&self) -> impl Iterator<Item = ArmId> + '_ {
        self.user_assigned_identities.keys().filter_map(|key| ArmId::parse(key).ok())
    }

    /// What it is in words: `system`, `2 user-assigned`, `system and 1 user-assigned`, `none`.
    #[must_use]
    pub fn words(&self) -> String {
        let users = self.user_assigned_identities.len();
        match (self.is_system_assigned(), users) {
            (true, 0) => "system".to_owned(),
            (true, n) => format!("system and {n} user-assigned"),
            (false, 0) if self.has("UserAssigned") => "user-assigned".to_owned(),
            (false, 0) => "none".to_owned(),
            (false, n) => format!("{n} user-assigned"),
        }
    }
}

/// A user-assigned identity as a resource that holds it names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserAssigned {
    /// The object id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub principal_id: Option<String>,
    /// The client (application) id.
    #[serde(default, deserialize_with = "lenient::text")]
    pub client_id: Option<String>,
}

text_enum! {
    /// Where a resource stands in its life.
    ProvisioningState {
        /// It is there.
        Succeeded = "Succeeded",
        /// The last operation failed.
        Failed = "Failed",
        /// The last operation was cancelled.
        Canceled = "Canceled",
        /// It is being made.
        Creating = "Creating",
        /// It is being changed.
        Updating = "Updating",
        /// It is being deleted.
        Deleting = "Deleting",
        /// Deleted, but recoverable.
        SoftDeleted = "SoftDeleted",
        /// The service does not know.
        Unknown = "Unknown",
    }
}

impl ProvisioningState {
    /// Whether an operation is running: the states that end in `-ing`, and registration of names.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        match self {
            Self::Creating | Self::Updating | Self::Deleting => true,
            Self::Other(text) => {
                let text = text.to_ascii_lowercase();
                text.ends_with("ing")
                    || text == "accepted"
                    || text == "resolvingdns"
                    || text == "registeringdns"
            }
            _ => false,
        }
    }

    /// Whether the last operation did not come to a good end.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }
}

text_enum! {
    /// Whether a resource answers on its public address.
    PublicNetworkAccess {
        /// It does; network rules may still narrow it.
        Enabled = "Enabled",
        /// It does not.
        Disabled = "Disabled",
        /// A network security perimeter decides.
        SecuredByPerimeter = "SecuredByPerimeter",
    }
}

text_enum! {
    /// What happens to traffic that no network rule names.
    DefaultAction {
        /// It passes.
        Allow = "Allow",
        /// It is refused.
        Deny = "Deny",
    }
}

/// The network rules of a workspace, storage account, vault or registry, under the names that the
/// services share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkRules {
    /// What happens to the rest; absent means Allow.
    #[serde(default, deserialize_with = "lenient::word")]
    pub default_action: Option<DefaultAction>,
    /// Who passes anyway, such as `AzureServices`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub bypass: Option<String>,
    /// Addresses and ranges that pass.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub ip_rules: Vec<IpRule>,
    /// Subnets that pass.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub virtual_network_rules: Vec<VirtualNetworkRule>,
}

impl NetworkRules {
    /// Whether traffic that no rule names is refused.
    #[must_use]
    pub fn denies_by_default(&self) -> bool {
        self.default_action == Some(DefaultAction::Deny)
    }

    /// How many addresses and subnets are let through by name.
    #[must_use]
    pub fn exceptions(&self) -> usize {
        self.ip_rules.len() + self.virtual_network_rules.len()
    }
}

/// A resource that the internet may reach.
pub trait Exposed {
    /// Its switch for the internet and its rules, as they are written: a switch that is absent is on, rules that are absent
    /// let everybody in.
    fn inbound(&self) -> (Option<&PublicNetworkAccess>, Option<&NetworkRules>);

    /// Inbound from the internet; absent means Enabled.
    fn public_network_access(&self) -> PublicNetworkAccess {
        self.inbound().0.cloned().unwrap_or(PublicNetworkAccess::Enabled)
    }

    /// Whether anybody on the internet reaches it: it is on, and no rule refuses the rest.
    fn is_open_to_internet(&self) -> bool {
        self.public_network_access() == PublicNetworkAccess::Enabled
            && !self.inbound().1.is_some_and(NetworkRules::denies_by_default)
    }
}

/// An address or a range that passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IpRule {
    /// An IPv4 address or a CIDR range.
    #[serde(default, deserialize_with = "lenient::text")]
    pub value: Option<String>,
    /// `Allow`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub action: Option<String>,
}

/// A subnet that passes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualNetworkRule {
    /// The subnet.
    #[serde(default, deserialize_with = "lenient::id")]
    pub id: Option<ArmId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_says_what_it_is() {
        let identity = |text: &str, users: usize| Identity {
            identity_type: Some(text.to_owned()),
            user_assigned_identities: (0..users).map(|n| (format!("/u/{n}"), None)).collect(),
            ..Identity::default()
        };
        assert_eq!(identity("SystemAssigned", 0).words(), "system");
        assert_eq!(identity("SystemAssigned, UserAssigned", 2).words(), "system and 2 user-assigned");
        assert_eq!(identity("userAssigned", 1).words(), "1 user-assigned");
        assert_eq!(identity("None", 0).words(), "none");
    }

    #[test]
    fn a_state_moves_or_is_broken_or_neither() {
        assert!(ProvisioningState::parse("updating").is_moving());
        assert!(ProvisioningState::parse("RegisteringDns").is_moving());
        assert!(ProvisioningState::parse("Failed").is_broken());
        let done = ProvisioningState::parse("Succeeded");
        assert!(!done.is_moving() && !done.is_broken());
    }
}
