//! Tells the console of the traffic, and shows the request log to who looks at it.

use super::Runtime;
use crate::app::message::{Message, Network};
use crate::azure::arm::error::Error;
use crate::azure::arm::request_log::RequestLog;
use crate::azure::arm::traffic::Traffic;

impl Runtime {
    /// How the network is right now.
    #[must_use]
    pub fn network(&self) -> Network {
        let traffic = self.services.client.subscribe().borrow().clone();
        network(&traffic, self.services.client.log())
    }

    /// Tells the console how the network is, whenever that changes.
    pub(super) fn watch_network(&self) {
        let mut changes = self.services.client.subscribe();
        let (messages, log) = (self.messages.clone(), self.services.client.log().clone());
        tokio::spawn(async move {
            while changes.changed().await.is_ok() {
                let traffic = changes.borrow_and_update().clone();
                if messages.send(Message::Network(network(&traffic, &log))).is_err() {
                    return;
                }
            }
        });
    }

    /// Shows the request log as it grows, or no longer.
    pub(super) fn watch_requests(&mut self, on: bool) {
        if let Some(old) = self.watching.take() {
            old.abort();
        }
        if !on {
            return;
        }
        let mut changes = self.services.client.subscribe();
        let (messages, log) = (self.messages.clone(), self.services.client.log().clone());
        let _ = messages.send(Message::Requests(log.entries()));
        let task = tokio::spawn(async move {
            while changes.changed().await.is_ok() {
                changes.borrow_and_update();
                if messages.send(Message::Requests(log.entries())).is_err() {
                    return;
                }
            }
        });
        self.watching = Some(task.abort_handle());
    }
}

/// How far back in the request log is looked for attempts that nobody called off.
const RECENT: u64 = 50;

/// Two requests in a row without any answer mean that there is no network; what was called off had none to get.
fn network(traffic: &Traffic, log: &RequestLog) -> Network {
    let called_off = Error::CalledOff.plain();
    let recent = log.after(log.count().saturating_sub(RECENT));
    let mut last =
        recent.iter().rev().filter(|entry| entry.error.as_ref() != Some(&called_off)).take(2).peekable();
    let offline = last.peek().is_some() && last.all(|entry| entry.status.is_none());
    Network {
        in_flight: traffic.in_flight,
        throttled: traffic.throttle.as_ref().map(|throttle| (throttle.until, throttle.reason.clone())),
        offline,
    }
}
