//! `amldeck apply`: makes what a plan file says, with progress on standard error.

use std::path::Path;

use super::args::Consent;
use super::carry::{Work, agreed, carry, failure, is_free};
use super::exit::{Exit, Failure, tell};
use super::plan::{chosen, read, sound};
use super::serve;
use super::start::Context;
use crate::app::runtime::{Runner, directory_of, preflight, preflight_of};
use crate::azure::arm::client::Client;
use crate::domain::plan::{Plan, Undo, Weight};
use crate::domain::setup::finding::gathered;
use crate::domain::setup::plan::{Known, plan};
use crate::domain::setup::preflight::Question;
use crate::domain::setup::resolve::SetUp;

/// Applies a plan file: looks names up, asks Azure what can be asked, shows the plan, and runs it.
///
/// # Errors
/// When the file or the settings are wrong, Azure refuses beforehand, nobody says yes, or there is no journal. A step
/// that fails is no error: it gives the exit code 1.
pub async fn run(
    context: &Context,
    path: &Path,
    consent: &Consent,
    only: Option<&str>,
) -> Result<Exit, Failure> {
    let client = context.connect()?.client;
    let prepared = async {
        let plan = prepare(context, &client, path, only).await?;
        show(&plan);
        let runner =
            Runner::open(client.clone(), &context.journal(), context.clock()).await.map_err(failure)?;
        is_free(&runner, &plan, None).await?;
        agreed(&plan, consent).await?;
        Ok::<(Runner, Plan), Failure>((runner, plan))
    };
    let (runner, plan) = tokio::select! {
        prepared = prepared => prepared?,
        () = serve::interrupted() => return Ok(Exit::Interrupted),
    };
    carry(&runner, Work::Run(Box::new(plan), None)).await
}

/// Reads a plan file, asks what there is to ask, and makes the plan.
async fn prepare(
    context: &Context,
    client: &Client,
    path: &Path,
    only: Option<&str>,
) -> Result<Plan, Failure> {
    let file = read(path)?;
    // Nobody signed in, or Azure out of reach, is one answer and not one for each question.
    client.account().await?;
    tell("asks Azure what is there and what stands in the way");
    let directory = directory_of(client, &file.people).await;
    let directory = directory.map_err(|problems| Failure::local(problems.join("\n")))?;
    let mut set_up = chosen(sound(path, SetUp::of(&file, &directory))?, only)?;
    preflight_of(client, &set_up, Question::is_about_the_place).await?;
    let mut known = Known::only_today(context.clock().now().to_zoned(jiff::tz::TimeZone::UTC).date());
    for learnt in preflight(client, &set_up).await {
        set_up.findings.extend(known.learn(learnt));
    }
    set_up.findings.sort_by_key(|finding| finding.level);
    let refusals: Vec<String> = gathered(set_up.refusals())
        .into_iter()
        .map(|(finding, about)| {
            let about = if about.is_empty() { String::new() } else { format!("{}: ", about.join(", ")) };
            format!("\n  {about}{}: {}", finding.key, finding.text)
        })
        .collect();
    if !refusals.is_empty() {
        return Err(Failure::local(format!("nothing was sent:{}", refusals.concat())));
    }
    plan(&set_up, &known, &context.production())
        .ok_or_else(|| Failure::local("a sound set-up has no plan; this is a defect of amldeck"))
}

fn show(plan: &Plan) {
    tell(&plan.title);
    for warning in &plan.warnings {
        let word = match warning.weight {
            Weight::Danger => "danger",
            Weight::Caution => "caution",
            Weight::Note => "note",
        };
        tell(&format!("{word}: {}", warning.text));
    }
    for (at, step) in plan.chosen() {
        let one_way = match &step.undo {
            Undo::OneWay(why) => format!(" (one way: {why})"),
            Undo::By(_) | Undo::Nothing => String::new(),
        };
        tell(&format!("{:>3}. {}{one_way}", at + 1, step.title));
    }
}
