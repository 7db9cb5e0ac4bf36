//! The questions about access, and their answers as rows: who can do something, what somebody can do.

use super::assessment::Assessment;
use super::grid;
use super::words::{self, Names};
use crate::app::export::{Remarks, Sheet};
use crate::domain::access::{
    Answer, Answering, Asked, Capability, Gap, Locked, Person, Place, PrincipalName, Principals, Refusal,
    Verdict, Way, WayAnswer, WhoCan, WhyNot, what_can, who_can,
};
use crate::domain::fact::{Tone, count};

/// The answer about somebody who cannot, but has what it takes to give themselves a role that can.
const COULD_GRANT: &str = "could grant it";
/// The same of whoever has to activate a role for that.
const COULD_LATER: &str = "could activate";

/// A question.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Who can do this?
    WhoCan(Asked),
    /// What can this principal do? By its object id.
    WhatCan(String),
}

/// An answer as rows.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// Names of the columns for programs.
    pub names: &'static [&'static str],
    /// Headings for people.
    pub titles: &'static [&'static str],
    /// The rows, the plainest answers first.
    pub rows: Vec<AnswerRow>,
    /// The answer in a line.
    pub headline: String,
    /// What could not be read and bears on it, each in a line.
    pub gaps: Vec<String>,
    /// What stands in the way whoever it is, each in a line.
    pub locks: Vec<String>,
}

/// One row of an answer: somebody, or a capability.
#[derive(Debug, Clone)]
pub struct AnswerRow {
    /// The cells, as many as there are columns.
    pub cells: Vec<String>,
    /// The answer of the row.
    pub verdict: Verdict,
    /// The principal that the row is about, by object id.
    pub principal: String,
    /// What it is asked about.
    pub asked: Asked,
}

/// The columns of "who can".
const WHO: (&[&str], &[&str]) = (
    &["answer", "principal", "type", "way", "why", "granted", "address", "principalId"],
    &["Answer", "Principal", "Type", "Way", "Why", "Granted", "Address", "Principal id"],
);
/// The columns of "what can".
const WHAT: (&[&str], &[&str]) = (
    &["answer", "capability", "on", "way", "why", "granted", "name"],
    &["Answer", "Capability", "On", "Way", "Why", "Granted", "Name"],
);

impl Question {
    /// The question as people ask it.
    #[must_use]
    pub fn words(&self, principals: &Principals) -> String {
        match self {
            Self::WhoCan(asked) => format!("Who can {}?", asked.words()),
            Self::WhatCan(id) => {
                let name = match principals.name(id) {
                    PrincipalName::Known(known) => known.name,
                    PrincipalName::Deleted => grid::called(id, id, true).into_owned(),
                    PrincipalName::Loading | PrincipalName::Unreadable { .. } => id.clone(),
                };
                format!("What can {name} do?")
            }
        }
    }

    /// The answer. Of tens of thousands of people it takes a while, so that the console has it worked out beside the
    /// screen (see [`super::inquiry`]).
    #[must_use]
    pub fn answer(&self, assessment: &Assessment, names: Names<'_>) -> Answered {
        match self {
            Self::WhoCan(asked) => who(assessment, names, asked),
            Self::WhatCan(principal) => what(assessment, names, principal),
        }
    }
}

impl Answered {
    /// Rows as a sheet to take along: those with these numbers, or all.
    #[must_use]
    pub fn sheet(&self, rows: Option<&[usize]>) -> Sheet {
        let cells = |row: &AnswerRow| row.cells.clone();
        Sheet {
            names: self.names.to_vec(),
            titles: self.titles.to_vec(),
            rows: match rows {
                Some(rows) => rows.iter().filter_map(|at| self.rows.get(*at)).map(cells).collect(),
                None => self.rows.iter().map(cells).collect(),
            },
        }
    }

    /// What is told beside the rows.
    #[must_use]
    pub fn remarks(&self) -> Remarks {
        Remarks { locks: self.locks.clone(), not_seen: self.gaps.clone() }
    }
}

