//! What the console draws over the demo estate, as text at the three sizes of terminal that it is made for,
//! and as the picture in the README. Each of these was looked at before it was kept.
//!
//! `INSTA_UPDATE=always UPDATE_PICTURES=1 cargo test --test screens` keeps what is drawn now.

#![cfg(test)]

mod support {
    pub mod console;
    pub mod emulator;
}

use std::path::Path;

use amldeck::app::message::Message;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::config::input::Input;
use amldeck::config::symbols;
use amldeck::domain::plan::StepState;
use amldeck::emulator::{Fault, Running};
use amldeck::ui::svg;
use insta::assert_snapshot;
use serde_json::json;
use support::console::Desk;
use support::emulator;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (200, 60)];

fn resize(desk: &mut Desk, (width, height): (u16, u16)) {
    desk.terminal.backend_mut().resize(width, height);
    desk.handle(Message::Input(Input::Resize { width, height }));
}

async fn desk(running: &Running, landing: &str, size: (u16, u16)) -> Desk {
    let client = emulator::client(&running.url(), "owner");
    let mut desk = Desk::open(&client, Some(landing));
    resize(&mut desk, size);
    desk.settle().await;
    assert_eq!(desk.selected(), landing);
    desk
}

/// Keeps the screen after some keys, at every size.
async fn keep(name: &str, landing: &str, keys: &str) {
    let running = emulator::start(emulator::options()).await;
    for size in SIZES {
        let mut desk = desk(&running, landing, size).await;
        desk.press(keys).await;
        let screen = desk.screen();
        assert_snapshot!(format!("{name}-{}x{}", size.0, size.1), screen);
    }
    running.stop().await;
}

#[tokio::test]
async fn the_workspace_screen() {
    keep("workspace", "mlw-fraud-prod", "").await;
}

#[tokio::test]
async fn a_workspace_with_trouble() {
    keep("trouble", "mlw-qa", "2").await;
}

#[tokio::test]
async fn the_form_that_edits_a_workspace() {
    keep("edit", "mlw-fraud-prod", "e").await;
}

#[tokio::test]
async fn the_table() {
    keep("table", "mlw-fraud-prod", "t").await;
}

#[tokio::test]
async fn the_overview_zoomed() {
    keep("overview", "mlw-forecast", "0z").await;
}

#[tokio::test]
async fn dependents_zoomed() {
    keep("dependents", "mlw-fraud-prod", "2z").await;
}

#[tokio::test]
async fn network_zoomed() {
    keep("network", "mlw-fraud-prod", "3z").await;
}

#[tokio::test]
async fn access_zoomed_and_filtered() {
    keep("access", "mlw-fraud-prod", "4z/role:contributor<enter>").await;
}

#[tokio::test]
async fn the_access_matrix() {
    keep("matrix", "mlw-fraud-prod", "4zjl").await;
}

#[tokio::test]
async fn the_access_matrix_by_role() {
    keep("matrix-role", "mlw-fraud-prod", "4zbj").await;
}

#[tokio::test]
async fn the_access_matrix_where_a_scope_is_forbidden() {
    keep("matrix-forbidden", "mlw-playground", "4z").await;
}

#[tokio::test]
async fn the_questions_about_access() {
    keep("ask", "mlw-fraud-prod", "wblob").await;
}

#[tokio::test]
async fn who_can_read_blobs() {
    keep("who-can", "mlw-fraud-prod", "wread blobs<enter>").await;
}

#[tokio::test]
async fn what_somebody_can_do_and_why_not() {
    keep("what-can", "mlw-fraud-prod", "wpriya<enter>").await;
    keep("why-not", "mlw-fraud-prod", "wpriya<enter>/read-blobs<enter><enter>").await;
}

#[tokio::test]
async fn json_searched() {
    keep("json", "mlw-fraud-prod", "J/storage<enter>n").await;
}

#[tokio::test]
async fn help() {
    keep("help", "mlw-fraud-prod", "?").await;
}

#[tokio::test]
async fn the_palette() {
    keep("palette", "mlw-fraud-prod", ":re").await;
}

#[tokio::test]
async fn findings_of_the_estate() {
    keep("findings", "mlw-fraud-prod", "ff").await;
}

#[tokio::test]
async fn what_changed_in_a_week() {
    keep("timeline", "mlw-fraud-prod", "WWj").await;
}

