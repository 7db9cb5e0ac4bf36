//! One question, whether somebody may do something at a scope, asked about one principal or about all.
//!
//! What does not depend on the principal is worked out once: the scopes in force, what each role says to
//! the action, the deny assignments that cover it, and what could not be read.

use std::cell::OnceCell;

use super::condition::Bearing;
use super::decision::{Act, Decision, Reason, Refusal, Verdict};
use super::evidence::{Gap, GapKind, Listed};
use super::index::{Access, Denial, Grant, Nature, Source};
use super::permission::{self, Grant as Says};
use crate::azure::arm::id::ArmId;

/// One question, prepared.
#[derive(Debug)]
pub struct Asking<'a> {
    access: &'a Access,
    act: Act,
    scope: ArmId,
    /// The numbers of the scopes in force, in order.
    in_force: Vec<u32>,
    /// What each role says, by its number, once it was looked at; none for one whose definition was not
    /// read.
    says: Vec<OnceCell<Option<Says<'a>>>>,
    /// The deny assignments that cover the action here, with the pattern and what their condition does.
    denials: Vec<(&'a Denial, &'a str, Bearing)>,
    /// Groups of which it is not known who is in them, with a grant in force here.
    unknown: Vec<u32>,
    /// What is not known about the scope as a whole: who has roles here.
    ungranted: Vec<Gap>,
    /// ... and what is denied here.
    undenied: Vec<Gap>,
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
    /// Its role is not known.
    Unknown,
    /// It allows it under a condition.
    Conditional { by: &'a str },
    /// It allows it.
    Plain { by: &'a str },
}

/// The best that grants do, as bits.
pub(super) mod best {
    pub(in super::super) const PLAIN: u8 = 1;
    pub(in super::super) const CONDITIONAL: u8 = 2;
    pub(in super::super) const UNKNOWN: u8 = 4;
    pub(in super::super) const ELIGIBLE: u8 = 8;
}

/// What deny assignments do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Denied {
    No,
    Conditionally,
    Perhaps,
    Yes,
}

/// Whether a deny assignment concerns a principal.
#[derive(Debug, Clone)]
enum Concerns {
    No,
    Perhaps(Gap),
    Yes,
}

impl<'a> Asking<'a> {
    pub(super) fn new(access: &'a Access, act: Act, scope: ArmId) -> Self {
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
                let permissions = &evidence.denies()[denial.at as usize].properties.permissions;
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
        let mut unknown: Vec<u32> = in_force
            .iter()
            .flat_map(|scope| access.by_scope.get(*scope))
            .map(|grant| access.grants[*grant as usize].principal)
            .filter(|principal| access.nature(*principal) == Nature::UnknownGroup)
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        Self {
            access,
            act,
            scope,
            in_force,
            says: vec![OnceCell::new(); access.roles.len()],
            denials,
            unknown,
            ungranted,
            undenied,
        }
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

    /// The answer about a principal, by its object id.
    #[must_use]
    pub fn verdict(&self, principal: &str) -> Verdict {
        let number = self.access.principals.get(principal);
        let holders = self.holders(number);
        let mut bits = 0;
        for holder in &holders {
            for grant in self.held(*holder) {
                bits |= bit(self.effect(grant));
            }
        }
        if self.unknown.iter().any(|group| self.could_be_in(&holders, *group) && self.group_bits(*group) != 0)
        {
            bits |= best::UNKNOWN;
        }
        self.conclude(bits, self.denied(&holders))
    }

    /// The answer about a principal, by its object id, with everything that decides it.
    #[must_use]
    pub fn decide(&self, principal: &str) -> Decision {
        let principal = &*principal.to_ascii_lowercase();
        let number = self.access.principals.get(principal);
        let holders = self.holders(number);
        let mut reasons = Vec::new();
        let mut bits = 0;
        for holder in &holders {
            for grant in self.held(*holder) {
                let effect = self.effect(grant);
                bits |= bit(effect);
                reasons.extend(self.reason(principal, grant, effect));
            }
        }
        for group in self.unknown.iter().filter(|group| self.could_be_in(&holders, **group)) {
            let deciding = self.held(*group).find(|grant| bit(self.effect(grant)) != 0);
            let Some(grant) = deciding else { continue };
            bits |= best::UNKNOWN;
            reasons.push(Reason::UnknownMembers {
                group: self.access.principals.text(*group).to_string(),
                chain: self.access.chain(principal, grant),
                gap: self.access.unknown_members(*group),
            });
        }
        reasons.extend(self.denial_reasons(&holders));
        let denied = self.denied(&holders);
        let verdict = self.conclude(bits, denied);
        // A gap is a reason where it keeps from a plain answer.
        let unread = match verdict {
            Verdict::CannotTell if bits & (best::PLAIN | best::CONDITIONAL) != 0 => &self.undenied[..],
            Verdict::CannotTell => &self.ungranted,
            _ => &[],
        };
        reasons.extend(unread.iter().map(|gap| Reason::Unread { gap: gap.clone() }));
        if verdict == Verdict::Denied(Refusal::NoGrant)
            && !self.access.evidence.covers(Listed::Eligible, &self.scope)
        {
            let gap = self.access.evidence.missing(Listed::Eligible, &self.scope);
            reasons.push(Reason::Unread { gap });
        }
        reasons.sort_by_key(Reason::rank);
        Decision { verdict, reasons }
    }

    /// A principal with every group that it is known to be in.
    fn holders(&self, principal: Option<u32>) -> Vec<u32> {
        let mut holders: Vec<u32> = principal.into_iter().collect();
        holders.extend(principal.into_iter().flat_map(|number| self.access.groups_of.get(number)));
        holders
    }

    /// What a principal itself holds that is in force here.
    fn held(&self, holder: u32) -> impl Iterator<Item = &'a Grant> {
        let grants = self.access.by_principal.get(holder).iter();
        let grants = grants.map(|grant| &self.access.grants[*grant as usize]);
        grants.filter(|grant| self.in_force.binary_search(&grant.scope).is_ok())
    }

