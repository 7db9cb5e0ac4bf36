//! Every request that the client sends and every answer that the emulator gives, held against the
//! published documents of Azure Resource Manager and Microsoft Graph.

// Helpers may unwrap and print like the tests they serve.
#![cfg(test)]

mod support {
    pub mod console;
    pub mod emulator;
    pub mod openapi;
    pub mod recorder;
}

use amldeck::azure::arm::Client;
use amldeck::azure::arm::error::Error;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::azure::arm::versions;
use amldeck::azure::directory;
use amldeck::azure::resources::{
    compute, management_group, permissions, resource_group, role_assignment, role_definition,
    storage_account, subscription, tenant, workspace,
};
use amldeck::emulator::Running;
use serde_json::{Value, json};
use support::console::Desk;
use support::emulator;
use support::openapi::Specs;
use support::openapi::contract::{Report, replay};
use support::recorder::Recorder;

const DEVELOPMENT: &str = "a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// The operations that no stored document describes, and why that is so. What the console and these
/// tests do beyond them is checked.
const UNCHECKED: &[(&str, &str)] =
    &[("GET /v1.0/organization", "the stored cut of the metadata has no organization")];

struct Stage {
    specs: Specs,
    recorder: Recorder,
    _running: Running,
}

impl Stage {
    /// None, with a printed line, where the documents are not beside the project.
    async fn set() -> Option<Self> {
        let specs = Specs::load()?;
        let running = emulator::start(emulator::options()).await;
        let recorder = Recorder::start(&running.url()).await;
        Some(Self { specs, recorder, _running: running })
    }

    fn client(&self, persona: &str) -> Client {
        emulator::client(&self.recorder.url, persona)
    }

    /// Holds all exchanges against the documents.
    fn judge(&self) -> Report {
        let exchanges = self.recorder.exchanges();
        assert!(!exchanges.is_empty());
        let report = replay(&self.specs, exchanges.into_iter());
        println!("{report}");
        assert!(report.violations.is_empty(), "{} violations, printed above", report.violations.len());
        for call in report.unchecked.values().flatten() {
            let known = UNCHECKED.iter().find(|(known, _)| known == call);
            let (call, why) =
                known.unwrap_or_else(|| panic!("{call} is not checked, and not known to be so"));
            println!("unchecked: {call}, because {why}");
        }
        report
    }
}

#[tokio::test]
async fn what_the_console_reads_is_as_published() {
    let Some(stage) = Stage::set().await else { return };
    for persona in ["owner", "data-scientist", "reader", "no-directory", "nobody"] {
        let mut desk = Desk::open(&stage.client(persona), None);
        desk.settle().await;
        let names: Vec<String> =
            desk.model().inventory.workspaces().iter().map(|entry| entry.name().to_owned()).collect();
        assert_eq!(names.is_empty(), persona == "nobody");
        for name in names {
            desk.go_to(&name).await;
            assert!(desk.model().page().unwrap().has_body(), "{persona} opens {name}");
        }
        desk.press("R").await;
        assert_eq!(desk.hosts, []);
    }
    let report = stage.judge();
    for operation in [
        "Resources ",
        "Workspaces_Get",
        "ManagedNetworkSettingsRule_List",
        "StorageAccounts_GetProperties",
        "Vaults_Get",
        "Components_Get",
        "Registries_Get",
        "RoleAssignments_ListForResource",
        "RoleDefinitions_List",
    ] {
        let met = report.operations.keys().any(|known| known.starts_with(operation));
        assert!(met, "{operation} was not met");
    }
}

#[tokio::test]
async fn what_else_the_client_can_ask_is_as_published() {
    let Some(stage) = Stage::set().await else { return };
    let client = stage.client("owner");
    let workspace = a_workspace();
    let group = workspace.group_scope().unwrap();
    let requests = [
        subscription::list(),
        subscription::get(DEVELOPMENT),
        tenant::list(),
        management_group::list(),
        management_group::with_children("contoso"),
        resource_group::list(DEVELOPMENT),
        resource_group::get(&group),
        workspace::list(DEVELOPMENT),
        compute::list(&workspace),
        storage_account::list(DEVELOPMENT),
        permissions::list(&workspace),
        role_assignment::list_of_principal(&workspace, "ecbc2244-c14f-4ef5-ac39-ad94e501cb54"),
        role_definition::list(&workspace),
        role_definition::get(
            &ArmId::subscription(DEVELOPMENT)
                .join(&format!("providers/Microsoft.Authorization/roleDefinitions/{READER}")),
        ),
        directory::me(),
        directory::organization(),
    ];
    for request in requests {
        let answer = client.send(&request).await;
        // What is not there is an answer too; both are held against the documents.
        assert!(answer.as_ref().err().is_none_or(Error::is_not_found), "{answer:?}");
    }
    stage.judge();
}

