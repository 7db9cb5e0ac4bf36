//! Brings the lines of a pane into its room.

use ratatui::layout::Size;

use super::Line;
use crate::domain::fact::Tone;
use crate::ui::widgets::text;

/// The cells that the labels of these lines take in a pane of this inner width.
#[must_use]
pub fn label_width(lines: &[Line], inner: u16) -> u16 {
    let widest = lines.iter().filter(|line| !line.heading).map(|line| text::width(&line.label)).max();
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
    let room = usize::from(inner.saturating_sub(label_width(&lines, inner) + 4));
    if room < 10 {
        return lines;
    }
    let mut fitting = Vec::with_capacity(lines.len());
    for line in lines {
        let long = line.pieces.iter().map(|(piece, _)| text::width(piece) + 2).sum::<usize>() > room + 2;
        if line.heading || !long {
            fitting.push(line);
            continue;
        }
        let Line { mut label, pieces, resource, heading } = line;
        for (piece, tone) in pieces {
            for part in text::wrap(&piece, room) {
                let label = std::mem::take(&mut label);
                fitting.push(Line { label, pieces: vec![(part, tone)], resource: resource.clone(), heading });
            }
        }
    }
    fitting
}

/// The facts of a resource that do not fit behind its name go on below, under one another, as long as
/// the pane has lines to spare. A line that would need more than there are stays one line.
pub(super) fn folded(lines: Vec<Line>, inner: Size) -> Vec<Line> {
    let taken = label_width(&lines, inner.width) + name_width(&lines, inner.width) + 6;
    let room = usize::from(inner.width.saturating_sub(taken));
    if room < 10 {
        return lines;
    }
    let mut spare = usize::from(inner.height).saturating_sub(lines.len());
    let mut fitting = Vec::with_capacity(usize::from(inner.height));
    for line in lines {
        let rows = rows_of_facts(line.pieces.get(1..).unwrap_or_default(), room);
        if rows.len() < 2 || rows.len() - 1 > spare {
            fitting.push(line);
            continue;
        }
        spare -= rows.len() - 1;
        let Line { label, pieces, resource, heading } = line;
        let mut names = pieces.into_iter().take(1);
        let mut labels = std::iter::once(label);
        for row in rows {
            let name = names.next().unwrap_or((String::new(), Tone::Plain));
            fitting.push(Line {
                label: labels.next().unwrap_or_default(),
                pieces: std::iter::once(name).chain(row).collect(),
                resource: resource.clone(),
                heading,
            });
        }
    }
    fitting
}

/// Facts in rows of so many cells, a cell between two; a sentence is broken between its words.
fn rows_of_facts(facts: &[(String, Tone)], room: usize) -> Vec<Vec<(String, Tone)>> {
    let mut rows: Vec<Vec<(String, Tone)>> = Vec::new();
    let mut used = 0;
    for (fact, tone) in facts {
        for part in text::wrap(fact, room) {
            let width = text::width(&part);
            match rows.last_mut().filter(|_| used + 1 + width <= room) {
                Some(row) => {
                    row.push((part, *tone));
                    used += 1 + width;
                }
                None => {
                    rows.push(vec![(part, *tone)]);
                    used = width;
                }
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
            heading: false,
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
        assert_eq!(folded(lines.clone(), Size { width: 60, height: 9 }), lines, "it fits as it is");
    }

    #[test]
    fn a_sentence_is_broken_between_words_and_nothing_is_lost() {
        let lines = vec![resource("Vault", &["kv-one", "you lack the right to read it here"])];
        let folded = folded(lines, Size { width: 32, height: 9 });
        let words: Vec<String> = told(&folded)
            .iter()
            .flat_map(|l| l.split(['|', ' ']).map(str::to_owned).collect::<Vec<_>>())
            .filter(|w| !w.is_empty())
            .collect();
        assert_eq!(words.join(" "), "Vault kv-one you lack the right to read it here");
        assert!(folded.len() > 1);
    }
}
