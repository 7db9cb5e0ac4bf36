//! Runs that were killed, and gone on with or undone.

use super::*;

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
            // Nothing is begun beside it until that is decided.
            stage.runner.keep(&name, &mut |_| {}).await.unwrap();
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

/// The binary's own journal, as this process sees it.
async fn runner_at(emulator: &crate::binary::Emulator) -> Runner {
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
    std::fs::write(&slow, "[[fault]]\nmethod = 'DELETE'\npath = '*'\ndelay_ms = 600000\ntimes = 1\n")
        .unwrap();
    let flags = ["--speed", "100000", "--no-retry-after", "--faults", slow.to_str().unwrap()];
    let mut emulator = crate::binary::Emulator::start(&flags);
    let runner = runner_at(&emulator).await;
    let run = runner.run(granting(), None, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((run.phase, assignments_of_nobody(&emulator.url).await), (Phase::Done, 2));

    let shown = emulator.run("owner", &["journal", "undo", &run.id.0]);
    assert_eq!(shown.code, Some(1), "{shown:?}");
    assert!(shown.out.contains("DELETE /subscriptions/") && shown.err.contains("--yes"), "{shown:?}");

    let mut command = emulator.command("owner", &["journal", "undo", &run.id.0, "--yes"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let named = |line: String| line.split_once("run ")?.1.split_once(':').map(|(id, _)| id.to_owned());
    let id = lines.find_map(named).unwrap();
    while !emulator.run("owner", &["journal", "show", &id, "-o", "json"]).out.contains("\"sending\"") {}
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
    let csv = emulator.run("owner", &["journal", "show", cut_off, "-o", "csv"]);
    assert!(
        csv.code == Some(2) && csv.err.contains("`journal list -o csv`") && csv.out.is_empty(),
        "{csv:?}"
    );
    let resumed = emulator.run("owner", &["journal", "resume", cut_off, "--yes"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    assert_eq!(assignments_of_nobody(&emulator.url).await, 0);
    let list = emulator.run("owner", &["journal", "-o", "json"]);
    assert_eq!(list.code, Some(2), "the form belongs to the list: {list:?}");
    assert_eq!((&listed(true)["phase"], &listed(false)["undone"]), (&json!("done"), &json!(true)));
    assert_eq!(emulator.run("owner", &["journal", "resume", cut_off, "--yes"]).code, Some(2));
    assert_eq!(emulator.run("owner", &["--read-only", "journal", "undo", &run.id.0, "--yes"]).code, Some(2));
    let other = emulator.run("reader", &["journal", "list", "-o", "json"]).json();
    assert!(other.as_array().unwrap().iter().all(|run| run["account"] == "owner"), "{other}");
    assert_eq!(
        emulator.run("reader", &["journal", "undo", &run.id.0]).code,
        Some(2),
        "that is the owner's to do"
    );
    emulator.child.kill().unwrap();
    assert_eq!(emulator.rest(), "");
}
