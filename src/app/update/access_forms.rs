//! Opening the forms that change access, and taking the role of a row away.

use std::sync::Arc;

use super::subject::nothing_selected;
use super::{forms, reviews};
use crate::app::access::grid;
use crate::app::access::offers::Offer;
use crate::app::access_rows;
use crate::app::effect::Effect;
use crate::app::fetch::Part;
use crate::app::form::{activate, around, copy_access, grant, persona};
use crate::app::model::Model;
use crate::app::page::{Page, Pane};
use crate::azure::directory::PrincipalKind;
use crate::azure::resources::pim::End;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::access::{AccessRow, Tenure};
use crate::domain::changes::{self, Existing, Who};
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;
use crate::domain::plan::Weight;

const NOTHING_ELIGIBLE: &str = "there is no role here that you could activate; whoever administers Privileged Identity Management can change that";

/// Whether it is known that nobody could activate a role here: the whole list was read, and is empty, or there is no
/// licence for such.
fn has_nothing_to_activate(page: &Page) -> bool {
    let is_read =
        page.status(&Part::Eligible).is_some_and(|s| s.at.is_some() && s.error.is_none() && !s.loading);
    let (_, lists) = page.all_lists().next().unzip();
    lists.is_some_and(|lists| lists.unlicensed || is_read && lists.eligible.is_empty())
}

/// Opens the form of an action on the page on screen. What is not read yet comes into the form as it is.
pub fn open(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(page) = model.page() else {
        return nothing_selected(model);
    };
    if action == Action::Activate && has_nothing_to_activate(page) {
        model.notices.hint(NOTHING_ELIGIBLE);
        return Vec::new();
    }
    let row = if model.focus == Pane::Access { access_rows::current(model) } else { None };
    let cell = if model.focus == Pane::Access { grid::current(model) } else { None };
    let cell = cell.map(|(_, row)| row.principal.clone());
    let selected = row.map(|row| row.principal_id.as_str()).or(cell.as_deref());
    let form = match action {
        Action::CopyAccess => copy_access::form(page, selected),
        Action::Persona => persona::form(page, model.inventory.get(&page.id)),
        Action::Activate => activate::form(page),
        _ => grant::form(page),
    };
    forms::open(model, form)
}

/// Opens the form that does something about a no, filled in as far as that is known.
pub fn take(model: &mut Model, offer: &Offer) -> Vec<Effect> {
    let Some(page) = model.page() else { return nothing_selected(model) };
    match offer {
        Offer::Grant(gift) => {
            let form = grant::filled(page, &model.roles, gift);
            forms::open_filled(model, form)
        }
        Offer::Activate => {
            if has_nothing_to_activate(page) {
                model.notices.hint(NOTHING_ELIGIBLE);
                return Vec::new();
            }
            let form = activate::form(page);
            forms::open(model, form)
        }
    }
}

/// Shows the plan that takes the role of the row under the cursor away.
pub fn revoke(model: &mut Model) -> Vec<Effect> {
    let row = if model.focus == Pane::Access { access_rows::current(model).cloned() } else { None };
    let Some(row) = row else {
        if model.focus == Pane::Access && grid::is_shown(model) {
            let key = model.keymap.key(Context::Workspace, Action::ToggleMatrix);
            model
                .notices
                .hint(format!("a cell may stand for several assignments: {key} shows them one by one"));
            return Vec::new();
        }
        let key = model.keymap.key(Context::Workspace, Action::Pane4);
        model.notices.hint(format!("choose a row of the access pane ({key}) first"));
        return Vec::new();
    };
    if row.tenure.is_eligible() {
        model
            .notices
            .hint("an eligible role is taken away in the portal, under Privileged Identity Management");
        return Vec::new();
    }
    let is_being_read = |page: &Page| page.status(&Part::Active).is_some_and(|status| status.loading);
    if row.tenure == Tenure::Unknown && model.page().is_some_and(is_being_read) {
        model.notices.hint("whether this assignment ends is still being read: once more in a moment");
        return Vec::new();
    }
    match plan(model, &row) {
        Some(plan) => reviews::open(model, plan, None),
        None => {
            model.tell(Tone::Warn, "this assignment is not among those that were read; refresh the pane", "");
            Vec::new()
        }
    }
}

