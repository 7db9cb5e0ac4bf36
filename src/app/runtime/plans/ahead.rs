//! Where a way back would stop, as far as that can be seen before it begins.

use std::collections::HashSet;

use super::locks::locked;
use super::rights::is_so;
use super::step::holds_itself;
use crate::azure::arm::client::Client;
use crate::domain::plan::{Check, Step};

/// The first of these steps that would stop because something is not as it wants it, as a sentence; none where nothing
/// that can be read speaks against it. What an earlier step changes is not looked at, because it is not so yet, and what
/// could not be read stops nobody: the run reads it again.
pub async fn stops(client: &Client, steps: &[Step]) -> Option<String> {
    if let Some(words) = locked(client, steps).await {
        return Some(format!("As things are nothing of it is sent: {words}."));
    }
    let mut changed: HashSet<String> = HashSet::new();
    // Many steps want the same: each is read once.
    let mut holding: Vec<&Check> = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        for check in step.guard.iter().flat_map(Check::each) {
            let mut known = holding.iter().map(|known| (&known.read, &known.expect));
            if changed.contains(&path(check)) || known.any(|known| known == (&check.read, &check.expect)) {
                continue;
            }
            let Ok(verdict) = holds_itself(client, check).await else { continue };
            if verdict.holds {
                holding.push(check);
            } else if !is_so(client, step).await {
                let then = match at {
                    0 => "nothing is changed then",
                    _ => "what comes before it is done then",
                };
                return Some(format!(
                    "As things are it stops at step {}, {}: that wants that {}, but {}; {then}.",
                    at + 1,
                    step.title,
                    check.words,
                    verdict.found
                ));
            }
        }
        let sent = step.requests.iter().filter(|request| !request.only_reads());
        changed.extend(sent.map(|request| request.path.to_ascii_lowercase()));
    }
    None
}

fn path(check: &Check) -> String {
    check.read.path.to_ascii_lowercase()
}
