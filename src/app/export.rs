//! What is on screen, as text to take along: for a clipboard, a ticket, a spreadsheet.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::access::assessment::{self, Assessment};
use super::access::blocks;
use super::access::grid::{self, MatrixView};
use super::access::known_names::KnownNames;
use super::access::words::Names;
use super::access_rows::{self, Look};
use super::browser::Row;
use super::content::{self, Shape};
use super::model::Model;
use super::page::Pane;
use crate::domain::access::AccessTable;
use crate::domain::inventory::{COLUMNS, Inventory, WorkspaceEntry};
use crate::domain::times;
use crate::ui::widgets::text;

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns of text.
    Text,
    /// Comma-separated values.
    Csv,
    /// A JSON array of objects.
    Json,
    /// A Markdown table.
    Markdown,
}

impl Format {
    /// Its name for a person.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Markdown => "Markdown",
        }
    }

    /// The ending of a file.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Markdown => "md",
        }
    }
}

/// Rows under headings, ready for any form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Names of the columns for programs, in `camelCase`.
    pub names: Vec<&'static str>,
    /// Headings for people.
    pub titles: Vec<&'static str>,
    /// The cells.
    pub rows: Vec<Vec<String>>,
}

/// What was on screen when it was asked for, to be written out beside it: tens of thousands of rows take a while.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// Rows under headings.
    Sheet {
        /// The rows.
        sheet: Sheet,
        /// What could not be seen, a line each.
        not_seen: Vec<String>,
    },
    /// The access matrix.
    Matrix(Box<TakenMatrix>),
    /// Rows of the access table, by their numbers.
    Access {
        /// The table.
        table: Arc<AccessTable>,
        /// Which rows, in order.
        rows: Vec<usize>,
        /// How they looked.
        look: Look,
    },
}

/// The access matrix as it was on screen; what is long of it is shared.
#[derive(Debug, Clone)]
pub struct TakenMatrix {
    view: MatrixView,
    assessment: Arc<Assessment>,
    names: KnownNames,
    /// What could not be seen, a line each.
    not_seen: Vec<String>,
}

