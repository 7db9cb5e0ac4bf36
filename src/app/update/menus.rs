//! The lists to choose from, made of what there is right now.

use std::sync::Arc;

use super::open::selection_changed;
use super::screen;
use super::subject::subject;
use crate::app::access::grid;
use crate::app::access_rows;
use crate::app::effect::Effect;
use crate::app::export::Format;
use crate::app::model::Model;
use crate::app::page::Pane;
use crate::app::picker::{Command, Item, Picker};
use crate::azure::arm::id::ArmId;
use crate::config::action::{ACTIONS, Action};
use crate::config::keymap::Context;
use crate::config::theme::{self, Theme};
use crate::domain::access::MatrixSort;
use crate::domain::inventory::{COLUMNS, WorkspaceEntry};
use crate::domain::snapshot::Snapshot;

/// Every action by name with its key, and every workspace by name.
#[must_use]
pub fn palette(model: &Model) -> Picker {
    let mut items: Vec<Item> = ACTIONS
        .iter()
        .filter(|spec| spec.in_palette)
        .map(|spec| {
            let key = model.keymap.shown(Context::Workspace, spec.action).unwrap_or_default();
            Item::new(spec.title, key, Command::Act(spec.action))
        })
        .collect();
    items.extend(places(model, |_| true));
    Picker::new("Command or workspace", items, true)
}

/// Workspaces to go to: those whose index in the inventory passes.
#[must_use]
pub fn workspaces(model: &Model, title: &str, pass: impl Fn(usize) -> bool) -> Picker {
    Picker::new(title, places(model, pass).collect(), false)
}

fn places(model: &Model, pass: impl Fn(usize) -> bool) -> impl Iterator<Item = Item> {
    let all = model.inventory.workspaces().iter().enumerate().filter(move |(at, _)| pass(*at));
    // The text of a place is made once for the workspaces that stand side by side in it.
    let mut last: Option<(&WorkspaceEntry, Arc<str>)> = None;
    let mut text = String::new();
    all.map(move |(_, workspace)| {
        let place = match last.take().filter(|(before, _)| before.is_beside(workspace)) {
            Some((_, place)) => place,
            None => {
                text.clear();
                text.push_str(&workspace.group);
                text.push_str("  ");
                text.push_str(model.inventory.subscription_label(&workspace.subscription));
                text.as_str().into()
            }
        };
        last = Some((workspace, place.clone()));
        Item::workspace(&workspace.id, place)
    })
}

/// The actions that fit the selection.
#[must_use]
pub fn actions(model: &Model) -> Picker {
    let on_workspace = [
        Action::Json,
        Action::OpenPortal,
        Action::OpenStudio,
        Action::CopyMenu,
        Action::Edit,
        Action::Grant,
        Action::Revoke,
        Action::CopyAccess,
        Action::Persona,
        Action::Activate,
        Action::Ask,
        Action::Findings,
        Action::Timeline,
        Action::StorageAccess,
        Action::Snapshot,
        Action::Compare,
        Action::Refresh,
        Action::Save,
    ];
    let elsewhere = [Action::OpenPortal, Action::CopyId, Action::Refresh, Action::Save];
    let fitting: &[Action] = if model.browser.workspace().is_some() { &on_workspace } else { &elsewhere };
    let items = fitting.iter().map(|action| {
        let spec = action.spec();
        let key = model.keymap.shown(Context::Workspace, *action).unwrap_or_default();
        Item::new(spec.title, key, Command::Act(*action))
    });
    let title = subject_name(model).map_or_else(|| "Actions".to_owned(), |name| format!("Actions on {name}"));
    Picker::new(title, items.collect(), false)
}

/// What can be looked at of the resource of a row whose facts are on screen.
#[must_use]
pub fn of_row(model: &Model) -> Picker {
    let all = [Action::Json, Action::OpenPortal, Action::CopyMenu, Action::CopyId, Action::Refresh];
    let items = all.iter().map(|action| {
        let key = model.keymap.shown(Context::Workspace, *action).unwrap_or_default();
        Item::new(action.spec().title, key, Command::Act(*action))
    });
    let title = subject_name(model).unwrap_or_else(|| "Resource".to_owned());
    Picker::new(title, items.collect(), false)
}

/// What people call the thing that actions are about: of an assignment, who has the role.
fn subject_name(model: &Model) -> Option<String> {
    if model.focus == Pane::Access
        && let Some(row) = access_rows::current(model)
    {
        return Some(row.label().to_owned());
    }
    subject(model).map(|id| id.name().to_owned())
}

/// Snapshots to compare with.
#[must_use]
pub fn snapshots(model: &Model, saved: Vec<Snapshot>) -> Picker {
    let items = saved.into_iter().map(|snapshot| {
        let at = snapshot.taken_at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
        let by = snapshot.taken_by.as_deref().map_or_else(String::new, |by| format!("by {by}"));
        Item::new(at, by, Command::Compare(Box::new(snapshot)))
    });
    Picker::new("Compare with the snapshot of", items.collect(), false)
}

