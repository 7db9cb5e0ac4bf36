//! A template as it was sent: its parts, and the values of its parameters.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::budget::{Budget, MOST_OUTPUTS, MOST_PARAMETERS, MOST_VARIABLES, at_most};
use super::evaluate::{Problem, Scope};
use super::functions::kind_of;
use super::place::Place;

/// A template's parts, borrowed from its JSON.
#[derive(Debug, Clone)]
pub(super) struct Template<'a> {
    parameters: Option<&'a Map<String, Value>>,
    variables: Option<&'a Map<String, Value>>,
    outputs: Option<&'a Map<String, Value>>,
    functions: Option<&'a Value>,
    resources: Vec<(Option<&'a str>, &'a Value)>,
    /// What may still be made of it.
    pub budget: &'a Budget,
}

/// What stands behind the name of a variable.
#[derive(Debug, Clone, Copy)]
pub(super) enum Variable<'a> {
    /// A value, with expressions in it.
    Value(&'a Value),
    /// A loop: `name`, `count`, `input`.
    Loop(&'a Value),
}

/// One of a template's own functions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function<'a> {
    parameters: &'a Value,
    /// What it gives.
    pub output: &'a Value,
}

impl Function<'_> {
    /// The values of a call's arguments by the names of the parameters.
    ///
    /// # Errors
    /// When their number is another one.
    pub(super) fn arguments(&self, values: &[Value]) -> Result<Map<String, Value>, Problem> {
        let names: Vec<&str> =
            self.parameters.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
        if names.len() != values.len() {
            return Err(Problem::template(format!(
                "A function of the template takes {} argument(s) and was given {}.",
                names.len(),
                values.len()
            )));
        }
        Ok(names.into_iter().map(str::to_owned).zip(values.iter().cloned()).collect())
    }
}

/// A part of a template that is something else than it has to be, as ARM words what it cannot parse.
pub(super) fn odd(what: &str, wanted: &str, found: &Value) -> Problem {
    Problem::template(format!(
        "Deployment template parse failed: '{what} has to be {wanted} and is of type '{}'. Please see https://aka.ms/arm-syntax for usage details.'.",
        kind_of(found)
    ))
}

/// The definitions in `resources`, of a template or of a resource: an array of objects, or objects by symbolic name.
///
/// # Errors
/// When it is something else.
pub(super) fn definitions(resources: Option<&Value>) -> Result<Vec<(Option<&str>, &Value)>, Problem> {
    let found: Vec<(Option<&str>, &Value)> = match resources {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().map(|one| (None, one)).collect(),
        Some(Value::Object(named)) => named.iter().map(|(name, one)| (Some(name.as_str()), one)).collect(),
        Some(other) => return Err(odd("The property 'resources'", "an array or an object", other)),
    };
    match found.iter().find(|(_, definition)| !definition.is_object()) {
        Some((_, other)) => Err(odd("A resource of the template", "an object", other)),
        None => Ok(found),
    }
}

/// Finds a name without regard to case.
fn find<'a>(object: Option<&'a Map<String, Value>>, name: &str) -> Option<(&'a String, &'a Value)> {
    object?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))
}

impl<'a> Template<'a> {
    /// Takes a template apart; `budget` is what may be made of it.
    ///
    /// # Errors
    /// When a part is not what it has to be or is too large, in ARM's words.
    pub(super) fn read(raw: &'a Value, budget: &'a Budget) -> Result<Self, Problem> {
        let object = raw.as_object().ok_or_else(|| odd("The template", "a JSON object", raw))?;
        for needed in ["$schema", "contentVersion", "resources"] {
            if find(Some(object), needed).is_none() {
                return Err(Problem::validation(&format!(
                    "Required property '{needed}' not found in the template. Please see https://aka.ms/arm-syntax for usage details."
                )));
            }
        }
        let part = |name: &str| match find(Some(object), name) {
            None | Some((_, Value::Null)) => Ok(None),
            Some((_, Value::Object(part))) => Ok(Some(part)),
            Some((_, other)) => Err(odd(&format!("The property '{name}'"), "an object", other)),
        };
        let size = |part: Option<&Map<String, Value>>| part.map_or(0, Map::len);
        let (parameters, variables, outputs) = (part("parameters")?, part("variables")?, part("outputs")?);
        at_most("parameters", MOST_PARAMETERS, size(parameters))?;
        at_most("variables", MOST_VARIABLES, size(variables))?;
        at_most("outputs", MOST_OUTPUTS, size(outputs))?;
        Ok(Self {
            parameters,
            variables,
            outputs,
            functions: find(Some(object), "functions").map(|(_, functions)| functions),
            resources: definitions(find(Some(object), "resources").map(|(_, resources)| resources))?,
            budget,
        })
    }

