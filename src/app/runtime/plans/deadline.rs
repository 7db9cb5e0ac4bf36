//! How long somebody waits for a deployment. It goes on in Azure whether anybody waits or not.

use std::time::Duration;

use crate::azure::arm::retry::Pace;
use crate::domain::plan::print::span;
use crate::domain::plan::{Deployment, Trouble};

/// How long somebody waits here for the end of a deployment that they cancelled, in seconds: Azure ends what it has
/// begun, which may take much longer, and nobody need watch that.
const AFTER_CANCEL: u32 = 45;

/// How long one deployment has been waited for, against how long it may take. It is counted in the waits that were meant:
/// tests and the demo go faster.
pub(super) struct Deadline {
    waited: Duration,
    typical: u32,
    at_most: u32,
    /// Whether it was cancelled: then the run is stopped in the end.
    cancelled: bool,
    told: bool,
}

/// How late a deployment is.
pub(super) enum Lateness {
    /// It is within what is usual.
    Within,
    /// It takes longer than usual, which is said once, in these words.
    Slow(String),
    /// Nobody waits any longer; why the step failed, or nothing where the deployment was cancelled.
    Exceeded(Option<Trouble>),
}

impl Deadline {
    pub(super) fn of(deployment: &Deployment) -> Self {
        Self {
            waited: Duration::ZERO,
            typical: deployment.typical,
            at_most: deployment.at_most,
            cancelled: false,
            told: false,
        }
    }

    /// The deadline of one that was just cancelled.
    pub(super) fn after_cancel() -> Self {
        Self {
            waited: Duration::ZERO,
            typical: AFTER_CANCEL,
            at_most: AFTER_CANCEL,
            cancelled: true,
            told: true,
        }
    }

    /// The same deadline, of one that was cancelled before: that it takes long is no failure then.
    pub(super) fn of_cancelled(self, cancelled: bool) -> Self {
        Self { cancelled: self.cancelled || cancelled, told: self.told || cancelled, ..self }
    }

    /// Takes in one more wait, as it is really waited.
    pub(super) fn after(&mut self, wait: Duration, pace: &Pace) -> Lateness {
        if self.waited >= Duration::from_secs(self.at_most.into()) {
            return Lateness::Exceeded((!self.cancelled).then(|| self.trouble()));
        }
        self.waited += if pace.scale > 0.0 { wait.div_f64(pace.scale) } else { pace.poll_max };
        let usual = Duration::from_secs(self.typical.into()).saturating_mul(2);
        if self.waited > usual && !std::mem::replace(&mut self.told, true) {
            let usual = span(self.typical);
            return Lateness::Slow(format!("takes longer than the usual {usual}; it can be cancelled"));
        }
        Lateness::Within
    }

    fn trouble(&self) -> Trouble {
        let words = format!(
            "after {} Azure is still at it, which usually takes {}. It goes on there: go on to watch it again, or cancel it",
            span(self.at_most),
            span(self.typical)
        );
        Trouble::found(words).passing().unknown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_longer_than_usual_is_told_once_and_given_up_in_the_end() {
        let deployment = Deployment { at_most: 295, ..Deployment::of_nothing(55) };
        let (mut deadline, pace) = (Deadline::of(&deployment), Pace::divided_by(1000.0));
        let mut seen = Vec::new();
        for _ in 0..12 {
            // 30 s, a thousand times as fast.
            seen.push(match deadline.after(Duration::from_millis(30), &pace) {
                Lateness::Within => '.',
                Lateness::Slow(words) => {
                    assert!(words.contains("usual 55 s"), "{words}");
                    't'
                }
                Lateness::Exceeded(trouble) => {
                    let trouble = trouble.unwrap();
                    assert!(trouble.unknown && trouble.words.contains("After 5 min"), "{trouble:?}");
                    'o'
                }
            });
        }
        assert_eq!(seen.iter().collect::<String>(), "...t......oo");
    }
}
