//! Several workspaces: their assessments side by side, and the switch of those that are ready as one plan. It goes
//! through them one after the other and stops at the first failure, as every plan does; one journal, one undo.

use std::collections::HashMap;

use super::affected::at_least;
use super::assessment::{Assessment, Verdict};
use super::plans::{self, Goal, NoPlan, Wish, plan_to};
use super::steps::Optional;
use super::tables::{Table, verdict_tone};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::workspace::AuthMode;
use crate::domain::fact::{Tone, count};
use crate::domain::plan::{About, Check, Kind, Plan, Step, Undo, Warning, Weight};

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
            one.losing_cell(),
            plans::words(&one.mode).to_owned(),
            one.account.as_ref().map_or("none", |id| id.name()).to_owned(),
            keys.to_owned(),
            at_least(one.neighbours.len(), one.neighbours_known),
        ];
        (cells, verdict_tone(&one.verdict))
    });
    let left = all.iter().filter_map(|one| {
        let row = vec![one.workspace.name().to_owned(), one.unfinished.as_ref()?.words()];
        Some((row, Tone::Bad))
    });
    let left = Table { title: "Unfinished", heads: &["Workspace", "Unfinished"], rows: left.collect() };
    let table = Table {
        title: "Side by side",
        heads: &["Workspace", "Verdict", "Lacking", "Mode", "Account", "Keys", "Others"],
        rows: rows.collect(),
    };
    let reasons = all.iter().flat_map(|one| {
        let row =
            |why: &String| (vec![one.workspace.name().to_owned(), why.clone()], verdict_tone(&one.verdict));
        one.verdict.because().iter().map(row)
    });
    let reasons = Table { title: "Why not", heads: &["Workspace", "Because"], rows: reasons.collect() };
    let limited = all
        .iter()
        .filter_map(|one| Some((vec![one.workspace.name().to_owned(), one.limited_words()?], Tone::Warn)));
    let limited = Table { title: "With limits", heads: &["Workspace", "Who"], rows: limited.collect() };
    [left, table, reasons, limited].into_iter().filter(|table| !table.rows.is_empty()).collect()
}

/// The switch of all that can be switched there, as one plan: to identity those that are ready, and with `grants` also
/// those that are ready after the grants that their plans begin with; back to keys those that are not on them. Each
/// workspace is done with before the next one begins; what becomes of the accounts' keys and of roles comes last, each
/// once. Those that are left out are named. `wish` is asked for each; the workspaces that go together are filled in.
///
/// # Errors
/// When none can be switched.
pub fn several(
    all: &[Assessment],
    goal: &Goal,
    grants: bool,
    wish: impl Fn(&Assessment) -> Wish,
) -> Result<Plan, NoPlan> {
    let by_verdict = !matches!(goal, Goal::Resync | Goal::Mode(AuthMode::AccessKey));
    let is_ready = |one: &Assessment| match one.verdict {
        Verdict::Ready => true,
        Verdict::AfterGrants | Verdict::Limited => grants || !by_verdict,
        _ => !by_verdict,
    };
    let (mut left, mut so) = (Vec::<String>::new(), Vec::<String>::new());
    let mut ready: Vec<(&Assessment, Wish)> = Vec::new();
    for one in all {
        let wished = wish(one);
        let why = match plan_to(goal, one, &wished) {
            _ if !is_ready(one) => format!("the workspace is {}", one.verdict.words()),
            Err(why) => {
                if let NoPlan::AlreadySo(mode) = &why {
                    so.push(mode.clone());
                }
                why.to_string()
            }
            Ok(_) => {
                ready.push((one, wished));
                continue;
            }
        };
        let name = one.workspace.name();
        left.push(match why.strip_prefix("the workspace") {
            Some(so) => format!("{name}{so}"),
            None => format!("{name}: {why}"),
        });
    }
    let together: Vec<ArmId> = ready.iter().map(|(one, _)| one.workspace.clone()).collect();
    let mut plans: Vec<Plan> = Vec::new();
    for (one, wished) in ready {
        plans.push(plan_to(goal, one, &Wish { together: together.clone(), ..wished })?);
    }
    let mut plan = match plans.len() {
        0 if so.len() == all.len() && !so.is_empty() => return Err(NoPlan::AlreadySo(so.remove(0))),
        0 => return Err(NoPlan::NoneReady(left.join(", "))),
        1 => plans.remove(0),
        _ => joined(plans, goal),
    };
    if !left.is_empty() {
        let text = format!("Left out: {}.", left.join("; "));
        plan.tell(Warning::new(Weight::Caution, text).about(About::Choice));
    }
    Ok(plan)
}

