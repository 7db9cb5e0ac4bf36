//! What must hold, as data: a read and what its answer must be like.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::azure::arm::request::Request;

/// A read, and what must hold of its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What is read: a GET, or a POST that only reads.
    pub read: Request,
    /// What must hold.
    pub expect: Expect,
    /// What makes it vain to ask again, such as a request that was denied.
    #[serde(default)]
    pub never: Option<Expect>,
    /// What is so when it holds, as a clause: `shared key access is on`.
    pub words: String,
    /// Further reads that must hold as well, each by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub and: Vec<Self>,
}

/// What must hold of an answer. Pointers are those of RFC 6901, and names in them are found without regard to case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Expect {
    /// It is there.
    Exists,
    /// It is not there: 404, or an empty list.
    Absent,
    /// What stands at a place is this.
    Equals {
        /// Where.
        at: String,
        /// What.
        value: Value,
        /// How texts are compared.
        #[serde(default)]
        by: Compare,
        /// What it means when nothing stands there, or null: Azure leaves out defaults.
        #[serde(default)]
        or_missing: Option<Value>,
    },
    /// The time at a place is not earlier than this; where none stands there, it never ends.
    NotBefore {
        /// Where.
        at: String,
        /// The earliest time that will do.
        time: Timestamp,
    },
    /// Some item of the list at a place fits; in it pointers begin at the item.
    Some {
        /// Where the list is, such as `/value`.
        list: String,
        /// What the item must be like.
        item: Box<Self>,
    },
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
}

/// How texts are compared. Everything else is compared as JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Compare {
    /// Without regard to case: enumerations, ids, names.
    #[default]
    NoCase,
    /// As it is.
    Exact,
    /// The last segment of an id, without regard to case: role definitions are written with the prefix of whichever
    /// subscription was asked.
    LastSegment,
}

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Whether it holds.
    pub holds: bool,
    /// Whether it never will.
    #[serde(default)]
    pub never: bool,
    /// What was found instead, in a few words; empty when it holds.
    #[serde(default)]
    pub found: String,
}

impl Check {
    /// A check.
    #[must_use]
    pub fn new(read: Request, expect: Expect, words: impl Into<String>) -> Self {
        Self { read, expect, never: None, words: words.into(), and: Vec::new() }
    }

    /// The same, given up when this holds.
    #[must_use]
    pub fn never(mut self, never: Expect) -> Self {
        self.never = Some(never);
        self
    }

    /// The same, where these must hold as well.
    #[must_use]
    pub fn and(mut self, others: impl IntoIterator<Item = Self>) -> Self {
        self.and.extend(others);
        self
    }

    /// Itself, and what must hold as well.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.and)
    }

    /// What these items of a resource group are left for, as a sentence: the group stays with them. None where they are
    /// what it may hold.
    #[must_use]
    pub fn left(&self, items: &[Value]) -> Option<String> {
        let verdict = self.judge(Some(&serde_json::json!({ "value": items })));
        let group = self.read.path.trim_end_matches("/resources");
        (!verdict.holds).then(|| format!("{} stays: {}.", last(group), verdict.found))
    }

    /// The same with what stands for something that was not known yet replaced by what it is.
    #[must_use]
    pub fn filled(mut self, placeholder: &str, text: &str) -> Self {
        for (_, value) in &mut self.read.query {
            *value = value.replace(placeholder, text);
        }
        self.expect.fill(placeholder, text);
        self.and = self.and.into_iter().map(|other| other.filled(placeholder, text)).collect();
        self
    }

    /// Judges the answer to its own read, [`Check::and`] left aside; `None` stands for 404.
    #[must_use]
    pub fn judge(&self, answer: Option<&Value>) -> Verdict {
        let holds = self.expect.holds(answer);
        let never = !holds && self.never.as_ref().is_some_and(|never| never.holds(answer));
        let found = if holds { String::new() } else { found(&self.expect, answer) };
        Verdict { holds, never, found }
    }
}

impl Expect {
    /// What stands at a place is this, texts compared without case.
    #[must_use]
    pub fn equals(at: &str, value: impl Into<Value>) -> Self {
        Self::Equals { at: at.to_owned(), value: value.into(), by: Compare::NoCase, or_missing: None }
    }

    /// The same, where a missing value means `default`.
    #[must_use]
    pub fn equals_or(at: &str, value: impl Into<Value>, default: impl Into<Value>) -> Self {
        Self::Equals {
            at: at.to_owned(),
            value: value.into(),
            by: Compare::NoCase,
            or_missing: Some(default.into()),
        }
    }

    /// What stands at a place is an id with this last segment.
    #[must_use]
    pub fn ends_in(at: &str, name: &str) -> Self {
        Self::Equals { at: at.to_owned(), value: name.into(), by: Compare::LastSegment, or_missing: None }
    }

    fn fill(&mut self, placeholder: &str, text: &str) {
        match self {
            Self::Equals { value, .. } if value.as_str() == Some(placeholder) => *value = text.into(),
            Self::Some { item, .. } => item.fill(placeholder, text),
            Self::All(all) | Self::Any(all) => all.iter_mut().for_each(|one| one.fill(placeholder, text)),
            Self::Not(not) => not.fill(placeholder, text),
            Self::Exists | Self::Absent | Self::Equals { .. } | Self::NotBefore { .. } => {}
        }
    }

