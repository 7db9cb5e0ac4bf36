//! The switches as plans, each in the one safe order: roles before the switch, the switch before the account
//! refuses keys; and on the way back keys before the switch.

use super::affected::Repair;
use super::assessment::{Assessment, Verdict};
use super::delegation::Delegation;
use super::steps::{
    Optional, grant, keys_off, keys_on, nobody_relies, pair, switch, verify_keys, way_to_keys,
};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::changes::Setting;
use crate::domain::fact::count;
use crate::domain::plan::{About, Kind, Plan, Step, Warning, Weight, in_force_step, sync_keys_step};

/// Which pair of roles people are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pair {
    /// Reading and writing.
    #[default]
    Contributor,
    /// Only reading.
    Reader,
}

/// Where a switch goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// To a mode, or to what a workspace in that mode still lacks.
    Mode(AuthMode),
    /// No switch: the workspace gets the keys that the account has now.
    Resync,
}

/// What a plan wants to know besides the assessment.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// Which roles are given.
    pub pair: Pair,
    /// Object ids of people and groups that are given the roles that only read, whatever the others get.
    pub readers: Vec<String>,
    /// Object ids of those whose roles are left out unless they are chosen.
    pub without: Vec<String>,
    /// Object ids of those who are given roles though they are left out unless they are chosen.
    pub also: Vec<String>,
    /// Who makes the change, and whether the workspace is in production.
    pub setting: Setting,
    /// Other workspaces that are switched in the same run, where to as this one is: what the account does then suits them.
    pub together: Vec<ArmId>,
    /// On the way back: the steps that take away the roles which earlier switches gave, as [`made`](super::made) finds
    /// them. Each is left out unless it is chosen.
    pub made: Vec<Step>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPlan {
    /// The workspace names no account.
    #[error("the workspace names no storage account")]
    NoAccount,
    /// The account is gone.
    #[error("the storage account {0} is gone: nothing can be given on it")]
    AccountGone(String),
    /// It is so already.
    #[error("the workspace is on {0} already")]
    AlreadySo(String),
    /// A policy keeps keys from being turned on.
    #[error("a policy keeps shared key access off: {0}. Exempt the account first, or stay on identity")]
    Policy(String),
    /// The service has no user delegation signatures.
    #[error("there is no plan to user delegation SAS: {0}")]
    NoDelegation(String),
    /// Its mode wants no keys.
    #[error("the workspace is on {0}: it has no keys to synchronise")]
    NoKeys(String),
    /// New keys would be refused as the old ones are.
    #[error("the account refuses its keys, so that new ones do not help: the way back to keys turns them on")]
    KeysRefused,
    /// None of several workspaces is ready.
    #[error("none of these workspaces is ready: {0}")]
    NoneReady(String),
}

/// The plan that leads there.
///
/// # Errors
/// When there is none, with the reason.
pub fn plan_to(goal: &Goal, assessment: &Assessment, wish: &Wish) -> Result<Plan, NoPlan> {
    match goal {
        Goal::Mode(AuthMode::AccessKey) => to_keys(assessment, wish),
        Goal::Mode(mode) => to_identity(assessment, mode, wish),
        Goal::Resync => resync(assessment, wish),
    }
}

