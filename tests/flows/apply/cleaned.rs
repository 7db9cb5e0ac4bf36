//! What a clean-up deletes, what it spares, and what it makes room for.

use super::{Stage, group, words, workspace};
use crate::plan_files::{FILES, ONE};
use crate::support::emulator;
use amldeck::app::runtime::Control;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::changes::purge;
use amldeck::domain::plan::{Choice, Confirmation, Phase, Weight, inverse};
use serde_json::{Value, json};

#[tokio::test]
async fn a_deleted_workspace_that_holds_the_name_is_purged_by_a_plan_of_its_own() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let delete = Request::arm(Method::Delete, &workspace(), "2024-10-01-preview");
    stage.client.run(&delete, |_| {}).await.unwrap();
    // Other names than those that are there: the workspace alone is in the way.
    let text = format!("{ONE}\n[dependents]\nstorage = 'stanothertiny'\nkey_vault = 'kv-another-tiny'\n");
    let failed = stage.run(stage.plan(&text).await).await;
    assert_eq!(failed.phase, Phase::Failed);
    let said = words(&failed);
    assert!(said.starts_with("mlw-tiny (Microsoft.MachineLearningServices/workspaces) failed."), "{said}");
    assert!(
        said.contains("deleted workspace still holds this name") && said.contains("choose another name"),
        "{said}"
    );
    assert!(said.contains("Soft-deleted workspace exists"), "in Azure's own words: {said}");
    let now = failed.now_true();
    for there in
        ["stanothertiny (Microsoft.Storage/storageAccounts)", "kv-another-tiny (Microsoft.KeyVault/vaults)"]
    {
        assert!(now.contains(&format!("There now, made by this run: {there}")), "{now:#?}");
    }
    assert!(
        !now.iter().any(|line| line.contains("log-mlw-tiny") && line.contains("made by this run")),
        "{now:#?}"
    );
    assert!(failed.choices().contains(&Choice::Purge));
    let held = failed.held_by_deleted().unwrap();
    assert_eq!(held, workspace());
    let purged = stage.run(purge(&held, false)).await;
    assert_eq!((purged.phase, words(&purged)), (Phase::Done, String::new()));
    let resumed = stage.resume(&failed, &Control::default()).await;
    assert_eq!((resumed.phase, words(&resumed)), (Phase::Done, String::new()));
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
    // A purge of a workspace that is there again does nothing to it.
    let spared = stage.run(purge(&held, false)).await;
    assert_eq!(spared.phase, Phase::Failed);
    assert!(stage.is_there(&workspace(), "2024-10-01-preview").await);
}

/// It can still be recovered: to clean up after the run that it was in the way of is no reason to purge it.
#[tokio::test]
async fn a_clean_up_spares_the_deleted_workspace_whose_name_was_in_the_way() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let delete = Request::arm(Method::Delete, &workspace(), "2024-10-01-preview");
    stage.client.run(&delete, |_| {}).await.unwrap();
    let failed = stage.run(stage.plan(ONE).await).await;
    let now = failed.now_true();
    assert!(now.contains(&"There now, made by this run: nothing".to_owned()), "{now:#?}");
    let before = now.iter().find(|line| line.starts_with("There before, and no part of cleaning up: "));
    assert!(
        before.is_some_and(|line| line.contains("stmlwtiny") && line.contains("kv-mlw-tiny")),
        "{now:#?}"
    );
    // It made nothing, so that there is nothing to clean up.
    assert_eq!(failed.choices(), [Choice::Resume, Choice::Purge, Choice::Keep]);
    assert!(inverse(&failed, &[]).is_err());
    // Also where nobody knows what the deployment left: what is not there is neither deleted nor purged.
    let mut blind = failed.clone();
    let deploy = blind.plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    blind.steps[deploy].remains = None;
    let blind = inverse(&blind, &[]).unwrap();
    let delete = |one: &Request| one.method == Method::Delete && one.path.ends_with("/workspaces/mlw-tiny");
    assert!(blind.steps.iter().flat_map(|step| &step.requests).any(delete));
    stage.running.forget_requests();
    let undoes = Some(failed.id.clone());
    let ran = stage.runner.run(blind, undoes, &Control::default(), &mut |_| {}).await.unwrap();
    assert_eq!((ran.phase, words(&ran)), (Phase::Done, String::new()));
    let sent = stage.writes();
    assert!(!sent.iter().any(|line| line.contains("/workspaces/mlw-tiny?")), "{sent:#?}");
    let again = stage.run(stage.plan(ONE).await).await;
    assert!(words(&again).contains("deleted workspace still holds this name"), "{}", words(&again));
}

