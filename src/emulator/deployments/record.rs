//! A deployment that was begun: what is kept of it, and the documents that are answered about it.

use std::collections::BTreeMap;
use std::time::Instant;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::expand::{DEPLOYMENTS, Planned};
use super::look::mode_word;
use super::place::Place;
use crate::emulator::defaults::guid;
use crate::emulator::request::Caller;
use crate::emulator::store::key;

/// How far a deployment or one of its steps has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    /// It was taken and has not begun.
    Accepted,
    /// It goes on.
    Running,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// It was stopped.
    Canceled,
}

impl State {
    /// The word of ARM.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
        }
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(self) -> bool {
        !matches!(self, Self::Accepted | Self::Running)
    }
}

/// One step, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    /// What is to be done.
    pub planned: Planned,
    /// How far it is; `Accepted` as long as it waits.
    pub state: State,
    /// The id of its operation in the list.
    pub operation_id: String,
    /// Whether the resource goes, because the template of a complete deployment does not name it.
    #[serde(default)]
    pub removes: bool,
    /// The long-running operation that its request began.
    pub operation: Option<String>,
    /// The status of the last answer.
    pub status: u16,
    /// When its state last changed, as ARM writes times.
    pub timestamp: String,
    /// How long it took so far, in simulated seconds.
    pub seconds: f64,
    /// ARM's error, when it failed.
    pub error: Option<Value>,
    /// When its request was made.
    #[serde(skip)]
    pub began: Option<Instant>,
    /// When its state last changed.
    #[serde(skip)]
    pub changed: Option<Instant>,
    /// When it ends, if that is not up to an operation or a nested deployment.
    #[serde(skip)]
    pub ends: Option<Instant>,
}

/// One deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::emulator) struct Deployment {
    /// Its id.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
    /// Where it goes.
    pub(super) place: Place,
    /// The object id of who began it, and whether Microsoft Graph answers them.
    pub(super) caller: (String, bool),
    /// Scheme and host of its request.
    pub(super) base: String,
    /// The template.
    pub(super) template: Value,
    /// The values of its parameters.
    pub(super) parameters: Map<String, Value>,
    /// The parameters as they are shown.
    pub(super) shown_parameters: Value,
    /// Whether what the template does not name is to go.
    pub(super) complete: bool,
    /// Whether it has been worked out what goes.
    #[serde(default)]
    pub(super) cleared: bool,
    /// `location` of a deployment that is not in a resource group.
    pub(super) location: Option<String>,
    /// Its tags.
    pub(super) tags: Value,
    /// How far it is.
    pub(super) state: State,
    /// Its steps.
    pub(super) steps: Vec<Step>,
    /// What its template gives out.
    pub(super) outputs: Option<Value>,
    /// ARM's error, when it failed.
    pub(super) error: Option<Value>,
    /// The last segment of its status URL.
    pub(super) status_id: String,
    /// The id that goes through the logs.
    pub(super) correlation: String,
    /// When its state last changed.
    pub(super) timestamp: String,
    /// How long it took so far, in simulated seconds.
    pub(super) seconds: f64,
    /// When it was taken.
    #[serde(skip)]
    pub(super) began: Option<Instant>,
    /// When its steps begin.
    #[serde(skip)]
    pub(super) starts: Option<Instant>,
}

/// ISO 8601 with ticks, as the service writes durations: clients cut at the point.
fn duration(seconds: f64) -> String {
    if seconds <= 0.0 { "PT0S".to_owned() } else { format!("PT{:.7}S", seconds.min(1e9)) }
}

fn target(planned: &Planned) -> Value {
    json!({ "id": planned.id, "resourceType": planned.kind, "resourceName": planned.name })
}

/// The word for a status in `statusCode`.
fn status_word(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    reason.unwrap_or("OK").replace(' ', "")
}

impl Step {
    /// A step that waits.
    pub(super) fn waiting(planned: Planned) -> Self {
        Self::new(planned, "operation")
    }

    /// A step that deletes a resource, and waits.
    pub(super) fn removing(document: &Value) -> Self {
        let text = |name: &str| document[name].as_str().unwrap_or_default();
        let planned = Planned::of_document(text("id"), text("type"), text("name"));
        Self { removes: true, ..Self::new(planned, "deletion") }
    }

