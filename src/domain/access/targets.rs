//! The scopes of one workspace: where the product's questions about access are asked.

use serde::Serialize;

use super::capability::Asked;
use super::decision::Act;
use super::evidence::{Gap, GapKind};
use super::permission::Plane;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::key_vault::{AccessPolicy, KeyVault};
use crate::azure::resources::lock::{Lock, LockLevel};
use crate::azure::resources::workspace::{AuthMode, Workspace};
use crate::domain::lookup::Lookup;
use crate::domain::opened::Opened;

/// One of the scopes of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// The workspace itself.
    Workspace,
    /// Its resource group.
    Group,
    /// Its subscription.
    Subscription,
    /// The storage account.
    Storage,
    /// The key vault.
    Vault,
    /// The container registry.
    Registry,
    /// Application Insights.
    Insights,
}

impl Place {
    /// All of them, in the order of a table's columns.
    pub const ALL: [Self; 7] = [
        Self::Workspace,
        Self::Group,
        Self::Subscription,
        Self::Storage,
        Self::Vault,
        Self::Registry,
        Self::Insights,
    ];

    /// The place in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Group => "resource group",
            Self::Subscription => "subscription",
            Self::Storage => "storage account",
            Self::Vault => "key vault",
            Self::Registry => "container registry",
            Self::Insights => "Application Insights",
        }
    }
}

/// A setting that opens a way, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Switch {
    /// It is on.
    On,
    /// It is off.
    Off,
    /// It could not be read.
    #[default]
    Unknown,
}

impl Switch {
    fn of(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// What one principal may do in a vault without role-based access.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VaultPolicy {
    /// The principal's object id, in lower case.
    pub principal: String,
    /// Whether it may read the values of secrets.
    pub gets_secrets: bool,
}

/// The scopes of one workspace, and the settings of its dependents that open other ways to the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Targets {
    /// The workspace.
    pub workspace: ArmId,
    /// The storage account; none where the workspace names none.
    pub storage: Option<ArmId>,
    /// The key vault.
    pub vault: Option<ArmId>,
    /// The container registry; none until the first image is built.
    pub registry: Option<ArmId>,
    /// Application Insights.
    pub insights: Option<ArmId>,
    /// Whether the storage account takes its keys.
    pub shared_key: Switch,
    /// Whether the workspace's own datastores hold a key of the account, which who may list their secrets gets.
    pub datastore_keys: Switch,
    /// Whether roles decide in the vault; off means access policies do.
    pub vault_rbac: Switch,
    /// The vault's access policies.
    pub vault_policies: Vec<VaultPolicy>,
    /// The object id of the identity that acts for the workspace, in lower case; none where it is not known.
    pub identity: Option<String>,
    /// Of a project, why its hub was not read: a place that the project does not name may be there then.
    pub hub: Option<Gap>,
    /// The locks at the workspace, at what it depends on and above, as far as they were read.
    pub locks: Vec<Locked>,
    /// The places of which it could not be read what is locked there, with why.
    pub unread_locks: Vec<Gap>,
}

/// A management lock: it stands in the way of everybody, whatever their roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Locked {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub scope: ArmId,
    /// Whether it forbids changes too, and not only deleting.
    pub read_only: bool,
}

impl Locked {
    fn of(lock: &Lock) -> Option<Self> {
        let read_only = match lock.properties.level {
            Some(LockLevel::ReadOnly) => true,
            Some(LockLevel::CanNotDelete) => false,
            _ => return None,
        };
        Some(Self { name: lock.id.name().to_owned(), scope: lock.id.extended()?, read_only })
    }

    /// Whether it forbids an action at a scope. A lock is about management; data is not locked
    /// (learn.microsoft.com, "Lock your Azure resources to protect your infrastructure").
    fn forbids(&self, scope: &ArmId, act: &Act) -> bool {
        let action = act.action.to_ascii_lowercase();
        let is_kind = if self.read_only { !action.ends_with("/read") } else { action.ends_with("/delete") };
        is_kind && act.plane == Plane::Control && (self.scope == *scope || self.scope.contains(scope))
    }
}

