//! Private endpoints for the workspace and its new dependents, with their private DNS zones. Where these go to
//! another resource group than the workspace they are a nested deployment.

use serde_json::{Value, json};

use super::compose::{DEPLOYMENTS, tags};
use super::expression::Expression;
use super::{Resource, Template, child};
use crate::azure::arm::id::ArmId;
use crate::azure::arm::versions;
use crate::domain::setup::environment::{
    Dependent, ENDPOINTS, Environment, Inbound, REGISTRIES, STORAGE, VAULTS, WORKSPACES, Zones,
};
use crate::domain::setup::names::stable_guid;

const ZONE_GROUPS: &str = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups";
/// The type of private DNS zones.
pub(in super::super) const ZONES: &str = "Microsoft.Network/privateDnsZones";
/// The type of their links to networks.
pub(in super::super) const LINKS: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";

/// One private endpoint: what it leads to, by which sub-resource, and the zones with its names.
pub(in super::super) struct Lead {
    /// The endpoint's name.
    pub name: String,
    /// The type of the target.
    pub kind: &'static str,
    /// The target's name; it is in the environment's group.
    pub target: String,
    /// The sub-resource.
    pub subresource: &'static str,
    /// The private DNS zones.
    pub zones: &'static [&'static str],
}

/// The names of private DNS zones in one cloud.
struct ZoneNames {
    /// How the names of its regions begin.
    regions: &'static [&'static str],
    workspace: [&'static str; 2],
    blob: [&'static str; 1],
    file: [&'static str; 1],
    vault: [&'static str; 1],
    registry: [&'static str; 1],
}

/// The clouds; the public one comes last, for all other regions. Source: Azure's table of private DNS zone values.
static CLOUDS: [ZoneNames; 3] = [
    ZoneNames {
        regions: &["usgov", "usdod"],
        workspace: ["privatelink.api.ml.azure.us", "privatelink.notebooks.usgovcloudapi.net"],
        blob: ["privatelink.blob.core.usgovcloudapi.net"],
        file: ["privatelink.file.core.usgovcloudapi.net"],
        vault: ["privatelink.vaultcore.usgovcloudapi.net"],
        registry: ["privatelink.azurecr.us"],
    },
    ZoneNames {
        regions: &["china"],
        workspace: ["privatelink.api.ml.azure.cn", "privatelink.notebooks.chinacloudapi.cn"],
        blob: ["privatelink.blob.core.chinacloudapi.cn"],
        file: ["privatelink.file.core.chinacloudapi.cn"],
        vault: ["privatelink.vaultcore.azure.cn"],
        registry: ["privatelink.azurecr.cn"],
    },
    ZoneNames {
        regions: &[""],
        workspace: ["privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"],
        blob: ["privatelink.blob.core.windows.net"],
        file: ["privatelink.file.core.windows.net"],
        vault: ["privatelink.vaultcore.azure.net"],
        registry: ["privatelink.azurecr.io"],
    },
];

/// The names of zones for a region: its name tells the cloud.
fn zones_of(region: &str) -> &'static ZoneNames {
    let [.., public] = &CLOUDS;
    let is_of = |cloud: &&ZoneNames| cloud.regions.iter().any(|begins| region.starts_with(begins));
    CLOUDS.iter().find(is_of).unwrap_or(public)
}

/// The private endpoints of an environment, with the zones of the cloud that its region is in.
pub(in super::super) fn leads(environment: &Environment) -> Vec<Lead> {
    let Some(inbound) = &environment.inbound else { return Vec::new() };
    let zones = zones_of(&environment.region);
    let workspace = environment.workspace.clone();
    let mut all = vec![(WORKSPACES, workspace, "amlworkspace", &zones.workspace[..])];
    if inbound.dependents {
        if let Dependent::New(name) = &environment.storage {
            all.push((STORAGE, name.clone(), "blob", &zones.blob));
            all.push((STORAGE, name.clone(), "file", &zones.file));
        }
        if let Dependent::New(name) = &environment.key_vault {
            all.push((VAULTS, name.clone(), "vault", &zones.vault));
        }
        if let Dependent::New(name) = &environment.registry {
            all.push((REGISTRIES, name.clone(), "registry", &zones.registry));
        }
    }
    all.into_iter()
        .map(|(kind, target, subresource, zones)| {
            let name =
                if kind == STORAGE { format!("pe-{target}-{subresource}") } else { format!("pe-{target}") };
            Lead { name, kind, target, subresource, zones }
        })
        .collect()
}

/// The names of the private DNS zones that the private endpoints of an environment have their names in.
pub(in super::super) fn zones_of_leads(environment: &Environment) -> Vec<&'static str> {
    leads(environment).iter().flat_map(|lead| lead.zones.iter().copied()).collect()
}

/// The resources for private inbound access; `there` is what the deployment makes before.
pub(super) fn of(environment: &Environment, there: &[Expression]) -> Vec<Resource> {
    let Some(inbound) = &environment.inbound else { return Vec::new() };
    let leads = leads(environment);
    if inbound.group == environment.group_id() {
        return resources(environment, inbound, &leads, true);
    }
    let nested = Template { resources: resources(environment, inbound, &leads, false) };
    let subscription = inbound.group.subscription_id().unwrap_or_default();
    let mut body = json!({
        "resourceGroup": inbound.group.resource_group(),
        "properties": {
            "mode": "Incremental", "expressionEvaluationOptions": { "scope": "inner" }, "template": nested.json()
        }
    });
    if !subscription.eq_ignore_ascii_case(&environment.subscription) {
        body["subscriptionId"] = subscription.into();
    }
    let name = format!("endpoints-{}", environment.workspace);
    vec![Resource::new(DEPLOYMENTS, versions::RESOURCES, &name, body).after(there.iter().cloned())]
}

fn resources(environment: &Environment, inbound: &Inbound, leads: &[Lead], inline: bool) -> Vec<Resource> {
    let own = |kind: &str, name: &str| own(inbound, kind, name, inline);
    let zone_id = |zone: &str| match &inbound.zones {
        Zones::In(group) => child(group, ZONES, zone).to_string(),
        _ => own(ZONES, zone).to_string(),
    };
    let mut all = zones(environment, inbound, leads, inline);
    for lead in leads {
        // In a nested deployment the resources of the outer one are not known by name.
        let target = if inline {
            Expression::id(lead.kind, &lead.target)
        } else {
            Expression::At(child(&environment.group_id(), lead.kind, &lead.target))
        };
        let body = json!({
            "location": inbound.region, "tags": tags(environment),
            "properties": {
                "subnet": { "id": inbound.subnet.as_str() },
                "privateLinkServiceConnections": [{
                    "name": lead.name,
                    "properties": { "groupIds": [lead.subresource], "privateLinkServiceId": target.to_string() }
                }]
            }
        });
        let endpoint = Resource::new(ENDPOINTS, versions::NETWORK, &lead.name, body);
        all.push(endpoint.after(inline.then_some(target)));
        if inbound.zones == Zones::None {
            continue;
        }
        let configs: Vec<Value> = lead
            .zones
            .iter()
            .map(|zone| json!({ "name": zone.replace('.', "-"), "properties": { "privateDnsZoneId": zone_id(zone) } }))
            .collect();
        let body = json!({ "properties": { "privateDnsZoneConfigs": configs } });
        let made = lead.zones.iter().filter(|_| inbound.zones == Zones::New).map(|zone| own(ZONES, zone));
        let group = Resource::new(ZONE_GROUPS, versions::NETWORK, &format!("{}/default", lead.name), body);
        all.push(group.after([own(ENDPOINTS, &lead.name)]).after(made));
    }
    all
}

/// The id of what is made beside the endpoints.
fn own(inbound: &Inbound, kind: &str, name: &str, inline: bool) -> Expression {
    if inline { Expression::id(kind, name) } else { Expression::At(child(&inbound.group, kind, name)) }
}

/// The name of a zone's link to a network: the same for everybody who links it, so that two environments make one.
pub(super) fn link_name(network: &ArmId) -> String {
    let digits: String = stable_guid(network.as_str()).simple().to_string().chars().take(8).collect();
    format!("{}-{digits}", network.name())
}

/// New zones with their links to the network.
fn zones(environment: &Environment, inbound: &Inbound, leads: &[Lead], inline: bool) -> Vec<Resource> {
    if inbound.zones != Zones::New {
        return Vec::new();
    }
    let network = inbound.network();
    let link_name = link_name(&network);
    let mut all = Vec::new();
    for zone in leads.iter().flat_map(|lead| lead.zones.iter().copied()) {
        let made = Resource::new(
            ZONES,
            versions::PRIVATE_DNS,
            zone,
            json!({ "location": "global", "tags": tags(environment), "properties": {} }),
        );
        let body = json!({
            "location": "global",
            "properties": { "registrationEnabled": false, "virtualNetwork": { "id": network.as_str() } }
        });
        let name = format!("{zone}/{link_name}");
        let link = Resource::new(LINKS, versions::PRIVATE_DNS, &name, body)
            .after([own(inbound, ZONES, zone, inline)]);
        all.extend([made, link]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::setup::examples;

    #[test]
    fn zones_have_the_names_of_the_cloud_that_the_region_is_in() {
        let mut environment = examples::named("dev-prod").environments.remove(1);
        for (region, api, vault, registry) in [
            (
                "westeurope",
                "privatelink.api.azureml.ms",
                "privatelink.vaultcore.azure.net",
                "privatelink.azurecr.io",
            ),
            (
                "usgovvirginia",
                "privatelink.api.ml.azure.us",
                "privatelink.vaultcore.usgovcloudapi.net",
                "privatelink.azurecr.us",
            ),
            (
                "chinaeast2",
                "privatelink.api.ml.azure.cn",
                "privatelink.vaultcore.azure.cn",
                "privatelink.azurecr.cn",
            ),
        ] {
            environment.region = region.to_owned();
            let zones: Vec<&str> =
                leads(&environment).iter().flat_map(|lead| lead.zones.iter().copied()).collect();
            assert_eq!(zones.len(), 6, "{region}");
            for zone in [api, vault, registry] {
                assert!(zones.contains(&zone), "{region}: {zone} is not in {zones:?}");
            }
        }
    }
}
