//! How wide the columns of the access matrix would like to be. Measured when its lines change and not for every frame:
//! it takes looking at all roles of those who stand at its top.

use jiff::Timestamp;

use super::grid::{self, At, Line};
use super::words::Names;
use crate::domain::access::{GroupBy, Matrix, MatrixRow};
use crate::ui::widgets::text;

/// What a column of the matrix has at most.
pub const WIDE: usize = 30;
/// Lines that are looked at to see how wide columns should be.
const MEASURED: usize = 200;

/// What texts are written with.
#[derive(Debug, Clone, Copy)]
pub struct Measure<'a> {
    /// The time, for what ends.
    pub now: Timestamp,
    /// What stands for what was cut off.
    pub ellipsis: &'a str,
}

/// How wide columns would like to be, in cells of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The one with the names.
    pub names: usize,
    /// Those of the matrix, in its order.
    pub columns: Vec<usize>,
}

impl Needs {
    /// What the first lines need.
    #[must_use]
    pub fn of(lines: &[Line], by: GroupBy, matrix: &Matrix, names: &Names<'_>, measure: Measure<'_>) -> Self {
        let mut needs = Self { names: 0, columns: vec![0; matrix.columns.len()] };
        for line in lines.iter().take(MEASURED) {
            let row = line.row(matrix, names.principals);
            needs.names = needs.names.max(text::width(&label(line, row.as_deref(), by, names, " ")));
            let Some(row) = row else { continue };
            for (at, need) in needs.columns.iter_mut().enumerate() {
                *need = text::width(&written(line, &row, at, by, matrix, WIDE, measure)).max(*need);
            }
        }
        needs
    }
}

/// The name of a line, set in below its group or heading; before that of a group stands `sign`.
#[must_use]
pub fn label(line: &Line, row: Option<&MatrixRow>, by: GroupBy, names: &Names<'_>, sign: &str) -> String {
    match (line, row) {
        (Line::Heading(title), _) => grid::heading(title, by, names),
        (Line::Row { row: at, open, under, .. }, Some(row)) => {
            let indent = if under.is_some() { "  " } else { "" };
            let name = grid::label(row);
            match (at, open) {
                (At::Member(_), _) => format!("{indent}    {name}"),
                (At::Own(_), None) => format!("{indent}  {name}"),
                (At::Own(_), Some(_)) => format!("{indent}{sign} {name}"),
            }
        }
        (Line::Row { .. }, None) => String::new(),
    }
}

/// What stands in a column of the matrix, in so many cells of the screen.
#[must_use]
pub fn written(
    line: &Line,
    row: &MatrixRow,
    column: usize,
    by: GroupBy,
    matrix: &Matrix,
    room: usize,
    measure: Measure<'_>,
) -> String {
    let Line::Row { under, .. } = line else { return String::new() };
    let here = matrix.cell(row, column).filter(|cell| grid::is_under(cell, under.as_deref(), by));
    let written = grid::cell(here, room, measure.now, measure.ellipsis);
    match written.is_empty() && matrix.columns[column].gap.is_some() {
        true => "(?)".to_owned(),
        false => written,
    }
}
