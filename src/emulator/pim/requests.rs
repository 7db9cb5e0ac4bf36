//! Requests of Privileged Identity Management: assign, remove, activate, deactivate, extend, renew; validated, carried
//! out, and cancelled while they wait.
//!
//! Codes and words of refusals are those of the REST reference's list of common errors (`privileged-role-common-errors`)
//! and of public reports: `RoleAssignmentExists`, `RoleAssignmentDoesNotExist`, `PendingRoleAssignmentRequest`,
//! `SubjectNotFound`, `RoleAssignmentRequestPolicyValidationFailed` with the names of the rules, `ActiveDurationTooShort`.
//! `InvalidRoleAssignmentRequestSchedule` is reported with its code alone; the statuses are the enumeration of the
//! documents of 2020-10-01, and which of them a scheduled grant has is not published.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::approvals;
use super::decision::{PENDING, Step, decide};
use super::policies::duration;
use super::{Family, Grant};
use crate::emulator::activity::record;
use crate::emulator::authorization::{NAMESPACE, unlocked};
use crate::emulator::defaults::guid;
use crate::emulator::members::last_segment;
use crate::emulator::reply::{Answer, ArmError, Reply};
use crate::emulator::request::Call;
use crate::emulator::role_definitions::{definition_named, no_definition};
use crate::emulator::store::{id_of, key};
use crate::emulator::world::{Change, World};

pub(super) fn refuse(code: &str, message: impl Into<String>) -> ArmError {
    ArmError::bad_request(code, message)
}

/// When a schedule that begins now at the earliest begins and ends.
///
/// # Errors
/// For times and durations that do not read, and an end that has passed.
pub(super) fn times(now: &str, info: &Value) -> Result<(Timestamp, Option<Timestamp>), ArmError> {
    let invalid = |what: &str| {
        refuse("InvalidRoleAssignmentRequestSchedule", format!("The schedule's {what} is not valid."))
    };
    let now: Timestamp = now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let start: Timestamp = match info["startDateTime"].as_str() {
        Some(text) => text.parse().map_err(|_| invalid("startDateTime"))?,
        None => now,
    };
    let start = start.max(now);
    let expiration = &info["expiration"];
    let end = match expiration["type"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("afterduration") => {
            let long =
                expiration["duration"].as_str().and_then(duration).ok_or_else(|| invalid("duration"))?;
            Some(start.checked_add(long).map_err(|_| invalid("duration"))?)
        }
        Some("afterdatetime") => {
            let end = expiration["endDateTime"].as_str().and_then(|text| text.parse().ok());
            Some(end.ok_or_else(|| invalid("endDateTime"))?)
        }
        Some("noexpiration") | None => None,
        Some(_) => return Err(invalid("expiration type")),
    };
    match end {
        Some(end) if end <= start => Err(invalid("expiration, which is not after its start,")),
        end => Ok((start, end)),
    }
}

/// A request that reads.
pub(super) struct Asked {
    pub(super) family: Family,
    /// `selfactivate`, in lower case.
    pub(super) kind: String,
    pub(super) given: Value,
    pub(super) grant: Grant,
    pub(super) start: Timestamp,
    pub(super) end: Option<Timestamp>,
}

