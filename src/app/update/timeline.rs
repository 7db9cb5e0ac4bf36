//! What changed: asking the activity log, and the list that tells it.

use super::open::ask;
use super::subject::nothing_selected;
use super::{lists, overlays};
use crate::app::effect::Effect;
use crate::app::fetch::Fetch;
use crate::app::list::ListCursor;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::timeline::{self, Log, Read};
use crate::domain::timeline::{Watched, Window};

/// Lays what changed around the selected workspace over the screen, and reads it.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else {
        return nothing_selected(model);
    };
    let watched = Watched::of(&page.opened);
    let window = Window::default();
    let mut effects = read(model, watched.clone(), window);
    let told = timeline::tell(model, &watched.workspace, window);
    effects.extend(overlays::open(model, Overlay::List(Listing::new(Listed::Timeline(told)))));
    effects
}

/// The next window: what is known of it is shown at once, and it is read anew.
pub fn next_window(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::List(Listing { what: Listed::Timeline(told), .. })) = model.overlays.last() else {
        return Vec::new();
    };
    let (workspace, window) = (told.workspace.clone(), told.window.next());
    // By now more of its dependents may be known.
    let page = model.pages.iter().rev().find(|page| page.id == workspace);
    let watched = match page {
        Some(page) => Watched::of(&page.opened),
        None => Watched { workspace: workspace.clone(), dependents: Vec::new() },
    };
    let effects = read(model, watched, window);
    let told = timeline::tell(model, &workspace, window);
    if let Some(Overlay::List(list)) = model.overlays.last_mut() {
        list.what = Listed::Timeline(told);
        list.cursor = ListCursor::default();
    }
    lists::refilter(model);
    effects
}

/// Asks the log; what was asked of it before is called off.
fn read(model: &mut Model, watched: Watched, window: Window) -> Vec<Effect> {
    let mut effects = call_off(model);
    let fetch = Fetch::Log { watched, window, until: model.now };
    effects.push(ask(model, fetch));
    effects
}

/// Calls off what is being read of the log.
pub fn call_off(model: &mut Model) -> Vec<Effect> {
    let asked: Vec<Fetch> =
        model.under_way.keys().filter(|fetch| matches!(fetch, Fetch::Log { .. })).cloned().collect();
    for fetch in &asked {
        model.under_way.remove(fetch);
    }
    asked.into_iter().map(Effect::Cancel).collect()
}

/// The log answered: names that it mentions are asked for.
pub fn arrived(model: &mut Model, watched: Watched, window: Window, reads: Vec<Read>) -> Vec<Effect> {
    let workspace = watched.workspace.clone();
    model.log = Some(Log::of(watched, window, model.now, reads));
    let told = timeline::tell(model, &workspace, window);
    let missing = model.principals.missing(told.story.principal_ids());
    if missing.is_empty() { Vec::new() } else { vec![ask(model, Fetch::Names(missing))] }
}

/// Tells it again where it is on screen, after something was read: a name may be known now.
pub fn tell_again(model: &mut Model) {
    let shown = model.overlays.iter().enumerate().find_map(|(at, overlay)| match overlay {
        Overlay::List(Listing { what: Listed::Timeline(told), .. }) => {
            Some((at, told.workspace.clone(), told.window))
        }
        _ => None,
    });
    let Some((at, workspace, window)) = shown else { return };
    let told = timeline::tell(model, &workspace, window);
    if let Some(Overlay::List(list)) = model.overlays.get_mut(at) {
        list.what = Listed::Timeline(told);
    }
    lists::refilter(model);
}
