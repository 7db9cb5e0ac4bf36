//! Brings the lines of a pane into its room.

use ratatui::layout::Size;

use super::{Line, Shape};
use crate::domain::fact::Tone;
use crate::ui::widgets::text;

/// The cells that the labels of these lines take in a pane of this inner width.
#[must_use]
pub fn label_width(lines: &[Line], inner: u16) -> u16 {
    let widest =
        lines.iter().filter(|line| line.shape == Shape::Fact).map(|line| text::width(&line.label)).max();
    u16::try_from(widest.unwrap_or(0)).unwrap_or(0).min(inner * 2 / 5)
}

/// The cells that the names in these lines take, so that what follows them lines up.
#[must_use]
pub fn name_width(lines: &[Line], inner: u16) -> u16 {
    let named = lines.iter().filter(|line| line.pieces.len() > 1);
    let widest = named.filter_map(|line| line.pieces.first()).map(|(name, _)| text::width(name)).max();
    u16::try_from(widest.unwrap_or(0)).unwrap_or(0).min(inner / 3)
}

/// What does not fit beside its label goes on below, a piece a line.
pub(super) fn wrapped(lines: Vec<Line>, inner: u16) -> Vec<Line> {
    let beside = usize::from(inner.saturating_sub(label_width(&lines, inner) + 4));
    if beside < 10 {
        return lines;
    }
    let mut fitting = Vec::with_capacity(lines.len());
    for line in lines {
        let room = match line.shape {
            Shape::Fact => beside,
            Shape::Remark => usize::from(inner.saturating_sub(2)),
            Shape::Heading => usize::MAX / 2,
        };
        let long = line.pieces.iter().map(|(piece, _)| text::width(piece) + 2).sum::<usize>() > room + 2;
        if !long {
            fitting.push(line);
            continue;
        }
        let Line { mut label, pieces, resource, shape, finding } = line;
        // A remark goes on below its words, not below the sign in front of them.
        let indent = if shape == Shape::Remark { "  " } else { "" };
        for (piece, tone) in pieces {
            for (at, part) in text::wrap(&piece, room - indent.len()).into_iter().enumerate() {
                let label = std::mem::take(&mut label);
                let part = if at == 0 { part } else { format!("{indent}{part}") };
                let pieces = vec![(part, tone)];
                fitting.push(Line { label, pieces, resource: resource.clone(), shape, finding });
            }
        }
    }
    fitting
}

/// The facts of a resource that do not fit behind its name go on below, under one another, as long as
/// the pane has lines to spare; what needs more than there are is cut at the end of the last one.
pub(super) fn folded(lines: Vec<Line>, inner: Size) -> Vec<Line> {
    let label = label_width(&lines, inner.width);
    let name = name_width(&lines, inner.width);
    let below_name = usize::from(inner.width.saturating_sub(label + 4));
    let behind_name = below_name.saturating_sub(usize::from(name) + 2);
    if behind_name < 10 {
        return lines;
    }
    let mut spare = usize::from(inner.height).saturating_sub(lines.len());
    let mut fitting = Vec::with_capacity(usize::from(inner.height));
    for line in lines {
        let mut rows = rows_of(&line.pieces, behind_name, below_name);
        if rows.len() < 2 || spare == 0 {
            fitting.push(line);
            continue;
        }
        let rest = rows.split_off(rows.len().min(spare + 1));
        if let Some(last) = rows.last_mut() {
            last.extend(rest.into_iter().flatten().filter(|(text, _)| !text.is_empty()));
        }
        spare -= rows.len() - 1;
        let Line { label, resource, shape, finding, .. } = line;
        let mut labels = std::iter::once(label);
        for pieces in rows {
            let label = labels.next().unwrap_or_default();
            fitting.push(Line { label, pieces, resource: resource.clone(), shape, finding });
        }
    }
    fitting
}

/// A name and facts in rows. Facts stand behind the name or, in further rows, behind an empty one; a
/// sentence that is too long for that place stands below the name, broken between its words.
fn rows_of(pieces: &[(String, Tone)], behind_name: usize, below_name: usize) -> Vec<Vec<(String, Tone)>> {
    let Some((name, facts)) = pieces.split_first() else { return Vec::new() };
    let mut rows = vec![vec![name.clone()]];
    // What is left of the last row; none below a sentence.
    let mut left = Some(behind_name);
    for (fact, tone) in facts {
        let width = text::width(fact);
        if width > behind_name {
            rows.extend(text::wrap(fact, below_name).into_iter().map(|part| vec![(part, *tone)]));
            left = None;
            continue;
        }
        match (rows.last_mut(), left) {
            (Some(row), Some(room)) if width <= room => {
                row.push((fact.clone(), *tone));
                left = Some(room.saturating_sub(width + 1));
            }
            _ => {
                rows.push(vec![(String::new(), Tone::Plain), (fact.clone(), *tone)]);
                left = Some(behind_name.saturating_sub(width + 1));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(label: &str, pieces: &[&str]) -> Line {
        Line {
            label: label.to_owned(),
            pieces: pieces.iter().map(|piece| ((*piece).to_owned(), Tone::Plain)).collect(),
            resource: None,
            shape: Shape::Fact,
            finding: None,
        }
    }

    fn told(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| format!("{}|{}", line.label, line.value())).collect()
    }

    #[test]
    fn facts_that_do_not_fit_go_on_below() {
        let lines = vec![
            resource("Vault", &["kv-one", "RBAC", "private", "PE 1"]),
            resource("Logs", &["log-one", "90 days"]),
        ];
        // Label and name take 5 and 7 cells, the gaps 6, and 12 are left for facts.
        let size = |height| Size { width: 30, height };
        let expected = ["Vault|kv-one  RBAC  private", "|  PE 1", "Logs|log-one  90 days"];
        assert_eq!(told(&folded(lines.clone(), size(3))), expected);
        assert_eq!(folded(lines.clone(), size(2)), lines, "no line is spare");
        let mut long = lines.clone();
        long[0].pieces.push(("key off".to_owned(), Tone::Plain));
        long[0].pieces.push(("public".to_owned(), Tone::Plain));
        let expected = ["Vault|kv-one  RBAC  private", "|  PE 1  key off  public", "Logs|log-one  90 days"];
        assert_eq!(told(&folded(long, size(3))), expected, "one line is spare and takes all the rest");
        assert_eq!(folded(lines.clone(), Size { width: 60, height: 9 }), lines, "it fits as it is");
    }

    #[test]
    fn a_remark_has_the_whole_width_and_goes_on_below_its_words() {
        let lines = vec![
            Line::fact("Public", "off", Tone::Good),
            Line::remark("! storage is open to all", Tone::Bad),
        ];
        let expected = ["Public|off", "|! storage is open to", "|  all"];
        assert_eq!(told(&wrapped(lines, 24)), expected);
    }

    #[test]
    fn a_sentence_stands_below_the_name_and_nothing_of_it_is_lost() {
        let lines = vec![resource("Vault", &["kv-one", "may not be read: you lack the right", "hub"])];
        let expected = ["Vault|kv-one", "|may not be read: you", "|lack the right", "|  hub"];
        assert_eq!(told(&folded(lines, Size { width: 32, height: 9 })), expected);
    }
}
