//! Findings of the selection, and one of them in full.

use super::browser::{Node, Row};
use super::model::Model;
use super::page::Page;
use crate::domain::posture::{self, Finding, Subject};

/// A finding and the workspace it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The workspace's name.
    pub workspace: String,
    /// The finding.
    pub finding: Finding,
}

/// The findings of an opened workspace, worst first.
#[must_use]
pub fn report(model: &Model, page: &Page) -> Vec<Finding> {
    if page.has_body() {
        return page.findings.clone();
    }
    let Some(entry) = model.inventory.get(&page.id) else { return Vec::new() };
    posture::report(&Subject { entry, opened: None }).findings
}

/// The findings of what is selected: of one workspace all, of a group or subscription what the
/// inventory's rows tell, worst first.
#[must_use]
pub fn of_selection(model: &Model) -> Vec<Placed> {
    let workspaces: Vec<&crate::domain::inventory::WorkspaceEntry> = match model.browser.selected() {
        Some(Node::Workspace(id)) => model.inventory.get(id).into_iter().collect(),
        Some(Node::Group(id)) => model.inventory.workspaces().iter().filter(|w| id.contains(&w.id)).collect(),
        Some(Node::Subscription(id)) => {
            model.inventory.workspaces().iter().filter(|w| w.subscription.eq_ignore_ascii_case(id)).collect()
        }
        None => Vec::new(),
    };
    let mut found: Vec<Placed> = Vec::new();
    for entry in workspaces {
        let page = model.pages.iter().rev().find(|page| page.id == entry.id && page.has_body());
        let findings = match page {
            Some(page) => page.findings.clone(),
            None => posture::report(&Subject { entry, opened: None }).findings,
        };
        let name = entry.name();
        found.extend(findings.into_iter().map(|finding| Placed { workspace: name.to_owned(), finding }));
    }
    found.sort_by(|a, b| b.finding.severity.cmp(&a.finding.severity));
    found
}

/// How many findings a row of the tree has; for an opened workspace all, else what the row tells.
#[must_use]
pub fn count(model: &Model, row: Row) -> usize {
    let Row::Workspace { at } = row else { return 0 };
    let Some(entry) = model.inventory.workspaces().get(at) else { return 0 };
    match model.pages.iter().rev().find(|page| page.id == entry.id && page.has_body()) {
        Some(page) => page.findings.len(),
        None => posture::row_findings(entry),
    }
}

/// A finding in full: what, why it matters, what to do.
#[must_use]
pub fn full(placed: &Placed) -> String {
    let finding = &placed.finding;
    let detail = if finding.detail.is_empty() { String::new() } else { format!("{}\n", finding.detail) };
    format!(
        "{}\n{} on {}\n{detail}\nWhy it matters\n{}\n\nWhat to do\n{}\n",
        finding.title,
        finding.severity.word(),
        placed.workspace,
        finding.why,
        finding.remedy
    )
}
