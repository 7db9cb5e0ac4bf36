//! What was found out before a plan is made.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::finding::Finding;
use super::super::preflight::Learnt;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::Workspace;

/// What was found out beforehand. Nothing of it is needed for a plan to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The day by universal time, which Azure goes by, for the beginning of budgets.
    pub today: Date,
    /// Resource providers that are registered: subscription and namespace.
    pub registered: Vec<(String, String)>,
    /// Resource providers that are not registered: subscription and namespace.
    pub unregistered: Vec<(String, String)>,
    /// Object ids of user-assigned identities that are there.
    pub principals: BTreeMap<ArmId, String>,
    /// Networks that the private DNS zones of a resource group are linked to: the network and the group.
    pub linked: Vec<(ArmId, ArmId)>,
    /// What the plan makes and what is there already: it is no business of the deployment, nor of the way back.
    pub there: Vec<ArmId>,
    /// What of that the last change failed of: it is deployed again.
    pub broken: Vec<ArmId>,
    /// Workspaces that are there, as they were read.
    pub workspaces: BTreeMap<ArmId, Workspace>,
}

impl Known {
    /// Nothing but the day.
    #[must_use]
    pub fn only_today(today: Date) -> Self {
        Self {
            today,
            registered: Vec::new(),
            unregistered: Vec::new(),
            principals: BTreeMap::new(),
            linked: Vec::new(),
            there: Vec::new(),
            broken: Vec::new(),
            workspaces: BTreeMap::new(),
        }
    }

    /// What was learnt so far, without what there is to say about it.
    #[must_use]
    pub fn of(today: Date, learnt: &[Learnt]) -> Self {
        let mut known = Self::only_today(today);
        for one in learnt {
            known.learn(one.clone());
        }
        known
    }

    /// Takes in what the preflight learnt; gives what there is to say about it.
    pub fn learn(&mut self, learnt: Learnt) -> Option<Finding> {
        match learnt {
            Learnt::Finding(finding) => return Some(finding),
            Learnt::Registered(subscription, namespace) => self.registered.push((subscription, namespace)),
            Learnt::Unregistered(subscription, namespace) => {
                self.unregistered.push((subscription, namespace));
            }
            Learnt::Linked(network, group) => self.linked.push((network, group)),
            Learnt::There(id) => self.there.push(id),
            Learnt::Broken(id) => self.broken.push(id),
            Learnt::Workspace(workspace) => {
                self.workspaces.insert(workspace.id.clone(), *workspace);
            }
            Learnt::Principal(id, object) => {
                self.principals.insert(id, object);
            }
        }
        None
    }
}
