//! Every workspace that the caller can reach, with the subscriptions and groups around them: built
//! piece by piece as pages arrive, and small, because ten thousand workspaces are not rare.

mod cache;
mod columns;
mod entry;
mod find;
mod near;
mod texts;
mod tree;

use std::collections::HashMap;
use std::sync::Arc;

pub use cache::{CacheError, VERSION as CACHE_VERSION};
pub use columns::{COLUMNS, Column, Order, column, expendable};
pub use entry::{Age, AuthBadge, DependentIds, Judged, WorkspaceEntry};
pub use find::Landing;
pub use tree::{GroupNode, SubscriptionNode, Tree};

use crate::azure::arm::id::ArmId;
use crate::azure::resource_graph::{ContainerRow, WorkspaceRow};
use crate::azure::resources::resource_group::ResourceGroup;
use crate::azure::resources::subscription::{Subscription, SubscriptionState};
use crate::azure::resources::workspace::Workspace;
use texts::Texts;

/// Every workspace that the caller can reach.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    subscriptions: Vec<SubscriptionEntry>,
    groups: Vec<GroupEntry>,
    workspaces: Vec<WorkspaceEntry>,
    /// What could not be read. It never hides what could.
    pub problems: Vec<Problem>,
    by_id: HashMap<ArmId, usize>,
    by_subscription: HashMap<Arc<str>, usize>,
    by_group: HashMap<ArmId, usize>,
    /// The group of each workspace, by their indices.
    group_of: Vec<Option<usize>>,
    /// Of an outline: how many workspaces each subscription has.
    announced: Vec<usize>,
    texts: Texts,
    /// How often its rows changed.
    revision: u64,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionEntry {
    /// The GUID.
    pub id: Arc<str>,
    /// The name; none when the subscription itself may not be read.
    pub name: Option<Arc<str>>,
    /// Its tenant.
    pub tenant: Option<Arc<str>>,
    /// Whether it can be used.
    pub state: Option<SubscriptionState>,
    /// The management groups above it, nearest first, where known.
    pub management_groups: Vec<ManagementGroupEntry>,
    /// Why its workspaces could not be read; those that stand below it are the last that could.
    pub unread: Option<Arc<str>>,
    /// Whether its groups could not be listed.
    pub groups_unread: bool,
}

/// A management group by its two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagementGroupEntry {
    /// The name, as ids have it.
    pub name: Arc<str>,
    /// The name that people know.
    pub display_name: Arc<str>,
}

impl SubscriptionEntry {
    fn unseen(id: Arc<str>) -> Self {
        Self {
            id,
            name: None,
            tenant: None,
            state: None,
            management_groups: Vec::new(),
            unread: None,
            groups_unread: false,
        }
    }

    /// The name to show: its own, else the GUID.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    /// Whether the subscription itself was read; its workspaces may be visible although it was not.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.name.is_some()
    }
}

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEntry {
    /// The full id.
    pub id: ArmId,
    /// The GUID of the subscription.
    pub subscription: Arc<str>,
    /// The name, in the group's own case where it was read.
    pub name: Arc<str>,
    /// The region; none when the group itself may not be read.
    pub location: Option<Arc<str>>,
}

impl GroupEntry {
    /// Whether the group itself was read; its workspaces may be visible although it was not.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.location.is_some()
    }
}

/// Something that could not be read while the inventory was made.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    /// What was asked: a subscription's name or id, a tenant, `Resource Graph`.
    pub scope: String,
    /// What happened, and what to do.
    pub message: String,
}

impl Inventory {
    /// The subscriptions, in the order in which they were met.
    #[must_use]
    pub fn subscriptions(&self) -> &[SubscriptionEntry] {
        &self.subscriptions
    }

    /// The groups, in the order in which they were met.
    #[must_use]
    pub fn groups(&self) -> &[GroupEntry] {
        &self.groups
    }

    /// The workspaces, in the order in which they were met. An index stays good until
    /// [`Inventory::remove`] or [`Inventory::retain`].
    #[must_use]
    pub fn workspaces(&self) -> &[WorkspaceEntry] {
        &self.workspaces
    }

    /// How often its rows changed, but for what [`Inventory::judge`] notes: whoever keeps something that was worked
    /// out from them keeps this number beside it. Of two inventories that were made apart it says nothing.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// How many workspaces there are: those that it holds, or that its outline announces.
    #[must_use]
    pub fn count(&self) -> usize {
        self.workspaces.len().max(self.announced.iter().sum())
    }

    /// Whether this is the outline of a kept inventory: enough for a first screen, the rest is being read.
    #[must_use]
    pub fn is_outline(&self) -> bool {
        !self.announced.is_empty()
    }

    /// The workspace with this id.
    #[must_use]
    pub fn get(&self, id: &ArmId) -> Option<&WorkspaceEntry> {
        self.workspaces.get(self.index_of(id)?)
    }

