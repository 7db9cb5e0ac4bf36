//! Set-ups made over the emulator: what is shown while they run, how they fail and what is offered then,
//! cancelled, purged, cleaned up, and applied twice.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use crate::plan_files::{DEV_PROD, FILES, ONE};
use crate::support::emulator;
use amldeck::app::console::Clock;
use amldeck::app::runs::RunEvent;
use amldeck::app::runtime::{Control, JournalPlace, Memory, Runner, preflight};
use amldeck::azure::arm::Client;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::retry::Pace;
use amldeck::domain::changes::Production;
use amldeck::domain::changes::purge;
use amldeck::domain::plan::{
    Change, Choice, Confirmation, Fill, Phase, Plan, Run, StepState, Watch, Weight, inverse,
};
use amldeck::domain::setup::finding::{Finding, Level};
use amldeck::domain::setup::people::Directory;
use amldeck::domain::setup::plan::{Known, plan};
use amldeck::domain::setup::preflight::Learnt;
use amldeck::domain::setup::resolve::SetUp;
use amldeck::domain::setup::spec::PlanFile;
use amldeck::emulator::{Fault, Options, Running};
use futures_util::FutureExt;
use serde_json::{Value, json};

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
        all.iter().map(|one| one["type"].as_str().unwrap().to_owned()).collect()
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

#[tokio::test]
async fn every_example_is_made_and_a_second_time_nothing_is_changed() {
    for (name, text) in FILES {
        let stage = Stage::of(emulator::options()).await;
        let plan = stage.plan(text).await;
        let run = stage.run(plan).await;
        assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()), "{name}: {:#?}", run.now_true());
        assert!(run.steps.iter().any(|step| !step.parts.is_empty()), "{name}");
        stage.running.forget_requests();
        let again = stage.plan(text).await;
        let again = stage.run(again).await;
        assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()), "{name}");
        assert_eq!(stage.writes(), Vec::<String>::new(), "{name}");
        assert!(again.steps.iter().all(|step| !step.changed), "{name}");
        stage.running.stop().await;
    }
}

#[tokio::test]
async fn what_was_taken_away_since_is_made_again() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let delete =
        Request::arm(Method::Delete, &workspace(), "2024-10-01-preview").query("forceToPurge", "true");
    stage.client.run(&delete, |_| {}).await.unwrap();
    let again = stage.run(stage.plan(ONE).await).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
}

#[tokio::test]
async fn the_identity_that_the_deployment_makes_gets_its_role_elsewhere() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(DEV_PROD).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let step = run.plan.steps.iter().find(|step| !step.fills.is_empty()).unwrap();
    let fill: &Fill = &step.fills[0];
    let there = stage.client.value(&fill.read).await.unwrap();
    let wanted = there["identity"]["principalId"].as_str().unwrap();
    let sent = step.requests[0].body.clone().unwrap();
    assert_eq!(sent["properties"]["principalId"], wanted, "the journal has what was sent");
    let read = Request::arm_path(Method::Get, &step.requests[0].path, "2022-04-01");
    let assignment = stage.client.value(&read).await.unwrap();
    assert_eq!(assignment["properties"]["principalId"], wanted);
    let replayed = stage.runner.journal().find(&run.id.0).unwrap().run;
    assert_eq!(replayed.plan, run.plan);
}

#[tokio::test]
async fn a_deleted_workspace_that_holds_the_name_is_purged_by_a_plan_of_its_own() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let delete = Request::arm(Method::Delete, &workspace(), "2024-10-01-preview");
    stage.client.run(&delete, |_| {}).await.unwrap();
    // Other names than those that are there: the workspace alone is in the way.
    let text = format!("{ONE}\n[dependents]\nstorage = 'stanothertiny'\nkey_vault = 'kv-another-tiny'\n");
    let failed = stage.run(stage.plan(&text).await).await;
    assert_eq!(failed.phase, Phase::Failed);
    let said = words(&failed);
    assert!(said.starts_with("mlw-tiny (Microsoft.MachineLearningServices/workspaces) failed."), "{said}");
    assert!(
        said.contains("deleted workspace still holds this name") && said.contains("choose another name"),
        "{said}"
    );
    assert!(said.contains("Soft-deleted workspace exists"), "in Azure's own words: {said}");
    let now = failed.now_true();
    for there in
        ["stanothertiny (Microsoft.Storage/storageAccounts)", "kv-another-tiny (Microsoft.KeyVault/vaults)"]
    {
        assert!(now.contains(&format!("There now, made by this run: {there}")), "{now:#?}");
    }
    assert!(
        !now.iter().any(|line| line.contains("log-mlw-tiny") && line.contains("made by this run")),
        "{now:#?}"
    );
    assert!(failed.choices().contains(&Choice::Purge));
    let held = failed.held_by_deleted().unwrap();
    assert_eq!(held, workspace());
    let purged = stage.run(purge(&held, false)).await;
    assert_eq!((purged.phase, words(&purged)), (Phase::Done, String::new()));
    let resumed = stage.resume(&failed, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
    // A purge of a workspace that is there again does nothing to it.
    let spared = stage.run(purge(&held, false)).await;
    assert_eq!(spared.phase, Phase::Failed);
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
}

