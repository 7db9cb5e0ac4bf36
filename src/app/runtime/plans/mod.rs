//! Runs plans: the one place that sends what changes Azure. Every record is in the journal before what it announces
//! is sent, so that a process that is killed at any moment is resumed to the same end.

mod ahead;
mod anew;
mod deadline;
mod follow;
mod locks;
mod resources;
mod rights;
mod send;
mod spare;
mod step;

pub use ahead::ahead;
use locks::locked;
pub use rights::{lacking, lacking_for};

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

use super::cache::Key;
use super::journal::{Entry, Journal, JournalError, JournalPlace, Journals, Listed, tenant_of};
use crate::app::console::Clock;
use crate::app::runs::RunEvent;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::request::Service;
use crate::azure::arm::request_log::RequestLog;
use crate::domain::plan::{
    Change, InTheWay, Left, NoWayBack, Phase, Places, Plan, Record, Right, Run, RunId, Step, StepRun,
    StepState, Trouble, Warning, inverse, places, unfinished,
};

/// Why a plan was not run, or not carried on. What fails in Azure is no such error: it is in the [`Run`].
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The console is read-only.
    #[error("nothing was sent: the console runs with --read-only. Start it without to change things")]
    ReadOnly,
    /// The journal could not be written; nothing was sent after that.
    #[error("{0}")]
    Journal(#[from] JournalError),
    /// Somebody stopped it before it began.
    #[error("nothing was sent: it was stopped while your rights were looked up")]
    Stopped,
    /// There is nothing to undo.
    #[error("{0}")]
    NoWayBack(#[from] NoWayBack),
    /// It is not known who is signed in, so there is no journal to write to.
    #[error("{0}")]
    SignIn(Box<Error>),
    /// The run is over.
    #[error("run {0} is over: there is nothing to carry on")]
    Over(RunId),
    /// The run that was to be taken back went on since that was planned.
    #[error(
        "nothing was sent: run {0} went on since this was planned, perhaps in another console. Look at it again"
    )]
    WentOn(RunId),
    /// Something of the run was taken back since.
    #[error(
        "nothing was sent: run {by} took back what run {run} had done, so it cannot be gone on with. Go on with {by} where that is \
         not over, or leave this run and plan it anew"
    )]
    TakenBack {
        /// The run that was to be gone on with.
        run: RunId,
        /// The one that takes it back.
        by: RunId,
    },
    /// A run that is not over changes the same workspace or account.
    #[error("nothing was sent: {}", .0.words())]
    Beside(Box<InTheWay>),
    /// The run that an undo takes back went on since the undo was planned, and nothing of that was sent.
    #[error(
        "nothing was sent: run {of} went on since its way back, run {undo}, was planned. `amldeck journal keep {undo}` leaves that; \
         then undo {of} anew"
    )]
    Outdated {
        /// The undo.
        undo: RunId,
        /// What it takes back.
        of: RunId,
    },
    /// A lock is on what is to be deleted.
    #[error("nothing was sent: {0}")]
    Locked(String),
    /// The caller lacks these rights for what is to be sent.
    #[error("nothing was sent: {}", .0.iter().map(Right::lacking_words).collect::<Vec<_>>().join("; "))]
    Lacking(Vec<Right>),
}

/// What whoever looks on wants of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Orders {
    /// Stop before the next request.
    pub stop: bool,
    /// Do not watch any longer what Azure has taken either; it goes on there.
    pub leave: bool,
    /// How often somebody asked to cancel in Azure what can be cancelled.
    pub cancel: u32,
    /// Do not wait for this step's clock any longer.
    pub cut: Option<usize>,
}

/// Gives orders to a run. Clones give orders to the same run.
#[derive(Debug, Clone)]
pub struct Control {
    orders: watch::Sender<Orders>,
    /// Whether nothing more is to be sent, for the client.
    stop: watch::Sender<bool>,
}

impl Default for Control {
    fn default() -> Self {
        Self { orders: watch::Sender::new(Orders::default()), stop: watch::Sender::new(false) }
    }
}

impl Control {
    /// Stops the run before its next request. With `cancel` what can be cancelled in Azure is, and is watched until it is
    /// over; asking again tries again. Without, what Azure has taken is not watched any longer.
    pub fn stop(&self, cancel: bool) {
        self.orders.send_modify(|orders| {
            orders.stop = true;
            orders.leave |= !cancel;
            orders.cancel += u32::from(cancel);
        });
        self.stop.send_replace(true);
    }

