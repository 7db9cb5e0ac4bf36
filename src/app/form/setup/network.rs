//! How workspaces are isolated: of all of them, or of a set once for most, and for those that stand apart once together
//! or each by itself.

use std::collections::BTreeMap;

use super::basics::{SAME, SUBSCRIPTION, is_project, others};
use super::layout::{has_side, is_set, of_side};
use super::sides::Side;
use super::words::{meant, word};
use super::{chosen_id, fact, rules};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;
use crate::domain::setup::names::Named;
use crate::domain::setup::regions;
use crate::domain::setup::spec::{Endpoints, FirewallSku, Isolation, Network, Preset, Rule};

/// What the step of a side is called: by the environment whose network it is, where it is one's alone.
pub(super) fn title<S: Side>(form: &Form) -> String {
    match (of_side(form, S::PLACE).as_slice(), S::PLACE) {
        ([name], _) if is_set(form) => format!("Network: {name}"),
        (_, 0) => "Network".to_owned(),
        _ => "Network apart".to_owned(),
    }
}

/// The key of no private endpoint.
pub(super) const NO_SUBNET: &str = "none";

/// The key of the group that the endpoints get unless another one is chosen.
const OWN_GROUP: &str = "own";

/// A resource group by its name as it is typed.
fn new_group(text: &str) -> Vec<Choice> {
    let is_name = Named::ResourceGroup.check(text).is_ok();
    is_name.then(|| Choice::new(text, text).detail("by this name")).into_iter().collect()
}

/// The fields of a side.
pub(super) fn fields<S: Side>() -> Vec<FormField> {
    vec![
        FormField::one(S::ISOLATION, "Outbound", Source::Fixed, isolations())
            .help("What computes may reach.")
            .with(&word(Isolation::Public))
            .shown_if(has_inbound::<S>),
        FormField::many(S::PRESETS, "Let through", Source::Fixed, presets())
            .help("Space: where packages come from. Each is rules by host name, and they bring a firewall.")
            .optional()
            .shown_if(is_approved::<S>),
        FormField::many(S::RULES, "Rules", Source::Listed(targets::<S>), Vec::new())
            .helped(|form| {
                if is_approved::<S>(form) {
                    "Type to find: a resource to reach by private endpoint, a service tag (DataFactory, Sql:1433), or a \
                     host (pypi.org, *.example.org). {open} takes it."
                } else {
                    "Type to find a resource to reach by private endpoint. {open} takes it. Hosts and service tags belong to \
                     Approved Outbound: here the whole internet is let through."
                }
            })
            .or_typed(rules::typed)
            .checked(|_, text| rules::read(text).map(|_| ()))
            .keeping()
            .optional()
            .shown_if(is_isolated::<S>),
        FormField::many(S::SPARK, "  for Spark too", Source::Known(|_, form| endpoints_of::<S>(form)), Vec::new())
            .help("Space: serverless Spark uses these endpoints too.")
            .optional()
            .shown_if(|form| is_isolated::<S>(form) && !endpoints_of::<S>(form).is_empty()),
        FormField::one(S::FIREWALL, "Firewall", Source::Fixed, firewalls())
            .help("Rules by host name bring an Azure Firewall, which costs money by the hour.")
            .with(FirewallSku::Basic.as_str())
            .shown_if(|form| is_approved::<S>(form) && has_hosts::<S>(form)),
        FormField::toggle(S::PROVISION, "Provision now", true)
            .help("Space changes it. Else the managed network is made with the first compute, and until then nothing is isolated.")
            .shown_if(is_isolated::<S>),
        FormField::toggle(S::PUBLIC, "Public inbound", true)
            .help("Space changes it: whether the workspace is reached from the internet, by who may sign in.")
            .shown_if(has_inbound::<S>),
        FormField::one(S::NETWORKS, "Networks of", Source::Known(elsewhere::<S>), Vec::new())
            .help("The subscription whose networks are offered for private endpoints.")
            .standing(vec![Choice::new(SAME, "the same subscription")])
            .keeping()
            .with(SAME)
            .shown_if(has_inbound::<S>),
        FormField::one(S::SUBNET, "Endpoint subnet", Source::Listed(subnets::<S>), Vec::new())
            .help("The subnet through which the workspace is reached privately.")
            .standing(vec![Choice::new(NO_SUBNET, "none")])
            .nothing("There is no network in this subscription: look in another one, a field above.")
            .keeping()
            .with(NO_SUBNET)
            .shown_if(has_inbound::<S>),
        FormField::one(S::ZONES, "DNS zones", Source::Listed(|_| Some(Ask::ZoneGroups)), Vec::new())
            .help("Private DNS zones lead names to the endpoints.")
            .standing(vec![
                Choice::new("new", "new ones").detail("beside the endpoints, linked to the network"),
                Choice::new("none", "none").detail("somebody else sees to names"),
            ])
            .keeping()
            .with("new")
            .shown_if(has_endpoints::<S>),
        FormField::one(S::GROUP, "Endpoints' group", Source::Listed(groups::<S>), Vec::new())
            .help("The resource group that gets the endpoints and new zones, in the network's subscription.")
            .standing(vec![
                Choice::new(OWN_GROUP, "as usual")
                    .detail("the workspace's; the network's where that is in another subscription"),
            ])
            .or_typed(new_group)
            .keeping()
            .with(OWN_GROUP)
            .shown_if(has_endpoints::<S>),
        FormField::toggle(S::DEPENDENTS, "Dependents too", true)
            .help("Space changes it: whether new dependents get endpoints in the subnet too.")
            .shown_if(has_endpoints::<S>),
    ]
}

