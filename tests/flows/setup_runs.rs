//! Set-ups that are run from the form by keys and do not simply go through: cancelled in Azure, kept after a failure,
//! held up by a deleted workspace; and the kinds and sets that the form can make.

use crate::setup_form::{choose, demo, desk, enter, form, go, meaning, review, run, stands, writes, wrong};
use crate::support::console::Desk;
use crate::support::emulator;
use amldeck::app::console::Console;
use amldeck::app::message::Message;
use amldeck::app::overlay::Overlay;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::retry::Pace;
use amldeck::azure::arm::{Client, ClientOptions};
use amldeck::config::input::Input;
use amldeck::config::key::parse_script;
use amldeck::domain::plan::Phase;
use amldeck::emulator::{Fault, Running};
use serde_json::{Value, json};

const DEVELOPMENT: &str = "a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5";
const PRODUCTION: &str = "6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91";
const VERSION: &str = "2024-10-01-preview";

fn workspace(subscription: &str, group: &str, name: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"
    )
}

/// What Azure has under an id; nothing where it has none.
async fn read(running: &Running, id: &str, version: &str) -> Option<Value> {
    emulator::client(&running.url(), "owner").value(&Request::arm_path(Method::Get, id, version)).await.ok()
}

/// Presses keys without waiting for what goes on meanwhile.
fn strike(desk: &mut Desk, keys: &str) {
    for key in parse_script(keys).unwrap() {
        desk.console.input(Input::Key(key));
    }
}

fn narrow(desk: &mut Desk) {
    let (width, height) = (80, 24);
    desk.terminal.backend_mut().resize(width, height);
    desk.handle(Message::Input(Input::Resize { width, height }));
}

#[tokio::test]
async fn a_deployment_is_cancelled_in_azure_by_keys_while_it_runs_and_gone_on_with() {
    let running = demo().await;
    let options =
        ClientOptions { pace: Pace::divided_by(400.0), ..emulator::client_options(&running.url(), "owner") };
    let mut desk = Desk::open(&Client::new(options), Some("mlw-fraud-dev"));
    desk.settle().await;
    desk.press("c<c-r>").await;
    assert_eq!(review(&mut desk).plan.title, "Set up mlw-ml");
    // It does not end before it is cancelled.
    running.hold();
    strike(&mut desk, "<enter>y");
    let taken = |console: &Console| {
        console.model.runs.all().first().is_some_and(|known| {
            known.run.cancellable().is_some_and(|at| known.run.steps[at].operation.is_some())
        })
    };
    desk.until(taken).await;
    strike(&mut desk, "xcy");
    desk.until(|console| stands(console, Phase::Stopped) || stands(console, Phase::Failed)).await;
    desk.settle().await;
    let screen = desk.screen();
    assert!(stands(&desk.console, Phase::Stopped), "{screen}");
    let cancels =
        |one: &amldeck::emulator::LoggedRequest| one.method == "POST" && one.url.contains("/cancel?");
    assert_eq!(running.requests().iter().filter(|one| cancels(one)).count(), 1, "{screen}");
    for words in ["cancelled", "Cancelled in Azure: Deploy mlw-ml", "clean up"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    // The key beside the offer goes on.
    running.go_on();
    strike(&mut desk, "o");
    desk.until(|console| stands(console, Phase::Done) || stands(console, Phase::Failed)).await;
    assert!(stands(&desk.console, Phase::Done), "{}", desk.screen());
    assert!(read(&running, &workspace(DEVELOPMENT, "rg-ml", "mlw-ml"), VERSION).await.is_some());
    running.stop().await;
}

/// A set-up whose deployment Azure refuses, on a narrow screen.
async fn refused(running: &Running) -> Desk {
    let body = json!({"error": {"code": "InvalidTemplateDeployment", "message": "See the details.",
        "details": [{"code": "QuotaExceeded", "message": "Workspaces in westeurope: 800 of 800."}]}});
    let mut desk = desk(running, "owner").await;
    narrow(&mut desk);
    desk.press("c<c-r>").await;
    running.add_fault(Fault {
        status: Some(400),
        body: Some(body),
        times: Some(1),
        ..Fault::on("PUT", "*/deployments/*")
    });
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Failed)).await;
    desk.settle().await;
    desk
}

