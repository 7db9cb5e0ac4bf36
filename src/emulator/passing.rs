//! The time by which operations and deployments come to their end: the machine's, unless somebody holds it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::server::lock;

/// What tells how late it is.
#[derive(Debug, Default)]
pub(super) struct Passing(Mutex<Hands>);

#[derive(Debug, Default)]
struct Hands {
    /// Where they stand, while they are held.
    held: Option<Instant>,
    /// What it was already: it never gets earlier.
    least: Option<Instant>,
}

impl Passing {
    /// The time now.
    pub(super) fn now(&self) -> Instant {
        let hands = lock(&self.0);
        let now = hands.held.unwrap_or_else(Instant::now);
        hands.least.map_or(now, |least| least.max(now))
    }

    /// Stops it.
    pub(super) fn hold(&self) {
        let now = self.now();
        lock(&self.0).held = Some(now);
    }

    /// Sets it forward.
    pub(super) fn pass(&self, span: Duration) {
        let later = self.now() + span;
        let mut hands = lock(&self.0);
        hands.least = Some(later);
        if hands.held.is_some() {
            hands.held = Some(later);
        }
    }

    /// It is the machine's again.
    pub(super) fn go_on(&self) {
        lock(&self.0).held = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_while_it_is_held_and_never_gets_earlier() {
        let passing = Passing::default();
        passing.hold();
        let held = passing.now();
        assert_eq!(passing.now(), held);
        let hour = Duration::from_secs(3600);
        passing.pass(hour);
        assert_eq!(passing.now(), held + hour);
        passing.go_on();
        assert_eq!(passing.now(), held + hour, "the machine is not there yet");
    }
}
