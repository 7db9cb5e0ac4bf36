//! Deployments of templates: taken, validated, previewed, carried out over simulated time, listed and exported.
//!
//! A template's resources are created by the same code as direct requests, in the order that the template asks for,
//! with the rights of who deploys. What is answered follows recorded traffic of `az ml` and the published contract of
//! api-version 2020-06-01 and later.

mod budget;
mod evaluate;
mod expand;
mod export;
mod functions;
mod look;
mod place;
mod prepare;
mod reading;
mod record;
mod run;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod what_if;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

pub(super) use export::group as export_group;
pub(super) use reading::{is_expression, is_template};
pub(super) use record::{Deployment, Deployments};
pub(super) use run::advance;

use expand::DEPLOYMENTS;
use prepare::Prepared;
use record::State;

use super::authorization;
use super::operations::{Effect, Operation, Outcome, due_from};
use super::page::{Paging, encode_path, page};
use super::providers;
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{is_extension, key};
use super::types::Poll;
use super::world::World;

/// Deployments that a scope keeps, as documented.
const MOST_DEPLOYMENTS: usize = 800;

/// What a path about deployments speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// The scope's id; empty for the tenant.
    scope: String,
    /// The deployment's name; a list when absent.
    name: Option<String>,
    /// What follows the name.
    tail: Vec<String>,
}

impl Target {
    fn id(&self) -> String {
        format!("{}/providers/{DEPLOYMENTS}/{}", self.scope, self.name.as_deref().unwrap_or_default())
    }
}

/// Reads a path about deployments, with or without `/providers/Microsoft.Resources`: older clients leave it out.
pub(super) fn target(call: &Call) -> Option<Target> {
    let segments = call.path.segments();
    let is =
        |at: usize, word: &str| segments.get(at).is_some_and(|segment| segment.eq_ignore_ascii_case(word));
    let at = match call.path.last() {
        Some(part) if part.namespace.eq_ignore_ascii_case("Microsoft.Resources") => {
            let from = segments.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers"))?;
            is(from + 2, "deployments").then_some(from + 2)?
        }
        Some(_) => return None,
        None => {
            let at = segments.len() - call.path.rest.len();
            (call.path.subscription.is_some() && is(at, "deployments")).then_some(at)?
        }
    };
    let scope =
        if call.path.last().is_some() { call.path.scope() } else { format!("/{}", segments[..at].join("/")) };
    Some(Target {
        scope: if scope == "/" { String::new() } else { spelled(&scope) },
        name: segments.get(at + 1).cloned(),
        tail: segments.get(at + 2..).unwrap_or_default().to_vec(),
    })
}

/// `resourceGroups` as ARM answers it, whatever the caller wrote.
fn spelled(scope: &str) -> String {
    let parts: Vec<&str> = scope.split('/').collect();
    match parts.as_slice() {
        ["", _, subscription, _, group] => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        ["", first, subscription] if first.eq_ignore_ascii_case("subscriptions") => {
            format!("/subscriptions/{subscription}")
        }
        _ => scope.to_owned(),
    }
}

fn permitted(world: &World, call: &Call, target: &Target, verb: &str) -> Result<(), ArmError> {
    let action = format!("{DEPLOYMENTS}/{verb}");
    world.containers(call, &action)?;
    let scope = if target.name.is_some() { target.id() } else { target.scope.clone() };
    world.allow(call, &action, &scope)
}

fn not_found(target: &Target) -> ArmError {
    let name = target.name.as_deref().unwrap_or_default();
    ArmError::not_found("DeploymentNotFound", format!("Deployment '{name}' could not be found."))
}

fn no_such(call: &Call) -> ArmError {
    super::hierarchy::no_route(call)
}

/// Answers GET and HEAD: a list, a deployment, its operations, its status.
///
/// # Errors
/// ARM's refusals.
pub(super) fn read(world: &World, call: &Call, target: &Target) -> Answer {
    let words: Vec<String> = target.tail.iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if target.name.is_none() {
        permitted(world, call, target, "read")?;
        return list(world, call, target);
    }
    let verb = match words.first() {
        Some(&"operations") => "operations/read",
        Some(&"operationstatuses") => "operationstatuses/read",
        _ => "read",
    };
    permitted(world, call, target, verb)?;
    let deployment = world.deployments.get(&target.id()).ok_or_else(|| not_found(target))?;
    match words.as_slice() {
        [] if call.method == Method::HEAD => Ok(Reply::empty(StatusCode::NO_CONTENT)),
        [] => Ok(Reply::ok(&deployment.document())),
        ["operations"] => {
            let operations = deployment.operations();
            page(call, &operations, &Paging::arm(world.settings.page_size))
        }
        ["operations", id] => {
            let found = deployment
                .operations()
                .into_iter()
                .find(|one| one["operationId"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(id)));
            found.map(|one| Reply::ok(&one)).ok_or_else(|| {
                ArmError::not_found(
                    "DeploymentOperationNotFound",
                    format!("The deployment operation '{id}' could not be found."),
                )
            })
        }
        ["operationstatuses", id] if deployment.status_id.eq_ignore_ascii_case(id) => {
            let reply = Reply::ok(&deployment.status());
            let waits = world.settings.retry_after && !deployment.state.is_over();
            Ok(if waits { reply.with("retry-after", "1") } else { reply })
        }
        _ => Err(no_such(call)),
    }
}

