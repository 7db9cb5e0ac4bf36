//! The update as statements: what is pressed or arrives, what is then true, what is asked for.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{gather, tenant, update};
use crate::app::access::assessment::Assessed;
use crate::app::browser::Node;
use crate::app::effect::{Effect, Host};
use crate::app::fetch::{Fetch, Fetched, Part, Ticket};
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::page::Pane;
use crate::app::session::{Session, Source, TenantName};
use crate::azure::arm::api_error::ApiError;
use crate::azure::arm::error::Error;
use crate::azure::arm::id::ArmId;
use crate::azure::arm::request::Method;
use crate::azure::directory::PrincipalLookup;
use crate::azure::resource_graph::WorkspaceRow;
use crate::azure::resources::decode;
use crate::config::input::Input;
use crate::config::key::parse_script;
use crate::config::keymap::{KeyMap, KeyTable};
use crate::config::symbols;
use crate::config::theme::Theme;
use crate::domain::access::PrincipalName;
use crate::domain::inventory::Inventory;

fn workspace(name: &str) -> ArmId {
    ArmId::group("0001", "rg-a")
        .join(&format!("providers/Microsoft.MachineLearningServices/workspaces/{name}"))
}

fn inventory(names: &[&str]) -> Inventory {
    let mut inventory = Inventory::default();
    let rows: Vec<WorkspaceRow> = names
        .iter()
        .map(|name| serde_json::from_value(json!({"id": workspace(name), "location": "westeurope"})).unwrap())
        .collect();
    inventory.add_rows(&rows);
    inventory
}

fn empty() -> Model {
    let session = Session {
        source: Source::Azure { cloud: "AzureCloud".into() },
        tenant: Some(TenantName { id: "t1".into(), name: "Contoso".into() }),
        tenants: vec![TenantName { id: "t2".into(), name: "Fabrikam".into() }],
        account: None,
        object_id: None,
        read_only: false,
        portal: "https://portal.example".into(),
        studio: "https://studio.example".into(),
    };
    let keymap = KeyMap::new(&KeyTable::new()).unwrap();
    let theme = Theme::named("mono").unwrap();
    let mut model =
        Model::new(session, keymap, theme, symbols::UNICODE, Timestamp::UNIX_EPOCH, TimeZone::UTC);
    model.size = (120, 36);
    model
}

/// A console whose inventory has arrived: `a`, `b`, `c`, with the first selected.
pub(super) fn opened() -> Model {
    let mut model = empty();
    super::start(&mut model);
    arrive(&mut model, &["a", "b", "c"]);
    model
}

fn arrive(model: &mut Model, names: &[&str]) -> Vec<Effect> {
    let generation = model.under_way[&Fetch::Inventory];
    let inventory = Box::new(inventory(names));
    update(model, Message::Inventory { generation, inventory, complete: true })
}

pub(super) fn press(model: &mut Model, script: &str) -> Vec<Effect> {
    let keys = parse_script(script).unwrap();
    keys.into_iter().flat_map(|key| update(model, Message::Input(Input::Key(key)))).collect()
}

fn selected(model: &Model) -> &str {
    model.browser.workspace().map_or("", ArmId::name)
}

fn tickets(effects: &[Effect]) -> Vec<Ticket> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Fetch(ticket) => Some(ticket.clone()),
            _ => None,
        })
        .collect()
}

fn body(name: &str) -> Fetched {
    let raw = json!({"id": workspace(name), "name": name, "location": "westeurope",
        "properties": {"provisioningState": "Succeeded"}});
    Fetched::Body(Ok((Box::new(decode("workspace", raw.clone()).unwrap()), raw.into())))
}

fn offline() -> Error {
    Error::Transport { method: Method::Get, path: "/x".into(), reason: "refused".into(), offline: true }
}

fn forbidden() -> Error {
    let body = br#"{"error": {"code": "AuthorizationFailed", "message": "no"}}"#;
    Error::Api(Box::new(ApiError::read(403, body, Method::Get, "/x")))
}

