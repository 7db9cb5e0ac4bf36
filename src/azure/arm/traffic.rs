//! How many requests are under way, who yields to whom, and what the services say is left.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use tokio::sync::{Semaphore, SemaphorePermit, watch};

use super::request::{Priority, Service};
use super::response::header;
use super::retry::Pace;
use super::throttle::clock;

/// Below this, background requests leave the rest to those whom somebody waits for. The bucket of one
/// subscription holds 250 reads and gets 25 a second (Microsoft's documentation of ARM limits).
const LOW: u32 = 25;
/// How long a low bucket is left alone; it holds 25 more then.
const REST: Duration = Duration::from_secs(1);
/// A longer rest than this is shown: somebody may wonder why nothing happens.
const SHOWN: Duration = Duration::from_secs(1);

/// A wait that a service asked for, for a countdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttle {
    /// When the request is sent again.
    pub until: Timestamp,
    /// Which service asked.
    pub service: Service,
    /// Why, in a few words.
    pub reason: String,
}

/// What is going on, as a value to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests on the wire.
    pub in_flight: usize,
    /// Foreground requests that wait for their turn.
    pub waiting: usize,
    /// The wait that ends last, if any.
    pub throttle: Option<Throttle>,
    /// The lowest number of remaining requests that the last answer named.
    pub remaining: Option<u32>,
    /// Every attempt sent since the start.
    pub requests_sent: u64,
}

struct Quota {
    remaining: u32,
    at: Instant,
    resets: Option<Duration>,
}

/// The gate through which every attempt goes.
pub(super) struct Gate {
    permits: Semaphore,
    background: Semaphore,
    state: watch::Sender<Traffic>,
    holds: Mutex<(u64, BTreeMap<u64, Throttle>)>,
    quotas: Mutex<HashMap<String, Quota>>,
}

impl Gate {
    /// A gate for at most `limit` requests at once, of which background work gets at most half.
    pub(super) fn new(limit: usize) -> Self {
        let limit = limit.clamp(1, 1000);
        Self {
            permits: Semaphore::new(limit),
            background: Semaphore::new((limit / 2).max(1)),
            state: watch::Sender::new(Traffic::default()),
            holds: Mutex::default(),
            quotas: Mutex::default(),
        }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Traffic> {
        self.state.subscribe()
    }

    pub(super) fn now(&self) -> Traffic {
        self.state.borrow().clone()
    }

    /// Waits for a turn. The pass gives it back when it is dropped, so cancelling costs nothing.
    pub(super) async fn enter(
        &self,
        priority: Priority,
        service: Service,
        quota: &str,
        pace: &Pace,
    ) -> Pass<'_> {
        let background = match priority {
            Priority::Foreground => {
                self.leave_alone(service, quota, 0, pace).await;
                None
            }
            Priority::Background => {
                let permit = self.background.acquire().await.ok();
                self.yield_to_others().await;
                self.leave_alone(service, quota, LOW, pace).await;
                permit
            }
        };
        let waiting = (priority == Priority::Foreground).then(|| Waiting::new(&self.state));
        // The semaphores are never closed, so the permit is always there.
        let permit = self.permits.acquire().await.ok();
        drop(waiting);
        self.state.send_modify(|traffic| {
            traffic.in_flight += 1;
            traffic.requests_sent += 1;
        });
        Pass { gate: self, _permit: permit, _background: background }
    }

    /// Background work stays behind while a service asked for a rest or somebody else waits for a turn.
    async fn yield_to_others(&self) {
        let mut changes = self.state.subscribe();
        let free = |traffic: &Traffic| traffic.throttle.is_none() && traffic.waiting == 0;
        // The sender lives in this gate, so this ends only when the gate is free.
        let _ = changes.wait_for(free).await;
    }

    /// Waits while a quota should be left alone, with a countdown when that takes long.
    async fn leave_alone(&self, service: Service, quota: &str, spare: u32, pace: &Pace) {
        // Whoever names a longer time is asked all the same, and may then say so himself.
        let Some(wait) = self.rest(quota, spare).map(|rest| rest.min(pace.longest_hold)) else { return };
        let real = pace.scaled(wait);
        let _shown = (real > SHOWN).then(|| {
            let until = Timestamp::now().checked_add(real).unwrap_or(Timestamp::MAX);
            self.hold(Throttle { until, service, reason: "the quota of requests is used up".to_owned() })
        });
        pace.sleep(wait).await;
    }