/// The plan to identity, or to user delegation signatures, which want the same roles. Of a workspace that is in that
/// mode already it is what is left to do: the missing roles, and the account's keys.
///
/// # Errors
/// When the workspace has no account, it is gone, or nothing is left to do.
pub fn to_identity(assessment: &Assessment, mode: &AuthMode, wish: &Wish) -> Result<Plan, NoPlan> {
    let account = account(assessment)?;
    if assessment.mode == *mode {
        return what_is_left(assessment, account, wish);
    }
    let name = assessment.workspace.name();
    if *mode == AuthMode::UserDelegationSas && matches!(assessment.delegation, Delegation::NotHad { .. }) {
        return Err(NoPlan::NoDelegation(assessment.delegation.words()));
    }
    let mut plan = plan(assessment, &format!("Switch {name} to {}", words(mode)), wish);
    plan.warn(
        Weight::Caution,
        "Azure calls identity-based storage access a preview: without a service-level agreement, and not recommended for \
         production. Clients need azure-ai-ml 1.17.0 and the ml extension 2.27.0 or newer.",
    );
    if *mode == AuthMode::UserDelegationSas {
        let text = format!(
            "User delegation SAS: {}. Where it is not to be had the switch is refused, or does not read back, and the run \
             stops there.",
            assessment.delegation.words()
        );
        plan.warn(Weight::Note, text);
    }
    if let Verdict::CannotTell { because } = &assessment.verdict {
        plan.unsure = true;
        plan.warn(Weight::Danger, format!("Who would lose access is not known: {}.", because.join("; ")));
    }
    if let Verdict::NotAdvised { because } = &assessment.verdict {
        plan.advised_against = true;
        because.iter().for_each(|why| plan.warn(Weight::Danger, format!("Not advised: {why}.")));
    }
    for trouble in assessment.computes.iter().filter(|one| !one.stands_against) {
        plan.warn(Weight::Caution, format!("{}: {}.", trouble.name, trouble.words));
    }
    for gap in &assessment.gaps {
        plan.warn(Weight::Caution, format!("Not known: {gap}."));
    }
    if let Some(words) = assessment.openers_words() {
        plan.warn(Weight::Caution, words);
    }
    give(&mut plan, assessment, account, wish);
    if assessment.losing().next().is_some() {
        let lose = assessment.losing_words();
        let (weight, text) = match (plan.steps.is_empty(), assessment.keys_decide()) {
            (true, _) => (Weight::Danger, format!("{lose}.")),
            (false, true) => {
                (Weight::Note, format!("{lose} without new roles: whoever's role is left out loses it."))
            }
            (false, false) => {
                (Weight::Note, format!("{lose}: whoever's role is left out goes on without it."))
            }
        };
        plan.warn(weight, text);
    }
    if assessment.began_broken().is_some() {
        plan.next.push(format!("{}.", way_to_keys(&assessment.workspace)));
    }
    plan.steps.push(switch(assessment, mode));
    if assessment.shared_key != Some(false) {
        warn_of_keys_off(&mut plan, assessment, account, &wish.together);
        plan.steps.push(keys_off(assessment, account, &wish.together));
    }
    warn_of_locks(&mut plan, assessment, account);
    Ok(plan)
}

/// What a workspace that is switched already lacks: roles, and keys that are refused.
fn what_is_left(assessment: &Assessment, account: &ArmId, wish: &Wish) -> Result<Plan, NoPlan> {
    let (name, lacks) = (assessment.workspace.name(), assessment.is_repairable());
    let title = match (lacks, assessment.shared_key) {
        (true, _) => format!("Give those who use {name} the roles that they lack on {}", account.name()),
        (false, Some(false)) => return Err(NoPlan::AlreadySo(words(&assessment.mode).to_owned())),
        (false, _) => format!("Turn shared key access of {} off", account.name()),
    };
    let mut plan = plan(assessment, &title, wish);
    if let Some(words) = assessment.denied_words() {
        plan.warn(Weight::Danger, format!("It stays so that {words}."));
    }
    if lacks {
        plan.warn(
            Weight::Caution,
            format!("{name} is on {} already, and {}.", words(&assessment.mode), assessment.losing_words()),
        );
    }
    for gap in &assessment.gaps {
        plan.warn(Weight::Caution, format!("Not known: {gap}."));
    }
    give(&mut plan, assessment, account, wish);
    if assessment.shared_key != Some(false) {
        warn_of_keys_off(&mut plan, assessment, account, &wish.together);
        // Where nothing else is left it is what the plan is for.
        plan.steps.push(keys_off(assessment, account, &wish.together).optional(!lacks));
    }
    warn_of_locks(&mut plan, assessment, account);
    Ok(plan)
}

