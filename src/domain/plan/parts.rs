//! The resources of a deployment, by its operations.

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
}

impl Part {
    /// Reads the operations of a deployment. Those that are about no resource are left out, and of several about
    /// one resource the last counts.
    #[must_use]
    pub fn read_all(operations: &[Value]) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for part in operations.iter().filter_map(Self::read) {
            match parts.iter_mut().find(|known| known.resource.eq_ignore_ascii_case(&part.resource)) {
                Some(known) => *known = part,
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
        (!resource.is_empty()).then(|| Self {
            resource_type: text("/properties/targetResource/resourceType"),
            name: text("/properties/targetResource/resourceName"),
            resource,
            state,
            message,
        })
    }

    /// Whether it ended badly.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        ["failed", "canceled", "cancelled"].iter().any(|word| self.state.eq_ignore_ascii_case(word))
    }

    /// Whether it is there.
    #[must_use]
    pub fn is_there(&self) -> bool {
        is_good(&self.state)
    }
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
}
