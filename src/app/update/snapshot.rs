//! Taking a snapshot of the selected workspace, and holding the workspace against a saved one. Both wait until
//! everything that a snapshot holds was read.

use super::lists;
use super::menus;
use super::open::ask;
use super::overlays;
use super::subject::nothing_selected;
use crate::app::access::lists::AccessList;
use crate::app::effect::Effect;
use crate::app::fetch::Fetch;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Page;
use crate::app::runtime::Saved;
use crate::app::snapshot;
use crate::azure::arm::id::ArmId;
use crate::domain::fact::Tone;
use crate::domain::snapshot::{Comparison, Snapshot};

/// What is done with a snapshot once everything for it is read.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// It is kept.
    Keep,
    /// It is held against one that was kept.
    Compare(Box<Snapshot>),
}

/// A snapshot that waits for what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Taking {
    /// Of which workspace.
    pub workspace: ArmId,
    /// What for.
    pub then: Then,
}

/// Takes a snapshot of the selected workspace, to keep it.
pub fn keep(model: &mut Model) -> Vec<Effect> {
    begin(model, Then::Keep)
}

/// Reads which snapshots of the selected workspace there are.
pub fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(id) = model.page().map(|page| page.id.clone()) else { return nothing_selected(model) };
    vec![ask(model, Fetch::Snapshots(id))]
}

/// The snapshots were read: one of them is chosen, the only one without asking.
pub fn listed(model: &mut Model, workspace: &ArmId, result: Result<Vec<Saved>, String>) -> Vec<Effect> {
    let saved = match result {
        Ok(saved) => saved,
        Err(why) => {
            model.tell(Tone::Bad, format!("snapshots: {why}"), "");
            return Vec::new();
        }
    };
    if model.page().is_none_or(|page| page.id != *workspace) {
        return Vec::new();
    }
    for (broken, why) in saved.iter().filter_map(|one| Some((&one.name, one.snapshot.as_ref().err()?))) {
        model.tell(Tone::Warn, format!("the snapshot {broken}: {why}"), "");
    }
    let mut good: Vec<Snapshot> =
        saved.into_iter().filter_map(|one| one.snapshot.ok()).map(|snapshot| *snapshot).collect();
    match good.len() {
        0 => {
            let text = format!("there is no snapshot of {} yet: take one first", workspace.name());
            model.notices.hint(text);
            Vec::new()
        }
        1 => compare(model, Box::new(good.remove(0))),
        _ => {
            let picker = menus::snapshots(model, good);
            overlays::open(model, Overlay::Picker(picker))
        }
    }
}

/// Holds the selected workspace against a snapshot.
pub fn compare(model: &mut Model, before: Box<Snapshot>) -> Vec<Effect> {
    begin(model, Then::Compare(before))
}

fn begin(model: &mut Model, then: Then) -> Vec<Effect> {
    let Some(id) = model.page().map(|page| page.id.clone()) else { return nothing_selected(model) };
    model.notices.hint(format!("reading everything about {}", id.name()));
    model.taking = Some(Taking { workspace: id, then });
    Vec::new()
}

/// After something happened: the snapshot that waits is taken once everything for it is there.
pub fn advance(model: &mut Model) -> Vec<Effect> {
    let Some(taking) = &model.taking else { return Vec::new() };
    let Some(page) = model.page().filter(|page| page.id == taking.workspace) else {
        // Somebody went elsewhere meanwhile, and what it waits for is not read any more.
        model.taking = None;
        return Vec::new();
    };
    let names = model.under_way.keys().any(|fetch| matches!(fetch, Fetch::Names(_) | Fetch::Roles { .. }));
    if names || !is_complete(page) {
        return Vec::new();
    }
    let taken = snapshot::take(model, page);
    model.notices.dismiss();
    match model.taking.take().map(|taking| taking.then) {
        Some(Then::Keep) => vec![Effect::KeepSnapshot(Box::new(taken))],
        Some(Then::Compare(before)) => {
            let comparison = Box::new(Comparison::of(&before, &taken));
            let effects = overlays::open(model, Overlay::List(Listing::new(Listed::Comparison(comparison))));
            lists::refilter(model);
            effects
        }
        None => Vec::new(),
    }
}

/// Whether everything that belongs to a snapshot of a page was answered, with a value or an error.
fn is_complete(page: &Page) -> bool {
    let lists = std::iter::once(&page.id)
        .chain(page.scopes_beside())
        .flat_map(|scope| AccessList::ALL.map(|list| page.list_status(list, scope)));
    let answered = lists.into_iter().all(|status| {
        status.is_some_and(|status| !status.loading && (status.at.is_some() || status.error.is_some()))
    });
    answered && page.loading().is_empty() && page.unasked_dependents().is_empty()
}