#[test]
fn the_first_workspace_is_opened_at_once_in_one_round() {
    let mut model = empty();
    let first = tickets(&super::start(&mut model));
    assert_eq!(first.iter().map(|t| &t.fetch).collect::<Vec<_>>(), [&Fetch::Caller, &Fetch::Inventory]);
    let effects = arrive(&mut model, &["a", "b"]);
    assert_eq!(selected(&model), "a");
    let asked = tickets(&effects);
    for part in [Part::Body, Part::Assignments, Part::Rules, Part::Locks] {
        assert!(asked.iter().any(|t| t.fetch == Fetch::Page(workspace("a"), part.clone())), "{part:?}");
    }
    assert!(asked.iter().all(|t| !matches!(&t.fetch, Fetch::Page(id, _) if *id != workspace("a"))));
    assert!(effects.contains(&Effect::KeepInventory));
}

#[test]
fn moving_on_calls_off_what_was_under_way_and_waits_until_the_cursor_rests() {
    let mut model = opened();
    let effects = press(&mut model, "jj");
    assert_eq!(selected(&model), "c");
    assert!(effects.iter().any(|e| matches!(e, Effect::Cancel(Fetch::Page(id, _)) if *id == workspace("a"))));
    assert!(tickets(&effects).is_empty(), "no request for a row that flies by");
    let settle: Vec<u64> = effects
        .iter()
        .filter_map(|e| match e {
            Effect::Settle { generation, .. } => Some(*generation),
            _ => None,
        })
        .collect();
    assert_eq!(settle.len(), 2);
    assert!(update(&mut model, Message::Settled(settle[0])).is_empty(), "b was left before it rested");
    let asked = tickets(&update(&mut model, Message::Settled(settle[1])));
    assert!(asked.iter().all(|t| !matches!(&t.fetch, Fetch::Page(id, _) if *id != workspace("c"))));
    assert!(!asked.is_empty());
}

#[test]
fn a_late_answer_is_dropped_and_an_early_one_kept() {
    let mut model = opened();
    let fetch = Fetch::Page(workspace("a"), Part::Body);
    let late = Ticket { fetch: fetch.clone(), generation: model.under_way[&fetch] };
    press(&mut model, "r0r");
    update(&mut model, Message::Fetched(late, body("a")));
    assert!(!model.page().unwrap().has_body(), "its number is old");
    let now = Ticket { generation: model.under_way[&fetch], fetch };
    update(&mut model, Message::Fetched(now, body("a")));
    assert!(model.page().unwrap().has_body());
}

#[test]
fn a_failure_keeps_the_last_good_value_with_its_age() {
    let mut model = opened();
    let fetch = Fetch::Page(workspace("a"), Part::Body);
    let ticket = |model: &Model| Ticket { generation: model.under_way[&fetch], fetch: fetch.clone() };
    let first = ticket(&model);
    update(&mut model, Message::Fetched(first, body("a")));
    press(&mut model, "0r");
    model.now += SignedDuration::from_mins(5);
    let second = ticket(&model);
    update(&mut model, Message::Fetched(second, Fetched::Body(Err(offline()))));
    let status = model.page().unwrap().pane_status(Pane::Overview);
    assert!(model.page().unwrap().has_body());
    assert_eq!(status.at, Some(Timestamp::UNIX_EPOCH));
    assert!(status.error.is_some());
}

#[test]
fn a_failed_inventory_is_told_and_what_was_there_stays() {
    let mut model = opened();
    press(&mut model, "R");
    let generation = model.under_way[&Fetch::Inventory];
    update(&mut model, Message::InventoryFailed { generation, error: offline() });
    assert_eq!(model.inventory.workspaces().len(), 3);
    assert!(model.inventory_status.error.is_some() && !model.inventory_status.loading);
    assert!(model.notices.current().is_some());
}

