//! One workspace in the inventory: what a row says, in badges.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::near::Near;
use super::texts::Texts;
use crate::azure::arm::id::ArmId;
use crate::azure::resource_graph::WorkspaceRow;
use crate::azure::resources::common::{ProvisioningState, PublicNetworkAccess};
use crate::azure::resources::workspace::{
    AuthMode, IsolationMode, ManagedNetworkStatus, Workspace, WorkspaceKind,
};
use crate::azure::resources::{app_insights, container_registry, key_vault, storage_account};
use crate::domain::fact::Tone;

/// One workspace in the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkspaceEntry {
    /// The full id.
    pub id: ArmId,
    /// The GUID of the subscription, in lower case.
    pub subscription: Arc<str>,
    /// The name of the group.
    pub group: Arc<str>,
    /// The region.
    pub location: Arc<str>,
    /// The display name, where it differs from the name.
    pub friendly_name: Option<Arc<str>>,
    /// The kind.
    pub kind: WorkspaceKind,
    /// Where it stands in its life; none when the row did not say.
    pub state: Option<ProvisioningState>,
    /// The isolation mode.
    pub isolation: IsolationMode,
    /// Whether the managed network exists; none when the row did not say.
    pub network_status: Option<ManagedNetworkStatus>,
    /// Inbound from the internet.
    pub public_access: PublicNetworkAccess,
    /// How the system datastores sign in.
    pub storage_access: AuthBadge,
    /// Whether it speaks the old API.
    pub legacy_mode: bool,
    /// Tags.
    pub tags: Box<[(Arc<str>, Arc<str>)]>,
    /// The object id of the system-assigned identity.
    pub principal_id: Option<Arc<str>>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// What was found when it was opened; none while its row is all there is.
    pub judged: Option<Judged>,
    pub(super) dependents: NearIds,
}

/// The findings of an opened workspace in brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// How many.
    pub findings: usize,
    /// Whether more may come to light, because not everything could be looked at.
    pub more: bool,
    /// How they should strike the eye: as the worst does.
    pub tone: Tone,
}

/// How the system datastores sign in, or that the row could not say it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthBadge {
    /// It is known.
    Known(AuthMode),
    /// What was asked does not have the property; opening the workspace tells.
    Unknown,
}

impl AuthBadge {
    /// A word for a table.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Known(AuthMode::AccessKey) => "key",
            Self::Known(AuthMode::Identity) => "identity",
            Self::Known(AuthMode::UserDelegationSas) => "user SAS",
            Self::Known(AuthMode::Other(text)) => text,
            Self::Unknown => "",
        }
    }

    /// The mode, where it is known.
    #[must_use]
    pub fn mode(&self) -> Option<&AuthMode> {
        match self {
            Self::Known(mode) => Some(mode),
            Self::Unknown => None,
        }
    }
}

/// The ids of what a workspace depends on, as far as a row tells.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DependentIds {
    /// The storage account.
    pub storage: Option<ArmId>,
    /// The key vault.
    pub vault: Option<ArmId>,
    /// Application Insights.
    pub insights: Option<ArmId>,
    /// The container registry.
    pub registry: Option<ArmId>,
    /// The hub of a project.
    pub hub: Option<ArmId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct NearIds {
    pub(super) storage: Option<Near>,
    pub(super) vault: Option<Near>,
    pub(super) insights: Option<Near>,
    pub(super) registry: Option<Near>,
    pub(super) hub: Option<ArmId>,
}

/// How long something is there, in one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(i64);

impl Age {
    /// The age of `since` at `now`; in the future counts as now.
    #[must_use]
    pub fn at(since: Timestamp, now: Timestamp) -> Self {
        Self((now.as_second() - since.as_second()).max(0))
    }

    /// Days gone by.
    #[must_use]
    pub fn days(self) -> i64 {
        self.0 / 86_400
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            s if s < 60 => f.write_str("now"),
            s if s < 3_600 => write!(f, "{}m", s / 60),
            s if s < 86_400 => write!(f, "{}h", s / 3_600),
            s => write!(f, "{}d", s / 86_400),
        }
    }
}

impl WorkspaceEntry {
    pub(super) fn from_row(row: &WorkspaceRow, texts: &mut Texts) -> Self {
        let near = |id: &Option<ArmId>, kind| id.as_ref().map(|id| Near::from_id(id, &row.id, kind));
        let dependents = NearIds {
            storage: near(&row.storage_account, storage_account::TYPE),
            vault: near(&row.key_vault, key_vault::TYPE),
            insights: near(&row.application_insights, app_insights::TYPE),
            registry: near(&row.container_registry, container_registry::TYPE),
            hub: row.hub_resource_id.clone(),
        };
        Self {
            subscription: texts.keep(&row.id.subscription_id().unwrap_or_default().to_ascii_lowercase()),
            group: texts.keep(row.id.resource_group().unwrap_or_default()),
            location: texts.keep(&row.location),
            friendly_name: friendly(row.friendly_name.as_deref(), &row.id),
            kind: row.kind.clone().unwrap_or(WorkspaceKind::Default),
            state: row.provisioning_state.clone(),
            isolation: row.isolation_mode.clone().unwrap_or(IsolationMode::Disabled),
            network_status: row.network_status.clone(),
            public_access: row.public_network_access.clone().unwrap_or(PublicNetworkAccess::Enabled),
            storage_access: row.auth_mode.clone().map_or(AuthBadge::Unknown, AuthBadge::Known),
            legacy_mode: row.v1_legacy_mode.unwrap_or(false),
            tags: row.tags.iter().map(|(key, value)| (texts.keep(key), texts.keep(value))).collect(),
            principal_id: row.principal_id.as_deref().map(Arc::from),
            created_at: row.created_at,
            judged: None,
            dependents,
            id: row.id.clone(),
        }
    }

