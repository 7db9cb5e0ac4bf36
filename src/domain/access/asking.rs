//! One question, whether somebody may do something at a scope, asked about one principal or about all.
//!
//! What does not depend on the principal is worked out once: the scopes in force, what each role says to
//! the action, the deny assignments that cover it, and what could not be read.

mod conditions;

use std::cell::OnceCell;

use super::condition::Bearing;
use super::decision::{Act, Bounds, Decision, Reason, Refusal, Verdict};
use super::evidence::{Gap, GapKind, Listed};
use super::index::{Access, Denial, Grant, Nature, Source};
use super::permission::{self, Grant as Says};
use super::routes::Giving;
use crate::azure::arm::id::ArmId;

/// What a role says, and the number of the condition of its own under which it says so.
type Said<'a> = (Says<'a>, Option<u32>);

/// One question, prepared.
#[derive(Debug)]
pub struct Asking<'a> {
    access: &'a Access,
    act: Act,
    scope: ArmId,
    /// Of role assignments: which role would be given.
    giving: Giving,
    /// What each condition of a grant does, by its number, once it was looked at.
    bearings: Vec<OnceCell<Bearing>>,
    /// The numbers of the scopes in force, in order.
    in_force: Vec<u32>,
    /// What each role says, by its number, once it was looked at, with the condition of its own under which it says so;
    /// none for one whose definition was not read.
    says: Vec<OnceCell<Option<Said<'a>>>>,
    /// The deny assignments that cover the action here, with the pattern and what their condition does.
    denials: Vec<(&'a Denial, &'a str, Bearing)>,
    /// Groups of which it is not known who is in them and that would allow it, or might, with what they may
    /// do as bits; those that may allow it at once come first.
    unknown: Vec<(u32, u8)>,
    /// What is not known about the scope as a whole: who has roles here.
    ungranted: Vec<Gap>,
    /// ... what is denied here.
    undenied: Vec<Gap>,
    /// ... and who could activate a role here.
    uneligible: Option<Gap>,
}

