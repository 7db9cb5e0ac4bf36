//! Findings of what is selected, what could not be looked at, and one finding in full.

use std::collections::HashMap;

use super::browser::{Node, Row};
use super::model::Model;
use super::page::Page;
use crate::azure::arm::id::ArmId;
use crate::domain::inventory::WorkspaceEntry;
use crate::domain::posture::{self, Finding};

/// A finding and the workspace it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The workspace's name.
    pub workspace: String,
    /// The finding.
    pub finding: Finding,
}

/// The findings of a scope, and how far the look went.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survey {
    /// What was looked at, for a title.
    pub scope: String,
    /// The findings, worst first.
    pub found: Vec<Placed>,
    /// What was not looked at, in words; empty when everything was.
    pub gaps: String,
}

/// The findings of what is selected, or of the whole estate: of opened workspaces all, of others what
/// the inventory's row tells. Not for every frame: the estate may be large.
#[must_use]
pub fn survey(model: &Model, estate: bool) -> Survey {
    let all = model.inventory.workspaces().iter();
    let (scope, workspaces): (String, Vec<&WorkspaceEntry>) = match model.browser.selected() {
        _ if estate => ("all workspaces".to_owned(), all.collect()),
        Some(Node::Workspace(id)) => (id.name().to_owned(), model.inventory.get(id).into_iter().collect()),
        Some(Node::Group(id)) => (id.name().to_owned(), all.filter(|w| id.contains(&w.id)).collect()),
        Some(Node::Subscription(id)) => (
            model.inventory.subscription_label(id).to_owned(),
            all.filter(|w| w.subscription.eq_ignore_ascii_case(id)).collect(),
        ),
        None => {
            let (scope, gaps) = ("workspaces".to_owned(), "no workspace could be read".to_owned());
            return Survey { scope, gaps, ..Survey::default() };
        }
    };
    let mut survey = Survey { scope, ..Survey::default() };
    let (mut unopened, mut unchecked) = (0, 0);
    // There may be tens of thousands, so that they are put where they belong at once.
    let mut by_severity: [Vec<Placed>; 4] = Default::default();
    let opened = model.pages.iter().filter(|page| page.has_body());
    let pages: HashMap<&ArmId, &Page> = opened.map(|page| (&page.id, page)).collect();
    for entry in &workspaces {
        let mut place = |finding: Finding| {
            by_severity[finding.severity as usize]
                .push(Placed { workspace: entry.name().to_owned(), finding });
        };
        match pages.get(&entry.id) {
            Some(page) => {
                unchecked += page.report.unchecked.len();
                page.report.findings.iter().cloned().for_each(&mut place);
            }
            None => {
                unopened += 1;
                posture::found_in_row(entry).for_each(&mut place);
            }
        }
    }
    survey.found.reserve(by_severity.iter().map(Vec::len).sum());
    for found in by_severity.iter_mut().rev() {
        survey.found.append(found);
    }
    let mut gaps: Vec<String> = Vec::new();
    if unopened > 0 {
        let total = workspaces.len();
        gaps.push(format!("{unopened} of {total} not opened yet: more may be found there"));
    }
    if unchecked > 0 {
        gaps.push(format!("{unchecked} checks not possible with what was read"));
    }
    survey.gaps = gaps.join("; ");
    survey
}

/// The badge of a row: as in the table, and nothing where all was looked at and is well.
#[must_use]
pub fn badge(model: &Model, row: Row) -> String {
    let Row::Workspace { at } = row else { return String::new() };
    let badge = model.inventory.workspaces().get(at).map(posture::badge);
    badge.filter(|badge| badge != "0").unwrap_or_default()
}

/// A finding in full: what, why it matters, what to do.
#[must_use]
pub fn full(placed: &Placed) -> String {
    let finding = &placed.finding;
    let detail = match finding.all.as_slice() {
        [] if finding.detail.is_empty() => String::new(),
        [] => format!("{}\n", finding.detail),
        all => format!("{}\n", all.join("\n")),
    };
    format!(
        "{}\n{} on {}\n{detail}\nWhy it matters\n{}\n\nWhat to do\n{}\n",
        finding.title,
        finding.severity.word(),
        placed.workspace,
        finding.why,
        finding.remedy
    )
}
