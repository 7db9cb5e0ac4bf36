//! The access pane as a matrix: a row for each principal, a column for the workspace and each thing that
//! it depends on.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::access::assessment::Assessment;
use crate::app::access::grid::{self, Line};
use crate::app::access::widths::{self, Measure};
use crate::app::access::words::Names;
use crate::app::filter::Filter;
use crate::app::hit::ListId;
use crate::app::model::Model;
use crate::app::page::Pane;
use crate::config::action::Action;
use crate::domain::access::{self, From, MatrixRow, MatrixSort};
use crate::domain::fact::count;
use crate::ui::paint::Paint;
use crate::ui::widgets::grid::{Cell, Grid, Head, Width};
use crate::ui::widgets::text;

/// What a column has at least.
const NARROW: usize = 9;
/// Columns of the grid before those of the matrix: who, and what that is.
const BEFORE: usize = 2;

/// Draws it into `area` of the pane's `frame`. `warnings` say what is missing.
pub fn draw(
    paint: &mut Paint<'_>,
    frame: Rect,
    area: Rect,
    model: &Model,
    assessment: &Assessment,
    warnings: &[String],
    focused: bool,
) {
    let names = Names::of(model, &assessment.targets);
    let measure = Measure { now: model.now, ellipsis: paint.signs.ellipsis };
    let sight = Sight { model, assessment, names, measure };
    let cursor = model.pane_cursor(Pane::Access);
    let rows = model.matrix.lines().len();
    let room = usize::from(area.width.saturating_sub(2));
    let mut below: Vec<(String, Style)> = Vec::new();
    let words: Vec<String> = sight.in_words(cursor.row).into_iter().collect();
    below.extend(at_most(MOST, &words, room, paint).into_iter().map(|line| (line, paint.theme.text)));
    let warnings: Vec<String> =
        warnings.iter().map(|warning| format!("{} {warning}", paint.signs.warning)).collect();
    below.extend(at_most(MOST, &warnings, room, paint).into_iter().map(|line| (line, paint.theme.warn)));
    let height = u16::try_from(below.len() + 1).unwrap_or(u16::MAX).min(area.height / 2);
    let area_of_rows = Rect { height: area.height.saturating_sub(height), ..area };
    let body = Rect { y: area_of_rows.y + 1, height: area_of_rows.height.saturating_sub(1), ..area_of_rows };
    let offset = paint.list(frame, body, ListId::Access, &cursor, rows);
    let columns = sight.columns();
    let titles: Vec<String> = columns.iter().map(|at| sight.title(*at)).collect();
    let heads = sight.heads(&columns, &titles);
    let widths = crate::ui::widgets::grid::widths(
        &heads.iter().map(|head| (head.width, head.rank)).collect::<Vec<_>>(),
        area.width.saturating_sub(2),
    );
    let shown = Grid {
        heads: &heads,
        show_heads: true,
        rows,
        offset,
        cursor: (focused && rows > 0).then_some(cursor.row),
        focused,
    };
    let (theme, signs) = (paint.theme, paint.signs);
    shown.draw(paint.buf, area_of_rows, theme, signs, |row, column| {
        let (text, style) = sight.cell(row, column, &columns, &widths, theme);
        Cell { text: text.into(), style }
    });
    for (y, at) in (body.y..body.bottom()).zip(offset..rows) {
        if let Some((line @ Line::Heading(_), _)) = sight.line(at) {
            paint.text(area.x + 1, y, area.width.saturating_sub(2), &sight.label(line, None), theme.strong);
        }
    }
    if rows == 0 {
        let filter = model.panes.get(&Pane::Access).map(|state| &state.filter);
        let empty = match filter.filter(|filter| filter.is_active()) {
            Some(filter) => {
                let filter = Filter::parse(filter.field.text());
                let words = filter.no_match(grid::FILTERED, &model.key(Action::Back));
                match filter.names("type") {
                    true => format!("{words} Types here: {}.", kinds(assessment)),
                    false => words,
                }
            }
            None => "Nobody has a role here, as far as could be read.".to_owned(),
        };
        paint.note(body, &empty);
    }
    let seen = widths.iter().skip(BEFORE).filter(|width| **width > 0).count();
    let legend = sight.legend(seen, columns.len(), room);
    let first = area_of_rows.bottom();
    for (y, (line, style)) in (first..area.bottom().saturating_sub(1)).zip(&below) {
        paint.text(area.x + 1, y, area.width.saturating_sub(2), line, *style);
    }
    let y = area.bottom().saturating_sub(1);
    paint.text(area.x + 1, y, area.width.saturating_sub(2), &legend, theme.dim);
}

/// What the principals are that have a row, as a filter takes it.
fn kinds(assessment: &Assessment) -> String {
    let words = assessment.matrix.rows.iter().filter_map(|row| row.kind.as_ref());
    let words: BTreeSet<String> = words.map(|kind| kind.word().to_lowercase()).collect();
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// The most lines that the words of a row have below the rows, and the most that what is not known has.
const MOST: usize = 3;

/// Sentences in so many lines, each in one at least, the first ones in full where there is room; what is cut is marked,
/// and of more sentences than lines it is said how many.
fn at_most(most: usize, sentences: &[String], room: usize, paint: &Paint<'_>) -> Vec<String> {
    let more = sentences.len().saturating_sub(most);
    let shown = if more > 0 { most - 1 } else { sentences.len() };
    let mut left = most - shown - usize::from(more > 0);
    let mut lines = Vec::new();
    for sentence in &sentences[..shown] {
        let mut own = text::wrap(sentence, room);
        let extra = left.min(own.len().saturating_sub(1));
        left -= extra;
        if own.len() > extra + 1 {
            let last = own.split_off(extra).join(" ");
            own.push(text::cut(&last, room, paint.signs.ellipsis).into_owned());
        }
        lines.extend(own);
    }
    if more > 0 {
        lines.push(format!("{} and {} more", paint.signs.warning, more + 1));
    }
    lines
}

/// What the matrix is looked at with.
#[derive(Clone, Copy)]
struct Sight<'a> {
    model: &'a Model,
    assessment: &'a Assessment,
    names: Names<'a>,
    measure: Measure<'a>,
}

