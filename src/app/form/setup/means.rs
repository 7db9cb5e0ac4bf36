//! What each choice means, beside the fields: what it is for, what it costs, what cannot be undone, and what Azure says.

use super::layout::is_set;
use super::{basics, dependents, encryption, judge, kept, layout, set_up, sides};
use crate::app::form::{Form, FormField, Note, Probe};
use crate::app::model::Model;
use crate::config::keymap::Context;
use crate::domain::fact::Tone;
use crate::domain::personas::Stage;
use crate::domain::posture;
use crate::domain::setup::environment::{Dependent, Environment, OwnIdentity};
use crate::domain::setup::finding::{Finding, Level, gathered};
use crate::domain::setup::outlook::outlook;
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::{Isolation, StorageAccess};

/// The notes of the step on screen.
pub(super) fn notes(model: &Model, form: &Form) -> Vec<Note> {
    let set_up = set_up(form);
    let title = form.steps.get(form.step).map_or("", |step| step.title);
    let side = sides::on_screen(form);
    let (mut notes, keys): (Vec<Note>, &[&str]) = match title {
        _ if let Some(side) = side => (of_network(form, &set_up, side), &["network."]),
        "Layout" => (of_layout(model, form), &["layout", "name", "environments", "env."]),
        "Basics" => (of_basics(form, &set_up), &["basics."]),
        "Dependents" => (of_dependents(form, &set_up), &["dependents"]),
        "Identity" => (of_identity(form, &set_up), &["identity."]),
        "Encryption" => (of_encryption(form, &set_up), &["encryption."]),
        "People" => (of_people(&set_up), &["people", "budget."]),
        _ => (of_all(model, form, &set_up), &[]),
    };
    let of_side = |name: &str| side.is_none_or(|side| layout::side(form, name) == side);
    notes.extend(kept::notes(form, keys, &of_side));
    let all: Vec<&str> = set_up.environments.iter().map(|one| one.name.as_str()).collect();
    let all: Vec<&str> = all.into_iter().filter(|name| of_side(name)).collect();
    let here = |one: &&Finding| {
        let side = one.environment.as_deref().is_none_or(|name| name.is_empty() || of_side(name));
        one.level != Level::Refused && keys.iter().any(|key| one.key.starts_with(key)) && side
    };
    if keys.is_empty() {
        let counts = |one: &&Finding| one.level != Level::Refused && one.level != Level::Note;
        let told = judge::told(form).chain(set_up.findings.iter().filter(counts));
        tell(&mut notes, &all, told);
    } else {
        tell(&mut notes, &all, set_up.findings.iter().chain(judge::told(form)).filter(here));
    }
    notes
}

/// Findings as notes, those of several environments once.
fn tell<'a>(notes: &mut Vec<Note>, all: &[&str], findings: impl Iterator<Item = &'a Finding>) {
    let told = gathered(findings);
    if !told.is_empty() {
        notes.push(Note::heading("To know"));
    }
    for (finding, names) in told {
        let tone = match finding.level {
            Level::Refused => Tone::Bad,
            Level::Unwise | Level::OneWay | Level::Warning => Tone::Warn,
            Level::Note => Tone::Muted,
        };
        let some = !names.is_empty() && all.iter().any(|name| !names.contains(name));
        let about = if some { format!("{}: ", names.join(", ")) } else { String::new() };
        let mark = if finding.level == Level::OneWay { "One-way: " } else { "" };
        notes.push(Note::new(format!("{mark}{about}{}", finding.text), tone));
    }
}

fn of_layout(model: &Model, form: &Form) -> Vec<Note> {
    let layout = layout::layout(form);
    let mut notes = vec![Note::heading("What it is for"), Note::plain(layout.purpose())];
    if is_set(form) {
        let text = "They share every choice but what is said apart: names by a pattern, a resource group each, and for those that stand apart a network of their own, and a subscription if one is chosen.";
        notes.push(Note::plain(text));
        if !layout::apart(form).is_empty() {
            notes.push(Note::new(format!("Apart: {}", layout::apart(form).join(", ")), Tone::Good));
        }
    }
    let text = "Every step has defaults that work: {open} goes on. Nothing is made before the plan at the end was looked at and confirmed.";
    notes.push(Note::heading("How this goes"));
    notes.push(Note::plain(model.keymap.words(Context::Form, text)));
    notes
}

fn each(set_up: &SetUp, text: impl Fn(&Environment) -> String) -> Vec<Note> {
    set_up.environments.iter().map(|one| Note::plain(text(one))).collect()
}

