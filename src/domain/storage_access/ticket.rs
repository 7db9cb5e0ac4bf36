//! The change ticket: what is switched and why, who is affected by that, in which order, and how it is undone.

use std::collections::BTreeSet;

use super::assessment::Assessment;
use super::people::{Reach, Reacher};
use super::plans;
use crate::azure::arm::request::{Method, Request};
use crate::azure::resources::workspace::AuthMode;
use crate::domain::fact::count;
use crate::domain::plan::print::shell;
use crate::domain::plan::{Check, Confirmation, Deed, Plan, Run, Step, Undo, Wait, Weight, inverse, print};

/// What a plan does with a workspace.
enum Does {
    /// It signs in by key.
    ToKeys,
    /// Roles decide who reaches the data.
    ToRoles(AuthMode),
    /// It gets the keys that the account has.
    Synchronises,
    /// It stays as it is: roles are given, or the account refuses its keys.
    GoesOn,
    /// Nothing.
    Nothing,
}

impl Does {
    fn of(plan: &Plan, one: &Assessment) -> Self {
        let workspace = one.workspace.as_str();
        let is = |request: &&Request| {
            request.method == Method::Patch && request.path.eq_ignore_ascii_case(workspace)
        };
        let sent = || plan.steps.iter().flat_map(|step| &step.requests);
        let mode = |request: &Request| {
            let mode = request.body.as_ref()?.pointer("/properties/systemDatastoresAuthMode")?.as_str()?;
            let known = [AuthMode::AccessKey, AuthMode::Identity, AuthMode::UserDelegationSas];
            known.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(mode))
        };
        let resync = format!("{workspace}/resyncKeys");
        match sent().find(is).and_then(mode) {
            Some(AuthMode::AccessKey) => Self::ToKeys,
            Some(mode) => Self::ToRoles(mode),
            None if sent().any(|request| request.path.eq_ignore_ascii_case(&resync)) => Self::Synchronises,
            None if plan.many.is_none() && plan.subject == one.workspace => Self::GoesOn,
            None => Self::Nothing,
        }
    }

    /// What is to be thought of it, a clause.
    fn verdict(&self, one: &Assessment) -> String {
        let said = |of: &str, what: String, because: &[String]| match because {
            [] => format!("{of}: {what}"),
            because => format!("{of}: {what}: {}", because.join("; ")),
        };
        let words = one.verdict.words().to_owned();
        match self {
            Self::ToRoles(mode) => {
                said(&format!("Verdict on {}", plans::words(mode)), words, one.verdict.because())
            }
            Self::ToKeys => match (one.unsettled_words(), one.shared_key) {
                (Some(why), _) => format!("Verdict on keys: not advised: {why}"),
                (None, None) => "Verdict on keys: cannot tell: the storage account was not read".to_owned(),
                (None, Some(_)) => "Verdict on keys: ready".to_owned(),
            },
            Self::Synchronises => {
                let words = one.keys.words();
                format!("Keys in step: {}", words.unwrap_or_else(|| "not known".to_owned()))
            }
            Self::GoesOn => "It stays in that mode".to_owned(),
            Self::Nothing => said("Not part of this plan", words, one.verdict.because()),
        }
    }

    /// Whether a table of the assessment, by its title, says something of it.
    fn tells(&self, title: &str) -> bool {
        match self {
            Self::ToRoles(_) | Self::GoesOn | Self::Nothing => true,
            Self::ToKeys => !["Grants that are missing", "Computes to look at"].contains(&title),
            Self::Synchronises => {
                ["Storage access", "Other workspaces on the account", "Not known"].contains(&title)
            }
        }
    }

    /// Whether a row of the summary, by its label, says something of it: what identity would do is no matter of the ways to
    /// keys.
    fn tells_row(&self, label: &str) -> bool {
        const OF_IDENTITY: [&str; 6] =
            ["Verdict", "because", "Affected", "With limits", "Beyond roles", "Roles"];
        match self {
            Self::ToRoles(_) | Self::GoesOn | Self::Nothing => true,
            Self::ToKeys | Self::Synchronises => !OF_IDENTITY.contains(&label),
        }
    }

    /// Why, a sentence or two.
    fn why(&self) -> &'static str {
        match self {
            Self::ToRoles(_) | Self::GoesOn => {
                "With shared key, whoever may run a job in the workspace reaches all data of the account, by a key that says \
                 nothing of who it was. With identity, roles on the account decide, and each access is somebody's: whoever has \
                 no role there loses access."
            }
            Self::ToKeys => {
                "With shared key, whoever may run a job in the workspace reaches all data of the account, by a key that says \
                 nothing of who it was."
            }
            Self::Synchronises => {
                "After a key of the account was rotated, a workspace on shared key fails until it has the keys that the account \
                 has now."
            }
            Self::Nothing => "",
        }
    }

    /// Who is affected, sentences.
    fn affected(&self, one: &Assessment) -> Vec<String> {
        let named = |all: Vec<&Reacher>| {
            let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
            if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
        };
        let lose = || {
            let (reading, losing): (Vec<&Reacher>, Vec<&Reacher>) =
                one.losing().partition(|one| one.only_reads());
            let both = !reading.is_empty() && !losing.is_empty();
            let (losing, reading) = (named(losing), named(reading));
            let reading = if both { reading.replacen(": ", "; only reading: ", 1) } else { reading };
            format!("{}{losing}{reading}.", one.losing_words())
        };
        match self {
            Self::ToRoles(mode) => {
                let mut said = vec![format!("under {} without new roles, {}", plans::words(mode), lose())];
                said.extend(one.denied_words().map(|words| format!("{words}.")));
                said.extend(one.limited_words().map(|words| format!("under {}, {words}.", plans::words(mode))));
                let apart = one.repairs().into_iter().filter_map(|repair| {
                    let why = repair.apart_words(&one.workspace)?;
                    Some(format!("{why}: left out unless it is chosen."))
                });
                said.extend(apart);
                said
            }
            Self::GoesOn => {
                let mut said = vec![lose()];
                said.extend(one.denied_words().map(|words| format!("{words}.")));
                said.extend(one.limited_words().map(|words| format!("{words}.")));
                said
            }
            Self::ToKeys => {
                let least = if one.all_known { "" } else { "at least " };
                let who = count(one.users.len(), "user", "users");
                let new: Vec<&Reacher> = one.users.iter().filter(|user| user.reach != Reach::Keeps).collect();
                let new = match new.is_empty() {
                    true => String::new(),
                    false => format!("; by their own roles these do not reach all of it today{}", named(new)),
                };
                vec![format!(
                    "nobody loses access. By the key {least}{who} who may run jobs or write notebooks reach all data{new}."
                )]
            }
            Self::Synchronises => vec![
                "nobody loses or gains access; running jobs keep what they were started with, and what is started next has the \
                 new keys."
                    .to_owned(),
            ],
            Self::Nothing => Vec::new(),
        }
    }
}

