//! The checks behind the table of findings.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::holders::whose;
use super::{Outcome, Subject};
use crate::azure::resources::common::{Exposed, ProvisioningState, PublicNetworkAccess};
use crate::azure::resources::private_endpoint_connection::PrivateEndpointConnection;
use crate::azure::resources::workspace::{AuthMode, ManagedNetworkStatus};
use crate::domain::access::{AccessRow, AccessTable, PrincipalName};
use crate::domain::dependents::{Link, dependents};
use crate::domain::fact::count;
use crate::domain::lookup::Lookup;
use crate::domain::opened::{DependentResource, Opened};
use crate::domain::storage_access::{Health, StorageAccess};

/// A workspace is staging when a tag or its name says so.
const STAGING: &[&str] = &["staging", "stage", "stg", "qa"];
/// Tags that name the environment.
const ENVIRONMENT_TAGS: [&str; 3] = ["env", "environment", "stage"];

pub(super) fn found_if<D: Into<Cow<'static, str>>>(condition: bool, detail: impl FnOnce() -> D) -> Outcome {
    if condition { Outcome::Found(detail().into()) } else { Outcome::Clear }
}

/// Looks at a dependent: gone and named by none are somebody else's finding.
fn on<T>(lookup: Lookup<T>, look: impl FnOnce(T) -> Outcome) -> Outcome {
    match lookup {
        Lookup::Found(resource) => look(resource),
        Lookup::Gone => Outcome::Clear,
        Lookup::Pending | Lookup::Forbidden { .. } | Lookup::Failed(_) => Outcome::CannotTell,
    }
}

/// Looks at what is loaded of an opened workspace.
fn opened<'a>(subject: &Subject<'a>, look: impl FnOnce(&'a Opened) -> Outcome) -> Outcome {
    subject.opened.map_or(Outcome::CannotTell, look)
}

pub(super) fn access(subject: &Subject<'_>, look: impl FnOnce(&AccessTable) -> Outcome) -> Outcome {
    opened(subject, |opened| on(opened.access.as_ref(), |table| look(table)))
}

fn is_isolated(subject: &Subject<'_>) -> bool {
    subject.entry.isolation.is_managed() || subject.entry.public_access == PublicNetworkAccess::Disabled
}

pub(super) fn workspace_failed(subject: &Subject<'_>) -> Outcome {
    match &subject.entry.state {
        None => Outcome::CannotTell,
        Some(state) => found_if(state.is_broken(), || state.to_string()),
    }
}

pub(super) fn workspace_unfinished(subject: &Subject<'_>) -> Outcome {
    match &subject.entry.state {
        None => Outcome::CannotTell,
        Some(state) => {
            found_if(state.is_moving() || *state == ProvisioningState::Unknown, || state.to_string())
        }
    }
}

pub(super) fn dependent_gone(subject: &Subject<'_>) -> Outcome {
    opened(subject, |opened| {
        let all = dependents(opened);
        let gone: Vec<String> = all
            .iter()
            .filter(|d| matches!(d.link, Link::To { state: Lookup::Gone, .. }))
            .map(|d| format!("{} {}", d.role.word().to_lowercase(), d.label()))
            .collect();
        let unread = all.iter().any(|d| match &d.link {
            Link::To { state, .. } => {
                matches!(state, Lookup::Pending | Lookup::Failed(_) | Lookup::Forbidden { .. })
            }
            Link::Unknown(_) => true,
            Link::Absent(_) | Link::Missing(_) => false,
        });
        match (gone.is_empty(), unread) {
            (false, _) => Outcome::Found(gone.join(", ").into()),
            (true, true) => Outcome::CannotTell,
            (true, false) => Outcome::Clear,
        }
    })
}

pub(super) fn storage_broken(subject: &Subject<'_>) -> Outcome {
    opened(subject, |opened| match StorageAccess::of(&opened.workspace, &opened.storage()).health {
        Health::Healthy => Outcome::Clear,
        Health::Broken { why } => Outcome::Found(why.into()),
        Health::Unknown { .. } => Outcome::CannotTell,
    })
}

pub(super) fn storage_public(subject: &Subject<'_>) -> Outcome {
    public(subject, Opened::storage, |account| &account.name)
}

pub(super) fn vault_public(subject: &Subject<'_>) -> Outcome {
    public(subject, Opened::vault, |vault| &vault.name)
}

