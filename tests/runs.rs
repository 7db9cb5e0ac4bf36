//! Plans over the emulator: run, refused, undone, repeated, and killed at every moment.

// Helpers may unwrap and print like the tests they serve.
#![cfg(test)]

mod binary;
#[cfg(unix)]
mod kill_line;
mod support {
    pub mod emulator;
}

use std::panic::AssertUnwindSafe;
use std::path::Path;

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
    Change, Check, Choice, Expect, Kind, Phase, Plan, Run, RunId, Step, StepState, Undo, Wait,
};
use amldeck::domain::roles;
use amldeck::emulator::{Fault, Options, Running};
use futures_util::FutureExt;
use serde_json::{Value, json};
use support::emulator;

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

#[tokio::test]
async fn a_grant_is_given_once_and_taken_back_whole() {
    let stage = Stage::of("owner").await;
    let before = stage.has(NOBODY).await;
    let run = stage.run(granting()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await.len(), before.len() + 2);
    let writes = stage.writes().await;

    let again = stage.run(granting()).await;
    assert_eq!(again.phase, Phase::Done);
    assert!(
        again.steps.iter().all(|step| matches!(step.state, StepState::AlreadySo(_))),
        "{:#?}",
        again.steps
    );
    assert_eq!(stage.writes().await, writes, "a repeat changes nothing");

    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, undone.undoes.as_ref()), (Phase::Done, Some(&run.id)));
    assert_eq!(stage.has(NOBODY).await, before);
    let nothing = stage.runner.undo(&again.id, &[], &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(nothing.to_string().contains("nothing to undo"), "{nothing}");
}

#[tokio::test]
async fn what_was_there_under_another_name_is_so_already_and_not_taken_back() {
    let stage = Stage::of("owner").await;
    let scope = workspace();
    let own = role_assignment::id(&scope, "0f0e0d0c-0000-4000-8000-000000000001");
    let grant = &grants()[0];
    let mut other = role_assignment::put(&grant.id(), &role_assignment::RoleAssignmentProperties::default());
    other.path = own.as_str().to_owned();
    other.body = granting().steps[0].requests[0].body.clone();
    stage.client.send(&other).await.unwrap();
    let run = stage.run(granting()).await;
    assert!(matches!(run.steps[0].state, StepState::AlreadySo(_)), "{:?}", run.steps[0].state);
    stage.undo(&run).await;
    let left = stage.has(NOBODY).await;
    assert!(left.iter().any(|one| one["name"] == "0f0e0d0c-0000-4000-8000-000000000001"), "{left:?}");
}

#[tokio::test]
async fn a_reader_is_refused_with_words_and_the_rest_does_not_run() {
    let stage = Stage::of("reader").await;
    let run = stage.run(granting()).await;
    let (at, trouble) = run.trouble().unwrap();
    assert_eq!((run.phase, at), (Phase::Failed, 0));
    assert!(trouble.words.contains("roleAssignments/write on mlw-fraud-dev"), "{}", trouble.words);
    assert!(trouble.words.contains("Owner"), "{}", trouble.words);
    assert!(matches!(run.steps[1].state, StepState::Pending));
    assert!(!run.is_unfinished(), "nothing was changed, so nothing waits to be decided");
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_read_only_console_cannot_write_and_begins_no_journal() {
    let running = emulator::start(emulator::options()).await;
    let options = ClientOptions { read_only: true, ..emulator::client_options(&running.url(), "owner") };
    let place = JournalPlace::Memory(Memory::default());
    let runner = Runner::open(Client::new(options), &place, clock()).await.unwrap();
    let error = runner.run(granting(), None, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, RunError::ReadOnly), "{error}");
    assert!(runner.journal().list().unwrap().0.is_empty());
}

