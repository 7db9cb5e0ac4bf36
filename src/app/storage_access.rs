//! The assessment of a storage access switch, from what a page knows and what is read for it beside, and the forms in
//! which it is shown and taken along.

use jiff::Timestamp;

use super::export::{Format, Sheet, markdown_cell};
use super::form::around;
use super::model::Model;
use super::page::Page;
use super::review::Review;
use super::runs::Known;
use crate::azure::resource_graph::OnAccountRow;
use crate::azure::resources::compute::Compute;
use crate::azure::resources::datastore::Datastore;
use crate::azure::resources::lock::Lock;
use crate::azure::resources::online_endpoint::Endpoint;
use crate::azure::resources::policy_state::PolicyState;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Plan, Run};
use crate::domain::storage_access::{
    Assessment, Facts, Neighbour, OnParts, Pair, Table, Wish, made, places_of, side_by_side, ticket,
    unfinished,
};
use crate::ui::widgets::text;

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
    /// The locks in force at the account.
    pub locks: Lookup<Vec<Lock>>,
    /// Every workspace on the account that Resource Graph shows in the tenant.
    pub on_account: Lookup<Vec<OnAccountRow>>,
    /// The versions of the service's own API.
    pub api_versions: Lookup<Vec<String>>,
    /// Role assignments on single containers and file shares of the account.
    pub on_parts: Lookup<OnParts>,
    /// When the workspace's keys were synchronised since a key of the account was made, as far as the activity log goes back.
    pub synchronised: Lookup<Vec<Timestamp>>,
}

impl Reads {
    /// What is known of the account of a workspace that names none.
    #[must_use]
    pub fn without_account() -> Self {
        Self {
            policies: Lookup::Found(Vec::new()),
            locks: Lookup::Found(Vec::new()),
            on_account: Lookup::Found(Vec::new()),
            on_parts: Lookup::Found(OnParts::default()),
            synchronised: Lookup::Found(Vec::new()),
            ..Self::default()
        }
    }
}

/// Assesses a switch of the workspace of a page; none before access to it is ready for questions.
#[must_use]
pub fn assess(model: &Model, page: &Page, reads: &Reads) -> Option<Assessment> {
    let made = page.assessment.as_ref()?;
    let storage = page.opened.storage_id();
    let mut neighbours: Vec<Neighbour> = model
        .inventory
        .workspaces()
        .iter()
        .filter_map(|entry| {
            let used = entry.dependents().storage.filter(|used| Some(used) == storage)?;
            let mode = entry.storage_access.mode().cloned();
            Some(Neighbour { id: entry.id.clone(), storage: used, mode })
        })
        .collect();
    // The list may be narrowed to some subscriptions, or be from yesterday; whoever shares the account breaks all the same.
    for row in reads.on_account.found().into_iter().flatten() {
        match neighbours.iter_mut().find(|known| known.id == row.id) {
            Some(known) => known.mode = row.auth_mode.clone().or(known.mode.take()),
            None => neighbours.extend(storage.map(|storage| Neighbour {
                id: row.id.clone(),
                storage: storage.clone(),
                mode: row.auth_mode.clone(),
            })),
        }
    }
    let is_partial = !model.inventory.problems.is_empty() || model.inventory_status.error.is_some();
    let neighbours_unread = match reads.on_account.absence() {
        Some(why) => Some(format!("other workspaces on the account, but those in the list: {why}")),
        None if is_partial => {
            Some("some subscriptions could not be read: other workspaces may use the account too".to_owned())
        }
        None => None,
    };
    Some(Assessment::of(&Facts {
        opened: &page.opened,
        access: &made.access,
        targets: &made.targets,
        principals: &model.principals,
        neighbours: &neighbours,
        neighbours_unread,
        computes: &reads.computes,
        datastores: &reads.datastores,
        online: &reads.online,
        batch: &reads.batch,
        policies: &reads.policies,
        locks: &reads.locks,
        api_versions: &reads.api_versions,
        on_parts: &reads.on_parts,
        synchronised: &reads.synchronised,
        now: model.now,
    }))
}

/// An assessment as text for a screen of so many columns.
#[must_use]
pub fn text_of(assessment: &Assessment, columns: u16) -> String {
    let mut text = String::new();
    for table in assessment.tables() {
        if table.title != "Storage access" {
            text.push_str(&format!("\n{}\n", table.title));
        }
        text.push_str(&fitted(&table, columns));
    }
    text
}

