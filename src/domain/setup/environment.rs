//! One environment of a set-up with everything decided: names made, ids read, roles worked out.

use std::collections::BTreeMap;

use super::names::{Derived, Named};
use super::people::{ByName, Grant};
use super::spec::{Budget, FirewallSku, Isolation, Kind, Place, Rule, StorageAccess};
use crate::azure::arm::id::ArmId;
use crate::domain::changes::Production;
use crate::domain::personas::Stage;

/// A thing that the workspace depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependent {
    /// It is made, under this name, in the environment's resource group.
    New(String),
    /// It is there.
    Existing(ArmId),
    /// There is none, or Azure makes it when it is first needed.
    Absent,
}

impl Dependent {
    /// Its id, where there is one; `group` is the environment's, `kind` its type.
    #[must_use]
    pub fn id(&self, group: &ArmId, kind: &str) -> Option<ArmId> {
        match self {
            Self::New(name) => Some(group.join(&format!("providers/{kind}/{name}"))),
            Self::Existing(id) => Some(id.clone()),
            Self::Absent => None,
        }
    }

    /// Whether it is made.
    #[must_use]
    pub fn is_new(&self) -> bool {
        matches!(self, Self::New(_))
    }
}

/// The workspace's own identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnIdentity {
    /// Azure makes it with the workspace and grants it what it needs.
    System,
    /// A user-assigned one is made, under this name.
    New(String),
    /// A user-assigned one that is there.
    Existing(ArmId),
}

/// Where private DNS zones come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zones {
    /// They are made beside the endpoints and linked to the network.
    New,
    /// Somebody else sees to names.
    None,
    /// They are there, in this resource group.
    In(ArmId),
}

/// Private inbound access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// The subnet.
    pub subnet: ArmId,
    /// The resource group that gets the endpoints, in the network's subscription.
    pub group: ArmId,
    /// The network's region.
    pub region: String,
    /// The private DNS zones.
    pub zones: Zones,
    /// Whether the new dependents get endpoints too.
    pub dependents: bool,
}

impl Inbound {
    /// The network's id.
    #[must_use]
    pub fn network(&self) -> ArmId {
        let text = self.subnet.as_str();
        let end = text.to_ascii_lowercase().find("/subnets/").unwrap_or(text.len());
        ArmId::parse(&text[..end]).unwrap_or_else(|_| self.subnet.clone())
    }
}

/// A customer's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerKey {
    /// The vault that holds it.
    pub vault: ArmId,
    /// Its URI.
    pub key: String,
    /// The user-assigned identity that reads it, where it is not the workspace's own.
    pub identity: Option<ArmId>,
}

/// One environment, with everything decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// Its name in the plan file.
    pub name: String,
    /// What it is for.
    pub stage: Stage,
    /// The subscription's id.
    pub subscription: String,
    /// The resource group's name.
    pub group: String,
    /// The workspace's name.
    pub workspace: String,
    /// The region.
    pub region: String,
    /// The kind of the workspace.
    pub kind: Kind,
    /// The hub of a project.
    pub hub: Option<ArmId>,
    /// What the studio shows.
    pub friendly_name: String,
    /// What it is for, in words.
    pub description: String,
    /// Tags of everything that is made.
    pub tags: BTreeMap<String, String>,
    /// The storage account.
    pub storage: Dependent,
    /// The SKU of a new storage account.
    pub storage_sku: String,
    /// The key vault.
    pub key_vault: Dependent,
    /// Application Insights.
    pub insights: Dependent,
    /// The Log Analytics workspace behind a new Application Insights.
    pub log_analytics: Dependent,
    /// The container registry.
    pub registry: Dependent,
    /// The SKU of a new registry.
    pub registry_sku: String,
    /// The compute that builds images; empty for none.
    pub image_build_compute: String,
    /// The isolation of the managed network.
    pub isolation: Isolation,
    /// Whether the workspace is reached from the internet.
    pub public_access: bool,
    /// The SKU of the firewall.
    pub firewall_sku: FirewallSku,
    /// Whether the managed network is provisioned at once.
    pub provision_now: bool,
    /// Outbound rules by name, presets among them.
    pub rules: BTreeMap<String, Rule>,
    /// Private inbound access.
    pub inbound: Option<Inbound>,
    /// The workspace's own identity.
    pub identity: OwnIdentity,
    /// How its datastores reach the storage account.
    pub storage_access: StorageAccess,
    /// Whether shared keys are turned off at the end.
    pub shared_key_off: bool,
    /// A customer's key.
    pub customer_key: Option<CustomerKey>,
    /// Data of high business impact.
    pub high_business_impact: bool,
    /// Whether what is kept in shared dependents is kept apart.
    pub data_isolation: bool,
    /// What is granted.
    pub grants: Vec<Grant>,
    /// What is granted once those who are given by name are looked up.
    pub by_name: Vec<ByName>,
    /// The budget of the resource group.
    pub budget: Option<Budget>,
}

