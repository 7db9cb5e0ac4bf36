//! What a switch of the storage access mode would do, on the command line.

use serde_json::Value;

use crate::binary::Emulator;

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
    assert_eq!((ran.code, &ran.json()["verdict"]), (Some(0), &Value::from("alreadySo")), "{ran:?}");
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
}
