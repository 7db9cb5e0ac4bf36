//! Snapshots of a workspace on the command line: taken, kept, compared.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::binary::{Emulator, Ran};

const ACCOUNT: &str = "/subscriptions/6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91/resourceGroups/rg-fraud-prod/providers/\
                       Microsoft.Storage/storageAccounts/stfraudprod";
/// Ada Novak, of the demo estate.
const ADA: &str = "ecbc2244-c14f-4ef5-ac39-ad94e501cb54";

/// Sends one request as the estate's owner.
fn send(emulator: &Emulator, method: &str, path: &str, body: &Value) {
    let address = emulator.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer owner\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
}

fn snapshot(emulator: &Emulator, persona: &str, more: &[&str]) -> Ran {
    let line: Vec<&str> = ["snapshot", "mlw-fraud-prod"].iter().chain(more).copied().collect();
    emulator.run(persona, &line)
}

#[test]
fn a_snapshot_is_kept_listed_and_what_changed_since_is_told_with_its_exit_code() {
    let emulator = Emulator::start(&[]);
    let ran = snapshot(&emulator, "owner", &["--diff"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("there is no snapshot of mlw-fraud-prod yet"), "{ran:?}");

    let taken = snapshot(&emulator, "owner", &["-o", "json"]);
    assert_eq!(taken.code, Some(0), "{taken:?}");
    assert_eq!(
        (&taken.json()["name"], &taken.json()["takenBy"]),
        (&json!("20261122-140300"), &json!("ada@contoso.com"))
    );
    let listed = snapshot(&emulator, "owner", &["--list", "-o", "json"]).json();
    assert_eq!(listed, json!([taken.json()]));

    let same = snapshot(&emulator, "owner", &["--diff", "-o", "json"]);
    assert_eq!((same.code, &same.json()["differences"]), (Some(0), &json!([])), "{same:?}");

    let role = "/providers/Microsoft.Authorization/roleDefinitions/ba92f5b4-2d11-453d-a403-e96b0029c9fe";
    let name = "0aa1b2c3-0000-4000-8000-000000000001";
    let path =
        format!("{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/{name}?api-version=2022-04-01");
    let grant =
        json!({"properties": {"roleDefinitionId": role, "principalId": ADA, "principalType": "User"}});
    send(&emulator, "PUT", &path, &grant);
    let firewall = json!({"properties": {"networkAcls": {"defaultAction": "Deny"}}});
    send(&emulator, "PATCH", &format!("{ACCOUNT}?api-version=2023-05-01"), &firewall);

    let changed = snapshot(&emulator, "owner", &["--diff", "20261122-140300", "-o", "json"]);
    assert_eq!(changed.code, Some(1), "{changed:?}");
    let differences = changed.json()["differences"].clone();
    let whats: Vec<&str> =
        differences.as_array().unwrap().iter().map(|d| d["what"].as_str().unwrap()).collect();
    assert_eq!(
        whats,
        ["Ada Novak: Storage Blob Data Contributor on stfraudprod", "stfraudprod: networkAcls.defaultAction"]
    );
    assert_eq!((&differences[1]["before"], &differences[1]["after"]), (&json!("Allow"), &json!("Deny")));
    let missing = snapshot(&emulator, "owner", &["--diff", "nope"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

#[test]
fn what_may_not_be_read_makes_the_answer_cannot_tell() {
    let emulator = Emulator::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    std::fs::write(
        &faults,
        "[[fault]]\nmethod = \"GET\"\npath = \"*/stfraudprod/providers/Microsoft.Authorization/roleAssignments\"\nstatus = 403\n\
         body = { error = { code = \"AuthorizationFailed\", message = \"no\" } }\n",
    )
    .unwrap();
    assert_eq!(snapshot(&emulator, "owner", &[]).code, Some(0));
    let file = snapshot(&emulator, "owner", &["--list", "-o", "json"]).json()[0]["path"].clone();
    let refusing = Emulator::start(&["--faults", faults.to_str().unwrap()]);
    let ran = snapshot(&refusing, "owner", &["--diff", file.as_str().unwrap()]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.err.contains("not read now: the role assignments of stfraudprod"), "{ran:?}");
    let taken = snapshot(&refusing, "owner", &[]);
    assert_eq!(taken.code, Some(3), "it is kept, and says what is missing: {taken:?}");
    assert_eq!(snapshot(&refusing, "owner", &["--list", "-o", "json"]).json()[0]["unread"], 1);
}
