//! Carrying a plan out in a terminal or without one: consent, what is told meanwhile, and what an interruption means.

use std::io::{BufRead, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::args::Consent;
use super::exit::{Exit, Failure, print, tell};
use super::progress::ProgressPrinter;
use super::serve::{self, Signal};
use crate::app::runs::RunEvent;
use crate::app::runtime::{Control, JournalError, RunError, Runner};
use crate::domain::plan::{
    Choice, Confirmation, InTheWay, Phase, Plan, Run, RunId, name_flag, places, unfinished,
};
use crate::domain::storage_access::{Assessment, places_of};

/// Sees that `--yes` is enough for a plan: one that is in production, or has a step that cannot be taken back, wants
/// its name besides.
///
/// # Errors
/// When the name is missing or another one, with what to type.
pub fn named(plan: &Plan, consent: &Consent) -> Result<(), Failure> {
    match plan.confirmation() {
        Confirmation::TypeName(name) if consent.name.as_deref() != Some(name) => {
            let (why, flag) = (plan.grave_because().unwrap_or_default(), name_flag(name));
            let why = match &plan.many {
                Some(_) => format!("{why}: {}", plan.subject_name),
                None => why.to_owned(),
            };
            let what = if plan.many.is_some() { "say how many they are" } else { "repeat its name" };
            Err(Failure::wrong_use(match plan.advice() {
                Some(advice) => {
                    let advice = advice.trim_end_matches('.');
                    format!("nothing was sent. {why}. {advice}. To do it all the same, {what} with{flag}")
                }
                None => format!("nothing was sent. {why}; {what} with{flag}"),
            }))
        }
        _ => Ok(()),
    }
}

/// The run that is not over and changes what a plan changes, among these.
#[must_use]
pub fn beside<'a>(plan: &Plan, assessed: &[Assessment], runs: &'a [Run]) -> Option<&'a Run> {
    unfinished(&places_of(plan, assessed), None, &runs.iter().collect::<Vec<&Run>>())
}

/// That nothing is begun beside a run that is not over, with the lines that take it up.
#[must_use]
pub fn refused_beside(left: &Run, held: bool) -> Failure {
    let left = InTheWay { run: left.clone(), held, is_others: false };
    failure(RunError::Beside(Box::new(left)))
}

/// Sees that no run that is not over is in the way of a plan, before anybody is asked anything; `undoes` is the run that it
/// takes back.
///
/// # Errors
/// When one is, with the lines that take it up, or when the journal cannot be read.
pub async fn is_free(runner: &Runner, plan: &Plan, undoes: Option<&RunId>) -> Result<(), Failure> {
    match runner.in_the_way(&places(plan), undoes).await.map_err(failure)? {
        Some(left) => Err(failure(RunError::Beside(Box::new(left)))),
        None => Ok(()),
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
    let line = read.await.map_err(Failure::local)?.map_err(Failure::local)?;
    if line.trim() == wanted { Ok(()) } else { Err(Failure::local("nothing was sent: the answer was no")) }
}

/// How long a run that is left may take to write that down: an answer that does not come keeps nobody.
const LEAVING: Duration = Duration::from_secs(1);

/// Waits for a run. The first interruption at the keyboard stops it and cancels in Azure what can be cancelled; a
/// second one, a closed terminal or the wish to end leave it: what Azure took goes on there. `None` when it was cut off.
async fn to_the_end(
    control: &Control,
    run: impl Future<Output = Result<Run, RunError>>,
) -> Option<Result<Run, RunError>> {
    let mut run = Box::pin(run);
    let mut signals = serve::Signals::listen();
    let mut stopping = false;
    loop {
        let signal = tokio::select! {
            run = &mut run => return Some(run),
            signal = signals.next() => signal,
        };
        if stopping || signal == Signal::End {
            control.stop(false);
            return tokio::time::timeout(LEAVING, run).await.ok();
        }
        stopping = true;
        control.stop(true);
        tell("stopping, and cancelling in Azure what can be cancelled; once more leaves it to go on there");
    }
}

/// What is carried out.
pub enum Work {
    /// A plan, and the run that it takes back.
    Run(Box<Plan>, Option<RunId>),
    /// A run that was cut off, as it stands.
    Resume(Box<Run>),
    /// The same, only to cancel in Azure what goes on there.
    Cancel(Box<Run>),
}

/// Looks every second, without end, whether there is something to say between two events.
async fn meanwhile(mut look: impl FnMut()) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        look();
    }
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
    let known = match &work {
        Work::Run(..) => None,
        Work::Resume(run) | Work::Cancel(run) => Some(Run::clone(run)),
    };
    let holds = known.as_ref().is_some_and(Run::only_waits);
    // Who goes on with what was cancelled watches that end, and nothing else.
    let cancels = match &work {
        Work::Run(..) => false,
        Work::Resume(run) => run.steps.iter().any(|step| step.cancel_taken),
        Work::Cancel(_) => true,
    };
    let log = runner.log();
    let printer = Mutex::new(ProgressPrinter::of(known, runner.clock(), log.count()));
    // What panicked while it told something has told it.
    let held = || printer.lock().unwrap_or_else(PoisonError::into_inner);
    let at_the_clock = Notify::new();
    let left = {
        let mut emit = |event: RunEvent| {
            let mut printer = held();
            printer.print(&event);
            if !holds && printer.is_at_its_clock(&event) {
                at_the_clock.notify_one();
            }
        };
        let carried = async {
            match work {
                Work::Run(plan, undoes) => runner.run(*plan, undoes, &control, &mut emit).await,
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
            () = meanwhile(|| held().meanwhile(log)) => Left::CutOff,
        }
    };
    let printer = held();
    if let Left::Over(run) = &left {
        last_words(run).iter().for_each(|line| tell(line));
    } else if let Some(run) = printer.run() {
        let words = if matches!(left, Left::CutOff) { left_words(run) } else { clock_words(run) };
        words.iter().for_each(|line| tell(line));
    }
    Ok(exit(&left, cancels))
}

