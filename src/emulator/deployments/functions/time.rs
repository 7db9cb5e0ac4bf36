//! Functions on times, and times written by the patterns of .NET, which is what ARM takes for `utcNow`.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde_json::Value;

use super::{Arguments, Outcome};

/// How `utcNow()` writes the time when it is given no pattern.
pub(in crate::emulator::deployments) const BASIC: &str = "yyyyMMddTHHmmssZ";
/// How `dateTimeAdd` and `dateTimeFromEpoch` write a time.
const ROUND_TRIP: &str = "yyyy-MM-ddTHH:mm:ssZ";

pub(super) fn call(arguments: &Arguments<'_>) -> Option<Outcome> {
    let outcome = match arguments.name {
        "datetimeadd" => add(arguments),
        "datetimefromepoch" => arguments.count(1, 1).and_then(|()| {
            let time = Timestamp::from_second(arguments.number(0)?);
            let time = time.map_err(|_| arguments.fault("the argument is beyond what times hold"))?;
            written(arguments, time, ROUND_TRIP)
        }),
        "datetimetoepoch" => arguments.count(1, 1).and_then(|()| Ok(read(arguments, 0)?.as_second().into())),
        _ => return None,
    };
    Some(outcome)
}

/// `dateTimeAdd(base, duration, pattern)`; the duration is one of ISO 8601, such as `P3Y` or `-PT9H`.
fn add(arguments: &Arguments<'_>) -> Outcome {
    arguments.count(2, 3)?;
    let base = read(arguments, 0)?;
    let span: Span = arguments
        .text(1)?
        .parse()
        .map_err(|_| arguments.fault("the second argument is no duration of ISO 8601"))?;
    let sum = base.to_zoned(TimeZone::UTC).checked_add(span);
    let sum = sum.map_err(|_| arguments.fault("the sum is beyond what times hold"))?.timestamp();
    let pattern = if arguments.values.len() == 3 { arguments.text(2)? } else { ROUND_TRIP };
    written(arguments, sum, pattern)
}

fn written(arguments: &Arguments<'_>, time: Timestamp, pattern: &str) -> Outcome {
    format(time, pattern).map(Value::from).map_err(|what| arguments.fault(&what))
}

/// A time as `utcNow` writes it, or as people do.
fn read(arguments: &Arguments<'_>, index: usize) -> Result<Timestamp, String> {
    let text = arguments.text(index)?;
    let basic = || jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", text).ok()?.to_datetime().ok();
    let civil = || text.parse().ok().or_else(basic)?.to_zoned(TimeZone::UTC).ok();
    text.parse()
        .ok()
        .or_else(|| civil().map(|zoned| zoned.timestamp()))
        .ok_or_else(|| arguments.fault(&format!("'{text}' is not a time")))
}

/// The patterns that a single letter stands for, in the invariant culture.
fn standard(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "MM/dd/yyyy",
        'D' => "dddd, dd MMMM yyyy",
        'f' => "dddd, dd MMMM yyyy HH:mm",
        'F' | 'U' => "dddd, dd MMMM yyyy HH:mm:ss",
        'g' => "MM/dd/yyyy HH:mm",
        'G' => "MM/dd/yyyy HH:mm:ss",
        'm' | 'M' => "MMMM dd",
        'o' | 'O' => "yyyy-MM-ddTHH:mm:ss.fffffffZ",
        'r' | 'R' => "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
        's' => "yyyy-MM-ddTHH:mm:ss",
        't' => "HH:mm",
        'T' => "HH:mm:ss",
        'u' => "yyyy-MM-dd HH:mm:ssZ",
        'y' | 'Y' => "yyyy MMMM",
        _ => return None,
    })
}

