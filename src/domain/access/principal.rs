//! Names of principals, and why one has none: deleted, unreadable and still loading are three things.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::azure::arm::id::ArmId;
use crate::azure::directory::{Principal, PrincipalKind};
use crate::azure::resources::role_assignment::PrincipalType;

/// The name of a principal, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PrincipalName {
    /// The directory is being asked.
    #[default]
    Loading,
    /// The directory knows it.
    Known(KnownPrincipal),
    /// The directory was asked and does not have it, and nothing speaks against that: it was deleted.
    Deleted,
    /// The directory may not be read, did not answer, or does not show it for a reason other than that it is deleted.
    Unreadable {
        /// Why.
        reason: String,
    },
}

/// What a principal is called whose name the directory does not tell, by its object id: its first group is enough to tell two
/// apart.
#[must_use]
pub fn unreadable(id: &str) -> String {
    format!("unreadable {}", id.split('-').next().unwrap_or(id))
}

/// A principal that the directory knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KnownPrincipal {
    /// The name that people know.
    pub name: String,
    /// What it is.
    pub kind: PrincipalKind,
    /// The sign-in name of a user, the mail address of a guest.
    pub address: Option<String>,
    /// Of a managed identity: what it belongs to.
    pub resource: Option<ArmId>,
    /// Of a group: how many are in it, nested groups opened, once counted.
    pub members: Option<u64>,
    /// Whether it can sign in, where the directory said.
    pub enabled: Option<bool>,
}

impl From<&Principal> for KnownPrincipal {
    fn from(principal: &Principal) -> Self {
        Self {
            name: principal.name().to_owned(),
            kind: principal.kind(),
            address: principal.address().map(str::to_owned),
            resource: principal.identity_resource(),
            members: None,
            enabled: principal.account_enabled,
        }
    }
}

impl PrincipalName {
    /// The principal, where the directory knows it.
    #[must_use]
    pub fn known(&self) -> Option<&KnownPrincipal> {
        match self {
            Self::Known(known) => Some(known),
            _ => None,
        }
    }
}

/// The object ids of the people in groups, by those of the groups.
type Members = HashMap<Arc<str>, Arc<[Arc<str>]>>;

/// Names of principals by object id, as far as they were asked for. All that is long is shared, so that work
/// beside the screen can have them as they are.
#[derive(Debug, Clone, Default)]
pub struct Principals {
    names: Arc<HashMap<Arc<str>, Arc<PrincipalName>>>,
    /// The object ids of the people in groups.
    members: Arc<Members>,
}

impl Principals {
    /// The name of a principal; one that was not asked for is loading.
    #[must_use]
    pub fn name(&self, id: &str) -> PrincipalName {
        let name = self.names.get(id).or_else(|| self.names.get(id.to_ascii_lowercase().as_str()));
        name.map(|name| PrincipalName::clone(name)).unwrap_or_default()
    }

    /// The name of a principal by its id in lower case, where it was asked for.
    #[must_use]
    pub fn known(&self, id: &str) -> Option<&PrincipalName> {
        self.names.get(id).map(Arc::as_ref)
    }