/// The roles that are missing, and the wait until they are in force.
fn give(plan: &mut Plan, assessment: &Assessment, account: &ArmId, wish: &Wish) {
    let repairs = assessment.repairs();
    if wish.pair == Pair::Reader && !repairs.is_empty() {
        let text = match assessment.mode {
            AuthMode::AccessKey => {
                "People are given roles that only read: what they write with the key today, they cannot write then."
            }
            _ => "People are given roles that only read: they cannot write.",
        };
        plan.warn(Weight::Danger, text);
    }
    if let Some(words) = assessment.limited_words() {
        plan.limits = assessment.keys_decide();
        let (weight, text) = match assessment.keys_decide() {
            true => (
                Weight::Danger,
                format!(
                    "With the key these reach all data, under identity not: {words}. No role is planned for that."
                ),
            ),
            false => (Weight::Note, format!("These reach the data with limits: {words}.")),
        };
        plan.warn(weight, text);
    }
    let has = |list: &[String], repair: &Repair| list.iter().any(|id| id.eq_ignore_ascii_case(&repair.id));
    let is_wanted = |repair: &Repair| {
        let named = has(&wish.also, repair) || has(&wish.readers, repair);
        !has(&wish.without, repair) && (named || repair.apart.is_none())
    };
    let apart: Vec<String> = repairs
        .iter()
        .filter(|repair| !is_wanted(repair))
        .filter_map(|repair| repair.apart_words(&assessment.workspace))
        .collect();
    if !apart.is_empty() {
        let text = format!("Given no role unless that is chosen: {}.", apart.join("; "));
        plan.tell(Warning::new(Weight::Caution, text).about(About::Choice));
    }
    let mut given: Vec<String> = Vec::new();
    for repair in repairs {
        let which = if has(&wish.readers, &repair) { Pair::Reader } else { wish.pair };
        let other = match which {
            Pair::Contributor => Pair::Reader,
            Pair::Reader => Pair::Contributor,
        };
        let is_chosen = is_wanted(&repair);
        let roles = pair(which, &repair).into_iter().zip(pair(other, &repair));
        for ((role, _), (instead, helps)) in roles.filter(|((_, needed), _)| *needed) {
            let id = Optional::Grant.numbered(plan.steps.len() + 1);
            let step = grant(&id, &repair, role, assessment, (account, &wish.together)).optional(is_chosen);
            plan.steps.push(if instead == role || !helps {
                step
            } else {
                step.or(grant(&id, &repair, instead, assessment, (account, &wish.together)))
            });
            given.push(id);
        }
    }
    let mut wait = in_force_step("in-force", given);
    if let (Some(clock), Some(young)) = (&mut wait.wait, assessment.young) {
        // Whoever gave it: what is not in force everywhere yet does not reach the data yet.
        clock.since = Some(young);
        let text = format!(
            "A role that somebody here relies on was given at {} UTC: the plan waits until it is in force.",
            young.strftime("%Y-%m-%d %H:%M")
        );
        plan.warn(Weight::Note, text);
    }
    if wait.wait.as_ref().is_some_and(|clock| clock.since.is_some() || !clock.after.is_empty()) {
        plan.steps.push(wait);
    }
}

/// The plan back to keys.
///
/// # Errors
/// When the workspace has no account, it is gone, the workspace is on keys already and healthy, or a policy keeps keys
/// off.
pub fn to_keys(assessment: &Assessment, wish: &Wish) -> Result<Plan, NoPlan> {
    let account = account(assessment)?;
    if !assessment.is_off_keys() {
        return Err(NoPlan::AlreadySo(words(&AuthMode::AccessKey).to_owned()));
    }
    if assessment.policy_forbids_keys && assessment.shared_key == Some(false) {
        return Err(NoPlan::Policy(assessment.policies_keeping_off.join(", ")));
    }
    let name = assessment.workspace.name();
    let mut plan = plan(assessment, &format!("Switch {name} back to keys"), wish);
    if let Some(account) = assessment.began_broken() {
        let text = format!(
            "{name} is broken today, because {} refuses keys: this mends it. It has no undo: that would break it again.",
            account.name()
        );
        plan.warn(Weight::Note, text);
    }
    let reached = "With keys, whoever may run a job in the workspace reaches all of its data again.";
    plan.warn(Weight::Caution, reached);
    // Who uses those is not read here: any of the roles may be one that they rely on.
    let relying: Vec<&str> = assessment
        .neighbours
        .iter()
        .filter(|one| !one.needs_key() && !wish.together.contains(&one.id))
        .map(|one| one.id.name())
        .collect();
    let made: &[Step] = if relying.is_empty() { &wish.made } else { &[] };
    if made.is_empty() {
        let text = "Roles on the account stay: they do no harm, and the next switch needs them.";
        plan.warn(Weight::Note, text);
    } else {
        let text = format!(
            "{} by switches from here can be taken back at the end, each if it is chosen.",
            count(made.len(), "role that was given", "roles that were given")
        );
        plan.warn(Weight::Note, text);
    }
    if !relying.is_empty() && !wish.made.is_empty() {
        let text = format!(
            "{} by switches from here cannot be taken back with this: other workspaces on {} do not sign in by key and may rely \
             on them: {}.",
            count(wish.made.len(), "role that was given", "roles that were given"),
            account.name(),
            relying.join(", ")
        );
        plan.warn(Weight::Caution, text);
    }
    plan.steps.extend(keys_on(assessment, account));
    plan.steps.push(switch(assessment, &AuthMode::AccessKey));
    plan.steps.push(sync_keys_step("sync-keys", &assessment.workspace));
    plan.steps.push(verify_keys(&assessment.workspace));
    plan.steps.extend(made.iter().cloned().map(|step| step.guard(nobody_relies(assessment, &wish.together))));
    warn_of_locks(&mut plan, assessment, account);
    Ok(plan)
}

