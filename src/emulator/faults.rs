//! Faults that the emulator commits on purpose, so that a client's patience can be tested.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One rule: which requests it spoils, how, and how often. The format of `--faults FILE` is in `docs/emulator.md`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fault {
    /// The HTTP method; any when absent. Compared without case.
    pub method: Option<String>,
    /// A glob over the path, compared without case: `*` stands for any run of characters, slashes too. What
    /// follows a `?` is a glob over the decoded query. Empty: every path.
    pub path: String,
    /// The status to answer with instead of carrying the request out.
    pub status: Option<u16>,
    /// Headers to add to the answer.
    pub headers: BTreeMap<String, String>,
    /// The body to answer with: text as it stands, everything else as JSON.
    pub body: Option<Value>,
    /// How long to wait before anything else happens, in milliseconds.
    pub delay_ms: u64,
    /// Drop the connection without an answer; the request is not carried out.
    pub reset: bool,
    /// Carry the request out, announce its whole length, send half of the body, drop the connection.
    pub truncate: bool,
    /// Answer with a page of HTML, as a front door in trouble does. Status 503 unless one is given.
    pub html: bool,
    /// Answer with JSON that does not parse. Status 200 unless one is given.
    pub malformed: bool,
    /// How many requests to spoil; all when absent.
    pub times: Option<u32>,
    /// How many matching requests to let through first.
    pub after: u32,
}

/// A fault file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the fault file is not usable: {0}")]
pub struct FaultError(#[from] toml::de::Error);

impl Fault {
    /// A rule for one method and path glob that does nothing yet.
    #[must_use]
    pub fn on(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_owned()), path: path.to_owned(), ..Self::default() }
    }

    /// Reads a fault file: any number of `[[fault]]` tables.
    ///
    /// # Errors
    /// When the text is no TOML, or a table has a field that is not known.
    pub fn from_toml(text: &str) -> Result<Vec<Self>, FaultError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            #[serde(default)]
            fault: Vec<Fault>,
        }
        Ok(toml::from_str::<File>(text)?.fault)
    }

    /// True when the request is not carried out at all.
    pub(super) fn replaces(&self) -> bool {
        self.status.is_some() || self.body.is_some() || self.html || self.malformed || self.reset
    }

    /// Status, content type and body of the answer that stands in for the real one.
    pub(super) fn stand_in(&self) -> (u16, &'static str, Vec<u8>) {
        const JSON: &str = "application/json; charset=utf-8";
        if self.html {
            let page = b"<html><head><title>503 Service Temporarily Unavailable</title></head>\
                         <body><center><h1>503 Service Temporarily Unavailable</h1></center></body></html>";
            return (self.status.unwrap_or(503), "text/html", page.to_vec());
        }
        if self.malformed {
            return (self.status.unwrap_or(200), JSON, br#"{"value": [{"id": "/subscriptions/"#.to_vec());
        }
        match &self.body {
            Some(Value::String(text)) => {
                (self.status.unwrap_or(200), "text/plain; charset=utf-8", text.clone().into_bytes())
            }
            Some(other) => (self.status.unwrap_or(200), JSON, other.to_string().into_bytes()),
            None => (self.status.unwrap_or(200), "", Vec::new()),
        }
    }

    fn matches(&self, method: &str, path: &str, query: &str) -> bool {
        if self.method.as_ref().is_some_and(|wanted| !wanted.eq_ignore_ascii_case(method)) {
            return false;
        }
        if self.path.is_empty() {
            return true;
        }
        let (path_glob, query_glob) = self.path.split_once('?').unwrap_or((&self.path, "*"));
        glob(&path_glob.to_lowercase(), &path.to_lowercase())
            && glob(&query_glob.to_lowercase(), &query.to_lowercase())
    }
}

/// The rules in force, with how often each has been met.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Fault, u32)>);

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self(faults.into_iter().map(|fault| (fault, 0)).collect())
    }

    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push((fault, 0));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The first rule that spoils this request. Every rule that fits counts it, up to the one that applies.
    pub(super) fn take(&mut self, method: &str, path: &str, query: &str) -> Option<Fault> {
        for (fault, met) in &mut self.0 {
            if fault.matches(method, path, query) {
                *met = met.saturating_add(1);
                let past = *met > fault.after;
                let used_up = fault.times.is_some_and(|times| *met > fault.after.saturating_add(times));
                if past && !used_up {
                    return Some(fault.clone());
                }
            }
        }
        None
    }
}

/// `*` stands for any run of characters.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let start = parts.next().unwrap_or_default();
    let Some(mut unread) = text.strip_prefix(start) else { return false };
    let mut middle: Vec<&str> = parts.collect();
    let Some(end) = middle.pop() else { return unread.is_empty() };
    for part in middle {
        match unread.find(part) {
            Some(at) => unread = &unread[at + part.len()..],
            None => return false,
        }
    }
    unread.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text, fits) in [
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/b/x/c", true),
            ("/a/*/c", "/a/c", false),
            ("*", "anything", true),
            ("/a", "/a", true),
            ("/a", "/ab", false),
            ("*/workspaces", "/subscriptions/s/workspaces", true),
            ("*ab*ab", "ab", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} on {text}");
        }
    }

    #[test]
    fn a_fault_skips_the_first_and_ends_after_its_times() {
        let mut faults = Faults::new(vec![Fault { after: 1, times: Some(2), ..Fault::on("GET", "/X*") }]);
        let hits: Vec<bool> = (0..5).map(|_| faults.take("get", "/xy", "").is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.take("PUT", "/xy", "").is_none());
    }

    #[test]
    fn the_query_can_be_matched_too() {
        let mut faults = Faults::new(vec![Fault::on("GET", "/x?*skiptoken*")]);
        assert!(faults.take("GET", "/x", "api-version=1").is_none());
        assert!(faults.take("GET", "/x", "$skipToken=1").is_some());
    }

    #[test]
    fn a_file_with_an_unknown_field_is_refused() {
        let good = "[[fault]]\npath = \"*\"\nstatus = 429\nheaders = { Retry-After = \"2\" }\nbody = { error = { code = \"429\" } }\n";
        assert_eq!(Fault::from_toml(good).unwrap()[0].status, Some(429));
        assert!(Fault::from_toml("[[fault]]\npaht = \"*\"\n").is_err());
    }
}
