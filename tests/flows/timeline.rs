//! What changed, over the emulator: what somebody does is told, what may not be read is named.

use crate::support::console::Desk;
use crate::support::emulator;
use amldeck::app::listing::Listed;
use amldeck::app::message::Message;
use amldeck::app::overlay::Overlay;
use amldeck::app::timeline::Told;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::config::input::Input;
use amldeck::config::key::parse_script;
use amldeck::emulator::{Fault, Running};
use serde_json::json;

async fn desk(running: &Running, persona: &str, workspace: &str) -> Desk {
    let mut desk = Desk::open(&emulator::client(&running.url(), persona), None);
    desk.settle().await;
    desk.go_to(workspace).await;
    desk
}

fn told(desk: &Desk) -> &Told {
    match desk.model().overlays.last() {
        Some(Overlay::List(list)) => match &list.what {
            Listed::Timeline(told) => told,
            other => panic!("{other:?} is on top"),
        },
        other => panic!("{other:?} is on top"),
    }
}

fn sentences(desk: &Desk) -> Vec<String> {
    told(desk).story.changes.iter().map(amldeck::domain::timeline::Change::sentence).collect()
}

/// Presses keys without waiting for anything.
fn rush(desk: &mut Desk, keys: &str) {
    for key in parse_script(keys).unwrap() {
        desk.handle(Message::Input(Input::Key(key)));
    }
}

#[tokio::test]
async fn the_window_is_switched_by_the_same_key_and_what_it_shows_can_be_filtered_and_taken_along() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    let mut counts = Vec::new();
    for _ in 0..3 {
        desk.press("W").await;
        counts.push((told(&desk).window.words(), told(&desk).story.changes.len()));
    }
    assert_eq!(counts, [("24 h", 4), ("7 d", 8), ("1 h", 0)]);
    assert!(desk.screen().contains("Nothing changed here in this time."));
    desk.press("W/kind:keys result:failed<enter>").await;
    assert!(desk.screen().contains("1 of 4 rows"), "{}", desk.screen());
    desk.press("<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Tomás Ibáñez read the keys of mlw-fraud-prod (failed"), "{screen}");
    running.stop().await;
}

#[tokio::test]
async fn what_is_done_meanwhile_is_told_with_who_did_it_and_to_whom() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    let page = desk.model().page().unwrap();
    let storage = page.opened.storage_id().unwrap().clone();
    let who = page.opened.access.found().unwrap().rows[0].principal_id.clone();
    let client = emulator::client(&running.url(), "owner");
    let reader = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7";
    let id = page
        .id
        .join("providers/Microsoft.Authorization/roleAssignments/0aa1b2c3-0000-4000-8000-000000000001");
    let body = json!({"properties": {"roleDefinitionId": reader, "principalId": who}});
    client.value(&Request::arm(Method::Put, &id, "2022-04-01").body(body)).await.unwrap();
    let keys = storage.join("listKeys");
    client.value(&Request::arm(Method::Post, &keys, "2023-05-01")).await.unwrap();
    // The log is read with the clock of the test, behind which the emulator's may be: a week reaches both.
    desk.press("4rWW").await;
    let said = sentences(&desk);
    assert!(
        said.iter().any(|line| line.contains("read the keys of") && line.contains(storage.name())),
        "{said:?}"
    );
    let granted =
        said.iter().find(|line| line.contains("Reader on mlw-fraud-dev")).expect("the grant is told");
    assert!(!granted.contains(&who), "by name: {granted}");
    running.stop().await;
}

#[tokio::test]
async fn a_log_that_may_not_be_read_is_named_with_the_permission_that_is_missing() {
    let running = emulator::start(emulator::options()).await;
    let message = "The client 'ada@contoso.com' with object id '1' does not have authorization to perform action \
        'Microsoft.Insights/eventtypes/values/read' over scope '/subscriptions/s'.";
    running.add_fault(Fault {
        status: Some(403),
        body: Some(json!({"error": {"code": "AuthorizationFailed", "message": message}})),
        ..Fault::on("GET", "*/eventtypes/management/values*")
    });
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    desk.press("W").await;
    let screen = desk.screen();
    assert!(screen.contains("you lack Microsoft.Insights/eventtypes/values/read"), "{screen}");
    assert!(screen.contains("Nothing changed in what could be read"), "{screen}");
    assert_eq!(told(&desk).gaps.len(), 3, "the group, a dependent elsewhere, and the roles above");
    running.stop().await;
}

#[tokio::test]
async fn leaving_the_list_calls_the_log_off() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-prod").await;
    rush(&mut desk, "W");
    assert!(told(&desk).reading);
    rush(&mut desk, "<esc>");
    assert!(desk.model().overlays.is_empty() && desk.model().log.is_none());
    desk.settle().await;
    assert!(desk.model().log.is_none(), "nobody waits for it");
    running.stop().await;
}

/// Chooses an action by its name.
async fn choose(desk: &mut Desk, action: &str) {
    desk.press(&format!(":{action}<enter>")).await;
}

#[tokio::test]
async fn a_snapshot_of_the_console_is_held_against_what_is_there_later() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "owner", "mlw-fraud-dev").await;
    choose(&mut desk, "Compare with a saved").await;
    assert!(desk.screen().contains("there is no snapshot of mlw-fraud-dev yet"), "{}", desk.screen());
    choose(&mut desk, "Save a snapshot").await;
    assert!(desk.screen().contains("saved 20261122-140300"), "{}", desk.screen());
    choose(&mut desk, "Compare with a saved").await;
    assert!(desk.screen().contains("Nothing is different."), "{}", desk.screen());
    desk.press("<esc>").await;
    let storage = desk.model().page().unwrap().opened.storage_id().unwrap().clone();
    let body = json!({"properties": {"allowSharedKeyAccess": false}});
    let client = emulator::client(&running.url(), "owner");
    client.value(&Request::arm(Method::Patch, &storage, "2023-05-01").body(body)).await.unwrap();
    desk.press("R").await;
    choose(&mut desk, "Compare with a saved").await;
    let screen = desk.screen();
    assert!(screen.contains("1 difference") && screen.contains("allowSharedKeyAccess"), "{screen}");
    desk.press("<enter>").await;
    assert!(desk.screen().contains("Before  on"), "{}", desk.screen());
    running.stop().await;
}
