//! Small worlds for the tests of the evaluation.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Access, Act, Decision, Evidence, Member, Switch, Targets, Verdict};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;

/// The time of all tests.
pub(super) const NOW: &str = "2026-11-22T12:00:00Z";
pub(super) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
pub(super) const ALL: &str = "00000000-0000-0000-0000-000000000000";

pub(super) fn id(text: &str) -> ArmId {
    ArmId::parse(text).unwrap()
}

pub(super) fn workspace() -> ArmId {
    id("/subscriptions/s1/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/mlw")
}

pub(super) fn storage() -> ArmId {
    id("/subscriptions/s1/resourceGroups/data/providers/Microsoft.Storage/storageAccounts/st")
}

pub(super) fn vault() -> ArmId {
    id("/subscriptions/s1/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv")
}

/// Evidence that grows. All lists of the workspace, the storage account and the vault were read.
#[derive(Clone)]
pub(super) struct World {
    pub(super) evidence: Evidence,
    number: usize,
}

impl World {
    pub(super) fn new() -> Self {
        let mut world = Self::unread();
        for scope in [workspace(), storage(), vault()] {
            world.evidence.add_assignments(&scope, []);
            world.evidence.add_denies(&scope, []);
            world.evidence.add_eligible(&scope, []);
        }
        world.role(OWNER, "Owner", &json!({"actions": ["*"]})).role(
            "acdd72a7-3385-48ef-bd42-f606fba81ae7",
            "Reader",
            &json!({"actions": ["*/read"]}),
        )
    }

    /// Of which nothing was read.
    pub(super) fn unread() -> Self {
        Self { evidence: Evidence::default(), number: 0 }
    }

    /// A role with one permission; custom unless its id is a GUID.
    pub(super) fn role(self, guid: &str, name: &str, permission: &Value) -> Self {
        self.role_of(guid, name, &json!([permission]))
    }

    pub(super) fn role_of(mut self, guid: &str, name: &str, permissions: &Value) -> Self {
        let kind = if guid.len() == 36 { "BuiltInRole" } else { "CustomRole" };
        self.evidence.roles.add([serde_json::from_value(json!({
            "id": format!("/providers/Microsoft.Authorization/roleDefinitions/{guid}"), "name": guid,
            "properties": {"roleName": name, "type": kind, "permissions": permissions}
        }))
        .unwrap()]);
        self
    }

    fn hung(&mut self, kind: &str, at: &ArmId) -> ArmId {
        self.number += 1;
        at.join(&format!("providers/Microsoft.Authorization/{kind}/{}", self.number))
    }

    /// Assigns a role, found by the list of the workspace, or of the storage account below it. Groups begin
    /// with `g`.
    pub(super) fn assign(self, principal: &str, role: &str, at: &ArmId) -> Self {
        self.assign_with(principal, role, at, json!({}))
    }

    pub(super) fn assign_with(mut self, principal: &str, role: &str, at: &ArmId, more: Value) -> Self {
        let id = self.hung("roleAssignments", at);
        let document = properties(principal, role, at, more);
        let assignment = serde_json::from_value(json!({"id": id, "name": id.name(), "properties": document}));
        self.evidence.add_assignments(&listed_at(at), [assignment.unwrap()]);
        self
    }

    /// Makes a role eligible.
    pub(super) fn eligible(mut self, principal: &str, role: &str, at: &ArmId, more: Value) -> Self {
        let id = self.hung("roleEligibilityScheduleInstances", at);
        let document = properties(principal, role, at, more);
        let instance = serde_json::from_value(json!({"id": id, "name": id.name(), "properties": document}));
        self.evidence.add_eligible(&listed_at(at), [instance.unwrap()]);
        self
    }

    /// A deny assignment.
    pub(super) fn deny(mut self, at: &ArmId, mut more: Value) -> Self {
        let id = self.hung("denyAssignments", at);
        more["scope"] = json!(at);
        more["denyAssignmentName"] = json!("Deny");
        let deny = serde_json::from_value(json!({"id": id, "name": id.name(), "properties": more}));
        self.evidence.add_denies(&listed_at(at), [deny.unwrap()]);
        self
    }

    /// Everybody in a group, groups among them too.
    pub(super) fn group(mut self, group: &str, members: &[&str]) -> Self {
        let member = |id: &&str| Member::new(id, kind_of(id));
        self.evidence.members.know(group, members.iter().map(member));
        self
    }

    pub(super) fn access(&self) -> Access {
        Access::new(Arc::new(self.evidence.clone()), now())
    }

    pub(super) fn decide(&self, principal: &str, act: &Act, at: &ArmId) -> Decision {
        let access = self.access();
        let decision = access.decide(principal, act, at);
        assert_eq!(access.verdict(principal, act, at), decision.verdict, "with and without reasons");
        decision
    }

    pub(super) fn verdict(&self, principal: &str, act: &Act, at: &ArmId) -> Verdict {
        self.decide(principal, act, at).verdict
    }
}

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// The scope whose list shows an assignment: the scope itself, or the workspace below a wider one.
fn listed_at(at: &ArmId) -> ArmId {
    let wide = at.subscription_id().is_none() || at.resource_group().is_none();
    if wide || at.contains(&workspace()) { workspace() } else { at.clone() }
}

fn kind_of(id: &str) -> PrincipalKind {
    match id.as_bytes().first() {
        Some(b'g' | b'G') => PrincipalKind::Group,
        Some(b'm') => PrincipalKind::ManagedIdentity,
        _ => PrincipalKind::User,
    }
}

fn properties(principal: &str, role: &str, at: &ArmId, mut more: Value) -> Value {
    let kind = match kind_of(principal) {
        PrincipalKind::Group => "Group",
        PrincipalKind::ManagedIdentity => "ServicePrincipal",
        _ => "User",
    };
    more["principalId"] = principal.into();
    more["principalType"] = kind.into();
    more["scope"] = json!(at);
    more["roleDefinitionId"] =
        format!("/subscriptions/s1/providers/Microsoft.Authorization/roleDefinitions/{role}").into();
    more
}

/// The targets of the workspace, with keys on and roles deciding in the vault.
pub(super) fn targets() -> Targets {
    Targets {
        storage: Some(storage()),
        vault: Some(vault()),
        shared_key: Switch::On,
        datastore_keys: Switch::On,
        vault_rbac: Switch::On,
        ..Targets::new(workspace())
    }
}
