//! The lines of a shell script that makes what is not there.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::azure::arm::address::path_and_query;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;
use crate::domain::plan::print::shell;
use crate::domain::setup::environment::Environment;

/// Reads an address and asks the answer a question in JMESPath: by default whether it is there and has not failed.
const THERE: &str = r#"there() {
  [ "$(az rest --method get --url "$1" --query "${2:-properties.provisioningState != 'Failed'}" --output tsv 2>/dev/null)" = true ]
}"#;

/// A script for one environment.
pub(super) struct Script {
    out: String,
    /// The tags that a command line takes, each as a word.
    tags: Vec<String>,
    /// Those that it would take for something else.
    odd_tags: Map<String, Value>,
}

impl Script {
    /// One that says nothing yet.
    pub(super) fn of(environment: &Environment) -> Self {
        let (mut tags, mut odd_tags) = (Vec::new(), Map::new());
        for (name, value) in &environment.tags {
            match shell::tag(name, value) {
                Some(tag) => tags.push(tag),
                None => {
                    odd_tags.insert(name.clone(), value.as_str().into());
                }
            }
        }
        Self { out: String::new(), tags, odd_tags }
    }

    /// What was written.
    pub(super) fn text(self) -> String {
        self.out
    }

    /// What the other lines need.
    pub(super) fn begin(&mut self) {
        self.note(
            "it is the whole set-up; each command looks first, and what is there already stays as it is",
        );
        self.line(THERE);
    }

    /// A line as it is.
    pub(super) fn line(&mut self, text: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{text}");
    }

    /// A comment.
    pub(super) fn note(&mut self, text: &str) {
        self.line(&format!("# {}", text.replace(['\n', '\r'], " ")));
    }

    /// A command.
    pub(super) fn run(&mut self, command: &str, flags: &[(&str, &str)]) {
        self.line(&command_text(command, flags, &[], ""));
    }

    /// Makes what is not there, with all tags.
    pub(super) fn make(&mut self, id: &ArmId, version: &str, command: &str, flags: &[(&str, &str)]) {
        let there = word(&url(id, version)).into_owned();
        let made = command_text(command, flags, &self.tags, "  ");
        if self.odd_tags.is_empty() {
            self.line(&format!("there {there} ||\n  {made}"));
            return;
        }
        let tags = url(&id.join("providers/Microsoft.Resources/tags/default"), versions::RESOURCES);
        let merge = json!({ "operation": "Merge", "properties": { "tags": self.odd_tags } });
        let tagged = rest("patch", &tags, &word(&merge.to_string()));
        self.line(&format!("there {there} || {{\n  {made}\n  {tagged}\n}}"));
    }

    /// A command that makes what is not there, and gives it no tags of its own.
    pub(super) fn make_bare(&mut self, id: &ArmId, version: &str, command: &str, flags: &[(&str, &str)]) {
        self.unless(&url(id, version), None, &command_text(command, flags, &[], "  "));
    }

    /// Sends what is not there; `body` is a word of the shell.
    pub(super) fn put(&mut self, id: &ArmId, version: &str, body: &str) {
        let at = url(id, version);
        self.unless(&at, None, &rest("put", &at, body));
    }

    /// A line that is left out where the answer of an address says yes to a question in JMESPath, by default whether it
    /// is there.
    pub(super) fn unless(&mut self, at: &str, question: Option<&str>, line: &str) {
        let question = match question {
            // It is no text of others, and has texts of JMESPath in it.
            Some(question) if question.contains('\'') => format!(" \"{question}\""),
            Some(question) => format!(" {}", word(question)),
            None => String::new(),
        };
        self.line(&format!("there {}{question} ||\n  {line}", word(at)));
    }

    /// A file with its text, of which no line may be `END`.
    pub(super) fn file(&mut self, name: &str, text: &str) {
        self.line(&format!("cat > {} <<'END'\n{text}\nEND", word(name)));
    }
}

/// A request as a line; `body` is a word of the shell.
fn rest(method: &str, at: &str, body: &str) -> String {
    format!("az rest --method {method} --url {} --body {body}", word(at))
}

/// The address of a resource, as it is sent.
pub(super) fn url(id: &ArmId, version: &str) -> String {
    let mut url = String::new();
    path_and_query(&mut url, &Request::get(id, version), None);
    url
}

/// A command over several lines, all but the first of them set in by `margin` and a little more. Flags without a
/// value are left out.
pub(super) fn command_text(command: &str, flags: &[(&str, &str)], tags: &[String], margin: &str) -> String {
    let mut text = command.to_owned();
    let mut flag = |words: &[String]| {
        let words: Vec<_> = words.iter().map(|one| word(one)).collect();
        // Writing to a String cannot fail.
        let _ = write!(text, " \\\n{margin}  {}", words.join(" "));
    };
    for (name, value) in flags.iter().filter(|(_, value)| !value.is_empty()) {
        flag(&shell::flag_words(name, value));
    }
    if !tags.is_empty() {
        flag(&[&["--tags".to_owned()], tags].concat());
    }
    text
}

/// A word for a POSIX shell; a variable stays one.
pub(super) fn word(text: &str) -> Cow<'_, str> {
    match text {
        "$identity" | "$principal" => Cow::Owned(format!("\"{text}\"")),
        other => shell::quote(other),
    }
}
