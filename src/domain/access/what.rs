//! What one principal can do with a workspace: each capability, by every way, with the reasons.

use serde::Serialize;

use super::capability::{Asked, CAPABILITIES, Capability};
use super::decision::{Act, Decision, Refusal, Verdict};
use super::evidence::Gap;
use super::index::{Access, Nature};
use super::routes::{Route, Way, routes};
use super::targets::{Place, Targets};
use crate::azure::arm::id::ArmId;

/// The answer about one principal and one capability or action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The best that any way gives, granting it to oneself apart.
    pub verdict: Verdict,
    /// Every way there is, with its answer: what can be done by a role first.
    pub ways: Vec<WayAnswer>,
    /// The place that it takes and the workspace does not have, such as a registry that nothing was built
    /// for yet. It is a no then, and no way is looked at.
    pub missing: Option<Place>,
}

/// The answer for one way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WayAnswer {
    /// Which way.
    pub way: Way,
    /// Whether it is open to the principal.
    pub verdict: Verdict,
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

    /// Whether the principal could grant it to itself; none where that makes no sense.
    #[must_use]
    pub fn by_granting(&self) -> Option<&WayAnswer> {
        self.ways.iter().find(|way| way.way == Way::SelfGrant)
    }
}

/// Whether a principal can do something with a workspace, and how.
#[must_use]
pub fn answer(access: &Access, targets: &Targets, asked: &Asked, principal: &str) -> Answer {
    let routes = match routes(targets, asked) {
        Ok(routes) => routes,
        Err(place) => {
            let verdict = Verdict::Denied(Refusal::NoGrant);
            return Answer { verdict, ways: Vec::new(), missing: Some(place) };
        }
    };
    let mut ways: Vec<WayAnswer> =
        routes.into_iter().map(|route| way(access, targets, route, principal)).collect();
    ways.sort_by_key(|way| way.way);
    let counted = ways.iter().filter(|way| way.way != Way::SelfGrant).map(|way| way.verdict);
    let verdict = counted.min().unwrap_or(Verdict::Denied(Refusal::NoGrant));
    Answer { verdict, ways, missing: None }
}

/// What a principal can do with a workspace: every capability of the product, in its order.
#[must_use]
pub fn what_can(access: &Access, targets: &Targets, principal: &str) -> Vec<CapabilityAnswer> {
    let of = |capability: &'static Capability| CapabilityAnswer {
        capability,
        answer: answer(access, targets, &Asked::Capability(capability), principal),
    };
    CAPABILITIES.iter().map(of).collect()
}

fn way(access: &Access, targets: &Targets, route: Route, principal: &str) -> WayAnswer {
    if route.way == Way::AccessPolicy {
        return by_policy(access, targets, route, principal);
    }
    let steps: Vec<Step> = route
        .stops
        .into_iter()
        .map(|stop| Step {
            decision: access.decide(principal, &stop.act, &stop.scope),
            place: stop.place,
            scope: stop.scope,
            act: stop.act,
        })
        .collect();
    let verdict = steps.iter().map(|step| step.decision.verdict).max();
    let verdict = unsure(verdict.unwrap_or(Verdict::Denied(Refusal::NoGrant)), route.gap.as_ref());
    WayAnswer { way: route.way, verdict, steps, policy: None, gap: route.gap }
}

/// A way that a setting may have closed is open to nobody for sure.
pub(super) fn unsure(verdict: Verdict, gap: Option<&Gap>) -> Verdict {
    match gap {
        Some(_) if !verdict.is_denied() => Verdict::CannotTell,
        _ => verdict,
    }
}

/// Whether an access policy of the vault lets a principal read secrets, itself or through a group.
fn by_policy(access: &Access, targets: &Targets, route: Route, principal: &str) -> WayAnswer {
    let mut verdict = Verdict::Denied(Refusal::NoGrant);
    let mut decided = None;
    let mut gap = route.gap;
    for policy in targets.vault_policies.iter().filter(|policy| policy.gets_secrets) {
        let holder = &policy.principal;
        let holds = holder.eq_ignore_ascii_case(principal)
            || access.groups_of(principal).any(|group| *group == **holder);
        // A policy does not say what its principal is: only what is known as a group has members.
        let found = match access.nature_of(holder) {
            _ if holds => Verdict::Allowed,
            Nature::UnknownGroup => Verdict::CannotTell,
            Nature::Acting | Nature::KnownGroup => continue,
        };
        if found < verdict {
            verdict = found;
            decided = Some(holder.clone());
        }
    }
    if verdict == Verdict::CannotTell
        && let Some(group) = &decided
    {
        gap = gap.or_else(|| Some(access.unread_group(group)));
    }
    WayAnswer {
        way: route.way,
        verdict: unsure(verdict, gap.as_ref()),
        steps: Vec::new(),
        policy: decided,
        gap,
    }
}