#[tokio::test]
async fn a_revoked_role_comes_back_with_its_name_condition_and_description() {
    let stage = Stage::of("owner").await;
    let scope = workspace();
    let mut conditional = grants().remove(0);
    conditional.role = roles::BLOB_READER.into();
    conditional.condition = Some(
        "((!(ActionMatches{'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read'})))"
            .to_owned(),
    );
    conditional.description = Some("for the audit".to_owned());
    let plan = grant(Kind::Grant, "t", scope.clone(), &[conditional], &Setting::default());
    assert_eq!(stage.run(plan).await.phase, Phase::Done);
    let before = stage.has(NOBODY).await;
    let existing = before.iter().map(|one| Existing {
        assignment: serde_json::from_value(one.clone()).unwrap(),
        who: nobody(),
        role: "Storage Blob Data Reader".to_owned(),
        place: "mlw-fraud-dev".to_owned(),
        pim: None,
        requests: Default::default(),
    });
    let plan = revoke(scope, &existing.collect::<Vec<_>>(), &Setting::default());
    let run = stage.run(plan.clone()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, before);
    // And the undo can be undone.
    let again = stage.undo(&undone).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
    let repeated = stage.run(plan).await;
    assert!(repeated.steps.iter().all(|step| matches!(step.state, StepState::AlreadySo(_))));
}

#[tokio::test]
async fn an_assignment_that_somebody_changed_meanwhile_stops_the_run() {
    let stage = Stage::of("owner").await;
    stage.run(granting()).await;
    let one = stage.has(NOBODY).await.remove(0);
    let existing = Existing {
        assignment: serde_json::from_value(one.clone()).unwrap(),
        who: nobody(),
        role: "Reader".to_owned(),
        place: "mlw-fraud-dev".to_owned(),
        pim: None,
        requests: Default::default(),
    };
    let plan = revoke(workspace(), &[existing], &Setting::default());
    // Somebody else narrows it before the plan runs.
    let id = ArmId::parse(one["id"].as_str().unwrap()).unwrap();
    let mut changed: role_assignment::RoleAssignment = serde_json::from_value(one).unwrap();
    changed.properties.condition = Some("((!(ActionMatches{'x/y/read'})))".to_owned());
    stage.client.send(&role_assignment::put(&id, &changed.properties)).await.unwrap();
    let run = stage.run(plan).await;
    assert_eq!(run.phase, Phase::Failed);
    assert!(words(&run).contains("changed meanwhile by somebody else"), "{}", words(&run));
    assert_eq!(stage.has(NOBODY).await.len(), 2);
}

#[tokio::test]
async fn one_persons_access_is_copied_to_another() {
    let stage = Stage::of("owner").await;
    let has = stage.has("f20f9a72-6dfa-475a-a095-bfc99082805a").await;
    let copied: Vec<Copied> = has
        .iter()
        .map(|one| Copied {
            assignment: serde_json::from_value(one.clone()).unwrap(),
            role: "role".to_owned(),
            place: "place".to_owned(),
        })
        .collect();
    assert!(!copied.is_empty());
    let from = Who {
        id: "f20f9a72-6dfa-475a-a095-bfc99082805a".into(),
        name: "A".into(),
        kind: PrincipalKind::User,
    };
    let run = stage.run(copy(workspace(), &from, &nobody(), &copied, &[], &Setting::default())).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let roles = |all: &[Value]| {
        let pair = |one: &Value| {
            (one["properties"]["scope"].to_string(), one["properties"]["roleDefinitionId"].to_string())
        };
        let mut all: Vec<_> = all.iter().map(pair).collect();
        all.sort();
        all
    };
    assert_eq!(roles(&stage.has(NOBODY).await), roles(&has));
}

