//! The inventory of the cache: shown at once, replaced by the real one, never shown to somebody else.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::open::ask;
use super::{start, update};
use crate::app::effect::Effect;
use crate::app::fetch::{Fetch, Fetched, Identity};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::runtime::{Kept, Owner};
use crate::app::session::{Session, Source, TenantName};
use crate::config::keymap::{KeyMap, KeyTable};
use crate::config::symbols;
use crate::config::theme::Theme;
use crate::domain::inventory::Inventory;

fn model() -> Model {
    let session = Session {
        source: Source::Azure { cloud: "AzureCloud".into() },
        tenant: None,
        tenants: Vec::new(),
        account: None,
        object_id: None,
        read_only: false,
        portal: String::new(),
        studio: String::new(),
    };
    let keymap = KeyMap::new(&KeyTable::new()).unwrap();
    let theme = Theme::named("mono").unwrap();
    Model::new(session, keymap, theme, symbols::ASCII, Timestamp::UNIX_EPOCH, TimeZone::UTC)
}

fn inventory(names: &[&str]) -> Inventory {
    let rows: Vec<_> = names
        .iter()
        .map(|name| {
            let id = format!("/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/{name}");
            serde_json::from_value(json!({ "id": id })).unwrap()
        })
        .collect();
    let mut inventory = Inventory::default();
    inventory.add_rows(&rows);
    inventory
}

fn cached(names: &[&str]) -> Message {
    let owner = Owner { tenant: "t-1".into(), principal: "ada@contoso.example".into() };
    Message::Cached(Box::new(Kept { inventory: inventory(names), at: Timestamp::UNIX_EPOCH, owner }))
}

/// Signs in, and gives what is done because of it.
fn sign_in(model: &mut Model, account: &str, tenant: Option<&str>) -> Vec<Effect> {
    let tenant = tenant.map(|id| TenantName { id: id.into(), name: "Contoso".into() });
    let Effect::Fetch(ticket) = ask(model, Fetch::Caller) else { panic!("a fetch was asked for") };
    let identity = Identity { account: account.into(), object_id: None, tenant };
    update(model, Message::Fetched(ticket, Fetched::Caller(Ok(identity))))
}

fn arrived(model: &Model, names: &[&str], complete: bool) -> Message {
    let generation = model.under_way[&Fetch::Inventory];
    Message::Inventory { generation, inventory: Box::new(inventory(names)), complete }
}

fn opens(effects: &[Effect]) -> bool {
    effects
        .iter()
        .any(|effect| matches!(effect, Effect::Fetch(ticket) if matches!(ticket.fetch, Fetch::Page(..))))
}

#[test]
fn the_cached_inventory_is_there_before_anybody_is_asked_and_its_first_workspace_is_opened_on_connecting() {
    let mut model = model();
    let effects = update(&mut model, cached(&["a", "b"]));
    assert!(!opens(&effects));
    assert_eq!((model.inventory.workspaces().len(), model.inventory_status.cached), (2, true));
    assert!(opens(&start(&mut model)));
}

#[test]
fn the_cached_inventory_of_the_same_account_and_tenant_stays() {
    for tenant in [None, Some("T-1")] {
        let mut model = model();
        update(&mut model, cached(&["a"]));
        sign_in(&mut model, "Ada@contoso.example", tenant);
        assert_eq!(model.inventory.workspaces().len(), 1, "{tenant:?}");
    }
}

#[test]
fn the_cached_inventory_is_told_by_the_object_id_and_not_by_a_name_that_another_may_have() {
    for (owner, kept) in [("o-1", 1), ("o-2", 0)] {
        let mut model = model();
        let owner = Owner { tenant: "t-1".into(), principal: owner.into() };
        let kept_before = Kept { inventory: inventory(&["a"]), at: Timestamp::UNIX_EPOCH, owner };
        update(&mut model, Message::Cached(Box::new(kept_before)));
        let Effect::Fetch(ticket) = ask(&mut model, Fetch::Caller) else { panic!("a fetch was asked for") };
        let account = "build pipeline".into();
        let identity = Identity { account, object_id: Some("O-1".into()), tenant: None };
        update(&mut model, Message::Fetched(ticket, Fetched::Caller(Ok(identity))));
        assert_eq!(model.inventory.workspaces().len(), kept);
    }
}

