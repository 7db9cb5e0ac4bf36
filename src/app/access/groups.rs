//! Who is in which group, as far as the directory was asked. Groups belong to the tenant, not to a page.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::app::page::lookup_of;
use crate::azure::arm::error::Error;
use crate::azure::directory::Principal;
use crate::domain::access::Member;
use crate::domain::lookup::Lookup;

/// Groups whose people are read for one workspace: more would keep the directory busy for minutes.
pub const MOST_GROUPS: usize = 400;

/// What is known of one group.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Everybody in it, nested groups opened and themselves among the members, or why that is not known.
    pub members: Lookup<Arc<[Member]>>,
    /// When the answer came.
    pub at: Timestamp,
    passing: bool,
}

impl Membership {
    /// Why it is not known who is in the group; none when it is.
    #[must_use]
    pub fn refusal(&self) -> Option<String> {
        Some(match &self.members {
            Lookup::Found(_) => return None,
            Lookup::Forbidden { action } if action.is_empty() => "you may not read the directory".to_owned(),
            Lookup::Forbidden { action } => format!("you lack {action}"),
            Lookup::Failed(why) => why.clone(),
            Lookup::Gone => "the directory does not know the group".to_owned(),
            Lookup::Pending => "not read yet".to_owned(),
        })
    }
}

/// The groups that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    by_id: HashMap<String, Membership>,
}

impl Groups {
    /// What is known of a group; none when the directory was not asked or has not answered.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Membership> {
        self.by_id.get(&id.to_ascii_lowercase())
    }

    /// The groups that were asked for and answered, by object id in small letters.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Membership)> {
        self.by_id.iter().map(|(id, known)| (id.as_str(), known))
    }

    /// Who is in a group, where that is known.
    #[must_use]
    pub fn members(&self, id: &str) -> Option<&Arc<[Member]>> {
        self.get(id)?.members.found()
    }

    /// Takes the directory's answer about a group. A failure takes nothing back that was told before.
    pub fn answer(&mut self, id: &str, result: Result<&[Principal], &Error>, now: Timestamp) {
        let slot = id.to_ascii_lowercase();
        let (members, passing) = match result {
            Ok(found) => (Lookup::Found(found.iter().map(Member::from).collect()), false),
            Err(_) if self.members(id).is_some() => return,
            Err(error) => (lookup_of(error), error.is_passing()),
        };
        self.by_id.insert(slot, Membership { members, at: now, passing });
    }

    /// Forgets the failures that another try may end: those of the network, and with `all` refusals too.
    pub fn forget_failures(&mut self, all: bool) {
        self.by_id.retain(|_, known| known.members.found().is_some() || !(all || known.passing));
    }

    /// These groups and all that are nested in them, as far as that is known, each once and no more than
    /// [`MOST_GROUPS`]; the second value says whether some were left out.
    #[must_use]
    pub fn with_nested<'a>(&'a self, outer: impl Iterator<Item = &'a str>) -> (Vec<&'a str>, bool) {
        let mut all: Vec<&str> = Vec::new();
        let mut seen: std::collections::HashSet<&str> = std::collections::HashSet::new();
        let mut left_out = false;
        let mut take = |id: &'a str, all: &mut Vec<&'a str>| {
            if seen.insert(id) {
                left_out |= all.len() >= MOST_GROUPS;
                if all.len() < MOST_GROUPS {
                    all.push(id);
                }
            }
        };
        for id in outer {
            take(id, &mut all);
        }
        // The members of a group hold all that is nested in it, however deep: one round is enough.
        for at in 0..all.len() {
            for member in self.members(all[at]).into_iter().flat_map(|members| members.iter()) {
                if member.is_group() {
                    take(&member.id, &mut all);
                }
            }
        }
        (all, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::request::Method;
    use serde_json::json;

    fn principal(id: &str, kind: &str) -> Principal {
        serde_json::from_value(json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id})).unwrap()
    }

    fn offline() -> Error {
        Error::Transport { method: Method::Get, path: "/x".into(), reason: "no".into(), offline: true }
    }

    #[test]
    fn nested_groups_are_met_once_each() {
        let mut groups = Groups::default();
        let now = Timestamp::UNIX_EPOCH;
        let outer = [principal("INNER", "group"), principal("ada", "user"), principal("outer", "group")];
        groups.answer("Outer", Ok(&outer), now);
        groups.answer("inner", Ok(&[principal("bo", "user")]), now);
        let (met, left_out) = groups.with_nested(["outer", "other"].into_iter());
        assert_eq!((met, left_out), (vec!["outer", "other", "inner"], false));
        assert_eq!(groups.members("INNER").unwrap()[0].id, "bo");
    }

    #[test]
    fn no_more_groups_are_met_than_the_directory_can_be_asked_for() {
        let names: Vec<String> = (0..=MOST_GROUPS).map(|n| format!("g{n}")).collect();
        let groups = Groups::default();
        let (met, left_out) = groups.with_nested(names.iter().map(String::as_str));
        assert_eq!((met.len(), left_out), (MOST_GROUPS, true));
        assert!(!groups.with_nested(names[1..].iter().map(String::as_str)).1);
    }

    #[test]
    fn a_failure_takes_nothing_back_and_can_be_forgotten() {
        let mut groups = Groups::default();
        groups.answer("g", Ok(&[principal("ada", "user")]), Timestamp::UNIX_EPOCH);
        groups.answer("g", Err(&offline()), Timestamp::UNIX_EPOCH);
        groups.answer("h", Err(&offline()), Timestamp::UNIX_EPOCH);
        assert_eq!(groups.members("g").map(|members| members.len()), Some(1));
        assert!(matches!(groups.get("h").map(|h| &h.members), Some(Lookup::Failed(_))));
        groups.forget_failures(false);
        assert!(groups.get("h").is_none() && groups.get("g").is_some());
    }
}
