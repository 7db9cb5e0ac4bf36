//! The lists over the screen: request log, notifications, findings.

use ratatui::layout::Rect;

use crate::app::access::grid;
use crate::app::access::question::{self, AnswerRow, Answered, Question};
use crate::app::findings::{Placed, Survey};
use crate::app::listing::{Listed, Listing, run_line};
use crate::app::model::Model;
use crate::app::runs::Held;
use crate::azure::arm::request::Priority;
use crate::ui::paint::{Paint, tone_style};
use crate::ui::popups::rows::{self, Rows};
use crate::ui::popups::{comparison, timeline};
use crate::ui::widgets::grid::{Cell, Head, Width, widths};
use crate::ui::widgets::text;

/// A column; those with the highest rank go first where there is no room.
pub const fn head(title: &'static str, least: u16, most: u16, rank: u8) -> Head<'static> {
    Head { title, width: Width { least, most }, sorted: None, rank }
}

/// Draws a list over the screen.
pub fn draw(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing) {
    match &list.what {
        Listed::Requests => requests(paint, area, model, list),
        Listed::Notices => notices(paint, area, model, list),
        Listed::Runs => runs(paint, area, model, list),
        Listed::Findings { survey, .. } => findings(paint, area, model, list, survey),
        Listed::Comparison(comparison) => comparison::draw(paint, area, model, list, comparison),
        Listed::Timeline(told) => timeline::draw(paint, area, model, list, told),
        Listed::Answer { question, answered, .. } => {
            answer(paint, area, model, list, question, answered.as_deref());
        }
    }
}

fn requests(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing) {
    const HEADS: &[Head<'static>] = &[
        head("Time", 8, 8, 4),
        head("Answer", 6, 6, 1),
        head("Took", 8, 8, 3),
        head("", 6, 6, 2),
        head("What", 44, 200, 0),
        head("Correlation id", 14, 36, 5),
    ];
    let entry = |row: usize| model.requests.iter().rev().nth(row);
    let below = list.current().and_then(entry).map(|entry| {
        let style = if entry.error.is_some() { paint.theme.warn } else { paint.theme.dim };
        let said = || format!("{} bytes, attempt {}", entry.bytes, entry.attempt);
        let why = entry.error.clone().unwrap_or_else(said);
        vec![(entry.url.clone(), paint.theme.text), (why, style)]
    });
    let rows = Rows {
        right: format!("the last {}; no tokens, no bodies", model.requests.len()),
        heads: HEADS,
        empty: "Nothing was sent yet.",
        below: below.unwrap_or_default(),
    };
    let (theme, zone) = (paint.theme, paint.zone.clone());
    rows::draw(paint, area, model, list, &rows, |row, column| {
        let entry = entry(row)?;
        let bad = entry.status.is_none_or(|status| status >= 400);
        let plain = if entry.priority == Priority::Background { theme.dim } else { theme.text };
        let (text, style) = match column {
            0 => (entry.at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string().into(), theme.dim),
            1 => {
                let text = entry.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                (text.into(), if bad { theme.bad } else { theme.good })
            }
            2 => (format!("{} ms", entry.took.as_millis()).into(), theme.dim),
            3 => (entry.method.as_str().into(), plain),
            4 => (short_url(&entry.url).into(), plain),
            _ => (entry.correlation_id.clone().unwrap_or_default().into(), theme.dim),
        };
        Some(Cell { text, style })
    });
}

/// The parts of a URL that tell requests apart: what is asked for, and on what.
fn short_url(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or(rest, |at| &rest[at..]));
    let path = path.split('?').next().unwrap_or(path);
    let Some((scope, asked)) = path.rsplit_once("/providers/") else {
        let short = |part: &str| match (uuid::Uuid::try_parse(part), part.get(..8)) {
            (Ok(_), Some(beginning)) => format!("{beginning}…"),
            _ => part.to_owned(),
        };
        return path.split('/').map(short).collect::<Vec<_>>().join("/");
    };
    // The namespace is the longest of it, and the type says as much.
    let asked = asked.split_once('/').map_or(asked, |(_, asked)| asked);
    let names_one = asked.split('/').count() % 2 == 0;
    match scope.rsplit('/').next().filter(|on| !on.is_empty() && !names_one) {
        Some(on) => format!("{asked} on {on}"),
        None => asked.to_owned(),
    }
}

