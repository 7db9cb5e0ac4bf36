//! Workspaces set up through the form, over the emulator: filled in, looked at, run.

use std::path::PathBuf;

use crate::support::console::Desk;
use crate::support::emulator;
use amldeck::app::console::Console;
use amldeck::app::effect::Host;
use amldeck::app::form::{Form, FormField};
use amldeck::app::message::Message;
use amldeck::app::overlay::Overlay;
use amldeck::app::review::{Review, Tab};
use amldeck::app::runtime::Drafts;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::config::input::Input;
use amldeck::domain::plan::Phase;
use amldeck::domain::setup::spec::PlanFile;
use amldeck::emulator::estate::Estate;
use amldeck::emulator::{Fault, Running};
use serde_json::{Value, json};

pub async fn demo() -> Running {
    emulator::start(emulator::options()).await
}

pub async fn desk(running: &Running, persona: &str) -> Desk {
    let mut desk = Desk::open(&emulator::client(&running.url(), persona), Some("mlw-fraud-dev"));
    desk.settle().await;
    desk
}

/// The writes that were sent: method, path and body.
pub fn writes(running: &Running) -> Vec<(String, String, Value)> {
    let of = |request: amldeck::emulator::LoggedRequest| {
        let path = request.url.split('?').next().unwrap_or_default().to_owned();
        (request.method, path, request.body)
    };
    let is_write =
        |(method, ..): &(String, String, Value)| ["PUT", "PATCH", "DELETE"].contains(&method.as_str());
    running.requests().into_iter().map(of).filter(is_write).collect()
}

/// Whether the run that was begun last stands in a phase.
pub fn stands(console: &Console, phase: Phase) -> bool {
    console.model.runs.all().first().is_some_and(|known| known.run.phase == phase)
}

pub fn form(desk: &Desk) -> &Form {
    let form = desk.model().overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Form(form) => Some(form),
        _ => None,
    });
    form.unwrap_or_else(|| panic!("no form is open"))
}

pub fn review(desk: &mut Desk) -> &Review {
    let screen = desk.screen();
    match desk.model().overlays.last() {
        Some(Overlay::Review(review)) => review,
        _ => panic!("no plan is on screen:\n{screen}"),
    }
}

/// Goes to a field of the form, as Tab does.
pub async fn go(desk: &mut Desk, field: &str) {
    for _ in 0..90 {
        let here = form(desk).current().map_or("", |current| current.id);
        let place = |id: &str| form(desk).fields().position(|one| one.id == id);
        match place(here).cmp(&place(field)) {
            std::cmp::Ordering::Equal => return,
            std::cmp::Ordering::Less => desk.press("<tab>").await,
            std::cmp::Ordering::Greater => desk.press("<s-tab>").await,
        }
    }
    panic!("there is no way to {field}:\n{}", desk.screen());
}

/// Types into a field what shall stand in it.
pub async fn enter(desk: &mut Desk, field: &str, keys: &str) {
    go(desk, field).await;
    desk.press(&format!("<c-u>{keys}")).await;
}

/// Chooses what is found by a word.
pub async fn choose(desk: &mut Desk, field: &str, words: &str) {
    go(desk, field).await;
    desk.press(&format!("{words}<enter>")).await;
    let chosen = form(desk).get(field).and_then(FormField::select).map(|select| select.chosen().to_vec());
    assert!(chosen.is_some_and(|chosen| !chosen.is_empty()), "{field}: {words}\n{}", desk.screen());
}

/// What is wrong with a field.
pub fn wrong(desk: &Desk, field: &str) -> String {
    let form = form(desk);
    let field = form.get(field).unwrap_or_else(|| panic!("there is no field {field}"));
    match (field.judge(form), &field.probe) {
        (Err(why), _) => why,
        (_, probe) => format!("{probe:?}"),
    }
}