fn who(assessment: &Assessment, names: Names<'_>, asked: &Asked) -> Answered {
    let Assessment { access, targets, .. } = assessment;
    let found = who_can(access, targets, asked);
    let answering = Answering::new(access, targets, asked);
    let mut rows = Vec::new();
    let (unsure, could): (Vec<&Person>, Vec<&Person>) =
        found.by_granting.iter().partition(|person| person.verdict == Verdict::CannotTell);
    let parts = [
        (found.can.iter().collect(), false),
        (found.after_activation.iter().collect(), false),
        (could, true),
        (found.cannot_tell.iter().collect(), false),
        (unsure, true),
    ];
    for (people, granting) in parts {
        let mut part: Vec<AnswerRow> = people
            .into_iter()
            .map(|person| {
                let answer = answering.about(&person.principal);
                let (said, why) = match (granting, person.unread_group) {
                    (true, _) => (could_grant(person.verdict).to_owned(), names.granting_why(&answer)),
                    (_, true) if person.verdict <= Verdict::Conditional => {
                        ("its people can".to_owned(), names.why(&answer))
                    }
                    _ => (person.verdict.words().to_owned(), names.why(&answer)),
                };
                let kind = match (person.unread_group, names.kind(&person.principal)) {
                    (true, _) => "Group".to_owned(),
                    (false, kind) if kind.is_empty() => {
                        let row = assessment.matrix.row(&person.principal, names.principals);
                        row.map(|row| grid::kind(&row)).unwrap_or_default()
                    }
                    (false, kind) => kind,
                };
                let principal = person.principal.to_string();
                let cells = vec![
                    said,
                    names.principal(&principal),
                    kind,
                    short_ways(person.ways.iter()),
                    why,
                    granted(&names, &answer, granting, assessment),
                    names.address(&principal),
                    principal.clone(),
                ];
                let verdict = match (granting, person.unread_group) {
                    (true, _) if person.verdict == Verdict::CannotTell => Verdict::CannotTell,
                    (true, _) => Verdict::Denied(Refusal::NoGrant),
                    (_, true) => Verdict::CannotTell,
                    _ => person.verdict,
                };
                AnswerRow { cells, verdict, principal, asked: asked.clone() }
            })
            .collect();
        part.sort_by_cached_key(|row| (row.verdict, row.cells[1].to_lowercase()));
        rows.extend(part);
    }
    // Where nobody can, it is no news that a lock may stand in the way.
    let unread_locks = if rows.is_empty() { Vec::new() } else { targets.locks_unread(asked) };
    Answered {
        names: WHO.0,
        titles: WHO.1,
        rows,
        headline: headline(&found),
        gaps: names.gaps(found.gaps.iter().chain(unread_locks)),
        locks: locks(assessment, &names, asked),
    }
}

/// The locks that stand in the way of what is asked, each in a sentence.
#[must_use]
pub fn locks(assessment: &Assessment, names: &Names<'_>, asked: &Asked) -> Vec<String> {
    let sentence = |lock: &Locked| {
        format!("{} stands in the way of everybody until it is removed", named_lock(names, lock))
    };
    assessment.targets.locks_against(asked).map(sentence).collect()
}

/// `the lock keep on the workspace`.
fn named_lock(names: &Names<'_>, lock: &Locked) -> String {
    let place = match names.scope(&lock.scope) {
        here if here == "here" => "the workspace".to_owned(),
        place => place,
    };
    format!("the lock {} on {place}", lock.name)
}

/// The locks that stand in the way of capabilities that somebody has, each in a sentence with what it stands in the way
/// of.
fn locks_of_all(assessment: &Assessment, names: &Names<'_>, has: &[&'static Capability]) -> Vec<String> {
    let sentence = |lock: &Locked| {
        let stops = |capability: &&&'static Capability| {
            let asked = Asked::Capability(capability);
            assessment.targets.locks_against(&asked).any(|other| other == lock)
        };
        let stopped: Vec<&str> = has.iter().filter(stops).map(|capability| capability.words).collect();
        (!stopped.is_empty()).then(|| {
            let lock = named_lock(names, lock);
            format!("{lock} stands in the way of everybody until it is removed: {}", stopped.join(", "))
        })
    };
    assessment.targets.locks.iter().filter_map(sentence).collect()
}

