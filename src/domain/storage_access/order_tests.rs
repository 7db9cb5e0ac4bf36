//! The order of a switch, held by every plan there is: those that are made, those of several, the way back of a run, and
//! the way back of that, of whatever part of it was carried out.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::world::*;
use super::{Assessment, Goal, Wish, made, plan_to, several};
use crate::azure::arm::request::{Method, Request};
use crate::azure::resources::workspace::AuthMode;
use crate::domain::lookup::Lookup;
use crate::domain::plan::{Plan, inverse};

/// What a body sets, in small letters.
fn sets(request: &Request, name: &str) -> Option<String> {
    let value = request.body.as_ref()?["properties"][name].clone();
    (request.method == Method::Patch && !value.is_null())
        .then(|| value.to_string().trim_matches('"').to_lowercase())
}

/// What is wrong with the order of a plan; none where it is right.
fn out_of_order(plan: &Plan) -> Option<String> {
    let (mut given, mut keyed): (BTreeSet<&str>, BTreeSet<&str>) = Default::default();
    let mut off = false;
    for (_, step) in plan.chosen() {
        if let (true, Some(wait)) = (step.requests.is_empty(), &step.wait) {
            wait.after.iter().for_each(|id| {
                given.remove(id.as_str());
                keyed.remove(id.as_str());
            });
        }
        for request in &step.requests {
            if request.method == Method::Put && request.path.contains("/roleAssignments/") {
                given.insert(&step.id);
            }
            match sets(request, "allowSharedKeyAccess").as_deref() {
                Some("false") => off = true,
                Some(_) if step.wait.is_none() => drop(keyed.insert(&step.id)),
                _ => {}
            }
            match sets(request, "systemDatastoresAuthMode").as_deref() {
                Some("accesskey") if !keyed.is_empty() => {
                    return Some(format!(
                        "{} relies on keys that were turned on a moment ago: {keyed:?}",
                        step.id
                    ));
                }
                Some("accesskey") | None => {}
                Some(_) if !given.is_empty() => {
                    return Some(format!("{} leaves keys before these are in force: {given:?}", step.id));
                }
                Some(_) if off => return Some(format!("{} comes after keys are off", step.id)),
                Some(_) => {}
            }
        }
    }
    None
}

/// One of the states that a workspace may be in.
fn assessment(state: u8, second: bool) -> Assessment {
    let off = || Lookup::Found(json!({"allowSharedKeyAccess": false}));
    let sas = json!({"storageAccount": account_id(), "systemDatastoresAuthMode": "UserDelegationSAS"});
    let world = match state {
        0 => World::default(),
        1 => switched(),
        2 => World { storage: off(), ..switched() },
        3 => World { storage: off(), ..World::default() },
        4 => ready(),
        _ => World { workspace: sas, ..World::default() },
    };
    let mut assessment = world.assess();
    if second {
        assessment.workspace = neighbour_id();
    }
    assessment
}

/// The steps of a plan that were carried out, by a bit each, of those that send something.
fn carried_out(plan: &Plan, bits: u32) -> Vec<usize> {
    let sends = plan.chosen().filter(|(_, step)| !step.requests.is_empty());
    sends.map(|(at, _)| at).filter(|at| bits >> (at % 32) & 1 == 1).collect()
}

