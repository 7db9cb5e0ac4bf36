//! The commands without a screen: the real binary against an emulator that is the real binary too.

use std::process::Stdio;

use crate::binary::{Emulator, Ran, amldeck, run};
use serde_json::Value;

const FORMS: [&str; 4] = ["table", "json", "csv", "md"];

/// Nothing in an output may steer a terminal or hide: no control characters but line ends, no bidi
/// controls, nothing without width but the joiners of words and emoji that are not ASCII.
fn assert_harmless(ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        let (mut before, mut rest) = (None, text.chars().peekable());
        while let Some(c) = rest.next() {
            let is_written =
                |sign: Option<char>| sign.is_some_and(|sign| !sign.is_ascii() && !sign.is_control());
            let joins = matches!(c, '\u{200c}' | '\u{200d}');
            let joins = joins && is_written(before.replace(c)) && is_written(rest.peek().copied());
            before = Some(c);
            let hidden = !joins
                && matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
            assert!(!hidden && (c == '\n' || !c.is_control()), "{c:?} in {text}");
        }
        assert!(!text.contains("\\u00"), "an escaped control character in {text}");
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn list_prints_every_workspace_in_every_form() {
    let emulator = Emulator::start(&[]);
    for form in FORMS {
        let ran = emulator.run("owner", &["list", "-o", form]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{form}");
        assert!(ran.out.contains("mlw-fraud-prod") && ran.out.contains("proj-vision-defects"), "{form}");
        assert_harmless(&ran);
    }
    let list = emulator.run("owner", &["list", "-o", "json"]).json();
    assert_eq!(list.as_array().unwrap().len(), 14);
    let fraud = list.as_array().unwrap().iter().find(|row| row["name"] == "mlw-fraud-prod").unwrap();
    for (field, value) in [
        ("resourceGroup", "rg-fraud-prod"),
        ("subscriptionName", "Contoso Production"),
        ("isolationMode", "AllowOnlyApprovedOutbound"),
        ("publicNetworkAccess", "Disabled"),
        ("systemDatastoresAuthMode", "identity"),
        ("friendlyName", "Fraud detection"),
        ("createdAt", "2026-03-02T08:12:31Z"),
    ] {
        assert_eq!(fraud[field], value, "{field}");
    }
    assert_eq!(fraud["tags"]["env"], "prod");
    let csv = emulator.run("owner", &["list", "-o", "csv"]).out;
    assert!(csv.starts_with("name,group,subscription,"), "{csv}");
    assert!(csv.lines().next().unwrap().ends_with(",id"), "{csv}");
}

#[test]
fn list_takes_the_filter_of_the_console_and_subscriptions() {
    let emulator = Emulator::start(&[]);
    let list = |line: &[&str]| {
        let ran = emulator.run("owner", &[&["list", "-o", "json"], line].concat());
        names(&ran.json()).join(" ")
    };
    assert_eq!(list(&["--filter", "kind:hub"]), "hub-vision");
    assert_eq!(list(&["--filter", "'fraud !dev"]), "mlw-fraud-prod");
    assert_eq!(list(&["--filter", "no such workspace"]), "");
    assert_eq!(list(&["--subscription", "Sandbox"]), "mlw-playground mlw-sandbox-ada");
}

#[test]
fn show_prints_one_document_with_the_states_of_everything() {
    let emulator = Emulator::start(&[]);
    let ran = emulator.run("owner", &["show", "mlw-fraud-prod", "-o", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let document = ran.json();
    assert_eq!(document["overview"]["name"], "mlw-fraud-prod");
    assert_eq!(document["overview"]["storageAccess"]["health"], "healthy");
    assert_eq!(document["network"]["managedNetwork"], "provisioned");
    assert_eq!(document["access"]["state"], "found");
    assert_eq!(document["access"]["rows"].as_array().unwrap().len(), 24);
    assert_eq!(document["access"]["summary"]["assignments"], 22);
    assert_eq!(document["access"]["denyAssignments"].as_array().unwrap().len(), 1);
    assert_eq!(document["findings"][0]["id"], "storage-public");
    assert_eq!(document["unreadable"], Value::Array(Vec::new()));
    assert_eq!(document["readAt"], "2026-11-22T14:03:00Z");
    let states = |ran: &Ran| -> Vec<String> {
        let document = ran.json();
        let dependents = document["dependents"].as_array().unwrap().iter();
        dependents
            .map(|d| format!("{} {}", d["role"].as_str().unwrap(), d["state"].as_str().unwrap()))
            .collect()
    };
    assert_eq!(
        states(&ran),
        ["storage found", "vault found", "insights found", "logs found", "registry none"]
    );
    let gone = emulator.run("owner", &["show", "mlw-sandbox-ada", "-o", "json"]);
    assert_eq!(gone.code, Some(0), "what is gone is known: {}", gone.err);
    assert!(states(&gone).contains(&"storage gone".to_owned()), "{:?}", states(&gone));
}

#[test]
fn show_says_what_could_not_be_read_and_ends_with_3() {
    let emulator = Emulator::start(&[]);
    let ran = emulator.run("owner", &["show", "mlw-playground", "-o", "json"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.err.contains("kv-legal-hold") && ran.err.contains("Microsoft.KeyVault/vaults/read"),
        "{}",
        ran.err
    );
    let document = ran.json();
    let vault = document["dependents"].as_array().unwrap().iter().find(|d| d["role"] == "vault").unwrap();
    assert_eq!(vault["state"], "forbidden");
    assert_eq!(vault["missingAction"], "Microsoft.KeyVault/vaults/read");
    assert_eq!(document["unreadable"][0]["part"], "dependent");
    let ran = emulator.run("no-directory", &["show", "mlw-fraud-prod", "-o", "json"]);
    assert_eq!(ran.code, Some(3));
    assert_eq!(ran.json()["access"]["rows"][0]["principalState"], "unreadable");
    assert!(ran.err.contains("principals"), "{}", ran.err);
}

#[test]
fn show_reads_well_in_a_terminal_a_ticket_and_a_spreadsheet() {
    let emulator = Emulator::start(&[]);
    let ran = |form| emulator.run("owner", &["show", "mlw-fraud-prod", "-o", form]).out;
    let table = ran("table");
    for heading in
        ["OVERVIEW", "FINDINGS", "DEPENDENT RESOURCES", "NETWORK ISOLATION", "ACCESS: 22 ASSIGNMENTS"]
    {
        assert!(table.contains(heading), "{heading} in {table}");
    }
    let md = ran("md");
    assert!(md.starts_with("## mlw-fraud-prod\n\n### Overview\n\n|"), "{md}");
    assert!(md.contains("| high | Isolated workspace, public storage | stfraudprod |"), "{md}");
    let csv = ran("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let sections: std::collections::BTreeSet<String> =
        reader.records().map(|record| record.unwrap()[0].to_owned()).collect();
    assert!(sections.contains("Access") && sections.contains("Overview"), "{sections:?}");
}

#[test]
fn a_workspace_is_found_by_name_group_and_id_and_several_are_listed() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo-estate.json")).unwrap();
    let mut estate: Value = serde_json::from_str(&text).unwrap();
    let resources = estate["resources"].as_array_mut().unwrap();
    let mut twin = resources.iter().find(|r| r["name"] == "mlw-fraud-dev").unwrap().clone();
    let id = twin["id"].as_str().unwrap().replace("rg-fraud-dev", "rg-churn-dev");
    twin["id"] = id.clone().into();
    resources.push(twin);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("estate.json");
    std::fs::write(&file, estate.to_string()).unwrap();
    let emulator = Emulator::start(&["--estate", file.to_str().unwrap()]);
    let ran = emulator.run("owner", &["show", "mlw-fraud-dev"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains(&id) && ran.err.contains("/resourceGroups/rg-fraud-dev/"), "{}", ran.err);
    for found in ["rg-churn-dev/mlw-fraud-dev", &id, &id.to_uppercase()] {
        let ran = emulator.run("owner", &["show", found, "-o", "json"]);
        assert_eq!(ran.json()["overview"]["id"], id.as_str(), "{found}");
    }
    let ran = emulator.run("owner", &["show", "mlw-\u{1b}[2Jnone"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("amldeck list"), "{}", ran.err);
    assert_harmless(&ran);
}

#[test]
fn doctor_says_what_it_found_and_ends_as_well_as_it_is() {
    let emulator = Emulator::start(&[]);
    for form in FORMS {
        let ran = emulator.run("owner", &["doctor", "-o", form]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{form}: {}", ran.out);
        assert!(ran.out.contains("config.toml") && ran.out.contains(&emulator.url), "{form}");
        assert_harmless(&ran);
    }
    let report = emulator.run("owner", &["doctor", "-o", "json"]).json();
    assert_eq!(report["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["files"]["settingsExist"], false);
    assert_eq!(report["terminal"]["isTerminal"], false);
    assert_eq!(report["azure"]["credential"], "token");
    assert_eq!(report["signIn"][0]["account"], "owner");
    assert_eq!(report["subscriptions"].as_array().unwrap().len(), 3);
    assert_eq!(report["subscriptions"][0]["rights"]["grantAccess"], true);
    let state = |report: &Value, name: &str| {
        let checks = report["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).map(|check| check["state"].clone()).unwrap()
    };
    for name in ["armEndpoint", "graphEndpoint", "subscriptions", "resourceGraph", "directory"] {
        assert_eq!(state(&report, name), "ok", "{name}");
    }
    let partly = emulator.run("no-directory", &["doctor", "-o", "json"]);
    assert_eq!(partly.code, Some(3));
    assert_eq!(state(&partly.json(), "directory"), "failed");
    let nobody = emulator.run("nobody", &["doctor"]);
    assert_eq!(nobody.code, Some(3));
    assert!(nobody.out.contains("az account list"), "{}", nobody.out);
}

#[test]
fn doctor_never_prints_a_token() {
    let emulator = Emulator::start(&[]);
    let token = "PAQABAAEAAAD0.very-Secret-9000";
    for form in FORMS {
        let ran = emulator.run(token, &["doctor", "-o", form]);
        assert!(!ran.out.contains("Secret") && !ran.err.contains("Secret"), "{ran:?}");
    }
}

#[test]
fn without_a_token_everything_ends_with_4_and_says_what_to_do() {
    let emulator = Emulator::start(&[]);
    for line in [&["list"][..], &["show", "mlw-qa"], &["doctor"], &["--print", "80x24"]] {
        let ran = run(emulator.command("", line).env_remove("AMLDECK_ACCESS_TOKEN"));
        assert_eq!(ran.code, Some(4), "{line:?}: {ran:?}");
        assert!(format!("{}{}", ran.out, ran.err).contains("AMLDECK_ACCESS_TOKEN"), "{line:?}: {ran:?}");
    }
}

#[test]
fn doctor_never_advises_to_send_a_real_token_to_this_machine() {
    let emulator = Emulator::start(&[]);
    let report =
        run(emulator.command("", &["doctor", "-o", "json"]).env_remove("AMLDECK_ACCESS_TOKEN")).json();
    assert_eq!(report["toType"], serde_json::json!(["export AMLDECK_ACCESS_TOKEN=owner"]));
}

#[test]
fn who_may_read_nothing_gets_an_empty_list_and_a_hint() {
    let emulator = Emulator::start(&[]);
    let ran = emulator.run("nobody", &["list", "-o", "json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "[]\n"));
    assert!(ran.err.contains("amldeck doctor"), "{}", ran.err);
    let ran = emulator.run("nobody", &["show", "mlw-qa"]);
    assert_eq!(ran.code, Some(3), "who sees nothing cannot tell: {}", ran.err);
    let ran = emulator.run("owner", &["list", "--filter", "isolaton:public"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("no column 'isolaton'"), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_is_told_on_standard_error_and_hides_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    let text = "[[fault]]\npath = '*/microsoft.resourcegraph/*'\nstatus = 403\n\
                [[fault]]\npath = '/subscriptions/e5917b24-*/providers/microsoft.machinelearningservices/workspaces'\nstatus = 403\n";
    std::fs::write(&faults, text).unwrap();
    let emulator = Emulator::start(&["--faults", faults.to_str().unwrap()]);
    let ran = emulator.run("owner", &["list", "-o", "json"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("Sandbox"), "{}", ran.err);
    assert!(names(&ran.json()).contains(&"mlw-fraud-prod"));
    let ran = emulator.run("owner", &["show", "mlw-playground"]);
    assert_eq!(ran.code, Some(3), "it may be in what could not be read: {}", ran.err);
    let ran = emulator.run("owner", &["--print", "120x36"]);
    assert_eq!(ran.code, Some(3), "{}", ran.err);
    assert!(ran.err.contains("Sandbox"), "{}", ran.err);
    assert!(ran.out.contains("mlw-fraud-prod"), "the frame is printed all the same: {}", ran.out);
}

#[test]
fn a_screen_that_does_not_settle_is_printed_as_far_as_it_got() {
    let folder = tempfile::tempdir().unwrap();
    let faults = folder.path().join("faults.toml");
    std::fs::write(&faults, "[[fault]]\nmethod = 'GET'\npath = '/subscriptions'\ndelay_ms = 60000\n")
        .unwrap();
    let emulator = Emulator::start(&["--faults", faults.to_str().unwrap()]);
    let ran = emulator.run("owner", &["--print", "120x36", "--timeout", "1"]);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    assert!(ran.err.contains("did not settle within 1 s"), "{}", ran.err);
    assert!(ran.out.contains("amldeck") && ran.out.contains("Workspaces"), "{}", ran.out);
}

#[test]
fn read_only_reads_and_its_variable_takes_every_spelling() {
    let emulator = Emulator::start(&[]);
    assert_eq!(emulator.run("owner", &["list", "--read-only"]).code, Some(0));
    for (value, expected) in
        [("1", true), ("true", true), ("yes", true), ("0", false), ("false", false), ("", false)]
    {
        let ran = run(emulator.command("owner", &["doctor", "-o", "json"]).env("AMLDECK_READ_ONLY", value));
        assert_eq!(ran.json()["azure"]["readOnly"], expected, "{value:?}: {}", ran.err);
    }
}

#[test]
fn variables_stand_for_flags_and_flags_win() {
    let emulator = Emulator::start(&[]);
    let mut command = amldeck(emulator.home.path());
    command.arg("list").env("AMLDECK_ARM_ENDPOINT", &emulator.url).env("AMLDECK_ACCESS_TOKEN", "owner");
    command.env("AMLDECK_OUTPUT", "json").env("AMLDECK_FILTER", "kind:hub");
    assert_eq!(names(&run(&mut command).json()), ["hub-vision"]);
    command.args(["--filter", "kind:project", "-o", "csv"]);
    assert!(run(&mut command).out.contains("proj-vision-defects"));
}

#[test]
fn a_variable_for_another_command_is_in_nobodys_way() {
    let emulator = Emulator::start(&[]);
    let log = emulator.home.path().join("requests.log");
    for (variable, value) in [("AMLDECK_KEYS", "j"), ("AMLDECK_REQUEST_LOG", log.to_str().unwrap())] {
        let ran = run(emulator.command("owner", &["list", "-o", "json"]).env(variable, value));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{variable}");
    }
    assert!(!log.exists());
    let mut command = amldeck(emulator.home.path());
    command.args(["demo", "--print", "80x24", "--generate", "workspaces=3"]);
    let ran = run(command.env("AMLDECK_ESTATE", "/nonexistent.json").env("AMLDECK_REQUEST_LOG", &log));
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "the flag wins over the variable");
    assert!(std::fs::read_to_string(&log).unwrap().contains("ResourceGraph"));
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_unset() {
    let emulator = Emulator::start(&[]);
    let names = [
        "CLOUD",
        "CREDENTIAL",
        "TENANT",
        "SUBSCRIPTION",
        "GRAPH_ENDPOINT",
        "CONFIG",
        "LOG_FILE",
        "LOG_LEVEL",
        "THEME",
        "PRINT",
        "KEYS",
        "TIMEOUT",
        "READ_ONLY",
        "NO_CACHE",
        "OUTPUT",
        "FILTER",
        "REQUEST_LOG",
    ];
    for value in ["", " "] {
        for name in names {
            let variable = format!("AMLDECK_{name}");
            let ran = run(emulator.command("owner", &["list"]).env(&variable, value));
            assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{variable}={value:?}");
            assert!(ran.out.contains("mlw-fraud-prod"), "{variable}={value:?}");
        }
        let mut command = emulator.command("owner", &["doctor", "-o", "json"]);
        let report = run(command.envs(names.map(|name| (format!("AMLDECK_{name}"), value)))).json();
        assert_eq!(report["azure"]["tenant"], Value::Null);
        assert_eq!(report["files"]["log"], Value::Null);
        // Without an endpoint it is that of the cloud, which the table of flags says.
        let mut command = amldeck(emulator.home.path());
        command.args(["list", "--credential", "token"]).env("AMLDECK_ARM_ENDPOINT", value);
        let ran = run(&mut command);
        assert_eq!(ran.code, Some(4), "no token was found, for a good endpoint: {}", ran.err);
    }
}

#[test]
fn read_only_of_the_settings_is_lifted_in_as_many_words_only() {
    let emulator = Emulator::start(&[]);
    let file = emulator.home.path().join("settings.toml");
    std::fs::write(&file, "[azure]\nread_only = true\n").unwrap();
    let is_read_only = |value: Option<&str>, flags: &[&str]| {
        let mut command = emulator.command("owner", &["doctor", "-o", "json"]);
        command.arg("--config").arg(&file).args(flags);
        if let Some(value) = value {
            command.env("AMLDECK_READ_ONLY", value);
        }
        run(&mut command).json()["azure"]["readOnly"].clone()
    };
    for (value, expected) in [
        (None, true),
        (Some(""), true),
        (Some("1"), true),
        (Some("nope, never"), true),
        (Some("0"), false),
        (Some("false"), false),
        (Some("off"), false),
    ] {
        assert_eq!(is_read_only(value, &[]), expected, "{value:?}");
        assert_eq!(is_read_only(value, &["--read-only"]), true, "the flag wins over {value:?}");
    }
}

#[test]
fn each_way_of_signing_in_says_what_it_lacks_and_what_helps_it() {
    let home = tempfile::tempdir().unwrap();
    for (credential, lacks, helps) in [
        ("environment", "AZURE_TENANT_ID is not set", "AZURE_CLIENT_SECRET"),
        ("workload-identity", "AZURE_FEDERATED_TOKEN_FILE is not set", "AZURE_FEDERATED_TOKEN_FILE"),
        ("token", "AMLDECK_ACCESS_TOKEN is not set", "set AMLDECK_ACCESS_TOKEN"),
    ] {
        let ran = run(amldeck(home.path()).args(["list", "--credential", credential]));
        assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""), "{credential}: {}", ran.err);
        assert!(ran.err.contains(lacks) && ran.err.contains(helps), "{credential}: {}", ran.err);
        assert!(!ran.err.contains("az login"), "{credential}: {}", ran.err);
    }
}

#[test]
fn wrong_use_ends_with_2_before_anything_is_sent() {
    let home = tempfile::tempdir().unwrap();
    for (line, words) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["list", "-o", "xml"], "xml"),
        (&["--print", "0x5"], "COLSxROWS"),
        (&["--keys", "j"], "--print"),
        (&["--request-log", "f", "list"], "`amldeck demo`"),
        (&["--log-level", "loud", "list"], "loud"),
        (&["--theme", "pink", "list"], "pink"),
        (&["show"], "WORKSPACE"),
        (&["mlw-qa", "list"], "mlw-qa"),
        (&[], "--print 120x36"),
        (&["demo"], "--print 120x36"),
        (&["list", "--arm-endpoint", "http://10.0.0.1"], "plain http"),
        (
            &["list", "--arm-endpoint", "http://127.0.0.1:1", "--credential", "azure-cli"],
            "'token' credential",
        ),
        (&["list", "--arm-endpoint", "https://arm.example.net"], "trusted_endpoints"),
        (&["emulate", "--estate", "/nonexistent.json"], "/nonexistent.json"),
        (&["emulate", "--generate", "planets=9"], "planets"),
    ] {
        let ran = run(amldeck(home.path()).args(line));
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{line:?}: {}", ran.err);
        assert!(ran.err.contains(words), "{line:?}: {}", ran.err);
    }
}

#[test]
fn a_wrong_settings_file_names_the_line() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("wrong.toml");
    std::fs::write(&file, "[ui]\nthem = 'dark'\n").unwrap();
    let ran = run(amldeck(home.path()).args(["list", "--config"]).arg(&file));
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("line 2") && ran.err.contains("them") && ran.err.contains("wrong.toml"),
        "{}",
        ran.err
    );
    let ran = run(amldeck(home.path()).args(["list", "--config", "/nonexistent.toml"]));
    assert_eq!(ran.code, Some(2));
}

#[test]
fn a_reader_that_goes_away_early_is_no_error() {
    let emulator = Emulator::start(&[]);
    for line in
        [&["list"][..], &["show", "mlw-fraud-prod", "-o", "json"], &["completions", "bash"], &["--help"]]
    {
        let mut command = emulator.command("owner", line);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&ended.stderr);
        assert_eq!((ended.status.code(), &*err), (Some(0), ""), "{line:?}");
    }
}

#[test]
fn every_shell_has_completions() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = run(amldeck(home.path()).args(["completions", shell]));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{shell}");
        assert!(ran.out.contains("amldeck") && ran.out.contains("read-only"), "{shell}");
    }
}

#[test]
fn the_demo_prints_the_same_bytes_twice() {
    let home = tempfile::tempdir().unwrap();
    let print = || run(amldeck(home.path()).args(["demo", "--print", "120x36", "mlw-fraud-prod"]));
    let (one, two) = (print(), print());
    assert_eq!((one.code, one.err.as_str()), (Some(0), ""));
    assert_eq!(one.out, two.out);
    assert!(one.out.contains("mlw-fraud-prod"), "{}", one.out);
    assert_harmless(&one);
}

#[test]
fn hostile_names_are_harmless_in_every_output() {
    let emulator = Emulator::start(&[]);
    for form in FORMS {
        for line in [&["show", "mlw-sandbox-ada", "-o", form][..], &["list", "-o", form]] {
            let ran = emulator.run("owner", line);
            assert!(ran.out.contains("mlw-sandbox-ada"), "{line:?}");
            assert_harmless(&ran);
        }
    }
    let csv = emulator.run("owner", &["show", "mlw-sandbox-ada", "-o", "csv"]).out;
    for record in csv::Reader::from_reader(csv.as_bytes()).records() {
        for cell in &record.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell:?} may be a formula");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_emulator_ends_well_when_it_is_told_to() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::TERM, Signal::INT] {
        let mut emulator = Emulator::start(&[]);
        kill_process(Pid::from_child(&emulator.child), signal).unwrap();
        assert_eq!(emulator.child.wait().unwrap().code(), Some(0), "{signal:?}");
        assert_eq!(emulator.rest(), "", "nothing but the line that says where it listens");
    }
}
