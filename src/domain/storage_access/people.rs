//! Who uses a workspace today, and whether they would still reach its blobs and files by themselves.

use std::collections::BTreeMap;

use serde::Serialize;

use super::assessment::Facts;
use crate::azure::directory::PrincipalKind;
use crate::domain::access::{
    Act, Asked, Capability, Need, Person, Place, PrincipalName, Reason, Verdict, who_can,
};

/// What people use a workspace for that needs its storage: a name, and the capability or action that lets them.
const USES: [(&str, &str); 2] = [
    ("runs jobs", "run-jobs"),
    ("opens notebooks", "Microsoft.MachineLearningServices/workspaces/notebooks/storage/write"),
];

/// Somebody, or some identity, that reaches the data today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reacher {
    /// The object id, in small letters.
    pub id: String,
    /// The name, else the id.
    pub name: String,
    /// The address, where there is one.
    pub address: Option<String>,
    /// What it is.
    pub kind: PrincipalKind,
    /// What they do in the workspace.
    pub does: Vec<&'static str>,
    /// The group through which they come to the workspace, where one is on the way.
    pub through: Option<Through>,
    /// Whether they reach the data after the switch.
    pub reach: Reach,
}

/// A group on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Through {
    /// The group's object id.
    pub id: String,
    /// Its name, else the id.
    pub name: String,
}

/// Whether somebody reaches blobs and files by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// Blobs and files, reading and writing.
    Keeps,
    /// Only under a condition, or after activating a role.
    Sometimes,
    /// It cannot be told.
    CannotTell,
    /// Something is out of reach.
    Loses {
        /// Blobs are, to read or to write.
        blobs: bool,
        /// Files are.
        files: bool,
    },
}

impl Reach {
    /// The order in which they are shown: what wants attention first.
    #[must_use]
    pub fn rank(self) -> u8 {
        match self {
            Self::Loses { .. } => 0,
            Self::CannotTell => 1,
            Self::Sometimes => 2,
            Self::Keeps => 3,
        }
    }

    /// A few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Keeps => "keeps access",
            Self::Sometimes => "only under a condition or after activation",
            Self::CannotTell => "cannot tell",
            Self::Loses { blobs: true, files: true } => "loses blobs and files",
            Self::Loses { blobs: true, .. } => "loses blobs",
            Self::Loses { .. } => "loses files",
        }
    }
}

impl Reacher {
    /// Whether it is a person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        self.kind.is_person()
    }
}

/// The four data actions: reading and writing, of blobs and of files.
fn acts(names: [&'static str; 2]) -> Vec<Act> {
    names
        .iter()
        .filter_map(|name| Capability::named(name))
        .flat_map(|capability| capability.needs.iter().map(Need::act))
        .collect()
}

/// Whether a principal reaches the data by itself; `files` says whether it needs files too.
pub fn reach(facts: &Facts<'_>, principal: &str, files: bool) -> Reach {
    let Some(storage) = facts.targets.scope(Place::Storage) else { return Reach::CannotTell };
    let worst = |acts: Vec<Act>| {
        acts.iter()
            .map(|act| facts.access.verdict(principal, act, &storage))
            .max()
            .unwrap_or(Verdict::Allowed)
    };
    let blobs = worst(acts(["read-blobs", "write-blobs"]));
    let files = if files { worst(acts(["read-files", "write-files"])) } else { Verdict::Allowed };
    match (blobs.is_denied(), files.is_denied()) {
        (false, false) => {}
        (blobs, files) => return Reach::Loses { blobs, files },
    }
    match blobs.max(files) {
        Verdict::Allowed => Reach::Keeps,
        Verdict::Conditional | Verdict::AfterActivation => Reach::Sometimes,
        Verdict::CannotTell | Verdict::Denied(_) => Reach::CannotTell,
    }
}

/// Everybody who can run jobs or open notebooks today, groups opened, and whether nobody is left out.
pub fn users(facts: &Facts<'_>) -> (Vec<Reacher>, bool) {
    let mut complete = true;
    let mut found: BTreeMap<String, (Vec<&'static str>, Option<Through>)> = BTreeMap::new();
    for (does, asked) in USES {
        // Both texts are the product's own.
        let Ok(asked) = Asked::parse(asked) else { continue };
        let who = who_can(facts.access, facts.targets, &asked);
        complete &= who.complete && who.cannot_tell.is_empty();
        for person in who.can.iter().filter(|person| !person.unread_group) {
            let entry = found.entry(person.principal.to_string());
            let (all, _) = entry.or_insert_with(|| (Vec::new(), through(facts, &asked, person)));
            all.push(does);
        }
    }
    let own = facts.targets.identity.as_deref().unwrap_or_default();
    let people = found
        .into_iter()
        // The workspace's own identity stands among the identities.
        .filter(|(id, _)| !id.eq_ignore_ascii_case(own))
        .map(|(id, (does, through))| {
            let name = facts.principals.name(&id);
            let known = name.known();
            Reacher {
                name: known.map_or_else(|| id.clone(), |known| known.name.clone()),
                address: known.and_then(|known| known.address.clone()),
                kind: match (&name, known) {
                    (_, Some(known)) => known.kind.clone(),
                    (PrincipalName::Deleted, None) => PrincipalKind::Other("deleted".to_owned()),
                    _ => PrincipalKind::Other("unknown".to_owned()),
                },
                reach: reach(facts, &id, true),
                does,
                through,
                id,
            }
        })
        // A principal that the directory does not know any more uses nothing.
        .filter(|one| one.kind != PrincipalKind::Other("deleted".to_owned()))
        .collect();
    (people, complete)
}

/// The group that holds the role by which somebody uses the workspace; a role of their own needs no group.
fn through(facts: &Facts<'_>, asked: &Asked, person: &Person) -> Option<Through> {
    let (place, act) = asked.needs().into_iter().next()?;
    let scope = facts.targets.scope(place)?;
    let decision = facts.access.decide(&person.principal, &act, &scope);
    let mut chains = decision.reasons.iter().filter_map(Reason::chain);
    let first = chains.next()?;
    if first.path.groups.is_empty() || chains.any(|chain| chain.path.groups.is_empty()) {
        return None;
    }
    let id = first.path.groups.last()?.to_ascii_lowercase();
    let name = match facts.principals.name(&id) {
        PrincipalName::Known(known) => known.name,
        _ => id.clone(),
    };
    Some(Through { id, name })
}