#[test]
fn the_selection_follows_the_workspace_when_the_list_changes() {
    let mut model = opened();
    press(&mut model, "j");
    assert_eq!(selected(&model), "b");
    press(&mut model, "R");
    arrive(&mut model, &["0", "1", "a", "b"]);
    assert_eq!(selected(&model), "b");
    press(&mut model, "R");
    arrive(&mut model, &["0", "1"]);
    assert_ne!(selected(&model), "b", "it is gone, so something else is selected");
    assert!(model.browser.selected().is_some());
}

#[test]
fn escape_goes_back_one_rung_at_a_time() {
    let mut model = opened();
    press(&mut model, "/name:b<enter>");
    assert_eq!((selected(&model), model.browser.matching()), ("b", 1));
    press(&mut model, "<enter>?");
    assert!(model.zoomed && matches!(model.overlays.last(), Some(Overlay::Help(_))));
    press(&mut model, "<esc>");
    assert!(model.zoomed && model.overlays.is_empty());
    press(&mut model, "<esc>");
    assert!(!model.zoomed && model.browser.filter.is_active());
    press(&mut model, "<esc>");
    assert!(!model.browser.filter.is_active());
    assert_eq!(selected(&model), "b");
}

#[test]
fn a_filter_that_is_given_up_brings_back_what_was_selected() {
    let selected = |model: &Model| model.browser.workspace().map(|id| id.name().to_owned());
    for (keys, then) in [
        ("/name:c<esc>", "b"),
        ("/zzz<esc>", "b"),
        ("/zzz<enter><esc>", "b"),
        // Whoever keeps the filter means what it shows.
        ("/name:c<enter><esc>", "c"),
    ] {
        let mut model = opened();
        press(&mut model, "j");
        assert_eq!(selected(&model).as_deref(), Some("b"));
        press(&mut model, keys);
        assert_eq!(selected(&model).as_deref(), Some(then), "{keys}");
    }
}

#[test]
fn the_shell_can_be_gone_to_from_wherever_something_is_typed_or_read() {
    for keys in ["", "/", ":", "?", "t", "!"] {
        let mut model = opened();
        press(&mut model, keys);
        assert!(press(&mut model, "<c-z>").contains(&Effect::Host(Host::Suspend)), "{keys:?}");
    }
}

#[test]
fn letters_are_typed_in_a_filter_and_q_quits_only_at_the_top() {
    let mut model = opened();
    assert!(press(&mut model, "/qq").is_empty() || !model.ended);
    assert_eq!(model.browser.filter.field.text(), "qq");
    press(&mut model, "<esc>4");
    assert!(!press(&mut model, "q").contains(&Effect::Host(Host::Quit)));
    assert_eq!(model.focus, Pane::Browser);
    assert!(press(&mut model, "q").contains(&Effect::Host(Host::Quit)));
}

#[test]
fn a_sequence_that_comes_to_nothing_lets_its_last_key_count() {
    let mut model = opened();
    press(&mut model, "G");
    assert_eq!(selected(&model), "c");
    press(&mut model, "gk");
    assert_eq!(selected(&model), "b");
    press(&mut model, "gg");
    assert!(matches!(model.browser.selected(), Some(Node::Subscription(_))));
}

#[test]
fn jumping_back_returns_to_where_the_palette_left() {
    let mut model = opened();
    press(&mut model, ":<c-u>");
    for c in "'c".chars() {
        press(&mut model, &c.to_string());
    }
    let Some(Overlay::Picker(picker)) = model.overlays.last() else { panic!("no palette") };
    let at = picker.shown().iter().position(|at| &*picker.items[*at].label == "c").unwrap();
    press(&mut model, &"<down>".repeat(at));
    press(&mut model, "<enter>");
    assert_eq!(selected(&model), "c");
    press(&mut model, "-");
    assert_eq!(selected(&model), "a");
    press(&mut model, "<c-n>");
    assert_eq!(selected(&model), "c");
}