/// Several assessments as text: side by side, then each in full.
#[must_use]
pub fn text_of_several(all: &[Assessment], columns: u16) -> String {
    let mut out: String = side_by_side(all).iter().map(|table| fitted(table, columns) + "\n").collect();
    for one in all {
        out.push_str(&format!("{}\n{}\n", one.workspace.name().to_uppercase(), text_of(one, columns)));
    }
    out
}

/// Blanks between two columns.
const GAP: usize = 2;
/// What is narrower than this is not worth a column.
const LEAST: usize = 6;

/// A table whose cells go on below themselves where a line has no room for them.
fn fitted(table: &Table, columns: u16) -> String {
    let room = usize::from(columns).saturating_sub(4).max(20);
    let heads: Vec<String> = table.heads.iter().map(|head| head.to_uppercase()).collect();
    let heads = (!heads.is_empty()).then_some(&heads);
    let rows: Vec<&Vec<String>> =
        heads.into_iter().chain(table.rows.iter().map(|(cells, _)| cells)).collect();
    let count = rows.iter().map(|cells| cells.len()).max().unwrap_or(0);
    let widest =
        |at: usize| rows.iter().filter_map(|cells| cells.get(at)).map(|cell| text::width(cell)).max();
    let mut widths: Vec<usize> = (0..count).map(|at| widest(at).unwrap_or(0)).collect();
    let room = room.saturating_sub(GAP * count.saturating_sub(1));
    // The widest gives way first: names and short words stay whole.
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > LEAST) else { break };
        *widest -= 1;
    }
    let mut out = String::new();
    for cells in rows {
        let parts: Vec<Vec<String>> =
            cells.iter().zip(&widths).map(|(cell, width)| text::wrap(cell, *width)).collect();
        for line in 0..parts.iter().map(Vec::len).max().unwrap_or(0) {
            let mut row = String::new();
            for (part, width) in parts.iter().zip(&widths) {
                let cell = part.get(line).map_or("", String::as_str);
                row.push_str(cell);
                row.push_str(&" ".repeat(width.saturating_sub(text::width(cell)) + GAP));
            }
            out.push_str(row.trim_end());
            out.push('\n');
        }
    }
    out
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

/// Assessments as Markdown: several side by side first.
#[must_use]
pub fn markdown(all: &[Assessment]) -> String {
    let side = match all {
        [_] => String::new(),
        _ => {
            let tables = side_by_side(all);
            let printed = tables.iter().map(|table| sheet(table).print(Format::Markdown) + "\n");
            format!("## Storage access of {} workspaces\n\n{}", all.len(), printed.collect::<String>())
        }
    };
    let each: Vec<String> = all.iter().map(|one| one.markdown(markdown_cell)).collect();
    format!("{side}{}", each.join("\n"))
}

/// A change ticket in Markdown: the assessments and the plan.
#[must_use]
pub fn ticket_of(all: &[Assessment], plan: &Plan) -> String {
    ticket(all, plan, markdown_cell)
}

/// What a plan of a switch wants to know of its surroundings: what counts as production, and which roles earlier
/// switches gave on the account, by the runs of the journal.
#[must_use]
pub fn wish<'a>(
    model: &Model,
    assessment: &Assessment,
    pair: Pair,
    runs: impl IntoIterator<Item = &'a Run>,
) -> Wish {
    let runs: Vec<&Run> = runs.into_iter().collect();
    Wish {
        pair,
        readers: Vec::new(),
        without: Vec::new(),
        also: Vec::new(),
        setting: around::setting(model, &assessment.workspace, assessment.account.iter()),
        together: Vec::new(),
        made: assessment.account.as_ref().map(|account| made(runs, account)).unwrap_or_default(),
    }
}

/// The run that is not over and changes what a plan changes that is looked at: that is not begun beside it.
#[must_use]
pub fn beside<'a>(model: &'a Model, review: &Review) -> Option<&'a Known> {
    let places = places_of(&review.plan, &review.assessed);
    let runs: Vec<&Run> = model.runs.all().iter().map(|known| &known.run).collect();
    model.runs.get(&unfinished(&places, review.undoes.as_ref(), &runs)?.id)
}
