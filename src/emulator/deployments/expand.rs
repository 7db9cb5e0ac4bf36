//! From the resources of a template to the steps of a deployment: conditions, loops, children, ids and order.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::budget::{MOST_RESOURCES, at_most};
use super::evaluate::{Problem, Scope};
use super::place::{GROUPS, resource_id};
use super::syntax::{Expression, Reading, read};
use super::template::{definitions, odd};

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
    /// Where it goes, as far as that is known before the deployment runs.
    #[serde(default)]
    pub location: Value,
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

impl Planned {
    /// A resource that is there, with nothing planned for it.
    pub(super) fn of_document(id: &str, kind: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            version: "2021-04-01".to_owned(),
            location: Value::Null,
            symbol: None,
            wanted: true,
            existing: false,
            definition: Value::Null,
            turns: Vec::new(),
            after: Vec::new(),
            batch: None,
            loop_name: None,
        }
    }
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
        resource(scope, *symbol, definition, None, &mut steps)?;
    }
    at_most("resources", MOST_RESOURCES, steps.len())?;
    refuse_twice(&steps)?;
    let names = Names::of(&steps);
    for index in 0..steps.len() {
        steps[index].after = predecessors(scope, &steps, &names, index)?;
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
    let Some(copy) = definition.get("copy").filter(|copy| !copy.is_null()) else {
        return turn(scope, symbol, definition, parent, None, steps);
    };
    if !copy.is_object() {
        return Err(odd("The property 'copy' of a resource", "an object", copy));
    }
    let name = copy["name"].as_str().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| odd("The name of a resource's loop", "a string", &copy["name"]))?;
    let count = scope.count(&copy["count"], name)?;
    let size = batch(copy, name)?;
    for index in 0..count {
        // A loop of many is refused before it is made.
        at_most("resources", MOST_RESOURCES, steps.len() + 1)?;
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

/// The number of a loop's resources that are made at a time; zero for all of them.
fn batch(copy: &Value, name: &str) -> Result<usize, Problem> {
    let wrong = |what: &str, value: &Value| {
        Problem::validation(&format!(
            "The {what} of the copy loop '{name}' is not valid: '{value}'. Please see https://aka.ms/arm-resource-loops for usage details."
        ))
    };
    match copy["mode"].as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("serial") => match &copy["batchSize"] {
            Value::Null => Ok(1),
            size => {
                let read = size.as_u64().and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
                read.ok_or_else(|| wrong("batch size", size))
            }
        },
        Some("parallel") => Ok(0),
        None if copy["mode"].is_null() => Ok(0),
        _ => Err(wrong("mode", &copy["mode"])),
    }
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
    let version = match &definition["apiVersion"] {
        Value::Null => String::new(),
        version => scope.text(version, "apiVersion").map_err(|problem| problem.within(&name))?,
    };
    if wanted && version.is_empty() {
        return Err(Problem::validation(&format!(
            "The template resource '{name}' is not valid. The api-version is missing. Please see https://aka.ms/arm-syntax for usage details."
        )));
    }
    let me = Parent { kind: kind.clone(), names, scope: within, wanted };
    let (definition, children) = without_children(definition);
    scope.budget().spend_on(&definition)?;
    steps.push(Planned {
        id,
        kind,
        name,
        version,
        // What only a running deployment knows is not said.
        location: definition
            .get("location")
            .and_then(|location| scope.value(location).ok())
            .unwrap_or_default(),
        symbol: symbol.map(str::to_owned),
        wanted,
        existing: definition["existing"] == true,
        definition,
        turns: scope.turns.to_vec(),
        after: Vec::new(),
        loop_name: batch.as_ref().map(|(name, _, _)| name.clone()),
        batch: batch.filter(|(_, _, size)| *size > 0),
    });
    for (symbol, child) in definitions(children)? {
        resource(scope, symbol, child, Some(&me), steps)?;
    }
    Ok(())
}

/// A definition without the resources that are written in it, and those.
fn without_children(definition: &Value) -> (Value, Option<&Value>) {
    let members = definition.as_object().into_iter().flatten();
    let own = members.filter(|(name, _)| *name != "resources");
    (own.map(|(name, value)| (name.clone(), value.clone())).collect(), definition.get("resources"))
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
    let mut ids = HashSet::new();
    for step in steps.iter().filter(|step| step.wanted) {
        if !ids.insert(step.id.to_ascii_lowercase()) {
            return Err(Problem::validation(&format!(
                "The resource '{}' is defined multiple times in a template. Please see https://aka.ms/arm-syntax-resources for usage details.",
                step.id
            )));
        }
    }
    Ok(())
}

/// The steps that a name in `dependsOn` or `reference` means: by id, name, type and name, symbol or loop.
pub(super) struct Names(HashMap<String, BTreeSet<usize>>);