#[test]
fn landing_opens_the_named_workspace_and_no_other() {
    let mut model = empty();
    model.landing = Some("C".into());
    super::start(&mut model);
    let effects = arrive(&mut model, &["a", "b", "c"]);
    assert_eq!(selected(&model), "c");
    assert!(
        tickets(&effects).iter().all(|t| !matches!(&t.fetch, Fetch::Page(id, _) if *id != workspace("c")))
    );
    let mut model = empty();
    model.landing = Some("zzz".into());
    super::start(&mut model);
    arrive(&mut model, &["a"]);
    assert!(model.notices.current().unwrap().text.contains("zzz"));
}

#[test]
fn one_of_the_things_under_way_is_called_off_and_the_others_go_on() {
    let mut model = opened();
    let (before, third) = (model.under_way.len(), model.fetching()[2].clone());
    let effects = press(&mut model, "!jjx");
    assert!(effects.contains(&Effect::Cancel(third.clone())), "{effects:?}");
    assert_eq!(model.under_way.len(), before - 1);
    assert!(!model.fetching().contains(&&third));
    let Fetch::Page(id, _) = &third else { panic!("{third:?} belongs to the page") };
    assert!(!model.page_mut(id).unwrap().loading().contains(&third), "its pane does not wait for it");
    // Below what runs stand the notifications, and there is nothing to call off.
    assert!(press(&mut model, "Gx").is_empty());
    assert!(model.notices.current_hint().is_some());
}

#[test]
fn what_is_called_off_is_what_stood_under_the_cursor_when_the_key_was_pressed() {
    let mut model = opened();
    press(&mut model, "!/a<enter>jj");
    let under = |model: &Model| match model.overlays.last() {
        Some(Overlay::List(list)) => model.fetching()[list.current().unwrap()].clone(),
        other => panic!("{other:?} is no list"),
    };
    let wanted = under(&model);
    // What stands above it ends.
    let first = model.fetching()[0].clone();
    assert_ne!(first, wanted);
    let ticket = Ticket { generation: model.under_way[&first], fetch: first };
    update(&mut model, Message::Broke(ticket));
    assert_eq!(under(&model), wanted);
    assert!(press(&mut model, "x").contains(&Effect::Cancel(wanted)));
}

#[test]
fn what_was_called_off_says_so_and_is_read_again_on_request() {
    let mut model = opened();
    let roles = model.under_way.keys().find(|fetch| matches!(fetch, Fetch::Roles { .. })).unwrap().clone();
    let at = model.fetching().iter().position(|fetch| **fetch == roles).unwrap();
    press(&mut model, &format!("!{}x", "j".repeat(at)));
    assert!(!model.under_way.contains_key(&roles));
    let asked = tickets(&press(&mut model, "<esc>4r"));
    assert!(asked.iter().any(|ticket| ticket.fetch == roles), "{asked:?}");

    let mut model = empty();
    super::start(&mut model);
    let at = model.fetching().iter().position(|fetch| **fetch == Fetch::Inventory).unwrap();
    press(&mut model, &format!("!{}x", "j".repeat(at)));
    assert_eq!(model.inventory_status.error.as_ref().map(Error::plain).as_deref(), Some("called off"));
}

#[test]
fn the_same_reason_for_many_subscriptions_is_one_notice() {
    let mut model = opened();
    press(&mut model, "R");
    let generation = model.under_way[&Fetch::Inventory];
    let mut refreshed = inventory(&["a"]);
    for n in 0..300 {
        refreshed.note_unread(&format!("s{n}"), "503");
    }
    let before = model.notices.len();
    update(&mut model, Message::Inventory { generation, inventory: Box::new(refreshed), complete: true });
    assert_eq!(model.notices.len(), before + 1);
    assert!(model.notices.current().unwrap().text.contains("and 299 others"));
}

