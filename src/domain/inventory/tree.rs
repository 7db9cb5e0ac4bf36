//! The inventory as a tree: subscription, group, workspace, each level by name.

use std::collections::BTreeMap;

use super::texts::compare;
use super::{Inventory, WorkspaceEntry};

/// The inventory as a tree of indices; cheap to make anew when the inventory changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// The subscriptions by name; those that could not be read come last.
    pub subscriptions: Vec<SubscriptionNode>,
}

/// A subscription in the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionNode {
    /// Index in [`Inventory::subscriptions`].
    pub subscription: usize,
    /// Its groups by name.
    pub groups: Vec<GroupNode>,
    /// How many workspaces there are in all of its groups.
    pub workspaces: usize,
}

/// A group in the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupNode {
    /// Index in [`Inventory::groups`].
    pub group: usize,
    /// Indices in [`Inventory::workspaces`], by name; empty for a group without workspaces.
    pub workspaces: Vec<usize>,
}

impl Inventory {
    /// The tree of what `keep` lets through (all of it for `|_| true`). Groups without workspaces are in
    /// it when `empty_groups` says so.
    #[must_use]
    pub fn tree(&self, empty_groups: bool, keep: impl Fn(usize) -> bool) -> Tree {
        let mut of_group: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut last: Option<(&WorkspaceEntry, usize)> = None;
        for (at, workspace) in self.workspaces.iter().enumerate().filter(|(at, _)| keep(*at)) {
            let group = match last {
                // Most stand beside the one before, and need no id made and looked up.
                Some((before, group)) if before.is_beside(workspace) => Some(group),
                _ => workspace.id.group_scope().and_then(|id| self.by_group.get(&id).copied()),
            };
            if let Some(group) = group {
                of_group.entry(group).or_default().push(at);
                last = Some((workspace, group));
            }
        }
        let mut nodes: Vec<SubscriptionNode> = (0..self.subscriptions.len())
            .map(|subscription| SubscriptionNode { subscription, ..SubscriptionNode::default() })
            .collect();
        for (at, group) in self.groups.iter().enumerate() {
            let mut workspaces = of_group.remove(&at).unwrap_or_default();
            if workspaces.is_empty() && !empty_groups {
                continue;
            }
            workspaces.sort_by(|a, b| compare(self.workspaces[*a].name(), self.workspaces[*b].name()));
            if let Some(&subscription) = self.by_subscription.get(&group.subscription) {
                let node = &mut nodes[subscription];
                node.workspaces += workspaces.len();
                node.groups.push(GroupNode { group: at, workspaces });
            }
        }
        for node in &mut nodes {
            node.groups.sort_by(|a, b| compare(&self.groups[a.group].name, &self.groups[b.group].name));
        }
        nodes.sort_by_cached_key(|node| {
            let subscription = &self.subscriptions[node.subscription];
            (!subscription.is_visible(), subscription.label().to_lowercase())
        });
        Tree { subscriptions: nodes }
    }
}