fn list(world: &World, call: &Call, target: &Target) -> Answer {
    let refuse = |text: &str| {
        ArmError::bad_request(
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{text}' specified in the query string."),
        )
    };
    let wanted = match call.query.get("$filter").filter(|text| !text.trim().is_empty()) {
        None => None,
        Some(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            match words.as_slice() {
                [name, equals, state]
                    if name.eq_ignore_ascii_case("provisioningState")
                        && equals.eq_ignore_ascii_case("eq") =>
                {
                    Some(state.trim_matches('\'').to_owned())
                }
                _ => return Err(refuse(text)),
            }
        }
    };
    let found: Vec<Value> = world
        .deployments
        .at(&target.scope)
        .into_iter()
        .filter(|one| wanted.as_ref().is_none_or(|state| one.state.word().eq_ignore_ascii_case(state)))
        .map(Deployment::document)
        .collect();
    let top = call.query.get("$top").and_then(|top| top.parse().ok());
    page(call, &found, &Paging::arm(top.or(world.settings.page_size)))
}

/// Answers PUT, DELETE and the actions.
///
/// # Errors
/// ARM's refusals.
pub(super) fn write(world: &mut World, call: &Call, target: &Target) -> Answer {
    let action = target.tail.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    if target.name.is_none() || target.tail.len() > 1 {
        return Err(no_such(call));
    }
    match (&call.method, action.as_str()) {
        (&Method::PUT, "") => put(world, call, target),
        (&Method::DELETE, "") => delete(world, call, target),
        (&Method::POST, "validate") => {
            permitted(world, call, target, "validate/action")?;
            let prepared = prepare::prepare(world, call, target)?;
            prepare::allowed_by_policy(world, &prepared)?;
            prepare::in_their_regions(world, &prepared)?;
            Ok(Reply::ok(&validated(&prepared, target)))
        }
        (&Method::POST, "whatif") => {
            permitted(world, call, target, "whatIf/action")?;
            let prepared = prepare::prepare(world, call, target)?;
            let changes = what_if::changes(world, call, &prepared);
            let mut properties = json!({ "correlationId": prepared.correlation, "changes": changes });
            add_diagnostics(&mut properties, &prepared);
            let body = json!({ "status": "Succeeded", "properties": properties });
            Ok(later(world, call, target, 3_000, Outcome::Body(body)))
        }
        (&Method::POST, "cancel") => cancel(world, call, target),
        (&Method::POST, "exporttemplate") => {
            permitted(world, call, target, "exportTemplate/action")?;
            let deployment = world.deployments.get(&target.id()).ok_or_else(|| not_found(target))?;
            Ok(Reply::ok(&json!({ "template": deployment.template })))
        }
        _ => Err(ArmError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            format!("The HTTP method '{}' is not supported at '{}'.", call.method, call.path.id()),
        )),
    }
}

/// Answers 202 with a `Location` that has the outcome after a while.
fn later(world: &mut World, call: &Call, target: &Target, millis: u64, outcome: Outcome) -> Reply {
    let id = uuid::Uuid::new_v4().to_string();
    let path = match &call.path.subscription {
        Some(subscription) => format!("/subscriptions/{subscription}/operationresults/{id}"),
        None => format!("/providers/Microsoft.Resources/locations/global/operationresults/{id}"),
    };
    let reply = world.links(call).announce(Reply::empty(StatusCode::ACCEPTED), &path, "", Poll::Location);
    let operation = Operation {
        path,
        location_only: false,
        resource: format!("{}#{id}", target.id()),
        began: call.now.clone(),
        effect: Effect::None,
        outcome,
        done: false,
        due: Some(due_from(world.at, millis, world.settings.speed)),
    };
    world.operations.begin(&id, operation);
    reply
}

