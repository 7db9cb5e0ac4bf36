//! The wished set-up as data. It is what the form fills in and what the plan file (TOML) holds; every key is
//! described in `docs/plan-file.md`.
//!
//! What all environments share stands at the top; `[env.NAME]` says again what differs there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::reading::{self, Unreadable};
use crate::domain::access;
use crate::domain::personas::Stage;

/// How many workspaces, and what for. Domain facts: "How enterprises lay workspaces out".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One workspace.
    #[default]
    One,
    /// Development and production.
    DevProd,
    /// Development, staging and production.
    DevStagingProd,
    /// One for each team or project, named by `environments`.
    Each,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 4] = [Self::One, Self::DevProd, Self::DevStagingProd, Self::Each];

    /// What it is for, in a sentence.
    #[must_use]
    pub fn purpose(self) -> &'static str {
        match self {
            Self::One => "One workspace: a small team with one project.",
            Self::DevProd => "Development and production apart: experiments never touch production.",
            Self::DevStagingProd => {
                "Development, staging and production: what is promoted passes a gate, and only processes work in staging."
            }
            Self::Each => "A workspace for each team or project: access, cost and data are kept apart.",
        }
    }

    /// The names of its environments where the plan file gives none.
    #[must_use]
    pub fn environments(self) -> &'static [&'static str] {
        match self {
            Self::One => &["main"],
            Self::DevProd => &["dev", "prod"],
            Self::DevStagingProd => &["dev", "staging", "prod"],
            Self::Each => &[],
        }
    }

    /// What the environment at a place is for, where its name does not say it; none where the layout does not either.
    #[must_use]
    pub fn stage_at(self, place: usize) -> Option<Stage> {
        match (self, place) {
            (Self::DevProd | Self::DevStagingProd, 0) => Some(Stage::Development),
            (Self::DevStagingProd, 1) => Some(Stage::Staging),
            (Self::DevProd, 1) | (Self::DevStagingProd, 2) => Some(Stage::Production),
            _ => None,
        }
    }
}

/// The kinds of workspaces that can be asked for. Feature stores are made by their own command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Kind {
    /// A workspace of its own.
    #[default]
    Default,
    /// Shares its dependents with projects.
    Hub,
    /// Belongs to a hub and takes its dependents from it.
    Project,
    /// Known, so that it can be refused with what to type instead.
    FeatureStore,
}

impl Kind {
    /// As Azure writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::Hub => "Hub",
            Self::Project => "Project",
            Self::FeatureStore => "FeatureStore",
        }
    }
}

/// A plan file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlanFile {
    /// How many workspaces.
    pub layout: Layout,
    /// What `{name}` stands for in patterns: the team's, product's or project's short name.
    pub name: String,
    /// The names of the environments; those of the layout when empty.
    pub environments: Vec<String>,
    /// What all environments share.
    pub shared: Choices,
    /// Who gets what.
    pub people: Vec<Person>,
    /// What differs, by environment: the same tables as the shared ones, with only what is said anew.
    pub differences: BTreeMap<String, toml::Table>,
}

impl PlanFile {
    /// Reads a plan file.
    ///
    /// # Errors
    /// When the text is no TOML, or holds a key or value that is not known: with the line, and the nearest known
    /// name.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        reading::read(text)
    }

    /// The keys and tables that a plan file may have at its top.
    #[must_use]
    pub fn keys() -> Vec<String> {
        reading::keys()
    }

    /// The file's text: it reads back to the same plan.
    #[must_use]
    pub fn write(&self) -> String {
        reading::write(self)
    }

    /// The names of the environments, in order.
    #[must_use]
    pub fn environment_names(&self) -> Vec<String> {
        if self.environments.is_empty() {
            self.layout.environments().iter().map(|name| (*name).to_owned()).collect()
        } else {
            self.environments.clone()
        }
    }

    /// The choices of one environment: the shared ones with its differences laid over them.
    #[must_use]
    pub fn choices(&self, environment: &str) -> Choices {
        match self.differences.get(environment) {
            None => self.shared.clone(),
            Some(table) => reading::overlaid(&self.shared, table),
        }
    }
}

impl PlanFile {
    /// Says anew what a table says, in one environment.
    pub fn differ(&mut self, environment: &str, table: &toml::Table) {
        if !table.is_empty() {
            reading::lay_over(self.differences.entry(environment.to_owned()).or_default(), table);
        }
    }
}

impl Choices {
    /// What has to be said anew for these choices to become others. Tables grow together: what these have and the
    /// others do not is not among it.
    #[must_use]
    pub fn difference(&self, other: &Self) -> toml::Table {
        reading::difference(self, other)
    }
}