fn isolations() -> Vec<Choice> {
    let detail = |isolation| match isolation {
        Isolation::Public => "no managed network",
        Isolation::InternetOutbound => "one-way",
        Isolation::ApprovedOutbound => "one-way; may cost",
    };
    let all = [Isolation::Public, Isolation::InternetOutbound, Isolation::ApprovedOutbound];
    all.into_iter().map(|one| Choice::new(word(one), one.words()).detail(detail(one))).collect()
}

fn presets() -> Vec<Choice> {
    let choice = |preset: Preset, label: &str| {
        let hosts: Vec<&str> = preset.rules().iter().map(|(_, host)| *host).collect();
        Choice::new(word(preset), label).detail(hosts.join(", "))
    };
    vec![
        choice(Preset::Pypi, "PyPI"),
        choice(Preset::CondaForge, "conda-forge"),
        choice(Preset::Mcr, "Microsoft Artifact Registry"),
    ]
}

fn firewalls() -> Vec<Choice> {
    vec![
        Choice::new(FirewallSku::Basic.as_str(), "Basic").detail("cheaper; enough for package sources"),
        Choice::new(FirewallSku::Standard.as_str(), "Standard")
            .detail("for much traffic; costs about three times as much"),
    ]
}

/// The subscription of those whose network it is.
fn own_subscription<S: Side>(form: &Form) -> String {
    let own = form.text(S::SUBSCRIPTION);
    if own.is_empty() || own == SAME { form.text(SUBSCRIPTION) } else { own }
}

/// The subscriptions that their networks may be in besides their own.
fn elsewhere<S: Side>(model: &Model, form: &Form) -> Vec<Choice> {
    others(model, &own_subscription::<S>(form))
}

/// The subscription whose networks are offered.
fn networks_of<S: Side>(form: &Form) -> String {
    match form.text(S::NETWORKS) {
        word if word.is_empty() || word == SAME => own_subscription::<S>(form),
        other => other,
    }
}

fn subnets<S: Side>(form: &Form) -> Option<Ask> {
    let subscription = networks_of::<S>(form);
    (!subscription.is_empty()).then_some(Ask::Subnets { subscription })
}

/// What rules can lead to: where the whole internet is let through Azure takes no service tag.
fn targets<S: Side>(form: &Form) -> Option<Ask> {
    Some(Ask::RuleTargets { tags: is_approved::<S>(form) })
}

fn groups<S: Side>(form: &Form) -> Option<Ask> {
    let subscription = networks_of::<S>(form);
    (!subscription.is_empty()).then_some(Ask::ResourceGroups { subscription })
}

fn is_here<S: Side>(form: &Form) -> bool {
    has_side(form, S::PLACE)
}

/// Whether the network is asked for at all: a project has its hub's.
fn has_inbound<S: Side>(form: &Form) -> bool {
    is_here::<S>(form) && !is_project(form)
}

fn isolation<S: Side>(form: &Form) -> Isolation {
    meant(&form.text(S::ISOLATION)).unwrap_or_default()
}

fn is_isolated<S: Side>(form: &Form) -> bool {
    has_inbound::<S>(form) && isolation::<S>(form) != Isolation::Public
}

fn is_approved<S: Side>(form: &Form) -> bool {
    has_inbound::<S>(form) && isolation::<S>(form) == Isolation::ApprovedOutbound
}

/// The rules of one's own.
fn own_rules<S: Side>(form: &Form) -> BTreeMap<String, Rule> {
    let mut rules = rules::read(&form.text(S::RULES)).unwrap_or_default();
    for (name, rule) in &mut rules {
        if let Rule::PrivateEndpoint { spark, .. } = rule {
            *spark = form.chosen(S::SPARK).iter().any(|choice| choice.key == *name);
        }
    }
    rules
}

