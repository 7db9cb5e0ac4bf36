//! Actions in a list over the screen: filter, open a row, call off what runs.

use super::{asking, data, menus, overlays, runs, timeline};
use crate::app::effect::Effect;
use crate::app::export::Taken;
use crate::app::fetch::Fetch;
use crate::app::field::Field;
use crate::app::findings;
use crate::app::list::ListCursor;
use crate::app::listing::{Listed, Listing};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::runs::{Held, Known};
use crate::app::text_view::TextView;
use crate::azure::arm::error::Error;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::fact::Tone;

/// Does what an action means in the list on top; none when it means nothing there.
pub fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let list = top(model)?;
    match (&list.what, action) {
        (_, Action::Filter) => {
            let row = list.current().unwrap_or(0);
            list.filter.begin(row);
        }
        (_, Action::Open) if list.filter.editing => list.filter.editing = false,
        (_, Action::Back) if list.filter.editing || list.filter.is_active() => {
            let nothing = list.current().is_none();
            let before = list.filter.clear(nothing).or(list.current());
            refilter(model);
            let list = top(model)?;
            if let Some(place) = before.and_then(|row| list.place_of(row)) {
                list.cursor.row = place;
            }
        }
        (_, Action::Open) => {
            let row = list.current()?;
            return Some(open(model, row));
        }
        (Listed::Answer { .. }, Action::Ask) => return Some(asking::open(model)),
        (Listed::Answer { .. }, Action::Grant) => {
            let row = list.current()?;
            return Some(asking::help(model, row));
        }
        (_, Action::Save) => model.overlays.push(Overlay::Picker(menus::save())),
        (_, Action::CopyMenu) => model.overlays.push(Overlay::Picker(menus::copy_list())),
        (Listed::Notices | Listed::Runs, Action::Cancel) => return Some(cancel(model)),
        (Listed::Findings { estate, .. }, Action::Findings) => {
            let estate = !*estate;
            let survey = findings::survey(model, estate);
            let list = top(model)?;
            list.what = Listed::Findings { estate, survey };
            list.cursor = ListCursor::default();
            refilter(model);
        }
        (Listed::Timeline(_), Action::Timeline) => return Some(timeline::next_window(model)),
        (Listed::Requests, Action::RequestLog) | (Listed::Notices, Action::Notifications) => {
            return Some(overlays::close(model));
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn top(model: &mut Model) -> Option<&mut Listing> {
    match model.overlays.last_mut() {
        Some(Overlay::List(list)) => Some(list),
        _ => None,
    }
}

/// Changes the filter of the list on top.
pub fn edit(model: &mut Model, change: impl FnOnce(&mut Field) -> bool) {
    if top(model).is_some_and(|list| change(&mut list.filter.field)) {
        refilter(model);
    }
}

/// Applies the filters of the lists on screen anew that `which` names.
pub fn refilter_those(model: &mut Model, which: impl Fn(&Listed) -> bool) {
    for at in 0..model.overlays.len() {
        // The list looks at the model that holds it.
        let Overlay::List(list) = &mut model.overlays[at] else { continue };
        if which(&list.what) {
            let mut list = std::mem::replace(list, Listing::new(Listed::Notices));
            list.refilter(model);
            model.overlays[at] = Overlay::List(list);
        }
    }
}

/// Applies the filters of all lists on screen anew.
pub fn refilter(model: &mut Model) {
    refilter_those(model, |_| true);
}

/// What runs under the cursor of the notifications, before something happens.
#[must_use]
pub fn held(model: &Model) -> Option<Fetch> {
    match model.overlays.last() {
        Some(Overlay::List(list)) if matches!(list.what, Listed::Notices) => {
            model.fetching().get(list.current()?).map(|fetch| (*fetch).clone())
        }
        _ => None,
    }
}

/// After something happened: requests and notifications come and go, so that filters are applied anew, and
/// the cursor follows what ran under it.
pub fn keep_in_step(model: &mut Model, held: Option<Fetch>) {
    refilter_those(model, |what| matches!(what, Listed::Requests | Listed::Notices));
    let row = held.and_then(|held| model.fetching().iter().position(|fetch| **fetch == held));
    if let Some(row) = row
        && let Some(list) = top(model)
        && let Some(place) = list.place_of(row)
    {
        list.cursor.row = place;
    }
}

/// Looks for findings again where they are on screen, after something was read.
pub fn survey_again(model: &mut Model) {
    let shown = model.overlays.iter().enumerate().find_map(|(at, overlay)| match overlay {
        Overlay::List(Listing { what: Listed::Findings { estate, .. }, .. }) => Some((at, *estate)),
        _ => None,
    });
    let Some((at, estate)) = shown else { return };
    let survey = findings::survey(model, estate);
    if let Some(Overlay::List(list)) = model.overlays.get_mut(at) {
        list.what = Listed::Findings { estate, survey };
    }
    refilter(model);
}

/// Whether the findings of one workspace are on screen, of which some rest on who may do what.
#[must_use]
pub fn looks_for_findings(model: &Model) -> bool {
    let one = model.browser.workspace().is_some();
    model.overlays.iter().any(|overlay| match overlay {
        Overlay::List(list) => one && matches!(list.what, Listed::Findings { estate: false, .. }),
        _ => false,
    })
}

/// The title of the list on top, and what it shows; none without such a list.
#[must_use]
pub fn taken(model: &Model) -> Option<(String, Taken)> {
    match model.overlays.last() {
        Some(Overlay::List(list)) => Some((list.title(), list.taken(model))),
        _ => None,
    }
}

fn open(model: &mut Model, row: usize) -> Vec<Effect> {
    let zone = model.zone.clone();
    let Some(list) = top(model) else { return Vec::new() };
    let (title, text) = match &list.what {
        Listed::Requests => match model.requests.iter().rev().nth(row) {
            Some(entry) => ("Request", crate::app::requests::full(entry, &model.zone)),
            None => return Vec::new(),
        },
        Listed::Findings { survey, .. } => match survey.found.get(row) {
            Some(finding) => ("Finding", findings::full(finding)),
            None => return Vec::new(),
        },
        Listed::Comparison(comparison) => match comparison.differences.get(row) {
            Some(difference) => ("Difference", crate::app::snapshot::full(difference)),
            None => return Vec::new(),
        },
        Listed::Runs => {
            let run = run_at(model).map(|known| known.run.id.clone());
            return run.map_or_else(Vec::new, |run| runs::menu(model, &run));
        }
        Listed::Timeline(told) => match told.story.changes.get(row) {
            Some(change) => ("Change", crate::app::timeline::full(change, &zone)),
            None => return Vec::new(),
        },
        Listed::Answer { .. } => {
            asking::explain(model, row);
            return Vec::new();
        }
        Listed::Notices => {
            if let Some(run) = run_at(model).map(|known| known.run.id.clone()) {
                return runs::menu(model, &run);
            }
            let told = row.checked_sub(model.under_way.len() + model.runs.open().len());
            let Some(notice) = told.and_then(|at| model.notices.newest_first().into_iter().nth(at)) else {
                let key = model.keymap.key(Context::List, Action::Cancel);
                model.notices.hint(format!("it is being read; {key} calls that off"));
                return Vec::new();
            };
            let of_run = notice.run.as_ref().and_then(|run| model.runs.get(run));
            if let Some(run) = of_run.map(|known| known.run.clone()) {
                return runs::show(model, &run);
            }
            let full = if notice.detail.is_empty() { &notice.text } else { &notice.detail };
            ("Notification", full.clone())
        }
    };
    let view = TextView::wrapped(title, &text, model.size.0);
    model.overlays.push(Overlay::Text(view));
    Vec::new()
}

/// The run in the row under the cursor of the list on top; none where that row is about something else.
#[must_use]
pub fn run_at(model: &Model) -> Option<&Known> {
    let Some(Overlay::List(list)) = model.overlays.last() else { return None };
    let row = list.current()?;
    match list.what {
        Listed::Runs => model.runs.all().get(row),
        Listed::Notices => model.runs.open().get(row.checked_sub(model.under_way.len())?).copied(),
        _ => None,
    }
}

/// Whether something goes on in the row under the cursor of the list on top that can be called off from here.
#[must_use]
pub fn can_cancel(model: &Model) -> bool {
    held(model).is_some() || run_at(model).is_some_and(|known| known.held == Held::Here)
}

/// Calls off what is being read in the row under the cursor, or stops the run there.
fn cancel(model: &mut Model) -> Vec<Effect> {
    if let Some(run) = run_at(model).filter(|known| known.held == Held::Here).map(|known| known.run.clone()) {
        return runs::stop(model, &run);
    }
    let Some(fetch) = held(model) else {
        model.notices.hint("nothing runs under the cursor");
        return Vec::new();
    };
    model.under_way.remove(&fetch);
    match &fetch {
        Fetch::Page(id, part) => {
            if let Some(page) = model.page_mut(id) {
                page.call_off(part);
            }
        }
        Fetch::Inventory => {
            model.inventory_status.loading = false;
            model.inventory_status.error = Some(Error::CalledOff);
        }
        Fetch::Caller => model.signed_out = true,
        Fetch::Roles { subscription, .. } => {
            model.roles_asked.retain(|asked| asked != subscription);
            model.roles_refused.insert(subscription.clone(), Error::CalledOff.plain());
            data::rebuild_access(model);
        }
        Fetch::Names(ids) => {
            model.principals.refuse(ids, &Error::CalledOff.plain());
            data::rebuild_access(model);
        }
        Fetch::Members(group) => model.groups.answer(group, Err(&Error::CalledOff), model.now),
        Fetch::Tenants
        | Fetch::Json(_)
        | Fetch::Log { .. }
        | Fetch::Snapshots(_)
        | Fetch::StorageAccess { .. } => {}
    }
    model.tell(Tone::Plain, format!("called off: reading {}", fetch.words()), "");
    vec![Effect::Cancel(fetch)]
}
