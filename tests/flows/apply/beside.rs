//! What is not begun beside a run that is not over, and who is told.

use super::{Stage, clock, fault, words};
use crate::binary::Emulator;
use crate::plan_files::ONE;
use crate::support::emulator;
use amldeck::app::runtime::{Control, JournalPlace, RunError, Runner};
use amldeck::domain::plan::{Phase, Plan};
use amldeck::emulator::Options;
use serde_json::json;

/// An emulator that refuses the first deployment, so that a set-up fails behind its group.
fn refusing() -> Options {
    let body = json!({"error": {"code": "QuotaExceeded", "message": "Workspaces in uksouth: 800 of 800."}});
    Options { faults: vec![fault("PUT", "*/deployments/*", 400, body)], ..emulator::options() }
}

/// That a plan is not begun by a runner, and why.
async fn refused(stage: &Stage, runner: &Runner, plan: Plan) -> String {
    stage.running.forget_requests();
    let error = runner.run(plan, None, &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, RunError::Beside(_)), "{error}");
    assert_eq!(stage.writes(), Vec::<String>::new());
    error.to_string()
}

#[tokio::test]
async fn nothing_is_begun_beside_a_set_up_that_is_not_over_until_that_is_decided_about() {
    let stage = Stage::of(refusing()).await;
    let failed = stage.run(stage.plan(ONE).await).await;
    assert_eq!(failed.phase, Phase::Failed);
    let again = stage.plan(ONE).await;
    let said = refused(&stage, &stage.runner, again.clone()).await;
    let id = &failed.id;
    let told = format!(
        "nothing was sent: on the same workspace or account run {id} (\"Set up mlw-tiny\") is failed: \
         `amldeck journal resume {id} --yes` to go on, "
    );
    assert!(said.starts_with(&told) && said.contains("to leave it"), "{said}");
    stage.runner.keep(id, &mut |_| {}).await.unwrap();
    let run = stage.run(again).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn the_run_of_another_account_is_in_the_way_as_well_and_is_said_to_be_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let stage = Stage::on(refusing(), &place).await;
    let failed = stage.run(stage.plan(ONE).await).await;
    let client = emulator::client(&stage.running.url(), "contributor");
    let other = Runner::open(client, &place, clock()).await.unwrap();
    let said = refused(&stage, &other, stage.plan(ONE).await).await;
    let whose = format!("run {} of {}", failed.id, failed.account);
    assert!(said.contains(&whose) && said.contains("`amldeck journal keep"), "{said}");
    // What is at work elsewhere is not disturbed.
    let elsewhere = stage.plan(&ONE.replace("tiny", "small")).await;
    let client = emulator::client(&stage.running.url(), "contributor");
    let run = Runner::open(client, &place, clock()).await.unwrap();
    let run = run.run(elsewhere, None, &Control::default(), &mut |_| {}).await;
    assert!(!matches!(run, Err(RunError::Beside(_))), "{run:?}");
}

#[test]
fn apply_says_so_before_it_asks_anybody_and_whoever_has_the_journal_can_decide() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    let text = "[[fault]]\nmethod = 'PUT'\npath = '*/deployments/*'\nstatus = 400\ntimes = 1\n";
    std::fs::write(&faults, text).unwrap();
    let emulator = Emulator::start(&["--speed", "100000", "--faults", faults.to_str().unwrap()]);
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/plans/one.toml");
    let failed = emulator.run("owner", &["apply", plan, "--yes"]);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    let again = emulator.run("owner", &["apply", plan]);
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.err.contains("nothing was sent: on the same workspace or account run 2"), "{again:?}");
    assert!(!again.err.contains("terminal"), "nobody was asked: {again:?}");
    let id = emulator.run("owner", &["journal", "list", "-o", "json"]).json()[0]["run"].clone();
    // It is decided about without that account.
    let kept = emulator.run("reader", &["journal", "keep", id.as_str().unwrap()]);
    assert_eq!(kept.code, Some(0), "{kept:?}");
    let done = emulator.run("owner", &["apply", plan, "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
}
