//! The inventory as a tree: subscription, group, workspace, each level by name.

use super::Inventory;
use super::texts::compare;

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
        let mut of_group: Vec<Vec<usize>> = vec![Vec::new(); self.groups.len()];
        for (at, group) in self.group_of.iter().enumerate().filter(|(at, _)| keep(*at)) {
            if let Some(group) = group {
                of_group[*group].push(at);
            }
        }
        let mut nodes: Vec<SubscriptionNode> = (0..self.subscriptions.len())
            .map(|subscription| SubscriptionNode { subscription, ..SubscriptionNode::default() })
            .collect();
        for (at, (group, mut workspaces)) in self.groups.iter().zip(of_group).enumerate() {
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
        for (node, announced) in nodes.iter_mut().zip(&self.announced) {
            node.workspaces = node.workspaces.max(*announced);
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
