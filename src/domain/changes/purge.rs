//! Purging a deleted workspace, whose name nobody else gets before.

use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::domain::plan::{Check, Expect, Kind, Plan, Step, Undo, Weight};

/// The plan that purges a workspace that was deleted before. One that is there again is left alone. It cannot be
/// taken back, so its name has to be typed.
#[must_use]
pub fn purge(workspace: &ArmId, production: bool) -> Plan {
    let name = workspace.name();
    let mut plan = Plan::new(Kind::Purge, format!("Purge the deleted workspace {name}"), workspace.clone());
    plan.production = production;
    plan.warn(
        Weight::Danger,
        format!(
            "{name} was deleted and could still be recovered: after this it cannot, and its metadata is gone"
        ),
    );
    let gone = Check::new(
        Request::get(workspace, versions::WORKSPACES),
        Expect::Absent,
        format!("no workspace {name} is there"),
    );
    let delete = Request::arm(Method::Delete, workspace, versions::WORKSPACES).query("forceToPurge", "true");
    let step = Step::send(
        "purge",
        format!("Purge {name}"),
        format!("{name} is gone for good, and its name is free."),
        delete,
    )
    .guard(gone)
    .undo(Undo::OneWay("a workspace that was purged cannot be recovered".to_owned()))
    .needs(workspace, "Microsoft.MachineLearningServices/workspaces/delete");
    plan.steps.push(step);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::Confirmation;

    #[test]
    fn a_purge_wants_its_name_and_spares_a_workspace_that_is_there() {
        let id = ArmId::group("s", "rg").join("providers/Microsoft.MachineLearningServices/workspaces/mlw");
        let plan = purge(&id, false);
        assert_eq!(plan.confirmation(), Confirmation::TypeName("mlw"));
        let step = &plan.steps[0];
        assert!(step.guard.as_ref().unwrap().expect == Expect::Absent);
        assert!(step.requests[0].query.contains(&("forceToPurge".into(), "true".to_owned())));
    }
}