/// What stands beside the fields.
pub fn meaning(desk: &Desk) -> String {
    let form = form(desk);
    let notes = (form.means)(desk.model(), form);
    notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Presses Enter until the plan is on screen.
async fn enter_through(desk: &mut Desk) {
    for _ in 0..60 {
        desk.press("<enter>").await;
        if matches!(desk.model().overlays.last(), Some(Overlay::Review(_))) {
            return;
        }
    }
    panic!("it does not come to a plan:\n{}", desk.screen());
}

/// Where the last file was saved.
fn saved(desk: &Desk) -> PathBuf {
    let told = desk.model().notices.newest_first();
    let text = told.iter().find(|notice| notice.text.contains("saved")).map(|notice| notice.text.clone());
    let text = text.unwrap_or_else(|| panic!("nothing was saved: {told:?}"));
    PathBuf::from(
        text.split_whitespace().find(|word| word.starts_with('/')).unwrap_or_else(|| panic!("{text}")),
    )
}

/// Chooses from the menu on top by a word of the item.
async fn press_item(desk: &mut Desk, words: &str) {
    desk.press(&format!("/{words}<enter>")).await;
}

/// Confirms the plan on screen, by its name where that is asked for, and waits until it is done.
pub async fn run(desk: &mut Desk) {
    let name = review(desk).plan.subject_name.clone();
    desk.press("<enter>").await;
    let typed = matches!(desk.model().overlays.last(), Some(Overlay::Review(_)));
    desk.press(&if typed { format!("{name}<enter>") } else { "y".to_owned() }).await;
    desk.until(|console| stands(console, Phase::Done) || stands(console, Phase::Failed)).await;
    desk.settle().await;
    assert!(stands(&desk.console, Phase::Done), "{}", desk.screen());
}

/// The resource that a run deployed last, of a type.
fn deployed<'a>(sent: &'a [(String, String, Value)], kind: &str) -> Vec<&'a Value> {
    let templates = sent.iter().filter(|(_, path, _)| path.contains("/Microsoft.Resources/deployments/"));
    let resources =
        templates.filter_map(|(_, _, body)| body["properties"]["template"]["resources"].as_array());
    resources.flatten().filter(|resource| resource["type"] == kind).collect()
}

const WORKSPACES: &str = "Microsoft.MachineLearningServices/workspaces";

#[tokio::test]
async fn who_only_presses_enter_gets_a_plan_of_one_workspace_that_runs() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    assert_eq!(desk.selected(), "mlw-fraud-dev");
    desk.press("c").await;
    assert!(desk.screen().contains("Set up"), "{}", desk.screen());
    enter_through(&mut desk).await;
    assert!(writes(&running).is_empty(), "a plan is no change");
    let review = review(&mut desk);
    assert_eq!(review.plan.title, "Set up mlw-ml");
    assert!(review.lacks().is_empty(), "{:?}", review.rights);
    let tabs: Vec<Tab> = review.tabs().collect();
    assert_eq!(tabs, Tab::ALL, "every form of the plan is there");
    run(&mut desk).await;
    let sent = writes(&running);
    let made = deployed(&sent, WORKSPACES);
    assert_eq!(made.len(), 1, "{sent:?}");
    assert_eq!(made[0]["properties"]["publicNetworkAccess"], "Enabled");
    let storage = deployed(&sent, "Microsoft.Storage/storageAccounts");
    assert_eq!(storage[0]["sku"]["name"], "Standard_ZRS");
    assert_eq!(storage[0]["properties"]["allowBlobPublicAccess"], json!(false));
    // It is a workspace like any other now, and the first thing that is offered is to look at it.
    desk.settle().await;
    assert!(desk.screen().contains("w show the workspace"), "{}", desk.screen());
    desk.press("w").await;
    assert!(desk.model().overlays.is_empty() && desk.selected() == "mlw-ml", "{}", desk.screen());
    // The next one gets another name.
    desk.press("c").await;
    assert_eq!(form(&desk).text("name"), "ml2");
    running.stop().await;
}