/// The plan that brings the workspace's keys in step with the account's, after one was rotated.
///
/// # Errors
/// When the workspace does not sign in by key.
pub fn resync(assessment: &Assessment, wish: &Wish) -> Result<Plan, NoPlan> {
    if assessment.mode != AuthMode::AccessKey {
        return Err(NoPlan::NoKeys(words(&assessment.mode).to_owned()));
    }
    if assessment.shared_key == Some(false) {
        return Err(NoPlan::KeysRefused);
    }
    let name = assessment.workspace.name();
    let mut plan = plan(assessment, &format!("Synchronise the keys of {name}"), wish);
    plan.warn(
        Weight::Note,
        "Running jobs keep what they were started with; what is started next has the new keys.",
    );
    plan.steps.push(sync_keys_step("sync-keys", &assessment.workspace));
    Ok(plan)
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

fn account(assessment: &Assessment) -> Result<&ArmId, NoPlan> {
    let account = assessment.account.as_ref().ok_or(NoPlan::NoAccount)?;
    if assessment.account_gone {
        return Err(NoPlan::AccountGone(account.name().to_owned()));
    }
    Ok(account)
}

fn plan(assessment: &Assessment, title: &str, wish: &Wish) -> Plan {
    let mut plan = Plan::new(Kind::StorageAccess, title, assessment.workspace.clone());
    plan.production = wish.setting.production;
    if let Some(words) = assessment.unsettled_words().filter(|_| assessment.mode == AuthMode::Identity) {
        plan.advised_against = true;
        plan.warn(Weight::Danger, format!("Not advised: {words}."));
    }
    plan
}

/// What the locks on the account keep from being done, and from being undone. A read-only one bars every change and
/// the listing of the keys, one that only forbids deleting keeps roles from being taken back.
fn warn_of_locks(plan: &mut Plan, assessment: &Assessment, account: &ArmId) {
    let of = account.name();
    if !assessment.read_only_locks.is_empty() {
        let text = format!(
            "{of} is read-only by a lock ({}): roles on it, its shared key access and the listing of its keys fail until the \
             lock is removed.",
            assessment.read_only_locks.join(", ")
        );
        plan.warn(Weight::Danger, text);
    }
    let of_role = |step: &Step| matches!(Optional::of(step), Some(Optional::Grant | Optional::TakeBack));
    if !assessment.delete_locks.is_empty() && plan.steps.iter().any(of_role) {
        let text = format!(
            "A lock keeps what is on {of} from being deleted ({}): roles that are given there cannot be taken back until it \
             is removed.",
            assessment.delete_locks.join(", ")
        );
        plan.warn(Weight::Caution, text);
    }
}

/// What breaks when the account refuses its keys, and what keeps them off then.
fn warn_of_keys_off(plan: &mut Plan, assessment: &Assessment, account: &ArmId, together: &[ArmId]) {
    let mut tell = |weight, text: String| plan.tell(Warning::new(weight, text).about(About::KeysOff));
    if !assessment.neighbours_known {
        let text = format!(
            "Not every workspace on {} could be looked for: one that is not named here breaks too when shared key access is \
             turned off, if it signs in by key.",
            account.name()
        );
        tell(Weight::Danger, text);
    }
    let needing: Vec<&str> = assessment
        .neighbours
        .iter()
        .filter(|one| one.needs_key() && !together.contains(&one.id))
        .map(|one| one.id.name())
        .collect();
    if !needing.is_empty() {
        let text = format!(
            "{} on {} {} when shared key access is turned off: {}.",
            count(needing.len(), "other workspace", "other workspaces"),
            account.name(),
            if needing.len() == 1 { "signs in by key and breaks" } else { "sign in by key and break" },
            needing.join(", ")
        );
        tell(Weight::Danger, text);
    }
    if !assessment.keyed_datastores.is_empty() {
        let text = format!(
            "Datastores that keep a key or a signature stop working when shared key access of their account is turned off: {}.",
            assessment.keyed_datastores.join(", ")
        );
        tell(Weight::Caution, text);
    }
    if assessment.policy_forbids_keys {
        let text = format!(
            "Once shared key access is off, a policy keeps it off: {}. The way back to keys is closed then.",
            assessment.policies_keeping_off.join(", ")
        );
        tell(Weight::Danger, text);
    }
    if !assessment.policies_keeping_on.is_empty() {
        let text = format!(
            "A policy keeps shared key access on: {}. Turning it off is refused or overruled: exempt {} first.",
            assessment.policies_keeping_on.join(", "),
            account.name()
        );
        tell(Weight::Danger, text);
    }
}