/// What is chosen for a workspace. Texts may hold the patterns `{name}` and `{env}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Choices {
    /// Where it is and what it is called.
    pub basics: Basics,
    /// What it depends on.
    pub dependents: Dependents,
    /// How it is isolated.
    pub network: Network,
    /// Its identity, and how it reaches the storage account.
    pub identity: Identity,
    /// Who holds the key.
    pub encryption: Encryption,
    /// What it may cost.
    pub budget: Budget,
}

/// `[basics]`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Basics {
    /// The subscription's id.
    pub subscription: String,
    /// The resource group; `rg-{name}-{env}` when empty.
    pub resource_group: String,
    /// The workspace's name; `mlw-{name}-{env}` when empty.
    pub workspace: String,
    /// The region's short name, such as `westeurope`.
    pub region: String,
    /// What the studio shows; the workspace's name when empty.
    pub friendly_name: String,
    /// What it is for.
    pub description: String,
    /// The kind.
    pub kind: Kind,
    /// The id of the hub, for a project.
    pub hub: String,
    /// What the environment is for; told by its name when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Tags of everything that is made.
    pub tags: BTreeMap<String, String>,
}

/// `[dependents]`: each is `new`, a name for a new one, or the id of one that is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dependents {
    /// The storage account.
    pub storage: String,
    /// How a new storage account is replicated: `auto` or a SKU.
    pub storage_sku: String,
    /// The key vault.
    pub key_vault: String,
    /// Application Insights; also `none`.
    pub application_insights: String,
    /// The Log Analytics workspace behind a new Application Insights.
    pub log_analytics: String,
    /// The container registry; also `on-first-use`.
    pub container_registry: String,
    /// The SKU of a new registry: `auto`, `Basic`, `Standard` or `Premium`.
    pub registry_sku: String,
    /// The compute that builds images; needed where the registry cannot build them itself.
    pub image_build_compute: String,
}

impl Default for Dependents {
    fn default() -> Self {
        let new = || "new".to_owned();
        Self {
            storage: new(),
            storage_sku: "auto".to_owned(),
            key_vault: new(),
            application_insights: new(),
            log_analytics: new(),
            container_registry: "on-first-use".to_owned(),
            registry_sku: "auto".to_owned(),
            image_build_compute: String::new(),
        }
    }
}

/// The isolation of the managed network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// No managed network.
    #[default]
    Public,
    /// A managed network that reaches the whole internet.
    InternetOutbound,
    /// A managed network that reaches what is approved.
    ApprovedOutbound,
}

impl Isolation {
    /// As Azure writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "Disabled",
            Self::InternetOutbound => "AllowInternetOutbound",
            Self::ApprovedOutbound => "AllowOnlyApprovedOutbound",
        }
    }

    /// In plain words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::InternetOutbound => "Private with Internet Outbound",
            Self::ApprovedOutbound => "Private with Approved Outbound",
        }
    }
}

/// The SKU of the firewall that FQDN rules bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum FirewallSku {
    /// The cheaper one, for little traffic.
    Basic,
    /// Azure's default.
    #[default]
    Standard,
}

impl FirewallSku {
    /// As Azure writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Standard => "Standard",
        }
    }
}

/// Package sources that teams usually let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The Python Package Index.
    Pypi,
    /// conda-forge.
    CondaForge,
    /// The Microsoft Artifact Registry.
    Mcr,
}

impl Preset {
    /// The rules it stands for: name and host.
    #[must_use]
    pub fn rules(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Pypi => &[("pypi", "pypi.org"), ("pypi-files", "files.pythonhosted.org")],
            Self::CondaForge => &[("conda-forge", "conda.anaconda.org")],
            Self::Mcr => &[("mcr", "mcr.microsoft.com"), ("mcr-data", "*.data.mcr.microsoft.com")],
        }
    }
}

/// An outbound rule of one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Rule {
    /// A host, or a pattern of hosts.
    Fqdn {
        /// Such as `*.example.org`.
        destination: String,
    },
    /// A service tag.
    ServiceTag {
        /// Such as `DataFactory`.
        service_tag: String,
        /// `TCP`, `UDP`, `ICMP` or `*`.
        #[serde(default = "tcp")]
        protocol: String,
        /// Such as `443` or `80, 8080-8089`.
        #[serde(default = "https")]
        ports: String,
    },
    /// A private endpoint to a resource.
    PrivateEndpoint {
        /// The resource's id.
        resource: String,
        /// The sub-resource, such as `blob` or `vault`.
        subresource: String,
        /// Whether serverless Spark uses it too.
        #[serde(default)]
        spark: bool,
    },
}

fn tcp() -> String {
    "TCP".to_owned()
}

fn https() -> String {
    "443".to_owned()
}

