//! What a workspace is used for, held against the roles that each use wants under identity. What no management
//! API shows is said to be not visible, and is not ticked off.

use serde::Serialize;

use super::assessment::Facts;
use crate::domain::fact::count;
use crate::domain::lookup::Lookup;

/// One use of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenario {
    /// What it is.
    pub name: &'static str,
    /// Whose identity reaches the data.
    pub identity: &'static str,
    /// The roles that it wants on the storage account.
    pub roles: &'static str,
    /// Whether this workspace is used so.
    pub seen: Seen,
}

/// Whether something is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Seen {
    /// It is, so many times.
    Used(String),
    /// It is not.
    Unused,
    /// No management API shows it.
    NotVisible,
    /// It could not be read, for this reason.
    Unread(String),
}

impl Seen {
    /// A few words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Used(words) => words.clone(),
            Self::Unused => "none".to_owned(),
            Self::NotVisible => "not visible from here".to_owned(),
            Self::Unread(why) => why.clone(),
        }
    }
}

/// How many of a list there are.
fn seen<T>(list: &Lookup<Vec<T>>, pass: impl Fn(&T) -> bool, one: &str, many: &str) -> Seen {
    match list {
        Lookup::Found(all) => match all.iter().filter(|item| pass(item)).count() {
            0 => Seen::Unused,
            n => Seen::Used(count(n, one, many)),
        },
        other => Seen::Unread(other.absence().unwrap_or_default()),
    }
}

/// The uses that the product knows of, with what this workspace shows of each.
#[must_use]
pub fn scenarios(facts: &Facts<'_>) -> Vec<Scenario> {
    const BLOBS: &str = "Storage Blob Data Contributor";
    const FILES: &str = "Storage File Data Privileged Contributor";
    const BOTH: &str = "Storage Blob Data Contributor, Storage File Data Privileged Contributor";
    let is = |compute: &crate::azure::resources::compute::Compute, kind: &str| {
        compute.properties.compute_type.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(kind))
    };
    let row = |name, identity, roles, seen| Scenario { name, identity, roles, seen };
    vec![
        row(
            "managed online endpoints",
            "the endpoint's own",
            "given by the service: leave them alone",
            seen(facts.online, |_| true, "endpoint", "endpoints"),
        ),
        row(
            "batch endpoints",
            "the cluster's user-assigned identity",
            BLOBS,
            seen(facts.batch, |_| true, "endpoint", "endpoints"),
        ),
        row(
            "compute instances and notebooks",
            "the user's",
            FILES,
            seen(facts.computes, |one| is(one, "ComputeInstance"), "instance", "instances"),
        ),
        row(
            "model registry and MLflow",
            "the cluster's user-assigned identity",
            BLOBS,
            seen(facts.computes, |one| is(one, "AmlCompute"), "cluster", "clusters"),
        ),
        row("data browsing in studio, datasets", "the user's", BLOBS, Seen::NotVisible),
        row("data labelling", "the user's", BLOBS, Seen::NotVisible),
        row("prompt flow", "the user's", BOTH, Seen::NotVisible),
        row("model monitoring", "a user-assigned identity", BLOBS, Seen::NotVisible),
        row(
            "parallel run steps",
            "a user-assigned identity",
            "Storage Table Data Contributor, Storage Queue Data Contributor",
            Seen::NotVisible,
        ),
        row("model packages", "", "not supported under identity", Seen::NotVisible),
    ]
}
