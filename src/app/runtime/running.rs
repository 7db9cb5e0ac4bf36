//! Carries out what the console wants done with runs: each is a task of its own, which tells what happens to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use super::Runtime;
use super::journal::JournalPlace;
use super::plans::{Control, RunError, Runner};
use super::workers::{Busy, Count};
use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::runs::RunEvent;
use crate::azure::arm::error::Error;
use crate::domain::plan::{Change, Plan, Run, RunId};

/// The controls of the runs that this console carries on.
#[derive(Debug, Clone, Default)]
pub(super) struct Controls(Arc<Mutex<HashMap<RunId, Control>>>);

impl Controls {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<RunId, Control>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is to be done.
enum Work {
    Run(Box<Plan>, Option<RunId>),
    Resume(RunId, bool),
    Keep(RunId),
}

impl Work {
    fn words(&self) -> String {
        match self {
            Self::Run(plan, _) => plan.title.clone(),
            Self::Resume(run, false) => format!("going on with run {run}"),
            Self::Resume(run, true) => format!("cancelling run {run}"),
            Self::Keep(run) => format!("leaving run {run} as it is"),
        }
    }
}

impl Runtime {
    /// Carries out an effect that is about runs.
    pub(super) fn carry_out_run(&self, effect: Effect) {
        match effect {
            Effect::RunPlan { plan, undoes } => self.work(Work::Run(plan, undoes)),
            Effect::ResumeRun { run, cancel } => self.work(Work::Resume(run, cancel)),
            Effect::KeepRun(run) => self.work(Work::Keep(run)),
            Effect::StopRun { run, cancel } => {
                if let Some(control) = self.controls.lock().get(&run) {
                    control.stop(cancel);
                }
            }
            Effect::CutWait { run, step } => {
                if let Some(control) = self.controls.lock().get(&run) {
                    control.cut_wait(step);
                }
            }
            Effect::ListRuns => self.list_runs(),
            _ => {}
        }
    }

    fn work(&self, work: Work) {
        let events = EventSender {
            messages: self.messages.clone(),
            controls: self.controls.clone(),
            control: Control::default(),
            begun: Vec::new(),
            count: self.workers.count().clone(),
            busy: Some(self.workers.count().begin()),
        };
        let (client, place, clock) =
            (self.services.client.clone(), self.services.journal.clone(), self.clock);
        tokio::spawn(async move {
            let mut events = events;
            let what = work.words();
            let done = async {
                let runner = Runner::open(client, &place, clock).await?;
                Box::pin(carry(&runner, work, &mut events)).await
            };
            if let Err(error) = done.await {
                events.send(RunEvent::Refused { what, words: error.to_string() });
            }
            // The sender says that the runs are left when it is dropped, also when the work broke.
            drop(events);
        });
    }

    fn list_runs(&self) {
        let (client, place, clock) =
            (self.services.client.clone(), self.services.journal.clone(), self.clock);
        if matches!(place, JournalPlace::Nowhere) {
            return;
        }
        let refused =
            |words: String| Message::Run(RunEvent::Refused { what: "reading the journal".to_owned(), words });
        self.workers.start(refused(Error::Defect.to_string()), async move {
            let listed = async { Runner::open(client, &place, clock).await?.list().await };
            match listed.await {
                Ok((runs, damaged)) => {
                    let damaged = damaged.iter().map(ToString::to_string).collect();
                    Message::Run(RunEvent::Listed { runs, damaged })
                }
                Err(error) => refused(error.to_string()),
            }
        });
    }
}

async fn carry(runner: &Runner, work: Work, events: &mut EventSender) -> Result<Run, RunError> {
    let control = events.control.clone();
    let mut emit = |event| events.forward(event);
    match work {
        Work::Run(plan, undoes) => runner.run(*plan, undoes, &control, &mut emit).await,
        Work::Resume(run, cancel) => {
            if cancel {
                control.stop(true);
            }
            runner.resume(&run, &control, &mut emit).await
        }
        Work::Keep(run) => runner.keep(&run, &mut emit).await,
    }
}

/// Tells the console what happens to a run, and keeps its control where orders find it.
struct EventSender {
    messages: UnboundedSender<Message>,
    controls: Controls,
    control: Control,
    begun: Vec<RunId>,
    count: Count,
    /// Clocks and the service's own operations may take minutes: who waits for the screen does not wait for them.
    busy: Option<Busy>,
}

impl EventSender {
    fn forward(&mut self, event: RunEvent) {
        if let RunEvent::Recorded { run, record } = &event {
            if !self.begun.contains(run) {
                self.begun.push(run.clone());
                self.controls.lock().insert(run.clone(), self.control.clone());
            }
            let waits = matches!(record.change, Change::Waiting { .. } | Change::Accepted { .. });
            self.busy = match self.busy.take() {
                _ if waits => None,
                Some(busy) => Some(busy),
                None => Some(self.count.begin()),
            };
        }
        self.send(event);
    }

    fn send(&self, event: RunEvent) {
        // Nobody listens any more only when the console ends.
        let _ = self.messages.send(Message::Run(event));
    }
}

impl Drop for EventSender {
    fn drop(&mut self) {
        for run in std::mem::take(&mut self.begun) {
            self.controls.lock().remove(&run);
            self.send(RunEvent::Left { run });
        }
    }
}
