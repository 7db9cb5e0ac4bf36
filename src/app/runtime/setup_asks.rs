//! What the form that sets workspaces up asks: what can be chosen, and what is in the way.

use std::collections::BTreeMap;

use serde_json::Value;

use super::inventory::pages;
use super::preflight::{self, directory_of};
use crate::app::form::edit::NO_COMPUTE;
use crate::app::form::setup::{fact, rules};
use crate::app::form::{Choice, Told, Verdict};
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Request;
use crate::azure::arm::versions;
use crate::azure::resource_graph::{self, IdRow, Page};
use crate::azure::resources::compute;
use crate::domain::setup::environment::{VAULTS, WORKSPACES};
use crate::domain::setup::finding::{Finding, Level};
use crate::domain::setup::names::overlaps_container_engine;
use crate::domain::setup::people::Directory;
use crate::domain::setup::preflight::{Learnt, existing_question, learn, name_question};
use crate::domain::setup::regions;
use crate::domain::setup::resolve::SetUp;
use crate::domain::setup::spec::PlanFile;

/// Where something stands in a document; empty where it is no text.
fn text<'a>(value: &'a Value, at: &str) -> &'a str {
    value.pointer(at).and_then(Value::as_str).unwrap_or_default()
}

fn items<'a>(value: &'a Value, at: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(at).and_then(Value::as_array).into_iter().flatten()
}

/// The regions that have the provider, by their short names.
pub async fn regions(client: &Client, subscription: &str) -> Result<Vec<Choice>, Error> {
    let (namespace, kind) = WORKSPACES.split_once('/').unwrap_or_default();
    let provider = ArmId::subscription(subscription).join(&format!("providers/{namespace}"));
    let answer = client.value(&Request::get(&provider, versions::RESOURCES)).await?;
    let of_kind = |one: &&Value| text(one, "/resourceType").eq_ignore_ascii_case(kind);
    let types = items(&answer, "/resourceTypes").filter(of_kind);
    let names = types.flat_map(|one| items(one, "/locations")).filter_map(Value::as_str);
    let mut choices: Vec<Choice> = names
        .map(|name| {
            let short = regions::short_name(name);
            let zones = if regions::has_zones(&short) { "has zones" } else { "" };
            Choice::new(short.clone(), name).kind(short).detail(zones)
        })
        .collect();
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    Ok(choices)
}

/// The resources of a type, with where they are, and why one cannot serve a workspace.
pub async fn resources(client: &Client, subscription: &str, kind: &str) -> Result<Vec<Choice>, Error> {
    let path = ArmId::subscription(subscription).join(&format!("providers/{kind}"));
    let request = Request::get(&path, versions::of(kind).unwrap_or(versions::RESOURCES));
    let mut choices: Vec<Choice> =
        client.list::<Value>(&request).await?.iter().filter_map(|item| resource(kind, item)).collect();
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    Ok(choices)
}

fn resource(kind: &str, item: &Value) -> Option<Choice> {
    let id = ArmId::parse(text(item, "/id")).ok()?;
    let refused = |one: Learnt| match one {
        Learnt::Finding(finding) if finding.level == Level::Refused => Some(finding.text),
        _ => None,
    };
    let cannot = existing_question(&id)
        .and_then(|question| learn(&question, Ok(item)).into_iter().find_map(refused))
        .unwrap_or_default();
    let purge = item.pointer("/properties/enablePurgeProtection") == Some(&Value::Bool(true));
    let (sku, group) = (text(item, "/sku/name"), id.resource_group().unwrap_or_default());
    let mut said = vec![group, text(item, "/location"), sku];
    if kind == VAULTS && !purge {
        said.push("no purge protection");
    }
    if !cannot.is_empty() {
        said.push("cannot serve");
    }
    said.retain(|word| !word.is_empty());
    let choice = Choice::new(id.as_str(), id.name())
        .detail(said.join(", "))
        .with(fact::CANNOT, cannot)
        .with(fact::SKU, sku)
        .with(fact::REGION, text(item, "/location"))
        .with(fact::PURGE, if purge { "yes" } else { "no" });
    Some(choice)
}