    fn new(planned: Planned, purpose: &str) -> Self {
        let digest = guid(&planned.id, purpose).replace('-', "").to_uppercase();
        Self {
            planned,
            state: State::Accepted,
            operation_id: digest.chars().take(16).collect(),
            removes: false,
            operation: None,
            status: 202,
            timestamp: String::new(),
            seconds: 0.0,
            error: None,
            began: None,
            changed: None,
            ends: None,
        }
    }
}

impl Deployment {
    /// Who began it.
    pub(super) fn caller(&self) -> Caller {
        Caller { object_id: self.caller.0.clone(), directory_access: self.caller.1 }
    }

    /// The deployment as GET answers it.
    pub(super) fn document(&self) -> Value {
        let mut properties = json!({
            "templateHash": hash(&self.template), "parameters": self.shown_parameters,
            "mode": mode_word(self.complete),
            "provisioningState": self.state.word(), "timestamp": self.timestamp, "duration": duration(self.seconds),
            "correlationId": self.correlation, "providers": self.providers(), "dependencies": self.dependencies()
        });
        if self.state == State::Succeeded {
            properties["outputResources"] = self.output_resources();
            if let Some(outputs) = &self.outputs {
                properties["outputs"] = outputs.clone();
            }
        }
        if let Some(error) = &self.error {
            properties["error"] = error.clone();
        }
        let mut document = json!({
            "id": self.id, "name": self.name, "type": DEPLOYMENTS, "properties": properties
        });
        if let Some(location) = &self.location {
            document["location"] = Value::from(location.as_str());
        }
        if self.tags.is_object() {
            document["tags"] = self.tags.clone();
        }
        document
    }

    fn wanted(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.planned.wanted && !step.planned.existing)
    }

    /// The steps that make something.
    fn made(&self) -> impl Iterator<Item = &Step> {
        self.wanted().filter(|step| !step.removes)
    }

    fn output_resources(&self) -> Value {
        self.made()
            .filter(|step| !step.planned.kind.eq_ignore_ascii_case(DEPLOYMENTS))
            .map(|step| json!({ "id": step.planned.id }))
            .collect()
    }

    /// The resource providers of what is deployed, in the order of the template.
    fn providers(&self) -> Value {
        let mut providers: Vec<(String, BTreeMap<String, Vec<Value>>)> = Vec::new();
        for step in self.made() {
            let Some((namespace, kind)) = step.planned.kind.split_once('/') else { continue };
            let at = providers
                .iter()
                .position(|(name, _)| name.eq_ignore_ascii_case(namespace))
                .unwrap_or_else(|| {
                    providers.push((namespace.to_owned(), BTreeMap::new()));
                    providers.len() - 1
                });
            let places = providers[at].1.entry(kind.to_owned()).or_default();
            if !places.contains(&step.planned.location) {
                places.push(step.planned.location.clone());
            }
        }
        let shown = providers.into_iter().map(|(namespace, kinds)| {
            let kinds: Vec<Value> = kinds
                .into_iter()
                .map(|(kind, places)| json!({ "resourceType": kind, "locations": places }))
                .collect();
            json!({ "namespace": namespace, "resourceTypes": kinds })
        });
        shown.collect()
    }

    /// What waits for what, resources whose condition does not hold among them, as the service shows it.
    fn dependencies(&self) -> Value {
        let waiting = self.steps.iter().filter(|step| !step.planned.after.is_empty());
        waiting
            .map(|step| {
                let mut shown = target(&step.planned);
                let on: Vec<Value> = step
                    .planned
                    .after
                    .iter()
                    .filter_map(|at| self.steps.get(*at))
                    .map(|on| target(&on.planned))
                    .collect();
                shown["dependsOn"] = on.into();
                shown
            })
            .collect()
    }

    /// The operations so far, the newest first.
    pub(super) fn operations(&self) -> Vec<Value> {
        let mut begun: Vec<&Step> = self
            .wanted()
            .filter(|step| step.state != State::Accepted && !step.timestamp.is_empty())
            .collect();
        begun.sort_by(|left, right| (right.changed, &right.timestamp).cmp(&(left.changed, &left.timestamp)));
        let mut list: Vec<Value> = begun.into_iter().map(|step| self.operation(step)).collect();
        if self.state == State::Succeeded {
            let id = &self.status_id;
            list.push(json!({
                "id": format!("{}/operations/{id}", self.id), "operationId": id,
                "properties": {
                    "provisioningOperation": "EvaluateDeploymentOutput", "provisioningState": "Succeeded",
                    "timestamp": self.timestamp, "duration": duration(0.2570523), "trackingId": self.correlation,
                    "statusCode": "OK"
                }
            }));
        }
        list
    }

    fn operation(&self, step: &Step) -> Value {
        let mut properties = json!({
            "provisioningOperation": if step.removes { "Delete" } else { "Create" }, "provisioningState": step.state.word(), "timestamp": step.timestamp,
            "duration": duration(step.seconds), "trackingId": guid(&step.planned.id, &self.correlation),
            "serviceRequestId": guid(&step.planned.id, &self.status_id),
            "statusCode": status_word(step.status), "targetResource": target(&step.planned)
        });
        if let Some(error) = &step.error {
            let mut error = error.clone();
            // Clients look into details, also when there are none.
            if error["details"].is_null() {
                error["details"] = json!([]);
            }
            properties["statusMessage"] = json!({ "status": "Failed", "error": error });
        }
        json!({
            "id": format!("{}/operations/{}", self.id, step.operation_id), "operationId": step.operation_id,
            "properties": properties
        })
    }

    /// What its status URL answers.
    pub(super) fn status(&self) -> Value {
        match &self.error {
            Some(error) => json!({ "status": self.state.word(), "error": error }),
            None => json!({ "status": self.state.word() }),
        }
    }
}

