//! A console at the assessment of a workspace, a runner for the plans that it makes, and what they change.

use amldeck::app::console::Clock;
use amldeck::app::overlay::Overlay;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner};
use amldeck::azure::arm::Client;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::Request;
use amldeck::azure::resources::role_assignment;
use amldeck::domain::plan::{Plan, Run};
use amldeck::emulator::Running;
use serde_json::Value;

use crate::support::console::{Desk, now};
use crate::support::emulator;

pub const DEVELOPMENT: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5";
pub const GROUP: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg-fraud-dev";
/// Ingrid Solberg, who reads everything.
pub const READER: &str = "reader";

/// The plain case of the demo estate: keys, no production, everything healthy.
pub fn workspace() -> ArmId {
    ArmId::parse(&format!("{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-fraud-dev"))
        .unwrap()
}

/// Its account.
pub fn account() -> ArmId {
    ArmId::parse(&format!("{GROUP}/providers/Microsoft.Storage/storageAccounts/stfrauddev")).unwrap()
}

/// An emulator, and who looks at it.
pub struct Stage {
    pub running: Running,
    pub client: Client,
    pub runner: Runner,
    place: JournalPlace,
    persona: String,
}

impl Stage {
    pub async fn of(persona: &str) -> Self {
        let running = emulator::start(emulator::options()).await;
        let client = emulator::client(&running.url(), persona);
        let place = JournalPlace::Memory(Memory::default());
        let runner = Runner::open(client.clone(), &place, Clock::Fixed(now())).await.unwrap();
        Self { running, client, runner, place, persona: persona.to_owned() }
    }

    /// A console on a workspace.
    pub async fn desk(&self, workspace: &str) -> Desk {
        let client = emulator::client(&self.running.url(), &self.persona);
        let mut desk = Desk::open(&client, Some(workspace));
        desk.settle().await;
        assert_eq!(desk.selected(), workspace);
        desk
    }

    /// A console on a workspace that knows the runs of the runner, as one that starts later does.
    pub async fn later_desk(&self, workspace: &str) -> Desk {
        let client = emulator::client(&self.running.url(), &self.persona);
        let mut desk = Desk::open_with(&client, Some(workspace), None, self.place.clone());
        desk.settle().await;
        desk
    }

    /// The plan that some keys lead to on a workspace.
    pub async fn plan(&self, workspace: &str, keys: &str) -> Plan {
        let mut desk = self.desk(workspace).await;
        desk.press(keys).await;
        plan(&mut desk)
    }

    pub async fn run(&self, plan: Plan) -> Run {
        self.runner.run(plan, None, &Control::default(), &mut |_| {}).await.unwrap()
    }

    pub async fn resume(&self, run: &Run) -> Run {
        self.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap()
    }

    pub async fn undo(&self, run: &Run) -> Run {
        self.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await.unwrap()
    }

    /// What is written so far: method, the last part of the path, and the body.
    pub fn writes(&self) -> Vec<(String, String, Value)> {
        let is_write = |method: &str| ["PUT", "PATCH", "DELETE"].contains(&method);
        let requests = self.running.requests().into_iter();
        requests
            .filter(|request| is_write(&request.method) || request.url.contains("resyncKeys"))
            .map(|request| {
                let path = request.url.split('?').next().unwrap_or_default();
                let last = path.rsplit('/').next().unwrap_or_default().to_owned();
                (request.method, last, request.body)
            })
            .collect()
    }

    /// What the plans change, as the owner sees it now.
    pub async fn truth(&self) -> Truth {
        let owner = emulator::client(&self.running.url(), "owner");
        truth(&owner, &workspace(), &account()).await
    }
}

/// What a switch changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// In small letters.
    pub mode: String,
    pub shared_key: bool,
    /// Everything of workspace and account but these two, and when somebody touched them.
    pub rest: (Value, Value),
    /// Who has which role on the account itself.
    pub roles: Vec<(String, String)>,
}

pub async fn truth(owner: &Client, workspace: &ArmId, account: &ArmId) -> Truth {
    let mut body = owner.value(&Request::get(workspace, "2024-10-01-preview")).await.unwrap();
    let mut storage = owner.value(&Request::get(account, "2023-05-01")).await.unwrap();
    let take = |body: &mut Value, name: &str| {
        body["properties"].as_object_mut().unwrap().remove(name).unwrap_or_default()
    };
    let mode = take(&mut body, "systemDatastoresAuthMode").as_str().unwrap_or("accesskey").to_lowercase();
    let shared_key = take(&mut storage, "allowSharedKeyAccess").as_bool().unwrap_or(true);
    for document in [&mut body, &mut storage] {
        document.as_object_mut().unwrap().remove("systemData");
        document.as_object_mut().unwrap().remove("etag");
    }
    let listed: Vec<Value> = owner.list(&role_assignment::list_at(account)).await.unwrap();
    let on_account = |one: &&Value| {
        one["properties"]["scope"].as_str().is_some_and(|at| at.eq_ignore_ascii_case(account.as_str()))
    };
    let of = |one: &Value| {
        let text = |name: &str| one["properties"][name].as_str().unwrap().to_owned();
        (text("principalId"), text("roleDefinitionId").rsplit('/').next().unwrap().to_owned())
    };
    let mut roles: Vec<(String, String)> = listed.iter().filter(on_account).map(of).collect();
    roles.sort();
    Truth { mode, shared_key, rest: (body, storage), roles }
}

/// The plan that is looked at.
pub fn plan(desk: &mut Desk) -> Plan {
    let screen = desk.screen();
    match desk.model().overlays.last() {
        Some(Overlay::Review(review)) => review.plan.clone(),
        _ => panic!("no review:\n{screen}"),
    }
}

pub fn ids(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

/// Puts a step in that is left out unless it is chosen.
pub fn with(mut plan: Plan, id: &str) -> Plan {
    plan.steps.iter_mut().find(|step| step.id == id).unwrap().chosen = true;
    plan
}

pub fn words(run: &Run) -> String {
    run.trouble().map_or_else(String::new, |(_, trouble)| trouble.words.clone())
}