    pub(super) fn from_workspace(workspace: &Workspace, texts: &mut Texts) -> Self {
        let properties = &workspace.properties;
        let mut entry = Self::from_row(
            &WorkspaceRow {
                id: workspace.id.clone(),
                location: workspace.location.clone(),
                kind: Some(workspace.workspace_kind()),
                tags: workspace.tags.clone(),
                provisioning_state: properties.provisioning_state.clone(),
                friendly_name: properties.friendly_name.clone(),
                isolation_mode: Some(workspace.isolation_mode()),
                network_status: workspace.managed_network_status().cloned(),
                public_network_access: Some(workspace.public_network_access()),
                auth_mode: properties.system_datastores_auth_mode.clone(),
                v1_legacy_mode: properties.v1_legacy_mode,
                storage_account: properties.storage().cloned(),
                key_vault: properties.vault().cloned(),
                application_insights: properties.application_insights.clone(),
                container_registry: properties.registry().cloned(),
                hub_resource_id: properties.hub_resource_id.clone(),
                principal_id: workspace.identity.as_ref().and_then(|identity| identity.principal_id.clone()),
                created_at: workspace.created_at(),
            },
            texts,
        );
        // The version that this console asks workspaces with has the property, so absence is the default.
        entry.storage_access =
            AuthBadge::Known(properties.system_datastores_auth_mode.clone().unwrap_or(AuthMode::AccessKey));
        entry
    }

    /// Whether another entry of the same inventory is in the same group: texts that repeat are kept once,
    /// so that no text has to be compared.
    #[must_use]
    pub fn is_beside(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.group, &other.group) && Arc::ptr_eq(&self.subscription, &other.subscription)
    }

    /// Takes over from an older entry what this one does not know.
    pub(super) fn fill_from(&mut self, older: &Self) {
        if self.storage_access == AuthBadge::Unknown {
            self.storage_access = older.storage_access.clone();
        }
        self.judged = self.judged.or(older.judged);
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.name()
    }

    /// The ids of what it depends on, so that opening it is one round of requests.
    #[must_use]
    pub fn dependents(&self) -> DependentIds {
        let id = |near: &Option<Near>, kind| near.as_ref().and_then(|near| near.id(&self.id, kind));
        DependentIds {
            storage: id(&self.dependents.storage, storage_account::TYPE),
            vault: id(&self.dependents.vault, key_vault::TYPE),
            insights: id(&self.dependents.insights, app_insights::TYPE),
            registry: id(&self.dependents.registry, container_registry::TYPE),
            hub: self.dependents.hub.clone(),
        }
    }

    /// A tag's value, by its name without regard to case, as Azure compares them.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// The isolation mode, by the end of the name that Azure gives it.
    #[must_use]
    pub fn isolation_word(&self) -> &str {
        match &self.isolation {
            IsolationMode::Disabled => "Public",
            IsolationMode::AllowInternetOutbound => "Internet Outbound",
            IsolationMode::AllowOnlyApprovedOutbound => "Approved Outbound",
            IsolationMode::Other(text) => text,
        }
    }

    /// How the isolation mode should strike the eye: a network that is configured and not there is worse
    /// than none.
    #[must_use]
    pub fn isolation_tone(&self) -> Tone {
        match (&self.isolation, &self.network_status) {
            (IsolationMode::Disabled, _) => Tone::Plain,
            (IsolationMode::Other(_), _) => Tone::Muted,
            (_, Some(ManagedNetworkStatus::Inactive)) => Tone::Warn,
            (_, Some(ManagedNetworkStatus::Active)) => Tone::Good,
            _ => Tone::Plain,
        }
    }

    /// Inbound from the internet, in a word.
    #[must_use]
    pub fn public_access_word(&self) -> &str {
        match &self.public_access {
            PublicNetworkAccess::Enabled => "on",
            PublicNetworkAccess::Disabled => "off",
            PublicNetworkAccess::SecuredByPerimeter => "perimeter",
            PublicNetworkAccess::Other(text) => text,
        }
    }

    /// The state in a word; empty when it is not known.
    #[must_use]
    pub fn state_word(&self) -> &str {
        self.state.as_ref().map_or("", ProvisioningState::as_str)
    }

    /// How the state should strike the eye.
    #[must_use]
    pub fn state_tone(&self) -> Tone {
        match &self.state {
            None => Tone::Muted,
            Some(ProvisioningState::Succeeded) => Tone::Good,
            Some(state) if state.is_broken() => Tone::Bad,
            Some(_) => Tone::Warn,
        }
    }
}

fn friendly(name: Option<&str>, id: &ArmId) -> Option<Arc<str>> {
    name.filter(|name| *name != id.name()).map(Arc::from)
}
