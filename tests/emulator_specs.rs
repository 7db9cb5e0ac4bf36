//! Every operation that the index of the stored documents names, asked of the emulator with the bodies and queries of
//! its published examples: each answer has to be one that the document allows, and each operation one that is served.

#![cfg(test)]

mod support {
    pub mod openapi;
}
#[path = "support/openapi_index.rs"]
mod index;
#[path = "support/spelling.rs"]
mod spelling;

use std::collections::{BTreeMap, BTreeSet};

use amldeck::emulator::estate::Estate;
use amldeck::emulator::{self, Options, Running};
use index::{Indexed, all_operations, indexed_operations};
use reqwest::Method;
use serde_json::Value;
use support::openapi::Specs;
use support::openapi::contract::{Deviation, Exchange, Failure, replay};
use url::form_urlencoded;

/// The estate's production and development subscriptions: what only reads asks the first, where there is most to see;
/// what writes goes to the second, where nothing is locked or denied.
const PRODUCTION: &str = "6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91";
const DEVELOPMENT: &str = "a83d5e70-2c4b-4f19-b6d8-07e94c1fa2d5";

/// Names in the demo estate for the parameters of paths, to read and to write; what is not here keeps the name of the
/// example. The first row that fits a part of the path's template is taken.
#[rustfmt::skip]
const NAMES: &[(&str, &str, &str, &str)] = &[
    ("Microsoft.Network", "resourceGroupName", "rg-network-hub", "rg-fraud-dev"),
    ("Microsoft.OperationalInsights", "resourceGroupName", "rg-monitoring", "rg-monitoring-dev"),
    ("Microsoft.OperationalInsights", "workspaceName", "log-contoso-prod", "log-contoso-dev"),
    ("Microsoft.ContainerRegistry", "resourceGroupName", "rg-ml-shared", "rg-nlp-dev"),
    ("Microsoft.ContainerRegistry", "registryName", "crcontosomlprod", "crnlpdev"),
    ("components", "resourceName", "appi-fraud-prod", "appi-fraud-dev"),
    ("userAssignedIdentities", "resourceName", "id-fraud-scoring", "id-new"),
    ("PolicyInsights", "policyStatesResource", "latest", "latest"),
    ("PolicyInsights", "policyStatesSummaryResource", "latest", "latest"),
    ("deletedVaults", "vaultName", "kv-gone", "kv-gone"),
    ("", "subscriptionId", PRODUCTION, DEVELOPMENT),
    ("", "resourceGroupName", "rg-fraud-prod", "rg-fraud-dev"),
    ("", "resourceName", "mlw-fraud-prod", "mlw-fraud-dev"),
    ("", "workspaceName", "mlw-fraud-prod", "mlw-fraud-dev"),
    ("", "computeName", "gpu-train", "cpu-cluster"),
    ("", "ruleName", "pypi", "pypi"),
    ("privateEndpointConnections", "privateEndpointConnectionName", "pe-mlw-fraud-prod.7d20", "pe"),
    ("onlineEndpoints", "endpointName", "ep-fraud-card", "ep-fraud-try"),
    ("datastores", "name", "transactions", "workspaceblobstore"),
    ("", "accountName", "stfraudprod", "stfrauddev"),
    ("", "vaultName", "kv-fraud-prod", "kv-fraud-dev"),
    ("", "virtualNetworkName", "vnet-ml-prod", "vnet"),
    ("", "privateEndpointName", "pe-mlw-fraud-prod", "pe"),
    ("", "location", "westeurope", "westeurope"),
    ("", "resourceProviderNamespace", "Microsoft.MachineLearningServices", "Microsoft.MachineLearningServices"),
    ("", "resourceType", "workspaces", "workspaces"),
    ("", "parentResourcePath", "", ""),
    ("", "groupId", "contoso", "contoso"),
    ("", "roleDefinitionId", "b24988ac-6180-42a0-ab88-20f7382dd24c", "0f0e0d0c-0b0a-4908-8706-050403020102"),
    ("", "roleAssignmentName", "0f0e0d0c-0b0a-4908-8706-050403020103", "0f0e0d0c-0b0a-4908-8706-050403020103"),
];

/// Where answers differ from the documents as the services' own do, or as is chosen here.
#[rustfmt::skip]
const DIFFERENCES: &[Deviation] = &[
    Deviation { side: "response", operation_id: "Resources_List", pointer: "body/value/*/identity/type", message: "SystemAssigned,UserAssigned",
        reason: "Machine Learning writes both kinds without a space" },
    Deviation { side: "response", operation_id: "Registries_CreateOrUpdate", pointer: "status", message: "202 is not declared",
        reason: "the service answers 202, as it was recorded and as azure-ai-ml expects" },
];