    /// Whether it is about the items of a list, of which all pages are to be read.
    #[must_use]
    pub fn reads_list(&self) -> bool {
        match self {
            Self::Some { list, .. } => list == "/value",
            Self::All(all) | Self::Any(all) => all.iter().any(Self::reads_list),
            Self::Not(not) => not.reads_list(),
            Self::Exists | Self::Absent | Self::Equals { .. } | Self::NotBefore { .. } => false,
        }
    }

    /// Whether it holds of an answer; `None` stands for 404.
    #[must_use]
    pub fn holds(&self, answer: Option<&Value>) -> bool {
        match self {
            Self::Exists => answer.is_some_and(|body| !is_empty_list(body)),
            Self::Absent => answer.is_none_or(is_empty_list),
            Self::Equals { at, value, by, or_missing } => {
                let found = answer.and_then(|body| read_as(body, at)).filter(|found| !found.is_null());
                // A default is one of something that is there.
                let missing = if answer.is_some() { or_missing.as_ref() } else { None };
                found.or(missing).is_some_and(|found| same(found, value, *by))
            }
            Self::NotBefore { at, time } => answer.is_some_and(|body| match read_as(body, at) {
                None | Some(Value::Null) => true,
                Some(found) => found
                    .as_str()
                    .and_then(|text| text.parse::<Timestamp>().ok())
                    .is_some_and(|found| found >= *time),
            }),
            Self::Some { list, item } => answer
                .and_then(|body| read_as(body, list))
                .and_then(Value::as_array)
                .is_some_and(|items| items.iter().any(|value| item.holds(Some(value)))),
            Self::All(all) => all.iter().all(|one| one.holds(answer)),
            Self::Any(any) => any.iter().any(|one| one.holds(answer)),
            Self::Not(not) => !not.holds(answer),
        }
    }
}

/// What stands at a pointer, names without regard to case; the empty pointer is the whole.
#[must_use]
pub fn read_as<'a>(body: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.split('/').skip(1).try_fold(body, |value, part| {
        let part = part.replace("~1", "/").replace("~0", "~");
        match value {
            Value::Object(object) => object.get(&part).or_else(|| {
                object.iter().find(|(name, _)| name.eq_ignore_ascii_case(&part)).map(|(_, value)| value)
            }),
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => None,
        }
    })
}

fn is_empty_list(body: &Value) -> bool {
    read_as(body, "/value").and_then(Value::as_array).is_some_and(Vec::is_empty)
}

fn same(found: &Value, wanted: &Value, by: Compare) -> bool {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => match by {
            Compare::NoCase => found.eq_ignore_ascii_case(wanted),
            Compare::Exact => found == wanted,
            Compare::LastSegment => last(found).eq_ignore_ascii_case(last(wanted)),
        },
        _ => found == wanted,
    }
}

fn last(id: &str) -> &str {
    id.trim_end_matches('/').rsplit('/').next().unwrap_or(id)
}

/// What a status of Privileged Identity Management's requests means, as a clause.
#[must_use]
pub fn status_words(status: &str) -> Option<&'static str> {
    const WORDS: &[(&str, &str)] = &[
        ("PendingApproval", "it waits for somebody to approve it"),
        ("PendingAdminDecision", "it waits for an administrator to decide"),
        ("Denied", "it was denied"),
        ("AdminDenied", "it was denied"),
        ("Canceled", "it was withdrawn"),
        ("TimedOut", "nobody decided in time"),
        (
            "FailedAsResourceIsLocked",
            "a lock on the scope or above it keeps roles there from being taken away; who may delete locks can remove it",
        ),
    ];
    WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(status)).map(|(_, words)| *words)
}

