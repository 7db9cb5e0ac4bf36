//! The last requests, for the screen that `@` opens and for error reports. It holds no token, no body and
//! no signature.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::request::{Method, Priority, Service};

/// How many exchanges are kept.
pub const KEPT: usize = 500;

/// One attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Counts up from 1; entries can be told apart by it.
    pub number: u64,
    /// When it was sent.
    pub at: Timestamp,
    /// Which service.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// Path and query; signatures are masked and long values cut.
    pub url: String,
    /// The status, `None` when no answer came.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// Which attempt of the same request, from 1.
    pub attempt: u32,
    /// The `x-ms-client-request-id` that was sent.
    pub client_request_id: String,
    /// ARM's correlation id.
    pub correlation_id: Option<String>,
    /// The size of the body after decompression.
    pub bytes: usize,
    /// The error code, or what the network said.
    pub error: Option<String>,
    /// Who waited.
    pub priority: Priority,
}

/// The log. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct RequestLog(Arc<Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<Entry>,
    count: u64,
}

impl RequestLog {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry and gives it its number.
    pub fn add(&self, mut entry: Entry) {
        let mut ring = self.ring();
        ring.count += 1;
        entry.number = ring.count;
        if ring.entries.len() == KEPT {
            ring.entries.pop_front();
        }
        ring.entries.push_back(entry);
    }

    /// The entries that are kept, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.ring().entries.iter().cloned().collect()
    }

    /// The entries after the one with this number, oldest first.
    #[must_use]
    pub fn after(&self, number: u64) -> Vec<Entry> {
        self.ring().entries.iter().filter(|entry| entry.number > number).cloned().collect()
    }

    /// How many were ever added.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.ring().count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            number: 0,
            at: Timestamp::UNIX_EPOCH,
            service: Service::Arm,
            method: Method::Get,
            url: "/subscriptions".to_owned(),
            status: Some(200),
            took: Duration::ZERO,
            attempt: 1,
            client_request_id: String::new(),
            correlation_id: None,
            bytes: 0,
            error: None,
            priority: Priority::Foreground,
        }
    }

    #[test]
    fn the_last_five_hundred_are_kept_and_numbered() {
        let log = RequestLog::default();
        (0..KEPT + 20).for_each(|_| log.add(entry()));
        let entries = log.entries();
        assert_eq!((entries.len(), entries[0].number, log.count()), (KEPT, 21, 520));
        assert_eq!(log.after(518).iter().map(|entry| entry.number).collect::<Vec<_>>(), [519, 520]);
    }
}
