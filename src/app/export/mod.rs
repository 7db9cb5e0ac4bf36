//! What is on screen, as text to take along: for a clipboard, a ticket, a spreadsheet.

mod sheet;

use std::sync::Arc;

pub use sheet::{Format, Paint, Remarks, Sheet, markdown_cell};

use super::access::assessment::{self, Assessment};
use super::access::blocks;
use super::access::grid::{self, MatrixView};
use super::access::known_names::KnownNames;
use super::access::question::Answered;
use super::access::words::Names;
use super::access_rows::{self, Look};
use super::browser::Row;
use super::content::{self, Shape};
use super::model::Model;
use super::page::Pane;
use crate::domain::access::AccessTable;
use crate::domain::inventory::{COLUMNS, Inventory, WorkspaceEntry};
use crate::domain::times;

/// What was on screen when it was asked for, to be written out beside it: tens of thousands of rows take a while.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// Rows under headings.
    Sheet {
        /// The rows.
        sheet: Sheet,
        /// What is told beside them.
        remarks: Remarks,
    },
    /// Workspaces of the inventory, by their numbers.
    Workspaces {
        /// The inventory.
        inventory: Shared<Inventory>,
        /// Which workspaces, in order.
        rows: Vec<usize>,
    },
    /// The access matrix.
    Matrix(Shared<TakenMatrix>),
    /// Rows of the access table, by their numbers.
    Access {
        /// The table.
        table: Arc<AccessTable>,
        /// Which rows, in order.
        rows: Vec<usize>,
        /// How they looked.
        look: Look,
    },
    /// Rows of the answer to a question about access, by their numbers.
    Answer {
        /// The answer.
        answered: Shared<Answered>,
        /// Which rows, in order; none for all of them.
        rows: Option<Vec<usize>>,
    },
}

/// What the console goes on with meanwhile; two are the same when they are one.
#[derive(Debug)]
pub struct Shared<T>(pub Arc<T>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The access matrix as it was on screen; what is long of it is shared.
#[derive(Debug)]
pub struct TakenMatrix {
    view: MatrixView,
    assessment: Arc<Assessment>,
    names: KnownNames,
    remarks: Remarks,
}

impl TakenMatrix {
    /// Rows for programs and spreadsheets; as text a block for each principal.
    fn print(&self, format: Format) -> String {
        let names = self.names.names(&self.assessment.targets);
        if format != Format::Text {
            return grid::sheet(&self.view, &self.assessment, &names).print_with(format, &self.remarks);
        }
        let mut text = blocks::text(&self.view, &self.assessment, &names);
        self.remarks.push_to(&mut text, "", str::to_owned);
        text
    }
}

impl Taken {
    /// In a form.
    #[must_use]
    pub fn print(self, format: Format) -> String {
        match self {
            Self::Sheet { sheet, remarks } => sheet.print_with(format, &remarks),
            Self::Workspaces { inventory, rows } => {
                let all = inventory.0.workspaces();
                workspaces(&inventory.0, rows.iter().filter_map(|at| all.get(*at))).print(format)
            }
            Self::Matrix(matrix) => matrix.0.print(format),
            Self::Access { table, rows, look } => access_sheet(&table, &rows, look).print(format),
            Self::Answer { answered, rows } => {
                answered.0.sheet(rows.as_deref()).print_with(format, &answered.0.remarks())
            }
        }
    }
}

/// What the focused pane shows.
#[must_use]
pub fn pane(model: &Model) -> Taken {
    if let Some(assessment) = grid::assessment(model).filter(|_| grid::is_shown(model)) {
        let names = Names::of(model, &assessment.targets);
        return Taken::Matrix(Shared(Arc::new(TakenMatrix {
            view: model.matrix.clone(),
            assessment: Arc::clone(assessment),
            names: KnownNames::of(model),
            remarks: Remarks::not_seen(names.gaps(assessment::gaps(model, assessment).iter())),
        })));
    }
    match model.focus {
        Pane::Browser => Taken::Workspaces {
            inventory: Shared(Arc::clone(&model.inventory)),
            rows: shown_workspaces(model),
        },
        Pane::Access if model.page().is_some() => {
            let (table, rows) = shown_access(model);
            Taken::Access { table, rows, look: Look::of(model) }
        }
        pane => Taken::Sheet { sheet: sheet(model, pane), remarks: Remarks::default() },
    }
}

/// The name of the file that the focused pane is saved to.
#[must_use]
pub fn pane_file_name(model: &Model, format: Format) -> String {
    let subject = model.browser.workspace().map_or("workspaces", |id| id.name());
    if model.focus == Pane::Browser {
        return list_file_name(model, Pane::Browser.title(), format);
    }
    let pane = model.focus.title().to_lowercase().replace(' ', "-");
    format!("{}-{pane}-{}.{}", file_name(subject), stamp(model), format.extension())
}

/// The name of the file that a list over the screen is saved to.
#[must_use]
pub fn list_file_name(model: &Model, title: &str, format: Format) -> String {
    let title = title.to_lowercase().replace(' ', "-");
    format!("{}-{}.{}", file_name(&title), stamp(model), format.extension())
}

/// The time as file names have it.
fn stamp(model: &Model) -> String {
    model.now.to_zoned(model.zone.clone()).strftime("%Y%m%d-%H%M%S").to_string()
}

/// A text as the name of a file: letters, digits, dot, hyphen and underscore, whatever it was.
#[must_use]
pub fn file_name(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    let clean = clean.trim_matches(['-', '.']).to_owned();
    if clean.is_empty() { "amldeck".to_owned() } else { clean.chars().take(80).collect() }
}

/// What a pane shows; of access the table.
#[must_use]
pub fn sheet(model: &Model, pane: Pane) -> Sheet {
    match pane {
        Pane::Browser => {
            let all = model.inventory.workspaces();
            workspaces(&model.inventory, shown_workspaces(model).iter().filter_map(|at| all.get(*at)))
        }
        Pane::Access => access(model),
        pane => {
            let of_page = model.page().map(|page| content::everything(model, page, pane));
            let lines = of_page.unwrap_or_else(|| content::of_branch(model, pane));
            let lines = lines.iter().filter(|line| line.shape == Shape::Heading || !line.value().is_empty());
            Sheet {
                names: vec!["label", "value"],
                titles: vec![pane.title(), ""],
                rows: lines.map(|line| vec![line.label.clone(), line.value()]).collect(),
            }
        }
    }
}

/// Workspaces under the columns of the flat table.
#[must_use]
pub fn workspaces<'a>(inventory: &Inventory, workspaces: impl Iterator<Item = &'a WorkspaceEntry>) -> Sheet {
    Sheet {
        names: COLUMNS.iter().map(|column| column.id).collect(),
        titles: COLUMNS.iter().map(|column| column.title).collect(),
        rows: workspaces
            .map(|w| COLUMNS.iter().map(|c| (c.text)(inventory, w).into_owned()).collect())
            .collect(),
    }
}

