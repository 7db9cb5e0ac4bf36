//! Who can do something with a workspace, by which way, and who could.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::asking::Asking;
use super::capability::{Asked, GRANT};
use super::decision::{Act, Bounds, Verdict};
use super::evidence::Gap;
use super::index::{Access, Nature};
use super::routes::{Giving, Nowhere, Route, Way, routes};
use super::targets::{Place, Targets};
use super::what::{granting, if_granted, opens_by_role, policy_of, unsure};

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
    /// Those who cannot, but may write role assignments, now or after activating a role, and so could let themselves, or
    /// of whom that cannot be told. Whom a deny assignment keeps from it is not among them.
    pub by_granting: Vec<Person>,
    /// Those of whom it cannot be told, and groups whose members could not be read.
    pub cannot_tell: Vec<Person>,
    /// Whether nobody who can is left out. If not, [`WhoCan::gaps`] says why.
    pub complete: bool,
    /// Whether nobody who could after activating a role is left out either.
    pub complete_after_activation: bool,
    /// Whether nobody is left out who could grant it to themselves.
    pub complete_by_granting: bool,
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
    fn take(&mut self, principal: Arc<str>, found: &Found, trails: &[Trail<'_>], unread_group: bool) {
        let (verdict, granting) = (found.verdict(trails), found.granting(trails, &principal));
        let list = match verdict {
            Verdict::Denied(_) => None,
            _ if unread_group => Some(&mut self.cannot_tell),
            Verdict::Allowed | Verdict::Conditional => Some(&mut self.can),
            Verdict::AfterActivation => Some(&mut self.after_activation),
            Verdict::CannotTell => Some(&mut self.cannot_tell),
        };
        if let Some(list) = list {
            let ways = found.ways(trails, verdict);
            list.push(Person { principal: Arc::clone(&principal), ways, verdict, unread_group });
        }
        let could_grant = match granting {
            Verdict::Denied(_) => false,
            Verdict::CannotTell => verdict.is_denied(),
            // Who gets it by activating a role anyway is not told again.
            _ => verdict > granting.max(Verdict::Conditional),
        };
        if could_grant {
            let mut ways = Ways::default();
            ways.add(Way::SelfGrant);
            self.by_granting.push(Person { principal, ways, verdict: granting, unread_group });
        }
    }
}

/// Who can do something with a workspace. Groups are opened to their people, applications and identities.
/// Whoever is listed has the same answer as [`answer`](super::answer) gives. Who holds nothing that speaks of
/// it is not listed, even where anybody may hold what was not read: [`WhoCan::complete`] says that.
#[must_use]
pub fn who_can(access: &Access, targets: &Targets, asked: &Asked) -> WhoCan {
    along(access, targets, routes(targets, asked))
}

/// Who can give a role, by its GUID, at a place of a workspace: whom a condition lets give only others is not among them.
#[must_use]
pub fn who_can_give(access: &Access, targets: &Targets, on: Place, role: &str) -> WhoCan {
    let asked = Asked::Action { on, act: Act::control(GRANT) };
    let mut routes = routes(targets, &asked);
    for stop in routes.iter_mut().flatten().flat_map(|route| &mut route.stops) {
        stop.giving = Giving::This(role.to_owned());
    }
    along(access, targets, routes)
}

fn along(access: &Access, targets: &Targets, routes: Result<Vec<Route>, Nowhere>) -> WhoCan {
    let mut who = WhoCan {
        complete: true,
        complete_after_activation: true,
        complete_by_granting: true,
        ..WhoCan::default()
    };
    let routes = match routes {
        Ok(routes) => routes,
        Err(Nowhere::Missing(place)) => return WhoCan { missing: Some(place), ..who },
        Err(Nowhere::Unread(gap)) => {
            let none = WhoCan::default();
            return WhoCan { gaps: vec![gap], ..none };
        }
    };
    let trails: Vec<Trail<'_>> =
        routes.into_iter().map(|route| Trail::new(access, targets, route, &mut who)).collect();
    let mut found = vec![Found::default(); access.principals.len()];
    // Access policies may name those who hold no role anywhere.
    let mut strangers: BTreeMap<String, Found> = BTreeMap::new();
    for (at, trail) in trails.iter().enumerate() {
        for (principal, bounds) in trail.everybody() {
            found[principal as usize].by[at] = Some(bounds);
        }
        for holder in trail.policy_holders() {
            let bounds = trail.bounds(&holder);
            match access.principals.get(&holder).and_then(|number| found.get_mut(number as usize)) {
                Some(found) => found.by[at] = Some(bounds),
                None => strangers.entry(holder).or_default().by[at] = Some(bounds),
            }
        }
    }
    for (number, mut found) in (0_u32..).zip(found).filter(|(_, found)| found.is_anything()) {
        let principal = access.principals.text(number);
        found.complete(&trails, &principal);
        who.take(principal, &found, &trails, access.nature(number) == Nature::UnknownGroup);
    }
    for (principal, mut found) in strangers {
        found.complete(&trails, &principal);
        who.take(principal.into(), &found, &trails, false);
    }
    who
}