/// What can be copied.
#[must_use]
pub fn copy(model: &Model) -> Picker {
    let mut items = Vec::new();
    if let Some(id) = subject(model) {
        let name = subject_name(model).unwrap_or_else(|| id.name().to_owned());
        items.push(Item::new("name", name.clone(), Command::Copy(name)).key('n'));
        items.push(Item::new("id", id.as_str(), Command::Copy(id.as_str().to_owned())).key('i'));
        let link = model.session.portal_link(&id);
        items.push(Item::new("portal link", link.clone(), Command::Copy(link)).key('o'));
        let line = az_show(&id);
        items.push(Item::new("az command", line.clone(), Command::Copy(line)).key('a'));
    }
    let principal = match model.focus {
        Pane::Access => {
            let table = access_rows::current(model).map(|row| row.principal_id.clone());
            table.or_else(|| grid::current(model).map(|(_, row)| row.principal.to_string()))
        }
        _ => model
            .page()
            .and_then(|page| page.opened.workspace.identity.as_ref()?.principal_id.clone())
            .or_else(|| {
                model.inventory.get(model.browser.workspace()?)?.principal_id.as_deref().map(str::to_owned)
            }),
    };
    if let Some(id) = principal {
        let what = if model.focus == Pane::Access { "principal id" } else { "principal id of the workspace" };
        items.push(Item::new(what, id.clone(), Command::Copy(id)).key('p'));
    }
    if let Some(address) = access_rows::current(model)
        .filter(|_| model.focus == Pane::Access)
        .and_then(|row| row.principal.known()?.address.clone())
    {
        items.push(Item::new("address", address.clone(), Command::Copy(address)).key('e'));
    }
    for (format, key) in FORMATS {
        items.push(Item::new(format!("pane as {}", format.name()), "", Command::CopyPane(*format)).key(*key));
    }
    Picker::new("Copy", items, false)
}

/// In which form a list over the screen is copied.
#[must_use]
pub fn copy_list() -> Picker {
    let items = FORMATS.iter().map(|(format, key)| {
        Item::new(format!("list as {}", format.name()), "", Command::CopyPane(*format)).key(*key)
    });
    Picker::new("Copy", items.collect(), false)
}

const FORMATS: &[(Format, char)] =
    &[(Format::Text, 't'), (Format::Csv, 'c'), (Format::Json, 's'), (Format::Markdown, 'm')];

/// In which form the pane is saved.
#[must_use]
pub fn save() -> Picker {
    let items = FORMATS.iter().map(|(format, key)| {
        Item::new(format.name(), format!(".{}", format.extension()), Command::SavePane(*format)).key(*key)
    });
    Picker::new("Save the pane as", items.collect(), false)
}

/// The `az` line that shows a resource.
fn az_show(id: &ArmId) -> String {
    let quoted = format!("'{}'", id.as_str().replace('\'', "'\\''"));
    match (
        id.is_type("Microsoft.MachineLearningServices/workspaces"),
        id.resource_group(),
        id.subscription_id(),
    ) {
        (true, Some(group), Some(subscription)) => {
            format!(
                "az ml workspace show --name {} --resource-group {group} --subscription {subscription}",
                id.name()
            )
        }
        _ => format!("az resource show --ids {quoted}"),
    }
}

/// The columns of the focused list.
#[must_use]
pub fn sort(model: &Model) -> Picker {
    let arrow = |sorted: Option<bool>| match sorted {
        Some(true) => model.signs.descending,
        Some(false) => model.signs.ascending,
        None => "",
    };
    let items: Vec<Item> = if model.focus == Pane::Access {
        let (by, descending) = model.access_sort;
        let sortable = access_rows::COLUMNS.iter().filter(|column| column.id != "note");
        sortable
            .map(|c| Item::new(c.title, arrow((c.sort == by).then_some(descending)), Command::Sort(c.id)))
            .collect()
    } else {
        let sort = model.browser.sort;
        COLUMNS
            .iter()
            .map(|c| {
                Item::new(
                    c.title,
                    arrow((model.browser.table && sort.column == c.id).then_some(sort.descending)),
                    Command::Sort(c.id),
                )
            })
            .collect()
    };
    Picker::new("Sort by", items, false)
}

/// The orders of the access matrix.
#[must_use]
pub fn matrix_sort(
    model: &Model,
    all: &[(&'static str, MatrixSort)],
    by: MatrixSort,
    descending: bool,
) -> Picker {
    let arrow = if descending { model.signs.descending } else { model.signs.ascending };
    let items = all.iter().map(|(title, sort)| {
        Item::new(*title, if *sort == by { arrow } else { "" }, Command::SortMatrix(*sort))
    });
    Picker::new("Sort by", items.collect(), false)
}

/// Sorts the focused list. The tree has one order, so sorting workspaces means the table.
pub fn sort_by(model: &mut Model, column: &'static str) -> Vec<Effect> {
    // The column may be out of sight on a narrow screen.
    model.notices.hint(format!("sorted by {column}"));
    if model.focus == Pane::Access {
        if let Some(by) = access_rows::COLUMNS.iter().find(|known| known.id == column).map(|known| known.sort)
        {
            let descending = model.access_sort.0 == by && !model.access_sort.1;
            model.access_sort = (by, descending);
            screen::refilter_access(model);
        }
        return Vec::new();
    }
    model.browser.table = true;
    model.focus = Pane::Browser;
    model.browser.sort_by(&model.inventory, column);
    selection_changed(model)
}

/// The themes.
#[must_use]
pub fn themes() -> Picker {
    let about = |name| Theme::named(name).map(|theme| theme.about).unwrap_or_default();
    let items = theme::names().map(|name| Item::new(name, about(name), Command::Theme(name)));
    Picker::new("Theme", items.collect(), false)
}

/// The tenants that the account can enter.
#[must_use]
pub fn tenants(model: &Model) -> Picker {
    let items = model.session.tenants.iter().map(|tenant| {
        let here = model.session.tenant.as_ref().is_some_and(|current| current.id == tenant.id);
        Item::new(
            tenant.name.as_str(),
            if here { "on screen" } else { "" },
            Command::Tenant(tenant.id.clone()),
        )
    });
    let title = if model.session.tenants.is_empty() { "Tenant: the list was not read" } else { "Tenant" };
    Picker::new(title, items.collect(), false)
}
