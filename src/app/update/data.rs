//! Answers: what arrives, what failed, and what is asked for next because of it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::inventory::{name_tenant, signed_in};
use super::open::{ask, ask_roles, is_wanted};
use super::screen::{self, refilter_access};
use super::{snapshot, storage_access, subject, timeline};
use crate::app::access::lists::{AccessList, AccessLists};
use crate::app::effect::{Effect, Host};
use crate::app::fetch::{Fetch, Fetched, Part, Ticket};
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Page;
use crate::app::text_view::TextView;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::directory::{Principal, PrincipalLookup};
use crate::azure::resources::role_assignment::PrincipalType;
use crate::azure::resources::role_definition::RoleDefinition;
use crate::domain::access::doubt_of;
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;

/// Azure answers again: what failed on the page on screen gets another try.
pub fn retry_failed(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else { return Vec::new() };
    let (id, failed) = (page.id.clone(), page.failed());
    let mut effects: Vec<Effect> =
        failed.into_iter().map(|part| ask(model, Fetch::Page(id.clone(), part))).collect();
    effects.extend(ask_names_again(model));
    effects
}

/// Asks for the names and the role definitions of the page on screen that are not known, also those that
/// were refused before.
pub fn ask_names_again(model: &mut Model) -> Vec<Effect> {
    let mut effects: Vec<Effect> = ask_roles(model).into_iter().collect();
    let Some(page) = model.page() else { return effects };
    let Lookup::Found(table) = &page.opened.access else { return effects };
    let mut names = model.principals.missing(table.principal_ids());
    names.extend(model.principals.nameless(table.principal_ids()));
    if !names.is_empty() {
        effects.push(ask(model, Fetch::Names(names)));
    }
    effects
}

/// Puts an answer where it belongs, if anybody still waits for it; gives what is asked for because of it.
pub fn fetched(model: &mut Model, ticket: Ticket, fetched: Fetched) -> Vec<Effect> {
    if !is_wanted(model, &ticket) {
        return Vec::new();
    }
    if matches!(ticket.fetch, Fetch::Page(..) | Fetch::Roles { .. } | Fetch::Members(_) | Fetch::Names(_)) {
        model.knowledge += 1;
    }
    match (ticket.fetch, fetched) {
        (Fetch::Page(id, part), fetched) => part_arrived(model, &id, &part, fetched),
        (Fetch::Caller, Fetched::Caller(result)) => signed_in(model, result),
        (Fetch::Tenants, Fetched::Tenants(result)) => {
            // Without the list there is nothing to switch to, which the menu says.
            model.session.tenants = result.unwrap_or_default();
            name_tenant(model);
            Vec::new()
        }
        (Fetch::Json(id), Fetched::Json(result)) => {
            match result {
                Ok(raw) => subject::show_json(model, &id, &raw),
                Err(error) => model.tell(Tone::Warn, error.plain(), error.to_string()),
            }
            Vec::new()
        }
        (Fetch::Roles { subscription, scope, .. }, Fetched::Roles(result)) => {
            roles_arrived(model, subscription, &scope, result);
            Vec::new()
        }
        (Fetch::Names(_), Fetched::Names(asked, result)) => {
            match result {
                Ok(looked) => named(model, &asked, &looked),
                Err(error) => model.principals.refuse(&asked, &error.plain()),
            }
            rebuild_access(model);
            count_members(model)
        }
        (Fetch::Members(group), Fetched::Members(_, result)) => {
            members_arrived(model, &group, result);
            Vec::new()
        }
        (Fetch::StorageAccess { workspace, .. }, Fetched::StorageAccess(reads)) => {
            storage_access::arrived(model, &workspace, *reads);
            Vec::new()
        }
        (Fetch::Snapshots(id), Fetched::Snapshots(result)) => snapshot::listed(model, &id, result),
        (Fetch::Log { watched, window, .. }, Fetched::Log(reads)) => {
            timeline::arrived(model, watched, window, reads)
        }
        _ => Vec::new(),
    }
}

/// Takes the role definitions of a subscription, which were asked for at a scope in it, or why there are none.
fn roles_arrived(
    model: &mut Model,
    subscription: String,
    scope: &ArmId,
    result: Result<Vec<RoleDefinition>, Error>,
) {
    match result {
        Ok(definitions) => {
            model.roles.add(definitions);
            model.roles_refused.remove(&subscription);
        }
        Err(error) => {
            model.roles_asked.retain(|asked| *asked != subscription);
            // Of a workspace that is gone nothing can be asked, and its own pane says so.
            if error.is_not_found() {
                return;
            }
            model.roles_refused.insert(subscription, error.plain());
            // What is asked for beside the workspace is missing from answers, which say so.
            if model.browser.workspace() != Some(scope) {
                return;
            }
            model.tell(Tone::Warn, format!("role names: {}", error.plain()), error.to_string());
        }
    }
    rebuild_access(model);
}

