//! A snapshot of what a page knows, and the comparison with one as a list over the screen.

use super::access::lists::{AccessList, AccessLists};
use super::export::Sheet;
use super::model::Model;
use super::page::Page;
use crate::azure::arm::id::ArmId;
use crate::domain::snapshot::{Comparison, Difference, ReadAt, Snapshot, Subject};

/// Writes down what a page knows at this moment.
#[must_use]
pub fn take(model: &Model, page: &Page) -> Snapshot {
    let scopes: Vec<&ArmId> = std::iter::once(&page.id).chain(page.scopes_beside()).collect();
    let none = AccessLists::default();
    let access: Vec<ReadAt<'_>> = scopes
        .into_iter()
        .map(|scope| {
            let lists = page.all_lists().find(|(at, _)| *at == scope).map_or(&none, |(_, lists)| lists);
            ReadAt {
                scope,
                assignments: read(page, AccessList::Assignments, scope)
                    .map(|()| lists.assignments.as_slice()),
                eligible: read(page, AccessList::Eligible, scope).map(|()| lists.eligible.as_slice()),
                active: read(page, AccessList::Active, scope).map(|()| lists.active.as_slice()),
                denies: read(page, AccessList::Denies, scope).map(|()| lists.denies.as_slice()),
            }
        })
        .collect();
    Snapshot::take(&Subject {
        opened: &page.opened,
        is_read: page.has_body(),
        access: &access,
        roles: &model.roles,
        principals: &model.principals,
        scopes: &*model.inventory,
        account: model.session.account.as_deref(),
        now: model.now,
    })
}

/// Whether a list was read, else why not. An older value beside an error does not count: what is written down
/// is to be as of now.
fn read(page: &Page, list: AccessList, scope: &ArmId) -> Result<(), String> {
    match page.list_status(list, scope) {
        Some(status) => match (&status.error, status.at) {
            (Some(why), _) => Err(why.clone()),
            (None, Some(_)) => Ok(()),
            (None, None) => Err("not read yet".to_owned()),
        },
        None => Err("not read yet".to_owned()),
    }
}

/// Differences as rows.
#[must_use]
pub fn sheet(comparison: &Comparison) -> Sheet {
    let row = |difference: &Difference| {
        vec![
            difference.sign.word().to_owned(),
            difference.area.word().to_owned(),
            difference.what.clone(),
            difference.before.clone().unwrap_or_default(),
            difference.after.clone().unwrap_or_default(),
            difference.scope.to_string(),
        ]
    };
    Sheet {
        names: vec!["sign", "area", "what", "before", "after", "scope"],
        titles: vec!["Change", "About", "What", "Before", "Now", "Scope"],
        rows: comparison.differences.iter().map(row).collect(),
    }
}

/// One difference in full.
#[must_use]
pub fn full(difference: &Difference) -> String {
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    format!(
        "{}\n\n{:<8}{}, {}\n{:<8}{}\n{:<8}{}\n{:<8}{}\n",
        difference.what,
        "Change",
        difference.sign.word(),
        difference.area.word(),
        "Before",
        value(&difference.before),
        "Now",
        value(&difference.after),
        "Scope",
        difference.scope
    )
}
