//! What Azure says when it says no, in any of the shapes it has for that.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

use super::request::Method;
use crate::azure::safe_text::{clean, clean_value, one_line};
use crate::azure::secrets::{mask, mask_text};

/// How deep JSON inside messages is unwrapped. Three levels were seen in real traffic.
const NESTED: usize = 3;

/// One error inside another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// The code, such as `QuotaExceeded`.
    pub code: String,
    /// The message.
    pub message: String,
    /// What it is about.
    pub target: Option<String>,
    /// Further errors below it.
    pub details: Vec<Self>,
    /// Whatever else the object held (`additionalInfo`, ..), masked.
    pub additional: Map<String, Value>,
}

/// An error answer, kept whole.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The code, such as `AuthorizationFailed`; empty when the answer had none.
    pub code: String,
    /// The message, with JSON that stood in it as text taken out into `details`.
    pub message: String,
    /// What it is about.
    pub target: Option<String>,
    /// The errors below it, from `details`, `innererror` and nested JSON.
    pub details: Vec<Detail>,
    /// Whatever else the error object held (`additionalInfo`, `correlation`, ..), masked.
    pub additional: Map<String, Value>,
    /// ARM's correlation id.
    pub correlation_id: Option<String>,
    /// The service's request id.
    pub request_id: Option<String>,
    /// The method of the request.
    pub method: Method,
    /// The path of the request.
    pub path: String,
    /// The sign-in command that answers a claims challenge, when the answer carried one.
    pub claims: Option<String>,
}

/// A right that the caller lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPermission {
    /// The action, such as `Microsoft.Authorization/roleAssignments/read`.
    pub action: String,
    /// The scope on which it is lacking, empty when the message names none.
    pub scope: String,
}

impl ApiError {
    /// Reads an answer. Any body gives an error: JSON of every known shape, plain text, HTML, nothing.
    #[must_use]
    pub fn read(status: u16, body: &[u8], method: Method, path: &str) -> Self {
        let mut error = Self {
            status,
            code: String::new(),
            message: String::new(),
            target: None,
            details: Vec::new(),
            additional: Map::new(),
            correlation_id: None,
            request_id: None,
            method,
            path: path.to_owned(),
            claims: None,
        };
        match serde_json::from_slice::<Value>(body) {
            Ok(mut value) => {
                clean_value(&mut value);
                mask(&mut value);
                error.fill(&value);
            }
            Err(_) => error.message = text_of(&String::from_utf8_lossy(body)),
        }
        error
    }

    /// Reads the error of a failed long-running operation, which comes with HTTP 200.
    #[must_use]
    pub fn of_operation(status: u16, body: &Value, method: Method, path: &str) -> Self {
        let mut error = Self::read(status, b"", method, path);
        error.fill(body);
        error
    }

    fn fill(&mut self, body: &Value) {
        let Some(object) = error_object(body) else {
            if let Value::String(text) = body {
                text.clone_into(&mut self.message);
            }
            return;
        };
        let detail = read_detail(object, NESTED);
        self.code = detail.code;
        self.message = detail.message;
        self.target = detail.target;
        self.details = detail.details;
        self.additional = detail.additional;
    }

    /// Whether the code is this one, or that of any error below it, without regard to case.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        fn below(details: &[Detail], code: &str) -> bool {
            details
                .iter()
                .any(|detail| detail.code.eq_ignore_ascii_case(code) || below(&detail.details, code))
        }
        self.code.eq_ignore_ascii_case(code) || below(&self.details, code)
    }

    /// The error that says most: the deepest one with a message, along the first of each level.
    #[must_use]
    pub fn cause(&self) -> (&str, &str) {
        let (mut code, mut message) = (self.code.as_str(), self.message.as_str());
        let mut details = &self.details;
        // A message that was nothing but JSON is empty now, and its error stands below.
        let speaks = |detail: &&Detail| !detail.message.is_empty() || !detail.details.is_empty();
        while let Some(detail) = details.iter().find(speaks) {
            code = if detail.code.is_empty() { code } else { &detail.code };
            message = if detail.message.is_empty() { message } else { &detail.message };
            details = &detail.details;
        }
        (code, message)
    }

    /// The action and scope that an authorization failure names.
    #[must_use]
    pub fn missing_permission(&self) -> Option<MissingPermission> {
        if self.status != 403 && !self.code.to_ascii_lowercase().contains("authorizationfailed") {
            return None;
        }
        missing_permission(&self.message)
            .or_else(|| self.details.iter().find_map(|d| missing_permission(&d.message)))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(command) = &self.claims {
            return write!(f, "Azure wants a stronger sign-in for {}: type `{command}`", self.path);
        }
        write!(f, "{} {} answered {}", self.method.as_str(), self.path, self.status)?;
        let (code, message) = self.cause();
        if !code.is_empty() {
            write!(f, " {code}")?;
        }
        if !message.is_empty() {
            write!(f, ": {}", one_line(message))?;
        }
        if let Some(id) = &self.correlation_id {
            write!(f, " (correlation id {id})")?;
        }
        Ok(())
    }
}