    /// Its resources: symbolic names where it has them, and definitions in order.
    pub(super) fn resources(&self) -> &[(Option<&'a str>, &'a Value)] {
        &self.resources
    }

    /// Its outputs by name.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.outputs.into_iter().flatten()
    }

    /// The variable of a name.
    pub(super) fn variable(&self, name: &str) -> Option<Variable<'a>> {
        let looped = self.variables.and_then(|all| all.get("copy")).and_then(Value::as_array);
        let looped = looped.into_iter().flatten();
        let mut looped =
            looped.filter(|one| one["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name)));
        match looped.next() {
            Some(one) => Some(Variable::Loop(one)),
            None => find(self.variables, name).map(|(_, value)| Variable::Value(value)),
        }
    }

    /// One of its own functions, `namespace.name`.
    pub(super) fn function(&self, name: &str) -> Option<Function<'a>> {
        let (namespace, member) = name.split_once('.')?;
        let within = self
            .functions?
            .as_array()?
            .iter()
            .find(|one| one["namespace"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(namespace)))?;
        let (_, function) = find(within["members"].as_object(), member)?;
        Some(Function { parameters: &function["parameters"], output: &function["output"]["value"] })
    }

    /// The values of its parameters: those given, and defaults. A value of null counts as not given, as long as the
    /// parameter has a default or is not a null itself. `now` is what `utcNow()` gives in defaults.
    ///
    /// # Errors
    /// ARM's validation: values missing, unknown, of another type or outside of what is allowed.
    pub(super) fn bind(
        &self,
        given: &Value,
        place: &Place,
        now: Timestamp,
    ) -> Result<Map<String, Value>, Problem> {
        let nothing = Map::new();
        let given = match given {
            Value::Null => &nothing,
            Value::Object(given) => given,
            _ => return Err(Problem::validation("The parameters of the deployment have to be an object.")),
        };
        self.refuse_unknown(given)?;
        let mut bound = Map::new();
        let mut defaults = Vec::new();
        for (name, declared) in self.parameters.into_iter().flatten() {
            match (given_value(given, name)?, declared.get("defaultValue")) {
                (Some(value), _) => drop(bound.insert(name.clone(), as_allowed(declared, value))),
                (None, Some(default)) => defaults.push((name, default)),
                (None, None) if declared["nullable"] == true => drop(bound.insert(name.clone(), Value::Null)),
                (None, None) => {
                    return Err(Problem::validation(&format!(
                        "The value for the template parameter '{name}' is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details."
                    )));
                }
            }
        }
        self.bind_defaults(defaults, &mut bound, place, now)?;
        for (name, declared) in self.parameters.into_iter().flatten() {
            check(name, declared, bound.get(name).unwrap_or(&Value::Null))?;
        }
        Ok(bound)
    }

    /// Evaluates defaults. They may refer to other parameters, in any order.
    fn bind_defaults(
        &self,
        mut defaults: Vec<(&String, &Value)>,
        bound: &mut Map<String, Value>,
        place: &Place,
        now: Timestamp,
    ) -> Result<(), Problem> {
        let deployment = Value::Null;
        while !defaults.is_empty() {
            let mut left = Vec::new();
            let mut first_problem = None;
            let before = defaults.len();
            for (name, default) in defaults {
                let scope = Scope { default_at: Some(now), ..Scope::new(self, bound, place, &deployment) };
                match scope.value(default) {
                    Ok(value) => drop(bound.insert(name.clone(), value)),
                    Err(problem) => {
                        first_problem.get_or_insert(problem);
                        left.push((name, default));
                    }
                }
            }
            if let Some(problem) = first_problem.filter(|_| left.len() == before) {
                return Err(problem);
            }
            defaults = left;
        }
        Ok(())
    }

    fn refuse_unknown(&self, given: &Map<String, Value>) -> Result<(), Problem> {
        let unknown: Vec<&str> =
            given.keys().filter(|name| find(self.parameters, name).is_none()).map(String::as_str).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let known: Vec<&str> = self.parameters.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        Err(Problem::validation(&format!(
            "The template parameters '{}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '{}'. Please see https://aka.ms/arm-pass-parameter-values for usage details.",
            unknown.join(", "),
            known.join(", ")
        )))
    }

    /// The parameters as a deployment shows them: types, and values of those that are no secrets.
    pub(super) fn shown(&self, bound: &Map<String, Value>) -> Value {
        let mut shown = Map::new();
        for (name, value) in bound {
            let declared = find(self.parameters, name).and_then(|(_, declared)| declared["type"].as_str());
            let kind = type_name(declared.unwrap_or("string"));
            let entry = if kind.starts_with("Secure") {
                json!({ "type": kind })
            } else {
                json!({ "type": kind, "value": value })
            };
            shown.insert(name.clone(), entry);
        }
        Value::Object(shown)
    }
}

