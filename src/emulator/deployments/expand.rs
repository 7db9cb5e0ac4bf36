//! From the resources of a template to the steps of a deployment: conditions, loops, children, ids and order.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::evaluate::{Problem, Scope};
use super::place::{GROUPS, resource_id};
use super::syntax::{Expression, Reading, read};

/// The type of nested deployments.
pub(super) const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// One resource of a template, as often as its loop says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Planned {
    /// The resource's id.
    pub id: String,
    /// Its type, as the template spells it.
    pub kind: String,
    /// Its names, joined by slashes.
    pub name: String,
    /// Its api-version.
    pub version: String,
    /// Its name in a template that names its resources.
    pub symbol: Option<String>,
    /// Whether its condition holds.
    pub wanted: bool,
    /// Whether it is only looked at.
    pub existing: bool,
    /// The definition with its expressions.
    pub definition: Value,
    /// The loops that it is in.
    pub turns: Vec<(String, usize)>,
    /// The steps that have to end before.
    pub after: Vec<usize>,
    /// The name of its loop, and the step's number in it when the loop goes in batches of so many.
    batch: Option<(String, usize, usize)>,
    loop_name: Option<String>,
}

/// The parts that a child takes from the resource it is written in.
#[derive(Clone, Default)]
struct Parent {
    kind: String,
    names: Vec<String>,
    scope: Option<String>,
    wanted: bool,
}

/// The steps of a template, in the order of the template, each with those before it.
///
/// # Errors
/// What ARM's validation refuses.
pub(super) fn expand(scope: Scope<'_>) -> Result<Vec<Planned>, Problem> {
    let mut steps = Vec::new();
    for (symbol, definition) in scope.template.resources() {
        resource(scope, symbol, definition, None, &mut steps)?;
    }
    refuse_twice(&steps)?;
    for index in 0..steps.len() {
        steps[index].after = predecessors(scope, &steps, index)?;
    }
    refuse_circle(&steps)?;
    Ok(steps)
}

