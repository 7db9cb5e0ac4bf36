//! Role management policies: what an assignment or an activation of a role at a scope has to keep to.
//!
//! Every role has a policy at every scope, the service's default until somebody changes it; none is inherited. Rules and
//! their ids: `GetRoleManagementPolicyAssignmentByName` of the documents of 2020-10-01; names of failed rules: the list
//! of common errors in the REST reference (`privileged-role-common-errors`).

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::Grant;
use crate::emulator::authorization::{NAMESPACE, no_type, unlocked};
use crate::emulator::defaults::guid;
use crate::emulator::members::last_segment;
use crate::emulator::odata::{Filter, Term};
use crate::emulator::page::{Paging, page};
use crate::emulator::reply::{Answer, ArmError, Reply};
use crate::emulator::request::Call;
use crate::emulator::role_definitions::{definition_id, definitions, no_definition};
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

const POLICIES: &str = "roleManagementPolicies";
const ASSIGNMENTS: &str = "roleManagementPolicyAssignments";

/// An ISO 8601 duration such as `PT8H` or `P365D`.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    let span: jiff::Span = text.starts_with('P').then(|| text.parse().ok())??;
    let days = i64::from(span.get_years()) * 365
        + i64::from(span.get_months()) * 30
        + i64::from(span.get_weeks()) * 7;
    let days = days + i64::from(span.get_days());
    let hours = days * 24 + i64::from(span.get_hours());
    Some(SignedDuration::from_secs(hours * 3_600 + span.get_minutes() * 60 + span.get_seconds()))
}

/// The rules of a role that nobody has changed: a year of eligibility, half a year of activity, eight hours of an
/// activation, and a reason for what is active. Those on notifications are there to be read and changed; nobody is
/// written to.
fn default_rules() -> Vec<Value> {
    let rule = |id: &str, kind: &str, more: Value| {
        // A notification's id names who gets it before whose doing it is about.
        let mut words = id.split('_').skip(if kind == "Notification" { 2 } else { 1 });
        let mut rule = json!({
            "id": id, "ruleType": format!("RoleManagementPolicy{kind}Rule"),
            "target": {
                "caller": words.next(), "operations": ["All"], "level": words.next(), "targetObjects": null,
                "inheritableSettings": null, "enforcedSettings": null
            }
        });
        for (name, value) in more.as_object().into_iter().flatten() {
            rule[name] = value.clone();
        }
        rule
    };
    let ends = |longest: &str| json!({ "isExpirationRequired": true, "maximumDuration": longest });
    let about = [("Admin", "Eligibility"), ("Admin", "Assignment"), ("EndUser", "Assignment")];
    let notifications = about.into_iter().flat_map(|(caller, level)| {
        ["Admin", "Requestor", "Approver"].map(|recipient| {
            let id = format!("Notification_{recipient}_{caller}_{level}");
            let more = json!({
                "notificationType": "Email", "recipientType": recipient, "isDefaultRecipientsEnabled": true,
                "notificationLevel": "All", "notificationRecipients": []
            });
            rule(&id, "Notification", more)
        })
    });
    let mut rules = vec![
        rule("Enablement_Admin_Eligibility", "Enablement", json!({ "enabledRules": [] })),
        rule("Expiration_Admin_Eligibility", "Expiration", ends("P365D")),
        rule("Enablement_Admin_Assignment", "Enablement", json!({ "enabledRules": ["Justification"] })),
        rule("Expiration_Admin_Assignment", "Expiration", ends("P180D")),
        rule(
            "Approval_EndUser_Assignment",
            "Approval",
            json!({ "setting": {
                "isApprovalRequired": false, "isApprovalRequiredForExtension": false,
                "isRequestorJustificationRequired": true, "approvalMode": "SingleStage", "approvalStages": []
            }}),
        ),
        rule(
            "AuthenticationContext_EndUser_Assignment",
            "AuthenticationContext",
            json!({ "isEnabled": false, "claimValue": "" }),
        ),
        rule("Enablement_EndUser_Assignment", "Enablement", json!({ "enabledRules": ["Justification"] })),
        rule("Expiration_EndUser_Assignment", "Expiration", ends("PT8H")),
    ];
    rules.extend(notifications);
    rules
}

/// The policy of a role at a scope.
pub(super) struct Policy {
    scope: String,
    role: String,
    name: String,
    rules: Vec<Value>,
}