/// What was found instead: the first value that is not as it should be.
fn found(expect: &Expect, answer: Option<&Value>) -> String {
    let Some(body) = answer else { return "it is not there".to_owned() };
    match expect {
        Expect::Equals { at, or_missing, .. } => {
            let name = at.rsplit('/').next().unwrap_or(at);
            match read_as(body, at).filter(|value| !value.is_null()).or(or_missing.as_ref()) {
                Some(Value::String(text)) => {
                    let words = (name == "status").then(|| status_words(text)).flatten();
                    words.map_or_else(|| format!("{name} is {text}"), str::to_owned)
                }
                // Whatever names are in it are no words for a screen.
                Some(Value::Object(_) | Value::Array(_)) => format!("{name} is not so"),
                Some(value) => format!("{name} is {value}"),
                None => format!("{name} is not set"),
            }
        }
        Expect::NotBefore { at, .. } => {
            let name = at.rsplit('/').next().unwrap_or(at);
            read_as(body, at)
                .and_then(Value::as_str)
                .map_or_else(String::new, |text| format!("{name} is {text}"))
        }
        Expect::All(all) | Expect::Any(all) => {
            let first = all.iter().find(|one| !one.holds(answer));
            first.map_or_else(String::new, |one| found(one, answer))
        }
        Expect::Some { list, item } => {
            // The item that lacks but the last thing that is wanted of it.
            let (Expect::All(wanted), Some(Value::Array(items))) = (&**item, read_as(body, list)) else {
                return "it is not there".to_owned();
            };
            let nearly = |value: &&Value| {
                let (_, most) = wanted.split_last().unzip();
                most.unwrap_or_default().iter().all(|one| one.holds(Some(value)))
            };
            items
                .iter()
                .find(nearly)
                .map_or_else(|| "it is not there".to_owned(), |value| found(item, Some(value)))
        }
        Expect::Exists => "it is not there".to_owned(),
        Expect::Absent => "it is there".to_owned(),
        Expect::Not(not) => match &**not {
            Expect::Equals { at, .. } => found(
                &Expect::Equals { at: at.clone(), value: Value::Null, by: Compare::Exact, or_missing: None },
                answer,
            ),
            Expect::Some { list, item } => {
                let items = read_as(body, list).and_then(Value::as_array).into_iter().flatten();
                let id =
                    |item: &Value| read_as(item, "/id").and_then(Value::as_str).map(last).map(str::to_owned);
                let names: Vec<String> = items.filter(|one| item.holds(Some(one))).filter_map(id).collect();
                match names.as_slice() {
                    [] => "it is there".to_owned(),
                    [one] => format!("{one} is there"),
                    several => format!("{} are there", several.join(", ")),
                }
            }
            _ => "it is there".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_azure_leaves_out_is_its_default_of_something_that_is_there() {
        let on = Expect::equals_or("/properties/allowSharedKeyAccess", true, true);
        assert!(on.holds(Some(&json!({"properties": {}}))));
        assert!(on.holds(Some(&json!({"properties": {"allowSharedKeyAccess": null}}))));
        assert!(!on.holds(Some(&json!({"properties": {"allowSharedKeyAccess": false}}))));
        assert!(!on.holds(None), "a resource that is gone has no settings");
    }

    #[test]
    fn expectations_are_a_small_logic_over_answers() {
        let body =
            json!({"value": [{"properties": {"roleDefinitionId": "/x/ROLE", "mode": "Identity"}}], "n": 3});
        let role = Expect::ends_in("/properties/roleDefinitionId", "/other/prefix/role");
        let some = |item| Expect::Some { list: "/value".into(), item: Box::new(item) };
        let cases = [
            (some(role.clone()), true),
            (some(Expect::equals("/properties/MODE", "identity")), true),
            (some(Expect::All(vec![role.clone(), Expect::equals("/properties/mode", "accesskey")])), false),
            (some(Expect::Any(vec![role, Expect::equals("/properties/mode", "accesskey")])), true),
            (Expect::equals("/n", 3), true),
            (Expect::equals("/n", "3"), false),
            (Expect::Not(Box::new(Expect::equals("/n", 4))), true),
            (Expect::Exists, true),
            (Expect::Absent, false),
        ];
        for (expect, holds) in cases {
            assert_eq!(expect.holds(Some(&body)), holds, "{expect:?}");
        }
        assert!(Expect::Absent.holds(None) && Expect::Absent.holds(Some(&json!({"value": []}))));
        assert!(!Expect::Exists.holds(None) && !Expect::Exists.holds(Some(&json!({"value": []}))));
    }

    #[test]
    fn a_time_is_late_enough_in_whatever_form_and_where_there_is_none() {
        let until = Expect::NotBefore {
            at: "/properties/endDateTime".into(),
            time: "2026-12-01T10:00:00Z".parse().unwrap(),
        };
        let body = |end: Value| json!({"properties": {"endDateTime": end}});
        for (end, holds) in [
            (json!("2026-12-01T10:00:00Z"), true),
            (json!("2026-12-01T10:00:00.123Z"), true),
            (json!("2026-12-01T11:30:00+01:00"), true),
            (json!("2026-12-01T09:59:59Z"), false),
            (json!("soon"), false),
            (Value::Null, true),
        ] {
            assert_eq!(until.holds(Some(&body(end.clone()))), holds, "{end}");
        }
        assert!(until.holds(Some(&json!({"properties": {}}))) && !until.holds(None));
    }

    #[test]
    fn a_verdict_says_what_was_found_instead_and_whether_it_is_vain_to_ask_again() {
        let read = Request::arm_path(crate::azure::arm::request::Method::Get, "/x", "v");
        let check = Check::new(read, Expect::equals("/properties/status", "Provisioned"), "it is active")
            .never(Expect::equals("/properties/status", "Denied"));
        let judge = |status: &str| check.judge(Some(&json!({"properties": {"status": status}})));
        assert_eq!(judge("provisioned"), Verdict { holds: true, never: false, found: String::new() });
        assert_eq!(judge("PendingApproval").found, "it waits for somebody to approve it");
        assert_eq!(judge("Accepted").found, "status is Accepted");
        assert!(judge("Denied").never && !judge("PendingApproval").never);
        assert_eq!(check.judge(None).found, "it is not there");
    }
}
