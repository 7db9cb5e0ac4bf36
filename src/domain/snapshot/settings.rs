//! The settings that a snapshot holds, each as a name and a value that can be compared as texts. What Azure
//! leaves out has its default here, so that a default that is written out later is no difference.

use std::fmt;

use super::{Part, Reading, Setting, Unread};
use crate::azure::arm::id::ArmId;
use crate::azure::resources::app_insights::AppInsights;
use crate::azure::resources::common::{Exposed, Identity, NetworkRules};
use crate::azure::resources::container_registry::ContainerRegistry;
use crate::azure::resources::key_vault::KeyVault;
use crate::azure::resources::private_endpoint_connection::PrivateEndpointConnection;
use crate::azure::resources::storage_account::StorageAccount;
use crate::azure::resources::workspace::Workspace;
use crate::domain::dependents::dependents;
use crate::domain::lookup::Lookup;
use crate::domain::opened::{DependentResource, Opened};
use crate::domain::storage_access::StorageAccess;

/// Settings as they are collected, and what was and was not read for them.
#[derive(Default)]
pub struct Settings {
    /// The settings.
    pub all: Vec<Setting>,
    /// What was read.
    pub read: Vec<Reading>,
    /// What was not.
    pub unread: Vec<Unread>,
}

/// One resource whose settings are collected.
struct Of<'a> {
    to: &'a mut Vec<Setting>,
    resource: ArmId,
}

impl Of<'_> {
    fn put(&mut self, name: impl Into<String>, value: impl fmt::Display) {
        let resource = self.resource.clone();
        self.to.push(Setting { resource, name: name.into(), value: format!("{value}") });
    }

    fn flag(&mut self, name: &str, on: bool) {
        self.put(name, if on { "on" } else { "off" });
    }

    fn maybe(&mut self, name: &str, value: Option<impl ToString>) {
        self.put(name, value.map_or_else(|| "none".to_owned(), |value| value.to_string()));
    }

    fn firewall(&mut self, rules: Option<&NetworkRules>) {
        let none = NetworkRules::default();
        let rules = rules.unwrap_or(&none);
        self.put("networkAcls.defaultAction", if rules.denies_by_default() { "Deny" } else { "Allow" });
        self.maybe("networkAcls.bypass", rules.bypass.as_ref());
        for address in rules.ip_rules.iter().filter_map(|rule| rule.value.as_deref()) {
            self.put(format!("networkAcls.ipRules/{address}"), "Allow");
        }
        for network in rules.virtual_network_rules.iter().filter_map(|rule| rule.id.as_ref()) {
            self.put(format!("networkAcls.virtualNetworkRules/{network}"), "Allow");
        }
    }

    fn endpoints(&mut self, connections: &[PrivateEndpointConnection]) {
        for connection in connections {
            let endpoint = connection.endpoint().map(ArmId::as_str);
            let name = endpoint.or(connection.name.as_deref()).unwrap_or("unnamed");
            let status = connection.status().map_or_else(|| "unknown".to_owned(), ToString::to_string);
            self.put(format!("privateEndpointConnections/{name}"), status);
        }
    }

    fn identity(&mut self, identity: Option<&Identity>) {
        self.put("identity.type", identity.map_or_else(|| "None".to_owned(), Identity::words));
        self.maybe("identity.principalId", identity.and_then(|identity| identity.principal_id.as_ref()));
        for id in identity.into_iter().flat_map(Identity::user_assigned) {
            self.put(format!("identity.userAssignedIdentities/{id}"), "assigned");
        }
    }
}

impl Settings {
    /// The settings of a workspace and of everything that it depends on.
    pub fn of(opened: &Opened, is_read: bool) -> Self {
        let mut settings = Self::default();
        let workspace = &opened.workspace;
        if is_read {
            settings.begin(&workspace.id, |of| of_workspace(of, opened));
        } else {
            settings.lacks(Part::Settings, &workspace.id, "not read");
        }
        let id = workspace.id.clone();
        match &opened.rules {
            Lookup::Found(rules) => {
                settings.reads(Part::OutboundRules, &id);
                let mut of = Of { to: &mut settings.all, resource: id.clone() };
                for rule in rules {
                    let kind = rule.properties.rule_type.as_ref().map_or("rule", |kind| kind.as_str());
                    let value = format!("{kind} {}", rule.properties.target());
                    of.put(format!("outboundRules/{}", rule.name), value);
                }
            }
            other => settings.lacks(Part::OutboundRules, &id, &other.absence().unwrap_or_default()),
        }
        match &opened.locks {
            Lookup::Found(locks) => {
                settings.reads(Part::Locks, &id);
                let mut of = Of { to: &mut settings.all, resource: id.clone() };
                for lock in locks {
                    of.put(
                        format!("locks/{}", lock.name),
                        lock.properties.level.as_ref().map_or("unknown", |level| level.as_str()),
                    );
                }
            }
            other => settings.lacks(Part::Locks, &id, &other.absence().unwrap_or_default()),
        }
        let mut ids: Vec<ArmId> = dependents(opened).iter().filter_map(|d| d.id().cloned()).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            match opened.dependent(&id) {
                Lookup::Found(resource) => settings.begin(&id, |of| of_dependent(of, resource)),
                Lookup::Gone => settings.begin(&id, |of| of.put("exists", "no")),
                other => settings.lacks(Part::Settings, &id, &other.absence().unwrap_or_default()),
            }
        }
        settings.all.sort();
        settings.all.dedup();
        settings
    }

    fn begin(&mut self, id: &ArmId, collect: impl FnOnce(&mut Of<'_>)) {
        self.reads(Part::Settings, id);
        collect(&mut Of { to: &mut self.all, resource: id.clone() });
    }

    fn reads(&mut self, part: Part, scope: &ArmId) {
        self.read.push(Reading { part, scope: scope.clone() });
    }

    fn lacks(&mut self, part: Part, scope: &ArmId, why: &str) {
        self.unread.push(Unread { part, scope: scope.clone(), why: why.to_owned() });
    }
}

