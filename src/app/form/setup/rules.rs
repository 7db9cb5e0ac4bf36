//! Outbound rules of one's own as they are typed, a line each: `NAME HOST`, `NAME tag SERVICE [PROTOCOL PORTS]`, or
//! `NAME endpoint ID SUBRESOURCE [spark]`.

use std::collections::BTreeMap;

use crate::domain::setup::spec::Rule;

/// Reads rules.
///
/// # Errors
/// The line that is none, and what one looks like.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Rule>, String> {
    let mut rules = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let rule = match words.as_slice() {
            [_, "tag", service] => tag(service, "TCP", "443"),
            [_, "tag", service, protocol, ports @ ..] if !ports.is_empty() => {
                tag(service, protocol, &ports.join(" "))
            }
            [_, "endpoint", resource, subresource] => endpoint(resource, subresource, false),
            [_, "endpoint", resource, subresource, "spark"] => endpoint(resource, subresource, true),
            [_, host] => Rule::Fqdn { destination: (*host).to_owned() },
            _ => {
                return Err(format!(
                    "'{line}' is no rule: NAME HOST, NAME tag SERVICE TCP 443, or NAME endpoint ID SUBRESOURCE"
                ));
            }
        };
        if rules.insert(words[0].to_owned(), rule).is_some() {
            return Err(format!("the rule '{}' is there twice", words[0]));
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

/// Rules as [`read`] reads them.
pub(super) fn write(rules: &BTreeMap<String, Rule>) -> String {
    let line = |(name, rule): (&String, &Rule)| match rule {
        Rule::Fqdn { destination } => format!("{name} {destination}"),
        Rule::ServiceTag { service_tag, protocol, ports } => {
            format!("{name} tag {service_tag} {protocol} {ports}")
        }
        Rule::PrivateEndpoint { resource, subresource, spark } => {
            let spark = if *spark { " spark" } else { "" };
            format!("{name} endpoint {resource} {subresource}{spark}")
        }
    };
    rules.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_they_are_written() {
        let text = "adf tag DataFactory.WestEurope TCP 443, 8080-8089\nhub hub.example.org\nlake endpoint /subscriptions/a/b dfs spark";
        let rules = read(text).unwrap();
        assert_eq!(rules.len(), 3);
        assert_eq!(write(&rules), text);
        assert_eq!(read("adf tag DataFactory").unwrap()["adf"], tag("DataFactory", "TCP", "443"));
    }

    #[test]
    fn what_is_no_rule_is_told_with_what_one_looks_like() {
        for (text, words) in [
            ("pypi", "NAME HOST"),
            ("lake endpoint /x", "NAME endpoint ID"),
            ("adf tag DataFactory UDP", "NAME tag SERVICE"),
            ("a b.org\na c.org", "there twice"),
        ] {
            assert!(read(text).unwrap_err().contains(words), "{text}");
        }
    }
}