/// What is under way, the oldest first, and below it notifications, the newest first.
fn notices(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing) {
    const HEADS: &[Head<'static>] = &[head("Time", 16, 16, 1), head("What", 20, 200, 0)];
    let (notices, fetching, open) = (model.notices.newest_first(), model.fetching(), model.runs.open());
    let waiting = fetching.len() + open.iter().filter(|known| known.held == Held::Here).count();
    let throttled = model.network.throttled.as_ref().map(|(until, reason)| {
        (format!("Azure asks to wait until {}: {reason}", paint.clock(*until)), paint.theme.warn)
    });
    let rows = Rows {
        right: match (waiting, model.runs.unfinished()) {
            (0, 0) => "nothing is under way".to_owned(),
            (0, left) => format!("{left} unfinished"),
            (waiting, _) => format!("{waiting} under way"),
        },
        heads: HEADS,
        empty: "Nothing was told yet.",
        below: throttled.into_iter().collect(),
    };
    let (theme, zone, spinner) = (paint.theme, paint.zone.clone(), model.spinner());
    rows::draw(paint, area, model, list, &rows, |row, column| {
        let below = row.checked_sub(fetching.len());
        if let Some(known) = below.and_then(|at| open.get(at)) {
            let here = known.held == Held::Here;
            let (text, style) = match (column, here) {
                (0, true) => (format!("{spinner} now").into(), theme.accent),
                (0, false) => ("unfinished".into(), theme.warn),
                (_, true) => (run_line(known).into(), theme.text),
                (_, false) => (run_line(known).into(), theme.warn),
            };
            return Some(Cell { text, style });
        }
        let (text, style) = match (fetching.get(row), column) {
            (Some(_), 0) => (format!("{spinner} now").into(), theme.accent),
            (Some(fetch), _) => (format!("reading {}", fetch.words()).into(), theme.text),
            (None, _) => {
                let notice = notices.get(below?.checked_sub(open.len())?)?;
                match column {
                    0 => {
                        let at = notice.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
                        (at.into(), theme.dim)
                    }
                    _ => (notice.text.as_str().into(), tone_style(theme, notice.tone)),
                }
            }
        };
        Some(Cell { text, style })
    });
}

/// What this account changed, the newest first.
fn runs(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing) {
    const HEADS: &[Head<'static>] =
        &[head("Time", 16, 16, 2), head("State", 10, 24, 1), head("What", 20, 200, 0), head("On", 10, 40, 3)];
    let sheet = list.sheet(model);
    let all = model.runs.all();
    let rows = Rows {
        right: format!("{} in the journal", all.len()),
        heads: HEADS,
        empty: "Nothing was changed yet.",
        below: Vec::new(),
    };
    let (theme, zone) = (paint.theme, paint.zone.clone());
    rows::draw(paint, area, model, list, &rows, |row, column| {
        let known = all.get(row)?;
        let cells = sheet.rows.iter().find(|cells| cells.last().is_some_and(|id| *id == known.run.id.0))?;
        let (text, style) = match column {
            0 => {
                let at = known.run.begun.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string();
                (at.into(), theme.dim)
            }
            1 if known.is_left() => (cells[1].clone().into(), theme.warn),
            1 => (cells[1].clone().into(), theme.dim),
            2 => (cells[2].clone().into(), theme.text),
            _ => (cells[3].clone().into(), theme.dim),
        };
        Some(Cell { text, style })
    });
}

/// Findings, worst first.
fn findings(paint: &mut Paint<'_>, area: Rect, model: &Model, list: &Listing, survey: &Survey) {
    const HEADS: &[Head<'static>] = &[
        head("", 6, 6, 1),
        head("Finding", 40, 60, 0),
        head("What", 20, 70, 3),
        head("Workspace", 16, 34, 2),
    ];
    let room = usize::from(area.width.saturating_sub(4));
    let found = &survey.found;
    // Of one workspace they are all about it: the title says which.
    let is_one = found.first().is_some_and(|one| found.iter().all(|other| other.workspace == one.workspace));
    let heads = if is_one { &HEADS[..3] } else { HEADS };
    let mut below = Vec::new();
    if let Some(Placed { finding, .. }) = list.current().and_then(|row| found.get(row)) {
        below.extend(text::wrap(finding.why, room).into_iter().map(|line| (line, paint.theme.text)));
        below.extend(text::wrap(finding.remedy, room).into_iter().map(|line| (line, paint.theme.accent)));
    }
    if !survey.gaps.is_empty() {
        below.push((survey.gaps.clone(), paint.theme.dim));
    }
    let all = survey.gaps.is_empty();
    let empty = if all { "Nothing was found." } else { "Nothing was found in what was read." };
    let rows = Rows { right: format!("{} found", found.len()), heads, empty, below };
    let theme = paint.theme;
    rows::draw(paint, area, model, list, &rows, |row, column| {
        let Placed { workspace, finding } = found.get(row)?;
        let (text, style) = match column {
            0 => (finding.severity.word().into(), tone_style(theme, finding.severity.tone())),
            1 => (finding.title.into(), theme.text),
            2 => (finding.detail.clone(), theme.dim),
            _ => (workspace.as_str().into(), theme.dim),
        };
        Some(Cell { text, style })
    });
}

/// The answer to a question about access, the plainest rows first.
fn answer(
    paint: &mut Paint<'_>,
    area: Rect,
    model: &Model,
    list: &Listing,
    question: &Question,
    answered: Option<&Answered>,
) {
    let room = usize::from(area.width.saturating_sub(4));
    let row = |at: usize| answered.and_then(|answered| answered.rows.get(at));
    let mut below = Vec::new();
    if let Some(row) = list.current().and_then(row) {
        let why = row.cells.get(4).filter(|why| !why.is_empty());
        let mut why = why.map_or_else(|| row.cells[0].clone(), |why| format!("{}: {why}", row.cells[0]));
        if let Some(granted) = row.cells.get(5).filter(|granted| !granted.is_empty()) {
            why.push_str(&format!("; granted {granted}"));
        }
        below.extend(text::wrap(&why, room).into_iter().map(|line| (line, paint.theme.text)));
    }
    let gaps = answered.map(|answered| answered.gaps.as_slice()).unwrap_or_default();
    let locks = answered.map(|answered| answered.locks.as_slice()).unwrap_or_default();
    for gap in locks.iter().chain(gaps) {
        let line = format!("{} {gap}", paint.signs.warning);
        below.extend(text::wrap(&line, room).into_iter().map(|line| (line, paint.theme.warn)));
    }
    let waits = model.is_waiting();
    let right = match answered {
        Some(answered) if waits => format!("{} {}", model.spinner(), answered.headline),
        Some(answered) => answered.headline.clone(),
        None => model.spinner().to_owned(),
    };
    let empty = match answered {
        None if grid::assessment(model).is_some() => "The answer is being worked out.",
        None => "Access is being read.",
        Some(_) if gaps.is_empty() => "Nobody.",
        Some(_) => "Nobody is known who can; not everything could be read.",
    };
    let (columns, heads) = answer_columns(question, answered, area.width);
    let widths = grid_widths(&heads, area);
    let rows = Rows { right, heads: &heads, empty, below };
    let (theme, ellipsis) = (paint.theme, paint.signs.ellipsis);
    rows::draw(paint, area, model, list, &rows, |at, column| {
        let (row, own) = (row(at)?, columns.get(column)?);
        let style = tone_style(theme, question::tone(row, *own));
        let room = widths.get(column).map_or(0, |width| usize::from(*width));
        let text = match *own {
            WHY => row.why_within(room, ellipsis),
            THROUGH => row.through().to_owned(),
            cell => row.cells.get(cell)?.clone(),
        };
        Some(Cell { text: text.into(), style })
    });
}

/// The cell of an answer that says why.
const WHY: usize = 4;
/// The column with the groups, which is no cell of its own.
const THROUGH: usize = usize::MAX;
/// A list of so many columns of the screen has room for groups, which then have so many cells.
const WIDE: u16 = 110;
const GROUPS: u16 = 26;
/// Rows that are looked at to see how wide columns should be.
const MEASURED: usize = 200;

/// The columns of an answer, as cells of its rows, with their heads: each as wide as it needs. The groups have none where
/// nobody comes through one.
fn answer_columns(
    question: &Question,
    answered: Option<&Answered>,
    wide: u16,
) -> (Vec<usize>, Vec<Head<'static>>) {
    const WHO: [(usize, Head<'static>); 7] = [
        (0, head("Answer", 17, 17, 1)),
        (1, head("Principal", 18, 24, 0)),
        (2, head("Type", 8, 10, 6)),
        (WHY, head("Why", 22, 60, 2)),
        (THROUGH, head("Through", 16, 60, 3)),
        (3, head("Way", 11, 30, 5)),
        (5, head("Granted", 11, 40, 4)),
    ];
    const WHAT: [(usize, Head<'static>); 7] = [
        (0, head("Answer", 17, 17, 1)),
        (1, head("Capability", 20, 32, 0)),
        (2, head("On", 9, 12, 4)),
        (WHY, head("Why", 22, 60, 2)),
        (THROUGH, head("Through", 16, 60, 3)),
        (3, head("Way", 11, 30, 6)),
        (5, head("Granted", 11, 40, 5)),
    ];
    let all = match question {
        Question::WhoCan(_) => WHO,
        Question::WhatCan(_) => WHAT,
    };
    let rows = || answered.into_iter().flat_map(|answered| &answered.rows).take(MEASURED);
    let width_of = |row: &AnswerRow, column: usize| match column {
        WHY => text::width(&row.why_within(usize::from(u16::MAX), "")),
        THROUGH => text::width(row.through()),
        cell => row.cells.get(cell).map_or(0, |text| text::width(text)),
    };
    let fitted = all.into_iter().filter_map(|(column, head)| {
        let need = rows().map(|row| width_of(row, column)).max().unwrap_or(0);
        if column == THROUGH && need == 0 {
            return None;
        }
        let need = u16::try_from(need.max(text::width(head.title))).unwrap_or(u16::MAX);
        // Where there is room the groups are told before what a word or two tells.
        let least = if column == THROUGH && wide >= WIDE { GROUPS } else { head.width.least };
        let width = Width { least: least.min(need), most: head.width.most.min(need) };
        Some((column, Head { width, ..head }))
    });
    fitted.unzip()
}

/// How wide columns are in a list over an area.
fn grid_widths(heads: &[Head<'_>], area: Rect) -> Vec<u16> {
    let wanted: Vec<(Width, u8)> = heads.iter().map(|head| (head.width, head.rank)).collect();
    widths(&wanted, area.width.saturating_sub(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_what_it_asks_for_and_on_what() {
        let group = "https://management.azure.com/subscriptions/0001/resourceGroups/rg-a";
        let workspace = format!("{group}/providers/Microsoft.MachineLearningServices/workspaces/mlw");
        for (url, told) in [
            (format!("{workspace}?api-version=1"), "workspaces/mlw"),
            (format!("{workspace}/outboundRules?api-version=1"), "workspaces/mlw/outboundRules on rg-a"),
            (
                format!("{workspace}/providers/Microsoft.Authorization/roleAssignments?api-version=1"),
                "roleAssignments on mlw",
            ),
            (format!("{group}/providers/Microsoft.Authorization/locks"), "locks on rg-a"),
            ("https://graph.microsoft.com/v1.0/me".to_owned(), "/v1.0/me"),
            (
                "https://h/v1.0/groups/975dd9cd-f9a1-4c0e-8f33-2a5d1c7be091/transitiveMembers?$top=9"
                    .to_owned(),
                "/v1.0/groups/975dd9cd…/transitiveMembers",
            ),
            (group.to_owned(), "/subscriptions/0001/resourceGroups/rg-a"),
            ("https://h/providers/Microsoft.ResourceGraph/resources".to_owned(), "resources"),
        ] {
            assert_eq!(short_url(&url), told);
        }
    }
}
