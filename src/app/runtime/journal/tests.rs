//! The journal on disk and in memory.

use std::fs::OpenOptions;

use super::*;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::domain::plan::{Change, Check, Expect, Kind, Phase, Plan, Step};
use jiff::Timestamp;
use serde_json::{Value, json};

fn key(principal: &str) -> Key {
    Key { place: "https://management.azure.com/".into(), tenant: "t".into(), principal: principal.into() }
}

fn first(run: &RunId, body: Value) -> Record {
    let mut plan = Plan::new(Kind::Edit, "Edit", ArmId::subscription("s"));
    let request = Request::arm_path(Method::Put, "/subscriptions/s", "1").body(body);
    plan.steps.push(Step::send("a", "Do it", "It is done.", request));
    let change =
        Change::Begun { run: run.clone(), account: "ada".into(), undoes: None, plan: Box::new(plan) };
    Record { at: Timestamp::UNIX_EPOCH, change }
}

fn then(change: Change) -> Record {
    Record { at: Timestamp::UNIX_EPOCH, change }
}

fn run(name: &str) -> RunId {
    RunId(name.to_owned())
}

#[test]
fn the_journals_of_all_accounts_are_read_without_any_and_those_of_another_endpoint_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let beside = JournalPlace::Beside(folder.path().join("estate.json.journal"));
    for (at, account) in [(&place, "ada"), (&place, "bob"), (&beside, "ada")] {
        let journal = Journal::open(at, &key(account)).unwrap();
        let id = run(&format!("run-of-{account}"));
        drop(journal.begin(&id, &first(&id, json!({}))).unwrap());
    }
    let endpoint = key("ada").place;
    let all = Journals::at(&place, &endpoint).unwrap();
    assert_eq!(all.list().unwrap().0.len(), 2);
    assert_eq!(all.find("run-of-b").unwrap().run.id.0, "run-of-bob");
    assert!(Journals::at(&place, "https://other.example/").unwrap().list().unwrap().0.is_empty());
    let elsewhere = Journals::at(&beside, "http://127.0.0.1:1/").unwrap();
    assert_eq!(elsewhere.list().unwrap().0.len(), 1, "an emulator listens somewhere else each time");
}

#[test]
fn an_account_has_one_journal_however_its_tenant_was_called() {
    const TENANT: &str = "7d1c0a52-6f9e-4c43-8b1d-2f5a90e3c7d4";
    const ACCOUNT: &str = "ada@Contoso.com";
    let former = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    for (asked, names) in [
        (None, former(&["Contoso.com"])),
        (Some("7D1C0A52-6F9E-4C43-8B1D-2F5A90E3C7D4"), former(&["Contoso.com"])),
        (Some("contoso.onmicrosoft.com"), former(&["contoso.onmicrosoft.com", "Contoso.com"])),
    ] {
        assert_eq!(tenant_of(Some(TENANT), ACCOUNT, asked), (TENANT.to_owned(), names));
    }
    // A token that tells nothing is of the tenant that was asked for.
    assert_eq!(tenant_of(None, "unknown account", Some("t")), ("t".to_owned(), Vec::new()));

    // What was kept under the domain before is listed, held and gone on with.
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let before = Journal::open(&place, &Key { tenant: "contoso.com".to_owned(), ..key("ada") }).unwrap();
    let old = run("20261121-1");
    let kept = before.begin(&old, &first(&old, json!({}))).unwrap();
    let open = |asked: Option<&str>| {
        let (tenant, former) = tenant_of(Some(TENANT), ACCOUNT, asked);
        let key = Key { tenant, ..key("ada") };
        Journal::open(&place, &key).unwrap().with_former(&place, &key, &former).unwrap()
    };
    let now = open(Some("contoso.com"));
    assert!(matches!(now.take_up(&old), Err(JournalError::Held(_))));
    drop(kept);
    let new = run("20261122-1");
    drop(now.begin(&new, &first(&new, json!({}))).unwrap());
    for asked in [None, Some("contoso.com"), Some(TENANT)] {
        let runs = open(asked).list().unwrap().0.into_iter();
        let names: Vec<String> = runs.map(|listed| listed.run.id.0).collect();
        assert_eq!(names, ["20261122-1", "20261121-1"], "{asked:?}");
    }
    let (mut entry, _) = open(None).take_up(&old).unwrap();
    entry.write(&then(Change::Stopped)).unwrap();
    drop(entry);
    assert_eq!(before.find("20261121").unwrap().run.phase, Phase::Stopped, "it stays where it is");
    assert!(matches!(open(None).take_up(&run("x")), Err(JournalError::NoSuchRun(_))));
}

