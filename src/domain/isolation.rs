//! Network isolation of a workspace, in plain words: what comes in, what goes out, whether the managed
//! network exists, what it costs, what cannot be taken back, and where the dependents undo it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::azure::resources::common::{Exposed, PublicNetworkAccess};
use crate::azure::resources::outbound_rule::{OutboundRuleProperties, RuleCategory, RuleType};
use crate::azure::resources::private_endpoint_connection::PrivateEndpointConnection;
use crate::azure::resources::workspace::{
    FirewallSku, IsolationMode, ManagedNetwork, ManagedNetworkStatus, Workspace,
};
use crate::domain::fact::{Fact, Tone, count};
use crate::domain::lookup::Lookup;
use crate::domain::opened::Opened;

/// The verdict on a workspace's isolation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The mode in one phrase.
    pub headline: String,
    /// How the phrase should strike the eye.
    pub tone: Tone,
    /// What comes in.
    pub inbound: Vec<Fact>,
    /// The managed network.
    pub network: Network,
    /// Outbound rules, counted; or why they are not.
    pub rules: Lookup<RuleCounts>,
    /// What the firewall is and costs; none where there is none.
    pub firewall: Option<String>,
    /// Whether the workspace speaks the old API, which goes past private links.
    pub legacy_mode: bool,
    /// What undoes the isolation, worst first.
    pub warnings: Vec<Warning>,
    /// What cannot be taken back.
    pub one_way_doors: Vec<&'static str>,
}

/// The state of the managed network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Network {
    /// There is none to be.
    None,
    /// It exists.
    Provisioned,
    /// It is configured, but does not exist: nothing is isolated yet.
    NotProvisioned,
    /// It is configured; whether it exists, the service does not say.
    Configured,
}

impl Network {
    /// A few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Provisioned => "active",
            Self::NotProvisioned => "configured, not provisioned",
            Self::Configured => "configured",
        }
    }

    /// How it should strike the eye.
    #[must_use]
    pub fn tone(self) -> Tone {
        match self {
            Self::None | Self::Configured => Tone::Plain,
            Self::Provisioned => Tone::Good,
            Self::NotProvisioned => Tone::Warn,
        }
    }
}

/// Outbound rules, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleCounts {
    /// By why they are there, in the service's words.
    pub by_category: BTreeMap<String, usize>,
    /// By the kind of target, in the service's words.
    pub by_type: BTreeMap<String, usize>,
    /// All of them.
    pub total: usize,
    /// Those that failed.
    pub failed: usize,
}

impl RuleCounts {
    fn of<'a>(rules: impl Iterator<Item = &'a OutboundRuleProperties>) -> Self {
        let mut counts = Self::default();
        for rule in rules {
            counts.total += 1;
            let category = rule.category.as_ref().map_or("Unknown", RuleCategory::as_str);
            *counts.by_category.entry(category.to_owned()).or_default() += 1;
            let kind = rule.rule_type.as_ref().map_or("Unknown", RuleType::as_str);
            *counts.by_type.entry(kind.to_owned()).or_default() += 1;
            counts.failed += usize::from(rule.error_information.is_some());
        }
        counts
    }

    /// In words: `3 required · 4 own`.
    #[must_use]
    pub fn words(&self) -> String {
        let word = |category: &RuleCategory| match category {
            RuleCategory::UserDefined => "own".to_owned(),
            other => other.as_str().to_lowercase(),
        };
        let parts: Vec<String> = self
            .by_category
            .iter()
            .map(|(category, n)| format!("{n} {}", word(&RuleCategory::parse(category))))
            .collect();
        if parts.is_empty() { "none".to_owned() } else { parts.join(" · ") }
    }

    fn fqdn(&self) -> usize {
        self.by_type.get(RuleType::Fqdn.as_str()).copied().unwrap_or(0)
    }
}

/// Something that undoes the isolation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// How bad it is.
    pub tone: Tone,
    /// What it is.
    pub text: String,
}

impl Verdict {
    /// The verdict on what is loaded.
    #[must_use]
    pub fn of(opened: &Opened) -> Self {
        let workspace = &opened.workspace;
        let mode = workspace.isolation_mode();
        // A project is in its hub's managed network; its own body does not say how that is doing.
        let network = network(opened.hub().unwrap_or(workspace), &mode);
        let rules = rules(opened);
        let (headline, tone) = headline(workspace, &mode);
        Self {
            headline,
            tone,
            inbound: inbound(workspace),
            network,
            firewall: firewall(workspace.properties.managed_network.as_ref(), network, &rules),
            rules,
            legacy_mode: workspace.properties.v1_legacy_mode.unwrap_or(false),
            warnings: warnings(opened, &mode, network),
            one_way_doors: one_way_doors(workspace, &mode),
        }
    }

