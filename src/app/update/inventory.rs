//! Whose inventory it is, and which of those that arrive stands: the cache's, a part, the whole; and the
//! workspace that somebody came for.

use std::sync::Arc;

use super::data::retry_failed;
use super::menus;
use super::open::{open_selected, selection_changed};
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::fetch::{Fetch, Identity};
use crate::app::field::Field;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::runtime::{Kept, Owner};
use crate::azure::arm::error::Error;
use crate::domain::fact::Tone;
use crate::domain::inventory::{Inventory, Landing};
use crate::domain::plan::Kind;

/// Takes who is signed in. What the cache holds of somebody else goes, and what only the account's own journal tells is
/// asked for.
pub fn signed_in(model: &mut Model, result: Result<Identity, Error>) -> Vec<Effect> {
    match result {
        Ok(identity) => {
            let status = &model.inventory_status;
            let foreign = status.owner.as_ref().is_some_and(|owner| !is_owner(&identity, owner));
            let mut effects = if foreign { drop_cached(model) } else { Vec::new() };
            // The journal is the account's.
            effects.push(Effect::ListRuns);
            model.signed_out = false;
            model.session.account = Some(identity.account);
            model.session.object_id = identity.object_id;
            model.session.tenant = identity.tenant.or(model.session.tenant.take());
            name_tenant(model);
            return effects;
        }
        Err(error) => {
            model.signed_out = model.session.account.is_none();
            model.tell(Tone::Bad, error.plain(), error.to_string());
        }
    }
    Vec::new()
}

/// The list of tenants knows the name of one whose directory may not be read.
pub fn name_tenant(model: &mut Model) {
    if let Some(here) = &mut model.session.tenant
        && here.name == here.id
        && let Some(known) = model.session.tenants.iter().find(|t| t.id.eq_ignore_ascii_case(&here.id))
    {
        here.name.clone_from(&known.name);
    }
}

fn is_owner(identity: &Identity, owner: &Owner) -> bool {
    let same_tenant = identity.tenant.as_ref().is_none_or(|t| t.id.eq_ignore_ascii_case(&owner.tenant));
    same_tenant && identity.principal().eq_ignore_ascii_case(&owner.principal)
}

/// The inventory of the last session stands until the first answer, or until it turns out to be
/// somebody else's.
pub fn cached(model: &mut Model, kept: Kept) -> Vec<Effect> {
    let Kept { inventory, at, owner } = kept;
    let signed_in = model.session.account.clone().map(|account| Identity {
        account,
        object_id: model.session.object_id.clone(),
        tenant: model.session.tenant.clone(),
    });
    // The outline comes first, the whole of it soon after.
    let known = model.inventory_status.at.is_some() && !model.inventory.is_outline();
    if known || signed_in.is_some_and(|identity| !is_owner(&identity, &owner)) {
        return Vec::new();
    }
    model.inventory_status.cached = true;
    model.inventory_status.owner = Some(owner);
    model.inventory_status.at = Some(at);
    replace_inventory(model, inventory)
}

/// Forgets the inventory of the cache, and whatever was opened from it.
fn drop_cached(model: &mut Model) -> Vec<Effect> {
    model.inventory_status.cached = false;
    model.inventory_status.owner = None;
    model.inventory_status.at = None;
    model.inventory = Arc::default();
    model.browser.forget();
    // With nothing selected this calls off every fetch of a page.
    let effects = selection_changed(model);
    model.pages.clear();
    effects
}

/// Takes an inventory, or what of it arrived so far. The whole one replaces whatever was there.
pub fn arrived(model: &mut Model, generation: u64, inventory: Inventory, complete: bool) -> Vec<Effect> {
    if model.under_way.get(&Fetch::Inventory) != Some(&generation) {
        return Vec::new();
    }
    let mut inventory = inventory;
    // A part replaces neither what was known whole nor more of the cache.
    let status = &model.inventory_status;
    let first = status.at.is_none() || status.cached;
    let mut effects = Vec::new();
    if complete {
        // From here on the rows are true, so that the selected one may be opened.
        // What the cache holds may be another account's until it is known who is signed in.
        if !model.inventory_status.cached || model.session.account.is_some() {
            inventory.keep_unread(&model.inventory);
        }
        model.inventory_status.cached = false;
        model.inventory_status.owner = None;
    }
    if complete || (first && inventory.count() >= model.inventory.count()) {
        effects = replace_inventory(model, inventory);
    }
    if complete && model.inventory.workspaces().is_empty() && !model.pages.is_empty() {
        // Nothing that was opened is there any more.
        model.browser.forget();
        effects.extend(selection_changed(model));
        model.pages.clear();
        model.browser.rebuild(&model.inventory);
    }
    if complete && first && !model.touched && model.landing.is_none() {
        // Parts come in any order; whoever has not chosen begins at the top.
        let Model { browser, inventory, .. } = model;
        if browser.select_first(inventory) {
            effects.extend(selection_changed(model));
            effects.retain(|effect| !matches!(effect, Effect::Settle { .. }));
            effects.extend(open_selected(model));
        }
    }
    if complete {
        model.under_way.remove(&Fetch::Inventory);
        model.inventory_status.loading = false;
        model.inventory_status.error = None;
        // Where nothing could be read, what is shown is as old as it was.
        let subscriptions = model.inventory.subscriptions();
        let nothing = !subscriptions.is_empty() && subscriptions.iter().all(|s| s.unread.is_some());
        if !nothing || model.inventory_status.at.is_none() {
            model.inventory_status.at = Some(model.now);
        }
        effects.extend(landed(model));
        effects.extend(retry_failed(model));
        if !nothing {
            effects.push(Effect::KeepInventory);
        }
        tell_problems(model);
    }
    effects
}