    /// Whether somebody could be in a group that is not known: not if the group lies in a known one that
    /// they are not in.
    fn could_be_in(&self, holders: &[u32], group: u32) -> bool {
        !holders.contains(&group)
            && self.access.groups_of.get(group).iter().all(|outer| holders.contains(outer))
    }

    /// What the grants of a group do, as bits.
    fn group_bits(&self, group: u32) -> u8 {
        self.held(group).fold(0, |bits, grant| bits | bit(self.effect(grant)))
    }

    fn effect(&self, grant: &Grant) -> Effect<'a> {
        let says = *self.says[grant.role as usize].get_or_init(|| self.role_says(grant.role));
        let by = match says {
            None => return Effect::Unknown,
            Some(Says::NotMentioned) => return Effect::None,
            Some(Says::TakenOut { by, out }) => return Effect::TakenOut { by, out },
            Some(Says::Allowed { by }) => by,
        };
        match (self.access.bearing(grant.condition, &self.act), grant.source) {
            (Bearing::Fails, _) => Effect::Unmet { by },
            (_, Source::Eligible(_)) => Effect::Eligible { by },
            (Bearing::Depends, Source::Assigned(_)) => Effect::Conditional { by },
            (Bearing::Holds, Source::Assigned(_)) => Effect::Plain { by },
        }
    }

    fn role_says(&self, role: u32) -> Option<Says<'a>> {
        let definition = self.access.definition(role)?;
        Some(permission::grant(&definition.properties.permissions, self.act.plane, &self.act.action))
    }

    fn reason(&self, principal: &str, grant: &Grant, effect: Effect<'a>) -> Option<Reason> {
        let chain = || self.access.chain(principal, grant);
        let until = grant.until;
        let condition = || self.access.condition_words(grant.condition, &self.act).unwrap_or_default();
        Some(match effect {
            Effect::None => return None,
            Effect::TakenOut { by, out } => {
                Reason::TakenOut { chain: chain(), pattern: by.to_owned(), out: out.to_owned() }
            }
            Effect::Unmet { by } => {
                Reason::Unmet { chain: chain(), pattern: by.to_owned(), condition: condition() }
            }
            Effect::Eligible { by } => {
                let depends = self.access.bearing(grant.condition, &self.act) == Bearing::Depends;
                Reason::Activatable {
                    chain: chain(),
                    pattern: by.to_owned(),
                    condition: depends.then(condition),
                    until,
                }
            }
            Effect::Unknown => Reason::UnknownRole { chain: chain(), gap: self.access.unknown_role() },
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

    pub(super) fn denied(&self, holders: &[u32]) -> Denied {
        let unread = if self.undenied.is_empty() { Denied::No } else { Denied::Perhaps };
        let of =
            |(denial, _, bearing): &(&Denial, &str, Bearing)| match (self.concerns(denial, holders), bearing)
            {
                (Concerns::No, _) | (_, Bearing::Fails) => Denied::No,
                (Concerns::Perhaps(_), _) => Denied::Perhaps,
                (Concerns::Yes, Bearing::Depends) => Denied::Conditionally,
                (Concerns::Yes, Bearing::Holds) => Denied::Yes,
            };
        self.denials.iter().map(of).max().unwrap_or(Denied::No).max(unread)
    }

    fn denial_reasons(&self, holders: &[u32]) -> Vec<Reason> {
        let reason = |(denial, pattern, bearing): &(&Denial, &str, Bearing)| {
            let unless = match self.concerns(denial, holders) {
                Concerns::No => return None,
                Concerns::Perhaps(gap) => Some(gap),
                Concerns::Yes => None,
            };
            let deny = &self.access.evidence.denies()[denial.at as usize];
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

    /// The answer that follows from what grants and deny assignments do.
    pub(super) fn conclude(&self, bits: u8, denied: Denied) -> Verdict {
        let has = |bit: u8| bits & bit != 0;
        if denied == Denied::Yes {
            return Verdict::Denied(Refusal::DenyAssignment);
        }
        let perhaps = denied == Denied::Perhaps;
        if has(best::PLAIN | best::CONDITIONAL) {
            return match (perhaps, has(best::PLAIN) && denied == Denied::No) {
                (true, _) => Verdict::CannotTell,
                (false, true) => Verdict::Allowed,
                (false, false) => Verdict::Conditional,
            };
        }
        if has(best::UNKNOWN) || !self.ungranted.is_empty() {
            return Verdict::CannotTell;
        }
        match (has(best::ELIGIBLE), perhaps) {
            (true, true) => Verdict::CannotTell,
            (true, false) => Verdict::AfterActivation,
            (false, _) => Verdict::Denied(Refusal::NoGrant),
        }
    }

    /// Everybody whose answer is not a no, by number, each once: those who act, also through groups, and
    /// the groups of which it is not known who is in them. The number's text is in the index.
    pub(super) fn everybody(&self) -> Vec<(u32, Verdict)> {
        let access = self.access;
        let mut bits = vec![0_u8; access.principals.len()];
        let mut met: Vec<u32> = Vec::new();
        let mut note = |principal: u32, bit: u8, bits: &mut [u8]| {
            let known = &mut bits[principal as usize];
            if *known == 0 && bit != 0 {
                met.push(principal);
            }
            *known |= bit;
        };
        let mut groups: Vec<u32> = Vec::new();
        for grant in self.in_force.iter().flat_map(|scope| access.by_scope.get(*scope)) {
            let grant = &access.grants[*grant as usize];
            let bit = bit(self.effect(grant));
            if bit != 0 && access.nature(grant.principal) == Nature::KnownGroup {
                groups.push(grant.principal);
            }
            note(grant.principal, bit, &mut bits);
        }
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            // Members are listed through nested groups too, so one round is enough.
            let of_group = bits[group as usize];
            for member in access.members_of.get(group) {
                note(*member, of_group, &mut bits);
            }
        }
        let unread: Vec<u32> = self.unread_groups().collect();
        let for_all = self.denials.is_empty().then(|| self.denied(&[]));
        let mut found = Vec::with_capacity(met.len());
        for principal in met {
            if access.nature(principal) == Nature::KnownGroup {
                continue;
            }
            let mut of = bits[principal as usize];
            let denied = match (for_all, unread.is_empty()) {
                (Some(denied), true) => denied,
                _ => {
                    let holders = self.holders(Some(principal));
                    if unread.iter().any(|group| self.could_be_in(&holders, *group)) {
                        of |= best::UNKNOWN;
                    }
                    for_all.unwrap_or_else(|| self.denied(&holders))
                }
            };
            let verdict = self.conclude(of, denied);
            if !verdict.is_denied() {
                found.push((principal, verdict));
            }
        }
        found.sort_unstable_by_key(|(principal, _)| *principal);
        found
    }

    /// The groups that would allow it, or that hold a role that was not read, and of which it is not known
    /// who is in them.
    pub(super) fn unread_groups(&self) -> impl Iterator<Item = u32> {
        self.unknown.iter().copied().filter(|group| self.group_bits(*group) != 0)
    }
}

fn bit(effect: Effect<'_>) -> u8 {
    match effect {
        Effect::None | Effect::TakenOut { .. } | Effect::Unmet { .. } => 0,
        Effect::Eligible { .. } => best::ELIGIBLE,
        Effect::Unknown => best::UNKNOWN,
        Effect::Conditional { .. } => best::CONDITIONAL,
        Effect::Plain { .. } => best::PLAIN,
    }
}
