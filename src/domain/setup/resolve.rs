//! From a plan file to environments with everything decided, and all that is to be said about them.

use std::collections::BTreeMap;

use super::check;
use super::environment::{
    CustomerKey, Dependent, Environment, IDENTITIES, INSIGHTS, Inbound, LOG_ANALYTICS, OwnIdentity,
    REGISTRIES, STORAGE, SUBNETS, VAULTS, WORKSPACES, Zones,
};
use super::finding::{Finding, Findings, Level};
use super::names::{Derived, Named};
use super::people::{self, Directory};
use super::regions;
use super::spec::{Choices, Isolation, Kind, Layout, PlanFile, Rule, StorageAccess};
use crate::azure::arm::id::ArmId;
use crate::domain::alike::nearest;
use crate::domain::personas::Stage;

/// A set of environments, and what is to be said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SetUp {
    /// The environments, in the order in which they are made.
    pub environments: Vec<Environment>,
    /// What is to be said, the gravest first.
    pub findings: Vec<Finding>,
}

impl SetUp {
    /// Works out a plan file. `directory` holds the object ids of principals given by name.
    #[must_use]
    pub fn of(file: &PlanFile, directory: &Directory) -> Self {
        let mut found = Findings::default();
        let names = names_of(file, &mut found);
        let mut environments = Vec::new();
        for name in &names {
            found.about(Some(name));
            environments.push(environment(file, name, &names, directory, &mut found));
        }
        for environment in &environments {
            found.about(Some(&environment.name));
            check::environment(environment, &mut found);
        }
        found.about(None);
        check::set(&environments, &mut found);
        let mut findings = found.all;
        findings.sort_by_key(|finding| finding.level);
        Self { environments, findings }
    }

    /// What keeps it from being made.
    pub fn refusals(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.level == Level::Refused)
    }
}

/// The names of the environments; says what is wrong with them.
fn names_of(file: &PlanFile, found: &mut Findings) -> Vec<String> {
    let names = file.environment_names();
    if names.is_empty() {
        found.refuse("environments", "this layout has a workspace for each team or project: name them, such as environments = ['fraud', 'churn']");
    }
    let expected = file.layout.environments().len();
    if file.layout != Layout::Each && names.len() != expected {
        found.refuse(
            "environments",
            format!("this layout has {expected} environments, and {} are named", names.len()),
        );
    }
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || name.len() > 20
        {
            found.refuse(
                "environments",
                format!("'{name}' cannot name an environment: 1 to 20 letters, digits and -"),
            );
        }
        if names[..at].contains(name) {
            found.refuse("environments", format!("'{name}' is named twice"));
        }
    }
    for name in file.differences.keys().filter(|name| !names.contains(name)) {
        let near = nearest(name, names.iter().map(String::as_str));
        let near = near.map_or_else(String::new, |near| format!("; did you mean [env.{near}]?"));
        found.refuse(
            &format!("env.{name}"),
            format!("there is no environment '{name}', but {}{near}", names.join(", ")),
        );
    }
    names
}

/// Fills the patterns of texts, and says which it does not know.
struct Patterns<'a> {
    name: &'a str,
    environment: &'a str,
}

impl Patterns<'_> {
    fn fill(&self, key: &str, text: &str, found: &mut Findings) -> String {
        let filled = text.replace("{name}", self.name).replace("{env}", self.environment);
        if text.contains("{name}") && self.name.is_empty() {
            found.refuse(
                "name",
                format!("{key} is '{text}', and `name` is not given: a short one, such as name = 'churn'"),
            );
        }
        if let Some(at) = filled.find('{') {
            let rest = &filled[at..];
            let pattern = rest.find('}').map_or(rest, |end| &rest[..=end]);
            found.refuse(key, format!("'{pattern}' is no pattern: {{name}} and {{env}} are"));
        }
        filled
    }
}

/// Reads an id of one type.
fn id_of(key: &str, text: &str, kind: &str, found: &mut Findings) -> Option<ArmId> {
    let is = |id: &ArmId| {
        id.is_type(kind)
            && id.subscription_id().is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
            && id.resource_group().is_some()
    };
    match ArmId::parse(text) {
        Ok(id) if is(&id) => Some(id),
        Ok(id) => {
            let read = id.resource_type().unwrap_or_else(|| "nothing that is known".to_owned());
            let told = if id.is_type(kind) {
                "its subscription is no GUID, or its resource group is missing".to_owned()
            } else {
                format!("it is the id of {read}")
            };
            found.refuse(key, format!("'{text}' is not the id of a {kind}: {told}"));
            None
        }
        Err(_) => {
            found.refuse(
                key,
                format!(
                    "'{text}' is not an id: it begins with /subscriptions/{{id}}/resourceGroups/{{group}}/providers/{kind}/"
                ),
            );
            None
        }
    }
}

