//! The lists over the screen: request log, notifications, findings.

use ratatui::layout::Rect;

use crate::app::findings::{Placed, Survey};
use crate::app::list::ListCursor;
use crate::app::model::Model;
use crate::azure::arm::request::Priority;
use crate::ui::paint::{Paint, tone_style};
use crate::ui::popups::rows::{Rows, draw};
use crate::ui::widgets::grid::{Cell, Head, Width};
use crate::ui::widgets::text;

const fn head(title: &'static str, least: u16, most: u16) -> Head<'static> {
    Head { title, width: Width { least, most }, sorted: None, rank: 0 }
}

/// The request log, the newest first.
pub fn requests(paint: &mut Paint<'_>, area: Rect, model: &Model, cursor: &ListCursor) {
    const HEADS: &[Head<'static>] = &[
        head("Time", 8, 8),
        head("Answer", 6, 6),
        head("Took", 8, 8),
        head("", 6, 6),
        head("What", 20, 200),
        head("Correlation id", 14, 36),
    ];
    let entries = &model.requests;
    let count = entries.len();
    let below = entries.iter().rev().nth(cursor.row).map(|entry| {
        let style = if entry.error.is_some() { paint.theme.warn } else { paint.theme.dim };
        let why = entry
            .error
            .clone()
            .unwrap_or_else(|| format!("{} bytes, attempt {}", entry.bytes, entry.attempt));
        vec![(entry.url.clone(), paint.theme.text), (why, style)]
    });
    let list = Rows {
        title: "Requests",
        right: format!("the last {count}; no tokens, no bodies"),
        heads: HEADS,
        rows: count,
        empty: "Nothing was sent yet.",
        cursor,
        below: below.unwrap_or_default(),
    };
    let (theme, zone) = (paint.theme, paint.zone.clone());
    draw(paint, area, &list, |row, column| {
        let Some(entry) = entries.iter().rev().nth(row) else {
            return Cell { text: "".into(), style: theme.text };
        };
        let bad = entry.status.is_none_or(|status| status >= 400);
        let plain = if entry.priority == Priority::Background { theme.dim } else { theme.text };
        match column {
            0 => Cell {
                text: entry.at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string().into(),
                style: theme.dim,
            },
            1 => {
                let text = entry.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
                Cell { text: text.into(), style: if bad { theme.bad } else { theme.good } }
            }
            2 => Cell { text: format!("{} ms", entry.took.as_millis()).into(), style: theme.dim },
            3 => Cell { text: entry.method.as_str().into(), style: plain },
            4 => Cell { text: short_url(&entry.url).to_owned().into(), style: plain },
            _ => Cell { text: entry.correlation_id.clone().unwrap_or_default().into(), style: theme.dim },
        }
    });
}

/// The part of a URL that tells requests apart: behind host and subscription.
fn short_url(url: &str) -> &str {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or(rest, |at| &rest[at..]));
    let path = path.split('?').next().unwrap_or(path);
    match path.rfind("/providers/") {
        Some(at) if at > 0 => &path[at + "/providers".len()..],
        _ => path,
    }
}

/// What is under way, the oldest first, and below it notifications, the newest first.
pub fn notices(paint: &mut Paint<'_>, area: Rect, model: &Model, cursor: &ListCursor) {
    const HEADS: &[Head<'static>] = &[head("Time", 16, 16), head("What", 20, 200)];
    let (notices, fetching) = (model.notices.newest_first(), model.fetching());
    let waiting = fetching.len();
    let throttled = model.network.throttled.as_ref().map(|(until, reason)| {
        (format!("Azure asks to wait until {}: {reason}", paint.clock(*until)), paint.theme.warn)
    });
    let list = Rows {
        title: "Notifications",
        right: if waiting == 0 { "nothing is under way".to_owned() } else { format!("{waiting} under way") },
        heads: HEADS,
        rows: waiting + notices.len(),
        empty: "Nothing was told yet.",
        cursor,
        below: throttled.into_iter().collect(),
    };
    let (theme, zone, spinner) = (paint.theme, paint.zone.clone(), model.spinner());
    let notice = |row: usize| row.checked_sub(waiting).and_then(|row| notices.get(row));
    draw(paint, area, &list, |row, column| match (fetching.get(row), notice(row), column) {
        (Some(_), _, 0) => Cell { text: format!("{spinner} now").into(), style: theme.accent },
        (Some(fetch), ..) => Cell { text: format!("reading {}", fetch.words()).into(), style: theme.text },
        (None, Some(notice), 0) => Cell {
            text: notice.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string().into(),
            style: theme.dim,
        },
        (None, Some(notice), _) => {
            Cell { text: notice.text.as_str().into(), style: tone_style(theme, notice.tone) }
        }
        (None, None, _) => Cell { text: "".into(), style: theme.text },
    });
}

/// Findings, worst first.
pub fn findings(paint: &mut Paint<'_>, area: Rect, survey: &Survey, cursor: &ListCursor) {
    const HEADS: &[Head<'static>] =
        &[head("", 6, 6), head("Finding", 20, 60), head("What", 10, 70), head("Workspace", 10, 34)];
    let room = usize::from(area.width.saturating_sub(4));
    let found = &survey.found;
    let title = format!("Findings on {}", survey.scope);
    let empty =
        if survey.gaps.is_empty() { "Nothing was found." } else { "Nothing was found in what was read." };
    let below = found.get(cursor.row).map(|placed| {
        let finding = &placed.finding;
        let mut lines: Vec<_> =
            text::wrap(finding.why, room).into_iter().map(|l| (l, paint.theme.text)).collect();
        lines.extend(text::wrap(finding.remedy, room).into_iter().map(|l| (l, paint.theme.accent)));
        lines
    });
    let mut below = below.unwrap_or_default();
    if !survey.gaps.is_empty() {
        below.push((survey.gaps.clone(), paint.theme.dim));
    }
    let right = format!("{} found", found.len());
    let list = Rows { title: &title, right, heads: HEADS, rows: found.len(), empty, cursor, below };
    let theme = paint.theme;
    draw(paint, area, &list, |row, column| {
        let Some(Placed { workspace, finding }) = found.get(row) else {
            return Cell { text: "".into(), style: theme.text };
        };
        match column {
            0 => Cell {
                text: finding.severity.word().into(),
                style: tone_style(theme, finding.severity.tone()),
            },
            1 => Cell { text: finding.title.into(), style: theme.text },
            2 => Cell { text: finding.detail.clone(), style: theme.dim },
            _ => Cell { text: workspace.clone().into(), style: theme.dim },
        }
    });
}
