//! Machine sizes of Machine Learning, and how much of its quota a subscription uses in a region.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::page::{Paging, page};
use super::reply::{Answer, ArmError, Reply};
use super::request::Call;
use super::store::{id_of, key};
use super::world::World;

/// One machine size.
struct Size {
    name: &'static str,
    /// The family as quotas name it.
    family: &'static str,
    /// Processors, graphics processors, memory in GiB, local disk in MB.
    cores: u64,
    gpus: u64,
    memory: f64,
    disk: u64,
    /// Price of an hour on Linux, in dollars.
    price: f64,
}

const fn size(
    name: &'static str,
    family: &'static str,
    (cores, gpus): (u64, u64),
    memory: f64,
    disk: u64,
    price: f64,
) -> Size {
    Size { name, family, cores, gpus, memory, disk, price }
}

/// Sizes that are offered everywhere. Prices are of the right order and no more.
static SIZES: [Size; 14] = [
    size("Standard_DS1_v2", "standardDSv2Family", (1, 0), 3.5, 7_168, 0.07),
    size("Standard_DS2_v2", "standardDSv2Family", (2, 0), 7.0, 14_336, 0.15),
    size("Standard_DS3_v2", "standardDSv2Family", (4, 0), 14.0, 28_672, 0.29),
    size("Standard_DS4_v2", "standardDSv2Family", (8, 0), 28.0, 57_344, 0.59),
    size("Standard_DS11_v2", "standardDSv2Family", (2, 0), 14.0, 28_672, 0.19),
    size("Standard_DS12_v2", "standardDSv2Family", (4, 0), 28.0, 57_344, 0.37),
    size("Standard_E4s_v3", "standardESv3Family", (4, 0), 32.0, 65_536, 0.25),
    size("Standard_E8s_v3", "standardESv3Family", (8, 0), 64.0, 131_072, 0.5),
    size("Standard_F4s_v2", "standardFSv2Family", (4, 0), 8.0, 32_768, 0.17),
    size("Standard_D13_v2", "standardDv2Family", (8, 0), 56.0, 409_600, 0.74),
    size("Standard_NC6s_v3", "standardNCSv3Family", (6, 1), 112.0, 344_064, 3.06),
    size("Standard_NC12s_v3", "standardNCSv3Family", (12, 2), 224.0, 688_128, 6.12),
    size("Standard_NC24ads_A100_v4", "StandardNCADSA100v4Family", (24, 1), 220.0, 65_536, 3.67),
    size("Standard_ND96asr_v4", "standardNDASv4_A100Family", (96, 8), 900.0, 6_291_456, 27.2),
];

/// Cores that a family may use in a region of a subscription.
const LIMIT: u64 = 100;
/// Clusters that a subscription may have in a region.
const CLUSTERS: u64 = 200;

fn allow(world: &World, call: &Call, what: &str) -> Result<String, ArmError> {
    let action = format!("Microsoft.MachineLearningServices/locations/{what}/read");
    let scope = format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default());
    world.containers(call, &action)?;
    world.allow(call, &action, &scope)?;
    Ok(scope)
}

/// Answers the machine sizes of a location.
///
/// # Errors
/// ARM's refusals.
pub(super) fn sizes(world: &World, call: &Call) -> Answer {
    allow(world, call, "vmSizes")?;
    let price = |price: f64, system: &str, tier: &str| json!({ "retailPrice": price, "osType": system, "vmTier": tier });
    let list: Vec<Value> = SIZES
        .iter()
        .map(|size| {
            json!({
                "name": size.name, "family": size.family, "vCPUs": size.cores, "gpus": size.gpus,
                "osVhdSizeMB": 1_047_552, "maxResourceVolumeMB": size.disk, "memoryGB": size.memory,
                "lowPriorityCapable": true, "premiumIO": true,
                "estimatedVMPrices": { "billingCurrency": "USD", "unitOfMeasure": "OneHour", "values": [
                    price(size.price, "Linux", "Standard"), price(size.price / 5.0, "Linux", "LowPriority")
                ]},
                "supportedComputeTypes": ["AmlCompute", "ComputeInstance"]
            })
        })
        .collect();
    Ok(Reply::ok(&json!({ "value": list })))
}

fn family_quota(family: &str) -> String {
    let plain = family.trim_end_matches("Family");
    let plain = plain.strip_prefix("standard").or_else(|| plain.strip_prefix("Standard")).unwrap_or(plain);
    format!("Standard {plain} Family Cluster Dedicated vCPUs")
}

/// What a subscription uses in a location.
#[derive(Default)]
struct InUse {
    /// Dedicated cores, by family.
    dedicated: BTreeMap<&'static str, u64>,
    /// Cores that the service may take back.
    low_priority: u64,
    /// Computes.
    computes: u64,
}

/// The id of a family's quota, of a subscription or a workspace.
fn quota_id(holder: &str, name: &str) -> String {
    format!("{holder}/quotas/{}", name.replace(' ', "_"))
}

/// How much a family may use: what was set, or what is usual.
fn limit(world: &World, holder: &str, name: &str) -> u64 {
    world.store.quotas.get(&key(&quota_id(holder, name))).copied().unwrap_or(LIMIT)
}

