//! Path and query parameters: strings on the wire, typed in the document.

use serde_json::Value;

use super::library::{Library, Node};
use super::{Findings, Rules, child, scalars};

/// Checks the text of a parameter against its declaration.
pub(super) fn check(
    library: &Library,
    parameter: Node<'_>,
    text: &str,
    at: &str,
    rules: Rules,
    out: &mut Findings,
) {
    if parameter.text("type") == Some("array") {
        let Some(items) = parameter.get("items") else { return };
        for (index, element) in text.split(',').enumerate() {
            check(library, items, element, &child(at, &index.to_string()), rules, out);
        }
        return;
    }
    scalars::check(library, parameter, &typed(parameter, text), at, rules, out);
}

/// The text as the JSON value it stands for; the text itself where it stands for none.
fn typed(parameter: Node<'_>, text: &str) -> Value {
    let value = match parameter.text("type") {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        Some("boolean") => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}
