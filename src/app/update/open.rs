//! Asking for data: tickets, the page of the selected workspace, and what nobody looks at any more.

use std::sync::Arc;
use std::time::Duration;

use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::fetch::{Fetch, Part, Ticket};
use crate::app::model::{KEPT_PAGES, Model};
use crate::app::page::Page;
use crate::azure::arm::id::ArmId;
use crate::domain::inventory::Inventory;

/// How long the selection must rest before its page is fetched: holding a key down must not send a
/// round of requests for every row that flies by.
const REST: Duration = Duration::from_millis(90);

/// A fetch with a new number. What was under way for the same thing is replaced.
pub fn ask(model: &mut Model, fetch: Fetch) -> Effect {
    model.generation += 1;
    let generation = model.generation;
    model.under_way.insert(fetch.clone(), generation);
    if let Fetch::Page(id, part) = &fetch
        && let Some(page) = model.page_mut(id)
    {
        page.begin(part);
    }
    Effect::Fetch(Ticket { fetch, generation })
}

/// Whether an answer with this number is still wanted; takes it off the list.
pub fn is_wanted(model: &mut Model, ticket: &Ticket) -> bool {
    if model.under_way.get(&ticket.fetch) == Some(&ticket.generation) {
        model.under_way.remove(&ticket.fetch);
        return true;
    }
    false
}

/// What the console does first.
pub fn start(model: &mut Model) -> Vec<Effect> {
    model.inventory_status.loading = true;
    let mut effects = ask_who(model);
    effects.push(ask(model, Fetch::Inventory));
    // What the cache selected before there was anybody to ask; a landing will go elsewhere.
    if model.landing.is_none() {
        effects.extend(open_selected(model));
    }
    effects
}

/// What is done first with an inventory that was read already: one workspace of it is opened.
pub fn start_on(model: &mut Model, inventory: Inventory, workspace: &ArmId) -> Vec<Effect> {
    model.inventory_status.at = Some(model.now);
    model.inventory = Arc::new(inventory);
    model.browser.inventory_changed(&model.inventory);
    model.browser.reveal(&model.inventory, &Node::Workspace(workspace.clone()));
    let mut effects = ask_who(model);
    effects.extend(open_selected(model));
    effects
}

/// Asks who is signed in and where else the account may go, as far as that is not known.
pub fn ask_who(model: &mut Model) -> Vec<Effect> {
    let mut effects = Vec::new();
    if model.session.account.is_none() {
        effects.push(ask(model, Fetch::Caller));
    }
    if model.session.tenants.is_empty() {
        effects.push(ask(model, Fetch::Tenants));
    }
    effects
}

/// The selection changed: what was fetched for the old one is called off, the new one is fetched once
/// it rests. A page that was left half read is read on, one that was read whole is not asked for again.
pub fn selection_changed(model: &mut Model) -> Vec<Effect> {
    let mut effects = cancel_unseen(model);
    for state in model.panes.values_mut() {
        state.cursor = Default::default();
    }
    super::screen::refilter_access(model);
    model.settling += 1;
    let roles_known = model
        .browser
        .workspace()
        .and_then(ArmId::subscription_id)
        .is_none_or(|id| model.roles_asked.iter().any(|asked| asked.eq_ignore_ascii_case(id)));
    let lacks = !roles_known || model.page().is_none_or(|page| !lacking(page).is_empty());
    if lacks && model.browser.workspace().is_some() {
        effects.push(Effect::Settle { generation: model.settling, after: REST });
    }
    effects.extend(super::data::count_members(model));
    effects
}

/// Calls off what only a page that was left wanted.
fn cancel_unseen(model: &mut Model) -> Vec<Effect> {
    let selected = model.browser.workspace().cloned();
    let mut effects = Vec::new();
    let unseen = model.pages.iter().filter(|page| Some(&page.id) != selected.as_ref());
    let mut loading: Vec<Fetch> = unseen.flat_map(Page::loading).collect();
    // Names serve every page; counting a group's people serves the page that shows the group, and so does
    // a row that is to be looked at.
    // Role definitions are asked at the page's scope, and asked again where the next page is.
    let only_for_a_page = |fetch: &&Fetch| match fetch {
        Fetch::Members(_) | Fetch::Json(_) => true,
        Fetch::Roles { scope, .. } => Some(scope) != selected.as_ref(),
        _ => false,
    };
    loading.extend(model.under_way.keys().filter(only_for_a_page).cloned());
    for fetch in loading {
        model.under_way.remove(&fetch);
        if let Fetch::Roles { subscription, .. } = &fetch {
            model.roles_asked.retain(|asked| asked != subscription);
        }
        if let Fetch::Page(id, part) = &fetch
            && let Some(page) = model.page_mut(id)
        {
            page.cancel(part);
        }
        effects.push(Effect::Cancel(fetch));
    }
    effects
}

/// Fetches what the page of the selected workspace still lacks.
pub fn open_selected(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.browser.workspace().cloned() else { return Vec::new() };
    if model.page().is_none() {
        let Some(entry) = model.inventory.get(&id) else { return Vec::new() };
        let page = Page::new(entry);
        model.pages.push_back(page);
        if model.pages.len() > KEPT_PAGES {
            model.pages.pop_front();
        }
    }
    let Some(page) = model.page_mut(&id) else { return Vec::new() };
    let missing = lacking(page);
    if page.outdated {
        page.forget_beside();
    }
    page.outdated = false;
    let mut effects: Vec<Effect> = Vec::new();
    for part in missing {
        effects.push(ask(model, Fetch::Page(id.clone(), part)));
    }
    effects.extend(ask_roles(model));
    effects
}

/// The parts of a page that were neither read nor refused, or are outdated, and are not on their way.
fn lacking(page: &Page) -> Vec<Part> {
    let lacks = |part: &Part| {
        page.status(part).is_none_or(|s| {
            !s.loading && (page.outdated || (s.at.is_none() && (s.error.is_none() || s.passing)))
        })
    };
    page.first_round().into_iter().filter(lacks).collect()
}

/// Role definitions of the selected workspace's subscription, once: all of them the first time, custom
/// ones for every further subscription.
pub fn ask_roles(model: &mut Model) -> Option<Effect> {
    let scope = model.browser.workspace()?.clone();
    if let Some(subscription) = scope.subscription_id() {
        model.roles_refused.remove(&subscription.to_ascii_lowercase());
    }
    ask_roles_at(model, &scope)
}

/// Role definitions of the subscription of a scope, unless they were asked for or refused.
pub fn ask_roles_at(model: &mut Model, scope: &ArmId) -> Option<Effect> {
    let subscription = scope.subscription_id()?.to_ascii_lowercase();
    if model.roles_asked.contains(&subscription) || model.roles_refused.contains_key(&subscription) {
        return None;
    }
    let custom_only = !model.roles_asked.is_empty();
    model.roles_asked.push(subscription.clone());
    Some(ask(model, Fetch::Roles { subscription, scope: scope.clone(), custom_only }))
}

/// Selects something by jumping to it.
pub fn go_to(model: &mut Model, node: &Node) -> Vec<Effect> {
    model.browser.remember();
    if model.browser.reveal(&model.inventory, node) { selection_changed(model) } else { Vec::new() }
}