/// Matrices are the same only when they are one, as the facts that they rest on.
impl PartialEq for TakenMatrix {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl TakenMatrix {
    /// Rows for programs and spreadsheets; as text a block for each principal.
    fn print(&self, format: Format) -> String {
        let names = self.names.names(&self.assessment.targets);
        if format != Format::Text {
            return grid::sheet(&self.view, &self.assessment, &names).print_with(format, &self.not_seen);
        }
        let mut text = blocks::text(&self.view, &self.assessment, &names);
        push_not_seen(&mut text, "", &self.not_seen);
        text
    }
}

impl Taken {
    /// In a form.
    #[must_use]
    pub fn print(self, format: Format) -> String {
        match self {
            Self::Sheet { sheet, not_seen } => sheet.print_with(format, &not_seen),
            Self::Matrix(matrix) => matrix.print(format),
            Self::Access { table, rows, look } => access_sheet(&table, &rows, look).print(format),
        }
    }
}

/// What the focused pane shows.
#[must_use]
pub fn pane(model: &Model) -> Taken {
    if let Some(assessment) = grid::assessment(model).filter(|_| grid::is_shown(model)) {
        let names = Names::of(model, &assessment.targets);
        return Taken::Matrix(Box::new(TakenMatrix {
            view: model.matrix.clone(),
            assessment: Arc::clone(assessment),
            names: KnownNames::of(model),
            not_seen: names.gaps(assessment::gaps(model, assessment).iter()),
        }));
    }
    match model.focus {
        Pane::Access if model.page().is_some() => {
            let (table, rows) = shown_access(model);
            Taken::Access { table, rows, look: Look::of(model) }
        }
        pane => Taken::Sheet { sheet: sheet(model, pane), not_seen: Vec::new() },
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
            let inventory = &model.inventory;
            let rows = model.browser.rows().iter().filter_map(|row| match row {
                Row::Workspace { at } => inventory.workspaces().get(*at),
                _ => None,
            });
            workspaces(inventory, rows)
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

/// Dresses the text of a cell, by its row (none for the headings) and column.
pub type Paint<'a> = dyn for<'c> Fn(Option<usize>, usize, &'c str) -> Cow<'c, str> + 'a;

impl Sheet {
    /// The sheet in a form.
    #[must_use]
    pub fn print(&self, format: Format) -> String {
        self.print_with(format, &[])
    }

    /// The same with what is not in it because it was not seen: sentences below a table for people; for programs a row
    /// for each, which has nothing but `notSeen`.
    #[must_use]
    pub fn print_with(&self, format: Format, not_seen: &[String]) -> String {
        let mut printed = match format {
            Format::Text => self.text(),
            Format::Csv => return self.csv(not_seen),
            Format::Json => return self.json(not_seen),
            Format::Markdown => self.markdown(),
        };
        match format {
            Format::Markdown => {
                let cells: Vec<String> = not_seen.iter().map(|line| markdown_cell(line)).collect();
                push_not_seen(&mut printed, "- ", &cells);
            }
            _ => push_not_seen(&mut printed, "", not_seen),
        }
        printed
    }

    fn text(&self) -> String {
        self.lay_out(&self.widths(), &|_, _, cell| cell.into())
    }

    /// The cells that each column needs.
    #[must_use]
    pub fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.titles.iter().map(|title| text::width(title)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width(&one_line(cell)));
            }
        }
        widths
    }

    /// The sheet in columns of these widths; what is longer is cut.
    #[must_use]
    pub fn lay_out(&self, widths: &[usize], paint: &Paint<'_>) -> String {
        let titles: Vec<String> = self.titles.iter().map(|title| title.to_uppercase()).collect();
        let rows = self.rows.iter().enumerate().map(|(at, row)| (Some(at), row));
        let mut out = String::new();
        for (at, row) in std::iter::once((None, &titles)).chain(rows) {
            // Blanks are owed until something follows them, so that no line ends in blanks.
            let mut owed = 0;
            for (column, (cell, width)) in row.iter().zip(widths).enumerate().filter(|(_, (_, w))| **w > 0) {
                let cell = text::cut(cell, *width, "…");
                let used = text::width(&cell);
                if used > 0 {
                    out.extend(std::iter::repeat_n(' ', owed));
                    owed = 0;
                    out.push_str(&paint(at, column, &cell));
                }
                owed += width.saturating_sub(used) + 2;
            }
            out.push('\n');
        }
        out
    }

    fn csv(&self, not_seen: &[String]) -> String {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let more = (!not_seen.is_empty()).then_some(NOT_SEEN);
        // Writing to memory cannot fail, and every row has as many cells as there are columns.
        let _ = writer.write_record(self.names.iter().copied().chain(more));
        let mut write = |cells: &mut dyn Iterator<Item = &str>| {
            for cell in cells {
                let _ = writer.write_field(csv_cell(cell).as_bytes());
            }
            let _ = writer.write_record(None::<&[u8]>);
        };
        for row in &self.rows {
            write(&mut row.iter().map(String::as_str).chain(more.map(|_| "")));
        }
        for line in not_seen {
            write(&mut self.names.iter().map(|_| "").chain([line.as_str()]));
        }
        writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn json(&self, not_seen: &[String]) -> String {
        let rows = self.rows.iter().map(|row| JsonRow { names: &self.names, cells: row });
        let not_seen =
            not_seen.iter().map(|line| JsonRow { names: &[NOT_SEEN], cells: std::slice::from_ref(line) });
        let rows: Vec<JsonRow<'_>> = rows.chain(not_seen).collect();
        serde_json::to_string_pretty(&rows).map(|text| text + "\n").unwrap_or_default()
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            for cell in cells {
                text.push_str("| ");
                push_markdown(&mut text, cell);
                text.push(' ');
            }
            text.push_str("|\n");
        };
        line(&mut self.titles.iter().copied());
        line(&mut self.titles.iter().map(|_| "---"));
        for row in &self.rows {
            line(&mut row.iter().map(String::as_str));
        }
        text
    }
}

/// The column of what is not among the rows.
const NOT_SEEN: &str = "notSeen";

/// Adds what is not in a text because it was not seen.
fn push_not_seen(text: &mut String, before: &str, lines: &[String]) {
    for (at, line) in lines.iter().enumerate() {
        text.push_str(if at == 0 { "\n" } else { "" });
        text.push_str(&format!("{before}Not seen: {line}\n"));
    }
}

/// A row as a JSON object, its columns in their order.
struct JsonRow<'a> {
    names: &'a [&'static str],
    cells: &'a [String],
}