impl Targets {
    /// A workspace of whose dependents nothing is known.
    #[must_use]
    pub fn new(workspace: ArmId) -> Self {
        Self {
            workspace,
            storage: None,
            vault: None,
            registry: None,
            insights: None,
            shared_key: Switch::Unknown,
            datastore_keys: Switch::Unknown,
            vault_rbac: Switch::Unknown,
            vault_policies: Vec::new(),
            identity: None,
            hub: None,
            locks: Vec::new(),
            unread_locks: Vec::new(),
        }
    }

    /// The scopes of an opened workspace. A project takes from its hub what it does not name.
    #[must_use]
    pub fn of(opened: &Opened) -> Self {
        let vault = opened.vault().found().copied();
        let storage = opened.storage().found().copied();
        Self {
            workspace: opened.workspace.id.clone(),
            storage: opened.storage_id().cloned(),
            vault: opened.vault_id().cloned(),
            registry: opened.registry_id().cloned(),
            insights: opened.insights_id().cloned(),
            shared_key: storage.map_or(Switch::Unknown, |account| Switch::of(account.keys_work())),
            datastore_keys: datastore_keys(&opened.workspace),
            vault_rbac: vault.map_or(Switch::Unknown, |vault| Switch::of(vault.uses_rbac())),
            vault_policies: vault.map(policies).unwrap_or_default(),
            identity: identity(&opened.workspace),
            hub: unread_hub(opened),
            locks: locks(opened),
            unread_locks: lists_of_locks(opened).filter_map(unread_locks).collect(),
        }
    }

    /// The locks that stand in the way of what is asked, whoever wants to do it.
    pub fn locks_against(&self, asked: &Asked) -> impl Iterator<Item = &Locked> {
        let needs = asked.needs();
        let stops: Vec<(ArmId, Act)> =
            needs.into_iter().filter_map(|(place, act)| Some((self.scope(place)?, act))).collect();
        self.locks.iter().filter(move |lock| stops.iter().any(|(scope, act)| lock.forbids(scope, act)))
    }

    /// Where it could not be read what is locked, of what is asked that a lock could forbid.
    #[must_use]
    pub fn locks_unread<'s>(&'s self, asked: &Asked) -> Vec<&'s Gap> {
        let lockable = |(place, act): (Place, Act)| {
            let is_lockable =
                act.plane == Plane::Control && !act.action.to_ascii_lowercase().ends_with("/read");
            // The list of the workspace holds what is above it.
            match (is_lockable, place) {
                (false, _) => None,
                (true, Place::Group | Place::Subscription) => Some(self.workspace.clone()),
                (true, place) => self.scope(place),
            }
        };
        let scopes: Vec<ArmId> = asked.needs().into_iter().filter_map(lockable).collect();
        let concerns = |gap: &&Gap| gap.scope.as_ref().is_some_and(|at| scopes.contains(at));
        self.unread_locks.iter().filter(concerns).collect()
    }

    /// The id of a place; none where the workspace has none.
    #[must_use]
    pub fn scope(&self, place: Place) -> Option<ArmId> {
        match place {
            Place::Workspace => Some(self.workspace.clone()),
            Place::Group => self.workspace.group_scope(),
            Place::Subscription => self.workspace.subscription_id().map(ArmId::subscription),
            Place::Storage => self.storage.clone(),
            Place::Vault => self.vault.clone(),
            Place::Registry => self.registry.clone(),
            Place::Insights => self.insights.clone(),
        }
    }

    /// The places that this workspace has, with their ids.
    pub fn places(&self) -> impl Iterator<Item = (Place, ArmId)> {
        Place::ALL.into_iter().filter_map(|place| Some((place, self.scope(place)?)))
    }
}

