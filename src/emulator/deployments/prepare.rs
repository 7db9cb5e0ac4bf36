//! Everything that ARM looks at before it takes a deployment: the template, its parameters, its order, the rights.

use serde_json::{Map, Value};

use super::budget::Budget;
use super::evaluate::Problem;
use super::expand::Planned;
use super::look::{self, Around, Asked, Looked};
use super::place::{GROUPS, Place};
use super::record::{Deployment, State, Step};
use super::run::TAKEN;
use super::what_if;
use super::{Target, is_leaving};
use crate::emulator::defaults;
use crate::emulator::operations::due_from;
use crate::emulator::policy;
use crate::emulator::reply::ArmError;
use crate::emulator::request::Call;
use crate::emulator::store::id_of;
use crate::emulator::world::World;

/// A deployment that may begin.
pub(super) struct Prepared {
    /// The template with those nested in it.
    pub looked: Looked,
    /// Whether what the template does not name is to go.
    pub complete: bool,
    /// The id that goes through the logs.
    pub correlation: String,
    /// The time of the request.
    pub now: String,
}

impl From<Problem> for ArmError {
    fn from(problem: Problem) -> Self {
        Self::bad_request(&problem.code, problem.message)
    }
}

/// Looks at a request to deploy.
///
/// # Errors
/// ARM's validation.
pub(super) fn prepare(world: &World, call: &Call, target: &Target) -> Result<Prepared, ArmError> {
    let name = target.name.as_deref().unwrap_or_default();
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.' | '(' | ')');
    if name.chars().count() > 64 || !name.chars().all(fits) {
        return Err(ArmError::bad_request(
            "InvalidDeploymentName",
            format!(
                "The deployment name '{name}' is not valid. It may have at most 64 characters: letters, digits, '-', '_', '.', '(' and ')'."
            ),
        ));
    }
    if is_leaving(world, &target.scope) {
        let group = call.path.group.as_deref().unwrap_or_default();
        return Err(ArmError::conflict(
            "ResourceGroupBeingDeleted",
            format!(
                "The resource group '{group}' is in deprovisioning state and cannot perform this operation."
            ),
        ));
    }
    let body = call.object();
    let properties = body.get("properties").filter(|properties| properties.is_object()).ok_or_else(|| {
        ArmError::bad_request(
            "InvalidRequestContent",
            "The request content was invalid: 'properties' is missing.",
        )
    })?;
    location_fits(call, &body, name)?;
    look::refuse_links(properties)?;
    let complete = look::is_complete(properties)?;
    if complete && call.path.group.is_none() {
        return Err(ArmError::bad_request(
            "InvalidDeployment",
            format!(
                "The deployment mode 'Complete' of deployment '{name}' is supported for deployments to a resource group only. Please see https://aka.ms/arm-deploy for usage details."
            ),
        ));
    }
    if !properties["onErrorDeployment"].is_null() {
        return Err(ArmError::bad_request(
            "InvalidDeployment",
            "The property 'onErrorDeployment' is not supported by the emulator: deploy the earlier template again.",
        ));
    }
    let budget = Budget::new();
    let around = Around { world, now: world.settings.clock.now(), budget: &budget };
    let asked = Asked {
        name,
        location: body.get("location").unwrap_or(&Value::Null),
        template: properties.get("template").cloned().unwrap_or_default(),
        parameters: &properties["parameters"],
        place: Place::of(world, &target.scope),
        complete,
    };
    let looked = look::look(&around, asked, look::DEEPEST)?;
    authorised(world, call, &looked.all_steps())?;
    Ok(Prepared { looked, complete, correlation: call.correlation.clone(), now: call.now.clone() })
}

/// A deployment in a group is where the group is; any other needs a location.
fn location_fits(call: &Call, body: &Map<String, Value>, name: &str) -> Result<(), ArmError> {
    let given = body.get("location").is_some_and(|location| !location.is_null());
    let problem = match (call.path.group.is_some(), given) {
        (true, true) => "not allowed",
        (false, false) => "required",
        _ => return Ok(()),
    };
    Err(ArmError::bad_request(
        "InvalidDeployment",
        format!(
            "The 'location' property is {problem} for deployment '{name}' at this scope. Please see https://aka.ms/deploy-to-subscription for usage details."
        ),
    ))
}