/// Reads `new`, a name or an id.
fn dependent(
    key: &str,
    text: &str,
    (what, kind): (Named, &str),
    derived: &Derived,
    absent: Option<&str>,
    found: &mut Findings,
) -> Dependent {
    match text {
        "new" | "" => Dependent::New(derived.name(what)),
        word if absent == Some(word) => Dependent::Absent,
        "none" | "on-first-use" => {
            let can = absent.map_or_else(String::new, |word| format!(" '{word}',"));
            found.refuse(
                key,
                format!(
                    "'{text}' is not among the choices of a {}:{can} 'new', a name or an id",
                    what.words()
                ),
            );
            Dependent::Absent
        }
        id if id.contains('/') => id_of(key, id, kind, found).map_or(Dependent::Absent, Dependent::Existing),
        name => {
            if let Err(problem) = what.check(name) {
                found.refuse(key, problem);
            }
            Dependent::New(name.to_owned())
        }
    }
}

fn environment(
    file: &PlanFile,
    name: &str,
    names: &[String],
    directory: &Directory,
    found: &mut Findings,
) -> Environment {
    let choices = file.choices(name);
    let patterns = Patterns { name: &file.name, environment: name };
    let Choices { basics, dependents, network, identity, encryption, budget } = &choices;
    let or = |text: &str, else_: &str| {
        let alone = else_.strip_suffix("-{env}").filter(|_| file.layout == Layout::One);
        if text.is_empty() { alone.unwrap_or(else_).to_owned() } else { text.to_owned() }
    };
    let group = patterns.fill("basics.resource_group", &or(&basics.resource_group, "rg-{name}-{env}"), found);
    let workspace = patterns.fill("basics.workspace", &or(&basics.workspace, "mlw-{name}-{env}"), found);
    let region = regions::short_name(&basics.region);
    let stage = basics.stage.or_else(|| Stage::guess(name)).unwrap_or(Stage::Development);
    let derived = Derived::of(&ArmId::group(&basics.subscription, &group), &workspace);
    let mut fill = |key: &str, text: &str| patterns.fill(key, text, found);

    let friendly_name = fill("basics.friendly_name", &basics.friendly_name);
    let description = fill("basics.description", &basics.description);
    let tags: BTreeMap<String, String> = basics
        .tags
        .iter()
        .map(|(key, value)| (key.clone(), fill(&format!("basics.tags.{key}"), value)))
        .collect();
    let texts: Vec<String> = [
        ("dependents.storage", &dependents.storage),
        ("dependents.key_vault", &dependents.key_vault),
        ("dependents.application_insights", &dependents.application_insights),
        ("dependents.log_analytics", &dependents.log_analytics),
        ("dependents.container_registry", &dependents.container_registry),
        ("identity.workspace", &identity.workspace),
        ("network.endpoints.resource_group", &network.endpoints.resource_group),
    ]
    .into_iter()
    .map(|(key, text)| fill(key, text))
    .collect();

    let project = basics.kind == Kind::Project;
    let hub = match (project, basics.hub.as_str()) {
        (false, "") => None,
        (true, "") => {
            found.refuse("basics.hub", "a project belongs to a hub: give the hub's id");
            None
        }
        (true, hub) => id_of("basics.hub", hub, WORKSPACES, found),
        (false, _) => {
            found.refuse(
                "basics.hub",
                format!("only a project has a hub, and the kind is {}", basics.kind.as_str()),
            );
            None
        }
    };
    let mut one = |at: usize, key: &str, what: Named, kind: &str, absent: Option<&str>| {
        if project {
            Dependent::Absent
        } else {
            dependent(key, &texts[at], (what, kind), &derived, absent, found)
        }
    };
    let storage = one(0, "dependents.storage", Named::Storage, STORAGE, None);
    let key_vault = one(1, "dependents.key_vault", Named::KeyVault, VAULTS, None);
    let insights = one(2, "dependents.application_insights", Named::Insights, INSIGHTS, Some("none"));
    let log_analytics = if insights.is_new() {
        one(3, "dependents.log_analytics", Named::LogAnalytics, LOG_ANALYTICS, None)
    } else {
        Dependent::Absent
    };
    let registry = one(4, "dependents.container_registry", Named::Registry, REGISTRIES, Some("on-first-use"));
    let own = own_identity(&texts[5], &derived, found);
    let inbound = inbound(&choices, &basics.subscription, &group, &region, &texts[6], found);
    let mut rules: BTreeMap<String, Rule> = network
        .presets
        .iter()
        .flat_map(|preset| preset.rules())
        .map(|(name, host)| ((*name).to_owned(), Rule::Fqdn { destination: (*host).to_owned() }))
        .collect();
    rules.extend(network.rules.clone());
    let (mut grants, by_name) = people::grants(&file.people, directory, name, names, stage, found);
    if own != OwnIdentity::System && !project {
        let by_identity = identity.storage_access == StorageAccess::Identity;
        let own =
            people::own_identity(by_identity, insights != Dependent::Absent, registry != Dependent::Absent);
        grants.splice(0..0, own);
    }
    let mut environment = Environment {
        name: name.to_owned(),
        stage,
        subscription: basics.subscription.clone(),
        friendly_name: if friendly_name.is_empty() { workspace.clone() } else { friendly_name },
        group,
        workspace,
        storage_sku: storage_sku(&dependents.storage_sku, &region),
        region,
        kind: basics.kind,
        hub,
        description,
        tags,
        storage,
        key_vault,
        insights,
        log_analytics,
        registry,
        registry_sku: dependents.registry_sku.clone(),
        image_build_compute: dependents.image_build_compute.clone(),
        isolation: if project { Isolation::Public } else { network.isolation },
        public_access: network.public_access,
        firewall_sku: network.firewall_sku,
        provision_now: network.provision_now,
        rules,
        inbound,
        identity: own,
        storage_access: identity.storage_access,
        shared_key_off: identity.shared_key_off,
        customer_key: customer_key(&choices, found),
        high_business_impact: encryption.high_business_impact,
        data_isolation: encryption.data_isolation,
        grants,
        by_name,
        budget: (budget.amount != 0.0).then(|| budget.clone()),
    };
    if environment.registry_sku == "auto" {
        let sku = if environment.registry_needs_endpoints() { "Premium" } else { "Standard" };
        sku.clone_into(&mut environment.registry_sku);
    }
    environment
}