/// Reads a request and judges who sends it.
///
/// # Errors
/// ARM's refusals.
fn asked(world: &World, call: &Call, family: Family) -> Result<Asked, ArmError> {
    let scope = call.path.scope();
    let given = call.object().remove("properties").unwrap_or_default();
    let text = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
    let kind = text("requestType").to_ascii_lowercase();
    let own = kind.starts_with("self");
    let action = format!("{NAMESPACE}/{}ScheduleRequests/write", family.stem());
    if !world.exists(&scope) {
        return Err(refuse("InvalidScope", format!("The scope '{scope}' does not exist.")));
    }
    // Who is only eligible has no right at the scope yet: what is one's own needs none.
    if !own {
        world.containers(call, &action)?;
        world.allow(call, &action, &scope)?;
    }
    unlocked(world, call, &call.path.id(), false)?;
    let principal = text("principalId");
    if own && !principal.eq_ignore_ascii_case(&call.caller.object_id) {
        return Err(refuse(
            "InsufficientPermissions",
            "A role can be activated, deactivated, extended and renewed for oneself only.",
        ));
    }
    let role = last_segment(&text("roleDefinitionId")).to_ascii_lowercase();
    if definition_named(world, &role).is_none() {
        return Err(no_definition(&role));
    }
    let kind_of = world
        .directory
        .principal_type(&principal)
        .ok_or_else(|| refuse("SubjectNotFound", format!("The subject is not found: {principal}.")))?;
    let (start, end) = times(&call.now, &given["scheduleInfo"])?;
    let grant = Grant {
        scope: scope.trim_end_matches('/').to_owned(),
        principal,
        kind: kind_of.to_owned(),
        role,
        start: start.to_string(),
        end: end.map(|end| end.to_string()),
        condition: given["condition"].clone(),
        version: given["conditionVersion"].clone(),
    };
    Ok(Asked { family, kind, given, grant, start, end })
}

/// A request as it is answered and kept.
fn document(world: &World, call: &Call, asked: &Asked, name: &str, status: &str) -> Value {
    let Asked { family, given, grant, .. } = asked;
    let mut properties = grant.properties(world);
    let target = match family {
        Family::Eligibility => "targetRoleEligibility",
        Family::Assignment => "targetRoleAssignment",
    };
    properties[format!("{target}ScheduleId")] = Value::Null;
    properties[format!("{target}ScheduleInstanceId")] = Value::Null;
    properties["approvalId"] = Value::Null;
    properties["requestType"] = given["requestType"].clone();
    properties["status"] = Value::from(status);
    properties["scheduleInfo"] = given["scheduleInfo"].clone();
    properties["justification"] = given["justification"].clone();
    let ticket = &given["ticketInfo"];
    properties["ticketInfo"] =
        json!({ "ticketNumber": ticket["ticketNumber"], "ticketSystem": ticket["ticketSystem"] });
    properties["requestorId"] = Value::from(call.caller.object_id.as_str());
    properties["createdOn"] = Value::from(call.now.as_str());
    if *family == Family::Assignment {
        properties["linkedRoleEligibilityScheduleId"] = given["linkedRoleEligibilityScheduleId"].clone();
    }
    let kind = format!("{}ScheduleRequests", family.stem());
    json!({
        "id": grant.id(&kind, name), "name": name, "type": format!("{NAMESPACE}/{kind}"), "properties": properties
    })
}

/// Answers PUT of a schedule request.
///
/// # Errors
/// ARM's refusals; what the role's policy does not allow; grants that are there already, or are not.
pub(in crate::emulator) fn put(world: &mut World, call: &Call, family: Family, name: &str) -> Answer {
    let asked = asked(world, call, family)?;
    let request = match decide(world, call, &asked)? {
        Step::Give { from, instead } => {
            if let Some(instead) = instead {
                take(world, family, &instead, &call.now);
            }
            let request = document(world, call, &asked, name, "Provisioned");
            give(world, &asked.grant, request, from.as_ref(), &call.now)
        }
        Step::Take(found) => {
            take(world, family, &found, &call.now);
            document(world, call, &asked, name, "Revoked")
        }
        Step::Wait { status, approval } => {
            let mut request = document(world, call, &asked, name, status);
            if let Some((approvers, days)) = approval {
                let id = approvals::open(world, &request, &approvers, days, &call.now);
                request["properties"]["approvalId"] = Value::from(id);
            }
            request
        }
        Step::Locked => document(world, call, &asked, name, "FailedAsResourceIsLocked"),
    };
    let reply = Reply::json(StatusCode::CREATED, &request);
    world.put(request);
    Ok(reply)
}