fn plan(model: &Model, row: &AccessRow) -> Option<crate::domain::plan::Plan> {
    let page = model.page()?;
    let assignment = around::assignment(page, &row.assignment)?.clone();
    let scope = assignment.properties.scope.clone()?;
    let place = around::name(model, &scope);
    let kind = row.kind().unwrap_or(PrincipalKind::Other(String::new()));
    let pim = match row.tenure {
        Tenure::Until(at) => Some(End::At(at)),
        Tenure::Activated { until } => Some(until.map_or(End::Never, End::At)),
        Tenure::Permanent | Tenure::Unknown | Tenure::Eligible { .. } => None,
    };
    let one_way = match row.tenure {
        Tenure::Activated { .. } => Some(format!(
            "{} activated this role: it cannot be given back as it was, only they can activate it again.",
            row.label()
        )),
        Tenure::Unknown => Some(
            "Whether this assignment ends by itself could not be read: it is not given back, which could make a role \
             without an end of one that has one."
                .to_owned(),
        ),
        _ => None,
    };
    let request = |nth: usize| {
        let text = format!("{}\n{}\n{nth}", model.now, row.assignment.as_str());
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, text.as_bytes()).to_string()
    };
    let existing = Existing {
        assignment,
        who: Who { id: row.principal_id.clone(), name: row.label().to_owned(), kind },
        role: row.role.label().to_owned(),
        place: place.clone(),
        pim,
        one_way,
        requests: [request(1), request(2)],
    };
    let setting = around::setting(model, &page.id, [&scope]);
    let mut plan = changes::revoke(page.id.clone(), &[existing], &setting);
    around::warn_of_locks(&mut plan, page, &scope, true);
    if row.from.is_inherited() {
        let reached = around::reached(model, &scope).map(|entry| entry.id.name());
        let mut others: Vec<&str> = reached.filter(|name| *name != page.id.name()).collect();
        others.sort_unstable();
        let also = match others.len() {
            0 => "whatever else is below".to_owned(),
            1 => format!("{} and whatever else is below", others[0]),
            n => format!("{n} more workspaces ({}) and whatever else is below", others.join(", ")),
        };
        let text = format!("It was given on {place}, above this workspace: taking it there reaches {also}.");
        plan.warn(Weight::Danger, text);
    }
    let stays = by_other_ways(page, row);
    if !stays.is_empty() {
        let text =
            format!("{} keeps {} here all the same: {}.", row.label(), row.role.label(), stays.join(", "));
        plan.warn(Weight::Caution, text);
    }
    Some(plan)
}

/// The other assignments that give the same role here, to the principal or to a group that it is in.
fn by_other_ways(page: &Page, row: &AccessRow) -> Vec<String> {
    let Lookup::Found(table) = &page.opened.access else { return Vec::new() };
    let access = page.assessment.as_ref().map(|made| &made.access);
    let groups: Vec<Arc<str>> =
        access.map(|access| access.groups_of(&row.principal_id).collect()).unwrap_or_default();
    let others = table.rows.iter().filter(|other| {
        other.is_in_force() && other.role.id == row.role.id && other.assignment != row.assignment
    });
    let words = others.filter_map(|other| {
        if other.principal_id.eq_ignore_ascii_case(&row.principal_id) {
            return Some(format!("another assignment gives it ({})", other.from.words()));
        }
        let group = groups.iter().any(|group| other.principal_id.eq_ignore_ascii_case(group));
        group.then(|| format!("{} has it ({})", other.label(), other.from.words()))
    });
    words.collect()
}
