//! A line of the request log in full.

use std::fmt::Write;

use jiff::tz::TimeZone;

use crate::azure::arm::request_log::Entry;

/// Everything that is known about one request. It holds no token and no body.
#[must_use]
pub fn full(entry: &Entry, zone: &TimeZone) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label:<16}{value}");
    };
    line("Request", &format!("{} {}", entry.method.as_str(), entry.url));
    line("Sent", &entry.at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string());
    line("Answer", &entry.status.map_or_else(|| "none".to_owned(), |status| status.to_string()));
    line("Took", &format!("{} ms", entry.took.as_millis()));
    line("Attempt", &entry.attempt.to_string());
    line("Bytes", &entry.bytes.to_string());
    if let Some(error) = &entry.error {
        line("Error", error);
    }
    if let Some(id) = &entry.correlation_id {
        line("Correlation id", id);
    }
    line("Client id", &entry.client_request_id);
    text
}
