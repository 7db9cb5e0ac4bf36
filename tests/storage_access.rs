//! The guided switch of the storage access mode, over the emulator.

// Helpers may unwrap and print like the tests they serve.
#![cfg(test)]

mod support {
    pub mod console;
    pub mod emulator;
}

use amldeck::app::overlay::Overlay;
use amldeck::domain::plan::Plan;
use support::console::Desk;
use support::emulator;

fn plan(desk: &Desk) -> &Plan {
    match desk.model().overlays.last() {
        Some(Overlay::Review(review)) => &review.plan,
        other => panic!("{other:?} is no review"),
    }
}

#[tokio::test]
async fn the_assessment_lies_over_the_screen_and_leads_to_the_plan() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = Desk::open(&emulator::client(&running.url(), "owner"), None);
    desk.settle().await;
    desk.go_to("mlw-forecast").await;
    desk.press("s").await;
    let screen = desk.screen();
    assert!(screen.contains("would lose access"), "{screen}");
    assert!(screen.contains("Plan the switch to identity"), "{screen}");
    desk.press("i").await;
    let ids: Vec<&str> = plan(&desk).steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids.first().copied(), Some("grant-1"));
    assert_eq!(&ids[ids.len() - 3..], ["in-force", "switch", "keys-off"]);
    assert!(!plan(&desk).steps.last().unwrap().chosen, "keys stay on unless somebody chooses");
    // Below it is the assessment, to be read.
    desk.press("<esc>").await;
    assert!(desk.screen().contains("Mode today"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn a_workspace_that_is_broken_by_keys_that_are_off_is_offered_the_way_back() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = Desk::open(&emulator::client(&running.url(), "owner"), None);
    desk.settle().await;
    desk.go_to("mlw-churn-dev").await;
    desk.press("sk").await;
    let ids: Vec<&str> = plan(&desk).steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["keys-on", "keys-work", "switch", "sync-keys"]);
    running.stop().await;
}
