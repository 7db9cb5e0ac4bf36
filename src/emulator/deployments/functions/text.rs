//! Functions on texts. Some take arrays as well and hand those to `lists`.

use serde_json::Value;
use uuid::Uuid;

use super::{Arguments, Outcome, kind_of};

/// The name space that ARM's `guid` makes its version 5 GUIDs in.
const GUIDS: Uuid = Uuid::from_u128(0x11fb_06fb_712d_4ddd_98c7_e71b_bd58_8830);

pub(super) fn call(arguments: &Arguments<'_>) -> Option<Outcome> {
    let first_is_text = arguments.values.first().is_some_and(Value::is_string);
    let outcome = match arguments.name {
        "concat" if !arguments.values.iter().any(Value::is_array) => arguments
            .count(1, usize::MAX)
            .map(|()| arguments.values.iter().map(as_text).collect::<String>().into()),
        "tolower" => one(arguments, |text| text.to_lowercase().into()),
        "toupper" => one(arguments, |text| text.to_uppercase().into()),
        "trim" => one(arguments, |text| text.trim().into()),
        "string" => arguments.only().map(|value| as_text(value).into()),
        "replace" => replace(arguments),
        "substring" => substring(arguments),
        "take" if first_is_text => {
            halves(arguments).map(|(text, at)| text.chars().take(at).collect::<String>().into())
        }
        "skip" if first_is_text => {
            halves(arguments).map(|(text, at)| text.chars().skip(at).collect::<String>().into())
        }
        "split" => split(arguments),
        "join" => arguments.count(2, 2).and_then(|()| {
            let parts: Vec<String> = arguments.array(0)?.iter().map(as_text).collect();
            let mark = arguments.text(1)?;
            arguments.fits(
                parts.iter().map(String::len).sum::<usize>().saturating_add(parts.len() * mark.len()),
            )?;
            Ok(parts.join(mark).into())
        }),
        "padleft" => pad(arguments),
        "startswith" => pair(arguments, |text, part| text.starts_with(part).into()),
        "endswith" => pair(arguments, |text, part| text.ends_with(part).into()),
        "indexof" if first_is_text => pair(arguments, |text, part| place(text, text.find(part))),
        "lastindexof" if first_is_text => pair(arguments, |text, part| place(text, text.rfind(part))),
        "contains" if first_is_text => arguments.count(2, 2).map(|()| {
            arguments.values[0]
                .as_str()
                .is_some_and(|text| text.contains(&as_text(&arguments.values[1])))
                .into()
        }),
        "length" if first_is_text => one(arguments, |text| text.chars().count().into()),
        "first" if first_is_text => one(arguments, |text| text.chars().take(1).collect::<String>().into()),
        "last" if first_is_text => {
            one(arguments, |text| text.chars().last().map(String::from).unwrap_or_default().into())
        }
        "format" => format(arguments),
        "guid" => arguments.count(1, usize::MAX).and_then(|()| {
            let parts: Result<Vec<&str>, String> =
                (0..arguments.values.len()).map(|index| arguments.text(index)).collect();
            Ok(Uuid::new_v5(&GUIDS, parts?.join("-").as_bytes()).to_string().into())
        }),
        "uniquestring" => arguments.count(1, usize::MAX).map(|()| unique(arguments.values).into()),
        _ => return None,
    };
    Some(outcome)
}

/// A value as `string` and `concat` write it.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(value) => (if *value { "True" } else { "False" }).to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn one(arguments: &Arguments<'_>, change: impl FnOnce(&str) -> Value) -> Outcome {
    arguments.count(1, 1)?;
    Ok(change(arguments.text(0)?))
}

/// Two texts that are compared without case.
fn pair(arguments: &Arguments<'_>, change: impl FnOnce(&str, &str) -> Value) -> Outcome {
    arguments.count(2, 2)?;
    Ok(change(&arguments.text(0)?.to_lowercase(), &arguments.text(1)?.to_lowercase()))
}