#[test]
fn groups_that_could_not_be_listed_again_stay() {
    let mut older = inventory(&["a"]);
    older.add_groups(&[serde_json::from_value(
        json!({"id": "/subscriptions/0001/resourceGroups/rg-empty", "name": "rg-empty", "location": "westeurope"}),
    )
    .unwrap()]);
    let mut fresh = inventory(&["a"]);
    fresh.keep_unread(&older);
    assert_eq!(fresh.empty_groups().count(), 0, "it was deleted");
    fresh.note_groups_unread("0001");
    fresh.keep_unread(&older);
    assert_eq!(fresh.empty_groups().count(), 1);
}

#[test]
fn a_part_that_was_refused_is_not_asked_for_again_and_one_that_got_no_answer_is() {
    let mut model = opened();
    for (part, error) in [(Part::Rules, offline()), (Part::Locks, forbidden())] {
        let fetch = Fetch::Page(workspace("a"), part.clone());
        let ticket = Ticket { generation: model.under_way[&fetch], fetch };
        let fetched =
            if part == Part::Rules { Fetched::Rules(Err(error)) } else { Fetched::Locks(Err(error)) };
        update(&mut model, Message::Fetched(ticket, fetched));
    }
    press(&mut model, "j");
    let effects = press(&mut model, "k");
    let settle = effects.iter().find_map(|effect| match effect {
        Effect::Settle { generation, .. } => Some(*generation),
        _ => None,
    });
    let asked = tickets(&update(&mut model, Message::Settled(settle.unwrap())));
    let asks = |part: Part| asked.iter().any(|t| t.fetch == Fetch::Page(workspace("a"), part.clone()));
    assert!(asks(Part::Rules) && !asks(Part::Locks), "{asked:?}");
}

#[test]
fn parts_of_a_refresh_do_not_replace_what_is_whole() {
    let mut model = opened();
    press(&mut model, "jR");
    let generation = model.under_way[&Fetch::Inventory];
    for (names, complete, left) in [(&["a"][..], false, 3), (&["a", "b", "c", "d"][..], true, 4)] {
        let inventory = Box::new(inventory(names));
        update(&mut model, Message::Inventory { generation, inventory, complete });
        assert_eq!(model.inventory.workspaces().len(), left);
        assert_eq!(selected(&model), "b", "the selection follows the thing");
    }
}

#[test]
fn what_a_subscription_had_stays_when_it_cannot_be_read_again() {
    let mut model = opened();
    press(&mut model, "R");
    let generation = model.under_way[&Fetch::Inventory];
    let mut refreshed = inventory(&[]);
    refreshed.note_unread("0001", "503");
    update(&mut model, Message::Inventory { generation, inventory: Box::new(refreshed), complete: true });
    assert_eq!(model.inventory.workspaces().len(), 3);
    assert!(model.inventory.is_unread("0001"));
    press(&mut model, "R");
    arrive(&mut model, &["a"]);
    assert_eq!(model.inventory.workspaces().len(), 1, "read again, it is as it is");
    assert!(!model.inventory.is_unread("0001"));
}

#[test]
fn whoever_has_not_moved_begins_at_the_top_whatever_came_first() {
    let part = |model: &mut Model, names: &[&str], complete| {
        let generation = model.under_way[&Fetch::Inventory];
        let inventory = Box::new(inventory(names));
        update(model, Message::Inventory { generation, inventory, complete })
    };
    let mut model = empty();
    super::start(&mut model);
    part(&mut model, &["b"], false);
    assert_eq!(selected(&model), "b");
    let effects = part(&mut model, &["b", "a"], true);
    assert_eq!(selected(&model), "a");
    assert!(!tickets(&effects).is_empty(), "and it is opened");

    let mut model = empty();
    super::start(&mut model);
    part(&mut model, &["b", "c"], false);
    press(&mut model, "j");
    part(&mut model, &["b", "c", "a"], true);
    assert_eq!(selected(&model), "c");
}

