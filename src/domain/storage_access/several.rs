//! Several workspaces: their assessments side by side, and the switch of those that are ready as one plan. It goes
//! through them one after the other and stops at the first failure, as every plan does; one journal, one undo.

use std::collections::HashMap;

use super::assessment::{Assessment, Verdict};
use super::plans::{self, NoPlan, Wish, to_identity};
use super::steps::Optional;
use super::ticket::{Table, verdict_tone};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::fact::count;
use crate::domain::plan::{Kind, Plan, Step};

/// The assessments of several workspaces, a row each, and the reasons of those that are not ready.
#[must_use]
pub fn side_by_side(all: &[Assessment]) -> Vec<Table> {
    let rows = all.iter().map(|one| {
        let keys = match one.shared_key {
            Some(true) => "on",
            Some(false) => "off",
            None => "not read",
        };
        let cells = vec![
            one.workspace.name().to_owned(),
            one.verdict.word().to_owned(),
            one.losing().count().to_string(),
            plans::words(&one.mode).to_owned(),
            one.account.as_ref().map_or("none", |id| id.name()).to_owned(),
            keys.to_owned(),
            one.neighbours.len().to_string(),
        ];
        (cells, verdict_tone(&one.verdict))
    });
    let table = Table {
        title: "Side by side",
        heads: &["Workspace", "Verdict", "Lose", "Mode", "Account", "Keys", "Others"],
        rows: rows.collect(),
    };
    let reasons = all.iter().flat_map(|one| {
        let row =
            |why: &String| (vec![one.workspace.name().to_owned(), why.clone()], verdict_tone(&one.verdict));
        one.verdict.because().iter().map(row)
    });
    let reasons = Table { title: "Why not", heads: &["Workspace", "Because"], rows: reasons.collect() };
    [table, reasons].into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// The switch to identity of all that are ready, and with `grants` also of those that are ready after the grants that
/// their plans begin with. Each workspace is done with before the next one begins; shared key access of the accounts
/// comes last, each account once. `wish` is asked for each; the workspaces that go together are filled in.
///
/// # Errors
/// When none is ready.
pub fn several(all: &[Assessment], grants: bool, wish: impl Fn(&Assessment) -> Wish) -> Result<Plan, NoPlan> {
    let is_ready = |one: &&Assessment| match one.verdict {
        Verdict::Ready => true,
        Verdict::AfterGrants => grants,
        _ => false,
    };
    let ready: Vec<&Assessment> = all.iter().filter(is_ready).collect();
    let together: Vec<ArmId> = ready.iter().map(|one| one.workspace.clone()).collect();
    let mut plans: Vec<Plan> = Vec::new();
    for one in ready {
        let wish = Wish { together: together.clone(), ..wish(one) };
        plans.push(to_identity(one, &AuthMode::Identity, &wish)?);
    }
    match plans.len() {
        0 => {
            let why: Vec<String> = all
                .iter()
                .map(|one| format!("{} is {}", one.workspace.name(), one.verdict.words()))
                .collect();
            Err(NoPlan::NoneReady(why.join(", ")))
        }
        1 => Ok(plans.remove(0)),
        _ => Ok(joined(plans)),
    }
}

/// One plan of several, whose steps keep their order.
fn joined(plans: Vec<Plan>) -> Plan {
    let title = format!("Switch {} to identity", count(plans.len(), "workspace", "workspaces"));
    let mut all = Plan::new(Kind::StorageAccess, title, plans[0].subject.clone());
    let names: Vec<&str> = plans.iter().map(|plan| plan.subject_name.as_str()).collect();
    all.subject_name = names.join(", ");
    all.production = plans.iter().any(|plan| plan.production);
    all.advised_against = plans.iter().any(|plan| plan.advised_against);
    for plan in &plans {
        for warning in &plan.warnings {
            let is_of_all = plans.iter().all(|other| other.warnings.contains(warning));
            let text = match is_of_all {
                true => warning.text.clone(),
                false => format!("{}: {}", plan.subject_name, warning.text),
            };
            all.warn(warning.weight, text);
        }
    }
    // What is sent to where, and by which step: an account that several use is not given the same role twice.
    let mut sent: HashMap<String, String> = HashMap::new();
    let mut last: Vec<Step> = Vec::new();
    for (at, plan) in plans.into_iter().enumerate() {
        let mut named: HashMap<String, String> = HashMap::new();
        for mut step in plan.steps {
            let id = format!("{}-{}", at + 1, step.id);
            let path = step.requests.first().map(|request| request.path.to_ascii_lowercase());
            let known = path.as_ref().and_then(|path| sent.get(path)).cloned();
            named.insert(step.id.clone(), known.clone().unwrap_or_else(|| id.clone()));
            if let Some(known) = known {
                // The account refuses its keys once none of them needs those.
                let first = last.iter_mut().find(|step| step.id == known);
                if let (Some(first), Some(mut guard)) =
                    (first.and_then(|step| step.guard.as_mut()), step.guard)
                {
                    first.and.append(&mut guard.and);
                    first.and.push(guard);
                }
                continue;
            }
            if let Some(path) = path {
                sent.insert(path, id.clone());
            }
            let is_last = Optional::of(&step) == Some(Optional::KeysOff);
            step.id = id;
            if let Some(wait) = &mut step.wait {
                for after in &mut wait.after {
                    if let Some(name) = named.get(after) {
                        after.clone_from(name);
                    }
                }
            }
            if is_last { last.push(step) } else { all.steps.push(step) }
        }
    }
    all.steps.extend(last);
    all
}