fn headline(found: &WhoCan) -> String {
    if let Some(place) = found.missing {
        return format!("nobody: the workspace has no {}", place.words());
    }
    let with = |verdict| found.can.iter().filter(|person| person.verdict == verdict).count();
    let (can, conditional) = (with(Verdict::Allowed), with(Verdict::Conditional));
    let complete = found.complete_after_activation;
    let at_least = |complete: bool| if complete { "" } else { "at least " };
    let mut parts = Vec::new();
    match (can, complete) {
        (0, _) if conditional > 0 => {}
        (0, true) => parts.push("nobody can".to_owned()),
        (0, false) => parts.push("nobody is known to".to_owned()),
        (n, complete) => parts.push(format!("{}{n} can", at_least(complete))),
    }
    let unsure = found.by_granting.iter().filter(|person| person.verdict == Verdict::CannotTell).count();
    let granting = format!("{}{}", at_least(found.complete_by_granting), found.by_granting.len() - unsure);
    for (people, n, words) in [
        (conditional, conditional.to_string(), "under a condition"),
        (found.after_activation.len(), found.after_activation.len().to_string(), "after activation"),
        (found.by_granting.len() - unsure, granting, "could grant it to themselves"),
        (found.cannot_tell.len() + unsure, (found.cannot_tell.len() + unsure).to_string(), "cannot be told"),
    ] {
        if people > 0 {
            parts.push(format!("{n} {words}"));
        }
    }
    parts.join(", ")
}

/// What is said of whoever could let themselves, by how.
fn could_grant(granting: Verdict) -> &'static str {
    match granting {
        Verdict::AfterActivation => COULD_LATER,
        Verdict::Allowed | Verdict::Conditional => COULD_GRANT,
        Verdict::CannotTell | Verdict::Denied(_) => granting.words(),
    }
}

/// Since when what decides is there, and who made it.
#[must_use]
pub fn granted(names: &Names<'_>, answer: &Answer, granting: bool, assessment: &Assessment) -> String {
    let way = if granting { answer.by_granting() } else { answer.deciding().next() };
    let step = way.and_then(|way| way.steps.first());
    let first = || step.and_then(|step| step.decision.reasons.first());
    let deciding = words::activates(answer).filter(|_| granting).or_else(first);
    let chain = deciding.and_then(|reason| reason.chain());
    chain.map(|chain| names.granted(&chain.assignment, assessment)).unwrap_or_default()
}

fn what(assessment: &Assessment, names: Names<'_>, principal: &str) -> Answered {
    let answers = what_can(&assessment.access, &assessment.targets, principal);
    let mut gaps: Vec<Gap> = Vec::new();
    let mut unread_locks: Vec<&Gap> = Vec::new();
    let mut has: Vec<&'static Capability> = Vec::new();
    let mut can = 0;
    let mut unsure = 0;
    let rows: Vec<AnswerRow> = answers
        .iter()
        .map(|of| {
            let (capability, answer) = (of.capability, &of.answer);
            let verdict = answer.verdict;
            can += usize::from(matches!(verdict, Verdict::Allowed | Verdict::Conditional));
            unsure += usize::from(verdict == Verdict::CannotTell);
            if !verdict.is_denied() {
                has.push(capability);
                for gap in assessment.targets.locks_unread(&Asked::Capability(capability)) {
                    if !unread_locks.contains(&gap) {
                        unread_locks.push(gap);
                    }
                }
            }
            for gap in answer.gap.iter().chain(answer.deciding().flat_map(gaps_of)) {
                if verdict == Verdict::CannotTell && !gaps.contains(gap) {
                    gaps.push(gap.clone());
                }
            }
            let granting = answer.could_grant();
            let ways = match (answer.verdict.is_denied(), granting) {
                (true, true) => short_way(Way::SelfGrant).to_owned(),
                (true, false) => String::new(),
                (false, _) => short_ways(answer.deciding().map(|way| way.way)),
            };
            let (said, why) = if granting {
                (could_grant(answer.granting()), names.granting_why(answer))
            } else {
                (verdict.words(), names.why(answer))
            };
            let cells = vec![
                said.to_owned(),
                capability.words.to_owned(),
                short_place(place(capability)).to_owned(),
                ways,
                why,
                granted(&names, answer, granting, assessment),
                capability.name.to_owned(),
            ];
            let asked = Asked::Capability(capability);
            AnswerRow { cells, verdict, principal: principal.to_owned(), asked }
        })
        .collect();
    let mut headline = format!("{} of {}", can, count(rows.len(), "capability", "capabilities"));
    if unsure > 0 {
        headline.push_str(&format!(", {unsure} cannot be told"));
    }
    let gaps = names.gaps(gaps.iter().chain(unread_locks));
    let locks = locks_of_all(assessment, &names, &has);
    Answered { names: WHAT.0, titles: WHAT.1, rows, headline, gaps, locks }
}