#[tokio::test]
async fn a_set_has_a_private_production_in_a_subscription_of_its_own() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "layout", "dev and").await;
    enter(&mut desk, "name", "pricing").await;
    choose(&mut desk, "apart.basics.subscription", "production").await;
    choose(&mut desk, "dependents.container_registry", "a new one").await;
    enter(&mut desk, "dependents.image_build_compute", "cpu-build").await;
    choose(&mut desk, "apart.network.isolation", "approved").await;
    go(&mut desk, "apart.network.presets").await;
    desk.press(" ").await;
    // A service tag from the list, a host as it is typed, and a resource that Azure has.
    choose(&mut desk, "apart.network.rules", "datafactory").await;
    desk.press("https://feeds.example.org/simple<enter>").await;
    desk.press("stfraudprod blob<enter>").await;
    go(&mut desk, "apart.network.public_access").await;
    desk.press("n").await;
    choose(&mut desk, "apart.network.endpoints.subnet", "snet-endpoints").await;
    let said = desk.screen();
    assert!(said.contains("One-way"), "{said}");
    choose(&mut desk, "people.1", "fraud data").await;
    choose(&mut desk, "people.1.what", "data scientist").await;
    desk.press("<c-r>").await;
    let review = review(&mut desk);
    assert!(review.plan.production, "production is in it");
    let words: Vec<&str> = review.plan.warnings.iter().map(|warning| warning.text.as_str()).collect();
    assert!(words.iter().any(|text| text.contains("cannot be turned off again")), "{words:?}");
    assert!(words.iter().any(|text| text.contains("Azure Firewall (Basic)")), "{words:?}");
    // One file for each environment.
    let files = review.files(Tab::Bicep, "plan");
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["mlw-pricing-dev.bicep", "mlw-pricing-prod.bicep"]);
    run(&mut desk).await;
    let sent = writes(&running);
    let made = deployed(&sent, WORKSPACES);
    let isolation: Vec<&Value> =
        made.iter().map(|one| &one["properties"]["managedNetwork"]["isolationMode"]).collect();
    assert_eq!(isolation, ["Disabled", "AllowOnlyApprovedOutbound"]);
    let rules = &made[1]["properties"]["managedNetwork"]["outboundRules"];
    assert_eq!(rules["DataFactory"]["destination"]["serviceTag"], "DataFactory");
    assert_eq!(rules["feeds-example-org"]["destination"], "feeds.example.org");
    let lake = &rules["stfraudprod-blob"]["destination"];
    assert_eq!(lake["subresourceTarget"], "blob", "{rules}");
    assert!(
        lake["serviceResourceId"].as_str().is_some_and(|id| id.ends_with("/storageAccounts/stfraudprod"))
    );
    let groups: Vec<&str> = sent
        .iter()
        .filter(|(_, path, _)| path.split('/').count() == 5 && path.to_lowercase().contains("resourcegroups"))
        .map(|(_, path, _)| path.as_str())
        .collect();
    assert_eq!(groups.len(), 2, "{groups:?}");
    assert!(groups[0].contains("a83d5e70") && groups[1].contains("6b0e2f3c"), "{groups:?}");
    // The data scientist works in development and reads in production.
    let roles = deployed(&sent, "Microsoft.Authorization/roleAssignments");
    assert_eq!(roles.len(), 4, "{roles:?}");
    running.stop().await;
}