    /// Ends the clock of a step.
    pub fn cut_wait(&self, step: usize) {
        self.orders.send_modify(|orders| orders.cut = Some(step));
    }
}

/// Runs plans for one account.
#[derive(Debug, Clone)]
pub struct Runner {
    client: Client,
    journal: Journal,
    /// Where the journals of all accounts are.
    place: JournalPlace,
    account: String,
    clock: Clock,
}

impl Runner {
    /// A runner for whoever is signed in; signs in if need be, because the journal is the account's.
    ///
    /// # Errors
    /// When nobody is signed in, or there is no place for a journal.
    pub async fn open(client: Client, place: &JournalPlace, clock: Clock) -> Result<Self, RunError> {
        let claims = client.account().await.map_err(|error| RunError::SignIn(Box::new(error)))?;
        let account = claims.account().to_owned();
        let (tenant, former) = tenant_of(claims.tenant.as_deref(), &account, client.tenant());
        let principal = claims.object_id.unwrap_or_else(|| account.clone());
        let key = Key { place: client.endpoint(Service::Arm).to_string(), tenant, principal };
        let journal = Journal::open(place, &key)?.with_former(place, &key, &former)?;
        Ok(Self { client, journal, place: place.clone(), account, clock })
    }

    /// The journal that it writes to.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Who runs plans with it, as people write the account.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What was sent so far, and what came of it.
    #[must_use]
    pub fn log(&self) -> &RequestLog {
        self.client.log()
    }

    /// The rights that the caller lacks for a plan as it stands.
    ///
    /// # Errors
    /// When Azure cannot be asked.
    pub async fn lacking(&self, plan: &Plan) -> Result<Vec<Right>, Error> {
        let steps: Vec<Step> = plan.chosen().map(|(_, step)| step.clone()).collect();
        lacking_for(&self.client, &steps).await
    }

