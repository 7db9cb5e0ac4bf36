//! `amldeck apply`: makes what a plan file says, with progress on standard error.

use std::path::Path;

use super::args::Consent;
use super::carry::{Work, agreed, carry, failure};
use super::exit::{Exit, Failure, tell};
use super::plan::{chosen, read, sound};
use super::serve;
use super::start::House;
use crate::app::runtime::{Runner, directory_of, preflight};
use crate::azure::arm::client::Client;
use crate::domain::plan::{Plan, Undo, Weight};
use crate::domain::setup::plan::{Known, plan};
use crate::domain::setup::resolve::SetUp;

/// Applies a plan file: looks names up, asks Azure what can be asked, shows the plan, and runs it.
///
/// # Errors
/// When the file or the settings are wrong, Azure refuses beforehand, nobody says yes, or there is no journal. A step
/// that fails is no error: it gives the exit code 1.
pub async fn run(house: &House, path: &Path, consent: &Consent, only: Option<&str>) -> Result<Exit, Failure> {
    let client = house.connect()?.client;
    let prepared = async {
        let plan = prepare(house, &client, path, only).await?;
        show(&plan);
        agreed(&plan, consent).await?;
        Ok::<Plan, Failure>(plan)
    };
    let plan = tokio::select! {
        plan = prepared => plan?,
        () = serve::interrupted() => return Ok(Exit::Interrupted),
    };
    let runner = Runner::open(client, &house.journal(), house.clock()).await.map_err(failure)?;
    carry(&runner, Work::Run(plan, None)).await
}

/// Reads a plan file, asks what there is to ask, and makes the plan.
async fn prepare(house: &House, client: &Client, path: &Path, only: Option<&str>) -> Result<Plan, Failure> {
    let file = read(path)?;
    let directory = directory_of(client, &file.people).await;
    let directory = directory.map_err(|problems| Failure::house(problems.join("\n")))?;
    let mut set_up = chosen(sound(path, SetUp::of(&file, &directory))?, only)?;
    let mut known = Known::only_today(house.clock().now().to_zoned(house.zone()).date());
    for learnt in preflight(client, &set_up).await {
        set_up.findings.extend(known.learn(learnt));
    }
    set_up.findings.sort_by_key(|finding| finding.level);
    let refusals: Vec<String> =
        set_up.refusals().map(|finding| format!("\n  {}: {}", finding.place(), finding.text)).collect();
    if !refusals.is_empty() {
        return Err(Failure::house(format!("nothing was sent:{}", refusals.concat())));
    }
    plan(&set_up, &known, &house.production())
        .ok_or_else(|| Failure::house("a sound set-up has no plan; this is a defect of amldeck"))
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
