//! Carrying deployments out: what is ready begins, what has ended is written down, until nothing is left.
//!
//! Every resource goes through the same code as a request of the deployment's caller, with the caller's rights.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::time::Instant;

use axum::http::Method;
use serde_json::{Value, json};

use super::budget::Budget;
use super::evaluate::{Estate, Problem, Scope};
use super::expand::{self, DEPLOYMENTS, Names, Planned};
use super::look::about;
use super::record::{Deployment, State, Step};
use super::resources_in;
use super::template::{Template, type_name};
use crate::emulator::operations::{Outcome, due_from};
use crate::emulator::path::ArmPath;
use crate::emulator::reply::{ArmError, Payload, Reply};
use crate::emulator::request::{Call, Query};
use crate::emulator::routes;
use crate::emulator::store::{id_of, key};
use crate::emulator::world::World;

/// How long a resource takes whose provider answers at once, in milliseconds.
const AT_ONCE: u64 = 2_000;
/// How long a deployment is taken before its first resource begins, in milliseconds.
pub(super) const TAKEN: u64 = 1_000;

/// Lets every deployment go on as far as it can at a time.
pub(in crate::emulator) fn advance(world: &mut World, now: &str) {
    // A nested deployment that ends lets the one around it go on.
    while world.deployments.active().into_iter().any(|id| go_on(world, &id, now)) {}
    let waiting = world.deployments.active();
    let waiting = waiting.iter().filter_map(|id| world.deployments.get(id));
    world.deployments.next =
        waiting.flat_map(|one| one.steps.iter().filter_map(|step| step.ends).chain(one.starts)).min();
}

/// One deployment, one time; tells whether anything changed.
fn go_on(world: &mut World, id: &str, now: &str) -> bool {
    let at = world.at;
    let Some(mut deployment) = world.deployments.take(id) else { return false };
    let mut changed = false;
    if deployment.state == State::Accepted && deployment.starts.is_none_or(|starts| starts <= at) {
        deployment.starts = None;
        deployment.state = State::Running;
        changed = true;
    }
    if deployment.state == State::Running {
        for index in 0..deployment.steps.len() {
            changed |= match deployment.steps[index].state {
                State::Running => end(world, &mut deployment, index, now),
                State::Accepted => begin(world, &mut deployment, index, now),
                _ => false,
            };
        }
        changed |= close(world, &mut deployment, now);
    }
    deployment.seconds = elapsed(world, deployment.began);
    world.deployments.put(deployment);
    changed
}

/// Simulated seconds since an instant.
fn elapsed(world: &World, since: Option<Instant>) -> f64 {
    since.map_or(0.0, |since| world.at.saturating_duration_since(since).as_secs_f64() * world.settings.speed)
}

/// A request that a deployment makes for its caller.
fn call_of(
    deployment: &Deployment,
    method: Method,
    id: &str,
    version: &str,
    body: Option<Value>,
    now: &str,
) -> Call {
    Call {
        method,
        path: ArmPath::parse(&crate::emulator::page::encode_path(id)),
        query: Query::parse(&format!("api-version={version}")),
        body,
        caller: deployment.caller(),
        base: deployment.base.clone(),
        version: version.to_owned(),
        eventual: false,
        now: now.to_owned(),
        correlation: deployment.correlation.clone(),
        client_request: String::new(),
    }
}

/// Begins a step when everything before it has ended well; gives it up when something before it has not.
fn begin(world: &mut World, deployment: &mut Deployment, index: usize, now: &str) -> bool {
    let step = &deployment.steps[index];
    if !step.planned.wanted || step.planned.existing {
        deployment.steps[index].state = State::Succeeded;
        return true;
    }
    let before: Vec<State> =
        step.planned.after.iter().filter_map(|at| deployment.steps.get(*at)).map(|step| step.state).collect();
    if before.iter().any(|state| matches!(state, State::Failed | State::Canceled)) {
        deployment.steps[index].state = State::Canceled;
        return true;
    }
    if before.iter().any(|state| *state != State::Succeeded) {
        return false;
    }
    let planned = step.planned.clone();
    let outcome = request(world, deployment, &planned, step.removes, now);
    let began = world.at;
    let step = &mut deployment.steps[index];
    step.began = Some(began);
    step.changed = Some(began);
    step.timestamp = now.to_owned();
    match outcome {
        Ok(reply) => {
            step.state = State::Running;
            step.status = reply.status.as_u16();
            step.operation = operation_of(&reply);
            if step.operation.is_none() && !planned.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
                step.ends = Some(due_from(began, AT_ONCE, world.settings.speed));
            }
        }
        Err((status, error)) => {
            step.state = State::Failed;
            step.status = status;
            step.error = Some(error);
        }
    }
    true
}