#[tokio::test]
async fn what_can_be_done_after_a_failure_is_on_a_narrow_screen_at_once_and_its_keys_act() {
    let running = demo().await;
    let mut desk = refused(&running).await;
    let screen = desk.screen();
    for words in ["800 of 800", "o go on", "u clean up", "e leave it"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    // Down to the end is what is so now.
    desk.press("G").await;
    let screen = desk.screen();
    assert!(screen.contains("Not done, it failed: Deploy mlw-ml") && screen.contains("o go on"), "{screen}");
    running.forget_requests();
    desk.press("e").await;
    desk.until(|console| stands(console, Phase::Kept)).await;
    let group = format!("/subscriptions/{DEVELOPMENT}/resourceGroups/rg-ml");
    assert!(read(&running, &group, "2024-07-01").await.is_some(), "what was made stays");
    assert_eq!(writes(&running), []);
    assert_eq!(desk.model().runs.unfinished(), 0, "nobody is asked again");
    running.stop().await;
}

#[tokio::test]
async fn after_a_clean_up_nothing_senseless_is_offered() {
    let running = demo().await;
    let mut desk = refused(&running).await;
    desk.press("u").await;
    assert!(review(&mut desk).plan.warnings.is_empty(), "nothing is lost by it");
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    let screen = desk.screen();
    assert!(!screen.contains("undo what") && !screen.contains("u undo"), "{screen}");
    desk.press("<enter>").await;
    assert!(desk.screen().contains("there is nothing more to do about it"), "{}", desk.screen());
    let group = format!("/subscriptions/{DEVELOPMENT}/resourceGroups/rg-ml");
    assert!(read(&running, &group, "2024-07-01").await.is_none());
    running.stop().await;
}

#[tokio::test]
async fn a_name_that_a_deleted_workspace_holds_is_purged_and_the_set_up_gone_on_with_by_keys() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c<c-r>").await;
    run(&mut desk).await;
    let id = workspace(DEVELOPMENT, "rg-ml", "mlw-ml");
    let delete = Request::arm_path(Method::Delete, &id, VERSION);
    emulator::client(&running.url(), "owner").run(&delete, |_| {}).await.unwrap();
    desk.press("<esc>Rc").await;
    enter(&mut desk, "name", "ml").await;
    desk.press("<tab><c-r>").await;
    desk.press("<enter>y").await;
    desk.until(|console| stands(console, Phase::Failed)).await;
    desk.settle().await;
    let screen = desk.screen();
    assert!(
        screen.contains("deleted workspace still holds this name") && screen.contains("p purge"),
        "{screen}"
    );
    assert!(screen.contains("There before, and no part of cleaning up: "), "{screen}");
    desk.press("p").await;
    desk.press("<enter>mlw-ml<enter>").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    let screen = desk.screen();
    assert!(screen.contains("o go on") && screen.contains("Set up mlw-ml"), "{screen}");
    desk.press("o").await;
    desk.until(|console| console.model.runs.unfinished() == 0 && console.model.runs.running() == 0).await;
    desk.settle().await;
    assert!(read(&running, &id, VERSION).await.is_some(), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_project_takes_region_and_dependents_of_the_hub_that_was_picked() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "basics.kind", "project").await;
    choose(&mut desk, "basics.hub", "hub-vision").await;
    assert_eq!(form(&desk).text("basics.region"), "japaneast", "{}", desk.screen());
    // What the hub decides is said and not asked.
    assert!(desk.screen().contains("The hub's"), "{}", desk.screen());
    go(&mut desk, "identity.workspace").await;
    let said = meaning(&desk);
    assert!(said.contains("Its hub's") && !said.contains("shared key"), "{said}");
    let mut steps = vec![];
    while !desk.screen().contains("mlw-ml, a project of hub-vision") && steps.len() < 4 {
        steps.push(form(&desk).current().map_or("", |field| field.id).to_owned());
        desk.press("<c-f>").await;
    }
    assert!(steps.iter().all(|field| !field.starts_with("network.")), "{steps:?}");
    assert!(desk.screen().contains("mlw-ml, a project of hub-vision"), "{}", desk.screen());
    desk.press("<c-r>").await;
    run(&mut desk).await;
    let body = read(&running, &workspace(DEVELOPMENT, "rg-ml", "mlw-ml"), VERSION).await.unwrap();
    assert_eq!(body["kind"], "Project");
    let hub = body["properties"]["hubResourceId"].as_str().unwrap_or_default();
    assert!(hub.ends_with("/workspaces/hub-vision"), "{body:#}");
    running.stop().await;
}

