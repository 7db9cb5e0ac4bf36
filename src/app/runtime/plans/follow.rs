//! One request that is watched to its end: how Azure gets on with it, what it has made so far, and orders meanwhile.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc::unbounded_channel;

use super::deadline::{Deadline, Lateness};
use super::resources::parts_of;
use super::send::deployment_of;
use super::{Execution, Halt, wanted};
use crate::app::runs::RunEvent;
use crate::azure::arm::client::Progress;
use crate::azure::arm::error::Error;
use crate::azure::arm::long_running::Operation;
use crate::azure::arm::request::Request;
use crate::domain::plan::{CANCEL_TAKEN, Change, OVER_BEFORE, Part, Step};

/// How long between two looks at the operations of a deployment.
const PARTS: Duration = Duration::from_secs(3);

/// What is watched, and what was done about it so far.
struct Watched {
    /// Which step.
    at: usize,
    /// Which of its requests.
    index: usize,
    /// Whether its operation is in the journal.
    journalled: bool,
    /// Whether it can be cancelled at all.
    cancellable: bool,
    /// What cancels it, as long as Azure has not taken that.
    cancel: Option<Request>,
    /// How many of the orders to cancel it were carried out.
    asked: u32,
    /// The request that cancels it, while it is under way.
    cancelling: Option<BoxFuture<'static, Result<(), Error>>>,
    /// How long it is waited for.
    deadline: Option<Deadline>,
}

