//! A workspace changed through the form over the emulator: looked at, run, and taken back.

use crate::support::console::Desk;
use crate::support::emulator;
use amldeck::app::console::Console;
use amldeck::app::overlay::Overlay;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::plan::Phase;
use amldeck::emulator::{Fault, Running};
use serde_json::{Value, json};

const DEVELOPMENT: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg-fraud-dev";

async fn desk(running: &Running, persona: &str, workspace: &str) -> Desk {
    let mut desk = Desk::open(&emulator::client(&running.url(), persona), None);
    desk.settle().await;
    desk.go_to(workspace).await;
    desk
}

/// The bodies of the PATCH requests that were sent to workspaces.
fn patches(running: &Running) -> Vec<Value> {
    let log = running.requests().into_iter();
    log.filter(|one| one.method == "PATCH" && one.url.contains("/workspaces/")).map(|one| one.body).collect()
}

async fn workspace(running: &Running) -> Value {
    let id = ArmId::parse(&format!(
        "{DEVELOPMENT}/providers/Microsoft.MachineLearningServices/workspaces/mlw-fraud-dev"
    ));
    let request = Request::get(&id.unwrap(), "2024-10-01-preview");
    emulator::client(&running.url(), "owner").value(&request).await.unwrap()
}

fn stands(console: &Console, phase: Phase) -> bool {
    console.model.runs.all().first().is_some_and(|known| known.run.phase == phase)
}

/// Whether the newest run has taken another one back.
fn is_undone(console: &Console) -> bool {
    let newest = console.model.runs.all().first();
    newest.is_some_and(|known| known.run.undoes.is_some() && known.run.phase == Phase::Done)
}

fn plan_titles(desk: &Desk) -> Vec<String> {
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!("no plan") };
    review.plan.steps.iter().map(|step| step.title.clone()).collect()
}

#[tokio::test]
async fn tags_and_names_are_changed_by_one_patch_of_what_differs_and_taken_back() {
    let running = emulator::start(emulator::options()).await;
    let before = workspace(&running).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("e").await;
    let screen = desk.screen();
    assert!(screen.contains("Change mlw-fraud-dev") && screen.contains("nothing is changed yet"), "{screen}");
    // The friendly name is emptied and typed anew, and a tag is added behind the others.
    desk.press("<c-u>Fraud lab<tab><tab><end>").await;
    desk.press("<c-e>").await;
    desk.press("<a-enter>team = fraud").await;
    let screen = desk.screen();
    for line in ["-> 'Fraud lab'", "tag team: nothing -> 'fraud'"] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
    desk.press("<c-r>").await;
    assert_eq!(plan_titles(&desk), ["Set tags, friendly name"]);
    assert!(patches(&running).is_empty(), "a plan is no change");
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    let sent = patches(&running);
    let [body] = sent.as_slice() else { panic!("{sent:#?}") };
    assert_eq!(body["properties"], json!({ "friendlyName": "Fraud lab" }), "only what differs");
    assert_eq!(body["tags"]["team"], "fraud");
    let after = workspace(&running).await;
    assert_eq!(
        (&after["properties"]["friendlyName"], &after["tags"]["team"]),
        (&json!("Fraud lab"), &json!("fraud"))
    );
    let old = before["tags"].as_object().unwrap();
    assert!(old.iter().all(|(name, value)| after["tags"][name] == *value), "the others stay");
    assert_eq!(desk.model().page().unwrap().opened.workspace.tags["team"], "fraud", "its panes are fresh");
    desk.press("<enter>u").await;
    desk.press("<enter>y").await;
    desk.until(is_undone).await;
    let back = workspace(&running).await;
    assert_eq!(back["tags"], before["tags"]);
    let name = |body: &Value| body["properties"]["friendlyName"].as_str().unwrap_or_default().to_owned();
    assert_eq!(name(&back), name(&before));
    running.stop().await;
}

