//! `amldeck storage-access`: what a switch of the storage access mode would do, and the switch itself, without a
//! screen.

use serde_json::{Value, json};

use super::args::{Consent, Output, SwitchArgs};
use super::carry::{self, Work};
use super::exit::{Exit, Failure, print, tell};
use super::journal::{journals, unfit};
use super::opened::{self, Found};
use super::output::{self, Screen, Section};
use super::serve;
use super::start::Context;
use crate::app::runtime::{Runner, load_inventory, read_for_switch};
use crate::app::storage_access;
use crate::azure::arm::id::ArmId;
use crate::domain::inventory::Inventory;
use crate::domain::plan::{Plan, Run, RunId, Wait, Weight, print as printed};
use crate::domain::storage_access::{
    Assessment, Goal, NoPlan, Optional, Pair, Repair, Table, Unfinished, Verdict, Wish, mode_words, plan_to,
    several, side_by_side,
};

/// What is wanted.
pub struct Request<'a> {
    /// The workspaces.
    pub workspaces: &'a [String],
    /// How to print.
    pub output: Output,
    /// Where to switch, and how.
    pub switch: &'a SwitchArgs,
    /// The answer to what would be asked.
    pub consent: &'a Consent,
}

/// An assessment, and what a plan needs of its surroundings.
struct Assessed {
    assessment: Assessment,
    wish: Wish,
}

/// Reads the workspaces, assesses the switch, and prints that, or the plan of the switch; with consent the plan is
/// carried out.
///
/// # Errors
/// When the inventory cannot be read at all, a name fits none or several, or there is no plan.
pub async fn run(context: &Context, request: Request<'_>) -> Result<Exit, Failure> {
    let prepared = tokio::select! {
        prepared = Box::pin(prepare(context, &request)) => prepared?,
        () = serve::interrupted() => return Ok(Exit::Interrupted),
    };
    match prepared {
        Prepared::Over(exit) => Ok(exit),
        // An interruption is told there with the run that it leaves behind.
        Prepared::Run(runner, plan) => carry::carry(&runner, Work::Run(plan, None)).await,
    }
}

/// Why the plan of a switch is not printed as comma-separated values.
const NO_CSV: &str = "the plan of a switch is no table: -o table, md or json shows it";

/// What there is to do once everything was read.
enum Prepared {
    /// Nothing: it was printed.
    Over(Exit),
    /// A plan is carried out.
    Run(Runner, Box<Plan>),
}