    /// The newest run that is not over and changes one of these places: nothing is begun beside it, whoever runs it. `undoes`
    /// names the run that is to be taken back, which is not in the way of that.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn in_the_way(
        &self,
        places: &Places,
        undoes: Option<&RunId>,
    ) -> Result<Option<InTheWay>, RunError> {
        if places.is_empty() {
            return Ok(None);
        }
        let (place, endpoint) = (self.place.clone(), self.client.endpoint(Service::Arm).to_string());
        let (own, all) = self
            .on_blocking_thread(move |journal| {
                let own = journal.list()?.0;
                Ok((own, Journals::at(&place, &endpoint)?.list()?.0))
            })
            .await?;
        let runs: Vec<&Run> = all.iter().map(|listed| &listed.run).collect();
        let Some(left) = unfinished(places, undoes, &runs) else { return Ok(None) };
        let held = all.iter().any(|listed| listed.held && listed.run.id == left.id);
        let is_others = own.iter().all(|listed| listed.run.id != left.id);
        Ok(Some(InTheWay { run: left.clone(), held, is_others }))
    }

    /// What a way back comes to as things are: where it would stop, and what it would leave.
    pub async fn ahead(&self, plan: &Plan) -> Vec<Warning> {
        let steps: Vec<Step> = plan.chosen().map(|(_, step)| step.clone()).collect();
        ahead(&self.client, &steps).await
    }

    /// What it tells the time by.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Runs a plan to its end, a failure or a stop. `undoes` names the run that it takes back: nobody else carries that
    /// on meanwhile, and it is not offered again once all of it is taken back.
    ///
    /// # Errors
    /// When it could not begin, a run that is not over changes the same, the caller lacks a right for it, the run that it
    /// takes back went on since, or the journal could not be written.
    pub async fn run(
        &self,
        plan: Plan,
        undoes: Option<RunId>,
        control: &Control,
        emit: &mut (dyn FnMut(RunEvent) + Send),
    ) -> Result<Run, RunError> {
        if self.client.is_read_only() {
            return Err(RunError::ReadOnly);
        }
        let undone = match undoes.clone() {
            Some(id) => Some(self.on_blocking_thread(move |journal| journal.take_up(&id)).await?),
            None => None,
        };
        if let (Some((_, run)), Some(records)) = (&undone, plan.as_of)
            && run.records != records
        {
            return Err(RunError::WentOn(run.id.clone()));
        }
        if let Some(left) = self.in_the_way(&places(&plan), undoes.as_ref()).await? {
            return Err(RunError::Beside(Box::new(left)));
        }
        let steps: Vec<Step> = plan.chosen().map(|(_, step)| step.clone()).collect();
        self.check_locks(undoes.as_ref(), &steps, control).await?;
        self.check_rights(steps, control, emit).await?;
        let at = self.clock.now();
        let id = new_id(at);
        let account = self.account.clone();
        let change = Change::Begun { run: id.clone(), account, undoes, plan: Box::new(plan) };
        let first = Record { at, change };
        let Some(run) = Run::begin(&first) else { return Err(RunError::Over(id)) };
        let (entry, first) = {
            let id = id.clone();
            self.on_blocking_thread(move |journal| journal.begin(&id, &first).map(|entry| (entry, first)))
                .await?
        };
        emit(RunEvent::Recorded { run: id, record: Box::new(first) });
        let done = self.execution(run, entry, control, emit).finish().await?;
        self.close_undone(undone, &done, emit)?;
        Ok(done)
    }

    /// Carries a run on that was killed, stopped, or failed. Roles that it gave are looked at again before a switch that
    /// relies on them. Nobody else carries on meanwhile what it takes back. One that is only to be cancelled by `control`
    /// sends nothing more, and needs no rights.
    ///
    /// # Errors
    /// When it is over, held by somebody else, what it takes back went on since, the caller lacks a right for what is left
    /// of it, or the journal cannot be read or written.
    pub async fn resume(
        &self,
        id: &RunId,
        control: &Control,
        emit: &mut (dyn FnMut(RunEvent) + Send),
    ) -> Result<Run, RunError> {
        if self.client.is_read_only() {
            return Err(RunError::ReadOnly);
        }
        let (entry, run) = self.take_up(id).await?;
        if matches!(run.phase, Phase::Done | Phase::Kept) {
            return Err(RunError::Over(id.clone()));
        }
        let mut ahead = run.clone();
        let mut anew = Vec::new();
        let mut undone = None;
        // Who only cancels in Azure sends nothing that stands on what was taken back.
        if !control.orders.borrow().stop {
            undone = self.take_up_undone(&run).await?;
            self.check_not_taken_back(&run).await?;
            anew = self.anew(&run, control).await;
            for step in &anew {
                ahead.apply(&Record { at: run.last, change: Change::Anew { step: *step } });
            }
            let steps: Vec<Step> = ahead.to_send().cloned().collect();
            self.check_locks(run.undoes.as_ref(), &steps, control).await?;
            self.check_rights(steps, control, emit).await?;
        }
        let mut execution = self.execution(run, entry, control, emit);
        execution.record(Change::Resumed { account: self.account.clone() })?;
        for step in anew {
            execution.record(Change::Anew { step })?;
        }
        let done = execution.finish().await?;
        self.close_undone(undone, &done, emit)?;
        Ok(done)
    }

    /// Takes a run back, or only some of its steps, by a run of its own.
    ///
    /// # Errors
    /// As [`Runner::run`], and when nothing can be undone.
    pub async fn undo(
        &self,
        id: &RunId,
        only: &[usize],
        control: &Control,
        emit: &mut (dyn FnMut(RunEvent) + Send),
    ) -> Result<Run, RunError> {
        let name = id.0.clone();
        let plan = inverse(&self.on_blocking_thread(move |journal| journal.find(&name)).await?.run, only)?;
        self.run(plan, Some(id.clone()), control, emit).await
    }

    /// Decides that an unfinished run stays as it is.
    ///
    /// # Errors
    /// When somebody else holds it, or the journal cannot be read or written.
    pub async fn keep(&self, id: &RunId, emit: &mut (dyn FnMut(RunEvent) + Send)) -> Result<Run, RunError> {
        let (entry, run) = self.take_up(id).await?;
        self.write_kept(entry, run, emit)
    }

    /// Every run of the journal, the newest first, and why some could not be read.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn list(&self) -> Result<(Vec<Listed>, Vec<JournalError>), RunError> {
        self.on_blocking_thread(Journal::list).await
    }

    /// Sees that the caller has the rights for these steps. That they could not be looked up is told, and keeps nobody from
    /// it: then the first request tells.
    async fn check_rights(
        &self,
        steps: Vec<Step>,
        control: &Control,
        emit: &mut (dyn FnMut(RunEvent) + Send),
    ) -> Result<(), RunError> {
        let client = self.client.stopped_by(control.stop.subscribe());
        match lacking_for(&client, &steps).await {
            _ if control.orders.borrow().stop => return Err(RunError::Stopped),
            Ok(lacking) if lacking.is_empty() => {}
            Ok(lacking) => return Err(RunError::Lacking(lacking)),
            Err(error) => {
                let words = format!("your rights could not be looked up before: {}", error.plain());
                emit(RunEvent::Told { words });
            }
        }
        Ok(())
    }

    /// The run that an undo takes back, held: nobody carries it on meanwhile. None of what takes nothing back, and of a run
    /// that is no part of this journal any more.
    async fn take_up_undone(&self, undo: &Run) -> Result<Option<(Entry, Run)>, RunError> {
        let Some(of) = &undo.undoes else { return Ok(None) };
        let (entry, run) = match self.take_up(of).await {
            Err(RunError::Journal(JournalError::NoSuchRun(_))) => return Ok(None),
            taken => taken?,
        };
        let is_begun = undo.steps.iter().any(StepRun::touched);
        if !is_begun && undo.plan.as_of.is_some_and(|records| records != run.records) {
            return Err(RunError::Outdated { undo: undo.id.clone(), of: run.id });
        }
        Ok(Some((entry, run)))
    }

    /// Decides about a run that was taken back as a whole and had not come to its end.
    fn close_undone(
        &self,
        undone: Option<(Entry, Run)>,
        done: &Run,
        emit: &mut (dyn FnMut(RunEvent) + Send),
    ) -> Result<(), RunError> {
        match undone.filter(|(_, run)| run.is_unfinished() && done.is_undo_of(run)) {
            Some((entry, run)) => self.write_kept(entry, run, emit).map(drop),
            None => Ok(()),
        }
    }

    /// Sees that no lock keeps a way back from deleting what it would delete: begun, it would stop in the middle.
    async fn check_locks(
        &self,
        undoes: Option<&RunId>,
        steps: &[Step],
        control: &Control,
    ) -> Result<(), RunError> {
        if undoes.is_none() {
            return Ok(());
        }
        let client = self.client.stopped_by(control.stop.subscribe());
        locked(&client, steps).await.map_or(Ok(()), |words| Err(RunError::Locked(words)))
    }

    /// Steps that come later stand on those before: a run of which an undo took something is not gone on with.
    async fn check_not_taken_back(&self, run: &Run) -> Result<(), RunError> {
        let (all, _) = self.on_blocking_thread(Journal::list).await?;
        match run.partly_undone_by(&all.iter().map(|listed| &listed.run)) {
            Some(by) => Err(RunError::TakenBack { run: run.id.clone(), by: by.id.clone() }),
            None => Ok(()),
        }
    }

    async fn take_up(&self, id: &RunId) -> Result<(Entry, Run), RunError> {
        let id = id.clone();
        self.on_blocking_thread(move |journal| journal.take_up(&id)).await
    }

    /// Reads and locks files of the journal on a thread that may block.
    async fn on_blocking_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Journal) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, RunError> {
        let journal = self.journal.clone();
        match tokio::task::spawn_blocking(move || work(&journal)).await {
            Ok(done) => Ok(done?),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The process ends.
            Err(error) => Err(JournalError::Unread(error.to_string()).into()),
        }
    }

    /// Writes down that a run stays as it is, and is offered no more.
    fn write_kept(
        &self,
        mut entry: Entry,
        mut run: Run,
        emit: &mut (dyn FnMut(RunEvent) + Send),
    ) -> Result<Run, RunError> {
        let record = Record { at: self.clock.now(), change: Change::Kept };
        entry.write(&record)?;
        run.apply(&record);
        emit(RunEvent::Recorded { run: run.id.clone(), record: Box::new(record) });
        Ok(run)
    }

    fn execution<'a>(
        &'a self,
        run: Run,
        entry: Entry,
        control: &Control,
        emit: &'a mut (dyn FnMut(RunEvent) + Send),
    ) -> Execution<'a> {
        let client = self.client.stopped_by(control.stop.subscribe());
        Execution { runner: self, client, run, entry, left: None, orders: control.orders.subscribe(), emit }
    }
}