/// Operations of which every example is refused: with 404 because the names of the examples are not in the demo
/// estate, with 400 and 409 because what they send does not fit what is there. Anything else here is a defect.
#[rustfmt::skip]
const REFUSED: &[(&str, u16)] = &[
    ("ActivityLogs_List", 400),
    ("BatchDeployments_List", 404),
    ("Budgets_Get", 404),
    ("DataVersions_List", 404),
    ("Datastores_List", 400),
    ("DeploymentOperations_Get", 404),
    ("DeploymentOperations_List", 404),
    ("Deployments_Cancel", 404),
    ("Deployments_CreateOrUpdate", 400),
    ("Deployments_CreateOrUpdateAtSubscriptionScope", 400),
    ("Deployments_ExportTemplate", 404),
    ("Deployments_Get", 404),
    ("Deployments_Validate", 400),
    ("Deployments_WhatIf", 400),
    ("Deployments_WhatIfAtSubscriptionScope", 400),
    ("EnvironmentVersions_List", 404),
    ("Jobs_Cancel", 404),
    ("Jobs_Get", 404),
    ("ModelVersions_List", 404),
    ("OnlineDeployments_List", 400),
    ("RoleAssignmentScheduleRequests_Cancel", 404),
    ("RoleAssignmentScheduleRequests_Create", 400),
    ("RoleAssignments_Create", 404),
    ("RoleAssignments_Get", 404),
    ("RoleDefinitions_CreateOrUpdate", 400),
    ("RoleEligibilityScheduleRequests_Create", 404),
    ("Vaults_GetDeleted", 404),
    ("Vaults_PurgeDeleted", 404),
    ("WorkspaceConnections_Get", 404),
    ("WorkspaceConnections_ListSecrets", 404),
];

/// A parameter's value on the emulator.
fn value_of(indexed: &Indexed, name: &str, example: Option<&str>) -> String {
    let reads = indexed.method == "GET";
    if matches!(name, "scope" | "resourceId" | "resourceUri") {
        let (subscription, of) = if reads { (PRODUCTION, "prod") } else { (DEVELOPMENT, "dev") };
        return format!(
            "subscriptions/{subscription}/resourceGroups/rg-fraud-{of}/providers/Microsoft.MachineLearningServices/workspaces/mlw-fraud-{of}"
        );
    }
    let known = NAMES.iter().find(|(part, known, ..)| *known == name && indexed.template.contains(part));
    let known = known.map(|(_, _, read, written)| if reads { *read } else { *written });
    known.or(example).unwrap_or("something").trim_matches('/').to_owned()
}

/// The requests of an operation: one for each of its examples.
fn requests(indexed: &Indexed) -> Vec<(String, Option<Value>)> {
    let read =
        |path: &std::path::Path| -> Option<Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let document =
        read(&indexed.document).unwrap_or_else(|| panic!("{} cannot be read", indexed.document.display()));
    let operation = &document["paths"][&indexed.template][indexed.method.to_lowercase()];
    let folder = indexed.document.parent().unwrap();
    let examples = operation["x-ms-examples"].as_object().into_iter().flatten();
    let mut examples: Vec<Value> =
        examples.filter_map(|(_, reference)| read(&folder.join(reference["$ref"].as_str()?))).collect();
    if examples.is_empty() {
        examples.push(Value::Null);
    }
    examples
        .into_iter()
        .map(|example| {
            let given = example["parameters"].as_object().cloned().unwrap_or_default();
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let path: Vec<String> = indexed
                .template
                .split('/')
                .map(|segment| match segment.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) {
                    Some(name) => value_of(indexed, name, given.get(name).map(&text).as_deref()),
                    None => segment.to_owned(),
                })
                .filter(|segment| !segment.is_empty())
                .collect();
            let mut query = vec![("api-version".to_owned(), indexed.api_version.clone())];
            let mut body = None;
            for (name, value) in &given {
                if indexed.template.contains(&format!("{{{name}}}")) || name == "api-version" {
                    continue;
                }
                if value.is_object() {
                    body = Some(value.clone());
                } else if !name.contains("kip") {
                    // A token of the example is none of the emulator's.
                    query.push((name.clone(), text(value)));
                }
            }
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            (format!("/{}?{query}", path.join("/")), body)
        })
        .collect()
}

async fn ask(running: &Running, indexed: &Indexed, path: &str, body: Option<Value>) -> Exchange {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let method: Method = indexed.method.parse().unwrap();
    let url = format!("{}{path}", running.url());
    let mut body = body;
    if let Some(location) = body.as_mut().and_then(|body| body.get_mut("location"))
        && method == Method::PUT
    {
        // What is there already stays in its region, whatever the example was made in.
        let there = http.get(&url).bearer_auth("owner").send().await.unwrap();
        let there: Value = there.json().await.unwrap_or_default();
        if there["location"].is_string() {
            *location = there["location"].clone();
        }
    }
    let mut request = http.request(method, url).bearer_auth("owner");
    if let Some(body) = &body {
        request = request.json(body);
    }
    let response = request.send().await.unwrap();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    Exchange {
        method: indexed.method.clone(),
        url: path.to_owned(),
        body,
        status,
        response_headers: Some(headers),
        response_body: serde_json::from_slice(&bytes).ok(),
    }
}

