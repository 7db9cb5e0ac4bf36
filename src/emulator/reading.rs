//! All that is done with the bytes of a request before anything is looked up: for a fuzzer, and for property tests.

use std::sync::Arc;

use serde_json::{Value, json};

use super::deployments;
use super::kql::{self, Tables};
use super::merge::lay_over;
use super::odata::{Filter, Search};
use super::page;
use super::path::ArmPath;
use super::request::Query;
use super::versions;

/// Two documents, for every table.
struct Little([Arc<Value>; 2]);

impl Little {
    fn new() -> Self {
        let one = |name: &str| {
            let id = format!("/subscriptions/s/resourceGroups/g/providers/N/t/{name}");
            Arc::new(
                json!({ "id": id, "name": name, "type": "N/t", "tags": { "a": "1" }, "properties": { "list": [1, "b", null], "when": "2026-11-22" } }),
            )
        };
        Self([one("one"), one("two")])
    }
}

impl Tables for Little {
    fn tenant_id(&self) -> &str {
        ""
    }

    fn rows<'a>(
        &'a self,
        table: &str,
        _types: Option<&[String]>,
    ) -> Option<Box<dyn Iterator<Item = &'a Arc<Value>> + 'a>> {
        let known = matches!(table, "resources" | "resourcecontainers" | "authorizationresources");
        known.then(|| Box::new(self.0.iter()) as Box<dyn Iterator<Item = &'a Arc<Value>>>)
    }
}

/// Reads and carries out a text in both languages that requests hold, as a query of Resource Graph and as an expression
/// of a template; gives whether it is one. It never panics, whatever the text is.
#[must_use]
pub fn languages(text: &str) -> (bool, bool) {
    (kql::run(text, &Little::new()).is_ok(), deployments::is_expression(text))
}

/// What was understood of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Understood {
    /// The `api-version` is one.
    pub version: bool,
    /// The `$filter` is one.
    pub filter: bool,
    /// The `$search` is one.
    pub search: bool,
    /// The page token is one of ours.
    pub token: bool,
    /// The body is JSON.
    pub body: bool,
    /// The body's `query` is one of Resource Graph.
    pub query: bool,
    /// The body's `properties.template` is a template.
    pub template: bool,
}

/// Reads `METHOD TARGET`, a line end and a body, as the server reads a request: path, query, version, filter, search,
/// token, body, and the query in the body. It never panics, whatever the bytes are.
#[must_use]
pub fn read(bytes: &[u8]) -> Understood {
    let text = String::from_utf8_lossy(bytes);
    let (line, body) = text.split_once('\n').unwrap_or((&text, ""));
    let (method, target) = line.split_once(' ').unwrap_or(("GET", line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = ArmPath::parse(path);
    let query = Query::parse(query);
    // A path that was taken apart goes together again into the same parts.
    let again = ArmPath::parse(&page::encode_path(&path.id()));
    debug_assert_eq!(path.segments(), again.segments());
    let named = path.last().map(|part| (part.full_type(), part.is_open()));
    tracing::trace!(method, scope = path.scope(), parent = path.parent(), ?named, "read");
    let mut understood = Understood {
        version: versions::check(query.get("api-version"), "").is_ok(),
        filter: query.get("$filter").is_some_and(|filter| Filter::parse(filter).is_ok()),
        search: query.get("$search").is_some_and(|search| Search::parse(search).is_ok()),
        token: query.get("$skiptoken").is_some_and(|token| page::position(token).is_some()),
        ..Understood::default()
    };
    if let Ok(body) = serde_json::from_str::<Value>(body) {
        understood.body = true;
        let mut laid = body.clone();
        lay_over(&mut laid, &body);
        if let Some(query) = body["query"].as_str() {
            understood.query = kql::run(query, &Little::new()).is_ok();
        }
        let template = &body["properties"]["template"];
        understood.template = template.is_object() && deployments::is_template(template);
        if let Some(filter) = query.get("$filter").and_then(|filter| Filter::parse(filter).ok()) {
            // Whether it fits is no matter; that it can be asked is.
            let fits = filter.matches(&body);
            tracing::trace!(fits, "filtered");
        }
    }
    understood
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_that_clients_send_is_understood_whole() {
        let request = "POST /providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01&$filter=a%20eq%20'b'&$search=%22name:x%22\n{\"query\": \"resources | where type =~ 'x' | project id\"}";
        let wanted = Understood {
            version: true,
            filter: true,
            search: true,
            token: false,
            body: true,
            query: true,
            template: false,
        };
        assert_eq!(read(request.as_bytes()), wanted);
        let template = r#"{"properties": {"template": {"$schema": "s", "contentVersion": "1", "resources": [], "outputs": {"o": {"value": "[add(1, 2)]"}}}}}"#;
        assert!(read(format!("PUT /deployments/d\n{template}").as_bytes()).template);
        assert_eq!(read(b""), Understood::default());
    }

    proptest! {
        #[test]
        fn no_bytes_bring_it_down(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn nothing_that_looks_like_a_request_brings_it_down(
            path in "(/[a-zA-Z%.{}()'$]{0,12}){0,8}",
            query in "([$a-z-]{1,12}=[a-z0-9%'() ]{0,16}&?){0,4}",
            body in "\\{\"(query|properties|tags)\": ?(\"[a-z |='\\[\\](){},.;0-9*-]{0,60}\"|null|\\{\\})\\}",
        ) {
            let _ = read(format!("GET {path}?{query}\n{body}").as_bytes());
        }

        #[test]
        fn nothing_in_the_languages_brings_it_down(
            query in "(resources|union|let a = )[a-z |='\\[\\](){},.;0-9*-]{0,60}",
            expression in "\\[(concat|variables|copyIndex|format|if|padLeft|utcNow|range|dateTimeAdd)\\([a-z'(){},.0-9-]{0,40}\\)\\]",
        ) {
            let _ = (languages(&query), languages(&expression));
        }

        #[test]
        fn a_token_leads_back_to_its_position(position in any::<usize>()) {
            prop_assert_eq!(page::position(&page::token(position)), Some(position));
        }
    }
}
