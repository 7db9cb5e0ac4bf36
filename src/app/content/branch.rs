//! What the panes tell of a subscription or a resource group: what its workspaces have in common, by their rows in the
//! inventory, and the roles that were seen at it when one of them was opened.

use std::collections::BTreeMap;

use super::Line;
use crate::app::access_rows::{self, Look};
use crate::app::browser::Node;
use crate::app::model::Model;
use crate::app::page::Pane;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::ManagedNetworkStatus;
use crate::config::action::Action;
use crate::config::keymap::Context;
use crate::domain::fact::{Tone, count};
use crate::domain::inventory::WorkspaceEntry;
use crate::domain::posture;
use crate::ui::layout;

/// So many workspaces are looked through for findings whenever a frame is drawn; of more the list of findings is told.
const LOOKED_THROUGH: usize = 500;

/// The lines of a pane while no workspace is selected.
pub(super) fn lines(model: &Model, pane: Pane) -> Vec<Line> {
    let (id, inside): (ArmId, Vec<&WorkspaceEntry>) = match model.browser.selected() {
        Some(Node::Subscription(id)) => (
            ArmId::subscription(id),
            all(model).filter(|w| w.subscription.eq_ignore_ascii_case(id)).collect(),
        ),
        Some(Node::Group(id)) => (id.clone(), all(model).filter(|w| id.contains(&w.id)).collect()),
        Some(Node::Workspace(_)) => return Vec::new(),
        None => return nothing(model, pane),
    };
    if inside.is_empty() && pane != Pane::Access {
        let words = if pane == Pane::Overview { "There is no workspace in it." } else { "Nothing to show." };
        return vec![Line::remark(words, Tone::Muted)];
    }
    match pane {
        Pane::Overview => overview(model, &inside),
        Pane::Dependents => {
            let modes = counts(inside.iter().map(|w| w.storage_access.word()));
            vec![
                Line::fact("Storage access", modes, Tone::Plain),
                Line::remark("The resources behind a workspace are shown when it is selected.", Tone::Muted),
            ]
        }
        Pane::Network => network(&inside),
        Pane::Access => access(model, &id),
        Pane::Browser => Vec::new(),
    }
}

fn all(model: &Model) -> impl Iterator<Item = &WorkspaceEntry> {
    model.inventory.workspaces().iter()
}

/// Why nothing at all is selected, and what to do.
fn nothing(model: &Model, pane: Pane) -> Vec<Line> {
    let alone = layout::rooms(model, layout::body(model)).panes.len() == 1;
    let status = &model.inventory_status;
    let key = |action| model.keymap.key(Context::Workspace, action);
    match &status.error {
        // The list stands beside it and says why.
        _ if !alone && pane != Pane::Overview => {
            vec![Line::remark("Nothing to show.", Tone::Muted)]
        }
        Some(error) => vec![
            Line::remark(error.plain(), Tone::Warn),
            Line::remark(format!("{} tries again.", key(Action::RefreshAll)), Tone::Muted),
        ],
        None if status.loading || status.at.is_none() => Vec::new(),
        None if model.browser.filter.is_active() => Vec::new(),
        None => {
            let words = format!("There is no workspace here; {} says why.", key(Action::Pane1));
            vec![Line::remark(words, Tone::Muted)]
        }
    }
}

fn overview(model: &Model, inside: &[&WorkspaceEntry]) -> Vec<Line> {
    let worst = inside.iter().map(|w| w.state_tone()).max().unwrap_or(Tone::Plain);
    let states = counts(inside.iter().map(|w| w.state_word()));
    let how_many = count(inside.len(), "workspace", "workspaces");
    let mut lines = vec![Line::pieces("Holds", vec![(how_many, Tone::Plain), (states, worst)])];
    lines.push(Line::fact("Regions", counts(inside.iter().map(|w| &*w.location)), Tone::Plain));
    let key = model.keymap.key(Context::Workspace, Action::Findings);
    let told = format!("{key} lists them");
    lines.push(if inside.len() > LOOKED_THROUGH {
        Line::fact("Findings", told, Tone::Muted)
    } else {
        let found = |w: &&WorkspaceEntry| {
            w.judged.map_or_else(|| posture::found_in_row(w).count(), |judged| judged.findings)
        };
        let all: usize = inside.iter().map(found).sum();
        let more = inside.iter().any(|w| w.judged.is_none_or(|judged| judged.more));
        let so_far = if more { " so far" } else { "" };
        let tone = if all == 0 { Tone::Muted } else { Tone::Warn };
        Line::pieces("Findings", vec![(format!("{all}{so_far}"), tone), (told, Tone::Muted)])
    });
    lines.push(Line::fact("Kinds", counts(inside.iter().map(|w| w.kind.as_str())), Tone::Plain));
    lines
}

fn network(inside: &[&WorkspaceEntry]) -> Vec<Line> {
    let mut lines = vec![
        Line::fact("Isolation", counts(inside.iter().map(|w| w.isolation_word())), Tone::Plain),
        Line::fact("Public access", counts(inside.iter().map(|w| w.public_access_word())), Tone::Plain),
    ];
    let managed = inside.iter().filter(|w| w.isolation.is_managed());
    let waiting = managed.filter(|w| w.network_status == Some(ManagedNetworkStatus::Inactive)).count();
    if waiting > 0 {
        let words = format!("{} not provisioned", count(waiting, "managed network", "managed networks"));
        lines.push(Line::remark(format!("! {words}"), Tone::Warn));
    }
    lines
}

/// The roles that were given at the scope itself, as an opened workspace below it showed them.
fn access(model: &Model, id: &ArmId) -> Vec<Line> {
    let opened = model.pages.iter().rev().filter(|page| id.contains(&page.id));
    let Some((page, table)) = opened.filter_map(|page| Some((page, page.opened.access.found()?))).next()
    else {
        let words = "Who has access is shown for one workspace at a time, with what comes from above it.";
        return vec![Line::remark(words, Tone::Muted)];
    };
    let here = table.rows.iter().filter(|row| row.scope.as_ref() == Some(id));
    let look = Look::of(model);
    let mut lines: Vec<Line> = here
        .map(|row| Line::fact(access_rows::role(row, look), access_rows::principal(row), Tone::Plain))
        .collect();
    lines.sort_by(|a, b| a.label.cmp(&b.label));
    let at = page.pane_status(Pane::Access).at.map_or_else(String::new, |at| {
        at.to_zoned(model.zone.clone()).strftime(", read at %H:%M").to_string()
    });
    let words = match lines.len() {
        0 => format!("No role is given at this scope itself{at} with {}.", page.id.name()),
        n => format!("{} at this scope itself{at} with {}", count(n, "role", "roles"), page.id.name()),
    };
    lines.insert(0, Line::remark(words, Tone::Muted));
    lines
}

/// How often each of these words stands there, the most frequent first: `westeurope (8), northeurope (2)`.
fn counts<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for word in words {
        *known.entry(if word.is_empty() { "not known" } else { word }).or_default() += 1;
    }
    let mut known: Vec<(&str, usize)> = known.into_iter().collect();
    known.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    known.iter().map(|(word, n)| format!("{word} ({n})")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::counts;

    #[test]
    fn what_there_is_most_of_is_told_first_and_what_says_nothing_is_not_known() {
        assert_eq!(counts(["b", "a", "", "b"].into_iter()), "b (2), a (1), not known (1)");
        assert_eq!(counts(std::iter::empty()), "");
    }
}
