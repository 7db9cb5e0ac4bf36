//! How long a service wants to be left alone: by header, or by what it says in the message.
//!
//! Of 55 recorded 429 answers 40 had no `Retry-After`; some of them had the seconds in the text only.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;

use super::api_error::ApiError;
use super::response::header;

const DAY: Duration = Duration::from_hours(24);

/// The wait that the headers ask for: `Retry-After` in seconds or as an HTTP date, or the forms in
/// milliseconds that some services have. A date in the past is no wait.
#[must_use]
pub fn wait_in_headers(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(millis) = header(headers, name).and_then(|text| text.parse().ok()) {
            return Some(Duration::from_millis(millis));
        }
    }
    let text = header(headers, "retry-after")?;
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// The wait that a message asks for, as in "Retry after 2 seconds", "try again after '324' seconds" or
/// "retry after 00:00:30".
#[must_use]
pub fn wait_in_message(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '(' | ')' | ',' | ';'))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !word.is_empty())
        .collect();
    let asks = words.iter().position(|word| matches!(*word, "retry" | "again" | "wait"))?;
    words[asks..].iter().enumerate().find_map(|(at, word)| {
        let next = words.get(asks + at + 1).copied().unwrap_or_default();
        amount(word, next)
    })
}

fn amount(word: &str, next: &str) -> Option<Duration> {
    if word.matches(':').count() == 2 {
        return clock(word);
    }
    let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let number: f64 = word.get(..digits)?.parse().ok()?;
    let unit = if digits < word.len() { &word[digits..] } else { next };
    let seconds = match unit {
        "ms" | "milliseconds" | "millisecond" => number / 1000.0,
        "s" | "sec" | "secs" | "second" | "seconds" | "second(s)" => number,
        "m" | "min" | "mins" | "minute" | "minutes" => number * 60.0,
        "h" | "hour" | "hours" => number * 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok()
}

/// Reads `hh:mm:ss`, as in `x-ms-user-quota-resets-after`. `None` also for more than a day, which is no wait.
#[must_use]
pub fn clock(text: &str) -> Option<Duration> {
    let mut parts = text.trim().splitn(3, ':');
    let hours: u64 = parts.next()?.parse().ok()?;
    let minutes: u64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next()?.parse().ok()?;
    let whole = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
    let wait = Duration::from_secs(whole).checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
    Some(wait).filter(|wait| *wait <= DAY)
}

/// The wait that an answer asks for: by header, else by the message of the error or of one below it.
#[must_use]
pub fn wait_of(headers: &HeaderMap, error: &ApiError, now: Timestamp) -> Option<Duration> {
    wait_in_headers(headers, now)
        .or_else(|| wait_in_message(&error.message))
        .or_else(|| error.details.iter().find_map(|detail| wait_in_message(&detail.message)))
}

/// Whether an answer asks to come back later without having done anything. A 429 always does, whatever
/// its body; a `RetryableError` with it means that another operation is in the way, not a quota.
#[must_use]
pub fn is_hold(error: &ApiError) -> bool {
    error.status == 429
        || error.code == "429"
        || error.code.eq_ignore_ascii_case("SubscriptionRequestsThrottled")
}

/// Why a request is sent again, for the countdown on screen and for what is said of an attempt.
#[must_use]
pub fn reason_of(error: &ApiError) -> String {
    if error.has_code("RetryableError") {
        return "another operation is under way".to_owned();
    }
    if !is_hold(error) {
        let code = if error.code.is_empty() { String::new() } else { format!(" ({})", error.code) };
        return format!("Azure answered {}{code}", error.status);
    }
    match error.code.as_str() {
        "" | "429" | "TooManyRequests" => "too many requests".to_owned(),
        code => format!("too many requests ({code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::arm::request::Method;
    use serde_json::json;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn headers_are_read_in_seconds_milliseconds_and_as_dates() {
        let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
        let cases = [
            ("retry-after", "17", Some(17.0)),
            ("retry-after", "0", Some(0.0)),
            ("retry-after", "Sun, 22 Nov 2026 06:00:30 GMT", Some(30.0)),
            ("retry-after", "Sun, 22 Nov 2026 05:00:00 GMT", Some(0.0)),
            ("retry-after", "soon", None),
            ("retry-after", "-5", None),
            ("x-ms-retry-after-ms", "1500", Some(1.5)),
            ("other", "5", None),
        ];
        for (name, value, expected) in cases {
            let wait = wait_in_headers(&headers(name, value), now);
            assert_eq!(wait.map(|wait| wait.as_secs_f64()), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_clock_is_read_whatever_its_numbers() {
        let cases = [
            ("00:01:05.5", Some(65.5)),
            ("24:00:00", Some(86_400.0)),
            ("25:00:00", None),
            ("18446744073709551615:00:00", None),
            ("00:18446744073709551615:00", None),
            ("5124095576030431:15:00", None),
            ("00:00:1e300", None),
            ("00:00:NaN", None),
            ("00:00", None),
        ];
        for (text, expected) in cases {
            assert_eq!(clock(text).map(|wait| wait.as_secs_f64()), expected, "{text}");
        }
    }

    #[test]
    fn messages_are_read_in_the_words_that_azure_uses() {
        let cases = [
            ("Too many requests. Retry after 2 seconds.", Some(2.0)),
            (
                "Number of requests exceeded the limit of '150' for time interval '01:00:00'. Please try again after '324' seconds.",
                Some(324.0),
            ),
            ("Please retry after 30s", Some(30.0)),
            ("Please wait 2 minutes.", Some(120.0)),
            ("Rate limit is exceeded. Try again in 5 seconds.", Some(5.0)),
            ("retry after 00:01:05.", Some(65.0)),
            ("The request limit of 250 was reached.", None),
            ("Please retry the request later.", None),
            ("", None),
        ];
        for (message, expected) in cases {
            assert_eq!(wait_in_message(message).map(|wait| wait.as_secs_f64()), expected, "{message}");
        }
    }

    #[test]
    fn every_recorded_shape_of_429_asks_to_wait() {
        let bodies = [
            json!({"error": {"code": "429", "message": "Too many requests. Retry after 2 seconds."}})
                .to_string(),
            json!({"error": {"code": "SubscriptionRequestsThrottled", "message": "x"}}).to_string(),
            json!({"Code": "TooManyRequests", "Message": "Retry after 2 seconds"}).to_string(),
            "Too Many Requests".to_owned(),
            json!({"error": {"code": "RetryableError", "message": "x", "details": [
                {"code": "ReferencedResourceNotProvisioned", "message": "Retry after 2 seconds"}]}})
            .to_string(),
        ];
        for body in bodies {
            let error = ApiError::read(429, body.as_bytes(), Method::Put, "/x");
            assert!(is_hold(&error), "{body}");
            let wait = wait_of(&HeaderMap::new(), &error, Timestamp::UNIX_EPOCH);
            assert_eq!(wait, body.contains("2 seconds").then_some(Duration::from_secs(2)), "{body}");
            assert_eq!(reason_of(&error).starts_with("another"), body.contains("Retryable"), "{body}");
        }
    }
}
