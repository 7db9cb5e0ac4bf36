use super::*;
use crate::azure::resources::common::PublicNetworkAccess;
use crate::azure::resources::testing::with;
use crate::azure::resources::workspace::{AuthMode, IsolationMode};
use crate::domain::fact::Tone;
use jiff::Timestamp;
use serde_json::{Value, json};

fn row(subscription: &str, group: &str, name: &str, more: Value) -> WorkspaceRow {
    let row = json!({
        "id": format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{name}"),
        "location": "westeurope"
    });
    serde_json::from_value(with(row, more)).unwrap()
}

fn container(value: Value) -> ContainerRow {
    serde_json::from_value(value).unwrap()
}

fn sample() -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add_rows(&[
        row(
            "AAAA",
            "rg-b",
            "mlw-two",
            json!({"isolationMode": "AllowInternetOutbound", "tags": {"Env": "prod"}}),
        ),
        row("aaaa", "rg-a", "mlw-one", json!({"friendlyName": "Fraud"})),
        row("bbbb", "rg-a", "mlw-one", json!({"provisioningState": "Failed"})),
    ]);
    inventory.add_containers(&[
        container(json!({"id": "/subscriptions/aaaa", "name": "Production", "state": "Enabled",
            "managementGroups": [{"name": "mg-ml", "displayName": "Machine learning"}]})),
        container(json!({"id": "/subscriptions/aaaa/resourceGroups/rg-empty", "name": "rg-empty", "location": "westeurope"})),
        container(json!({"id": "/subscriptions/aaaa/resourceGroups/RG-A", "name": "rg-a", "location": "westeurope"})),
    ]);
    inventory
}

#[test]
fn pages_in_any_order_and_case_become_one_inventory() {
    let inventory = sample();
    assert_eq!(inventory.subscriptions().len(), 2);
    assert_eq!(inventory.subscription_label("AAAA"), "Production");
    assert_eq!(inventory.subscription_label("bbbb"), "bbbb", "not visible itself, its workspaces are");
    assert_eq!(inventory.management_group_label("MG-ML"), Some("Machine learning"));
    let group = inventory.group(&ArmId::group("bbbb", "rg-a")).unwrap();
    assert!(!group.is_visible());
    assert!(inventory.group(&ArmId::group("aaaa", "rg-a")).unwrap().is_visible());
    assert_eq!(inventory.empty_groups().map(|g| &*g.name).collect::<Vec<_>>(), ["rg-empty"]);
}

#[test]
fn a_workspace_that_comes_again_is_replaced_and_keeps_what_only_the_older_knew() {
    let mut inventory = sample();
    let id = inventory.workspaces()[0].id.clone();
    let mut workspace = Workspace::new(id.clone(), Default::default());
    workspace.properties.system_datastores_auth_mode = Some(AuthMode::Identity);
    inventory.add_workspaces(&[workspace]);
    inventory.add_rows(&[row("aaaa", "rg-b", "MLW-TWO", json!({"publicNetworkAccess": "Disabled"}))]);
    assert_eq!(inventory.workspaces().len(), 3);
    let entry = inventory.get(&id).unwrap();
    assert_eq!(entry.public_access, PublicNetworkAccess::Disabled);
    assert_eq!(entry.storage_access, AuthBadge::Known(AuthMode::Identity));
}

#[test]
fn a_row_without_the_auth_mode_is_unknown_and_a_workspace_without_it_is_on_keys() {
    let mut inventory = sample();
    assert_eq!(inventory.workspaces()[0].storage_access, AuthBadge::Unknown);
    let id = inventory.workspaces()[0].id.clone();
    inventory.add_workspaces(&[Workspace::new(id, Default::default())]);
    assert_eq!(inventory.workspaces()[0].storage_access, AuthBadge::Known(AuthMode::AccessKey));
}

#[test]
fn a_typed_name_lands_on_one_none_or_several() {
    let inventory = sample();
    assert_eq!(inventory.find("MLW-TWO"), Landing::One(0));
    assert_eq!(inventory.find("mlw-one"), Landing::Several(vec![1, 2]));
    assert_eq!(inventory.find("fraud"), Landing::One(1), "a display name where no name fits");
    assert_eq!(inventory.find("mlw-nine"), Landing::None);
    let id = inventory.workspaces()[2].id.clone();
    assert_eq!(inventory.find(&id.as_str().to_uppercase()), Landing::One(2));
    assert_eq!(inventory.find(id.join("computes/gpu").as_str()), Landing::One(2));
    assert_eq!(inventory.find("rg-b/mlw-two"), Landing::One(0));
}

