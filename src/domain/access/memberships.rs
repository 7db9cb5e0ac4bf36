//! Who is in which group, as far as the directory told.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::azure::directory::{Principal, PrincipalKind};

/// Somebody or something in a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The object id, in lower case.
    pub id: String,
    /// What it is.
    pub kind: PrincipalKind,
}

impl Member {
    /// A member; the id may be in any case.
    #[must_use]
    pub fn new(id: &str, kind: PrincipalKind) -> Self {
        Self { id: id.to_ascii_lowercase(), kind }
    }

    /// Whether it is a group itself, whose members are in the outer one too.
    #[must_use]
    pub fn is_group(&self) -> bool {
        matches!(self.kind, PrincipalKind::Group | PrincipalKind::ForeignGroup)
    }
}

impl From<&Principal> for Member {
    fn from(principal: &Principal) -> Self {
        Self::new(&principal.id, principal.kind())
    }
}

/// What is known of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// Everybody in it, nested groups opened and listed themselves too.
    Known(Arc<[Member]>),
    /// It could not be read, and why. Anybody may be in it.
    Unknown(String),
}

/// Who is in which group. A group that is not in here was not read yet: anybody may be in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memberships {
    /// In the order of their ids, so that what is made of them is the same every time.
    groups: BTreeMap<String, Membership>,
}

impl Memberships {
    /// Takes everybody in a group: its transitive members.
    pub fn know(&mut self, group_id: &str, members: impl IntoIterator<Item = Member>) {
        self.share(group_id, members.into_iter().collect());
    }

    /// The same of a list that is shared.
    pub fn share(&mut self, group_id: &str, members: Arc<[Member]>) {
        self.groups.insert(group_id.to_ascii_lowercase(), Membership::Known(members));
    }

    /// Takes that a group could not be read. What was read of it before stays.
    pub fn refuse(&mut self, group_id: &str, why: &str) {
        let id = group_id.to_ascii_lowercase();
        if !matches!(self.groups.get(&id), Some(Membership::Known(_))) {
            self.groups.insert(id, Membership::Unknown(why.to_owned()));
        }
    }

    /// What is known of a group; none for one that was not read.
    #[must_use]
    pub fn get(&self, group_id: &str) -> Option<&Membership> {
        self.groups.get(&group_id.to_ascii_lowercase())
    }

    /// The groups that were read or refused, with what is known of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Membership)> {
        self.groups.iter().map(|(id, membership)| (id.as_str(), membership))
    }
}