/// The vaults of a subscription: those that can hold a customer's key first, of the others why they cannot.
pub async fn key_holders(client: &Client, subscription: &str) -> Result<Vec<Choice>, Error> {
    let mut choices = resources(client, subscription, VAULTS).await?;
    for choice in &mut choices {
        let cannot = why_no_key(choice);
        choice.facts.retain(|(name, _)| name != fact::CANNOT);
        *choice = std::mem::take(choice).with(fact::CANNOT, cannot);
    }
    choices.sort_by_key(|choice| !choice.fact(fact::CANNOT).is_empty());
    Ok(choices)
}

/// Why a vault can hold no customer's key, and how to mend it; empty where it can.
fn why_no_key(vault: &Choice) -> String {
    if vault.fact(fact::PURGE) != "no" {
        return String::new();
    }
    format!(
        "{} has no purge protection, which the vault of a customer's key must have. Its owner can turn it on, for good: az \
         keyvault update --name {} --enable-purge-protection true",
        vault.label, vault.label
    )
}

/// What a private endpoint of a managed network can lead to, in every subscription that is seen; with `tags` the service
/// tags come before it.
pub async fn rule_targets(client: &Client, tags: bool) -> Result<Vec<Choice>, Error> {
    let types: Vec<&str> = rules::target_types().collect();
    let mut ids: Vec<ArmId> = Vec::new();
    let mut take = |page: Page<IdRow>| ids.extend(page.rows.into_iter().map(|row| row.id));
    pages(client, resource_graph::of_types(&types), false, &mut take).await?;
    let tags = if tags { rules::service_tags() } else { Vec::new() };
    Ok(tags.into_iter().chain(rules::targets(&ids)).collect())
}

/// The clusters of a workspace, with none before them: images are built on these.
pub async fn computes(client: &Client, workspace: &ArmId) -> Result<Vec<Choice>, Error> {
    let items = client.list::<Value>(&compute::list(workspace)).await?;
    let clusters =
        items.iter().filter(|one| text(one, "/properties/computeType").eq_ignore_ascii_case("AmlCompute"));
    let choice = |one: &Value| {
        let said = [text(one, "/properties/properties/vmSize"), text(one, "/properties/provisioningState")];
        let said: Vec<&str> = said.into_iter().filter(|word| !word.is_empty()).collect();
        Choice::new(text(one, "/name"), text(one, "/name")).detail(said.join(", "))
    };
    let none =
        Choice::new(NO_COMPUTE, NO_COMPUTE).detail("Azure builds images with the registry's own tasks");
    Ok(std::iter::once(none).chain(clusters.map(choice)).collect())
}

/// The subnets of every network of a subscription.
pub async fn subnets(client: &Client, subscription: &str) -> Result<Vec<Choice>, Error> {
    let path = ArmId::subscription(subscription).join("providers/Microsoft.Network/virtualNetworks");
    let mut choices = Vec::new();
    for network in client.list::<Value>(&Request::get(&path, versions::NETWORK)).await? {
        let region = regions::short_name(text(&network, "/location"));
        for subnet in items(&network, "/properties/subnets") {
            let single = subnet.pointer("/properties/addressPrefix").into_iter();
            let prefixes = single.chain(items(subnet, "/properties/addressPrefixes"));
            let prefixes: Vec<&str> = prefixes.filter_map(Value::as_str).collect();
            let overlaps = prefixes.iter().any(|prefix| overlaps_container_engine(prefix) == Some(true));
            let warned = if overlaps { "overlaps 172.17.0.0/16" } else { "" };
            let said = [prefixes.join(" "), region.clone(), warned.to_owned()];
            let said: Vec<&str> = said.iter().map(String::as_str).filter(|word| !word.is_empty()).collect();
            let label = format!("{} / {}", text(&network, "/name"), text(subnet, "/name"));
            let choice = Choice::new(text(subnet, "/id"), label)
                .detail(said.join(", "))
                .with(fact::REGION, region.clone());
            choices.push(choice);
        }
    }
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    Ok(choices)
}