/// Reads "... to perform action 'A' over scope 'S' ..." and the form with linked scopes, in which the
/// second action is the one that is lacking.
fn missing_permission(message: &str) -> Option<MissingPermission> {
    let lacking =
        ["does not have permission to perform action", "to perform action", "to perform the action"];
    let rest = lacking.iter().find_map(|words| message.rsplit_once(words).map(|(_, rest)| rest))?;
    let mut quoted = rest.split('\'');
    let action = quoted.nth(1)?.trim();
    let scope = quoted.nth(1).unwrap_or_default().trim();
    let is_action = action.contains('/') && !action.contains(' ');
    is_action.then(|| MissingPermission {
        action: action.to_owned(),
        scope: if scope.starts_with('/') { scope.to_owned() } else { String::new() },
    })
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// Finds the object with the code: below `error` (Azure Resource Manager, Microsoft Graph, failed
/// operations), below `odata.error`, or the body itself.
fn error_object(body: &Value) -> Option<&Map<String, Value>> {
    let object = body.as_object()?;
    let below = |name: &str| member(object, name).and_then(Value::as_object);
    let in_properties = || {
        member(object, "properties").and_then(Value::as_object).and_then(|p| member(p, "error")?.as_object())
    };
    below("error").or_else(|| below("odata.error")).or_else(in_properties).or(Some(object))
}

fn text_member(object: &Map<String, Value>, name: &str) -> String {
    match member(object, name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        // The old directory API: {"message": {"lang": "en", "value": "..."}}.
        Some(Value::Object(inner)) => {
            inner.get("value").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}

fn read_detail(object: &Map<String, Value>, nested: usize) -> Detail {
    let mut message = text_member(object, "message");
    if message.is_empty() {
        message = text_member(object, "error_description");
    }
    let mut details: Vec<Detail> = member(object, "details")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|detail| read_detail(detail, nested))
        .collect();
    if let Some(inner) = member(object, "innererror").and_then(Value::as_object) {
        let inner = read_detail(inner, nested);
        if !inner.code.is_empty() || !inner.message.is_empty() {
            details.push(inner);
        }
    }
    if nested > 0
        && let Some((before, value)) = json_inside(&message)
        && let Some(inner) = error_object(&value)
    {
        let inner = read_detail(inner, nested - 1);
        if !inner.code.is_empty() || !inner.message.is_empty() {
            message = before.trim_end_matches([' ', ':', '-', '\r', '\n', '\'', '"']).trim().to_owned();
            details.insert(0, inner);
        }
    }
    let target = Some(text_member(object, "target")).filter(|target| !target.is_empty());
    const READ: [&str; 6] = ["code", "message", "target", "details", "innererror", "odata.error"];
    let additional = object
        .iter()
        .filter(|(name, _)| !READ.iter().any(|read| name.eq_ignore_ascii_case(read)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Detail { code: text_member(object, "code"), message, target, details, additional }
}

/// A JSON object that stands as text in a message, and what stands before it.
fn json_inside(message: &str) -> Option<(&str, Value)> {
    let start = message.find('{')?;
    let end = message.rfind('}')?;
    let text = message.get(start..=end)?;
    let parsed = serde_json::from_str::<Value>(text).or_else(|_| {
        serde_json::from_str::<Value>(&text.replace("\\\"", "\"").replace("\\r", "").replace("\\n", ""))
    });
    let mut value = parsed.ok().filter(Value::is_object)?;
    mask(&mut value);
    Some((&message[..start], value))
}

/// A plain text or HTML body as one harmless line: of HTML the title and the first heading.
fn text_of(body: &str) -> String {
    let body = body.trim_start_matches('\u{feff}').trim();
    let text = if body.starts_with('<') { Cow::Owned(html_text(body)) } else { clean(body) };
    let line = one_line(&text).into_owned();
    let line = mask_text(&line);
    match line.char_indices().nth(500) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.into_owned(),
    }
}

fn html_text(body: &str) -> String {
    let lower = body.to_ascii_lowercase();
    let between = |tag: &str| {
        let open = lower.find(&format!("<{tag}"))?;
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find("</")?;
        Some(body[start..end].trim().to_owned()).filter(|text| !text.is_empty())
    };
    let mut parts: Vec<String> = ["title", "h1", "h2"].into_iter().filter_map(between).collect();
    parts.dedup();
    if parts.is_empty() { "an HTML page".to_owned() } else { parts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(status: u16, body: &Value) -> ApiError {
        ApiError::read(status, body.to_string().as_bytes(), Method::Get, "/subscriptions/x")
    }

    #[test]
    fn every_known_shape_gives_code_and_message() {
        let shapes = [
            json!({"error": {"code": "C", "message": "M"}}),
            json!({"code": "C", "message": "M"}),
            json!({"Code": "C", "Message": "M"}),
            json!({"odata.error": {"code": "C", "message": {"lang": "en", "value": "M"}}}),
            json!({"status": "Failed", "error": {"code": "C", "message": "M"}}),
            json!({"id": "/x", "properties": {"provisioningState": "Failed", "error": {"code": "C", "message": "M"}}}),
        ];
        for shape in shapes {
            let error = read(400, &shape);
            assert_eq!((error.code.as_str(), error.message.as_str()), ("C", "M"), "{shape}");
        }
    }

    #[test]
    fn text_html_null_and_nothing_are_errors_as_well() {
        let cases: [(&[u8], &str); 6] = [
            (b"Forbidden", "Forbidden"),
            (b"<html><head><title>503 Service Unavailable</title></head><body><h1>Sorry</h1></body></html>",
             "503 Service Unavailable: Sorry"),
            (b"<p>x", "an HTML page"),
            (b"null", ""),
            (b"", ""),
            (b"bad \x1b[31m\xff", "bad \u{241b}[31m\u{fffd}"),
        ];
        for (body, expected) in cases {
            let error = ApiError::read(503, body, Method::Get, "/x");
            assert_eq!(error.message, expected);
            assert!(error.to_string().starts_with("GET /x answered 503"), "{error}");
        }
    }

    #[test]
    fn details_and_inner_errors_are_kept_and_the_deepest_message_speaks() {
        let error = read(
            400,
            &json!({"error": {"code": "InvalidTemplateDeployment", "message": "See details.", "target": "t",
                "details": [{"code": "QuotaExceeded", "message": "No cores left."}],
                "additionalInfo": [{"type": "x"}]}}),
        );
        assert_eq!(error.cause(), ("QuotaExceeded", "No cores left."));
        assert!(error.has_code("quotaexceeded") && error.has_code("InvalidTemplateDeployment"));
        assert_eq!(error.target.as_deref(), Some("t"));
        assert!(error.additional.contains_key("additionalInfo"));
        let graph =
            read(403, &json!({"error": {"code": "A", "message": "m", "innerError": {"date": "2026"}}}));
        assert!(graph.details.is_empty());
    }

    #[test]
    fn machine_learning_says_what_is_missing_in_ways_of_its_own() {
        // The services behind assets, connections and jobs each have a form; what they say has to come through.
        let where_and_when = json!([
            {"type": "ComponentName", "info": {"value": "front"}},
            {"type": "InnerError", "info": {"value": {"code": "NotFoundError", "innerError": null}}}
        ]);
        for (body, cause) in [
            (
                json!({"error": {"code": "UserError", "message": "No datastore one.", "details": [],
                    "additionalInfo": where_and_when}}),
                ("UserError", "No datastore one."),
            ),
            (
                json!({"error": {"code": "UserError", "message": "Not found.", "additionalInfo": where_and_when,
                    "details": [{"code": "ModelNotFound", "message": "No model two.", "details": [], "additionalInfo": []}]}}),
                ("ModelNotFound", "No model two."),
            ),
            (
                json!({"error": {"code": "UserError", "severity": null, "message": "No connection three.",
                    "messageFormat": null, "messageParameters": null, "detailsUri": null, "target": null, "details": [],
                    "innerError": {"code": "NotFoundError", "innerError": null}, "debugInfo": null, "additionalInfo": null},
                    "correlation": {"operation": "o", "request": "r"}, "environment": "e", "location": "l",
                    "time": "2026-07-31T16:02:27.6340174+00:00", "componentName": "accounts"}),
                ("UserError", "No connection three."),
            ),
        ] {
            let error = read(404, &body);
            assert_eq!(error.cause(), cause, "{body}");
            assert!(error.has_code("UserError") && error.target.is_none(), "{body}");
        }
    }

    #[test]
    fn json_in_messages_is_unwrapped_three_levels_deep() {
        let inner =
            json!({"error": {"code": "StorageAccountKeyDisabled", "message": "Keys are off."}}).to_string();
        let middle = json!({"error": {"code": "Conflict", "message": format!("Storage said: {inner}")}});
        let middle = serde_json::to_string_pretty(&middle).unwrap().replace('\n', "\r\n");
        let outer = json!({"error": {"code": "BadRequest", "message": middle}}).to_string();
        let error = read(400, &json!({"error": {"code": "Failed", "message": outer}}));
        assert_eq!(error.cause(), ("StorageAccountKeyDisabled", "Keys are off."));
        assert_eq!(error.details[0].code, "BadRequest");
        assert!(error.has_code("Conflict"));
    }

    #[test]
    fn a_lacking_right_is_read_out_of_the_message() {
        let message = "The client 'ada@contoso.com' with object id '1' does not have authorization to perform action \
            'Microsoft.Authorization/roleAssignments/read' over scope '/subscriptions/x/resourceGroups/g' or the scope is invalid.";
        let error = read(403, &json!({"error": {"code": "AuthorizationFailed", "message": message}}));
        let missing = error.missing_permission().unwrap();
        assert_eq!(missing.action, "Microsoft.Authorization/roleAssignments/read");
        assert_eq!(missing.scope, "/subscriptions/x/resourceGroups/g");
        let linked = "The client has permission to perform action 'Microsoft.A/write' on scope '/a'; however, it does not \
            have permission to perform action 'Microsoft.B/join/action' on the linked scope(s) '/b' or the linked scope(s) are invalid.";
        let error = read(403, &json!({"error": {"code": "LinkedAuthorizationFailed", "message": linked}}));
        let missing = error.missing_permission().unwrap();
        assert_eq!((missing.action.as_str(), missing.scope.as_str()), ("Microsoft.B/join/action", "/b"));
        assert_eq!(
            read(404, &json!({"error": {"code": "NotFound", "message": message}})).missing_permission(),
            None
        );
    }

    #[test]
    fn secrets_in_messages_are_masked() {
        let error = read(400, &json!({"error": {"code": "X", "message": "bad AccountKey=abc123;"}}));
        assert!(!error.to_string().contains("abc123"), "{error}");
        assert!(!ApiError::read(400, b"sig=abc123", Method::Get, "/").to_string().contains("abc123"));
        let inner =
            json!({"error": {"code": "Conflict", "message": "m", "primaryKey": "abc123"}}).to_string();
        for message in
            [format!("Storage said: {inner}"), inner.replace('"', "\\\"").replace('{', "{\\r\\n"), inner]
        {
            let error = read(400, &json!({"error": {"code": "X", "message": message}}));
            assert!(!format!("{error:?}").contains("abc123"), "{error:?}");
            assert_eq!(error.cause(), ("Conflict", "m"), "and is read all the same");
        }
    }
}