#[test]
fn nothing_of_the_cache_is_taken_over_before_it_is_known_who_is_signed_in() {
    for known in [false, true] {
        let mut model = model();
        update(&mut model, cached(&["a"]));
        start(&mut model);
        if known {
            sign_in(&mut model, "ada@contoso.example", None);
        }
        let mut refused = inventory(&[]);
        refused.note_unread("s", "403");
        let generation = model.under_way[&Fetch::Inventory];
        let inventory = Box::new(refused);
        update(&mut model, Message::Inventory { generation, inventory, complete: true });
        assert_eq!(model.inventory.workspaces().len(), usize::from(known));
        assert_eq!(model.pages.is_empty(), !known, "nor is it looked at");
    }
}

#[test]
fn the_cached_inventory_of_another_account_or_tenant_is_dropped_with_what_was_opened_from_it() {
    for (account, tenant) in [("bob@contoso.example", "t-1"), ("ada@contoso.example", "t-2")] {
        let mut model = model();
        update(&mut model, cached(&["a"]));
        start(&mut model);
        let effects = sign_in(&mut model, account, Some(tenant));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Cancel(Fetch::Page(..)))));
        assert_eq!(model.inventory.workspaces().len(), 0);
        assert!(
            model.pages.is_empty() && model.browser.selected().is_none() && model.browser.rows().is_empty()
        );
        assert_eq!((model.inventory_status.at, model.inventory_status.cached), (None, false));
        let real = arrived(&model, &["c"], true);
        update(&mut model, real);
        assert_eq!(model.inventory.workspaces()[0].name(), "c");
    }
}

#[test]
fn a_cached_inventory_that_comes_late_replaces_neither_the_real_one_nor_what_another_account_sees() {
    let mut model = model();
    start(&mut model);
    let message = arrived(&model, &["a"], true);
    update(&mut model, message);
    update(&mut model, cached(&["old", "older"]));
    assert_eq!(model.inventory.workspaces().len(), 1);

    let mut model = self::model();
    sign_in(&mut model, "bob@contoso.example", None);
    update(&mut model, cached(&["old"]));
    assert_eq!(model.inventory.workspaces().len(), 0);
}

#[test]
fn the_real_inventory_replaces_the_cached_one_when_it_is_whole_even_when_it_is_smaller() {
    let mut model = model();
    update(&mut model, cached(&["a", "b"]));
    start(&mut model);
    let part = arrived(&model, &["a"], false);
    update(&mut model, part);
    assert_eq!(model.inventory.workspaces().len(), 2, "a part is no better than the cache");
    let whole = arrived(&model, &["a"], true);
    update(&mut model, whole);
    assert_eq!(model.inventory.workspaces().len(), 1);
    assert!(!model.inventory_status.cached && model.inventory_status.owner.is_none());
}

fn kept(outline: bool) -> Message {
    let names: Vec<String> = (0..200).map(|n| format!("w-{n:03}")).collect();
    let all = inventory(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let bytes = all.to_cache(Timestamp::UNIX_EPOCH).unwrap();
    let read = if outline { Inventory::outline(&bytes).unwrap() } else { None };
    let (inventory, at) = read.unwrap_or_else(|| Inventory::from_cache(&bytes).unwrap());
    let owner = Owner { tenant: "t-1".into(), principal: "ada@contoso.example".into() };
    Message::Cached(Box::new(Kept { inventory, at, owner }))
}

#[test]
fn a_large_cached_inventory_shows_its_outline_until_the_whole_of_it_is_read() {
    let mut model = model();
    update(&mut model, kept(true));
    let rows = model.browser.rows().to_vec();
    assert_eq!((model.inventory.count(), model.inventory_status.cached), (200, true));
    update(&mut model, kept(false));
    assert_eq!(model.inventory.workspaces().len(), 200);
    assert_eq!(model.browser.rows(), rows, "the same lines");
    update(&mut model, kept(true));
    assert!(!model.inventory.is_outline(), "the whole is not given up for an outline");
}

#[test]
fn a_part_of_the_real_inventory_does_not_replace_the_outline_of_a_larger_one() {
    let mut model = model();
    update(&mut model, kept(true));
    start(&mut model);
    let part = arrived(&model, &["a"], false);
    update(&mut model, part);
    assert_eq!(model.inventory.count(), 200);
}
