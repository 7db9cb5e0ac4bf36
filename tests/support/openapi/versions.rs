//! How far two api-versions are apart.

use jiff::civil::Date;

/// The distance in days, then whether one is a preview and the other is not. Anything that is no
/// api-version is as far away as can be.
pub(super) fn distance(asked: &str, stored: &str) -> (u32, bool) {
    let days = match (date(asked), date(stored)) {
        (Some(asked), Some(stored)) => {
            asked.since(stored).map_or(u32::MAX, |span| span.get_days().unsigned_abs())
        }
        _ => u32::MAX,
    };
    (days, is_preview(asked) != is_preview(stored))
}

/// Whether the text has the form of an api-version: a date, and perhaps a word such as `-preview`.
pub(super) fn is_api_version(text: &str) -> bool {
    date(text).is_some() && text.get(10..).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn date(version: &str) -> Option<Date> {
    version.get(..10)?.parse().ok()
}

fn is_preview(version: &str) -> bool {
    version.to_ascii_lowercase().contains("preview")
}

#[test]
fn the_nearest_version_is_by_date_and_then_by_kind() {
    assert!(distance("2024-04-01", "2024-10-01") < distance("2024-04-01", "2022-04-01"));
    assert!(
        distance("2024-10-01-preview", "2024-10-01-preview") < distance("2024-10-01-preview", "2024-10-01")
    );
    assert!(is_api_version("2015-04-01") && is_api_version("2021-05-01-preview"));
    assert!(!is_api_version("latest") && !is_api_version("2021-05-01preview"));
}
