//! Long-running operations: what was started, when it ends, what it changes then, and what its poll URLs answer.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::page::encode_path;
use super::reply::Reply;
use super::types::Poll;

/// What happens to the documents when an operation ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// The document is stored.
    Put(Value),
    /// The document and what is below it goes.
    Remove(String),
    /// The document and what is below it goes, to be recovered or purged later.
    Keep(String),
    /// The document under this id is laid over the one that is there then.
    Merge(String, Value),
    /// The same, unless its `properties.status` is the one named first.
    Unless(String, String, Value),
    /// Resources go with all below them to another group; all by their ids.
    Move(Vec<String>, String),
}

/// What the `Location` answers at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// 200 without a body.
    Nothing,
    /// 204.
    NoContent,
    /// 200 with this body.
    Body(Value),
    /// 200 with the resource as it is then; 204 when it is gone.
    Resource(String),
    /// The operation failed: ARM's error, without the member around it.
    Failed(Value),
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Operation {
    /// Where it is polled, without query: `/subscriptions/{s}/providers/{ns}/locations/{l}/{operations}/{id}`.
    pub path: String,
    /// Which headers its start carried.
    pub location_only: bool,
    /// The resource that it is about.
    pub resource: String,
    /// When it began, as ARM writes times.
    pub began: String,
    /// What it changes.
    pub effect: Effect,
    /// What its result is.
    pub outcome: Outcome,
    /// Whether `effect` has happened.
    pub done: bool,
    /// When it ends; an operation from a state file has ended.
    #[serde(skip)]
    pub due: Option<Instant>,
}

/// All operations by id, in lower case. A finished one stays as long as the emulator runs, as clients may ask again.
#[derive(Debug, Default)]
pub(super) struct Operations {
    by_id: HashMap<String, Operation>,
    next: Option<Instant>,
    /// Ids of those that the request being carried out began.
    begun: Vec<String>,
    /// What the activity log tells when one ends, by its id.
    told: BTreeMap<String, Value>,
}

/// What follows from the end of an operation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ended {
    /// What it changes.
    pub effect: Effect,
    /// The event that the activity log tells of it, without its end.
    pub told: Option<Value>,
    /// ARM's error, when it failed.
    pub error: Option<Value>,
}

impl Operations {
    /// The operations of a state file.
    pub(super) fn restored(list: Vec<(String, Operation)>, told: BTreeMap<String, Value>) -> Self {
        let mut operations = Self { told, ..Self::default() };
        for (id, operation) in list {
            operations.by_id.insert(id, operation);
        }
        operations.next = Some(Instant::now());
        operations
    }

    /// All operations with their ids, in order of the ids, for the state file.
    pub(super) fn all(&self) -> Vec<(String, Operation)> {
        let mut all: Vec<_> =
            self.by_id.iter().map(|(id, operation)| (id.clone(), operation.clone())).collect();
        all.sort_by(|left, right| left.0.cmp(&right.0));
        all
    }

    /// Begins an operation.
    pub(super) fn begin(&mut self, id: &str, operation: Operation) {
        if let Some(due) = operation.due {
            self.next = Some(self.next.map_or(due, |next| next.min(due)));
        }
        self.begun.push(id.to_ascii_lowercase());
        self.by_id.insert(id.to_ascii_lowercase(), operation);
    }

    /// The ids of what was begun since this was asked last.
    pub(super) fn take_begun(&mut self) -> Vec<String> {
        std::mem::take(&mut self.begun)
    }

    /// Has the end of an operation, or of a deployment by the key of its id, told in the activity log, in an event that lacks only its end.
    pub(super) fn tell(&mut self, id: &str, event: Value) {
        self.told.insert(id.to_owned(), event);
    }

    /// The event to be ended with an operation or a deployment.
    pub(super) fn take_told(&mut self, id: &str) -> Option<Value> {
        self.told.remove(id)
    }

    /// The events that are still to be ended, for the state file.
    pub(super) fn told(&self) -> &BTreeMap<String, Value> {
        &self.told
    }

    /// The operation with an id.
    pub(super) fn get(&self, id: &str) -> Option<&Operation> {
        self.by_id.get(&id.to_ascii_lowercase())
    }

    /// Whether something goes on with a resource.
    pub(super) fn is_busy(&self, resource: &str) -> bool {
        self.by_id
            .values()
            .any(|operation| !operation.done && operation.resource.eq_ignore_ascii_case(resource))
    }