/// The type of workspaces.
pub const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
/// The type of storage accounts.
pub const STORAGE: &str = "Microsoft.Storage/storageAccounts";
/// The type of key vaults.
pub const VAULTS: &str = "Microsoft.KeyVault/vaults";
/// The type of Application Insights.
pub const INSIGHTS: &str = "Microsoft.Insights/components";
/// The type of Log Analytics workspaces.
pub const LOG_ANALYTICS: &str = "Microsoft.OperationalInsights/workspaces";
/// The type of container registries.
pub const REGISTRIES: &str = "Microsoft.ContainerRegistry/registries";
/// The type of user-assigned identities.
pub const IDENTITIES: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
/// The type of private endpoints.
pub const ENDPOINTS: &str = "Microsoft.Network/privateEndpoints";
/// The type of subnets.
pub const SUBNETS: &str = "Microsoft.Network/virtualNetworks/subnets";

impl Environment {
    /// Whether it is production: because the plan file calls it so, or by its name, its group's or its tags.
    #[must_use]
    pub fn is_production(&self, production: &Production) -> bool {
        let tags = self.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.stage == Stage::Production
            || production.covers([self.workspace.as_str(), self.group.as_str()], tags)
    }

    /// The resource group's id.
    #[must_use]
    pub fn group_id(&self) -> ArmId {
        ArmId::group(&self.subscription, &self.group)
    }

    /// The resource groups that it is made in: its own first, then that of its private endpoints where that is another.
    #[must_use]
    pub fn groups(&self) -> Vec<ArmId> {
        let mut groups = vec![self.group_id()];
        groups.extend(self.inbound.as_ref().map(|inbound| inbound.group.clone()));
        groups.dedup();
        groups
    }

    /// The workspace's id.
    #[must_use]
    pub fn workspace_id(&self) -> ArmId {
        self.group_id().join(&format!("providers/{WORKSPACES}/{}", self.workspace))
    }

    /// The id of the user-assigned identity, where there is one.
    #[must_use]
    pub fn identity_id(&self) -> Option<ArmId> {
        match &self.identity {
            OwnIdentity::System => None,
            OwnIdentity::New(name) => Some(self.group_id().join(&format!("providers/{IDENTITIES}/{name}"))),
            OwnIdentity::Existing(id) => Some(id.clone()),
        }
    }

    /// Dependents with their types, in the order in which they are made.
    #[must_use]
    pub fn dependents(&self) -> [(Named, &'static str, &Dependent); 5] {
        [
            (Named::Storage, STORAGE, &self.storage),
            (Named::KeyVault, VAULTS, &self.key_vault),
            (Named::LogAnalytics, LOG_ANALYTICS, &self.log_analytics),
            (Named::Insights, INSIGHTS, &self.insights),
            (Named::Registry, REGISTRIES, &self.registry),
        ]
    }

    /// The id of what a role is granted on; none where it is not there, such as a registry before its first use.
    #[must_use]
    pub fn place(&self, place: Place) -> Option<ArmId> {
        let group = self.group_id();
        match place {
            Place::Workspace => Some(self.workspace_id()),
            Place::ResourceGroup => Some(group),
            Place::Storage => self.storage.id(&group, STORAGE),
            Place::KeyVault => self.key_vault.id(&group, VAULTS),
            Place::Registry => self.registry.id(&group, REGISTRIES),
            Place::Insights => self.insights.id(&group, INSIGHTS),
        }
    }

    /// The roles that are granted: those on what is there, or is made.
    pub fn granted(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| self.place(grant.place).is_some())
    }

    /// How many roles are granted, to those too who are given by name and looked up when it is applied.
    #[must_use]
    pub fn granted_count(&self) -> usize {
        let by_name = self.by_name.iter().filter(|one| self.place(one.place).is_some());
        self.granted().count() + by_name.count()
    }

    /// Whether what is made is kept from the internet: as the official client does it, new dependents follow the
    /// workspace.
    #[must_use]
    pub fn closes_dependents(&self) -> bool {
        self.isolation != Isolation::Public || !self.public_access
    }

    /// Whether the registry needs private endpoints, and so the Premium SKU.
    #[must_use]
    pub fn registry_needs_endpoints(&self) -> bool {
        self.closes_dependents() || self.inbound.as_ref().is_some_and(|inbound| inbound.dependents)
    }

    /// How it is isolated, in a few words: what goes out, and where nothing is said of that, what comes in.
    #[must_use]
    pub fn network_words(&self) -> &'static str {
        match (self.isolation, self.public_access) {
            (Isolation::Public, false) => "Private inbound, no managed network",
            (isolation, _) => isolation.words(),
        }
    }

    /// Whether a rule brings an Azure Firewall.
    #[must_use]
    pub fn has_firewall(&self) -> bool {
        self.isolation == Isolation::ApprovedOutbound
            && self.rules.values().any(|rule| matches!(rule, Rule::Fqdn { .. }))
    }

    /// Names for what is made.
    #[must_use]
    pub fn derived(&self) -> Derived {
        Derived::of(&self.group_id(), &self.workspace)
    }
}
