//! One step: what is read before, the requests, the clock, what is read back.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Execution, Halt, Orders, wanted};
use crate::app::runs::RunEvent;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::domain::plan::{
    Change, Check, Deed, Kind, Outcome, Run, RunId, Step, StepState, Trouble, Verdict, Wait, print,
};

/// How often something is read back before it is believed not to be so: what was just written may take some seconds
/// to be read everywhere.
const READ_BACK: u32 = 6;

/// Reads what a check wants, and what it wants besides, up to the first that does not hold.
pub(super) async fn holds(client: &Client, check: &Check) -> Result<Verdict, Error> {
    let mut verdict = holds_itself(client, check).await?;
    for other in &check.and {
        if !verdict.holds {
            break;
        }
        verdict = holds_itself(client, other).await?;
    }
    Ok(verdict)
}

/// Reads what a check itself wants; an answer that it is not there is an answer.
pub(super) async fn holds_itself(client: &Client, check: &Check) -> Result<Verdict, Error> {
    let answer = if check.expect.reads_list() {
        client.list::<Value>(&check.read).await.map(|items| json!({ "value": items }))
    } else {
        client.value(&check.read).await
    };
    match answer {
        Ok(answer) => Ok(check.judge(Some(&answer))),
        Err(error) if error.is_not_found() => Ok(check.judge(None)),
        Err(error) => Err(error),
    }
}

/// What says that a step is so already, with what its requests need filled in; none where that cannot be read yet.
pub(super) async fn already(client: &Client, step: &Step) -> Option<Check> {
    let mut check = step.already.clone()?;
    for (_, fill) in (0..step.requests.len()).flat_map(|request| step.unfilled(request)) {
        let answer = client.value(&fill.read).await.ok()?;
        check = check.filled(&fill.placeholder(), fill.found(&answer)?);
    }
    Some(check)
}

