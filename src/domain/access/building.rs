//! From evidence to its index: what counts at this time, numbered.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::condition::Condition;
use super::evidence::Evidence;
use super::index::{Access, Denial, Grant, Nature, Source, made_at};
use super::memberships::Membership;
use super::texts::{Lists, Texts};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::deny_assignment::DeniedPrincipal;
use crate::azure::resources::pim::{AssignmentType, ScheduleInstance};
use crate::azure::resources::role_assignment::PrincipalType;

/// What is numbered so far.
#[derive(Default)]
pub(super) struct Builder {
    principals: Texts,
    scopes: Texts,
    roles: Texts,
    grants: Vec<Grant>,
    conditions: Vec<Condition>,
    known: HashMap<Arc<str>, u32>,
    natures: Vec<Nature>,
}

impl Builder {
    /// Numbers everything.
    pub(super) fn build(mut self, evidence: Arc<Evidence>, now: Timestamp) -> Access {
        let begun = |of: &ScheduleInstance| of.start_date_time.is_none_or(|begin| begin <= now);
        let has_ended = |of: &ScheduleInstance| of.end_date_time.is_some_and(|end| end <= now);
        let mut ended: Vec<Grant> = Vec::new();
        let instances: HashMap<&ArmId, &ScheduleInstance> = evidence
            .active()
            .iter()
            .filter_map(|instance| {
                Some((instance.properties.origin_role_assignment_id.as_ref()?, &instance.properties))
            })
            .collect();
        // Groups first: their numbers are then in the order of their ids, and so is whatever comes through them.
        for (group, _) in evidence.members.iter() {
            self.principals.add(group);
        }
        for (at, assignment) in (0_u32..).zip(evidence.assignments().iter()) {
            let instance = instances.get(&assignment.id);
            if instance.is_some_and(|instance| !begun(instance)) {
                continue;
            }
            let of = &assignment.properties;
            let Some(role) = &of.role_definition_id else { continue };
            let grant = Grant {
                source: Source::Assigned(at),
                principal: self.principal(&of.principal_id, of.principal_type.as_ref()),
                role: self.roles.add(role.name()),
                scope: self.scope(of.scope.as_ref(), &assignment.id),
                condition: self.condition(of.condition.as_deref()),
                until: instance.and_then(|instance| instance.end_date_time),
                activated: instance
                    .is_some_and(|instance| instance.assignment_type == Some(AssignmentType::Activated)),
                ended: instance.is_some_and(|instance| has_ended(instance)),
            };
            if grant.ended { ended.push(grant) } else { self.grants.push(grant) }
        }
        for (at, instance) in (0_u32..).zip(evidence.eligible().iter()) {
            let of = &instance.properties;
            let Some(role) = of.role_definition_id.as_ref().filter(|_| begun(of)) else { continue };
            let grant = Grant {
                source: Source::Eligible(at),
                principal: self.principal(&of.principal_id, of.principal_type.as_ref()),
                role: self.roles.add(role.name()),
                scope: self.scope(of.scope.as_ref(), &instance.id),
                condition: self.condition(of.condition.as_deref()),
                until: of.end_date_time,
                activated: false,
                ended: has_ended(of),
            };
            if grant.ended { ended.push(grant) } else { self.grants.push(grant) }
        }
        self.grants.extend(ended);
        let role_conditions = self.role_conditions(&evidence);
        let denies = self.denials(&evidence);
        for machine in evidence.machines() {
            let number = self.principals.add(machine);
            self.is_machine(number);
        }
        let (members, unread_inside) = self.memberships(&evidence);
        for gone in evidence.gone() {
            let number = self.principals.add(gone);
            self.set(number, Nature::Gone);
        }
        // Groups are numbered and listed in the order of their ids, so that those of each member are in order.
        let groups = members.iter().map(|(group, member)| (*member, *group));
        let (held, ended) = self.grants.split_at(self.grants.partition_point(|grant| !grant.ended));
        let grants = || (0_u32..).zip(held);
        let first_ended = u32::try_from(held.len()).unwrap_or(u32::MAX);
        let ended = (first_ended..).zip(ended).map(|(at, of)| (of.principal, at));
        Access {
            by_principal: Lists::of(self.principals.len(), grants().map(|(at, of)| (of.principal, at))),
            by_scope: Lists::of(self.scopes.len(), grants().map(|(at, of)| (of.scope, at))),
            ended_of: Lists::of(self.principals.len(), ended),
            groups_of: Lists::of(self.principals.len(), groups),
            unread_inside,
            members_of: Lists::of(self.principals.len(), members.iter().copied()),
            evidence,
            principals: self.principals,
            scopes: self.scopes,
            roles: self.roles,
            grants: self.grants,
            conditions: self.conditions,
            role_conditions,
            natures: self.natures,
            denies,
        }
    }

