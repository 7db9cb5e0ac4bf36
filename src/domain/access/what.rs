//! What one principal can do with a workspace: each capability, by every way, with the reasons.

use std::collections::HashSet;

use serde::Serialize;

use super::asking::Asking;
use super::capability::{Asked, CAPABILITIES, Capability};
use super::decision::{Act, Bounds, Decision, Reason, Refusal, Verdict};
use super::evidence::Gap;
use super::index::{Access, Nature};
use super::routes::{Nowhere, Route, Stop, Way, routes};
use super::targets::{Place, Targets};
use crate::azure::arm::id::ArmId;

/// The answer about one principal and one capability or action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The best that any way gives, granting it to oneself apart.
    pub verdict: Verdict,
    /// What it is made of.
    pub bounds: Bounds,
    /// Every way there is, with its answer: what can be done by a role first.
    pub ways: Vec<WayAnswer>,
    /// The place that it takes and the workspace does not have, such as a registry that nothing was built
    /// for yet. It is a no then, and no way is looked at.
    pub missing: Option<Place>,
    /// Why it is not known whether the workspace has what it takes, where that is so. No way is looked at
    /// either.
    pub gap: Option<Gap>,
}

/// The answer for one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WayAnswer {
    /// Which way.
    pub way: Way,
    /// Whether it is open to the principal.
    pub verdict: Verdict,
    /// What that is made of.
    pub bounds: Bounds,
    /// What it takes, each with its own answer.
    pub steps: Vec<Step>,
    /// The access policy that decides, where one does: the principal's object id, or a group's.
    pub policy: Option<String>,
    /// The setting that opens the way, where that could not be read.
    pub gap: Option<Gap>,
}

/// One action that a way takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Where in the workspace's world.
    pub place: Place,
    /// The scope.
    pub scope: ArmId,
    /// The action.
    pub act: Act,
    /// The answer, with its reasons.
    pub decision: Decision,
}

/// The answer about one capability.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilityAnswer {
    /// Which.
    pub capability: &'static Capability,
    /// The answer.
    pub answer: Answer,
}

impl Answer {
    /// The ways that give the answer, granting it to oneself apart.
    pub fn deciding(&self) -> impl Iterator<Item = &WayAnswer> {
        self.ways.iter().filter(|way| way.way != Way::SelfGrant && way.verdict == self.verdict)
    }

    /// In how many ways more than one the answer comes, by assignments and policies of which each is enough; of `granting`
    /// those by which it gives itself a role. Zero where it is a no or cannot be told.
    #[must_use]
    pub fn other_ways(&self, granting: bool) -> usize {
        let verdict = if granting { self.by_granting().map(|way| way.verdict) } else { Some(self.verdict) };
        let Some(verdict) = verdict.filter(|verdict| *verdict <= Verdict::AfterActivation) else { return 0 };
        let ways = self.ways.iter().filter(|way| way.verdict == verdict);
        let mut enough: HashSet<&str> = HashSet::new();
        for way in ways.filter(|way| !granting || way.way == Way::SelfGrant) {
            enough.extend(way.policy.as_deref());
            // Of several steps all have to be gone; the one with the fewest ways decides.
            let steps = way.steps.iter().map(|step| by_itself(&step.decision.reasons, verdict));
            enough.extend(steps.min_by_key(HashSet::len).into_iter().flatten());
        }
        enough.len().saturating_sub(1)
    }

    /// Whether it is a no that the principal could turn into a yes by giving itself a role, perhaps after activating one.
    #[must_use]
    pub fn could_grant(&self) -> bool {
        self.verdict.is_denied() && self.granting() <= Verdict::AfterActivation
    }

    /// What the principal could do by giving itself a role: it may write role assignments there, and no deny assignment
    /// stands in every way that a role opens. Where what was not read decides only whether a role is to be activated
    /// first, that is the answer.
    #[must_use]
    pub fn granting(&self) -> Verdict {
        let own = self.ways.iter().filter(|way| way.way == Way::SelfGrant).map(|way| way.bounds);
        let open = self.ways.iter().filter(|way| opens_by_role(way.way)).map(|way| if_granted(way.bounds));
        granting(own.fold(Bounds::NO, Bounds::or), open.fold(Bounds::NO, Bounds::or))
    }