pub(super) fn registry_public(subject: &Subject<'_>) -> Outcome {
    if subject.opened.is_some_and(|opened| opened.registry_id().is_none()) {
        return Outcome::Clear;
    }
    public(subject, Opened::registry, |registry| &registry.name)
}

/// Whether something that an isolated workspace depends on is open to the internet.
fn public<'a, T: Exposed>(
    subject: &Subject<'a>,
    dependent: fn(&'a Opened) -> Lookup<&'a T>,
    name: fn(&T) -> &String,
) -> Outcome {
    if !is_isolated(subject) {
        return Outcome::Clear;
    }
    opened(subject, |opened| {
        on(dependent(opened), |found| found_if(found.is_open_to_internet(), || name(found).clone()))
    })
}

pub(super) fn network_not_provisioned(subject: &Subject<'_>) -> Outcome {
    let entry = subject.entry;
    match (entry.isolation.is_managed(), &entry.network_status) {
        (false, _) | (true, Some(ManagedNetworkStatus::Active)) => Outcome::Clear,
        (true, Some(ManagedNetworkStatus::Inactive)) => Outcome::Found(entry.isolation.to_string().into()),
        (true, _) => Outcome::CannotTell,
    }
}

pub(super) fn public_inbound(subject: &Subject<'_>) -> Outcome {
    let entry = subject.entry;
    if !entry.isolation.is_managed() || entry.public_access != PublicNetworkAccess::Enabled {
        return Outcome::Clear;
    }
    // Rows do not have the lists of addresses, so only an opened workspace tells.
    opened(subject, |opened| {
        found_if(opened.workspace.selected_addresses().is_none(), || entry.isolation.to_string())
    })
}

pub(super) fn public_no_rules(subject: &Subject<'_>) -> Outcome {
    let entry = subject.entry;
    if entry.isolation.is_managed() || entry.public_access != PublicNetworkAccess::Enabled {
        return Outcome::Clear;
    }
    opened(subject, |opened| {
        let workspace = &opened.workspace;
        found_if(workspace.selected_addresses().is_none(), || "from everywhere")
    })
}

pub(super) fn endpoint_pending(subject: &Subject<'_>) -> Outcome {
    opened(subject, |opened| {
        let own = &opened.workspace.properties.private_endpoint_connections;
        let mut pending: Vec<&str> = waiting(&opened.workspace.name, own).collect();
        for lookup in opened.dependents.values() {
            match lookup.found() {
                Some(DependentResource::Storage(s)) => {
                    pending.extend(waiting(&s.name, &s.properties.private_endpoint_connections));
                }
                Some(DependentResource::Vault(v)) => {
                    pending.extend(waiting(&v.name, &v.properties.private_endpoint_connections));
                }
                Some(DependentResource::Registry(r)) => {
                    pending.extend(waiting(&r.name, &r.properties.private_endpoint_connections));
                }
                _ => {}
            }
        }
        pending.sort_unstable();
        found_if(!pending.is_empty(), || format!("on {}", pending.join(", ")))
    })
}

fn waiting<'a>(
    resource: &'a str,
    connections: &'a [PrivateEndpointConnection],
) -> impl Iterator<Item = &'a str> {
    connections.iter().filter(|c| c.is_pending()).map(move |_| resource)
}

pub(super) fn legacy_mode(subject: &Subject<'_>) -> Outcome {
    found_if(subject.entry.legacy_mode, || "requests may go past the private link")
}

pub(super) fn cmk_no_purge_protection(subject: &Subject<'_>) -> Outcome {
    opened(subject, |opened| {
        if !opened.workspace.has_customer_key() {
            return Outcome::Clear;
        }
        on(opened.encryption_vault(), |v| found_if(!v.has_purge_protection(), || v.name.clone()))
    })
}

pub(super) fn vault_policies(subject: &Subject<'_>) -> Outcome {
    opened(subject, |opened| {
        on(opened.vault(), |v| {
            let policies = v.properties.access_policies.len();
            found_if(!v.uses_rbac(), || format!("{}, {}", v.name, count(policies, "policy", "policies")))
        })
    })
}

pub(super) fn registry_admin_user(subject: &Subject<'_>) -> Outcome {
    opened(subject, |opened| match opened.registry_id() {
        None => Outcome::Clear,
        Some(_) => on(opened.registry(), |r| found_if(r.admin_user(), || r.name.clone())),
    })
}