/// At most so many ways lead to one thing: see [`routes`].
const MOST_ROUTES: usize = 12;

/// What is found about one principal: its answer by each route, as far as the route has one.
#[derive(Clone, Copy, Default)]
struct Found {
    by: [Option<Bounds>; MOST_ROUTES],
}

impl Found {
    fn is_anything(&self) -> bool {
        self.by.iter().any(Option::is_some)
    }

    /// By each route that counts, with its answer.
    fn counted<'a>(&'a self, trails: &'a [Trail<'_>]) -> impl Iterator<Item = (Way, Bounds)> + 'a {
        let all = trails.iter().zip(self.by).filter(|(trail, _)| trail.counts());
        all.filter_map(|(trail, bounds)| Some((trail.route.way, bounds?)))
    }

    /// Works out what the routes say that did not find the principal, where they may be wrong about it.
    fn complete(&mut self, trails: &[Trail<'_>], principal: &str) {
        if self.counted(trails).next().is_none() {
            return;
        }
        for (trail, by) in trails.iter().zip(&mut self.by) {
            if trail.counts() && by.is_none() && !trail.is_settled() {
                *by = Some(trail.bounds(principal));
            }
        }
    }

    fn verdict(&self, trails: &[Trail<'_>]) -> Verdict {
        self.counted(trails).map(|(_, bounds)| bounds).fold(Bounds::NO, Bounds::or).verdict()
    }

    /// What comes of granting it to oneself.
    fn granting(&self, trails: &[Trail<'_>], principal: &str) -> Verdict {
        let own = trails.iter().zip(self.by).filter(|(trail, _)| !trail.counts());
        let may_grant = own.filter_map(|(_, bounds)| bounds).fold(Bounds::NO, Bounds::or);
        if may_grant.best.is_denied() {
            return may_grant.best;
        }
        let ways = trails.iter().filter(|trail| opens_by_role(trail.route.way));
        granting(may_grant, ways.map(|trail| trail.if_granted(principal)).fold(Bounds::NO, Bounds::or))
    }

    /// The ways that give the answer. A better one makes those of a worse one uninteresting, but for a
    /// condition.
    fn ways(&self, trails: &[Trail<'_>], verdict: Verdict) -> Ways {
        let mut ways = Ways::default();
        for (way, bounds) in self.counted(trails) {
            let own = bounds.verdict();
            if own == verdict || verdict <= Verdict::Conditional && own <= Verdict::Conditional {
                ways.add(way);
            }
        }
        ways
    }
}

/// A route with its questions prepared.
struct Trail<'a> {
    access: &'a Access,
    targets: &'a Targets,
    route: Route,
    stops: Vec<Asking<'a>>,
}

impl<'a> Trail<'a> {
    /// Prepares the questions of a route, and notes what was not read on it. What it keeps from knowing
    /// about granting to oneself hides nobody who can, only those who could let themselves.
    fn new(access: &'a Access, targets: &'a Targets, route: Route, who: &mut WhoCan) -> Self {
        let stops = route.stops.iter().map(|stop| access.asking_at(stop)).collect();
        let trail = Self { access, targets, route, stops };
        let mut gaps: Vec<Gap> = trail.route.gap.iter().cloned().collect();
        for asking in &trail.stops {
            gaps.extend(asking.gaps().cloned());
            gaps.extend(asking.unread_groups().map(|group| access.unknown_members(group)));
        }
        gaps.extend(trail.unread_policies().map(|policy| access.unread_group(policy)));
        who.complete &= gaps.is_empty() || !trail.counts();
        gaps.extend(trail.stops.iter().filter_map(Asking::eligible_gap).cloned());
        who.complete_after_activation &= gaps.is_empty() || !trail.counts();
        who.complete_by_granting &= gaps.is_empty();
        gaps.iter().for_each(|gap| who.note(gap));
        trail
    }

    fn counts(&self) -> bool {
        self.route.way != Way::SelfGrant
    }

    /// What the answer about a principal would be if the role of this way were granted.
    fn if_granted(&self, principal: &str) -> Bounds {
        let may_deny = self.stops.iter().any(Asking::may_deny);
        if may_deny { if_granted(self.bounds(principal)) } else { Bounds::sure(Verdict::Allowed) }
    }

    fn is_by_policy(&self) -> bool {
        self.route.way == Way::AccessPolicy
    }

    /// Whether it is a no for whoever it does not find.
    fn is_settled(&self) -> bool {
        match self.is_by_policy() {
            true => self.route.gap.is_none() && self.unread_policies().next().is_none(),
            false => self.stops.iter().all(Asking::is_settled),
        }
    }

    /// The answer about a principal by this route.
    fn bounds(&self, principal: &str) -> Bounds {
        if self.is_by_policy() {
            return policy_of(self.access, self.targets, self.route.gap.as_ref(), principal).0;
        }
        let number = self.access.principals.get(principal);
        let all = self.stops.iter().map(|asking| asking.bounds(number)).reduce(Bounds::and);
        unsure(all.unwrap_or(Bounds::NO), self.route.gap.as_ref())
    }

    /// Everybody whom roles let go this way, or may.
    fn everybody(&self) -> Vec<(u32, Bounds)> {
        let mut stops = self.stops.iter();
        let mut all = stops.next().map(Asking::everybody).unwrap_or_default();
        let mut before: Vec<&Asking<'_>> = self.stops.first().into_iter().collect();
        for asking in stops {
            all = both(&all, &before, &asking.everybody(), asking);
            before.push(asking);
        }
        for (_, bounds) in &mut all {
            *bounds = unsure(*bounds, self.route.gap.as_ref());
        }
        all
    }

    /// Everybody whom an access policy lets read secrets, groups opened; a group of which it is not known
    /// who is in it stands for its people.
    fn policy_holders(&self) -> Vec<String> {
        let policies = self.targets.vault_policies.iter();
        let policies = policies.filter(|policy| policy.gets_secrets && self.is_by_policy());
        let mut holders = Vec::new();
        for policy in policies {
            match self.access.nature_of(&policy.principal) {
                Nature::Gone => {}
                Nature::KnownGroup => {
                    let members = self.access.acting_members(&policy.principal);
                    holders.extend(members.map(|member| member.to_string()));
                }
                Nature::Acting | Nature::Machine | Nature::UnknownGroup => {
                    holders.push(policy.principal.clone());
                }
            }
        }
        holders
    }

    /// The groups with an access policy of which it is not known who is in them.
    fn unread_policies(&self) -> impl Iterator<Item = &str> {
        let policies = self.targets.vault_policies.iter();
        let policies = policies.filter(|policy| policy.gets_secrets && self.is_by_policy());
        let unread =
            policies.filter(|policy| self.access.nature_of(&policy.principal) == Nature::UnknownGroup);
        unread.map(|policy| policy.principal.as_str())
    }
}

/// Those who may pass the stops before and the next one, in order: lists are in the order of numbers. Whoever
/// is in one list only is asked about where the other does not know.
fn both(
    before: &[(u32, Bounds)],
    stops: &[&Asking<'_>],
    next: &[(u32, Bounds)],
    stop: &Asking<'_>,
) -> Vec<(u32, Bounds)> {
    let before_is_settled = stops.iter().all(|asking| asking.is_settled());
    let mut found = Vec::with_capacity(before.len().min(next.len()));
    let (mut one, mut other) = (before.iter().peekable(), next.iter().peekable());
    loop {
        let number = match (one.peek(), other.peek()) {
            (None, None) => return found,
            (Some((here, _)), Some((there, _))) => *here.min(there),
            (Some((number, _)), None) | (None, Some((number, _))) => *number,
        };
        let own = match one.next_if(|(here, _)| *here == number) {
            Some((_, bounds)) => *bounds,
            None if before_is_settled => Bounds::NO,
            None => stops.iter().map(|asking| asking.bounds(Some(number))).fold(ALWAYS, Bounds::and),
        };
        let its = match other.next_if(|(there, _)| *there == number) {
            Some((_, bounds)) => *bounds,
            None if stop.is_settled() => Bounds::NO,
            None => stop.bounds(Some(number)),
        };
        let bounds = own.and(its);
        if !bounds.best.is_denied() {
            found.push((number, bounds));
        }
    }
}

/// What takes nothing.
const ALWAYS: Bounds = Bounds::sure(Verdict::Allowed);
