//! Times and spans: their literals, and how they are written.

use jiff::{SignedDuration, Timestamp, Unit, civil};

/// Units of span literals, longer ones first.
const UNITS: [(&str, f64); 10] = [
    ("microsecond", 1e-6),
    ("milliseconds", 1e-3),
    ("millisecond", 1e-3),
    ("tick", 1e-7),
    ("ms", 1e-3),
    ("d", 86_400.0),
    ("h", 3_600.0),
    ("m", 60.0),
    ("s", 1.0),
    ("us", 1e-6),
];

/// A number with a unit, such as `7d` or `1.5h`.
pub(super) fn span_of(number: f64, unit: &str) -> Option<SignedDuration> {
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    SignedDuration::try_from_secs_f64(number * seconds).ok()
}

/// What stands in `timespan(..)`: `7d`, `12:30:00` or `1.02:03:04`.
pub(super) fn span(text: &str) -> Option<SignedDuration> {
    let text = text.trim();
    let end = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.')).unwrap_or(text.len());
    if let Ok(number) = text[..end].parse::<f64>()
        && let Some(span) = span_of(number, &text[end..])
    {
        return Some(span);
    }
    let (days, clock) = text.split_once('.').filter(|(days, _)| !days.contains(':')).unwrap_or(("0", text));
    let parts: Vec<i64> = clock.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    let parts = [(days.parse().ok()?, 86_400), (*hours, 3_600), (*minutes, 60), (*seconds, 1)];
    let sum = parts
        .into_iter()
        .try_fold(0_i64, |sum, (count, of): (i64, i64)| sum.checked_add(count.checked_mul(of)?));
    sum.map(SignedDuration::from_secs)
}

/// A time as people and services write it; without an offset it is UTC.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_matches(['"', '\'']);
    // A year alone is a number to most who write one.
    if text.len() < 8 {
        return None;
    }
    text.parse()
        .ok()
        .or_else(|| utc(text.parse::<civil::DateTime>().ok()?))
        .or_else(|| utc(text.parse::<civil::Date>().ok()?.at(0, 0, 0, 0)))
}

fn utc(time: civil::DateTime) -> Option<Timestamp> {
    jiff::tz::TimeZone::UTC.to_timestamp(time).ok()
}

