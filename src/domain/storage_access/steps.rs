//! The steps of the switches: what each reads before, sends, reads back, and how it is taken back.

use super::affected::{Apart, Repair};
use super::assessment::{Assessment, Neighbour};
use super::plans::{Pair, words};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::resource_graph;
use crate::azure::resources::workspace::AuthMode;
use crate::azure::resources::{storage_account, workspace};
use crate::domain::changes::{Grant, Place, Who, grant_step};
use crate::domain::plan::print::shell;
use crate::domain::plan::{Back, Check, Expect, Step, Undo, keys_work, keys_work_step};
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

/// The roles that a repair takes, and whether each is missing: those that read are not, to whom can read already.
/// Identities act for jobs, which write: the pair is for people.
pub fn pair(pair: Pair, repair: &Repair) -> [(BuiltIn, bool); 2] {
    let reads_only = pair == Pair::Reader && repair.may_read_only();
    let (blobs, files) = match reads_only {
        false => (roles::BLOB_CONTRIBUTOR, roles::FILE_CONTRIBUTOR),
        true => (roles::BLOB_READER, roles::FILE_READER),
    };
    let lacks = |lost: bool, reads: bool| lost && !(reads_only && reads);
    [(blobs, lacks(repair.blobs, repair.reads.blobs)), (files, lacks(repair.files, repair.reads.files))]
}

fn role_is_for_blobs(role: BuiltIn) -> bool {
    role == roles::BLOB_CONTRIBUTOR || role == roles::BLOB_READER
}

/// A role on the account for whoever lacks it; it may be left out. Where the workspace signs in by key today it is taken
/// back only while it does: under identity whoever relies on the role would be locked out.
///
/// Nothing is given while the workspace is being changed: the switch behind it would stop there.
pub fn grant(
    id: &str,
    repair: &Repair,
    role: BuiltIn,
    assessment: &Assessment,
    (account, together): (&ArmId, &[ArmId]),
) -> Step {
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
    let (blobs, files) = (repair.blobs && role_is_for_blobs(role), repair.files && !role_is_for_blobs(role));
    let data = match (blobs, files) {
        (true, _) => "blobs",
        (false, true) => "files",
        (false, false) => "data",
    };
    let who = repair.covers.join(", ");
    let reads = match role_is_for_blobs(role) {
        true => repair.reads.blobs,
        false => repair.reads.files,
    };
    let cannot = if reads { "can only read" } else { "cannot reach" };
    if let Undo::By(back) = &mut step.undo {
        match assessment.mode {
            AuthMode::AccessKey => {
                back.guard = Some(nobody_relies(assessment, together).and(back.guard.take()));
            }
            // It was so before: who is without it again is said.
            _ => {
                back.effect =
                    format!("{} {who} {cannot} the {data} of {} then.", back.effect, account.name());
            }
        }
    }
    let workspace = &assessment.workspace;
    let rests = format!("nothing is changing {}", workspace.name());
    step.guard = Some(Check::new(workspace::get(workspace), at_rest(), rests).and(step.guard.take()));
    step.left_out = Some(format!("{who} {cannot} the {data} of {} under identity.", account.name()));
    // Whether another workspace relies on its identity here is not known: who it is is told.
    step.needed = assessment.keys_decide() && !matches!(repair.apart, Some(Apart::OtherWorkspace(_)));
    let lost = lost.map(|what| format!("{} can then only read, and no longer write: {what}.", repair.name));
    let apart = repair.apart_words(&assessment.workspace).map(|why| match repair.apart {
        Some(Apart::AfterActivation) => {
            format!("{why}. Making them eligible for it lets them activate it as they do the other.")
        }
        _ => format!("{why}."),
    });
    let cautions: Vec<String> = apart.into_iter().chain(lost).collect();
    step.caution = (!cautions.is_empty()).then(|| cautions.join(" "));
    step.optional(true)
}