#[tokio::test]
async fn a_persona_gets_its_roles_on_the_workspace_and_its_storage() {
    let stage = Stage::of("owner").await;
    let body = stage.client.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    let storage = ArmId::parse(body["properties"]["storageAccount"].as_str().unwrap()).unwrap();
    let targets = Targets { storage: Some(storage), ..Targets::new(workspace()) };
    let mut count = 0;
    let mut name = || {
        count += 1;
        format!("e2000000-0000-4000-8000-{count:012}")
    };
    let persona = Persona::named("data-scientist").unwrap();
    let plan =
        apply(persona, personas::Stage::Development, &nobody(), &targets, &mut name, &Setting::default());
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await.len(), 3);
    let support = Persona::named("platform-support").unwrap();
    let plan =
        apply(support, personas::Stage::Development, &nobody(), &targets, &mut name, &Setting::default());
    let run = stage.run(plan.clone()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(stage.run(plan).await.steps.iter().all(|step| matches!(step.state, StepState::AlreadySo(_))));
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn a_role_given_with_an_end_goes_through_pim_and_back() {
    let stage = Stage::of("owner").await;
    let mut timed = grants().remove(0);
    timed.end = Some("2026-12-01T00:00:00Z".parse().unwrap());
    timed.requests =
        ["e2000000-0000-4000-8000-000000000001", "e2000000-0000-4000-8000-000000000002"].map(str::to_owned);
    let plan = grant(Kind::Grant, "t", workspace(), &[timed], &Setting::default());
    let run = stage.run(plan.clone()).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await.len(), 1);
    let again = stage.run(plan).await;
    assert!(matches!(again.steps[0].state, StepState::AlreadySo(_)));
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.has(NOBODY).await, Vec::<Value>::new());
}

fn activation(duration: &str) -> Activation {
    let subscription = ArmId::parse(PRODUCTION).unwrap();
    Activation {
        me: CONTRIBUTOR.to_owned(),
        role: roles::OWNER.into(),
        place: Place { id: subscription, name: "Contoso Production".to_owned() },
        eligibility: None,
        duration: duration.to_owned(),
        justification: "incident 12".to_owned(),
        ticket: None,
        approval: true,
        requests: ["e2000000-0000-4000-8000-000000000003", "e2000000-0000-4000-8000-000000000004"]
            .map(str::to_owned),
    }
}

/// What an approver does, who is somebody else.
async fn approve(stage: &Stage, asked: &Run) {
    let owner = emulator::client(&stage.running.url(), "owner");
    let path = &asked.plan.steps[0].requests[0].path;
    let request = owner.value(&Request::arm_path(Method::Get, path, "2020-10-01")).await.unwrap();
    let approval = request["properties"]["approvalId"].as_str().unwrap();
    let version = "2021-01-01-preview";
    let stages = owner.value(&Request::arm_path(Method::Get, approval, version)).await.unwrap();
    let stage = stages["properties"]["stages"][0]["id"].as_str().unwrap();
    let review = json!({"properties": {"reviewResult": "Approve", "justification": "the incident is real"}});
    owner.send(&Request::arm_path(Method::Patch, stage, version).body(review)).await.unwrap();
}

/// Asks for an eligible role, which waits for its approval, and goes on once it has it.
async fn activated(stage: &Stage) -> Run {
    let production = Setting { me: Some(CONTRIBUTOR.to_owned()), production: true };
    let control = Control::default();
    let orders = control.clone();
    let mut told = String::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Progress { status: Some(status), .. } = event {
            told = status;
            orders.stop(false);
        }
    };
    let plan = activate(&activation("PT4H"), &production);
    let asked = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((asked.phase, told.as_str()), (Phase::Stopped, "it waits for somebody to approve it"));
    approve(stage, &asked).await;
    let run = stage.runner.resume(&asked.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    run
}

/// Whether the contributor is owner of production now.
async fn is_owner(stage: &Stage) -> bool {
    let owner = emulator::client(&stage.running.url(), "owner");
    let scope = ArmId::parse(PRODUCTION).unwrap();
    let all: Vec<Value> = owner.list(&role_assignment::list_of_principal(&scope, CONTRIBUTOR)).await.unwrap();
    let is_owner =
        |one: &Value| one["properties"]["roleDefinitionId"].as_str().unwrap().ends_with(roles::OWNER.guid);
    all.iter().any(is_owner)
}

