//! Every recording: how it is asked of the emulator, and what its answer has more than the emulator's.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{ALL, OWNER, SUB, TEAM};

/// One recording that is asked.
pub struct Row {
    /// File below the recordings.
    pub file: &'static str,
    pub method: Method,
    /// Path and query on the emulator.
    pub url: String,
    pub body: Option<Value>,
    /// Who asks.
    pub bearer: &'static str,
    /// Differences, and why they are right.
    pub left_out: &'static [(&'static str, &'static str)],
}

const OF_A_LATER_STEP: &str = "a poll: how one goes on and ends is tried on workspaces, computes and storage in tests/emulator, on rules and networks by tests/sdk";
const ONE_OF_EACH: &str = "like the recording beside it, with other values";
const NOT_OURS: &str = "of a provider that is not emulated";

/// Recordings that are not asked, and why.
#[rustfmt::skip]
pub const NOT_ASKED: &[(&str, &str)] = &[
    ("deployments/cancel-204.json", DEPLOYMENTS),
    ("deployments/ml-create-01-put-201.json", DEPLOYMENTS),
    ("deployments/ml-create-02-status-accepted.json", DEPLOYMENTS),
    ("deployments/ml-create-03-operations-partial.json", DEPLOYMENTS),
    ("deployments/ml-create-04-operations-more.json", DEPLOYMENTS),
    ("deployments/ml-create-05-status-succeeded.json", DEPLOYMENTS),
    ("deployments/ml-create-06-get.json", DEPLOYMENTS),
    ("deployments/ml-create-07-operations-final.json", DEPLOYMENTS),
    ("deployments/status-failed.json", DEPLOYMENTS),
    ("deployments/validate-400-invalid-template.json", DEPLOYMENTS),
    ("deployments/what-if-01-202.json", DEPLOYMENTS),
    ("deployments/what-if-02-result.json", DEPLOYMENTS),
    ("resource-groups/export-template-200.json", DEPLOYMENTS),
    ("errors/401-expired.json", "tokens here do not expire; a fault can answer this"),
    ("errors/429-resource-requests.json", NOT_OURS),
    ("errors/502-gateway.json", "a fault can answer this"),
    ("errors/504-gateway.json", "a fault can answer this"),
    ("graph/get-by-ids.json", "the directory keeps what the estate says of a service principal, not all that Microsoft Graph knows"),
    ("key-vault/purge-02-result.json", "a poll: tried in tests/emulator/soft_delete.rs"),
    ("ml-assets/batch-endpoint-poll.json", OF_A_LATER_STEP),
    ("ml-computes/stop-02-done.json", OF_A_LATER_STEP),
    ("ml-managed-network/outbound-rule-delete-02-poll.json", OF_A_LATER_STEP),
    ("ml-managed-network/outbound-rule-delete-03-location.json", OF_A_LATER_STEP),
    ("ml-managed-network/provision-02-poll.json", OF_A_LATER_STEP),
    ("ml-managed-network/provision-03-result.json", OF_A_LATER_STEP),
    ("ml-workspaces/create-02-poll-inprogress.json", OF_A_LATER_STEP),
    ("ml-workspaces/create-03-poll-succeeded.json", OF_A_LATER_STEP),
    ("ml-workspaces/diagnose-02-poll-202.json", OF_A_LATER_STEP),
    ("ml-workspaces/diagnose-03-result.json", OF_A_LATER_STEP),
    ("ml-workspaces/patch-02-poll.json", OF_A_LATER_STEP),
    ("ml-workspaces/patch-03-done.json", OF_A_LATER_STEP),
    ("ml-workspaces/patch-04-get.json", ONE_OF_EACH),
    ("network/private-endpoints-list.json", ONE_OF_EACH),
    ("resource-groups/get-while-deleting.json", "the state is told while it lasts: tried in tests/emulator/resources.rs"),
    ("role-definitions/list-full-2022-04-01.json", ONE_OF_EACH),
    ("storage/put-02-poll-202.json", OF_A_LATER_STEP),
    ("storage/put-03-poll-200.json", OF_A_LATER_STEP),
];

const DEPLOYMENTS: &str = "tried in the tests of deployments";

fn row(file: &'static str, method: Method, url: String, body: Option<Value>) -> Row {
    Row { file, method, url, body, bearer: "o", left_out: &[] }
}