#[tokio::test]
async fn a_clean_up_deletes_what_the_run_made_and_nothing_else() {
    let stage = Stage::of(emulator::options()).await;
    let others = group().join("providers/Microsoft.Storage/storageAccounts/stsomebodyelses");
    let put = |id: &ArmId, version: &str, body: Value| Request::arm(Method::Put, id, version).body(body);
    stage.client.run(&put(&group(), "2024-07-01", json!({"location": "uksouth"})), |_| {}).await.unwrap();
    let account = json!({"location": "uksouth", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}});
    stage.client.run(&put(&others, "2023-05-01", account), |_| {}).await.unwrap();
    let mut plan = stage.plan(ONE).await;
    // It fails behind the deployment.
    let deploy = plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    let missing =
        Request::get(&group().join("providers/Microsoft.Storage/storageAccounts/nothere"), "2023-05-01");
    plan.steps[deploy + 1].verify.as_mut().unwrap().read = missing;
    let run = stage.run(plan).await;
    assert_eq!((run.phase, stage.in_group().await.len()), (Phase::Failed, 6));
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(stage.in_group().await, ["Microsoft.Storage/storageAccounts"]);
    assert!(stage.is_there(&others, "2023-05-01").await);
    // Names are free again, the vault's too.
    let again = stage.run(stage.plan(ONE).await).await;
    assert_eq!((again.phase, words(&again)), (Phase::Done, String::new()));
}

/// The private DNS zones in the group of the network, and the links that they have.
async fn zones(stage: &Stage) -> Vec<String> {
    let hub = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-network-hub");
    let zones = Request::get(&hub.join("providers/Microsoft.Network/privateDnsZones"), "2020-06-01");
    let mut all = Vec::new();
    for zone in stage.client.list::<Value>(&zones).await.unwrap() {
        let id = ArmId::parse(zone["id"].as_str().unwrap()).unwrap();
        let links = Request::get(&id.join("virtualNetworkLinks"), "2020-06-01");
        let links = stage.client.list::<Value>(&links).await.unwrap().len();
        all.push(format!("{} {links}", id.name()));
    }
    all
}

#[tokio::test]
async fn a_clean_up_takes_the_zones_that_the_run_made_beside_the_network_and_leaves_those_that_others_use() {
    let nested = FILES.iter().find(|(name, _)| *name == "nested").unwrap().1;
    let blob = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-network-hub")
        .join("providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net");
    for is_used in [false, true] {
        let stage = Stage::of(emulator::options()).await;
        let before = zones(&stage).await;
        let run = stage.run(stage.plan(nested).await).await;
        assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
        assert_eq!(zones(&stage).await.len(), before.len() + 5);
        if is_used {
            let record = json!({"properties": {"ttl": 10, "aRecords": [{"ipv4Address": "10.40.1.9"}]}});
            let put = Request::arm(Method::Put, &blob.join("A/stneighbour"), "2020-06-01").body(record);
            stage.client.run(&put, |_| {}).await.unwrap();
        }
        let undone = stage.undo(&run).await;
        assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
        let mut left = before;
        if is_used {
            left.push("privatelink.blob.core.windows.net 1".to_owned());
            left.sort();
        }
        assert_eq!(zones(&stage).await, left);
        let told: Vec<String> =
            undone.now_true().into_iter().filter(|line| line.contains("stays, with")).collect();
        let stays =
            "privatelink.blob.core.windows.net stays, with its link: it holds names of others: stneighbour.";
        assert_eq!(told, if is_used { vec![stays.to_owned()] } else { Vec::new() });
    }
}

