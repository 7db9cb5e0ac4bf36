//! What can go wrong with a request, said so that an operator knows what was attempted and what to do.

use std::time::Duration;

use super::api_error::{ApiError, MissingPermission};
use super::request::Method;
use crate::azure::auth::SignInError;
use crate::azure::safe_text::one_line;

/// Why a request has no good answer. No variant ever holds a token.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// There is no token for it.
    #[error("{0}")]
    SignIn(Box<SignInError>),
    /// Azure answered with an error.
    #[error("{0}")]
    Api(Box<ApiError>),
    /// No answer came back.
    #[error("{} {path} got no answer: {reason}{}", method.as_str(), if *offline { ". Check the network, VPN or proxy" } else { "" })]
    Transport {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// What the network said.
        reason: String,
        /// Whether no connection came up at all.
        offline: bool,
    },
    /// The answer took too long.
    #[error("{} {path} had no answer within {} s. Try again; if it stays so, look at the status of Azure", method.as_str(), after.as_secs())]
    Timeout {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// How long was waited.
        after: Duration,
    },
    /// The service asked to wait longer than anybody would.
    #[error("{} {path} is held back: {reason}. It may be sent again in {} s", method.as_str(), wait.as_secs())]
    WaitTooLong {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// What the service asked to wait.
        wait: Duration,
        /// Why, in the service's words.
        reason: String,
        /// The answer that asked for it.
        error: Box<ApiError>,
    },
    /// The answer is not what was expected.
    #[error("{} {path} was answered with something that cannot be read, at {at}: {reason}{}", method.as_str(), trace(correlation_id.as_deref()))]
    Decode {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// Where in the JSON, such as `value[3].properties.sku`.
        at: String,
        /// What was wrong there.
        reason: String,
        /// ARM's correlation id.
        correlation_id: Option<String>,
    },
    /// Somebody called it off.
    #[error("called off")]
    CalledOff,
    /// What asked, or read the answer, broke.
    #[error("a background task broke; this is a defect of amldeck, and the log file (--log-file) says where")]
    Defect,
    /// The console is read-only and this is a write; nothing was sent.
    #[error("{} {path} was not sent: the console runs with --read-only. Start it without to change things", method.as_str())]
    ReadOnly {
        /// The method.
        method: Method,
        /// The path.
        path: String,
    },
    /// An answer links to another host, to which no token goes.
    #[error(
        "{path} answered with a link to {host}, which is not followed: the token must not leave the endpoint"
    )]
    ForeignLink {
        /// The path of the request that was answered so.
        path: String,
        /// The host of the link.
        host: String,
    },
    /// A list does not end.
    #[error(
        "the list {path} does not end: after {pages} pages it links to a page that was read before, or to ever more"
    )]
    PagingLoop {
        /// The path of the first page.
        path: String,
        /// How many pages were read.
        pages: usize,
    },
    /// A redirect, which is not followed.
    #[error("{} {path} was answered with a redirect to {host}, which is not followed. A proxy may want a sign-in", method.as_str())]
    Redirected {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// The host it leads to.
        host: String,
    },
    /// A write had no good answer, and an attempt before the last one may have been carried out.
    #[error("{}. An attempt before it had no whole answer and may have been carried out ({earlier})", last.to_string().trim_end_matches('.'))]
    Unsettled {
        /// What became of the last attempt.
        last: Box<Error>,
        /// Why the earlier one had no whole answer.
        earlier: String,
    },
    /// A long-running operation ended badly.
    #[error("{} {} ended as {status}: {}", error.method.as_str(), error.path, cause(error))]
    OperationFailed {
        /// `Failed` or `Canceled`, as the service wrote it.
        status: String,
        /// The error of the operation.
        error: Box<ApiError>,
    },
    /// The answer is larger than what is taken in; what was asked for was carried out all the same.
    #[error("{} {path} was answered with more than {} MiB, which is not taken in", method.as_str(), limit / (1024 * 1024))]
    TooLarge {
        /// The method.
        method: Method,
        /// The path.
        path: String,
        /// The most that is taken in, in bytes.
        limit: usize,
    },
    /// The request could not be put together; nothing was sent.
    #[error("{} was not sent: {reason}", method.as_str())]
    InvalidRequest {
        /// The method.
        method: Method,
        /// What is wrong with it.
        reason: String,
    },
}

fn trace(correlation_id: Option<&str>) -> String {
    correlation_id.map_or_else(String::new, |id| format!(" (correlation id {id})"))
}

fn cause(error: &ApiError) -> String {
    match error.cause() {
        ("", "") => "the service gave no reason".to_owned(),
        ("", message) => one_line(message).into_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}: {}", one_line(message)),
    }
}

impl Error {
    /// The error that the service sent, if it sent one.
    #[must_use]
    pub fn api(&self) -> Option<&ApiError> {
        match self {
            Self::Api(error) | Self::OperationFailed { error, .. } | Self::WaitTooLong { error, .. } => {
                Some(error)
            }
            Self::Unsettled { last, .. } => last.api(),
            _ => None,
        }
    }

    fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) | Self::WaitTooLong { error, .. } => Some(error.status),
            Self::Unsettled { last, .. } => last.status(),
            _ => None,
        }
    }

    /// Whether the thing is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// Whether the caller lacks a right.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }

    /// Whether the token was refused.
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(401)
    }

    /// Whether something else is in the way: a 409, 412, or a 429 that speaks of another operation.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.status(), Some(409 | 412))
            || self.api().is_some_and(|error| error.has_code("RetryableError"))
    }

    /// Whether a quota is used up.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.status() == Some(429) && !self.is_conflict()
    }

    /// Whether there is no connection.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Transport { offline: true, .. })
    }

    /// Whether signing in would help.
    #[must_use]
    pub fn is_sign_in(&self) -> bool {
        match self {
            Self::Unsettled { last, .. } => last.is_sign_in(),
            _ => matches!(self, Self::SignIn(_)) || self.is_unauthorized(),
        }
    }

    /// Whether the same request may well succeed later: nothing was refused, and nothing is missing.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Transport { .. } | Self::Timeout { .. } | Self::WaitTooLong { .. } | Self::CalledOff => {
                true
            }
            Self::Unsettled { last, .. } => last.is_passing(),
            _ => self.is_throttled() || self.status().is_some_and(|status| status >= 500),
        }
    }

    /// The action and scope that the caller lacks, where the answer names them.
    #[must_use]
    pub fn missing_permission(&self) -> Option<MissingPermission> {
        self.api().and_then(ApiError::missing_permission)
    }

    /// One sentence for a pane: what is the matter, without method and path.
    #[must_use]
    pub fn plain(&self) -> String {
        if let Some(missing) = self.missing_permission() {
            return format!("you lack {} here", missing.action);
        }
        match self {
            Self::Api(error) if error.claims.is_some() => error.to_string(),
            Self::Api(error) if error.has_code("Authorization_RequestDenied") => {
                "this account may not read the directory (Microsoft Graph)".to_owned()
            }
            Self::Api(error) => match (error.status, cause(error)) {
                (403, _) if error.cause().1.is_empty() => "you may not read this".to_owned(),
                (404, _) => "this is not there any more".to_owned(),
                (status, text) if error.cause() == ("", "") => format!("Azure answered {status}; {text}"),
                (_, text) => text,
            },
            Self::SignIn(error) => error.plain(),
            Self::Transport { offline: true, .. } => "no connection to Azure".to_owned(),
            Self::Transport { reason, .. } => format!("no whole answer came back: {reason}"),
            Self::Timeout { after, .. } => format!("no answer within {} s", after.as_secs()),
            Self::WaitTooLong { wait, .. } => {
                format!("too many requests: Azure wants {} s of rest", wait.as_secs())
            }
            Self::Decode { at, reason, .. } if at == "." => format!("the answer cannot be read: {reason}"),
            Self::Decode { at, .. } => format!("the answer cannot be read, at {at}"),
            Self::TooLarge { limit, .. } => {
                format!("the answer is larger than {} MiB", limit / (1024 * 1024))
            }
            Self::Unsettled { last, .. } => {
                let last = last.plain();
                format!("{}; an attempt before it may have been carried out", last.trim_end_matches('.'))
            }
            Self::CalledOff => "called off".to_owned(),
            Self::Defect => "that broke; this is a defect of amldeck".to_owned(),
            Self::ReadOnly { .. } => "the console is read-only".to_owned(),
            Self::OperationFailed { error, .. } => cause(error),
            Self::ForeignLink { .. }
            | Self::PagingLoop { .. }
            | Self::Redirected { .. }
            | Self::InvalidRequest { .. } => self.to_string(),
        }
    }
}

impl From<SignInError> for Error {
    fn from(error: SignInError) -> Self {
        Self::SignIn(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn api(status: u16, body: &serde_json::Value) -> Error {
        Error::Api(Box::new(ApiError::read(status, body.to_string().as_bytes(), Method::Get, "/x")))
    }

    #[test]
    fn predicates_follow_the_status() {
        let error = |status| api(status, &json!({"error": {"code": "C", "message": "m"}}));
        assert!(error(404).is_not_found() && error(403).is_forbidden() && error(401).is_unauthorized());
        assert!(error(409).is_conflict() && error(429).is_throttled() && error(401).is_sign_in());
        assert!(!error(500).is_conflict());
        assert!(error(503).is_passing() && error(429).is_passing());
        assert!(!error(403).is_passing() && !error(404).is_passing());
    }

    #[test]
    fn a_429_about_another_operation_is_a_conflict() {
        let body = json!({"error": {"code": "RetryableError", "message": "A retryable error occurred.",
            "details": [{"code": "RetryableErrorDueToAnotherOperation", "message": "Another operation is running."}]}});
        let error = api(429, &body);
        assert!(error.is_conflict() && !error.is_throttled());
    }

    #[test]
    fn a_pane_gets_one_sentence() {
        let message = "The client 'a' does not have authorization to perform action 'Microsoft.X/y/read' over scope '/s'.";
        let forbidden = api(403, &json!({"error": {"code": "AuthorizationFailed", "message": message}}));
        assert_eq!(forbidden.plain(), "you lack Microsoft.X/y/read here");
        assert_eq!(api(404, &json!({})).plain(), "this is not there any more");
        assert_eq!(api(500, &json!(null)).plain(), "Azure answered 500; the service gave no reason");
        let offline = Error::Transport {
            method: Method::Get,
            path: "/x".to_owned(),
            reason: "refused".to_owned(),
            offline: true,
        };
        assert!(offline.to_string().contains("Check the network"), "{offline}");
        let broken = Error::Transport {
            method: Method::Get,
            path: "/x".to_owned(),
            reason: "reset".to_owned(),
            offline: false,
        };
        assert_eq!(broken.to_string(), "GET /x got no answer: reset");
    }

    #[test]
    fn a_read_only_error_says_how_to_write() {
        let error = Error::ReadOnly { method: Method::Delete, path: "/x".to_owned() };
        assert!(error.to_string().contains("--read-only"));
    }
}
