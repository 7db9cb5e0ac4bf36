//! The last step: what Azure says of the whole, and what the form comes to.

use jiff::civil::Date;

use super::{given, kept, people, set_up, wish};
use crate::app::form::{Ask, Entry, Form, FormField};
use crate::app::model::Model;
use crate::app::review::{Rendering, Tab};
use crate::domain::plan::{Plan, Weight};
use crate::domain::setup::environment::Environment;
use crate::domain::setup::finding::{Finding, Level, gathered};
use crate::domain::setup::plan::{Known, plan as plan_of, prefix};
use crate::domain::setup::spec::Kind;
use crate::domain::setup::template::{Template, az, template_title, yaml};

/// What Azure was asked about the whole.
pub(super) const ASKED: &str = "review.asked";
/// The key of findings about what the caller may do.
const RIGHTS: &str = "rights";
const MADE: &str = "review.made";
const PLACES: &str = "review.places";
const NETWORK: &str = "review.network";
const GRANTS: &str = "review.grants";

/// The fields: nothing is entered here but what a file said of single environments.
pub(super) fn fields() -> Vec<FormField> {
    vec![
        FormField::fact(MADE, "Makes", |form| list(form, made)),
        FormField::fact(PLACES, "In", |form| list(form, |one| format!("{}, {}", one.group, one.region))),
        FormField::fact(NETWORK, "Network", |form| list(form, network)),
        FormField::fact(GRANTS, "Grants", grants),
        FormField::fact(ASKED, "Azure says", |_| String::new())
            .called(|form| if form.fault(ASKED).is_some() { "To mend" } else { "Azure says" }.to_owned())
            .asked(|form, _| ask(form)),
        kept::field(),
    ]
}

/// The workspace, and what it is where it is no plain one.
fn made(one: &Environment) -> String {
    match (&one.hub, one.kind) {
        (Some(hub), _) => format!("{}, a project of {}", one.workspace, hub.name()),
        (None, Kind::Hub) => format!("{}, a hub", one.workspace),
        _ => one.workspace.clone(),
    }
}

/// How it is isolated; a project is as its hub is.
fn network(one: &Environment) -> String {
    match &one.hub {
        Some(hub) => format!("that of {}", hub.name()),
        None => one.network_words().to_owned(),
    }
}

fn list(form: &Form, each: fn(&Environment) -> String) -> String {
    let mut all: Vec<String> = set_up(form).environments.iter().map(each).collect();
    all.dedup();
    all.join("; ")
}

fn grants(form: &Form) -> String {
    let count: usize = set_up(form).environments.iter().map(Environment::granted_count).sum();
    let people = people::wish(form).len();
    match (count, people) {
        (0, 0) => "nobody gets a role: who has one above keeps it".to_owned(),
        (1, _) => "one role".to_owned(),
        (count, _) => format!("{count} roles"),
    }
}

/// The question about the whole: once nothing is wrong with it by itself, and while nobody types into it.
fn ask(form: &Form) -> Option<Ask> {
    let asked = form.get(ASKED).and_then(|field| field.asked.clone());
    let types = |field: &FormField| {
        matches!(field.entry, Entry::Line(_) | Entry::Area(_) | Entry::Number { .. } | Entry::Duration { .. })
            && !field.visited
    };
    if form.current().is_some_and(types) {
        return asked;
    }
    let sound = set_up(form).refusals().next().is_none();
    sound.then(|| Ask::Preflight(Box::new(wish::plan_file(form))))
}

/// What was found out beforehand.
fn known(form: &Form) -> Known {
    let today: Date = form.given(given::TODAY).parse().unwrap_or_default();
    // What there is to say stands among the warnings.
    Known::of(today, &form.told.learnt)
}

/// The plan: what Azure said beforehand is among its warnings.
pub(super) fn plan(model: &Model, form: &Form) -> Result<Plan, String> {
    let mut set_up = set_up(form);
    if let Some(refusal) = set_up.refusals().next() {
        return Err(format!("{}: {}", refusal.place(), refusal.text));
    }
    // What Azure said is among what there is to know, as where a plan file is applied. What it refuses keeps nobody from
    // looking at the plan.
    let told = super::judge::told(form);
    let (refused, said): (Vec<&Finding>, Vec<&Finding>) = told.partition(|one| one.level == Level::Refused);
    set_up.findings.extend(said.into_iter().cloned());
    set_up.findings.sort_by_key(|finding| finding.level);
    let mut plan = plan_of(&set_up, &known(form), &model.production).ok_or("there is nothing to set up")?;
    // The plan asks for the rights of its steps itself, and says what is lacking where it is looked at.
    for (finding, about) in gathered(refused.into_iter().filter(|one| one.key != RIGHTS)) {
        plan.refused = true;
        plan.warn(Weight::Danger, format!("{}{}", prefix(&about, &set_up), finding.text));
    }
    Ok(plan)
}

/// The plan in the forms of other tools.
pub(super) fn also(_: &Model, form: &Form) -> Vec<Rendering> {
    let all = set_up(form).environments;
    let each = |end: &str, text: fn(&Environment) -> String| {
        all.iter().map(|one| (format!("{}.{end}", one.workspace), text(one))).collect::<Vec<_>>()
    };
    let commands: Vec<String> = all.iter().map(az::commands).collect();
    let name = |end: &str| format!("{}.{end}", super::write(form).0.trim_end_matches(".toml"));
    vec![
        Rendering { tab: Tab::Az, files: vec![(name("sh"), commands.join("\n"))] },
        Rendering { tab: Tab::Yaml, files: each("yml", yaml::file) },
        Rendering { tab: Tab::Arm, files: each("json", |one| Template::of(one).arm(&template_title(one))) },
        Rendering {
            tab: Tab::Bicep,
            files: each("bicep", |one| Template::of(one).bicep(&template_title(one))),
        },
        Rendering { tab: Tab::File, files: vec![super::write(form)] },
    ]
}
