//! The way back of a run, as a plan of its own: it is reviewed, journalled and resumed like any other.

use super::record::RunId;
use super::{Back, Check, Kind, Plan, Right, Run, Step, StepRun, Undo, Weight};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};

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
        .filter(|(at, _)| wanted(at) && run.steps.get(*at).is_some_and(StepRun::touched))
        .collect();
    // What is taken back only while something is as it was stays with what cannot be taken back.
    let kept: Vec<&str> = changed
        .iter()
        .filter(|(_, step)| matches!(step.undo, Undo::OneWay(_)))
        .flat_map(|(_, step)| step.requests.iter().map(|request| request.path.as_str()))
        .collect();
    let stays = |step: &Step| match &step.undo {
        Undo::By(back) => back.guard.as_ref().is_some_and(|guard| {
            guard.each().any(|check| kept.iter().any(|path| path.eq_ignore_ascii_case(&check.read.path)))
        }),
        _ => false,
    };
    let steps: Vec<Step> = changed
        .iter()
        .rev()
        .filter(|(_, step)| !stays(step))
        .filter_map(|(at, step)| way_back(step, &run.steps[*at]))
        .collect();
    let one_way: Vec<&str> = changed
        .iter()
        .filter(|(_, step)| !goes_with(step, &steps))
        .filter_map(|(_, step)| match &step.undo {
            Undo::OneWay(reason) => Some(reason.as_str()),
            _ => None,
        })
        .collect();
    let mut plan = Plan {
        kind: Kind::Undo,
        title: format!("Undo: {}", run.plan.title),
        warnings: Vec::new(),
        steps,
        next: Vec::new(),
        as_of: Some(run.records),
        // That was said of what is taken back.
        advised_against: false,
        ..run.plan.clone()
    };
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
    let mut wanted: Vec<&str> = Vec::new();
    for guard in plan.steps.iter().filter_map(|step| step.guard.as_ref()).flat_map(Check::each) {
        if !wanted.contains(&guard.words.as_str()) {
            wanted.push(&guard.words);
        }
    }
    if !wanted.is_empty() && run.plan.kind == Kind::StorageAccess {
        let text = format!("What it takes back it takes back only while this is so: {}.", wanted.join("; "));
        plan.warn(Weight::Note, text);
    }
    Ok(plan)
}

/// Whether what a step changed belongs to something that these steps delete.
fn goes_with(step: &Step, back: &[Step]) -> bool {
    let Some(changed) = step.requests.last().and_then(|request| ArmId::parse(&request.path).ok()) else {
        return false;
    };
    let mut deletes = back.iter().flat_map(|step| &step.requests).filter(|one| one.method == Method::Delete);
    deletes.any(|one| ArmId::parse(&one.path).is_ok_and(|gone| gone.contains(&changed)))
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
pub fn way_back(step: &Step, became: &StepRun) -> Option<Step> {
    let Undo::By(back) = &step.undo else { return None };
    if let Some(withdrawal) = step.withdraw.as_deref().filter(|_| became.is_awaited()) {
        // What was not granted cannot be given again either: it would be asked for anew.
        let mut undo = quiet(step, withdrawal);
        undo.undo = Undo::Nothing;
        return Some(undo);
    }
    let left = became.remains.as_ref().map(|remains| remains.way_back(back));
    let back = left.as_ref().unwrap_or(back);
    let again = Undo::By(Box::new(Back {
        title: step.title.clone(),
        effect: step.effect.clone(),
        requests: step.requests.clone(),
        already: step.already.clone(),
        guard: None,
        wait: None,
        verify: step.verify.clone(),
        loses: None,
    }));
    let again = back.loses.clone().map_or(again, Undo::OneWay);
    let mut undo = quiet(step, back);
    undo.spares = step.deployment().is_some();
    if let Some(cancel) = cancel(step, became) {
        undo.requests.insert(0, cancel);
        // It may have ended, or never begun.
        undo.done_if.extend(["DeploymentCannotBeCancelled", "DeploymentNotFound"].map(str::to_owned));
    }
    Some(undo.undo(again))
}

/// What cancels the deployment of a step of which it is not known that it is over.
fn cancel(step: &Step, became: &StepRun) -> Option<Request> {
    step.deployment().filter(|_| became.open.is_some())?.cancel.clone()
}

/// A step that takes another one back.
fn quiet(step: &Step, back: &Back) -> Step {
    let mut undo = Step::quiet(format!("undo-{}", step.id), &*back.title, &*back.effect);
    undo.done_if.clone_from(&step.undone_if);
    undo.undone_if.clone_from(&step.done_if);
    undo.requests.clone_from(&back.requests);
    undo.already.clone_from(&back.already);
    undo.guard.clone_from(&back.guard);
    undo.wait.clone_from(&back.wait);
    undo.verify.clone_from(&back.verify);
    undo.rights = step.rights.iter().map(|right| right_for(right, &back.requests)).collect();
    undo
}

/// The right for the way back where a step needs this one: what gives a role takes it by another right, and the other way
/// round. Everything else is taken back by what it was done with.
fn right_for(right: &Right, back: &[Request]) -> Right {
    const ASSIGNMENTS: &str = "Microsoft.Authorization/roleAssignments";
    let verb = match back.first().map(|request| request.method) {
        Some(Method::Delete) => "delete",
        Some(Method::Put | Method::Patch) => "write",
        _ => return right.clone(),
    };
    match right.action.rsplit_once('/') {
        Some((ASSIGNMENTS, _)) => Right { action: format!("{ASSIGNMENTS}/{verb}"), ..right.clone() },
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
            (
                "Microsoft.Resources/deployments/write",
                Method::Delete,
                "Microsoft.Resources/deployments/write",
            ),
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
}
