//! Policy definitions and assignments as they are listed, written and deleted.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::authorization::{NAMESPACE, unlocked};
use super::defaults::author;
use super::odata::{Filter, Term};
use super::page::{Paging, page};
use super::policy::{built_in, definition, not_understood};
use super::policy_states::refuse;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// Answers GET of policy definitions at a scope: the built-in ones and those of the scope, or one.
///
/// # Errors
/// ARM's refusals.
pub(super) fn read(world: &World, call: &Call, name: Option<&str>) -> Answer {
    let action = "Microsoft.Authorization/policyDefinitions/read";
    let scope = call.path.scope();
    world.containers(call, action)?;
    if key(&scope).len() > 1 {
        world.allow(call, action, &scope)?;
    }
    if let Some(name) = name {
        return definition(world, &call.path.id()).map(Reply::ok).ok_or_else(|| {
            ArmError::not_found(
                "PolicyDefinitionNotFound",
                format!("The policy definition '{name}' could not be found."),
            )
        });
    }
    let own = world.store.hung("policyDefinitions", &scope, true, false);
    let mut found: Vec<&Value> = built_in().iter().chain(own.into_iter().map(|one| &**one)).collect();
    if let Some(text) = call.query.get("$filter").filter(|text| !text.trim().is_empty()) {
        narrow(&mut found, text, &scope)?;
    }
    page(call, &found, &Paging::arm(world.settings.page_size))
}

/// Leaves the definitions that a `$filter` asks for: by type or category, or those of the scope itself (`arm-specs`,
/// `PolicyDefinitions_List`).
///
/// # Errors
/// For anything else.
fn narrow(found: &mut Vec<&Value>, text: &str, scope: &str) -> Result<(), ArmError> {
    let filter = Filter::parse(text).map_err(|error| refuse(&error))?;
    let unknown = || {
        ArmError::bad_request("InvalidFilterInQueryString", format!("The query '{text}' is not supported."))
    };
    for term in filter.terms().ok_or_else(unknown)? {
        match term {
            Term::Equal(name, value) if name.eq_ignore_ascii_case("policyType") => {
                found.retain(|one| says(&one["properties"]["policyType"], value));
            }
            Term::Equal(name, value) if name.eq_ignore_ascii_case("category") => {
                found.retain(|one| says(&one["properties"]["metadata"]["category"], value));
            }
            Term::Function(name, None) if name == "atexactscope" => {
                let at = key(scope);
                found.retain(|one| {
                    key(id_of(one)).strip_prefix(&at).is_some_and(|rest| {
                        rest.starts_with("/providers/microsoft.authorization/policydefinitions/")
                    })
                });
            }
            _ => return Err(unknown()),
        }
    }
    Ok(())
}

fn says(value: &Value, wanted: &str) -> bool {
    value.as_str().is_some_and(|found| found.eq_ignore_ascii_case(wanted))
}

/// Answers PUT and DELETE of policy definitions and assignments.
///
/// # Errors
/// ARM's refusals, a lock's among them; 404 for an assignment of a definition that does not exist.
pub(super) fn write(world: &mut World, call: &Call, kind: &str, name: &str) -> Answer {
    let verb = if call.method == Method::DELETE { "delete" } else { "write" };
    let action = format!("{NAMESPACE}/{kind}/{verb}");
    let (id, scope) = (call.path.id(), call.path.scope());
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    unlocked(world, call, &id, verb == "delete")?;
    let there = world.store.get(&id).cloned();
    if call.method == Method::DELETE {
        let Some(there) = there else { return Ok(Reply::empty(StatusCode::NO_CONTENT)) };
        world.remove(&id);
        return Ok(if kind == "policyAssignments" {
            Reply::ok(&*there)
        } else {
            Reply::empty(StatusCode::OK)
        });
    }
    let body = call.object();
    let mut properties = body.get("properties").cloned().unwrap_or_else(|| json!({}));
    if kind == "policyAssignments" {
        let policy = properties["policyDefinitionId"].as_str().unwrap_or_default();
        if definition(world, policy).is_none() {
            return Err(ArmError::not_found(
                "PolicyDefinitionNotFound",
                format!("The policy definition '{policy}' could not be found."),
            ));
        }
        properties["scope"] = Value::from(scope);
        for (name, value) in
            [("enforcementMode", json!("Default")), ("notScopes", json!([])), ("parameters", json!({}))]
        {
            if properties[name].is_null() {
                properties[name] = value;
            }
        }
    } else {
        if let Some(what) = not_understood(&json!({ "properties": properties })) {
            return Err(ArmError::bad_request(
                "InvalidPolicyRule",
                format!("The policy definition '{name}' is not taken: {what}."),
            ));
        }
        properties["policyType"] = Value::from("Custom");
    }
    let (by, by_type) = author(world, call);
    let mut document = json!({
        "id": id, "type": format!("{NAMESPACE}/{kind}"), "name": name, "properties": properties,
        "systemData": { "createdAt": call.now, "createdBy": by, "createdByType": by_type }
    });
    for member in ["identity", "location"] {
        if let Some(value) = body.get(member) {
            document[member] = value.clone();
        }
    }
    // An assignment answers 201 always, a definition 200 when it was there.
    let made = kind == "policyAssignments" || there.is_none();
    let reply = Reply::json(if made { StatusCode::CREATED } else { StatusCode::OK }, &document);
    world.put(document);
    Ok(reply)
}
