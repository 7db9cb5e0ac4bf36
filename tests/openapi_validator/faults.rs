//! Faults made by hand, each of which has to be found, and lawful oddities that must not be.

use serde_json::{Value, json};

use crate::support::openapi::{Checked, Specs};

const WORKSPACE: &str = "/subscriptions/0f0e1c9a-5f1c-4d0e-9a6e-2f6d3f1b7a10/resourceGroups/rg-vision\
                         /providers/Microsoft.MachineLearningServices/workspaces/mlw-vision";
const ASSIGNMENT: &str = "/subscriptions/0f0e1c9a-5f1c-4d0e-9a6e-2f6d3f1b7a10/providers/Microsoft.Authorization\
                          /roleAssignments/0d9d3f6e-7c5a-4f55-8a7c-3a1df6b1f001";
const RESOURCE_GRAPH: &str = "/providers/Microsoft.ResourceGraph/resources";
const PREVIEW: &str = "api-version=2024-10-01-preview";

/// Method, path, query, body, and where the fault is.
type Request<'a> = (&'a str, &'a str, &'a str, Value, &'a [&'a str]);
/// Method, path, query, status, body, and where the fault is.
type Response<'a> = (&'a str, &'a str, &'a str, u16, Value, &'a [&'a str]);

/// Where the request breaks the rules, empty where it does not.
fn request(specs: &Specs, method: &str, path: &str, query: &str, body: &Value) -> Vec<String> {
    pointers(specs.check_request(method, path, query, Some(body)))
}

/// Where the answer breaks the rules, empty where it does not.
fn response(specs: &Specs, method: &str, path: &str, query: &str, status: u16, body: &Value) -> Vec<String> {
    pointers(specs.check_response(method, path, query, status, Some(&[]), Some(body)))
}

fn pointers(checked: Checked) -> Vec<String> {
    match checked {
        Checked::Violations { violations, .. } => {
            violations.into_iter().map(|violation| violation.pointer).collect()
        }
        Checked::Ok { .. } => Vec::new(),
        Checked::Unchecked(reason) => vec![format!("unchecked: {reason}")],
    }
}

/// A workspace as it can be put, with `properties` over it.
fn workspace(properties: &Value) -> Value {
    json!({"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": properties})
}

fn assignment(properties: &Value) -> Value {
    json!({"properties": properties})
}

#[test]
fn faults_of_requests_are_found_where_they_are() {
    let Some(specs) = Specs::load() else { return };
    let role = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r";
    let principal = "5c1d8f6e-1111-4222-8333-944455556666";
    let gpu = format!("{WORKSPACE}/computes/gpu");
    let numbered = format!("{WORKSPACE}/computes/gpu-12");
    let misnamed = WORKSPACE.replace("mlw-vision", "-x");
    let long = WORKSPACE.replace("rg-vision", &"g".repeat(91));
    let registries = "/subscriptions/no-guid/providers/Microsoft.ContainerRegistry/registries";
    let analytics =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/law-vision";
    let rule = format!("{WORKSPACE}/outboundRules/pypi");
    let v2022 = "api-version=2022-04-01";
    #[rustfmt::skip]
    let cases: Vec<Request<'_>> = vec![
        ("GET", WORKSPACE, PREVIEW, Value::Null, &[]),
        ("GET", WORKSPACE, "", Value::Null, &["query/api-version"]),
        ("GET", WORKSPACE, "api-version=latest", Value::Null, &["query/api-version"]),
        ("GET", WORKSPACE, PREVIEW, json!({"a": 1}), &["body"]),
        ("GET", WORKSPACE, "api-version=2024-10-01-preview&$fitler=a", Value::Null, &["query/$fitler"]),
        ("GET", &misnamed, PREVIEW, Value::Null, &["path/workspaceName"]),
        ("GET", &long, PREVIEW, Value::Null, &["path/resourceGroupName"]),
        ("GET", registries, "api-version=2023-07-01", Value::Null, &["path/subscriptionId"]),
        ("PUT", WORKSPACE, PREVIEW, workspace(&json!({"storageAccount": "/s", "hbiWorkspace": true})), &[]),
        ("PUT", analytics, "api-version=2023-09-01", workspace(&json!({"features": {"own": true}})), &[]),
        ("PUT", analytics, "api-version=2023-09-01", workspace(&json!({"own": true})), &["body/properties/own"]),
        ("PUT", WORKSPACE, PREVIEW, Value::Null, &["body"]),
        ("PUT", WORKSPACE, PREVIEW, json!({"location": "westeurope"}), &["body/properties"]),
        ("PUT", WORKSPACE, PREVIEW, workspace(&json!({"hbiWorkspace": "yes"})), &["body/properties/hbiWorkspace"]),
        ("PUT", WORKSPACE, PREVIEW, workspace(&json!({"workspaceId": "w"})), &["body/properties/workspaceId"]),
        ("PUT", WORKSPACE, PREVIEW, workspace(&json!({"storageAcount": "/s"})), &["body/properties/storageAcount"]),
        ("PUT", WORKSPACE, PREVIEW, workspace(&json!({"publicNetworkAccess": "Maybe"})), &["body/properties/publicNetworkAccess"]),
        ("PUT", ASSIGNMENT, v2022, assignment(&json!({"roleDefinitionId": role, "principalId": principal})), &[]),
        ("PUT", ASSIGNMENT, v2022, assignment(&json!({"roleDefinitionId": role})), &["body/properties/principalId"]),
        ("PUT", ASSIGNMENT, v2022, assignment(&json!({"roleDefinitionId": 7, "principalId": principal})), &["body/properties/roleDefinitionId"]),
        ("PUT", &rule, PREVIEW, json!({"properties": {"type": "FQDN", "destination": "pypi.org"}}), &[]),
        ("PUT", &rule, PREVIEW, json!({"properties": {"type": "FQDN", "destination": {}}}), &["body/properties/destination"]),
        ("DELETE", &gpu, "api-version=2024-10-01", Value::Null, &["query/underlyingResourceAction"]),
        ("DELETE", &gpu, "api-version=2024-10-01&underlyingResourceAction=Burn", Value::Null, &["query/underlyingResourceAction"]),
        ("PUT", &numbered, PREVIEW, json!({"properties": {"computeType": "AmlCompute"}}), &["path/computeName"]),
        ("POST", RESOURCE_GRAPH, "api-version=2024-04-01", json!({"query": "r", "options": {"$top": 5000}}), &["body/options/$top"]),
    ];
    for (method, path, query, body, wanted) in cases {
        assert_eq!(request(&specs, method, path, query, &body), wanted, "{method} {path}?{query} {body}");
    }
}

