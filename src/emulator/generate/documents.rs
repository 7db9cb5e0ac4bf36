//! The documents of a generated estate. They are smaller than real ones: thousands are held in memory.

use serde_json::{Value, json};

/// A resource group to put resources in.
pub(super) struct Place<'a> {
    pub(super) subscription: &'a str,
    pub(super) group: &'a str,
    pub(super) location: &'a str,
}

/// What differs from workspace to workspace.
pub(super) struct WorkspaceFacts<'a> {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) storage: String,
    pub(super) vault: String,
    pub(super) insights: String,
    pub(super) hub: Option<String>,
    pub(super) principal: String,
    pub(super) guid: String,
    pub(super) created: String,
    pub(super) created_by: String,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) isolation: &'static str,
    /// Whether the managed network was provisioned.
    pub(super) provisioned: bool,
    pub(super) public: &'static str,
    pub(super) auth: &'static str,
    pub(super) key_access: Option<bool>,
    pub(super) environment: &'a str,
    pub(super) team: &'a str,
}

/// Who is given what, where, by whom.
pub(super) struct AssignmentFacts<'a> {
    pub(super) principal: &'a str,
    pub(super) kind: &'a str,
    pub(super) role: &'a str,
    pub(super) scope: &'a str,
    pub(super) by: &'a str,
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

pub(super) fn tenant(id: &str) -> Value {
    json!({
        "id": format!("/tenants/{id}"), "tenantId": id, "displayName": "Contoso", "defaultDomain": "contoso.com",
        "domains": ["contoso.com"], "tenantCategory": "Home", "tenantType": "AAD", "countryCode": "NO",
    })
}

pub(super) fn subscription(id: &str, tenant: &str, name: &str) -> Value {
    json!({
        "id": format!("/subscriptions/{id}"), "subscriptionId": id, "tenantId": tenant, "displayName": name,
        "state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": [],
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01",
            "spendingLimit": "Off",
        },
    })
}

fn management_group_id(name: &str) -> String {
    format!("/providers/Microsoft.Management/managementGroups/{name}")
}

/// A management group as its parent lists it.
pub(super) fn child_group(name: &str, display: &str) -> Value {
    json!({
        "type": "Microsoft.Management/managementGroups", "id": management_group_id(name), "name": name,
        "displayName": display,
    })
}

pub(super) fn management_group(
    tenant: &str,
    (name, display): (&str, &str),
    parent: Option<(&str, &str)>,
    children: &[Value],
) -> Value {
    let parent = parent.map(
        |(name, display)| json!({"id": management_group_id(name), "name": name, "displayName": display}),
    );
    json!({
        "id": management_group_id(name), "name": name, "type": "Microsoft.Management/managementGroups",
        "properties": {
            "tenantId": tenant, "displayName": display, "details": {"version": 1, "parent": parent},
            "children": children,
        },
    })
}

/// A role assignment, without the properties that would be null: they would take half of its memory.
pub(super) fn role_assignment(facts: &AssignmentFacts<'_>, name: &str, on: &str) -> Value {
    json!({
        "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{name}", facts.scope),
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", facts.role),
            "principalId": facts.principal, "principalType": facts.kind, "scope": facts.scope,
            "createdOn": on, "updatedOn": on, "createdBy": facts.by, "updatedBy": facts.by,
        },
    })
}

