//! What a server answers: status, headers, body, errors, the polling of long-running operations.

use serde_json::Value;
use url::Url;

use super::library::{Library, Node};
use super::schemas::Checker;
use super::{Findings, Rules, child};

/// An answer, and the method it answers.
pub(super) struct Answer<'a> {
    pub(super) method: &'a str,
    pub(super) status: u16,
    pub(super) headers: Option<&'a [(String, String)]>,
    pub(super) body: Option<&'a Value>,
}

impl Answer<'_> {
    fn body(&self) -> Option<&Value> {
        self.body.filter(|body| !body.is_null() && body.as_str() != Some(""))
    }

    fn has_header(&self, name: &str) -> Option<bool> {
        self.headers.map(|headers| headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name)))
    }
}

/// Checks an answer against its operation.
pub(super) fn check(library: &Library, operation: Node<'_>, answer: &Answer<'_>, rules: Rules) -> Findings {
    let mut out = Findings::default();
    let declared = operation.get("responses").and_then(|all| all.get(&answer.status.to_string()));
    match declared.and_then(|declared| library.resolve(declared)) {
        _ if answer.status >= 400 => check_error(answer.body(), &mut out),
        Some(declared) => {
            check_success(library, declared, answer, rules, &mut out);
            check_next_link(operation, answer.body(), &mut out);
        }
        None => out.violation("status", format!("{} is not declared", answer.status)),
    }
    let polled = answer.has_header("location").zip(answer.has_header("azure-asyncoperation"));
    if answer.status == 202 && polled == Some((false, false)) {
        out.violation("header/Location", "neither it nor Azure-AsyncOperation comes with the 202");
    }
    out
}

fn check_success(
    library: &Library,
    declared: Node<'_>,
    answer: &Answer<'_>,
    rules: Rules,
    out: &mut Findings,
) {
    match (declared.get("schema"), answer.body()) {
        (Some(schema), Some(body)) => Checker { library, rules, out }.check(schema, body, "body"),
        // The body of an accepted operation comes when it is done.
        (Some(_), None)
            if matches!(answer.status, 201 | 202) || answer.method.eq_ignore_ascii_case("HEAD") => {}
        (Some(_), None) => out.violation("body", "is missing"),
        (None, Some(_)) if answer.status == 204 => out.violation("body", "comes with a 204"),
        (None, Some(_)) => out.note("body", "comes where the document has none"),
        (None, None) => {}
    }
}

/// The link to the next page, where the operation has pages: absolute, as ARM sends it.
fn check_next_link(operation: Node<'_>, body: Option<&Value>, out: &mut Findings) {
    let Some(name) = operation.get("x-ms-pageable").and_then(|pages| pages.text("nextLinkName")) else {
        return;
    };
    match body.and_then(|body| body.get(name)) {
        None | Some(Value::Null) => {}
        // Some services write an empty text on the last page.
        Some(Value::String(link)) if link.is_empty() || Url::parse(link).is_ok() => {}
        Some(link) => out.violation(&child("body", name), format!("{link} is no absolute URL")),
    }
}

/// Errors come in more forms than the documents have: with and without `error` around them,
/// capitalised, as a failed operation, as text or HTML, and with no body at all.
fn check_error(body: Option<&Value>, out: &mut Findings) {
    let Some(body) = body.filter(|body| !body.is_string()) else { return };
    let wrapped = ["error", "odata.error", "Error"].iter().find_map(|key| Some((*key, body.get(key)?)));
    let (at, error) =
        wrapped.map_or_else(|| ("body".to_owned(), body), |(key, error)| (child("body", key), error));
    if error.is_string() {
        return;
    }
    for names in [["code", "Code"], ["message", "Message"]] {
        match names.iter().find_map(|name| error.get(name)) {
            Some(Value::String(_)) => {}
            Some(Value::Object(message)) if message.contains_key("value") => {}
            Some(_) => out.violation(&child(&at, names[0]), "is no string"),
            None => out.violation(&child(&at, names[0]), "is missing from the error"),
        }
    }
    if let Some(details) = error.get("details").filter(|details| !details.is_null() && !details.is_array()) {
        out.violation(&child(&at, "details"), format!("is no list: {details}"));
    }
}

/// Checks the answer of a polling URL. What a status body has is fixed by ARM for all services;
/// a result body has the form of whatever was asked for.
pub(super) fn check_poll(status: u16, body: Option<&Value>) -> Findings {
    let mut out = Findings::default();
    let body = body.filter(|body| !body.is_null());
    match status {
        200 | 201 => {
            let is_status = |body: &&Value| body.get("status").is_some() && body.get("properties").is_none();
            if let Some(body) = body.filter(is_status) {
                if !body["status"].is_string() {
                    out.violation("body/status", "is no string");
                }
                if !(body["percentComplete"].is_null() || body["percentComplete"].is_number()) {
                    out.violation("body/percentComplete", "is no number");
                }
                if body["status"].as_str().is_some_and(|status| status.eq_ignore_ascii_case("failed")) {
                    check_error(Some(body), &mut out);
                }
            }
        }
        202 | 204 => {}
        400.. => check_error(body, &mut out),
        _ => out.violation("status", format!("{status} is no answer of a polling URL")),
    }
    out
}