/// What became of reading the locks of each place.
fn lists_of_locks(opened: &Opened) -> impl Iterator<Item = (&ArmId, &Lookup<Vec<Lock>>)> {
    let beside = [opened.storage_id(), opened.vault_id(), opened.registry_id(), opened.insights_id()];
    let beside = beside.into_iter().flatten();
    std::iter::once((&opened.workspace.id, &opened.locks))
        .chain(beside.map(|id| (id, opened.locks_beside.get(id).unwrap_or(&Lookup::Pending))))
}

/// Every lock that was read, once: each list holds those above its place too.
fn locks(opened: &Opened) -> Vec<Locked> {
    let mut all: Vec<Locked> = Vec::new();
    let read = lists_of_locks(opened).filter_map(|(_, locks)| locks.found());
    for lock in read.flatten().filter_map(Locked::of) {
        if !all.contains(&lock) {
            all.push(lock);
        }
    }
    all
}

/// Why the locks of a place are not known; none where they are.
fn unread_locks((scope, locks): (&ArmId, &Lookup<Vec<Lock>>)) -> Option<Gap> {
    let why = match locks {
        Lookup::Found(_) | Lookup::Gone => return None,
        Lookup::Pending => "they were not read yet".to_owned(),
        Lookup::Forbidden { action } => format!("you lack {action} here"),
        Lookup::Failed(why) => why.clone(),
    };
    Some(Gap::new(GapKind::Locks, Some(scope.clone()), why))
}

/// Whether the datastores that the service makes hold a key of the account: by the mode in which they sign in. The
/// answer to a new enough version without a mode, and a mode that is not known, leave it open.
fn datastore_keys(workspace: &Workspace) -> Switch {
    match workspace.properties.system_datastores_auth_mode {
        Some(AuthMode::AccessKey) => Switch::On,
        Some(AuthMode::Identity | AuthMode::UserDelegationSas) => Switch::Off,
        _ => Switch::Unknown,
    }
}

/// Why the hub of a project was not read; none where it was, and for what is no project.
fn unread_hub(opened: &Opened) -> Option<Gap> {
    let hub = opened.workspace.properties.hub_resource_id.as_ref()?;
    let why = match opened.dependent(hub) {
        Lookup::Found(_) => return None,
        Lookup::Pending => "the hub was not read yet".to_owned(),
        Lookup::Gone => "the hub is gone".to_owned(),
        Lookup::Forbidden { action } => format!("you lack {action} on the hub"),
        Lookup::Failed(why) => why,
    };
    Some(Gap::new(GapKind::Setting, Some(hub.clone()), why))
}

fn policies(vault: &KeyVault) -> Vec<VaultPolicy> {
    let of = |policy: &AccessPolicy| {
        let verbs = &policy.permissions.secrets;
        let gets = |verb: &String| verb.eq_ignore_ascii_case("get") || verb.eq_ignore_ascii_case("all");
        Some(VaultPolicy {
            principal: policy.object_id.as_deref()?.to_ascii_lowercase(),
            gets_secrets: verbs.iter().any(gets),
        })
    };
    vault.properties.access_policies.iter().filter_map(of).collect()
}

/// The object id of the identity that acts for the workspace: the primary user-assigned one where one is
/// named, else the system-assigned one, else the only user-assigned one.
fn identity(workspace: &Workspace) -> Option<String> {
    let identity = workspace.identity.as_ref()?;
    let assigned = |id: &ArmId| {
        let mut all = identity.user_assigned_identities.iter();
        let (_, found) = all.find(|(key, _)| ArmId::parse(key).is_ok_and(|key| key == *id))?;
        found.as_ref()?.principal_id.clone()
    };
    let primary = workspace.properties.primary_user_assigned_identity.as_ref().and_then(assigned);
    let only = || {
        let mut all = identity.user_assigned();
        all.next().filter(|_| identity.user_assigned_identities.len() == 1)
    };
    primary
        .or_else(|| identity.principal_id.clone().filter(|_| identity.is_system_assigned()))
        .or_else(|| only().and_then(|id| assigned(&id)))
        .map(|id| id.to_ascii_lowercase())
}