    /// The whole verdict as facts for a pane: the headline's, what comes in, the network, the rules.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let mut facts = vec![Fact::new("Mode", self.headline.clone(), self.tone)];
        facts.push(Fact::new("Managed net", self.network.words(), self.network.tone()));
        facts.extend(self.inbound.iter().cloned());
        match &self.rules {
            Lookup::Found(counts) if counts.total > 0 => {
                facts.push(Fact::plain("Outbound", counts.words()));
            }
            Lookup::Found(_) => {}
            other => {
                facts.push(Fact::new("Outbound", other.absence().unwrap_or_default(), Tone::Muted));
            }
        }
        if let Some(firewall) = &self.firewall {
            facts.push(Fact::plain("Firewall", firewall.clone()));
        }
        if self.legacy_mode {
            facts.push(Fact::new("Legacy mode", "on: goes past private links", Tone::Warn));
        }
        facts
    }
}

fn headline(workspace: &Workspace, mode: &IsolationMode) -> (String, Tone) {
    let private_in = workspace.public_network_access() == PublicNetworkAccess::Disabled;
    let (text, tone) = match mode {
        IsolationMode::Disabled if private_in => ("Private inbound, no managed network", Tone::Plain),
        IsolationMode::Disabled => ("Public", Tone::Plain),
        IsolationMode::AllowInternetOutbound => ("Private with Internet Outbound", Tone::Good),
        IsolationMode::AllowOnlyApprovedOutbound => ("Private with Approved Outbound", Tone::Good),
        IsolationMode::Other(text) => return (format!("{text} (not known to this version)"), Tone::Muted),
    };
    (text.to_owned(), tone)
}

fn network(workspace: &Workspace, mode: &IsolationMode) -> Network {
    match (mode.is_managed(), workspace.managed_network_status()) {
        (false, _) => Network::None,
        (true, Some(ManagedNetworkStatus::Active)) => Network::Provisioned,
        (true, Some(ManagedNetworkStatus::Inactive)) => Network::NotProvisioned,
        (true, _) => Network::Configured,
    }
}

fn inbound(workspace: &Workspace) -> Vec<Fact> {
    let connections = &workspace.properties.private_endpoint_connections;
    let public = match (workspace.public_network_access(), workspace.selected_addresses()) {
        (PublicNetworkAccess::Disabled, _) => Fact::new("Public access", "off", Tone::Good),
        (PublicNetworkAccess::SecuredByPerimeter, _) => {
            Fact::new("Public access", "by network security perimeter", Tone::Good)
        }
        (PublicNetworkAccess::Enabled, Some(n)) => {
            Fact::plain("Public access", format!("selected: {}", count(n, "address range", "address ranges")))
        }
        (PublicNetworkAccess::Enabled, None) => Fact::plain("Public access", "on, from everywhere"),
        (PublicNetworkAccess::Other(text), _) => Fact::new("Public access", text.to_string(), Tone::Muted),
    };
    let endpoints = if connections.is_empty() {
        let closed = workspace.public_network_access() == PublicNetworkAccess::Disabled;
        Fact::new("Endpoints", "none", if closed { Tone::Warn } else { Tone::Plain })
    } else {
        let approved = connections.iter().filter(|c| c.is_approved()).count();
        let tone = if approved == connections.len() { Tone::Good } else { Tone::Warn };
        Fact::new("Endpoints", format!("{approved}/{} approved", connections.len()), tone)
    };
    vec![public, endpoints]
}

fn rules(opened: &Opened) -> Lookup<RuleCounts> {
    match &opened.rules {
        // The list may not have been asked for yet, but the workspace's own body has the rules too.
        Lookup::Pending => match &opened.workspace.properties.managed_network {
            Some(network) if !network.outbound_rules.is_empty() => {
                Lookup::Found(RuleCounts::of(network.outbound_rules.values()))
            }
            _ => Lookup::Pending,
        },
        other => other.by(|rules| RuleCounts::of(rules.iter().map(|rule| &rule.properties))),
    }
}

/// Azure makes a firewall, and bills it, only for rules that name hosts.
fn firewall(
    managed: Option<&ManagedNetwork>,
    network: Network,
    rules: &Lookup<RuleCounts>,
) -> Option<String> {
    let managed = managed?;
    if managed.isolation_mode != Some(IsolationMode::AllowOnlyApprovedOutbound) {
        return None;
    }
    let rules = match rules {
        Lookup::Found(counts) => counts.fqdn(),
        Lookup::Pending => return None,
        _ => return Some("not known: the outbound rules were not read".to_owned()),
    };
    if rules == 0 {
        return Some("none: no host name rules, so no cost".to_owned());
    }
    let sku = managed.firewall_sku.as_ref().map_or("Standard", FirewallSku::as_str);
    let since = if network == Network::NotProvisioned { " once it is provisioned" } else { "" };
    let rules = count(rules, "host name rule", "host name rules");
    Some(format!("{sku}, billed by the hour{since}, for {rules}"))
}