impl Execution<'_> {
    /// Sends a request, or takes up its operation, and watches it to its end. The outer error is the journal's.
    pub(super) async fn follow(
        &mut self,
        at: usize,
        index: usize,
        step: &Step,
        operation: Option<Operation>,
    ) -> Result<Result<(), Error>, Halt> {
        let (client, unstopped) = (self.client.clone(), self.runner.client.clone());
        let pace = *client.pace();
        let request = step.requests[index].clone();
        let mut watched = self.watched(at, index, step, operation.is_some());
        let (steps, mut told) = unbounded_channel::<Progress>();
        let begin = |operation: Option<Operation>| {
            let (client, request, steps) = (client.clone(), request.clone(), steps.clone());
            let work = async move {
                let progress = |progress| drop(steps.send(progress));
                match operation {
                    Some(operation) => client.resume(&operation, progress).await,
                    None => client.run(&request, progress).await,
                }
            };
            work.boxed()
        };
        let mut work = begin(operation);
        let operations = deployment_of(step, index).map(|deployment| deployment.operations.clone());
        let orders = self.orders.clone();
        // Nothing is awaited in an arm: an answer that is held back must not keep an order waiting.
        let look_later = || {
            let (unstopped, operations) = (unstopped.clone(), operations.clone());
            let look = async move {
                pace.sleep(PARTS).await;
                parts_of(&unstopped, operations.as_ref()).await
            };
            look.boxed()
        };
        let mut look = look_later();
        let result = loop {
            let (journalled, asked, cancellable) = (watched.journalled, watched.asked, watched.cancellable);
            let may_cancel = journalled && watched.cancel.is_some() && watched.cancelling.is_none();
            tokio::select! {
                biased;
                Some(progress) = told.recv() => self.heard(&mut watched, &progress)?,
                result = &mut work => break result,
                // What cannot be cancelled is left to itself, as it can be found again.
                () = wanted(orders.clone(), |orders| orders.leave || (orders.cancel > 0 && !cancellable)), if journalled => {
                    return Err(Halt::Stopped);
                }
                answer = or_never(&mut watched.cancelling) => {
                    if self.cancel_answered(&mut watched, answer)? {
                        // The deployment itself says how it ended.
                        work = begin(Some(self.by_its_state(&request)));
                    }
                }
                () = wanted(orders.clone(), |orders| orders.cancel > asked), if may_cancel => {
                    self.ask_to_cancel(&mut watched)?;
                }
                parts = &mut look, if operations.is_some() && journalled => {
                    self.show_parts(at, parts);
                    look = look_later();
                }
            }
        };
        let parts = parts_of(&unstopped, operations.as_ref()).await;
        if !parts.is_empty() {
            self.show_parts(at, parts.clone());
            self.record(Change::Parts { step: at, parts })?;
        }
        Ok(result.map(drop))
    }

    /// A request as it stands when somebody begins to watch it; `is_taken` where its operation is known.
    fn watched(&self, at: usize, index: usize, step: &Step, is_taken: bool) -> Watched {
        let progress = &self.run.steps[at];
        let deployment = deployment_of(step, index);
        let cancel = deployment.and_then(|deployment| deployment.cancel.clone());
        let was_cancelled = is_taken && progress.cancel_taken;
        Watched {
            at,
            index,
            journalled: is_taken && progress.operation.is_some(),
            cancellable: cancel.is_some(),
            cancel: cancel.filter(|_| !was_cancelled),
            asked: 0,
            cancelling: None,
            deadline: deployment.map(|deployment| Deadline::of(deployment).of_cancelled(was_cancelled)),
        }
    }

    /// Azure said how it gets on.
    fn heard(&mut self, watched: &mut Watched, progress: &Progress) -> Result<(), Halt> {
        let at = watched.at;
        if !std::mem::replace(&mut watched.journalled, true) {
            let operation = progress.operation.clone();
            self.record(Change::Accepted { step: at, request: watched.index, operation })?;
        }
        self.progress(at, progress);
        let pace = *self.client.pace();
        match watched.deadline.as_mut().map(|deadline| deadline.after(progress.next_poll, &pace)) {
            Some(Lateness::Exceeded(Some(trouble))) => return Err(Halt::failed(trouble)),
            Some(Lateness::Exceeded(None)) => return Err(Halt::Stopped),
            Some(Lateness::Slow(words)) => self.tell(at, Some(words)),
            Some(Lateness::Within) | None => {}
        }
        Ok(())
    }

    /// Asks Azure to end it.
    fn ask_to_cancel(&mut self, watched: &mut Watched) -> Result<(), Halt> {
        watched.asked = self.orders.borrow().cancel;
        let Some(request) = watched.cancel.clone() else { return Ok(()) };
        self.record(Change::Cancelling { step: watched.at, request: watched.index })?;
        let unstopped = self.runner.client.clone();
        watched.cancelling = Some(async move { unstopped.send(&request).await.map(drop) }.boxed());
        Ok(())
    }

    /// Azure said whether it ends it. Gives whether it was over before, so that how it ended is to be read.
    fn cancel_answered(&mut self, watched: &mut Watched, answer: Result<(), Error>) -> Result<bool, Halt> {
        let at = watched.at;
        watched.cancelling = None;
        match answer {
            Ok(()) => {
                watched.cancel = None;
                watched.deadline = Some(Deadline::after_cancel());
                self.record(Change::CancelTaken { step: at, request: watched.index })?;
                self.tell(at, Some(CANCEL_TAKEN.to_owned()));
            }
            Err(error) if error.api().is_some_and(|api| api.has_code("DeploymentCannotBeCancelled")) => {
                watched.cancel = None;
                self.record(Change::OverBefore { step: at, request: watched.index })?;
                self.tell(at, Some(OVER_BEFORE.to_owned()));
                return Ok(true);
            }
            Err(error) => {
                let words = format!("it could not be cancelled and goes on: {}", error.plain());
                self.tell(at, Some(words));
            }
        }
        Ok(false)
    }

    fn show_parts(&mut self, step: usize, parts: Vec<Part>) {
        let run = self.run.id.clone();
        (self.emit)(RunEvent::Progress { run, step, status: None, percent: None, parts });
    }

    /// Tells how Azure gets on; that something was cancelled is told as long as it is not over.
    fn progress(&mut self, step: usize, progress: &Progress) {
        let said = match &self.run.steps[step] {
            became if became.cancel_taken => CANCEL_TAKEN,
            became if became.over_before => OVER_BEFORE,
            _ => progress.status.as_str(),
        };
        let (status, percent) = (Some(said.to_owned()), progress.percent);
        let run = self.run.id.clone();
        (self.emit)(RunEvent::Progress { run, step, status, percent, parts: Vec::new() });
    }
}

/// The end of what is under way, if anything is; else it never comes.
async fn or_never<T>(under_way: &mut Option<BoxFuture<'_, T>>) -> T {
    match under_way {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}
