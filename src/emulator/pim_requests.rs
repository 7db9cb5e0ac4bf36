//! Requests of Privileged Identity Management: assign, remove, activate, deactivate, extend; and the policies that
//! say what an activation needs.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::authorization::NAMESPACE;
use super::defaults::guid;
use super::page::{Paging, page};
use super::pim::{Family, Grant};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::role_definitions::{definition_id, definition_named, definitions, no_definition};
use super::store::{id_of, key};
use super::world::World;

/// Hours for which a role may be activated at most; the policy of every role here.
const LONGEST: i64 = 8;

fn refuse(code: &str, message: impl Into<String>) -> ArmError {
    ArmError::bad_request(code, message)
}

/// An ISO 8601 duration such as `PT8H` or `P365D`.
fn duration(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.starts_with('P').then(|| text.parse().ok())??;
    let days = i64::from(span.get_years()) * 365
        + i64::from(span.get_months()) * 30
        + i64::from(span.get_weeks()) * 7;
    let days = days + i64::from(span.get_days());
    let hours = days * 24 + i64::from(span.get_hours());
    Some(SignedDuration::from_secs(hours * 3_600 + span.get_minutes() * 60 + span.get_seconds()))
}

/// When a request wants its schedule to begin and to end.
fn times(call: &Call, info: &Value) -> Result<(Timestamp, Option<Timestamp>), ArmError> {
    let invalid = |what: &str| refuse("InvalidScheduleInfo", format!("The schedule's {what} is not valid."));
    let now: Timestamp = call.now.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let start = match info["startDateTime"].as_str() {
        Some(text) => text.parse().map_err(|_| invalid("startDateTime"))?,
        None => now,
    };
    let expiration = &info["expiration"];
    let end = match expiration["type"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("afterduration") => {
            let long =
                expiration["duration"].as_str().and_then(duration).ok_or_else(|| invalid("duration"))?;
            Some(start.checked_add(long).map_err(|_| invalid("duration"))?)
        }
        Some("afterdatetime") => {
            let end: Timestamp = expiration["endDateTime"]
                .as_str()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| invalid("endDateTime"))?;
            Some(end)
        }
        Some("noexpiration") | None => None,
        Some(_) => return Err(invalid("expiration type")),
    };
    match end {
        Some(end) if end <= start || end <= now => Err(invalid("expiration, which is in the past,")),
        end => Ok((start, end)),
    }
}

/// The schedule instance of a family that is about the same grant.
fn instance(world: &World, family: Family, grant: &Grant) -> Option<Value> {
    let kind = format!("{}ScheduleInstances", family.stem());
    let found = world.store.hung(&kind, &grant.scope, false, false);
    found.into_iter().find(|one| Grant::of(one).same(grant)).map(|one| Value::clone(one))
}

/// The eligible instance that lets somebody activate a role at a scope: at it or above it, own or of a group.
fn eligible(world: &World, grant: &Grant) -> Option<Value> {
    let mut principals = vec![grant.principal.to_ascii_lowercase()];
    principals
        .extend(world.directory.groups_above(&grant.principal).into_iter().map(str::to_ascii_lowercase));
    let found = world.store.hung("roleEligibilityScheduleInstances", &grant.scope, true, false);
    found
        .into_iter()
        .find(|one| {
            let of = Grant::of(one);
            of.role == grant.role && principals.contains(&of.principal.to_ascii_lowercase())
        })
        .map(|one| Value::clone(one))
}

/// Removes a schedule instance with its schedule and the role assignment behind it.
fn remove(world: &mut World, family: Family, instance: &Value) {
    let properties = &instance["properties"];
    let schedule = match family {
        Family::Eligibility => &properties["roleEligibilityScheduleId"],
        Family::Assignment => &properties["roleAssignmentScheduleId"],
    };
    let ids = [schedule.as_str(), properties["originRoleAssignmentId"].as_str(), Some(id_of(instance))];
    for id in ids.into_iter().flatten() {
        world.remove(id);
    }
}