/// It can still be recovered: to clean up after the run that it was in the way of is no reason to purge it.
#[tokio::test]
async fn a_clean_up_spares_the_deleted_workspace_whose_name_was_in_the_way() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let delete = Request::arm(Method::Delete, &workspace(), "2024-10-01-preview");
    stage.client.run(&delete, |_| {}).await.unwrap();
    let failed = stage.run(stage.plan(ONE).await).await;
    let now = failed.now_true();
    assert!(now.contains(&"There now, made by this run: nothing".to_owned()), "{now:#?}");
    let before = now.iter().find(|line| line.starts_with("There before, and no part of cleaning up: "));
    assert!(
        before.is_some_and(|line| line.contains("stmlwtiny") && line.contains("kv-mlw-tiny")),
        "{now:#?}"
    );
    // Also where nobody knows what the deployment left: what is not there is neither deleted nor purged.
    let mut blind = failed.clone();
    let deploy = blind.plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    blind.steps[deploy].remains = None;
    let blind = inverse(&blind, &[]).unwrap();
    let delete = |one: &Request| one.method == Method::Delete && one.path.ends_with("/workspaces/mlw-tiny");
    assert!(blind.steps.iter().flat_map(|step| &step.requests).any(delete));
    stage.running.forget_requests();
    let ran = stage.run(blind).await;
    assert_eq!((ran.phase, words(&ran)), (Phase::Done, String::new()));
    let undone = stage.undo(&failed).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    let sent = stage.writes();
    assert!(!sent.iter().any(|line| line.contains("/workspaces/mlw-tiny?")), "{sent:#?}");
    let again = stage.run(stage.plan(ONE).await).await;
    assert!(words(&again).contains("deleted workspace still holds this name"), "{}", words(&again));
}

#[tokio::test]
async fn a_clean_up_deletes_what_the_run_made_and_nothing_else() {
    let stage = Stage::of(emulator::options()).await;
    let others = group().join("providers/Microsoft.Storage/storageAccounts/stsomebodyelses");
    let put = |id: &ArmId, version: &str, body: Value| Request::arm(Method::Put, id, version).body(body);
    stage.client.run(&put(&group(), "2024-07-01", json!({"location": "uksouth"})), |_| {}).await.unwrap();
    let account = json!({"location": "uksouth", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}});
    stage.client.run(&put(&others, "2023-05-01", account), |_| {}).await.unwrap();
    let mut plan = stage.plan(ONE).await;
    // It fails behind the deployment.
    let deploy = plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    let missing =
        Request::get(&group().join("providers/Microsoft.Storage/storageAccounts/nothere"), "2023-05-01");
    plan.steps[deploy + 1].verify.as_mut().unwrap().read = missing;
    let run = stage.run(plan).await;
    assert_eq!((run.phase, stage.in_group().await.len()), (Phase::Failed, 6));
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.in_group().await, ["Microsoft.Storage/storageAccounts"]);
    assert!(stage.is_there(&others, "2023-05-01").await);
    // Names are free again, the vault's too.
    let again = stage.run(stage.plan(ONE).await).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
}

/// The private DNS zones in the group of the network, and the links that they have.
async fn zones(stage: &Stage) -> Vec<String> {
    let hub = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-network-hub");
    let zones = Request::get(&hub.join("providers/Microsoft.Network/privateDnsZones"), "2020-06-01");
    let mut all = Vec::new();
    for zone in stage.client.list::<Value>(&zones).await.unwrap() {
        let id = ArmId::parse(zone["id"].as_str().unwrap()).unwrap();
        let links = Request::get(&id.join("virtualNetworkLinks"), "2020-06-01");
        let links = stage.client.list::<Value>(&links).await.unwrap().len();
        all.push(format!("{} {links}", id.name()));
    }
    all
}