/// Answers `POST .../scheduleRequests/{name}/validate`: what PUT would answer, and nothing is done.
///
/// # Errors
/// As [`put`].
pub(in crate::emulator) fn validate(world: &World, call: &Call, family: Family, name: &str) -> Answer {
    let asked = asked(world, call, family)?;
    let status = match decide(world, call, &asked)? {
        Step::Give { .. } => "Provisioned",
        Step::Take(_) => "Revoked",
        Step::Wait { status, .. } => status,
        Step::Locked => "FailedAsResourceIsLocked",
    };
    Ok(Reply::ok(&document(world, call, &asked, name, status)))
}

/// The family of a request's document.
fn family_of(request: &Value) -> Family {
    let kind = request["type"].as_str().unwrap_or_default();
    if kind.contains("roleEligibility") { Family::Eligibility } else { Family::Assignment }
}

/// Removes what [`existing`] gave with all that belongs to it, and what was still to come of it.
fn take(world: &mut World, family: Family, found: &Value, now: &str) {
    let properties = &found["properties"];
    let grant = properties["originRoleAssignmentId"].as_str().and_then(|id| world.store.get(id)).cloned();
    if let Some(grant) = grant {
        record::by_pim(world, &grant, true, now);
    }
    let schedule = properties[family.schedule_property()].as_str();
    world.call_off(schedule.unwrap_or_else(|| id_of(found)));
    for id in
        [schedule, properties["originRoleAssignmentId"].as_str(), Some(id_of(found))].into_iter().flatten()
    {
        world.remove(id);
    }
}

/// Makes a grant: its schedule at once, its instance, and for an active one the role assignment, when it begins; all go
/// when it ends. Gives the request as it is then.
pub(super) fn give(
    world: &mut World,
    grant: &Grant,
    request: Value,
    from: Option<&Value>,
    now: &str,
) -> Value {
    let mut request = request;
    let family = family_of(&request);
    let of = id_of(&request).to_owned();
    let name = guid(&of, "schedule");
    let mut schedule =
        grant.schedule(world, family, &name, request["name"].as_str().unwrap_or_default(), now);
    let mut instance = grant.instance(world, family, &guid(&of, "instance"), &name, now);
    let mut begins = Vec::new();
    let mut ids = vec![id_of(&schedule).to_owned(), id_of(&instance).to_owned()];
    if family == Family::Assignment {
        let kind = if from.is_some() { "Activated" } else { "Assigned" };
        let assignment = guid(&of, "assignment");
        let id = grant.id("roleAssignments", &assignment);
        for document in [&mut schedule, &mut instance] {
            document["properties"]["assignmentType"] = Value::from(kind);
            document["properties"]["linkedRoleEligibilityScheduleId"] =
                from.map_or(Value::Null, |from| from["properties"]["roleEligibilityScheduleId"].clone());
        }
        instance["properties"]["linkedRoleEligibilityScheduleInstanceId"] =
            from.map_or(Value::Null, |from| Value::from(id_of(from)));
        instance["properties"]["originRoleAssignmentId"] = Value::from(id.as_str());
        let shared = grant.properties(world);
        let by = &request["properties"]["requestorId"];
        ids.push(id.clone());
        begins.push(json!({
            "id": id, "name": assignment, "type": format!("{NAMESPACE}/roleAssignments"),
            "properties": {
                "roleDefinitionId": shared["roleDefinitionId"], "principalId": grant.principal, "principalType": grant.kind,
                "scope": grant.scope, "condition": grant.condition, "conditionVersion": grant.version,
                "createdOn": grant.start, "updatedOn": grant.start, "createdBy": by, "updatedBy": by,
                "delegatedManagedIdentityResourceId": null, "description": null
            }
        }));
    }
    begins.push(instance);
    let target = match family {
        Family::Eligibility => "targetRoleEligibilityScheduleId",
        Family::Assignment => "targetRoleAssignmentScheduleId",
    };
    request["properties"][target] = Value::from(name);
    request["properties"]["status"] = Value::from("Provisioned");
    let about = id_of(&schedule).to_owned();
    let at: Timestamp = now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    match grant.start.parse::<Timestamp>() {
        Ok(start) if start > at => {
            begins.push(request.clone());
            world.change_at(start, &about, begins.into_iter().map(Change::Put).collect());
            request["properties"]["status"] = Value::from("PendingProvisioning");
        }
        _ => {
            if family == Family::Assignment {
                record::by_pim(world, &begins[0], false, now);
            }
            begins.into_iter().for_each(|document| world.put(document));
        }
    }
    world.put(schedule);
    if let Some(end) = grant.end.as_deref().and_then(|end| end.parse().ok()) {
        world.change_at(end, &about, ids.into_iter().map(Change::Remove).collect());
    }
    request
}