/// Three environments, each in a network of its own: what was chosen for each is what Azure has in the end.
#[tokio::test]
async fn each_of_a_set_gets_the_network_that_was_chosen_for_it() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "layout", "dev, staging").await;
    enter(&mut desk, "name", "pricing").await;
    go(&mut desk, "apart").await;
    desk.press("<c-u>staging <bs><bs><bs><bs><bs><bs><bs>").await;
    go(&mut desk, "apart.each").await;
    desk.press("y").await;
    choose(&mut desk, "apart.basics.subscription", "sandbox").await;
    choose(&mut desk, "apart.2.basics.subscription", "production").await;
    choose(&mut desk, "apart.network.isolation", "internet").await;
    choose(&mut desk, "apart.network.endpoints.subnet", "default").await;
    choose(&mut desk, "apart.2.network.isolation", "approved").await;
    go(&mut desk, "apart.2.network.presets").await;
    desk.press(" ").await;
    go(&mut desk, "apart.2.network.public_access").await;
    desk.press("n").await;
    choose(&mut desk, "apart.2.network.endpoints.subnet", "snet-endpoints").await;
    let steps = form(&desk).shown_steps().map(|at| form(&desk).steps[at].title_in(form(&desk)).into_owned());
    let networks: Vec<String> = steps.filter(|title| title.starts_with("Network")).collect();
    assert_eq!(networks, ["Network: dev", "Network: staging", "Network: prod"]);
    desk.press("<c-r>").await;
    run(&mut desk).await;
    let client = emulator::client(&running.url(), "owner");
    let mut found = Vec::new();
    for (subscription, name) in [
        ("a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5", "dev"),
        ("e5917b24-60fa-4c83-9d02-3b8f6a7e1c40", "staging"),
        ("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "prod"),
    ] {
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/rg-pricing-{name}/providers/{WORKSPACES}/mlw-pricing-{name}"
        );
        let read = Request::arm_path(Method::Get, &id, "2025-06-01");
        let body = client.send(&read).await.unwrap().body;
        let properties = &body["properties"];
        found.push((
            properties["managedNetwork"]["isolationMode"].as_str().unwrap_or_default().to_owned(),
            properties["publicNetworkAccess"].as_str().unwrap_or_default().to_owned(),
            properties["privateEndpointConnections"].as_array().map_or(0, Vec::len),
        ));
    }
    let wanted = [
        ("Disabled", "Enabled", 0),
        ("AllowInternetOutbound", "Enabled", 1),
        ("AllowOnlyApprovedOutbound", "Disabled", 1),
    ];
    assert_eq!(found, wanted.map(|(mode, public, ends)| (mode.to_owned(), public.to_owned(), ends)));
    running.stop().await;
}

/// A subscription is what everything begins with: who sees none is told who can help, and with what.
#[tokio::test]
async fn who_sees_no_subscription_is_told_which_right_is_missing_and_who_gives_it() {
    let running = demo().await;
    let mut desk = Desk::open(&emulator::client(&running.url(), "nobody"), None);
    desk.settle().await;
    let screen = desk.screen();
    assert!(screen.contains("This account sees no") && !screen.contains("sets one up"), "{screen}");
    assert!(screen.contains("Contributor") && screen.contains("User Access"), "{screen}");
    desk.press("c").await;
    assert!(desk.model().overlays.is_empty(), "there is nowhere to set one up:\n{}", desk.screen());
    let hint = desk.model().notices.current_hint().unwrap_or_default().to_owned();
    assert!(hint.contains("sees no subscription"), "{hint}");
    running.stop().await;
}

#[tokio::test]
async fn dependents_that_are_there_are_picked_and_those_that_cannot_serve_refused() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "dependents.storage", "stfsoffline").await;
    assert!(wrong(&desk, "dependents.storage").contains("hierarchical namespace"), "{}", desk.screen());
    go(&mut desk, "dependents.key_vault").await;
    desk.press("<c-r>").await;
    assert_eq!(form(&desk).current().map(|field| field.id), Some("dependents.storage"), "that is in the way");
    choose(&mut desk, "dependents.storage", "stcreditdev").await;
    choose(&mut desk, "dependents.container_registry", "crnlpdev").await;
    assert!(!wrong(&desk, "dependents.container_registry").contains("Premium"));
    choose(&mut desk, "network.isolation", "internet").await;
    assert!(wrong(&desk, "dependents.container_registry").contains("takes no private endpoints"));
    choose(&mut desk, "network.isolation", "public").await;
    desk.press("<c-r>").await;
    let file = review(&mut desk).print(Tab::File);
    let dependents = PlanFile::read(&file).unwrap().shared.dependents;
    assert!(dependents.storage.ends_with("/storageAccounts/stcreditdev"), "{file}");
    assert!(dependents.container_registry.ends_with("/registries/crnlpdev"), "{file}");
    running.stop().await;
}

