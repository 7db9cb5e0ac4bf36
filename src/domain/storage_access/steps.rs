//! The steps of the switches: what each reads before, sends, reads back, and how it is taken back.

use super::assessment::{Assessment, Repair};
use super::plans::{Pair, words};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::azure::resources::{storage_account, workspace};
use crate::domain::changes::{Grant, Place, Who, grant_step};
use crate::domain::plan::{Back, Check, Expect, Step, Undo, Wait};
use crate::domain::roles::{self, BuiltIn};

/// The steps of a switch that may be left out, by what decides about them. Their names are made and read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Optional {
    /// A role is given.
    Grant,
    /// A role that an earlier switch gave is taken back.
    TakeBack,
    /// The account refuses its keys.
    KeysOff,
}

impl Optional {
    const ALL: [Self; 3] = [Self::Grant, Self::TakeBack, Self::KeysOff];

    fn name(self) -> &'static str {
        match self {
            Self::Grant => "grant",
            Self::TakeBack => "take",
            Self::KeysOff => "keys-off",
        }
    }

    /// The name of one of several such steps.
    #[must_use]
    pub fn numbered(self, number: usize) -> String {
        format!("{}-{number}", self.name())
    }

    /// What a step is, by its name; in a plan for several workspaces the number of the workspace stands before that.
    #[must_use]
    pub fn of(step: &Step) -> Option<Self> {
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let id = step.id.as_str();
        let id = id.split_once('-').filter(|(number, _)| is_number(number)).map_or(id, |(_, rest)| rest);
        let id = id.rsplit_once('-').filter(|(_, number)| is_number(number)).map_or(id, |(name, _)| name);
        Self::ALL.into_iter().find(|one| one.name() == id)
    }
}

/// How long a changed account takes to say so everywhere, in seconds: the storage service gives no figure, and asks to
/// expect up to a minute.
const KEYS_USUALLY: u32 = 30;
const KEYS_AT_MOST: u32 = 120;
/// Where a workspace says how its datastores sign in.
const MODE: &str = "/properties/systemDatastoresAuthMode";
/// Where an account says whether it takes keys.
const SHARED_KEY: &str = "/properties/allowSharedKeyAccess";
const CHANGE_WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces/write";
const CHANGE_ACCOUNT: &str = "Microsoft.Storage/storageAccounts/write";

fn is_mode(id: &ArmId, mode: &AuthMode) -> Check {
    let expect = Expect::equals_or(MODE, mode.as_str(), AuthMode::AccessKey.as_str());
    Check::new(workspace::get(id), expect, format!("{} is on {}", id.name(), words(mode)))
}

fn is_shared_key(account: &ArmId, on: bool) -> Check {
    let said = if on { "on" } else { "off" };
    let words = format!("shared key access of {} is {said}", account.name());
    Check::new(storage_account::get(account), Expect::equals_or(SHARED_KEY, on, true), words)
}

/// The roles that a repair takes, and whether each is missing. Identities act for jobs, which write: the pair is
/// for people.
pub fn pair(pair: Pair, repair: &Repair) -> [(BuiltIn, bool); 2] {
    let reads_only = pair == Pair::Reader && repair.may_read_only();
    let (blobs, files) = match reads_only {
        false => (roles::BLOB_CONTRIBUTOR, roles::FILE_CONTRIBUTOR),
        true => (roles::BLOB_READER, roles::FILE_READER),
    };
    [(blobs, repair.blobs), (files, repair.files)]
}

fn role_is_for_blobs(role: BuiltIn) -> bool {
    role == roles::BLOB_CONTRIBUTOR || role == roles::BLOB_READER
}

/// A role on the account for whoever lacks it; it may be left out. Where the workspace signs in by key today it is taken
/// back only while it does: under identity whoever relies on the role would be locked out.
pub fn grant(id: &str, repair: &Repair, role: BuiltIn, assessment: &Assessment, account: &ArmId) -> Step {
    let who = Who { id: repair.id.clone(), name: repair.name.clone(), kind: repair.kind.clone() };
    let mut step = grant_step(id, &Grant::standing(who, role, Place::of(account)));
    if repair.covers != [repair.name.clone()] {
        step.effect = format!("{} Helps {}.", step.effect, repair.covers.join(", "));
    }
    let lost = match role {
        roles::BLOB_READER => Some("outputs of jobs, models and data assets"),
        roles::FILE_READER => Some("notebooks and other files of the workspace"),
        _ => None,
    };
    if let (AuthMode::AccessKey, Undo::By(back)) = (&assessment.mode, &mut step.undo) {
        back.guard = Some(on_keys(&assessment.workspace));
    }
    let (blobs, files) = (repair.blobs && role_is_for_blobs(role), repair.files && !role_is_for_blobs(role));
    let data = match (blobs, files) {
        (true, _) => "blobs",
        (false, true) => "files",
        (false, false) => "data",
    };
    let who = repair.covers.join(", ");
    step.left_out = Some(format!("{who} cannot reach the {data} of {} under identity.", account.name()));
    step.caution = lost.map(|what| format!("{} can read then and no longer write: {what}.", repair.name));
    step.optional(true)
}

