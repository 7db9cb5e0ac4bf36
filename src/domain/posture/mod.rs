//! Findings: what somebody who runs a workspace would want to know before it hurts. One table, one row
//! a finding; a check that lacks what it needs says so instead of saying "fine".

mod access_checks;
mod checks;
mod holders;
mod table;

use std::borrow::Cow;

use serde::Serialize;

pub use table::FINDINGS;

use crate::domain::access::{Access, Targets};
use crate::domain::fact::Tone;
use crate::domain::inventory::{Judged, WorkspaceEntry};
use crate::domain::opened::Opened;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Against the usual advice.
    Low,
    /// Will hurt some day, or weakens what was built.
    Medium,
    /// Broken, or open to everybody.
    High,
}

impl Severity {
    /// A word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// How it should strike the eye.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Info => Tone::Muted,
            Self::Low => Tone::Plain,
            Self::Medium => Tone::Warn,
            Self::High => Tone::Bad,
        }
    }
}

/// What is loaded about the workspace that is checked.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its row.
    pub entry: &'a WorkspaceEntry,
    /// Whether it is in production, as the settings say.
    pub production: bool,
    /// What else is loaded; none for a workspace that nobody opened.
    pub opened: Option<&'a Opened>,
    /// Who may do what on it and on what it depends on; none where that was not gathered.
    pub access: Option<Reach<'a>>,
}

impl<'a> Subject<'a> {
    /// A workspace of which its row alone is known. No check of a row asks for production.
    #[must_use]
    pub fn row(entry: &'a WorkspaceEntry) -> Self {
        Self { entry, production: false, opened: None, access: None }
    }
}

/// The evaluated access of one workspace.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    /// The evidence, ready for questions.
    pub access: &'a Access,
    /// The workspace's scopes.
    pub targets: &'a Targets,
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was looked at, and is not the case.
    Clear,
    /// It is the case; with what exactly, such as a name or a number.
    Found(Cow<'static, str>),
    /// It is the case of so many that the first few are told, and all when somebody looks.
    Several {
        /// The first few, and how many more.
        brief: Cow<'static, str>,
        /// All of them.
        all: Vec<String>,
    },
    /// What it needs is not loaded, or may not be read.
    CannotTell,
}

/// A row of the table.
pub struct Rule {
    /// The name in filters, settings and output; stays what it is.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is the case, in one phrase.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
    /// Whether the row of the inventory alone can show that it is the case.
    pub alone: bool,
    /// Looks.
    pub check: fn(&Subject<'_>) -> Outcome,
}

/// A finding about a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule's name.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is the case.
    pub title: &'static str,
    /// With what exactly; of many the first few.
    pub detail: Cow<'static, str>,
    /// All of them, where the detail leaves some out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub remedy: &'static str,
}

/// What was found about a workspace, and what could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// The names of the rules that could not be looked at.
    pub unchecked: Vec<&'static str>,
}

/// Looks at everything.
#[must_use]
pub fn report(subject: &Subject<'_>) -> Report {
    let mut report = Report::default();
    for rule in FINDINGS {
        match (rule.check)(subject) {
            Outcome::Clear => {}
            Outcome::CannotTell => report.unchecked.push(rule.id),
            Outcome::Found(detail) => report.findings.push(rule.finding(detail, Vec::new())),
            Outcome::Several { brief, all } => report.findings.push(rule.finding(brief, all)),
        }
    }
    report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    report
}

impl Rule {
    fn finding(&self, detail: Cow<'static, str>, all: Vec<String>) -> Finding {
        Finding {
            id: self.id,
            severity: self.severity,
            title: self.title,
            detail,
            all,
            why: self.why,
            remedy: self.remedy,
        }
    }
}

fn in_row(entry: &WorkspaceEntry) -> impl Iterator<Item = (&'static Rule, Cow<'static, str>)> {
    let subject = Subject::row(entry);
    FINDINGS.iter().filter(|rule| rule.alone).filter_map(move |rule| match (rule.check)(&subject) {
        Outcome::Found(detail) | Outcome::Several { brief: detail, .. } => Some((rule, detail)),
        Outcome::Clear | Outcome::CannotTell => None,
    })
}

/// What the row of the inventory alone gives.
pub fn found_in_row(entry: &WorkspaceEntry) -> impl Iterator<Item = Finding> {
    in_row(entry).map(|(rule, detail)| rule.finding(detail, Vec::new()))
}

/// How many findings of at least low severity a row alone gives.
fn row_findings(entry: &WorkspaceEntry) -> usize {
    in_row(entry).filter(|(rule, _)| rule.severity > Severity::Info).count()
}

impl Report {
    /// How many there are, and how bad they are at worst.
    #[must_use]
    pub fn in_brief(&self) -> Judged {
        let worst = self.findings.iter().map(|finding| finding.severity.tone()).max();
        Judged {
            findings: self.findings.len(),
            more: !self.unchecked.is_empty(),
            tone: worst.unwrap_or(Tone::Muted),
        }
    }
}

/// The badge where nothing is known yet.
pub const UNKNOWN: &str = "?";

/// How many findings a workspace has: those of the page where it was opened, else what its row tells. A plus where more
/// may come to light, and [`UNKNOWN`] where nothing is known.
#[must_use]
pub fn badge(entry: &WorkspaceEntry) -> String {
    let known = entry.judged.map(|judged| (judged.findings, judged.more));
    match known.unwrap_or_else(|| (row_findings(entry), true)) {
        (n, false) => n.to_string(),
        (0, true) => UNKNOWN.to_owned(),
        (n, true) => format!("{n}+"),
    }
}

/// How the badge should strike the eye: as the worst finding does.
#[must_use]
pub fn badge_tone(entry: &WorkspaceEntry) -> Tone {
    let of_row = || in_row(entry).map(|(rule, _)| rule.severity.tone()).max().unwrap_or(Tone::Muted);
    entry.judged.map_or_else(of_row, |judged| judged.tone)
}

#[cfg(test)]
mod tests;
