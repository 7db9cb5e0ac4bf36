//! What a way back comes to, as far as that can be seen before it begins: where it would stop, and what it would leave.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::locks::locked;
use super::rights::is_so;
use super::spare::left;
use super::step::holds_itself;
use crate::azure::arm::client::Client;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::{Method, Request};
use crate::azure::arm::versions;
use crate::domain::plan::{Check, Left, Step, Warning, Weight, Zone};

/// What these steps come to as things are: a danger where they would stop because something is not as one of them wants it,
/// a caution for each thing that stays because others use it by now. Nothing where nothing that can be read speaks against
/// it. What an earlier step changes is not looked at, because it is not so yet, and what could not be read stops nobody: the
/// run reads it again.
pub async fn ahead(client: &Client, steps: &[Step]) -> Vec<Warning> {
    if let Some(words) = locked(client, steps).await {
        let words = format!("As things are nothing of it is sent: {words}.");
        return vec![Warning::new(Weight::Danger, words)];
    }
    let left = left(client, steps).await.unwrap_or_default();
    let mut sight = Sight { left, ..Sight::default() };
    for (at, step) in steps.iter().enumerate() {
        if let Some(words) = sight.stops(client, at, step).await {
            sight.said.push(Warning::new(Weight::Danger, words));
            break;
        }
        sight.pass(client, step).await;
    }
    sight.said
}

/// What is seen of the steps that come first.
#[derive(Default)]
struct Sight<'a> {
    /// What stays of what they would delete.
    left: Left,
    /// What they send to, in lower case.
    changed: HashSet<String>,
    /// What they delete, in lower case.
    deleted: HashSet<String>,
    /// The record sets that their endpoints have in each zone, all in lower case.
    records: HashMap<String, HashSet<String>>,
    /// Many steps want the same: what held is read once.
    holding: Vec<&'a Check>,
    said: Vec<Warning>,
}

impl<'a> Sight<'a> {
    /// Where a step would stop, a sentence.
    async fn stops(&mut self, client: &Client, at: usize, step: &'a Step) -> Option<String> {
        if step.empties().is_some() {
            return None;
        }
        for check in step.guard.iter().flat_map(Check::each) {
            let mut known = self.holding.iter().map(|known| (&known.read, &known.expect));
            if self.changed.contains(&lower(&check.read))
                || known.any(|known| known == (&check.read, &check.expect))
            {
                continue;
            }
            let Ok(verdict) = holds_itself(client, check).await else { continue };
            if verdict.holds {
                self.holding.push(check);
            } else if !is_so(client, step).await {
                let then = match at {
                    0 => "nothing is changed then",
                    _ => "what comes before it is done then",
                };
                return Some(format!(
                    "As things are it stops at step {}, {}: that wants that {}, but {}; {then}.",
                    at + 1,
                    step.title,
                    check.words,
                    verdict.found
                ));
            }
        }
        None
    }

    /// Takes in what a step does, and tells what it would leave.
    async fn pass(&mut self, client: &Client, step: &Step) {
        for request in step.requests.iter().filter(|request| !request.only_reads()) {
            let path = lower(request);
            self.changed.insert(path.clone());
            if request.method != Method::Delete {
                continue;
            }
            if let Some(why) = self.stays(client, step, request).await {
                if !self.said.iter().any(|said| said.text == why) {
                    self.said.push(Warning::new(Weight::Caution, why));
                }
            } else {
                self.note_records(client, request).await;
                self.deleted.insert(path);
            }
        }
    }

    /// Why what a request deletes would stay, a sentence.
    async fn stays(&self, client: &Client, step: &Step, request: &Request) -> Option<String> {
        if let Some(zone) = Zone::of(request).filter(|_| step.spares) {
            let mut records = client.list::<Value>(&zone.records()).await.ok()?;
            let links = client.list::<Value>(&zone.links()).await.ok()?;
            if let Some(own) = self.records.get(&zone.id().as_str().to_ascii_lowercase()) {
                records.retain(|one| !own.contains(&text(one, "name")));
            }
            return zone.used(&records, &links, &step.requests);
        }
        if self.left != Left::default() {
            let read = Request::arm_path(Method::Get, &request.path, request.api_version());
            let found = client.value(&read).await.ok()?;
            if let Some(why) = self.left.why(request, &found) {
                return Some(why);
            }
        }
        let check = step.empties()?;
        let mut items = client.list::<Value>(&check.read).await.ok()?;
        items.retain(|one| !self.goes(&text(one, "id")));
        check.left(&items)
    }

    /// Whether the steps before delete a resource, by itself or with what it belongs to.
    fn goes(&self, id: &str) -> bool {
        self.deleted.iter().any(|gone| {
            id.strip_prefix(gone.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                || is_card_of(id, gone)
        })
    }

    /// Reads which names an endpoint has in zones: they go with it.
    async fn note_records(&mut self, client: &Client, request: &Request) {
        let Ok(id) = ArmId::parse(&request.path) else { return };
        if !id.is_type("Microsoft.Network/privateEndpoints") {
            return;
        }
        let read = Request::get(&id.join("privateDnsZoneGroups"), versions::NETWORK);
        let groups: Result<Vec<Value>, Error> = client.list(&read).await;
        let groups = groups.unwrap_or_default();
        let list = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_array).cloned();
        let configs = groups
            .iter()
            .flat_map(|group| list(group, "/properties/privateDnsZoneConfigs").unwrap_or_default());
        for config in configs {
            let zone =
                config.pointer("/properties/privateDnsZoneId").and_then(Value::as_str).unwrap_or_default();
            let sets = list(&config, "/properties/recordSets").unwrap_or_default();
            let names = sets.iter().map(|set| text(set, "recordSetName"));
            self.records.entry(zone.to_ascii_lowercase()).or_default().extend(names);
        }
    }
}

/// Whether a resource is the network card that an endpoint came with: `ENDPOINT.nic.` and a number, beside it.
fn is_card_of(id: &str, endpoint: &str) -> bool {
    let Some((group, name)) = endpoint.split_once("/providers/microsoft.network/privateendpoints/") else {
        return false;
    };
    id.strip_prefix(group)
        .and_then(|rest| rest.strip_prefix("/providers/microsoft.network/networkinterfaces/"))
        .and_then(|card| card.strip_prefix(name))
        .is_some_and(|rest| rest.starts_with(".nic."))
}

fn text(value: &Value, member: &str) -> String {
    value[member].as_str().unwrap_or_default().to_ascii_lowercase()
}

fn lower(request: &Request) -> String {
    request.path.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_card_goes_with_the_endpoint_that_it_came_with() {
        let of = |name: &str| format!("/subscriptions/s/resourcegroups/g/providers/microsoft.network/{name}");
        let endpoint = of("privateendpoints/pe-a");
        for (card, goes) in [
            ("networkinterfaces/pe-a.nic.1234", true),
            ("networkinterfaces/pe-ab.nic.1234", false),
            ("networkinterfaces/pe-a", false),
            ("privateendpoints/pe-a.nic.1", false),
        ] {
            assert_eq!(is_card_of(&of(card), &endpoint), goes, "{card}");
        }
        assert!(!is_card_of(&of("networkinterfaces/pe-a.nic.1"), &of("virtualnetworks/pe-a")));
    }
}