/// A number that follows from a template, in place of the service's own hash.
pub(super) fn hash(template: &Value) -> String {
    let digest = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, template.to_string().as_bytes());
    (digest.as_u128() & u128::from(u64::MAX)).to_string()
}

/// All deployments, by the key of their id.
#[derive(Debug, Default)]
pub(in crate::emulator) struct Deployments {
    by_key: BTreeMap<String, Deployment>,
    /// When the next of them goes on by itself.
    pub(super) next: Option<Instant>,
}

impl Deployments {
    /// The deployments of a state file. Those that were going on go on at once.
    pub(in crate::emulator) fn restored(list: Vec<Deployment>) -> Self {
        let by_key = list.into_iter().map(|one| (key(&one.id), one)).collect();
        Self { by_key, next: Some(Instant::now()) }
    }

    /// All of them, in order of their ids, for the state file.
    pub(in crate::emulator) fn all(&self) -> Vec<&Deployment> {
        self.by_key.values().collect()
    }

    /// When the next of them goes on by itself.
    pub(in crate::emulator) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// The deployment with an id.
    pub(super) fn get(&self, id: &str) -> Option<&Deployment> {
        self.by_key.get(&key(id))
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut Deployment> {
        self.by_key.get_mut(&key(id))
    }

    /// Takes one in.
    pub(super) fn put(&mut self, deployment: Deployment) {
        self.by_key.insert(key(&deployment.id), deployment);
    }

    /// Takes one out.
    pub(super) fn take(&mut self, id: &str) -> Option<Deployment> {
        self.by_key.remove(&key(id))
    }

    /// Those directly at a scope, in order of their names.
    pub(super) fn at(&self, scope: &str) -> Vec<&Deployment> {
        let prefix = format!("{}/providers/microsoft.resources/deployments/", key(scope));
        let within = self.by_key.range(prefix.clone()..).take_while(move |(key, _)| key.starts_with(&prefix));
        within.map(|(_, deployment)| deployment).collect()
    }

    /// The keys of those that go on.
    pub(super) fn active(&self) -> Vec<String> {
        self.by_key.iter().filter(|(_, one)| !one.state.is_over()).map(|(key, _)| key.clone()).collect()
    }

    /// Forgets what is below a scope that goes.
    pub(in crate::emulator) fn forget(&mut self, scope: &str) {
        let prefix = format!("{}/", key(scope));
        self.by_key.retain(|key, _| !key.starts_with(&prefix));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_iso_8601() {
        for (seconds, text) in [(0.0, "PT0S"), (46.5900412, "PT46.5900412S"), (90.0, "PT90.0000000S")] {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn statuses_have_the_words_of_arm() {
        for (status, word) in [
            (200, "OK"),
            (201, "Created"),
            (202, "Accepted"),
            (403, "Forbidden"),
            (409, "Conflict"),
            (400, "BadRequest"),
        ] {
            assert_eq!(status_word(status), word);
        }
    }
}