#[test]
fn a_partners_group_and_somebody_new_are_not_told_to_be_deleted_and_who_is_is_asked_for_again() {
    let mut model = opened();
    model.now = "2026-11-22T12:00:00Z".parse().unwrap();
    let at = |fetch: Fetch, model: &Model| Ticket { generation: model.under_way[&fetch], fetch };
    let assignments = at(Fetch::Page(workspace("a"), Part::Assignments), &model);
    let held = [("partner", "ForeignGroup", 2025), ("new", "ServicePrincipal", 2026), ("gone", "User", 2025)];
    let held: Vec<_> = held
        .iter()
        .map(|(id, kind, year)| {
            json!({"id": format!("/x/providers/Microsoft.Authorization/roleAssignments/{id}"), "name": id,
                "properties": {"principalId": id, "principalType": kind, "scope": workspace("a").as_str(),
                    "createdOn": format!("{year}-11-22T11:58:00Z"),
                    "roleDefinitionId": "/x/providers/Microsoft.Authorization/roleDefinitions/r"}})
        })
        .collect();
    let listed = Fetched::Assignments(Ok(serde_json::from_value(json!(held)).unwrap()));
    update(&mut model, Message::Fetched(assignments, listed));
    let asked = ["gone", "new", "partner"].map(str::to_owned).to_vec();
    let names = at(Fetch::Names(asked.clone()), &model);
    update(&mut model, Message::Fetched(names, Fetched::Names(asked, Ok(PrincipalLookup::default()))));
    assert_eq!(model.principals.deleted().collect::<Vec<_>>(), ["gone"]);
    let why = |id: &str| match model.principals.name(id) {
        PrincipalName::Unreadable { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert!(why("partner").contains("another organisation") && why("new").contains("not known yet"));
    let asked = tickets(&press(&mut model, "4r"));
    assert!(asked.iter().any(|t| matches!(&t.fetch, Fetch::Names(ids) if ids.contains(&"gone".to_owned()))));
}

#[test]
fn names_and_roles_that_were_refused_are_asked_for_again_on_refresh() {
    let mut model = opened();
    let at = |fetch: Fetch, model: &Model| Ticket { generation: model.under_way[&fetch], fetch };
    let assignments = at(Fetch::Page(workspace("a"), Part::Assignments), &model);
    let granted = json!([{"id": "/x/providers/Microsoft.Authorization/roleAssignments/1", "name": "1",
        "properties": {"principalId": "p", "roleDefinitionId": "/x/providers/Microsoft.Authorization/roleDefinitions/r",
            "scope": workspace("a").as_str()}}]);
    let granted = Fetched::Assignments(Ok(serde_json::from_value(granted).unwrap()));
    update(&mut model, Message::Fetched(assignments, granted));
    let names = at(Fetch::Names(vec!["p".into()]), &model);
    update(&mut model, Message::Fetched(names, Fetched::Names(vec!["p".into()], Err(offline()))));
    let roles = model.under_way.keys().find(|fetch| matches!(fetch, Fetch::Roles { .. })).unwrap().clone();
    let roles = at(roles, &model);
    update(&mut model, Message::Fetched(roles, Fetched::Roles(Err(offline()))));
    for keys in ["4r", "1R"] {
        let asked = tickets(&press(&mut model, keys));
        assert!(asked.iter().any(|t| t.fetch == Fetch::Names(vec!["p".into()])), "{keys}: {asked:?}");
        assert!(asked.iter().any(|t| matches!(t.fetch, Fetch::Roles { .. })), "{keys}: {asked:?}");
    }
}

#[test]
fn there_is_no_json_of_what_was_not_read() {
    let mut model = opened();
    let fetch = Fetch::Page(workspace("a"), Part::Body);
    let ticket = Ticket { generation: model.under_way[&fetch], fetch };
    let storage = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st";
    let raw = json!({"id": workspace("a"), "name": "a", "properties": {"storageAccount": storage}});
    let body = Fetched::Body(Ok((Box::new(decode("workspace", raw.clone()).unwrap()), raw.into())));
    update(&mut model, Message::Fetched(ticket, body));
    let fetch = Fetch::Page(workspace("a"), Part::Dependent(ArmId::parse(storage).unwrap()));
    let ticket = Ticket { generation: model.under_way[&fetch], fetch };
    let refused = Fetched::Dependent(ArmId::parse(storage).unwrap(), Err(forbidden()));
    update(&mut model, Message::Fetched(ticket, refused));
    press(&mut model, "2J");
    assert!(model.overlays.is_empty());
    assert!(model.notices.current_hint().unwrap().contains("no JSON of st: may not be read"));
    press(&mut model, "0J");
    assert!(matches!(model.overlays.last(), Some(Overlay::Text(_))));
}

#[test]
fn a_key_without_a_meaning_is_told_so_once() {
    let mut model = opened();
    press(&mut model, "=");
    assert!(model.notices.current_hint().unwrap().contains('='));
    press(&mut model, "j");
    assert_eq!(model.notices.current_hint(), None);
}

#[test]
fn another_tenant_starts_anew_and_coming_back_finds_what_was_there() {
    let mut model = opened();
    let effects = super::tenant::switch(&mut model, "t2");
    assert!(effects.contains(&Effect::SwitchTenant("t2".into())));
    assert!(model.inventory.workspaces().is_empty());
    assert_eq!(model.session.tenant.as_ref().map(|t| t.name.as_str()), Some("Fabrikam"));
    arrive(&mut model, &["x"]);
    super::tenant::switch(&mut model, "t1");
    assert_eq!(model.inventory.workspaces().len(), 3);
    assert_eq!(selected(&model), "a");
}

#[test]
fn why_roles_could_not_be_read_is_told_where_they_were_asked_for_and_nowhere_else() {
    let mut model = opened();
    let roles = model.under_way.keys().find(|fetch| matches!(fetch, Fetch::Roles { .. })).unwrap().clone();
    let ticket = Ticket { generation: model.under_way[&roles], fetch: roles };
    update(&mut model, Message::Fetched(ticket, Fetched::Roles(Err(forbidden()))));
    assert!(model.roles_unread().is_some());
    super::tenant::switch(&mut model, "t2");
    arrive(&mut model, &["a"]);
    assert_eq!((selected(&model), model.roles_unread()), ("a", None));
    super::tenant::switch(&mut model, "t1");
    assert!(model.roles_unread().is_some());
}

#[test]
fn hints_name_the_keys_that_are_bound() {
    let mut model = opened();
    let own = |key: &str, action: &str| (key.to_owned(), action.to_owned());
    let table = [own("z", "none"), own("M", "zoom"), own("j", "none"), own("down", "none"), own("D", "down")];
    let table = KeyTable::from([("workspace".to_owned(), table.into_iter().collect())]);
    model.keymap = KeyMap::new(&table).unwrap();
    press(&mut model, "3/");
    assert_eq!(model.notices.current_hint(), Some("this pane has no filter; M shows all of it"));
}

#[test]
fn copying_shows_what_was_copied_because_a_terminal_may_drop_it() {
    let mut model = opened();
    let effects = press(&mut model, "y");
    assert_eq!(effects, [Effect::Host(Host::Copy(workspace("a").as_str().to_owned()))]);
    assert!(model.notices.current().unwrap().text.contains(workspace("a").as_str()));
}

#[test]
fn a_broken_task_leaves_nothing_loading() {
    let mut model = opened();
    let fetch = Fetch::Page(workspace("a"), Part::Rules);
    let ticket = Ticket { generation: model.under_way[&fetch], fetch };
    update(&mut model, Message::Broke(ticket));
    assert!(!model.page().unwrap().status(&Part::Rules).unwrap().loading);
    assert!(model.notices.current().is_some());
}

#[test]
fn a_filter_that_grows_and_shrinks_shows_what_the_same_filter_shows_at_once() {
    let mut model = opened();
    let fetch = Fetch::Page(workspace("a"), Part::Assignments);
    let assignments = (0..60).map(|n| {
        let scope = if n % 3 == 0 { workspace("a") } else { ArmId::subscription("0001") };
        let raw = json!({"id": scope.join(&format!("providers/Microsoft.Authorization/roleAssignments/{n}")),
            "name": n.to_string(), "properties": {"scope": scope, "principalId": format!("person-{n}"),
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/role-{}", n % 7)}});
        decode("role assignment", raw).unwrap()
    });
    let ticket = Ticket { generation: model.under_way[&fetch], fetch };
    update(&mut model, Message::Fetched(ticket, Fetched::Assignments(Ok(assignments.collect()))));
    let shown = |model: &Model| model.panes[&Pane::Access].shown.clone();
    press(&mut model, "4/");
    let typed = "pers 1<bs>3<bs><bs> 'role-2 !4<bs>1 from:sub rol<bs><bs><bs>id:person-2<bs>1<c-u>5";
    let mut counts = Vec::new();
    for key in parse_script(typed).unwrap() {
        update(&mut model, Message::Input(Input::Key(key)));
        let grown = shown(&model);
        super::screen::refilter_access(&mut model);
        let text = model.panes[&Pane::Access].filter.field.text();
        assert_eq!(grown, shown(&model), "{text:?}");
        counts.push(grown.len());
    }
    counts.sort_unstable();
    counts.dedup();
    assert!(counts.len() > 5, "the filters differ in what they let through: {counts:?}");
}

#[test]
fn a_filter_takes_what_fits_closely_and_not_what_has_its_letters_scattered() {
    let mut model = empty();
    super::start(&mut model);
    // The letters of `fraudp` stand in the others too.
    arrive(&mut model, &["mlw-fraud-deploy", "mlw-fraud-prod", "mlw-fraud-sloop"]);
    press(&mut model, "/fraud");
    assert_eq!(selected(&model), "mlw-fraud-deploy", "all fit as well: what was selected stays");
    press(&mut model, "p");
    assert_eq!((model.browser.matching(), selected(&model)), (1, "mlw-fraud-prod"));
    press(&mut model, "l");
    assert_eq!((model.browser.matching(), selected(&model)), (1, "mlw-fraud-deploy"), "better than nothing");
}

#[test]
fn what_was_being_worked_out_when_a_tenant_was_left_does_not_hold_its_page_for_ever() {
    let mut model = opened();
    model.session.tenant = Some(TenantName { id: "here".to_owned(), name: "Here".to_owned() });
    let page = model.pages.front_mut().expect("a page is open");
    page.assessed = Assessed { knowledge: 7, under_way: Some(1) };
    let id = page.id.clone();
    tenant::switch(&mut model, "there");
    gather::assessed(&mut model, &id, 1, None);
    tenant::switch(&mut model, "here");
    assert_eq!(model.page_mut(&id).map(|page| page.assessed), Some(Assessed::default()));
}

#[test]
fn what_an_opened_workspace_turns_out_to_be_is_what_it_is_filtered_and_sorted_by() {
    let mut model = empty();
    super::start(&mut model);
    let asked = tickets(&arrive(&mut model, &["a", "b", "c"]));
    let wanted = Fetch::Page(workspace("a"), Part::Body);
    let ticket = asked.into_iter().find(|ticket| ticket.fetch == wanted).unwrap();
    press(&mut model, "t/friendly<enter>");
    assert_eq!(model.browser.matching(), 0);
    let raw = json!({"id": workspace("a"), "name": "a", "location": "northeurope",
        "properties": {"friendlyName": "my friendly name"}});
    let body = Fetched::Body(Ok((Box::new(decode("workspace", raw.clone()).unwrap()), raw.into())));
    update(&mut model, Message::Fetched(ticket, body));
    assert_eq!(model.browser.matching(), 1, "as many workspaces as before, but one of them has another name");
    assert_eq!(selected(&model), "a");
}
