//! What a switch of the storage access mode would do, on the command line.

use serde_json::Value;

use crate::binary::{Emulator, run};

#[test]
fn the_assessment_names_those_who_would_lose_access_in_every_form() {
    let emulator = Emulator::start(&[]);
    for form in ["table", "json", "csv", "md"] {
        let ran = emulator.run("owner", &["storage-access", "mlw-forecast", "-o", form]);
        assert_eq!(ran.code, Some(1), "{form}: {ran:?}");
        let words = if form == "json" { "\"loses\"" } else { "would lose access" };
        assert!(ran.out.contains(words), "{form}: {ran:?}");
    }
    let assessment = emulator.run("owner", &["storage-access", "mlw-forecast", "-o", "json"]).json();
    assert_eq!(assessment["mode"], "accesskey");
    let users = assessment["users"].as_array().unwrap();
    assert!(users.iter().any(|one| one["reach"]["loses"].is_object()), "{assessment}");
    let scenarios = assessment["scenarios"].as_array().unwrap();
    assert!(scenarios.iter().any(|one| one["seen"] == "notVisible"), "{assessment}");
}

#[test]
fn a_workspace_on_identity_is_so_already_and_an_account_that_others_use_says_so() {
    let emulator = Emulator::start(&[]);
    let ran = emulator.run("owner", &["storage-access", "mlw-fraud-prod", "-o", "json"]);
    assert_eq!((ran.code, &ran.json()["verdict"]), (Some(1), &Value::from("alreadySo")), "{ran:?}");
    let missing = ran.json()["grants"].as_array().unwrap().len();
    let plan = emulator.run("owner", &["storage-access", "mlw-fraud-prod", "--to", "identity", "-o", "json"]);
    let steps = plan.json()["plan"]["steps"].as_array().unwrap().clone();
    let ids: Vec<&str> = steps.iter().map(|step| step["id"].as_str().unwrap()).collect();
    let grants = ids.iter().filter(|id| id.starts_with("grant-")).count();
    assert_eq!(
        (missing, grants, ids.len()),
        (7, 14, 15),
        "two roles for each who lacks them, and a wait: {ids:?}"
    );
    let hub = emulator.run("owner", &["storage-access", "hub-vision", "-o", "json"]).json();
    let neighbours = hub["neighbours"].as_array().unwrap();
    assert!(
        neighbours.iter().any(|one| one["id"].as_str().unwrap().ends_with("proj-vision-defects")),
        "{hub}"
    );
}