/// A way in a word or two, for a table.
fn short_way(way: Way) -> &'static str {
    match way {
        Way::Direct => "role",
        Way::DataAction => "data action",
        Way::AccessPolicy => "access policy",
        Way::ByKey => "key",
        Way::PolicyWrite => "writing a policy",
        Way::SelfGrant => "self-grant",
    }
}

/// Ways, each once.
fn short_ways(ways: impl Iterator<Item = Way>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for way in ways.map(short_way) {
        if !all.contains(&way) {
            all.push(way);
        }
    }
    all.join(", ")
}

/// A place in a word, for a table.
fn short_place(place: Place) -> &'static str {
    match place {
        Place::Workspace => "workspace",
        Place::Group => "group",
        Place::Subscription => "subscription",
        Place::Storage => "storage",
        Place::Vault => "vault",
        Place::Registry => "registry",
        Place::Insights => "insights",
    }
}

fn gaps_of(way: &WayAnswer) -> impl Iterator<Item = &Gap> {
    let reasons = way.steps.iter().flat_map(|step| &step.decision.reasons);
    way.gap.iter().chain(reasons.filter_map(|reason| reason.gap()))
}

fn place(capability: &Capability) -> Place {
    capability.needs.first().map_or(Place::Workspace, |need| need.on)
}

/// The answer about one principal in full, every way with what it takes and what decides it, and what would make it a
/// yes: a title and a text.
#[must_use]
pub fn explain(
    why: &WhyNot,
    principal: &str,
    asked: &Asked,
    assessment: &Assessment,
    names: Names<'_>,
) -> (String, String) {
    let WhyNot { answer, remedies } = why;
    let title = format!("Can {} {}?", names.principal(principal), asked.words());
    let reason = names.why(answer);
    let said = answer.verdict.words();
    let mut text = if reason.is_empty() { format!("{said}\n") } else { format!("{said}: {reason}\n") };
    let granting = match answer.granting() {
        _ if !answer.verdict.is_denied() => "",
        Verdict::Allowed | Verdict::Conditional => "but could grant it to themselves",
        Verdict::AfterActivation => "but after activating a role could grant it to themselves",
        Verdict::CannotTell => "and whether they could grant it to themselves cannot be told",
        Verdict::Denied(_) => "",
    };
    if !granting.is_empty() {
        text.push_str(&format!("{granting}: {}\n", names.granting_why(answer)));
    }
    if !answer.verdict.is_denied() {
        for lock in locks(assessment, &names, asked) {
            text.push_str(&format!("but {lock}\n"));
        }
        for unread in names.gaps(assessment.targets.locks_unread(asked).into_iter()) {
            text.push_str(&format!("but {unread}\n"));
        }
    }
    if !remedies.is_empty() {
        text.push_str("\nWhat would make it a yes\n");
    }
    for remedy in remedies {
        text.push_str(&names.remedy(remedy));
    }
    text.push_str(&names.in_full(answer, assessment));
    (title, text)
}

/// How a cell should strike the eye.
#[must_use]
pub fn tone(row: &AnswerRow, column: usize) -> Tone {
    match column {
        0 => words::tone(row.verdict),
        1 => Tone::Plain,
        4 if !row.verdict.is_denied() => Tone::Plain,
        _ => Tone::Muted,
    }
}
