//! From a plan file to environments with everything decided, and all that is to be said about them.

use std::collections::BTreeMap;

use super::check;
use super::environment::{Dependent, Environment, OwnIdentity};
use super::finding::{Finding, Findings, Level};
use super::names::Derived;
use super::people::{self, Directory};
use super::references::{self, Dependents};
use super::regions;
use super::spec::{
    self, Basics, Choices, Isolation, Kind, Layout, Network, PlanFile, Preset, Rule, StorageAccess,
};
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
        if let Some(pattern) = in_braces(&filled) {
            found.refuse(key, format!("'{pattern}' is no pattern: {{name}} and {{env}} are"));
        }
        filled
    }

    /// The same of a text for people, in which braces are nothing but braces; what is likely a slip is said.
    fn fill_words(&self, key: &str, text: &str, found: &mut Findings) -> String {
        let mut unused = Findings::default();
        let filled = self.fill(key, text, &mut unused);
        if text.contains("{name}") && self.name.is_empty() {
            self.fill(key, "{name}", found);
        }
        let inner = in_braces(&filled).unwrap_or_default().trim_matches(['{', '}']);
        if let Some(near) = nearest(inner, ["name", "env"].into_iter()).filter(|_| !inner.is_empty()) {
            found.warn(
                key,
                format!("'{{{inner}}}' is no pattern and stays as it is: did you mean {{{near}}}?"),
            );
        }
        filled
    }
}

/// The first braces of a text with what is in them; open ones reach to its end.
fn in_braces(text: &str) -> Option<&str> {
    let rest = &text[text.find('{')?..];
    Some(rest.find('}').map_or(rest, |end| &rest[..=end]))
}

/// What a workspace is called, and where it is: what everything else of an environment goes by.
struct Whereabouts {
    group: String,
    workspace: String,
    region: String,
    stage: Stage,
    /// The names of what is made for it.
    derived: Derived,
}

impl Whereabouts {
    fn of(file: &PlanFile, basics: &Basics, patterns: &Patterns<'_>, found: &mut Findings) -> Self {
        let usual = |usual: &'static str| match file.layout {
            Layout::One => usual.strip_suffix("-{env}").unwrap_or(usual),
            _ => usual,
        };
        let mut name = |key: &str, text: &str, if_empty: &'static str| {
            patterns.fill(key, if text.is_empty() { usual(if_empty) } else { text }, found)
        };
        let group = name("basics.resource_group", &basics.resource_group, "rg-{name}-{env}");
        let workspace = name("basics.workspace", &basics.workspace, "mlw-{name}-{env}");
        let place = file.environment_names().iter().position(|name| name == patterns.environment);
        let guessed = Stage::guess(patterns.environment)
            .or_else(|| file.layout.stage_at(place?))
            .or_else(|| Stage::guess(&workspace))
            .or_else(|| Stage::guess(&group))
            .unwrap_or(Stage::Development);
        Self {
            derived: Derived::of(&ArmId::group(&basics.subscription, &group), &workspace),
            region: regions::short_name(&basics.region),
            stage: basics.stage.unwrap_or(guessed),
            group,
            workspace,
        }
    }
}

/// The choices of one environment with the patterns in their texts filled.
fn filled(mut choices: Choices, patterns: &Patterns<'_>, found: &mut Findings) -> Choices {
    let Choices { basics, dependents, network, identity, .. } = &mut choices;
    for (key, value) in &mut basics.tags {
        *value = patterns.fill_words(&format!("basics.tags.{key}"), value, found);
    }
    for (key, text) in
        [("basics.friendly_name", &mut basics.friendly_name), ("basics.description", &mut basics.description)]
    {
        *text = patterns.fill_words(key, text, found);
    }
    for (key, text) in [
        ("dependents.storage", &mut dependents.storage),
        ("dependents.key_vault", &mut dependents.key_vault),
        ("dependents.application_insights", &mut dependents.application_insights),
        ("dependents.log_analytics", &mut dependents.log_analytics),
        ("dependents.container_registry", &mut dependents.container_registry),
        ("identity.workspace", &mut identity.workspace),
        ("network.endpoints.resource_group", &mut network.endpoints.resource_group),
    ] {
        *text = patterns.fill(key, text, found);
    }
    choices
}