    fn principal(&mut self, id: &str, kind: Option<&PrincipalType>) -> u32 {
        let number = self.principals.add(id);
        match kind {
            Some(PrincipalType::Group) => self.set(number, Nature::UnknownGroup),
            Some(PrincipalType::ServicePrincipal) => self.is_machine(number),
            _ => {}
        }
        number
    }

    fn is_machine(&mut self, principal: u32) {
        if self.natures.get(principal as usize).copied().unwrap_or_default() == Nature::Acting {
            self.set(principal, Nature::Machine);
        }
    }

    fn set(&mut self, principal: u32, nature: Nature) {
        let at = principal as usize;
        if self.natures.len() <= at {
            self.natures.resize(at + 1, Nature::default());
        }
        self.natures[at] = nature;
    }

    fn scope(&mut self, stated: Option<&ArmId>, id: &ArmId) -> u32 {
        match stated {
            Some(scope) => self.scopes.add(scope.as_str()),
            None => self.scopes.add(made_at(None, id).as_str()),
        }
    }

    fn condition(&mut self, text: Option<&str>) -> Option<u32> {
        let text = text.filter(|text| !text.trim().is_empty())?;
        if let Some(known) = self.known.get(text) {
            return Some(*known);
        }
        let number = u32::try_from(self.conditions.len()).ok()?;
        self.conditions.push(Condition::parse(text));
        self.known.insert(text.into(), number);
        Some(number)
    }

    /// The conditions that the roles that are held carry themselves, by role and permission.
    fn role_conditions(&mut self, evidence: &Evidence) -> HashMap<(u32, usize), u32> {
        let mut found = HashMap::new();
        for role in (0..self.roles.len()).filter_map(|number| u32::try_from(number).ok()) {
            let definition = evidence.roles.by_guid(&self.roles.text(role));
            let permissions = definition.into_iter().flat_map(|of| &of.properties.permissions);
            for (at, permission) in permissions.enumerate() {
                let number = self.condition(permission.condition.as_deref());
                found.extend(number.map(|number| ((role, at), number)));
            }
        }
        found
    }

    fn denials(&mut self, evidence: &Evidence) -> Vec<Denial> {
        let mut denials = Vec::new();
        for (at, deny) in (0_u32..).zip(evidence.denies().iter()) {
            let of = &deny.properties;
            let mut numbers = |list: &[DeniedPrincipal]| {
                let named = list.iter().filter(|one| !one.is_everyone());
                let number = |one: &DeniedPrincipal| {
                    let kind = one.principal_type.as_deref().map(PrincipalType::parse);
                    Some(self.principal(one.id.as_deref()?, kind.as_ref()))
                };
                named.filter_map(number).collect::<Vec<u32>>()
            };
            let (principals, excluded) = (numbers(&of.principals), numbers(&of.exclude_principals));
            denials.push(Denial {
                at,
                principals,
                excluded,
                everyone: of.principals.iter().any(DeniedPrincipal::is_everyone),
                scope: self.scope(of.scope.as_ref(), &deny.id),
                here_only: of.do_not_apply_to_child_scopes.unwrap_or(false),
                condition: self.condition(of.condition.as_deref()),
            });
        }
        denials
    }

    /// Pairs of group and member, and the groups that have one inside which was not read, both in order.
    fn memberships(&mut self, evidence: &Evidence) -> (Vec<(u32, u32)>, Vec<u32>) {
        // The groups have the first numbers, in the same order.
        let is_known = |(_, of): (&str, &Membership)| matches!(of, Membership::Known(_));
        let is_read: Vec<bool> = evidence.members.iter().map(is_known).collect();
        let count = |(_, of): (&str, &Membership)| match of {
            Membership::Known(list) => list.len(),
            Membership::Unknown(_) => 0,
        };
        let mut members = Vec::with_capacity(evidence.members.iter().map(count).sum());
        let mut inner = Vec::new();
        let mut unread_inside = Vec::new();
        for (group, (_, membership)) in (0_u32..).zip(evidence.members.iter()) {
            let Membership::Known(list) = membership else {
                self.set(group, Nature::UnknownGroup);
                continue;
            };
            self.set(group, Nature::KnownGroup);
            for member in list.iter() {
                let number = self.principals.add(&member.id);
                members.push((group, number));
                if member.is_group() && !is_read.get(number as usize).copied().unwrap_or(false) {
                    unread_inside.push(group);
                }
                match member.kind {
                    PrincipalKind::Group => inner.push(number),
                    PrincipalKind::Application | PrincipalKind::ManagedIdentity => {
                        self.is_machine(number);
                    }
                    _ => {}
                }
            }
        }
        // A group that is only met inside another one is no person, and nobody asks who is in it.
        for group in inner {
            if self.natures.get(group as usize).copied().unwrap_or_default() == Nature::Acting {
                self.set(group, Nature::KnownGroup);
            }
        }
        unread_inside.dedup();
        (members, unread_inside)
    }
}
