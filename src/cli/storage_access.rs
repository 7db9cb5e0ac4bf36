//! `amldeck storage-access`: what a switch of the storage access mode would do, without a screen.

use super::args::Output;
use super::exit::{Exit, Failure, print, tell};
use super::landing;
use super::list::tell_problems;
use super::output::{self, Screen, Section};
use super::start::House;
use crate::app::runtime::{load_inventory, read_for_switch};
use crate::app::storage_access;
use crate::azure::arm::id::ArmId;
use crate::domain::storage_access::{Assessment, Table, Verdict};

/// Reads the workspace, assesses the switch and prints it.
///
/// # Errors
/// When the inventory cannot be read at all, or the name fits none or several.
pub async fn run(house: &House, workspace: &str, output: Output) -> Result<Exit, Failure> {
    let screen = Screen::of(house)?;
    let (mut console, services) = house.headless()?;
    let client = services.client.clone();
    // All subscriptions are looked at: any of them may have a workspace on the same account.
    let inventory = load_inventory(&client, &services.subscriptions, &|_| ()).await?;
    let Some(id) = landing::find(&inventory, workspace)? else {
        tell_problems(&inventory);
        tell(&format!("whether there is a workspace '{workspace}' cannot be told"));
        return Ok(Exit::CannotTell);
    };
    console.model.asks_access = true;
    console.connect_on(services, inventory, &id);
    console.settle().await;
    let model = &console.model;
    let Some(page) = model.page() else {
        return Err(Failure::house(format!("{id} was found and not opened; this is a defect of amldeck")));
    };
    let reads = Box::pin(read_for_switch(&client, &id, page.opened.storage_id())).await;
    let Some(assessment) = storage_access::assess(model, page, &reads) else {
        for part in super::show::unreadable(page) {
            tell(&part);
        }
        tell(&format!("who has access to {} could not be read, so nothing can be said", id.name()));
        return Ok(Exit::CannotTell);
    };
    print(&text(&assessment, &id, output, &screen)?)?;
    Ok(match assessment.verdict {
        Verdict::Ready | Verdict::AlreadySo => Exit::Done,
        Verdict::AfterGrants | Verdict::NotAdvised { .. } => Exit::No,
        Verdict::CannotTell { .. } => Exit::CannotTell,
    })
}

fn text(assessment: &Assessment, id: &ArmId, output: Output, screen: &Screen) -> Result<String, Failure> {
    Ok(match output {
        Output::Json => output::json(assessment)?,
        Output::Md => storage_access::markdown(assessment),
        Output::Table | Output::Csv => {
            let sections: Vec<Section> = assessment.tables().iter().map(section).collect();
            output::sections(id.name(), &sections, output, screen)
        }
    })
}

fn section(table: &Table) -> Section {
    let tones = table.rows.iter().map(|(cells, tone)| vec![*tone; cells.len()]).collect();
    let sheet = storage_access::sheet(table);
    Section { facts: table.heads.is_empty(), whole: true, ..Section::table(table.title, sheet, tones) }
}