/// Whether an answer says that there is no such operation, as opposed to no such thing.
fn is_unserved(exchange: &Exchange) -> bool {
    let error = exchange.response_body.as_ref().map(|body| &body["error"]);
    let text = |name: &str| error.and_then(|error| error[name].as_str()).unwrap_or_default();
    matches!(text("code"), "InvalidResourceType" | "InvalidResourceNamespace" | "MethodNotAllowed")
        || text("code") == "NotFound" && text("message").starts_with("No HTTP resource")
        || exchange.status == 405
        || exchange.status >= 500
}

#[tokio::test]
async fn every_operation_of_the_documents_is_answered_as_they_say() {
    let Some(specs) = Specs::load() else { return };
    let operations = indexed_operations();
    assert!(operations.len() > 150, "the index has only {} operations", operations.len());
    let mut served: BTreeMap<String, u16> = BTreeMap::new();
    let mut unserved: BTreeSet<String> = BTreeSet::new();
    let mut exchanges = Vec::new();
    let demo = Estate::demo().unwrap();
    for indexed in &operations {
        for (path, body) in requests(indexed) {
            // Each request finds the estate as it was written.
            let options = Options { speed: 100_000.0, throttle: false, ..Options::new(demo.clone()) };
            let running = emulator::start(options).await.unwrap();
            let exchange = ask(&running, indexed, &path, body).await;
            if is_unserved(&exchange) {
                println!("{} {} {path}: {:?}", indexed.operation_id, exchange.status, exchange.response_body);
                unserved.insert(indexed.operation_id.clone());
            } else {
                // The best of its examples: some name what the demo estate does not have.
                let best = served.entry(indexed.operation_id.clone()).or_insert(exchange.status);
                *best = exchange.status.min(*best);
            }
            exchanges.push(exchange);
        }
    }
    let succeeded = served.values().filter(|status| **status < 300).count();
    println!(
        "{} operations asked, {} served, {succeeded} of them with success",
        operations.len(),
        served.len()
    );
    let refused = served.iter().filter(|(_, status)| **status >= 300);
    let refused: Vec<(&str, u16)> = refused.map(|(name, status)| (name.as_str(), *status)).collect();

    let report = replay(&specs, exchanges.into_iter());
    let unexplained: Vec<String> = report
        .violations
        .iter()
        .filter(|failure| failure.side == "response")
        .filter(|failure| {
            !DIFFERENCES
                .iter()
                .any(|known| known.explains(failure.side, &failure.operation_id, &failure.violation))
        })
        .map(ToString::to_string)
        .collect();
    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
    for known in DIFFERENCES {
        let seen =
            |failure: &Failure| known.explains(failure.side, &failure.operation_id, &failure.violation);
        assert!(report.violations.iter().any(seen), "no longer seen: {}", known.operation_id);
    }
    assert!(report.unchecked.is_empty(), "not judged: {:#?}", report.unchecked);
    assert!(unserved.is_empty(), "not served: {unserved:?}");
    assert_eq!(refused, REFUSED, "these are refused with the names that the examples have");
}