    /// When the next of them ends.
    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Marks what has come due as done and gives what follows, in the order of their ends.
    pub(super) fn settle(&mut self, now: Instant) -> Vec<Ended> {
        let mut due: Vec<(&String, &mut Operation)> = self
            .by_id
            .iter_mut()
            .filter(|(_, operation)| !operation.done && operation.due.is_none_or(|due| due <= now))
            .collect();
        due.sort_by_key(|(_, operation)| operation.due);
        let ended = due
            .into_iter()
            .map(|(id, operation)| {
                operation.done = true;
                let error = match &operation.outcome {
                    Outcome::Failed(error) => Some(error.clone()),
                    Outcome::Nothing | Outcome::NoContent | Outcome::Body(_) | Outcome::Resource(_) => None,
                };
                let effect = std::mem::replace(&mut operation.effect, Effect::None);
                Ended { effect, told: self.told.remove(id), error }
            })
            .collect();
        self.next = self.by_id.values().filter(|operation| !operation.done).filter_map(|o| o.due).min();
        ended
    }
}

/// How poll URLs look and what goes with them.
#[derive(Debug, Clone)]
pub(super) struct Links<'a> {
    /// Scheme and host.
    pub base: &'a str,
    /// The `api-version` of the request.
    pub version: &'a str,
    /// Whether `Retry-After: 1` is sent.
    pub retry_after: bool,
}

impl Links<'_> {
    fn url(&self, path: &str, kind: &str) -> String {
        let mut url = format!("{}{}?api-version={}&type={kind}", self.base, encode_path(path), self.version);
        // Signed poll URLs of the real service are about 3 KB; a client that shortens or rebuilds one must fail.
        let _ = write!(url, "&t=638790627322601512&c={}&s=", certificate());
        let _ = write!(url, "{:016x}{:016x}", fold(path, 1), fold(kind, 2));
        let _ = write!(url, "&h={:016x}", fold(path, 3));
        url
    }

    /// The first answer of an operation on a resource, with the headers of its style.
    pub(super) fn announce(&self, mut reply: Reply, path: &str, resource: &str, poll: Poll) -> Reply {
        if matches!(poll, Poll::Async | Poll::Both | Poll::AsyncAndSelf) {
            reply = reply.with("azure-asyncoperation", self.url(path, "async"));
        }
        if matches!(poll, Poll::Location | Poll::Both) {
            reply = reply.with("location", self.url(path, "location"));
        }
        if matches!(poll, Poll::AsyncAndSelf | Poll::DoneAtSelf | Poll::DoneAtUrl) {
            // The identity service names the resource without a host. Generic clients poll that as well, so that there is
            // a version to ask with.
            let place = format!("{}?api-version={}", encode_path(resource), self.version);
            let host = if poll == Poll::DoneAtSelf { "" } else { self.base };
            reply = reply.with("location", format!("{host}{place}"));
        }
        match poll {
            Poll::Done | Poll::DoneAtSelf | Poll::DoneAtUrl => reply,
            _ if Telling::of(path) == Telling::Assets => {
                self.wait(reply.with("x-ms-async-operation-timeout", "PT30M"))
            }
            _ if Telling::of(path) == Telling::Network => {
                self.wait(reply.with("azure-asyncnotification", "Enabled"))
            }
            _ => self.wait(reply),
        }
    }

    fn wait(&self, reply: Reply) -> Reply {
        if self.retry_after { reply.with("retry-after", "1") } else { reply }
    }

    /// What a poll of an operation answers. `current` is its resource as it is now, if it is there.
    pub(super) fn poll(
        &self,
        id: &str,
        operation: &Operation,
        as_location: bool,
        current: Option<&Value>,
        now: &str,
    ) -> Reply {
        if as_location {
            if !operation.done {
                let poll = if operation.location_only { Poll::Both } else { Poll::Location };
                let reply = Reply::empty(StatusCode::ACCEPTED);
                return self.announce(reply, &operation.path, &operation.resource, poll);
            }
            return match (&operation.outcome, current) {
                (Outcome::Nothing, _) => Reply::empty(StatusCode::OK),
                (Outcome::Body(body), _) => Reply::ok(body),
                (Outcome::Failed(error), _) => {
                    Reply::json(StatusCode::BAD_REQUEST, &json!({ "error": error }))
                }
                (Outcome::Resource(_), Some(current)) => Reply::ok(current),
                (Outcome::NoContent, _) | (Outcome::Resource(_), None) => {
                    Reply::empty(StatusCode::NO_CONTENT)
                }
            };
        }
        let telling = Telling::of(&operation.path);
        if !operation.done {
            let status = if telling == Telling::ZoneService { StatusCode::ACCEPTED } else { StatusCode::OK };
            let body = match telling {
                Telling::Assets => json!({
                    "id": operation.path, "name": id, "startTime": operation.began, "percentComplete": 0.0,
                    "status": "Updating"
                }),
                Telling::Network | Telling::ZoneService | Telling::Others => {
                    json!({ "status": "InProgress" })
                }
            };
            return self.wait(Reply::json(status, &body));
        }
        let mut body = match telling {
            Telling::Network | Telling::ZoneService => json!({}),
            Telling::Assets | Telling::Others => json!({
                "id": operation.path, "name": id, "startTime": operation.began, "endTime": now
            }),
        };
        if let Outcome::Failed(error) = &operation.outcome {
            body["status"] = Value::from("Failed");
            body["error"] = error.clone();
        } else {
            body["status"] = Value::from("Succeeded");
            if matches!(telling, Telling::Assets | Telling::Others) {
                body["percentComplete"] = Value::from(100.0);
            }
        }
        Reply::ok(&body)
    }
}

