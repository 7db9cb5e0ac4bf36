//! Evaluating the strings of a template: the functions that look around, and those that leave arguments alone.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::budget::{Budget, LONGEST_EXPRESSION};
use super::functions::{self, kind_of};
use super::place::{Place, resource_id};
use super::syntax::{Expression, Reading, read};
use super::template::{Template, Variable};
use crate::emulator::members::member;

/// How deep variables, functions and values may refer to each other: a circle ends here.
const DEEPEST: usize = 100;

/// Why a template cannot be used or a string of it cannot be evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    /// ARM's code.
    pub code: String,
    /// ARM's words, as far as they are known.
    pub message: String,
}

impl Problem {
    /// `InvalidTemplate` with a message.
    pub(super) fn template(message: impl Into<String>) -> Self {
        Self { code: "InvalidTemplate".to_owned(), message: message.into() }
    }

    /// What ARM's validation of a template says.
    pub(super) fn validation(what: &str) -> Self {
        Self::template(format!("Deployment template validation failed: '{what}'."))
    }

    /// The problem as found within a resource.
    pub(super) fn within(self, resource: &str) -> Self {
        if self.code != "InvalidTemplate" || self.message.contains("Unable to process") {
            return self;
        }
        Self::template(format!(
            "Unable to process template language expressions for resource '{resource}'. '{}'",
            self.message
        ))
    }
}

/// What a template may ask of the estate while it runs.
pub(super) trait Estate {
    /// A resource or deployment by its id: all of it, as GET answers with this api-version.
    ///
    /// # Errors
    /// What GET refuses.
    fn resource(&self, id: &str, version: Option<&str>) -> Result<Value, Problem>;
    /// What `POST {id}/{action}` answers.
    ///
    /// # Errors
    /// What POST refuses.
    fn action(&self, id: &str, action: &str, version: &str) -> Result<Value, Problem>;
    /// The id of the template's resource with a name or symbolic name.
    fn named(&self, name: &str) -> Option<String>;
}

/// Everything that expressions of one template are evaluated in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The template.
    pub template: &'a Template<'a>,
    /// The values of its parameters.
    pub parameters: &'a Map<String, Value>,
    /// Where it is deployed.
    pub place: &'a Place,
    /// What `deployment()` gives.
    pub deployment: &'a Value,
    /// The loops around, innermost last: name and turn.
    pub turns: &'a [(String, usize)],
    /// The estate; `None` where ARM does not let a template ask it.
    pub estate: Option<&'a dyn Estate>,
    /// The time, where a parameter's default is evaluated: it and random GUIDs are given there alone.
    pub default_at: Option<Timestamp>,
    /// How many levels of values and expressions are around.
    pub depth: usize,
}

impl<'a> Scope<'a> {
    /// The scope of a template outside of loops, resources and defaults.
    pub(super) fn new(
        template: &'a Template<'a>,
        parameters: &'a Map<String, Value>,
        place: &'a Place,
        deployment: &'a Value,
    ) -> Self {
        Self { template, parameters, place, deployment, turns: &[], estate: None, default_at: None, depth: 0 }
    }

