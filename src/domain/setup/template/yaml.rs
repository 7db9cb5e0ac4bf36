//! A workspace as the YAML that `az ml workspace create --file` and azure-ai-ml's `load_workspace` take.

use std::fmt::Write;

use super::left_out;
use crate::domain::setup::environment::{Environment, INSIGHTS, OwnIdentity, REGISTRIES, STORAGE, VAULTS};
use crate::domain::setup::spec::{Isolation, Kind, Rule};

/// The same as a file by itself, which says first what it leaves out.
#[must_use]
pub fn file(environment: &Environment) -> String {
    let said = left_out::yaml_title(environment).into_iter().map(|line| format!("# {line}\n"));
    said.chain([workspace(environment)]).collect()
}

/// The workspace of an environment. Its dependents are named by id: they are made before it.
#[must_use]
pub fn workspace(environment: &Environment) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let mut line = |text: String| {
        let _ = writeln!(out, "{text}");
    };
    let schema = match environment.kind {
        Kind::Hub => "hub",
        Kind::Project => "project",
        _ => "workspace",
    };
    line(format!("$schema: https://azuremlschemas.azureedge.net/latest/{schema}.schema.json"));
    line(format!("name: {}", text(&environment.workspace)));
    if environment.kind != Kind::Default {
        line(format!("kind: {schema}"));
    }
    line(format!("resource_group: {}", text(&environment.group)));
    line(format!("location: {}", text(&environment.region)));
    line(format!("display_name: {}", text(&environment.friendly_name)));
    if !environment.description.is_empty() {
        line(format!("description: {}", text(&environment.description)));
    }
    if let Some(hub) = &environment.hub {
        line(format!("hub_id: {}", text(hub.as_str())));
    }
    let group = environment.group_id();
    for (key, kind, dependent) in [
        ("storage_account", STORAGE, &environment.storage),
        ("key_vault", VAULTS, &environment.key_vault),
        ("application_insights", INSIGHTS, &environment.insights),
        ("container_registry", REGISTRIES, &environment.registry),
    ] {
        if let Some(id) = dependent.id(&group, kind) {
            line(format!("{key}: {}", text(id.as_str())));
        }
    }
    line(format!(
        "public_network_access: {}",
        if environment.public_access { "enabled" } else { "disabled" }
    ));
    if environment.kind != Kind::Project {
        line(format!("hbi_workspace: {}", environment.high_business_impact));
        line(format!("system_datastores_auth_mode: {}", environment.storage_access.as_str()));
    }
    if environment.data_isolation {
        line("enable_data_isolation: true".to_owned());
    }
    if !environment.image_build_compute.is_empty() {
        line(format!("image_build_compute: {}", text(&environment.image_build_compute)));
    }
    if let Some(key) = &environment.customer_key {
        line("customer_managed_key:".to_owned());
        line(format!("  key_vault: {}", text(key.vault.as_str())));
        line(format!("  key_uri: {}", text(&key.key)));
    }
    identity(environment, &mut line);
    managed_network(environment, &mut line);
    if !environment.tags.is_empty() {
        line("tags:".to_owned());
        for (name, value) in &environment.tags {
            line(format!("  {}: {}", text(name), text(value)));
        }
    }
    out
}

fn identity(environment: &Environment, line: &mut impl FnMut(String)) {
    let key = environment.customer_key.as_ref().and_then(|key| key.identity.clone());
    let own = environment.identity_id();
    let mut assigned: Vec<_> = own.iter().chain(&key).collect();
    assigned.dedup();
    line("identity:".to_owned());
    let kind = match (&environment.identity, assigned.is_empty()) {
        (OwnIdentity::System, true) => "system_assigned",
        (OwnIdentity::System, false) => "system_assigned,user_assigned",
        _ => "user_assigned",
    };
    line(format!("  type: {kind}"));
    if !assigned.is_empty() {
        line("  user_assigned_identities:".to_owned());
        for id in assigned {
            line(format!("    {}: {{}}", text(id.as_str())));
        }
    }
    if let Some(own) = own {
        line(format!("primary_user_assigned_identity: {}", text(own.as_str())));
    }
}

fn managed_network(environment: &Environment, line: &mut impl FnMut(String)) {
    if environment.kind == Kind::Project {
        return;
    }
    line("managed_network:".to_owned());
    line(format!(
        "  isolation_mode: {}",
        match environment.isolation {
            Isolation::Public => "disabled",
            Isolation::InternetOutbound => "allow_internet_outbound",
            Isolation::ApprovedOutbound => "allow_only_approved_outbound",
        }
    ));
    if environment.has_firewall() {
        line(format!("  firewall_sku: {}", environment.firewall_sku.as_str().to_ascii_lowercase()));
    }
    if environment.rules.is_empty() {
        return;
    }
    line("  outbound_rules:".to_owned());
    for (name, rule) in &environment.rules {
        line(format!("    - name: {}", text(name)));
        match rule {
            Rule::Fqdn { destination } => {
                line("      type: fqdn".to_owned());
                line(format!("      destination: {}", text(destination)));
            }
            Rule::ServiceTag { service_tag, protocol, ports } => {
                line("      type: service_tag".to_owned());
                line("      destination:".to_owned());
                line(format!("        service_tag: {}", text(service_tag)));
                line(format!("        protocol: {}", text(protocol)));
                line(format!("        port_ranges: {}", text(ports)));
            }
            Rule::PrivateEndpoint { resource, subresource, spark } => {
                line("      type: private_endpoint".to_owned());
                line("      destination:".to_owned());
                line(format!("        service_resource_id: {}", text(resource)));
                line(format!("        subresource_target: {}", text(subresource)));
                line(format!("        spark_enabled: {spark}"));
            }
        }
    }
}

/// A text that YAML takes for nothing else: plain where it is sure to be one, else in double quotes, whose escapes
/// are those of JSON.
pub(super) fn text(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./()".contains(c))
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_stay_texts() {
        for (given, written) in [
            ("mlw-churn", "mlw-churn"),
            ("/subscriptions/x", "/subscriptions/x"),
            ("no", "\"no\""),
            ("4711", "\"4711\""),
            ("a: b", "\"a: b\""),
            ("*.example.org", "\"*.example.org\""),
            ("say \"hi\"\n", "\"say \\\"hi\\\"\\n\""),
            ("", "\"\""),
        ] {
            assert_eq!(text(given), written);
        }
    }
}