#[tokio::test]
async fn storage_by_identity_says_that_it_is_a_preview_and_turns_keys_off_at_the_end() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "identity.workspace", "a new user").await;
    choose(&mut desk, "identity.storage_access", "by identity").await;
    let said = meaning(&desk);
    assert!(said.contains("is a preview: without a service-level agreement"), "{said}");
    go(&mut desk, "identity.shared_key_off").await;
    desk.press("y").await;
    choose(&mut desk, "people.1", "fraud data").await;
    choose(&mut desk, "people.1.what", "data scientist").await;
    desk.press("<c-r>").await;
    run(&mut desk).await;
    let sent = writes(&running);
    let off = |(method, _, body): &&(String, String, Value)| {
        method == "PATCH" && body["properties"]["allowSharedKeyAccess"] == json!(false)
    };
    assert!(sent.iter().any(|one| off(&one)), "{sent:?}");
    assert_eq!(deployed(&sent, "Microsoft.ManagedIdentity/userAssignedIdentities").len(), 1);
    assert!(
        deployed(&sent, "Microsoft.Authorization/roleAssignments").len() > 5,
        "its own roles are among them"
    );
    running.stop().await;
}

#[tokio::test]
async fn a_customers_key_is_in_a_vault_that_is_protected_from_purging() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "basics.subscription", "production").await;
    choose(&mut desk, "basics.region", "north").await;
    choose(&mut desk, "identity.workspace", "id-forecast").await;
    choose(&mut desk, "encryption.holder", "customer").await;
    choose(&mut desk, "encryption.key_vault", "kv-mlw-qa").await;
    assert!(wrong(&desk, "encryption.key_vault").contains("no purge protection"), "{}", desk.screen());
    choose(&mut desk, "encryption.key_vault", "kv-forecast-cmk").await;
    enter(&mut desk, "encryption.key", "https://kv-other.vault.azure.net/keys/a/1").await;
    assert!(wrong(&desk, "encryption.key").contains("the vault is 'kv-forecast-cmk'"));
    // Those that are there are listed, and one that is picked stands as its URI.
    choose(&mut desk, "encryption.key.choice", "cmk-fore").await;
    go(&mut desk, "encryption.key").await;
    desk.press("<c-u>").await;
    go(&mut desk, "encryption.identity").await;
    let key = form(&desk).text("encryption.key");
    let forecasts =
        "https://kv-forecast-cmk.vault.azure.net/keys/cmk-forecast/2c70e12b7a0646f9a279f427c7b38e73";
    assert_eq!(key, forecasts, "{}", desk.screen());
    choose(&mut desk, "encryption.identity", "id-forecast").await;
    desk.press("<c-r>").await;
    let plan = &review(&mut desk).plan;
    assert!(plan.warnings.iter().any(|one| one.text.contains("loses the workspace")), "{:?}", plan.warnings);
    let deployment =
        plan.steps.iter().flat_map(|step| &step.requests).filter_map(|request| request.body.as_ref());
    let text: String = deployment.map(Value::to_string).collect();
    assert!(text.contains("keyVaultArmId"), "{text}");
    running.stop().await;
}