#[tokio::test]
async fn an_eligible_role_waits_for_its_approval_and_is_activated() {
    let stage = Stage::of("contributor").await;
    let production = Setting { me: Some(CONTRIBUTOR.to_owned()), production: true };
    let refused = stage.run(activate(&activation("PT9H"), &production)).await;
    assert!(words(&refused).contains("policy of this role wants a shorter duration"), "{}", words(&refused));
    assert!(!is_owner(&stage).await);
    let run = activated(&stage).await;
    assert!(is_owner(&stage).await);
    let again = stage.run(activate(&activation("PT4H"), &production)).await;
    assert!(matches!(again.steps[0].state, StepState::AlreadySo(_)), "{:?}", again.steps[0].state);
    // The clock of this emulator stands still, and a role stays active for some minutes at least.
    let undone = stage.undo(&run).await;
    assert!(words(&undone).contains("stays active for five minutes"), "{}", words(&undone));
    assert!(is_owner(&stage).await);
}

#[tokio::test]
async fn an_activation_is_undone_once_the_role_was_active_for_five_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let journal = JournalPlace::Memory(Memory::default());
    let at = |time: &str| Options {
        // A second is a second: the five minutes are real ones of these clocks.
        speed: 1.0,
        state: Some(folder.path().join("state.json")),
        clock: amldeck::emulator::Clock::Fixed(time.parse().unwrap()),
        ..emulator::options()
    };
    let first = Stage::open(at("2026-11-22T14:03:00Z"), "contributor", &journal).await;
    let run = activated(&first).await;
    let early = first.undo(&run).await;
    assert!(words(&early).contains("try again then"), "{}", words(&early));
    first.running.stop().await;

    let later = Stage::open(at("2026-11-22T14:08:00Z"), "contributor", &journal).await;
    assert!(is_owner(&later).await, "it is still active");
    // What failed before the five minutes were over is taken up where it stopped.
    let undone = later.runner.resume(&early.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(!is_owner(&later).await);
    later.running.stop().await;
}

#[tokio::test]
async fn an_activation_that_nobody_approved_is_withdrawn() {
    let stage = Stage::of("contributor").await;
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if matches!(event, RunEvent::Progress { status: Some(_), .. }) {
            orders.stop(false);
        }
    };
    let plan = activate(&activation("PT4H"), &Setting::default());
    let asked = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((asked.phase, asked.steps[0].word()), (Phase::Stopped, "sent"));
    assert!(asked.now_true()[0].starts_with("Sent, and not waited for until"), "{:?}", asked.now_true());
    let undone = stage.undo(&asked).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(undone.plan.steps[0].title, "Withdraw the request for Owner on Contoso Production");
    // The way is free for another request.
    let mut again = activation("PT4H");
    again.requests[0] = "e2000000-0000-4000-8000-000000000009".to_owned();
    let control = Control::default();
    let orders = control.clone();
    let mut emit = |event: RunEvent| {
        if matches!(event, RunEvent::Progress { status: Some(_), .. }) {
            orders.stop(false);
        }
    };
    let plan = activate(&again, &Setting::default());
    let asked = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    approve(&stage, &asked).await;
    let late = stage.undo(&asked).await;
    assert!(
        words(&late).contains("still waits to be decided, but status is Provisioned"),
        "{}",
        words(&late)
    );
}

#[tokio::test]
async fn what_a_lock_keeps_pim_from_taking_is_not_called_done() {
    let stage = Stage::of("owner").await;
    let workspace =
        ArmId::parse(&format!("{PRODUCTION}/resourceGroups/rg-fraud-prod/{WORKSPACES}/mlw-fraud-prod"))
            .unwrap();
    let timed = Grant {
        end: Some("2026-12-01T00:00:00.123456789Z".parse().unwrap()),
        requests: ["e2000000-0000-4000-8000-000000000005", "e2000000-0000-4000-8000-000000000006"]
            .map(str::to_owned),
        ..Grant::standing(nobody(), roles::READER, Place::of(&workspace))
    };
    let run = stage.run(grant(Kind::Grant, "t", workspace, &[timed], &Setting::default())).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert_eq!(run.plan.steps[0].effect, "Nobody has Reader on mlw-fraud-prod until 2026-12-01 00:00 UTC.");
    let undone = stage.undo(&run).await;
    assert_eq!(undone.phase, Phase::Failed);
    assert!(words(&undone).contains("a lock on the scope or above it"), "{}", words(&undone));
    assert!(undone.now_true()[0].starts_with("Sent and taken by Azure"), "{:?}", undone.now_true());
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

/// What a kill is here: unwinding without a word, right after a line of the journal was written.
struct Killed;

/// Runs until so many records are written and then dies; gives the run's name, or the run when it ended before.
async fn run_and_die(runner: &Runner, plan: Plan, records: usize) -> Result<Run, Option<RunId>> {
    let mut written = 0;
    let mut name = None;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { run, .. } = event {
            name = Some(run);
            written += 1;
            if written == records {
                std::panic::resume_unwind(Box::new(Killed));
            }
        }
    };
    let run = AssertUnwindSafe(runner.run(plan, None, &control, &mut emit)).catch_unwind().await;
    match run {
        Ok(run) => Ok(run.unwrap()),
        Err(_) => Err(name),
    }
}

