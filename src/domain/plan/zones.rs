//! Private DNS zones on the way back: one that others use by now stays, with its link to a network. Without it their names
//! would lead nowhere.

use serde_json::Value;

use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;

const ZONES: &str = "Microsoft.Network/privateDnsZones";
const LINKS: &str = "Microsoft.Network/privateDnsZones/virtualNetworkLinks";
/// How many names or networks of others are told.
const NAMED: usize = 3;

/// A private DNS zone that a way back deletes, or of which it deletes a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(ArmId);

impl Zone {
    /// The zone that a request deletes, or of which it deletes a link; none of every other request.
    #[must_use]
    pub fn of(request: &Request) -> Option<Self> {
        if request.method != Method::Delete {
            return None;
        }
        let id = ArmId::parse(&request.path).ok()?;
        if id.is_type(LINKS) {
            let (zone, _) = id.as_str().rsplit_once("/virtualNetworkLinks/")?;
            return ArmId::parse(zone).ok().map(Self);
        }
        id.is_type(ZONES).then_some(Self(id))
    }

    /// The zone.
    #[must_use]
    pub fn id(&self) -> &ArmId {
        &self.0
    }

    /// Reads its record sets, of every type.
    #[must_use]
    pub fn records(&self) -> Request {
        Request::get(&self.0.join("ALL"), versions::PRIVATE_DNS)
    }

    /// Reads its links to networks.
    #[must_use]
    pub fn links(&self) -> Request {
        Request::get(&self.0.join("virtualNetworkLinks"), versions::PRIVATE_DNS)
    }

    /// Why it stays, as a sentence: it holds names, or is linked to networks that none of these requests takes the link of.
    /// None where nobody else uses it. The record of its authority comes and goes with it.
    #[must_use]
    pub fn used(&self, records: &[Value], links: &[Value], requests: &[Request]) -> Option<String> {
        let text = |value: &Value, member: &str| value[member].as_str().unwrap_or_default().to_owned();
        let is_own = |record: &&Value| text(record, "type").to_ascii_uppercase().ends_with("/SOA");
        let names: Vec<String> =
            records.iter().filter(|one| !is_own(one)).map(|one| text(one, "name")).collect();
        let goes = |link: &&Value| {
            let id = text(link, "id");
            requests.iter().any(|one| {
                one.method == Method::Delete && one.path.trim_end_matches('/').eq_ignore_ascii_case(&id)
            })
        };
        let network = |link: &Value| {
            let id =
                link.pointer("/properties/virtualNetwork/id").and_then(Value::as_str).unwrap_or_default();
            id.rsplit('/').next().unwrap_or_default().to_owned()
        };
        let networks: Vec<String> = links.iter().filter(|one| !goes(one)).map(network).collect();
        let why = match (names.as_slice(), networks.as_slice()) {
            ([], []) => return None,
            ([], networks) => format!("it is linked to {}, too", few(networks)),
            (names, _) => format!("it holds names of others: {}", few(names)),
        };
        Some(format!("{} stays, with its link: {why}.", self.0.name()))
    }
}

/// Some of them by name, and how many more there are.
fn few(names: &[String]) -> String {
    match names {
        few if few.len() <= NAMED => few.join(", "),
        many => format!("{} and {} more", many[..NAMED].join(", "), many.len() - NAMED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_zone_goes_with_its_link_where_nobody_else_has_a_name_or_a_link_there() {
        let zone =
            ArmId::group("s", "rg-hub").join(&format!("providers/{ZONES}/privatelink.blob.core.windows.net"));
        let link = |name: &str| zone.join(&format!("virtualNetworkLinks/{name}"));
        let delete = |id: &ArmId| Request::arm(Method::Delete, id, versions::PRIVATE_DNS);
        let requests = [delete(&link("ours")), delete(&zone)];
        let read = requests.each_ref().map(|request| Zone::of(request).unwrap());
        assert_eq!(read[0], read[1], "the zone is asked about before its link goes");
        assert_eq!(Zone::of(&Request::get(&zone, versions::PRIVATE_DNS)), None);
        assert_eq!(Zone::of(&delete(&ArmId::group("s", "rg-hub"))), None);
        let record = |kind: &str, name: &str| json!({ "name": name, "type": format!("{ZONES}/{kind}") });
        let linked = |name: &str| {
            let network = ArmId::group("s", "g")
                .join(&format!("providers/Microsoft.Network/virtualNetworks/vnet-{name}"));
            json!({ "id": link(name).as_str(), "properties": { "virtualNetwork": { "id": network.as_str() } } })
        };
        let used =
            |records: &[Value], links: &[Value]| read[0].used(records, links, &requests).unwrap_or_default();
        let names = ["a", "b", "c", "d"].map(|name| record("A", name));
        for (records, links, why) in [
            (&[][..], &[][..], ""),
            (&[record("SOA", "@")], &[linked("ours")], ""),
            (
                &[record("SOA", "@"), record("A", "stother")],
                &[linked("ours")],
                "it holds names of others: stother.",
            ),
            (&names, &[], "it holds names of others: a, b, c and 1 more."),
            (&[], &[linked("ours"), linked("other")], "it is linked to vnet-other, too."),
        ] {
            assert!(used(records, links).ends_with(why), "{}", used(records, links));
            assert_eq!(used(records, links).is_empty(), why.is_empty());
        }
    }
}