/// What a grant in force does for the action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect<'a> {
    /// Nothing.
    None,
    /// It would allow it, but takes it out itself.
    TakenOut { by: &'a str, out: &'a str },
    /// It would allow it, but its condition does not.
    Unmet { by: &'a str },
    /// It allows it once activated.
    Eligible { by: &'a str },
    /// Its role is not known: it may allow it, or may once activated.
    Unknown { eligible: bool },
    /// It allows it under a condition.
    Conditional { by: &'a str },
    /// It allows it.
    Plain { by: &'a str },
}

/// What grants do, as bits.
mod bits {
    pub(super) const PLAIN: u8 = 1;
    pub(super) const CONDITIONAL: u8 = 2;
    pub(super) const ELIGIBLE: u8 = 4;
    /// Something that was not read may allow it at once.
    pub(super) const UNKNOWN: u8 = 8;
    /// Something that was not read may allow it after activation.
    pub(super) const UNKNOWN_ELIGIBLE: u8 = 16;
}

/// What deny assignments do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Denied {
    No,
    Conditionally,
    Yes,
}

/// What deny assignments do at least and at most.
#[derive(Debug, Clone, Copy)]
struct Denials {
    least: Denied,
    most: Denied,
}

/// Whether a deny assignment concerns a principal.
#[derive(Debug, Clone)]
enum Concerns {
    No,
    Perhaps(Gap),
    Yes,
}

impl<'a> Asking<'a> {
    pub(super) fn new(access: &'a Access, act: Act, scope: ArmId, giving: Giving) -> Self {
        let evidence = &access.evidence;
        let in_force = access.in_force_at(&scope);
        let here = access.scopes.get(scope.as_str());
        let denials = access
            .denies
            .iter()
            .filter(|denial| match denial.here_only {
                true => Some(denial.scope) == here,
                false => in_force.binary_search(&denial.scope).is_ok(),
            })
            .filter_map(|denial| {
                let permissions = &evidence.denies()[denial.at].properties.permissions;
                let Says::Allowed { by } = permission::grant(permissions, act.plane, &act.action) else {
                    return None;
                };
                let bearing = access.bearing(denial.condition, &act);
                (bearing != Bearing::Fails).then_some((denial, by, bearing))
            })
            .collect();
        let gaps = |listed| {
            let missing = !evidence.covers(listed, &scope);
            let above = evidence.gaps().iter().filter(|gap| gap.what == GapKind::Above).cloned();
            missing.then(|| evidence.missing(listed, &scope)).into_iter().chain(above).collect()
        };
        let (ungranted, undenied) = (gaps(Listed::Assignments), gaps(Listed::Denies));
        let eligible_is_read = evidence.covers(Listed::Eligible, &scope);
        let uneligible = (!eligible_is_read).then(|| evidence.missing(Listed::Eligible, &scope));
        let mut asking = Self {
            access,
            act,
            scope,
            giving,
            bearings: vec![OnceCell::new(); access.conditions.len()],
            in_force,
            says: vec![OnceCell::new(); access.roles.len()],
            denials,
            unknown: Vec::new(),
            ungranted,
            undenied,
            uneligible,
        };
        asking.unknown = asking.unknown_groups();
        asking
    }

    /// The groups with a grant in force of which it is not known who is in them, as far as that matters.
    fn unknown_groups(&self) -> Vec<(u32, u8)> {
        let access = self.access;
        let grants = self.in_force.iter().flat_map(|scope| access.by_scope.get(*scope));
        let holders = grants.map(|grant| access.grants[*grant as usize].principal);
        let mut groups: Vec<u32> =
            holders.filter(|holder| access.nature(*holder) == Nature::UnknownGroup).collect();
        groups.sort_unstable();
        groups.dedup();
        let at_once = bits::PLAIN | bits::CONDITIONAL | bits::UNKNOWN;
        let may = |group: u32| {
            let all = self.held(group).fold(0, |all, grant| all | bit(self.effect(grant)));
            let may = if all & at_once != 0 { bits::UNKNOWN } else { bits::UNKNOWN_ELIGIBLE };
            (all != 0).then_some((group, may))
        };
        let mut unknown: Vec<(u32, u8)> = groups.into_iter().filter_map(may).collect();
        unknown.sort_by_key(|(_, may)| *may != bits::UNKNOWN);
        unknown
    }

    /// What is asked about.
    #[must_use]
    pub fn act(&self) -> &Act {
        &self.act
    }

    /// Where.
    #[must_use]
    pub fn scope(&self) -> &ArmId {
        &self.scope
    }

    /// What could not be read of the scope as a whole, so that nobody's answer is sure: role assignments
    /// for a no, deny assignments for a yes.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.ungranted.iter().chain(&self.undenied)
    }

    /// Why it is not known who could activate a role here, where that is so.
    #[must_use]
    pub fn eligible_gap(&self) -> Option<&Gap> {
        self.uneligible.as_ref()
    }

    /// Whether a deny assignment covers what is asked about, or may, for whomever.
    pub(super) fn may_deny(&self) -> bool {
        !self.denials.is_empty() || !self.undenied.is_empty()
    }

    /// Whether the answer about whoever holds nothing here is a no that nothing unread can change.
    pub(super) fn is_settled(&self) -> bool {
        self.ungranted.is_empty() && self.uneligible.is_none() && self.unknown.is_empty()
    }

    /// The answer about a principal, by its object id.
    #[must_use]
    pub fn verdict(&self, principal: &str) -> Verdict {
        self.bounds(self.access.principals.get(principal)).verdict()
    }

    /// The answer about a principal, by its object id, if a role allowed it at once: then only deny assignments keep from it.
    #[must_use]
    pub fn if_granted(&self, principal: &str) -> Verdict {
        let number = self.access.principals.get(principal);
        if self.is_gone(number) {
            return Bounds::NO.verdict();
        }
        let denied = self.denied(&self.holders(number));
        let allowed = |denied| under(Verdict::Allowed, denied);
        Bounds { best: allowed(denied.least), worst: allowed(denied.most) }.verdict()
    }

    /// The answer about a principal, by its number; none for one that nothing was read of.
    pub(super) fn bounds(&self, principal: Option<u32>) -> Bounds {
        if self.is_gone(principal) {
            return Bounds::NO;
        }
        let holders = self.holders(principal);
        let held = holders.iter().flat_map(|holder| self.held(*holder));
        let all = held.fold(0, |all, grant| all | bit(self.effect(grant)));
        self.conclude(all | self.perhaps(&holders), self.is_machine(principal), self.denied(&holders))
    }

    /// The answer about a principal, by its object id, with everything that decides it.
    #[must_use]
    pub fn decide(&self, principal: &str) -> Decision {
        let principal = &*principal.to_ascii_lowercase();
        let number = self.access.principals.get(principal);
        if self.is_gone(number) {
            return Decision { verdict: Bounds::NO.verdict(), bounds: Bounds::NO, reasons: Vec::new() };
        }
        let holders = self.holders(number);
        let is_machine = self.is_machine(number);
        let mut reasons = Vec::new();
        let mut all = 0;
        for holder in &holders {
            for grant in self.held(*holder) {
                let effect = self.effect(grant);
                if is_machine && matches!(effect, Effect::Eligible { .. }) {
                    continue;
                }
                all |= bit(effect);
                reasons.extend(self.reason(principal, grant, effect));
            }
        }
        for (group, may) in self.unknown.iter().filter(|(group, _)| self.could_be_in(&holders, *group)) {
            let deciding = self.held(*group).find(|grant| bit(self.effect(grant)) != 0);
            let Some(grant) = deciding else { continue };
            all |= may;
            reasons.push(Reason::UnknownMembers {
                group: self.access.principals.text(*group).to_string(),
                chain: self.access.chain(principal, grant),
                gap: self.access.unknown_members(*group),
            });
        }
        reasons.extend(self.denial_reasons(&holders));
        let bounds = self.conclude(all, is_machine, self.denied(&holders));
        let verdict = bounds.verdict();
        if verdict == Verdict::CannotTell {
            let gaps = self.keeping(known(all), is_machine);
            reasons.extend(gaps.map(|gap| Reason::Unread { gap: gap.clone() }));
        }
        reasons.sort_by_key(Reason::rank);
        Decision { verdict, bounds, reasons }
    }

    /// The gaps of the scope as a whole that keep somebody, to whom so much is granted, from an answer.
    fn keeping(&self, known: Verdict, is_machine: bool) -> impl Iterator<Item = &Gap> {
        let may_lose = !known.is_denied();
        let may_gain = known != Verdict::Allowed;
        let may_activate = known.is_denied() && !is_machine;
        let denies = self.undenied.iter().filter(move |_| may_lose);
        let grants = self.ungranted.iter().filter(move |_| may_gain);
        denies.chain(grants).chain(self.uneligible.iter().filter(move |_| may_activate))
    }

    /// Whether a principal is known to be an application or an identity: those cannot activate a role, nor
    /// one that a group of theirs is eligible for.
    fn is_machine(&self, principal: Option<u32>) -> bool {
        principal.is_some_and(|number| self.access.nature(number) == Nature::Machine)
    }

    /// Whether a principal is deleted: nobody acts as it, whatever was not read.
    fn is_gone(&self, principal: Option<u32>) -> bool {
        principal.is_some_and(|number| self.access.nature(number) == Nature::Gone)
    }

    /// A principal with every group that it is known to be in.
    fn holders(&self, principal: Option<u32>) -> Vec<u32> {
        let mut holders: Vec<u32> = principal.into_iter().collect();
        holders.extend(principal.into_iter().flat_map(|number| self.access.groups_of.get(number)));
        holders
    }

    /// What a principal itself holds that is in force here; nothing of one that is deleted.
    fn held(&self, holder: u32) -> impl Iterator<Item = &'a Grant> {
        let is_gone = self.access.nature(holder) == Nature::Gone;
        let grants = self.access.by_principal.get(holder).iter().filter(move |_| !is_gone);
        let grants = grants.map(|grant| &self.access.grants[*grant as usize]);
        grants.filter(|grant| self.in_force.binary_search(&grant.scope).is_ok())
    }

    /// Whether somebody could be in a group that is not known: not if the group lies in a known one that
    /// they are not in.
    fn could_be_in(&self, holders: &[u32], group: u32) -> bool {
        !holders.contains(&group)
            && self.access.groups_of.get(group).iter().all(|outer| holders.contains(outer))
    }

    /// What the groups do, as bits, that it is not known who is in.
    fn perhaps(&self, holders: &[u32]) -> u8 {
        let mut all = 0;
        for (group, may) in &self.unknown {
            if all & may == 0 && self.could_be_in(holders, *group) {
                all |= may;
            }
            // Those that come now do no more.
            if all & bits::UNKNOWN != 0 {
                break;
            }
        }
        all
    }

    fn effect(&self, grant: &Grant) -> Effect<'a> {
        let says = *self.says[grant.role as usize].get_or_init(|| self.role_says(grant.role));
        let eligible = matches!(grant.source, Source::Eligible(_));
        let (by, of_role) = match says {
            // Whatever the role allows, its condition does not allow this.
            None if self.bearing(grant.condition) == Bearing::Fails => return Effect::None,
            None => return Effect::Unknown { eligible },
            Some((Says::NotMentioned, _)) => return Effect::None,
            Some((Says::TakenOut { by, out }, _)) => return Effect::TakenOut { by, out },
            Some((Says::Allowed { by }, of_role)) => (by, of_role),
        };
        match (self.under_both(grant.condition, of_role), grant.source) {
            (Bearing::Fails, _) => Effect::Unmet { by },
            (_, Source::Eligible(_)) => Effect::Eligible { by },
            (Bearing::Depends, Source::Assigned(_)) => Effect::Conditional { by },
            (Bearing::Holds, Source::Assigned(_)) => Effect::Plain { by },
        }
    }

    fn reason(&self, principal: &str, grant: &Grant, effect: Effect<'a>) -> Option<Reason> {
        let chain = || self.access.chain(principal, grant);
        let until = grant.until;
        let of_role =
            || self.says[grant.role as usize].get().copied().flatten().and_then(|(_, of_role)| of_role);
        let condition = || {
            let both = [grant.condition, of_role()].into_iter().flatten();
            let words = both.filter_map(|number| self.access.restriction(number, &self.act));
            words.collect::<Vec<_>>().join(", and ")
        };
        Some(match effect {
            Effect::None => return None,
            Effect::TakenOut { by, out } => {
                Reason::TakenOut { chain: chain(), pattern: by.to_owned(), out: out.to_owned() }
            }
            Effect::Unmet { by } => {
                Reason::Unmet { chain: chain(), pattern: by.to_owned(), condition: condition() }
            }
            Effect::Eligible { by } => {
                let depends = self.under_both(grant.condition, of_role()) == Bearing::Depends;
                Reason::Activatable {
                    chain: chain(),
                    pattern: by.to_owned(),
                    condition: depends.then(condition),
                    until,
                }
            }
            Effect::Unknown { .. } => Reason::UnknownRole { chain: chain(), gap: self.access.unknown_role() },
            Effect::Conditional { by } => {
                Reason::Restricted { chain: chain(), pattern: by.to_owned(), condition: condition(), until }
            }
            Effect::Plain { by } => Reason::Granted { chain: chain(), pattern: by.to_owned(), until },
        })
    }

    fn concerns(&self, denial: &Denial, holders: &[u32]) -> Concerns {
        let is = |number: &u32| holders.contains(number);
        if denial.excluded.iter().any(is) {
            return Concerns::No;
        }
        let access = self.access;
        let unknown = |list: &[u32]| {
            let mut unknown = list.iter().filter(|group| access.nature(**group) == Nature::UnknownGroup);
            unknown
                .find(|group| self.could_be_in(holders, **group))
                .map(|group| access.unknown_members(*group))
        };
        let named = denial.everyone || denial.principals.iter().any(is);
        match (named, unknown(&denial.principals), unknown(&denial.excluded)) {
            (true, _, None) => Concerns::Yes,
            (true, _, Some(gap)) | (false, Some(gap), _) => Concerns::Perhaps(gap),
            (false, None, _) => Concerns::No,
        }
    }

    fn denied(&self, holders: &[u32]) -> Denials {
        let mut all = Denials { least: Denied::No, most: Denied::No };
        if !self.undenied.is_empty() {
            all.most = Denied::Yes;
        }
        for (denial, _, bearing) in &self.denials {
            let does = match bearing {
                Bearing::Fails => Denied::No,
                Bearing::Depends => Denied::Conditionally,
                Bearing::Holds => Denied::Yes,
            };
            match self.concerns(denial, holders) {
                Concerns::No => {}
                Concerns::Perhaps(_) => all.most = all.most.max(does),
                Concerns::Yes => all = Denials { least: all.least.max(does), most: all.most.max(does) },
            }
        }
        all
    }

    fn denial_reasons(&self, holders: &[u32]) -> Vec<Reason> {
        let reason = |(denial, pattern, bearing): &(&Denial, &str, Bearing)| {
            let unless = match self.concerns(denial, holders) {
                Concerns::No => return None,
                Concerns::Perhaps(gap) => Some(gap),
                Concerns::Yes => None,
            };
            let deny = &self.access.evidence.denies()[denial.at];
            let depends = *bearing == Bearing::Depends;
            let words = || self.access.condition_words(denial.condition, &self.act);
            Some(Reason::DenyAssignment {
                deny: deny.id.clone(),
                name: deny.properties.deny_assignment_name.clone().unwrap_or_else(|| deny.name.clone()),
                scope: self.access.denied_at(denial),
                pattern: (*pattern).to_owned(),
                condition: if depends { words() } else { None },
                unless,
            })
        };
        self.denials.iter().filter_map(reason).collect()
    }

    /// The answer that follows from what grants and deny assignments do. Here, and nowhere else, what was
    /// not read of roles comes in: it gives at best what it could hold, at worst nothing.
    fn conclude(&self, all: u8, is_machine: bool, denied: Denials) -> Bounds {
        let all = if is_machine { all & !(bits::ELIGIBLE | bits::UNKNOWN_ELIGIBLE) } else { all };
        let known = known(all);
        let unread = if all & bits::UNKNOWN != 0 || !self.ungranted.is_empty() {
            Verdict::Allowed
        } else if all & bits::UNKNOWN_ELIGIBLE != 0 || self.uneligible.is_some() && !is_machine {
            Verdict::AfterActivation
        } else {
            Verdict::Denied(Refusal::NoGrant)
        };
        Bounds { best: under(known.min(unread), denied.least), worst: under(known, denied.most) }
    }

    /// Everybody who holds something that allows it, or may, and whose answer is not a no: by number, each
    /// once, those who act, also through groups, and the groups of which it is not known who is in them. The
    /// number's text is in the index.
    pub(super) fn everybody(&self) -> Vec<(u32, Bounds)> {
        let access = self.access;
        let mut held = vec![0_u8; access.principals.len()];
        let mut met: Vec<u32> = Vec::new();
        let mut note = |principal: u32, bit: u8, held: &mut [u8]| {
            let known = &mut held[principal as usize];
            if *known == 0 && bit != 0 {
                met.push(principal);
            }
            *known |= bit;
        };
        let mut groups: Vec<u32> = Vec::new();
        for grant in self.in_force.iter().flat_map(|scope| access.by_scope.get(*scope)) {
            let grant = &access.grants[*grant as usize];
            if access.nature(grant.principal) == Nature::Gone {
                continue;
            }
            let bit = bit(self.effect(grant));
            if bit != 0 && access.nature(grant.principal) == Nature::KnownGroup {
                groups.push(grant.principal);
            }
            note(grant.principal, bit, &mut held);
        }
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            // Members are listed through nested groups too, so one round is enough.
            let of_group = held[group as usize];
            for member in access.members_of.get(group) {
                note(*member, of_group, &mut held);
            }
        }
        let for_all = self.denials.is_empty().then(|| self.denied(&[]));
        let mut found = Vec::with_capacity(met.len());
        for principal in met {
            if access.nature(principal) == Nature::KnownGroup {
                continue;
            }
            let own = held[principal as usize];
            let (perhaps, denied) = match for_all {
                Some(denied) if self.unknown.is_empty() => (0, denied),
                _ => {
                    let holders = self.holders(Some(principal));
                    (self.perhaps(&holders), for_all.unwrap_or_else(|| self.denied(&holders)))
                }
            };
            let bounds = self.conclude(own | perhaps, self.is_machine(Some(principal)), denied);
            if !bounds.best.is_denied() {
                found.push((principal, bounds));
            }
        }
        found.sort_unstable_by_key(|(principal, _)| *principal);
        found
    }

    /// The groups that would allow it, or that hold a role that was not read, and of which it is not known
    /// who is in them.
    pub(super) fn unread_groups(&self) -> impl Iterator<Item = u32> {
        self.unknown.iter().map(|(group, _)| *group)
    }
}