/// Takes the last line from the journal: what was killed after the answer came and before it was written down.
fn forget_last_line(folder: &Path) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let whole = text.trim_end().rfind('\n').map_or(0, |at| at + 1);
                // And a torn piece of the line stays.
                std::fs::write(&path, &text[..(whole + 7).min(text.len())]).unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_run_killed_after_any_line_of_its_journal_is_resumed_to_the_same_end() {
    let stage = Stage::of("owner").await;
    let storage = storage_of(&stage.client).await;
    let before = truth(&stage, &storage).await;
    let whole = stage.run(switching(&storage)).await;
    assert_eq!((whole.phase, words(&whole)), (Phase::Done, String::new()));
    let after = truth(&stage, &storage).await;
    assert_ne!(before, after);

    let mut ended = false;
    let mut kills = 0;
    for records in 1..60 {
        for lost in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let place = JournalPlace::Folder(folder.path().to_owned());
            let stage = Stage::open(emulator::options(), "owner", &place).await;
            let name = match run_and_die(&stage.runner, switching(&storage), records).await {
                Ok(_) => {
                    ended = true;
                    break;
                }
                Err(name) => name.unwrap(),
            };
            kills += 1;
            if lost {
                forget_last_line(folder.path());
            }
            let (left, _) = stage.runner.journal().list().unwrap();
            if records == 1 && lost {
                // A run whose very plan is torn has sent nothing.
                assert!(left.is_empty());
                continue;
            }
            assert_eq!(left[0].run.id, name);
            if left[0].run.phase == Phase::Done {
                continue;
            }
            assert!(left[0].run.choices().contains(&Choice::Resume));
            let resumed = stage.runner.resume(&name, &Control::default(), &mut |_| {}).await.unwrap();
            let at = format!("killed after {records} records, the last one lost: {lost}");
            assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()), "{at}");
            assert_eq!(truth(&stage, &storage).await, after, "{at}");
            let undone = stage.undo(&resumed).await;
            assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()), "{at}");
            let now = truth(&stage, &storage).await;
            assert_eq!(now.2, before.2, "{at}");
            assert_eq!(now.0.as_str().map(str::to_lowercase).as_deref(), Some("accesskey"), "{at}");
        }
        if ended {
            break;
        }
    }
    assert!(ended && kills > 30, "{kills} kills");
}

#[tokio::test]
async fn a_killed_run_is_undone_instead() {
    let stage = Stage::of("owner").await;
    let storage = storage_of(&stage.client).await;
    let before = truth(&stage, &storage).await;
    for records in 2..40 {
        let name = match run_and_die(&stage.runner, switching(&storage), records).await {
            Ok(run) => run.id,
            Err(name) => name.unwrap(),
        };
        let left = stage.runner.journal().find(&name.0).unwrap().run;
        if left.undoable().is_empty() {
            continue;
        }
        let undone = stage.undo(&left).await;
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()), "after {records}");
        let now = truth(&stage, &storage).await;
        assert_eq!(now.2, before.2, "after {records}");
        assert_eq!(now.0.as_str().map(str::to_lowercase).as_deref(), Some("accesskey"), "after {records}");
        assert!(!stage.runner.journal().find(&name.0).unwrap().run.is_unfinished());
    }
}