/// Answers `POST .../scheduleRequests/{name}/cancel`, for what waits for a decision or has not begun. Whoever asked for
/// it may take it back without a right at the scope.
///
/// # Errors
/// ARM's refusals; 404 for a request that is not there, 400 for one that is done.
pub(in crate::emulator) fn cancel(world: &mut World, call: &Call, family: Family) -> Answer {
    let id = call.path.without_last();
    let action = format!("{NAMESPACE}/{}ScheduleRequests/cancel/action", family.stem());
    let there = world.store.get(&id).cloned();
    let own = there.as_ref().is_some_and(|request| is_own(request, &call.caller.object_id));
    if !own {
        world.containers(call, &action)?;
        world.allow(call, &action, &call.path.scope())?;
    }
    let Some(request) = there else {
        return Err(ArmError::not_found(
            "RoleAssignmentRequestNotFound",
            "The role assignment request is not found.",
        ));
    };
    unlocked(world, call, &id, false)?;
    let properties = &request["properties"];
    if !PENDING.iter().any(|status| properties["status"] == *status) {
        return Err(refuse("InvalidRequestStatus", "Only a request that is pending can be cancelled."));
    }
    let target = match family {
        Family::Eligibility => &properties["targetRoleEligibilityScheduleId"],
        Family::Assignment => &properties["targetRoleAssignmentScheduleId"],
    };
    if let Some(schedule) = target.as_str() {
        let schedule = Grant::of(&request).id(&format!("{}Schedules", family.stem()), schedule);
        world.call_off(&schedule);
        world.remove(&schedule);
    }
    approvals::close(world, properties["approvalId"].as_str());
    let mut cancelled = Value::clone(&request);
    cancelled["properties"]["status"] = Value::from("Canceled");
    world.put(cancelled);
    Ok(Reply::empty(StatusCode::OK))
}

/// Whether a request is somebody's own: they sent it, or it is about them.
pub(in crate::emulator) fn is_own(request: &Value, caller: &str) -> bool {
    ["requestorId", "principalId"]
        .iter()
        .any(|name| request["properties"][name].as_str().is_some_and(|id| key(id) == key(caller)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-04T05:00:00Z";

    #[test]
    fn a_schedule_begins_now_or_later_and_ends_after_that() {
        let said = |info: Value| {
            times(NOW, &info).map(|(start, end)| (start.to_string(), end.map(|end| end.to_string())))
        };
        let end = |text: &str| Some(text.to_owned());
        assert_eq!(said(json!({})).unwrap(), (NOW.to_owned(), None));
        let hours = json!({ "type": "AfterDuration", "duration": "PT2H" });
        assert_eq!(said(json!({ "expiration": hours })).unwrap().1, end("2026-03-04T07:00:00Z"));
        let later = json!({ "startDateTime": "2026-03-05T00:00:00Z", "expiration": hours });
        assert_eq!(said(later).unwrap(), ("2026-03-05T00:00:00Z".to_owned(), end("2026-03-05T02:00:00Z")));
        let past = json!({ "startDateTime": "2026-03-01T00:00:00Z", "expiration": hours });
        assert_eq!(said(past).unwrap().0, NOW, "what has passed is now");
        for info in [
            json!({ "startDateTime": "soon" }),
            json!({ "expiration": { "type": "AfterDateTime", "endDateTime": NOW } }),
            json!({ "expiration": { "type": "AfterDuration", "duration": "long" } }),
            json!({ "expiration": { "type": "Never" } }),
        ] {
            assert!(said(info.clone()).is_err(), "{info}");
        }
    }
}