pub(super) fn keys_still_on(subject: &Subject<'_>) -> Outcome {
    match subject.entry.storage_access.mode() {
        None => Outcome::CannotTell,
        Some(AuthMode::Identity | AuthMode::UserDelegationSas) => {
            opened(subject, |opened| on(opened.storage(), |s| found_if(s.keys_work(), || s.name.clone())))
        }
        Some(_) => Outcome::Clear,
    }
}

pub(super) fn access_key_mode(subject: &Subject<'_>) -> Outcome {
    match subject.entry.storage_access.mode() {
        None => Outcome::CannotTell,
        Some(mode) => found_if(*mode == AuthMode::AccessKey, || "whoever may list the keys reads all data"),
    }
}

pub(super) fn is_staging(subject: &Subject<'_>) -> bool {
    let is = |text: &str| STAGING.iter().any(|word| text.eq_ignore_ascii_case(word));
    ENVIRONMENT_TAGS.iter().any(|tag| subject.entry.tag(tag).is_some_and(is))
        || subject.entry.name().split(['-', '_']).any(is)
}

pub(super) fn locally_redundant(subject: &Subject<'_>) -> Outcome {
    if !subject.production {
        return Outcome::Clear;
    }
    opened(subject, |opened| {
        on(opened.storage(), |s| match s.redundancy() {
            None => Outcome::CannotTell,
            Some(redundancy) => found_if(s.is_locally_redundant(), || format!("{} is {redundancy}", s.name)),
        })
    })
}

pub(super) fn no_tags(subject: &Subject<'_>) -> Outcome {
    found_if(subject.entry.tags.is_empty(), || "none at all")
}

pub(super) fn orphaned_assignments(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let orphaned = table.rows.iter().filter(|row| row.is_orphaned()).count();
        match orphaned {
            0 if table.rows.iter().any(|row| is_nameless(&row.principal)) => Outcome::CannotTell,
            0 => Outcome::Clear,
            n => Outcome::Found(count(n, "assignment", "assignments").into()),
        }
    })
}

pub(super) fn is_nameless(name: &PrincipalName) -> bool {
    matches!(name, PrincipalName::Loading | PrincipalName::Unreadable { .. })
}

pub(super) fn person_at_subscription(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let wide = || table.rows.iter().filter(|row| row.is_in_force() && row.from.is_wide());
        let people = wide().filter(|row| is_person(row)).map(whose);
        outcome(&people.collect(), wide().any(|row| !row.is_orphaned() && row.kind().is_none()))
    })
}

pub(super) fn is_person(row: &AccessRow) -> bool {
    !row.is_orphaned() && row.kind().is_some_and(|kind| kind.is_person())
}

pub(super) fn custom_roles(subject: &Subject<'_>) -> Outcome {
    access(subject, |table| {
        let custom = table
            .rows
            .iter()
            .filter(|row| row.role.custom)
            .map(|row| (row.role.label().to_owned(), row.role.id.clone()));
        outcome(&custom.collect(), table.rows.iter().any(|row| row.role.name.is_none()))
    })
}

/// What things are called, each with its id: several may be called the same, or have no name here.
pub(super) type Names = BTreeSet<(String, String)>;

/// The first few names, and how many more.
fn some(called: &BTreeMap<&str, usize>) -> String {
    let mut text = each(called).into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
    let more: usize = called.values().skip(SHOWN).sum();
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// How many names a line tells.
const SHOWN: usize = 4;

/// What each is called; those that are called the same are told by their number.
fn each(called: &BTreeMap<&str, usize>) -> Vec<String> {
    let words = |(name, n): (&&str, &usize)| match n {
        1 => (*name).to_owned(),
        n => format!("{name} ({n} of them)"),
    };
    called.iter().map(words).collect()
}

/// That these are the case, after some words.
pub(super) fn found(before: &str, names: &Names) -> Outcome {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in names {
        *called.entry(name).or_default() += 1;
    }
    let brief = format!("{before}{}", some(&called)).into();
    if called.len() > SHOWN { Outcome::Several { brief, all: each(&called) } } else { Outcome::Found(brief) }
}

/// What was found, else whether everything was looked at.
pub(super) fn outcome(all: &Names, unsure: bool) -> Outcome {
    match (all.is_empty(), unsure) {
        (false, _) => found("", all),
        (true, true) => Outcome::CannotTell,
        (true, false) => Outcome::Clear,
    }
}
