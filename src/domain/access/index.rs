//! The evidence made ready for questions: ids are numbers, assignments are found by principal and by
//! scope, groups by member, and conditions are read once.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::asking::Asking;
use super::building::Builder;
use super::capability::{CAPABILITIES, Need};
use super::condition::{Bearing, Condition};
use super::decision::{Act, Chain, Decision, GroupPath, Verdict};
use super::evidence::{Evidence, Gap, GapKind};
use super::memberships::Membership;
use super::permission;
use super::routes::{Giving, Stop};
use super::row::Role;
use super::texts::{Lists, Texts};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::role_definition::RoleDefinition;

/// Evidence at a time, ready for questions.
#[derive(Debug)]
pub struct Access {
    pub(super) evidence: Arc<Evidence>,
    /// Object ids.
    pub(super) principals: Texts,
    /// Scopes that something is assigned at.
    pub(super) scopes: Texts,
    /// GUIDs of the roles that are held.
    pub(super) roles: Texts,
    pub(super) grants: Vec<Grant>,
    /// The conditions of what is held, and those that the roles that are held carry themselves.
    pub(super) conditions: Vec<Condition>,
    /// The condition of a permission of a role that is held, by the numbers of role and permission.
    pub(super) role_conditions: HashMap<(u32, usize), u32>,
    /// What each principal holds itself.
    pub(super) by_principal: Lists,
    /// What is held at each scope.
    pub(super) by_scope: Lists,
    /// What each principal held itself that has ended: nothing follows from it, but it is told that it was there.
    pub(super) ended_of: Lists,
    /// The groups that each principal is in, through other groups too, in order; of groups that were read.
    pub(super) groups_of: Lists,
    /// Everybody in each group that was read.
    pub(super) members_of: Lists,
    /// The groups that were read and have one inside that was not, in order.
    pub(super) unread_inside: Vec<u32>,
    /// What each principal is, as far as that matters here.
    pub(super) natures: Vec<Nature>,
    pub(super) denies: Vec<Denial>,
}

/// What a principal is, as far as that matters for access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Nature {
    /// Somebody or something that acts, or unknown.
    #[default]
    Acting,
    /// An application or an identity, which acts, and for which no role can be eligible.
    Machine,
    /// A group whose members are known.
    KnownGroup,
    /// A group of which it is not known who is in it.
    UnknownGroup,
    /// Deleted from the directory: it does nothing any more.
    Gone,
}

/// How far a role reaches into a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// It says nothing of workspaces and what they depend on.
    Nothing,
    /// Who has it sees something, and changes nothing.
    Reads,
    /// Who has it changes something, such as compute, data or settings.
    Changes,
}

/// A role that is held, or could be.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) source: Source,
    pub(super) principal: u32,
    pub(super) role: u32,
    pub(super) scope: u32,
    pub(super) condition: Option<u32>,
    pub(super) until: Option<Timestamp>,
    /// Whether the principal activated it.
    pub(super) activated: bool,
    /// Whether it has ended: it is listed nowhere but in [`Access::ended_of`].
    pub(super) ended: bool,
}

/// Where in the evidence it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Assigned(u32),
    Eligible(u32),
}

/// A deny assignment.
#[derive(Debug, Clone)]
pub(super) struct Denial {
    /// Its place in the evidence.
    pub(super) at: u32,
    pub(super) scope: u32,
    pub(super) here_only: bool,
    pub(super) everyone: bool,
    pub(super) principals: Vec<u32>,
    pub(super) excluded: Vec<u32>,
    pub(super) condition: Option<u32>,
}

impl Access {
    /// Makes evidence ready. Assignments that have ended by `now` or have not begun, and eligibilities
    /// likewise, do not count.
    #[must_use]
    pub fn new(evidence: Arc<Evidence>, now: Timestamp) -> Self {
        Builder::default().build(evidence, now)
    }

    /// The evidence that this is made of.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Whether a principal may do something at a scope, and why.
    #[must_use]
    pub fn decide(&self, principal: &str, act: &Act, scope: &ArmId) -> Decision {
        self.asking(act, scope).decide(principal)
    }

    /// Whether a principal may do something at a scope; cheaper than with the reasons.
    #[must_use]
    pub fn verdict(&self, principal: &str, act: &Act, scope: &ArmId) -> Verdict {
        self.asking(act, scope).verdict(principal)
    }

