//! `amldeck plan`: what a plan file would do, as a table or in the forms of other tools. Azure is asked whether there are
//! such subscriptions and regions, where it can be; nothing that changes anything is sent.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::time::timeout;

use super::args::{Output, PlanForm};
use super::exit::{Exit, Failure, print, tell};
use super::output::{self, Screen, Section};
use super::start::Context;
use crate::app::export::Sheet;
use crate::app::runtime::preflight_of;
use crate::azure::safe_text::one_line;
use crate::domain::fact::Tone;
use crate::domain::plan::print::{plan_json, request_line};
use crate::domain::plan::{self as changes, Plan};
use crate::domain::setup::environment::Environment;
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::people::Directory;
use crate::domain::setup::plan::{Known, plan};
use crate::domain::setup::preflight::{Learnt, Question};
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::PlanFile;
use crate::domain::setup::template::{Template, az, template_title, yaml};

/// How long somebody who only wants to read a plan waits for Azure.
const PATIENCE: Duration = Duration::from_secs(15);

/// Prints a plan file in a form; `only` is one of its environments.
///
/// # Errors
/// When the file cannot be read, is refused, or the form takes one environment and there are several.
pub async fn run(
    context: &Context,
    path: &Path,
    form: PlanForm,
    only: Option<&str>,
) -> Result<Exit, Failure> {
    let file = read(path)?;
    let set_up = sound(path, SetUp::of(&file, &Directory::new()))?;
    let mut set_up = chosen(set_up, only)?;
    let today = context.clock().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut known = Known::only_today(today);
    let unasked = match asked(context, &set_up).await {
        Ok(learnt) => {
            set_up.findings.extend(learnt.into_iter().filter_map(|one| known.learn(one)));
            set_up.findings.sort_by_key(|finding| finding.level);
            set_up = sound(path, set_up)?;
            None
        }
        Err(why) => Some(why),
    };
    let Some(plan) = plan(&set_up, &known, &context.production()) else {
        return Err(Failure::local("a sound set-up has no plan; this is a defect of amldeck"));
    };
    let text = match form {
        PlanForm::Az => each(&set_up, "\n", az::commands),
        PlanForm::Yaml => each(&set_up, "---\n", yaml::file),
        PlanForm::Arm => {
            let one = alone(&set_up, "an ARM template")?;
            Template::of(one).arm(&template_title(one))
        }
        PlanForm::Bicep => {
            let one = alone(&set_up, "Bicep")?;
            Template::of(one).bicep(&template_title(one))
        }
        PlanForm::Json => output::json(&Document::of(&set_up, &plan))?,
        PlanForm::Md => changes::print::markdown(&plan),
        PlanForm::Csv => output::table(&steps(&plan), Output::Csv, &Screen::of(context)?),
        PlanForm::Table => {
            output::sections(&plan.title, &sections(&set_up, &plan), Output::Table, &Screen::of(context)?)
        }
    };
    print(&text)?;
    if matches!(form, PlanForm::Arm | PlanForm::Bicep | PlanForm::Yaml) {
        tell(
            "this is the whole set-up, not only what is missing, and a part of the plan: what it leaves out is said at its head",
        );
    }
    // Table, Markdown and JSON say so among their notes, and az looks the names up.
    if form == PlanForm::Csv {
        for environment in &set_up.environments {
            for one in &environment.by_name {
                tell(&format!("{}: {}", environment.name, one.left_out()));
            }
        }
    }
    match unasked {
        None => tell(
            "subscription and region are checked; names, rights, quota and policies are not: `amldeck apply` does that \
             before it sends anything",
        ),
        Some(why) => tell(&format!(
            "not checked against Azure, not even that subscription and region are there ({why}): `amldeck apply` does \
             that before it sends anything"
        )),
    }
    Ok(Exit::Done)
}

/// What Azure says of the subscriptions and regions, where it can be asked; only reads are sent.
///
/// # Errors
/// Why it cannot be asked, in words: nobody is signed in, or no answer comes.
async fn asked(context: &Context, set_up: &SetUp) -> Result<Vec<Learnt>, String> {
    let client = context.connect().map_err(|failure| failure.to_string())?.client;
    match timeout(PATIENCE, preflight_of(&client, set_up, Question::is_about_the_place)).await {
        Err(_) => Err(format!("no answer within {} seconds", PATIENCE.as_secs())),
        Ok(Err(error)) => Err(error.plain()),
        Ok(Ok(learnt)) => Ok(learnt),
    }
}

/// Reads a plan file.
///
/// # Errors
/// With the file, the line, and what is wrong there.
pub fn read(path: &Path) -> Result<PlanFile, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::wrong_use(format!("the plan file {}: {error}", path.display())))?;
    PlanFile::read(&text)
        .map_err(|error| Failure::wrong_use(format!("the plan file {} is wrong:\n{error}", path.display())))
}

/// A set-up that is refused nothing.
///
/// # Errors
/// With everything that it is refused; each was told with its place.
pub fn sound(path: &Path, set_up: SetUp) -> Result<SetUp, Failure> {
    let refusals: Vec<&Finding> = set_up.refusals().collect();
    if refusals.is_empty() {
        return Ok(set_up);
    }
    let lines: Vec<String> =
        refusals.iter().map(|finding| format!("\n  {}: {}", finding.place(), finding.text)).collect();
    Err(Failure::wrong_use(format!("the plan file {} cannot be done:{}", path.display(), lines.concat())))
}