/// `[network]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// The isolation of the managed network.
    pub isolation: Isolation,
    /// Whether the workspace is reached from the internet.
    pub public_access: bool,
    /// The SKU of the firewall, where there is one.
    pub firewall_sku: FirewallSku,
    /// Whether the managed network is provisioned at once.
    pub provision_now: bool,
    /// Package sources that are let through.
    pub presets: Vec<Preset>,
    /// Private inbound access.
    pub endpoints: Endpoints,
    /// Rules of one's own by name.
    pub rules: BTreeMap<String, Rule>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            isolation: Isolation::default(),
            public_access: true,
            firewall_sku: FirewallSku::default(),
            provision_now: false,
            presets: Vec::new(),
            endpoints: Endpoints::default(),
            rules: BTreeMap::new(),
        }
    }
}

/// `[network.endpoints]`: private endpoints for the workspace and its new dependents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Endpoints {
    /// The id of the subnet; without one there are no private endpoints.
    pub subnet: String,
    /// The resource group of the endpoints: the environment's own when empty, or the network's where that is in
    /// another subscription.
    pub resource_group: String,
    /// The region of the network; the workspace's own when empty.
    pub region: String,
    /// The private DNS zones: `new`, `none`, or the id of the resource group that holds them.
    pub dns_zones: String,
    /// Whether the dependents get endpoints too.
    pub dependents: bool,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            subnet: String::new(),
            resource_group: String::new(),
            region: String::new(),
            dns_zones: "new".to_owned(),
            dependents: true,
        }
    }
}

/// How the workspace's own datastores reach the storage account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StorageAccess {
    /// By the account's shared key.
    #[default]
    Key,
    /// By identity; a preview.
    Identity,
}

impl StorageAccess {
    /// As Azure writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "accesskey",
            Self::Identity => "identity",
        }
    }
}

/// `[identity]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// `system`, `new`, a name for a new user-assigned identity, or the id of one that is there.
    pub workspace: String,
    /// How the datastores reach the storage account.
    pub storage_access: StorageAccess,
    /// Whether the storage account's shared key is turned off at the end.
    pub shared_key_off: bool,
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            workspace: "system".to_owned(),
            storage_access: StorageAccess::default(),
            shared_key_off: false,
        }
    }
}

/// `[encryption]`: with a key it is the customer's, without one Microsoft's.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Encryption {
    /// The id of the vault that holds the key.
    pub key_vault: String,
    /// The key's URI.
    pub key: String,
    /// The id of the user-assigned identity that reads the key; the workspace's own when empty.
    pub identity: String,
    /// Less is written to telemetry and logs, and scratch disks are encrypted; for data of high business impact.
    pub high_business_impact: bool,
    /// What several workspaces keep in one storage account, vault or registry is kept apart by a prefix.
    pub data_isolation: bool,
}

/// `[budget]`: none without an amount.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// How much a month, in the billing currency; 0 is no budget.
    pub amount: f64,
    /// At how many per cent of it somebody is told.
    pub alerts: Vec<u32>,
    /// Who: addresses of electronic mail. The owners of the subscription when empty.
    pub contacts: Vec<String>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { amount: 0.0, alerts: vec![80, 100], contacts: Vec::new() }
    }
}

/// `[[people]]`: who gets a persona or a single role, and where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// A persona, such as `data-scientist`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub persona: String,
    /// A single role instead, by name or id.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// A group's object id or name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub group: String,
    /// A user's object id or user principal name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    /// A service principal's or managed identity's object id or name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub service_principal: String,
    /// What the principal is called, for readers of a plan with object ids.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub called: String,
    /// Only in these environments; in all when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// For a single role, where: `workspace`, `storage`, `key-vault`, `registry`, `insights`, `resource-group`.
    /// The workspace when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Place>,
}

/// Where a role is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// On the workspace.
    Workspace,
    /// On its storage account.
    Storage,
    /// On its key vault.
    KeyVault,
    /// On its container registry.
    Registry,
    /// On its Application Insights.
    Insights,
    /// On the resource group.
    ResourceGroup,
}

impl Place {
    /// The place of a workspace; none for its subscription, where a set-up grants nothing.
    #[must_use]
    pub fn of(place: access::Place) -> Option<Self> {
        match place {
            access::Place::Workspace => Some(Self::Workspace),
            access::Place::Group => Some(Self::ResourceGroup),
            access::Place::Subscription => None,
            access::Place::Storage => Some(Self::Storage),
            access::Place::Vault => Some(Self::KeyVault),
            access::Place::Registry => Some(Self::Registry),
            access::Place::Insights => Some(Self::Insights),
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Workspace => "the workspace",
            Self::Storage => "its storage account",
            Self::KeyVault => "its key vault",
            Self::Registry => "its container registry",
            Self::Insights => "its Application Insights",
            Self::ResourceGroup => "the resource group",
        }
    }
}
