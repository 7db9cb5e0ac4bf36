//! The checks on who may do what.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::checks::{Names, access, found, is_staging, outcome};
use super::holders::{Holder, Where, holders, whose};
use super::{Outcome, Reach, Subject};
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::access::{AccessRow, AccessTable, Act, Depth, Membership, Place, Role, Tenure, Verdict};
use crate::domain::fact::count;
use crate::domain::roles::{self, BuiltIn};

/// Owners that are still few.
const FEW_OWNERS: usize = 3;
/// A group with so many people, applications and identities, nested groups opened, is wide.
const WIDE: u64 = 100;

/// Looks at the rows of the workspace, and at the evaluated access.
fn reach(subject: &Subject<'_>, look: impl FnOnce(&AccessTable, Reach<'_>) -> Outcome) -> Outcome {
    let Some(reach) = subject.access else { return Outcome::CannotTell };
    access(subject, |table| look(table, reach))
}

fn in_force(table: &AccessTable) -> impl Iterator<Item = &AccessRow> {
    table.rows.iter().filter(|row| row.is_in_force())
}

/// Those who are owner now, themselves or through a group.
fn owners<'a>(subject: &Subject<'a>, table: &'a AccessTable) -> Vec<Holder<'a>> {
    let mut owners = holders(subject, table);
    owners.retain(|holder| holder.role.is_some_and(Role::is_owner));
    owners
}

pub(super) fn standing_owner(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let owners = owners(subject, table);
        let standing = owners.iter().filter(|holder| holder.is_standing == Some(true) && holder.people > 0);
        let unsure = owners.iter().any(|holder| match holder.is_standing {
            Some(standing) => standing && holder.is_unsure,
            None => holder.people > 0 || holder.is_unsure,
        });
        outcome(&standing.map(Holder::whose).collect(), unsure)
    })
}

pub(super) fn many_owners(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let owners = owners(subject, table);
        let all: HashSet<String> = owners.iter().flat_map(|holder| holder.acting.iter().cloned()).collect();
        match all.len() > FEW_OWNERS {
            true => {
                let names = owners.iter().filter(|holder| !holder.acting.is_empty()).map(Holder::whose);
                found(&format!("{}: ", all.len()), &names.collect())
            }
            false if owners.iter().any(|holder| holder.is_unsure) => Outcome::CannotTell,
            false => Outcome::Clear,
        }
    })
}

pub(super) fn guest_owner(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let owners = owners(subject, table);
        let guests = owners.iter().filter(|holder| holder.guests > 0).map(|holder| {
            let words = match holder.is_group {
                true => format!("{} in {}", count(holder.guests, "guest", "guests"), holder.name),
                false => holder.name.clone(),
            };
            (words, holder.id.clone())
        });
        let unsure = |holder: &Holder<'_>| holder.is_unsure || holder.is_nameless && holder.people > 0;
        outcome(&guests.collect(), owners.iter().any(unsure))
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
        let twice: Names = plain()
            .filter(|row| {
                held.get(&(row.principal_id.as_str(), row.role.id.as_str())).is_some_and(|n| *n > 1)
            })
            .map(|row| {
                let (name, id) = whose(row);
                (format!("{name} ({})", row.role.label()), id)
            })
            .collect();
        outcome(&twice, in_force(table).any(|row| row.tenure == Tenure::Unknown))
    })
}

pub(super) fn role_also_by_group(subject: &Subject<'_>) -> Outcome {
    reach(subject, |table, reach| {
        let held: HashMap<(String, &str), &AccessRow> = in_force(table)
            .filter(|row| row.condition.is_none())
            .map(|row| ((row.principal_id.to_ascii_lowercase(), row.role.id.as_str()), row))
            .collect();
        let by_group = |row: &AccessRow| {
            let mut groups = reach.access.groups_of(&row.principal_id);
            let group = groups.find_map(|group| held.get(&(group.to_string(), row.role.id.as_str())))?;
            let (name, id) = whose(row);
            Some((format!("{name} ({}, also by {})", row.role.label(), whose(group).0), id))
        };
        let doubled = in_force(table).filter(is_person).filter_map(by_group);
        outcome(&doubled.collect(), in_force(table).any(|row| is_unread_group(row, reach)))
    })
}

fn is_person(row: &&AccessRow) -> bool {
    super::checks::is_person(row)
}

fn is_unread_group(row: &AccessRow, reach: Reach<'_>) -> bool {
    let members = &reach.access.evidence().members;
    row.kind() == Some(PrincipalKind::Group)
        && !matches!(members.get(&row.principal_id), Some(Membership::Known(_)))
}

/// How far the role of a row reaches; none for a role that was not read.
fn depth(row: &AccessRow, reach: Reach<'_>) -> Option<Depth> {
    reach.access.role_depth(&row.role.id)
}