/// The switch itself. It stops when the workspace is being changed, or is not in the mode that was assessed: then
/// somebody else was there meanwhile.
pub fn switch(assessment: &Assessment, mode: &AuthMode) -> Step {
    let (id, today) = (&assessment.workspace, &assessment.mode);
    let name = id.name();
    let still = is_mode(id, today);
    // One that failed is at rest as well: whether Azure takes the change it says itself.
    let states = ["Succeeded", "Failed", "Canceled"];
    let at_rest = states.map(|state| Expect::equals_or("/properties/provisioningState", state, "Succeeded"));
    let at_rest = Expect::Any(at_rest.to_vec());
    let guard = Check::new(
        still.read.clone(),
        Expect::All(vec![still.expect, at_rest]),
        format!("{name} is on {} and nothing is changing it", words(today)),
    );
    let undo = || Back {
        title: format!("Switch {name} back to {}", words(today)),
        effect: format!("The system datastores of {name} sign in with {} again.", words(today)),
        requests: vec![workspace::set_auth_mode(id, today)],
        already: Some(is_mode(id, today)),
        guard: match today {
            AuthMode::AccessKey => assessment.account.as_ref().map(|account| is_shared_key(account, true)),
            _ => Some(is_mode(id, mode)),
        },
        wait: None,
        verify: Some(is_mode(id, today)),
        loses: None,
    };
    Step::send(
        "switch",
        format!("Switch {name} to {}", words(mode)),
        format!("The system datastores of {name} sign in with {}.", words(mode)),
        workspace::set_auth_mode(id, mode),
    )
    .already(is_mode(id, mode))
    .guard(guard)
    .verify(is_mode(id, mode))
    .undo(match assessment.began_broken().filter(|_| mode != today) {
        Some(account) => Undo::OneWay(format!(
            "{name} is broken today, because {} refuses keys, and there is no undo to that. The plan back to keys turns \
             them on first",
            account.name()
        )),
        None => Undo::By(Box::new(undo())),
    })
    .needs(id, CHANGE_WORKSPACE)
}

/// Keys brought in step.
pub fn sync(id: &ArmId) -> Step {
    let name = id.name();
    // The keys that it had before are worth nothing to anybody, so there is nothing to undo.
    Step::send(
        "sync-keys",
        format!("Synchronise the keys of {name}"),
        format!("{name} has the keys that its storage account has now."),
        workspace::resync_keys(id),
    )
    .needs(id, workspace::SYNC_KEYS)
}

/// The workspace signs in by key: what nobody relies on may go.
pub fn on_keys(workspace: &ArmId) -> Check {
    is_mode(workspace, &AuthMode::AccessKey)
}

/// The last look at the way back to keys: the workspace signs in by key.
pub fn verify_keys(id: &ArmId) -> Step {
    let check = is_mode(id, &AuthMode::AccessKey);
    Step::quiet("verify", format!("Read {} back", id.name()), format!("It is so that {}.", check.words))
        .verify(check)
}

/// Shared key on, and its clock.
pub fn keys_on(assessment: &Assessment, account: &ArmId) -> [Step; 2] {
    let on = is_shared_key(account, true);
    let off = is_shared_key(account, false);
    let back = Back {
        title: format!("Turn shared key access of {} off again", account.name()),
        effect: format!("{} refuses its keys.", account.name()),
        requests: vec![storage_account::set_shared_key(account, false)],
        already: Some(off.clone()),
        // Turned off under workspaces that sign in by key, it would break them.
        guard: Some(nobody_is_on_keys(assessment)),
        wait: None,
        verify: Some(off),
        loses: None,
    };
    let turn = Step::send(
        "keys-on",
        format!("Turn shared key access of {} on", account.name()),
        format!("{} takes its keys again.", account.name()),
        storage_account::set_shared_key(account, true),
    )
    .already(on.clone())
    .verify(on)
    .undo(Undo::By(Box::new(back)))
    .needs(account, CHANGE_ACCOUNT);
    let clock = Step::quiet(
        "keys-work",
        "Wait until the account takes its keys everywhere",
        "The workspace can sign in by key as soon as it is switched.",
    )
    .wait(keys_work(vec!["keys-on".to_owned()]));
    [turn, clock]
}

fn keys_work(after: Vec<String>) -> Wait {
    Wait {
        reason: "the account takes its keys everywhere".to_owned(),
        typical: KEYS_USUALLY,
        at_most: KEYS_AT_MOST,
        until: None,
        after,
        since: None,
    }
}

/// Shared key off: left out unless it is chosen, because other workspaces may need the keys. Those that were known to
/// need none are looked at again before it, because they may have been switched back meanwhile.
pub fn keys_off(assessment: &Assessment, account: &ArmId) -> Step {
    let back = Back {
        title: format!("Turn shared key access of {} on again", account.name()),
        effect: format!("{} takes its keys again.", account.name()),
        requests: vec![storage_account::set_shared_key(account, true)],
        already: Some(is_shared_key(account, true)),
        guard: None,
        wait: Some(keys_work(Vec::new())),
        verify: Some(is_shared_key(account, true)),
        loses: None,
    };
    Step::send(
        Optional::KeysOff.name(),
        format!("Turn shared key access of {} off", account.name()),
        format!("{} refuses its keys: only roles open it.", account.name()),
        storage_account::set_shared_key(account, false),
    )
    .already(is_shared_key(account, false))
    .guard(nobody_is_on_keys(assessment))
    .verify(is_shared_key(account, false))
    .undo(Undo::By(Box::new(back)))
    .needs(account, CHANGE_ACCOUNT)
    .optional(false)
}

/// The workspace does not sign in by key, and neither do its neighbours that did not when it was assessed. Of those that
/// did it is said in the plan that they break.
fn nobody_is_on_keys(assessment: &Assessment) -> Check {
    let neighbours = assessment.neighbours.iter().filter(|one| !one.needs_key());
    is_not_on_keys(&assessment.workspace).and(neighbours.map(|one| is_not_on_keys(&one.id)))
}

fn is_not_on_keys(workspace: &ArmId) -> Check {
    Check::new(
        workspace::get(workspace),
        Expect::Not(Box::new(is_mode(workspace, &AuthMode::AccessKey).expect)),
        format!("{} does not sign in by key", workspace.name()),
    )
}
