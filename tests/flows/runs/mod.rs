//! Plans over the emulator: run, refused, undone, repeated, and killed at every moment.

use std::panic::AssertUnwindSafe;
use std::path::Path;

use crate::support::emulator;
use amldeck::app::console::Clock;
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::{Control, JournalPlace, Memory, RunError, Runner};
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::azure::directory::PrincipalKind;
use amldeck::azure::resources::role_assignment;
use amldeck::domain::access::Targets;
use amldeck::domain::changes::{
    Activation, Copied, Existing, Grant, Place, Setting, Who, activate, apply, copy, grant, revoke,
};
use amldeck::domain::personas::{self, Persona};
use amldeck::domain::plan::{
    Change, Check, Choice, Expect, Kind, Phase, Plan, Run, RunId, Step, StepState, Undo, Wait, inverse,
};
use amldeck::domain::roles;
use amldeck::emulator::{Fault, Options, Running};
use futures_util::FutureExt;
use serde_json::{Value, json};

mod accepted;
mod access;
mod failing;
mod killed;
mod pim;

const PRODUCTION: &str = "/subscriptions/6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91";
const DEVELOPMENT: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg-fraud-dev";
const WORKSPACES: &str = "providers/Microsoft.MachineLearningServices/workspaces";
/// Whoever is only eligible in the demo estate.
const CONTRIBUTOR: &str = "0d6e5de0-d55e-4145-b0e3-49b5fadff995";
const NOBODY: &str = "df197dba-c690-432f-b693-077e74ae1470";

fn workspace() -> ArmId {
    ArmId::parse(&format!("{DEVELOPMENT}/{WORKSPACES}/mlw-fraud-dev")).unwrap()
}

fn nobody() -> Who {
    Who { id: NOBODY.to_owned(), name: "Nobody".to_owned(), kind: PrincipalKind::User }
}

fn clock() -> Clock {
    Clock::Fixed("2026-11-22T14:03:00Z".parse().unwrap())
}

fn grants() -> Vec<Grant> {
    [roles::READER, roles::DATA_SCIENTIST]
        .map(|role| Grant::standing(nobody(), role, Place::of(&workspace())))
        .to_vec()
}

fn granting() -> Plan {
    grant(Kind::Grant, "Grant", workspace(), &grants(), &Setting::default())
}

/// An emulator, a client and a runner on it.
struct Stage {
    running: Running,
    client: Client,
    runner: Runner,
}

impl Stage {
    async fn open(options: Options, persona: &str, place: &JournalPlace) -> Self {
        let running = emulator::start(options).await;
        let client = emulator::client(&running.url(), persona);
        let runner = Runner::open(client.clone(), place, clock()).await.unwrap();
        Self { running, client, runner }
    }

    async fn of(persona: &str) -> Self {
        Self::open(emulator::options(), persona, &JournalPlace::Memory(Memory::default())).await
    }

    async fn run(&self, plan: Plan) -> Run {
        self.runner.run(plan, None, &Control::default(), &mut |_| {}).await.unwrap()
    }

    async fn undo(&self, run: &Run) -> Run {
        self.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await.unwrap()
    }

    /// The assignments of a principal at and below the development group: role, scope and what else was written.
    async fn has(&self, principal: &str) -> Vec<Value> {
        let owner = emulator::client(&self.running.url(), "owner");
        let scope = ArmId::parse(DEVELOPMENT).unwrap();
        let mut all: Vec<Value> =
            owner.list(&role_assignment::list_of_principal(&scope, principal)).await.unwrap();
        for one in &mut all {
            let properties = one["properties"].as_object_mut().unwrap();
            properties.retain(|name, _| !name.starts_with("created") && !name.starts_with("updated"));
        }
        all.sort_by_key(|one| one["id"].to_string());
        all
    }

    async fn writes(&self) -> usize {
        let entries = self.client.log().entries();
        entries
            .iter()
            .filter(|entry| !matches!(entry.method, Method::Get | Method::Head | Method::Post))
            .count()
    }
}

fn words(run: &Run) -> String {
    run.trouble().map_or_else(String::new, |(_, trouble)| trouble.words.clone())
}

/// The plan of a switch of storage access: two grants, their clock, a long-running PATCH that is guarded and read
/// back, and a last, optional step.
fn switching(storage: &ArmId) -> Plan {
    let mut plan = granting();
    plan.kind = Kind::StorageAccess;
    let mode = |mode: &str| {
        let read = Request::get(&workspace(), "2024-10-01-preview");
        let expect = Expect::equals_or("/properties/systemDatastoresAuthMode", mode, "accesskey");
        Check::new(read, expect, format!("the workspace reaches storage by {mode}"))
    };
    let patch = |mode: &str| {
        Request::arm(Method::Patch, &workspace(), "2024-10-01-preview")
            .body(json!({"properties": {"systemDatastoresAuthMode": mode}}))
    };
    let switch = Step::send("switch", "Switch", "It is switched.", patch("identity"))
        .already(mode("identity"))
        .guard(mode("accesskey"))
        .verify(mode("identity"))
        .undo(Undo::by("Switch back", "It is by key again.", vec![patch("accesskey")]));
    let key = |on: bool| {
        let read = Request::get(storage, "2023-05-01");
        Check::new(
            read,
            Expect::equals_or("/properties/allowSharedKeyAccess", on, true),
            "the key is as it should",
        )
    };
    let flag = |on: bool| {
        Request::arm(Method::Patch, storage, "2023-05-01")
            .body(json!({"properties": {"allowSharedKeyAccess": on}}))
    };
    let off = Step::send("key-off", "Shared key off", "Keys do not work any more.", flag(false))
        .already(key(false))
        .verify(key(false))
        .undo(Undo::by("Shared key on", "Keys work again.", vec![flag(true)]))
        .optional(true);
    plan.steps.extend([switch, off]);
    plan
}

/// What the plan above changes, as it is now.
async fn truth(stage: &Stage, storage: &ArmId) -> (Value, Value, Vec<Value>) {
    let owner = emulator::client(&stage.running.url(), "owner");
    let workspace = owner.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    let storage = owner.value(&Request::get(storage, "2023-05-01")).await.unwrap();
    (
        workspace["properties"]["systemDatastoresAuthMode"].clone(),
        storage["properties"]["allowSharedKeyAccess"].clone(),
        stage.has(NOBODY).await,
    )
}

async fn storage_of(client: &Client) -> ArmId {
    let body = client.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    ArmId::parse(body["properties"]["storageAccount"].as_str().unwrap()).unwrap()
}
