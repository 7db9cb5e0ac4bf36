//! `amldeck journal`: what was changed from here, what was cut off, and the way back, without a screen.

use super::args::{Consent, JournalCommand, Output, OutputArgs};
use super::carry::{named, to_the_end};
use super::exit::{Exit, Failure, print, tell};
use super::output::{self, Screen, Section};
use super::start::House;
use crate::app::export::Sheet;
use crate::app::runs::RunEvent;
use crate::app::runtime::{Control, JournalError, Listed, RunError, Runner};
use crate::domain::changes::purge;
use crate::domain::fact::Tone;
use crate::domain::plan::{Phase, Plan, Run, RunId, inverse, print as printed};

/// Lists, shows, takes back or goes on.
///
/// # Errors
/// When nobody is signed in, there is no journal or no such run, or it fits several.
pub async fn run(house: &House, what: Option<JournalCommand>) -> Result<Exit, Failure> {
    let connection = house.connect()?;
    let runner = Runner::open(connection.client, &house.journal(), house.clock()).await.map_err(failure)?;
    match what.unwrap_or(JournalCommand::List { output: OutputArgs { output: Output::Table } }) {
        JournalCommand::List { output } => list(&runner, output.output, &Screen::of(house)?),
        JournalCommand::Show { run, output } => show(&find(&runner, &run)?, output.output),
        JournalCommand::Undo { run, consent } => {
            let found = find(&runner, &run)?.run;
            let plan = inverse(&found, &[]).map_err(Failure::wrong_use)?;
            if !has_consent(&plan, &printed::text(&plan), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Run(plan, Some(found.id))).await
        }
        JournalCommand::Resume { run, consent } => {
            let found = find(&runner, &run)?.run;
            if !has_consent(&found.plan, &printed::run_text(&found), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Resume(Box::new(found))).await
        }
        JournalCommand::Cancel { run, consent } => {
            let found = find(&runner, &run)?.run;
            if found.cancellable().is_none() {
                return Err(Failure::wrong_use(format!(
                    "run {} has nothing under way that can be cancelled",
                    found.id
                )));
            }
            if !has_consent(&found.plan, &printed::run_text(&found), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Cancel(Box::new(found))).await
        }
        JournalCommand::Purge { run, consent } => {
            let found = find(&runner, &run)?.run;
            let Some(workspace) = found.held_by_deleted() else {
                let words = format!("run {} did not fail because a deleted workspace holds a name", found.id);
                return Err(Failure::wrong_use(words));
            };
            let plan = purge(&workspace, found.plan.production);
            if !has_consent(&plan, &printed::text(&plan), &consent)? {
                return Ok(Exit::No);
            }
            let exit = carry(&runner, Work::Run(plan, None)).await?;
            tell(&format!("`amldeck journal resume {}` goes on with what wanted the name", found.id));
            Ok(exit)
        }
        JournalCommand::Keep { run } => {
            let found = find(&runner, &run)?.run;
            runner.keep(&found.id, &mut |_| {}).map_err(failure)?;
            tell(&format!("run {} stays as it is", found.id));
            Ok(Exit::Done)
        }
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
        RunError::Journal(_) => Failure::house(error),
    }
}

fn find(runner: &Runner, beginning: &str) -> Result<Listed, Failure> {
    runner.journal().find(beginning).map_err(|error| failure(error.into()))
}

fn list(runner: &Runner, output: Output, screen: &Screen) -> Result<Exit, Failure> {
    let (runs, damaged) = runner.journal().list().map_err(|error| failure(error.into()))?;
    if runs.is_empty() {
        tell("nothing was changed from here with this account yet");
    }
    let undone = |run: &Run| runs.iter().any(|other| other.run.is_undo_of(run));
    let text = match output {
        Output::Json => {
            let all: Vec<serde_json::Value> = runs
                .iter()
                .map(|listed| {
                    let mut document = printed::run_json(&listed.run);
                    document["held"] = listed.held.into();
                    document["undone"] = undone(&listed.run).into();
                    document
                })
                .collect();
            output::json(&all)?
        }
        _ => {
            let sheet = Sheet {
                names: vec!["run", "begun", "state", "title", "subject", "account"],
                titles: vec!["Run", "Begun", "State", "What", "On", "By"],
                rows: runs.iter().map(|listed| row(listed, undone(&listed.run))).collect(),
            };
            let tones = runs.iter().map(|listed| vec![tone(listed); 6]).collect();
            let section = Section {
                kept: &["run", "state"],
                expendable: &["account", "subject"],
                ..Section::table("Changes", sheet, tones)
            };
            output::table(&section, output, screen)
        }
    };
    print(&text)?;
    for error in &damaged {
        tell(&error.to_string());
    }
    Ok(if damaged.is_empty() { Exit::Done } else { Exit::CannotTell })
}

