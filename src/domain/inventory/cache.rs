//! The inventory as bytes, so that the next start shows it before the network answers. Versioned; who
//! cannot read it starts without.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Inventory, TenantEntry};
use crate::azure::resource_graph::{ContainerRow, ManagementGroupRow, WorkspaceRow};
use crate::azure::resources::subscription::SubscriptionState;

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
struct Cached {
    version: u32,
    taken_at: Timestamp,
    tenant: Option<(String, String, Option<String>)>,
    containers: Vec<ContainerRow>,
    workspaces: Vec<WorkspaceRow>,
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
                id: crate::azure::arm::id::ArmId::subscription(&s.id),
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
            workspaces: self.workspaces.iter().map(super::WorkspaceEntry::to_row).collect(),
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
        inventory.add_rows(&cached.workspaces);
        Ok((inventory, cached.taken_at))
    }
}
