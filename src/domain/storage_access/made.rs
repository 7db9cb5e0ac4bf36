//! Which roles on an account were given by switches from here, by the journal, and the steps that take them away.

use std::collections::BTreeSet;

use super::steps::Optional;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::domain::plan::{Kind, Run, Step, way_back};

/// The steps that take away the roles on an account which switches from here gave and nobody has taken back from here
/// since; each is left out unless it is chosen. Runs come in any order. What was there before a switch is not its work,
/// and neither is what a grant of its own gave.
#[must_use]
pub fn made<'a>(runs: impl IntoIterator<Item = &'a Run>, account: &ArmId) -> Vec<Step> {
    let mut runs: Vec<&Run> = runs.into_iter().collect();
    runs.sort_by(|a, b| a.id.cmp(&b.id));
    let mut there: Vec<(String, Step)> = Vec::new();
    let mut by_switches: BTreeSet<String> = BTreeSet::new();
    for run in runs {
        for (step, progress) in run.plan.steps.iter().zip(&run.steps) {
            let [request] = step.requests.as_slice() else { continue };
            if !progress.touched() || !is_role_on(request, account) {
                continue;
            }
            let path = request.path.to_ascii_lowercase();
            there.retain(|(known, _)| *known != path);
            if request.method != Method::Put {
                continue;
            }
            // Whoever takes the way back to keys back has them given again.
            if run.plan.kind == Kind::StorageAccess {
                by_switches.insert(path.clone());
            }
            if by_switches.contains(&path)
                && let Some(back) = way_back(step, progress)
            {
                there.push((path, back));
            }
        }
    }
    let numbered = there.into_iter().enumerate().map(|(at, (_, mut step))| {
        step.id = Optional::TakeBack.numbered(at + 1);
        step.optional(false)
    });
    numbered.collect()
}

fn is_role_on(request: &Request, account: &ArmId) -> bool {
    ArmId::parse(&request.path).is_ok_and(|id| {
        id.is_type("Microsoft.Authorization/roleAssignments") && id.extended().as_ref() == Some(account)
    })
}
