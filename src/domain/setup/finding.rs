//! What is to be said about a wished set-up before anything is made.

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It cannot be done as it is written.
    Refused,
    /// It can be done, and what is known speaks against it: it wants the name typed.
    Unwise,
    /// It can be done and never undone.
    OneWay,
    /// It can be done, and somebody should think about it first.
    Warning,
    /// It is worth knowing.
    Note,
}

impl Level {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unwise => "not advised",
            Self::OneWay => "one-way",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing to be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The environment that it is about; none when it is about the whole.
    pub environment: Option<String>,
    /// The key of the plan file that it is about, such as `network.isolation`.
    pub key: String,
    /// How much it weighs.
    pub level: Level,
    /// What is so, and what to do.
    pub text: String,
}

impl Finding {
    /// Where in the plan file: `[env.prod] network.isolation`, or the key alone.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.environment {
            Some(environment) => format!("{environment}: {}", self.key),
            None => self.key.clone(),
        }
    }
}

/// Findings with what is said of several environments said once: each with the names of its environments, the gravest
/// first.
#[must_use]
pub fn gathered<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<(&'a Finding, Vec<&'a str>)> {
    let mut gathered: Vec<(&Finding, Vec<&str>)> = Vec::new();
    for finding in findings {
        let name = finding.environment.as_deref().filter(|name| !name.is_empty());
        match gathered
            .iter_mut()
            .find(|(known, _)| known.text == finding.text && known.level == finding.level)
        {
            Some((_, names)) => names.extend(name.filter(|name| !names.contains(name))),
            None => gathered.push((finding, name.into_iter().collect())),
        }
    }
    gathered.sort_by_key(|(finding, _)| finding.level);
    gathered
}

/// Findings, and the environment they are about while they are collected.
#[derive(Debug, Default)]
pub(super) struct Findings {
    environment: Option<String>,
    /// What was found so far.
    pub all: Vec<Finding>,
}

impl Findings {
    /// From now on about this environment, or about the whole.
    pub(super) fn about(&mut self, environment: Option<&str>) {
        self.environment = environment.map(str::to_owned);
    }

    /// Adds a finding; one that was said before is not said again.
    pub(super) fn add(&mut self, level: Level, key: &str, text: impl Into<String>) {
        let finding =
            Finding { environment: self.environment.clone(), key: key.to_owned(), level, text: text.into() };
        if !self.all.contains(&finding) {
            self.all.push(finding);
        }
    }

    /// What cannot be done.
    pub(super) fn refuse(&mut self, key: &str, text: impl Into<String>) {
        self.add(Level::Refused, key, text);
    }

    /// What is not advised.
    pub(super) fn advise_against(&mut self, key: &str, text: impl Into<String>) {
        self.add(Level::Unwise, key, text);
    }

    /// What somebody should think about.
    pub(super) fn warn(&mut self, key: &str, text: impl Into<String>) {
        self.add(Level::Warning, key, text);
    }

    /// What cannot be undone.
    pub(super) fn one_way(&mut self, key: &str, text: impl Into<String>) {
        self.add(Level::OneWay, key, text);
    }

    /// What is worth knowing.
    pub(super) fn note(&mut self, key: &str, text: impl Into<String>) {
        self.add(Level::Note, key, text);
    }
}
