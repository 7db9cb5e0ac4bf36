//! What a clean-up leaves with what it has to leave: all that this stands on, and what makes it usable.

use super::{Stage, group, words, workspace};
use crate::plan_files::{FILES, ONE};
use crate::support::emulator;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::Request;
use amldeck::domain::plan::{Phase, Run};
use amldeck::emulator::Fault;
use serde_json::{Value, json};

async fn done(stage: &Stage, text: &str) -> Run {
    let run = stage.run(stage.plan(text).await).await;
    assert_eq!((run.phase, words(&run)), (Phase::Done, String::new()));
    run
}

async fn taken_back(stage: &Stage, run: &Run) -> Vec<String> {
    let undone = stage.undo(run).await;
    assert_eq!((undone.phase, words(&undone)), (Phase::Done, String::new()));
    undone.now_true()
}

fn says(now: &[String], line: &str) {
    assert!(now.iter().any(|one| one == line), "{line}\n{now:#?}");
}

/// What a resource group holds of a type.
async fn of_type(stage: &Stage, group: &ArmId, kind: &str) -> Vec<Value> {
    let all =
        stage.client.list::<Value>(&Request::get(&group.join("resources"), "2024-07-01")).await.unwrap();
    all.into_iter().filter(|one| one["type"].as_str().unwrap().eq_ignore_ascii_case(kind)).collect()
}

#[tokio::test]
async fn a_workspace_that_somebody_made_anew_keeps_what_it_stands_on() {
    let stage = Stage::of(emulator::options()).await;
    let run = done(&stage, ONE).await;
    let before = stage.in_group().await;
    let mut anew = stage.client.value(&Request::get(&workspace(), "2024-10-01-preview")).await.unwrap();
    anew["systemData"] = json!({ "createdAt": "2099-01-01T00:00:00Z" });
    let fault = super::fault("GET", "*/workspaces/mlw-tiny", 200, anew);
    stage.running.add_fault(Fault { times: None, ..fault });
    let now = taken_back(&stage, &run).await;
    stage.running.clear_faults();
    assert_eq!(stage.in_group().await, before, "{now:#?}");
    says(&now, "mlw-tiny stays: it was made on 2099-01-01 at 00:00 UTC, after this run.");
    says(&now, "kv-mlw-tiny-e4b734 stays: mlw-tiny depends on it.");
    says(&now, "log-mlw-tiny stays: appi-mlw-tiny depends on it.");
}

#[tokio::test]
async fn what_stays_for_another_workspace_keeps_its_logs_its_roles_and_its_identity() {
    let stage = Stage::of(emulator::options()).await;
    let identity = "[identity]\nworkspace = 'new'\nstorage_access = 'identity'\n";
    let run = done(&stage, &format!("{ONE}\n{identity}")).await;
    let own = |path: &str| group().join(&format!("providers/{path}"));
    let identities = of_type(&stage, &group(), "Microsoft.ManagedIdentity/userAssignedIdentities").await;
    let identity = identities[0]["id"].as_str().unwrap();
    let account = own("Microsoft.Storage/storageAccounts/stmlwtinye4b734");
    let second = format!(
        "{}\n[dependents]\nstorage = '{account}'\nkey_vault = '{}'\napplication_insights = '{}'\n\
         [identity]\nworkspace = '{identity}'\nstorage_access = 'identity'\n",
        ONE.replace("name = \"tiny\"", "name = \"second\""),
        own("Microsoft.KeyVault/vaults/kv-mlw-tiny-e4b734"),
        own("Microsoft.Insights/components/appi-mlw-tiny"),
    );
    done(&stage, &second).await;
    let roles =
        Request::get(&account.join("providers/Microsoft.Authorization/roleAssignments"), "2022-04-01")
            .query("$filter", "atScope()");
    let before = stage.client.list::<Value>(&roles).await.unwrap().len();
    let now = taken_back(&stage, &run).await;
    assert!(!stage.is_there(&workspace(), "2024-10-01-preview").await);
    assert_eq!(stage.client.list::<Value>(&roles).await.unwrap().len(), before, "{now:#?}");
    says(&now, "stmlwtinye4b734 stays: mlw-second depends on it.");
    says(&now, "What was granted on stmlwtinye4b734 stays with it.");
    says(&now, "log-mlw-tiny stays: appi-mlw-tiny depends on it.");
    assert!(stage.is_there(&ArmId::parse(identity).unwrap(), "2023-01-31").await);
}

#[tokio::test]
async fn what_stays_for_another_private_workspace_keeps_its_endpoints_and_names() {
    let stage = Stage::of(emulator::options()).await;
    let nested = FILES.iter().find(|(name, _)| *name == "nested").unwrap().1;
    let private = |name: &str, zones: &str| {
        nested
            .replace("name = \"closed\"", &format!("name = \"{name}\""))
            .replace("appi-closed", &format!("appi-{name}"))
            .replace("resource_group = \"rg-network-hub\"", &format!("dns_zones = \"{zones}\""))
    };
    let run = done(&stage, &private("first", "new")).await;
    let first = ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-first");
    let account = of_type(&stage, &first, "Microsoft.Storage/storageAccounts").await;
    let account = account[0]["id"].as_str().unwrap().to_owned();
    let shared = format!("[dependents]\nstorage = \"{account}\"\n");
    done(&stage, &private("second", first.as_str()).replace("[dependents]\n", &shared)).await;
    let now = taken_back(&stage, &run).await;
    says(&now, &format!("{} stays: mlw-second depends on it.", account.rsplit('/').next().unwrap()));
    let endpoints = of_type(&stage, &first, "Microsoft.Network/privateEndpoints").await;
    assert!(!endpoints.is_empty(), "{now:#?}");
    for endpoint in endpoints {
        let id = ArmId::parse(endpoint["id"].as_str().unwrap()).unwrap();
        let found = stage.client.value(&Request::get(&id, "2024-03-01")).await.unwrap();
        let to =
            &found["properties"]["privateLinkServiceConnections"][0]["properties"]["privateLinkServiceId"];
        assert_eq!(to.as_str().unwrap().to_lowercase(), account.to_lowercase(), "the others are gone");
    }
    says(&now, "Left as it is: Delete the resource group rg-first");
}
