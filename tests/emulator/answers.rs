//! What the services were recorded to answer of what they make, beyond what was sent: members, first answers, polls and
//! refusals of types of which `tests/emulator_recordings` has no recording.

use amldeck::emulator::Options;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::stage::{Client, group, options, storage, workspace};

/// The members of a document that are written as paths between blanks and are not there.
fn missing<'a>(document: &Value, paths: &'a str) -> Vec<&'a str> {
    let there = |path: &&str| path.split('.').try_fold(document, |found, name| found.get(name)).is_some();
    paths.split_whitespace().filter(|path| !there(path)).collect()
}

#[tokio::test]
async fn what_is_in_a_storage_account_says_what_was_not_sent() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let account = storage();
    for (rest, members, absent) in [
        (
            "blobServices/default",
            "sku.name properties.cors.corsRules properties.deleteRetentionPolicy.enabled",
            "systemData",
        ),
        (
            "fileServices/default",
            "sku.name properties.protocolSettings.smb properties.shareDeleteRetentionPolicy.days",
            "systemData",
        ),
        (
            "queueServices/default",
            "properties.cors.corsRules properties.logging.retentionPolicy.enabled",
            "sku",
        ),
        ("tableServices/default", "properties.cors.corsRules", "sku"),
        (
            "blobServices/default/containers/one",
            "etag properties.deleted properties.remainingRetentionDays properties.defaultEncryptionScope \
             properties.denyEncryptionScopeOverride properties.publicAccess properties.leaseStatus properties.leaseState \
             properties.lastModifiedTime properties.hasImmutabilityPolicy properties.hasLegalHold",
            "systemData",
        ),
        (
            "fileServices/default/shares/one",
            "etag properties.shareQuota properties.accessTier properties.enabledProtocols properties.leaseState",
            "systemData",
        ),
        ("tableServices/default/tables/one", "properties.tableName", "systemData"),
        ("queueServices/default/queues/one", "properties.metadata", "systemData"),
        ("managementPolicies/default", "properties.lastModifiedTime", "systemData"),
    ] {
        let path = format!("{account}/{rest}");
        let made = client.put(&path, json!({ "name": "sent" })).await;
        assert!(made.status.is_success(), "{rest}: {:?}", made.body);
        let there = client.get(&path).await.body;
        assert_eq!(missing(&there, members), Vec::<&str>::new(), "{rest}");
        assert_eq!(missing(&there, absent), [absent], "{rest}");
    }
    assert_eq!(
        client.get(&format!("{account}/managementPolicies/default")).await.body["name"],
        "DefaultManagementPolicy"
    );
    assert_eq!(missing(&client.get(&account).await.body, "systemData"), ["systemData"]);
}

#[tokio::test]
async fn endpoints_and_deployments_say_how_they_are_made_and_where_that_is_told() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let endpoint = format!("{}/onlineEndpoints/score", workspace());
    let made = client
        .put(&endpoint, json!({ "location": "westeurope", "properties": { "authMode": "amltoken", "properties": { "own": "1" } } }))
        .await;
    assert_eq!(
        (made.status, &made.body["properties"]["authMode"]),
        (StatusCode::CREATED, &json!("AMLToken"))
    );
    assert_eq!(made.header("x-ms-async-operation-timeout"), "PT30M");
    let inner = &made.body["properties"]["properties"];
    assert_eq!(inner["azureml.onlineendpointid"], endpoint.to_ascii_lowercase());
    assert_eq!(inner["own"], "1");
    let told = inner["AzureAsyncOperationUri"].as_str().unwrap();
    assert!(made.header("azure-asyncoperation").starts_with(told), "{told}");
    let members = "properties.description properties.compute properties.traffic properties.mirrorTraffic \
                   properties.scoringUri properties.swaggerUri properties.publicNetworkAccess kind";
    assert_eq!(missing(&made.body, members), Vec::<&str>::new());
    client.finish(made.header("azure-asyncoperation")).await;
    let deployment = format!("{endpoint}/deployments/blue");
    let body = json!({ "location": "westeurope", "sku": { "name": "Default", "capacity": 1 }, "properties": {
        "endpointComputeType": "Managed", "instanceType": "Standard_DS2_V2", "scaleSettings": { "scaleType": "Default" } } });
    let made = client.put(&deployment, body).await;
    assert_eq!(made.body["properties"]["provisioningState"], "Updating");
    assert_eq!(made.body["sku"], json!({ "name": "Default", "tier": "Standard", "capacity": 1 }));
    let members = "kind properties.description properties.properties properties.environmentVariables \
                   properties.requestSettings.maxConcurrentRequestsPerInstance properties.modelMountPath \
                   properties.livenessProbe properties.readinessProbe properties.egressPublicNetworkAccess \
                   properties.properties.AzureAsyncOperationUri";
    assert_eq!(missing(&made.body, members), Vec::<&str>::new());
    assert_eq!(client.get(&deployment).await.body["properties"]["livenessProbe"], Value::Null);
    client.finish(made.header("azure-asyncoperation")).await;
    assert_eq!(client.get(&deployment).await.body["properties"]["livenessProbe"]["failureThreshold"], 30);
}