proptest! {
    #[test]
    fn no_plan_leaves_keys_before_roles_are_in_force_nor_relies_on_keys_that_do_not_work_yet(
        states in prop::collection::vec(0_u8..6, 1..3),
        goal in 0_u8..4,
        chosen in any::<u32>(),
        carried in prop::collection::vec(prop_oneof![Just(u32::MAX), any::<u32>()], 4),
    ) {
        let all: Vec<Assessment> =
            states.iter().enumerate().map(|(at, state)| assessment(*state, at == 1)).collect();
        let goal = match goal {
            0 => Goal::Mode(AuthMode::Identity),
            1 => Goal::Mode(AuthMode::UserDelegationSas),
            2 => Goal::Mode(AuthMode::AccessKey),
            _ => Goal::Resync,
        };
        // What an earlier switch gave can be taken back.
        let before = assessment(0, false);
        let before = plan_to(&Goal::Mode(AuthMode::Identity), &before, &Wish::default()).unwrap();
        let every = carried_out(&before, u32::MAX);
        let before = ran("1", before, &every);
        let wish = |_: &Assessment| Wish { made: made([&before], &account_id()), ..Wish::default() };
        let plan = match all.as_slice() {
            [one] => plan_to(&goal, one, &wish(one)),
            all => several(all, &goal, true, wish),
        };
        let Ok(mut plan) = plan else { return Ok(()) };
        for (at, step) in plan.steps.iter_mut().enumerate().filter(|(_, step)| step.optional) {
            step.chosen = chosen >> (at % 32) & 1 == 1;
        }
        for (depth, bits) in carried.iter().enumerate() {
            let steps: Vec<&str> = plan.steps.iter().map(|step| step.id.as_str()).collect();
            prop_assert_eq!(out_of_order(&plan), None, "at depth {}: {:?}", depth, steps);
            let done = carried_out(&plan, *bits);
            let run = ran(&format!("{}", depth + 2), plan, &done);
            // By itself each step that is offered alone keeps the order as well.
            for at in run.undoable_alone() {
                let alone = inverse(&run, &[at]);
                prop_assert_eq!(alone.map(|plan| out_of_order(&plan)), Ok(None));
            }
            let Ok(back) = inverse(&run, &[]) else { return Ok(()) };
            plan = back;
        }
    }
}

#[test]
fn the_undo_of_the_way_back_to_keys_waits_for_the_roles_that_it_gives() {
    let there = plan_to(&Goal::Mode(AuthMode::Identity), &assessment(0, false), &Wish::default()).unwrap();
    let every = carried_out(&there, u32::MAX);
    let there = ran("1", there, &every);
    let wish = Wish { made: made([&there], &account_id()), ..Wish::default() };
    let mut back = plan_to(&Goal::Mode(AuthMode::AccessKey), &assessment(2, false), &wish).unwrap();
    back.steps.iter_mut().for_each(|step| step.chosen = true);
    let every = carried_out(&back, u32::MAX);
    let run = ran("2", back, &every);
    let undo = inverse(&run, &[]).unwrap();
    let ids: Vec<&str> = undo.steps.iter().map(|step| step.id.as_str()).collect();
    let roles = ids.iter().filter(|id| id.starts_with("undo-take-")).count();
    assert_eq!((roles, &ids[roles..]), (4, &["in-force-5", "undo-switch", "undo-keys-on"][..]), "{ids:?}");
    assert_eq!(undo.steps[roles].wait.as_ref().unwrap().after, ids[..roles]);
    // The switch is not offered alone: those whose roles were taken would be locked out.
    let alone: Vec<&str> = run.undoable_alone().iter().map(|at| run.plan.steps[*at].id.as_str()).collect();
    assert_eq!(alone, ["take-1", "take-2", "take-3", "take-4"]);
    // A waiting step sends nothing, and an undo of some is none of all.
    let mut part = ran("3", inverse(&run, &[5, 6, 7, 2]).unwrap(), &[0, 1, 2, 4]);
    part.undoes = Some(run.id.clone());
    part.phase = crate::domain::plan::Phase::Done;
    assert!(!part.is_undo_of(&run));
}

#[test]
fn a_role_is_not_offered_to_be_taken_alone_from_under_a_switch_that_stands_on_it() {
    let plan = plan_to(&Goal::Mode(AuthMode::Identity), &assessment(0, false), &Wish::default()).unwrap();
    let alone = |changed: &[usize]| ran("1", plan.clone(), changed).undoable_alone();
    assert_eq!(alone(&[0, 1, 2, 3]), [0, 1, 2, 3], "it never came to the switch");
    assert_eq!(alone(&[0, 1, 2, 3, 5]), [5]);
    assert_eq!(alone(&[0, 1, 2, 3, 5, 6]), [6], "nor the switch while keys are off");
}