fn resource(
    scope: Scope<'_>,
    symbol: Option<&str>,
    definition: &Value,
    parent: Option<&Parent>,
    steps: &mut Vec<Planned>,
) -> Result<(), Problem> {
    let Some(copy) = definition.get("copy").filter(|copy| copy.is_object()) else {
        return turn(scope, symbol, definition, parent, None, steps);
    };
    let name = copy["name"].as_str().unwrap_or_default();
    let count = scope.count(&copy["count"], name)?;
    let serial = copy["mode"].as_str().is_some_and(|mode| mode.eq_ignore_ascii_case("serial"));
    let size = if serial {
        copy["batchSize"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(1)
    } else {
        0
    };
    for index in 0..count {
        let mut turns = scope.turns.to_vec();
        turns.push((name.to_owned(), index));
        turn(
            Scope { turns: &turns, ..scope },
            symbol,
            definition,
            parent,
            Some((name.to_owned(), index, size)),
            steps,
        )?;
    }
    Ok(())
}

fn turn(
    scope: Scope<'_>,
    symbol: Option<&str>,
    definition: &Value,
    parent: Option<&Parent>,
    batch: Option<(String, usize, usize)>,
    steps: &mut Vec<Planned>,
) -> Result<(), Problem> {
    let own_kind = definition["type"].as_str().unwrap_or_default();
    let kind = parent.map_or_else(|| own_kind.to_owned(), |parent| format!("{}/{own_kind}", parent.kind));
    let condition = match definition.get("condition") {
        None => true,
        Some(condition) => match scope.value(condition).map_err(|problem| problem.within(&kind))? {
            Value::Bool(value) => value,
            Value::String(text) if text.eq_ignore_ascii_case("true") => true,
            Value::String(text) if text.eq_ignore_ascii_case("false") => false,
            _ => {
                return Err(Problem::validation(&format!(
                    "The condition of the template resource of type '{kind}' has to be a boolean. Please see https://aka.ms/arm-syntax for usage details."
                )));
            }
        },
    };
    let wanted = condition && parent.is_none_or(|parent| parent.wanted);
    let built = place(scope, definition, &kind, parent);
    let (id, names, within) = match built {
        Ok(built) => built,
        // What is not deployed may have a name that cannot be worked out.
        Err(_) if !wanted => return Ok(()),
        Err(problem) => return Err(problem),
    };
    let name = names.join("/");
    let version = definition["apiVersion"].as_str().unwrap_or_default().to_owned();
    if wanted && version.is_empty() {
        return Err(Problem::validation(&format!(
            "The template resource '{name}' is not valid. The api-version is missing. Please see https://aka.ms/arm-syntax for usage details."
        )));
    }
    let me = Parent { kind: kind.clone(), names, scope: within, wanted };
    steps.push(Planned {
        id,
        kind,
        name,
        version,
        symbol: symbol.map(str::to_owned),
        wanted,
        existing: definition["existing"] == true,
        definition: without_children(definition),
        turns: scope.turns.to_vec(),
        after: Vec::new(),
        loop_name: batch.as_ref().map(|(name, _, _)| name.clone()),
        batch: batch.filter(|(_, _, size)| *size > 0),
    });
    for child in definition["resources"].as_array().into_iter().flatten() {
        resource(scope, None, child, Some(&me), steps)?;
    }
    Ok(())
}

fn without_children(definition: &Value) -> Value {
    let mut definition = definition.clone();
    if let Some(object) = definition.as_object_mut() {
        object.remove("resources");
    }
    definition
}

/// Id, names and scope of a resource.
fn place(
    scope: Scope<'_>,
    definition: &Value,
    kind: &str,
    parent: Option<&Parent>,
) -> Result<(String, Vec<String>, Option<String>), Problem> {
    let name =
        scope.text(&definition["name"], "name of a resource").map_err(|problem| problem.within(kind))?;
    let text = |field: &str| match definition.get(field).filter(|value| !value.is_null()) {
        Some(value) => scope.text(value, field).map(Some).map_err(|problem| problem.within(&name)),
        None => Ok(None),
    };
    let within = match (text("scope")?, parent) {
        (Some(id), _) if id.starts_with('/') => Some(id.trim_end_matches('/').to_owned()),
        (Some(relative), _) => Some(relative_scope(scope, &relative)),
        (None, Some(parent)) => parent.scope.clone(),
        (None, None) => None,
    };
    let mut names: Vec<String> = parent.map(|parent| parent.names.clone()).unwrap_or_default();
    names.extend(name.split('/').map(str::to_owned));
    let base = match &within {
        Some(within) => within.clone(),
        None if kind.eq_ignore_ascii_case(DEPLOYMENTS) => {
            scope.place.nested(text("subscriptionId")?.as_deref(), text("resourceGroup")?.as_deref())
        }
        None if kind.eq_ignore_ascii_case(GROUPS) => {
            let subscription = text("subscriptionId")?.or_else(|| scope.place.subscription.clone());
            subscription.map_or_else(String::new, |id| format!("/subscriptions/{id}"))
        }
        None => scope.place.scope.clone(),
    };
    let pieces: Vec<&str> = names.iter().map(String::as_str).collect();
    let id = resource_id(&base, kind, &pieces).filter(|_| pieces.iter().all(|piece| !piece.is_empty()));
    let id = id.ok_or_else(|| {
        Problem::validation(&format!(
            "The template resource '{name}' for type '{kind}' has incorrect segment lengths. A nested resource type must have identical number of segments as its resource name. A root resource type must have segment length one greater than its resource name. Please see https://aka.ms/arm-syntax-resources for usage details."
        ))
    })?;
    Ok((id, names, within))
}

/// A scope that was written as `Namespace/type/name`, below the place of the deployment.
fn relative_scope(scope: Scope<'_>, relative: &str) -> String {
    let mut parts = relative.split('/');
    let namespace = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    format!("{}/providers/{namespace}/{}", scope.place.scope, rest.join("/"))
}

fn refuse_twice(steps: &[Planned]) -> Result<(), Problem> {
    for (index, step) in steps.iter().enumerate() {
        let twin = steps[..index].iter().any(|other| other.wanted && other.id.eq_ignore_ascii_case(&step.id));
        if step.wanted && twin {
            return Err(Problem::validation(&format!(
                "The resource '{}' is defined multiple times in a template. Please see https://aka.ms/arm-syntax-resources for usage details.",
                step.id
            )));
        }
    }
    Ok(())
}

/// Whether a name in `dependsOn` or `reference` means a step: by id, name, type and name, symbol or loop.
fn means(step: &Planned, text: &str) -> bool {
    let same = |one: &str| one.eq_ignore_ascii_case(text);
    let short = step.kind.split_once('/').map(|(namespace, types)| {
        let types = types.split('/').zip(step.name.split('/'));
        let tail: Vec<String> = types.map(|(kind, name)| format!("{kind}/{name}")).collect();
        format!("{namespace}/{}", tail.join("/"))
    });
    same(&step.id)
        || same(&step.name)
        || step.symbol.as_deref().is_some_and(same)
        || step.loop_name.as_deref().is_some_and(same)
        || short.as_deref().is_some_and(same)
        || same(&format!("{}/{}", step.kind, step.name))
}

/// The step that a name given to `reference` means.
pub(super) fn named<'s>(steps: &'s [Planned], name: &str) -> Option<&'s Planned> {
    steps.iter().find(|step| means(step, name))
}

