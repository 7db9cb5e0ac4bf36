//! The deployment of an environment as a step: what is read right before it, what it makes, and its way back.

use std::collections::BTreeMap;

use serde_json::json;

use super::environment::{Environment, LOG_ANALYTICS, VAULTS, WORKSPACES};
use super::grants;
use super::people::{Grant, Principal};
use super::plan::{Known, deployment_id, rights, step_id, version_of};
use super::template::{Template, assignment_name, principal_key};
use super::there::missing;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::domain::plan::{Check, Deployment, Expect, Step, Undo, key_of, lost};

/// The type of private DNS zones.
const ZONES: &str = "Microsoft.Network/privateDnsZones";
/// How long a deployment usually takes, in seconds: some minutes by Azure's documentation.
const TYPICAL: u32 = 300;
/// After how long a deployment is given up here, in seconds. Azure itself gives up after hours.
const AT_MOST: u32 = 7_200;

/// The step that deploys what is missing of dependents, workspace and what belongs to them; none where nothing is. A
/// deployment of this very template that succeeded, of which all is still there, is not done again.
pub(super) fn step(environment: &Environment, before: &[Environment], known: &Known) -> Option<Step> {
    let template = missing(environment, known);
    if template.resources.is_empty() {
        return None;
    }
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
    let called = called(environment);
    let (title, effect) = words(environment, &made, &called);
    let mut step = Step::send(step_id(environment, "deploy"), title, effect, validate);
    step.requests.push(deploy);
    let whole = Template::of(environment).ids(&group);
    // What failed is deployed again, whatever an earlier deployment of the same template came to.
    let again = made.iter().any(|id| known.broken.contains(id));
    let step = if again { step } else { step.already(done) };
    let mut step = step
        .watched(Deployment {
            operations: Request::get(&id.join("operations"), versions::RESOURCES),
            cancel: Some(Request::arm(Method::Post, &id.join("cancel"), versions::RESOURCES)),
            makes: made.iter().filter(|id| !known.there.contains(id)).map(read).collect(),
            before: whole.into_iter().filter(|id| known.there.contains(id)).collect(),
            called,
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
    Some(step)
}

/// Title and effect, by what is made.
fn words(environment: &Environment, made: &[ArmId], called: &BTreeMap<String, String>) -> (String, String) {
    let workspace = &environment.workspace;
    if made.contains(&environment.workspace_id()) {
        let effect = match &environment.hub {
            Some(hub) => format!("{workspace} is there, a project of {}.", hub.name()),
            None => format!("{workspace} is there with what it depends on."),
        };
        return (format!("Deploy {workspace}"), effect);
    }
    let name =
        |id: &ArmId| called.get(&key_of(id.as_str())).map_or_else(|| id.name().to_owned(), Clone::clone);
    let names: Vec<String> = made.iter().map(name).collect();
    (
        format!("Deploy what {workspace} lacks"),
        format!("Added: {}. {workspace} and what it has stay as they are.", names.join(", ")),
    )
}

/// What role assignments are called, whose names are GUIDs: who gets what where.
fn called(environment: &Environment) -> BTreeMap<String, String> {
    let of = |grant: &Grant| {
        let scope = environment.place(grant.place)?;
        let name = assignment_name(&scope, &principal_key(environment, &grant.principal), &grant.role.guid);
        let id = scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{name}"));
        let who = match &grant.principal {
            Principal::Known { name, .. } => name.clone(),
            Principal::OwnIdentity => format!("the identity of {}", environment.workspace),
        };
        Some((key_of(id.as_str()), format!("{} for {who} on {}", grant.role.name, scope.name())))
    };
    environment.grants.iter().filter_map(of).collect()
}

/// What this deployment alone makes: neither what was there before, nor what another step or the environments `before`
/// it make.
fn mine(environment: &Environment, template: &Template, before: &[Environment], known: &Known) -> Vec<ArmId> {
    let group = environment.group_id();
    let of_others = |one: &Environment| Template::of(one).ids(&one.group_id());
    let others: Vec<ArmId> =
        before.iter().flat_map(of_others).chain(grants::identity_of(environment)).collect();
    let mut mine = template.ids(&group);
    mine.retain(|id| !known.there.contains(id) && !others.contains(id));
    mine
}

/// What becomes of private DNS zones on the way back, as a sentence; empty where there are none.
fn of_zones(all: &[&ArmId]) -> String {
    let zones: Vec<&&ArmId> = all.iter().filter(|id| id.is_type(ZONES)).collect();
    let Some(first) = zones.first() else { return String::new() };
    let number = match zones.len() {
        1 => "The private DNS zone".to_owned(),
        many => format!("Each of the {many} private DNS zones"),
    };
    format!(
        " {number} in {} goes with its link, unless others have names in it or are linked to it by then: such a one stays.",
        first.resource_group().unwrap_or_default()
    )
}

/// The way back of a deployment: what it made and nothing else, the last thing first; the names that Azure would
/// hold back are freed. Zones go when the endpoints with their names are gone, each behind its links: Azure keeps a zone
/// that is linked.
fn clean_up(environment: &Environment, deployment: &ArmId, mine: &[ArmId]) -> Undo {
    let mut requests = Vec::new();
    let is_dns = |id: &&ArmId| id.resource_type().unwrap_or_default().starts_with(ZONES);
    let (zones, others): (Vec<&ArmId>, Vec<&ArmId>) = mine.iter().rev().partition(is_dns);
    for id in others.into_iter().chain(zones.iter().copied()) {
        let kind = id.resource_type().unwrap_or_default();
        // The group of zones goes with its endpoint.
        if kind.ends_with("/privateDnsZoneGroups") {
            continue;
        }
        let mut delete = Request::arm(Method::Delete, id, version_of(&kind));
        if kind == WORKSPACES {
            delete = delete.query("forceToPurge", "true");
        }
        // Else it stays recoverable for 14 days, with all that is in it, and its name held.
        if kind == LOG_ANALYTICS {
            delete = delete.query("force", "true");
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
    let workspace = &environment.workspace;
    let (title, effect) = if mine.contains(&environment.workspace_id()) {
        (
            format!("Delete {workspace} and what was made with it"),
            "What the deployment made is gone, with everything that was put into it since; what was there before stays.",
        )
    } else if mine.is_empty() {
        (
            "Forget the deployment, which made nothing that is the plan's own".to_owned(),
            "What it made may serve others too, and stays.",
        )
    } else {
        (
            format!("Delete what was made for {workspace}, which stays"),
            "What the deployment made is gone; what was there before stays.",
        )
    };
    let undo = Undo::by(title, format!("{effect}{}", of_zones(&zones)), requests);
    match lost {
        Some(lost) => undo.losing(lost),
        None => undo,
    }
}
