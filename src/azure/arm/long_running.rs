//! Long-running operations as a state machine: what to ask next, and whether it is over. No I/O.
//!
//! Services differ in nearly everything here; the cases in the tests are from recorded traffic.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api_error::ApiError;
use super::request::{Method, Request, Service};

/// How an operation is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Follow {
    /// The URL of `Azure-AsyncOperation`: a document with a `status`.
    AsyncOperation,
    /// The URL of `Location`: 202 until it is over.
    Location,
    /// The resource itself, by `properties.provisioningState`.
    ProvisioningState,
}

/// An operation under way. It can be written to a journal and taken up again by another process: it holds
/// the polling URLs, byte for byte as they were received.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// The method that began it.
    pub method: String,
    /// The path of the resource.
    pub path: String,
    /// The api-version it was begun with.
    pub api_version: String,
    /// How it is followed.
    pub follow: Follow,
    /// The URL to poll; none when the resource itself is polled.
    pub url: Option<String>,
    /// Where the result of a POST is, if the service named it.
    pub result_url: Option<String>,
    /// When it was begun.
    pub begun: Timestamp,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Polling URLs are signed; they are for the wire and the journal only.
        write!(f, "Operation({} {} by {:?} since {})", self.method, self.path, self.follow, self.begun)
    }
}

/// An answer, as far as an operation is concerned.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The header `Azure-AsyncOperation`.
    pub async_operation: Option<String>,
    /// The header `Location`.
    pub location: Option<String>,
    /// The wait that the service asked for.
    pub retry_after: Option<Duration>,
    /// The body, `null` when there was none or it was no JSON.
    pub body: Value,
}

/// What the first answer means.
#[derive(Debug, Clone, PartialEq)]
pub enum Begin {
    /// It is over already; this is the result.
    Done(Value),
    /// It goes on.
    Running(Operation),
    /// It failed at once, though with a good HTTP status.
    Failed(String, Box<ApiError>),
}

/// What to ask next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask<'a> {
    /// GET this URL as it is.
    Url(&'a str),
    /// GET the resource.
    Resource,
}

/// What a poll means.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It goes on; the state in the service's words and how far it is, in percent.
    Wait(String, Option<f64>),
    /// It succeeded; this is the result.
    Done(Value),
    /// It succeeded; the result is what the resource says now.
    FetchResource,
    /// It succeeded; the result is at this URL.
    FetchUrl(String),
    /// It failed or was cancelled: the status in the service's words, and the error.
    Failed(String, Box<ApiError>),
    /// The poll itself was refused: this is for the driver to count, retry or give up.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    Succeeded,
    Failed,
}

/// Terminal are `Succeeded`, `Failed` and `Canceled` in any letter case (both spellings are seen);
/// everything else means to go on.
fn state_of(status: &str) -> State {
    match status.to_ascii_lowercase().as_str() {
        "succeeded" => State::Succeeded,
        "failed" | "canceled" | "cancelled" => State::Failed,
        _ => State::Running,
    }
}

fn status_in(body: &Value) -> Option<&str> {
    body.get("status").and_then(Value::as_str)
}

fn provisioning_state(body: &Value) -> Option<&str> {
    body.get("properties").and_then(|properties| properties.get("provisioningState")).and_then(Value::as_str)
}

/// Reads the first answer of a write.
#[must_use]
pub fn begin(request: &Request, answer: &Answer, now: Timestamp) -> Begin {
    let running = |follow: Follow, url: Option<String>| {
        Begin::Running(Operation {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            api_version: request.api_version().to_owned(),
            follow,
            url,
            result_url: answer.location.clone().filter(|_| follow == Follow::AsyncOperation),
            begun: now,
        })
    };
    if request.service == Service::Graph {
        return Begin::Done(answer.body.clone());
    }
    if let Some(url) = &answer.async_operation {
        return running(Follow::AsyncOperation, Some(url.clone()));
    }
    // Only with 202 is Location a place to poll. A managed identity answers 201 with the resource there.
    if answer.status == 202
        && let Some(url) = &answer.location
    {
        return running(Follow::Location, Some(url.clone()));
    }
    let has_resource = matches!(request.method, Method::Put | Method::Patch);
    if answer.status == 202 && (has_resource || request.method == Method::Delete) {
        return running(Follow::ProvisioningState, None);
    }
    if has_resource && let Some(state) = provisioning_state(&answer.body) {
        return match state_of(state) {
            State::Running => running(Follow::ProvisioningState, None),
            State::Succeeded => Begin::Done(answer.body.clone()),
            State::Failed => {
                let error =
                    ApiError::of_operation(answer.status, &answer.body, request.method, &request.path);
                Begin::Failed(state.to_owned(), Box::new(error))
            }
        };
    }
    Begin::Done(answer.body.clone())
}

