//! The deployment of an environment as a step: what is read right before it, what it makes, and its way back.

use serde_json::json;

use super::environment::{Environment, VAULTS, WORKSPACES};
use super::grants;
use super::plan::{Known, deployment_id, rights, step_id, version_of};
use super::template::Template;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::domain::plan::{Check, Deployment, Expect, Step, Undo, lost};

/// How long a deployment usually takes, in seconds: some minutes by Azure's documentation.
const TYPICAL: u32 = 300;
/// After how long a deployment is given up here, in seconds. Azure itself gives up after hours.
const AT_MOST: u32 = 7_200;

/// The step that deploys dependents and workspace. A deployment of this very template that succeeded, of which all is
/// still there, is not done again, so that applying a plan twice changes nothing.
pub(super) fn step(environment: &Environment, before: &[Environment], known: &Known) -> Step {
    let template = Template::of(environment);
    let group = environment.group_id();
    let id = deployment_id(environment, &template);
    let mine = mine(environment, &template, before, known);
    let body = json!({ "properties": { "mode": "Incremental", "template": template.json() } });
    let read = Request::get(&id, versions::RESOURCES);
    let done = Check::new(
        read,
        Expect::equals("/properties/provisioningState", "Succeeded"),
        format!("the deployment {} has succeeded, and what it made is there", id.name()),
    );
    let made: Vec<ArmId> = template.ids(&group);
    let read = |id: &ArmId| Request::get(id, version_of(&id.resource_type().unwrap_or_default()));
    let there = made.iter().map(|id| Check::new(read(id), Expect::Exists, format!("{} is there", id.name())));
    let done = done.and(there);
    let validate = Request::arm(Method::Post, &id.join("validate"), versions::RESOURCES).body(body.clone());
    let deploy = Request::arm(Method::Put, &id, versions::RESOURCES).body(body).repeatable();
    let mut step = Step::send(
        step_id(environment, "deploy"),
        format!("Deploy {}", environment.workspace),
        match &environment.hub {
            Some(hub) => format!("{} is there, a project of {}.", environment.workspace, hub.name()),
            None => format!("{} is there with what it depends on.", environment.workspace),
        },
        validate,
    );
    step.requests.push(deploy);
    let mut step = step
        .already(done)
        .watched(Deployment {
            operations: Request::get(&id.join("operations"), versions::RESOURCES),
            cancel: Some(Request::arm(Method::Post, &id.join("cancel"), versions::RESOURCES)),
            makes: made.iter().filter(|id| !known.there.contains(id)).map(read).collect(),
            before: made.iter().filter(|id| known.there.contains(id)).cloned().collect(),
            resources: made.len(),
            typical: TYPICAL,
            at_most: AT_MOST,
        })
        .undo(clean_up(environment, &id, &mine))
        // Where it failed before its vault was made there is none to purge.
        .undone_if("DeletedVaultNotFound");
    // What somebody else made since the plan was made would be changed by the deployment, and deleted by the way back.
    let absent = |id: &ArmId| Check::new(read(id), Expect::Absent, format!("{} is not there yet", id.name()));
    if let [first, others @ ..] = mine.as_slice() {
        step = step.guard(absent(first).and(others.iter().map(absent)));
    }
    for right in rights(&template, &group) {
        step = step.needs(&right.0, &right.1);
    }
    step
}

/// What this deployment alone makes: neither what was there before, nor what another step or the environments `before`
/// it make. Zones in another group may serve others, too.
fn mine(environment: &Environment, template: &Template, before: &[Environment], known: &Known) -> Vec<ArmId> {
    let group = environment.group_id();
    let of_others = |one: &Environment| Template::of(one).ids(&one.group_id());
    let others: Vec<ArmId> =
        before.iter().flat_map(of_others).chain(grants::identity_of(environment)).collect();
    let is_shared = |id: &ArmId| {
        let kind = id.resource_type().unwrap_or_default();
        kind.starts_with("Microsoft.Network/privateDnsZones") && !group.contains(id)
    };
    let mut mine = template.ids(&group);
    mine.retain(|id| !known.there.contains(id) && !others.contains(id) && !is_shared(id));
    mine
}

/// The way back of a deployment: what it made and nothing else, the last thing first; the names that Azure would
/// hold back are freed. Zones in another group may serve others, too, and stay.
fn clean_up(environment: &Environment, deployment: &ArmId, mine: &[ArmId]) -> Undo {
    let mut requests = Vec::new();
    for id in mine.iter().rev() {
        let kind = id.resource_type().unwrap_or_default();
        // The group of zones goes with its endpoint.
        if kind.ends_with("/privateDnsZoneGroups") {
            continue;
        }
        let mut delete = Request::arm(Method::Delete, id, version_of(&kind));
        if kind == WORKSPACES {
            delete = delete.query("forceToPurge", "true");
        }
        requests.push(delete);
        if kind == VAULTS {
            let purge = ArmId::subscription(&environment.subscription).join(&format!(
                "providers/Microsoft.KeyVault/locations/{}/deletedVaults/{}/purge",
                environment.region,
                id.name()
            ));
            requests.push(Request::arm(Method::Post, &purge, versions::KEY_VAULT));
        }
    }
    // Forgotten, so that the same plan deploys again.
    requests.push(Request::arm(Method::Delete, deployment, versions::RESOURCES));
    let lost = lost(&requests);
    let undo = Undo::by(
        format!("Delete {} and what was made with it", environment.workspace),
        "What the deployment made is gone, with everything that was put into it since; what was there before stays.",
        requests,
    );
    match lost {
        Some(lost) => undo.losing(lost),
        None => undo,
    }
}