    /// The object ids of those that the directory does not have any more.
    pub fn deleted(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|(_, name)| ***name == PrincipalName::Deleted).map(|(id, _)| &**id)
    }

    /// Those of these ids that the directory was not asked for yet, each once.
    #[must_use]
    pub fn missing<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
        let mut missing: Vec<String> =
            ids.map(str::to_ascii_lowercase).filter(|id| !self.names.contains_key(id.as_str())).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Those of these ids that have no name though they were asked for, each once: refused, or deleted, which may be
    /// somebody of whom the directory had not heard yet.
    #[must_use]
    pub fn nameless<'a>(&self, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
        let is_nameless = |id: &String| {
            matches!(self.known(id), Some(PrincipalName::Unreadable { .. } | PrincipalName::Deleted))
        };
        let mut nameless: Vec<String> = ids.map(str::to_ascii_lowercase).filter(is_nameless).collect();
        nameless.sort_unstable();
        nameless.dedup();
        nameless
    }

    /// Takes the directory's answer to a call about these ids: what it left out was deleted.
    pub fn answer(&mut self, asked: &[String], found: &[Principal]) {
        let names = Arc::make_mut(&mut self.names);
        for id in asked {
            names.insert(id.to_ascii_lowercase().into(), Arc::new(PrincipalName::Deleted));
        }
        for principal in found {
            let known = PrincipalName::Known(KnownPrincipal::from(principal));
            names.insert(principal.id.to_ascii_lowercase().into(), Arc::new(known));
        }
    }

    /// Takes that nobody can say whether somebody whom the directory does not show is deleted.
    pub fn doubt(&mut self, id: &str, reason: &str) {
        let name = Arc::make_mut(&mut self.names).entry(id.to_ascii_lowercase().into()).or_default();
        if !matches!(**name, PrincipalName::Known(_)) {
            *name = Arc::new(PrincipalName::Unreadable { reason: reason.to_owned() });
        }
    }

    /// Takes principals that the directory told without being asked for them. What is known stays.
    pub fn learn(&mut self, found: &[Principal]) {
        for principal in found {
            self.meet(&principal.id, KnownPrincipal::from(principal));
        }
    }

    /// Takes a principal that the directory told when it was searched. What is known stays.
    pub fn meet(&mut self, id: &str, found: KnownPrincipal) {
        let name = Arc::make_mut(&mut self.names).entry(id.to_ascii_lowercase().into()).or_default();
        if !matches!(**name, PrincipalName::Known(_)) {
            *name = Arc::new(PrincipalName::Known(found));
        }
    }

    /// Takes that the directory did not answer a call about these ids. What it told before stays.
    pub fn refuse(&mut self, asked: &[String], reason: &str) {
        let names = Arc::make_mut(&mut self.names);
        for id in asked {
            let name = names.entry(id.to_ascii_lowercase().into()).or_default();
            if !matches!(**name, PrincipalName::Known(_) | PrincipalName::Deleted) {
                *name = Arc::new(PrincipalName::Unreadable { reason: reason.to_owned() });
            }
        }
    }

    /// Takes who is in a group, nested groups opened, and their names. Groups among them are not counted:
    /// their people are.
    pub fn add_members(&mut self, group_id: &str, members: &[Principal]) {
        self.learn(members);
        let people = members.iter().filter(|member| member.kind() != PrincipalKind::Group);
        let people: Arc<[Arc<str>]> = people.map(|member| member.id.to_ascii_lowercase().into()).collect();
        let id: Arc<str> = group_id.to_ascii_lowercase().into();
        if let Some(name) = Arc::make_mut(&mut self.names).get_mut(&id)
            && let PrincipalName::Known(known) = Arc::make_mut(name)
        {
            known.members = u64::try_from(people.len()).ok();
        }
        Arc::make_mut(&mut self.members).insert(id, people);
    }

    /// Who is in a group, by name; nobody where that was not read.
    #[must_use]
    pub fn members_of(&self, group_id: &str) -> Vec<&KnownPrincipal> {
        let ids = self.members.get(group_id.to_ascii_lowercase().as_str()).into_iter().flat_map(|ids| &**ids);
        let mut people: Vec<&KnownPrincipal> = ids.filter_map(|id| self.known(id)?.known()).collect();
        people.sort_by_cached_key(|person| person.name.to_lowercase());
        people
    }
}

/// How long the directory may take until everybody who asks is told of a new identity. Microsoft names no time; the
/// troubleshooting page of Azure RBAC speaks of a principal that is not found right after it was made.
const NEW_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Why somebody who holds these and whom the directory does not show need not be deleted: each is what the assignment
/// calls its principal, and when it was made. None where nothing speaks against it.
pub fn doubt_of<'a>(
    held: impl Iterator<Item = (Option<&'a PrincipalType>, Option<Timestamp>)>,
    now: Timestamp,
) -> Option<String> {
    let mut doubt = None;
    for (kind, made) in held {
        match kind {
            None | Some(PrincipalType::User | PrincipalType::Group | PrincipalType::ServicePrincipal) => {}
            Some(PrincipalType::ForeignGroup) => {
                return Some(
                    "a group of another organisation, which this directory need not show".to_owned(),
                );
            }
            Some(other) => {
                return Some(format!("the directory does not show every {}", other.as_str().to_lowercase()));
            }
        }
        if made.is_some_and(|made| now.duration_since(made) < NEW_FOR) {
            doubt = Some("not known yet: the role was given minutes ago; refresh the pane later".to_owned());
        }
    }
    doubt
}
