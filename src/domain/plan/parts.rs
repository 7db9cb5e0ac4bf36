//! The resources of a deployment, by its operations.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::read_as;
use crate::azure::arm::api_error::ApiError;
use crate::azure::arm::request::Method;
use crate::azure::safe_text::one_line;

/// One resource of a deployment, by its operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The resource's id.
    pub resource: String,
    /// Its type.
    pub resource_type: String,
    /// Its name.
    pub name: String,
    /// `Running`, `Succeeded`, `Failed`, ...
    pub state: String,
    /// What Azure said, when it failed.
    pub message: String,
    /// When its state changed last, by Azure's clock.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// How long it took, in seconds, once it is over.
    #[serde(default)]
    pub took: Option<i64>,
}

impl Part {
    /// Reads the operations of a deployment. Those that are about no resource are left out, and of several about
    /// one resource the latest counts, in whatever order they come.
    #[must_use]
    pub fn read_all(operations: &[Value]) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for part in operations.iter().filter_map(Self::read) {
            match parts.iter_mut().find(|known| known.resource.eq_ignore_ascii_case(&part.resource)) {
                Some(known) if known.at <= part.at => *known = part,
                Some(_) => {}
                None => parts.push(part),
            }
        }
        parts
    }

    fn read(operation: &Value) -> Option<Self> {
        let text = |at: &str| read_as(operation, at).and_then(Value::as_str).unwrap_or_default().to_owned();
        let resource = text("/properties/targetResource/id");
        let state = text("/properties/provisioningState");
        let message = match read_as(operation, "/properties/statusMessage") {
            Some(Value::String(text)) => one_line(text).into_owned(),
            Some(status @ Value::Object(_)) if !is_good(&state) => {
                let error = ApiError::of_operation(0, status, Method::Put, &resource);
                match error.cause() {
                    ("", message) => one_line(message).into_owned(),
                    (code, message) => format!("{code}: {}", one_line(message)),
                }
            }
            _ => String::new(),
        };
        let over = is_good(&state) || is_bad(&state);
        let took = text("/properties/duration").parse::<SignedDuration>().ok().filter(|_| over);
        (!resource.is_empty()).then(|| Self {
            at: text("/properties/timestamp").parse().ok(),
            took: took.map(|took| took.as_secs()),
            resource_type: text("/properties/targetResource/resourceType"),
            name: text("/properties/targetResource/resourceName"),
            resource,
            state,
            message,
        })
    }

    /// Whether it is a deployment within the deployment, which is no resource of its own.
    #[must_use]
    pub fn is_deployment(&self) -> bool {
        self.resource_type.eq_ignore_ascii_case("Microsoft.Resources/deployments")
    }

    /// Whether the resources of a deployment within the deployment tell more than that one does: it may not have begun, or
    /// have failed without a resource of it failing.
    #[must_use]
    pub fn tells_more(below: &[Self], deployment: &Self) -> bool {
        !below.is_empty() && (!deployment.has_failed() || below.iter().any(Self::has_failed))
    }

    /// Whether it is the resource of this id, and it is not known that nothing comes of it any more.
    #[must_use]
    pub fn may_come(&self, id: &str) -> bool {
        self.resource.eq_ignore_ascii_case(id) && !self.state.eq_ignore_ascii_case("Failed")
    }

    /// Whether it ended badly.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        is_bad(&self.state)
    }

    /// How long it took, or has taken so far.
    #[must_use]
    pub fn elapsed(&self, now: Timestamp) -> Option<SignedDuration> {
        if self.is_there() || self.has_failed() {
            return self.took.map(SignedDuration::from_secs);
        }
        Some(now.duration_since(self.at?).max(SignedDuration::ZERO))
    }

    /// Whether it is there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        is_good(&self.state)
    }
}

fn is_bad(state: &str) -> bool {
    ["failed", "canceled", "cancelled"].iter().any(|word| state.eq_ignore_ascii_case(word))
}

fn is_good(state: &str) -> bool {
    state.eq_ignore_ascii_case("Succeeded")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_become_parts_with_the_words_of_azure() {
        let operation = |name: &str, state: &str, message: Value| {
            json!({"properties": {"provisioningState": state, "statusMessage": message, "targetResource":
                {"id": format!("/x/{name}"), "resourceType": "Microsoft.Storage/storageAccounts", "resourceName": name}}})
        };
        let failed = json!({"error": {"code": "StorageAccountAlreadyTaken", "message": "It is taken."}});
        let parts = Part::read_all(&[
            operation("a", "Running", json!(null)),
            operation("b", "Failed", failed),
            json!({"properties": {"provisioningOperation": "EvaluateDeploymentOutput"}}),
            operation("A", "Succeeded", json!(null)),
        ]);
        let shown: Vec<(&str, &str)> = parts.iter().map(|p| (p.state.as_str(), p.message.as_str())).collect();
        assert_eq!(shown, [("Succeeded", ""), ("Failed", "StorageAccountAlreadyTaken: It is taken.")]);
        assert!(parts[0].is_there() && parts[1].has_failed());
    }

    #[test]
    fn of_several_operations_about_one_resource_the_latest_counts() {
        let operation = |state: &str, at: &str| {
            json!({"properties": {"provisioningState": state, "timestamp": at,
                "targetResource": {"id": "/x/a", "resourceType": "t", "resourceName": "a"}}})
        };
        let (failed, done) =
            (operation("Failed", "2026-11-22T14:00:00Z"), operation("Succeeded", "2026-11-22T14:01:00Z"));
        for all in [[failed.clone(), done.clone()], [done, failed]] {
            let parts = Part::read_all(&all);
            assert!(parts.len() == 1 && parts[0].is_there(), "{parts:?}");
        }
    }

    #[test]
    fn what_is_over_says_how_long_it_took_and_what_runs_since_when() {
        let operation = |state: &str| {
            json!({"properties": {"provisioningState": state, "timestamp": "2026-11-22T14:00:00Z", "duration": "PT1M4.5S",
                "targetResource": {"id": "/x/a", "resourceType": "t", "resourceName": "a"}}})
        };
        let now = "2026-11-22T14:00:07Z".parse().unwrap();
        for (state, seconds) in [("Succeeded", 64), ("Running", 7)] {
            let part = Part::read_all(&[operation(state)]).remove(0);
            assert_eq!(part.elapsed(now), Some(SignedDuration::from_secs(seconds)), "{state}");
        }
    }
}