/// Tells what could not be read; what failed for the same reason in a line.
fn tell_problems(model: &mut Model) {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for problem in &model.inventory.problems {
        match reasons.iter_mut().find(|(message, _)| *message == problem.message) {
            Some((_, scopes)) => scopes.push(problem.scope.clone()),
            None => reasons.push((problem.message.clone(), vec![problem.scope.clone()])),
        }
    }
    for (message, scopes) in reasons {
        let what = match scopes.as_slice() {
            [only] => only.clone(),
            [first, others @ ..] => format!("{first} and {} others", others.len()),
            [] => continue,
        };
        let detail = format!("{message}\n\n{}", scopes.join("\n"));
        model.tell(Tone::Warn, format!("{what}: {message}"), detail);
    }
}

/// Ends a refresh that failed: what was there stays, with the error beside it.
pub fn failed(model: &mut Model, generation: u64, error: Error) -> Vec<Effect> {
    if model.under_way.get(&Fetch::Inventory) != Some(&generation) {
        return Vec::new();
    }
    model.under_way.remove(&Fetch::Inventory);
    model.inventory_status.loading = false;
    model.tell(Tone::Bad, error.plain(), error.to_string());
    model.inventory_status.error = Some(error);
    Vec::new()
}

fn replace_inventory(model: &mut Model, inventory: Inventory) -> Vec<Effect> {
    let before = model.browser.selected().cloned();
    model.inventory = Arc::new(inventory);
    for page in &mut model.pages {
        page.judge(Arc::make_mut(&mut model.inventory), &model.production);
    }
    model.browser.inventory_changed(&model.inventory);
    let mut effects = Vec::new();
    if model.landing.is_some() {
        effects.extend(land_early(model));
    }
    if model.landing.is_some() {
        // Somebody waits for another workspace than the first of the list.
        return effects;
    }
    if model.browser.selected() != before.as_ref() {
        effects.extend(selection_changed(model));
        // The first look needs no rest.
        if before.is_none() && !model.inventory_status.cached {
            effects.retain(|effect| !matches!(effect, Effect::Settle { .. }));
            effects.extend(open_selected(model));
        }
    } else if !model.inventory_status.cached && model.page().is_none() {
        effects.extend(open_selected(model));
    }
    effects
}

/// Goes to the workspace of the command line as soon as it is seen and cannot be mistaken: an id never
/// can, a name only once all are known.
fn land_early(model: &mut Model) -> Vec<Effect> {
    let Some(text) = model.landing.clone().filter(|text| text.starts_with('/')) else { return Vec::new() };
    match model.inventory.find(&text) {
        Landing::One(at) => land_on(model, at),
        Landing::None | Landing::Several(_) => Vec::new(),
    }
}

/// Goes to the workspace that somebody waits for, now that all are known; says so where there is none, or several.
pub fn landed(model: &mut Model) -> Vec<Effect> {
    let Some(text) = model.landing.clone() else { return Vec::new() };
    match model.inventory.find(&text) {
        Landing::One(at) => land_on(model, at),
        Landing::None if was_set_up(model, &text) => {
            // Resource Graph learns of new things after some seconds, or minutes.
            model.landing = None;
            let name = text.rsplit('/').next().unwrap_or_default();
            let words = format!(
                "{name} is there; the list of workspaces does not have it yet, refresh it in a minute"
            );
            model.tell(Tone::Plain, words, "");
            Vec::new()
        }
        Landing::None => {
            model.landing = None;
            let detail = "amldeck list shows every workspace that this account can read.";
            model.tell(Tone::Warn, format!("no workspace is called '{text}'; choose one"), detail);
            let mut near = menus::workspaces(model, "Workspace", |_| true);
            near.query = Field::with(&text);
            near.typing = true;
            near.refilter();
            model.overlays.push(Overlay::Picker(near));
            Vec::new()
        }
        Landing::Several(found) => {
            model.landing = None;
            let line = format!("{} workspaces are called '{text}'; choose one", found.len());
            model.tell(Tone::Warn, line.clone(), "");
            let several = menus::workspaces(model, &line, |at| found.contains(&at));
            model.overlays.push(Overlay::Picker(several));
            Vec::new()
        }
    }
}

/// Whether this console has set up the workspace with this id.
fn was_set_up(model: &Model, id: &str) -> bool {
    let runs = model.runs.all().iter().map(|known| &known.run.plan);
    runs.filter(|plan| plan.kind == Kind::SetUp).any(|plan| plan.subject.as_str() == id)
}

fn land_on(model: &mut Model, at: usize) -> Vec<Effect> {
    model.landing = None;
    // Somebody asked for it, so the selection is no longer the console's to choose.
    model.touched = true;
    let Some(entry) = model.inventory.workspaces().get(at) else { return Vec::new() };
    let node = Node::Workspace(entry.id.clone());
    model.browser.reveal(&model.inventory, &node);
    let mut effects = selection_changed(model);
    effects.retain(|effect| !matches!(effect, Effect::Settle { .. }));
    effects.extend(open_selected(model));
    effects
}
