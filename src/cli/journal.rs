//! `amldeck journal`: what was changed from here, what was cut off, and the way back, without a screen.

use jiff::Timestamp;

use super::args::{Consent, JournalCommand, Output, OutputArgs};
use super::carry::{Work, carry, failure, has_consent, is_free};
use super::exit::{Exit, Failure, print, tell};
use super::output::{self, Screen, Section};
use super::start::Context;
use crate::app::export::Sheet;
use crate::app::runtime::{JournalError, Journals, Listed, Runner};
use crate::domain::changes::purge;
use crate::domain::fact::Tone;
use crate::domain::plan::{Change, Choice, Held, Phase, Record, Run, inverse, print as printed};
use crate::domain::times::stamp;

/// Lists, shows, takes back or goes on. What was changed from here is in files: nobody has to sign in to read it.
///
/// # Errors
/// When there is no journal or no such run, it fits several, or nobody is signed in for what changes something.
pub async fn run(context: &Context, what: Option<JournalCommand>) -> Result<Exit, Failure> {
    match what.unwrap_or(JournalCommand::List { output: OutputArgs { output: Output::Table } }) {
        JournalCommand::List { output } => list(context, output.output),
        JournalCommand::Show { run, output } => {
            show(&journals(context)?.find(&run).map_err(unfit)?, output.output)
        }
        JournalCommand::Undo { run, consent } => undo(context, &run, &consent).await,
        JournalCommand::Resume { run, consent } => {
            let (runner, found) = taken(context, &run).await?;
            if !has_consent(&found.plan, &printed::run_text(&found, Held::Nobody), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Resume(Box::new(found))).await
        }
        JournalCommand::Cancel { run, consent } => {
            let (runner, found) = taken(context, &run).await?;
            if found.cancellable().is_none() {
                let taken = found.steps.iter().any(|step| step.cancel_taken);
                return Err(Failure::wrong_use(if taken {
                    let resume = found.command(Choice::Resume);
                    format!(
                        "run {} was cancelled, and Azure still ends what it had begun: `{resume}` watches that",
                        found.id
                    )
                } else {
                    format!("run {} has nothing under way that can be cancelled", found.id)
                }));
            }
            if !has_consent(&found.plan, &printed::run_text(&found, Held::Nobody), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Cancel(Box::new(found))).await
        }
        JournalCommand::Purge { run, consent } => purge_holder(context, &run, &consent).await,
        JournalCommand::Keep { run } => keep(context, &run),
    }
}

/// Takes a run back, by a plan that is shown before.
async fn undo(context: &Context, run: &str, consent: &Consent) -> Result<Exit, Failure> {
    let (runner, found) = taken(context, run).await?;
    let (all, _) = runner.journal().list().map_err(unfit)?;
    if let Some(by) = found.undone_by(&all.iter().map(|listed| &listed.run)) {
        let words = format!("run {} was undone already, by run {}: there is nothing to do", found.id, by.id);
        return Err(Failure::wrong_use(words));
    }
    if let Some(by) = all.iter().map(|listed| &listed.run).find(|run| run.is_unfinished_undo_of(&found)) {
        let words = format!(
            "an undo of run {} was left in the middle: `{}` goes on with it",
            found.id,
            by.command(Choice::Resume)
        );
        return Err(Failure::wrong_use(words));
    }
    let mut plan = inverse(&found, &[]).map_err(Failure::wrong_use)?;
    if !consent.yes {
        runner.ahead(&plan).await.into_iter().for_each(|said| plan.warn(said.weight, said.text));
    }
    if !has_consent(&plan, &printed::text(&plan), consent)? {
        return Ok(Exit::No);
    }
    is_free(&runner, &plan, Some(&found.id)).await?;
    carry(&runner, Work::Run(Box::new(plan), Some(found.id))).await
}

/// Purges the deleted workspace that holds the name of one that a run could not make.
async fn purge_holder(context: &Context, run: &str, consent: &Consent) -> Result<Exit, Failure> {
    let (runner, found) = taken(context, run).await?;
    let Some(workspace) = found.held_by_deleted() else {
        let words = format!("run {} did not fail because a deleted workspace holds a name", found.id);
        return Err(Failure::wrong_use(words));
    };
    let plan = purge(&workspace, found.plan.production);
    if !has_consent(&plan, &printed::text(&plan), consent)? {
        return Ok(Exit::No);
    }
    let exit = carry(&runner, Work::Run(Box::new(plan), None)).await?;
    if exit == Exit::Done {
        tell(&format!("`{}` goes on with what wanted the name", found.command(Choice::Resume)));
    }
    Ok(exit)
}

