//! The inventory as bytes, so that the next start shows it before the network answers: a mark, the version,
//! then a head and a body in the format of postcard. Who cannot read it starts without.
//!
//! The head is the outline of the inventory: it is read before the first frame, however many workspaces
//! there are. A workspace has its name, ids, and two
//! numbers: of its traits, which many have in common, and of its tags. What is in the same group stands
//! together below the group's path, and a dependent in the workspace's own group is a bare name.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::entry::NearIds;
use super::near::Near;
use super::texts::Texts;
use super::{AuthBadge, Inventory, ManagementGroupEntry, WorkspaceEntry};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::common::{ProvisioningState, PublicNetworkAccess};
use crate::azure::resources::subscription::SubscriptionState;
use crate::azure::resources::workspace::{AuthMode, IsolationMode, ManagedNetworkStatus, WorkspaceKind};

/// The version of the format; another one is not read.
pub const VERSION: u32 = 3;

/// What the bytes begin with, before the version in four bytes, the lowest first.
const MARK: &[u8] = b"amldeck inventory\n";

/// How many workspaces the outline holds: more than lines fit on most screens.
const FIRST: usize = 128;

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

/// Seconds and nanoseconds since 1970.
type Time = (i64, i32);

/// What a first screen needs; it is read before the rest.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    taken_at: Time,
    #[serde(borrow)]
    subscriptions: Vec<CachedSubscription<'a>>,
    /// The first workspaces by name, none when there are no others.
    #[serde(borrow)]
    first: Tables<'a>,
}

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    groups: Vec<CachedGroup<'a>>,
    #[serde(borrow)]
    all: Tables<'a>,
}

/// Workspaces, and what they have in common.
#[derive(Serialize, Deserialize)]
struct Tables<'a> {
    #[serde(borrow)]
    traits: Vec<Traits<'a>>,
    #[serde(borrow)]
    tags: Vec<Vec<(&'a str, &'a str)>>,
    #[serde(borrow)]
    places: Vec<Place<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CachedSubscription<'a> {
    id: &'a str,
    /// None where the subscription itself may not be read.
    #[serde(borrow)]
    name: Option<&'a str>,
    #[serde(borrow)]
    tenant: Option<&'a str>,
    #[serde(borrow)]
    state: Option<&'a str>,
    #[serde(borrow)]
    management_groups: Vec<(&'a str, &'a str)>,
    /// How many workspaces it has.
    workspaces: usize,
    /// Why they are older than the rest.
    #[serde(borrow)]
    unread: Option<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct CachedGroup<'a> {
    id: &'a str,
    name: &'a str,
    location: &'a str,
}

/// What many workspaces have in common; the empty text for what is not known.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Traits<'a> {
    location: &'a str,
    kind: &'a str,
    state: &'a str,
    isolation: &'a str,
    network_status: &'a str,
    public_access: &'a str,
    auth_mode: &'a str,
    legacy_mode: bool,
}

/// Workspaces that stand one after the other and differ in the last segment of their ids only.
#[derive(Serialize, Deserialize)]
struct Place<'a> {
    /// The id without its last segment.
    path: &'a str,
    #[serde(borrow)]
    workspaces: Vec<CachedWorkspace<'a>>,
}

#[derive(Serialize, Deserialize)]
struct CachedWorkspace<'a> {
    name: &'a str,
    /// Numbers of what it has in [`Tables::traits`] and [`Tables::tags`].
    traits: usize,
    tags: usize,
    /// Empty where it has none, as everything below.
    friendly_name: &'a str,
    principal_id: &'a str,
    created: Option<Time>,
    storage: &'a str,
    vault: &'a str,
    insights: &'a str,
    registry: &'a str,
    hub: &'a str,
}

impl<'a> Traits<'a> {
    fn of(entry: &'a WorkspaceEntry) -> Self {
        Self {
            location: &entry.location,
            kind: entry.kind.as_str(),
            state: entry.state.as_ref().map_or("", ProvisioningState::as_str),
            isolation: entry.isolation.as_str(),
            network_status: entry.network_status.as_ref().map_or("", ManagedNetworkStatus::as_str),
            public_access: entry.public_access.as_str(),
            auth_mode: entry.storage_access.mode().map_or("", AuthMode::as_str),
            legacy_mode: entry.legacy_mode,
        }
    }
}

/// [`Traits`] as an entry has them.
struct KnownTraits {
    location: Arc<str>,
    kind: WorkspaceKind,
    state: Option<ProvisioningState>,
    isolation: IsolationMode,
    network_status: Option<ManagedNetworkStatus>,
    public_access: PublicNetworkAccess,
    storage_access: AuthBadge,
    legacy_mode: bool,
}

