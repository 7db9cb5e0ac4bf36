//! Rows under headings in the forms that people and programs take: text, CSV, JSON, Markdown.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

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

/// What is told beside the rows of a sheet, a sentence each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarks {
    /// Locks that stand in the way of what the rows tell.
    pub locks: Vec<String>,
    /// What is not among the rows because it was not seen.
    pub not_seen: Vec<String>,
}

/// A kind of remarks: its column for programs, its heading for people, and what is remarked.
type Kind<'a> = (&'static str, &'static str, &'a [String]);

impl Remarks {
    /// Nothing but what was not seen.
    #[must_use]
    pub fn not_seen(not_seen: Vec<String>) -> Self {
        Self { not_seen, ..Self::default() }
    }

    /// The kinds of which there are any.
    fn kinds(&self) -> impl Iterator<Item = Kind<'_>> {
        let kinds: [Kind<'_>; 2] = [("lock", "Locked", &self.locks), ("notSeen", "Not seen", &self.not_seen)];
        kinds.into_iter().filter(|(_, _, remarks)| !remarks.is_empty())
    }

    /// Adds them to a text, a line each; `dress` makes a sentence one of the text's.
    pub(super) fn push_to(&self, text: &mut String, before: &str, dress: fn(&str) -> String) {
        let all =
            self.kinds().flat_map(|(_, heading, remarks)| remarks.iter().map(move |one| (heading, one)));
        for (at, (heading, remark)) in all.enumerate() {
            text.push_str(if at == 0 { "\n" } else { "" });
            text.push_str(&format!("{before}{heading}: {}\n", dress(remark)));
        }
    }
}

/// Dresses the text of a cell, by its row (none for the headings) and column.
pub type Paint<'a> = dyn for<'c> Fn(Option<usize>, usize, &'c str) -> Cow<'c, str> + 'a;

impl Sheet {
    /// The sheet in a form.
    #[must_use]
    pub fn print(&self, format: Format) -> String {
        self.print_with(format, &Remarks::default())
    }

    /// The same with remarks: sentences below a table for people; for programs a row for each, which has nothing but the
    /// column of its kind.
    #[must_use]
    pub fn print_with(&self, format: Format, remarks: &Remarks) -> String {
        match format {
            Format::Text => {
                let mut printed = self.text();
                remarks.push_to(&mut printed, "", str::to_owned);
                printed
            }
            Format::Csv => self.csv(remarks),
            Format::Json => self.json(remarks),
            Format::Markdown => {
                let mut printed = self.markdown();
                remarks.push_to(&mut printed, "- ", markdown_cell);
                printed
            }
        }
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

    fn csv(&self, remarks: &Remarks) -> String {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let kinds: Vec<Kind<'_>> = remarks.kinds().collect();
        // Writing to memory cannot fail, and every row has as many cells as there are columns.
        let _ = writer.write_record(self.names.iter().copied().chain(kinds.iter().map(|(name, ..)| *name)));
        let mut write = |cells: &mut dyn Iterator<Item = &str>| {
            for cell in cells {
                let _ = writer.write_field(csv_cell(cell).as_bytes());
            }
            let _ = writer.write_record(None::<&[u8]>);
        };
        for row in &self.rows {
            write(&mut row.iter().map(String::as_str).chain(kinds.iter().map(|_| "")));
        }
        for (at, (_, _, remarks)) in kinds.iter().enumerate() {
            for remark in *remarks {
                let own = (0..kinds.len()).map(|column| if column == at { remark.as_str() } else { "" });
                write(&mut self.names.iter().map(|_| "").chain(own));
            }
        }
        writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    fn json(&self, remarks: &Remarks) -> String {
        let kinds: Vec<([&'static str; 1], &[String])> =
            remarks.kinds().map(|(name, _, remarks)| ([name], remarks)).collect();
        let remarks = kinds.iter().flat_map(|(names, remarks)| {
            remarks.iter().map(move |remark| JsonRow { names, cells: std::slice::from_ref(remark) })
        });
        let rows = self.rows.iter().map(|row| JsonRow { names: &self.names, cells: row });
        let rows: Vec<JsonRow<'_>> = rows.chain(remarks).collect();
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
    fn remarks_are_in_every_form_and_spoil_none() {
        let not_seen = vec!["the log of a|b: refused".to_owned()];
        let print = |format, locks: &[&str]| {
            let locks = locks.iter().map(|lock| (*lock).to_owned()).collect();
            sheet("x").print_with(format, &Remarks { locks, not_seen: not_seen.clone() })
        };
        assert_eq!(print(Format::Text, &[]), "NAME  N\nx     1\n\nNot seen: the log of a|b: refused\n");
        assert_eq!(print(Format::Csv, &[]), "name,n,notSeen\nx,1,\n,,the log of a|b: refused\n");
        let markdown = "| Name | N |\n| --- | --- |\n| x | 1 |\n\n- Not seen: the log of a\\|b: refused\n";
        assert_eq!(print(Format::Markdown, &[]), markdown);
        let value: Value = serde_json::from_str(&print(Format::Json, &["keep"])).unwrap();
        let rows = json!([{"name": "x", "n": "1"}, {"lock": "keep"}, {"notSeen": "the log of a|b: refused"}]);
        assert_eq!(value, rows);
        let csv = "name,n,lock,notSeen\nx,1,,\n,,keep,\n,,,the log of a|b: refused\n";
        assert_eq!(print(Format::Csv, &["keep"]), csv);
        let text = "NAME  N\nx     1\n\nLocked: keep\nNot seen: the log of a|b: refused\n";
        assert_eq!(print(Format::Text, &["keep"]), text);
    }
}