/// The switch itself. It stops when the workspace is being changed, or is not in the mode that was assessed: then
/// somebody else was there meanwhile.
pub fn switch(assessment: &Assessment, mode: &AuthMode) -> Step {
    let (id, today) = (&assessment.workspace, &assessment.mode);
    let name = id.name();
    let still = is_mode(id, today);
    let guard = Check::new(
        still.read.clone(),
        Expect::All(vec![still.expect, at_rest()]),
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
    .undo(match assessment.began_broken() {
        // It is so already: nothing is sent.
        _ if mode == today => Undo::Nothing,
        Some(account) => Undo::OneWay(format!(
            "taken back, {name} would be broken again, because {} refuses keys. {}",
            account.name(),
            way_to_keys(id)
        )),
        None => Undo::By(Box::new(undo())),
    })
    .needs(id, CHANGE_WORKSPACE)
}

/// How a workspace whose account refuses keys comes to them, a sentence without its full stop.
pub fn way_to_keys(workspace: &ArmId) -> String {
    let name = shell::quote(workspace.name());
    format!(
        "`amldeck storage-access {name} --to keys --take-roles-back` plans the way to keys: they are turned on first, and the \
         roles that switches from here gave are taken back"
    )
}

/// The workspace signs in by key, and so do those others on its account that did when it was assessed, and those that came
/// to it since: what nobody relies on may go. Those that are switched in the same run have guards of their own.
pub fn nobody_relies(assessment: &Assessment, together: &[ArmId]) -> Check {
    let by_key = |one: &&Neighbour| one.mode == Some(AuthMode::AccessKey) && !together.contains(&one.id);
    let neighbours = assessment.neighbours.iter().filter(by_key);
    is_mode(&assessment.workspace, &AuthMode::AccessKey)
        .and(neighbours.map(|one| is_mode(&one.id, &AuthMode::AccessKey)))
        .and(assessment.account.as_ref().map(|account| nobody_came(assessment, account, together)))
}

/// The workspaces on an account that were known when it was assessed, or are switched in the same run.
fn known_on(assessment: &Assessment, together: &[ArmId]) -> Vec<ArmId> {
    let mut known = vec![assessment.workspace.clone()];
    known.extend(assessment.neighbours.iter().map(|one| one.id.clone()));
    known.extend(together.iter().filter(|id| !known.contains(id)).cloned().collect::<Vec<ArmId>>());
    // In one order, so that workspaces that are switched together read the same.
    known.sort_by_key(|id| id.as_str().to_ascii_lowercase());
    known
}

/// A list of workspaces that is read anew, of all that may be seen then, has none.
fn has_none(read: Request, words: String) -> Check {
    let found = Expect::Some { list: "/data".to_owned(), item: Box::new(Expect::Exists) };
    Check::new(read, Expect::Not(Box::new(found)), words)
}

/// No workspace uses the account by identity but those that are known.
fn nobody_came(assessment: &Assessment, account: &ArmId, together: &[ArmId]) -> Check {
    let words = format!("every workspace that came to {} since signs in by key", account.name());
    has_none(resource_graph::off_keys_on(account, &known_on(assessment, together)), words)
}

/// No workspace came to the account that needs its keys, besides those that are known; none where it could not be looked
/// for others before either, which is warned of.
fn nobody_came_by_key(assessment: &Assessment, account: &ArmId, together: &[ArmId]) -> Option<Check> {
    let words = format!("no workspace that signs in by key came to {} since", account.name());
    let read = resource_graph::on_keys_on(account, &known_on(assessment, together));
    assessment.neighbours_known.then(|| has_none(read, words))
}

/// Nothing is changing the workspace: one that failed is at rest as well, and whether Azure takes a change of that it says
/// itself.
fn at_rest() -> Expect {
    let states = ["Succeeded", "Failed", "Canceled"];
    let at_rest = states.map(|state| Expect::equals_or("/properties/provisioningState", state, "Succeeded"));
    Expect::Any(at_rest.to_vec())
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
        guard: Some(nobody_is_on_keys(assessment, account, &[])),
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
    .undo(match assessment.began_broken() {
        Some(_) => Undo::OneWay(format!(
            "turned off again, {0} would be broken again. To turn them off for good switch {0} to identity first",
            assessment.workspace.name()
        )),
        None => Undo::By(Box::new(back)),
    })
    .needs(account, CHANGE_ACCOUNT);
    [turn, keys_work_step("keys-work", vec!["keys-on".to_owned()])]
}

/// Shared key off: left out unless it is chosen, because other workspaces may need the keys. Those that were known to
/// need none are looked at again before it, because they may have been switched back meanwhile.
pub fn keys_off(assessment: &Assessment, account: &ArmId, together: &[ArmId]) -> Step {
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
    let others = || assessment.neighbours.iter().filter(|one| !together.contains(&one.id));
    let named = |needs_key: bool| {
        let names: Vec<&str> =
            others().filter(|one| one.needs_key() == needs_key).map(|one| one.id.name()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let also = named(false).map(|names| format!(" Also on it, without a key: {names}.")).unwrap_or_default();
    let mut step = Step::send(
        Optional::KeysOff.name(),
        format!("Turn shared key access of {} off", account.name()),
        format!("{} refuses its keys: only roles open it.{also}", account.name()),
        storage_account::set_shared_key(account, false),
    );
    step.caution = named(true).map(|names| format!("These sign in by key and break: {names}."));
    step.already(is_shared_key(account, false))
        .guard(nobody_is_on_keys(assessment, account, together))
        .verify(is_shared_key(account, false))
        .undo(Undo::By(Box::new(back)))
        .needs(account, CHANGE_ACCOUNT)
        .optional(false)
}

/// The workspace does not sign in by key, and neither do its neighbours that did not when it was assessed, nor others that
/// came to the account since. Of those that did it is said in the plan that they break.
fn nobody_is_on_keys(assessment: &Assessment, account: &ArmId, together: &[ArmId]) -> Check {
    let neighbours = assessment.neighbours.iter().filter(|one| !one.needs_key());
    is_not_on_keys(&assessment.workspace)
        .and(neighbours.map(|one| is_not_on_keys(&one.id)))
        .and(nobody_came_by_key(assessment, account, together))
}

fn is_not_on_keys(workspace: &ArmId) -> Check {
    Check::new(
        workspace::get(workspace),
        Expect::Not(Box::new(is_mode(workspace, &AuthMode::AccessKey).expect)),
        format!("{} does not sign in by key", workspace.name()),
    )
}