fn of_workspace(of: &mut Of<'_>, opened: &Opened) {
    let workspace: &Workspace = &opened.workspace;
    let properties = &workspace.properties;
    of.put("exists", "yes");
    of.put("publicNetworkAccess", workspace.public_network_access());
    of.firewall(properties.network_acls.as_ref());
    for address in &properties.ip_allowlist {
        of.put(format!("ipAllowlist/{address}"), "Allow");
    }
    of.put("managedNetwork.isolationMode", workspace.isolation_mode());
    of.maybe("managedNetwork.status", workspace.managed_network_status());
    of.put("systemDatastoresAuthMode", StorageAccess::of(workspace, &Lookup::Pending).mode);
    of.flag("v1LegacyMode", properties.v1_legacy_mode.unwrap_or(false));
    of.flag("hbiWorkspace", properties.hbi_workspace.unwrap_or(false));
    of.flag("encryption.customerManagedKey", workspace.has_customer_key());
    of.identity(workspace.identity.as_ref());
    of.maybe("primaryUserAssignedIdentity", properties.primary_user_assigned_identity.as_ref());
    for (name, id) in [
        ("storageAccount", opened.storage_id()),
        ("keyVault", opened.vault_id()),
        ("applicationInsights", opened.insights_id()),
        ("containerRegistry", opened.registry_id()),
        ("hubResourceId", properties.hub_resource_id.as_ref()),
    ] {
        of.maybe(name, id);
    }
    of.endpoints(&properties.private_endpoint_connections);
    for (name, value) in &workspace.tags {
        of.put(format!("tags/{name}"), value);
    }
}

fn of_dependent(of: &mut Of<'_>, resource: &DependentResource) {
    of.put("exists", "yes");
    match resource {
        DependentResource::Storage(account) => of_storage(of, account),
        DependentResource::Vault(vault) => of_vault(of, vault),
        DependentResource::Registry(registry) => of_registry(of, registry),
        DependentResource::Insights(insights) => of_insights(of, insights),
        DependentResource::Identity(identity) => {
            of.maybe("principalId", identity.properties.principal_id.as_ref());
        }
        DependentResource::Hub(hub) => {
            of.put("publicNetworkAccess", hub.public_network_access());
            of.put("managedNetwork.isolationMode", hub.isolation_mode());
        }
        // Its retention and its cap are no matter of access.
        DependentResource::LogAnalytics(_) => {}
    }
}

fn of_storage(of: &mut Of<'_>, account: &StorageAccount) {
    let properties = &account.properties;
    of.flag("allowSharedKeyAccess", account.keys_work());
    of.put("publicNetworkAccess", account.public_network_access());
    of.firewall(properties.network_acls.as_ref());
    of.flag("allowBlobPublicAccess", properties.allow_blob_public_access.unwrap_or(false));
    of.maybe("minimumTlsVersion", properties.minimum_tls_version.as_ref());
    of.maybe("sku.name", account.sku_name());
    of.endpoints(&properties.private_endpoint_connections);
}

fn of_vault(of: &mut Of<'_>, vault: &KeyVault) {
    let properties = &vault.properties;
    of.flag("enableRbacAuthorization", vault.uses_rbac());
    of.put("publicNetworkAccess", vault.public_network_access());
    of.firewall(properties.network_acls.as_ref());
    of.flag("enablePurgeProtection", vault.has_purge_protection());
    of.endpoints(&properties.private_endpoint_connections);
    for policy in &properties.access_policies {
        let given = &policy.permissions;
        let list = |what: &str, verbs: &[String]| {
            let mut verbs: Vec<String> = verbs.iter().map(|verb| verb.to_ascii_lowercase()).collect();
            verbs.sort_unstable();
            if verbs.is_empty() { String::new() } else { format!("{what} {}", verbs.join(" ")) }
        };
        let parts = [
            list("keys:", &given.keys),
            list("secrets:", &given.secrets),
            list("certificates:", &given.certificates),
            list("storage:", &given.storage),
        ];
        let said: Vec<&str> = parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        let whom = policy.object_id.as_deref().unwrap_or("unnamed");
        of.put(format!("accessPolicies/{whom}"), said.join("; "));
    }
}

fn of_registry(of: &mut Of<'_>, registry: &ContainerRegistry) {
    let properties = &registry.properties;
    of.flag("adminUserEnabled", registry.admin_user());
    of.flag("anonymousPullEnabled", properties.anonymous_pull_enabled.unwrap_or(false));
    of.put("publicNetworkAccess", registry.public_network_access());
    of.firewall(properties.network_rule_set.as_ref());
    of.maybe("sku.name", registry.sku_name());
    of.endpoints(&properties.private_endpoint_connections);
}

fn of_insights(of: &mut Of<'_>, insights: &AppInsights) {
    let properties = &insights.properties;
    let open = |access: Option<&_>| access.map_or_else(|| "Enabled".to_owned(), ToString::to_string);
    of.put("publicNetworkAccessForIngestion", open(properties.public_network_access_for_ingestion.as_ref()));
    of.put("publicNetworkAccessForQuery", open(properties.public_network_access_for_query.as_ref()));
    of.flag("disableLocalAuth", properties.disable_local_auth.unwrap_or(false));
    of.maybe("WorkspaceResourceId", properties.workspace_resource_id.as_ref());
}
