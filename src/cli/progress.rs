//! A run as lines on standard error, one for each piece of news.

use std::time::{Duration, Instant};

use super::exit::tell;
use crate::app::console::Clock;
use crate::app::run_view::{clock_words, stopwatch, took};
use crate::app::runs::RunEvent;
use crate::azure::arm::request::Method;
use crate::azure::arm::request_log::{Entry, RequestLog};
use crate::domain::plan::{
    Change, Deployment, OVER_BEFORE, Outcome, Part, Run, RunId, StepRun, StepState, Wait,
};

/// The width of a bar.
const BAR: usize = 20;

/// Prints how one run gets on, from the events of the runner.
pub struct ProgressPrinter {
    clock: Clock,
    run: Option<Run>,
    parts: Vec<Part>,
    status: String,
    /// What was heard last of the step that is under way, whether it was told or not.
    heard: String,
    /// When something was told last.
    told: Instant,
    /// The attempts that were looked at so far.
    looked: u64,
    /// What came to nothing last, in words.
    failed: String,
}

/// After how long without a word it is said what is waited for.
const SILENCE: Duration = Duration::from_secs(15);

impl ProgressPrinter {
    /// Nothing was told yet of this run, or of one that is to begin. `looked` is how many attempts were sent before.
    #[must_use]
    pub fn of(run: Option<Run>, clock: Clock, looked: u64) -> Self {
        let (parts, status, heard) = (Vec::new(), String::new(), String::new());
        Self { clock, run, parts, status, heard, told: Instant::now(), looked, failed: String::new() }
    }

    fn say(&mut self, line: &str) {
        tell(line);
        self.told = Instant::now();
    }

    /// What there is to say between two events: an attempt that is made again, or what is waited for when nothing was said
    /// for a while.
    pub fn meanwhile(&mut self, log: &RequestLog) {
        for entry in log.after(self.looked) {
            self.looked = entry.number;
            // The same once more is no news.
            let words = failed_words(&entry).unwrap_or_default();
            if !words.is_empty() && words != self.failed {
                self.say(&format!("     {words}"));
            }
            self.failed = words;
        }
        if self.told.elapsed() < SILENCE {
            return;
        }
        if let Some(words) = self.waits_for() {
            self.say(&format!("     {words}"));
        }
    }

    /// What the step that is under way does, and for how long.
    fn waits_for(&self) -> Option<String> {
        let run = self.run.as_ref()?;
        let at = run.current()?;
        let step = run.steps.get(at)?;
        let what = match (&step.state, self.heard.as_str()) {
            (StepState::Waiting, "") => "waits".to_owned(),
            (state, "") => state.word().to_owned(),
            (_, heard) => heard.to_owned(),
        };
        let took = took(step, self.clock.now()).map(|span| format!(", for {}", stopwatch(span)));
        Some(format!("step {}: {what}{}", at + 1, took.unwrap_or_default()))
    }