/// Who tells how an operation stands: the services word it in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Telling {
    /// Machine Learning's service for endpoints and assets: from the beginning with id and time.
    Assets,
    /// The network provider: the status alone.
    Network,
    /// Its service for private DNS zones: the same, and 202 while it goes on.
    ZoneService,
    /// Everybody else: the status alone at first, id and times at the end.
    Others,
}

impl Telling {
    /// By where an operation is polled.
    fn of(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        match path.rsplit('/').nth(1) {
            Some("mfeoperationsstatus") => Self::Assets,
            Some("privatednsoperationstatuses") => Self::ZoneService,
            Some("operations") if path.contains("/providers/microsoft.network/") => Self::Network,
            _ => Self::Others,
        }
    }
}

/// When an operation that begins at `start` and takes `millis` ends.
pub(super) fn due_from(start: Instant, millis: u64, speed: f64) -> Instant {
    let seconds = (millis as f64 / 1000.0) / speed.max(f64::MIN_POSITIVE);
    start + Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0))
}

/// What stands in for the certificate in poll URLs: 2,700 characters of the URL-safe alphabet, always the same.
fn certificate() -> &'static str {
    static TEXT: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    TEXT.get_or_init(|| {
        let mut random = fastrand::Rng::with_seed(1);
        let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['-', '_']).collect();
        (0..2_700).filter_map(|_| random.choice(&alphabet)).collect()
    })
}

/// FNV-1a, to give each URL a signature of its own.
fn fold(text: &str, salt: u64) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325 ^ salt, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operation(due: Instant) -> Operation {
        Operation {
            path: "/subscriptions/s/providers/N/locations/l/ops/id".to_owned(),
            location_only: true,
            resource: "/r".to_owned(),
            began: "2026-01-01T00:00:00Z".to_owned(),
            effect: Effect::Remove("/r".to_owned()),
            outcome: Outcome::Nothing,
            done: false,
            due: Some(due),
        }
    }

    const LINKS: Links<'_> = Links { base: "http://h", version: "2024-04-01", retry_after: true };

    #[test]
    fn an_effect_happens_once_and_not_before_its_time() {
        let mut operations = Operations::default();
        let start = Instant::now();
        let end = start + Duration::from_secs(5);
        operations.begin("ID", operation(end));
        assert_eq!(operations.next(), Some(end));
        assert!(operations.is_busy("/R"));
        assert_eq!(operations.take_begun(), ["id"]);
        operations.tell("id", json!({ "a": 1 }));
        assert_eq!(operations.settle(start), []);
        let ended =
            Ended { effect: Effect::Remove("/r".to_owned()), told: Some(json!({ "a": 1 })), error: None };
        assert_eq!(operations.settle(end), [ended]);
        assert_eq!(operations.settle(end), []);
        assert!(operations.next().is_none() && !operations.is_busy("/r"));
        assert!(operations.get("id").unwrap().done);
    }

    #[test]
    fn an_operation_restored_from_a_file_has_ended() {
        let mut one = operation(Instant::now());
        one.due = None;
        let mut operations = Operations::restored(vec![("id".to_owned(), one)], BTreeMap::new());
        assert!(operations.next().is_some_and(|next| next <= Instant::now()));
        assert_eq!(operations.settle(Instant::now()).len(), 1);
    }

    #[test]
    fn a_location_answers_202_until_the_end_and_names_the_other_url_too() {
        let running = operation(Instant::now());
        let reply = LINKS.poll("id", &running, true, None, "");
        assert_eq!(reply.status, StatusCode::ACCEPTED);
        let names: Vec<_> = reply.headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["azure-asyncoperation", "location", "retry-after"]);
        let done = Operation { done: true, ..running };
        assert_eq!(LINKS.poll("id", &done, true, None, "").status, StatusCode::OK);
    }

    #[test]
    fn poll_urls_are_about_three_kilobytes() {
        let length = LINKS.url("/x", "async").len();
        assert!((2_700..4_000).contains(&length), "{length}");
    }
}
