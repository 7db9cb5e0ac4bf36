//! Strings, numbers and booleans: type, format, pattern, length, range, enum.

use jiff::{Span, Timestamp};
use serde_json::Value;
use url::Url;

use super::library::{Library, Node};
use super::{Findings, Rules, patterns};

/// Checks a value that is not null against a resolved schema or parameter of a scalar type.
pub(super) fn check(
    library: &Library,
    schema: Node<'_>,
    value: &Value,
    at: &str,
    rules: Rules,
    out: &mut Findings,
) {
    for parent in schema.list("allOf").filter_map(|parent| library.resolve(parent)) {
        check(library, parent, value, at, rules, out);
    }
    let wanted = schema.text("type").unwrap_or(if schema.get("enum").is_some() { "string" } else { "any" });
    let fits = match wanted {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        "number" => value.is_number(),
        _ => true,
    };
    if !fits {
        return out.violation(at, format!("is {}, not {wanted}", kind_of(value)));
    }
    if let Some(text) = value.as_str() {
        check_text(schema, text, at, out);
    }
    if let Some(number) = value.as_f64() {
        check_number(schema, number, at, out);
    }
    check_enum(schema, value, at, rules, out);
}

/// What a JSON value is, in words.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_text(schema: Node<'_>, text: &str, at: &str, out: &mut Findings) {
    let length = text.chars().count() as u64;
    let limit = |key| schema.value.get(key).and_then(Value::as_u64);
    if let Some(least) = limit("minLength").filter(|least| length < *least) {
        out.violation(at, format!("\"{text}\" has {length} characters, at least {least} are wanted"));
    }
    if let Some(most) = limit("maxLength").filter(|most| length > *most) {
        out.violation(at, format!("\"{text}\" has {length} characters, at most {most} are allowed"));
    }
    if let Some(pattern) = schema.text("pattern") {
        match patterns::fits(pattern, text) {
            Some(true) => {}
            Some(false) => out.violation(at, format!("\"{text}\" does not fit {pattern}")),
            None => out.note(at, format!("the pattern {pattern} cannot be read")),
        }
    }
    if let Some(format) = schema.text("format")
        && !has_format(format, text)
    {
        out.violation(at, format!("\"{text}\" is no {format}"));
    }
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.parse::<Timestamp>().is_ok(),
        "duration" => text.starts_with('P') && text.parse::<Span>().is_ok(),
        "uuid" => is_uuid(text),
        "arm-id" => text.starts_with('/'),
        "uri" | "url" => Url::parse(text).is_ok(),
        _ => true,
    }
}

/// Whether the text is a GUID in the form that ARM writes: 8-4-4-4-12 hexadecimal digits.
pub(super) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text.chars().all(|character| character == '-' || character.is_ascii_hexdigit())
}

fn check_number(schema: Node<'_>, number: f64, at: &str, out: &mut Findings) {
    let bound = |key| schema.value.get(key).and_then(Value::as_f64);
    if let Some(least) = bound("minimum").filter(|least| number < *least) {
        out.violation(at, format!("{number} is below {least}"));
    }
    if let Some(most) = bound("maximum").filter(|most| number > *most) {
        out.violation(at, format!("{number} is above {most}"));
    }
    let is_int32 = schema.text("type") == Some("integer") && schema.text("format") == Some("int32");
    if is_int32 && !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        out.violation(at, format!("{number} is no int32"));
    }
}

fn check_enum(schema: Node<'_>, value: &Value, at: &str, rules: Rules, out: &mut Findings) {
    let values: Vec<&Value> = schema.list("enum").map(|node| node.value).collect();
    if values.is_empty() || values.contains(&value) {
        return;
    }
    let same = |known: &&Value| match (known.as_str(), value.as_str()) {
        (Some(known), Some(value)) => known.eq_ignore_ascii_case(value),
        _ => false,
    };
    if values.iter().any(same) {
        return out.note(at, format!("{value} is spelt in another case than the document has it"));
    }
    // An open enum may grow: the service may answer what a newer version has, and a client that sends another
    // version than the document's may know more than it.
    let open = schema.get("x-ms-enum").is_some_and(|extension| extension.flag("modelAsString"));
    let message = format!("{value} is none of {}", Value::from_iter(values.into_iter().cloned()));
    if open && !(rules.request && rules.same_version) {
        out.note(at, message);
    } else {
        out.violation(at, message);
    }
}
