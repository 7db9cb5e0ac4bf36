//! From an environment to the resources of its deployment.

use serde_json::{Map, Value, json};

use super::endpoints;
use super::expression::{ASSIGNMENTS, Expression, literal};
use super::{Resource, Template};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::versions;
use crate::domain::setup::environment::{
    Dependent, Environment, IDENTITIES, INSIGHTS, LOG_ANALYTICS, OwnIdentity, REGISTRIES, STORAGE, VAULTS,
    WORKSPACES,
};
use crate::domain::setup::names::stable_guid;
use crate::domain::setup::people::{Grant, Principal};
use crate::domain::setup::regions;
use crate::domain::setup::spec::{Isolation, Kind, Place, Rule};

/// The type of nested deployments.
pub(super) const DEPLOYMENTS: &str = "Microsoft.Resources/deployments";

/// The deployment of an environment.
pub(super) fn template(environment: &Environment) -> Template {
    let mut resources = dependents(environment);
    let before: Vec<Expression> = resources.iter().map(Resource::reference).collect();
    // What the workspace's own identity needs of its dependents has to be there before the workspace.
    let (first, later): (Vec<&Grant>, Vec<&Grant>) = environment
        .grants
        .iter()
        .partition(|grant| grant.principal == Principal::OwnIdentity && grant.place != Place::Workspace);
    let own: Vec<Resource> =
        first.into_iter().filter_map(|grant| assignment(environment, grant, &before)).collect();
    let roles: Vec<Expression> = own.iter().map(assignment_id).collect();
    resources.extend(own);
    let workspace = workspace(environment).after(before.iter().cloned()).after(roles);
    let made = workspace.reference();
    resources.push(workspace);
    let there: Vec<Expression> = before.into_iter().chain([made]).collect();
    resources.extend(later.into_iter().filter_map(|grant| assignment(environment, grant, &there)));
    resources.extend(endpoints::of(environment, &there));
    Template { resources }
}

/// Tags as texts of a template.
pub(super) fn tags(environment: &Environment) -> Value {
    environment
        .tags
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(literal(value))))
        .collect::<Map<_, _>>()
        .into()
}

fn access(environment: &Environment) -> &'static str {
    if environment.closes_dependents() { "Disabled" } else { "Enabled" }
}

/// Who gets through the firewall of a dependent: nobody but Azure's own services where it is closed.
fn acls(environment: &Environment) -> Value {
    json!({ "bypass": "AzureServices", "defaultAction": default_action(environment) })
}

fn default_action(environment: &Environment) -> &'static str {
    if environment.closes_dependents() { "Deny" } else { "Allow" }
}

fn dependents(environment: &Environment) -> Vec<Resource> {
    let (region, tags) = (&environment.region, tags(environment));
    let mut resources = Vec::new();
    if let OwnIdentity::New(name) = &environment.identity {
        let body = json!({ "location": region, "tags": tags });
        resources.push(Resource::new(IDENTITIES, versions::MANAGED_IDENTITY, name, body));
    }
    if let Dependent::New(name) = &environment.storage {
        let body = json!({
            "location": region, "tags": tags, "sku": { "name": environment.storage_sku }, "kind": "StorageV2",
            "properties": {
                "allowBlobPublicAccess": false, "isHnsEnabled": false, "minimumTlsVersion": "TLS1_2",
                "networkAcls": acls(environment), "publicNetworkAccess": access(environment),
                "supportsHttpsTrafficOnly": true
            }
        });
        resources.push(Resource::new(STORAGE, versions::STORAGE, name, body));
    }
    if let Dependent::New(name) = &environment.key_vault {
        let body = json!({
            "location": region, "tags": tags,
            "properties": {
                "accessPolicies": [], "enableRbacAuthorization": true, "enableSoftDelete": true,
                "softDeleteRetentionInDays": 90, "networkAcls": acls(environment),
                "publicNetworkAccess": access(environment), "sku": { "family": "A", "name": "standard" },
                "tenantId": Expression::Tenant.to_string()
            }
        });
        resources.push(Resource::new(VAULTS, versions::KEY_VAULT, name, body));
    }
    let mut logs = Vec::new();
    if let Dependent::New(name) = &environment.log_analytics {
        let body = json!({
            "location": regions::of_log_analytics(region), "tags": tags,
            "properties": { "retentionInDays": 30, "sku": { "name": "PerGB2018" } }
        });
        let made = Resource::new(LOG_ANALYTICS, versions::LOG_ANALYTICS, name, body);
        logs.push(made.reference());
        resources.push(made);
    }
    if let Dependent::New(name) = &environment.insights {
        let mut body = json!({
            "location": regions::of_log_analytics(region), "tags": tags, "kind": "web",
            "properties": { "Application_Type": "web" }
        });
        if let Some(logs) = reference(&environment.log_analytics, LOG_ANALYTICS) {
            body["properties"]["WorkspaceResourceId"] = logs;
        }
        resources.push(Resource::new(INSIGHTS, versions::APP_INSIGHTS, name, body).after(logs));
    }
    if let Dependent::New(name) = &environment.registry {
        let premium = environment.registry_sku == "Premium";
        let mut properties = json!({ "adminUserEnabled": false });
        if premium {
            // The other SKUs take none of these.
            properties["publicNetworkAccess"] = access(environment).into();
            properties["networkRuleBypassOptions"] = "AzureServices".into();
            properties["networkRuleSet"] = json!({ "defaultAction": default_action(environment) });
        }
        let body = json!({
            "location": region, "tags": tags, "sku": { "name": environment.registry_sku }, "properties": properties
        });
        resources.push(Resource::new(REGISTRIES, versions::CONTAINER_REGISTRY, name, body));
    }
    resources
}

