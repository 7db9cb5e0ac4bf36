//! The emulator's answers beside what the services were recorded with: status, names of headers, names and types of
//! members. Every recording is in the table, with what is left out and why; those that are not asked say why.

#![cfg(test)]

#[path = "../support/beside.rs"]
mod beside;

mod stage;
mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use amldeck::emulator::{self, Options, Running};
use serde_json::Value;
use table::{NOT_ASKED, Row};

fn recordings() -> Option<PathBuf> {
    beside::shared("recordings")
}

/// Every member of `recorded` that `answered` lacks or has with another type, as paths, and every list that has nothing
/// in it to compare with what was recorded. Null goes with anything.
fn missing(recorded: &Value, answered: &Value, path: &str, found: &mut Vec<String>) {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            for (name, value) in recorded {
                match answered.get(name) {
                    Some(there) => missing(value, there, &format!("{path}.{name}"), found),
                    None => found.push(format!("{path}.{name}")),
                }
            }
        }
        (Value::Array(recorded), Value::Array(answered)) => match (recorded.first(), answered.first()) {
            (Some(one), Some(other)) => missing(one, other, &format!("{path}[]"), found),
            (Some(_), None) => found.push(format!("{path}[] is empty")),
            (None, _) => {}
        },
        (Value::Null, _) | (_, Value::Null) => {}
        (one, other) if std::mem::discriminant(one) == std::mem::discriminant(other) => {}
        _ => found.push(format!("{path} has another type")),
    }
}

#[test]
fn a_list_without_anything_to_compare_is_a_difference() {
    let recorded = serde_json::json!({ "value": [{ "id": "a", "tags": [] }] });
    let found = |answered: Value| {
        let mut found = Vec::new();
        missing(&recorded, &answered, "", &mut found);
        found
    };
    assert_eq!(found(serde_json::json!({ "value": [] })), [".value[] is empty"]);
    assert_eq!(
        found(serde_json::json!({ "value": [{ "id": 1 }] })),
        [".value[].id has another type", ".value[].tags"]
    );
    assert_eq!(found(serde_json::json!({ "value": [{ "id": "b", "tags": ["x"] }] })), Vec::<String>::new());
}

fn recorded(folder: &Path, file: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    serde_json::from_str(&text).unwrap()
}

/// What differs between a recorded answer and the emulator's to the same question.
async fn differences(running: &Running, http: &reqwest::Client, folder: &Path, row: &Row) -> Vec<String> {
    let recorded = &recorded(folder, row.file)["response"];
    let mut request =
        http.request(row.method.clone(), format!("{}{}", running.url(), row.url)).bearer_auth(row.bearer);
    if let Some(body) = &row.body {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let mut found = Vec::new();
    if recorded["status"] != response.status().as_u16() {
        found.push(format!("status {}", response.status()));
    }
    for header in ["azure-asyncoperation", "location", "x-ms-failure-cause", "x-ms-user-quota-remaining"] {
        let headers = recorded["headers"].as_object().unwrap();
        let was = headers.keys().any(|name| name.eq_ignore_ascii_case(header));
        // Recorders drop failure causes; nothing else may come or go.
        if was != response.headers().contains_key(header) && (was || header != "x-ms-failure-cause") {
            found.push(format!("header {header} was there: {was}"));
        }
    }
    let answered: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
    if recorded["body"].is_null() != answered.is_null() {
        found.push(format!("a body or none: {answered}"));
    }
    let code = &recorded["body"]["error"]["code"];
    if code.is_string() && *code != answered["error"]["code"] {
        found.push(format!("code {}", answered["error"]["code"]));
    }
    missing(&recorded["body"], &answered, "", &mut found);
    let explained: BTreeSet<&str> = row.left_out.iter().map(|(path, _)| *path).collect();
    let unused: Vec<&&str> = explained.iter().filter(|path| !found.iter().any(|one| one == **path)).collect();
    let mut all: Vec<String> =
        found.iter().filter(|one| !explained.contains(one.as_str())).cloned().collect();
    all.extend(unused.into_iter().map(|path| format!("{path} is no difference any more")));
    all.into_iter().map(|one| format!("{}: {one}", row.file)).collect()
}

#[tokio::test]
async fn answers_have_what_the_services_were_recorded_with() {
    let Some(folder) = recordings() else { return };
    let options = Options { speed: 10_000.0, throttle: false, ..Options::new(stage::estate()) };
    let running = emulator::start(options).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    stage::prepare(&running, &http).await;
    let mut found = Vec::new();
    for row in table::rows() {
        stage::settle(&running, &http).await;
        found.extend(differences(&running, &http, &folder, &row).await);
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_recording_is_in_the_table_once() {
    let Some(folder) = recordings() else { return };
    let mut there = BTreeSet::new();
    for subject in std::fs::read_dir(&folder).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(subject.path()).unwrap().flatten() {
            let name = file.file_name();
            there.insert(format!("{}/{}", subject.file_name().to_string_lossy(), name.to_string_lossy()));
        }
    }
    let rows = table::rows();
    let asked = rows.iter().map(|row| row.file);
    let listed: Vec<&str> = asked.chain(NOT_ASKED.iter().map(|(file, _)| *file)).collect();
    let unique: BTreeSet<String> = listed.iter().map(|file| (*file).to_owned()).collect();
    assert_eq!(unique.len(), listed.len(), "a recording is there twice");
    assert_eq!(there.difference(&unique).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(unique.difference(&there).collect::<Vec<_>>(), Vec::<&String>::new());
}
