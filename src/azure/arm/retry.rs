//! When a request is sent again, and how long before: decided without I/O.

use std::time::Duration;

/// The longest wait between two polls that a service is followed in.
const LONGEST_POLL: Duration = Duration::from_secs(60);

/// How fast the client goes. Tests and the demo need not wait as one has to on Azure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// The first wait before a repetition; it doubles with each.
    pub backoff: Duration,
    /// The longest of those waits.
    pub backoff_max: Duration,
    /// How often a request is sent at most when answers fail.
    pub attempts: u32,
    /// How long one request may be held back in all before it is given up.
    pub longest_hold: Duration,
    /// The first wait between polls of an operation that names none.
    pub poll: Duration,
    /// The longest of those waits.
    pub poll_max: Duration,
    /// How many polls in a row may fail before an operation is given up.
    pub poll_failures: u32,
    /// What all waits are multiplied with: 1 on Azure, 0 in tests.
    pub scale: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            backoff: Duration::from_millis(500),
            backoff_max: Duration::from_secs(15),
            attempts: 4,
            longest_hold: Duration::from_secs(120),
            poll: Duration::from_secs(2),
            poll_max: Duration::from_secs(15),
            poll_failures: 5,
            scale: 1.0,
        }
    }
}

impl Pace {
    /// The pace that decides the same and waits for nothing.
    #[must_use]
    pub fn instant() -> Self {
        Self { scale: 0.0, ..Self::default() }
    }

    /// A pace with all waits divided, for an emulator that runs faster than Azure. At most 1,000,000.
    #[must_use]
    pub fn divided_by(speed: f64) -> Self {
        Self { scale: 1.0 / speed.clamp(1.0, 1_000_000.0), ..Self::default() }
    }

    /// A wait as it is really waited.
    #[must_use]
    pub fn scaled(&self, wait: Duration) -> Duration {
        wait.mul_f64(self.scale.clamp(0.0, 1.0))
    }

    /// What a wait that was really waited stands for: where time goes faster than on Azure it stands for more.
    #[must_use]
    pub fn meant(&self, waited: Duration) -> Duration {
        if self.is_faster() { waited.div_f64(self.scale) } else { waited }
    }

    /// Whether time goes faster than on Azure, and still goes.
    #[must_use]
    pub fn is_faster(&self) -> bool {
        self.scale > 0.0 && self.scale < 1.0
    }

    /// Waits, scaled; gives way to others at least once.
    pub async fn sleep(&self, wait: Duration) {
        let wait = self.scaled(wait);
        if wait.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(wait).await;
        }
    }

    /// The wait before attempt `attempt + 1`: exponential, and between half and the whole of that, so that
    /// many clients do not come back together. `jitter` is in 0..1.
    #[must_use]
    pub fn backoff(&self, attempt: u32, jitter: f64) -> Duration {
        let factor = 2u32.saturating_pow(attempt.saturating_sub(1).min(16));
        let whole = self.backoff.saturating_mul(factor).min(self.backoff_max);
        whole.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0)
    }

    /// The wait before poll number `polls + 1` of an operation that names none.
    #[must_use]
    pub fn poll(&self, polls: u32) -> Duration {
        let factor = 1.5f64.powi(i32::try_from(polls.min(20)).unwrap_or(20));
        self.poll.mul_f64(factor).min(self.poll_max)
    }

    /// The wait before the next poll of an operation that names one. "At once" or a date in the past would be a flood of
    /// requests, and a day would be deaf to what becomes of it: the wish is kept between an eighth of the first wait of
    /// an operation that names none, and a minute.
    #[must_use]
    pub fn poll_asked(&self, wait: Duration) -> Duration {
        wait.max(self.poll / 8).min(LONGEST_POLL)
    }
}

/// What went wrong with an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The service asked to come back later and has done nothing.
    Hold {
        /// The wait it named.
        wait: Option<Duration>,
    },
    /// An error status.
    Status {
        /// The status.
        status: u16,
        /// The wait it named.
        wait: Option<Duration>,
    },
    /// It could not be put together: nothing was sent.
    Unsent,
    /// No connection came up: nothing was sent.
    NotConnected,
    /// The connection broke, or the body was cut off.
    Broken,
    /// No answer in time.
    Late,
    /// The answer is larger than what is taken in.
    TooLarge,
}

impl Fault {
    /// Whether the service may have carried the request out all the same: no whole answer came back to something that
    /// was sent, or the service broke down over it.
    #[must_use]
    pub fn may_have_arrived(self) -> bool {
        match self {
            Self::Hold { .. } | Self::Unsent | Self::NotConnected => false,
            Self::Status { status, .. } => status >= 500 || status == 408,
            Self::Broken | Self::Late | Self::TooLarge => true,
        }
    }
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Send it again after this wait.
    Again(Duration),
    /// Give the error to the caller.
    GiveUp,
    /// The wait is longer than is sensible; tell the caller.
    TooLong(Duration),
}