/// What a request brings to fulfil a policy.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Brought {
    /// A reason.
    pub justification: bool,
    /// A ticket's number.
    pub ticket: bool,
    /// A sign-in with a second factor.
    pub multi_factor: bool,
    /// How long the grant would be in force; without an end when absent.
    pub long: Option<SignedDuration>,
}

impl Policy {
    /// The policy of a role, by its GUID, at a scope: the one that was written there, over the default.
    pub(super) fn of(world: &World, scope: &str, role: &str) -> Self {
        let mut policy = Self {
            scope: scope.trim_end_matches('/').to_owned(),
            role: role.to_ascii_lowercase(),
            name: guid(&key(scope), role),
            rules: default_rules(),
        };
        let written = world.store.hung(ASSIGNMENTS, scope, false, false).into_iter().find_map(|assignment| {
            let properties = &assignment["properties"];
            let of = last_segment(properties["roleDefinitionId"].as_str().unwrap_or_default());
            let of = of.eq_ignore_ascii_case(role).then(|| properties["policyId"].as_str())??;
            world.store.get(of)
        });
        if let Some(written) = written {
            policy.name = last_segment(id_of(written)).to_owned();
            policy.change(&written["properties"]["rules"]);
        }
        policy
    }

    /// Replaces the rules that have the id of one of these.
    fn change(&mut self, rules: &Value) {
        for rule in rules.as_array().into_iter().flatten() {
            if let Some(there) = self.rules.iter_mut().find(|there| there["id"] == rule["id"]) {
                for (name, value) in rule.as_object().into_iter().flatten() {
                    there[name] = value.clone();
                }
            }
        }
    }

    fn rule(&self, word: &str, caller: &str, level: &str) -> &Value {
        let id = format!("{word}_{caller}_{level}");
        self.rules.iter().find(|rule| rule["id"] == id.as_str()).unwrap_or(&Value::Null)
    }

    /// The names of the rules that a request breaks. `caller` is `EndUser` for what somebody does for themselves and
    /// `Admin` for all else, `level` is `Assignment` or `Eligibility`.
    pub(super) fn broken(&self, caller: &str, level: &str, brought: Brought) -> Vec<&'static str> {
        let wants = |name: &str| {
            let enabled = &self.rule("Enablement", caller, level)["enabledRules"];
            enabled.as_array().into_iter().flatten().any(|rule| rule == name)
        };
        let expiration = self.rule("Expiration", caller, level);
        let longest = expiration["maximumDuration"].as_str().and_then(duration);
        let fits = brought.long.is_some_and(|long| longest.is_none_or(|longest| long <= longest));
        let mut broken = Vec::new();
        for (name, is_broken) in [
            ("MfaRule", wants("MultiFactorAuthentication") && !brought.multi_factor),
            ("ExpirationRule", expiration["isExpirationRequired"] == true && !fits),
            ("JustificationRule", wants("Justification") && !brought.justification),
            ("TicketingRule", wants("Ticketing") && !brought.ticket),
        ] {
            if is_broken {
                broken.push(name);
            }
        }
        broken
    }

    /// Who approves an activation, as `primaryApprovers` of its one stage; `None` when nobody has to. With the days
    /// after which an open request runs out.
    pub(super) fn approval(&self) -> Option<(Value, i64)> {
        let setting = &self.rule("Approval", "EndUser", "Assignment")["setting"];
        let stage = &setting["approvalStages"][0];
        (setting["isApprovalRequired"] == true).then(|| {
            (stage["primaryApprovers"].clone(), stage["approvalStageTimeOutInDays"].as_i64().unwrap_or(1))
        })
    }

    fn id(&self) -> String {
        format!("{}/providers/{NAMESPACE}/{POLICIES}/{}", self.scope, self.name)
    }

    fn document(&self) -> Value {
        json!({
            "id": self.id(), "name": self.name, "type": format!("{NAMESPACE}/{POLICIES}"),
            "properties": {
                "scope": self.scope, "displayName": null, "description": null, "isOrganizationDefault": false,
                "lastModifiedBy": null, "lastModifiedDateTime": null, "rules": self.rules, "effectiveRules": self.rules
            }
        })
    }

    fn assignment(&self, world: &World) -> Value {
        let name = format!("{}_{}", self.name, self.role);
        let grant = Grant { scope: self.scope.clone(), role: self.role.clone(), ..Grant::of(&Value::Null) };
        let expanded = &grant.properties(world)["expandedProperties"];
        let role = definition_id(&self.scope, &self.role);
        json!({
            "id": format!("{}/providers/{NAMESPACE}/{ASSIGNMENTS}/{name}", self.scope),
            "name": name, "type": format!("{NAMESPACE}/{ASSIGNMENTS}"),
            "properties": {
                "scope": self.scope, "roleDefinitionId": role, "policyId": self.id(), "effectiveRules": self.rules,
                "policyAssignmentProperties": {
                    "scope": expanded["scope"], "roleDefinition": expanded["roleDefinition"],
                    "policy": { "id": self.id(), "lastModifiedBy": null, "lastModifiedDateTime": null }
                }
            }
        })
    }
}

