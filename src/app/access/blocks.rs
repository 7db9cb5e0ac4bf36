//! The matrix as text to read and paste: a block for each principal. In columns its cells in full would be a thousand
//! characters wide.

use super::assessment::Assessment;
use super::grid::{self, At, Line, MatrixView};
use super::words::Names;
use crate::domain::access::{GroupBy, MatrixRow};
use crate::ui::widgets::text;

/// Columns of text that a line has at most, as a chat or a ticket shows it.
const WIDE: usize = 96;

/// The matrix as it is on screen, roles in full: who, below it each role with how it comes, and what it reaches.
#[must_use]
pub fn text(view: &MatrixView, assessment: &Assessment, names: &Names<'_>) -> String {
    let mut out = String::new();
    for line in view.lines() {
        match (line, line.row(&assessment.matrix, names.principals)) {
            (Line::Heading(title), _) => {
                let title = grid::heading(title, view.by, names);
                out.push_str(&format!("{title}\n{}\n\n", "=".repeat(text::width(&title).min(WIDE))));
            }
            (Line::Row { row: at, under, .. }, Some(row)) => {
                let indent = if matches!(at, At::Member(_)) { "    " } else { "" };
                push_block(&mut out, indent, &row, under.as_deref(), view.by, assessment, names);
            }
            (Line::Row { .. }, None) => {}
        }
    }
    // No blank line stands at the end.
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
    out
}

fn push_block(
    out: &mut String,
    indent: &str,
    row: &MatrixRow,
    under: Option<&str>,
    by: GroupBy,
    assessment: &Assessment,
    names: &Names<'_>,
) {
    let matrix = &assessment.matrix;
    let mut what: Vec<String> = vec![grid::kind(row), names.address(&row.principal)];
    what.retain(|word| !word.is_empty());
    let what = if what.is_empty() { String::new() } else { format!(" ({})", what.join(", ")) };
    out.push_str(&format!("{indent}{}{what}\n", grid::label(row)));
    // What is inherited is the same in many columns.
    let mut roles: Vec<(String, Vec<&str>)> = Vec::new();
    for (at, column) in matrix.columns.iter().enumerate() {
        for cell in matrix.cell(row, at).filter(|cell| grid::is_under(cell, under, by)) {
            let words = grid::words(&cell, names);
            let title = grid::title(column.place);
            match roles.iter_mut().find(|(known, _)| *known == words) {
                Some((_, places)) => places.push(title),
                None => roles.push((words, vec![title])),
            }
        }
    }
    for (words, places) in roles {
        let reach =
            if places.len() == matrix.columns.len() { "everywhere".to_owned() } else { places.join(", ") };
        let room = WIDE.saturating_sub(indent.len() + 4);
        for (at, part) in text::wrap(&format!("{words}: {reach}"), room).into_iter().enumerate() {
            let mark = if at == 0 { "  - " } else { "    " };
            out.push_str(&format!("{indent}{mark}{part}\n"));
        }
    }
    out.push('\n');
}
