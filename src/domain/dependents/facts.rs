//! What each kind of dependent says about itself: a short list for the pane, a long one for the zoomed.

use crate::azure::resources::app_insights::AppInsights;
use crate::azure::resources::common::{Exposed, NetworkRules, ProvisioningState, PublicNetworkAccess};
use crate::azure::resources::container_registry::ContainerRegistry;
use crate::azure::resources::key_vault::KeyVault;
use crate::azure::resources::log_analytics::LogAnalytics;
use crate::azure::resources::managed_identity::ManagedIdentity;
use crate::azure::resources::private_endpoint_connection::{PrivateEndpointConnection, approved};
use crate::azure::resources::storage_account::StorageAccount;
use crate::azure::resources::workspace::Workspace;
use crate::domain::dependents::{Dependent, Link};
use crate::domain::fact::{Fact, Tone, count};
use crate::domain::lookup::Lookup;
use crate::domain::opened::DependentResource;

/// What to say about a dependent: a few facts, or all of them when `long`. One that could not be read
/// says why; one that a workspace need not have says nothing.
#[must_use]
pub fn facts(dependent: &Dependent<'_>, long: bool) -> Vec<Fact> {
    let mut facts = match &dependent.link {
        Link::To { state: Lookup::Found(resource), .. } => state_facts(resource, long),
        Link::To { state, .. } => {
            let tone = match state {
                Lookup::Gone => Tone::Bad,
                Lookup::Failed(_) => Tone::Warn,
                _ => Tone::Muted,
            };
            vec![Fact::new("State", state.absence().unwrap_or_default(), tone)]
        }
        Link::Absent(_) => Vec::new(),
        Link::Missing(why) => vec![Fact::new("State", *why, Tone::Warn)],
        Link::Unknown(why) => vec![Fact::new("State", why.clone(), Tone::Muted)],
    };
    if dependent.inherited {
        facts.push(Fact::new("From", "hub", Tone::Muted));
    }
    if let Some(subscription) = &dependent.elsewhere {
        let value =
            if long { format!("another one: {subscription}") } else { "other subscription".to_owned() };
        facts.push(Fact::new("Subscription", value, Tone::Plain));
    }
    facts
}

/// What a resource that was read says about itself.
#[must_use]
pub fn state_facts(resource: &DependentResource, long: bool) -> Vec<Fact> {
    match resource {
        DependentResource::Storage(account) => storage(account, long),
        DependentResource::Vault(vault) => key_vault(vault, long),
        DependentResource::Insights(component) => insights(component, long),
        DependentResource::LogAnalytics(logs) => log_analytics(logs, long),
        DependentResource::Registry(found) => registry(found, long),
        DependentResource::Identity(found) => identity(found, long),
        DependentResource::Hub(found) => hub(found, long),
    }
}

fn storage(account: &StorageAccount, long: bool) -> Vec<Fact> {
    let properties = &account.properties;
    let keys = if account.keys_work() {
        Fact::plain("Shared key", if long { "on" } else { "key on" })
    } else {
        Fact::new("Shared key", if long { "off" } else { "key off" }, Tone::Good)
    };
    let redundancy_tone = if account.is_locally_redundant() { Tone::Warn } else { Tone::Plain };
    let mut facts = vec![
        Fact::new("Redundancy", account.redundancy().unwrap_or("?"), redundancy_tone),
        keys,
        reach(&account.public_network_access(), properties.network_acls.as_ref()),
    ];
    facts.extend(endpoints(&properties.private_endpoint_connections));
    if long {
        facts.push(Fact::maybe("SKU", account.sku_name()));
        facts.push(Fact::maybe("Kind", account.kind.as_deref()));
        facts.push(Fact::plain("Region", account.location.clone()));
        facts.push(Fact::maybe("Access tier", properties.access_tier.as_deref()));
        facts.push(Fact::plain(
            "Firewall",
            firewall(&account.public_network_access(), properties.network_acls.as_ref()),
        ));
        let anonymous = properties.allow_blob_public_access;
        let tone = if anonymous == Some(true) { Tone::Warn } else { Tone::Plain };
        facts.push(Fact::new("Public containers", allowed(anonymous), tone));
        facts.push(Fact::maybe("Minimum TLS", properties.minimum_tls_version.as_deref()));
        facts.push(Fact::plain("Hierarchical namespace", on_off(properties.is_hns_enabled)));
        let key_source = properties.encryption.as_ref().and_then(|e| e.key_source.as_deref());
        facts.push(Fact::maybe("Encryption key", key_source));
        facts.extend(each_endpoint(&properties.private_endpoint_connections));
        facts.extend(state(properties.provisioning_state.as_deref()));
    }
    facts
}

