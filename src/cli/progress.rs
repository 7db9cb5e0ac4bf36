//! A run as lines on standard error, one for each news.

use super::exit::tell;
use crate::app::console::Clock;
use crate::app::run_view::{stopwatch, took};
use crate::app::runs::RunEvent;
use crate::domain::plan::print::span;
use crate::domain::plan::{Change, Part, Run, RunId};

/// The width of a bar.
const BAR: usize = 20;

/// Tells how a run gets on.
pub struct Teller {
    clock: Clock,
    run: Option<Run>,
    parts: Vec<Part>,
    status: String,
}

impl Teller {
    /// Nothing was told yet of this run, or of one that is to begin.
    #[must_use]
    pub fn of(run: Option<Run>, clock: Clock) -> Self {
        Self { clock, run, parts: Vec::new(), status: String::new() }
    }

    /// The run as it was told so far.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// Tells what happened.
    pub fn told(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Recorded { run, record } => {
                if let Some(begun) = Run::begin(record) {
                    tell(&format!("run {}: {}", begun.id, begun.plan.title));
                    self.run = Some(begun);
                } else if !self.tells_of(run) {
                    return;
                } else if let Some(run) = &mut self.run {
                    run.apply(record);
                }
                self.recorded(&record.change);
            }
            RunEvent::Progress { run, step, parts, status, .. } if self.tells_of(run) => {
                for line in self.news(*step, parts) {
                    tell(&line);
                }
                if let Some(status) =
                    status.as_ref().filter(|status| is_news(status) && **status != self.status)
                {
                    self.status.clone_from(status);
                    tell(&format!("     {status}"));
                }
            }
            RunEvent::Told { words } => tell(words),
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
        let mut lines: Vec<String> = new.iter().map(|part| self.line(part)).collect();
        let plan = self.run.as_ref().and_then(|run| run.plan.steps.get(step));
        if let Some(deployment) = plan.and_then(|step| step.deployment())
            && new.iter().any(|part| part.is_there())
        {
            let there = parts.iter().filter(|part| part.is_there()).count();
            let all = deployment.resources.max(parts.len()).max(1);
            let full = there * BAR / all;
            let bar = format!("{}{}", "#".repeat(full), ".".repeat(BAR - full));
            lines.push(format!("     [{bar}] {there} of {all} resources"));
        }
        if !parts.is_empty() {
            self.parts = parts.to_vec();
        }
        lines
    }

    fn line(&self, part: &Part) -> String {
        let elapsed = part.elapsed(self.clock.now()).map(|span| format!(", {}", stopwatch(span)));
        let why = if part.message.is_empty() { String::new() } else { format!(": {}", part.message) };
        let (kind, name, state) = (&part.resource_type, &part.name, &part.state);
        format!("     {kind} {name}: {state}{}{why}", elapsed.unwrap_or_default())
    }

    fn recorded(&mut self, change: &Change) {
        let Some(run) = &self.run else { return };
        let head = |step: &usize| {
            let title = run.plan.steps.get(*step).map_or("", |step| step.title.as_str());
            format!("[{}/{}] {title}", step + 1, run.plan.steps.len())
        };
        match change {
            Change::Step { step } => tell(&head(step)),
            Change::AlreadySo { step, why } => tell(&format!("{}: {why}", head(step))),
            Change::Waiting { step, .. } => {
                if let Some(wait) = run.plan.steps.get(*step).and_then(|step| step.wait.as_ref()) {
                    let (usual, longest) = (span(wait.typical), span(wait.at_most));
                    tell(&format!("     waits until {}: usually {usual}, at most {longest}", wait.reason));
                }
            }
            Change::StepDone { step } => {
                let took = run.steps.get(*step).and_then(|step| took(step, self.clock.now()));
                let took = took.map(|span| format!(" in {}", stopwatch(span))).unwrap_or_default();
                tell(&format!("{}: done{took}", head(step)));
                self.parts.clear();
                self.status.clear();
            }
            Change::StepFailed { step, trouble } => {
                tell(&format!("{}: failed: {}", head(step), trouble.words));
                if trouble.detail != trouble.words {
                    tell(&format!("     {}", trouble.detail));
                }
            }
            Change::Cancelled { step, .. } => tell(&format!("{}: cancelled", head(step))),
            _ => {}
        }
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
    use crate::azure::arm::request::Request;
    use crate::domain::plan::{Deployment, Kind, Plan, Record, Step};

    fn part(name: &str, state: &str) -> Part {
        let resource = format!("/x/{name}");
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
        let mut teller = Teller::of(None, Clock::Fixed(at));
        let mut plan = Plan::new(Kind::SetUp, "t", ArmId::subscription("s"));
        let operations = Request::get(&plan.subject, "v");
        let deployment = Deployment {
            operations,
            cancel: None,
            makes: Vec::new(),
            before: Vec::new(),
            resources: 4,
            typical: 1,
            at_most: 1,
        };
        plan.steps.push(Step::quiet("a", "Deploy", "It is there.").watched(deployment));
        let change =
            Change::Begun { run: RunId("1".into()), account: "a".into(), undoes: None, plan: Box::new(plan) };
        teller.told(&RunEvent::Recorded { run: RunId("1".into()), record: Box::new(Record { at, change }) });
        let first = teller.news(0, &[part("a", "Running")]);
        assert_eq!(first, ["     Microsoft.Storage/storageAccounts a: Running"]);
        assert_eq!(teller.news(0, &[part("a", "Running")]), Vec::<String>::new());
        let second = teller.news(0, &[part("a", "Succeeded"), part("b", "Running")]);
        assert_eq!(second[0], "     Microsoft.Storage/storageAccounts a: Succeeded, 1:04");
        assert_eq!(second[2], "     [#####...............] 1 of 4 resources");
    }
}