impl Serialize for JsonRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.names.iter().zip(self.cells))
    }
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { text.replace('\n', " ").into() } else { text.into() }
}

/// A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front.
fn csv_cell(cell: &str) -> Cow<'_, str> {
    if cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

/// A text that Markdown shows as it is, on one line.
#[must_use]
pub fn markdown_cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    push_markdown(&mut cell, text);
    cell
}

fn push_markdown(to: &mut String, text: &str) {
    for c in one_line(text).chars() {
        if "|\\`*_[]<>".contains(c) {
            to.push('\\');
        }
        to.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sheet(cell: &str) -> Sheet {
        Sheet {
            names: vec!["name", "n"],
            titles: vec!["Name", "N"],
            rows: vec![vec![cell.to_owned(), "1".to_owned()]],
        }
    }

    #[test]
    fn a_csv_cell_starts_no_formula() {
        for cell in ["=cmd()", "+1", "-1", "@x", " =1", "\t=1"] {
            let printed = sheet(cell).print(Format::Csv);
            let second = printed.lines().nth(1).unwrap();
            assert!(second.trim_start_matches('"').starts_with('\''), "{second}");
        }
        assert_eq!(sheet("a,\"b\"").print(Format::Csv), "name,n\n\"a,\"\"b\"\"\",1\n");
    }

    #[test]
    fn a_markdown_cell_stays_a_cell() {
        assert_eq!(
            sheet("a|b\n<i>").print(Format::Markdown),
            "| Name | N |\n| --- | --- |\n| a\\|b \\<i\\> | 1 |\n"
        );
    }

    #[test]
    fn text_lines_up_wide_characters() {
        let mut two = sheet("データ");
        two.rows.push(vec!["ab".to_owned(), "2".to_owned()]);
        assert_eq!(two.print(Format::Text), "NAME    N\nデータ  1\nab      2\n");
    }

    #[test]
    fn json_has_an_object_a_row() {
        let value: Value = serde_json::from_str(&sheet("x").print(Format::Json)).unwrap();
        assert_eq!(value, json!([{"name": "x", "n": "1"}]));
    }

    #[test]
    fn what_was_not_seen_is_in_every_form_and_spoils_none() {
        let not_seen = ["the log of a|b: refused".to_owned()];
        let print = |format| sheet("x").print_with(format, &not_seen);
        assert_eq!(print(Format::Text), "NAME  N\nx     1\n\nNot seen: the log of a|b: refused\n");
        assert_eq!(print(Format::Csv), "name,n,notSeen\nx,1,\n,,the log of a|b: refused\n");
        let value: Value = serde_json::from_str(&print(Format::Json)).unwrap();
        assert_eq!(value, json!([{"name": "x", "n": "1"}, {"notSeen": "the log of a|b: refused"}]));
        let markdown = "| Name | N |\n| --- | --- |\n| x | 1 |\n\n- Not seen: the log of a\\|b: refused\n";
        assert_eq!(print(Format::Markdown), markdown);
    }

    #[test]
    fn a_file_name_leads_nowhere_else() {
        assert_eq!(file_name("../../etc/passwd"), "etc-passwd");
        assert_eq!(file_name("データ 1"), "データ-1");
        assert_eq!(file_name("//"), "amldeck");
    }
}
