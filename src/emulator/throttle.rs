//! Limits on how fast a caller may ask, and the headers that say how much is left.
//!
//! Numbers: Azure Resource Manager's token buckets per subscription, principal and kind of operation (reads 250
//! with 25 a second back, writes and deletes 200 with 10), the same at tenant level; Resource Graph's own quota of
//! 15 queries in 5 seconds (`arm-facts` §1 and §5).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::reply::ArmError;

/// What a bucket counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Reads,
    Writes,
    Deletes,
}

impl Kind {
    fn of(method: &Method) -> Self {
        match *method {
            Method::GET | Method::HEAD => Self::Reads,
            Method::DELETE => Self::Deletes,
            _ => Self::Writes,
        }
    }

    /// Size, and how many come back in a second.
    fn size(self) -> (f64, f64) {
        match self {
            Self::Reads => (250.0, 25.0),
            Self::Writes | Self::Deletes => (200.0, 10.0),
        }
    }

    /// The header of a subscription's own bucket, which all its callers share.
    fn global_header(self) -> &'static str {
        match self {
            Self::Reads => "x-ms-ratelimit-remaining-subscription-global-reads",
            Self::Writes => "x-ms-ratelimit-remaining-subscription-global-writes",
            Self::Deletes => "x-ms-ratelimit-remaining-subscription-global-deletes",
        }
    }

    fn header(self, tenant: bool) -> &'static str {
        match (self, tenant) {
            (Self::Reads, false) => "x-ms-ratelimit-remaining-subscription-reads",
            (Self::Writes, false) => "x-ms-ratelimit-remaining-subscription-writes",
            (Self::Deletes, false) => "x-ms-ratelimit-remaining-subscription-deletes",
            (Self::Reads, true) => "x-ms-ratelimit-remaining-tenant-reads",
            (Self::Writes, true) => "x-ms-ratelimit-remaining-tenant-writes",
            (Self::Deletes, true) => "x-ms-ratelimit-remaining-tenant-deletes",
        }
    }
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    filled: Instant,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    used: u32,
}

/// All buckets of one emulator.
#[derive(Debug)]
pub(super) struct Throttle {
    enforced: bool,
    /// How many times as fast as on a clock time passes: what comes back in a second comes back so many times.
    speed: f64,
    buckets: HashMap<(Kind, String, String), Bucket>,
    graph: HashMap<String, Window>,
}

/// The name under which a subscription's own bucket is kept: no caller's object id.
const EVERYBODY: &str = "*";
/// How many times a caller's bucket the subscription's own one is (`arm-facts` §1).
const SHARED: f64 = 15.0;

/// Queries that Resource Graph answers in one window.
const GRAPH_QUOTA: u32 = 15;
/// The length of that window.
const GRAPH_WINDOW: Duration = Duration::from_secs(5);

impl Throttle {
    /// Buckets that are full. When not `enforced` they count but never refuse.
    pub(super) fn new(enforced: bool, speed: f64) -> Self {
        Self {
            enforced,
            speed: speed.clamp(1.0, 1_000_000.0),
            buckets: HashMap::new(),
            graph: HashMap::new(),
        }
    }

    /// Takes one from the caller's bucket and one from the subscription's, and gives the headers to answer with.
    pub(super) fn spend(
        &mut self,
        method: &Method,
        subscription: Option<&str>,
        caller: &str,
        now: Instant,
    ) -> Result<Vec<(&'static str, String)>, ArmError> {
        let kind = Kind::of(method);
        let own = self.take(kind, subscription, caller, 1.0, now);
        let shared = subscription.map(|_| self.take(kind, subscription, EVERYBODY, SHARED, now));
        if (own.is_none() || shared == Some(None)) && self.enforced {
            return Err(ArmError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "SubscriptionRequestsThrottled",
                format!(
                    "Number of requests for subscription '{}' and operation '{method}' exceeded the backend storage limit. Please try again after '1' seconds.",
                    subscription.unwrap_or_default()
                ),
            )
            .with("retry-after", "1"));
        }
        let left = |left: Option<f64>| format!("{:.0}", left.unwrap_or_default().floor());
        let mut headers = vec![(kind.header(subscription.is_none()), left(own))];
        headers.extend(shared.map(|shared| (kind.global_header(), left(shared))));
        Ok(headers)
    }

    /// Takes one from a bucket and gives what is left; `None` when it was empty.
    fn take(
        &mut self,
        kind: Kind,
        subscription: Option<&str>,
        caller: &str,
        times: f64,
        now: Instant,
    ) -> Option<f64> {
        let (size, refill) = kind.size();
        let (size, refill) = (size * times, refill * times);
        let key = (kind, subscription.unwrap_or_default().to_lowercase(), caller.to_owned());
        let bucket = self.buckets.entry(key).or_insert(Bucket { left: size, filled: now });
        let back = now.saturating_duration_since(bucket.filled).as_secs_f64() * refill * self.speed;
        bucket.left = (bucket.left + back).min(size);
        bucket.filled = now;
        let there = bucket.left >= 1.0;
        bucket.left = (bucket.left - 1.0).max(0.0);
        there.then_some(bucket.left)
    }

    /// Counts one Resource Graph query and gives how many are left and when the window ends, in whole seconds.
    pub(super) fn spend_graph(&mut self, caller: &str, now: Instant) -> Result<(u32, u64), ArmError> {
        let window = self.graph.entry(caller.to_owned()).or_insert(Window { began: now, used: 0 });
        let passed = |since: Instant| now.saturating_duration_since(since).mul_f64(self.speed);
        if passed(window.began) >= GRAPH_WINDOW {
            *window = Window { began: now, used: 0 };
        }
        let left = GRAPH_WINDOW.saturating_sub(passed(window.began));
        let seconds = left.as_secs_f64().ceil().max(1.0) as u64;
        if window.used >= GRAPH_QUOTA && self.enforced {
            return Err(ArmError::new(
                StatusCode::TOO_MANY_REQUESTS,
                "RateLimiting",
                "Please provide below info when asking for support.",
            )
            .detail(json!({
                "code": "RateLimiting",
                "message": format!("Client application has been throttled and should not attempt to repeat the request until an amount of time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help. Retry after {seconds} seconds.")
            }))
            .with("retry-after", seconds.to_string())
            .with("x-ms-user-quota-remaining", "0")
            .with("x-ms-user-quota-resets-after", resets_after(seconds)));
        }
        window.used = (window.used + 1).min(GRAPH_QUOTA);
        Ok((GRAPH_QUOTA - window.used, seconds))
    }
}