/// What grants, as bits, are known to allow.
fn known(all: u8) -> Verdict {
    let has = |bit: u8| all & bit != 0;
    if has(bits::PLAIN) {
        Verdict::Allowed
    } else if has(bits::CONDITIONAL) {
        Verdict::Conditional
    } else if has(bits::ELIGIBLE) {
        Verdict::AfterActivation
    } else {
        Verdict::Denied(Refusal::NoGrant)
    }
}

/// What is left of what is granted.
fn under(granted: Verdict, denied: Denied) -> Verdict {
    match (granted, denied) {
        (_, Denied::Yes) => Verdict::Denied(Refusal::DenyAssignment),
        (Verdict::Allowed, Denied::Conditionally) => Verdict::Conditional,
        (granted, _) => granted,
    }
}

fn bit(effect: Effect<'_>) -> u8 {
    match effect {
        Effect::None | Effect::TakenOut { .. } | Effect::Unmet { .. } => 0,
        Effect::Eligible { .. } => bits::ELIGIBLE,
        Effect::Unknown { eligible: false } => bits::UNKNOWN,
        Effect::Unknown { eligible: true } => bits::UNKNOWN_ELIGIBLE,
        Effect::Conditional { .. } => bits::CONDITIONAL,
        Effect::Plain { .. } => bits::PLAIN,
    }
}