/// Reads and assesses, and prints that, or makes the plan that is wanted.
async fn prepare(context: &Context, request: &Request<'_>) -> Result<Prepared, Failure> {
    let wished = request.switch;
    check_use(request)?;
    let connection = context.connect()?;
    let runner = match wished.to {
        None => None,
        Some(_) => Some(
            Runner::open(connection.client.clone(), &context.journal(), context.clock())
                .await
                .map_err(carry::failure)?,
        ),
    };
    // All subscriptions are looked at: any of them may have a workspace on the same account.
    let inventory = load_inventory(&connection.client, &context.choice.subscriptions, &|_| ()).await?;
    let mut ids: Vec<ArmId> = Vec::new();
    for name in request.workspaces {
        let Some(id) = opened::found_in(&inventory, name)? else {
            return Ok(Prepared::Over(Exit::CannotTell));
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let runs = known_runs(context, runner.as_ref())?;
    let mut all: Vec<Assessed> = Vec::new();
    for id in &ids {
        match Box::pin(assess(context, &inventory, id, wished, &runs)).await? {
            Some(assessed) => all.push(assessed),
            None => return Ok(Prepared::Over(Exit::CannotTell)),
        }
    }
    choose_whom(&mut all, wished)?;
    match runner.zip(wished.goal()) {
        Some((runner, goal)) => Box::pin(planned(runner, &goal, all, request, &runs)).await,
        None => {
            let all: Vec<Assessment> = all.into_iter().map(|one| one.assessment).collect();
            print(&text(&all, request.output, &Screen::of(context)?)?)?;
            if wished.is_set() {
                tell("nothing was switched: --to says where");
            }
            Ok(Prepared::Over(exit(&all)))
        }
    }
}

/// Sees that the flags go together.
fn check_use(request: &Request<'_>) -> Result<(), Failure> {
    if request.switch.to.is_none() && request.consent.yes {
        return Err(Failure::wrong_use("nothing was switched: --yes goes with --to, which says where"));
    }
    if request.switch.to.is_some() && request.output == Output::Csv && !request.consent.yes {
        return Err(Failure::wrong_use(NO_CSV));
    }
    Ok(())
}

/// The runs of a journal.
struct Runs {
    all: Vec<Run>,
    /// Those that somebody carries on right now.
    held: Vec<RunId>,
}

/// The runs of the journal: of whoever makes a plan, else of all at this endpoint. Where nothing is planned they are worth
/// a look, and no more.
fn known_runs(context: &Context, runner: Option<&Runner>) -> Result<Runs, Failure> {
    let listed = match runner {
        Some(runner) => {
            let (listed, damaged) = runner.journal().list().map_err(|error| carry::failure(error.into()))?;
            damaged.iter().for_each(|error| tell(&error.to_string()));
            listed
        }
        None => {
            let listed = journals(context).and_then(|journals| Ok(journals.list().map_err(unfit)?.0));
            listed.unwrap_or_default()
        }
    };
    let held = listed.iter().filter(|listed| listed.held).map(|listed| listed.run.id.clone()).collect();
    Ok(Runs { all: listed.into_iter().map(|listed| listed.run).collect(), held })
}

/// Takes over who was named by flags: who only reads, who gets no role, who gets one besides.
fn choose_whom(all: &mut [Assessed], wished: &SwitchArgs) -> Result<(), Failure> {
    let readers = principals(all, &wished.readers_by_name, Pair::Reader)?;
    let without = principals(all, &wished.without, Pair::Contributor)?;
    let also = principals(all, &wished.also, Pair::Contributor)?;
    for one in all {
        one.wish.readers.clone_from(&readers);
        one.wish.without.clone_from(&without);
        one.wish.also.clone_from(&also);
    }
    Ok(())
}

/// The plan that leads to a goal: printed, or with consent to be carried out.
async fn planned(
    runner: Runner,
    goal: &Goal,
    all: Vec<Assessed>,
    request: &Request<'_>,
    runs: &Runs,
) -> Result<Prepared, Failure> {
    let wished = request.switch;
    let mut plan = match plan(&all, goal, !wished.no_grants) {
        Ok(plan) => plan,
        Err(so @ NoPlan::AlreadySo(_)) => {
            tell(&so.to_string());
            return Ok(Prepared::Over(Exit::Done));
        }
        Err(why) => return Err(Failure::local(why)),
    };
    choose(&mut plan, wished);
    if let Some(words) = none_to_take_back(&plan, &all, wished) {
        if request.consent.yes {
            tell(&words);
        }
        plan.warn(Weight::Caution, words);
    }
    leave_idle_waits_out(&mut plan);
    let is_idle = plan.chosen().all(|(_, step)| step.requests.is_empty());
    if let (true, [one]) = (is_idle, all.as_slice()) {
        let so = NoPlan::AlreadySo(mode_words(&one.assessment.mode).to_owned());
        let lacks = one.assessment.is_repairable().then(|| one.assessment.losing_words());
        match lacks.filter(|_| wished.no_grants) {
            Some(lack) => tell(&format!("{so}; {lack}, and --no-grants gives none")),
            None => tell(&format!("{so}; --shared-key-off turns shared key access of its account off")),
        }
        return Ok(Prepared::Over(Exit::Done));
    }
    let assessed: Vec<Assessment> = all.into_iter().map(|one| one.assessment).collect();
    let left = carry::beside(&plan, &assessed, &runs.all).map(|left| (left, runs.held.contains(&left.id)));
    if !request.consent.yes {
        if let Some((left, held)) = left {
            plan.warn(Weight::Danger, format!("Not over: {}.", Unfinished::of(left, held).words()));
        }
        // Whoever runs it may be somebody else.
        for right in runner.lacking(&plan).await.unwrap_or_default() {
            plan.warn(
                Weight::Danger,
                format!("{} runs it now: {}.", runner.account(), right.lacking_words()),
            );
        }
        print(&plan_text(&assessed, &plan, request.output)?)?;
        tell("nothing was sent; --yes does it");
        return Ok(Prepared::Over(Exit::No));
    }
    if let Some((left, held)) = left {
        return Err(carry::refused_beside(left, held));
    }
    // The name of what is in production is wanted before anything is sent.
    carry::has_consent(&plan, "", request.consent)?;
    Ok(Prepared::Run(runner, Box::new(plan)))
}

/// Assesses one workspace; `None` when too little could be read, which is told.
async fn assess(
    context: &Context,
    inventory: &Inventory,
    id: &ArmId,
    wished: &SwitchArgs,
    runs: &Runs,
) -> Result<Option<Assessed>, Failure> {
    let opened = Found::of(context, inventory.clone(), id.clone())?.open().await;
    let (model, page) = (opened.model(), opened.page()?);
    let reads =
        Box::pin(read_for_switch(&opened.client, id, page.opened.storage_id(), context.clock().now())).await;
    let Some(assessment) = storage_access::assess(model, page, &reads) else {
        for part in super::show::unreadable(page) {
            tell(&part);
        }
        tell(&format!("who has access to {} could not be read, so nothing can be said", id.name()));
        return Ok(None);
    };
    let assessment =
        assessment.granting(wished.by()).beside(&runs.all.iter().collect::<Vec<&Run>>(), &runs.held);
    let wish = storage_access::wish(model, &assessment, wished.pair(), &runs.all);
    Ok(Some(Assessed { assessment, wish }))
}

fn plan(all: &[Assessed], goal: &Goal, grants: bool) -> Result<Plan, NoPlan> {
    if let [one] = all {
        return plan_to(goal, &one.assessment, &one.wish);
    }
    let assessments: Vec<Assessment> = all.iter().map(|one| one.assessment.clone()).collect();
    let wish = |assessment: &Assessment| {
        let found = all.iter().find(|one| one.assessment.workspace == assessment.workspace);
        found.map(|one| one.wish.clone()).unwrap_or_default()
    };
    several(&assessments, goal, grants, wish)
}

/// The object ids of those who are named among whom a plan gives roles to, by name or object id.
///
/// # Errors
/// When a name fits none or several of them, or is an identity that would be given roles that only read.
fn principals(all: &[Assessed], names: &[String], pair: Pair) -> Result<Vec<String>, Failure> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut repairs: Vec<Repair> = all.iter().flat_map(|one| one.assessment.repairs()).collect();
    repairs.sort_by(|a, b| (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id)));
    repairs.dedup_by(|a, b| a.id == b.id);
    let known: Vec<&str> = repairs.iter().map(|one| one.name.as_str()).collect();
    let mut ids = Vec::new();
    for name in names {
        let is_meant =
            |one: &&Repair| [&one.name, &one.id].iter().any(|text| text.eq_ignore_ascii_case(name));
        let found: Vec<&Repair> = repairs.iter().filter(is_meant).collect();
        let why = match found.as_slice() {
            [one] if pair == Pair::Reader && !one.may_read_only() => {
                format!("'{name}' is an identity: it acts for jobs, which write")
            }
            [one] => {
                ids.push(one.id.clone());
                continue;
            }
            [] => format!("'{name}' is none of those who would be given roles: {}", known.join(", ")),
            several => {
                let ids: Vec<&str> = several.iter().map(|one| one.id.as_str()).collect();
                format!("'{name}' is the name of several: say which by object id: {}", ids.join(", "))
            }
        };
        return Err(Failure::wrong_use(why));
    }
    Ok(ids)
}