    /// The run as it was told so far.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// Prints what an event says, where it is of this run.
    pub fn print(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Recorded { run, record } => {
                if let Some(begun) = Run::begin(record) {
                    tell(&format!("run {}: {}", begun.id, begun.plan.title));
                    self.run = Some(begun);
                } else if !self.tells_of(run) {
                    return;
                } else if let Some(run) = &mut self.run {
                    let is_told = is_told(run, &record.change);
                    run.apply(record);
                    if is_told {
                        return;
                    }
                }
                self.recorded(&record.change);
            }
            RunEvent::Progress { run, step, parts, status, .. } if self.tells_of(run) => {
                for line in self.news(*step, parts) {
                    self.say(&line);
                }
                if let Some(status) = status {
                    self.heard.clone_from(status);
                    if is_news(status) && *status != self.status {
                        self.status.clone_from(status);
                        self.say(&format!("     {status}"));
                    }
                }
            }
            RunEvent::Told { words } => self.say(words),
            _ => {}
        }
    }

    /// Whether an event is about this run: one that is taken back gets a line in its own journal as well.
    fn tells_of(&self, id: &RunId) -> bool {
        self.run.as_ref().is_some_and(|run| run.id == *id)
    }

    /// Whether the clock of a step has just begun to run, nothing but time ends it, and nothing is sent after it.
    #[must_use]
    pub fn is_at_its_clock(&self, event: &RunEvent) -> bool {
        let (Some(run), RunEvent::Recorded { record, .. }) = (&self.run, event) else { return false };
        matches!(record.change, Change::Waiting { .. })
            && run.only_waits()
            && run.clock().is_some_and(|(_, until)| until > record.at)
    }

    /// A line for each resource of a deployment that stands otherwise than before, and a bar over all of them.
    fn news(&mut self, step: usize, parts: &[Part]) -> Vec<String> {
        let new: Vec<&Part> = parts.iter().filter(|part| is_other(&self.parts, part)).collect();
        let plan = self.run.as_ref().and_then(|run| run.plan.steps.get(step));
        let deployment = plan.and_then(|step| step.deployment());
        let mut lines: Vec<String> = new.iter().map(|part| self.line(part, deployment)).collect();
        if let Some(deployment) = deployment
            && new.iter().any(|part| part.is_there() && !part.is_deployment())
        {
            let (there, all) = deployment.count(parts);
            let full = there * BAR / all;
            let bar = format!("{}{}", "#".repeat(full), ".".repeat(BAR - full));
            lines.push(format!("     [{bar}] {there} of {all} resources"));
        }
        if !parts.is_empty() {
            self.parts = parts.to_vec();
        }
        lines
    }

    fn line(&self, part: &Part, deployment: Option<&Deployment>) -> String {
        let elapsed = part.elapsed(self.clock.now()).map(|span| format!(", {}", stopwatch(span)));
        let why = if part.message.is_empty() { String::new() } else { format!(": {}", part.message) };
        let named = deployment.map(|deployment| deployment.name_of(&part.resource));
        let named = named.unwrap_or_else(|| format!("{} ({})", part.name, part.resource_type));
        format!("     {named}: {}{}{why}", part.state, elapsed.unwrap_or_default())
    }

    fn recorded(&mut self, change: &Change) {
        let lines = self.lines_of(change);
        lines.iter().for_each(|line| self.say(line));
        if matches!(change, Change::Step { .. } | Change::StepDone { .. }) {
            self.parts.clear();
            self.status.clear();
            self.heard.clear();
        }
    }

    fn lines_of(&self, change: &Change) -> Vec<String> {
        let Some(run) = &self.run else { return Vec::new() };
        let head = |step: &usize| {
            let title = run.plan.steps.get(*step).map_or("", |step| step.title.as_str());
            format!("[{}/{}] {title}", step + 1, run.plan.steps.len())
        };
        match change {
            Change::Step { step } => vec![head(step)],
            Change::Anew { step } => vec![format!("{}: looked at again, and done once more", head(step))],
            Change::AlreadySo { step, .. } if run.steps.get(*step).is_some_and(StepRun::is_spared) => {
                vec![format!("{}: stays", head(step))]
            }
            Change::AlreadySo { step, why } => vec![format!("{}: {why}", head(step))],
            Change::Renewed { begins, .. } => {
                let day = begins.split('T').next().unwrap_or_default();
                vec![format!(
                    "     begins on {day}: the month that it was planned for is over, and Azure takes none"
                )]
            }
            Change::Waiting { step, .. } => {
                let wait = run.plan.steps.get(*step).and_then(|step| step.wait.as_ref());
                let line = |(wait, step): (&Wait, &StepRun)| {
                    format!("     waits until {}: {}", wait.reason, clock_words(step, wait))
                };
                wait.zip(run.steps.get(*step)).map(line).into_iter().collect()
            }
            Change::StepDone { step } => {
                let took = run.steps.get(*step).and_then(|step| took(step, self.clock.now()));
                let took = took.map(|span| format!(" in {}", stopwatch(span))).unwrap_or_default();
                vec![format!("{}: done{took}", head(step))]
            }
            Change::StepFailed { step, trouble } => {
                let mut lines = vec![format!("{}: failed: {}", head(step), trouble.words)];
                if trouble.detail != trouble.words {
                    lines.push(format!("     {}", trouble.detail));
                }
                lines
            }
            Change::OverBefore { step, .. } => vec![format!("{}: {OVER_BEFORE}", head(step))],
            Change::Cancelled { step, .. } => vec![format!("{}: cancelled", head(step))],
            Change::Answered { outcome: Outcome::Spared(why), .. } => vec![format!("     {why}")],
            _ => Vec::new(),
        }
    }
}

