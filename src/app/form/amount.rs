//! Numbers and lengths of time as people type them.

use jiff::SignedDuration;

/// Reads a whole number within limits.
///
/// # Errors
/// What is wrong with the text, by the rule.
pub fn number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let rule = || format!("a whole number from {least} to {most}");
    let number: u64 = text.trim().parse().map_err(|_| rule())?;
    if (least..=most).contains(&number) { Ok(number) } else { Err(rule()) }
}

/// Reads a length of time: a number and `min`, `h` or `d`, such as `90 min`, `8 h`, `30 d`, or several of
/// them after one another, such as `1 h 30 min`.
///
/// # Errors
/// What is wrong with the text, by the rule.
pub fn duration(text: &str, least: SignedDuration, most: SignedDuration) -> Result<SignedDuration, String> {
    let rule = || {
        format!(
            "a number with min, h or d, such as {}; from {} to {}",
            words(most),
            words(least),
            words(most)
        )
    };
    let parsed = parse(text).ok_or_else(rule)?;
    if (least..=most).contains(&parsed) { Ok(parsed) } else { Err(rule()) }
}

fn parse(text: &str) -> Option<SignedDuration> {
    let mut rest = text.trim();
    let mut all = SignedDuration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start();
        let unit = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let seconds = match rest[..unit].to_ascii_lowercase().as_str() {
            "m" | "min" | "mins" | "minute" | "minutes" => 60,
            "h" | "hour" | "hours" => 3600,
            "d" | "day" | "days" => 86_400,
            _ => return None,
        };
        all = all.checked_add(SignedDuration::from_secs(number.checked_mul(seconds)?))?;
        rest = rest[unit..].trim_start();
    }
    Some(all)
}

/// A length of time as [`duration`] reads it: `8 h`, `1 h 30 min`, `30 d`.
#[must_use]
pub fn words(length: SignedDuration) -> String {
    let minutes = length.as_mins();
    let parts = [(minutes / 1440, "d"), (minutes % 1440 / 60, "h"), (minutes % 60, "min")];
    let said: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if said.is_empty() { "0 min".to_owned() } else { said.join(" ") }
}

/// A length of time as ISO 8601 writes it for Azure: `PT8H`, `P30D`, `PT1H30M`.
#[must_use]
pub fn iso(length: SignedDuration) -> String {
    let minutes = length.as_mins();
    if minutes > 0 && minutes % 1440 == 0 {
        return format!("P{}D", minutes / 1440);
    }
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (hours, minutes) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    #[test]
    fn a_length_of_time_is_read_and_written_as_people_and_as_azure_do() {
        for (text, minutes, said, azure) in [
            ("8h", 480, "8 h", "PT8H"),
            (" 90 min ", 90, "1 h 30 min", "PT1H30M"),
            ("1 H 30 M", 90, "1 h 30 min", "PT1H30M"),
            ("30 days", 43_200, "30 d", "P30D"),
            ("1d12h", 2160, "1 d 12 h", "PT36H"),
            ("45 minutes", 45, "45 min", "PT45M"),
        ] {
            let length = duration(text, SignedDuration::ZERO, HOUR * 24 * 365).unwrap();
            assert_eq!(length.as_mins(), minutes, "{text}");
            assert_eq!((words(length).as_str(), iso(length).as_str()), (said, azure));
        }
    }

    #[test]
    fn what_is_no_length_of_time_or_out_of_limits_is_told_by_the_rule() {
        for text in ["", "8", "h", "8 weeks", "-1 h", "25 h", "10 min", "9999999999999999999 d", "8 h x"] {
            let error = duration(text, HOUR, HOUR * 24).unwrap_err();
            assert!(error.contains("1 h") && error.contains("1 d"), "{text}: {error}");
        }
    }

    #[test]
    fn a_number_keeps_its_limits() {
        assert_eq!(number(" 7 ", 1, 10), Ok(7));
        for text in ["", "0", "11", "x", "1.5"] {
            assert_eq!(number(text, 1, 10).unwrap_err(), "a whole number from 1 to 10", "{text}");
        }
    }
}
