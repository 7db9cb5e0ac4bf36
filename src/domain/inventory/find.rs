//! From what somebody typed to a workspace.

use super::{Inventory, WorkspaceEntry};
use crate::azure::arm::id::ArmId;
use crate::domain::alike::nearest;

/// Where a typed name or id leads; the numbers are indices of [`Inventory::workspaces`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landing {
    /// To one workspace.
    One(usize),
    /// To none.
    None,
    /// To several of the same name.
    Several(Vec<usize>),
}

impl Inventory {
    /// Finds a workspace by its ARM id, its name, `group/name`, or its display name, without regard to
    /// case. An id of something below a workspace leads to the workspace.
    #[must_use]
    pub fn find(&self, text: &str) -> Landing {
        let text = text.trim();
        if text.starts_with('/') {
            let Ok(id) = ArmId::parse(text) else { return Landing::None };
            let at = self.index_of(&id).or_else(|| self.workspaces.iter().position(|w| w.id.contains(&id)));
            return at.map_or(Landing::None, Landing::One);
        }
        let (group, name) = match text.rsplit_once('/') {
            Some((group, name)) => (Some(group), name),
            None => (None, text),
        };
        let by_name = self.all(|w| {
            w.name().eq_ignore_ascii_case(name)
                && group.is_none_or(|group| w.group.eq_ignore_ascii_case(group))
        });
        if by_name.is_empty() {
            let wanted = text.to_lowercase();
            return land(
                self.all(|w| w.friendly_name.as_deref().is_some_and(|n| n.to_lowercase() == wanted)),
            );
        }
        land(by_name)
    }

    /// Names of workspaces that somebody may have meant by one that there is not: those that hold it, else the one that
    /// differs in few letters. At most five, by name.
    #[must_use]
    pub fn alike(&self, text: &str) -> Vec<&str> {
        let name = text.trim().rsplit('/').next().unwrap_or_default().to_lowercase();
        if name.is_empty() {
            return Vec::new();
        }
        let names = || self.workspaces.iter().map(WorkspaceEntry::name);
        let mut alike: Vec<&str> = names().filter(|known| known.to_lowercase().contains(&name)).collect();
        if alike.is_empty() {
            alike.extend(nearest(&name, names()));
        }
        alike.sort_unstable();
        alike.dedup();
        alike.truncate(5);
        alike
    }

    fn all(&self, fits: impl Fn(&WorkspaceEntry) -> bool) -> Vec<usize> {
        self.workspaces.iter().enumerate().filter(|(_, w)| fits(w)).map(|(at, _)| at).collect()
    }
}

fn land(found: Vec<usize>) -> Landing {
    match found.as_slice() {
        [] => Landing::None,
        [one] => Landing::One(*one),
        _ => Landing::Several(found),
    }
}
