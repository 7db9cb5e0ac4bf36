//! The way back of a run, as a plan of its own: it is reviewed, journalled and resumed like any other.

use super::kept::{kept, spare};
use super::order::{Deed, in_order};
use super::record::RunId;
use super::{
    About, Back, Check, Expect, Kind, Plan, Right, Run, Step, StepRun, Told, Undo, Weight, is_purge, key_of,
};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};

/// What the name of a step begins with that takes another one back.
pub(super) const TAKES_BACK: &str = "undo-";
/// The type of resource groups as the rights on them are called.
const RESOURCE_GROUPS: &str = "Microsoft.Resources/subscriptions/resourceGroups";

/// Why a run cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoWayBack {
    /// It changed nothing.
    #[error("run {0} changed nothing, so there is nothing to undo")]
    NothingDone(RunId),
    /// What it changed cannot be undone; the reasons.
    #[error("run {0} cannot be undone: {1}")]
    OneWay(RunId, String),
    /// What it changed stays: nothing of it has a way back.
    #[error("run {0} has nothing to undo: what it did stays, and has no way back")]
    Stays(RunId),
}

/// The plan that takes a run back: the ways back of the steps that changed something, the last one first. Steps
/// without one become warnings. `only` names the steps to take back; empty means all.
///
/// # Errors
/// When nothing was changed, or nothing of it can be undone.
pub fn inverse(run: &Run, only: &[usize]) -> Result<Plan, NoWayBack> {
    let wanted = |at: &usize| only.is_empty() || only.contains(at);
    let changed: Vec<(usize, &Step)> = run
        .plan
        .steps
        .iter()
        .enumerate()
        .filter(|(at, _)| {
            wanted(at) && run.steps.get(*at).is_some_and(|step| step.touched() && !step.left_nothing())
        })
        .collect();
    let mut steps: Vec<Step> = changed
        .iter()
        .rev()
        .filter(|(at, _)| !stays(run, *at))
        .filter_map(|(at, step)| way_back(step, &run.steps[*at]))
        .collect();
    let spared = spare_kept(run, &mut steps);
    // What is deleted has no settings to put back.
    let deleted = deleted_by(&steps);
    steps.retain(|step| !is_setting_of(step, &deleted));
    let one_way: Vec<&str> = changed
        .iter()
        .filter(|(_, step)| !goes_with(step, &deleted))
        .filter_map(|(_, step)| match &step.undo {
            Undo::OneWay(reason) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    let mut plan = Plan { steps: in_order(steps), as_of: Some(run.records), ..bare(&run.plan) };
    let keys_off = plan.steps.iter().any(|step| Deed::KeysOff.is_in(&step.requests));
    // Notes are about the hour in which it was planned, and nothing is chosen in it any more.
    let is_so = |about: Option<About>| about.is_none() || about == Some(About::KeysOff) && keys_off;
    plan.warnings.retain(|one| one.weight != Weight::Note && is_so(one.about));
    if takes_access(run) && !plan.steps.is_empty() {
        plan.limits = true;
        let text = "Roles go without which nobody of those reaches the data, since the workspace is not on keys: each step names \
                    who is without access then";
        plan.warn(Weight::Danger, text.to_owned());
    }
    let lost: Vec<String> = plan.steps.iter().filter_map(one_way_of).collect();
    for what in lost {
        plan.warn(Weight::Danger, what);
    }
    if plan.steps.is_empty() {
        return Err(match (changed.is_empty(), one_way.is_empty()) {
            (true, _) => NoWayBack::NothingDone(run.id.clone()),
            (false, true) => NoWayBack::Stays(run.id.clone()),
            (false, false) => NoWayBack::OneWay(run.id.clone(), one_way.join("; ")),
        });
    }
    if run.plan.kind == Kind::SetUp && only.is_empty() {
        // Taken back in turn it would make an empty group: what was in it is made by setting it up anew.
        plan.steps.iter_mut().filter(|step| matches!(step.undo, Undo::By(_))).for_each(|step| {
            step.undo = Undo::Nothing;
        });
    }
    for reason in one_way {
        plan.warn(Weight::Caution, format!("Stays as it is: {reason}"));
    }
    if !spared.is_empty() {
        let text = format!("Stays, because what cannot be taken back needs it: {}", spared.join(", "));
        plan.warn(Weight::Caution, text);
    }
    Ok(plan)
}

/// Takes out of the steps of a way back what needs to stay, and the steps of which nothing is left then. Gives the names of
/// what stays.
fn spare_kept(run: &Run, steps: &mut Vec<Step>) -> Vec<String> {
    let kept = kept(run, steps);
    let mut spared: Vec<String> = Vec::new();
    if kept.is_empty() {
        return spared;
    }
    steps.retain_mut(|step| {
        let of = step.id.strip_prefix(TAKES_BACK).unwrap_or_default();
        let Some(done) = run.plan.steps.iter().find(|done| done.id == of) else { return true };
        let stays = spare(step, done, &kept);
        for id in &stays {
            let called = done.deployment().and_then(|deployment| deployment.called.get(&key_of(id.as_str())));
            spared.push(called.map_or_else(|| id.name().to_owned(), Clone::clone));
        }
        stays.is_empty() || !step.requests.is_empty()
    });
    spared
}

/// What the title of a plan begins with that takes a run back, and of one that takes that back in turn.
const UNDO: &str = "Undo: ";
const REDO: &str = "Redo: ";

/// The plan that takes back what this one did, still without steps. What takes an undo back does the run again: its title
/// and what was said of that are those of the run.
fn bare(plan: &Plan) -> Plan {
    let of_old = || {
        let title = plan.title.strip_prefix(UNDO)?;
        Some(Box::new(Told { title: title.to_owned(), ..Told::default() }))
    };
    let empty =
        Plan { kind: Kind::Undo, warnings: Vec::new(), steps: Vec::new(), next: Vec::new(), ..plan.clone() };
    match plan.takes_back.clone().or_else(of_old) {
        Some(told) => Plan {
            title: format!("{REDO}{}", told.title),
            warnings: told.warnings,
            advised_against: told.advised_against,
            limits: told.limits,
            takes_back: None,
            ..empty
        },
        None => {
            let title = plan.title.strip_prefix(REDO).unwrap_or(&plan.title);
            let told = Told {
                title: title.to_owned(),
                warnings: plan.warnings.clone(),
                advised_against: plan.advised_against,
                limits: plan.limits,
            };
            Plan {
                title: format!("{UNDO}{title}"),
                // That was said of what is taken back.
                advised_against: false,
                limits: false,
                takes_back: Some(Box::new(told)),
                ..empty
            }
        }
    }
}

/// Whether a run only gave the roles that a workspace off keys needs: then no way back to keys is part of its undo.
fn takes_access(run: &Run) -> bool {
    let switches = |step: &Step| step.id.ends_with("switch");
    run.plan.kind == Kind::StorageAccess
        && !run.plan.steps.iter().any(switches)
        && run.plan.steps.iter().any(|step| step.id.contains("grant-"))
}

/// Whether what a step of a run changed stays: what is taken back only while something is as it was stays with what cannot
/// be taken back.
pub(super) fn stays(run: &Run, at: usize) -> bool {
    stays_with_one_way(run, at) || run.steps.get(at).is_some_and(|became| is_kept_whole(run, at, became))
}

/// Whether all that the way back of a step would delete is needed by what stays.
fn is_kept_whole(run: &Run, at: usize, became: &StepRun) -> bool {
    let Some(mut back) = run.plan.steps.get(at).and_then(|step| way_back(step, became)) else { return false };
    let steps = run.plan.steps.iter().zip(&run.steps).filter(|(_, became)| became.touched());
    let all: Vec<Step> = steps.filter_map(|(step, became)| way_back(step, became)).collect();
    let kept = kept(run, &all);
    !kept.is_empty() && !spare(&mut back, &run.plan.steps[at], &kept).is_empty() && back.requests.is_empty()
}

/// Whether what a step changed is taken back only while something is as it was that cannot be taken back.
fn stays_with_one_way(run: &Run, at: usize) -> bool {
    // The settings of a workspace do not stand on each other.
    if matches!(run.plan.kind, Kind::Edit | Kind::SetUp) {
        return false;
    }
    let steps = run.plan.steps.iter().zip(&run.steps);
    let one_way = steps.filter(|(step, became)| became.touched() && matches!(step.undo, Undo::OneWay(_)));
    let mut kept = one_way.flat_map(|(step, _)| &step.requests);
    let Some(Undo::By(back)) = run.plan.steps.get(at).map(|step| &step.undo) else { return false };
    let reads = |path: &str| {
        let mut wanted = back.guard.iter().flat_map(Check::each);
        wanted.any(|check| check.read.path.eq_ignore_ascii_case(path))
    };
    kept.any(|request| reads(&request.path))
}

/// Whether what a step changed belongs to something of these, which is deleted.
pub(super) fn goes_with(step: &Step, gone: &[ArmId]) -> bool {
    let Some(changed) = step.requests.last().and_then(|request| ArmId::parse(&request.path).ok()) else {
        return false;
    };
    gone.iter().any(|gone| gone.contains(&changed))
}

/// What steps delete.
pub(super) fn deleted_by(steps: &[Step]) -> Vec<ArmId> {
    let requests = steps.iter().flat_map(|step| &step.requests);
    let deletes = requests.filter(|request| request.method == Method::Delete);
    deletes.filter_map(|request| ArmId::parse(&request.path).ok()).collect()
}

/// Whether a step does nothing but change settings of what is among these.
fn is_setting_of(step: &Step, gone: &[ArmId]) -> bool {
    let is = |request: &Request| {
        request.method == Method::Patch && ArmId::parse(&request.path).is_ok_and(|id| gone.contains(&id))
    };
    !step.requests.is_empty() && step.requests.iter().all(is)
}

/// Why a step cannot be taken back, where it cannot.
fn one_way_of(step: &Step) -> Option<String> {
    match &step.undo {
        Undo::OneWay(reason) => Some(reason.clone()),
        Undo::By(_) | Undo::Nothing => None,
    }
}

/// The step that takes a step back which became this; it is taken back in turn by doing it again. None where there is no
/// way back.
#[must_use]
pub fn way_back(step: &Step, progress: &StepRun) -> Option<Step> {
    let Undo::By(back) = &step.undo else { return None };
    if let Some(withdrawal) = step.withdraw.as_deref().filter(|_| progress.is_awaited()) {
        // What was not granted cannot be given again either: it would be asked for anew.
        let mut undo = quiet(step, withdrawal);
        undo.undo = Undo::Nothing;
        return Some(undo);
    }
    let left = progress.remains.as_ref().map(|remains| remains.way_back(back));
    let back = left.as_ref().unwrap_or(back);
    let again = Undo::By(Box::new(Back {
        title: step.title.clone(),
        effect: step.effect.clone(),
        requests: step.requests.clone(),
        already: step.already.clone(),
        guard: step.guard.clone(),
        wait: step.wait.clone(),
        verify: step.verify.clone(),
        loses: None,
    }));
    let again = back.loses.clone().map_or(again, Undo::OneWay);
    let mut undo = quiet(step, back);
    if !progress.state.is_over() {
        undo.guard = half_way(back).or(undo.guard);
    }
    undo.spares = step.deployment().is_some();
    if let Some(cancel) = cancel(step, progress) {
        undo.requests.insert(0, cancel);
        // It may have ended, or never begun.
        undo.done_if.extend(["DeploymentCannotBeCancelled", "DeploymentNotFound"].map(str::to_owned));
    }
    Some(undo.undo(again))
}

/// What the way back of a step wants to be so that did not come to its end: whatever it was to change is as it was before
/// or as it was to be, each by itself. None where that cannot be told.
fn half_way(back: &Back) -> Option<Check> {
    let (after, before) = (back.guard.as_ref()?, back.already.as_ref()?);
    if after.read != before.read || !before.and.is_empty() {
        return None;
    }
    let either = |after: &Expect, before: &Expect| Expect::Any(vec![after.clone(), before.clone()]);
    let expect = match (&after.expect, &before.expect) {
        (Expect::All(after), Expect::All(before)) if after.len() == before.len() => {
            Expect::All(after.iter().zip(before).map(|(after, before)| either(after, before)).collect())
        }
        (after, before) => either(after, before),
    };
    Some(Check { expect, words: format!("{}, or as before", after.words), ..after.clone() })
}

/// What cancels the deployment of a step of which it is not known that it is over.
fn cancel(step: &Step, progress: &StepRun) -> Option<Request> {
    step.deployment().filter(|_| progress.open.is_some())?.cancel.clone()
}

/// A step that takes another one back.
fn quiet(step: &Step, back: &Back) -> Step {
    let mut undo = Step::quiet(format!("{TAKES_BACK}{}", step.id), &*back.title, &*back.effect);
    undo.done_if.clone_from(&step.undone_if);
    undo.undone_if.clone_from(&step.done_if);
    undo.requests.clone_from(&back.requests);
    undo.already.clone_from(&back.already);
    undo.guard.clone_from(&back.guard);
    undo.wait.clone_from(&back.wait);
    undo.verify.clone_from(&back.verify);
    undo.rights = rights_of(step, &back.requests);
    undo
}

/// The rights that the way back of a step needs: to delete each thing that it deletes, and for all else what the step itself
/// needs. A purge is no part of them: where it is refused it is passed over.
fn rights_of(step: &Step, back: &[Request]) -> Vec<Right> {
    let deletes = |request: &&Request| request.method == Method::Delete;
    let all_delete =
        back.iter().all(|request| deletes(&request) || is_purge(request) || request.only_reads());
    let mut all: Vec<Right> = match back.iter().any(|request| deletes(&request)) && all_delete {
        true => Vec::new(),
        false => step.rights.iter().map(|right| right_for(right, back)).collect(),
    };
    for id in back.iter().filter(deletes).filter_map(|request| ArmId::parse(&request.path).ok()) {
        let Some(kind) = id.resource_type() else { continue };
        let kind =
            if kind == "Microsoft.Resources/resourceGroups" { RESOURCE_GROUPS.to_owned() } else { kind };
        // Where the step itself needs its rights: those that are asked of Azure then are few.
        let scopes = step.rights.iter().map(|right| &right.scope).filter(|scope| scope.contains(&id));
        let scope = scopes.max_by_key(|scope| scope.as_str().len()).cloned();
        let scope =
            scope.or_else(|| id.extended()).or_else(|| id.group_scope()).unwrap_or_else(|| id.clone());
        let right = Right { scope, action: format!("{kind}/delete") };
        if !all.contains(&right) {
            all.push(right);
        }
    }
    all
}

/// The right for the way back where a step needs this one: what gives a role takes it by another right, and the other way
/// round. Everything else is taken back by what it was done with.
fn right_for(right: &Right, back: &[Request]) -> Right {
    const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
    let changes = |method: &Method| matches!(method, Method::Delete | Method::Put | Method::Patch);
    let verb = match back.iter().map(|request| request.method).find(changes) {
        Some(Method::Delete) => "delete",
        Some(_) => "write",
        None => return right.clone(),
    };
    match right.action.rsplit_once('/') {
        Some((ASSIGNMENTS, _)) => Right { action: format!("{ASSIGNMENTS}/{verb}"), ..right.clone() },
        // What was deleted is made again.
        Some((kind, "delete")) if verb == "write" => {
            Right { action: format!("{kind}/write"), ..right.clone() }
        }
        _ => right.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gives_a_role_is_taken_back_by_the_right_to_take_one() {
        let right = |action: &str| Right { scope: ArmId::subscription("s"), action: action.to_owned() };
        let back = |method| [Request::arm_path(method, "/subscriptions/s/x", "1")];
        let cases = [
            (
                "Microsoft.Authorization/roleAssignments/write",
                Method::Delete,
                "Microsoft.Authorization/roleAssignments/delete",
            ),
            (
                "Microsoft.Authorization/roleAssignments/delete",
                Method::Put,
                "Microsoft.Authorization/roleAssignments/write",
            ),
            ("Microsoft.Resources/deployments/delete", Method::Put, "Microsoft.Resources/deployments/write"),
            (
                "Microsoft.Storage/storageAccounts/write",
                Method::Patch,
                "Microsoft.Storage/storageAccounts/write",
            ),
        ];
        for (does, method, undoes) in cases {
            assert_eq!(right_for(&right(does), &back(method)).action, undoes, "{does}");
        }
    }

    #[test]
    fn what_is_deleted_on_the_way_back_needs_the_right_to_delete_it_where_it_was_made() {
        let group = ArmId::group("s", "rg");
        let path = |rest: &str| group.join(&format!("providers/{rest}"));
        let storage = path("Microsoft.Storage/storageAccounts/st");
        let step = Step::send("a", "A", "A is so.", Request::arm(Method::Put, &group, "1"))
            .needs(&group, "Microsoft.Resources/deployments/write");
        let delete = |id: &ArmId| Request::arm(Method::Delete, id, "1");
        let purge = "/subscriptions/s/providers/Microsoft.KeyVault/locations/x/deletedVaults/kv/purge";
        let back = [
            delete(&storage.join("providers/Microsoft.Authorization/roleAssignments/1")),
            delete(&storage),
            delete(&path("Microsoft.KeyVault/vaults/kv")),
            Request::arm_path(Method::Post, purge, "1"),
            delete(&group),
        ];
        let words: Vec<String> = rights_of(&step, &back).iter().map(Right::words).collect();
        assert_eq!(
            words,
            [
                "Microsoft.Authorization/roleAssignments/delete on rg",
                "Microsoft.Storage/storageAccounts/delete on rg",
                "Microsoft.KeyVault/vaults/delete on rg",
                "Microsoft.Resources/subscriptions/resourceGroups/delete on rg",
            ]
        );
    }
}