#[tokio::test]
async fn a_clean_up_takes_the_zones_that_the_run_made_beside_the_network_and_leaves_those_that_others_use() {
    let nested = FILES.iter().find(|(name, _)| *name == "nested").unwrap().1;
    let blob = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-network-hub")
        .join("providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net");
    for is_used in [false, true] {
        let stage = Stage::of(emulator::options()).await;
        let before = zones(&stage).await;
        let run = stage.run(stage.plan(nested).await).await;
        assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
        assert_eq!(zones(&stage).await.len(), before.len() + 5);
        if is_used {
            let record = json!({"properties": {"ttl": 10, "aRecords": [{"ipv4Address": "10.40.1.9"}]}});
            let put = Request::arm(Method::Put, &blob.join("A/stneighbour"), "2020-06-01").body(record);
            stage.client.run(&put, |_| {}).await.unwrap();
        }
        let undone = stage.undo(&run).await;
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
        let mut left = before;
        if is_used {
            left.push("privatelink.blob.core.windows.net 1".to_owned());
            left.sort();
        }
        assert_eq!(zones(&stage).await, left);
        let told: Vec<String> =
            undone.now_true().into_iter().filter(|line| line.contains("stays, with")).collect();
        let stays =
            "privatelink.blob.core.windows.net stays, with its link: it holds names of others: stneighbour.";
        assert_eq!(told, if is_used { vec![stays.to_owned()] } else { Vec::new() });
    }
}

#[tokio::test]
async fn a_clean_up_of_a_deployment_that_failed_early_does_not_mind_what_is_not_there() {
    let stage = Stage::of(emulator::options()).await;
    let mut plan = stage.plan(ONE).await;
    let deploy = plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    // Only a log workspace is made, and the rest is left out of the template; then it fails.
    for request in &mut plan.steps[deploy].requests {
        let body = request.body.as_mut().unwrap();
        let resources = body["properties"]["template"]["resources"].as_array_mut().unwrap();
        resources.retain(|one| one["type"] == "Microsoft.OperationalInsights/workspaces");
    }
    let run = stage.run(plan).await;
    assert_eq!(run.phase, Phase::Failed, "the workspace is not read back");
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(!stage.is_there(&group(), "2024-07-01").await, "the group was this run's, too");
}

#[tokio::test]
async fn refusals_in_the_middle_say_what_is_the_matter_and_leave_a_way_on() {
    let forbidden = "The client 'a' with object id 'b' does not have authorization to perform action \
                     'Microsoft.Resources/deployments/write' over scope '/subscriptions/s/resourceGroups/rg-tiny' or the \
                     scope is invalid.";
    let error = |code: &str, message: &str| json!({"error": {"code": code, "message": message}});
    let inside = |code: &str, message: &str| {
        json!({"error": {"code": "InvalidTemplateDeployment", "message": "See the details.",
            "details": [{"code": code, "message": message}]}})
    };
    let cases = [
        (
            "PUT",
            "*/deployments/*",
            403,
            error("AuthorizationFailed", forbidden),
            "You lack Microsoft.Resources/deployments/write on rg-tiny. A Contributor",
        ),
        (
            "PUT",
            "*/deployments/*",
            400,
            inside("QuotaExceeded", "Workspaces in uksouth: 800 of 800."),
            "ask Azure for more, or take another region. Workspaces in uksouth: 800 of 800.",
        ),
        (
            "POST",
            "*/validate*",
            400,
            error("InvalidTemplate", "The template resource 'x' at line '1' is not valid."),
            "Azure refuses the template. The template resource 'x'",
        ),
        (
            "PUT",
            "*/deployments/*",
            400,
            inside("RequestDisallowedByPolicy", "Resource 'stmlwtiny' was disallowed by policy 'Keys off'."),
            "A policy denies it; who owns the policy can exempt the resource. Resource 'stmlwtiny' was disallowed by policy 'Keys off'.",
        ),
        (
            "PUT",
            "*/deployments/*",
            409,
            error("DeploymentQuotaExceeded", "800 is the most."),
            "keeps 800 deployments",
        ),
    ];
    for (method, path, status, body, expected) in cases {
        let stage = Stage::of(emulator::options()).await;
        let plan = stage.plan(ONE).await;
        let faults = vec![fault(method, path, status, body)];
        let place = JournalPlace::Memory(Memory::default());
        let spoilt = Stage::on(Options { faults, ..emulator::options() }, &place).await;
        let run = spoilt.run(plan).await;
        let said = words(&run);
        assert!(run.phase == Phase::Failed && said.contains(expected), "{expected}: {said}");
        assert_eq!(run.choices(), [Choice::Resume, Choice::Undo, Choice::Keep], "the group was made: {said}");
        let deploy = run.plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
        assert!(!run.steps[deploy].changed, "a template that was looked at changed nothing");
        assert!(
            run.now_true().contains(&"Not done, it failed: Deploy mlw-tiny".to_owned()),
            "{:#?}",
            run.now_true()
        );
        // It is mended meanwhile: from there on it goes through.
        let resumed = spoilt.resume(&run, &Control::default()).await;
        assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()), "{expected}");
    }
}