#[tokio::test]
async fn what_is_different_from_a_snapshot() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "mlw-fraud-dev", SIZES[0]).await;
    desk.press(":Save a snapshot<enter>").await;
    let client = emulator::client(&running.url(), "owner");
    let storage = desk.model().page().unwrap().opened.storage_id().unwrap().clone();
    let closed =
        json!({"properties": {"allowSharedKeyAccess": false, "networkAcls": {"defaultAction": "Deny"}}});
    client.value(&Request::arm(Method::Patch, &storage, "2023-05-01").body(closed)).await.unwrap();
    let id = storage
        .join("providers/Microsoft.Authorization/roleAssignments/0aa1b2c3-0000-4000-8000-000000000001");
    let role = "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    let who = "ecbc2244-c14f-4ef5-ac39-ad94e501cb54";
    let grant = json!({"properties": {"roleDefinitionId": role, "principalId": who, "createdOn": "2026-11-22T14:00:00Z"}});
    client.value(&Request::arm(Method::Put, &id, "2022-04-01").body(grant)).await.unwrap();
    desk.press("R:Compare with a saved<enter>").await;
    for size in SIZES {
        resize(&mut desk, size);
        // When the emulator made the assignment is not the same twice.
        let screen = regex_lite::Regex::new(r"since [0-9: -]+ by")
            .unwrap()
            .replace_all(&desk.screen(), "since TIME by")
            .into_owned();
        assert_snapshot!(format!("comparison-{}x{}", size.0, size.1), screen);
    }
    running.stop().await;
}

#[tokio::test]
async fn what_a_switch_of_the_storage_access_would_do() {
    keep("storage-access", "mlw-fraud-dev", "s").await;
}

#[tokio::test]
async fn what_can_be_done_about_storage_access() {
    keep("storage-access-choice", "mlw-fraud-dev", "s<enter>").await;
}

#[tokio::test]
async fn the_plan_of_a_switch() {
    keep("storage-access-plan", "mlw-fraud-dev", "s<enter>i").await;
}

#[tokio::test]
async fn a_plan_of_many_steps() {
    keep("review-many", "mlw-forecast", "s<enter>ijjjj").await;
}

#[tokio::test]
async fn what_is_to_be_known_of_a_plan() {
    keep("review-notes", "mlw-forecast", "s<enter>in").await;
}

#[tokio::test]
async fn the_way_back_to_keys() {
    keep("storage-access-back", "mlw-churn-dev", "s<enter>b").await;
}

#[tokio::test]
async fn several_workspaces_side_by_side() {
    keep("storage-access-several", "mlw-fraud-dev", "<space>:mlw-staging<enter><space>s<esc>").await;
}

#[tokio::test]
async fn the_copy_menu() {
    keep("copy", "mlw-fraud-prod", "Y").await;
}

#[tokio::test]
async fn the_first_screen_before_any_answer() {
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "owner");
    for (width, height) in SIZES {
        let mut desk = Desk::open(&client, None);
        resize(&mut desk, (width, height));
        assert_snapshot!(format!("first-{width}x{height}"), desk.screen());
    }
    running.stop().await;
}

#[tokio::test]
async fn what_may_not_be_read() {
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "data-scientist");
    for (width, height) in SIZES {
        let mut desk = Desk::open(&client, None);
        resize(&mut desk, (width, height));
        desk.settle().await;
        desk.go_to("mlw-churn-dev").await;
        desk.press("2").await;
        assert_snapshot!(format!("forbidden-{width}x{height}"), desk.screen());
    }
    running.stop().await;
}

#[tokio::test]
async fn nobody_answers() {
    let running = emulator::start(emulator::options()).await;
    running.add_fault(Fault { reset: true, ..Fault::default() });
    let client = emulator::client(&running.url(), "owner");
    for (width, height) in SIZES {
        let mut desk = Desk::open(&client, None);
        resize(&mut desk, (width, height));
        desk.settle().await;
        assert_snapshot!(format!("offline-{width}x{height}"), desk.screen());
    }
    running.stop().await;
}

#[tokio::test]
async fn in_ascii_nothing_of_our_own_needs_more() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "mlw-fraud-prod", (120, 36)).await;
    let model = &mut desk.console.model;
    model.signs = symbols::ASCII;
    model.keymap = std::mem::take(&mut model.keymap).in_ascii(true);
    let mut screens = desk.screen();
    for keys in ["?", "<esc>:", "<esc>f", "<esc>4z", "<esc>Y", "<esc>@", "<esc>0z"] {
        desk.press(keys).await;
        screens += &desk.screen();
    }
    // Letters are people's, whatever their script; signs are ours. One of the people has a rocket.
    let signs = screens.chars().filter(|c| !c.is_ascii() && !c.is_alphanumeric() && *c != '🚀');
    assert_eq!(signs.collect::<String>(), "", "{screens}");
    assert!(screens.contains("Enter"), "{screens}");
    running.stop().await;
}

