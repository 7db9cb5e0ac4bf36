//! The identities of the workspace and of its computes, and whether each holds the data roles that it needs.

use std::collections::BTreeMap;

use super::assessment::Facts;
use super::people::{Data, Reach, Reacher, User, reach};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::compute::Compute;

/// An identity, what it belongs to, and what it has to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// `mlw (the workspace)`, `id-train (cluster cpu)`.
    name: String,
    /// What it has to reach under identity.
    needs: Data,
}

/// The identities of the workspace and its computes by object id in small letters. Every identity of the workspace is
/// among them, also those that do not act for it: whoever sees one on the account should know whose it is.
#[must_use]
pub fn own(facts: &Facts<'_>) -> BTreeMap<String, Own> {
    let mut found: BTreeMap<String, Own> = BTreeMap::new();
    let workspace = &facts.opened.workspace;
    let acting = facts.targets.identity.as_deref();
    if let Some(id) = acting {
        let own = Own { name: format!("{} (the workspace)", workspace.name), needs: Data::BOTH };
        found.insert(id.to_ascii_lowercase(), own);
    }
    if let Some(identity) = &workspace.identity {
        let system = identity.principal_id.as_deref().filter(|_| identity.is_system_assigned());
        let system = system.map(|id| (format!("{} (the workspace's own", workspace.name), id));
        let assigned = identity.user_assigned_identities.iter().filter_map(|(key, assigned)| {
            let id = assigned.as_ref()?.principal_id.as_deref()?;
            Some((format!("{} (assigned to the workspace", last_of(key)), id))
        });
        for (name, id) in system.into_iter().chain(assigned) {
            let name = format!("{name}, not its primary identity)");
            found.entry(id.to_ascii_lowercase()).or_insert(Own { name, needs: Data::NONE });
        }
    }
    for compute in facts.computes.found().into_iter().flatten() {
        let Some((kind, needs)) = needs_of(compute) else { continue };
        let Some(identity) = &compute.identity else { continue };
        for (key, assigned) in &identity.user_assigned_identities {
            let Some(id) = assigned.as_ref().and_then(|one| one.principal_id.as_deref()) else { continue };
            let name = format!("{} ({kind} {})", last_of(key), compute.name);
            let known = found.entry(id.to_ascii_lowercase()).or_insert(Own { name, needs });
            known.needs = known.needs.and(needs);
        }
    }
    found
}

/// What the user-assigned identity of a compute reaches: jobs on a cluster read and write blobs, an instance mounts
/// the file share.
fn needs_of(compute: &Compute) -> Option<(&'static str, Data)> {
    match compute.properties.compute_type.as_deref()? {
        "AmlCompute" => Some(("cluster", Data { blobs: true, files: false })),
        "ComputeInstance" => Some(("instance", Data { blobs: false, files: true })),
        _ => None,
    }
}

fn last_of(key: &str) -> String {
    ArmId::parse(key).map_or_else(|_| key.to_owned(), |id| id.name().to_owned())
}

/// Each with what it does in the workspace besides, and whether it reaches what it needs; those that do not first.
/// Whatever runs jobs or opens notebooks needs all of it.
#[must_use]
pub fn identities(
    facts: &Facts<'_>,
    own: &BTreeMap<String, Own>,
    users: &BTreeMap<String, User>,
) -> Vec<Reacher> {
    let mut all: Vec<Reacher> = own
        .iter()
        .map(|(id, own)| {
            let does = users.get(id).map(|user| user.does.clone()).unwrap_or_default();
            let needs = if does.is_empty() { own.needs } else { Data::BOTH };
            Reacher {
                reach: if needs == Data::NONE { Reach::NotNeeded } else { reach(facts, id, needs) },
                kind: PrincipalKind::ManagedIdentity,
                does,
                after_activation: users.get(id).is_some_and(|user| user.after_activation),
                through: None,
                address: None,
                id: id.clone(),
                name: own.name.clone(),
            }
        })
        .collect();
    all.sort_by_cached_key(|one| (one.reach.rank(), one.name.to_lowercase()));
    all
}
