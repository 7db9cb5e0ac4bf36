//! A deployment as a step watches it, and what is known of its resources when it is over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::parts::Part;
use super::record::Trouble;
use super::run::{Phase, Run};
use super::step::Back;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};

/// What Azure says when a workspace's name is held by one that was deleted: the message of a recorded 400. There is
/// no code of its own for it, and no list of deleted workspaces.
const HELD: &str = "soft-deleted workspace exists";
/// The type of workspaces.
const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";
/// The type of key vaults.
const VAULTS: &str = "Microsoft.KeyVault/vaults";
/// The type of deployments.
const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";
/// How a line begins that says what a run made.
const MADE: &str = "There now, made by this run";
/// The types of what holds something that is lost with it.
const LASTING: [&str; 5] = [
    WORKSPACES,
    "Microsoft.Storage/storageAccounts",
    VAULTS,
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.OperationalInsights/workspaces",
];

/// A deployment that a step watches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The list of its operations: read between polls, each shown as a part of the step.
    pub operations: Request,
    /// What cancels it in Azure.
    #[serde(default)]
    pub cancel: Option<Request>,
    /// Reads of what it makes and what was not there before. When it fails or is cancelled they tell what is there.
    #[serde(default)]
    pub makes: Vec<Request>,
    /// The ids of what was there before: it is neither made nor deleted on the way back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<ArmId>,
    /// What people call what has a GUID for a name, by its id as [`key_of`] writes it: who gets which role where.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub called: BTreeMap<String, String>,
    /// How many resources it is about, for a bar.
    #[serde(default)]
    pub resources: usize,
    /// How long it usually takes, in seconds.
    pub typical: u32,
    /// After how long nobody here waits for it any more, in seconds. It goes on in Azure.
    pub at_most: u32,
}

/// An id as a key: ids are the same in whatever case.
#[must_use]
pub fn key_of(id: &str) -> String {
    id.to_ascii_lowercase()
}

#[cfg(test)]
impl Deployment {
    /// One that makes nothing, for tests: it usually takes `typical` seconds, and five times as long at most.
    pub(crate) fn of_nothing(typical: u32) -> Self {
        Self {
            operations: Request::arm_path(Method::Get, "/x", "1"),
            cancel: None,
            makes: Vec::new(),
            before: Vec::new(),
            called: BTreeMap::new(),
            resources: 0,
            typical,
            at_most: typical * 5,
        }
    }
}

impl Deployment {
    /// What is there when it went well: a line for each resource that was not there before.
    #[must_use]
    pub fn made(&self) -> Vec<String> {
        let ids = self.makes.iter().map(|read| format!("{MADE}: {}", self.name_of(&read.path)));
        ids.collect()
    }

    /// How many of its resources are there, and how many it has in all. A deployment within it is none.
    #[must_use]
    pub fn count(&self, parts: &[Part]) -> (usize, usize) {
        let resources = parts.iter().filter(|part| !part.is_deployment());
        let there = resources.clone().filter(|part| part.is_there()).count();
        (there, self.resources.max(resources.count()).max(1))
    }

    /// What people call one of its resources: `stml (Microsoft.Storage/storageAccounts)`, or who gets which role where.
    #[must_use]
    pub fn name_of(&self, id: &str) -> String {
        match (self.called.get(&key_of(id)), ArmId::parse(id)) {
            (Some(words), _) => words.clone(),
            (None, Ok(id)) => format!("{} ({})", id.full_name(), id.resource_type().unwrap_or_default()),
            (None, Err(_)) => id.to_owned(),
        }
    }
}

/// What was found of the resources of a deployment that did not end well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remains {
    /// The ids of what is there.
    pub there: Vec<String>,
    /// The ids of what could not be read.
    #[serde(default)]
    pub unread: Vec<String>,
    /// The ids of what Azure had begun and not ended, and what was not there yet: it may come later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub begun: Vec<String>,
}

