//! A template read and expanded where nothing is: for a fuzzer, and for property tests.

use serde_json::{Value, json};

use super::budget::Budget;
use super::evaluate::{Problem, Scope};
use super::expand;
use super::place::Place;
use super::template::Template;

/// Whether a value is a template whose resources and outputs can be worked out without asking the estate.
pub(in crate::emulator) fn is_template(raw: &Value) -> bool {
    expanded(raw).is_ok()
}

fn expanded(raw: &Value) -> Result<(), Problem> {
    let budget = Budget::new();
    let place = Place::nowhere();
    let template = Template::read(raw, &budget)?;
    let parameters = template.bind(&Value::Null, &place, jiff::Timestamp::UNIX_EPOCH)?;
    let about = json!({ "name": "read" });
    let scope = Scope::new(&template, &parameters, &place, &about);
    for step in expand::expand(scope)? {
        expand::body(scope, &step)?;
    }
    for (_, output) in template.outputs() {
        scope.value(&output["value"])?;
    }
    Ok(())
}

/// Whether a text is one that a template may hold: a literal, or an expression that has a value.
pub(in crate::emulator) fn is_expression(text: &str) -> bool {
    is_template(&json!({
        "$schema": "s", "contentVersion": "1.0.0.0", "resources": [],
        "variables": { "list": [1, "two", { "three": null }], "loop": { "copy": [{ "name": "c", "count": 3, "input": "[copyIndex('c')]" }] } },
        "outputs": { "o": { "type": "string", "value": text } }
    }))
}
