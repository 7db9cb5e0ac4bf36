//! One request of a step: sent, and what became of it when the answer was lost.

use futures_util::future::join_all;
use serde_json::Value;

use super::resources::all_parts_of;
use super::{Execution, Halt};
use crate::azure::arm::error::Error;
use crate::azure::arm::long_running::{Follow, Operation};
use crate::azure::arm::request::{Method, Request, Service};
use crate::domain::plan::{
    Change, Deed, Deployment, Outcome, Remains, Resolved, Step, Trouble, Zone, is_purge, may_have_arrived,
    read_as,
};

/// How often something that another operation changes is tried again when that is over.
const CONFLICTS: u32 = 2;
/// How often a resource is asked whether it is quiet; with the pace of polls that is about an hour.
const QUIET_POLLS: u32 = 240;

/// Whether a request was carried out, as far as reading tells.
enum Probe {
    /// That is known.
    Known(Resolved),
    /// Nothing tells.
    Unknown,
    /// An operation is still at it.
    StillBusy,
    /// It could not be read.
    Unread(Error),
}

/// A resource once no operation changes it any more, and whether that had to be waited for.
enum Quiet {
    /// It is not there.
    Gone { waited: bool },
    /// It is there.
    There { waited: bool },
    /// Some operation changes it for longer than anybody waits.
    StillBusy,
    /// It could not be read.
    Unread(Error),
}

