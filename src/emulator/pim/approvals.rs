//! Approvals of activations: `roleAssignmentApprovals` and their one stage, as the REST reference describes them at
//! 2021-01-01-preview (`privileged-approval-sample`).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::Grant;
use super::decision::{breaks, eligible};
use super::requests::{give, refuse, times};
use crate::emulator::authorization::NAMESPACE;
use crate::emulator::defaults::guid;
use crate::emulator::members::last_segment;
use crate::emulator::page::{Paging, page};
use crate::emulator::reply::{Answer, ArmError, Reply};
use crate::emulator::request::Call;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::{Change, World};

const KIND: &str = "roleAssignmentApprovals";

/// The id of the approval that goes by a name; approvals are found at the tenant, whatever the scope of the request.
fn id_by(name: &str) -> String {
    format!("/providers/{NAMESPACE}/{KIND}/{name}")
}

/// Opens the approval of a request and gives its id. It runs out after some days.
pub(super) fn open(world: &mut World, request: &Value, approvers: &Value, days: i64, now: &str) -> String {
    let name = guid(id_of(request), "approval");
    let stage = guid(id_of(request), "stage");
    let id = id_by(&name);
    world.put(json!({
        "id": id, "name": name, "type": format!("{NAMESPACE}/{KIND}"),
        "properties": {
            "requestId": id_of(request), "primaryApprovers": approvers,
            "stages": [{
                "id": format!("{id}/stages/{stage}"), "name": stage, "type": format!("{NAMESPACE}/{KIND}/stages"),
                "properties": {
                    "displayName": null, "status": "InProgress", "reviewResult": "NotReviewed", "justification": null,
                    "reviewedBy": null, "reviewedDateTime": null, "assignedToMe": false
                }
            }]
        }
    }));
    let mut late = request.clone();
    late["properties"]["status"] = Value::from("TimedOut");
    late["properties"]["approvalId"] = Value::from(id.as_str());
    let opened: Timestamp = now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    if let Ok(end) = opened.checked_add(SignedDuration::from_hours(24 * days.clamp(1, 30))) {
        world.change_at(end, &id, vec![Change::Put(late), Change::Remove(id.clone())]);
    }
    id
}

/// Forgets the approval of a request that needs none any more.
pub(super) fn close(world: &mut World, id: Option<&str>) {
    if let Some(id) = id {
        world.call_off(id);
        world.remove(id);
    }
}

/// Whether somebody is an approver, in person or through a group.
fn approves(world: &World, approval: &Value, caller: &str) -> bool {
    let groups = world.directory.groups_above(caller);
    approval["properties"]["primaryApprovers"].as_array().into_iter().flatten().any(|approver| {
        let id = approver["id"].as_str().unwrap_or_default();
        id.eq_ignore_ascii_case(caller) || groups.iter().any(|group| group.eq_ignore_ascii_case(id))
    })
}

/// Whether a request waits for somebody's decision.
pub(in crate::emulator) fn waits_for(world: &World, request: &Value, caller: &str) -> bool {
    let approval = request["properties"]["approvalId"].as_str().and_then(|id| world.store.get(id));
    approval.is_some_and(|approval| approves(world, approval, caller))
}

fn not_found(name: &str) -> ArmError {
    ArmError::not_found(
        "RoleAssignmentApprovalNotFound",
        format!("The role assignment approval '{name}' is not found."),
    )
}

fn stages(world: &World, approval: &Value, caller: &str) -> Vec<Value> {
    let mine = approves(world, approval, caller);
    let mut stages = approval["properties"]["stages"].as_array().cloned().unwrap_or_default();
    for stage in &mut stages {
        stage["properties"]["assignedToMe"] = Value::from(mine);
    }
    stages
}