#[test]
fn without_the_directory_it_cannot_be_told() {
    let emulator = Emulator::start(&[]);
    let ran = emulator.run("no-directory", &["storage-access", "mlw-forecast"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("cannot tell"), "{ran:?}");
    let told = emulator.run("no-directory", &["storage-access", "mlw-forecast", "-o", "json"]).json();
    let gaps: Vec<&str> = told["gaps"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(gaps.iter().any(|gap| gap.starts_with("the members of ")), "{gaps:?}");
    let because = told["verdict"]["cannotTell"]["because"][0].as_str().unwrap();
    assert!(
        because.starts_with("not everybody who uses the workspace is known: the members of "),
        "{because}"
    );
    assert!(!ran.out.contains("without a name"), "{ran:?}");
}

#[test]
fn missing_rights_are_told_before_anything_is_sent_and_consent_wants_a_mode() {
    let emulator = Emulator::start(&[]);
    let refused = emulator.run("reader", &["storage-access", "mlw-staging", "--to", "identity", "--yes"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for words in ["nothing was sent", "you lack Microsoft.Authorization/roleAssignments/write", "Owner"] {
        assert!(refused.err.contains(words), "{words}: {refused:?}");
    }
    let shown = emulator.run("reader", &["storage-access", "mlw-staging", "--to", "identity", "-o", "md"]);
    assert!(shown.out.contains("you lack Microsoft.Authorization/roleAssignments/write"), "{shown:?}");
    let runs = emulator.run("reader", &["journal", "list", "-o", "json"]);
    assert_eq!(runs.json(), serde_json::json!([]), "{runs:?}");
    let wrong = emulator.run("owner", &["storage-access", "mlw-staging", "--yes"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("--to") && wrong.out.is_empty(), "{wrong:?}");
}

#[test]
fn a_run_is_undone_once_and_one_that_is_over_is_not_decided_about() {
    let emulator = Emulator::start(&["--speed", "100000"]);
    let line = ["storage-access", "mlw-fraud-dev", "--to", "identity", "--no-grants", "--yes"];
    let unnamed = emulator.run("owner", &line);
    assert_eq!(unnamed.code, Some(2), "{unnamed:?}");
    assert!(
        unnamed.err.contains("Somebody loses access by it; repeat its name with --name mlw-fraud-dev"),
        "{unnamed:?}"
    );
    let named = [&line[..], &["--name", "mlw-fraud-dev"]].concat();
    assert_eq!(emulator.run("owner", &named).code, Some(0));
    let state = || emulator.run("owner", &["journal", "list", "-o", "csv"]).out;
    let id = emulator.run("owner", &["journal", "list", "-o", "json"]).json()[0]["run"]
        .as_str()
        .unwrap()
        .to_owned();
    let kept = emulator.run("owner", &["journal", "keep", &id]);
    assert!(kept.code == Some(2) && kept.err.contains("is done: there is nothing to decide"), "{kept:?}");
    assert!(state().contains(",done,"), "{}", state());
    let mut undo = emulator.command("owner", &["journal", "undo", &id, "--yes"]);
    let undone = run(undo.env("AMLDECK_CLOCK", "2026-11-22T14:04:00Z"));
    assert_eq!(undone.code, Some(0), "{undone:?}");
    let again = emulator.run("owner", &["journal", "undo", &id, "--yes"]);
    assert!(again.code == Some(2) && again.err.contains("was undone already"), "{again:?}");
}

#[test]
fn a_switch_is_shown_as_a_ticket_and_done_with_consent() {
    let emulator = Emulator::start(&["--speed", "100000"]);
    let line = ["storage-access", "mlw-fraud-dev", "--to", "identity", "--no-grants", "-o", "md"];
    let shown = emulator.run("owner", &line);
    assert_eq!(shown.code, Some(1), "{shown:?}");
    for words in ["# Switch mlw-fraud-dev to identity", "## How to undo", "PATCH /subscriptions/"] {
        assert!(shown.out.contains(words), "{words}: {shown:?}");
    }
    assert!(shown.err.contains("nothing was sent; --yes does it"), "{shown:?}");
    let csv = emulator.run("owner", &[&line[..6], &["csv"]].concat());
    assert!(csv.code == Some(2) && csv.err.contains("is no table: -o table, md or json"), "{csv:?}");
    let said = "None of the roles that keep people's access is given: those who need them lose it";
    assert!(shown.out.contains(said), "{shown:?}");
    let named = ["--yes", "--name", "mlw-fraud-dev"];
    let done = emulator.run("owner", &[&line[..5], &["--shared-key-off"], &named].concat());
    assert_eq!(done.code, Some(0), "{done:?}");
    let now = emulator.run("owner", &["storage-access", "mlw-fraud-dev", "-o", "json"]).json();
    assert_eq!((&now["mode"], &now["sharedKey"]), (&Value::from("identity"), &Value::from(false)));
    let again = emulator.run("owner", &[&line[..5], &["--yes"]].concat());
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.err.contains("on identity already"), "{again:?}");
    let read_only = ["--read-only", "storage-access", "mlw-fraud-dev", "--to", "keys", "--yes"];
    let refused = emulator.run("owner", &read_only);
    assert_eq!(refused.code, Some(2), "{refused:?}");
}

#[test]
fn roles_at_the_end_leave_their_clock_to_run_and_are_taken_back_on_the_way_back() {
    let emulator = Emulator::start(&["--speed", "100000"]);
    let line = ["storage-access", "mlw-fraud-dev", "--to", "identity", "--yes"];
    let assessment = || emulator.run("owner", &["storage-access", "mlw-fraud-dev", "-o", "json"]).json();
    let missing = assessment()["grants"].clone();
    assert_ne!(missing, serde_json::json!([]));
    let switched = emulator.run("owner", &[&line[..], &["--no-grants", "--name", "mlw-fraud-dev"]].concat());
    assert_eq!(switched.code, Some(0), "{switched:?}");
    // The newest run is told by its time.
    let granted = run(emulator.command("owner", &line).env("AMLDECK_CLOCK", "2026-11-22T14:04:00Z"));
    assert_eq!(granted.code, Some(0), "{granted:?}");
    let said = "done, and not waited for: until 2026-11-22T14:09:00Z it may not be so everywhere that the roles are in force";
    assert!(granted.err.contains(said), "{granted:?}");
    assert!(granted.err.contains("Not over yet: Wait until the roles are in force"), "{granted:?}");
    let lines: Vec<&str> = granted.err.lines().collect();
    assert!(lines.windows(2).all(|two| two[0] != two[1]), "nothing is told twice: {granted:?}");
    let now = assessment();
    assert_eq!((&now["mode"], &now["grants"]), (&Value::from("identity"), &serde_json::json!([])), "{now}");
    let runs = emulator.run("owner", &["journal", "list", "-o", "json"]).json();
    let id = runs[0]["run"].as_str().unwrap().to_owned();
    let listed = emulator.run("owner", &["journal", "list", "-o", "csv"]);
    assert!(
        listed.out.lines().nth(1).unwrap().contains("done, not waited until the roles are in force"),
        "{listed:?}"
    );
    // Whoever goes on when the clock has run down reads it back.
    let mut later = emulator.command("owner", &["journal", "resume", &id, "--yes"]);
    let later = run(later.env("AMLDECK_CLOCK", "2026-11-22T14:10:00Z"));
    assert_eq!(later.code, Some(0), "{later:?}");
    assert!(later.err.contains("Wait until the roles are in force: done"), "{later:?}");
    assert!(later.err.contains(&format!("run {id}: done\n")), "{later:?}");
    let back = ["storage-access", "mlw-fraud-dev", "--to", "keys", "--take-roles-back", "--yes"];
    let back = emulator.run("owner", &back);
    assert_eq!(back.code, Some(0), "{back:?}");
    let lines: Vec<&str> = back.err.lines().collect();
    assert!(lines.windows(2).all(|two| two[0] != two[1]), "nothing is told twice: {back:?}");
    let now = assessment();
    assert_eq!((&now["mode"], &now["grants"]), (&Value::from("accesskey"), &missing), "{now}");
}

#[test]
fn taking_roles_back_that_no_switch_from_here_gave_is_said_to_do_nothing() {
    let emulator = Emulator::start(&["--speed", "100000"]);
    let line = ["storage-access", "mlw-fraud-prod", "--to", "keys"];
    let none = "No role is taken back: the journal here has no switch that gave one";
    let asked = emulator.run("owner", &[&line[..], &["--take-roles-back"]].concat());
    assert!(asked.out.contains(none), "{asked:?}");
    let unasked = emulator.run("owner", &line);
    assert!(!unasked.out.contains(none), "{unasked:?}");
}

#[test]
fn several_are_shown_side_by_side_and_planned_together_and_production_wants_its_names() {
    let emulator = Emulator::start(&[]);
    let both = ["storage-access", "mlw-fraud-dev", "mlw-staging"];
    let ran = emulator.run("owner", &both);
    assert!(ran.out.contains("mlw-fraud-dev") && ran.out.contains("after grants"), "{ran:?}");
    let all = emulator.run("owner", &[&both[..], &["-o", "json"]].concat()).json();
    assert_eq!(all["assessments"].as_array().unwrap().len(), 2);
    assert!(!all["assessments"][0]["grants"].as_array().unwrap().is_empty());
    let planned = emulator.run("owner", &[&both[..], &["--to", "identity", "-o", "json"]].concat()).json();
    assert_eq!(planned["plan"]["title"], "Switch 2 workspaces to identity");
    let production = ["storage-access", "mlw-forecast", "--to", "identity", "--yes"];
    let unnamed = emulator.run("owner", &production);
    assert_eq!(unnamed.code, Some(2), "{unnamed:?}");
    assert!(unnamed.err.contains("--name"), "{unnamed:?}");
    let back = emulator.run("owner", &[&both[..], &["--to", "keys"]].concat());
    assert_eq!(back.code, Some(0), "{back:?}");
    assert!(back.err.contains("on shared key already"), "{back:?}");
    let three = [&both[..], &["mlw-fraud-prod", "--to", "keys"]].concat();
    let back = emulator.run("owner", &[&three[..], &["-o", "json"]].concat());
    assert_eq!(back.json()["plan"]["subjectName"], "mlw-fraud-prod", "{back:?}");
    assert!(back.out.contains("Left out: mlw-fraud-dev is on shared key already; mlw-staging"), "{back:?}");
    let forecast = ["storage-access", "mlw-forecast", "mlw-fraud-dev", "--to", "identity", "--yes"];
    let unnamed = emulator.run("owner", &forecast);
    assert_eq!(unnamed.code, Some(2), "{unnamed:?}");
    assert!(unnamed.err.contains("say how many they are with --name '2 workspaces'"), "{unnamed:?}");
    let named = emulator.run("owner", &[&forecast[..], &["--name", "mlw-forecast, mlw-fraud-dev"]].concat());
    assert_eq!(named.code, Some(2), "{named:?}");
}

#[test]
fn one_is_given_the_role_that_only_reads_another_none_and_who_is_none_of_them_is_told() {
    let emulator = Emulator::start(&[]);
    let line = ["storage-access", "mlw-fraud-dev", "--to", "identity", "-o", "json"];
    let planned = |flags: &[&str]| {
        let ran = emulator.run("owner", &[&line[..], flags].concat());
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let steps = ran.json()["plan"]["steps"].as_array().unwrap().clone();
        let title = |step: &Value| (step["title"].as_str().unwrap().to_owned(), step["chosen"] == true);
        steps.iter().map(title).filter(|(title, _)| title.starts_with("Give ")).collect::<Vec<_>>()
    };
    let whole = planned(&[]);
    assert!(whole.iter().all(|(title, chosen)| *chosen && title.contains("Contributor")), "{whole:?}");
    let groups = |all: &[(String, bool)]| -> Vec<(bool, bool)> {
        let of = all.iter().filter(|(title, _)| title.ends_with("to Fraud data scientists"));
        of.map(|(title, chosen)| (title.contains("Reader"), *chosen)).collect()
    };
    assert_eq!(groups(&whole), [(false, true), (false, true)]);
    assert_eq!(groups(&planned(&["--reader", "fraud data scientists"])), [(true, true), (true, true)]);
    let without = planned(&["--without", "Fraud data scientists"]);
    assert_eq!(groups(&without), [(false, false), (false, false)]);
    assert!(
        without.iter().filter(|(_, chosen)| *chosen).count() == whole.len() - 2,
        "the others have theirs"
    );
    let by_person = planned(&["--by-person"]);
    assert!(groups(&by_person).is_empty() && by_person.len() > whole.len(), "{by_person:?}");
    let nobody = emulator.run("owner", &[&line[..], &["--without", "Nobody"]].concat());
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
    assert!(
        nobody.err.contains("'Nobody' is none of those who would be given roles: ")
            && nobody.err.contains("Fraud data scientists"),
        "{nobody:?}"
    );
}

#[test]
fn a_step_that_fails_says_why_what_is_so_now_and_what_can_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    let text = r#"
[[fault]]
method = "PUT"
path = "*/roleAssignments/*"
status = 403
body = { error = { code = "AuthorizationFailed", message = "The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Authorization/roleAssignments/write' over scope '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/stfrauddev' or the scope is invalid." } }
"#;
    std::fs::write(&faults, text).unwrap();
    let emulator = Emulator::start(&["--speed", "100000", "--faults", faults.to_str().unwrap()]);
    let line = ["storage-access", "mlw-fraud-dev", "--to", "identity", "--yes"];
    let failed = emulator.run("owner", &line);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    for words in [
        "You lack Microsoft.Authorization/roleAssignments/write on",
        "Not done: Switch mlw-fraud-dev to identity",
        "--yes` to go on: from the step that failed",
    ] {
        assert!(failed.err.contains(words), "{words}: {failed:?}");
    }
    // What is not known to be safe wants its name, also where a flag says that nobody is given anything.
    let unsure = emulator.run("no-directory", &[&line[..], &["--no-grants"]].concat());
    assert_eq!(unsure.code, Some(2), "{unsure:?}");
    assert!(unsure.err.contains("--name mlw-fraud-dev"), "{unsure:?}");
}

/// Where time goes faster than on Azure a run waits as much shorter; on Azure itself nothing hurries it.
#[test]
fn what_a_run_waits_for_is_divided_by_the_speed_of_a_resource_manager_on_this_machine() {
    let emulator = Emulator::start(&["--speed", "1000"]);
    let settings = emulator.home.path().join("speed.toml");
    std::fs::write(&settings, "[azure]\nspeed = 1000\n").unwrap();
    let with_speed = ["--config", settings.to_str().unwrap()];
    let line = ["storage-access", "mlw-forecast", "--to", "identity", "--yes", "--name", "mlw-forecast"];
    let ran = emulator.run("owner", &[&with_speed[..], &line].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let waits = "waits until the roles are in force: 1 s here; on Azure usually 5 min";
    assert!(ran.err.contains(waits), "{}", ran.err);
    let mut azure = crate::binary::amldeck(emulator.home.path());
    let refused = run(azure.args(with_speed).args(["list"]).env("AMLDECK_ACCESS_TOKEN", "owner"));
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("[azure] speed: Azure goes at its own pace"), "{refused:?}");
    std::fs::write(&settings, "[azure]\nspeed = 0.5\n").unwrap();
    let wrong = emulator.run("owner", &[&with_speed[..], &["list"]].concat());
    assert!(wrong.code == Some(2) && wrong.err.contains("0.5 is no number from 1 on"), "{wrong:?}");
}
