//! How workspaces are isolated: of all of them, or of a set once for most, and for those that stand apart once together
//! or each by itself.

use super::basics::{SAME, SUBSCRIPTION, is_project, subscriptions};
use super::layout::{has_side, is_set, of_side};
use super::sides::Side;
use super::words::{meant, word};
use super::{chosen_id, fact, rules};
use crate::app::form::{Ask, Choice, Form, FormField, Source};
use crate::azure::arm::id::ArmId;
use crate::domain::setup::regions;
use crate::domain::setup::spec::{Endpoints, FirewallSku, Isolation, Network, Preset};

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

/// The fields of a side.
pub(super) fn fields<S: Side>() -> Vec<FormField> {
    vec![
        FormField::one(S::ISOLATION, "Outbound", Source::Fixed, isolations())
            .help("What computes may reach.")
            .with(&word(Isolation::Public))
            .shown_if(|form| is_here::<S>(form) && !is_project(form)),
        FormField::many(S::PRESETS, "Let through", Source::Fixed, presets())
            .help("Space: where packages come from. Each is rules by host name, and they bring a firewall.")
            .optional()
            .shown_if(is_approved::<S>),
        FormField::area(S::RULES, "Rules")
            .help(
                "A line each: NAME HOST, NAME tag SERVICE TCP 443, or NAME endpoint ID SUBRESOURCE. {break_line} begins a line.",
            )
            .checked(|_, text| rules::read(text).map(|_| ()))
            .optional()
            .shown_if(is_isolated::<S>),
        FormField::one(S::FIREWALL, "Firewall", Source::Fixed, firewalls())
            .help("Rules by host name bring an Azure Firewall, which costs money by the hour.")
            .with(FirewallSku::Basic.as_str())
            .shown_if(|form| is_approved::<S>(form) && has_hosts::<S>(form)),
        FormField::toggle(S::PROVISION, "Provision now", true)
            .help("Space changes it. Else the managed network is made with the first compute, and until then nothing is isolated.")
            .shown_if(is_isolated::<S>),
        FormField::toggle(S::PUBLIC, "Public inbound", true)
            .help("Space changes it: whether the workspace is reached from the internet, by who may sign in.")
            .shown_if(is_here::<S>),
        FormField::one(S::NETWORKS, "Networks of", Source::Known(|model, _| subscriptions(model)), Vec::new())
            .help("The subscription whose networks are offered for private endpoints.")
            .standing(vec![Choice::new(SAME, "the same subscription")])
            .keeping()
            .with(SAME)
            .shown_if(is_here::<S>),
        FormField::one(S::SUBNET, "Endpoint subnet", Source::Listed(subnets::<S>), Vec::new())
            .help("The subnet through which the workspace is reached privately.")
            .standing(vec![Choice::new(NO_SUBNET, "none")])
            .keeping()
            .with(NO_SUBNET)
            .shown_if(is_here::<S>),
        FormField::one(S::ZONES, "DNS zones", Source::Listed(zones::<S>), Vec::new())
            .help("Private DNS zones lead names to the endpoints.")
            .standing(vec![
                Choice::new("new", "new ones").detail("beside the endpoints, linked to the network"),
                Choice::new("none", "none").detail("somebody else sees to names"),
            ])
            .keeping()
            .with("new")
            .shown_if(has_endpoints::<S>),
        FormField::line(S::GROUP, "Endpoints' group")
            .help("The resource group of the endpoints and zones; the environment's own when empty.")
            .optional()
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
        Isolation::ApprovedOutbound => "one-way; may bring a firewall",
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

/// The subscription whose networks are offered.
fn networks_of<S: Side>(form: &Form) -> String {
    let own = form.text(S::SUBSCRIPTION);
    let own = if own.is_empty() || own == SAME { form.text(SUBSCRIPTION) } else { own };
    match form.text(S::NETWORKS) {
        word if word.is_empty() || word == SAME => own,
        other => other,
    }
}

fn subnets<S: Side>(form: &Form) -> Option<Ask> {
    let subscription = networks_of::<S>(form);
    (!subscription.is_empty()).then_some(Ask::Subnets { subscription })
}

fn zones<S: Side>(form: &Form) -> Option<Ask> {
    let subscription = networks_of::<S>(form);
    (!subscription.is_empty()).then_some(Ask::ResourceGroups { subscription })
}

fn is_here<S: Side>(form: &Form) -> bool {
    has_side(form, S::PLACE)
}

fn isolation<S: Side>(form: &Form) -> Isolation {
    meant(&form.text(S::ISOLATION)).unwrap_or_default()
}

fn is_isolated<S: Side>(form: &Form) -> bool {
    is_here::<S>(form) && isolation::<S>(form) != Isolation::Public
}

fn is_approved<S: Side>(form: &Form) -> bool {
    is_here::<S>(form) && isolation::<S>(form) == Isolation::ApprovedOutbound
}

/// Whether a rule goes by a host's name, which needs a firewall.
fn has_hosts<S: Side>(form: &Form) -> bool {
    let by_host = |rule: &_| matches!(rule, crate::domain::setup::spec::Rule::Fqdn { .. });
    !form.chosen(S::PRESETS).is_empty()
        || rules::read(&form.text(S::RULES)).is_ok_and(|rules| rules.values().any(by_host))
}

fn has_endpoints<S: Side>(form: &Form) -> bool {
    is_here::<S>(form) && chosen_id(form, S::SUBNET).is_some()
}

/// What the fields of a side come to.
pub(super) fn wish<S: Side>(form: &Form) -> Network {
    let defaults = Network::default();
    let isolated = is_isolated::<S>(form);
    let presets = form.chosen(S::PRESETS).iter().filter_map(|choice| meant(&choice.key));
    Network {
        isolation: isolation::<S>(form),
        public_access: form.is_on(S::PUBLIC),
        firewall_sku: meant(&form.text(S::FIREWALL)).unwrap_or(defaults.firewall_sku),
        provision_now: isolated && form.is_on(S::PROVISION),
        presets: presets.collect(),
        endpoints: endpoints::<S>(form).unwrap_or_default(),
        rules: rules::read(&form.text(S::RULES)).unwrap_or_default(),
    }
}

fn endpoints<S: Side>(form: &Form) -> Option<Endpoints> {
    let subnet = chosen_id(form, S::SUBNET)?;
    let region = regions::short_name(subnet.fact(fact::REGION));
    let own = form.text(super::basics::REGION);
    Some(Endpoints {
        subnet: subnet.key.clone(),
        resource_group: form.text(S::GROUP),
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
    put(form, S::RULES, &rules::write(&network.rules));
    let wished = &network.endpoints;
    if let Ok(subnet) = ArmId::parse(&wished.subnet) {
        let at = if wished.region.is_empty() { region } else { &wished.region };
        let choice = Choice::new(subnet.as_str(), subnet.name()).with(fact::REGION, regions::short_name(at));
        choose(form, S::SUBNET, vec![choice]);
        if let Some(id) = subnet.subscription_id() {
            choose(form, S::NETWORKS, vec![Choice::new(id, id)]);
        }
    }
    match ArmId::parse(&wished.dns_zones) {
        Ok(id) => choose(form, S::ZONES, vec![Choice::new(id.as_str(), id.name())]),
        Err(_) => put(form, S::ZONES, &wished.dns_zones),
    }
    put(form, S::GROUP, &wished.resource_group);
    put(form, S::DEPENDENTS, &super::yes(wished.dependents));
}
