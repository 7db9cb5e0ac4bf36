//! The order that a switch of storage access keeps, whichever plan it is part of, and the clocks that order needs: roles
//! are in force before a workspace leaves its keys, and keys work before a workspace relies on them.

use serde_json::Value;

use super::check::read_as;
use super::{Back, Step, Undo, Wait};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::resources::workspace::{self, AuthMode};

/// How long Azure takes at most to bring a role assignment into force everywhere, in seconds: "up to 10 minutes", by
/// the troubleshooting page of Azure RBAC.
const IN_FORCE_AT_MOST: u32 = 600;
/// How long it usually takes, in seconds.
pub const IN_FORCE_USUALLY: u32 = 300;
/// How long a changed account takes to say so everywhere, in seconds: the storage service gives no figure, and asks to
/// expect up to a minute.
const KEYS_USUALLY: u32 = 30;
const KEYS_AT_MOST: u32 = 120;

/// The step that waits until what these steps gave is in force, and reads it back once more; skipped when none of them
/// changed anything.
#[must_use]
pub fn in_force_step(id: &str, after: Vec<String>) -> Step {
    let wait = Wait {
        reason: "the roles are in force".to_owned(),
        typical: IN_FORCE_USUALLY,
        at_most: IN_FORCE_AT_MOST,
        until: None,
        after,
        since: None,
    };
    Step::quiet(
        id,
        "Wait until the roles are in force",
        "What was given is in force as a rule, and after ten minutes for certain; who is signed in may have to sign in again.",
    )
    .wait(wait)
}

/// The clock of an account that takes its keys again; without steps to wait for it is that of the step itself.
#[must_use]
pub fn keys_work(after: Vec<String>) -> Wait {
    Wait {
        reason: "the account takes its keys everywhere".to_owned(),
        typical: KEYS_USUALLY,
        at_most: KEYS_AT_MOST,
        until: None,
        after,
        since: None,
    }
}

/// The step that waits until the account takes its keys everywhere; skipped when none of these steps turned them on.
#[must_use]
pub fn keys_work_step(id: &str, after: Vec<String>) -> Step {
    Step::quiet(
        id,
        "Wait until the account takes its keys everywhere",
        "The workspace can sign in by key as soon as it is switched.",
    )
    .wait(keys_work(after))
}

/// The step that gives a workspace the keys that its account has now. The keys that it had before are worth nothing to
/// anybody, so there is nothing to undo.
#[must_use]
pub fn sync_keys_step(id: impl Into<String>, workspace: &ArmId) -> Step {
    let name = workspace.name();
    Step::send(
        id,
        format!("Synchronise the keys of {name}"),
        format!("{name} has the keys that its storage account has now."),
        workspace::resync_keys(workspace),
    )
    .needs(workspace, workspace::SYNC_KEYS)
}

/// What a step does to the way in which workspaces reach their data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It gives a role.
    GivesRole,
    /// It takes a role.
    TakesRole,
    /// A workspace signs in otherwise than by key from here on.
    LeavesKeys,
    /// A workspace signs in by key from here on.
    ToKeys,
    /// An account takes its keys.
    KeysOn,
    /// An account refuses its keys.
    KeysOff,
}

impl Deed {
    /// What a request does; none where that is something else.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        let set = |at: &str| request.body.as_ref().and_then(|body| read_as(body, at));
        match request.method {
            Method::Put | Method::Delete => {
                let id = ArmId::parse(&request.path).ok()?;
                let is_put = request.method == Method::Put;
                id.is_type("Microsoft.Authorization/roleAssignments").then_some(if is_put {
                    Self::GivesRole
                } else {
                    Self::TakesRole
                })
            }
            Method::Patch => {
                let mode = set("/properties/systemDatastoresAuthMode").and_then(Value::as_str);
                let keys = set("/properties/allowSharedKeyAccess").and_then(Value::as_bool);
                match (mode, keys) {
                    (Some(mode), _) if mode.eq_ignore_ascii_case(AuthMode::AccessKey.as_str()) => {
                        Some(Self::ToKeys)
                    }
                    (Some(_), _) => Some(Self::LeavesKeys),
                    (None, Some(true)) => Some(Self::KeysOn),
                    (None, Some(false)) => Some(Self::KeysOff),
                    (None, None) => None,
                }
            }
            Method::Get | Method::Head | Method::Post => None,
        }
    }

    /// Whether one of these requests does it.
    #[must_use]
    pub fn is_in(self, requests: &[Request]) -> bool {
        requests.iter().any(|request| Self::of(request) == Some(self))
    }
}

/// The same steps with the waits without which a switch among them would come too soon, and with the keys in step behind a
/// switch to keys. These are steps without an undo, so the way back of a run has none of its own.
#[must_use]
pub fn in_order(steps: Vec<Step>) -> Vec<Step> {
    let (mut given, mut keyed) = (Vec::<String>::new(), Vec::<String>::new());
    let mut all: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        let does = |deed: Deed| deed.is_in(&step.requests);
        let number = all.len() + 1;
        if does(Deed::LeavesKeys) && !given.is_empty() {
            all.push(in_force_step(&format!("in-force-{number}"), std::mem::take(&mut given)));
        }
        if does(Deed::ToKeys) && !keyed.is_empty() {
            all.push(keys_work_step(&format!("keys-work-{number}"), std::mem::take(&mut keyed)));
        }
        if does(Deed::GivesRole) {
            given.push(step.id.clone());
        }
        if does(Deed::KeysOn) && step.wait.is_none() {
            keyed.push(step.id.clone());
        }
        let keys = step.requests.iter().find(|request| Deed::of(request) == Some(Deed::ToKeys));
        let keys = keys.and_then(|request| ArmId::parse(&request.path).ok());
        all.push(step);
        // They may have been rotated while it signed in otherwise.
        all.extend(keys.map(|workspace| sync_keys_step(format!("sync-keys-{}", number + 1), &workspace)));
    }
    all
}

/// Whether what a later step of the same run did stands on an earlier one, so that this cannot be taken back alone: it
/// changed what the way back wants to be so, is in what the way back deletes or was made with it, or took the roles without
/// which a workspace must not leave its keys.
#[must_use]
pub fn stands_on(later: &Step, earlier: &Step) -> bool {
    let Undo::By(back) = &earlier.undo else { return false };
    let Back { guard, requests, .. } = &**back;
    let wanted = guard.iter().flat_map(super::Check::each);
    let changes = |path: &str| {
        let mut sent = later.requests.iter().filter(|request| !request.only_reads());
        sent.any(|request| request.path.eq_ignore_ascii_case(path))
    };
    wanted.into_iter().any(|check| changes(&check.read.path))
        || is_inside(later, requests)
        || Deed::LeavesKeys.is_in(requests) && Deed::TakesRole.is_in(&later.requests)
}

/// Whether a step changed or made something in what these requests delete, or took something from there.
fn is_inside(step: &Step, back: &[Request]) -> bool {
    let deleted = back.iter().filter(|request| request.method == Method::Delete);
    let gone: Vec<ArmId> = deleted.filter_map(|request| ArmId::parse(&request.path).ok()).collect();
    let sent = step.requests.iter().filter(|request| !request.only_reads());
    let made = step.deployment().into_iter().flat_map(|deployment| &deployment.makes);
    let taken = step.fills.iter().map(|fill| &fill.read);
    let mut paths = sent.chain(made).chain(taken).filter_map(|request| ArmId::parse(&request.path).ok());
    paths.any(|path| gone.iter().any(|gone| gone.contains(&path)))
}
