//! Roles on a part of the storage account: a single container or file share. They are in no list of what is in force at
//! the account, and whoever has no more than one of them neither keeps nor loses the data: part of it stays in reach.

use super::assessment::Facts;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::role_assignment::{PrincipalType, RoleAssignment};
use crate::domain::access::permission;
use crate::domain::access::{Act, Membership, Memberships};
use crate::domain::fact::count;
use crate::domain::lookup::Lookup;

/// The role assignments on parts of an account, and who is in the groups that have some.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OnParts {
    /// The assignments below the account.
    pub grants: Vec<RoleAssignment>,
    /// Who is in the groups among their principals.
    pub members: Memberships,
}

impl OnParts {
    /// Those of a list of everything at, above and below an account that are below it.
    #[must_use]
    pub fn below(account: &ArmId, listed: Vec<RoleAssignment>) -> Self {
        let is_below = |one: &RoleAssignment| {
            one.properties.scope.as_ref().is_some_and(|at| account.contains(at) && at != account)
        };
        Self { grants: listed.into_iter().filter(is_below).collect(), members: Memberships::default() }
    }

    /// The groups among those who have a role there, each once.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let is_group = |one: &&RoleAssignment| one.properties.principal_type == Some(PrincipalType::Group);
        let mut groups: Vec<String> = self
            .grants
            .iter()
            .filter(is_group)
            .map(|one| one.properties.principal_id.to_ascii_lowercase())
            .collect();
        groups.sort();
        groups.dedup();
        groups
    }

    /// Whether somebody is in a group that has a role there, as far as that was read.
    fn is_in(&self, group: &str, principal: &str) -> bool {
        match self.members.get(group) {
            Some(Membership::Known(members)) => {
                members.iter().any(|member| member.id.eq_ignore_ascii_case(principal))
            }
            Some(Membership::Unknown(_)) | None => false,
        }
    }
}

/// Why it is not known who has roles on parts of the account, sentences without a full stop.
#[must_use]
pub fn gaps(on_parts: &Lookup<OnParts>) -> Vec<String> {
    let then = "who has one there may be said to lose more than they do";
    match on_parts {
        Lookup::Found(found) => {
            let unread = found
                .groups()
                .into_iter()
                .filter(|group| matches!(found.members.get(group), Some(Membership::Unknown(_)) | None));
            match unread.count() {
                0 => Vec::new(),
                n => vec![format!(
                    "the members of {} with roles on single containers or file shares: {then}",
                    count(n, "group", "groups")
                )],
            }
        }
        Lookup::Gone => Vec::new(),
        other => {
            let why = other.absence().unwrap_or_default();
            vec![format!("roles on single containers and file shares: {why}: {then}")]
        }
    }
}

/// One of the services of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Blobs, in containers.
    Blobs,
    /// Files, in shares.
    Files,
}

impl Service {
    /// The part of this service that a scope below the account is, in words; none for a part of another one. The service
    /// as a whole has no name: `/blobServices/default`.
    fn part(self, scope: &ArmId) -> Option<Option<String>> {
        let kind = scope.resource_type()?.to_ascii_lowercase();
        let kind = kind.strip_prefix("microsoft.storage/storageaccounts/")?;
        match (self, kind) {
            (Self::Blobs, "blobservices") | (Self::Files, "fileservices") => Some(None),
            (Self::Blobs, "blobservices/containers") => Some(Some(format!("container {}", scope.name()))),
            // Role assignments call a share otherwise than ARM does.
            (Self::Files, "fileservices/fileshares" | "fileservices/shares") => {
                Some(Some(format!("file share {}", scope.name())))
            }
            _ => None,
        }
    }
}

/// How far somebody's roles on parts of a service reach, where no role on the account does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InParts {
    /// Nowhere.
    Nowhere,
    /// All of the service, by a role on that.
    All,
    /// All of it, under a condition.
    AllConditionally,
    /// Reading and writing in these, and reading in no other one that is not among them.
    These(Vec<String>),
    /// Only reading, in these.
    ReadsThese(Vec<String>),
}

/// What a principal reaches of a service by roles on its parts; `reads` and `writes` are what is needed for each.
pub fn in_parts(
    facts: &Facts<'_>,
    principal: &str,
    service: Service,
    reads: &[Act],
    writes: &[Act],
) -> InParts {
    let Some(on_parts) = facts.on_parts.found() else { return InParts::Nowhere };
    let is_own = |holder: &str| {
        holder.eq_ignore_ascii_case(principal)
            || facts.access.groups_of(principal).any(|group| group.eq_ignore_ascii_case(holder))
            || on_parts.is_in(holder, principal)
    };
    let (mut whole, mut these, mut read) = (None, Vec::<String>::new(), Vec::<String>::new());
    for grant in &on_parts.grants {
        let of = &grant.properties;
        let (Some(scope), Some(role)) = (&of.scope, &of.role_definition_id) else { continue };
        let Some(part) = service.part(scope).filter(|_| is_own(&of.principal_id)) else { continue };
        let Some(role) = facts.access.evidence().roles.get(role) else { continue };
        let allows = |acts: &[Act]| {
            let allows = |act: &Act| {
                permission::grant(&role.properties.permissions, act.plane, &act.action).is_allowed()
            };
            acts.iter().all(allows)
        };
        let condition = if of.condition.is_some() { " under a condition" } else { "" };
        match (allows(reads), allows(writes), part) {
            (true, true, None) => {
                whole = whole.max(Some(of.condition.is_none()));
            }
            (true, true, Some(part)) => these.push(format!("{part}{condition}")),
            (true, false, Some(part)) => read.push(format!("{part}{condition}")),
            _ => {}
        }
    }
    for names in [&mut these, &mut read] {
        names.sort();
        names.dedup();
    }
    match (whole, these.is_empty(), read.is_empty()) {
        (Some(true), ..) => InParts::All,
        (Some(false), ..) => InParts::AllConditionally,
        (None, false, _) => InParts::These(these),
        (None, true, false) => InParts::ReadsThese(read),
        (None, true, true) => InParts::Nowhere,
    }
}