    /// What may still be made of the template.
    pub(super) fn budget(self) -> &'a Budget {
        self.template.budget
    }

    fn deeper(self) -> Result<Self, Problem> {
        self.budget().spend(1)?;
        if self.depth >= DEEPEST {
            return Err(Problem::template("The template's expressions refer to each other in a circle."));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// A value of the template with all expressions in it evaluated, keys too, and `copy` loops of properties run.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub(super) fn value(self, value: &Value) -> Result<Value, Problem> {
        let scope = self.deeper()?;
        match value {
            Value::String(text) => scope.string(text),
            Value::Array(list) => list.iter().map(|one| scope.value(one)).collect(),
            Value::Object(object) => {
                let mut out = Map::new();
                for (key, value) in object {
                    match loops(key, value) {
                        Some(list) => {
                            for one in list {
                                scope.property_loop(one, &mut out)?;
                            }
                        }
                        None => {
                            let key = scope.string(key)?;
                            let Value::String(key) = key else {
                                return Err(Problem::template("The name of a property has to be a string."));
                            };
                            out.insert(key, scope.value(value)?);
                        }
                    }
                }
                Ok(Value::Object(out))
            }
            other => Ok(other.clone()),
        }
    }

    fn property_loop(self, one: &Value, out: &mut Map<String, Value>) -> Result<(), Problem> {
        let name = one["name"].as_str().unwrap_or_default();
        let count = self.count(&one["count"], name)?;
        let mut items = Vec::with_capacity(count);
        for turn in 0..count {
            let mut turns = self.turns.to_vec();
            turns.push((name.to_owned(), turn));
            items.push(Scope { turns: &turns, ..self }.value(&one["input"])?);
        }
        out.insert(name.to_owned(), items.into());
        Ok(())
    }

    /// The number of turns of a loop.
    ///
    /// # Errors
    /// When it is no number or more than ARM's 800.
    pub(super) fn count(self, count: &Value, name: &str) -> Result<usize, Problem> {
        let count = self.value(count)?;
        count.as_u64().and_then(|count| usize::try_from(count).ok()).filter(|count| *count <= 800).ok_or_else(|| {
            Problem::validation(&format!(
                "The copy count of '{name}' must be a non-negative integer value and cannot exceed '800', and it is '{count}'. Please see https://aka.ms/arm-resource-loops for usage details."
            ))
        })
    }

    /// A value that has to be a string.
    ///
    /// # Errors
    /// What cannot be evaluated, or is something else.
    pub(super) fn text(self, value: &Value, what: &str) -> Result<String, Problem> {
        match self.value(value)? {
            Value::String(text) => Ok(text),
            other => Err(Problem::validation(&format!(
                "The {what} has to be a string and is of type '{}'. Please see https://aka.ms/arm-syntax for usage details.",
                kind_of(&other)
            ))),
        }
    }

    fn string(self, text: &str) -> Result<Value, Problem> {
        self.budget().spend_on_text(text)?;
        if text.starts_with('[') && text.len() > LONGEST_EXPRESSION {
            return Err(Problem::validation(&format!(
                "The language expression length limit exceeded. Limit: '{LONGEST_EXPRESSION}' and actual: '{}'. Please see https://aka.ms/arm-syntax for usage details.",
                text.len()
            )));
        }
        let reading = read(text).map_err(|error| {
            Problem::validation(&format!(
                "The language expression '{text}' is not valid: {error}. Please see https://aka.ms/arm-syntax for usage details."
            ))
        })?;
        match reading {
            Reading::Literal(text) => Ok(Value::String(text)),
            Reading::Expression(expression) => self.expression(&expression),
        }
    }

    /// An expression's value.
    ///
    /// # Errors
    /// What cannot be evaluated.
    pub(super) fn expression(self, expression: &Expression) -> Result<Value, Problem> {
        let scope = self.deeper()?;
        match expression {
            Expression::Text(text) => Ok(Value::from(text.as_str())),
            Expression::Number(number) => Ok(Value::from(*number)),
            Expression::Member(of, index, safe) => scope.member(of, index, *safe),
            Expression::Call(name, arguments) => {
                let made = scope.call(&name.to_ascii_lowercase(), arguments)?;
                scope.budget().spend_on(&made)?;
                Ok(made)
            }
        }
    }

    fn member(self, of: &Expression, index: &Expression, safe: bool) -> Result<Value, Problem> {
        let of = self.expression(of)?;
        let index = self.expression(index)?;
        let found = match &index {
            Value::String(name) => member(&of, name),
            index => index.as_u64().and_then(|at| of.get(usize::try_from(at).ok()?)),
        };
        match found {
            Some(found) => Ok(found.clone()),
            None if safe => Ok(Value::Null),
            None => {
                let known =
                    of.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>().join(", "));
                let missing = index.as_str().map_or_else(|| index.to_string(), str::to_owned);
                Err(Problem::template(match known {
                    Some(known) => format!(
                        "The language expression property '{missing}' doesn't exist, available properties are '{known}'."
                    ),
                    None => format!(
                        "The language expression property '{missing}' can't be evaluated: the value is of type '{}'.",
                        kind_of(&of)
                    ),
                }))
            }
        }
    }

    fn call(self, name: &str, arguments: &[Expression]) -> Result<Value, Problem> {
        let wrong = |what: &str| wrong(name, what);
        match (name, arguments) {
            // What is not chosen is not evaluated: it may ask for what is not there.
            ("if", [condition, yes, no]) => {
                let chosen = if self.boolean(condition, name)? { yes } else { no };
                return self.expression(chosen);
            }
            ("if", _) => return Err(wrong("function requires exactly 3 argument(s)")),
            ("and" | "or", [_, _, ..]) => {
                let decides = name == "or";
                for argument in arguments {
                    if self.boolean(argument, name)? == decides {
                        return Ok(Value::Bool(decides));
                    }
                }
                return Ok(Value::Bool(!decides));
            }
            ("and" | "or", _) => return Err(wrong("function requires at least 2 argument(s)")),
            ("coalesce", [_, ..]) => {
                for argument in arguments {
                    let value = self.expression(argument)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                return Ok(Value::Null);
            }
            _ => {}
        }
        let values: Vec<Value> =
            arguments.iter().map(|argument| self.expression(argument)).collect::<Result<_, _>>()?;
        if let Some(outcome) = self.surroundings(name, &values) {
            return outcome;
        }
        if let Some(outcome) = functions::call(name, &values) {
            return outcome.map_err(Problem::template);
        }
        if let Some(function) = self.template.function(name) {
            let parameters = function.arguments(&values)?;
            let scope = Scope { parameters: &parameters, ..self };
            return scope.value(function.output);
        }
        Err(Problem::validation(&format!(
            "The template function '{name}' is not valid. Please see https://aka.ms/arm-functions for usage details."
        )))
    }

    fn boolean(self, expression: &Expression, function: &str) -> Result<bool, Problem> {
        let value = self.expression(expression)?;
        value.as_bool().ok_or_else(|| {
            Problem::template(format!(
                "Unable to evaluate template language function '{function}': an argument is of type '{}' and has to be a boolean. Please see https://aka.ms/arm-functions for usage details.",
                kind_of(&value)
            ))
        })
    }

    /// The functions that tell of the template and of where it is deployed.
    fn surroundings(self, name: &str, values: &[Value]) -> Option<Result<Value, Problem>> {
        let arguments = functions::Arguments { name, values };
        let text = |index| arguments.text(index).map_err(Problem::template);
        let exactly = |least, most| arguments.count(least, most).map_err(Problem::template);
        let outcome = match name {
            "parameters" => exactly(1, 1).and_then(|()| self.parameter(text(0)?)),
            "variables" => exactly(1, 1).and_then(|()| self.variable(text(0)?)),
            "copyindex" => exactly(0, 2).and_then(|()| self.copy_index(values)),
            "subscription" | "resourcegroup" | "tenant" => exactly(0, 0).and_then(|()| {
                let value = self.place.value(name);
                if value.is_null() {
                    return Err(Problem::template(format!(
                        "The template function '{name}' is not expected at this location. Please see https://aka.ms/arm-functions for usage details."
                    )));
                }
                Ok(value.clone())
            }),
            "deployment" => exactly(0, 0).map(|()| self.deployment.clone()),
            "environment" => exactly(0, 0).map(|()| environment()),
            "newguid" if self.default_at.is_some() => exactly(0, 0).map(|()| Uuid::new_v4().to_string().into()),
            "utcnow" if let Some(now) = self.default_at => exactly(0, 1).and_then(|()| {
                let pattern = if values.is_empty() { functions::time::BASIC } else { text(0)? };
                functions::time::format(now, pattern).map(Value::from).map_err(|what| wrong(name, &what))
            }),
            "newguid" | "utcnow" => Err(Problem::template(format!(
                "The template function '{name}' is not expected at this location. The function can only be used in parameter default values. Please see https://aka.ms/arm-functions for usage details."
            ))),
            "resourceid" | "subscriptionresourceid" | "tenantresourceid" | "managementgroupresourceid"
            | "extensionresourceid" => self.identifier(name, values),
            "reference" => exactly(1, 3).and_then(|()| self.reference(&arguments)),
            name if name.starts_with("list") && name.len() > 4 => {
                exactly(2, 3).and_then(|()| self.asked(name)?.action(text(0)?, name, text(1)?))
            }
            _ => return None,
        };
        Some(outcome)
    }

    fn parameter(self, name: &str) -> Result<Value, Problem> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.clone()).ok_or_else(|| {
            Problem::template(format!(
                "The template parameter '{name}' is not found. Please see https://aka.ms/arm-syntax-parameters for usage details."
            ))
        })
    }

    fn variable(self, name: &str) -> Result<Value, Problem> {
        let raw = self.template.variable(name).ok_or_else(|| {
            Problem::template(format!(
                "The template variable '{name}' is not found. Please see https://aka.ms/arm-template-variables for usage details."
            ))
        })?;
        match raw {
            Variable::Value(value) => self.value(value),
            Variable::Loop(one) => {
                let mut out = Map::new();
                self.property_loop(one, &mut out)?;
                Ok(out.into_iter().next().map(|(_, value)| value).unwrap_or_default())
            }
        }
    }

    fn copy_index(self, values: &[Value]) -> Result<Value, Problem> {
        let whole = |value: &Value| {
            value.as_i64().ok_or_else(|| wrong("copyIndex", "the offset has to be an integer"))
        };
        let (name, offset) = match values {
            [] => (None, 0),
            [Value::String(name)] => (Some(name.as_str()), 0),
            [offset] => (None, whole(offset)?),
            [Value::String(name), offset, ..] => (Some(name.as_str()), whole(offset)?),
            _ => return Err(wrong("copyIndex", "the name of the loop has to be a string")),
        };
        let turn = match name {
            Some(name) => self.turns.iter().rev().find(|(one, _)| one.eq_ignore_ascii_case(name)),
            None => self.turns.last(),
        };
        let turn = turn.and_then(|(_, turn)| i64::try_from(*turn).ok()).ok_or_else(|| {
            Problem::template(
                "The template function 'copyIndex' is not expected at this location. The function can only be used in a resource with copy specified. Please see https://aka.ms/arm-copy for usage details.",
            )
        })?;
        turn.checked_add(offset)
            .map(Value::from)
            .ok_or_else(|| wrong("copyIndex", "the sum of the turn and the offset is no integer"))
    }

    /// The ids: leading arguments narrow the scope, then comes the type, then a name for each of its parts.
    fn identifier(self, function: &str, values: &[Value]) -> Result<Value, Problem> {
        let wrong = |what: &str| {
            Problem::template(format!(
                "Unable to evaluate template language function '{function}': {what}. Please see https://aka.ms/arm-resource-functions/#{function} for usage details."
            ))
        };
        let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
        let texts = texts.ok_or_else(|| wrong("all arguments must be strings"))?;
        let leading =
            usize::from(function == "extensionresourceid" || function == "managementgroupresourceid");
        let first_type = (leading..texts.len()).find(|at| texts[*at].contains('/'));
        let at = first_type.ok_or_else(|| wrong("the type of the resource is missing"))?;
        let (before, kind, names) = (&texts[..at], texts[at], &texts[at + 1..]);
        let own = self.place.subscription.as_deref();
        let subscription =
            |id: Option<&str>| id.map_or_else(String::new, |id| format!("/subscriptions/{id}"));
        let scope = match (function, before) {
            ("extensionresourceid", [scope]) => (*scope).trim_end_matches('/').to_owned(),
            ("managementgroupresourceid", [group]) => {
                format!("/providers/Microsoft.Management/managementGroups/{group}")
            }
            ("tenantresourceid", []) => String::new(),
            ("subscriptionresourceid", []) => subscription(own),
            ("subscriptionresourceid", [id]) => subscription(Some(id)),
            ("resourceid", []) => self.place.scope.clone(),
            ("resourceid", [group]) => format!("{}/resourceGroups/{group}", subscription(own)),
            ("resourceid", [id, group]) => format!("{}/resourceGroups/{group}", subscription(Some(id))),
            _ => return Err(wrong("the arguments before the type of the resource are not valid")),
        };
        resource_id(&scope, kind, names)
            .map(Value::from)
            .ok_or_else(|| wrong(&format!("the type '{kind}' requires a name for each of its parts")))
    }

    fn asked(self, function: &str) -> Result<&'a dyn Estate, Problem> {
        self.estate.ok_or_else(|| {
            Problem::template(format!(
                "The template function '{function}' is not expected at this location. Please see https://aka.ms/arm-functions for usage details."
            ))
        })
    }

    /// `reference(name or id, version, 'Full')`: the properties of a resource, or all of it.
    fn reference(self, arguments: &functions::Arguments<'_>) -> Result<Value, Problem> {
        let estate = self.asked("reference")?;
        let what = arguments.text(0).map_err(Problem::template)?;
        let version = arguments.values.get(1).and_then(Value::as_str);
        let full = arguments
            .values
            .get(2)
            .and_then(Value::as_str)
            .is_some_and(|word| word.eq_ignore_ascii_case("Full"));
        let id = if what.starts_with('/') { Some(what.to_owned()) } else { estate.named(what) };
        let id = id.ok_or_else(|| {
            Problem::validation(&format!(
                "The resource '{what}' is not defined in the template. Please see https://aka.ms/arm-syntax for usage details."
            ))
        })?;
        let mut document = estate.resource(&id, version)?;
        Ok(if full { document } else { document["properties"].take() })
    }
}

/// ARM's sentence for a call that cannot be evaluated.
fn wrong(function: &str, what: &str) -> Problem {
    Problem::template(format!(
        "Unable to evaluate template language function '{function}': {what}. Please see https://aka.ms/arm-functions for usage details."
    ))
}

/// The list of a `copy` among properties, when it is one.
fn loops<'v>(key: &str, value: &'v Value) -> Option<&'v Vec<Value>> {
    let list = value.as_array().filter(|_| key == "copy")?;
    list.iter()
        .all(|one| one["name"].is_string() && !one["count"].is_null() && one.get("input").is_some())
        .then_some(list)
}

/// The public cloud, as `environment()` tells of it.
fn environment() -> Value {
    json!({
        "name": "AzureCloud", "gallery": "https://gallery.azure.com/", "graph": "https://graph.windows.net/",
        "portal": "https://portal.azure.com", "graphAudience": "https://graph.windows.net/",
        "resourceManager": "https://management.azure.com/",
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com/", "tenant": "common", "identityProvider": "AAD",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"]
        },
        "suffixes": {
            "storage": "core.windows.net", "keyvaultDns": ".vault.azure.net", "acrLoginServer": ".azurecr.io",
            "sqlServerHostname": ".database.windows.net"
        }
    })
}
