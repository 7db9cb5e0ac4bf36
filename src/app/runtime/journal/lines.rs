//! Records as lines of a file, and back.

use std::path::Path;

use serde_json::Value;

use super::JournalError;
use crate::azure::secrets::mask;
use crate::domain::plan::{Change, Record, Run};

/// A record as a line. The URL of an operation is signed, and goes nowhere but here and on the wire; everything
/// else must be without secrets.
pub(super) fn line_of(record: &Record) -> Result<String, JournalError> {
    let value = serde_json::to_value(record)?;
    if !matches!(record.change, Change::Accepted { .. }) {
        let mut plain = value.clone();
        name_tags(&mut plain);
        let mut masked = plain.clone();
        mask(&mut masked);
        if let Some(place) = first_difference(&plain, &masked, String::new()) {
            return Err(JournalError::Secret(place));
        }
    }
    Ok(format!("{value}\n"))
}

/// The run of a file's bytes, and how many of them are whole lines.
pub(super) fn replay(path: &Path, bytes: &[u8]) -> Result<(Run, usize), JournalError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let damaged = |line: usize, reason: &dyn std::fmt::Display| JournalError::Damaged {
        path: path.to_owned(),
        line,
        reason: reason.to_string(),
    };
    let mut records = Vec::new();
    for (at, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if !line.is_empty() {
            let record: Record = serde_json::from_slice(line).map_err(|error| damaged(at + 1, &error))?;
            records.push(record);
        }
    }
    let run = Run::replay(&records).ok_or_else(|| damaged(1, &"it does not begin with a plan"))?;
    Ok((run, whole))
}

/// Calls what is wanted of the tags of a resource by their name, below which names are the operator's own.
fn name_tags(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("at").is_some_and(|at| at == "/tags")
                && let Some(tags) = members.remove("value")
            {
                members.insert("tags".to_owned(), tags);
            }
            members.values_mut().for_each(name_tags);
        }
        Value::Array(items) => items.iter_mut().for_each(name_tags),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where two documents differ first, as a path.
fn first_difference(a: &Value, b: &Value, at: String) -> Option<String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.iter().find_map(|(name, value)| first_difference(value, b.get(name)?, format!("{at}/{name}")))
        }
        (Value::Array(a), Value::Array(b)) => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| first_difference(a, b, format!("{at}/{index}")))
        }
        _ => (a != b).then_some(at),
    }
}
