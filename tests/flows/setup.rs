//! Plan files over the emulator: their templates deploy, and deploying them again changes nothing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::plan_files::{DEV_PROD, FILES, ONE, STAGED};
use amldeck::azure::arm::id::ArmId;
use amldeck::domain::setup::environment::Environment;
use amldeck::domain::setup::people::Directory;
use amldeck::domain::setup::resolve::SetUp;
use amldeck::domain::setup::spec::{Kind, PlanFile};
use amldeck::domain::setup::template::Template;
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Fault, Options, Running};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

fn environments(text: &str) -> Vec<Environment> {
    SetUp::of(&PlanFile::read(text).unwrap(), &Directory::new()).environments
}

struct Azure {
    running: Running,
    http: reqwest::Client,
}

impl Azure {
    async fn start() -> Self {
        let options = Options { speed: 100_000.0, throttle: false, ..Options::new(Estate::demo().unwrap()) };
        Self {
            running: emulator::start(options).await.unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        version: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value, String) {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}?api-version={version}", self.running.url())
        };
        let mut request = self.http.request(method, url).bearer_auth("any");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let poll =
            response.headers().get("azure-asyncoperation").map_or("", |url| url.to_str().unwrap()).to_owned();
        let status = response.status();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null), poll)
    }

    async fn get(&self, id: &ArmId) -> (StatusCode, Value) {
        let version = amldeck::azure::arm::versions::of(&id.resource_type().unwrap()).unwrap_or("2024-03-01");
        let (status, body, _) = self.send(Method::GET, id.as_str(), version, None).await;
        (status, body)
    }

    /// Makes the groups that are missing.
    async fn group(&self, environment: &Environment, group: &ArmId) {
        if self.get(group).await.0 == StatusCode::NOT_FOUND {
            let body = json!({ "location": environment.region });
            let (status, body, _) = self.send(Method::PUT, group.as_str(), "2024-07-01", Some(body)).await;
            assert_eq!(status, StatusCode::CREATED, "{body}");
        }
    }

    async fn deploy(&self, name: &str, environment: &Environment, template: &Template) {
        let group = environment.group_id();
        self.group(environment, &group).await;
        let id = group.join(&format!(
            "providers/Microsoft.Resources/deployments/{}",
            template.deployment_name(&environment.workspace)
        ));
        let body = json!({ "properties": { "mode": "Incremental", "template": template.json() } });
        let validate = format!("{id}/validate");
        let (status, said, _) = self.send(Method::POST, &validate, "2024-07-01", Some(body.clone())).await;
        assert!(status.is_success() && said["error"].is_null(), "{name}: {said:#}");
        let (status, said, poll) = self.send(Method::PUT, id.as_str(), "2024-07-01", Some(body)).await;
        assert!(status.is_success(), "{name}: {said:#}");
        let started = Instant::now();
        loop {
            let (_, state, _) = self.send(Method::GET, &poll, "", None).await;
            match state["status"].as_str().unwrap_or_default() {
                "Succeeded" => return,
                "Failed" => panic!("{name}: {state:#}"),
                _ => assert!(started.elapsed() < Duration::from_secs(60), "{name} does not end"),
            }
            tokio::task::yield_now().await;
        }
    }
}

/// A document without what changes with every write.
fn lasting(mut document: Value) -> Value {
    fn strip(value: &mut Value) {
        if let Some(members) = value.as_object_mut() {
            for name in ["etag", "systemData", "updatedOn", "updatedBy", "createdOn", "createdBy"] {
                members.remove(name);
            }
            members.values_mut().for_each(strip);
        }
        if let Some(list) = value.as_array_mut() {
            list.iter_mut().for_each(strip);
            // Connections are listed in the order in which they were made last.
            list.sort_by_key(|one| one["id"].as_str().unwrap_or_default().to_owned());
        }
    }
    strip(&mut document);
    document
}

/// Whether every value of a document is that of another one. The emulator leaves out some of the service's own defaults
/// when a resource is written again, so what is missing counts for nothing.
fn is_within(after: &Value, before: &Value) -> bool {
    match (after, before) {
        (Value::Object(after), Value::Object(before)) => {
            after.iter().all(|(name, value)| before.get(name).is_some_and(|known| is_within(value, known)))
        }
        _ => after == before,
    }
}