fn in_use(world: &World, scope: &str, location: &str) -> InUse {
    let dedicated = SIZES.iter().map(|size| (size.family, 0)).collect();
    let mut used = InUse { dedicated, ..InUse::default() };
    for (at, compute) in world.store.below(&key(scope)) {
        let here = compute["location"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(location));
        if !here || !at.contains("/computes/") {
            continue;
        }
        used.computes += 1;
        let inner = &compute["properties"]["properties"];
        let name = inner["vmSize"].as_str().unwrap_or_default();
        let nodes = if compute["properties"]["computeType"] == "AmlCompute" {
            inner["currentNodeCount"].as_u64().unwrap_or(0)
        } else {
            u64::from(inner["state"] == "Running")
        };
        if let Some(size) = SIZES.iter().find(|size| size.name.eq_ignore_ascii_case(name)) {
            let cores = size.cores.saturating_mul(nodes);
            let sum = if inner["vmPriority"] == "LowPriority" {
                &mut used.low_priority
            } else {
                used.dedicated.entry(size.family).or_default()
            };
            *sum = sum.saturating_add(cores);
        }
    }
    used
}

/// Answers the usages of a location.
///
/// # Errors
/// ARM's refusals.
pub(super) fn usages(world: &World, call: &Call, location: &str) -> Answer {
    let scope = allow(world, call, "usages")?;
    let InUse { dedicated, low_priority, computes } = in_use(world, &scope, location);
    let together = dedicated.values().fold(0, |sum: u64, cores| sum.saturating_add(*cores));
    let usage = |id: String, kind: &str, name: &str, used: u64, limit: u64| {
        json!({
            "id": id, "type": format!("Microsoft.MachineLearningServices/{kind}/usages"), "unit": "Count",
            "name": { "value": name, "localizedValue": name }, "currentValue": used, "limit": limit
        })
    };
    let all = format!("{scope}/usages");
    let total = "Total Cluster Dedicated Regional vCPUs";
    let mut list = vec![
        usage(all.clone(), "totalCores", "Clusters", computes, CLUSTERS),
        usage(all.clone(), "dedicatedCores", total, together, LIMIT * 3),
        usage(all, "lowPriorityCores", "Total Cluster LowPriority Regional vCPUs", low_priority, LIMIT),
    ];
    for (family, used) in dedicated {
        let name = family_quota(family);
        let limit = limit(world, &scope, &name);
        let id = format!("{scope}/usages/{}", name.replace(' ', "_"));
        list.push(usage(id, "vmFamily", &name, used, limit));
    }
    page(call, &list, &Paging { parameter: "$skip", ..Paging::arm(world.settings.page_size) })
}

/// Answers the quotas of a location: of the subscription, and of each of its workspaces there.
///
/// # Errors
/// ARM's refusals.
pub(super) fn quotas(world: &World, call: &Call, location: &str) -> Answer {
    let scope = allow(world, call, "quotas")?;
    let mut holders = vec![(scope.clone(), "vmFamily")];
    holders.extend(
        world
            .store
            .below(&key(&scope))
            .filter(|(at, document)| {
                at.matches('/').count() == 8
                    && at.contains("/microsoft.machinelearningservices/workspaces/")
                    && document["location"].as_str().is_some_and(|of| of.eq_ignore_ascii_case(location))
            })
            .map(|(_, workspace)| (id_of(workspace).to_owned(), "workspaces")),
    );
    let mut families: Vec<&str> = SIZES.iter().map(|size| size.family).collect();
    families.dedup();
    let list: Vec<Value> = holders
        .iter()
        .flat_map(|(holder, kind)| families.iter().map(move |family| (holder, kind, family_quota(family))))
        .map(|(holder, kind, name)| {
            json!({
                "id": quota_id(holder, &name),
                "type": format!("Microsoft.MachineLearningServices/{kind}/quotas"),
                "limit": limit(world, holder, &name), "unit": "Count", "name": { "value": name, "localizedValue": name }
            })
        })
        .collect();
    page(call, &list, &Paging { parameter: "$skip", ..Paging::arm(world.settings.page_size) })
}

/// Answers `updateQuotas`: each wanted limit is taken or refused on its own.
///
/// # Errors
/// ARM's refusals.
pub(super) fn update_quotas(world: &mut World, call: &Call) -> Answer {
    let action = "Microsoft.MachineLearningServices/locations/updateQuotas/action";
    let scope = format!("/subscriptions/{}", call.path.subscription.as_deref().unwrap_or_default());
    world.containers(call, action)?;
    world.allow(call, action, &scope)?;
    let wanted = call.object().remove("value").unwrap_or_default();
    let mut answers = Vec::new();
    for quota in wanted.as_array().into_iter().flatten() {
        let id = id_of(quota);
        let limit = quota["limit"].as_i64().unwrap_or(-1);
        let known = key(id).starts_with(&format!("{}/", key(&scope))) && id.contains("/quotas/");
        let status = match u64::try_from(limit) {
            _ if !known => "InvalidVMFamilyName",
            Err(_) => "Failure",
            Ok(limit) if limit > LIMIT => "OperationNotSupportedForSku",
            Ok(limit) => {
                world.store.quotas.insert(key(id), limit);
                "Success"
            }
        };
        answers.push(json!({
            "id": id, "type": quota["type"], "limit": limit, "unit": "Count", "status": status
        }));
    }
    Ok(Reply::ok(&json!({ "value": answers })))
}