/// Answers PUT of a schedule request.
///
/// # Errors
/// ARM's refusals; what the role's policy does not allow; grants that are there already, or are not.
pub(super) fn put(world: &mut World, call: &Call, family: Family, name: &str) -> Answer {
    let scope = call.path.scope();
    let given = call.object().remove("properties").unwrap_or_default();
    let text = |name: &str| given[name].as_str().unwrap_or_default().to_owned();
    let asked = text("requestType");
    let own = asked.to_ascii_lowercase().starts_with("self");
    let action = format!("{NAMESPACE}/{}ScheduleRequests/write", family.stem());
    if !world.exists(&scope) {
        return Err(refuse("InvalidScope", format!("The scope '{scope}' does not exist.")));
    }
    // Who is only eligible has no right at the scope yet: activating one's own role needs none.
    if !own {
        world.containers(call, &action)?;
        world.allow(call, &action, &scope)?;
    }
    let principal = text("principalId");
    if own && !principal.eq_ignore_ascii_case(&call.caller.object_id) {
        return Err(refuse(
            "InsufficientPermissions",
            "A role can be activated and deactivated for oneself only.",
        ));
    }
    let role = text("roleDefinitionId").rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    if definition_named(world, &role).is_none() {
        return Err(no_definition(&role));
    }
    let kind = world
        .directory
        .principal_type(&principal)
        .ok_or_else(|| refuse("SubjectNotFound", format!("The subject is not found: {principal}.")))?;
    let (start, end) = times(call, &given["scheduleInfo"])?;
    let grant = Grant {
        scope: scope.trim_end_matches('/').to_owned(),
        principal,
        kind: kind.to_owned(),
        role,
        start: start.to_string(),
        end: end.map(|end| end.to_string()),
        condition: given["condition"].clone(),
        version: given["conditionVersion"].clone(),
    };
    let there = instance(world, family, &grant);
    let absent = || refuse("RoleAssignmentDoesNotExist", "The Role assignment does not exist.");
    let mut status = "Provisioned";
    let mut target = None;
    match (family, asked.to_ascii_lowercase().as_str()) {
        (_, "adminassign") if there.is_some() => {
            return Err(refuse("RoleAssignmentExists", "The Role assignment already exists."));
        }
        (_, "adminassign") => target = Some(grant_it(world, call, family, &grant, name, None)),
        (Family::Assignment, "selfactivate") => {
            rules(&given, start, end)?;
            let from = eligible(world, &grant).ok_or_else(absent)?;
            let active = there.as_ref().is_some_and(|one| one["properties"]["assignmentType"] == "Activated");
            if active {
                return Err(refuse("RoleAssignmentExists", "The Role assignment already exists."));
            }
            target = Some(grant_it(world, call, family, &grant, name, Some(&from)));
        }
        (_, "adminupdate" | "adminextend" | "adminrenew") => {
            let before = there.ok_or_else(absent)?;
            remove(world, family, &before);
            target = Some(grant_it(world, call, family, &grant, name, None));
        }
        (_, "adminremove") => {
            remove(world, family, &there.ok_or_else(absent)?);
            status = "Revoked";
        }
        (Family::Assignment, "selfdeactivate") => {
            let active =
                there.filter(|one| one["properties"]["assignmentType"] == "Activated").ok_or_else(absent)?;
            remove(world, family, &active);
            status = "Revoked";
        }
        (_, "selfextend" | "selfrenew") => status = "PendingApproval",
        (_, other) => {
            return Err(refuse(
                "InvalidRequestType",
                format!("The request type '{other}' is not valid here."),
            ));
        }
    }
    let mut properties = grant.properties(world);
    let stem = match family {
        Family::Eligibility => "targetRoleEligibility",
        Family::Assignment => "targetRoleAssignment",
    };
    properties[format!("{stem}ScheduleId")] = target.map_or(Value::Null, Value::from);
    properties[format!("{stem}ScheduleInstanceId")] = Value::Null;
    properties["approvalId"] = Value::Null;
    properties["requestType"] = given["requestType"].clone();
    properties["status"] = Value::from(status);
    properties["scheduleInfo"] = given["scheduleInfo"].clone();
    properties["justification"] = given["justification"].clone();
    properties["ticketInfo"] = json!({ "ticketNumber": given["ticketInfo"]["ticketNumber"], "ticketSystem": given["ticketInfo"]["ticketSystem"] });
    properties["requestorId"] = Value::from(call.caller.object_id.as_str());
    properties["createdOn"] = Value::from(call.now.as_str());
    if family == Family::Assignment {
        properties["linkedRoleEligibilityScheduleId"] = given["linkedRoleEligibilityScheduleId"].clone();
    }
    let document = json!({
        "id": call.path.id(), "name": name, "type": format!("{NAMESPACE}/{}ScheduleRequests", family.stem()),
        "properties": properties
    });
    let reply = Reply::json(StatusCode::CREATED, &document);
    world.put(document);
    Ok(reply)
}

