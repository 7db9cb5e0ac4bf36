//! Who can do something with a workspace, by which way, and who could.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::capability::Asked;
use super::decision::{Refusal, Verdict};
use super::evidence::{Gap, Listed};
use super::index::{Access, Nature};
use super::routes::{Route, Way, routes};
use super::targets::{Place, Targets};
use super::what::unsure;

/// Several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ways(u8);

impl Ways {
    fn add(&mut self, way: Way) {
        self.0 |= 1 << way as u8;
    }

    /// The ways, the plainest first.
    pub fn iter(self) -> impl Iterator<Item = Way> {
        Way::ALL.into_iter().filter(move |way| self.has(*way))
    }

    /// Whether a way is among them.
    #[must_use]
    pub fn has(self, way: Way) -> bool {
        self.0 & (1 << way as u8) != 0
    }

    /// Words for all of them: `by a data action and by key`.
    #[must_use]
    pub fn words(self) -> String {
        self.iter().map(Way::words).collect::<Vec<_>>().join(" and ")
    }
}

impl Serialize for Ways {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Somebody who can, or could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The object id, in lower case: a person, an application, an identity; a group only where it is not
    /// known who is in it.
    #[serde(serialize_with = "text")]
    pub principal: Arc<str>,
    /// The ways that give the answer.
    pub ways: Ways,
    /// The answer; for an unread group that of its members, whoever they are. Ask
    /// [`answer`](super::answer) for the reasons.
    pub verdict: Verdict,
    /// Whether it is a group of which it is not known who is in it.
    pub unread_group: bool,
}

fn text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

/// Who can do something, and who could. Within each list in no order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoCan {
    /// Those who can, some of them under a condition.
    pub can: Vec<Person>,
    /// Those who could after activating a role.
    pub after_activation: Vec<Person>,
    /// Those who cannot, but may write role assignments and so could let themselves.
    pub by_granting: Vec<Person>,
    /// Those of whom it cannot be told, and groups whose members could not be read.
    pub cannot_tell: Vec<Person>,
    /// Whether nobody who can is left out. If not, [`WhoCan::gaps`] says why.
    pub complete: bool,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// The place that it takes and the workspace does not have.
    pub missing: Option<Place>,
}

impl WhoCan {
    fn note(&mut self, gap: &Gap) {
        if !self.gaps.contains(gap) {
            self.gaps.push(gap.clone());
        }
    }

    /// Puts somebody into the lists that they belong to.
    fn take(&mut self, principal: Arc<str>, found: Found, unread_group: bool) {
        let Found { verdict, ways, granting } = found;
        let list = match verdict {
            Verdict::Denied(_) => None,
            _ if unread_group => Some(&mut self.cannot_tell),
            Verdict::Allowed | Verdict::Conditional => Some(&mut self.can),
            Verdict::AfterActivation => Some(&mut self.after_activation),
            Verdict::CannotTell => Some(&mut self.cannot_tell),
        };
        if let Some(list) = list {
            list.push(Person { principal: Arc::clone(&principal), ways, verdict, unread_group });
        }
        if granting <= Verdict::Conditional && verdict > Verdict::Conditional {
            let mut ways = Ways::default();
            ways.add(Way::SelfGrant);
            self.by_granting.push(Person { principal, ways, verdict: granting, unread_group });
        }
    }
}

/// What is found about one principal while the ways are gone through.
#[derive(Clone, Copy)]
struct Found {
    verdict: Verdict,
    ways: Ways,
    granting: Verdict,
}

const NO: Verdict = Verdict::Denied(Refusal::NoGrant);

impl Found {
    const NOTHING: Self = Self { verdict: NO, ways: Ways(0), granting: NO };

    fn is_anything(&self) -> bool {
        !self.verdict.is_denied() || !self.granting.is_denied()
    }

    fn take(&mut self, way: Way, verdict: Verdict) {
        if way == Way::SelfGrant {
            self.granting = verdict;
        } else if verdict < self.verdict {
            // A better answer makes the ways of a worse one uninteresting, but for a condition.
            if verdict > Verdict::Conditional || self.verdict > Verdict::Conditional {
                self.ways = Ways::default();
            }
            self.verdict = verdict;
            self.ways.add(way);
        } else if verdict == self.verdict || verdict <= Verdict::Conditional {
            self.ways.add(way);
        }
    }
}

