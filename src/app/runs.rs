//! Runs of plans, as far as this console knows them: those that it carries on, and those that its journal holds.

use super::runtime::Listed;
pub use crate::domain::plan::Held;
use crate::domain::plan::{Change, Choice, Part, Phase, Record, Run, RunId};

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
    /// Something to know that keeps nothing from going on.
    Told {
        /// A clause.
        words: String,
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

/// A run, and who carries it on.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The run.
    pub run: Run,
    /// Who carries it on.
    pub held: Held,
}

impl Known {
    /// Whether it was left in the middle, or failed, and waits for somebody to decide.
    #[must_use]
    pub fn is_left(&self) -> bool {
        self.held == Held::Nobody && self.run.is_unfinished()
    }

    /// Whether it is known better than by what was read of it: it is carried on here, or was until after that reading,
    /// when its file was still held by this console.
    fn is_newer_than(&self, read: &Run) -> bool {
        let is_over = self.run.phase != Phase::Running;
        self.held == Held::Here
            || self.run.records > read.records
            || is_over && self.run.records == read.records
    }

    /// What stands below its steps once nobody carries it on: a heading, and what is so now or what to do next.
    #[must_use]
    pub fn conclusion(&self) -> Option<(&'static str, Vec<String>)> {
        if self.held != Held::Nobody || self.run.phase == Phase::Kept {
            return None;
        }
        let (heading, lines) = match self.run.phase {
            Phase::Done => ("What to do next", self.run.plan.next.clone()),
            _ => ("What is so now", self.run.now_true()),
        };
        (!lines.is_empty()).then_some((heading, lines))
    }

    /// How many rows its screen has: the steps, and the lines of [`Known::conclusion`].
    #[must_use]
    pub fn rows(&self) -> usize {
        self.run.steps.len() + self.conclusion().map_or(0, |(_, lines)| lines.len())
    }

    /// Where it stands, in a few words.
    #[must_use]
    pub fn word(&self) -> String {
        self.run.standing(self.held, false)
    }
}

/// Every run that this console knows of, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Runs {
    all: Vec<Known>,
}

impl Runs {
    /// All of them, the newest first.
    #[must_use]
    pub fn all(&self) -> &[Known] {
        &self.all
    }

    /// One by its name.
    #[must_use]
    pub fn get(&self, id: &RunId) -> Option<&Known> {
        self.all.iter().find(|known| known.run.id == *id)
    }

    /// Those that are carried on here, or wait for somebody to decide, the newest first.
    #[must_use]
    pub fn open(&self) -> Vec<&Known> {
        self.all.iter().filter(|known| known.held == Held::Here || known.is_left()).collect()
    }

    /// How many this console carries on.
    #[must_use]
    pub fn running(&self) -> usize {
        self.all.iter().filter(|known| known.held == Held::Here && known.run.phase == Phase::Running).count()
    }

    /// How many were left in the middle, or failed, and wait for somebody to decide.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.all.iter().filter(|known| known.is_left()).count()
    }

    /// Those that would be cut off in the middle if the console ended now. A run that only waits would not.
    #[must_use]
    pub fn in_flight(&self) -> Vec<&Run> {
        let here = self.all.iter().filter(|known| known.held == Held::Here && !known.run.only_waits());
        here.map(|known| &known.run).collect()
    }

    /// What is said of the runs that this console carries on when it ends: that they are left, and how to go on.
    #[must_use]
    pub fn parting_words(&self) -> Vec<String> {
        let here =
            self.all.iter().filter(|known| known.held == Held::Here && known.run.phase == Phase::Running);
        here.map(|known| {
            let (run, title, state) = (&known.run, &known.run.plan.title, known.run.left_word());
            let resume = run.command(Choice::Resume);
            if run.only_waits() {
                return format!("\"{title}\" is {state}; `{resume}` waits for it and reads it back");
            }
            let azure = match run.current().and_then(|at| run.steps.get(at)) {
                Some(step) if step.operation.is_some() => "; what Azure has taken goes on there",
                _ => "",
            };
            let back = match run.undoable().is_empty() {
                true => String::new(),
                false => format!(", `{}` takes back what it did", run.command(Choice::Undo)),
            };
            format!("\"{title}\" was {state}{azure}; `{resume}` goes on{back}")
        })
        .collect()
    }

    /// Whether a run was taken back as a whole by another one.
    #[must_use]
    pub fn is_undone(&self, id: &RunId) -> bool {
        let runs = self.all.iter().map(|other| &other.run);
        self.get(id).is_some_and(|known| known.run.undone_by(&runs).is_some())
    }

    /// Takes in a record; gives the run as it is then.
    pub fn record(&mut self, id: &RunId, record: &Record) -> Option<&Run> {
        if let Some(begun) = Run::begin(record) {
            self.all.retain(|known| known.run.id != *id);
            self.all.insert(0, Known { run: begun, held: Held::Here });
            return self.all.first().map(|known| &known.run);
        }
        let known = self.all.iter_mut().find(|known| known.run.id == *id)?;
        known.run.apply(record);
        if matches!(record.change, Change::Resumed { .. }) {
            known.held = Held::Here;
        }
        Some(&known.run)
    }

    /// Takes in how a step is getting on.
    pub fn progress(
        &mut self,
        id: &RunId,
        step: usize,
        status: Option<String>,
        percent: Option<f64>,
        parts: Vec<Part>,
    ) {
        let known = self.all.iter_mut().find(|known| known.run.id == *id);
        if let Some(step) = known.and_then(|known| known.run.steps.get_mut(step)) {
            if parts.is_empty() {
                (step.status, step.percent) = (status, percent);
            } else {
                step.parts = parts;
            }
        }
    }

    /// Nobody here carries it on any more.
    pub fn left(&mut self, id: &RunId) {
        if let Some(known) = self.all.iter_mut().find(|known| known.run.id == *id) {
            known.held = Held::Nobody;
        }
    }

    /// Takes over what the journal holds. What is carried on here is known better, and so is a run of which more is
    /// known than stood in the journal when it was read: it has ended here since.
    pub fn listed(&mut self, runs: Vec<Listed>) {
        let mut before = std::mem::take(&mut self.all);
        let mut all: Vec<Known> = Vec::new();
        for listed in runs {
            let held = if listed.held { Held::Elsewhere } else { Held::Nobody };
            let read = Known { run: listed.run, held };
            let known = before.iter().position(|known| known.run.id == read.run.id);
            all.push(match known.map(|at| before.swap_remove(at)) {
                Some(known) if known.is_newer_than(&read.run) => known,
                _ => read,
            });
        }
        all.extend(before.into_iter().filter(|known| known.held == Held::Here));
        all.sort_by(|a, b| b.run.id.cmp(&a.run.id));
        self.all = all;
    }
}