impl Remains {
    /// Whether it is known that nothing is there, and that nothing comes.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.all().next().is_none()
    }

    /// What is there, or may be.
    fn all(&self) -> impl Iterator<Item = &String> {
        self.there.iter().chain(&self.unread).chain(&self.begun)
    }

    /// The way back of a deployment that did not end well: of what it would delete, only what it left, what could not be
    /// read, and what may have come since.
    #[must_use]
    pub(super) fn way_back(&self, back: &Back) -> Back {
        let ids: Vec<ArmId> = self.all().filter_map(|id| ArmId::parse(id).ok()).collect();
        let is_record =
            |request: &Request| ArmId::parse(&request.path).is_ok_and(|id| id.is_type(DEPLOYMENTS));
        let is_left = |request: &&Request| match request.method {
            Method::Delete if !is_record(request) => {
                ArmId::parse(&request.path).is_ok_and(|id| ids.contains(&id))
            }
            _ if is_purge(request) => {
                // .../deletedVaults/NAME/purge
                let name = request.path.rsplit('/').nth(1).unwrap_or_default();
                ids.iter().any(|id| id.is_type(VAULTS) && id.name().eq_ignore_ascii_case(name))
            }
            _ => true,
        };
        let requests: Vec<Request> = back.requests.iter().filter(is_left).cloned().collect();
        let loses = lost(&requests);
        let (title, effect) = if requests.iter().all(is_record) {
            ("Forget the deployment, which left nothing", "The same plan can deploy anew.")
        } else {
            (back.title.as_str(), back.effect.as_str())
        };
        Back { title: title.to_owned(), effect: effect.to_owned(), requests, loses, ..back.clone() }
    }

    /// Lines for whoever has to go on from here; `deployment` is the one that left it.
    #[must_use]
    pub fn lines(&self, deployment: Option<&Deployment>) -> Vec<String> {
        let name = |id: &str| match (deployment, ArmId::parse(id)) {
            (Some(deployment), _) => deployment.name_of(id),
            (None, Ok(id)) => format!("{} ({})", id.full_name(), id.resource_type().unwrap_or_default()),
            (None, Err(_)) => id.to_owned(),
        };
        let line = |words: &str, id: &String| format!("{words}: {}", name(id));
        let mut lines: Vec<String> = self.there.iter().map(|id| line(MADE, id)).collect();
        lines.extend(self.unread.iter().map(|id| line("Not known, it could not be read", id)));
        let begun = "Begun by Azure, and not there yet when that was looked at: it may come";
        lines.extend(self.begun.iter().map(|id| line(begun, id)));
        if lines.is_empty() {
            lines.push(format!("{MADE}: nothing"));
        }
        let called = |deployment: &Deployment, id: &ArmId| {
            deployment.called.get(&key_of(id.as_str())).map_or_else(|| id.name().to_owned(), Clone::clone)
        };
        let before: Vec<String> = deployment
            .iter()
            .flat_map(|deployment| deployment.before.iter().map(|id| called(deployment, id)))
            .collect();
        if !before.is_empty() {
            lines.push(format!("There before, and no part of cleaning up: {}", before.join(", ")));
        }
        lines
    }
}

/// What requests delete for good, in a sentence: only workspaces and what holds data or secrets count.
#[must_use]
pub fn lost(requests: &[Request]) -> Option<String> {
    let deleted = requests.iter().filter(|request| request.method == Method::Delete);
    let mut ids: Vec<(usize, ArmId)> = deleted
        .filter_map(|request| {
            let id = ArmId::parse(&request.path).ok()?;
            Some((LASTING.iter().position(|kind| id.is_type(kind))?, id))
        })
        .collect();
    ids.sort_by_key(|(rank, _)| *rank);
    let group = ids.first()?.1.resource_group()?.to_owned();
    let names: Vec<&str> = ids.iter().map(|(_, id)| id.name()).collect();
    Some(format!(
        "{} in {group}: deleted for good, with everything that was put there since",
        names.join(", ")
    ))
}

/// Whether a request purges something that was deleted.
#[must_use]
pub fn is_purge(request: &Request) -> bool {
    request.method == Method::Post && request.path.ends_with("/purge")
}

impl Trouble {
    /// The same about a deployment: the resources that failed come first, in Azure's own words.
    #[must_use]
    pub fn of_parts(mut self, parts: &[Part]) -> Self {
        let mut failed = parts.iter().filter(|part| part.has_failed() && !part.message.is_empty());
        if let Some(first) = failed.next() {
            let others = failed.count();
            let more = if others == 0 { String::new() } else { format!(", and {others} more") };
            let said = if self.words.contains(&first.message) {
                String::new()
            } else {
                format!(" Azure says: {}", first.message)
            };
            self.words =
                format!("{} ({}){more} failed. {}{said}", first.name, first.resource_type, self.words);
        }
        self
    }
}

