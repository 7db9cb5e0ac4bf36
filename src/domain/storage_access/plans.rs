//! The switches as plans, each in the one safe order: roles before the switch, the switch before the account
//! refuses keys; and on the way back keys before the switch.

use super::assessment::{Assessment, Repair};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::azure::resources::{storage_account, workspace};
use crate::domain::changes::{Grant, Place, Setting, Who, grant_step, in_force_step};
use crate::domain::fact::count;
use crate::domain::plan::{Back, Check, Expect, Kind, Plan, Step, Undo, Wait, Weight};
use crate::domain::roles::{self, BuiltIn};

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
const SYNC_KEYS: &str = "Microsoft.MachineLearningServices/workspaces/resyncKeys/action";

/// Which pair of roles is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pair {
    /// Reading and writing.
    #[default]
    Contributor,
    /// Only reading.
    Reader,
}

/// What a plan wants to know besides the assessment.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Which roles are given.
    pub pair: Pair,
    /// Who makes the change, and whether the workspace is in production.
    pub setting: Setting,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// The workspace names no account.
    #[error("the workspace names no storage account")]
    NoAccount,
    /// It is so already.
    #[error("the workspace is on {0} already")]
    AlreadySo(String),
    /// A policy keeps keys from being turned on.
    #[error("a policy keeps shared key access off: {0}. Exempt the account first, or stay on identity")]
    Policy(String),
}

/// The plan to identity, or to user delegation signatures, which want the same roles.
///
/// # Errors
/// When the workspace has no account, or is in that mode already.
pub fn to_identity(assessment: &Assessment, mode: &AuthMode, wish: &Wish) -> Result<Plan, NoPlan> {
    let account = assessment.account.as_ref().ok_or(NoPlan::NoAccount)?;
    if assessment.mode == *mode {
        return Err(NoPlan::AlreadySo(mode.to_string()));
    }
    let name = assessment.workspace.name();
    let mut plan = plan(assessment, &format!("Switch {name} to {}", words(mode)), wish);
    plan.warn(
        Weight::Caution,
        "Azure calls identity-based storage access a preview: without a service-level agreement, and not recommended for \
         production. Clients need azure-ai-ml 1.17.0 and the ml extension 2.27.0 or newer.",
    );
    if assessment.losing().next().is_some() {
        let text = format!("Without the roles {}.", assessment.losing_words());
        plan.warn(Weight::Danger, text);
    }
    for trouble in &assessment.computes {
        let weight = if trouble.stands_against { Weight::Danger } else { Weight::Caution };
        plan.warn(weight, format!("{}: {}.", trouble.name, trouble.words));
    }
    for gap in &assessment.gaps {
        plan.warn(Weight::Caution, format!("Not known: {gap}."));
    }
    let mut given: Vec<String> = Vec::new();
    for repair in assessment.repairs() {
        for (role, needed) in pair(wish.pair, &repair) {
            if needed {
                let id = format!("grant-{}", plan.steps.len() + 1);
                plan.steps.push(grant(&id, &repair, role, account).optional(true));
                given.push(id);
            }
        }
    }
    if !given.is_empty() {
        plan.steps.push(in_force_step("in-force", given));
    }
    plan.steps.push(switch(assessment, mode));
    plan.steps.push(keys_off(assessment, account, &mut plan.warnings));
    plan.warnings.sort_by_key(|warning| warning.weight);
    Ok(plan)
}