#[tokio::test]
async fn an_identity_is_picked_from_azure_and_attached_for_good_by_name() {
    let running = emulator::start(emulator::options()).await;
    let id = format!("{DEVELOPMENT}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-trainer");
    let put = Request::arm_path(Method::Put, &id, "2023-01-31").body(json!({ "location": "westeurope" }));
    emulator::client(&running.url(), "owner").send(&put).await.unwrap();
    let had = workspace(&running).await;
    assert_eq!(had["identity"]["type"], "SystemAssigned");
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("e<c-u>Fraud lab<c-f><tab>id-trainer<space>").await;
    let screen = desk.screen();
    assert!(screen.contains("identity id-trainer:") && screen.contains("One-way"), "{screen}");
    desk.press("<c-r>").await;
    assert_eq!(plan_titles(&desk), ["Set friendly name", "Attach id-trainer"]);
    desk.press("<enter>mlw-fraud-dev<enter>").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    let has = workspace(&running).await;
    assert_eq!(has["identity"]["type"], "SystemAssigned,UserAssigned");
    assert_eq!(has["identity"]["principalId"], had["identity"]["principalId"]);
    let assigned = has["identity"]["userAssignedIdentities"].as_object().unwrap();
    assert!(assigned.keys().any(|key| key.ends_with("/id-trainer")), "{assigned:?}");
    // The identity is for good; the name is not.
    desk.settle().await;
    desk.press("<enter>u").await;
    assert_eq!(plan_titles(&desk), ["Put friendly name back"]);
    desk.press("<enter>y").await;
    desk.until(is_undone).await;
    let back = workspace(&running).await;
    assert_eq!(back["properties"]["friendlyName"], had["properties"]["friendlyName"]);
    assert_eq!(back["identity"]["type"], "SystemAssigned,UserAssigned");
    running.stop().await;
}

#[tokio::test]
async fn a_compute_is_chosen_from_what_is_there() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("e<c-f>").await;
    let screen = desk.screen();
    assert!(screen.contains("Build compute") && screen.contains("(x) none"), "{screen}");
    desk.press("cpu-cluster<enter>").await;
    desk.press("<c-r>").await;
    assert_eq!(plan_titles(&desk), ["Set image build compute"]);
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    assert_eq!(patches(&running), [json!({ "properties": { "imageBuildCompute": "cpu-cluster" } })]);
    desk.settle().await;
    desk.press("<enter>u").await;
    desk.press("<enter>y").await;
    desk.until(is_undone).await;
    assert_eq!(patches(&running)[1], json!({ "properties": { "imageBuildCompute": "" } }));
    let compute = &workspace(&running).await["properties"]["imageBuildCompute"];
    assert!(compute.is_null(), "an empty name takes it off: {compute}");
    running.stop().await;
}

#[tokio::test]
async fn a_registry_is_attached_for_good_by_name_and_another_one_can_be_taken_back() {
    let running = emulator::start(emulator::options()).await;
    let id = format!("{DEVELOPMENT}/providers/Microsoft.ContainerRegistry/registries/crfrauddev");
    let body = json!({ "location": "westeurope", "sku": { "name": "Standard" } });
    let put = Request::arm_path(Method::Put, &id, "2023-07-01").body(body);
    emulator::client(&running.url(), "owner").run(&put, |_| {}).await.unwrap();
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    // It is the last field: Enter goes on to the plan.
    desk.press("e<c-f><tab><tab>crnlpdev<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Attach the registry crnlpdev") && screen.contains("one-way"), "{screen}");
    assert_eq!(plan_titles(&desk), ["Attach the registry crnlpdev"]);
    desk.press("<enter>mlw-fraud-dev<enter>").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    let has = |body: &Value| body["properties"]["containerRegistry"].as_str().unwrap_or_default().to_owned();
    assert!(has(&workspace(&running).await).ends_with("/registries/crnlpdev"));
    let sent = patches(&running);
    assert_eq!(sent[0]["properties"].as_object().map(serde_json::Map::len), Some(1), "{sent:?}");

    desk.press("<esc>e<c-f><tab><tab>crfraud<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Images in crnlpdev are not taken"), "{screen}");
    desk.press("<enter>y").await;
    let second = |console: &Console| console.model.runs.all().len() == 2 && stands(console, Phase::Done);
    desk.until(second).await;
    desk.settle().await;
    assert!(has(&workspace(&running).await).ends_with("/registries/crfrauddev"));
    desk.press("<enter>u<enter>y").await;
    desk.until(|console| console.model.runs.all().len() == 3 && stands(console, Phase::Done)).await;
    assert!(has(&workspace(&running).await).ends_with("/registries/crnlpdev"));
    running.stop().await;
}

#[tokio::test]
async fn what_is_there_stands_in_nobodys_way() {
    let running = emulator::start(emulator::options()).await;
    for name in ["mlw-credit-dev", "mlw-fraud-dev", "mlw-fraud-prod"] {
        let mut desk = desk(&running, "owner", name).await;
        desk.press("e").await;
        desk.settle().await;
        let Some(Overlay::Form(form)) = desk.model().overlays.last() else { panic!("no form for {name}") };
        assert_eq!(form.obstacle(), None, "{name}");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_registry_that_takes_no_private_endpoint_does_not_serve_an_isolated_workspace() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-credit-dev").await;
    desk.press("e<c-f><tab><tab>crnlpdev<enter><c-r>").await;
    let screen = desk.screen();
    assert!(screen.contains("crnlpdev is Basic"), "{screen}");
    assert!(!matches!(desk.model().overlays.last(), Some(Overlay::Review(_))), "{screen}");
    assert!(patches(&running).is_empty());
    running.stop().await;
}

#[tokio::test]
async fn a_reader_is_told_before_what_is_lacking() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "reader", "mlw-fraud-dev").await;
    desk.press("e<c-u>Mine<c-r>").await;
    let screen = desk.screen();
    assert!(screen.contains("Microsoft.MachineLearningServices/workspaces/write"), "{screen}");
    assert!(patches(&running).is_empty());
    running.stop().await;
}