#[tokio::test]
async fn a_403_behind_the_deployment_leaves_the_workspace_and_is_tried_again_from_there() {
    let message = "The client 'a' with object id 'b' does not have authorization to perform action \
                   'Microsoft.Consumption/budgets/write' over scope '/subscriptions/s/resourceGroups/rg-tiny' or the scope \
                   is invalid.";
    let body = json!({"error": {"code": "AuthorizationFailed", "message": message}});
    let faults = vec![fault("PUT", "*/budgets/*", 403, body)];
    let stage = Stage::of(Options { faults, ..emulator::options() }).await;
    let text = format!("{ONE}\n[budget]\namount = 100.0\n");
    let run = stage.run(stage.plan(&text).await).await;
    assert!(
        words(&run).starts_with("You lack Microsoft.Consumption/budgets/write on rg-tiny."),
        "{}",
        words(&run)
    );
    let now = run.now_true();
    assert!(now.contains(&"Done: mlw-tiny is there with what it depends on.".to_owned()), "{now:#?}");
    for made in [
        "stmlwtinye4b734 (Microsoft.Storage/storageAccounts)",
        "kv-mlw-tiny-e4b734 (Microsoft.KeyVault/vaults)",
    ] {
        assert!(now.contains(&format!("There now, made by this run: {made}")), "{now:#?}");
    }
    stage.running.forget_requests();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert!(stage.writes().iter().all(|write| write.contains("/budgets/")), "{:#?}", stage.writes());
}

#[tokio::test]
async fn a_policy_is_told_in_words_and_azures_preview_before_a_second_time() {
    let stage = Stage::of(emulator::options()).await;
    let said = stage.said(ONE).await;
    assert!(said.iter().all(|finding| finding.level == Level::Note), "{said:#?}");
    assert!(
        said.iter().any(|finding| finding.text.contains("Azure lists no deleted workspaces")),
        "{said:#?}"
    );
    let subscription = ArmId::subscription("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5");
    let rule = subscription.join("providers/Microsoft.Authorization/policyAssignments/regions");
    // "Allowed locations", one of Azure's own definitions.
    let allowed = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c";
    let body = json!({ "properties": { "displayName": "Regions", "policyDefinitionId": allowed,
        "parameters": { "listOfAllowedLocations": { "value": ["northeurope"] } } } });
    stage.client.send(&Request::arm(Method::Put, &rule, "2022-06-01").body(body)).await.unwrap();
    let said = stage.said(ONE).await;
    let refused: Vec<&Finding> = said.iter().filter(|finding| finding.level == Level::Refused).collect();
    let words_of_it = "Azure refuses the deployment: the policy 'Regions' denies stmlwtiny";
    assert!(refused.len() == 1 && refused[0].text.starts_with(words_of_it), "{said:#?}");
    // Whoever runs it all the same is told the same by the run.
    let sound = SetUp::of(&PlanFile::read(ONE).unwrap(), &Directory::new());
    let unasked =
        plan(&sound, &Known::only_today("2026-11-22".parse().unwrap()), &Production::default()).unwrap();
    let denied = stage.run(unasked).await;
    let said = words(&denied);
    assert!(said.starts_with("The policy 'Regions' denies stmlwtiny"), "{said}");
    assert!(said.contains("who owns a policy can exempt what it denies"), "{said}");
    stage.client.send(&Request::arm(Method::Delete, &rule, "2022-06-01")).await.unwrap();
    let run = stage.resume(&denied, &Control::default()).await;
    assert_eq!(run.phase, Phase::Done, "{}", words(&run));
    let changed = ONE.replace("[basics]", "[basics]\ntags = { team = 'tiny' }");
    let said = stage.said(&changed).await;
    let told = |finding: &Finding| finding.text.ends_with("Of it is changed: tag team: nothing -> 'tiny'");
    assert!(said.iter().any(told), "{said:#?}");
    let previewed = |finding: &Finding| finding.text.contains("by Azure's own preview");
    assert!(!said.iter().any(previewed), "nothing else would be changed: {said:#?}");
}

