//! What became of one step of a plan, as the fold of its records.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::deployment::Remains;
use super::parts::Part;
use super::record::{Change, Outcome, Resolved, Trouble};
use super::{Step, Wait};
use crate::azure::arm::long_running::Operation;

/// What became of a step so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRun {
    /// Its state.
    pub state: StepState,
    /// How many of its requests are over.
    pub answered: usize,
    /// Whether any of them changed something.
    pub changed: bool,
    /// Whether the last one that is over did what it should, and was not so already.
    #[serde(skip)]
    pub did: bool,
    /// Whether one of them was sent and had no answer, and reading found nothing of it: what is found later on may be
    /// its doing.
    pub doubted: bool,
    /// The request that was sent and whose answer did not come: it may have changed something.
    pub open: Option<usize>,
    /// Whether Azure was asked, or was about to be asked, to cancel that request.
    pub cancelling: bool,
    /// Whether Azure took that: it ends what it has begun, and nothing more comes.
    pub cancel_taken: bool,
    /// Whether Azure did not take that because it was over before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub over_before: bool,
    /// How to ask about it, when the service took it. Kept until it is known how that ended.
    #[serde(skip)]
    pub operation: Option<Operation>,
    /// Since when its clock runs.
    pub waiting: Option<Timestamp>,
    /// How long its clock usually runs here, in seconds, where time goes faster than on Azure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_here: Option<u32>,
    /// Somebody went on without waiting to the end.
    pub wait_cut: bool,
    /// Whether its deployment was cancelled in Azure, and was not begun again.
    #[serde(skip)]
    pub cancelled: bool,
    /// Somebody was told that it is not known what became of [`StepRun::open`]; who goes on wants it sent again.
    pub told_unknown: bool,
    /// When it began, or was begun anew.
    pub begun: Option<Timestamp>,
    /// How long it was at work before it was begun anew.
    #[serde(skip)]
    pub earlier: SignedDuration,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What it is doing, in Azure's words, while it runs. Not in the journal.
    pub status: Option<String>,
    /// How far it is, in percent, where the service says so. Not in the journal.
    pub percent: Option<f64>,
    /// The resources of a deployment.
    pub parts: Vec<Part>,
    /// What is there of a deployment that failed or was cancelled.
    pub remains: Option<Remains>,
    /// Whether it was done, and found not to be so any more when it was read once more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// What it left because others use it, a sentence each.
    #[serde(skip)]
    pub spared: Vec<String>,
}

/// The state of a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum StepState {
    /// Not yet.
    Pending,
    /// Left out by choice.
    LeftOut,
    /// What it does is being looked at: is it so already, did somebody change it.
    Reading,
    /// A request is on its way.
    Sending,
    /// The service works on it.
    Working,
    /// The clock runs.
    Waiting,
    /// It is being read back.
    Verifying,
    /// Done.
    Done,
    /// It was so already, and how that is known.
    AlreadySo(String),
    /// Failed.
    Failed(Trouble),
}

impl StepState {
    /// Whether nothing more will happen to it in this run.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::LeftOut | Self::Done | Self::AlreadySo(_))
    }

    /// Whether it is under way.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Reading | Self::Sending | Self::Working | Self::Waiting | Self::Verifying)
    }

    /// A word for a list.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending => "to do",
            Self::LeftOut => "left out",
            Self::Reading => "reading",
            Self::Sending => "sending",
            Self::Working => "under way",
            Self::Waiting => "waiting",
            Self::Verifying => "reading back",
            Self::Done => "done",
            Self::AlreadySo(_) => "already so",
            Self::Failed(_) => "failed",
        }
    }
}

impl StepRun {
    pub(super) fn new(chosen: bool) -> Self {
        Self {
            state: if chosen { StepState::Pending } else { StepState::LeftOut },
            answered: 0,
            changed: false,
            did: false,
            doubted: false,
            open: None,
            cancelling: false,
            cancel_taken: false,
            over_before: false,
            operation: None,
            waiting: None,
            waits_here: None,
            wait_cut: false,
            cancelled: false,
            told_unknown: false,
            begun: None,
            earlier: SignedDuration::ZERO,
            ended: None,
            status: None,
            percent: None,
            parts: Vec::new(),
            remains: None,
            gone: false,
            spared: Vec::new(),
        }
    }
}

/// What is said while Azure ends what it had begun of something that was cancelled.
pub const CANCEL_TAKEN: &str =
    "cancelled: Azure still ends what it had begun; to stop once more leaves that to Azure";

/// What is said while it is read how something ended that Azure would not cancel.
pub const OVER_BEFORE: &str = "it was over before it could be cancelled: reads how it ended";

/// Whether a request changes anything: a template that is only validated changes nothing.
fn changes(plan: &Step, request: usize) -> bool {
    plan.requests.get(request).is_some_and(|request| !request.only_reads())
}

