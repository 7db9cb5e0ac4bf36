//! `amldeck apply`: makes what a plan file says, with progress on standard error.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use super::exit::{Exit, Failure, tell};
use super::plan::{chosen, read, sound};
use super::start::House;
use crate::app::runs::RunEvent;
use crate::app::runtime::{Control, RunError, Runner, directory_of, preflight};
use crate::domain::plan::{Change, Choice, Confirmation, Part, Phase, Plan, Run, Weight};
use crate::domain::setup::plan::{Known, next_steps, plan};
use crate::domain::setup::preflight::Learnt;
use crate::domain::setup::resolve::SetUp;

/// Applies a plan file: looks names up, asks Azure what can be asked, shows the plan, and runs it.
///
/// # Errors
/// When the file or the settings are wrong, Azure refuses beforehand, nobody says yes, or there is no journal. A step
/// that fails is no error: it gives the exit code 1.
pub async fn run(house: &House, path: &Path, yes: bool, only: Option<&str>) -> Result<Exit, Failure> {
    let file = read(path)?;
    let client = house.connect()?.client;
    let directory = directory_of(&client, &file.people).await;
    let directory = directory.map_err(|problems| Failure::house(problems.join("\n")))?;
    let set_up = chosen(sound(path, SetUp::of(&file, &directory))?, only)?;
    let mut known = Known::only_today(house.clock().now().to_zoned(house.zone()).date());
    let mut checked = set_up.clone();
    for learnt in preflight(&client, &set_up).await {
        match learnt {
            Learnt::Finding(finding) => checked.findings.push(finding),
            Learnt::Unregistered(subscription, namespace) => {
                known.unregistered.push((subscription, namespace));
            }
            Learnt::There(id) => known.there.push(id),
            Learnt::Principal(id, object) => {
                known.principals.insert(id, object);
            }
        }
    }
    checked.findings.sort_by_key(|finding| finding.level);
    let refusals: Vec<String> =
        checked.refusals().map(|finding| format!("\n  {}: {}", finding.place(), finding.text)).collect();
    if !refusals.is_empty() {
        return Err(Failure::house(format!("nothing was sent, because it would fail:{}", refusals.concat())));
    }
    let Some(plan) = plan(&checked, &known) else {
        return Err(Failure::house("a sound set-up has no plan; this is a defect of amldeck"));
    };
    show(&plan);
    if !yes {
        confirm(&plan)?;
    }
    let runner = Runner::open(client, &house.journal(), house.clock()).await.map_err(refused)?;
    let mut teller = Teller::default();
    let control = Control::default();
    let run = runner.run(plan, None, &control, &mut |event| teller.told(&event)).await.map_err(refused)?;
    Ok(ended(&run, &set_up))
}

fn refused(error: RunError) -> Failure {
    match error {
        RunError::SignIn(error) => Failure::Azure(error),
        RunError::ReadOnly => Failure::wrong_use(RunError::ReadOnly),
        other => Failure::house(other),
    }
}

fn show(plan: &Plan) {
    tell(&plan.title);
    for warning in &plan.warnings {
        let word = match warning.weight {
            Weight::Danger => "danger",
            Weight::Caution => "caution",
            Weight::Note => "note",
        };
        tell(&format!("{word}: {}", warning.text));
    }
    for (at, step) in plan.chosen() {
        tell(&format!("{:>3}. {}", at + 1, step.title));
    }
}

/// Asks at the terminal. The answer is No unless it is given in full.
fn confirm(plan: &Plan) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::wrong_use(
            "nothing was sent: there is no terminal to ask at. `amldeck plan` shows the plan, `--yes` runs it unasked",
        ));
    }
    let wanted = match plan.confirmation() {
        Confirmation::Yes => "yes",
        Confirmation::TypeName(name) => name,
    };
    let mut error = std::io::stderr();
    // When standard error is closed there is nobody to ask, and the answer below is No.
    let _ = write!(error, "Type {wanted} to go on: ");
    let _ = error.flush();
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(Failure::house)?;
    if line.trim() == wanted { Ok(()) } else { Err(Failure::house("nothing was sent: the answer was no")) }
}

/// Says what became of it.
fn ended(run: &Run, set_up: &SetUp) -> Exit {
    if run.phase == Phase::Done {
        let changed = run.steps.iter().any(|step| step.changed);
        tell(if changed { "done" } else { "done: everything was so already, and nothing was changed" });
        if changed {
            for environment in &set_up.environments {
                for next in next_steps(environment) {
                    tell(&format!("next: {next}"));
                }
            }
        }
        return Exit::Done;
    }
    tell(&format!("run {} {}; what is so now:", run.id, run.phase.word()));
    for line in run.now_true() {
        tell(&format!("  {line}"));
    }
    if run.choices().contains(&Choice::Resume) {
        tell(&format!(
            "`amldeck journal resume {} --yes` goes on where it stopped, or apply the file again",
            run.id
        ));
    }
    if run.choices().contains(&Choice::Undo) {
        tell(&format!(
            "`amldeck journal undo {} --yes` takes back what this run made, and nothing else",
            run.id
        ));
    }
    Exit::No
}

/// Tells on standard error how a run gets on, a line for each news.
#[derive(Default)]
struct Teller {
    titles: Vec<String>,
    parts: Vec<Part>,
}

impl Teller {
    fn told(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Recorded { record, .. } => self.recorded(&record.change),
            RunEvent::Progress { parts, .. } => {
                for part in parts {
                    if !self.parts.contains(part) {
                        let why = if part.message.is_empty() {
                            String::new()
                        } else {
                            format!(": {}", part.message)
                        };
                        tell(&format!("     {} {}: {}{why}", part.resource_type, part.name, part.state));
                    }
                }
                if !parts.is_empty() {
                    self.parts.clone_from(parts);
                }
            }
            _ => {}
        }
    }

    fn recorded(&mut self, change: &Change) {
        let title = |step: &usize| {
            let title = self.titles.get(*step).map_or("", String::as_str);
            format!("[{}/{}] {title}", step + 1, self.titles.len())
        };
        match change {
            Change::Begun { run, plan, .. } => {
                self.titles = plan.steps.iter().map(|step| step.title.clone()).collect();
                tell(&format!("run {run}"));
            }
            Change::Step { step } => tell(&title(step)),
            Change::AlreadySo { step, why } => tell(&format!("{}: {why}", title(step))),
            Change::StepFailed { step, trouble } => {
                tell(&format!("{}: failed: {}", title(step), trouble.words));
                if trouble.detail != trouble.words {
                    tell(&format!("     {}", trouble.detail));
                }
            }
            _ => {}
        }
    }
}