#[test]
fn what_a_newer_version_may_know_is_no_fault_of_a_request() {
    let Some(specs) = Specs::load() else { return };
    let body = workspace(&json!({"addedIn2026": true, "systemDatastoresAuthMode": "Quantum"}));
    assert_eq!(request(&specs, "PUT", WORKSPACE, "api-version=2026-05-01", &body), [""; 0]);
}

#[test]
fn a_null_takes_away_in_a_patch_and_is_a_fault_elsewhere() {
    let Some(specs) = Specs::load() else { return };
    let body = json!({"location": "westeurope", "properties": {"friendlyName": null}});
    assert_eq!(request(&specs, "PUT", WORKSPACE, PREVIEW, &body), ["body/properties/friendlyName"]);
    let body = json!({"properties": {"friendlyName": null}});
    assert_eq!(request(&specs, "PATCH", WORKSPACE, PREVIEW, &body), [""; 0]);
}

#[test]
fn faults_of_answers_are_found_where_they_are() {
    let Some(specs) = Specs::load() else { return };
    let subscriptions = "/subscriptions";
    let poll = "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations/x/workspaceOperationsStatus/1";
    let rows =
        |truncated: &str| json!({"totalRecords": 1, "count": 1, "resultTruncated": truncated, "data": [{}]});
    let created = |time: &str| json!({"properties": {}, "systemData": {"createdAt": time}});
    let v2022 = "api-version=2022-12-01";
    let graph = "api-version=2024-04-01";
    #[rustfmt::skip]
    let cases: Vec<Response<'_>> = vec![
        ("GET", WORKSPACE, PREVIEW, 200, workspace(&json!({"etag": null, "unheardOf": 1, "description": null})), &[]),
        ("GET", WORKSPACE, PREVIEW, 200, workspace(&json!({"tenantId": 7})), &["body/properties/tenantId"]),
        ("GET", WORKSPACE, PREVIEW, 200, workspace(&json!({"publicNetworkAccess": "Maybe"})), &[]),
        ("GET", WORKSPACE, PREVIEW, 200, json!([]), &["body"]),
        ("GET", WORKSPACE, PREVIEW, 200, Value::Null, &["body"]),
        ("GET", WORKSPACE, PREVIEW, 200, json!("<html>"), &["body"]),
        ("GET", WORKSPACE, PREVIEW, 201, workspace(&json!({})), &["status"]),
        ("GET", WORKSPACE, PREVIEW, 200, created("yesterday"), &["body/systemData/createdAt"]),
        ("GET", WORKSPACE, PREVIEW, 200, created("2026-01-31T10:00:00.1234567Z"), &[]),
        ("GET", WORKSPACE, PREVIEW, 404, json!({"error": {"code": "ResourceNotFound", "message": "gone"}}), &[]),
        ("GET", WORKSPACE, PREVIEW, 404, json!({"error": {"message": "gone"}}), &["body/error/code"]),
        ("GET", WORKSPACE, PREVIEW, 502, json!("<html>"), &[]),
        ("PUT", WORKSPACE, PREVIEW, 202, Value::Null, &["header/Location"]),
        ("DELETE", WORKSPACE, PREVIEW, 204, json!({"a": 1}), &["body"]),
        ("GET", subscriptions, v2022, 200, json!({"value": {}, "nextLink": ""}), &["body/value"]),
        ("GET", subscriptions, v2022, 200, json!({"value": [], "nextLink": "/subscriptions?page=2"}), &["body/nextLink"]),
        ("GET", subscriptions, v2022, 200, json!({"value": [{"state": "Sleeping"}], "nextLink": ""}), &["body/value/0/state"]),
        ("POST", RESOURCE_GRAPH, graph, 200, rows("false"), &[]),
        ("POST", RESOURCE_GRAPH, graph, 200, rows("perhaps"), &["body/resultTruncated"]),
        ("GET", poll, PREVIEW, 200, json!({"status": 3}), &["body/status"]),
        ("GET", poll, PREVIEW, 200, json!({"status": "Failed", "error": {"code": "X"}}), &["body/error/message"]),
    ];
    for (method, path, query, status, body, wanted) in cases {
        assert_eq!(
            response(&specs, method, path, query, status, &body),
            wanted,
            "{method} {path}?{query} {status} {body}"
        );
    }
}

