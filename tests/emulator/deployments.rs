//! Deployments of templates over the wire, the way `az ml` and the management clients meet them.

use std::time::Duration;

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{Fault, Options, Running};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, Got};

const SUB: &str = "/subscriptions/a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5";
const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
pub(crate) const VERSION: &str = "2020-06-01";

pub(crate) fn group() -> String {
    format!("{SUB}/resourceGroups/rg-empty-experiment")
}

pub(crate) fn options() -> Options {
    Options { speed: 100_000.0, throttle: false, ..Options::new(Estate::demo().unwrap()) }
}

pub(crate) fn at(name: &str) -> String {
    format!("{}/providers/Microsoft.Resources/deployments/{name}", group().to_lowercase())
}

pub(crate) fn account(name: &str) -> Value {
    json!({
        "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-04-01", "name": name,
        "location": "[resourceGroup().location]", "sku": { "name": "Standard_LRS" }, "kind": "StorageV2",
        "properties": { "allowBlobPublicAccess": false }
    })
}

pub(crate) fn template(resources: &Value) -> Value {
    json!({ "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources })
}

pub(crate) fn body(template: &Value, parameters: &Value) -> Value {
    json!({ "properties": { "mode": "incremental", "template": template, "parameters": parameters } })
}

/// A workspace with what it depends on, as clients of Machine Learning send it: booleans as texts, conditions.
fn workspace() -> Value {
    let mut template = template(&json!([
        account("stdeployed"),
        {
            "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "kv-deployed",
            "condition": "[not(equals(parameters('hbi'), 'never'))]", "location": "[parameters('location')]",
            "properties": { "tenantId": "[subscription().tenantId]", "sku": { "name": "standard", "family": "A" }, "accessPolicies": [] }
        },
        {
            "type": "Microsoft.ContainerRegistry/registries", "apiVersion": "2023-07-01", "name": "crnever",
            "condition": "[equals(parameters('hbi'), 'never')]", "location": "[parameters('location')]"
        },
        {
            "type": "Microsoft.MachineLearningServices/workspaces", "apiVersion": "2023-08-01-preview", "name": "mlw-deployed",
            "kind": "default", "location": "[parameters('location')]", "identity": { "type": "systemAssigned" },
            "dependsOn": [
                "[resourceId('Microsoft.Storage/storageAccounts', 'stdeployed')]",
                "[resourceId('Microsoft.KeyVault/vaults', 'kv-deployed')]",
                "[resourceId('Microsoft.ContainerRegistry/registries', 'crnever')]"
            ],
            "properties": {
                "storageAccount": "[resourceId('Microsoft.Storage/storageAccounts', 'stdeployed')]",
                "keyVault": "[resourceId('Microsoft.KeyVault/vaults', 'kv-deployed')]",
                "containerRegistry": "[if(equals(parameters('hbi'), 'never'), reference('crnever').loginServer, json('null'))]",
                "HbiWorkspace": "[parameters('hbi')]", "encryption": { "status": "Disabled" }
            }
        }
    ]));
    template["parameters"] = json!({
        "hbi": { "type": "string", "defaultValue": "false" },
        "location": { "type": "string", "defaultValue": "[resourceGroup().location]" }
    });
    template
}

pub(crate) async fn deploy(wire: &Client, name: &str, template: Value) -> Got {
    let first = wire.change(Method::PUT, &at(name), VERSION, Some(body(&template, &json!({})))).await;
    assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.body);
    wire.finish_of(&first).await
}

#[tokio::test]
async fn a_template_is_taken_polled_and_done() {
    let wire = Client::start(options()).await;
    let first = wire
        .change(
            Method::PUT,
            &at("ws"),
            VERSION,
            Some(body(&workspace(), &json!({ "hbi": { "value": null } }))),
        )
        .await;
    assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.body);
    let properties = &first.body["properties"];
    assert_eq!(
        (&properties["provisioningState"], &properties["mode"]),
        (&json!("Accepted"), &json!("Incremental"))
    );
    assert_eq!(properties["parameters"]["hbi"], json!({ "type": "String", "value": "false" }));
    assert!(first.header("azure-asyncoperation").contains("/deployments/ws/operationStatuses/0858"));
    assert_eq!((first.header("retry-after"), first.header("location")), ("1", ""));
    let done = wire.finish_of(&first).await;
    assert_eq!(done.body, json!({ "status": "Succeeded" }));

    let deployment = wire.get(&at("ws")).await.body;
    assert_eq!(deployment["properties"]["outputResources"].as_array().unwrap().len(), 3);
    assert!(deployment["properties"]["duration"].as_str().unwrap().starts_with("PT"));
    let depends = deployment["properties"]["dependencies"][0]["dependsOn"].as_array().unwrap();
    assert_eq!(depends.len(), 3, "a resource whose condition does not hold is among the dependencies");

    let id = format!("{}/providers/Microsoft.MachineLearningServices/workspaces/mlw-deployed", group());
    let made = wire.get(&id).await.body;
    assert_eq!(made["properties"]["hbiWorkspace"], false);
    assert!(
        made["properties"].get("encryption").is_none() && made["properties"]["containerRegistry"].is_null()
    );
    assert_eq!(
        (&made["kind"], &made["properties"]["provisioningState"]),
        (&json!("Default"), &json!("Succeeded"))
    );
}