#[test]
fn the_tree_is_by_name_and_counts() {
    let inventory = sample();
    let tree = inventory.tree(true, |_| true);
    let names: Vec<&str> =
        tree.subscriptions.iter().map(|s| inventory.subscriptions()[s.subscription].label()).collect();
    assert_eq!(names, ["Production", "bbbb"]);
    let groups: Vec<&str> =
        tree.subscriptions[0].groups.iter().map(|g| &*inventory.groups()[g.group].name).collect();
    assert_eq!(groups, ["rg-a", "rg-b", "rg-empty"]);
    assert_eq!(tree.subscriptions[0].workspaces, 2);
    let only = inventory.tree(false, |at| at == 2);
    assert_eq!(only.subscriptions.iter().map(|s| s.workspaces).sum::<usize>(), 1);
}

#[test]
fn columns_sort_both_ways_with_empty_cells_last() {
    let inventory = sample();
    let by_name = inventory.by_name();
    assert_eq!(by_name, [1, 2, 0]);
    let sorted = |id, descending| inventory.sorted(&by_name, column(id).unwrap(), descending);
    assert_eq!(sorted("name", true), [0, 2, 1]);
    let order = sorted("state", false);
    assert_eq!(order[0], 2, "only one has a state");
    assert_eq!(order[1..], [1, 0], "equal cells by name");
    let order = sorted("state", true);
    assert_eq!(order[0], 2);
    let order = sorted("isolation", true);
    assert_eq!(order[2], 0, "Internet Outbound comes before Public, so last when descending");
    for column in COLUMNS {
        for workspace in inventory.workspaces() {
            let _ = (column.text)(&inventory, workspace);
        }
        assert!(super::column(column.id).is_some());
    }
}

#[test]
fn a_column_is_whole_and_what_tells_that_something_is_wrong_goes_last() {
    let mut ranks: Vec<u8> = COLUMNS.iter().map(|column| column.rank).collect();
    ranks.sort_unstable();
    assert_eq!(ranks, (0..COLUMNS.len() as u8).collect::<Vec<_>>(), "each column has a rank of its own");
    for column in COLUMNS {
        let (least, most) = column.width;
        assert!(0 < least && least <= most, "{}", column.id);
        assert!(usize::from(least) >= column.title.len(), "the heading of {} is cut", column.id);
    }
    assert_eq!(expendable(), ["kind", "region", "subscription", "group", "public", "storage"]);
}

#[test]
fn findings_are_sorted_by_what_is_shown_and_what_nobody_looked_at_stays_last() {
    let mut inventory = sample();
    let ids: Vec<ArmId> = inventory.workspaces().iter().map(|w| w.id.clone()).collect();
    for (id, findings) in [(&ids[0], 9), (&ids[1], 0), (&ids[2], 10)] {
        inventory.judge(id, Judged { findings, more: true, tone: Tone::Warn });
    }
    let findings = column("findings").unwrap();
    let text = |at: usize| (findings.text)(&inventory, &inventory.workspaces()[at]);
    assert_eq!([text(0), text(1), text(2)], ["9+", "?", "10+"]);
    let by_name = inventory.by_name();
    assert_eq!(inventory.sorted(&by_name, findings, false), [0, 2, 1]);
    assert_eq!(inventory.sorted(&by_name, findings, true), [2, 0, 1]);
}

#[test]
fn the_revision_moves_when_a_row_does_and_only_then() {
    let mut inventory = sample();
    let same = row("aaaa", "rg-a", "mlw-x", json!({"location": "westeurope"}));
    inventory.add_rows(std::slice::from_ref(&same));
    let before = inventory.revision();
    inventory.add_rows(&[same]);
    assert_eq!(inventory.revision(), before);
    inventory.add_rows(&[row("aaaa", "rg-a", "mlw-x", json!({"location": "northeurope"}))]);
    assert!(inventory.revision() > before);
    let before = inventory.revision();
    let id = inventory.workspaces()[0].id.clone();
    inventory.remove(&id);
    assert!(inventory.revision() > before);
}

#[test]
fn removing_one_keeps_the_others_findable() {
    let mut inventory = sample();
    let ids: Vec<ArmId> = inventory.workspaces().iter().map(|w| w.id.clone()).collect();
    inventory.remove(&ids[0]);
    assert!(inventory.get(&ids[0]).is_none());
    assert_eq!(inventory.get(&ids[2]).unwrap().id, ids[2]);
    inventory.retain(|w| w.id == ids[2]);
    assert_eq!(inventory.index_of(&ids[2]), Some(0));
}

#[test]
fn the_cache_brings_everything_back() {
    let mut inventory = sample();
    inventory.note("Sandbox", "forbidden");
    let storage = "/subscriptions/bbbb/resourceGroups/rg-a/providers/Microsoft.Storage/storageAccounts/st";
    inventory.add_rows(&[row(
        "aaaa",
        "rg-a",
        "mlw-four",
        json!({"storageAccount": storage, "authMode": "Identity", "tags": {"owner": "\"Zoë\" \\ Østergård"}}),
    )]);
    let taken_at: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
    let bytes = inventory.to_cache(taken_at).unwrap();
    let (back, at) = Inventory::from_cache(&bytes).unwrap();
    assert_eq!(at, taken_at);
    assert_eq!(back.workspaces(), inventory.workspaces());
    assert_eq!(back.subscription_label("aaaa"), "Production");
    assert_eq!(back.workspaces()[3].dependents().storage.unwrap().as_str(), storage);
    assert!(back.problems.is_empty());
}