/// Answers GET of an approval, of its stages, or of one of them. Who neither approves nor asked sees none.
///
/// # Errors
/// 404 for what is not there, or not the caller's.
pub(in crate::emulator) fn read(world: &World, call: &Call) -> Answer {
    let part = call.path.last();
    let (types, names) =
        part.map_or((&[][..], &[][..]), |part| (part.types.as_slice(), part.names.as_slice()));
    let name = names.first().map_or("", String::as_str);
    let caller = &call.caller.object_id;
    let is_seen = |approval: &Value| {
        let request = approval["properties"]["requestId"].as_str().and_then(|id| world.store.get(id));
        approves(world, approval, caller)
            || request.is_some_and(|request| super::requests::is_own(request, caller))
    };
    let shown = |approval: &Value| {
        json!({
            "id": approval["id"], "name": approval["name"], "type": approval["type"],
            "properties": { "stages": stages(world, approval, caller) }
        })
    };
    if name.is_empty() {
        let all = world.store.hung(KIND, "/", false, false).into_iter().filter(|one| is_seen(one));
        let all: Vec<Value> = all.map(|one| shown(one)).collect();
        return page(call, &all, &Paging::arm(world.settings.page_size));
    }
    let approval = world.store.get(&id_by(name)).filter(|one| is_seen(one)).ok_or_else(|| not_found(name))?;
    if types.len() == 1 {
        return Ok(Reply::ok(&shown(approval)));
    }
    let stages = stages(world, approval, caller);
    match names.get(1) {
        None => page(call, &stages, &Paging::arm(world.settings.page_size)),
        Some(stage) => {
            let named = |one: &&Value| one["name"].as_str().is_some_and(|of| key(of) == key(stage));
            stages.iter().find(named).map(Reply::ok).ok_or_else(|| not_found(stage))
        }
    }
}

/// Answers PATCH of a stage: `reviewResult` `Approve` activates what was asked for from now on, `Deny` does not.
///
/// # Errors
/// 404 for what is not there, 403 for who is no approver or asked for it themselves, 400 for any other result.
pub(in crate::emulator) fn decide(world: &mut World, call: &Call, name: &str, stage: &str) -> Answer {
    let caller = call.caller.object_id.clone();
    let id = id_by(name);
    let approval = world.store.get(&id).cloned().ok_or_else(|| not_found(name))?;
    let request = approval["properties"]["requestId"].as_str().and_then(|id| world.store.get(id)).cloned();
    let request = request.ok_or_else(|| not_found(name))?;
    let own = request["properties"]["principalId"].as_str().is_some_and(|of| key(of) == key(&caller));
    if own || !approves(world, &approval, &caller) {
        let action = format!("{NAMESPACE}/{KIND}/stages/write");
        return Err(world.forbidden(call, &action, &format!("{id}/stages/{stage}")));
    }
    let body = call.object();
    let given = body.get("properties").filter(|given| given.is_object()).cloned();
    let given = given.unwrap_or_else(|| Value::Object(body.clone()));
    let approved = match given["reviewResult"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("approve") => true,
        Some("deny") => false,
        _ => return Err(refuse("InvalidReviewResult", "The reviewResult is to be Approve or Deny.")),
    };
    let mut reviewed = stages(world, &approval, &caller)
        .into_iter()
        .find(|one| one["name"].as_str().is_some_and(|of| key(of) == key(last_segment(stage))))
        .ok_or_else(|| not_found(stage))?;
    let properties = &mut reviewed["properties"];
    properties["status"] = Value::from("Completed");
    properties["reviewResult"] = Value::from(if approved { "Approve" } else { "Deny" });
    properties["justification"] = given["justification"].clone();
    properties["reviewedDateTime"] = Value::from(call.now.as_str());
    properties["reviewedBy"] = json!({
        "principalId": caller, "principalType": world.directory.principal_type(&caller),
        "principalName": world.directory.display_name(&caller), "userPrincipalName": world.directory.sign_in_name(&caller)
    });
    let mut decided = Value::clone(&request);
    if approved {
        let mut grant = Grant::of(&request);
        let (start, end) = times(&call.now, &request["properties"]["scheduleInfo"])?;
        grant.start = start.to_string();
        grant.end = end.map(|end| end.to_string());
        let from = eligible(world, &grant).ok_or_else(|| breaks(&["EligibilityRule"]))?;
        decided = give(world, &grant, decided, Some(&from), &call.now);
    } else {
        decided["properties"]["status"] = Value::from("Denied");
    }
    close(world, Some(&id));
    world.put(decided);
    Ok(Reply::ok(&reviewed))
}