/// Decides. `attempt` is the number of the attempt that failed, from 1; `held` what was waited so far on
/// the service's wish; `repeatable` whether sending twice does no harm.
#[must_use]
pub fn judge(
    pace: &Pace,
    fault: Fault,
    repeatable: bool,
    attempt: u32,
    held: Duration,
    jitter: f64,
) -> Verdict {
    let backoff = pace.backoff(attempt, jitter);
    let (may, attempts, wait) = match fault {
        Fault::Hold { wait } => {
            let wait = wait.unwrap_or_default().max(backoff);
            return if held.saturating_add(wait) > pace.longest_hold {
                Verdict::TooLong(wait)
            } else {
                Verdict::Again(wait)
            };
        }
        Fault::Status { status: 408 | 500 | 502 | 503 | 504, wait } => {
            (repeatable, pace.attempts, wait.unwrap_or_default().max(backoff))
        }
        Fault::Status { .. } | Fault::Unsent | Fault::TooLarge => (false, 0, backoff),
        Fault::NotConnected => (true, pace.attempts.min(3), backoff),
        Fault::Broken => (repeatable, pace.attempts, backoff),
        Fault::Late => (repeatable, pace.attempts.min(2), backoff),
    };
    if !may || attempt >= attempts {
        Verdict::GiveUp
    } else if held.saturating_add(wait) > pace.longest_hold {
        Verdict::TooLong(wait)
    } else {
        Verdict::Again(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(fault: Fault, repeatable: bool, attempt: u32) -> Verdict {
        judge(&Pace::default(), fault, repeatable, attempt, Duration::ZERO, 1.0)
    }

    #[test]
    fn only_what_does_no_harm_twice_is_sent_twice() {
        for fault in [Fault::Status { status: 503, wait: None }, Fault::Broken, Fault::Late] {
            assert_eq!(verdict(fault, true, 1), Verdict::Again(Duration::from_millis(500)), "{fault:?}");
            assert_eq!(verdict(fault, false, 1), Verdict::GiveUp, "{fault:?}");
        }
        for fault in [Fault::Hold { wait: None }, Fault::NotConnected] {
            assert_eq!(
                verdict(fault, false, 1),
                Verdict::Again(Duration::from_millis(500)),
                "nothing was done: {fault:?}"
            );
        }
        for fault in [Fault::Unsent, Fault::TooLarge] {
            assert_eq!(verdict(fault, true, 1), Verdict::GiveUp, "it would be the same again: {fault:?}");
        }
        for status in [400, 401, 403, 404, 409, 501] {
            assert_eq!(verdict(Fault::Status { status, wait: None }, true, 1), Verdict::GiveUp, "{status}");
        }
    }

    #[test]
    fn what_was_sent_and_had_no_whole_answer_may_have_arrived() {
        let status = |status| Fault::Status { status, wait: None };
        let may = [status(500), status(504), status(408), Fault::Broken, Fault::Late, Fault::TooLarge];
        let not = [status(403), status(409), Fault::Hold { wait: None }, Fault::Unsent, Fault::NotConnected];
        assert!(may.into_iter().all(Fault::may_have_arrived));
        assert!(!not.into_iter().any(Fault::may_have_arrived));
    }

    #[test]
    fn waits_double_and_end() {
        let fault = Fault::Status { status: 500, wait: None };
        let waits: Vec<_> = (1..=4).map(|attempt| verdict(fault, true, attempt)).collect();
        let again = |millis| Verdict::Again(Duration::from_millis(millis));
        assert_eq!(waits, [again(500), again(1000), again(2000), Verdict::GiveUp]);
        assert_eq!(Pace::default().backoff(30, 1.0), Duration::from_secs(15));
        assert_eq!(Pace::default().backoff(1, 0.0), Duration::from_millis(250), "jitter takes up to a half");
    }

    #[test]
    fn the_wish_of_the_service_counts_up_to_a_limit() {
        let hold = |secs| Fault::Hold { wait: Some(Duration::from_secs(secs)) };
        assert_eq!(verdict(hold(30), false, 9), Verdict::Again(Duration::from_secs(30)));
        assert_eq!(verdict(hold(324), true, 1), Verdict::TooLong(Duration::from_secs(324)));
        let late = judge(&Pace::default(), hold(30), true, 5, Duration::from_secs(100), 1.0);
        assert_eq!(late, Verdict::TooLong(Duration::from_secs(30)), "the waits of one request add up");
        let endless = judge(&Pace::default(), hold(u64::MAX), true, 1, Duration::from_secs(100), 1.0);
        assert_eq!(endless, Verdict::TooLong(Duration::from_secs(u64::MAX)));
        let unavailable = Fault::Status { status: 503, wait: Some(Duration::from_secs(7)) };
        assert_eq!(verdict(unavailable, true, 1), Verdict::Again(Duration::from_secs(7)));
    }

    #[test]
    fn an_instant_pace_decides_the_same_and_waits_for_nothing() {
        assert_eq!(Pace::instant().backoff(1, 1.0), Duration::from_millis(500));
        assert_eq!(Pace::instant().scaled(Duration::from_secs(60)), Duration::ZERO);
        assert_eq!(Pace::divided_by(100.0).scaled(Duration::from_secs(60)), Duration::from_millis(600));
    }

    #[test]
    fn polls_slow_down() {
        let pace = Pace::default();
        assert_eq!(pace.poll(0), Duration::from_secs(2));
        assert_eq!(pace.poll(2), Duration::from_millis(4500));
        assert_eq!(pace.poll(50), Duration::from_secs(15));
    }

    #[test]
    fn what_a_service_asks_for_between_polls_has_bounds() {
        let asked = |millis| Pace::default().poll_asked(Duration::from_millis(millis)).as_millis();
        assert_eq!([0, 1_000, 30_000, 86_400_000].map(asked), [250, 1_000, 30_000, 60_000]);
        let fast = Pace::divided_by(1000.0);
        assert_eq!(
            fast.scaled(fast.poll_asked(Duration::ZERO)),
            Duration::from_micros(250),
            "fast stays fast"
        );
    }
}