/// A private workspace in the network of all, its endpoints in its own group; `zones` are new, or those of a group.
fn private(name: &str, zones: &str) -> String {
    let nested = FILES.iter().find(|(name, _)| *name == "nested").unwrap().1;
    let group = "resource_group = \"rg-network-hub\"";
    assert!(nested.contains(group) && nested.contains("name = \"closed\""));
    nested
        .replace("name = \"closed\"", &format!("name = \"{name}\""))
        .replace("appi-closed", &format!("appi-{name}"))
        .replace(group, &format!("dns_zones = \"{zones}\""))
}

/// Zones that a set-up made in its own group are those of the next workspace in the network, too.
#[tokio::test]
async fn a_group_whose_zones_others_use_by_now_stays_with_them_and_is_said_to_beforehand() {
    let stage = Stage::of(emulator::options()).await;
    let first = stage.run(stage.plan(&private("first", "new")).await).await;
    assert_eq!((first.phase, words(&first)), (Phase::Done, String::new()));
    let plan = inverse(&first, &[]).unwrap();
    assert_eq!(stage.runner.ahead(&plan).await, [], "what goes with the rest stands in nobody's way");
    let zones = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-first");
    let second = stage.run(stage.plan(&private("second", zones.as_str())).await).await;
    assert_eq!((second.phase, words(&second)), (Phase::Done, String::new()));
    let said = stage.runner.ahead(&plan).await;
    assert!(said.iter().all(|one| one.weight == Weight::Caution), "{said:#?}");
    let (group, used) = said.split_last().unwrap();
    assert!(group.text.starts_with("rg-first stays: ") && !group.text.contains("mlw-first"), "{said:#?}");
    assert!(
        used.iter()
            .all(|one| one.text.starts_with("privatelink.") && one.text.contains(" stays, with its link"))
    );
    assert!(!used.is_empty());
    let undone = stage.undo(&first).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    let now = undone.now_true();
    assert!(now.contains(&"Left as it is: Delete the resource group rg-first".to_owned()), "{now:#?}");
    assert_eq!(now.iter().filter(|line| line.starts_with("rg-first stays: ")).count(), 1, "{now:#?}");
    assert!(stage.is_there(&zones, "2024-07-01").await);
    // The names of the other one go with it.
    let undone = stage.undo(&second).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    let all = Request::get(&zones.join("providers/Microsoft.Network/privateDnsZones"), "2020-06-01");
    for zone in stage.client.list::<Value>(&all).await.unwrap() {
        let zone = ArmId::parse(zone["id"].as_str().unwrap()).unwrap();
        let records = stage.client.list::<Value>(&Request::get(&zone.join("A"), "2020-06-01")).await.unwrap();
        assert_eq!(records, [Value::Null; 0], "{}", zone.name());
    }
}

#[tokio::test]
async fn what_somebody_made_anew_since_is_not_the_runs_any_more() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(ONE).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let account = group().join("providers/Microsoft.Storage/storageAccounts/stmlwtinye4b734");
    // Somebody deleted it and made one of the name, much later.
    let anew = json!({ "name": "stmlwtinye4b734", "properties": { "creationTime": "2099-01-01T00:00:00Z" } });
    let fault = super::fault("GET", "*/storageAccounts/stmlwtinye4b734", 200, anew);
    stage.running.add_fault(amldeck::emulator::Fault { times: None, ..fault });
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    stage.running.clear_faults();
    assert!(stage.is_there(&account, "2023-05-01").await);
    assert!(!stage.is_there(&workspace(), "2024-10-01-preview").await, "the rest is taken back");
    let now = undone.now_true();
    let stays = now.iter().any(|line| line.starts_with("stmlwtinye4b734 stays: it was made on 2099-01-01 "));
    assert!(stays, "{now:#?}");
}