/// Takes the members of a group, or why they are not known.
fn members_arrived(model: &mut Model, group: &str, result: Result<Vec<Principal>, Error>) {
    model.groups.answer(group, result.as_deref(), model.now);
    match result {
        Ok(members) => model.principals.add_members(group, &members),
        // Said once: every group of the page fails in the same way.
        Err(error) => {
            let text = format!("the people of groups are not counted: {}", error.plain());
            model.tell(Tone::Warn, text, "");
        }
    }
    // The table may be long, and groups answer one after another.
    if !model.under_way.keys().any(|fetch| matches!(fetch, Fetch::Members(_))) {
        rebuild_access(model);
    }
}

/// Takes what the directory says of these ids. Who is in no list of it is deleted, unless their assignments speak
/// against that.
fn named(model: &mut Model, asked: &[String], looked: &PrincipalLookup) {
    model.principals.answer(asked, &looked.found);
    for (id, why) in &looked.unsure {
        model.principals.doubt(id, why);
    }
    let gone: HashSet<&str> = asked.iter().map(String::as_str).collect();
    let gone: HashSet<String> =
        model.principals.deleted().filter(|id| gone.contains(id)).map(str::to_owned).collect();
    if gone.is_empty() {
        return;
    }
    /// What an assignment calls its principal, and since when it is there.
    type Held<'a> = (Option<&'a PrincipalType>, Option<Timestamp>);
    let mut held: HashMap<String, Vec<Held<'_>>> = HashMap::new();
    for (_, lists) in model.pages.iter().flat_map(Page::all_lists) {
        let assigned = lists.assignments.iter().map(|one| {
            let of = &one.properties;
            (&of.principal_id, of.principal_type.as_ref(), of.created_on)
        });
        let eligible = lists.eligible.iter().map(|one| {
            let of = &one.properties;
            (&of.principal_id, of.principal_type.as_ref(), of.start_date_time.or(of.created_on))
        });
        for (id, kind, made) in assigned.chain(eligible) {
            let id = id.to_ascii_lowercase();
            if gone.contains(&id) {
                held.entry(id).or_default().push((kind, made));
            }
        }
    }
    let doubts: Vec<(String, String)> = held
        .into_iter()
        .filter_map(|(id, held)| Some((id, doubt_of(held.into_iter(), model.now)?)))
        .collect();
    for (id, why) in doubts {
        model.principals.doubt(&id, &why);
    }
}

fn part_arrived(model: &mut Model, id: &ArmId, part: &Part, fetched: Fetched) -> Vec<Effect> {
    let now = model.now;
    let Some(page) = model.page_mut(id) else { return Vec::new() };
    page.arrived(part, fetched, now);
    let mut follow: Vec<Fetch> = Vec::new();
    if matches!(part, Part::Body | Part::Dependent(_)) {
        follow.extend(page.unasked_dependents().into_iter().map(|part| Fetch::Page(id.clone(), part)));
    }
    if *part == Part::Body && page.has_body() {
        // The row in the list is as fresh as the page.
        let workspace = page.opened.workspace.clone();
        Arc::make_mut(&mut model.inventory).add_workspaces(&[workspace]);
        model.browser.rebuild(&model.inventory);
    }
    if matches!(part, Part::Assignments | Part::Eligible | Part::Active) {
        rebuild_access_of(model, id);
        refilter_access(model);
    }
    if *part == Part::Body {
        let missing = unasked_names(model, creators(model, id).iter().map(String::as_str));
        if !missing.is_empty() {
            follow.push(Fetch::Names(missing));
        }
    }
    if let Some(lists) = lists_of(model, id, part) {
        let missing = unasked_names(model, lists.principal_ids());
        if !missing.is_empty() {
            follow.push(Fetch::Names(missing));
        }
    }
    let Model { pages, inventory, production, .. } = model;
    if let Some(page) = pages.iter_mut().rev().find(|page| page.id == *id) {
        page.judge(Arc::make_mut(inventory), production);
    }
    follow.into_iter().map(|fetch| ask(model, fetch)).collect()
}

/// Those of these principals whose names are neither known nor being asked for: lists name the same people
/// over and over.
pub fn unasked_names<'a>(model: &Model, ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut missing = model.principals.missing(ids);
    let asked = model.under_way.keys().filter_map(|fetch| match fetch {
        Fetch::Names(ids) => Some(ids),
        _ => None,
    });
    let asked: HashSet<&String> = asked.flatten().collect();
    missing.retain(|id| !asked.contains(id));
    missing
}

/// Who made a workspace and changed it last, of those who are written by an object id.
fn creators(model: &Model, id: &ArmId) -> Vec<String> {
    let page = model.pages.iter().rev().find(|page| page.id == *id);
    let system = page.and_then(|page| page.opened.workspace.system_data.as_ref());
    let both = system.map(|system| [system.created_by.clone(), system.last_modified_by.clone()]);
    let ids = both.into_iter().flatten().flatten().filter(|by| uuid::Uuid::try_parse(by).is_ok());
    ids.collect()
}