#[tokio::test]
async fn a_command_job_says_what_the_service_added() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let job = format!("{}/jobs/train", workspace());
    let body = json!({ "properties": { "jobType": "Command", "command": "ls", "environmentId": "azureml:e:1",
        "identity": { "identityType": "AMLToken" }, "outputs": {} } });
    let made = client.put(&job, body).await;
    assert_eq!((made.status, &made.body["properties"]["status"]), (StatusCode::CREATED, &json!("Starting")));
    assert!(made.header("location").contains("/jobs/train?"));
    let members = "properties.services.Tracking.endpoint properties.services.Studio.jobServiceType \
                   properties.computeId properties.componentId properties.resources.shmSize properties.codeId \
                   properties.outputs.default.uri properties.distribution properties.autologgerSettings \
                   properties.limits properties.environmentVariables properties.parameters properties.inputs";
    assert_eq!(missing(&made.body, members), Vec::<&str>::new());
    assert_eq!(client.get(&job).await.body["properties"]["status"], "Running");
    let mut archived = made.body.clone();
    archived["properties"]["isArchived"] = json!(true);
    let changed = client.put(&job, archived).await;
    assert_eq!((changed.status, &changed.body["properties"]["status"]), (StatusCode::OK, &json!("Running")));
    assert_eq!(changed.header("location"), "", "only what is new has an address to be told");
}

#[tokio::test]
async fn versions_are_completed_by_their_kind() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    for (rest, sent, kept) in [
        (
            "models/m/versions/1",
            json!({ "modelUri": "azureml://m" }),
            json!({ "flavors": {}, "modelType": "custom_model", "jobName": null }),
        ),
        (
            "environments/e/versions/1",
            json!({ "image": "i" }),
            json!({ "environmentType": "UserCreated", "osType": "Linux" }),
        ),
        (
            "components/c/versions/1",
            json!({ "componentSpec": { "is_deterministic": true, "inputs": { "a": { "optional": false, "default": 2 } } } }),
            json!({ "componentSpec": { "is_deterministic": "True", "inputs": { "a": { "optional": "False", "default": "2" } } } }),
        ),
    ] {
        let made = client.put(&format!("{}/{rest}", workspace()), json!({ "properties": sent })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{rest}");
        assert!(made.header("location").contains(rest), "{rest}");
        for (name, value) in kept.as_object().unwrap() {
            assert_eq!(made.body["properties"][name], *value, "{rest} {name}");
        }
    }
}