/// Who can do something with a workspace. Groups are opened to their people, applications and identities.
#[must_use]
pub fn who_can(access: &Access, targets: &Targets, asked: &Asked) -> WhoCan {
    let mut who = WhoCan { complete: true, ..WhoCan::default() };
    let routes = match routes(targets, asked) {
        Ok(routes) => routes,
        Err(place) => return WhoCan { missing: Some(place), ..who },
    };
    let mut found = vec![Found::NOTHING; access.principals.len()];
    // Access policies may name those who hold no role anywhere.
    let mut strangers: BTreeMap<String, Found> = BTreeMap::new();
    for route in &routes {
        let counts = route.way != Way::SelfGrant;
        if let Some(gap) = &route.gap {
            who.note(gap);
            who.complete = false;
        }
        if route.way == Way::AccessPolicy {
            by_policy(access, targets, route, &mut found, &mut strangers, &mut who);
            continue;
        }
        for (principal, verdict) in along(access, route, counts, &mut who) {
            found[principal as usize].take(route.way, unsure(verdict, route.gap.as_ref()));
        }
    }
    for (number, found) in (0_u32..).zip(found).filter(|(_, found)| found.is_anything()) {
        let unread_group = access.nature(number) == Nature::UnknownGroup;
        who.take(access.principals.text(number), found, unread_group);
    }
    for (principal, found) in strangers {
        who.take(principal.into(), found, false);
    }
    who
}

/// Everybody who may go a way: allowed at every stop. Notes what could not be read on it; where `counts`,
/// that may hide somebody who can.
fn along(access: &Access, route: &Route, counts: bool, who: &mut WhoCan) -> Vec<(u32, Verdict)> {
    let mut all: Option<Vec<(u32, Verdict)>> = None;
    for stop in &route.stops {
        let asking = access.asking(&stop.act, &stop.scope);
        if counts {
            let groups: Vec<Gap> =
                asking.unread_groups().map(|group| access.unknown_members(group)).collect();
            for gap in asking.gaps().chain(&groups) {
                who.note(gap);
                who.complete = false;
            }
            if !access.evidence.covers(Listed::Eligible, &stop.scope) {
                who.note(&access.evidence.missing(Listed::Eligible, &stop.scope));
            }
        }
        let here = asking.everybody();
        all = Some(match all {
            None => here,
            Some(before) => both(&before, &here),
        });
    }
    all.unwrap_or_default()
}

/// Those in both lists, which are in order, each with the worse answer.
fn both(one: &[(u32, Verdict)], other: &[(u32, Verdict)]) -> Vec<(u32, Verdict)> {
    let mut rest = other.iter().peekable();
    let mut found = Vec::with_capacity(one.len().min(other.len()));
    for (principal, verdict) in one {
        while rest.next_if(|(next, _)| next < principal).is_some() {}
        if let Some((_, there)) = rest.next_if(|(next, _)| next == principal) {
            found.push((*principal, (*verdict).max(*there)));
        }
    }
    found
}

/// Takes those whom the vault's access policies let read secrets, groups opened.
fn by_policy(
    access: &Access,
    targets: &Targets,
    route: &Route,
    found: &mut [Found],
    strangers: &mut BTreeMap<String, Found>,
    who: &mut WhoCan,
) {
    for policy in targets.vault_policies.iter().filter(|policy| policy.gets_secrets) {
        let mut one = |id: &str, verdict: Verdict| {
            let verdict = unsure(verdict, route.gap.as_ref());
            match access.principals.get(id).and_then(|number| found.get_mut(number as usize)) {
                Some(found) => found.take(route.way, verdict),
                None => {
                    strangers.entry(id.to_owned()).or_insert(Found::NOTHING).take(route.way, verdict);
                }
            }
        };
        match access.nature_of(&policy.principal) {
            Nature::Acting => one(&policy.principal, Verdict::Allowed),
            Nature::KnownGroup => {
                for member in access.acting_members(&policy.principal) {
                    one(&member, Verdict::Allowed);
                }
            }
            Nature::UnknownGroup => {
                one(&policy.principal, Verdict::CannotTell);
                who.note(&access.unread_group(&policy.principal));
                who.complete = false;
            }
        }
    }
}