/// A type as ARM writes it in answers.
pub(super) fn type_name(declared: &str) -> &'static str {
    match declared.to_ascii_lowercase().as_str() {
        "securestring" => "SecureString",
        "int" => "Int",
        "bool" => "Bool",
        "object" => "Object",
        "secureobject" => "SecureObject",
        "array" => "Array",
        _ => "String",
    }
}

/// The value that was given for a parameter; null counts as none.
fn given_value(given: &Map<String, Value>, name: &str) -> Result<Option<Value>, Problem> {
    let Some((_, holder)) = find(Some(given), name) else { return Ok(None) };
    if !holder["reference"].is_null() {
        return Err(Problem {
            code: "KeyVaultParameterReferenceNotFound".to_owned(),
            message: format!(
                "The secret that the parameter '{name}' refers to cannot be read: key vaults hold no secrets here."
            ),
        });
    }
    Ok(holder.get("value").filter(|value| !value.is_null()).cloned())
}

/// The allowed value that an enumeration of a client means by its own name for it: azure-ai-ml 1.35.2 sends
/// `PublicNetworkAccessType.ENABLED` for `Enabled` when it makes a project. Nothing else is changed. Azure is not known to
/// read it this way; without it no project could be made by that client.
fn as_allowed(declared: &Value, value: Value) -> Value {
    let meant = value.as_str().and_then(|text| {
        let (class, member) = text.split_once('.')?;
        let is_name = |name: &str| name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
        let is_member = is_name(class) && class.starts_with(|first: char| first.is_ascii_uppercase());
        let mut allowed = declared["allowedValues"].as_array().filter(|_| is_member)?.iter();
        allowed.find(|one| one.as_str().is_some_and(|one| one.eq_ignore_ascii_case(member)))
    });
    meant.cloned().unwrap_or(value)
}

fn check(name: &str, declared: &Value, value: &Value) -> Result<(), Problem> {
    let kind = type_name(declared["type"].as_str().unwrap_or("string"));
    let (fits, expected) = match kind {
        "Int" => (value.is_i64() || value.is_u64(), "Integer"),
        "Bool" => (value.is_boolean(), "Boolean"),
        "Object" | "SecureObject" => (value.is_object(), "Object"),
        "Array" => (value.is_array(), "Array"),
        _ => (value.is_string(), "String, Uri"),
    };
    if !fits && !value.is_null() {
        return Err(Problem::validation(&format!(
            "Template parameter JToken type is not valid. Expected '{expected}'. Actual '{}'. The parameter is '{name}'. Please see https://aka.ms/arm-create-parameter-file for usage details.",
            kind_of(value)
        )));
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(allowed) = declared["allowedValues"].as_array() {
        let same = |one: &Value| match (one.as_str(), value.as_str()) {
            (Some(one), Some(value)) => one.eq_ignore_ascii_case(value),
            _ => one == value,
        };
        // An array parameter may hold any of the allowed values.
        let within = value.as_array().is_some_and(|list| list.iter().all(|one| allowed.contains(one)));
        if !within && !allowed.iter().any(same) {
            return Err(Problem::validation(&format!(
                "The provided value for the template parameter '{name}' is not valid. The value '{}' is not part of the allowed value(s): '{}'.",
                text(value),
                allowed.iter().map(text).collect::<Vec<_>>().join(",")
            )));
        }
    }
    let size = match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(list) => Some(list.len()),
        _ => None,
    };
    let bounds = [
        ("minLength", size.and_then(|size| i64::try_from(size).ok()), true),
        ("maxLength", size.and_then(|size| i64::try_from(size).ok()), false),
        ("minValue", value.as_i64(), true),
        ("maxValue", value.as_i64(), false),
    ];
    for (bound, found, least) in bounds {
        let (Some(limit), Some(found)) = (declared[bound].as_i64(), found) else { continue };
        if (least && found < limit) || (!least && found > limit) {
            return Err(Problem::validation(&format!(
                "The provided value for the template parameter '{name}' is not valid: {found} is outside of its {bound} '{limit}'."
            )));
        }
    }
    Ok(())
}
