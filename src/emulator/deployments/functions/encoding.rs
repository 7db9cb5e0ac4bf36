//! JSON, base64 and URIs.

use serde_json::Value;

use super::{Arguments, Outcome};
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

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let sextet = usize::try_from((group >> (18 - 6 * at)) & 63).unwrap_or(0);
            out.push(if at <= chunk.len() { char::from(ALPHABET[sextet]) } else { '=' });
        }
    }
    out
}

fn decoded(arguments: &Arguments<'_>, text: &str) -> Result<String, String> {
    let fault = || arguments.fault("the argument is not base64 of a text");
    let mut bytes = Vec::new();
    let (mut group, mut bits) = (0u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let sextet = ALPHABET.iter().position(|known| *known == letter).ok_or_else(fault)?;
        group = (group << 6 | u32::try_from(sextet).unwrap_or(0)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((group >> bits) & 0xff).unwrap_or(0));
        }
    }
    String::from_utf8(bytes).map_err(|_| fault())
}