/// The plan back to keys.
///
/// # Errors
/// When the workspace has no account, is on keys already and healthy, or a policy keeps keys off.
pub fn to_keys(assessment: &Assessment, wish: &Wish) -> Result<Plan, NoPlan> {
    let account = assessment.account.as_ref().ok_or(NoPlan::NoAccount)?;
    if assessment.mode == AuthMode::AccessKey && assessment.shared_key != Some(false) {
        return Err(NoPlan::AlreadySo(words(&AuthMode::AccessKey).to_owned()));
    }
    if assessment.policy_forbids_keys && assessment.shared_key == Some(false) {
        return Err(NoPlan::Policy(assessment.policies.join(", ")));
    }
    let name = assessment.workspace.name();
    let mut plan = plan(assessment, &format!("Switch {name} back to keys"), wish);
    plan.warn(
        Weight::Note,
        "Roles that were given stay and do no harm; taking the switch to identity back from the list of changes takes \
         away those that it gave.",
    );
    let on = is_shared_key(account, true);
    let off = storage_account::set_shared_key(account, false);
    let back = Back {
        title: format!("Turn shared key access of {} off again", account.name()),
        effect: format!("{} refuses its keys.", account.name()),
        requests: vec![off],
        already: Some(is_shared_key(account, false)),
        // Turned off under a workspace that signs in by key, it would break that workspace.
        guard: Some(is_mode(&assessment.workspace, &AuthMode::Identity)),
        wait: None,
        verify: Some(is_shared_key(account, false)),
    };
    plan.steps.push(
        Step::send(
            "keys-on",
            format!("Turn shared key access of {} on", account.name()),
            format!("{} takes its keys again.", account.name()),
            storage_account::set_shared_key(account, true),
        )
        .already(on.clone())
        .verify(on)
        .undo(Undo::By(Box::new(back)))
        .needs(account, CHANGE_ACCOUNT),
    );
    plan.steps.push(
        Step::quiet(
            "keys-work",
            "Wait until the account takes its keys everywhere",
            "The workspace can sign in by key as soon as it is switched.",
        )
        .wait(Wait {
            reason: "the account takes its keys everywhere".to_owned(),
            typical: KEYS_USUALLY,
            at_most: KEYS_AT_MOST,
            until: None,
            after: vec!["keys-on".to_owned()],
        }),
    );
    plan.steps.push(switch(assessment, &AuthMode::AccessKey));
    plan.steps.push(sync(&assessment.workspace));
    Ok(plan)
}

/// The plan that brings the workspace's keys in step with the account's, after one was rotated.
#[must_use]
pub fn resync(assessment: &Assessment, wish: &Wish) -> Plan {
    let name = assessment.workspace.name();
    let mut plan = plan(assessment, &format!("Synchronise the keys of {name}"), wish);
    plan.warn(
        Weight::Note,
        "Running jobs keep what they were started with; what is started next has the new keys.",
    );
    plan.steps.push(sync(&assessment.workspace));
    plan
}

/// A mode as people call it.
#[must_use]
pub fn words(mode: &AuthMode) -> &str {
    match mode {
        AuthMode::AccessKey => "shared key",
        AuthMode::Identity => "identity",
        AuthMode::UserDelegationSas => "user delegation SAS",
        AuthMode::Other(text) => text,
    }
}

fn plan(assessment: &Assessment, title: &str, wish: &Wish) -> Plan {
    let mut plan = Plan::new(Kind::StorageAccess, title, assessment.workspace.clone());
    plan.production = wish.setting.production;
    plan
}

fn is_mode(id: &ArmId, mode: &AuthMode) -> Check {
    let expect = Expect::equals_or(MODE, mode.as_str(), AuthMode::AccessKey.as_str());
    Check::new(workspace::get(id), expect, format!("{} is on {}", id.name(), words(mode)))
}

fn is_shared_key(account: &ArmId, on: bool) -> Check {
    let said = if on { "on" } else { "off" };
    let words = format!("shared key access of {} is {said}", account.name());
    Check::new(storage_account::get(account), Expect::equals_or(SHARED_KEY, on, true), words)
}

/// The roles that a repair takes, and whether each is missing.
fn pair(pair: Pair, repair: &Repair) -> [(BuiltIn, bool); 2] {
    let (blobs, files) = match pair {
        Pair::Contributor => (roles::BLOB_CONTRIBUTOR, roles::FILE_CONTRIBUTOR),
        Pair::Reader => (roles::BLOB_READER, roles::FILE_READER),
    };
    [(blobs, repair.blobs), (files, repair.files)]
}