fn warnings(opened: &Opened, mode: &IsolationMode, network: Network) -> Vec<Warning> {
    let workspace = &opened.workspace;
    let mut warnings = Vec::new();
    let mut warn = |tone, text: String| warnings.push(Warning { tone, text });
    let isolated = mode.is_managed() || workspace.public_network_access() == PublicNetworkAccess::Disabled;
    if isolated {
        if opened.storage().found().is_some_and(|s| s.is_open_to_internet()) {
            warn(Tone::Bad, "storage is open to the internet".to_owned());
        }
        if opened.vault().found().is_some_and(|v| v.is_open_to_internet()) {
            warn(Tone::Bad, "key vault is open to the internet".to_owned());
        }
        if opened.registry().found().is_some_and(|r| r.is_open_to_internet()) {
            warn(Tone::Bad, "registry is open to the internet".to_owned());
        }
        let unread = [
            ("storage", is_unread(&opened.storage())),
            ("key vault", is_unread(&opened.vault())),
            ("registry", is_unread(&opened.registry())),
        ];
        let unread: Vec<&str> =
            unread.into_iter().filter_map(|(name, unread)| unread.then_some(name)).collect();
        if !unread.is_empty() {
            let what = unread.join(" and ");
            warn(Tone::Muted, format!("whether {what} can be reached from the internet was not read"));
        }
    }
    if network == Network::NotProvisioned {
        warn(
            Tone::Warn,
            "the managed network is configured but not provisioned: nothing is isolated yet".to_owned(),
        );
    }
    if mode.is_managed()
        && workspace.public_network_access() == PublicNetworkAccess::Enabled
        && workspace.selected_addresses().is_none()
    {
        let outbound = if network == Network::NotProvisioned { "outbound will be" } else { "outbound is" };
        warn(Tone::Warn, format!("{outbound} isolated, inbound is open to the internet"));
    }
    let connections = &workspace.properties.private_endpoint_connections;
    let closed = workspace.public_network_access() == PublicNetworkAccess::Disabled;
    if closed && !connections.iter().any(PrivateEndpointConnection::is_approved) {
        warn(Tone::Warn, "no public access and no approved private endpoint: nobody can reach it".to_owned());
    }
    let pending = connections.iter().filter(|c| c.is_pending()).count();
    if pending > 0 {
        let words = count(pending, "private endpoint waits", "private endpoints wait");
        warn(Tone::Warn, format!("{words} for approval"));
    }
    if workspace.properties.v1_legacy_mode == Some(true) {
        warn(Tone::Warn, "legacy mode is on: clients of the old API go past private links".to_owned());
    }
    if let Some(failed) = rules(opened).found().map(|r| r.failed).filter(|n| *n > 0) {
        warn(Tone::Warn, format!("{} failed", count(failed, "outbound rule", "outbound rules")));
    }
    warnings.sort_by_key(|warning| std::cmp::Reverse(warning.tone));
    warnings
}

/// Whether something is there that could not be read.
fn is_unread<T>(found: &Lookup<T>) -> bool {
    matches!(found, Lookup::Forbidden { .. } | Lookup::Failed(_))
}