impl Names {
    /// The names of some steps.
    pub(super) fn of<'s>(steps: impl IntoIterator<Item = &'s Planned>) -> Self {
        let mut names: HashMap<String, BTreeSet<usize>> = HashMap::new();
        for (at, step) in steps.into_iter().enumerate() {
            let paired = step.kind.split_once('/').map(|(namespace, types)| {
                let types = types.split('/').zip(step.name.split('/'));
                let tail: Vec<String> = types.map(|(kind, name)| format!("{kind}/{name}")).collect();
                format!("{namespace}/{}", tail.join("/"))
            });
            let together = format!("{}/{}", step.kind, step.name);
            let own = [Some(&step.id), Some(&step.name), Some(&together)];
            let more = [step.symbol.as_ref(), step.loop_name.as_ref(), paired.as_ref()];
            for name in own.into_iter().chain(more).flatten() {
                names.entry(name.to_ascii_lowercase()).or_default().insert(at);
            }
        }
        Self(names)
    }

    /// The positions of the steps that a name means, in order.
    pub(super) fn find(&self, name: &str) -> impl Iterator<Item = usize> {
        self.0.get(&name.to_ascii_lowercase()).into_iter().flatten().copied()
    }
}

/// The steps before a step: those in its `dependsOn`, those that its expressions refer to, and the batch before.
fn predecessors(
    scope: Scope<'_>,
    steps: &[Planned],
    names: &Names,
    index: usize,
) -> Result<Vec<usize>, Problem> {
    let step = &steps[index];
    let scope = Scope { turns: &step.turns, ..scope };
    if !step.wanted {
        // ARM lists these as well, and nothing is waited for.
        return Ok(declared(scope, names, step).unwrap_or_default());
    }
    let mut after = declared(scope, names, step)?;
    scope.budget().spend_on(&step.definition)?;
    let mut referred = Vec::new();
    references(&step.definition, &mut referred);
    for expression in referred {
        if let Ok(Value::String(name)) = scope.expression(&expression) {
            after.extend(names.find(&name).filter(|at| *at != index));
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

fn declared(scope: Scope<'_>, names: &Names, step: &Planned) -> Result<Vec<usize>, Problem> {
    let mut after = Vec::new();
    let list = step.definition.get("dependsOn").unwrap_or(&Value::Null);
    let list = match scope.value(list).map_err(|problem| problem.within(&step.id))? {
        Value::Null => return Ok(after),
        Value::Array(list) => list,
        other => {
            return Err(odd(&format!("The property 'dependsOn' of '{}'", step.name), "an array", &other));
        }
    };
    for name in &list {
        let Some(name) = name.as_str() else {
            return Err(odd(&format!("What '{}' depends on", step.name), "a string", name));
        };
        let before = after.len();
        after.extend(names.find(name));
        // A name that is empty stands for a resource that was not asked for: `az ml` sends such ids.
        if after.len() == before && step.wanted && !name.ends_with('/') {
            return Err(Problem::validation(&format!(
                "The resource '{name}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details."
            )));
        }
        // A loop's name stands for all that it made.
        scope.budget().spend(after.len() - before)?;
    }
    after.sort_unstable();
    after.dedup();
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
    // Takes away what waits for nothing, until nothing is left or everything waits.
    let waits = |at: &&usize| steps[**at].wanted;
    let mut waiting: Vec<usize> = steps.iter().map(|step| step.after.iter().filter(waits).count()).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.wanted) {
        step.after.iter().for_each(|before| followers[*before].push(at));
    }
    let mut free: Vec<usize> = (0..steps.len()).filter(|at| steps[*at].wanted && waiting[*at] == 0).collect();
    while let Some(at) = free.pop() {
        for follower in &followers[at] {
            waiting[*follower] -= 1;
            if waiting[*follower] == 0 {
                free.push(*follower);
            }
        }
    }
    match (0..steps.len()).find(|at| steps[*at].wanted && waiting[*at] > 0) {
        None => Ok(()),
        Some(at) => Err(Problem::validation(&format!(
            "Circular dependency detected on resource: '{}'. Please see https://aka.ms/arm-syntax-resources for usage details.",
            steps[at].id
        ))),
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

/// Whether a nested deployment evaluates the expressions of its template itself.
fn evaluates_itself(properties: &Value) -> bool {
    let scope = properties["expressionEvaluationOptions"]["scope"].as_str();
    scope.is_some_and(|scope| scope.eq_ignore_ascii_case("inner"))
}

/// The properties of a nested deployment: its template is evaluated here, unless it says that it does so itself.
fn nested(scope: Scope<'_>, properties: &Value) -> Result<Value, Problem> {
    let inner = evaluates_itself(properties);
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

/// The body of a nested deployment with what only a running deployment knows left as it is written; `None` when that is
/// in a parameter, whose value the nested template may use anywhere.
pub(super) fn known_body(scope: Scope<'_>, step: &Planned) -> Option<Value> {
    let scope = Scope { turns: &step.turns, ..scope };
    let properties = step.definition.get("properties")?;
    let mut out = Map::new();
    for (name, value) in properties.as_object()? {
        let value = match name.as_str() {
            "template" if evaluates_itself(properties) => value.clone(),
            "template" => literal(known(scope, value)),
            _ => scope.value(value).ok()?,
        };
        out.insert(name.clone(), value);
    }
    let location = known(scope, step.definition.get("location").unwrap_or(&Value::Null));
    Some(json!({ "location": location, "properties": out }))
}

/// A value with what can be evaluated evaluated; what only a running deployment knows stays as it is written.
pub(super) fn known(scope: Scope<'_>, value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(|one| known(scope, one)).collect(),
        Value::Object(object) => scope.value(value).unwrap_or_else(|_| {
            Value::Object(object.iter().map(|(key, one)| (key.clone(), known(scope, one))).collect())
        }),
        other => scope.value(other).unwrap_or_else(|_| other.clone()),
    }
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
