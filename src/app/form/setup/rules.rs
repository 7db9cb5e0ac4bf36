//! Outbound rules of one's own: each is a choice whose key is a line, `NAME HOST`, `NAME tag SERVICE PROTOCOL PORTS` or
//! `NAME endpoint ID SUBRESOURCE`. Resources come from Azure, service tags from a list, hosts are typed.

use std::collections::BTreeMap;

use crate::app::form::Choice;
use crate::azure::arm::id::ArmId;
use crate::domain::setup::outbound::{SERVICE_TAGS, TARGETS};
use crate::domain::setup::spec::Rule;

/// The types that a private endpoint can lead to.
pub fn target_types() -> impl Iterator<Item = &'static str> {
    TARGETS.iter().map(|(kind, ..)| *kind)
}

/// Choices of private endpoints to resources: one for each sub-resource.
#[must_use]
pub fn targets(resources: &[ArmId]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for id in resources {
        let Some((_, words, subresources)) = TARGETS.iter().find(|(kind, ..)| id.is_type(kind)) else {
            continue;
        };
        for subresource in *subresources {
            let plain = rule_name(&format!("{}-{subresource}", id.name()));
            let taken = names.iter().filter(|known| **known == plain).count();
            names.push(plain.clone());
            let name = if taken == 0 { plain } else { rule_name(&format!("{}-{plain}", taken + 1)) };
            let detail = format!("{words}, {}", id.resource_group().unwrap_or_default());
            choices.push(choice(&name, &endpoint(id.as_str(), subresource, false)).detail(detail));
        }
    }
    choices
}

/// Every service tag of the list as a choice.
#[must_use]
pub fn service_tags() -> Vec<Choice> {
    let tags = SERVICE_TAGS.iter();
    tags.map(|(service, words)| choice(&rule_name(service), &tag(service, "TCP", "443")).detail(*words))
        .collect()
}

/// What is typed in full as a choice: a service tag with a region, ports or both, or a host. An address is taken by its
/// host.
pub(super) fn typed(text: &str) -> Vec<Choice> {
    let (service, ports) = text.split_once(':').unwrap_or((text, ""));
    let known = SERVICE_TAGS.iter().find(|(known, _)| {
        let rest = service.get(known.len()..).filter(|_| {
            service.is_char_boundary(known.len()) && service[..known.len()].eq_ignore_ascii_case(known)
        });
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') && rest.len() > 1)
    });
    if let Some((known, _)) = known {
        let service = format!("{known}{}", &service[known.len()..]);
        let (protocol, ports) = ports.split_once(':').unwrap_or(("TCP", ports));
        let ports = if ports.is_empty() { "443" } else { ports };
        let rule = tag(&service, &protocol.to_ascii_uppercase(), ports);
        return vec![choice(&rule_name(&service), &rule)];
    }
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', ':', '?']).next().unwrap_or_default().to_ascii_lowercase();
    let plain = host.strip_prefix("*.").unwrap_or(&host);
    let label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if !plain.contains('.') || !plain.split('.').all(label) {
        return Vec::new();
    }
    vec![choice(&rule_name(plain), &Rule::Fqdn { destination: host })]
}

/// Rules as choices.
pub(super) fn choices(rules: &BTreeMap<String, Rule>) -> Vec<Choice> {
    rules.iter().map(|(name, rule)| choice(name, rule)).collect()
}

/// A rule as a choice: whether Spark uses it is chosen elsewhere.
fn choice(name: &str, rule: &Rule) -> Choice {
    match rule {
        Rule::Fqdn { destination } => Choice::new(format!("{name} {destination}"), destination).kind("host"),
        Rule::ServiceTag { service_tag, protocol, ports } => {
            let label = match (protocol.as_str(), ports.as_str()) {
                ("TCP", "443") => service_tag.clone(),
                (protocol, ports) => format!("{service_tag} {protocol} {ports}"),
            };
            Choice::new(format!("{name} tag {service_tag} {protocol} {ports}"), label).kind("service tag")
        }
        Rule::PrivateEndpoint { resource, subresource, .. } => {
            let called = resource.rsplit('/').next().unwrap_or_default();
            Choice::new(
                format!("{name} endpoint {resource} {subresource}"),
                format!("{called} / {subresource}"),
            )
            .kind("private endpoint")
        }
    }
}