#[tokio::test]
async fn a_tag_that_is_none_is_told_while_it_is_typed() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("e<tab><tab><c-e><a-enter>a/b = c<c-r>").await;
    let screen = desk.screen();
    assert!(screen.contains("cannot name a tag"), "{screen}");
    assert!(!matches!(desk.model().overlays.last(), Some(Overlay::Review(_))), "{screen}");
    running.stop().await;
}

/// What the filter hides is not on screen: nobody means it.
#[tokio::test]
async fn a_workspace_that_the_filter_hides_is_not_changed() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("/nothing-is-called-so<enter>e").await;
    assert!(desk.model().overlays.is_empty(), "{}", desk.screen());
    desk.press("A").await;
    assert!(desk.model().overlays.is_empty(), "{}", desk.screen());
    desk.press("<esc>e").await;
    assert!(matches!(desk.model().overlays.last(), Some(Overlay::Form(_))), "{}", desk.screen());
    running.stop().await;
}

/// Changes the friendly name, as somebody else does.
async fn rename(running: &Running, name: &str) {
    let id = format!("{DEVELOPMENT}/providers/Microsoft.MachineLearningServices/workspaces/mlw-fraud-dev");
    let body = json!({ "properties": { "friendlyName": name } });
    let patch = Request::arm_path(Method::Patch, &id, "2024-10-01-preview").body(body);
    emulator::client(&running.url(), "owner").run(&patch, |_| {}).await.unwrap();
}

#[tokio::test]
async fn an_edit_of_which_only_a_part_was_done_is_taken_back_to_what_was_before() {
    let running = emulator::start(emulator::options()).await;
    let before = workspace(&running).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("e<c-u>Fraud lab<tab><c-u>Ask Ada.<c-r>").await;
    assert_eq!(plan_titles(&desk), ["Set friendly name, description"]);
    running.add_fault(Fault { status: Some(500), ..Fault::on("PATCH", "*/workspaces/mlw-fraud-dev") });
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Failed)).await;
    desk.settle().await;
    running.clear_faults();
    // The one half of it came through after all.
    rename(&running, "Fraud lab").await;
    desk.press("u").await;
    desk.press("<enter>y").await;
    desk.until(|console| is_undone(console) || stands(console, Phase::Failed)).await;
    let screen = desk.screen();
    assert!(is_undone(&desk.console), "{screen}");
    let after = workspace(&running).await;
    for name in ["friendlyName", "description"] {
        assert_eq!(after["properties"][name], before["properties"][name], "{name}");
    }
    running.stop().await;
}

#[tokio::test]
async fn an_undo_that_finds_another_change_can_be_left_as_it_is() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    desk.press("e<c-u>Fraud lab<c-r><enter>y").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    rename(&running, "Somebody's lab").await;
    desk.press("<enter>u").await;
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Failed)).await;
    desk.settle().await;
    let screen = desk.screen();
    assert!(screen.contains("Somebody's lab") && screen.contains("leave it"), "{screen}");
    let said = desk.model().runs.all()[0].run.trouble().unwrap().1.words.clone();
    assert!(
        said.contains("perhaps changed meanwhile by somebody else"),
        "the run that is undone did not: {said}"
    );
    desk.press("e").await;
    desk.until(|console| stands(console, Phase::Kept)).await;
    assert_eq!(workspace(&running).await["properties"]["friendlyName"], "Somebody's lab");
    running.stop().await;
}

/// A project has registry and build compute from its hub: the form says so, and offers neither.
#[tokio::test]
async fn a_project_is_not_offered_what_is_its_hubs() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "proj-vision-defects").await;
    desk.press("e<c-f>").await;
    let screen = desk.screen();
    assert!(screen.contains("Add identities"), "{screen}");
    assert!(
        screen.contains("Registry and build compute are those") && screen.contains("of the hub hub-vision"),
        "{screen}"
    );
    assert!(!screen.contains("Build compute none") && !screen.contains("Registry       "), "{screen}");
}
