//! The inventory as bytes, so that the next start shows it before the network answers. Versioned; who
//! cannot read it starts without. A workspace is an array of texts, the empty text for what is not known
//! and a bare name for a dependent in the workspace's own group: a quarter of the size of its row, and
//! read without a copy of what is shared anyway.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::NearIds;
use super::near::Near;
use super::texts::Texts;
use super::{AuthBadge, Inventory, TenantEntry, WorkspaceEntry};
use crate::azure::arm::id::ArmId;
use crate::azure::resource_graph::{ContainerRow, ManagementGroupRow};
use crate::azure::resources::common::{ProvisioningState, PublicNetworkAccess};
use crate::azure::resources::subscription::SubscriptionState;
use crate::azure::resources::workspace::{AuthMode, IsolationMode, ManagedNetworkStatus, WorkspaceKind};

/// The version of the format; another one is not read.
pub const VERSION: u32 = 1;

/// Why cached bytes are of no use. The remedy is to drop them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// They are damaged.
    #[error("the cached inventory cannot be read: {0}")]
    Unreadable(String),
    /// They are of another version.
    #[error("the cached inventory has format {found}, this version reads {VERSION}")]
    OtherVersion {
        /// The version that was found.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct Cached<'a> {
    version: u32,
    taken_at: Timestamp,
    tenant: Option<(String, String, Option<String>)>,
    containers: Vec<ContainerRow>,
    #[serde(borrow)]
    workspaces: Vec<CachedWorkspace<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CachedWorkspace<'a> {
    #[serde(borrow)]
    texts: [CachedText<'a>; TEXTS],
    legacy: bool,
    created: Option<Timestamp>,
    #[serde(borrow)]
    tags: Vec<(CachedText<'a>, CachedText<'a>)>,
}

/// Borrowed from the bytes where it holds no escapes.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct CachedText<'a>(#[serde(borrow)] Cow<'a, str>);

/// How many texts a workspace has, in the order of [`CachedWorkspace::of`].
const TEXTS: usize = 15;

impl<'a> CachedWorkspace<'a> {
    fn of(entry: &'a WorkspaceEntry) -> Self {
        let near = |near: &'a Option<Near>| match near {
            None => "",
            Some(Near::Here(name)) => name,
            Some(Near::Elsewhere(id)) => id.as_str(),
        };
        let ids = &entry.dependents;
        let texts = [
            entry.id.as_str(),
            &entry.location,
            entry.friendly_name.as_deref().unwrap_or_default(),
            entry.kind.as_str(),
            entry.state.as_ref().map_or("", ProvisioningState::as_str),
            entry.isolation.as_str(),
            entry.network_status.as_ref().map_or("", ManagedNetworkStatus::as_str),
            entry.public_access.as_str(),
            entry.storage_access.mode().map_or("", AuthMode::as_str),
            entry.principal_id.as_deref().unwrap_or_default(),
            near(&ids.storage),
            near(&ids.vault),
            near(&ids.insights),
            near(&ids.registry),
            ids.hub.as_ref().map_or("", ArmId::as_str),
        ];
        let text = |text: &'a str| CachedText(Cow::Borrowed(text));
        Self {
            texts: texts.map(text),
            legacy: entry.legacy_mode,
            created: entry.created_at,
            tags: entry.tags.iter().map(|(key, value)| (text(key), text(value))).collect(),
        }
    }

    fn entry(&self, texts: &mut Texts) -> Option<WorkspaceEntry> {
        let [id, location, friendly, kind, state, isolation, network, public, auth, principal, rest @ ..] =
            &self.texts;
        let [storage, vault, insights, registry, hub] = rest;
        let id = ArmId::parse(&id.0).ok()?;
        let near = |text: &CachedText<'_>| match &*text.0 {
            "" => None,
            path if path.starts_with('/') => ArmId::parse(path).ok().map(Near::Elsewhere),
            name => Some(Near::Here(name.into())),
        };
        Some(WorkspaceEntry {
            subscription: texts.keep(&id.subscription_id().unwrap_or_default().to_ascii_lowercase()),
            group: texts.keep(id.resource_group().unwrap_or_default()),
            location: texts.keep(&location.0),
            friendly_name: friendly.some().map(Into::into),
            kind: WorkspaceKind::parse(&kind.0),
            state: state.some().map(ProvisioningState::parse),
            isolation: IsolationMode::parse(&isolation.0),
            network_status: network.some().map(ManagedNetworkStatus::parse),
            public_access: PublicNetworkAccess::parse(&public.0),
            storage_access: auth
                .some()
                .map_or(AuthBadge::Unknown, |mode| AuthBadge::Known(AuthMode::parse(mode))),
            legacy_mode: self.legacy,
            tags: self.tags.iter().map(|(key, value)| (texts.keep(&key.0), texts.keep(&value.0))).collect(),
            principal_id: principal.some().map(Into::into),
            created_at: self.created,
            dependents: NearIds {
                storage: near(storage),
                vault: near(vault),
                insights: near(insights),
                registry: near(registry),
                hub: hub.some().and_then(|hub| ArmId::parse(hub).ok()),
            },
            id,
        })
    }
}

