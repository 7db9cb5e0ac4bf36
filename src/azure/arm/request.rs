//! Requests as values: what will be sent, made without I/O and tested without a server.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::ArmId;

/// Which service a request is for; it decides the endpoint and the audience of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Service {
    /// Azure Resource Manager.
    Arm,
    /// Microsoft Graph, under `/v1.0`.
    Graph,
}

/// The HTTP methods that ARM takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Asks whether something is there.
    Head,
    /// Runs an action, or reads by a body.
    Post,
    /// Creates or replaces.
    Put,
    /// Changes what is named.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Who waits for the answer. Background work yields first when the quota runs low.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Priority {
    /// Somebody looks at the screen and waits.
    #[default]
    Foreground,
    /// Prefetch, refresh, names that can come later.
    Background,
}

/// One request, not yet bound to an endpoint or a token. It can be written to a journal as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Where it goes.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// The path, beginning with a slash, not percent-encoded.
    pub path: String,
    /// Query parameters in order, not percent-encoded. ARM's `api-version` is among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<(Cow<'static, str>, String)>,
    /// The JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Who waits.
    #[serde(default)]
    pub priority: Priority,
    /// Set by [`Request::repeatable`].
    #[serde(default)]
    pub opted_in: bool,
}

impl Request {
    fn new(service: Service, method: Method, path: String) -> Self {
        Self {
            service,
            method,
            path,
            query: Vec::new(),
            body: None,
            priority: Priority::default(),
            opted_in: false,
        }
    }

    /// An ARM request on an id.
    #[must_use]
    pub fn arm(method: Method, id: &ArmId, api_version: &str) -> Self {
        Self::arm_path(method, id.as_str(), api_version)
    }

    /// An ARM request on a path that is no id, such as `/subscriptions`.
    #[must_use]
    pub fn arm_path(method: Method, path: &str, api_version: &str) -> Self {
        Self::new(Service::Arm, method, path.to_owned()).query("api-version", api_version)
    }

    /// An ARM GET on an id.
    #[must_use]
    pub fn get(id: &ArmId, api_version: &str) -> Self {
        Self::arm(Method::Get, id, api_version)
    }

    /// A Microsoft Graph request; the path begins behind `/v1.0`.
    #[must_use]
    pub fn graph(method: Method, path: &str) -> Self {
        Self::new(Service::Graph, method, path.to_owned())
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Marks the request as background work.
    #[must_use]
    pub fn background(mut self) -> Self {
        self.priority = Priority::Background;
        self
    }

    /// Declares a write safe to repeat when its answer was lost: sent twice it does the same as sent once,
    /// such as the PUT or DELETE of a role assignment under a name that follows from its content.
    #[must_use]
    pub fn repeatable(mut self) -> Self {
        self.opted_in = true;
        self
    }

    /// Whether it may be sent again when it is not known what became of it: reads, the POSTs that only
    /// read, and what was declared [`Request::repeatable`].
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.opted_in || super::read_only::allows(self)
    }

    /// Whether it changes nothing: a read, or one of the POSTs that only read.
    #[must_use]
    pub fn only_reads(&self) -> bool {
        super::read_only::allows(self)
    }

    /// The `api-version` it carries, empty for Microsoft Graph.
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.query.iter().find(|(name, _)| name == "api-version").map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_request_carries_its_api_version_and_a_graph_request_none() {
        let id = ArmId::subscription("0f0e");
        let request = Request::get(&id, "2022-12-01").query("$top", "5");
        assert_eq!(request.path, "/subscriptions/0f0e");
        assert_eq!(request.api_version(), "2022-12-01");
        assert_eq!(Request::graph(Method::Get, "/me").api_version(), "");
    }

    #[test]
    fn reads_may_be_repeated_and_writes_when_they_say_so() {
        let id = ArmId::subscription("0f0e").join("providers/Microsoft.Authorization/roleAssignments/1");
        let put = Request::arm(Method::Put, &id, "2022-04-01");
        assert!(!put.is_repeatable());
        assert!(put.repeatable().is_repeatable());
        assert!(Request::get(&id, "2022-04-01").is_repeatable());
        assert!(Request::graph(Method::Post, "/directoryObjects/getByIds").is_repeatable());
    }
}
