//! Plans and runs as text to take along: for a screen, a change ticket, a shell, a program.

mod az;
mod document;
pub mod shell;
mod ticket;

pub use az::{az, az_line};
pub use document::{plan_json, run_json};
pub use ticket::{markdown, prose, run_markdown, run_text, steps_markdown, text};

use crate::azure::arm::address::path_and_query;
use crate::azure::arm::request::Request;

/// What is sent, as a line: `PUT /subscriptions/...?api-version=...`, percent-encoded as on the wire.
#[must_use]
pub fn request_line(request: &Request) -> String {
    let mut line = format!("{} ", request.method.as_str());
    path_and_query(&mut line, request, None);
    line
}

/// What is sent, in short for the eye: the method, and what it is sent to by type and name, without subscriptions,
/// namespaces and GUIDs: `PUT workspaces/mlw/roleAssignments/…`.
#[must_use]
pub fn request_words(request: &Request) -> String {
    let is_guid = |text: &str| text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let mut segments = request.path.split('/').filter(|segment| !segment.is_empty()).peekable();
    let mut kept: Vec<&str> = Vec::new();
    while let Some(segment) = segments.next() {
        match segment.to_ascii_lowercase().as_str() {
            "subscriptions" if segments.peek().is_some() => {
                segments.next();
            }
            // A request to the provider itself says which.
            "providers" => {
                let namespace = segments.next().filter(|_| segments.clone().nth(1).is_none());
                kept.extend(namespace);
            }
            "resourcegroups" if segments.clone().nth(1).is_some() => {
                segments.next();
            }
            _ => kept.push(if is_guid(segment) { "…" } else { segment }),
        }
    }
    format!("{} {}", request.method.as_str(), kept.join("/"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::id::ArmId;
    use crate::azure::arm::request::Method;

    #[test]
    fn a_request_in_short_names_what_it_is_sent_to() {
        let group = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg";
        for (path, words) in [
            (group.to_owned(), "PUT resourceGroups/rg"),
            (format!("{group}/providers/Microsoft.Storage/storageAccounts/st"), "PUT storageAccounts/st"),
            (
                format!(
                    "{group}/providers/Microsoft.Storage/storageAccounts/st/providers/\
                     Microsoft.Authorization/roleAssignments/9f8a6f47-d9c6-5abd-8e16-c2a7f05d4b91"
                ),
                "PUT storageAccounts/st/roleAssignments/…",
            ),
            (
                format!("{group}/providers/Microsoft.Resources/deployments/amldeck-1"),
                "PUT deployments/amldeck-1",
            ),
            (
                "/subscriptions/s/providers/Microsoft.Storage/register".to_owned(),
                "PUT Microsoft.Storage/register",
            ),
        ] {
            let id = ArmId::parse(&path).unwrap();
            assert_eq!(request_words(&Request::arm(Method::Put, &id, "2024-01-01")), words);
        }
    }
}
