//! Times as texts for other programs and files.

use jiff::{Timestamp, Unit};

/// A time to the second in RFC 3339, such as `2026-11-22T14:03:00Z`: the clocks of services give more digits than mean
/// anything.
#[must_use]
pub fn stamp(at: Timestamp) -> String {
    at.round(Unit::Second).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_the_second() {
        let at: Timestamp = "2026-11-22T14:03:00.123456789Z".parse().unwrap();
        assert_eq!(stamp(at), "2026-11-22T14:03:00Z");
        assert_eq!(stamp(Timestamp::MAX), "9999-12-30T22:00:00.999999999Z", "what cannot be rounded is left");
    }
}
