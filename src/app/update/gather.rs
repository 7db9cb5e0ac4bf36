//! What questions about access need beyond what the pane shows at a glance: the lists of the resources
//! beside the workspace, role definitions of their subscriptions, and who is in the groups. All of it is
//! asked in the background, while somebody looks.

use super::open::{ask, ask_roles_at};
use crate::app::effect::Effect;
use crate::app::fetch::{Fetch, Part};
use crate::app::model::Model;
use crate::app::page::{Page, Pane};
use crate::azure::arm::id::ArmId;

/// Asks for what is still missing; nothing when nobody looks, or all was asked for.
pub fn gather(model: &mut Model) -> Vec<Effect> {
    if !is_wanted(model) {
        return Vec::new();
    }
    let Some(page) = model.page() else { return Vec::new() };
    let id = page.id.clone();
    let parts: Vec<Part> = page.parts_beside().into_iter().filter(|part| is_missing(page, part)).collect();
    let scopes: Vec<ArmId> = page.scopes_beside().into_iter().cloned().collect();
    let groups = missing_groups(model, page);
    let mut effects: Vec<Effect> =
        parts.into_iter().map(|part| ask(model, Fetch::Page(id.clone(), part))).collect();
    effects.extend(scopes.iter().filter_map(|scope| ask_roles_at(model, scope)));
    effects.extend(groups.into_iter().map(|group| ask(model, Fetch::Members(group))));
    effects
}

/// Whether somebody looks at more of the access than the pane shows at a glance.
fn is_wanted(model: &Model) -> bool {
    model.asks_access || model.zoomed && model.focus == Pane::Access
}

/// Whether a part was not asked for, or called off when its page was left.
fn is_missing(page: &Page, part: &Part) -> bool {
    page.status(part).is_none_or(|s| !s.loading && s.at.is_none() && s.error.is_none())
}

/// The groups of a page that the directory was not asked for.
fn missing_groups(model: &Model, page: &Page) -> Vec<String> {
    let (met, _) = model.groups.with_nested(page.groups().iter().map(String::as_str));
    let is_missing = |id: &&str| {
        model.groups.get(id).is_none() && !model.under_way.contains_key(&Fetch::Members((*id).to_owned()))
    };
    met.into_iter().filter(is_missing).map(str::to_owned).collect()
}

/// Reads what was read for questions about access again, as far as it was.
pub fn refresh(model: &mut Model) -> Vec<Effect> {
    model.groups.forget_failures(true);
    let Some(page) = model.page() else { return Vec::new() };
    let (met, _) = model.groups.with_nested(page.groups().iter().map(String::as_str));
    let known: Vec<String> =
        met.into_iter().filter(|id| model.groups.get(id).is_some()).map(str::to_owned).collect();
    known.into_iter().map(|group| ask(model, Fetch::Members(group))).collect()
}