/// Puts optional steps in and leaves them out, as the flags say; no flag rules what it does not know.
fn choose(plan: &mut Plan, wished: &SwitchArgs) {
    for step in plan.steps.iter_mut().filter(|step| step.optional) {
        step.chosen = match Optional::of(step) {
            // Those who are left out by name are so already.
            Some(Optional::Grant) => step.chosen && !wished.no_grants,
            Some(Optional::TakeBack) => wished.take_roles_back,
            Some(Optional::KeysOff) => wished.shared_key_off,
            None => step.chosen,
        };
    }
}

/// That no role is taken back though it is wanted, because the journal knows of none; a sentence or two.
fn none_to_take_back(plan: &Plan, all: &[Assessed], wished: &SwitchArgs) -> Option<String> {
    let is_known = plan.steps.iter().any(|step| Optional::of(step) == Some(Optional::TakeBack))
        || all.iter().any(|one| !one.wish.made.is_empty());
    (wished.take_roles_back && !is_known).then(|| {
        "No role is taken back: the journal here has no switch that gave one on the storage account. Whoever gave them has the \
         run in their journal: `amldeck journal undo RUN` takes them back there."
            .to_owned()
    })
}

/// A wait for roles that are not given is nothing to do.
fn leave_idle_waits_out(plan: &mut Plan) {
    let chosen: Vec<String> = plan.chosen().map(|(_, step)| step.id.clone()).collect();
    for step in &mut plan.steps {
        let is_idle = |wait: &Wait| {
            wait.since.is_none() && !wait.after.is_empty() && !wait.after.iter().any(|id| chosen.contains(id))
        };
        if step.requests.is_empty() && step.wait.as_ref().is_some_and(is_idle) {
            step.chosen = false;
        }
    }
}