#[tokio::test]
async fn who_may_not_is_told_before_what_is_lacking_and_who_can_give_it() {
    let running = demo().await;
    let mut desk = desk(&running, "reader").await;
    desk.press("c").await;
    for _ in 0..8 {
        desk.press("<c-f>").await;
    }
    let screen = desk.screen();
    assert!(screen.contains("stands in the way"), "{screen}");
    let said = meaning(&desk);
    for words in ["you lack Microsoft.Resources/deployments/write", "an Owner there can give it"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // The plan can be made, and given to somebody who may.
    desk.press("<enter>").await;
    assert!(!review(&mut desk).lacks().is_empty());
    assert!(writes(&running).is_empty());
    running.stop().await;
}

#[tokio::test]
async fn what_a_policy_denies_is_told_in_words_before_anything_is_sent() {
    let running = demo().await;
    let rule = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/providers/Microsoft.Authorization/policyAssignments/regions";
    // "Allowed locations", one of Azure's own definitions.
    let allowed = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c";
    let body = json!({ "properties": { "displayName": "Regions", "policyDefinitionId": allowed,
        "parameters": { "listOfAllowedLocations": { "value": ["northeurope"] } } } });
    let put = Request::arm_path(Method::Put, rule, "2022-06-01").body(body);
    emulator::client(&running.url(), "owner").send(&put).await.unwrap();
    let assigned = writes(&running).len();
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    for _ in 0..8 {
        desk.press("<c-f>").await;
    }
    let said = meaning(&desk);
    assert!(said.contains("the policy 'Regions' denies "), "{said}");
    desk.press("<enter>").await;
    let plan = &review(&mut desk).plan;
    let denied = plan.warnings.iter().find(|one| one.text.contains("the policy 'Regions' denies "));
    assert!(
        denied.is_some_and(|one| one.text.contains("who owns a policy can exempt")),
        "{:?}",
        plan.warnings
    );
    // What Azure refuses beforehand does not run, here as on the command line.
    desk.press("<enter>").await;
    let screen = desk.screen();
    assert!(screen.contains("Azure refuses it: nothing is sent"), "{screen}");
    desk.press("<enter>").await;
    assert!(desk.screen().contains("the policy 'Regions' denies "), "back at the plan");
    assert_eq!(writes(&running).len(), assigned, "it was only asked");
    running.stop().await;
}

#[tokio::test]
async fn names_that_are_held_are_told_while_they_are_typed() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    assert!(wrong(&desk, "dependents.storage.name").contains("free"), "{}", desk.screen());
    enter(&mut desk, "dependents.storage.name", "stfrauddev").await;
    let why = wrong(&desk, "dependents.storage.name");
    assert!(why.contains("is there, in rg-fraud-dev: pick that one"), "{why}");
    enter(&mut desk, "dependents.storage.name", "St").await;
    let why = wrong(&desk, "dependents.storage.name");
    assert!(why.contains("3 to 24 characters: lower-case letters and digits"), "{why}");
    running.stop().await;
}

#[tokio::test]
async fn only_regions_that_have_the_provider_are_offered_and_another_one_of_a_file_is_refused() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    go(&mut desk, "basics.region").await;
    let regions = form(&desk).get("basics.region").and_then(FormField::select).unwrap().choices().to_vec();
    assert!(regions.iter().any(|region| region.key == "westeurope"));
    assert!(!regions.iter().any(|region| region.key == "brazilsouth"), "{regions:?}");
    let text = "name = 'far'\n[basics]\nsubscription = 'a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5'\nregion = 'brazilsouth'\n";
    desk.press("<c-s>").await;
    std::fs::write(saved(&desk).with_file_name("far.toml"), text).unwrap();
    desk.press("<c-t>").await;
    desk.press("far<enter>").await;
    assert_eq!(form(&desk).text("basics.region"), "brazilsouth", "{}", desk.screen());
    assert!(wrong(&desk, "basics.region").contains("not offered in 'brazilsouth'"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn what_is_filled_in_is_saved_as_a_plan_file_and_read_back() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    choose(&mut desk, "layout", "dev, staging").await;
    enter(&mut desk, "name", "retain").await;
    choose(&mut desk, "people.1", "fraud data").await;
    choose(&mut desk, "people.1.what", "data scientist").await;
    desk.press("<c-s>").await;
    let text = std::fs::read_to_string(saved(&desk)).unwrap();
    let file = PlanFile::read(&text).unwrap();
    assert_eq!((file.name.as_str(), file.people.len()), ("retain", 1), "{text}");
    // A value that is none has no place in a file, and that is said.
    enter(&mut desk, "budget.amount", "x").await;
    desk.press("<tab><c-s>").await;
    desk.settle().await;
    assert!(desk.screen().contains("still wrong, and perhaps not in the file: Budget"), "{}", desk.screen());
    enter(&mut desk, "budget.amount", "<c-u>").await;
    // Another form, filled in from it.
    desk.press("<esc>x").await;
    desk.press("c<c-t>").await;
    desk.press("retain<enter>").await;
    assert_eq!(form(&desk).text("name"), "retain");
    desk.press("<c-r>").await;
    let again = review(&mut desk).print(Tab::File);
    assert_eq!(PlanFile::read(&again).unwrap(), file, "{again}");
    // What was entered since is not replaced unasked.
    desk.press("<esc>").await;
    enter(&mut desk, "name", "other").await;
    desk.press("<c-t>").await;
    desk.press("retain<enter>").await;
    assert!(desk.screen().contains("Replace what was entered?"), "{}", desk.screen());
    desk.press("s").await;
    assert_eq!(form(&desk).text("name"), "other");
    desk.press("<c-t>").await;
    desk.press("retain<enter>x").await;
    assert_eq!(form(&desk).text("name"), "retain");
    running.stop().await;
}

#[tokio::test]
async fn the_plan_is_copied_and_saved_in_the_forms_of_other_tools() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c<c-r>Y").await;
    press_item(&mut desk, "Bicep").await;
    let copied = desk.hosts.iter().find_map(|host| match host {
        Host::Copy(text) => Some(text.clone()),
        _ => None,
    });
    assert!(copied.is_some_and(|text| text.contains("resource ")), "Bicep is on the clipboard");
    desk.press("<tab><tab><tab><c-s>").await;
    let template: Value = serde_json::from_str(&std::fs::read_to_string(saved(&desk)).unwrap()).unwrap();
    assert!(template["resources"].as_array().is_some_and(|all| all.len() == 5), "{template:#}");
    running.stop().await;
}

