//! A run: what became of a plan, as the fold of its journal. The same function serves the runner, the screen and
//! a console that finds the journal at its next start.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::inverse::{TAKES_BACK, stays};
use super::order::{Deed, stands_on};
use super::record::{Change, Record, RunId, Trouble};
use super::step_run::{StepRun, StepState};
use super::words::sentence;
use super::{Check, Plan, Step, Undo, Wait};
use crate::azure::arm::id::ArmId;

/// What became of a plan so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// The plan, as it was when it began, with what was filled in since.
    pub plan: Plan,
    /// Who runs it.
    pub account: String,
    /// The run that it takes back.
    pub undoes: Option<RunId>,
    /// When it began.
    pub begun: Timestamp,
    /// When something was written last.
    pub last: Timestamp,
    /// How many records it is made of: one more, and something happened.
    #[serde(skip)]
    pub records: usize,
    /// Where it stands.
    pub phase: Phase,
    /// Its steps, as many as the plan has.
    pub steps: Vec<StepRun>,
}

/// Where a run stands. A run that nobody carries on stays [`Phase::Running`]: whether somebody does is known by its
/// lock, not by its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Under way, or left in the middle.
    Running,
    /// A step failed.
    Failed,
    /// Somebody stopped it.
    Stopped,
    /// Every step is done, skipped or left out.
    Done,
    /// It failed or was left, and somebody decided that it stays so.
    Kept,
}

/// Who carries a run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// This console.
    Here,
    /// Another console.
    Elsewhere,
    /// Nobody.
    Nobody,
}

impl Phase {
    /// A word for a list.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "under way",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Kept => "left as it is",
        }
    }
}

impl Run {
    /// The run that a first record begins; `None` when it is not a first record.
    #[must_use]
    pub fn begin(record: &Record) -> Option<Self> {
        let Change::Begun { run, account, undoes, plan } = &record.change else { return None };
        Some(Self {
            id: run.clone(),
            account: account.clone(),
            undoes: undoes.clone(),
            begun: record.at,
            last: record.at,
            records: 1,
            phase: Phase::Running,
            steps: plan.steps.iter().map(|step| StepRun::new(step.chosen)).collect(),
            plan: (**plan).clone(),
        })
    }

    /// The run that a plan comes to when each of its steps does what it says. It has no name, no account and no time.
    #[must_use]
    pub fn carried_out(plan: &Plan) -> Self {
        let done = |step: &Step| StepRun {
            state: if step.chosen { StepState::Done } else { StepState::LeftOut },
            answered: step.requests.len(),
            changed: step.chosen && !step.requests.is_empty(),
            ..StepRun::new(step.chosen)
        };
        Self {
            id: RunId(String::new()),
            account: String::new(),
            undoes: None,
            begun: Timestamp::UNIX_EPOCH,
            last: Timestamp::UNIX_EPOCH,
            records: 0,
            phase: Phase::Done,
            steps: plan.steps.iter().map(done).collect(),
            plan: plan.clone(),
        }
    }

