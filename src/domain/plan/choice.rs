//! What can be done about a run that nobody carries on, and the words for it wherever it is offered.

use serde::Serialize;

use super::inverse::inverse;
use super::print::shell;
use super::run::{Phase, Run};
use super::{Confirmation, Kind, Plan};

/// What somebody can do about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Choice {
    /// Go on where it stopped; after a failure the failed step is tried again.
    Resume,
    /// Purge the deleted workspace that holds the name of the one that could not be made.
    Purge,
    /// Cancel in Azure what goes on there.
    Cancel,
    /// Take back what was done.
    Undo,
    /// Leave it as it is.
    Keep,
}

/// How a choice is offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChoiceWords {
    /// What is done: `go on`.
    pub verb: &'static str,
    /// What of, or how: `where it stopped`.
    pub detail: String,
}

impl Plan {
    /// The flags with which it is agreed to, each behind a blank.
    #[must_use]
    pub fn consent(&self) -> String {
        match self.confirmation() {
            Confirmation::TypeName(name) => format!(" --yes{}", name_flag(name)),
            Confirmation::Yes => " --yes".to_owned(),
        }
    }
}

/// A name as a shell takes it, behind its flag and a blank.
#[must_use]
pub fn name_flag(name: &str) -> String {
    format!(" {}", shell::line(shell::flag_words("--name", name)))
}

impl Run {
    /// What can be done about it by somebody who does not run it now.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        if matches!(self.phase, Phase::Running | Phase::Failed | Phase::Stopped) {
            choices.push(Choice::Resume);
        }
        if self.held_by_deleted().is_some() {
            choices.push(Choice::Purge);
        }
        if self.cancellable().is_some() {
            choices.push(Choice::Cancel);
        }
        if !self.undoable().is_empty() {
            choices.push(Choice::Undo);
        }
        // Also of one that changed nothing: whoever does not want it any more is not asked again.
        if self.is_unfinished() || matches!(self.phase, Phase::Failed | Phase::Stopped) {
            choices.push(Choice::Keep);
        }
        choices
    }

    /// The line to type for a choice: pasted it does what it says, with consent and with the name where that is wanted.
    #[must_use]
    pub fn command(&self, choice: Choice) -> String {
        let (verb, consent) = match choice {
            Choice::Resume => ("resume", self.plan.consent()),
            Choice::Cancel => ("cancel", self.plan.consent()),
            Choice::Purge => {
                let name = self.held_by_deleted().map(|id| name_flag(id.name()));
                ("purge", format!(" --yes{}", name.unwrap_or_default()))
            }
            // Its way back may want the name where the run itself did not.
            Choice::Undo => {
                let back = inverse(self, &[]).map(|plan| plan.consent());
                ("undo", back.unwrap_or_else(|_| " --yes".to_owned()))
            }
            Choice::Keep => ("keep", String::new()),
        };
        format!("amldeck journal {verb} {}{consent}", self.id)
    }

    /// The words with which a choice is offered for this run.
    #[must_use]
    pub fn choice_words(&self, choice: Choice) -> ChoiceWords {
        let (verb, detail) = match choice {
            Choice::Resume if self.steps.iter().any(|step| step.gone) => {
                ("go on", "what is not so any more once more, and from there")
            }
            Choice::Resume if self.phase == Phase::Failed => {
                ("go on", "from the step that failed, once more")
            }
            Choice::Resume if self.steps.iter().any(|step| step.cancel_taken) => {
                ("go on", "watch until Azure has ended what it had begun; nothing more is sent")
            }
            Choice::Resume if self.steps.iter().any(|step| step.over_before) => {
                ("go on", "read how it ended, and go on from there")
            }
            Choice::Resume if self.steps.iter().any(|step| step.operation.is_some()) => {
                ("go on", "watch what Azure has taken, and go on from there")
            }
            Choice::Resume => ("go on", "where it stopped"),
            Choice::Purge => {
                let name = self.held_by_deleted().map(|id| id.name().to_owned()).unwrap_or_default();
                let detail = format!("{name}, which was deleted, for good: then go on");
                return ChoiceWords { verb: "purge", detail };
            }
            Choice::Cancel => ("cancel in Azure", "what goes on there; what it made stays"),
            Choice::Undo if self.plan.kind == Kind::SetUp => {
                ("clean up", "delete what this run made and nothing else, the last step first")
            }
            Choice::Undo => ("undo", "take back what it changed, the last step first"),
            Choice::Keep => ("leave it", "it stays as it is now"),
        };
        ChoiceWords { verb, detail: detail.to_owned() }
    }
}