fn one_way_doors(workspace: &Workspace, mode: &IsolationMode) -> Vec<&'static str> {
    let mut doors = Vec::new();
    match mode {
        IsolationMode::Disabled => {
            doors.push("turning a managed network on cannot be taken back");
        }
        IsolationMode::AllowInternetOutbound => {
            doors.push("the managed network cannot be turned off again");
            doors.push("Private with Approved Outbound, once chosen, cannot go back to Internet Outbound");
        }
        IsolationMode::AllowOnlyApprovedOutbound => {
            doors.push("the managed network cannot be turned off again, nor opened to the internet");
        }
        IsolationMode::Other(_) => {}
    }
    let kind = workspace.properties.managed_network.as_ref().and_then(|n| n.managed_network_kind.as_deref());
    if kind.is_some_and(|kind| kind.eq_ignore_ascii_case("V2")) {
        doors.push("network kind V2 cannot go back to V1");
    }
    doors
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::resources::decode;
    use crate::azure::resources::testing::with;
    use crate::domain::opened::DependentResource;
    use serde_json::{Value, json};

    const GROUP: &str = "/subscriptions/s/resourceGroups/g/providers";

    fn opened(properties: Value) -> Opened {
        let base = json!({
            "id": format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/w"),
            "properties": {"storageAccount": format!("{GROUP}/Microsoft.Storage/storageAccounts/st")}
        });
        let mut body = json!({});
        body["properties"] = properties;
        Opened::new(decode("workspace", with(base, body)).unwrap())
    }

    fn with_storage(mut opened: Opened, properties: Value) -> Opened {
        let id = opened.storage_id().unwrap().clone();
        let mut body = json!({ "id": id });
        body["properties"] = properties;
        let storage = DependentResource::decode(&id, body).unwrap().unwrap();
        opened.dependents.insert(id, Lookup::Found(storage));
        opened
    }

    fn texts(verdict: &Verdict) -> Vec<&str> {
        verdict.warnings.iter().map(|w| w.text.as_str()).collect()
    }

    #[test]
    fn a_bare_workspace_is_public_and_the_door_is_named() {
        let verdict = Verdict::of(&opened(json!({})));
        assert_eq!(verdict.headline, "Public");
        assert_eq!(verdict.network, Network::None);
        assert_eq!(verdict.inbound[0].value, "on, from everywhere");
        assert!(verdict.warnings.is_empty(), "public storage beside a public workspace undoes nothing");
        assert_eq!(verdict.one_way_doors, ["turning a managed network on cannot be taken back"]);
    }

    #[test]
    fn configured_is_not_isolated_until_provisioned() {
        let of = |status: Value| {
            Verdict::of(&opened(json!({"publicNetworkAccess": "Disabled",
                "managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound", "status": status}})))
        };
        assert_eq!(of(json!({"status": "Inactive"})).network, Network::NotProvisioned);
        assert!(texts(&of(json!({"status": "Inactive"})))[0].contains("not provisioned"));
        assert_eq!(of(json!({"status": "Active"})).network, Network::Provisioned);
        assert_eq!(of(Value::Null).network, Network::Configured);
    }

    #[test]
    fn an_isolated_workspace_with_open_storage_is_warned_of_first() {
        let private = json!({"publicNetworkAccess": "Disabled",
            "privateEndpointConnections": [{"properties": {"privateLinkServiceConnectionState": {"status": "Pending"}}}]});
        let verdict = Verdict::of(&with_storage(opened(private.clone()), json!({})));
        assert_eq!(
            texts(&verdict),
            [
                "storage is open to the internet",
                "no public access and no approved private endpoint: nobody can reach it",
                "1 private endpoint waits for approval"
            ]
        );
        assert_eq!(verdict.inbound[1].value, "0/1 approved");
        let closed = Verdict::of(&with_storage(opened(private), json!({"publicNetworkAccess": "Disabled"})));
        assert!(!texts(&closed).contains(&"storage is open to the internet"));
    }

    #[test]
    fn rules_are_counted_and_host_names_cost_a_firewall() {
        let network = |kind: &str| {
            json!({"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound", "outboundRules": {
                "a": {"type": kind, "category": "UserDefined", "destination": "pypi.org"},
                "b": {"type": "ServiceTag", "category": "Required"}}}})
        };
        let verdict = Verdict::of(&opened(network("FQDN")));
        assert_eq!(verdict.rules.found().unwrap().words(), "1 required · 1 own");
        assert_eq!(verdict.firewall.as_deref(), Some("Standard, billed by the hour, for 1 host name rule"));
        let none = Verdict::of(&opened(network("PrivateEndpoint")));
        assert_eq!(none.firewall.as_deref(), Some("none: no host name rules, so no cost"));
        let mut forbidden = opened(json!({}));
        forbidden.rules = Lookup::Forbidden { action: "x/read".into() };
        assert!(Verdict::of(&forbidden).facts().iter().any(|f| f.value.contains("x/read")));
        let mut unread = opened(json!({"managedNetwork": {"isolationMode": "AllowOnlyApprovedOutbound"}}));
        unread.rules = Lookup::Forbidden { action: "x/read".into() };
        let said = Verdict::of(&unread).firewall;
        assert_eq!(said.as_deref(), Some("not known: the outbound rules were not read"));
        unread.rules = Lookup::Pending;
        assert_eq!(Verdict::of(&unread).firewall, None, "nothing is said of what is on its way");
    }

    #[test]
    fn selected_addresses_and_legacy_mode_are_said() {
        let verdict = Verdict::of(&opened(json!({"ipAllowlist": ["203.0.113.0/24"], "v1LegacyMode": true})));
        assert_eq!(verdict.inbound[0].value, "selected: 1 address range");
        assert!(verdict.legacy_mode && texts(&verdict)[0].starts_with("legacy mode"));
    }
}
