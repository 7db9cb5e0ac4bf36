//! From a set-up to the plan that makes it: what goes before the deployment, the deployment itself, and what a
//! template cannot do, each with its way back.

mod around;
mod known;
mod next;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use serde_json::{Map, Value};

pub use known::Known;

use super::budget;
use super::deploy;
use super::environment::Environment;
use super::finding::{Finding, Level, gathered};
use super::grants;
use super::resolve::SetUp;
use super::template::Template;
use super::there;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::versions;
use crate::domain::changes::Production;
use crate::domain::plan::{self, Deed, Plan, Right, Step, Undo, Weight, in_force_step};
use around::{group_step, provisioning, read_back, registrations, shared_key_off};

/// The namespaces of what a set-up makes.
pub(super) const NAMESPACES: [&str; 8] = [
    "Microsoft.MachineLearningServices",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.ContainerRegistry",
    "Microsoft.ManagedIdentity",
    "Microsoft.Network",
];

/// The namespaces of what is made for an environment, which its subscription has to be registered for.
pub(super) fn namespaces(
    environment: &Environment,
    template: &Template,
) -> impl Iterator<Item = &'static str> {
    let ids = template.ids(&environment.group_id());
    let kinds: Vec<String> = ids.iter().filter_map(ArmId::resource_type).collect();
    NAMESPACES.into_iter().filter(move |namespace| kinds.iter().any(|kind| kind.starts_with(namespace)))
}

/// What is done for an environment besides its deployment, as the titles of the steps: no template holds it.
#[must_use]
pub fn besides(environment: &Environment) -> Vec<String> {
    let deployed = [step_id(environment, "deploy"), step_id(environment, "read-back")];
    let steps = steps_alone(environment).into_iter();
    let steps = steps.filter(|step| !deployed.contains(&step.id) && !step.requests.is_empty());
    steps.map(|step| step.title).collect()
}

/// The rights that the steps of an environment need, registrations apart.
pub(super) fn rights_around(environment: &Environment) -> impl Iterator<Item = Right> {
    steps_alone(environment).into_iter().flat_map(|step| step.rights)
}

/// The steps of an environment as if it were the only one, and nothing were there.
fn steps_alone(environment: &Environment) -> Vec<Step> {
    let mut plan = Plan::new(plan::Kind::SetUp, String::new(), environment.workspace_id());
    let alone = std::slice::from_ref(environment);
    steps(alone, 0, &Known::only_today(Date::default()), &mut plan);
    keys_off(alone, &mut plan);
    plan.steps
}

/// The plan of a set-up; `None` while it is refused something, or has no environment. What is `production` by the
/// settings wants its name typed, and so does what a plan file calls production.
#[must_use]
pub fn plan(set_up: &SetUp, known: &Known, production: &Production) -> Option<Plan> {
    let first = set_up.environments.first().filter(|_| set_up.refusals().next().is_none())?;
    let names: Vec<&str> = set_up.environments.iter().map(|one| one.workspace.as_str()).collect();
    let title = match names.as_slice() {
        [one] => format!("Set up {one}"),
        [all @ .., last] => format!("Set up {} and {last}", all.join(", ")),
        [] => return None,
    };
    let mut plan = Plan::new(plan::Kind::SetUp, title, first.workspace_id());
    warnings(set_up, known, &mut plan);
    for environment in &set_up.environments {
        taken(environment, known, &mut plan);
    }
    plan.steps.extend(registrations(set_up, known));
    // The name that a confirmation wants: that of what is in production, else of what cannot be taken back.
    let mut weighty: Option<&Environment> = None;
    for (at, environment) in set_up.environments.iter().enumerate() {
        let before = plan.steps.len();
        steps(&set_up.environments, at, known, &mut plan);
        let one_way = plan.steps[before..].iter().any(|step| matches!(step.undo, Undo::OneWay(_)));
        let production = environment.is_production(production);
        if (production && !plan.production) || (one_way && weighty.is_none()) {
            weighty = Some(environment);
        }
        plan.production |= production;
    }
    keys_off(&set_up.environments, &mut plan);
    if let Some(environment) = weighty {
        plan.subject = environment.workspace_id();
        plan.subject_name.clone_from(&environment.workspace);
    }
    for environment in &set_up.environments {
        for next in next::next_steps(environment, known) {
            if !plan.next.contains(&next) {
                plan.next.push(next);
            }
        }
    }
    Some(plan)
}

/// Says what there is to know beforehand.
fn warnings(set_up: &SetUp, known: &Known, plan: &mut Plan) {
    let told = set_up.findings.iter().filter(|finding| !is_over(finding, set_up, known));
    for (finding, about) in gathered(told) {
        let weight = match finding.level {
            Level::Refused | Level::Unwise => Weight::Danger,
            // What cannot be undone is no mistake: it says so itself, and its step wants a name typed.
            Level::OneWay | Level::Warning => Weight::Caution,
            Level::Note => Weight::Note,
        };
        let mark = match finding.level {
            Level::OneWay => "One-way: ",
            Level::Unwise => "Not advised: ",
            Level::Refused | Level::Warning | Level::Note => "",
        };
        plan.advised_against |= finding.level == Level::Unwise;
        plan.warn(weight, format!("{mark}{}{}", prefix(&about, set_up), finding.text));
    }
}

