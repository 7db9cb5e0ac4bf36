//! Everything that can happen to the console, in one queue.

use std::sync::Arc;

use jiff::Timestamp;

use super::access::assessment::Assessment;
use super::access::inquiry::Outcome;
use super::fetch::{Fetched, Ticket};
use super::form::{Answer, Draft, Slot};
use super::hit::HitMap;
use super::runs::RunEvent;
use super::runtime::Kept;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request_log;
use crate::config::input::Input;
use crate::domain::inventory::Inventory;

/// A plan file in the working folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOnDisk {
    /// Its name within the folder.
    pub name: String,
    /// Its text, or why that cannot be had.
    pub text: Result<String, String>,
}

/// Something that happened.
#[derive(Debug)]
pub enum Message {
    /// The person at the terminal did something.
    Input(Input),
    /// A frame was drawn: what stands where.
    Drawn(HitMap),
    /// Time passed: a minute, or a turn of the spinner.
    Tick,
    /// The selection rested long enough to be worth requests.
    Settled(u64),
    /// The inventory of the last session, from the cache.
    Cached(Box<Kept>),
    /// The inventory as far as it is known, of the fetch with this number.
    Inventory {
        /// The number.
        generation: u64,
        /// All of it so far.
        inventory: Box<Inventory>,
        /// Whether nothing more will come.
        complete: bool,
    },
    /// The inventory could not be fetched at all.
    InventoryFailed {
        /// The number of the fetch.
        generation: u64,
        /// Why.
        error: Error,
    },
    /// Something that was fetched.
    Fetched(Ticket, Fetched),
    /// A background task broke; its ticket will not be answered otherwise.
    Broke(Ticket),
    /// What was read about access to a workspace is ready for questions, or making it so broke.
    Assessed {
        /// The workspace.
        page: ArmId,
        /// The number of the request.
        generation: u64,
        /// The answers.
        assessment: Option<Arc<Assessment>>,
    },
    /// What was asked of what is known about access was worked out, or that broke.
    Inquired {
        /// The number of the request.
        generation: u64,
        /// What came of it.
        outcome: Option<Outcome>,
    },
    /// What a form asked came back.
    Answered {
        /// Which field asked.
        slot: Slot,
        /// The number of the question.
        generation: u64,
        /// The answer.
        answer: Answer,
    },
    /// Forms that were not finished in an earlier session.
    Drafts(Vec<Draft>),
    /// Plan files in the working folder.
    PlansFound(Vec<PlanOnDisk>),
    /// How the network is.
    Network(Network),
    /// The request log.
    Requests(Vec<request_log::Entry>),
    /// A link was opened, or why not.
    LinkOpened(Result<(), String>, String),
    /// Something happened to a run of a plan.
    Run(RunEvent),
    /// What was on screen is written out for the clipboard, or that broke.
    Written(Option<String>),
    /// A file was written, or why not.
    Saved(Result<String, String>),
}

/// How the network is right now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    /// Requests on their way.
    pub in_flight: usize,
    /// Until when the service wants to be left alone, and why.
    pub throttled: Option<(Timestamp, String)>,
    /// Whether the last requests got no answer at all.
    pub offline: bool,
}