/// Whether a change says again why something is left, such as a zone after its link.
fn is_told(run: &Run, change: &Change) -> bool {
    let Change::Answered { step, outcome: Outcome::Spared(why), .. } = change else { return false };
    run.steps.get(*step).is_some_and(|step| step.spared.contains(why))
}

/// That an attempt came to nothing, in words; none for an answer that is one, such as that something is not there.
fn failed_words(entry: &Entry) -> Option<String> {
    let why = entry.error.as_deref()?;
    // What was to be changed is told by its step.
    let then = if entry.method == Method::Get { "; asks again" } else { "" };
    match entry.status {
        Some(status @ (429 | 500..)) => Some(format!("Azure answered {status} ({why}){then}")),
        Some(_) => None,
        None => Some(format!("no answer: {why}{then}")),
    }
}

/// Whether a resource stands otherwise than it did.
fn is_other(before: &[Part], part: &Part) -> bool {
    let same = |known: &&Part| known.resource.eq_ignore_ascii_case(&part.resource);
    before
        .iter()
        .find(same)
        .is_none_or(|known| (&known.state, &known.message) != (&part.state, &part.message))
}

/// That something goes on is no news: the lines of its resources tell more.
fn is_news(status: &str) -> bool {
    !["Accepted", "Running", "InProgress", "Creating", "Updating"]
        .iter()
        .any(|word| word.eq_ignore_ascii_case(status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::id::ArmId;
    use crate::domain::plan::{Kind, Plan, Record, Step};

    fn part(name: &str, state: &str) -> Part {
        let resource =
            format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/{name}");
        let (resource_type, name) = ("Microsoft.Storage/storageAccounts".to_owned(), name.to_owned());
        Part {
            resource,
            resource_type,
            name,
            state: state.to_owned(),
            message: String::new(),
            at: None,
            took: Some(64),
        }
    }

    #[test]
    fn only_what_is_new_is_told_and_the_bar_counts_what_is_there() {
        let at = "2026-11-22T14:00:00Z".parse().unwrap();
        let mut printer = ProgressPrinter::of(None, Clock::Fixed(at), 0);
        let mut plan = Plan::new(Kind::SetUp, "t", ArmId::subscription("s"));
        let deployment = Deployment { resources: 4, ..Deployment::of_nothing(1) };
        plan.steps.push(Step::quiet("a", "Deploy", "It is there.").watched(deployment));
        let change =
            Change::Begun { run: RunId("1".into()), account: "a".into(), undoes: None, plan: Box::new(plan) };
        printer
            .print(&RunEvent::Recorded { run: RunId("1".into()), record: Box::new(Record { at, change }) });
        let first = printer.news(0, &[part("a", "Running")]);
        assert_eq!(first, ["     a (Microsoft.Storage/storageAccounts): Running"]);
        assert_eq!(printer.news(0, &[part("a", "Running")]), Vec::<String>::new());
        let second = printer.news(0, &[part("a", "Succeeded"), part("b", "Running")]);
        assert_eq!(second[0], "     a (Microsoft.Storage/storageAccounts): Succeeded, 1:04");
        assert_eq!(second[2], "     [#####...............] 1 of 4 resources");
        let zones = |endpoint: &str| Part {
            resource: format!(
                "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateEndpoints/{endpoint}/privateDnsZoneGroups/\
                 default"
            ),
            resource_type: "Microsoft.Network/privateEndpoints/privateDnsZoneGroups".to_owned(),
            ..part("default", "Running")
        };
        let told = printer.news(0, &[zones("pe-1"), zones("pe-2")]);
        assert_eq!(
            told,
            ["pe-1", "pe-2"].map(|of| format!(
                "     {of}/default (Microsoft.Network/privateEndpoints/privateDnsZoneGroups): Running"
            )),
            "no two lines are the same"
        );
    }
}
