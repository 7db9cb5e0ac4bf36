//! `amldeck access`: the real binary against an emulator that is the real binary too.

use crate::binary::Emulator;

#[test]
fn the_exit_code_answers() {
    let emulator = Emulator::start(&[]);
    let access = |persona, line: &[&str]| emulator.run(persona, &[&["access"], line].concat());
    for (line, code) in [
        (&["mlw-fraud-prod"][..], 0),
        (&["mlw-fraud-prod", "--can", "read-secrets"], 0),
        (&["mlw-fraud-prod", "--principal", "priya raman", "--can", "read-secrets"], 0),
        (&["mlw-fraud-prod", "--principal", "priya raman", "--can", "read-blobs"], 1),
        (&["mlw-fraud-prod", "--principal", "jonas.lindqvist@contoso.com", "--can", "grant-access"], 1),
        (&["mlw-fraud-prod", "--principal", "Marta Kowalczyk (Fabrikam)", "--can", "read-blobs"], 3),
        (&["mlw-fraud-prod", "--can", "Microsoft.Storage/storageAccounts/write"], 0),
        (&["mlw-playground"], 3),
        (&["mlw-playground", "--can", "read-secrets"], 3),
        (&["mlw-fraud-prod", "--can", "fly"], 2),
        (&["mlw-fraud-prod", "--principal", "nobody@contoso.com"], 2),
        (&["mlw-nowhere"], 2),
    ] {
        let ran = access("owner", line);
        assert_eq!(ran.code, Some(code), "{line:?}: {ran:?}");
    }
    let unknown = access("owner", &["mlw-fraud-prod", "--can", "fly"]);
    assert!(unknown.err.contains("read-secrets") && unknown.out.is_empty(), "{unknown:?}");
    let near = access("owner", &["mlw-fraud-prod", "--principal", "priya"]);
    assert!(near.err.contains("Priya Raman"), "{near:?}");
    let nowhere = access("owner", &["mlw-fraud-prod", "--principal", "nils.bakker@contoso.com"]);
    assert!(matches!(nowhere.code, Some(0 | 2)), "{nowhere:?}");
}

#[test]
fn every_form_is_printed_and_json_has_the_chain() {
    let emulator = Emulator::start(&[]);
    for form in ["table", "json", "csv", "md"] {
        for line in [&[][..], &["--can", "read-blobs"], &["--principal", "priya raman"]] {
            let line = [&["access", "mlw-fraud-prod", "-o", form], line].concat();
            let ran = emulator.run("owner", &line);
            assert_eq!(ran.code, Some(0), "{line:?}: {}", ran.err);
            assert!(!ran.out.is_empty(), "{line:?}");
        }
    }
    let matrix = emulator.run("owner", &["access", "mlw-fraud-prod", "-o", "json"]).json();
    let rows = matrix["rows"].as_array().unwrap();
    let analysts = rows.iter().find(|row| row["principalName"] == "Fraud analysts").unwrap();
    assert_eq!(analysts["members"].as_array().unwrap().len(), 2);
    assert!(analysts["roles"].as_array().unwrap().iter().any(|role| role["condition"].is_string()));
    let line = [
        "access",
        "mlw-fraud-prod",
        "--principal",
        "yuki.tanabe@contoso.com",
        "--can",
        "run-jobs",
        "-o",
        "json",
    ];
    let one = emulator.run("owner", &line).json();
    assert_eq!(one["answer"], "yes");
    let reason = &one["ways"][0]["steps"][0]["reasons"][0];
    assert_eq!(reason["roleName"], "AzureML Data Scientist");
    assert_eq!(reason["through"][0]["principalName"], "Fraud data scientists");
    let csv = emulator.run("owner", &["access", "mlw-fraud-prod", "-o", "csv"]).out;
    assert!(csv.starts_with("principal,type,workspace,"), "{csv}");
}

#[test]
fn without_the_directory_it_cannot_tell_about_somebody_who_may_be_in_a_group() {
    let emulator = Emulator::start(&[]);
    let yuki = "2f39abdc-b0cb-4555-b2e5-570d7f78632f";
    let line = ["access", "mlw-fraud-prod", "--principal", yuki, "--can", "run-jobs"];
    let ran = emulator.run("no-directory", &line);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.out.contains("cannot tell"), "{ran:?}");
    let named = emulator.run("no-directory", &["access", "mlw-fraud-prod", "--principal", "Priya Raman"]);
    assert_eq!(named.code, Some(3), "who that is cannot be told: {named:?}");
}
