//! Changes as data: a plan is a list of steps, each with the very requests it sends, what must hold before
//! and after, and its way back. Nothing here sends anything: a plan is shown, printed, written to the
//! journal, and run by the one runner (`src/app/runtime/plans/mod.rs`).
//!
//! What becomes of a plan is a [`Run`]: the fold of the [`Record`]s of its journal. The runner, the screen
//! and a console that was killed all come to the same state in the same way.

mod anew;
mod beside;
mod check;
mod choice;
mod denied;
mod deployment;
mod fill;
mod inverse;
mod kept;
mod month;
mod order;
mod parts;
pub mod print;
mod record;
mod run;
mod shared;
mod step;
mod step_run;
mod words;
mod zones;

use serde::{Deserialize, Serialize};

pub use anew::{deployment_of_way_back, made_anew};
pub use beside::{InTheWay, Places, places, unfinished};
pub use check::{Check, Compare, Expect, Verdict, read_as, status_words};
pub use choice::{Choice, ChoiceWords, name_flag};
pub use denied::denied;
pub use deployment::{Deployment, Remains, is_purge, key_of, lost};
pub use fill::Fill;
pub use inverse::{NoWayBack, inverse, way_back};
pub use order::{Deed, IN_FORCE_USUALLY, in_force_step, keys_work, keys_work_step, sync_keys_step};
pub use parts::Part;
pub use record::{Change, Outcome, Record, Resolved, RunId, Trouble};
pub use run::{Held, Phase, Run};
pub use shared::{Left, Use};
pub use step::{Back, Right, Step, Undo, Wait, Watch};
pub use step_run::{CANCEL_TAKEN, OVER_BEFORE, StepRun, StepState};
pub use words::may_have_arrived;
pub use zones::Zone;

use crate::azure::arm::id::ArmId;

/// A change of something in Azure, ready to be reviewed and run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// What sort of change it is.
    pub kind: Kind,
    /// What it does, in a few words: `Grant Reader to Priya Raman`.
    pub title: String,
    /// What is changed: a workspace mostly, else the scope.
    pub subject: ArmId,
    /// The name of it, which is typed where a confirmation wants it.
    pub subject_name: String,
    /// What is typed instead of the name where the plan is about several: how many, such as `3 workspaces`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub many: Option<String>,
    /// Whether the subject is a production resource, by the settings.
    #[serde(default)]
    pub production: bool,
    /// Whether it is not known whom it takes something from.
    #[serde(default)]
    pub unsure: bool,
    /// Whether what was looked at speaks against it: the reasons are among the warnings.
    #[serde(default)]
    pub advised_against: bool,
    /// Whether somebody reaches less by it, or only after doing something first: who is among the warnings.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limits: bool,
    /// Whether Azure refuses it, as its warnings say: it does not run while that is so.
    #[serde(skip)]
    pub refused: bool,
    /// What to know before, the gravest first.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
    /// What to do once it is done, in sentences.
    #[serde(default)]
    pub next: Vec<String>,
    /// Of the way back of a run: how many records the run had when this was made. It is carried out only while there are
    /// no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<usize>,
    /// Of the way back of a run: what was said of the run. Who takes the way back back does that again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes_back: Option<Box<Told>>,
}

/// What was said of a plan when it was looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Its title.
    pub title: String,
    /// Its warnings.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// Whether it was advised against.
    #[serde(default)]
    pub advised_against: bool,
    /// Whether somebody reaches less by it.
    #[serde(default)]
    pub limits: bool,
}

/// What sort of change a plan is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Roles given.
    Grant,
    /// Roles taken.
    Revoke,
    /// One principal's roles given to another.
    Copy,
    /// The roles of a persona given.
    Persona,
    /// An eligible role activated.
    Activation,
    /// The storage access mode switched.
    StorageAccess,
    /// Workspaces set up.
    SetUp,
    /// A workspace's own settings changed.
    Edit,
    /// A deleted workspace purged.
    Purge,
    /// Another run taken back.
    Undo,
}

impl Kind {
    /// A word for a list.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::Copy => "copy access",
            Self::Persona => "persona",
            Self::Activation => "activate",
            Self::StorageAccess => "storage access",
            Self::SetUp => "set-up",
            Self::Edit => "edit",
            Self::Purge => "purge",
            Self::Undo => "undo",
        }
    }
}

/// How grave a warning is. The order is that of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Weight {
    /// Somebody or something may stop working, or it cannot be undone.
    Danger,
    /// Worth a second look.
    Caution,
    /// Good to know.
    Note,
}

/// Something to know before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Warning {
    /// How grave it is.
    pub weight: Weight,
    /// A sentence or two.
    pub text: String,
    /// What it is about, where that is not the plan whatever is chosen in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What a warning may be about, other than all of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum About {
    /// An account that refuses its keys: nothing, where no step has it do so.
    KeysOff,
    /// What can be chosen, or was left out, when the plan is made.
    Choice,
}