/// Leaves a run as it is. That sends nothing and is decided by whoever has the file, whichever account ran it.
fn keep(context: &Context, run: &str) -> Result<Exit, Failure> {
    let journals = journals(context)?;
    let found = journals.find(run).map_err(unfit)?.run;
    let (all, _) = journals.list().map_err(unfit)?;
    let undone = found.undone_by(&all.iter().map(|listed| &listed.run)).is_some();
    if undone || !found.choices().contains(&Choice::Keep) {
        let words = format!(
            "run {} is {}: there is nothing to decide",
            found.id,
            found.standing(Held::Nobody, undone)
        );
        return Err(Failure::wrong_use(words));
    }
    let record = Record { at: context.clock().now(), change: Change::Kept };
    journals.take_up(&found.id).and_then(|(mut entry, _)| entry.write(&record)).map_err(unfit)?;
    tell(&format!("run {} stays as it is", found.id));
    Ok(Exit::Done)
}

/// The run whose name begins so, of the account that is signed in, and who carries it on.
async fn taken(context: &Context, beginning: &str) -> Result<(Runner, Run), Failure> {
    let client = context.connect()?.client;
    let runner = Runner::open(client, &context.journal(), context.clock()).await.map_err(failure)?;
    let found = runner.journal().find(beginning).map_err(unfit)?.run;
    Ok((runner, found))
}

/// The journals of all accounts at the endpoint.
///
/// # Errors
/// When there is no place for them.
pub fn journals(context: &Context) -> Result<Journals, Failure> {
    let endpoint = context.connect()?.endpoints.arm;
    Journals::at(&context.journal(), endpoint.as_str()).map_err(unfit)
}

/// What to tell of a journal that could not be read or used.
pub fn unfit(error: JournalError) -> Failure {
    failure(error.into())
}

fn list(context: &Context, output: Output) -> Result<Exit, Failure> {
    let (runs, damaged) = journals(context)?.list().map_err(unfit)?;
    if runs.is_empty() {
        tell("nothing was changed from here yet");
    }
    let undone = |run: &Run| run.undone_by(&runs.iter().map(|other| &other.run)).is_some();
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
            let zone = context.zone();
            let when = |at: Timestamp| match output {
                Output::Table => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
                _ => stamp(at),
            };
            let sheet = Sheet {
                names: vec!["run", "begun", "state", "title", "subject", "account"],
                titles: vec!["Run", "Begun", "State", "What", "On", "By"],
                rows: runs.iter().map(|listed| row(listed, undone(&listed.run), &when)).collect(),
            };
            let tones = runs.iter().map(|listed| vec![tone(listed); 6]).collect();
            let section = Section {
                kept: &["run", "state"],
                expendable: &["account", "subject"],
                ..Section::table("Changes", sheet, tones)
            };
            output::table(&section, output, &Screen::of(context)?)
        }
    };
    print(&text)?;
    for error in &damaged {
        tell(&error.to_string());
    }
    Ok(if damaged.is_empty() { Exit::Done } else { Exit::CannotTell })
}

fn row(listed: &Listed, undone: bool, when: &impl Fn(Timestamp) -> String) -> Vec<String> {
    let run = &listed.run;
    vec![
        run.id.to_string(),
        when(run.begun),
        run.standing(held(listed), undone),
        run.plan.title.clone(),
        run.plan.subject_name.clone(),
        run.account.clone(),
    ]
}

/// Who carries a run on that was read from the journal.
fn held(listed: &Listed) -> Held {
    if listed.held { Held::Elsewhere } else { Held::Nobody }
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
    let held = held(listed);
    let text = match output {
        Output::Json => output::json(&printed::run_json(run))?,
        Output::Md => printed::run_markdown(run, held),
        Output::Table => printed::run_text(run, held),
        Output::Csv => {
            return Err(Failure::wrong_use(
                "what became of a run is no table: -o table, md or json shows it; `journal list -o csv` has them all",
            ));
        }
    };
    print(&text)?;
    Ok(if run.is_unfinished() && !listed.held { Exit::No } else { Exit::Done })
}