/// A name that a rule may have: 3 to 33 letters, digits, - and _.
fn rule_name(text: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let mut name: String = text.chars().map(fits).take(33).collect();
    while name.len() < 3 {
        name.push('0');
    }
    name
}

/// Reads rules, the keys of choices in lines.
///
/// # Errors
/// The line that is none.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Rule>, String> {
    let mut rules = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let rule = match words.as_slice() {
            [_, "tag", service, protocol, ports @ ..] if !ports.is_empty() => {
                tag(service, protocol, &ports.join(" "))
            }
            [_, "endpoint", resource, subresource] => endpoint(resource, subresource, false),
            [_, host] => Rule::Fqdn { destination: (*host).to_owned() },
            _ => return Err(format!("'{line}' is no rule")),
        };
        if rules.insert(words[0].to_owned(), rule).is_some() {
            return Err(format!("two rules would be called '{}': take one of them out", words[0]));
        }
    }
    Ok(rules)
}

fn tag(service: &str, protocol: &str, ports: &str) -> Rule {
    Rule::ServiceTag {
        service_tag: service.to_owned(),
        protocol: protocol.to_owned(),
        ports: ports.to_owned(),
    }
}

fn endpoint(resource: &str, subresource: &str, spark: bool) -> Rule {
    Rule::PrivateEndpoint { resource: resource.to_owned(), subresource: subresource.to_owned(), spark }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_choice_that_is_read_back() {
        let rules: BTreeMap<String, Rule> = [
            ("adf", tag("DataFactory.WestEurope", "TCP", "443, 8080-8089")),
            ("hub", Rule::Fqdn { destination: "hub.example.org".to_owned() }),
            ("lake", endpoint("/subscriptions/a/b", "dfs", false)),
        ]
        .map(|(name, rule)| (name.to_owned(), rule))
        .into();
        let keys: Vec<String> = choices(&rules).into_iter().map(|choice| choice.key).collect();
        assert_eq!(read(&keys.join("\n")).unwrap(), rules);
        assert!(read("a b.org\na c.org").unwrap_err().contains("called 'a'"));
    }

    #[test]
    fn a_host_and_a_service_tag_are_taken_as_they_are_typed() {
        for (text, wanted) in [
            ("pypi.org", "pypi-org pypi.org"),
            ("https://Files.PythonHosted.org/simple/?x", "files-pythonhosted-org files.pythonhosted.org"),
            ("*.example.org:443", "example-org *.example.org"),
            ("storage.WestEurope", "Storage-WestEurope tag Storage.WestEurope TCP 443"),
            ("Sql:1433", "Sql tag Sql TCP 1433"),
            ("Sql.NorthEurope:udp:53", "Sql-NorthEurope tag Sql.NorthEurope UDP 53"),
            ("AzureFrontDoor.FirstParty", "AzureFrontDoor-FirstParty tag AzureFrontDoor.FirstParty TCP 443"),
            ("é", ""),
            ("pypi", ""),
            ("a..b", ""),
            ("", ""),
        ] {
            let keys: Vec<String> = typed(text).into_iter().map(|choice| choice.key).collect();
            assert_eq!(keys.join("|"), wanted, "{text}");
        }
    }

    #[test]
    fn a_resource_has_a_choice_for_each_sub_resource_and_every_rule_a_name_of_its_own() {
        let id = |group: &str, kind: &str, name: &str| {
            ArmId::group("s", group).join(&format!("providers/{kind}/{name}"))
        };
        let found = targets(&[
            id("one", "Microsoft.KeyVault/vaults", "kv"),
            id("two", "Microsoft.KeyVault/vaults", "kv"),
            id("one", "Microsoft.Storage/storageAccounts", "st"),
            id("one", "Microsoft.Compute/disks", "d"),
        ]);
        let labels: Vec<&str> = found.iter().map(|choice| choice.label.as_str()).collect();
        assert_eq!(labels[..4], ["kv / vault", "kv / vault", "st / blob", "st / file"]);
        let keys: Vec<&str> = found.iter().map(|choice| choice.key.as_str()).collect();
        let rules = read(&keys.join("\n")).unwrap();
        assert_eq!(rules.len(), found.len());
        for name in rules.keys() {
            assert_eq!(crate::domain::setup::names::Named::OutboundRule.check(name), Ok(()), "{name}");
        }
    }
}