#[tokio::test]
async fn operations_are_listed_on_both_paths() {
    let wire = Client::start(options()).await;
    deploy(&wire, "ws", workspace()).await;
    let legacy = wire.get(&format!("{}/deployments/ws/operations", group())).await;
    let listed = wire.get(&format!("{}/operations", at("ws"))).await;
    assert_eq!(legacy.body, listed.body);
    let kinds: Vec<&str> = legacy.body["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["properties"]["targetResource"]["resourceType"].as_str().unwrap_or("none"))
        .collect();
    assert_eq!(kinds.len(), 4);
    assert_eq!(kinds[0], "Microsoft.MachineLearningServices/workspaces", "the newest comes first");
    let last = &legacy.body["value"][3]["properties"];
    assert_eq!(last["provisioningOperation"], "EvaluateDeploymentOutput");
    let id = legacy.body["value"][0]["operationId"].as_str().unwrap();
    let one = wire.get(&format!("{}/operations/{id}", at("ws"))).await;
    assert_eq!(one.body["properties"]["statusCode"], "OK");
    assert_eq!(
        wire.get(&format!("{}/operations/none", at("ws"))).await.code(),
        "DeploymentOperationNotFound"
    );
}

#[tokio::test]
async fn while_it_runs_each_resource_shows_how_far_it_is() {
    let wire = Client::start(options()).await;
    wire.running.hold();
    let first = wire.change(Method::PUT, &at("ws"), VERSION, Some(body(&workspace(), &json!({})))).await;
    let listed = wire.get(&format!("{}/deployments/ws/operations", group())).await;
    assert_eq!(listed.body["value"], json!([]), "it was only taken");
    wire.running.pass(Duration::from_secs(2));
    let listed = wire.get(&format!("{}/deployments/ws/operations", group())).await;
    let seen = listed.body["value"].as_array().unwrap().clone();
    let state = |kind: &str| {
        let found = seen.iter().find(|one| one["properties"]["targetResource"]["resourceType"] == kind);
        found.map(|one| one["properties"]["provisioningState"].as_str().unwrap().to_owned())
    };
    assert_eq!(state("Microsoft.Storage/storageAccounts").as_deref(), Some("Running"));
    assert_eq!(state("Microsoft.MachineLearningServices/workspaces"), None, "it waits for the account");
    let status = wire.send(Method::GET, first.header("azure-asyncoperation"), None).await;
    assert_eq!((&status.body["status"], status.header("retry-after")), (&json!("Running"), "1"));

    let again = wire.change(Method::PUT, &at("ws"), VERSION, Some(body(&workspace(), &json!({})))).await;
    assert_eq!((again.status, again.code()), (StatusCode::CONFLICT, "DeploymentActive"));
    let cancelled = wire.change(Method::POST, &format!("{}/cancel", at("ws")), VERSION, None).await;
    assert_eq!(cancelled.status, StatusCode::NO_CONTENT);
    assert_eq!(wire.get(&at("ws")).await.body["properties"]["provisioningState"], "Canceled");
    let twice = wire.change(Method::POST, &format!("{}/cancel", at("ws")), VERSION, None).await;
    assert_eq!((twice.status, twice.code()), (StatusCode::CONFLICT, "DeploymentCannotBeCancelled"));
}

#[tokio::test]
async fn what_follows_begins_when_what_comes_before_has_ended_and_not_when_somebody_looks() {
    let wire = Client::start(Options { speed: 1000.0, ..options() }).await;
    let first = wire.change(Method::PUT, &at("ws"), VERSION, Some(body(&workspace(), &json!({})))).await;
    // The first look is held up until all of it is over: an account takes 17 s and the workspace 20 s, simulated.
    wire.running.add_fault(Fault { delay_ms: 60, ..Fault::on("GET", "*") });
    let status = wire.send(Method::GET, first.header("azure-asyncoperation"), None).await;
    assert_eq!(status.body["status"], "Succeeded");
}

#[tokio::test]
async fn a_resource_that_is_refused_fails_the_deployment() {
    let wire = Client::start(options()).await;
    let mut broken = workspace();
    broken["resources"][3]["properties"]["keyVault"] =
        json!("[resourceId('Microsoft.KeyVault/vaults', 'kv-nowhere')]");
    let done = deploy(&wire, "broken", broken).await;
    assert_eq!(done.status, StatusCode::OK, "a failed operation answers 200");
    assert_eq!((&done.body["status"], done.code()), (&json!("Failed"), "DeploymentFailed"));
    let detail = &done.body["error"]["details"][0];
    assert_eq!(detail["code"], "BadRequest");
    assert!(detail["message"].as_str().unwrap().contains("kv-nowhere"));
    let operations = wire.get(&format!("{}/operations", at("broken"))).await.body;
    let failed: Vec<&Value> = operations["value"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["properties"]["provisioningState"] == "Failed")
        .collect();
    assert_eq!(failed.len(), 1);
    let message = &failed[0]["properties"]["statusMessage"];
    assert_eq!((&message["status"], &message["error"]["code"]), (&json!("Failed"), &json!("BadRequest")));
    assert!(message["error"]["details"].is_array());
    let made = wire.get(&format!("{}/providers/Microsoft.Storage/storageAccounts/stdeployed", group())).await;
    assert_eq!(made.status, StatusCode::OK, "what was made stays");
    let filtered = wire
        .get(&format!(
            "{}/providers/Microsoft.Resources/deployments?$filter=provisioningState eq 'Failed'",
            group()
        ))
        .await;
    assert_eq!(filtered.body["value"][0]["name"], "broken");
}

#[tokio::test]
async fn validation_says_what_is_wrong_before_anything_is_made() {
    let wire = Client::start(options()).await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut template = workspace();
        change(&mut template);
        template
    };
    for (template, parameters, code, part) in [
        (json!({}), json!({}), "InvalidTemplate", "'$schema' not found"),
        (
            workspace(),
            json!({ "nothing": { "value": 1 } }),
            "InvalidTemplate",
            "The only supported parameters",
        ),
        (
            workspace(),
            json!({ "hbi": { "value": true } }),
            "InvalidTemplate",
            "Expected 'String, Uri'. Actual 'Boolean'",
        ),
        (
            with(&|t| {
                t["parameters"]["hbi"] =
                    json!({ "type": "string", "allowedValues": ["a", "b"], "defaultValue": "c" });
            }),
            json!({}),
            "InvalidTemplate",
            "not part of the allowed value(s): 'a,b'",
        ),
        (
            with(&|t| t["parameters"]["needed"] = json!({ "type": "int" })),
            json!({}),
            "InvalidTemplate",
            "'needed' is not provided",
        ),
        (
            with(&|t| t["resources"][0]["name"] = json!("a/b")),
            json!({}),
            "InvalidTemplate",
            "incorrect segment lengths",
        ),
        (
            with(&|t| t["resources"][0]["tags"] = json!("[what()]")),
            json!({}),
            "InvalidTemplate",
            "'what' is not valid",
        ),
        (
            with(&|t| t["resources"][0]["tags"] = json!("[concat(]")),
            json!({}),
            "InvalidTemplate",
            "is not valid: expected",
        ),
        (
            with(&|t| t["resources"][0]["name"] = json!("[variables('missing')]")),
            json!({}),
            "InvalidTemplate",
            "'missing' is not found",
        ),
        (
            with(&|t| t["resources"][0]["dependsOn"] = json!(["mlw-deployed"])),
            json!({}),
            "InvalidTemplate",
            "Circular dependency",
        ),
        (
            with(&|t| t["resources"][1]["dependsOn"] = json!(["nobody"])),
            json!({}),
            "InvalidTemplate",
            "'nobody' is not defined in the template",
        ),
        (
            with(&|t| t["resources"][1] = account("stdeployed")),
            json!({}),
            "InvalidTemplate",
            "defined multiple times",
        ),
        (
            with(&|t| t["resources"][0]["apiVersion"] = json!("1999-01-01")),
            json!({}),
            "NoRegisteredProviderFound",
            "1999-01-01",
        ),
    ] {
        for (method, path) in
            [(Method::PUT, at("wrong")), (Method::POST, format!("{}/validate", at("wrong")))]
        {
            let got = wire.change(method, &path, VERSION, Some(body(&template, &parameters))).await;
            assert_eq!((got.status, got.code()), (StatusCode::BAD_REQUEST, code), "{part}: {:?}", got.body);
            assert!(got.message().contains(part), "{part} in {}", got.message());
        }
    }
    assert_eq!(wire.get(&at("wrong")).await.code(), "DeploymentNotFound");
    let good = wire
        .change(
            Method::POST,
            &format!("{}/validate", at("good")),
            VERSION,
            Some(body(&workspace(), &json!({}))),
        )
        .await;
    assert_eq!(
        (good.status, &good.body["properties"]["provisioningState"]),
        (StatusCode::OK, &json!("Succeeded"))
    );
}