/// What a run that is left gives to whoever waits for its exit code.
fn exit(left: &Left, cancels: bool) -> Exit {
    match left {
        Left::CutOff => Exit::Interrupted,
        Left::ToItsClock => Exit::Done,
        Left::Over(run) => match run.phase {
            Phase::Done => Exit::Done,
            // To stop is what was wanted, unless Azure is still at it.
            Phase::Stopped if cancels && run.steps.iter().all(|step| step.open.is_none()) => Exit::Done,
            Phase::Stopped if !cancels => Exit::Interrupted,
            Phase::Running | Phase::Failed | Phase::Stopped | Phase::Kept => Exit::No,
        },
    }
}

/// What is so at the end of a run, and what can be done about it, or comes next.
fn last_words(run: &Run) -> Vec<String> {
    let (id, word) = (&run.id, run.word());
    if run.phase != Phase::Done {
        let mut lines = vec![format!("run {id}: {word}; what is so now:")];
        lines.extend(run.now_true().iter().map(|line| format!("  {line}")));
        lines.extend(choices(run));
        return lines;
    }
    if !run.steps.iter().any(|step| step.changed) {
        return vec![format!("run {id}: {word}: everything was so already, and nothing was changed")];
    }
    let next = run.plan.next.iter().map(|next| format!("next: {next}"));
    std::iter::once(format!("run {id}: {word}")).chain(next).collect()
}

/// What is so when nobody watches a run any more.
fn left_words(run: &Run) -> Vec<String> {
    let resume = run.command(Choice::Resume);
    vec![match run.steps.iter().any(|step| step.cancel_taken) {
        true => format!(
            "left: it was cancelled, and Azure still ends what it had begun. `{resume}` watches that and tells what is there then; \
             nothing more is sent"
        ),
        false => format!("left: what Azure took goes on there. `{resume}` watches it and goes on"),
    }]
}

/// What is so while the last clock runs.
fn clock_words(run: &Run) -> Vec<String> {
    let mut lines = run.now_true();
    if let Some((wait, until)) = run.clock() {
        lines.push(format!(
            "run {id}: done, and not waited for: until {} it may not be so everywhere that {}; `{resume}` waits for it and \
             reads it back",
            until.strftime("%Y-%m-%dT%H:%M:%SZ"),
            wait.reason,
            id = run.id,
            resume = run.command(Choice::Resume)
        ));
    }
    lines
}