impl KnownTraits {
    fn of(traits: &Traits<'_>, texts: &mut Texts) -> Self {
        Self {
            location: texts.keep(traits.location),
            kind: WorkspaceKind::parse(traits.kind),
            state: some(traits.state).map(ProvisioningState::parse),
            isolation: IsolationMode::parse(traits.isolation),
            network_status: some(traits.network_status).map(ManagedNetworkStatus::parse),
            public_access: PublicNetworkAccess::parse(traits.public_access),
            storage_access: some(traits.auth_mode)
                .map_or(AuthBadge::Unknown, |mode| AuthBadge::Known(AuthMode::parse(mode))),
            legacy_mode: traits.legacy_mode,
        }
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn time(at: Timestamp) -> Time {
    (at.as_second(), at.subsec_nanosecond())
}

fn timestamp((seconds, nanoseconds): Time) -> Option<Timestamp> {
    Timestamp::new(seconds, nanoseconds).ok()
}

fn near(near: Option<&Near>) -> &str {
    match near {
        None => "",
        Some(Near::Here(name)) => name,
        Some(Near::Elsewhere(id)) => id.as_str(),
    }
}

fn known_near(text: &str) -> Option<Near> {
    match text {
        "" => None,
        path if path.starts_with('/') => ArmId::parse(path).ok().map(Near::Elsewhere),
        name => Some(Near::Here(name.into())),
    }
}

fn pairs(tags: &[(Arc<str>, Arc<str>)]) -> Vec<(&str, &str)> {
    tags.iter().map(|(key, value)| (&**key, &**value)).collect()
}

/// Values that repeat, each with a number.
struct Numbered<K, V> {
    numbers: HashMap<K, usize>,
    values: Vec<V>,
}

impl<K: std::hash::Hash + Eq, V> Numbered<K, V> {
    fn new() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }

    fn number(&mut self, key: K, value: impl FnOnce() -> V) -> usize {
        *self.numbers.entry(key).or_insert_with(|| {
            self.values.push(value());
            self.values.len() - 1
        })
    }
}

impl<'a> Tables<'a> {
    fn of(entries: impl Iterator<Item = &'a WorkspaceEntry>) -> Self {
        let (mut traits, mut tags) = (Numbered::new(), Numbered::new());
        let mut places: Vec<Place<'_>> = Vec::new();
        for entry in entries {
            let (path, name) = entry.id.as_str().rsplit_once('/').unwrap_or_default();
            let ids = &entry.dependents;
            let workspace = CachedWorkspace {
                name,
                traits: traits.number(Traits::of(entry), || Traits::of(entry)),
                tags: tags.number(&entry.tags, || pairs(&entry.tags)),
                friendly_name: entry.friendly_name.as_deref().unwrap_or_default(),
                principal_id: entry.principal_id.as_deref().unwrap_or_default(),
                created: entry.created_at.map(time),
                storage: near(ids.storage.as_ref()),
                vault: near(ids.vault.as_ref()),
                insights: near(ids.insights.as_ref()),
                registry: near(ids.registry.as_ref()),
                hub: ids.hub.as_ref().map_or("", ArmId::as_str),
            };
            match places.last_mut().filter(|place| place.path == path) {
                Some(place) => place.workspaces.push(workspace),
                None => places.push(Place { path, workspaces: vec![workspace] }),
            }
        }
        Self { traits: traits.values, tags: tags.values, places }
    }
}

fn unreadable<E: std::error::Error>(error: E) -> CacheError {
    odd(&error.to_string())
}

fn odd(what: &str) -> CacheError {
    CacheError::Unreadable(what.to_owned())
}

/// The head of cached bytes, and the bytes of the body.
fn open(bytes: &[u8]) -> Result<(Head<'_>, &[u8]), CacheError> {
    let versioned = bytes.strip_prefix(MARK).and_then(<[u8]>::split_first_chunk);
    let (version, rest) = versioned.ok_or_else(|| odd("it does not begin as one does"))?;
    let found = u32::from_le_bytes(*version);
    if found != VERSION {
        return Err(CacheError::OtherVersion { found });
    }
    postcard::take_from_bytes(rest).map_err(unreadable)
}

impl Inventory {
    /// The inventory as bytes, with the time at which it was read from Azure. Problems are left out:
    /// they were true then.
    ///
    /// # Errors
    /// When the bytes cannot be made, which no known inventory causes.
    pub fn to_cache(&self, taken_at: Timestamp) -> Result<Vec<u8>, CacheError> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for entry in &self.workspaces {
            *counts.entry(&entry.subscription).or_default() += 1;
        }
        let subscriptions = self.subscriptions.iter().map(|subscription| {
            let groups = subscription.management_groups.iter();
            CachedSubscription {
                id: &subscription.id,
                name: subscription.name.as_deref(),
                tenant: subscription.tenant.as_deref(),
                state: subscription.state.as_ref().map(SubscriptionState::as_str),
                management_groups: groups.map(|group| (&*group.name, &*group.display_name)).collect(),
                workspaces: counts.get(&*subscription.id).copied().unwrap_or(0),
                unread: subscription.unread.as_deref(),
            }
        });
        let first = if self.workspaces.len() > FIRST { self.by_name() } else { Vec::new() };
        let head = Head {
            taken_at: time(taken_at),
            subscriptions: subscriptions.collect(),
            first: Tables::of(first.iter().take(FIRST).map(|at| &self.workspaces[*at])),
        };
        let groups = self.groups.iter().filter_map(|group| {
            let location = group.location.as_deref()?;
            Some(CachedGroup { id: group.id.as_str(), name: &group.name, location })
        });
        let body = Body { groups: groups.collect(), all: Tables::of(self.workspaces.iter()) };
        let bytes = [MARK, &VERSION.to_le_bytes()].concat();
        let bytes = postcard::to_extend(&head, bytes).map_err(unreadable)?;
        postcard::to_extend(&body, bytes).map_err(unreadable)
    }

