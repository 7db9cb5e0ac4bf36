//! `amldeck journal`: what was changed from here, what was cut off, and the way back, without a screen.

use jiff::Timestamp;

use super::args::{JournalCommand, Output, OutputArgs};
use super::carry::{Work, carry, failure, has_consent};
use super::exit::{Exit, Failure, print, tell};
use super::output::{self, Screen, Section};
use super::start::House;
use crate::app::export::Sheet;
use crate::app::runtime::{JournalError, Journals, Listed, Runner};
use crate::domain::changes::purge;
use crate::domain::fact::Tone;
use crate::domain::plan::{Choice, Phase, Run, inverse, print as printed};
use crate::domain::times::stamp;

/// Lists, shows, takes back or goes on. What was changed from here is in files: nobody has to sign in to read it.
///
/// # Errors
/// When there is no journal or no such run, it fits several, or nobody is signed in for what changes something.
pub async fn run(house: &House, what: Option<JournalCommand>) -> Result<Exit, Failure> {
    match what.unwrap_or(JournalCommand::List { output: OutputArgs { output: Output::Table } }) {
        JournalCommand::List { output } => list(house, output.output),
        JournalCommand::Show { run, output } => {
            show(&journals(house)?.find(&run).map_err(unfit)?, output.output)
        }
        JournalCommand::Undo { run, consent } => {
            let (runner, found) = taken(house, &run).await?;
            let (all, _) = runner.journal().list().map_err(unfit)?;
            if let Some(by) = found.undone_by(&all.iter().map(|listed| &listed.run)) {
                let words =
                    format!("run {} was undone already, by run {}: there is nothing to do", found.id, by.id);
                return Err(Failure::wrong_use(words));
            }
            if let Some(by) =
                all.iter().map(|listed| &listed.run).find(|run| run.is_unfinished_undo_of(&found))
            {
                let words = format!(
                    "an undo of run {} was left in the middle: `amldeck journal resume {}` goes on with it",
                    found.id, by.id
                );
                return Err(Failure::wrong_use(words));
            }
            let plan = inverse(&found, &[]).map_err(Failure::wrong_use)?;
            if !has_consent(&plan, &printed::text(&plan), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Run(plan, Some(found.id))).await
        }
        JournalCommand::Resume { run, consent } => {
            let (runner, found) = taken(house, &run).await?;
            if !has_consent(&found.plan, &printed::run_text(&found), &consent)? {
                return Ok(Exit::No);
            }
            carry(&runner, Work::Resume(Box::new(found))).await
        }
        JournalCommand::Cancel { run, consent } => {
            let (runner, found) = taken(house, &run).await?;
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
            let (runner, found) = taken(house, &run).await?;
            let Some(workspace) = found.held_by_deleted() else {
                let words = format!("run {} did not fail because a deleted workspace holds a name", found.id);
                return Err(Failure::wrong_use(words));
            };
            let plan = purge(&workspace, found.plan.production);
            if !has_consent(&plan, &printed::text(&plan), &consent)? {
                return Ok(Exit::No);
            }
            let exit = carry(&runner, Work::Run(plan, None)).await?;
            if exit == Exit::Done {
                tell(&format!("`amldeck journal resume {}` goes on with what wanted the name", found.id));
            }
            Ok(exit)
        }
        JournalCommand::Keep { run } => {
            let (runner, found) = taken(house, &run).await?;
            let (all, _) = runner.journal().list().map_err(unfit)?;
            let undone = found.undone_by(&all.iter().map(|listed| &listed.run)).is_some();
            if undone || !found.choices().contains(&Choice::Keep) {
                let words = format!(
                    "run {} is {}: there is nothing to decide",
                    found.id,
                    state(&found, false, undone)
                );
                return Err(Failure::wrong_use(words));
            }
            runner.keep(&found.id, &mut |_| {}).await.map_err(failure)?;
            tell(&format!("run {} stays as it is", found.id));
            Ok(Exit::Done)
        }
    }
}

/// The run whose name begins so, of the account that is signed in, and who carries it on.
async fn taken(house: &House, beginning: &str) -> Result<(Runner, Run), Failure> {
    let client = house.connect()?.client;
    let runner = Runner::open(client, &house.journal(), house.clock()).await.map_err(failure)?;
    let found = runner.journal().find(beginning).map_err(unfit)?.run;
    Ok((runner, found))
}

/// The journals of all accounts at the endpoint.
fn journals(house: &House) -> Result<Journals, Failure> {
    let endpoint = house.connect()?.endpoints.arm;
    Journals::at(&house.journal(), endpoint.as_str()).map_err(unfit)
}

fn unfit(error: JournalError) -> Failure {
    failure(error.into())
}

fn list(house: &House, output: Output) -> Result<Exit, Failure> {
    let (runs, damaged) = journals(house)?.list().map_err(unfit)?;
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
            let zone = house.zone();
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
            output::table(&section, output, &Screen::of(house)?)
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
        state(run, listed.held, undone),
        run.plan.title.clone(),
        run.plan.subject_name.clone(),
        run.account.clone(),
    ]
}

/// Where a run stands, in a few words.
fn state(run: &Run, held: bool, undone: bool) -> String {
    match (run.phase, undone) {
        (Phase::Running, false) if held => "under way in a console".to_owned(),
        (_, false) => run.left_word(),
        (Phase::Done, true) => format!("{}, undone", run.word()),
        // One that was left, or failed, and is undone is no more than that.
        (_, true) => "undone".to_owned(),
    }
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
        Output::Table => printed::run_text(run),
        Output::Csv => {
            return Err(Failure::wrong_use(
                "what became of a run is no table: -o table, md or json shows it; `journal list -o csv` has them all",
            ));
        }
    };
    print(&text)?;
    Ok(if run.is_unfinished() && !listed.held { Exit::No } else { Exit::Done })
}
