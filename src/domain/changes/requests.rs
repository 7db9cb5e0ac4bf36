//! What the changes that go through Privileged Identity Management have in common: a request of it is taken at once,
//! and only its status says whether it was carried out.

use jiff::{SignedDuration, Timestamp};

use crate::azure::arm::id::ArmId;
use crate::azure::resources::pim::{self, Family};
use crate::domain::plan::{Check, Expect, Wait};

/// Words of a request's status that mean that it is carried out. `Revoked` is what one that takes a role ends with.
const CARRIED_OUT: [&str; 5] = ["Provisioned", "Granted", "ScheduleCreated", "AdminApproved", "Revoked"];
/// Words that mean that it never will be.
const REFUSED: [&str; 7] =
    ["Denied", "AdminDenied", "Failed", "FailedAsResourceIsLocked", "Canceled", "TimedOut", "Invalid"];
/// Words that mean that somebody has to decide, or that it has not begun.
const WAITING: [&str; 8] = [
    "Accepted",
    "PendingEvaluation",
    "PendingApproval",
    "PendingAdminDecision",
    "PendingApprovalProvisioning",
    "PendingProvisioning",
    "PendingScheduleCreation",
    "PendingExternalProvisioning",
];

/// How long PIM usually takes to carry out what needs no approval, in seconds.
const USUALLY: u32 = 10;
/// After how many seconds it is no use to wait for it any more.
const AT_MOST: u32 = 300;

/// Waits until PIM has carried a request out that an administrator sent. `words` is what is so then, as a clause.
pub(super) fn carried_out(scope: &ArmId, family: Family, name: &str, words: &str) -> Wait {
    let read = pim::request(&pim::request_id(scope, family, name));
    let until = Check::new(read, one_of(&CARRIED_OUT), words).never(one_of(&REFUSED));
    Wait {
        reason: format!("{words} in Privileged Identity Management"),
        typical: USUALLY,
        at_most: AT_MOST,
        until: Some(until),
        after: Vec::new(),
        since: None,
    }
}

/// Holds when a request of the caller's own is carried out. The list of one's own requests needs no right at the
/// scope, which who is only eligible does not have.
pub(super) fn own_is_carried_out(scope: &ArmId, name: &str) -> Check {
    own(scope, name, &CARRIED_OUT, "it is carried out").never(with_name(name, &REFUSED))
}

/// Holds while a request of the caller's own waits for somebody.
pub(super) fn own_waits(scope: &ArmId, name: &str) -> Check {
    own(scope, name, &WAITING, "the request still waits to be decided")
}

/// Holds when a request of the caller's own was withdrawn.
pub(super) fn own_is_withdrawn(scope: &ArmId, name: &str) -> Check {
    own(scope, name, &["Canceled"], "the request is withdrawn")
}

fn own(scope: &ArmId, name: &str, words: &[&str], clause: &str) -> Check {
    Check::new(pim::requests_of_caller(scope), with_name(name, words), clause)
}

fn with_name(name: &str, words: &[&str]) -> Expect {
    let item = Expect::All(vec![Expect::equals("/name", name), one_of(words)]);
    Expect::Some { list: "/value".to_owned(), item: Box::new(item) }
}

fn one_of(words: &[&str]) -> Expect {
    Expect::Any(words.iter().map(|word| Expect::equals("/properties/status", *word)).collect())
}

/// A time as a plan says it, to the minute: `2026-12-22 15:43 UTC`.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A duration in ISO 8601 as a plan says it: `PT4H` is `4 h`. What does not read stays as it is.
pub(super) fn spoken(duration: &str) -> String {
    let Ok(length) = duration.parse::<SignedDuration>() else {
        // Days are no fixed length for everybody; for PIM they are 24 hours.
        let days = duration.strip_prefix('P').and_then(|text| text.strip_suffix('D'));
        return days.map_or_else(|| duration.to_owned(), |days| format!("{days} d"));
    };
    let minutes = length.as_mins();
    let parts = [(minutes / 60, "h"), (minutes % 60, "min")];
    let said: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if said.is_empty() { duration.to_owned() } else { said.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_and_times_are_said_as_people_do() {
        let cases = [
            ("PT4H", "4 h"),
            ("PT90M", "1 h 30 min"),
            ("PT1H30M", "1 h 30 min"),
            ("P30D", "30 d"),
            ("?", "?"),
        ];
        for (iso, words) in cases {
            assert_eq!(spoken(iso), words);
        }
        let at: Timestamp = "2026-12-22T15:43:21.90078793Z".parse().unwrap();
        assert_eq!(minute(at), "2026-12-22 15:43 UTC");
    }

    #[test]
    fn no_status_means_two_things() {
        for word in CARRIED_OUT {
            assert!(!REFUSED.contains(&word) && !WAITING.contains(&word), "{word}");
        }
        for word in REFUSED {
            assert!(!WAITING.contains(&word), "{word}");
        }
    }

    #[test]
    fn a_lock_makes_it_vain_to_wait_and_is_told_in_words() {
        let wait = carried_out(&ArmId::group("s", "rg"), Family::Assignment, "n", "the role is taken away");
        let check = wait.until.unwrap();
        let judge = |status: &str| check.judge(Some(&json!({"properties": {"status": status}})));
        assert!(judge("Revoked").holds);
        assert!(!judge("PendingProvisioning").holds && !judge("PendingProvisioning").never);
        let locked = judge("FailedAsResourceIsLocked");
        assert!(locked.never && locked.found.contains("lock"), "{}", locked.found);
    }
}