/// Whether what is not advised is behind those whom it is about: their workspaces are there.
fn is_over(finding: &Finding, set_up: &SetUp, known: &Known) -> bool {
    let is_there = |one: &Environment| {
        let id = one.workspace_id();
        known.workspaces.contains_key(&id) && known.broken.is_empty()
    };
    let mut about = set_up
        .environments
        .iter()
        .filter(|one| finding.environment.as_ref().is_none_or(|name| *name == one.name))
        .peekable();
    finding.level == Level::Unwise && about.peek().is_some() && about.all(is_there)
}

/// Says what is there already and serves a new workspace as it is.
fn taken(environment: &Environment, known: &Known, plan: &mut Plan) {
    if known.workspaces.contains_key(&environment.workspace_id()) {
        return;
    }
    let group = environment.group_id();
    let dependents = environment.dependents();
    let there = dependents.iter().filter(|(_, _, one)| one.is_new()).filter_map(|(_, kind, one)| {
        let id = one.id(&group, kind)?;
        (known.there.contains(&id) && !known.broken.contains(&id)).then(|| id.name().to_owned())
    });
    let names: Vec<String> = there.collect();
    if !names.is_empty() {
        let text = format!("There already, and taken as it is: {}", names.join(", "));
        plan.warn(Weight::Caution, text);
    }
}

/// The environments that something is said about, where not all of them are meant.
#[must_use]
pub fn prefix(environments: &[&str], set_up: &SetUp) -> String {
    if environments.is_empty() || environments.len() == set_up.environments.len() {
        String::new()
    } else {
        format!("{}: ", environments.join(", "))
    }
}

/// The steps of one of the environments; those before it the same plan makes before it.
fn steps(all: &[Environment], at: usize, known: &Known, plan: &mut Plan) {
    let (before, environment) = (&all[..at], &all[at]);
    for group in environment.groups().into_iter().filter(|group| !known.there.contains(group)) {
        let step = group_step(environment, &group, all);
        if !plan.steps.iter().any(|known| known.id == step.id) {
            plan.steps.push(step);
        }
    }
    let (first, later) = grants::elsewhere(environment, known);
    let deployment = deploy::step(environment, before, known);
    give(environment, "in-force", first, deployment.is_some(), plan);
    plan.steps.extend(deployment);
    there::change(environment, known, plan);
    plan.steps.extend(later);
    // Its private endpoints are made with the network, and approved by that role.
    let network = provisioning(environment, known);
    give(environment, "approver-in-force", grants::approvals(environment), network.is_some(), plan);
    plan.steps.extend(network);
    if let Some(budget) = &environment.budget
        && !known.there.contains(&budget::id(environment))
    {
        plan.steps.push(budget::step(environment, budget, known.today));
    }
    plan.steps.push(read_back(environment));
}

/// Shared keys are turned off at the end, before the last is read back, once on each account: whatever comes before may still
/// need them.
fn keys_off(all: &[Environment], plan: &mut Plan) {
    let last = plan.steps.pop();
    for step in all.iter().filter_map(shared_key_off) {
        let paths = |step: &Step| step.requests.iter().map(|one| one.path.clone()).collect::<Vec<_>>();
        let is_same = |known: &Step| known.already == step.already && paths(known) == paths(&step);
        if !plan.steps.iter().any(is_same) {
            plan.steps.push(step);
        }
    }
    plan.steps.extend(last);
}

/// Adds steps that give roles, and the wait until these are in force where what comes next relies on them.
fn give(environment: &Environment, id: &str, steps: Vec<Step>, relied_on: bool, plan: &mut Plan) {
    let is_role = |step: &&Step| step.requests.iter().any(|one| Deed::of(one) == Some(Deed::GivesRole));
    let given: Vec<String> = steps.iter().filter(is_role).map(|step| step.id.clone()).collect();
    plan.steps.extend(steps);
    if relied_on && !given.is_empty() {
        plan.steps.push(in_force_step(&step_id(environment, id), given));
    }
}

pub(super) fn step_id(environment: &Environment, what: &str) -> String {
    format!("{}-{what}", environment.name)
}

pub(super) fn tags(environment: &Environment) -> Value {
    environment
        .tags
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect::<Map<_, _>>()
        .into()
}

/// The id of the deployment of an environment.
pub(super) fn deployment_id(environment: &Environment, template: &Template) -> ArmId {
    let name = template.deployment_name(&environment.workspace);
    environment.group_id().join(&format!("providers/Microsoft.Resources/deployments/{name}"))
}

/// What the caller must be allowed: to deploy, and to write each type.
pub(super) fn rights(template: &Template, group: &ArmId) -> Vec<(ArmId, String)> {
    let mut rights = vec![(group.clone(), "Microsoft.Resources/deployments/write".to_owned())];
    for id in template.ids(group) {
        let scope = id.group_scope().unwrap_or_else(|| group.clone());
        let right = (scope, format!("{}/write", id.resource_type().unwrap_or_default()));
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

/// The api-version for a type that a set-up makes.
pub(super) fn version_of(kind: &str) -> &'static str {
    versions::of(kind).unwrap_or(match kind {
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks" => versions::PRIVATE_DNS,
        _ => versions::NETWORK,
    })
}