fn key_vault(vault: &KeyVault, long: bool) -> Vec<Fact> {
    let properties = &vault.properties;
    let policies = properties.access_policies.len();
    let access = if vault.uses_rbac() {
        Fact::new("Access", "RBAC", Tone::Good)
    } else {
        Fact::plain("Access", count(policies, "policy", "policies"))
    };
    let mut facts = vec![access, reach(&vault.public_network_access(), properties.network_acls.as_ref())];
    facts.extend(endpoints(&properties.private_endpoint_connections));
    if !vault.has_purge_protection() {
        facts.push(Fact::new("Purge protection", "purge prot. off", Tone::Plain));
    }
    if long {
        facts.retain(|fact| fact.label != "Purge protection");
        let purge = if vault.has_purge_protection() { ("on", Tone::Good) } else { ("off", Tone::Warn) };
        facts.push(Fact::new("Purge protection", purge.0, purge.1));
        let soft = match (properties.enable_soft_delete, properties.soft_delete_retention_in_days) {
            (Some(false), _) => Fact::new("Soft delete", "off", Tone::Warn),
            (_, Some(days)) => Fact::plain("Soft delete", format!("{days} days")),
            // Azure keeps deleted vaults 90 days when nobody said otherwise.
            (_, None) => Fact::plain("Soft delete", "90 days, by default"),
        };
        facts.push(soft);
        facts.push(Fact::maybe("SKU", properties.sku.as_ref().and_then(|s| s.name.as_deref())));
        facts.push(Fact::plain("Region", vault.location.clone()));
        facts.push(Fact::plain(
            "Firewall",
            firewall(&vault.public_network_access(), properties.network_acls.as_ref()),
        ));
        facts.push(Fact::maybe("Address", properties.vault_uri.as_deref()));
        facts.extend(each_endpoint(&properties.private_endpoint_connections));
        facts.extend(state(properties.provisioning_state.as_deref()));
    }
    facts
}

fn insights(component: &AppInsights, long: bool) -> Vec<Fact> {
    let properties = &component.properties;
    let mut facts = vec![match &properties.workspace_resource_id {
        Some(logs) => Fact::plain("Logs", logs.name()),
        None => Fact::new("Logs", "classic, retired by Azure", Tone::Warn),
    }];
    if long {
        facts.push(Fact::plain("Region", component.location.clone()));
        facts.push(Fact::maybe("Retention", properties.retention_in_days.map(|days| format!("{days} days"))));
        facts.push(Fact::maybe("Ingestion mode", properties.ingestion_mode.as_deref()));
        facts.push(access("Public ingestion", properties.public_network_access_for_ingestion.as_ref()));
        facts.push(access("Public query", properties.public_network_access_for_query.as_ref()));
        facts.push(Fact::plain(
            "Local sign-in",
            if properties.disable_local_auth == Some(true) { "off" } else { "on" },
        ));
        facts.extend(state(properties.provisioning_state.as_deref()));
    }
    facts
}

fn log_analytics(logs: &LogAnalytics, long: bool) -> Vec<Fact> {
    let properties = &logs.properties;
    let mut facts =
        vec![Fact::maybe("Retention", properties.retention_in_days.map(|days| format!("{days} days")))];
    if long {
        facts.push(Fact::maybe("SKU", properties.sku.as_ref().and_then(|s| s.name.as_deref())));
        facts.push(Fact::plain("Region", logs.location.clone()));
        let cap =
            properties.workspace_capping.as_ref().and_then(|c| c.daily_quota_gb).filter(|gb| *gb >= 0.0);
        facts.push(Fact::plain("Daily cap", cap.map_or("none".to_owned(), |gb| format!("{gb} GB"))));
        facts.push(access("Public ingestion", properties.public_network_access_for_ingestion.as_ref()));
        facts.push(access("Public query", properties.public_network_access_for_query.as_ref()));
        facts.extend(state(properties.provisioning_state.as_deref()));
    }
    facts
}

fn registry(registry: &ContainerRegistry, long: bool) -> Vec<Fact> {
    let properties = &registry.properties;
    let mut facts = vec![Fact::maybe("SKU", registry.sku_name())];
    if registry.admin_user() {
        facts.push(Fact::new("Admin user", "admin on", Tone::Warn));
    }
    facts.push(reach(&registry.public_network_access(), properties.network_rule_set.as_ref()));
    facts.extend(endpoints(&properties.private_endpoint_connections));
    if long {
        if !registry.admin_user() {
            facts.push(Fact::new("Admin user", "off", Tone::Good));
        }
        let anonymous = properties.anonymous_pull_enabled;
        let tone = if anonymous == Some(true) { Tone::Bad } else { Tone::Plain };
        facts.push(Fact::new("Anonymous pull", on_off(anonymous), tone));
        facts.push(Fact::plain("Region", registry.location.clone()));
        facts.push(Fact::maybe("Login server", properties.login_server.as_deref()));
        facts.push(Fact::maybe("Zone redundancy", properties.zone_redundancy.as_deref()));
        facts.extend(each_endpoint(&properties.private_endpoint_connections));
        facts.extend(state(properties.provisioning_state.as_deref()));
    }
    facts
}