/// What one of two wants, and what the other one wants as well; what only one of them wants holds for both.
fn join(first: &mut Option<Check>, other: Option<Check>) {
    let Some(mut other) = other else { return };
    let Some(check) = first else {
        *first = Some(other);
        return;
    };
    let mut more = std::mem::take(&mut other.and);
    more.push(other);
    // Two workspaces may have one name: what is read and wanted says whether it is the same.
    let is_other = |one: &Check, known: &Check| one.read != known.read || one.expect != known.expect;
    more.retain(|one| is_other(one, check) && check.and.iter().all(|known| is_other(one, known)));
    check.and.append(&mut more);
}

/// What two steps that send the same are for: the first one does it for both.
fn merge(first: &mut Step, step: Step, workspace: &str) {
    if Optional::of(&step) == Some(Optional::Grant) {
        helps_too(first, &step, workspace);
    }
    // What both say is said once.
    if let Some(caution) = step.caution {
        match &mut first.caution {
            None => first.caution = Some(caution),
            Some(known) if known.contains(&caution) => {}
            Some(known) => known.push_str(&format!(" {caution}")),
        }
    }
    first.needed |= step.needed;
    join(&mut first.guard, step.guard);
    match (&mut first.undo, step.undo) {
        (Undo::By(first), Undo::By(back)) => join(&mut first.guard, back.guard),
        // What cannot be taken back for one of them stays for all.
        (undo @ Undo::By(_), one_way @ Undo::OneWay(_)) => *undo = one_way,
        _ => {}
    }
    if let (Some(first), Some(other)) = (&mut first.instead, step.instead) {
        merge(first, *other, workspace);
    }
}

/// What a role that two workspaces need does for the second one.
fn helps_too(first: &mut Step, step: &Step, workspace: &str) {
    // Who has which role is the same for both: whom it helps is not.
    let same = first.effect.bytes().zip(step.effect.bytes()).take_while(|(a, b)| a == b).count();
    let same = step.effect.get(..same).and_then(|same| same.rfind(". ")).map_or(0, |at| at + 2);
    let more = step.effect.get(same..).unwrap_or_default().trim();
    let also = format!(" For {workspace}: {more}");
    if !more.is_empty() && first.effect != step.effect && !first.effect.ends_with(&also) {
        first.effect.push_str(&also);
    }
    if let (Some(first), Some(then)) = (&mut first.left_out, &step.left_out)
        && first != then
    {
        first.push_str(&format!(" For {workspace}: {then}"));
    }
    // Whoever one of them needs is no exception.
    first.chosen |= step.chosen;
}

/// What is said of the plans, each sentence once: before one that is not about all of them stand the names of those that it
/// is about, unless it begins with the name itself.
fn warn_of_all(all: &mut Plan, plans: &[Plan]) {
    let mut said: Vec<(&Warning, Vec<&str>)> = Vec::new();
    for plan in plans {
        for warning in &plan.warnings {
            match said.iter_mut().find(|(known, _)| *known == warning) {
                Some((_, names)) => names.push(&plan.subject_name),
                None => said.push((warning, vec![&plan.subject_name])),
            }
        }
    }
    for (warning, names) in said {
        let names_itself = |name: &&str| warning.text.starts_with(&format!("{name} "));
        let text = match names.as_slice() {
            all if all.len() == plans.len() => warning.text.clone(),
            [name] if names_itself(name) => warning.text.clone(),
            names => format!("{}: {}", names.join(", "), warning.text),
        };
        all.tell(Warning { text, ..warning.clone() });
    }
}

/// One plan of several, whose steps keep their order.
fn joined(plans: Vec<Plan>, goal: &Goal) -> Plan {
    let many = count(plans.len(), "workspace", "workspaces");
    let title = match goal {
        Goal::Resync => format!("Synchronise the keys of {many}"),
        Goal::Mode(AuthMode::AccessKey) => format!("Switch {many} back to keys"),
        Goal::Mode(mode) => format!("Switch {many} to {}", plans::words(mode)),
    };
    let mut all = Plan::new(Kind::StorageAccess, title, plans[0].subject.clone());
    let names: Vec<&str> = plans.iter().map(|plan| plan.subject_name.as_str()).collect();
    all.subject_name = names.join(", ");
    all.many = Some(many);
    all.production = plans.iter().any(|plan| plan.production);
    all.advised_against = plans.iter().any(|plan| plan.advised_against);
    all.limits = plans.iter().any(|plan| plan.limits);
    warn_of_all(&mut all, &plans);
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
                // The account refuses its keys, and roles are taken back, once none of them needs those.
                let mut first = last.iter_mut().chain(&mut all.steps).find(|step| step.id == known);
                if let Some(first) = &mut first {
                    merge(first, step, &plan.subject_name);
                }
                continue;
            }
            if let Some(path) = path {
                sent.insert(path, id.clone());
            }
            let is_last = matches!(Optional::of(&step), Some(Optional::KeysOff | Optional::TakeBack));
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
