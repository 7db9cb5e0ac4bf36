//! A workspace in sections for a person: on a terminal, in a ticket, in a spreadsheet.

use super::unreadable::Unreadable;
use crate::app::access_rows;
use crate::app::content::{self, Line, Shape};
use crate::app::export::{self, Sheet};
use crate::app::model::Model;
use crate::app::page::{Page, Pane};
use crate::cli::args::Output;
use crate::cli::output::Section;
use crate::domain::access::DenyWords;
use crate::domain::dependents;
use crate::domain::fact::Tone;
use crate::domain::lookup::Lookup;

/// The sections of a workspace.
pub fn of(model: &Model, page: &Page, unreadable: &[Unreadable], output: Output) -> Vec<Section> {
    let overview = content::everything(model, page, Pane::Overview);
    // Behind the first heading of the pane stand the findings, which have a section of their own here.
    let overview = overview.into_iter().take_while(|line| line.shape != Shape::Heading);
    let mut sections = parts(Pane::Overview.title(), overview);
    sections.push(findings(page));
    sections.push(dependents(page));
    sections.extend(parts(Pane::Network.title(), content::everything(model, page, Pane::Network)));
    sections.push(access(model, page, output));
    sections.push(denies(model, page));
    sections.push(Section::facts(
        "Could not be read",
        unreadable.iter().map(|part| {
            let id = part.id.as_ref().map_or_else(String::new, |id| format!(" {}", id.name()));
            (format!("{}{id}", part.part), part.reason.clone(), Tone::Warn)
        }),
    ));
    sections
}

/// Labels and values, and how each strikes the eye.
type Facts = Vec<(String, String, Tone)>;

/// The lines of a pane as sections, cut where the pane has headings.
fn parts(title: &str, lines: impl IntoIterator<Item = Line>) -> Vec<Section> {
    let mut all: Vec<(String, Facts)> = vec![(title.to_owned(), Vec::new())];
    for line in lines {
        let value = line.value();
        if line.shape == Shape::Heading {
            all.push((line.label, Vec::new()));
        } else if let Some((_, facts)) = all.last_mut().filter(|_| !value.is_empty()) {
            let tone = line.pieces.iter().map(|(_, tone)| *tone).max().unwrap_or_default();
            facts.push((line.label, value, tone));
        }
    }
    all.into_iter().map(|(title, facts)| Section::facts(&title, facts)).collect()
}

fn denies(model: &Model, page: &Page) -> Section {
    let words = page.denies().iter().map(|deny| DenyWords::of(deny, &model.principals));
    let sheet = Sheet {
        names: vec!["name", "denied", "to"],
        titles: vec!["Name", "Denied", "To"],
        rows: words.map(|words| vec![words.name, words.what, words.whom]).collect(),
    };
    let tones = sheet.rows.iter().map(|_| vec![Tone::Plain, Tone::Warn, Tone::Plain]).collect();
    Section::table("Deny assignments", sheet, tones)
}

fn findings(page: &Page) -> Section {
    let report = &page.report.findings;
    let tones = report.iter().map(|finding| vec![finding.severity.tone()]).collect();
    let rows = report.iter().map(|finding| {
        [finding.severity.word(), finding.title, &*finding.detail, finding.remedy].map(str::to_owned).into()
    });
    let sheet = Sheet {
        names: vec!["severity", "title", "detail", "remedy"],
        titles: vec!["Severity", "Finding", "Detail", "What to do"],
        rows: rows.collect(),
    };
    Section::table("Findings", sheet, tones)
}

fn dependents(page: &Page) -> Section {
    let mut sheet = Sheet {
        names: vec!["role", "name", "facts"],
        titles: vec!["Role", "Name", "Facts"],
        rows: Vec::new(),
    };
    let mut tones = Vec::new();
    for dependent in dependents::dependents(&page.opened) {
        let facts = match dependent.id() {
            Some(_) => dependents::facts(&dependent, false),
            // The label is the reason already.
            None => Vec::new(),
        };
        tones.push(vec![
            Tone::Muted,
            Tone::Plain,
            facts.iter().map(|fact| fact.tone).max().unwrap_or_default(),
        ]);
        let values: Vec<String> = facts.into_iter().map(|fact| fact.value).collect();
        sheet.rows.push(vec![
            dependent.role.word().to_owned(),
            dependent.label().to_owned(),
            values.join(", "),
        ]);
    }
    Section::table(Pane::Dependents.title(), sheet, tones)
}

fn access(model: &Model, page: &Page, output: Output) -> Section {
    let Lookup::Found(table) = &page.opened.access else {
        let why = page.opened.access.absence().unwrap_or_default();
        let why = ("Role assignments".to_owned(), why, Tone::Warn);
        return Section::facts(Pane::Access.title(), [why]);
    };
    let title = match output {
        Output::Csv => Pane::Access.title().to_owned(),
        _ => format!("{}: {}", Pane::Access.title(), table.summary().words()),
    };
    let mut sheet = export::sheet(model, Pane::Access);
    // A person reads names and ages; a ticket is read later, so it has dates; a spreadsheet has all.
    let left_out: &[&str] = match output {
        Output::Md => &["since", "ends", "principalId", "scope"],
        Output::Csv => &[],
        Output::Table | Output::Json => &["principalId", "scope", "createdOn", "endsOn"],
    };
    let kept: Vec<usize> =
        (0..sheet.names.len()).filter(|at| !left_out.contains(&sheet.names[*at])).collect();
    sheet.names = kept.iter().map(|at| sheet.names[*at]).collect();
    sheet.titles = kept.iter().map(|at| sheet.titles[*at]).collect();
    for row in &mut sheet.rows {
        *row = kept.iter().map(|at| std::mem::take(&mut row[*at])).collect();
    }
    let columns = access_rows::COLUMNS;
    let tone_of = |at: &usize, row| columns.get(*at).map_or(Tone::Plain, |column| (column.tone)(row));
    let tones = table.rows.iter().map(|row| kept.iter().map(|at| tone_of(at, row)).collect()).collect();
    Section {
        kept: &["principal", "role"],
        expendable: &["type", "since", "ends", "note"],
        ..Section::table(&title, sheet, tones)
    }
}
