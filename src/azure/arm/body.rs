//! From the bytes of an answer to a model: cleaned of dangerous text, masked of secrets, in one place.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::azure::safe_text::{clean_value, json_needs_cleaning, one_line};
use crate::azure::secrets::{json_may_hold_secret, mask};

/// Where and why a body could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undecodable {
    /// The path in the JSON, `.` for the document itself.
    pub at: String,
    /// What is wrong there, harmless and without the value.
    pub reason: String,
}

/// Decodes a body. No body at all decodes as `null`.
///
/// A body whose bytes show nothing dangerous and nothing secret is decoded straight from the slice; any
/// other takes the way over a cleaned and masked document, so that no model holds either.
///
/// # Errors
/// With the place in the document, when the body is no JSON or not of that type.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Undecodable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.is_empty() {
        return typed(Value::Null);
    }
    if json_needs_cleaning(body) || json_may_hold_secret(body) {
        return typed(document(body)?);
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| undecodable(&error, body))?;
    reader.end().map_err(|error| plain(&error.to_string(), body))?;
    Ok(value)
}

/// Decodes a body as a document, cleaned and masked.
///
/// # Errors
/// When the body is no JSON.
pub fn document(body: &[u8]) -> Result<Value, Undecodable> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let mut value: Value = serde_json::from_str(text).map_err(|error| plain(&error.to_string(), body))?;
    if json_needs_cleaning(text.as_bytes()) {
        clean_value(&mut value);
    }
    mask(&mut value);
    Ok(value)
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Undecodable> {
    let mut track = serde_path_to_error::Track::new();
    let reader = serde_path_to_error::Deserializer::new(value, &mut track);
    T::deserialize(reader).map_err(|error| Undecodable {
        at: track.path().to_string(),
        reason: one_line(&error.to_string()).into_owned(),
    })
}

fn undecodable(error: &serde_path_to_error::Error<serde_json::Error>, body: &[u8]) -> Undecodable {
    let mut found = plain(&error.inner().to_string(), body);
    found.at = error.path().to_string();
    found
}

fn plain(reason: &str, body: &[u8]) -> Undecodable {
    let is_html = body.trim_ascii_start().first() == Some(&b'<');
    let hint = if is_html { "it is an HTML page, perhaps the sign-in page of a proxy" } else { reason };
    Undecodable { at: ".".to_owned(), reason: one_line(hint).into_owned() }
}

/// Whether JSON was cut off on its way: it opens with a bracket that the last byte does not close.
#[must_use]
pub fn is_cut_off(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    match body.first() {
        Some(b'{') => body.last() != Some(&b'}'),
        Some(b'[') => body.last() != Some(&b']'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Model {
        name: String,
        #[serde(default)]
        properties: Value,
    }

    #[test]
    fn whatever_way_a_body_takes_the_model_is_harmless_and_without_secrets() {
        let cases = [
            (json!({"name": "mlw"}), json!(null)),
            (json!({"name": "mlw", "properties": {"x": "a\u{1b}b"}}), json!({"x": "a\u{241b}b"})),
            (json!({"name": "mlw", "properties": {"primaryKey": "abc"}}), json!({"primaryKey": "********"})),
        ];
        for (body, properties) in cases {
            let model: Model = decode(body.to_string().as_bytes()).unwrap();
            assert_eq!(model, Model { name: "mlw".to_owned(), properties });
        }
    }

    #[test]
    fn an_error_names_the_place_on_both_ways() {
        for body in [r#"{"value":[{"name":"a"},{"name":7}]}"#, r#"{"value":[{"name":"a\t"},{"name":7}]}"#] {
            #[derive(Debug, Deserialize)]
            struct List {
                #[serde(rename = "value")]
                _value: Vec<Model>,
            }
            let error = decode::<List>(body.as_bytes()).unwrap_err();
            assert_eq!(error.at, "value[1].name", "{error:?}");
        }
    }

    #[test]
    fn bodies_that_are_no_json_are_refused_in_words() {
        assert!(decode::<Value>(b"<html></html>").unwrap_err().reason.contains("HTML"));
        assert!(decode::<Value>(b"{\"a\":1} x").is_err());
        assert!(decode::<Value>(b"{\"a\":").is_err());
        assert_eq!(decode::<Value>(b""), Ok(Value::Null));
        assert_eq!(decode::<Value>(b"\xef\xbb\xbf{\"a\":1}"), Ok(json!({"a": 1})));
        assert!(decode::<Value>(b"\"\xff\"").is_ok(), "text that is no UTF-8 becomes replacement characters");
    }

    #[test]
    fn cut_off_json_is_recognised() {
        for (body, cut) in [
            ("{\"a\":1}", false),
            ("{\"a\":", true),
            ("[1,", true),
            ("[1]\n", false),
            ("text", false),
            ("", false),
        ] {
            assert_eq!(is_cut_off(body.as_bytes()), cut, "{body}");
        }
    }
}