/// The resource groups that hold private DNS zones of private endpoints, wherever they are seen: zones are often in a
/// subscription of their own.
pub async fn zone_groups(client: &Client) -> Result<Vec<Choice>, Error> {
    let mut zones: Vec<ArmId> = Vec::new();
    let mut take = |page: Page<IdRow>| zones.extend(page.rows.into_iter().map(|row| row.id));
    pages(client, resource_graph::of_types(&["Microsoft.Network/privateDnsZones"]), false, &mut take).await?;
    let mut groups: BTreeMap<String, (ArmId, usize)> = BTreeMap::new();
    let is_of_endpoints = |zone: &&ArmId| zone.name().to_ascii_lowercase().starts_with("privatelink.");
    for group in zones.iter().filter(is_of_endpoints).filter_map(ArmId::group_scope) {
        let key = group.as_str().to_ascii_lowercase();
        groups.entry(key).or_insert((group, 0)).1 += 1;
    }
    let choice = |(group, count): (ArmId, usize)| {
        let number = if count == 1 { "1 zone".to_owned() } else { format!("{count} zones") };
        Choice::new(group.as_str(), group.name()).detail(number)
    };
    let mut choices: Vec<Choice> = groups.into_values().map(choice).collect();
    choices.sort_by_cached_key(|choice| choice.label.to_lowercase());
    Ok(choices)
}

/// The keys of a vault, by their URIs.
pub async fn keys(client: &Client, vault: &ArmId) -> Result<Vec<Choice>, Error> {
    let request = Request::get(&vault.join("keys"), versions::KEY_VAULT);
    let keys = client.list::<Value>(&request).await?;
    let mut choices: Vec<Choice> =
        keys.iter().map(key_choice).filter(|choice| !choice.key.is_empty()).collect();
    choices.sort_by_key(|choice| !choice.fact(fact::CANNOT).is_empty());
    Ok(choices)
}

/// A key of a vault, with why it cannot encrypt a workspace: what wraps keys is an RSA key that is in force.
fn key_choice(key: &Value) -> Choice {
    let versioned = text(key, "/properties/keyUriWithVersion");
    let uri = if versioned.is_empty() { text(key, "/properties/keyUri") } else { versioned };
    let kind = text(key, "/properties/kty");
    let cannot = if !kind.is_empty() && !kind.to_ascii_uppercase().starts_with("RSA") {
        format!("{} is {kind}: only an RSA key can encrypt a workspace", text(key, "/name"))
    } else if key.pointer("/properties/attributes/enabled") == Some(&Value::Bool(false)) {
        format!("{} is disabled: enable it in its vault, or make another one", text(key, "/name"))
    } else {
        String::new()
    };
    let detail = if cannot.is_empty() { "" } else { "cannot serve" };
    Choice::new(uri, text(key, "/name")).kind(kind).detail(detail).with(fact::CANNOT, cannot)
}

/// Whether a name is free in all of Azure, or is this very plan's own already.
pub async fn name_free(client: &Client, id: &ArmId) -> Result<Verdict, Error> {
    let Some(question) = name_question(id) else { return Ok(Verdict::Good(String::new())) };
    for learnt in preflight::one(client, &question).await {
        match learnt {
            Learnt::Finding(finding) => {
                return Ok(match finding.level {
                    Level::Refused => Verdict::Bad(finding.text),
                    _ => Verdict::Doubtful(finding.text),
                });
            }
            Learnt::There(id) => {
                let group = id.resource_group().unwrap_or_default();
                return Ok(Verdict::Doubtful(format!("there already, in {group}: it is taken as it is")));
            }
            _ => {}
        }
    }
    Ok(Verdict::Good("free".to_owned()))
}

/// Everything that is asked about a set-up as a whole. Who is given by name is looked up first.
pub async fn preflight(client: &Client, file: &PlanFile) -> Told {
    match directory_of(client, &file.people).await {
        Ok(directory) => {
            let learnt = preflight::preflight(client, &SetUp::of(file, &directory)).await;
            Told { learnt, directory }
        }
        Err(problems) => {
            let refused =
                |text| Finding { environment: None, key: "people".to_owned(), level: Level::Refused, text };
            let learnt = problems.into_iter().map(|problem| Learnt::Finding(refused(problem))).collect();
            Told { learnt, directory: Directory::new() }
        }
    }
}
