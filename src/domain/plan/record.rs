//! What the journal says of a run, line by line. A record is written before what it announces is sent, and after
//! what it reports has come. No token, no key and no body of an answer is in it. What is in it for good is the URL of an
//! operation with the query that Azure signed ([`Change::Accepted`]): it tells how that operation ended, to who has a
//! token besides, and a file that is only ever appended to cannot lose it again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Plan;
use super::check::Verdict;
use super::deployment::Remains;
use super::parts::Part;
use crate::azure::arm::long_running::Operation;

/// The name of a run: when it began and a few random digits, so that names sort by time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub change: Change,
}

/// What happened. `step` is the place in [`Plan::steps`], `request` that in its requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "what")]
pub enum Change {
    /// The first line: the whole plan.
    Begun {
        /// The run.
        run: RunId,
        /// Who runs it.
        account: String,
        /// The run that it takes back, when it is an undo.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<RunId>,
        /// The plan.
        plan: Box<Plan>,
    },
    /// A console took the run up again.
    Resumed {
        /// Who.
        account: String,
    },
    /// A step begins.
    Step {
        /// Which.
        step: usize,
    },
    /// A step that is over is done once more: what it did is not so any more, or is to be read again.
    Anew {
        /// Which.
        step: usize,
    },
    /// It is so already: nothing was sent.
    AlreadySo {
        /// Which step.
        step: usize,
        /// How that is known, as a clause.
        why: String,
    },
    /// A text that a request needs was read.
    Filled {
        /// Which step.
        step: usize,
        /// Which of its [`super::Step::fills`].
        fill: usize,
        /// What was read.
        text: String,
    },
    /// A request begins with another month than it was planned with, which was over.
    Renewed {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
        /// With what it begins.
        begins: String,
    },
    /// About to send. Without an [`Change::Answered`] behind it nobody knows whether it arrived.
    Sending {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
    },
    /// The service took it and works on it.
    Accepted {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
        /// How to ask how it is getting on.
        operation: Operation,
    },
    /// It is over.
    Answered {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
        /// How.
        outcome: Outcome,
    },
    /// What became of a request whose answer was lost, found out by reading.
    Resolved {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
        /// What.
        found: Resolved,
    },
    /// How the resources of a deployment ended.
    Parts {
        /// Which step.
        step: usize,
        /// The resources.
        parts: Vec<Part>,
    },
    /// About to ask Azure to cancel the deployment.
    Cancelling {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
    },
    /// Azure took that: it ends what it has begun.
    CancelTaken {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
    },
    /// Azure did not take that, because the deployment was over before: how it ended is to be read.
    OverBefore {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
    },
    /// Somebody cancelled the deployment, and Azure did.
    Cancelled {
        /// Which step.
        step: usize,
        /// Which of its requests.
        request: usize,
    },
    /// What is there of a deployment that failed or was cancelled.
    Remains {
        /// Which step.
        step: usize,
        /// What was found.
        remains: Remains,
    },
    /// The clock of a step runs.
    Waiting {
        /// Which step.
        step: usize,
        /// Since when it counts.
        since: Timestamp,
        /// How long it usually takes here, in seconds, where time goes faster than on Azure.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seconds: Option<u32>,
    },
    /// Somebody went on without waiting to the end.
    WaitCut {
        /// Which step.
        step: usize,
    },
    /// It was read back.
    Verified {
        /// Which step.
        step: usize,
        /// What was found.
        verdict: Verdict,
    },
    /// The step is done.
    StepDone {
        /// Which.
        step: usize,
    },
    /// The step failed; the rest does not run.
    StepFailed {
        /// Which.
        step: usize,
        /// Why.
        trouble: Trouble,
    },
    /// Somebody stopped the run, or the watching of what Azure took.
    Stopped,
    /// Every step is done, skipped or left out.
    Ended,
    /// Somebody decided that it stays as it is: it is not offered again.
    Kept,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It went well.
    Done,
    /// The service says that it was so before: the error code.
    AlreadySo(String),
    /// It was not sent, because others use what it deletes; a sentence.
    Spared(String),
}

/// What became of a request whose answer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Resolved {
    /// It arrived and did what it should.
    Done,
    /// Reading finds that it did not arrive, or did nothing; it is sent again.
    NotDone,
    /// The service refused it in so many words, so that it did nothing; it is sent again.
    Refused,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// A sentence or two: what is the matter and what to do.
    pub words: String,
    /// What Azure said, with method, path and correlation id; the same as `words` when nobody answered.
    pub detail: String,
    /// Azure's error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The action that the caller lacks, and where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacking: Option<(String, String)>,
    /// Whether the same may well succeed when it is tried again.
    #[serde(default)]
    pub passing: bool,
    /// Whether it is not known if the change was made.
    #[serde(default)]
    pub unknown: bool,
}

impl Change {
    /// The step that it is about.
    #[must_use]
    pub fn step(&self) -> Option<usize> {
        match self {
            Self::Step { step }
            | Self::Anew { step }
            | Self::AlreadySo { step, .. }
            | Self::Filled { step, .. }
            | Self::Renewed { step, .. }
            | Self::Sending { step, .. }
            | Self::Accepted { step, .. }
            | Self::Answered { step, .. }
            | Self::Resolved { step, .. }
            | Self::Parts { step, .. }
            | Self::Cancelling { step, .. }
            | Self::CancelTaken { step, .. }
            | Self::OverBefore { step, .. }
            | Self::Cancelled { step, .. }
            | Self::Remains { step, .. }
            | Self::Waiting { step, .. }
            | Self::WaitCut { step }
            | Self::Verified { step, .. }
            | Self::StepDone { step }
            | Self::StepFailed { step, .. } => Some(*step),
            Self::Begun { .. } | Self::Resumed { .. } | Self::Stopped | Self::Ended | Self::Kept => None,
        }
    }
}