#[tokio::test]
async fn what_is_there_in_another_region_is_refused_by_the_validation_and_counts_for_its_own() {
    let wire = Client::start(options()).await;
    deploy(&wire, "first", template(&json!([account("stdeployed")]))).await;
    let made = format!("{}/providers/Microsoft.Storage/storageAccounts/stdeployed", group());
    let region = wire.get(&made).await.body["location"].as_str().unwrap().to_owned();
    let count = async |region: &str| {
        let usages = format!("{SUB}/providers/Microsoft.Storage/locations/{region}/usages");
        wire.get(&usages).await.body["value"][0]["currentValue"].as_u64().unwrap()
    };
    assert!(count(&region).await > 0);
    assert_eq!(count("japaneast").await, 0);
    let validate = async |location: &str| {
        let mut moved = account("stdeployed");
        moved["location"] = json!(location);
        let sent = body(&template(&json!([moved])), &json!({}));
        wire.change(Method::POST, &format!("{}/validate", at("second")), VERSION, Some(sent)).await
    };
    assert_eq!(validate(&region).await.status, StatusCode::OK);
    let refused = validate("japaneast").await;
    assert_eq!((refused.status, refused.code()), (StatusCode::BAD_REQUEST, "InvalidTemplateDeployment"));
    let detail = &refused.body["error"]["details"][0];
    assert_eq!(
        detail["code"].as_str().or(detail["error"]["code"].as_str()),
        Some("InvalidResourceLocation"),
        "{detail}"
    );
}