impl Operation {
    /// The method that began it, as a value.
    #[must_use]
    pub fn method(&self) -> Method {
        let all = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch];
        all.into_iter().find(|method| method.as_str() == self.method).unwrap_or(Method::Delete)
    }

    /// The request for the resource itself.
    #[must_use]
    pub fn resource(&self) -> Request {
        Request::arm_path(Method::Get, &self.path, &self.api_version)
    }

    /// What to ask next.
    #[must_use]
    pub fn ask(&self) -> Ask<'_> {
        match (&self.url, self.follow) {
            (Some(url), Follow::AsyncOperation | Follow::Location) => Ask::Url(url),
            _ => Ask::Resource,
        }
    }

    /// Whether the resource can be watched in place of the operation. The polling URL needs rights on the
    /// group; who has a role on the resource alone may begin an operation but not track it.
    pub fn watch_resource(&mut self) -> bool {
        let can = self.follow != Follow::ProvisioningState && self.method() != Method::Post;
        if can {
            self.follow = Follow::ProvisioningState;
            self.url = None;
        }
        can
    }

    /// Takes in the answer to a poll.
    pub fn advance(&mut self, answer: &Answer) -> Step {
        let deleted = self.method() == Method::Delete;
        if matches!(answer.status, 404 | 410) && deleted {
            // The record of the operation goes with what was deleted.
            return Step::Done(Value::Null);
        }
        if answer.status >= 300 {
            return Step::Refused;
        }
        match self.follow {
            Follow::AsyncOperation => self.advance_async(answer),
            Follow::Location => self.advance_location(answer),
            Follow::ProvisioningState => self.advance_resource(answer, deleted),
        }
    }

    fn advance_async(&mut self, answer: &Answer) -> Step {
        if let Some(url) = &answer.async_operation {
            // A container registry hands out a new URL with every poll.
            self.url = Some(url.clone());
        }
        if let Some(url) = &answer.location {
            self.result_url = Some(url.clone());
        }
        let Some(status) = status_in(&answer.body).or_else(|| provisioning_state(&answer.body)) else {
            return if answer.status == 202 {
                Step::Wait("Accepted".to_owned(), None)
            } else {
                self.finish(&answer.body)
            };
        };
        match state_of(status) {
            State::Running => Step::Wait(status.to_owned(), percent(&answer.body)),
            State::Succeeded => self.finish(&answer.body),
            State::Failed => self.failed(status, answer),
        }
    }

    fn advance_location(&mut self, answer: &Answer) -> Step {
        if answer.status == 202 {
            // Location comes again, or is missing: then the old URL stays.
            if let Some(url) = &answer.location {
                self.url = Some(url.clone());
            }
            let status = status_in(&answer.body).unwrap_or("Accepted");
            return match state_of(status) {
                State::Failed => self.failed(status, answer),
                State::Running | State::Succeeded => Step::Wait(status.to_owned(), percent(&answer.body)),
            };
        }
        // 200 is the result, whatever word its own `status` is ("Active" of a managed network); only the
        // words that operations use mean otherwise.
        match status_in(&answer.body) {
            Some(status) if is_operation(&answer.body) && state_of(status) == State::Failed => {
                self.failed(status, answer)
            }
            Some(status) if is_operation(&answer.body) && is_under_way(status) => {
                Step::Wait(status.to_owned(), percent(&answer.body))
            }
            _ => Step::Done(answer.body.clone()),
        }
    }

    fn advance_resource(&self, answer: &Answer, deleted: bool) -> Step {
        match provisioning_state(&answer.body) {
            Some(state) => match state_of(state) {
                State::Succeeded if deleted => Step::Wait("Deleting".to_owned(), None),
                State::Running => Step::Wait(state.to_owned(), None),
                State::Succeeded => Step::Done(answer.body.clone()),
                State::Failed => self.failed(state, answer),
            },
            None if deleted || answer.status == 202 => Step::Wait("Accepted".to_owned(), None),
            // No provisioningState in a body means that it is done.
            None => Step::Done(answer.body.clone()),
        }
    }

    fn finish(&self, body: &Value) -> Step {
        match self.method() {
            Method::Put | Method::Patch => Step::FetchResource,
            Method::Delete => Step::Done(Value::Null),
            Method::Get | Method::Head | Method::Post => {
                if let Some(result) =
                    body.get("output").or_else(|| body.get("properties")).filter(|v| !v.is_null())
                {
                    return Step::Done(result.clone());
                }
                match &self.result_url {
                    Some(url) => Step::FetchUrl(url.clone()),
                    None => Step::Done(body.clone()),
                }
            }
        }
    }

    fn failed(&self, status: &str, answer: &Answer) -> Step {
        let error = ApiError::of_operation(answer.status, &answer.body, self.method(), &self.path);
        Step::Failed(status.to_owned(), Box::new(error))
    }
}

/// Whether a body describes an operation and not a resource or a result.
fn is_operation(body: &Value) -> bool {
    body.get("properties").is_none_or(|properties| properties.get("provisioningState").is_none())
        && body.get("type").is_none()
}

/// The words that operations were seen to use for "not yet".
fn is_under_way(status: &str) -> bool {
    const WORDS: [&str; 9] = [
        "inprogress",
        "running",
        "accepted",
        "creating",
        "updating",
        "deleting",
        "pending",
        "notstarted",
        "started",
    ];
    WORDS.contains(&status.to_ascii_lowercase().as_str())
}

fn percent(body: &Value) -> Option<f64> {
    body.get("percentComplete").and_then(Value::as_f64).filter(|percent| (0.0..=100.0).contains(percent))
}

#[cfg(test)]
#[path = "long_running_tests.rs"]
mod tests;
