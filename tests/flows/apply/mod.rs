//! Set-ups made over the emulator: what is shown while they run, how they fail and what is offered then,
//! cancelled, purged, cleaned up, and applied twice.

mod beside;
mod cleaned;
mod left;
mod made;
mod nested;
mod refused;
mod stopped;
mod zones;

use crate::support::emulator;
use amldeck::app::console::Clock;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner, preflight};
use amldeck::azure::arm::Client;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::Request;
use amldeck::domain::changes::Production;
use amldeck::domain::plan::{Plan, Run};
use amldeck::domain::setup::finding::Finding;
use amldeck::domain::setup::people::Directory;
use amldeck::domain::setup::plan::{Known, plan};
use amldeck::domain::setup::preflight::Learnt;
use amldeck::domain::setup::resolve::SetUp;
use amldeck::domain::setup::spec::PlanFile;
use amldeck::emulator::{Fault, Options, Running};
use serde_json::Value;

fn clock() -> Clock {
    Clock::Fixed("2026-11-22T14:03:00Z".parse().unwrap())
}

/// An emulator, and a runner on it that never waits.
struct Stage {
    running: Running,
    client: Client,
    runner: Runner,
}

impl Stage {
    async fn of(options: Options) -> Self {
        Self::on(options, &JournalPlace::Memory(Memory::default())).await
    }

    async fn on(options: Options, place: &JournalPlace) -> Self {
        let running = emulator::start(options).await;
        let client = emulator::client(&running.url(), "owner");
        let runner = Runner::open(client.clone(), place, clock()).await.unwrap();
        Self { running, client, runner }
    }

    /// What Azure says of a file beforehand.
    async fn said(&self, text: &str) -> Vec<Finding> {
        let set_up = SetUp::of(&PlanFile::read(text).unwrap(), &Directory::new());
        let learnt = preflight(&self.client, &set_up).await.into_iter();
        learnt
            .filter_map(|one| if let Learnt::Finding(finding) = one { Some(finding) } else { None })
            .collect()
    }

    /// The plan of a file with what Azure says beforehand, which refuses nothing.
    async fn plan(&self, text: &str) -> Plan {
        let mut set_up = SetUp::of(&PlanFile::read(text).unwrap(), &Directory::new());
        let mut known = Known::only_today("2026-11-22".parse().unwrap());
        for learnt in preflight(&self.client, &set_up).await {
            set_up.findings.extend(known.learn(learnt));
        }
        let refusals: Vec<_> = set_up.refusals().collect();
        plan(&set_up, &known, &Production::default()).unwrap_or_else(|| panic!("{refusals:#?}"))
    }

    async fn run(&self, plan: Plan) -> Run {
        self.runner.run(plan, None, &Control::default(), &mut |_| {}).await.unwrap()
    }

    async fn resume(&self, run: &Run, control: &Control) -> Run {
        self.runner.resume(&run.id, control, &mut |_| {}).await.unwrap()
    }

    async fn undo(&self, run: &Run) -> Run {
        self.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await.unwrap()
    }

    /// What changed something since the requests were forgotten last.
    fn writes(&self) -> Vec<String> {
        let is_write = |method: &str| ["PUT", "PATCH", "DELETE"].contains(&method);
        let log = self.running.requests().into_iter();
        log.filter(|one| is_write(&one.method)).map(|one| format!("{} {}", one.method, one.url)).collect()
    }

    async fn is_there(&self, id: &ArmId, version: &str) -> bool {
        self.client.value(&Request::get(id, version)).await.is_ok()
    }

    /// Everything in the resource group of the small plan; nothing where the group is not there.
    async fn in_group(&self) -> Vec<String> {
        let request = Request::get(&group().join("resources"), "2024-07-01");
        let all = self.client.list::<Value>(&request).await.unwrap_or_default();
        let kinds = all.iter().map(|one| one["type"].as_str().unwrap().to_owned());
        // What Application Insights makes by itself goes with the group, and not before.
        let by_itself =
            ["microsoft.insights/actiongroups", "microsoft.alertsmanagement/smartDetectorAlertRules"];
        kinds.filter(|kind| !by_itself.contains(&kind.as_str())).collect()
    }
}

/// The resource group of the small plan.
fn group() -> ArmId {
    ArmId::group("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "rg-tiny")
}

fn workspace() -> ArmId {
    group().join("providers/Microsoft.MachineLearningServices/workspaces/mlw-tiny")
}

fn words(run: &Run) -> String {
    run.trouble().map_or_else(String::new, |(_, trouble)| trouble.words.clone())
}

fn fault(method: &str, path: &str, status: u16, body: Value) -> Fault {
    let method = Some(method.to_owned());
    Fault {
        method,
        path: path.to_owned(),
        status: Some(status),
        body: Some(body),
        times: Some(1),
        ..Fault::default()
    }
}

/// Whether a request cancels a deployment.
fn cancels(running: &Running) -> usize {
    running.requests().iter().filter(|one| one.method == "POST" && one.url.contains("/cancel?")).count()
}
