//! Opening the form that sets workspaces up.

use super::forms;
use crate::app::browser::Node;
use crate::app::effect::Effect;
use crate::app::form::setup;
use crate::app::model::Model;
use crate::azure::arm::id::ArmId;

/// Whether there is nowhere to set a workspace up: the account sees no subscription, as far as that was read.
#[must_use]
pub fn no_subscription(model: &Model) -> bool {
    let status = &model.inventory_status;
    let is_read = status.at.is_some() && status.error.is_none() && model.inventory.problems.is_empty();
    is_read && model.inventory.subscriptions().is_empty()
}

/// Opens it; what is selected says where one probably wants it.
pub fn open(model: &mut Model) -> Vec<Effect> {
    let at = model.browser.selected().map(|node| match node {
        Node::Subscription(id) => ArmId::subscription(id),
        Node::Group(id) | Node::Workspace(id) => id.clone(),
    });
    let form = setup::form(model, at.as_ref());
    forms::open(model, form)
}
