//! A run of a plan that is watched. It goes on whether it is watched or not.

use jiff::{SignedDuration, Timestamp};

use super::list::ListCursor;
use crate::domain::plan::print::span;
use crate::domain::plan::{RunId, StepRun, Wait};

/// The screen of a run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Which run; none until the first record of the plan that was just confirmed is there.
    pub run: Option<RunId>,
    /// What the plan does, until the run is there.
    pub title: String,
    /// The step under the cursor.
    pub cursor: ListCursor,
    /// Whether somebody moved the cursor; until then it follows the run.
    pub moved: bool,
}

impl RunView {
    /// The screen of a plan that was just confirmed.
    #[must_use]
    pub fn awaited(title: &str) -> Self {
        Self { run: None, title: title.to_owned(), cursor: ListCursor::default(), moved: false }
    }

    /// The screen of a run.
    #[must_use]
    pub fn of(run: RunId, title: &str) -> Self {
        Self { run: Some(run), ..Self::awaited(title) }
    }
}

/// The clock of a step that waits: how long it has waited, and how much of the usual time is over, in thousandths.
#[must_use]
pub fn clock(step: &StepRun, wait: &Wait, now: Timestamp) -> Option<(SignedDuration, usize)> {
    let waited = now.duration_since(step.waiting?).max(SignedDuration::ZERO);
    let share = waited.as_secs() * 1000 / i64::from(step.usually(wait).max(1));
    Some((waited, usize::try_from(share.min(1000)).unwrap_or(0)))
}

/// How long the clock of a step runs, in words: as on Azure, and first of all how long here where time goes faster.
#[must_use]
pub fn clock_words(step: &StepRun, wait: &Wait) -> String {
    match step.waits_here {
        Some(seconds) => format!("{} here; on Azure usually {}", span(seconds), span(wait.typical)),
        None => format!("usually {}, at most {}", span(wait.typical), span(wait.at_most)),
    }
}

/// How long a step took, or has taken so far.
#[must_use]
pub fn took(step: &StepRun, now: Timestamp) -> Option<SignedDuration> {
    let now = step.ended.unwrap_or(now).duration_since(step.begun?).max(SignedDuration::ZERO);
    Some(step.earlier.saturating_add(now))
}

/// A time span as a clock shows it: `0:07`, `12:30`, `1:02:03`.
#[must_use]
pub fn stopwatch(span: SignedDuration) -> String {
    let seconds = span.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopwatch_shows_hours_only_where_there_are_some() {
        for (seconds, shown) in [(0, "0:00"), (67, "1:07"), (3723, "1:02:03")] {
            assert_eq!(stopwatch(SignedDuration::from_secs(seconds)), shown);
        }
    }
}