/// What the policy of every role asks of an activation: a reason, and an end within hours.
fn rules(given: &Value, start: Timestamp, end: Option<Timestamp>) -> Result<(), ArmError> {
    let mut failed = Vec::new();
    if given["justification"].as_str().is_none_or(|text| text.trim().is_empty()) {
        failed.push("JustificationRule");
    }
    let longest = SignedDuration::from_hours(LONGEST);
    if end.is_none_or(|end| start.duration_until(end) > longest) {
        failed.push("ExpirationRule");
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(refuse(
        "RoleAssignmentRequestPolicyValidationFailed",
        format!("The following policy rules failed: {}", json!(failed)),
    ))
}

/// Writes the schedule and the instance, for an active one the role assignment too; gives the schedule's name.
fn grant_it(
    world: &mut World,
    call: &Call,
    family: Family,
    grant: &Grant,
    request: &str,
    from: Option<&Value>,
) -> String {
    let name = guid(&call.path.id(), "schedule");
    let now = call.now.as_str();
    let mut schedule = grant.schedule(world, family, &name, request, now);
    let mut instance = grant.instance(world, family, &guid(&call.path.id(), "instance"), &name, now);
    let mut ends = vec![id_of(&schedule).to_owned(), id_of(&instance).to_owned()];
    if family == Family::Assignment {
        let kind = if from.is_some() { "Activated" } else { "Assigned" };
        let assignment = guid(&call.path.id(), "assignment");
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
        ends.push(id.clone());
        world.put(json!({
            "id": id, "name": assignment, "type": format!("{NAMESPACE}/roleAssignments"),
            "properties": {
                "roleDefinitionId": shared["roleDefinitionId"], "principalId": grant.principal, "principalType": grant.kind,
                "scope": grant.scope, "condition": grant.condition, "conditionVersion": grant.version, "createdOn": now,
                "updatedOn": now, "createdBy": call.caller.object_id, "updatedBy": call.caller.object_id,
                "delegatedManagedIdentityResourceId": null, "description": null
            }
        }));
    }
    world.put(schedule);
    world.put(instance);
    if let Some(end) = grant.end.as_deref().and_then(|end| end.parse().ok()) {
        world.end_at(end, ends);
    }
    name
}

/// Answers `POST .../scheduleRequests/{name}/cancel`: nothing here waits for an approval but what was extended.
///
/// # Errors
/// 404 for a request that is not there, 400 for one that is done.
pub(super) fn cancel(world: &mut World, call: &Call, family: Family) -> Answer {
    let id = call.path.without_last();
    let action = format!("{NAMESPACE}/{}ScheduleRequests/cancel/action", family.stem());
    world.containers(call, &action)?;
    let there = world.store.get(&id).cloned();
    let Some(request) = there else {
        return Err(ArmError::not_found(
            "RoleAssignmentRequestNotFound",
            "The role assignment request is not found.",
        ));
    };
    if request["properties"]["status"] != "PendingApproval" {
        return Err(refuse("InvalidRequestStatus", "Only a request that is pending can be cancelled."));
    }
    let mut cancelled = Value::clone(&request);
    cancelled["properties"]["status"] = Value::from("Canceled");
    world.put(cancelled);
    Ok(Reply::empty(StatusCode::OK))
}

/// Answers the policies of roles at a scope: which rules an assignment and an activation have to keep.
///
/// # Errors
/// ARM's refusals.
pub(super) fn policies(world: &World, call: &Call, assignments: bool) -> Answer {
    let kind = if assignments { "roleManagementPolicyAssignments" } else { "roleManagementPolicies" };
    let action = format!("{NAMESPACE}/{kind}/read");
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    let wanted = call.query.get("$filter").and_then(|text| text.split('\'').nth(1));
    let wanted = wanted.map(|id| id.rsplit('/').next().unwrap_or_default().to_ascii_lowercase());
    let target = |caller: &str, level: &str| json!({ "caller": caller, "operations": ["All"], "level": level, "targetObjects": [], "inheritableSettings": [], "enforcedSettings": [] });
    let rules = json!([
        { "id": "Expiration_Admin_Eligibility", "ruleType": "RoleManagementPolicyExpirationRule", "isExpirationRequired": false, "maximumDuration": "P365D", "target": target("Admin", "Eligibility") },
        { "id": "Expiration_Admin_Assignment", "ruleType": "RoleManagementPolicyExpirationRule", "isExpirationRequired": false, "maximumDuration": "P180D", "target": target("Admin", "Assignment") },
        { "id": "Enablement_EndUser_Assignment", "ruleType": "RoleManagementPolicyEnablementRule", "enabledRules": ["Justification"], "target": target("EndUser", "Assignment") },
        { "id": "Expiration_EndUser_Assignment", "ruleType": "RoleManagementPolicyExpirationRule", "isExpirationRequired": true, "maximumDuration": format!("PT{LONGEST}H"), "target": target("EndUser", "Assignment") },
        { "id": "Approval_EndUser_Assignment", "ruleType": "RoleManagementPolicyApprovalRule", "setting": { "isApprovalRequired": false, "isApprovalRequiredForExtension": false, "isRequestorJustificationRequired": true, "approvalMode": "SingleStage", "approvalStages": [] }, "target": target("EndUser", "Assignment") }
    ]);
    let at = key(&scope);
    let list: Vec<Value> = definitions(world, &scope)
        .filter_map(|definition| definition["name"].as_str())
        .filter(|name| wanted.as_ref().is_none_or(|wanted| name.eq_ignore_ascii_case(wanted)))
        .map(|role| {
            let policy = guid(&at, role);
            let id = format!("{}/providers/{NAMESPACE}/roleManagementPolicies/{policy}", scope.trim_end_matches('/'));
            if !assignments {
                return json!({
                    "id": id, "name": policy, "type": format!("{NAMESPACE}/RoleManagementPolicies"),
                    "properties": { "scope": scope, "isOrganizationDefault": false, "rules": rules, "effectiveRules": rules }
                });
            }
            let name = format!("{policy}_{role}");
            json!({
                "id": format!("{}/providers/{NAMESPACE}/roleManagementPolicyAssignments/{name}", scope.trim_end_matches('/')),
                "name": name, "type": format!("{NAMESPACE}/RoleManagementPolicyAssignments"),
                "properties": {
                    "scope": scope, "roleDefinitionId": definition_id(&scope, role), "policyId": id,
                    "effectiveRules": rules
                }
            })
        })
        .collect();
    page(call, &list, &Paging::arm(world.settings.page_size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_iso() {
        for (text, hours) in
            [("PT8H", Some(8)), ("P1D", Some(24)), ("P365D", Some(8_760)), ("8h", None), ("soon", None)]
        {
            assert_eq!(duration(text).map(|long| long.as_hours()), hours, "{text}");
        }
    }

    #[test]
    fn an_activation_needs_a_reason_and_an_end() {
        let start = Timestamp::UNIX_EPOCH;
        let hours = |hours| start.checked_add(SignedDuration::from_hours(hours)).ok();
        let reason = json!({ "justification": "incident 12" });
        assert!(rules(&reason, start, hours(8)).is_ok());
        assert!(rules(&reason, start, hours(9)).is_err());
        assert!(rules(&reason, start, None).is_err());
        assert!(rules(&json!({}), start, hours(1)).is_err());
    }
}
