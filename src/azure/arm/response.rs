//! An answer, as the rest of the console may see it.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;

/// A good answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers; names compare without case.
    pub headers: HeaderMap,
    /// The body, cleaned and masked; `null` when there was none.
    pub body: Value,
    /// ARM's correlation id.
    pub correlation_id: Option<String>,
    /// The service's request id.
    pub request_id: Option<String>,
    /// From the first byte sent to the last one received, of the attempt that succeeded.
    pub took: Duration,
}

impl Response {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

/// A header as text; `None` when it is missing or not plain ASCII.
#[must_use]
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers.get(name)?.to_str().ok().map(str::trim).filter(|value| !value.is_empty())
}

/// ARM's correlation id, or what the service has in its place.
#[must_use]
pub fn correlation_id(headers: &HeaderMap) -> Option<String> {
    ["x-ms-correlation-request-id", "x-ms-request-id", "request-id"]
        .into_iter()
        .find_map(|name| header(headers, name))
        .map(str::to_owned)
}

/// The service's own request id.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-ms-request-id", "request-id"].into_iter().find_map(|name| header(headers, name)).map(str::to_owned)
}
