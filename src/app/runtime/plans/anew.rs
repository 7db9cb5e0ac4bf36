//! What a run that is gone on with does once more: roles that it gave may have been taken away while it lay, and a switch
//! that is still to come relies on them.

use super::step::holds;
use super::{Control, Runner};
use crate::domain::plan::{Deed, Run, StepState};

impl Runner {
    /// The steps of a run that are done once more: those whose roles somebody took away, which the run has told when it
    /// stopped at the wait for them; and waits that are over whose switch was not begun, because they read back what was
    /// given. What cannot be read is left to the steps themselves.
    pub(super) async fn anew(&self, run: &Run, control: &Control) -> Vec<usize> {
        let client = self.client.stopped_by(control.stop.subscribe());
        let mut anew = Vec::new();
        for at in waits_of_a_switch(run) {
            match &run.steps[at].state {
                StepState::Done => anew.push(at),
                StepState::Failed(_) => {
                    for given in given_before(run, at) {
                        let Some(check) = &run.plan.steps[given].verify else { continue };
                        if holds(&client, check).await.is_ok_and(|verdict| !verdict.holds) {
                            anew.push(given);
                        }
                    }
                }
                _ => {}
            }
        }
        anew
    }
}

/// The steps that wait for roles without which the next switch away from keys must not be, where that was not begun.
fn waits_of_a_switch(run: &Run) -> Vec<usize> {
    let steps = || run.plan.steps.iter().zip(&run.steps);
    let waits = |at: &usize| {
        let step = &run.plan.steps[*at];
        let next = steps().skip(*at).find(|(step, _)| Deed::LeavesKeys.is_in(&step.requests));
        step.requests.is_empty()
            && step.wait.as_ref().is_some_and(|wait| !wait.after.is_empty())
            && next.is_some_and(|(_, became)| !became.touched() && !became.state.is_over())
    };
    (0..run.steps.len()).filter(waits).collect()
}

/// The steps that gave what is waited for at this place, and changed something by it.
fn given_before(run: &Run, at: usize) -> Vec<usize> {
    let Some(wait) = &run.plan.steps[at].wait else { return Vec::new() };
    let gave = |given: &usize| {
        let became = &run.steps[*given];
        wait.after.contains(&run.plan.steps[*given].id) && became.changed && became.state == StepState::Done
    };
    (0..at).filter(gave).collect()
}