#[test]
fn a_cache_of_another_version_or_damaged_is_refused() {
    let inventory = sample();
    let bytes = inventory.to_cache(Timestamp::UNIX_EPOCH).unwrap();
    for length in 0..bytes.len() {
        assert!(
            matches!(Inventory::from_cache(&bytes[..length]), Err(CacheError::Unreadable(_))),
            "{length}"
        );
    }
    let mut newer = bytes.clone();
    let version = newer.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    newer[version] = 99;
    assert_eq!(Inventory::from_cache(&newer).unwrap_err(), CacheError::OtherVersion { found: 99 });
    let first = br#"{"version":1,"taken_at":"2026-11-22T06:00:00Z"}"#;
    assert!(Inventory::from_cache(first).is_err(), "the first format was JSON");
}

#[test]
fn the_outline_of_a_large_cache_counts_every_workspace_and_holds_the_first_by_name() {
    let mut inventory = sample();
    let small = inventory.to_cache(Timestamp::UNIX_EPOCH).unwrap();
    assert!(Inventory::outline(&small).unwrap().is_none(), "all of it is read as fast");
    let rows: Vec<WorkspaceRow> = (0..500)
        .map(|n| row("bbbb", &format!("rg-{}", n % 7), &format!("w-{:03}", 499 - n), json!({})))
        .collect();
    inventory.add_rows(&rows);
    let bytes = inventory.to_cache(Timestamp::UNIX_EPOCH).unwrap();
    let (outline, at) = Inventory::outline(&bytes).unwrap().unwrap();
    let (whole, _) = Inventory::from_cache(&bytes).unwrap();
    assert_eq!((at, outline.is_outline(), whole.is_outline()), (Timestamp::UNIX_EPOCH, true, false));
    assert_eq!((outline.count(), whole.count(), whole.workspaces().len()), (503, 503, 503));
    let counts = |inventory: &Inventory| -> Vec<(String, usize)> {
        let tree = inventory.tree(true, |_| true).subscriptions.into_iter();
        tree.map(|s| (inventory.subscriptions()[s.subscription].label().to_owned(), s.workspaces)).collect()
    };
    assert_eq!(counts(&outline), [("Production".to_owned(), 2), ("bbbb".to_owned(), 501)]);
    assert_eq!(counts(&whole), counts(&inventory));
    let first = |inventory: &Inventory| -> Vec<ArmId> {
        inventory.by_name().iter().take(100).map(|at| inventory.workspaces()[*at].id.clone()).collect()
    };
    assert_eq!(first(&outline), first(&inventory));
}

#[test]
fn ten_thousand_workspaces_share_their_texts() {
    let mut inventory = Inventory::default();
    let rows: Vec<WorkspaceRow> = (0..200)
        .map(|n| row("aaaa", "rg-a", &format!("mlw-{n}"), json!({"isolationMode": "Disabled"})))
        .collect();
    inventory.add_rows(&rows);
    let workspaces = inventory.workspaces();
    assert!(Arc::ptr_eq(&workspaces[0].group, &workspaces[199].group));
    assert!(Arc::ptr_eq(&workspaces[0].location, &workspaces[199].location));
    assert_eq!(workspaces[7].isolation, IsolationMode::Disabled);
    assert!(size_of::<WorkspaceEntry>() <= 448, "{} bytes each", size_of::<WorkspaceEntry>());
}

#[test]
fn a_name_that_nobody_has_brings_those_that_it_may_have_meant() {
    let inventory = sample();
    for (text, alike) in [
        ("mlw", &["mlw-one", "mlw-two"][..]),
        ("rg-a/ONE", &["mlw-one"]),
        ("mlw-tow", &["mlw-two"]),
        ("something-else", &[]),
        ("", &[]),
    ] {
        assert_eq!(inventory.alike(text), alike, "{text}");
    }
}

#[test]
fn an_age_has_one_unit() {
    let now: Timestamp = "2026-11-22T06:00:00Z".parse().unwrap();
    for (since, age) in [
        ("2026-11-22T05:59:30Z", "now"),
        ("2026-11-22T05:15:00Z", "45m"),
        ("2026-11-21T07:00:00Z", "23h"),
        ("2026-11-10T06:00:00Z", "12d"),
        ("2026-11-23T06:00:00Z", "now"),
    ] {
        assert_eq!(Age::at(since.parse().unwrap(), now).to_string(), age, "{since}");
    }
}
