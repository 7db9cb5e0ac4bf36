//! The one place where the state changes: a message in, what to do outside out. Pure.

mod access_forms;
mod asking;
#[cfg(test)]
mod cached_tests;
mod cursors;
mod data;
mod edit;
#[cfg(test)]
mod export_tests;
pub mod forms;
#[cfg(test)]
mod forms_tests;
mod gather;
mod input;
mod inventory;
mod lists;
mod matrix;
mod menus;
mod open;
mod overlays;
#[cfg(test)]
mod reach_tests;
mod reviews;
#[cfg(test)]
mod reviews_tests;
mod runs;
#[cfg(test)]
mod runs_tests;
mod screen;
mod setup;
mod snapshot;
mod storage_access;
mod subject;
mod tenant;
#[cfg(test)]
mod tests;
mod timeline;

use super::effect::Effect;
use super::fetch::Fetch;
use super::message::Message;
use super::model::Model;
use crate::domain::fact::Tone;

pub use cursors::list_of;
pub use forms::unfinished;
pub use lists::{can_cancel, run_at};
pub use open::{start, start_on};
pub use runs::{offers, start as start_run};
pub use setup::no_subscription;
pub use snapshot::Taking;
pub use storage_access::{Switch, Switching};
pub use subject::finding;
pub use tenant::Parked;

/// Handles a message.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    if matches!(message, Message::Drawn(_)) {
        return handle(model, message);
    }
    // Whoever presses a key may move the cursor; whatever else happens must not take it elsewhere.
    let held = if matches!(message, Message::Input(_)) { None } else { lists::held(model) };
    let mut effects = handle(model, message);
    effects.extend(gather::gather(model));
    effects.extend(asking::advance(model));
    effects.extend(snapshot::advance(model));
    effects.extend(storage_access::advance(model));
    lists::keep_in_step(model, held);
    effects.extend(forms::keep_in_step(model));
    effects
}

fn handle(model: &mut Model, message: Message) -> Vec<Effect> {
    let anchor = matrix::cursor_anchor(model);
    let by_hand = matches!(message, Message::Input(_) | Message::Drawn(_));
    let effects = take(model, message);
    matrix::restore_cursor(model, anchor, by_hand);
    effects
}

fn take(model: &mut Model, message: Message) -> Vec<Effect> {
    match message {
        Message::Input(input) => input::handle(model, input),
        Message::Drawn(hits) => {
            for viewport in hits.viewports() {
                if let Some(cursor) = cursors::cursor_mut(model, viewport.list) {
                    cursor.offset = viewport.offset;
                    cursor.height = viewport.height;
                }
            }
            model.hits = hits;
            Vec::new()
        }
        Message::Tick => {
            model.turn = model.turn.wrapping_add(1);
            data::refresh_when_due(model)
        }
        Message::Settled(generation) if generation == model.settling => open::open_selected(model),
        Message::Settled(_) => Vec::new(),
        Message::Cached(kept) => {
            let effects = inventory::cached(model, *kept);
            lists::survey_again(model);
            effects
        }
        Message::Inventory { generation, inventory, complete } => {
            let effects = inventory::arrived(model, generation, *inventory, complete);
            lists::survey_again(model);
            effects
        }
        Message::InventoryFailed { generation, error } => inventory::failed(model, generation, error),
        Message::Fetched(ticket, fetched) => {
            let names = matches!(ticket.fetch, Fetch::Names(_) | Fetch::Members(_));
            let effects = data::fetched(model, ticket, fetched);
            lists::survey_again(model);
            timeline::tell_again(model);
            if names {
                asking::again(model);
                matrix::relist(model);
            }
            effects
        }
        Message::Broke(ticket) => data::broke(model, &ticket),
        Message::Assessed { page, generation, assessment } => {
            gather::assessed(model, &page, generation, assessment);
            lists::survey_again(model);
            asking::again(model);
            matrix::relist(model);
            Vec::new()
        }
        Message::Inquired { generation, outcome } => {
            asking::worked_out(model, generation, outcome);
            Vec::new()
        }
        Message::Answered { slot, generation, answer } => {
            // It may have said that this is waited for.
            model.notices.end_hint();
            forms::answered(model, slot, generation, answer)
        }
        Message::Drafts(drafts) => forms::found_drafts(model, drafts),
        Message::PlansFound(found) => forms::found_plans(model, found),
        Message::Network(network) => {
            model.network = network;
            Vec::new()
        }
        Message::Requests(entries) => {
            model.requests = entries;
            Vec::new()
        }
        Message::LinkOpened(result, link) => data::link_opened(model, result, link),
        Message::Run(event) => runs::happened(model, event),
        Message::Written(Some(text)) => subject::copy(model, text),
        Message::Written(None) => {
            model.tell(Tone::Bad, "writing it out failed; it was not copied or saved", "");
            Vec::new()
        }
        Message::Saved(result) => data::saved(model, result),
    }
}