fn put(world: &mut World, call: &Call, target: &Target) -> Answer {
    permitted(world, call, target, "write")?;
    authorization::unlocked(world, call, &target.id(), false)?;
    let id = target.id();
    let before = world.deployments.get(&id);
    if let Some(active) = before.filter(|before| !before.state.is_over()) {
        return Err(ArmError::conflict(
            "DeploymentActive",
            format!(
                "Unable to edit or replace deployment '{}': previous deployment from '{}' is still active. Please see https://aka.ms/arm-deploy for usage details.",
                active.name, active.timestamp
            ),
        ));
    }
    let replaces = before.is_some();
    let count = world.deployments.at(&target.scope).len();
    if !replaces && count >= MOST_DEPLOYMENTS {
        return Err(ArmError::conflict(
            "DeploymentQuotaExceeded",
            format!(
                "Creating the deployment '{}' would exceed the quota of '{MOST_DEPLOYMENTS}'. The current deployment count is '{count}'. Please delete some deployments before creating a new one, or see https://aka.ms/800LimitFix for information on managing deployment limits.",
                target.name.as_deref().unwrap_or_default()
            ),
        ));
    }
    let prepared = prepare::prepare(world, call, target)?;
    prepare::allowed_by_policy(world, &prepared)?;
    let kinds: Vec<String> =
        prepared.looked.steps.iter().filter(|step| step.wanted).map(|step| step.kind.clone()).collect();
    for kind in kinds {
        providers::register_for_deployment(world, call, kind.split('/').next().unwrap_or_default());
    }
    let deployment = prepared.begin(world, call, target);
    let document = deployment.document();
    let url = format!(
        "{}{}/operationStatuses/{}?api-version={}",
        call.base,
        encode_path(&deployment.id),
        deployment.status_id,
        call.version
    );
    world.deployments.put(deployment);
    world.deployments.next = Some(world.at);
    let status = if replaces { StatusCode::OK } else { StatusCode::CREATED };
    let reply = Reply::json(status, &document).with("azure-asyncoperation", url);
    Ok(if world.settings.retry_after { reply.with("retry-after", "1") } else { reply })
}

/// What a template that holds is answered with.
fn validated(prepared: &Prepared, target: &Target) -> Value {
    let looked = &prepared.looked;
    let resources: Vec<Value> = looked.all_steps().into_iter().map(|step| json!({ "id": step.id })).collect();
    let mut properties = json!({
        "templateHash": record::hash(&looked.template), "parameters": looked.shown_parameters,
        "mode": look::mode_word(prepared.complete), "provisioningState": "Succeeded",
        "timestamp": prepared.now, "duration": "PT0S", "correlationId": prepared.correlation,
        "validatedResources": resources
    });
    add_diagnostics(&mut properties, prepared);
    json!({ "id": target.id(), "name": target.name, "type": DEPLOYMENTS, "properties": properties })
}

/// Says which nested templates could not be looked into, if any.
fn add_diagnostics(properties: &mut Value, prepared: &Prepared) {
    let diagnostics = prepared.looked.diagnostics();
    if !diagnostics.is_empty() {
        properties["diagnostics"] = Value::from(diagnostics);
    }
}

fn cancel(world: &mut World, call: &Call, target: &Target) -> Answer {
    permitted(world, call, target, "cancel/action")?;
    let at = call.now.clone();
    let deployment = world.deployments.get_mut(&target.id()).ok_or_else(|| not_found(target))?;
    if deployment.state.is_over() {
        return Err(ArmError::conflict(
            "DeploymentCannotBeCancelled",
            format!(
                "The deployment '{}' cannot be cancelled because its provisioning state is '{}'.",
                deployment.name,
                deployment.state.word()
            ),
        ));
    }
    deployment.state = State::Canceled;
    deployment.timestamp = at;
    for step in &mut deployment.steps {
        if step.state == State::Accepted {
            step.state = State::Canceled;
        }
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn delete(world: &mut World, call: &Call, target: &Target) -> Answer {
    permitted(world, call, target, "delete")?;
    authorization::unlocked(world, call, &target.id(), true)?;
    let Some(deployment) = world.deployments.get(&target.id()) else {
        return Ok(Reply::empty(StatusCode::NO_CONTENT));
    };
    if !deployment.state.is_over() {
        return Err(ArmError::conflict(
            "DeploymentActive",
            format!(
                "Unable to delete deployment '{}' because it is still active. Cancel it first, or wait for its end.",
                deployment.name
            ),
        ));
    }
    world.deployments.take(&target.id());
    Ok(later(world, call, target, 1_000, Outcome::Nothing))
}

/// The resources of a group that a complete deployment answers for: those at its top.
fn resources_in<'w>(world: &'w World, group: &str) -> impl Iterator<Item = &'w Arc<Value>> {
    let below = world.store.below(&key(group));
    below.filter(|(key, _)| key.matches('/').count() == 8 && !is_extension(key)).map(|(_, document)| document)
}

/// Whether a deployment is over: what went wrong with it, if anything did; `None` while it goes on.
pub(super) fn ended(world: &World, id: &str) -> Option<Option<Value>> {
    let canceled = || json!({ "code": "DeploymentCanceled", "message": "The deployment was canceled." });
    world.deployments.get(id).filter(|one| one.state.is_over()).map(|one| match one.state {
        State::Canceled => Some(canceled()),
        _ => one.error.clone(),
    })
}

/// Whether a resource group is on its way out.
fn is_leaving(world: &World, scope: &str) -> bool {
    world.store.get(&key(scope)).is_some_and(|group| group["properties"]["provisioningState"] == "Deleting")
}
