//! One step of a plan.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::check::Check;
use super::deployment::Deployment;
use super::fill::Fill;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};

/// One step: `already` is read, then `guard`, then the requests are sent one after the other, then it waits,
/// then `verify` is read. Each of these may be missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name within the plan, for [`Wait::after`].
    pub id: String,
    /// What it does, in a few words.
    pub title: String,
    /// What is so when it is done, one sentence: `Priya Raman may read blobs of stfraud.`
    pub effect: String,
    /// What somebody can do no more then, a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caution: Option<String>,
    /// What is so when it is left out, a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Whether somebody who has access loses it by the plan when this is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needed: bool,
    /// What is sent, exactly, in this order. None for a step that only waits or reads.
    #[serde(default)]
    pub requests: Vec<Request>,
    /// What is put into the bodies of its requests when their turn has come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Fill>,
    /// When this holds it is so already, and the step is skipped.
    #[serde(default)]
    pub already: Option<Check>,
    /// When this does not hold somebody else changed it meanwhile, and the run stops. It is read before the first
    /// request that changes something, unless this run may have changed something in the step before.
    #[serde(default)]
    pub guard: Option<Check>,
    /// Codes of Azure's errors that say it is so already, such as `RoleAssignmentExists`.
    #[serde(default)]
    pub done_if: Vec<String>,
    /// What to wait for after the requests.
    #[serde(default)]
    pub wait: Option<Wait>,
    /// What is read back at the end; when it does not hold the step failed.
    #[serde(default)]
    pub verify: Option<Check>,
    /// How a long-running request of it is watched.
    #[serde(default)]
    pub watch: Watch,
    /// The way back.
    pub undo: Undo,
    /// The way back as long as its clock has not come to its end: what was asked for and not granted is withdrawn.
    #[serde(default)]
    pub withdraw: Option<Box<Back>>,
    /// Whether only what is there is deleted: each DELETE reads before, and nothing is purged that it did not just delete.
    /// A name may be held by something that was deleted before and can be recovered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spares: bool,
    /// Codes of Azure's errors that say, on the way back, that it is taken back already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone_if: Vec<String>,
    /// The rights that the caller needs for it.
    #[serde(default)]
    pub rights: Vec<Right>,
    /// Whether it may be left out.
    #[serde(default)]
    pub optional: bool,
    /// Whether it runs.
    #[serde(default = "yes")]
    pub chosen: bool,
    /// What can take its place. That is decided before a plan runs, so no journal holds it.
    #[serde(skip)]
    pub instead: Option<Box<Self>>,
    /// Whether it has taken the place of another one.
    #[serde(skip)]
    pub stands_in: bool,
}

fn yes() -> bool {
    true
}

/// The way back from a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Undo {
    /// By requests.
    By(Box<Back>),
    /// There is none; the reason is a sentence.
    OneWay(String),
    /// There is nothing to undo: it waits, or only reads.
    Nothing,
}

impl Undo {
    /// A way back that reads nothing before and after.
    #[must_use]
    pub fn by(title: impl Into<String>, effect: impl Into<String>, requests: Vec<Request>) -> Self {
        Self::By(Box::new(Back {
            title: title.into(),
            effect: effect.into(),
            requests,
            already: None,
            guard: None,
            wait: None,
            verify: None,
            loses: None,
        }))
    }

    /// The same, where something is lost for good by it; `what` is a sentence.
    #[must_use]
    pub fn losing(mut self, what: impl Into<String>) -> Self {
        if let Self::By(back) = &mut self {
            back.loses = Some(what.into());
        }
        self
    }
}

/// The requests that take a step back, with what is read before and after, as in [`Step`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Back {
    /// What the way back does, in a few words.
    pub title: String,
    /// What is so then, one sentence.
    pub effect: String,
    /// What is sent, in this order.
    pub requests: Vec<Request>,
    /// When this holds it is so already.
    #[serde(default)]
    pub already: Option<Check>,
    /// When this does not hold somebody changed it since, and the undo stops.
    #[serde(default)]
    pub guard: Option<Check>,
    /// What to wait for after the requests.
    #[serde(default)]
    pub wait: Option<Wait>,
    /// What is read back.
    #[serde(default)]
    pub verify: Option<Check>,
    /// What it loses for good, a sentence: doing the step again does not bring that back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loses: Option<String>,
}

/// A clock. It ends when `until` holds; without `until` when `typical` is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    /// What is waited for, as "until ..." goes on: `the roles are in force`.
    pub reason: String,
    /// How long it usually takes, in seconds.
    pub typical: u32,
    /// After how long it is given up, in seconds; without `until` it is what Azure documents as the longest.
    pub at_most: u32,
    /// What ends it. Its [`Check::never`] makes the step fail at once.
    #[serde(default)]
    pub until: Option<Check>,
    /// Steps before this one that make the wait worth it: it is skipped when none of them changed anything, and the
    /// clock began when the last of them did; at its end what they verified is read back once more. Empty, and without
    /// `since`: the clock begins when the requests of this step are over.
    #[serde(default)]
    pub after: Vec<String>,
    /// When something happened before this run that has to be waited for too, whatever the steps in `after` change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// How a long-running request is watched.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Watch {
    /// By its operation alone.
    #[default]
    Operation,
    /// As a deployment, with its resources.
    Deployment(Box<Deployment>),
}

/// A right that the caller needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Right {
    /// Where.
    pub scope: ArmId,
    /// The action, such as `Microsoft.Authorization/roleAssignments/write`.
    pub action: String,
}

