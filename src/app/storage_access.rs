//! The assessment of a storage access switch, from what a page knows and what is read for it beside.

use super::export::{Sheet, markdown_cell};
use super::model::Model;
use super::page::Page;
use crate::azure::resources::compute::Compute;
use crate::azure::resources::datastore::Datastore;
use crate::azure::resources::online_endpoint::Endpoint;
use crate::azure::resources::policy_state::PolicyState;
use crate::domain::lookup::Lookup;
use crate::domain::storage_access::{Assessment, Facts, Neighbour, Table};

/// What is read for an assessment beside the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reads {
    /// Computes.
    pub computes: Lookup<Vec<Compute>>,
    /// Datastores.
    pub datastores: Lookup<Vec<Datastore>>,
    /// Online endpoints.
    pub online: Lookup<Vec<Endpoint>>,
    /// Batch endpoints.
    pub batch: Lookup<Vec<Endpoint>>,
    /// What Azure Policy says of the account.
    pub policies: Lookup<Vec<PolicyState>>,
}

/// Assesses a switch of the workspace of a page; none before access to it is ready for questions.
#[must_use]
pub fn assess(model: &Model, page: &Page, reads: &Reads) -> Option<Assessment> {
    let made = page.assessment.as_ref()?;
    let storage = page.opened.storage_id();
    let neighbours: Vec<Neighbour> = model
        .inventory
        .workspaces()
        .iter()
        .filter_map(|entry| {
            let used = entry.dependents().storage.filter(|used| Some(used) == storage)?;
            let mode = entry.storage_access.mode().cloned();
            Some(Neighbour { id: entry.id.clone(), storage: used, mode })
        })
        .collect();
    Some(Assessment::of(&Facts {
        opened: &page.opened,
        access: &made.access,
        targets: &made.targets,
        principals: &model.principals,
        neighbours: &neighbours,
        inventory_gaps: !model.inventory.problems.is_empty() || model.inventory_status.error.is_some(),
        computes: &reads.computes,
        datastores: &reads.datastores,
        online: &reads.online,
        batch: &reads.batch,
        policies: &reads.policies,
    }))
}

/// An assessment as text for the screen.
#[must_use]
pub fn text(assessment: &Assessment) -> String {
    let mut text = String::new();
    for table in assessment.tables() {
        let sheet = sheet(&table);
        let printed = sheet.lay_out(&sheet.widths(), &|_, _, cell| cell.into());
        let heading =
            if table.title == "Storage access" { String::new() } else { format!("\n{}\n", table.title) };
        text.push_str(&heading);
        let body = printed.lines().skip(usize::from(table.heads.is_empty()));
        body.for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text
}

/// A table of an assessment as rows for any form.
#[must_use]
pub fn sheet(table: &Table) -> Sheet {
    const LABELS: [&str; 2] = ["What", ""];
    let heads: &[&'static str] = if table.heads.is_empty() { &LABELS } else { table.heads };
    Sheet {
        names: heads.to_vec(),
        titles: heads.to_vec(),
        rows: table.rows.iter().map(|(cells, _)| cells.clone()).collect(),
    }
}

/// An assessment as Markdown for a ticket.
#[must_use]
pub fn markdown(assessment: &Assessment) -> String {
    assessment.markdown(markdown_cell)
}
