//! What a client sends: path, query, body.

use serde_json::Value;

use super::library::{Library, Node};
use super::routes::Match;
use super::schemas::Checker;
use super::{Findings, Rules, api_version, parameters, versions};

/// Checks a request against its operation.
pub(super) fn check(
    library: &Library,
    operation: Node<'_>,
    matched: &Match<'_>,
    query: &[(String, String)],
    body: Option<&Value>,
    rules: Rules,
) -> Findings {
    let mut out = Findings::default();
    check_api_version(query, &mut out);
    let body = body.filter(|body| !body.is_null());
    let mut takes_body = false;
    let declared = library.parameters(operation, &matched.route.template);
    for parameter in &declared {
        let name = parameter.text("name").unwrap_or_default();
        match parameter.text("in") {
            Some("path") => {
                let captured = matched.captures.iter().find(|(captured, _)| *captured == name);
                if let Some((_, text)) = captured {
                    parameters::check(library, *parameter, text, &format!("path/{name}"), rules, &mut out);
                }
            }
            Some("query") if !name.eq_ignore_ascii_case("api-version") => {
                check_query(library, *parameter, name, query, rules, &mut out);
            }
            Some("body") => {
                takes_body = true;
                check_body(library, *parameter, body, rules, &mut out);
            }
            _ => {}
        }
    }
    if !takes_body && body.is_some_and(|body| body.as_object().is_none_or(|object| !object.is_empty())) {
        out.violation("body", "is sent, and the operation takes none");
    }
    check_unknown_query(&declared, query, rules, &mut out);
    out
}

fn check_api_version(query: &[(String, String)], out: &mut Findings) {
    match api_version(query) {
        None => out.violation("query/api-version", "is required and missing"),
        Some(version) if versions::is_api_version(version) => {}
        Some(version) => out.violation("query/api-version", format!("\"{version}\" is no api-version")),
    }
}

fn check_query(
    library: &Library,
    parameter: Node<'_>,
    name: &str,
    query: &[(String, String)],
    rules: Rules,
    out: &mut Findings,
) {
    let at = format!("query/{name}");
    let sent = query.iter().filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
    let mut count = 0;
    for (_, text) in sent {
        count += 1;
        parameters::check(library, parameter, text, &at, rules, out);
    }
    if count == 0 && parameter.flag("required") {
        out.violation(&at, "is required and missing");
    }
}

fn check_body(
    library: &Library,
    parameter: Node<'_>,
    body: Option<&Value>,
    rules: Rules,
    out: &mut Findings,
) {
    match (body, parameter.get("schema")) {
        (Some(body), Some(schema)) => Checker { library, rules, out }.check(schema, body, "body"),
        (None, _) if parameter.flag("required") => out.violation("body", "is required and missing"),
        _ => {}
    }
}

/// Query parameters that the document does not have are misspelt ones, but for what a link to
/// the next page brings along.
fn check_unknown_query(declared: &[Node<'_>], query: &[(String, String)], rules: Rules, out: &mut Findings) {
    for (name, _) in query {
        let of_a_link = ["api-version", "$skiptoken", "$skip", "skiptoken"];
        let known = declared
            .iter()
            .filter(|parameter| parameter.text("in") == Some("query"))
            .filter_map(|parameter| parameter.text("name"))
            .chain(of_a_link)
            .any(|known| known.eq_ignore_ascii_case(name));
        if !known && rules.same_version {
            out.violation(&format!("query/{name}"), "is unknown to the document");
        }
    }
}