#[tokio::test]
async fn a_workspace_that_is_there_keeps_what_the_plan_does_not_name_and_gets_back_what_was_changed() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let read = Request::get(&workspace(), "2024-10-01-preview");
    let body = json!({ "tags": { "cost": "4711", "Team": "fraud" },
        "properties": { "friendlyName": "Fraud experiments", "description": "Ask Ada." } });
    let patch = Request::arm(Method::Patch, &workspace(), "2024-10-01-preview").body(body);
    stage.client.run(&patch, |_| {}).await.unwrap();
    // Nothing of that is named by the plan: nothing is changed, and nothing is said to be.
    let plan = stage.plan(ONE).await;
    assert!(!plan.warnings.iter().any(|one| one.weight != Weight::Note), "{:#?}", plan.warnings);
    stage.running.forget_requests();
    let same = stage.run(plan).await;
    assert_eq!((same.phase, stage.writes()), (Phase::Done, Vec::new()));
    let had = stage.client.value(&read).await.unwrap();
    assert_eq!(had["tags"]["cost"], "4711");
    // What is named is changed, by a step that can be taken back.
    let text =
        ONE.replace("[basics]", "[basics]\ntags = { team = 'tiny', env = 'dev' }\nfriendly_name = 'Tiny'");
    let plan = stage.plan(&text).await;
    let told = plan.warnings.iter().find(|one| one.text.contains("Of it is changed")).unwrap();
    assert!(
        told.text.ends_with("friendly name: 'Fraud experiments' -> 'Tiny'; tag Team: 'fraud' -> 'tiny'; tag env: nothing -> 'dev'"),
        "{told:?}"
    );
    assert!(plan.steps.iter().all(|step| step.deployment().is_none()), "nothing is missing");
    assert!(plan.steps.iter().all(|step| !step.title.contains("resource group")), "the group is there");
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let now = stage.client.value(&read).await.unwrap();
    assert_eq!(now["tags"], json!({ "cost": "4711", "Team": "tiny", "env": "dev" }));
    assert_eq!(
        (&now["properties"]["friendlyName"], &now["properties"]["description"]),
        (&json!("Tiny"), &json!("Ask Ada."))
    );
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.steps.len(), 1);
    assert!(back.steps[0].title.starts_with("Put tags, friendly name back"), "{}", back.steps[0].title);
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    let back = stage.client.value(&read).await.unwrap();
    assert_eq!(
        (&back["tags"], &back["properties"]["friendlyName"]),
        (&had["tags"], &had["properties"]["friendlyName"])
    );
}

#[tokio::test]
async fn what_a_workspace_lacks_is_deployed_and_taken_back_without_it() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let people = "\n[[people]]\nrole = 'Reader'\ngroup = '11111111-2222-4333-8444-555555555555'\ncalled = 'The team'\n";
    let plan = stage.plan(&format!("{ONE}{people}")).await;
    let deploy = plan.steps.iter().find(|step| step.deployment().is_some()).unwrap();
    assert_eq!(deploy.title, "Deploy what mlw-tiny lacks");
    assert_eq!(
        deploy.effect,
        "Added: Reader for The team on mlw-tiny. mlw-tiny and what it has stay as they are."
    );
    let run = stage.run(plan).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.steps[0].title, "Delete what was made for mlw-tiny, which stays");
    assert_eq!(back.confirmation(), Confirmation::Yes);
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
}