#[tokio::test]
async fn granting_a_role_who_first() {
    keep("grant-who", "mlw-fraud-prod", "Apri").await;
}

#[tokio::test]
async fn granting_a_role_what_it_allows() {
    keep("grant-role", "mlw-fraud-prod", "Apri<enter><enter><down>").await;
}

#[tokio::test]
async fn granting_a_role_what_it_allows_on_a_key() {
    keep("grant-means", "mlw-fraud-prod", "Apri<enter><enter><down><c-o>").await;
}

#[tokio::test]
async fn granting_a_role_for_a_time_that_is_none() {
    keep("grant-wrong", "mlw-fraud-prod", "Apri<enter><enter><down><enter><space><tab><c-u>9 weeks").await;
}

#[tokio::test]
async fn a_plan_before_it_runs() {
    keep("review", "mlw-fraud-prod", "Apri<enter><enter><down><enter><c-r>").await;
}

#[tokio::test]
async fn a_plan_as_az_lines() {
    keep("review-az", "mlw-fraud-prod", "Apri<enter><enter><down><enter><c-r><tab>").await;
}

#[tokio::test]
async fn production_wants_its_name_typed() {
    keep("review-name", "mlw-fraud-prod", "4/farid<enter>X<enter>mlw-fr").await;
}

#[tokio::test]
async fn a_persona_and_what_it_gets() {
    keep("persona", "mlw-fraud-dev", "Ppri<enter><down><tab>").await;
}

#[tokio::test]
async fn leaving_a_form_is_asked() {
    keep("form-leave", "mlw-fraud-prod", "Apri<enter><esc>").await;
}

#[tokio::test]
async fn the_keys_of_a_form() {
    keep("form-help", "mlw-fraud-prod", "A<f1>").await;
}

#[tokio::test]
async fn what_one_could_activate() {
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "contributor");
    for (width, height) in SIZES {
        let mut desk = Desk::open(&client, Some("mlw-fraud-prod"));
        resize(&mut desk, (width, height));
        desk.settle().await;
        desk.press("E<down>").await;
        assert_snapshot!(format!("activate-{width}x{height}"), desk.screen());
    }
    running.stop().await;
}

#[tokio::test]
async fn the_directory_refuses_a_search() {
    let running = emulator::start(emulator::options()).await;
    let client = emulator::client(&running.url(), "no-directory");
    for (width, height) in SIZES {
        let mut desk = Desk::open(&client, Some("mlw-fraud-prod"));
        resize(&mut desk, (width, height));
        desk.settle().await;
        desk.press("Apri<tab>not-an-id").await;
        assert_snapshot!(format!("grant-refused-{width}x{height}"), desk.screen());
    }
    running.stop().await;
}

#[tokio::test]
async fn a_run_that_waits_until_its_roles_are_in_force() {
    for size in SIZES {
        // Each its own estate: what was granted once is there already.
        let running = emulator::start(emulator::options()).await;
        let mut desk = desk(&running, "mlw-fraud-prod", size).await;
        desk.press("Apri<enter><enter><down><enter><c-r><enter>mlw-fraud-prod<enter>").await;
        desk.until(|console| {
            let runs = console.model.runs.all();
            let waits =
                runs.iter().any(|known| known.run.steps.iter().any(|step| step.state == StepState::Waiting));
            waits && console.model.network.in_flight == 0
        })
        .await;
        assert_snapshot!(format!("run-{}x{}", size.0, size.1), desk.screen());
        running.stop().await;
    }
}

fn compare(path: &Path, drawn: &str) {
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        std::fs::write(path, drawn).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == drawn,
        "{} is not what the console draws now. If the new screen is right, type\n\n    \
         UPDATE_PICTURES=1 cargo test --test screens\n\nand look at the picture before it is committed.",
        path.display()
    );
}

#[tokio::test]
async fn the_picture_in_the_readme_is_what_the_console_draws() {
    let running = emulator::start(emulator::options()).await;
    let mut desk = desk(&running, "mlw-fraud-prod", (120, 36)).await;
    let drawn = svg::render(desk.draw(), "amldeck over its demo estate");
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/screen.svg"), &drawn);
    running.stop().await;
}
