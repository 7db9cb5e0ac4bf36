//! What a way back leaves because something needs it that cannot be taken back: a workspace cannot do without a registry
//! that was attached to it, so that the registry stays, with the identity's roles on it and the endpoints that lead to it.

use serde_json::Value;

use super::deployment::lost;
use super::inverse::{deleted_by, goes_with};
use super::{Run, Step, Undo};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};

const ROLES: &str = "Microsoft.Authorization/roleAssignments";
const ENDPOINTS: &str = "Microsoft.Network/privateEndpoints";
const RECORDS: &str = "Microsoft.Resources/deployments";

/// The resources that steps of a run need which changed something for good: what their requests speak of. What goes with
/// that which these steps, its way back, delete needs nothing any more.
pub(super) fn kept(run: &Run, back: &[Step]) -> Vec<ArmId> {
    let steps = run.plan.steps.iter().zip(&run.steps);
    let one_way = steps.filter(|(step, became)| became.touched() && matches!(step.undo, Undo::OneWay(_)));
    let gone = deleted_by(back);
    let mut all = Vec::new();
    for (step, _) in one_way.filter(|(step, _)| !goes_with(step, &gone)) {
        step.requests.iter().filter_map(|request| request.body.as_ref()).for_each(|body| ids(body, &mut all));
    }
    all
}

/// The resources that a body speaks of.
fn ids(body: &Value, all: &mut Vec<ArmId>) {
    match body {
        Value::String(text) => {
            let id = ArmId::parse(text).ok().filter(|id| id.resource_group().is_some());
            all.extend(id.filter(|id| !all.contains(id)));
        }
        Value::Array(items) => items.iter().for_each(|item| ids(item, all)),
        Value::Object(members) => members.values().for_each(|member| ids(member, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Takes out of a step of a way back what would delete one of these, or what leads to it; `done` is the step that it takes
/// back. Gives what stays by that.
pub(super) fn spare(step: &mut Step, done: &Step, kept: &[ArmId]) -> Vec<ArmId> {
    let is_kept = |id: &ArmId| {
        kept.iter().any(|one| match id {
            id if id.is_type(ROLES) => one.contains(id) && !is_of_people(done, id),
            id if id.is_type(ENDPOINTS) => one.contains(id) || leads_to(done, id, one),
            id => one.contains(id) || id.contains(one),
        })
    };
    let mut stays = Vec::new();
    step.requests.retain(|request| {
        let id = Some(request).filter(|request| request.method == Method::Delete);
        let id = id.and_then(|request| ArmId::parse(&request.path).ok()).filter(|id| is_kept(id));
        stays.extend(id.iter().cloned());
        id.is_none()
    });
    let (Some(first), false) = (stays.first(), step.requests.is_empty()) else { return stays };
    if matches!(step.undo, Undo::OneWay(_)) {
        step.undo = lost(&step.requests).map_or(Undo::Nothing, Undo::OneWay);
    }
    let is_record = |request: &Request| ArmId::parse(&request.path).is_ok_and(|id| id.is_type(RECORDS));
    if step.requests.iter().all(is_record) {
        "Forget the deployment, of which all stays".clone_into(&mut step.title);
        "The same plan can deploy anew.".clone_into(&mut step.effect);
    }
    step.effect = format!("{} {} stays: it is needed.", step.effect, first.name());
    stays
}

/// Whether a deployment gave this role to people: nobody but them needs it.
fn is_of_people(done: &Step, id: &ArmId) -> bool {
    let is_it = |resource: &Value| is_named(resource, ROLES, id);
    let principal = |resource: &Value| resource["properties"]["principalType"].as_str().map(str::to_owned);
    let kind = resources(done).into_iter().find(|one| is_it(one)).and_then(principal);
    kind.is_some_and(|kind| matches!(kind.as_str(), "User" | "Group"))
}

/// Whether a private endpoint of a deployment leads to this resource.
fn leads_to(done: &Step, endpoint: &ArmId, to: &ArmId) -> bool {
    let quoted = format!("'{}'", to.name());
    let leads = |connection: &Value| {
        let target = connection["properties"]["privateLinkServiceId"].as_str().unwrap_or_default();
        target.contains(&quoted) || target.eq_ignore_ascii_case(to.as_str())
    };
    let mut found = resources(done).into_iter().filter(|one| is_named(one, ENDPOINTS, endpoint));
    found.any(|one| {
        let connections = one["properties"]["privateLinkServiceConnections"].as_array();
        connections.into_iter().flatten().any(leads)
    })
}

/// Whether a resource of a template is the one with this id, as far as type and name tell.
fn is_named(resource: &Value, kind: &str, id: &ArmId) -> bool {
    let text = |member: &str| resource[member].as_str().unwrap_or_default();
    text("type").eq_ignore_ascii_case(kind) && text("name").eq_ignore_ascii_case(id.name())
}

/// The resources of the templates that a step deploys, those of the templates within them, too.
fn resources(step: &Step) -> Vec<&Value> {
    fn below<'a>(template: &'a Value, all: &mut Vec<&'a Value>) {
        for resource in template["resources"].as_array().into_iter().flatten() {
            all.push(resource);
            below(&resource["properties"]["template"], all);
        }
    }
    let mut all = Vec::new();
    let bodies = step.requests.iter().filter_map(|request| request.body.as_ref());
    bodies.for_each(|body| below(&body["properties"]["template"], &mut all));
    all
}