#[tokio::test]
async fn rights_are_looked_at_for_every_resource_before_the_first_is_made() {
    let wire = Client::start(options()).await.acting_as("reader");
    let got = wire.change(Method::PUT, &at("ws"), VERSION, Some(body(&workspace(), &json!({})))).await;
    assert_eq!((got.status, got.code()), (StatusCode::FORBIDDEN, "AuthorizationFailed"));

    let wire = wire.acting_as("contributor");
    let assigned = template(&json!([account("stdeployed"), {
        "type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01",
        "name": "[guid(resourceGroup().id, 'reader')]",
        "properties": {
            "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')]",
            "principalId": "11111111-2222-4333-8444-555555555555", "principalType": "ServicePrincipal"
        }
    }]));
    let got = wire.change(Method::PUT, &at("roles"), VERSION, Some(body(&assigned, &json!({})))).await;
    assert_eq!(got.code(), "InvalidTemplateDeployment");
    assert!(got.message().contains("'Microsoft.Authorization/roleAssignments/write'"), "{}", got.message());
    let account = format!("{}/providers/Microsoft.Storage/storageAccounts/stdeployed", group());
    assert_eq!(wire.get(&account).await.status, StatusCode::NOT_FOUND);

    let wire = wire.acting_as("owner");
    assert_eq!(deploy(&wire, "roles", assigned).await.body["status"], "Succeeded");
    let listed = wire
        .get(&format!(
            "{}/providers/Microsoft.Authorization/roleAssignments?$filter=principalId eq '11111111-2222-4333-8444-555555555555'",
            group()
        ))
        .await;
    assert_eq!(listed.body["value"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nested_templates_loops_and_outputs() {
    let wire = Client::start(options()).await;
    let mut inner = template(&json!([account("[concat('st', parameters('word'))]")]));
    inner["parameters"] = json!({ "word": { "type": "string" } });
    inner["outputs"] = json!({ "kind": { "type": "string", "value": "[reference(concat('st', parameters('word'))).primaryEndpoints.blob]" } });
    let nested = |name: &str, word: &str| {
        json!({
            "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": name,
            "properties": {
                "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" },
                "parameters": { "word": { "value": word } }, "template": inner
            }
        })
    };
    let mut identity = json!({
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "apiVersion": "2023-01-31",
        "name": "[format('id-{0}', copyIndex(1))]", "location": "[resourceGroup().location]", "tags": { "number": "[string(copyIndex())]" },
        "copy": { "name": "identities", "count": 3, "mode": "Serial", "batchSize": 1 }
    });
    identity["dependsOn"] = json!(["inner"]);
    let mut outer = template(&json!([nested("inner", "nestedone"), identity]));
    outer["outputs"] = json!({
        "blob": { "type": "string", "value": "[reference('inner').outputs.kind.value]" },
        "principals": { "type": "array", "value": "[createArray(reference('id-1').principalId, reference('id-3').principalId)]" },
        "none": { "type": "string", "condition": false, "value": "[reference('nowhere')]" }
    });
    assert_eq!(deploy(&wire, "outer", outer).await.body["status"], "Succeeded");
    let outputs = &wire.get(&at("outer")).await.body["properties"]["outputs"];
    assert_eq!(
        outputs["blob"],
        json!({ "type": "String", "value": "https://stnestedone.blob.core.windows.net/" })
    );
    assert_eq!(outputs["principals"]["value"].as_array().unwrap().len(), 2);
    assert!(outputs.get("none").is_none());
    let third = format!("{}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-3", group());
    assert_eq!(wire.get(&third).await.body["tags"]["number"], "2");
    assert_eq!(wire.get(&at("inner")).await.body["properties"]["provisioningState"], "Succeeded");

    let failing = template(&json!([{
        "type": "Microsoft.Resources/deployments", "apiVersion": "2022-09-01", "name": "inside",
        "properties": { "mode": "Incremental", "template": template(&json!([{
            "type": "Microsoft.MachineLearningServices/workspaces/computes", "apiVersion": "2024-10-01",
            "name": "mlw-none/ci", "location": "westeurope", "properties": { "computeType": "ComputeInstance" }
        }])) }
    }]));
    let done = deploy(&wire, "failing", failing).await;
    assert_eq!(done.code(), "DeploymentFailed");
    assert_eq!(done.body["error"]["details"][0]["details"][0]["code"], "ParentResourceNotFound");
}

#[tokio::test]
async fn what_if_tells_what_would_be_made_changed_and_left_alone() {
    let wire = Client::start(options()).await;
    deploy(&wire, "first", template(&json!([account("stone"), account("sttwo")]))).await;
    let mut changed = account("stone");
    changed["properties"]["allowBlobPublicAccess"] = json!(true);
    let asked = body(&template(&json!([changed, account("stthree")])), &json!({}));
    let first = wire.change(Method::POST, &format!("{}/whatIf", at("next")), VERSION, Some(asked)).await;
    assert_eq!((first.status, &first.body), (StatusCode::ACCEPTED, &Value::Null));
    let done = wire.finish_of(&first).await;
    assert_eq!(done.body["status"], "Succeeded");
    let mut kinds: Vec<(&str, &str)> = done.body["properties"]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let name = one["resourceId"].as_str().unwrap().rsplit('/').next().unwrap();
            (name, one["changeType"].as_str().unwrap())
        })
        .collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [("stone", "Modify"), ("stthree", "Create"), ("sttwo", "Ignore")]);
    let delta = &done.body["properties"]["changes"][0]["delta"];
    assert_eq!(delta[0]["path"], "properties.allowBlobPublicAccess");
    let three = format!("{}/providers/Microsoft.Storage/storageAccounts/stthree", group());
    assert_eq!(wire.get(&three).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_complete_deployment_deletes_what_its_template_does_not_name() {
    let wire = Client::start(options()).await;
    deploy(&wire, "first", template(&json!([account("stone"), account("sttwo")]))).await;
    let mut asked = body(&template(&json!([account("stone")])), &json!({}));
    asked["properties"]["mode"] = json!("Complete");
    let first = wire.change(Method::PUT, &at("whole"), VERSION, Some(asked)).await;
    assert_eq!(wire.finish_of(&first).await.body["status"], "Succeeded");
    let account = |name: &str| format!("{}/providers/Microsoft.Storage/storageAccounts/{name}", group());
    assert_eq!(wire.get(&account("stone")).await.status, StatusCode::OK);
    assert_eq!(wire.get(&account("sttwo")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_exported_group_can_be_deployed_elsewhere() {
    let wire = Client::start(options()).await;
    deploy(&wire, "ws", workspace()).await;
    let first = wire
        .change(
            Method::POST,
            &format!("{}/exportTemplate", group()),
            VERSION,
            Some(json!({ "resources": ["*"] })),
        )
        .await;
    assert_eq!(first.status, StatusCode::ACCEPTED);
    let exported = wire.finish_of(&first).await.body["template"].clone();
    let types: Vec<&str> =
        exported["resources"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"Microsoft.KeyVault/vaults"), "{types:?}");
    let other = format!("{SUB}/resourceGroups/rg-elsewhere");
    wire.change(Method::PUT, &other, VERSION, Some(json!({ "location": "westeurope" }))).await;
    let target = format!("{other}/providers/Microsoft.Resources/deployments/again");
    let kept: Vec<&Value> = exported["resources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["type"].as_str().unwrap().matches('/').count() == 1)
        .collect();
    let mut again = exported.clone();
    again["resources"] = json!(kept);
    // Names of accounts and vaults are one for all of Azure.
    let names = json!({
        "storageAccounts_stdeployed_name": { "value": "stelsewhere" }, "vaults_kv_deployed_name": { "value": "kv-elsewhere" }
    });
    let first = wire.change(Method::PUT, &target, VERSION, Some(body(&again, &names))).await;
    assert_eq!(first.status, StatusCode::CREATED, "{:?}", first.body);
    let done = wire.finish_of(&first).await.body;
    assert_eq!(done["status"], "Succeeded", "{done}");
}

#[tokio::test]
async fn deployments_go_with_their_group_and_by_themselves() {
    let wire = Client::start(options()).await;
    deploy(&wire, "one", template(&json!([]))).await;
    deploy(&wire, "two", template(&json!([]))).await;
    assert_eq!(wire.change(Method::HEAD, &at("one"), VERSION, None).await.status, StatusCode::NO_CONTENT);
    let gone = wire.change(Method::DELETE, &at("one"), VERSION, None).await;
    assert_eq!(gone.status, StatusCode::ACCEPTED);
    wire.finish_of(&gone).await;
    assert_eq!(wire.change(Method::DELETE, &at("one"), VERSION, None).await.status, StatusCode::NO_CONTENT);
    assert_eq!(wire.change(Method::HEAD, &at("one"), VERSION, None).await.status, StatusCode::NOT_FOUND);
    wire.finish_of(&wire.change(Method::DELETE, &group(), VERSION, None).await).await;
    wire.change(Method::PUT, &group(), VERSION, Some(json!({ "location": "westeurope" }))).await;
    let listed = wire.get(&format!("{}/providers/Microsoft.Resources/deployments", group())).await;
    assert_eq!(listed.body["value"], json!([]));
}

#[tokio::test]
async fn a_deployment_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = Some(folder.path().join("state.json"));
    let wire = Client::start(Options { speed: 0.001, state: state.clone(), ..options() }).await;
    let first = wire.change(Method::PUT, &at("ws"), VERSION, Some(body(&workspace(), &json!({})))).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let Client { running, .. } = wire;
    Running::stop(running).await;
    let wire = Client::start(Options { state, ..options() }).await;
    let url = first.header("azure-asyncoperation");
    let path = url.splitn(4, '/').nth(3).unwrap();
    let began = std::time::Instant::now();
    loop {
        let status = wire.send(Method::GET, &format!("/{path}"), None).await;
        if status.body["status"] == "Succeeded" {
            break;
        }
        assert!(began.elapsed().as_secs() < 60, "{:?}", status.body);
        tokio::task::yield_now().await;
    }
}