impl StepRun {
    /// Whether all of its requests were taken and its clock never came to an end: what it asks for may still be granted. So it
    /// is, too, where looking at it was given up, as long as it is not known that it will not come to it.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.answered > 0
            && self.waiting.is_some()
            && self.open.is_none()
            && match &self.state {
                StepState::Pending | StepState::Waiting => true,
                StepState::Failed(trouble) => trouble.passing,
                _ => false,
            }
    }

    /// A word for a list.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.state {
            StepState::Pending if self.is_awaited() => "sent",
            // What Azure has taken goes on there, whoever watches.
            StepState::Pending if self.over_before => "not read how it ended",
            StepState::Pending if self.cancel_taken => "being cancelled",
            StepState::Pending if self.operation.is_some() => "under way in Azure",
            StepState::Pending if self.open.is_some() => "not known",
            StepState::Pending if self.cancelled => "cancelled",
            StepState::Done if self.gone => "not so any more",
            StepState::Done if self.wait_cut => "not waited for",
            StepState::AlreadySo(_) if self.is_spared() => "stays",
            _ => self.state.word(),
        }
    }

    /// How long its clock usually runs where it runs, in seconds.
    #[must_use]
    pub fn usually(&self, wait: &Wait) -> u32 {
        self.waits_here.unwrap_or(wait.typical)
    }

    /// Whether it changed something, or may have.
    #[must_use]
    pub fn touched(&self) -> bool {
        self.changed || self.doubted || self.open.is_some()
    }

    /// Whether it is known that what it did left nothing: a deployment that came to nothing.
    #[must_use]
    pub fn left_nothing(&self) -> bool {
        self.open.is_none() && self.remains.as_ref().is_some_and(Remains::is_nothing)
    }

    /// Whether it did nothing, because what it would delete is used by others.
    #[must_use]
    pub fn is_spared(&self) -> bool {
        matches!(self.state, StepState::AlreadySo(_)) && !self.spared.is_empty()
    }

    /// What is so of it, and of what it should do.
    pub(super) fn told(&self, plan: &Step) -> String {
        match &self.state {
            StepState::Done if self.gone => format!("Done, and not so any more: {}", plan.effect),
            StepState::Done if self.wait_cut => {
                format!("Not waited for, and perhaps not so yet: {}", plan.effect)
            }
            StepState::Done => format!("Done: {}", plan.effect),
            StepState::AlreadySo(_) if self.is_spared() => format!("Left as it is: {}", plan.title),
            StepState::AlreadySo(_) => format!("Was so already: {}", plan.effect),
            StepState::Failed(trouble) if trouble.unknown => self.unknown(plan),
            StepState::Failed(_) if self.answered > 0 && self.answered >= plan.requests.len() => {
                let said =
                    if self.touched() { "Sent and taken by Azure" } else { "So already, as Azure says" };
                format!("{said}, but not confirmed: {}", plan.title)
            }
            StepState::Failed(_) => match (0..self.answered).filter(|at| changes(plan, *at)).count() {
                0 if self.doubted => {
                    format!("Sent without an answer, and not so when it was last read: {}", plan.title)
                }
                0 => format!("Not done, it failed: {}", plan.title),
                done => {
                    let all = (0..plan.requests.len()).filter(|at| changes(plan, *at)).count();
                    format!("Done in part ({done} of {all} requests): {}", plan.title)
                }
            },
            _ if self.open.is_some() => self.unknown(plan),
            _ if self.is_awaited() => {
                let until = plan.wait.as_ref().map_or("it is carried out", |wait| wait.reason.as_str());
                format!("Sent, and not waited for until {until}: {}", plan.title)
            }
            StepState::Waiting => format!("Not over yet: {}", plan.title),
            _ if self.cancelled => format!("Cancelled in Azure: {}", plan.title),
            _ => format!("Not done: {}", plan.title),
        }
    }

    /// What can be said of it while it is not known how it ends.
    fn unknown(&self, plan: &Step) -> String {
        match self.operation {
            Some(_) if self.cancel_taken => format!(
                "Cancelled, and Azure still ends what it had begun; going on watches that: {}",
                plan.title
            ),
            Some(_) if self.over_before => format!(
                "Over before it could be cancelled, and not read yet how it ended; going on reads that: {}",
                plan.title
            ),
            Some(_) => format!("Taken by Azure, and not known how it ends: {}", plan.title),
            None => format!("Not known: whether \"{}\" was carried out.", plan.title),
        }
    }

    pub(super) fn apply(&mut self, at: Timestamp, change: &Change, plan: &Step) {
        match change {
            Change::Step { .. } => {
                // The time that it lay failed or stopped does not count.
                if let (Some(begun), Some(ended)) = (self.begun, self.ended.take()) {
                    self.earlier = self.earlier.saturating_add(ended.duration_since(begun));
                    self.begun = Some(at);
                }
                self.begun.get_or_insert(at);
                self.state = StepState::Reading;
            }
            Change::AlreadySo { why, .. } => {
                // What this run did itself before it was interrupted is not "so already".
                self.changed |= self.doubted;
                self.state = if self.changed { StepState::Done } else { StepState::AlreadySo(why.clone()) };
                self.ended = Some(at);
            }
            Change::Sending { .. }
            | Change::Accepted { .. }
            | Change::Answered { .. }
            | Change::Resolved { .. }
            | Change::Cancelling { .. }
            | Change::CancelTaken { .. }
            | Change::OverBefore { .. }
            | Change::Cancelled { .. } => self.apply_to_request(change, plan),
            Change::Parts { parts, .. } => self.parts.clone_from(parts),
            Change::Remains { remains, .. } => self.remains = Some(remains.clone()),
            Change::Waiting { since, seconds, .. } => {
                self.state = StepState::Waiting;
                self.waiting = Some(*since);
                self.waits_here = *seconds;
            }
            Change::WaitCut { .. } => self.wait_cut = true,
            // A step that is over is read back once more for another one.
            Change::Verified { verdict, .. } if self.state.is_over() => self.gone = !verdict.holds,
            Change::Verified { .. } => self.state = StepState::Verifying,
            Change::StepDone { .. } => {
                self.state = StepState::Done;
                self.ended = Some(at);
                self.status = None;
            }
            Change::StepFailed { trouble, .. } => self.fail(at, trouble),
            Change::Begun { .. }
            | Change::Anew { .. }
            | Change::Filled { .. }
            | Change::Renewed { .. }
            | Change::Resumed { .. }
            | Change::Stopped
            | Change::Ended
            | Change::Kept => {}
        }
    }

    /// What became of one of its requests.
    fn apply_to_request(&mut self, change: &Change, plan: &Step) {
        match change {
            Change::Sending { request, .. } => {
                self.state = StepState::Sending;
                self.remains = None;
                self.cancelled = false;
                self.open = Some(*request);
                self.operation = None;
            }
            Change::Accepted { request, operation, .. } => {
                self.state = StepState::Working;
                self.open = Some(*request);
                self.operation = Some(operation.clone());
            }
            Change::Answered { request, outcome, .. } => {
                self.close(request.saturating_add(1));
                self.did = *outcome == Outcome::Done;
                self.changed |= self.did && changes(plan, *request);
                if let Outcome::Spared(why) = outcome
                    && !self.spared.contains(why)
                {
                    self.spared.push(why.clone());
                }
            }
            Change::Resolved { request, found, .. } => match found {
                Resolved::Done => {
                    self.close(request.saturating_add(1));
                    self.did = true;
                    self.changed |= changes(plan, *request);
                }
                Resolved::NotDone | Resolved::Refused => {
                    self.doubted |= *found == Resolved::NotDone && changes(plan, *request);
                    // What was taken and did not come to its end may have changed something on the way.
                    self.changed |= self.operation.is_some() && changes(plan, *request);
                    self.close(*request);
                }
            },
            Change::Cancelling { .. } => {
                self.cancelling = true;
                self.status = Some("asks Azure to cancel it".to_owned());
            }
            Change::CancelTaken { .. } => {
                self.cancel_taken = true;
                self.status = Some(CANCEL_TAKEN.to_owned());
            }
            Change::OverBefore { .. } => {
                (self.cancelling, self.over_before) = (false, true);
                self.status = Some(OVER_BEFORE.to_owned());
            }
            Change::Cancelled { request, .. } => {
                // What it made before stays, and it can be sent again.
                self.close(*request);
                self.changed = true;
                self.cancelled = true;
                self.state = StepState::Pending;
            }
            _ => {}
        }
    }

    fn fail(&mut self, at: Timestamp, trouble: &Trouble) {
        self.state = StepState::Failed(trouble.clone());
        self.ended = Some(at);
        self.status = None;
        self.told_unknown = trouble.unknown;
        if !trouble.unknown {
            // It is known how it ended. What the service refused changed nothing; what it took and then failed at
            // may have. What may still go on there is `unknown`, and stays open with its operation.
            self.changed |= self.operation.is_some();
            self.open = None;
            (self.cancelling, self.cancel_taken, self.over_before) = (false, false, false);
            self.operation = None;
        }
    }

    fn close(&mut self, answered: usize) {
        self.answered = answered;
        self.told_unknown = false;
        self.open = None;
        (self.cancelling, self.cancel_taken, self.over_before) = (false, false, false);
        self.operation = None;
        self.status = None;
        self.percent = None;
    }
}