#[test]
fn a_run_comes_back_and_is_held_by_one_console_only() {
    let folder = tempfile::tempdir().unwrap();
    for place in [JournalPlace::Folder(folder.path().to_owned()), JournalPlace::Memory(Memory::default())] {
        let journal = Journal::open(&place, &key("ada")).unwrap();
        let id = run("20261122-1");
        let mut entry = journal.begin(&id, &first(&id, json!({}))).unwrap();
        entry.write(&then(Change::Sending { step: 0, request: 0 })).unwrap();
        assert!(matches!(journal.take_up(&id), Err(JournalError::Held(_))));
        assert!(journal.list().unwrap().0[0].held);
        drop(entry);
        assert!(!journal.find("2026").unwrap().held);
        let (mut entry, state) = journal.take_up(&id).unwrap();
        assert_eq!((state.phase, state.steps[0].open), (Phase::Running, Some(0)));
        entry.write(&then(Change::Stopped)).unwrap();
        drop(entry);
        assert_eq!(journal.find("20261122-1").unwrap().run.phase, Phase::Stopped);
        assert!(matches!(journal.find("x"), Err(JournalError::NoSuchRun(_))));
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it_and_other_accounts_have_their_own() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let place = JournalPlace::Folder(folder.path().to_owned());
    let journal = Journal::open(&place, &key("ada")).unwrap();
    journal.begin(&run("1"), &first(&run("1"), json!({}))).unwrap();
    assert!(Journal::open(&place, &key("bob")).unwrap().list().unwrap().0.is_empty());
    let Store::Folder(own, _) = &journal.store else { panic!("{journal:?}") };
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(own), mode(&own.join("1.jsonl"))), (0o700, 0o600));
}

#[test]
fn a_torn_last_line_is_cut_off_wherever_the_process_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&JournalPlace::Folder(folder.path().to_owned()), &key("ada")).unwrap();
    let id = run("1");
    let Store::Folder(own, _) = &journal.store else { panic!("{journal:?}") };
    let path = own.join("1.jsonl");
    drop(journal.begin(&id, &first(&id, json!({}))).unwrap());
    let begun = std::fs::read(&path).unwrap();
    let line = format!("{}\n", serde_json::to_string(&then(Change::Stopped)).unwrap());
    for cut in 0..line.len() {
        let mut bytes = begun.clone();
        bytes.extend(&line.as_bytes()[..cut]);
        std::fs::write(&path, &bytes).unwrap();
        let (mut entry, state) = journal.take_up(&id).unwrap();
        assert_eq!(state.phase, Phase::Running, "cut at {cut}");
        entry.write(&then(Change::Ended)).unwrap();
        drop(entry);
        assert_eq!(journal.find("1").unwrap().run.phase, Phase::Done, "cut at {cut}");
    }
    std::fs::write(&path, &begun[..begun.len() / 2]).unwrap();
    let (runs, damaged) = journal.list().unwrap();
    assert!(runs.is_empty() && damaged.is_empty(), "a run whose plan is torn has sent nothing: {damaged:?}");
}

#[test]
fn a_plan_with_a_secret_never_goes_to_disk() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&JournalPlace::Folder(folder.path().to_owned()), &key("ada")).unwrap();
    let error = journal.begin(&run("1"), &first(&run("1"), json!({"adminPassword": "hunter2"}))).unwrap_err();
    assert!(error.to_string().contains("adminPassword"), "{error}");
    assert!(!error.to_string().contains("hunter2"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_line_of_another_version_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(&JournalPlace::Folder(folder.path().to_owned()), &key("ada")).unwrap();
    drop(journal.begin(&run("1"), &first(&run("1"), json!({}))).unwrap());
    let Store::Folder(own, _) = &journal.store else { panic!("{journal:?}") };
    let mut file = OpenOptions::new().append(true).open(own.join("1.jsonl")).unwrap();
    file.write_all(b"{\"at\":\"2026-11-22T00:00:00Z\",\"what\":\"novelty\"}\n").unwrap();
    drop(journal.begin(&run("22"), &first(&run("22"), json!({}))).unwrap());
    let error = |beginning: &str| journal.find(beginning).unwrap_err().to_string();
    for error in [journal.take_up(&run("1")).unwrap_err().to_string(), error("1")] {
        assert!(error.contains("line 2") && error.contains("novelty"), "{error}");
    }
    assert!(error("3").contains("there is no run 3"), "{}", error("3"));
    assert_eq!(journal.find("2").unwrap().run.id, run("22"));
}

#[test]
fn tags_that_are_named_like_keys_are_written_down_and_what_looks_like_a_secret_is_not() {
    let journal = Journal::open(&JournalPlace::Memory(Memory::default()), &key("ada")).unwrap();
    let checked = |at: &str, value: Value| {
        let mut record = first(&run("1"), json!({ "tags": { "team": "a" } }));
        if let Change::Begun { plan, .. } = &mut record.change {
            let read = Request::arm_path(Method::Get, "/subscriptions/s", "1");
            let expect = Expect::All(vec![Expect::equals_or(at, value, json!({}))]);
            plan.steps[0].guard = Some(Check::new(read, expect, "tags as they were read"));
        }
        journal.begin(&run("1"), &record).map(drop)
    };
    for (at, value, is_written) in [
        ("/tags", json!({ "costKey": "c-12", "key1": "v", "sas": "none" }), true),
        ("/tags", json!({ "note": "AccountKey=abc;x" }), false),
        ("/properties/x", json!({ "costKey": "c-12" }), false),
    ] {
        assert_eq!(checked(at, value.clone()).is_ok(), is_written, "{at} {value}");
    }
    let check = Expect::equals_or("/tags", json!({ "costKey": "a" }), json!({}));
    let read = Request::arm_path(Method::Get, "/x", "1");
    let found = Check::new(read, check, "w").judge(Some(&json!({ "tags": { "costKey": "b" } }))).found;
    assert_eq!(found, "tags is not so");
}