fn row(listed: &Listed, undone: bool) -> Vec<String> {
    let run = &listed.run;
    let state = match run.phase {
        Phase::Running if listed.held => "under way in a console",
        Phase::Running if run.is_unfinished() => "left in the middle",
        Phase::Running => "done but for a clock",
        phase => phase.word(),
    };
    let undone = if undone { ", undone" } else { "" };
    vec![
        run.id.to_string(),
        run.begun.to_string(),
        format!("{state}{undone}"),
        run.plan.title.clone(),
        run.plan.subject_name.clone(),
        run.account.clone(),
    ]
}

fn tone(listed: &Listed) -> Tone {
    match listed.run.phase {
        Phase::Failed => Tone::Bad,
        _ if listed.run.is_unfinished() && !listed.held => Tone::Warn,
        _ => Tone::Plain,
    }
}

fn show(listed: &Listed, output: Output) -> Result<Exit, Failure> {
    let run = &listed.run;
    let text = match output {
        Output::Json => output::json(&printed::run_json(run))?,
        Output::Md => printed::run_markdown(run),
        Output::Table | Output::Csv => printed::run_text(run),
    };
    print(&text)?;
    Ok(if run.is_unfinished() && !listed.held { Exit::No } else { Exit::Done })
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

/// What is carried out.
pub enum Work {
    /// A plan, and the run that it takes back.
    Run(Plan, Option<RunId>),
    /// A run that was cut off, as it stands.
    Resume(Box<Run>),
    /// The same, only to cancel in Azure what goes on there.
    Cancel(Box<Run>),
}

/// Carries a plan out with a line on standard error for whatever happens; an interruption leaves a run that can be
/// gone on with.
///
/// # Errors
/// When it cannot begin, or the journal cannot be written.
pub async fn carry(runner: &Runner, work: Work) -> Result<Exit, Failure> {
    let control = Control::default();
    let mut shown = match &work {
        Work::Run(..) => None,
        Work::Resume(run) | Work::Cancel(run) => Some(Run::clone(run)),
    };
    let mut emit = |event: RunEvent| tell_event(&mut shown, &event);
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
    let Some(run) = to_the_end(&control, carried).await else {
        tell("cut off; `amldeck journal` shows the run, and `amldeck journal resume RUN` goes on");
        return Ok(Exit::Interrupted);
    };
    let run = run.map_err(failure)?;
    for line in run.now_true() {
        tell(&line);
    }
    tell(&format!("run {}: {}", run.id, run.phase.word()));
    Ok(if run.phase == Phase::Done { Exit::Done } else { Exit::No })
}

fn tell_event(shown: &mut Option<Run>, event: &RunEvent) {
    match event {
        RunEvent::Recorded { run: id, record } => {
            if let Some(begun) = Run::begin(record) {
                tell(&format!("run {}: {}", begun.id, begun.plan.title));
                *shown = Some(begun);
            }
            // A run that is taken back gets a line in its own journal as well.
            let Some(run) = shown.as_mut().filter(|run| run.id == *id) else { return };
            run.apply(record);
            let step = record.change.step();
            let step = step.and_then(|at| Some((at, run.steps.get(at)?, run.plan.steps.get(at)?)));
            if let Some((at, became, plan)) = step {
                tell(&format!("{}. {}: {}", at + 1, plan.title, became.word()));
            }
        }
        RunEvent::Progress { status: Some(status), .. } => tell(&format!("   {status}")),
        _ => {}
    }
}