/// Operations that are not served, by a part of their path or of their name, and why.
#[rustfmt::skip]
const NOT_SERVED: &[(&str, &str)] = &[
    // What is bought, and where packets go, has nothing to do with workspaces.
    ("Microsoft.Consumption/", "prices, reservations, usage: only budgets are held"),
    ("Microsoft.Network/applicationGateways", "of no workspace"),
    ("Microsoft.Network/applicationGatewayAvailable", "of no workspace"),
    ("Microsoft.Network/loadBalancers", "of no workspace"),
    ("/setLoadBalancerFrontendPublicIpAddresses", "of no workspace"),
    ("Microsoft.Network/networkWatchers", "of no workspace"),
    ("/networkInterfaces/{networkInterfaceName}/", "a card is read with what is in it"),
    ("/virtualNetworkTaps", "of no workspace"),
    ("/ddosProtectionStatus", "nothing attacks what is made up"),
    ("/PrepareNetworkPolicies", "what platform services do with a subnet"),
    ("/UnprepareNetworkPolicies", "the same"),
    ("/ResourceNavigationLinks", "the same"),
    ("/ServiceAssociationLinks", "the same"),
    ("PrivateLinkServiceVisibility", "who may see a private link service of one's own"),
    ("/autoApprovedPrivateLinkServices", "the same"),
    ("/privateLinkServices/{serviceName}/privateEndpointConnections", "the same"),
    ("/availablePrivateEndpointTypes", "a list of all of Azure"),
    ("/defaultSecurityRules", "rules that nobody wrote are not made up"),
    // Data that is not there.
    ("/components/{resourceName}/purge", "no telemetry is held"),
    ("/components/{resourceName}/operations/", "the same"),
    ("Metrics_ListAtSubscriptionScopePost", "metrics are asked of one resource"),
    ("/restoreBlobRanges", "there are no blobs"),
    ("onmigration", "the same"),
    ("/startAccountMigration", "the same"),
    ("/accountMigrations", "the same"),
    ("/localUsers/{username}/", "users of SFTP have nothing to sign in to"),
    ("/startPendingUpload", "there are no blobs to upload to"),
    ("/datareferences", "the same"),
    ("/publish", "what is in a workspace is not copied to a registry"),
    ("/versions/{featuresetVersion}/features", "features of a feature set are read from its data"),
    ("/backfill", "the same"),
    ("/generateCredentials", "there are no images to pull"),
    ("/webhooks/{webhookName}/", "nothing is pushed that a hook could tell of"),
    ("/removeRegions", "a registry keeps its regions"),
    // Previews that came and went.
    ("workspaces/{workspaceName}/endpoints", "endpoints of services that a preview knew"),
    ("EndpointDeployment_GetInWorkspace", "the same"),
    ("/connections/{connectionName}/", "what a connection leads to is not asked"),
    ("/listConnectionModels", "the same"),
    ("/customServices", "what runs on an instance is not held"),
    ("/updateDataMounts", "the same"),
    ("/updateIdleShutdownSetting", "the same"),
    ("/resize", "an instance keeps its size"),
    ("/getAllowedVmSizesForResize", "the same"),
    // Of the tenant as a whole.
    ("/managementGroups/{groupId}/settings", "a hierarchy has no settings"),
    ("ackfill", "a hierarchy is always there"),
    ("/providers/Microsoft.Management/checkNameAvailability", "a name is refused when it is used"),
    ("/checkResourceName", "names are not judged by their words"),
    ("/checkZonePeers", "zones are not held"),
    ("/calculateTemplateHash", "the hash is the emulator's own"),
    ("/providerPermissions", "applications behind a provider are not made up"),
];

/// Every operation that the index does not name: what is served is answered as its document says, and what is not served
/// is in the table above.
#[tokio::test]
async fn every_other_route_of_the_documents_is_answered_or_said_not_to_be() {
    let Some(specs) = Specs::load() else { return };
    let named: BTreeSet<(String, String)> =
        indexed_operations().into_iter().map(|one| (one.operation_id, one.template)).collect();
    let operations: Vec<Indexed> = all_operations()
        .into_iter()
        .filter(|one| !named.contains(&(one.operation_id.clone(), one.template.clone())))
        .collect();
    let demo = Estate::demo().unwrap();
    let start = async || {
        let options = Options { speed: 100_000.0, throttle: false, ..Options::new(demo.clone()) };
        emulator::start(options).await.unwrap()
    };
    let (mut exchanges, mut unserved, mut unused) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    unused.extend(NOT_SERVED.iter().map(|(part, _)| *part));
    let to_read = start().await;
    for indexed in &operations {
        let known = NOT_SERVED
            .iter()
            .find(|(part, _)| indexed.operation_id.contains(part) || indexed.template.contains(part));
        for (path, body) in requests(indexed) {
            let exchange = if indexed.method == "GET" {
                ask(&to_read, indexed, &path, body).await
            } else {
                ask(&start().await, indexed, &path, body).await
            };
            match (is_unserved(&exchange), known) {
                (true, Some((part, _))) => drop(unused.remove(part)),
                (true, None) => {
                    let answer = exchange.response_body.as_ref().map(|body| body["error"]["code"].clone());
                    unserved.insert(format!(
                        "{} {} {} {answer:?}",
                        indexed.operation_id, indexed.method, indexed.template
                    ));
                }
                (false, _) => exchanges.push(exchange),
            }
        }
    }
    println!("{} other operations, {} requests answered", operations.len(), exchanges.len());
    let report = replay(&specs, exchanges.into_iter());
    let unexplained: Vec<String> = report
        .violations
        .iter()
        .filter(|failure| failure.side == "response")
        .map(ToString::to_string)
        .collect();
    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
    assert!(
        unserved.is_empty(),
        "{} not served:\n{}",
        unserved.len(),
        unserved.into_iter().collect::<Vec<_>>().join("\n")
    );
    assert!(unused.is_empty(), "served now: {unused:?}");
}

#[test]
fn the_table_of_spellings_has_what_the_documents_have() {
    if all_operations().is_empty() {
        println!("the documents are not beside the project: nothing is compared");
        return;
    }
    assert_eq!(spelling::faults(), Vec::<String>::new());
}