    /// How long a quota should be left alone by those who need more than `spare` to be left in it.
    fn rest(&self, quota: &str, spare: u32) -> Option<Duration> {
        let quotas = lock(&self.quotas);
        let known = quotas.get(quota)?;
        let spare = if known.resets.is_some() { spare.min(2) } else { spare };
        if known.remaining > spare || (spare == 0 && known.resets.is_none()) {
            return None;
        }
        known.resets.unwrap_or(REST).checked_sub(known.at.elapsed()).filter(|rest| !rest.is_zero())
    }

    /// Notes what an answer says is left.
    pub(super) fn note(&self, quota: &str, headers: &HeaderMap) {
        let user = header(headers, "x-ms-user-quota-remaining").and_then(|text| text.parse().ok());
        let resets = header(headers, "x-ms-user-quota-resets-after").and_then(clock);
        let buckets = headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("x-ms-ratelimit-remaining-"))
            .filter_map(|(_, value)| value.to_str().ok()?.trim().parse::<u32>().ok());
        let Some(remaining) = user.into_iter().chain(buckets).min() else { return };
        let resets = resets.filter(|_| user.is_some());
        lock(&self.quotas).insert(quota.to_owned(), Quota { remaining, at: Instant::now(), resets });
        self.state.send_if_modified(|traffic| {
            let changed = traffic.remaining != Some(remaining);
            traffic.remaining = Some(remaining);
            changed
        });
    }

    /// Shows a wait until the guard is dropped.
    pub(super) fn hold(&self, throttle: Throttle) -> Hold<'_> {
        let mut holds = lock(&self.holds);
        holds.0 += 1;
        let key = holds.0;
        holds.1.insert(key, throttle);
        self.show(&holds.1);
        Hold { gate: self, key }
    }

    fn show(&self, holds: &BTreeMap<u64, Throttle>) {
        let last = holds.values().max_by_key(|throttle| throttle.until).cloned();
        self.state.send_if_modified(|traffic| {
            let changed = traffic.throttle != last;
            traffic.throttle = last;
            changed
        });
    }
}

/// A turn on the wire.
pub(super) struct Pass<'a> {
    gate: &'a Gate,
    _permit: Option<SemaphorePermit<'a>>,
    _background: Option<SemaphorePermit<'a>>,
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        self.gate.state.send_modify(|traffic| traffic.in_flight -= 1);
    }
}

struct Waiting<'a>(&'a watch::Sender<Traffic>);

impl<'a> Waiting<'a> {
    fn new(state: &'a watch::Sender<Traffic>) -> Self {
        state.send_modify(|traffic| traffic.waiting += 1);
        Self(state)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|traffic| traffic.waiting -= 1);
    }
}