fn identity(identity: &ManagedIdentity, long: bool) -> Vec<Fact> {
    if !long {
        return vec![Fact::plain("Kind", "user-assigned")];
    }
    vec![
        Fact::plain("Kind", "user-assigned"),
        Fact::maybe("Principal", identity.properties.principal_id.as_deref()),
        Fact::maybe("Client", identity.properties.client_id.as_deref()),
        Fact::plain("Region", identity.location.clone()),
    ]
}

fn hub(hub: &Workspace, long: bool) -> Vec<Fact> {
    let mut facts = vec![
        state(hub.properties.provisioning_state.as_ref().map(ProvisioningState::as_str))
            .unwrap_or_else(|| Fact::plain("State", "ok")),
    ];
    if long {
        facts.push(Fact::plain("Projects", hub.properties.associated_workspaces.len().to_string()));
        facts.push(Fact::plain("Region", hub.location.clone()));
        facts.push(Fact::plain("Isolation", hub.isolation_mode().to_string()));
    }
    facts
}

/// How the internet reaches it, in a word or two.
fn reach(public: &PublicNetworkAccess, rules: Option<&NetworkRules>) -> Fact {
    let rules = rules.filter(|rules| rules.denies_by_default());
    match (public, rules) {
        (PublicNetworkAccess::Disabled, _) => Fact::new("Public access", "private", Tone::Good),
        (PublicNetworkAccess::SecuredByPerimeter, _) => Fact::new("Public access", "perimeter", Tone::Good),
        (PublicNetworkAccess::Enabled, Some(rules)) if rules.exceptions() == 0 => {
            Fact::new("Public access", "firewall, no rules", Tone::Good)
        }
        (PublicNetworkAccess::Enabled, Some(rules)) => {
            Fact::plain("Public access", count(rules.exceptions(), "rule", "rules"))
        }
        (PublicNetworkAccess::Enabled, None) => Fact::new("Public access", "public", Tone::Warn),
        (PublicNetworkAccess::Other(text), _) => Fact::new("Public access", text.to_string(), Tone::Muted),
    }
}

/// What the firewall does. With public access off nothing comes as far as to it.
fn firewall(access: &PublicNetworkAccess, rules: Option<&NetworkRules>) -> String {
    if *access == PublicNetworkAccess::Disabled {
        return "without effect while public access is off".to_owned();
    }
    let Some(rules) = rules else { return "allows everybody, by default".to_owned() };
    let exceptions = rules.ip_rules.len() + rules.virtual_network_rules.len();
    let mut text = if rules.denies_by_default() && exceptions == 0 {
        "refuses everybody".to_owned()
    } else if rules.denies_by_default() {
        format!(
            "refuses all but {} and {}",
            count(rules.ip_rules.len(), "address range", "address ranges"),
            count(rules.virtual_network_rules.len(), "subnet", "subnets")
        )
    } else {
        "allows everybody".to_owned()
    };
    if let Some(bypass) = rules.bypass.as_deref().filter(|bypass| !bypass.eq_ignore_ascii_case("None")) {
        text.push_str(&format!("; lets through {bypass}"));
    }
    text
}

fn endpoints(connections: &[PrivateEndpointConnection]) -> Option<Fact> {
    let approved = approved(connections);
    match connections.len() {
        0 => None,
        all if all == approved => Some(Fact::new("Private endpoints", format!("PE {all}"), Tone::Good)),
        all => Some(Fact::new("Private endpoints", format!("PE {approved}/{all}"), Tone::Warn)),
    }
}

fn each_endpoint(connections: &[PrivateEndpointConnection]) -> impl Iterator<Item = Fact> + '_ {
    connections.iter().map(|connection| {
        let name = connection.endpoint().map_or("unnamed", |id| id.name());
        let status = connection.status().map_or("unknown", |status| status.as_str());
        let tone = if connection.is_approved() { Tone::Good } else { Tone::Warn };
        Fact::new("Private endpoint", format!("{name}: {status}"), tone)
    })
}

fn access(label: &'static str, access: Option<&PublicNetworkAccess>) -> Fact {
    match access {
        Some(PublicNetworkAccess::Disabled) => Fact::new(label, "off", Tone::Good),
        Some(PublicNetworkAccess::Enabled) | None => Fact::plain(label, "on"),
        Some(other) => Fact::plain(label, other.as_str()),
    }
}

/// A state that is worth saying: everything but success.
fn state(state: Option<&str>) -> Option<Fact> {
    let state = ProvisioningState::parse(state?);
    match state {
        ProvisioningState::Succeeded => None,
        broken if broken.is_broken() => Some(Fact::new("State", broken.as_str(), Tone::Bad)),
        other => Some(Fact::new("State", other.as_str(), Tone::Warn)),
    }
}

fn on_off(flag: Option<bool>) -> &'static str {
    if flag == Some(true) { "on" } else { "off" }
}

fn allowed(flag: Option<bool>) -> &'static str {
    match flag {
        Some(true) => "allowed",
        Some(false) => "forbidden",
        None => "not stated",
    }
}
