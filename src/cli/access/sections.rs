//! Answers about access for a person: on a terminal, in a ticket, in a spreadsheet.

use jiff::Timestamp;

use crate::app::access::assessment::Assessment;
use crate::app::access::grid::{self, Line, MatrixView};
use crate::app::access::question::{self, Answered};
use crate::app::access::words::{self, Names};
use crate::app::export::Sheet;
use crate::cli::args::Output;
use crate::cli::output::Section;
use crate::domain::access::{Answer, Asked, Principals, why_not};
use crate::domain::fact::Tone;

/// What a cell of the matrix has at most on a terminal.
const ROOM: usize = 26;

/// The matrix in short: roles with signs, as the console has them; `whole` cuts nothing.
pub fn matrix(
    view: &MatrixView,
    assessment: &Assessment,
    principals: &Principals,
    now: Timestamp,
    whole: bool,
) -> Section {
    let room = if whole { usize::MAX } else { ROOM };
    let matrix = &assessment.matrix;
    let mut sheet =
        Sheet { names: vec!["principal", "type"], titles: vec!["Principal", "Type"], rows: Vec::new() };
    for column in &matrix.columns {
        sheet.names.push(grid::name(column.place));
        sheet.titles.push(grid::title(column.place));
    }
    let mut tones = Vec::new();
    for row in view.lines().iter().filter_map(|line: &Line| line.row(matrix, principals)) {
        let mut cells = vec![grid::label(&row).into_owned(), grid::kind(&row)];
        for (at, column) in matrix.columns.iter().enumerate() {
            let written = grid::cell(matrix.cell(&row, at), room, now, "…");
            cells.push(if written.is_empty() && column.gap.is_some() { "(?)".to_owned() } else { written });
        }
        tones.push(vec![if row.orphaned { Tone::Warn } else { Tone::Plain }, Tone::Muted]);
        sheet.rows.push(cells);
    }
    Section { kept: &["principal"], expendable: &["type"], ..Section::table("Access", sheet, tones) }
}

/// An answer as a table. A person reads what decides; a spreadsheet has ids and addresses too.
pub fn answer(answered: &Answered, output: Output) -> Section {
    let mut sheet = answered.sheet(None);
    let tones = answered
        .rows
        .iter()
        .map(|row| (0..row.cells.len()).map(|column| question::tone(row, column)).collect())
        .collect();
    if output == Output::Table {
        let kept =
            sheet.names.iter().take_while(|name| !["address", "principalId", "name"].contains(name)).count();
        sheet.names.truncate(kept);
        sheet.titles.truncate(kept);
        for row in &mut sheet.rows {
            row.truncate(kept);
        }
    }
    Section {
        kept: &["answer", "principal", "capability"],
        expendable: &["type", "granted", "on", "way"],
        ..Section::table("Answer", sheet, tones)
    }
}

/// One answer about one principal in full.
pub fn one(assessment: &Assessment, names: &Names<'_>, principal: &str, asked: &Asked) -> String {
    let why = why_not(&assessment.access, &assessment.targets, asked, principal);
    let (title, text) = question::explain(&why, principal, asked, assessment, *names);
    format!("{title}\n{text}")
}

/// One answer about one principal as a row.
pub fn row(
    assessment: &Assessment,
    names: &Names<'_>,
    principal: &str,
    asked: &Asked,
    answer: &Answer,
) -> Section {
    let sheet = Sheet {
        names: vec!["answer", "principal", "asked", "why", "granted", "principalId"],
        titles: vec!["Answer", "Principal", "Asked", "Why", "Granted", "Principal id"],
        rows: vec![vec![
            answer.verdict.words().to_owned(),
            names.principal(principal),
            asked.words(),
            names.why(answer),
            question::granted(names, answer, false, assessment),
            principal.to_owned(),
        ]],
    };
    Section::table("Answer", sheet, vec![vec![words::tone(answer.verdict)]])
}