#[tokio::test]
async fn the_machine_learning_service_itself_says_what_is_not_in_a_workspace() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    for (rest, message) in [
        ("datastores/none", "Could not find datastore: none."),
        ("connections/none", "Connection none can't be found in this workspace"),
        ("jobs/none", "Run none was not found."),
        ("models/none/versions/1", "Not found: models/versions with name none and version 1."),
    ] {
        let got = client.get(&format!("{}/{rest}", workspace())).await;
        assert_eq!((got.status, got.code()), (StatusCode::NOT_FOUND, "UserError"), "{rest}");
        assert_eq!(got.body["error"]["message"], message);
        assert_eq!(got.body["error"]["details"], json!([]));
        let inner = if rest.starts_with("connections/") {
            assert_eq!(got.body["componentName"], "account-rp");
            got.body["error"]["innerError"].clone()
        } else {
            let infos = got.body["error"]["additionalInfo"].as_array().unwrap();
            infos.iter().find(|info| info["type"] == "InnerError").unwrap()["info"]["value"].clone()
        };
        assert_eq!(inner["code"], "NotFoundError");
        assert_eq!(
            (got.header("x-ms-response-type"), got.header("x-ms-failure-cause")),
            ("error", ""),
            "{rest}"
        );
    }
    // What Azure Resource Manager keeps a record of, it answers for by itself.
    for rest in ["onlineEndpoints/none", "batchEndpoints/none"] {
        let got = client.get(&format!("{}/{rest}", workspace())).await;
        assert_eq!((got.code(), got.header("x-ms-failure-cause")), ("ResourceNotFound", "gateway"), "{rest}");
    }
    assert_eq!(client.get(&workspace()).await.header("x-ms-response-type"), "standard");
    assert_eq!(client.get(&storage()).await.header("x-ms-response-type"), "");
}

#[tokio::test]
async fn each_provider_tells_in_its_own_way_how_an_operation_goes() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let network = format!("{}/providers/Microsoft.Network", group());
    let body = json!({ "location": "westeurope", "properties": { "addressSpace": { "addressPrefixes": ["10.0.0.0/16"] } } });
    let made = client.put(&format!("{network}/virtualNetworks/vn"), body).await;
    assert_eq!(made.header("azure-asyncnotification"), "Enabled");
    assert_eq!(missing(&made.body, "systemData"), ["systemData"]);
    let end = client.finish(made.header("azure-asyncoperation")).await;
    assert_eq!(end.body, json!({ "status": "Succeeded" }));
    let there = client.get(&format!("{network}/virtualNetworks/vn")).await;
    assert_eq!(there.header("etag"), there.body["etag"].as_str().unwrap());
    let zone = format!("{network}/privateDnsZones/privatelink.vaultcore.azure.net");
    // Both are looked at before they are over.
    client.running.hold();
    let made = client.put(&zone, json!({ "location": "global" })).await;
    let poll = client.send(Method::GET, made.header("azure-asyncoperation"), None).await;
    assert_eq!((poll.status, &poll.body["status"]), (StatusCode::ACCEPTED, &json!("InProgress")));
    let endpoint = format!("{}/onlineEndpoints/score", workspace());
    let made = client.put(&endpoint, json!({ "location": "westeurope", "properties": {} })).await;
    let poll = client.send(Method::GET, made.header("azure-asyncoperation"), None).await;
    assert_eq!((poll.status, &poll.body["status"]), (StatusCode::OK, &json!("Updating")));
    assert_eq!(missing(&poll.body, "id name startTime percentComplete"), Vec::<&str>::new());
}

#[tokio::test]
async fn a_new_vault_says_in_its_state_when_it_can_be_reached() {
    let client = Client::start(Options { throttle: false, ..options() }).await;
    let vault = format!("{}/providers/Microsoft.KeyVault/vaults/kv-answers", group());
    let body = json!({ "location": "westeurope", "properties": { "sku": { "family": "a", "name": "STANDARD" }, "accessPolicies": [] } });
    let made = client.put(&vault, body.clone()).await;
    assert_eq!(
        (made.status, &made.body["properties"]["provisioningState"]),
        (StatusCode::OK, &json!("RegisteringDns"))
    );
    assert_eq!((made.header("azure-asyncoperation"), made.header("location")), ("", ""));
    assert_eq!(made.header("retry-after"), "1", "or clients wait for half a minute");
    assert_eq!(made.body["properties"]["sku"], json!({ "family": "A", "name": "standard" }));
    let there = client.settled(&vault).await;
    assert_eq!(there.body["properties"]["provisioningState"], "Succeeded");
    let again = client.put(&vault, body).await;
    assert_eq!(
        (again.status, &again.body["properties"]["provisioningState"]),
        (StatusCode::OK, &json!("Succeeded"))
    );
}
