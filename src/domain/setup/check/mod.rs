//! What can be told about a set-up without asking Azure.

mod access;
mod dependents;
mod network;
mod set;
#[cfg(test)]
mod tests;

use super::environment::Environment;
use super::finding::Findings;
use super::names::Named;
use super::spec::Kind;
use crate::domain::changes::Production;
use crate::domain::personas::Stage;

pub(super) use set::set;

/// Checks one environment.
pub(super) fn environment(environment: &Environment, found: &mut Findings) {
    basics(environment, found);
    dependents::check(environment, found);
    network::check(environment, found);
    access::check(environment, found);
}

/// Signs that the name of a tag may not hold.
const NO_TAG: &str = "<>%&\\?/";

fn basics(environment: &Environment, found: &mut Findings) {
    if environment.subscription.is_empty() {
        found.refuse("basics.subscription", "the subscription is not given: its id, a GUID");
    } else if uuid::Uuid::try_parse(&environment.subscription).is_err() {
        found.refuse(
            "basics.subscription",
            format!(
                "'{}' is no subscription's id: it is a GUID, as `az account list` shows it",
                environment.subscription
            ),
        );
    }
    for (key, what, name) in [
        ("basics.resource_group", Named::ResourceGroup, &environment.group),
        ("basics.workspace", Named::Workspace, &environment.workspace),
    ] {
        if let Err(problem) = what.check(name) {
            found.refuse(key, problem);
        }
    }
    let region = &environment.region;
    if region.is_empty() {
        found.refuse("basics.region", "the region is not given: its short name, such as westeurope");
    } else if !region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) {
        found.refuse(
            "basics.region",
            format!("'{region}' is no region: its short name has letters and digits, such as westeurope"),
        );
    }
    if environment.kind == Kind::FeatureStore {
        found.refuse(
            "basics.kind",
            format!(
                "a feature store brings an offline store, identities and roles of its own, which its command makes: \
                 az ml feature-store create --name {} --resource-group {} --location {region}",
                environment.workspace, environment.group
            ),
        );
    }
    if environment.tags.len() > 50 {
        found.refuse("basics.tags", format!("{} tags: Azure takes 50 on a resource", environment.tags.len()));
    }
    let names: Vec<&String> = environment.tags.keys().collect();
    for (at, name) in names.iter().enumerate() {
        if let Some(other) = names[..at].iter().find(|other| other.eq_ignore_ascii_case(name)) {
            let text = format!(
                "the tags '{other}' and '{name}' are one to Azure, which knows no case in their names"
            );
            found.refuse("basics.tags", text);
        }
    }
    for (name, value) in &environment.tags {
        // Storage accounts take less than other types, and get the same tags.
        if name.is_empty() || name.chars().count() > 128 || name.contains(|c| NO_TAG.contains(c)) {
            found.refuse(
                "basics.tags",
                format!("'{name}' cannot name a tag: 1 to 128 characters, none of {NO_TAG}"),
            );
        }
        if value.chars().count() > 256 {
            found.refuse("basics.tags", format!("the tag '{name}' is longer than 256 characters"));
        }
    }
    if environment.stage == Stage::Production && !is_known_as_production(environment) {
        found.warn(
            "basics.stage",
            "it is production, and neither its name, its group nor a tag says so: by the usual settings later changes are not \
             guarded. A tag such as env = prod tells everybody",
        );
    }
    if environment.tags.is_empty() {
        found.note("basics.tags", "no tags: policies and cost reports go by them");
    }
}

/// Whether those who only see the workspace know it as production, by the settings as they usually are.
fn is_known_as_production(environment: &Environment) -> bool {
    let tags = environment.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Production::default().covers([environment.workspace.as_str(), environment.group.as_str()], tags)
}