/// The lists about access that a part which just arrived belongs to.
fn lists_of<'a>(model: &'a Model, id: &ArmId, part: &Part) -> Option<&'a AccessLists> {
    let scope = match part {
        Part::Assignments | Part::Eligible | Part::Denies => id,
        Part::Beside(AccessList::Assignments | AccessList::Eligible | AccessList::Denies, scope) => scope,
        _ => return None,
    };
    let page = model.pages.iter().rev().find(|page| page.id == *id)?;
    page.all_lists().find(|(at, _)| *at == scope).map(|(_, lists)| lists)
}

/// Works out the access table of the page on screen with what is known about names now.
pub fn rebuild_access(model: &mut Model) {
    if let Some(id) = model.browser.workspace().cloned() {
        rebuild_access_of(model, &id);
        refilter_access(model);
    }
}

fn rebuild_access_of(model: &mut Model, id: &ArmId) {
    let Model { pages, inventory, roles, principals, production, .. } = model;
    if let Some(page) = pages.iter_mut().rev().find(|page| page.id == *id) {
        page.rebuild_access(inventory, roles, principals);
        page.judge(Arc::make_mut(inventory), production);
    }
}

/// The people of the groups on the page, in the background.
pub fn count_members(model: &mut Model) -> Vec<Effect> {
    let Some(page) = model.page() else { return Vec::new() };
    let mut groups = page.access.uncounted.clone();
    groups.retain(|group| !model.under_way.contains_key(&Fetch::Members(group.clone())));
    groups.into_iter().map(|group| ask(model, Fetch::Members(group))).collect()
}

/// Ends a fetch whose work broke, so that nothing waits for it for ever, and tells of the defect.
pub fn broke(model: &mut Model, ticket: &Ticket) -> Vec<Effect> {
    if !is_wanted(model, ticket) {
        return Vec::new();
    }
    // What is gathered while somebody looks would be asked for again at once, and break again.
    match &ticket.fetch {
        Fetch::Page(id, part) => {
            if let Some(page) = model.page_mut(id) {
                match part {
                    Part::Beside(..) | Part::LocksBeside(_) => page.call_off(part),
                    _ => page.cancel(part),
                }
            }
        }
        Fetch::Members(group) => model.groups.answer(group, Err(&Error::CalledOff), model.now),
        Fetch::Roles { subscription, .. } => {
            model.roles_asked.retain(|asked| asked != subscription);
            model.roles_refused.insert(subscription.clone(), Error::CalledOff.plain());
        }
        Fetch::Inventory => model.inventory_status.loading = false,
        Fetch::Caller
        | Fetch::Tenants
        | Fetch::Names(_)
        | Fetch::Json(_)
        | Fetch::Log { .. }
        | Fetch::Snapshots(_)
        | Fetch::StorageAccess { .. } => {}
    }
    tell_defect(model);
    Vec::new()
}

/// Tells that work beside the screen broke.
pub fn tell_defect(model: &mut Model) {
    let text = "a background task broke; this is a defect of amldeck";
    model.tell(Tone::Bad, text, "The log file (--log-file) says where.");
}

/// Tells that a link was opened, or else gives it to the clipboard.
pub fn link_opened(model: &mut Model, result: Result<(), String>, link: String) -> Vec<Effect> {
    match result {
        Ok(()) => model.tell(Tone::Plain, format!("opened {link}"), link),
        Err(why) => {
            let line = "no browser could be opened here; the link was sent to the clipboard";
            let detail = format!(
                "{link}\n\nNo browser could be opened here: {}\n\nThe link was sent to the clipboard of the terminal. \
                 Not every terminal takes it, and tmux only with `set -g set-clipboard on`; if it did not arrive, copy it \
                 from here.",
                why.replace(&link, "the link")
            );
            if model.overlays.is_empty() {
                let view = TextView::wrapped("Link", &detail, model.size.0);
                model.overlays.push(Overlay::Text(view));
            }
            model.tell(Tone::Warn, line, detail);
            return vec![Effect::Host(Host::Copy(link))];
        }
    }
    Vec::new()
}

/// Tells where something was saved, or why it was not.
pub fn saved(model: &mut Model, result: Result<String, String>) -> Vec<Effect> {
    match result {
        Ok(path) => match super::forms::not_in_file(model) {
            Some(wrong) => {
                let text = format!("still wrong, and perhaps not in the file: {wrong}; saved {path}");
                model.tell(Tone::Warn, text, path);
            }
            None => model.tell(Tone::Good, format!("saved {path}"), path),
        },
        Err(why) => model.tell(Tone::Bad, format!("not saved: {why}"), why),
    }
    Vec::new()
}

/// Fetches everything again when the setting says so.
pub fn refresh_when_due(model: &mut Model) -> Vec<Effect> {
    let Some(every) = model.refresh_every else { return Vec::new() };
    let due = model
        .inventory_status
        .at
        .is_some_and(|at| model.now.duration_since(at) >= SignedDuration::from_mins(every));
    if due && !model.inventory_status.loading { screen::refresh_all(model) } else { Vec::new() }
}