/// A change ticket in Markdown for whoever was not there: what and why, who is affected, in which order, how to undo;
/// then the assessments in full, and the plan with the very requests.
#[must_use]
pub fn ticket(all: &[Assessment], plan: &Plan, escape: impl Fn(&str) -> String) -> String {
    let escape = |text: &str| print::prose(text, &escape);
    let mut text = format!("# {}\n\n## What and why\n\n", escape(&plan.title));
    let all_do: Vec<(&Assessment, Does)> = all.iter().map(|one| (one, Does::of(plan, one))).collect();
    for (one, does) in &all_do {
        text.push_str(&format!(
            "- Workspace `{}`, today on {}; storage account `{}`. {}.\n",
            one.workspace,
            plans::words(&one.mode),
            one.account.as_ref().map_or("none", |id| id.as_str()),
            escape(&does.verdict(one))
        ));
    }
    let mut reasons: Vec<&str> = all_do.iter().map(|(_, does)| does.why()).collect();
    reasons.retain(|why| !why.is_empty());
    reasons.dedup();
    text.push_str(&format!("\n{}\n", reasons.join(" ")));
    if plan.production {
        let among = if plan.many.is_some() { "Production is among them" } else { "This is production" };
        text.push_str(&format!("\n{among}.\n"));
    }
    let said = plan.said();
    if !said.is_empty() {
        text.push('\n');
    }
    for warning in &said {
        let label = match warning.weight {
            Weight::Danger => "Danger",
            Weight::Caution => "Caution",
            Weight::Note => "Note",
        };
        text.push_str(&format!("- **{label}**: {}\n", escape(&warning.text)));
    }
    text.push_str("\n## Who is affected\n\n");
    for (one, does) in &all_do {
        for said in does.affected(one) {
            text.push_str(&format!("- {}: {}\n", escape(one.workspace.name()), escape(&said)));
        }
        let others: Vec<String> = one.neighbours.iter().map(|other| escape(other.id.name())).collect();
        let more = if one.neighbours_known { "" } else { "perhaps more, not all could be looked for" };
        let others: Vec<&str> =
            others.iter().map(String::as_str).chain((!more.is_empty()).then_some(more)).collect();
        if !others.is_empty() {
            text.push_str(&format!("- Also on its storage account: {}.\n", others.join(", ")));
        }
    }
    let so = so_already(plan, all);
    push_order(&mut text, plan, &so, escape);
    push_undo(&mut text, plan, &so, &all_do, escape);
    for (one, does) in &all_do {
        let told = one.markdown_of(|title| does.tells(title), |label| does.tells_row(label), escape);
        text.push_str(&format!("\n{told}"));
    }
    format!("{text}\n## The plan with its requests\n\n{}", print::steps_markdown(plan))
}

/// ` (usually 5 min, at most 10 min)`
fn minutes(wait: Option<&Wait>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!(" (usually {}, at most {})", print::span(wait.typical), print::span(wait.at_most))
    })
}