#[test]
fn faults_of_microsoft_graph_calls_are_found() {
    let Some(specs) = Specs::load() else { return };
    let by_ids = "/v1.0/directoryObjects/getByIds";
    let id = "5c1d8f6e-1111-4222-8333-944455556666";
    let ask = |body: Value| request(&specs, "POST", by_ids, "", &body);
    assert_eq!(ask(json!({"ids": [id], "types": ["user"]})), [""; 0]);
    assert_eq!(ask(json!({"types": ["user"]})), ["body/ids"]);
    assert_eq!(ask(json!({"ids": ["me"], "type": []})), ["body/type", "body/ids/0"]);
    let answer = |kind: Option<&str>, enabled: Value| {
        let user = json!({"@odata.type": kind, "id": id, "accountEnabled": enabled});
        response(&specs, "POST", by_ids, "", 200, &json!({"value": [user]}))
    };
    let kind = Some("#microsoft.graph.user");
    assert_eq!(answer(kind, json!(true)), [""; 0]);
    assert_eq!(answer(kind, json!("yes")), ["body/value/0/accountEnabled"]);
    assert_eq!(answer(None, json!(true)), ["body/value/0/@odata.type"]);
    let refused = json!({"error": {"code": "Authorization_RequestDenied"}});
    assert_eq!(response(&specs, "GET", "/v1.0/me", "", 403, &refused), ["body/error/message"]);
}

#[test]
fn a_misspelt_path_of_a_known_provider_is_not_taken_for_a_resource_of_any_kind() {
    let Some(specs) = Specs::load() else { return };
    let misspelt = WORKSPACE.replace("/workspaces/", "/workspacez/");
    let wanted = "unchecked: no stored operation of Microsoft.MachineLearningServices fits";
    assert_eq!(request(&specs, "GET", &misspelt, PREVIEW, &Value::Null), [wanted]);
    let unknown_provider = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
    assert_eq!(request(&specs, "GET", unknown_provider, "api-version=2024-03-02", &Value::Null), [""; 0]);
}

#[test]
fn old_forms_of_a_path_lead_to_the_same_operation() {
    let Some(specs) = Specs::load() else { return };
    let cases = [
        ("/subscriptions/s/resourcegroups/g/deployments/d/operations", "DeploymentOperations_List"),
        ("/SUBSCRIPTIONS/s/RESOURCEGROUPS/g/deployments/d", "Deployments_Get"),
        ("/subscriptions/s//resourceGroups/g/providers/microsoft.insights/components/c", "Components_Get"),
        ("/providers/Microsoft.Authorization/roleDefinitions", "RoleDefinitions_List"),
        (
            "/providers/Microsoft.Management/managementGroups/m/providers/Microsoft.Authorization/roleAssignments",
            "RoleAssignments_ListForScope",
        ),
    ];
    for (path, wanted) in cases {
        match specs.check_request("GET", path, "api-version=2024-07-01", None) {
            Checked::Ok { operation_id, .. } => assert_eq!(operation_id, wanted, "{path}"),
            other => panic!("{path}: {other:?}"),
        }
    }
}