fn environment(
    file: &PlanFile,
    name: &str,
    names: &[String],
    directory: &Directory,
    found: &mut Findings,
) -> Environment {
    let patterns = Patterns { name: &file.name, environment: name };
    let choices = filled(file.choices(name), &patterns, found);
    let at = Whereabouts::of(file, &choices.basics, &patterns, found);
    let Choices { basics, dependents, network, identity, encryption, budget } = choices;
    let is_project = basics.kind == Kind::Project;
    let hub = references::hub(&basics, found);
    if is_project {
        of_hub(&dependents, &network, found);
    }
    let made = Dependents::of(&dependents, is_project, &at.derived, found);
    let own = references::own_identity(&identity.workspace, &at.derived, found);
    let inbound = references::inbound(&network.endpoints, &basics.subscription, &at.group, &at.region, found);
    let customer_key = references::customer_key(&encryption, found);
    let (mut grants, by_name) = people::grants(&file.people, directory, name, names, at.stage, found);
    if own != OwnIdentity::System && !is_project {
        let by_identity = identity.storage_access == StorageAccess::Identity;
        let (insights, registry) = (&made.insights, &made.registry);
        let needed =
            people::own_identity(by_identity, *insights != Dependent::Absent, *registry != Dependent::Absent);
        grants.splice(0..0, needed);
    }
    let mut environment = Environment {
        name: name.to_owned(),
        stage: at.stage,
        subscription: basics.subscription,
        friendly_name: if basics.friendly_name.is_empty() {
            at.workspace.clone()
        } else {
            basics.friendly_name
        },
        group: at.group,
        workspace: at.workspace,
        storage_sku: storage_sku(&dependents.storage_sku, &at.region),
        region: at.region,
        kind: basics.kind,
        hub,
        description: basics.description,
        tags: basics.tags,
        storage: made.storage,
        key_vault: made.key_vault,
        insights: made.insights,
        log_analytics: made.log_analytics,
        registry: made.registry,
        registry_sku: dependents.registry_sku,
        image_build_compute: if is_project { String::new() } else { dependents.image_build_compute },
        isolation: if is_project { Isolation::Public } else { network.isolation },
        public_access: network.public_access,
        firewall_sku: network.firewall_sku,
        provision_now: network.provision_now,
        rules: rules(network.presets, network.rules),
        inbound,
        identity: own,
        storage_access: identity.storage_access,
        shared_key_off: identity.shared_key_off,
        customer_key,
        high_business_impact: encryption.high_business_impact,
        data_isolation: encryption.data_isolation,
        grants,
        by_name,
        budget: (budget.amount != 0.0).then_some(budget),
    };
    if environment.registry_sku == "auto" {
        let sku = if environment.registry_needs_endpoints() { "Premium" } else { "Standard" };
        sku.clone_into(&mut environment.registry_sku);
    }
    environment
}

/// Says what of a project is its hub's, whatever the file says of it.
fn of_hub(dependents: &spec::Dependents, network: &Network, found: &mut Findings) {
    if *dependents != spec::Dependents::default() {
        found.warn(
            "dependents",
            "a project takes its dependents from its hub: what stands in [dependents] is not used",
        );
    }
    if *network != Network::default() {
        found.warn("network", "a project is in the network of its hub: what stands in [network] is not used");
    }
}

/// Rules of one's own over those of the presets.
fn rules(presets: Vec<Preset>, own: BTreeMap<String, Rule>) -> BTreeMap<String, Rule> {
    let of_presets = presets.into_iter().flat_map(Preset::rules);
    let rule =
        |(name, host): &(&str, &str)| ((*name).to_owned(), Rule::Fqdn { destination: (*host).to_owned() });
    of_presets.map(rule).chain(own).collect()
}

fn storage_sku(text: &str, region: &str) -> String {
    match text {
        "auto" | "" if regions::has_zones(region) => "Standard_ZRS".to_owned(),
        "auto" | "" => "Standard_LRS".to_owned(),
        given => given.to_owned(),
    }
}