/// A name that sorts by time and that two consoles do not give twice.
fn new_id(at: Timestamp) -> RunId {
    let time = at.strftime("%Y%m%d-%H%M%S");
    let random = uuid::Uuid::new_v4().simple().to_string();
    RunId(format!("{time}-{}", &random[..6]))
}

/// Why a run does not go on.
enum Halt {
    /// The step failed.
    Failed(Box<Trouble>),
    /// Somebody wants it to stop.
    Stopped,
    /// The journal cannot be written: nothing more may be sent.
    Journal(JournalError),
}

impl Halt {
    fn failed(trouble: Trouble) -> Self {
        Self::Failed(Box::new(trouble))
    }

    /// Something that had to be read before anything is sent could not be read: what is unknown is not a change.
    fn unread(error: &Error) -> Self {
        Self::failed(Trouble { unknown: false, ..Trouble::of(error) })
    }
}

impl From<JournalError> for Halt {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<&Error> for Halt {
    fn from(error: &Error) -> Self {
        Self::failed(Trouble::of(error))
    }
}

/// Waits until somebody orders it, for ever when nobody is left to.
async fn wanted(mut orders: watch::Receiver<Orders>, what: impl FnMut(&Orders) -> bool) {
    if orders.wait_for(what).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A run that is being carried on.
struct Execution<'a> {
    runner: &'a Runner,
    /// The runner's, for what may be left when somebody wants to stop.
    client: Client,
    run: Run,
    entry: Entry,
    /// What it leaves of what it would delete, as read at a step.
    left: Option<(usize, Left)>,
    orders: watch::Receiver<Orders>,
    emit: &'a mut (dyn FnMut(RunEvent) + Send),
}

impl Execution<'_> {
    /// Writes to the journal, and only then takes it for so and tells it.
    fn record(&mut self, change: Change) -> Result<(), JournalError> {
        let record = Record { at: self.runner.clock.now(), change };
        self.entry.write(&record)?;
        self.run.apply(&record);
        (self.emit)(RunEvent::Recorded { run: self.run.id.clone(), record: Box::new(record) });
        Ok(())
    }