pub(super) fn wide_group(subject: &Subject<'_>) -> Outcome {
    reach(subject, |table, reach| {
        let groups = || {
            let groups = in_force(table).filter(|row| row.kind() == Some(PrincipalKind::Group));
            groups.filter(|row| matches!(depth(row, reach), None | Some(Depth::Changes)))
        };
        let size = |row: &AccessRow| match reach.access.evidence().members.get(&row.principal_id) {
            Some(Membership::Known(members)) => {
                u64::try_from(members.iter().filter(|member| !member.is_group()).count()).ok()
            }
            _ => None,
        };
        let is_wide = |row: &&AccessRow| size(row).is_some_and(|size| size > WIDE);
        let wide = groups().filter(is_wide).filter(|row| depth(row, reach) == Some(Depth::Changes));
        let unsure = groups().any(|row| size(row).is_none_or(|size| size > WIDE));
        outcome(&wide.map(whose).collect(), unsure)
    })
}

pub(super) fn subscription_role_on_production(subject: &Subject<'_>) -> Outcome {
    from_above_on_production(subject, Depth::Changes)
}

pub(super) fn subscription_reader_on_production(subject: &Subject<'_>) -> Outcome {
    from_above_on_production(subject, Depth::Reads)
}

/// Roles of the subscription or of what stands above it that reach a production workspace so far.
fn from_above_on_production(subject: &Subject<'_>, wanted: Depth) -> Outcome {
    if !subject.production {
        return Outcome::Clear;
    }
    reach(subject, |table, reach| {
        let wide = || in_force(table).filter(|row| row.from.is_wide() && !row.is_orphaned());
        let reaching = wide().filter(|row| depth(row, reach) == Some(wanted));
        outcome(&reaching.map(whose).collect(), wide().any(|row| depth(row, reach).is_none()))
    })
}

pub(super) fn people_on_staging(subject: &Subject<'_>) -> Outcome {
    on_staging(subject, Depth::Changes)
}

pub(super) fn people_read_staging(subject: &Subject<'_>) -> Outcome {
    on_staging(subject, Depth::Reads)
}

/// People whose roles reach staging so far: on the workspace, from however far above, by a group, and on the data and
/// secrets that it depends on.
fn on_staging(subject: &Subject<'_>, wanted: Depth) -> Outcome {
    if !is_staging(subject) {
        return Outcome::Clear;
    }
    reach(subject, |table, _| {
        let all =
            || holders(subject, table).into_iter().filter(|holder| holder.people > 0 || holder.is_unsure);
        let people = all().filter(|holder| holder.people > 0 && holder.depth == Some(wanted));
        let found = people.map(|holder| {
            let (words, id) = holder.whose();
            match holder.at {
                Where::Workspace => (words, id),
                Where::Beside(place) => (format!("{words} on its {}", place.words()), id),
            }
        });
        let unsure = |holder: Holder<'_>| match holder.depth {
            Some(depth) => depth == wanted && holder.is_unsure,
            None => true,
        };
        outcome(&found.collect(), all().any(unsure))
    })
}

/// What the workspace does with what it depends on, in its own name. As the service grants it to a
/// system-assigned identity, and as its documentation asks for a user-assigned one; each with the role that is asked for.
fn wanted(subject: &Subject<'_>) -> Vec<(Place, Act, BuiltIn)> {
    let role = roles::CONTRIBUTOR;
    let mut wanted = vec![
        (Place::Vault, Act::control("Microsoft.KeyVault/vaults/read"), role),
        (Place::Registry, Act::control("Microsoft.ContainerRegistry/registries/pull/read"), role),
        (Place::Insights, Act::control("Microsoft.Insights/components/read"), role),
    ];
    match subject.entry.storage_access.mode() {
        Some(AuthMode::AccessKey) => {
            let keys = "Microsoft.Storage/storageAccounts/listKeys/action";
            wanted.push((Place::Storage, Act::control(keys), role));
        }
        Some(AuthMode::Identity | AuthMode::UserDelegationSas) => {
            let write = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write";
            wanted.push((Place::Storage, Act::data(write), roles::BLOB_CONTRIBUTOR));
        }
        _ => {}
    }
    wanted
}

pub(super) fn identity_lacks_role(subject: &Subject<'_>) -> Outcome {
    reach(subject, |_, reach| {
        let Some(identity) = &reach.targets.identity else { return Outcome::CannotTell };
        let mut lacking = Names::new();
        let mut unsure = subject.entry.storage_access.mode().is_none();
        for (place, act, role) in wanted(subject) {
            let Some(scope) = reach.targets.scope(place) else { continue };
            match reach.access.verdict(identity, &act, &scope) {
                // No role can be eligible for an identity.
                Verdict::Denied(_) | Verdict::AfterActivation => {
                    let words = format!("{} on the {}", role.name, place.words());
                    lacking.insert((words.clone(), words));
                }
                Verdict::CannotTell => unsure = true,
                Verdict::Allowed | Verdict::Conditional => {}
            }
        }
        outcome(&lacking, unsure)
    })
}
