//! Runs of plans, as far as this console knows them: those that it carries on, and those that its journal holds.

use super::runtime::Listed;
use crate::domain::plan::{Choice, Part, Phase, Record, Run, RunId};

/// Something that happened to a run.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEvent {
    /// A record was written. The first one of a run holds its plan.
    Recorded {
        /// The run.
        run: RunId,
        /// The record.
        record: Box<Record>,
    },
    /// How a step is getting on, between two records.
    Progress {
        /// The run.
        run: RunId,
        /// The step.
        step: usize,
        /// In Azure's words.
        status: Option<String>,
        /// In percent, where the service says so.
        percent: Option<f64>,
        /// The resources of a deployment; none when nothing new is known.
        parts: Vec<Part>,
    },
    /// The console does not carry the run on any more.
    Left {
        /// The run.
        run: RunId,
    },
    /// It could not begin or go on.
    Refused {
        /// What was wanted, in a few words.
        what: String,
        /// Why not.
        words: String,
    },
    /// What the journal holds.
    Listed {
        /// The runs, the newest first.
        runs: Vec<Listed>,
        /// Files that could not be read, and why.
        damaged: Vec<String>,
    },
}
