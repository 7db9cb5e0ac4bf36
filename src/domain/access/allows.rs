//! What a role really allows, in the product's words: worked out from its definition, never from its name.

use super::capability::{CAPABILITIES, Capability};
use super::permission::grant;
use super::targets::Place;
use crate::azure::resources::permissions::Permission;

/// What a role comes to at some places.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allows {
    /// What it allows.
    pub can: Vec<&'static Capability>,
    /// What it does not allow there.
    pub cannot: Vec<&'static Capability>,
}

impl Allows {
    /// What these permissions allow at these places. A capability that takes something of another place too is
    /// in neither list.
    #[must_use]
    pub fn of(permissions: &[Permission], places: &[Place]) -> Self {
        let mut allows = Self::default();
        for capability in CAPABILITIES {
            if !capability.needs.iter().all(|need| places.contains(&need.on)) {
                continue;
            }
            let has =
                |need: &super::capability::Need| grant(permissions, need.plane, need.action).is_allowed();
            let list = if capability.needs.iter().all(has) { &mut allows.can } else { &mut allows.cannot };
            list.push(capability);
        }
        allows
    }

    /// Whether a capability of this name is allowed.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.can.iter().any(|capability| capability.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &[&Capability]) -> Vec<&'static str> {
        list.iter().map(|capability| capability.name).collect()
    }

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_role_is_read_from_its_definition_and_only_where_it_would_be_given() {
        let reader = [Permission { actions: texts(&["*/read"]), ..Permission::default() }];
        let at_storage = Allows::of(&reader, &[Place::Storage]);
        assert!(at_storage.can.is_empty(), "reading an account is not reading its blobs");
        assert!(names(&at_storage.cannot).contains(&"read-blobs"));
        assert!(!names(&at_storage.cannot).contains(&"run-jobs"), "that is asked of the workspace");
        assert_eq!(names(&Allows::of(&reader, &[Place::Workspace]).can), ["read-workspace"]);
        let owner = [Permission { actions: texts(&["*"]), ..Permission::default() }];
        let everywhere = Allows::of(&owner, &Place::ALL);
        assert!(everywhere.has("grant-access") && everywhere.has("list-storage-keys"));
        assert!(!everywhere.has("read-blobs"), "data actions are never implied by actions");
    }
}