#[tokio::test]
async fn a_failed_step_says_what_is_true_and_is_resumed_when_it_is_mended() {
    let stage = Stage::of("owner").await;
    let storage = storage_of(&stage.client).await;
    let options = Options {
        faults: vec![Fault {
            method: Some("PATCH".to_owned()),
            path: "*workspaces*".to_owned(),
            status: Some(403),
            body: Some(json!({"error": {"code": "ScopeLocked", "message": "The scope is locked."}})),
            times: Some(1),
            ..Fault::default()
        }],
        ..emulator::options()
    };
    let stage = Stage::open(options, "owner", &JournalPlace::Memory(Memory::default())).await;
    let run = stage.run(switching(&storage)).await;
    assert_eq!(run.phase, Phase::Failed);
    assert!(words(&run).contains("lock stands in the way"), "{}", words(&run));
    let now = run.now_true();
    assert!(now[0].starts_with("Done: Nobody has Reader"), "{now:#?}");
    assert_eq!(now[3], "Not done, it failed: Switch");
    assert_eq!(now[4], "Not done: Shared key off");
    assert!(run.is_unfinished());
    assert_eq!(run.choices(), [Choice::Resume, Choice::Undo, Choice::Keep]);
    let resumed = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let kept = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(kept, RunError::Over(_)));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_found_out_by_reading() {
    let stage = Stage::of("owner").await;
    let storage = storage_of(&stage.client).await;
    let options = Options {
        faults: vec![Fault {
            method: Some("PATCH".to_owned()),
            path: "*storageAccounts*".to_owned(),
            status: Some(500),
            times: Some(1),
            ..Fault::default()
        }],
        ..emulator::options()
    };
    let stage = Stage::open(options, "owner", &JournalPlace::Memory(Memory::default())).await;
    let run = stage.run(switching(&storage)).await;
    assert_eq!(run.phase, Phase::Failed);
    let (_, trouble) = run.trouble().unwrap();
    assert!(trouble.passing && !trouble.unknown, "reading told that nothing was done: {trouble:?}");
    let resumed = stage.runner.resume(&run.id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn a_stop_comes_before_the_next_request_and_a_clock_can_be_cut_short() {
    let mut plan = granting();
    let endless = Wait {
        reason: "the end of days".to_owned(),
        typical: 86_400,
        at_most: 86_400,
        until: Some(Check::new(
            Request::get(&workspace(), "2024-10-01-preview"),
            Expect::Absent,
            "it is gone",
        )),
        after: Vec::new(),
    };
    plan.steps[0].wait = Some(endless);
    let running = emulator::start(emulator::options()).await;
    // At the speed of Azure: this clock would never run out.
    let options = ClientOptions {
        pace: amldeck::azure::arm::retry::Pace::default(),
        ..emulator::client_options(&running.url(), "owner")
    };
    let place = JournalPlace::Memory(Memory::default());
    let runner = Runner::open(Client::new(options), &place, clock()).await.unwrap();
    plan.steps.truncate(2);
    let control = Control::default();
    let orders = control.clone();
    let mut stop = |event: RunEvent| {
        if matches!(&event, RunEvent::Recorded { record, .. } if matches!(record.change, Change::Waiting { .. }))
        {
            orders.stop(false);
        }
    };
    let stopped = runner.run(plan, None, &control, &mut stop).await.unwrap();
    assert_eq!(stopped.phase, Phase::Stopped);
    assert!(matches!(stopped.steps[1].state, StepState::Pending));
    let control = Control::default();
    let orders = control.clone();
    let mut cut = |event: RunEvent| {
        if matches!(&event, RunEvent::Recorded { record, .. } if matches!(record.change, Change::Waiting { .. }))
        {
            orders.cut_wait(0);
        }
    };
    let done = runner.resume(&stopped.id, &control, &mut cut).await.unwrap();
    assert_eq!((done.phase, words(&done)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn two_consoles_do_not_carry_on_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let stage = Stage::open(emulator::options(), "owner", &place).await;
    let other = Runner::open(stage.client.clone(), &place, clock()).await.unwrap();
    let mut seen = None;
    let mut emit = |event: RunEvent| {
        if let RunEvent::Recorded { run, record } = event
            && matches!(record.change, Change::Sending { .. })
        {
            seen = Some((other.journal().find(&run.0).unwrap().held, other.journal().take_up(&run).is_err()));
        }
    };
    stage.runner.run(granting(), None, &Control::default(), &mut emit).await.unwrap();
    assert_eq!(seen, Some((true, true)));
}

/// The binary's own journal, as this process sees it.
async fn runner_at(emulator: &binary::Emulator) -> Runner {
    let state = emulator.home.path().join(".local/state/amldeck");
    let client = emulator::client(&emulator.url, "owner");
    Runner::open(client, &JournalPlace::Folder(state), clock()).await.unwrap()
}

async fn assignments_of_nobody(url: &str) -> usize {
    let scope = ArmId::parse(DEVELOPMENT).unwrap();
    let request = role_assignment::list_of_principal(&scope, NOBODY);
    emulator::client(url, "owner").list::<Value>(&request).await.unwrap().len()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_binary_killed_in_the_middle_of_a_request_is_gone_on_with() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("slow.toml");
    std::fs::write(&slow, "[[fault]]\nmethod = 'DELETE'\npath = '*'\ndelay_ms = 1500\ntimes = 1\n").unwrap();
    let flags = ["--speed", "100000", "--no-retry-after", "--faults", slow.to_str().unwrap()];
    let mut emulator = binary::Emulator::start(&flags);
    let runner = runner_at(&emulator).await;
    let run = runner.run(granting(), None, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((run.phase, assignments_of_nobody(&emulator.url).await), (Phase::Done, 2));

    let shown = emulator.run("owner", &["journal", "undo", &run.id.0]);
    assert_eq!(shown.code, Some(1), "{shown:?}");
    assert!(shown.out.contains("DELETE /subscriptions/") && shown.err.contains("--yes"), "{shown:?}");

    let mut command = emulator.command("owner", &["journal", "undo", &run.id.0, "--yes"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let sending = lines.map(Result::unwrap).find(|line| line.ends_with(": sending"));
    assert!(sending.is_some());
    // SIGKILL, while the request is under way.
    child.kill().unwrap();
    child.wait().unwrap();

    // Both begin in the same second of a clock that stands still.
    let listed = |undo: bool| {
        let list = emulator.run("owner", &["journal", "list", "-o", "json"]).json();
        let mut runs = list.as_array().unwrap().iter();
        runs.find(|one| one["undoes"].is_string() == undo).unwrap().clone()
    };
    let left = listed(true);
    assert_eq!(
        (&left["unfinished"], &left["held"], &left["undoes"]),
        (&json!(true), &json!(false), &json!(run.id.0))
    );
    let cut_off = left["run"].as_str().unwrap();
    assert_eq!(emulator.run("owner", &["journal", "show", cut_off]).code, Some(1));
    let resumed = emulator.run("owner", &["journal", "resume", cut_off, "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(assignments_of_nobody(&emulator.url).await, 0);
    let list = emulator.run("owner", &["journal", "-o", "json"]);
    assert_eq!(list.code, Some(2), "the form belongs to the list: {list:?}");
    assert_eq!((&listed(true)["phase"], &listed(false)["undone"]), (&json!("done"), &json!(true)));
    assert_eq!(emulator.run("owner", &["journal", "resume", cut_off, "--yes"]).code, Some(2));
    assert_eq!(emulator.run("owner", &["--read-only", "journal", "undo", &run.id.0, "--yes"]).code, Some(2));
    let other = emulator.run("reader", &["journal", "list", "-o", "json"]).json();
    assert_eq!(other, json!([]), "every account has a journal of its own");
    emulator.child.kill().unwrap();
    assert_eq!(emulator.rest(), "");
}