impl Right {
    /// Whether it is about giving access, which Contributor does not bring.
    #[must_use]
    pub fn grants_access(&self) -> bool {
        self.action.to_ascii_lowercase().starts_with("microsoft.authorization/")
    }

    /// Where, in words: the name of it, and what it is where that is only a GUID.
    #[must_use]
    pub fn place(&self) -> &str {
        let name = self.scope.name();
        match self.scope.subscription_id() {
            Some(id) if id == name => "the subscription",
            None if self.scope == ArmId::root() => "the tenant",
            _ => name,
        }
    }

    /// The right with its place: `Microsoft.Storage/storageAccounts/write on stfraud`.
    #[must_use]
    pub fn words(&self) -> String {
        format!("{} on {}", self.action, self.place())
    }
}

impl Step {
    /// A step that sends one request, with nothing read before or after and nothing to undo: the rest is set with
    /// the functions below.
    #[must_use]
    pub fn send(
        id: impl Into<String>,
        title: impl Into<String>,
        effect: impl Into<String>,
        request: Request,
    ) -> Self {
        Self { requests: vec![request], ..Self::quiet(id, title, effect) }
    }

    /// A step that sends nothing: it waits, or reads back.
    #[must_use]
    pub fn quiet(id: impl Into<String>, title: impl Into<String>, effect: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            effect: effect.into(),
            caution: None,
            left_out: None,
            needed: false,
            requests: Vec::new(),
            fills: Vec::new(),
            already: None,
            guard: None,
            done_if: Vec::new(),
            wait: None,
            verify: None,
            watch: Watch::Operation,
            undo: Undo::Nothing,
            withdraw: None,
            spares: false,
            undone_if: Vec::new(),
            rights: Vec::new(),
            optional: false,
            chosen: true,
            instead: None,
            stands_in: false,
        }
    }

    /// Skipped when this holds.
    #[must_use]
    pub fn already(mut self, check: Check) -> Self {
        self.already = Some(check);
        self
    }

    /// Stops the run when this does not hold.
    #[must_use]
    pub fn guard(mut self, check: Check) -> Self {
        self.guard = Some(check);
        self
    }

    /// Takes this error for "it is so already".
    #[must_use]
    pub fn done_if(mut self, code: &str) -> Self {
        self.done_if.push(code.to_owned());
        self
    }

    /// Waits after the requests.
    #[must_use]
    pub fn wait(mut self, wait: Wait) -> Self {
        self.wait = Some(wait);
        self
    }

    /// Reads this back at the end.
    #[must_use]
    pub fn verify(mut self, check: Check) -> Self {
        self.verify = Some(check);
        self
    }

    /// Has this way back.
    #[must_use]
    pub fn undo(mut self, undo: Undo) -> Self {
        self.undo = undo;
        self
    }

    /// Is taken back in this way until what it asked for is granted.
    #[must_use]
    pub fn withdraw(mut self, back: Back) -> Self {
        self.withdraw = Some(Box::new(back));
        self
    }

    /// Takes this error for "it is taken back already".
    #[must_use]
    pub fn undone_if(mut self, code: &str) -> Self {
        self.undone_if.push(code.to_owned());
        self
    }

    /// Needs this right of the caller.
    #[must_use]
    pub fn needs(mut self, scope: &ArmId, action: &str) -> Self {
        self.rights.push(Right { scope: scope.clone(), action: action.to_owned() });
        self
    }

    /// What a step that deletes a resource group wants of it before: that nothing is left in it. None of every other step.
    #[must_use]
    pub fn empties(&self) -> Option<&Check> {
        let guard = self.guard.as_ref()?;
        let is_of = |request: &Request| {
            let group = guard.read.path.strip_suffix("/resources");
            request.method == Method::Delete
                && group.is_some_and(|group| group.eq_ignore_ascii_case(&request.path))
        };
        self.requests.iter().any(is_of).then_some(guard)
    }

    /// Another step can take its place.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.instead = Some(Box::new(other));
        self
    }

    /// Goes on to the next of its choices: itself, what can take its place, left out. Its name stays.
    pub fn choose_next(&mut self) {
        match self.instead.take() {
            Some(mut other) if self.chosen => {
                std::mem::swap(self, &mut other);
                self.id.clone_from(&other.id);
                self.stands_in = !other.stands_in;
                self.chosen = self.stands_in;
                self.instead = Some(other);
            }
            other => {
                self.chosen = !self.chosen;
                self.instead = other;
            }
        }
    }

    /// May be left out; `chosen` says whether it runs unless somebody decides otherwise.
    #[must_use]
    pub fn optional(mut self, chosen: bool) -> Self {
        self.optional = true;
        self.chosen = chosen;
        self
    }

    /// What stands before its effect: a step that is left out has it only where it is put in.
    #[must_use]
    pub fn effect_label(&self) -> &'static str {
        if self.chosen { "Effect" } else { "Put in" }
    }

    /// Watches its last request as a deployment.
    #[must_use]
    pub fn watched(mut self, deployment: Deployment) -> Self {
        self.watch = Watch::Deployment(Box::new(deployment));
        self
    }

    /// The deployment that it watches.
    #[must_use]
    pub fn deployment(&self) -> Option<&Deployment> {
        match &self.watch {
            Watch::Deployment(deployment) => Some(deployment),
            Watch::Operation => None,
        }
    }
}