    /// Where the workspace with this id stands in [`Inventory::workspaces`].
    #[must_use]
    pub fn index_of(&self, id: &ArmId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The subscription with this GUID.
    #[must_use]
    pub fn subscription(&self, id: &str) -> Option<&SubscriptionEntry> {
        match self.by_subscription.get(id) {
            Some(&at) => self.subscriptions.get(at),
            None => self.subscriptions.iter().find(|s| s.id.eq_ignore_ascii_case(id)),
        }
    }

    /// The group with this id.
    #[must_use]
    pub fn group(&self, id: &ArmId) -> Option<&GroupEntry> {
        self.groups.get(*self.by_group.get(id)?)
    }

    /// The name to show for a subscription: its own, else the GUID.
    #[must_use]
    pub fn subscription_label<'a>(&'a self, id: &'a str) -> &'a str {
        self.subscription(id).map_or(id, SubscriptionEntry::label)
    }

    /// The name that people know of a management group, where some subscription names it.
    #[must_use]
    pub fn management_group_label(&self, name: &str) -> Option<&str> {
        let groups = self.subscriptions.iter().flat_map(|s| &s.management_groups);
        let found = groups.into_iter().find(|group| group.name.eq_ignore_ascii_case(name))?;
        Some(&found.display_name)
    }

    /// Takes subscriptions, as ARM lists them.
    pub fn add_subscriptions(&mut self, subscriptions: &[Subscription]) {
        for subscription in subscriptions {
            let id = subscription.id.subscription_id().unwrap_or(&subscription.subscription_id);
            let tenant = subscription.tenant_id.as_deref().map(|tenant| self.texts.keep(tenant));
            let entry = self.subscription_entry(id);
            entry.name = Some(named(&subscription.display_name, id));
            entry.state.clone_from(&subscription.state);
            entry.tenant = tenant.or(entry.tenant.take());
        }
    }

    /// Takes subscriptions and groups, as Resource Graph gives them.
    pub fn add_containers(&mut self, rows: &[ContainerRow]) {
        for row in rows {
            if row.id.resource_group().is_some() {
                self.add_group(&row.id, &row.name, row.location.as_deref().unwrap_or_default());
                continue;
            }
            let Some(id) = row.id.subscription_id() else { continue };
            let tenant = row.tenant_id.as_deref().map(|tenant| self.texts.keep(tenant));
            let management_groups: Vec<ManagementGroupEntry> = row
                .management_groups
                .iter()
                .map(|group| ManagementGroupEntry {
                    name: self.texts.keep(&group.name),
                    display_name: self.texts.keep(&group.display_name),
                })
                .collect();
            let entry = self.subscription_entry(id);
            entry.name = Some(named(&row.name, id));
            entry.state = row.state.as_deref().map(SubscriptionState::parse).or(entry.state.take());
            entry.tenant = tenant.or(entry.tenant.take());
            if !management_groups.is_empty() {
                entry.management_groups = management_groups;
            }
        }
    }

    /// Takes groups, as ARM lists them.
    pub fn add_groups(&mut self, groups: &[ResourceGroup]) {
        for group in groups {
            self.add_group(&group.id, &group.name, &group.location);
        }
    }

    /// Takes workspaces, as Resource Graph gives them. One that was met before is replaced.
    pub fn add_rows(&mut self, rows: &[WorkspaceRow]) {
        for row in rows {
            let entry = WorkspaceEntry::from_row(row, &mut self.texts);
            self.put(entry);
        }
    }

    /// Takes workspaces, as ARM gives them; they say more than rows do, so an opened workspace is given
    /// here too.
    pub fn add_workspaces(&mut self, workspaces: &[Workspace]) {
        for workspace in workspaces {
            let entry = WorkspaceEntry::from_workspace(workspace, &mut self.texts);
            self.put(entry);
        }
    }

    /// Takes what was found about a workspace that was opened. Its place in an order stays: a row that moves because
    /// the cursor came upon it could not be read.
    pub fn judge(&mut self, id: &ArmId, judged: Judged) {
        if let Some(entry) = self.index_of(id).and_then(|at| self.workspaces.get_mut(at)) {
            entry.judged = Some(judged);
        }
    }

    /// Takes a workspace out, when it was deleted. Indices behind it move.
    pub fn remove(&mut self, id: &ArmId) {
        if let Some(at) = self.by_id.remove(id) {
            self.revision += 1;
            self.workspaces.remove(at);
            self.group_of.remove(at);
            for index in self.by_id.values_mut().filter(|index| **index > at) {
                *index -= 1;
            }
        }
    }

    /// Takes out every workspace that `keep` refuses, such as those that a whole refresh did not bring
    /// again. Indices move.
    pub fn retain(&mut self, keep: impl FnMut(&WorkspaceEntry) -> bool) {
        let kept: Vec<bool> = self.workspaces.iter().map(keep).collect();
        self.revision += 1;
        let mut verdicts = kept.iter();
        self.workspaces.retain(|_| verdicts.next().is_some_and(|kept| *kept));
        let mut verdicts = kept.iter();
        self.group_of.retain(|_| verdicts.next().is_some_and(|kept| *kept));
        self.by_id = self.workspaces.iter().enumerate().map(|(at, entry)| (entry.id.clone(), at)).collect();
    }

    /// Notes what could not be read; the same problem is noted once.
    pub fn note(&mut self, scope: impl Into<String>, message: impl Into<String>) {
        let problem = Problem { scope: scope.into(), message: message.into() };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Notes that the workspaces of a subscription could not be read.
    pub fn note_unread(&mut self, subscription: &str, message: &str) {
        let entry = self.subscription_entry(subscription);
        entry.unread = Some(message.into());
        let label = entry.label().to_owned();
        self.note(label, message);
    }

    /// Whether this subscription's workspaces could not be read.
    #[must_use]
    pub fn is_unread(&self, subscription: &str) -> bool {
        self.subscription(subscription).is_some_and(|entry| entry.unread.is_some())
    }

    /// Notes that the groups of a subscription could not be listed: those without workspaces are not seen.
    pub fn note_groups_unread(&mut self, subscription: &str) {
        self.subscription_entry(subscription).groups_unread = true;
    }

    /// Takes over what an older inventory knows of the subscriptions that could not be read this time.
    pub fn keep_unread(&mut self, older: &Self) {
        for group in &older.groups {
            let lost = self.subscription(&group.subscription).is_some_and(|entry| entry.groups_unread);
            if lost && let Some(location) = &group.location {
                self.add_group(&group.id, &group.name, location);
            }
        }
        for entry in &mut self.subscriptions {
            if entry.management_groups.is_empty()
                && let Some(known) = older.subscription(&entry.id)
            {
                entry.management_groups.clone_from(&known.management_groups);
            }
        }
        for entry in &older.workspaces {
            if self.is_unread(&entry.subscription) && self.get(&entry.id).is_none() {
                self.put(entry.clone());
            }
        }
    }

    /// The groups in which no workspace was met.
    pub fn empty_groups(&self) -> impl Iterator<Item = &GroupEntry> {
        let used: std::collections::HashSet<ArmId> =
            self.workspaces.iter().filter_map(|w| w.id.group_scope()).collect();
        self.groups.iter().filter(move |group| !used.contains(&group.id))
    }

    fn put(&mut self, mut entry: WorkspaceEntry) {
        // Rows come in the order of their ids, so that most are in the same group as the one before.
        let beside = self.workspaces.last().is_some_and(|last| last.is_beside(&entry));
        let group = if beside { self.group_of.last().copied().flatten() } else { self.meet_group(&entry) };
        let next = self.workspaces.len();
        let at = *self.by_id.entry(entry.id.clone()).or_insert(next);
        match self.workspaces.get_mut(at) {
            Some(older) => {
                entry.fill_from(older);
                if *older != entry {
                    *older = entry;
                    self.revision += 1;
                }
            }
            None => {
                self.revision += 1;
                self.workspaces.push(entry);
                self.group_of.push(group);
            }
        }
    }

    /// Notes the group and the subscription of a workspace, where they were not met before; gives the
    /// index of the group.
    fn meet_group(&mut self, entry: &WorkspaceEntry) -> Option<usize> {
        self.subscription_entry(&entry.subscription);
        let id = entry.id.group_scope()?;
        let next = self.groups.len();
        let at = *self.by_group.entry(id.clone()).or_insert(next);
        if at == next {
            let (subscription, name) = (entry.subscription.clone(), entry.group.clone());
            self.groups.push(GroupEntry { id, subscription, name, location: None });
        }
        Some(at)
    }

    fn add_group(&mut self, id: &ArmId, name: &str, location: &str) {
        let name = named(name, id.resource_group().unwrap_or_default());
        let location = Some(self.texts.keep(location));
        match self.by_group.get(id) {
            Some(&at) => {
                let group = &mut self.groups[at];
                group.name = name;
                group.location = location;
            }
            None => {
                let subscription =
                    self.texts.keep(&id.subscription_id().unwrap_or_default().to_ascii_lowercase());
                self.subscription_entry(&subscription);
                self.by_group.insert(id.clone(), self.groups.len());
                self.groups.push(GroupEntry { id: id.clone(), subscription, name, location });
            }
        }
    }

    fn subscription_entry(&mut self, id: &str) -> &mut SubscriptionEntry {
        // GUIDs are kept in lower case, so that a map finds them whatever case an id has.
        let id = self.texts.keep(&id.to_ascii_lowercase());
        let next = self.subscriptions.len();
        let at = *self.by_subscription.entry(id.clone()).or_insert(next);
        if at == next {
            self.subscriptions.push(SubscriptionEntry::unseen(id));
        }
        &mut self.subscriptions[at]
    }
}

fn named(name: &str, fallback: &str) -> Arc<str> {
    if name.is_empty() { fallback.into() } else { name.into() }
}

#[cfg(test)]
mod tests;
