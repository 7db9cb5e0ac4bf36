//! What private endpoints bring along: a network interface with addresses of the subnet, the names that lead to them, and
//! the records of the DNS zones that a zone group names.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::defaults::guid;
use super::store::{Store, id_of, key};
use super::world::Change;

const CARDS: &str = "Microsoft.Network/networkInterfaces";
/// The lists of an endpoint's connections.
const LISTS: [&str; 2] = ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"];

/// A name that leads to an endpoint: the zone that it is in, its label there, the name that clients use, and the member of
/// the connection's group that it is of.
struct Name {
    zone: String,
    label: String,
    public: String,
    member: String,
}

/// The names of one group of a target (the zones are those that each service documents for private endpoints).
fn names(target: &Value, group: &str) -> Vec<Name> {
    let name = target["name"].as_str().unwrap_or_default();
    let region = target["location"].as_str().unwrap_or_default();
    let one = |zone: &str, label: String, suffix: &str, member: &str| Name {
        zone: format!("privatelink.{zone}"),
        public: format!("{label}.{suffix}"),
        label,
        member: member.to_owned(),
    };
    let group = group.to_ascii_lowercase();
    match group.as_str() {
        "blob" | "table" | "queue" | "file" | "web" | "dfs" => {
            let suffix = format!("{group}.core.windows.net");
            vec![one(&suffix, name.to_owned(), &suffix, &group)]
        }
        "vault" => vec![one("vaultcore.azure.net", name.to_owned(), "vault.azure.net", "default")],
        "registry" => vec![
            one(
                "azurecr.io",
                format!("{name}.{region}.data"),
                "azurecr.io",
                &format!("registry_data_{region}"),
            ),
            one("azurecr.io", name.to_owned(), "azurecr.io", "registry"),
        ],
        "amlworkspace" => {
            let id = target["properties"]["workspaceId"].as_str().unwrap_or_default();
            let book = target["properties"]["notebookInfo"]["fqdn"].as_str().unwrap_or_default();
            let book = book.trim_end_matches(".notebooks.azure.net").to_owned();
            vec![
                one("api.azureml.ms", format!("{id}.workspace.{region}"), "api.azureml.ms", "default"),
                one("notebooks.azure.net", book, "notebooks.azure.net", "notebook"),
                one("api.azureml.ms", format!("*.{id}.inference.{region}"), "api.azureml.ms", "inference"),
            ]
        }
        _ => Vec::new(),
    }
}