fn replace(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(3, 3)?;
    let (text, old, new) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if old.is_empty() {
        return Err(arguments.fault("the text to be replaced may not be empty"));
    }
    let more = text.matches(old).count().saturating_mul(new.len().saturating_sub(old.len()));
    arguments.fits(text.len().saturating_add(more))?;
    Ok(text.replace(old, new).into())
}

fn halves<'a>(arguments: &Arguments<'a>) -> Result<(&'a str, usize), String> {
    arguments.count(2, 2)?;
    Ok((arguments.text(0)?, usize::try_from(arguments.number(1)?).unwrap_or(0)))
}

fn place(text: &str, at: Option<usize>) -> Value {
    at.map_or(Value::from(-1), |at| text[..at].chars().count().into())
}

fn substring(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, 3)?;
    let letters: Vec<char> = arguments.text(0)?.chars().collect();
    let start = arguments.size(1)?;
    let length =
        if arguments.values.len() == 3 { arguments.size(2)? } else { letters.len().saturating_sub(start) };
    let end = start.saturating_add(length);
    if start > letters.len() || end > letters.len() {
        return Err(
            arguments.fault("the index and length parameters must refer to a location within the string")
        );
    }
    Ok(letters[start..end].iter().collect::<String>().into())
}

fn split(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, 2)?;
    let text = arguments.text(0)?;
    let marks: Vec<&str> = match &arguments.values[1] {
        Value::Array(marks) => marks.iter().filter_map(Value::as_str).collect(),
        _ => vec![arguments.text(1)?],
    };
    // Each mark goes over all of the text.
    arguments.fits(text.len().saturating_mul(marks.len()) / 8)?;
    let mut parts = vec![text.to_owned()];
    for mark in marks.into_iter().filter(|mark| !mark.is_empty()) {
        parts = parts.iter().flat_map(|part| part.split(mark)).map(str::to_owned).collect();
    }
    Ok(parts.into())
}

fn pad(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, 3)?;
    let text = as_text(&arguments.values[0]);
    let wanted = arguments.size(1)?.min(1_000);
    let with = match arguments.values.get(2) {
        Some(_) => arguments.text(2)?.chars().next().unwrap_or(' '),
        None => ' ',
    };
    let missing = wanted.saturating_sub(text.chars().count());
    Ok(format!("{}{text}", String::from(with).repeat(missing)).into())
}

/// `{0}` and `{0:000}`; a doubled brace stands for one.
fn format(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(1, usize::MAX)?;
    let mut rest = arguments.text(0)?;
    let mut out = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(more) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = more;
            continue;
        }
        let hole = rest.split_once('}').filter(|_| brace == "{");
        let Some((hole, more)) = hole else { return Err(arguments.fault("the format string is not valid")) };
        rest = more;
        let (index, pattern) = hole.split_once(':').unwrap_or((hole, ""));
        let index = index.trim().parse::<usize>().ok().and_then(|index| index.checked_add(1));
        let value = index.and_then(|index| arguments.values.get(index));
        let Some(value) = value else {
            return Err(
                arguments.fault(&format!("the format string asks for '{{{hole}}}', which was not given"))
            );
        };
        let text = as_text(value);
        let zeros = if pattern.bytes().all(|byte| byte == b'0') && kind_of(value) == "Integer" {
            pattern.len()
        } else {
            0
        };
        arguments.fits(out.len().saturating_add(text.len().max(zeros)))?;
        out.push_str(&"0".repeat(zeros.saturating_sub(text.len())));
        out.push_str(&text);
    }
    out.push_str(rest);
    Ok(out.into())
}

/// Thirteen letters and digits that follow from the arguments. The service's own function is not public: the texts
/// are of the same shape and not the same.
fn unique(values: &[Value]) -> String {
    let parts: Vec<String> = values.iter().map(as_text).collect();
    let hash = Uuid::new_v5(&GUIDS, parts.join("-").as_bytes()).as_u128();
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    (0..13).map(|at| char::from(alphabet[usize::try_from((hash >> (5 * at)) & 31).unwrap_or(0)])).collect()
}
