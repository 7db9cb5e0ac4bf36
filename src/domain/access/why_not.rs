//! What would make a no a yes: a role to activate, or the narrowest built-in role, where, and who could
//! grant it. A role is offered at the scope of the action that is asked about, which is the narrowest one
//! where it helps.

use std::collections::BTreeSet;

use serde::Serialize;

use super::capability::{Asked, CAPABILITIES, Capability, VAULT_POLICIES};
use super::condition::{Bearing, Condition};
use super::decision::{Act, Chain, Decision, Reason, Refusal, Verdict};
use super::index::Access;
use super::routes::Way;
use super::row::Role;
use super::targets::{Place, Targets};
use super::what::{Answer, Step, answer};
use super::who::{WhoCan, who_can, who_can_give};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::role_definition::RoleDefinition;
use crate::domain::roles;

/// What would make a no a yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhyNot {
    /// The answer as it is.
    pub answer: Answer,
    /// What would change it: all of them together. Empty where the answer is a yes already, or nobody can
    /// change it.
    pub remedies: Vec<Remedy>,
}

/// One thing that would help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Remedy {
    /// Activate a role that the principal is eligible for.
    Activate {
        /// Any of these.
        chains: Vec<Chain>,
    },
    /// Assign a role.
    Assign {
        /// Where, in the workspace's world: the narrowest scope that there is.
        place: Place,
        /// Where.
        scope: ArmId,
        /// The built-in role that allows it with the fewest other capabilities.
        role: Role,
        /// The other capabilities of the product that it gives there.
        also: Vec<&'static Capability>,
        /// The narrowest of the roles that are usual here, where that is another one.
        usual: Option<Usual>,
        /// Who could assign it.
        granters: Box<WhoCan>,
    },
    /// Write an access policy that lets the principal read secrets: roles decide nothing in this vault.
    AddPolicy {
        /// The vault.
        vault: ArmId,
        /// Who may write it.
        writers: WhoCan,
    },
    /// No role helps while this deny assignment is there. Azure made it, for a managed application, a
    /// deployment stack or the like, and only its maker takes it away.
    DenyAssignment {
        /// The deny assignment.
        deny: ArmId,
        /// Its name.
        name: String,
    },
    /// No built-in role that was read allows it.
    NoRole {
        /// Where it was wanted.
        place: Place,
        /// What was wanted.
        act: Act,
    },
}

/// A role that is usual for a workspace, and gives more than the narrowest one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usual {
    /// The role.
    pub role: Role,
    /// The other capabilities of the product that it gives there.
    pub also: Vec<&'static Capability>,
}

/// What would make the answer about a principal a yes.
#[must_use]
pub fn why_not(access: &Access, targets: &Targets, asked: &Asked, principal: &str) -> WhyNot {
    let answer = answer(access, targets, asked, principal);
    let mut remedies = Vec::new();
    if answer.verdict != Verdict::Allowed && answer.missing.is_none() && answer.gap.is_none() {
        let by_role = answer.ways.iter().find(|way| matches!(way.way, Way::Direct | Way::DataAction));
        match (by_role, &targets.vault) {
            (Some(way), _) => {
                let lacking = way.steps.iter().filter(|step| !step.decision.verdict.is_allowed());
                remedies = for_steps(access, targets, asked, &lacking.collect::<Vec<_>>());
            }
            (None, Some(vault)) => {
                let act = Act::control(VAULT_POLICIES[0]);
                let writers = who_can(access, targets, &Asked::Action { on: Place::Vault, act });
                remedies.push(Remedy::AddPolicy { vault: vault.clone(), writers });
            }
            (None, None) => {}
        }
    }
    WhyNot { answer, remedies }
}

/// What would help with these steps, scope by scope.
fn for_steps(access: &Access, targets: &Targets, asked: &Asked, lacking: &[&Step]) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    let mut done: Vec<&ArmId> = Vec::new();
    for step in lacking {
        match obstacle(&step.decision) {
            Obstacle::Denied => {
                for reason in &step.decision.reasons {
                    if let Reason::DenyAssignment { deny, name, .. } = reason {
                        let remedy = Remedy::DenyAssignment { deny: deny.clone(), name: name.clone() };
                        if !remedies.contains(&remedy) {
                            remedies.push(remedy);
                        }
                    }
                }
            }
            Obstacle::NotActive => {
                let activatable = |reason: &Reason| match reason {
                    Reason::Activatable { chain, .. } => Some(chain.clone()),
                    _ => None,
                };
                let chains = step.decision.reasons.iter().filter_map(activatable).collect();
                let remedy = Remedy::Activate { chains };
                if !remedies.contains(&remedy) {
                    remedies.push(remedy);
                }
            }
            Obstacle::NotGranted if done.contains(&&step.scope) => {}
            Obstacle::NotGranted => {
                done.push(&step.scope);
                let same = lacking.iter().filter(|other| other.scope == step.scope);
                let ungranted = same.filter(|other| obstacle(&other.decision) == Obstacle::NotGranted);
                let acts: Vec<&Act> = ungranted.map(|other| &other.act).collect();
                remedies.push(assign(access, targets, asked, step, &acts));
            }
        }
    }
    remedies
}