impl<'a> Sight<'a> {
    /// The columns that are not out of sight on the left, by their place in the matrix.
    fn columns(&self) -> Vec<usize> {
        let all = self.assessment.matrix.columns.len();
        (self.model.matrix.shift.min(all.saturating_sub(1))..all).collect()
    }

    fn title(&self, column: usize) -> String {
        let column = &self.assessment.matrix.columns[column];
        let unknown = if column.gap.is_some() { " (?)" } else { "" };
        format!("{}{unknown}", grid::title(column.place))
    }

    fn line(&self, at: usize) -> Option<(&'a Line, Option<Cow<'a, MatrixRow>>)> {
        let line = self.model.matrix.lines().get(at)?;
        Some((line, line.row(&self.assessment.matrix, self.names.principals)))
    }

    fn heads<'t>(&self, columns: &[usize], titles: &'t [String]) -> Vec<Head<'t>> {
        let (by, descending) = self.model.matrix.sort;
        let sorted = |here: bool| here.then_some(descending);
        let needs = self.model.matrix.needs();
        let width = |least: usize, most: usize| Width {
            least: u16::try_from(least).unwrap_or(u16::MAX),
            most: u16::try_from(most).unwrap_or(u16::MAX),
        };
        let widest = needs.names;
        let mut heads = vec![
            Head {
                title: "Principal",
                width: width(widest.clamp(12, 20), widest.clamp(12, 38)),
                sorted: sorted(by == MatrixSort::Principal),
                rank: 0,
            },
            Head {
                title: "Type",
                width: width(8, 12),
                sorted: sorted(by == MatrixSort::Kind),
                rank: u8::MAX,
            },
        ];
        for (rank, (column, title)) in columns.iter().zip(titles).enumerate() {
            let own = text::width(title) + 1;
            let need = needs.columns.get(*column).copied().unwrap_or(0).max(own);
            let place = self.assessment.matrix.columns[*column].place;
            heads.push(Head {
                title,
                width: width(need.min(NARROW).max(own), need),
                sorted: sorted(by == MatrixSort::Column(place)),
                rank: u8::try_from(rank + 1).unwrap_or(u8::MAX),
            });
        }
        heads
    }

    /// The name of a line, set in below its group or heading.
    fn label(&self, line: &Line, row: Option<&MatrixRow>) -> String {
        let signs = &self.model.signs;
        let sign = if matches!(line, Line::Row { open: Some(true), .. }) { signs.open } else { signs.closed };
        widths::label(line, row, self.model.matrix.by, &self.names, sign)
    }

    fn cell(
        &self,
        at: usize,
        column: usize,
        columns: &[usize],
        widths: &[u16],
        theme: &crate::config::theme::Theme,
    ) -> (String, Style) {
        let Some((line, row)) = self.line(at) else { return (String::new(), theme.text) };
        let Some(row) = row else {
            // A heading stands over all columns.
            return (String::new(), theme.text);
        };
        match column {
            0 => (self.label(line, Some(&row)), if row.orphaned { theme.warn } else { theme.text }),
            1 => (grid::kind(&row), theme.dim),
            _ => {
                let Some(place) = columns.get(column - BEFORE) else { return (String::new(), theme.text) };
                let room = widths.get(column).map_or(0, |width| usize::from(*width));
                let is_own = |cell: &access::Cell<'_>| {
                    cell.from() == Some(&From::Here) && !cell.tenure().is_eligible() && !cell.has_ended()
                };
                let matrix = &self.assessment.matrix;
                let own: Vec<_> = matrix.cell(&row, *place).filter(is_own).collect();
                let strong = own.iter().any(|cell| cell.role().is_owner() || cell.role().custom);
                let style = match (!own.is_empty(), strong) {
                    (_, true) => theme.warn,
                    (true, false) => theme.text,
                    (false, false) => theme.dim,
                };
                let by = self.model.matrix.by;
                (widths::written(line, &row, *place, by, matrix, room, self.measure), style)
            }
        }
    }

    /// The line under the cursor in words.
    fn in_words(&self, at: usize) -> Option<String> {
        let (line, row) = self.line(at)?;
        let row = row?;
        let Line::Row { under, .. } = line else { return None };
        let by = self.model.matrix.by;
        let held =
            self.assessment.matrix.held(&row).filter(|cell| grid::is_under(cell, under.as_deref(), by));
        let words: Vec<String> = held.map(|cell| grid::words(&cell, &self.names)).collect();
        Some(format!("{}: {}", grid::label(&row), words.join("; ")))
    }

    /// What the signs mean, and which columns are out of sight, in so many cells.
    fn legend(&self, seen: usize, from_here: usize, room: usize) -> String {
        let hidden = self.assessment.matrix.columns.len() - from_here;
        let more = from_here.saturating_sub(seen);
        let side = |key: char, n: usize| match n {
            0 => String::new(),
            n => format!("  {key}: {}", count(n, "column", "columns")),
        };
        let ended = if self.assessment.matrix.tells_ended() { grid::ENDED } else { "" };
        let behind = format!("{ended}{}{}", side('h', hidden), side('l', more));
        let whole = format!("{}{behind}", grid::LEGEND);
        match grid::LEGEND.strip_suffix(grid::MORE) {
            Some(first) if text::width(&whole) > room => format!("{first}{behind}"),
            _ => whole,
        }
    }
}