/// The names that lead to an endpoint, each with the group of its connection.
fn all_names(store: &Store, endpoint: &Value) -> Vec<(String, Name)> {
    let connections =
        LISTS.iter().flat_map(|list| endpoint["properties"][*list].as_array().into_iter().flatten());
    connections
        .filter_map(|connection| {
            let properties = &connection["properties"];
            Some((store.get(properties["privateLinkServiceId"].as_str()?)?, &properties["groupIds"]))
        })
        .flat_map(|(target, groups)| {
            let groups = groups.as_array().into_iter().flatten().filter_map(Value::as_str);
            groups
                .flat_map(|group| names(target, group).into_iter().map(|name| (group.to_owned(), name)))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// First and last address of a subnet that can be given away: Azure keeps the first four and the last.
fn range(subnet: &Value) -> Option<(u32, u32)> {
    let properties = &subnet["properties"];
    let prefix =
        properties["addressPrefix"].as_str().or_else(|| properties["addressPrefixes"][0].as_str())?;
    let (address, bits) = prefix.split_once('/')?;
    let (address, bits): (Ipv4Addr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let size = 1_u32.checked_shl(32_u32.checked_sub(bits)?)?;
    let first = u32::from(address) & !(size - 1);
    (size > 5).then(|| (first + 4, first + size - 2))
}

/// The addresses that interfaces other than `card` have in a network or subnet.
fn taken(store: &Store, within: &str, card: &str) -> BTreeSet<u32> {
    let within = key(within);
    store
        .names_of("microsoft.network/networkinterfaces")
        .filter(|other| key(id_of(other)) != key(card))
        .flat_map(|other| other["properties"]["ipConfigurations"].as_array().into_iter().flatten())
        .filter(|config| {
            // A subnet by itself, or one of a network: the name of another one may begin with the same letters.
            config["properties"]["subnet"]["id"].as_str().is_some_and(|id| {
                key(id).strip_prefix(&within).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        })
        .filter_map(|config| config["properties"]["privateIPAddress"].as_str()?.parse::<Ipv4Addr>().ok())
        .map(u32::from)
        .collect()
}

/// Whether an address of a network is free, as `CheckIPAddressAvailability` answers, with five others when it is not.
pub(super) fn check(store: &Store, network: &Value, asked: &str) -> Value {
    let used = taken(store, id_of(network), "");
    let subnets = network["properties"]["subnets"].as_array().into_iter().flatten().filter_map(range);
    let ranges: Vec<(u32, u32)> = subnets.collect();
    let asked = asked.parse::<Ipv4Addr>().ok().map(u32::from);
    let inside = asked.and_then(|at| ranges.iter().find(|(first, last)| (*first..=*last).contains(&at)));
    let is_free = inside.is_some() && asked.is_some_and(|at| !used.contains(&at));
    let others = inside.or(ranges.first()).into_iter().flat_map(|(first, last)| *first..=*last);
    let others: Vec<String> =
        others.filter(|at| !used.contains(at)).take(5).map(|at| Ipv4Addr::from(at).to_string()).collect();
    json!({ "available": is_free, "availableIPAddresses": if is_free { json!([]) } else { json!(others) }, "isPlatformReserved": false })
}

/// The interface of an endpoint as it is now, and the endpoint with the names that lead to it: without a zone group it tells
/// them itself.
pub(super) fn follows_endpoint(store: &Store, endpoint: &Value) -> Vec<Change> {
    let Some(card) = endpoint["properties"]["networkInterfaces"][0]["id"].as_str() else { return Vec::new() };
    let Some(subnet) = endpoint["properties"]["subnet"]["id"].as_str() else { return Vec::new() };
    let space = store.get(subnet).and_then(|subnet| range(subnet));
    let used = taken(store, subnet, card);
    let mut free = space.into_iter().flat_map(|(first, last)| first..=last).filter(|at| !used.contains(at));
    let there = store.get(card);
    let kept = |at: usize| {
        let config = &there?["properties"]["ipConfigurations"][at]["properties"];
        let same = config["subnet"]["id"].as_str().is_some_and(|id| key(id) == key(subnet));
        config["privateIPAddress"].as_str().filter(|_| same).map(str::to_owned)
    };
    let mut configs = Vec::new();
    let mut told = Vec::new();
    for (at, (group, name)) in all_names(store, endpoint).into_iter().enumerate() {
        let next = free.next();
        let Some(address) = kept(at).or_else(|| next.map(|at| Ipv4Addr::from(at).to_string())) else { break };
        let config = format!("privateEndpointIpConfig.{}", guid(card, &name.public));
        configs.push(json!({
            "name": config, "id": format!("{card}/ipConfigurations/{config}"),
            "type": "Microsoft.Network/networkInterfaces/ipConfigurations",
            "properties": {
                "provisioningState": "Succeeded", "privateIPAddress": address, "privateIPAllocationMethod": "Dynamic",
                "subnet": { "id": subnet }, "primary": at == 0, "privateIPAddressVersion": "IPv4",
                "privateLinkConnectionProperties": {
                    "groupId": group, "requiredMemberName": name.member, "fqdns": [name.public]
                }
            }
        }));
        told.push(json!({ "fqdn": name.public, "ipAddresses": [address] }));
    }
    let card = json!({
        "id": card, "name": card.rsplit('/').next(), "type": CARDS, "location": endpoint["location"], "tags": {},
        "etag": endpoint["etag"],
        "properties": {
            "provisioningState": "Succeeded", "resourceGuid": guid(card, "card"), "ipConfigurations": configs,
            "dnsSettings": { "dnsServers": [], "appliedDnsServers": [] }, "macAddress": "",
            "enableAcceleratedNetworking": false, "vnetEncryptionSupported": false, "enableIPForwarding": false,
            "disableTcpStateTracking": false, "hostedWorkloads": [], "tapConfigurations": [], "nicType": "Standard",
            "allowPort25Out": true, "auxiliaryMode": "None", "auxiliarySku": "None",
            "privateEndpoint": { "id": id_of(endpoint) }
        }
    });
    let mut whole = endpoint.clone();
    let zones = format!("{}/privatednszonegroups/", key(id_of(endpoint)));
    let in_zones = store.below(&key(id_of(endpoint))).any(|(at, _)| at.starts_with(&zones));
    whole["properties"]["customDnsConfigs"] = if in_zones { json!([]) } else { Value::Array(told) };
    vec![Change::Put(card), Change::Put(whole)]
}

/// Adds the interfaces that an estate's endpoints name and that it leaves out. What the endpoints say stays as it is.
pub(super) fn add_missing(store: &mut Store) {
    let endpoints: Vec<Value> = store.names_of("microsoft.network/privateendpoints").cloned().collect();
    for endpoint in endpoints {
        let named = endpoint["properties"]["networkInterfaces"][0]["id"].as_str();
        let Some(card) = named.filter(|card| store.get(card).is_none()) else { continue };
        for change in follows_endpoint(store, &endpoint) {
            match change {
                Change::Put(document) if key(id_of(&document)) == key(card) => store.put(document),
                Change::Put(_) | Change::Remove(_) => {}
            }
        }
    }
}

/// The interface of an endpoint goes with it.
pub(super) fn follows_endpoint_gone(endpoint: &Value) -> Option<Change> {
    let card = endpoint["properties"]["networkInterfaces"][0]["id"].as_str()?;
    Some(Change::Remove(card.to_owned()))
}

/// A zone group with the records that it keeps, those records in their zones, and the endpoint, which tells no names any
/// more.
pub(super) fn follows_zone_group(store: &Store, group: &Value) -> Vec<Change> {
    let Some(endpoint) = id_of(group).rsplitn(3, '/').nth(2).and_then(|id| store.get(id)) else {
        return Vec::new();
    };
    let card = endpoint["properties"]["networkInterfaces"][0]["id"].as_str().and_then(|id| store.get(id));
    let address = |public: &str| {
        let configs = card?["properties"]["ipConfigurations"].as_array()?;
        let of =
            |config: &&Value| config["properties"]["privateLinkConnectionProperties"]["fqdns"][0] == public;
        configs.iter().find(of)?["properties"]["privateIPAddress"].as_str().map(str::to_owned)
    };
    let names = all_names(store, endpoint);
    let creator = format!(
        "created by private endpoint {} with resource guid {}",
        endpoint["name"].as_str().unwrap_or_default(),
        endpoint["properties"]["resourceGuid"].as_str().unwrap_or_default()
    );
    let mut changes = Vec::new();
    let mut whole = group.clone();
    for config in whole["properties"]["privateDnsZoneConfigs"].as_array_mut().into_iter().flatten() {
        let zone = config["properties"]["privateDnsZoneId"].as_str().unwrap_or_default().to_owned();
        let zone_name = zone.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        let mut records = Vec::new();
        for (_, name) in names.iter().filter(|(_, name)| name.zone == zone_name) {
            let Some(address) = address(&name.public) else { continue };
            let fqdn = format!("{}.{zone_name}", name.label);
            if store.get(&zone).is_some() {
                let record = format!("{zone}/A/{}", name.label);
                changes.push(Change::Put(json!({
                    "id": record, "name": name.label, "type": "Microsoft.Network/privateDnsZones/A",
                    "etag": guid(&record, &address),
                    "properties": {
                        "metadata": { "creator": creator }, "fqdn": format!("{fqdn}."), "ttl": 10,
                        "isAutoRegistered": false, "aRecords": [{ "ipv4Address": address }]
                    }
                })));
            }
            records.push(json!({
                "recordType": "A", "recordSetName": name.label, "fqdn": fqdn, "ttl": 10,
                "provisioningState": "Succeeded", "ipAddresses": [address]
            }));
        }
        config["properties"]["recordSets"] = Value::Array(records);
    }
    let mut told = Value::clone(endpoint);
    told["properties"]["customDnsConfigs"] = json!([]);
    changes.extend([Change::Put(whole), Change::Put(told)]);
    changes
}

/// The records of a zone group go with it, and its endpoint, if that stays, tells its names again.
pub(super) fn follows_zone_group_gone(store: &Store, group: &Value) -> Vec<Change> {
    let configs = group["properties"]["privateDnsZoneConfigs"].as_array().into_iter().flatten();
    let records = configs.flat_map(|config| {
        let zone = config["properties"]["privateDnsZoneId"].as_str().unwrap_or_default();
        let sets = config["properties"]["recordSets"].as_array().into_iter().flatten();
        sets.filter_map(move |set| Some(format!("{zone}/A/{}", set["recordSetName"].as_str()?)))
    });
    let endpoint = id_of(group).rsplitn(3, '/').nth(2).and_then(|id| store.get(id));
    let told = endpoint.map(|endpoint| follows_endpoint(store, endpoint)).unwrap_or_default();
    records.map(Change::Remove).chain(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_in_its_own_subnet_and_not_in_one_whose_name_begins_alike() {
        let network = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/vnet";
        let card = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/networkInterfaces/nic";
        let estate = json!({ "tenant": { "tenantId": "t" }, "owner": "o",
            "subscriptions": [{ "id": "/subscriptions/s", "subscriptionId": "s", "displayName": "One" }],
            "resources": [{ "id": "/subscriptions/s/resourceGroups/g", "name": "g" }] });
        let mut store = Store::new(serde_json::from_value(estate).unwrap());
        store.put(json!({ "id": card, "type": "Microsoft.Network/networkInterfaces", "properties": {
            "ipConfigurations": [{ "properties": {
                "subnet": { "id": format!("{network}/subnets/pe2") }, "privateIPAddress": "10.0.2.4" } }] } }));
        let in_subnet = |name: &str| taken(&store, &format!("{network}/subnets/{name}"), "").len();
        assert_eq!((in_subnet("pe2"), in_subnet("pe")), (1, 0));
        assert_eq!(taken(&store, network, "").len(), 1);
    }

    #[test]
    fn azure_keeps_the_first_four_addresses_of_a_subnet_and_the_last() {
        let subnet = |prefix: &str| json!({ "properties": { "addressPrefix": prefix } });
        let ends = range(&subnet("10.0.1.0/28")).map(|(a, b)| (Ipv4Addr::from(a), Ipv4Addr::from(b)));
        assert_eq!(ends, Some((Ipv4Addr::new(10, 0, 1, 4), Ipv4Addr::new(10, 0, 1, 14))));
        for odd in ["10.0.1.0/30", "10.0.1.0", "10.0.1.0/64", "fd00::/64", "0.0.0.0/0"] {
            assert_eq!(range(&subnet(odd)), None, "{odd}");
        }
    }
}