impl Execution<'_> {
    /// Sends one request of a step and follows it to its end.
    pub(super) async fn send(&mut self, at: usize, step: &Step, index: usize) -> Result<(), Halt> {
        let request = &step.requests[index];
        let may_stay = step.spares || step.empties().is_some() || takes_a_role(request);
        if may_stay
            && self.run.plan.steps.iter().any(|one| one.spares || one.empties().is_some())
            && let Some(outcome) = self.spared(at, step, request).await?
        {
            return self.answered(at, index, outcome);
        }
        let mut conflicts = 0;
        loop {
            self.record(Change::Sending { step: at, request: index })?;
            let Err(error) = self.follow(at, index, step, None).await? else {
                return self.answered(at, index, Outcome::Done);
            };
            if self.was_cancelled(at, step, index, &error) {
                return self.cancelled(at, index, step).await;
            }
            if self.was_accepted(at, &error) {
                let found = self.resolve_unwatched(at, index, step, &error).await?;
                let Some(found) = found else { return Err(Halt::failed(Trouble::of_watching(&error))) };
                self.record(Change::Resolved { step: at, request: index, found })?;
                let trouble = Trouble { unknown: false, ..Trouble::of(&error) };
                return if found == Resolved::Done { Ok(()) } else { Err(Halt::failed(trouble.passing())) };
            }
            if step.spares && is_purge(request) && error.is_forbidden() {
                return self.answered(at, index, Outcome::Spared(unpurged(request)));
            }
            let already = so_already(step, request, &error);
            if may_have_arrived(&error)
                && self.orders.borrow().cancel > 0
                && deployment_of(step, index).is_some()
            {
                // Azure may be at it, and is to stop.
                return self.resolve(at, step).await;
            }
            if may_have_arrived(&error) {
                let found = match self.look(at, step, index).await? {
                    Probe::Known(found) => found,
                    // It is so, and perhaps by this very request: then it is this run that takes it back.
                    Probe::Unknown | Probe::Unread(_) if already.is_some() => Resolved::Done,
                    Probe::StillBusy => return Err(Halt::failed(still_busy(request))),
                    Probe::Unknown | Probe::Unread(_) => return Err(Halt::from(&error)),
                };
                self.record(Change::Resolved { step: at, request: index, found })?;
                let trouble = Trouble { unknown: false, ..Trouble::of(&error) };
                return if found == Resolved::Done { Ok(()) } else { Err(Halt::failed(trouble.passing())) };
            }
            if let Some(code) = already {
                return self.answered(at, index, Outcome::AlreadySo(code));
            }
            if self.stops() && error.is_passing() {
                // It did nothing, and nobody wants it to be sent again.
                self.record(Change::Resolved { step: at, request: index, found: Resolved::Refused })?;
                return Err(Halt::Stopped);
            }
            conflicts += 1;
            let refused = matches!(error, Error::Api(_)) && error.is_conflict();
            if !refused || conflicts > CONFLICTS {
                return Err(self.failed(at, index, step, &error).await?);
            }
            // Refused, it did nothing, whatever comes while it is waited for.
            self.record(Change::Resolved { step: at, request: index, found: Resolved::Refused })?;
            if !self.conflict_has_ended(at, request).await? {
                return Err(self.failed(at, index, step, &error).await?);
            }
            // Something else changed it: what the plan took for so must still be.
            self.guard_change(at, step, index).await?;
        }
    }

    /// Why a request of a step that spares is not sent: it deletes what is not there, what others use or a group that holds
    /// something, or purges what it did not just delete.
    async fn spared(&mut self, at: usize, step: &Step, request: &Request) -> Result<Option<Outcome>, Halt> {
        let gone = || Some(Outcome::AlreadySo("NotFound".to_owned()));
        if is_purge(request) {
            return Ok(if self.run.steps[at].did { None } else { gone() });
        }
        if request.method != Method::Delete {
            return Ok(None);
        }
        let read = Request::arm_path(Method::Get, &request.path, request.api_version());
        let there = match self.client.value(&read).await {
            Ok(there) => there,
            Err(error) if error.is_not_found() => return Ok(gone()),
            Err(error) => return Err(Halt::unread(&error)),
        };
        if let Some(why) = self.left(at, step.spares).await?.why(request, &there) {
            return Ok(Some(Outcome::Spared(why)));
        }
        if let Some(check) = step.empties() {
            let items = self.client.list::<Value>(&check.read).await.map_err(|error| Halt::unread(&error))?;
            return Ok(check.left(&items).map(Outcome::Spared));
        }
        let Some(zone) = Zone::of(request) else { return Ok(None) };
        let (records, links) = (zone.records(), zone.links());
        let records = self.client.list::<Value>(&records).await.map_err(|error| Halt::unread(&error))?;
        let links = self.client.list::<Value>(&links).await.map_err(|error| Halt::unread(&error))?;
        Ok(zone.used(&records, &links, &step.requests).map(Outcome::Spared))
    }

    /// Finds out what became of a request that was sent before and whose answer is not in the journal.
    pub(super) async fn resolve(&mut self, at: usize, step: &Step) -> Result<(), Halt> {
        let Some(index) = self.run.steps[at].open else { return Ok(()) };
        let told = self.run.steps[at].told_unknown;
        let Some(request) = step.requests.get(index) else { return Ok(()) };
        let known = self.run.steps[at].operation.clone();
        let operation = match (known, deployment_of(step, index)) {
            (None, Some(_)) => self.find_running_deployment(request).await,
            (known, _) => known,
        };
        if let Some(operation) = operation {
            match self.follow(at, index, step, Some(operation)).await? {
                Ok(()) => return self.answered(at, index, Outcome::Done),
                Err(error) if self.was_cancelled(at, step, index, &error) => {
                    return self.cancelled(at, index, step).await;
                }
                Err(error @ Error::OperationFailed { .. }) => {
                    return Err(self.failed(at, index, step, &error).await?);
                }
                Err(error) => {
                    self.tell(at, Some(error.plain()));
                    let found = match self.resolve_unwatched(at, index, step, &error).await? {
                        Some(found) => found,
                        None if is_idempotent(request) => Resolved::NotDone,
                        None => {
                            let words = "Azure took it, and does not know any more what became of it. It is not sent again: \
                                         look at the resource, and leave the run as it is";
                            return Err(Halt::failed(Trouble::found(words).unknown()));
                        }
                    };
                    return Ok(self.record(Change::Resolved { step: at, request: index, found })?);
                }
            }
        }
        let found = match self.look(at, step, index).await? {
            Probe::Known(found) => found,
            Probe::StillBusy => return Err(Halt::failed(still_busy(request))),
            // Sent twice it does the same as sent once, or somebody was told and wants it.
            Probe::Unknown if told || is_idempotent(request) => Resolved::NotDone,
            Probe::Unknown => {
                let words = format!(
                    "it is not known whether {} {} arrived before the console ended, and Azure cannot be asked. Look at the \
                     resource; going on sends it again",
                    request.method.as_str(),
                    request.path
                );
                return Err(Halt::failed(Trouble::found(words).unknown()));
            }
            Probe::Unread(error) => {
                let trouble = Trouble { unknown: true, ..Trouble::of(&error) };
                return Err(Halt::failed(trouble));
            }
        };
        Ok(self.record(Change::Resolved { step: at, request: index, found })?)
    }

    /// The operation of a deployment that was taken, though the answer that said so was lost, and that goes on.
    async fn find_running_deployment(&mut self, request: &Request) -> Option<Operation> {
        let read = Request::arm_path(Method::Get, &request.path, request.api_version());
        // Whoever wants it cancelled has to find it first.
        let body = self.runner.client.value(&read).await.ok()?;
        let state = read_as(&body, "/properties/provisioningState").and_then(Value::as_str)?;
        (!is_over(state)).then(|| self.by_its_state(request))
    }

    /// A deployment as an operation that is watched by what the deployment itself says of its state.
    pub(super) fn by_its_state(&self, request: &Request) -> Operation {
        Operation {
            method: request.method.as_str().to_owned(),
            path: request.path.clone(),
            api_version: request.api_version().to_owned(),
            follow: Follow::ProvisioningState,
            url: None,
            result_url: None,
            begun: self.runner.clock.now(),
        }
    }

    /// Whether Azure took a request and may still be at it, whatever became of asking how it gets on.
    fn was_accepted(&self, at: usize, error: &Error) -> bool {
        self.run.steps[at].operation.is_some() && !matches!(error, Error::OperationFailed { .. })
    }

    /// Finds out what became of a request that Azure took and that cannot be watched to its end. That is never a refusal:
    /// only the resource itself can tell that it is over. `None` when Azure forgot the operation and nothing else tells.
    async fn resolve_unwatched(
        &mut self,
        at: usize,
        index: usize,
        step: &Step,
        error: &Error,
    ) -> Result<Option<Resolved>, Halt> {
        let forgotten = is_forgotten(error);
        if forgotten || may_have_arrived(error) {
            let request = &step.requests[index];
            match self.look(at, step, index).await? {
                // What an action is for, and is not so, may still come.
                Probe::Known(found) if found == Resolved::Done || request.method != Method::Post => {
                    return Ok(Some(found));
                }
                Probe::Known(_) | Probe::Unknown if forgotten => return Ok(None),
                Probe::Known(_) | Probe::Unknown => {}
                Probe::StillBusy => return Err(Halt::failed(still_busy(request))),
                Probe::Unread(error) => self.tell(at, Some(error.plain())),
            }
        }
        Err(Halt::failed(Trouble::of_watching(error)))
    }

    /// Whether a deployment ended because somebody here cancelled it.
    fn was_cancelled(&self, at: usize, step: &Step, index: usize, error: &Error) -> bool {
        deployment_of(step, index).is_some()
            && self.run.steps[at].cancelling
            && matches!(error, Error::OperationFailed { status, .. } if status.to_ascii_lowercase().starts_with("cancel"))
    }

    async fn cancelled(&mut self, at: usize, index: usize, step: &Step) -> Result<(), Halt> {
        self.record(Change::Cancelled { step: at, request: index })?;
        self.look_at_remains(at, step).await?;
        Err(Halt::Stopped)
    }

    /// Why a step failed; of a deployment with the resources that failed and what is there now.
    async fn failed(&mut self, at: usize, index: usize, step: &Step, error: &Error) -> Result<Halt, Halt> {
        if deployment_of(step, index).is_none() {
            return Ok(Halt::from(error));
        }
        let trouble = Trouble::of(error).of_parts(&self.run.steps[at].parts);
        if matches!(error, Error::OperationFailed { .. }) {
            self.look_at_remains(at, step).await?;
        }
        Ok(Halt::failed(trouble))
    }

    /// Reads what is there of a deployment that did not end well, all at once, and what Azure had begun of it that is not
    /// known to have ended: that is left to itself when a deployment is cancelled, and may be there a minute later.
    async fn look_at_remains(&mut self, at: usize, step: &Step) -> Result<(), Halt> {
        let Some(deployment) = step.deployment() else { return Ok(()) };
        let client = self.runner.client.clone();
        let parts = all_parts_of(&client, &deployment.operations).await;
        let ask = |read: Request| {
            let client = client.clone();
            async move {
                let answer = client.value(&read).await;
                (read.path, answer)
            }
        };
        let mut remains = Remains::default();
        for (path, answer) in join_all(deployment.makes.iter().cloned().map(ask)).await {
            match answer {
                Ok(_) => remains.there.push(path),
                Err(error) if error.is_not_found() => match &parts {
                    Some(parts) if parts.iter().any(|part| part.may_come(&path)) => remains.begun.push(path),
                    Some(_) => {}
                    None => remains.unread.push(path),
                },
                Err(_) => remains.unread.push(path),
            }
        }
        Ok(self.record(Change::Remains { step: at, remains })?)
    }

    /// Looks whether a request was carried out: by what the step itself checks, or whether what it deletes is gone.
    async fn look(&mut self, at: usize, step: &Step, index: usize) -> Result<Probe, Halt> {
        let request = &step.requests[index];
        self.tell(at, Some("looks whether what was sent was carried out".to_owned()));
        if request.service == Service::Arm
            && matches!(request.method, Method::Put | Method::Patch | Method::Delete)
        {
            let found = match self.quiet(at, request).await? {
                Quiet::Gone { .. } => Resolved::Done,
                Quiet::There { .. } => Resolved::NotDone,
                Quiet::StillBusy => return Ok(Probe::StillBusy),
                Quiet::Unread(error) => return Ok(Probe::Unread(error)),
            };
            if request.method == Method::Delete {
                return Ok(Probe::Known(found));
            }
        }
        // The checks speak of the whole step.
        let last = index + 1 == step.requests.len();
        let check = step.already.as_ref().or(step.verify.as_ref()).filter(|_| last);
        let Some(check) = check else { return Ok(Probe::Unknown) };
        Ok(match self.read_until_so(check).await? {
            Ok(verdict) if verdict.holds => Probe::Known(Resolved::Done),
            Ok(_) => Probe::Known(Resolved::NotDone),
            Err(error) => Probe::Unread(error),
        })
    }

    /// Waits until no operation changes a resource any more, or somebody wants to stop.
    async fn quiet(&mut self, at: usize, request: &Request) -> Result<Quiet, Halt> {
        let read = Request::arm_path(Method::Get, &request.path, request.api_version());
        for polls in 0..QUIET_POLLS {
            let waited = polls > 0;
            let body = match self.client.value(&read).await {
                Ok(body) => body,
                Err(error) if error.is_not_found() => return Ok(Quiet::Gone { waited }),
                Err(error) => return Ok(Quiet::Unread(error)),
            };
            let state = read_as(&body, "/properties/provisioningState").and_then(Value::as_str);
            if state.is_none_or(is_over) {
                return Ok(Quiet::There { waited });
            }
            if !waited {
                self.tell(at, Some("waits for another operation".to_owned()));
            }
            self.pause(self.client.pace().poll(polls)).await?;
        }
        Ok(Quiet::StillBusy)
    }

    /// Whether a conflict was with another operation, which is over now.
    async fn conflict_has_ended(&mut self, at: usize, request: &Request) -> Result<bool, Halt> {
        Ok(match self.quiet(at, request).await? {
            Quiet::Gone { waited } | Quiet::There { waited } => waited,
            Quiet::StillBusy | Quiet::Unread(_) => false,
        })
    }
}

