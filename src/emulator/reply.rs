//! What the emulator answers: a status, headers and a body, and the errors in Azure Resource Manager's words.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

/// The body of a [`Reply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Payload {
    /// No body, no content type.
    Empty,
    /// Serialised JSON.
    Json(Vec<u8>),
    /// Plain text.
    Text(String),
}

/// An answer before the common headers are put on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// The HTTP status.
    pub status: StatusCode,
    /// Headers of this answer alone; the common ones are added by the server.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Payload,
}

impl Reply {
    /// A status without a body.
    pub(super) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Payload::Empty }
    }

    /// A JSON body. What cannot be serialised (a map with keys that are no strings) becomes `null`.
    pub(super) fn json<T: Serialize + ?Sized>(status: StatusCode, body: &T) -> Self {
        let bytes = serde_json::to_vec(body).unwrap_or_else(|_| b"null".to_vec());
        Self { status, headers: Vec::new(), body: Payload::Json(bytes) }
    }

    /// 200 with a JSON body.
    pub(super) fn ok<T: Serialize + ?Sized>(body: &T) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// 200 with plain text.
    pub(super) fn text(text: String) -> Self {
        Self { status: StatusCode::OK, headers: Vec::new(), body: Payload::Text(text) }
    }

    /// The same with one header more.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A refusal, in the shape `{"error": {"code", "message", "details"}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArmError {
    status: StatusCode,
    code: String,
    message: String,
    details: Vec<Value>,
    more: Box<More>,
    headers: Vec<(&'static str, String)>,
}

/// What few errors have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct More {
    target: Option<String>,
    additional: Vec<Value>,
    bare: bool,
    of_service: bool,
    whole: Option<Value>,
}

/// What every handler gives back.
pub(super) type Answer = Result<Reply, ArmError>;

impl ArmError {
    /// An error with one of ARM's codes and a message.
    pub(super) fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            details: Vec::new(),
            more: Box::default(),
            headers: Vec::new(),
        }
    }

    /// 400 with a code.
    pub(super) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 404 with a code.
    pub(super) fn not_found(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// 404 for what lies below the resource `parent`, which is not there.
    pub(super) fn no_parent(parent: &str) -> Self {
        let name = parent.rsplit('/').next().unwrap_or_default();
        Self::not_found(
            "ParentResourceNotFound",
            format!(
                "Can not perform requested operation on nested resource. Parent resource '{name}' not found."
            ),
        )
    }

    /// 409 with a code.
    pub(super) fn conflict(code: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// The same with one more entry in `details`.
    pub(super) fn detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }

    /// The same with a `target`.
    pub(super) fn target(mut self, target: &str) -> Self {
        self.more.target = Some(target.to_owned());
        self
    }

    /// The same with one more entry in `additionalInfo`.
    pub(super) fn additional(mut self, info: Value) -> Self {
        self.more.additional.push(info);
        self
    }

    /// The same without `error` around code and message.
    pub(super) fn bare(mut self) -> Self {
        self.more.bare = true;
        self
    }

    /// The same as the Machine Learning service itself says it: with where and when, `details` however empty, and the
    /// kind of the error in it. Azure Resource Manager is not the cause of it.
    pub(super) fn of_machine_learning(mut self, inner: &str, now: &str) -> Self {
        self.more.of_service = true;
        let info = |kind: &str, value: Value| json!({ "type": kind, "info": { "value": value } });
        self.more.additional = vec![
            info("ComponentName", json!("managementfrontend")),
            info("Environment", json!("westeurope")),
            info("Location", json!("westeurope")),
            info("Time", json!(now)),
            info("InnerError", json!({ "code": inner, "innerError": null })),
        ];
        self
    }

    /// The same as the part of that service says it that keeps workspaces and their connections.
    pub(super) fn of_workspaces(mut self, inner: &str, now: &str, correlation: &str) -> Self {
        self.more.of_service = true;
        self.more.whole = Some(json!({
            "error": {
                "code": self.code, "severity": null, "message": self.message, "messageFormat": null,
                "messageParameters": null, "referenceCode": null, "detailsUri": null, "target": null, "details": [],
                "innerError": { "code": inner, "innerError": null }, "debugInfo": null, "additionalInfo": null
            },
            "correlation": { "operation": correlation, "request": correlation },
            "environment": "westeurope", "location": "westeurope", "time": now, "componentName": "account-rp"
        }));
        self
    }

    /// The same with a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The status, and code and message as the activity log tells them.
    pub(super) fn told(&self) -> (StatusCode, Value) {
        (self.status, json!({ "code": self.code, "message": self.message }))
    }

    /// What stands in `error`; as it is, an entry of another error's `details`.
    pub(super) fn document(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(target) = &self.more.target {
            error["target"] = Value::from(target.as_str());
        }
        if !self.details.is_empty() || self.more.of_service {
            error["details"] = Value::from(self.details.clone());
        }
        if !self.more.additional.is_empty() {
            error["additionalInfo"] = Value::from(self.more.additional.clone());
        }
        error
    }

    /// The error's body and status as an answer. Mostly ARM itself says no: `x-ms-failure-cause: gateway`.
    pub(super) fn into_reply(self) -> Reply {
        let error = self.document();
        let body = match self.more.whole {
            Some(whole) => whole,
            None if self.more.bare => error,
            None => json!({ "error": error }),
        };
        let mut reply = Reply::json(self.status, &body);
        reply.headers = self.headers;
        if self.more.of_service {
            return reply.with("x-ms-response-type", "error");
        }
        reply.with("x-ms-failure-cause", "gateway")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_wrapped_and_says_who_refused() {
        let reply =
            ArmError::conflict("RoleAssignmentExists", "The role assignment already exists.").into_reply();
        assert_eq!(reply.status, StatusCode::CONFLICT);
        assert_eq!(
            reply.body,
            Payload::Json(
                br#"{"error":{"code":"RoleAssignmentExists","message":"The role assignment already exists."}}"#.to_vec()
            )
        );
        assert!(reply.headers.contains(&("x-ms-failure-cause", "gateway".to_owned())));
    }
}
