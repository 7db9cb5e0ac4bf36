//! What only some forms have, and what answers about a form as a whole mean for it.

use super::{Form, Verdict};
use crate::app::model::Model;
use crate::app::review::Rendering;
use crate::domain::plan::Right;
use crate::domain::setup::finding::{Level, gathered};
use crate::domain::setup::preflight::Learnt;

/// What is wrong with a field once the form is looked at as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field.
    pub field: &'static str,
    /// What is wrong, in words.
    pub why: String,
}

/// A form that can be kept in a file and filled in from one.
#[derive(Debug, Clone, Copy)]
pub struct Filing {
    /// Its name and its text.
    pub write: fn(&Form) -> (String, String),
    /// Fills the form in from a text; in words why it cannot be.
    pub read: fn(&mut Form, &str) -> Result<(), String>,
}

/// What is there besides what every form has.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// What is wrong with the form as a whole, field by field.
    pub judge: Option<fn(&Form) -> Vec<Fault>>,
    /// How it is kept in a file.
    pub filing: Option<Filing>,
    /// The plan in other forms than those that every plan has.
    pub also: Option<fn(&Model, &Form) -> Vec<Rendering>>,
    /// It came filled in, and a draft of such a form is kept: that one is neither overwritten nor dropped by this form.
    pub leaves_draft: bool,
}

/// What it means for a form what was learnt about the whole of it. What stands in the way keeps nobody from looking at
/// the plan: somebody else may have the rights, or may clear it away.
pub(super) fn verdict_on_all(learnt: &[Learnt]) -> Verdict {
    let told = learnt.iter().filter_map(|one| match one {
        Learnt::Finding(finding) if finding.level == Level::Refused => Some(finding),
        _ => None,
    });
    match gathered(told).len() {
        0 => Verdict::Good("nothing stands in the way".to_owned()),
        1 => Verdict::Doubtful("one thing stands in the way".to_owned()),
        n => Verdict::Doubtful(format!("{n} things stand in the way")),
    }
}

/// What it means for a form that rights are lacking: somebody else may have them, so that the plan is still worth
/// making.
pub(super) fn verdict_on(lacking: &[Right]) -> Verdict {
    match lacking.first() {
        None => Verdict::Good("you have the rights for it".to_owned()),
        Some(right) => Verdict::Doubtful(format!(
            "you lack {}: the plan can be made and given to somebody who has it, but you cannot run it",
            right.words()
        )),
    }
}