#[tokio::test]
async fn every_plan_deploys_and_a_second_time_changes_nothing() {
    for (name, text) in FILES {
        let azure = Azure::start().await;
        for environment in environments(text) {
            let template = Template::of(&environment);
            let ids = template.ids(&environment.group_id());
            azure.deploy(name, &environment, &template).await;
            let mut made = Vec::new();
            for id in &ids {
                let (status, body) = azure.get(id).await;
                assert_eq!(status, StatusCode::OK, "{name}: {id}: {body}");
                made.push(lasting(body));
            }
            if environment.kind == Kind::Project {
                // The emulator takes a project that does not repeat its hub's network for one that leaves it.
                continue;
            }
            azure.deploy(name, &environment, &template).await;
            for (id, before) in ids.iter().zip(made) {
                let after = lasting(azure.get(id).await.1);
                assert!(is_within(&after, &before), "{name}: {id} was {before:#} and is {after:#}");
            }
        }
    }
}

#[tokio::test]
async fn what_was_wished_is_what_is_there() {
    let azure = Azure::start().await;
    let all = environments(DEV_PROD);
    for environment in &all {
        azure.deploy("dev-prod", environment, &Template::of(environment)).await;
    }
    let (_, dev) = azure.get(&all[0].workspace_id()).await;
    assert_eq!(dev["properties"]["managedNetwork"]["isolationMode"], "Disabled");
    assert_eq!(dev["properties"]["publicNetworkAccess"], "Enabled");
    assert_eq!(
        (&dev["tags"]["env"], &dev["properties"]["friendlyName"]),
        (&json!("dev"), &json!("Pricing (dev)"))
    );

    let (_, prod) = azure.get(&all[1].workspace_id()).await;
    let properties = &prod["properties"];
    assert_eq!(properties["managedNetwork"]["isolationMode"], "AllowOnlyApprovedOutbound");
    assert_eq!(properties["managedNetwork"]["firewallSku"], "Basic");
    assert_eq!(properties["managedNetwork"]["outboundRules"]["pypi"]["destination"], "pypi.org");
    assert_eq!(properties["publicNetworkAccess"], "Disabled");
    assert_eq!(
        properties["privateEndpointConnections"][0]["properties"]["privateLinkServiceConnectionState"]["status"],
        "Approved"
    );
    assert!(prod["identity"]["principalId"].is_string());
    let registry = ArmId::parse(properties["containerRegistry"].as_str().unwrap()).unwrap();
    let (_, registry) = azure.get(&registry).await;
    assert_eq!(
        (&registry["sku"]["name"], &registry["properties"]["publicNetworkAccess"]),
        (&json!("Premium"), &json!("Disabled"))
    );
    let storage = ArmId::parse(properties["storageAccount"].as_str().unwrap()).unwrap();
    let (_, storage) = azure.get(&storage).await;
    assert_eq!(storage["properties"]["networkAcls"]["defaultAction"], "Deny");
    assert_eq!(storage["properties"]["privateEndpointConnections"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_identity_of_ones_own_is_granted_what_it_needs() {
    let azure = Azure::start().await;
    let environment = environments(STAGED).remove(0);
    azure.deploy("staged", &environment, &Template::of(&environment)).await;
    let (_, workspace) = azure.get(&environment.workspace_id()).await;
    assert_eq!(workspace["identity"]["type"], "UserAssigned");
    let (_, identity) = azure.get(&environment.identity_id().unwrap()).await;
    let principal = identity["properties"]["principalId"].as_str().unwrap();
    let path = format!("{}/providers/Microsoft.Authorization/roleAssignments", environment.group_id());
    let (_, list, _) = azure.send(Method::GET, &path, "2022-04-01", None).await;
    let own =
        list["value"].as_array().unwrap().iter().filter(|one| one["properties"]["principalId"] == principal);
    assert_eq!(own.count(), 8, "storage 3, vault 2, insights, registry, workspace");
}

/// The binary with a home folder of its own, and nothing of this process's settings.
fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amldeck"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["AMLDECK_", "AZURE_", "XDG_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env("HOME", home).stdin(Stdio::null());
    command
}

/// Runs the binary; gives exit code, standard output and standard error.
fn ran(mut command: Command) -> (i32, String, String) {
    let done = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

fn amldeck(arguments: &[&str]) -> (i32, String, String) {
    let home = tempfile::tempdir().unwrap();
    let mut command = command(home.path(), arguments);
    // Nobody is signed in, and nobody is asked.
    command.args(["--credential", "token"]);
    ran(command)
}

impl Azure {
    /// Runs the binary over this emulator as a persona.
    async fn amldeck(&self, home: &TempDir, persona: &str, arguments: &[&str]) -> (i32, String, String) {
        // The emulator is done at once, and what a run waits for is waited for as shortly.
        let settings = home.path().join("speed.toml");
        std::fs::write(&settings, "[azure]\nspeed = 1000\n").unwrap();
        let mut command = command(home.path(), arguments);
        command.args(["--arm-endpoint", &self.running.url()]).arg("--config").arg(settings);
        command.env("AMLDECK_ACCESS_TOKEN", persona);
        tokio::task::spawn_blocking(move || ran(command)).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_applied_and_a_second_time_nothing_is_changed() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let line = ["apply", "assets/plans/dev-prod.toml", "--yes"];
    let (exit, _, error) = azure.amldeck(&home, "owner", &line).await;
    assert!(exit == 2 && error.contains("--name mlw-pricing-prod"), "one way, and in production: {error}");
    let line = [&line[..], &["--name", "mlw-pricing-prod"]].concat();
    let (exit, out, error) = azure.amldeck(&home, "owner", &line).await;
    assert_eq!((exit, out.as_str()), (0, ""), "{error}");
    for words in
        ["Deploy mlw-pricing-prod", "Microsoft.Storage/storageAccounts", "next: mlw-pricing-prod is reached"]
    {
        assert!(error.contains(words), "{words}: {error}");
    }
    let all = environments(DEV_PROD);
    let (_, prod) = azure.get(&all[1].workspace_id()).await;
    assert_eq!(prod["properties"]["managedNetwork"]["status"]["status"], "Active");
    let budget = all[0].group_id().join("providers/Microsoft.Consumption/budgets/budget-mlw-pricing-dev");
    assert_eq!(azure.get(&budget).await.1["properties"]["amount"], 800.0);

    let (exit, _, error) = azure.amldeck(&home, "owner", &line).await;
    assert!(exit == 0 && error.contains("nothing was changed"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_purge_that_was_done_is_said_to_make_room() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let line = ["apply", "tests/plans/one.toml", "--yes"];
    let (exit, _, error) = azure.amldeck(&home, "owner", &line).await;
    assert_eq!(exit, 0, "{error}");
    let workspace = environments(ONE)[0].workspace_id();
    azure.send(Method::DELETE, workspace.as_str(), "2024-10-01-preview", None).await;
    let (exit, _, error) = azure.amldeck(&home, "owner", &line).await;
    assert_eq!(exit, 1, "{error}");
    let (_, rest) = error.split_once("`amldeck journal purge ").unwrap_or_else(|| panic!("{error}"));
    let run = rest.split(' ').next().unwrap();
    let purge = ["journal", "purge", run, "--yes", "--name", workspace.name()];
    azure.running.add_fault(Fault {
        status: Some(403),
        ..Fault::on("DELETE", &format!("*/workspaces/{}", workspace.name()))
    });
    let (exit, _, error) = azure.amldeck(&home, "owner", &purge).await;
    assert!(exit == 1 && !error.contains("goes on with what wanted the name"), "{error}");
    azure.running.clear_faults();
    let (exit, _, error) = azure.amldeck(&home, "owner", &purge).await;
    assert!(exit == 0 && error.contains("goes on with what wanted the name"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_looked_up_and_shared_keys_go_off_at_the_end() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let text = STAGED.replace("36de3247-f58b-4b4a-9bf9-82c5e02c2d9e", "Fraud data scientists");
    let file = home.path().join("plan.toml");
    std::fs::write(&file, text).unwrap();
    let line = ["apply", file.to_str().unwrap(), "--yes", "--environment", "dev"];
    let (exit, _, error) = azure.amldeck(&home, "owner", &line).await;
    assert_eq!(exit, 0, "{error}");
    let environment = environments(STAGED).remove(0);
    let (_, workspace) = azure.get(&environment.workspace_id()).await;
    let storage = ArmId::parse(workspace["properties"]["storageAccount"].as_str().unwrap()).unwrap();
    let (_, account) = azure.get(&storage).await;
    assert_eq!(account["properties"]["allowSharedKeyAccess"], false);
    let path = format!("{storage}/providers/Microsoft.Authorization/roleAssignments");
    let (_, list, _) = azure.send(Method::GET, &path, "2022-04-01", None).await;
    let group = "36de3247-f58b-4b4a-9bf9-82c5e02c2d9e";
    assert!(
        list["value"].as_array().unwrap().iter().any(|one| one["properties"]["principalId"] == group),
        "{list}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_fail_is_told_before_anything_is_sent() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let line = ["apply", "tests/plans/one.toml", "--yes"];
    let (exit, _, error) = azure.amldeck(&home, "reader", &line).await;
    assert_eq!(exit, 1, "{error}");
    assert!(error.contains("you lack") && error.contains("granting Contributor"), "{error}");
    let (exit, _, error) = azure.amldeck(&home, "owner", &line[..2]).await;
    assert!(exit == 2 && error.contains("--yes"), "{error}");
    let (exit, _, error) = azure.amldeck(&home, "owner", &[&line[..], &["--read-only"]].concat()).await;
    assert!(exit == 2 && error.contains("read-only"), "{error}");
    let file = home.path().join("plan.toml");
    std::fs::write(&file, ONE.replace("uksouth", "westus")).unwrap();
    let (exit, _, error) = azure.amldeck(&home, "owner", &["apply", file.to_str().unwrap(), "--yes"]).await;
    assert!(exit == 1 && error.contains("not offered in 'westus'"), "{error}");
    let (status, _) = azure.get(&environments(ONE)[0].group_id()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_nothing_is_told_once_for_each_kind_of_thing() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let line = ["apply", "assets/plans/dev-prod.toml", "--yes"];
    let (exit, _, error) = azure.amldeck(&home, "nobody", &line).await;
    assert_eq!(exit, 1, "{error}");
    for kind in ["Storage/storageAccounts", "Authorization/roleAssignments", "Network/privateEndpoints"] {
        assert_eq!(
            error.matches(&format!("you lack Microsoft.{kind}/read here")).count(),
            1,
            "{kind}: {error}"
        );
    }
    let is_guid = |word: &str| word.len() == 36 && word.chars().filter(|letter| *letter == '-').count() == 4;
    assert!(!error.split_whitespace().any(is_guid), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_refused_a_subscription_or_region_that_is_none_and_says_offline_what_it_did_not_ask() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let file = home.path().join("plan.toml");
    let line = ["plan", file.to_str().unwrap()];
    let nobodys = "00000000-0000-0000-0000-000000000001";
    for (from, to, words) in [
        ("uksouth", "moonbase", "not offered in 'moonbase'"),
        ("uksouth", "westus", "not offered in 'westus'"),
        ("uksouth", "uksout", "did you mean uksouth?"),
        ("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", nobodys, "no subscription 00000000"),
    ] {
        std::fs::write(&file, ONE.replace(from, to)).unwrap();
        let (exit, out, error) = azure.amldeck(&home, "owner", &line).await;
        assert!(exit == 2 && out.is_empty() && error.contains(words), "{words}: {error}");
        let (exit, _, error) = azure.amldeck(&home, "owner", &["apply", line[1], "--yes"]).await;
        assert!(exit == 1 && error.contains(words), "apply: {words}: {error}");
        let (exit, out, error) = amldeck(&line);
        assert!(exit == 0 && !out.is_empty(), "{error}");
        assert!(error.contains("not even that subscription and region are there (not signed in"), "{error}");
    }
    std::fs::write(&file, ONE).unwrap();
    let (exit, out, error) = azure.amldeck(&home, "reader", &line).await;
    assert!(exit == 0 && !out.is_empty() && error.contains("subscription and region are checked"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_is_not_there_is_told_before_anything_is_sent() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let file = home.path().join("plan.toml");
    let hub =
        environments(ONE)[0].group_id().join("providers/Microsoft.MachineLearningServices/workspaces/nohub");
    std::fs::write(&file, format!("{ONE}kind = 'Project'\nhub = '{hub}'\n")).unwrap();
    let (exit, _, error) = azure.amldeck(&home, "owner", &["apply", file.to_str().unwrap(), "--yes"]).await;
    assert!(exit == 1 && error.contains("the hub nohub is not there"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_fits_nobody_is_told() {
    let (azure, home) = (Azure::start().await, tempfile::tempdir().unwrap());
    let file = home.path().join("plan.toml");
    std::fs::write(&file, format!("{ONE}\n[[people]]\npersona = 'stakeholder'\ngroup = 'Nobody at all'\n"))
        .unwrap();
    let (exit, _, error) = azure.amldeck(&home, "owner", &["apply", file.to_str().unwrap(), "--yes"]).await;
    assert!(exit == 1 && error.contains("no group 'Nobody at all'"), "{error}");
}

#[test]
fn a_plan_is_printed_in_every_form() {
    let file = "assets/plans/dev-prod.toml";
    for (form, words) in [
        ("table", "Set up mlw-pricing-dev and mlw-pricing-prod"),
        ("json", "\"stage\": \"production\""),
        ("csv", "step,what,undo,request"),
        ("md", "# Set up mlw"),
        ("az", "az ml workspace create"),
        ("yaml", "---\n# prod: mlw-pricing-prod\n"),
    ] {
        let (exit, out, error) = amldeck(&["plan", file, "-o", form]);
        assert!(exit == 0 && error.contains("not checked against Azure"), "{form}: {error}");
        assert!(out.contains(words), "{form}: {out}");
    }
    for (form, words) in [("arm", "deploymentTemplate.json#"), ("bicep", "targetScope = 'resourceGroup'")] {
        let (exit, out, _) = amldeck(&["plan", file, "-o", form, "--environment", "prod"]);
        assert!(exit == 0 && out.contains(words), "{form}: {out}");
        let (exit, out, error) = amldeck(&["plan", file, "-o", form]);
        assert_eq!((exit, out.as_str()), (2, ""), "{form}");
        assert!(error.contains("--environment dev or prod"), "{error}");
    }
}

#[test]
fn a_workspace_that_nobody_reaches_from_the_internet_is_not_called_public() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("plan.toml");
    std::fs::write(&file, format!("{ONE}\n[network]\npublic_access = false\n")).unwrap();
    let (exit, out, error) = amldeck(&["plan", file.to_str().unwrap()]);
    assert_eq!(exit, 0, "{error}");
    assert!(out.contains("Private inbound, no managed network") && !out.contains("Public"), "{out}");
}

#[test]
fn roles_for_a_group_given_by_name_are_not_dropped_without_a_word() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("plan.toml");
    std::fs::write(&file, format!("{ONE}\n[[people]]\nrole = 'Reader'\ngroup = 'Fraud readers'\n")).unwrap();
    let left_out = "Reader on the workspace for the group 'Fraud readers' is not in it";
    for form in ["arm", "bicep", "yaml"] {
        let (exit, out, error) = amldeck(&["plan", file.to_str().unwrap(), "-o", form]);
        assert!(exit == 0 && out.contains(left_out), "{form}: {out}");
        assert!(error.contains("what it leaves out is said at its head"), "{form}: {error}");
    }
    let (exit, out, error) = amldeck(&["plan", file.to_str().unwrap(), "-o", "az"]);
    assert!(exit == 0 && !error.contains(left_out), "{error}");
    assert!(out.contains("az ad group show --group 'Fraud readers'"), "{out}");
}

#[test]
fn a_bad_plan_file_is_wrong_use_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = |text: &str| {
        let path = folder.path().join("plan.toml");
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (text, words) in [
        ("[basics]\nregoin = 'x'\n", "line 2"),
        ("layout = 'two'\n", "line 1"),
        ("name = 'x'\n[basics]\nregion = 'westeurope'\n", "basics.subscription"),
        ("not toml", "line 1"),
    ] {
        let (exit, out, error) = amldeck(&["plan", &file(text)]);
        assert_eq!((exit, out.as_str()), (2, ""), "{text}: {error}");
        assert!(error.contains("plan.toml") && error.contains(words), "{text}: {error}");
    }
    let (exit, _, error) = amldeck(&["plan", "no-such-file.toml"]);
    assert!(exit == 2 && error.contains("no-such-file.toml"), "{error}");
    let (exit, _, error) = amldeck(&["plan", "assets/plans/dev-prod.toml", "--environment", "qa"]);
    assert!(exit == 2 && error.contains("dev, prod"), "{error}");
}