/// `2026-11-22T14:03:00.0000000Z`, as Resource Graph writes times.
pub(super) fn write(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// `1.02:03:04`.
pub(super) fn write_span(span: SignedDuration) -> String {
    let all = span.as_secs().unsigned_abs();
    let (days, rest) = (all / 86_400, all % 86_400);
    let sign = if span.is_negative() { "-" } else { "" };
    let clock = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    if days == 0 { format!("{sign}{clock}") } else { format!("{sign}{days}.{clock}") }
}

/// The parts of a time that `datetime_add` and `datetime_diff` know.
const PARTS: [&str; 11] = [
    "year",
    "quarter",
    "month",
    "week",
    "day",
    "hour",
    "minute",
    "second",
    "millisecond",
    "microsecond",
    "nanosecond",
];

/// Whether a text names a part of a time.
pub(super) fn is_part(text: &str) -> bool {
    PARTS.iter().any(|part| part.eq_ignore_ascii_case(text))
}

/// `datetime_diff('unit', later, earlier)`: whole units between two times, boundaries counted.
pub(super) fn difference(unit: &str, later: Timestamp, earlier: Timestamp) -> Option<i64> {
    let between = |of: i64| later.as_second().div_euclid(of) - earlier.as_second().div_euclid(of);
    let finer = |of: i128| {
        let whole = later.as_nanosecond().div_euclid(of) - earlier.as_nanosecond().div_euclid(of);
        i64::try_from(whole).ok()
    };
    let (seconds, minutes, hours) = (between(1), between(60), between(3_600));
    let (days, weeks) = (between(86_400), between(604_800));
    let fine = (finer(1_000_000), finer(1_000), finer(1));
    let utc = |time: Timestamp| time.to_zoned(jiff::tz::TimeZone::UTC);
    let (later, earlier) = (utc(later), utc(earlier));
    let quarter = |of: &jiff::Zoned| i64::from(of.year()) * 4 + i64::from(of.month() - 1) / 3;
    let months = i64::from(later.year() - earlier.year()) * 12 + i64::from(later.month() - earlier.month());
    Some(match unit.to_ascii_lowercase().as_str() {
        "year" => i64::from(later.year() - earlier.year()),
        "quarter" => quarter(&later) - quarter(&earlier),
        "month" => months,
        "week" => weeks,
        "day" => days,
        "hour" => hours,
        "minute" => minutes,
        "millisecond" => fine.0?,
        "microsecond" => fine.1?,
        "nanosecond" => fine.2?,
        "second" => seconds,
        _ => return None,
    })
}

/// The beginning of the day, week, month or year of a time.
pub(super) fn start_of(unit: Unit, time: Timestamp) -> Option<Timestamp> {
    let day = time.to_zoned(jiff::tz::TimeZone::UTC).date();
    let first = match unit {
        Unit::Day => day,
        Unit::Week => day.checked_sub(jiff::Span::new().days(day.weekday().to_sunday_zero_offset())).ok()?,
        Unit::Month => day.first_of_month(),
        _ => day.first_of_year(),
    };
    utc(first.at(0, 0, 0, 0))
}

/// A time and so many of a unit; none for a unit that there is not, or beyond what times hold.
pub(super) fn later(at: jiff::Timestamp, unit: &str, times: f64) -> Option<jiff::Timestamp> {
    let seconds = match unit.to_ascii_lowercase().as_str() {
        "year" => return months_later(at, times * 12.0),
        "quarter" => return months_later(at, times * 3.0),
        "month" => return months_later(at, times),
        "week" => 604_800.0,
        "day" => 86_400.0,
        "hour" => 3_600.0,
        "minute" => 60.0,
        "second" => 1.0,
        "millisecond" => 1e-3,
        "microsecond" => 1e-6,
        "nanosecond" => 1e-9,
        _ => return None,
    };
    at.checked_add(jiff::SignedDuration::try_from_secs_f64(seconds * times).ok()?).ok()
}

fn months_later(at: jiff::Timestamp, months: f64) -> Option<jiff::Timestamp> {
    // Nothing that a time can hold is that many months away.
    let months = (months.abs() < 1e6).then_some(months as i64)?;
    let span = jiff::Span::new().try_months(months).ok()?;
    Some(at.to_zoned(jiff::tz::TimeZone::UTC).checked_add(span).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_times_and_spans() {
        for (text, seconds) in
            [("7d", 604_800), ("90m", 5_400), ("1.5h", 5_400), ("12:30:00", 45_000), ("1.00:00:10", 86_410)]
        {
            assert_eq!(span(text).map(|span| span.as_secs()), Some(seconds), "{text}");
        }
        assert_eq!(span("7 days"), None);
        for text in ["999999999999999999:00:00", "999999999999999999.00:00:00", "1.9223372036854775807:00:00"]
        {
            assert_eq!(span(text), None, "{text}");
        }
        for text in ["2026-11-22", "2026-11-22T00:00", "2026-11-22 00:00:00", "2026-11-22T01:00:00+01:00"] {
            assert_eq!(time(text).map(write).as_deref(), Some("2026-11-22T00:00:00.0000000Z"), "{text}");
        }
        assert_eq!(time("4711"), None);
        assert_eq!(write_span(SignedDuration::from_hours(50)), "2.02:00:00");
    }

    #[test]
    fn differences_count_boundaries() {
        let at = |text: &str| time(text).unwrap();
        let (late, early) = (at("2026-03-01T00:00:00Z"), at("2026-02-28T23:00:00Z"));
        assert_eq!(difference("day", late, early), Some(1));
        assert_eq!(difference("month", late, early), Some(1));
        assert_eq!(difference("hour", late, early), Some(1));
        assert_eq!(difference("quarter", late, at("2025-12-31T00:00:00Z")), Some(1));
        assert_eq!(difference("millisecond", late, early), Some(3_600_000));
        for part in PARTS {
            assert!(difference(part, late, early).is_some() && later(early, part, 1.0).is_some(), "{part}");
        }
        assert_eq!(difference("fortnight", late, early), None);
    }
}