fn grant(id: &str, repair: &Repair, role: BuiltIn, account: &ArmId) -> Step {
    let who = Who { id: repair.id.clone(), name: repair.name.clone(), kind: repair.kind.clone() };
    let mut step = grant_step(id, &Grant::standing(who, role, Place::of(account)));
    if repair.covers != [repair.name.clone()] {
        step.effect = format!("{} Helps {}.", step.effect, repair.covers.join(", "));
    }
    step
}

/// The switch itself. It stops when the workspace is being changed, or is not in the mode that was assessed: then
/// somebody else was there meanwhile.
fn switch(assessment: &Assessment, mode: &AuthMode) -> Step {
    let (id, today) = (&assessment.workspace, &assessment.mode);
    let name = id.name();
    let still = is_mode(id, today);
    let at_rest = Expect::equals_or("/properties/provisioningState", "Succeeded", "Succeeded");
    let guard = Check::new(
        still.read.clone(),
        Expect::All(vec![still.expect, at_rest]),
        format!("{name} is on {} and nothing is changing it", words(today)),
    );
    let back = Back {
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
    .undo(Undo::By(Box::new(back)))
    .needs(id, CHANGE_WORKSPACE)
}

fn sync(id: &ArmId) -> Step {
    let name = id.name();
    let mut step = Step::send(
        "sync-keys",
        format!("Synchronise the keys of {name}"),
        format!("{name} has the keys that its storage account has now."),
        workspace::resync_keys(id),
    )
    .needs(id, SYNC_KEYS);
    // The keys that it had before are worth nothing to anybody.
    step.undo = Undo::Nothing;
    step
}

/// Shared key off: the last step, left out unless it is chosen, because other workspaces may need the keys.
fn keys_off(
    assessment: &Assessment,
    account: &ArmId,
    warnings: &mut Vec<crate::domain::plan::Warning>,
) -> Step {
    let needing: Vec<&str> =
        assessment.neighbours.iter().filter(|one| one.needs_key()).map(|one| one.id.name()).collect();
    if !needing.is_empty() {
        warnings.push(crate::domain::plan::Warning::new(
            Weight::Danger,
            format!(
                "{} on {} sign in by key and break when shared key access is turned off: {}.",
                count(needing.len(), "other workspace", "other workspaces"),
                account.name(),
                needing.join(", ")
            ),
        ));
    }
    if !assessment.keyed_datastores.is_empty() {
        warnings.push(crate::domain::plan::Warning::new(
            Weight::Caution,
            format!(
                "Datastores that keep a key or a signature stop working when shared key access of their account is turned \
                 off: {}.",
                assessment.keyed_datastores.join(", ")
            ),
        ));
    }
    let back = Back {
        title: format!("Turn shared key access of {} on again", account.name()),
        effect: format!("{} takes its keys again.", account.name()),
        requests: vec![storage_account::set_shared_key(account, true)],
        already: Some(is_shared_key(account, true)),
        guard: None,
        wait: None,
        verify: Some(is_shared_key(account, true)),
    };
    let id = &assessment.workspace;
    let not_on_keys = Check::new(
        workspace::get(id),
        Expect::Not(Box::new(is_mode(id, &AuthMode::AccessKey).expect)),
        format!("{} does not sign in by key", id.name()),
    );
    Step::send(
        "keys-off",
        format!("Turn shared key access of {} off", account.name()),
        format!("{} refuses its keys: only roles open it.", account.name()),
        storage_account::set_shared_key(account, false),
    )
    .already(is_shared_key(account, false))
    .guard(not_on_keys)
    .verify(is_shared_key(account, false))
    .undo(Undo::By(Box::new(back)))
    .needs(account, CHANGE_ACCOUNT)
    .optional(false)
}
