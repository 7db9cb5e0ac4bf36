//! The checks on who may do what.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::checks::{access, found_if, is_nameless, is_person, is_staging, some};
use super::{Outcome, Reach, Subject};
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::access::{AccessRow, AccessTable, Act, From, Membership, Place, Tenure, Verdict};

/// A group with so many people, applications and identities, nested groups opened, is wide.
const WIDE: u64 = 100;

/// Looks at the rows of the workspace, and at the evaluated access.
fn reach(subject: &Subject<'_>, look: impl FnOnce(&AccessTable, Reach<'_>) -> Outcome) -> Outcome {
    let Some(reach) = subject.access else { return Outcome::CannotTell };
    access(subject, |table| look(table, reach))
}

/// What was found, else whether everything was looked at.
fn outcome(found: &BTreeSet<&str>, unsure: bool) -> Outcome {
    match (found.is_empty(), unsure) {
        (false, _) => Outcome::Found(some(found).into()),
        (true, true) => Outcome::CannotTell,
        (true, false) => Outcome::Clear,
    }
}

fn in_force(table: &AccessTable) -> impl Iterator<Item = &AccessRow> {
    table.rows.iter().filter(|row| row.is_in_force())
}

pub(super) fn standing_owner(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let standing: BTreeSet<&str> = in_force(table)
            .filter(|row| row.role.is_owner() && row.tenure == Tenure::Permanent && is_person(row))
            .map(AccessRow::label)
            .collect();
        let may_stand =
            |row: &AccessRow| row.role.is_owner() && row.tenure == Tenure::Unknown && is_person(row);
        if standing.is_empty() && in_force(table).any(may_stand) {
            return Outcome::CannotTell;
        }
        found_if(!standing.is_empty(), || some(&standing))
    })
}

pub(super) fn role_twice(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let plain =
            || in_force(table).filter(|row| row.condition.is_none() && row.tenure == Tenure::Permanent);
        let mut held: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for row in plain() {
            *held.entry((&row.principal_id, &row.role.id)).or_default() += 1;
        }
        let twice: BTreeSet<&str> = plain()
            .filter(|row| {
                held.get(&(row.principal_id.as_str(), row.role.id.as_str())).is_some_and(|n| *n > 1)
            })
            .map(AccessRow::label)
            .collect();
        if twice.is_empty() && in_force(table).any(|row| row.tenure == Tenure::Unknown) {
            return Outcome::CannotTell;
        }
        found_if(!twice.is_empty(), || some(&twice))
    })
}

pub(super) fn role_also_by_group(subject: &Subject<'_>) -> Outcome {
    reach(subject, |table, reach| {
        let held: HashSet<(String, &str)> = in_force(table)
            .filter(|row| row.condition.is_none())
            .map(|row| (row.principal_id.to_ascii_lowercase(), row.role.id.as_str()))
            .collect();
        let by_group = |row: &&AccessRow| {
            let mut groups = reach.access.groups_of(&row.principal_id);
            groups.any(|group| held.contains(&(group.to_string(), row.role.id.as_str())))
        };
        let doubled = in_force(table).filter(|row| is_person(row)).filter(by_group);
        outcome(
            &doubled.map(AccessRow::label).collect(),
            in_force(table).any(|row| is_unread_group(row, reach)),
        )
    })
}

fn is_unread_group(row: &AccessRow, reach: Reach<'_>) -> bool {
    let members = &reach.access.evidence().members;
    row.kind() == Some(PrincipalKind::Group)
        && !matches!(members.get(&row.principal_id), Some(Membership::Known(_)))
}

/// Whether the role of a row changes a workspace; a role that was not read may.
fn changes(row: &AccessRow, reach: Reach<'_>) -> Option<bool> {
    reach.access.role_changes(&row.role.id)
}