/// The steps before a step: those in its `dependsOn`, those that its expressions refer to, and the batch before.
fn predecessors(scope: Scope<'_>, steps: &[Planned], index: usize) -> Result<Vec<usize>, Problem> {
    let step = &steps[index];
    let scope = Scope { turns: &step.turns, ..scope };
    if !step.wanted {
        // ARM lists these as well, and nothing is waited for.
        return Ok(declared(scope, steps, step).unwrap_or_default());
    }
    let mut after = declared(scope, steps, step)?;
    let mut referred = Vec::new();
    references(&step.definition, &mut referred);
    for expression in referred {
        if let Ok(Value::String(name)) = scope.expression(&expression) {
            after.extend((0..steps.len()).filter(|at| *at != index && means(&steps[*at], &name)));
        }
    }
    if let Some((name, number, size)) = &step.batch {
        let before = |other: &Planned| {
            other.batch.as_ref().is_some_and(|(of, at, _)| of == name && at / size + 1 == number / size)
        };
        after.extend((0..steps.len()).filter(|at| before(&steps[*at])));
    }
    after.sort_unstable();
    after.dedup();
    Ok(after)
}

fn declared(scope: Scope<'_>, steps: &[Planned], step: &Planned) -> Result<Vec<usize>, Problem> {
    let mut after = Vec::new();
    let list = step.definition.get("dependsOn").cloned().unwrap_or_default();
    let list = scope.value(&list).map_err(|problem| problem.within(&step.id))?;
    for name in list.as_array().into_iter().flatten().filter_map(Value::as_str) {
        let found: Vec<usize> = (0..steps.len()).filter(|at| means(&steps[*at], name)).collect();
        // A name that is empty stands for a resource that was not asked for: `az ml` sends such ids.
        if found.is_empty() && step.wanted && !name.ends_with('/') {
            return Err(Problem::validation(&format!(
                "The resource '{name}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details."
            )));
        }
        after.extend(found);
    }
    Ok(after)
}

/// The first arguments of all calls of `reference` in a definition.
fn references(value: &Value, found: &mut Vec<Expression>) {
    match value {
        Value::String(text) => {
            if let Ok(Reading::Expression(expression)) = read(text) {
                within(&expression, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|one| references(one, found)),
        Value::Object(object) => object.values().for_each(|one| references(one, found)),
        _ => {}
    }
}

fn within(expression: &Expression, found: &mut Vec<Expression>) {
    match expression {
        Expression::Call(name, arguments) => {
            if name.eq_ignore_ascii_case("reference") {
                found.extend(arguments.first().cloned());
            }
            arguments.iter().for_each(|argument| within(argument, found));
        }
        Expression::Member(of, index, _) => {
            within(of, found);
            within(index, found);
        }
        Expression::Text(_) | Expression::Number(_) => {}
    }
}

fn refuse_circle(steps: &[Planned]) -> Result<(), Problem> {
    let mut left: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].wanted).collect();
    loop {
        let before = left.len();
        let waiting = left.clone();
        left.retain(|at| steps[*at].after.iter().any(|other| waiting.contains(other)));
        if left.is_empty() {
            return Ok(());
        }
        if left.len() == before {
            let step = &steps[left[0]];
            return Err(Problem::validation(&format!(
                "Circular dependency detected on resource: '{}'. Please see https://aka.ms/arm-syntax-resources for usage details.",
                step.id
            )));
        }
    }
}

/// Members of a definition that tell ARM what to do and are not sent to the resource provider.
const NOT_SENT: [&str; 14] = [
    "apiVersion",
    "type",
    "name",
    "dependsOn",
    "condition",
    "copy",
    "resources",
    "scope",
    "comments",
    "metadata",
    "existing",
    "resourceGroup",
    "subscriptionId",
    "import",
];

/// The body that is sent to a resource: the definition, evaluated.
///
/// # Errors
/// What cannot be evaluated.
pub(super) fn body(scope: Scope<'_>, step: &Planned) -> Result<Value, Problem> {
    let scope = Scope { turns: &step.turns, ..scope };
    let mut body = Map::new();
    for (name, value) in step.definition.as_object().into_iter().flatten() {
        if NOT_SENT.iter().any(|one| one.eq_ignore_ascii_case(name)) {
            continue;
        }
        let value = if name == "properties" && step.kind.eq_ignore_ascii_case(DEPLOYMENTS) {
            nested(scope, value)
        } else {
            scope.value(value)
        };
        body.insert(name.clone(), value.map_err(|problem| problem.within(&step.id))?);
    }
    Ok(Value::Object(body))
}

/// The properties of a nested deployment: its template is evaluated here, unless it says that it does so itself.
fn nested(scope: Scope<'_>, properties: &Value) -> Result<Value, Problem> {
    let inner = properties["expressionEvaluationOptions"]["scope"]
        .as_str()
        .is_some_and(|scope| scope.eq_ignore_ascii_case("inner"));
    let mut out = Map::new();
    for (name, value) in properties.as_object().into_iter().flatten() {
        let value = match name.as_str() {
            "template" if inner => value.clone(),
            "template" => literal(scope.value(value)?),
            _ => scope.value(value)?,
        };
        out.insert(name.clone(), value);
    }
    Ok(Value::Object(out))
}

/// Evaluated values, written so that they are not evaluated once more.
pub(super) fn literal(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            Value::String(format!("[{text}"))
        }
        Value::Array(list) => list.into_iter().map(literal).collect(),
        Value::Object(object) => object.into_iter().map(|(key, value)| (key, literal(value))).collect(),
        other => other,
    }
}