/// Development, staging and production, all of them private in the same network.
#[tokio::test]
async fn a_private_set_is_made_by_keys() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "layout", "dev, staging").await;
    enter(&mut desk, "name", "pricing").await;
    // None stands apart.
    go(&mut desk, "apart").await;
    desk.press("prod <bs><bs><bs><bs>").await;
    choose(&mut desk, "basics.subscription", "production").await;
    choose(&mut desk, "network.isolation", "approved").await;
    go(&mut desk, "network.presets").await;
    desk.press(" ").await;
    go(&mut desk, "network.public_access").await;
    desk.press("n").await;
    choose(&mut desk, "network.endpoints.subnet", "snet-endpoints").await;
    // A network takes one zone of a name.
    assert!(wrong(&desk, "network.endpoints.dns_zones").contains("give both the same"), "{}", desk.screen());
    enter(&mut desk, "network.endpoints.resource_group", "rg-pricing-net").await;
    desk.press("<tab><c-r>").await;
    assert_eq!(
        review(&mut desk).plan.title,
        "Set up mlw-pricing-dev, mlw-pricing-staging and mlw-pricing-prod"
    );
    run(&mut desk).await;
    for name in ["dev", "staging", "prod"] {
        let id = workspace(PRODUCTION, &format!("rg-pricing-{name}"), &format!("mlw-pricing-{name}"));
        let body = read(&running, &id, VERSION).await.unwrap_or_default();
        let properties = &body["properties"];
        assert_eq!(properties["managedNetwork"]["isolationMode"], "AllowOnlyApprovedOutbound", "{name}");
        assert_eq!(properties["managedNetwork"]["status"]["status"], "Active", "{name}");
        assert_eq!(properties["publicNetworkAccess"], "Disabled", "{name}");
        assert_eq!(properties["privateEndpointConnections"].as_array().map_or(0, Vec::len), 1, "{name}");
        let storage = properties["storageAccount"].as_str().unwrap_or_default();
        let storage = read(&running, storage, "2023-05-01").await.unwrap_or_default();
        assert_eq!(storage["properties"]["publicNetworkAccess"], "Disabled", "{name}: {storage:#}");
    }
    assert!(!matches!(desk.model().overlays.last(), Some(Overlay::Form(_))));
    running.stop().await;
}

/// A slip of a finger away from a running workspace: its name and group are typed.
#[tokio::test]
async fn a_workspace_that_is_there_is_not_set_up_anew_over_other_storage() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    enter(&mut desk, "basics.resource_group", "rg-churn-dev").await;
    enter(&mut desk, "basics.workspace", "mlw-churn-dev").await;
    desk.press("<c-r>").await;
    let screen = desk.screen();
    assert!(!matches!(desk.model().overlays.last(), Some(Overlay::Review(_))), "{screen}");
    let why = form(&desk).fault("basics.workspace").unwrap_or_default();
    assert!(
        why.contains("mlw-churn-dev is there already") && why.contains("its storage account is stchurnlab"),
        "{why}\n{screen}"
    );
    running.stop().await;
}