#[tokio::test]
async fn what_another_workspace_depends_on_stays_and_is_named_beforehand() {
    let stage = Stage::of(emulator::options()).await;
    let first = stage.run(stage.plan(ONE).await).await;
    assert_eq!((first.phase, words(&first)), (Phase::Done, String::new()));
    let own = |path: &str| group().join(&format!("providers/{path}"));
    let (account, vault) = (
        own("Microsoft.Storage/storageAccounts/stmlwtinye4b734"),
        own("Microsoft.KeyVault/vaults/kv-mlw-tiny-e4b734"),
    );
    let dependents = format!("[dependents]\nstorage = '{account}'\nkey_vault = '{vault}'\n");
    let text = format!("{}\n{dependents}", ONE.replace("name = \"tiny\"", "name = \"second\""));
    let second = stage.run(stage.plan(&text).await).await;
    assert_eq!((second.phase, words(&second)), (Phase::Done, String::new()));
    let said = stage.runner.ahead(&inverse(&first, &[]).unwrap()).await;
    let said: Vec<&str> = said.iter().map(|one| one.text.as_str()).collect();
    let [vault_stays, account_stays, group_stays] = &*said else { panic!("{said:#?}") };
    assert_eq!(*account_stays, "stmlwtinye4b734 stays: mlw-second depends on it.");
    assert_eq!(*vault_stays, "kv-mlw-tiny-e4b734 stays: mlw-second depends on it.");
    assert!(
        group_stays.starts_with("rg-tiny stays: ") && !group_stays.contains("log-mlw-tiny"),
        "{group_stays}"
    );
    let undone = stage.undo(&first).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    for id in [&account, &vault] {
        assert!(stage.is_there(id, "2023-05-01").await, "{id}");
    }
    assert!(!stage.is_there(&workspace(), "2024-10-01-preview").await);
    let now = undone.now_true();
    assert!(now.contains(&"stmlwtinye4b734 stays: mlw-second depends on it.".to_owned()), "{now:#?}");
}

#[tokio::test]
async fn a_clean_up_of_a_deployment_that_failed_early_does_not_mind_what_is_not_there() {
    let stage = Stage::of(emulator::options()).await;
    let mut plan = stage.plan(ONE).await;
    let deploy = plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    // Only a log workspace is made, and the rest is left out of the template; then it fails.
    for request in &mut plan.steps[deploy].requests {
        let body = request.body.as_mut().unwrap();
        let resources = body["properties"]["template"]["resources"].as_array_mut().unwrap();
        resources.retain(|one| one["type"] == "Microsoft.OperationalInsights/workspaces");
    }
    let run = stage.run(plan).await;
    assert_eq!(run.phase, Phase::Failed, "the workspace is not read back");
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(!stage.is_there(&group(), "2024-07-01").await, "the group was this run's, too");
}

#[tokio::test]
async fn a_clean_up_says_what_is_lost_for_good_and_wants_the_name_typed() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(ONE).await).await;
    let back = inverse(&run, &[]).unwrap();
    assert_eq!(back.confirmation(), Confirmation::TypeName("mlw-tiny"));
    let lost = "mlw-tiny, stmlwtinye4b734, kv-mlw-tiny-e4b734, log-mlw-tiny in rg-tiny: deleted for good";
    assert!(
        back.warnings.iter().any(|one| one.weight == Weight::Danger && one.text.starts_with(lost)),
        "{:#?}",
        back.warnings
    );
    let run = stage.run(back).await;
    assert_eq!(run.phase, Phase::Done, "{}", words(&run));
    assert!(!run.choices().contains(&Choice::Cancel));
}

#[tokio::test]
async fn the_group_is_not_taken_back_alone_while_what_is_in_it_stands() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(ONE).await).await;
    let deploy = run.plan.steps.iter().position(|step| step.deployment().is_some()).unwrap();
    assert!(run.undoable().contains(&0) && deploy > 0, "{:?}", run.undoable());
    assert_eq!(run.undoable_alone(), [deploy]);
}