impl CachedText<'_> {
    fn some(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl Inventory {
    /// The inventory as bytes, with the time at which it was read from Azure. Problems are left out:
    /// they were true then.
    ///
    /// # Errors
    /// When the bytes cannot be made, which no known inventory causes.
    pub fn to_cache(&self, taken_at: Timestamp) -> Result<Vec<u8>, CacheError> {
        let subscriptions = self.subscriptions.iter().filter_map(|s| {
            Some(ContainerRow {
                id: ArmId::subscription(&s.id),
                name: s.name.as_deref()?.to_owned(),
                tenant_id: s.tenant.as_deref().map(str::to_owned),
                location: None,
                state: s.state.as_ref().map(|state: &SubscriptionState| state.as_str().to_owned()),
                management_groups: s
                    .management_groups
                    .iter()
                    .map(|group| ManagementGroupRow {
                        name: group.name.to_string(),
                        display_name: group.display_name.to_string(),
                    })
                    .collect(),
            })
        });
        let groups = self.groups.iter().filter_map(|group| {
            Some(ContainerRow {
                id: group.id.clone(),
                name: group.name.to_string(),
                tenant_id: None,
                location: Some(group.location.as_deref()?.to_owned()),
                state: None,
                management_groups: Vec::new(),
            })
        });
        let tenant = self.tenant.as_ref().map(|tenant| {
            (tenant.id.to_string(), tenant.name.to_string(), tenant.domain.as_deref().map(str::to_owned))
        });
        let cached = Cached {
            version: VERSION,
            taken_at,
            tenant,
            containers: subscriptions.chain(groups).collect(),
            workspaces: self.workspaces.iter().map(CachedWorkspace::of).collect(),
        };
        serde_json::to_vec(&cached).map_err(|error| CacheError::Unreadable(error.to_string()))
    }

    /// An inventory from bytes that [`Inventory::to_cache`] made, and when it was read from Azure.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version.
    pub fn from_cache(bytes: &[u8]) -> Result<(Self, Timestamp), CacheError> {
        let unreadable = |error: serde_json::Error| CacheError::Unreadable(error.to_string());
        let cached: Cached = match serde_json::from_slice(bytes) {
            Ok(cached) => cached,
            Err(error) => {
                // An older format may have another shape; say which of the two it is.
                let Version { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
                return Err(if version == VERSION {
                    unreadable(error)
                } else {
                    CacheError::OtherVersion { found: version }
                });
            }
        };
        if cached.version != VERSION {
            return Err(CacheError::OtherVersion { found: cached.version });
        }
        let tenant = cached.tenant.map(|(id, name, domain)| TenantEntry {
            id: id.into(),
            name: name.into(),
            domain: domain.map(Into::into),
        });
        let mut inventory = Self { tenant, ..Self::default() };
        inventory.add_containers(&cached.containers);
        inventory.by_id.reserve(cached.workspaces.len());
        inventory.workspaces.reserve(cached.workspaces.len());
        for workspace in &cached.workspaces {
            if let Some(entry) = workspace.entry(&mut inventory.texts) {
                inventory.put(entry);
            }
        }
        Ok((inventory, cached.taken_at))
    }
}
