//! Private DNS zones that are there: a network takes one of a name, and one that is not linked answers nobody.

use super::{Stage, words};
use crate::plan_files::FILES;
use crate::support::emulator;
use amldeck::azure::arm::id::ArmId;
use amldeck::azure::arm::request::{Method, Request};
use amldeck::domain::plan::Phase;
use amldeck::domain::setup::finding::Level;
use serde_json::Value;

const KEY: &str = "network.endpoints.dns_zones";

fn hub() -> ArmId {
    ArmId::group("6b0e2f3c-91d4-4a57-8e16-c2a7f05d4b91", "rg-network-hub")
}

/// A second private workspace in the network of the first one; `zones` is a line of its endpoints.
fn second(zones: &str) -> String {
    let nested = FILES.iter().find(|(name, _)| *name == "nested").unwrap().1;
    let group = "resource_group = \"rg-network-hub\"";
    assert!(nested.contains(group));
    nested
        .replace("name = \"closed\"", "name = \"second\"")
        .replace(group, &format!("resource_group = \"rg-second-net\"\n{zones}"))
}

/// What is said of zones beforehand.
async fn said(stage: &Stage, zones: &str) -> Vec<(Level, String)> {
    let all = stage.said(&second(zones)).await.into_iter();
    all.filter(|one| one.key == KEY).map(|one| (one.level, one.text)).collect()
}

fn refused(said: Vec<(Level, String)>) -> Vec<String> {
    said.into_iter().filter(|(level, _)| *level == Level::Refused).map(|(_, text)| text).collect()
}

#[tokio::test]
async fn zones_that_are_there_are_looked_at_before_anything_is_made() {
    let stage = Stage::of(emulator::options()).await;
    let in_hub = format!("dns_zones = \"{}\"", hub());
    // There is no such group, there is one without zones, and there are no zones yet.
    let nowhere = refused(said(&stage, &in_hub.replace("rg-network-hub", "rg-nozones")).await);
    let [text] = &*nowhere else { panic!("{nowhere:?}") };
    assert!(text.contains("rg-nozones of the private DNS zones is not there"), "{text}");
    let empty = refused(said(&stage, &in_hub).await);
    let [text] = &*empty else { panic!("{empty:?}") };
    assert!(text.contains("holds no private DNS zone privatelink.api.azureml.ms"), "{text}");
    assert_eq!(said(&stage, "").await, [], "new ones are what is lacking");

    let nested = FILES.iter().find(|(name, _)| *name == "nested").unwrap().1;
    let first = stage.run(stage.plan(nested).await).await;
    assert_eq!((first.phase, words(&first)), (Phase::Done, String::new()));
    let again = stage.said(nested).await;
    assert!(again.iter().all(|one| one.key != KEY), "its own zones are no others: {again:?}");
    let twice = said(&stage, "").await;
    let [(Level::Refused, text)] = &*twice else { panic!("{twice:?}") };
    assert!(text.contains("vnet-ml-prod is linked to private DNS zones of such names already"), "{text}");
    assert!(text.contains("Take the zones of rg-network-hub") && text.contains(KEY), "{text}");

    // With those of the hub it is reached by name, and says so.
    assert_eq!(said(&stage, &in_hub).await, []);
    let resolved = stage.plan(&second(&in_hub)).await.next;
    assert!(resolved.iter().any(|one| one.contains("with name resolution by")), "{resolved:?}");

    // Without links nobody there finds them.
    let zones = Request::get(&hub().join("providers/Microsoft.Network/privateDnsZones"), "2020-06-01");
    for zone in stage.client.list::<Value>(&zones).await.unwrap() {
        let id = ArmId::parse(zone["id"].as_str().unwrap()).unwrap();
        let links = Request::get(&id.join("virtualNetworkLinks"), "2020-06-01");
        for link in stage.client.list::<Value>(&links).await.unwrap() {
            let link = ArmId::parse(link["id"].as_str().unwrap()).unwrap();
            let delete = Request::arm(Method::Delete, &link, "2020-06-01");
            stage.client.run(&delete, |_| {}).await.unwrap();
        }
    }
    let unlinked = said(&stage, &in_hub).await;
    let [(Level::Warning, text)] = &*unlinked else { panic!("{unlinked:?}") };
    assert!(text.contains("nothing that you can see links privatelink."), "{text}");
    let next = stage.plan(&second(&in_hub)).await.next;
    assert!(
        next.iter().any(|one| one.contains("once the private DNS zones in rg-network-hub resolve names"))
    );
}
