//! Text from Azure is made harmless once, at the boundary where JSON becomes model.
//!
//! Anybody who may name a resource or write a tag can put a control sequence into what an
//! administrator reads. Behind this boundary no string can move a cursor, set a title, reverse the
//! reading order or hide characters: the dangerous ones stand there as visible pictures.

use std::borrow::Cow;

use serde_json::Value;

use super::secrets::MASK;

/// What stands for a tab.
const TAB: char = '\u{2409}';

/// The visible stand-in for a character that may not pass, or `None` for one that may.
///
/// Newlines pass: long messages have them. The emoji variation selectors U+FE0E and U+FE0F pass too:
/// they change no order and hide nothing. Joiners are looked at with what they stand between, see [`joins`].
fn stand_in(c: char) -> Option<char> {
    match c {
        '\n' | ' '..='~' => None,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)),
        '\u{7f}' => Some('\u{2421}'),
        // C1 controls; soft hyphen.
        '\u{80}'..='\u{9f}' | '\u{ad}'
        // Joiner, fillers and separators that show nothing.
        | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{3164}' | '\u{ffa0}'
        // Arabic letter mark, zero-width characters and bidi marks, line and paragraph separators,
        // embeddings and overrides, word joiner, invisible operators, isolates, deprecated formats.
        | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        // Variation selectors but the two for emoji, byte order mark, annotations.
        | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        // Musical controls, tags, further variation selectors.
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// Whether this is a joiner, U+200C or U+200D, that is spelling and no disguise: it stands between two signs that are not
/// ASCII and pass themselves, as in Persian words and families of emoji. Names of resources are ASCII, so that none of them
/// can be made to look like another by it.
fn joins(before: Option<char>, c: char, after: Option<char>) -> bool {
    let is_written =
        |sign: Option<char>| sign.is_some_and(|sign| !sign.is_ascii() && stand_in(sign).is_none());
    matches!(c, '\u{200c}' | '\u{200d}') && is_written(before) && is_written(after)
}

/// Whether a sign may stand for another one that was not harmless: what holds one was perhaps not read whole.
#[must_use]
pub fn is_stand_in(c: char) -> bool {
    matches!(c, char::REPLACEMENT_CHARACTER | '\u{2400}'..='\u{2421}')
}

/// Whether a text was perhaps not read whole, because a sign in it stands for another or a secret is masked: written
/// back it would change what is there.
#[must_use]
pub fn is_altered(text: &str) -> bool {
    text.contains(MASK) || text.contains(is_stand_in)
}

/// Makes a text harmless. Borrows when there was nothing to do.
///
/// CRLF becomes a newline; other C0 controls, tabs too, and DEL become control pictures, all else that is
/// invisible or turns the reading order becomes U+FFFD.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let Some((first, _)) = text.char_indices().find(|(_, c)| stand_in(*c).is_some()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 8);
    out.push_str(&text[..first]);
    let mut before = text[..first].chars().next_back();
    let mut rest = text[first..].chars().peekable();
    let mut is_same = true;
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        let is_joiner = joins(before, c, after);
        before = Some(c);
        if c == '\r' && after == Some('\n') {
            is_same = false;
            continue;
        }
        let shown = stand_in(c).filter(|_| !is_joiner).unwrap_or(c);
        is_same &= shown == c;
        out.push(shown);
    }
    if is_same { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// Makes a text harmless and fit for one line: each run of white space becomes one blank, the ends are
/// trimmed.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    let cleaned = clean(text);
    let tidy =
        !cleaned.contains(['\n', TAB]) && !cleaned.contains("  ") && cleaned.trim().len() == cleaned.len();
    if tidy {
        return cleaned;
    }
    let words = cleaned.split(|c: char| c.is_whitespace() || c == TAB).filter(|word| !word.is_empty());
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// Makes every string of a JSON document harmless, property names too.
pub fn clean_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(cleaned) = clean(text) {
                *text = cleaned;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean_value),
        Value::Object(members) => {
            if members.keys().any(|key| matches!(clean(key), Cow::Owned(_))) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(key, value)| (clean(&key).into_owned(), value))
                    .collect();
            }
            members.values_mut().for_each(clean_value);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether the bytes of a JSON document may hold a string that [`clean`] would change.