/// ARM asks for every resource whether the caller may write it before it begins with the first.
fn authorised(world: &World, call: &Call, steps: &[&Planned]) -> Result<(), ArmError> {
    let reader = world.reader(call);
    let id = &call.caller.object_id;
    let name = world.directory.sign_in_name(id).unwrap_or(id);
    let mut refused = Vec::new();
    for step in steps {
        let action = match step.kind.as_str() {
            kind if kind.eq_ignore_ascii_case(GROUPS) => {
                "Microsoft.Resources/subscriptions/resourceGroups/write".to_owned()
            }
            // What hangs on a resource is of the type after the last namespace.
            kind => match kind.rsplit_once("/providers/") {
                Some((_, last)) => {
                    let namespace = step.name.rsplit('/').nth(1).unwrap_or_default();
                    format!("{namespace}/{last}/write")
                }
                None => format!("{kind}/write"),
            },
        };
        if !reader.judge(&action, &step.id, false).is_allowed() {
            refused.push(format!(
                "Authorization failed for template resource '{}' of type '{}'. The client '{name}' with object id '{id}' does not have permission to perform action '{action}' at scope '{}'.",
                step.name, step.kind, step.id
            ));
        }
    }
    if refused.is_empty() {
        return Ok(());
    }
    let what = if refused.len() == 1 {
        "The template deployment failed with error"
    } else {
        "Deployment failed with multiple errors"
    };
    Err(ArmError::bad_request("InvalidTemplateDeployment", format!("{what}: '{}'.", refused.join(":"))))
}

/// ARM asks the policies in force about every resource, too, before it begins with the first. Of one with a value
/// that only the running deployment knows, they are asked when its turn comes.
///
/// # Errors
/// 400 InvalidTemplateDeployment with what each policy says in its details.
pub(super) fn allowed_by_policy(world: &World, prepared: &Prepared) -> Result<(), ArmError> {
    let (documents, _) = what_if::documents(&prepared.looked);
    let denials: Vec<ArmError> = documents
        .iter()
        .filter(|document| is_known(document))
        .filter_map(|document| policy::denial(world, document))
        .collect();
    let why = match denials.len() {
        0 => return Ok(()),
        1 => "because of policy violation",
        _ => "with multiple errors",
    };
    let message = format!("The template deployment failed {why}. Please see details for more information.");
    let error = ArmError::bad_request("InvalidTemplateDeployment", message);
    Err(denials.iter().fold(error, |error, denial| error.detail(denial.document())))
}

/// ARM says before a deployment begins what of it is there in another region.
///
/// # Errors
/// 400 InvalidTemplateDeployment with InvalidResourceLocation of each in its details.
pub(super) fn in_their_regions(world: &World, prepared: &Prepared) -> Result<(), ArmError> {
    let (documents, _) = what_if::documents(&prepared.looked);
    let moved = |document: &Value| {
        let before = world.store.get(id_of(document)).filter(|_| is_known(&document["location"]))?;
        defaults::refuse_move(before, document).err()
    };
    let moved: Vec<ArmError> = documents.iter().filter_map(moved).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let message = "The template deployment is not valid. Please see details for more information.";
    let error = ArmError::bad_request("InvalidTemplateDeployment", message.to_owned());
    Err(moved.iter().fold(error, |error, one| error.detail(one.document())))
}

/// Whether nothing in a value is an expression still.
fn is_known(value: &Value) -> bool {
    match value {
        Value::String(text) => !(text.starts_with('[') && text.ends_with(']')),
        Value::Array(list) => list.iter().all(is_known),
        Value::Object(object) => object.values().all(is_known),
        _ => true,
    }
}

impl Prepared {
    /// The deployment as it is taken.
    pub(super) fn begin(self, world: &World, call: &Call, target: &Target) -> Deployment {
        let body = call.object();
        Deployment {
            id: target.id(),
            name: target.name.clone().unwrap_or_default(),
            place: self.looked.place,
            caller: (call.caller.object_id.clone(), call.caller.directory_access),
            base: call.base.clone(),
            template: self.looked.template,
            parameters: self.looked.parameters,
            shown_parameters: self.looked.shown_parameters,
            complete: self.complete,
            cleared: false,
            location: body.get("location").and_then(Value::as_str).map(str::to_owned),
            tags: body.get("tags").cloned().unwrap_or_default(),
            state: State::Accepted,
            steps: self.looked.steps.into_iter().map(Step::waiting).collect(),
            outputs: None,
            error: None,
            status_id: format!("08584{:015}", fastrand::u64(0..1_000_000_000_000_000)),
            correlation: self.correlation,
            timestamp: self.now,
            seconds: 0.0,
            began: Some(world.at),
            starts: Some(due_from(world.at, TAKEN, world.settings.speed)),
        }
    }
}