fn of_basics(form: &Form, set_up: &SetUp) -> Vec<Note> {
    let mut notes = vec![Note::heading(if is_set(form) { "Will be made" } else { "What it will be" })];
    notes.extend(each(set_up, |one| format!("{} in {}, {}", one.workspace, one.group, one.region)));
    let text = match form.text(basics::KIND).as_str() {
        "Hub" => {
            "A hub shares its storage, vault, network and connections with the projects that belong to it."
        }
        "Project" => "A project takes storage, vault, Application Insights and network from its hub.",
        "FeatureStore" => {
            "A feature store brings an offline store, identities and roles of its own: az makes it."
        }
        _ => "A workspace stands by itself, with dependents of its own.",
    };
    notes.push(Note::plain(text));
    if is_set(form) {
        let text = "A resource group for each: the identity of a workspace becomes an administrator of its group, and of no other's.";
        notes.push(Note::new(text, Tone::Good));
    }
    let mut stages: Vec<Stage> = set_up.environments.iter().map(|one| one.stage).collect();
    stages.dedup();
    if let [stage] = stages.as_slice() {
        notes.push(Note::heading(format!("As {}", stage.word())));
        notes.push(Note::plain(of_stage(*stage)));
    }
    notes
}

/// What it means that a workspace is for a stage.
fn of_stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Development => {
            "People who work there make and change what they need. Changes to it are asked about once."
        }
        Stage::Staging => {
            "Processes work there, by identities of their own: people get nothing by their persona."
        }
        Stage::Production => {
            "People read, processes deploy. Whoever changes it later, and this set-up too, types its name before anything runs."
        }
    }
}

fn of_dependents(form: &Form, set_up: &SetUp) -> Vec<Note> {
    let mut notes = Vec::new();
    for one in &set_up.environments {
        let title = if is_set(form) { format!("{} gets", one.name) } else { "What it depends on".to_owned() };
        notes.push(Note::heading(title));
        for (what, _, dependent) in one.dependents() {
            let (text, tone) = match dependent {
                Dependent::New(name) => (format!("{name}, a new {}", what.words()), Tone::Plain),
                Dependent::Existing(id) => (format!("{}, which is there", id.name()), Tone::Plain),
                Dependent::Absent => (format!("no {} now", what.words()), Tone::Muted),
            };
            notes.push(Note::new(text, tone));
        }
        if one.storage.is_new() {
            notes.push(Note::plain(format!("Storage is {}.", one.storage_sku.replace('_', " "))));
        }
    }
    if form.text(dependents::REGISTRY) == dependents::ON_FIRST_USE {
        let text = "No registry costs nothing until the first image is built.";
        notes.push(Note::new(text, Tone::Muted));
    }
    notes
}

/// What computes reach.
fn outbound(one: &Environment) -> Note {
    Note::plain(match one.isolation {
        Isolation::Public => {
            "No managed network: computes reach the whole internet, and what they reach sees them come from there."
        }
        Isolation::InternetOutbound => {
            "A managed network: computes reach dependents through private endpoints, and the whole internet."
        }
        Isolation::ApprovedOutbound => {
            "A managed network: computes reach dependents through private endpoints, and else only what a rule lets through."
        }
    })
}

fn of_network(form: &Form, set_up: &SetUp, side: usize) -> Vec<Note> {
    let names = layout::of_side(form, side);
    let mut all = set_up.environments.iter().filter(|one| names.contains(&one.name));
    let title = match names.as_slice() {
        [] => "The network".to_owned(),
        _ if !is_set(form) => "The network".to_owned(),
        _ if side == 0 && layout::apart(form).is_empty() => "The network of all".to_owned(),
        [one] => format!("The network of {one}"),
        [all @ .., last] => format!("The network of {} and {last}", all.join(", ")),
    };
    let mut notes = vec![Note::heading(title)];
    let Some(one) = all.next() else { return notes };
    notes.push(outbound(one));
    let rules = one.rules.len();
    if one.isolation == Isolation::ApprovedOutbound {
        let text = if rules == 0 {
            "No rule of your own: no package is installed from anywhere.".to_owned()
        } else {
            format!("{rules} rules of your own: {}", one.rules.keys().cloned().collect::<Vec<_>>().join(", "))
        };
        notes.push(Note::new(text, if rules == 0 { Tone::Warn } else { Tone::Plain }));
    }
    notes.push(Note::plain(if one.public_access {
        "Inbound: from the internet, by whoever may sign in."
    } else {
        "Inbound: only through private endpoints, so from the network: a jump box, a bastion, a VPN or a circuit."
    }));
    if let Some(inbound) = &one.inbound {
        let too = if inbound.dependents { " and its new dependents" } else { "" };
        notes.push(Note::plain(format!(
            "Private endpoints of the workspace{too} in {}.",
            inbound.subnet.name()
        )));
    }
    notes.push(if one.closes_dependents() {
        Note::new("New storage, vault and registry are closed to the internet too.", Tone::Good)
    } else {
        Note::plain("New storage, vault and registry are open to the internet, to who holds a role or key.")
    });
    notes
}