impl Execution<'_> {
    pub(super) async fn step(&mut self, at: usize) -> Result<(), Halt> {
        // What was sent before is looked after first: a deployment that goes on can be cancelled.
        if self.run.steps[at].open.is_none() {
            self.stop_if_wanted()?;
        }
        self.record(Change::Step { step: at })?;
        let step = self.run.plan.steps[at].clone();
        self.resolve(at, &step).await?;
        let answered = self.run.steps[at].answered;
        let progress = &self.run.steps[at];
        let untouched = answered == 0 && !progress.changed && progress.open.is_none();
        if untouched && let Some(why) = self.is_already(&step).await? {
            if let Some(wait) =
                step.wait.as_ref().filter(|wait| wait.after.is_empty() && wait.until.is_none())
                && let Some(since) = self.changed_before(std::slice::from_ref(&step), wait).await
                && !self.run.steps[at].wait_cut
            {
                self.clock(at, wait, since).await?;
            }
            return Ok(self.record(Change::AlreadySo { step: at, why })?);
        }
        for request in answered..step.requests.len() {
            self.stop_if_wanted()?;
            self.wait_for_roles(at, &step).await?;
            self.guard_change(at, &step, request).await?;
            self.fill(at, request).await?;
            if let Some(begins) = self.run.plan.steps[at].overdue(request, self.runner.clock.now()) {
                self.record(Change::Renewed { step: at, request, begins })?;
            }
            let step = self.run.plan.steps[at].clone();
            self.send(at, &step, request).await?;
        }
        let unchanged = !step.requests.is_empty() && !self.run.steps[at].changed;
        let waited = match &step.wait {
            Some(wait) if !unchanged => self.wait(at, wait).await?,
            _ => false,
        };
        if let Some(check) = &step.verify
            && (!unchanged || self.run.steps[at].spared.is_empty())
        {
            self.verify(at, check).await?;
        }
        let spared = &self.run.steps[at].spared;
        let why = if unchanged && !spared.is_empty() {
            spared.join(" ")
        } else if unchanged {
            "Azure says that it is so".to_owned()
        } else if step.requests.is_empty() && step.verify.is_none() && !waited {
            "nothing was changed that has to be waited for".to_owned()
        } else {
            return Ok(self.record(Change::StepDone { step: at })?);
        };
        Ok(self.record(Change::AlreadySo { step: at, why })?)
    }

    /// Reads what a request needs and nobody knew when the plan was made.
    async fn fill(&mut self, at: usize, request: usize) -> Result<(), Halt> {
        let open: Vec<_> =
            self.run.plan.steps[at].unfilled(request).map(|(fill, wanted)| (fill, wanted.clone())).collect();
        for (fill, wanted) in open {
            let mut tries = 0;
            let text = loop {
                // What was just made may take some seconds to be read everywhere.
                let why = match self.client.value(&wanted.read).await {
                    Ok(answer) => match wanted.found(&answer) {
                        Some(text) => break text.to_owned(),
                        None => format!("{} does not say it", wanted.read.path),
                    },
                    Err(error) if error.is_not_found() => format!("{} is not there", wanted.read.path),
                    Err(error) => return Err(Halt::unread(&error)),
                };
                tries += 1;
                if tries >= READ_BACK {
                    let words = format!("the {} is not known: {why}; nothing was sent", wanted.words);
                    return Err(Halt::failed(Trouble::found(words).passing()));
                }
                self.pause(self.client.pace().poll(tries)).await?;
            };
            self.record(Change::Filled { step: at, fill, text })?;
        }
        Ok(())
    }

    /// How it is known that a step is so already; none where it is not.
    async fn is_already(&mut self, step: &Step) -> Result<Option<String>, Halt> {
        let Some(check) = already(&self.client, step).await else { return Ok(None) };
        match holds(&self.client, &check).await {
            Ok(verdict) if verdict.holds => Ok(Some(check.words.clone())),
            Ok(_) => Ok(None),
            // Who may write without reading learns from the write itself.
            Err(error) if error.is_forbidden() => Ok(None),
            Err(error) => Err(Halt::unread(&error)),
        }
    }

    /// When another run from here did last what these steps do, where that is so short ago that it has to be waited for: it
    /// may have been cut off in its own wait. A journal that cannot be read tells nothing.
    async fn changed_before(&mut self, steps: &[Step], wait: &Wait) -> Option<Timestamp> {
        let (listed, _) = self.runner.list().await.ok()?;
        let others = listed.iter().map(|listed| &listed.run).filter(|run| run.id != self.run.id);
        let last = others.filter_map(|run| run.last_did(steps)).max()?;
        (self.waited_since(last) < Duration::from_secs(u64::from(wait.typical))).then_some(last)
    }

    /// Reads before the first request that changes something that all is as the plan took it for. What the run itself may
    /// have changed is not somebody else's doing.
    pub(super) async fn guard_change(&mut self, at: usize, step: &Step, request: usize) -> Result<(), Halt> {
        let first = step.requests.iter().position(|one| !one.only_reads()).unwrap_or_default();
        // A group that is not empty stays; nothing stops for it.
        if step.empties().is_some() {
            return Ok(());
        }
        if request == first && !self.run.steps[at].touched() { self.guard(step).await } else { Ok(()) }
    }

    /// The last other run from here that may have changed what stands at a path since the plan took it for so: what is taken
    /// back, since that began. None where it is not as that run left it: then somebody else was there behind it.
    async fn changed_since(&mut self, path: &str) -> Option<RunId> {
        let (listed, _) = self.runner.list().await.ok()?;
        let runs = || listed.iter().map(|listed| &listed.run);
        let undone = runs().find(|run| self.run.undoes.as_ref() == Some(&run.id));
        let since = undone.unwrap_or(&self.run).begun;
        let did = |run: &Run| {
            let steps = run.plan.steps.iter().zip(&run.steps).filter(|(_, became)| became.touched());
            let mut sent = steps.flat_map(|(step, _)| &step.requests).filter(|request| !request.only_reads());
            (run.last > since || self.run.undoes.as_ref() == Some(&run.id))
                && sent.any(|request| request.path.eq_ignore_ascii_case(path))
        };
        let others = runs().filter(|run| run.id != self.run.id && did(run));
        let last = others.max_by_key(|run| run.last)?;
        let left = last.left_at(path);
        if let Some(left) = left
            && holds_itself(&self.client, left).await.is_ok_and(|verdict| !verdict.holds)
        {
            return None;
        }
        Some(last.id.clone())
    }

    async fn guard(&mut self, step: &Step) -> Result<(), Halt> {
        // Each by itself, so that what is told is about the one that does not hold.
        for check in step.guard.iter().flat_map(Check::each) {
            let verdict = holds_itself(&self.client, check).await.map_err(|error| Halt::unread(&error))?;
            if !verdict.holds {
                let then = match self.run.plan.kind {
                    Kind::Undo => "go on once that is so again, or leave it as it is",
                    _ => "make the plan anew, or go on once that is so again",
                };
                let by = match self.changed_since(&check.read.path).await {
                    // What Azure is at, it may have been at before.
                    _ if verdict.found.starts_with("provisioningState") => String::new(),
                    Some(run) => format!(" as the plan took it for, run {run}, from here, changed it"),
                    None => " as the plan took it for, perhaps changed meanwhile by somebody else".to_owned(),
                };
                return Err(Halt::failed(Trouble::found(format!(
                    "this is not so{by}: the plan wants that {}, but {}. Nothing was sent; {then}",
                    check.words, verdict.found
                ))));
            }
        }
        Ok(())
    }

    /// Reads until it is so, or has been read often enough that it is believed not to be so. The inner error is that of
    /// reading.
    pub(super) async fn read_until_so(&mut self, check: &Check) -> Result<Result<Verdict, Error>, Halt> {
        let mut tries = 0;
        loop {
            let read = holds(&self.client, check).await;
            tries += 1;
            match &read {
                Ok(verdict) if !verdict.holds && !verdict.never && tries < READ_BACK => {
                    self.pause(self.client.pace().poll(tries)).await?;
                }
                _ => return Ok(read),
            }
        }
    }

    async fn verify(&mut self, at: usize, check: &Check) -> Result<(), Halt> {
        self.verify_as(at, check, None).await
    }

    /// The same; `gone` tells what it means when it is not so of a step that is over.
    async fn verify_as(&mut self, at: usize, check: &Check, gone: Option<&str>) -> Result<(), Halt> {
        let verdict = match self.read_until_so(check).await? {
            Ok(verdict) => verdict,
            Err(error) if error.is_forbidden() => {
                let found = format!("it cannot be read back: {}", error.plain());
                return Ok(self.record(Change::Verified {
                    step: at,
                    verdict: Verdict { holds: false, never: false, found },
                })?);
            }
            Err(error) => {
                let words = format!(
                    "Azure took it, and it could not be read back that {}: {}. Going on reads it again",
                    check.words,
                    error.plain()
                );
                return Err(Halt::failed(Trouble::found(words).passing()));
            }
        };
        let holds = verdict.holds;
        let touched = self.run.steps[at].touched();
        let said = if touched { "it was sent and Azure took it" } else { "Azure says that it is so already" };
        let said = gone.map_or_else(|| format!("{said}, but reading it back finds otherwise"), str::to_owned);
        let words = format!("{said}. Wanted is that {}; found: {}", check.words, verdict.found);
        self.record(Change::Verified { step: at, verdict })?;
        if holds { Ok(()) } else { Err(Halt::failed(Trouble::found(words).passing())) }
    }

    /// Waits for the clock of a step, and reads back again what it was started for. False when there was nothing to
    /// wait for.
    async fn wait(&mut self, at: usize, wait: &Wait) -> Result<bool, Halt> {
        let mut since = self.last_change(&wait.after).max(wait.since);
        if since.is_none() && !wait.after.is_empty() {
            let steps = self.run.plan.steps.iter().zip(&self.run.steps);
            let so = steps.filter(|(step, progress)| {
                wait.after.contains(&step.id) && matches!(progress.state, StepState::AlreadySo(_))
            });
            let so: Vec<Step> = so.map(|(step, _)| step.clone()).collect();
            since = self.changed_before(&so, wait).await;
        }
        let since = match since {
            Some(since) => since,
            None if wait.after.is_empty() => {
                self.run.steps[at].waiting.unwrap_or_else(|| self.runner.clock.now())
            }
            None => return Ok(false),
        };
        if !self.run.steps[at].wait_cut {
            self.clock(at, wait, since).await?;
        }
        for (given, step) in self.run.plan.steps.clone().iter().enumerate() {
            let changed = self.last_change(std::slice::from_ref(&step.id)).is_some();
            if changed
                && wait.after.contains(&step.id)
                && let Some(check) = &step.verify
            {
                let gone = "it was so when it was done, and somebody took it back since. Going on does that again and waits \
                            anew; else undo this run, or leave it as it is";
                self.verify_as(given, check, Some(gone)).await?;
            }
        }
        Ok(true)
    }

    /// Whoever did not wait for roles can switch a workspace back while its account takes keys. Before it refuses them, the
    /// clocks that were cut run to their end.
    async fn wait_for_roles(&mut self, at: usize, step: &Step) -> Result<(), Halt> {
        if !Deed::KeysOff.is_in(&step.requests) {
            return Ok(());
        }
        let steps = self.run.plan.steps.iter().zip(&self.run.steps).take(at);
        let cut = steps.filter(|(_, became)| became.wait_cut);
        let cut: Vec<(Wait, Timestamp)> =
            cut.filter_map(|(plan, became)| plan.wait.clone().zip(became.waiting)).collect();
        for (wait, since) in cut {
            let rest = Duration::from_secs(u64::from(wait.typical)).saturating_sub(self.waited_since(since));
            if rest.is_zero() {
                continue;
            }
            let pace = *self.client.pace();
            let here = if pace.is_faster() { pace.scaled(rest) } else { rest };
            let more = print::span(whole_seconds(here));
            let words = format!("waits until {}, which was not waited for before: {more} more", wait.reason);
            self.tell(at, Some(words));
            self.pause(rest).await?;
        }
        self.tell(at, None);
        Ok(())
    }

    /// How long was waited since then, as the plan means it: where time goes faster than on Azure it is more than a clock
    /// shows.
    fn waited_since(&self, since: Timestamp) -> Duration {
        let real = self.runner.clock.now().duration_since(since);
        self.client.pace().meant(Duration::try_from(real).unwrap_or_default())
    }

    async fn clock(&mut self, at: usize, wait: &Wait, since: Timestamp) -> Result<(), Halt> {
        let pace = *self.client.pace();
        let here = || whole_seconds(pace.scaled(Duration::from_secs(u64::from(wait.typical))));
        let seconds = pace.is_faster().then(here);
        self.record(Change::Waiting { step: at, since, seconds })?;
        let limit = if wait.until.is_some() { wait.at_most } else { wait.typical };
        let limit = Duration::from_secs(u64::from(limit));
        // Counted in the waits that were meant, not in those that were slept: tests and the demo go faster.
        let mut waited = self.waited_since(since);
        let mut polls = 0;
        loop {
            if let Some(check) = &wait.until {
                match holds(&self.client, check).await {
                    Ok(verdict) if verdict.holds => return Ok(()),
                    Ok(verdict) if verdict.never => {
                        let words = format!("it will not come to it that {}: {}", check.words, verdict.found);
                        return Err(Halt::failed(Trouble::found(words)));
                    }
                    Ok(verdict) => self.tell(at, Some(verdict.found)),
                    // What was asked for goes its way meanwhile.
                    Err(error) if error.is_passing() || error.is_sign_in() => {
                        self.tell(at, Some(error.plain()));
                    }
                    Err(error) => {
                        return Err(Halt::failed(
                            Trouble { unknown: false, ..Trouble::of(&error) }.passing(),
                        ));
                    }
                }
            }
            if waited >= limit {
                let Some(check) = &wait.until else { return Ok(()) };
                let words = format!(
                    "after {} it is still not so that {}; go on to look again",
                    print::span(wait.at_most),
                    check.words
                );
                return Err(Halt::failed(Trouble::found(words).passing()));
            }
            let pause = match &wait.until {
                Some(_) => pace.poll(polls).min(limit.saturating_sub(waited)),
                None => limit.saturating_sub(waited),
            };
            polls += 1;
            let ordered = |orders: &Orders| orders.stop || orders.cut == Some(at);
            tokio::select! {
                () = pace.sleep(pause) => waited += pause,
                () = wanted(self.orders.clone(), ordered) => {
                    self.stop_if_wanted()?;
                    return Ok(self.record(Change::WaitCut { step: at })?);
                }
            }
        }
    }

    pub(super) fn tell(&mut self, step: usize, status: Option<String>) {
        let run = self.run.id.clone();
        (self.emit)(RunEvent::Progress { run, step, status, percent: None, parts: Vec::new() });
    }

    pub(super) fn answered(&mut self, at: usize, request: usize, outcome: Outcome) -> Result<(), Halt> {
        Ok(self.record(Change::Answered { step: at, request, outcome })?)
    }
}

/// A time in seconds, one at least.
fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_secs() + u64::from(time.subsec_nanos() > 0)).unwrap_or(u32::MAX).max(1)
}