/// What keeps something that is no yes from being one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    /// A deny assignment, or that those could not be read: no role helps.
    Denied,
    /// A role that is not active.
    NotActive,
    /// There is no role, or only one under a condition, or whether there is one is not known.
    NotGranted,
}

fn obstacle(decision: &Decision) -> Obstacle {
    let is_granted = decision.reasons.iter().any(|reason| matches!(reason, Reason::Granted { .. }));
    match decision.verdict {
        Verdict::Denied(Refusal::DenyAssignment) => Obstacle::Denied,
        // Somebody holds it already, and something takes it away, or may.
        Verdict::Conditional | Verdict::CannotTell if is_granted => Obstacle::Denied,
        Verdict::AfterActivation => Obstacle::NotActive,
        _ => Obstacle::NotGranted,
    }
}

fn assign(access: &Access, targets: &Targets, asked: &Asked, step: &Step, acts: &[&Act]) -> Remedy {
    let Some((role, also)) = narrowest(access, asked, step.place, acts, |_| true) else {
        return Remedy::NoRole { place: step.place, act: step.act.clone() };
    };
    let usual = narrowest(access, asked, step.place, acts, is_usual).filter(|_| !is_usual(role));
    let held = |role: &RoleDefinition| Role::held(&role.id.name().to_ascii_lowercase(), Some(role));
    Remedy::Assign {
        place: step.place,
        scope: step.scope.clone(),
        role: held(role),
        also,
        usual: usual.map(|(role, also)| Usual { role: held(role), also }),
        granters: Box::new(who_can_give(access, targets, step.place, role.id.name())),
    }
}

/// The built-in role, of those that are meant, that allows these actions, and under no condition of its own, with the fewest other capabilities at
/// the place. The rule, in this order:
///
/// 1. the fewest other capabilities of the product that the role gives at the place;
/// 2. of roles that are equal in that, one that is usual for a workspace and what it depends on
///    ([`roles::is_usual`]) before one that happens to allow it besides a purpose of its own;
/// 3. the fewest other actions of the same services, of all that any role spells out;
/// 4. the fewest patterns, then the name, so that the answer is the same every time.
fn narrowest<'a>(
    access: &'a Access,
    asked: &Asked,
    place: Place,
    acts: &[&Act],
    meant: fn(&RoleDefinition) -> bool,
) -> Option<(&'a RoleDefinition, Vec<&'static Capability>)> {
    let roles = access.evidence().roles.iter().filter(|role| !role.is_custom() && meant(role));
    let mut best: Vec<(&RoleDefinition, Vec<&'static Capability>)> = Vec::new();
    let mut rank = (usize::MAX, true);
    for role in roles.filter(|role| acts.iter().all(|act| allows(role, act))) {
        let also = others(role, asked, place);
        let own = (also.len(), !is_usual(role));
        if own < rank {
            best.clear();
            rank = own;
        }
        if own == rank {
            best.push((role, also));
        }
    }
    let universe = if best.len() > 1 { neighbours(access, acts) } else { Vec::new() };
    best.into_iter().min_by_key(|(role, _)| {
        let breadth = universe.iter().filter(|act| allows(role, act)).count();
        let properties = &role.properties;
        let patterns: usize =
            properties.permissions.iter().map(|p| p.actions.len() + p.data_actions.len()).sum();
        (breadth, patterns, properties.role_name.clone())
    })
}

fn is_usual(role: &RoleDefinition) -> bool {
    roles::is_usual(role.id.name())
}

/// Whether a role allows an action. One that does so only under a condition of its own makes no plain yes.
fn allows(role: &RoleDefinition, act: &Act) -> bool {
    role.properties.permissions.iter().any(|permission| {
        let leaves_alone = |text: &str| Condition::parse(text).bearing(act) == Bearing::Holds;
        permission.grant(act.plane, &act.action).is_allowed()
            && permission.condition.as_deref().is_none_or(leaves_alone)
    })
}

/// The capabilities, besides the one that is asked for, that a role gives at a place.
fn others(role: &RoleDefinition, asked: &Asked, place: Place) -> Vec<&'static Capability> {
    CAPABILITIES
        .iter()
        .filter(|other| !matches!(asked, Asked::Capability(own) if own.name == other.name))
        .filter(|other| other.needs.iter().all(|need| need.on == place && allows(role, &need.act())))
        .collect()
}

/// The actions that any role spells out of the services that are asked for.
fn neighbours(access: &Access, acts: &[&Act]) -> Vec<Act> {
    let service = |action: &str| action.split('/').next().unwrap_or_default().to_ascii_lowercase();
    let services: BTreeSet<String> = acts.iter().map(|act| service(&act.action)).collect();
    let mut found = BTreeSet::new();
    let permissions = access.evidence().roles.iter().flat_map(|role| &role.properties.permissions);
    for permission in permissions {
        for (data, patterns) in [(false, &permission.actions), (true, &permission.data_actions)] {
            let spelt =
                patterns.iter().filter(|text| !text.contains('*') && services.contains(&service(text)));
            found.extend(spelt.map(|text| (data, text.to_ascii_lowercase())));
        }
    }
    found
        .into_iter()
        .map(|(data, action)| if data { Act::data(action) } else { Act::control(action) })
        .collect()
}