    /// The object ids of everybody who holds a role or is eligible for one, and of who is in groups that are, in lower
    /// case, each once, in no order.
    #[must_use]
    pub fn reached(&self) -> Vec<Arc<str>> {
        let mut is_reached = vec![false; self.principals.len()];
        let mut holders: Vec<u32> =
            self.grants.iter().filter(|grant| !grant.ended).map(|grant| grant.principal).collect();
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            is_reached[holder as usize] = true;
            // Who is in a group through another one is among its members too.
            for member in self.members_of.get(holder) {
                is_reached[*member as usize] = true;
            }
        }
        let numbers = (0_u32..).zip(is_reached).filter(|(_, is_reached)| *is_reached);
        numbers.map(|(number, _)| self.principals.text(number)).collect()
    }

    /// Prepares one question, to be asked about many principals.
    #[must_use]
    pub fn asking(&self, act: &Act, scope: &ArmId) -> Asking<'_> {
        Asking::new(self, act.clone(), scope.clone(), Giving::Any)
    }

    /// Prepares the question of one stop on a way.
    pub(super) fn asking_at(&self, stop: &Stop) -> Asking<'_> {
        Asking::new(self, stop.act.clone(), stop.scope.clone(), stop.giving.clone())
    }

    /// The groups that a principal is in, of those that were read, by object id.
    pub fn groups_of(&self, principal: &str) -> impl Iterator<Item = Arc<str>> {
        let number = self.principals.get(principal);
        let groups = number.map_or(&[][..], |number| self.groups_of.get(number));
        groups.iter().map(|group| self.principals.text(*group))
    }

    /// How far a role reaches into a workspace and its data, in the ways that the product speaks of, by its GUID;
    /// none for a role whose definition was not read.
    #[must_use]
    pub fn role_depth(&self, role: &str) -> Option<Depth> {
        let definition = self.evidence.roles.by_guid(&role.to_ascii_lowercase())?;
        let allows = |need: &Need| {
            permission::grant(&definition.properties.permissions, need.plane, need.action).is_allowed()
        };
        let any = |reads: bool| {
            let of_kind = CAPABILITIES.iter().filter(|one| one.name.starts_with("read-") == reads);
            of_kind.flat_map(|capability| capability.needs).any(allows)
        };
        Some(match (any(false), any(true)) {
            (true, _) => Depth::Changes,
            (false, true) => Depth::Reads,
            (false, false) => Depth::Nothing,
        })
    }

    /// The numbers of the scopes whose assignments are in force at a scope: itself, those above it by
    /// their ids, and the management groups above it.
    pub(super) fn in_force_at(&self, scope: &ArmId) -> Vec<u32> {
        let text = scope.as_str();
        let slashes = text.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        let mut found: Vec<u32> = [text, "/"].into_iter().filter_map(|at| self.scopes.get(at)).collect();
        found.extend(slashes.filter_map(|at| self.scopes.get(&text[..at])));
        let above = self.evidence.management_groups_above(scope);
        found.extend(above.filter_map(|group| self.scopes.get(group.as_str())));
        found.sort_unstable();
        found.dedup();
        found
    }

    pub(super) fn nature(&self, principal: u32) -> Nature {
        self.natures.get(principal as usize).copied().unwrap_or_default()
    }

    /// What a principal is, by its object id.
    pub(super) fn nature_of(&self, principal: &str) -> Nature {
        self.principals.get(principal).map(|number| self.nature(number)).unwrap_or_default()
    }

    /// Everybody in a group who is no group, by object id.
    pub(super) fn acting_members(&self, group: &str) -> impl Iterator<Item = Arc<str>> {
        let members = self.principals.get(group).into_iter().flat_map(|number| self.acting_in(number));
        members.map(|member| self.principals.text(member))
    }

    /// Everybody in a group who is no group, by number.
    pub(super) fn acting_in(&self, group: u32) -> impl Iterator<Item = u32> {
        let members = self.members_of.get(group).iter().copied();
        members.filter(|member| matches!(self.nature(*member), Nature::Acting | Nature::Machine))
    }

    /// The definition of a role that is held, where it was read.
    pub(super) fn definition(&self, role: u32) -> Option<&RoleDefinition> {
        self.evidence.roles.by_guid(&self.roles.text(role))
    }

    /// The role of a grant, for people.
    pub(super) fn role(&self, role: u32) -> Role {
        Role::held(&self.roles.text(role), self.definition(role))
    }

    /// Something that is or was held at a scope; none where nothing was.
    pub(super) fn some_grant_at(&self, scope: u32) -> Option<&Grant> {
        let held = self.by_scope.get(scope).first().map(|grant| &self.grants[*grant as usize]);
        // What has ended stands behind all that is held.
        let ended = || self.grants.iter().rev().take_while(|grant| grant.ended);
        held.or_else(|| ended().find(|grant| grant.scope == scope))
    }

    /// The id of what gives a role.
    pub(super) fn source_id(&self, grant: &Grant) -> &ArmId {
        match grant.source {
            Source::Assigned(at) => &self.evidence.assignments()[at].id,
            Source::Eligible(at) => &self.evidence.eligible()[at].id,
        }
    }

    /// The scope of a grant as the service wrote it.
    pub(super) fn scope_of(&self, grant: &Grant) -> ArmId {
        let (id, scope) = match grant.source {
            Source::Assigned(at) => {
                let assignment = &self.evidence.assignments()[at];
                (&assignment.id, &assignment.properties.scope)
            }
            Source::Eligible(at) => {
                let instance = &self.evidence.eligible()[at];
                (&instance.id, &instance.properties.scope)
            }
        };
        made_at(scope.as_ref(), id)
    }

    /// Where a deny assignment is in force.
    pub(super) fn denied_at(&self, denial: &Denial) -> ArmId {
        let deny = &self.evidence.denies()[denial.at];
        made_at(deny.properties.scope.as_ref(), &deny.id)
    }

    /// What a condition does to an action; none leaves it alone.
    pub(super) fn bearing(&self, condition: Option<u32>, act: &Act) -> Bearing {
        condition.map_or(Bearing::Holds, |number| self.conditions[number as usize].bearing(act))
    }

    /// A condition in words, as far as it restricts an action.
    pub(super) fn condition_words(&self, condition: Option<u32>, act: &Act) -> Option<String> {
        condition.map(|number| self.conditions[number as usize].words(act, &self.evidence.roles))
    }

    /// A condition in words, where it restricts an action.
    pub(super) fn restriction(&self, condition: u32, act: &Act) -> Option<String> {
        let condition = &self.conditions[condition as usize];
        (condition.bearing(act) != Bearing::Holds).then(|| condition.words(act, &self.evidence.roles))
    }

    /// How a role comes to a principal.
    pub(super) fn chain(&self, principal: &str, grant: &Grant) -> Chain {
        Chain {
            principal: principal.to_owned(),
            path: self.path(principal, grant.principal),
            assignment: self.source_id(grant).clone(),
            role: self.role(grant.role),
            scope: self.scope_of(grant),
        }
    }

    /// The groups between a principal and a holder, the holder last. Empty where the principal is the
    /// holder, or is not known to be in it.
    pub(super) fn path(&self, principal: &str, holder: u32) -> GroupPath {
        let number = self.principals.get(principal).filter(|number| *number != holder);
        let Some(number) = number.filter(|number| self.is_within(*number, holder)) else {
            return GroupPath::default();
        };
        let text = |group: &u32| self.principals.text(*group).to_string();
        match self.sure_path(number, holder) {
            Some(path) => GroupPath { groups: path.iter().map(text).collect(), nested: false },
            None => GroupPath { groups: vec![text(&holder)], nested: true },
        }
    }

    /// The path of which every step is sure, the holder last; none where there is none.
    fn sure_path(&self, principal: u32, holder: u32) -> Option<Vec<u32>> {
        let inside = |group: &u32| *group == holder || self.is_within(*group, holder);
        let mut left: Vec<u32> =
            self.groups_of.get(principal).iter().copied().filter(|group| inside(group)).collect();
        let mut path = Vec::new();
        let mut at = principal;
        while at != holder {
            left.retain(|group| *group != at && self.is_within(at, *group));
            // A group that holds another one of these can be reached through it.
            let is_next = |group: &u32| !left.iter().any(|other| self.is_within(*other, *group));
            let next =
                left.iter().copied().find(|group| is_next(group) && !self.has_unread_inside(*group))?;
            path.push(next);
            at = next;
        }
        Some(path)
    }

    /// Whether somebody is in a group, through other groups too.
    fn is_within(&self, member: u32, group: u32) -> bool {
        self.groups_of.get(member).binary_search(&group).is_ok()
    }

    /// Whether a group has another one inside it of which it is not known who is in it.
    fn has_unread_inside(&self, group: u32) -> bool {
        self.unread_inside.binary_search(&group).is_ok()
    }

    /// Why it is not known who is in a group, by its number.
    pub(super) fn unknown_members(&self, group: u32) -> Gap {
        self.unread_group(&self.principals.text(group))
    }

    /// Why it is not known who is in a group, by its object id.
    pub(super) fn unread_group(&self, group: &str) -> Gap {
        let why = match self.evidence.members.get(group) {
            Some(Membership::Unknown(why)) => why.clone(),
            _ => "they were not read yet".to_owned(),
        };
        Gap::new(GapKind::Members(group.to_owned()), None, why)
    }

    /// Why the definition of a role is not there.
    pub(super) fn unknown_role(&self) -> Gap {
        let gaps = self.evidence.gaps();
        gaps.iter()
            .find(|gap| gap.what == GapKind::Definitions)
            .cloned()
            .unwrap_or_else(|| Gap::new(GapKind::Definitions, None, "the list that was read lacks this role"))
    }
}

/// The scope of an assignment: what it says, else what stands before its own type in its id.
pub(super) fn made_at(stated: Option<&ArmId>, id: &ArmId) -> ArmId {
    const OWN: &str = "/providers/microsoft.authorization/";
    if let Some(scope) = stated {
        return scope.clone();
    }
    let text = id.as_str();
    let at = text.to_ascii_lowercase().rfind(OWN).unwrap_or_default();
    ArmId::parse(&text[..at]).unwrap_or_else(|_| ArmId::root())
}
