//! What changed around a workspace, and who did it: the events of the activity log, grouped into changes and
//! told in words. Access, network, keys and settings are told; what jobs and computes do is counted.

mod deeds;
mod settings;
mod story;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

pub use story::{Change, Outcome, Step, Story, StoryInput, Who};

use crate::azure::arm::id::ArmId;
use crate::azure::resources::activity_log::About;
use crate::domain::access::ScopeNames;
use crate::domain::dependents::dependents;
use crate::domain::fact::Tone;
use crate::domain::opened::Opened;

/// How far back one looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Window {
    /// The last hour.
    Hour,
    /// The last 24 hours.
    #[default]
    Day,
    /// The last seven days.
    Week,
}

impl Window {
    /// The next longer one; after the longest the shortest.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Hour => Self::Day,
            Self::Day => Self::Week,
            Self::Week => Self::Hour,
        }
    }

    /// As people say it: `1 h`, `24 h`, `7 d`.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Hour => "1 h",
            Self::Day => "24 h",
            Self::Week => "7 d",
        }
    }

    /// When it begins, seen from `now`.
    #[must_use]
    pub fn since(self, now: Timestamp) -> Timestamp {
        let hours = match self {
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        };
        // Only a clock at the beginning of time has nothing before it.
        now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
    }
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Something else about a resource.
    Settings,
    /// What can be reached from where.
    Network,
    /// Keys were read, changed, or switched on or off.
    Keys,
    /// Who may do what.
    Access,
}

impl Kind {
    /// One word for a table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Network => "network",
            Self::Keys => "keys",
            Self::Access => "access",
        }
    }

    /// How it should strike the eye.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::Access | Self::Keys => Tone::Warn,
            Self::Settings | Self::Network => Tone::Plain,
        }
    }
}

/// What is watched: a workspace, its resource group, and everything that it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Watched {
    /// The workspace.
    pub workspace: ArmId,
    /// What it depends on, in any group and subscription.
    pub dependents: Vec<ArmId>,
}

impl Watched {
    /// What belongs to a workspace as far as it is known by now.
    #[must_use]
    pub fn of(opened: &Opened) -> Self {
        let mut ids: Vec<ArmId> =
            dependents(opened).iter().filter_map(|dependent| dependent.id().cloned()).collect();
        ids.sort_unstable();
        ids.dedup();
        Self { workspace: opened.workspace.id.clone(), dependents: ids }
    }

    /// What the log is asked for: the workspace's group, each dependent outside of it, and in every
    /// subscription that is touched whatever was done about authorisation. The service has no filter that
    /// takes all of it at once.
    #[must_use]
    pub fn questions(&self) -> Vec<About> {
        let home = self.workspace.group_scope();
        let mut questions: Vec<About> = home.iter().cloned().map(About::Group).collect();
        let outside = self.dependents.iter().filter(|id| id.group_scope() != home);
        questions.extend(outside.cloned().map(About::Resource));
        let mut subscriptions: Vec<ArmId> =
            self.all().filter_map(ArmId::subscription_id).map(ArmId::subscription).collect();
        subscriptions.sort_unstable();
        subscriptions.dedup();
        let namespace = || "Microsoft.Authorization".to_owned();
        questions.extend(
            subscriptions
                .into_iter()
                .map(|subscription| About::Provider { subscription, namespace: namespace() }),
        );
        questions
    }

    fn all(&self) -> impl Iterator<Item = &ArmId> {
        std::iter::once(&self.workspace).chain(&self.dependents)
    }

    /// The watched thing that an event is about: of the workspace and its dependents also what is in them, of
    /// the scopes above them what is attached to the scope itself.
    #[must_use]
    pub fn subject(&self, resource: &ArmId) -> Option<ArmId> {
        let scope = resource.extended();
        let place = scope.as_ref().unwrap_or(resource);
        if let Some(watched) = self.all().find(|watched| watched.contains(place)) {
            return Some(watched.clone());
        }
        let is_group = self.all().any(|watched| watched.group_scope().as_ref() == Some(place));
        // Above the group only what is attached counts: who has which role there, locks and policies.
        let is_above = scope.is_some() && self.all().any(|watched| place.contains(watched));
        (is_group || is_above).then(|| place.clone())
    }
}

/// What a question to the log is about, in words.
#[must_use]
pub fn question_words(about: &About, scopes: &dyn ScopeNames) -> String {
    match about {
        About::Group(id) | About::Resource(id) => format!("the activity log of {}", id.name()),
        About::Provider { subscription, .. } => {
            let id = subscription.name();
            let name = scopes.subscription(id).unwrap_or_else(|| id.to_owned());
            format!("role assignments in the activity log of {name}")
        }
    }
}
