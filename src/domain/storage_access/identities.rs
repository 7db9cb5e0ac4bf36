//! The identities of the workspace and of its computes, and whether each holds the data roles that it needs.

use std::collections::BTreeMap;

use super::assessment::Facts;
use super::people::{Data, Reach, Reached, Reacher, User, reach};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::compute::Compute;

/// An identity, what it is used as, and what it has to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// Its name as Azure has it: a system-assigned one is called as what it belongs to.
    name: String,
    /// `the workspace`, `cluster cpu`.
    uses: Vec<String>,
    /// What it has to reach under identity.
    needs: Data,
}

impl Own {
    /// `mlw (the workspace)`, `id-train (primary identity of mlw; cluster cpu)`.
    fn words(&self) -> String {
        format!("{} ({})", self.name, self.uses.join("; "))
    }
}

/// The identities of the workspace and its computes by object id in small letters. Every identity of the workspace is
/// among them, also those that do not act for it: whoever sees one on the account should know whose it is.
#[must_use]
pub fn own(facts: &Facts<'_>) -> BTreeMap<String, Own> {
    let mut found: BTreeMap<String, Own> = BTreeMap::new();
    let workspace = &facts.opened.workspace;
    let acting = facts.targets.identity.as_deref().map(str::to_ascii_lowercase);
    let is_acting = |id: &str| acting.as_deref() == Some(id);
    let assigned: Vec<(String, String)> = workspace
        .identity
        .iter()
        .flat_map(|identity| &identity.user_assigned_identities)
        .filter_map(|(key, one)| {
            Some((one.as_ref()?.principal_id.as_deref()?.to_ascii_lowercase(), last_of(key)))
        })
        .collect();
    for (id, name) in &assigned {
        let (used, needs) = match is_acting(id) {
            true => (format!("primary identity of {}", workspace.name), Data::BOTH),
            false => ("assigned to the workspace, not its primary identity".to_owned(), Data::NONE),
        };
        found.insert(id.clone(), Own { name: name.clone(), uses: vec![used], needs });
    }
    if let Some(id) = acting.clone().filter(|id| !found.contains_key(id)) {
        let own =
            Own { name: workspace.name.clone(), uses: vec!["the workspace".to_owned()], needs: Data::BOTH };
        found.insert(id, own);
    }
    let system = workspace.identity.as_ref().filter(|identity| identity.is_system_assigned());
    if let Some(id) = system.and_then(|identity| identity.principal_id.as_deref()) {
        found.entry(id.to_ascii_lowercase()).or_insert_with(|| Own {
            name: workspace.name.clone(),
            uses: vec!["the workspace's own, not its primary identity".to_owned()],
            needs: Data::NONE,
        });
    }
    for compute in facts.computes.found().into_iter().flatten() {
        let Some((kind, needs)) = needs_of(compute) else { continue };
        let Some(identity) = &compute.identity else { continue };
        for (key, assigned) in &identity.user_assigned_identities {
            let Some(id) = assigned.as_ref().and_then(|one| one.principal_id.as_deref()) else { continue };
            let known = found.entry(id.to_ascii_lowercase()).or_insert_with(|| Own {
                name: last_of(key),
                uses: Vec::new(),
                needs,
            });
            known.uses.push(format!("{kind} {}", compute.name));
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
            let Reached { now: reach, with_roles, only, .. } = match needs {
                Data::NONE => Reached::same(Reach::NotNeeded),
                needs => reach(facts, id, needs),
            };
            Reacher {
                reach,
                with_roles,
                only,
                reads: Data::NONE,
                groups: Vec::new(),
                other_workspace: None,
                kind: PrincipalKind::ManagedIdentity,
                does,
                after_activation: users.get(id).is_some_and(|user| user.after_activation),
                through: None,
                address: None,
                id: id.clone(),
                name: own.words(),
            }
        })
        .collect();
    all.sort_by_cached_key(|one| (one.reach.rank(), one.name.to_lowercase()));
    all
}