fn a_workspace() -> ArmId {
    ArmId::group(DEVELOPMENT, "rg-fraud-dev")
        .join("providers/Microsoft.MachineLearningServices/workspaces/mlw-fraud-dev")
}

/// Sends a write and follows it to its end.
async fn write(client: &Client, method: Method, id: &ArmId, version: &str, body: Value) -> Value {
    let mut request = Request::arm(method, id, version);
    if !body.is_null() {
        request = request.body(body);
    }
    client.run(&request, |_| ()).await.unwrap_or_else(|error| panic!("{}: {error}", id.as_str()))
}

#[tokio::test]
async fn what_is_written_is_as_published() {
    let Some(stage) = Stage::set().await else { return };
    let client = stage.client("owner");
    let group = ArmId::group(DEVELOPMENT, "rg-fraud-dev");
    let storage = group.join("providers/Microsoft.Storage/storageAccounts/stfrauddev");
    let made = group.join("providers/Microsoft.MachineLearningServices/workspaces/mlw-made-here");
    let ml = versions::WORKSPACES;
    let body = json!({
        "location": "westeurope",
        "identity": { "type": "SystemAssigned" },
        "kind": "Default",
        "sku": { "name": "Basic", "tier": "Basic" },
        "tags": { "env": "dev" },
        "properties": {
            "friendlyName": "Made here",
            "storageAccount": storage.as_str(),
            "keyVault": group.join("providers/Microsoft.KeyVault/vaults/kv-fraud-dev").as_str(),
            "managedNetwork": { "isolationMode": "AllowOnlyApprovedOutbound" },
            "systemDatastoresAuthMode": "identity",
        }
    });
    let workspace = write(&client, Method::Put, &made, ml, body).await;
    assert_eq!(workspace["properties"]["provisioningState"], "Succeeded");
    let patch =
        json!({ "tags": { "env": "test" }, "properties": { "systemDatastoresAuthMode": "accesskey" } });
    let workspace = write(&client, Method::Patch, &made, ml, patch).await;
    assert_eq!(workspace["tags"]["env"], "test");
    let rule = made.join("outboundRules/pypi");
    let fqdn =
        json!({ "properties": { "type": "FQDN", "destination": "pypi.org", "category": "UserDefined" } });
    write(&client, Method::Put, &rule, ml, fqdn).await;
    let provisioned = write(
        &client,
        Method::Post,
        &made.join("provisionManagedNetwork"),
        ml,
        json!({ "includeSpark": false }),
    )
    .await;
    assert_eq!(provisioned["status"], "Active");
    let found = write(&client, Method::Post, &made.join("diagnose"), ml, json!({ "value": {} })).await;
    assert!(found["value"].is_object(), "{found}");
    write(&client, Method::Post, &made.join("listKeys"), ml, Value::Null).await;
    write(&client, Method::Post, &made.join("resyncKeys"), ml, Value::Null).await;
    write(&client, Method::Delete, &rule, ml, Value::Null).await;

    let patch = json!({ "properties": { "allowSharedKeyAccess": false } });
    let account = write(&client, Method::Patch, &storage, versions::STORAGE, patch).await;
    assert_eq!(account["properties"]["allowSharedKeyAccess"], false);
    write(&client, Method::Post, &storage.join("listKeys"), versions::STORAGE, Value::Null).await;

    let name = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let assignment = made.join(&format!("providers/Microsoft.Authorization/roleAssignments/{name}"));
    let role =
        format!("/subscriptions/{DEVELOPMENT}/providers/Microsoft.Authorization/roleDefinitions/{READER}");
    let body = json!({ "properties": { "roleDefinitionId": role, "principalType": "User",
        "principalId": "df197dba-c690-432f-b693-077e74ae1470" } });
    let authorization = versions::AUTHORIZATION;
    write(&client, Method::Put, &assignment, authorization, body.clone()).await;
    let twin =
        made.join("providers/Microsoft.Authorization/roleAssignments/0f0e0d0c-0b0a-4908-8706-050403020101");
    let refused = client.send(&Request::arm(Method::Put, &twin, authorization).body(body)).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    write(&client, Method::Delete, &assignment, authorization, Value::Null).await;
    // Deleting it again answers that it was not there.
    write(&client, Method::Delete, &assignment, authorization, Value::Null).await;

    let group = ArmId::group(DEVELOPMENT, "rg-made-here");
    let tagged = json!({ "location": "westeurope", "tags": { "env": "dev" } });
    write(&client, Method::Put, &group, versions::RESOURCES, tagged).await;
    write(&client, Method::Delete, &group, versions::RESOURCES, Value::Null).await;
    write(&client, Method::Delete, &made, ml, Value::Null).await;
    let gone = client.send(&workspace::get(&made)).await.unwrap_err();
    assert!(gone.is_not_found(), "{gone}");
    stage.judge();
}
