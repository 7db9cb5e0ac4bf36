//! Bodies that are not quite JSON. Azure Resource Manager takes names without quotes, comments and commas before an end,
//! and `az deployment` relies on it: it sends `template:{..}`.

use serde_json::Value;

/// Reads a body that strict JSON refuses; `None` when it is no JSON this way either.
pub(super) fn read(bytes: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    serde_json::from_str(&strict(text)).ok()
}

/// The same text as strict JSON.
fn strict(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '"' => string(rest),
            '/' if rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if rest.starts_with("/*") => {
                rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            '}' | ']' => {
                let kept = out.trim_end();
                if let Some(before) = kept.strip_suffix(',') {
                    out.truncate(before.len());
                }
                1
            }
            first if first.is_ascii_alphabetic() || first == '_' || first == '$' => {
                let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
                let end = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len());
                if rest[end..].trim_start().starts_with(':') {
                    out.push('"');
                    out.push_str(&rest[..end]);
                    out.push('"');
                    rest = &rest[end..];
                    continue;
                }
                end
            }
            first => first.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

/// The length of the string that a text begins with, quotes included.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn names_without_quotes_comments_and_last_commas_are_read() {
        let text = r#"{"properties": {"mode": "Incremental", template:{ // the template
            "$schema": "https://x/y", /* a: 1 */ resources: [1, 2,], "text": "a: {b, } // \" c", on: true, },}}"#;
        assert_eq!(
            read(text.as_bytes()).unwrap(),
            json!({ "properties": { "mode": "Incremental", "template": {
                "$schema": "https://x/y", "resources": [1, 2], "text": "a: {b, } // \" c", "on": true } } })
        );
        assert_eq!(read(b"{a b: 1}"), None);
        assert_eq!(read(b"{\"open"), None);
    }

    proptest! {
        #[test]
        fn strict_json_means_the_same(text in "[a-z:{},\"/* ]{0,12}", number in any::<i32>()) {
            let value = json!({ text.clone(): [number, text, { "b": null }] });
            prop_assert_eq!(read(value.to_string().as_bytes()), Some(value));
        }

        #[test]
        fn every_text_has_an_answer(text in "[\\[{}\\],:\"/*a-b\\\\ü]{0,30}") {
            let _ = read(text.as_bytes());
        }
    }
}