/// Sends a step's request.
fn request(
    world: &mut World,
    deployment: &Deployment,
    planned: &Planned,
    removes: bool,
    now: &str,
) -> Result<Reply, (u16, Value)> {
    let answered = |reply: Reply| {
        if reply.status.is_success() { Ok(reply) } else { Err((reply.status.as_u16(), error_of(&reply))) }
    };
    if removes {
        let call = call_of(deployment, Method::DELETE, &planned.id, &planned.version, None, now);
        return answered(routes::write(world, &call).unwrap_or_else(ArmError::into_reply));
    }
    let problem = |problem: Problem| (400, json!({ "code": problem.code, "message": problem.message }));
    // The deployment itself is not among the others while it goes on.
    if planned.id.eq_ignore_ascii_case(&deployment.id) {
        let message = format!(
            "Unable to edit or replace deployment '{}': previous deployment from '{}' is still active. Please see https://aka.ms/arm-deploy for usage details.",
            deployment.name, deployment.timestamp
        );
        return Err((409, json!({ "code": "DeploymentActive", "message": message })));
    }
    let budget = Budget::new();
    let template = Template::read(&deployment.template, &budget).map_err(problem)?;
    let about = about_deployment(deployment);
    let body = {
        let live = Live::new(world, deployment, now);
        let scope = Scope {
            estate: Some(&live),
            ..Scope::new(&template, &deployment.parameters, &deployment.place, &about)
        };
        expand::body(scope, planned).map_err(problem)?
    };
    let call = call_of(deployment, Method::PUT, &planned.id, &planned.version, Some(body), now);
    answered(routes::write(world, &call).unwrap_or_else(ArmError::into_reply))
}

fn about_deployment(deployment: &Deployment) -> Value {
    let location = deployment.location.as_deref().map_or(Value::Null, Value::from);
    about(
        &deployment.name,
        &location,
        &deployment.template,
        &deployment.shown_parameters,
        deployment.complete,
    )
}

/// The error in an answer.
fn error_of(reply: &Reply) -> Value {
    let body: Value = match &reply.body {
        Payload::Json(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Payload::Empty | Payload::Text(_) => Value::Null,
    };
    match body.get("error") {
        Some(error) if error.is_object() => error.clone(),
        _ => {
            json!({ "code": "ResourceDeploymentFailure", "message": format!("The resource provider answered {}.", reply.status) })
        }
    }
}

/// The id of the operation that an answer announces.
fn operation_of(reply: &Reply) -> Option<String> {
    let url = ["azure-asyncoperation", "location"]
        .iter()
        .find_map(|wanted| reply.headers.iter().find(|(name, _)| name == wanted).map(|(_, url)| url))?;
    let id = url.split('?').next()?.rsplit('/').next()?;
    // A Location may be the resource itself, which is done then.
    uuid::Uuid::parse_str(id).ok().map(|_| id.to_owned())
}

/// Ends a step that is done.
fn end(world: &World, deployment: &mut Deployment, index: usize, now: &str) -> bool {
    let step = &deployment.steps[index];
    let nested = step.planned.kind.eq_ignore_ascii_case(DEPLOYMENTS);
    let failure = if nested {
        match world.deployments.get(&step.planned.id) {
            Some(inner) if !inner.state.is_over() => return false,
            Some(inner) if inner.state == State::Succeeded => None,
            Some(inner) => Some(inner.error.clone().unwrap_or_else(
                || json!({ "code": "DeploymentCanceled", "message": "The nested deployment was canceled." }),
            )),
            None => Some(
                json!({ "code": "DeploymentNotFound", "message": "The nested deployment was deleted while it ran." }),
            ),
        }
    } else if let Some(operation) = step.operation.as_ref().and_then(|id| world.operations.get(id)) {
        if !operation.done {
            return false;
        }
        match &operation.outcome {
            Outcome::Failed(error) => Some(error.clone()),
            _ => None,
        }
    } else {
        if step.ends.is_some_and(|ends| ends > world.at) {
            return false;
        }
        None
    };
    let seconds = elapsed(world, step.began);
    let step = &mut deployment.steps[index];
    step.ends = None;
    step.changed = Some(world.at);
    step.timestamp = now.to_owned();
    step.seconds = seconds;
    step.status = match (&failure, step.status) {
        (Some(_), _) => 409,
        (None, 202) => 200,
        (None, 201) if step.operation.is_some() => 200,
        (None, status) => status,
    };
    step.state = if failure.is_some() { State::Failed } else { State::Succeeded };
    step.error = failure;
    true
}

/// Ends a deployment of which nothing is left to do.
fn close(world: &mut World, deployment: &mut Deployment, now: &str) -> bool {
    if deployment.steps.iter().any(|step| !step.state.is_over()) {
        return false;
    }
    now.clone_into(&mut deployment.timestamp);
    let failed: Vec<Value> =
        deployment.steps.iter().filter(|step| step.state == State::Failed).filter_map(detail).collect();
    if !failed.is_empty() {
        deployment.state = State::Failed;
        deployment.error = Some(json!({
            "code": "DeploymentFailed", "target": deployment.id,
            "message": "At least one resource deployment operation failed. Please list deployment operations for details. Please see https://aka.ms/arm-deployment-operations for usage details.",
            "details": failed
        }));
        return true;
    }
    if deployment.complete && !deployment.cleared {
        deployment.cleared = true;
        let extra = extra(world, deployment);
        deployment.steps.extend(extra);
        return true;
    }
    match outputs(world, deployment, now) {
        Ok(outputs) => {
            deployment.outputs = outputs;
            deployment.state = State::Succeeded;
        }
        Err(problem) => {
            deployment.state = State::Failed;
            deployment.error = Some(json!({
                "code": "DeploymentOutputEvaluationFailed", "target": deployment.id,
                "message": "Unable to evaluate template outputs. Please see error details and deployment operations. Please see https://aka.ms/arm-common-errors for usage details.",
                "details": [{ "code": problem.code, "message": problem.message }]
            }));
        }
    }
    true
}

/// A failed step in the details of its deployment's error.
fn detail(step: &Step) -> Option<Value> {
    let mut detail = step.error.clone()?;
    detail["target"] = Value::from(step.planned.id.as_str());
    Some(detail)
}

fn outputs(world: &mut World, deployment: &Deployment, now: &str) -> Result<Option<Value>, Problem> {
    let budget = Budget::new();
    let template = Template::read(&deployment.template, &budget)?;
    let about = about_deployment(deployment);
    let live = Live::new(world, deployment, now);
    let scope = Scope {
        estate: Some(&live),
        ..Scope::new(&template, &deployment.parameters, &deployment.place, &about)
    };
    let mut out = serde_json::Map::new();
    for (name, output) in template.outputs() {
        let holds = match output.get("condition") {
            Some(condition) => scope.value(condition)? == Value::Bool(true),
            None => true,
        };
        if holds {
            let kind = type_name(output["type"].as_str().unwrap_or("string"));
            let value = scope.value(&output["value"])?;
            let shown = if kind.starts_with("Secure") {
                json!({ "type": kind })
            } else {
                json!({ "type": kind, "value": value })
            };
            out.insert(name.clone(), shown);
        }
    }
    Ok((!out.is_empty()).then_some(Value::Object(out)))
}

/// The steps that delete what is in the resource group and neither in the template nor in one nested in it.
fn extra(world: &World, deployment: &Deployment) -> Vec<Step> {
    if deployment.place.group.is_none() {
        return Vec::new();
    }
    let mut named = HashSet::new();
    name_all(world, deployment, &mut named);
    let extra = resources_in(world, &deployment.place.scope);
    extra
        .filter(|document| !named.contains(&key(id_of(document))))
        .map(|document| Step::removing(document))
        .collect()
}

/// Collects what a deployment and those nested in it have made.
fn name_all(world: &World, deployment: &Deployment, named: &mut HashSet<String>) {
    for step in deployment.steps.iter().filter(|step| step.planned.wanted) {
        let new = named.insert(key(&step.planned.id));
        if new
            && step.planned.kind.eq_ignore_ascii_case(DEPLOYMENTS)
            && let Some(nested) = world.deployments.get(&step.planned.id)
        {
            name_all(world, nested, named);
        }
    }
}

/// The estate as a running template sees it, with the rights of the deployment's caller.
struct Live<'w> {
    world: RefCell<&'w mut World>,
    deployment: &'w Deployment,
    names: OnceCell<Names>,
    now: &'w str,
}