/// The deployment that a request of a step is.
pub(super) fn deployment_of(step: &Step, index: usize) -> Option<&Deployment> {
    step.deployment().filter(|_| index + 1 == step.requests.len())
}

/// Whether a provisioning state is the last one.
fn is_over(state: &str) -> bool {
    ["Succeeded", "Failed", "Canceled", "Cancelled"].iter().any(|word| word.eq_ignore_ascii_case(state))
}

/// What is not known of a resource that some operation is at for longer than anybody waits.
fn still_busy(request: &Request) -> Trouble {
    let words = format!(
        "an operation is still at work on {}, so that nobody can tell whether {} did what it should; go on to look again",
        request.path,
        request.method.as_str()
    );
    Trouble::found(words).passing().unknown()
}

/// What becomes of a deleted vault that the caller may not purge: the right to that is one on the subscription.
fn unpurged(request: &Request) -> String {
    let name = request.path.rsplit('/').nth(1).unwrap_or_default();
    format!(
        "{name} is deleted and not purged, which Azure refuses you: it can be recovered, and its name is taken, until Azure lets \
         it go. Who has Microsoft.KeyVault/locations/deletedVaults/purge/action on the subscription can purge it."
    )
}

/// The code with which Azure says that it is so already.
fn so_already(step: &Step, request: &Request, error: &Error) -> Option<String> {
    let api = error.api()?;
    if let Some(code) = step.done_if.iter().find(|code| api.has_code(code)) {
        return Some(code.clone());
    }
    let gone = request.method == Method::Delete && error.is_not_found();
    gone.then(|| if api.code.is_empty() { "NotFound".to_owned() } else { api.code.clone() })
}

/// Whether the place where an operation was to be watched is no place for it any more. Azure forgets operations after a while.
fn is_forgotten(error: &Error) -> bool {
    matches!(error, Error::ForeignLink { .. })
        || matches!(error, Error::Api(api) if matches!(api.status, 404 | 410))
}

/// PUT, PATCH and DELETE sent twice do the same as sent once.
fn is_idempotent(request: &Request) -> bool {
    request.is_repeatable() || matches!(request.method, Method::Put | Method::Patch | Method::Delete)
}

/// Whether a request takes a role away.
fn takes_a_role(request: &Request) -> bool {
    request.method == Method::Delete && Deed::of(request) == Some(Deed::TakesRole)
}