fn of_identity(form: &Form, set_up: &SetUp) -> Vec<Note> {
    let mut notes = vec![Note::heading("Identity")];
    let Some(one) = set_up.environments.first() else { return notes };
    notes.push(Note::plain(match &one.identity {
        OwnIdentity::System => "Azure makes it with the workspace, grants it what it needs, and makes it an administrator of the resource group.".to_owned(),
        OwnIdentity::New(name) => format!("{name} is made. The roles that it needs are part of the plan."),
        OwnIdentity::Existing(id) => format!("{} is taken. The roles that it needs are part of the plan.", id.name()),
    }));
    notes.push(Note::heading("Storage access"));
    if basics::is_project(form) {
        notes.push(Note::plain("Its hub's: the data is in the hub's storage account."));
        return notes;
    }
    match one.storage_access {
        StorageAccess::Key => {
            notes.push(Note::plain("By the account's shared key: who may list keys reads everything. Azure's default, and out of preview."));
        }
        StorageAccess::Identity => {
            notes.push(Note::plain(
                "By who one is: everybody who uses the data needs data roles, which the personas bring.",
            ));
            if one.shared_key_off {
                notes.push(Note::new(
                    "Shared keys are turned off at the end: a copied key opens nothing.",
                    Tone::Good,
                ));
            }
        }
    }
    notes
}

fn of_encryption(form: &Form, set_up: &SetUp) -> Vec<Note> {
    let mut notes = vec![Note::heading("Encryption at rest")];
    let Some(one) = set_up.environments.first() else { return notes };
    match &one.customer_key {
        None if encryption::is_customers(form) => {
            let text = "With a key of your own: pick its vault, which must have purge protection, and an RSA key in it.";
            notes.push(Note::plain(text));
        }
        None => {
            let text = "With keys of Microsoft: right unless the highest data class asks for your own.";
            notes.push(Note::new(text, Tone::Good));
        }
        Some(key) => notes.push(Note::plain(format!(
            "With your key in {}. Azure makes further resources for it in a group of its own, and they cost money.",
            key.vault.name()
        ))),
    }
    notes
}

fn of_people(set_up: &SetUp) -> Vec<Note> {
    let mut notes = Vec::new();
    for one in &set_up.environments {
        // Of several it cannot be told without its heading whose roles they are.
        let title = format!("In {}, which is {}", one.workspace, one.stage.word());
        notes.push(if set_up.environments.len() > 1 { Note::needed(title) } else { Note::heading(title) });
        if one.granted().next().is_none() {
            notes.push(Note::new("nobody gets a role here", Tone::Muted));
        }
        for grant in one.granted() {
            let who = match &grant.principal {
                crate::domain::setup::people::Principal::Known { name, .. } => name.as_str(),
                crate::domain::setup::people::Principal::OwnIdentity => "its own identity",
            };
            notes.push(Note::plain(format!("{who}: {} on {}", grant.role.name, grant.place.words())));
        }
        if let Some(budget) = &one.budget {
            let text = format!(
                "Budget of {}: {} a month. Alerts only tell: nothing is stopped.",
                one.group, budget.amount
            );
            notes.push(Note::plain(text));
        }
    }
    notes
}

/// What is left to do before the plan, and what will be found of it afterwards.
fn of_all(model: &Model, form: &Form, set_up: &SetUp) -> Vec<Note> {
    if form.fault(super::review::ASKED).is_some() {
        let text =
            "{open} goes to the first. Azure is asked about the whole once nothing is wrong or missing.";
        let text = model.keymap.words(Context::Form, text);
        return vec![Note::heading("Not yet: something is wrong or missing"), Note::plain(text)];
    }
    let mut notes = vec![Note::heading("Next: the plan")];
    let text = "{open} shows every request in order, and the same as az, YAML, ARM template, Bicep and plan file. It runs only after that.";
    notes.push(Note::plain(model.keymap.words(Context::Form, text)));
    let probe = form.get(super::review::ASKED).map(|field: &FormField| &field.probe);
    if matches!(probe, Some(Probe::Unasked)) {
        notes.push(Note::new("Azure is asked once nothing is missing.", Tone::Muted));
    }
    notes.extend(later(model, set_up));
    notes
}

/// What this console will find of what is made, as far as the plan says it, those of several environments once.
fn later(model: &Model, set_up: &SetUp) -> Vec<Note> {
    let mut found: Vec<(posture::Finding, Vec<&str>)> = Vec::new();
    for one in &set_up.environments {
        for finding in outlook(one, &model.production) {
            match found.iter_mut().find(|(known, _)| known.id == finding.id) {
                Some((_, names)) => names.push(&one.name),
                None => found.push((finding, vec![&one.name])),
            }
        }
    }
    let none = found.is_empty();
    let words =
        if none { "It will have no finding that the plan can tell" } else { "It will have these findings" };
    let line = |(finding, names): (posture::Finding, Vec<&str>)| {
        let all = names.len() == set_up.environments.len();
        let about = if all { String::new() } else { format!("{}: ", names.join(", ")) };
        let text = format!("{}  {about}{}. {}", finding.severity.word(), finding.title, finding.remedy);
        Note::new(text, finding.severity.tone().min(Tone::Warn))
    };
    std::iter::once(Note::needed(words)).chain(found.into_iter().map(line)).collect()
}
