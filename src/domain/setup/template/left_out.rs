//! What the forms of a deployment leave out of the plan, so that nobody takes one of them for the whole.

use super::Template;
use crate::domain::setup::environment::{Dependent, Environment, WORKSPACES};
use crate::domain::setup::people::ByName;
use crate::domain::setup::plan::{besides, namespaces};
use crate::domain::setup::spec::{FirewallSku, Kind};

/// That a form of a deployment does not look at what is there.
const WHOLE: &str = "It is the whole set-up, not only what is missing: what is there already is written over. `amldeck apply` leaves it as it is";

/// What a template of an environment, ARM's or Bicep's, says first: what it is for, and what it leaves out, a line each.
#[must_use]
pub fn template_title(environment: &Environment) -> Vec<String> {
    let (name, workspace, group) = (&environment.name, &environment.workspace, &environment.group);
    let mut lines = vec![format!("{name}: {workspace}, for the resource group {group}")];
    lines.push(WHOLE.to_owned());
    lines.extend(telling(&of_template(environment)));
    lines
}

/// What the YAML of a workspace says first.
#[must_use]
pub fn yaml_title(environment: &Environment) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", environment.name, environment.workspace)];
    lines.push(WHOLE.to_owned());
    let mut left = of_template(environment);
    let made = Template::of(environment).ids(&environment.group_id());
    let others = made.iter().filter(|id| !id.is_type(WORKSPACES));
    let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
    for id in others {
        let kind = id.resource_type().unwrap_or_default();
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, names)) => names.push(id.name()),
            None => kinds.push((kind, vec![id.name()])),
        }
    }
    left.extend(kinds.iter().map(|(kind, names)| match names.as_slice() {
        [name] => format!("Make {kind} {name}"),
        names => format!("Make {kind}: {}", names.len()),
    }));
    left.extend(beyond_yaml(environment));
    lines.extend(telling(&left));
    lines
}

/// What the file cannot say, or its client does not hand on: azure-ai-ml makes the workspace by a template of its own.
fn beyond_yaml(environment: &Environment) -> Vec<String> {
    let mut left = Vec::new();
    if environment.kind != Kind::Project && environment.insights == Dependent::Absent {
        left.push("No Application Insights: the client makes one where the file names none".to_owned());
    }
    if environment.has_firewall() && environment.firewall_sku == FirewallSku::Basic {
        left.push(
            "The firewall's SKU Basic: the client makes the workspace with an api-version that does not know it"
                .to_owned(),
        );
    }
    let key = environment.customer_key.as_ref();
    if let Some(id) = key.and_then(|key| key.identity.clone().or_else(|| environment.identity_id())) {
        left.push(format!("{} as the identity that reads the key: the file has no place for it", id.name()));
    }
    left
}

/// What a template leaves out, a sentence each.
fn of_template(environment: &Environment) -> Vec<String> {
    let needed: Vec<&str> = namespaces(environment, &Template::of(environment)).collect();
    let mut left = vec![format!("Register {} where they are not", needed.join(", "))];
    left.extend(besides(environment));
    left.extend(environment.by_name.iter().map(ByName::left_out));
    left
}

fn telling(left: &[String]) -> impl Iterator<Item = String> {
    let head = "Not in it, and part of the plan:".to_owned();
    let one = |text: &String| format!("- {}", text.replace(['\n', '\r'], " "));
    std::iter::once(head).chain(left.iter().map(one))
}
