//! Another tenant on screen. What was read of the one that is left is kept until it comes back.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::open::{ask, ask_who};
use super::screen;
use crate::app::access::assessment::Assessed;
use crate::app::access::groups::Groups;
use crate::app::browser::Browser;
use crate::app::effect::Effect;
use crate::app::fetch::Fetch;
use crate::app::model::{InventoryStatus, Model};
use crate::app::page::{Page, Pane};
use crate::domain::access::{Principals, Roles};
use crate::domain::inventory::Inventory;

/// What belongs to one tenant.
pub struct Parked {
    inventory: Arc<Inventory>,
    inventory_status: InventoryStatus,
    browser: Browser,
    pages: VecDeque<Page>,
    roles: Roles,
    roles_asked: Vec<String>,
    roles_refused: BTreeMap<String, String>,
    principals: Principals,
    groups: Groups,
}

/// Puts another tenant on screen and reads it, or shows what is known of it while it is read again.
pub fn switch(model: &mut Model, id: &str) -> Vec<Effect> {
    let here = model.session.tenant.as_ref().map(|tenant| tenant.id.clone());
    if here.as_deref() == Some(id) {
        model.notices.hint("this tenant is on screen already");
        return Vec::new();
    }
    let table = model.browser.table;
    let coming = model.parked.remove(id).unwrap_or_else(|| Parked {
        inventory: Arc::default(),
        inventory_status: InventoryStatus::default(),
        browser: Browser::new(table),
        pages: VecDeque::new(),
        roles: Roles::default(),
        roles_asked: Vec::new(),
        roles_refused: BTreeMap::new(),
        principals: Principals::default(),
        groups: Groups::default(),
    });
    let mut effects: Vec<Effect> = model.under_way.drain().map(|(fetch, _)| Effect::Cancel(fetch)).collect();
    for page in &mut model.pages {
        for fetch in page.loading() {
            if let Fetch::Page(_, part) = fetch {
                page.cancel(&part);
            }
        }
        // What comes of it finds no page any more; who comes back has it worked out anew.
        page.assessed = Assessed::default();
    }
    let leaving = Parked {
        inventory: std::mem::replace(&mut model.inventory, coming.inventory),
        inventory_status: std::mem::replace(&mut model.inventory_status, coming.inventory_status),
        browser: std::mem::replace(&mut model.browser, coming.browser),
        pages: std::mem::replace(&mut model.pages, coming.pages),
        roles: std::mem::replace(&mut model.roles, coming.roles),
        roles_asked: std::mem::replace(&mut model.roles_asked, coming.roles_asked),
        roles_refused: std::mem::replace(&mut model.roles_refused, coming.roles_refused),
        principals: std::mem::replace(&mut model.principals, coming.principals),
        groups: std::mem::replace(&mut model.groups, coming.groups),
    };
    if let Some(here) = here {
        model.parked.insert(here, leaving);
    }
    model.session.tenant = model.session.tenants.iter().find(|tenant| tenant.id == id).cloned();
    model.session.account = None;
    model.session.object_id = None;
    model.log = None;
    model.taking = None;
    model.switching = None;
    model.focus = Pane::Browser;
    model.zoomed = false;
    // Nobody has chosen anything there yet.
    model.touched = false;
    model.inventory_status.loading = true;
    screen::refilter_access(model);
    effects.push(Effect::SwitchTenant(id.to_owned()));
    effects.extend(ask_who(model));
    effects.push(ask(model, Fetch::Inventory));
    effects
}
