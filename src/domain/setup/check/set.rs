//! What is so only of several environments together.

use super::super::environment::{Dependent, Environment, OwnIdentity, REGISTRIES, STORAGE, VAULTS, Zones};
use super::super::finding::Findings;
use super::super::spec::StorageAccess;
use crate::domain::personas::Stage;

/// Checks the environments of a set against each other.
pub(in super::super) fn set(environments: &[Environment], found: &mut Findings) {
    for (at, one) in environments.iter().enumerate() {
        for other in &environments[..at] {
            pair(other, one, found);
        }
    }
}

fn pair(one: &Environment, other: &Environment, found: &mut Findings) {
    let both = both(one, other);
    if one.workspace_id() == other.workspace_id() {
        found.refuse(
            "basics.workspace",
            format!(
                "{both} are one workspace, {}: put {{env}} into the name or the resource group",
                one.workspace
            ),
        );
        return;
    }
    if one.workspace.eq_ignore_ascii_case(&other.workspace) {
        found.warn(
            "basics.workspace",
            format!(
                "{both} each get a workspace called {}, in different resource groups: whoever goes by the name takes one for \
                 the other. Put {{env}} into the name",
                one.workspace
            ),
        );
    }
    groups(one, other, found);
    made_twice(one, other, found);
    endpoints(one, other, found);
}

fn both(one: &Environment, other: &Environment) -> String {
    format!("{} and {}", one.name, other.name)
}

/// Two in one resource group.
fn groups(one: &Environment, other: &Environment, found: &mut Findings) {
    let both = both(one, other);
    if one.group_id() == other.group_id() {
        if one.identity == OwnIdentity::System || other.identity == OwnIdentity::System {
            let (less, more) = if one.stage == Stage::Production { (other, one) } else { (one, other) };
            found.warn(
                "basics.resource_group",
                format!(
                    "{both} share the resource group {}: the system-assigned identity of {} becomes Azure AI Administrator \
                     of it, and so an administrator of {}. Give each its own group",
                    one.group, less.name, more.name
                ),
            );
        } else {
            found.warn(
                "basics.resource_group",
                format!("{both} share the resource group {}: access and cost are not apart", one.group),
            );
        }
    }
}

/// What two would both make, and what they share.
fn made_twice(one: &Environment, other: &Environment, found: &mut Findings) {
    let both = both(one, other);
    for ((what, kind, mine), (_, _, theirs)) in one.dependents().into_iter().zip(other.dependents()) {
        let key = format!("dependents: {}", what.words());
        match (mine, theirs) {
            (Dependent::New(a), Dependent::New(b)) if a.eq_ignore_ascii_case(b) => {
                let global = matches!(kind, STORAGE | VAULTS | REGISTRIES);
                if global || one.group_id() == other.group_id() {
                    found.refuse(&key, format!("{both} would both make '{a}': put {{env}} into the name"));
                }
            }
            (Dependent::Existing(a), Dependent::Existing(b)) if a == b => {
                let by_key = |one: &Environment| one.storage_access == StorageAccess::Key;
                if kind == STORAGE
                    && ((one.shared_key_off && by_key(other)) || (other.shared_key_off && by_key(one)))
                {
                    let name = a.name();
                    found.refuse(
                        "identity.shared_key_off",
                        format!("{both} share {name}: one turns its shared keys off, and the other signs in by them"),
                    );
                }
                found.warn(
                    &key,
                    format!(
                        "{both} share {}: what one may do there, the other's people may do too",
                        a.name()
                    ),
                );
            }
            _ => {}
        }
    }
    if let (OwnIdentity::New(a), OwnIdentity::New(_)) = (&one.identity, &other.identity)
        && one.identity_id() == other.identity_id()
    {
        found
            .refuse("identity.workspace", format!("{both} would both make '{a}': put {{env}} into the name"));
    }
}

/// What the private endpoints of two environments come to together.
fn endpoints(one: &Environment, other: &Environment, found: &mut Findings) {
    let both = both(one, other);
    let (Some(a), Some(b)) = (&one.inbound, &other.inbound) else { return };
    if a.group == b.group && one.workspace.eq_ignore_ascii_case(&other.workspace) {
        found.refuse(
            "network.endpoints.resource_group",
            format!(
                "{both} would both make the private endpoint of a workspace called {} in {}, and one leads to one \
                 workspace only: put {{env}} into the name of the workspace",
                one.workspace,
                a.group.name()
            ),
        );
    }
    if a.network() == b.network() {
        if a.zones == Zones::New && b.zones == Zones::New && a.group != b.group {
            found.refuse(
                "network.endpoints.dns_zones",
                format!(
                    "{both} would each make private DNS zones for the network {}, which takes one zone of a name: give both \
                     the same endpoints.resource_group, or the group of zones that are there",
                    a.network().name()
                ),
            );
        }
        if one.stage != other.stage {
            found.note(
                "network.endpoints.subnet",
                format!("{both} are reached through one network, {}", a.network().name()),
            );
        }
    }
}
