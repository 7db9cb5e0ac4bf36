//! What changed around a workspace, for the list over the screen: what was read of the activity log, told with
//! the names that are known by now.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::export::Sheet;
use super::fetch::Fetch;
use super::model::Model;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::resources::activity_log::{About, Event};
use crate::domain::lookup::Lookup;
use crate::domain::timeline::{Change, Outcome, Story, StoryInput, Watched, Window, question_words};
use crate::domain::times::stamp;

/// What no log that is read tells. The service describes the log of a subscription only (`ActivityLogs_List`).
const BEYOND: &str = "Management groups have logs of their own, which are not read: grants there are told as they are in force now, \
     with since when and by whom; what was taken away there is not seen.";
/// Events are in the log some minutes after they happened (learn.microsoft.com, "Log data ingestion time in Azure Monitor").
const BEHIND: &str = "The log is some minutes behind: what was done just now may come yet.";

/// One answer of the log: what it was asked for, and what it said.
pub type Read = (About, Result<Vec<Event>, Error>);

/// What was read of the activity log for one workspace.
#[derive(Debug, Clone)]
pub struct Log {
    /// What was watched.
    pub watched: Watched,
    /// How far back it was read.
    pub window: Window,
    /// When.
    pub at: Timestamp,
    events: Vec<Event>,
    refused: Vec<(About, String)>,
}

impl Log {
    /// Takes the answers of one round.
    #[must_use]
    pub fn of(watched: Watched, window: Window, at: Timestamp, reads: Vec<Read>) -> Self {
        let mut log = Self { watched, window, at, events: Vec::new(), refused: Vec::new() };
        for (about, result) in reads {
            match result {
                Ok(events) => log.events.extend(events),
                Err(error) => log.refused.push((about, error.plain())),
            }
        }
        log
    }
}

/// What changed, as of the last answer.
#[derive(Debug, Clone)]
pub struct Told {
    /// Around which workspace.
    pub workspace: ArmId,
    /// How far back.
    pub window: Window,
    /// The changes.
    pub story: Story,
    /// What of the log could not be read, and why.
    pub gaps: Vec<String>,
    /// When it was read; none while the first answer is on its way.
    pub at: Option<Timestamp>,
    /// Whether an answer is on its way.
    pub reading: bool,
}

/// What is known by now of what changed around a workspace.
#[must_use]
pub fn tell(model: &Model, workspace: &ArmId, window: Window) -> Told {
    let asked =
        |fetch: &Fetch| matches!(fetch, Fetch::Log { watched, .. } if watched.workspace == *workspace);
    let mut told = Told {
        workspace: workspace.clone(),
        window,
        story: Story::default(),
        gaps: Vec::new(),
        at: None,
        reading: model.under_way.keys().any(asked),
    };
    let fits = |log: &&Log| log.watched.workspace == *workspace && log.window >= window;
    let Some(log) = model.log.as_ref().filter(fits) else { return told };
    let page = model.pages.iter().rev().find(|page| page.id == *workspace);
    let access = page.and_then(|page| match &page.opened.access {
        Lookup::Found(table) => Some(&**table),
        _ => None,
    });
    told.story = Story::of(&StoryInput {
        watched: &log.watched,
        events: &log.events,
        since: window.since(model.now),
        roles: &model.roles,
        principals: &model.principals,
        scopes: &*model.inventory,
        access,
    });
    told.gaps = log
        .refused
        .iter()
        .map(|(about, why)| format!("{}: {why}", question_words(about, &*model.inventory)))
        .collect();
    told.at = Some(log.at);
    told
}

impl Told {
    /// The counts for the right of a title.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts = vec![match self.story.changes.len() {
            1 => "1 change".to_owned(),
            n => format!("{n} changes"),
        }];
        if self.story.others > 0 {
            parts.push(format!("{} others left out", self.story.others));
        }
        if !self.gaps.is_empty() {
            parts.push("partly unreadable".to_owned());
        }
        parts.join(", ")
    }

    /// What stands there when there is no change to show.
    #[must_use]
    pub fn empty(&self) -> &'static str {
        match (self.at, self.reading, self.gaps.is_empty()) {
            (None, true, _) => "Reading the activity log.",
            (None, false, _) => "The activity log was not read.",
            (_, _, true) => "Nothing changed here in this time.",
            (_, _, false) => "Nothing changed in what could be read of the activity log.",
        }
    }

    /// What of what changed is not told, each in a sentence: what could not be read first.
    #[must_use]
    pub fn not_seen(&self) -> Vec<String> {
        let always = self.at.map(|_| [BEHIND, BEYOND]).into_iter().flatten();
        self.gaps.iter().cloned().chain(always.map(str::to_owned)).collect()
    }

    /// The changes as rows.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        let rows = self.story.changes.iter().map(|change| {
            vec![
                stamp(change.at),
                change.who.name.clone(),
                change.what.clone(),
                change.kind.word().to_owned(),
                change.outcome.word().to_owned(),
                change.place.to_string(),
                change.operation.clone(),
                change.resource_id.to_string(),
                change.who.address.clone().or_else(|| change.who.id.clone()).unwrap_or_default(),
                change.correlation_id.clone().unwrap_or_default(),
            ]
        });
        Sheet {
            names: vec![
                "at",
                "who",
                "what",
                "kind",
                "result",
                "place",
                "operation",
                "resourceId",
                "caller",
                "correlationId",
            ],
            titles: vec![
                "Time",
                "Who",
                "What",
                "Kind",
                "Result",
                "Place",
                "Operation",
                "Resource",
                "Caller",
                "Correlation id",
            ],
            rows: rows.collect(),
        }
    }
}

/// Everything that the log says about a change.
#[must_use]
pub fn full(change: &Change, zone: &TimeZone) -> String {
    let clock = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    let mut text = format!("{}\n\n", change.sentence());
    let mut line = |label: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{label:<15}{value}");
        }
    };
    line("Who", &change.who.name);
    line("Address", change.who.address.as_deref().unwrap_or_default());
    line("Object id", change.who.id.as_deref().unwrap_or_default());
    line("From", change.client_ip_address.as_deref().unwrap_or_default());
    for (at, step) in change.steps.iter().enumerate() {
        let more = if step.sub_status.is_empty() { String::new() } else { format!(" ({})", step.sub_status) };
        line(if at == 0 { "When" } else { "" }, &format!("{}  {}{more}", clock(step.at), step.status));
    }
    if let Outcome::Failed { why } = &change.outcome {
        line("Failed", why.as_deref().unwrap_or("the log does not say why"));
    }
    line("Operation", &change.operation);
    line("Resource", change.resource_id.as_str());
    line("Correlation id", change.correlation_id.as_deref().unwrap_or_default());
    text
}