    /// The run of a whole journal; `None` when its first record is missing.
    #[must_use]
    pub fn replay<'a>(records: impl IntoIterator<Item = &'a Record>) -> Option<Self> {
        let mut records = records.into_iter();
        let mut run = Self::begin(records.next()?)?;
        for record in records {
            run.apply(record);
        }
        Some(run)
    }

    /// Takes in one more record. One that names a step that is not there changes nothing but the time.
    pub fn apply(&mut self, record: &Record) {
        let before = self.last;
        self.last = before.max(record.at);
        self.records += 1;
        match &record.change {
            Change::Begun { .. } => {}
            Change::Resumed { account } => {
                self.account.clone_from(account);
                self.phase = Phase::Running;
                for step in &mut self.steps {
                    if !step.state.is_over() {
                        step.state = StepState::Pending;
                        // Who was killed wrote no end.
                        if step.begun.is_some() {
                            step.ended.get_or_insert(before);
                        }
                    }
                }
            }
            Change::Stopped => self.end(Phase::Stopped),
            Change::Ended => self.end(Phase::Done),
            Change::Kept => self.end(Phase::Kept),
            Change::Filled { step, fill, text } => {
                if let Some(step) = self.plan.steps.get_mut(*step) {
                    step.fill_in(*fill, text);
                }
            }
            Change::Renewed { step, request, begins } => {
                if let Some(step) = self.plan.steps.get_mut(*step) {
                    step.begin_with(*request, begins);
                }
            }
            Change::Anew { step } => self.begin_anew(*step),
            change => {
                let at = change.step().unwrap_or(usize::MAX);
                if let (Some(step), Some(plan)) = (self.steps.get_mut(at), self.plan.steps.get(at)) {
                    step.apply(record.at, change, plan);
                    if matches!(change, Change::StepFailed { .. }) {
                        self.phase = Phase::Failed;
                    }
                }
            }
        }
    }

    /// Has a step that is over done once more. That it changed something before stays so; and who waits for it waits anew.
    fn begin_anew(&mut self, at: usize) {
        let (Some(step), Some(plan)) = (self.steps.get_mut(at), self.plan.steps.get(at)) else { return };
        if !step.state.is_over() || step.state == StepState::LeftOut {
            return;
        }
        step.state = StepState::Pending;
        step.gone = false;
        step.answered = 0;
        if plan.requests.is_empty() {
            return;
        }
        for (later, waits) in self.steps.iter_mut().zip(&self.plan.steps).skip(at + 1) {
            if waits.wait.as_ref().is_some_and(|wait| wait.after.contains(&plan.id)) {
                later.wait_cut = false;
                later.waiting = None;
            }
        }
    }

    fn end(&mut self, phase: Phase) {
        self.phase = phase;
        for step in &mut self.steps {
            if step.state.is_active() {
                step.state = StepState::Pending;
                step.ended = Some(self.last);
            }
        }
    }

    /// The step that is under way, failed, or comes next.
    #[must_use]
    pub fn current(&self) -> Option<usize> {
        self.steps.iter().position(|step| !step.state.is_over())
    }

    /// Where it stands, in a few words: what is done and was not waited for is no more than that.
    #[must_use]
    pub fn word(&self) -> String {
        let cut = self.steps.iter().zip(&self.plan.steps).find(|(step, _)| step.wait_cut);
        match (self.phase, cut.and_then(|(_, plan)| plan.wait.as_ref())) {
            (Phase::Done, Some(wait)) => format!("done, not waited until {}", wait.reason),
            (phase, _) => phase.word().to_owned(),
        }
    }

    /// When it last did what one of these steps does: sent the same requests, and did or may have done something by them.
    #[must_use]
    pub fn last_did(&self, steps: &[Step]) -> Option<Timestamp> {
        let is_same = |plan: &Step| {
            !plan.requests.is_empty() && steps.iter().any(|step| step.requests == plan.requests)
        };
        let did = self.steps.iter().zip(&self.plan.steps);
        did.filter(|(step, plan)| step.touched() && is_same(plan))
            .map(|(step, _)| step.waiting.or(step.ended).unwrap_or(self.last))
            .max()
    }

    /// What it read back behind the last change that it made, or may have made, at a path: so it left that.
    #[must_use]
    pub fn left_at(&self, path: &str) -> Option<&Check> {
        let touched = self.steps.iter().zip(&self.plan.steps).filter(|(became, _)| became.touched());
        let mut there = touched.filter(|(_, step)| {
            let mut sent = step.requests.iter().filter(|request| !request.only_reads());
            sent.any(|request| request.path.eq_ignore_ascii_case(path))
        });
        let check = there.next_back()?.1.verify.as_ref()?;
        check.read.path.eq_ignore_ascii_case(path).then_some(check)
    }

    /// The steps that have something left to send; what Azure has taken is only watched.
    pub fn to_send(&self) -> impl Iterator<Item = &Step> {
        let steps = self.steps.iter().zip(&self.plan.steps);
        steps
            .filter(|(step, plan)| {
                let taken = usize::from(step.open.is_some() && step.operation.is_some());
                !step.state.is_over() && step.answered + taken < plan.requests.len()
            })
            .map(|(_, plan)| plan)
    }

    /// Where it stands, in a few words, by who carries it on and whether it was taken back as a whole.
    #[must_use]
    pub fn standing(&self, held: Held, undone: bool) -> String {
        match (self.phase, held) {
            (Phase::Done, _) if undone => format!("{}, undone", self.word()),
            // One that was left, or failed, and is undone is no more than that.
            _ if undone => "undone".to_owned(),
            (Phase::Running, Held::Elsewhere) => "carried on by another console".to_owned(),
            (Phase::Running, Held::Nobody) => self.left_word(),
            _ => self.word(),
        }
    }

    /// Where it stands in a few words when nobody carries it on.
    #[must_use]
    pub fn left_word(&self) -> String {
        if !self.only_waits() {
            return match self.phase {
                Phase::Running => "left in the middle".to_owned(),
                _ => self.word(),
            };
        }
        let wait = self.current().and_then(|at| self.plan.steps.get(at)?.wait.as_ref());
        wait.map_or_else(
            || "done, not read back".to_owned(),
            |wait| format!("done, not waited until {}", wait.reason),
        )
    }

    /// How many steps are over, and how many run in all.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        let chosen = self.steps.iter().filter(|step| step.state != StepState::LeftOut);
        (chosen.clone().filter(|step| step.state.is_over()).count(), chosen.count())
    }

    /// Why it failed, when it did.
    #[must_use]
    pub fn trouble(&self) -> Option<(usize, &Trouble)> {
        self.steps.iter().enumerate().find_map(|(at, step)| match &step.state {
            StepState::Failed(trouble) => Some((at, trouble)),
            _ => None,
        })
    }

    /// Whether all that is left are clocks and reads: nothing more will be changed, so nothing is lost when nobody
    /// carries it on.
    #[must_use]
    pub fn only_waits(&self) -> bool {
        self.phase == Phase::Running
            && self
                .steps
                .iter()
                .zip(&self.plan.steps)
                .filter(|(step, _)| !step.state.is_over())
                .all(|(step, plan)| step.answered >= plan.requests.len() && step.open.is_none())
    }

    /// The clock that runs, and until when; one that something else than time may end is none.
    #[must_use]
    pub fn clock(&self) -> Option<(&Wait, Timestamp)> {
        let at = self.current()?;
        let wait = self.plan.steps.get(at)?.wait.as_ref().filter(|wait| wait.until.is_none())?;
        let step = self.steps.get(at)?;
        let usually = SignedDuration::from_secs(i64::from(step.usually(wait)));
        Some((wait, step.waiting?.checked_add(usually).ok()?))
    }

    /// Whether somebody should decide about it: it was left in the middle, or failed, or was stopped after it
    /// changed something.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        match self.phase {
            Phase::Running => !self.only_waits(),
            Phase::Failed | Phase::Stopped => self.steps.iter().any(StepRun::touched),
            Phase::Done | Phase::Kept => false,
        }
    }

    /// Whether it took all of another run back that can be taken back.
    #[must_use]
    pub fn is_undo_of(&self, run: &Self) -> bool {
        self.undoes.as_ref() == Some(&run.id)
            && self.phase == Phase::Done
            && self.plan.chosen().filter(|(_, step)| step.id.starts_with(TAKES_BACK)).count()
                >= run.undoable().len()
    }

    /// Whether it takes another run back and was left in the middle: then it is gone on with, and not begun anew.
    #[must_use]
    pub fn is_unfinished_undo_of(&self, run: &Self) -> bool {
        self.undoes.as_ref() == Some(&run.id) && self.is_unfinished()
    }

    /// The run among these that took it back as a whole, and was not taken back itself.
    #[must_use]
    pub fn undone_by<'a>(&self, runs: &(impl Iterator<Item = &'a Self> + Clone)) -> Option<&'a Self> {
        runs.clone().find(|other| other.is_undo_of(self) && other.undone_by(runs).is_none())
    }

    /// The run among these that took something of it back, or began to, and was not taken back itself: what this run did
    /// before does not hold any more, so it cannot be gone on with.
    #[must_use]
    pub fn partly_undone_by<'a>(&self, runs: &(impl Iterator<Item = &'a Self> + Clone)) -> Option<&'a Self> {
        runs.clone().find(|other| {
            other.undoes.as_ref() == Some(&self.id)
                && other.steps.iter().any(StepRun::touched)
                && other.undone_by(runs).is_none()
        })
    }

    /// The steps that changed something and can be taken back.
    #[must_use]
    pub fn undoable(&self) -> Vec<usize> {
        let steps = self.steps.iter().zip(&self.plan.steps).enumerate();
        steps
            .filter(|(at, (step, plan))| {
                step.touched()
                    && !step.left_nothing()
                    && matches!(plan.undo, Undo::By(_))
                    && !stays(self, *at)
            })
            .map(|(at, _)| at)
            .collect()
    }

    /// Those of them that can be taken back alone: nothing that the run did after them stands on them.
    #[must_use]
    pub fn undoable_alone(&self) -> Vec<usize> {
        let is_stood_on = |at: usize| {
            let steps = self.steps.iter().zip(&self.plan.steps).skip(at + 1);
            let mut later = steps.filter(|(became, _)| became.touched()).map(|(_, step)| step);
            later.any(|later| stands_on(later, &self.plan.steps[at]))
        };
        self.undoable().into_iter().filter(|at| !is_stood_on(*at)).collect()
    }

    /// Of a run that came to no end: which workspaces it has switched, and which not.
    #[must_use]
    pub fn switched(&self) -> Option<String> {
        let is_switch =
            |step: &&Step| [Deed::LeavesKeys, Deed::ToKeys].iter().any(|deed| deed.is_in(&step.requests));
        let name = |step: &Step| {
            let id = ArmId::parse(&step.requests.first()?.path).ok()?;
            Some(id.name().to_owned())
        };
        let steps =
            self.steps.iter().zip(&self.plan.steps).filter(|(_, step)| step.chosen && is_switch(step));
        let names = |wanted: fn(&StepRun) -> bool| -> Vec<String> {
            steps.clone().filter(|(became, _)| wanted(became)).filter_map(|(_, step)| name(step)).collect()
        };
        let groups = [
            ("switched", names(|became| became.state.is_over())),
            ("not known whether switched", names(|became| became.open.is_some())),
            ("not switched", names(|became| !became.state.is_over() && became.open.is_none())),
        ];
        let told = groups.into_iter().filter(|(_, names)| !names.is_empty());
        let told: Vec<String> = told.map(|(what, names)| format!("{what}: {}", names.join(", "))).collect();
        (self.phase != Phase::Done && !told.is_empty()).then(|| sentence(&told.join("; ")))
    }

    /// What is now so, step by step, for whoever has to go on from here.
    #[must_use]
    pub fn now_true(&self) -> Vec<String> {
        let steps = self.steps.iter().zip(&self.plan.steps);
        let told = steps.clone().filter(|(step, _)| step.state != StepState::LeftOut);
        let told = told.map(|(step, plan)| step.told(plan));
        let left = steps.clone().flat_map(|(step, plan)| self.left(step, plan));
        let spared = steps.flat_map(|(step, _)| step.spared.iter().cloned());
        self.switched().into_iter().chain(told).chain(left).chain(spared).collect()
    }

    /// What a deployment left, resource by resource, where the run did not come to its end: also one that went well
    /// before a later step failed.
    fn left(&self, step: &StepRun, plan: &Step) -> Vec<String> {
        match (&step.remains, plan.deployment()) {
            (Some(remains), deployment) => remains.lines(deployment),
            (None, Some(deployment)) if step.state == StepState::Done && step.changed => match self.phase {
                Phase::Done => Vec::new(),
                Phase::Running | Phase::Failed | Phase::Stopped | Phase::Kept => deployment.made(),
            },
            (None, _) => Vec::new(),
        }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
