//! The names that the console knows, apart from the model that they are from: for work beside the screen.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::words::Names;
use crate::app::model::Model;
use crate::domain::access::{Principals, ScopeNames, Targets};
use crate::domain::inventory::Inventory;

/// What names are looked up in, to be taken elsewhere; what is long of it is shared.
#[derive(Debug, Clone)]
pub struct KnownNames {
    principals: Principals,
    places: PlaceNames,
    zone: TimeZone,
}

impl KnownNames {
    /// The names that the console knows now.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self {
            principals: model.principals.clone(),
            places: PlaceNames::of(&model.inventory),
            zone: model.zone.clone(),
        }
    }

    /// The names of principals.
    #[must_use]
    pub fn principals(&self) -> &Principals {
        &self.principals
    }

    /// Looks names up, those of scopes as they are seen from the scopes of a workspace.
    #[must_use]
    pub fn names<'a>(&'a self, targets: &'a Targets) -> Names<'a> {
        Names { principals: &self.principals, places: &self.places, targets, zone: &self.zone }
    }
}

/// The names of subscriptions and management groups, apart from the inventory that they are from.
#[derive(Debug, Clone)]
pub(super) struct PlaceNames {
    subscriptions: HashMap<Arc<str>, Arc<str>>,
    groups: HashMap<String, Arc<str>>,
}

impl PlaceNames {
    pub(super) fn of(inventory: &Inventory) -> Self {
        let all = inventory.subscriptions().iter();
        let groups = all.clone().flat_map(|of| &of.management_groups);
        Self {
            subscriptions: all.filter_map(|of| Some((of.id.clone(), of.name.clone()?))).collect(),
            groups: groups.map(|of| (of.name.to_ascii_lowercase(), of.display_name.clone())).collect(),
        }
    }
}

impl ScopeNames for PlaceNames {
    fn subscription(&self, id: &str) -> Option<String> {
        // The inventory keeps GUIDs in lower case.
        self.subscriptions.get(id.to_ascii_lowercase().as_str()).map(ToString::to_string)
    }

    fn management_group(&self, name: &str) -> Option<String> {
        self.groups.get(&name.to_ascii_lowercase()).map(ToString::to_string)
    }
}