/// The private endpoints among the rules, by their names.
fn endpoints_of<S: Side>(form: &Form) -> Vec<Choice> {
    let rules = rules::read(&form.text(S::RULES)).unwrap_or_default();
    let endpoints = rules.iter().filter(|(_, rule)| matches!(rule, Rule::PrivateEndpoint { .. }));
    endpoints.map(|(name, _)| Choice::new(name, name)).collect()
}

/// Whether a rule goes by a host's name, which needs a firewall.
fn has_hosts<S: Side>(form: &Form) -> bool {
    let by_host = |rule: &_| matches!(rule, Rule::Fqdn { .. });
    !form.chosen(S::PRESETS).is_empty() || own_rules::<S>(form).values().any(by_host)
}

fn has_endpoints<S: Side>(form: &Form) -> bool {
    has_inbound::<S>(form) && chosen_id(form, S::SUBNET).is_some()
}

/// What the fields of a side come to.
pub(super) fn wish<S: Side>(form: &Form) -> Network {
    let defaults = Network::default();
    if is_project(form) {
        // A project has its hub's.
        return defaults;
    }
    let isolated = is_isolated::<S>(form);
    // What was chosen before another isolation was is out of sight, and meant no more.
    let presets = form.chosen(S::PRESETS).iter().filter(|_| is_approved::<S>(form));
    let presets = presets.filter_map(|choice| meant(&choice.key));
    Network {
        isolation: isolation::<S>(form),
        public_access: form.is_on(S::PUBLIC),
        firewall_sku: firewall::<S>(form).unwrap_or(defaults.firewall_sku),
        provision_now: isolated && form.is_on(S::PROVISION),
        presets: presets.collect(),
        endpoints: endpoints::<S>(form).unwrap_or_default(),
        rules: if isolated { own_rules::<S>(form) } else { BTreeMap::new() },
    }
}

/// The SKU of the firewall: where it is out of sight nobody chose one, unless a file did.
fn firewall<S: Side>(form: &Form) -> Option<FirewallSku> {
    let field = form.get(S::FIREWALL).filter(|field| field.edited || (field.visible)(form))?;
    meant(&field.text())
}

fn endpoints<S: Side>(form: &Form) -> Option<Endpoints> {
    let subnet = chosen_id(form, S::SUBNET)?;
    let region = regions::short_name(subnet.fact(fact::REGION));
    let own = form.text(super::basics::REGION);
    Some(Endpoints {
        subnet: subnet.key.clone(),
        resource_group: match form.choice(S::GROUP) {
            Some(group) if group.key != OWN_GROUP => group.label.clone(),
            _ => String::new(),
        },
        region: if region == own { String::new() } else { region },
        dns_zones: form.text(S::ZONES),
        dependents: form.is_on(S::DEPENDENTS),
    })
}

/// Puts a network into the fields of a side.
pub(super) fn fill<S: Side>(form: &mut Form, network: &Network, region: &str) {
    use super::fill::{choose, put};
    put(form, S::ISOLATION, &word(network.isolation));
    put(form, S::PUBLIC, &super::yes(network.public_access));
    put(form, S::FIREWALL, network.firewall_sku.as_str());
    put(form, S::PROVISION, &super::yes(network.provision_now));
    let presets: Vec<String> = network.presets.iter().map(|preset| word(*preset)).collect();
    put(form, S::PRESETS, &presets.join("\n"));
    choose(form, S::RULES, rules::choices(&network.rules));
    let spark = |rule: &Rule| matches!(rule, Rule::PrivateEndpoint { spark: true, .. });
    let spark = network.rules.iter().filter(|(_, rule)| spark(rule));
    choose(form, S::SPARK, spark.map(|(name, _)| Choice::new(name, name)).collect());
    let wished = &network.endpoints;
    if let Ok(subnet) = ArmId::parse(&wished.subnet) {
        let at = if wished.region.is_empty() { region } else { &wished.region };
        let choice = Choice::new(subnet.as_str(), subnet.name()).with(fact::REGION, regions::short_name(at));
        choose(form, S::SUBNET, vec![choice]);
        if let Some(id) = subnet.subscription_id().filter(|id| *id != own_subscription::<S>(form)) {
            choose(form, S::NETWORKS, vec![Choice::new(id, id)]);
        }
    }
    match ArmId::parse(&wished.dns_zones) {
        Ok(id) => choose(form, S::ZONES, vec![Choice::new(id.as_str(), id.name())]),
        Err(_) => put(form, S::ZONES, &wished.dns_zones),
    }
    match wished.resource_group.as_str() {
        "" => put(form, S::GROUP, OWN_GROUP),
        group => choose(form, S::GROUP, vec![Choice::new(group, group)]),
    }
    put(form, S::DEPENDENTS, &super::yes(wished.dependents));
}