pub(super) fn wide_group(subject: &Subject<'_>) -> Outcome {
    reach(subject, |table, reach| {
        let groups = || {
            let groups = in_force(table).filter(|row| row.kind() == Some(PrincipalKind::Group));
            groups.filter(|row| changes(row, reach) != Some(false))
        };
        let size = |row: &AccessRow| match reach.access.evidence().members.get(&row.principal_id) {
            Some(Membership::Known(members)) => {
                u64::try_from(members.iter().filter(|member| !member.is_group()).count()).ok()
            }
            _ => None,
        };
        let is_wide = |row: &&AccessRow| size(row).is_some_and(|size| size > WIDE);
        let wide = groups().filter(is_wide).filter(|row| changes(row, reach) == Some(true));
        let unsure = groups().any(|row| size(row).is_none_or(|size| size > WIDE));
        outcome(&wide.map(AccessRow::label).collect(), unsure)
    })
}

pub(super) fn subscription_role_on_production(subject: &Subject<'_>) -> Outcome {
    if !subject.production {
        return Outcome::Clear;
    }
    reach(subject, |table, reach| {
        let wide = || {
            let wide = in_force(table).filter(|row| matches!(row.from, From::Subscription(_)));
            wide.filter(|row| !row.is_orphaned())
        };
        let changing = wide().filter(|row| changes(row, reach) == Some(true));
        outcome(&changing.map(AccessRow::label).collect(), wide().any(|row| changes(row, reach).is_none()))
    })
}

pub(super) fn people_on_staging(subject: &Subject<'_>) -> Outcome {
    if !is_staging(subject) {
        return Outcome::Clear;
    }
    reach(subject, |table, reach| {
        let own = || {
            let own = in_force(table).filter(|row| matches!(row.from, From::Here | From::Group(_)));
            own.filter(|row| changes(row, reach) != Some(false))
        };
        let has_people = |row: &AccessRow| match reach.access.evidence().members.get(&row.principal_id) {
            _ if is_person(row) => true,
            Some(Membership::Known(members)) => members.iter().any(|member| member.kind.is_person()),
            _ => false,
        };
        let people = own().filter(|row| has_people(row) && changes(row, reach) == Some(true));
        let unsure = own().any(|row| {
            is_unread_group(row, reach)
                || is_nameless(&row.principal) && row.kind().is_none()
                || has_people(row)
        });
        outcome(&people.map(AccessRow::label).collect(), unsure)
    })
}

/// What the workspace does with what it depends on, in its own name. As the service grants it to a
/// system-assigned identity, and as its documentation asks for a user-assigned one.
fn wanted(subject: &Subject<'_>) -> Vec<(Place, Act)> {
    let mut wanted = vec![
        (Place::Vault, Act::control("Microsoft.KeyVault/vaults/read")),
        (Place::Registry, Act::control("Microsoft.ContainerRegistry/registries/pull/read")),
        (Place::Insights, Act::control("Microsoft.Insights/components/read")),
    ];
    match subject.entry.storage_access.mode() {
        Some(AuthMode::AccessKey) => {
            wanted.push((Place::Storage, Act::control("Microsoft.Storage/storageAccounts/listKeys/action")));
        }
        Some(AuthMode::Identity | AuthMode::UserDelegationSas) => {
            let write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
            wanted.push((Place::Storage, Act::data(write)));
        }
        _ => {}
    }
    wanted
}

pub(super) fn identity_lacks_role(subject: &Subject<'_>) -> Outcome {
    reach(subject, |_, reach| {
        let Some(identity) = &reach.targets.identity else { return Outcome::CannotTell };
        let mut lacking = BTreeSet::new();
        let mut unsure = subject.entry.storage_access.mode().is_none();
        for (place, act) in wanted(subject) {
            let Some(scope) = reach.targets.scope(place) else { continue };
            match reach.access.verdict(identity, &act, &scope) {
                // No role can be eligible for an identity.
                Verdict::Denied(_) | Verdict::AfterActivation => _ = lacking.insert(place.words()),
                Verdict::CannotTell => unsure = true,
                Verdict::Allowed | Verdict::Conditional => {}
            }
        }
        match outcome(&lacking, unsure) {
            Outcome::Found(places) => Outcome::Found(format!("on the {places}").into()),
            other => other,
        }
    })
}