/// A dependent's id as a text of a template.
fn reference(dependent: &Dependent, kind: &str) -> Option<Value> {
    match dependent {
        Dependent::New(name) => Some(Expression::id(kind, name).to_string().into()),
        Dependent::Existing(id) => Some(id.as_str().into()),
        Dependent::Absent => None,
    }
}

fn workspace(environment: &Environment) -> Resource {
    let mut properties = Map::new();
    let mut put = |name: &str, value: Value| {
        properties.insert(name.to_owned(), value);
    };
    put("friendlyName", literal(&environment.friendly_name).into());
    put("publicNetworkAccess", if environment.public_access { "Enabled" } else { "Disabled" }.into());
    if !environment.description.is_empty() {
        put("description", literal(&environment.description).into());
    }
    if let Some(hub) = &environment.hub {
        put("hubResourceId", hub.as_str().into());
    }
    for (name, kind, dependent) in [
        ("storageAccount", STORAGE, &environment.storage),
        ("keyVault", VAULTS, &environment.key_vault),
        ("applicationInsights", INSIGHTS, &environment.insights),
        ("containerRegistry", REGISTRIES, &environment.registry),
    ] {
        if let Some(id) = reference(dependent, kind) {
            put(name, id);
        }
    }
    if environment.kind != Kind::Project {
        put("managedNetwork", managed_network(environment));
        put("systemDatastoresAuthMode", environment.storage_access.as_str().into());
        put("hbiWorkspace", environment.high_business_impact.into());
    }
    if environment.data_isolation {
        put("enableDataIsolation", true.into());
    }
    if !environment.image_build_compute.is_empty() {
        put("imageBuildCompute", environment.image_build_compute.as_str().into());
    }
    if let Some(id) = environment.identity_id() {
        put("primaryUserAssignedIdentity", id.as_str().into());
    }
    if let Some(encryption) = encryption(environment) {
        put("encryption", encryption);
    }
    let body = json!({
        "location": environment.region, "tags": tags(environment), "kind": environment.kind.as_str(),
        "sku": { "name": "Basic", "tier": "Basic" }, "identity": identity(environment), "properties": properties
    });
    Resource::new(WORKSPACES, versions::WORKSPACES, &environment.workspace, body)
}

fn identity(environment: &Environment) -> Value {
    let mut assigned = Map::new();
    let own = environment.identity_id();
    let key = environment.customer_key.as_ref().and_then(|key| key.identity.clone());
    for id in own.iter().chain(&key) {
        if !assigned.keys().any(|known| known.eq_ignore_ascii_case(id.as_str())) {
            assigned.insert(id.as_str().to_owned(), json!({}));
        }
    }
    match (own.is_some(), assigned.is_empty()) {
        (_, true) => json!({ "type": "SystemAssigned" }),
        (true, false) => json!({ "type": "UserAssigned", "userAssignedIdentities": assigned }),
        (false, false) => {
            json!({ "type": "SystemAssigned,UserAssigned", "userAssignedIdentities": assigned })
        }
    }
}