    async fn finish(mut self) -> Result<Run, RunError> {
        for step in 0..self.run.steps.len() {
            if self.run.steps[step].state.is_over() {
                continue;
            }
            match Box::pin(self.step(step)).await {
                Ok(()) => {}
                // What only did not work for now was perhaps given up because of the stop.
                Err(Halt::Failed(trouble)) if !(self.stops() && trouble.passing) => {
                    self.record(Change::StepFailed { step, trouble: *trouble })?;
                    return Ok(self.run);
                }
                Err(Halt::Stopped | Halt::Failed(_)) => {
                    self.record(Change::Stopped)?;
                    return Ok(self.run);
                }
                Err(Halt::Journal(error)) => return Err(error.into()),
            }
        }
        self.record(Change::Ended)?;
        Ok(self.run)
    }

    fn stops(&self) -> bool {
        self.orders.borrow().stop
    }

    fn stop_if_wanted(&self) -> Result<(), Halt> {
        if self.stops() { Err(Halt::Stopped) } else { Ok(()) }
    }

    /// Waits, unless somebody wants to stop.
    async fn pause(&mut self, wait: Duration) -> Result<(), Halt> {
        tokio::select! {
            () = self.client.pace().sleep(wait) => Ok(()),
            () = wanted(self.orders.clone(), |orders| orders.stop) => Err(Halt::Stopped),
        }
    }

    /// Whether any of these steps changed something in this run, and when the last of them did.
    fn last_change(&self, ids: &[String]) -> Option<Timestamp> {
        let steps = self.run.plan.steps.iter().zip(&self.run.steps);
        steps
            .filter(|(plan, step)| {
                ids.contains(&plan.id) && step.changed && matches!(step.state, StepState::Done)
            })
            .filter_map(|(_, step)| step.ended)
            .max()
    }
}