impl<'w> Live<'w> {
    fn new(world: &'w mut World, deployment: &'w Deployment, now: &'w str) -> Self {
        Self { world: RefCell::new(world), deployment, names: OnceCell::new(), now }
    }
}

impl Live<'_> {
    fn answer(&self, method: &Method, id: &str, version: &str) -> Result<Value, Problem> {
        let call = call_of(self.deployment, method.clone(), id, version, None, self.now);
        let mut world = self.world.borrow_mut();
        let answer = if *method == Method::GET {
            routes::read(&world, &call)
        } else {
            routes::write(&mut world, &call)
        };
        let reply = answer.unwrap_or_else(ArmError::into_reply);
        match &reply.body {
            Payload::Json(bytes) if reply.status.is_success() => {
                Ok(serde_json::from_slice(bytes).unwrap_or_default())
            }
            _ => {
                let error = error_of(&reply);
                let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
                Err(Problem { code: text("code"), message: text("message") })
            }
        }
    }
}

impl Estate for Live<'_> {
    fn resource(&self, id: &str, version: Option<&str>) -> Result<Value, Problem> {
        let steps = &self.deployment.steps;
        let known = steps.iter().find(|step| step.planned.id.eq_ignore_ascii_case(id));
        let version = version.or(known.map(|step| step.planned.version.as_str())).unwrap_or("2021-04-01");
        self.answer(&Method::GET, id, version)
    }

    fn action(&self, id: &str, action: &str, version: &str) -> Result<Value, Problem> {
        let id = if id.starts_with('/') { Some(id.to_owned()) } else { self.named(id) };
        self.answer(&Method::POST, &format!("{}/{action}", id.unwrap_or_default()), version)
    }

    fn named(&self, name: &str) -> Option<String> {
        let steps = || self.deployment.steps.iter().map(|step| &step.planned);
        let at = self.names.get_or_init(|| Names::of(steps())).find(name).next()?;
        steps().nth(at).map(|step| step.id.clone())
    }
}