/// A registry can be attached to a workspace that is there and not taken off again.
#[tokio::test]
async fn a_clean_up_leaves_the_registry_that_a_workspace_cannot_do_without() {
    let stage = Stage::of(emulator::options()).await;
    stage.run(stage.plan(ONE).await).await;
    let people = "\n[[people]]\nrole = 'Reader'\ngroup = '11111111-2222-4333-8444-555555555555'\n";
    let text = format!("{ONE}\n[dependents]\ncontainer_registry = 'new'\n{people}");
    let run = stage.run(stage.plan(&text).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    let read = async || stage.client.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    let registry = ArmId::parse(read().await["properties"]["containerRegistry"].as_str().unwrap()).unwrap();
    let back = inverse(&run, &[]).unwrap();
    let stays = back.warnings.iter().find(|one| one.text.contains("cannot be taken back needs it"));
    assert!(stays.is_some_and(|one| one.text.contains(registry.name())), "{:#?}", back.warnings);
    let roles =
        Request::get(&workspace().join("providers/Microsoft.Authorization/roleAssignments"), "2022-04-01");
    let roles = roles.query("$filter", "principalId eq '11111111-2222-4333-8444-555555555555'");
    assert_eq!(stage.client.list::<Value>(&roles).await.unwrap().len(), 1);
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert_eq!(read().await["properties"]["containerRegistry"], registry.as_str());
    assert!(stage.is_there(&registry, "2023-07-01").await, "it is attached, and stays");
    assert!(stage.client.list::<Value>(&roles).await.unwrap().is_empty(), "the rest is taken back");
}

#[tokio::test]
async fn a_clean_up_under_a_lock_is_refused_before_anything_is_deleted() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(ONE).await).await;
    let lock = workspace().join("providers/Microsoft.Authorization/locks/keep");
    let body = json!({ "properties": { "level": "CanNotDelete" } });
    stage.client.send(&Request::arm(Method::Put, &lock, "2020-05-01").body(body)).await.unwrap();
    stage.running.forget_requests();
    let undo = async || stage.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await;
    let refused = undo().await.unwrap_err().to_string();
    assert!(
        refused.starts_with(
            "nothing was sent: a lock on mlw-tiny stands in the way of \"Delete mlw-tiny and what"
        ),
        "{refused}"
    );
    assert_eq!(stage.writes(), [""; 0]);
    let ahead = stage.runner.ahead(&inverse(&run, &[]).unwrap()).await;
    let [said] = &*ahead else { panic!("{ahead:#?}") };
    assert_eq!(said.weight, Weight::Danger);
    assert!(
        said.text.starts_with("As things are nothing of it is sent: a lock on mlw-tiny"),
        "{}",
        said.text
    );
    stage.client.send(&Request::arm(Method::Delete, &lock, "2020-05-01")).await.unwrap();
    let undone = undo().await.unwrap();
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
}

#[tokio::test]
async fn a_vault_that_may_not_be_purged_keeps_nothing_else_from_being_deleted() {
    let refused = json!({ "error": { "code": "AuthorizationFailed", "message": "No." } });
    let faults = vec![super::fault("POST", "*/deletedVaults/*/purge*", 403, refused)];
    let stage = Stage::of(amldeck::emulator::Options { faults, ..emulator::options() }).await;
    let run = stage.run(stage.plan(ONE).await).await;
    let undone = stage.undo(&run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    assert!(!stage.is_there(&group(), "2024-07-01").await, "all of it is gone");
    let now = undone.now_true();
    assert!(
        now.iter().any(|line| line.contains("is deleted and not purged, which Azure refuses you")),
        "{now:#?}"
    );
}

#[tokio::test]
async fn a_clean_up_needs_the_right_to_delete_what_it_deletes() {
    let stage = Stage::of(emulator::options()).await;
    let run = stage.run(stage.plan(ONE).await).await;
    stage.running.add_fault(amldeck::emulator::Fault {
        status: Some(200),
        body: Some(json!({ "value": [{ "actions": ["*/read", "*/write", "*/action"], "notActions": [] }] })),
        ..amldeck::emulator::Fault::on("GET", "*/Microsoft.Authorization/permissions")
    });
    stage.running.forget_requests();
    let refused = stage.runner.undo(&run.id, &[], &Control::default(), &mut |_| {}).await.unwrap_err();
    assert!(refused.to_string().contains("Microsoft.Storage/storageAccounts/delete on rg-tiny"), "{refused}");
    assert_eq!(stage.writes(), [""; 0]);
}
