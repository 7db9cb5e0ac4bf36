//! `amldeck show`: one workspace with everything around it, without a screen. It is read by a console
//! that nobody looks at, so that both say the same.

mod document;
mod sections;
mod unreadable;

use super::args::Output;
use super::exit::{Exit, Failure, print, tell};
use super::opened;
use super::output::{self, Screen};
use super::start::Context;

/// Finds the workspace, reads it and prints it.
///
/// # Errors
/// When the inventory cannot be read at all, the name fits none or several, or the settings are wrong.
pub async fn run(context: &Context, workspace: &str, output: Output) -> Result<Exit, Failure> {
    let screen = Screen::of(context)?;
    let Some(found) = opened::find(context, workspace).await? else { return Ok(Exit::CannotTell) };
    let opened = found.open().await;
    let (id, model, page) = (&opened.id, opened.model(), opened.page()?);
    let Some(entry) = model.inventory.get(id) else {
        return Err(Failure::local(format!("{id} is in no inventory any more; this is a defect of amldeck")));
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

/// What of a page could not be read, in words.
#[must_use]
pub fn unreadable(page: &crate::app::page::Page) -> Vec<String> {
    unreadable::of(page).iter().map(ToString::to_string).collect()
}