    /// Whether the principal may give itself roles; none where that makes no sense. It may not help:
    /// see [`Answer::granting`].
    #[must_use]
    pub fn by_granting(&self) -> Option<&WayAnswer> {
        self.ways.iter().filter(|way| way.way == Way::SelfGrant).min_by_key(|way| way.verdict)
    }
}

/// The assignments that give an answer, each by itself.
fn by_itself(reasons: &[Reason], verdict: Verdict) -> HashSet<&str> {
    let gives = |reason: &&Reason| match reason {
        Reason::Granted { .. } => true,
        Reason::Restricted { .. } => verdict != Verdict::Allowed,
        Reason::Activatable { .. } => verdict == Verdict::AfterActivation,
        _ => false,
    };
    let chains = reasons.iter().filter(gives).filter_map(Reason::chain);
    chains.map(|chain| chain.assignment.as_str()).collect()
}

/// Whether a way is one that a role opens: nobody gets an access policy by a role, nor what granting is for.
pub(super) fn opens_by_role(way: Way) -> bool {
    !matches!(way, Way::AccessPolicy | Way::SelfGrant)
}

/// What the answer by a way would be if its role were granted: only a deny assignment keeps from it then.
pub(super) fn if_granted(bounds: Bounds) -> Bounds {
    let unless_denied = |end: Verdict| match end {
        Verdict::Denied(Refusal::DenyAssignment) => end,
        _ => Verdict::Allowed,
    };
    Bounds { best: unless_denied(bounds.best), worst: unless_denied(bounds.worst) }
}

/// What comes of granting it to oneself, by whether one may grant roles and whether a role would open a way then.
pub(super) fn granting(may_grant: Bounds, opens: Bounds) -> Verdict {
    let both = may_grant.and(opens);
    if both.worst <= Verdict::AfterActivation { both.worst } else { both.verdict() }
}

/// Whether a principal can do something with a workspace, and how.
#[must_use]
pub fn answer(access: &Access, targets: &Targets, asked: &Asked, principal: &str) -> Answer {
    Answering::new(access, targets, asked).about(principal)
}

/// One question, prepared to be answered about many principals: what does not depend on them is worked out once.
#[derive(Debug)]
pub struct Answering<'a> {
    access: &'a Access,
    targets: &'a Targets,
    /// The ways with what each of their stops asks, or why there is nothing to ask about.
    ways: Result<Vec<(Route, Vec<Asking<'a>>)>, Nowhere>,
}

impl<'a> Answering<'a> {
    /// Prepares a question about a workspace.
    #[must_use]
    pub fn new(access: &'a Access, targets: &'a Targets, asked: &Asked) -> Self {
        let ways = routes(targets, asked).map(|mut routes| {
            routes.sort_by_key(|route| route.way);
            let asking = |stop: &Stop| access.asking_at(stop);
            let prepared = |route: Route| {
                let stops = route.stops.iter().map(asking).collect();
                (route, stops)
            };
            routes.into_iter().map(prepared).collect()
        });
        Self { access, targets, ways }
    }

    /// The answer about one principal, by its object id.
    #[must_use]
    pub fn about(&self, principal: &str) -> Answer {
        let nothing = |bounds: Bounds, missing, gap| Answer {
            verdict: bounds.verdict(),
            bounds,
            ways: Vec::new(),
            missing,
            gap,
        };
        let routes = match &self.ways {
            Ok(routes) => routes,
            Err(Nowhere::Missing(place)) => return nothing(Bounds::NO, Some(*place), None),
            Err(Nowhere::Unread(gap)) => return nothing(UNREAD, None, Some(gap.clone())),
        };
        let ways: Vec<WayAnswer> =
            routes.iter().map(|(route, stops)| self.way(route, stops, principal)).collect();
        let counted = ways.iter().filter(|way| way.way != Way::SelfGrant).map(|way| way.bounds);
        // Of no's the way's own stays, which says whether a deny assignment is behind it.
        let bounds = counted.reduce(Bounds::or).unwrap_or(Bounds::NO);
        Answer { verdict: bounds.verdict(), bounds, ways, missing: None, gap: None }
    }

