//! JSON, base64 and URIs.

use serde_json::Value;

use super::{Arguments, Outcome};
use crate::emulator::base64::{decode as decode_base64, encode};
use crate::emulator::path::decode;

pub(super) fn call(arguments: &Arguments<'_>) -> Option<Outcome> {
    let outcome = match arguments.name {
        "json" => only(arguments).and_then(|text| parsed(arguments, text)),
        "base64" => only(arguments).map(|text| encode(text.as_bytes()).into()),
        "base64tostring" => only(arguments).and_then(|text| decoded(arguments, text)).map(Value::from),
        "base64tojson" => only(arguments).and_then(|text| parsed(arguments, &decoded(arguments, text)?)),
        "datauri" => only(arguments)
            .map(|text| format!("data:text/plain;charset=utf8;base64,{}", encode(text.as_bytes())).into()),
        "datauritostring" => only(arguments).and_then(|text| match text.split_once(";base64,") {
            Some((_, data)) => decoded(arguments, data).map(Value::from),
            None => Err(arguments.fault("the argument is no data URI in base64")),
        }),
        "uri" => arguments.count(2, 2).and_then(|()| {
            let (base, relative) = (arguments.text(0)?, arguments.text(1)?);
            let joined = url::Url::parse(base).and_then(|base| base.join(relative));
            joined.map(|uri| uri.to_string().into()).map_err(|error| arguments.fault(&error.to_string()))
        }),
        "uricomponent" => only(arguments).map(|text| component(text).into()),
        "uricomponenttostring" => only(arguments).map(|text| decode(text).into()),
        _ => return None,
    };
    Some(outcome)
}

fn only<'a>(arguments: &Arguments<'a>) -> Result<&'a str, String> {
    arguments.count(1, 1)?;
    arguments.text(0)
}

fn parsed(arguments: &Arguments<'_>, text: &str) -> Outcome {
    serde_json::from_str(text)
        .map_err(|error| arguments.fault(&format!("the argument is not valid JSON: {error}")))
}

fn component(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn decoded(arguments: &Arguments<'_>, text: &str) -> Result<String, String> {
    decode_base64(text)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| arguments.fault("the argument is not base64 of a text"))
}