fn storage_sku(text: &str, region: &str) -> String {
    match text {
        "auto" | "" if regions::has_zones(region) => "Standard_ZRS".to_owned(),
        "auto" | "" => "Standard_LRS".to_owned(),
        given => given.to_owned(),
    }
}

fn own_identity(text: &str, derived: &Derived, found: &mut Findings) -> OwnIdentity {
    match text {
        "system" | "" => OwnIdentity::System,
        "new" => OwnIdentity::New(derived.name(Named::Identity)),
        id if id.contains('/') => id_of("identity.workspace", id, IDENTITIES, found)
            .map_or(OwnIdentity::System, OwnIdentity::Existing),
        name => {
            if let Err(problem) = Named::Identity.check(name) {
                found.refuse("identity.workspace", problem);
            }
            OwnIdentity::New(name.to_owned())
        }
    }
}

fn inbound(
    choices: &Choices,
    subscription: &str,
    group: &str,
    region: &str,
    endpoint_group: &str,
    found: &mut Findings,
) -> Option<Inbound> {
    let wished = &choices.network.endpoints;
    if wished.subnet.is_empty() {
        if !endpoint_group.is_empty() {
            found.refuse("network.endpoints.subnet", "private endpoints go into a subnet: give its id");
        }
        return None;
    }
    let subnet = id_of("network.endpoints.subnet", &wished.subnet, SUBNETS, found)?;
    let network_subscription = subnet.subscription_id().unwrap_or_default().to_owned();
    let same = network_subscription.eq_ignore_ascii_case(subscription);
    let named = match endpoint_group {
        "" if same => group,
        "" => subnet.resource_group().unwrap_or_default(),
        named => named,
    };
    if let Err(problem) = Named::ResourceGroup.check(named) {
        found.refuse("network.endpoints.resource_group", problem);
    }
    let zones = match wished.dns_zones.as_str() {
        "new" | "" => Zones::New,
        "none" => Zones::None,
        id => match ArmId::parse(id) {
            Ok(id) if id.is_type("Microsoft.Resources/resourceGroups") => Zones::In(id),
            _ => {
                found.refuse(
                    "network.endpoints.dns_zones",
                    format!("'{id}' is neither 'new' nor 'none' nor the id of the resource group that holds the zones"),
                );
                Zones::None
            }
        },
    };
    let own_region = regions::short_name(&wished.region);
    Some(Inbound {
        group: ArmId::group(&network_subscription, named),
        subnet,
        region: if own_region.is_empty() { region.to_owned() } else { own_region },
        zones,
        dependents: wished.dependents,
    })
}

fn customer_key(choices: &Choices, found: &mut Findings) -> Option<CustomerKey> {
    let wished = &choices.encryption;
    match (wished.key_vault.is_empty(), wished.key.is_empty()) {
        (true, true) => {
            if !wished.identity.is_empty() {
                found.refuse(
                    "encryption.key",
                    "an identity reads a customer's key: give `key_vault` and `key` too",
                );
            }
            None
        }
        (false, false) => {
            let vault = id_of("encryption.key_vault", &wished.key_vault, VAULTS, found)?;
            let identity = (!wished.identity.is_empty())
                .then(|| id_of("encryption.identity", &wished.identity, IDENTITIES, found))
                .flatten();
            Some(CustomerKey { vault, key: wished.key.clone(), identity })
        }
        (true, false) => {
            found.refuse("encryption.key_vault", "a customer's key is in a vault: give the vault's id");
            None
        }
        (false, true) => {
            found.refuse("encryption.key", "a vault alone encrypts nothing: give the key's URI");
            None
        }
    }
}