fn encryption(environment: &Environment) -> Option<Value> {
    let key = environment.customer_key.as_ref()?;
    let mut encryption = json!({
        "status": "Enabled",
        "keyVaultProperties": { "keyVaultArmId": key.vault.as_str(), "keyIdentifier": key.key }
    });
    if let Some(id) = key.identity.clone().or_else(|| environment.identity_id()) {
        encryption["identity"] = json!({ "userAssignedIdentity": id.as_str() });
    }
    Some(encryption)
}

fn managed_network(environment: &Environment) -> Value {
    let mut network = json!({ "isolationMode": environment.isolation.as_str() });
    if environment.isolation == Isolation::Public {
        return network;
    }
    let rules: Map<String, Value> =
        environment.rules.iter().map(|(name, rule)| (name.clone(), outbound(rule))).collect();
    network["outboundRules"] = rules.into();
    if environment.has_firewall() {
        network["firewallSku"] = environment.firewall_sku.as_str().into();
    }
    network
}

/// A rule as Azure takes it.
pub(in crate::domain::setup) fn outbound(rule: &Rule) -> Value {
    let (kind, destination) = match rule {
        Rule::Fqdn { destination } => ("FQDN", Value::from(destination.as_str())),
        Rule::ServiceTag { service_tag, protocol, ports } => {
            ("ServiceTag", json!({ "serviceTag": service_tag, "protocol": protocol, "portRanges": ports }))
        }
        Rule::PrivateEndpoint { resource, subresource, spark } => (
            "PrivateEndpoint",
            json!({ "serviceResourceId": resource, "subresourceTarget": subresource, "sparkEnabled": spark }),
        ),
    };
    json!({ "type": kind, "category": "UserDefined", "destination": destination })
}

/// The name of a role assignment: it follows from who gets what where, so that a second run makes no second one.
#[must_use]
pub(in super::super) fn assignment_name(scope: &ArmId, principal: &str, role: &str) -> String {
    stable_guid(&format!("{scope}|{principal}|{role}")).hyphenated().to_string()
}

/// What tells a principal apart from all others.
pub(in super::super) fn principal_key(environment: &Environment, principal: &Principal) -> String {
    match principal {
        Principal::Known { id, .. } => id.clone(),
        // The system-assigned one is the workspace's.
        Principal::OwnIdentity => {
            environment.identity_id().unwrap_or_else(|| environment.workspace_id()).to_string()
        }
    }
}

/// A role assignment; `None` where its scope is in another group, which takes a step of its own.
fn assignment(environment: &Environment, grant: &Grant, there: &[Expression]) -> Option<Resource> {
    let scope = environment.place(grant.place)?;
    let group = environment.group_id();
    if !group.contains(&scope) {
        return None;
    }
    let (principal, kind) = match &grant.principal {
        Principal::Known { kind, id, .. } => (Value::from(id.as_str()), kind.as_str()),
        Principal::OwnIdentity => (own_principal(environment)?.to_string().into(), "ServicePrincipal"),
    };
    let name = assignment_name(&scope, &principal_key(environment, &grant.principal), &grant.role.guid);
    let mut body = json!({ "properties": {
        "principalId": principal, "principalType": kind,
        "roleDefinitionId": Expression::Role(grant.role.guid.clone()).to_string()
    }});
    let mut after = Vec::new();
    if scope != group {
        let target = Expression::id(&scope.resource_type()?, scope.name());
        after.extend(there.iter().filter(|made| **made == target).cloned());
        body["scope"] = target.to_string().into();
    }
    if let (Principal::OwnIdentity, OwnIdentity::New(name)) = (&grant.principal, &environment.identity) {
        after.push(Expression::id(IDENTITIES, name));
    }
    Some(Resource::new(ASSIGNMENTS, versions::AUTHORIZATION, &name, body).after(after))
}

fn own_principal(environment: &Environment) -> Option<Expression> {
    let version = versions::MANAGED_IDENTITY.to_owned();
    match &environment.identity {
        OwnIdentity::System => None,
        OwnIdentity::New(name) => {
            Some(Expression::Principal { kind: IDENTITIES.to_owned(), name: name.clone(), version })
        }
        OwnIdentity::Existing(id) => Some(Expression::PrincipalOf { id: id.clone(), version }),
    }
}

/// The id of a role assignment of this template.
fn assignment_id(assignment: &Resource) -> Expression {
    match assignment.body.get("scope").and_then(Value::as_str).and_then(Expression::read) {
        Some(Ok(Expression::Id { kind, name })) => {
            Expression::AssignmentId { kind, name, assignment: assignment.name.clone() }
        }
        _ => assignment.reference(),
    }
}