/// The workspaces in the list, by their numbers, in its order.
fn shown_workspaces(model: &Model) -> Vec<usize> {
    let at = |row: &Row| match row {
        Row::Workspace { at } => Some(*at),
        _ => None,
    };
    model.browser.rows().iter().filter_map(at).collect()
}

fn access(model: &Model) -> Sheet {
    let (table, rows) = shown_access(model);
    access_sheet(&table, &rows, Look::of(model))
}

/// The access table of the page on screen, and the rows that are shown, in their order.
fn shown_access(model: &Model) -> (Arc<AccessTable>, Vec<usize>) {
    let table = model.page().and_then(|page| page.opened.access.found()).cloned().unwrap_or_default();
    let shown = model.panes.get(&Pane::Access).map(|state| state.shown.clone()).unwrap_or_default();
    (table, shown)
}

fn access_sheet(table: &AccessTable, rows: &[usize], look: Look) -> Sheet {
    let rows = rows.iter().filter_map(|at| table.rows.get(*at));
    let mut names: Vec<&'static str> = access_rows::COLUMNS.iter().map(|column| column.id).collect();
    let mut titles: Vec<&'static str> = access_rows::COLUMNS.iter().map(|column| column.title).collect();
    names.extend(["principalId", "scope", "createdOn", "endsOn"]);
    titles.extend(["Principal id", "Scope", "Created on", "Ends on"]);
    let rows = rows.map(|row| {
        let mut cells: Vec<String> =
            access_rows::COLUMNS.iter().map(|c| (c.text)(row, look).into_owned()).collect();
        cells.push(row.principal_id.clone());
        cells.push(row.scope.as_ref().map_or_else(String::new, ToString::to_string));
        let time = |at: Option<jiff::Timestamp>| at.map_or_else(String::new, times::stamp);
        cells.push(time(row.since));
        cells.push(time(row.tenure.end()));
        cells
    });
    Sheet { names, titles, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_leads_nowhere_else() {
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("データ 1"), "データ-1");
        assert_eq!(file_name("//"), "amldeck");
    }
}