///
/// One pass over the bytes, without parsing. It may say yes for nothing (an escaped `\u00e9`), never no
/// for something.
#[must_use]
pub fn json_needs_cleaning(body: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        match byte {
            b'\\' => {
                // `\n`, `\"`, `\\` and `\/` are harmless; `\u`, `\r`, `\t`, `\b` and `\f` may not be.
                if !matches!(body.get(at + 1), Some(b'n' | b'"' | b'\\' | b'/')) {
                    return true;
                }
                at += 2;
            }
            // Raw line ends and tabs are white space between JSON tokens; inside a string they are not
            // valid JSON, and the parser refuses them.
            b'\t' | b'\n' | b'\r' | 0x20..=0x5b | 0x5d..=0x7e => at += 1,
            0x00..=0x1f | 0x7f => return true,
            0x80.. => {
                let length = match byte {
                    0xc2..=0xdf => 2,
                    0xe0..=0xef => 3,
                    0xf0..=0xf4 => 4,
                    _ => return true,
                };
                let character = body
                    .get(at..at + length)
                    .and_then(|bytes| std::str::from_utf8(bytes).ok())
                    .and_then(|text| text.chars().next());
                if character.is_none_or(|c| stand_in(c).is_some()) {
                    return true;
                }
                at += length;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const DANGEROUS: &[(&str, &str)] = &[
        ("a\u{1b}[2Jb", "a\u{241b}[2Jb"),
        ("bell\u{7}", "bell\u{2407}"),
        ("\u{7f}", "\u{2421}"),
        ("osc\u{9d}0;x\u{9c}", "osc\u{fffd}0;x\u{fffd}"),
        ("inv\u{202e}fdp.exe", "inv\u{fffd}fdp.exe"),
        ("zero\u{200b}width", "zero\u{fffd}width"),
        ("isolate\u{2066}x\u{2069}", "isolate\u{fffd}x\u{fffd}"),
        ("\u{feff}bom", "\u{fffd}bom"),
        ("tag\u{e0041}", "tag\u{fffd}"),
        ("soft\u{ad}hyphen", "soft\u{fffd}hyphen"),
        ("filler\u{3164}", "filler\u{fffd}"),
        ("tab\there", "tab\u{2409}here"),
        ("line\r\nline", "line\nline"),
        ("alone\rhere", "alone\u{240d}here"),
        ("line\u{2028}separator", "line\u{fffd}separator"),
        // Joiners that join nothing.
        ("st\u{200d}fraud", "st\u{fffd}fraud"),
        ("\u{200c}می", "\u{fffd}می"),
        ("می\u{200c}\u{200c}خ", "می\u{fffd}\u{fffd}خ"),
        ("é\u{200d}a", "é\u{fffd}a"),
    ];

    #[test]
    fn dangerous_characters_become_visible_ones() {
        for (text, expected) in DANGEROUS {
            assert_eq!(clean(text), *expected, "{text:?}");
            assert_eq!(clean(expected), *expected, "cleaning twice changes nothing");
        }
    }

    #[test]
    fn ordinary_text_of_any_script_is_borrowed() {
        for text in [
            "mlw-risk",
            "Zürich",
            "东京 ワークスペース",
            "مساحة",
            "שלום",
            "two\nlines",
            "⚠\u{fe0f} prod",
            "می\u{200c}خواهم",
            "👩\u{200d}🔬 and 👨\u{200d}👩\u{200d}👧",
        ] {
            assert!(matches!(clean(text), Cow::Borrowed(_)), "{text:?}");
        }
    }

    #[test]
    fn one_line_folds_white_space() {
        assert_eq!(one_line(" a\r\n\tb  c\n"), "a b c");
        assert!(matches!(one_line("a b"), Cow::Borrowed(_)));
    }

    #[test]
    fn property_names_are_cleaned_as_well() {
        let mut value = json!({"tags": {"ow\u{202e}ner": ["x\u{1b}"]}, "n": 1});
        clean_value(&mut value);
        assert_eq!(value, json!({"tags": {"ow\u{fffd}ner": ["x\u{241b}"]}, "n": 1}));
    }

    #[test]
    fn the_scan_finds_whatever_cleaning_would_change_raw_or_escaped() {
        for (text, _) in DANGEROUS {
            let escaped: String = text.chars().map(escape).collect();
            for body in [format!("{{\"a\":\"{escaped}\"}}"), json!({ "a": text }).to_string()] {
                assert!(json_needs_cleaning(body.as_bytes()), "{body}");
            }
        }
        assert!(json_needs_cleaning(b"\"\xff\""));
        assert!(json_needs_cleaning(b"\"\xe2\x80"));
    }

    fn escape(c: char) -> String {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
    }

    #[test]
    fn the_scan_lets_ordinary_json_pass() {
        let body = json!({"name": "Zürich", "text": "two\nlines \"quoted\" a\\b", "list": [1, true, null]});
        let pretty = serde_json::to_string_pretty(&body).unwrap().replace('\n', "\r\n\t");
        assert!(!json_needs_cleaning(body.to_string().as_bytes()));
        assert!(!json_needs_cleaning(pretty.as_bytes()));
    }

    proptest::proptest! {
        #[test]
        fn what_the_scan_lets_pass_needs_no_cleaning(text in "\\PC*|[\\x00-\\u{2070}]{0,20}") {
            let body = json!([text]).to_string();
            let mut value: Value = serde_json::from_str(&body).unwrap();
            let before = value.clone();
            clean_value(&mut value);
            if !json_needs_cleaning(body.as_bytes()) {
                proptest::prop_assert_eq!(&before, &value);
            }
            proptest::prop_assert!(!value[0].as_str().unwrap().chars().any(|c| stand_in(c).is_some()));
        }
    }
}