#[tokio::test]
async fn a_form_that_was_not_finished_is_offered_again() {
    let running = demo().await;
    let client = emulator::client(&running.url(), "owner");
    let state = tempfile::tempdir().unwrap();
    let drafts = || Some(Drafts::at(state.path(), &running.url()));
    let mut desk = Desk::open_keeping(&client, Some("mlw-fraud-dev"), drafts());
    desk.settle().await;
    desk.press("c").await;
    enter(&mut desk, "name", "vision").await;
    choose(&mut desk, "dependents.storage", "stcreditdev").await;
    desk.press("<c-c>").await;
    let mut desk = Desk::open_keeping(&client, Some("mlw-fraud-dev"), drafts());
    desk.until(|console| !console.model.drafts.is_empty()).await;
    desk.settle().await;
    desk.press("cy").await;
    assert_eq!(form(&desk).text("name"), "vision");
    assert!(form(&desk).text("dependents.storage").ends_with("stcreditdev"), "{}", desk.screen());
    running.stop().await;
}

#[tokio::test]
async fn an_estate_without_a_workspace_gets_its_first_one() {
    let mut estate = Estate::demo().unwrap();
    let above = |one: &Value| {
        one["type"] == "Microsoft.Authorization/roleAssignments"
            && !one["id"].as_str().unwrap().to_lowercase().contains("/resourcegroups/")
    };
    estate.resources.retain(above);
    let running = emulator::start(amldeck::emulator::Options { estate, ..emulator::options() }).await;
    let mut desk = Desk::open(&emulator::client(&running.url(), "owner"), None);
    desk.settle().await;
    assert_eq!(desk.selected(), "");
    desk.press("c").await;
    enter_through(&mut desk).await;
    assert_eq!(review(&mut desk).plan.title, "Set up mlw-ml");
    running.stop().await;
}