/// A plan whose deployment nobody waits for longer than a minute, on an emulator where time passes only as a test says.
async fn slow() -> (Stage, Plan) {
    let stage = Stage::of(emulator::options()).await;
    let mut plan = stage.plan(ONE).await;
    stage.running.hold();
    for step in &mut plan.steps {
        if let Watch::Deployment(deployment) = &mut step.watch {
            (deployment.typical, deployment.at_most) = (20, 60);
        }
    }
    (stage, plan)
}

/// Azure is polled more often than its list of resources is looked at, and neither keeps the other from its turn.
#[tokio::test]
async fn what_a_deployment_makes_is_told_while_it_runs() {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    let deploy = plan.steps.iter().position(|one| one.deployment().is_some()).unwrap();
    stage.running.hold();
    let mut options = emulator::client_options(&stage.running.url(), "owner");
    // Between two looks there is time for a poll or two.
    options.pace = Pace::divided_by(40.0);
    let place = JournalPlace::Memory(Memory::default());
    let runner = Runner::open(Client::new(options), &place, clock()).await.unwrap();
    let (mut polls, mut looks, mut running) = (0, 0, 0);
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            // Some resources are begun, and none is over.
            stage.running.pass(Duration::from_secs(2));
        }
        match event {
            RunEvent::Progress { parts, .. } if parts.is_empty() => polls += 1,
            RunEvent::Progress { parts, .. } => {
                looks += 1;
                running += usize::from(parts.iter().any(|part| part.state != "Succeeded"));
            }
            _ => {}
        }
        if polls > looks && looks > 1 && running > 0 {
            stage.running.go_on();
        }
    };
    let run = runner.run(plan, None, &Control::default(), &mut emit).await.unwrap();
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    assert!(polls > looks && looks > 1 && running > 0, "{polls} polls, {looks} looks, {running} in between");
}

#[tokio::test]
async fn a_deployment_that_hangs_is_told_watched_again_and_cancelled() {
    let (stage, plan) = slow().await;
    let mut told = Vec::new();
    let mut emit = |event: RunEvent| {
        if let RunEvent::Progress { status: Some(status), .. } = event {
            told.push(status);
        }
    };
    let run = stage.runner.run(plan, None, &Control::default(), &mut emit).await.unwrap();
    assert!(told.iter().any(|status| status.contains("takes longer than the usual 20 s")), "{told:?}");
    let said = words(&run);
    assert!(said.contains("After 60 s Azure is still at it, which usually takes 20 s."), "{said}");
    assert!(said.contains("go on to watch it again, or cancel it"), "{said}");
    assert_eq!(run.choices(), [Choice::Resume, Choice::Cancel, Choice::Undo, Choice::Keep]);
    // Watching again sends nothing that changes anything.
    stage.running.forget_requests();
    let watched = stage.resume(&run, &Control::default()).await;
    assert!(words(&watched).contains("still at it"), "{}", words(&watched));
    assert_eq!(stage.writes(), Vec::<String>::new());
    // The account is there then, and the workspace is not.
    stage.running.pass(Duration::from_secs(25));
    assert!(!stage.in_group().await.is_empty());
    let control = Control::default();
    control.stop(true);
    let stopped = stage.resume(&run, &control).await;
    assert_eq!(cancels(&stage.running), 1);
    assert_eq!((stopped.phase, words(&stopped)), (Phase::Stopped, String::new()));
    assert!(!stopped.choices().contains(&Choice::Cancel));
    let now = stopped.now_true();
    assert!(now.iter().any(|line| line.starts_with("There now, made by this run:")), "{now:#?}");
    assert!(!stage.is_there(&workspace(), "2024-10-01-preview").await);
}

#[tokio::test]
async fn a_deployment_whose_polls_are_refused_is_not_forgotten() {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    let deploy = plan.steps.iter().position(|one| one.deployment().is_some()).unwrap();
    let expired = json!({"error": {"code": "ExpiredAuthenticationToken", "message": "It expired."}});
    let refused = Fault { times: None, ..fault("GET", "*/deployments/*/operationStatuses/*", 401, expired) };
    stage.running.add_fault(refused);
    let run = stage.run(plan).await;
    let (at, trouble) = run.trouble().unwrap();
    assert_eq!((at, trouble.passing, trouble.unknown), (deploy, true, true), "{trouble:?}");
    assert!(run.steps[deploy].operation.is_some(), "it can be watched again");
    assert!(run.choices().contains(&Choice::Resume) && run.choices().contains(&Choice::Cancel));
    let now = run.now_true();
    assert!(
        now.iter().any(|line| line.starts_with("Taken by Azure, and not known how it ends: ")),
        "{now:#?}"
    );
    stage.running.clear_faults();
    stage.running.forget_requests();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let again = stage.writes().into_iter().filter(|line| line.contains("/deployments/")).collect::<Vec<_>>();
    assert_eq!(again, Vec::<String>::new(), "it is watched and not sent again");
}

