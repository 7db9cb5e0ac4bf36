//! What the update wants done outside: data, carried out by the runtime or by whoever holds the
//! terminal.

use std::sync::Arc;
use std::time::Duration;

use super::access::assessment::Facts;
use super::access::inquiry::Inquiry;
use super::export::{Format, Taken};
use super::fetch::{Fetch, Ticket};
use super::form::{Ask, Draft, Slot};
use crate::azure::arm::id::ArmId;
use crate::domain::plan::{Plan, RunId};
use crate::domain::snapshot::Snapshot;

/// Something to do outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Fetch; the answer comes as a message.
    Fetch(Ticket),
    /// Nobody looks at this any more.
    Cancel(Fetch),
    /// Send [`super::message::Message::Settled`] with this number after a while; a newer one replaces
    /// an older one.
    Settle {
        /// The number.
        generation: u64,
        /// How long.
        after: Duration,
    },
    /// Make what was read about access to a workspace ready for questions; the answer is
    /// [`super::message::Message::Assessed`] with this number.
    Assess {
        /// The workspace.
        page: ArmId,
        /// The number.
        generation: u64,
        /// What was read.
        facts: Arc<Facts>,
    },
    /// Work something out of what was read about access; the answer is
    /// [`super::message::Message::Inquired`] with this number.
    Inquire {
        /// The number.
        generation: u64,
        /// What.
        inquiry: Arc<Inquiry>,
    },
    /// Ask what a form wants to know; the answer comes as [`super::message::Message::Answered`]. A newer question
    /// takes the place of the one before from the same slot.
    Ask {
        /// Where the answer goes.
        slot: Slot,
        /// The number.
        generation: u64,
        /// How long to wait before, so that not every key is a request.
        after: Duration,
        /// What is asked.
        ask: Ask,
    },
    /// Keep what was put into a form, so that a crash does not lose it.
    KeepDraft {
        /// It.
        draft: Box<Draft>,
        /// At once, because the console ends; else after a moment of rest.
        now: bool,
    },
    /// Drop what was kept of a form.
    DropDraft(Box<Draft>),
    /// Read the request log, and again whenever it changes, until told otherwise.
    WatchRequests(bool),
    /// Open a link in the browser of this machine.
    OpenLink(String),
    /// Write a file into the working folder.
    Save {
        /// Its name.
        name: String,
        /// What it holds.
        contents: String,
    },
    /// Write out what was on screen, into a file of the working folder or, without a name, for the clipboard: then it comes
    /// as [`super::message::Message::Written`].
    Export {
        /// What was on screen.
        taken: Box<Taken>,
        /// In which form.
        format: Format,
        /// The name of the file.
        name: Option<String>,
    },
    /// Look for plan files in the working folder; they come as [`super::message::Message::PlansFound`].
    FindPlans,
    /// Keep a snapshot beside those that were taken.
    KeepSnapshot(Box<Snapshot>),
    /// Keep the inventory for the next start.
    KeepInventory,
    /// Run a plan that was confirmed.
    RunPlan {
        /// The plan.
        plan: Box<Plan>,
        /// The run that it takes back, when it is the way back of one.
        undoes: Option<RunId>,
    },
    /// Carry a run on that was left.
    ResumeRun {
        /// The run.
        run: RunId,
        /// Only to cancel in Azure what goes on there.
        cancel: bool,
    },
    /// Leave a run as it is, and offer it no more.
    KeepRun(RunId),
    /// Stop a run before its next request.
    StopRun {
        /// The run.
        run: RunId,
        /// Cancel in Azure what can be cancelled; else what Azure has taken is only not watched any longer.
        cancel: bool,
    },
    /// Go on without waiting for a step's clock.
    CutWait {
        /// The run.
        run: RunId,
        /// The step.
        step: usize,
    },
    /// Read the journal.
    ListRuns,
    /// Sign in to another tenant and begin anew there.
    SwitchTenant(String),
    /// Done by whoever holds the terminal.
    Host(Host),
}

/// What only the holder of the terminal can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Put a text on the clipboard.
    Copy(String),
    /// Draw every cell anew.
    Redraw,
    /// Give the terminal to the shell.
    Suspend,
    /// End.
    Quit,
}