/// What can be done about a run that did not come to its end, each as the line to type.
fn choices(run: &Run) -> Vec<String> {
    let line = |choice: Choice| {
        let words = run.choice_words(choice);
        format!("`{}` to {}: {}", run.command(choice), words.verb, words.detail)
    };
    run.choices().into_iter().map(line).collect()
}

/// What to tell of a run that could not begin.
pub fn failure(error: RunError) -> Failure {
    match error {
        RunError::SignIn(error) => Failure::from(*error),
        RunError::Journal(JournalError::NoSuchRun(_) | JournalError::Several(..))
        | RunError::ReadOnly
        | RunError::NoWayBack(_)
        | RunError::TakenBack { .. }
        | RunError::Beside(_)
        | RunError::Outdated { .. }
        | RunError::Over(_) => Failure::wrong_use(error),
        RunError::Journal(_)
        | RunError::WentOn(_)
        | RunError::Lacking(_)
        | RunError::Locked(_)
        | RunError::Stopped => Failure::local(error),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::azure::arm::id::ArmId;
    use crate::azure::arm::request::{Method, Request};
    use crate::domain::plan::{Change, Kind, Record, Step};

    fn run(name: &str, changes: &[Change]) -> Run {
        let at = Timestamp::UNIX_EPOCH;
        let mut plan = Plan::new(Kind::Grant, "t", ArmId::subscription("s"));
        (plan.production, plan.subject_name) = (true, name.to_owned());
        let mut step = Step::quiet("a", "Do it", "It is so.");
        step.requests.push(Request::arm(Method::Put, &plan.subject, "v"));
        plan.steps.push(step);
        plan.next.push("look at it".to_owned());
        let id = RunId("1".to_owned());
        let begun = Change::Begun { run: id, account: "a".to_owned(), undoes: None, plan: Box::new(plan) };
        let changes = std::iter::once(&begun).chain(changes);
        let records: Vec<Record> = changes.map(|change| Record { at, change: change.clone() }).collect();
        Run::replay(&records).unwrap()
    }

    #[test]
    fn how_a_run_was_left_gives_the_exit_code_whoever_carried_it_on() {
        let over = |changes: &[Change]| Left::Over(Box::new(run("x", changes)));
        let step = 0;
        let trouble = crate::domain::plan::Trouble::of(&crate::azure::arm::error::Error::CalledOff);
        let failed = Change::StepFailed { step, trouble };
        for (left, exit_code, of_a_cancel) in [
            (over(&[Change::StepDone { step }, Change::Ended]), Exit::Done, Exit::Done),
            (over(&[failed]), Exit::No, Exit::No),
            (over(&[Change::Stopped]), Exit::Interrupted, Exit::Done),
            (Left::CutOff, Exit::Interrupted, Exit::Interrupted),
            (Left::ToItsClock, Exit::Done, Exit::Done),
        ] {
            assert_eq!((exit(&left, false), exit(&left, true)), (exit_code, of_a_cancel));
        }
    }

    #[test]
    fn the_lines_to_type_hold_the_name_as_a_shell_takes_it() {
        let words = last_words(&run("rg(prod)", &[Change::Stopped]));
        assert!(words[0].starts_with("run 1: stopped; what is so now:"), "{words:?}");
        assert!(
            words.contains(
                &"`amldeck journal resume 1 --yes --name 'rg(prod)'` to go on: where it stopped".to_owned()
            ),
            "{words:?}"
        );
        assert!(left_words(&run("it's", &[]))[0].contains(r"resume 1 --yes --name 'it'\''s'`"));
        let taken = [Change::Sending { step: 0, request: 0 }, Change::CancelTaken { step: 0, request: 0 }];
        let words = left_words(&run("x", &taken)).concat();
        assert!(words.starts_with("left: it was cancelled, and Azure still ends"), "{words}");
    }

    #[test]
    fn what_is_next_is_told_of_a_run_that_changed_something() {
        let done = [Change::StepDone { step: 0 }, Change::Ended];
        assert_eq!(
            last_words(&run("x", &done)),
            ["run 1: done: everything was so already, and nothing was changed"]
        );
        let sent = Change::Answered { step: 0, request: 0, outcome: crate::domain::plan::Outcome::Done };
        let changed = [&[sent][..], &done].concat();
        assert_eq!(last_words(&run("x", &changed)), ["run 1: done", "next: look at it"]);
    }
}