/// A plan on an emulator where its deployment does not end before the test says so, and which step that is.
async fn going_on() -> (Stage, Plan, usize) {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    stage.running.hold();
    let deploy = plan.steps.iter().position(|one| one.deployment().is_some()).unwrap();
    (stage, plan, deploy)
}

fn is_taken(event: &RunEvent, deploy: usize) -> bool {
    matches!(event, RunEvent::Recorded { record, .. }
        if matches!(record.change, Change::Accepted { step, .. } if step == deploy))
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_its_deployment_to_azure_and_finds_it_again() {
    let (stage, plan, deploy) = going_on().await;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(false);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, cancels(&stage.running)), (Phase::Stopped, 0));
    assert!(run.steps[deploy].operation.is_some() && run.choices().contains(&Choice::Cancel));
    assert!(run.now_true()[deploy].starts_with("Taken by Azure"), "{:?}", run.now_true());
    stage.running.forget_requests();
    stage.running.go_on();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    let again = stage.writes().into_iter().filter(|line| line.contains("/deployments/")).collect::<Vec<_>>();
    assert_eq!(again, Vec::<String>::new());
}

#[tokio::test]
async fn a_cancel_that_azure_refuses_can_be_asked_for_again() {
    let (stage, plan, deploy) = going_on().await;
    let busy = json!({"error": {"code": "429", "message": "Retry after 600 seconds."}});
    stage.running.add_fault(fault("POST", "*/deployments/*/cancel", 429, busy));
    let control = Control::default();
    let mut refused = 0;
    let mut emit = |event: RunEvent| {
        let again = matches!(&event, RunEvent::Progress { status: Some(status), .. }
            if status.contains("could not be cancelled and goes on"));
        refused += usize::from(again);
        if again || is_taken(&event, deploy) {
            control.stop(true);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((refused, cancels(&stage.running)), (1, 2));
    assert_eq!((run.phase, run.steps[deploy].open), (Phase::Stopped, None), "{}", words(&run));
}

#[tokio::test]
async fn a_console_that_dies_after_it_asked_to_cancel_knows_whose_doing_it_was() {
    let (stage, plan, deploy) = going_on().await;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(true);
        }
        if matches!(&event, RunEvent::Progress { status: Some(status), .. } if status.starts_with("cancelled"))
        {
            std::panic::resume_unwind(Box::new("killed"));
        }
    };
    let died = AssertUnwindSafe(stage.runner.run(plan, None, &control, &mut emit)).catch_unwind().await;
    assert!(died.is_err() && cancels(&stage.running) == 1);
    let (listed, _) = stage.runner.list().await.unwrap();
    let id = listed.first().unwrap().run.id.clone();
    let run = stage.runner.resume(&id, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!(
        (run.phase, words(&run)),
        (Phase::Stopped, String::new()),
        "cancelled here, and not a failure of Azure"
    );
}

#[tokio::test]
async fn a_run_that_is_cancelled_while_it_runs_cancels_in_azure_and_can_be_gone_on_with() {
    let (stage, plan, deploy) = going_on().await;
    let control = Control::default();
    let mut emit = |event: RunEvent| {
        if is_taken(&event, deploy) {
            control.stop(true);
        }
    };
    let run = stage.runner.run(plan, None, &control, &mut emit).await.unwrap();
    assert_eq!((run.phase, cancels(&stage.running)), (Phase::Stopped, 1), "{}", words(&run));
    assert_eq!(run.steps[deploy].state, StepState::Pending);
    assert!(run.steps[deploy].remains.is_some() && run.is_unfinished());
    stage.running.go_on();
    let resumed = stage.resume(&run, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
}

/// A key vault of the name that the small plan gives its own, made by somebody else.
async fn vault_of_somebody_else(stage: &Stage) -> ArmId {
    let vault = group().join("providers/Microsoft.KeyVault/vaults/kv-mlw-tiny-e4b734");
    let tenant = "6f2c1b7e-93a4-4d58-8c0b-1e7d5a2f4b90";
    let body = json!({ "location": "uksouth" });
    stage.client.send(&Request::arm(Method::Put, &group(), "2024-07-01").body(body)).await.unwrap();
    let body = json!({ "location": "uksouth", "properties": {
        "tenantId": tenant, "sku": { "family": "A", "name": "standard" }, "accessPolicies": [] } });
    stage.client.send(&Request::arm(Method::Put, &vault, "2023-07-01").body(body)).await.unwrap();
    vault
}

#[tokio::test]
async fn what_somebody_else_made_since_the_plan_was_made_is_neither_changed_nor_deleted() {
    let stage = Stage::of(emulator::options()).await;
    let plan = stage.plan(ONE).await;
    let vault = vault_of_somebody_else(&stage).await;
    stage.running.forget_requests();
    let run = stage.run(plan).await;
    assert!(words(&run).contains("changed meanwhile by somebody else"), "{}", words(&run));
    assert!(words(&run).contains("kv-mlw-tiny-e4b734 is not there yet"), "{}", words(&run));
    assert!(run.undoable().is_empty(), "{:?}", run.undoable());
    assert!(stage.writes().is_empty(), "{:#?}", stage.writes());
    assert!(stage.is_there(&vault, "2023-07-01").await);
    // The plan made anew knows of it: its way back leaves it.
    let run = stage.run(stage.plan(ONE).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let back = stage.undo(&run).await;
    assert_eq!((back.phase, words(&back)), (Phase::Done, String::new()));
    assert!(stage.is_there(&vault, "2023-07-01").await && !stage.is_there(&workspace(), "2025-06-01").await);
}

#[tokio::test]
async fn nothing_is_planned_while_it_is_not_known_what_is_there() {
    let faults = vec![Fault { times: None, ..fault("GET", "*/vaults/kv-mlw-tiny-e4b734", 503, json!({})) }];
    let stage = Stage::of(Options { faults, ..emulator::options() }).await;
    let said = stage.said(ONE).await;
    let refused: Vec<&Finding> = said.iter().filter(|finding| finding.level == Level::Refused).collect();
    let wanted = "whether kv-mlw-tiny-e4b734 is there already could not be read";
    assert!(refused.len() == 1 && refused[0].text.starts_with(wanted), "{said:#?}");
}

#[tokio::test]
async fn a_clean_up_says_what_is_lost_for_good_and_wants_the_name_typed() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(ONE).await).await;
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.confirmation(), Confirmation::TypeName("mlw-tiny"));
    let lost = "mlw-tiny, stmlwtinye4b734, kv-mlw-tiny-e4b734 in rg-tiny: deleted for good";
    assert!(
        back.warnings.iter().any(|one| one.weight == Weight::Danger && one.text.starts_with(lost)),
        "{:#?}",
        back.warnings
    );
    let run = stage.run(back).await;
    assert_eq!(run.phase, Phase::Done, "{}", words(&run));
    assert!(!run.choices().contains(&Choice::Cancel));
}

