//! Carrying a plan out in a terminal or without one: consent, what is told meanwhile, and what an interruption means.

use std::io::{BufRead, IsTerminal, Write};

use tokio::sync::Notify;

use super::args::Consent;
use super::exit::{Exit, Failure, print, tell};
use super::serve::{self, Signal};
use crate::app::runs::RunEvent;
use crate::app::runtime::{Control, JournalError, RunError, Runner};
use crate::domain::plan::{Change, Choice, Confirmation, Phase, Plan, Run, RunId, StepState};

/// Sees that `--yes` is enough for a plan: one that is in production, or has a step that cannot be taken back, wants
/// its name besides.
///
/// # Errors
/// When the name is missing or another one, with what to type.
pub fn named(plan: &Plan, consent: &Consent) -> Result<(), Failure> {
    match plan.confirmation() {
        Confirmation::TypeName(name) if consent.name.as_deref() != Some(name) => {
            let why = match plan {
                Plan { production: true, many: Some(_), .. } => "are in production",
                Plan { production: true, .. } => "is in production",
                Plan { unsure: true, .. } => "is changed without knowing whom it takes access from",
                Plan { advised_against: true, .. } => "is changed against the advice",
                _ => "is changed for good",
            };
            let flag = name_flag(plan);
            Err(Failure::wrong_use(match &plan.many {
                Some(_) => {
                    let all = &plan.subject_name;
                    format!("nothing was sent: some of {all} {why}: say how many they are with{flag}")
                }
                None => format!("nothing was sent: {name} {why}: repeat its name with{flag}"),
            }))
        }
        _ => Ok(()),
    }
}

/// Whether somebody agreed; otherwise what would be done is printed.
///
/// # Errors
/// When the name is wanted and was not repeated.
pub fn has_consent(plan: &Plan, text: &str, consent: &Consent) -> Result<bool, Failure> {
    if !consent.yes {
        print(text)?;
        tell("nothing was sent; --yes does it");
        return Ok(false);
    }
    named(plan, consent).map(|()| true)
}

/// Sees that somebody agrees to a plan: by the flags, or by an answer at the terminal, which is No unless it is given
/// in full.
///
/// # Errors
/// When nobody agrees, or there is nobody to ask.
pub async fn agreed(plan: &Plan, consent: &Consent) -> Result<(), Failure> {
    if consent.yes {
        return named(plan, consent);
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::wrong_use(
            "nothing was sent: there is no terminal to ask at. `amldeck plan` shows the plan, `--yes` runs it unasked",
        ));
    }
    let wanted = match plan.confirmation() {
        Confirmation::Yes => "yes".to_owned(),
        Confirmation::TypeName(name) => name.to_owned(),
    };
    let mut error = std::io::stderr();
    // When standard error is closed there is nobody to ask, and the answer below is No.
    let _ = write!(error, "Type {wanted} to go on: ");
    let _ = error.flush();
    // A thread of its own: an interruption must not wait for the answer.
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let line = read.await.map_err(Failure::house)?.map_err(Failure::house)?;
    if line.trim() == wanted { Ok(()) } else { Err(Failure::house("nothing was sent: the answer was no")) }
}

/// Waits for a run. The first interruption at the keyboard stops it and cancels in Azure what can be cancelled; a
/// second one, a closed terminal or the wish to end leave it: what Azure took goes on there. `None` when it was left.
pub async fn to_the_end(
    control: &Control,
    run: impl Future<Output = Result<Run, RunError>>,
) -> Option<Result<Run, RunError>> {
    let mut run = Box::pin(run);
    let mut signals = serve::Signals::listen();
    let mut stopping = false;
    loop {
        tokio::select! {
            run = &mut run => return Some(run),
            signal = signals.next() => {
                if stopping || signal == Signal::End {
                    return None;
                }
                stopping = true;
                control.stop(true);
                tell("stopping, and cancelling in Azure what can be cancelled; once more leaves it to go on there");
            }
        }
    }
}

/// What is carried out.
pub enum Work {
    /// A plan, and the run that it takes back.
    Run(Plan, Option<RunId>),
    /// A run that was cut off, as it stands.
    Resume(Box<Run>),
    /// The same, only to cancel in Azure what goes on there.
    Cancel(Box<Run>),
}

/// How a run was left to itself.
enum Left {
    /// It came to its end, a failure or a stop.
    Over(Box<Run>),
    /// Somebody cut it off.
    CutOff,
    /// All that is left is a clock.
    ToItsClock,
}

/// Carries a plan out with a line on standard error for whatever happens; an interruption leaves a run that can be
/// gone on with. A clock at its very end keeps nobody waiting: it is told until when it runs, and whoever goes on with
/// the run then waits for it.
///
/// # Errors
/// When it cannot begin, or the journal cannot be written.
pub async fn carry(runner: &Runner, work: Work) -> Result<Exit, Failure> {
    let control = Control::default();
    let mut teller = Teller::of(&work);
    let holds = matches!(&work, Work::Resume(run) if run.only_waits());
    let at_the_clock = Notify::new();
    let left = {
        let mut emit = |event: RunEvent| {
            teller.tell(&event);
            if !holds && teller.is_at_its_clock(&event) {
                at_the_clock.notify_one();
            }
        };
        let carried = async {
            match work {
                Work::Run(plan, undoes) => runner.run(plan, undoes, &control, &mut emit).await,
                Work::Resume(run) => runner.resume(&run.id, &control, &mut emit).await,
                Work::Cancel(run) => {
                    control.stop(true);
                    runner.resume(&run.id, &control, &mut emit).await
                }
            }
        };
        tokio::select! {
            over = to_the_end(&control, carried) => match over {
                Some(run) => Left::Over(Box::new(run.map_err(failure)?)),
                None => Left::CutOff,
            },
            () = at_the_clock.notified() => Left::ToItsClock,
        }
    };
    match left {
        Left::Over(run) => {
            run.now_true().iter().for_each(|line| tell(line));
            tell(&format!("run {}: {}", run.id, run.word()));
            if run.phase == Phase::Done {
                return Ok(Exit::Done);
            }
            tell_choices(&run);
            Ok(Exit::No)
        }
        Left::CutOff => {
            tell("cut off; `amldeck journal` shows the run, and `amldeck journal resume RUN` goes on");
            Ok(Exit::Interrupted)
        }
        Left::ToItsClock => {
            teller.clock_words().iter().for_each(|line| tell(line));
            Ok(Exit::Done)
        }
    }
}

