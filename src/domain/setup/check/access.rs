//! The workspace's identity, its way to the storage account, grants and the budget.

use super::super::environment::{Dependent, Environment, OwnIdentity};
use super::super::finding::Findings;
use super::super::people::Principal;
use super::super::roles::Role;
use super::super::spec::{Kind, Place, StorageAccess};
use crate::domain::personas::Stage;

pub(super) fn check(environment: &Environment, found: &mut Findings) {
    if environment.kind != Kind::Project {
        storage_access(environment, found);
    }
    if matches!(environment.identity, OwnIdentity::New(_) | OwnIdentity::Existing(_)) {
        found.note(
            "identity.workspace",
            "Azure grants a user-assigned identity nothing by itself: the roles that it needs are part of the plan",
        );
    }
    no_place(environment, found);
    budget(environment, found);
}

/// Roles on what is not there: why, and what to do.
fn no_place(environment: &Environment, found: &mut Findings) {
    let of_grants = environment.grants.iter().map(|grant| (grant.place, &grant.role));
    let by_name = environment.by_name.iter().map(|one| (one.place, &one.role));
    let mut told = Vec::new();
    for (place, role) in of_grants.chain(by_name) {
        if environment.place(place).is_some() || told.contains(&(place, role)) {
            continue;
        }
        told.push((place, role));
        let (role, on) = (&role.name, place.words());
        let text = match (&environment.hub, place) {
            (Some(hub), _) => format!(
                "{role} on {on} is not granted here: it is that of the hub {}. Grant it there",
                hub.name()
            ),
            (None, Place::Registry) => format!(
                "{role} on {on} cannot be granted yet: Azure makes one with the first image. Grant it then, or choose a new one"
            ),
            (None, _) => {
                format!("{role} on {on} cannot be granted: there is none. Choose a new one, or leave it out")
            }
        };
        found.warn("people", text);
    }
}

fn storage_access(environment: &Environment, found: &mut Findings) {
    let by_identity = environment.storage_access == StorageAccess::Identity;
    if by_identity {
        found.warn(
            "identity.storage_access",
            "storage access by identity is a preview: without a service-level agreement, not recommended for production. \
             It needs azure-ai-ml 1.17.0 and the ml extension 2.27.0 or newer, everybody who uses the data needs data \
             roles, and a compute instance needs a user-assigned identity to mount the datastores",
        );
        let reads = |role: &Role| role.name.starts_with("Storage Blob Data");
        let people = environment.grants.iter().filter(|grant| grant.principal != Principal::OwnIdentity);
        let someone = people.map(|grant| &grant.role).any(reads)
            || environment.by_name.iter().any(|one| reads(&one.role));
        if !someone && environment.stage == Stage::Development {
            found.warn(
                "people",
                "storage is reached by identity, and nobody gets a data role on it: nobody can use the data",
            );
        }
    }
    if environment.shared_key_off && !by_identity {
        found.refuse(
            "identity.shared_key_off",
            "a workspace that reaches its storage by key is broken once shared keys are off: choose storage_access = 'identity'",
        );
    } else if environment.shared_key_off && matches!(environment.storage, Dependent::Existing(_)) {
        found.warn(
            "identity.shared_key_off",
            "the storage account is there already: whoever else uses its keys is locked out when they are turned off",
        );
    }
}

fn budget(environment: &Environment, found: &mut Findings) {
    let Some(budget) = &environment.budget else { return };
    if !budget.amount.is_finite() || budget.amount < 0.0 {
        found.refuse("budget.amount", format!("{} is no amount of money", budget.amount));
    }
    if budget.alerts.len() > 5 || budget.alerts.iter().any(|per_cent| !(1..=1000).contains(per_cent)) {
        found.refuse("budget.alerts", "up to five alerts, each between 1 and 1000 per cent");
    }
    for contact in &budget.contacts {
        let sound =
            contact.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        if !sound || contact.contains(char::is_whitespace) {
            found.refuse("budget.contacts", format!("'{contact}' is no address of electronic mail"));
        }
    }
    if budget.contacts.len() > 50 {
        found.refuse("budget.contacts", "up to 50 addresses");
    }
}