    fn way(&self, route: &Route, stops: &[Asking<'_>], principal: &str) -> WayAnswer {
        if route.way == Way::AccessPolicy {
            return by_policy(self.access, self.targets, route, principal);
        }
        let step = |(stop, asking): (&Stop, &Asking<'_>)| Step {
            decision: asking.decide(principal),
            place: stop.place,
            scope: stop.scope.clone(),
            act: stop.act.clone(),
        };
        let steps: Vec<Step> = route.stops.iter().zip(stops).map(step).collect();
        let all = steps.iter().map(|step| step.decision.bounds).reduce(Bounds::and);
        let bounds = unsure(all.unwrap_or(Bounds::NO), route.gap.as_ref());
        let gap = route.gap.clone();
        WayAnswer { way: route.way, verdict: bounds.verdict(), bounds, steps, policy: None, gap }
    }
}

/// Anything may be the case.
const UNREAD: Bounds = Bounds { best: Verdict::Allowed, ..Bounds::NO };

/// What a principal can do with a workspace: every capability of the product, in its order.
#[must_use]
pub fn what_can(access: &Access, targets: &Targets, principal: &str) -> Vec<CapabilityAnswer> {
    let of = |capability: &'static Capability| CapabilityAnswer {
        capability,
        answer: answer(access, targets, &Asked::Capability(capability), principal),
    };
    CAPABILITIES.iter().map(of).collect()
}

/// A way that a setting may have closed is open to nobody for sure.
pub(super) fn unsure(bounds: Bounds, gap: Option<&Gap>) -> Bounds {
    if gap.is_some() { bounds.perhaps_closed() } else { bounds }
}

/// Whether an access policy of the vault lets a principal read secrets, itself or through a group.
fn by_policy(access: &Access, targets: &Targets, route: &Route, principal: &str) -> WayAnswer {
    let (bounds, policy) = policy_of(access, targets, route.gap.as_ref(), principal);
    let unread = policy.filter(|_| bounds.verdict() == Verdict::CannotTell && route.gap.is_none());
    let gap = route.gap.clone().or_else(|| unread.map(|group| access.unread_group(group)));
    let policy = policy.map(str::to_owned);
    WayAnswer { way: route.way, verdict: bounds.verdict(), bounds, steps: Vec::new(), policy, gap }
}

/// What the vault's access policies do for a principal, and whose policy that is. A vault that was not read
/// may have others than those that are known.
pub(super) fn policy_of<'a>(
    access: &Access,
    targets: &'a Targets,
    gap: Option<&Gap>,
    principal: &str,
) -> (Bounds, Option<&'a str>) {
    if access.nature_of(principal) == Nature::Gone {
        return (Bounds::NO, None);
    }
    let mut bounds = if gap.is_some() { UNREAD } else { Bounds::NO };
    let mut decided = None;
    for policy in targets.vault_policies.iter().filter(|policy| policy.gets_secrets) {
        let holder = &policy.principal;
        let holds = holder.eq_ignore_ascii_case(principal)
            || access.groups_of(principal).any(|group| *group == **holder);
        // A policy does not say what its principal is: only what is known as a group has members.
        let own = match access.nature_of(holder) {
            Nature::Gone => continue,
            _ if holds => Bounds::sure(Verdict::Allowed),
            Nature::UnknownGroup => UNREAD,
            Nature::Acting | Nature::Machine | Nature::KnownGroup => continue,
        };
        if decided.is_none() || own.worst < bounds.worst {
            decided = Some(holder.as_str());
        }
        bounds = bounds.or(own);
    }
    (unsure(bounds, gap), decided)
}