/// The role that a `$filter` asks for, by its GUID; `None` when it asks for all.
///
/// # Errors
/// For anything but `roleDefinitionId eq '..'`, beside `atScope()`.
fn wanted_role(call: &Call) -> Result<Option<String>, ArmError> {
    let Some(text) = call.query.get("$filter").filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let refuse = || {
        ArmError::bad_request(
            "UnsupportedQuery",
            format!("The filter '{text}' is not supported. Supported is 'roleDefinitionId eq'."),
        )
    };
    let filter = Filter::parse(text).map_err(|_| refuse())?;
    let mut role = None;
    for term in filter.terms().ok_or_else(refuse)? {
        match term {
            Term::Function(name, None) if name == "atscope" => {}
            Term::Equal(name, id) if name.eq_ignore_ascii_case("roleDefinitionId") && role.is_none() => {
                role = Some(last_segment(id).to_ascii_lowercase());
            }
            _ => return Err(refuse()),
        }
    }
    Ok(role)
}

/// Answers GET of the policies of roles at a scope, or of their assignments: all, or the one of a name.
///
/// # Errors
/// ARM's refusals; a filter that is not supported; 404 for a name that none has.
pub(in crate::emulator) fn read(world: &World, call: &Call, name: Option<&str>) -> Answer {
    let kind = call.path.last().and_then(|part| part.types.first()).map_or("", String::as_str);
    let assignments = kind.eq_ignore_ascii_case(ASSIGNMENTS);
    let kind = if assignments { ASSIGNMENTS } else { POLICIES };
    let action = format!("{NAMESPACE}/{kind}/read");
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    let wanted = wanted_role(call)?;
    let list: Vec<Value> = definitions(world, &scope)
        .filter_map(|definition| definition["name"].as_str())
        .filter(|role| wanted.as_ref().is_none_or(|wanted| role.eq_ignore_ascii_case(wanted)))
        .map(|role| Policy::of(world, &scope, role))
        .map(|policy| if assignments { policy.assignment(world) } else { policy.document() })
        .collect();
    let Some(name) = name else { return page(call, &list, &Paging::arm(world.settings.page_size)) };
    let named = |one: &&Value| one["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name));
    list.iter().find(named).map(Reply::ok).ok_or_else(|| {
        ArmError::not_found(
            "ResourceNotFound",
            format!("The {kind} '{name}' could not be found at '{scope}'."),
        )
    })
}

/// Answers PATCH of a policy: its rules replace those of the same id.
///
/// # Errors
/// ARM's refusals; 404 for a name that none has, 400 for a rule that there is none of.
pub(in crate::emulator) fn update(world: &mut World, call: &Call, name: &str) -> Answer {
    let action = format!("{NAMESPACE}/{POLICIES}/write");
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    unlocked(world, call, &call.path.id(), false)?;
    let found = definitions(world, &scope)
        .filter_map(|definition| definition["name"].as_str())
        .map(|role| Policy::of(world, &scope, role))
        .find(|policy| policy.name.eq_ignore_ascii_case(name));
    let mut policy = found.ok_or_else(|| no_type(POLICIES))?;
    let rules = call.object().remove("properties").unwrap_or_default()["rules"].take();
    let unknown = rules
        .as_array()
        .into_iter()
        .flatten()
        .find(|rule| !policy.rules.iter().any(|there| there["id"] == rule["id"]));
    if let Some(rule) = unknown {
        return Err(ArmError::bad_request(
            "InvalidPolicyRule",
            format!("The rule {} is none that a policy here has.", rule["id"]),
        ));
    }
    policy.change(&rules);
    let document = policy.document();
    let assignment = policy.assignment(world);
    let reply = Reply::json(StatusCode::OK, &document);
    world.put(document);
    world.put(assignment);
    Ok(reply)
}

/// Answers PUT and DELETE of a policy's assignment: which policy a role has at the scope. A role whose assignment is
/// deleted has the default policy.
///
/// # Errors
/// ARM's refusals; 400 for a body that names no role or no policy, 404 for a policy that there is none of at the scope.
pub(in crate::emulator) fn assign(world: &mut World, call: &Call, name: &str) -> Answer {
    let deletes = call.method == Method::DELETE;
    let action = format!("{NAMESPACE}/{ASSIGNMENTS}/{}", if deletes { "delete" } else { "write" });
    let scope = call.path.scope();
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    unlocked(world, call, &call.path.id(), deletes)?;
    if deletes {
        let there = world.store.get(&call.path.id()).is_some();
        world.remove(&call.path.id());
        return Ok(Reply::empty(if there { StatusCode::OK } else { StatusCode::NO_CONTENT }));
    }
    let properties = call.object().remove("properties").unwrap_or_default();
    let named =
        |property: &str| properties[property].as_str().map(|id| last_segment(id).to_ascii_lowercase());
    let (Some(role), Some(wanted)) = (named("roleDefinitionId"), named("policyId")) else {
        return Err(ArmError::bad_request(
            "InvalidPolicyAssignment",
            "The assignment needs properties.roleDefinitionId and properties.policyId.",
        ));
    };
    let found = definitions(world, &scope)
        .filter_map(|definition| definition["name"].as_str())
        .map(|role| Policy::of(world, &scope, role))
        .find(|policy| policy.name.eq_ignore_ascii_case(&wanted));
    let Some(policy) = found else {
        return Err(ArmError::not_found(
            "ResourceNotFound",
            format!("The {POLICIES} '{wanted}' could not be found at '{scope}'."),
        ));
    };
    if definitions(world, &scope)
        .all(|one| one["name"].as_str().is_none_or(|name| !name.eq_ignore_ascii_case(&role)))
    {
        return Err(no_definition(&role));
    }
    let document = policy.document();
    let mut assignment = Policy { role, ..policy }.assignment(world);
    assignment["name"] = Value::from(name);
    assignment["id"] = Value::from(call.path.id());
    let reply = Reply::json(StatusCode::CREATED, &assignment);
    world.put(document);
    world.put(assignment);
    Ok(reply)
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

    fn policy() -> Policy {
        Policy { scope: "/s".to_owned(), role: "r".to_owned(), name: "n".to_owned(), rules: default_rules() }
    }

    #[test]
    fn an_activation_needs_a_reason_and_an_end_within_hours() {
        let broken = |justification, hours: Option<i64>| {
            let long = hours.map(SignedDuration::from_hours);
            policy().broken("EndUser", "Assignment", Brought { justification, long, ..Brought::default() })
        };
        assert_eq!(broken(true, Some(8)), Vec::<&str>::new());
        assert_eq!(broken(true, Some(9)), ["ExpirationRule"]);
        assert_eq!(broken(true, None), ["ExpirationRule"]);
        assert_eq!(broken(false, None), ["ExpirationRule", "JustificationRule"]);
    }

    #[test]
    fn a_changed_rule_asks_for_more_and_the_others_stay() {
        let mut policy = policy();
        policy.change(&json!([
            { "id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication", "Ticketing"] },
            { "id": "Approval_EndUser_Assignment", "setting": {
                "isApprovalRequired": true, "approvalStages": [{ "primaryApprovers": [{ "id": "a" }], "approvalStageTimeOutInDays": 2 }] } }
        ]));
        let long = Some(SignedDuration::from_hours(1));
        let nothing = Brought { long, ..Brought::default() };
        assert_eq!(policy.broken("EndUser", "Assignment", nothing), ["MfaRule", "TicketingRule"]);
        let all = Brought { ticket: true, multi_factor: true, ..nothing };
        assert_eq!(policy.broken("EndUser", "Assignment", all), Vec::<&str>::new());
        assert_eq!(policy.broken("Admin", "Assignment", all), ["JustificationRule"]);
        assert_eq!(policy.approval(), Some((json!([{ "id": "a" }]), 2)));
        assert_eq!(policy.rule("Expiration", "EndUser", "Assignment")["maximumDuration"], "PT8H");
    }
}
