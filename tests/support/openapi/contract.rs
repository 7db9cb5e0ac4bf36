//! Replays exchanges between a client and a server through the documents, and says what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use url::Url;

pub use super::deviations::{DEVIATIONS, Deviation};
use super::{Checked, Specs, Violation};

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The HTTP method.
    pub method: String,
    /// The whole URL, or its path and query.
    pub url: String,
    /// The JSON that was sent.
    pub body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// The headers of the answer, `None` where they were not kept.
    pub response_headers: Option<Vec<(String, String)>>,
    /// The JSON that was answered, or a string where it was none.
    pub response_body: Option<Value>,
}

/// A violation and where it happened.
#[derive(Debug)]
pub struct Failure {
    /// `request` or `response`.
    pub side: &'static str,
    /// Which exchange, counted from 0.
    pub index: usize,
    /// Method and path.
    pub call: String,
    /// The operation of the document.
    pub operation_id: String,
    /// What is wrong.
    pub violation: Violation,
}

/// What came of a replay. Its `Display` is the text to print.
#[derive(Debug, Default)]
pub struct Report {
    /// How many requests and answers were checked, one each.
    pub checked: usize,
    /// How many of them, by operation and version of the document.
    pub operations: BTreeMap<String, usize>,
    /// What no document describes: the reason, and the calls.
    pub unchecked: BTreeMap<String, BTreeSet<String>>,
    /// What breaks the documents.
    pub violations: Vec<Failure>,
    /// What breaks the documents as the real services do, with the deviation that says so.
    pub known: Vec<(Failure, &'static Deviation)>,
    /// What is odd and allowed.
    pub notes: BTreeSet<String>,
}

/// Checks every request and every answer.
pub fn replay(specs: &Specs, exchanges: impl Iterator<Item = Exchange>) -> Report {
    let mut report = Report::default();
    for (index, exchange) in exchanges.enumerate() {
        let (path, query) = path_and_query(&exchange.url);
        let call = format!("{} {path}", exchange.method);
        let request = specs.check_request(&exchange.method, &path, &query, exchange.body.as_ref());
        report.add("request", index, &call, request);
        let headers = exchange.response_headers.as_deref();
        let body = exchange.response_body.as_ref();
        let answer = specs.check_response(&exchange.method, &path, &query, exchange.status, headers, body);
        report.add("response", index, &call, answer);
    }
    report
}

impl Report {
    fn add(&mut self, side: &'static str, index: usize, call: &str, checked: Checked) {
        match checked {
            Checked::Unchecked(reason) => {
                self.unchecked.entry(reason).or_default().insert(call.to_owned());
            }
            Checked::Ok { operation_id, api_version_of_document, notes } => {
                self.count(&operation_id, &api_version_of_document);
                self.notes.extend(notes.iter().map(|note| format!("{operation_id} {side} {note}")));
            }
            Checked::Violations { operation_id, api_version_of_document, violations } => {
                self.count(&operation_id, &api_version_of_document);
                for violation in violations {
                    let known =
                        DEVIATIONS.iter().find(|known| known.explains(side, &operation_id, &violation));
                    let call = call.to_owned();
                    let failure =
                        Failure { side, index, call, operation_id: operation_id.clone(), violation };
                    match known {
                        Some(known) => self.known.push((failure, known)),
                        None => self.violations.push(failure),
                    }
                }
            }
        }
    }

    fn count(&mut self, operation_id: &str, version: &str) {
        self.checked += 1;
        let operation = format!("{operation_id} {version}").trim_end().to_owned();
        *self.operations.entry(operation).or_default() += 1;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "checked {} requests and answers of {} operations:",
            self.checked,
            self.operations.len()
        )?;
        for (operation, count) in &self.operations {
            writeln!(out, "  {count:5} {operation}")?;
        }
        for (reason, calls) in &self.unchecked {
            writeln!(out, "unchecked, {reason}:")?;
            for call in calls {
                writeln!(out, "  {call}")?;
            }
        }
        for note in &self.notes {
            writeln!(out, "note: {note}")?;
        }
        for (failure, known) in &self.known {
            writeln!(out, "known: {failure} ({})", known.reason)?;
        }
        for failure in &self.violations {
            writeln!(out, "VIOLATION: {failure}")?;
        }
        write!(out, "{} violations, {} known deviations", self.violations.len(), self.known.len())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { side, index, call, operation_id, violation } = self;
        write!(out, "#{index} {operation_id} {side} {violation} [{call}]")
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.pointer, self.message)
    }
}

fn path_and_query(url: &str) -> (String, String) {
    if let Ok(url) = Url::parse(url) {
        return (url.path().to_owned(), url.query().unwrap_or_default().to_owned());
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    (path.to_owned(), query.to_owned())
}