/// A wait that is shown.
pub(super) struct Hold<'a> {
    gate: &'a Gate,
    key: u64,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut holds = lock(&self.gate.holds);
        holds.1.remove(&self.key);
        self.gate.show(&holds.1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn throttle(second: i64) -> Throttle {
        let until = Timestamp::from_second(second).unwrap();
        Throttle { until, service: Service::Arm, reason: second.to_string() }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[tokio::test]
    async fn the_cap_holds_and_a_dropped_pass_makes_room() {
        let gate = Gate::new(1);
        let pace = Pace::instant();
        let first = gate.enter(Priority::Foreground, Service::Arm, "s", &pace).await;
        let mut second = Box::pin(gate.enter(Priority::Foreground, Service::Arm, "s", &pace));
        assert!(second.as_mut().now_or_never().is_none());
        assert_eq!((gate.now().in_flight, gate.now().waiting), (1, 1));
        drop(first);
        let second = second.await;
        assert_eq!((gate.now().in_flight, gate.now().waiting, gate.now().requests_sent), (1, 0, 2));
        drop(second);
        assert_eq!(gate.now().in_flight, 0);
    }

    #[tokio::test]
    async fn a_cancelled_wait_leaves_no_trace() {
        let gate = Gate::new(1);
        let pace = Pace::instant();
        let _first = gate.enter(Priority::Foreground, Service::Arm, "s", &pace).await;
        assert!(gate.enter(Priority::Foreground, Service::Arm, "s", &pace).now_or_never().is_none());
        assert_eq!(gate.now().waiting, 0);
    }

    #[tokio::test]
    async fn background_work_takes_half_and_stays_behind_while_a_service_rests() {
        let gate = Gate::new(2);
        let pace = Pace::instant();
        let _one = gate.enter(Priority::Background, Service::Arm, "s", &pace).await;
        assert!(gate.enter(Priority::Background, Service::Arm, "s", &pace).now_or_never().is_none());
        let gate = Gate::new(4);
        let hold = gate.hold(throttle(5));
        let mut background = Box::pin(gate.enter(Priority::Background, Service::Arm, "s", &pace));
        assert!(background.as_mut().now_or_never().is_none());
        assert!(gate.enter(Priority::Foreground, Service::Arm, "s", &pace).now_or_never().is_some());
        drop(hold);
        background.await;
    }

    #[test]
    fn the_wait_that_ends_last_is_shown() {
        let gate = Gate::new(1);
        let late = gate.hold(throttle(9));
        let early = gate.hold(throttle(5));
        assert_eq!(gate.now().throttle, Some(throttle(9)));
        drop(late);
        assert_eq!(gate.now().throttle, Some(throttle(5)));
        drop(early);
        assert_eq!(gate.now().throttle, None);
    }

    #[test]
    fn a_low_bucket_is_left_to_the_foreground() {
        let gate = Gate::new(1);
        gate.note(
            "s",
            &headers(&[
                ("x-ms-ratelimit-remaining-subscription-reads", "7"),
                ("x-ms-ratelimit-remaining-subscription-global-reads", "16499"),
                ("x-ms-ratelimit-remaining-resource", "Microsoft.Compute/GetVM;1"),
            ]),
        );
        assert_eq!(gate.now().remaining, Some(7));
        assert!(gate.rest("s", LOW).is_some_and(|rest| rest <= REST));
        assert_eq!(gate.rest("s", 0), None);
        assert_eq!(gate.rest("other", LOW), None);
        gate.note("s", &headers(&[("x-ms-ratelimit-remaining-subscription-reads", "200")]));
        assert_eq!(gate.rest("s", LOW), None);
    }

    #[test]
    fn an_empty_quota_of_resource_graph_is_waited_for_by_everybody() {
        let gate = Gate::new(1);
        let quota = |left| {
            headers(&[("x-ms-user-quota-remaining", left), ("x-ms-user-quota-resets-after", "00:00:05")])
        };
        gate.note("graph", &quota("0"));
        assert!(gate.rest("graph", 0).is_some_and(|rest| rest > Duration::from_secs(4)));
        gate.note("graph", &quota("9"));
        assert_eq!(gate.rest("graph", LOW), None, "its quota is small by nature");
    }

    #[tokio::test]
    async fn a_long_rest_of_a_quota_is_shown_and_a_short_one_is_not() {
        let pace = Pace::default();
        for (resets, shown_from, shown_to) in
            [("00:00:01", None, None), ("00:00:09", Some(7), Some(9)), ("23:00:00", Some(118), Some(120))]
        {
            for priority in [Priority::Foreground, Priority::Background] {
                let gate = Gate::new(2);
                let told = [("x-ms-user-quota-remaining", "0"), ("x-ms-user-quota-resets-after", resets)];
                gate.note("graph", &headers(&told));
                let before = Timestamp::now();
                let mut waiting = Box::pin(gate.enter(priority, Service::Arm, "graph", &pace));
                assert!(waiting.as_mut().now_or_never().is_none(), "{resets}");
                let throttle = gate.now().throttle;
                let seconds =
                    throttle.as_ref().map(|throttle| throttle.until.duration_since(before).as_secs());
                assert!(
                    seconds >= shown_from && seconds <= shown_to,
                    "{resets}, {priority:?}: {seconds:?} is shown"
                );
                assert!(throttle.is_none_or(|throttle| throttle.reason.contains("quota")));
                drop(waiting);
                assert_eq!(gate.now().throttle, None, "nothing is shown once nobody waits");
            }
        }
    }
}