fn get(file: &'static str, url: String) -> Row {
    row(file, Method::GET, url, None)
}

fn but(row: Row, left_out: &'static [(&'static str, &'static str)]) -> Row {
    Row { left_out, ..row }
}

/// Every recording that is asked, in an order in which each finds what it needs.
pub fn rows() -> Vec<Row> {
    let base = format!("{SUB}/resourceGroups/rg/providers");
    let ml = format!("{base}/Microsoft.MachineLearningServices/workspaces");
    let mlw = format!("{ml}/mlw");
    let v = "api-version=2024-04-01";
    let preview = "api-version=2024-10-01-preview";
    let roles = format!("{base}/Microsoft.Authorization");
    let sub_roles = format!("{SUB}/providers/Microsoft.Authorization");
    let role = json!({ "properties": { "principalId": OWNER, "roleDefinitionId":
        format!("{SUB}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7") } });
    let stranger = json!({ "properties": { "principalId": "f0000000-0000-4000-8000-000000000009",
        "roleDefinitionId": role["properties"]["roleDefinitionId"] } });
    let name = |number: u32| {
        format!("{roles}/roleAssignments/e0000000-0000-4000-8000-{number:012}?api-version=2022-04-01")
    };
    let policy = json!({ "tenantId": "99999999-9999-4999-8999-999999999999", "objectId": OWNER, "applicationId": OWNER,
        "permissions": { "certificates": ["get"], "keys": ["get"], "secrets": ["get"], "storage": ["get"] } });
    let check = |provider: &str| format!("{SUB}/providers/{provider}/checkNameAvailability?{v}");
    let network = format!("{base}/Microsoft.Network");
    let deleted = format!("{SUB}/providers/Microsoft.KeyVault/locations/westeurope/deletedVaults");
    let graph = "/providers/Microsoft.ResourceGraph/resources";
    let post = |file, url, body| row(file, Method::POST, url, body);
    let locks =
        format!("{base}/Microsoft.Storage//storageAccounts/stone/providers/Microsoft.Authorization/locks");
    vec![
        get("subscriptions/get.json", format!("{SUB}?{v}")),
        but(get("subscriptions/list-small.json", format!("/subscriptions?{v}")), &[(".count", "undocumented, and of 2022-12-01 alone")]),
        get("subscriptions/tenants.json", format!("/tenants?{v}")),
        but(get("subscriptions/locations.json", format!("{SUB}/locations?{v}")), &[
            (".value[].metadata.latitude", "where a region is on the map matters to nobody here"),
            (".value[].metadata.longitude", "the same"),
        ]),
        but(get("resource-groups/list.json", format!("{SUB}/resourcegroups?{v}")), &[(".value[].tags.OwnerContact", "belongs to the resource that was recorded"), (".value[].tags.OwnerEmail3", "belongs to the resource that was recorded")]),
        get("resource-groups/get.json", format!("{SUB}/resourceGroups/rg?{v}")),
        get("resource-groups/get-404.json", format!("{SUB}/resourceGroups/none?{v}")),
        row("resource-groups/create-201.json", Method::PUT, format!("{SUB}/resourceGroups/new?{v}"), Some(json!({ "location": "westus2", "tags": { "CreatedAt": "now" } }))),
        row("resource-groups/delete-202.json", Method::DELETE, format!("{SUB}/resourceGroups/new?{v}"), None),
        but(get("resources/list-by-subscription.json", format!("{SUB}/resources?{v}")), &[(".value[].tags", "the first resource has none here, and those that were recorded without any lack it, too")]),
        but(get("resources/provider-get.json", format!("{SUB}/providers/microsoft.insights?{v}")), &[
            (".authorizations", "applications behind a provider are not made up"),
        ]),
        row("resources/tags-patch.json", Method::PATCH, format!("{mlw}/providers/Microsoft.Resources/tags/default?{v}"), Some(json!({ "operation": "Merge", "properties": { "tags": { "cctest_email": "x" } } }))),
        get("ml-workspaces/get-2024-04-01.json", format!("{mlw}?{v}")),
        but(get("ml-workspaces/list-by-subscription-2023-04-01.json", format!("{SUB}/providers/Microsoft.MachineLearningServices/workspaces?api-version=2023-04-01")), &[(".value[].properties.enableDataIsolation", "the live service answers it before its version has it"), (".value[].properties.managedNetwork", "the same")]),
        get("ml-workspaces/get-404.json", format!("{ml}/none?{v}")),
        post("ml-workspaces/list-keys.json", format!("{mlw}/listKeys?{v}"), None),
        row("ml-workspaces/create-01-put-202.json", Method::PUT, format!("{ml}/mlw-two?{v}"), Some(json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" }, "properties": {
            "storageAccount": format!("{base}/Microsoft.Storage/storageAccounts/stone"), "keyVault": format!("{base}/Microsoft.KeyVault/vaults/kv-one") } }))),
        row("ml-workspaces/patch-01-202.json", Method::PATCH, format!("{mlw}?{v}"), Some(json!({ "tags": {} }))),
        post("ml-workspaces/diagnose-01-202.json", format!("{mlw}/diagnose?{v}"), None),
        row("ml-workspaces/delete-404-group-gone.json", Method::DELETE, format!("{SUB}/resourceGroups/none/providers/Microsoft.MachineLearningServices/workspaces/mlw?{v}"), None),
        get("ml-managed-network/outbound-rule-get-fqdn.json", format!("{mlw}-approved/outboundRules/rule?{v}")),
        but(get("ml-managed-network/outbound-rules-list.json", format!("{mlw}-approved/outboundRules?{v}")), &[(".value[].properties.destination.portRanges", "another type of rule stands first"),
                (".value[].properties.destination.protocol", "the same"),
                (".value[].properties.destination.serviceTag", "the same")]),
        row("ml-managed-network/outbound-rule-delete-01-202.json", Method::DELETE, format!("{mlw}-approved/outboundRules/other?{v}"), None),
        post("ml-managed-network/provision-01-202.json", format!("{mlw}/provisionManagedNetwork?{v}"), Some(json!({ "includeSpark": false }))),
        row("ml-computes/create-01-201.json", Method::PUT, format!("{mlw}/computes/new?{v}"), Some(json!({ "location": "westeurope", "identity": { "type": "SystemAssigned" }, "properties": { "computeType": "ComputeInstance", "description": "d", "properties": { "vmSize": "Standard_DS2_v2" } } }))),
        get("ml-computes/get-running.json", format!("{mlw}/computes/ci?{v}")),
        but(get("ml-computes/list.json", format!("{mlw}/computes?{v}")), &[(".value[].properties.properties.allocationState", "an instance stands first here, a cluster there"), (".value[].properties.properties.allocationStateTransitionTime", "an instance stands first here, a cluster there"), (".value[].properties.properties.currentNodeCount", "an instance stands first here, a cluster there"), (".value[].properties.properties.enableNodePublicIp", "an instance stands first here, a cluster there"), (".value[].properties.properties.isolatedNetwork", "an instance stands first here, a cluster there"), (".value[].properties.properties.nodeStateCounts", "an instance stands first here, a cluster there"), (".value[].properties.properties.osType", "an instance stands first here, a cluster there"), (".value[].properties.properties.remoteLoginPortPublicAccess", "an instance stands first here, a cluster there"), (".value[].properties.properties.scaleSettings", "an instance stands first here, a cluster there"), (".value[].properties.properties.targetNodeCount", "an instance stands first here, a cluster there"), (".value[].properties.properties.virtualMachineImage", "an instance stands first here, a cluster there"), (".value[].properties.properties.vmPriority", "an instance stands first here, a cluster there")]),
        post("ml-computes/stop-01-202.json", format!("{mlw}/computes/ci/stop?{v}"), None),
        row("ml-computes/delete-202.json", Method::DELETE, format!("{mlw}/computes/cluster?{v}&underlyingResourceAction=Delete"), None),
        row("ml-assets/batch-endpoint-create-201.json", Method::PUT, format!("{mlw}/batchEndpoints/be?{v}"), Some(json!({ "tags": { "t1": "v1" }, "location": "westeurope", "properties": { "authMode": "aadToken", "description": "funny", "properties": { "p1": "v1", "p2": "v2" } } }))),
        get("ml-assets/connection-get.json", format!("{mlw}/connections/git?{preview}")),
        but(get("ml-assets/data-list.json", format!("{mlw}/data?{v}")), &[(".value[].properties.tags.custodian", "belongs to the resource that was recorded")]),
        get("ml-assets/datastore-get.json", format!("{mlw}/datastores/blobs?{v}")),
        get("ml-assets/datastores-list.json", format!("{mlw}/datastores?{v}&count=30&orderByAsc=false")),
        get("ml-assets/jobs-list.json", format!("{mlw}/jobs?{v}")),
        get("ml-assets/registry-get.json", format!("{base}/Microsoft.MachineLearningServices/registries/shared?{v}")),
        get("ml-assets/online-endpoints-list.json", format!("{mlw}/onlineEndpoints?{v}")),
        row("storage/put-01-202.json", Method::PUT, format!("{base}/Microsoft.Storage/storageAccounts/sttwo?{v}"), Some(json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" } }))),
        but(get("storage/get-2025-06-01.json", format!("{base}/Microsoft.Storage/storageAccounts/stone?{v}")), &[(".properties.allowCrossTenantDelegationSas", "of that version alone")]),
        but(row("storage/patch-200.json", Method::PATCH, format!("{base}/Microsoft.Storage/storageAccounts/stone?{v}"), Some(json!({ "properties": { "allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_0" } }))), &[(".properties.secondaryLocation", "of accounts with a copy in a second region"), (".properties.statusOfSecondary", "the same")]),
        post("storage/list-keys.json", format!("{base}/Microsoft.Storage/storageAccounts/stone/listKeys?{v}"), None),
        post("storage/check-name-available.json", check("Microsoft.Storage"), Some(json!({ "name": "sto3363", "type": "Microsoft.Storage/storageAccounts" }))),
        post("storage/check-name-taken.json", check("Microsoft.Storage"), Some(json!({ "name": "stone", "type": "Microsoft.Storage/storageAccounts" }))),
        row("key-vault/put-200.json", Method::PUT, format!("{base}/Microsoft.KeyVault/vaults/kv-two?{v}"), Some(json!({ "location": "westeurope", "tags": {}, "properties": { "sku": { "name": "standard", "family": "A" }, "enableRbacAuthorization": true, "accessPolicies": [policy] } }))),
        get("key-vault/get-200.json", format!("{base}/Microsoft.KeyVault/vaults/kv-two?{v}")),
        post("key-vault/check-name.json", check("Microsoft.KeyVault"), Some(json!({ "name": "kv-one", "type": "Microsoft.KeyVault/vaults" }))),
        get("key-vault/deleted-get-200.json", format!("{deleted}/kv-gone?{v}")),
        get("key-vault/deleted-get-404.json", format!("{deleted}/kv-one?{v}")),
        post("key-vault/purge-01-202.json", format!("{deleted}/kv-gone/purge?{v}"), None),
        get("monitoring/app-insights-get.json", format!("{base}/Microsoft.Insights/components/appi?{v}")),
        get("monitoring/log-analytics-get.json", format!("{base}/Microsoft.OperationalInsights/workspaces/log?{v}")),
        get("monitoring/metrics-200.json", format!("{mlw}/providers/microsoft.insights/metrics?{v}&metricnames=Active%20Cores&aggregation=average&interval=P1D&timespan=2019-05-01T23%3A59%3A59Z%2F2019-05-02T23%3A59%3A59Z")),
        get("monitoring/activity-log.json", format!("{SUB}/providers/microsoft.insights/eventtypes/management/values?{v}&$filter=eventTimestamp%20ge%202016-11-17%20and%20eventChannels%20eq%20%27Admin%2C%20Operation%27&$select=eventName%2CoperationName")),
        get("container-registry/get.json", format!("{base}/Microsoft.ContainerRegistry/registries/crone?{v}")),
        post("container-registry/check-name-available.json", check("Microsoft.ContainerRegistry"), Some(json!({ "name": "pyacrff1e1477", "type": "Microsoft.ContainerRegistry/registries" }))),
        but(row("container-registry/delete-202-with-body.json", Method::DELETE, format!("{base}/Microsoft.ContainerRegistry/registries/crone?{v}"), None), &[(".tags.scratchcard", "belongs to the resource that was recorded")]),
        get("network/private-endpoint-get.json", format!("{network}/privateEndpoints/pe?{v}")),
        get("network/vnets-list.json", format!("{network}/virtualNetworks?{v}")),
        get("network/subnets-list.json", format!("{network}/virtualNetworks/vnet/subnets?{v}")),
        get("identity/get.json", format!("{base}/Microsoft.ManagedIdentity/userAssignedIdentities/id?{v}")),
        row("identity/put-201.json", Method::PUT, format!("{base}/Microsoft.ManagedIdentity/userAssignedIdentities/new?{v}"), Some(json!({ "location": "westeurope", "tags": {} }))),
        row("role-assignments/create-201.json", Method::PUT, name(1), Some(role.clone())),
        row("role-assignments/create-409-exists.json", Method::PUT, name(2), Some(role)),
        row("role-assignments/create-400-principal-not-found.json", Method::PUT, name(3), Some(stranger)),
        get("role-assignments/get-404.json", name(4)),
        get("role-assignments/list-at-scope-sub.json", format!("{sub_roles}/roleAssignments?api-version=2022-04-01&$filter=atScope()")),
        get("role-assignments/list-assigned-to.json", format!("{sub_roles}/roleAssignments?api-version=2022-04-01&$filter=atScope()%20and%20assignedTo('{OWNER}')")),
        get("role-assignments/list-principal-eq.json", format!("{sub_roles}/roleAssignments?api-version=2022-04-01&$filter=principalId%20eq%20'{OWNER}'")),
        get("role-assignments/list-principal-eq-empty.json", format!("{sub_roles}/roleAssignments?api-version=2022-04-01&$filter=principalId%20eq%20'{TEAM}'")),
        get("role-assignments/list-sub-2018.json", format!("{sub_roles}/roleAssignments?api-version=2018-09-01-preview")),
        get("role-assignments/permissions-list-rg.json", format!("{roles}/permissions?{v}")),
        get("role-definitions/by-name-contributor.json", format!("{sub_roles}/roleDefinitions?{v}&$filter=roleName%20eq%20'Contributor'")),
        get("role-definitions/by-name-kv-secrets-user.json", format!("{sub_roles}/roleDefinitions?{v}&$filter=roleName%20eq%20'Key%20Vault%20Secrets%20User'")),
        get("role-definitions/custom-get-404.json", format!("{sub_roles}/roleDefinitions/683ff9b9-98d1-5af6-9381-ba194e279c28?{v}")),
        Row { bearer: "nobody", ..row("errors/403-authorization-failed.json", Method::DELETE, format!("{mlw}?{v}"), None) },
        but(get("budgets/get.json", format!("{SUB}/providers/Microsoft.Consumption/budgets/b?{v}")), &[(".properties.filters", "of 2018-01-31 alone")]),
        but(post("policy/states-query-sub.json", format!("{SUB}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults?{v}&$top=2&$select=policyAssignmentId,%20resourceId"), None), &[(".value[].numRecords", "counted by $apply, which is not known here")]),
        post("resource-graph/query-400.json", format!("{graph}?{v}"), Some(json!({ "query": "where where" }))),
        but(post("resource-graph/query-object-array.json", format!("{graph}?{v}"), Some(json!({ "query": "resources | project id, tags, properties | limit 2" }))), &[(".data[].properties.resourceTypes", "belongs to the resource that was recorded"), (".data[].properties.validations", "belongs to the resource that was recorded")]),
        post("resource-graph/query-paged-skiptoken.json", format!("{graph}?{v}"), Some(json!({ "query": "resources | project id", "options": { "$top": 3 } }))),
        post("graph/get-by-ids-one.json", "/v1.0/directoryObjects/getByIds".to_owned(), Some(json!({ "ids": [OWNER] }))),
        post("graph/get-member-groups.json", format!("/v1.0/groups/{TEAM}/getMemberGroups"), Some(json!({ "securityEnabledOnly": false }))),
        get("graph/group-members.json", format!("/v1.0/groups/{ALL}/members")),
        get("graph/me.json", "/v1.0/me".to_owned()),
        get("graph/service-principals-by-name.json", "/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c%20eq%20'd0000000-0000-4000-8000-000000000002')".to_owned()),
        get("resources/locks-list.json", format!("{roles}/locks?api-version=2016-09-01")),
        get("resources/ml-workspace-locks.json", format!("{locks}?api-version=2016-09-01")),
        row("ml-workspaces/delete-01-202.json", Method::DELETE, format!("{mlw}?{v}"), None),
    ]
}