#[tokio::test]
async fn of_several_that_the_directory_finds_nobody_is_taken_who_was_not_chosen() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    go(&mut desk, "people.1").await;
    desk.press("fraud<enter>").await;
    let chosen = |desk: &Desk| form(desk).text("people.1");
    assert_eq!(chosen(&desk), "");
    let screen = desk.screen();
    assert!(screen.contains("several fit: an arrow chooses one"), "{screen}");
    desk.press("<down><enter>").await;
    assert_ne!(chosen(&desk), "");
    assert_eq!(form(&desk).current().map(|field| field.id), Some("people.1.what"));
    // Who types a whole name means it, whoever else it fits.
    go(&mut desk, "people.2").await;
    desk.press("fraud data scientists<enter>").await;
    assert!(desk.screen().contains("Fraud data scientists"), "{}", desk.screen());
    assert_eq!(form(&desk).current().map(|field| field.id), Some("people.2.what"));
    running.stop().await;
}

#[tokio::test]
async fn what_an_endpoint_can_lead_to_is_listed_to_its_last_page() {
    let running = demo().await;
    let mut desk = desk(&running, "owner").await;
    desk.press("c").await;
    for (name, token) in [("stlakeone", Some("more")), ("stlaketwo", None)] {
        let id = format!(
            "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/{name}"
        );
        let mut body =
            json!({ "totalRecords": 2, "count": 1, "resultTruncated": "false", "data": [{ "id": id }] });
        if let Some(token) = token {
            body["$skipToken"] = json!(token);
        }
        let (status, body, times) = (Some(200), Some(body), Some(1));
        let path = "/providers/Microsoft.ResourceGraph/resources";
        running.add_fault(Fault { status, body, times, ..Fault::on("POST", path) });
    }
    choose(&mut desk, "network.isolation", "internet").await;
    go(&mut desk, "network.rules").await;
    let screen = desk.screen();
    assert!(screen.contains("stlakeone / blob") && !screen.contains("AppConfiguration"), "{screen}");
    desk.press("stlaketwo").await;
    let screen = desk.screen();
    assert!(screen.contains("stlaketwo / blob"), "{screen}");
    // With all of the internet let through Azure takes no other rule.
    desk.press("<c-u>DataFactory<enter>").await;
    desk.press("<tab>").await;
    let why = form(&desk).fault("network.rules").unwrap_or_default();
    assert!(why.contains("takes rules by private endpoint alone, and this is one by service tag"), "{why}");
    running.stop().await;
}

/// The form at every size, each looked at before it was kept.
#[tokio::test]
async fn the_form_at_every_size() {
    let running = demo().await;
    for (width, height) in [(80, 24), (120, 36), (200, 60)] {
        let mut desk = Desk::open(&emulator::client(&running.url(), "owner"), Some("mlw-fraud-dev"));
        desk.terminal.backend_mut().resize(width, height);
        desk.handle(Message::Input(Input::Resize { width, height }));
        desk.settle().await;
        desk.press("c").await;
        let keep = |name: &str, desk: &mut Desk| {
            insta::assert_snapshot!(format!("{name}-{width}x{height}"), desk.screen());
        };
        choose(&mut desk, "layout", "dev and").await;
        go(&mut desk, "layout").await;
        keep("layout", &mut desk);
        go(&mut desk, "basics.workspace").await;
        keep("basics", &mut desk);
        choose(&mut desk, "apart.basics.subscription", "production").await;
        go(&mut desk, "dependents.storage").await;
        keep("dependents", &mut desk);
        choose(&mut desk, "apart.network.isolation", "approved").await;
        keep("network", &mut desk);
        choose(&mut desk, "identity.storage_access", "by identity").await;
        go(&mut desk, "identity.storage_access").await;
        keep("identity", &mut desk);
        choose(&mut desk, "encryption.holder", "customer").await;
        keep("encryption", &mut desk);
        choose(&mut desk, "encryption.holder", "microsoft").await;
        choose(&mut desk, "people.1", "fraud data").await;
        assert_eq!(
            form(&desk).current().map(|field| field.id),
            Some("people.1.what"),
            "Enter goes on to what they get"
        );
        keep("people", &mut desk);
        choose(&mut desk, "people.1.what", "data scientist").await;
        desk.press("<c-f>").await;
        keep("review", &mut desk);
        desk.press("<enter>").await;
        keep("plan", &mut desk);
    }
    running.stop().await;
}