/// Tells what happens to a run, each thing once.
struct Teller {
    /// The run, as far as it is known.
    shown: Option<Run>,
    /// What was told last of which step.
    last: Option<(usize, &'static str)>,
    /// What Azure said last.
    status: Option<String>,
}

impl Teller {
    fn of(work: &Work) -> Self {
        let shown = match work {
            Work::Run(..) => None,
            Work::Resume(run) | Work::Cancel(run) => Some(Run::clone(run)),
        };
        Self { shown, last: None, status: None }
    }

    fn tell(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Recorded { run: id, record } => {
                if let Some(begun) = Run::begin(record) {
                    tell(&format!("run {}: {}", begun.id, begun.plan.title));
                    self.shown = Some(begun);
                }
                // A run that is taken back gets a line in its own journal as well.
                let Some(run) = self.shown.as_mut().filter(|run| run.id == *id) else { return };
                run.apply(record);
                let step = record.change.step();
                let step = step.and_then(|at| Some((at, run.steps.get(at)?, run.plan.steps.get(at)?)));
                if let Some((at, became, plan)) = step {
                    let word = became.word();
                    // A request and its answer are two records of one state.
                    if self.last.replace((at, word)) != Some((at, word)) {
                        self.status = None;
                        tell(&format!("{}. {}: {word}", at + 1, plan.title));
                    }
                    if let StepState::Failed(trouble) = &became.state {
                        tell(&format!("   {}", trouble.words));
                    }
                }
            }
            RunEvent::Progress { status: Some(status), .. } if self.status.as_ref() != Some(status) => {
                tell(&format!("   {status}"));
                self.status = Some(status.clone());
            }
            RunEvent::Told { words } => tell(words),
            _ => {}
        }
    }

    /// Whether the clock of a step has just begun to run, nothing but time ends it, and nothing is sent after it.
    fn is_at_its_clock(&self, event: &RunEvent) -> bool {
        let (Some(run), RunEvent::Recorded { record, .. }) = (&self.shown, event) else { return false };
        matches!(record.change, Change::Waiting { .. })
            && run.only_waits()
            && run.clock().is_some_and(|(_, until)| until > record.at)
    }

    /// What is so while the last clock runs.
    fn clock_words(&self) -> Vec<String> {
        let Some(run) = &self.shown else { return Vec::new() };
        let mut lines = run.now_true();
        if let Some((wait, until)) = run.clock() {
            lines.push(format!(
                "run {id}: done but for a clock. Until {} it may not be so everywhere that {}; `amldeck journal resume {id} \
                 --yes{name}` waits for it and reads it back",
                until.strftime("%Y-%m-%dT%H:%M:%SZ"),
                wait.reason,
                id = run.id,
                name = name_flag(&run.plan)
            ));
        }
        lines
    }
}

/// Tells what can be done about a run that did not come to its end, each as the line to type.
pub fn tell_choices(run: &Run) {
    let name = name_flag(&run.plan);
    for choice in run.choices() {
        let (word, what) = match choice {
            Choice::Resume if run.phase == Phase::Failed => ("resume", "tries again from there"),
            Choice::Resume => ("resume", "goes on where it stopped"),
            Choice::Purge => ("purge", "purges the deleted workspace that holds the name, for good"),
            Choice::Cancel => ("cancel", "cancels in Azure what goes on there"),
            Choice::Undo => ("undo", "takes back what this run made, and nothing else"),
            Choice::Keep => ("keep", "leaves it as it is"),
        };
        let flags = match choice {
            Choice::Keep => String::new(),
            Choice::Purge => {
                run.held_by_deleted().map(|id| format!(" --yes --name {}", id.name())).unwrap_or_default()
            }
            _ => format!(" --yes{name}"),
        };
        tell(&format!("`amldeck journal {word} {}{flags}` {what}", run.id));
    }
}

/// The flag with which a plan is agreed to by name, where that is wanted.
fn name_flag(plan: &Plan) -> String {
    match plan.confirmation() {
        // How many they are has a blank in it.
        Confirmation::TypeName(name) if name.contains(' ') => format!(" --name '{name}'"),
        Confirmation::TypeName(name) => format!(" --name {name}"),
        Confirmation::Yes => String::new(),
    }
}

/// What to tell of a run that could not begin.
pub fn failure(error: RunError) -> Failure {
    match error {
        RunError::SignIn(error) => Failure::from(*error),
        RunError::Journal(JournalError::NoSuchRun(_) | JournalError::Several(..))
        | RunError::ReadOnly
        | RunError::NoWayBack(_)
        | RunError::Over(_) => Failure::wrong_use(error),
        RunError::Journal(_) | RunError::WentOn(_) | RunError::Lacking(_) => Failure::house(error),
    }
}