/// Only one environment, where one is named.
///
/// # Errors
/// When there is none of this name.
pub fn chosen(mut set_up: SetUp, only: Option<&str>) -> Result<SetUp, Failure> {
    let Some(only) = only else { return Ok(set_up) };
    let names = names(&set_up);
    set_up.environments.retain(|environment| environment.name == only);
    set_up.findings.retain(|finding| finding.environment.as_deref().is_none_or(|name| name == only));
    if set_up.environments.is_empty() {
        return Err(Failure::wrong_use(format!("--environment {only}: the plan has {names}")));
    }
    Ok(set_up)
}

fn names(set_up: &SetUp) -> String {
    set_up.environments.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn alone<'a>(set_up: &'a SetUp, what: &str) -> Result<&'a Environment, Failure> {
    match set_up.environments.as_slice() {
        [one] => Ok(one),
        _ => Err(Failure::wrong_use(format!(
            "{what} is for one resource group, and the plan has several: choose one with --environment {}",
            names(set_up).replace(", ", " or ")
        ))),
    }
}

fn each(set_up: &SetUp, between: &str, text: fn(&Environment) -> String) -> String {
    set_up.environments.iter().map(text).collect::<Vec<_>>().join(between)
}

fn sections(set_up: &SetUp, plan: &Plan) -> Vec<Section> {
    let mut known = Sheet {
        names: vec!["level", "place", "text"],
        titles: vec!["", "Where", "What to know before"],
        rows: Vec::new(),
    };
    let mut tones = Vec::new();
    for finding in &set_up.findings {
        let tone = match finding.level {
            Level::Refused | Level::Unwise | Level::OneWay => Tone::Bad,
            Level::Warning => Tone::Warn,
            Level::Note => Tone::Muted,
        };
        known.rows.push(vec![
            finding.level.words().to_owned(),
            finding.place(),
            one_line(&finding.text).into_owned(),
        ]);
        tones.push(vec![tone, Tone::Plain, Tone::Plain]);
    }
    let known = Section { whole: true, ..Section::table("Before", known, tones) };
    vec![known, environments(set_up), steps(plan)]
}

/// Where a project has its network and its storage from.
fn of_hub(environment: &Environment) -> Option<String> {
    environment.hub.as_ref().map(|hub| format!("of {}", hub.name()))
}

fn environments(set_up: &SetUp) -> Section {
    let sheet = Sheet {
        names: vec!["environment", "stage", "workspace", "group", "region", "network", "storage", "grants"],
        titles: vec!["Environment", "Stage", "Workspace", "Group", "Region", "Network", "Storage", "Grants"],
        rows: set_up
            .environments
            .iter()
            .map(|one| {
                vec![
                    one.name.clone(),
                    one.stage.word().to_owned(),
                    one.workspace.clone(),
                    one.group.clone(),
                    one.region.clone(),
                    of_hub(one).unwrap_or_else(|| one.network_words().to_owned()),
                    of_hub(one).unwrap_or_else(|| one.storage_access.as_str().to_owned()),
                    one.granted_count().to_string(),
                ]
            })
            .collect(),
    };
    Section {
        kept: &["workspace", "network"],
        expendable: &["stage", "region", "grants"],
        ..Section::table("Environments", sheet, Vec::new())
    }
}

fn steps(plan: &Plan) -> Section {
    let mut rows = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let undo = match &step.undo {
            changes::Undo::By(back) => back.title.clone(),
            changes::Undo::OneWay(why) => format!("none: {why}"),
            changes::Undo::Nothing => String::new(),
        };
        let request = step.requests.last().map(request_line).unwrap_or_default();
        rows.push(vec![(at + 1).to_string(), step.title.clone(), undo, request]);
    }
    let sheet = Sheet {
        names: vec!["step", "what", "undo", "request"],
        titles: vec!["", "Step", "Way back", "Request"],
        rows,
    };
    Section {
        kept: &["what", "undo"],
        expendable: &["request"],
        ..Section::table("Steps", sheet, Vec::new())
    }
}

/// The whole for a program; documented in `docs/output.md`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    environments: Vec<Described<'a>>,
    findings: &'a [Finding],
    plan: Value,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Described<'a> {
    name: &'a str,
    stage: &'static str,
    id: String,
    subscription_id: &'a str,
    resource_group: &'a str,
    location: &'a str,
    kind: &'static str,
    resources: Vec<String>,
}

impl<'a> Document<'a> {
    fn of(set_up: &'a SetUp, plan: &Plan) -> Self {
        let described = |one: &'a Environment| Described {
            name: &one.name,
            stage: one.stage.word(),
            id: one.workspace_id().to_string(),
            subscription_id: &one.subscription,
            resource_group: &one.group,
            location: &one.region,
            kind: one.kind.as_str(),
            resources: Template::of(one).ids(&one.group_id()).iter().map(ToString::to_string).collect(),
        };
        Self {
            environments: set_up.environments.iter().map(described).collect(),
            findings: &set_up.findings,
            plan: plan_json(plan),
        }
    }
}
