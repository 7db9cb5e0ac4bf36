//! What questions about access need beyond what the pane shows at a glance: the lists of the resources
//! beside the workspace, role definitions of their subscriptions, and who is in the groups. All of it is
//! asked in the background, while somebody looks.

use std::sync::Arc;

use super::data::unasked_names;
use super::open::{ask, ask_roles_at};
use super::{asking, lists, storage_access};
use crate::app::access::assessment::{Assessed, Assessment, Facts};
use crate::app::access::lists::AccessList;
use crate::app::effect::Effect;
use crate::app::fetch::{Fetch, Part};
use crate::app::form::copy_access;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::{Page, Pane};
use crate::azure::arm::id::ArmId;
use crate::azure::directory::PrincipalKind;
use crate::domain::access::PrincipalName;

/// How many pages, besides the one on screen, keep what was made ready of them.
const KEPT: usize = 3;

/// Asks for what is still missing where somebody looks. Otherwise nothing is asked for: what the page has
/// anyway is made ready once it is at rest, because some findings rest on it.
pub fn gather(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else { return Vec::new() };
    let id = page.id.clone();
    if !is_wanted(model) {
        return assess(model, &id, false).into_iter().collect();
    }
    let parts: Vec<Part> = page.parts_beside().into_iter().filter(|part| is_missing(page, part)).collect();
    let scopes: Vec<ArmId> = page.scopes_beside().into_iter().cloned().collect();
    let groups = missing_groups(model, page);
    let names = unasked_names(model, policy_holders(page).iter().map(String::as_str));
    let mut effects: Vec<Effect> =
        parts.into_iter().map(|part| ask(model, Fetch::Page(id.clone(), part))).collect();
    effects.extend(scopes.iter().filter_map(|scope| ask_roles_at(model, scope)));
    effects.extend(groups.into_iter().map(|group| ask(model, Fetch::Members(group))));
    if !names.is_empty() {
        effects.push(ask(model, Fetch::Names(names)));
    }
    effects.extend(assess(model, &id, true));
    effects
}

/// Has what was read made ready for questions: as soon as there is something where somebody looks, and again
/// once all is there that was on its way.
fn assess(model: &mut Model, id: &ArmId, wanted: bool) -> Option<Effect> {
    let page = model.page()?;
    let ends = page.assessment.as_ref().and_then(|made| made.stands_until);
    let is_new = page.assessed.knowledge != model.knowledge || ends.is_some_and(|at| at <= model.now);
    let own = page.list_status(AccessList::Assignments, id);
    let is_read = own.is_some_and(|status| status.at.is_some() || status.error.is_some());
    let waits = (page.assessment.is_some() || !wanted) && is_gathering(model, page);
    if !is_new || !is_read || waits || page.assessed.under_way.is_some() {
        return None;
    }
    let facts = Arc::new(Facts::of(model, page));
    model.generation += 1;
    let (generation, knowledge) = (model.generation, model.knowledge);
    model.page_mut(id)?.assessed = Assessed { knowledge, under_way: Some(generation) };
    Some(Effect::Assess { page: id.clone(), generation, facts })
}

/// Whether something that bears on access is still on its way.
fn is_gathering(model: &Model, page: &Page) -> bool {
    !page.loading().is_empty()
        || model
            .under_way
            .keys()
            .any(|fetch| matches!(fetch, Fetch::Roles { .. } | Fetch::Members(_) | Fetch::Names(_)))
}

/// Takes that access is ready for questions.
pub fn assessed(model: &mut Model, id: &ArmId, generation: u64, assessment: Option<Arc<Assessment>>) {
    let Some(page) = model.page_mut(id).filter(|page| page.assessed.under_way == Some(generation)) else {
        return;
    };
    page.assessed.under_way = None;
    let Some(made) = assessment else { return super::data::tell_defect(model) };
    page.assessment = Some(made);
    // Some findings rest on it.
    if let Some(page) = model.pages.iter_mut().find(|page| page.id == *id) {
        page.judge(Arc::make_mut(&mut model.inventory), &model.production);
    }
    forget_others(model, id);
}

/// Lets go of what was made ready for pages that were left, but for the last few: in a large estate each
/// takes tens of megabytes. Their findings stay, and it is made again when somebody comes back.
fn forget_others(model: &mut Model, id: &ArmId) {
    let others = model.pages.iter_mut().rev().filter(|page| page.id != *id && page.assessment.is_some());
    for page in others.skip(KEPT) {
        page.assessment = None;
        page.assessed = Assessed::default();
    }
}

/// Whether somebody looks at more of the access than the pane shows at a glance.
fn is_wanted(model: &Model) -> bool {
    model.asks_access
        || model.taking.is_some()
        || storage_access::is_waiting(model)
        || asking::is_asking(model)
        || lists::looks_for_findings(model)
        || model.zoomed && model.focus == Pane::Access
        || model
            .overlays
            .iter()
            .any(|over| matches!(over, Overlay::Form(form) if form.kind == copy_access::KIND))
}

/// Whether a part was not asked for, or called off when its page was left.
fn is_missing(page: &Page, part: &Part) -> bool {
    page.status(part).is_none_or(|s| !s.loading && s.at.is_none() && s.error.is_none())
}

/// The groups of a page that the directory was not asked for.
fn missing_groups(model: &Model, page: &Page) -> Vec<String> {
    // A policy does not say what it names; the directory does.
    let mut policies = policy_holders(page);
    policies.retain(|id| {
        let known = model.principals.known(id).and_then(PrincipalName::known);
        known.is_some_and(|known| known.kind == PrincipalKind::Group)
    });
    let outer = page.groups().iter().chain(&policies).map(String::as_str);
    let (met, _) = model.groups.with_nested(outer);
    let is_missing = |id: &&str| {
        model.groups.get(id).is_none() && !model.under_way.contains_key(&Fetch::Members((*id).to_owned()))
    };
    met.into_iter().filter(is_missing).map(str::to_owned).collect()
}

/// Whom the access policies of the vault name, by object id in small letters.
fn policy_holders(page: &Page) -> Vec<String> {
    let vault = page.opened.vault().found().copied();
    let policies = vault.into_iter().flat_map(|vault| &vault.properties.access_policies);
    policies.filter_map(|policy| policy.object_id.as_deref()).map(str::to_ascii_lowercase).collect()
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