/// `00:00:05`.
pub(super) fn resets_after(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_count_down_are_refused_when_spent_and_come_back() {
        let mut throttle = Throttle::new(true, 1.0);
        let start = Instant::now();
        let first = throttle.spend(&Method::GET, Some("s"), "me", start).unwrap();
        assert_eq!(
            first,
            [
                ("x-ms-ratelimit-remaining-subscription-reads", "249".to_owned()),
                ("x-ms-ratelimit-remaining-subscription-global-reads", "3749".to_owned())
            ]
        );
        assert_eq!(throttle.spend(&Method::GET, None, "me", start).unwrap().len(), 1);
        for _ in 0..249 {
            throttle.spend(&Method::GET, Some("S"), "me", start).unwrap();
        }
        assert!(throttle.spend(&Method::GET, Some("s"), "me", start).is_err());
        assert!(throttle.spend(&Method::GET, Some("s"), "you", start).is_ok());
        assert!(throttle.spend(&Method::GET, Some("s"), "me", start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn all_callers_of_a_subscription_share_fifteen_times_the_bucket_of_one() {
        let mut throttle = Throttle::new(true, 1.0);
        let start = Instant::now();
        for caller in 0..15 {
            let caller = caller.to_string();
            for _ in 0..250 {
                throttle.spend(&Method::GET, Some("s"), &caller, start).unwrap();
            }
        }
        let late = throttle.spend(&Method::GET, Some("s"), "late", start).unwrap_err().into_reply();
        assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(late.headers.contains(&("retry-after", "1".to_owned())), "{:?}", late.headers);
        assert!(throttle.spend(&Method::GET, Some("other"), "late", start).is_ok());
        assert!(throttle.spend(&Method::GET, None, "late", start).is_ok(), "the tenant has no such bucket");
        assert!(throttle.spend(&Method::PUT, Some("s"), "late", start).is_ok(), "writes are counted apart");
        // All of them together get 375 a second back; each has its own 25 as well.
        let later = start + Duration::from_millis(10);
        for _ in 0..3 {
            throttle.spend(&Method::GET, Some("s"), "late", later).unwrap();
        }
        assert!(throttle.spend(&Method::GET, Some("s"), "late", later).is_err());
    }

    #[test]
    fn resource_graph_takes_fifteen_in_five_seconds() {
        let mut throttle = Throttle::new(true, 1.0);
        let start = Instant::now();
        assert_eq!(throttle.spend_graph("me", start).unwrap(), (14, 5));
        for _ in 0..14 {
            throttle.spend_graph("me", start).unwrap();
        }
        assert!(throttle.spend_graph("me", start).is_err());
        assert_eq!(throttle.spend_graph("me", start + GRAPH_WINDOW).unwrap().0, 14);
    }

    #[test]
    fn what_is_spent_comes_back_as_many_times_as_fast_as_time_passes() {
        let mut throttle = Throttle::new(true, 20.0);
        let start = Instant::now();
        for _ in 0..250 {
            throttle.spend(&Method::GET, Some("s"), "me", start).unwrap();
        }
        for _ in 0..15 {
            throttle.spend_graph("me", start).unwrap();
        }
        let soon = start + Duration::from_millis(100);
        for _ in 0..50 {
            throttle.spend(&Method::GET, Some("s"), "me", soon).unwrap();
        }
        assert!(throttle.spend(&Method::GET, Some("s"), "me", soon).is_err());
        assert!(throttle.spend_graph("me", soon).is_err());
        assert_eq!(throttle.spend_graph("me", start + Duration::from_millis(250)).unwrap(), (14, 5));
    }

    #[test]
    fn without_enforcement_nothing_is_refused() {
        let mut throttle = Throttle::new(false, 1.0);
        let start = Instant::now();
        for _ in 0..1000 {
            throttle.spend(&Method::PUT, None, "me", start).unwrap();
            throttle.spend_graph("me", start).unwrap();
        }
    }
}