/// Whether these are the words for a name that a deleted workspace holds.
pub(super) fn is_held(message: &str) -> bool {
    message.to_ascii_lowercase().contains(HELD)
}

impl Run {
    /// The deleted workspace that holds the name of one that this run could not make. Only this failure shows it.
    #[must_use]
    pub fn held_by_deleted(&self) -> Option<ArmId> {
        if self.phase != Phase::Failed {
            return None;
        }
        let (at, _) = self.trouble()?;
        let held = |part: &&Part| part.has_failed() && is_held(&part.message);
        let part = self.steps.get(at)?.parts.iter().find(held)?;
        ArmId::parse(&part.resource).ok().filter(|id| id.is_type(WORKSPACES))
    }

    /// The step whose deployment may still go on in Azure though nobody here watches it, and can be cancelled: once.
    #[must_use]
    pub fn cancellable(&self) -> Option<usize> {
        self.steps.iter().zip(&self.plan.steps).position(|(step, plan)| {
            let can = plan.deployment().is_some_and(|deployment| deployment.cancel.is_some());
            let asked = step.cancel_taken || step.over_before;
            can && step.open.is_some() && !asked && !step.state.is_over()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, state: &str, message: &str) -> Part {
        Part {
            resource: format!(
                "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/{name}"
            ),
            resource_type: "Microsoft.Storage/storageAccounts".to_owned(),
            name: name.to_owned(),
            state: state.to_owned(),
            message: message.to_owned(),
            at: None,
            took: None,
        }
    }

    #[test]
    fn a_failure_names_the_resource_and_what_azure_said_of_it_once() {
        let parts = [
            part("st1", "Succeeded", ""),
            part("st2", "Failed", "StorageAccountAlreadyTaken: It is taken."),
            part("st3", "Canceled", ""),
        ];
        let words = Trouble::found("choose another name").of_parts(&parts).words;
        assert_eq!(
            words,
            "st2 (Microsoft.Storage/storageAccounts) failed. Choose another name. Azure says: \
             StorageAccountAlreadyTaken: It is taken."
        );
        let same = Trouble::found("StorageAccountAlreadyTaken: It is taken").of_parts(&parts).words;
        assert_eq!(same.matches("taken.").count(), 1, "{same}");
        assert_eq!(Trouble::found("no").of_parts(&parts[..1]).words, "No.");
    }

    #[test]
    fn a_deployment_within_is_no_resource_and_stands_aside_for_what_it_makes() {
        let nested = |state: &str| Part {
            resource_type: "microsoft.resources/deployments".to_owned(),
            ..part("endpoints", state, "")
        };
        let deployment = Deployment { resources: 3, ..Deployment::of_nothing(1) };
        let made = part("pe", "Succeeded", "");
        assert_eq!(deployment.count(&[made.clone(), nested("Succeeded")]), (1, 3));
        assert_eq!(deployment.count(&vec![made.clone(); 4]), (4, 4));
        assert!(Part::tells_more(std::slice::from_ref(&made), &nested("Running")));
        assert!(!Part::tells_more(&[], &nested("Running")), "it has not begun");
        assert!(!Part::tells_more(&[made], &nested("Failed")), "what failed is not among them");
        assert!(Part::tells_more(&[part("pe", "Failed", "no")], &nested("Failed")));
    }

    #[test]
    fn what_is_left_is_listed_by_name_and_nothing_is_said_to_be_gone_that_was_not_read() {
        let nothing = "There now, made by this run: nothing";
        assert_eq!(Remains::default().lines(None), [nothing]);
        let before = vec![ArmId::parse(&part("stold", "", "").resource).unwrap()];
        let deployment = Deployment { before, ..Deployment::of_nothing(1) };
        assert_eq!(
            Remains::default().lines(Some(&deployment)),
            [nothing, "There before, and no part of cleaning up: stold"]
        );
        let left = Remains {
            there: vec![part("st1", "", "").resource],
            unread: vec!["odd".to_owned()],
            begun: vec![part("st2", "", "").resource],
        };
        assert!(!left.is_nothing() && Remains::default().is_nothing());
        assert_eq!(
            left.lines(None),
            [
                "There now, made by this run: st1 (Microsoft.Storage/storageAccounts)",
                "Not known, it could not be read: odd",
                "Begun by Azure, and not there yet when that was looked at: it may come: st2 (Microsoft.Storage/storageAccounts)"
            ]
        );
    }
}