/// A time in UTC by a pattern of .NET: a standard one of a single letter, or a custom one.
///
/// # Errors
/// What is wrong with the pattern.
pub(in crate::emulator::deployments) fn format(time: Timestamp, pattern: &str) -> Result<String, String> {
    let mut letters = pattern.chars();
    let pattern = match (letters.next(), letters.next()) {
        (Some(letter), None) => {
            standard(letter).ok_or_else(|| format!("'{pattern}' is not a format of times"))?
        }
        _ => pattern,
    };
    let zoned = time.to_zoned(TimeZone::UTC);
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let run = rest.chars().take_while(|other| *other == letter).count();
        let (from, to) = rest.split_at(if letter.is_ascii() { run } else { letter.len_utf8() });
        rest = to;
        match letter {
            'y' | 'M' | 'd' | 'H' | 'h' | 'm' | 's' | 't' => {
                let directive = directive(letter, run);
                out.push_str(&zoned.strftime(directive).to_string());
            }
            'f' | 'F' => {
                if run > 7 {
                    return Err("a format has seven digits of a second at most".to_owned());
                }
                let digits = format!("{:09}", time.subsec_nanosecond().unsigned_abs());
                let digits = &digits[..run];
                out.push_str(if letter == 'F' { digits.trim_end_matches('0') } else { digits });
            }
            'z' => out.push_str(match run {
                1 => "+0",
                2 => "+00",
                _ => "+00:00",
            }),
            'K' => out.push_str(&"Z".repeat(run)),
            '\'' | '"' => {
                // Only one of the quotes belongs to what begins here.
                let quoted = &pattern[pattern.len() - rest.len() - (run - 1)..];
                let Some((text, after)) = quoted.split_once(letter) else {
                    return Err("a quote in the format does not end".to_owned());
                };
                out.push_str(text);
                rest = after;
            }
            '\\' => {
                let escaped = &pattern[pattern.len() - rest.len() - (run - 1)..];
                let Some(next) = escaped.chars().next() else {
                    return Err("the format ends with a backslash".to_owned());
                };
                out.push(next);
                rest = &escaped[next.len_utf8()..];
            }
            // Makes a custom pattern of a single letter.
            '%' => {}
            _ => out.push_str(from),
        }
    }
    Ok(out)
}

/// What `strftime` calls so many of a letter.
fn directive(letter: char, run: usize) -> &'static str {
    match (letter, run) {
        ('y', 1) => "%-y",
        ('y', 2) => "%y",
        ('y', _) => "%Y",
        ('M', 1) => "%-m",
        ('M', 2) => "%m",
        ('M', 3) => "%b",
        ('M', _) => "%B",
        ('d', 1) => "%-d",
        ('d', 2) => "%d",
        ('d', 3) => "%a",
        ('d', _) => "%A",
        ('H', 1) => "%-H",
        ('H', _) => "%H",
        ('h', 1) => "%-I",
        ('h', _) => "%I",
        ('m', 1) => "%-M",
        ('m', _) => "%M",
        ('s', 1) => "%-S",
        ('s', _) => "%S",
        _ => "%p",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_written_by_the_patterns_of_dotnet() {
        let time: Timestamp = "2026-03-07T15:04:05.1200000Z".parse().unwrap();
        for (pattern, text) in [
            (BASIC, "20260307T150405Z"),
            ("yyyy-MM-dd", "2026-03-07"),
            ("d", "03/07/2026"),
            ("M/d/yy h:m tt", "3/7/26 3:4 PM"),
            ("o", "2026-03-07T15:04:05.1200000Z"),
            ("r", "Sat, 07 Mar 2026 15:04:05 GMT"),
            ("dddd MMMM", "Saturday March"),
            ("HH 'h' mm", "15 h 04"),
            ("HH''mm", "1504"),
            ("ss.FFF|ss.fff", "05.12|05.120"),
            (r"\y\\yy zzz K ä", r"y\26 +00:00 Z ä"),
            ("%d", "7"),
        ] {
            assert_eq!(format(time, pattern).as_deref(), Ok(text), "{pattern}");
        }
        for pattern in ["q", "'open", "yyyy\\", "ffffffff"] {
            assert!(format(time, pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn times_are_added_up_and_counted() {
        let evaluate = |name: &str, values: Value| {
            call(&Arguments { name, values: values.as_array().unwrap() }).unwrap()
        };
        for (name, arguments, result) in [
            ("datetimeadd", json!(["2026-01-31T00:00:00Z", "P1M"]), json!("2026-02-28T00:00:00Z")),
            ("datetimeadd", json!(["20260131T120000Z", "-PT9H", "HH:mm"]), json!("03:00")),
            ("datetimefromepoch", json!([0]), json!("1970-01-01T00:00:00Z")),
            ("datetimetoepoch", json!(["1970-01-02T00:00:00Z"]), json!(86_400)),
        ] {
            assert_eq!(evaluate(name, arguments.clone()), Ok(result), "{name} {arguments}");
        }
        for (name, arguments) in [
            ("datetimeadd", json!(["2026-01-31T00:00:00Z", "P99999Y"])),
            ("datetimeadd", json!(["yesterday", "P1D"])),
            ("datetimefromepoch", json!([i64::MAX])),
        ] {
            assert!(evaluate(name, arguments.clone()).is_err(), "{name} {arguments}");
        }
    }
}
