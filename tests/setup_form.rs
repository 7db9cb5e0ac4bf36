//! Workspaces set up through the form, over the emulator: filled in, looked at, run.

#![cfg(test)]

mod support {
    pub mod console;
    pub mod emulator;
}

use amldeck::app::console::Console;
use amldeck::app::overlay::Overlay;
use amldeck::app::review::Tab;
use amldeck::domain::plan::Phase;
use amldeck::emulator::Running;
use serde_json::Value;
use support::console::Desk;
use support::emulator;

async fn demo() -> Running {
    emulator::start(emulator::options()).await
}

async fn desk(running: &Running, persona: &str) -> Desk {
    let mut desk = Desk::open(&emulator::client(&running.url(), persona), Some("mlw-fraud-dev"));
    desk.settle().await;
    desk
}

/// The writes that were sent: method and path.
fn writes(running: &Running) -> Vec<(String, String, Value)> {
    let of = |request: amldeck::emulator::LoggedRequest| {
        let path = request.url.split('?').next().unwrap_or_default().to_owned();
        (request.method, path, request.body)
    };
    let is_write =
        |(method, ..): &(String, String, Value)| ["PUT", "PATCH", "DELETE"].contains(&method.as_str());
    running.requests().into_iter().map(of).filter(is_write).collect()
}

/// Whether the run that was begun last stands in a phase.
fn stands(console: &Console, phase: Phase) -> bool {
    console.model.runs.all().first().is_some_and(|known| known.run.phase == phase)
}

fn is_reviewed(desk: &Desk) -> bool {
    matches!(desk.model().overlays.last(), Some(Overlay::Review(_)))
}

/// Presses Enter until the plan is on screen.
async fn enter_through(desk: &mut Desk) -> usize {
    for pressed in 1..60 {
        desk.press("<enter>").await;
        if is_reviewed(desk) {
            return pressed;
        }
    }
    panic!("it does not come to a plan:\n{}", desk.screen());
}

#[tokio::test]
async fn who_only_presses_enter_gets_a_plan_of_one_workspace_that_runs() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    assert!(desk.screen().contains("Set up"), "{}", desk.screen());
    enter_through(&mut desk).await;
    assert!(writes(&running).is_empty(), "a plan is no change");
    let Some(Overlay::Review(review)) = desk.model().overlays.last() else { panic!() };
    assert_eq!(review.plan.title, "Set up mlw-ml");
    let tabs: Vec<Tab> = review.tabs().collect();
    assert!(tabs.contains(&Tab::Bicep) && tabs.contains(&Tab::Yaml), "{tabs:?}");
    desk.press("<enter>").await;
    desk.press("y").await;
    desk.until(|console| stands(console, Phase::Done)).await;
    desk.settle().await;
    let sent = writes(&running);
    assert!(
        sent.iter().any(|(method, path, _)| method == "PUT" && path.contains("/deployments/")),
        "{sent:?}"
    );
    running.stop().await;
}