    /// The outline of an inventory from bytes that [`Inventory::to_cache`] made, and when it was read from
    /// Azure: all subscriptions with the number of their workspaces, and the first workspaces by name.
    /// None where there are so few that all of them are read as fast.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version.
    pub fn outline(bytes: &[u8]) -> Result<Option<(Self, Timestamp)>, CacheError> {
        let (head, _) = open(bytes)?;
        if head.first.places.is_empty() {
            return Ok(None);
        }
        let (mut outline, taken_at) = Self::of_head(&head)?;
        outline.add_tables(&head.first)?;
        outline.announced = head.subscriptions.iter().map(|subscription| subscription.workspaces).collect();
        Ok(Some((outline, taken_at)))
    }

    /// An inventory from bytes that [`Inventory::to_cache`] made, and when it was read from Azure.
    ///
    /// # Errors
    /// When the bytes are damaged or of another version.
    pub fn from_cache(bytes: &[u8]) -> Result<(Self, Timestamp), CacheError> {
        let (head, rest) = open(bytes)?;
        let body: Body<'_> = postcard::from_bytes(rest).map_err(unreadable)?;
        let (mut inventory, taken_at) = Self::of_head(&head)?;
        for group in &body.groups {
            inventory.add_group(&ArmId::parse(group.id).map_err(unreadable)?, group.name, group.location);
        }
        inventory.add_tables(&body.all)?;
        Ok((inventory, taken_at))
    }

    fn of_head(head: &Head<'_>) -> Result<(Self, Timestamp), CacheError> {
        let taken_at = timestamp(head.taken_at).ok_or_else(|| odd("its time is none"))?;
        let mut inventory = Self::default();
        for subscription in &head.subscriptions {
            let tenant = subscription.tenant.map(|tenant| inventory.texts.keep(tenant));
            let management_groups = subscription.management_groups.iter();
            let management_groups = management_groups
                .map(|(name, display_name)| ManagementGroupEntry {
                    name: inventory.texts.keep(name),
                    display_name: inventory.texts.keep(display_name),
                })
                .collect();
            let entry = inventory.subscription_entry(subscription.id);
            entry.name = subscription.name.map(Into::into);
            entry.state = subscription.state.map(SubscriptionState::parse);
            entry.tenant = tenant;
            entry.management_groups = management_groups;
            entry.unread = subscription.unread.map(Into::into);
        }
        Ok((inventory, taken_at))
    }

    fn add_tables(&mut self, tables: &Tables<'_>) -> Result<(), CacheError> {
        let texts = &mut self.texts;
        let traits: Vec<KnownTraits> =
            tables.traits.iter().map(|traits| KnownTraits::of(traits, texts)).collect();
        let mut kept = |(key, value): &(&str, &str)| (texts.keep(key), texts.keep(value));
        let tags: Vec<Box<[_]>> =
            tables.tags.iter().map(|tags| tags.iter().map(&mut kept).collect()).collect();
        let workspaces = tables.places.iter().map(|place| place.workspaces.len()).sum();
        self.by_id.reserve(workspaces);
        self.workspaces.reserve(workspaces);
        self.group_of.reserve(workspaces);
        for place in &tables.places {
            let path = ArmId::parse(place.path).map_err(unreadable)?;
            let subscription =
                self.texts.keep(&path.subscription_id().unwrap_or_default().to_ascii_lowercase());
            let group = self.texts.keep(path.resource_group().unwrap_or_default());
            for workspace in &place.workspaces {
                let known = traits.get(workspace.traits).zip(tags.get(workspace.tags));
                let (traits, tags) = known.ok_or_else(|| odd("a number leads nowhere"))?;
                self.put(WorkspaceEntry {
                    id: path.join(workspace.name),
                    subscription: subscription.clone(),
                    group: group.clone(),
                    location: traits.location.clone(),
                    friendly_name: some(workspace.friendly_name).map(Into::into),
                    kind: traits.kind.clone(),
                    state: traits.state.clone(),
                    isolation: traits.isolation.clone(),
                    network_status: traits.network_status.clone(),
                    public_access: traits.public_access.clone(),
                    storage_access: traits.storage_access.clone(),
                    legacy_mode: traits.legacy_mode,
                    tags: tags.clone(),
                    principal_id: some(workspace.principal_id).map(Into::into),
                    created_at: workspace.created.and_then(timestamp),
                    judged: None,
                    dependents: NearIds {
                        storage: known_near(workspace.storage),
                        vault: known_near(workspace.vault),
                        insights: known_near(workspace.insights),
                        registry: known_near(workspace.registry),
                        hub: some(workspace.hub).and_then(|hub| ArmId::parse(hub).ok()),
                    },
                });
            }
        }
        Ok(())
    }
}
