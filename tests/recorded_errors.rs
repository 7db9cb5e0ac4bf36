//! Every recorded answer goes through the boundary: errors are understood, documents keep their shape.

#[path = "support/beside.rs"]
mod beside;

use std::path::PathBuf;

use amldeck::azure::arm::api_error::ApiError;
use amldeck::azure::arm::body::document;
use amldeck::azure::arm::request::Method;
use amldeck::azure::secrets::MASK;
use serde_json::Value;

#[cfg(test)]
mod recorded {
    use super::*;

    /// The recordings beside the repository, or nothing with a line that says so.
    pub fn all() -> Vec<(PathBuf, Value)> {
        let mut found = Vec::new();
        let mut folders: Vec<PathBuf> = super::beside::shared("recordings").into_iter().collect();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "json") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    found.push((path, serde_json::from_str(&text).unwrap()));
                }
            }
        }
        found
    }
}

/// The body as it stood on the wire.
fn wire(body: &Value) -> String {
    match body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn same_shape(a: &Value, b: &Value, at: &str) -> Result<(), String> {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().try_for_each(|(name, value)| {
                let other = b.get(name).ok_or_else(|| format!("{at}.{name} is gone"))?;
                same_shape(value, other, &format!("{at}.{name}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).try_for_each(|(a, b)| same_shape(a, b, at))
        }
        (Value::String(a), Value::String(b)) => {
            let same = a == b || b.contains(MASK) || a.chars().any(char::is_control) || !a.is_ascii();
            same.then_some(()).ok_or_else(|| format!("{at}: {a:?} became {b:?}"))
        }
        (a, b) => (a == b).then_some(()).ok_or_else(|| format!("{at} differs")),
    }
}

#[test]
fn every_recorded_error_gives_its_code_and_message() {
    for (path, recording) in recorded::all() {
        let response = &recording["response"];
        let status = u16::try_from(response["status"].as_u64().unwrap()).unwrap();
        if status < 400 {
            continue;
        }
        let error = ApiError::read(status, wire(&response["body"]).as_bytes(), Method::Get, "/x");
        let expected = &response["body"]["error"];
        if let (Some(code), Some(message)) = (expected["code"].as_str(), expected["message"].as_str()) {
            assert_eq!(error.code, code, "{}", path.display());
            assert!(!error.cause().1.is_empty(), "{}: {message}", path.display());
        }
        if error.code == "AuthorizationFailed" {
            assert!(
                error.missing_permission().is_some_and(|missing| missing.scope.starts_with('/')),
                "{error}"
            );
        }
    }
}

#[test]
fn every_recorded_document_passes_the_boundary_without_losing_anything_but_secrets() {
    let mut masked = Vec::new();
    for (path, recording) in recorded::all() {
        let body = &recording["response"]["body"];
        if body.is_string() {
            continue;
        }
        let read = document(wire(body).as_bytes()).unwrap();
        if let Err(difference) = same_shape(body, &read, "") {
            panic!("{}: {difference}", path.display());
        }
        if read.to_string().contains(MASK) {
            masked.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    masked.sort();
    println!("masked in: {}", masked.join(", "));
}