fn exit(all: &[Assessment]) -> Exit {
    let is = |pass: fn(&Verdict) -> bool| all.iter().any(|one| pass(&one.verdict));
    if is(|verdict| matches!(verdict, Verdict::CannotTell { .. })) {
        Exit::CannotTell
    } else if is(|verdict| {
        matches!(verdict, Verdict::Limited | Verdict::AfterGrants | Verdict::NotAdvised { .. })
    }) || all.iter().any(|one| one.losing().next().is_some())
    {
        Exit::No
    } else {
        Exit::Done
    }
}

/// An assessment as JSON, with the roles that are missing.
fn document(assessment: &Assessment) -> Result<Value, Failure> {
    let mut document = serde_json::to_value(assessment).map_err(Failure::local)?;
    document["grants"] = json!(assessment.repairs());
    Ok(document)
}

fn text(all: &[Assessment], output: Output, screen: &Screen) -> Result<String, Failure> {
    Ok(match (output, all) {
        (Output::Json, [one]) => output::json(&document(one)?)?,
        (Output::Json, _) => {
            let all = all.iter().map(document).collect::<Result<Vec<Value>, Failure>>()?;
            output::json(&json!({ "assessments": all }))?
        }
        (Output::Md, _) => storage_access::markdown(all),
        (Output::Table | Output::Csv, [one]) => {
            let sections: Vec<Section> = one.tables().iter().map(section).collect();
            output::sections(one.workspace.name(), &sections, output, screen)
        }
        (Output::Table | Output::Csv, _) => {
            let sections: Vec<Section> = side_by_side(all).iter().map(section).collect();
            output::sections("Storage access", &sections, output, screen)
        }
    })
}

fn plan_text(all: &[Assessment], plan: &Plan, output: Output) -> Result<String, Failure> {
    Ok(match output {
        Output::Json => {
            let all = all.iter().map(document).collect::<Result<Vec<Value>, Failure>>()?;
            output::json(&json!({ "assessments": all, "plan": printed::plan_json(plan) }))?
        }
        Output::Md => storage_access::ticket_of(all, plan),
        Output::Table => printed::text(plan),
        Output::Csv => return Err(Failure::wrong_use(NO_CSV)),
    })
}

fn section(table: &Table) -> Section {
    let tones = table.rows.iter().map(|(cells, tone)| vec![*tone; cells.len()]).collect();
    let sheet = storage_access::sheet(table);
    Section { facts: table.heads.is_empty(), whole: true, ..Section::table(table.title, sheet, tones) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{Kind, Step};

    #[test]
    fn each_flag_rules_its_own_steps_and_no_other() {
        let ids = ["grant-1", "2-grant-12", "take-1", "keys-off", "1-keys-off", "something-new"];
        let mut plan = Plan::new(Kind::StorageAccess, "x", ArmId::subscription("s"));
        plan.steps = ids.map(|id| Step::quiet(id, id, id).optional(id.contains("grant"))).to_vec();
        let chosen = |wished: &SwitchArgs| {
            let mut plan = plan.clone();
            choose(&mut plan, wished);
            plan.chosen().map(|(_, step)| step.id.clone()).collect::<Vec<_>>()
        };
        let none = SwitchArgs { no_grants: true, ..SwitchArgs::default() };
        assert_eq!(chosen(&none), Vec::<String>::new());
        let keys = SwitchArgs { shared_key_off: true, ..none.clone() };
        assert_eq!(chosen(&keys), ["keys-off", "1-keys-off"]);
        let take = SwitchArgs { take_roles_back: true, ..none };
        assert_eq!(chosen(&take), ["take-1"]);
        assert_eq!(chosen(&SwitchArgs::default()), ["grant-1", "2-grant-12"]);
    }
}