#[tokio::test]
async fn a_budget_that_is_there_and_another_one_stays_as_it_is() {
    let with = |amount: u32| format!("{ONE}\n[budget]\namount = {amount}.0\ncontacts = ['ml@contoso.com']\n");
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(&with(100)).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let told = stage.said(&with(200)).await;
    let stays = "the budget budget-mlw-tiny is there and differs: it stays as it is";
    assert!(told.iter().any(|one| one.level == Level::Warning && one.text.starts_with(stays)), "{told:#?}");
    let plan = stage.plan(&with(200)).await;
    assert!(!plan.steps.iter().any(|step| step.id.ends_with("budget")));
    // A plan that knew of none stops at it.
    let sound = SetUp::of(&PlanFile::read(&with(200)).unwrap(), &Directory::new());
    let known = Known::only_today("2026-11-22".parse().unwrap());
    let unasked = amldeck::domain::setup::plan::plan(&sound, &known, &Production::default()).unwrap();
    let budget = unasked.steps.iter().position(|step| step.id.ends_with("budget")).unwrap();
    let only = Plan { steps: vec![unasked.steps[budget].clone()], ..unasked };
    stage.running.forget_requests();
    let run = stage.run(only).await;
    assert!(words(&run).contains("budget-mlw-tiny is not there yet"), "{}", words(&run));
    assert!(stage.writes().is_empty(), "{:#?}", stage.writes());
}
