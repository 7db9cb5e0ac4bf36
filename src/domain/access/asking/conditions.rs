//! What the conditions of grants, and those that roles carry themselves, do to what is asked.

use super::Asking;
use crate::domain::access::capability::{GRANT, GRANT_BY_PIM};
use crate::domain::access::condition::{Bearing, Condition};
use crate::domain::access::decision::Act;
use crate::domain::access::permission::{Grant as Says, Plane};
use crate::domain::access::routes::Giving;

impl<'a> Asking<'a> {
    /// What two conditions do to the action that must both hold. A role that only one of them lets give is given by
    /// nobody.
    pub(super) fn under_both(&self, one: Option<u32>, other: Option<u32>) -> Bearing {
        let (Some(first), Some(second)) = (one, other) else { return self.bearing(one.or(other)) };
        match (self.bearing(one), self.bearing(other)) {
            (Bearing::Fails, _) | (_, Bearing::Fails) => Bearing::Fails,
            (Bearing::Holds, bearing) | (bearing, Bearing::Holds) => bearing,
            (Bearing::Depends, Bearing::Depends) => {
                let both = [first, second].map(|number| &self.access.conditions[number as usize]);
                if self.let_give(&both) { Bearing::Depends } else { Bearing::Fails }
            }
        }
    }

    /// What the condition of a grant or of a role does to the action: where a role would be given, it fails when it lets
    /// give none that is meant.
    pub(super) fn bearing(&self, condition: Option<u32>) -> Bearing {
        let Some(number) = condition.map(|number| number as usize) else { return Bearing::Holds };
        *self.bearings[number].get_or_init(|| {
            let condition = &self.access.conditions[number];
            match condition.bearing(&self.act) {
                Bearing::Depends if !self.let_give(&[condition]) => Bearing::Fails,
                bearing => bearing,
            }
        })
    }

    /// Whether these conditions together let give a role that is meant.
    fn let_give(&self, conditions: &[&Condition]) -> bool {
        let admit = |role| conditions.iter().all(|condition| condition.admits(&self.act, role));
        match &self.giving {
            Giving::Any => true,
            Giving::This(role) => admit(Some(role)),
            Giving::OneThatAllows(acts) => {
                let mut seen = Vec::new();
                let named = conditions.iter().flat_map(|condition| condition.roles());
                let mut admitted = named.filter(|role| admit(Some(role)));
                admit(None) || admitted.any(|role| self.is_useful(role, acts, &mut seen))
            }
        }
    }

    /// Whether a role allows any of these, in the end: one that lets give only some roles is of use if one of those is.
    /// One whose definition was not read may be. Each role is looked at once.
    fn is_useful<'r>(&'r self, role: &'r str, acts: &[Act], seen: &mut Vec<String>) -> bool {
        if seen.iter().any(|other| other.eq_ignore_ascii_case(role)) {
            return false;
        }
        seen.push(role.to_owned());
        let Some(definition) = self.access.evidence.roles.by_guid(&role.to_ascii_lowercase()) else {
            return true;
        };
        let mut lets = |condition: Option<&str>, act: &Act| {
            let Some(condition) = condition.map(Condition::parse) else { return true };
            match condition.bearing(act) {
                Bearing::Holds => true,
                Bearing::Fails => false,
                Bearing::Depends if !gives_roles(act) || condition.admits(act, None) => true,
                Bearing::Depends => condition
                    .roles()
                    .iter()
                    .any(|role| condition.admits(act, Some(role)) && self.is_useful(role, acts, seen)),
            }
        };
        definition.properties.permissions.iter().any(|permission| {
            let mut allowed = acts.iter().filter(|act| permission.grant(act.plane, &act.action).is_allowed());
            allowed.any(|act| lets(permission.condition.as_deref(), act))
        })
    }

    /// What a role says. Of several permissions that allow it the one under the weakest condition counts, of several that
    /// depend the first.
    pub(super) fn role_says(&self, role: u32) -> Option<(Says<'a>, Option<u32>)> {
        let definition = self.access.definition(role)?;
        let mut otherwise = Says::NotMentioned;
        let mut best: Option<(Bearing, Says<'a>, Option<u32>)> = None;
        for (at, permission) in definition.properties.permissions.iter().enumerate() {
            match permission.grant(self.act.plane, &self.act.action) {
                Says::NotMentioned => {}
                taken @ Says::TakenOut { .. } => otherwise = taken,
                allowed @ Says::Allowed { .. } => {
                    let condition = self.access.role_conditions.get(&(role, at)).copied();
                    let bearing = self.bearing(condition);
                    if best.is_none_or(|(before, ..)| bearing < before) {
                        best = Some((bearing, allowed, condition));
                    }
                }
            }
        }
        Some(best.map_or((otherwise, None), |(_, allowed, condition)| (allowed, condition)))
    }
}

/// Whether an action is what lets somebody give roles.
fn gives_roles(act: &Act) -> bool {
    act.plane == Plane::Control
        && [GRANT, GRANT_BY_PIM].iter().any(|own| act.action.eq_ignore_ascii_case(own))
}
