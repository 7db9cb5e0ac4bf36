//! Validates HTTP exchanges against the OpenAPI 2.0 documents of Azure Resource Manager, and
//! against the metadata of Microsoft Graph, that lie beside the project in `../shared/arm-specs`.
//!
//! The documents are read on demand: loading reads only the list of operations. A test asks
//! [`Specs::load`], which prints a line when there are none, and hands its exchanges to
//! [`contract::replay`]:
//!
//! ```ignore
//! let Some(specs) = Specs::load() else { return };
//! let report = contract::replay(&specs, recorded.into_iter());
//! println!("{report}");
//! assert!(report.violations.is_empty(), "{} violations, printed above", report.violations.len());
//! ```

#[path = "../beside.rs"]
pub mod beside;
pub mod contract;
mod deviations;
mod graph;
mod library;
mod parameters;
mod patterns;
mod requests;
mod responses;
mod routes;
mod scalars;
mod schemas;
mod shapes;
mod versions;

use std::path::Path;

use serde_json::Value;
use url::form_urlencoded;

use library::{Library, Node};
use routes::{Fit, Match, Routes};

/// Every stored document, indexed by method and path.
pub struct Specs {
    library: Library,
    routes: Routes,
    graph: graph::Metadata,
}

/// What came of checking one half of an exchange.
#[derive(Debug, Clone, PartialEq)]
pub enum Checked {
    /// No stored document says anything about it, and why.
    Unchecked(String),
    /// It keeps to the document.
    Ok {
        /// The operation of the document.
        operation_id: String,
        /// The version of the document it was checked against: the nearest one stored.
        api_version_of_document: String,
        /// What is odd and yet allowed, such as an unknown value of an open enum.
        notes: Vec<Violation>,
    },
    /// It breaks the document's rules.
    Violations {
        /// The operation of the document.
        operation_id: String,
        /// The version of the document it was checked against.
        api_version_of_document: String,
        /// Every broken rule.
        violations: Vec<Violation>,
    },
}

/// One broken rule, or one oddity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `path/NAME`, `query/NAME`, `header/NAME`, `status`, or `body` and a JSON pointer.
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}

/// Collects what the checks of one message find.
#[derive(Default)]
struct Findings {
    violations: Vec<Violation>,
    notes: Vec<Violation>,
}

impl Findings {
    fn violation(&mut self, pointer: &str, message: impl Into<String>) {
        self.violations.push(Violation { pointer: pointer.to_owned(), message: message.into() });
    }

    fn note(&mut self, pointer: &str, message: impl Into<String>) {
        self.notes.push(Violation { pointer: pointer.to_owned(), message: message.into() });
    }

    fn into_checked(self, operation_id: &str, api_version: &str) -> Checked {
        let operation_id = operation_id.to_owned();
        let api_version_of_document = api_version.to_owned();
        if self.violations.is_empty() {
            Checked::Ok { operation_id, api_version_of_document, notes: self.notes }
        } else {
            Checked::Violations { operation_id, api_version_of_document, violations: self.violations }
        }
    }
}

/// Which half of an exchange is checked, and how strictly.
#[derive(Debug, Clone, Copy)]
struct Rules {
    /// A request, as opposed to an answer.
    request: bool,
    /// A PATCH, whose nulls take values away.
    patch: bool,
    /// The document has the very version that was asked for, so that what it does not know does not exist.
    same_version: bool,
}

/// The operation that stands for the polling of long-running ones, which no document describes.
const POLL: &str = "(poll)";

impl Specs {
    /// The documents beside the project, or `None` where they are not.
    pub fn load() -> Option<Self> {
        Self::load_from(&beside::shared("arm-specs")?)
    }

    fn load_from(root: &Path) -> Option<Self> {
        let operations = std::fs::read_to_string(root.join("ALL-OPERATIONS.tsv")).ok()?;
        let metadata = std::fs::read_to_string(root.join("graph/directory-objects.csdl.xml")).ok()?;
        Some(Self {
            library: Library::new(&root.join("specification")),
            routes: Routes::from_table(&operations),
            graph: graph::Metadata::from_csdl(&metadata),
        })
    }

    /// Checks what a client sends. `path` and `query` are as they stand in the URL, still encoded.
    pub fn check_request(&self, method: &str, path: &str, query: &str, body: Option<&Value>) -> Checked {
        if graph::is_graph(path) {
            return self.graph.check_request(method, path, body);
        }
        let query = parse_query(query);
        let matched = match self.routes.find(method, path, api_version(&query)) {
            Fit::Operation(matched) => matched,
            Fit::Poll => return Findings::default().into_checked(POLL, ""),
            Fit::None(reason) => return Checked::Unchecked(reason),
        };
        let (operation, rules) = match self.operation(&matched, &query, true) {
            Ok(found) => found,
            Err(reason) => return Checked::Unchecked(reason),
        };
        requests::check(&self.library, operation, &matched, &query, body, rules)
            .into_checked(&matched.route.operation_id, &matched.route.api_version)
    }

    /// Checks what a server answers. `headers` is `None` where they were not recorded; `body` is
    /// `None` or null where there was none, and a string where it was not JSON.
    pub fn check_response(
        &self,
        method: &str,
        path: &str,
        query: &str,
        status: u16,
        headers: Option<&[(String, String)]>,
        body: Option<&Value>,
    ) -> Checked {
        if graph::is_graph(path) {
            return self.graph.check_response(method, path, status, body);
        }
        let query = parse_query(query);
        let matched = match self.routes.find(method, path, api_version(&query)) {
            Fit::Operation(matched) => matched,
            Fit::Poll => return responses::check_poll(status, body).into_checked(POLL, ""),
            Fit::None(reason) => return Checked::Unchecked(reason),
        };
        let (operation, rules) = match self.operation(&matched, &query, false) {
            Ok(found) => found,
            Err(reason) => return Checked::Unchecked(reason),
        };
        let answer = responses::Answer { method, status, headers, body };
        responses::check(&self.library, operation, &answer, rules)
            .into_checked(&matched.route.operation_id, &matched.route.api_version)
    }

    fn operation(
        &self,
        matched: &Match<'_>,
        query: &[(String, String)],
        request: bool,
    ) -> Result<(Node<'_>, Rules), String> {
        let route = matched.route;
        let operation = self
            .library
            .operation(&route.file, &route.template, &route.method)
            .ok_or_else(|| format!("{} is listed but not in {}", route.operation_id, route.file))?;
        let same_version =
            api_version(query).is_some_and(|sent| sent.eq_ignore_ascii_case(&route.api_version));
        Ok((operation, Rules { request, patch: route.method == "patch", same_version }))
    }
}

fn parse_query(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect()
}

fn api_version(query: &[(String, String)]) -> Option<&str> {
    query
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("api-version"))
        .map(|(_, version)| version.as_str())
}

/// The pointer of a member of what `pointer` points to, escaped as in RFC 6901.
fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}