impl Place<'_> {
    pub(super) fn group_id(&self) -> String {
        format!("/subscriptions/{}/resourceGroups/{}", self.subscription, self.group)
    }

    pub(super) fn id(&self, kind: &str, name: &str) -> String {
        format!("/subscriptions/{}/resourceGroups/{}/providers/{kind}/{name}", self.subscription, self.group)
    }

    pub(super) fn group_document(&self, environment: &str) -> Value {
        json!({
            "id": self.group_id(), "name": self.group, "type": "Microsoft.Resources/resourceGroups",
            "location": self.location, "tags": {"env": environment},
            "properties": {"provisioningState": "Succeeded"},
        })
    }

    pub(super) fn log_analytics(&self, name: &str, customer: &str) -> Value {
        json!({
            "id": self.id("Microsoft.OperationalInsights/workspaces", name), "name": name,
            "type": "Microsoft.OperationalInsights/workspaces", "location": self.location, "tags": {},
            "properties": {
                "customerId": customer, "provisioningState": "Succeeded", "retentionInDays": 30,
                "sku": {"name": "PerGB2018"},
            },
        })
    }

    pub(super) fn storage(&self, facts: &WorkspaceFacts<'_>) -> Value {
        let mut properties = json!({
            "provisioningState": "Succeeded", "creationTime": facts.created, "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": false, "publicNetworkAccess": facts.public,
            "networkAcls": {
                "bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [],
                "defaultAction": if facts.public == "Enabled" { "Allow" } else { "Deny" },
            },
            "privateEndpointConnections": [],
        });
        if let Some(allowed) = facts.key_access {
            properties["allowSharedKeyAccess"] = Value::Bool(allowed);
        }
        json!({
            "id": facts.storage, "name": last(&facts.storage), "type": "Microsoft.Storage/storageAccounts",
            "location": self.location, "tags": {}, "kind": "StorageV2",
            "sku": {"name": "Standard_LRS", "tier": "Standard"}, "properties": properties,
        })
    }

    pub(super) fn vault(&self, facts: &WorkspaceFacts<'_>, tenant: &str) -> Value {
        json!({
            "id": facts.vault, "name": last(&facts.vault), "type": "Microsoft.KeyVault/vaults",
            "location": self.location, "tags": {},
            "properties": {
                "sku": {"family": "A", "name": "standard"}, "tenantId": tenant, "accessPolicies": [],
                "enableRbacAuthorization": true, "enableSoftDelete": true, "provisioningState": "Succeeded",
                "publicNetworkAccess": facts.public,
                "vaultUri": format!("https://{}.vault.azure.net/", last(&facts.vault)),
            },
        })
    }

    pub(super) fn insights(&self, facts: &WorkspaceFacts<'_>, log: &str) -> Value {
        json!({
            "id": facts.insights, "name": last(&facts.insights), "type": "Microsoft.Insights/components",
            "location": self.location, "tags": {}, "kind": "web",
            "properties": {
                "AppId": facts.guid, "Application_Type": "web", "provisioningState": "Succeeded",
                "WorkspaceResourceId": log, "RetentionInDays": 90, "IngestionMode": "LogAnalytics",
            },
        })
    }

    pub(super) fn workspace(&self, facts: &WorkspaceFacts<'_>, tenant: &str) -> Value {
        let mut network = json!({"isolationMode": facts.isolation});
        if facts.isolation != "Disabled" {
            let status = if facts.provisioned { "Active" } else { "Inactive" };
            network["status"] = json!({"status": status, "sparkReady": false});
        }
        let mut properties = json!({
            "friendlyName": facts.name, "description": "",
            "provisioningState": facts.state, "publicNetworkAccess": facts.public,
            "managedNetwork": network, "systemDatastoresAuthMode": facts.auth, "v1LegacyMode": false,
            "hbiWorkspace": false, "tenantId": tenant, "workspaceId": facts.guid, "creationTime": facts.created,
            "privateLinkCount": 0, "ipAllowlist": [],
            "discoveryUrl": format!("https://{}.api.azureml.ms/discovery", self.location),
        });
        properties["storageAccount"] = json!(facts.storage);
        properties["keyVault"] = json!(facts.vault);
        // Neither a hub nor its projects have telemetry of their own.
        match (&facts.hub, facts.kind) {
            (Some(hub), _) => properties["hubResourceId"] = json!(hub),
            (None, "Hub") => {}
            (None, _) => properties["applicationInsights"] = json!(facts.insights),
        }
        json!({
            "id": facts.id, "name": facts.name, "type": "Microsoft.MachineLearningServices/workspaces",
            "location": self.location, "kind": facts.kind, "tags": {"env": facts.environment, "team": facts.team},
            "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "SystemAssigned", "principalId": facts.principal, "tenantId": tenant},
            "properties": properties,
            "systemData": {
                "createdAt": facts.created, "createdBy": facts.created_by, "createdByType": "User",
                "lastModifiedAt": facts.created, "lastModifiedBy": facts.created_by, "lastModifiedByType": "User",
            },
        })
    }
}