impl Warning {
    /// A warning.
    #[must_use]
    pub fn new(weight: Weight, text: impl Into<String>) -> Self {
        Self { weight, text: text.into(), about: None }
    }

    /// The same, about this.
    #[must_use]
    pub fn about(mut self, about: About) -> Self {
        self.about = Some(about);
        self
    }
}

/// What the person at the terminal must do before a plan runs. The default answer is always No.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation<'a> {
    /// Say yes.
    Yes,
    /// Type this name, or how many they are.
    TypeName(&'a str),
}

impl Plan {
    /// A plan without warnings and steps.
    #[must_use]
    pub fn new(kind: Kind, title: impl Into<String>, subject: ArmId) -> Self {
        let subject_name = subject.name().to_owned();
        Self {
            kind,
            title: title.into(),
            subject,
            subject_name,
            many: None,
            production: false,
            unsure: false,
            advised_against: false,
            limits: false,
            refused: false,
            warnings: Vec::new(),
            steps: Vec::new(),
            next: Vec::new(),
            as_of: None,
            takes_back: None,
        }
    }

    /// Adds a warning; the gravest stay first.
    pub fn warn(&mut self, weight: Weight, text: impl Into<String>) {
        self.tell(Warning::new(weight, text));
    }

    /// The same of a warning that there is.
    pub fn tell(&mut self, warning: Warning) {
        if !self.warnings.contains(&warning) {
            let at = self.warnings.partition_point(|known| known.weight <= warning.weight);
            self.warnings.insert(at, warning);
        }
    }

    /// The steps that will run, with their places in [`Plan::steps`].
    pub fn chosen(&self) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().filter(|(_, step)| step.chosen)
    }

    /// Whether a step that will run has no way back.
    #[must_use]
    pub fn is_one_way(&self) -> bool {
        self.chosen().any(|(_, step)| matches!(step.undo, Undo::OneWay(_)))
    }

    /// The roles that steps which are left out would give, of all that somebody loses access without.
    #[must_use]
    pub fn withheld(&self) -> (usize, usize) {
        let needed = self.steps.iter().filter(|step| step.needed);
        (needed.clone().filter(|step| !step.chosen).count(), needed.count())
    }

    /// What to know before it runs as it stands, the gravest first: its warnings, and that what somebody needs is left out.
    #[must_use]
    pub fn said(&self) -> Vec<Warning> {
        let withheld = match self.withheld() {
            (0, _) => None,
            (out, all) if out == all => {
                Some("None of the roles that keep people's access is given".to_owned())
            }
            (out, all) => Some(format!("{out} of the {all} roles that keep people's access are left out")),
        };
        let text = withheld.map(|what| format!("{what}: those who need them lose it; each step names them."));
        let withheld = text.map(|text| Warning::new(Weight::Danger, text));
        withheld.into_iter().chain(self.warnings.iter().cloned()).collect()
    }

    /// What is not advised, where it is advised against: the first of its warnings that says so.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        let said = self.warnings.iter().find(|one| one.text.contains("Not advised"));
        said.map(|one| one.text.as_str()).filter(|_| self.advised_against)
    }

    /// Whether nothing would be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chosen().all(|(_, step)| step.requests.is_empty())
    }

    /// Whether an account refuses its keys by it, and something was found that may break then, or that keeps it so.
    #[must_use]
    pub fn keys_off_is_warned_of(&self) -> bool {
        self.warnings.iter().any(|one| one.about == Some(About::KeysOff))
            && self.chosen().any(|(_, step)| order::Deed::KeysOff.is_in(&step.requests))
    }

    /// Why its name has to be typed before it runs, a sentence without its full stop; none where a yes is enough.
    #[must_use]
    pub fn grave_because(&self) -> Option<&'static str> {
        let several = self.many.is_some();
        Some(match () {
            () if self.production && several => "Production is among them",
            () if self.production => "This is production",
            () if self.unsure => "Who is affected is not known",
            () if self.withheld().0 > 0 => "Somebody loses access by it",
            () if self.limits => "Not everybody reaches as much as before then",
            () if self.keys_off_is_warned_of() => "Shared key off may break something or be final",
            () if self.advised_against && several => "Not all of it is advised",
            () if self.advised_against => "This is not advised",
            () if self.is_one_way() && several => "Not all of it can be undone",
            () if self.is_one_way() => "This cannot be undone",
            () => return None,
        })
    }

    /// What must be done before it runs: what is production, cannot be undone, is advised against, takes access from
    /// somebody or limits it, may take it from nobody knows whom, or may break what needs an account's keys, wants its name
    /// typed; where there are several, how many they are.
    #[must_use]
    pub fn confirmation(&self) -> Confirmation<'_> {
        match self.grave_because() {
            Some(_) => Confirmation::TypeName(self.many.as_deref().unwrap_or(&self.subject_name)),
            None => Confirmation::Yes,
        }
    }
}