/// The places of the steps that do nothing as things stand: accounts that take their keys are told to, and that is waited
/// for.
fn so_already(plan: &Plan, all: &[Assessment]) -> BTreeSet<usize> {
    let takes_keys = |path: &str| {
        let is = |one: &&Assessment| {
            one.account.as_ref().is_some_and(|account| account.as_str().eq_ignore_ascii_case(path))
        };
        all.iter().find(is).is_some_and(|one| one.shared_key == Some(true))
    };
    let is_so = |step: &Step| {
        Deed::KeysOn.is_in(&step.requests) && step.requests.iter().all(|request| takes_keys(&request.path))
    };
    let mut so: BTreeSet<usize> =
        plan.steps.iter().enumerate().filter(|(_, step)| is_so(step)).map(|(at, _)| at).collect();
    let names: Vec<&str> = so.iter().map(|at| plan.steps[*at].id.as_str()).collect();
    let idles = |wait: &Wait| {
        wait.since.is_none()
            && !wait.after.is_empty()
            && wait.after.iter().all(|id| names.contains(&id.as_str()))
    };
    let waits = plan.steps.iter().enumerate().filter(|(_, step)| step.wait.as_ref().is_some_and(idles));
    let waits: Vec<usize> = waits.filter(|(_, step)| step.requests.is_empty()).map(|(at, _)| at).collect();
    so.extend(waits);
    so
}

fn push_order(text: &mut String, plan: &Plan, so: &BTreeSet<usize>, escape: impl Fn(&str) -> String) {
    text.push_str("\n## In which order\n\nThe run stops at the first step that fails; what was done stays until it is undone.\n\n");
    for (at, (place, step)) in plan.chosen().enumerate() {
        if so.contains(&place) {
            text.push_str(&format!("{}. {}: it is so already.\n", at + 1, escape(&step.title)));
            continue;
        }
        let caution =
            step.caution.as_ref().map_or_else(String::new, |caution| format!(" **{}**", escape(caution)));
        let (title, effect, wait) = (escape(&step.title), escape(&step.effect), minutes(step.wait.as_ref()));
        text.push_str(&format!("{}. {title}{wait}. {effect}{caution}\n", at + 1));
    }
    let left: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| !step.chosen)
        .map(|step| match &step.left_out {
            Some(then) => format!("{} ({})", escape(&step.title), escape(then.trim_end_matches('.'))),
            None => escape(&step.title),
        })
        .collect();
    if !left.is_empty() {
        text.push_str(&format!("\nLeft out: {}.\n", left.join("; ")));
    }
}

fn push_undo(
    text: &mut String,
    plan: &Plan,
    so: &BTreeSet<usize>,
    all_do: &[(&Assessment, Does)],
    escape: impl Fn(&str) -> String,
) {
    text.push_str("\n## How to undo\n\n");
    // As if all of it had been done: what is not done, or is so already, is not taken back either.
    let done: Vec<usize> = plan.chosen().map(|(at, _)| at).filter(|at| !so.contains(at)).collect();
    let back = match done.is_empty() {
        true => Vec::new(),
        false => inverse(&Run::carried_out(plan), &done).map(|back| back.steps).unwrap_or_default(),
    };
    let back = back.iter().map(|step| {
        let only: Vec<String> =
            step.guard.iter().flat_map(Check::each).map(|check| escape(&check.words)).collect();
        let only = match only.is_empty() {
            true => String::new(),
            false => format!("; only while {}", only.join(", and ")),
        };
        format!("{}{}{only}", escape(&step.title), minutes(step.wait.as_ref()))
    });
    let stays = plan.chosen().filter_map(|(_, step)| match &step.undo {
        Undo::OneWay(why) => Some(format!("{}: no undo: {}", escape(&step.title), escape(why))),
        Undo::By(_) | Undo::Nothing => None,
    });
    let backs: Vec<String> = back.chain(stays).collect();
    let consent = match plan.confirmation() {
        Confirmation::TypeName(name) => {
            format!("--yes {}", shell::line(shell::flag_words("--name", name)))
        }
        Confirmation::Yes => "--yes".to_owned(),
    };
    if backs.is_empty() {
        text.push_str("There is nothing to take back.\n");
        return;
    }
    text.push_str(&format!(
        "`amldeck journal undo RUN {consent}` takes back what the run changed, and nothing else, in this order; so does *undo* in \
         the console's list of changes. RUN is the name of the run: it tells it itself, and `amldeck journal list` has it. It \
         stops where one of these is not so:\n\n"
    ));
    for (at, words) in backs.iter().enumerate() {
        text.push_str(&format!("{}. {words}\n", at + 1));
    }
    let from_keys = |one: &Assessment| one.mode == AuthMode::AccessKey;
    let names: Vec<String> = all_do
        .iter()
        .filter(|(one, does)| matches!(does, Does::ToRoles(_)) && from_keys(one))
        .map(|(one, _)| shell::quote(one.workspace.name()).to_string())
        .collect();
    if !names.is_empty() {
        text.push_str(&format!(
            "\nWithout that run, with keys turned on first and synchronised behind the switch: `amldeck storage-access {} --to keys \
             --take-roles-back {consent}`. It takes back the roles that the journal which it reads knows of, and says so where that \
             has none.\n",
            names.join(" ")
        ));
    }
}
