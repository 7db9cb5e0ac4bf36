//! How long somebody waits for a deployment. It goes on in Azure whether anybody waits or not.

use std::time::Duration;

use crate::azure::arm::retry::Pace;
use crate::domain::plan::print::span;
use crate::domain::plan::{Deployment, Trouble};

/// How long a deployment may take to end that was cancelled, in seconds.
const AFTER_CANCEL: u32 = 600;

/// What is left of the patience with a deployment. It is counted in the waits that were meant: tests and the demo go
/// faster.
pub(super) struct Patience {
    waited: Duration,
    typical: u32,
    at_most: u32,
    /// Whether it was cancelled: then the run is stopped in the end.
    cancelled: bool,
    told: bool,
}

/// How it wears.
pub(super) enum Wearing {
    /// It is within what is usual.
    Fine,
    /// It takes longer than usual, which is said once, in these words.
    Thin(String),
    /// Nobody waits any longer; why the step failed, or nothing where the deployment was cancelled.
    Over(Option<Trouble>),
}

impl Patience {
    pub(super) fn of(deployment: &Deployment) -> Self {
        Self {
            waited: Duration::ZERO,
            typical: deployment.typical,
            at_most: deployment.at_most,
            cancelled: false,
            told: false,
        }
    }

    /// The patience with one that was cancelled.
    pub(super) fn after_cancel() -> Self {
        Self {
            waited: Duration::ZERO,
            typical: AFTER_CANCEL,
            at_most: AFTER_CANCEL,
            cancelled: true,
            told: true,
        }
    }

    /// Takes in one more wait, as it is really waited.
    pub(super) fn waits(&mut self, wait: Duration, pace: &Pace) -> Wearing {
        if self.waited >= Duration::from_secs(self.at_most.into()) {
            return Wearing::Over((!self.cancelled).then(|| self.trouble()));
        }
        self.waited += if pace.scale > 0.0 { wait.div_f64(pace.scale) } else { pace.poll_max };
        let usual = Duration::from_secs(self.typical.into()).saturating_mul(2);
        if self.waited > usual && !std::mem::replace(&mut self.told, true) {
            let usual = span(self.typical);
            return Wearing::Thin(format!("takes longer than the usual {usual}; it can be cancelled"));
        }
        Wearing::Fine
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
    use crate::azure::arm::id::ArmId;
    use crate::azure::arm::request::Request;

    #[test]
    fn patience_wears_thin_once_and_then_out() {
        let operations = Request::get(&ArmId::subscription("s"), "v");
        let deployment = Deployment {
            operations,
            cancel: None,
            makes: Vec::new(),
            before: Vec::new(),
            resources: 0,
            typical: 55,
            at_most: 295,
        };
        let (mut patience, pace) = (Patience::of(&deployment), Pace::divided_by(1000.0));
        let mut seen = Vec::new();
        for _ in 0..12 {
            // 30 s, a thousand times as fast.
            seen.push(match patience.waits(Duration::from_millis(30), &pace) {
                Wearing::Fine => '.',
                Wearing::Thin(words) => {
                    assert!(words.contains("usual 55 s"), "{words}");
                    't'
                }
                Wearing::Over(trouble) => {
                    let trouble = trouble.unwrap();
                    assert!(trouble.unknown && trouble.words.contains("After 5 min"), "{trouble:?}");
                    'o'
                }
            });
        }
        assert_eq!(seen.iter().collect::<String>(), "...t......oo");
    }
}
