//! Isolation, inbound access and outbound rules.

use super::super::environment::{Dependent, Environment, Inbound, Zones};
use super::super::finding::Findings;
use super::super::names::Named;
use super::super::outbound::{is_known_tag, subresources};
use super::super::spec::{FirewallSku, Isolation, Kind, Rule};
use super::super::template::leads;
use crate::azure::arm::id::ArmId;

const PROTOCOLS: [&str; 4] = ["TCP", "UDP", "ICMP", "*"];

pub(super) fn check(environment: &Environment, found: &mut Findings) {
    if environment.kind != Kind::Project {
        isolation(environment, found);
    }
    for (name, rule) in &environment.rules {
        outbound(environment, name, rule, found);
    }
    if environment.kind != Kind::Project {
        inbound(environment, found);
        studio(environment, found);
    }
}

/// From where the studio opens and shows data: it reads the storage account from where the person sits.
fn studio(environment: &Environment, found: &mut Findings) {
    let inbound = environment.inbound.as_ref();
    let storage_too = inbound.filter(|inbound| inbound.dependents && environment.storage.is_new());
    let from = |one: &Inbound| {
        format!(
            "from the network {} and those joined to it alone: by a jump box, a bastion, a VPN or a circuit",
            one.network().name()
        )
    };
    let key = "network.endpoints.subnet";
    match (inbound, storage_too) {
        (_, Some(one)) if !environment.public_access => {
            found.note(key, format!("the studio opens and shows data {}", from(one)));
        }
        (Some(one), None) if !environment.public_access => {
            found.note(key, format!("the studio opens {}", from(one)));
        }
        (_, Some(one)) if environment.closes_dependents() => {
            found.note(key, format!("the studio opens from the internet, and shows data {}", from(one)));
        }
        _ => {}
    }
    match &environment.storage {
        _ if storage_too.is_some() || !environment.closes_dependents() => {}
        Dependent::New(_) => found.warn(
            key,
            "the new storage account is closed to the internet and gets no private endpoint: the studio shows nobody any \
             data. Choose an endpoint subnet, dependents too; or let your address in at the account afterwards",
        ),
        Dependent::Existing(id) => found.note(
            key,
            format!(
                "the studio shows data only to who reaches {}: its own firewall and private endpoints say from where",
                id.name()
            ),
        ),
        Dependent::Absent => {}
    }
}

fn isolation(environment: &Environment, found: &mut Findings) {
    let key = "network.isolation";
    match environment.isolation {
        Isolation::Public => {
            if !environment.rules.is_empty() {
                found.refuse("network.rules", "outbound rules belong to a managed network: choose an isolation, or leave them out");
            }
            if environment.provision_now {
                found.refuse("network.provision_now", "there is no managed network to provision: choose an isolation");
            }
            return;
        }
        Isolation::InternetOutbound => found.one_way(
            key,
            "Private with Internet Outbound: the managed network cannot be turned off again; it can still become Approved \
             Outbound",
        ),
        Isolation::ApprovedOutbound => found.one_way(
            key,
            "Private with Approved Outbound: the managed network cannot be turned off again, nor back to Internet Outbound",
        ),
    }
    if environment.has_firewall() {
        found.warn(
            "network.firewall_sku",
            format!(
                "rules by host name bring an Azure Firewall ({}) into the managed network, which costs money by the hour \
                 whether it is used or not{}",
                environment.firewall_sku.as_str(),
                if environment.firewall_sku == FirewallSku::Standard {
                    "; Basic is cheaper and enough for package sources"
                } else {
                    ""
                }
            ),
        );
    }
    if !environment.provision_now {
        found.note(
            "network.provision_now",
            "the managed network is made with the first compute, which then takes some minutes longer; until then the \
             workspace is configured and not isolated",
        );
    }
    // Where there is an endpoint that is said with it.
    if environment.public_access && environment.inbound.is_none() {
        found.note(
            "network.public_access",
            "outbound is isolated, and the workspace is still reached from the internet",
        );
    }
}

