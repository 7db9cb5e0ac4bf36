//! A request as the handlers see it: no sockets, no HTTP types but the method and the status.

use axum::http::Method;
use serde_json::Value;

use super::path::{ArmPath, decode};

/// The query of a request; names compare without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads an undecoded query. `+` stays `+`: OData values hold it more often than they mean a space.
    pub(super) fn parse(raw: &str) -> Self {
        Self(
            raw.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All pairs but those of some names, encoded again.
    pub(super) fn encode_without(&self, names: &[&str]) -> String {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in &self.0 {
            if !names.iter().any(|dropped| name.eq_ignore_ascii_case(dropped)) {
                out.append_pair(name, value);
            }
        }
        // `+` for a space is right in forms only; a nextLink is a URL.
        out.finish().replace('+', "%20")
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// The object id of the user or service principal behind the bearer.
    pub object_id: String,
    /// Whether Microsoft Graph answers them.
    pub directory_access: bool,
}

/// One request.
#[derive(Debug)]
pub(super) struct Call {
    /// GET, PUT, ...; HEAD is handled as GET and loses its body afterwards.
    pub method: Method,
    /// The path.
    pub path: ArmPath,
    /// The query.
    pub query: Query,
    /// The JSON body; `None` when there was none.
    pub body: Option<Value>,
    /// Who asks.
    pub caller: Caller,
    /// `http://127.0.0.1:8899`, for absolute links: what the caller wrote in `Host`.
    pub base: String,
    /// The `api-version` asked for; empty for Microsoft Graph.
    pub version: String,
    /// Whether `ConsistencyLevel: eventual` was sent, which Microsoft Graph wants for searches and counts.
    pub eventual: bool,
    /// The time, as ARM writes it.
    pub now: String,
    /// The id that goes through the logs: what the caller sent, or the request's own.
    pub correlation: String,
    /// The caller's own name for the request; empty when it has none.
    pub client_request: String,
}

impl Call {
    /// The request's body as an object, or an empty one.
    pub(super) fn object(&self) -> serde_json::Map<String, Value> {
        self.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_names_have_no_case_and_values_are_decoded() {
        let query = Query::parse("API-Version=2022-04-01&%24filter=atScope%28%29&empty");
        assert_eq!(query.get("api-version"), Some("2022-04-01"));
        assert_eq!(query.get("$filter"), Some("atScope()"));
        assert_eq!(query.get("empty"), Some(""));
        assert_eq!(query.get("other"), None);
    }

    #[test]
    fn a_query_without_some_names_is_encoded_again() {
        let query = Query::parse("api-version=1&$filter=a%20eq%20'b'&$skiptoken=x");
        assert_eq!(query.encode_without(&["$skiptoken"]), "api-version=1&%24filter=a%20eq%20%27b%27");
    }
}
