//! `amldeck show`: one workspace with everything around it, without a screen. It is read by a console
//! that nobody looks at, so that both say the same.

mod document;
mod sections;
mod unreadable;

use super::args::Output;
use super::exit::{Exit, Failure, print, tell};
use super::landing;
use super::list::tell_problems;
use super::output::{self, Screen};
use super::start::House;
use crate::app::runtime::load_inventory;
use crate::azure::arm::id::ArmId;

/// Finds the workspace, reads it and prints it.
///
/// # Errors
/// When the inventory cannot be read at all, the name fits none or several, or the settings are wrong.
pub async fn run(house: &House, workspace: &str, output: Output) -> Result<Exit, Failure> {
    let screen = Screen::of(house)?;
    let (mut console, mut services) = house.headless()?;
    if services.subscriptions.is_empty() {
        // An id says where to look; the other subscriptions need not be asked.
        services.subscriptions.extend(subscription_of(workspace));
    }
    let inventory = load_inventory(&services.client, &services.subscriptions, &|_| ()).await?;
    let Some(id) = landing::find(&inventory, workspace)? else {
        tell_problems(&inventory);
        tell(&format!("whether there is a workspace '{workspace}' cannot be told"));
        return Ok(Exit::CannotTell);
    };
    // Some findings rest on who may do what on the resources that it depends on.
    console.model.asks_access = true;
    console.connect_on(services, inventory, &id);
    console.settle().await;
    let model = &console.model;
    let (Some(page), Some(entry)) = (model.page(), model.inventory.get(&id)) else {
        return Err(Failure::house(format!("{id} was found and not opened; this is a defect of amldeck")));
    };
    let unreadable = unreadable::of(page);
    let text = match output {
        Output::Json => output::json(&document::Document::of(model, page, entry, &unreadable))?,
        _ => {
            let sections = sections::of(model, page, &unreadable, output);
            output::sections(id.name(), &sections, output, &screen)
        }
    };
    print(&text)?;
    for part in &unreadable {
        tell(&part.to_string());
    }
    Ok(if unreadable.is_empty() { Exit::Done } else { Exit::CannotTell })
}

/// The subscription that a workspace's id names; none for what is no id.
pub fn subscription_of(workspace: &str) -> Option<String> {
    ArmId::parse(workspace).ok()?.subscription_id().map(str::to_owned)
}

/// What of a page could not be read, in words.
#[must_use]
pub fn unreadable(page: &crate::app::page::Page) -> Vec<String> {
    unreadable::of(page).iter().map(ToString::to_string).collect()
}