fn outbound(environment: &Environment, name: &str, rule: &Rule, found: &mut Findings) {
    let key = format!("network.rules.{name}");
    if name.to_ascii_uppercase().starts_with("__SYS_") {
        found.refuse(&key, "rules that begin with __SYS_ are Azure's own");
    } else if let Err(problem) = Named::OutboundRule.check(name) {
        found.refuse(&key, problem);
    }
    if environment.isolation == Isolation::InternetOutbound
        && let Some(what) = needless(rule)
    {
        found.refuse(
            &key,
            format!(
                "Private with Internet Outbound takes rules by private endpoint alone, and this is one by {what}: leave it out, \
                 all of the internet is let through, or choose Private with Approved Outbound"
            ),
        );
    }
    match rule {
        Rule::Fqdn { destination } => {
            let host = destination.strip_prefix("*.").unwrap_or(destination);
            let label = |label: &str| {
                !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            };
            if !host.contains('.') || !host.split('.').all(label) {
                found.refuse(&key, format!("'{destination}' is no host name: such as pypi.org or *.example.org, without https:// and path"));
            }
        }
        Rule::ServiceTag { service_tag, protocol, ports } => {
            if service_tag.is_empty() || !service_tag.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') {
                found.refuse(
                    &key,
                    format!("'{service_tag}' is no service tag: such as DataFactory or Storage.WestEurope"),
                );
            }
            if !is_known_tag(service_tag) {
                found.warn(
                    &key,
                    format!("'{service_tag}' is none of the service tags that are known here: Azure refuses it where it is none"),
                );
            }
            if !PROTOCOLS.contains(&protocol.as_str()) {
                found.refuse(&key, format!("'{protocol}' is no protocol: {}", PROTOCOLS.join(", ")));
            }
            if !is_ports(ports) {
                found.refuse(&key, format!("'{ports}' are no ports: such as 443 or 80, 8080-8089, or *"));
            }
        }
        Rule::PrivateEndpoint { resource, subresource, .. } => {
            let id = ArmId::parse(resource)
                .ok()
                .filter(|id| id.resource_group().is_some() && id.resource_type().is_some());
            if id.is_none() {
                found.refuse(&key, format!("'{resource}' is no resource's id"));
            }
            if subresource.is_empty() {
                found.refuse(&key, "the sub-resource is not given: such as blob, file or vault");
            } else if let Some(known) = id.as_ref().and_then(subresources)
                && !known.iter().any(|known| known.eq_ignore_ascii_case(subresource))
            {
                let known = known.join(", ");
                found.refuse(&key, format!("'{subresource}' is no sub-resource of its type: {known}"));
            }
            if let Some(id) = id {
                found.note(
                    &key,
                    format!(
                        "the workspace's identity needs Azure AI Enterprise Network Connection Approver on {} before the \
                         managed network is provisioned: the plan grants it",
                        id.name()
                    ),
                );
            }
        }
    }
}

/// What a rule goes by that Azure takes only where outbound is approved; none for a private endpoint. Source: "Workspace
/// managed virtual network isolation" of Azure Machine Learning's documentation, of Private with Internet Outbound:
/// a private endpoint is the only destination type there.
fn needless(rule: &Rule) -> Option<&'static str> {
    match rule {
        Rule::Fqdn { .. } => Some("host name"),
        Rule::ServiceTag { .. } => Some("service tag"),
        Rule::PrivateEndpoint { .. } => None,
    }
}

fn is_ports(text: &str) -> bool {
    let port = |text: &str| text.trim().parse::<u16>().is_ok_and(|port| port > 0);
    text == "*"
        || text.split(',').all(|part| match part.split_once('-') {
            Some((from, to)) => port(from) && port(to),
            None => port(part),
        })
}

fn inbound(environment: &Environment, found: &mut Findings) {
    let Some(inbound) = &environment.inbound else {
        if !environment.public_access {
            found.warn(
                "network.endpoints.subnet",
                "no public access and no private endpoint: nobody reaches the workspace until one is made",
            );
        }
        return;
    };
    if environment.public_access {
        found.note(
            "network.public_access",
            "the workspace has a private endpoint and is still reached from the internet",
        );
    }
    for name in leads(environment).into_iter().map(|lead| lead.name) {
        if let Err(problem) = Named::PrivateEndpoint.check(&name) {
            let text = format!("the private endpoint {name} is called after what it leads to: {problem}");
            found.refuse("basics.workspace", text);
        }
    }
    if inbound.zones == Zones::None {
        found.warn(
            "network.endpoints.dns_zones",
            "without private DNS zones the workspace's names lead to public addresses: somebody has to see to it",
        );
    }
    if inbound.dependents
        && environment.dependents().iter().any(|(_, _, one)| matches!(one, Dependent::Existing(_)))
    {
        found.note(
            "network.endpoints.dependents",
            "dependents that are there already get no private endpoint here: it is for their owners to make",
        );
    }
    if inbound.region != environment.region {
        found.note(
            "network.endpoints.region",
            format!("the endpoints are made in {}, where the network is", inbound.region),
        );
    }
}
