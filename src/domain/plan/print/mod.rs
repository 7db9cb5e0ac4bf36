//! Plans and runs as text to take along: for a screen, a change ticket, a shell, a program.

mod az;
mod document;
mod ticket;

pub use az::{az, az_line};
pub use document::{plan_json, run_json};
pub use ticket::{markdown, run_markdown, run_text, text};

use crate::azure::arm::address::path_and_query;
use crate::azure::arm::request::Request;

/// What is sent, as a line: `PUT /subscriptions/...?api-version=...`, percent-encoded as on the wire.
#[must_use]
pub fn request_line(request: &Request) -> String {
    let mut line = format!("{} ", request.method.as_str());
    path_and_query(&mut line, request, None);
    line
}

/// The body of a request over several lines; `None` when it has none.
#[must_use]
pub fn body_text(request: &Request) -> Option<String> {
    // Writing JSON that is a value already cannot fail.
    request.body.as_ref().and_then(|body| serde_json::to_string_pretty(body).ok())
}

/// A time span for a sentence: `45 s`, `5 min`, `2 h`.
#[must_use]
pub fn span(seconds: u32) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3_600)),
    }
}
